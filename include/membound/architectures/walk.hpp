// The walk over a model: its forward pass, block by block, told to a pass (see blocks.hpp).
#ifndef MEMBOUND_ARCHITECTURES_WALK_HPP
#define MEMBOUND_ARCHITECTURES_WALK_HPP

#include <membound/blocks.hpp>

MEMBOUND_BEGIN_NAMESPACE

namespace detail {

// What layers read beside the residual.
template <class Value>
struct carried {
    Value embedding{};    // of the tokens; of all layers, where each has its own; or of n-grams
    Value first_values{}; // the values of the first layer (RWKV 7)
    Value adapters{};     // the adapter of each token (Granite Switch)
    Value residuals{};    // the residuals that layers kept (Kimi K3)
};

// What a layer does in place of attention, or beside it: it reads and writes a state of each sequence. Corrections of the rotary
// frequencies are loaded for every layer, even where none is rotated.
template <class Pass>
constexpr auto keep_state(Pass &p, const model &m, int i, typename Pass::value x) {
    if (m.rope != rope_tensors::none && m.layers[i].kind == layer_kind::no_attention) blocks::rope_factors(p, m, i);
    switch (m.layers[i].state) {
    case state_kind::mamba: return blocks::mamba(p, m, i, x);
    case state_kind::mamba_2: return blocks::mamba_2(p, m, i, x);
    case state_kind::plamo_2: return blocks::plamo_2(p, m, i, x);
    case state_kind::short_convolution: return blocks::short_convolution(p, m, i, x);
    case state_kind::gated_delta_net: return blocks::gated_delta_net(p, m, i, x);
    case state_kind::kimi_delta: return blocks::kimi_delta(p, m, i, x);
    case state_kind::lightning_attention: return blocks::lightning_attention(p, m, i, x);
    default: return x;
    }
}

template <class Pass>
constexpr auto mix_tokens(Pass &p, const model &m, int i, typename Pass::value x) {
    if (m.layers[i].kind == layer_kind::no_attention) return keep_state(p, m, i, x);
    if (m.family->keys_are_values) return blocks::compressed_attention(p, m, i, x);
    return m.kv_lora_rank > 0 ? blocks::latent_attention(p, m, i, x) : blocks::attention(p, m, i, x);
}

template <class Pass>
constexpr auto dense_feed_forward(Pass &p, const model &m, int i, typename Pass::value x, std::int64_t size) {
    const blocks::feed_forward_names names{tensor_name::ffn_gate, tensor_name::ffn_up, tensor_name::ffn_down};
    return blocks::feed_forward(p, m, i, x, m.family->ffn, names, size);
}

// `logits` are the router's where it reads something else than `x`.
template <class Pass>
constexpr auto feed_forward(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value logits) {
    const layer &l = m.layers[i];
    if (l.ffn == feed_forward_kind::dense) return dense_feed_forward(p, m, i, x, l.intermediate_size);
    if (l.ffn == feed_forward_kind::activation) return blocks::activation(p, m, i, x);
    if (!m.family->router_reads_input) logits = blocks::router_logits(p, m, i, x);
    auto y = blocks::experts(p, m, i, x, logits);
    if (m.shared_expert_intermediate_size > 0) {
        y = p.add(y, blocks::shared_expert(p, m, i, x));
        if (m.family->halved_shared_expert) y = p.scale(y);
    } else if (m.family->activates_for_no_shared_expert) {
        y = p.add(y, p.unary(x));
    }
    if (m.dense_branch) y = p.scale(p.add(dense_feed_forward(p, m, i, x, l.intermediate_size), y));
    return y;
}

template <class Pass>
constexpr auto feed_forward(Pass &p, const model &m, int i, typename Pass::value x) {
    return feed_forward(p, m, i, x, p.nothing());
}

// A dense block and experts over what a layer's attention came to, each with norms of its own before and behind it.
template <class Pass>
constexpr auto normed_experts_beside_dense(Pass &p, const model &m, int i, typename Pass::value x) {
    const norm_kind kind = norm_of(m);
    const std::int64_t hidden = m.hidden_size;
    auto dense = blocks::norm(p, kind, m.family->ffn_norm, i, x, hidden);
    dense = dense_feed_forward(p, m, i, dense, m.layers[i].intermediate_size);
    dense = blocks::norm(p, kind, tensor_name::post_ffw_norm_1, i, dense, hidden);
    const auto routed = blocks::norm(p, kind, tensor_name::pre_ffw_norm_2, i, x, hidden);
    auto read = p.scale(p.rms_norm(x, -1));
    read = p.mul(read, p.weight(tensor_name::ffn_gate_inp, i, {hidden}, tensor_part::scale));
    auto y = blocks::experts(p, m, i, routed, blocks::router_logits(p, m, i, read));
    y = blocks::norm(p, kind, tensor_name::post_ffw_norm_2, i, y, hidden);
    return p.add(dense, y);
}

template <class Pass>
constexpr output_rows outputs_of(const Pass &p, const architecture &a) {
    return p.is_before(a.late_outputs_date) ? output_rows::behind_attention : a.outputs;
}

// In the last layer, drops the rows of tokens without output.
template <class Pass, class... Values>
constexpr void keep_outputs(Pass &p, const model &m, int i, Values &...values) {
    if (i + 1 == m.layer_count()) ((values = p.pick_outputs(values)), ...);
}

// One block alone: attention, a state, or a feed-forward block.
template <class Pass>
constexpr auto walk_layer_of_one_block(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const layer &l = m.layers[i];
    auto residual = x;
    x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, m.hidden_size);
    x = l.ffn != feed_forward_kind::none ? feed_forward(p, m, i, x) : mix_tokens(p, m, i, x);
    if (outputs_of(p, a) == output_rows::behind_attention) keep_outputs(p, m, i, x, residual);
    return p.add(x, residual);
}

