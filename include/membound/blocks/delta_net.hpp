// Linear attention by the delta rule: a state of one matrix a head, which each token decays and corrects. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_DELTA_NET_HPP
#define MEMBOUND_BLOCKS_DELTA_NET_HPP

#include <membound/blocks/state_space.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The first numbers of `a`, in a shape.
template <class Pass>
constexpr auto leading(Pass &p, typename Pass::value a, const shape &s) {
    const std::int64_t plane = detail::multiply(s.ne[0], s.ne[1]);
    return p.view(a, s, s.ne[0], plane, detail::multiply(plane, s.ne[2]));
}

// Operands of the delta rule, of each head and token.
template <class Value>
struct delta_operands {
    Value q, k, v; // head_dim numbers
    Value decay;   // one, or head_dim
    Value beta;    // one
};

// Runs the delta rule over all tokens, and keeps the new state.
template <class Pass>
constexpr auto delta_rule(Pass &p, const model &m, int i, const delta_operands<typename Pass::value> &of,
                          typename Pass::value state) {
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t n = p.sequences();
    state = p.reshape(state, {head, head, heads, n});
    const auto result = p.gated_delta_net(of.q, of.k, of.v, of.decay, of.beta, state);
    p.store_state(i, state_part::recurrent, leading(p, result, {head, head, heads, n}));
    return leading(p, result, {head, heads, p.tokens() / n, n});
}

// Length 1, as the families compute it: since PR 28068 through the root mean square.
template <class Pass>
constexpr auto unit_length(Pass &p, typename Pass::value x) {
    return p.is_before(20260901) ? p.l2_norm(x) : p.scale(p.rms_norm(x, -1));
}

// The mixer of Qwen3-Next and Qwen 3.5: a gated delta net. Query, key and value run through one convolution.
template <class Pass>
constexpr auto gated_delta_net(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t k_heads = m.ssm_group_count;
    const std::int64_t v_heads = m.ssm_time_step_rank;
    const std::int64_t k_size = detail::multiply(head, k_heads);
    const std::int64_t v_size = detail::multiply(head, v_heads);
    const std::int64_t channels = detail::add(detail::multiply(2, k_size), v_size);
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t ratio = k_heads > 0 ? v_heads / k_heads : 0; // value heads for each key head

    auto qkv = x, z = x;
    if (m.fused_qkvz) {
        const std::int64_t of_key_head = detail::multiply(head, detail::add(2, detail::multiply(2, ratio)));
        auto mixed = linear(p, tensor_name::ssm_in, i, x, hidden, detail::multiply(of_key_head, k_heads));
        mixed = p.reshape(mixed, {of_key_head, k_heads, each, n});
        const shape keys = {head, k_heads, each, n};
        const shape values = {detail::multiply(head, ratio), k_heads, each, n};
        z = p.cont(p.columns(mixed, values));
        const auto q = p.cont(p.columns(mixed, keys), {k_size, each, n});
        const auto k = p.cont(p.columns(mixed, keys), {k_size, each, n});
        const auto v = p.cont(p.columns(mixed, values), {v_size, each, n});
        qkv = p.concat(p.concat(q, k, {detail::multiply(2, k_size), each, n}), v, {channels, each, n});
    } else {
        qkv = p.reshape(linear(p, tensor_name::attn_qkv, i, x, hidden, channels), {channels, each, n});
        z = linear(p, tensor_name::attn_gate, i, x, hidden, v_size);
    }

    auto beta = x, alpha = x;
    if (a.fused_delta_gates) {
        auto both = linear(p, tensor_name::ssm_ba, i, x, hidden, detail::multiply(2, v_heads));
        both = p.reshape(both, {detail::multiply(2, ratio), k_heads, each, n});
        const shape part = {ratio, k_heads, each, n};
        beta = p.reshape(p.unary(p.cont(p.columns(both, part))), {1, v_heads, each, n});
        alpha = p.cont(p.columns(both, part), {v_heads, each, n});
    } else {
        beta = linear(p, tensor_name::ssm_beta, i, x, hidden, v_heads);
        beta = p.unary(p.reshape(beta, {1, v_heads, each, n}));
        alpha = p.reshape(linear(p, tensor_name::ssm_alpha, i, x, hidden, v_heads), {v_heads, each, n});
    }
    auto decay = p.unary(p.add(alpha, p.weight(tensor_name::ssm_dt, i, {v_heads}, tensor_part::bias)));
    decay = p.mul(decay, p.weight(tensor_name::ssm_a, i, {v_heads}, tensor_part::bare));
    decay = p.reshape(decay, {1, v_heads, each, n});

    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, channels, n});
    const bool copies = a.copies_kept_tokens;
    const auto input = convolution_input(p, i, window, qkv, kernel, channels, state_part::convolution, copies);
    const auto state = p.load_state(i, state_part::recurrent);
    const auto mixed = convolution(p, tensor_name::ssm_conv1d, i, input, kernel, channels, false);
    const shape key_heads = {head, k_heads, each, n};
    const shape value_heads = {head, v_heads, each, n};
    const std::int64_t rows = detail::multiply(channels, each);
    auto q = unit_length(p, p.view(mixed, key_heads, head, channels, rows));
    auto k = unit_length(p, p.view(mixed, key_heads, head, channels, rows));
    const auto v = p.view(mixed, value_heads, head, channels, rows);
    if (a.repeats_delta_keys && k_heads != v_heads) {
        const shape one = {head, 1, k_heads, p.tokens()};
        const shape repeated = {head, ratio, k_heads, p.tokens()};
        q = p.reshape(p.repeat(p.reshape(q, one), repeated), value_heads);
        k = p.reshape(p.repeat(p.reshape(k, one), repeated), value_heads);
    }

    auto y = delta_rule(p, m, i, delta_operands<typename Pass::value>{q, k, v, decay, beta}, state);
    y = norm(p, norm_kind::rms, tensor_name::ssm_norm, i, y, head);
    y = p.mul(y, p.unary(p.reshape(z, value_heads)));
    y = p.reshape(y, {v_size, each, n});
    return p.reshape(linear(p, tensor_name::ssm_out, i, y, v_size, hidden), {hidden, p.tokens()});
}

