#!/usr/bin/env python3
"""What the library costs a compiler.

    compile_time.py [--compiler PATH]... [--only REGEX] [--runs N] [--limits | --counts] [--json]

For each compiler (g++ 12, clang 14 and clang 19 where this machine has them, or $MEMBOUND_COMPILERS) first the figures
that are the same on every run:

    constexpr   the least -fconstexpr-ops-limit (g++) or -fconstexpr-steps (clang) with which an assertion compiles
    templates   classes and functions that clang instantiates for it (-ftime-trace)

then seconds of user time, the least of several runs: of each public header alone beyond an empty file, and of each
assertion beyond its headers. --counts leaves the times out.

--limits only compiles each assertion with the compiler's own limits, and exits with 1 where one does not compile. Where
there is no compiler the exit status is 77.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

include = Path(__file__).resolve().parent.parent / "include"

# The preamble of every assertion.
preamble = """#include <membound/membound.hpp>
#include <membound/devices/nvidia.hpp>
#include <membound/models/deepseek.hpp>
#include <membound/models/gemma.hpp>
#include <membound/models/gpt_oss.hpp>
#include <membound/models/llama.hpp>
#include <membound/models/qwen.hpp>
using namespace membound;
template <class Model, class Device, class Quantization = quantizations::q4_k_m>
using on = deployment<Model, Quantization, Device, engines::llama_cpp>;
using edge = on<models::llama_3_1_8b, devices::geforce_rtx_3060_12gb>;
struct large { static constexpr device value = bare_memory(1024_GiB); };
struct small { static constexpr device value = bare_memory(4_GiB); };
struct host { static constexpr device value = bare_memory(64_GiB, backend::cpu); };
constexpr tokens context{32768};
constexpr workload of(tokens n, int gpu_layers) {
    workload w = edge::use(n);
    w.placed.gpu_layers = gpu_layers;
    return w;
}
constexpr result<int> most_layers(tokens n) {
    return max_gpu_layers(models::llama_3_1_8b::value, quantizations::q4_k_m::value, machine_of(small::value),
                          engines::llama_cpp::value, of(n, -1));
}
"""

assertions = {
    "fits": "edge::fits(context)",
    "fits, on the host": "on<models::llama_3_1_8b, host>::fits(context)",
    "fits, half on the host": "edge::fits(of(context, 16))",
    "assert_fits": "assert_fits<edge, 32768>::value",
    "max_context": "edge::max_context() >= context",
    "max_gpu_layers": "*most_layers(tokens{8192}) > 0",
    "experts": "on<models::qwen3_30b_a3b, large>::fits(context)",
    "sliding": "on<models::gemma_3_12b, large>::fits(context)",
    "latent": "on<models::deepseek_v3, large>::fits(context)",
    "gpt-oss": "on<models::gpt_oss_120b, large, quantizations::mxfp4_moe>::fits(context)",
}


def source_of(assertion):
    return f'{preamble}static_assert({assertions[assertion]}, "");\n'


class Compiler:
    def __init__(self, path):
        self.path = path
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        self.name = version.split("\n", 1)[0]
        self.is_clang = "clang" in version
        self.limit = "-fconstexpr-steps" if self.is_clang else "-fconstexpr-ops-limit"
        self.default_limit = 1048576 if self.is_clang else 33554432

    def run(self, source, *options):
        """Exit status, what was written to standard error, and seconds of user time."""
        command = [self.path, "-std=c++17", "-I", str(include), *options, "-x", "c++", "-"]
        with tempfile.TemporaryFile("w+") as text, tempfile.TemporaryFile("w+") as errors:
            text.write(source)
            text.seek(0)
            child = subprocess.Popen(command, stdin=text, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            return child.returncode, errors.read(), usage.ru_utime

    def compile(self, source, *options):
        status, errors, seconds = self.run(source, *options)
        if status != 0:
            raise RuntimeError(f"{self.name} does not compile:\n{source}\n{errors}")
        return seconds

    def seconds(self, source, runs):
        return min(self.compile(source, "-fsyntax-only") for _ in range(runs))

    def needed_limit(self, source):
        """The least limit that is enough, to one in a hundred; None where 64 times the default is not."""
        def enough(limit):
            return self.run(source, "-fsyntax-only", f"{self.limit}={limit}")[0] == 0

        least, most = 1, self.default_limit
        while not enough(most):
            least, most = most, 2 * most
            if most > 64 * self.default_limit:
                return None
        while most - least > max(1, most // 100):
            middle = round((least * most) ** 0.5)
            if enough(middle):
                most = middle
            else:
                least = middle
        return most

    def instantiations(self, source):
        """How many classes and functions clang instantiates; None under another compiler."""
        if not self.is_clang:
            return None
        with tempfile.TemporaryDirectory() as directory:
            object_file = Path(directory) / "source.o"
            self.compile(source, "-c", "-ftime-trace", "-ftime-trace-granularity=0", "-o", str(object_file))
            events = json.loads(object_file.with_suffix(".json").read_text(encoding="utf-8"))["traceEvents"]
        return sum(e["name"] in ("InstantiateClass", "InstantiateFunction") for e in events)


def find_compilers():
    given = os.environ.get("MEMBOUND_COMPILERS", "")
    candidates = [("g++-12", "g++"), ("clang++-14",), ("clang++-19",)]
    found = (next(filter(None, map(shutil.which, names)), None) for names in candidates)
    return given.split(":") if given else [path for path in found if path]


def headers():
    return sorted(str(p.relative_to(include)) for p in (include / "membound").rglob("*.hpp"))


def costs_of(compiler, asked):
    chosen = [a for a in assertions if re.search(asked.only, a)]
    costs = {"constexpr": {**{a: compiler.needed_limit(source_of(a)) for a in chosen},
                           "(the default limit)": compiler.default_limit}}
    if compiler.is_clang:
        before = compiler.instantiations(preamble)
        costs["templates"] = {"headers": before,
                              **{a: compiler.instantiations(source_of(a)) - before for a in chosen}}
    if not asked.counts:
        empty = compiler.seconds("", asked.runs)
        costs["header_seconds"] = {h: compiler.seconds(f"#include <{h}>\n", asked.runs) - empty
                                   for h in headers() if re.search(asked.only, h)}
        before = compiler.seconds(preamble, asked.runs)
        costs["assertion_seconds"] = {"headers": before - empty,
                                      **{a: compiler.seconds(source_of(a), asked.runs) - before for a in chosen}}
    return costs


def print_table(title, columns, shown):
    """Rows are all keys of the columns, in order; a column is (heading, {key: figure})."""
    rows = list(dict.fromkeys(key for _, figures in columns for key in figures))
    if not rows:
        return
    width = max(len(title), *map(len, rows)) + 2
    print(f"{title:{width}}" + "".join(f"{heading:>14}" for heading, _ in columns))
    for row in rows:
        cells = (figures.get(row) for _, figures in columns)
        print(f"{row:{width}}" + "".join(f"{'-' if c is None else shown(c):>14}" for c in cells))
    print()


def print_costs(costs):
    def column(kind):
        return [(Path(c).name, figures[kind]) for c, figures in costs.items() if kind in figures]

    def milliseconds(seconds):
        return f"{1000 * seconds:.0f}"

    print_table("constexpr steps or operations", column("constexpr"), "{:,}".format)
    print_table("template instantiations", column("templates"), "{:,}".format)
    print_table("header alone, ms", column("header_seconds"), milliseconds)
    print_table("assertion, ms", column("assertion_seconds"), milliseconds)


def check_limits(compilers, asked):
    tasks = [(c, a) for c in compilers for a in assertions if re.search(asked.only, a)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda task: task[0].run(source_of(task[1]), "-fsyntax-only"), tasks)
        failed = 0
        for (compiler, assertion), (status, errors, _) in zip(tasks, outcomes):
            print(f"{compiler.path}: {assertion}: {'within the limits' if status == 0 else 'does not compile'}")
            if status != 0:
                failed += 1
                print(errors)
    return 0 if tasks and not failed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--compiler", action="append", metavar="PATH")
    parser.add_argument("--only", default="", metavar="REGEX", help="of assertions and headers")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    compilers = [Compiler(c) for c in asked.compiler or find_compilers()]
    if not compilers:
        print("no compiler: neither g++ nor clang++-14 nor clang++-19 is on this machine")
        return 77
    if asked.limits:
        return check_limits(compilers, asked)
    costs = {c.path: costs_of(c, asked) for c in compilers}
    if asked.json:
        print(json.dumps(costs, indent=2))
    else:
        print_costs(costs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
