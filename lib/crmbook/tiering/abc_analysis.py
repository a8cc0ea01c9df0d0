"""Who brings how much: ABC classes, the Lorenz curve, the Gini coefficient, and tiers of a capped size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared import checked

CLASSES = ("A", "B", "C")
ROUNDING = 1e-12  # of the total: a running sum of money is that far from the exact one


@dataclass(frozen=True)
class Concentration:
    """Customers from the largest value to the smallest, equal values together.

    Attributes
    ----------
    value : ndarray, shape (distinct positive values,)
        The distinct values above zero, largest first.
    customers, money : ndarray, same shape
        Customers and money up to and including each value.
    not_positive, not_positive_money : int, float
        Customers at or below zero, and their money.
    lowest : float
        The smallest value of all.
    """

    value: np.ndarray
    customers: np.ndarray
    money: np.ndarray
    not_positive: int
    not_positive_money: float
    lowest: float

    @property
    def total(self) -> float:
        """The positive total, which shares are shares of."""
        return float(self.money[-1]) if len(self.money) else 0.0

    @property
    def everyone(self) -> int:
        """All customers, those at or below zero included."""
        return int(self.customers[-1] if len(self.customers) else 0) + self.not_positive


def concentration(value: pd.Series) -> Concentration:
    """Rank customers once, so that any cut can be read off without sorting again.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money (or another amount) of each customer.

    Raises
    ------
    DataError
        When there is no customer or a value is missing.

    Examples
    --------
    >>> concentration(pd.Series([50, 30, 30, -5])).money
    array([ 50., 110.])
    """
    found = np.sort(checked.numbers(checked.series(value)))[::-1]
    positive = found[found > 0]
    last_of_its_value = np.append(positive[1:] != positive[:-1], True)[: len(positive)]
    return Concentration(
        value=positive[last_of_its_value],
        customers=np.flatnonzero(last_of_its_value) + 1,
        money=np.cumsum(positive)[last_of_its_value],
        not_positive=len(found) - len(positive),
        not_positive_money=float(found[len(positive) :].sum()),
        lowest=float(found[-1]),
    )


def class_ends(ranked: Concentration, cuts: Sequence[float]) -> np.ndarray:
    """Return how many distinct values lie in the classes up to each cut.

    A class takes values from the largest down until its cut is reached; the value that crosses it is in.
    """
    before = np.concatenate([[0.0], ranked.money])[: len(ranked.money)]
    reached = np.asarray(cuts, dtype=float) * ranked.total - ROUNDING * ranked.total
    return np.where(np.asarray(cuts) >= 1, len(before), np.searchsorted(before, reached, side="left"))


def classify(value: pd.Series, cuts: Sequence[float], names: Sequence[str]) -> pd.Series:
    """Return each customer's class by cumulative share of the positive total; one more name than cuts."""
    ranked = concentration(value)
    found = checked.numbers(value)
    codes = np.full(len(found), len(cuts))
    for end in class_ends(ranked, cuts):
        if end > 0:
            codes -= found >= ranked.value[end - 1]
    return checked.words(codes, names, value.index, "tier")


def abc(value: pd.Series, cuts: tuple[float, float] = (0.80, 0.95)) -> pd.Series:
    """Return each customer's class, A, B or C.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer, index customer.
    cuts : (float, float)
        Cumulative shares of the positive total at which A and B end, 0 < A ≤ B ≤ 1.

    Returns
    -------
    Series
        ``"A"``, ``"B"`` or ``"C"``, index as given. A class is filled until its cut is reached, the customer that
        crosses it included. Equal values get an equal class: whoever ties with the customer on the cut goes with that
        customer. A net of zero or less is C.

    Raises
    ------
    DataError
        When there is no customer, a value is missing, or the cuts are out of order.

    Notes
    -----
    Pareto's 80/20 is a convention, not a law: look at the Lorenz curve before you keep it.

    Examples
    --------
    >>> abc(pd.Series([50, 30, 12, 5, 3, 0], index=list("uvwxyz"))).to_dict()
    {'u': 'A', 'v': 'A', 'w': 'B', 'x': 'B', 'y': 'C', 'z': 'C'}
    """
    _check_cuts(cuts)
    return classify(checked.series(value), cuts, CLASSES)


