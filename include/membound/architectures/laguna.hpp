// Laguna (Poolside).
// Source: llama.cpp v0.5.0, src/models/laguna.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LAGUNA_HPP
#define MEMBOUND_ARCHITECTURES_LAGUNA_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct laguna {
    static constexpr void arrange(model &m) {
        m.router_bias = true;
        if (m.gate == attention_gate::none) m.gate = attention_gate::each_head;
        if (m.num_shared_experts == 0) m.num_shared_experts = 1;
        membound::detail::set_shared_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4, membound::detail::full_layer::first);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("leading_dense_block_count", key_use::required);
        read_routing(q, m, key_use::optional, router_kind::sigmoid);
        m.shared_expert_intermediate_size = q.integer("expert_shared_feed_forward_length", key_use::optional);
        // A gate for each head or for each number: what the file's tensor is as wide as.
        const std::int64_t gates = q.rows_of(tensor_name::attn_gate);
        m.gate = gates == 0 || gates == m.num_attention_heads ? attention_gate::each_head : attention_gate::each_number;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "laguna";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::optional;
        a.gguf.heads_by_layer = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 100352}, {"max_position_embeddings", 131072}, {"hidden_size", 2048}, {"num_hidden_layers", 40},
        {"intermediate_size", 8192}, {"num_attention_heads", 48}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"sliding_window", 512}, {"num_experts", 256}, {"num_experts_per_tok", 8}, {"moe_intermediate_size", 512},
        {"shared_expert_intermediate_size", 512}, {"moe_routed_scaling_factor", 1.0}};
    static constexpr config_type types[] = {{"laguna", defaults}};
    static constexpr void describe(config_query &q) {
        q.put_sizes("attention.head_count", "num_attention_heads_per_layer");
        describe_leading_dense_layers(q);
        if (!q.has("mlp_layer_types")) q.put("leading_dense_block_count", 1, "mlp_layer_types");
        if (q.integer("sliding_window") > 0) describe_window(q);
        q.copy("expert_feed_forward_length", "moe_intermediate_size");
        q.copy("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        q.put("expert_weights_norm", true);
        q.copy_real("expert_weights_scale", "moe_routed_scaling_factor");
        q.put("expert_gating_func", 2);
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
        const std::int64_t heads = q.integer("num_attention_heads");
        const bool each_number = q.is("gating", "per-element");
        q.tensor(
            tensor_name::attn_gate, tensor_part::weight,
            {q.number_of("embedding_length"), each_number ? membound::detail::multiply(heads, q.head_dim()) : heads});
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.5), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
