// Kimi Linear: delta attention, and latent attention in every fourth layer or so.
// Source: llama.cpp v0.5.0, src/models/kimi-linear.cpp, delta-net-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_KIMI_HPP
#define MEMBOUND_ARCHITECTURES_KIMI_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct kimi_linear {
    // All layers have the heads of the first; those with a cache keep one compressed vector a token.
    static constexpr void keep_states(model &m) {
        m.ssm_time_step_rank = m.ssm_group_count = m.num_attention_heads;
        m.ssm_inner_size = membound::detail::multiply(m.ssm_state_size, m.num_attention_heads);
        for (int i = 0; i < m.layer_count() + m.num_nextn_predict_layers; ++i) {
            layer &l = m.layers[i];
            l.num_attention_heads = static_cast<std::int32_t>(m.num_attention_heads);
            l.num_key_value_heads = 1;
            if (l.state == state_kind::none) l.kind = layer_kind::latent_attention;
        }
    }
    static constexpr void read_states(gguf_query &q, model &m) {
        q.ask("attention.key_length_mla", key_use::required);
        read_latent_heads(q, m);
        m.ssm_conv_kernel = q.integer("ssm.conv_kernel", key_use::required, 0, 1);
        m.ssm_state_size = q.integer("kda.head_dim", key_use::required, 0, 1);
        read_state_layers(q, m, state_kind::kimi_delta);
        if (q.has(tensor_name::attn_kv_b))
            q.fail_at(errc::unsupported, "attn_kv_b.weight", "is there", "keys and values are decompressed within attention");
        m.fused_delta_qkv = m.fused_qkv;
        m.fused_qkv = m.attention_bias = false;
    }

    static constexpr void arrange(model &m) {
        keep_states(m);
        m.norm_topk_prob = m.router_bias = true;
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].unrotated = true;
        m.num_shared_experts = membound::detail::max<std::int64_t>(m.num_shared_experts, 1);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        read_states(q, m);
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        if (q.has(tensor_name::attn_q_a_norm))
            q.fail_at(errc::unsupported, "attn_q_a_norm.weight", "is there", "the query is not compressed");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "kimi-linear";
        a.norm_before_state = true;
        a.reserves_one_sequence = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
