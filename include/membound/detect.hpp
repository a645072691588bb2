// This machine: its memory and its GPUs, as far as the operating system tells them to any program. No library of a
// vendor is linked or loaded.
//   Linux: /proc/meminfo and cpuinfo, the memory limit of the control group, /proc/driver/nvidia, amdgpu's files in
//   /sys/class/drm.
//   macOS: sysctl hw.memsize and machdep.cpu.brand_string.
//   Windows: GlobalMemoryStatusEx; GPUs are not told.
#ifndef MEMBOUND_DETECT_HPP
#define MEMBOUND_DETECT_HPP

#include <membound/devices/all.hpp>
#include <membound/placement.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#if defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#endif

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// What stands behind `key`, a colon and blanks at the beginning of a line; empty where no line has it.
inline std::string value_in_file(const std::filesystem::path &path, const std::string &key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, key.size(), key) != 0) continue;
        std::size_t at = line.find_first_not_of(" \t", key.size());
        if (at == std::string::npos || line[at] != ':') continue;
        at = line.find_first_not_of(" \t", at + 1);
        return at == std::string::npos ? "" : line.substr(at);
    }
    return "";
}

constexpr device memory_of_host(bytes capacity) {
    device d = bare_memory(capacity, backend::cpu);
    d.name = "host";
    return d;
}

// Whether a line of words names one.
inline bool names(const std::string &line, const std::string &word) {
    return (' ' + line + ' ').find(' ' + word + ' ') != std::string::npos;
}

// What /proc/cpuinfo tells: "flags" on x86, "Features" on Arm.
inline instruction_set instructions_of_linux(const std::filesystem::path &root) {
    const std::string x86 = value_in_file(root / "proc/cpuinfo", "flags");
    if (names(x86, "amx_int8") && names(x86, "avx512_vnni")) return instruction_set::amx;
    if (names(x86, "avx512f")) return instruction_set::avx512;
    if (names(x86, "avx2")) return instruction_set::avx2;
    const std::string arm = value_in_file(root / "proc/cpuinfo", "Features");
    if (names(arm, "i8mm")) return instruction_set::neon_i8mm;
    if (names(arm, "asimddp")) return instruction_set::neon_dot;
    return x86.empty() && arm.empty() ? instruction_set::unknown : instruction_set::none;
}

// 0 where the file is not there or does not begin with a number.
inline std::int64_t number_in_file(const std::filesystem::path &path) {
    std::ifstream file(path);
    std::int64_t n = 0;
    return file >> n ? n : 0;
}

// The entries of a directory, in the order of their names; none where there is no such directory.
inline std::vector<std::filesystem::path> entries_of(const std::filesystem::path &directory) {
    std::vector<std::filesystem::path> found;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed))
        found.push_back(at->path());
    std::sort(found.begin(), found.end());
    return found;
}

// The files under `root`, which is "/" but in tests.
inline result<machine> detect_linux(const std::filesystem::path &root) {
    // An integrated GPU takes this much of the machine's memory for itself, or less: it is left out.
    constexpr bytes largest_carve_out = 2_GiB;
    machine found;
    std::int64_t kib = 0;
    for (const char c : value_in_file(root / "proc/meminfo", "MemTotal")) {
        if (c < '0' || c > '9') break;
        kib = add(multiply(kib, 10), c - '0');
    }
    found.host = memory_of_host(bytes(multiply(kib, 1024)));
    found.host.instructions = instructions_of_linux(root);
    const bytes limit(number_in_file(root / "sys/fs/cgroup/memory.max"));
    if (limit.count() > 0) found.host.capacity = min(found.host.capacity, limit);

    const auto hold = [&](const device &d) {
        if (found.device_count < max_devices) found.devices[found.device_count++] = d;
    };
    for (const auto &gpu : entries_of(root / "proc/driver/nvidia/gpus")) {
        const std::string name = value_in_file(gpu / "information", "Model");
        const device *known = find_device(name.c_str());
        if (known == nullptr) {
            error e;
            e.code = errc::unknown;
            e.where = "local";
            e.what = ("has a GPU whose memory is not known (" + name + ")").c_str();
            e.why = "name it as the catalogue does, or give its memory";
            return e;
        }
        hold(*known);
    }
    for (const auto &card : entries_of(root / "sys/class/drm")) {
        const bytes memory(number_in_file(card / "device/mem_info_vram_total"));
        const std::string name = card.filename().string();
        const bool is_connector = name.find('-') != std::string::npos;
        if (is_connector || name.compare(0, 4, "card") != 0 || memory <= largest_carve_out) continue;
        device d;
        d.name = ("amd-" + name).c_str();
        d.api = backend::rocm;
        d.capacity = memory;
        hold(d);
    }
    return found;
}

#if defined(__APPLE__)
inline machine detect_apple() {
    std::int64_t memory = 0;
    std::size_t size = sizeof memory;
    sysctlbyname("hw.memsize", &memory, &size, nullptr, 0);
    char brand[64] = {};
    size = sizeof brand - 1;
    sysctlbyname("machdep.cpu.brand_string", brand, &size, nullptr, 0);

    machine found;
    found.host = memory_of_host(bytes(memory));
    const auto has = [](const char *feature) {
        int told = 0;
        std::size_t length = sizeof told;
        return sysctlbyname(feature, &told, &length, nullptr, 0) == 0 && told != 0;
    };
    found.host.instructions = has("hw.optional.arm.FEAT_I8MM")      ? instruction_set::neon_i8mm
                              : has("hw.optional.arm.FEAT_DotProd") ? instruction_set::neon_dot
                              : has("hw.optional.avx2_0")           ? instruction_set::avx2
                                                                    : instruction_set::none;
    if (std::string(brand).compare(0, 5, "Apple") == 0) {
        const std::string name = std::string(brand) + ' ' + std::to_string(memory >> 30) + "gb";
        const device *known = find_device(name.c_str());
        found.devices[0] = known != nullptr ? *known : devices::apple(brand, bytes(memory), 0);
        found.device_count = 1;
    }
    return found;
}
#endif

} // namespace detail

// The machine that this program runs on. An error where there is a GPU whose memory cannot be told; a host whose memory
// is not told has a capacity of 0.
inline result<machine> detect_machine() {
#if defined(__APPLE__)
    return detail::detect_apple();
#elif defined(_WIN32)
    MEMORYSTATUSEX status;
    status.dwLength = sizeof status;
    const bool told = GlobalMemoryStatusEx(&status) != 0;
    machine found;
    found.host = detail::memory_of_host(bytes(told ? static_cast<std::int64_t>(status.ullTotalPhys) : 0));
    return found;
#else
    return detail::detect_linux("/");
#endif
}

MEMBOUND_END_NAMESPACE

#endif
