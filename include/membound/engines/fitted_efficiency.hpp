// How far the kernels of engines stay behind the peak of a device, by backend, and by maker under Vulkan. Written by
// tests/conformance/fit_speeds.py, which fits these factors on published speeds: every one is modelled, with its band.
#ifndef MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP
#define MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP

#include <membound/efficiency.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// In the order of `cost`, and then the bands of decoding and of prefill.
inline constexpr efficiency llama_cpp_cpu = {
    {{1.63, 3.43, 0, 0, 2.14, 3.94, 2.2, 1.36, 0.244, 0.327,
      0.12, 1.26, 0.926, 3.68, 0.68, 0.0117, 10, 1}},
    0.634, 1.81, 0, 0};
inline constexpr efficiency llama_cpp_cuda = {
    {{1.09, 0.912, 8.18, 0.668, 1.74, 4, 1.89, 0.734, 0.242, 0.357,
      0.127, 1.39, 0.89, 3.11, 0.691, 0.0105, 9.67, 1}},
    0.772, 1.45, 0.611, 1.89};
inline constexpr efficiency llama_cpp_rocm = {
    {{1.1, 1.63, 7.53, 0.691, 2.03, 5.55, 3.2, 1.05, 0.377, 0.349,
      0.114, 0.966, 1.53, 3.49, 0.674, 0.0132, 10, 1}},
    0.63, 1.21, 0.476, 1.44};
inline constexpr efficiency llama_cpp_metal = {
    {{0.943, 1.07, 8.13, 0.776, 2.14, 12.6, 2.2, 1.44, 0.244, 0.327,
      0.137, 1.27, 1.01, 3.7, 0.692, 0.0117, 10.2, 1}},
    0.63, 1.08, 0.788, 1.08};
inline constexpr efficiency llama_cpp_vulkan = {
    {{1.16, 1.45, 9.89, 0.655, 2.18, 6.17, 2.31, 1.43, 0.418, 0.279,
      0.123, 1.26, 0.991, 3.85, 0.668, 0.012, 8.74, 1}},
    0.439, 1.55, 0.53, 2.19};
inline constexpr efficiency llama_cpp_sycl = {
    {{1.54, 1.07, 7.6, 0.676, 2.13, 6.36, 2.36, 0.947, 0.28, 0.334,
      0.104, 1.26, 0.926, 3.68, 0.672, 0.0117, 9.68, 1}},
    0.608, 1.57, 0.734, 2.77};
inline constexpr efficiency llama_cpp_vulkan_nvidia = {
    {{0.879, 1.45, 7.11, 0.654, 2.15, 6.58, 1.94, 0.695, 0.301, 0.26,
      0.123, 1.26, 0.991, 3.85, 0.656, 0.012, 7.58, 1}},
    0.439, 1.55, 0.513, 2.19};
inline constexpr efficiency llama_cpp_vulkan_amd = {
    {{1.12, 2.63, 7.18, 0.659, 2.26, 6.94, 4.4, 1.34, 0.418, 0.279,
      0.128, 1.26, 1.07, 3.98, 0.661, 0.0122, 9.83, 1}},
    0.554, 1.33, 0.292, 2.03};
inline constexpr efficiency llama_cpp_vulkan_apple = {
    {{1.92, 1.45, 11.1, 0.656, 2.19, 9.64, 2.34, 7.54, 0.418, 0.279,
      0.123, 1.26, 0.991, 3.85, 0.67, 0.012, 8.83, 1}},
    0.439, 1.55, 0.513, 2.19};
inline constexpr efficiency llama_cpp_vulkan_intel = {
    {{1.68, 1.45, 8.82, 0.655, 2.19, 7.42, 2.44, 1.21, 1.42, 0.288,
      0.123, 1.26, 0.991, 3.85, 0.668, 0.012, 9.11, 1}},
    0.439, 1.55, 0.552, 2.41};
inline constexpr efficiency exllamav2_cuda = {
    {{0.919, 0.912, 8.36, 0.673, 1.71, 4.65, 1.89, 0.734, 0.242, 0.357,
      0.127, 1.39, 0.89, 3.11, 0.691, 0.0105, 9.67, 1}},
    0.891, 1.1, 0, 0};

constexpr const efficiency *llama_cpp_efficiency_on(const device &d) {
    switch (d.api) {
    case backend::cpu: return &llama_cpp_cpu;
    case backend::cuda: return &llama_cpp_cuda;
    case backend::rocm: return &llama_cpp_rocm;
    case backend::metal: return &llama_cpp_metal;
    case backend::sycl: return &llama_cpp_sycl;
    case backend::vulkan: break;
    }
    switch (d.made_by) {
    case maker::nvidia: return &llama_cpp_vulkan_nvidia;
    case maker::amd: return &llama_cpp_vulkan_amd;
    case maker::apple: return &llama_cpp_vulkan_apple;
    case maker::intel: return &llama_cpp_vulkan_intel;
    case maker::qualcomm:
    case maker::other: break;
    }
    return &llama_cpp_vulkan;
}

constexpr const efficiency *exllamav2_efficiency_on(const device &d) {
    return d.api == backend::cuda ? &exllamav2_cuda : nullptr;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
