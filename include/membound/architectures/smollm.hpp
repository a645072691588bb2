// SmolLM 3. SmolLM 1 and 2 are of the family llama.
// Source: llama.cpp v0.5.0, src/models/smollm3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SMOLLM_HPP
#define MEMBOUND_ARCHITECTURES_SMOLLM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct smollm3 {
    static constexpr void arrange(model &m) {
        for (int i = 3; i < m.layer_count(); i += 4) m.layers[i].unrotated = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "smollm3";
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 128256}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 36},
        {"intermediate_size", 11008}, {"num_attention_heads", 16}, {"num_key_value_heads", 4},
        {"tie_word_embeddings", true}, {"no_rope_layer_interval", 4}};
    static constexpr config_type types[] = {{"smollm3", defaults}};
    static constexpr config_reader config{value, types, describe_llama_3_rope};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
