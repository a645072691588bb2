// The walk over a model: its forward pass, block by block, told to a pass (see blocks.hpp).
#ifndef MEMBOUND_ARCHITECTURES_WALK_HPP
#define MEMBOUND_ARCHITECTURES_WALK_HPP

#include <membound/blocks.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

template <class Pass>
constexpr auto mix_tokens(Pass &p, const model &m, int i, typename Pass::value x) {
    return m.kv_lora_rank > 0 ? blocks::latent_attention(p, m, i, x) : blocks::attention(p, m, i, x);
}

template <class Pass>
constexpr auto feed_forward(Pass &p, const model &m, int i, typename Pass::value x) {
    const layer &l = m.layers[i];
    if (l.ffn == feed_forward_kind::dense) {
        const blocks::feed_forward_names names{tensor_name::ffn_gate, tensor_name::ffn_up, tensor_name::ffn_down};
        return blocks::feed_forward(p, m, i, x, m.family->ffn, names, l.intermediate_size);
    }
    auto y = blocks::experts(p, m, i, x);
    if (m.shared_expert_intermediate_size > 0) y = p.add(y, blocks::shared_expert(p, m, i, x));
    return y;
}

template <class Pass>
constexpr auto walk_layer(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    auto residual = x;
    x = blocks::norm(p, a.norm, tensor_name::attn_norm, i, x, hidden);
    x = mix_tokens(p, m, i, x);
    if (i + 1 == m.layer_count() && !a.outputs_picked_after_layers) {
        x = p.pick_outputs(x);
        residual = p.pick_outputs(residual);
    }
    if (a.post_norms) x = blocks::norm(p, a.norm, tensor_name::post_attention_norm, i, x, hidden);
    residual = p.add(x, residual);

    const tensor_name ffn_norm = a.ffn_norm_is_post_attention ? tensor_name::post_attention_norm : tensor_name::ffn_norm;
    x = blocks::norm(p, a.norm, ffn_norm, i, residual, hidden);
    x = feed_forward(p, m, i, x);
    if (a.post_norms) x = blocks::norm(p, a.norm, tensor_name::post_ffw_norm, i, x, hidden);
    return a.residual_first ? p.add(residual, x) : p.add(x, residual);
}

} // namespace detail

// `m.family` is not null. A pass may leave out layers that are like their neighbours.
template <class Pass>
constexpr void walk(const model &m, Pass &p) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;

    auto x = p.embed(p.weight(tensor_name::token_embd, -1, {hidden, m.vocab_size}));
    if (a.scaled_embedding) x = p.scale(x);
    if (a.position == position_kind::learned) {
        const auto positions = p.weight(tensor_name::position_embd, -1, {hidden, m.max_position_embeddings});
        x = p.add(x, p.get_rows(positions, p.positions()));
    }

    for (int i = 0; i < m.layer_count(); ++i)
        if (!p.skips(i)) x = detail::walk_layer(p, m, i, x);
    if (a.outputs_picked_after_layers) {
        p.hidden_state(x); // of every token: a draft model may read it
        x = p.pick_outputs(x);
    }

    x = blocks::norm(p, a.norm, tensor_name::output_norm, -1, x, hidden);
    p.hidden_state(x);
    const auto head = m.tie_word_embeddings ? p.tied_weight(tensor_name::token_embd, {hidden, m.vocab_size})
                                            : p.weight(tensor_name::output, -1, {hidden, m.vocab_size});
    x = p.mul_mat(head, x);
    if (m.output_bias) x = p.add(x, p.weight(tensor_name::output, -1, {m.vocab_size}, tensor_part::bias));
    if (m.final_logit_softcapping) x = p.scale(p.unary(p.scale(x)));
    p.logits(x);
}

MEMBOUND_END_NAMESPACE

#endif
