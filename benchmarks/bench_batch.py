"""A batch of reports, beside papermill in a loop on the same notebook: wall time, CPU, and memory as the batch goes on.

    python benchmarks/bench_batch.py [--reports N] [--jobs N] [--lesson NAME]

Both run in turn on the same machine, each with so many at a time and each report with parameters of its own. papermill
writes a notebook; the batch writes the page, its lists, manifest and index as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


def cpu() -> float:
    """Return the CPU seconds of all processes that have ended so far."""
    times = os.times()
    return times.children_user + times.children_system


def papermill(lesson: str, reports: int, jobs: int, folder: Path) -> None:
    """Run papermill in a loop, as its users do."""
    notebook = ROOT / "notebooks" / f"{lesson}.ipynb"

    def one(number: int) -> None:
        command = [sys.executable, "-m", "papermill", str(notebook), str(folder / f"{number}.ipynb"), "-k", "python3"]
        command += ["-p", "hours", str(400.0 + number), "-p", "out", str(folder / str(number)), "--no-progress-bar"]
        subprocess.run(command, cwd=notebook.parent, check=True, capture_output=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(reports)))


def batch(lesson: str, reports: int, jobs: int, folder: Path) -> list[tuple[int, float]]:
    """Run the batch; return how many reports were there, and the memory of all its processes, every now and then."""
    rows = "".join(
        f'[[report]]\nname = "r{number}"\nparameters = {{hours = {400.0 + number}}}\n' for number in range(reports)
    )
    file = folder / "batch.toml"
    file.write_text(f'lessons = ["{lesson}"]\nlanguages = ["en"]\n{rows}', encoding="utf-8")
    command = [sys.executable, "-m", "crmbook", "batch", str(file), "--out", str(folder / "out"), "--jobs", str(jobs)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    done: list[str] = []
    reader = threading.Thread(target=lambda: done.extend(iter(running.stderr.readline, "")), daemon=True)
    reader.start()
    seen = []
    while running.poll() is None:
        try:
            process = psutil.Process(running.pid)
            # what forks share counts once
            used = sum(part.memory_full_info().uss for part in (process, *process.children(recursive=True)))
            seen.append((len(done), used / 2**20))
        except psutil.Error:
            pass
        time.sleep(0.2)
    if running.returncode:
        raise SystemExit("".join(done))
    return seen


def main() -> None:
    """Print both, and their ratio beside the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lesson", default="01_tiering")
    options = parser.parse_args()
    asked = (options.lesson, options.reports, options.jobs)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{options.reports} reports of {options.lesson}, {options.jobs} at a time")
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "papermill").mkdir()
        before, began = cpu(), time.monotonic()
        seen = batch(*asked, Path(made))
        ours, ours_cpu = time.monotonic() - began, cpu() - before
        print(f"  {'crmbook batch':<20}{ours:8.1f} s wall {ours_cpu:8.1f} s CPU", flush=True)
        before, began = cpu(), time.monotonic()
        papermill(*asked, Path(made) / "papermill")
        theirs, theirs_cpu = time.monotonic() - began, cpu() - before
        print(f"  {'papermill in a loop':<20}{theirs:8.1f} s wall {theirs_cpu:8.1f} s CPU")
    print(f"  {'ratio':<20}{theirs / ours:8.1f}        {theirs_cpu / ours_cpu:8.1f}   (bar: 4 in wall time)")
    for number in (5, options.reports // 2, options.reports - 1):
        around = [used for count, used in seen if abs(count - number) <= 1]
        print(f"  memory at report {number:>3}: {max(around, default=float('nan')):6.0f} MB in all")


if __name__ == "__main__":
    main()
