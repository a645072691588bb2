// Names of tensors as GGUF files write them: `blk.12.attn_q.weight` into a tensor, and back.
#ifndef MEMBOUND_TENSOR_TEXT_HPP
#define MEMBOUND_TENSOR_TEXT_HPP

#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

inline constexpr int named_tensors = static_cast<int>(tensor_name::other);

constexpr int text_length(const char *text) {
    int n = 0;
    while (text[n] != '\0') ++n;
    return n;
}

// What stands before the number of a block: "blk.", "enc.blk.", "dec.blk.", "posnet." or "convnext.", by its length; 0: nothing.
constexpr int block_prefix(const char *text) {
    constexpr const char *prefixes[] = {"blk.", "enc.blk.", "dec.blk.", "posnet.", "convnext."};
    for (const char *prefix : prefixes) {
        int i = 0;
        while (prefix[i] != '\0' && prefix[i] == text[i]) ++i;
        if (prefix[i] == '\0') return i;
    }
    return 0;
}

// The names without "blk.%d.", with their lengths: almost every comparison ends at the length.
struct tensor_stems {
    const char *text[named_tensors] = {};
    int length[named_tensors] = {};
    char stack[named_tensors] = {}; // the first letter of what stands before the number of the block; 0: no block

    constexpr tensor_stems() {
        for (int i = 0; i < named_tensors; ++i) {
            const char *name = text_of(static_cast<tensor_name>(i));
            const int prefix = block_prefix(name);
            stack[i] = prefix > 0 ? name[0] : '\0';
            text[i] = name + (prefix > 0 ? prefix + 3 : 0); // "%d."
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
// and still has its part, and its layer where it begins as a block's do, with a number of up to six digits, and a dot.
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
    } else if (detail::ends_with(text, length, ".lora_a")) {
        t.part = tensor_part::lora_a;
        length -= 7;
    } else if (detail::ends_with(text, length, ".lora_b")) {
        t.part = tensor_part::lora_b;
        length -= 7;
    } else {
        t.part = tensor_part::bare;
    }
    const int prefix = detail::block_prefix(text);
    char stack = '\0';
    if (prefix > 0 && length > prefix) {
        int number = 0;
        int i = prefix;
        for (; i < length && i < prefix + 6 && text[i] >= '0' && text[i] <= '9'; ++i)
            number = number * 10 + (text[i] - '0');
        const bool plain = i == prefix + 1 || (i > prefix + 1 && text[prefix] != '0');
        if (plain && i < length && text[i] == '.') {
            t.layer = number;
            stack = text[0];
            text += i + 1;
            length -= i + 1;
        }
    }
    const auto &stems = detail::all_tensor_stems;
    for (int i = 0; i < detail::named_tensors; ++i) {
        if (stems.length[i] != length || stems.stack[i] != stack) continue;
        int same = 0;
        while (same < length && stems.text[i][same] == text[same]) ++same;
        if (same < length) continue;
        t.name = static_cast<tensor_name>(i);
        break;
    }
    return t;
}

namespace detail {

constexpr const char *ending_of(tensor_part part) {
    switch (part) {
    case tensor_part::weight: return ".weight";
    case tensor_part::bias: return ".bias";
    case tensor_part::scale: return ".scale";
    case tensor_part::lora_a: return ".lora_a";
    case tensor_part::lora_b: return ".lora_b";
    case tensor_part::bare: break;
    }
    return "";
}

// The letters of a tensor's name in a GGUF file, one after the other.
class tensor_letters {
public:
    constexpr explicit tensor_letters(const tensor &t)
        : name_(text_of(t.name)), ending_(ending_of(t.part)), layer_(t.layer > 0 ? t.layer : 0) {}

    // '\0' behind the last.
    constexpr char next() {
        if (place_ > 0) return digit();
        if (*name_ == '%') { // "%d"
            name_ += 2;
            for (place_ = 1; layer_ / place_ >= 10; place_ *= 10) {}
            return digit();
        }
        if (*name_ != '\0') return *name_++;
        return *ending_ != '\0' ? *ending_++ : '\0';
    }

private:
    constexpr char digit() {
        const int d = layer_ / place_ % 10;
        place_ /= 10;
        return static_cast<char>('0' + d);
    }

    const char *name_;
    const char *ending_;
    int layer_;
    int place_ = 0; // of the next digit of the number: 1, 10, 100; 0: none
};

// Whether one tensor's name comes before another's, letter by letter; all letters are below 128.
constexpr bool is_named_before(const tensor &a, const tensor &b) {
    const char *l = text_of(a.name);
    const char *r = text_of(b.name);
    while (*l == *r && *l != '\0' && (*l != '%' || a.layer == b.layer)) ++l, ++r;
    const bool decided = *l != *r && *l != '\0' && *r != '\0' && *l != '%' && *r != '%';
    if (decided) return *l < *r;
    tensor_letters left(a), right(b);
    for (;;) {
        const char x = left.next(), y = right.next();
        if (x != y || x == '\0') return x < y;
    }
}

} // namespace detail

// The name of a tensor in a GGUF file; of a tensor whose name is `other`, "?" and its part.
constexpr fixed_text<63> text_of(const tensor &t) {
    detail::text_builder<63> out;
    detail::tensor_letters letters(t);
    for (char c = letters.next(); c != '\0'; c = letters.next()) out << c;
    return out.text;
}

MEMBOUND_END_NAMESPACE

#endif
