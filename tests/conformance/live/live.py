#!/usr/bin/env python3
"""Asks the newest prebuilt llama.cpp about a sample of models, and compares with what membound says.

    live.py [--version VERSION] [--strict] FOLDER

The library and its headers come from the npm packages of node-llama-cpp, kept in FOLDER; the models are GGUF headers that
membound writes (membound_live_models), with a hole for the data. One row of sample.jsonl a family, and settings beside those
of the sample. Of the release that the rules were read in, every figure has to be exact; of a newer one the differences are
printed, and an error only with --strict. Where the packages can not be had, or nothing can be built with them, the
reason is printed and the exit status is 77.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
RULES_READ_IN = "v0.5.0"  # of llama.cpp: the version of engines::llama_cpp
FLASH = {"auto": -1, "off": 0, "on": 1}
# Changes to the settings of a sampled row, each asked of every family.
VARIATIONS = [
    {},
    {"n_ctx": 3333, "n_seq_max": 3, "kv_unified": False},
    {"n_ctx": 12288, "n_ubatch": 128, "flash_attn": "off"},
    {"n_ctx": 16384, "n_outputs_max": 4, "type_k": "q8_0", "type_v": "q8_0", "flash_attn": "on"},
]


class Unavailable(Exception):
    pass


def run(command, **options):
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as e:
        said = (e.stderr.strip() or e.stdout.strip()).splitlines()
        raise Unavailable(f"{' '.join(map(str, command[:3]))} failed: {said[-1] if said else e.returncode}") from None


def package(name, version, folder):
    """The unpacked npm package, fetched once."""
    target = folder / f"{name.replace('/', '-').lstrip('@')}-{version}"
    if not target.exists():
        archive = run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder).split()[-1]
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        run(["tar", "-xzf", folder / archive, "-C", part, "--strip-components=1"])
        (folder / archive).unlink()
        part.rename(target)
    return target


def driver(version, folder):
    """The program that asks, the folder of its backends, and the release of llama.cpp."""
    library = package("@node-llama-cpp/linux-x64", version, folder) / "bins" / "linux-x64"
    sources = package("node-llama-cpp", version, folder) / "llama" / "gitRelease.bundle"
    tree = folder / f"source-{version}"
    if not tree.exists():
        run(["git", "clone", "--quiet", sources, tree])
    built = json.loads((library / "_nlcBuildMetadata.json").read_text())
    release = built.get("buildOptions", {}).get("llamaCpp", {}).get("release", "unknown")
    program = folder / f"ask_llama-{version}"
    shared = [next(library.glob(pattern), None) for pattern in ("libllama.*so", "libggml.*so", "libggml-base.*so")]
    if None in shared:
        raise Unavailable("the package has no libllama.so, libggml.so and libggml-base.so")
    run([os.environ.get("CXX", "c++"), "-std=c++17", "-O1", f"-I{tree}/include", f"-I{tree}/src", f"-I{tree}/ggml/include",
         HERE / "ask_llama.cpp", "-o", program, *shared, "-Wl,--allow-shlib-undefined", f"-Wl,-rpath,{library}"])
    return program, library, release


def sampled_rows():
    rows = {}
    for line in (HERE.parent / "sample.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kind"] == "llamacpp_memory" and "error" not in row and row["settings"]["backend"] == "cpu":
            rows.setdefault(row["arch"], row)
    return list(rows.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default="latest", help="of node-llama-cpp")
    parser.add_argument("--strict", action="store_true", help="differences of a newer release are errors too")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    programs = Path(os.environ["MEMBOUND_BIN"])
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    version = options.version
    if version == "latest":
        version = run(["npm", "view", "--silent", "node-llama-cpp", "version"]).strip()
    program, library, release = driver(version, folder)
    print(f"llama.cpp {release} of node-llama-cpp {version}; the rules were read in {RULES_READ_IN}")

    sample = sampled_rows()
    models = folder / "models"
    shutil.rmtree(models, ignore_errors=True)
    models.mkdir()
    (folder / "models.jsonl").write_text("".join(json.dumps(r) + "\n" for r in sample))
    written = subprocess.run([programs / "membound_live_models", models, folder / "models.jsonl"], text=True)
    if written.returncode != 0:
        return 1

    asked, jobs = [], []
    for i, row in enumerate(sample):
        if not (models / f"{i}.gguf").exists():
            continue
        for variation in VARIATIONS:
            row = {**row, "settings": {**row["settings"], "use_extra_bufts": False, "n_gpu_layers": 0, **variation}}
            settings = {k: FLASH[v] if k == "flash_attn" else int(v) if isinstance(v, bool) else v
                        for k, v in row["settings"].items() if not isinstance(v, (dict, list))}
            asked.append(row)
            jobs.append(" ".join([str(models / f"{i}.gguf"), *(f"{k}={v}" for k, v in settings.items())]))
    quiet = {**os.environ, "GGML_NO_BACKTRACE": "1"}
    answers = run([program, library], input="\n".join(jobs) + "\n", env=quiet).splitlines()
    if len(answers) != len(jobs):
        raise Unavailable(f"libllama answered {len(answers)} of {len(jobs)} questions")
    lines = []
    aborted = []
    for row, answer in zip(asked, answers):
        said = json.loads(answer)
        if said.get("error") == "abort":
            aborted.append(row["arch"])
            continue
        lines.append({k: v for k, v in row.items() if k not in ("measured", "error")})
        lines[-1].update({"error": said["error"]} if "error" in said else {"measured": said})
    if aborted:
        print(f"llama.cpp itself ends the process for {len(aborted)} of {len(asked)} rows: {', '.join(sorted(set(aborted)))}")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    shutil.rmtree(models)

    compared = run([programs / "membound_conformance", "--verbose", rows])
    print(compared)
    found = json.loads(run([programs / "membound_conformance", "--json", rows]))
    terms = {name: term for name, term in found["terms"].items() if name not in ("file_bytes", "tensors_bytes")}
    drifted = sum(term["rows"] - term["exact"] for term in terms.values())
    print(f"{sum(term['exact'] for term in terms.values())} figures exact, {drifted} differ, "
          f"{len(found['skipped'])} rows or terms skipped")
    if drifted and release != RULES_READ_IN and not options.strict:
        print(f"llama.cpp {release} has drifted from the rules")
        return 0
    return 1 if drifted or not terms else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
