// Phi-2, Phi-3, Phi-3.5 and Phi-4.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py)
// and Lightning-AI/litgpt (config.py). Phi-3-small is of another layout. Where an entry names no copy of its
// configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_PHI_HPP
#define MEMBOUND_MODELS_PHI_HPP

#include <membound/architectures/phi.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model phi_3_mini() {
    model m;
    m.family = &architectures::phi3::value;
    m.vocab_size = 32064;
    m.max_position_embeddings = 4096;
    m.num_hidden_layers = 32;
    m.hidden_size = 3072;
    m.num_attention_heads = 32;
    m.intermediate_size = 8192;
    m.fused_qkv = true;
    return m;
}

constexpr model phi_3_medium() {
    model m;
    m.family = &architectures::phi3::value;
    m.vocab_size = 32064;
    m.max_position_embeddings = 4096;
    m.num_hidden_layers = 40;
    m.hidden_size = 5120;
    m.num_attention_heads = 40;
    m.num_key_value_heads = 10;
    m.intermediate_size = 17920;
    m.fused_qkv = true;
    return m;
}

} // namespace detail

// microsoft/Phi-3-mini-4k-instruct (litgpt)
struct phi_3_mini_4k {
    static constexpr model value = [] {
        model m = detail::phi_3_mini();
        m.name = "phi-3-mini-4k";
        return arranged(m).value();
    }();
};

// microsoft/Phi-3-mini-128k-instruct (litgpt)
struct phi_3_mini_128k {
    static constexpr model value = [] {
        model m = phi_3_mini_4k::value;
        m.name = "phi-3-mini-128k";
        m.max_position_embeddings = 131072;
        m.rope = rope_tensors::long_short;
        return m;
    }();
};

// microsoft/Phi-3.5-mini-instruct (mlc-llm)
struct phi_3_5_mini {
    static constexpr model value = variant_of(phi_3_mini_128k::value, "phi-3.5-mini");
};

// microsoft/Phi-3-medium-4k-instruct
struct phi_3_medium_4k {
    static constexpr model value = [] {
        model m = detail::phi_3_medium();
        m.name = "phi-3-medium-4k";
        return arranged(m).value();
    }();
};

// microsoft/Phi-3-medium-128k-instruct
struct phi_3_medium_128k {
    static constexpr model value = [] {
        model m = phi_3_medium_4k::value;
        m.name = "phi-3-medium-128k";
        m.max_position_embeddings = 131072;
        m.rope = rope_tensors::long_short;
        return m;
    }();
};

// microsoft/phi-4 (litgpt)
struct phi_4 {
    static constexpr model value = [] {
        model m = phi_3_medium_4k::value;
        m.name = "phi-4";
        m.vocab_size = 100352;
        m.max_position_embeddings = 16384;
        return m;
    }();
};

// microsoft/Phi-4-reasoning and Phi-4-reasoning-plus (litgpt)
struct phi_4_reasoning {
    static constexpr model value = variant_of(phi_4::value, "phi-4-reasoning", 32768);
};

// microsoft/Phi-4-mini-instruct (mlc-llm): three quarters of each head are rotated
struct phi_4_mini {
    static constexpr model value = [] {
        model m = detail::phi_3_mini();
        m.name = "phi-4-mini";
        m.vocab_size = 200064;
        m.max_position_embeddings = 131072;
        m.num_attention_heads = 24;
        m.num_key_value_heads = 8;
        m.rotary_dim = 96;
        m.tie_word_embeddings = true;
        m.rope = rope_tensors::long_short;
        return arranged(m).value();
    }();
};

// microsoft/phi-2 (mlc-llm)
struct phi_2 {
    static constexpr model value = [] {
        model m;
        m.name = "phi-2";
        m.family = &architectures::phi2::value;
        m.vocab_size = 51200;
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 32;
        m.hidden_size = 2560;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 32;
        m.intermediate_size = 10240;
        m.rotary_dim = 32;
        m.fused_qkv = true;
        m.attention_bias = true;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
