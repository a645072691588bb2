#!/usr/bin/env python3
"""Checks that every header includes only headers of lower levels.

    include_levels.py INCLUDE_DIR

Headers of one level may include each other where that makes no cycle: a level is a room, and what stands in it may lean
on its neighbour (model.hpp on architecture.hpp, architectures/all.hpp on each family). Cycles are refused everywhere.
"""

import sys
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from header_files import PREFIX, Problem, in_order, read_headers

CATALOGUE, HOSTED = 13, 14


class Room(NamedTuple):
    level: int
    headers: tuple
    above: Optional[tuple] = None  # where given: of other rooms, only these headers, and levels up to `floor`
    floor: int = 0


# The house. A header that matches no line has no level, and needs one.
ROOMS = [
    Room(0, ("config.hpp",)),
    Room(1, ("quantity.hpp", "name.hpp")),
    Room(2, ("format.hpp", "tensor.hpp", "vision.hpp", "device.hpp", "json.hpp", "name_pattern.hpp")),
    Room(3, ("architecture.hpp", "model.hpp", "projector.hpp", "tensor_text.hpp", "formats/*")),
    Room(4, ("backend_kernels.hpp", "blocks.hpp", "blocks/*", "config_query.hpp", "cuda_kernels.hpp", "gguf_query.hpp",
             "graph.hpp", "kernel_scratch.hpp", "metal_kernels.hpp", "metal_order.hpp", "node_order.hpp", "replay.hpp",
             "schedule.hpp", "vulkan_order.hpp")),
    Room(5, ("architectures/*",)),
    Room(6, ("placement.hpp", "linear_layers.hpp", "quality.hpp", "quality_table.hpp", "quantization.hpp",
             "quantizations.hpp")),
    Room(7, ("weights.hpp", "workload.hpp", "budget.hpp", "efficiency.hpp")),
    Room(8, ("engine.hpp",)),
    Room(9, ("throughput.hpp",)),
    Room(10, ("solve.hpp", "place.hpp", "plan.hpp", "changes.hpp", "training.hpp", "network.hpp", "engines/*")),
    Room(11, ("deployment.hpp",)),
    Room(12, ("membound.hpp",)),
    # Catalogues say facts: models need a family to belong to, devices only what a device is.
    Room(CATALOGUE, ("models/*",), above=("model.hpp", "vision.hpp", "architectures/*"), floor=1),
    Room(CATALOGUE, ("devices/*",), above=("device.hpp",), floor=1),
    Room(CATALOGUE, ("networks/*",), above=("network.hpp",), floor=1),
    Room(HOSTED, ("read/*", "detect.hpp", "text.hpp")),
]

# What the core may have of the standard library: what is cheap to parse and there without an operating system.
CORE_STANDARD_HEADERS = {"cstddef", "cstdint", "cstdlib", "initializer_list", "type_traits"}

UMBRELLA = "membound.hpp"


def room_of(name):
    for room in ROOMS:
        if any(fnmatchcase(name, pattern) for pattern in room.headers):
            return room
    return None


def problems_of(headers):
    problems = []
    for name, header in headers.items():
        room = room_of(name)
        if room is None:
            problems.append(f"{header.path}:1: {name} has no level: give it one in include_levels.py")
            continue
        wanted = "MEMBOUND_" + name.upper().replace("/", "_").replace(".", "_").replace("-", "_")
        if header.guard != wanted:
            problems.append(f"{header.path}:1: the include guard is {header.guard or 'missing'}, not {wanted}")
        for include in header.includes:
            where = f"{header.path}:{include.line}:"
            if include.quoted:
                problems.append(f'{where} "{include.name}" in quotes: headers are included as <membound/...>')
            elif include.name.startswith(PREFIX) or room.level == HOSTED:
                continue
            elif include.name not in CORE_STANDARD_HEADERS:
                problems.append(f"{where} the core may not include <{include.name}>, only "
                                + ", ".join(sorted(CORE_STANDARD_HEADERS)))
        for include, target in header.own_includes():
            where = f"{header.path}:{include.line}: {name} (level {room.level}) includes {target}"
            other = room_of(target)
            if target not in headers or other is None:
                continue  # said below, or of that header itself
            if other.level > room.level:
                problems.append(f"{where} (level {other.level}): includes go down only")
            elif room.level == HOSTED and target == UMBRELLA:
                problems.append(f"{where} (level {other.level}): a hosted header names what it needs")
            elif room.above is not None and other is not room and other.level > room.floor:
                if not any(fnmatchcase(target, pattern) for pattern in room.above):
                    problems.append(f"{where} (level {other.level}): a catalogue includes only "
                                    + ", ".join(room.above))
    try:
        in_order(headers, headers)
        reached = in_order(headers, [UMBRELLA]) if UMBRELLA in headers else headers
        for name, header in headers.items():
            room = room_of(name)
            if room and room.level < room_of(UMBRELLA).level and "/" not in name and name not in reached:
                problems.append(f"{header.path}:1: {UMBRELLA} does not include {name} (level {room.level})")
    except Problem as problem:
        problems.append(str(problem))
    return problems


def main(include_dir):
    try:
        headers = read_headers(include_dir)
        problems = problems_of(headers) if headers else [f"{include_dir}: no headers"]
    except Problem as problem:
        problems = [str(problem)]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else f"{len(headers)} headers, every include goes down")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
