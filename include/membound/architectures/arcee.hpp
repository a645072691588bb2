// Arcee (AFM).
// Source: llama.cpp v0.5.0, src/models/arcee.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ARCEE_HPP
#define MEMBOUND_ARCHITECTURES_ARCEE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct arcee {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "arcee";
        a.ffn = feed_forward_form::squared;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 4096}, {"hidden_size", 2560}, {"num_hidden_layers", 32},
        {"intermediate_size", 18432}, {"num_attention_heads", 32}};
    static constexpr config_type types[] = {{"arcee", defaults}};
    static constexpr config_reader config{value, types, describe_llama_3_rope};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
