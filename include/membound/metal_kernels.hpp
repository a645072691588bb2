// What ggml's Metal backend computes, on devices of Apple that have matrices of a SIMD group and BF16.
// Source: llama.cpp v0.5.0, ggml/src/ggml-metal/ggml-metal-device.m (ggml_metal_device_supports_op).
#ifndef MEMBOUND_METAL_KERNELS_HPP
#define MEMBOUND_METAL_KERNELS_HPP

#include <membound/backend_kernels.hpp>
#include <membound/graph.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

inline constexpr std::int16_t metal_attention_heads[] = {32, 40, 48, 64, 72, 80, 96, 112, 128, 192, 256, 320, 512, 576};

// Attention with heads of these sizes, over keys and values of one type.
constexpr bool metal_attends_with(std::int64_t keys, std::int64_t values) {
    if (keys < values || (keys == 72 && values != 72)) return false;
    for (const std::int16_t size : metal_attention_heads)
        if (keys == size) return true;
    return false;
}

// A matrix times numbers in F16 takes one in F16, or many tokens.
constexpr bool metal_multiplies(const graph_tensor *tensors, const graph_tensor &node) {
    const graph_tensor &a = tensors[node.sources[0]];
    const graph_tensor &b = tensors[node.sources[1]];
    const bool one = node.op == operation::mul_mat;
    if (!multiplies(backend::metal, format_of(a.type))) return false;
    if (b.type != ggml_type::f16 || (a.type == ggml_type::f16 && one)) return true;
    if (a.type == ggml_type::bf16 || a.ne[0] < 64) return false;
    const bool turned = a.nb[0] > a.nb[1] || b.nb[0] > b.nb[1];
    return one ? !turned && b.ne[1] > 8 : tensors[node.sources[2]].ne[1] >= 32;
}

// Copies to another type, or into rows that lie otherwise.
constexpr bool metal_copies(ggml_type from, ggml_type to) {
    switch (from) {
    case ggml_type::f32: return true;
    case ggml_type::i32: return to == ggml_type::f32 || to == ggml_type::i32;
    case ggml_type::bf16: return to == ggml_type::f32 || to == ggml_type::bf16;
    case ggml_type::iq4_nl: return false;
    default: return to == ggml_type::f32 || to == ggml_type::f16;
    }
}

constexpr bool metal_indexes(const graph_tensor *tensors, const graph_tensor &node) {
    const graph_tensor &q = tensors[node.sources[0]];
    return q.ne[0] == 128 && q.ne[1] == 64 && attention_reads(tensors[node.sources[1]].type);
}

// Whether there is a kernel.
constexpr bool runs_on_metal(const graph_tensor *tensors, const graph_tensor &node) {
    switch (node.op) {
    case operation::mul_mat:
    case operation::mul_mat_id: return metal_multiplies(tensors, node);
    case operation::flash_attn_ext: {
        const graph_tensor &k = tensors[node.sources[1]];
        const graph_tensor &v = tensors[node.sources[2]];
        return k.type == v.type && attention_reads(k.type) && metal_attends_with(k.ne[0], v.ne[0]);
    }
    case operation::lightning_indexer: return metal_indexes(tensors, node);
    case operation::cont:
    case operation::cpy: return metal_copies(tensors[node.sources[0]].type, node.type);
    case operation::concat: return node.type != ggml_type::iq4_nl;
    case operation::gated_delta_net: return tensors[node.sources[2]].ne[0] % 32 == 0;
    case operation::dsv4_hc_comb: return tensors[node.sources[0]].ne[0] == 24;
    case operation::dsv4_hc_post: return tensors[node.sources[1]].ne[1] == 4;
    case operation::gated_linear_attn: return false;
    default: return true;
    }
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
