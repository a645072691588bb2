// SmallThinker.
// Source: llama.cpp v0.5.0, src/models/smallthinker.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SMALLTHINKER_HPP
#define MEMBOUND_ARCHITECTURES_SMALLTHINKER_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct smallthinker {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        if (m.sliding_window == 0) return;
        m.sliding_window = 4096; // whatever the file says
        membound::detail::set_sliding_pattern(m, 4, true);
        if (m.layer_count() != 4)
            for (int i = 0; i < m.layer_count(); i += 4) m.layers[i].unrotated = true;
    }
    static constexpr void read(gguf_query &q, model &m) {
        if (q.integer("expert_gating_func", key_use::required) == 0)
            q.fail(errc::bad_value, "expert_gating_func", "is 0", "llama.cpp does not compute the model");
        read_routing(q, m, key_use::none, router_kind::softmax);
        m.first_k_dense_replace = m.num_shared_experts = 0;
        m.scaled_expert_weights = m.router_bias = false;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "smallthinker";
        a.router_reads_input = true;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.window = key_use::optional;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
