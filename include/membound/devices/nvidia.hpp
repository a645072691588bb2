// NVIDIA: GeForce, workstation, data centre, Jetson.
//
// Bandwidth, link and rates: voidful/gpu-info-api gpu.json (June 2025); of the data centre ai-dynamo/aiconfigurator
// systems/*.yaml, with links from NVIDIA's data sheets; of GB10 and Jetson huggingface.js hardware-nvidia.ts and
// willitrun devices.yaml; A2, H100 NVL, the bandwidth of L20 and the FP32 rates of L40S, H20, B200 and B300 NVIDIA's data
// sheets. Of RTX PRO 5000 and 6000 Server one rate is from the other, 4 to 1 as on the RTX PRO 6000. FP16 of GeForce is
// with FP16 accumulation; with FP32 it is half of that from GeForce 20 on.
//
// What the driver reports: memory.total in published nvidia-smi output, with ECC where it is on by default (A40, L4,
// L40S, T4, all HBM). CUDA's own total may be less: llama.cpp lists 24210 MiB of an RTX 4090's 24564, but 32606 of an
// RTX 5090's 32607. GB10: CUDA's total in a published log; other firmware gave more.
#ifndef MEMBOUND_DEVICES_NVIDIA_HPP
#define MEMBOUND_DEVICES_NVIDIA_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// GeForce 10 (Pascal): no tensor units, and FP16 at 1/64 of the FP32 rate, which no engine uses: left out.
struct geforce_gtx_1060_6gb {
    static constexpr device value = cuda("gtx-1060-6gb", 6_GiB, 192).capability(61).pcie(3, 16).fp32(4.375);
};
struct geforce_gtx_1060_3gb {
    static constexpr device value = cuda("gtx-1060-3gb", 3_GiB, 192).capability(61).pcie(3, 16).fp32(3.935);
};
struct geforce_gtx_1070 {
    static constexpr device value = cuda("gtx-1070", 8_GiB, 256).capability(61).pcie(3, 16).fp32(6.4627);
};
struct geforce_gtx_1070_ti {
    static constexpr device value = cuda("gtx-1070-ti", 8_GiB, 256).capability(61).pcie(3, 16).fp32(8.1861);
};
struct geforce_gtx_1080 {
    static constexpr device value = cuda("gtx-1080", 8_GiB, 320).capability(61).pcie(3, 16).fp32(8.8729);
};
struct geforce_gtx_1080_ti {
    static constexpr device value = cuda("gtx-1080-ti", 11_GiB, 484).capability(61).pcie(3, 16).fp32(11.3397);
};
struct titan_x_pascal {
    static constexpr device value = cuda("titan-x-pascal", 12_GiB, 480).capability(61).pcie(3, 16).fp32(10.9742);
};
struct titan_xp {
    static constexpr device value = cuda("titan-xp", 12_GiB, 547.7).capability(61).pcie(3, 16).fp32(12.1497);
};

// GeForce 16 (Turing without tensor units): the FP16 rate of the shaders.
struct geforce_gtx_1650 {
    static constexpr device value = cuda("gtx-1650", 4_GiB, 128).capability(75).pcie(3, 16).fp32(2.984).fp16(5.967);
};
struct geforce_gtx_1650_super {
    static constexpr device value = cuda("gtx-1650-super", 4_GiB, 192).capability(75).pcie(3, 16).fp32(4.416).fp16(8.832);
};
struct geforce_gtx_1660 {
    static constexpr device value = cuda("gtx-1660", 6_GiB, 192).capability(75).pcie(3, 16).fp32(5.027).fp16(10.053);
};
struct geforce_gtx_1660_super {
    static constexpr device value = cuda("gtx-1660-super", 6_GiB, 336).capability(75).pcie(3, 16).fp32(5.027).fp16(10.053);
};
struct geforce_gtx_1660_ti {
    static constexpr device value = cuda("gtx-1660-ti", 6_GiB, 288).capability(75).pcie(3, 16).fp32(5.43744).fp16(10.8749);
};

