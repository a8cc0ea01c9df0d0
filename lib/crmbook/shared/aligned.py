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


def _with_rows(name: str, column: Any) -> Any:
    if isinstance(column, pd.Series | pd.DataFrame | np.ndarray):
        return column
    if isinstance(column, pd.Index | pd.api.extensions.ExtensionArray | list | tuple):
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
