// MiniMax-Text-01 (and M1), MiniMax M2 and M3.
// Source: llama.cpp v0.5.0, src/models/minimax-01.cpp, minimax-m2.cpp, minimax-m3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINIMAX_HPP
#define MEMBOUND_ARCHITECTURES_MINIMAX_HPP

#include <membound/gguf_query.hpp>
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
        m.router_bias = m.fused_qkv = m.attention_bias = false;
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
        a.gguf.read = read;
        return a;
    }();
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
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
