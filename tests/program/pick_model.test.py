"""The example that picks the best of a folder of GGUF files."""

import tempfile
import unittest
from pathlib import Path

from support import F16, Q8_0, run, write_gguf, write_llama


class PickModel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def pick(self, device):
        status, out, _ = run("pick_model", self.folder, device)
        return status, Path(out.strip()).name

    def test_takes_the_largest_that_fits(self):
        write_llama(self.folder / "small.gguf", 4)
        write_llama(self.folder / "large.gguf", 60)
        write_llama(self.folder / "too-large.gguf", 300, F16)
        self.assertEqual(self.pick("gtx-1060-6gb"), (0, "large.gguf"))
        self.assertEqual(self.pick("rtx-a6000"), (0, "too-large.gguf"))

    def test_passes_over_what_it_cannot_tell(self):
        (self.folder / "broken.gguf").write_bytes(b"GGUF")
        write_gguf(self.folder / "unknown.gguf", {"general.architecture": "nonesuch"}, [("a.weight", (32,), Q8_0)])
        self.assertEqual(self.pick("gtx-1060-6gb"), (1, ""))
        write_llama(self.folder / "small.gguf", 4)
        self.assertEqual(self.pick("gtx-1060-6gb"), (0, "small.gguf"))

    def test_refuses_bad_input(self):
        self.assertEqual(self.pick("gtx-1061"), (2, ""))
        self.assertEqual(run("pick_model", self.folder / "nowhere", "gtx-1060-6gb")[0], 2)
        self.assertEqual(run("pick_model")[0], 2)


if __name__ == "__main__":
    unittest.main()
