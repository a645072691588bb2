// Machines without a GPU of note, and the hosts of those with one: bandwidth from the channels and the speed of their
// memory, sizes that are common, the instructions of the processor where all of the kind have them. Compute rates are not given.
//
// Sources of channels and speeds: the vendors' data sheets, tomshardware.com on EPYC, simmtester.com on Xeon.
#ifndef MEMBOUND_DEVICES_HOSTS_HPP
#define MEMBOUND_DEVICES_HOSTS_HPP

#include <membound/devices/describe.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace devices {

// Raspberry Pi: one channel of 32 bits, LPDDR4-3200 and LPDDR4X-4267.
struct raspberry_pi_4_2gb {
    static constexpr device value = cpu("raspberry-pi-4-2gb", 2_GiB, dram(1, 3200, 32)).executes(instruction_set::none);
};
struct raspberry_pi_4_4gb {
    static constexpr device value = cpu("raspberry-pi-4-4gb", 4_GiB, dram(1, 3200, 32)).executes(instruction_set::none);
};
struct raspberry_pi_4_8gb {
    static constexpr device value = cpu("raspberry-pi-4-8gb", 8_GiB, dram(1, 3200, 32)).executes(instruction_set::none);
};
struct raspberry_pi_5_2gb {
    static constexpr device value = cpu("raspberry-pi-5-2gb", 2_GiB, dram(1, 4267, 32)).executes(instruction_set::neon_dot);
};
struct raspberry_pi_5_4gb {
    static constexpr device value = cpu("raspberry-pi-5-4gb", 4_GiB, dram(1, 4267, 32)).executes(instruction_set::neon_dot);
};
struct raspberry_pi_5_8gb {
    static constexpr device value = cpu("raspberry-pi-5-8gb", 8_GiB, dram(1, 4267, 32)).executes(instruction_set::neon_dot);
};
struct raspberry_pi_5_16gb {
    static constexpr device value = cpu("raspberry-pi-5-16gb", 16_GiB, dram(1, 4267, 32)).executes(instruction_set::neon_dot);
};

// Laptops: two modules, or 128 bits of soldered memory.
struct laptop_ddr4_3200_8gb {
    static constexpr device value = cpu("laptop-ddr4-3200-8gb", 8_GiB, dram(2, 3200));
};
struct laptop_ddr4_3200_16gb {
    static constexpr device value = cpu("laptop-ddr4-3200-16gb", 16_GiB, dram(2, 3200));
};
struct laptop_ddr4_3200_32gb {
    static constexpr device value = cpu("laptop-ddr4-3200-32gb", 32_GiB, dram(2, 3200));
};
struct laptop_ddr5_5600_16gb {
    static constexpr device value = cpu("laptop-ddr5-5600-16gb", 16_GiB, dram(2, 5600));
};
struct laptop_ddr5_5600_32gb {
    static constexpr device value = cpu("laptop-ddr5-5600-32gb", 32_GiB, dram(2, 5600));
};
struct laptop_ddr5_5600_64gb {
    static constexpr device value = cpu("laptop-ddr5-5600-64gb", 64_GiB, dram(2, 5600));
};
struct laptop_lpddr5x_7500_16gb {
    static constexpr device value = cpu("laptop-lpddr5x-7500-16gb", 16_GiB, dram(2, 7500));
};
struct laptop_lpddr5x_7500_32gb {
    static constexpr device value = cpu("laptop-lpddr5x-7500-32gb", 32_GiB, dram(2, 7500));
};
struct laptop_lpddr5x_7500_64gb {
    static constexpr device value = cpu("laptop-lpddr5x-7500-64gb", 64_GiB, dram(2, 7500));
};

