"""Rows go by their labels: what belongs together is put side by side in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError


def aligned(**columns: Any) -> tuple[Any, ...]:
    """Return inputs of one function row by row.

    Series and frames go by their labels: they are put in the order of the first, or refused where they do not hold the
    same labels. Arrays and lists have no labels and go by position.

    Parameters
    ----------
    **columns
        By the name that a message may use: Series, DataFrames, arrays or lists with one row each; None is passed on.

    Returns
    -------
    tuple
        The same in the order given; lists as arrays.

    Raises
    ------
    DataError
        ``rows_length`` when their lengths differ, ``rows_labels`` when one holds labels that the other lacks,
        ``rows_twice`` when labels stand several times and not in the same order, ``rows_kind`` for what has no rows.

    Examples
    --------
    >>> before = pd.Series({"C1": 1.0, "C2": 5.0})
    >>> after = pd.Series({"C2": 6.0, "C1": 2.0})
    >>> [column.tolist() for column in aligned(before=before, after=after)]
    [[1.0, 5.0], [2.0, 6.0]]
    """
    given = {name: _with_rows(name, column) for name, column in columns.items() if column is not None}
    labelled = {name: column for name, column in given.items() if isinstance(column, pd.Series | pd.DataFrame)}
    first, *others = given or [""]
    for name in others:
        if len(given[name]) != len(given[first]) and not (name in labelled and first in labelled):
            raise DataError("rows_length", first=first, second=name, rows=len(given[first]), other=len(given[name]))
    if labelled:
        leading = next(iter(labelled))
        for name in labelled:
            given[name] = _in_order_of(labelled[leading].index, given[name], leading, name)
    return tuple(given.get(name) for name in columns)


def side_by_side(**columns: Any) -> tuple[np.ndarray, ...]:
    """Return columns as floats of one shape: Series as `aligned`, numbers and arrays as numpy broadcasts them.

    Examples
    --------
    >>> [column.tolist() for column in side_by_side(t=12, x=[0, 2])]
    [[12.0, 12.0], [0.0, 2.0]]
    """
    labelled = {name: column for name, column in columns.items() if isinstance(column, pd.Series)}
    together = columns | dict(zip(labelled, aligned(**labelled), strict=True))
    given = {name: np.asarray(column, dtype=float) for name, column in together.items()}
    try:
        return tuple(np.broadcast_arrays(*given.values()))
    except ValueError as problem:
        short, long = sorted(given, key=lambda name: given[name].size)[:: len(given) - 1]
        facts = {"first": short, "second": long, "rows": given[short].size, "other": given[long].size}
        raise DataError("rows_length", **facts) from problem


def events(column: Any, name: str) -> np.ndarray:
    """Return whether something happened, row by row; what is missing or says neither is refused, not counted as yes.

    Parameters
    ----------
    column : array_like of bool or of 0 and 1, shape (n,)
    name : str
        For the message.

    Raises
    ------
    DataError
        ``event_unclear`` with the first value that is neither.

    Examples
    --------
    >>> events([1, 0, True], "happened").tolist()
    [True, False, True]
    """
    given = column if isinstance(column, pd.Series) else pd.Series(np.asarray(column))
    if given.dtype == bool:
        return given.to_numpy()
    yes, no = (given.map(lambda value, meant=meant: _is(value, meant)).to_numpy(dtype=bool) for meant in (1, 0))
    unclear = ~(yes | no)
    if unclear.any():
        raise DataError("event_unclear", name=name, rows=int(unclear.sum()), value=given[unclear].iloc[0])
    return yes


def _is(value: Any, meant: int) -> bool:
    return isinstance(value, bool | np.bool_ | int | float | np.number) and bool(value == meant)


def numbers(column: Any, name: str) -> np.ndarray:
    """Return a column of numbers; what is missing or is none is refused.

    Raises
    ------
    DataError
        ``number_missing`` with the first value that is none.

    Examples
    --------
    >>> numbers(pd.Series([1, 2], dtype="Int64"), "score").tolist()
    [1.0, 2.0]
    """
    given = column if isinstance(column, pd.Series) else pd.Series(np.asarray(column))
    kind = given.dtype
    known = pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_object_dtype(kind)
    found = (
        pd.to_numeric(given, errors="coerce").astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        if known
        else np.full(len(given), np.nan)
    )
    missing = np.isnan(found)
    if missing.any():
        raise DataError("number_missing", name=name, rows=int(missing.sum()), value=given[missing].iloc[0])
    return found


def _with_rows(name: str, column: Any) -> Any:
    if isinstance(column, pd.Series | pd.DataFrame | np.ndarray):
        return column
    if isinstance(column, pd.Index | pd.api.extensions.ExtensionArray | list | tuple | range):
        return np.asarray(column)
    raise DataError("rows_kind", name=name, kind=type(column).__name__)


def _in_order_of(index: pd.Index, column: Any, leading: str, name: str) -> Any:
    if column.index is index or column.index.equals(index):
        return column
    for side, labels in ((leading, index), (name, column.index)):
        if labels.has_duplicates:
            raise DataError("rows_twice", name=side, label=labels[labels.duplicated()][0])
    strangers = index.symmetric_difference(column.index, sort=False)
    if len(strangers):
        raise DataError("rows_labels", first=leading, second=name, rows=len(strangers), label=strangers[0])
    return column.reindex(index)
