// Every device of the catalogue, found by name.
#ifndef MEMBOUND_DEVICES_ALL_HPP
#define MEMBOUND_DEVICES_ALL_HPP

#include <membound/devices/amd.hpp>
#include <membound/devices/apple.hpp>
#include <membound/devices/hosts.hpp>
#include <membound/devices/intel.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/devices/qualcomm.hpp>
#include <membound/name.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

inline constexpr const device *all[] = {
    &geforce_gtx_1060_6gb::value, &geforce_gtx_1060_3gb::value, &geforce_gtx_1070::value,
    &geforce_gtx_1070_ti::value, &geforce_gtx_1080::value, &geforce_gtx_1080_ti::value, &titan_x_pascal::value,
    &titan_xp::value, &geforce_gtx_1650::value, &geforce_gtx_1650_super::value, &geforce_gtx_1660::value,
    &geforce_gtx_1660_super::value, &geforce_gtx_1660_ti::value, &geforce_rtx_2060_6gb::value,
    &geforce_rtx_2060_12gb::value, &geforce_rtx_2060_super::value, &geforce_rtx_2070::value,
    &geforce_rtx_2070_super::value, &geforce_rtx_2080::value, &geforce_rtx_2080_super::value,
    &geforce_rtx_2080_ti::value, &titan_rtx::value, &geforce_rtx_3050_6gb::value, &geforce_rtx_3050_8gb::value,
    &geforce_rtx_3060_8gb::value, &geforce_rtx_3060_12gb::value, &geforce_rtx_3060_ti::value,
    &geforce_rtx_3070::value, &geforce_rtx_3070_ti::value, &geforce_rtx_3080_10gb::value,
    &geforce_rtx_3080_12gb::value, &geforce_rtx_3080_ti::value, &geforce_rtx_3090::value,
    &geforce_rtx_3090_ti::value, &geforce_rtx_4060::value, &geforce_rtx_4060_ti_8gb::value,
    &geforce_rtx_4060_ti_16gb::value, &geforce_rtx_4070::value, &geforce_rtx_4070_super::value,
    &geforce_rtx_4070_ti::value, &geforce_rtx_4070_ti_super::value, &geforce_rtx_4080::value,
    &geforce_rtx_4080_super::value, &geforce_rtx_4090_d::value, &geforce_rtx_4090::value, &geforce_rtx_5050::value,
    &geforce_rtx_5060::value, &geforce_rtx_5060_ti_8gb::value, &geforce_rtx_5060_ti_16gb::value,
    &geforce_rtx_5070::value, &geforce_rtx_5070_ti::value, &geforce_rtx_5080::value, &geforce_rtx_5090::value,
    &geforce_gtx_1650_ti_laptop::value, &geforce_gtx_1660_ti_laptop::value, &geforce_rtx_3050_laptop::value,
    &geforce_rtx_3050_ti_laptop::value,
    &geforce_rtx_3060_laptop::value, &geforce_rtx_3070_laptop::value, &geforce_rtx_3070_ti_laptop::value,
    &geforce_rtx_3080_laptop_8gb::value, &geforce_rtx_3080_laptop_16gb::value, &geforce_rtx_3080_ti_laptop::value,
    &geforce_rtx_4050_laptop::value, &geforce_rtx_4060_laptop::value, &geforce_rtx_4070_laptop::value,
    &geforce_rtx_4080_laptop::value, &geforce_rtx_4090_laptop::value, &quadro_p4000::value, &titan_v::value,
    &quadro_rtx_4000::value, &quadro_rtx_5000::value, &quadro_rtx_6000::value, &quadro_rtx_8000::value,
    &rtx_a400::value, &rtx_a1000::value, &rtx_a2000_6gb::value, &rtx_a2000_12gb::value, &rtx_a4000::value,
    &rtx_a4500::value, &rtx_a5000::value, &rtx_a5500::value, &rtx_a6000::value, &rtx_a1000_laptop::value,
    &rtx_a2000_laptop::value, &rtx_a3000_laptop_6gb::value, &rtx_a3000_laptop_12gb::value, &rtx_a4000_laptop::value,
    &rtx_a4500_laptop::value, &rtx_a5000_laptop::value, &rtx_a5500_laptop::value, &rtx_2000_ada::value,
    &rtx_4000_ada::value, &rtx_4500_ada::value, &rtx_5000_ada::value, &rtx_5000_ada_laptop::value,
    &rtx_6000_ada::value, &rtx_pro_4000_blackwell::value, &rtx_pro_4500_blackwell::value,
    &rtx_pro_5000_blackwell::value, &rtx_pro_6000_blackwell::value, &rtx_pro_6000_blackwell_max_q::value,
    &rtx_pro_6000_blackwell_server::value, &p40::value, &p100_16gb::value, &v100_pcie_16gb::value,
    &v100_pcie_32gb::value, &v100_sxm_16gb::value, &v100_sxm_32gb::value, &t4::value, &a2::value, &a10::value,
    &a16::value, &a30::value, &a40::value, &a100_pcie_40gb::value, &a100_pcie_80gb::value, &a100_sxm_40gb::value,
    &a100_sxm_80gb::value, &l4::value, &l20::value, &l40::value, &l40s::value, &h20_96gb::value,
    &h100_pcie_80gb::value, &h100_nvl_94gb::value, &h100_sxm_80gb::value, &h200_sxm_141gb::value,
    &b200_180gb::value, &b300_288gb::value, &gb200_186gb::value, &gb300_288gb::value, &gb10::value,
    &jetson_nano_4gb::value, &jetson_orin_nano_8gb::value, &jetson_orin_nx_16gb::value,
    &jetson_agx_orin_32gb::value, &jetson_agx_orin_64gb::value, &jetson_agx_thor::value,

    &radeon_rx_570::value, &radeon_rx_580::value, &radeon_rx_vega_56::value, &radeon_rx_vega_64::value,
    &radeon_rx_5600_xt::value, &radeon_rx_5700::value, &radeon_rx_5700_xt::value, &radeon_rx_6400::value,
    &radeon_rx_6500_xt::value, &radeon_rx_6600::value, &radeon_rx_6600_xt::value, &radeon_rx_6650_xt::value,
    &radeon_rx_6700::value, &radeon_rx_6700_xt::value, &radeon_rx_6750_xt::value, &radeon_rx_6800::value,
    &radeon_rx_6800_xt::value, &radeon_rx_6900_xt::value, &radeon_rx_6950_xt::value, &radeon_rx_7600::value,
    &radeon_rx_7650_gre::value, &radeon_rx_7600_xt::value, &radeon_rx_7700_xt::value, &radeon_rx_7800_xt::value,
    &radeon_rx_7900_gre::value, &radeon_rx_7900_xt::value, &radeon_rx_7900_xtx::value,
    &radeon_rx_9060_xt_8gb::value, &radeon_rx_9060_xt_16gb::value, &radeon_rx_9070_gre::value,
    &radeon_rx_9070::value, &radeon_rx_9070_xt::value, &radeon_pro_w6600::value, &radeon_pro_w6800::value,
    &radeon_pro_w7500::value, &radeon_pro_w7600::value, &radeon_pro_w7700::value, &radeon_pro_w7800_32gb::value,
    &radeon_pro_w7800_48gb::value, &radeon_pro_w7900::value, &radeon_ai_pro_r9700::value, &instinct_mi25::value,
    &instinct_mi50_16gb::value, &instinct_mi50_32gb::value, &instinct_mi60::value, &instinct_mi100::value,
    &instinct_mi210::value, &instinct_mi250_die::value, &instinct_mi250x_die::value, &instinct_mi300a::value,
    &instinct_mi300x::value, &instinct_mi325x::value, &instinct_mi350x::value, &instinct_mi355x::value,
    &ryzen_ai_max_395_64gb::value, &ryzen_ai_max_395_96gb::value, &ryzen_ai_max_395_128gb::value,
    &ryzen_6000_32gb::value, &ryzen_8000_32gb::value, &ryzen_z1_extreme_16gb::value, &ryzen_ai_9_300_32gb::value,

    &arc_a310::value, &arc_a380::value, &arc_a580::value, &arc_a750::value, &arc_a770_8gb::value,
    &arc_a770_16gb::value, &arc_a550m::value, &arc_a730m::value, &arc_a770m::value, &arc_b570::value,
    &arc_b580::value, &arc_pro_b50::value, &arc_pro_b60::value, &arc_pro_b70::value, &core_ultra_100_32gb::value,
    &core_ultra_200v_16gb::value, &core_ultra_200v_32gb::value,

    &apple_m1_8gb::value, &apple_m1_16gb::value, &apple_m1_pro_16gb::value, &apple_m1_pro_32gb::value,
    &apple_m1_max_32gb::value, &apple_m1_max_64gb::value, &apple_m1_ultra_64gb::value, &apple_m1_ultra_128gb::value,
    &apple_m2_8gb::value, &apple_m2_16gb::value, &apple_m2_24gb::value, &apple_m2_pro_16gb::value,
    &apple_m2_pro_32gb::value, &apple_m2_max_32gb::value, &apple_m2_max_64gb::value, &apple_m2_max_96gb::value,
    &apple_m2_ultra_64gb::value, &apple_m2_ultra_128gb::value, &apple_m2_ultra_192gb::value, &apple_m3_8gb::value,
    &apple_m3_16gb::value, &apple_m3_24gb::value, &apple_m3_pro_18gb::value, &apple_m3_pro_36gb::value,
    &apple_m3_max_36gb::value, &apple_m3_max_96gb::value, &apple_m3_max_48gb::value, &apple_m3_max_64gb::value,
    &apple_m3_max_128gb::value, &apple_m3_ultra_96gb::value, &apple_m3_ultra_256gb::value,
    &apple_m3_ultra_512gb::value, &apple_m4_16gb::value, &apple_m4_24gb::value, &apple_m4_32gb::value,
    &apple_m4_pro_24gb::value, &apple_m4_pro_48gb::value, &apple_m4_pro_64gb::value, &apple_m4_max_36gb::value,
    &apple_m4_max_48gb::value, &apple_m4_max_64gb::value, &apple_m4_max_128gb::value, &apple_m5_16gb::value,
    &apple_m5_24gb::value, &apple_m5_32gb::value, &apple_m5_pro_24gb::value, &apple_m5_pro_48gb::value,
    &apple_m5_pro_64gb::value, &apple_m5_max_36gb::value, &apple_m5_max_48gb::value, &apple_m5_max_64gb::value,
    &apple_m5_max_128gb::value,

    &snapdragon_x_elite_16gb::value, &snapdragon_x_elite_32gb::value, &snapdragon_x_elite_64gb::value,
    &snapdragon_x2_elite_extreme_48gb::value,

    &raspberry_pi_4_2gb::value, &raspberry_pi_4_4gb::value, &raspberry_pi_4_8gb::value, &raspberry_pi_5_2gb::value,
    &raspberry_pi_5_4gb::value, &raspberry_pi_5_8gb::value, &raspberry_pi_5_16gb::value,
    &laptop_ddr4_3200_8gb::value, &laptop_ddr4_3200_16gb::value, &laptop_ddr4_3200_32gb::value,
    &laptop_ddr5_5600_16gb::value, &laptop_ddr5_5600_32gb::value, &laptop_ddr5_5600_64gb::value,
    &laptop_lpddr5x_7500_16gb::value, &laptop_lpddr5x_7500_32gb::value, &laptop_lpddr5x_7500_64gb::value,
    &desktop_ddr4_3200_16gb::value, &desktop_ddr4_3200_32gb::value, &desktop_ddr4_3200_64gb::value,
    &desktop_ddr4_3200_128gb::value, &desktop_ddr5_4800_32gb::value, &desktop_ddr5_4800_64gb::value,
    &desktop_ddr5_4800_128gb::value, &desktop_ddr5_5600_32gb::value, &desktop_ddr5_5600_64gb::value,
    &desktop_ddr5_5600_128gb::value, &desktop_ddr5_6000_32gb::value, &desktop_ddr5_6000_64gb::value,
    &desktop_ddr5_6000_128gb::value, &desktop_ddr5_5600_192gb::value, &threadripper_pro_5000_128gb::value,
    &threadripper_pro_5000_256gb::value, &threadripper_7000_128gb::value, &threadripper_7000_256gb::value,
    &threadripper_pro_7000_256gb::value, &threadripper_pro_7000_512gb::value, &epyc_7003_256gb::value,
    &epyc_7003_512gb::value, &epyc_9004_384gb::value, &epyc_9004_768gb::value, &xeon_sapphire_rapids_256gb::value,
    &xeon_sapphire_rapids_512gb::value, &xeon_emerald_rapids_256gb::value, &xeon_emerald_rapids_512gb::value,
    &xeon_6_granite_rapids_384gb::value, &xeon_6_granite_rapids_768gb::value, &ampereone_512gb::value,
};

} // namespace devices

