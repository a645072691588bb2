"""The program `membound`: what it prints, what it refuses, how it ends."""

import json
import math
import os
import re
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from support import F16, Q8_0, is_built, llama_keys, llama_tensors, run, tensor_bytes, write_gguf, write_llama

GIB = 1 << 30
TERMS = ["weights", "kv_cache", "recurrent_state", "compute", "output", "overhead", "adapters", "prompts", "projector"]
CARD = "rtx-3060-12gb"


@unittest.skipUnless(is_built("membound"), "the program needs CLI11 and nlohmann-json, and is not built without them")
class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def answer(self, *args, status=None):
        """What --json prints; the status is 0 or 1, and as asked."""
        got, out, err = run("membound", *args, "--json")
        self.assertEqual(err, "", args)
        self.assertIn(got, [0, 1] if status is None else [status], args)
        return json.loads(out)

    def text(self, *args, status=0):
        got, out, err = run("membound", *args)
        self.assertEqual((got, err), (status, ""), args)
        return out

    def refused(self, *args):
        """The line that refuses them."""
        status, out, err = run("membound", *args)
        self.assertEqual((status, out), (2, ""), (args, err))
        self.assertRegex(err, r"\Amembound: [^\n]+: [^\n]+, [^\n]+\n\Z", args)
        return err


