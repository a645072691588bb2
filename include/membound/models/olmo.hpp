// OLMo 2 and 3, and OLMoE.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py)
// and AI-Hypercomputer/maxtext (hf_model_configs.py; the context is that of the released models).
#ifndef MEMBOUND_MODELS_OLMO_HPP
#define MEMBOUND_MODELS_OLMO_HPP

#include <membound/architectures/olmo.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model olmo_2() {
    model m;
    m.family = &architectures::olmo2::value;
    m.vocab_size = 100352;
    m.max_position_embeddings = 4096;
    return m;
}

} // namespace detail

// allenai/OLMo-2-1124-7B-Instruct (mlc-llm)
struct olmo_2_7b {
    static constexpr model value = [] {
        model m = detail::olmo_2();
        m.name = "olmo-2-7b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 32;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// allenai/OLMo-2-1124-13B-Instruct (mlc-llm)
struct olmo_2_13b {
    static constexpr model value = [] {
        model m = detail::olmo_2();
        m.name = "olmo-2-13b";
        m.num_hidden_layers = 40;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.num_key_value_heads = 40;
        m.intermediate_size = 13824;
        return arranged(m).value();
    }();
};

// allenai/OLMo-2-0325-32B-Instruct (mlc-llm)
struct olmo_2_32b {
    static constexpr model value = [] {
        model m = detail::olmo_2();
        m.name = "olmo-2-32b";
        m.num_hidden_layers = 64;
        m.hidden_size = 5120;
        m.num_attention_heads = 40;
        m.num_key_value_heads = 8;
        m.intermediate_size = 27648;
        return arranged(m).value();
    }();
};

// allenai/Olmo-3-7B-Instruct (maxtext)
struct olmo_3_7b {
    static constexpr model value = [] {
        model m = olmo_2_7b::value;
        m.name = "olmo-3-7b";
        m.vocab_size = 100278;
        m.max_position_embeddings = 65536;
        m.sliding_window = 4096;
        return arranged(m).value();
    }();
};

// allenai/Olmo-3.1-32B-Instruct (maxtext)
struct olmo_3_1_32b {
    static constexpr model value = [] {
        model m = olmo_2_32b::value;
        m.name = "olmo-3.1-32b";
        m.vocab_size = 100278;
        m.max_position_embeddings = 65536;
        m.sliding_window = 4096;
        return arranged(m).value();
    }();
};

// allenai/OLMoE-1B-7B-0924
struct olmoe_1b_7b {
    static constexpr model value = [] {
        model m;
        m.name = "olmoe-1b-7b";
        m.family = &architectures::olmoe::value;
        m.vocab_size = 50304;
        m.max_position_embeddings = 4096;
        m.num_hidden_layers = 16;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 16;
        m.intermediate_size = 1024;
        m.num_experts = 64;
        m.num_experts_per_tok = 8;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
