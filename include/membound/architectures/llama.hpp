// LLaMA 1 to 3, Mistral, Mixtral and the many models of the same layout.
// Source: llama.cpp v0.5.0, src/models/llama.cpp, src/models/mistral3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_LLAMA_HPP
#define MEMBOUND_ARCHITECTURES_LLAMA_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct llama {
    static constexpr void arrange(model &m) {
        m.norm_topk_prob = true;
        if (m.moe_intermediate_size == 0) m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "llama";
        a.arrange = arrange;
        return a;
    }();
};

struct mistral3 {
    static constexpr architecture value = [] {
        architecture a = llama::value;
        a.name = "mistral3";
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
