// Nemotron and Minitron.
// Source: llama.cpp v0.5.0, src/models/nemotron.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NEMOTRON_HPP
#define MEMBOUND_ARCHITECTURES_NEMOTRON_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct nemotron {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "nemotron";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::squared;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 256000}, {"max_position_embeddings", 4096}, {"hidden_size", 6144}, {"num_hidden_layers", 32},
        {"intermediate_size", 24576}, {"num_attention_heads", 48}};
    static constexpr config_type types[] = {{"nemotron", defaults}};
    static constexpr void describe(config_query &q) {
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
