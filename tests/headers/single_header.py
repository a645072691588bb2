#!/usr/bin/env python3
"""Writes the whole library as one header: the umbrella and the catalogues of models and devices.

    single_header.py INCLUDE_DIR OUTPUT

Each header stands once, after what it includes, with its guard. The first line has the version and a hash of the rest.
"""

import hashlib
import re
import sys
from pathlib import Path

from header_files import PREFIX, Problem, in_order, read_headers

ROOTS = ("membound.hpp",)
CATALOGUES = ("models/", "devices/")


def version_of(config):
    parts = [re.search(rf"#define MEMBOUND_VERSION_{p} (\d+)", config.text) for p in ("MAJOR", "MINOR", "PATCH")]
    if not all(parts):
        raise Problem(f"{config.path}:1: no version")
    return ".".join(part[1] for part in parts)


def single_header(include_dir):
    headers = read_headers(include_dir)
    for root in ROOTS + ("config.hpp",):
        if root not in headers:
            raise Problem(f"{include_dir}: there is no {PREFIX}{root}")
    catalogues = [name for name in headers if name.startswith(CATALOGUES)]
    sections = []
    for name in in_order(headers, [*ROOTS, *catalogues]):
        header = headers[name]
        if not header.guard:
            raise Problem(f"{header.path}:1: no include guard")
        lines = header.text.splitlines()
        for include, _ in header.own_includes():
            if include.conditional:
                raise Problem(f"{header.path}:{include.line}: an #include of the library under a condition")
            lines[include.line - 1] = None
        text = "\n".join(line for line in lines if line is not None)
        sections.append(f"// {PREFIX}{name}\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")
    body = "\n".join(sections)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return (f"// membound {version_of(headers['config.hpp'])}, generated from its headers, contents sha256 {digest}\n"
            "// SPDX-License-Identifier: MIT\n\n" + body)


def main(include_dir, output):
    try:
        text = single_header(include_dir)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
