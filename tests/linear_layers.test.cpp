#include <membound/linear_layers.hpp>

#include <membound/models/deepseek.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace q = quantizations;
namespace l = quantizations::linear;

constexpr std::int64_t n = 4096 * 1024;

// Shapes of the tensors of published repositories: numbers, scales, zero points, index of groups.
constexpr bool bytes_of_a_matrix() {
    return linear_bytes({}, 4096, 1024) == bytes(2 * n) &&
           linear_bytes(l::fp8, 4096, 1024) == bytes(n + 4 + 4) &&
           linear_bytes(l::fp8_channel, 4096, 1024) == bytes(n + 1024 * 4) &&
           linear_bytes(l::fp8_block, 4096, 1024) == bytes(n + 32 * 8 * 4) &&
           linear_bytes(l::fp8_block, 7168, 576) == bytes(7168 * 576 + 56 * 5 * 4) && // a last block that is not full
           linear_bytes(l::awq_g128, 4096, 1024) == bytes(n / 2 + 32 * 1024 * 2 + 32 * 1024 / 2) &&
           linear_bytes(l::gptq_int4_g128, 4096, 1024) == bytes(n / 2 + 32 * 1024 * 2) &&
           linear_file_bytes(l::gptq_int4_g128, 4096, 1024) == bytes(n / 2 + 32 * 1024 * 2 + 32 * 1024 / 2 + 4096 * 4) &&
           linear_bytes(l::nf4, 4096, 1024) == bytes(n / 2 + n / 64 * 4) &&
           linear_bytes(l::nf4_double, 4096, 1024) == bytes(n / 2 + n / 64 + n / 64 / 256 * 4 + 4) &&
           linear_bytes(l::mxfp4, 2880, 5760) == bytes(2880 * 5760 / 2 + 90 * 5760) &&
           linear_bytes(l::nvfp4, 4096, 1024) == bytes(n / 2 + n / 16 + 8) &&
           linear_bytes(l::int8_channel, 4096, 1024) == bytes(n + 4096);
}
static_assert(bytes_of_a_matrix(), "");

constexpr tensor matrix(tensor_name name, int layer, shape s = {4096, 4096}) {
    return {name, tensor_part::weight, layer, s};
}

constexpr bool modules_by_tensor() {
    using k = module_kind;
    using t = tensor_name;
    const model &llama = models::llama_3_1_8b::value;
    const model &deepseek = models::deepseek_v3::value;
    return module_of(llama, matrix(t::attn_q, 0)) == k::attention &&
           module_of(llama, matrix(t::attn_output, 31)) == k::attention && module_of(llama, matrix(t::output, -1)) == k::head &&
           module_of(llama, matrix(t::token_embd, -1)) == k::embedding &&
           module_of(llama, matrix(t::attn_norm, 0, {4096})) == k::other &&
           module_of(llama, {t::attn_q, tensor_part::bias, 0, {4096}}) == k::other &&
           module_of(deepseek, matrix(t::attn_output, 3)) == k::latent_attention &&
           module_of(deepseek, matrix(t::attn_kv_a_mqa, 3)) == k::latent_attention &&
           module_of(deepseek, matrix(t::ffn_gate_exps, 3, {7168, 2048, 256})) == k::experts &&
           module_of(deepseek, matrix(t::ffn_gate_inp, 3)) == k::router &&
           module_of(deepseek, matrix(t::ffn_up_shexp, 3)) == k::shared_expert &&
           module_of(deepseek, matrix(t::ffn_up_exps, 61, {7168, 2048, 256})) == k::further_layers;
}
static_assert(modules_by_tensor(), "");

constexpr bool rules_hold_for_their_layers() {
    quantization mixed = q::nvfp4::value;
    mixed.rules[0].first_layer = 1;
    mixed.rules[1] = {l::fp8, module_set{}.with(module_kind::attention), 0, 0};
    return linear_format_of(mixed, module_kind::attention, 5) == l::nvfp4 &&
           linear_format_of(mixed, module_kind::attention, 0) == l::fp8 &&
           linear_format_of(mixed, module_kind::feed_forward, 0) == linear_format{} &&
           linear_format_of(mixed, module_kind::head, -1) == linear_format{} &&
           linear_format_of(q::mxfp4::value, module_kind::attention, 3) == linear_format{} &&
           linear_format_of(q::mxfp4::value, module_kind::experts, 3) == l::mxfp4 &&
           !linear_modules.has(module_kind::router) && linear_modules.without(module_kind::attention).has(module_kind::experts);
}
static_assert(rules_hold_for_their_layers(), "");

// Qwen2.5 7B: 28 layers of q, k, v, o, gate, up and down with biases on q, k and v; embedding and head of 16 bits.
constexpr bool bytes_of_a_whole_file() {
    const model &m = models::qwen2_5_7b::value;
    const std::int64_t numbers = 28 * (2 * 3584 * 3584 + 2 * 3584 * 512 + 3 * std::int64_t{3584} * 18944);
    const std::int64_t inputs = 28 * (6 * 3584 + 18944);
    const std::int64_t rest = 2 * (2 * std::int64_t{152064} * 3584 + 28 * (3584 + 2 * 512 + 2 * 3584) + 3584);
    return file_weight_bytes(m, q::awq::value) == bytes(rest + numbers / 2 + numbers / 128 * 5 / 2) &&
           file_weight_bytes(m, q::gptq::value) == bytes(rest + numbers / 2 + numbers / 128 * 5 / 2 + inputs * 4) &&
           file_weight_bytes(m, q::fp8::value) == bytes(rest + numbers + 28 * 7 * 8);
}

TEST_CASE("bytes of whole files") { CHECK(bytes_of_a_whole_file()); }

} // namespace
