"""membound_conformance itself: that it sees what is wrong, and does not see what it must not look at."""
import copy
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

program = os.path.join(os.environ.get("MEMBOUND_BIN", ""), "membound_conformance")
sample = [json.loads(line) for line in Path(__file__).with_name("sample.jsonl").read_text().splitlines()]
memory = next(r for r in sample if r["kind"] == "llamacpp_memory" and r["arch"] == "llama"
              and r["settings"]["backend"] == "cpu" and "measured" in r)
refused = next(r for r in sample if "error" in r)
quantize = next(r for r in sample if r["kind"] == "llamacpp_quantize" and r["arch"] == "llama")


def run(*arguments, rows=None, bars=None):
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(arguments)
        if bars is not None:
            arguments += ["--require", os.path.join(folder, "bars.json")]
            Path(arguments[-1]).write_text(json.dumps(bars))
        if rows is not None:
            arguments.append(os.path.join(folder, "rows.jsonl"))
            text = rows if isinstance(rows, str) else "\n".join(json.dumps(r) for r in rows) + "\n"
            Path(arguments[-1]).write_text(text)
        return subprocess.run([program, *arguments], capture_output=True, text=True)


def compared(*rows):
    done = run("--json", rows=rows)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def changed(row, **values):
    return {**copy.deepcopy(row), **values}


speed_columns = ("device,n_devices,engine,backend,model,quant,model_size_gib,params_b,pp_tokens,pp_tps,tg_tokens,tg_tps,"
                 "context_depth,flash_attn,batch,build_or_date,notes,confidence,source")
speed_row = dict(zip(speed_columns.split(","), (
    "RTX 3060 12GB", "1", "llama.cpp", "CUDA", "Llama-3.1-8B", "Q4_K_M", "", "8.03", "512", "1700", "128", "50", "0", "1", "1",
    "", "", "high", "")))