// GeForce 20 (Turing). RTX 2060 12GB: tensor rate from its shaders, 8 x FP32 as on the whole series.
struct geforce_rtx_2060_6gb {
    static constexpr device value = cuda("rtx-2060-6gb", 6_GiB, 336).capability(75).pcie(3, 16).fp32(6.451).fp16(51.61);
};
struct geforce_rtx_2060_12gb {
    static constexpr device value = cuda("rtx-2060-12gb", 12_GiB, 336).capability(75).pcie(3, 16).fp32(7.18).fp16(57.44);
};
struct geforce_rtx_2060_super {
    static constexpr device value = cuda("rtx-2060-super", 8_GiB, 448).capability(75).pcie(3, 16).fp32(7.18).fp16(57.44);
};
struct geforce_rtx_2070 {
    static constexpr device value = cuda("rtx-2070", 8_GiB, 448).capability(75).pcie(3, 16).fp32(7.465).fp16(59.72);
};
struct geforce_rtx_2070_super {
    static constexpr device value = cuda("rtx-2070-super", 8_GiB, 448).capability(75).pcie(3, 16).fp32(9.06).fp16(72.48);
};
struct geforce_rtx_2080 {
    static constexpr device value = cuda("rtx-2080", 8_GiB, 448).capability(75).pcie(3, 16).fp32(10.07).fp16(80.55);
};
struct geforce_rtx_2080_super {
    static constexpr device value = cuda("rtx-2080-super", 8_GiB, 496).capability(75).pcie(3, 16).fp32(11.15).fp16(89.2);
};
struct geforce_rtx_2080_ti {
    static constexpr device value = cuda("rtx-2080-ti", 11_GiB, 616).capability(75).pcie(3, 16).fp32(13.45).fp16(107.6);
};
struct titan_rtx {
    static constexpr device value = cuda("titan-rtx", 24_GiB, 672).capability(75).pcie(3, 16).fp32(16.31).fp16(130.5);
};

// GeForce 30 (Ampere): tensor rates are half of the rates with sparsity that the source lists.
struct geforce_rtx_3050_6gb {
    static constexpr device value = cuda("rtx-3050-6gb", 6_GiB, 168).capability(86).pcie(4, 8).fp32(6.774).fp16(27.1);
};
struct geforce_rtx_3050_8gb {
    static constexpr device value = cuda("rtx-3050-8gb", 8_GiB, 224).capability(86).pcie(4, 8).fp32(9.01).fp16(36.4);
};
struct geforce_rtx_3060_8gb {
    static constexpr device value = cuda("rtx-3060-8gb", 8_GiB, 240).capability(86).pcie(4, 16).fp32(12.74).fp16(50.95);
};
struct geforce_rtx_3060_12gb {
    static constexpr device value = cuda("rtx-3060-12gb", 12_GiB, 360).capability(86).pcie(4, 16).fp32(12.74).fp16(50.95);
};
struct geforce_rtx_3060_ti {
    static constexpr device value = cuda("rtx-3060-ti", 8_GiB, 448).capability(86).pcie(4, 16).fp32(16.2).fp16(64.8);
};
struct geforce_rtx_3070 {
    static constexpr device value = cuda("rtx-3070", 8_GiB, 448).capability(86).pcie(4, 16).fp32(20.31).fp16(81.49);
};
struct geforce_rtx_3070_ti {
    static constexpr device value = cuda("rtx-3070-ti", 8_GiB, 608.3).capability(86).pcie(4, 16).fp32(21.75).fp16(87);
};
struct geforce_rtx_3080_10gb {
    static constexpr device value = cuda("rtx-3080-10gb", 10_GiB, 760).capability(86).pcie(4, 16).fp32(29.77).fp16(119.07);
};
struct geforce_rtx_3080_12gb {
    static constexpr device value = cuda("rtx-3080-12gb", 12_GiB, 912).capability(86).pcie(4, 16).fp32(30.6).fp16(122.55);
};
struct geforce_rtx_3080_ti {
    static constexpr device value = cuda("rtx-3080-ti", 12_GiB, 912).capability(86).pcie(4, 16).fp32(34.1).fp16(136.4);
};
struct geforce_rtx_3090 {
    static constexpr device value = cuda("rtx-3090", 24_GiB, 935.8).capability(86).pcie(4, 16).fp32(35.58).fp16(142.74);
};
struct geforce_rtx_3090_ti {
    static constexpr device value = cuda("rtx-3090-ti", 24_GiB, 1008.3).capability(86).pcie(4, 16).fp32(40).fp16(160.45);
};

