"""A tier scheme at work: does it cover everybody, who gets which tier, what does each tier cost in hours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.data.schemes import Condition, Scheme, Tier
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
    elif scheme.rule == "first_match":  # one tier takes all others: reading the file saw to that
        holders = {}
    elif scheme.rule in ("interval", "scorecard"):
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
        Holds the scheme's columns, as `seen_by` makes them.
    scheme : Scheme
        As `crmbook.data.schemes.read` gives it.

    Returns
    -------
    Series
        The tier's code, exactly one for each customer, index as given. By the scheme's rule: ``revenue_share`` as in
        `abc`; ``top`` as in `top_tiers`, by the criterion or, of several, the weighted score; ``interval`` by where
        that value lies; ``cells`` by the scores of the criteria; ``scorecard`` by the sum of the points;
        ``first_match`` the first tier whose conditions hold. Then floors raise, and after them gates hold back. A blank
        fulfils no condition and gets no points: `not_known` counts them.

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
    places = limited(customers, scheme, by_rule(customers, scheme))
    return checked.words(places, scheme.codes, customers.index, "tier")


def by_rule(customers: pd.DataFrame, scheme: Scheme) -> np.ndarray:
    """Return each customer's tier as its place in the scheme, 0 the best, before floors and gates."""
    if scheme.rule == "cells":
        return _by_cells(customers, scheme)
    if scheme.rule == "first_match":
        order = [scheme.codes.index(code) for code in scheme.precedence]
        return np.select(
            [all_hold(customers, scheme.tiers[place].when) for place in order[:-1]], order[:-1], default=order[-1]
        )
    value = ranked_by(customers, scheme)
    if scheme.rule == "revenue_share":
        ends = [tier.until for tier in scheme.tiers[:-1] if tier.until is not None]
        return pd.Index(scheme.codes).get_indexer(pd.Index(classify(value, ends, scheme.codes)))
    if scheme.rule == "top":
        capped = {tier.code: tier.top for tier in scheme.tiers if tier.top is not None}
        if scheme.tiers[-1].top is not None:  # a share of 1: everybody
            capped.pop(scheme.tiers[-1].code)
        found = top_tiers(value, capped, rest=scheme.tiers[-1].code)
        return pd.Index(scheme.codes).get_indexer(pd.Index(found))
    ordered = sorted(range(len(scheme.tiers)), key=lambda place: scheme.tiers[place].start)
    starts = [scheme.tiers[place].start for place in ordered]
    return np.array(ordered)[np.searchsorted(starts, checked.numbers(value), side="right") - 1]


def limited(customers: pd.DataFrame, scheme: Scheme, places: np.ndarray) -> np.ndarray:
    """Return tiers, as places in the scheme, after its floors have raised and its gates held back."""
    for floor in scheme.floors:
        held = all_hold(customers, floor.when)
        places = np.where(held, np.minimum(places, scheme.codes.index(floor.tier)), places)
    for gate in scheme.gates:
        held = all_hold(customers, gate.when)
        places = np.where(held, np.maximum(places, scheme.codes.index(gate.tier)), places)
    return places


def all_hold(customers: pd.DataFrame, conditions: Sequence[Condition]) -> np.ndarray:
    """Return for which customers all conditions hold; a blank fulfils none.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds the conditions' columns.
    conditions : sequence of Condition
        Of a floor, a gate or a tier of `crmbook.data.schemes.Scheme`.

    Raises
    ------
    DataError
        When a column is missing, or holds words where a number is asked for.

    Examples
    --------
    >>> table = pd.DataFrame({"monetary": [10.0, 900.0], "credit_grade": ["D", "A"]})
    >>> all_hold(table, [Condition("monetary", start=100), Condition("credit_grade", equal=("A", "B"))]).tolist()
    [False, True]
    """
    held = np.ones(len(customers), dtype=bool)
    for condition in conditions:
        held &= _holds_of(customers, condition)
    return held


