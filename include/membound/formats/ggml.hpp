// The types of ggml: elements and bytes of a block.
// Source: llama.cpp v0.5.0, ggml/src/ggml-common.h (block structures) and ggml/include/ggml.h (enum ggml_type).
#ifndef MEMBOUND_FORMATS_GGML_HPP
#define MEMBOUND_FORMATS_GGML_HPP

#include <membound/format.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace formats {

struct f32     { static constexpr format value{"f32", 1, 4}; };
struct f16     { static constexpr format value{"f16", 1, 2}; };
struct q4_0    { static constexpr format value{"q4_0", 32, 18}; };
struct q4_1    { static constexpr format value{"q4_1", 32, 20}; };
struct q5_0    { static constexpr format value{"q5_0", 32, 22}; };
struct q5_1    { static constexpr format value{"q5_1", 32, 24}; };
struct q8_0    { static constexpr format value{"q8_0", 32, 34}; };
struct q8_1    { static constexpr format value{"q8_1", 32, 36}; };
struct q2_k    { static constexpr format value{"q2_K", 256, 84}; };
struct q3_k    { static constexpr format value{"q3_K", 256, 110}; };
struct q4_k    { static constexpr format value{"q4_K", 256, 144}; };
struct q5_k    { static constexpr format value{"q5_K", 256, 176}; };
struct q6_k    { static constexpr format value{"q6_K", 256, 210}; };
struct q8_k    { static constexpr format value{"q8_K", 256, 292}; };
struct iq2_xxs { static constexpr format value{"iq2_xxs", 256, 66}; };
struct iq2_xs  { static constexpr format value{"iq2_xs", 256, 74}; };
struct iq3_xxs { static constexpr format value{"iq3_xxs", 256, 98}; };
struct iq1_s   { static constexpr format value{"iq1_s", 256, 50}; };
struct iq4_nl  { static constexpr format value{"iq4_nl", 32, 18}; };
struct iq3_s   { static constexpr format value{"iq3_s", 256, 110}; };
struct iq2_s   { static constexpr format value{"iq2_s", 256, 82}; };
struct iq4_xs  { static constexpr format value{"iq4_xs", 256, 136}; };
struct i8      { static constexpr format value{"i8", 1, 1}; };
struct i16     { static constexpr format value{"i16", 1, 2}; };
struct i32     { static constexpr format value{"i32", 1, 4}; };
struct i64     { static constexpr format value{"i64", 1, 8}; };
struct f64     { static constexpr format value{"f64", 1, 8}; };
struct iq1_m   { static constexpr format value{"iq1_m", 256, 56}; };
struct bf16    { static constexpr format value{"bf16", 1, 2}; };
struct tq1_0   { static constexpr format value{"tq1_0", 256, 54}; };
struct tq2_0   { static constexpr format value{"tq2_0", 256, 66}; };
struct mxfp4   { static constexpr format value{"mxfp4", 32, 17}; };
struct nvfp4   { static constexpr format value{"nvfp4", 64, 36}; };
struct q1_0    { static constexpr format value{"q1_0", 128, 18}; };
struct q2_0    { static constexpr format value{"q2_0", 64, 18}; };

} // namespace formats

// The numbers of ggml's types, as GGUF files store them. Gaps are types that ggml has removed.
enum class ggml_type : std::int8_t {
    f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8, q8_1 = 9,
    q2_k = 10, q3_k = 11, q4_k = 12, q5_k = 13, q6_k = 14, q8_k = 15,
    iq2_xxs = 16, iq2_xs = 17, iq3_xxs = 18, iq1_s = 19, iq4_nl = 20, iq3_s = 21, iq2_s = 22, iq4_xs = 23,
    i8 = 24, i16 = 25, i32 = 26, i64 = 27, f64 = 28, iq1_m = 29, bf16 = 30, tq1_0 = 34, tq2_0 = 35,
    mxfp4 = 39, nvfp4 = 40, q1_0 = 41, q2_0 = 42,
    count = 43
};

namespace detail {
struct ggml_formats {
    format of[static_cast<int>(ggml_type::count)] = {};
    constexpr format &operator[](ggml_type t) { return of[static_cast<int>(t)]; }
    constexpr ggml_formats() {
        using namespace formats;
        using t = ggml_type;
        auto &a = *this;
        a[t::f32] = f32::value, a[t::f16] = f16::value, a[t::bf16] = bf16::value, a[t::f64] = f64::value;
        a[t::q4_0] = q4_0::value, a[t::q4_1] = q4_1::value, a[t::q5_0] = q5_0::value, a[t::q5_1] = q5_1::value;
        a[t::q8_0] = q8_0::value, a[t::q8_1] = q8_1::value;
        a[t::q2_k] = q2_k::value, a[t::q3_k] = q3_k::value, a[t::q4_k] = q4_k::value, a[t::q5_k] = q5_k::value;
        a[t::q6_k] = q6_k::value, a[t::q8_k] = q8_k::value;
        a[t::iq2_xxs] = iq2_xxs::value, a[t::iq2_xs] = iq2_xs::value, a[t::iq2_s] = iq2_s::value;
        a[t::iq3_xxs] = iq3_xxs::value, a[t::iq3_s] = iq3_s::value;
        a[t::iq1_s] = iq1_s::value, a[t::iq1_m] = iq1_m::value;
        a[t::iq4_nl] = iq4_nl::value, a[t::iq4_xs] = iq4_xs::value;
        a[t::i8] = i8::value, a[t::i16] = i16::value, a[t::i32] = i32::value, a[t::i64] = i64::value;
        a[t::tq1_0] = tq1_0::value, a[t::tq2_0] = tq2_0::value;
        a[t::mxfp4] = mxfp4::value, a[t::nvfp4] = nvfp4::value, a[t::q1_0] = q1_0::value, a[t::q2_0] = q2_0::value;
    }
};
inline constexpr ggml_formats all_ggml_formats{};
} // namespace detail

constexpr const format &format_of(ggml_type t) { return detail::all_ggml_formats.of[static_cast<int>(t)]; }

// The type with a number as a file has it; an empty format (block_bytes 0) where ggml has none.
constexpr format ggml_format(std::uint32_t number) {
    return number < static_cast<std::uint32_t>(ggml_type::count) ? detail::all_ggml_formats.of[number] : format{};
}

MEMBOUND_END_NAMESPACE

#endif
