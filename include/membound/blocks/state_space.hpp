// Selective state spaces (Mamba): each sequence has a state that every token changes. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_STATE_SPACE_HPP
#define MEMBOUND_BLOCKS_STATE_SPACE_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The last tokens of each sequence and then the new ones, channel by channel; the last of them are kept, in some families by
// way of a copy.
template <class Pass>
constexpr auto convolution_input(Pass &p, int i, typename Pass::value window, typename Pass::value x,
                                 std::int64_t kernel, std::int64_t channels, state_part part = state_part::convolution,
                                 bool copies = false) {
    const std::int64_t sequences = p.sequences();
    const std::int64_t length = detail::add(kernel - 1, p.tokens() / sequences);
    const auto joined = p.concat(window, p.transpose(x), {length, channels, sequences});
    const auto last = p.view(joined, {kernel - 1, channels, sequences}, length, detail::multiply(length, channels));
    p.store_state(i, part, copies ? p.cont(last) : last);
    return joined;
}

// A convolution over the last few tokens of each channel.
template <class Pass>
constexpr auto convolution(Pass &p, tensor_name name, int i, typename Pass::value joined, std::int64_t kernel,
                           std::int64_t channels, bool bias) {
    auto x = p.ssm_conv(joined, p.weight(name, i, {kernel, channels}),
                        {channels, p.tokens() / p.sequences(), p.sequences()});
    if (bias) x = p.add(x, p.weight(name, i, {channels}, tensor_part::bias));
    return p.unary(x);
}

template <class Pass>
constexpr auto ssm_norm(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x, std::int64_t size) {
    if (m.ssm_norms == ssm_norm_kind::weightless) return p.rms_norm(x, -1);
    return norm(p, norm_kind::rms, name, i, x, size, m.family->bare_post_norms ? tensor_part::bare : tensor_part::weight);
}

// Mamba: a state of `ssm_state_size` numbers for each channel.
template <class Pass>
constexpr auto mamba(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t sequences = p.sequences();
    const std::int64_t each = p.tokens() / sequences; // tokens of a sequence
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t inner = m.ssm_inner_size;
    const std::int64_t size = m.ssm_state_size;
    const std::int64_t rank = m.ssm_time_step_rank;

    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, inner, sequences});
    x = p.reshape(x, {m.hidden_size, each, sequences});
    const std::int64_t both = detail::multiply(2, inner);
    const auto xz = p.mul_mat(p.weight(tensor_name::ssm_in, i, {m.hidden_size, both}), x);
    const shape channels = {inner, each, sequences};
    x = p.view(xz, channels, both, detail::multiply(both, each));
    const auto z = p.view(xz, channels, both, detail::multiply(both, each));
    x = convolution(p, tensor_name::ssm_conv1d, i, convolution_input(p, i, window, x, kernel, inner), kernel, inner, true);

    const std::int64_t row = detail::add(rank, detail::multiply(2, size));
    const auto projected = p.mul_mat(p.weight(tensor_name::ssm_x, i, {inner, row}), x);
    const std::int64_t rows = detail::multiply(row, each);
    auto dt = p.view(projected, {rank, each, sequences}, row, rows);
    auto b = p.view(projected, {size, 1, each, sequences}, size, row, rows);
    auto c = p.view(projected, {size, 1, each, sequences}, size, row, rows);
    if (m.ssm_norms == ssm_norm_kind::none) {
        dt = p.cont(dt);
    } else {
        dt = ssm_norm(p, m, tensor_name::ssm_dt_norm, i, dt, rank);
        b = ssm_norm(p, m, tensor_name::ssm_b_norm, i, b, size);
        c = ssm_norm(p, m, tensor_name::ssm_c_norm, i, c, size);
    }
    dt = linear(p, tensor_name::ssm_dt, i, dt, rank, inner, true);

    const auto a = p.weight(tensor_name::ssm_a, i, {size, inner}, tensor_part::bare);
    const auto scanned = p.scan_state(i, {size, 1, inner}, p.reshape(x, {1, inner, each, sequences}), dt, a, b, c);
    auto y = p.view(scanned, channels, inner, detail::multiply(inner, each));
    y = p.add(y, p.mul(x, p.weight(tensor_name::ssm_d, i, {inner}, tensor_part::bare)));
    y = p.glu(p.cont(z), y);
    y = p.mul_mat(p.weight(tensor_name::ssm_out, i, {inner, m.hidden_size}), y);
    return p.reshape(y, {m.hidden_size, p.tokens()});
}

