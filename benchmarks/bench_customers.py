"""The customer table from order lines in Parquet: CPU time and peak memory, beside SQL typed by hand and pandas.

    python benchmarks/bench_customers.py [--rows N] [--repeats N]

Each way runs in a process of its own, the ways in turn, and the fewest seconds of each count. The SQL by hand gives the
same columns in the same way, with the table and the date typed in. "Two levels only" stops short of purchase days (x,
t_x, T, mean_repeat) and is shown to tell what those cost.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

AS_OF = "2024-12-31"
CHUNK = 1_000_000

BY_HAND = """
WITH customer_orders AS (
    SELECT customer_id, order_id, CAST(min(order_date) AS DATE) AS day, sum(amount) AS net, sum(amount - cost) AS margin
    FROM read_parquet('{path}')
    WHERE order_date < TIMESTAMP '2025-01-01'
    GROUP BY customer_id, order_id
), customer_days AS (
    SELECT
        customer_id, CASE WHEN net >= 0 THEN day END AS day, count(*) AS orders, sum(net) AS net, sum(margin) AS margin
    FROM customer_orders
    GROUP BY ALL
)
SELECT
    customer_id, min(day) AS first_order, max(day) AS last_order, DATE '2024-12-31' - max(day) AS recency,
    DATE '2024-12-31' - min(day) AS tenure, sum(CASE WHEN day IS NULL THEN 0 ELSE orders END) AS frequency,
    sum(net) AS monetary, sum(CASE WHEN day IS NOT NULL THEN net END) / nullif(frequency, 0) AS mean_order,
    (sum(CASE WHEN day IS NOT NULL THEN net END) - arg_min(net, day)) / nullif(count(day) - 1, 0) AS mean_repeat,
    sum(margin) AS margin, greatest(count(day) - 1, 0) AS x, max(day) - min(day) AS t_x, tenure AS "T"
FROM customer_days
GROUP BY customer_id
"""

TWO_LEVELS = """
WITH customer_orders AS (
    SELECT customer_id, order_id, CAST(min(order_date) AS DATE) AS day, sum(amount) AS net, sum(amount - cost) AS margin
    FROM read_parquet('{path}')
    WHERE order_date < TIMESTAMP '2025-01-01'
    GROUP BY customer_id, order_id
)
SELECT
    customer_id,
    min(CASE WHEN net >= 0 THEN day END) AS first_order, max(CASE WHEN net >= 0 THEN day END) AS last_order,
    count(CASE WHEN net >= 0 THEN 1 END) AS frequency, sum(net) AS monetary, sum(margin) AS margin
FROM customer_orders
GROUP BY customer_id
"""


def by_crmbook(path: str) -> pd.DataFrame:
    """The library's way."""
    from crmbook.data.customers import summarise

    return summarise(path, AS_OF)


def by_hand(path: str) -> pd.DataFrame:
    """The same SQL, typed into DuckDB."""
    return _sql(BY_HAND.format(path=path))


def two_levels(path: str) -> pd.DataFrame:
    """Less: no purchase days."""
    return _sql(TWO_LEVELS.format(path=path))


def by_pandas(path: str) -> pd.DataFrame:
    """Vectorised pandas: groupby twice, and once more for the purchase days."""
    lines = pd.read_parquet(path)
    lines = lines[lines["order_date"] < pd.Timestamp("2025-01-01")]
    lines["margin"] = lines["amount"] - lines["cost"]
    orders = lines.groupby(["customer_id", "order_id"], sort=False).agg(
        day=("order_date", "min"), net=("amount", "sum"), margin=("margin", "sum")
    )
    bought = orders[orders["net"] >= 0].reset_index("customer_id")
    days = bought.groupby(["customer_id", bought["day"].dt.normalize()], sort=True)["net"].sum().reset_index("day")
    of_days = days.groupby(level=0).agg(
        first_order=("day", "first"), last_order=("day", "last"), days=("day", "size"), first_net=("net", "first")
    )
    table = orders.groupby(level=0).agg(monetary=("net", "sum"), margin=("margin", "sum")).join(of_days)
    of_orders = bought.groupby("customer_id")["net"].agg(["size", "sum"])
    table["frequency"], total = of_orders["size"], of_orders["sum"]
    table["mean_order"] = total / table["frequency"]
    table["x"] = table["days"] - 1
    table["mean_repeat"] = (total - table["first_net"]) / table["x"].where(table["x"] > 0)
    end = pd.Timestamp(AS_OF)
    table["recency"], table["T"] = (end - table["last_order"]).dt.days, (end - table["first_order"]).dt.days
    table["t_x"] = (table["last_order"] - table["first_order"]).dt.days
    return table


