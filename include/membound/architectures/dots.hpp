// dots.llm1.
// Source: llama.cpp v0.5.0, src/models/dots1.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DOTS_HPP
#define MEMBOUND_ARCHITECTURES_DOTS_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dots1 {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr void read(gguf_query &q, model &m) {
        q.ask("expert_gating_func", key_use::required);
        read_routing(q, m, key_use::required, router_kind::softmax);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dots1";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.expert_size = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
