// SmallThinker.
// Source: llama.cpp v0.5.0, src/models/smallthinker.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SMALLTHINKER_HPP
#define MEMBOUND_ARCHITECTURES_SMALLTHINKER_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct smallthinker {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        if (m.sliding_window == 0) return;
        m.sliding_window = 4096; // whatever the file says
        membound::detail::set_sliding_pattern(m, 4, membound::detail::full_layer::first);
        if (m.layer_count() != 4)
            for (int i = 0; i < m.layer_count(); i += 4) m.layers[i].unrotated = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        if (q.integer("expert_gating_func", key_use::required) == 0)
            q.fail(errc::bad_value, "expert_gating_func", "is 0", "llama.cpp does not compute the model");
        read_routing(q, m, key_use::none, router_kind::softmax);
        m.first_k_dense_replace = m.num_shared_experts = 0;
        m.scaled_expert_weights = m.router_bias = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "smallthinker";
        a.router_reads_input = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"smallthinker"}, {"SmallThinkerForCausalLM"}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_count", "moe_num_primary_experts");
        q.copy("expert_used_count", "moe_num_active_primary_experts");
        q.copy("expert_feed_forward_length", "moe_ffn_hidden_size");
        q.copy("feed_forward_length", "moe_ffn_hidden_size");
        q.put("expert_gating_func", q.boolean("moe_primary_router_apply_softmax") ? 1 : 2,
              "moe_primary_router_apply_softmax");
        bool windows = false;
        for_each_element(q.at("sliding_window_layout"),
                         [&](json_value v) { windows = windows || q.integer_in(v, "sliding_window_layout", 0) != 0; });
        if (windows) q.copy("attention.sliding_window", "sliding_window_size");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
