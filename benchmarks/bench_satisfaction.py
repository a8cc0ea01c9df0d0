"""Drivers with bootstrap intervals, and words and tone of many Chinese comments, each beside the plain way.

Ratios are of processor time: the machine may have other work.

python benchmarks/bench_satisfaction.py [--answers N] [--draws N] [--comments N]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from crmbook import comments, satisfaction
from crmbook.data.sample import comments as patterns
from crmbook.data.sample import folder

ITEMS = ["product_quality", "service_attitude", "delivery_speed", "after_sales", "price", "effort"]
WEIGHTS = (0.26, 0.34, 0.19, 0.13, 0.08, 0.05)
REFITS = 20  # of the plain way, whose time is then scaled to all draws
SINGLE = 1_000  # comments asked one at a time, scaled to all


def answers(rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return correlated answers to six items, and the overall answer that follows from them."""
    rng = np.random.default_rng(20240601)
    mood = 0.5 * rng.normal(size=(rows, 1))
    items = np.clip(np.round(3.7 + mood + 0.9 * rng.normal(size=(rows, 6))), 1, 5)
    overall = np.clip(np.round(items @ WEIGHTS - 0.2 + 0.4 * rng.normal(size=rows)), 1, 5)
    return pd.DataFrame(items, columns=ITEMS), pd.Series(overall, name="overall")


def refit(items: pd.DataFrame, overall: pd.Series, draws: int) -> np.ndarray:
    """The plain way: draw rows, correlate them, weigh; once more for each draw."""
    values = np.column_stack([items.to_numpy(), overall.to_numpy()])
    rng = np.random.default_rng(0)
    weights = []
    for _ in range(draws):
        sample = values[rng.integers(0, len(values), len(values))]
        related = np.corrcoef(sample, rowvar=False)
        size, turn = np.linalg.eigh(related[:-1, :-1])
        loadings = turn @ np.diag(np.sqrt(size)) @ turn.T
        weights.append(loadings**2 @ np.linalg.solve(loadings, related[:-1, -1]) ** 2)
    return np.quantile(weights, (0.025, 0.975), axis=0)


def chinese(rows: int) -> pd.Series:
    """Return comments worded by the sample's patterns, no two alike: each names its order and day."""
    rng = np.random.default_rng(20240602)
    words, _ = patterns.write(
        rng, np.full(rows, "zh"), rng.choice(patterns.THEMES, rows), rng.choice(patterns.SENTIMENTS, rows)
    )
    days = rng.integers(1, 29, rows)
    return pd.Series(
        [f"{text}订单{number}，{day}号收到。" for number, (text, day) in enumerate(zip(words, days, strict=True))]
    )


def labelled() -> tuple[pd.Series, pd.Series]:
    """Return the sample's comments with the tone that its generator drew."""
    truth = pd.read_csv(folder("retail") / "truth.csv", dtype="str")
    planted = truth[truth["entity"] == "comment"].set_index("id")["sentiment"]
    said = pd.read_csv(folder("retail") / "survey.csv", dtype="str").set_index("response_id")["comment"]
    return said[planted.index], planted


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of one run."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def cut(texts: pd.Series) -> list[list[str]]:
    """The floor of the words: rjieba alone, nothing left out."""
    import rjieba

    return [rjieba.cut(text) for text in texts]


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--comments", type=int, default=60_000)
    arguments = parser.parse_args()
    print(machine())
    drivers(arguments.answers, arguments.draws)
    tone(arguments.comments)


def drivers(rows: int, draws: int) -> None:
    """Measure the drivers by both methods, and the refits."""
    items, overall = answers(rows)
    satisfaction.drivers(items.head(1000), overall.head(1000), draws=2)
    refits = min(REFITS, draws)
    plain = taken(lambda: refit(items, overall, refits))[1] * draws / refits
    print(f"drivers: {rows:,} answers, {len(ITEMS)} items, {draws:,} draws")
    for method in ("johnson", "lmg"):
        wall, processor = taken(lambda method=method: satisfaction.drivers(items, overall, method, draws))
        print(f"  satisfaction.drivers, {method:8} {wall:8.2f} s (at most 10), processor {processor:6.2f} s")
        if method == "johnson":
            ratio = processor / plain
    print(f"  refit on drawn rows             processor {plain:6.2f} s (from {refits} draws); ratio {ratio:.2f}")


def tone(rows: int) -> None:
    """Measure words and tone of the comments, the model's training included."""
    texts = chinese(rows)
    known, tones = labelled()
    comments.tokens(texts.head(10))  # loads the dictionary
    words, words_processor = taken(lambda: comments.tokens(texts))
    floor = taken(lambda: cut(texts))[1]
    training, training_processor = taken(lambda: comments.train(known, tones))
    model = comments.train(known, tones)
    asked, asked_processor = taken(lambda: model.predict(texts))
    pipeline = model.parts["zh"]
    bare = taken(lambda: pipeline.predict(texts.tolist()))[1]
    single = min(SINGLE, rows)
    one = taken(lambda: [pipeline.predict([text]) for text in texts.head(single)])[1] * rows / single
    total, processor = words + training + asked, words_processor + training_processor + asked_processor
    print(f"comments: {rows:,} in Chinese, all different; {model.n:,} labelled ones to learn from")
    print(
        f"  comments.tokens     {words:6.2f} s, processor {words_processor:6.2f} s; rjieba.cut alone {floor:.2f} s,",
        end="",
    )
    print(f" ratio {words_processor / floor:.2f}")
    print(f"  comments.train      {training:6.2f} s, processor {training_processor:6.2f} s")
    print(
        f"  TextModel.predict   {asked:6.2f} s, processor {asked_processor:6.2f} s; scikit-learn alone {bare:.2f} s,",
        end="",
    )
    print(f" ratio {asked_processor / bare:.2f}")
    print(
        f"  one comment at a time         processor {one:6.2f} s (from {single:,}), ratio {asked_processor / one:.2f}"
    )
    print(f"  together            {total:6.2f} s (at most 20), processor {processor:6.2f} s")


def machine() -> str:
    """Return what the figures were measured on."""
    import sklearn

    versions = f"numpy {np.__version__}, pandas {pd.__version__}, scikit-learn {sklearn.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    main()
