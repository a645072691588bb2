// Jais 1 and 2.
// Source: llama.cpp v0.5.0, src/models/jais.cpp, jais2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_JAIS_HPP
#define MEMBOUND_ARCHITECTURES_JAIS_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct jais {
    static constexpr void arrange(model &m) { membound::detail::set_biases_and_fused_qkv(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "jais";
        a.norm = norm_kind::layer;
        a.position = position_kind::by_distance;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"jais"}, {"JAISLMHeadModel"}};
    static constexpr config_reader config{value, types, describe_gpt2};
};

struct jais2 {
    static constexpr void arrange(model &m) {
        m.attention_output_bias = true;
        m.mlp_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "jais2";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::squared;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 150272}, {"max_position_embeddings", 8192}, {"hidden_size", 3328}, {"num_hidden_layers", 32},
        {"intermediate_size", 26624}, {"num_attention_heads", 26}, {"attention_bias", true}, {"mlp_bias", true}};
    static constexpr config_type types[] = {{"jais2", defaults}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
