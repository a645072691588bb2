// AMD: Radeon, Radeon Pro, Instinct, Ryzen AI Max.
//
// Bandwidth, link and rates: voidful/gpu-info-api gpu.json (June 2025), huggingface.js hardware-amd.ts; Instinct from
// MI325X on: GenZ-LLM-Analyzer and AMD's announcements, whose peak rates are too vague to give, but for MI325X, whose
// processors are MI300X's; Ryzen AI Max:
// lhl/strix-halo-testing. What the driver reports: llama.cpp's ROCm device list.
#ifndef MEMBOUND_DEVICES_AMD_HPP
#define MEMBOUND_DEVICES_AMD_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// Radeon RX 500 (Polaris: FP16 no faster than FP32), RX Vega and RX 5000 (RDNA 1: FP16 packed in the shaders).
struct radeon_rx_570 {
    static constexpr device value = rocm("rx-570", 8_GiB, 224).pcie(3, 16).fp32(5.095);
};
struct radeon_rx_580 {
    static constexpr device value = rocm("rx-580", 8_GiB, 256).pcie(3, 16).fp32(6.175);
};
struct radeon_rx_vega_56 {
    static constexpr device value = rocm("rx-vega-56", 8_GiB, 409.6).pcie(3, 16).fp32(10.544).fp16(21.088);
};
struct radeon_rx_vega_64 {
    static constexpr device value = rocm("rx-vega-64", 8_GiB, 483.8).pcie(3, 16).fp32(12.665).fp16(25.33);
};
struct radeon_rx_5600_xt {
    static constexpr device value = rocm("rx-5600-xt", 6_GiB, 336).pcie(4, 16).fp32(7.188).fp16(14.377);
};
struct radeon_rx_5700 {
    static constexpr device value = rocm("rx-5700", 8_GiB, 448).pcie(4, 16).fp32(7.949).fp16(15.9);
};
struct radeon_rx_5700_xt {
    static constexpr device value = rocm("rx-5700-xt", 8_GiB, 448).pcie(4, 16).fp32(9.754).fp16(19.51);
};

// Radeon RX 6000 (RDNA 2): no matrix units, FP16 packed in the shaders.
struct radeon_rx_6400 {
    static constexpr device value = rocm("rx-6400", 4_GiB, 128).pcie(4, 4).fp32(3.565).fp16(7.13);
};
struct radeon_rx_6500_xt {
    static constexpr device value = rocm("rx-6500-xt", 4_GiB, 144).pcie(4, 4).fp32(5.765).fp16(11.53);
};
struct radeon_rx_6600 {
    static constexpr device value = rocm("rx-6600", 8_GiB, 224).pcie(4, 8).fp32(8.928).fp16(17.86);
};
struct radeon_rx_6600_xt {
    static constexpr device value = rocm("rx-6600-xt", 8_GiB, 256).pcie(4, 8).fp32(10.605).fp16(21.209);
};
struct radeon_rx_6650_xt {
    static constexpr device value = rocm("rx-6650-xt", 8_GiB, 280).pcie(4, 8).fp32(10.793).fp16(21.586);
};
struct radeon_rx_6700 {
    static constexpr device value = rocm("rx-6700", 10_GiB, 320).pcie(4, 16).fp32(11.29).fp16(22.579);
};
struct radeon_rx_6700_xt {
    static constexpr device value = rocm("rx-6700-xt", 12_GiB, 384).pcie(4, 16).fp32(13.215).fp16(26.429);
};
struct radeon_rx_6750_xt {
    static constexpr device value = rocm("rx-6750-xt", 12_GiB, 432).pcie(4, 16).fp32(13.312).fp16(26.624);
};
struct radeon_rx_6800 {
    static constexpr device value = rocm("rx-6800", 16_GiB, 512).pcie(4, 16).fp32(16.166).fp16(32.333);
};
struct radeon_rx_6800_xt {
    static constexpr device value = rocm("rx-6800-xt", 16_GiB, 512).pcie(4, 16).fp32(20.736).fp16(41.472);
};
struct radeon_rx_6900_xt {
    static constexpr device value = rocm("rx-6900-xt", 16_GiB, 512).pcie(4, 16).fp32(23.04).fp16(46.08);
};
struct radeon_rx_6950_xt {
    static constexpr device value = rocm("rx-6950-xt", 16_GiB, 576).pcie(4, 16).fp32(23.654).fp16(47.309);
};

