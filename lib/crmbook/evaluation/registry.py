"""The registry of indicators: what a scorecard row means, what it needs, and the function that counts it.

An indicator is one function with ``@indicator`` above it. The words (name, formula, trap) stand in the catalogue, under
the indicator's code; here stand the code, the unit, and which way is better. A company's own needs no words there: it
keeps its code as its name, and the first line of its function as its formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.evaluation.periods import Activity
from crmbook.shared.estimate import Estimate, mean_of_sums, wilson

Rows = Iterable[tuple[int, str, Estimate, str]]
Count = Callable[[Activity], Rows]
NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
NO_DATA = "no_data"
BETTER = ("higher", "lower")
RATES = ("per_thousand", "per_month")  # units of which n counts events


@dataclass(frozen=True)
class Indicator:
    """One indicator of the scorecard.

    Attributes
    ----------
    code : str
        Its name in the scorecard; formula and trap are worded under it in the catalogue.
    number : int
        Which of the course's twelve it belongs to; a company's own have numbers from 13 on.
    unit : str
        ``share``, ``points``, ``currency``, ``hours``, ``per_thousand``, ``per_month`` (of a customer) or a code of
        one's own.
    better : str
        ``"higher"`` or ``"lower"``.
    needs : tuple of str
        Tables (``"spend"``) and columns (``"survey.overall"``) without which it cannot be counted.
    by_tier : bool
        Whether it can be counted for the tiers too.
    count : callable
        Takes an `Activity`; gives for each period and tier (and ``all``) the span's number, the tier, an `Estimate`
        and a note ("" where nothing is to be said).
    """

    code: str
    number: int
    unit: str
    better: str
    needs: tuple[str, ...]
    by_tier: bool
    count: Count


REGISTRY: dict[str, Indicator] = {}
"""Every indicator by code, in the order of the scorecard."""


def indicator(
    code: str, number: int, unit: str, better: str, needs: Iterable[str], by_tier: bool = True
) -> Callable[[Count], Count]:
    """Enter the function below into the registry.

    Raises
    ------
    DataError
        ``evaluation_indicator_twice`` when the code is taken; ``evaluation_better`` for a direction that is none.

    Examples
    --------
    >>> @indicator("visits", 13, "per_month", "higher", ["interactions"])
    ... def visits(activity):
    ...     return [(number, "all", Estimate(2.0, 1.5, 2.5, 40), "") for number in range(len(activity.spans))]
    >>> REGISTRY.pop("visits").better
    'higher'
    """
    if code in REGISTRY:
        raise DataError("evaluation_indicator_twice", value=code)
    if better not in BETTER:
        raise DataError("evaluation_better", value=better, choices=", ".join(BETTER))

    def enter(count: Count) -> Count:
        REGISTRY[code] = Indicator(code, number, unit, better, tuple(needs), by_tier, count)
        return count

    return enter


def indicators() -> pd.DataFrame:
    """Return the registry as a table.

    Returns
    -------
    DataFrame
        Index ``indicator``; ``number``, ``unit``, ``better``, ``needs`` (tables and columns), ``by_tier``. Formula and
        trap are worded in the catalogue.

    Examples
    --------
    >>> from crmbook import evaluation
    >>> int(evaluation.indicators()["number"].nunique())
    12
    """
    rows = [
        (one.code, one.number, one.unit, one.better, ", ".join(one.needs), one.by_tier) for one in REGISTRY.values()
    ]
    columns = ["indicator", "number", "unit", "better", "needs", "by_tier"]
    return pd.DataFrame(rows, columns=columns).set_index("indicator")


def lacking(needs: Iterable[str], activity: Activity) -> str:
    """Return the note on the first table or column that the book lacks: ``table_needed:spend`` for example.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> lacking(["spend"], SimpleNamespace(book=SimpleNamespace(spend=None)))
    'table_needed:spend'
    """
    for need in needs:
        name, _, column = need.partition(".")
        table = getattr(activity.book, name, None)
        if table is None or table.empty:
            return f"table_needed:{name}"
        if column and (column not in table or table[column].isna().all()):
            return f"column_needed:{need}"
    return ""


def refusal(error: DataError) -> str:
    """Return the note for a refusal: what is missing, or the refusal's code.

    Examples
    --------
    >>> refusal(DataError("column_needed", table="orders", column="cost"))
    'column_needed:orders.cost'
    """
    if error.code == "table_needed":
        return f"table_needed:{error.facts['table']}"
    if error.code == "column_needed":
        return f"column_needed:{error.facts['table']}.{error.facts['column']}"
    return f"refused:{error.code}"


def covered(activity: Activity, first: pd.Timestamp | None, number: int) -> bool:
    """Return whether a period does not lie wholly before the first row of a table: there, zero means "not known"."""
    return first is not None and not pd.isna(first) and activity.spans[number].end >= first.normalize()


def share(hits: float, n: float) -> tuple[Estimate, str]:
    """Return a share with its Wilson interval, and the note ``no_data`` where there is nobody.

    Examples
    --------
    >>> share(0, 0)[1]
    'no_data'
    """
    return (wilson(int(hits), int(n)), "") if n else (NOTHING, NO_DATA)


def rate(count: float, exposure: float, per: float = 1.0) -> tuple[Estimate, str]:
    """Return a count over its exposure with the exact Poisson interval at 95 %.

    Parameters
    ----------
    count : int
    exposure : float
        Orders, customer-months …; without any the note is ``no_data``.
    per : float
        What the rate is for: 1000 for a rate per 1,000.

    Notes
    -----
    Garwood, F. (1936), Biometrika 28, 437–442. ``n`` is the count.

    Examples
    --------
    >>> print(rate(10, 2000, per=1000)[0])
    5 (2.398 to 9.195, n = 10)
    """
    if not exposure > 0:
        return NOTHING, NO_DATA
    low, high = poisson_limits(int(count))
    return Estimate(per * count / exposure, per * low / exposure, per * high / exposure, int(count)), ""


def poisson_limits(count: int) -> tuple[float, float]:
    """Return the exact 95 % limits of a Poisson mean.

    Examples
    --------
    >>> tuple(round(limit, 3) for limit in poisson_limits(10))
    (4.795, 18.39)
    """
    from scipy.special import gammaincinv

    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


def mean(total: float, squares: float, n: int) -> tuple[Estimate, str]:
    """Return a mean with its 95 % interval from a sum and a sum of squares, and the note that goes with it.

    Examples
    --------
    >>> print(mean(6.0, 14.0, 3)[0])
    2 (-0.4841 to 4.484, n = 3)
    """
    return (mean_of_sums(total, squares, int(n)), "") if n else (NOTHING, NO_DATA)


def per_tier(activity: Activity, number: int, customer: np.ndarray, value: np.ndarray) -> Rows:
    """Yield the mean of a value over customers (numbers), for each tier and all."""
    n = activity.counted(number, customer)
    total = activity.counted(number, customer, value)
    squares = activity.counted(number, customer, value * value)
    for tier, *figures in zip(activity.names, total, squares, n.astype(int), strict=True):
        yield number, tier, *mean(*figures)
