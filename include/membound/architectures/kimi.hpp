// Kimi Linear, Kimi K3 and Ling 3 (Bailing): delta attention, and latent attention in every fourth layer or so.
// Source: llama.cpp v0.5.0, src/models/kimi-linear.cpp, kimi-k3.cpp, bailingmoe3.cpp, delta-net-base.cpp.
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

// With attention over earlier residuals, experts of another size, and a gate over latent attention.
struct kimi_k3 {
    static constexpr void arrange(model &m) {
        kimi_linear::keep_states(m);
        m.router_bias = true;
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].unrotated = true;
        membound::detail::set_kept_residuals(m);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        const std::int64_t row = m.head_dim;
        kimi_linear::read_states(q, m);
        if (m.fused_delta_qkv)
            q.fail_at(errc::unsupported, "attn_qkv.weight", "is there", "query, key and value have a matrix each");
        if (row != m.kv_lora_rank + m.rotary_dim)
            q.fail(errc::unsupported, "attention.key_length", "is not the latent rank and the rotated part",
                   "the cache has room for both, once a token");
        m.q_lora_rank = q.has(tensor_name::attn_q_a_norm) ? q.integer("attention.q_lora_rank", key_use::required, 0, 1) : 0;
        m.gate = q.has(tensor_name::attn_gate) ? attention_gate::each_number : attention_gate::none;
        m.bounded_decay = q.keys.find("kda.gate_lower_bound").type != gguf_value::kind::absent;
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        const bool shared = q.has(tensor_name::ffn_gate_shexp);
        m.num_shared_experts = shared ? membound::detail::max<std::int64_t>(m.num_shared_experts, 1) : 0;
        m.moe_latent_size = q.integer("expert_latent_length", key_use::optional);
        m.latent_expert_norm = m.moe_latent_size > 0 && q.has(tensor_name::ffn_routed_norm);
        q.real("activation.situ_beta", key_use::required);
        m.bounded_branches = q.real("activation.situ_linear_beta", key_use::required) > 0;
        m.residual_interval = q.integer("attn_res.block_size", key_use::required);
    }
    static constexpr architecture value = [] {
        architecture a = kimi_linear::value;
        a.name = "kimi-k3";
        a.reserves_one_sequence = false;
        a.delta = delta_gates::low_rank_decay;
        a.flat_latent_query = true;
        a.situ = a.attended_residuals = true;
        a.outputs = output_rows::all; // they are picked where residuals are mixed last
        a.latent_down = tensor_name::ffn_routed_down;
        a.latent_up = tensor_name::ffn_routed_up;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
};

struct bailingmoe3 {
    static constexpr void arrange(model &m) {
        kimi_linear::keep_states(m);
        m.router_bias = m.bounded_decay = true;
        m.num_shared_experts = membound::detail::max<std::int64_t>(m.num_shared_experts, 1);
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr void read(gguf_query &q, model &m) {
        kimi_linear::read_states(q, m);
        if (m.fused_delta_qkv)
            q.fail_at(errc::unsupported, "attn_qkv.weight", "is there", "query, key and value have a matrix each");
        m.q_lora_rank = q.integer("attention.q_lora_rank", key_use::optional);
        const gguf_value safe = q.keys.find("kda.safe_gate");
        if ((safe.type == gguf_value::kind::boolean && safe.integer == 0) ||
            q.real("kda.gate_lower_bound", key_use::required) >= 0)
            q.fail(errc::bad_value, "kda.gate_lower_bound", "is no bound below 0", "llama.cpp refuses the model");
        q.ask("leading_dense_block_count", key_use::required);
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        constexpr double least = 1e-6;
        const std::int64_t layers = m.num_hidden_layers + m.num_nextn_predict_layers;
        q.each_real("swiglu_clamp_exp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_experts = limit > least; });
        q.each_real("swiglu_clamp_shexp", key_use::optional, layers,
                    [&](std::int64_t i, double limit) { m.layers[i].clamped_feed_forward = limit > least; });
        if (m.num_nextn_predict_layers > 0)
            q.fail(errc::unsupported, "nextn_predict_layers", "is not 0", "the family's further layers are not known here");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bailingmoe3";
        a.gate = attention_gate::each_head;
        a.copies_gated_heads = true;
        a.delta = delta_gates::full_rank;
        a.flat_latent_query = true;
        a.outputs = output_rows::behind_last_norm;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.heads_by_layer = a.gguf.parts_left_out = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
