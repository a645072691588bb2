"""Tables over contexts and pictures of the program `membound`."""

import json
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from support import is_built, run, write_llama

GIB = 1 << 30
SVG = "{http://www.w3.org/2000/svg}"


@unittest.skipUnless(is_built("membound"), "the program needs CLI11 and nlohmann-json, and is not built without them")
class Charts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def picture(self, *args):
        path = self.folder / "picture.svg"
        status, out, err = run("membound", "fit", *args, "--svg", path)
        self.assertEqual(err, "")
        self.assertIn(status, [0, 1])
        self.assertRegex(out, "quantization|No plan fits: ")
        return xml.parse(path).getroot()

    def boxes(self, picture):
        """What each text covers, about."""
        found = []
        for t in picture.iter(SVG + "text"):
            if t.get("aria-hidden"):
                continue
            size = float(t.get("font-size"))
            width = 0.5 * size * len(t.text)
            x = float(t.get("x")) - {"end": width, "middle": width / 2}.get(t.get("text-anchor"), 0)
            y = float(t.get("y"))
            found.append((x, y - 0.72 * size, x + width, y + 0.05 * size, t.text))
        return found

    def check(self, picture):
        width, height = float(picture.get("width")), float(picture.get("height"))
        boxes = self.boxes(picture)
        for i, a in enumerate(boxes):
            self.assertTrue(0 <= a[0] and 0 <= a[1] and a[2] <= width and a[3] <= height, a)
            for b in boxes[i + 1:]:
                self.assertTrue(a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b))
        for path in picture.iter(SVG + "path"):
            numbers = [float(n) for n in path.get("d").replace("M", "").replace("L", "").split()]
            self.assertTrue(all(0 <= n <= max(width, height) for n in numbers), path.get("d"))

    def test_pictures(self):
        write_llama(self.folder / "small.gguf", 8)
        for args in (["llama-3.1-8b", "--on", "rtx-3060-12gb"], ["qwen3-30b-a3b", "--on", "rtx-4090", "--context", "32k"],
                     ["deepseek-r1", "--on", "24GiB"], ["gpt-oss-20b", "--on", "rtx-4080"],
                     ["llama-3.1-70b", "--on", "rtx-4090,rtx-3060-12gb", "--context", "16k", "--kv-type", "q8_0"],
                     ["llama-3.2-1b", "--on", "h100-sxm-80gb"], ["qwen3-8b", "--on", "raspberry-pi-5-16gb"],
                     ["bert-base-uncased", "--on", "8GiB"], ["qwen3-8b", "--on", "1GiB", "--context", "1M"],
                     [self.folder / "small.gguf", "--on", "rtx-3060-12gb", "--context", "512"]):
            with self.subTest(args):
                self.check(self.picture(*args))

    def test_what_a_picture_says(self):
        picture = self.picture("llama-3.1-8b", "--on", "rtx-3060-12gb", "--context", "32k")
        words = [t.text for t in picture.iter(SVG + "text")]
        for expected in ["llama-3.1-8b on rtx-3060-12gb", "rtx-3060-12gb: 12.00 GiB", "32k asked", "Q6_K", "43k", "+0.32 %",
                         "Q6_K is recommended for 32k tokens"]:
            self.assertIn(expected, words)
        self.assertEqual(len(list(picture.iter(SVG + "circle"))), 8)  # all but BF16 have a largest context
        none = [t.text for t in self.picture("deepseek-r1", "--on", "24GiB").iter(SVG + "text")]
        self.assertIn("None fits with 160k tokens", none)

    def test_front(self):
        for args in (["llama-3.1-8b", "--on", "rtx-3060-12gb"], ["qwen3-30b-a3b", "--on", "rtx-4090", "--context", "32k"],
                     ["qwen3-30b-a3b", "--on", "rtx-3060-12gb", "--host-memory", "32GiB"],
                     ["llama-3.1-70b", "--on", "4GiB", "--host-memory", "4GiB"], ["mamba-2.8b", "--on", "8GiB"]):
            with self.subTest(args):
                self.check(self.picture(*args, "--pareto"))
        self.assertEqual(run("membound", "fit", "llama-3.1-70b", "--on", "4GiB", "--host-memory", "4GiB", "--pareto")[0], 1)

        args = ["fit", "llama-3.1-8b", "--on", "rtx-3060-12gb", "--pareto"]
        status, out, err = run("membound", *args, "--json")
        self.assertEqual((status, err), (0, ""))
        found = json.loads(out)
        worth = [(-p["perplexity_increase_percent"], p["decode_tokens_per_second"] or 0, p["context"], -p["all_upper_bytes"])
                 for p in found["front"]]
        self.assertEqual(worth, sorted(worth, key=lambda w: -w[0]))
        for a in worth:
            for b in worth:
                self.assertFalse(a != b and all(x <= y for x, y in zip(a, b)), (a, b))
        best = found["front"][found["recommended"]]
        status, out, err = run("membound", *args)
        self.assertRegex(out, rf"\n\* +{best['quantization']} ")
        words = [t.text for t in self.picture("llama-3.1-8b", "--on", "rtx-3060-12gb", "--pareto").iter(SVG + "text")]
        self.assertIn(best["quantization"] + " is recommended", words)
        status, out, err = run("membound", *args, "--table")
        self.assertEqual((status, out, err), (2, "", "membound: --table: is beside --pareto, each is a table of its own\n"))

    def test_where_nothing_can_be_written(self):
        status, out, err = run("membound", "fit", "qwen3-8b", "--on", "24GiB", "--svg", self.folder / "no" / "file.svg")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("file.svg: cannot be written, ", err)

    def test_table(self):
        args = ["fit", "llama-3.1-8b", "--on", "rtx-3060-12gb", "--context", "24k", "--table"]
        status, out, err = run("membound", *args, "--json")
        self.assertEqual((status, err), (0, ""))
        table = json.loads(out)
        self.assertEqual(table["contexts"], [1 << n for n in range(10, 15)] + [24576, 32768, 65536, 131072])
        rows = {r["quantization"]: r for r in table["rows"]}
        for row in rows.values():
            needs = [c["upper_bytes"] for c in row["cells"]]
            self.assertEqual(needs, sorted(needs))
            for cell in row["cells"]:
                self.assertEqual(cell["fits"], cell["upper_bytes"] <= 12 * GIB)
        status, out, _ = run("membound", "budget", "llama-3.1-8b", "--quant", "Q6_K", "--on", "rtx-3060-12gb", "--context",
                             "32k", "--json")
        self.assertEqual(rows["Q6_K"]["cells"][6]["upper_bytes"], json.loads(out)["devices"][0]["upper_bytes"])

        status, out, err = run("membound", *args)
        self.assertRegex(out, r"\n   quantization +loss +1k +2k +4k +8k +16k +24k +32k +64k +128k\n")
        self.assertRegex(out, r"\n\* +Q8_0 +0.02 +8.39 .* 11.27 +\(12.27\) ")
        self.assertEqual(run("membound", "fit", "deepseek-r1", "--on", "24GiB", "--table")[0], 1)


if __name__ == "__main__":
    unittest.main()
