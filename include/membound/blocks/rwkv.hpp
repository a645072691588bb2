// Receptance weighted key value (RWKV 6 and 7): linear attention in which each number of a head has a decay that depends
// on the token, and every token sees the one before. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_RWKV_HPP
#define MEMBOUND_BLOCKS_RWKV_HPP

#include <membound/blocks/delta_net.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// A matrix of low rank in two parts.
template <class Pass>
constexpr auto low_rank(Pass &p, tensor_name down, tensor_name up, int i, typename Pass::value x, std::int64_t size,
                        std::int64_t rank, bool activated) {
    x = linear(p, down, i, x, size, rank);
    return linear(p, up, i, activated ? p.unary(x) : x, rank, size);
}

// A norm over each head.
template <class Pass>
constexpr auto head_norm(Pass &p, const model &m, int i, typename Pass::value y) {
    const std::int64_t hidden = m.hidden_size;
    y = p.norm(leading(p, y, {m.ssm_state_size, m.ssm_time_step_rank, p.tokens()}), -1);
    y = p.mul(p.reshape(y, {hidden, p.tokens()}), p.weight(tensor_name::time_mix_ln, i, {hidden}));
    return p.add(y, p.weight(tensor_name::time_mix_ln, i, {hidden}, tensor_part::bias));
}

// The state behind the outputs of all tokens, and the outputs.
template <class Pass>
constexpr auto keep_wkv_state(Pass &p, const model &m, int i, typename Pass::value result) {
    const std::int64_t size = detail::multiply(detail::multiply(m.hidden_size, m.ssm_state_size), p.sequences());
    p.store_state(i, state_part::recurrent, leading(p, result, {size}));
    return leading(p, result, {detail::multiply(m.hidden_size, p.tokens())});
}

// The mixer of RWKV 7. `first_values` are those of the first layer; negative where this is it.
template <class Pass>
constexpr auto time_mix_7(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value previous,
                          typename Pass::value &first_values) {
    using n = tensor_name;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t tokens = p.tokens();
    const std::int64_t sequences = p.sequences();
    const std::int64_t each = tokens / sequences;
    const std::int64_t mixes = m.gate_rank > 0 ? 6 : 5;
    const shape flat = {hidden, tokens};
    const shape heads = {m.ssm_state_size, m.ssm_time_step_rank, tokens};
    const bool first = i == 0;

    auto mixed = p.repeat(p.sub(previous, x), {hidden, each, sequences, mixes});
    mixed = p.add(p.mul(mixed, p.weight(n::time_mix_lerp_fused, i, {hidden, 1, 1, mixes})), x);
    const auto xr = leading(p, mixed, flat);
    const auto xw = leading(p, mixed, flat);
    const auto xk = leading(p, mixed, flat);
    const auto xv = leading(p, mixed, flat);
    const auto xa = leading(p, mixed, flat);
    const auto xg = leading(p, mixed, flat);

    auto r = linear(p, n::time_mix_receptance, i, xr, hidden, hidden);
    auto w = low_rank(p, n::time_mix_w1, n::time_mix_w2, i, xw, hidden, m.decay_rank, true);
    w = p.unary(p.scale(p.unary(p.add(w, p.weight(n::time_mix_w0, i, {hidden})))));
    auto k = linear(p, n::time_mix_key, i, xk, hidden, hidden);
    auto v = linear(p, n::time_mix_value, i, xv, hidden, hidden);
    // Those of the first layer stand in the file and are not used.
    const std::int64_t value_rank = first ? m.rate_rank : m.value_mix_rank;
    auto share = low_rank(p, n::time_mix_v1, n::time_mix_v2, i, xv, hidden, value_rank, false);
    share = p.unary(p.add(share, p.weight(n::time_mix_v0, i, {hidden})));
    if (first)
        first_values = v;
    else
        v = p.add(v, p.mul(p.sub(first_values, v), share));
    auto gate = xg;
    if (m.gate_rank > 0) gate = low_rank(p, n::time_mix_g1, n::time_mix_g2, i, xg, hidden, m.gate_rank, true);
    auto a = low_rank(p, n::time_mix_a1, n::time_mix_a2, i, xa, hidden, m.rate_rank, false);
    a = p.unary(p.add(a, p.weight(n::time_mix_a0, i, {hidden})));

    auto kk = p.mul(k, p.weight(n::time_mix_k_k, i, {hidden}));
    kk = p.l2_norm(p.reshape(kk, heads));
    const auto ka = p.mul(k, p.weight(n::time_mix_k_a, i, {hidden}));
    k = p.add(k, p.sub(p.mul(a, ka), ka));

    r = p.reshape(r, heads);
    w = p.reshape(w, heads);
    k = p.reshape(k, heads);
    v = p.reshape(v, heads);
    a = p.reshape(a, heads);
    const auto state = p.load_state(i, state_part::recurrent);
    auto y = p.wkv_7(r, w, k, v, p.unary(kk), p.mul(kk, a), state);
    y = keep_wkv_state(p, m, i, y);
    y = m.time_mix_norm ? head_norm(p, m, i, y) : p.reshape(y, flat);
    const auto bonus = p.reshape(p.weight(n::time_mix_r_k, i, {hidden}), {m.ssm_state_size, m.ssm_time_step_rank});
    const auto rk = p.sum_rows(p.mul(p.mul(k, r), bonus));
    y = p.add(y, p.reshape(p.mul(v, rk), flat));
    if (m.gate_rank > 0) y = p.mul(y, gate);
    y = linear(p, n::time_mix_output, i, y, hidden, hidden);
    return p.reshape(y, {hidden, each, sequences});
}

