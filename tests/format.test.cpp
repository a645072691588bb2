// Formats: what a block holds and takes, and what rows of blocks come to.
#include <membound/format.hpp>
#include <membound/formats/float.hpp>
#include <membound/formats/ggml.hpp>
#include <membound/formats/integer.hpp>
#include <membound/tensor.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
using g = ggml_type;

struct ggml_fact {
    g type;
    int number;
    const char *name;
    int block_elements;
    int block_bytes;
};

// llama.cpp v0.5.0: the number of each type (ggml.h), its name and block (ggml.c, type_traits), and the bytes as the
// sum of what its block structure holds (ggml-common.h).
constexpr ggml_fact ggml_facts[] = {
    {g::f32, 0, "f32", 1, 4},
    {g::f16, 1, "f16", 1, 2},
    {g::q4_0, 2, "q4_0", 32, 2 + 16},
    {g::q4_1, 3, "q4_1", 32, 2 * 2 + 16},
    {g::q5_0, 6, "q5_0", 32, 2 + 4 + 16},
    {g::q5_1, 7, "q5_1", 32, 2 * 2 + 4 + 16},
    {g::q8_0, 8, "q8_0", 32, 2 + 32},
    {g::q8_1, 9, "q8_1", 32, 2 * 2 + 32},
    {g::q2_k, 10, "q2_K", 256, 16 + 64 + 2 * 2},
    {g::q3_k, 11, "q3_K", 256, 32 + 64 + 12 + 2},
    {g::q4_k, 12, "q4_K", 256, 2 * 2 + 12 + 128},
    {g::q5_k, 13, "q5_K", 256, 2 * 2 + 12 + 32 + 128},
    {g::q6_k, 14, "q6_K", 256, 128 + 64 + 16 + 2},
    {g::q8_k, 15, "q8_K", 256, 4 + 256 + 2 * 16},
    {g::iq2_xxs, 16, "iq2_xxs", 256, 2 + 2 * 32},
    {g::iq2_xs, 17, "iq2_xs", 256, 2 + 2 * 32 + 8},
    {g::iq3_xxs, 18, "iq3_xxs", 256, 2 + 96},
    {g::iq1_s, 19, "iq1_s", 256, 2 + 32 + 2 * 8},
    {g::iq4_nl, 20, "iq4_nl", 32, 2 + 16},
    {g::iq3_s, 21, "iq3_s", 256, 2 + 64 + 8 + 32 + 4},
    {g::iq2_s, 22, "iq2_s", 256, 2 + 64 + 8 + 8},
    {g::iq4_xs, 23, "iq4_xs", 256, 2 + 2 + 4 + 128},
    {g::i8, 24, "i8", 1, 1},
    {g::i16, 25, "i16", 1, 2},
    {g::i32, 26, "i32", 1, 4},
    {g::i64, 27, "i64", 1, 8},
    {g::f64, 28, "f64", 1, 8},
    {g::iq1_m, 29, "iq1_m", 256, 32 + 16 + 8},
    {g::bf16, 30, "bf16", 1, 2},
    {g::tq1_0, 34, "tq1_0", 256, 48 + 4 + 2},
    {g::tq2_0, 35, "tq2_0", 256, 64 + 2},
    {g::mxfp4, 39, "mxfp4", 32, 1 + 16},
    {g::nvfp4, 40, "nvfp4", 64, 4 + 32},
    {g::q1_0, 41, "q1_0", 128, 2 + 16},
    {g::q2_0, 42, "q2_0", 64, 2 + 16},
};

constexpr bool is_fact(const ggml_fact &fact, const format &f) {
    return same_text(f.name, fact.name) && f.block_elements == fact.block_elements && f.block_bytes == fact.block_bytes;
}

constexpr bool every_type_of_ggml_is_right() {
    bool listed[static_cast<int>(g::count)] = {};
    for (const ggml_fact &fact : ggml_facts) {
        if (static_cast<int>(fact.type) != fact.number || !is_fact(fact, format_of(fact.type)) ||
            !is_fact(fact, ggml_format(static_cast<std::uint32_t>(fact.number))))
            return false;
        listed[fact.number] = true;
    }
    // No format stands behind any other number.
    for (std::uint32_t i = 0; i < 300; ++i)
        if ((i >= static_cast<std::uint32_t>(g::count) || !listed[i]) && ggml_format(i) != format{}) return false;
    return ggml_format(UINT32_MAX) == format{} && format{}.block_bytes == 0;
}
static_assert(every_type_of_ggml_is_right(), "");

struct other_fact {
    format type;
    const char *name;
    double bits;
};

