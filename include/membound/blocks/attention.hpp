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

// Multi-head, grouped-query and multi-query attention, over all tokens or a window of them.
template <class Pass>
constexpr auto attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const std::int64_t kv_heads = l.num_key_value_heads;
    if (l.shares_cache) return attention_over_shared_cache(p, m, i, x);
    const std::int64_t head = m.key_head_dim(l);
    const std::int64_t value_head = m.value_head_dim(l);
    const std::int64_t q_size = detail::multiply(head, heads);
    const std::int64_t k_size = detail::multiply(head, kv_heads);
    const std::int64_t v_size = detail::multiply(value_head, kv_heads);
    const std::int64_t y_size = detail::multiply(value_head, heads);

    // Tokens and the target's states together, in a draft model.
    const std::int64_t input = a.drafts == draft_kind::in_turn ? detail::multiply(2, m.hidden_size) : m.hidden_size;
    const query_key_norm head_norms = m.head_norms != query_key_norm::none ? m.head_norms : a.head_norms;
    typename Pass::value q{}, k{}, v{}, gate_of_query{};
    if (a.gate == attention_gate::within_query) {
        const auto both = linear(p, tensor_name::attn_q, i, x, m.hidden_size, detail::multiply(2, q_size), m.attention_bias);
        q = p.heads_within(both, head, heads, detail::multiply(2, head));
        gate_of_query = p.heads_within(both, head, heads, detail::multiply(2, head));
        k = linear(p, tensor_name::attn_k, i, x, m.hidden_size, k_size, m.attention_bias);
        v = linear(p, tensor_name::attn_v, i, x, m.hidden_size, v_size, m.attention_bias);
        k = p.reshape(k, {head, kv_heads, p.tokens()});
        v = p.reshape(v, {value_head, kv_heads, p.tokens()});
    } else if (m.fused_qkv) {
        const std::int64_t all = a.triple_qkv ? detail::multiply(3, q_size)
                                              : detail::add(q_size, detail::add(k_size, v_size));
        auto qkv = linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, all, m.attention_bias);
        if (m.clamped_qkv) qkv = p.clamp(qkv);
        if (a.copied_qkv) {
            q = p.reshape(p.cont(p.columns(qkv, {q_size, p.tokens()})), {head, heads, p.tokens()});
            k = p.reshape(p.cont(p.columns(qkv, {k_size, p.tokens()})), {head, kv_heads, p.tokens()});
            v = p.reshape(p.cont(p.columns(qkv, {v_size, p.tokens()})), {value_head, kv_heads, p.tokens()});
        } else {
            q = p.heads_within(qkv, head, heads, head);
            k = p.heads_within(qkv, head, kv_heads, head);
            v = p.heads_within(qkv, value_head, kv_heads, value_head);
        }
    } else {
        q = linear(p, tensor_name::attn_q, i, x, input, q_size, m.attention_bias, m.weight_scales);
        k = linear(p, tensor_name::attn_k, i, x, input, k_size, m.attention_bias, m.weight_scales);
        v = l.values_are_keys
                ? k
                : linear(p, tensor_name::attn_v, i, x, input, v_size, m.attention_bias, m.weight_scales);
        if (m.clamped_qkv) q = p.clamp(q), k = p.clamp(k), v = p.clamp(v);
        if (head_norms == query_key_norm::all_heads) {
            q = norm(p, a.norm, tensor_name::attn_q_norm, i, q, q_size);
            k = norm(p, a.norm, tensor_name::attn_k_norm, i, k, k_size);
        }
        q = p.reshape(q, {head, heads, p.tokens()});
        k = p.reshape(k, {head, kv_heads, p.tokens()});
        v = p.reshape(v, {value_head, kv_heads, p.tokens()});
    }
    if (head_norms == query_key_norm::each_head_own_rms) {
        q = norm(p, norm_kind::rms, tensor_name::attn_q_norm, i, q, {head, heads});
        k = norm(p, norm_kind::rms, tensor_name::attn_k_norm, i, k, {head, kv_heads});
    }
    if (head_norms == query_key_norm::each_head || head_norms == query_key_norm::each_head_own_weights) {
        const bool own = head_norms == query_key_norm::each_head_own_weights;
        const norm_kind kind = m.head_norm_bias                         ? norm_kind::layer
                               : own || a.norm == norm_kind::layer ? norm_kind::layer_without_bias
                                                                   : a.norm;
        q = norm(p, kind, tensor_name::attn_q_norm, i, q, {head, own ? heads : 1});
        k = norm(p, kind, tensor_name::attn_k_norm, i, k, {head, own ? kv_heads : 1});
    }
    if (a.value_norms || l.values_are_keys) v = p.rms_norm(v, -1);
    if (a.unused_rope_tensors) rope_factors(p, m, i);
    if (a.position == position_kind::rotary) {
        const auto factors = a.unused_rope_tensors ? p.nothing() : rope_factors(p, m, i);
        if (!l.unrotated) {
            q = p.rope(q, factors);
            k = p.rope(k, factors);
        }
    }
    if (a.head_norms == query_key_norm::each_rotated_head) {
        q = norm(p, a.norm, tensor_name::attn_q_norm, i, q, head);
        k = norm(p, a.norm, tensor_name::attn_k_norm, i, k, head);
    }
    if (a.head_norms == query_key_norm::gain_of_rotated_head) {
        q = norm(p, norm_kind::rms, tensor_name::attn_q_norm, i, q, {1, heads});
        k = norm(p, norm_kind::rms_without_weight, tensor_name::attn_k_norm, i, k, head);
    }
    if (head_norms == query_key_norm::rotated_head_without_weights && !l.unrotated) {
        q = p.rms_norm(q, -1);
        k = p.rms_norm(k, -1);
    }
    if (a.scaled_query) q = p.scale(q);
    if (m.attention_temperature && (l.unrotated || !a.temperature_where_unrotated)) q = p.mul(q, p.attention_scale());

    auto sinks = p.nothing();
    if (a.attention_sinks || l.sinks) sinks = p.weight(tensor_name::attn_sinks, i, {heads});
    auto y = p.nothing();
    if (l.choice == token_choice::by_block && p.chooses_blocks()) {
        const auto index = block_indexer(p, m, i, x);
        y = p.attend_blocks(i, q, k, v, index.q, index.k);
    } else if (l.choice == token_choice::by_pooled_keys) {
        y = p.attend_chosen(i, q, k, v, pooled_indexer(p, m, i, x));
    } else {
        y = p.attend(i, q, k, v, sinks);
    }
    const attention_gate gate = m.gate != attention_gate::none ? m.gate : a.gate;
    if (gate == attention_gate::each_number)
        y = p.mul(y, p.unary(linear(p, tensor_name::attn_gate, i, x, m.hidden_size, y_size)));
    if (gate == attention_gate::each_head) {
        const auto gates = p.unary(linear(p, tensor_name::attn_gate, i, x, m.hidden_size, heads));
        y = p.mul(p.reshape(y, {value_head, heads, p.tokens()}), p.reshape(gates, {1, heads, p.tokens()}));
        y = p.reshape(y, {y_size, p.tokens()});
    }
    if (gate == attention_gate::within_query) y = p.mul(y, p.unary(p.cont(gate_of_query, {q_size, p.tokens()})));
    if (a.sub_norms) y = norm(p, a.norm, tensor_name::attn_sub_norm, i, y, y_size);
    y = linear(p, tensor_name::attn_output, i, y, y_size, m.hidden_size, m.attention_output_bias, m.weight_scales);
    return m.scaled_attention ? p.scale(y) : y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
