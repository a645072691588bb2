// MiniMax M2.
// Source: llama.cpp v0.5.0, src/models/minimax-m2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINIMAX_HPP
#define MEMBOUND_ARCHITECTURES_MINIMAX_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

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

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
