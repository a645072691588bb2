// Apertus.
// Source: llama.cpp v0.5.0, src/models/apertus.cpp.
#ifndef MEMBOUND_ARCHITECTURES_APERTUS_HPP
#define MEMBOUND_ARCHITECTURES_APERTUS_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct apertus {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "apertus";
        a.ffn = feed_forward_form::plain;
        a.head_norms = query_key_norm::each_head;
        a.gguf.rotates_whole_head = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
