"""The cohort triangle over many order lines: time beside the same SQL typed by hand, and beside a shorter one.

    python benchmarks/bench_cohorts.py [--customers N] [--repeats N]

Twenty order lines a customer, held in a frame. "SQL by hand" follows the purchase rule (lines of an order together,
returns out) and must give the same triangle. "Short SQL" takes each line for a purchase: it does less, and is wrong
where there are returns. The ways run in turn, in one process; the fewest seconds of each count.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from crmbook.lifecycle.retention import cohorts

AS_OF = "2024-12-31"

BY_HAND = """
WITH bought AS (
    SELECT customer_id, date_trunc('month', min(order_date)) AS month
    FROM orders
    WHERE order_date < TIMESTAMP '2025-01-01'
    GROUP BY customer_id, order_id
    HAVING round(sum(amount), 6) >= 0
), months AS (
    SELECT DISTINCT customer_id, month FROM bought
), first AS (
    SELECT customer_id, min(month) AS cohort FROM months GROUP BY customer_id
)
SELECT cohort, date_diff('month', cohort, month) AS age, count(*) AS customers
FROM months JOIN first USING (customer_id)
GROUP BY cohort, age
"""

SHORT = """
WITH months AS (
    SELECT DISTINCT customer_id, date_trunc('month', order_date) AS month FROM orders
), first AS (
    SELECT customer_id, min(month) AS cohort FROM months GROUP BY customer_id
)
SELECT cohort, date_diff('month', cohort, month) AS age, count(*) AS customers
FROM months JOIN first USING (customer_id)
GROUP BY cohort, age
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=500_000, help="customers (default 500,000: 10 million lines)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each way (default 3)")
    chosen = parser.parse_args(arguments)
    lines = order_lines(chosen.customers)
    ways: dict[str, Callable[[], pd.DataFrame]] = {
        "crmbook cohorts": lambda: cohorts(lines, AS_OF),
        "SQL by hand": lambda: by_sql(BY_HAND, lines),
        "short SQL": lambda: by_sql(SHORT, lines),
    }
    cohorts(lines.head(1000), AS_OF)  # opening the database is not what is measured
    runs, tables = [], {}
    for _ in range(chosen.repeats):
        for name, way in ways.items():
            clock, cpu = time.perf_counter(), time.process_time()
            tables[name] = way()
            runs.append((name, time.perf_counter() - clock, time.process_time() - cpu))
    best = pd.DataFrame(runs, columns=["way", "clock", "cpu"]).groupby("way", sort=False).min()
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}, {platform.system()}")
    print(f"{len(lines):,} order lines of {chosen.customers:,} customers, the best of {chosen.repeats} runs\n")
    print(f"{'':18}{'clock s':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}")
    ours = best.iloc[0]
    for name, row in best.iterrows():
        ratios = ours / row
        print(f"{name:18}{row['clock']:9.2f}{ratios['clock']:8.2f}{row['cpu']:9.2f}{ratios['cpu']:8.2f}")
    print("\nratio: crmbook over this way; to hold: at most 1.5")
    counted, theirs = tables["crmbook cohorts"].fillna(0).to_numpy(), tables["SQL by hand"].to_numpy()
    print("both triangles agree" if np.array_equal(counted, theirs) else "THE TRIANGLES DO NOT AGREE")


def by_sql(query: str, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the triangle that a query over ``orders`` counts, zeros where it has no row."""
    with duckdb.connect() as connection:
        connection.register("orders", pa.table({column: pa.Array.from_pandas(lines[column]) for column in lines}))
        found = connection.sql(query).df()
    return found.pivot(index="cohort", columns="age", values="customers").fillna(0)


def order_lines(customers: int, seed: int = 0) -> pd.DataFrame:
    """Return order lines of three years: two an order, ten orders a customer, two in a hundred orders are returns."""
    rng = np.random.default_rng(seed)
    rows, orders = 20 * customers, 10 * customers
    order = np.sort(rng.integers(0, orders, rows))
    customer = rng.integers(0, customers, orders)
    day = np.datetime64("2022-01-01") + rng.integers(0, 1096, orders).astype("timedelta64[D]")
    amount = np.round(rng.gamma(2, 30, rows), 2) * np.where(rng.random(orders) < 0.02, -1, 1)[order]
    return pd.DataFrame(
        {
            "order_id": pd.Series(pa.array([f"O{one:08d}" for one in range(orders)]).take(pa.array(order)).to_pandas()),
            "customer_id": pd.Series(
                pa.array([f"C{one:07d}" for one in range(customers)]).take(pa.array(customer[order])).to_pandas()
            ),
            "order_date": day[order].astype("datetime64[us]"),
            "amount": amount,
        }
    )


def _processor() -> str:
    cores = f"{os.cpu_count()} cores"
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return f"{models[0].split(':')[1].strip()}, {cores}" if models else f"{platform.processor()}, {cores}"


if __name__ == "__main__":
    main()