// Attention with a state beside it, each over a norm of its own with the same weights; then the feed-forward block.
template <class Pass>
constexpr auto walk_layer_with_state_beside(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const auto weights = p.weight(tensor_name::attn_norm, i, {m.hidden_size});
    const auto attended = mix_tokens(p, m, i, p.mul(p.rms_norm(x, i), weights));
    const auto kept = keep_state(p, m, i, p.mul(p.rms_norm(x, i), weights));
    auto residual = p.add(p.add(attended, kept), x);
    keep_outputs(p, m, i, residual);
    const auto part = a.bare_ffn_norm ? tensor_part::bare : tensor_part::weight;
    const auto y = blocks::norm(p, a.norm, a.ffn_norm, i, residual, m.hidden_size, part);
    return p.add(feed_forward(p, m, i, y), residual);
}

// Attention, a matrix in its place or nothing, and then the feed-forward block. Without that, the layer's result is not used.
template <class Pass>
constexpr auto walk_layer_with_blocks_left_out(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    const layer &l = m.layers[i];
    const auto input = x;
    auto residual = x;
    if (l.kind == layer_kind::no_attention || l.kind == layer_kind::linear_map) blocks::rope_factors(p, m, i);
    if (l.kind != layer_kind::no_attention) x = blocks::norm(p, a.norm, tensor_name::attn_norm, i, x, hidden);
    if (l.kind == layer_kind::linear_map) x = blocks::linear(p, tensor_name::attn_output, i, x, hidden, hidden);
    if (attends(l)) x = mix_tokens(p, m, i, x);
    if (l.ffn == feed_forward_kind::none) return input;
    keep_outputs(p, m, i, x, residual);
    if (l.kind != layer_kind::no_attention) x = p.add(x, residual);
    residual = x;
    x = blocks::norm(p, a.norm, a.ffn_norm, i, x, hidden);
    return p.add(feed_forward(p, m, i, x), residual);
}

template <class Pass>
constexpr auto post_norm(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x, bool loose = false) {
    const architecture &a = *m.family;
    const auto part = a.bare_post_norms ? tensor_part::bare : tensor_part::weight;
    return blocks::norm(p, norm_of(m), name, i, x, m.hidden_size, part, loose || a.loose_post_norms);
}

// What a layer has come to before its feed-forward block.
template <class Value>
struct attended {
    Value input{};     // the residual that the layer began with
    Value result{};    // of attention, or of what stands in its place
    Value residual{};  // the sum of both
    Value logits{};    // the router's, where it reads what the layer began with
    Value embedding{}; // of the same rows
};

template <class Pass>
constexpr auto attend_in_turn(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value embedding) {
    const architecture &a = *m.family;
    const bool post_norms = has_post_norms(m);
    const bool normed_first = outputs_of(p, a) == output_rows::behind_attention_norm;
    attended<typename Pass::value> y;
    y.embedding = embedding;
    y.input = x;
    y.logits = p.nothing();
    if (a.router_reads_input) y.logits = blocks::router_logits(p, m, i, x);
    if (has_input_norms(m) && (i > 0 || a.first_norm || m.first_norm))
        x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, m.hidden_size);
    if (a.norm_before_state) p.expand(x);
    if (a.residual_of_norm) y.input = x;
    x = mix_tokens(p, m, i, x);
    if (post_norms && normed_first) x = post_norm(p, m, a.attention_post_norm, i, x);
    if (outputs_of(p, a) == output_rows::behind_attention || normed_first) {
        keep_outputs(p, m, i, x, y.input);
        if (a.router_reads_input) keep_outputs(p, m, i, y.logits);
        if (a.embedding_skip) keep_outputs(p, m, i, y.embedding);
    }
    if (post_norms && !normed_first)
        x = post_norm(p, m, m.norms_behind ? tensor_name::attn_norm : a.attention_post_norm, i, x);
    if (m.scaled_residual) x = p.scale(x);
    y.result = x;
    const auto residual = a.residual_of_norm ? p.scale(y.input) : y.input;
    y.residual = comes_first(a.residual, residual_first::behind_attention) ? p.add(residual, x) : p.add(x, residual);
    return y;
}

