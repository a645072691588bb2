// dots.llm1.
// Source: llama.cpp v0.5.0, src/models/dots1.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DOTS_HPP
#define MEMBOUND_ARCHITECTURES_DOTS_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dots1 {
    static constexpr void arrange(model &m) { membound::detail::set_shared_expert_size(m); }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dots1";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
