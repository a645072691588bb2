// What holds the bytes: capacity, what of it a program may use, bandwidth, compute rates, links.
#ifndef MEMBOUND_DEVICE_HPP
#define MEMBOUND_DEVICE_HPP

#include <membound/quantity.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The programming interface through which an engine allocates; it sets alignment and padding.
enum class backend : std::uint8_t { cpu, cuda, rocm, metal, vulkan, sycl };

// What a processor has of the instructions that kernels of matrix products are written for; on x86 each set has those
// before it.
enum class instruction_set : std::uint8_t {
    unknown,
    none, // of those that follow
    avx2,
    avx512,
    amx,           // tiles of 8-bit integers
    neon_dot,      // NEON with dot products of 8-bit integers (Armv8.2)
    neon_i8mm,     // and products of 8-bit matrices (Armv8.6)
    riscv_v256,    // vectors of 256 bits, with halves (Zvfh)
    s390_vector,   // vector enhancements of z14
};

// Whose chip it is: one interface has other drivers, and kernels of its own, for each.
enum class maker : std::uint8_t { other, nvidia, amd, apple, intel, qualcomm };

struct device {
    fixed_text<63> name;
    backend api = backend::cpu;
    instruction_set instructions = instruction_set::unknown; // of a host
    maker made_by = maker::other;
    std::int16_t compute_capability = 0; // of CUDA, times ten: 89 came with units for FP8; 0 where not known

    // Memory that is built in, and what of it one process may take (Metal's recommendedMaxWorkingSetSize; the driver's
    // own share elsewhere). `usable` 0 means all of `capacity`.
    bytes capacity;
    bytes usable;
    // GPU and CPU share the same memory: `capacity` is that of the whole machine.
    bool unified_memory = false;

    // Of the driver, where it is not its interface's usual one: alignment of a tensor in a buffer (a power of two), and the
    // largest single allocation.
    std::int64_t buffer_alignment = 0;
    bytes largest_buffer;
    int subgroup_size = 0; // lanes that compute in step, under Vulkan; 0: 16 or more, as GPUs have them

    // 1e9 bytes a second; 0 where not known.
    double memory_bandwidth_gbps = 0;
    double link_bandwidth_gbps = 0; // to the host, one direction
    double peer_bandwidth_gbps = 0; // to the next device of the same kind, all links together

    // 1e12 operations a second, dense (no structured sparsity), tensor or matrix units where there are any; 0 where not known.
    double fp32_tflops = 0;
    double fp16_tflops = 0;
    double fp8_tflops = 0;
    double int8_tops = 0;
    double fp4_tflops = 0;

    constexpr bytes usable_capacity() const { return usable.count() > 0 ? usable : capacity; }
};

// A device of which only the memory is known: `24GiB` on the command line.
constexpr device bare_memory(bytes capacity, backend api = backend::cuda) {
    device d;
    d.name = "memory";
    d.api = api;
    d.capacity = capacity;
    return d;
}

MEMBOUND_END_NAMESPACE

#endif
