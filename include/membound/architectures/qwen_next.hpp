// Qwen3-Next and Qwen 3.5: gated delta nets, and every fourth layer with gated attention.
// Source: llama.cpp v0.5.0, src/models/qwen3next.cpp, qwen35.cpp, qwen35moe.cpp, delta-net-base.cpp.
#ifndef MEMBOUND_ARCHITECTURES_QWEN_NEXT_HPP
#define MEMBOUND_ARCHITECTURES_QWEN_NEXT_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct qwen35 {
    static constexpr void arrange(model &m) {
        m.multi_axis_rope = true;
        membound::detail::set_states(m, state_kind::gated_delta_net, 4);
    }
    static constexpr void read_states(gguf_query &q, model &m) {
        read_state_space(q, m, key_use::required);
        read_full_attention_interval(q, m, state_kind::gated_delta_net);
        if (membound::detail::multiply(m.ssm_state_size, m.ssm_time_step_rank) != m.ssm_inner_size)
            q.fail(errc::bad_value, "ssm.inner_size", "is not ssm.state_size times ssm.time_step_rank",
                   "the heads of values make up the inner size");
        if (m.ssm_group_count < 1 || m.ssm_time_step_rank % m.ssm_group_count != 0)
            q.fail(errc::bad_value, "ssm.group_count", "does not divide ssm.time_step_rank",
                   "each head of keys serves the same number of heads of values");
        m.fused_qkv = m.attention_bias = false;
        if (q.has(tensor_name::attn_norm) && !q.has(tensor_name::attn_q))
            q.fail_at(errc::unsupported, "attn_q.weight", "is missing", "query, key and value have a matrix each");
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("rope.dimension_sections", key_use::required);
        read_states(q, m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "qwen35";
        a.head_norms = query_key_norm::each_head;
        a.gate = attention_gate::within_query;
        a.ffn_norm = tensor_name::post_attention_norm;
        a.norm_before_state = true;
        a.outputs = output_rows::behind_last_norm;
        a.files_hold_unloaded_layers = true;
        a.further = further_loading::on_request;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 248320}, {"max_position_embeddings", 32768}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 12288}, {"num_attention_heads", 16}, {"num_key_value_heads", 4}, {"head_dim", 256},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32},};
    static constexpr config_type types[] = {{"qwen3_5"}, {"qwen3_5_text", defaults}};
    static constexpr void describe_states(config_query &q) {
        describe_further_layers(q, "mtp_num_hidden_layers");
        q.put_layers("attention.recurrent_layers", "layer_types", "linear_attention");
        q.copy("ssm.conv_kernel", "linear_conv_kernel_dim");
        q.copy("ssm.state_size", "linear_key_head_dim");
        q.copy("ssm.group_count", "linear_num_key_heads");
        q.copy("ssm.time_step_rank", "linear_num_value_heads");
        q.put("ssm.inner_size", membound::detail::multiply(q.integer("linear_value_head_dim"), q.integer("linear_num_value_heads")),
              "linear_value_head_dim");
        q.put("full_attention_interval", q.integer("full_attention_interval", 4), "full_attention_interval");
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.25), "partial_rotary_factor");
    }
    static constexpr void describe(config_query &q) {
        describe_states(q);
        constexpr std::int64_t usual[] = {11, 11, 10, 0};
        if (q.number_of("rope.dimension_sections") == 0)
            q.put_list("rope.dimension_sections", "rope_parameters", 4, [&](std::int64_t i) { return usual[i]; });
    }
    static constexpr config_reader config{value, types, describe};
};

struct qwen35moe {
    static constexpr void arrange(model &m) {
        qwen35::arrange(m);
        m.norm_topk_prob = true;
        membound::detail::set_expert_size(m);
        if (m.shared_expert_intermediate_size == 0) m.shared_expert_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        qwen35::read(q, m);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a = qwen35::value;
        a.name = "qwen35moe";
        a.shared_expert_gate = expert_gate::sigmoid;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::optional;
        a.gguf.fused_experts = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 248320}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 40},
        {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 256}, {"num_experts", 256},
        {"num_experts_per_tok", 8}, {"moe_intermediate_size", 512}, {"shared_expert_intermediate_size", 512},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32},};
    static constexpr config_type types[] = {{"qwen3_5_moe"}, {"qwen3_5_moe_text", defaults}};
    static constexpr void describe(config_query &q) {
        qwen35::describe(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
    }
    static constexpr config_reader config{value, types, describe};
};

struct qwen3next {
    static constexpr void arrange(model &m) {
        qwen35moe::arrange(m);
        m.multi_axis_rope = false;
    }
    static constexpr void read(gguf_query &q, model &m) {
        qwen35::read_states(q, m);
        m.fused_qkvz = !q.has(tensor_name::attn_qkv);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
    }
    static constexpr architecture value = [] {
        architecture a = qwen35moe::value;
        a.name = "qwen3next";
        a.fused_delta_gates = true;
        a.repeats_delta_keys = true;
        a.arrange = arrange;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 151936}, {"max_position_embeddings", 32768}, {"hidden_size", 2048}, {"num_hidden_layers", 48},
        {"intermediate_size", 5632}, {"num_attention_heads", 16}, {"num_key_value_heads", 2}, {"head_dim", 256},
        {"num_experts", 512}, {"num_experts_per_tok", 10}, {"moe_intermediate_size", 512},
        {"shared_expert_intermediate_size", 512}, {"norm_topk_prob", true}, {"decoder_sparse_step", 1},
        {"linear_conv_kernel_dim", 4}, {"linear_key_head_dim", 128}, {"linear_value_head_dim", 128},
        {"linear_num_key_heads", 16}, {"linear_num_value_heads", 32},};
    static constexpr config_type types[] = {{"qwen3_next", defaults}};
    static constexpr void describe(config_query &q) {
        qwen2moe::refuse_dense_layers(q);
        qwen35::describe_states(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        q.tensor(tensor_name::attn_qkv);
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