// Radeon RX 7000 (RDNA 3): FP16 of the matrix instructions, 512 operations a clock and compute unit, twice the shader
// rate that the source lists.
struct radeon_rx_7600 {
    static constexpr device value = rocm("rx-7600", 8_GiB, 288).pcie(4, 8).fp32(21.75).fp16(43.5);
};
struct radeon_rx_7650_gre {
    static constexpr device value = rocm("rx-7650-gre", 8_GiB, 288).pcie(4, 8).fp32(22.08).fp16(44.16);
};
struct radeon_rx_7600_xt {
    static constexpr device value = rocm("rx-7600-xt", 16_GiB, 288).pcie(4, 8).fp32(22.57).fp16(45.14);
};
struct radeon_rx_7700_xt {
    static constexpr device value = rocm("rx-7700-xt", 12_GiB, 432).pcie(4, 16).fp32(35.17).fp16(70.34);
};
struct radeon_rx_7800_xt {
    static constexpr device value = rocm("rx-7800-xt", 16_GiB, 624).pcie(4, 16).fp32(37.32).fp16(74.64);
};
struct radeon_rx_7900_gre {
    static constexpr device value = rocm("rx-7900-gre", 16_GiB, 576).pcie(4, 16).fp32(45.98).fp16(91.96);
};
struct radeon_rx_7900_xt {
    static constexpr device value = rocm("rx-7900-xt", 20_GiB, 800).pcie(4, 16).fp32(51.61).fp16(103.22);
};
struct radeon_rx_7900_xtx {
    static constexpr device value = rocm("rx-7900-xtx", 24_GiB, 960).driver_reports(24560_MiB).pcie(4, 16)
        .fp32(61.44).fp16(122.88);
};

// Radeon RX 9000 (RDNA 4): matrix instructions of 1024 FP16 and 2048 FP8 or INT8 operations a clock and compute unit,
// twice the FP16 shader rate that the source lists.
struct radeon_rx_9060_xt_8gb {
    static constexpr device value = rocm("rx-9060-xt-8gb", 8_GiB, 320).pcie(5, 16)
        .fp32(25.64).fp16(102.56).fp8(205).int8(205);
};
struct radeon_rx_9060_xt_16gb {
    static constexpr device value = rocm("rx-9060-xt-16gb", 16_GiB, 320).pcie(5, 16)
        .fp32(25.64).fp16(102.56).fp8(205).int8(205);
};
struct radeon_rx_9070_gre {
    static constexpr device value = rocm("rx-9070-gre", 12_GiB, 432).pcie(5, 16)
        .fp32(34.28).fp16(137.14).fp8(274).int8(274);
};
struct radeon_rx_9070 {
    static constexpr device value = rocm("rx-9070", 16_GiB, 640).pcie(5, 16).fp32(36.12).fp16(144.5).fp8(289).int8(289);
};
struct radeon_rx_9070_xt {
    static constexpr device value = rocm("rx-9070-xt", 16_GiB, 640).pcie(5, 16)
        .fp32(48.66).fp16(194.64).fp8(389).int8(389);
};

// Radeon Pro. Bandwidth of the W7500 to W7800 and of the R9700, and the R9700's FP32 rate, from their data sheets: 256 or
// 384 bits at 18 Gbit/s, 256 bits at 20 Gbit/s.
struct radeon_pro_w6600 {
    static constexpr device value = rocm("radeon-pro-w6600", 8_GiB, 224).pcie(4, 8).fp32(10.404).fp16(20.809);
};
struct radeon_pro_w6800 {
    static constexpr device value = rocm("radeon-pro-w6800", 32_GiB, 512).pcie(4, 16).fp32(17.818).fp16(35.635);
};
struct radeon_pro_w7500 {
    static constexpr device value = rocm("radeon-pro-w7500", 8_GiB, 172).pcie(4, 8).fp32(12.19).fp16(24.37);
};
struct radeon_pro_w7600 {
    static constexpr device value = rocm("radeon-pro-w7600", 8_GiB, 288).pcie(4, 8).fp32(19.99).fp16(39.98);
};
struct radeon_pro_w7700 {
    static constexpr device value = rocm("radeon-pro-w7700", 16_GiB, 576).pcie(4, 16).fp32(28.3).fp16(56.54);
};
struct radeon_pro_w7800_32gb {
    static constexpr device value = rocm("radeon-pro-w7800-32gb", 32_GiB, 576).pcie(4, 16).fp32(45.25).fp16(90.5);
};
struct radeon_pro_w7800_48gb {
    static constexpr device value = rocm("radeon-pro-w7800-48gb", 48_GiB, 864).pcie(4, 16).fp32(45.25).fp16(90.5);
};
struct radeon_pro_w7900 {
    static constexpr device value = rocm("radeon-pro-w7900", 48_GiB, 864).pcie(4, 16).fp32(61.32).fp16(122.6);
};
struct radeon_ai_pro_r9700 {
    static constexpr device value = rocm("radeon-ai-pro-r9700", 32_GiB, 640).pcie(5, 16).fp32(47.8).fp16(191.4);
};

