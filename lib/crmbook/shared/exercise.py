"""What an exercise is, and what answers are compared with: the exercises of all chapters are made of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 0.005
"""How far an answer may be off: a share by half a percentage point, another number by half a percent."""


@dataclass(frozen=True)
class Miss:
    """The first property that an answer lacks: an entry of the catalogue and the facts that it names."""

    key: str
    facts: dict[str, object]


Property = Callable[[Any, Any], Miss | None]


@dataclass(frozen=True)
class _Exercise:
    first_missing: Property
    needs: tuple[str, ...]


_registered: dict[str, _Exercise] = {}


def exercise(name: str, needs: tuple[str, ...] = ()) -> Callable[[Property], Property]:
    """Register a function as the check of an exercise.

    Parameters
    ----------
    name : str
        ``"tiering-1"``: the chapter, a hyphen, the number.
    needs : tuple of str
        What of ``checker(...)`` the function uses; where the reader's data lack one, the reader is told so.

    Returns
    -------
    callable
        A decorator for a function of ``(answer, given)`` that returns the first `Miss`, or None for a right answer.
        What was handed to `checker` are attributes of ``given``. The function may raise: that counts as not yet.

    Examples
    --------
    >>> @exercise("example-1", needs=("orders",))
    ... def number_of_orders(answer, given):
    ...     return count(answer, len(given.orders))
    """

    def register(function: Property) -> Property:
        _registered[name] = _Exercise(function, needs)
        return function

    return register


def _is_absent(table: object) -> bool:
    return table is None or getattr(table, "empty", False) is True


def _short(value: Any) -> Any:
    return value[:80] + "…" if isinstance(value, str) and len(value) > 80 else value


def _kind(answer: object) -> str:
    return type(answer).__name__


def miss(key: str, **facts: object) -> Miss:
    """Return the property that fails: the catalogue's entry, and what its text names.

    Examples
    --------
    >>> miss("course.too_high")
    Miss(key='course.too_high', facts={})
    """
    return Miss(key, facts)


def number(answer: object, right: float, tolerance: float = TOLERANCE) -> Miss | None:
    """Compare a number; it may be off by ``tolerance`` times the right one, or be rounded as a table shows it.

    Examples
    --------
    >>> number(101.0, 100.7) is None, number(120, 100).key, number("101", 100).key
    (True, 'course.too_high', 'course.not_a_number')
    """
    wrong = _not_numbers(answer, right) or _off(answer, right, tolerance * abs(right))
    return None if wrong and _as_shown(answer, right) else wrong


def in_hundreds(answer: object, right: float) -> Miss | None:
    """Compare a share that pages also show times a hundred, as points or per cent; it may be below 0 or above 1.

    Examples
    --------
    >>> in_hundreds(31.2, 0.312) is None, in_hundreds(0.31, 0.312) is None, in_hundreds(40, 0.312).key
    (True, True, 'course.too_high')
    """
    small = number(answer, right)
    return small and (number(answer, 100 * right) if _is_finite(answer) and abs(float(answer)) > 1 else small)  # type: ignore[arg-type]


def count(answer: object, right: int) -> Miss | None:
    """Compare a whole number, which must be met.

    Examples
    --------
    >>> count(12, 12) is None, count(11, 12).key
    (True, 'course.too_low')
    """
    return _not_numbers(answer, right) or _off(answer, right, 0)


def share(answer: object, right: float, tolerance: float = TOLERANCE) -> Miss | None:
    """Compare a share between 0 and 1, or the same in per cent, with a hint for the share of the others.

    Examples
    --------
    >>> share(.22, .2203) is None, share(22, .2203) is None, share(.78, .2203).key
    (True, True, 'course.of_the_others')
    """
    wrong = _not_numbers(answer, right)
    off = wrong or _off(answer, right, tolerance)
    if wrong or off is None:
        return wrong
    value = float(answer)  # type: ignore[arg-type]
    if value > 1 and abs(value / 100 - right) <= tolerance:
        return None
    value = value / 100 if 1 < value <= 100 else value
    if not 0 <= value <= 1:
        return miss("course.not_a_share")
    if abs(1 - value - right) <= tolerance:
        return miss("course.of_the_others")
    return _off(value, right, tolerance)


def series(answer: object, right: pd.Series, tolerance: float = TOLERANCE) -> Miss | None:
    """Compare a Series row by row, whatever the order of its rows.

    Numbers may be off by ``tolerance`` times the right one. A dict counts as a Series, and two blanks are equal.

    Examples
    --------
    >>> import pandas as pd
    >>> right = pd.Series({"C1": "A", "C2": "B"})
    >>> series(right[::-1], right) is None, series({"C1": "A", "C2": "C"}, right).key
    (True, 'course.values_differ')
    """
    import pandas as pd

    if isinstance(answer, pd.DataFrame):
        return miss("course.frame_not_series")
    if isinstance(answer, Mapping):
        answer = pd.Series(answer, dtype=None if answer else object)
    if not isinstance(answer, pd.Series):
        return miss("course.not_a_series", kind=_kind(answer))
    if answer.index.has_duplicates:
        return miss("course.rows_repeat", example=answer.index[answer.index.duplicated()][0])
    absent = right.index[~right.index.isin(answer.index)]
    extra = answer.index[~answer.index.isin(right.index)]
    if len(right) and len(absent) == len(right):
        return miss("course.rows_of_others", example=right.index[0])
    if len(absent):
        return miss("course.rows_missing", rows=len(absent), example=absent[0])
    if len(extra):
        return miss("course.rows_extra", rows=len(extra), example=extra[0])
    return _values_differ(answer.reindex(right.index), right, tolerance)


def customers(answer: object, right: Iterable[Hashable]) -> Miss | None:
    """Compare a set of customers: ids in a list, a set or an index, or rows of a frame or a Series.

    Examples
    --------
    >>> customers(["C2", "C1"], {"C1", "C2"}) is None, customers({"C1"}, {"C1", "C2"}).key
    (True, 'course.customers_missing')
    """
    wanted = set(right)
    given = _ids(answer, wanted)
    if given is None:
        return miss("course.not_customers", kind=_kind(answer))
    absent, extra = wanted - given, given - wanted
    if absent == wanted and wanted and given:
        return miss("course.customers_other")
    if extra:
        return miss("course.customers_extra", customers=len(extra), example=min(extra, key=str))
    if absent:
        return miss("course.customers_missing", customers=len(absent))
    return None


def _not_numbers(answer: object, right: float) -> Miss | None:
    if not math.isfinite(right):
        return miss("course.no_right_answer")
    if isinstance(answer, bool) or not isinstance(answer, Real | Decimal):
        return miss("course.not_a_number", kind=_kind(answer))
    return None if math.isfinite(answer) else miss("course.not_finite")


def _is_finite(answer: object) -> bool:
    return not isinstance(answer, bool) and isinstance(answer, Real | Decimal) and math.isfinite(answer)


def _as_shown(answer: Any, right: float) -> bool:
    """Whether the answer is the right figure with the digits that tables show; nothing is no rounding of something."""
    if not _is_finite(answer) or not answer:
        return False
    size = abs(right)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return abs(float(answer) - right) <= 0.5 * 10**-decimals * (1 + 1e-9) and math.isclose(
        float(answer), round(float(answer), decimals)
    )


def _off(answer: Any, right: float, allowed: float) -> Miss | None:
    # the last term forgives what binary fractions lose
    if abs(float(answer) - right) <= allowed + 1e-9 * max(1, abs(right)):
        return None
    return miss("course.too_high" if answer > right else "course.too_low")


def _values_differ(answer: pd.Series, right: pd.Series, tolerance: float) -> Miss | None:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    same = answer.isna() & right.isna()
    if is_numeric_dtype(right) and not is_bool_dtype(right):
        if not is_numeric_dtype(answer):
            return miss("course.values_not_numbers")
        # the last term forgives what binary fractions lose
        near = (answer.astype(float) - right.astype(float)).abs() <= tolerance * right.astype(float).abs() + 1e-9
    else:
        near = answer.astype(object) == right.astype(object)
    differs = ~(same | near.fillna(False).astype(bool))
    if not differs.any():
        return None
    return miss("course.values_differ", rows=int(differs.sum()), of=len(right), example=right.index[differs][0])


def _ids(answer: object, wanted: set[Hashable]) -> set[Hashable] | None:
    import numpy as np
    import pandas as pd

    if isinstance(answer, pd.DataFrame):
        return set(answer["customer_id"] if "customer_id" in answer.columns else answer.index)
    if isinstance(answer, pd.Series):
        if answer.dtype == bool:
            return set(answer.index[answer])
        values = set(answer)
        return values if values & wanted else set(answer.index)
    return set(answer) if isinstance(answer, Set | list | tuple | pd.Index | np.ndarray) else None
