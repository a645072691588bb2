// Convolutions over the last few tokens of a sequence. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_SHORT_CONVOLUTION_HPP
#define MEMBOUND_BLOCKS_SHORT_CONVOLUTION_HPP

#include <membound/blocks/state_space.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The mixer of LFM2: a gated convolution of each channel by itself.
template <class Pass>
constexpr auto short_convolution(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t n = p.sequences();
    const shape each = {hidden, p.tokens() / n, n};

    const auto bcx = linear(p, tensor_name::shortconv_in_proj, i, p.reshape(x, each), hidden, detail::multiply(3, hidden));
    const auto b = p.columns(bcx, each);
    const auto c = p.columns(bcx, each);
    x = p.columns(bcx, each);
    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, hidden, n});
    const auto input = convolution_input(p, i, window, p.mul(b, x), kernel, hidden);
    const auto y = p.ssm_conv(input, p.weight(tensor_name::shortconv_conv, i, {kernel, hidden}), each);
    return p.reshape(linear(p, tensor_name::shortconv_out_proj, i, p.mul(c, y), hidden, hidden), {hidden, p.tokens()});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
