// Apple silicon, each memory size that is sold.
//
// Bandwidth: Apple's specifications, as in llmfit hardware.rs and willitrun devices.yaml. FP32 rate of the GPU:
// huggingface.js hardware.ts. FP16 is not given: before M5 the GPU has no matrix units.
#ifndef MEMBOUND_DEVICES_APPLE_HPP
#define MEMBOUND_DEVICES_APPLE_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// What Metal lets the GPU use by default (recommendedMaxWorkingSetSize), unless `sysctl iogpu.wired_limit_mb` says
// otherwise: a share that grows with the memory. No document of Apple's gives the rule; it is read off from llama.cpp's
// and MLX's logs. From macOS 26 on: 8 GB 5461 MiB, 16 GB 12124, 18 GB 13639, 24 GB 18186, 32 GB 25559, 36 GB 28753,
// 48 GB 38338, 64 GB 53084, 128 GB 110100, all met to the MiB; 256 GB 239e9 bytes, from one report. Sizes between and
// above take the share of the next smaller one, the cautious side: a 512 GB machine has reported more.
// Before macOS 26: 2/3 up to 32 GB (10923 MiB of 16 GB), 3/4 above (48 GiB of 64, 96 of 128).
constexpr bytes metal_working_set(bytes memory, int macos = 26) {
    if (macos < 26) return memory <= 32_GiB ? memory * 2 / 3 : memory * 3 / 4;
    if (memory < 16_GiB) return memory * 2 / 3;
    const int percent =
        memory < 32_GiB ? 74 : memory < 64_GiB ? 78 : memory < 128_GiB ? 81 : memory < 256_GiB ? 84 : 87;
    return memory * percent / 100;
}

constexpr description apple(const char *name, bytes memory, double gbps) {
    return metal(name, memory, gbps).unified().driver_reports(metal_working_set(memory));
}

// M1.
struct apple_m1_8gb {
    static constexpr device value = apple("apple-m1-8gb", 8_GiB, 68.25).fp32(2.6);
};
struct apple_m1_16gb {
    static constexpr device value = apple("apple-m1-16gb", 16_GiB, 68.25).fp32(2.6);
};
struct apple_m1_pro_16gb {
    static constexpr device value = apple("apple-m1-pro-16gb", 16_GiB, 200).fp32(5.2);
};
struct apple_m1_pro_32gb {
    static constexpr device value = apple("apple-m1-pro-32gb", 32_GiB, 200).fp32(5.2);
};
struct apple_m1_max_32gb {
    static constexpr device value = apple("apple-m1-max-32gb", 32_GiB, 400).fp32(10.4);
};
struct apple_m1_max_64gb {
    static constexpr device value = apple("apple-m1-max-64gb", 64_GiB, 400).fp32(10.4);
};
struct apple_m1_ultra_64gb {
    static constexpr device value = apple("apple-m1-ultra-64gb", 64_GiB, 800).fp32(21);
};
struct apple_m1_ultra_128gb {
    static constexpr device value = apple("apple-m1-ultra-128gb", 128_GiB, 800).fp32(21);
};

// M2.
struct apple_m2_8gb {
    static constexpr device value = apple("apple-m2-8gb", 8_GiB, 100).fp32(3.6);
};
struct apple_m2_16gb {
    static constexpr device value = apple("apple-m2-16gb", 16_GiB, 100).fp32(3.6);
};
struct apple_m2_24gb {
    static constexpr device value = apple("apple-m2-24gb", 24_GiB, 100).fp32(3.6);
};
struct apple_m2_pro_16gb {
    static constexpr device value = apple("apple-m2-pro-16gb", 16_GiB, 200).fp32(6.8);
};
struct apple_m2_pro_32gb {
    static constexpr device value = apple("apple-m2-pro-32gb", 32_GiB, 200).fp32(6.8);
};
struct apple_m2_max_32gb {
    static constexpr device value = apple("apple-m2-max-32gb", 32_GiB, 400).fp32(13.49);
};
struct apple_m2_max_64gb {
    static constexpr device value = apple("apple-m2-max-64gb", 64_GiB, 400).fp32(13.49);
};
struct apple_m2_max_96gb {
    static constexpr device value = apple("apple-m2-max-96gb", 96_GiB, 400).fp32(13.49);
};
struct apple_m2_ultra_64gb {
    static constexpr device value = apple("apple-m2-ultra-64gb", 64_GiB, 800).fp32(27.2);
};
struct apple_m2_ultra_128gb {
    static constexpr device value = apple("apple-m2-ultra-128gb", 128_GiB, 800).fp32(27.2);
};
struct apple_m2_ultra_192gb {
    static constexpr device value = apple("apple-m2-ultra-192gb", 192_GiB, 800).fp32(27.2);
};

