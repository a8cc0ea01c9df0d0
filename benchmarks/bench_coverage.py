"""How often each 95 % interval holds the truth, with few answers and with many, beside the plain interval.

python benchmarks/bench_coverage.py [--draws N]
"""

from __future__ import annotations

import argparse
import math
import platform
from collections.abc import Callable

import numpy as np
import pandas as pd
from crmbook import satisfaction
from crmbook.shared import ranking
from crmbook.shared.estimate import Estimate, welch, wilson
from scipy.stats import norm

SIZES = (5, 10, 30, 200)
SHARES = {"csat": (0.85, 0.0, 0.15), "nps": (0.6, 0.3, 0.1)}
GRADES = np.array([5, 4, 3, 2, 1])
CHANCES = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
Z = 1.959963984540054
Drawn = tuple[Estimate, tuple[float, float]]


def csat(rng: np.random.Generator, n: int) -> Drawn:
    hits = int(rng.binomial(n, SHARES["csat"][0]))
    half = Z * math.sqrt(hits / n * (1 - hits / n) / n)
    return wilson(hits, n), (hits / n - half, hits / n + half)


def nps(rng: np.random.Generator, n: int) -> Drawn:
    good, passive, bad = rng.multinomial(n, SHARES["nps"])
    answers = np.repeat([10, 8, 3], [good, passive, bad])
    plain = satisfaction.nps(answers, "variance", scale=(0, 10))
    return satisfaction.nps(answers, scale=(0, 10)), (plain.low, plain.high)


def mean_score(rng: np.random.Generator, n: int) -> Drawn:
    answers = rng.choice(GRADES, n, p=CHANCES)
    half = Z * answers.std(ddof=1) / math.sqrt(n)
    return satisfaction.mean_score(answers), (answers.mean() - half, answers.mean() + half)


def area(rng: np.random.Generator, n: int) -> Drawn:
    """So many cases of each kind, one standard deviation apart; the plain interval is Hanley and McNeil's."""
    score = np.concatenate([rng.normal(1, 1, n), rng.normal(0, 1, n)])
    found = ranking.auc(np.arange(2 * n) < n, score)
    value = found.value
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    spread = value * (1 - value) + (n - 1) * (q1 - value**2) + (n - 1) * (q2 - value**2)
    half = Z * math.sqrt(max(spread, 0)) / n
    return found, (value - half, value + half)


def difference(rng: np.random.Generator, n: int) -> Drawn:
    """Welch's t of two groups that do not differ; the plain interval takes 1.96 standard errors."""
    one, two = rng.gamma(4, 10, n), rng.gamma(4, 10, n)
    gap, half = one.mean() - two.mean(), Z * math.sqrt(one.var(ddof=1) / n + two.var(ddof=1) / n)
    return welch(pd.Series(one), pd.Series(two)), (gap - half, gap + half)


TRUTHS: dict[str, tuple[Callable[[np.random.Generator, int], Drawn], float]] = {
    "csat": (csat, SHARES["csat"][0]),
    "nps": (nps, 100 * (SHARES["nps"][0] - SHARES["nps"][2])),
    "mean_score": (mean_score, float(GRADES @ CHANCES)),
    "auc": (area, float(norm.cdf(1 / math.sqrt(2)))),
    "difference": (difference, 0.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2000)
    draws = parser.parse_args().draws
    print(f"{platform.machine()}, Python {platform.python_version()}; {draws:,} draws each, seed 1")
    print(f"{'interval':<12}" + "".join(f"{f'n = {n}':>10}{'plain':>8}" for n in SIZES))
    for name, (draw, truth) in TRUTHS.items():
        row = f"{name:<12}"
        for n in SIZES:
            rng = np.random.default_rng(1)
            held = plain = 0
            for _ in range(draws):
                found, (low, high) = draw(rng, n)
                held += found.low - 1e-9 <= truth <= found.high + 1e-9
                plain += low <= truth <= high
            row += f"{held / draws:>10.3f}{plain / draws:>8.3f}"
        print(row)


if __name__ == "__main__":
    main()