// GeForce 40 (Ada).
struct geforce_rtx_4060 {
    static constexpr device value = cuda("rtx-4060", 8_GiB, 272).capability(89).driver_reports(8188_MiB).pcie(4, 8)
        .fp32(15.1).fp16(60);
};
struct geforce_rtx_4060_ti_8gb {
    static constexpr device value = cuda("rtx-4060-ti-8gb", 8_GiB, 288).capability(89).pcie(4, 8).fp32(22.1).fp16(88);
};
struct geforce_rtx_4060_ti_16gb {
    static constexpr device value = cuda("rtx-4060-ti-16gb", 16_GiB, 288).capability(89).driver_reports(16380_MiB).pcie(4, 8)
        .fp32(22.1).fp16(88);
};
struct geforce_rtx_4070 {
    static constexpr device value = cuda("rtx-4070", 12_GiB, 504).capability(89).driver_reports(12282_MiB).pcie(4, 16)
        .fp32(29.1).fp16(117);
};
struct geforce_rtx_4070_super {
    static constexpr device value = cuda("rtx-4070-super", 12_GiB, 504).capability(89).pcie(4, 16).fp32(35.48).fp16(142);
};
struct geforce_rtx_4070_ti {
    static constexpr device value = cuda("rtx-4070-ti", 12_GiB, 504).capability(89).driver_reports(12282_MiB).pcie(4, 16)
        .fp32(40.1).fp16(160);
};
struct geforce_rtx_4070_ti_super {
    static constexpr device value = cuda("rtx-4070-ti-super", 16_GiB, 672).capability(89).pcie(4, 16).fp32(44.1).fp16(176);
};
struct geforce_rtx_4080 {
    static constexpr device value = cuda("rtx-4080", 16_GiB, 717).capability(89).driver_reports(16376_MiB).pcie(4, 16)
        .fp32(48.7).fp16(195);
};
struct geforce_rtx_4080_super {
    static constexpr device value = cuda("rtx-4080-super", 16_GiB, 736).capability(89).pcie(4, 16).fp32(52.22).fp16(209);
};
struct geforce_rtx_4090_d {
    static constexpr device value = cuda("rtx-4090-d", 24_GiB, 1008).capability(89).pcie(4, 16).fp32(73.5).fp16(294);
};
struct geforce_rtx_4090 {
    static constexpr device value = cuda("rtx-4090", 24_GiB, 1008).capability(89).driver_reports(24564_MiB).pcie(4, 16)
        .fp32(82.6).fp16(330);
};

// GeForce 50 (Blackwell). RTX 5050: the source's row is from before the launch; the bandwidth is that of 128 bits at
// 20 Gbit/s, and the tensor rate is 4 x FP32 as on the whole series.
struct geforce_rtx_5050 {
    static constexpr device value = cuda("rtx-5050", 8_GiB, 320).capability(120).driver_reports(8151_MiB).pcie(5, 8)
        .fp32(13.17).fp16(52.7);
};
struct geforce_rtx_5060 {
    static constexpr device value = cuda("rtx-5060", 8_GiB, 448).capability(120).pcie(5, 8).fp32(19.18).fp16(77).fp4(307);
};
struct geforce_rtx_5060_ti_8gb {
    static constexpr device value = cuda("rtx-5060-ti-8gb", 8_GiB, 448).capability(120).pcie(5, 8).fp32(23.7).fp16(95).fp4(380);
};
struct geforce_rtx_5060_ti_16gb {
    static constexpr device value = cuda("rtx-5060-ti-16gb", 16_GiB, 448).capability(120).driver_reports(16311_MiB).pcie(5, 8)
        .fp32(23.7).fp16(95).fp4(380);
};
struct geforce_rtx_5070 {
    static constexpr device value = cuda("rtx-5070", 12_GiB, 672).capability(120).driver_reports(12227_MiB).pcie(5, 16)
        .fp32(30.97).fp16(123).fp4(494);
};
struct geforce_rtx_5070_ti {
    static constexpr device value = cuda("rtx-5070-ti", 16_GiB, 896).capability(120).driver_reports(16303_MiB).pcie(5, 16)
        .fp32(44.35).fp16(176).fp4(703);
};
struct geforce_rtx_5080 {
    static constexpr device value = cuda("rtx-5080", 16_GiB, 960).capability(120).driver_reports(16303_MiB).pcie(5, 16)
        .fp32(56.28).fp16(225).fp4(900);
};
struct geforce_rtx_5090 {
    static constexpr device value = cuda("rtx-5090", 32_GiB, 1792).capability(120).driver_reports(32607_MiB).pcie(5, 16)
        .fp32(104.8).fp16(419).fp4(1676);
};

