"""Reads the headers of a library: their include lines, guards and order."""

import re
from pathlib import Path
from typing import NamedTuple

PREFIX = "membound/"


class Problem(Exception):
    """What is wrong with a header, as `file:line: what`."""


class Include(NamedTuple):
    line: int
    name: str  # as written between the brackets
    quoted: bool
    conditional: bool  # within an #if other than the guard


class Header(NamedTuple):
    path: Path
    text: str
    guard: str  # empty where there is none
    includes: list

    def own_includes(self):
        """Those of this library, by their names without the prefix."""
        return [(i, i.name[len(PREFIX) :]) for i in self.includes if i.name.startswith(PREFIX)]


def without_block_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def read_header(path):
    text = path.read_text(encoding="utf-8")
    includes, depth, guard, candidate = [], 0, "", ""
    for number, line in enumerate(without_block_comments(text).splitlines(), 1):
        directive = re.match(r"\s*#\s*(\w+)\s*(.*)", line)
        if not directive:
            continue
        word, rest = directive.groups()
        if word == "include":
            target = re.match(r'(["<])([^">]+)[">]', rest)
            if not target:
                raise Problem(f"{path}:{number}: an #include that is not a file name")
            includes.append(Include(number, target[2], target[1] == '"', depth > (1 if guard else 0)))
        elif word in ("if", "ifdef", "ifndef"):
            if word == "ifndef" and not candidate and depth == 0 and not includes:
                candidate = rest.split()[0]
            depth += 1
        elif word == "endif":
            depth -= 1
        elif word == "define" and depth == 1 and not guard and rest.split()[0] == candidate:
            guard = candidate
    return Header(path, text, guard, includes)


def read_headers(include_dir):
    """All headers below include_dir/membound, by their names there: {"read/gguf.hpp": Header}."""
    root = Path(include_dir) / PREFIX
    return {p.relative_to(root).as_posix(): read_header(p) for p in sorted(root.rglob("*.hpp"))}


def in_order(headers, roots):
    """The roots and all that they include, each once, after what it includes itself."""
    done, path = [], []

    def visit(name):
        if name in done:
            return
        if name in path:
            raise Problem("headers include each other: " + " -> ".join(path[path.index(name) :] + [name]))
        path.append(name)
        for include, target in headers[name].own_includes():
            if target not in headers:
                raise Problem(f"{headers[name].path}:{include.line}: there is no header {include.name}")
            visit(target)
        path.pop()
        done.append(name)

    for root in roots:
        visit(root)
    return done
