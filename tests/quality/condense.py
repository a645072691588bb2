#!/usr/bin/env python3
"""Condenses measured losses of quantizations into include/membound/quality_table.hpp.

    condense.py QUALITY_CSV > include/membound/quality_table.hpp

QUALITY_CSV has a row for every published measurement (model, quant, metric, value, baseline, source, ...); further.csv
beside this file has some more. A loss is ln(PPL / PPL of the same row's baseline), in nats a token: perplexities are never
compared over different builds, texts or contexts.
"""

import csv
import math
import re
import sys
from collections import OrderedDict
from pathlib import Path
from statistics import mean, stdev

# llama.cpp's enum llama_ftype, and how many bits a weight of the layers of Llama 3 8B has (weights.hpp counts them).
TYPES = OrderedDict([
    ("Q8_0", (7, 8.5)), ("Q6_K", (18, 6.5625)), ("Q5_K_M", (17, 5.6532)), ("Q5_K_S", (16, 5.5)), ("Q5_1", (9, 6.0)),
    ("Q5_0", (8, 5.5)), ("Q4_K_M", (15, 4.7975)), ("Q4_K_S", (14, 4.5361)), ("Q4_1", (3, 5.0)), ("Q4_0", (2, 4.5)),
    ("IQ4_NL", (25, 4.5529)), ("IQ4_XS", (30, 4.3161)), ("Q3_K_L", (13, 4.1911)), ("Q3_K_M", (12, 3.8438)),
    ("Q3_K_S", (11, 3.4375)), ("IQ3_M", (27, 3.5754)), ("IQ3_S", (26, 3.4579)), ("IQ3_XS", (22, 3.2704)),
    ("IQ3_XXS", (23, 3.0709)), ("Q2_K", (10, 2.9423)), ("Q2_K_S", (21, 2.7242)), ("IQ2_M", (29, 2.6965)),
    ("IQ2_S", (28, 2.479)), ("IQ2_XS", (20, 2.3651)), ("IQ2_XXS", (19, 2.1283)), ("IQ1_M", (31, 1.8564)),
    ("IQ1_S", (24, 1.6932)),
])
# Made otherwise; they are known by name. Numbers above those of llama.cpp's types.
NAMED = OrderedDict([("AWQ", 64), ("GPTQ", 65), ("GPTQ_INT8", 66), ("FP8_DYNAMIC", 67), ("NVFP4", 68)])

# Name in the tables: what it is called, and its shape: architecture, layers, hidden size, vocabulary, heads of keys,
# positions (0: any), parameters that count (billions; of a mixture of experts the geometric mean of all and active ones).
MODELS = OrderedDict([
    ("Llama-3-8B", ("Llama 3 8B", "llama", 32, 4096, 128256, 8, 0, 8.03)),
    ("Llama-3-70B", ("Llama 3 70B", "llama", 80, 8192, 128256, 8, 0, 70.6)),
    ("Llama-2-7B", ("Llama 2 7B", "llama", 32, 4096, 32000, 32, 4096, 6.74)),
    ("Llama-2-13B", ("Llama 2 13B", "llama", 40, 5120, 32000, 40, 4096, 13.0)),
    ("Llama-2-70B", ("Llama 2 70B", "llama", 80, 8192, 32000, 8, 4096, 69.0)),
    ("LLaMA-7B", ("LLaMA 7B", "llama", 32, 4096, 32000, 32, 2048, 6.74)),
    ("LLaMA-13B", ("LLaMA 13B", "llama", 40, 5120, 32000, 40, 2048, 13.0)),
    ("Mistral-7B", ("Mistral 7B", "llama", 32, 4096, 32000, 8, 0, 7.24)),
    ("gemma-2-27b-it", ("Gemma 2 27B", "gemma2", 46, 4608, 256000, 16, 0, 27.2)),
    ("Qwen3-30B-A3B", ("Qwen3 30B-A3B", "qwen3moe", 48, 2048, 151936, 4, 0, 10.1)),
])
REFERENCE = "Llama-3-8B"
# Of which the exponent of size is fitted: sizes of one generation, up to where larger ones lose no less.
OF_SIZE = {"OPT-1.3B": 1.3, "OPT-2.7B": 2.7, "OPT-6.7B": 6.7, "OPT-13B": 13.0, "LLaMA-7B": 6.74, "LLaMA-13B": 13.0,
           "Llama-2-7B": 6.74, "Llama-2-13B": 13.0}
