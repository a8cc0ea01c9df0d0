"""RFM scoring of many customers, beside numpy's quantiles with searchsorted and beside pandas.qcut, in one run.

python benchmarks/bench_tiering.py [--customers N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from crmbook import tiering

SHORT = {"r": "recency", "f": "frequency", "m": "monetary"}


def make(customers: int) -> pd.DataFrame:
    """Return customers as shops have them: most bought once or twice, few bring much."""
    rng = np.random.default_rng(20240601)
    return pd.DataFrame(
        {
            "recency": rng.integers(0, 1096, customers).astype(float),
            "frequency": rng.geometric(0.35, customers),
            "monetary": rng.lognormal(5.5, 1.2, customers).round(2),
        },
        index=pd.RangeIndex(customers, name="customer_id"),
    )


def by_numpy(customers: pd.DataFrame) -> pd.DataFrame:
    """The floor: quantiles and a binary search for each of the three columns, no segment."""
    scores = {}
    for short, column in SHORT.items():
        value = customers[column].to_numpy()
        scores[short] = np.searchsorted(np.quantile(value, [0.2, 0.4, 0.6, 0.8]), value, side="left") + 1
    return pd.DataFrame(scores, index=customers.index)


def by_qcut(customers: pd.DataFrame) -> pd.DataFrame:
    """What most notebooks do; equal cuts dropped, so that ties do not stop it. No segment either."""
    scores = {
        short: pd.qcut(customers[column], 5, labels=False, duplicates="drop") + 1 for short, column in SHORT.items()
    }
    return pd.DataFrame(scores, index=customers.index)


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median wall time of the rounds, after one that does not count."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def measure(customers: int = 1_000_000, rounds: int = 7) -> dict[str, float]:
    """Return seconds by way of scoring and the ratios between them."""
    table = make(customers)
    taken = {
        "crmbook": seconds(lambda: tiering.rfm(table), rounds),
        "numpy": seconds(lambda: by_numpy(table), rounds),
        "qcut": seconds(lambda: by_qcut(table), rounds),
        "natural": seconds(lambda: tiering.rfm(table, method="natural"), rounds),
    }
    return taken | {"ratio_numpy": taken["crmbook"] / taken["numpy"], "ratio_qcut": taken["crmbook"] / taken["qcut"]}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    found = measure(arguments.customers, arguments.rounds)
    print(f"RFM scoring of {arguments.customers:,} customers; {machine()}")
    print(f"  tiering.rfm (scores and segments)         {found['crmbook'] * 1000:8.1f} ms")
    print(f"  numpy quantile + searchsorted (scores)    {found['numpy'] * 1000:8.1f} ms")
    print(f"  pandas.qcut (scores)                      {found['qcut'] * 1000:8.1f} ms")
    print(f"  tiering.rfm, natural breaks               {found['natural'] * 1000:8.1f} ms")
    print(f"  rfm / numpy {found['ratio_numpy']:.2f} (at most 3), rfm / qcut {found['ratio_qcut']:.2f} (below 1)")


def machine() -> str:
    """Return what a figure was measured on."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} cores, {versions}"


if __name__ == "__main__":
    main()
