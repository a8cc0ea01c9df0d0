"""Small books made by hand, the published data set, and the sample with its truth, for lifecycle and value."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import Book, DataError, load, satisfaction
from crmbook.data import sample


@contextmanager
def refused(code: str):
    """Expect a DataError with this code whose text can be made."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    assert len(str(error.value)) > 20


def orders(*lines: tuple, **columns) -> pd.DataFrame:
    """Order lines from (customer, day) or (customer, day, amount), one order each; further columns by name."""
    frame = pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(len(lines))],
            "customer_id": [line[0] for line in lines],
            "order_date": pd.to_datetime([line[1] for line in lines]),
            "amount": [float(line[2]) if len(line) > 2 else 10.0 for line in lines],
        }
    )
    return frame.assign(**columns)


def book(lines: pd.DataFrame | None, as_of: str, **tables) -> Book:
    return Book(as_of=pd.Timestamp(as_of), orders=lines, **tables)


@cache
def cdnow() -> pd.DataFrame:
    """The CDNOW 1/10 sample as order lines, from the file that the package ``lifetimes`` ships (it is not imported)."""
    spec = importlib.util.find_spec("lifetimes")
    assert spec is not None, "the package lifetimes holds the data set: install requirements-dev.txt"
    file = Path(next(iter(spec.submodule_search_locations))) / "datasets" / "CDNOW_sample.txt"
    names = ["master_id", "customer_id", "order_date", "quantity", "amount"]
    lines = pd.read_csv(file, sep=r"\s+", header=None, names=names, dtype={"customer_id": str, "order_date": str})
    day = pd.to_datetime(lines["order_date"], format="%Y%m%d")
    return lines.assign(order_date=day, order_id=[f"O{row}" for row in range(len(lines))]).drop(columns="master_id")


def retail() -> tuple[Book, pd.DataFrame]:
    """The committed retail sample, loaded, and what its generator drew, by entity and id."""
    return _sample("retail")


def saas() -> tuple[Book, pd.DataFrame]:
    """The committed sample of contract customers, loaded, and what its generator drew, by entity and id."""
    return _sample("saas")


@cache
def _sample(case: str) -> tuple[Book, pd.DataFrame]:
    folder = sample.folder(case)
    truth = pd.read_csv(folder / "truth.csv", dtype=str, parse_dates=["lapse_date"])
    return load(folder), truth.set_index(["entity", "id"]).sort_index()


def card(**changed) -> pd.DataFrame:
    """Two indicators over two periods: churn from 5 % to 10 %, worse beyond chance; value 100 to 104, unclear."""
    row = {"tier": "all", "n": 900, "note": "", "previous": np.nan, "change": np.nan, "change_low": np.nan}
    row |= {"change_high": np.nan, "verdict": "unknown"}
    churn = row | {"indicator": "churn_rate", "unit": "share", "low": 0.08, "high": 0.12}
    value = row | {"indicator": "customer_value", "unit": "currency", "low": 90.0, "high": 118.0}
    rows = [
        churn | {"period": "2024H1", "value": 0.05},
        churn
        | {"period": "2024H2", "value": 0.10, "previous": 0.05, "change": 0.05}
        | {"change_low": 0.025, "change_high": 0.075, "verdict": "worse"},
        value | {"period": "2024H1", "value": 100.0},
        value
        | {"period": "2024H2", "value": 104.0, "previous": 100.0, "change": 4.0}
        | {"change_low": -16.0, "change_high": 24.0, "verdict": "unclear"},
    ]
    return pd.DataFrame([one | changed for one in rows])


KANO = {"Q": (1, 1), "A": (1, 3), "O": (1, 5), "M": (3, 5), "I": (3, 3), "R": (5, 1)}
"""A pair of answers for each class: how it is to have the feature, and not to have it."""


def kano_of(counts: pd.DataFrame) -> pd.DataFrame:
    """Kano's classes of features (rows) of which it is known how many people put them into each class (columns)."""
    people = {
        feature: [KANO[code] for code, count in row.items() for _ in range(int(count))]
        for feature, row in counts.iterrows()
    }
    yes, no = (
        pd.DataFrame({feature: pd.Series([pair[side] for pair in pairs]) for feature, pairs in people.items()})
        for side in (0, 1)
    )
    return satisfaction.kano(yes, no)