class Budget(Program):
    def check(self, b):
        """What holds for every budget."""
        keys = ["model", "quantization", "engine", "context", "sequences", "fits", "max_context"]
        self.assertEqual(list(b)[:7], keys)
        self.check_speeds(b["throughput"])
        self.assertLessEqual({"perplexity_increase_percent", "source"}, set(b["quality"]))
        self.assertEqual(b["devices"][-1]["name"], "host")
        self.assertEqual(b["fits"], all(d["fits"] for d in b["devices"]))
        for d in b["devices"]:
            self.assertEqual(list(d["terms"]), TERMS)
            self.assertEqual(list(d["known"]), TERMS)
            self.assertLessEqual(set(d["known"].values()), {"exact", "modelled", "assumed"})
            self.assertTrue(all(type(n) is int and n >= 0 for n in d["terms"].values()), d)
            self.assertEqual(d["expected_bytes"], sum(d["terms"].values()))
            self.assertLessEqual(d["lower_bytes"], d["expected_bytes"])
            self.assertLessEqual(d["expected_bytes"], d["upper_bytes"])
            if d["capacity_bytes"] is None:
                self.assertEqual((d["fits"], d["headroom_bytes"]), (True, None))
            else:
                self.assertEqual(d["headroom_bytes"], d["usable_bytes"] - d["upper_bytes"])
                self.assertEqual(d["fits"], d["headroom_bytes"] >= 0)

    def check_speeds(self, t):
        for what in "prefill", "decode", "decode_full_context":
            lower, expected, upper = (t[f"{what}{bound}_tokens_per_second"] for bound in ("_lower", "", "_upper"))
            if expected is None:
                self.assertEqual((lower, upper), (None, None))
            else:
                self.assertLess(0, lower)
                self.assertLess(lower, expected)
                self.assertLess(expected, upper)
        if t["decode_tokens_per_second"] is not None and t["decode_full_context_tokens_per_second"] is not None:
            self.assertLessEqual(t["decode_full_context_tokens_per_second"], t["decode_tokens_per_second"])

    def budget(self, *args, status=None):
        b = self.answer("budget", *args, status=status)
        self.check(b)
        return b

    def test_llama_on_a_card(self):
        b = self.budget("llama-3.1-8b", "--quant", "q4_k_m", "--on", CARD, "--context", "32k", status=0)
        self.assertEqual((b["model"], b["quantization"], b["engine"]), ("llama-3.1-8b", "Q4_K_M", "llama.cpp"))
        self.assertEqual((b["context"], b["sequences"]), (32768, 1))
        card, host = b["devices"]
        self.assertEqual((card["name"], card["capacity_bytes"], host["capacity_bytes"]), (CARD, 12 * GIB, None))
        self.assertEqual(card["terms"]["kv_cache"], 4 * GIB)
        self.assertEqual(host["terms"]["kv_cache"], 0)
        self.assertEqual(b["weights_bytes"], 4912898304)  # the tensors of the published file
        self.assertEqual(card["known"]["weights"], "exact")

    def test_servers_on_gpus(self):
        two = ("--on", "h100-sxm-80gb,h100-sxm-80gb", "--context", "32k")
        for engine in ["vllm", "sglang", "tensorrt-llm"]:
            b = self.budget("llama-3.1-70b", "--engine", engine, "--quant", "FP8", "--tensor-parallel", "2", *two, status=0)
            first, second = b["devices"][0]["terms"], b["devices"][1]["terms"]
            self.assertEqual(first["weights"], second["weights"])
            self.assertGreater(first["kv_cache"], 32768 * 80 * 4 * 2 * 128 * 2 - 1)
        self.answer("budget", "llama-3.1-70b", "--engine", "vllm", "--quant", "BF16", *two, status=1) # one device holds all
        self.assertIn("not of vllm", self.refused("budget", "llama-3.1-8b", "--on", "24GiB", "--engine", "vllm", "--quant", "Q4_K_M"))
        self.assertIn("--memory-fraction", self.refused("budget", "llama-3.1-8b", "--on", "24GiB", "--engine", "vllm", "--memory-fraction", "1.5"))

    def test_quality(self):
        def quality(*args):
            return self.budget(*args, "--on", "80GiB", "--context", "8k")["quality"]

        measured = quality("llama-3.1-8b", "--quant", "Q4_K_M")
        self.assertAlmostEqual(measured["perplexity_increase_percent"], 2.79, 2)
        self.assertEqual((measured["known"], measured["kl_divergence"]), ("measured", 0.031273))
        modelled = quality("qwen3-8b", "--quant", "Q4_K_M", "--kv-type", "q8_0")
        self.assertEqual(modelled["known"], "interpolated")
        self.assertLess(modelled["perplexity_increase_lower_percent"], modelled["perplexity_increase_percent"])
        self.assertIn("; the cache: ", modelled["source"])
        self.assertEqual(quality("llama-3.1-8b", "--quant", "F16")["perplexity_increase_percent"], 0)
        unknown = quality("llama-3.1-8b", "--quant", "TQ1_0")
        self.assertEqual((unknown["perplexity_increase_percent"], unknown["source"]), (None, None))
        self.assertIn("nobody", unknown["unknown"])
        text = self.text("budget", "llama-3.1-8b", "--quant", "Q4_K_M", "--on", "80GiB", "--context", "8k")
        self.assertIn("\nPerplexity rises by 2.79 % (2.64 % to 2.94 %), KL divergence 0.0313 nats, measured: llama.cpp", text)

    def test_cache_types(self):
        def cache(*args):
            b = self.budget("llama-3.1-8b", "--quant", "Q8_0", "--on", "80GiB", *args)
            return b["devices"][0]["terms"]["kv_cache"]

        self.assertEqual(cache(), 16 * GIB)  # the model's own context: 131072
        self.assertEqual(cache("--kv-type", "q8_0"), 17 * GIB // 2)
        self.assertEqual(cache("--type-k", "q8_0", "--context", "16384"), GIB + 17 * GIB // 32)
        self.assertEqual(cache("--type-v", "F32", "--context", "16k"), 3 * GIB)
        self.assertEqual(cache("--context", "16000"), 2 * GIB * 16128 // 16384)  # whole steps of 256

    def test_max_context_is_the_boundary(self):
        args = ["llama-3.1-8b", "--quant", "Q6_K", "--on", CARD]
        b = self.budget(*args, status=1)
        most = b["max_context"]
        self.assertTrue(0 < most < b["context"] and most % 256 == 0, most)
        self.assertEqual(self.budget(*args, "--context", most, status=0)["max_context"], most)
        self.budget(*args, "--context", most + 1, status=1)
        self.assertEqual(self.budget("llama-3.1-70b", "--quant", "Q8_0", "--on", CARD, status=1)["max_context"], 0)

    def test_sequences_share_the_context(self):
        b = self.budget("llama-3.1-8b", "--quant", "Q4_K_M", "--on", "24GiB", "--context", "32k", "--sequences", 4)
        self.assertEqual((b["sequences"], b["context"]), (4, 32768))
        self.assertEqual(b["devices"][0]["terms"]["kv_cache"], 4 * GIB)

    def test_machines(self):
        args = ["llama-3.1-8b", "--quant", "Q8_0", "--context", "8k", "--on"]
        b = self.budget(*args, f"{CARD},24GB,desktop-ddr5-5600-64gb")
        self.assertEqual([d["name"] for d in b["devices"]], [CARD, "24GB", "host"])
        self.assertEqual([d["capacity_bytes"] for d in b["devices"]], [12 * GIB, 24 * 10**9, 64 * GIB])

        b = self.budget(*args, "raspberry-pi-5-16gb", status=0)
        self.assertEqual([d["capacity_bytes"] for d in b["devices"]], [16 * GIB])
        b = self.budget(*args, "raspberry-pi-5-16gb", "--host-memory", "8.5GiB", status=1)
        self.assertEqual([d["capacity_bytes"] for d in b["devices"]], [17 * GIB // 2])

        b = self.budget(*args, CARD, "--host-memory", "64MiB", status=1)
        self.assertEqual([d["fits"] for d in b["devices"]], [True, False])

    def test_placement(self):
        args = ["qwen3-30b-a3b", "--quant", "Q4_K_M", "--on", "24GiB", "--context", "8k"]
        all_on, none_on, experts_off = (self.budget(*args, *more) for more in [
            [], ["--gpu-layers", 0], ["--cpu-moe-layers", 48]])
        weights = [b["devices"][0]["terms"]["weights"] for b in (all_on, none_on, experts_off)]
        self.assertEqual(weights[1], 0)
        self.assertTrue(0 < weights[2] < weights[0] // 5, weights)
        self.assertEqual(none_on["devices"][0]["terms"]["kv_cache"], 0)
        self.assertEqual(self.budget(*args, "--gpu-layers", 999)["devices"], all_on["devices"])
        self.assertEqual(self.budget(*args, "--gpu-layers", "all")["devices"], all_on["devices"])

    def test_batches(self):
        args = ["llama-3.1-8b", "--quant", "Q4_K_M", "--on", "24GiB", "--context", "8k"]
        compute = [self.budget(*args, *more)["devices"][0]["terms"]["compute"] for more in [
            [], ["--ubatch", 512, "--batch", 2048], ["--ubatch", 2048], ["--batch", 64], ["--flash-attention", "off"]]]
        self.assertEqual(compute[0], compute[1])
        self.assertLess(compute[0], compute[2])
        self.assertLess(compute[3], compute[0])
        self.assertLess(compute[0], compute[4])

    def test_every_byte_of_a_file(self):
        path = write_llama(self.folder / "model.gguf", 6)
        b = self.budget(path, "--on", "8GiB", "--context", 4096, status=0)
        total = sum(tensor_bytes(dims, kind) for _, dims, kind in llama_tensors(6))
        self.assertEqual((b["model"], b["quantization"]), ("Small Llama", "Q8_0"))
        self.assertEqual(b["weights_bytes"], total)
        embedding = tensor_bytes((support.HIDDEN, support.VOCABULARY), Q8_0)
        self.assertEqual([d["terms"]["weights"] for d in b["devices"]], [total - embedding, embedding])
        cache = 6 * 2 * support.KV_HEADS * support.HEAD * 2 * 4096
        self.assertEqual([d["terms"]["kv_cache"] for d in b["devices"]], [cache, 0])
        # As the recipe of that name has it.
        made = self.budget(path, "--quant", "Q8_0", "--on", "8GiB", "--context", 4096)
        self.assertEqual(made["devices"], b["devices"])

    def test_table(self):
        out = self.text("budget", "llama-3.1-8b", "--quant", "q4_k_m", "--on", CARD, "--context", "32k")
        self.assertRegex(out, r"\nKV cache +4\.00 +0\.00  exact\n")
        self.assertRegex(out, r"\noverhead +0\.\d\d +0\.\d\d  assumed\n")
        answer = r"\nIt fits: it takes at most [\d.]+ of 12\.00 GiB on rtx-3060-12gb; up to \S+ tokens fit\.\n\Z"
        self.assertRegex(out, answer)
        out = self.text("budget", "llama-3.1-8b", "--quant", "f16", "--on", CARD, status=1)
        answer = r"\nIt does not fit: it may take [\d.]+ GiB on rtx-3060-12gb, which has 12\.00\. What would fit of F16, "
        answer += r"the cheapest change first:\n  another placement +--gpu-layers \d+ "
        self.assertRegex(out, answer)


class Fit(Program):
    def test_the_first_command_of_the_readme(self):
        out = self.text("fit", "llama-3.1-8b", "--on", CARD, "--context", "32k")
        self.assertEqual(len(re.findall(r"(?m)^\*  \w+ .* yes$", out)), 1)
        self.assertRegex(out, r"\n\* Q6_K is recommended, [^\n]+\nBest plan: --quant Q8_0 --kv-type q8_0 ")

    def test_candidates(self):
        f = self.answer("fit", "llama-3.1-8b", "--on", CARD, "--context", "32k", status=0)
        self.assertEqual(list(f)[:4], ["model", "engine", "recommended", "candidates"])
        names = [c["quantization"] for c in f["candidates"]]
        self.assertEqual(len(names), len(set(names)))
        listed = [q["name"] for q in self.answer("list", "quantizations") if q["made_by"] == "llama-quantize"]
        # No kernel of CUDA multiplies ternary matrices: llama.cpp leaves them with the processor.
        self.assertEqual(set(names), set(listed) - {"F32", "TQ1_0", "TQ2_0"})
        self.assertEqual(f["recommended"], names[0])
        fits = [c["fits"] for c in f["candidates"]]
        self.assertEqual(fits, sorted(fits, reverse=True))
        self.assertTrue(fits[0] and not fits[-1])
        for c in f["candidates"][:2] + f["candidates"][-2:]:
            b = self.answer("budget", "llama-3.1-8b", "--quant", c["quantization"], "--on", CARD, "--context", "32k")
            b.pop("would_fit", None)
            self.assertEqual(b, c)

    def test_recommends_the_most_faithful(self):
        def best(model, *args):
            return self.answer("fit", model, "--context", "8k", "--on", *args)["recommended"]

        self.assertIn(best("llama-3.1-8b", "80GiB"), ["F16", "BF16"])
        self.assertEqual(best("llama-3.1-8b", "11GiB"), "Q8_0")
        self.assertEqual(best("gpt-oss-20b", "80GiB"), "MXFP4_MOE")  # as it is published
        # Legacy types and those of models trained in them are shown, and never recommended.
        for gib in range(5, 18):
            self.assertNotRegex(best("llama-3.1-8b", f"{gib}GiB"), r"Q[1245]_[01]|TQ|MXFP4")

    def test_where_only_those_fit_one_is_recommended(self):
        f = self.answer("fit", "llama-3.1-8b", "--context", "8k", "--on", "3.2GiB", status=0)
        self.assertEqual([c["quantization"] for c in f["candidates"] if c["fits"]], ["Q1_0"])
        self.assertEqual(f["recommended"], "Q1_0")

    def test_70b_wants_48_gb(self):
        args = ["llama-3.1-70b", "--quant", "Q4_K_M", "--context", "8k", "--on"]
        self.answer("budget", *args, "rtx-6000-ada", status=0)
        self.answer("budget", *args, "24GB", status=1)

    def test_none_fits_and_what_would(self):
        args = ["qwen3-30b-a3b", "--on", "8GiB", "--context", "32k"]
        f = self.answer("fit", *args, status=1)
        self.assertIsNone(f["recommended"])
        self.assertFalse(any(c["fits"] for c in f["candidates"]))
        would = f["would_fit"]
        self.assertEqual(would["for"], "Q4_K_M")
        self.assertEqual([c["change"] for c in would["changes"]], ["placement"])
        placed = would["changes"][0]
        self.answer("budget", *args, "--quant", "Q4_K_M", *placed["options"], status=0)
        for option, key, beyond in [("--gpu-layers", "gpu_layers", 0), ("--cpu-moe-layers", "cpu_moe_layers", -1)]:
            self.answer("budget", *args, "--quant", "Q4_K_M", option, placed[key] + beyond, status=1)
        self.answer("budget", would["model"], *args[1:], "--quant", "Q4_K_M", status=0)
        out = self.text("fit", *args, status=1)
        self.assertIn(f"--gpu-layers 49 --cpu-moe-layers {placed['cpu_moe_layers']}", out)
        self.assertRegex(out, rf"a smaller model +{would['model']}")

    def test_changes_that_would_fit(self):
        args = ["llama-3.1-8b", "--on", CARD]
        settings = {"--quant": "Q4_K_M", "--context": "64k"}
        changes = self.answer("budget", *args, *sum(settings.items(), ()), status=1)["would_fit"]["changes"]
        self.assertTrue({"cache", "quantization", "context", "placement"} <= {c["change"] for c in changes})
        costs = [c["cost"] for c in changes]
        self.assertEqual(costs, sorted(costs))
        for c in changes:
            words = c["options"]
            now = {**settings, "--quant": c["quantization"], **dict(zip(words[::2], words[1::2]))}
            self.answer("budget", *args, *sum(now.items(), ()), status=0)

    def test_the_best_plan(self):
        def plan(*args, status=None):
            f = self.answer("fit", *args, status=status)
            p = f["plan"]
            if p is None:
                return None
            self.answer("budget", *args[:3], "--quant", p["quantization"], *p["options"], status=0)
            return p

        roomy = plan("llama-3.1-8b", "--on", "rtx-4090", status=0)
        self.assertEqual((roomy["quantization"], roomy["gpu_layers"]), ("F16", 33))
        self.assertTrue(roomy["keeps_quality"] and roomy["keeps_speed"])
        self.assertGreater(roomy["context"], 32768)
        spilled = plan("llama-3.1-70b", "--on", "24GiB")
        self.assertTrue(spilled["keeps_quality"] and not spilled["keeps_speed"])
        self.assertLess(spilled["gpu_layers"], 81)
        self.assertEqual((spilled["binds"]["device"], spilled["binds"]["term"]), ("24GiB", "weights"))
        self.assertNotEqual(spilled["next"]["quantization"], spilled["quantization"])
        longest = plan("llama-3.1-8b", "--on", CARD, "--aim", "context")
        self.assertEqual(longest["context"], 131072)
        self.assertIsNone(plan("deepseek-r1", "--on", "rtx-4090", "--host-memory", "16GiB", status=1))
        self.refused("fit", "llama-3.1-8b", "--on", CARD, "--aim", "size")

    def test_a_file_comes_first(self):
        path = write_llama(self.folder / "model.gguf", 30)
        f = self.answer("fit", path, "--on", "8GiB", status=0)
        self.assertEqual((f["recommended"], f["candidates"][0]["file"]), ("Q8_0", str(path)))
        self.assertEqual(sum(c["quantization"] == "Q8_0" for c in f["candidates"]), 1)
        self.assertIn("*  Q8_0 (the file)", self.text("fit", path, "--on", "8GiB"))
        smaller = self.answer("fit", path, "--on", "2GiB", "--context", 1024, status=0)
        self.assertNotIn("file", smaller["candidates"][0])
        self.assertEqual(smaller["recommended"], smaller["candidates"][0]["quantization"])

    def test_one_quantization_without_an_answer(self):
        # Rows of 96 numbers are no blocks of 128, and llama-quantize has nothing else for Q1_0.
        keys = llama_keys(2, **{"llama.embedding_length": 96, "llama.feed_forward_length": 96,
                                "llama.attention.head_count": 1, "llama.attention.head_count_kv": 1,
                                "llama.rope.dimension_count": 96})
        path = write_gguf(self.folder / "odd.gguf", keys, [("token_embd.weight", (96, support.VOCABULARY), F16)])
        of = {c["quantization"]: c for c in self.answer("fit", path, "--on", "8GiB", status=0)["candidates"]}
        self.assertEqual((of["Q1_0"]["fits"], of["Q1_0"]["devices"], of["Q1_0"]["context"]), (False, [], None))
        self.assertIn("llama-quantize", of["Q1_0"]["error"])
        self.assertTrue(of["Q4_0"]["fits"])

    def test_this_machine(self):
        f = self.answer("fit", "gpt2", "--on", "local")
        host = f["candidates"][0]["devices"][-1]
        self.assertGreater(host["capacity_bytes"], GIB // 4)

    def test_every_model_and_device_has_an_answer(self):
        for m in self.answer("list", "models"):
            self.answer("budget", m["name"], "--quant", "Q4_K_M", "--on", "24GiB", "--context", "2k")
        for d in self.answer("list", "devices"):
            self.answer("budget", "gpt2", "--quant", "Q8_0", "--on", d["name"])


class Inspect(Program):
    def test_a_file(self):
        path = write_llama(self.folder / "model.gguf", 6)
        i = self.answer("inspect", path, status=0)
        tensors = llama_tensors(6)
        elements = sum(tensor_bytes(dims, support.F32) // 4 for _, dims, _ in tensors)
        self.assertEqual((i["name"], i["architecture"], i["known"]), ("Small Llama", "llama", True))
        self.assertEqual((i["parameters"], i["file_type"], i["file_bytes"]), (elements, "Q8_0", path.stat().st_size))
        self.assertEqual(i["tensors"], {"f32": 13, "q8_0": 44})
        self.assertEqual(i["tensors_bytes"], sum(tensor_bytes(dims, kind) for _, dims, kind in tensors))
        self.assertEqual(i["kv_bytes_per_token"], 6 * 2 * support.KV_HEADS * support.HEAD * 2)
        self.assertEqual(i["layers"], [{"kind": "full", "count": 6}])
        self.assertRegex(self.text("inspect", path), r"\nlayers +6 x full\n")

    def test_sliding_windows(self):
        gemma = {f"gemma3.{k}": v for k, v in {"attention.key_length": 128, "attention.value_length": 128,
                                               "attention.sliding_window": 1024}.items()}
        path = write_llama(self.folder / "gemma.gguf", 12, architecture="gemma3", **gemma)
        out = self.text("inspect", path)
        self.assertRegex(out, r"\nlayers +10 x sliding 1024, 2 x full\n")
        self.assertRegex(out, r"\nKV cache in f16 +20 KiB for each of the last 1024 tokens, 4 KiB a token\n")

    def test_an_unknown_architecture(self):
        path = write_gguf(self.folder / "new.gguf", llama_keys(2, architecture="nonesuch"), llama_tensors(2))
        i = self.answer("inspect", path, status=0)
        self.assertEqual((i["known"], i["kv_bytes_per_token"]), (False, None))
        self.assertEqual(i["tensors_bytes"], sum(tensor_bytes(dims, kind) for _, dims, kind in llama_tensors(2)))
        self.assertIn("unknown", self.text("inspect", path))
        self.assertIn("architecture", self.refused("budget", path, "--on", "8GiB"))
        self.assertIn("architecture", self.refused("fit", path, "--on", "8GiB"))

    def test_shards(self):
        tensors = llama_tensors(4)
        parts = [tensors[:10], tensors[10:]]
        sizes = 0
        for n, part in enumerate(parts):
            keys = llama_keys(4) if n == 0 else {}
            keys.update({"split.no": n, "split.count": 2, "split.tensors.count": len(tensors)})
            sizes += write_gguf(self.folder / f"m-0000{n + 1}-of-00002.gguf", keys, part).stat().st_size
        i = self.answer("inspect", self.folder / "m-00001-of-00002.gguf", status=0)
        self.assertEqual((i["shards"], i["file_bytes"], sum(i["tensors"].values())), (2, sizes, len(tensors)))
        self.assertIn("not the first", self.refused("inspect", self.folder / "m-00002-of-00002.gguf"))


class Lists(Program):
    def test_lists(self):
        for what, name in [("models", "llama-3.1-8b"), ("devices", CARD), ("formats", "q4_K"),
                           ("quantizations", "Q4_K_M"), ("engines", "llama.cpp")]:
            names = [one["name"] for one in self.answer("list", what, status=0)]
            self.assertIn(name, names)
            self.assertEqual(len(names), len(set(names)), what)
            lines = self.text("list", what).splitlines()
            self.assertEqual([line.split()[0] for line in lines], ["name"] + [n.split()[0] for n in names])

    def test_help(self):
        self.assertIn("Exit status", self.text("--help"))
        self.assertIn("--cpu-moe-layers", self.text("fit", "--help"))
        self.assertRegex(self.text("--version"), r"\A\d+\.\d+\.\d+\n\Z")


class Refused(Program):
    def test_command_lines(self):
        fit = ["fit", "llama-3.1-8b", "--on", "24GiB"]
        for args, line in {
            (): "command: is missing",
            ("frob",): "frob: is not a command",
            ("fit",): "MODEL: is missing",
            ("fit", "llama-3.1-8b"): "--on: is missing",
            ("fit", "llama-3.1-8b", "--on"): "--on: ",
            ("fit", "a", "b", "--on", "local"): "'b' is one word too many",
            ("inspect",): "FILE: is missing",
            ("list",): "WHAT: is missing",
            ("list", "foo"): "'foo' is not a list, the lists are models",
            ("list", "models", "x"): "'x' is one word too many",
            (*fit, "--contxt", "3"): "--contxt: is not an option of fit, the nearest name is --context",
            (*fit, "--json=maybe"): "--json",
            (*fit, "--context", "1", "--context", "2"): "--context: ",
            ("budget", "llama-3.1-8b", "--on", "24GiB"): "--quant: is missing",
        }.items():
            self.assertIn(line, self.refused(*args), args)

    def test_names(self):
        for args, line in {
            ("llama-3.1-9b", "24GiB"): "near names are llama-3.1-8b",
            ("lama-3.1-8b", "24GiB"): "llama-3.1-8b",
            ("", "24GiB"): "MODEL: is empty",
            ("!!", "24GiB"): "membound list models",
            ("llama-3.1-8b", "rtx-3060"): "near names are rtx-3060-8gb, rtx-3060-12gb",
            ("llama-3.1-8b", "nonesuch"): "membound list devices",
            ("llama-3.1-8b", "24GiB,"): "has an empty name",
            ("llama-3.1-8b", "24GiB,,24GiB"): "has an empty name",
            ("llama-3.1-8b", "raspberry-pi-5-8gb,raspberry-pi-5-8gb"): "names two hosts",
            ("llama-3.1-8b", ",".join(["1GiB"] * 17)): "names too many devices",
            ("llama-3.1-8b\nmembound", "24GiB"): "llama-3.1-8b?membound",
        }.items():
            self.assertIn(line, self.refused("fit", args[0], "--on", args[1]), args)

    def test_values(self):
        for option, value, line in [
            ("--context", "-5", "too small"), ("--context", "0", "too small"),
            ("--context", "-" + "9" * 30, "too small"),
            ("--context", "32q", "not a whole number"), ("--context", "9" * 30 + "x", "not a whole number"),
            ("--context", "k", "not a whole number"), ("--context", "1.5k", "not a whole number"),
            ("--context", "9" * 30, "too large"), ("--context", "2m8", "not a whole number"),
            ("--context", "4096m", "too large"),
            ("--sequences", "0", "too small"), ("--sequences", "257", "more than 256"), ("--sequences", "two", "whole"),
            ("--batch", "0", "too small"), ("--ubatch", "0", "too small"), ("--ubatch", "4294967296", "too large"),
            ("--kv-type", "q4_K", "llama.cpp takes f32, f16"), ("--type-k", "int3", "llama.cpp takes"),
            ("--type-v", "", "--type-v: "), ("--flash-attention", "maybe", "on, off and auto"),
            ("--gpu-layers", "-2", "too small"), ("--gpu-layers", "most", "whole"),
            ("--cpu-moe-layers", "-1", "too small"),
            ("--override-tensor", "ffn_up", "has no ="), ("--override-tensor", "ffn_(up=CPU", "not closed"),
            ("--override-tensor", "ffn_up=disk", "no device"), ("--override-tensor", "ffn_up=CUDA1", "not there"),
            ("--tensor-parallel", "2", "whole layers"), ("--tensor-parallel", "0", "too small"),
            ("--host-memory", "64", "a number and a unit"), ("--host-memory", "0GB", "nothing"),
            ("--host-memory", "-1GiB", "not a size"), ("--host-memory", "1.2.3GiB", "not a size"),
            ("--host-memory", "9e9TiB", "not a size"), ("--host-memory", "9" * 30 + "TiB", "too large"),
            ("--engine", "vlm", "not known"),
            ("--engine", "llama", "near names are llama.cpp, llama-server, llama-cli"),
        ]:
            self.assertIn(line, self.refused("fit", "llama-3.1-8b", "--on", "24GiB", option, value), (option, value))
        for quantization, line in {"Q4_K_X": "Q4_K_M", "awq": "not of llama.cpp", "": "--quant: "}.items():
            self.assertIn(line, self.refused("budget", "llama-3.1-8b", "--on", "24GiB", "--quant", quantization))

    def test_what_the_engine_refuses(self):
        self.assertIn("flash attention", self.refused("fit", "llama-3.1-8b", "--on", "24GiB", "--type-v", "q8_0",
                                                      "--flash-attention", "off"))

    def repository(self):
        """A small model as Hugging Face has it; the data of its tensors are zeros."""
        folder = self.folder / "a-model"
        folder.mkdir()
        config = {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "vocab_size": 40,
                  "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048, "dtype": "bfloat16"}
        (folder / "config.json").write_text(json.dumps(config))
        shapes = {"model.embed_tokens.weight": [40, 64], "lm_head.weight": [40, 64], "model.norm.weight": [64]}
        for i in range(2):
            layer = f"model.layers.{i}."
            shapes |= {layer + "self_attn.q_proj.weight": [64, 64], layer + "self_attn.k_proj.weight": [32, 64],
                       layer + "self_attn.v_proj.weight": [32, 64], layer + "self_attn.o_proj.weight": [64, 64],
                       layer + "mlp.gate_proj.weight": [96, 64], layer + "mlp.up_proj.weight": [96, 64],
                       layer + "mlp.down_proj.weight": [64, 96], layer + "input_layernorm.weight": [64],
                       layer + "post_attention_layernorm.weight": [64]}
        header, end = {}, 0
        for name, shape in shapes.items():
            size = 2 * math.prod(shape)
            header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
            end += size
        text = json.dumps(header).encode()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))
        return folder, end

    def test_repositories(self):
        folder, size = self.repository()
        for path in [folder, folder / "config.json", folder / "model.safetensors"]:
            said = self.answer("inspect", path)
            self.assertEqual(said["architecture"], "llama")
            self.assertEqual(said["parameters"] * 2, size)
            self.assertEqual((said["tensors_bytes"], said["language_bytes"]), (size, size))
            self.assertEqual(said["tensors"], {"bf16": 21})
            answer = self.answer("budget", path, "--on", CARD)
            self.assertEqual((answer["model"], answer["quantization"], answer["fits"]), ("a-model", "BF16", True))
            self.assertEqual(self.answer("budget", path, "--on", CARD, "--quant", "Q8_0")["quantization"], "Q8_0")
            self.assertEqual(self.answer("fit", path, "--on", CARD)["recommended"], "BF16")
        (folder / "config.json").unlink()
        alone = self.answer("inspect", folder / "model.safetensors")
        self.assertEqual((alone["known"], alone["tensors_bytes"]), (False, size))

    def test_files(self):
        for name, content, line in [
            ("empty.gguf", b"", "cut off"), ("short.gguf", b"GGUF\3\0\0\0", "cut off"),
            ("text.gguf", b"text text", "not a GGUF file"),
            ("without-ending", b"something", "not a GGUF file"),
        ]:
            path = self.folder / name
            path.write_bytes(content)
            for args in [("inspect", path), ("fit", path, "--on", "24GiB")]:
                self.assertIn(line, self.refused(*args), args)
        self.assertIn("cannot be opened", self.refused("inspect", self.folder / "nowhere.gguf"))
        self.assertIn("config.json: cannot be opened", self.refused("fit", self.folder, "--on", "24GiB"))

    def test_repositories_that_are_none(self):
        for name, content, line in [
            ("a.safetensors", b"", "cut off within its first 8 bytes"), ("x.json", b"{}", "model_type: is missing"),
            ("y.json", b'{"model_type": "llama",}', "line 1, byte 23: is not JSON"),
            ("z.json", b'{"model_type": "no-such-model"}', "model_type: no-such-model, no family of this name is known"),
            ("v.json", b'{"model_type": "llama", "hidden_size": 64}', "num_hidden_layers, vocab_size, num_attention_heads, intermediate_size: are missing"),
        ]:
            path = self.folder / name
            path.write_bytes(content)
            self.assertIn(line, self.refused("inspect", path))
            if not name.endswith(".safetensors"):
                self.assertIn(line, self.refused("fit", path, "--on", "24GiB"))
        self.assertIn("config.json: is not there", self.refused("fit", self.folder / "a.safetensors", "--on", "24GiB"))


@unittest.skipUnless(hasattr(os, "openpty") and hasattr(os, "posix_spawn"), "there are no terminals to open here")
class Terminal(Program):
    def printed(self, **environment):
        leader, follower = os.openpty()
        env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        command = [support.BIN / "membound", "list", "engines"]
        subprocess.run(command, stdout=follower, env={**env, **environment}, check=True)
        os.close(follower)
        out = os.read(leader, 65536).decode()
        os.close(leader)
        return out

    def test_colour_only_where_it_is_wanted(self):
        self.assertIn("\x1b[", self.printed())
        self.assertNotIn("\x1b[", self.printed(NO_COLOR="1"))
        self.assertNotIn("\x1b[", self.text("list", "engines"))


del Program  # what the others are made of is no test itself

if __name__ == "__main__":
    unittest.main()
