// The recipes that are known by name.
#ifndef MEMBOUND_QUANTIZATIONS_HPP
#define MEMBOUND_QUANTIZATIONS_HPP

#include <membound/formats/float.hpp>
#include <membound/formats/integer.hpp>
#include <membound/linear_layers.hpp>
#include <membound/name.hpp>
#include <membound/quantization.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace quantizations {

namespace detail {

constexpr quantization mix(const char *name, file_type type) {
    quantization q;
    q.name = name;
    q.type = type;
    return q;
}

// llama-quantize makes no such file without an importance matrix (tensor_requires_imatrix).
constexpr quantization importance_mix(const char *name, file_type type) {
    quantization q = mix(name, type);
    q.importance_matrix = true;
    return q;
}

// The linear layers of `modules`; the rest stays in 16 bits.
constexpr quantization linear_layers(const char *name, const linear_format &how, module_set modules = linear_modules) {
    quantization q;
    q.name = name;
    q.kind = quantization::scheme::linear;
    q.rest = formats::bf16::value;
    q.rules[0] = {how, modules};
    return q;
}

// Without zero points, whose groups go along the inputs (0: a group is all of them, a channel).
constexpr linear_format symmetric(int bits, int group_inputs, int scale_bits) {
    linear_format f;
    f.bits = static_cast<std::int16_t>(bits);
    f.group_inputs = group_inputs;
    f.scale_bits = static_cast<std::int16_t>(scale_bits);
    return f;
}
constexpr linear_format with_zero_points(linear_format f) {
    f.zero_bits = f.bits;
    return f;
}

} // namespace detail

// llama.cpp's, under the names that llama-quantize takes and prints (v0.5.0, tools/quantize/quantize.cpp).
struct f32       { static constexpr quantization value = detail::mix("F32", file_type::f32); };
struct f16       { static constexpr quantization value = detail::mix("F16", file_type::f16); };
struct bf16      { static constexpr quantization value = detail::mix("BF16", file_type::bf16); };
struct q8_0      { static constexpr quantization value = detail::mix("Q8_0", file_type::q8_0); };
struct q6_k      { static constexpr quantization value = detail::mix("Q6_K", file_type::q6_k); };
struct q5_k_m    { static constexpr quantization value = detail::mix("Q5_K_M", file_type::q5_k_m); };
struct q5_k_s    { static constexpr quantization value = detail::mix("Q5_K_S", file_type::q5_k_s); };
struct q5_1      { static constexpr quantization value = detail::mix("Q5_1", file_type::q5_1); };
struct q5_0      { static constexpr quantization value = detail::mix("Q5_0", file_type::q5_0); };
struct q4_k_m    { static constexpr quantization value = detail::mix("Q4_K_M", file_type::q4_k_m); };
struct q4_k_s    { static constexpr quantization value = detail::mix("Q4_K_S", file_type::q4_k_s); };
struct q4_1      { static constexpr quantization value = detail::mix("Q4_1", file_type::q4_1); };
struct q4_0      { static constexpr quantization value = detail::mix("Q4_0", file_type::q4_0); };
struct iq4_nl    { static constexpr quantization value = detail::mix("IQ4_NL", file_type::iq4_nl); };
struct iq4_xs    { static constexpr quantization value = detail::mix("IQ4_XS", file_type::iq4_xs); };
struct mxfp4_moe { static constexpr quantization value = detail::mix("MXFP4_MOE", file_type::mxfp4_moe); };
struct q3_k_l    { static constexpr quantization value = detail::mix("Q3_K_L", file_type::q3_k_l); };
struct q3_k_m    { static constexpr quantization value = detail::mix("Q3_K_M", file_type::q3_k_m); };
struct q3_k_s    { static constexpr quantization value = detail::mix("Q3_K_S", file_type::q3_k_s); };
struct iq3_m     { static constexpr quantization value = detail::mix("IQ3_M", file_type::iq3_m); };
struct iq3_s     { static constexpr quantization value = detail::mix("IQ3_S", file_type::iq3_s); };
struct iq3_xs    { static constexpr quantization value = detail::importance_mix("IQ3_XS", file_type::iq3_xs); };
struct iq3_xxs   { static constexpr quantization value = detail::importance_mix("IQ3_XXS", file_type::iq3_xxs); };
struct q2_k      { static constexpr quantization value = detail::mix("Q2_K", file_type::q2_k); };
struct q2_k_s    { static constexpr quantization value = detail::importance_mix("Q2_K_S", file_type::q2_k_s); };
struct q2_0      { static constexpr quantization value = detail::mix("Q2_0", file_type::q2_0); };
struct iq2_m     { static constexpr quantization value = detail::importance_mix("IQ2_M", file_type::iq2_m); };
struct iq2_s     { static constexpr quantization value = detail::importance_mix("IQ2_S", file_type::iq2_s); };
struct iq2_xs    { static constexpr quantization value = detail::importance_mix("IQ2_XS", file_type::iq2_xs); };
struct iq2_xxs   { static constexpr quantization value = detail::importance_mix("IQ2_XXS", file_type::iq2_xxs); };
struct tq2_0     { static constexpr quantization value = detail::mix("TQ2_0", file_type::tq2_0); };
struct tq1_0     { static constexpr quantization value = detail::mix("TQ1_0", file_type::tq1_0); };
struct iq1_m     { static constexpr quantization value = detail::importance_mix("IQ1_M", file_type::iq1_m); };
struct iq1_s     { static constexpr quantization value = detail::importance_mix("IQ1_S", file_type::iq1_s); };
struct q1_0      { static constexpr quantization value = detail::mix("Q1_0", file_type::q1_0); };

