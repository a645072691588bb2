// Falcon 7B, 40B and 180B.
// Source: llama.cpp v0.5.0, src/models/falcon.cpp.
#ifndef MEMBOUND_ARCHITECTURES_FALCON_HPP
#define MEMBOUND_ARCHITECTURES_FALCON_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct falcon {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
