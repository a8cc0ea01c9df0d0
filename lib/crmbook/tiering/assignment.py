"""A tier scheme at work: does it cover everybody, who gets which tier, what does each tier cost in hours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.data.schemes import Scheme, Tier
from crmbook.shared import checked
from crmbook.tiering.abc_analysis import classify, top_tiers
from crmbook.tiering.criteria import weighted_score
from crmbook.tiering.scores import score

LISTED = 25  # cells that a message names


class Coverage(NamedTuple):
    """What a scheme leaves open.

    Attributes
    ----------
    without : tuple of cells
        Cells that have no tier.
    twice : dict of cell to tiers
        Cells that have two or more, with their codes.
    """

    without: tuple[tuple, ...]
    twice: dict[tuple, tuple[str, ...]]

    @property
    def complete(self) -> bool:
        """Whether each cell has exactly one tier."""
        return not self.without and not self.twice

    @property
    def counts(self) -> pd.Series:
        """How many cells have no tier, and how many have two or more; index ``check``."""
        found = {"cells_without_tier": len(self.without), "cells_with_two_tiers": len(self.twice)}
        return pd.Series(found, name="cells").rename_axis("check")


def coverage(scheme: Scheme) -> Coverage:
    """Check that every customer there can be gets exactly one tier.

    Returns
    -------
    Coverage
        A cell is, by the scheme's rule: ``cells``, the scores of the criteria in their order; ``interval``, (from,
        below); ``revenue_share`` and ``top``, (from, to) in shares or places.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> coverage(schemes.read("rfm")).complete
    True
    """
    holders: dict[tuple, tuple[str, ...]]
    if scheme.rule == "cells":
        cells = list(itertools.product(*(range(1, criterion.bins + 1) for criterion in scheme.criteria)))
        holders = {cell: tuple(tier.code for tier in scheme.tiers if _holds(tier, scheme, cell)) for cell in cells}
    elif scheme.rule == "interval":
        ends = sorted(
            {-math.inf, math.inf} | {tier.start for tier in scheme.tiers} | {tier.below for tier in scheme.tiers}
        )
        holders = {
            (low, high): tuple(tier.code for tier in scheme.tiers if tier.start <= low and high <= tier.below)
            for low, high in itertools.pairwise(ends)
        }
    else:
        last = scheme.tiers[-1].until if scheme.rule == "revenue_share" else scheme.tiers[-1].top
        whole = math.inf if isinstance(last, int) else 1.0
        return Coverage(((last, whole),) if last is not None and last < whole else (), {})
    without = tuple(cell for cell, codes in holders.items() if not codes)
    return Coverage(without, {cell: codes for cell, codes in holders.items() if len(codes) > 1})


def assign(customers: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return each customer's tier under a scheme.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds the scheme's columns, as `crmbook.data.customers.summarise` makes them.
    scheme : Scheme
        As `crmbook.data.schemes.read` gives it.

    Returns
    -------
    Series
        The tier's code, exactly one for each customer, index as given. By the scheme's rule: ``revenue_share`` as in
        `abc`; ``top`` as in `top_tiers`, by the criterion or, of several, the weighted score; ``interval`` by where
        that value lies; ``cells`` by the scores of the criteria.

    Raises
    ------
    DataError
        When the scheme leaves a cell without a tier or gives one two (they are named), a column or value is missing,
        or a customer stands twice.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> assign(pd.DataFrame({"monetary": [80, 15, 5]}, index=["u", "v", "w"]), schemes.read("abc")).to_dict()
    {'u': 'A', 'v': 'B', 'w': 'C'}
    """
    _refuse_uncovered(scheme)
    checked.one_row_each(customers.index)
    if len(customers) == 0:
        raise DataError("tiering_no_customers", column=scheme.criteria[0].column)
    if scheme.rule == "cells":
        return _by_cells(customers, scheme)
    value = _value(customers, scheme)
    if scheme.rule == "revenue_share":
        ends = [tier.until for tier in scheme.tiers[:-1] if tier.until is not None]
        return classify(value, ends, scheme.codes)
    if scheme.rule == "top":
        capped = {tier.code: tier.top for tier in scheme.tiers if tier.top is not None}
        if scheme.tiers[-1].top is not None:  # a share of 1: everybody
            capped.pop(scheme.tiers[-1].code)
        return top_tiers(value, capped, rest=scheme.tiers[-1].code)
    ordered = sorted(range(len(scheme.tiers)), key=lambda place: scheme.tiers[place].start)
    starts = [scheme.tiers[place].start for place in ordered]
    codes = np.searchsorted(starts, checked.numbers(value), side="right") - 1
    return checked.words(codes, [scheme.codes[place] for place in ordered], customers.index, "tier")