// GeForce in laptops: what they reach at the highest power limit, which many laptops do not have. Tensor rates are those of
// the desktop cards of the same series, 4 x FP32 from GeForce 30 on. GTX 1650 Ti and 1660 Ti: 1024 shaders at 1485 MHz, 1536
// at 1590.
struct geforce_gtx_1650_ti_laptop {
    static constexpr device value = cuda("gtx-1650-ti-laptop", 4_GiB, 192).capability(75).pcie(3, 16).fp32(3.041).fp16(6.083);
};
struct geforce_gtx_1660_ti_laptop {
    static constexpr device value = cuda("gtx-1660-ti-laptop", 6_GiB, 288).capability(75).pcie(3, 16).fp32(4.884).fp16(9.769);
};
struct geforce_rtx_3050_laptop {
    static constexpr device value = cuda("rtx-3050-laptop", 4_GiB, 192).capability(86).pcie(4, 8).fp32(7.13).fp16(28.5);
};
struct geforce_rtx_3050_ti_laptop {
    static constexpr device value = cuda("rtx-3050-ti-laptop", 4_GiB, 192).capability(86).pcie(4, 8).fp32(8.68).fp16(34.7);
};
struct geforce_rtx_3060_laptop {
    static constexpr device value = cuda("rtx-3060-laptop", 6_GiB, 336).capability(86).pcie(4, 16).fp32(13.07).fp16(52.3);
};
struct geforce_rtx_3070_laptop {
    static constexpr device value = cuda("rtx-3070-laptop", 8_GiB, 448).capability(86).pcie(4, 16).fp32(16.59).fp16(66.4);
};
struct geforce_rtx_3070_ti_laptop {
    static constexpr device value = cuda("rtx-3070-ti-laptop", 8_GiB, 448).capability(86).pcie(4, 16).fp32(17.49).fp16(70);
};
struct geforce_rtx_3080_laptop_8gb {
    static constexpr device value = cuda("rtx-3080-laptop-8gb", 8_GiB, 448).capability(86).pcie(4, 16).fp32(22.2).fp16(88.8);
};
struct geforce_rtx_3080_laptop_16gb {
    static constexpr device value = cuda("rtx-3080-laptop-16gb", 16_GiB, 448).capability(86).pcie(4, 16).fp32(22.2).fp16(88.8);
};
struct geforce_rtx_3080_ti_laptop {
    static constexpr device value = cuda("rtx-3080-ti-laptop", 16_GiB, 512).capability(86).pcie(4, 16).fp32(23.6).fp16(94.4);
};
struct geforce_rtx_4050_laptop {
    static constexpr device value = cuda("rtx-4050-laptop", 6_GiB, 192).capability(89).pcie(4, 8).fp32(12.1).fp16(48.5);
};
struct geforce_rtx_4060_laptop {
    static constexpr device value = cuda("rtx-4060-laptop", 8_GiB, 256).capability(89).driver_reports(8188_MiB).pcie(4, 8)
        .fp32(14.5).fp16(58.2);
};
struct geforce_rtx_4070_laptop {
    static constexpr device value = cuda("rtx-4070-laptop", 8_GiB, 256).capability(89).driver_reports(8188_MiB).pcie(4, 8)
        .fp32(20).fp16(80.2);
};
struct geforce_rtx_4080_laptop {
    static constexpr device value = cuda("rtx-4080-laptop", 12_GiB, 432).capability(89).pcie(4, 16).fp32(33.8).fp16(135.4);
};
struct geforce_rtx_4090_laptop {
    static constexpr device value = cuda("rtx-4090-laptop", 16_GiB, 576).capability(89).driver_reports(16376_MiB).pcie(4, 16)
        .fp32(50.1).fp16(200.8);
};

