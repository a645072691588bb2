// Attention over the keys and values of earlier tokens. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_ATTENTION_HPP
#define MEMBOUND_BLOCKS_ATTENTION_HPP

#include <membound/blocks/sparse_indexer.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Corrections of the rotary frequencies for long contexts, where the model has them.
template <class Pass>
constexpr auto rope_factors(Pass &p, const model &m, int i) {
    const bool full_only = m.family->full_layers_have_rope_tensors;
    const shape half = {(full_only ? m.key_head_dim() : m.rope_dim()) / 2};
    auto factors = p.nothing();
    if (m.rope == rope_tensors::freqs) factors = p.weight_of_every_layer(tensor_name::rope_freqs, i, half);
    if (m.rope == rope_tensors::long_short) {
        factors = p.weight_of_every_layer(tensor_name::rope_factors_long, i, half);
        p.weight_of_every_layer(tensor_name::rope_factors_short, i, half); // one of the two, by the context
    }
    return full_only && m.layers[i].kind == layer_kind::sliding_attention ? p.nothing() : factors;
}

// Attention over the keys and values that an earlier layer cached; `x` gives the queries alone.
template <class Pass>
constexpr auto attention_over_shared_cache(Pass &p, const model &m, int i, typename Pass::value x) {
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const std::int64_t head = m.key_head_dim(l);
    const std::int64_t q_size = detail::multiply(head, heads);
    const std::int64_t kv_size = detail::multiply(head, l.num_key_value_heads);
    auto q = x;
    if (m.fused_qkv) {
        const std::int64_t all = detail::add(q_size, detail::multiply(2, kv_size));
        q = p.cont(p.columns(linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, all), {q_size, p.tokens()}));
    } else {
        q = linear(p, tensor_name::attn_q, i, x, m.hidden_size, q_size);
    }
    if (m.family->unused_keys || m.unused_keys) {
        if (!m.fused_qkv) p.weight(tensor_name::attn_k, i, {m.hidden_size, kv_size});
        if (!m.fused_qkv && !l.values_are_keys) p.weight(tensor_name::attn_v, i, {m.hidden_size, kv_size});
        p.weight(tensor_name::attn_k_norm, i, {head});
    }
    q = norm(p, norm_kind::rms, tensor_name::attn_q_norm, i, p.reshape(q, {head, heads, p.tokens()}), head);
    q = p.rope(q, rope_factors(p, m, i));
    const auto y = p.attend_shared(i, q);
    return linear(p, tensor_name::attn_output, i, y, q_size, m.hidden_size);
}

// Numbers of a layer's heads.
struct attention_sizes {
    std::int64_t heads;
    std::int64_t kv_heads;
    std::int64_t head; // of one head of queries and keys
    std::int64_t value_head;
    std::int64_t q; // of all heads: queries, keys, values, and what attention gives
    std::int64_t k;
    std::int64_t v;
    std::int64_t y;
};

constexpr attention_sizes attention_sizes_of(const model &m, const layer &l) {
    attention_sizes s{l.num_attention_heads, l.num_key_value_heads, m.key_head_dim(l), m.value_head_dim(l), 0, 0, 0, 0};
    s.q = detail::multiply(s.head, s.heads);
    s.k = detail::multiply(s.head, s.kv_heads);
    s.v = detail::multiply(s.value_head, s.kv_heads);
    s.y = detail::multiply(s.value_head, s.heads);
    return s;
}

// What attention reads, head by head; `gate` is what the query's matrix gives beside the query, where it does.
template <class Value>
struct attention_operands {
    Value q{};
    Value k{};
    Value v{};
    Value gate{};
};

// Of a matrix that gives each head's query and gate side by side, and one matrix each for keys and values.
template <class Pass>
constexpr auto operands_with_gate(Pass &p, const model &m, int i, typename Pass::value x, const attention_sizes &s) {
    attention_operands<typename Pass::value> of;
    const std::int64_t both_size = detail::multiply(2, s.head);
    const auto both = linear(p, tensor_name::attn_q, i, x, m.hidden_size, detail::multiply(2, s.q), m.attention_bias);
    of.q = p.heads_within(both, s.head, s.heads, both_size);
    of.gate = p.heads_within(both, s.head, s.heads, both_size);
    of.k = linear(p, tensor_name::attn_k, i, x, m.hidden_size, s.k, m.attention_bias);
    of.v = linear(p, tensor_name::attn_v, i, x, m.hidden_size, s.v, m.attention_bias);
    of.k = p.reshape(of.k, {s.head, s.kv_heads, p.tokens()});
    of.v = p.reshape(of.v, {s.value_head, s.kv_heads, p.tokens()});
    return of;
}

