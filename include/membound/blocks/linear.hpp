// Matrices and norms, which the other blocks are made of. See blocks.hpp.
#ifndef MEMBOUND_BLOCKS_LINEAR_HPP
#define MEMBOUND_BLOCKS_LINEAR_HPP

#include <membound/model.hpp>
#include <membound/tensor.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace blocks {

// Matrix of `in` times `out` numbers, a number that scales its result, and a bias of `out`.
template <class Pass>
constexpr auto linear(Pass &p, tensor_name name, int layer, typename Pass::value x, std::int64_t in, std::int64_t out,
                      bool bias = false, bool scale = false) {
    auto y = p.mul_mat(p.weight(name, layer, {in, out}), x);
    if (scale) y = p.mul(y, p.weight(name, layer, {1}, tensor_part::scale));
    if (bias) y = p.add(y, p.weight(name, layer, {out}, tensor_part::bias));
    return y;
}

// A norm over rows; `size` is the shape of its weights. `layer` is the one it belongs to; a loose one is computed wherever it
// suits.
template <class Pass>
constexpr auto norm(Pass &p, norm_kind kind, tensor_name name, int layer, typename Pass::value x, const shape &size,
                    tensor_part part = tensor_part::weight, bool loose = false) {
    if (kind == norm_kind::rms_without_weight) return p.rms_norm(x, -1);
    if (kind == norm_kind::layer_without_weight) return p.norm(x, -1);
    const int at = loose ? -1 : name == tensor_name::token_embd_norm ? 0 : layer; // with the first layer
    auto y = is_rms(kind) ? p.rms_norm(x, at) : p.norm(x, at);
    y = p.mul(y, p.weight(name, layer, size, part));
    if (kind == norm_kind::layer || kind == norm_kind::rms_with_bias)
        y = p.add(y, p.weight(name, layer, size, tensor_part::bias));
    return y;
}

} // namespace blocks
MEMBOUND_END_NAMESPACE

#endif