// Workstation, Pascal and Volta. P4000: NVIDIA's data sheet.
struct quadro_p4000 {
    static constexpr device value = cuda("quadro-p4000", 8_GiB, 243).capability(61).pcie(3, 16).fp32(5.3);
};
struct titan_v {
    static constexpr device value = cuda("titan-v", 12_GiB, 652.8).capability(70).pcie(3, 16).fp32(14.8992).fp16(134.1);
};

// Workstation, Turing: tensor rates are 8 x FP32, as on the GeForce cards of the same dies.
struct quadro_rtx_4000 {
    static constexpr device value = cuda("quadro-rtx-4000", 8_GiB, 416).capability(75).pcie(3, 16).fp32(7.119).fp16(56.952);
};
struct quadro_rtx_5000 {
    static constexpr device value = cuda("quadro-rtx-5000", 16_GiB, 448).capability(75).pcie(3, 16).fp32(11.15).fp16(89.2);
};
struct quadro_rtx_6000 {
    static constexpr device value = cuda("quadro-rtx-6000", 24_GiB, 672).capability(75).pcie(3, 16).fp32(16.31).fp16(130.48);
};
struct quadro_rtx_8000 {
    static constexpr device value = cuda("quadro-rtx-8000", 48_GiB, 672).capability(75).pcie(3, 16).fp32(16.31).fp16(130.48);
};

// Workstation, Ampere.
struct rtx_a400 {
    static constexpr device value = cuda("rtx-a400", 4_GiB, 96).capability(86).pcie(4, 8).fp32(2.706).fp16(10.85);
};
struct rtx_a1000 {
    static constexpr device value = cuda("rtx-a1000", 8_GiB, 192).capability(86).pcie(4, 8).fp32(6.737).fp16(26.9);
};
struct rtx_a2000_6gb {
    static constexpr device value = cuda("rtx-a2000-6gb", 6_GiB, 288).capability(86).pcie(4, 16).fp32(7.987).fp16(31.95);
};
struct rtx_a2000_12gb {
    static constexpr device value = cuda("rtx-a2000-12gb", 12_GiB, 288).capability(86).pcie(4, 16).fp32(7.987).fp16(31.95);
};
struct rtx_a4000 {
    static constexpr device value = cuda("rtx-a4000", 16_GiB, 448).capability(86).driver_reports(16376_MiB).pcie(4, 16)
        .fp32(19.17).fp16(76.7);
};
struct rtx_a4500 {
    static constexpr device value = cuda("rtx-a4500", 20_GiB, 640).capability(86).pcie(4, 16).fp32(23.66).fp16(94.6);
};
struct rtx_a5000 {
    static constexpr device value = cuda("rtx-a5000", 24_GiB, 768).capability(86).driver_reports(24564_MiB).pcie(4, 16)
        .fp32(27.77).fp16(111.1);
};
struct rtx_a5500 {
    static constexpr device value = cuda("rtx-a5500", 24_GiB, 768).capability(86).pcie(4, 16).fp32(34.1).fp16(136.4);
};
struct rtx_a6000 {
    static constexpr device value = cuda("rtx-a6000", 48_GiB, 768).capability(86).driver_reports(49140_MiB).pcie(4, 16).peers(56.25)
        .fp32(38.71).fp16(154.8).int8(309.6);
};

// Workstation, Ampere in laptops: tensor rates are 4 x FP32, as on the cards of the same dies.
struct rtx_a1000_laptop {
    static constexpr device value = cuda("rtx-a1000-laptop", 6_GiB, 168).capability(86).pcie(4, 16).fp32(5.837).fp16(23.3);
};
struct rtx_a2000_laptop {
    static constexpr device value = cuda("rtx-a2000-laptop", 4_GiB, 192).capability(86).pcie(4, 16).fp32(8.637).fp16(34.5);
};
struct rtx_a3000_laptop_6gb {
    static constexpr device value = cuda("rtx-a3000-laptop-6gb", 6_GiB, 264).capability(86).pcie(4, 16).fp32(10.08).fp16(40.3);
};
struct rtx_a3000_laptop_12gb {
    static constexpr device value = cuda("rtx-a3000-laptop-12gb", 12_GiB, 336).capability(86).pcie(4, 16).fp32(11.8).fp16(47.2);
};
struct rtx_a4000_laptop {
    static constexpr device value = cuda("rtx-a4000-laptop", 8_GiB, 384).capability(86).pcie(4, 16).fp32(17.2).fp16(68.8);
};
struct rtx_a4500_laptop {
    static constexpr device value = cuda("rtx-a4500-laptop", 16_GiB, 512).capability(86).pcie(4, 16).fp32(17.66).fp16(70.6);
};
struct rtx_a5000_laptop {
    static constexpr device value = cuda("rtx-a5000-laptop", 16_GiB, 448).capability(86).pcie(4, 16).fp32(19.35).fp16(77.4);
};
struct rtx_a5500_laptop {
    static constexpr device value = cuda("rtx-a5500-laptop", 16_GiB, 512).capability(86).pcie(4, 16).fp32(22.27).fp16(89.1);
};