// Of one matrix for all three.
template <class Pass>
constexpr auto fused_operands(Pass &p, const model &m, int i, typename Pass::value x, const attention_sizes &s) {
    attention_operands<typename Pass::value> of;
    const std::int64_t all = m.family->triple_qkv ? detail::multiply(3, s.q) : detail::add(s.q, detail::add(s.k, s.v));
    auto qkv = linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, all, m.attention_bias);
    if (m.clamped_qkv) qkv = p.clamp(qkv);
    if (m.family->copied_qkv) {
        of.q = p.reshape(p.cont(p.columns(qkv, {s.q, p.tokens()})), {s.head, s.heads, p.tokens()});
        of.k = p.reshape(p.cont(p.columns(qkv, {s.k, p.tokens()})), {s.head, s.kv_heads, p.tokens()});
        of.v = p.reshape(p.cont(p.columns(qkv, {s.v, p.tokens()})), {s.value_head, s.kv_heads, p.tokens()});
    } else {
        of.q = p.heads_within(qkv, s.head, s.heads, s.head);
        of.k = p.heads_within(qkv, s.head, s.kv_heads, s.head);
        of.v = p.heads_within(qkv, s.value_head, s.kv_heads, s.value_head);
    }
    return of;
}

// Of a matrix each.
template <class Pass>
constexpr auto separate_operands(Pass &p, const model &m, int i, typename Pass::value x, const attention_sizes &s) {
    const architecture &a = *m.family;
    attention_operands<typename Pass::value> of;
    // A draft model reads tokens and the target's states together.
    const std::int64_t input = a.drafts == draft_kind::in_turn ? detail::multiply(2, m.hidden_size) : m.hidden_size;
    of.q = linear(p, tensor_name::attn_q, i, x, input, s.q, m.attention_bias, m.weight_scales);
    of.k = linear(p, tensor_name::attn_k, i, x, input, s.k, m.attention_bias, m.weight_scales);
    of.v = m.layers[i].values_are_keys
               ? of.k
               : linear(p, tensor_name::attn_v, i, x, input, s.v, m.attention_bias, m.weight_scales);
    if (m.clamped_qkv) of.q = p.clamp(of.q), of.k = p.clamp(of.k), of.v = p.clamp(of.v);
    if (head_norms_of(m) == query_key_norm::all_heads) {
        of.q = norm(p, a.norm, tensor_name::attn_q_norm, i, of.q, s.q);
        of.k = norm(p, a.norm, tensor_name::attn_k_norm, i, of.k, s.k);
    }
    of.q = p.reshape(of.q, {s.head, s.heads, p.tokens()});
    of.k = p.reshape(of.k, {s.head, s.kv_heads, p.tokens()});
    of.v = p.reshape(of.v, {s.value_head, s.kv_heads, p.tokens()});
    return of;
}

// The norms over each head of queries and keys that come before rotation.
template <class Pass>
constexpr void norm_heads(Pass &p, const model &m, int i, attention_operands<typename Pass::value> &of,
                          const attention_sizes &s) {
    const norm_kind usual = m.family->norm;
    const query_key_norm norms = head_norms_of(m);
    if (norms == query_key_norm::each_head_own_rms) {
        of.q = norm(p, norm_kind::rms, tensor_name::attn_q_norm, i, of.q, {s.head, s.heads});
        of.k = norm(p, norm_kind::rms, tensor_name::attn_k_norm, i, of.k, {s.head, s.kv_heads});
    }
    if (norms == query_key_norm::each_head || norms == query_key_norm::each_head_own_weights) {
        const bool own = norms == query_key_norm::each_head_own_weights;
        const norm_kind kind = m.head_norm_bias                 ? norm_kind::layer
                               : own || usual == norm_kind::layer ? norm_kind::layer_without_bias
                                                                  : usual;
        of.q = norm(p, kind, tensor_name::attn_q_norm, i, of.q, {s.head, own ? s.heads : 1});
        of.k = norm(p, kind, tensor_name::attn_k_norm, i, of.k, {s.head, own ? s.kv_heads : 1});
    }
}

// And those that come behind it.
template <class Pass>
constexpr void norm_rotated_heads(Pass &p, const model &m, int i, attention_operands<typename Pass::value> &of,
                                  const attention_sizes &s) {
    const query_key_norm norms = head_norms_of(m);
    if (norms == query_key_norm::each_rotated_head) {
        of.q = norm(p, m.family->norm, tensor_name::attn_q_norm, i, of.q, s.head);
        of.k = norm(p, m.family->norm, tensor_name::attn_k_norm, i, of.k, s.head);
    }
    if (norms == query_key_norm::gain_of_rotated_head) {
        of.q = norm(p, norm_kind::rms, tensor_name::attn_q_norm, i, of.q, {1, s.heads});
        of.k = norm(p, norm_kind::rms_without_weight, tensor_name::attn_k_norm, i, of.k, s.head);
    }
    if (norms == query_key_norm::rotated_head_without_weights && !m.layers[i].unrotated) {
        of.q = p.rms_norm(of.q, -1);
        of.k = p.rms_norm(of.k, -1);
    }
}

