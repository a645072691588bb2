// Embeddings of a token that each layer has for itself. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_PER_LAYER_EMBEDDING_HPP
#define MEMBOUND_BLOCKS_PER_LAYER_EMBEDDING_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Of all layers: one looked up by the token, and one projected from the embedding `x`.
template <class Pass>
constexpr auto per_layer_embeddings(Pass &p, const model &m, typename Pass::value x) {
    const std::int64_t size = m.per_layer_size;
    const std::int64_t layers = m.num_hidden_layers;
    const std::int64_t all = detail::multiply(size, layers);
    auto looked_up = p.embed_again(p.weight(tensor_name::per_layer_token_embd, -1, {all, m.vocab_size}));
    looked_up = p.scale(p.reshape(looked_up, {size, layers, p.tokens()}));
    if (!p.is_before(20260408)) p.expand(looked_up); // PR 21612
    auto y = p.scale(linear(p, tensor_name::per_layer_model_proj, -1, x, m.hidden_size, all));
    y = p.reshape(y, {size, layers, p.tokens()});
    y = norm(p, norm_kind::rms, tensor_name::per_layer_proj_norm, -1, y, size);
    return p.cont(p.permute(p.scale(p.add(y, looked_up)), 1, 2));
}

// What the `i`-th layer's embedding adds to `x`, which it is gated by.
template <class Pass>
constexpr auto per_layer_embedding(Pass &p, const model &m, int i, typename Pass::value x, typename Pass::value all) {
    const std::int64_t size = m.per_layer_size;
    const auto gate = p.unary(linear(p, tensor_name::per_layer_inp_gate, i, x, m.hidden_size, size));
    auto own = p.view(all, {size, p.tokens()}, size, detail::multiply(size, p.tokens()));
    if (i + 1 == m.layer_count() && p.is_before(m.family->late_outputs_date)) own = p.pick_outputs(own);
    const auto y = linear(p, tensor_name::per_layer_proj, i, p.mul(gate, own), size, m.hidden_size);
    return norm(p, norm_kind::rms, tensor_name::per_layer_post_norm, i, y, m.hidden_size);
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