// How linear layers are stored. Sources: vLLM v0.33.0, model_executor/layers/quantization (fp8.py, auto_awq.py,
// auto_gptq.py, bitsandbytes.py, mxfp4.py, modelopt.py, compressed_tensors/), and what its kernels keep after repacking.
namespace linear {

// One fp32 scale for each matrix, and one for what it reads.
inline constexpr linear_format fp8 = [] {
    linear_format f = detail::symmetric(8, 0, 32);
    f.group_outputs = 0;
    f.matrix_bytes = 4;
    return f;
}();
// One for each output (compressed-tensors, FP8-dynamic).
inline constexpr linear_format fp8_channel = detail::symmetric(8, 0, 32);
// One for each block of 128 by 128 (DeepSeek V3, Qwen3-FP8).
inline constexpr linear_format fp8_block = [] {
    linear_format f = detail::symmetric(8, 128, 32);
    f.group_outputs = 128;
    return f;
}();
inline constexpr linear_format int8_channel = detail::symmetric(8, 0, 32);
inline constexpr linear_format int4_g128 = detail::symmetric(4, 128, 16);
inline constexpr linear_format int4_g32 = detail::symmetric(4, 32, 16);
inline constexpr linear_format awq_g128 = detail::with_zero_points(detail::symmetric(4, 128, 16));
inline constexpr linear_format awq_g32 = detail::with_zero_points(detail::symmetric(4, 32, 16));
// Symmetric: the file has zero points all the same, and the group of each input.
inline constexpr linear_format gptq_int4_g128 = [] {
    linear_format f = detail::symmetric(4, 128, 16);
    f.file_zero_bits = 4;
    f.file_index_bits = 32;
    return f;
}();
inline constexpr linear_format gptq_int8_g128 = [] {
    linear_format f = detail::symmetric(8, 128, 16);
    f.file_zero_bits = 8;
    f.file_index_bits = 32;
    return f;
}();
// Groups of 64 in the order of the matrix, with an fp32 absmax; engines read it as groups along the inputs.
inline constexpr linear_format nf4 = detail::symmetric(4, 64, 32);
// With the absmax in 8 bits, an fp32 scale for 256 of those, and their mean (bnb_4bit_use_double_quant).
inline constexpr linear_format nf4_double = [] {
    linear_format f = detail::symmetric(4, 64, 8);
    f.nested_groups = 256;
    f.matrix_bytes = 4;
    return f;
}();
// Groups of 32 with an E8M0 scale. Source: OCP Microscaling Formats 1.0.
inline constexpr linear_format mxfp4 = detail::symmetric(4, 32, 8);
inline constexpr linear_format mxfp8 = detail::symmetric(8, 32, 8);
// Groups of 16 with an E4M3 scale, an fp32 scale for the matrix and one for what it reads.
inline constexpr linear_format nvfp4 = [] {
    linear_format f = detail::symmetric(4, 16, 8);
    f.matrix_bytes = 8;
    return f;
}();

} // namespace linear

