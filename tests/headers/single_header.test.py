"""The generator of the single header: order, each header once, guards and standard includes kept, nothing guessed."""

import hashlib
import tempfile
import unittest
from pathlib import Path

from header_files import Problem
from single_header import single_header

CONFIG = "#define MEMBOUND_VERSION_MAJOR 1\n#define MEMBOUND_VERSION_MINOR 2\n#define MEMBOUND_VERSION_PATCH 3"


def guarded(name, body):
    guard = name.upper().replace("/", "_").replace(".", "_")
    return f"// About {name}.\n#ifndef {guard}\n#define {guard}\n{body}\n#endif\n"


def generate(files):
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = Path(directory) / "membound" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return single_header(directory)


class SingleHeader(unittest.TestCase):
    bodies = {
        "config.hpp": CONFIG,
        "a.hpp": "#include <membound/config.hpp>\n#include <cstdint>\nint a;",
        "b.hpp": "#include <membound/a.hpp>\n#include <membound/config.hpp>\nint b;",
        "membound.hpp": "#include <membound/b.hpp>\n#include <membound/a.hpp>",
        "models/m.hpp": "#include <membound/b.hpp>\nint m;",
        "devices/d.hpp": "#include <membound/a.hpp>\nint d;",
        "read/r.hpp": "#include <string>\nint r;",
    }

    def files(self, **changed):
        return {name: guarded(name, body) for name, body in {**self.bodies, **changed}.items()}

    def test_contents(self):
        text = generate(self.files())
        order = [line[len("// membound/") :] for line in text.splitlines() if line.startswith("// membound/")]
        self.assertEqual(sorted(order), sorted(set(self.bodies) - {"read/r.hpp"}))
        self.assertLess(order.index("config.hpp"), order.index("a.hpp"))
        self.assertLess(order.index("a.hpp"), order.index("b.hpp"))
        self.assertLess(order.index("b.hpp"), order.index("membound.hpp"))
        self.assertNotIn("#include <membound", text)
        self.assertEqual(text.count("#include <cstdint>"), 1)
        self.assertEqual(text.count("#ifndef A_HPP"), 1)
        for declaration in ("int a;", "int b;", "int m;", "int d;"):
            self.assertEqual(text.count(declaration), 1)

    def test_stamp(self):
        text = generate(self.files())
        first, _, body = text.split("\n", 2)
        digest = hashlib.sha256(body.lstrip("\n").encode()).hexdigest()
        self.assertEqual(first, f"// membound 1.2.3, generated from its headers, contents sha256 {digest}")
        self.assertEqual(text, generate(self.files()))
        changed = generate(self.files(**{"a.hpp": "#include <membound/config.hpp>\nint x;"}))
        self.assertNotEqual(first, changed.split("\n", 1)[0])

    def refused(self, files, words):
        with self.assertRaisesRegex(Problem, words):
            generate(files)

    def test_refusals(self):
        self.refused(self.files(**{"a.hpp": "#include <membound/b.hpp>"}), "include each other: .*a.hpp")
        self.refused(self.files(**{"a.hpp": "#include <membound/z.hpp>"}), r"a.hpp:4: there is no header membound/z.hpp")
        self.refused(self.files(**{"b.hpp": "#if 1\n#include <membound/a.hpp>\n#endif"}), "b.hpp:5: .* under a condition")
        self.refused({**self.files(), "b.hpp": "int b;\n"}, "b.hpp:1: no include guard")
        self.refused({n: t for n, t in self.files().items() if n != "membound.hpp"}, "no membound/membound.hpp")


if __name__ == "__main__":
    unittest.main()
