"""The check of include levels finds what it is there to find."""

import tempfile
import unittest
from pathlib import Path

from header_files import read_headers
from include_levels import problems_of


def check(files):
    """Problems in a tree of headers, given as {name: lines after the guard}."""
    with tempfile.TemporaryDirectory() as directory:
        for name, body in files.items():
            path = Path(directory) / "membound" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            guard = "MEMBOUND_" + name.upper().replace("/", "_").replace(".", "_")
            path.write_text(f"// Comment.\n#ifndef {guard}\n#define {guard}\n{body}\n#endif\n")
        return [p.replace(directory + "/membound/", "") for p in problems_of(read_headers(directory))]


class IncludeLevels(unittest.TestCase):
    good = {
        "config.hpp": "",
        "quantity.hpp": "#include <membound/config.hpp>\n#include <cstdint>",
        "device.hpp": "#include <membound/quantity.hpp>",
        "architecture.hpp": "#include <membound/quantity.hpp>",
        "model.hpp": "#include <membound/architecture.hpp>",
        "architectures/llama.hpp": "#include <membound/model.hpp>",
        "membound.hpp": "#include <membound/model.hpp>\n#include <membound/device.hpp>",
        "models/llama.hpp": "#include <membound/architectures/llama.hpp>\n#include <membound/model.hpp>",
        "devices/nvidia.hpp": "#include <membound/device.hpp>\n#include <membound/quantity.hpp>",
        "read/gguf.hpp": "#include <membound/model.hpp>\n#include <string>",
    }

    def found(self, **changed):
        return check({**self.good, **changed})

    def test_good(self):
        self.assertEqual(self.found(), [])

    def test_upward(self):
        found = self.found(**{"quantity.hpp": "#include <membound/config.hpp>\n#include <membound/training.hpp>",
                              "training.hpp": "",
                              "membound.hpp": "#include <membound/model.hpp>\n#include <membound/device.hpp>\n"
                                              "#include <membound/training.hpp>"})
        self.assertEqual(found, ["quantity.hpp:5: quantity.hpp (level 1) includes training.hpp (level 10): "
                                 "includes go down only"])

    def test_catalogue_below_the_core(self):
        found = self.found(**{"solve.hpp": "#include <membound/models/llama.hpp>",
                              "membound.hpp": "#include <membound/solve.hpp>\n#include <membound/device.hpp>"})
        self.assertEqual(found, ["solve.hpp:4: solve.hpp (level 10) includes models/llama.hpp (level 13): "
                                 "includes go down only"])

    def test_catalogue_takes_too_much(self):
        found = self.found(**{"devices/nvidia.hpp": "#include <membound/model.hpp>"})
        self.assertEqual(found, ["devices/nvidia.hpp:4: devices/nvidia.hpp (level 13) includes model.hpp (level 3): "
                                 "a catalogue includes only device.hpp"])

    def test_catalogues_do_not_mix(self):
        found = self.found(**{"models/llama.hpp": "#include <membound/devices/nvidia.hpp>"})
        self.assertEqual(len(found), 1)

    def test_hosted_takes_the_umbrella(self):
        found = self.found(**{"text.hpp": "#include <membound/membound.hpp>"})
        self.assertEqual(found, ["text.hpp:4: text.hpp (level 14) includes membound.hpp (level 12): "
                                 "a hosted header names what it needs"])

    def test_cycle_within_a_level(self):
        found = self.found(**{"architecture.hpp": "#include <membound/model.hpp>"})
        self.assertEqual(found, ["headers include each other: architecture.hpp -> model.hpp -> architecture.hpp"])

    def test_no_level(self):
        found = self.found(**{"attic.hpp": ""})
        self.assertEqual(found, ["attic.hpp:1: attic.hpp has no level: give it one in include_levels.py"])

    def test_umbrella_is_whole(self):
        found = self.found(**{"membound.hpp": "#include <membound/model.hpp>"})
        self.assertEqual(found, ["device.hpp:1: membound.hpp does not include device.hpp (level 2)"])

    def test_missing(self):
        found = self.found(**{"device.hpp": "#include <membound/cellar.hpp>"})
        self.assertEqual(found, ["device.hpp:4: there is no header membound/cellar.hpp"])

    def test_heavy_standard_header(self):
        found = self.found(**{"device.hpp": "#if 1\n#  include <string>\n#endif"})
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("device.hpp:5: the core may not include <string>"))

    def test_quotes(self):
        self.assertEqual(len(self.found(**{"device.hpp": '#include "membound/quantity.hpp"'})), 1)

    def test_comments_are_not_includes(self):
        self.assertEqual(self.found(**{"config.hpp": "/*\n#include <string>\n*/\n// #include <string>"}), [])

    def test_guard(self):
        found = self.found(**{"device.hpp": "#endif\n#ifndef X"})
        self.assertEqual(found, [])
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "membound" / "config.hpp"
            path.parent.mkdir()
            path.write_text("#ifndef CONFIG_HPP\n#define CONFIG_HPP\n#endif\n")
            self.assertEqual(len(problems_of(read_headers(directory))), 1)
            path.write_text("#define MEMBOUND_CONFIG_HPP\n")
            self.assertEqual(len(problems_of(read_headers(directory))), 1)


if __name__ == "__main__":
    unittest.main()
