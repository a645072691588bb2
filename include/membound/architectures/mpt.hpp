// MPT.
// Source: llama.cpp v0.5.0, src/models/mpt.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MPT_HPP
#define MEMBOUND_ARCHITECTURES_MPT_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mpt {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mpt";
        a.norm = norm_kind::layer_without_bias;
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