def predicted_speeds(**values):
    """Of each term, what is predicted of one row; what is skipped, and why."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        path.write_text(speed_columns + "\n" + ",".join({**speed_row, **values}.values()) + "\n")
        done = subprocess.run([program, "--json", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {term: told["worst"][0]["predicted"] for term, told in found["terms"].items()}, found["skipped"]


class Speeds(unittest.TestCase):
    def test_a_row_is_predicted_from_its_settings_alone(self):
        found, skipped = predicted_speeds()
        self.assertEqual((set(found), skipped), ({"decode", "prefill"}, []))
        self.assertTrue(35 < found["decode"] < 70 and 1000 < found["prefill"] < 3000, found)
        self.assertEqual(predicted_speeds(tg_tps="7", pp_tps="7", source="elsewhere")[0], found)
        self.assertEqual(predicted_speeds(device="NVIDIA GeForce RTX 3060")[0], found)
        self.assertEqual(predicted_speeds(model="meta-llama/Meta-Llama-3.1-8B-Instruct-GGUF")[0], found)
        self.assertEqual(predicted_speeds(tg_tps="")[0], {"prefill": found["prefill"]})

    def test_settings_count(self):
        found = predicted_speeds()[0]
        self.assertLess(predicted_speeds(context_depth="32768")[0]["decode"], found["decode"])
        self.assertLess(predicted_speeds(quant="Q8_0")[0]["decode"], found["decode"])
        self.assertLess(predicted_speeds(model_size_gib="6")[0]["decode"], found["decode"])
        self.assertLess(predicted_speeds(flash_attn="0")[0]["prefill"], found["prefill"])
        self.assertGreater(predicted_speeds(batch="4")[0]["decode"], 2 * found["decode"])
        half = predicted_speeds(device="Apple M2 Ultra (38 GPU)", backend="Metal")[0]["prefill"]
        self.assertGreater(predicted_speeds(device="Apple M2 Ultra (76 GPU)", backend="Metal")[0]["prefill"], 1.5 * half)

    def test_a_model_that_is_not_known_is_of_the_usual_shape(self):
        found, skipped = predicted_speeds(model="somebody/Unheard-Of-9B", params_b="")
        self.assertEqual(skipped, [])
        self.assertLess(found["decode"], predicted_speeds()[0]["decode"])

    def test_what_is_not_known_is_skipped(self):
        for values, why in (({"device": "an abacus"}, "device"), ({"engine": "magic"}, "engine"),
                            ({"model": "nothing", "params_b": ""}, "model"), ({"quant": "Q99"}, "quantization"),
                            ({"pp_tokens": "0"}, "tokens")):
            found, skipped = predicted_speeds(**values)
            self.assertEqual((found, len(skipped)), ({}, 1), values)
            self.assertIn(why, skipped[0]["why"])


class Comparing(unittest.TestCase):
    def test_exact_row(self):
        found = compared(memory)
        self.assertEqual((found["rows"], found["skipped"]), (1, []))
        self.assertEqual(set(found["terms"]),
                         {"file_bytes", "tensors_bytes", "model", "context", "compute", "output", "n_ctx"})
        for term in found["terms"].values():
            self.assertEqual((term["rows"], term["exact"], term["under"], term["worst"]), (1, 1, 0, []))

    def test_a_byte_more_is_seen(self):
        row = copy.deepcopy(memory)
        buffers = row["measured"]["breakdown"].values()
        measured = sum(b["model"] for b in buffers) + 1
        next(iter(buffers))["model"] += 1
        found = compared(memory, row)["terms"]
        self.assertEqual((found["model"]["rows"], found["model"]["exact"], found["model"]["under"]), (2, 1, 1))
        worst = found["model"]["worst"][0]
        self.assertEqual((worst["row"], worst["predicted"], worst["measured"]), (1, measured - 1, measured))
        self.assertEqual(found["context"]["exact"], 2)

    def test_predicts_without_name_and_measurement(self):
        row = changed(memory, model="x" * len(memory["model"]), tensors_bytes=1, file_bytes=1)
        row["measured"] = {"n_ctx": 1, "breakdown": {"CPU": {"model": 1, "context": 1, "compute": 1}}}
        predicted = {t: v["worst"][0]["predicted"] for t, v in compared(row)["terms"].items()}
        buffers = memory["measured"]["breakdown"].values()
        expected = {t: sum(b[t] for b in buffers) for t in ("model", "context", "compute")}
        expected.update({t: memory[t] for t in ("tensors_bytes", "file_bytes")}, n_ctx=memory["measured"]["n_ctx"])
        self.assertEqual(predicted, expected)

    def test_statistics(self):
        rows = []
        for factor in (1, 2, 4, 5):  # of the measurement: no error, then 50 %, 75 % and 80 %
            rows.append(changed(memory, tensors_bytes=memory["tensors_bytes"] * factor))
        term = compared(*rows)["terms"]["tensors_bytes"]
        self.assertEqual((term["median_error_percent"], term["p95_error_percent"], term["max_error_percent"]),
                         (62.5, 80, 80))
        self.assertEqual([w["row"] for w in term["worst"]], [3, 2, 1])

    def test_refused_rows(self):
        row = changed(memory, error="context")
        del row["measured"]
        term = compared(refused, row)["terms"]["refused"]
        self.assertEqual((term["rows"], term["exact"]), (2, 1))

    def test_backends(self):
        settings = {**memory["settings"], "n_gpu_layers": -1}
        rows = [changed(memory, settings={**settings, "backend": name, "device": {"vram_mib": 81920}})
                for name in ("cuda", "rocm", "metal", "vulkan", "sycl", "abacus")]
        for row, name in zip(rows, ("CUDA", "ROCm", "MTL", "Vulkan", "SYCL", "abacus")):
            row["measured"]["breakdown"] = {name + "0": {"model": 1, "context": 1, "compute": 1},
                                            name + "_Host": {"model": 1, "context": 1, "compute": 1}}
        found = compared(*rows)
        self.assertEqual([(s["row"], "abacus" in s["why"]) for s in found["skipped"]], [(5, True)])
        self.assertEqual((found["terms"]["compute"]["rows"], found["terms"]["n_ctx"]["exact"]), (10, 5))

    def test_types_of_tensors(self):
        row = copy.deepcopy(quantize)
        pattern = "token_embd.weight"
        row["types"][pattern] = [["f32", 1]]
        term = compared(quantize, row)["terms"]["tensor_types"]
        self.assertEqual((term["rows"], term["exact"]), (2, 1))
        self.assertEqual(term["worst"][0]["where"], pattern)

    def test_skipped_with_reason(self):
        unknown = changed(memory, settings={**memory["settings"], "type_k": "q9_9"})
        incomplete = copy.deepcopy(memory)
        del incomplete["hparams"]
        found = compared(changed(memory, arch="unheard-of"), unknown, incomplete, {"kind": "a"}, memory)
        self.assertEqual([s["row"] for s in found["skipped"]], [0, 1, 2, 3])
        self.assertIn("unheard-of", found["skipped"][0]["why"])
        self.assertEqual(found["terms"]["model"]["rows"], 1)


class Requiring(unittest.TestCase):
    bar = {"families": ["llama"], "terms": ["n_ctx"], "exact_percent": 100}
    wrong = copy.deepcopy(memory)
    wrong["measured"]["n_ctx"] += 1

    def status(self, *rows, **bar):
        return run(rows=rows, bars=[{**self.bar, **bar}]).returncode

    def test_met(self):
        self.assertEqual(self.status(memory), 0)
        self.assertEqual(self.status(memory, self.wrong, exact_percent=50), 0)

    def test_missed(self):
        self.assertEqual(self.status(memory, self.wrong), 1)
        self.assertEqual(self.status(self.wrong, placements=["cpu"]), 1)

    def test_nothing_compared_is_missed(self):
        self.assertEqual(self.status(memory, families=["gemma"]), 1)
        self.assertEqual(self.status(memory, placements=["one_gpu"]), 1)

    def test_skipped_is_missed(self):
        unknown = changed(memory, settings={**memory["settings"], "type_k": "q9_9"})
        self.assertEqual(self.status(memory, unknown), 1)


class BadInput(unittest.TestCase):
    def check(self, done):
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertTrue(done.stderr.startswith("membound_conformance: "))

    def test_refused(self):
        self.check(run())
        self.check(run("--json", "/nonexistent.jsonl"))
        self.check(run("--unheard-of", rows=[memory]))
        self.check(run(rows=""))
        self.check(run(rows='{"kind": '))
        self.check(run(rows="[1]"))
        self.check(run("--require", "/nonexistent.json", rows=[memory]))


if __name__ == "__main__":
    unittest.main()
