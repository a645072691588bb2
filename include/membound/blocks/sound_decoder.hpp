// The network that makes sound of tokens, from the first convolution to the features that a spectrum is made of. Its rows are
// channels, its columns frames. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_SOUND_DECODER_HPP
#define MEMBOUND_BLOCKS_SOUND_DECODER_HPP

#include <membound/blocks/embeddings.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

template <class Pass>
constexpr auto convolution(Pass &p, tensor_name name, int i, typename Pass::value x, const shape &kernel) {
    x = p.convolve(p.weight_as_stored(name, i, kernel), x);
    return p.add(x, p.weight(name, i, {1, kernel.ne[2]}, tensor_part::bias));
}

// The norm over groups of channels.
template <class Pass>
constexpr auto group_norm(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x) {
    const std::int64_t channels = m.sound.channels;
    x = p.norm(p.reshape(x, {p.tokens(), 1, channels}), -1);
    x = p.on_layer(0, p.reshape(x, {p.tokens(), channels}));
    x = p.mul(x, p.weight(name, i, {1, channels}));
    return p.add(x, p.weight(name, i, {1, channels}, tensor_part::bias));
}

template <class Pass>
constexpr auto posnet_residual(Pass &p, const model &m, int i, typename Pass::value input) {
    const shape kernel = {3, m.sound.channels, m.sound.channels};
    auto x = group_norm(p, m, tensor_name::posnet_norm1, i, input);
    x = convolution(p, tensor_name::posnet_conv1, i, p.mul(p.unary(x), x), kernel);
    x = group_norm(p, m, tensor_name::posnet_norm2, i, x);
    x = convolution(p, tensor_name::posnet_conv2, i, p.mul(p.unary(x), x), kernel);
    return p.add(x, input);
}

// One head, of all frames to each other.
template <class Pass>
constexpr auto posnet_attention(Pass &p, const model &m, int i, typename Pass::value input) {
    const shape kernel = {1, m.sound.channels, m.sound.channels};
    const auto x = group_norm(p, m, tensor_name::posnet_attn_norm, i, input);
    const auto q = p.cont(p.transpose(convolution(p, tensor_name::posnet_attn_q, i, x, kernel)));
    const auto k = p.cont(p.transpose(convolution(p, tensor_name::posnet_attn_k, i, x, kernel)));
    const auto v = convolution(p, tensor_name::posnet_attn_v, i, x, kernel);
    const auto y = p.mul_mat(p.soft_max(p.mul_mat(k, q)), v);
    return p.add(convolution(p, tensor_name::posnet_attn_output, i, y, kernel), input);
}

template <class Pass>
constexpr auto convnext_layer(Pass &p, const model &m, int i, typename Pass::value input) {
    const std::int64_t channels = m.sound.channels;
    auto x = p.convolve_channels(p.weight_as_stored(tensor_name::convnext_dw, i, {7, 1, channels}), input);
    x = p.add(x, p.weight(tensor_name::convnext_dw, i, {1, channels}, tensor_part::bias));
    x = norm(p, norm_kind::layer, tensor_name::convnext_norm, i, p.cont(p.transpose(x)), channels, tensor_part::weight, true);
    x = p.unary(linear(p, tensor_name::convnext_pw1, i, x, channels, m.intermediate_size, true));
    x = linear(p, tensor_name::convnext_pw2, i, x, m.intermediate_size, channels, true);
    x = p.mul(x, p.weight(tensor_name::convnext_gamma, i, {channels}));
    return p.add(p.cont(p.transpose(x)), input);
}

// All of it. What each layer gives is put into the graph at once, as it would come to stand there anyway.
template <class Pass>
constexpr void sound_decoder(Pass &p, const model &m) {
    const std::int64_t channels = m.sound.channels;
    auto x = p.embed(p.weight(tensor_name::token_embd, -1, {m.hidden_size, m.vocab_size}));
    x = convolution(p, tensor_name::conv1d, -1, p.cont(p.transpose(x)), {7, m.hidden_size, channels});
    for (int i = 0; i < m.sound.posnet_layers; ++i) {
        x = i == 2   ? posnet_attention(p, m, i, x)
            : i == 5 ? group_norm(p, m, tensor_name::posnet_attn_norm, i, x)
                     : posnet_residual(p, m, i, x);
        p.expand(x);
    }
    x = norm(p, norm_kind::layer, tensor_name::token_embd_norm, -1, p.cont(p.transpose(x)), channels);
    x = p.cont(p.transpose(x));
    for (int i = 0; i < m.sound.convnext_layers; ++i) {
        x = convnext_layer(p, m, i, x);
        p.expand(x);
    }
    x = norm(p, norm_kind::layer, tensor_name::output_norm, -1, p.cont(p.transpose(x)), channels);
    x = linear(p, tensor_name::output, -1, x, channels, m.embedding_size, true);
    p.hidden_state(x);
    p.expand(x);
    embeddings(p, m, x);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
