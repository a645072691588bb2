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

// The sizes of a gated delta net, and of what it computes at once.
struct gated_delta_sizes {
    std::int64_t head;
    std::int64_t k_heads, v_heads;
    std::int64_t k_size, v_size; // of all heads
    std::int64_t channels;       // of query, key and value together
    std::int64_t ratio;          // value heads for each key head
    std::int64_t sequences;
    std::int64_t each; // tokens of a sequence
};

template <class Pass>
constexpr gated_delta_sizes gated_delta_sizes_of(const Pass &p, const model &m) {
    gated_delta_sizes s{};
    s.head = m.ssm_state_size;
    s.k_heads = m.ssm_group_count;
    s.v_heads = m.ssm_time_step_rank;
    s.k_size = detail::multiply(s.head, s.k_heads);
    s.v_size = detail::multiply(s.head, s.v_heads);
    s.channels = detail::add(detail::multiply(2, s.k_size), s.v_size);
    s.ratio = s.k_heads > 0 ? s.v_heads / s.k_heads : 0;
    s.sequences = p.sequences();
    s.each = p.tokens() / s.sequences;
    return s;
}

template <class Value>
struct gated_delta_inputs {
    Value qkv;
    Value z; // gates the result
};

// From one matrix, in which what belongs to a key head stands together, or from two.
template <class Pass>
constexpr gated_delta_inputs<typename Pass::value> gated_delta_inputs_of(Pass &p, const model &m, int i, typename Pass::value x,
                                                                         const gated_delta_sizes &s) {
    const std::int64_t n = s.sequences;
    if (!m.fused_qkvz) {
        const auto qkv = p.reshape(linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, s.channels), {s.channels, s.each, n});
        return {qkv, linear(p, tensor_name::attn_gate, i, x, m.hidden_size, s.v_size)};
    }
    const std::int64_t of_key_head = detail::multiply(s.head, detail::add(2, detail::multiply(2, s.ratio)));
    auto mixed = linear(p, tensor_name::ssm_in, i, x, m.hidden_size, detail::multiply(of_key_head, s.k_heads));
    mixed = p.reshape(mixed, {of_key_head, s.k_heads, s.each, n});
    const shape keys = {s.head, s.k_heads, s.each, n};
    const shape values = {detail::multiply(s.head, s.ratio), s.k_heads, s.each, n};
    const auto z = p.cont(p.columns(mixed, values));
    const auto q = p.cont(p.columns(mixed, keys), {s.k_size, s.each, n});
    const auto k = p.cont(p.columns(mixed, keys), {s.k_size, s.each, n});
    const auto v = p.cont(p.columns(mixed, values), {s.v_size, s.each, n});
    return {p.concat(p.concat(q, k, {detail::multiply(2, s.k_size), s.each, n}), v, {s.channels, s.each, n}), z};
}

template <class Value>
struct delta_rates {
    Value decay;
    Value beta;
};

// One of each for each value head and token.
template <class Pass>
constexpr delta_rates<typename Pass::value> gated_delta_rates(Pass &p, const model &m, int i, typename Pass::value x,
                                                              const gated_delta_sizes &s) {
    const std::int64_t n = s.sequences;
    auto beta = x, alpha = x;
    if (m.family->fused_delta_gates) {
        auto both = linear(p, tensor_name::ssm_ba, i, x, m.hidden_size, detail::multiply(2, s.v_heads));
        both = p.reshape(both, {detail::multiply(2, s.ratio), s.k_heads, s.each, n});
        const shape part = {s.ratio, s.k_heads, s.each, n};
        beta = p.reshape(p.unary(p.cont(p.columns(both, part))), {1, s.v_heads, s.each, n});
        alpha = p.cont(p.columns(both, part), {s.v_heads, s.each, n});
    } else {
        beta = linear(p, tensor_name::ssm_beta, i, x, m.hidden_size, s.v_heads);
        beta = p.unary(p.reshape(beta, {1, s.v_heads, s.each, n}));
        alpha = p.reshape(linear(p, tensor_name::ssm_alpha, i, x, m.hidden_size, s.v_heads), {s.v_heads, s.each, n});
    }
    auto decay = p.unary(p.add(alpha, p.weight(tensor_name::ssm_dt, i, {s.v_heads}, tensor_part::bias)));
    decay = p.mul(decay, p.weight(tensor_name::ssm_a, i, {s.v_heads}, tensor_part::bare));
    return {p.reshape(decay, {1, s.v_heads, s.each, n}), beta};
}

