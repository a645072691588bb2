#!/usr/bin/env python3
"""Writes what MLX itself makes of matrices and models: mlx_sizes.jsonl, one JSON object a line.

    pip install 'mlx[cpu]' mlx-lm    # 0.32
    mlx_sizes.py > mlx_sizes.jsonl

A row has a config.json and a recipe, and the bytes of all parameters of mlx-lm's model after mlx.nn.quantize; or the shape of
a matrix, and the bytes of each of its parts. The models are small ones of made-up sizes: what is counted is which tensors
there are and how each is stored.
"""

import contextlib
import importlib
import json
import sys

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.convert import mixed_quant_predicate_builder
from mlx_lm.utils import quantize_model

# name of the recipe: bits, group, mode
RECIPES = {
    "MLX_8BIT": (8, 64, "affine"), "MLX_6BIT": (6, 64, "affine"), "MLX_5BIT": (5, 64, "affine"),
    "MLX_4BIT": (4, 64, "affine"), "MLX_4BIT_G32": (4, 32, "affine"), "MLX_4BIT_G128": (4, 128, "affine"),
    "MLX_3BIT": (3, 64, "affine"), "MLX_2BIT": (2, 64, "affine"),
    "MLX_MXFP4": (4, 32, "mxfp4"), "MLX_MXFP8": (8, 32, "mxfp8"), "MLX_NVFP4": (4, 16, "nvfp4"),
}
MIXED = {"MLX_MIXED_2_6": "mixed_2_6", "MLX_MIXED_3_4": "mixed_3_4", "MLX_MIXED_3_6": "mixed_3_6", "MLX_MIXED_4_6": "mixed_4_6"}

DENSE = dict(hidden_size=256, num_hidden_layers=9, intermediate_size=640, num_attention_heads=4, num_key_value_heads=2,
             vocab_size=1000, rms_norm_eps=1e-5, max_position_embeddings=4096, head_dim=64, tie_word_embeddings=False)
LATENT = dict(DENSE, num_key_value_heads=4, q_lora_rank=128, kv_lora_rank=128, qk_nope_head_dim=64, qk_rope_head_dim=64,
              v_head_dim=64, n_routed_experts=8, n_shared_experts=1, num_experts_per_tok=2, moe_intermediate_size=128,
              first_k_dense_replace=1, moe_layer_freq=1, n_group=2, topk_group=1, routed_scaling_factor=2.5,
              norm_topk_prob=True, scoring_func="sigmoid", topk_method="noaux_tc", rope_theta=10000, attention_bias=False)
EXPERTS = dict(DENSE, num_experts=8, num_experts_per_tok=2, moe_intermediate_size=128, decoder_sparse_step=1,
               mlp_only_layers=[], norm_topk_prob=True, rope_theta=10000)
CONFIGS = [
    dict(DENSE, model_type="llama"),
    dict(DENSE, model_type="llama", tie_word_embeddings=True, hidden_size=192, num_attention_heads=3, num_key_value_heads=3),
    dict(DENSE, model_type="mistral"),
    dict(DENSE, model_type="qwen2", tie_word_embeddings=True),
    dict(DENSE, model_type="qwen3", tie_word_embeddings=True, rope_theta=10000),
    dict(EXPERTS, model_type="qwen3_moe"),
    dict(EXPERTS, model_type="qwen2_moe", shared_expert_intermediate_size=256),
    dict(EXPERTS, model_type="olmoe", head_dim=64, num_key_value_heads=4),
    dict(DENSE, model_type="mixtral", num_local_experts=8, num_experts_per_tok=2),
    dict(LATENT, model_type="deepseek_v3"),
    dict(DENSE, model_type="gemma2", sliding_window=512, tie_word_embeddings=True),
    dict(DENSE, model_type="gemma3_text", sliding_window=512, sliding_window_pattern=3, tie_word_embeddings=True),
    dict(DENSE, model_type="phi3", rope_scaling=None),
    dict(DENSE, model_type="olmo2", num_key_value_heads=4),
    dict(DENSE, model_type="cohere2", sliding_window=512, sliding_window_pattern=4, tie_word_embeddings=True,
         layer_norm_eps=1e-5, logit_scale=0.25),
    dict(DENSE, model_type="gpt_oss", num_local_experts=8, num_experts_per_tok=2, sliding_window=128, rope_theta=10000,
         num_hidden_layers=4, layer_types=["sliding_attention", "full_attention"] * 2),
]


def bytes_of(model):
    return sum(p.nbytes for _, p in tree_flatten(model.parameters()))


def model_of(config):
    name = {"mistral": "llama"}.get(config["model_type"], config["model_type"])
    module = importlib.import_module(f"mlx_lm.models.{name}")
    model = module.Model(module.ModelArgs.from_dict(dict(config)))
    if config["tie_word_embeddings"] and "lm_head" in model:
        model.pop("lm_head")  # as where no weights of it are loaded
    model.set_dtype(mx.bfloat16)
    return model


def write(row):
    json.dump(row, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


def main():
    for recipe, (bits, group, mode) in RECIPES.items():
        for outputs, inputs in ((64, 128), (4096, 4096), (1000, 14336)):
            parts = mx.quantize(mx.zeros((outputs, inputs), mx.bfloat16), group, bits, mode=mode)
            write({"kind": "mlx_matrix", "quantization": recipe, "inputs": inputs, "outputs": outputs,
                   "measured": {"bytes": sum(p.nbytes for p in parts)}})
    for config in CONFIGS:
        names = ["BF16", "MLX_4BIT", "MLX_MIXED_3_6"] if config is not CONFIGS[0] else ["BF16", *RECIPES, *MIXED]
        for recipe in names:
            model = model_of(config)
            if recipe in RECIPES:
                bits, group, mode = RECIPES[recipe]
                with contextlib.redirect_stdout(sys.stderr):
                    quantize_model(model, {}, group, bits, mode)
            elif recipe in MIXED:
                with contextlib.redirect_stdout(sys.stderr):
                    quantize_model(model, {}, 64, 4, quant_predicate=mixed_quant_predicate_builder(MIXED[recipe], model, 64))
            write({"kind": "mlx_model", "quantization": recipe, "config": config, "measured": {"weights_bytes": bytes_of(model)}})


if __name__ == "__main__":
    main()