def abc_classes(ranked: Concentration, cuts: tuple[float, float] = (0.80, 0.95)) -> pd.DataFrame:
    """Return what is in each ABC class, from customers ranked once.

    Returns
    -------
    DataFrame
        Index A, B, C; ``customers``, ``customer_share`` (of all), ``revenue`` (positive values only),
        ``revenue_share`` (of the positive total; 0 when that is zero), ``smallest`` (the cut point in money; blank in
        an empty class), ``not_positive`` and ``not_positive_money`` (customers of C at or below zero and their money:
        revenue and this money add up to the net total).

    Examples
    --------
    >>> abc_classes(concentration(pd.Series([50, 30, 12, 5, 3, 0]))).customers.tolist()
    [2, 2, 2]
    """
    _check_cuts(cuts)
    ends = np.concatenate([[0], class_ends(ranked, cuts), [len(ranked.value)]])
    customers = np.diff(np.concatenate([[0], ranked.customers])[ends])
    revenue = np.diff(np.concatenate([[0.0], ranked.money])[ends])
    filled = ends[1:] > ends[:-1]
    smallest = np.where(filled, np.append(ranked.value, np.nan)[ends[1:] - 1], np.nan)
    if ranked.not_positive:
        customers[-1] += ranked.not_positive
        smallest[-1] = ranked.lowest
    return pd.DataFrame(
        {
            "customers": customers,
            "customer_share": customers / ranked.everyone,
            "revenue": revenue,
            "revenue_share": revenue / ranked.total if ranked.total else 0.0,
            "smallest": smallest,
            "not_positive": [0, 0, ranked.not_positive],
            "not_positive_money": [0.0, 0.0, ranked.not_positive_money],
        },
        index=pd.Index(CLASSES, name="tier"),
    )


def abc_report(value: pd.Series, cuts: tuple[float, float] = (0.80, 0.95)) -> pd.DataFrame:
    """Return what is in each ABC class: `abc_classes` for customers not ranked before.

    Examples
    --------
    >>> abc_report(pd.Series([50, 30, 12, 5, 3, 0])).revenue_share.round(2).tolist()
    [0.8, 0.17, 0.03]
    """
    return abc_classes(concentration(value), cuts)


@dataclass(frozen=True)
class Inequality:
    """The Gini coefficient and what it rests on.

    Attributes
    ----------
    gini : float
        From 0 (all equal) to (n − 1)/n (one has everything).
    customers : int
        Customers with zero or more, whom it counts.
    left_out : int
        Customers below zero, whom no Lorenz curve can hold.
    left_out_money : float
        Their money.
    """

    gini: float
    customers: int
    left_out: int
    left_out_money: float


def inequality(value: pd.Series) -> Inequality:
    """Return the Gini coefficient with the count of customers behind it.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer. Those below zero are left out and counted. When nobody has more than zero all are equal,
        so the coefficient is 0.

    Raises
    ------
    DataError
        When there is no customer with zero or more, or a value is missing.

    Notes
    -----
    G = Σ (2i − n − 1)·x₍ᵢ₎ / (n Σ x) with x in ascending order: half the mean difference between two customers, over
    the mean (Gini 1912).

    Examples
    --------
    >>> inequality(pd.Series([1, 1, 2, 6, -4]))
    Inequality(gini=0.4, customers=4, left_out=1, left_out_money=-4.0)
    """
    found = checked.numbers(checked.series(value))
    kept = _not_negative(found)
    total = kept.sum()
    n = len(kept)
    gini = 0.0
    if total > 0 and kept[0] < kept[-1]:
        place = np.arange(1, n + 1)
        gini = float(((2 * place - n - 1) * kept).sum() / (n * total))
    negative = found[found < 0]
    return Inequality(min(max(gini, 0.0), (n - 1) / n), n, len(negative), float(negative.sum()))


def gini(value: pd.Series) -> float:
    """Return the Gini coefficient alone; `inequality` also says how many customers were left out.

    Examples
    --------
    >>> gini(pd.Series([1, 1, 2, 6]))
    0.4
    """
    return inequality(value).gini


