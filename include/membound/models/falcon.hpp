// Falcon 3, which is of the layout of Llama; Falcon 7B; Falcon H1.
// Source: config.json of the Hugging Face repository above each entry, of Falcon 3 as copied by Lightning-AI/litgpt
// (config.py).
#ifndef MEMBOUND_MODELS_FALCON_HPP
#define MEMBOUND_MODELS_FALCON_HPP

#include <membound/architectures/falcon.hpp>
#include <membound/architectures/llama.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model falcon3() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 131072;
    m.max_position_embeddings = 32768;
    m.hidden_size = 3072;
    m.num_attention_heads = 12;
    m.num_key_value_heads = 4;
    m.head_dim = 256;
    return m;
}

constexpr model falcon_h1() {
    model m;
    m.family = &architectures::falcon_h1::value;
    m.ssm_conv_kernel = 4;
    m.ssm_group_count = 1;
    return m;
}

} // namespace detail

// tiiuae/Falcon3-1B-Base
struct falcon3_1b {
    static constexpr model value = [] {
        model m = detail::falcon3();
        m.name = "falcon3-1b";
        m.max_position_embeddings = 4096;
        m.num_hidden_layers = 18;
        m.hidden_size = 2048;
        m.num_attention_heads = 8;
        m.intermediate_size = 8192;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon3-3B-Base
struct falcon3_3b {
    static constexpr model value = [] {
        model m = detail::falcon3();
        m.name = "falcon3-3b";
        m.num_hidden_layers = 22;
        m.intermediate_size = 9216;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon3-7B-Base
struct falcon3_7b {
    static constexpr model value = [] {
        model m = detail::falcon3();
        m.name = "falcon3-7b";
        m.num_hidden_layers = 28;
        m.intermediate_size = 23040;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon3-10B-Base
struct falcon3_10b {
    static constexpr model value = [] {
        model m = detail::falcon3();
        m.name = "falcon3-10b";
        m.num_hidden_layers = 40;
        m.intermediate_size = 23040;
        return arranged(m).value();
    }();
};

// tiiuae/falcon-7b: the file has the head as well, though it is that of the embedding
struct falcon_7b {
    static constexpr model value = [] {
        model m;
        m.name = "falcon-7b";
        m.family = &architectures::falcon::value;
        m.vocab_size = 65024;
        m.max_position_embeddings = 2048;
        m.num_hidden_layers = 32;
        m.hidden_size = 4544;
        m.num_attention_heads = 71;
        m.num_key_value_heads = 1;
        m.intermediate_size = 18176;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon-H1-0.5B-Base
struct falcon_h1_0_5b {
    static constexpr model value = [] {
        model m = detail::falcon_h1();
        m.name = "falcon-h1-0.5b";
        m.vocab_size = 32784;
        m.max_position_embeddings = 16384;
        m.num_hidden_layers = 36;
        m.hidden_size = 1024;
        m.num_attention_heads = 8;
        m.num_key_value_heads = 2;
        m.intermediate_size = 2048;
        m.head_dim = 64;
        m.ssm_inner_size = 1536;
        m.ssm_state_size = 128;
        m.ssm_time_step_rank = 24;
        return arranged(m).value();
    }();
};

// tiiuae/Falcon-H1-7B-Base
struct falcon_h1_7b {
    static constexpr model value = [] {
        model m = detail::falcon_h1();
        m.name = "falcon-h1-7b";
        m.vocab_size = 130048;
        m.max_position_embeddings = 262144;
        m.num_hidden_layers = 44;
        m.hidden_size = 3072;
        m.num_attention_heads = 12;
        m.num_key_value_heads = 2;
        m.intermediate_size = 12288;
        m.head_dim = 128;
        m.ssm_inner_size = 3072;
        m.ssm_state_size = 256;
        m.ssm_time_step_rank = 24;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