template <class Pass>
constexpr auto feed_forward_in_turn(Pass &p, const model &m, int i, const attended<typename Pass::value> &y) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    auto x = m.norms_behind ? y.result : y.residual;
    auto residual = y.residual;
    const bool both = a.normed_experts_beside_dense && m.layers[i].ffn == feed_forward_kind::experts;
    if (has_input_norms(m) && !both) x = blocks::norm(p, norm_of(m), a.ffn_norm, i, x, hidden);
    if (a.dense_beside_experts) {
        residual = p.add(dense_feed_forward(p, m, i, x, hidden), residual);
        x = blocks::norm(p, norm_of(m), tensor_name::ffn_norm_exps, i, y.input, hidden);
    }
    if (a.residual_of_norm) residual = x;
    x = both ? normed_experts_beside_dense(p, m, i, x) : feed_forward(p, m, i, x, y.logits);
    if (a.residual_of_norm) residual = p.scale(residual);
    if (has_post_norms(m)) {
        const auto name = m.norms_behind        ? a.ffn_norm
                          : m.layer_output_norm ? tensor_name::layer_output_norm
                                                : tensor_name::post_ffw_norm;
        x = post_norm(p, m, name, i, x, a.loose_feed_forward_post_norm);
    }
    if (m.scaled_residual) x = p.scale(x);
    return comes_first(a.residual, residual_first::behind_feed_forward) ? p.add(residual, x) : p.add(x, residual);
}

// Attention, then the feed-forward block over the sum of its result and the residual, and then what some families add.
template <class Pass>
constexpr auto walk_layer_in_turn(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value embedding) {
    const auto y = attend_in_turn(p, m, i, x, embedding);
    x = feed_forward_in_turn(p, m, i, y);
    if (m.family->embedding_skip)
        x = p.add(x, p.mul(y.embedding, p.weight(tensor_name::layer_output_scale, i, {1})));
    if (m.per_layer_size > 0) x = p.add(x, blocks::per_layer_embedding(p, m, i, x, y.embedding));
    if (m.layer_output_scale) x = p.mul(x, p.weight(tensor_name::layer_output_scale, i, {1}));
    if (m.layers[i].adds_image) x = p.add(x, p.deepstack(i));
    if (m.family->visual_experts) blocks::visual_experts(p, m, i);
    return x;
}

// Attention, and then the feed-forward block, each with a norm over the sum of its result and the residual.
template <class Pass>
constexpr auto walk_layer_normed_after(Pass &p, const model &m, int i, typename Pass::value x) {
    const norm_kind kind = m.family->norm;
    const std::int64_t hidden = m.hidden_size;
    auto residual = x;
    x = mix_tokens(p, m, i, x);
    keep_outputs(p, m, i, x, residual);
    x = blocks::norm(p, kind, tensor_name::attn_output_norm, i, p.add(x, residual), hidden);
    if (m.attention_norm_2) x = blocks::norm(p, kind, tensor_name::attn_norm_2, i, p.add(x, residual), hidden);
    residual = x;
    x = feed_forward(p, m, i, x);
    return blocks::norm(p, kind, tensor_name::layer_output_norm, i, p.add(x, residual), hidden);
}

// AltUp: the layer predicts all of a token's states, computes one of them, and corrects the others by it. `embeddings` are those
// of all layers.
template <class Pass>
constexpr auto walk_layer_alternating(Pass &p, const model &m, int i, typename Pass::value states,
                                      typename Pass::value embeddings) {
    const std::int64_t hidden = m.hidden_size;
    const blocks::altup_router<Pass> router(p, m, i);
    const auto predicted = blocks::altup_predict(p, m, i, states, router);
    const auto active = blocks::one_state(p, m, predicted);
    auto x = blocks::norm(p, norm_kind::rms, tensor_name::attn_norm, i, active, hidden);
    const auto augmented = blocks::laurel(p, m, i, x);
    x = mix_tokens(p, m, i, x);
    x = p.add(blocks::norm(p, norm_kind::rms, tensor_name::post_attention_norm, i, x, hidden), active);
    const auto residual = p.scale(p.add(x, augmented));
    x = blocks::norm(p, norm_kind::rms, tensor_name::ffn_norm, i, residual, hidden);
    x = blocks::sparse_feed_forward(p, m, i, x, m.layers[i].intermediate_size);
    x = post_norm(p, m, tensor_name::post_ffw_norm, i, x, true);
    const auto corrected = blocks::altup_correct(p, m, i, predicted, p.add(x, residual), router);
    x = blocks::one_state(p, m, corrected);
    x = p.mul(x, p.weight(tensor_name::altup_correct_scale, i, {hidden}));
    x = blocks::per_layer_embedding(p, m, i, x, embeddings);
    const auto first = blocks::one_state(p, m, corrected);
    const auto others = p.add(blocks::other_states(p, m, corrected), x);
    return p.concat(first, others, {hidden, p.tokens(), m.altup_states});
}

