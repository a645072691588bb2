#!/usr/bin/env python3
"""Chooses few of many measured rows: choose_sample.py ROWS.jsonl... > sample.jsonl

Takes rows of the families that bars.json names, one after the other the one that shows most of what no chosen row has
shown yet: each setting of each family, each file type, each model. Rows that load layers which predict further tokens are
left out, since nothing predicts those yet. Rows keep the measured figures that are compared."""
import json
import sys
from pathlib import Path

bars = json.loads(Path(__file__).with_name("bars.json").read_text())
families = {family for bar in bars for family in bar["families"]}
compared = ("n_ctx", "breakdown", "output_mib", "fa_resolved")


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
    yield row["arch"], row["ftype"]
    yield row["arch"], "error" in row
    for name, value in row["settings"].items():
        if name == "device":
            for part in ("buffer_alignment", "count"):
                yield row["arch"], part, value.get(part)
        else:
            value = layers_on_gpu(row) if name == "n_gpu_layers" else json.dumps(value)
            yield row["arch"], name, value
            yield row["settings"]["backend"], name, value


candidates = []
for path in sys.argv[1:]:
    for line in Path(path).read_text().splitlines():
        row = json.loads(line)
        if row["arch"] in families and not row.get("settings", {}).get("load_mtp"):
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
