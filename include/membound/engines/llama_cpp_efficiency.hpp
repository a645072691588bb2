// How far llama.cpp's kernels stay behind the peak of a device, by backend: fitted on published speeds by
// tests/conformance/fit_speeds.py, which writes this file.
#ifndef MEMBOUND_ENGINES_LLAMA_CPP_EFFICIENCY_HPP
#define MEMBOUND_ENGINES_LLAMA_CPP_EFFICIENCY_HPP

#include <membound/efficiency.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// weights, loads, cache, kernels, operands, products, shader_products, matrix_products, float_products, routed_products,
// attended, attended_plainly, cache_again, scores, link
inline constexpr efficiency llama_cpp_cuda = {
    {{1.1, 8, 1.4, 3.9, 0.6, 0.75, 0.175, 1, 1.4, 2, 2.5, 0.56, 0.01, 8, 1}}, 0.75, 1.3, 0.6, 1.6};
inline constexpr efficiency llama_cpp_rocm = {
    {{1.15, 3, 1.5, 10, 4, 0.8, 0.3, 1.3, 1, 2, 4.5, 3, 0.01, 3, 1}}, 0.6, 1.5, 0.5, 2};
inline constexpr efficiency llama_cpp_metal = {
    {{1.05, 3, 1.5, 15, 1.6, 1.45, 0.3, 1.2, 1.3, 2, 3, 3, 0.03, 3, 1}}, 0.75, 1.3, 0.7, 1.4};
inline constexpr efficiency llama_cpp_vulkan = {
    {{1.15, 6, 1.5, 6, 2, 1.2, 0.3, 1.2, 1.3, 2, 3, 3, 0.03, 3, 1}}, 0.5, 1.6, 0.4, 2.5};
inline constexpr efficiency llama_cpp_cpu = {
    {{1.25, 0, 1.5, 10, 2, 2, 0, 0, 2, 2, 3, 3, 0.1, 3, 1}}, 0.5, 1.5, 0.4, 2};

constexpr const efficiency *llama_cpp_efficiency_on(const device &d) {
    switch (d.api) {
    case backend::cpu: return &llama_cpp_cpu;
    case backend::cuda: return &llama_cpp_cuda;
    case backend::rocm: return &llama_cpp_rocm;
    case backend::metal: return &llama_cpp_metal;
    case backend::vulkan: return &llama_cpp_vulkan;
    case backend::sycl: break; // none published
    }
    return nullptr;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
