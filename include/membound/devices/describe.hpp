// How a device is written down: a function that names its interface, memory and bandwidth (in 1e9 bytes a second), then one
// step for each further figure that is known. What is not known is left out, and stays 0.
//
//     struct my_card {
//         static constexpr device value = cuda("my-card", 24_GiB, 936).pcie(4, 16).fp32(35.6).fp16(142);
//     };
//
// A catalogue name is the entry's own with '-' for '_', less the words geforce, radeon (before rx) and instinct. Memory
// is what is built in, and counts in GiB whatever the data sheet calls it: a T4 of "16 GB" reports 15360 MiB with a
// sixteenth given to ECC, an H200 of "141 GB" 143771 MiB, an M4 of "16 GB" 17179869184 bytes.
#ifndef MEMBOUND_DEVICES_DESCRIBE_HPP
#define MEMBOUND_DEVICES_DESCRIBE_HPP

#include <membound/device.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

struct description : device {
    // What the driver says that there is (nvidia-smi's memory.total, Metal's recommendedMaxWorkingSetSize).
    constexpr description &driver_reports(bytes b) { usable = b; return *this; }
    constexpr description &capability(int c) { compute_capability = static_cast<std::int16_t>(c); return *this; }
    constexpr description &executes(instruction_set i) { instructions = i; return *this; }
    // The GPU shares the memory of the machine.
    constexpr description &unified() { unified_memory = true; return *this; }

    // The link to the host. A lane of PCIe 3.0 carries 8 GT/s in a 128b/130b code, and each generation doubles it.
    constexpr description &pcie(int generation, int lanes) {
        link_bandwidth_gbps = lanes * (1 << (generation - 3)) * (128.0 / 130.0);
        return *this;
    }
    // To the other devices, one direction, all links together.
    constexpr description &peers(double gbps) { peer_bandwidth_gbps = gbps; return *this; }

    // Dense rates, in 1e12 operations a second: of the tensor or matrix units where there are any, but for FP32.
    constexpr description &fp32(double tflops) { fp32_tflops = tflops; return *this; }
    constexpr description &fp16(double tflops) { fp16_tflops = tflops; return *this; }
    constexpr description &fp8(double tflops) { fp8_tflops = tflops; return *this; }
    constexpr description &int8(double tops) { int8_tops = tops; return *this; }
    constexpr description &fp4(double tflops) { fp4_tflops = tflops; return *this; }
};

constexpr description describe(const char *name, backend api, maker made_by, bytes memory, double bandwidth_gbps) {
    description d;
    d.name = name;
    d.api = api;
    d.made_by = made_by;
    d.capacity = memory;
    d.memory_bandwidth_gbps = bandwidth_gbps;
    return d;
}

constexpr description cpu(const char *name, bytes memory, double gbps) {
    return describe(name, backend::cpu, maker::other, memory, gbps);
}
constexpr description cuda(const char *name, bytes memory, double gbps) {
    return describe(name, backend::cuda, maker::nvidia, memory, gbps);
}
constexpr description rocm(const char *name, bytes memory, double gbps) {
    return describe(name, backend::rocm, maker::amd, memory, gbps);
}
constexpr description metal(const char *name, bytes memory, double gbps) {
    return describe(name, backend::metal, maker::apple, memory, gbps);
}
constexpr description vulkan(const char *name, maker made_by, bytes memory, double gbps) {
    return describe(name, backend::vulkan, made_by, memory, gbps);
}
constexpr description sycl(const char *name, bytes memory, double gbps) {
    return describe(name, backend::sycl, maker::intel, memory, gbps);
}

// The bandwidth of DRAM, in 1e9 bytes a second: channels of `bits` bits at 1e6 transfers a second. It is what the
// modules could carry; no processor reaches it.
constexpr double dram(int channels, int megatransfers, int bits = 64) {
    return channels * (bits / 8) * (megatransfers / 1000.0);
}

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
