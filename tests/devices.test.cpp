#include <membound/devices/all.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

using namespace membound;
using namespace membound::devices;

namespace {

constexpr int count_of(backend api) {
    int n = 0;
    for (const device *d : all) n += d->api == api ? 1 : 0;
    return n;
}

constexpr bool every_interface_has_devices() {
    return count_of(backend::cuda) >= 90 && count_of(backend::rocm) >= 40 && count_of(backend::metal) >= 50 &&
           count_of(backend::sycl) >= 10 && count_of(backend::cpu) >= 30 && count_of(backend::vulkan) >= 1;
}
static_assert(every_interface_has_devices(), "");

// Lower-case words and digits with single hyphens between them, short enough to be whole.
constexpr bool well_formed(const char *name) {
    int length = 0;
    bool after_hyphen = true;
    for (; *name != '\0'; ++name, ++length) {
        const bool letter = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9');
        if (!letter && (*name != '-' || after_hyphen)) return false;
        after_hyphen = !letter;
    }
    return length > 0 && length < 40 && !after_hyphen;
}
static_assert(well_formed("rtx-3060-12gb") && !well_formed("RTX-3060") && !well_formed("rtx--1") && !well_formed("a-"),
              "");

constexpr bool names_are_well_formed() {
    for (const device *d : all)
        if (!well_formed(d->name.c_str())) return false;
    return true;
}
static_assert(names_are_well_formed(), "");

// Memory that was never sold, or a rate in the wrong unit, is a slip of the pen.
constexpr bool plausible(const device &d) {
    const auto rate = [](double value, double most) { return value >= 0 && value <= most; };
    return d.capacity >= 2_GiB && d.capacity <= 1024_GiB && d.usable <= d.capacity &&
           (d.usable.count() == 0 || d.usable * 2 >= d.capacity) && d.memory_bandwidth_gbps >= 10 &&
           rate(d.memory_bandwidth_gbps, 8000) && rate(d.link_bandwidth_gbps, 64) &&
           rate(d.peer_bandwidth_gbps, 900) && rate(d.fp32_tflops, 165) && rate(d.fp16_tflops, 2500) &&
           rate(d.fp8_tflops, 5000) && rate(d.int8_tops, 5000) && rate(d.fp4_tflops, 15000);
}

constexpr bool entries_are_plausible() {
    for (const device *d : all)
        if (!plausible(*d)) return false;
    return true;
}
static_assert(entries_are_plausible(), "");

// Units that multiply matrices do so no slower than the others add, and halving the numbers does not slow them down.
// Blackwell Ultra (B300, GB300) gave its INT8 units up.
constexpr bool rates_are_ordered() {
    for (const device *d : all) {
        const bool without_int8 = d == &b300_288gb::value || d == &gb300_288gb::value;
        if (d->fp16_tflops > 0 && d->fp32_tflops > 0 && d->fp16_tflops < d->fp32_tflops) return false;
        if (d->fp8_tflops > 0 && d->fp8_tflops < 1.9 * d->fp16_tflops) return false;
        if (d->int8_tops > 0 && !without_int8 && d->int8_tops < 1.9 * d->fp16_tflops) return false;
        if (d->fp4_tflops > 0 && d->fp4_tflops < 1.9 * d->fp8_tflops) return false;
    }
    return true;
}
static_assert(rates_are_ordered(), "");

// All of CUDA's have one, and units for FP8 came with 8.9.
constexpr bool compute_capabilities_are_known() {
    for (const device *d : all) {
        if ((d->api == backend::cuda) != (d->compute_capability > 0)) return false;
        if (d->fp8_tflops > 0 && d->api == backend::cuda && d->compute_capability < 89) return false;
        if (d->fp4_tflops > 0 && d->api == backend::cuda && d->compute_capability < 100) return false;
    }
    return geforce_rtx_4090::value.compute_capability == 89 && geforce_rtx_3090::value.compute_capability == 86 &&
           geforce_rtx_2080_ti::value.compute_capability == 75 && geforce_rtx_5090::value.compute_capability == 120 &&
           a100_sxm_80gb::value.compute_capability == 80 && t4::value.compute_capability == 75 &&
           gb10::value.compute_capability == 121;
}
static_assert(compute_capabilities_are_known(), "");

// A GPU that has the memory of its machine has no link to it.
constexpr bool unified_memory_has_no_link() {
    for (const device *d : all) {
        if (d->unified_memory && d->link_bandwidth_gbps > 0) return false;
        if (d->api == backend::metal && !d->unified_memory) return false;
    }
    return gb10::value.unified_memory && jetson_orin_nano_8gb::value.unified_memory &&
           instinct_mi300a::value.unified_memory && ryzen_ai_max_395_128gb::value.unified_memory &&
           core_ultra_200v_32gb::value.unified_memory && snapdragon_x_elite_32gb::value.unified_memory;
}
static_assert(unified_memory_has_no_link(), "");

constexpr bool finds(const char *text, const device &d) { return find_device(text) == &d; }
constexpr bool finds_nothing(const char *text) { return find_device(text) == nullptr; }

constexpr bool a_name_is_found_however_it_is_written() {
    const device &d = geforce_rtx_3060_12gb::value;
    return finds("rtx-3060-12gb", d) && finds("RTX 3060 12GB", d) && finds("geforce-rtx-3060-12gb", d) &&
           finds("rtx_3060_12gb", d) && finds("RTX3060 12GB", d) && finds("NVIDIA GeForce RTX 3060 12 GB", d) &&
           finds(" rtx-3060-12gb ", d);
}
static_assert(a_name_is_found_however_it_is_written(), "");

constexpr bool vendors_do_not_count() {
    return finds("m4-pro-48gb", apple_m4_pro_48gb::value) && finds("Apple M4 Pro 48GB", apple_m4_pro_48gb::value) &&
           finds("AMD Radeon RX 7900 XTX", radeon_rx_7900_xtx::value) && finds("Tesla T4", t4::value) &&
           finds("pro-w7900", radeon_pro_w7900::value) && finds("AMD Instinct MI300X", instinct_mi300x::value) &&
           finds("Intel Arc A770 16GB", arc_a770_16gb::value);
}
static_assert(vendors_do_not_count(), "");

constexpr bool the_memory_size_may_go_without_saying() {
    return finds("RTX 4090 24GB", geforce_rtx_4090::value) && finds("rtx-4090-24-gib", geforce_rtx_4090::value) &&
           finds("h100-sxm", h100_sxm_80gb::value) && finds("NVIDIA B200", b200_180gb::value);
}
static_assert(the_memory_size_may_go_without_saying(), "");

constexpr bool names_of_drivers_are_found() {
    return finds("NVIDIA RTX 6000 Ada Generation", rtx_6000_ada::value) &&
           finds("NVIDIA GeForce RTX 4060 Laptop GPU", geforce_rtx_4060_laptop::value) &&
           finds("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", rtx_pro_6000_blackwell::value) &&
           finds("NVIDIA RTX PRO 6000 Blackwell Server Edition", rtx_pro_6000_blackwell_server::value) &&
           finds("NVIDIA GB10", gb10::value);
}
static_assert(names_of_drivers_are_found(), "");

constexpr bool doubt_finds_nothing() {
    return finds_nothing("rtx-3060") && finds_nothing("rtx-4060-ti") && finds_nothing("apple-m4-pro") &&
           finds_nothing("m4-pro-32gb") && finds_nothing("rtx-4090-48gb") && finds_nothing("rtx-3060-24gb") &&
           finds_nothing("rtx-6000") && finds_nothing("rtx-306") && finds_nothing("rtx-3060-1") &&
           finds_nothing("rtx-3060-0gb") && finds_nothing("h100") && finds_nothing("rtx") &&
           finds_nothing("nvidia") && finds_nothing("") && finds_nothing("-") && finds_nothing("12gb") &&
           finds_nothing("rtx-4090-99999999999999999999gb");
}
static_assert(doubt_finds_nothing(), "");

// Whether these are suggested for the text, in the catalogue's order, and no others.
template <class... Device>
constexpr bool suggests(const char *text, const Device *...expected) {
    constexpr std::size_t count = sizeof...(expected);
    const device *const wanted[count + 1] = {expected...};
    const device *found[count + 1] = {};
    if (near_devices(text, found) != count) return false;
    for (std::size_t i = 0; i < count; ++i)
        if (found[i] != wanted[i]) return false;
    return true;
}

constexpr bool near_names_are_suggested() {
    return suggests("RTX 3060", &geforce_rtx_3060_8gb::value, &geforce_rtx_3060_12gb::value,
                    &geforce_rtx_3060_ti::value, &geforce_rtx_3060_laptop::value) &&
           suggests("geforce-rtx-4090-48gb", &geforce_rtx_4090::value) && suggests("h200", &h200_sxm_141gb::value) &&
           suggests("m4 pro", &apple_m4_pro_24gb::value, &apple_m4_pro_48gb::value, &apple_m4_pro_64gb::value);
}
static_assert(near_names_are_suggested(), "");

constexpr bool slips_are_suggested() {
    const device *const rtx_4090 = &geforce_rtx_4090::value;
    return suggests("rtx-4900", rtx_4090) && suggests("rtx-490", rtx_4090) && suggests("rtz-4090", rtx_4090) &&
           suggests("rtx-44090", rtx_4090) &&
           suggests("NVIDIA A100-SXM4-80GB", &a100_sxm_40gb::value, &a100_sxm_80gb::value);
}
static_assert(slips_are_suggested(), "");
static_assert(suggests("quantum") && suggests(""), "");
static_assert(suggests("090") && suggests("nvidia"), ""); // no word begins so; no name at all

constexpr bool no_more_are_suggested_than_asked_for() {
    const device *found[3] = {};
    return near_devices("rtx", found) == 3 && found[2] != nullptr;
}
static_assert(no_more_are_suggested_than_asked_for(), "");

// recommendedMaxWorkingSetSize as llama.cpp prints it, in MiB cut to whole ones.
constexpr bool metal_gives(bytes memory, std::int64_t mebibytes, int macos = 26) {
    return metal_working_set(memory, macos).count() >> 20 == mebibytes;
}

constexpr bool metal_working_set_is_as_measured() {
    return metal_gives(8_GiB, 5461) && metal_gives(16_GiB, 12124) && metal_gives(18_GiB, 13639) &&
           metal_gives(24_GiB, 18186) && metal_gives(32_GiB, 25559) && metal_gives(36_GiB, 28753) &&
           metal_gives(48_GiB, 38338) && metal_gives(64_GiB, 53084) && metal_gives(128_GiB, 110100) &&
           metal_working_set(256_GiB) / 1000000000 == bytes(239) && metal_gives(16_GiB, 10922, 15) &&
           metal_gives(32_GiB, 21845, 15) && metal_gives(64_GiB, 49152, 15) && metal_gives(96_GiB, 73728, 15) &&
           metal_gives(128_GiB, 98304, 15);
}
static_assert(metal_working_set_is_as_measured(), "");

// From the makers' data sheets.
constexpr bool figures_are_those_of_the_data_sheets() {
    const auto near = [](double a, double b) { return a > 0.99 * b && a < 1.01 * b; };
    const device &rtx_4090 = geforce_rtx_4090::value;
    const device &rtx_3060 = geforce_rtx_3060_12gb::value;
    const device &h100 = h100_sxm_80gb::value;
    const device &m4_pro = apple_m4_pro_48gb::value;
    return rtx_4090.capacity == 24_GiB && rtx_4090.usable == 24564_MiB && near(rtx_4090.memory_bandwidth_gbps, 1008) &&
           near(rtx_4090.fp32_tflops, 82.6) && near(rtx_4090.fp16_tflops, 330.3) &&
           near(rtx_4090.link_bandwidth_gbps, 31.5) && h100.capacity == 80_GiB && h100.usable == 81559_MiB &&
           near(h100.memory_bandwidth_gbps, 3350) && near(h100.fp16_tflops, 989.4) && near(h100.fp8_tflops, 1978.9) &&
           near(h100.peer_bandwidth_gbps, 450) && near(h100.link_bandwidth_gbps, 63) &&
           rtx_3060.capacity == 12_GiB && rtx_3060.usable_capacity() == 12_GiB &&
           near(rtx_3060.memory_bandwidth_gbps, 360) && near(rtx_3060.fp16_tflops, 51.2) && m4_pro.unified_memory &&
           m4_pro.capacity == 48_GiB && near(m4_pro.memory_bandwidth_gbps, 273) &&
           near(radeon_rx_7900_xtx::value.fp16_tflops, 122.8) && near(radeon_rx_9070_xt::value.int8_tops, 389) &&
           near(instinct_mi300x::value.fp16_tflops, 1307.4) && instinct_mi300x::value.capacity == 192_GiB &&
           near(quadro_rtx_8000::value.fp16_tflops, 130.5) &&
           near(raspberry_pi_5_8gb::value.memory_bandwidth_gbps, 17.1) &&
           near(epyc_9004_384gb::value.memory_bandwidth_gbps, 460.8) &&
           near(desktop_ddr5_6000_64gb::value.memory_bandwidth_gbps, 96);
}
static_assert(figures_are_those_of_the_data_sheets(), "");

} // namespace

