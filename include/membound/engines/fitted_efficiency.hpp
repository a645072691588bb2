// How far the kernels of engines stay behind the peak of a device, by backend, and by maker under Vulkan. Written by
// tests/conformance/fit_speeds.py, which fits these factors on published speeds: every one is modelled, with its band.
#ifndef MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP
#define MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP

#include <membound/efficiency.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// In the order of `cost`, and then the bands of decoding and of prefill.
inline constexpr efficiency llama_cpp_cpu = {
    {{1.62, 0, 0, 2.28, 3.23, 2.08, 1.36, 0.245, 0.333,
      0.118, 1.27, 0.952, 3.71, 0.672, 0.012, 10.2, 1}},
    0.924, 3.75, 0.543, 1.89};
inline constexpr efficiency llama_cpp_cuda = {
    {{1.06, 9.44, 1.16, 1.6, 3.96, 1.78, 0.737, 0.243, 0.366,
      0.125, 1.42, 0.889, 3.09, 0.682, 0.0107, 9.84, 1}},
    0.778, 1.22, 0.613, 1.89};
inline constexpr efficiency llama_cpp_rocm = {
    {{1.15, 7.44, 1.05, 2.15, 5.96, 3.95, 1, 0.332, 0.35,
      0.112, 0.941, 2.01, 3.53, 0.667, 0.0133, 10.2, 1}},
    0.678, 1.2, 0.484, 1.49};
inline constexpr efficiency llama_cpp_metal = {
    {{0.921, 8.82, 1.22, 2.14, 12.5, 2.08, 1.45, 0.245, 0.333,
      0.135, 1.27, 1.05, 3.73, 0.684, 0.012, 10.4, 1}},
    0.646, 1.08, 0.789, 1.08};
inline constexpr efficiency llama_cpp_vulkan = {
    {{1.16, 10.4, 0.975, 2.18, 6.01, 2.2, 1.44, 0.42, 0.284,
      0.121, 1.27, 1.03, 3.89, 0.66, 0.0122, 8.89, 1}},
    0.44, 1.56, 0.53, 2.2};
inline constexpr efficiency llama_cpp_sycl = {
    {{1.49, 8.47, 1.02, 2.13, 6.36, 2.23, 0.948, 0.283, 0.34,
      0.103, 1.27, 0.952, 3.71, 0.664, 0.012, 9.87, 1}},
    0.613, 1.53, 0.73, 2.77};
inline constexpr efficiency llama_cpp_vulkan_nvidia = {
    {{0.879, 7.26, 0.972, 2.14, 6.46, 1.86, 0.696, 0.303, 0.264,
      0.121, 1.27, 1.03, 3.89, 0.649, 0.0122, 7.71, 1}},
    0.44, 1.56, 0.513, 2.2};
inline constexpr efficiency llama_cpp_vulkan_amd = {
    {{1.12, 7.3, 0.982, 2.25, 7.19, 4.33, 1.35, 0.42, 0.284,
      0.126, 1.27, 1.15, 4.04, 0.653, 0.0125, 9.94, 1}},
    0.858, 1.35, 0.513, 2.04};
inline constexpr efficiency llama_cpp_vulkan_apple = {
    {{1.91, 11.7, 0.976, 2.19, 9.24, 2.22, 7.54, 0.42, 0.284,
      0.121, 1.27, 1.03, 3.89, 0.662, 0.0122, 8.97, 1}},
    0.44, 1.56, 0.513, 2.2};
inline constexpr efficiency llama_cpp_vulkan_intel = {
    {{1.67, 9.21, 0.975, 2.19, 7.19, 2.31, 1.21, 1.42, 0.293,
      0.121, 1.27, 1.03, 3.89, 0.66, 0.0122, 9.27, 1}},
    0.44, 1.56, 0.553, 2.41};
inline constexpr efficiency exllamav2_cuda = {
    {{0.876, 9.01, 1.12, 1.57, 4.64, 1.78, 0.737, 0.243, 0.366,
      0.125, 1.42, 0.889, 3.09, 0.682, 0.0107, 9.84, 1}},
    0.884, 1.08, 0.543, 1.89};

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
