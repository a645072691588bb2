// Attention over the residual of earlier layers: each block reads a mix of the residual and of those that some layers
// kept, by scores of each token. See blocks.hpp. Source: llama.cpp v0.5.0, src/models/kimi-k3.cpp (res_push, res_mix).
#ifndef MEMBOUND_BLOCKS_ATTENDED_RESIDUALS_HPP
#define MEMBOUND_BLOCKS_ATTENDED_RESIDUALS_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// `kept` are `count` residuals of each token.
template <class Pass>
constexpr auto residuals_with(Pass &p, const model &m, typename Pass::value x, typename Pass::value kept,
                              std::int64_t count) {
    x = p.reshape(x, {m.hidden_size, 1, p.tokens()});
    return count == 0 ? x : p.growing(p.concat(kept, x, {m.hidden_size, count + 1, p.tokens()}), 1);
}

// One number for each row of `x`.
template <class Pass>
constexpr auto residual_scores(Pass &p, typename Pass::value x, typename Pass::value weights) {
    return p.sum_rows(p.mul(p.rms_norm(x, -1), weights));
}

template <class Pass>
constexpr auto mixed_residuals(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x,
                               typename Pass::value kept, std::int64_t count) {
    const std::int64_t tokens = p.tokens();
    const auto weights = p.weight(name, i, {m.hidden_size});
    if (count == 0) return x;
    auto scores = p.reshape(p.growing(residual_scores(p, kept, weights), 1), {count, tokens});
    scores = p.growing(p.concat(scores, residual_scores(p, x, weights), {count + 1, tokens}), 0);
    const auto shares = p.soft_max(scores);
    const auto of_kept = p.growing(p.cont(p.columns(shares, {count, tokens})), 0);
    const auto of_x = p.cont(p.columns(shares, {1, tokens}));
    const auto sum = p.sum_by_weight(kept, of_kept);
    return p.add(sum, p.mul(x, of_x));
}

template <class Pass>
constexpr auto attended_residuals_end(Pass &p, const model &m, typename Pass::value x, typename Pass::value kept) {
    if (m.residual_interval == 0) return x;
    const std::int64_t count = detail::divide_up(m.num_hidden_layers, m.residual_interval);
    return mixed_residuals(p, m, tensor_name::output_res_score, -1, x, kept, count);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
