// What the time of a pass is made of, and how far an engine's kernels stay behind a device's peak in each part.
#ifndef MEMBOUND_EFFICIENCY_HPP
#define MEMBOUND_EFFICIENCY_HPP

#include <membound/device.hpp>

MEMBOUND_BEGIN_NAMESPACE

// Parts of the time of a pass on one device, each in seconds at the device's peak. Rates are multiply-adds, half of what a
// data sheet counts. A pass of few tokens multiplies matrices by vectors, which is bound by reading them.
enum class cost : std::uint8_t {
    weights,          // reading all weights but those of routed experts, at the memory's bandwidth
    routed_weights,   // reading the routed experts that tokens are sent to, at the memory's bandwidth
    loads,            // taking in both, at the shaders' rate; only in passes of few tokens
    super_loads,      // multiply-adds with weights in super-blocks, at the shaders' rate; only in passes of few tokens
    cache,            // reading caches and states, at the memory's bandwidth
    kernels,          // starting kernels: a microsecond for each tensor of weights
    operands,         // reading and writing the F32 operands and results of matrix products, at the memory's bandwidth
    products,         // multiply-adds with quantized weights at the shaders' rate, on devices without matrix units
    shader_products,  // the same on devices with them, whose shaders unpack and scale the weights
    matrix_products,  // the same at the matrix units' rate, on devices with them
    super_products,   // the same for weights in super-blocks, which are more work to unpack, at the shaders' rate
    float_products,   // multiply-adds with F16, BF16 and F32 weights, at the matrix units' rate, or the shaders' without them
    routed_products,  // multiply-adds with routed experts, at the shaders' rate
    attended,         // multiply-adds of flash attention, at the matrix units' rate, or the shaders' without them
    attended_plainly, // the same of attention without it
    cache_again,      // reading caches once for each token, with flash attention, at the memory's bandwidth
    scores,           // writing and reading F32 scores, without flash attention, at the memory's bandwidth
    link,             // copying between a device and the host
    count
};

struct pass_costs {
    double of[static_cast<int>(cost::count)] = {};

    constexpr double &operator[](cost c) { return of[static_cast<int>(c)]; }
    constexpr double operator[](cost c) const { return of[static_cast<int>(c)]; }
};

// What an engine makes of a device's peak rates: each cost takes `factor` times the seconds that it would at peak. The factors
// were fitted to published measurements; nine of ten of those lay between the lower and the upper multiple of what is then
// predicted. 0 where no measurement was published.
struct efficiency {
    pass_costs factor;
    double decode_lower = 0;
    double decode_upper = 0;
    double prefill_lower = 0;
    double prefill_upper = 0;
};

// Whether a device has units that multiply matrices: those compute FP16 or INT8 at several times the shaders' FP32 rate.
// (Shaders that compute two FP16 numbers at once have only twice that rate.)
constexpr bool has_matrix_units(const device &d) {
    return d.fp16_tflops > 2.5 * d.fp32_tflops || d.int8_tops > 2.5 * d.fp32_tflops;
}

MEMBOUND_END_NAMESPACE

#endif
