// Granite Code 3B and 8B, which are of the layout of Llama with biases (the other Granite models are not).
// Source: config.json of the Hugging Face repository above each entry. Where an entry names no copy of its
// configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_GRANITE_HPP
#define MEMBOUND_MODELS_GRANITE_HPP

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

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
