// openPangu Embedded.
// Source: llama.cpp v0.5.0, src/models/pangu-embed.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PANGU_HPP
#define MEMBOUND_ARCHITECTURES_PANGU_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct pangu_embedded {
    static constexpr void arrange(model &m) { m.attention_output_bias = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "pangu-embedded";
        a.unused_rope_tensors = true;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"PanguEmbedded"}, {"PanguEmbeddedForCausalLM"}};
    static constexpr void describe(config_query &q) { q.qkv_bias = q.attention_output_bias = true; }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
