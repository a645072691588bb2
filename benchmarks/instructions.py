#!/usr/bin/env python3
"""How many instructions a question takes at run time: the same on every run, whatever else the machine does.

    instructions.py PROGRAM [--filter REGEX] [--json] [--at-most N]

PROGRAM is membound_benchmarks. Instructions are counted by `perf stat` where the machine lets it, else by valgrind's
callgrind. Each question is asked once and then eleven times; a tenth of the difference is one call. With --at-most the
exit status is 1 where a question takes more; it is 77 where nothing can count.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

few, many = 1, 11

# Filling memory with `rep stos` is one instruction for the processor and one for each byte under valgrind.
tunables = "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000"


def output_of(command):
    environment = {**os.environ, "LC_ALL": "C", "GLIBC_TUNABLES": tunables}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def counted_by_perf(command):
    _, report = output_of(["perf", "stat", "-x,", "-e", "instructions:u", *command])
    found = re.search(r"^(\d+),[^,]*,instructions", report, re.MULTILINE)
    return int(found[1]) if found else None


def counted_by_valgrind(command):
    _, report = output_of(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command])
    found = re.search(r"Collected : (\d+)", report)
    return int(found[1]) if found else None


def find_counter():
    """The first that counts here, with its name; (None, None) where there is none."""
    for name, counter in ("perf", counted_by_perf), ("valgrind", counted_by_valgrind):
        try:
            if shutil.which(name) and counter(["true"]):
                return name, counter
        except RuntimeError:
            pass  # installed, but not allowed
    return None, None


def questions_of(program, regex):
    names, _ = output_of([program, "--benchmark_list_tests", f"--benchmark_filter={regex}"])
    return names.split()


def instructions_of(counter, program, question):
    def run(calls):
        return counter([program, f"--calls={calls}", f"--benchmark_filter=^{re.escape(question)}/iterations:"])

    return (run(many) - run(few)) // (many - few)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program")
    parser.add_argument("--filter", default=".", metavar="REGEX")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--at-most", type=int, metavar="N")
    asked = parser.parse_args()

    name, counter = find_counter()
    if counter is None:
        print("neither perf nor valgrind can count instructions on this machine")
        return 77
    questions = questions_of(asked.program, asked.filter)
    if not questions:
        print(f"no question matches {asked.filter}")
        return 2
    counts = {q: instructions_of(counter, asked.program, q) for q in questions}
    if asked.json:
        print(json.dumps({"counted_by": name, "instructions": counts}, indent=2))
    else:
        print(f"{'question':40}{'instructions':>14}  (counted by {name})")
        for question, count in counts.items():
            print(f"{question:40}{count:14,}")
    if asked.at_most is None:
        return 0
    over = [q for q, count in counts.items() if count > asked.at_most]
    for question in over:
        print(f"{question} takes {counts[question]:,} instructions, more than {asked.at_most:,}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
