// StarCoder 2.
// Source: config.json of the Hugging Face repository above each entry; that of 7B as copied by mlc-ai/mlc-llm
// (model_preset.py). The window of 4096 tokens in the configuration does not reach a GGUF file: llama.cpp keeps every
// token, and so do these entries. Where an entry names no copy of its configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_STARCODER_HPP
#define MEMBOUND_MODELS_STARCODER_HPP

#include <membound/architectures/starcoder.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model starcoder2() {
    model m;
    m.family = &architectures::starcoder2::value;
    m.vocab_size = 49152;
    m.max_position_embeddings = 16384;
    m.attention_bias = true;
    return m;
}

} // namespace detail

// bigcode/starcoder2-3b
struct starcoder2_3b {
    static constexpr model value = [] {
        model m = detail::starcoder2();
        m.name = "starcoder2-3b";
        m.num_hidden_layers = 30;
        m.hidden_size = 3072;
        m.num_attention_heads = 24;
        m.num_key_value_heads = 2;
        m.intermediate_size = 12288;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// bigcode/starcoder2-7b (mlc-llm)
struct starcoder2_7b {
    static constexpr model value = [] {
        model m = detail::starcoder2();
        m.name = "starcoder2-7b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4608;
        m.num_attention_heads = 36;
        m.num_key_value_heads = 4;
        m.intermediate_size = 18432;
        m.tie_word_embeddings = true;
        return arranged(m).value();
    }();
};

// bigcode/starcoder2-15b
struct starcoder2_15b {
    static constexpr model value = [] {
        model m = detail::starcoder2();
        m.name = "starcoder2-15b";
        m.num_hidden_layers = 40;
        m.hidden_size = 6144;
        m.num_attention_heads = 48;
        m.num_key_value_heads = 4;
        m.intermediate_size = 24576;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
