// Llama and Qwen models distilled from DeepSeek R1.
// Source: config.json of the Hugging Face repository above each entry; those of Llama as copied by Lightning-AI/litgpt
// (config.py). Where an entry names no copy of its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_DEEPSEEK_R1_DISTILL_HPP
#define MEMBOUND_MODELS_DEEPSEEK_R1_DISTILL_HPP

#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// deepseek-ai/DeepSeek-R1-Distill-Llama-8B (litgpt)
struct deepseek_r1_distill_llama_8b {
    static constexpr model value = variant_of(llama_3_1_8b::value, "deepseek-r1-distill-llama-8b");
};

// deepseek-ai/DeepSeek-R1-Distill-Llama-70B (litgpt)
struct deepseek_r1_distill_llama_70b {
    static constexpr model value = variant_of(llama_3_3_70b::value, "deepseek-r1-distill-llama-70b");
};

// deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B: unlike Qwen2.5-1.5B, with an output matrix of its own
struct deepseek_r1_distill_qwen_1_5b {
    static constexpr model value = [] {
        model m = qwen2_5_1_5b::value;
        m.name = "deepseek-r1-distill-qwen-1.5b";
        m.max_position_embeddings = 131072;
        m.tie_word_embeddings = false;
        return m;
    }();
};

// deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
struct deepseek_r1_distill_qwen_7b {
    static constexpr model value = variant_of(qwen2_5_7b::value, "deepseek-r1-distill-qwen-7b", 131072);
};

// deepseek-ai/DeepSeek-R1-Distill-Qwen-14B
struct deepseek_r1_distill_qwen_14b {
    static constexpr model value = variant_of(qwen2_5_14b::value, "deepseek-r1-distill-qwen-14b", 131072);
};

// deepseek-ai/DeepSeek-R1-Distill-Qwen-32B
struct deepseek_r1_distill_qwen_32b {
    static constexpr model value = variant_of(qwen2_5_32b::value, "deepseek-r1-distill-qwen-32b", 131072);
};

// deepseek-ai/DeepSeek-R1-0528-Qwen3-8B
struct deepseek_r1_0528_qwen3_8b {
    static constexpr model value = variant_of(qwen3_8b::value, "deepseek-r1-0528-qwen3-8b", 131072);
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
