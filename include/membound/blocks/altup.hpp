// Alternating updates (AltUp): several hidden states a token, of which a layer computes one and predicts the others; and
// the learned augmented residual (Laurel). See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_ALTUP_HPP
#define MEMBOUND_BLOCKS_ALTUP_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

template <class Pass>
constexpr auto magnitude(Pass &p, typename Pass::value x) {
    return p.sqrt(p.sum_rows(p.sqr(x)));
}

// One of the states, the first of which is computed; and all others.
template <class Pass>
constexpr auto one_state(Pass &p, const model &m, typename Pass::value states) {
    return p.view(states, {m.hidden_size, p.tokens()}, m.hidden_size, detail::multiply(m.hidden_size, p.tokens()));
}
template <class Pass>
constexpr auto other_states(Pass &p, const model &m, typename Pass::value states) {
    return p.view(states, {m.hidden_size, p.tokens(), m.altup_states - 1}, m.hidden_size,
                  detail::multiply(m.hidden_size, p.tokens()));
}

// Projections of the computed state, or of the others, as large as the computed one.
template <class Pass>
constexpr auto projected_states(Pass &p, const model &m, tensor_name name, typename Pass::value x,
                                typename Pass::value like) {
    const auto target = magnitude(p, like);
    const auto y = p.mul_mat(p.weight(name, -1, {m.hidden_size, m.hidden_size, m.altup_states - 1}), x);
    const auto scaled = p.mul(y, target);
    return p.div(scaled, magnitude(p, y));
}

template <class Pass>
constexpr auto altup_begin(Pass &p, const model &m, typename Pass::value x) {
    const auto copies = p.repeat(x, {m.hidden_size, p.tokens(), m.altup_states - 1});
    const auto others = projected_states(p, m, tensor_name::altup_proj, copies, x);
    return p.concat(x, others, {m.hidden_size, p.tokens(), m.altup_states});
}

// Their mean.
template <class Pass>
constexpr auto altup_end(Pass &p, const model &m, typename Pass::value states) {
    const auto first = one_state(p, m, states);
    const auto others =
        projected_states(p, m, tensor_name::altup_unembd_proj, other_states(p, m, states), first);
    auto sum = one_state(p, m, states);
    for (std::int64_t n = 1; n < m.altup_states; ++n) sum = p.add(sum, one_state(p, m, others));
    return p.scale(sum);
}

// The router of a layer, which is read twice: the prediction's and the correction's weights are made of what it gives.
template <class Pass>
struct altup_router {
    typename Pass::value norm;
    typename Pass::value matrix;

    constexpr altup_router(Pass &p, const model &m, int i)
        : norm(p.weight(tensor_name::altup_router_norm, i, {m.hidden_size})),
          matrix(p.weight(tensor_name::altup_router, i, {m.hidden_size, m.altup_states})) {}
};

template <class Pass>
constexpr auto altup_modalities(Pass &p, const model &m, int i, typename Pass::value x, const altup_router<Pass> &router) {
    auto y = p.rms_norm(x, i);
    y = p.scale(p.mul(y, p.again(router.norm, {m.hidden_size})));
    return p.unary(p.mul_mat(p.again(router.matrix, {m.hidden_size, m.altup_states}), y));
}

template <class Pass>
constexpr auto altup_predict(Pass &p, const model &m, int i, typename Pass::value states,
                             const altup_router<Pass> &router) {
    const std::int64_t n = m.altup_states;
    const auto modalities = altup_modalities(p, m, i, one_state(p, m, states), router);
    auto weights = linear(p, tensor_name::altup_predict_coef, i, modalities, n, n * n);
    weights = p.reshape(weights, {n, n, p.tokens()});
    const auto mixed = p.mul_mat(p.cont(p.last_dimension_first(states)), weights);
    return p.add(p.cont(p.permute(mixed, 1, 2)), states);
}

template <class Pass>
constexpr auto altup_correct(Pass &p, const model &m, int i, typename Pass::value predicted, typename Pass::value x,
                             const altup_router<Pass> &router) {
    const std::int64_t n = m.altup_states;
    const auto modalities = altup_modalities(p, m, i, x, router);
    const auto change = p.sub(x, one_state(p, m, predicted));
    auto weights = p.scale(linear(p, tensor_name::altup_correct_coef, i, modalities, n, n));
    weights = p.cont(p.transpose(weights), {1, p.tokens(), n});
    return p.add(p.mul(p.repeat(change, {m.hidden_size, p.tokens(), n}), weights), predicted);
}

template <class Pass>
constexpr auto laurel(Pass &p, const model &m, int i, typename Pass::value x) {
    auto y = linear(p, tensor_name::laurel_l, i, x, m.hidden_size, m.laurel_rank);
    y = linear(p, tensor_name::laurel_r, i, y, m.laurel_rank, m.hidden_size);
    return p.add(norm(p, norm_kind::rms, tensor_name::laurel_post_norm, i, y, m.hidden_size), x);
}

// A gated feed-forward block, which may keep only the largest of its gates.
template <class Pass>
constexpr auto sparse_feed_forward(Pass &p, const model &m, int i, typename Pass::value x, std::int64_t size) {
    const auto up = linear(p, tensor_name::ffn_up, i, x, m.hidden_size, size);
    auto gate = linear(p, tensor_name::ffn_gate, i, x, m.hidden_size, size);
    if (m.layers[i].sparse_activation) {
        const auto mean = p.mean(gate);
        const auto deviation = p.sqrt(p.scale(p.sum_rows(p.sqr(p.sub(gate, mean)))));
        gate = p.unary(p.sub(gate, p.add(mean, p.scale(deviation))));
    }
    const auto y = p.mul(up, p.unary(gate));
    return linear(p, tensor_name::ffn_down, i, y, size, m.hidden_size);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
