// GPT-2.
// Source: llama.cpp v0.5.0, src/models/gpt2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPT2_HPP
#define MEMBOUND_ARCHITECTURES_GPT2_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gpt2 {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gpt2";
        a.norm = norm_kind::layer;
        a.position = position_kind::learned;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50257}, {"n_positions", 1024}, {"n_embd", 768}, {"n_layer", 12}, {"n_head", 12},
        {"tie_word_embeddings", true}};
    static constexpr config_type types[] = {{"gpt2", defaults}};
    static constexpr config_reader config{value, types, describe_gpt2};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