TEST_CASE("the catalogue of devices holds in a running program as well") {
    CHECK(every_interface_has_devices());
    CHECK(names_are_well_formed());
    CHECK(entries_are_plausible());
    CHECK(rates_are_ordered());
    CHECK(unified_memory_has_no_link());
    CHECK(metal_working_set_is_as_measured());
    CHECK(figures_are_those_of_the_data_sheets());
}

TEST_CASE("devices are found by what people and drivers call them") {
    CHECK(a_name_is_found_however_it_is_written());
    CHECK(vendors_do_not_count());
    CHECK(the_memory_size_may_go_without_saying());
    CHECK(names_of_drivers_are_found());
    CHECK(doubt_finds_nothing());
    CHECK(near_names_are_suggested());
    CHECK(slips_are_suggested());
    CHECK(no_more_are_suggested_than_asked_for());
}

TEST_CASE("every name finds its own device, with and without the vendor") {
    for (const device *d : all) {
        CAPTURE(d->name.c_str());
        CHECK(find_device(d->name.c_str()) == d);
        CHECK(find_device(detail::without_vendor(d->name.c_str())) == d);
    }
}

TEST_CASE("an entry's name and its device's say the same, and every entry is listed") {
    const char *source = std::getenv("MEMBOUND_SOURCE");
    REQUIRE(source != nullptr);
    std::size_t entries = 0;
    std::set<std::string> names;
    for (const device *d : all) names.insert(d->name.c_str());
    CHECK(names.size() == sizeof all / sizeof *all);
    for (const char *family : {"amd", "apple", "hosts", "intel", "nvidia", "qualcomm"}) {
        std::ifstream file(std::string(source) + "/include/membound/devices/" + family + ".hpp");
        REQUIRE(file.is_open());
        for (std::string line; std::getline(file, line);) {
            if (line.rfind("struct ", 0) != 0) continue;
            std::string entry = line.substr(7, line.find(' ', 7) - 7);
            for (const char *word : {"geforce_", "instinct_", "radeon_rx_"})
                if (entry.rfind(word, 0) == 0) entry.erase(0, std::string(word).size() - (word[0] == 'r' ? 3 : 0));
            for (char &c : entry) c = c == '_' ? '-' : c;
            CAPTURE(entry);
            CHECK(names.count(entry) == 1);
            ++entries;
        }
    }
    CHECK(entries == names.size());
}
