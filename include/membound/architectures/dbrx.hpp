// DBRX.
// Source: llama.cpp v0.5.0, src/models/dbrx.cpp.
#ifndef MEMBOUND_ARCHITECTURES_DBRX_HPP
#define MEMBOUND_ARCHITECTURES_DBRX_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct dbrx {
    static constexpr void arrange(model &m) {
        m.fused_qkv = true;
        m.clamped_qkv = true;
        m.norm_topk_prob = true;
        m.moe_intermediate_size = m.intermediate_size;
    }
    static constexpr void read(gguf_query &q, model &) {
        q.real("attention.clamp_kqv", key_use::required);
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "dbrx";
        a.norm = norm_kind::layer_without_bias;
        a.ffn_norm = tensor_name::attn_output_norm;
        a.arrange = arrange;
        a.gguf.experts = key_use::required;
        a.gguf.rotates_whole_head = true;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