// Attention, and then the feed-forward block, each between several residual streams.
template <class Pass>
constexpr auto walk_layer_hyper_connected(Pass &p, const model &m, int i, typename Pass::value streams) {
    const auto attention =
        blocks::hyper_connect(p, m, i, streams, {tensor_name::hc_attn_fn, tensor_name::hc_attn_scale, tensor_name::hc_attn_base});
    auto x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, attention.input, m.hidden_size);
    streams = blocks::distributed(p, m, streams, mix_tokens(p, m, i, x), attention.weights);
    const auto ffn =
        blocks::hyper_connect(p, m, i, streams, {tensor_name::hc_ffn_fn, tensor_name::hc_ffn_scale, tensor_name::hc_ffn_base});
    x = blocks::norm(p, norm_of(m), m.family->ffn_norm, i, ffn.input, m.hidden_size);
    return blocks::distributed(p, m, streams, feed_forward(p, m, i, x), ffn.weights);
}

// The same, where the streams are mixed with each other as well.
template <class Pass>
constexpr auto walk_layer_between_mixed_streams(Pass &p, const model &m, int i, typename Pass::value streams) {
    const auto attention = blocks::hyper_connect_mixed(
        p, m, i, streams, {tensor_name::hc_attn_fn, tensor_name::hc_attn_scale, tensor_name::hc_attn_base});
    auto x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, attention.input, m.hidden_size);
    streams = blocks::mixed_and_distributed(p, m, streams, mix_tokens(p, m, i, x), attention);
    const auto ffn = blocks::hyper_connect_mixed(p, m, i, streams,
                                                 {tensor_name::hc_ffn_fn, tensor_name::hc_ffn_scale, tensor_name::hc_ffn_base});
    p.expand(streams);
    p.expand(ffn.weights);
    p.expand(ffn.mix);
    x = blocks::norm(p, norm_of(m), m.family->ffn_norm, i, ffn.input, m.hidden_size);
    return p.on_layer(i, blocks::mixed_and_distributed(p, m, streams, feed_forward(p, m, i, x), ffn));
}

// Attention, and then the feed-forward block, each of which reads a mix of the residual and those that earlier layers
// kept. Behind a layer that keeps the residual it begins anew with what attention gives.
template <class Pass>
constexpr auto walk_layer_attending_residuals(Pass &p, const model &m, int i, typename Pass::value x,
                                              typename Pass::value &kept) {
    const layer &l = m.layers[i];
    std::int64_t count = m.kept_residuals(i);
    const bool mixes = m.residual_interval > 0;
    if (count > 0) kept = p.growing(p.resized(kept, {m.hidden_size, count, p.tokens()}), 1);
    auto residual = x;
    if (mixes) x = blocks::mixed_residuals(p, m, tensor_name::attn_res_score, i, residual, kept, count);
    if (l.keeps_residual) kept = blocks::residuals_with(p, m, residual, kept, count++);
    x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, m.hidden_size);
    p.expand(x);
    x = mix_tokens(p, m, i, x);
    residual = x = l.keeps_residual ? x : p.add(residual, x);
    if (mixes) x = blocks::mixed_residuals(p, m, tensor_name::ffn_res_score, i, residual, kept, count);
    x = blocks::norm(p, norm_of(m), m.family->ffn_norm, i, x, m.hidden_size);
    return p.add(residual, feed_forward(p, m, i, x));
}

// Attention, and then the feed-forward block, each between residual streams that are mixed number by number.
template <class Pass>
constexpr auto walk_layer_of_gated_streams(Pass &p, const model &m, int i, typename Pass::value streams,
                                           typename Pass::value ngrams) {
    using n = tensor_name;
    const std::int64_t all = multiply(m.hidden_size, m.hyper_connections);
    std::int64_t tokens = p.tokens();
    if (m.layers[i].adds_ngrams) streams = blocks::add_ngrams(p, m, i, streams, ngrams);
    auto mixed = blocks::gated_mix(p, m, i, streams, tokens,
                                   {n::hc_attn_norm, n::hc_attn_down, n::hc_attn_up, n::hc_attn_inject});
    p.expand(mixed.input);
    auto x = mix_tokens(p, m, i, mixed.input);
    if (i + 1 == m.layer_count()) {
        x = p.pick_outputs(x);
        mixed.weights = p.pick_outputs(mixed.weights);
        streams = p.pick_outputs(p.reshape(streams, {all, tokens}));
        tokens = p.tokens_of(x);
        streams = p.reshape(streams, {m.hidden_size, m.hyper_connections, tokens});
    }
    streams = blocks::gated_combine(p, m, streams, x, mixed.weights, tokens);
    mixed = blocks::gated_mix(p, m, i, streams, tokens, {n::hc_ffn_norm, n::hc_ffn_down, n::hc_ffn_up, n::hc_ffn_inject});
    return blocks::gated_combine(p, m, streams, feed_forward(p, m, i, mixed.input), mixed.weights, tokens);
}

