"""Programs of the build, and GGUF files for them: real headers, the data a hole."""

import os
import struct
import subprocess
from pathlib import Path

BIN = Path(os.environ.get("MEMBOUND_BIN", Path(__file__).resolve().parents[2] / "build" / "bin"))

F32, F16, Q8_0 = 0, 1, 8
BLOCKS = {F32: (1, 4), F16: (1, 2), Q8_0: (32, 34)}


def is_built(name):
    return (BIN / name).exists() or (BIN / (name + ".exe")).exists()


def run(name, *args, **options):
    """Exit status, standard output, standard error."""
    done = subprocess.run([BIN / name, *map(str, args)], capture_output=True, text=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


def tensor_bytes(dims, kind):
    elements, size = BLOCKS[kind]
    count = 1
    for n in dims:
        count *= n
    return count // elements * size


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def key(name, value):
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    if isinstance(value, float):
        return text(name) + struct.pack("<If", 6, value)
    if isinstance(value, list):
        return text(name) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return text(name) + struct.pack("<II", 4, value)


def write_gguf(path, keys, tensors):
    """Keys are unsigned 32-bit numbers, floats, texts and lists of texts; tensors are (name, dims, kind)."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(key(k, v) for k, v in keys.items())
    offset = 0
    for name, dims, kind in tensors:
        header += text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        offset += -(-tensor_bytes(dims, kind) // 32) * 32
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(-(-len(header) // 32) * 32 + offset)
    return path


# A small model of the llama family.
HIDDEN, HEADS, KV_HEADS, HEAD, FEED_FORWARD, VOCABULARY = 2048, 16, 4, 128, 5632, 512


def llama_keys(layers, architecture="llama", **more):
    return {
        "general.architecture": architecture,
        "general.name": "Small Llama",
        "general.file_type": 7,
        f"{architecture}.context_length": 8192,
        f"{architecture}.embedding_length": HIDDEN,
        f"{architecture}.block_count": layers,
        f"{architecture}.feed_forward_length": FEED_FORWARD,
        f"{architecture}.attention.head_count": HEADS,
        f"{architecture}.attention.head_count_kv": KV_HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.dimension_count": HEAD,
        "tokenizer.ggml.tokens": [f"t{i}" for i in range(VOCABULARY)],
        **more,
    }


def llama_tensors(layers, kind=Q8_0):
    tensors = [("token_embd.weight", (HIDDEN, VOCABULARY), kind), ("output_norm.weight", (HIDDEN,), F32),
               ("output.weight", (HIDDEN, VOCABULARY), kind)]
    for i in range(layers):
        block = [("attn_norm", (HIDDEN,), F32), ("attn_q", (HIDDEN, HEADS * HEAD), kind),
                 ("attn_k", (HIDDEN, KV_HEADS * HEAD), kind), ("attn_v", (HIDDEN, KV_HEADS * HEAD), kind),
                 ("attn_output", (HEADS * HEAD, HIDDEN), kind), ("ffn_norm", (HIDDEN,), F32),
                 ("ffn_gate", (HIDDEN, FEED_FORWARD), kind), ("ffn_up", (HIDDEN, FEED_FORWARD), kind),
                 ("ffn_down", (FEED_FORWARD, HIDDEN), kind)]
        tensors += [(f"blk.{i}.{name}.weight", dims, which) for name, dims, which in block]
    return tensors


def write_llama(path, layers, kind=Q8_0, **keys):
    return write_gguf(path, llama_keys(layers, **keys), llama_tensors(layers, kind))