// Bits of a number, scales and zero points included.
constexpr other_fact other_facts[] = {
    {formats::fp8_e4m3::value, "fp8_e4m3", 8},
    {formats::fp8_e5m2::value, "fp8_e5m2", 8},
    {formats::mxfp8::value, "mxfp8", 8 + 8 / 32.0},
    {formats::mxfp4::value, "mxfp4", 4 + 8 / 32.0},
    {formats::nvfp4::value, "nvfp4", 4 + 8 / 16.0},
    {formats::nf4::value, "nf4", 4 + 32 / 64.0},
    {formats::nf4_double::value, "nf4_double", 4 + 8 / 64.0 + 32 / (64 * 256.0)},
    {formats::int8::value, "int8", 8},
    {formats::int4::value, "int4", 4},
    {formats::int4_g128::value, "int4_g128", 4 + 16 / 128.0},
    {formats::int4_g128_zero::value, "int4_g128_zero", 4 + 20 / 128.0},
    {formats::mlx_4bit::value, "mlx_4bit", 4 + 32 / 64.0},
    {formats::mlx_6bit::value, "mlx_6bit", 6 + 32 / 64.0},
    {formats::mlx_8bit::value, "mlx_8bit", 8 + 32 / 64.0},
    {formats::f64::value, "f64", 64},
    {formats::bf16::value, "bf16", 16},
    {formats::q4_k::value, "q4_K", 4.5},
    {formats::q6_k::value, "q6_K", 6.5625},
    {formats::iq1_s::value, "iq1_s", 1.5625},
};

constexpr bool bits_are_right() {
    for (const other_fact &fact : other_facts)
        if (!same_text(fact.type.name, fact.name) || bits_per_element(fact.type) != fact.bits) return false;
    return true;
}
static_assert(bits_are_right(), "");

// ggml_row_size: heads of 80 numbers share blocks of 32.
constexpr bool heads_may_share_a_block() {
    constexpr format q8 = formats::q8_0::value;
    return stride_bytes(q8, 80) == 85_B && stride_bytes(q8, 16) == 17_B && stride_bytes(q8, 64) == storage_bytes(q8, 64) &&
           stride_bytes(formats::f16::value, 3) == 6_B && storage_bytes(q8, 80) == 102_B;
}
static_assert(heads_may_share_a_block(), "");

constexpr bool a_row_is_whole_blocks() {
    constexpr format q4 = formats::q4_k::value;
    return storage_bytes(q4, 4096) == 2304_B && storage_bytes(q4, 4096, 1000) == 2304000_B &&
           storage_bytes(q4, 1) == 144_B && storage_bytes(q4, 256) == 144_B && storage_bytes(q4, 257) == 288_B &&
           storage_bytes(q4, 0) == 0_B && storage_bytes(q4, 257, 10) == 2880_B && storage_bytes(q4, 2570) == 1584_B &&
           storage_bytes(formats::int4::value, 3) == 2_B && divides(q4, 4096) && !divides(q4, 4100) &&
           tensor_bytes(q4, {4096, 4096}) == 9437184_B && tensor_bytes(q4, {256, 2, 3, 5}) == 4320_B &&
           tensor_bytes(formats::f32::value, {4096}) == 16384_B;
}
static_assert(a_row_is_whole_blocks(), "");

constexpr bool a_tensor_that_is_too_large_overflows() {
    constexpr std::int64_t huge = std::int64_t{1} << 62;
    return storage_bytes(formats::f32::value, huge).overflowed() &&
           storage_bytes(formats::q8_0::value, huge, 4).overflowed() &&
           !storage_bytes(formats::q4_0::value, huge).overflowed() &&
           storage_bytes(formats::f16::value, huge / 2, 2).overflowed() &&
           tensor_bytes(formats::int4::value, {1, huge, 4}).overflowed() &&
           tensor_bytes(formats::i8::value, {1 << 20, 1 << 20, 1 << 20, 1 << 20}).overflowed() &&
           storage_bytes(formats::int4::value, INT64_MAX).overflowed();
}
static_assert(a_tensor_that_is_too_large_overflows(), "");

// A user's own format is one line.
struct my_fp6 { static constexpr membound::format value{"my_fp6", 4, 3}; };

constexpr bool a_format_of_ones_own_is_one_line() {
    return bits_per_element(my_fp6::value) == 6 && storage_bytes(my_fp6::value, 8000000000) == 6_GB &&
           my_fp6::value != formats::int8::value && my_fp6::value == format{"my_fp6", 4, 3} &&
           my_fp6::value != format{"my_fp6", 8, 6} && my_fp6::value != format{"fp6", 4, 3};
}
static_assert(a_format_of_ones_own_is_one_line(), "");

} // namespace

TEST_CASE("the types of ggml") { CHECK(every_type_of_ggml_is_right()); }
TEST_CASE("formats of others") { CHECK(bits_are_right()); }
TEST_CASE("rows of blocks") { CHECK(a_row_is_whole_blocks()); }
TEST_CASE("tensors that are too large") { CHECK(a_tensor_that_is_too_large_overflows()); }
TEST_CASE("a format of one's own") { CHECK(a_format_of_ones_own_is_one_line()); }