FLAT_ABOVE = 13.0
# Where what a model loses hangs on its calibration more than on its size: the same quantization of Llama 2 costs 7 %, 2 %
# and 6 % from the smallest model to the largest.
CALIBRATED = ("GPTQ", "GPTQ_INT8")

# Between which types of a mix that has no name losses are interpolated by bits per weight.
CURVE = ("Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q4_K_M", "Q4_K_S", "IQ4_XS", "IQ3_M", "IQ3_S", "IQ3_XS", "IQ3_XXS", "IQ2_M",
         "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_M", "IQ1_S")

# Which rows are of which series: part of the source, part of the notes, whether there was an importance matrix, and what
# the row is cited as.
SERIES = [
    ("llama.cpp:examples/perplexity", "imatrix None", False, "llama.cpp, tools/perplexity/README.md: {}, WikiText-2"),
    ("llama.cpp:examples/perplexity", "imatrix WT 10m", True, "llama.cpp, tools/perplexity/README.md: {}, WikiText-2"),
    ("llama.cpp:examples/perplexity", "no imatrix", False, "llama.cpp, tools/perplexity/README.md: {}, WikiText-2"),
    ("llama.cpp:examples/perplexity", "old numbers", False, "llama.cpp, tools/perplexity/README.md: {}, WikiText-2"),
    ("GPU-Benchmarks-on-LLM-Inference", "", True, "XiongjieDai/GPU-Benchmarks-on-LLM-Inference: {}, WikiText-2"),
    ("llama.cpp/pull/1684", "", False, "llama.cpp pull request 1684: {}, WikiText-2"),
    ("ik_llama.cpp:examples/quantize", "", False, "llama.cpp, examples/quantize/README.md of 2023: {}, WikiText-2"),
    ("mistral-7b-quantized-gguf", "at the time", False, "ikawrakow/mistral-7b-quantized-gguf: {}, WikiText-2"),
    ("mistral-7b-quantized-gguf", "imatrix", True, "ikawrakow/mistral-7b-quantized-gguf: {}, WikiText-2"),
    ("gemma-2-27b-it-GGUF", "", False, "Dracones/gemma-2-27b-it-GGUF: {}"),
    ("discussions/359", "", True, "ik_llama.cpp discussion 359: {}, WikiText-2 (KL divergence: a text of its own)"),
    ("gist", "", True, "Artefact2, GGUF quantizations overview: {}, WikiText-2"),
]


class Loss:
    def __init__(self, source):
        self.source = source
        self.value = self.error = self.kld = self.agreement = None


def perplexity_in(baseline):
    """Of "f16 PPL 6.233160 (...)", "bf16 9.0703", "F16 2.8308"; nothing where the baseline is but a name."""
    found = re.match(r"\w+ (?:PPL )?(\d+\.\d+)", baseline)
    return float(found[1]) if found else None


