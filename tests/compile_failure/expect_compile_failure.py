#!/usr/bin/env python3
"""Builds a file twice: with GOOD defined it must compile; without, it must fail with the message that it promises.

    expect_compile_failure.py COMPILER STANDARD INCLUDE_DIR SOURCE

The promise stands in the file itself, as regular expressions, each of which the compiler's output must match:

    // expect: REGEX
    // expect g++: REGEX        of one compiler only; `clang++` means every clang

White space in the output, line breaks too, is one blank.
"""

import os
import re
import subprocess
import sys
from pathlib import Path


def family_of(compiler):
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    return "clang++" if "clang" in version else "g++"


def promises_of(source, family):
    found = re.findall(r"^// expect(?: (\S+))?: (.+)$", Path(source).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [regex for compiler, regex in found if compiler in ("", family)]


def build(compiler, standard, include_dir, source, *definitions):
    command = [compiler, f"-std={standard}", "-fsyntax-only", "-I", include_dir, *definitions, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout + done.stderr


def problems_of(compiler, standard, include_dir, source):
    promises = promises_of(source, family_of(compiler))
    if not promises:
        return [f"{source} promises no message: it has no line `// expect: REGEX`"]
    status, output = build(compiler, standard, include_dir, source, "-DGOOD")
    if status != 0:
        return [f"{source} does not compile with GOOD defined:\n{output}"]
    status, output = build(compiler, standard, include_dir, source)
    if status == 0:
        return [f"{source} compiles without GOOD defined, and should not"]
    if status != 1:
        return [f"{compiler} did not report an error but ended with {status}:\n{output}"]
    message = re.sub(r"\s+", " ", output)
    missing = [regex for regex in promises if not re.search(regex, message)]
    return [f"the message does not match `{regex}`" for regex in missing] + ([output] if missing else [])


def main(*arguments):
    problems = problems_of(*arguments)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