def tiers_at(orders: pd.DataFrame, as_of: Any, scheme: Scheme) -> pd.Series:
    """Return the tiers that the scheme would have given on a day, from the orders up to it.

    Parameters
    ----------
    orders : DataFrame
        As `crmbook.data.customers.summarise` takes them.
    as_of : date
        That day, which counts.
    scheme : Scheme
        As `crmbook.data.schemes.read` gives it.

    Returns
    -------
    Series
        The tier of each customer who had ordered by then.

    Raises
    ------
    DataError
        As `assign` and `summarise` do.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> days = pd.to_datetime(["2024-01-05", "2024-03-05"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": ["u", "v"], "order_date": days, "amount": [9.0, 5.0]})
    >>> tiers_at(lines, "2024-02-29", schemes.read("abc")).to_dict()
    {'u': 'A'}
    """
    return assign(summarise(orders, as_of), scheme)


def months_before(orders: pd.DataFrame, as_of: Any, months: int) -> pd.Timestamp:
    """Return the day so many months earlier, or the day of the first order where the orders do not go back that far.

    Parameters
    ----------
    orders : DataFrame
        At least ``order_date``.
    as_of : date
        The day to count back from.
    months : int
        One or more.

    Raises
    ------
    DataError
        When ``months`` is not a whole number above zero, or there is no order.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_date": pd.to_datetime(["2024-02-10", "2024-08-01"])})
    >>> [str(months_before(lines, "2024-08-31", months).date()) for months in (2, 12)]
    ['2024-06-30', '2024-02-10']
    """
    if not isinstance(months, Integral) or isinstance(months, bool) or months < 1:
        raise DataError("tiering_months", months=months)
    if len(orders) == 0:
        raise DataError("tiering_no_customers", column="orders")
    first = pd.Timestamp(orders["order_date"].min()).normalize()
    age = 12 * (pd.Timestamp(as_of).year - first.year + 1)
    return max(pd.Timestamp(as_of) - pd.DateOffset(months=min(int(months), age)), first)


def with_policy(tiers: pd.Series, policies: pd.DataFrame) -> pd.DataFrame:
    """Join each tier's policy to the customers: the list that a team works from.

    Parameters
    ----------
    tiers : Series of str
        The tier of each customer, as `assign` gives it.
    policies : DataFrame, index tier
        As `crmbook.data.schemes.policies` gives it.

    Returns
    -------
    DataFrame
        Index customer; ``tier`` and the columns of ``policies``.

    Raises
    ------
    DataError
        When a tier has no policy.

    Examples
    --------
    >>> with_policy(pd.Series({"u": "A"}), pd.DataFrame({"hours_each": [2.0]}, index=["A"])).hours_each.to_dict()
    {'u': 2.0}
    """
    places = _places_of(tiers, policies.index)
    joined = policies.iloc[places].set_axis(tiers.index)
    joined.insert(0, "tier", tiers)
    return joined


@dataclass(frozen=True)
class Capacity:
    """Hours that the tiers need in a month against the hours there are.

    Attributes
    ----------
    table : DataFrame
        Index tier; ``customers``, ``hours_each``, ``hours_needed``, ``hours_share``.
    needed, available, spare : float
        Hours a month; spare is negative where they do not suffice. NaN where the available hours are not known.
    """

    table: pd.DataFrame
    needed: float
    available: float
    spare: float


