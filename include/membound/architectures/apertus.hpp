// Apertus.
// Source: llama.cpp v0.5.0, src/models/apertus.cpp.
#ifndef MEMBOUND_ARCHITECTURES_APERTUS_HPP
#define MEMBOUND_ARCHITECTURES_APERTUS_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct apertus {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "apertus";
        a.ffn = feed_forward_form::plain;
        a.head_norms = query_key_norm::each_head;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 131072}, {"max_position_embeddings", 65536}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"apertus", defaults}};
    static constexpr void describe(config_query &q) {
        describe_llama_3_rope(q);
        if (!q.rope_parameters()) q.tensor(tensor_name::rope_freqs); // as by default
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
