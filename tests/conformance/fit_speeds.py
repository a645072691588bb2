#!/usr/bin/env python3
"""Fits how far engines' kernels stay behind a device's peak, and says how well rows are predicted that were left out.

    fit_speeds.py PROGRAM ROWS.csv... [--write HEADER] [--at-most TERM:MEDIAN:P90...]

PROGRAM is membound_conformance; `--speed-costs` has it tell the seconds that each part of a row's time takes at the peak
of the device. A time is the sum of these, each so many times: those factors are fitted, on the logarithm of the time, with
less weight on what is far off (Huber). speeds.csv beside this script has published rows of what is rare elsewhere, each with its
source: long contexts, experts, SYCL. Rows of high confidence count once, of medium half, of low a quarter. All rows
together give the factors that those of one backend are drawn to, and these give those of one maker's devices under Vulkan.

The table is of rows of high confidence, one device and one sequence, each predicted by factors that were fitted without any
row of its device. With --at-most (decode:15:35) the exit status is 1 where an error in percent is larger over all of them,
those that can not be predicted counted as wrong by all. With --write the factors of all rows are written as C++, with the
bands that nine of ten rows lay in.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
from collections import Counter

COSTS = ["weights", "routed_weights", "loads", "super_loads", "cache", "kernels", "operands", "products",
         "shader_products", "matrix_products", "super_products", "float_products", "routed_products",
         "attended", "attended_plainly", "cache_again", "scores", "link"]
APIS = ["cpu", "cuda", "rocm", "metal", "vulkan", "sycl"]
MAKERS = ["other", "nvidia", "amd", "apple", "intel", "qualcomm"]

# What the fit of all rows is drawn to, weakly: once the bytes and the products, a few microseconds for a kernel.
BEGIN = dict(weights=1.1, routed_weights=1.3, loads=8, super_loads=0.5, cache=1.6, kernels=4, operands=1, products=0.9, shader_products=0.18,
             matrix_products=1.1, super_products=0.1, float_products=1.4, routed_products=1.2, attended=1.5,
             attended_plainly=0.6, cache_again=0.02, scores=6, link=1)
PULL_ALL, PULL_HOST, PULL_BACKEND, PULL_MAKER = 0.05, 0.1, 0.3, 0.2
# Rates of a host are not known, so that its decoding is told from its memory alone.
WITHOUT_RATES = {"cpu": {"loads", "super_loads"}}
CROWD = 0.3   # a device with n rows counts n ** (1 - CROWD) times
HUBER = 0.1
CONFIDENCE = {"high": 1.0, "medium": 0.5, "low": 0.25}
BAND = 0.9


class Row:
    def __init__(self, told, published, what):
        self.what = what
        self.published = published
        self.device = told["device"]
        self.api = APIS[told["api"]]
        self.engine = told["engine"]
        self.group = self.api if self.engine == "llama.cpp" else self.engine
        self.maker = f"vulkan_{MAKERS[told['maker']]}" if self.group == "vulkan" else None
        self.seconds = told[what]["seconds"]
        left_out = WITHOUT_RATES.get(self.api, ())
        self.costs = [0.0 if name in left_out else x for name, x in zip(COSTS, told[what]["costs"])]
        self.weight = CONFIDENCE.get(published["confidence"], 0.0)
        self.judged = (published["confidence"] == "high" and published["n_devices"] == "1" and published["batch"] == "1")

    def usable(self):
        """Without what its own table doubts, and other engines' builds of the same kernels but where there is no more."""
        doubted = any(word in self.published["notes"] for word in ("look too", "tg exceeds"))
        borrowed = self.published["engine"] not in ("llama.cpp", "llama.cpp (batched-bench)", "exllamav2")
        in_cache = self.api == "cpu" and self.seconds < 0.004  # the model is so small that memory is not asked
        return not doubted and not in_cache and self.weight > 0 and (not borrowed or (self.api == "cpu" and "ollama" in self.published["engine"]))


def read_rows(program, files):
    rows, skipped = [], []
    for file in files:
        told = subprocess.run([program, "--speed-costs", file], check=True, capture_output=True, text=True).stdout
        with open(file, encoding="utf-8", newline="") as published:
            for line, record in zip(told.splitlines(), csv.DictReader(published)):
                costs = json.loads(line)
                if "skip" in costs or costs["devices"] > 1:
                    skipped.append((record, costs.get("skip", "there are several devices")))
                    continue
                rows += [Row(costs, record, what) for what in ("decode", "prefill") if what in costs]
    return rows, skipped


