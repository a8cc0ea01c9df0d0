"""Every lesson on books of 10^5 lines and more: seconds, CPU, peak memory, sizes, and the slowest cells.

    python benchmarks/bench_lessons.py [--lines N ...] [--lessons NAME ...] [--cells N]

The book is the retail sample's orders as often as needed, each copy with customers and orders of its own, amounts and
days moved a little, in Parquet, so that nothing but its size changes. Each lesson runs with papermill in a process of
its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]


def book(lines: int, file: Path) -> None:
    """Write an orders file of about so many lines."""
    sample = pd.read_csv(
        ROOT / "data" / "sample" / "retail" / "orders.csv", dtype={"customer_id": "str", "order_id": "str"}
    )
    sample["order_date"] = pd.to_datetime(sample["order_date"])
    random = np.random.default_rng(0)
    copies = []
    for number in range(max(1, round(lines / len(sample)))):
        copy = sample.copy()
        for column in ("customer_id", "order_id"):
            copy[column] = copy[column] + f"-{number}"
        shift = pd.to_timedelta(random.integers(-20, 1, len(copy)) if number else np.zeros(len(copy)), unit="D")
        copy["order_date"] = (copy["order_date"] + shift).clip(lower=sample["order_date"].min())
        copy["order_date"] = copy.groupby("order_id")["order_date"].transform("min")
        copy["amount"] = (copy["amount"] * random.uniform(0.8, 1.2, len(copy))).round(2)
        copies.append(copy)
    pd.concat(copies, ignore_index=True).to_parquet(file, index=False)


def measure(lesson: str, data: Path, folder: Path) -> dict[str, object]:
    """Run a lesson in a process of its own; what it took, and its cells, the slowest first."""
    code = (
        "import sys, time, os, resource, papermill\n"
        "source, target, data, out = sys.argv[1:]\n"
        "papermill.execute_notebook(source, target, {'data': data, 'out': out}, kernel_name='python3',\n"
        "    progress_bar=False, request_save_on_cell_execute=False, cwd=os.path.dirname(source))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    target, out = folder / f"{lesson}.ipynb", folder / lesson
    out.mkdir(exist_ok=True)
    before, began = os.times(), time.monotonic()
    asked = [sys.executable, "-c", code, str(ROOT / "notebooks" / f"{lesson}.ipynb"), str(target), str(data), str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    seconds, after = time.monotonic() - began, os.times()
    if done.returncode:
        print(done.stderr[-1500:], file=sys.stderr)
    notebook = nbformat.read(target, 4)
    cells = [
        (cell.metadata.papermill.get("duration") or 0.0, cell.source.strip().replace("\n", " ⏎ ")[:110])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return {
        "seconds": seconds,
        "cpu": after.children_user + after.children_system - before.children_user - before.children_system,
        "memory": int(done.stdout.split()[-1]) / 2**20 if done.stdout.split() else float("nan"),
        "notebook": target.stat().st_size / 1e6,
        "lists": sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1e6,
        "cells": sorted(cells, reverse=True),
    }


def main() -> None:
    """Print a table, and the slowest cells of each lesson."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument(
        "--lessons", nargs="+", default=[file.stem for file in sorted((ROOT / "notebooks").glob("0*.ipynb"))]
    )
    parser.add_argument("--cells", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'lesson':>16} {'lines':>11} {'seconds':>8} {'CPU s':>7} {'GB':>5} {'page MB':>8} {'lists MB':>9}")
    with tempfile.TemporaryDirectory() as made:
        for lines in options.lines:
            data = Path(made) / f"orders{lines}.parquet"
            book(lines, data)
            for lesson in options.lessons:
                found = measure(lesson, data, Path(made))
                row = f"{lesson:>16} {lines:>11,} {found['seconds']:>8.1f} {found['cpu']:>7.1f} {found['memory']:>5.2f}"
                print(f"{row} {found['notebook']:>8.1f} {found['lists']:>9.1f}", flush=True)
                for seconds, source in found["cells"][: options.cells]:
                    print(f"{'':>17}{seconds:>7.1f} s  {source}", flush=True)
    print(f"memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
