// Arcee (AFM).
// Source: llama.cpp v0.5.0, src/models/arcee.cpp.
#ifndef MEMBOUND_ARCHITECTURES_ARCEE_HPP
#define MEMBOUND_ARCHITECTURES_ARCEE_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct arcee {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "arcee";
        a.ffn = feed_forward_form::squared;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
