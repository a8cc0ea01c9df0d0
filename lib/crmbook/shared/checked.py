"""The numbers that a method is given: there, finite, one for each customer, or refused with words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmbook.data.faults import DataError

BEYOND = 1e100
"""Numbers from here on are no figures of a customer: their squares run out of what a computer holds."""


def series(value: pd.Series | Iterable[float]) -> pd.Series:
    """Return what was given as a Series; a plain list gets a count of rows as its index, a table is refused."""
    if getattr(value, "ndim", 1) > 1:
        raise DataError("tiering_table_not_column")
    return value if isinstance(value, pd.Series) else pd.Series(value)


def floats(values: ArrayLike) -> NDArray[np.float64]:
    """Return a column of numbers as floats; what is missing or no number is NaN, for the method to refuse.

    Examples
    --------
    >>> floats([1, None, "two"])
    array([ 1., nan, nan])
    """
    return pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def numbers(value: pd.Series) -> np.ndarray:
    """Return a customer measure as floats.

    Parameters
    ----------
    value : Series, shape (customers,)
        One number for each customer.

    Raises
    ------
    DataError
        When there is no customer, or one of the values is missing, infinite or no number.

    Examples
    --------
    >>> numbers(pd.Series([3, 4], index=["C1", "C2"]))
    array([3., 4.])
    """
    column = str(value.name) if value.name is not None else "value"
    if len(value) == 0:
        raise DataError("tiering_no_customers", column=column)
    if not pd.api.types.is_numeric_dtype(value) or pd.api.types.is_bool_dtype(value):
        number = pd.to_numeric(value.astype(object), errors="coerce")
        odd = value[(number.isna() & value.notna()).to_numpy()]
        if len(odd) or pd.api.types.is_bool_dtype(value):
            first = odd if len(odd) else value
            raise DataError("tiering_not_numbers", column=column, customer=first.index[0], value=first.iloc[0])
        value = number
    found = value.to_numpy(dtype=float, na_value=np.nan)
    if not (np.abs(found) < BEYOND).all():
        missing = np.isnan(found)
        code = "tiering_missing" if missing.any() else "tiering_infinite"
        rows = missing if missing.any() else ~(np.abs(found) < BEYOND)
        raise DataError(code, column=column, count=int(rows.sum()), customer=value.index[int(rows.argmax())])
    return found


def measure(customers: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of the customer table, complete.

    Someone who only ever returned goods has never bought (``frequency`` 0) and so has no recency and no mean order.
    Such a customer counts as silent as long as the longest silent one, with a mean order of 0.

    Raises
    ------
    DataError
        When that is no table, or it has no such column.
    """
    if not isinstance(customers, pd.DataFrame):
        raise DataError("tiering_not_a_table", kind=type(customers).__name__, column=column)
    if column not in customers.columns:
        raise DataError("tiering_column", column=column, columns=", ".join(map(str, customers.columns)))
    found = customers[column]
    if column in ("recency", "mean_order") and "frequency" in customers.columns and found.isna().any():
        never_bought = found.isna() & (customers["frequency"] == 0)
        worst = found.max() if column == "recency" and found.notna().any() else 0
        found = found.astype(float).mask(never_bought.to_numpy(dtype=bool, na_value=False), worst)
    return found


def one_row_each(index: pd.Index) -> None:
    """Refuse a table or Series in which a customer stands twice."""
    if not index.is_unique:
        raise DataError("tiering_customer_twice", customer=index[index.duplicated()][0])


def words(codes: np.ndarray, names: Iterable[str], index: pd.Index, name: str) -> pd.Series:
    """Return codes 0, 1, 2 … as a Series of their names."""
    return pd.Series(pd.array(list(names), dtype="str").take(codes), index=index, name=name)


def needed(table: pd.DataFrame | None, name: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return a table of the book, refusing in words where it, or a column that the method needs, is not there.

    Raises
    ------
    DataError
        ``table_needed`` or ``column_needed``.
    """
    if table is not None and not isinstance(table, pd.DataFrame):
        raise DataError("load_source", value=type(table).__name__)
    if table is None or table.empty:
        raise DataError("table_needed", table=name)
    for column in columns:
        if column not in table or (len(table) == table[column].isna().sum()):
            raise DataError("column_needed", table=name, column=column)
    return table