// Workstation, Ada: the source lists FP8 with sparsity, which is 4 times dense FP16 and twice dense FP8.
struct rtx_2000_ada {
    static constexpr device value = cuda("rtx-2000-ada", 16_GiB, 224).capability(89).pcie(4, 8).fp32(12).fp16(47.975).fp8(95.95);
};
struct rtx_4000_ada {
    static constexpr device value = cuda("rtx-4000-ada", 20_GiB, 360).capability(89).pcie(4, 16).fp32(26.73).fp16(106.9).fp8(213.8);
};
struct rtx_4500_ada {
    static constexpr device value = cuda("rtx-4500-ada", 24_GiB, 432).capability(89).pcie(4, 16).fp32(39.63).fp16(159.5);
};
struct rtx_5000_ada {
    static constexpr device value = cuda("rtx-5000-ada", 32_GiB, 576).capability(89).pcie(4, 16).fp32(65.28).fp16(261).fp8(522);
};
struct rtx_5000_ada_laptop {
    static constexpr device value = cuda("rtx-5000-ada-laptop", 16_GiB, 576).capability(89).pcie(4, 16).fp32(41.15).fp16(170.5);
};
struct rtx_6000_ada {
    static constexpr device value = cuda("rtx-6000-ada", 48_GiB, 960).capability(89).driver_reports(49140_MiB).pcie(4, 16)
        .fp32(91.06).fp16(364.25).fp8(728.5);
};

// Workstation, Blackwell. RTX PRO 6000: tensor rates are 4 (FP16), 8 (FP8, INT8) and 16 (FP4) x FP32, as the data
// sheet of the Server Edition, which has the same die.
struct rtx_pro_4000_blackwell {
    static constexpr device value = cuda("rtx-pro-4000-blackwell", 24_GiB, 672).capability(120).pcie(5, 16)
        .fp32(46.9).fp16(175.76).fp8(351.52).int8(351.52).fp4(703.04);
};
struct rtx_pro_4500_blackwell {
    static constexpr device value = cuda("rtx-pro-4500-blackwell", 32_GiB, 896).capability(120).pcie(5, 16)
        .fp32(54.94).fp16(219.74).fp8(439.49).int8(439.49).fp4(878.98);
};
struct rtx_pro_5000_blackwell {
    static constexpr device value = cuda("rtx-pro-5000-blackwell", 48_GiB, 1344).capability(120).pcie(5, 16)
        .fp32(73.69).fp16(294.8);
};
struct rtx_pro_6000_blackwell {
    static constexpr device value = cuda("rtx-pro-6000-blackwell", 96_GiB, 1792).capability(120).driver_reports(97887_MiB).pcie(5, 16)
        .fp32(126).fp16(504).fp8(1008).int8(1008).fp4(2016);
};
struct rtx_pro_6000_blackwell_max_q {
    static constexpr device value = cuda("rtx-pro-6000-blackwell-max-q", 96_GiB, 1792).capability(120).pcie(5, 16)
        .fp32(110.1).fp16(440.4).fp8(880.8).int8(880.8).fp4(1761.6);
};
struct rtx_pro_6000_blackwell_server {
    static constexpr device value = cuda("rtx-pro-6000-blackwell-server", 96_GiB, 1792).capability(120).driver_reports(97887_MiB)
        .pcie(5, 16).fp32(116.95).fp16(467.8).fp8(935.6).int8(935.6).fp4(1871.2);
};