// Rotates queries and keys. Some families load the corrections of the frequencies and do not use them.
template <class Pass>
constexpr void rotate_heads(Pass &p, const model &m, int i, attention_operands<typename Pass::value> &of) {
    const bool unused = m.family->unused_rope_tensors;
    if (unused) rope_factors(p, m, i);
    if (m.family->position != position_kind::rotary) return;
    const auto factors = unused ? p.nothing() : rope_factors(p, m, i);
    if (m.layers[i].unrotated) return;
    of.q = p.rope(of.q, factors);
    of.k = p.rope(of.k, factors);
}

// Attention itself, over all tokens, those of a window or those that an indexer chooses.
template <class Pass>
constexpr auto attend(Pass &p, const model &m, int i, typename Pass::value x,
                      const attention_operands<typename Pass::value> &of) {
    const layer &l = m.layers[i];
    auto sinks = p.nothing();
    if (m.family->attention_sinks || l.sinks) sinks = p.weight(tensor_name::attn_sinks, i, {l.num_attention_heads});
    if (l.choice == token_choice::by_block && p.chooses_blocks()) {
        const auto index = block_indexer(p, m, i, x);
        return p.attend_blocks(i, of.q, of.k, of.v, index.q, index.k);
    }
    if (l.choice == token_choice::by_pooled_keys) return p.attend_chosen(i, of.q, of.k, of.v, pooled_indexer(p, m, i, x));
    return p.attend(i, of.q, of.k, of.v, sinks);
}

// The result of attention times gates that `x` gives by a matrix of their own, one for each head or each number.
template <class Pass>
constexpr auto gated(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value y) {
    const std::int64_t heads = m.layers[i].num_attention_heads;
    const std::int64_t value_head = m.value_head_dim(m.layers[i]);
    const std::int64_t size = detail::multiply(value_head, heads);
    const std::int64_t tokens = p.tokens();
    if (gate_of(m) == attention_gate::each_number)
        return p.mul(y, p.unary(linear(p, tensor_name::attn_gate, i, x, m.hidden_size, size)));
    if (gate_of(m) != attention_gate::each_head) return y;
    const bool copied = m.family->copies_gated_heads;
    auto gates = linear(p, tensor_name::attn_gate, i, x, m.hidden_size, heads);
    if (!copied) gates = p.unary(gates);
    y = p.reshape(y, {value_head, heads, tokens});
    gates = p.reshape(gates, {1, heads, tokens});
    y = p.mul(y, copied ? p.unary(gates) : gates);
    return copied ? p.cont(y, {size, tokens}) : p.reshape(y, {size, tokens});
}

// Multi-head, grouped-query and multi-query attention, over all tokens or a window of them.
template <class Pass>
constexpr auto attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const layer &l = m.layers[i];
    if (l.shares_cache) return attention_over_shared_cache(p, m, i, x);
    const attention_sizes s = attention_sizes_of(m, l);
    const bool gated_by_query = gate_of(m) == attention_gate::within_query;
    auto of = gated_by_query ? operands_with_gate(p, m, i, x, s)
              : m.fused_qkv  ? fused_operands(p, m, i, x, s)
                             : separate_operands(p, m, i, x, s);
    norm_heads(p, m, i, of, s);
    if (a.value_norms || l.values_are_keys) of.v = p.rms_norm(of.v, -1);
    rotate_heads(p, m, i, of);
    norm_rotated_heads(p, m, i, of, s);
    if (a.scaled_query) of.q = p.scale(of.q);
    if (m.attention_temperature && (l.unrotated || !a.temperature_where_unrotated)) of.q = p.mul(of.q, p.attention_scale());
    auto y = attend(p, m, i, x, of);
    if (gated_by_query) {
        auto opened = p.unary(p.cont(of.gate, {s.q, p.tokens()}));
        // Qwen3-Next's was looked at once more, until its rows were picked late (PR 25589).
        if (a.fused_delta_gates && p.is_before(a.late_outputs_date)) opened = p.reshape(opened, {s.q, p.tokens()});
        y = p.mul(y, opened);
    } else {
        y = gated(p, m, i, x, y);
    }
    if (a.sub_norms) y = norm(p, a.norm, tensor_name::attn_sub_norm, i, y, s.y);
    y = linear(p, tensor_name::attn_output, i, y, s.y, m.hidden_size, m.attention_output_bias, m.weight_scales);
    return m.scaled_attention ? p.scale(y) : y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
