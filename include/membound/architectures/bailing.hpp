// Ling 1 and 2 (Bailing).
// Source: llama.cpp v0.5.0, src/models/bailingmoe.cpp, bailingmoe2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BAILING_HPP
#define MEMBOUND_ARCHITECTURES_BAILING_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bailingmoe {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr void read(gguf_query &q, model &m) {
        read_routing(q, m, key_use::required, router_kind::softmax);
        m.router = router_kind::softmax;
        m.first_k_dense_replace = 0; // the key is read and not used
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bailingmoe";
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"bailing_moe"}, {"BailingMoeForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_routing(q);
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.qkv_bias = q.boolean("use_qkv_bias");
        q.attention_output_bias = q.boolean("use_bias");
    }
    static constexpr config_reader config{value, types, describe};
};

struct bailingmoe2 {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.further.layer_norm = true;
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        const std::int64_t size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        m.shared_expert_intermediate_size = membound::detail::multiply(size, m.num_shared_experts);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bailingmoe2";
        a.further = further_loading::never;
        a.files_hold_unloaded_layers = true;
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"bailing_moe_v2"}, {"BailingMoeV2ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        describe_further_layers(q, "num_nextn_predict_layers");
        describe_routing(q);
        q.fused_qkv = true;
        q.qkv_bias = q.boolean("use_qkv_bias");
        q.attention_output_bias = q.boolean("use_bias");
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        if (q.boolean("moe_router_enable_expert_bias", true)) q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", {"moe_shared_expert_intermediate_size", "moe_intermediate_size"});
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
