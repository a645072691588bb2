#include <membound/read/repository_name.hpp>

#include <doctest/doctest.h>

namespace {

using namespace membound;
namespace q = quantizations;

struct named {
    const char *repository;
    const char *model; // null: none is known
    const quantization *recipe;
};

TEST_CASE("models and recipes by the names of repositories") {
    constexpr const quantization *sixteen_bits = nullptr;
    const named cases[] = {
        {"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b", sixteen_bits},
        {"~/models/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b", sixteen_bits},
        {"Qwen/Qwen2.5-14B-Instruct-AWQ", "qwen2.5-14b", &q::awq::value},
        {"Qwen/Qwen2.5-72B-Instruct-GPTQ-Int4", "qwen2.5-72b", &q::gptq::value},
        {"Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8", "qwen2.5-7b", &q::gptq_int8::value},
        {"Qwen/Qwen3-30B-A3B-Thinking-2507-FP8", "qwen3-30b-a3b-2507", &q::fp8_block::value}, // as Qwen publishes it
        {"./models/Qwen3.6-27B-FP8", "qwen3.6-27b", &q::fp8_block::value},
        {"nvidia/Qwen3-8B-FP8", "qwen3-8b", &q::fp8::value},
        {"RedHatAI/Qwen3-8B-FP8-dynamic", "qwen3-8b", &q::fp8_dynamic::value},
        {"zai-org/GLM-4.6-FP8", "glm-4.6", &q::fp8::value},
        {"moonshotai/Kimi-K2-Instruct", "kimi-k2", &q::fp8_block::value},
        {"moonshotai/Kimi-K2-Thinking", "kimi-k2-thinking", &detail::int4_experts}, // the longer name
        {"moonshotai/Kimi-K2.5", "kimi-k2.5", &detail::int4_experts},
        {"huihui-ai/Huihui-gpt-oss-20b-mxfp4-abliterated-v2", "gpt-oss-20b", &q::mxfp4::value},
        {"my-finetuned-Qwen2.5-7B-Instruct-lora", "qwen2.5-7b", sixteen_bits},
        {"yuhuili/EAGLE3-LLaMA3.1-8B", nullptr, sixteen_bits}, // what drafts for it
        {"Qwen/Qwen2.5-Math-1.5B-Instruct", "qwen2.5-math-1.5b", sixteen_bits},
        {"Qwen/Qwen3-Reranker-0.6B", "qwen3-embedding-0.6b", sixteen_bits},
        {"teknium/OpenHermes-2.5-Mistral-7B", "mistral-7b-v0.1", sixteen_bits},
        {"mistralai/Mistral-7B-Instruct-v0.2", "mistral-7b-v0.2", sixteen_bits},
        {"gaunernst/gemma-3-12b-it-qat-autoawq", "gemma-3-12b", &q::awq_g32::value}, // as Q4_0's blocks
        {"RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "llama-3.3-70b", &q::fp8_dynamic::value},
        {"neuralmagic/Meta-Llama-3.1-70B-Instruct-quantized.w8a8", "llama-3.1-70b", &q::w8a8::value},
        {"unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit", "llama-3.1-8b", &q::nf4_double::value},
        {"nvidia/Gemma-4-31B-IT-NVFP4", "gemma-4-31b", &detail::nvfp4_feed_forward}, // with attention in 16 bits
        {"someone/Gemma-4-31B-IT-NVFP4", "gemma-4-31b", &q::nvfp4::value},
        {"nvidia/Qwen3.6-27B-NVFP4", "qwen3.6-27b", &detail::nvfp4_beside_fp8}, // with attention in FP8
        {"nvidia/MiniMax-M2.5-NVFP4", "minimax-m2.5", &detail::nvfp4_experts},
        {"nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", "nemotron-3-nano-30b-a3b", &detail::nvfp4_nemotron_3_nano},
        {"nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16", "nemotron-3-nano-4b", sixteen_bits},
        {"deepseek-ai/DeepSeek-R1-0528", "deepseek-r1", &q::fp8_block::value}, // as it is published
        {"unsloth/DeepSeek-V3-BF16", "deepseek-v3", sixteen_bits},
        {"openai/gpt-oss-120b", "gpt-oss-120b", &q::mxfp4::value},
        {"/opt/llm/deepseek-r1-14b", "deepseek-r1-distill-qwen-14b", sixteen_bits},
        {"qwen25-3b-distill-merged", "qwen2.5-3b", sixteen_bits},
        {"allenai/OLMo-2-1124-7B-Instruct", "olmo-2-7b", sixteen_bits},
        {"mistralai/Mistral-Nemo-Instruct-2407", "mistral-nemo-12b", sixteen_bits},
        {"someone/gemma-4-26B-A4B-it-qat-AWQ-INT4", "gemma-4-26b-a4b", &q::w4a16_g32::value}, // 704 inputs
        {"google/gemma-4-12B-it-qat-w4a16-ct", "gemma-4-12b", &q::w4a16_g32::value}, // in groups as those of Q4_0
        {"cyankiwi/gemma-4-26B-A4B-it-qat-AWQ-INT4", "gemma-4-26b-a4b", &detail::awq_beside_dense},
        {"meta-llama/Llama-3.1-405B-Instruct-FP8", "llama-3.1-405b", &detail::fp8_llama_3_1_405b},
        {"neuralmagic/Meta-Llama-3.1-405B-Instruct-FP8", "llama-3.1-405b", &q::fp8::value},
        {"someone/of-its-own", nullptr, sixteen_bits},
    };
    for (const named &c : cases) {
        INFO(c.repository);
        const repository_name found = read_repository_name(c.repository);
        REQUIRE((found.base != nullptr) == (c.model != nullptr));
        if (c.model != nullptr) CHECK(same_text(found.base->name.c_str(), c.model));
        CHECK(found.recipe == c.recipe);
    }
}

} // namespace
