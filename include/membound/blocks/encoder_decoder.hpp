// The layers of encoders and decoders after T5, with positions as biases of attention scores. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_ENCODER_DECODER_HPP
#define MEMBOUND_BLOCKS_ENCODER_DECODER_HPP

#include <membound/blocks/feed_forward.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

struct attention_names {
    tensor_name norm;
    tensor_name q;
    tensor_name k;
    tensor_name v;
    tensor_name output;
};

struct stack_names {
    attention_names attention;
    tensor_name bias;
    tensor_name ffn_norm;
    feed_forward_names ffn;
};

inline constexpr stack_names encoder_names = {
    {tensor_name::enc_attn_norm, tensor_name::enc_attn_q, tensor_name::enc_attn_k, tensor_name::enc_attn_v,
     tensor_name::enc_attn_o},
    tensor_name::enc_attn_rel_b,
    tensor_name::enc_ffn_norm,
    {tensor_name::enc_ffn_gate, tensor_name::enc_ffn_up, tensor_name::enc_ffn_down}};
inline constexpr stack_names decoder_names = {
    {tensor_name::dec_attn_norm, tensor_name::dec_attn_q, tensor_name::dec_attn_k, tensor_name::dec_attn_v,
     tensor_name::dec_attn_o},
    tensor_name::dec_attn_rel_b,
    tensor_name::dec_ffn_norm,
    {tensor_name::dec_ffn_gate, tensor_name::dec_ffn_up, tensor_name::dec_ffn_down}};
inline constexpr attention_names cross_attention_names = {
    tensor_name::dec_cross_attn_norm, tensor_name::dec_cross_attn_q, tensor_name::dec_cross_attn_k,
    tensor_name::dec_cross_attn_v, tensor_name::dec_cross_attn_o};

// What is added to the attention scores of a layer. Where only the first layer has a table, all read that.
template <class Pass>
constexpr auto position_bias(Pass &p, const model &m, int i, tensor_name name) {
    const shape size = {m.layers[i].num_attention_heads, m.relative_attention_num_buckets};
    if (m.distances == relative_bias::none) return p.nothing();
    return p.position_bias(m.distances == relative_bias::every_layer ? p.weight(name, i, size)
                                                                     : p.weight_of_first_layer(name, i, size));
}

// Attention of tokens to each other, or to what the encoder made of others.
template <class Pass>
constexpr auto stack_attention(Pass &p, const model &m, int i, typename Pass::value x, const attention_names &names,
                               tensor_name bias) {
    const bool crosses = bias == tensor_name::other;
    const std::int64_t heads = m.layers[i].num_attention_heads;
    const std::int64_t head = m.key_head_dim();
    const std::int64_t size = detail::multiply(head, heads);
    const auto from = crosses ? p.encoded() : x;
    auto q = linear(p, names.q, i, x, m.hidden_size, size);
    auto k = linear(p, names.k, i, from, m.hidden_size, size);
    auto v = linear(p, names.v, i, from, m.hidden_size, size);
    q = p.reshape(q, {head, heads, p.tokens_of(x)});
    k = p.reshape(k, {head, heads, p.tokens_of(from)});
    v = p.reshape(v, {head, heads, p.tokens_of(from)});
    const auto y = crosses ? p.attend_encoded(q, k, v)
                           : p.attend(i, q, k, v, p.nothing(), position_bias(p, m, i, bias));
    return linear(p, names.output, i, y, size, m.hidden_size);
}

template <class Pass>
constexpr auto stack_layer(Pass &p, const model &m, int i, typename Pass::value x, const stack_names &names) {
    const norm_kind kind = m.family->norm;
    const std::int64_t hidden = m.hidden_size;
    auto residual = x;
    x = norm(p, kind, names.attention.norm, i, x, hidden);
    x = stack_attention(p, m, i, x, names.attention, names.bias);
    if (is_of_decoder(names.bias)) {
        residual = p.add(x, residual);
        x = norm(p, kind, cross_attention_names.norm, i, residual, hidden);
        x = stack_attention(p, m, i, x, cross_attention_names, tensor_name::other);
    }
    if (i + 1 == m.layer_count()) {
        x = p.pick_outputs(x);
        residual = p.pick_outputs(residual);
    }
    residual = p.add(x, residual);
    x = norm(p, kind, names.ffn_norm, i, residual, hidden);
    x = feed_forward(p, m, i, x, m.family->ffn, names.ffn, m.layers[i].intermediate_size);
    return p.add(x, residual);
}

// The encoder of an encoder-decoder: a pass through it is none through the decoder, which memory is reserved for.
template <class Pass>
constexpr void unread_encoder_layer(Pass &p, const model &m, int i) {
    const stack_names &names = encoder_names;
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t heads = m.layers[i].num_attention_heads;
    const std::int64_t size = detail::multiply(m.key_head_dim(), heads);
    const std::int64_t ffn = m.layers[i].intermediate_size;
    p.weight(names.attention.norm, i, {hidden});
    if (m.distances == relative_bias::every_layer || (m.distances == relative_bias::first_layer && i == 0))
        p.weight(names.bias, i, {heads, m.relative_attention_num_buckets});
    p.weight(names.attention.q, i, {hidden, size});
    p.weight(names.attention.k, i, {hidden, size});
    p.weight(names.attention.v, i, {hidden, size});
    p.weight(names.attention.output, i, {size, hidden});
    p.weight(names.ffn_norm, i, {hidden});
    if (m.ffn == feed_forward_form::gated) p.weight(names.ffn.gate, i, {hidden, ffn});
    p.weight(names.ffn.down, i, {ffn, hidden});
    p.weight(names.ffn.up, i, {hidden, ffn});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