// The mixer of RWKV 6. Without a bonus for the token itself it is gated linear attention, and keys and values may have
// fewer heads.
template <class Pass>
constexpr auto time_mix_6(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value previous) {
    using n = tensor_name;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t tokens = p.tokens();
    const std::int64_t sequences = p.sequences();
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t count = m.ssm_time_step_rank;
    const std::int64_t kv_count = m.time_mix_bonus || m.num_key_value_heads == 0 ? count : m.num_key_value_heads;
    const std::int64_t kv_size = detail::multiply(head, kv_count);
    const shape flat = {hidden, tokens};
    const shape heads = {head, count, tokens};
    const bool linear_attention = !m.time_mix_bonus;

    auto difference = p.reshape(p.sub(previous, x), flat);
    x = p.reshape(x, flat);
    auto mixed = p.add(p.mul(difference, p.weight(n::time_mix_lerp_x, i, {hidden, 1, 1})), x);
    mixed = p.unary(linear(p, n::time_mix_w1, i, mixed, hidden, detail::multiply(5, m.mix_rank)));
    mixed = p.reshape(mixed, {m.mix_rank, 1, 5, tokens});
    mixed = p.cont(p.permute(mixed, 2, 3));
    const auto w2 = p.reshape(p.weight(n::time_mix_w2, i, {m.mix_rank, hidden, 5}), {m.mix_rank, hidden, 1, 5});
    mixed = p.mul_mat(w2, mixed);
    typename Pass::value parts[5] = {}; // w, k, v, r, g
    if (m.fused_lerp) {
        difference = p.reshape(difference, {hidden, 1, tokens});
        x = p.reshape(x, {hidden, 1, tokens});
        mixed = p.add(mixed, p.weight(n::time_mix_lerp_fused, i, {hidden, 1, 1, 5}));
        mixed = p.add(p.mul(mixed, difference), x);
        for (auto &part : parts) part = leading(p, mixed, flat);
    } else {
        constexpr tensor_name lerps[] = {n::time_mix_lerp_w, n::time_mix_lerp_k, n::time_mix_lerp_v, n::time_mix_lerp_r,
                                         n::time_mix_lerp_g};
        for (int t = 0; t < 5; ++t) {
            parts[t] = p.add(leading(p, mixed, flat), p.weight(lerps[t], i, {hidden, 1, 1}));
            parts[t] = p.add(p.mul(parts[t], difference), x);
        }
    }

    auto r = linear(p, n::time_mix_receptance, i, parts[3], hidden, hidden, m.attention_bias);
    auto k = linear(p, n::time_mix_key, i, parts[1], hidden, kv_size, m.attention_bias);
    auto v = linear(p, n::time_mix_value, i, parts[2], hidden, kv_size, m.attention_bias);
    const auto gate = p.unary(linear(p, n::time_mix_gate, i, parts[4], hidden, hidden));
    if (kv_count != count) {
        const shape one = {head, 1, kv_count, tokens};
        const shape all = {head, count / kv_count, kv_count, tokens};
        k = p.repeat(p.reshape(k, one), all);
        v = p.repeat(p.reshape(v, one), all);
    }
    k = p.reshape(k, heads);
    v = p.reshape(v, heads);
    r = p.reshape(r, heads);
    auto w = low_rank(p, n::time_mix_decay_w1, n::time_mix_decay_w2, i, parts[0], hidden, m.decay_rank, true);
    w = p.add(w, p.weight(n::time_mix_decay, i, {hidden}));
    w = p.reshape(p.unary(p.unary(p.unary(w))), heads);
    if (linear_attention) k = p.sub(k, p.mul(k, w));

    const auto state = p.load_state(i, state_part::recurrent);
    auto y = x;
    if (linear_attention)
        y = p.gated_linear_attention(k, v, r, w, state);
    else
        y = p.wkv_6(k, v, r, p.weight(n::time_mix_first, i, {head, count}), w, state);
    y = keep_wkv_state(p, m, i, y);
    y = m.time_mix_norm ? head_norm(p, m, i, y) : p.reshape(y, flat);
    y = linear(p, n::time_mix_output, i, p.mul(y, gate), hidden, hidden);
    return p.reshape(y, {hidden, tokens / sequences, sequences});
}

// The feed-forward block of RWKV, which sees the token before too.
template <class Pass>
constexpr auto channel_mix(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value previous) {
    using n = tensor_name;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t size = m.layers[i].intermediate_size;
    const auto difference = p.sub(previous, x);
    const auto xk = p.add(p.mul(difference, p.weight(n::channel_mix_lerp_k, i, {hidden, 1, 1})), x);
    auto r = x;
    if (m.family->gated_channel_mix) {
        r = p.add(p.mul(difference, p.weight(n::channel_mix_lerp_r, i, {hidden, 1, 1})), x);
        r = p.unary(linear(p, n::channel_mix_receptance, i, r, hidden, hidden));
    }
    const auto k = p.sqr(p.unary(linear(p, n::channel_mix_key, i, xk, hidden, size)));
    const auto y = linear(p, n::channel_mix_value, i, k, size, hidden);
    return m.family->gated_channel_mix ? p.mul(r, y) : y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