// The mixer of Kimi Linear and its kin (KDA): query, key and value each run through a convolution of their own, and each
// number of a head has its own decay.
template <class Pass>
constexpr auto kimi_delta(Pass &p, const model &m, int i, typename Pass::value x) {
    const delta_gates gates = m.family->delta;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t size = detail::multiply(head, heads);
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t kept = detail::multiply(kernel - 1, size); // numbers
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;
    const shape by_token = {head, heads, p.tokens()};
    const shape by_sequence = {head, heads, each, n};

    const auto last = p.load_state(i, state_part::convolution);
    typename Pass::value qkv[3] = {};
    if (m.fused_delta_qkv) {
        const auto all = linear(p, tensor_name::attn_qkv, i, x, hidden, detail::multiply(3, size));
        for (auto &t : qkv) t = p.cont(p.columns(all, {size, p.tokens()}));
    }
    constexpr tensor_name matrices[] = {tensor_name::attn_q, tensor_name::attn_k, tensor_name::attn_v};
    constexpr tensor_name kernels[] = {tensor_name::ssm_conv1d_q, tensor_name::ssm_conv1d_k, tensor_name::ssm_conv1d_v};
    for (int t = 0; t < 3; ++t) {
        if (!m.fused_delta_qkv) qkv[t] = linear(p, matrices[t], i, x, hidden, size);
        const shape channels = {size, each, n};
        const auto window = p.view(last, {kernel - 1, size, n}, kernel - 1, detail::multiply(3, kept));
        const auto input = convolution_input(p, i, window, p.reshape(qkv[t], channels), kernel, size);
        const auto taps = p.reshape(p.weight(kernels[t], i, {kernel, 1, size}), {kernel, size});
        qkv[t] = p.reshape(p.unary(p.reshape(p.ssm_conv(input, taps, channels), {size, p.tokens()})), by_sequence);
    }

    auto decay = x;
    if (gates == delta_gates::full_rank) {
        decay = linear(p, tensor_name::ssm_f_a, i, x, hidden, size);
    } else {
        decay = linear(p, tensor_name::ssm_f_a, i, x, hidden, head);
        decay = linear(p, tensor_name::ssm_f_b, i, decay, head, size);
    }
    decay = p.add(decay, p.weight(tensor_name::ssm_dt, i, {size}, tensor_part::bias));
    if (!m.bounded_decay) decay = p.unary(decay);
    decay = p.reshape(decay, by_token);
    const shape rates = gates == delta_gates::low_rank_decay ? shape{heads} : shape{1, heads};
    decay = p.mul(decay, p.reshape(p.weight(tensor_name::ssm_a, i, rates, tensor_part::bare), {1, heads}));
    if (m.bounded_decay) {
        if (gates == delta_gates::low_rank_decay) decay = p.scale(decay); // by -1
        decay = p.scale(p.unary(decay));
    }
    decay = p.reshape(decay, by_sequence);
    auto beta = linear(p, tensor_name::ssm_beta, i, x, hidden, heads);
    beta = p.unary(p.reshape(beta, {1, heads, each, n}));

    const auto state = p.load_state(i, state_part::recurrent);
    const auto q = unit_length(p, qkv[0]);
    const auto k = unit_length(p, qkv[1]);
    auto y = delta_rule(p, m, i, delta_operands<typename Pass::value>{q, k, qkv[2], decay, beta}, state);
    y = p.reshape(p.cont(y), by_token);

    // Looks at the same bytes: they keep some devices from computing the gate early.
    if (gates != delta_gates::full_rank) x = p.reshape(p.reshape(x, {hidden, each, n}), {hidden, p.tokens()});
    auto gate = x;
    if (gates == delta_gates::low_rank) {
        gate = linear(p, tensor_name::ssm_g_a, i, x, hidden, head);
        gate = linear(p, tensor_name::ssm_g_b, i, gate, head, size);
    } else {
        const auto name = gates == delta_gates::full_rank ? tensor_name::ssm_g_a : tensor_name::ssm_g;
        gate = linear(p, name, i, x, hidden, size);
    }
    y = norm(p, norm_kind::rms, tensor_name::ssm_norm, i, y, head);
    y = p.mul(y, p.unary(p.reshape(gate, by_token)));
    return linear(p, tensor_name::attn_output, i, p.cont(y, {size, p.tokens()}), size, hidden);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
