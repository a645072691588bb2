// The blocks that layers are made of: their weight tensors, what they keep, and the operations they run, each written
// once. A block is told to a *pass*, which collects what it is for: the weights and their bytes, or the graph of
// operations. A pass has a type `value` for what flows between operations, and these members:
//     weight(name, layer, shape, part)      a weight tensor
//     get_rows mul_mat mul_mat_id add ...   the operations, with the operands and shapes of ggml's
//     tokens()                              tokens of the pass
//     attend(...)                           attention of queries over the cache of a layer, which it stores into
// Source of names, shapes and order: llama.cpp v0.5.0, src/llama-graph.cpp, src/models/*.cpp.
#ifndef MEMBOUND_BLOCKS_HPP
#define MEMBOUND_BLOCKS_HPP

#include <membound/model.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Matrix of `in` times `out` numbers, and a bias of `out`.
template <class Pass>
constexpr auto linear(Pass &p, tensor_name name, int layer, typename Pass::value x, std::int64_t in, std::int64_t out,
                      bool bias = false) {
    auto y = p.mul_mat(p.weight(name, layer, {in, out}), x);
    if (bias) y = p.add(y, p.weight(name, layer, {out}, tensor_part::bias));
    return y;
}

// A norm over rows of `size` numbers. `layer` is the one it belongs to.
template <class Pass>
constexpr auto norm(Pass &p, norm_kind kind, tensor_name name, int layer, typename Pass::value x, std::int64_t size) {
    const int at = name == tensor_name::token_embd_norm ? 0 : layer; // with the first layer
    auto y = kind == norm_kind::rms ? p.rms_norm(x, at) : p.norm(x, at);
    y = p.mul(y, p.weight(name, layer, {size}));
    if (kind == norm_kind::layer) y = p.add(y, p.weight(name, layer, {size}, tensor_part::bias));
    return y;
}

// Corrections of the rotary frequencies for long contexts, where the model has them.
template <class Pass>
constexpr auto rope_factors(Pass &p, const model &m, int i) {
    const shape half = {m.rope_dim() / 2};
    auto factors = p.nothing();
    if (m.rope == rope_tensors::freqs) factors = p.weight_of_every_layer(tensor_name::rope_freqs, i, half);
    if (m.rope == rope_tensors::long_short) {
        factors = p.weight_of_every_layer(tensor_name::rope_factors_long, i, half);
        p.weight_of_every_layer(tensor_name::rope_factors_short, i, half); // one of the two, by the context
    }
    return factors;
}

// Multi-head, grouped-query and multi-query attention, over all tokens or a window of them.
template <class Pass>
constexpr auto attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const std::int64_t kv_heads = l.num_key_value_heads;
    const std::int64_t head = m.key_head_dim();
    const std::int64_t value_head = m.value_head_dim();
    const std::int64_t q_size = detail::multiply(head, heads);
    const std::int64_t k_size = detail::multiply(head, kv_heads);
    const std::int64_t v_size = detail::multiply(value_head, kv_heads);

    typename Pass::value q{}, k{}, v{};
    if (m.fused_qkv) {
        const std::int64_t all = detail::add(q_size, detail::add(k_size, v_size));
        auto qkv = linear(p, tensor_name::attn_qkv, i, x, m.hidden_size, all, m.attention_bias);
        if (m.clamped_qkv) qkv = p.clamp(qkv);
        q = p.heads_within(qkv, head, heads, head);
        k = p.heads_within(qkv, head, kv_heads, head);
        v = p.heads_within(qkv, value_head, kv_heads, value_head);
    } else {
        q = linear(p, tensor_name::attn_q, i, x, m.hidden_size, q_size, m.attention_bias);
        k = linear(p, tensor_name::attn_k, i, x, m.hidden_size, k_size, m.attention_bias);
        v = linear(p, tensor_name::attn_v, i, x, m.hidden_size, v_size, m.attention_bias);
        if (m.clamped_qkv) q = p.clamp(q), k = p.clamp(k), v = p.clamp(v);
        if (a.head_norms == query_key_norm::all_heads) {
            q = norm(p, a.norm, tensor_name::attn_q_norm, i, q, q_size);
            k = norm(p, a.norm, tensor_name::attn_k_norm, i, k, k_size);
        }
        q = p.reshape(q, {head, heads, p.tokens()});
        k = p.reshape(k, {head, kv_heads, p.tokens()});
        v = p.reshape(v, {value_head, kv_heads, p.tokens()});
    }
    if (a.head_norms == query_key_norm::each_head || m.head_norms) {
        q = norm(p, a.norm, tensor_name::attn_q_norm, i, q, head);
        k = norm(p, a.norm, tensor_name::attn_k_norm, i, k, head);
    }
    if (a.position == position_kind::rotary) {
        const auto factors = rope_factors(p, m, i);
        if (!l.unrotated) {
            q = p.rope(q, factors);
            k = p.rope(k, factors);
        }
    }
    if (a.scaled_query) q = p.scale(q);
    if (m.attention_temperature) q = p.mul(q, p.attention_scale());

    auto sinks = p.nothing();
    if (a.attention_sinks) sinks = p.weight(tensor_name::attn_sinks, i, {heads});
    const auto y = p.attend(i, q, k, v, sinks);
    return linear(p, tensor_name::attn_output, i, y, q_size, m.hidden_size, m.attention_output_bias);
}

