"""Transactional, cooperative or strategic: the type of a relationship by a grid of rules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pandas as pd

from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.shared.purchases import end_of

DIMENSIONS = ("frequency", "interaction", "amount")
TYPES = ("transactional", "cooperative", "strategic")


def rule_grid() -> pd.DataFrame:
    """Return the default grid: a type for each of the eight combinations of low and high.

    Returns
    -------
    DataFrame
        Index (frequency, interaction, amount), each ``"low"`` or ``"high"``; ``type``. All three high is strategic;
        high interaction and one more, or frequent and large, is cooperative; the rest is transactional. A copy: edit
        the cells and hand it to ``relationship_types``.

    Examples
    --------
    >>> rule_grid().loc[("high", "high", "high"), "type"]
    'strategic'
    """
    cells = list(product(("high", "low"), repeat=3))
    kinds = [TYPES[max(0, cell.count("high") - 1)] for cell in cells]
    return pd.DataFrame({"type": kinds}, index=pd.MultiIndex.from_tuples(cells, names=list(DIMENSIONS)))


@dataclass(frozen=True)
class Relationships:
    """The type of each relationship and how it came about.

    Attributes
    ----------
    table : DataFrame
        Index customer_id: frequency, interaction, amount (as given), ``frequency_level`` … (low, high), ``type``.
    cuts : Series
        By dimension the value from which it is high.
    cells : DataFrame
        The grid with the customers and the amount in each cell.
    """

    table: pd.DataFrame
    cuts: pd.Series
    cells: pd.DataFrame


def relationship_types(
    measures: pd.DataFrame,
    cuts: dict[str, float] | None = None,
    grid: pd.DataFrame | None = None,
    quantile: float = 0.6,
) -> Relationships:
    """Return the relationship type of each customer by a grid on frequency, interaction and amount.

    Parameters
    ----------
    measures : DataFrame
        Index customer_id; ``frequency`` (orders), ``interaction`` (contacts), ``amount`` (currency) in one and the same
        period.
    cuts : dict, optional
        By dimension the value from which it is high. A dimension that is not named is cut at its quantile.
    grid : DataFrame, optional
        As ``rule_grid`` returns it, edited.
    quantile : float
        A dimension is high above the value that this share of the customers does not exceed.

    Raises
    ------
    DataError
        When a column is missing or has blanks, the grid leaves a cell without a type, or the quantile is no share.

    Examples
    --------
    >>> customers = pd.DataFrame({"frequency": [1, 9], "interaction": [0, 9], "amount": [10, 900]}, index=["a", "b"])
    >>> relationship_types(customers).table["type"].tolist()
    ['transactional', 'strategic']
    """
    missing = [column for column in DIMENSIONS if column not in measures]
    if missing:
        raise DataError("clustering_columns", columns=", ".join(missing))
    blank = measures[list(DIMENSIONS)].isna().sum()
    if blank.any():
        raise DataError("clustering_missing", columns=", ".join(f"{c} ({n})" for c, n in blank[blank > 0].items()))
    if not 0 <= quantile <= 1:
        raise DataError("survey_setting_share", setting="quantile", value=quantile)
    rules = rule_grid() if grid is None else grid
    empty = [cell for cell in rule_grid().index if cell not in rules.index or pd.isna(rules.loc[cell, "type"])]
    if empty:
        raise DataError("relationship_cell", cells="; ".join("/".join(cell) for cell in empty))
    table, used = measures[list(DIMENSIONS)].copy(), {}
    for dimension in DIMENSIONS:
        named = (cuts or {}).get(dimension)
        used[dimension] = _cut(measures[dimension], quantile) if named is None else float(named)
        high = measures[dimension] >= used[dimension]
        table[f"{dimension}_level"] = high.map({True: "high", False: "low"})
    levels = [f"{dimension}_level" for dimension in DIMENSIONS]
    table["type"] = rules["type"].reindex(pd.MultiIndex.from_frame(table[levels])).to_numpy()
    counted = table.groupby(levels)["amount"].agg(customers="size", amount="sum")
    cells = rules.join(counted.rename_axis(list(DIMENSIONS))).fillna({"customers": 0, "amount": 0})
    return Relationships(table, pd.Series(used, name="cut"), cells.astype({"customers": int}))


def _cut(values: pd.Series, quantile: float) -> float:
    """Return the smallest value above the quantile, so that equal values get an equal level; all equal are all low."""
    above = values[values > values.quantile(quantile)]
    return float(above.min()) if len(above) else float("inf")


def shared_measures(orders: pd.DataFrame, interactions: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return frequency, interaction and amount of each customer, all three of the time that both tables cover.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    interactions : DataFrame
        ``customer_id`` and ``date``, a row for each contact.
    as_of : date
        The last day that counts. The first is that of the first order or of the first contact, whichever is later.

    Returns
    -------
    DataFrame
        Index customer_id, for each customer who purchased in that time: ``frequency`` (orders), ``interaction``
        (contacts), ``amount`` (net, currency).

    Raises
    ------
    DataError
        When nobody purchased in that time.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-01-01", "2024-05-01", "2024-06-01"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2", "3"], "customer_id": "C1", "order_date": days, "amount": 10.0})
    >>> calls = pd.DataFrame({"customer_id": ["C1"], "date": pd.to_datetime(["2024-03-01"])})
    >>> shared_measures(lines, calls, "2024-06-30").loc["C1"].tolist()
    [2.0, 1.0, 20.0]
    """
    known = interactions[interactions["date"] < end_of(as_of)]
    since = pd.Series([orders["order_date"].min(), known["date"].min()]).max().normalize()
    customers = summarise(orders[orders["order_date"] >= since], as_of)
    bought = customers[customers["frequency"] > 0]
    if bought.empty:
        raise DataError("behaviour_no_purchase")
    table = bought[["frequency", "monetary"]].rename(columns={"monetary": "amount"})
    table.insert(1, "interaction", interaction_counts(known, table.index, since=since))
    return table


def interaction_counts(
    interactions: pd.DataFrame, customers: pd.Index, since: object = None, until: object = None
) -> pd.Series:
    """Return the contacts of each customer in a period (both days count); a customer without any has 0.

    Examples
    --------
    >>> contacts = pd.DataFrame({"customer_id": ["a", "a"], "date": pd.to_datetime(["2024-01-01", "2023-01-01"])})
    >>> interaction_counts(contacts, pd.Index(["a", "b"]), since="2024-01-01").tolist()
    [1, 0]
    """
    kept = pd.Series(True, index=interactions.index)
    if since is not None:
        kept &= interactions["date"] >= pd.Timestamp(since)  # type: ignore[arg-type]
    if until is not None:
        kept &= interactions["date"] < pd.Timestamp(until) + pd.Timedelta(days=1)  # type: ignore[arg-type]
    counts = interactions.loc[kept, "customer_id"].value_counts()
    return counts.reindex(customers, fill_value=0).rename("interaction")
