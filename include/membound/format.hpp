// A number format: how many elements a block holds and how many bytes it takes. Plain types are blocks of one element.
#ifndef MEMBOUND_FORMAT_HPP
#define MEMBOUND_FORMAT_HPP

#include <membound/quantity.hpp>

MEMBOUND_BEGIN_NAMESPACE

// As in ggml's type traits (`blck_size`, `type_size`). A user's own format is one line:
//     struct my_fp6 { static constexpr membound::format value{"my_fp6", 4, 3}; };
struct format {
    const char *name = "";
    std::int64_t block_elements = 1;
    std::int64_t block_bytes = 0;
};

constexpr bool operator==(const format &a, const format &b) {
    return a.block_elements == b.block_elements && a.block_bytes == b.block_bytes && same_text(a.name, b.name);
}
constexpr bool operator!=(const format &a, const format &b) { return !(a == b); }

constexpr double bits_per_element(const format &f) {
    return 8.0 * static_cast<double>(f.block_bytes) / static_cast<double>(f.block_elements);
}

constexpr bool divides(const format &f, std::int64_t elements) { return elements % f.block_elements == 0; }

// Bytes of `elements` numbers that lie one after the other; a last block that is not full is stored whole.
constexpr bytes storage_bytes(const format &f, std::int64_t elements) {
    return bytes(detail::multiply(detail::divide_up(elements, f.block_elements), f.block_bytes));
}

// Bytes of `rows` rows of `elements` numbers: each row begins a new block.
constexpr bytes storage_bytes(const format &f, std::int64_t elements, std::int64_t rows) {
    return storage_bytes(f, elements) * rows;
}

// From a number to that `elements` behind it in the same row, which may lie within a block (ggml_row_size).
constexpr bytes stride_bytes(const format &f, std::int64_t elements) {
    return bytes(detail::multiply(elements, f.block_bytes) / f.block_elements);
}

MEMBOUND_END_NAMESPACE

#endif
