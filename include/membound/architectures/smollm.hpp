// SmolLM 3. SmolLM 1 and 2 are of the family llama.
// Source: llama.cpp v0.5.0, src/models/smollm3.cpp.
#ifndef MEMBOUND_ARCHITECTURES_SMOLLM_HPP
#define MEMBOUND_ARCHITECTURES_SMOLLM_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct smollm3 {
    static constexpr void arrange(model &m) {
        for (int i = 3; i < m.layer_count(); i += 4) m.layers[i].unrotated = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "smollm3";
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
