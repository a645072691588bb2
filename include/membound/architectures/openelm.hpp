// OpenELM.
// Source: llama.cpp v0.5.0, src/models/openelm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_OPENELM_HPP
#define MEMBOUND_ARCHITECTURES_OPENELM_HPP

#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct openelm {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.tie_word_embeddings = true;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "openelm";
        a.head_norms = query_key_norm::each_head;
        a.residual = residual_first::behind_attention;
        a.arrange = arrange;
        a.gguf.heads_by_layer = true;
        a.gguf.feed_forward_by_layer = true;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
