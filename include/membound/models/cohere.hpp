// Command R, R+, R7B, and Aya 23.
// Source: config.json of the Hugging Face repository above each entry, as copied by mlc-ai/mlc-llm (model_preset.py).
#ifndef MEMBOUND_MODELS_COHERE_HPP
#define MEMBOUND_MODELS_COHERE_HPP

#include <membound/architectures/cohere.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model command_r() {
    model m;
    m.family = &architectures::command_r::value;
    m.vocab_size = 256000;
    m.scaled_logits = true;
    return m;
}

} // namespace detail

// CohereLabs/c4ai-command-r-v01: the converter takes model_max_length for its context
struct command_r {
    static constexpr model value = [] {
        model m = detail::command_r();
        m.name = "command-r";
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 40;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 64;
        m.intermediate_size = 22528;
        return arranged(m).value();
    }();
};

// CohereLabs/c4ai-command-r-08-2024
struct command_r_08_2024 {
    static constexpr model value = [] {
        model m = detail::command_r();
        m.name = "command-r-08-2024";
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 40;
        m.hidden_size = 8192;
        m.num_attention_heads = 64;
        m.num_key_value_heads = 8;
        m.intermediate_size = 24576;
        return arranged(m).value();
    }();
};

// CohereLabs/c4ai-command-r-plus
struct command_r_plus {
    static constexpr model value = [] {
        model m = detail::command_r();
        m.name = "command-r-plus";
        m.max_position_embeddings = 131072;
        m.num_hidden_layers = 64;
        m.hidden_size = 12288;
        m.num_attention_heads = 96;
        m.num_key_value_heads = 8;
        m.intermediate_size = 33792;
        return arranged(m).value();
    }();
};

// CohereLabs/aya-23-8B (mlc-llm)
struct aya_23_8b {
    static constexpr model value = [] {
        model m = detail::command_r();
        m.name = "aya-23-8b";
        m.max_position_embeddings = 8192;
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 8;
        m.intermediate_size = 14336;
        return arranged(m).value();
    }();
};

// CohereLabs/c4ai-command-r7b-12-2024
struct command_r7b {
    static constexpr model value = [] {
        model m = aya_23_8b::value;
        m.name = "command-r7b";
        m.family = &architectures::cohere2::value;
        m.sliding_window = 4096;
        return arranged(m).value();
    }();
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
