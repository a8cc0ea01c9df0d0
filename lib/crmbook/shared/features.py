"""Tables of features: checked, in a stated order, computed on one thread where a last digit could decide."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import cache
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import BEYOND


def single_thread() -> AbstractContextManager:
    """Return a context in which sums are made by one thread, so that the last digit does not depend on their number."""
    return _threads().limit(limits=1)


@cache
def _threads() -> Any:
    import sklearn.cluster  # noqa: F401  (its threads can be limited once they are loaded, not before)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def checked(features: pd.DataFrame | pd.Series, constant: bool = False, least: int = 2) -> pd.DataFrame:
    """Return features as numbers in index order, or refuse them.

    Parameters
    ----------
    features : DataFrame or Series
        A row for each customer (the index, each once), a numeric column for each feature.
    constant : bool
        Whether a column with one value only may stay.
    least : int
        Customers there must be.

    Returns
    -------
    DataFrame
        Of floats, sorted by index, so that what follows does not depend on the order of the rows.

    Raises
    ------
    DataError
        With all columns concerned: text, missing or infinite cells and numbers from ``BEYOND`` on, constant columns; a
        customer or a column that stands there twice; too few customers; no column. Nothing is filled in and nothing is
        left out.

    Examples
    --------
    >>> checked(pd.DataFrame({"orders": [3, 1]}, index=["b", "a"])).index.tolist()
    ['a', 'b']
    """
    frame = features.to_frame() if isinstance(features, pd.Series) else features
    if frame.shape[1] == 0:
        raise DataError("clustering_no_columns")
    once(frame.index)
    if len(frame) < least:
        raise DataError("clustering_too_few", rows=len(frame), least=least)
    numbers = as_numbers(frame)
    bad = (~(numbers.abs() < BEYOND)).sum()
    if bad.any():
        raise DataError(
            "clustering_missing", columns=_listed(f"{column} ({count})" for column, count in bad[bad > 0].items())
        )
    if not constant:
        _refuse_constant(numbers)
    return in_index_order(numbers)


def once(index: pd.Index) -> None:
    """Refuse customers that stand there more than once.

    Raises
    ------
    DataError
        With how many they are and the first of them.
    """
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise DataError("clustering_customer_twice", count=len(twice), customers=_listed(twice[:5]))


def whole(k: object) -> int:
    """Return a number of clusters, or refuse what is none.

    Raises
    ------
    DataError
        For anything but a whole number from 2 on.

    Examples
    --------
    >>> whole(3.0)
    3
    """
    number = float(k) if isinstance(k, Real) and not isinstance(k, bool) else math.nan
    if not (number >= 2 and number.is_integer()):
        raise DataError("clustering_k", k=k)
    return int(number)


def as_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns as floats; blanks stay blank.

    Raises
    ------
    DataError
        For a column that stands there twice, and for text, with the first cell of each column that is no number.

    Examples
    --------
    >>> as_numbers(pd.DataFrame({"orders": [3, None], "member": [True, False]}))["member"].tolist()
    [1.0, 0.0]
    """
    if frame.columns.has_duplicates:
        raise DataError("clustering_column_twice", columns=_listed(frame.columns[frame.columns.duplicated()].unique()))
    columns, text = {}, []
    for column in frame:
        values = frame[column]
        if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
            columns[column] = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            offence = _first_text(values)
            if offence is None:
                columns[column] = values.astype(object).where(values.notna(), np.nan).to_numpy(dtype=float)
            else:
                text.append(f'{column} ("{offence[1]}", {offence[0]})')
    if text:
        raise DataError("clustering_text", columns=_listed(text))
    return pd.DataFrame(columns, index=frame.index)


def _first_text(values: pd.Series) -> tuple | None:
    """Return row and value of the first cell that is no number, None where all are; blanks are no text.

    Columns of other kinds (words, dates, categories) are text all through: the first cell that does not even read as a
    number, else the first.
    """
    known = values.dropna()
    if values.dtype == object:
        known = known[[not isinstance(value, Real | Decimal | np.bool_) for value in known]]
    unreadable = known[pd.to_numeric(known.astype(str), errors="coerce").isna()]
    worst = known if unreadable.empty else unreadable
    return None if worst.empty else (worst.index[0], worst.iloc[0])


def _refuse_constant(numbers: pd.DataFrame) -> None:
    constant = [column for column in numbers if np.ptp(numbers[column].to_numpy()) <= 1 / BEYOND]
    if constant:
        raise DataError("clustering_constant", columns=_listed(constant))


def in_index_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by index, also where ids of several kinds cannot be compared.

    Examples
    --------
    >>> in_index_order(pd.DataFrame({"orders": [1, 2, 3]}, index=["7a", 9, 8])).index.tolist()
    [8, 9, '7a']
    """
    if frame.index.is_monotonic_increasing:
        return frame
    try:
        return frame.sort_index()
    except TypeError:  # ids of several kinds, as 7 and "7a"
        return frame.sort_index(key=lambda index: index.map(lambda label: (type(label).__name__, str(label))))


def _listed(items: object) -> str:
    return ", ".join(str(item) for item in items)  # type: ignore[attr-defined]


def same_columns(features: pd.DataFrame, columns: Iterable) -> pd.DataFrame:
    """Return these columns of the features, or refuse them with the list of those that are missing.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> same_columns(pd.DataFrame({"orders": [1], "note": ["x"]}), ["orders"]).columns.tolist()
    ['orders']
    """
    wanted = list(columns)
    missing = [column for column in wanted if column not in features]
    if missing:
        raise DataError("clustering_columns", columns=", ".join(map(str, missing)))
    return features[wanted]