// The mixer of Qwen3-Next and Qwen 3.5: a gated delta net. Query, key and value run through one convolution.
template <class Pass>
constexpr auto gated_delta_net(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const gated_delta_sizes s = gated_delta_sizes_of(p, m);
    const std::int64_t n = s.sequences;
    const std::int64_t kernel = m.ssm_conv_kernel;
    const auto in = gated_delta_inputs_of(p, m, i, x, s);
    const auto rates = gated_delta_rates(p, m, i, x, s);

    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, s.channels, n});
    const bool copies = a.copies_kept_tokens;
    const auto input = convolution_input(p, i, window, in.qkv, kernel, s.channels, state_part::convolution, copies);
    const auto state = p.load_state(i, state_part::recurrent);
    const auto mixed = convolution(p, tensor_name::ssm_conv1d, i, input, kernel, s.channels, false);
    const shape key_heads = {s.head, s.k_heads, s.each, n};
    const shape value_heads = {s.head, s.v_heads, s.each, n};
    const std::int64_t rows = detail::multiply(s.channels, s.each);
    auto q = unit_length(p, p.view(mixed, key_heads, s.head, s.channels, rows));
    auto k = unit_length(p, p.view(mixed, key_heads, s.head, s.channels, rows));
    const auto v = p.view(mixed, value_heads, s.head, s.channels, rows);
    if (a.repeats_delta_keys && s.k_heads != s.v_heads) {
        const shape one = {s.head, 1, s.k_heads, p.tokens()};
        const shape repeated = {s.head, s.ratio, s.k_heads, p.tokens()};
        q = p.reshape(p.repeat(p.reshape(q, one), repeated), value_heads);
        k = p.reshape(p.repeat(p.reshape(k, one), repeated), value_heads);
    }

    auto y = delta_rule(p, m, i, delta_operands<typename Pass::value>{q, k, v, rates.decay, rates.beta}, state);
    y = norm(p, norm_kind::rms, tensor_name::ssm_norm, i, y, s.head);
    y = p.mul(y, p.unary(p.reshape(in.z, value_heads)));
    y = p.reshape(y, {s.v_size, s.each, n});
    return p.reshape(linear(p, tensor_name::ssm_out, i, y, s.v_size, m.hidden_size), {m.hidden_size, p.tokens()});
}

template <class Value>
struct query_key_value {
    Value of[3] = {};
};

// Each runs through a convolution of its own.
template <class Pass>
constexpr auto kimi_delta_convolved(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t size = detail::multiply(head, heads);
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t kept = detail::multiply(kernel - 1, size); // numbers
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;

    const auto last = p.load_state(i, state_part::convolution);
    query_key_value<typename Pass::value> y;
    if (m.fused_delta_qkv) {
        const auto all = linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, detail::multiply(3, size));
        for (auto &t : y.of) t = p.cont(p.columns(all, {size, p.tokens()}));
    }
    constexpr tensor_name matrices[] = {tensor_name::attn_q, tensor_name::attn_k, tensor_name::attn_v};
    constexpr tensor_name kernels[] = {tensor_name::ssm_conv1d_q, tensor_name::ssm_conv1d_k, tensor_name::ssm_conv1d_v};
    for (int t = 0; t < 3; ++t) {
        if (!m.fused_delta_qkv) y.of[t] = linear(p, matrices[t], i, x, m.hidden_size, size);
        const shape channels = {size, each, n};
        const auto window = p.view(last, {kernel - 1, size, n}, kernel - 1, detail::multiply(3, kept));
        const auto input = convolution_input(p, i, window, p.reshape(y.of[t], channels), kernel, size);
        const auto taps = p.reshape(p.weight(kernels[t], i, {kernel, 1, size}), {kernel, size});
        const auto convolved = p.unary(p.reshape(p.ssm_conv(input, taps, channels), {size, p.tokens()}));
        y.of[t] = p.reshape(convolved, {head, heads, each, n});
    }
    return y;
}

