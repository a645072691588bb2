// Which types the kernels of ggml's backends read.
// Source: llama.cpp v0.5.0, ggml/src/ggml-cuda/ggml-cuda.cu (ggml_backend_cuda_device_supports_op) and
// ggml/src/ggml-metal/ggml-metal-device.m (ggml_metal_device_supports_op).
#ifndef MEMBOUND_BACKEND_KERNELS_HPP
#define MEMBOUND_BACKEND_KERNELS_HPP

#include <membound/device.hpp>
#include <membound/formats/ggml.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Whether a backend has kernels for matrices in this format. Those that it has none for stay with the processor.
constexpr bool multiplies(backend api, const format &f) {
    switch (api) {
    case backend::cuda:
    case backend::rocm: return !(f == formats::tq1_0::value) && !(f == formats::tq2_0::value);
    case backend::metal: return !(f == formats::tq1_0::value) && !(f == formats::nvfp4::value);
    default: return true;
    }
}

namespace detail {

// The HIP build has CUDA's sources.
constexpr bool is_cuda(backend api) { return api == backend::cuda || api == backend::rocm; }
// With those that were made after it.
constexpr bool is_cuda_like(backend api) { return is_cuda(api) || api == backend::sycl; }

// Whether kernels of attention, CUDA's and Metal's, read a cache of this type.
constexpr bool attention_reads(ggml_type cached) {
    switch (cached) {
    case ggml_type::f32:
    case ggml_type::f16:
    case ggml_type::bf16:
    case ggml_type::q4_0:
    case ggml_type::q4_1:
    case ggml_type::q5_0:
    case ggml_type::q5_1:
    case ggml_type::q8_0: return true;
    default: return false;
    }
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
