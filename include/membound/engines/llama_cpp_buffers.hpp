// How llama.cpp's backends lay tensors out in their buffers, and which tensors they can not hold.
// Source: llama.cpp v0.5.0; the file stands beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_BUFFERS_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_BUFFERS_HPP

#include <membound/cuda_kernels.hpp>
#include <membound/metal_kernels.hpp>
#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// With a device, the host's buffers are those that it can read from.
constexpr bool has_vulkan_host(const machine &on) { return on.device_count > 0 && on.devices[0].api == backend::vulkan; }

// By what an allocated buffer of the host is longer than asked for: ggml-vulkan.cpp
// (ggml_backend_vk_host_buffer_type_alloc_buffer).
constexpr bytes lengthened(const machine &on) { return has_vulkan_host(on) ? 32_B : 0_B; }

// What a backend makes of tensors in its buffers.
struct buffer_rules {
    backend api = backend::cpu;
    std::int64_t alignment = 32; // of a tensor: ggml-impl.h (TENSOR_ALIGNMENT); ggml-metal.cpp has the same
    bool cuda = false;           // or a backend made after it
    bool vulkan = false;         // Vulkan, or the host beside it
    std::int64_t largest_tensor = INT64_MAX;
    std::int64_t largest_buffer = INT64_MAX / 2;
};

constexpr buffer_rules buffer_rules_of(const machine &on, int i) {
    const device &d = device_at(on, i);
    buffer_rules r;
    r.api = d.api;
    r.cuda = is_cuda_like(d.api);
    if (r.cuda) r.alignment = 128; // ggml-cuda.cu, ggml_backend_cuda_buffer_type_get_alignment
    if (d.api == backend::vulkan) {
        r.vulkan = true;
        r.alignment = 16;             // minStorageBufferOffsetAlignment
        r.largest_tensor = UINT32_MAX; // maxStorageBufferRange has 32 bits
    }
    if (d.buffer_alignment > 0) r.alignment = d.buffer_alignment;
    if (d.largest_buffer.count() > 0) r.largest_buffer = d.largest_buffer.count();
    if (i == on.device_count && has_vulkan_host(on)) {
        r.vulkan = true;
        r.alignment = on.devices[0].host_alignment > 0 ? on.devices[0].host_alignment : 64; // minMemoryMapAlignment
        if (on.devices[0].largest_buffer.count() > 0) r.largest_buffer = on.devices[0].largest_buffer.count();
    }
    return r;
}

// Bytes of a tensor in a buffer.
constexpr bytes buffer_bytes(const buffer_rules &r, const format &f, const shape &s, bytes size) {
    if (r.cuda) size += bytes(cuda_padding(f, s.ne[0]));
    return bytes(round_up(size.count(), r.alignment));
}
constexpr bytes buffer_bytes(const buffer_rules &r, const format &f, const shape &s) {
    return buffer_bytes(r, f, s, tensor_bytes(f, s));
}

// Whether CUDA has no kernel for what is done with a weight (ggml-cuda.cu, ggml_backend_cuda_device_supports_op).
constexpr bool has_no_cuda_kernel(const model &m, const tensor &t, const format &f) {
    switch (t.name) {
    case tensor_name::ssm_a:
        if (t.layer < 0 || !is_state_space(m.layers[t.layer].state)) return false;
        if (t.dims.ne[0] != 1) return !cuda_scans_channels(t.dims.ne[0], t.dims.ne[1], max<std::int64_t>(m.ssm_group_count, 1));
        return !cuda_scans_heads(m.ssm_state_size, m.ssm_inner_size / t.dims.ne[1]);
    case tensor_name::ssm_conv1d:
    case tensor_name::shortconv_conv:
    case tensor_name::ple_conv1d: return t.part == tensor_part::weight && !cuda_convolves(t.dims.ne[1]);
    case tensor_name::per_layer_token_embd: return !(f.block_elements == 1 || cuda_looked_up(f)); // where it is not on the host
    case tensor_name::attn_compressor_ape:
    case tensor_name::indexer_compressor_ape:
    case tensor_name::nextn_embed_tokens: return !cuda_looks_up(f, t.dims.ne[0]);
    default: return !multiplies(backend::cuda, f);
    }
}

// Weights that a device has no kernel for stay in memory of the CPU's own, which no device reads (llama-model-loader.cpp,
// weight_buft_supported). Vulkan's scan of a state space has one decay for a head, states of 128 or 256 numbers, and heads of
// multiples of 16 (ggml-vulkan.cpp, ggml_backend_vk_device_supports_op).
constexpr bool stays_with_cpu(const buffer_rules &r, const model &m, const tensor &t, const format &f) {
    if (is_cuda(r.api)) return has_no_cuda_kernel(m, t, f);
    if (!multiplies(r.api, f)) return true;
    if (!r.vulkan || t.name != tensor_name::ssm_a || t.layer < 0) return false;
    if (!is_state_space(m.layers[t.layer].state)) return false;
    const bool sized = m.ssm_state_size == 128 || m.ssm_state_size == 256;
    return t.dims.ne[0] != 1 || !sized || m.ssm_inner_size / t.dims.ne[1] % 16 != 0;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