// Desktops: two channels.
struct desktop_ddr4_3200_16gb {
    static constexpr device value = cpu("desktop-ddr4-3200-16gb", 16_GiB, dram(2, 3200));
};
struct desktop_ddr4_3200_32gb {
    static constexpr device value = cpu("desktop-ddr4-3200-32gb", 32_GiB, dram(2, 3200));
};
struct desktop_ddr4_3200_64gb {
    static constexpr device value = cpu("desktop-ddr4-3200-64gb", 64_GiB, dram(2, 3200));
};
struct desktop_ddr4_3200_128gb {
    static constexpr device value = cpu("desktop-ddr4-3200-128gb", 128_GiB, dram(2, 3200));
};
struct desktop_ddr5_4800_32gb {
    static constexpr device value = cpu("desktop-ddr5-4800-32gb", 32_GiB, dram(2, 4800));
};
struct desktop_ddr5_4800_64gb {
    static constexpr device value = cpu("desktop-ddr5-4800-64gb", 64_GiB, dram(2, 4800));
};
struct desktop_ddr5_4800_128gb {
    static constexpr device value = cpu("desktop-ddr5-4800-128gb", 128_GiB, dram(2, 4800));
};
struct desktop_ddr5_5600_32gb {
    static constexpr device value = cpu("desktop-ddr5-5600-32gb", 32_GiB, dram(2, 5600));
};
struct desktop_ddr5_5600_64gb {
    static constexpr device value = cpu("desktop-ddr5-5600-64gb", 64_GiB, dram(2, 5600));
};
struct desktop_ddr5_5600_128gb {
    static constexpr device value = cpu("desktop-ddr5-5600-128gb", 128_GiB, dram(2, 5600));
};
struct desktop_ddr5_6000_32gb {
    static constexpr device value = cpu("desktop-ddr5-6000-32gb", 32_GiB, dram(2, 6000));
};
struct desktop_ddr5_6000_64gb {
    static constexpr device value = cpu("desktop-ddr5-6000-64gb", 64_GiB, dram(2, 6000));
};
struct desktop_ddr5_6000_128gb {
    static constexpr device value = cpu("desktop-ddr5-6000-128gb", 128_GiB, dram(2, 6000));
};
struct desktop_ddr5_5600_192gb {
    static constexpr device value = cpu("desktop-ddr5-5600-192gb", 192_GiB, dram(2, 5600));
};

// Threadripper: PRO 5000 with eight channels, 7000 with four, PRO 7000 with eight.
struct threadripper_pro_5000_128gb {
    static constexpr device value = cpu("threadripper-pro-5000-128gb", 128_GiB, dram(8, 3200)).executes(instruction_set::avx2);
};
struct threadripper_pro_5000_256gb {
    static constexpr device value = cpu("threadripper-pro-5000-256gb", 256_GiB, dram(8, 3200)).executes(instruction_set::avx2);
};
struct threadripper_7000_128gb {
    static constexpr device value = cpu("threadripper-7000-128gb", 128_GiB, dram(4, 5200)).executes(instruction_set::avx512);
};
struct threadripper_7000_256gb {
    static constexpr device value = cpu("threadripper-7000-256gb", 256_GiB, dram(4, 5200)).executes(instruction_set::avx512);
};
struct threadripper_pro_7000_256gb {
    static constexpr device value = cpu("threadripper-pro-7000-256gb", 256_GiB, dram(8, 5200)).executes(instruction_set::avx512);
};
struct threadripper_pro_7000_512gb {
    static constexpr device value = cpu("threadripper-pro-7000-512gb", 512_GiB, dram(8, 5200)).executes(instruction_set::avx512);
};

// EPYC and Xeon, one socket, a module of 32 or 64 GB in each channel.
struct epyc_7003_256gb {
    static constexpr device value = cpu("epyc-7003-256gb", 256_GiB, dram(8, 3200)).executes(instruction_set::avx2);
};
struct epyc_7003_512gb {
    static constexpr device value = cpu("epyc-7003-512gb", 512_GiB, dram(8, 3200)).executes(instruction_set::avx2);
};
struct epyc_9004_384gb {
    static constexpr device value = cpu("epyc-9004-384gb", 384_GiB, dram(12, 4800)).executes(instruction_set::avx512);
};
struct epyc_9004_768gb {
    static constexpr device value = cpu("epyc-9004-768gb", 768_GiB, dram(12, 4800)).executes(instruction_set::avx512);
};
struct xeon_sapphire_rapids_256gb {
    static constexpr device value = cpu("xeon-sapphire-rapids-256gb", 256_GiB, dram(8, 4800)).executes(instruction_set::amx);
};
struct xeon_sapphire_rapids_512gb {
    static constexpr device value = cpu("xeon-sapphire-rapids-512gb", 512_GiB, dram(8, 4800)).executes(instruction_set::amx);
};
struct xeon_emerald_rapids_256gb {
    static constexpr device value = cpu("xeon-emerald-rapids-256gb", 256_GiB, dram(8, 5600)).executes(instruction_set::amx);
};
struct xeon_emerald_rapids_512gb {
    static constexpr device value = cpu("xeon-emerald-rapids-512gb", 512_GiB, dram(8, 5600)).executes(instruction_set::amx);
};
struct xeon_6_granite_rapids_384gb {
    static constexpr device value = cpu("xeon-6-granite-rapids-384gb", 384_GiB, dram(12, 6400)).executes(instruction_set::amx);
};
struct xeon_6_granite_rapids_768gb {
    static constexpr device value = cpu("xeon-6-granite-rapids-768gb", 768_GiB, dram(12, 6400)).executes(instruction_set::amx);
};

// AmpereOne A192-32X: 8 channels of DDR5-5200.
struct ampereone_512gb {
    static constexpr device value = cpu("ampereone-512gb", 512_GiB, dram(8, 5200));
};

} // namespace devices
MEMBOUND_END_NAMESPACE

#endif