// M3. M3 Max with 36 or 96 GB: 30 GPU cores and 300 GB/s.
struct apple_m3_8gb {
    static constexpr device value = apple("apple-m3-8gb", 8_GiB, 100).fp32(4.1);
};
struct apple_m3_16gb {
    static constexpr device value = apple("apple-m3-16gb", 16_GiB, 100).fp32(4.1);
};
struct apple_m3_24gb {
    static constexpr device value = apple("apple-m3-24gb", 24_GiB, 100).fp32(4.1);
};
struct apple_m3_pro_18gb {
    static constexpr device value = apple("apple-m3-pro-18gb", 18_GiB, 150).fp32(7.4);
};
struct apple_m3_pro_36gb {
    static constexpr device value = apple("apple-m3-pro-36gb", 36_GiB, 150).fp32(7.4);
};
struct apple_m3_max_36gb {
    static constexpr device value = apple("apple-m3-max-36gb", 36_GiB, 300);
};
struct apple_m3_max_96gb {
    static constexpr device value = apple("apple-m3-max-96gb", 96_GiB, 300);
};
struct apple_m3_max_48gb {
    static constexpr device value = apple("apple-m3-max-48gb", 48_GiB, 400).fp32(14.2);
};
struct apple_m3_max_64gb {
    static constexpr device value = apple("apple-m3-max-64gb", 64_GiB, 400).fp32(14.2);
};
struct apple_m3_max_128gb {
    static constexpr device value = apple("apple-m3-max-128gb", 128_GiB, 400).fp32(14.2);
};
struct apple_m3_ultra_96gb {
    static constexpr device value = apple("apple-m3-ultra-96gb", 96_GiB, 819).fp32(28.4);
};
struct apple_m3_ultra_256gb {
    static constexpr device value = apple("apple-m3-ultra-256gb", 256_GiB, 819).fp32(28.4);
};
struct apple_m3_ultra_512gb {
    static constexpr device value = apple("apple-m3-ultra-512gb", 512_GiB, 819).fp32(28.4);
};

// M4. M4 Max with 36 GB: 32 GPU cores and 410 GB/s.
struct apple_m4_16gb {
    static constexpr device value = apple("apple-m4-16gb", 16_GiB, 120).fp32(4.6);
};
struct apple_m4_24gb {
    static constexpr device value = apple("apple-m4-24gb", 24_GiB, 120).fp32(4.6);
};
struct apple_m4_32gb {
    static constexpr device value = apple("apple-m4-32gb", 32_GiB, 120).fp32(4.6);
};
struct apple_m4_pro_24gb {
    static constexpr device value = apple("apple-m4-pro-24gb", 24_GiB, 273).fp32(9.2);
};
struct apple_m4_pro_48gb {
    static constexpr device value = apple("apple-m4-pro-48gb", 48_GiB, 273).fp32(9.2);
};
struct apple_m4_pro_64gb {
    static constexpr device value = apple("apple-m4-pro-64gb", 64_GiB, 273).fp32(9.2);
};
struct apple_m4_max_36gb {
    static constexpr device value = apple("apple-m4-max-36gb", 36_GiB, 410);
};
struct apple_m4_max_48gb {
    static constexpr device value = apple("apple-m4-max-48gb", 48_GiB, 546).fp32(18.4);
};
struct apple_m4_max_64gb {
    static constexpr device value = apple("apple-m4-max-64gb", 64_GiB, 546).fp32(18.4);
};
struct apple_m4_max_128gb {
    static constexpr device value = apple("apple-m4-max-128gb", 128_GiB, 546).fp32(18.4);
};

// M5. M5 Max with 36 GB: 32 GPU cores and 460 GB/s. The rate of the matrix units in its GPU cores is not in the
// source.
struct apple_m5_16gb {
    static constexpr device value = apple("apple-m5-16gb", 16_GiB, 153.6).fp32(5.7);
};
struct apple_m5_24gb {
    static constexpr device value = apple("apple-m5-24gb", 24_GiB, 153.6).fp32(5.7);
};
struct apple_m5_32gb {
    static constexpr device value = apple("apple-m5-32gb", 32_GiB, 153.6).fp32(5.7);
};
struct apple_m5_pro_24gb {
    static constexpr device value = apple("apple-m5-pro-24gb", 24_GiB, 307).fp32(11.4);
};
struct apple_m5_pro_48gb {
    static constexpr device value = apple("apple-m5-pro-48gb", 48_GiB, 307).fp32(11.4);
};
struct apple_m5_pro_64gb {
    static constexpr device value = apple("apple-m5-pro-64gb", 64_GiB, 307).fp32(11.4);
};
struct apple_m5_max_36gb {
    static constexpr device value = apple("apple-m5-max-36gb", 36_GiB, 460);
};
struct apple_m5_max_48gb {
    static constexpr device value = apple("apple-m5-max-48gb", 48_GiB, 614).fp32(22.8);
};
struct apple_m5_max_64gb {
    static constexpr device value = apple("apple-m5-max-64gb", 64_GiB, 614).fp32(22.8);
};
struct apple_m5_max_128gb {
    static constexpr device value = apple("apple-m5-max-128gb", 128_GiB, 614).fp32(22.8);
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