// Instinct, Vega: no matrix units.
struct instinct_mi25 {
    static constexpr device value = rocm("mi25", 16_GiB, 484).pcie(3, 16).fp32(12.29).fp16(24.58);
};
struct instinct_mi50_16gb {
    static constexpr device value = rocm("mi50-16gb", 16_GiB, 1024).pcie(4, 16).fp32(13.25).fp16(26.5);
};
struct instinct_mi50_32gb {
    static constexpr device value = rocm("mi50-32gb", 32_GiB, 1024).pcie(4, 16).fp32(13.25).fp16(26.5);
};
struct instinct_mi60 {
    static constexpr device value = rocm("mi60", 32_GiB, 1024).pcie(4, 16).fp32(14.75).fp16(29.49);
};

// Instinct, CDNA. MI250 and MI250X: one of the two dies of a card, which are two devices to a program.
struct instinct_mi100 {
    static constexpr device value = rocm("mi100", 32_GiB, 1228.8).pcie(4, 16).fp32(23.07).fp16(184.6).int8(369.2);
};
struct instinct_mi210 {
    static constexpr device value = rocm("mi210", 64_GiB, 1638.4).pcie(4, 16).fp32(22.63).fp16(181);
};
struct instinct_mi250_die {
    static constexpr device value = rocm("mi250-die", 64_GiB, 1638.4).pcie(4, 16).fp32(22.63).fp16(181.05).int8(362.1);
};
struct instinct_mi250x_die {
    static constexpr device value = rocm("mi250x-die", 64_GiB, 1638.4).pcie(4, 16).fp32(23.935).fp16(191.5);
};
struct instinct_mi300a {
    static constexpr device value = rocm("mi300a", 128_GiB, 5300).unified().fp32(122.6).fp16(980.6);
};
struct instinct_mi300x {
    static constexpr device value = rocm("mi300x", 192_GiB, 5300).pcie(5, 16).fp32(163.4).fp16(1307.4);
};
struct instinct_mi325x {
    static constexpr device value = rocm("mi325x", 256_GiB, 6000).fp32(163.4).fp16(1307);
};
struct instinct_mi350x {
    static constexpr device value = rocm("mi350x", 288_GiB, 8000);
};
struct instinct_mi355x {
    static constexpr device value = rocm("mi355x", 288_GiB, 8000);
};

// Ryzen AI Max+ 395 (Strix Halo, Radeon 8060S); what the GPU may take is set in the firmware or the kernel.
struct ryzen_ai_max_395_64gb {
    static constexpr device value = rocm("ryzen-ai-max-395-64gb", 64_GiB, 256).unified().fp32(29.7).fp16(59);
};
struct ryzen_ai_max_395_96gb {
    static constexpr device value = rocm("ryzen-ai-max-395-96gb", 96_GiB, 256).unified().fp32(29.7).fp16(59);
};
struct ryzen_ai_max_395_128gb {
    static constexpr device value = rocm("ryzen-ai-max-395-128gb", 128_GiB, 256).unified().fp32(29.7).fp16(59);
};

// Processors with a Radeon of their own (680M, 780M, 890M) at the memory speed that AMD lists: LPDDR5-6400, DDR5-5600,
// LPDDR5-6400, LPDDR5X-7500. Rates of their shaders: 12 compute units at 2.4 GHz, 12 at 2.7 and 2.7, 16 at 2.9, where from
// the 780M on each issues two operations at once.
struct ryzen_6000_32gb {
    static constexpr device value = vulkan("ryzen-6000-32gb", maker::amd, 32_GiB, dram(2, 6400)).unified().fp32(3.69).fp16(7.37);
};
struct ryzen_8000_32gb {
    static constexpr device value = vulkan("ryzen-8000-32gb", maker::amd, 32_GiB, dram(2, 5600)).unified().fp32(8.29).fp16(16.6);
};
struct ryzen_z1_extreme_16gb {
    static constexpr device value = vulkan("ryzen-z1-extreme-16gb", maker::amd, 16_GiB, dram(2, 6400)).unified()
        .fp32(8.29).fp16(16.6);
};
struct ryzen_ai_9_300_32gb {
    static constexpr device value = vulkan("ryzen-ai-9-300-32gb", maker::amd, 32_GiB, dram(2, 7500)).unified()
        .fp32(11.88).fp16(23.76);
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