// Of Hugging Face repositories: the linear layers, not embedding, head and routers.
struct fp8         { static constexpr quantization value = detail::linear_layers("FP8", linear::fp8); };
struct fp8_dynamic { static constexpr quantization value = detail::linear_layers("FP8_DYNAMIC", linear::fp8_channel); };
// With the layers that predict further tokens, as DeepSeek publishes it.
struct fp8_block {
    static constexpr quantization value =
        detail::linear_layers("FP8_BLOCK", linear::fp8_block, linear_modules.with(module_kind::further_layers));
};
struct w8a8        { static constexpr quantization value = detail::linear_layers("W8A8", linear::int8_channel); };
struct w4a16       { static constexpr quantization value = detail::linear_layers("W4A16", linear::int4_g128); };
struct w4a16_g32   { static constexpr quantization value = detail::linear_layers("W4A16_G32", linear::int4_g32); };
struct awq         { static constexpr quantization value = detail::linear_layers("AWQ", linear::awq_g128); };
struct awq_g32     { static constexpr quantization value = detail::linear_layers("AWQ_G32", linear::awq_g32); };
struct gptq        { static constexpr quantization value = detail::linear_layers("GPTQ", linear::gptq_int4_g128); };
struct gptq_int8   { static constexpr quantization value = detail::linear_layers("GPTQ_INT8", linear::gptq_int8_g128); };
struct nf4         { static constexpr quantization value = detail::linear_layers("NF4", linear::nf4, linear_modules.with(module_kind::state_gates)); };
struct nf4_double  { static constexpr quantization value = detail::linear_layers("NF4_DOUBLE", linear::nf4_double, linear_modules.with(module_kind::state_gates)); };
// Layers with a state stay as they are, as in RedHatAI's and NVIDIA's repositories of Qwen 3.5.
struct nvfp4 {
    static constexpr quantization value =
        detail::linear_layers("NVFP4", linear::nvfp4, linear_modules.without(module_kind::linear_attention));
};
// Of experts alone, as gpt-oss is published.
struct mxfp4 {
    static constexpr quantization value = detail::linear_layers("MXFP4", linear::mxfp4, module_set{}.with(module_kind::experts));
};

// Of MLX, which quantizes embedding and head too. A group has a scale and a bias of 16 bits (affine), or a scale of 8 bits
// (mxfp4, mxfp8, nvfp4). Source: MLX 0.32, mlx/ops.cpp (quantize); mlx-lm 0.32, utils.py (quantize_model), convert.py.
namespace linear {

constexpr linear_format mlx_affine(int bits, int group) {
    linear_format f = detail::symmetric(bits, group, 16);
    f.zero_bits = 16;
    return f;
}
inline constexpr linear_format mlx_nvfp4 = detail::symmetric(4, 16, 8);

} // namespace linear

namespace detail {

inline constexpr module_set mlx_modules =
    linear_modules.with(module_kind::embedding).with(module_kind::head).with(module_kind::per_layer).with(module_kind::state_gates);

// Routers are in 8 bits, whatever the others are.
constexpr quantization mlx(const char *name, const linear_format &how) {
    quantization q = linear_layers(name, how, mlx_modules);
    q.rules[1] = {linear::mlx_affine(8, 64), module_set{}.with(module_kind::router)};
    return q;
}

// More bits for the head, and for v_proj and down_proj of the layers at both ends and of every third between
// (mixed_quant_predicate_builder).
constexpr quantization mlx_mixed(const char *name, int low, int high) {
    quantization q = linear_layers(name, linear::mlx_affine(low, 64), mlx_modules.with(module_kind::router));
    q.raised = linear::mlx_affine(high, 64);
    return q;
}

} // namespace detail

