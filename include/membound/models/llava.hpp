// LLaVA.
// Source: config.json of the Hugging Face repository above each entry, as copied by vllm-project/vllm's tests and by
// huggingface/transformers (LlavaConfig).
#ifndef MEMBOUND_MODELS_LLAVA_HPP
#define MEMBOUND_MODELS_LLAVA_HPP

#include <membound/models/llama.hpp>
#include <membound/models/vision.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

// llava-hf/llava-1.5-7b-hf
struct llava_1_5_7b {
    static constexpr model value = [] {
        model m = vicuna_7b_v1_5::value;
        m.name = "llava-1.5-7b";
        m.vocab_size = 32064;
        m.vision = &vision::clip_large_336;
        return m;
    }();
};

// llava-hf/llava-1.5-13b-hf
struct llava_1_5_13b {
    static constexpr model value = [] {
        model m = vicuna_13b_v1_5::value;
        m.name = "llava-1.5-13b";
        m.vocab_size = 32064;
        m.vision = &vision::clip_large_336;
        return m;
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
