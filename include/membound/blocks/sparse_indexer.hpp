// The indexer of sparse attention. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_SPARSE_INDEXER_HPP
#define MEMBOUND_BLOCKS_SPARSE_INDEXER_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The lightning indexer: small heads of their own score every cached token by one key, and the best are attended to.
// `compressed` is the compressed query of latent attention.
template <class Pass>
constexpr auto sparse_indexer(Pass &p, const model &m, int i, typename Pass::value x,
                              typename Pass::value compressed) {
    const std::int64_t heads = m.indexer_heads;
    const std::int64_t head = m.indexer_head_dim;
    auto q = linear(p, tensor_name::indexer_attn_q_b, i, compressed, m.q_lora_rank, detail::multiply(head, heads));
    q = p.rope(p.reshape(q, {head, heads, p.tokens()}), p.nothing());
    auto k = linear(p, tensor_name::indexer_attn_k, i, x, m.hidden_size, head);
    k = norm(p, norm_kind::layer, tensor_name::indexer_k_norm, i, k, head);
    k = p.rope(p.reshape(k, {head, 1, p.tokens()}), p.nothing());
    if (m.family->rotates_indexer) {
        q = p.mul_mat(p.indexer_rotation(), q);
        k = p.mul_mat(p.indexer_rotation(), k);
    }
    p.store_indexer_key(i, k);
    return p.choose_tokens(i, q, linear(p, tensor_name::indexer_proj, i, x, m.hidden_size, heads));
}

// What chooses blocks of tokens: one small head for each head of keys, and one key for all.
template <class Value>
struct block_indexer_heads {
    Value q{};
    Value k{};
};

template <class Pass>
constexpr auto block_indexer(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t heads = m.indexer_heads;
    const std::int64_t head = m.indexer_head_dim;
    block_indexer_heads<typename Pass::value> y;
    y.q = linear(p, tensor_name::indexer_q_proj, i, x, m.hidden_size, detail::multiply(head, heads));
    y.k = linear(p, tensor_name::indexer_k_proj, i, x, m.hidden_size, head);
    y.q = p.reshape(y.q, {head, heads, p.tokens()});
    y.k = p.reshape(y.k, {head, 1, p.tokens()});
    y.q = p.rope(norm(p, norm_kind::rms, tensor_name::indexer_q_norm, i, y.q, head), p.nothing());
    y.k = p.rope(norm(p, norm_kind::rms, tensor_name::indexer_k_norm, i, y.k, head), p.nothing());
    return y;
}

// Blocks of tokens are scored by the means of their keys.
template <class Pass>
constexpr auto pooled_indexer(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t heads = m.indexer_heads;
    const std::int64_t head = m.indexer_head_dim;
    const auto k = linear(p, tensor_name::indexer_k_proj, i, x, m.hidden_size, head);
    p.store_indexer_key(i, p.reshape(k, {head, 1, p.tokens()}));
    const auto keys = norm(p, norm_kind::rms, tensor_name::indexer_k_norm, i, p.pooled_indexer_keys(), head);
    auto q = linear(p, tensor_name::indexer_q_proj, i, x, m.hidden_size, detail::multiply(head, heads));
    q = norm(p, norm_kind::rms, tensor_name::indexer_q_norm, i, p.reshape(q, {head, heads, p.tokens()}), head);
    return p.choose_by_pooled_keys(i, p.rope(q, p.nothing()), keys);
}

// The weights of one that is loaded for nothing.
template <class Pass>
constexpr void unused_indexer(Pass &p, const model &m, int i) {
    const std::int64_t heads = m.indexer_heads;
    const std::int64_t head = m.indexer_head_dim;
    p.weight(tensor_name::indexer_attn_q_b, i, {m.q_lora_rank, detail::multiply(head, heads)});
    p.weight(tensor_name::indexer_attn_k, i, {m.hidden_size, head});
    p.weight(tensor_name::indexer_k_norm, i, {head});
    p.weight(tensor_name::indexer_k_norm, i, {head}, tensor_part::bias);
    p.weight(tensor_name::indexer_proj, i, {m.hidden_size, heads});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
