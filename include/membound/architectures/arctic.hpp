// Snowflake Arctic.
// Source: llama.cpp v0.5.0, src/models/arctic.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ARCTIC_HPP
#define MEMBOUND_ARCHITECTURES_ARCTIC_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct arctic {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "arctic";
        a.dense_beside_experts = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"arctic"}, {"ArcticForCausalLM"}};
    static constexpr config_reader config{value, types};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
