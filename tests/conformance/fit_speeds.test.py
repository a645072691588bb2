"""fit_speeds.py finds the factors that times were made of, and counts errors as it says."""
import math
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import fit_speeds as fit  # noqa: E402


def row(device, costs, seconds, what="decode", api="cuda", **published):
    told = {"device": device, "devices": 1, "api": fit.APIS.index(api), "engine": "llama.cpp", "maker": 1,
            what: {"seconds": seconds, "costs": costs}}
    return fit.Row(told, {"confidence": "high", "n_devices": "1", "batch": "1", "notes": "", "engine": "llama.cpp",
                          **published}, what)


def made_rows(factors, noise=0.0):
    chance = random.Random(7)
    rows = []
    for i in range(120):
        costs = [chance.uniform(0.1, 1) if name in factors else 0.0 for name in fit.COSTS]
        time = sum(factors[name] * x for name, x in zip(fit.COSTS, costs) if name in factors)
        rows.append(row(f"card-{i % 12}", costs, time * math.exp(chance.gauss(0, noise))))
    return rows


class Fitting(unittest.TestCase):
    factors = {"weights": 1.4, "loads": 7.0, "kernels": 3.0}

    def found(self, rows):
        return dict(zip(fit.COSTS, map(math.exp, fit.fit_all(rows)["cuda"])))

    def test_factors_are_found_again(self):
        for noise, near in (0, 0.02), (0.1, 0.15):
            found = self.found(made_rows(self.factors, noise))
            for name, factor in self.factors.items():
                self.assertLess(abs(math.log(found[name] / factor)), near, (name, noise, found[name]))

    def test_what_is_far_off_hardly_counts(self):
        rows = made_rows(self.factors)
        for r in rows[:6]:
            r.seconds *= 30
        found = self.found(rows)
        self.assertLess(abs(found["weights"] - 1.4), 0.1)

    def test_a_device_is_predicted_without_its_own_rows(self):
        rows = made_rows(self.factors)
        for r in rows:
            if r.device == "card-3":
                r.seconds *= 2
        times = fit.cross_validated(rows, fit.fit_all(rows))
        for r, t in zip(rows, times):
            self.assertAlmostEqual(t / r.seconds, 0.5 if r.device == "card-3" else 1, delta=0.06)

    def test_equations_are_solved(self):
        x = fit.solved([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]], [6.0, 10.0, 8.0])
        self.assertTrue(all(abs(a - b) < 1e-12 for a, b in zip(x, (1, 2, 3))), x)

    def test_costs_are_in_the_order_of_the_header(self):
        text = Path(__file__).parents[2].joinpath("include/membound/efficiency.hpp").read_text()
        body = text[text.index("enum class cost"):]
        named = [line.split(",")[0].strip() for line in body[body.index("{") + 1:body.index("count")].splitlines()]
        self.assertEqual([n for n in named if n], fit.COSTS)


class Counting(unittest.TestCase):
    def test_quantiles(self):
        self.assertEqual(fit.quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 9)
        self.assertEqual(fit.quantile([5], 0.9), 5)
        self.assertEqual(fit.median([1, 2, 3, 10]), 2.5)

    def test_errors_are_of_speeds_and_of_judged_rows(self):
        rows = [row("a", [1.0] * len(fit.COSTS), 1.0), row("b", [1.0] * len(fit.COSTS), 1.0, n_devices="2")]
        self.assertEqual(fit.errors_of(rows, [0.5, 0.5], "decode"), [100])

    def test_doubtful_rows_are_left_out(self):
        self.assertTrue(row("a", [1.0] * len(fit.COSTS), 1.0).usable())
        for values in ({"notes": "some values look too low"}, {"confidence": ""}, {"engine": "llamafile"}):
            self.assertFalse(row("a", [1.0] * len(fit.COSTS), 1.0, **values).usable())


if __name__ == "__main__":
    unittest.main()
