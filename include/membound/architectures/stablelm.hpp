// StableLM 1 and 2.
// Source: llama.cpp v0.5.0, src/models/stablelm.cpp.
#ifndef MEMBOUND_ARCHITECTURES_STABLELM_HPP
#define MEMBOUND_ARCHITECTURES_STABLELM_HPP

#include <membound/config_query.hpp>
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
    // config.json.
    static constexpr config_default defaults[] = {
        {"vocab_size", 50304}, {"max_position_embeddings", 4096}, {"hidden_size", 2560}, {"num_hidden_layers", 32},
        {"intermediate_size", 6912}, {"num_attention_heads", 32}, {"num_key_value_heads", 32}};
    static constexpr config_type types[] = {{"stablelm", defaults}, {"stablelm_epoch"}};
    static constexpr void describe(config_query &q) {
        using n = tensor_name;
        q.qkv_bias = q.boolean("use_qkv_bias");
        q.attention_output_bias = false;
        if (!q.boolean("use_parallel_residual")) {
            q.tensor(n::ffn_norm);
            q.tensor(n::ffn_norm, tensor_part::bias);
        }
        if (q.boolean("qk_layernorm")) {
            q.tensor(n::attn_q_norm);
            q.tensor(n::attn_k_norm);
        }
        q.put("rope.dimension_count", q.rotated_part_of(q.head_dim(), 0.25), "partial_rotary_factor");
    }
    static constexpr config_reader config{value, types, describe};
};

} // namespace architectures
MEMBOUND_END_NAMESPACE

#endif