// Multi-head latent attention: keys and values of all heads come from one compressed vector a token, and only that is
// cached. Files of before 2025 have one matrix to decompress both, and cache the decompressed keys and values.
template <class Pass>
constexpr auto latent_attention(Pass &p, const model &m, int i, typename Pass::value x) {
    const layer &l = m.layers[i];
    const std::int64_t heads = l.num_attention_heads;
    const std::int64_t nope = m.qk_nope_head_dim;
    const std::int64_t rope = m.qk_rope_head_dim;
    const std::int64_t head = detail::add(nope, rope);
    const std::int64_t value_head = m.value_head_dim();
    const std::int64_t rank = m.kv_lora_rank;
    const std::int64_t q_size = detail::multiply(head, heads);
    const std::int64_t tokens = p.tokens();

    auto q = x;
    if (m.q_lora_rank > 0) {
        q = linear(p, tensor_name::attn_q_a, i, x, m.hidden_size, m.q_lora_rank);
        q = norm(p, norm_kind::rms, tensor_name::attn_q_a_norm, i, q, m.q_lora_rank);
        q = linear(p, tensor_name::attn_q_b, i, q, m.q_lora_rank, q_size);
    } else {
        q = linear(p, tensor_name::attn_q, i, x, m.hidden_size, q_size);
    }
    q = p.reshape(q, {head, heads, tokens});

    const auto compressed =
        linear(p, tensor_name::attn_kv_a_mqa, i, x, m.hidden_size, detail::add(rank, rope));
    auto latent = p.columns(compressed, {rank, tokens});
    const auto k_rope = p.rope(p.columns(compressed, {rope, 1, tokens}), p.nothing());
    latent = norm(p, norm_kind::rms, tensor_name::attn_kv_a_norm, i, latent, rank);

    auto y = p.nothing();
    if (l.kind == layer_kind::latent_attention) {
        const auto q_nope = p.columns(q, {nope, heads, tokens});
        const auto q_rope = p.rope(p.columns(q, {rope, heads, tokens}), p.nothing());
        auto absorbed = p.mul_mat(p.weight(tensor_name::attn_k_b, i, {nope, rank, heads}), p.permute(q_nope, 1, 2));
        absorbed = p.permute(absorbed, 1, 2);
        auto queries = p.concat(absorbed, q_rope, {detail::add(rank, rope), heads, tokens});
        latent = p.reshape(latent, {rank, 1, tokens});
        const auto keys = p.concat(latent, k_rope, {detail::add(rank, rope), 1, tokens});
        if (m.attention_temperature) queries = p.mul(queries, p.attention_scale());
        y = p.attend_latent(i, queries, keys, latent, p.weight(tensor_name::attn_v_b, i, {rank, value_head, heads}));
    } else {
        const std::int64_t kv_head = detail::add(nope, value_head);
        const auto kv = linear(p, tensor_name::attn_kv_b, i, latent, rank, detail::multiply(kv_head, heads));
        const auto k_nope = p.heads_within(kv, nope, heads, kv_head);
        const auto v = p.cont(p.heads_within(kv, value_head, heads, kv_head));
        const auto keys = p.concat(k_nope, p.repeat(k_rope, {rope, heads, tokens}), {head, heads, tokens});
        q = p.rope(q, p.nothing());
        if (m.attention_temperature) q = p.mul(q, p.attention_scale());
        y = p.attend(i, q, keys, v, p.nothing());
    }
    return linear(p, tensor_name::attn_output, i, y, detail::multiply(value_head, heads), m.hidden_size);
}

struct feed_forward_names {
    tensor_name gate;
    tensor_name up;
    tensor_name down;
};

// A feed-forward block of `size` hidden numbers.
template <class Pass>
constexpr auto feed_forward(Pass &p, const model &m, int i, typename Pass::value x, feed_forward_form form,
                            const feed_forward_names &names, std::int64_t size) {
    const bool bias = m.mlp_bias;
    auto y = x;
    if (form == feed_forward_form::fused_gated) {
        y = p.glu_of_halves(linear(p, names.up, i, x, m.hidden_size, detail::multiply(2, size), bias));
    } else if (form == feed_forward_form::gated) {
        const auto up = linear(p, names.up, i, x, m.hidden_size, size, bias);
        const auto gate = linear(p, names.gate, i, x, m.hidden_size, size, bias);
        y = p.glu(gate, up);
    } else {
        y = p.unary(linear(p, names.up, i, x, m.hidden_size, size, bias));
    }
    return linear(p, names.down, i, y, size, m.hidden_size, bias);
}

// Routed experts: each token runs through the best few, and their results are added by weight.
template <class Pass>
constexpr auto experts(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t all = m.num_experts;
    const std::int64_t used = m.num_experts_per_tok;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t size = m.moe_intermediate_size;
    const std::int64_t tokens = p.tokens_of(x);
    const bool bias = m.mlp_bias;

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
    const auto gate = matrix(tensor_name::ffn_gate_exps, routed, hidden, size);
    auto y = matrix(tensor_name::ffn_down_exps, p.glu(gate, up), size, hidden);
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
    const auto y = feed_forward(p, m, i, x, feed_forward_form::gated, names, m.shared_expert_intermediate_size);
    return m.family->gated_shared_expert ? p.mul(y, gate) : y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
