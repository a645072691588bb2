// Low-rank adapters within a model, of which each token uses the one that the last control token before it chose: a small
// attention layer behind the others finds it. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_SWITCHED_ADAPTERS_HPP
#define MEMBOUND_BLOCKS_SWITCHED_ADAPTERS_HPP

#include <membound/blocks/linear.hpp>
#include <membound/formats/ggml.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// The adapter of each token.
template <class Pass>
constexpr auto chosen_adapters(Pass &p, const model &m) {
    const int router = m.layer_count();
    const shape one = {1, 1, p.tokens()};
    const shape head = {m.key_head_dim(), 1, p.tokens()};
    const auto q = p.pad(p.reshape(p.signal(), one), head);
    const auto k = p.pad(p.reshape(p.signal(), one), head);
    const auto v = p.pad(p.reshape(p.signal(), one), head);
    auto y = p.attend(router, q, k, v, p.nothing());
    y = p.reshape(p.cont(p.columns(y, {1, p.tokens()})), {p.tokens()});
    return p.cast(p.unary(p.clamp(y)), ggml_type::i32);
}

// What the tokens' adapters add to the result of a matrix.
template <class Pass>
constexpr auto switched_delta(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x, std::int64_t in,
                              std::int64_t out, typename Pass::value adapters) {
    const std::int64_t tokens = p.tokens_of(x);
    const auto ids = p.reshape(adapters, {1, tokens});
    const auto narrow = p.weight(name, i, {in, m.adapter_rank, m.adapter_slots}, tensor_part::lora_a);
    auto y = p.mul_mat_id(narrow, p.reshape(x, {in, 1, tokens}), ids);
    const auto wide = p.weight(name, i, {m.adapter_rank, out, m.adapter_slots}, tensor_part::lora_b);
    y = p.mul_mat_id(wide, y, ids);
    return p.reshape(y, {out, tokens});
}

template <class Pass>
constexpr auto switched_linear(Pass &p, const model &m, tensor_name name, int i, typename Pass::value x, std::int64_t in,
                               std::int64_t out, typename Pass::value adapters) {
    const auto y = p.mul_mat(p.weight(name, i, {in, out}), x);
    return p.add(y, switched_delta(p, m, name, i, x, in, out, adapters));
}

template <class Pass>
constexpr auto switched_attention(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value adapters) {
    using n = tensor_name;
    const layer &l = m.layers[i];
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t head = m.key_head_dim();
    const std::int64_t tokens = p.tokens();
    const std::int64_t q_size = detail::multiply(head, l.num_attention_heads);
    const std::int64_t kv_size = detail::multiply(head, l.num_key_value_heads);
    const std::int64_t all = detail::add(q_size, detail::multiply(2, kv_size));
    const auto qkv = p.mul_mat(p.weight(n::attn_qkv, i, {hidden, all}), x);
    auto q = p.cont(p.columns(qkv, {q_size, tokens}));
    auto k = p.cont(p.columns(qkv, {kv_size, tokens}));
    auto v = p.cont(p.columns(qkv, {kv_size, tokens}));
    q = p.reshape(p.add(q, switched_delta(p, m, n::attn_q, i, x, hidden, q_size, adapters)),
                  {head, l.num_attention_heads, tokens});
    k = p.reshape(p.add(k, switched_delta(p, m, n::attn_k, i, x, hidden, kv_size, adapters)),
                  {head, l.num_key_value_heads, tokens});
    v = p.reshape(p.add(v, switched_delta(p, m, n::attn_v, i, x, hidden, kv_size, adapters)),
                  {head, l.num_key_value_heads, tokens});
    if (!l.unrotated) {
        q = p.rope(q, p.nothing());
        k = p.rope(k, p.nothing());
    }
    const auto y = p.attend(i, q, k, v, p.nothing());
    return switched_linear(p, m, n::attn_output, i, y, q_size, hidden, adapters);
}

template <class Pass>
constexpr auto switched_feed_forward(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value adapters) {
    using n = tensor_name;
    const std::int64_t size = m.layers[i].intermediate_size;
    const auto gate = p.unary(switched_linear(p, m, n::ffn_gate, i, x, m.hidden_size, size, adapters));
    const auto up = switched_linear(p, m, n::ffn_up, i, x, m.hidden_size, size, adapters);
    return switched_linear(p, m, n::ffn_down, i, p.mul(gate, up), size, m.hidden_size, adapters);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
