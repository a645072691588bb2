// The matrices that images run through instead of those of text. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_VISUAL_EXPERTS_HPP
#define MEMBOUND_BLOCKS_VISUAL_EXPERTS_HPP

#include <membound/blocks/linear.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Their weights alone: memory is reserved for text.
template <class Pass>
constexpr void visual_experts(Pass &p, const model &m, int i) {
    const layer &l = m.layers[i];
    const std::int64_t hidden = m.hidden_size;
    const std::int64_t q_size = detail::multiply(m.key_head_dim(), l.num_attention_heads);
    p.weight(tensor_name::vis_attn_qkv, i, {hidden, detail::multiply(3, q_size)});
    p.weight(tensor_name::vis_attn_output, i, {q_size, hidden});
    p.weight(tensor_name::vis_gate, i, {hidden, l.intermediate_size});
    p.weight(tensor_name::vis_down, i, {l.intermediate_size, hidden});
    p.weight(tensor_name::vis_up, i, {hidden, l.intermediate_size});
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