def read_losses(path):
    """(model, quant, imatrix) -> Loss; the first series that has one counts, and each adds what it alone has."""
    rows = [r for r in csv.DictReader(open(path)) if r["kind"] == "weights"]
    found = OrderedDict()
    for part, note, imatrix, cited in SERIES:
        for r in rows:
            quant = r["quant"].replace("bartowski ", "").replace(" (new)", "").upper()
            if part not in r["source"] or note not in r["notes"] or r["model"] not in MODELS or quant not in TYPES:
                continue
            if part == "mistral-7b-quantized-gguf" and imatrix != r["quant"].endswith("(new)"):
                continue
            if "page cut" in r["notes"] and quant == "IQ3_XS" and "labels" not in r["notes"]:
                continue
            key = (r["model"], quant, imatrix)
            name = MODELS[r["model"]][0]
            one = found.setdefault(key, Loss(cited.format(name)))
            value, error = float(r["value"]), float(r["uncertainty"] or 0)
            metric, corpus = r["metric"], r["dataset_context"]
            loss = None
            if metric == "PPL" and "kld" not in corpus and perplexity_in(r["baseline"]):
                loss = math.log(value / perplexity_in(r["baseline"])), 0
            elif metric == "PPL ratio":
                loss = math.log(value), error / value
            elif metric == "delta PPL" and perplexity_in(r["baseline"]) and one.value is not None and not one.error:
                one.error = error / perplexity_in(r["baseline"])
            elif metric == "delta PPL relative":
                loss = math.log(1 + value / 100), 0
            elif metric.startswith("ln(PPL"):
                loss = value, error
            elif metric == "KLD mean" and one.kld is None:
                one.kld = value
            elif metric == "top-1 agreement" and one.agreement is None:
                one.agreement = value
            elif metric.startswith("top tokens differ") and one.agreement is None:
                one.agreement = 100 * (1 - value)
            if loss and one.value is None:
                one.value, one.error = loss
    for r in csv.DictReader(open(Path(__file__).with_name("further.csv"))):
        one = found[r["model"], r["quant"], False] = Loss(r["source"])
        one.value = math.log(float(r["value"]) / float(r["baseline"]))
        one.error = 0.005 / float(r["baseline"])  # printed with two decimals
    return OrderedDict((k, v) for k, v in found.items() if v.value is not None)


def exponent_of_size(losses):
    """ln(loss) = c(generation, quantization) - exponent * ln(parameters), by least squares; and its standard error."""
    groups = {}
    for (model, quant, imatrix), loss in losses.items():
        if model in OF_SIZE and quant not in CALIBRATED and loss.value > 0.001:
            generation = re.match(r"[A-Za-z]+(-2-)?", model)[0]
            groups.setdefault((generation, quant, imatrix), []).append((math.log(OF_SIZE[model]), math.log(loss.value)))
    xs, ys = [], []
    used = [g for g in groups.values() if len(g) > 1]
    for g in used:
        mx, my = mean(x for x, _ in g), mean(y for _, y in g)
        xs += [x - mx for x, _ in g]
        ys += [y - my for _, y in g]
    square = sum(x * x for x in xs)
    slope = sum(x * y for x, y in zip(xs, ys)) / square
    left = sum((y - slope * x) ** 2 for x, y in zip(xs, ys))
    return -slope, math.sqrt(left / (len(xs) - len(used) - 1) / square)


def size_of(model):
    return MODELS[model][7]


def geometric_mean(values):
    return math.exp(mean(map(math.log, values)))


