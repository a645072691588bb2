// Feed-forward blocks of which each token runs through some. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_EXPERTS_HPP
#define MEMBOUND_BLOCKS_EXPERTS_HPP

#include <membound/blocks/feed_forward.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Routed experts: each token runs through the best few, and their results are added by weight.
template <class Pass>
constexpr auto experts(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t all = m.num_experts;
    const std::int64_t used = m.num_experts_per_tok;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t size = m.moe_intermediate_size;
    const std::int64_t tokens = p.tokens_of(x);
    const bool bias = m.expert_bias;

    const auto logits = linear(p, tensor_name::ffn_gate_inp, i, x, hidden, all, bias);
    auto probabilities = logits;
    if (m.router == router_kind::softmax) probabilities = p.soft_max(logits);
    if (m.router == router_kind::sigmoid) probabilities = p.unary(logits);

    auto scores = probabilities;
    if (m.router_bias) scores = p.add(scores, p.weight(tensor_name::exp_probs_b, i, {all}, tensor_part::bias));
    if (m.num_expert_groups > 1) {
        const std::int64_t groups = m.num_expert_groups;
        const std::int64_t each = all / groups;
        const auto grouped = p.reshape(scores, {each, groups, tokens});
        const auto best_two = p.top_k(grouped, 2);
        auto sums = p.get_rows(p.reshape(grouped, {1, each, groups, tokens}), best_two);
        sums = p.sum_rows(p.reshape(sums, {2, groups, tokens}));
        const auto chosen = p.top_k(p.reshape(sums, {groups, tokens}), m.num_expert_groups_used);
        const auto kept = p.get_rows(grouped, chosen);
        scores = p.reshape(p.set_rows(p.fill(grouped), kept, chosen), {all, tokens});
    }
    const auto chosen = p.top_k(scores, used);

    auto weights = p.get_rows(p.reshape(probabilities, {1, all, tokens}), chosen);
    if (m.router == router_kind::softmax_of_chosen)
        weights = p.reshape(p.soft_max(p.reshape(weights, {used, tokens})), {1, used, tokens});
    if (m.norm_topk_prob) {
        weights = p.reshape(weights, {used, tokens});
        weights = p.div(weights, p.clamp(p.sum_rows(weights)));
        weights = p.reshape(weights, {1, used, tokens});
    }
    if (m.scaled_expert_weights) weights = p.scale(weights);
    p.expand(weights);

    const auto routed = p.reshape(x, {hidden, 1, tokens});
    const auto matrix = [&](tensor_name name, auto from, std::int64_t in, std::int64_t out) {
        auto y = p.mul_mat_id(p.weight(name, i, {in, out, all}), from, chosen);
        if (bias) y = p.add_id(y, p.weight(name, i, {out, all}, tensor_part::bias), chosen);
        return y;
    };
    const auto up = matrix(tensor_name::ffn_up_exps, routed, hidden, size);
    auto y = up;
    if (m.family->ffn == feed_forward_form::plain)
        y = p.unary(up);
    else
        y = p.glu(matrix(tensor_name::ffn_gate_exps, routed, hidden, size), up);
    y = matrix(tensor_name::ffn_down_exps, y, size, hidden);
    y = p.mul(y, weights);
    p.expand(y);
    return p.sum_of_experts(y, {hidden, tokens}, used);
}

// The experts that every token runs through, as one block beside the routed ones.
template <class Pass>
constexpr auto shared_expert(Pass &p, const model &m, int i, typename Pass::value x) {
    auto gate = p.nothing();
    if (m.family->gated_shared_expert) {
        const auto logit = p.mul_mat(p.weight(tensor_name::ffn_gate_inp_shexp, i, {m.hidden_size}), x);
        gate = p.div(p.unary(logit), logit); // a sigmoid, as silu(x) / x
    }
    const feed_forward_names names{tensor_name::ffn_gate_shexp, tensor_name::ffn_up_shexp, tensor_name::ffn_down_shexp};
    const auto y = feed_forward(p, m, i, x, m.family->shared_expert, names, m.shared_expert_intermediate_size);
    return m.family->gated_shared_expert ? p.mul(y, gate) : y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