// Data centre, Pascal to Turing. P100: FP16 at twice the FP32 rate.
struct p40 {
    static constexpr device value = cuda("p40", 24_GiB, 345.6).capability(61).pcie(3, 16).fp32(11.76);
};
struct p100_16gb {
    static constexpr device value = cuda("p100-16gb", 16_GiB, 732).capability(60).pcie(3, 16).fp32(9.34).fp16(18.68);
};
struct v100_pcie_16gb {
    static constexpr device value = cuda("v100-pcie-16gb", 16_GiB, 900).capability(70).pcie(3, 16).fp32(14.03).fp16(112.2);
};
struct v100_pcie_32gb {
    static constexpr device value = cuda("v100-pcie-32gb", 32_GiB, 900).capability(70).pcie(3, 16).fp32(14.03).fp16(112.2);
};
struct v100_sxm_16gb {
    static constexpr device value = cuda("v100-sxm-16gb", 16_GiB, 900).capability(70).pcie(3, 16).fp32(14.9).fp16(119.2);
};
struct v100_sxm_32gb {
    static constexpr device value = cuda("v100-sxm-32gb", 32_GiB, 900).capability(70).pcie(3, 16).fp32(14.9).fp16(119.2);
};
struct t4 {
    static constexpr device value = cuda("t4", 16_GiB, 320).capability(75).driver_reports(15360_MiB).pcie(3, 16).fp32(8.1).fp16(64.8);
};

// Data centre, Ampere. A16: one of the four GPUs of a card. A100 SXM 40GB: the memory of the PCIe card with the links
// of the 80 GB module.
struct a2 {
    static constexpr device value = cuda("a2", 16_GiB, 200).capability(86).pcie(4, 8).fp32(4.5).fp16(18).int8(36);
};
struct a10 {
    static constexpr device value = cuda("a10", 24_GiB, 600).capability(86).pcie(4, 16).fp32(31.24).fp16(125);
};
struct a16 {
    static constexpr device value = cuda("a16", 16_GiB, 200).capability(86).fp32(4.608).fp16(18.43);
};
struct a30 {
    static constexpr device value = cuda("a30", 24_GiB, 933.1).capability(80).pcie(4, 16).fp32(10.32).fp16(165.1).int8(330);
};
struct a40 {
    static constexpr device value = cuda("a40", 48_GiB, 695.8).capability(86).driver_reports(46068_MiB).pcie(4, 16)
        .fp32(37.42).fp16(149.7).int8(299.3);
};
struct a100_pcie_40gb {
    static constexpr device value = cuda("a100-pcie-40gb", 40_GiB, 1555).capability(80).pcie(4, 16).fp32(19.5).fp16(312).int8(624);
};
struct a100_pcie_80gb {
    static constexpr device value = cuda("a100-pcie-80gb", 80_GiB, 1935).capability(80).pcie(4, 16).fp32(19.5).fp16(312).int8(624);
};
struct a100_sxm_40gb {
    static constexpr device value = cuda("a100-sxm-40gb", 40_GiB, 1555).capability(80).pcie(4, 16).peers(300)
        .fp32(19.5).fp16(312).int8(624);
};
struct a100_sxm_80gb {
    static constexpr device value = cuda("a100-sxm-80gb", 80_GiB, 2039).capability(80).pcie(4, 16).peers(300)
        .fp32(19.5).fp16(312).int8(624);
};

