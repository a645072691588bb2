#!/usr/bin/env python3
"""Writes vllm_kv_cache.jsonl: how vLLM's own code lays out the caches of published models.

    vllm_kv_cache.py WHEEL [FILE]

WHEEL is vLLM's wheel (`pip download --no-deps vllm`) or a folder that it was unpacked into. Of it only what plans the cache
is run: v1/kv_cache_interface.py, v1/core/kv_cache_planning.py, v1/core/kv_cache_utils.py, platforms/interface.py and
model_executor/layers/mamba/mamba_utils.py, with stand-ins for torch and for all else that they import. The layers are
described here as config.json has them, not as membound does.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import sys
import tempfile
import types
import zipfile
from pathlib import Path
from unittest import mock

REAL = ("vllm.v1.kv_cache_interface", "vllm.v1.core.kv_cache_planning", "vllm.v1.core.kv_cache_utils",
        "vllm.v1.core.kv_cache_config_builder", "vllm.v1.kv_cache_layout", "vllm.v1.kv_cache_spec_registry",
        "vllm.v1.attention.backend", "vllm.platforms.interface", "vllm.utils.math_utils",
        "vllm.model_executor.layers.mamba.mamba_utils")
DTYPES = {"bfloat16": 2, "float16": 2, "float32": 4, "uint8": 1, "float8_e4m3fn": 1}


class Dtype:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


class Anything(type):
    """A class of any name, so that it can be inherited from, stand in an annotation and decorate; so are its members."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})

    def __getitem__(cls, _):
        return cls

    def __or__(cls, _):
        return cls

    __ror__ = __or__


class StandIn(types.ModuleType):
    """A module that has every name."""
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = Anything(name, (), {})
        setattr(self, name, value)
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root):
        self.root = root

    def find_spec(self, name, path=None, target=None):
        if name in REAL:
            return importlib.machinery.ModuleSpec(
                name, importlib.machinery.SourceFileLoader(name, str(self.root / (name.replace(".", "/") + ".py"))))
        outside = name.split(".")[0] in ("torch", "numpy", "msgspec", "pydantic", "xxhash", "cbor2", "psutil", "regex",
                                         "transformers", "typing_extensions", "cloudpickle", "zmq")
        if name.split(".")[0] == "vllm" or outside:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def load(root):
    sys.meta_path.insert(0, Finder(root))
    module = importlib.import_module
    torch = module("torch")
    torch.dtype = Dtype
    for name in DTYPES:
        setattr(torch, name, Dtype(name))
    torch_utils = module("vllm.utils.torch_utils")
    torch_utils.get_dtype_size = lambda dtype: DTYPES[dtype.name]
    by_name = {"float32": torch.float32, "bfloat16": torch.bfloat16, "fp8": torch.float8_e4m3fn}
    torch_utils.STR_DTYPE_TO_TORCH_DTYPE = by_name
    torch_utils.get_kv_cache_torch_dtype = lambda asked, model: model if asked == "auto" else by_name[asked]
    module("vllm.logger").init_logger = lambda name: mock.MagicMock()
    module("vllm.distributed").divide = exact_quotient
    module("vllm.config.vllm").set_current_vllm_config = lambda config: mock.MagicMock()
    module("vllm.v1.hisparse.layout").get_hisparse_kv_cache_groups = lambda *_: None
    module("vllm.model_executor.layers.mamba.abstract").get_mamba_prefill_checkpoint_alignment = lambda _: None
    mamba = module("vllm.model_executor.layers.mamba.mamba_utils")
    mamba.is_conv_state_dim_first = lambda: False
    return types.SimpleNamespace(
        torch=torch, mamba=mamba, specs=module("vllm.v1.kv_cache_interface"), layout=module("vllm.v1.kv_cache_layout"),
        planning=module("vllm.v1.core.kv_cache_planning"), utils=module("vllm.v1.core.kv_cache_utils"),
        platform=module("vllm.platforms.interface"))


def exact_quotient(n, by):
    if n % by != 0:
        raise ValueError(f"{n} is not divisible by {by}")
    return n // by


