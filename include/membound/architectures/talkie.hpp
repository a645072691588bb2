// Talkie.
// Source: llama.cpp v0.5.0, src/models/talkie.cpp.
#ifndef MEMBOUND_ARCHITECTURES_TALKIE_HPP
#define MEMBOUND_ARCHITECTURES_TALKIE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct talkie {
    static constexpr void arrange(model &m) { m.scaled_logits = true; }
    static constexpr void read(gguf_query &q, model &) { q.real("logit_scale", key_use::required); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "talkie";
        a.norm = norm_kind::rms_without_weight;
        a.head_norms = query_key_norm::gain_of_rotated_head;
        a.plain_embedding_norm = true;
        a.embedding_skip = true;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"talkie"}, {"TalkieForCausalLM"}};
    static constexpr void describe(config_query &q) { q.put("logit_scale", 1.0); }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
