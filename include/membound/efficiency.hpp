// What the time of a pass is made of, and how far an engine's kernels stay behind a device's peak in each part.
#ifndef MEMBOUND_EFFICIENCY_HPP
#define MEMBOUND_EFFICIENCY_HPP

#include <membound/device.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Parts of the time of a pass on one device, each in seconds at the device's peak. Rates are multiply-adds, half of what a
// data sheet counts. A pass of few tokens multiplies matrices by vectors, which is bound by reading them.
enum class cost : std::uint8_t {
    weights,          // bytes of weights but routed experts, at the memory's bandwidth
    routed_weights,   // of the routed experts that tokens are sent to
    loads,            // both by the rate of the shaders, which take them in; of a pass of few tokens
    super_loads,      // multiply-adds with weights in super-blocks, which are unpacked; of a pass of few tokens
    cache,            // bytes of caches and states, at the memory's bandwidth
    kernels,          // tensors of weights, each a microsecond: what starts for each
    operands,         // what matrices take and give, in F32, at the memory's bandwidth
    products,         // multiply-adds with quantized weights, at the rate of the shaders, where there are no matrix units
    shader_products,  // the same where there are: shaders unpack and scale
    matrix_products,  // and at the rate of the matrix units
    super_products,   // and with those in super-blocks again, at the rate of the shaders
    float_products,   // with F16, BF16 and F32 weights, at the rate of matrix units where there are any
    routed_products,  // of routed experts, likewise
    attended,         // of attention with flash attention, likewise
    attended_plainly, // without it
    cache_again,      // bytes of caches, once for each token, at the memory's bandwidth
    scores,           // scores of attention in F32 without flash attention, at the memory's bandwidth
    link,             // between a device and the host
    count
};

struct pass_costs {
    double of[static_cast<int>(cost::count)] = {};

    constexpr double &operator[](cost c) { return of[static_cast<int>(c)]; }
    constexpr double operator[](cost c) const { return of[static_cast<int>(c)]; }
};

// How often the seconds at peak are taken, and the bands: nine of ten measured speeds lay between these multiples of what
// was predicted; 0 where none was published. Fitted, so every speed is modelled.
struct efficiency {
    pass_costs factor;
    double decode_lower = 0;
    double decode_upper = 0;
    double prefill_lower = 0;
    double prefill_upper = 0;
};

// Units that multiply matrices count several times the shaders' FP32 rate, in FP16 or in INT8; packed FP16 counts twice.
constexpr bool has_matrix_units(const device &d) {
    return d.fp16_tflops > 2.5 * d.fp32_tflops || d.int8_tops > 2.5 * d.fp32_tflops;
}

MEMBOUND_END_NAMESPACE

#endif
