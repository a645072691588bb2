// Phi-3, Phi-3.5 and Phi-4.
// Source: llama.cpp v0.5.0, src/models/phi3.cpp. The sliding window of the configuration is not used: the cache is full.
#ifndef MEMBOUND_ARCHITECTURES_PHI_HPP
#define MEMBOUND_ARCHITECTURES_PHI_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct phi3 {
    static constexpr void arrange(model &m) { m.sliding_window = 0; }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "phi3";
        a.ffn = feed_forward_form::fused_gated;
        a.scaled_query = true;
        a.residual_first = true;
        a.arrange = arrange;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
