// MiniMax M2.
// Source: llama.cpp v0.5.0, src/models/minimax-m2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINIMAX_HPP
#define MEMBOUND_ARCHITECTURES_MINIMAX_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct minimax_m2 {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        m.router_bias = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minimax-m2";
        a.head_norms = query_key_norm::all_heads;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
