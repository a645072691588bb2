// The tensors of a model's file: how many, of which shapes, and their bytes under a recipe.
#include <membound/formats/integer.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt2.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/mistral.hpp>
#include <membound/models/phi.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/starcoder.hpp>
#include <membound/quantizations.hpp>
#include <membound/weights.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace m = membound::models;
namespace q = membound::quantizations;
using n = tensor_name;

struct file_facts {
    const model *of;
    int tensors;
    std::int64_t parameters; // rotary factors included
    std::int64_t f16_bytes;
    std::int64_t q4_k_m_bytes; // 0: not measured
};

// Files of llama.cpp v0.5.0: number of tensors, their elements, and their bytes without padding.
constexpr file_facts files[] = {
    {&m::llama_3_1_8b::value, 292, 8030261312, 16061055232, 4912898304},
    {&m::llama_2_13b::value, 363, 13015864320, 26032558080, 7865210880},
    {&m::llama_3_3_70b::value, 724, 70553706560, 141110051072, 42512531712},
    {&m::mistral_7b_v0_3::value, 291, 7248023552, 14496579584, 4372054016},
    {&m::mixtral_8x7b::value, 323, 46702792704, 93408215040, 28447727616},
    {&m::ministral_3_8b::value, 309, 8489553920, 16979673088, 5190500352},
    {&m::qwen2_5_7b::value, 339, 7615616512, 15231899648, 4677120000},
    {&m::qwen1_5_moe_a2_7b::value, 411, 14315784192, 28638060544, 9490282496},
    {&m::qwen3_8b::value, 399, 8190735360, 16382087168, 5021827072},
    {&m::qwen3_30b_a3b::value, 579, 30532122624, 61089832960, 18550716416},
    {&m::gemma_2_9b::value, 464, 9241705984, 18484623360, 5755000832},
    {&m::gemma_3_4b::value, 444, 3880099328, 7760934912, 2483218432},
    {&m::phi_3_mini_128k::value, 197, 3821079648, 7642558848, 2396032896},
    {&m::phi_4::value, 243, 14659507200, 29319843840, 9055703040},
    {&m::gpt_oss_120b::value, 687, 116829156672, 233765491968, 0},
    {&m::deepseek_v2_lite::value, 404, 15706484224, 31420037120, 10363959296},
    {&m::kimi_k2::value, 1096, 1026408232448, 2053148825600, 620550916096},
    {&m::starcoder2_7b::value, 515, 7173923840, 14351175680, 4459532288},
    {&m::gpt2::value, 148, 124439808, 250695168, 89455446},
};

bool has_facts(const file_facts &facts) {
    int tensors = 0;
    for_each_file_tensor(*facts.of, q::f16::value, [&](const tensor &, const format &) { ++tensors; });
    return tensors == facts.tensors && parameter_count(*facts.of) == facts.parameters &&
           file_weight_bytes(*facts.of, q::f16::value).count() == facts.f16_bytes &&
           (facts.q4_k_m_bytes == 0 || file_weight_bytes(*facts.of, q::q4_k_m::value).count() == facts.q4_k_m_bytes);
}

// Llama 3.1 8B as its authors count it, and the 64 rotary factors that its file has beside them.
static_assert(parameter_count(m::llama_3_1_8b::value) == 8030261248 + 64, "");
static_assert(file_weight_bytes(m::llama_3_1_8b::value, q::q4_k_m::value) == 4912898304_B, "");
static_assert(parameter_count(m::gemma_2b::value) == 2506172416, "");

// What the one tensor of a name is; an empty one where a file has none, or several.
tensor the_tensor(const model &of, tensor_name name, int layer, tensor_part part = tensor_part::weight) {
    tensor found;
    int count = 0;
    for_each_file_tensor(of, q::f16::value, [&](const tensor &t, const format &) {
        if (t.name != name || t.layer != layer || t.part != part) return;
        found = t;
        ++count;
    });
    return count == 1 ? found : tensor{};
}
bool has(const model &of, tensor_name name, int layer, const shape &s, tensor_part part = tensor_part::weight) {
    return the_tensor(of, name, layer, part).dims == s && the_tensor(of, name, layer, part).name == name;
}
bool lacks(const model &of, tensor_name name, int layer, tensor_part part = tensor_part::weight) {
    return the_tensor(of, name, layer, part).name == n::other;
}

