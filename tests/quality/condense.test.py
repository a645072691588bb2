"""The table of losses is what condense.py writes."""

import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
ROWS = PROJECT.parent / "shared" / "catalog" / "quality.csv"


class Condensed(unittest.TestCase):
    @unittest.skipUnless(ROWS.exists(), "the published rows do not lie beside the project")
    def test_the_table_is_up_to_date(self):
        written = subprocess.run([sys.executable, HERE / "condense.py", ROWS], capture_output=True, text=True, check=True)
        self.assertEqual(written.stdout, (PROJECT / "include" / "membound" / "quality_table.hpp").read_text())


if __name__ == "__main__":
    unittest.main()
