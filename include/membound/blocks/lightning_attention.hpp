// Linear attention in which each head forgets at a rate of its own. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_LIGHTNING_ATTENTION_HPP
#define MEMBOUND_BLOCKS_LIGHTNING_ATTENTION_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The mixer of MiniMax-Text-01. The tokens of a pass attend to each other at once, and to those before through a state of
// one matrix a head.
template <class Pass>
constexpr auto lightning_attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t head = m.key_head_dim();
    const std::int64_t heads = m.ssm_time_step_rank;
    const std::int64_t size = detail::multiply(head, heads);
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;

    p.expand(p.load_state(i, state_part::convolution)); // is empty, and read all the same
    const auto slopes = p.scale(p.decay_input(0, {heads}));
    x = p.reshape(x, {hidden, each, 1, n});
    auto qkv = p.unary(linear(p, tensor_name::attn_qkv, i, x, hidden, detail::multiply(3, size)));
    qkv = p.reshape(qkv, {detail::multiply(3, head), heads, each, n});
    const shape part = {head, heads, each, n};
    const auto q = p.columns(qkv, part);
    const auto k = p.columns(qkv, part);
    const auto v = p.columns(qkv, part);
    const auto state = p.reshape(p.load_state(i, state_part::recurrent), {head, head, heads, n});

    const auto q_decay = p.unary(p.scale(p.decay_input(1, {1, heads, each, n})));
    const auto k_decay = p.unary(p.scale(p.decay_input(2, {1, heads, each, n})));
    const auto mask = p.unary(p.scale(p.decay_input(3, {each, each, heads, n})));
    const auto before = p.mul_mat(state, p.permute(p.mul(q, q_decay), 1, 2));
    auto scores = p.mul_mat(p.permute(k, 1, 2), p.permute(q, 1, 2));
    scores = p.mul(scores, mask);
    const auto values = p.cont(p.cycle(v));
    auto y = p.add(before, p.mul_mat(values, scores));
    p.expand(y);

    const auto block_decay = p.reshape(p.unary(p.scale(slopes)), {1, 1, heads});
    const auto kept = p.mul(state, block_decay);
    const auto keys = p.cont(p.cycle(p.mul(k, k_decay)));
    p.store_state(i, state_part::recurrent, p.add(kept, p.mul_mat(keys, values)));

    y = p.reshape(p.cont(p.permute(y, 1, 2)), {size, each, 1, n});
    y = norm(p, norm_kind::rms, tensor_name::attn_norm_2, i, y, size);
    y = p.mul(p.unary(linear(p, tensor_name::attn_gate, i, x, hidden, size)), y);
    y = linear(p, tensor_name::attn_output, i, y, size, hidden);
    return p.reshape(y, {hidden, p.tokens()});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
