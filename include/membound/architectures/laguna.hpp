// Laguna (Poolside).
// Source: llama.cpp v0.5.0, src/models/laguna.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LAGUNA_HPP
#define MEMBOUND_ARCHITECTURES_LAGUNA_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct laguna {
    static constexpr void arrange(model &m) {
        m.router_bias = true;
        if (m.gate == attention_gate::none) m.gate = attention_gate::each_head;
        if (m.num_shared_experts == 0) m.num_shared_experts = 1;
        membound::detail::set_shared_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4, true);
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
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
