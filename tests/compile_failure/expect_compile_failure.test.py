"""The harness for files that must not compile fails where a file breaks its promise."""

import os
import tempfile
import unittest
from pathlib import Path

from expect_compile_failure import problems_of

SOURCE = """
template <long Count> struct holds {{ static_assert(Count <= 8, "too much"); }};
#ifdef GOOD
holds<{good}> here;
#else
holds<{bad}> here;
#endif
{promises}
"""


class ExpectCompileFailure(unittest.TestCase):
    def problems(self, promises, good=8, bad=9):
        found = []
        for compiler in os.environ["MEMBOUND_COMPILERS"].split(":"):
            with tempfile.TemporaryDirectory() as directory:
                source = Path(directory) / "probe.cpp"
                source.write_text(SOURCE.format(good=good, bad=bad, promises=promises))
                found.append("\n".join(problems_of(compiler, "c++17", directory, str(source))))
        return found

    def all_match(self, found, regex):
        for problems in found:
            self.assertRegex(problems, regex)

    def test_kept(self):
        self.assertFalse(any(self.problems("// expect: too much\n// expect: holds<9L?>")))

    def test_bad_compiles(self):
        self.all_match(self.problems("// expect: too much", bad=8), "compiles without GOOD")

    def test_good_does_not(self):
        self.all_match(self.problems("// expect: too much", good=9), "does not compile with GOOD")

    def test_other_message(self):
        self.all_match(self.problems("// expect: too much\n// expect: holds<10L?>"), "does not match `holds<10")

    def test_no_promise(self):
        self.all_match(self.problems("// expects: too much"), "promises no message")

    def test_one_compiler(self):
        for compiler in os.environ["MEMBOUND_COMPILERS"].split(":"):
            other = "g++" if "clang" in compiler else "clang++"
            with tempfile.TemporaryDirectory() as directory:
                source = Path(directory) / "probe.cpp"
                promises = f"// expect: too much\n// expect {other}: no such"
                source.write_text(SOURCE.format(good=8, bad=9, promises=promises))
                self.assertEqual(problems_of(compiler, "c++17", directory, str(source)), [])


if __name__ == "__main__":
    unittest.main()
