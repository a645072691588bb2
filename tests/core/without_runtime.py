#!/usr/bin/env python3
"""Checks that a program needs nothing of the C++ runtime: no heap, no exceptions, no type information, no state.

    without_runtime.py COMPILER SOURCE INCLUDE_DIR

Exceptions and type information are allowed to the compiler, so that a use of either shows in the object file.
What the object may ask of others is a short list; it may hold no variable and nothing that runs before main. Then it is
linked without the C++ library, and run. Code is not position independent, so that constants stay constant: a table of
addresses would otherwise lie in writable sections until it is relocated.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Of the C library: the end of the program, and what compilers turn loops and copies into.
ALLOWED = {"abort", "memcmp", "memcpy", "memmove", "memset", "strlen"}
# Of the standard headers' own inline functions, in the build that keeps every inline function.
ALLOWED_OF_STANDARD_HEADERS = {"ldiv", "lldiv", "_ZSt9terminatev"}
# Of the compiler: the table that objects address data through, and stack protection where it is the default.
ALLOWED_OF_COMPILER = {"_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"}

TYPE_INFORMATION = ("_ZTI", "_ZTS", "_ZTV")
WRITABLE = (".data", ".bss", ".tdata", ".tbss")
BEFORE_MAIN = (".init_array", ".ctors")


class Failed(Exception):
    pass


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def is_gcc(compiler):
    return "clang" not in run(compiler, "--version")


def problems_of(object_file, allowed):
    problems = []
    for line in run("nm", "-P", object_file).splitlines():
        symbol, kind = line.split()[:2]
        if kind in "Uw" and symbol not in allowed:
            problems.append(f"needs {symbol}")
        elif symbol.startswith(TYPE_INFORMATION):
            problems.append(f"holds type information: {symbol}")
    for line in run("objdump", "-t", object_file).splitlines():
        symbol = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(?:\.\w+ )?(\S+)$", line)
        if symbol and "d" not in symbol[1] and symbol[2].startswith(WRITABLE):
            problems.append(f"holds state: {symbol[3]} in {symbol[2]}")
    for line in run("size", "-A", object_file).splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith(BEFORE_MAIN) and words[1] != "0":
            problems.append(f"runs something before main, from {words[0]}")
    return problems


def check(compiler, source, include_dir):
    problems = []
    ways = [["-O0"], ["-O2"]]
    keep_inline = ["-O0", "-fkeep-inline-functions"]  # the whole core, whether this program calls it or not
    if is_gcc(compiler):
        ways.append(keep_inline)
    with tempfile.TemporaryDirectory() as directory:
        object_file, program = Path(directory) / "core.o", Path(directory) / "core"
        for way in ways:
            run(compiler, "-std=c++17", "-fno-pic", *way, "-I", include_dir, "-c", source, "-o", object_file)
            allowed = ALLOWED | ALLOWED_OF_COMPILER | (ALLOWED_OF_STANDARD_HEADERS if way is keep_inline else set())
            found = problems_of(object_file, allowed)
            problems += [f"{' '.join(way)}: {problem}" for problem in found]
            if not found and way is not keep_inline:
                run(compiler, object_file, "-no-pie", "-nodefaultlibs", "-lc", "-lgcc", "-o", program)
                run(program)
    return problems


def main(compiler, source, include_dir):
    try:
        problems = check(compiler, source, include_dir)
    except Failed as failed:
        problems = [str(failed)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
