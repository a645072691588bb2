// Mellum 2.
// Source: llama.cpp v0.5.0, src/models/mellum.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MELLUM_HPP
#define MEMBOUND_ARCHITECTURES_MELLUM_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mellum {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4);
    }
    static constexpr void read(gguf_query &q, model &) { q.ask("expert_feed_forward_length", key_use::required); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mellum";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"mellum"}, {"MellumForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        if (q.boolean("use_sliding_window", true) && q.integer("sliding_window") > 0) describe_window(q);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
