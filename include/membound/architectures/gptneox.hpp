// GPT-NeoX and Pythia.
// Source: llama.cpp v0.5.0, src/models/gptneox.cpp.
#ifndef MEMBOUND_ARCHITECTURES_GPTNEOX_HPP
#define MEMBOUND_ARCHITECTURES_GPTNEOX_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct gptneox {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.attention_bias = true;
        m.attention_output_bias = true;
        m.mlp_bias = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "gptneox";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside_with_own_norm;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
