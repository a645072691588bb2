// Every model of the catalogue, found by its name.
#ifndef MEMBOUND_MODELS_ALL_HPP
#define MEMBOUND_MODELS_ALL_HPP

#include <membound/models/bert.hpp>
#include <membound/models/cohere.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/deepseek_r1_distill.hpp>
#include <membound/models/falcon.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/glm.hpp>
#include <membound/models/gpt2.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/granite.hpp>
#include <membound/models/jamba.hpp>
#include <membound/models/kimi.hpp>
#include <membound/models/laguna.hpp>
#include <membound/models/lfm.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/llava.hpp>
#include <membound/models/mamba.hpp>
#include <membound/models/minimax.hpp>
#include <membound/models/mistral.hpp>
#include <membound/models/nemotron.hpp>
#include <membound/models/olmo.hpp>
#include <membound/models/phi.hpp>
#include <membound/models/qwen.hpp>
#include <membound/models/qwen_next.hpp>
#include <membound/models/qwen_vl.hpp>
#include <membound/models/seed_oss.hpp>
#include <membound/models/smollm.hpp>
#include <membound/models/starcoder.hpp>
#include <membound/models/yi.hpp>
#include <membound/name.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

inline constexpr const model *all[] = {
    &llama_7b::value, &llama_13b::value, &llama_30b::value, &llama_65b::value, &llama_2_7b::value, &llama_2_13b::value,
    &llama_2_70b::value, &vicuna_7b_v1_5::value, &vicuna_13b_v1_5::value, &codellama_7b::value, &codellama_13b::value,
    &codellama_34b::value, &codellama_70b::value, &llama_3_8b::value, &llama_3_70b::value, &llama_3_1_8b::value,
    &llama_3_1_70b::value, &llama_3_1_405b::value, &llama_3_2_1b::value, &llama_3_2_3b::value, &llama_3_3_70b::value,
    &llama_3_1_nemotron_70b::value, &hermes_3_llama_3_1_8b::value, &hermes_3_llama_3_1_70b::value,
    &tinyllama_1_1b::value, &solar_10_7b::value,
    &mistral_7b_v0_1::value, &mistral_7b_v0_2::value, &zephyr_7b_beta::value, &mistral_7b_v0_3::value,
    &mathstral_7b::value, &ministral_8b::value, &mistral_nemo_12b::value, &mistral_small_22b::value,
    &codestral_22b::value, &mistral_small_24b::value, &devstral_small_24b::value, &magistral_small_24b::value,
    &mistral_small_3_1_24b::value, &mistral_small_3_2_24b::value, &devstral_small_2_24b::value,
    &mistral_large_123b::value, &devstral_2_123b::value, &ministral_3_3b::value, &ministral_3_8b::value,
    &ministral_3_14b::value, &mixtral_8x7b::value, &mixtral_8x22b::value, &mixtral_8x22b_instruct::value,
    &qwen1_5_moe_a2_7b::value, &qwen2_0_5b::value, &qwen2_1_5b::value, &qwen2_7b::value, &qwen2_72b::value,
    &qwen2_57b_a14b::value, &qwen2_5_0_5b::value, &qwen2_5_1_5b::value, &qwen2_5_3b::value, &qwen2_5_7b::value,
    &qwen2_5_14b::value, &qwen2_5_32b::value, &qwen2_5_72b::value, &qwen2_5_math_1_5b::value,
    &qwen2_5_math_7b::value, &qwen2_5_math_72b::value, &qwen2_5_coder_0_5b::value,
    &qwen2_5_coder_1_5b::value, &qwen2_5_coder_3b::value, &qwen2_5_coder_7b::value, &qwen2_5_coder_14b::value,
    &qwen2_5_coder_32b::value, &qwq_32b::value, &qwen3_0_6b::value, &qwen3_1_7b::value, &qwen3_4b::value,
    &qwen3_8b::value, &qwen3_14b::value, &qwen3_32b::value, &qwen3_4b_2507::value, &qwen3_30b_a3b::value,
    &qwen3_235b_a22b::value, &qwen3_30b_a3b_2507::value, &qwen3_235b_a22b_2507::value, &qwen3_coder_30b_a3b::value,
    &qwen3_coder_480b_a35b::value, &qwen3_embedding_0_6b::value, &qwen3_embedding_4b::value,
    &qwen3_embedding_8b::value, &laguna_s_2_1::value,
    &gemma_2b::value, &gemma_7b::value, &codegemma_2b::value, &codegemma_7b::value, &gemma_2_2b::value,
    &gemma_2_9b::value, &gemma_2_27b::value, &gemma_3_270m::value, &gemma_3_1b::value, &gemma_3_4b::value,
    &gemma_3_12b::value, &gemma_3_27b::value,
    &phi_3_mini_4k::value, &phi_3_mini_128k::value, &phi_3_5_mini::value, &phi_3_medium_4k::value,
    &phi_3_medium_128k::value, &phi_4::value, &phi_4_reasoning::value, &phi_4_mini::value,
    &gpt_oss_20b::value, &gpt_oss_120b::value,
    &deepseek_llm_7b::value, &deepseek_llm_67b::value, &deepseek_coder_1_3b::value, &deepseek_coder_6_7b::value,
    &deepseek_coder_33b::value, &deepseek_v2_lite::value, &deepseek_v2::value, &deepseek_coder_v2_lite::value,
    &deepseek_coder_v2::value, &deepseek_v2_5::value, &deepseek_v3::value, &deepseek_v3_1::value, &deepseek_r1::value,
    &kimi_k2::value, &kimi_k2_thinking::value, &kimi_k2_5::value, &moonlight_16b_a3b::value,
    &deepseek_r1_distill_llama_8b::value, &deepseek_r1_distill_llama_70b::value, &deepseek_r1_distill_qwen_1_5b::value,
    &deepseek_r1_distill_qwen_7b::value, &deepseek_r1_distill_qwen_14b::value, &deepseek_r1_distill_qwen_32b::value,
    &deepseek_r1_0528_qwen3_8b::value,
    &yi_6b::value, &yi_9b::value, &yi_34b::value, &yi_34b_200k::value, &yi_coder_9b::value,
    &smollm_135m::value, &smollm_360m::value, &smollm_1_7b::value, &smollm2_135m::value, &smollm2_360m::value,
    &smollm2_1_7b::value,
    &falcon3_1b::value, &falcon3_3b::value, &falcon3_7b::value, &falcon3_10b::value,
    &granite_3b_code::value, &granite_8b_code::value,
    &starcoder2_3b::value, &starcoder2_7b::value, &starcoder2_15b::value,
    &gpt2::value, &gpt2_medium::value, &gpt2_large::value, &gpt2_xl::value, &distilgpt2::value,
    &llama_4_scout::value, &llama_4_maverick::value,
    &kimi_k2_6::value, &deepseek_v3_2::value,
    &kimi_linear_48b_a3b::value, &kimi_k3::value, &deepseek_v4_flash::value, &deepseek_v4_pro::value,
    &qwen2_5_vl_3b::value, &qwen2_5_vl_7b::value, &qwen2_5_vl_32b::value, &qwen2_5_vl_72b::value, &qwen3_vl_2b::value,
    &qwen3_vl_4b::value, &qwen3_vl_8b::value, &qwen3_vl_32b::value,
    &qwen3_vl_30b_a3b::value, &qwen3_vl_235b_a22b::value,
    &qwen2_vl_2b::value, &qwen2_vl_7b::value, &qwen2_vl_72b::value, &llava_1_5_7b::value, &llava_1_5_13b::value,
    &qwen3_5_0_8b::value, &qwen3_5_2b::value, &qwen3_5_4b::value, &seed_oss_36b::value,
    &qwen3_5_9b::value, &qwen3_8_27b::value, &qwen3_next_80b_a3b::value, &qwen3_5_27b::value, &qwen3_5_35b_a3b::value,
    &qwen3_5_122b_a10b::value,
    &qwen3_5_397b_a17b::value, &qwen3_6_27b::value, &qwen3_6_35b_a3b::value,
    &gemma_4_e2b::value, &gemma_4_e4b::value, &gemma_4_12b::value, &gemma_4_26b_a4b::value, &gemma_4_31b::value,
    &gemma_3n_e4b::value, &embeddinggemma_300m::value,
    &phi_2::value,
    &smollm3_3b::value,
    &falcon_7b::value, &falcon_h1_0_5b::value, &falcon_h1_7b::value,
    &granite_3_0_3b_a800m::value, &granite_3_3_8b::value, &granite_4_0_350m::value, &granite_4_0_1b::value,
    &granite_4_0_h_micro::value, &granite_4_0_h_tiny::value, &granite_4_0_h_small::value,
    &command_r::value, &command_r_08_2024::value, &command_r_plus::value, &aya_23_8b::value, &command_r7b::value,
    &glm_4_32b::value, &glm_4_5_air::value, &glm_4_5::value, &glm_4_6::value, &glm_4_7::value, &glm_4_7_flash::value,
    &glm_5::value,
    &glm_5_1::value,
    &minimax_m2::value, &minimax_m2_5::value, &minimax_m2_7::value,
    &nemotron_3_8b::value, &nemotron_3_nano_4b::value, &nemotron_h_56b::value, &nemotron_nano_9b_v2::value,
    &nemotron_nano_12b_v2::value, &nemotron_3_nano_30b_a3b::value,
    &nemotron_3_super_120b_a12b::value,
    &jamba_v0_1::value,
    &mamba_2_8b::value, &falcon3_mamba_7b::value, &mamba2_2_7b::value, &mamba_codestral_7b::value,
    &lfm2_350m::value, &lfm2_700m::value, &lfm2_1_2b::value, &lfm2_8b_a1b::value,
    &olmo_2_7b::value, &olmo_2_13b::value, &olmo_2_32b::value, &olmo_3_7b::value, &olmo_3_1_32b::value,
    &olmoe_1b_7b::value,
    &bert_base_uncased::value, &bert_large_uncased::value, &bge_base_en_v1_5::value, &snowflake_arctic_embed_m::value,
    &nomic_embed_text_v1_5::value,
};

} // namespace models

