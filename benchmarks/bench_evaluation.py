"""The scorecard of many customers and months, and how often the interval of a programme's effect covers the truth.

python benchmarks/bench_evaluation.py [--customers N] [--lines N] [--months N] [--programmes N] [--only PART]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time

import numpy as np
import pandas as pd
from crmbook import evaluation
from crmbook.data.load import Book


def words(prefix: str, numbers: np.ndarray) -> pd.Series:
    """Return numbers as identifiers, held as Arrow text like those that ``load`` gives."""
    import pyarrow as pa
    import pyarrow.compute as pc

    made = pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")
    return pd.Series(pd.array(made.cast(pa.large_string()), dtype="str"))


def make(customers: int, lines: int, months: int) -> Book:
    """Return a book of that size: two lines an order, few customers buy much; other tables in proportion."""
    rng = np.random.default_rng(20240601)
    first = pd.Timestamp("2022-01-01")
    last = first + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    length = (last - first).days + 1
    orders = lines // 2
    start = np.sort(rng.integers(0, length, customers))
    who = np.concatenate([np.arange(customers), rng.zipf(1.6, 4 * orders) % customers])[:orders].astype(np.int32)
    day = (start[who] + rng.random(orders) * (length - start[who])).astype(np.int64)
    number = np.repeat(np.arange(orders, dtype=np.int32), 2)
    product = rng.integers(0, 60, 2 * orders, dtype=np.int32)
    amount = rng.lognormal(3.0, 0.8, 2 * orders).round(2)
    table = pd.DataFrame(
        {
            "order_id": words("O", number),
            "customer_id": words("C", who[number]),
            "order_date": (first + pd.to_timedelta(day[number], unit="D")).astype("datetime64[s]"),
            "product_id": words("P", product),
            "category": words("G", product % 8),
            "quantity": rng.integers(1, 4, 2 * orders).astype(float),
            "amount": np.where(rng.random(2 * orders) < 0.03, -amount, amount),
            "cost": (amount * 0.7).round(2),
        }
    )
    moment = lambda n: first + pd.to_timedelta(rng.integers(0, length * 1440, n), unit="min")  # noqa: E731
    person = lambda n: words("C", rng.integers(0, customers, n))  # noqa: E731
    opened = pd.Series(moment(customers // 5))
    tickets = pd.DataFrame(
        {
            "ticket_id": words("T", np.arange(len(opened))),
            "customer_id": person(len(opened)),
            "opened_at": opened,
            "closed_at": opened + pd.to_timedelta(rng.exponential(40, len(opened)).round(2), unit="h"),
            "kind": rng.choice(["complaint", "request"], len(opened)),
        }
    )
    answers = customers // 10
    survey = pd.DataFrame(
        {
            "response_id": words("R", np.arange(answers)),
            "customer_id": person(answers),
            "date": moment(answers).normalize(),
            "overall": rng.integers(1, 6, answers).astype(float),
            "recommend": rng.integers(0, 11, answers).astype(float),
            "sentiment": rng.choice(["positive", "neutral", "negative"], answers),
        }
    )
    interactions = pd.DataFrame(
        {
            "customer_id": person(customers // 2),
            "date": moment(customers // 2).normalize(),
            "kind": rng.choice(["call", "email", "visit"], customers // 2),
        }
    )
    month = pd.date_range(first, last, freq="MS")
    spend = pd.DataFrame(
        {
            "month": np.repeat(month, 3),
            "purpose": ["acquisition", "retention", "service"] * len(month),
            "amount": 10_000.0,
        }
    )
    people = pd.DataFrame(
        {"customer_id": words("C", np.arange(customers)), "signup_date": first + pd.to_timedelta(start, unit="D")}
    )
    return Book(
        as_of=last,
        customers=people,
        orders=table,
        interactions=interactions,
        tickets=tickets,
        survey=survey,
        spend=spend,
    )


def measure_scorecard(customers: int, lines: int, months: int) -> dict[str, float]:
    """Return seconds, the rows of the scorecard, and the memory at its highest with and without the book, in GB."""
    book = make(customers, lines, months)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, worked = time.perf_counter(), time.process_time()
    card = evaluation.scorecard(book, periods=("M", months))
    taken, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": taken,
        "worked": worked,
        "rows": len(card),
        "made": before / 1e6,
        "peak": peak / 1e6,
        "blank": card["value"].isna().mean(),
    }


def measure_coverage(programmes: int, effects: tuple[float, ...] = (0.0, 15.0)) -> dict[float, float]:
    """Return by planted effect the share of simulated programmes whose 95 % interval covers it."""
    found = {}
    for effect in effects:
        covered = 0
        for seed in range(programmes):
            table = evaluation.simulate(effect=effect, seed=seed)
            made = evaluation.did(table["net"], table["group"], table["period"], table["customer_id"])
            covered += made.low <= effect <= made.high
        found[effect] = covered / programmes
    return found


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--programmes", type=int, default=400)
    parser.add_argument("--only", choices=["scorecard", "coverage"])
    chosen = parser.parse_args()
    if chosen.only != "coverage":
        found = measure_scorecard(chosen.customers, chosen.lines, chosen.months)
        print(
            f"Scorecard of {chosen.lines:,} lines, {chosen.customers:,} customers, {chosen.months} months; {machine()}"
        )
        print(
            f"  seconds {found['seconds']:.1f} (below 60), of the processors {found['worked']:.1f}; "
            f"highest memory {found['peak']:.2f} GB (below 3)"
        )
        print(f"  of which {found['made']:.2f} GB to make the book; rows {found['rows']:,}, blank {found['blank']:.1%}")
    if chosen.only != "scorecard":
        for effect, share in measure_coverage(chosen.programmes).items():
            print(f"Effect {effect:g}: its interval covers it in {share:.1%} of {chosen.programmes} (92 to 98 %)")


def machine() -> str:
    """Return what a figure was measured on."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} cores, {versions}"


if __name__ == "__main__":
    main()
