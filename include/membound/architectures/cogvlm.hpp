// CogVLM.
// Source: llama.cpp v0.5.0, src/models/cogvlm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_COGVLM_HPP
#define MEMBOUND_ARCHITECTURES_COGVLM_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct cogvlm {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        if (m.rope != rope_tensors::none)
            q.fail_at(errc::unsupported, "rope_freqs.weight", "is there", "the family loads it and does not compute with it");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "cogvlm";
        a.visual_experts = true;
        a.triple_qkv = true;
        a.outputs = output_rows::all;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
