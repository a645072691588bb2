// Hyper-connections: several residual streams a token, of which each block reads a weighted sum, and to each of which it
// adds its result by weight. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_HYPER_CONNECTIONS_HPP
#define MEMBOUND_BLOCKS_HYPER_CONNECTIONS_HPP

#include <membound/blocks/linear.hpp>
#include <membound/formats/ggml.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

struct hyper_connection_names {
    tensor_name matrix;
    tensor_name scale;
    tensor_name base;
};

// What a block reads, and the weights by which its result is added.
template <class Value>
struct hyper_connected {
    Value input{};
    Value weights{};
    Value mix{}; // by which the streams themselves are mixed
};

template <class Pass>
constexpr auto hyper_connections_begin(Pass &p, const model &m, typename Pass::value x) {
    return p.repeat(p.reshape(x, {m.hidden_size, 1, p.tokens()}), {m.hidden_size, m.hyper_connections, p.tokens()});
}

// One of the streams.
template <class Pass>
constexpr auto residual_stream(Pass &p, const model &m, typename Pass::value streams, std::int64_t tokens) {
    const std::int64_t row = detail::multiply(m.hidden_size, m.hyper_connections);
    return p.view(streams, {m.hidden_size, tokens}, row, detail::multiply(row, tokens));
}
template <class Pass>
constexpr auto stream_weight(Pass &p, const model &m, typename Pass::value weights, std::int64_t tokens) {
    return p.view(weights, {1, tokens}, m.hyper_connections, detail::multiply(m.hyper_connections, tokens));
}

// `count` numbers for each token, computed of all streams together.
template <class Pass>
constexpr auto stream_mixes(Pass &p, const model &m, tensor_name name, int i, typename Pass::value streams,
                            std::int64_t count, std::int64_t tokens) {
    const std::int64_t row = detail::multiply(m.hidden_size, m.hyper_connections);
    const auto x = p.rms_norm(p.reshape(streams, {row, tokens}), -1);
    return p.mul_mat(p.weight(name, i, {row, count}), x);
}

// Step by step.
template <class Pass>
constexpr auto plain_sum_of_streams(Pass &p, const model &m, typename Pass::value streams, typename Pass::value weights,
                                    std::int64_t tokens) {
    auto sum = p.mul(residual_stream(p, m, streams, tokens), stream_weight(p, m, weights, tokens));
    for (std::int64_t n = 1; n < m.hyper_connections; ++n)
        sum = p.add(sum, p.mul(residual_stream(p, m, streams, tokens), stream_weight(p, m, weights, tokens)));
    return sum;
}

template <class Pass>
constexpr auto sum_of_streams(Pass &p, const model &m, typename Pass::value streams, typename Pass::value weights,
                              std::int64_t tokens) {
    streams = p.cast(streams, ggml_type::f32);
    return p.cast(plain_sum_of_streams(p, m, streams, weights, tokens), ggml_type::f32);
}

template <class Pass>
constexpr auto hyper_connect(Pass &p, const model &m, int i, typename Pass::value streams,
                             const hyper_connection_names &names) {
    const std::int64_t n = m.hyper_connections;
    const std::int64_t tokens = p.tokens();
    const auto mixes = stream_mixes(p, m, names.matrix, i, streams, 2 * n, tokens);
    const auto scales = p.weight(names.scale, i, {2});
    const auto read_scale = p.view(scales, {1}, 1, 1);
    const auto written_scale = p.view(scales, {1}, 1, 1);
    const auto bases = p.weight(names.base, i, {2 * n});
    const auto read_base = p.view(bases, {n}, n, n);
    const auto written_base = p.view(bases, {n}, n, n);
    auto read = p.add(p.mul(p.columns(mixes, {n, tokens}), read_scale), read_base);
    read = p.scale(p.unary(read));
    auto written = p.add(p.mul(p.columns(mixes, {n, tokens}), written_scale), written_base);
    written = p.scale(p.scale(p.unary(written)));
    return hyper_connected<typename Pass::value>{sum_of_streams(p, m, streams, read, tokens), written, {}};
}

