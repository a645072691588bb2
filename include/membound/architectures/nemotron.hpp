// Nemotron and Minitron.
// Source: llama.cpp v0.5.0, src/models/nemotron.cpp.
#ifndef MEMBOUND_ARCHITECTURES_NEMOTRON_HPP
#define MEMBOUND_ARCHITECTURES_NEMOTRON_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct nemotron {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "nemotron";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::squared;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
