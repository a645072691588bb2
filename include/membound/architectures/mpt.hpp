// MPT.
// Source: llama.cpp v0.5.0, src/models/mpt.cpp.
#ifndef MEMBOUND_ARCHITECTURES_MPT_HPP
#define MEMBOUND_ARCHITECTURES_MPT_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct mpt {
    static constexpr void arrange(model &m) { m.fused_qkv = true; }
    static constexpr void read(gguf_query &q, model &m) {
        m.clamped_qkv = q.real("attention.clamp_kqv", key_use::optional) > 0;
        if (q.has(tensor_name::position_embd) || q.has(tensor_name::attn_q_norm) ||
            q.has(tensor_name::attn_norm, tensor_part::bias))
            q.fail(errc::unsupported, "tensors", "are of an MPT with learned positions, norms of heads or biases",
                   "only MPT as MosaicML released it is");
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "mpt";
        a.norm = norm_kind::layer_without_bias;
        a.position = position_kind::by_distance;
        a.ffn = feed_forward_form::plain;
        a.arrange = arrange;
        a.gguf.heads_span_hidden = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
