// AFM (Arcee): Trinity.
// Source: llama.cpp v0.5.0, src/models/afmoe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_AFMOE_HPP
#define MEMBOUND_ARCHITECTURES_AFMOE_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct afmoe {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        m.router_bias = true;
        membound::detail::set_shared_expert_size(m);
        membound::detail::set_sliding_pattern(m, 4);
        for (int i = 0; i < m.layer_count(); ++i) m.layers[i].unrotated = (i + 1) % 4 == 0;
    }
    static constexpr void read(gguf_query &q, model &m) { read_routing(q, m, key_use::required, router_kind::sigmoid); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "afmoe";
        a.head_norms = query_key_norm::each_head;
        a.gate = attention_gate::each_number;
        a.outputs = output_rows::behind_attention_norm;
        a.post_norms = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::required; // the graph is drawn for windows alone
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
