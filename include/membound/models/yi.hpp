// Yi and Yi-Coder: the layout of Llama.
// Source: config.json of the Hugging Face repository above each entry. Where an entry names no copy of its
// configuration, none was at hand to compare with.
#ifndef MEMBOUND_MODELS_YI_HPP
#define MEMBOUND_MODELS_YI_HPP

#include <membound/architectures/llama.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace models {

namespace detail {

constexpr model yi() {
    model m;
    m.family = &architectures::llama::value;
    m.vocab_size = 64000;
    m.max_position_embeddings = 4096;
    return m;
}

} // namespace detail

// 01-ai/Yi-6B and Yi-1.5-6B
struct yi_6b {
    static constexpr model value = [] {
        model m = detail::yi();
        m.name = "yi-6b";
        m.num_hidden_layers = 32;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 4;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// 01-ai/Yi-9B and Yi-1.5-9B
struct yi_9b {
    static constexpr model value = [] {
        model m = detail::yi();
        m.name = "yi-9b";
        m.num_hidden_layers = 48;
        m.hidden_size = 4096;
        m.num_attention_heads = 32;
        m.num_key_value_heads = 4;
        m.intermediate_size = 11008;
        return arranged(m).value();
    }();
};

// 01-ai/Yi-34B and Yi-1.5-34B
struct yi_34b {
    static constexpr model value = [] {
        model m = detail::yi();
        m.name = "yi-34b";
        m.num_hidden_layers = 60;
        m.hidden_size = 7168;
        m.num_attention_heads = 56;
        m.num_key_value_heads = 8;
        m.intermediate_size = 20480;
        return arranged(m).value();
    }();
};

// 01-ai/Yi-34B-200K
struct yi_34b_200k {
    static constexpr model value = variant_of(yi_34b::value, "yi-34b-200k", 200000);
};

// 01-ai/Yi-Coder-9B
struct yi_coder_9b {
    static constexpr model value = variant_of(yi_9b::value, "yi-coder-9b", 131072);
};

} // namespace models
MEMBOUND_END_NAMESPACE

#endif
