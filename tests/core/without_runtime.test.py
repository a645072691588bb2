"""The check for the C++ runtime finds each thing that it forbids."""

import os
import tempfile
import unittest
from pathlib import Path

from without_runtime import Failed, check, is_gcc

CLEAN = """
struct plain { int values[64]; };
static constexpr const char *names[] = {"a", "b"};
inline const char *name(int i) { return names[i & 1]; }
int main(int argc, char **) { plain p = {}; p.values[argc] = 1; return name(argc)[0] == 'b' ? 0 : p.values[0]; }
"""


class WithoutRuntime(unittest.TestCase):
    def found(self, text):
        """Whether every compiler's object has problems; those of the last one stay in self.last."""
        answers = set()
        for compiler in os.environ["MEMBOUND_COMPILERS"].split(":"):
            with tempfile.TemporaryDirectory() as directory:
                source = Path(directory) / "probe.cpp"
                source.write_text(text)
                found = check(compiler, source, directory)
            answers.add(bool(found))
            self.last = "\n".join(found)
        self.assertEqual(len(answers), 1, "the compilers differ")
        return answers.pop()

    def test_clean(self):
        self.assertFalse(self.found(CLEAN))

    def test_heap(self):
        self.assertTrue(self.found("int *volatile p; int main() { p = new int(3); return *p - 3; }"))
        self.assertIn("_Znwm", self.last)
        self.assertTrue(self.found("extern \"C\" void *malloc(unsigned long);\n"
                                   "int main() { void *volatile p = malloc(3); return p == 0; }"))
        self.assertIn("malloc", self.last)

    def test_heap_in_a_function_that_is_not_called(self):
        compilers = os.environ["MEMBOUND_COMPILERS"].split(":")
        gcc = [compiler for compiler in compilers if is_gcc(compiler)]
        with tempfile.TemporaryDirectory() as directory:
            source = Path(directory) / "probe.cpp"
            source.write_text("inline constexpr int f(int n) { return n ? *new int(n) : 0; } int main() { return 0; }")
            for compiler in gcc:
                self.assertIn("-O0 -fkeep-inline-functions: needs _Znwm", check(compiler, source, directory))

    def test_exception(self):
        self.assertTrue(self.found("int main(int argc, char **) { if (argc > 5) throw 1; return 0; }"))
        self.assertIn("__cxa_throw", self.last)

    def test_type_information(self):
        self.assertTrue(self.found("struct s { virtual int f() { return 0; } };\n"
                                   "int main() { s a; s &r = a; return r.f(); }"))
        self.assertIn("_ZTV", self.last)

    def test_state(self):
        self.assertTrue(self.found("int count = 3; int main() { return count - 3; }"))
        self.assertIn("count in .data", self.last)
        self.assertTrue(self.found("int f() { static int n; return n++; } int main() { return f(); }"))
        self.assertRegex(self.last, r"_ZZ1fvE1n in \.bss")
        self.assertTrue(self.found("inline int n = 2; int main() { return n - 2; }"))
        self.assertRegex(self.last, r"holds state: n in \.data")
        self.assertTrue(self.found("thread_local int n; int main() { return n; }"))
        self.assertIn("n in .tbss", self.last)

    def test_before_main(self):
        self.assertTrue(self.found("volatile int v = 1; const int early = v; int main() { return early - 1; }"))
        self.assertIn(".init_array", self.last)

    def test_wrong_answer(self):
        with self.assertRaisesRegex(Failed, "exit status 7"):
            self.found("int main() { return 7; }")


if __name__ == "__main__":
    unittest.main()
