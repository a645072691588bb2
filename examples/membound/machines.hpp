// The machine of a command line.
#ifndef MEMBOUND_PROGRAM_MACHINES_HPP
#define MEMBOUND_PROGRAM_MACHINES_HPP

#include <membound/placement.hpp>

#include <string>
#include <vector>

const std::vector<const membound::device *> &all_devices();

// Devices with commas between them: names of the catalogue, sizes, `local`. One that is a processor is the host, whose
// memory is `host_memory` where that is not 0. Throws bad_input.
membound::machine read_machine(const std::string &on, membound::bytes host_memory);

#endif