def lorenz(value: pd.Series) -> pd.DataFrame:
    """Return the Lorenz curve: the share of money that the smallest customers together have.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer. Those below zero are left out; ``attrs["left_out"]`` says how many.

    Returns
    -------
    DataFrame, shape (customers + 1, 2)
        ``customer_share`` and ``money_share``, both from 0 to 1. Where nobody has more than zero all are equal, and the
        curve is the diagonal.

    Notes
    -----
    Lorenz, M. O. (1905), Publications of the American Statistical Association 9, 209–219.

    Examples
    --------
    >>> lorenz(pd.Series([1, 1, 2, 6])).money_share.tolist()
    [0.0, 0.1, 0.2, 0.4, 1.0]
    """
    found = checked.numbers(checked.series(value))
    kept = _not_negative(found)
    money = np.cumsum(kept)
    n = len(kept)
    customer_share = np.arange(n + 1) / n
    money_share = np.concatenate([[0.0], money / money[-1]]) if money[-1] > 0 else customer_share
    curve = pd.DataFrame({"customer_share": customer_share, "money_share": money_share})
    curve.attrs["left_out"] = len(found) - n
    return curve


def top_tiers(value: pd.Series, tops: Mapping[str, float], rest: str = "ordinary") -> pd.Series:
    """Return tiers of a capped size: VIP, important, ordinary.

    Parameters
    ----------
    value : Series, shape (customers,)
        What customers are ranked by, the largest first.
    tops : mapping of tier to int or float
        Best tier first. A whole number is a count (the top 50), a fraction a share of the customers (the top 0.05).
        Each counts from the top, the tiers above included: ``{"vip": 50, "important": 250}`` makes 50 VIPs and 200
        important.
    rest : str
        The tier of all others.

    Returns
    -------
    Series
        The tier of each customer. A cap is a cap: customers who tie across it all go to the tier below, and
        `top_report` says how many.

    Raises
    ------
    DataError
        When a cap is neither a count nor a share or the caps do not grow, there is no customer, or a value is missing.

    Examples
    --------
    >>> top_tiers(pd.Series([9, 7, 7, 1]), {"vip": 1, "important": 0.5}).tolist()
    ['vip', 'ordinary', 'ordinary', 'ordinary']
    """
    value = checked.series(value)
    found = checked.numbers(value)
    at_least_as_good = len(found) - np.searchsorted(np.sort(found), found, side="left")
    places = np.array(list(_places(tops, len(found)).values()))
    codes = np.searchsorted(places, at_least_as_good, side="left")
    return checked.words(codes, [*tops, rest], value.index, "tier")


def top_report(value: pd.Series, tops: Mapping[str, float]) -> pd.DataFrame:
    """Return how far each cap is used and how many customers a tie kept out.

    Returns
    -------
    DataFrame
        Index tier; ``places`` (from the top, tiers above included), ``customers`` (from the top), ``tied`` (customers
        with the value that would have overfilled it, all of them in a tier below).

    Examples
    --------
    >>> top_report(pd.Series([9, 7, 7, 1]), {"vip": 1, "important": 0.5}).tied.to_dict()
    {'vip': 0, 'important': 2}
    """
    found = np.sort(checked.numbers(checked.series(value)))[::-1]
    _, counts = np.unique(-found, return_counts=True)
    ends = np.concatenate([[0], np.cumsum(counts)])
    places = _places(tops, len(found))
    fits = np.searchsorted(ends, list(places.values()), side="right") - 1
    tied = [
        int(counts[fit]) if fit < len(counts) and ends[fit] < size else 0
        for fit, size in zip(fits, places.values(), strict=True)
    ]
    return pd.DataFrame(
        {"places": list(places.values()), "customers": ends[fits], "tied": tied},
        index=pd.Index(list(tops), name="tier"),
    )


def _check_cuts(cuts: Sequence[float]) -> None:
    given = list(cuts) if isinstance(cuts, Iterable) else [cuts]
    if len(given) != 2 or not all(isinstance(cut, Real) for cut in given) or not 0 < given[0] <= given[1] <= 1:
        raise DataError("tiering_abc_cuts", cuts=", ".join(map(str, given)))


def _not_negative(found: np.ndarray) -> np.ndarray:
    kept = np.sort(found[found >= 0])
    if len(kept) == 0:
        raise DataError("tiering_all_negative", count=len(found))
    return kept


def _places(tops: Mapping[str, float], n: int) -> dict[str, int]:
    places: dict[str, int] = {}
    for tier, size in tops.items():
        count = isinstance(size, Integral) and size >= 1
        share = isinstance(size, Real) and not count and 0 < size <= 1
        if isinstance(size, bool) or not (count or share):
            raise DataError("tiering_top", tier=tier, size=size)
        places[tier] = min(n, int(size) if count else int(round(size * n, 6)))
    if list(places.values()) != sorted(places.values()):
        raise DataError("tiering_top_order", tops=", ".join(f"{tier} {size}" for tier, size in tops.items()))
    return places
