"""Who does it well? Owners and stores compared fairly: with the customers they have, and with chance allowed for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Z
from crmbook.shared.purchases import DAY, of_purchases
from crmbook.tiering.abc_analysis import abc

if TYPE_CHECKING:
    from crmbook.data.load import Book

FAR = 3.090232306167813  # the 99.9 % point of the normal distribution: two in a thousand lie outside by chance
FEWEST = 10  # customers below which an owner is not judged


def assignments(book: Book, by: str = "owner", as_of: object = None, days: int = 365) -> pd.DataFrame:
    """Return each customer's owner or store, how the customer stood before, and what came in the days since.

    Parameters
    ----------
    book : Book
        Its orders, and customers with the column ``by``.
    by : str
        ``"owner"`` or ``"store"`` (any column of the customers).
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    days : int
        How many days, up to the as-of date, the outcome is looked at.

    Returns
    -------
    DataFrame
        Index ``customer_id``: customers who had bought before those days and have an owner. ``group`` (the owner),
        ``tier`` (ABC by net until then) and ``silent`` (``short``, ``middle``, ``long``: thirds by days since the last
        purchase) describe the case mix; ``bought_again`` (1 or 0) and ``net`` are the outcomes.

    Raises
    ------
    DataError
        ``table_needed``, ``column_needed``; ``lifecycle_short_history`` when nobody had bought before.
    """
    customers = needed(book.customers, "customers", ["customer_id", by])
    lines = needed(book.orders, "orders", ["customer_id", "order_date", "amount"])
    day = dates.day(book.as_of if as_of is None else as_of)
    cut = day - (days - 1) * DAY
    earlier = lines[lines["order_date"] < cut]
    later = lines[(lines["order_date"] >= cut) & (lines["order_date"] < day + DAY)]
    last = earlier[of_purchases(earlier)].groupby("customer_id")["order_date"].max()
    owner = customers.drop_duplicates("customer_id").set_index("customer_id")[by].dropna().astype("str")
    everyone = last.index.intersection(owner.index).sort_values()
    if everyone.empty:
        start = lines["order_date"].min().normalize()
        raise DataError("lifecycle_short_history", days=int((day - start) / DAY), window=days, as_of=f"{day:%Y-%m-%d}")
    net = earlier.groupby("customer_id")["amount"].sum().reindex(everyone)
    silence = (cut - last[everyone]).dt.days.rank(pct=True)
    return pd.DataFrame(
        {
            "group": owner[everyone],
            "tier": abc(net) if (net > 0).any() else "C",
            "silent": np.select([silence <= 1 / 3, silence <= 2 / 3], ["short", "middle"], "long"),
            "bought_again": everyone.isin(later.loc[of_purchases(later), "customer_id"]).astype(float),
            "net": later.groupby("customer_id")["amount"].sum().reindex(everyone, fill_value=0.0),
        },
        index=everyone.rename("customer_id"),
    )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Owners or stores compared.

    Attributes
    ----------
    table : DataFrame
        Index ``group``, the best first by ``shrunken``: ``customers``, ``observed`` (mean outcome), ``expected`` (what
        average work would have brought with these customers), ``adjusted`` (mean of all + observed − expected),
        ``shrunken`` with ``low`` and ``high`` (pulled towards the mean of all as far as chance may have made it),
        ``rank``, ``position`` (``above``, ``below`` or ``within`` the funnel's limits) and ``note`` (``too_few``: no
        judgement).
    overall : float
        Mean outcome of all customers.
    between : float
        Standard deviation of the owners' true levels; 0 when chance alone explains the differences.
    spread : float
        Standard deviation of the outcome among customers, the case mix allowed for.
    left_out : int
        Customers without an owner.
    """

    table: pd.DataFrame
    overall: float
    between: float
    spread: float
    left_out: int


