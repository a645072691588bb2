// Mixtures of experts: feed-forward blocks of which each token uses a few. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_EXPERTS_HPP
#define MEMBOUND_BLOCKS_EXPERTS_HPP

#include <membound/blocks/feed_forward.hpp>
#include <membound/formats/ggml.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Experts of one kind in a layer, and how many of them each token uses.
struct expert_set {
    feed_forward_names names;
    std::int64_t count;
    std::int64_t used;
    std::int64_t size; // the width of one
};

template <class Pass>
constexpr typename Pass::value router_probabilities(Pass &p, const model &m, typename Pass::value logits) {
    switch (m.router) {
    case router_kind::softmax: return p.soft_max(logits);
    case router_kind::sigmoid: return p.unary(logits);
    case router_kind::root_of_softplus: return p.sqrt(p.unary(logits));
    case router_kind::softmax_of_chosen: break; // done later, by expert_weights()
    }
    return logits;
}

// Takes all experts out of the choice but those of the best groups. A group is as good as its best two experts together.
template <class Pass>
constexpr auto scores_of_best_groups(Pass &p, const model &m, typename Pass::value scores) {
    const std::int64_t tokens = p.tokens_of(scores);
    const std::int64_t groups = m.num_expert_groups;
    const std::int64_t each = m.num_experts / groups;
    const auto grouped = p.reshape(scores, {each, groups, tokens});
    const auto best_two = p.top_k(grouped, 2);
    auto sums = p.get_rows(p.reshape(grouped, {1, each, groups, tokens}), best_two);
    sums = p.sum_rows(p.reshape(sums, {2, groups, tokens}));
    const auto chosen = p.top_k(p.reshape(sums, {groups, tokens}), m.num_expert_groups_used);
    const auto kept = p.get_rows(grouped, chosen);
    return p.reshape(p.set_rows(p.fill(grouped), kept, chosen), {m.num_experts, tokens});
}

// The numbers of the experts that each token uses: those with the best scores, or those that a table has for the token.
template <class Pass>
constexpr auto chosen_experts(Pass &p, const model &m, int i, typename Pass::value logits, typename Pass::value probabilities,
                              const expert_set &set) {
    const std::int64_t all = m.num_experts;
    const bool by_token = m.layers[i].routed_by_token;
    auto scores = m.family->chosen_by_sigmoid ? p.unary(logits) : probabilities;
    if (m.family->experts_read_weighted) scores = logits;
    if (m.router_bias && !by_token) scores = p.add(scores, p.weight(tensor_name::exp_probs_b, i, {all}, m.family->router_bias));
    if (m.num_expert_groups > 1) scores = scores_of_best_groups(p, m, scores);
    if (m.image_router_bias) p.weight(tensor_name::exp_probs_b_vl, i, {all}, tensor_part::bias);
    auto chosen = by_token ? p.get_rows(p.weight_of_numbers(tensor_name::ffn_gate_tid2eid, i, {set.used, m.vocab_size}),
                                        p.token_numbers())
                           : p.top_k(scores, set.used);
    // If the set has fewer experts than the router knows, several of the router's stand for one of the set.
    if (set.count != all) chosen = p.cast(p.scale(p.cast(chosen, ggml_type::f32)), ggml_type::i32);
    return chosen;
}

// By how much the result of each chosen expert is multiplied.
template <class Pass>
constexpr auto expert_weights(Pass &p, const model &m, typename Pass::value probabilities, typename Pass::value chosen,
                              std::int64_t used) {
    const std::int64_t tokens = p.tokens_of(probabilities);
    auto weights = p.get_rows(p.reshape(probabilities, {1, m.num_experts, tokens}), chosen);
    if (m.router == router_kind::softmax_of_chosen)
        weights = p.reshape(p.soft_max(p.reshape(weights, {used, tokens})), {1, used, tokens});
    if (m.norm_topk_prob) {
        weights = p.reshape(weights, {used, tokens});
        weights = p.div(weights, p.clamp(p.sum_rows(weights)));
        weights = p.reshape(weights, {1, used, tokens});
    }
    return m.scaled_expert_weights ? p.scale(weights) : weights;
}

// What the chosen experts make of `x`, which has a row for each token, or one for each of its experts.
template <class Pass>
constexpr auto results_of_experts(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value chosen,
                                  std::int64_t tokens, const expert_set &set) {
    const std::int64_t hidden = m.moe_latent_size > 0 ? m.moe_latent_size : m.hidden_size;
    const std::int64_t size = set.size;
    const auto matrix = [&](tensor_name name, auto from, std::int64_t in, std::int64_t out) {
        auto y = p.mul_mat_id(p.weight(name, i, {in, out, set.count}), from, chosen);
        if (m.expert_bias) y = p.add_id(y, p.weight(name, i, {out, set.count}, tensor_part::bias), chosen);
        return y;
    };
    auto y = x;
    if (m.fused_experts) {
        const auto both = matrix(tensor_name::ffn_gate_up_exps, x, hidden, detail::multiply(2, size));
        const auto gate = p.columns(both, {size, set.used, tokens});
        y = p.glu(gate, p.columns(both, {size, set.used, tokens}));
    } else {
        const auto up = matrix(set.names.up, x, hidden, size);
        if (m.family->ffn == feed_forward_form::plain || m.ungated_experts)
            y = p.unary(up);
        else if (m.family->ffn == feed_forward_form::squared)
            y = p.sqr(p.unary(up));
        else
            y = joined_branches(p, m, matrix(set.names.gate, x, hidden, size), up, m.layers[i].clamped_experts);
    }
    y = matrix(set.names.down, y, size, hidden);
    if (m.expert_scale) {
        auto scales = p.reshape(p.weight(set.names.down, i, {set.count}, tensor_part::scale), {1, set.count, 1});
        scales = p.get_rows(p.repeat(scales, {1, set.count, tokens}), chosen);
        y = p.mul(y, scales);
    }
    return y;
}

