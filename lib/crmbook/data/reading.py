"""A column of text that has been read: what came out, where nothing stood, what was wrong.

The readers (``identifiers``, ``numbers``, ``dates``, ``choices``) work on a column's distinct values, in Arrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BLANK_WORDS = ("", "nan", "nat", "none", "null", "n/a", "#n/a", "-", "--", "—", "<na>", "\\n", "(null)", "[null]")
LARGEST = 1e15  # a double no longer holds each whole number beyond it, and no amount is that large


@dataclass(frozen=True)
class Note:
    """Something worth saying about a column: the rule, the position of the first example, its text, how many rows."""

    rule: str
    position: int
    value: str
    rows: int


@dataclass(frozen=True)
class Reading:
    """A column that has been read.

    Parameters
    ----------
    values : pandas.Series
        Typed; blank where there was nothing or nothing readable.
    blank : numpy.ndarray of bool
        Where there was nothing.
    faults : dict of str to numpy.ndarray of bool
        For each rule that was broken, where.
    notes : tuple of Note
    currencies : dict of str to int
        Each currency written beside a number, with the position of its first mention.
    """

    values: pd.Series
    blank: np.ndarray
    faults: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    currencies: dict[str, int] = field(default_factory=dict)


def as_text(values: pd.Series) -> pd.Series:
    """Return a column as text, whatever it held: whole numbers without a point, midnight as a day, blanks empty.

    Examples
    --------
    >>> as_text(pd.Series([17850.0, None, 0.5])).tolist()
    ['17850', '', '0.5']
    """
    types = pd.api.types
    values = without_categories(values)
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").astype("str")
    if types.is_integer_dtype(values.dtype) and not values.hasnans:
        return values.astype("str")
    return pd.Series([cell_text(value) for value in values], index=values.index, dtype="str")


def without_categories(values: pd.Series) -> pd.Series:
    """Return a categorical column as plain values; any other as it is."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values
    kind = values.cat.categories.dtype
    return values.astype(kind if isinstance(kind, pd.StringDtype) else object)


def with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose named index levels are columns, unless they are columns already.

    Examples
    --------
    >>> list(with_index(pd.DataFrame({"amount": [5]}, index=pd.Index(["C1"], name="customer_id"))))
    ['customer_id', 'amount']
    """
    kept = [level for level in frame.index.names if level is not None and level not in frame.columns]
    return frame.reset_index(level=kept) if kept else frame


def cell_text(value: object) -> str:
    """Return one cell as text; a whole number too large to be exact as a spreadsheet shows it (``1.23457E+15``)."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return ""
        number = float(value)
        if abs(number) >= LARGEST:
            return f"{number:.5E}"
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value).removesuffix(" 00:00:00")


def distinct(texts: pd.Series) -> tuple[np.ndarray, pa.Array]:
    """Return the distinct values of a column, and for each row the position of its value among them."""
    codes, unique = pd.factorize(texts)
    return codes, pa.array(unique, pa.string())


def spread(of_distinct: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return for each row what holds for its distinct value."""
    return of_distinct[codes] if len(of_distinct) else np.zeros(len(codes), dtype=of_distinct.dtype)


def fits(values: pa.Array, pattern: str) -> np.ndarray:
    """Return where a value matches a pattern."""
    return np.asarray(pc.fill_null(pc.match_substring_regex(values, pattern), False))


def one_of(values: pa.Array, words: tuple[str, ...]) -> np.ndarray:
    """Return where a value is one of some words, whatever its case and the spaces around it."""
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    return np.asarray(pc.is_in(folded, value_set=pa.array(words, pa.string())))


def keep(values: pa.Array, where: np.ndarray) -> pa.Array:
    """Return the values where something holds, null elsewhere."""
    return pc.if_else(pa.array(where), values, pa.scalar(None, values.type))


def note(rule: str, of_distinct: np.ndarray, codes: np.ndarray, written: pa.Array) -> tuple[Note, ...]:
    """Return the note on all rows whose distinct value something holds for; nothing where there is none."""
    touched = np.flatnonzero(spread(of_distinct, codes))
    if not len(touched):
        return ()
    return (Note(rule, int(touched[0]), written[int(codes[touched[0]])].as_py(), len(touched)),)
