// Falcon 7B, 40B and 180B.
// Source: llama.cpp v0.5.0, src/models/falcon.cpp.
#ifndef MEMBOUND_ARCHITECTURES_FALCON_HPP
#define MEMBOUND_ARCHITECTURES_FALCON_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct falcon {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.attention_norm_2 = q.has(tensor_name::attn_norm_2);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "falcon";
        a.norm = norm_kind::layer;
        a.ffn = feed_forward_form::plain;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_attention_residual;
        a.arrange = arrange;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