def solved(matrix, right):
    """Gaussian elimination with pivots; the matrix is symmetric and positive."""
    n = len(right)
    a = [list(line) + [r] for line, r in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(a[k][i]))
        a[i], a[pivot] = a[pivot], a[i]
        for k in range(i + 1, n):
            factor = a[k][i] / a[i][i]
            if factor != 0:
                a[k] = [x - factor * y for x, y in zip(a[k], a[i])]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (a[i][n] - sum(a[i][k] * x[k] for k in range(i + 1, n))) / a[i][i]
    return x


def fitted(rows, drawn_to, pull, start):
    """Logarithms of the factors: steps of Levenberg and Marquardt."""
    if not rows:
        return list(drawn_to)
    crowd = Counter(r.device for r in rows)
    weights = [r.weight * crowd[r.device] ** -CROWD for r in rows]
    used = [[(k, x) for k, x in enumerate(r.costs) if x > 0] for r in rows]

    def residuals(z):
        factors = [math.exp(v) for v in z]
        return [math.log(sum(factors[k] * x for k, x in u) / r.seconds) for u, r in zip(used, rows)]

    def loss(z, off):
        total = pull * sum((a - b) ** 2 for a, b in zip(z, drawn_to))
        for w, e in zip(weights, off):
            e = abs(e)
            total += w * (e * e / (2 * HUBER) if e < HUBER else e - HUBER / 2)
        return total

    n = len(COSTS)
    z = list(start)
    off = residuals(z)
    current = loss(z, off)
    damping = 1e-2
    for _ in range(60):
        factors = [math.exp(v) for v in z]
        normal = [[0.0] * n for _ in range(n)]
        slope = [0.0] * n
        for u, r, w, e in zip(used, rows, weights, off):
            time = r.seconds * math.exp(e)
            shares = [(k, factors[k] * x / time) for k, x in u]
            w /= max(abs(e), HUBER)
            for k, s in shares:
                slope[k] += w * s * e
                for m, t in shares:
                    normal[k][m] += w * s * t
        for k in range(n):
            normal[k][k] += 2 * pull
            slope[k] += 2 * pull * (z[k] - drawn_to[k])
        before = current
        for _ in range(12):
            damped = [[v + (damping * (v + 1e-6) if i == k else 0) for k, v in enumerate(line)]
                      for i, line in enumerate(normal)]
            step = solved(damped, [-s for s in slope])
            trial = [min(max(v + min(max(d, -1.5), 1.5), -14.0), 8.0) for v, d in zip(z, step)]
            trial_off = residuals(trial)
            value = loss(trial, trial_off)
            if value < current:
                z, off, current = trial, trial_off, value
                damping = max(damping / 4, 1e-9)
                break
            damping *= 4
        if before - current < 1e-7 * max(1.0, before):
            break
    return z


def fit_all(rows, start=None):
    """Factors by backend, engine and maker, as logarithms; `start` is an earlier answer that is near."""
    start = start or {}
    begin = [math.log(BEGIN[name]) for name in COSTS]
    result = {"all": fitted(rows, begin, PULL_ALL, start.get("all", begin))}
    for group in APIS:
        near = result["all"]
        pull = PULL_HOST if group == "cpu" else PULL_BACKEND
        result[group] = fitted([r for r in rows if r.group == group], near, pull, start.get(group, near))
    for maker in MAKERS:
        name, near = f"vulkan_{maker}", result["vulkan"]
        result[name] = fitted([r for r in rows if r.maker == name], near, PULL_MAKER, start.get(name, near))
    near = result["cuda"]
    result["exllamav2"] = fitted([r for r in rows if r.group == "exllamav2"], near, PULL_BACKEND,
                                 start.get("exllamav2", near))
    return result


def predicted(row, factors):
    return sum(math.exp(z) * x for z, x in zip(factors[row.maker or row.group], row.costs))


def cross_validated(rows, whole):
    """The predicted seconds of each row, by factors of the rows of other devices."""
    out = {}
    for device in sorted({r.device for r in rows}):
        factors = fit_all([r for r in rows if r.device != device], whole)
        for i, r in enumerate(rows):
            if r.device == device:
                out[i] = predicted(r, factors)
    return [out[i] for i in range(len(rows))]


def quantile(ordered, share):
    """The smallest value that at least this share of all do not exceed."""
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def errors_of(rows, times, what, name="all"):
    return sorted(100 * abs(r.seconds / t - 1) for r, t in zip(rows, times)
                  if r.judged and r.what == what and name in ("all", r.maker or r.group))


def median(ordered):
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def print_table(rows, times):
    names = sorted({r.maker or r.group for r in rows})
    print(f"{'':18}{'term':9}{'rows':>6}{'median %':>10}{'p90 %':>8}{'max %':>8}")
    for name in names + ["all"]:
        for what in "decode", "prefill":
            errors = errors_of(rows, times, what, name)
            if errors:
                print(f"{name:18}{what:9}{len(errors):6}{median(errors):10.1f}{quantile(errors, 0.9):8.1f}{errors[-1]:8.1f}")


