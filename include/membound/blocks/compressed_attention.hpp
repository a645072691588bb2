// Attention over the last tokens and over compressed keys of all before them, which are the values too. See blocks.hpp.
// Source: llama.cpp v0.5.0, src/models/deepseek4.cpp (build_attention_impl).
#ifndef MEMBOUND_BLOCKS_COMPRESSED_ATTENTION_HPP
#define MEMBOUND_BLOCKS_COMPRESSED_ATTENTION_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

struct compressor_names {
    tensor_name keys;
    tensor_name scores;
    tensor_name positions;
    tensor_name norm;
};

// With a row of zeros, for the tokens before the first.
template <class Pass>
constexpr auto with_zero_row(Pass &p, typename Pass::value x, std::int64_t width, std::int64_t rows) {
    const auto zeros = p.reshape(p.scale(p.columns(x, {width})), {width, 1});
    return p.concat(x, zeros, {width, detail::add(rows, 1)});
}

// What is read of the tokens of each block, that of the block before first where blocks overlap.
template <class Pass>
constexpr auto tokens_of_blocks(Pass &p, const model &m, compressor c, typename Pass::value x) {
    const std::int64_t size = compressed_key_size(m, c);
    const std::int64_t each = compressed_tokens(c);
    const std::int64_t blocks = p.compressed_blocks(c);
    const auto rows = p.compressor_input(c, compressor_rows::read);
    if (c == compressor::apart) return p.reshape(p.get_rows(x, rows), {size, each, blocks});
    x = p.get_rows(with_zero_row(p, x, compressor_width(m, c), p.rows_to_compress(c)), rows);
    const shape half = {size, detail::multiply(each, blocks)};
    const auto before = p.reshape(p.cont(p.columns(x, half)), {size, each, blocks});
    const auto now = p.reshape(p.cont(p.columns(x, half)), {size, each, blocks});
    return p.concat(before, now, {size, 2 * each, blocks});
}

// Makes one key of each block of tokens, by weights that scores give, and keeps the last tokens for the next.
template <class Pass>
constexpr void compress_keys(Pass &p, const model &m, int i, typename Pass::value x, compressor c,
                             const compressor_names &names) {
    const std::int64_t width = compressor_width(m, c);
    const std::int64_t size = compressed_key_size(m, c);
    const auto keys = linear(p, names.keys, i, x, m.hidden_size, width);
    auto scores = linear(p, names.scores, i, x, m.hidden_size, width);
    const auto positions = p.weight(names.positions, i, {width, compressed_tokens(c)});
    scores = p.add(scores, p.get_rows(positions, p.compressor_input(c, compressor_rows::positions)));
    const auto kept_keys = p.compressor_state(i, c);
    const auto kept_scores = p.compressor_state(i, c);
    const shape all = {width, p.rows_to_compress(c)};
    const auto values = tokens_of_blocks(p, m, c, p.concat(p.state_rows_of(kept_keys), keys, all));
    const auto weights = tokens_of_blocks(p, m, c, p.concat(p.state_rows_of(kept_scores), scores, all));
    auto y = p.cont(p.permute(values, 0, 1));
    y = p.sum_rows(p.mul(y, p.soft_max(p.cont(p.permute(weights, 0, 1)))));
    y = norm(p, norm_kind::rms, names.norm, i, p.cont(p.permute(y, 0, 1)), size);
    p.store_compressed(i, c, p.rope(y, p.nothing(), p.compressor_input(c, compressor_rows::block_positions)));
    p.keep_for_compressor(c, kept_keys, keys);
    p.keep_for_compressor(c, kept_scores, scores);
}

// The compressed keys that a small attention of its own chooses.
template <class Pass>
constexpr auto chosen_compressed_keys(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value query) {
    const std::int64_t heads = m.indexer_heads;
    const std::int64_t head = m.indexer_head_dim;
    auto q = linear(p, tensor_name::indexer_attn_q_b, i, query, m.q_lora_rank, detail::multiply(head, heads));
    q = p.rotated_indexer_query(p.rope(p.reshape(q, {head, heads, p.tokens()}), p.nothing()));
    const auto weights = p.scale(linear(p, tensor_name::indexer_proj, i, x, m.hidden_size, heads));
    return p.choose_compressed(i, q, weights);
}

template <class Pass>
constexpr auto compressed_attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const std::int64_t head = m.key_head_dim();
    const std::int64_t tokens = p.tokens();
    auto query = linear(p, tensor_name::attn_q_a, i, x, m.hidden_size, m.q_lora_rank);
    query = norm(p, norm_kind::rms, tensor_name::attn_q_a_norm, i, query, m.q_lora_rank);
    auto q = linear(p, tensor_name::attn_q_b, i, query, m.q_lora_rank, detail::multiply(head, heads));
    q = p.rope(p.rms_norm(p.reshape(q, {head, heads, tokens}), -1), p.nothing());
    auto k = linear(p, tensor_name::attn_kv, i, x, m.hidden_size, head);
    k = p.reshape(norm(p, norm_kind::rms, tensor_name::attn_kv_a_norm, i, k, head), {head, 1, tokens});
    k = p.rope(k, p.nothing());

    const compressor_names names = {tensor_name::attn_compressor_kv, tensor_name::attn_compressor_gate,
                                    tensor_name::attn_compressor_ape, tensor_name::attn_compressor_norm};
    auto chosen = p.nothing();
    if (l.compression == key_compression::apart) compress_keys(p, m, i, x, compressor::apart, names);
    if (l.compression == key_compression::overlapping) {
        compress_keys(p, m, i, x, compressor::overlapping, names);
        compress_keys(p, m, i, x, compressor::indexer,
                      {tensor_name::indexer_compressor_kv, tensor_name::indexer_compressor_gate,
                       tensor_name::indexer_compressor_ape, tensor_name::indexer_compressor_norm});
        chosen = chosen_compressed_keys(p, m, i, x, query);
    }
    auto y = p.attend_compressed(i, q, k, chosen, p.weight(tensor_name::attn_sinks, i, {heads}));
    y = p.rope_back(p.reshape(y, {head, heads, tokens}));
    const std::int64_t group = detail::multiply(head, heads) / m.output_groups;
    y = p.permute(p.reshape(y, {group, m.output_groups, tokens}), 1, 2);
    y = p.mul_mat(p.weight(tensor_name::attn_output_a, i, {group, m.output_rank, m.output_groups}), y);
    const std::int64_t joined = detail::multiply(m.output_rank, m.output_groups);
    y = p.cont(p.permute(y, 1, 2), {joined, tokens});
    return linear(p, tensor_name::attn_output_b, i, y, joined, m.hidden_size);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
