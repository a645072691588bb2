// Embeddings of whole sequences, from the final hidden states of their tokens. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_EMBEDDINGS_HPP
#define MEMBOUND_BLOCKS_EMBEDDINGS_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// One hidden state a sequence: the mean of its tokens, or that of its first or last.
template <class Pass>
constexpr auto pooled(Pass &p, const model &m, typename Pass::value x) {
    const bool mean = m.pooling == pooling_kind::mean || (m.pooling == pooling_kind::rank && m.family->ranks_by_mean);
    if (m.pooling == pooling_kind::none) return x;
    return mean ? p.mul_mat(p.cont(p.permute(x, 0, 1)), p.mean_of_sequences()) : p.get_rows(x, p.row_of_sequences());
}

// What the classifier makes of it.
template <class Pass>
constexpr auto ranked(Pass &p, const model &m, typename Pass::value x) {
    const bool ranks = m.pooling == pooling_kind::rank;
    const classifier &c = m.ranks;
    const std::int64_t hidden = m.hidden_size;
    if (c.dense_size > 0) {
        auto y = p.unary(linear(p, tensor_name::cls, -1, x, hidden, c.dense_size, c.dense_bias));
        if (c.norm) y = norm(p, norm_kind::layer_without_bias, tensor_name::cls_norm, -1, y, hidden);
        if (ranks) x = y;
    }
    if (c.scores) {
        const auto y = linear(p, tensor_name::cls_output, -1, x, hidden, c.labels, c.scores_bias);
        if (ranks) x = y;
    }
    return ranks && m.family->ranks_by_probability ? p.soft_max(x) : x;
}

// All of it. Only where embeddings are asked for is it computed; the weights are loaded in any case.
template <class Pass>
constexpr void embeddings(Pass &p, const model &m, typename Pass::value hidden_states) {
    const std::int64_t hidden = m.hidden_size;
    auto x = ranked(p, m, pooled(p, m, hidden_states));
    if (m.pooled_dense_size > 0) 
        x = linear(p, tensor_name::dense_2, -1, x, hidden, m.pooled_dense_size, m.pooled_dense_bias);
    if (m.pooled_dense_input > 0) x = linear(p, tensor_name::dense_3, -1, x, m.pooled_dense_input, hidden);
    p.embeddings(x);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
