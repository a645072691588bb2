// MiniMax-Text-01 (and M1), MiniMax M2 and M3.
// Source: llama.cpp v0.5.0, src/models/minimax-01.cpp, minimax-m2.cpp, minimax-m3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINIMAX_HPP
#define MEMBOUND_ARCHITECTURES_MINIMAX_HPP

#include <membound/config_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct minimax_01 {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
        m.ssm_conv_kernel = 1; // there is no convolution
        m.ssm_state_size = m.key_head_dim();
        m.ssm_time_step_rank = m.num_attention_heads;
        m.ssm_inner_size = membound::detail::multiply(m.ssm_state_size, m.ssm_time_step_rank);
        membound::detail::set_states(m, state_kind::lightning_attention, 8);
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.real("residual_scale", key_use::required);
        read_full_attention_interval(q, m, state_kind::lightning_attention);
        m.router_bias = m.fused_qkv = false;
        m.attention_bias = q.has(tensor_name::attn_q, tensor_part::bias);
        if (q.has(tensor_name::attn_norm) && !q.has(tensor_name::attn_q))
            q.fail_at(errc::unsupported, "attn_q.weight", "is missing", "query, key and value have a matrix each");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minimax-01";
        a.residual_of_norm = true;
        a.reserves_one_sequence = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.experts_may_lack_gates = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 32000}, {"max_position_embeddings", 131072}, {"hidden_size", 4096}, {"num_hidden_layers", 32},
        {"intermediate_size", 14336}, {"num_attention_heads", 32}, {"num_key_value_heads", 8}, {"num_local_experts", 8},
        {"num_experts_per_tok", 2}};
    static constexpr config_type types[] = {
        {"minimax", defaults}, {"minimax_text_01"}, {"minimax_m1"}, {"MiniMaxText01"}, {"MiniMaxM1"}};
    static constexpr void describe(config_query &q) {
        q.put("residual_scale", 1.0);
        if (!q.put_layers("attention.recurrent_layers", "layer_types", "linear_attention"))
            if (!q.put_each("attention.recurrent_layers", "attn_type_list",
                            [&](json_value v) -> std::int64_t { return q.integer_in(v, "attn_type_list", 0) == 0; }))
                q.put_list("attention.recurrent_layers", "layer_types", q.layers,
                           [](std::int64_t i) -> std::int64_t { return i % 2 == 0; });
        q.copy("rope.dimension_count", "rotary_dim");
    }
    static constexpr config_reader config{value, types, describe};
};

struct minimax_m2 {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.router_bias = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::optional, router_kind::softmax);
        m.scaled_expert_weights = false;
        m.first_k_dense_replace = m.num_shared_experts = 0;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minimax-m2";
        a.head_norms = query_key_norm::all_heads;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 200064}, {"max_position_embeddings", 196608}, {"hidden_size", 3072}, {"num_hidden_layers", 62},
        {"intermediate_size", 1536}, {"num_attention_heads", 48}, {"num_key_value_heads", 8}, {"head_dim", 128},
        {"num_local_experts", 256}, {"num_experts_per_tok", 8}};
    static constexpr config_type types[] = {{"minimax_m2", defaults}};
    static constexpr void describe(config_query &q) {
        q.copy("expert_feed_forward_length", "intermediate_size");
        q.copy("rope.dimension_count", "rotary_dim");
        if (q.number_of("expert_gating_func") == 0) q.put("expert_gating_func", 2);
        q.tensor(tensor_name::exp_probs_b, tensor_part::bias);
    }
    static constexpr config_reader config{value, types, describe};
};

struct minimax_m3 {
    static constexpr void arrange(model &m) {
        m.router_bias = true;
        membound::detail::set_shared_expert_size(m);
        for (int i = 0; i < m.layer_count(); ++i)
            m.layers[i].choice = i < m.first_k_dense_replace ? token_choice::all : token_choice::by_block;
    }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
        m.indexer_heads = q.integer("attention.indexer.head_count", key_use::required, 0, 1);
        m.indexer_head_dim = q.integer("attention.indexer.key_length", key_use::required, 0, 1);
        m.indexer_top_k = q.integer("attention.indexer.top_k", key_use::required, 0, 1);
        m.indexer_block_size = q.integer("attention.indexer.block_size", key_use::required, 0, 1);
        q.integer("attention.indexer.local_blocks", key_use::required);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minimax-m3";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
    // config.json.
    static constexpr config_type types[] = {{"minimax_m3"}, {"minimax_m3_vl"}, {"minimax_m3_text"}};
    static constexpr void describe(config_query &q) {
        minimax_m2::describe(q);
        q.copy("feed_forward_length", {"dense_intermediate_size", "intermediate_size"});
        q.copy("expert_shared_count", "n_shared_experts");
        q.copy_real("expert_weights_scale", "routed_scaling_factor");
        q.put("expert_weights_norm", true);
        const json_value sparse = q.at("sparse_attention_config");
        const auto put = [&](const char *key, const char *name) {
            const json_value v = member_of(sparse, name);
            if (!v) q.lacks(name);
            q.put(key, q.integer_in(v, name, 0), "sparse_attention_config");
        };
        put("attention.indexer.head_count", "sparse_num_index_heads");
        put("attention.indexer.key_length", "sparse_index_dim");
        put("attention.indexer.top_k", "sparse_topk_blocks");
        put("attention.indexer.block_size", "sparse_block_size");
        put("attention.indexer.local_blocks", "sparse_local_block");
        std::int64_t dense = 0;
        bool routed = false;
        for_each_element(q.at("moe_layer_freq"), [&](json_value v) {
            routed = routed || q.integer_in(v, "moe_layer_freq", 0) != 0;
            dense += routed ? 0 : 1;
        });
        q.put("leading_dense_block_count", dense, "moe_layer_freq");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
