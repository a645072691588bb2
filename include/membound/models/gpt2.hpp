// GPT-2 and DistilGPT-2.
// Source: config.json of the Hugging Face repository above each entry; those of the two smaller sizes as copied by
// mlc-ai/mlc-llm (model_preset.py). Where an entry names no copy of its configuration, none was at hand to compare
// with.
#ifndef MEMBOUND_MODELS_GPT2_HPP
#define MEMBOUND_MODELS_GPT2_HPP

#include <membound/architectures/gpt2.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model gpt2() {
    model m;
    m.family = &architectures::gpt2::value;
    m.vocab_size = 50257;
    m.max_position_embeddings = 1024;
    m.tie_word_embeddings = true;
    return m;
}

} // namespace detail

// openai-community/gpt2 (mlc-llm)
struct gpt2 {
    static constexpr model value = [] {
        model m = detail::gpt2();
        m.name = "gpt2";
        m.num_hidden_layers = 12;
        m.hidden_size = 768;
        m.num_attention_heads = 12;
        m.intermediate_size = 3072;
        return arranged(m).value();
    }();
};

// openai-community/gpt2-medium (mlc-llm)
struct gpt2_medium {
    static constexpr model value = [] {
        model m = detail::gpt2();
        m.name = "gpt2-medium";
        m.num_hidden_layers = 24;
        m.hidden_size = 1024;
        m.num_attention_heads = 16;
        m.intermediate_size = 4096;
        return arranged(m).value();
    }();
};

// openai-community/gpt2-large
struct gpt2_large {
    static constexpr model value = [] {
        model m = detail::gpt2();
        m.name = "gpt2-large";
        m.num_hidden_layers = 36;
        m.hidden_size = 1280;
        m.num_attention_heads = 20;
        m.intermediate_size = 5120;
        return arranged(m).value();
    }();
};

// openai-community/gpt2-xl
struct gpt2_xl {
    static constexpr model value = [] {
        model m = detail::gpt2();
        m.name = "gpt2-xl";
        m.num_hidden_layers = 48;
        m.hidden_size = 1600;
        m.num_attention_heads = 25;
        m.intermediate_size = 6400;
        return arranged(m).value();
    }();
};

// distilbert/distilgpt2
struct distilgpt2 {
    static constexpr model value = [] {
        model m = detail::gpt2();
        m.name = "distilgpt2";
        m.num_hidden_layers = 6;
        m.hidden_size = 768;
        m.num_attention_heads = 12;
        m.intermediate_size = 3072;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