// Each number of a head has its own decay.
template <class Pass>
constexpr delta_rates<typename Pass::value> kimi_delta_rates(Pass &p, const model &m, int i, typename Pass::value x) {
    const delta_gates gates = m.family->delta;
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t size = detail::multiply(head, heads);
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;

    auto decay = x;
    if (gates == delta_gates::full_rank) {
        decay = linear(p, tensor_name::ssm_f_a, i, x, m.hidden_size, size);
    } else {
        decay = linear(p, tensor_name::ssm_f_a, i, x, m.hidden_size, head);
        decay = linear(p, tensor_name::ssm_f_b, i, decay, head, size);
    }
    decay = p.add(decay, p.weight(tensor_name::ssm_dt, i, {size}, tensor_part::bias));
    if (!m.bounded_decay) decay = p.unary(decay);
    decay = p.reshape(decay, {head, heads, p.tokens()});
    const shape rates = gates == delta_gates::low_rank_decay ? shape{heads} : shape{1, heads};
    decay = p.mul(decay, p.reshape(p.weight(tensor_name::ssm_a, i, rates, tensor_part::bare), {1, heads}));
    if (m.bounded_decay) {
        if (gates == delta_gates::low_rank_decay) decay = p.scale(decay); // by -1
        decay = p.scale(p.unary(decay));
    }
    decay = p.reshape(decay, {head, heads, each, n});
    const auto beta = linear(p, tensor_name::ssm_beta, i, x, m.hidden_size, heads);
    return {decay, p.unary(p.reshape(beta, {1, heads, each, n}))};
}

template <class Pass>
constexpr auto kimi_delta_gate(Pass &p, const model &m, int i, typename Pass::value x) {
    const delta_gates gates = m.family->delta;
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t size = detail::multiply(head, m.ssm_time_step_rank);
    if (gates == delta_gates::full_rank) return linear(p, tensor_name::ssm_g_a, i, x, m.hidden_size, size);
    // Looks at the same bytes: they keep some devices from computing the gate early.
    const std::int64_t n = p.sequences();
    x = p.reshape(p.reshape(x, {m.hidden_size, p.tokens() / n, n}), {m.hidden_size, p.tokens()});
    if (gates != delta_gates::low_rank) return linear(p, tensor_name::ssm_g, i, x, m.hidden_size, size);
    return linear(p, tensor_name::ssm_g_b, i, linear(p, tensor_name::ssm_g_a, i, x, m.hidden_size, head), head, size);
}

// The mixer of Kimi Linear and its kin (KDA).
template <class Pass>
constexpr auto kimi_delta(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t head = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t size = detail::multiply(head, heads);
    const shape by_token = {head, heads, p.tokens()};
    const auto qkv = kimi_delta_convolved(p, m, i, x);
    const auto rates = kimi_delta_rates(p, m, i, x);
    const auto state = p.load_state(i, state_part::recurrent);
    const auto q = unit_length(p, qkv.of[0]);
    const auto k = unit_length(p, qkv.of[1]);
    auto y = delta_rule(p, m, i, delta_operands<typename Pass::value>{q, k, qkv.of[2], rates.decay, rates.beta}, state);
    y = p.reshape(p.cont(y), by_token);
    const auto gate = kimi_delta_gate(p, m, i, x);
    y = norm(p, norm_kind::rms, tensor_name::ssm_norm, i, y, head);
    y = p.mul(y, p.unary(p.reshape(gate, by_token)));
    return linear(p, tensor_name::attn_output, i, p.cont(y, {size, p.tokens()}), size, m.hidden_size);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