def main():
    losses = read_losses(sys.argv[1])
    exponent, exponent_error = exponent_of_size(losses)
    reference_size = size_of(REFERENCE)

    def size_factor(parameters):
        return (min(parameters, FLAT_ABOVE) / reference_size) ** -exponent

    # Of the reference: where a type was measured in one way only, that figure stands for the other too, but for types
    # whose gain from an importance matrix was measured of Mistral 7B.
    of_reference = {im: {q: losses[REFERENCE, q, im].value for q in TYPES if (REFERENCE, q, im) in losses}
                    for im in (False, True)}
    without_matrix = geometric_mean([of_reference[False][q] / of_reference[True][q]
                                     for q in of_reference[True] if q in of_reference[False]])
    mistral = {q: losses["Mistral-7B", q, True].value / losses["Mistral-7B", q, False].value
               for q in TYPES if ("Mistral-7B", q, False) in losses and ("Mistral-7B", q, True) in losses}
    mistral["Q5_K_M"] = mistral["Q5_K_S"]
    typical, divergence = OrderedDict(), {}
    for q in TYPES:
        plain, with_matrix = of_reference[False].get(q), of_reference[True].get(q)
        typical[q, False] = plain if plain is not None else with_matrix
        typical[q, True] = with_matrix if with_matrix is not None else plain * mistral.get(q, 1)
        measured = losses.get((REFERENCE, q, False)) or losses[REFERENCE, q, True]
        divergence[q] = measured.kld / measured.value

    # How much more or less a model loses than the reference does under the same quantization.
    scales, spreads = OrderedDict(), []
    for model in MODELS:
        ratios = [math.log(l.value / typical[q, im]) for (m, q, im), l in losses.items()
                  if m == model and (q, im) in typical and l.value > 0.001]
        if not ratios:
            continue
        scales[model] = math.exp(mean(ratios)) / size_factor(size_of(model))
        if len(ratios) > 2 and model != REFERENCE:
            spreads.append(stdev(ratios))
    spread = geometric_mean(spreads)
    kin = OrderedDict()
    for model, scale in scales.items():
        kin.setdefault((MODELS[model][1], MODELS[model][4], size_of(model) > FLAT_ABOVE), []).append(scale)
    one, two = math.exp(spread), math.exp(2 * spread)
    kin_scales = OrderedDict((k, (geometric_mean(v), min(v) / (two if len(v) == 1 else one),
                                  max(v) * (two if len(v) == 1 else one))) for k, v in kin.items())
    all_scales = (geometric_mean([v[0] for v in kin_scales.values()]), min(scales.values()) / one,
                  max(scales.values()) * one)

    scatter = {}
    for name in NAMED:
        ratios = []
        for (m, q, im), l in losses.items():
            if q == name and m in MODELS and l.value > 0:
                scale = scales.get(m) or kin_scales[MODELS[m][1], MODELS[m][4], size_of(m) > FLAT_ABOVE][0]
                ratios.append(l.value / (scale * size_factor(size_of(m))))
        typical[name, False] = typical[name, True] = geometric_mean(ratios)
        scatter[name] = max(max(r / typical[name, False], typical[name, False] / r) for r in ratios)

    sources = list(OrderedDict.fromkeys(l.source for (m, _, _), l in losses.items() if m in MODELS))
    indices = {m: i for i, m in enumerate(MODELS)}
    out = print
    out("// Measured losses of quantizations. Written by tests/quality/condense.py, which says from what and how.")
    out("#ifndef MEMBOUND_QUALITY_TABLE_HPP\n#define MEMBOUND_QUALITY_TABLE_HPP\n")
    out("#include <membound/config.hpp>\n\n#include <cstdint>\n\nMEMBOUND_BEGIN_NAMESPACE\nnamespace quality_table {\n")
    out("// A model that was measured, by its shape.")
    out("struct measured_model {\n    const char *name;\n    const char *family;\n    int layers;\n    int hidden_size;\n"
        "    int vocab_size;\n    int key_value_heads;\n    int positions; // 0: any\n};\n")
    out("inline constexpr measured_model models[] = {")
    for name, family, layers, hidden, vocab, heads, positions, _ in MODELS.values():
        out(f'    {{"{name}", "{family}", {layers}, {hidden}, {vocab}, {heads}, {positions}}},')
    out("};\n")
    out("// By number: llama.cpp's file types have their own, others are known by name.")
    out(f"inline constexpr int first_named_scheme = {min(NAMED.values())};")
    out("struct named_scheme {\n    const char *name;\n    std::int8_t scheme;\n};")
    out("inline constexpr named_scheme named_schemes[] = {")
    for name, (number, _) in TYPES.items():
        out(f'    {{"{name}", {number}}},')
    for name, number in NAMED.items():
        out(f'    {{"{name}", {number}}},')
    out("};\n")
    out("inline constexpr const char *sources[] = {")
    for s in sources:
        out(f'    "{s}",')
    out("};\n")
    out("// `loss` is ln(PPL / PPL of the baseline), `error` its standard error; 0 where not published, as are\n"
        "// `kl_divergence` (nats) and `agreement` (percent of tokens whose most likely successor is the same).")
    out("struct measured_loss {\n    std::int8_t model;\n    std::int8_t scheme;\n    bool importance_matrix;\n"
        "    std::int8_t source;\n    float loss;\n    float error;\n    float kl_divergence;\n    float agreement;\n};")
    out("inline constexpr measured_loss losses[] = {")
    for (m, q, im), l in losses.items():
        if m not in MODELS:
            continue
        number = TYPES[q][0] if q in TYPES else NAMED[q]
        out(f"    {{{indices[m]}, {number}, {str(im).lower()}, {sources.index(l.source)}, {l.value:.6f}f, "
            f"{l.error or 0:.6f}f, {l.kld or 0:.6f}f, {l.agreement or 0:.3f}f}}, // {q}")
    out("};\n")
    out(f"// What {MODELS[REFERENCE][0]} loses: measured, or derived from what other models lose beside what they lose under\n"
        "// types that were measured of it. `bits` a weight of its layers; 0: of no type of llama.cpp. `divergence` is the KL\n"
        "// divergence for each nat of loss, `scatter` the factor that measurements lie apart beside what their models'\n"
        "// scales give. Losses of types on the curve may be interpolated by bits.")
    out("struct typical_loss {\n    std::int8_t scheme;\n    bool on_curve;\n    float bits;\n    float plain;\n"
        "    float with_importance_matrix;\n    float divergence;\n    float scatter;\n};")
    out("inline constexpr typical_loss typical_losses[] = {")
    for q, (number, bits) in sorted(TYPES.items(), key=lambda t: -t[1][1]):
        out(f"    {{{number}, {str(q in CURVE).lower()}, {bits}f, {typical[q, False]:.6f}f, {typical[q, True]:.6f}f, "
            f"{divergence[q]:.2f}f, 1.0f}}, // {q}")
    for q, number in NAMED.items():
        out(f"    {{{number}, false, 0.0f, {typical[q, False]:.6f}f, {typical[q, False]:.6f}f, 1.0f, "
            f"{scatter[q]:.2f}f}}, // {q}")
    out("};\n")
    out("// Losses of models beside the reference's, sizes made even: those of one family and vocabulary, small and large ones\n"
        "// apart, and of all; the band holds every model, and what one model's types lie apart.")
    out("struct kin {\n    const char *family;\n    int vocab_size;\n    bool large; // beyond flat_above_parameters\n    double scale;\n    double lower;\n"
        "    double upper;\n};")
    out("inline constexpr kin kins[] = {")
    for (family, vocab, large), (scale, low, high) in kin_scales.items():
        out(f'    {{"{family}", {vocab}, {str(large).lower()}, {scale:.3f}, {low:.3f}, {high:.3f}}},')
    out("};")
    out(f'inline constexpr kin all_models = {{"", 0, false, {all_scales[0]:.3f}, {all_scales[1]:.3f}, {all_scales[2]:.3f}}};\n')
    out(f"// Losses fall with parameters to this power (standard error {exponent_error:.2f}), up to {FLAT_ABOVE:g} billion: "
        "LLaMA and Llama 2 7B to\n// 13B, OPT 1.3B to 13B. Larger models lose no less beside their own perplexity.")
    out(f"inline constexpr double size_exponent = {exponent:.3f};")
    out(f"inline constexpr double reference_parameters = {reference_size * 1e9:.4g};")
    out(f"inline constexpr double flat_above_parameters = {FLAT_ABOVE * 1e9:.4g};")
    out("// What a type costs more without an importance matrix, at Llama 3 8B's types that were measured in both ways.")
    out(f"inline constexpr double without_matrix = {without_matrix:.3f};\n")
    out("} // namespace quality_table\nMEMBOUND_END_NAMESPACE\n\n#endif")


main()
