"""The code of README.md compiles, under every compiler."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["MEMBOUND_SOURCE"])

# What stands around a block that is none by itself, by how the block begins; @ is the block, its own includes before all.
FRAMES = {
    "#include <membound/membound.hpp>\n#include <membound/models/": "@",
    "#include <membound/membound.hpp>\n#include <membound/devices/": "void load(const char *);\nvoid fail(const membound::error &);\n"
                                                            "void run() {\n@\n}\n",
    "#include <membound/read/config_keys.hpp>": "@",
    "const quantization *recipes": "#include <membound/membound.hpp>\nusing namespace membound;\n"
                                   "void start(const char *, const workload &);\n"
                                   "void run(const model &m, const machine &on, const workload &w) {\n@\n}\n",
    "using namespace membound;\nstruct my_fp6": "#include <membound/membound.hpp>\n#include <membound/devices/describe.hpp>\n"
                                                 "#include <membound/models/llama.hpp>\n@\n"
                                                 "using mine = deployment<my_llama, quantizations::q4_k_m, my_machine, "
                                                 "engines::llama_cpp>;\nstatic_assert(mine::fits(tokens{8192}), \"\");\n",
    "struct command_r {": "#include <membound/architectures/all.hpp>\nnamespace mine {\nusing namespace membound;\n@\n}\n",
}
ELIDED = '"hidden_size": 4096, ...'
LLAMA = ('"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, '
         '"intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 131072')


def blocks():
    """Pieces of code; one that goes on within the class before it is part of that."""
    found = []
    for block in re.findall(r"^```cpp\n(.*?)^```$", (SOURCE / "README.md").read_text(), re.MULTILINE | re.DOTALL):
        if block.startswith("    "):
            found[-1] = re.sub(r"};\n$", block + "};\n", found[-1])
        else:
            found.append(block)
    return [block.replace(ELIDED, LLAMA) for block in found]


def framed(block):
    frame = next(frame for beginning, frame in FRAMES.items() if block.startswith(beginning))
    includes = "".join(re.findall(r"^#include .*\n", block, re.MULTILINE))
    return includes + frame.replace("@", re.sub(r"^#include .*\n", "", block, flags=re.MULTILINE))


class Readme(unittest.TestCase):
    def test_code_compiles(self):
        self.assertEqual(len(blocks()), len(FRAMES))
        for block in blocks():
            for compiler in os.environ["MEMBOUND_COMPILERS"].split(":"):
                with self.subTest(compiler=compiler, block=block.split("\n")[0]), tempfile.TemporaryDirectory() as folder:
                    source = Path(folder) / "readme.cpp"
                    source.write_text(framed(block))
                    ran = subprocess.run([compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                                          "-I", SOURCE / "include", source], capture_output=True, text=True)
                    self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main()
