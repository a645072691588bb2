// How llama.cpp's backends lay tensors out in their buffers, and which tensors they can not hold.
// Source: llama.cpp v0.5.0; the file stands beside each rule.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_BUFFERS_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_BUFFERS_HPP

#include <membound/weights.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// Alignment of a tensor within a buffer: ggml-impl.h (TENSOR_ALIGNMENT), ggml-cuda.cu, ggml-metal.cpp, ggml-vulkan.cpp.
constexpr std::int64_t buffer_alignment(const device &d) {
    if (d.buffer_alignment > 0) return d.buffer_alignment;
    switch (d.api) {
    case backend::cuda:
    case backend::rocm:
    case backend::sycl: return 128;
    case backend::vulkan: return 16;
    case backend::metal:
    case backend::cpu: break;
    }
    return 32;
}

// Bytes of a tensor of rows of `row` numbers in a buffer: CUDA and SYCL read rows of quantized matrices in steps of 512
// numbers, and lengthen the last one for it (ggml-cuda.cu, ggml_backend_cuda_buffer_type_get_alloc_size).
constexpr bytes buffer_bytes(const device &d, const format &f, const shape &s) {
    constexpr std::int64_t step = 512;
    bytes size = tensor_bytes(f, s);
    const bool pads = d.api == backend::cuda || d.api == backend::rocm || d.api == backend::sycl;
    if (pads && f.block_elements > 1 && s.ne[0] % step != 0) size += storage_bytes(f, step - s.ne[0] % step);
    return bytes(round_up(size.count(), buffer_alignment(d)));
}

constexpr const device &device_at(const machine &on, int i) { return i < on.device_count ? on.devices[i] : on.host; }

// With a device, the host's buffers are those that it can read from: CUDA's are aligned as any host buffer, Vulkan's to
// the driver's minMemoryMapAlignment (64 everywhere), and they are 32 bytes longer once allocated.
constexpr bool has_vulkan_host(const machine &on) { return on.device_count > 0 && on.devices[0].api == backend::vulkan; }
constexpr std::int64_t buffer_alignment(const machine &on, int i) {
    return i == on.device_count && has_vulkan_host(on) ? 64 : buffer_alignment(device_at(on, i));
}
constexpr bytes buffer_bytes(const machine &on, int i, const format &f, const shape &s) {
    return bytes(round_up(buffer_bytes(device_at(on, i), f, s).count(), buffer_alignment(on, i)));
}

// Vulkan counts the bytes of a tensor in 32 bits (maxStorageBufferRange); larger weights stay on the host.
constexpr std::int64_t largest_operand(const device &d) { return d.api == backend::vulkan ? UINT32_MAX : INT64_MAX; }

constexpr int device_of(const machine &on, const layout &at, const tensor &t, bytes size) {
    const int d = device_of(at, t);
    return d < at.host && size.count() > largest_operand(on.devices[d]) ? at.host : d;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
