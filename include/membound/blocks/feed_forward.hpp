// Feed-forward blocks that every token runs through. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_FEED_FORWARD_HPP
#define MEMBOUND_BLOCKS_FEED_FORWARD_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

struct feed_forward_names {
    tensor_name gate;
    tensor_name up;
    tensor_name down;
};

// act(gate) * up, at once; or step by step, with both branches kept within limits, by cutting or by tanh.
template <class Pass>
constexpr auto joined_branches(Pass &p, const model &m, typename Pass::value gate, typename Pass::value up,
                               bool clamped) {
    if (m.family->situ) {
        const auto bounded = p.scale(p.unary(p.scale(gate)));
        if (m.bounded_branches) up = p.scale(p.unary(p.scale(up)));
        return p.mul(p.mul(bounded, p.unary(gate)), up);
    }
    return clamped ? p.mul(p.clamp(p.unary(gate)), p.clamp(up)) : p.glu(gate, up);
}

// A feed-forward block of `size` hidden numbers.
template <class Pass>
constexpr auto feed_forward(Pass &p, const model &m, int i, typename Pass::value x, feed_forward_form form,
                            const feed_forward_names &names, std::int64_t size) {
    const bool bias = m.mlp_bias;
    if (form == feed_forward_form::by_model) form = m.ffn;
    auto y = x;
    if (form == feed_forward_form::fused_gated) {
        y = p.glu_of_halves(linear(p, names.up, i, x, m.hidden_size, detail::multiply(2, size), bias));
    } else if (form == feed_forward_form::gated) {
        const auto up = linear(p, names.up, i, x, m.hidden_size, size, bias, m.weight_scales);
        const auto gate = linear(p, names.gate, i, x, m.hidden_size, size, bias, m.weight_scales);
        y = joined_branches(p, m, gate, up, m.layers[i].clamped_feed_forward);
    } else {
        y = p.unary(linear(p, names.up, i, x, m.hidden_size, size, bias));
        if (form == feed_forward_form::squared) y = p.sqr(y);
    }
    if (m.family->sub_norms) y = norm(p, m.family->norm, tensor_name::ffn_sub_norm, i, y, size);
    return linear(p, names.down, i, y, size, m.hidden_size, bias || m.mlp_output_bias, m.weight_scales);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
