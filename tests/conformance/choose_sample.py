#!/usr/bin/env python3
"""Chooses few of many measured rows: choose_sample.py ROWS.jsonl... > sample.jsonl

Takes rows one after the other, the one that shows most of what no chosen row has shown yet: each setting of each backend,
each file type, and of each family the settings by which its graph may differ. Rows keep the measured figures that are
compared."""
import json
import sys
from pathlib import Path

compared = ("n_ctx", "breakdown", "output_mib", "fa_resolved")


of_families = {"n_gpu_layers", "flash_attn", "type_k", "n_seq_max", "kv_unified", "offload_kqv"}


def layers_on_gpu(row):
    layers = row["settings"]["n_gpu_layers"]
    blocks = row["hparams"][row["arch"] + ".block_count"]
    return layers if layers < 2 else "all" if layers > blocks else "all but the output" if layers == blocks else "some"


def shown(row):
    """What a row is an example of."""
    if row["kind"] == "llamacpp_quantize":
        yield "quantize", row["arch"]
        yield "quantize", row["ftype"], row["arch"] + ".expert_count" in row["hparams"]
        return
    yield row["model"], row["settings"]["backend"]
    yield row["settings"]["backend"], row["ftype"]
    yield row["arch"], "error" in row
    for name, value in row["settings"].items():
        if name == "device":
            yield row["arch"], "count", value.get("count")
            yield "buffer_alignment", value["buffer_alignment"]
        else:
            value = layers_on_gpu(row) if name == "n_gpu_layers" else json.dumps(value)
            if name in of_families:
                yield row["arch"], name, value
            yield row["settings"]["backend"], name, value


candidates = []
for path in sys.argv[1:]:
    for line in Path(path).read_text().splitlines():
        row = json.loads(line)
        candidates.append((row, set(shown(row))))

missing = set().union(*(examples for _, examples in candidates))
chosen = []
while missing:
    best = max(range(len(candidates)), key=lambda i: (len(candidates[i][1] & missing), -i))
    missing -= candidates[best][1]
    chosen.append(best)

for i in sorted(chosen):
    row = candidates[i][0]
    if "measured" in row:
        row["measured"] = {key: row["measured"][key] for key in compared if key in row["measured"]}
    print(json.dumps(row, separators=(",", ":")))
