// Kimi Linear, Kimi K3 and Ling 3 (Bailing): delta attention, and latent attention in every fourth layer or so.
// Source: llama.cpp v0.5.0, src/models/kimi-linear.cpp, kimi-k3.cpp, bailingmoe3.cpp, delta-net-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_KIMI_HPP
#define MEMBOUND_ARCHITECTURES_KIMI_HPP

#include <membound/architectures/deepseek.hpp>

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
        for (int i = 0; i < m.layer_count(); ++i) {
            const std::int64_t listed = m.layers[i].num_key_value_heads;
            if (m.layers[i].state == state_kind::none && (listed > 0 ? listed : m.num_key_value_heads) != 1)
                q.fail(errc::unsupported, "attention.head_count_kv", "is not 1 in a layer with a cache",
                       "all heads read one vector a token");
        }
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 163840}, {"max_position_embeddings", 1048576}, {"hidden_size", 2304}, {"num_hidden_layers", 27},
        {"intermediate_size", 9216}, {"num_attention_heads", 32}, {"num_key_value_heads", 32},
        {"num_local_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 1024}, {"n_shared_experts", 1},
        {"norm_topk_prob", true}, {"kv_lora_rank", 512}, {"qk_rope_head_dim", 64}, {"qk_nope_head_dim", 128},
        {"v_head_dim", 128}, {"n_group", 1}, {"topk_group", 1}, {"routed_scaling_factor", 2.446},
        {"linear_head_dim", 128}, {"linear_num_heads", 32}, {"linear_conv_kernel_dim", 4},
        {"first_k_dense_replace", 1}};
    static constexpr config_type types[] = {{"kimi_linear", defaults}};
    static constexpr bool is_third(const config_query &q) { return q.at("attn_res_block_size").at != nullptr; }
    static constexpr void describe_trunk(config_query &q) {
        const json_value linear = q.at("linear_attn_config");
        bool attends[max_layers] = {};
        std::int64_t listed = 0;
        for_each_element(q.at("layer_types"), [&](json_value v) {
            if (listed < max_layers) attends[listed] = !is_text(v, "linear_attention");
            ++listed;
        });
        if (listed == 0 && kind_of(linear) != json_value::kind::object)
            for (std::int64_t i = 3; i < max_layers; i += 4) attends[i] = true;
        for_each_element(member_of(linear, "full_attn_layers"), [&](json_value v) { // counted from 1
            const std::int64_t i = q.integer_in(v, "linear_attn_config", 0);
            if (i >= 1 && i <= max_layers) attends[i - 1] = true;
        });
        deepseek2::describe_heads(q);
        q.put_list("attention.head_count_kv", "linear_attn_config", q.layers,
                   [&](std::int64_t i) -> std::int64_t { return attends[i]; });
        const auto put = [&](const char *key, const char *name, const char *flat) {
            q.put(key, q.integer_in(member_of(linear, name), flat, 0), flat);
        };
        put("ssm.conv_kernel", "short_conv_kernel_size", "linear_conv_kernel_dim");
        put("kda.head_dim", "head_dim", "linear_head_dim");
        describe_routing(q);
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        q.copy_boolean("expert_weights_norm", "moe_renormalize");
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr void describe(config_query &q) {
        describe_trunk(q);
        if (q.integer("q_lora_rank") > 0)
            q.fail(errc::unsupported, "q_lora_rank", "is there", "the query is not compressed");
    }
    static constexpr bool accepts(const config_query &q) { return !is_third(q); }
    static constexpr config_reader config{value, types, describe, accepts};
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
    // config.json.
    static constexpr config_type types[] = {{"kimi_k3"}, {"kimi_linear", kimi_linear::defaults}};
    static constexpr void describe(config_query &q) {
        kimi_linear::describe_trunk(q);
        const json_value linear = q.at("linear_attn_config");
        const json_value bound = member_of(linear, "gate_lower_bound");
        if (bound) q.put("kda.gate_lower_bound", q.real_in(bound, "gate_lower_bound", 0), "linear_attn_config");
        if (q.integer("q_lora_rank") > 0) q.tensor(tensor_name::attn_q_a_norm);
        if (q.boolean("mla_use_output_gate")) q.tensor(tensor_name::attn_gate);
        if (q.integer("num_shared_experts") > 0) q.tensor(tensor_name::ffn_gate_shexp);
        q.copy("expert_latent_length", "routed_expert_hidden_size");
        if (q.boolean("latent_moe_use_norm")) q.tensor(tensor_name::ffn_routed_norm);
        q.copy_real("activation.situ_beta", "activation_situ_beta");
        q.copy_real("activation.situ_linear_beta", "activation_situ_linear_beta");
        q.copy("attn_res.block_size", "attn_res_block_size");
    }
    static constexpr config_reader config{value, types, describe, kimi_linear::is_third};
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
    // config.json.
    static constexpr config_type types[] = {{"BailingMoeV3ForCausalLM"}};
    static constexpr void describe(config_query &q) {
        if (!q.boolean("no_kda_lora"))
            q.fail(errc::unsupported, "no_kda_lora", "is not true", "llama.cpp's converter refuses the model");
        describe_further_layers(q, "num_nextn_predict_layers");
        deepseek2::describe_heads(q);
        const std::int64_t group = membound::detail::max<std::int64_t>(q.integer("layer_group_size", 1), 1);
        const auto attends = [&](std::int64_t i) {
            return i >= q.layers / group * group || (i + 1) % group == 0;
        };
        q.put_list("attention.head_count_kv", "layer_group_size", q.layers + q.further_layers,
                   [&](std::int64_t i) -> std::int64_t { return attends(i); });
        q.copy("ssm.conv_kernel", "short_conv_kernel_size");
        q.copy("kda.head_dim", "head_dim");
        q.copy_boolean("kda.safe_gate", "kda_safe_gate");
        q.copy_real("kda.gate_lower_bound", "kda_lower_bound");
        describe_routing(q);
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        q.copy("expert_shared_count", "num_shared_experts");
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "moe_shared_expert_intermediate_size");
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