def bands(rows, times, name):
    """Between which multiples of what was predicted nine of ten measured speeds lay, of decoding and of prefill; 0 where there
    are none."""
    out = []
    for what in "decode", "prefill":
        chosen = [(r, t) for r, t in zip(rows, times) if r.what == what]
        if not any(name.split("_")[0] == r.group for r, _ in chosen):
            out += [0, 0]
            continue
        own = [x for x in chosen if name in (x[0].maker, x[0].group)]
        sound = [x for x in own if x[0].weight > CONFIDENCE["low"]]
        own = sound if len(sound) >= 12 else own
        enough = own if len(own) >= 6 else [x for x in chosen if x[0].group == name.split("_")[0]]
        ratios = sorted(t / r.seconds for r, t in (enough if len(enough) >= 6 else chosen))
        out += [quantile(ratios, (1 - BAND) / 2), quantile(ratios, (1 + BAND) / 2)]
    return out


HEADER = """\
// How far the kernels of engines stay behind the peak of a device, by backend, and by maker under Vulkan. Written by
// tests/conformance/fit_speeds.py, which fits these factors on published speeds: every one is modelled, with its band.
#ifndef MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP
#define MEMBOUND_ENGINES_FITTED_EFFICIENCY_HPP

#include <membound/efficiency.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// In the order of `cost`, and then the bands of decoding and of prefill.
%s
constexpr const efficiency *llama_cpp_efficiency_on(const device &d) {
    switch (d.api) {
    case backend::cpu: return &llama_cpp_cpu;
    case backend::cuda: return &llama_cpp_cuda;
    case backend::rocm: return &llama_cpp_rocm;
    case backend::metal: return &llama_cpp_metal;
    case backend::sycl: return &llama_cpp_sycl;
    case backend::vulkan: break;
    }
    switch (d.made_by) {
    case maker::nvidia: return &llama_cpp_vulkan_nvidia;
    case maker::amd: return &llama_cpp_vulkan_amd;
    case maker::apple: return &llama_cpp_vulkan_apple;
    case maker::intel: return &llama_cpp_vulkan_intel;
    case maker::qualcomm:
    case maker::other: break;
    }
    return &llama_cpp_vulkan;
}

constexpr const efficiency *exllamav2_efficiency_on(const device &d) {
    return d.api == backend::cuda ? &exllamav2_cuda : nullptr;
}

} // namespace detail
MEMBOUND_END_NAMESPACE

#endif
"""


def header(rows, factors, times):
    entries = {f"llama_cpp_{name}": name for name in APIS}
    entries |= {f"llama_cpp_vulkan_{maker}": f"vulkan_{maker}" for maker in ("nvidia", "amd", "apple", "intel")}
    entries["exllamav2_cuda"] = "exllamav2"
    text = ""
    for entry, name in entries.items():
        left_out = WITHOUT_RATES.get(name, ())
        values = ["0" if cost in left_out else f"{math.exp(z):.3g}" for cost, z in zip(COSTS, factors[name])]
        lines = ", ".join(values[:10]) + ",\n      " + ", ".join(values[10:])
        text += (f"inline constexpr efficiency {entry} = {{\n    {{{{{lines}}}}},\n    "
                 + ", ".join(f"{b:.3g}" for b in bands(rows, times, name)) + "};\n")
    return HEADER % text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--write", metavar="HEADER")
    parser.add_argument("--at-most", nargs="+", default=[], metavar="TERM:MEDIAN:P90")
    asked = parser.parse_args()

    rows, skipped = read_rows(asked.program, asked.files)
    unread = Counter(why for record, why in skipped
                     if record["confidence"] == "high" and record["n_devices"] == "1" and record["batch"] == "1")
    rows = [r for r in rows if r.usable()]
    factors = fit_all(rows)
    times = cross_validated(rows, factors)
    print_table(rows, times)
    print(f"{sum(unread.values())} judged rows are not predicted" + "".join(f"; {n} {why}" for why, n in unread.items()))
    if asked.write:
        with open(asked.write, "w", encoding="utf-8") as out:
            out.write(header(rows, factors, times))
    met = True
    for bar in asked.at_most:
        what, middle, ninth = bar.split(":")
        errors = errors_of(rows, times, what) + [math.inf] * sum(unread.values())
        is_met = bool(errors) and median(errors) <= float(middle) and quantile(errors, 0.9) <= float(ninth)
        print(f"{'met' if is_met else 'MISSED'} {what}: at most {middle} % at the median and {ninth} % at the 90th percentile")
        met = met and is_met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