bool grouped_queries_have_short_keys() {
    const model &llama = m::llama_3_1_8b::value;
    return has(llama, n::token_embd, -1, {4096, 128256}) && has(llama, n::output, -1, {4096, 128256}) &&
           has(llama, n::rope_freqs, -1, {64}) && has(llama, n::attn_q, 31, {4096, 4096}) &&
           has(llama, n::attn_k, 0, {4096, 1024}) && has(llama, n::ffn_down, 7, {14336, 4096}) &&
           has(llama, n::ffn_up, 7, {4096, 14336}) && lacks(llama, n::attn_q, 32) &&
           lacks(llama, n::attn_q, 0, tensor_part::bias) &&
           has(m::qwen2_5_7b::value, n::attn_k, 0, {512}, tensor_part::bias) &&
           has(m::qwen3_8b::value, n::attn_q_norm, 3, {128});
}

bool a_tied_model_has_no_output_matrix() {
    const model &tied = m::gemma_3_4b::value;
    int again = 0;
    for_each_weight(tied, [&](const tensor &t, tensor_use use, int) {
        if (use == tensor_use::tied_output && t.name == n::token_embd && t.dims == shape{2560, 262144}) ++again;
    });
    return lacks(tied, n::output, -1) && has(tied, n::token_embd, -1, {2560, 262144}) && again == 1 &&
           has(tied, n::post_ffw_norm, 0, {2560}) && lacks(m::llama_3_1_8b::value, n::post_ffw_norm, 0);
}

bool experts_lie_in_one_tensor() {
    const model &moe = m::qwen3_30b_a3b::value;
    const model &shared = m::qwen1_5_moe_a2_7b::value;
    const model &sinks = m::gpt_oss_120b::value;
    return has(moe, n::ffn_gate_inp, 0, {2048, 128}) && has(moe, n::ffn_up_exps, 47, {2048, 768, 128}) &&
           has(moe, n::ffn_down_exps, 47, {768, 2048, 128}) && lacks(moe, n::ffn_up, 0) &&
           lacks(moe, n::ffn_up_shexp, 0) && has(shared, n::ffn_up_shexp, 0, {2048, 5632}) &&
           has(shared, n::ffn_gate_inp_shexp, 0, {2048}) && has(sinks, n::attn_sinks, 0, {64}) &&
           has(sinks, n::ffn_up_exps, 0, {2880, 128}, tensor_part::bias) &&
           has(sinks, n::post_attention_norm, 0, {2880}) && lacks(sinks, n::ffn_norm, 0);
}

bool latent_attention_has_ranks() {
    const model &lite = m::deepseek_v2_lite::value;
    const model &kimi = m::kimi_k2::value;
    return has(lite, n::attn_kv_a_mqa, 0, {2048, 576}) && has(lite, n::attn_q, 0, {2048, 3072}) &&
           has(lite, n::attn_k_b, 0, {128, 512, 16}) && has(lite, n::attn_v_b, 0, {512, 128, 16}) &&
           has(lite, n::ffn_up, 0, {2048, 10944}) && lacks(lite, n::ffn_up_exps, 0) &&
           has(lite, n::ffn_up_exps, 1, {2048, 1408, 64}) && has(lite, n::ffn_up_shexp, 1, {2048, 2816}) &&
           lacks(lite, n::exp_probs_b, 1, tensor_part::bias) && has(kimi, n::attn_q_a, 0, {7168, 1536}) &&
           has(kimi, n::attn_q_b, 0, {1536, 12288}) && lacks(kimi, n::attn_q, 0) &&
           has(kimi, n::exp_probs_b, 1, {384}, tensor_part::bias);
}

bool matrices_may_be_fused() {
    return has(m::gpt2::value, n::attn_qkv, 0, {768, 2304}) &&
           has(m::gpt2::value, n::attn_qkv, 0, {2304}, tensor_part::bias) &&
           has(m::gpt2::value, n::position_embd, -1, {768, 1024}) &&
           has(m::gpt2::value, n::output_norm, -1, {768}, tensor_part::bias) && lacks(m::gpt2::value, n::ffn_gate, 0) &&
           has(m::phi_4::value, n::ffn_up, 0, {5120, 35840}) && has(m::phi_4::value, n::attn_qkv, 0, {5120, 7680}) &&
           lacks(m::phi_4::value, n::ffn_gate, 0) && has(m::phi_3_mini_128k::value, n::rope_factors_long, -1, {48}) &&
           has(m::phi_3_mini_128k::value, n::rope_factors_short, -1, {48}) &&
           lacks(m::phi_4::value, n::rope_factors_long, -1) &&
           has(m::starcoder2_7b::value, n::ffn_norm, 0, {4608}, tensor_part::bias);
}