// Attention and the feed-forward block beside it.
template <class Pass>
constexpr auto walk_layer_abreast(Pass &p, const model &m, int i, typename Pass::value x) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    const bool own_norm = a.ffn_place == feed_forward_place::beside_with_own_norm;
    auto residual = x;
    auto normed = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, hidden);
    x = m.attention_norm_2 ? blocks::norm(p, norm_of(m), tensor_name::attn_norm_2, i, x, hidden) : normed;
    x = mix_tokens(p, m, i, x);
    if (outputs_of(p, a) == output_rows::behind_attention) {
        keep_outputs(p, m, i, x, residual);
        if (!own_norm) keep_outputs(p, m, i, normed);
    }
    if (own_norm) normed = blocks::norm(p, norm_of(m), a.ffn_norm, i, residual, hidden);
    if (m.unused_ffn_norm_bias) p.weight(a.ffn_norm, i, {hidden}, tensor_part::bias);
    const auto y = feed_forward(p, m, i, normed);
    if (a.order == sum_order::feed_forward_with_attention_residual) return p.add(y, p.add(x, residual));
    if (a.order == sum_order::feed_forward_residual_attention) return p.add(p.add(y, residual), x);
    return p.add(a.order == sum_order::attention_feed_forward_residual ? p.add(x, y) : p.add(y, x), residual);
}

// A layer of RWKV: tokens are mixed with those before them, and the last of each sequence are kept for the next pass.
template <class Pass>
constexpr auto walk_layer_with_shift(Pass &p, const model &m, int i, typename Pass::value x,
                                     carried<typename Pass::value> &beside) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t n = p.sequences();
    const std::int64_t each = p.tokens() / n;
    const std::int64_t shifts = m.ssm_conv_kernel - 1;
    const std::int64_t plane = detail::multiply(hidden, each);
    const shape rows = {hidden, each, n};
    const shape one = {hidden, 1, n};
    const shape flat = {hidden, p.tokens()};

    x = p.reshape(x, rows);
    const auto kept = p.reshape(p.load_state(i, state_part::convolution), {hidden, shifts, n});
    const auto normed = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, hidden);
    const auto behind = p.view(normed, {hidden, each - 1, n}, hidden, plane); // all but the last
    const auto before = shifts == 1 ? kept : p.view(kept, one, hidden, detail::multiply(hidden, shifts));
    const auto previous = p.concat(before, behind, rows);
    const auto newest = p.view(normed, one, hidden, plane);
    auto y = m.layers[i].state == state_kind::rwkv_7
                 ? blocks::time_mix_7(p, m, i, normed, previous, beside.first_values)
                 : blocks::time_mix_6(p, m, i, normed, previous);
    const shape stored = {detail::multiply(detail::multiply(hidden, shifts), n)};
    if (!a.channel_mix) p.store_state(i, state_part::convolution, blocks::leading(p, newest, stored));
    auto input = p.add(y, x);
    if (!a.channel_mix) {
        input = p.reshape(input, flat);
        keep_outputs(p, m, i, input);
        y = feed_forward(p, m, i, blocks::norm(p, norm_of(m), tensor_name::ffn_norm, i, input, hidden));
        return p.add(y, input);
    }
    auto second = blocks::norm(p, norm_of(m), tensor_name::attn_norm_2, i, input, hidden);
    auto second_previous = p.concat(p.view(kept, one, hidden, detail::multiply(hidden, shifts)),
                                    p.view(second, {hidden, each - 1, n}, hidden, plane), rows);
    const auto both = p.concat(newest, p.view(second, one, hidden, plane), {hidden, shifts, n});
    p.store_state(i, state_part::convolution, blocks::leading(p, both, stored));
    input = p.reshape(input, flat);
    second = p.reshape(second, flat);
    second_previous = p.reshape(second_previous, flat);
    keep_outputs(p, m, i, input, second, second_previous);
    y = p.add(blocks::channel_mix(p, m, i, second, second_previous), input);
    return m.rescaled_interval > 0 && (i + 1) % m.rescaled_interval == 0 ? p.scale(y) : y;
}

// A layer whose matrices each have adapters that tokens switch between.
template <class Pass>
constexpr auto walk_layer_with_adapters(Pass &p, const model &m, int i, typename Pass::value x,
                                        typename Pass::value &adapters) {
    const std::int64_t hidden = m.hidden_size;
    auto residual = x;
    x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, hidden);
    x = blocks::switched_attention(p, m, i, x, adapters);
    if (i + 1 == m.layer_count()) {
        x = p.pick_outputs(x);
        residual = p.pick_outputs(residual);
        adapters = p.pick_outputs(p.reshape(adapters, {1, p.tokens()}));
    }
    if (m.scaled_residual) x = p.scale(x);
    residual = p.add(x, residual);
    x = blocks::norm(p, norm_of(m), m.family->ffn_norm, i, residual, hidden);
    x = blocks::switched_feed_forward(p, m, i, x, adapters);
    if (m.scaled_residual) x = p.scale(x);
    return p.add(x, residual);
}

