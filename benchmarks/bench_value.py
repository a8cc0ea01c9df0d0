"""Fitting BG/NBD to many customers: CPU time and peak memory, beside the package ``lifetimes``.

    python benchmarks/bench_value.py [--customers N] [--no-peer]

Both fit the same simulated histories (three years of days, 0 to some 200 repeat purchases), each in a process of its
own, one run each. ``lifetimes`` does not work with this project's versions: it gets an environment of its own in the
temporary folder, made on the first run with the packages it needs (a minute, and a connection to a package registry).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PLANTED = {"r": 0.8, "alpha": 8.6, "a": 0.8, "b": 6.0}  # alpha in weeks
PEER_NEEDS = (
    "setuptools<80",
    "wheel",
    "numpy<2",
    "scipy<1.14",
    "pandas<2.3",
    "dill",
    "autograd==1.6.2",
    "lifetimes==0.11.3",
)
PEER = """
import json, resource, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter
held = np.load(sys.argv[1])
clock, cpu = time.perf_counter(), time.process_time()
fitted = BetaGeoFitter().fit(held["x"], held["t_x"], held["T"])
clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
print(json.dumps({"cpu": cpu, "clock": clock, "peak": peak, "params": dict(fitted.params_)}))
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers (default 1,000,000)")
    parser.add_argument("--no-peer", action="store_true", help="leave lifetimes out")
    parser.add_argument("--histories", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.histories:
        print(json.dumps(_fitted(chosen.histories)))
        return
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}, {platform.system()}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "histories.npz"
        x, t_x, age = histories(chosen.customers)
        np.savez(file, x=x, t_x=t_x, T=age)
        print(f"{chosen.customers:,} customers, {x.mean():.2f} repeat purchases each, {(x > 0).mean():.0%} repeaters\n")
        ours = json.loads(_output([sys.executable, __file__, "--histories", str(file)]))
        peer = None if chosen.no_peer else _peer(file)
    print(f"{'':12}{'CPU s':>9}{'clock s':>9}{'peak MB':>10}   r, alpha, a, b")
    for name, row in (("crmbook", ours), ("lifetimes", peer)):
        if row:
            params = ", ".join(f"{row['params'][key]:.4f}" for key in PLANTED)
            print(f"{name:12}{row['cpu']:9.2f}{row['clock']:9.2f}{row['peak']:10,.0f}   {params}")
    print(f"\nplanted: {', '.join(map(str, PLANTED.values()))}; to hold for a million: at most 3 s of CPU and 600 MB")
    if peer:
        apart = max(abs(ours["params"][key] / peer["params"][key] - 1) for key in PLANTED)
        print(
            f"lifetimes takes {peer['cpu'] / ours['cpu']:.1f} times the CPU (to hold: at least 4); "
            f"parameters agree to {apart:.4%}"
        )


def histories(customers: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, t_x and T in weeks (whole days), drawn from the model for customers who joined over three years."""
    rng = np.random.default_rng(seed)
    age = 95.0 + rng.integers(0, 1000, customers)
    rate = rng.gamma(PLANTED["r"], 1 / (7 * PLANTED["alpha"]), customers)
    leave = rng.beta(PLANTED["a"], PLANTED["b"], customers)
    x, last, now = np.zeros(customers, dtype=int), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        now[alive] += rng.exponential(1 / np.maximum(rate[alive], 1e-300))
        alive = alive[now[alive] < age[alive]]
        new_day = np.floor(now[alive]) > last[alive]  # purchases of one day are one
        x[alive] += new_day
        last[alive] = np.where(new_day, np.floor(now[alive]), last[alive])
        alive = alive[rng.random(len(alive)) >= leave[alive]]
    return x, last / 7, age / 7


def _fitted(file: str) -> dict[str, object]:
    from crmbook.value.bgnbd import fit_bgnbd

    held = np.load(file)
    x, t_x, age = held["x"], held["t_x"], held["T"]
    clock, cpu = time.perf_counter(), time.process_time()
    model = fit_bgnbd(x, t_x, age)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return {"cpu": cpu, "clock": clock, "peak": peak, "params": model.params}


def _peer(file: Path) -> dict | None:
    home = Path(tempfile.gettempdir()) / "crmbook-lifetimes"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        if not (home / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--no-build-isolation"]
            subprocess.run([*install, *PEER_NEEDS[:2]], check=True, capture_output=True)
            subprocess.run([*install, *PEER_NEEDS[2:]], check=True, capture_output=True)
            (home / "complete").touch()
        return json.loads(_output([str(python), "-c", PEER, str(file)]))
    except (OSError, subprocess.CalledProcessError) as problem:
        said = getattr(problem, "stderr", None) or str(problem)
        said = said.decode(errors="replace") if isinstance(said, bytes) else said
        print(f"lifetimes cannot be run here, so there is no comparison: {said.strip().splitlines()[-1]}\n")
        return None


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _processor() -> str:
    cores = f"{os.cpu_count()} cores"
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return f"{models[0].split(':')[1].strip()}, {cores}" if models else f"{platform.processor()}, {cores}"


if __name__ == "__main__":
    main()