def full(kv_heads, head, v_head=None):
    return {"kind": "full", "kv_heads": kv_heads, "head": head, "v_head": v_head or head}


def sliding(window, kv_heads, head):
    return {"kind": "sliding", "window": window, "kv_heads": kv_heads, "head": head, "v_head": head}


def chunked(chunk, kv_heads, head):
    return {"kind": "chunked", "window": chunk, "kv_heads": kv_heads, "head": head, "v_head": head}


def delta(k_heads, v_heads, dim=128, kernel=4):
    return {"kind": "state", "delta": (k_heads, v_heads, dim, kernel), "single": True}


def mamba_2(inner, groups, heads, state, kernel=4, single=False):
    return {"kind": "state", "mamba_2": (inner, groups, heads, inner // heads, state, kernel), "single": single}


def mamba_1(inner, state, kernel=4):
    return {"kind": "state", "mamba_1": (inner, state, kernel), "single": False}


def short(channels, kernel):
    return {"kind": "state", "short": (channels, kernel), "single": False}


LATENT = {"kind": "latent", "head": 576}


def every(n, count, rare, usual, first=False):
    """`rare` in each n-th layer."""
    return [rare if i % n == (0 if first else n - 1) else usual for i in range(count)]


def pattern(text, **of):
    return [layer for c in text if (layer := of.get(c)) is not None]


NANO_9B = "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-"
NANO_30B = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"

# By membound's names; layers as config.json has them.
MODELS = {
    "llama-3.1-8b": (131072, [full(8, 128)] * 32),
    "llama-3.1-70b": (131072, [full(8, 128)] * 80),
    "qwen3-0.6b": (40960, [full(8, 128)] * 28),
    "qwen3-30b-a3b": (40960, [full(4, 128)] * 48),
    "phi-3-mini-4k": (4096, [sliding(2047, 32, 96)] * 32),
    "gemma-2-9b": (8192, every(2, 42, full(8, 256), sliding(4096, 8, 256))),
    "gemma-3-1b": (32768, every(6, 26, full(1, 256), sliding(512, 1, 256))),
    "gemma-3-27b": (131072, every(6, 62, full(16, 128), sliding(1024, 16, 128))),
    "gemma-4-e4b": (131072, every(6, 42, full(2, 512), sliding(512, 2, 256))[:24]),
    "gemma-4-26b-a4b": (262144, every(6, 30, full(2, 512), sliding(1024, 8, 256))),
    "gpt-oss-20b": (131072, every(2, 24, full(8, 64), sliding(128, 8, 64))),
    "gpt-oss-120b": (131072, every(2, 36, full(8, 64), sliding(128, 8, 64))),
    "llama-4-scout": (10485760, every(4, 48, full(8, 128), chunked(8192, 8, 128))),
    "command-r7b": (8192, every(4, 32, full(8, 128), sliding(4096, 8, 128))),
    "deepseek-v3": (163840, [LATENT] * 61),
    "qwen3-next-80b-a3b": (262144, every(4, 48, full(2, 256), {**delta(16, 32), "single": False})),
    "qwen3.6-35b-a3b": (262144, every(4, 40, full(2, 256), delta(16, 32))),
    "qwen3.5-27b": (262144, every(4, 64, full(4, 256), delta(16, 48))),
    "nemotron-nano-9b-v2": (131072, pattern(NANO_9B, M=mamba_2(10240, 8, 128, 128, single=True), **{"*": full(8, 128)})),
    "nemotron-3-nano-30b-a3b": (262144, pattern(NANO_30B, M=mamba_2(4096, 8, 64, 128, single=True), **{"*": full(2, 128)})),
    "granite-4.0-h-tiny": (131072, [full(4, 128) if i in (5, 15, 25, 35) else mamba_2(3072, 1, 48, 128) for i in range(40)]),
    "jamba-v0.1": (262144, [full(8, 128) if i % 8 == 4 else mamba_1(8192, 16) for i in range(32)]),
    "lfm2-1.2b": (128000, [full(8, 64) if i in (2, 5, 8, 10, 12, 14) else short(2048, 3) for i in range(16)]),
}

SETTINGS = [
    {"max_model_len": 8192, "max_num_batched_tokens": 2048},
    {"max_model_len": 131072, "max_num_batched_tokens": 8192},
    {"max_model_len": 32768, "max_num_batched_tokens": 4096, "kv_cache_dtype": "fp8"},
    {"max_model_len": 16384, "max_num_batched_tokens": 8192, "tensor_parallel_size": 4},
    {"max_model_len": 16384, "max_num_batched_tokens": 2048, "enable_prefix_caching": False},
    {"max_model_len": 40000, "max_num_batched_tokens": 2048, "pipeline_parallel_size": 2},
    {"max_model_len": 8192, "max_num_batched_tokens": 2048, "block_size": 64},
]


def state_shapes(v, layer, tp):
    calculate = v.mamba.MambaStateShapeCalculator
    if "delta" in layer:
        k_heads, v_heads, dim, kernel = layer["delta"]
        return calculate.gated_delta_net_state_shape(tp, k_heads, v_heads, dim, dim, kernel)
    if "mamba_2" in layer:
        return calculate.mamba2_state_shape(tp, *layer["mamba_2"])
    if "mamba_1" in layer:
        return calculate.mamba1_state_shape(tp, *layer["mamba_1"])
    return calculate.short_conv_state_shape(tp, *layer["short"])


def state_dtypes(v, layer):
    of_convolution = v.torch.bfloat16
    return (of_convolution,) if "short" in layer else (of_convolution, v.torch.float32 if layer["single"] else of_convolution)


def plan(v, name, settings):
    trained, layers = MODELS[name]
    if settings["max_model_len"] > trained:
        return None
    torch, specs = v.torch, v.specs
    tp, pp = settings.get("tensor_parallel_size", 1), settings.get("pipeline_parallel_size", 1)
    fp8 = settings.get("kv_cache_dtype") == "fp8"
    dtype = torch.float8_e4m3fn if fp8 else torch.bfloat16
    states = [layer for layer in layers if layer["kind"] == "state"]
    attention = [layer for layer in layers if layer["kind"] != "state"]
    latent = any(layer["kind"] == "latent" for layer in layers)
    caching = settings.get("enable_prefix_caching", True)
    batches = pp + 1  # VllmConfig.max_concurrent_batches: the second model runner, scheduled asynchronously

    def heads(layer):
        return max(1, layer["kv_heads"] // tp)

    cache = mock.MagicMock(block_size=settings.get("block_size", 64 if latent else 16), cache_dtype="fp8" if fp8 else "auto",
                           mamba_page_size_padded=None, num_gpu_blocks_override=None, prefix_cache_retention_interval=None,
                           mamba_cache_mode="align" if caching else "none", kv_cache_dtype_skip_layers=[])
    cache.get_resolved_kv_cache_layout = lambda: v.layout.KVCacheLayout.LBNHC
    config = mock.MagicMock(cache_config=cache, max_in_flight_tokens=batches * settings["max_num_batched_tokens"])
    config.model_config.max_model_len = settings["max_model_len"]
    config.model_config.use_mla = latent
    config.model_config.dtype = torch.bfloat16
    config.parallel_config.decode_context_parallel_size = 1
    config.scheduler_config.disable_hybrid_kv_cache_manager = False
    config.attention_config.hisparse_config = None

    if states and attention:
        backend = mock.MagicMock()
        backend.get_supported_kernel_block_sizes.return_value = [16]
        backend.customize_spec = lambda spec: spec
        config.model_config.get_num_kv_heads = lambda _: heads(attention[0])
        config.model_config.get_head_size = lambda: attention[0]["head"]
        model_class = mock.MagicMock(spec=["get_mamba_state_shape_from_config", "get_mamba_state_dtype_from_config"])
        model_class.get_mamba_state_shape_from_config = lambda _: state_shapes(v, states[0], tp)
        model_class.get_mamba_state_dtype_from_config = lambda _: state_dtypes(v, states[0])
        registry = importlib.import_module("vllm.model_executor.models")
        registry.ModelRegistry = mock.MagicMock()
        registry.ModelRegistry.resolve_model_cls.return_value = (model_class, None)
        specs.get_kv_quant_mode = lambda _: specs.KVQuantMode.NONE
        platform = v.platform.Platform
        with mock.patch.object(platform, "_find_non_ssm_backends", classmethod(lambda cls, _: [backend])):
            platform._align_hybrid_block_size(config, backend)

    def spec_of(layer):
        if layer["kind"] == "state":
            block = cache.block_size if caching else settings["max_model_len"]
            return specs.MambaSpec(block_size=block, shapes=state_shapes(v, layer, tp), dtypes=state_dtypes(v, layer),
                                   page_size_padded=cache.mamba_page_size_padded, mamba_cache_mode=cache.mamba_cache_mode)
        if layer["kind"] == "latent":
            return specs.MLAAttentionSpec(block_size=cache.block_size, num_kv_heads=1, head_size=layer["head"], dtype=dtype)
        common = dict(block_size=cache.block_size, num_kv_heads=heads(layer), head_size=layer["head"],
                      head_size_v=layer["v_head"], dtype=dtype)
        if layer["kind"] == "sliding":
            return specs.SlidingWindowSpec(sliding_window=layer["window"], **common)
        if layer["kind"] == "chunked":
            return specs.ChunkedLocalAttentionSpec(attention_chunk_size=layer["window"], **common)
        return specs.FullAttentionSpec(**common)

    every_layer = {f"layers.{i}": spec_of(layer) for i, layer in enumerate(layers)}
    groups = v.planning.get_kv_cache_groups(config, dict(every_layer))
    # The device of the first stage, whose layers are counted in the whole model (of which some cache nothing).
    stages = settings.get("stage_layers")
    if stages is not None:
        mine = set(list(every_layer)[:stages])
        groups = v.planning._project_kv_cache_groups_to_worker(groups, {n: s for n, s in every_layer.items() if n in mine})
    per_block = v.planning._pool_bytes_per_block(config, groups)
    available = 20 * 2**30 + 12345
    made = v.planning.get_kv_cache_config_from_groups(config, groups, available)
    tokens, concurrency = v.utils.get_kv_cache_capacity(config, made)
    blocks = {g.kv_cache_spec.block_size for g in groups
              if not isinstance(g.kv_cache_spec, specs.MambaSpec)}
    return {"available_bytes": available, "attention_block_size": cache.block_size, "smallest_block_size": min(blocks) if blocks else 0,
            "groups": len(groups), "block_bytes": per_block, "num_blocks": made.num_blocks, "tokens": tokens,
            "concurrency": round(concurrency, 9)}


def main(wheel, target):
    root = Path(wheel)
    with tempfile.TemporaryDirectory() as unpacked:
        if root.is_file():
            with zipfile.ZipFile(root) as z:
                for name in z.namelist():
                    if name.startswith("vllm/") and name.endswith(".py"):
                        z.extract(name, unpacked)
            root = Path(unpacked)
        version = next((d.name.split("-")[1] for d in root.glob("vllm-*.dist-info")), "0.33.0")
        v = load(root)
        with open(target, "w") as out:
            for name in MODELS:
                for settings in SETTINGS:
                    if settings.get("pipeline_parallel_size"):
                        if any(layer["kind"] == "state" for layer in MODELS[name][1]) or name == "gemma-4-e4b":
                            continue  # the layers of a stage are those of the whole model
                        settings = {**settings, "stage_layers": (len(MODELS[name][1]) + 1) // 2}
                    measured = plan(v, name, settings)
                    if measured is not None:
                        row = {"kind": "vllm_kv_cache", "model": name, "vllm": version, "settings": settings, "measured": measured}
                        out.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else str(Path(__file__).with_name("vllm_kv_cache.jsonl"))))
