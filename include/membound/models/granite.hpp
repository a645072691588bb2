// Granite Code 3B and 8B, which are of the layout of Llama with biases; Granite 3 and 4.
// Source: config.json of the Hugging Face repository above each entry. Where an entry names no copy of its
// configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_GRANITE_HPP
#define MEMBOUND_MODELS_GRANITE_HPP

#include <membound/architectures/granite.hpp>
#include <membound/architectures/llama.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model granite_code() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 49152;
    m.tie_word_embeddings = true;
    m.attention_bias = true;
    m.attention_output_bias = true;
    m.mlp_bias = true;
    return m;
}

constexpr model granite_3() {
    model m;
    m.family = &architectures::granite::value;
    m.scaled_embedding = true;
    m.scaled_residual = true;
    m.tie_word_embeddings = true;
    return m;
}

constexpr model granite_3_moe() {
    model m = granite_3();
    m.family = &architectures::granitemoe::value;
    m.num_experts_per_tok = 8;
    m.num_key_value_heads = 8;
    m.intermediate_size = 512;
    return m;
}

// Every tenth layer attends, from the sixth on, and no layer is rotated.
constexpr model granite_4_h() {
    model m = granite_3();
    m.family = &architectures::granitehybrid::value;
    m.vocab_size = 100352;
    m.scaled_logits = true;
    m.ssm_conv_kernel = 4;
    m.ssm_state_size = 128;
    m.ssm_group_count = 1;
    m.num_hidden_layers = 40;
    m.layer_kinds_given = true;
    for (int i = 0; i < m.layer_count(); ++i) {
        m.layers[i].unrotated = true;
        if (i % 10 == 5) continue;
        m.layers[i].kind = layer_kind::no_attention;
        m.layers[i].state = state_kind::mamba_2;
    }
    return m;
}

} // namespace detail

// ibm-granite/granite-3b-code-base-2k
struct granite_3b_code {
    static constexpr model value = [] {
        model m = detail::granite_code();
        m.name = "granite-3b-code";
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 32;
        m.hidden_size = 2560;
        m.num_attention_heads = 32;
        m.intermediate_size = 10240;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-8b-code-base-4k
struct granite_8b_code {
    static constexpr model value = [] {
        model m = detail::granite_code();
        m.name = "granite-8b-code";
        m.max_position_embeddings = 4096;
        m.num_hidden_layers = 36;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-3.0-3b-a800m-instruct
struct granite_3_0_3b_a800m {
    static constexpr model value = [] {
        model m = detail::granite_3_moe();
        m.name = "granite-3.0-3b-a800m";
        m.vocab_size = 49155;
        m.max_position_embeddings = 4096;
        m.num_hidden_layers = 32;
        m.hidden_size = 1536;
        m.num_attention_heads = 24;
        m.num_experts = 40;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-3.3-8b-instruct
struct granite_3_3_8b {
    static constexpr model value = [] {
        model m = detail::granite_3();
        m.name = "granite-3.3-8b";
        m.vocab_size = 49159;
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 40;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 12800;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-4.0-350m
struct granite_4_0_350m {
    static constexpr model value = [] {
        model m = detail::granite_3();
        m.name = "granite-4.0-350m";
        m.vocab_size = 100352;
        m.max_position_embeddings = 32768;
        m.num_hidden_layers = 28;
        m.hidden_size = 1024;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 4;
        m.intermediate_size = 2048;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-4.0-1b
struct granite_4_0_1b {
    static constexpr model value = [] {
        model m = detail::granite_3();
        m.name = "granite-4.0-1b";
        m.vocab_size = 100352;
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 40;
        m.hidden_size = 2048;
        m.num_attention_heads = 16;
        m.num_key_value_heads = 4;
        m.intermediate_size = 4096;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-4.0-h-micro
struct granite_4_0_h_micro {
    static constexpr model value = [] {
        model m = detail::granite_4_h();
        m.name = "granite-4.0-h-micro";
        m.max_position_embeddings = 131072;
        m.hidden_size = 2048;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 8192;
        m.ssm_inner_size = 4096;
        m.ssm_time_step_rank = 64;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-4.0-h-tiny
struct granite_4_0_h_tiny {
    static constexpr model value = [] {
        model m = detail::granite_4_h();
        m.name = "granite-4.0-h-tiny";
        m.max_position_embeddings = 1048576;
        m.hidden_size = 1536;
        m.num_attention_heads = 12;
        m.num_key_value_heads = 4;
        m.intermediate_size = 512;
        m.num_experts = 64;
        m.num_experts_per_tok = 6;
        m.shared_expert_intermediate_size = 1024;
        m.ssm_inner_size = 3072;
        m.ssm_time_step_rank = 48;
        return arranged(m).value();
    }();
};

// ibm-granite/granite-4.0-h-small
struct granite_4_0_h_small {
    static constexpr model value = [] {
        model m = detail::granite_4_h();
        m.name = "granite-4.0-h-small";
        m.max_position_embeddings = 1048576;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 768;
        m.num_experts = 72;
        m.num_experts_per_tok = 10;
        m.shared_expert_intermediate_size = 1536;
        m.ssm_inner_size = 8192;
        m.ssm_time_step_rank = 128;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
