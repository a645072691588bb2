// The block that transformers of images and sounds are made of.
#ifndef MEMBOUND_NETWORKS_TRANSFORMER_HPP
#define MEMBOUND_NETWORKS_TRANSFORMER_HPP

#include <membound/network.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Queries of `x`, keys and values of `of`, and the matrix behind them; all but keys always have biases.
constexpr network::value attention_block(network &n, network::value x, network::value of, std::int64_t heads,
                                         bool key_bias = true) {
    const std::int64_t width = n[x].gives.channels;
    const auto q = n.linear(x, width), k = n.linear(of, width, key_bias), v = n.linear(of, width);
    return n.linear(n.attention(q, k, v, heads), width);
}

constexpr network::value feed_forward_block(network &n, network::value x, std::int64_t width) {
    return n.linear(n.activation(n.linear(x, width)), n[x].gives.channels);
}

// With the norms before: attention and a feed-forward block, each added to what it reads.
constexpr network::value transformer_block(network &n, network::value x, std::int64_t heads, std::int64_t width,
                                           bool key_bias = true) {
    auto normed = n.normalisation(x);
    x = n.addition(x, attention_block(n, normed, normed, heads, key_bias));
    return n.addition(x, feed_forward_block(n, n.normalisation(x), width));
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