// A matrix of positive numbers whose rows and columns sum to one, of each token (Sinkhorn and Knopp). Each iteration ends
// with the same tensors in memory as the one before: a few stand for all.
template <class Pass>
constexpr auto doubly_stochastic(Pass &p, const model &m, typename Pass::value x) {
    x = p.soft_max(x);
    const auto least = p.filled({1});
    x = p.add(x, least);
    const std::int64_t shown = detail::min<std::int64_t>(m.sinkhorn_iterations, 4);
    for (std::int64_t n = 0; n < shown; ++n) {
        if (n > 0) x = p.div(x, p.add(p.sum_rows(x), least));
        const auto columns = p.add(p.sum_rows(p.cont(p.permute(x, 0, 1))), least);
        x = p.div(x, p.permute(columns, 0, 1));
    }
    return x;
}

// As above, with a matrix that mixes the streams with each other: src/models/deepseek4.cpp (build_hc_pre).
template <class Pass>
constexpr auto hyper_connect_mixed(Pass &p, const model &m, int i, typename Pass::value streams,
                                   const hyper_connection_names &names) {
    const std::int64_t n = m.hyper_connections;
    const std::int64_t tokens = p.tokens();
    const std::int64_t count = detail::multiply(n, n + 2);
    const auto mixes = stream_mixes(p, m, names.matrix, i, streams, count, tokens);
    const auto scales = p.weight(names.scale, i, {3});
    const auto bases = p.weight(names.base, i, {count});
    const auto part = [&](std::int64_t size) {
        const auto scaled = p.mul(p.columns(mixes, {size, tokens}), p.view(scales, {1}, 1, 1));
        return p.add(scaled, p.view(bases, {size}, size, size));
    };
    const auto read = p.scale(p.unary(part(n)));
    const auto written = p.scale(p.unary(part(n)));
    const auto mix = p.fuses(stream_kernel::mix) ? p.mix_of_streams(mixes, scales, bases, n)
                                                 : doubly_stochastic(p, m, p.reshape(part(n * n), {n, n, tokens}));
    const auto input = p.fuses(stream_kernel::sum) ? p.sum_by_weight(streams, read)
                                                   : plain_sum_of_streams(p, m, streams, read, tokens);
    return hyper_connected<typename Pass::value>{input, written, mix};
}

// The mixed streams with the result of a block in each.
template <class Pass>
constexpr auto mixed_and_distributed(Pass &p, const model &m, typename Pass::value streams, typename Pass::value x,
                                     const hyper_connected<typename Pass::value> &by) {
    const std::int64_t tokens = p.tokens();
    const std::int64_t count = m.hyper_connections;
    if (p.fuses(stream_kernel::distribution)) return p.distribute(x, streams, by.weights, by.mix);
    auto all = p.nothing();
    for (std::int64_t n = 0; n < count; ++n) {
        auto y = p.mul(x, stream_weight(p, m, by.weights, tokens));
        for (std::int64_t from = 0; from < count; ++from) {
            const auto share = p.view(by.mix, {1, tokens}, count * count, detail::multiply(count * count, tokens));
            y = p.add(y, p.mul(residual_stream(p, m, streams, tokens), share));
        }
        y = p.reshape(y, {m.hidden_size, 1, tokens});
        all = n == 0 ? y : p.concat(all, y, {m.hidden_size, n + 1, tokens});
    }
    return all;
}

// The streams with the result of a block in each.
template <class Pass>
constexpr auto distributed(Pass &p, const model &m, typename Pass::value streams, typename Pass::value x,
                           typename Pass::value weights) {
    const std::int64_t tokens = p.tokens();
    x = p.cast(x, ggml_type::f32);
    weights = p.cast(weights, ggml_type::f32);
    streams = p.cast(streams, ggml_type::f32);
    auto all = p.nothing();
    for (std::int64_t n = 0; n < m.hyper_connections; ++n) {
        auto y = p.mul(x, stream_weight(p, m, weights, tokens));
        y = p.reshape(p.add(residual_stream(p, m, streams, tokens), y), {m.hidden_size, 1, tokens});
        all = n == 0 ? y : p.concat(all, y, {m.hidden_size, n + 1, tokens});
    }
    return p.cast(all, ggml_type::f32);
}