WAYS: dict[str, Callable[[str], pd.DataFrame]] = {
    "crmbook summarise": by_crmbook,
    "SQL typed by hand": by_hand,
    "two levels only": two_levels,
    "pandas groupby": by_pandas,
}


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=10_000_000, help="order lines (default 10,000,000)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each way (default 3)")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.way:
        print(json.dumps(_measured(chosen.way, chosen.path)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        write_orders(path, chosen.rows)
        runs = [_in_a_process(way, path) for _ in range(chosen.repeats) for way in WAYS]
    _print(pd.DataFrame(runs), chosen.rows)


def write_orders(path: Path, rows: int) -> None:
    """Write order lines: three a line order, three orders a customer, five in a hundred orders are returns."""
    writer = None
    for number, start in enumerate(range(0, rows, CHUNK)):
        rng = np.random.default_rng([2, number])
        size = min(CHUNK, rows - start)
        orders = max(size // 3, 1)
        order = np.sort(rng.integers(0, orders, size))
        customer = rng.integers(0, max(rows // 10, 1), orders)
        day = np.datetime64("2022-01-01") + rng.integers(0, 1095, orders).astype("timedelta64[D]")
        amount = np.round(rng.gamma(2, 50, size), 2) * np.where(rng.random(orders) < 0.05, -1, 1)[order]
        table = pa.table(
            {
                "order_id": pa.array([f"O{number:03d}{one:07d}" for one in range(orders)]).take(pa.array(order)),
                "customer_id": pa.array([f"C{one:08d}" for one in customer]).take(pa.array(order)),
                "order_date": pa.array(day[order].astype("datetime64[us]")),
                "amount": amount,
                "cost": np.round(amount * 0.6, 2),
            }
        )
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


def _sql(statement: str) -> pd.DataFrame:
    import duckdb

    return duckdb.connect().sql(statement).df()


def _measured(way: str, path: str) -> dict[str, object]:
    for module in ("crmbook.data.customers", "duckdb"):
        importlib.import_module(module)  # imports are not what is measured
    clock, cpu = time.perf_counter(), time.process_time()
    table = WAYS[way](path)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return {
        "way": way,
        "cpu": cpu,
        "clock": clock,
        "peak": peak,
        "customers": len(table),
        "orders": int(table["frequency"].sum()),
        "money": round(float(table["monetary"].sum()), 2),
    }


def _in_a_process(way: str, path: Path) -> dict[str, object]:
    command = [sys.executable, __file__, "--way", way, "--path", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _print(runs: pd.DataFrame, rows: int) -> None:
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}, {platform.system()}")
    print(f"{rows:,} order lines in Parquet, the best of {runs.groupby('way').size().max()} runs\n")
    best = runs.groupby("way", sort=False).agg(
        cpu=("cpu", "min"), clock=("clock", "min"), peak=("peak", "max"), customers=("customers", "first")
    )
    print(f"{'':20}{'CPU s':>9}{'ratio':>9}{'clock s':>9}{'peak MB':>10}{'customers':>12}")
    ours = best.loc["crmbook summarise"]
    for way, row in best.iterrows():
        print(
            f"{way:20}{row['cpu']:9.2f}{ours['cpu'] / row['cpu']:9.2f}{row['clock']:9.2f}{row['peak']:10,.0f}"
            f"{row['customers']:12,.0f}"
        )
    print("\nratio: CPU of crmbook over this way; to hold: at most 1.15 by hand, below 1 with pandas, under 1,000 MB")
    answers = runs[["customers", "orders", "money"]].drop_duplicates()
    same = answers["orders"].nunique() == answers["customers"].nunique() == 1 and np.ptp(answers["money"]) < 0.05
    print("all ways agree" if same else f"THE WAYS DO NOT AGREE\n{answers}")


def _processor() -> str:
    cores = f"{os.cpu_count()} cores"
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return f"{models[0].split(':')[1].strip()}, {cores}" if models else f"{platform.processor()}, {cores}"


if __name__ == "__main__":
    main()