def compare_groups(
    outcome: pd.Series, group: pd.Series, mix: pd.DataFrame | None = None, fewest: int = FEWEST
) -> Comparison:
    """Compare owners or stores on one outcome, allowing for their customers and for chance.

    Parameters
    ----------
    outcome : Series
        One number for each customer: 1 or 0 (bought again), or money.
    group : Series
        The customer's owner or store, by customer; customers without one are left out and counted.
    mix : DataFrame, optional
        What the owner cannot help (tier, region …), by customer, as categories. What is expected is the mean of all
        customers with the same values. Leave out what the owner brings about.
    fewest : int
        Owners with fewer customers get no judgement.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        ``evaluation_outcome`` for a blank or infinite outcome, ``evaluation_one_group`` with less than two owners,
        ``tiering_customer_twice``.

    Notes
    -----
    Expected values: indirect standardisation. Shrinkage: normal model with the spread between owners by moments
    (DerSimonian, R. and Laird, N. 1986, Controlled Clinical Trials 7, 177–188; Morris, C. N. 1983, Journal of the
    American Statistical Association 78, 47–55). Funnel: 99.8 % limits (Spiegelhalter, D. J. 2005, Statistics in
    Medicine 24, 1185–1202). Customers are not dealt out to owners at random: a good figure is a question, no verdict.

    Examples
    --------
    >>> again = pd.Series([1.0] * 15 + [0] * 5 + [1] * 10 + [0] * 10)
    >>> owner = pd.Series(["E1"] * 20 + ["E2"] * 20)
    >>> compare_groups(again, owner).table["observed"].to_dict()
    {'E1': 0.75, 'E2': 0.5}
    """
    for column in (outcome, group):
        if column.index.has_duplicates:
            raise DataError("tiering_customer_twice", customer=column.index[column.index.duplicated()][0])
    known = group.dropna().index.intersection(outcome.index)
    value = outcome.reindex(known).astype(float)
    if not np.isfinite(value).all():
        raise DataError("evaluation_outcome", column="outcome", count=int((~np.isfinite(value)).sum()))
    owner = group.reindex(known).astype("str").rename("group")
    if owner.nunique() < 2:
        raise DataError("evaluation_one_group", groups=owner.nunique())
    expected = _expected(value, mix)
    parts = pd.DataFrame({"observed": value, "expected": expected}).groupby(owner)
    table = parts.mean()
    table.insert(0, "customers", parts.size())
    overall = float(value.mean())
    cells = 1 if mix is None else int(expected.nunique())
    spread = math.sqrt(float(((value - expected) ** 2).sum()) / max(len(value) - cells, 1))
    table["adjusted"] = overall + table["observed"] - table["expected"]
    enough = table["customers"] >= fewest
    variance = spread**2 / table["customers"]
    between = _between(table.loc[enough, "adjusted"], variance[enough])
    weight = between**2 / (between**2 + variance) if between > 0 else variance * 0.0
    middle = _centre(table.loc[enough, "adjusted"], variance[enough], between) if enough.any() else overall
    table["shrunken"] = middle + weight * (table["adjusted"] - middle)
    reach = Z * np.sqrt(weight * variance)
    table["low"], table["high"] = table["shrunken"] - reach, table["shrunken"] + reach
    far = (table["adjusted"] - overall) / np.sqrt(variance.where(variance > 0))
    table["position"] = np.select([far > FAR, far < -FAR], ["above", "below"], "within")
    table["note"] = np.where(enough, "", "too_few")
    table.loc[~enough, ["adjusted", "shrunken", "low", "high"]] = np.nan
    table.loc[~enough, "position"] = ""
    table.insert(7, "rank", table["shrunken"].rank(ascending=False, method="min").astype("Int64"))
    table = table.sort_values(["shrunken", "customers"], ascending=False, kind="stable", na_position="last")
    return Comparison(table, overall, between, spread, len(outcome) - len(known))


def funnel(comparison: Comparison, points: int = 60) -> pd.DataFrame:
    """Return the limits that chance alone seldom leaves, by number of customers: the funnel around the mean.

    Parameters
    ----------
    comparison : Comparison
    points : int
        How many numbers of customers.

    Returns
    -------
    DataFrame
        Index ``customers``; ``centre``, ``low_95``, ``high_95``, ``low_998``, ``high_998``.

    Examples
    --------
    >>> again = pd.Series([1.0] * 15 + [0] * 5 + [1] * 10 + [0] * 10)
    >>> found = compare_groups(again, pd.Series(["E1"] * 20 + ["E2"] * 20))
    >>> bool((funnel(found)["high_998"] > funnel(found)["high_95"]).all())
    True
    """
    sizes = comparison.table["customers"]
    n = np.unique(np.linspace(max(FEWEST, int(sizes.min() * 0.8)), int(sizes.max() * 1.1) + 1, points).round())
    error = comparison.spread / np.sqrt(n)
    table = {"centre": np.full(len(n), comparison.overall)}
    for name, reach in (("95", Z), ("998", FAR)):
        table[f"low_{name}"] = comparison.overall - reach * error
        table[f"high_{name}"] = comparison.overall + reach * error
    return pd.DataFrame(table, index=pd.Index(n.astype(int), name="customers"))


def _expected(value: pd.Series, mix: pd.DataFrame | None) -> pd.Series:
    if mix is None:
        return pd.Series(float(value.mean()), value.index)
    own = mix.reindex(value.index).astype("object")
    own = own.where(own.notna(), "none").astype(str)
    return value.groupby([own[column] for column in own.columns]).transform("mean")


def _centre(adjusted: pd.Series, variance: pd.Series, between: float) -> float:
    if not (variance > 0).all():
        return float(adjusted.mean())
    weight = 1 / (variance + between**2)
    return float((adjusted * weight).sum() / weight.sum())


def _between(adjusted: pd.Series, variance: pd.Series) -> float:
    """The spread of the true levels, by moments: what the differences are wider than chance makes them."""
    if len(adjusted) < 2:
        return 0.0
    if not (variance > 0).all():
        return float(adjusted.std(ddof=1))
    weight = 1 / variance
    middle = (adjusted * weight).sum() / weight.sum()
    excess = float((weight * (adjusted - middle) ** 2).sum()) - (len(adjusted) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    return math.sqrt(max(0.0, excess / scale))
