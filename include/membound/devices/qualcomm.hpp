// Qualcomm: Snapdragon X with its Adreno GPU.
//
// Sources: tweaktown.com (X1E-84-100), heise.de and c114pro.com (X2), huggingface.js hardware.ts.
#ifndef MEMBOUND_DEVICES_QUALCOMM_HPP
#define MEMBOUND_DEVICES_QUALCOMM_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// 128 bits of LPDDR5X-8533; X2 Elite Extreme: 192 bits at 9523.
struct snapdragon_x_elite_16gb {
    static constexpr device value = vulkan("snapdragon-x-elite-16gb", maker::qualcomm, 16_GiB, 136).unified().fp32(4.6);
};
struct snapdragon_x_elite_32gb {
    static constexpr device value = vulkan("snapdragon-x-elite-32gb", maker::qualcomm, 32_GiB, 136).unified().fp32(4.6);
};
struct snapdragon_x_elite_64gb {
    static constexpr device value = vulkan("snapdragon-x-elite-64gb", maker::qualcomm, 64_GiB, 136).unified().fp32(4.6);
};
struct snapdragon_x2_elite_extreme_48gb {
    static constexpr device value = vulkan("snapdragon-x2-elite-extreme-48gb", maker::qualcomm, 48_GiB, 228).unified();
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
