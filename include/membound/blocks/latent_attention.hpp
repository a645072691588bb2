// Attention over one compressed vector a token (MLA). See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_LATENT_ATTENTION_HPP
#define MEMBOUND_BLOCKS_LATENT_ATTENTION_HPP

#include <membound/blocks/attention.hpp>
#include <membound/blocks/sparse_indexer.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Multi-head latent attention: keys and values of all heads come from one compressed vector a token, and only that is
// cached. Files of before 2025 have one matrix to decompress both, and cache the decompressed keys and values.
template <class Pass>
constexpr auto latent_attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const bool sliding = l.kind == layer_kind::sliding_attention;
    const std::int64_t rope = m.qk_rope_head_dim;
    const std::int64_t nope = sliding ? m.key_head_dim(l) - rope : m.qk_nope_head_dim;
    const std::int64_t head = detail::add(nope, rope);
    const std::int64_t value_head = m.value_head_dim(l);
    const std::int64_t rank = m.latent_rank(l);
    const std::int64_t q_size = detail::multiply(head, heads);
    const std::int64_t tokens = p.tokens();
    const auto factors = rope_factors(p, m, i);

    auto q = x;
    if (m.q_lora_rank > 0) {
        q = linear(p, tensor_name::attn_q_a, i, x, m.hidden_size, m.q_lora_rank);
        q = norm(p, norm_kind::rms, tensor_name::attn_q_a_norm, i, q, m.q_lora_rank);
        if (l.choice == token_choice::by_indexer) p.choice() = sparse_indexer(p, m, i, x, q);
        if (l.choice == token_choice::as_before_with_unused_indexer) unused_indexer(p, m, i);
        q = linear(p, tensor_name::attn_q_b, i, q, m.q_lora_rank, q_size);
    } else {
        q = linear(p, tensor_name::attn_q, i, x, m.hidden_size, q_size);
    }
    const bool flat = m.family->flat_latent_query;
    if (!flat) q = p.reshape(q, {head, heads, tokens});

    const auto compressed =
        linear(p, tensor_name::attn_kv_a_mqa, i, x, m.hidden_size, detail::add(rank, rope));
    auto latent = p.columns(compressed, {rank, tokens});
    auto k_rope = p.columns(compressed, {rope, 1, tokens});
    if (m.family->norms_rotated_key) k_rope = norm(p, norm_kind::rms, tensor_name::attn_k_norm, i, k_rope, rope);
    if (!l.unrotated) k_rope = p.rope(k_rope, factors);
    latent = norm(p, norm_kind::rms, tensor_name::attn_kv_a_norm, i, latent, rank);

    auto y = p.nothing();
    if (m.is_latent(l)) {
        const auto q_nope = flat ? p.heads_within(q, nope, heads, head) : p.columns(q, {nope, heads, tokens});
        auto q_rope = flat ? p.heads_within(q, rope, heads, head) : p.columns(q, {rope, heads, tokens});
        if (!l.unrotated) q_rope = p.rope(q_rope, factors);
        auto absorbed = p.mul_mat(p.weight(tensor_name::attn_k_b, i, {nope, rank, heads}), p.permute(q_nope, 1, 2));
        absorbed = p.permute(absorbed, 1, 2);
        auto queries = p.concat(absorbed, q_rope, {detail::add(rank, rope), heads, tokens});
        latent = p.reshape(latent, {rank, 1, tokens});
        const auto keys = p.concat(latent, k_rope, {detail::add(rank, rope), 1, tokens});
        if (m.attention_temperature) queries = p.mul(queries, p.attention_scale());
        auto sinks = p.nothing();
        if (m.family->attention_sinks) sinks = p.weight(tensor_name::attn_sinks, i, {heads});
        y = p.attend_latent(i, queries, keys, latent, p.weight(tensor_name::attn_v_b, i, {rank, value_head, heads}),
                            l.choice == token_choice::all ? p.nothing() : p.choice(), sinks);
    } else {
        const std::int64_t kv_head = detail::add(nope, value_head);
        const auto kv = linear(p, tensor_name::attn_kv_b, i, latent, rank, detail::multiply(kv_head, heads));
        const auto k_nope = p.heads_within(kv, nope, heads, kv_head);
        const auto v = p.cont(p.heads_within(kv, value_head, heads, kv_head));
        const auto keys = p.concat(k_nope, p.repeat(k_rope, {rope, heads, tokens}), {head, heads, tokens});
        q = p.rope(q, factors);
        if (m.attention_temperature) q = p.mul(q, p.attention_scale());
        y = p.attend(i, q, keys, v, p.nothing());
    }
    const std::int64_t y_size = detail::multiply(value_head, heads);
    y = gated(p, m, i, x, y);
    return linear(p, tensor_name::attn_output, i, y, y_size, m.hidden_size);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
