// Falcon 3, which is of the layout of Llama (Falcon 1 and 2 are not).
// Source: config.json of the Hugging Face repository above each entry, as copied by Lightning-AI/litgpt (config.py).
#ifndef MEMBOUND_MODELS_FALCON_HPP
#define MEMBOUND_MODELS_FALCON_HPP

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

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
