// MiniCPM 1 and 2.
// Source: llama.cpp v0.5.0, src/models/minicpm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MINICPM_HPP
#define MEMBOUND_ARCHITECTURES_MINICPM_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct minicpm {
    static constexpr void arrange(model &m) {
        m.scaled_embedding = true;
        m.scaled_residual = true;
        m.scaled_logits = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "minicpm";
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
