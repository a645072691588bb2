// ERNIE 4.5, dense and with experts.
// Source: llama.cpp v0.5.0, src/models/ernie4-5.cpp, ernie4-5-moe.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ERNIE_HPP
#define MEMBOUND_ARCHITECTURES_ERNIE_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct ernie4_5 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "ernie4_5";
        return a;
    }();
};

struct ernie4_5_moe {
    static constexpr void arrange(model &m) { m.norm_topk_prob = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "ernie4_5-moe";
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
