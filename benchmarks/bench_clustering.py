"""Choosing the number of clusters with all indices: time, memory and errors, beside the plain scikit-learn way.

    python benchmarks/bench_clustering.py [--customers N …] [--plain N] [--simulations N]

The plain way is a loop over k with ``KMeans(n_init=10)``, the full silhouette, Calinski-Harabasz and Davies-Bouldin: no
gap statistic and no bootstrap, so it does less. Its silhouette needs the distances between all customers, so it runs on
fewer. With --simulations the rules for k and for "structureless" are tried on that many simulated sets with and without
groups.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time

import numpy as np
import pandas as pd
import sklearn
from crmbook.clustering import Clusters, cluster, opinions
from crmbook.clustering.partition import kmeans, rand_index
from crmbook.shared.features import single_thread

CENTRES = 4.0 * np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 0, 1]])
SHARES = np.array([0.35, 0.25, 0.20, 0.12, 0.08])


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000], help="default 100000 1000000")
    parser.add_argument("--plain", type=int, default=10_000, help="customers of the plain way (default 10000; 0: none)")
    parser.add_argument("--simulations", type=int, default=0, help="simulated sets for the error rates (default none)")
    chosen = parser.parse_args(arguments)
    print(f"{machine()}; OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'not set')}")
    print("wanted: 100,000 customers in at most 12 s of CPU time, a million in at most 60 s and 2 GB")
    cluster(segments(500, seed=1)[0], most=3)  # imports are not what is measured
    for customers in sorted(chosen.customers):
        _report("crmbook, all indices", customers, lambda features: cluster(features).scores)
    if chosen.plain:  # last: its distances between all customers would hide the peak of the others
        _report("crmbook, all indices", chosen.plain, lambda features: cluster(features).scores)
        _report("scikit-learn, full silhouette", chosen.plain, plain)
    if chosen.simulations:
        error_rates(chosen.simulations)


def machine() -> str:
    """Return what a figure was measured on."""
    versions = f"numpy {np.__version__}, scikit-learn {sklearn.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def segments(customers: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return five overlapping, unequal segments in four features beside two of noise, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(len(SHARES), customers, p=SHARES)
    told = CENTRES[truth] + rng.normal(size=(customers, 4))
    values = np.hstack([told, rng.normal(size=(customers, 2))])
    return pd.DataFrame(values, columns=[f"feature_{number}" for number in range(1, 7)]), truth


def plain(features: pd.DataFrame) -> pd.DataFrame:
    """Choose k as scikit-learn's manual does it: a loop over k, every index on all rows."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
    from sklearn.preprocessing import StandardScaler

    points = StandardScaler().fit_transform(features)
    rows = {}
    for k in range(2, 11):
        model = KMeans(k, n_init=10, random_state=0).fit(points)
        rows[k] = {
            "inertia": model.inertia_,
            "silhouette": silhouette_score(points, model.labels_),
            "calinski_harabasz": calinski_harabasz_score(points, model.labels_),
            "davies_bouldin": davies_bouldin_score(points, model.labels_),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _report(name: str, customers: int, run: object) -> None:
    features, _ = segments(customers)
    clock, cpu = time.perf_counter(), time.process_time()
    scores = run(features)  # type: ignore[operator]
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(f"{name:30} {customers:>9,} customers  k {scores.index[0]}–{scores.index[-1]}  ", end="")
    print(f"{clock:7.1f} s  {cpu:7.1f} s CPU  peak so far {peak:,.0f} MB")


def error_rates(sets: int) -> None:
    """Print how often the rules are right, on simulated sets with groups and without."""
    with_groups, without = [], []
    for number in range(sets):
        rng = np.random.default_rng([20, number])
        with_groups.append(_try_planted(rng))
        kind = CONTROLS[number % len(CONTROLS)]
        without.append({"kind": kind, "verdict": cluster(cloud(rng, kind)).verdict})
    planted = pd.DataFrame([row for row in with_groups if row]).assign(fair=lambda rows: rows["reachable"] >= 0.9)
    indices = [column for column in planted if column.startswith("k by ")]
    print(f"\n{len(planted)} sets with groups; fair: k-means at the planted k reaches 0.9 of the oracle")
    for fair, rows in planted.groupby("fair"):
        print(f"  {'fair' if fair else 'not fair'}: {len(rows)} sets")
        print(f"    0.9 of the oracle reached  {(rows['ratio'] >= 0.9).mean():.2f} (mean {rows['ratio'].mean():.3f})")
        print(f"    planted k is stable (0.9)  {(rows['stability_at_truth'] >= 0.9).mean():.2f}")
        print(f"    called structureless       {(rows['verdict'] == 'structureless').mean():.2f}")
        for index in indices:
            print(f"    right {index:20} {(rows[index] == rows['planted']).mean():.2f}")
    print(f"\n{len(without)} sets without groups")
    print(pd.crosstab(pd.DataFrame(without)["kind"], pd.DataFrame(without)["verdict"]).to_string(), flush=True)


CONTROLS = (
    "uniform",
    "normal",
    "correlated",
    "heavy_tails",
    "elongated",
    "skewed_logged",
    "counts_logged",
    "skewed_raw",
    "stars",
    "flags",
    "coarse",
)


def cloud(rng: np.random.Generator, kind: str) -> pd.DataFrame:
    """Return customers without groups, of one of the ``CONTROLS``."""
    width, n = int(rng.integers(2, 10)), int(rng.choice([400, 1500, 3000]))
    size = (n, width)
    if kind == "uniform":
        values = rng.random(size)
    elif kind == "normal":
        values = rng.normal(size=size)
    elif kind == "correlated":
        values = rng.normal(size=size) @ rng.normal(size=(width, width))
    elif kind == "heavy_tails":
        values = rng.standard_t(5, size=size)
    elif kind == "elongated":
        values = rng.random(size) + 2 * rng.random((n, 1))
    elif kind == "skewed_logged":
        values = np.log1p(rng.gamma(1.5, 100, size=size))
    elif kind == "counts_logged":
        rate = rng.gamma(2, 4, size=(n, 1))
        values = np.log1p(
            np.hstack([1 + rng.poisson(rate), rate * rng.gamma(3, 30, size=(n, 1)), rng.gamma(2, 60, size=size)])
        )
    elif kind == "skewed_raw":
        values = rng.lognormal(0, 0.6, size=size)
    elif kind == "stars":
        values = np.clip(np.round(rng.normal(3.8, 1, size=size)), 1, 5)
    elif kind == "flags":
        values = np.hstack([rng.normal(size=size), rng.random((n, 2)) < 0.3])
    else:
        values = np.round(2 * rng.normal(size=size)) / 2
    return pd.DataFrame(values)


def _try_planted(rng: np.random.Generator) -> dict[str, object]:
    features, truth, oracle = planted_set(rng)
    ceiling = rand_index(truth, oracle)
    if not 0.7 < ceiling < 0.995:
        return {}
    found: Clusters = cluster(features)
    planted = int(truth.max()) + 1
    with single_thread():
        points = ((features - features.mean()) / features.std(ddof=0)).to_numpy()
        reachable = rand_index(truth, kmeans(points, planted, seed=0, starts=30).labels) / ceiling
    return {
        "planted": planted,
        "k by cluster()": found.k,
        **{f"k by {index}": k for index, k in opinions(found.scores).items() if index != "merit"},
        "ratio": rand_index(truth, found.labels.to_numpy()) / ceiling,
        "reachable": reachable,
        "verdict": found.verdict,
        "stability_at_truth": found.scores.loc[planted, "stability"],
    }


def planted_set(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return 2 to 7 normal groups, unequal in size and spread, with noise features; the truth; the oracle's view."""
    from scipy.stats import norm

    groups, width, noise = int(rng.integers(2, 8)), int(rng.integers(2, 7)), int(rng.integers(0, 5))
    n = int(rng.choice([500, 1500, 3000]))
    shares = np.full(groups, 0.0)
    while shares.min() < 0.06:
        shares = rng.dirichlet(np.full(groups, 5.0))
    centres = _spread_out(rng, groups, width) * rng.uniform(2.5, 5)
    spreads = rng.uniform(0.75, 1.3, (groups, width))
    truth = rng.choice(groups, n, p=shares)
    told = centres[truth] + rng.normal(size=(n, width)) * spreads[truth]
    densities = norm.logpdf(told[:, None], centres, spreads).sum(axis=2) + np.log(shares)
    values = np.hstack([told, rng.normal(size=(n, noise))])
    return pd.DataFrame(values), truth, densities.argmax(axis=1)


def _spread_out(rng: np.random.Generator, groups: int, width: int) -> np.ndarray:
    """Return centres whose nearest two are 1 apart, the most even of twenty draws."""
    best, evenness = np.empty((0, 0)), -1.0
    for _ in range(20):
        centres = rng.normal(size=(groups, width))
        apart = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2))[np.triu_indices(groups, 1)]
        if apart.min() / apart.max() > evenness:
            best, evenness = centres / apart.min(), apart.min() / apart.max()
    return best


if __name__ == "__main__":
    main()