def not_known(customers: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return how many customers have a blank where the scheme looks, by column; a blank fulfils no condition.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> table = pd.DataFrame({"monetary": [5.0], "frequency": [0], "recency": [None]})
    >>> not_known(table, schemes.read("value")).to_dict()
    {'monetary': 0, 'frequency': 0, 'recency': 1}
    """
    blank = {column: int(_column(customers, column).isna().sum()) for column in scheme.columns}
    return pd.Series(blank, name="not_known", dtype=int).rename_axis("criterion")


def scorecard_points(customers: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return the points that each criterion of a scorecard gives to each customer.

    Parameters
    ----------
    customers : DataFrame, index customer
    scheme : Scheme
        Of the rule ``scorecard``.

    Returns
    -------
    DataFrame
        A column for each criterion, index as given; the points of the first band that holds, 0 where none does.

    Raises
    ------
    DataError
        When the scheme is no scorecard, or a column is missing.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> table = pd.DataFrame({"frequency": [9], "complaints": [2], "late_share": [0.0], "return_share": [0.4]})
    >>> scorecard_points(table, schemes.read("defects")).loc[0].to_dict()
    {'frequency': 30.0, 'complaints': -20.0, 'late_share': 0.0, 'return_share': -25.0}
    """
    if scheme.rule != "scorecard":
        raise DataError("tiering_no_scorecard", scheme=scheme.code, rule=scheme.rule)
    given = {}
    for criterion in scheme.criteria:
        inside = [_holds_of(customers, band) for band, _ in criterion.bands]
        given[criterion.column] = np.select(inside, [points for _, points in criterion.bands], default=0.0)
    return pd.DataFrame(given, index=customers.index)


def seen_by(orders: pd.DataFrame, as_of: Any, scheme: Scheme) -> pd.DataFrame:
    """Return the customer table as a scheme sees it: the money and the orders of its window only.

    Parameters
    ----------
    orders : DataFrame
        As `crmbook.data.customers.summarise` takes them.
    as_of : date
        The last day that counts.
    scheme : Scheme

    Returns
    -------
    DataFrame
        As `crmbook.data.customers.summarise` gives it. With a window, ``frequency``, ``monetary``, ``mean_order`` and
        ``margin`` count its months only (0 orders and no money for whoever bought before); the dates, ``recency`` and
        ``tenure`` look at the whole history.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> days = pd.to_datetime(["2023-01-05", "2024-03-05"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": "u", "order_date": days, "amount": [900.0, 50.0]})
    >>> [float(seen_by(lines, "2024-03-31", schemes.read(name)).monetary["u"]) for name in ("value", "members")]
    [950.0, 50.0]
    """
    customers = summarise(orders, as_of)
    if scheme.window is None:
        return customers
    start = window_start(as_of, scheme.window)
    inside = orders[pd.to_datetime(orders["order_date"]) >= start]
    if len(inside) == 0 or pd.to_datetime(inside["order_date"]).min().normalize() > pd.Timestamp(as_of):
        recent = customers.iloc[:0]
    else:
        recent = summarise(inside, as_of)
    counted = recent[WINDOWED].reindex(customers.index)
    return customers.assign(
        frequency=counted["frequency"].fillna(0).astype("int64"),
        monetary=counted["monetary"].fillna(0.0),
        mean_order=counted["mean_order"],
        margin=counted["margin"].where(counted["frequency"].notna() | customers["margin"].isna(), 0.0),
    )


WINDOWED = ["frequency", "monetary", "mean_order", "margin"]


def window_start(as_of: Any, months: int) -> pd.Timestamp:
    """Return the first day of a window of so many months that ends with a day.

    Examples
    --------
    >>> window_start("2024-12-31", 12)
    Timestamp('2024-01-01 00:00:00')
    """
    return pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1) - pd.DateOffset(months=months)


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
    return assign(seen_by(orders, as_of, scheme), scheme)


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


def ranked_by(customers: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return what a scheme ranks customers by, more being better: the criterion, the weighted score or the points."""
    if scheme.rule == "scorecard":
        return scorecard_points(customers, scheme).sum(axis=1).rename("total_points")
    if len(scheme.criteria) == 1:
        criterion = scheme.criteria[0]
        found = checked.measure(customers, criterion.column)
        value = found if criterion.higher_is_better or scheme.rule == "interval" else -found
    else:
        value = weighted_score(
            customers,
            {criterion.column: criterion.weight for criterion in scheme.criteria},
            [criterion.column for criterion in scheme.criteria if not criterion.higher_is_better],
            scheme.scaling,
        )
    for penalty in scheme.penalties:
        counted = np.nan_to_num(_numbers(customers, penalty.column))
        value = value - np.minimum(counted * penalty.each, penalty.most)
    return value


def _column(customers: pd.DataFrame, column: str) -> pd.Series:
    if column not in customers.columns:
        raise DataError("tiering_column", column=column, columns=", ".join(map(str, customers.columns)))
    return customers[column]


def _numbers(customers: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column as floats, blanks as NaN; words are refused."""
    found = _column(customers, column)
    number = checked.floats(found)
    odd = np.isnan(number) & found.notna().to_numpy()
    if odd.any():
        first = int(odd.argmax())
        raise DataError("tiering_not_numbers", column=column, customer=found.index[first], value=found.iloc[first])
    return number


def _holds_of(customers: pd.DataFrame, condition: Condition) -> np.ndarray:
    found = _column(customers, condition.column)
    if condition.equal is not None:
        return (found.notna() & found.map(_written).isin(condition.equal)).to_numpy(dtype=bool)
    number = _numbers(customers, condition.column)
    if condition.top is not None:
        known = np.sort(number[~np.isnan(number)])[::-1]
        places = condition.top if isinstance(condition.top, int) else math.ceil(condition.top * len(known) - 1e-9)
        places = min(places, len(known))
        return number >= known[places - 1] if places > 0 else np.zeros(len(number), dtype=bool)
    return (number >= condition.start) & (number < condition.below)


def _written(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _by_cells(customers: pd.DataFrame, scheme: Scheme) -> np.ndarray:
    cell = np.zeros(len(customers), dtype=np.int64)
    for criterion in scheme.criteria:
        found = checked.measure(customers, criterion.column)
        scores = score(found, criterion.bins, criterion.method, criterion.higher_is_better, criterion.cuts)
        cell = cell * criterion.bins + scores.to_numpy() - 1
    every = itertools.product(*(range(1, criterion.bins + 1) for criterion in scheme.criteria))
    holder = [next(i for i, tier in enumerate(scheme.tiers) if _holds(tier, scheme, one)) for one in every]
    return np.array(holder)[cell]


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