// The one layer of a draft model that reads a token and what its target made of the tokens before.
template <class Pass>
constexpr auto walk_drafting_layer(Pass &p, const model &m, int i, typename Pass::value x) {
    const std::int64_t hidden = m.hidden_size;
    const auto features = p.features(hidden);
    x = blocks::norm(p, norm_of(m), tensor_name::attn_norm, i, x, hidden);
    const auto normed = blocks::norm(p, norm_of(m), tensor_name::attn_norm_2, i, features, hidden, tensor_part::weight, true);
    x = mix_tokens(p, m, i, p.concat(x, normed, {multiply(2, hidden), p.tokens()}));
    const auto input = p.add(x, m.residual_of_norm ? normed : features);
    x = p.add(feed_forward(p, m, i, blocks::norm(p, norm_of(m), m.family->ffn_norm, i, input, hidden)), input);
    p.hidden_state(x); // which stands for the target's when the next token is drafted
    return x;
}

// The weights that make one vector of the target's hidden states. The pass that uses them needs less memory than a draft's, so
// it is not drawn.
template <class Pass>
constexpr void unread_features(Pass &p, const model &m) {
    p.weight(tensor_name::fc, -1, {m.target_features, m.hidden_size});
    const bool before = m.family->drafts == draft_kind::in_turn;
    if (!before || m.normed_features) p.weight(tensor_name::enc_output_norm, -1, {before ? m.target_features : m.hidden_size});
}

template <class Pass>
constexpr auto walk_layer(Pass &p, const model &m, int i, typename Pass::value x,
                          carried<typename Pass::value> &beside) {
    if (m.family->drafts == draft_kind::in_turn) return walk_drafting_layer(p, m, i, x);
    if (m.adapter_slots > 0) return walk_layer_with_adapters(p, m, i, x, beside.adapters);
    if (m.family->token_shift) return walk_layer_with_shift(p, m, i, x, beside);
    if (m.family->residual_norms) return walk_layer_normed_after(p, m, i, x);
    if (m.family->blocks_left_out) return walk_layer_with_blocks_left_out(p, m, i, x);
    if (m.family->stacks == layer_stacks::encoder) return blocks::stack_layer(p, m, i, x, blocks::encoder_names);
    if (m.family->stacks == layer_stacks::encoder_and_decoder) {
        blocks::unread_encoder_layer(p, m, i);
        return blocks::stack_layer(p, m, i, x, blocks::decoder_names);
    }
    if (m.hyper_connection_rank > 0) return walk_layer_of_gated_streams(p, m, i, x, beside.embedding);
    if (m.family->mixed_streams) return walk_layer_between_mixed_streams(p, m, i, x);
    if (m.hyper_connections > 0) return walk_layer_hyper_connected(p, m, i, x);
    if (m.family->attended_residuals) return walk_layer_attending_residuals(p, m, i, x, beside.residuals);
    if (m.altup_states > 1) return walk_layer_alternating(p, m, i, x, beside.embedding);
    const layer &l = m.layers[i];
    const bool mixes = l.kind != layer_kind::no_attention || l.state != state_kind::none;
    if (!mixes || l.ffn == feed_forward_kind::none) return walk_layer_of_one_block(p, m, i, x);
    if (l.kind != layer_kind::no_attention && l.state != state_kind::none)
        return walk_layer_with_state_beside(p, m, i, x);
    const bool in_turn = m.family->ffn_place == feed_forward_place::behind || m.residual_in_turn;
    return in_turn ? walk_layer_in_turn(p, m, i, x, beside.embedding) : walk_layer_abreast(p, m, i, x);
}

// A layer, which may have the weights of one before.
template <class Pass>
constexpr auto run_layer(Pass &p, const model &m, int i, typename Pass::value x,
                         carried<typename Pass::value> &beside) {
    if (m.repeats_blocks()) {
        bool first = true;
        for (int j = 0; j < i; ++j) first = first && m.layers[j].block != m.layers[i].block;
        if (p.takes_weights_of(i, m.layers[i].block, first)) return x;
    }
    return p.skips(i) ? x : walk_layer(p, m, i, x, beside);
}

// Two stacks of layers that take turns, each on the sum of what both came to.
template <class Pass>
constexpr auto walk_stacks(Pass &p, const model &m, typename Pass::value high, carried<typename Pass::value> &beside) {
    auto low = p.weight(tensor_name::hrm_z_l_init, -1, {m.hidden_size}, tensor_part::bare);
    int i = 0;
    for (std::int64_t h = 0; h < m.high_cycles; ++h)
        for (std::int64_t l = 0; l <= m.low_cycles; ++l) {
            auto x = p.add(high, low);
            for (std::int64_t k = 0; k < m.stack_layers; ++k) x = run_layer(p, m, i++, x, beside);
            x = p.rms_norm(x, -1);
            (l < m.low_cycles ? low : high) = x;
        }
    return p.pick_outputs(high);
}

