#!/usr/bin/env python3
"""Counts the parameters that transformers gives the models of the rows, on its meta device: nothing is allocated.

    transformers_parameters.py ROWS.jsonl

Each row has a `config`, the text of a config.json. Its `parameters` are written anew, with the version of transformers.
Needs torch and transformers (pip install torch transformers).

Counted is what a checkpoint of the language model stores: parameters, and buffers that are saved with them, tied ones
once. Left out are parts that see and hear, the pooler of encoders, and numbers that are computed or that GGUF files keep
among their keys: the decays of lightning attention, the activation of Apertus, the hashes of n-grams.
"""

import copy
import json
import sys

LEFT_OUT = ("visual", "vision", "audio", "talker", "vqmodel", "projector", "image_newline", "mm_", "pooler", "slope_rate",
            "_decay", "act_fn", "ple_embedding.layer_multipliers", "ngram_heads")
ENCODERS = ("bert", "roberta", "xlm-roberta", "distilbert", "modernbert", "eurobert", "nomic_bert")


def build(torch, config):
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForImageTextToText, AutoModelForSeq2SeqLM
    from transformers.models.auto import modeling_auto as auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    made = CONFIG_MAPPING[config["model_type"]].from_dict(copy.deepcopy(config))
    kinds = [(auto.MODEL_FOR_CAUSAL_LM_MAPPING, AutoModelForCausalLM),
             (auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING, AutoModelForImageTextToText),
             (auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING, AutoModelForSeq2SeqLM)]
    with torch.device("meta"):
        for mapping, kind in kinds:
            if type(made) in mapping and config["model_type"] not in ENCODERS:
                return kind.from_config(made)
        return AutoModel.from_config(made)


def count(model):
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    seen = set()
    total = 0
    for name, tensor in model.state_dict(keep_vars=True).items():
        if name in tied or id(tensor) in seen or any(word in name for word in LEFT_OUT):
            continue
        seen.add(id(tensor))
        total += tensor.numel()
    return total


def main(path):
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    for row in rows:
        row["parameters"] = count(build(torch, row["config"]))
        row["transformers"] = transformers.__version__
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            keys = ["transformers", "parameters", "source", "config"]
            file.write(json.dumps({key: row[key] for key in keys if key in row}) + "\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
