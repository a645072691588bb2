// A device: how much memory it has, how much of that a program may use, and how fast it reads and computes.
#ifndef MEMBOUND_DEVICE_HPP
#define MEMBOUND_DEVICE_HPP

#include <membound/quantity.hpp>

MEMBOUND_BEGIN_NAMESPACE

// The programming interface through which an engine allocates; it sets alignment and padding.
enum class backend : std::uint8_t { cpu, cuda, rocm, metal, vulkan, sycl };

// The best of a processor's instruction sets that kernels for matrix products are written for. On x86 each includes those
// before it.
enum class instruction_set : std::uint8_t {
    unknown,
    none, // it has none of those that follow
    avx2,
    avx512,
    amx,           // tiles of 8-bit integers
    neon_dot,      // NEON with dot products of 8-bit integers (Armv8.2)
    neon_i8mm,     // and products of 8-bit matrices (Armv8.6)
    riscv_v256,    // vectors of 256 bits, with halves (Zvfh)
    s390_vector,   // vector enhancements of z14
};

// Who makes the chip: under one interface each maker has drivers of its own, and engines have kernels for them.
enum class maker : std::uint8_t { other, nvidia, amd, apple, intel, qualcomm };

struct device {
    fixed_text<63> name;
    backend api = backend::cpu;
    instruction_set instructions = instruction_set::unknown; // of processors
    maker made_by = maker::other;
    std::int16_t compute_capability = 0; // CUDA's, times ten: 89 for 8.9; 0: not known

    bytes capacity; // the memory that is built in; where GPU and CPU share it, that of the whole machine
    bytes usable;   // how much one process may take (Metal: recommendedMaxWorkingSetSize); 0: all of it
    bool unified_memory = false; // GPU and CPU share the same memory

    // What the driver says where it differs from the usual under this interface; 0: it does not.
    std::int64_t buffer_alignment = 0; // bytes that a tensor's place in a buffer is a multiple of, a power of two
    std::int64_t host_alignment = 0;   // the same in memory of the host that it reads (Vulkan: minMemoryMapAlignment)
    bytes largest_buffer;              // the largest single allocation
    int subgroup_size = 0; // Vulkan: lanes that compute in step; 0: 16 or more, as GPUs have them

    // In 1e9 bytes a second; 0: not known.
    double memory_bandwidth_gbps = 0;
    double link_bandwidth_gbps = 0; // to the host, one direction
    double peer_bandwidth_gbps = 0; // to the next device of the same kind, all links together

    // In 1e12 operations a second, of tensor or matrix units where it has any, without structured sparsity; 0: not known.
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