// Data centre, Ada and Hopper.
struct l4 {
    static constexpr device value = cuda("l4", 24_GiB, 300).capability(89).driver_reports(23034_MiB).pcie(4, 16)
        .fp32(30.3).fp16(121).fp8(242).int8(242);
};
struct l20 {
    static constexpr device value = cuda("l20", 48_GiB, 864).capability(89).pcie(4, 16).fp32(59.35).fp16(119.5).int8(239);
};
struct l40 {
    static constexpr device value = cuda("l40", 48_GiB, 864).capability(89).pcie(4, 16).fp32(90.52).fp16(181).int8(362);
};
struct l40s {
    static constexpr device value = cuda("l40s", 48_GiB, 864).capability(89).driver_reports(46068_MiB).pcie(4, 16)
        .fp32(91.6).fp16(362.05).fp8(733).int8(733);
};
struct h20_96gb {
    static constexpr device value = cuda("h20-96gb", 96_GiB, 4096).capability(90).pcie(5, 16).fp32(44).fp16(148).fp8(296);
};
struct h100_pcie_80gb {
    static constexpr device value = cuda("h100-pcie-80gb", 80_GiB, 2000).capability(90).driver_reports(81559_MiB).pcie(5, 16)
        .fp32(51.2).fp16(756.5).fp8(1513).int8(1513);
};
struct h100_nvl_94gb {
    static constexpr device value = cuda("h100-nvl-94gb", 94_GiB, 3900).capability(90).pcie(5, 16).peers(300).fp32(60).fp16(835).fp8(1670).int8(1670);
};
struct h100_sxm_80gb {
    static constexpr device value = cuda("h100-sxm-80gb", 80_GiB, 3350).capability(90).driver_reports(81559_MiB).pcie(5, 16).peers(450)
        .fp32(66.9).fp16(989).fp8(1978).int8(1978);
};
struct h200_sxm_141gb {
    static constexpr device value = cuda("h200-sxm-141gb", 141_GiB, 4800).capability(90).driver_reports(143771_MiB)
        .pcie(5, 16).peers(450).fp32(66.91).fp16(989).fp8(1978).int8(1978);
};

// Data centre, Blackwell. GB200 and GB300: one GPU of the module.
struct b200_180gb {
    static constexpr device value = cuda("b200-180gb", 180_GiB, 7700).capability(100).driver_reports(183359_MiB).pcie(5, 16).peers(900)
        .fp32(75).fp16(2250).fp8(4500).int8(4500).fp4(9000);
};
struct b300_288gb {
    static constexpr device value = cuda("b300-288gb", 288_GiB, 7750).capability(103).driver_reports(275040_MiB).pcie(5, 16).peers(900)
        .fp32(75).fp16(2250).fp8(4500).int8(153.5).fp4(14000);
};
struct gb200_186gb {
    static constexpr device value = cuda("gb200-186gb", 186_GiB, 8000).capability(100).driver_reports(189471_MiB).peers(900)
        .fp32(80).fp16(2500).fp8(5000).int8(5000).fp4(10000);
};
struct gb300_288gb {
    static constexpr device value = cuda("gb300-288gb", 288_GiB, 8000).capability(103).driver_reports(284208_MiB).peers(900)
        .fp32(80).fp16(2500).fp8(5000).int8(165).fp4(15000);
};

// Modules whose GPU shares the memory of the machine. GB10 (DGX Spark) and Thor: dense FP4 is half of the rate with
// sparsity that is advertised, and FP16 a quarter of it, as on GeForce 50; Thor has 2560 shaders at 1.57 GHz. Orin: FP32 is
// half of the FP16 shader rate in the source. AGX Orin 32GB: the source gives it the tensor rate of the 64 GB module, where
// its shaders have five eighths of the rate.
struct gb10 {
    static constexpr device value = cuda("gb10", 128_GiB, 273).capability(121).driver_reports(124546_MiB).unified()
        .fp32(31).fp16(125).fp4(500);
};
struct jetson_nano_4gb {
    static constexpr device value = cuda("jetson-nano-4gb", 4_GiB, 25.6).capability(53).unified();
};
struct jetson_orin_nano_8gb {
    static constexpr device value = cuda("jetson-orin-nano-8gb", 8_GiB, 51).capability(87).unified().fp32(1.28).fp16(8.5);
};
struct jetson_orin_nx_16gb {
    static constexpr device value = cuda("jetson-orin-nx-16gb", 16_GiB, 102.4).capability(87).unified().fp32(1.88).fp16(19);
};
struct jetson_agx_orin_32gb {
    static constexpr device value = cuda("jetson-agx-orin-32gb", 32_GiB, 204.8).capability(87).unified().fp32(3.33).fp16(26.6);
};
struct jetson_agx_orin_64gb {
    static constexpr device value = cuda("jetson-agx-orin-64gb", 64_GiB, 204.8).capability(87).unified().fp32(5.33).fp16(43);
};
struct jetson_agx_thor {
    static constexpr device value = cuda("jetson-agx-thor", 128_GiB, 273).capability(110).unified()
        .fp32(8.06).fp16(258.8).fp4(1035);
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
