// StableLM 1 and 2.
// Source: llama.cpp v0.5.0, src/models/stablelm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STABLELM_HPP
#define MEMBOUND_ARCHITECTURES_STABLELM_HPP

#include <membound/gguf_query.hpp>
#include <membound/model.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace architectures {

struct stablelm {
    static constexpr void read(gguf_query &q, model &m) {
        // StableLM 2 12B has no norm before the feed-forward block, which then stands beside attention.
        m.residual_in_turn = q.has(tensor_name::ffn_norm);
        const bool bias = q.has(tensor_name::ffn_norm, tensor_part::bias);
        m.unused_ffn_norm_bias = bias && !m.residual_in_turn;
        if (m.residual_in_turn && !bias)
            q.fail_at(errc::unsupported, "blk.*.ffn_norm.bias", "is missing", "the norms of the family have one");
        if (q.has(tensor_name::attn_q_norm) != q.has(tensor_name::attn_k_norm))
            q.fail_at(errc::unsupported, "blk.*.attn_q_norm.weight", "and attn_k_norm are not both there",
                      "norms of query and key come together");
        if (q.has(tensor_name::attn_q_norm)) m.head_norms = query_key_norm::each_head_own_weights;
    }
    static constexpr architecture value = [] {
        architecture a;
        a.name = "stablelm";
        a.norm = norm_kind::layer;
        a.ffn_place = feed_forward_place::beside;
        a.order = sum_order::feed_forward_with_attention_residual;
        a.gguf.heads_span_hidden = true;
        a.gguf.own_output = true;
        a.gguf.read = read;
        return a;
    }();
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