// One state of all streams, of the tokens with output.
template <class Pass>
constexpr auto hyper_connections_end(Pass &p, const model &m, typename Pass::value streams) {
    const std::int64_t n = m.hyper_connections;
    streams = p.pick_outputs(p.reshape(streams, {detail::multiply(m.hidden_size, n), p.tokens()}));
    const std::int64_t tokens = p.tokens_of(streams);
    streams = p.reshape(streams, {m.hidden_size, n, tokens});
    const auto mixes = stream_mixes(p, m, tensor_name::hc_head_fn, -1, streams, n, tokens);
    auto weights = p.mul(mixes, p.weight(tensor_name::hc_head_scale, -1, {1}));
    weights = p.add(weights, p.weight(tensor_name::hc_head_base, -1, {n}));
    weights = p.scale(p.unary(weights));
    return m.family->mixed_streams ? plain_sum_of_streams(p, m, streams, weights, tokens)
                                   : sum_of_streams(p, m, streams, weights, tokens);
}

// Hyper-connections whose streams are mixed number by number, by gates of low rank (Qwen 4).
struct gated_mix_names {
    tensor_name norm;
    tensor_name down;
    tensor_name up;
    tensor_name inject; // `other`: none
};

// A norm over each stream, with weights of its own.
template <class Pass>
constexpr auto norm_of_streams(Pass &p, const model &m, tensor_name name, int i, typename Pass::value streams) {
    const auto weights = p.weight(name, i, {detail::multiply(m.hidden_size, m.hyper_connections)});
    return p.mul(p.rms_norm(streams, -1), p.again(weights, {m.hidden_size, m.hyper_connections}));
}

template <class Pass>
constexpr auto gated_mix(Pass &p, const model &m, int i, typename Pass::value streams, std::int64_t tokens,
                         const gated_mix_names &names) {
    const std::int64_t n = m.hyper_connections;
    const std::int64_t all = detail::multiply(m.hidden_size, n);
    const shape by_stream = {m.hidden_size, n, tokens};
    const auto x = p.reshape(norm_of_streams(p, m, names.norm, i, streams), {all, tokens});
    auto gate = p.unary(p.scale(linear(p, names.down, i, x, all, m.hyper_connection_rank)));
    gate = linear(p, names.up, i, gate, m.hyper_connection_rank, all);
    hyper_connected<typename Pass::value> mixed;
    if (i >= 0 && p.fuses(stream_kernel::sum)) {
        mixed.input = p.sum_by_weight(p.reshape(x, by_stream), p.reshape(gate, by_stream));
    } else {
        const auto gated = p.reshape(p.mul(x, p.unary(gate)), by_stream);
        auto sum = p.cont(residual_stream(p, m, gated, tokens));
        for (std::int64_t k = 1; k < n; ++k) sum = p.add(sum, residual_stream(p, m, gated, tokens));
        mixed.input = p.scale(sum);
    }
    if (names.inject != tensor_name::other) mixed.weights = linear(p, names.inject, i, x, all, n);
    return mixed;
}

// The streams with the result of a block in each, by weight.
template <class Pass>
constexpr auto gated_combine(Pass &p, const model &m, typename Pass::value streams, typename Pass::value x,
                             typename Pass::value weights, std::int64_t tokens) {
    weights = p.scale(p.unary(p.scale(weights)));
    if (p.fuses(stream_kernel::distribution)) return p.distribute(x, streams, weights, p.nothing());
    weights = p.reshape(weights, {1, m.hyper_connections, tokens});
    const auto repeated = p.repeat(p.reshape(x, {m.hidden_size, 1, tokens}), {m.hidden_size, m.hyper_connections, tokens});
    return p.add(streams, p.mul(repeated, weights));
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
