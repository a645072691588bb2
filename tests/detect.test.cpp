#include <membound/detect.hpp>

#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace membound;

namespace {

// The files of another machine.
class machine_files {
public:
    machine_files() { put("proc/meminfo", "MemTotal:       65805208 kB\nMemFree:        21553632 kB\n"); }

    void put(const std::string &path, const std::string &content) const { (void)root_.file(path, content); }
    result<machine> detect() const { return detail::detect_linux(root_.path()); }

private:
    membound_tests::temporary_directory root_;
};

} // namespace

TEST_CASE("memory of a machine without GPUs") {
    const machine_files files;
    const auto found = files.detect();
    REQUIRE(found);
    CHECK(found->device_count == 0);
    CHECK(found->host.capacity == 65805208_KiB);
}

TEST_CASE("the processor tells its instructions") {
    const struct {
        const char *text;
        instruction_set told;
    } processors[] = {
        {"flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni\n", instruction_set::avx512},
        {"flags\t\t: fpu avx2 avx512f avx512_vnni amx_tile amx_int8\n", instruction_set::amx},
        {"flags\t\t: fpu avx avx2\n", instruction_set::avx2},
        {"flags\t\t: fpu avx\n", instruction_set::none},
        {"Features\t: fp asimd asimddp\n", instruction_set::neon_dot},
        {"Features\t: fp asimd asimddp i8mm\n", instruction_set::neon_i8mm},
        {"machine = POWER\n", instruction_set::unknown},
    };
    for (const auto &p : processors) {
        const machine_files files;
        files.put("proc/cpuinfo", p.text);
        CHECK(files.detect()->host.instructions == p.told);
    }
}

TEST_CASE("a control group has less than the machine") {
    const machine_files files;
    files.put("sys/fs/cgroup/memory.max", "17179869184\n");
    CHECK(files.detect()->host.capacity == 16_GiB);
    files.put("sys/fs/cgroup/memory.max", "max\n");
    CHECK(files.detect()->host.capacity == 65805208_KiB);
}

TEST_CASE("NVIDIA GPUs are those of the catalogue") {
    const machine_files files;
    const std::string gpus = "proc/driver/nvidia/gpus/";
    files.put(gpus + "0000:02:00.0/information", "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ:   \t\t 35\n");
    files.put(gpus + "0000:01:00.0/information", "Model: \t\t NVIDIA GeForce RTX 3090\n");
    const auto found = files.detect();
    REQUIRE(found);
    CHECK(found->device_count == 2);
    CHECK(same_text(found->devices[0].name.c_str(), "rtx-3090"));
    CHECK(same_text(found->devices[1].name.c_str(), "rtx-4090"));
}

TEST_CASE("a GPU that is made with 8 and with 12 GB is an error that names it") {
    const machine_files files;
    files.put("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA GeForce RTX 3060\n");
    const auto found = files.detect();
    REQUIRE(!found);
    CHECK(std::string(found.error().what.c_str()).find("NVIDIA GeForce RTX 3060") != std::string::npos);
}

TEST_CASE("AMD GPUs tell their memory; what an integrated one takes is no device") {
    const machine_files files;
    files.put("sys/class/drm/card0/device/mem_info_vram_total", "536870912\n");
    files.put("sys/class/drm/card1/device/mem_info_vram_total", "25753026560\n");
    files.put("sys/class/drm/card1-DP-1/device/mem_info_vram_total", "25753026560\n");
    files.put("sys/class/drm/renderD128/device/mem_info_vram_total", "25753026560\n");
    const auto found = files.detect();
    REQUIRE(found);
    REQUIRE(found->device_count == 1);
    CHECK(found->devices[0].capacity == bytes(25753026560));
    CHECK(found->devices[0].api == backend::rocm);
}

TEST_CASE("this machine has memory") {
    const auto found = detect_machine();
    if (found) CHECK(found->host.capacity >= 64_MiB);
}
