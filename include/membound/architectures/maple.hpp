// Maple.
// Source: llama.cpp v0.5.0, src/models/maple.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MAPLE_HPP
#define MEMBOUND_ARCHITECTURES_MAPLE_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct maple {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        membound::detail::rotate_only_in_windows(m);
    }
    static constexpr void read(gguf_query &q, model &) { q.ask("swiglu_clamp_exp", key_use::required); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "maple";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required;
        a.gguf.window_listed = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"maple"}, {"MapleForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_window(q);
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim()), "partial_rotary_factor");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.put("swiglu_clamp_exp", 7.0);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