// Mamba 2: a state for each head, with B and C for each group of heads.
template <class Pass>
constexpr auto mamba_2(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t sequences = p.sequences();
    const std::int64_t each = p.tokens() / sequences;
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t inner = m.ssm_inner_size;
    const std::int64_t size = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t head = inner / heads;
    const std::int64_t groups = m.ssm_group_count;
    const std::int64_t channels = detail::add(inner, detail::multiply(2, detail::multiply(groups, size)));
    const std::int64_t row = detail::add(detail::add(inner, channels), heads);
    const std::int64_t rows = detail::multiply(row, each);

    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, channels, sequences});
    auto all = p.mul_mat(p.weight(tensor_name::ssm_in, i, {m.hidden_size, row}), x);
    all = p.reshape(all, {row, each, sequences});
    const shape per_head = {head, heads, each, sequences};
    const auto z = p.view(all, per_head, head, row, rows);
    auto xbc = p.view(all, {channels, each, sequences}, row, rows);
    auto dt = p.view(all, {heads, each, sequences}, row, rows);
    xbc = convolution(p, tensor_name::ssm_conv1d, i, convolution_input(p, i, window, xbc, kernel, channels), kernel,
                      channels, true);

    const std::int64_t wide = detail::multiply(channels, each);
    x = p.view(xbc, per_head, head, channels, wide);
    const auto b = p.view(xbc, {size, groups, each, sequences}, size, channels, wide);
    const auto c = p.view(xbc, {size, groups, each, sequences}, size, channels, wide);
    dt = p.cont(dt);
    dt = p.add(dt, p.weight(tensor_name::ssm_dt, i, {heads}, tensor_part::bias));

    const auto a = p.weight(tensor_name::ssm_a, i, {1, heads}, tensor_part::bare);
    const auto scanned = p.scan_state(i, {size, head, heads}, x, dt, a, b, c);
    auto y = p.view(scanned, per_head, head, inner, detail::multiply(inner, each));
    y = p.add(y, p.mul(x, p.weight(tensor_name::ssm_d, i, {1, heads}, tensor_part::bare)));
    y = p.glu(p.cont(z), y);
    if (m.ssm_output_norm) {
        y = p.reshape(y, {inner / groups, groups, each, sequences});
        y = p.rms_norm(y, i);
        y = p.mul(y, p.weight(tensor_name::ssm_norm, i, {inner / groups, groups}));
    }
    y = p.reshape(y, {inner, p.tokens()});
    return p.mul_mat(p.weight(tensor_name::ssm_out, i, {inner, m.hidden_size}), y);
}

// PLaMo 2: the projections of Mamba, with all heads' z and x side by side, and the scan of Mamba 2 with one group.
template <class Pass>
constexpr auto plamo_2(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t sequences = p.sequences();
    const std::int64_t each = p.tokens() / sequences;
    const std::int64_t kernel = m.ssm_conv_kernel;
    const std::int64_t inner = m.ssm_inner_size;
    const std::int64_t size = m.ssm_state_size;
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t head = inner / heads;
    const std::int64_t rank = detail::max<std::int64_t>(64, m.hidden_size / 16); // of the time step
    const std::int64_t both = detail::multiply(2, inner);

    const auto window = p.reshape(p.load_state(i, state_part::convolution), {kernel - 1, inner, sequences});
    x = p.reshape(x, {m.hidden_size, each, sequences});
    auto zx = p.mul_mat(p.weight(tensor_name::ssm_in, i, {m.hidden_size, both}), x);
    zx = p.cont_as(p.permute(zx, 1, 2), {detail::multiply(2, head), heads, each, sequences});
    const shape per_head = {head, heads, each, sequences};
    const std::int64_t wide = detail::multiply(both, each);
    x = p.cont_as(p.view(zx, per_head, 2 * head, both, wide), {inner, each, sequences});
    const auto z = p.view(zx, per_head, 2 * head, both, wide);
    x = convolution(p, tensor_name::ssm_conv1d, i, convolution_input(p, i, window, x, kernel, inner), kernel, inner, false);

    const std::int64_t row = detail::add(rank, detail::multiply(2, size));
    const std::int64_t rows = detail::multiply(row, each);
    const auto projected = p.mul_mat(p.weight(tensor_name::ssm_x, i, {inner, row}), x);
    const shape vector = {size, each, sequences};
    const auto b = ssm_norm(p, m, tensor_name::ssm_b_norm, i, p.view(projected, vector, row, rows), size);
    const auto c = ssm_norm(p, m, tensor_name::ssm_c_norm, i, p.view(projected, vector, row, rows), size);
    auto dt = ssm_norm(p, m, tensor_name::ssm_dt_norm, i, p.view(projected, {rank, each, sequences}, row, rows), rank);
    dt = linear(p, tensor_name::ssm_dt, i, dt, rank, heads, true);

    const auto a = p.reshape(p.weight(tensor_name::ssm_a, i, {heads}, tensor_part::bare), {1, heads});
    const std::int64_t flat = detail::multiply(inner, each);
    x = p.view(x, per_head, head, inner, flat);
    const shape one_group = {size, 1, each, sequences};
    const std::int64_t vectors = detail::multiply(size, each);
    const auto scanned = p.scan_state(i, {size, head, heads}, x, dt, a, p.view(b, one_group, size, size, vectors),
                                      p.view(c, one_group, size, size, vectors));
    auto y = p.view(scanned, per_head, head, inner, flat);
    const auto d = p.reshape(p.weight(tensor_name::ssm_d, i, {heads}, tensor_part::bare), {1, heads});
    y = p.add(y, p.mul(x, d));
    y = p.glu(p.cont(z), y);
    y = p.view(y, {inner, each, sequences}, inner, flat);
    y = p.mul_mat(p.weight(tensor_name::ssm_out, i, {inner, m.hidden_size}), y);
    return p.reshape(y, {m.hidden_size, p.tokens()});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