namespace detail {

constexpr const char *skip_separators(const char *text) {
    while (is_separator(*text)) ++text;
    return text;
}

// What is left of two names behind their common beginning; separators and the case of letters do not count.
struct remainders {
    const char *a;
    const char *b;
};

constexpr remainders behind_common(const char *a, const char *b) {
    while (true) {
        const char *const x = skip_separators(a);
        const char *const y = skip_separators(b);
        if (*x == '\0' || lower(*x) != lower(*y)) return {a, b};
        a = x + 1;
        b = y + 1;
    }
}

constexpr bool is_empty_name(const char *a) { return *skip_separators(a) == '\0'; }

constexpr bool same_device_name(const char *a, const char *b) {
    const remainders left = behind_common(a, b);
    return is_empty_name(left.a) && is_empty_name(left.b);
}

// Whether a part of a name is in it, from the beginning of a word.
constexpr bool contains_name(const char *name, const char *part) {
    bool word_begins = true;
    for (; *name != '\0'; word_begins = is_separator(*name++))
        if (word_begins && is_empty_name(behind_common(part, name).a)) return true;
    return false;
}

// Whether a text is a name and further words.
constexpr bool begins_with_name(const char *text, const char *name) {
    const remainders left = behind_common(text, name);
    return is_empty_name(left.b) && is_separator(*left.a);
}

// One letter typed, left out or wrong, or two neighbours swapped.
constexpr bool one_slip_apart(const char *a, const char *b) {
    const remainders left = behind_common(a, b);
    const char *const x = skip_separators(left.a);
    const char *const y = skip_separators(left.b);
    if (*x != '\0' && same_device_name(x + 1, y)) return true;
    if (*y != '\0' && same_device_name(x, y + 1)) return true;
    if (*x == '\0' || *y == '\0') return false;
    if (same_device_name(x + 1, y + 1)) return true;
    const char *const x2 = skip_separators(x + 1);
    const char *const y2 = skip_separators(y + 1);
    return *x2 != '\0' && *y2 != '\0' && lower(*x) == lower(*y2) && lower(*x2) == lower(*y) &&
           same_device_name(x2 + 1, y2 + 1);
}

constexpr const char *without_vendor(const char *name) {
    constexpr const char *words[] = {"nvidia", "geforce", "tesla", "amd", "radeon", "instinct", "intel", "apple"};
    for (bool found = true; found;) {
        found = false;
        const char first = lower(*skip_separators(name));
        for (const char *word : words) {
            if (*word != first) continue;
            const remainders left = behind_common(word, name);
            if (!is_empty_name(left.a)) continue;
            name = left.b;
            found = true;
            break;
        }
    }
    return name;
}

// The gigabytes of an ending such as "-12gb" or " 24 GiB"; 0 where it is anything else.
constexpr int gigabytes(const char *ending) {
    if (!is_separator(*ending)) return 0;
    const char *digit = skip_separators(ending);
    int count = 0;
    for (; *digit >= '0' && *digit <= '9' && count < 100000; ++digit) count = 10 * count + (*digit - '0');
    return same_device_name(digit, "gb") || same_device_name(digit, "gib") ? count : 0;
}

// Words that drivers put behind a name.
constexpr bool is_filler(const char *ending) {
    constexpr const char *words[] = {"gpu", "generation", "edition", "workstation edition"};
    for (const char *word : words)
        if (same_device_name(ending, word)) return true;
    return false;
}

} // namespace detail