struct mlx_8bit      { static constexpr quantization value = detail::mlx("MLX_8BIT", linear::mlx_affine(8, 64)); };
struct mlx_6bit      { static constexpr quantization value = detail::mlx("MLX_6BIT", linear::mlx_affine(6, 64)); };
struct mlx_5bit      { static constexpr quantization value = detail::mlx("MLX_5BIT", linear::mlx_affine(5, 64)); };
struct mlx_4bit      { static constexpr quantization value = detail::mlx("MLX_4BIT", linear::mlx_affine(4, 64)); };
struct mlx_4bit_g32  { static constexpr quantization value = detail::mlx("MLX_4BIT_G32", linear::mlx_affine(4, 32)); };
struct mlx_4bit_g128 { static constexpr quantization value = detail::mlx("MLX_4BIT_G128", linear::mlx_affine(4, 128)); };
struct mlx_3bit      { static constexpr quantization value = detail::mlx("MLX_3BIT", linear::mlx_affine(3, 64)); };
struct mlx_2bit      { static constexpr quantization value = detail::mlx("MLX_2BIT", linear::mlx_affine(2, 64)); };
struct mlx_mxfp8     { static constexpr quantization value = detail::mlx("MLX_MXFP8", linear::mxfp8); };
struct mlx_mxfp4     { static constexpr quantization value = detail::mlx("MLX_MXFP4", linear::mxfp4); };
struct mlx_nvfp4     { static constexpr quantization value = detail::mlx("MLX_NVFP4", linear::mlx_nvfp4); };
struct mlx_mixed_4_6 { static constexpr quantization value = detail::mlx_mixed("MLX_MIXED_4_6", 4, 6); };
struct mlx_mixed_3_6 { static constexpr quantization value = detail::mlx_mixed("MLX_MIXED_3_6", 3, 6); };
struct mlx_mixed_3_4 { static constexpr quantization value = detail::mlx_mixed("MLX_MIXED_3_4", 3, 4); };
struct mlx_mixed_2_6 { static constexpr quantization value = detail::mlx_mixed("MLX_MIXED_2_6", 2, 6); };

// Of ExLlama: linear layers at so many bits on average, the head at 6, the embedding as it is. Source: exllamav3,
// conversion/convert_model.py (head_bits); exllamav2, conversion/optimize.py.
namespace detail {

constexpr quantization exllama(const char *name, const linear_format &how, const linear_format &head) {
    quantization q = linear_layers(name, how, linear_modules);
    q.rest = formats::f16::value;
    q.rules[1] = {head, module_set{}.with(module_kind::head)};
    return q;
}
// A whole number of bits.
constexpr quantization exl3(const char *name, int bits) {
    linear_format trellis, head;
    trellis.bits = static_cast<std::int16_t>(bits);
    head.bits = static_cast<std::int16_t>(membound::detail::max(bits, 6));
    return exllama(name, trellis, head);
}
// Tenths of bits, scales included: as whole bits and a remainder for every 64 numbers.
constexpr linear_format exl2_format(int tenths) {
    return symmetric((tenths - 1) / 10, 64, ((tenths - 1) % 10 + 1) * 64 / 10);
}
constexpr quantization exl2(const char *name, int tenths) { return exllama(name, exl2_format(tenths), exl2_format(membound::detail::max(tenths, 60))); }

} // namespace detail

struct exl3_8bpw  { static constexpr quantization value = detail::exl3("EXL3_8BPW", 8); };
struct exl3_6bpw  { static constexpr quantization value = detail::exl3("EXL3_6BPW", 6); };
struct exl3_5bpw  { static constexpr quantization value = detail::exl3("EXL3_5BPW", 5); };
struct exl3_4bpw  { static constexpr quantization value = detail::exl3("EXL3_4BPW", 4); };
struct exl3_3bpw  { static constexpr quantization value = detail::exl3("EXL3_3BPW", 3); };
struct exl3_2bpw  { static constexpr quantization value = detail::exl3("EXL3_2BPW", 2); };
struct exl2_8bpw  { static constexpr quantization value = detail::exl2("EXL2_8.0BPW", 80); };
struct exl2_6bpw  { static constexpr quantization value = detail::exl2("EXL2_6.0BPW", 60); };
struct exl2_5bpw  { static constexpr quantization value = detail::exl2("EXL2_5.0BPW", 50); };
struct exl2_4_5bpw { static constexpr quantization value = detail::exl2("EXL2_4.5BPW", 45); };
struct exl2_4bpw  { static constexpr quantization value = detail::exl2("EXL2_4.0BPW", 40); };
struct exl2_3_5bpw { static constexpr quantization value = detail::exl2("EXL2_3.5BPW", 35); };
struct exl2_3bpw  { static constexpr quantization value = detail::exl2("EXL2_3.0BPW", 30); };
struct exl2_2_5bpw { static constexpr quantization value = detail::exl2("EXL2_2.5BPW", 25); };

