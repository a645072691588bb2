// InternLM 2.
// Source: llama.cpp v0.5.0, src/models/internlm2.cpp.
#ifndef MEMBOUND_ARCHITECTURES_INTERNLM2_HPP
#define MEMBOUND_ARCHITECTURES_INTERNLM2_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct internlm2 {
    static constexpr architecture value = [] {
        architecture a;
        a.name = "internlm2";
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