template <class Pass>
constexpr void walk_head(Pass &p, const model &m, typename Pass::value x) {
    const std::int64_t hidden = m.hidden_size;
    const shape matrix = {hidden, m.head_vocab_size > 0 ? m.head_vocab_size : m.vocab_size};
    const auto head = m.borrows_head          ? p.borrowed_weight(tensor_name::output, matrix)
                      : m.tie_word_embeddings ? p.tied_weight(tensor_name::token_embd, matrix)
                                              : p.weight(tensor_name::output, -1, matrix);
    if (m.family->head == head_use::unread) return;
    if (m.family->head == head_use::logits_or_embeddings && p.gives_embeddings()) return;
    if (m.scaled_logits && m.family->scales_before_head) x = p.scale(x);
    x = p.mul_mat(head, x);
    if (m.output_bias) x = p.add(x, p.weight(tensor_name::output, -1, {m.vocab_size}, tensor_part::bias));
    if (m.head_vocab_size > 0 && m.family->drafts == draft_kind::none) {
        // Logits of the last tokens; those of all others are one number, repeated, which is made of the first number of a weight.
        const std::int64_t others = m.vocab_size - m.head_vocab_size;
        const auto first = p.view(p.weight_ahead(m.family->final_norm, {hidden}), {1}, 1, 1);
        x = p.concat(p.repeat(p.scale(first), {others, p.tokens_of(x)}), x, {m.vocab_size, p.tokens_of(x)});
    } else if (m.head_vocab_size > 0) {
        const auto places = p.weight(tensor_name::d2t, -1, {m.head_vocab_size}, tensor_part::bare);
        x = p.scatter(x, places, m.vocab_size);
    }
    if (m.scaled_logits && !m.family->scales_before_head) x = p.scale(x);
    if (m.final_logit_softcapping) x = p.scale(p.unary(p.scale(x)));
    if (m.family->hides_image_tokens) x = p.hide_image_tokens(x);
    p.logits(x);
}

// A draft that attends to what its target has cached: a token, as the target embeds it, beside the target's hidden state; and
// behind all layers what stands for that state when the next token is drafted.
template <class Pass>
constexpr void walk_draft_on_target_caches(Pass &p, const model &m) {
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t features = m.target_features;
    p.weight(tensor_name::token_embd, -1, {hidden, m.vocab_size});
    auto x = p.scale(p.embed_again(p.borrowed_weight(tensor_name::token_embd, {features, m.vocab_size})));
    x = p.concat(x, p.features(features), {multiply(2, features), p.tokens()});
    x = blocks::linear(p, tensor_name::nextn_proj_pre, -1, x, multiply(2, features), hidden);
    carried<typename Pass::value> beside;
    for (int i = 0; i < m.layer_count(); ++i) x = run_layer(p, m, i, x, beside);
    x = blocks::norm(p, norm_of(m), tensor_name::output_norm, -1, x, hidden);
    walk_head(p, m, x);
    x = blocks::linear(p, tensor_name::nextn_proj_post, -1, x, hidden, features);
    p.hidden_state(x);
    p.expand(x);
}

// The token embedding, with what is added to it before the layers.
template <class Pass>
constexpr auto walk_embedding(Pass &p, const model &m) {
    const architecture &a = *m.family;
    const std::int64_t hidden = m.hidden_size;
    const shape vocabulary = {hidden, m.vocab_size};
    const auto table = m.head_as_embedding   ? p.head_as_embedding(vocabulary)
                       : m.borrows_embedding ? p.borrowed_weight(tensor_name::token_embd, vocabulary)
                                             : p.weight(tensor_name::token_embd, -1, vocabulary);
    const bool tokens_alone = m.adapter_slots > 0 || a.drafts != draft_kind::none;
    auto x = tokens_alone ? p.embed_again(table) : p.embed(table);
    if (m.scaled_embedding) {
        x = p.scale(m.deepstack_layers > 0 ? p.cont(x) : x);
        if (m.per_layer_size == 0 && !tokens_alone) p.expand(x); // before any state
    }
    if (a.plain_embedding_norm) x = p.rms_norm(x, -1);
    if (m.type_vocab_size > 0) // all tokens are of the first kind
        x = p.add(x, p.columns(p.weight(tensor_name::token_types, -1, {hidden, m.type_vocab_size}), {hidden}));
    if (a.position == position_kind::learned || m.learned_positions) {
        const auto positions = p.weight(tensor_name::position_embd, -1, {hidden, m.max_position_embeddings});
        const auto y = p.get_rows(positions, p.positions());
        x = a.position_first ? p.add(y, x) : p.add(x, y);
    }
    return a.embedding_norm ? blocks::norm(p, norm_of(m), tensor_name::token_embd_norm, -1, x, hidden) : x;
}