using fp32 = f32;
using fp16 = f16;
using int8 = w8a8;
using int4 = w4a16;

inline constexpr const quantization *all[] = {
    &f32::value, &f16::value, &bf16::value, &q8_0::value, &q6_k::value, &q5_k_m::value, &q5_k_s::value, &q5_1::value,
    &q5_0::value, &q4_k_m::value, &q4_k_s::value, &q4_1::value, &q4_0::value, &iq4_nl::value, &iq4_xs::value,
    &mxfp4_moe::value, &q3_k_l::value, &q3_k_m::value, &q3_k_s::value, &iq3_m::value, &iq3_s::value, &iq3_xs::value,
    &iq3_xxs::value, &q2_k::value, &q2_k_s::value, &q2_0::value, &iq2_m::value, &iq2_s::value, &iq2_xs::value,
    &iq2_xxs::value, &tq2_0::value, &tq1_0::value, &iq1_m::value, &iq1_s::value, &q1_0::value, &fp8::value,
    &fp8_dynamic::value, &fp8_block::value, &w8a8::value, &w4a16::value, &w4a16_g32::value, &awq::value,
    &awq_g32::value, &gptq::value, &gptq_int8::value, &nf4::value, &nf4_double::value, &mxfp4::value, &nvfp4::value,
    &mlx_8bit::value, &mlx_6bit::value, &mlx_5bit::value, &mlx_4bit::value, &mlx_4bit_g32::value, &mlx_4bit_g128::value,
    &mlx_3bit::value, &mlx_2bit::value, &mlx_mxfp8::value, &mlx_mxfp4::value, &mlx_nvfp4::value, &mlx_mixed_4_6::value,
    &mlx_mixed_3_6::value, &mlx_mixed_3_4::value, &mlx_mixed_2_6::value, &exl3_8bpw::value, &exl3_6bpw::value,
    &exl3_5bpw::value, &exl3_4bpw::value, &exl3_3bpw::value, &exl3_2bpw::value, &exl2_8bpw::value, &exl2_6bpw::value,
    &exl2_5bpw::value, &exl2_4_5bpw::value, &exl2_4bpw::value, &exl2_3_5bpw::value, &exl2_3bpw::value, &exl2_2_5bpw::value,
};

namespace detail {

struct other_name {
    const char *name;
    const quantization *value;
};

inline constexpr other_name other_names[] = {
    {"FP32", &f32::value},
    {"FP16", &f16::value},
    {"Q3_K", &q3_k_m::value}, // as llama-quantize has it
    {"Q4_K", &q4_k_m::value},
    {"Q5_K", &q5_k_m::value},
    {"GPTQ_INT4", &gptq::value},
    {"INT8", &w8a8::value},
    {"INT4", &w4a16::value},
    {"BNB_4BIT", &nf4::value},
    {"BNB_8BIT", &int8::value},
    {"LLM_INT8", &int8::value},
};

} // namespace detail
} // namespace quantizations

// By name: case does not matter, and '-' is '_'. Null where none has it.
constexpr const quantization *find_quantization(const char *name) {
    for (const quantization *q : quantizations::all)
        if (detail::same_name(q->name, name)) return q;
    for (const auto &o : quantizations::detail::other_names)
        if (detail::same_name(o.name, name)) return o.value;
    return nullptr;
}

// By the number that a GGUF file has as general.file_type. Null where llama.cpp has no such type, or has it no more.
// llama-quantize makes no NVFP4: such files come from the converter.
constexpr const quantization *quantization_of(std::uint32_t general_file_type) {
    if (general_file_type == static_cast<std::uint32_t>(file_type::nvfp4)) return &quantizations::nvfp4::value;
    for (const quantization *q : quantizations::all)
        if (q->kind == quantization::scheme::mix && static_cast<std::uint32_t>(q->type) == general_file_type) return q;
    return nullptr;
}
constexpr const quantization *quantization_of(file_type t) { return quantization_of(static_cast<std::uint32_t>(t)); }

MEMBOUND_END_NAMESPACE

#endif