// Every tensor of an f32 file has four bytes for each parameter, and every other recipe fewer.
bool bytes_are_those_of_the_parameters(const model &of) {
    const bytes whole = file_weight_bytes(of, q::f32::value);
    if (whole.count() != 4 * parameter_count(of)) return false;
    if (parameter_count(of, q::q4_k_m::value) != parameter_count(of)) return false;
    for (const quantization *recipe : q::all) {
        const bytes size = file_weight_bytes(of, *recipe);
        if (size.count() <= 0 || size.overflowed() || (recipe != &q::f32::value && size >= whole)) return false;
    }
    return true;
}

// A file's own tensors stand as they are, whatever they are.
constexpr bool a_file_is_the_sum_of_its_tensors() {
    constexpr stored_tensor stored[] = {
        {{n::token_embd, tensor_part::weight, -1, {256, 10}}, formats::q6_k::value, "token_embd.weight"},
        {{n::other, tensor_part::weight, 3, {7, 3}}, formats::f32::value, "blk.3.strange"},
    };
    quantization own;
    own.kind = quantization::scheme::stored;
    own.stored = stored;
    own.stored_count = 2;
    model unknown;
    return file_weight_bytes(unknown, own) == 2184_B;
}
static_assert(a_file_is_the_sum_of_its_tensors(), "");

// A model of one's own counts as one of the catalogue does.
constexpr bool a_model_of_ones_own_is_counted() {
    model mine;
    mine.family = &architectures::qwen2::value;
    mine.num_hidden_layers = 2;
    mine.hidden_size = 64;
    mine.vocab_size = 100;
    mine.max_position_embeddings = 128;
    mine.num_attention_heads = 8;
    mine.num_key_value_heads = 2;
    mine.intermediate_size = 256;
    mine.attention_bias = true;
    const model done = arranged(mine).value();
    constexpr std::int64_t attention = 64 * 64 + 64 + 2 * (64 * 16 + 16) + 64 * 64;
    constexpr std::int64_t all = 2 * 64 * 100 + 64 + 2 * (attention + 3 * 64 * 256 + 2 * 64);
    quantization in_int4;
    in_int4.name = "all in int4";
    in_int4.kind = quantization::scheme::uniform;
    in_int4.matrices = formats::int4::value;
    constexpr std::int64_t vectors = 64 + 2 * (64 + 2 * 16 + 2 * 64);
    return parameter_count(done) == all && file_weight_bytes(done, q::f32::value).count() == 4 * all &&
           file_weight_bytes(done, in_int4).count() == (all - vectors) / 2 + 4 * vectors;
}
static_assert(a_model_of_ones_own_is_counted(), "");

constexpr bool weights_that_are_too_large_overflow() {
    model huge = m::llama_3_1_8b::value;
    huge.hidden_size = huge.vocab_size = std::int64_t{1} << 40;
    return parameter_count(huge) == INT64_MAX && file_weight_bytes(huge, q::q4_k_m::value).overflowed() &&
           file_weight_bytes(huge, q::iq1_s::value).overflowed();
}
static_assert(weights_that_are_too_large_overflow(), "");

} // namespace

TEST_CASE("files of each family") {
    for (const file_facts &facts : files) {
        CAPTURE(facts.of->name.c_str());
        CHECK(has_facts(facts));
        CHECK(bytes_are_those_of_the_parameters(*facts.of));
    }
}

TEST_CASE("shapes of tensors") {
    CHECK(grouped_queries_have_short_keys());
    CHECK(a_tied_model_has_no_output_matrix());
    CHECK(experts_lie_in_one_tensor());
    CHECK(latent_attention_has_ranks());
    CHECK(matrices_may_be_fused());
}

TEST_CASE("files and models of one's own") {
    CHECK(a_file_is_the_sum_of_its_tensors());
    CHECK(a_model_of_ones_own_is_counted());
}

TEST_CASE("weights that are too large") { CHECK(weights_that_are_too_large_overflow()); }