// All layers, between one hidden state a token and one again.
template <class Pass>
constexpr auto walk_layers(Pass &p, const model &m, typename Pass::value x) {
    carried<typename Pass::value> beside;
    beside.embedding = m.per_layer_size > 0 ? blocks::per_layer_embeddings(p, m, x)
                       : m.ngrams.heads > 0 ? blocks::ngram_rows(p, m)
                                            : x;
    if (m.adapter_slots > 0) beside.adapters = blocks::chosen_adapters(p, m);
    if (m.altup_states > 1) x = blocks::altup_begin(p, m, x);
    if (m.hyper_connections > 0) x = blocks::hyper_connections_begin(p, m, x);
    if (m.stack_layers > 0)
        x = walk_stacks(p, m, x, beside);
    else
        for (int i = 0; i < m.layer_count(); ++i) {
            x = run_layer(p, m, i, x, beside);
            if (m.norm_between_loops && (i + 1) % m.block_count() == 0 && i + 1 < m.layer_count())
                x = p.mul(p.rms_norm(x, i), p.weight_ahead(m.family->final_norm, {m.hidden_size}));
        }
    if (m.altup_states > 1) x = p.pick_outputs(blocks::altup_end(p, m, x));
    if (m.hyper_connection_rank > 0) {
        const blocks::gated_mix_names names{tensor_name::hc_head_norm, tensor_name::hc_head_down, tensor_name::hc_head_up,
                                            tensor_name::other};
        x = blocks::gated_mix(p, m, -1, x, p.outputs(), names).input;
    } else if (m.hyper_connections > 0) {
        x = blocks::hyper_connections_end(p, m, x);
    }
    if (m.family->attended_residuals) x = p.pick_outputs(blocks::attended_residuals_end(p, m, x, beside.residuals));
    return x;
}

} // namespace detail

// The weights that stand in a file and are not loaded, or not as a part of the walk: above all those of the layers that predict
// further tokens.
template <class Pass>
constexpr void walk_unloaded(const model &m, Pass &p) {
    const std::int64_t hidden = m.hidden_size;
    const int further = files_hold_further_layers(m) ? static_cast<int>(m.num_nextn_predict_layers) : 0;
    const int end = m.layer_count() + further;
    detail::carried<typename Pass::value> beside;
    for (int i = m.layer_count(); i < end; ++i) {
        detail::walk_layer(p, m, i, p.nothing(), beside);
        p.weight(tensor_name::nextn_eh_proj, i, {detail::multiply(2, hidden), hidden});
        p.weight(tensor_name::nextn_enorm, i, {hidden});
        p.weight(tensor_name::nextn_hnorm, i, {hidden});
        if (m.further.embedding) p.weight(tensor_name::nextn_embed_tokens, i, {hidden, m.vocab_size});
        if (m.further.head) p.weight(tensor_name::nextn_shared_head_head, i, {hidden, m.vocab_size});
        if (m.further.head_norm) p.weight(tensor_name::nextn_shared_head_norm, i, {hidden});
        if (m.further.layer_norm) p.weight(tensor_name::layer_output_norm, i, {hidden});
    }
    if (m.cross_distances == relative_bias::none) return;
    const int tables = m.cross_distances == relative_bias::first_layer ? 1 : m.layer_count();
    for (int i = 0; i < tables; ++i)
        p.weight(tensor_name::dec_cross_attn_rel_b, i, {m.layers[i].num_attention_heads, m.relative_attention_num_buckets});
}

// `m.family` is not null. A pass may leave out layers that are like their neighbours.
template <class Pass>
constexpr void walk(const model &m, Pass &p) {
    if (m.sound.channels > 0) return blocks::sound_decoder(p, m);
    const architecture &a = *m.family;
    if (a.drafts == draft_kind::on_target_caches) return detail::walk_draft_on_target_caches(p, m);

    auto x = detail::walk_layers(p, m, detail::walk_embedding(p, m));
    if (detail::outputs_of(p, a) == output_rows::behind_layers) {
        p.hidden_state(x); // of every token: a draft model may read it
        x = p.pick_outputs(x);
    }

    if (a.drafts != draft_kind::none) detail::unread_features(p, m);
    if (a.stacks == layer_stacks::encoder_and_decoder) p.weight(tensor_name::enc_output_norm, -1, {m.hidden_size});
    if (!a.residual_norms && m.stack_layers == 0 && m.hyper_connection_rank == 0)
        x = blocks::norm(p, norm_of(m), a.final_norm, -1, x, m.hidden_size, tensor_part::weight, true);
    if (a.drafts != draft_kind::in_turn) p.hidden_state(x);
    if (detail::outputs_of(p, a) == output_rows::behind_last_norm) {
        x = p.pick_outputs(x);
        p.hidden_state(x);
    }
    if (a.head != head_use::none) detail::walk_head(p, m, x);
    if (a.head != head_use::logits) p.expand(x);
    blocks::embeddings(p, m, x);
}

MEMBOUND_END_NAMESPACE

#endif
