// Names of tensors as GGUF files write them: `blk.12.attn_q.weight` into a tensor, and back.
#ifndef MEMBOUND_TENSOR_TEXT_HPP
#define MEMBOUND_TENSOR_TEXT_HPP

#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

inline constexpr int named_tensors = static_cast<int>(tensor_name::other);
inline constexpr int block_prefix = 7; // of "blk.%d."

constexpr int text_length(const char *text) {
    int n = 0;
    while (text[n] != '\0') ++n;
    return n;
}

constexpr bool is_block_tensor(tensor_name name) {
    const char *text = text_of(name);
    return text[0] == 'b' && text[1] == 'l' && text[2] == 'k' && text[3] == '.';
}

// The names without "blk.%d.", with their lengths: almost every comparison ends at the length.
struct tensor_stems {
    const char *text[named_tensors] = {};
    int length[named_tensors] = {};
    bool in_block[named_tensors] = {};

    constexpr tensor_stems() {
        for (int i = 0; i < named_tensors; ++i) {
            const auto name = static_cast<tensor_name>(i);
            in_block[i] = is_block_tensor(name);
            text[i] = text_of(name) + (in_block[i] ? block_prefix : 0);
            length[i] = text_length(text[i]);
        }
    }
};
inline constexpr tensor_stems all_tensor_stems{};

constexpr bool ends_with(const char *text, int length, const char *ending) {
    const int n = text_length(ending);
    return length >= n && same_text(text + length - n, ending);
}

} // namespace detail

// Name, part and layer of a tensor; a name does not tell the shape. A name that is not among the known ones is `other`,
// and still has its part, and its layer where it begins with `blk.`, a number of up to six digits, and a dot.
constexpr tensor parse_tensor_name(const char *text) {
    tensor t;
    int length = detail::text_length(text);
    if (detail::ends_with(text, length, ".weight")) {
        length -= 7;
    } else if (detail::ends_with(text, length, ".bias")) {
        t.part = tensor_part::bias;
        length -= 5;
    } else if (detail::ends_with(text, length, ".scale")) {
        t.part = tensor_part::scale;
        length -= 6;
    } else {
        t.part = tensor_part::bare;
    }
    if (length > 4 && text[0] == 'b' && text[1] == 'l' && text[2] == 'k' && text[3] == '.') {
        int number = 0;
        int i = 4;
        for (; i < length && i < 10 && text[i] >= '0' && text[i] <= '9'; ++i) number = number * 10 + (text[i] - '0');
        const bool plain = i == 5 || (i > 5 && text[4] != '0');
        if (plain && i < length && text[i] == '.') {
            t.layer = number;
            text += i + 1;
            length -= i + 1;
        }
    }
    const auto &stems = detail::all_tensor_stems;
    for (int i = 0; i < detail::named_tensors; ++i) {
        if (stems.length[i] != length || stems.in_block[i] != (t.layer >= 0)) continue;
        int same = 0;
        while (same < length && stems.text[i][same] == text[same]) ++same;
        if (same < length) continue;
        t.name = static_cast<tensor_name>(i);
        break;
    }
    return t;
}

// The name of a tensor in a GGUF file; of a tensor whose name is `other`, "?" and its part.
constexpr fixed_text<63> text_of(const tensor &t) {
    detail::text_builder<63> out;
    if (detail::is_block_tensor(t.name))
        out << "blk." << static_cast<std::int64_t>(t.layer) << '.' << text_of(t.name) + detail::block_prefix;
    else
        out << text_of(t.name);
    if (t.part == tensor_part::weight) out << ".weight";
    if (t.part == tensor_part::bias) out << ".bias";
    if (t.part == tensor_part::scale) out << ".scale";
    return out.text;
}

MEMBOUND_END_NAMESPACE

#endif
