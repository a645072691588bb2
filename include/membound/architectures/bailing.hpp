// Ling 2 (Bailing).
// Source: llama.cpp v0.5.0, src/models/bailingmoe2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_BAILING_HPP
#define MEMBOUND_ARCHITECTURES_BAILING_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct bailingmoe2 {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        membound::detail::set_shared_expert_size(m);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "bailingmoe2";
        a.head_norms = query_key_norm::each_head;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
