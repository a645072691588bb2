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
        m.learned_positions = q.has(tensor_name::position_embd);
        m.norm_bias = q.has(tensor_name::attn_norm, tensor_part::bias);
        if (q.has(tensor_name::ffn_norm, tensor_part::bias) != m.norm_bias ||
            q.has(tensor_name::output_norm, tensor_part::bias) != m.norm_bias)
            q.fail_at(errc::unsupported, "tensors", "have a bias in some norms only", "all norms have one or none");
        if (q.has(tensor_name::ffn_down, tensor_part::bias) != m.mlp_bias)
            q.fail_at(errc::unsupported, "tensors", "have a bias in one matrix of a block only", "both have one or none");
        if (q.has(tensor_name::attn_q_norm))
            q.fail_at(errc::unsupported, "blk.*.attn_q_norm.weight", "is there", "llama.cpp computes nothing with it");
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
