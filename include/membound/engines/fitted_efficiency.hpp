// How far the kernels of engines stay behind the peak of a device, by backend, and by maker under Vulkan. Written by
// tests/conformance/fit_speeds.py, which fits these factors on published speeds: every one is modelled, with its band.
#ifndef MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP
#define MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP

#include <membound/efficiency.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// In the order of `cost`, and then the bands of decoding and of prefill.
inline constexpr efficiency llama_cpp_cpu = {
    {{1.6, 0, 0, 2.15, 3.84, 2.22, 1.36, 0.244, 0.327,
      0.12, 1.26, 0.918, 3.67, 0.679, 0.0118, 10, 1}},
    0.739, 2.07, 0.533, 1.89};
inline constexpr efficiency llama_cpp_cuda = {
    {{1.06, 9.45, 1.15, 1.59, 3.94, 1.89, 0.735, 0.243, 0.36,
      0.127, 1.41, 0.859, 3.08, 0.689, 0.0105, 9.7, 1}},
    0.779, 1.23, 0.611, 1.89};
inline constexpr efficiency llama_cpp_rocm = {
    {{1.15, 7.47, 1.04, 2.15, 5.94, 3.94, 1, 0.337, 0.343,
      0.114, 0.939, 1.8, 3.53, 0.673, 0.013, 10, 1}},
    0.678, 1.2, 0.477, 1.47};
inline constexpr efficiency llama_cpp_metal = {
    {{0.921, 8.84, 1.21, 2.14, 12.5, 2.22, 1.44, 0.244, 0.327,
      0.137, 1.27, 1.02, 3.69, 0.691, 0.0118, 10.2, 1}},
    0.646, 1.08, 0.788, 1.08};
inline constexpr efficiency llama_cpp_vulkan = {
    {{1.16, 10.4, 0.971, 2.17, 6, 2.35, 1.43, 0.417, 0.279,
      0.123, 1.26, 0.988, 3.84, 0.667, 0.012, 8.75, 1}},
    0.44, 1.56, 0.53, 2.19};
inline constexpr efficiency llama_cpp_sycl = {
    {{1.49, 8.5, 1.02, 2.13, 6.34, 2.38, 0.947, 0.28, 0.333,
      0.104, 1.26, 0.918, 3.67, 0.671, 0.0118, 9.69, 1}},
    0.613, 1.53, 0.734, 2.77};
inline constexpr efficiency llama_cpp_vulkan_nvidia = {
    {{0.879, 7.27, 0.968, 2.14, 6.45, 1.97, 0.695, 0.3, 0.26,
      0.123, 1.26, 0.988, 3.84, 0.655, 0.012, 7.58, 1}},
    0.44, 1.56, 0.514, 2.19};
inline constexpr efficiency llama_cpp_vulkan_amd = {
    {{1.12, 7.32, 0.978, 2.24, 7.18, 5.62, 1.25, 0.417, 0.279,
      0.128, 1.27, 1.09, 3.98, 0.659, 0.0122, 9.8, 1}},
    0.858, 1.35, 0.514, 2.03};
inline constexpr efficiency llama_cpp_vulkan_apple = {
    {{1.91, 11.8, 0.972, 2.18, 9.22, 2.37, 7.53, 0.417, 0.279,
      0.123, 1.26, 0.988, 3.84, 0.669, 0.012, 8.83, 1}},
    0.44, 1.56, 0.514, 2.19};
inline constexpr efficiency llama_cpp_vulkan_intel = {
    {{1.67, 9.23, 0.97, 2.19, 7.18, 2.47, 1.21, 1.42, 0.288,
      0.123, 1.26, 0.988, 3.84, 0.666, 0.012, 9.11, 1}},
    0.44, 1.56, 0.552, 2.41};
inline constexpr efficiency exllamav2_cuda = {
    {{0.876, 9.03, 1.11, 1.57, 4.64, 1.89, 0.735, 0.243, 0.36,
      0.127, 1.41, 0.859, 3.08, 0.689, 0.0105, 9.7, 1}},
    0.885, 1.08, 0.533, 1.89};

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
