// An embedding of n-grams: each token finds rows of a table by hashes of itself and those before it, and one layer adds what
// gates and a convolution make of them to its residual streams. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_NGRAM_EMBEDDING_HPP
#define MEMBOUND_BLOCKS_NGRAM_EMBEDDING_HPP

#include <membound/blocks/hyper_connections.hpp>
#include <membound/blocks/state_space.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The rows of all tokens.
template <class Pass>
constexpr auto ngram_rows(Pass &p, const model &m) {
    const ngram_embedding &of = m.ngrams;
    const auto table = p.weight(tensor_name::per_layer_token_embd, -1, {of.head_dim, of.rows});
    const auto rows = p.reshape(p.look_up(table, of.heads), {detail::multiply(of.head_dim, of.heads), p.tokens()});
    p.expand(rows);
    return rows;
}

template <class Pass>
constexpr auto add_ngrams(Pass &p, const model &m, int i, typename Pass::value streams, typename Pass::value rows) {
    using n = tensor_name;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t connections = m.hyper_connections;
    const std::int64_t all = detail::multiply(hidden, connections);
    const std::int64_t tokens = p.tokens();
    const std::int64_t sequences = p.sequences();
    const std::int64_t each = tokens / sequences;
    const std::int64_t seen = detail::multiply(m.ngrams.conv_kernel - 1, m.ngrams.tokens);
    const shape by_stream = {hidden, connections, tokens};

    const auto key = linear(p, n::ple_key, i, rows, hidden, all);
    const auto value = linear(p, n::ple_value, i, rows, hidden, hidden);
    const auto normed_key = norm_of_streams(p, m, n::ple_norm_key, i, p.reshape(key, by_stream));
    const auto query = norm_of_streams(p, m, n::ple_norm_query, i, p.reshape(streams, by_stream));
    const auto score = p.scale(p.sum_rows(p.mul(normed_key, query)));
    const auto root = p.sqrt(p.clamp(p.unary(score)));
    const auto gate = p.unary(p.mul(p.unary(score), root));
    const auto gated = p.mul(p.repeat(p.reshape(value, {hidden, 1, tokens}), by_stream), gate);
    auto x = norm_of_streams(p, m, n::ple_norm_conv, i, p.reshape(p.reshape(gated, {all, tokens}), by_stream));
    x = p.reshape(p.reshape(x, {all, tokens}), {all, each, sequences});

    const auto window = p.reshape(p.load_state(i, state_part::ngrams), {seen, all, sequences});
    const auto input = convolution_input(p, i, window, x, seen + 1, all, state_part::ngrams, true);
    const auto taps = p.weight_as_stored(n::ple_conv1d, i, {m.ngrams.conv_kernel, all});
    const std::int64_t length = detail::add(seen, each);
    auto sum = p.nothing();
    for (std::int64_t k = 0; k < m.ngrams.conv_kernel; ++k) {
        const auto shifted = p.cont(p.transpose(p.view(input, {each, all, sequences}, length, detail::multiply(length, all))));
        const auto term = p.mul(shifted, p.column_in_f32(taps));
        sum = k == 0 ? term : p.add(sum, term);
    }
    sum = p.reshape(p.cont(p.unary(sum)), by_stream);
    return p.add(streams, p.add(gated, sum));
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
