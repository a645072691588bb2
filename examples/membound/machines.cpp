#include "machines.hpp"

#include "bad_input.hpp"
#include "names.hpp"
#include "options.hpp"

#include <membound/detect.hpp>

using namespace membound;

namespace {

constexpr const char *option = "--on";

std::vector<std::string> split(const std::string &list) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        end = list.find(',', begin);
        const std::string part = list.substr(begin, end == std::string::npos ? end : end - begin);
        const std::size_t first = part.find_first_not_of(' ');
        if (first == std::string::npos)
            throw bad_input(option, "has an empty name", "a comma stands between two devices");
        parts.push_back(part.substr(first, part.find_last_not_of(' ') + 1 - first));
    }
    return parts;
}

device device_named(const std::string &text) {
    if (const device *known = find_device(text.c_str())) return *known;
    if (text[0] >= '0' && text[0] <= '9') {
        device memory = bare_memory(read_size(option, text));
        memory.name = text.c_str();
        return memory;
    }
    const device *near[6] = {};
    const std::size_t count = near_devices(text.c_str(), near);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.emplace_back(near[i]->name.c_str());
    throw bad_input(option, "'" + text + "' is not a device of the catalogue",
                    why_unknown(names, "membound list devices has them all, and 24GiB is bare memory"));
}

machine this_machine() {
    const result<machine> found = detect_machine();
    if (!found) throw bad_input(found.error());
    if (found->host.capacity.count() == 0)
        throw bad_input("local", "has memory of unknown size", "the system does not tell it");
    return *found;
}

} // namespace

const std::vector<const device *> &all_devices() {
    static const std::vector<const device *> all(std::begin(devices::all), std::end(devices::all));
    return all;
}

machine read_machine(const std::string &on, bytes host_memory) {
    machine m;
    bool has_host = false;
    const auto hold = [&](const machine &part) {
        const bool brings_host = part.host.capacity.count() > 0;
        if (brings_host && has_host) throw bad_input(option, "names two hosts", "a machine has one");
        if (brings_host) m.host = part.host;
        has_host = has_host || brings_host;
        for (int i = 0; i < part.device_count; ++i) {
            if (m.device_count == max_devices)
                throw bad_input(option, "names too many devices", "the most is " + std::to_string(max_devices));
            m.devices[m.device_count++] = part.devices[i];
        }
    };
    for (const std::string &name : split(on)) hold(name == "local" ? this_machine() : machine_of(device_named(name)));
    if (host_memory.count() > 0) {
        m.host.capacity = host_memory;
        m.host.usable = bytes(0);
    }
    return m;
}