namespace detail {

// The next character of a name, in lower case; separators in a row are one '-', and none between a letter and a digit.
// `before` is the character that came before, 0 at the start.
constexpr char next_of_name(const char *&p, char before) {
    const bool separated = is_separator(*p);
    while (is_separator(*p)) ++p;
    if (*p == '\0') return '\0';
    const bool after_letter = before != '-' && before != '\0' && !is_digit(before);
    if (separated && before != '\0' && before != '-' && !(after_letter && is_digit(*p))) return '-';
    return lower(*p++);
}

constexpr bool same_model_name(const char *a, const char *b) {
    char last = '\0';
    do {
        const char x = next_of_name(a, last);
        if (x != next_of_name(b, last)) return false;
        last = x;
    } while (last != '\0');
    return true;
}

} // namespace detail

// Null where no model has the name. Case does not count, separators (blank, '_', '-', '.', ':') are alike, and there
// need be none between a letter and a digit: "Llama 3.1 8B", "llama3.1:8b" and "llama_3_1_8b" are "llama-3.1-8b".
constexpr const model *find_model(const char *name) {
    for (const model *m : models::all)
        if (detail::same_model_name(m->name.c_str(), name)) return m;
    return nullptr;
}

MEMBOUND_END_NAMESPACE

#endif