def capacity(customers: pd.Series, hours: Mapping[str, float] | pd.Series, available: float = math.nan) -> Capacity:
    """Return the hours that each tier needs.

    Parameters
    ----------
    customers : Series of int, index tier
        Customers in each tier: ``tiers.value_counts()``, or the column of a report.
    hours : mapping or Series of tier to float
        Working hours per customer and month.
    available : float
        Hours a month that the team has.

    Returns
    -------
    Capacity
        Tiers in the order of ``hours``.

    Raises
    ------
    DataError
        When a tier has no hours, or hours are negative.

    Examples
    --------
    >>> capacity(pd.Series({"A": 10, "B": 40}), {"A": 2, "B": 0.5}, available=30).spare
    -10.0
    """
    each = pd.Series(dict(hours), dtype=float)
    if (each.isna() | (each < 0)).any() or available < 0:
        listed = ", ".join(f"{tier} {size:g}" for tier, size in each.items())
        raise DataError("tiering_hours", hours=listed, available="–" if math.isnan(available) else f"{available:g}")
    _places_of(customers.index.to_series(), each.index)
    counts = customers.reindex(each.index, fill_value=0).astype(int)
    needed = counts * each
    total = float(needed.sum())
    table = pd.DataFrame(
        {
            "customers": counts,
            "hours_each": each,
            "hours_needed": needed,
            "hours_share": needed / total if total else 0.0,
        }
    )
    table.index.name = "tier"
    return Capacity(table, total, float(available), float(available) - total)


def _value(customers: pd.DataFrame, scheme: Scheme) -> pd.Series:
    if len(scheme.criteria) == 1:
        criterion = scheme.criteria[0]
        found = checked.measure(customers, criterion.column)
        return found if criterion.higher_is_better or scheme.rule == "interval" else -found
    return weighted_score(
        customers,
        {criterion.column: criterion.weight for criterion in scheme.criteria},
        [criterion.column for criterion in scheme.criteria if not criterion.higher_is_better],
        scheme.scaling,
    )


def _by_cells(customers: pd.DataFrame, scheme: Scheme) -> pd.Series:
    cell = np.zeros(len(customers), dtype=np.int64)
    for criterion in scheme.criteria:
        found = checked.measure(customers, criterion.column)
        scores = score(found, criterion.bins, criterion.method, criterion.higher_is_better, criterion.cuts)
        cell = cell * criterion.bins + scores.to_numpy() - 1
    every = itertools.product(*(range(1, criterion.bins + 1) for criterion in scheme.criteria))
    holder = [next(i for i, tier in enumerate(scheme.tiers) if _holds(tier, scheme, one)) for one in every]
    return checked.words(np.array(holder)[cell], scheme.codes, customers.index, "tier")


def _holds(tier: Tier, scheme: Scheme, cell: tuple[int, ...]) -> bool:
    columns = [criterion.column for criterion in scheme.criteria]
    return any(
        all(rectangle[column][0] <= place <= rectangle[column][1] for column, place in zip(columns, cell, strict=True))
        for rectangle in tier.cells
    )


def _refuse_uncovered(scheme: Scheme) -> None:
    open_cells, twice = coverage(scheme)
    if not open_cells and not twice:
        return
    doubled = [f"{_cell(cell, scheme)}: {' + '.join(codes)}" for cell, codes in twice.items()]
    raise DataError(
        "tiering_coverage",
        scheme=scheme.code,
        without=_some([_cell(cell, scheme) for cell in open_cells]),
        twice=_some(doubled),
    )


def _cell(cell: tuple, scheme: Scheme) -> str:
    if scheme.rule == "cells":
        columns = (criterion.column for criterion in scheme.criteria)
        return " ".join(f"{column}={place}" for column, place in zip(columns, cell, strict=True))
    return f"{cell[0]:g} … {cell[1]:g}"


def _some(cells: list[str]) -> str:
    shown = "; ".join(cells[:LISTED]) or "–"
    return shown + (f"; … (+{len(cells) - LISTED})" if len(cells) > LISTED else "")


def _places_of(tiers: pd.Series, known: pd.Index) -> np.ndarray:
    places = known.get_indexer(pd.Index(tiers.astype(object)))
    if (places < 0).any():
        raise DataError(
            "tiering_no_policy", tier=tiers.iloc[int((places < 0).argmax())], tiers=", ".join(map(str, known))
        )
    return places
