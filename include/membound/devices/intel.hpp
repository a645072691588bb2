// Intel: Arc, Arc Pro, Core Ultra with an Arc GPU.
//
// Sources: voidful/gpu-info-api gpu.json (June 2025) for Arc A; huggingface.js hardware.ts and willitrun devices.yaml
// for Arc B; ai-dynamo/aiconfigurator b60.yaml for the Pro B60.
#ifndef MEMBOUND_DEVICES_INTEL_HPP
#define MEMBOUND_DEVICES_INTEL_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// Arc A (Alchemist): the FP16 rate of the shaders; that of the matrix units is not in the source.
struct arc_a310 {
    static constexpr device value = sycl("arc-a310", 4_GiB, 124).pcie(4, 8).fp32(3.072).fp16(6.144);
};
struct arc_a380 {
    static constexpr device value = sycl("arc-a380", 6_GiB, 186).pcie(4, 8).fp32(4.1984).fp16(8.3968);
};
struct arc_a580 {
    static constexpr device value = sycl("arc-a580", 8_GiB, 512).pcie(4, 16).fp32(10.445).fp16(20.89);
};
struct arc_a750 {
    static constexpr device value = sycl("arc-a750", 8_GiB, 512).pcie(4, 16).fp32(17.2032).fp16(34.4064);
};
struct arc_a770_8gb {
    static constexpr device value = sycl("arc-a770-8gb", 8_GiB, 512).pcie(4, 16).fp32(19.6608).fp16(39.3216);
};
struct arc_a770_16gb {
    static constexpr device value = sycl("arc-a770-16gb", 16_GiB, 560).pcie(4, 16).fp32(19.6608).fp16(39.3216);
};
struct arc_a550m {
    static constexpr device value = sycl("arc-a550m", 8_GiB, 224).pcie(4, 8).fp32(6.9632).fp16(13.9264);
};
struct arc_a730m {
    static constexpr device value = sycl("arc-a730m", 12_GiB, 336).pcie(4, 16).fp32(12.5952).fp16(25.1904);
};
struct arc_a770m {
    static constexpr device value = sycl("arc-a770m", 16_GiB, 512).pcie(4, 16).fp32(16.7936).fp16(33.5872);
};

// Arc B (Battlemage): FP16 of the matrix units is 4 x that of the shaders and INT8 twice that, as on the Pro B50 and
// B60, of which the source has both.
struct arc_b570 {
    static constexpr device value = sycl("arc-b570", 10_GiB, 380).fp32(11.52).fp16(92.16);
};
struct arc_b580 {
    static constexpr device value = sycl("arc-b580", 12_GiB, 456).fp32(13.67).fp16(109.36);
};
struct arc_pro_b50 {
    static constexpr device value = sycl("arc-pro-b50", 16_GiB, 224).pcie(5, 8).fp32(10.65).fp16(85.2).int8(170.39);
};
struct arc_pro_b60 {
    static constexpr device value = sycl("arc-pro-b60", 24_GiB, 456).fp32(12.28).fp16(98.3).int8(197);
};
struct arc_pro_b70 {
    static constexpr device value = sycl("arc-pro-b70", 32_GiB, 608).pcie(5, 16).fp32(22.94).fp16(183.5).int8(367);
};

// Core Ultra 100 (Meteor Lake, Arc of 8 cores) with LPDDR5X-7467: 1024 lanes at 2.25 GHz; and 200V (Lunar Lake, Arc 140V):
// 1024 at 2.05. FP16 is that of the shaders.
struct core_ultra_100_32gb {
    static constexpr device value = sycl("core-ultra-100-32gb", 32_GiB, dram(2, 7467)).unified().fp32(4.61).fp16(9.22);
};
struct core_ultra_200v_16gb {
    static constexpr device value = sycl("core-ultra-200v-16gb", 16_GiB, 136).unified().fp32(4.2).fp16(8.4);
};
struct core_ultra_200v_32gb {
    static constexpr device value = sycl("core-ultra-200v-32gb", 32_GiB, 136).unified().fp32(4.2).fp16(8.4);
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