// Each token uses the best few of a set by the router's logits, and their results are added up by weight.
template <class Pass>
constexpr auto routed_experts(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value logits,
                              const expert_set &set) {
    const std::int64_t used = set.used;
    const std::int64_t hidden = m.moe_latent_size > 0 ? m.moe_latent_size : m.hidden_size;
    const std::int64_t tokens = p.tokens_of(x);

    const auto probabilities = router_probabilities(p, m, logits);
    const auto chosen = chosen_experts(p, m, i, logits, probabilities, set);
    const auto weights = expert_weights(p, m, probabilities, chosen, used);
    p.expand(weights);

    auto routed = p.reshape(x, {hidden, 1, tokens});
    if (m.family->experts_read_weighted) routed = p.mul(p.repeat(routed, {hidden, used, tokens}), weights);
    auto y = results_of_experts(p, m, i, routed, chosen, tokens, set);
    if (m.family->unrounded_experts) p.keep_precision(y);
    if (!m.family->experts_read_weighted) y = p.mul(y, weights);
    p.expand(y);
    return p.sum_of_experts(y, {hidden, tokens}, used);
}

template <class Pass>
constexpr auto router_logits(Pass &p, const model &m, int i, typename Pass::value x) {
    return linear(p, tensor_name::ffn_gate_inp, i, x, m.hidden_size, m.num_experts, m.expert_bias);
}

// `logits` are the router's, of the same tokens as `x`.
template <class Pass>
constexpr auto experts(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value logits) {
    const expert_set own = {{tensor_name::ffn_gate_exps, tensor_name::ffn_up_exps, tensor_name::ffn_down_exps},
                            m.num_experts, m.num_experts_per_tok, m.moe_intermediate_size};
    if (m.moe_latent_size > 0) {
        const auto latent = linear(p, m.family->latent_down, i, x, m.hidden_size, m.moe_latent_size);
        auto y = routed_experts(p, m, i, latent, logits, own);
        if (m.latent_expert_norm) y = norm(p, m.family->norm, tensor_name::ffn_routed_norm, i, y, m.moe_latent_size);
        return linear(p, m.family->latent_up, i, y, m.moe_latent_size, m.hidden_size);
    }
    const auto y = routed_experts(p, m, i, x, logits, own);
    if (m.num_chunk_experts == 0) return y;

    // Smaller experts, each of which belongs to several of the others, read the result of those (Grove MoE).
    const expert_set chunks = {{tensor_name::ffn_gate_chexps, tensor_name::ffn_up_chexps, tensor_name::ffn_down_chexps},
                               m.num_chunk_experts, m.num_experts_per_tok, m.chunk_expert_intermediate_size};
    return p.add(y, p.scale(routed_experts(p, m, i, y, logits, chunks)));
}

// The experts that every token uses, as one block beside the routed ones.
template <class Pass>
constexpr auto shared_expert(Pass &p, const model &m, int i, typename Pass::value x) {
    auto gate = p.nothing();
    const expert_gate kind = m.family->shared_expert_gate;
    if (kind != expert_gate::none) {
        const auto logit = p.mul_mat(p.weight(tensor_name::ffn_gate_inp_shexp, i, {m.hidden_size}), x);
        gate = p.unary(logit);
        if (kind == expert_gate::sigmoid_by_division) gate = p.div(gate, logit);
    }
    const feed_forward_names names{tensor_name::ffn_gate_shexp, tensor_name::ffn_up_shexp, tensor_name::ffn_down_shexp};
    const auto y = feed_forward(p, m, i, x, m.family->shared_expert, names, m.shared_expert_intermediate_size);
    return kind != expert_gate::none ? p.mul(y, gate) : y;
}

// An activation alone. Files may have tensors of experts for such a layer, which are loaded but not used.
template <class Pass>
constexpr auto activation(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t size = m.moe_intermediate_size;
    const std::int64_t shared = m.shared_expert_intermediate_size;
    if (m.idle != idle_experts::none) p.weight(tensor_name::ffn_gate_exps, i, {hidden, size, m.num_experts});
    if (m.idle == idle_experts::all) {
        p.weight(tensor_name::ffn_gate_inp, i, {hidden, m.num_experts});
        if (m.router_bias) p.weight(tensor_name::exp_probs_b, i, {m.num_experts}, m.family->router_bias);
        p.weight(tensor_name::ffn_up_exps, i, {hidden, size, m.num_experts});
        p.weight(tensor_name::ffn_down_exps, i, {size, hidden, m.num_experts});
        if (shared > 0) {
            p.weight(tensor_name::ffn_gate_shexp, i, {hidden, shared});
            p.weight(tensor_name::ffn_up_shexp, i, {hidden, shared});
            p.weight(tensor_name::ffn_down_shexp, i, {shared, hidden});
        }
    }
    return p.unary(x);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