// The device that a text names, as a catalogue name or as a driver prints it: "rtx-3060-12gb", "RTX 3060 12GB" and
// "NVIDIA GeForce RTX 3060 12GB" are the same. Letter case, spaces, '-', '_' and the vendor's words before the name do
// not count, nor "GPU" and the like behind it. A memory size may be left out where only one is made ("h100-sxm"), and
// may stand where it goes without saying ("RTX 4090 24GB"). Null where no device or more than one is meant: "rtx-3060"
// has 8 or 12 GB.
constexpr const device *find_device(const char *text) {
    text = detail::without_vendor(text);
    const device *found = nullptr;
    int count = 0;
    for (const device *d : devices::all) {
        const detail::remainders left = detail::behind_common(text, detail::without_vendor(d->name.c_str()));
        const bool text_ends = detail::is_empty_name(left.a);
        const bool name_ends = detail::is_empty_name(left.b);
        if (name_ends && (text_ends || detail::is_filler(left.a))) return d;
        if (name_ends ? 1_GiB * detail::gigabytes(left.a) == d->capacity
                      : text_ends && detail::gigabytes(left.b) > 0) {
            found = d;
            ++count;
        }
    }
    return count == 1 ? found : nullptr;
}

// What a text that names no device may have meant, for a program to suggest: the devices whose name it is part of, or
// that it names with something more; where there are none, those that one slip of the fingers makes of it. Returns how
// many it has put into `found`.
template <std::size_t Most>
constexpr std::size_t near_devices(const char *text, const device *(&found)[Most]) {
    text = detail::without_vendor(text);
    if (detail::is_empty_name(text)) return 0;
    std::size_t count = 0;
    for (int slips = 0; slips < 2 && count == 0; ++slips)
        for (const device *d : devices::all) {
            const char *const name = detail::without_vendor(d->name.c_str());
            const bool near = slips == 1 ? detail::one_slip_apart(name, text)
                                         : detail::contains_name(name, text) || detail::begins_with_name(text, name);
            if (near && count < Most) found[count++] = d;
        }
    return count;
}

MEMBOUND_END_NAMESPACE

#endif
