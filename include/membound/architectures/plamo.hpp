// PLaMo 1.
// Source: llama.cpp v0.5.0, src/models/plamo.cpp.
#ifndef MEMBOUND_ARCHITECTURES_PLAMO_HPP
#define MEMBOUND_ARCHITECTURES_PLAMO_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct plamo {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "plamo";
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
