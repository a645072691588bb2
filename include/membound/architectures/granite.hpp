// Granite 3, dense and with experts.
// Source: llama.cpp v0.5.0, src/models/granite.cpp, granite-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GRANITE_HPP
#define MEMBOUND_ARCHITECTURES_GRANITE_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct granite {
    static constexpr void arrange(model &m) {
        m.scaled_logits = true;
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "granite";
        a.arrange = arrange;
        return a;
    }();
};

struct granitemoe {
    static constexpr architecture value = [] {
        architecture a = granite::value;
        a.name = "granitemoe";
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
