// SmolLM and SmolLM2, of the layout of Llama; SmolLM3.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py),
// Lightning-AI/litgpt (config.py) and huggingface/transformers (configuration_smollm3.py; the context is that of the
// released model).
#ifndef MEMBOUND_MODELS_SMOLLM_HPP
#define MEMBOUND_MODELS_SMOLLM_HPP

#include <membound/architectures/llama.hpp>
#include <membound/architectures/smollm.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model smollm() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 49152;
    m.max_position_embeddings = 2048;
    m.tie_word_embeddings = true;
    return m;
}

} // namespace detail

// HuggingFaceTB/SmolLM-135M (mlc-llm)
struct smollm_135m {
    static constexpr model value = [] {
        model m = detail::smollm();
        m.name = "smollm-135m";
        m.num_hidden_layers = 30;
        m.hidden_size = 576;
        m.num_attention_heads = 9;
        m.num_key_value_heads = 3;
        m.intermediate_size = 1536;
        return arranged(m).value();
    }();
};

// HuggingFaceTB/SmolLM-360M (mlc-llm)
struct smollm_360m {
    static constexpr model value = [] {
        model m = detail::smollm();
        m.name = "smollm-360m";
        m.num_hidden_layers = 32;
        m.hidden_size = 960;
        m.num_attention_heads = 15;
        m.num_key_value_heads = 5;
        m.intermediate_size = 2560;
        return arranged(m).value();
    }();
};

// HuggingFaceTB/SmolLM-1.7B (mlc-llm)
struct smollm_1_7b {
    static constexpr model value = [] {
        model m = detail::smollm();
        m.name = "smollm-1.7b";
        m.num_hidden_layers = 24;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.intermediate_size = 8192;
        return arranged(m).value();
    }();
};

// HuggingFaceTB/SmolLM2-135M (mlc-llm)
struct smollm2_135m {
    static constexpr model value = variant_of(smollm_135m::value, "smollm2-135m", 8192);
};

// HuggingFaceTB/SmolLM2-360M (mlc-llm)
struct smollm2_360m {
    static constexpr model value = variant_of(smollm_360m::value, "smollm2-360m", 8192);
};

// HuggingFaceTB/SmolLM2-1.7B (litgpt)
struct smollm2_1_7b {
    static constexpr model value = variant_of(smollm_1_7b::value, "smollm2-1.7b", 8192);
};

// HuggingFaceTB/SmolLM3-3B (transformers)
struct smollm3_3b {
    static constexpr model value = [] {
        model m;
        m.name = "smollm3-3b";
        m.family = &architectures::smollm3::value;
        m.vocab_size = 128256;
        m.max_position_embeddings = 65536;
        m.num_hidden_layers = 36;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 4;
        m.intermediate_size = 11008;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
