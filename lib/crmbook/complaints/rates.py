"""How many complaints for the orders: by month with control limits, by product and store with the link to returns."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from crmbook.complaints.tickets import date_column
from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import Estimate, spearman
from crmbook.shared.pareto import pareto
from crmbook.shared.purchases import end_of, purchases
from crmbook.shared.whole import covered

RUN = 8  # periods in a row on one side of the centre line that make a signal: the Western Electric rule


def complaint_rate(complaints: int, orders: int, per: int = 1000) -> Estimate:
    """Return complaints per 1,000 orders; how many of them were dealt with is another figure (`handling_rate`).

    Parameters
    ----------
    complaints, orders : int
        Counts of one period; an order may bring more than one complaint.
    per : int
        Orders that the rate is for.

    Returns
    -------
    Estimate
        ``n`` counts orders; exact Poisson interval at 95 %. Without orders the rate is NaN.

    Raises
    ------
    DataError
        For a negative count.

    Notes
    -----
    Garwood, F. (1936), Biometrika 28, 437–442.

    Examples
    --------
    >>> print(complaint_rate(10, 2000))
    5 (2.398 to 9.195, n = 2000)
    """
    from scipy.stats import chi2

    if min(complaints, orders) < 0:
        raise DataError("complaints_negative", complaints=complaints, orders=orders)
    if orders == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    low = float(chi2.ppf(0.025, 2 * complaints)) / 2 if complaints else 0.0
    high = float(chi2.ppf(0.975, 2 * complaints + 2)) / 2
    return Estimate(per * complaints / orders, per * low / orders, per * high / orders, orders)


def monthly(tickets: pd.DataFrame, orders: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return complaints and purchases month by month.

    Parameters
    ----------
    tickets : DataFrame
        ``opened_at``.
    orders : DataFrame
        Order lines: ``order_id``, ``customer_id``, ``order_date``, ``amount``; returns are no purchases.
    as_of : str, date or Timestamp
        As in `resolution`, with what is refused there.

    Returns
    -------
    pandas.DataFrame
        Index month (a Period), from the first purchase or complaint on: ``complaints``, ``orders``, ``rate``,
        ``low``, ``high`` (per 1,000 orders), ``partial`` (the month of ``as_of`` when it is not its last day, and
        months that begin before the orders do).

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-05", "2024-01-20"])
    >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [9.0, 9.0]})
    >>> monthly(pd.DataFrame({"opened_at": [days[1]]}), orders, "2024-01-31")["rate"].tolist()
    [500.0]
    """
    end = end_of(as_of)
    opened = date_column(tickets, "opened_at")
    months = opened[opened < end].dt.to_period("M").value_counts()
    bought = purchases(orders, as_of)
    buying = bought.loc[~bought["returned"], "date"].dt.to_period("M").value_counts()
    if months.empty and buying.empty:
        raise DataError("tickets_none", as_of=str(as_of)[:10])
    span = pd.period_range(
        min([*months.index, *buying.index]), max([*months.index, *buying.index]), freq="M", name="month"
    )
    table = pd.DataFrame(
        {"complaints": months.reindex(span, fill_value=0), "orders": buying.reindex(span, fill_value=0)}, index=span
    )
    there = covered(orders, as_of)
    begun = ~there.whole(span.start_time, span.start_time)
    return _with_rates(table).assign(partial=begun | (span.end_time >= end))


def by_place(
    tickets: pd.DataFrame, orders: pd.DataFrame, as_of: object, place: str = "product_id", minimum: int = 10
) -> pd.DataFrame:
    """Return complaints and returns by product, store or channel, the most complaints first.

    Parameters
    ----------
    tickets : DataFrame
        ``opened_at`` and the place, or ``order_id``, by which the place is looked up in the orders (only where the
        order has one place).
    orders : DataFrame
        Order lines with the place.
    as_of : str, date or Timestamp
        As in `resolution`, with what is refused there.
    place : str
        A column of the orders: ``"product_id"``, ``"store"``, ``"channel"``, ``"category"`` (of the product: the
        tickets' own ``category`` is the complaint's and is not used).
    minimum : int
        Orders below which no rate is shown (``note`` is ``too_few``).

    Returns
    -------
    pandas.DataFrame
        Index place, ``unknown`` for orders without a place and complaints that cannot be placed: ``complaints``,
        ``orders`` (purchase orders that touch it), ``rate``, ``low``, ``high`` (complaints per 1,000 orders),
        ``returns`` (return orders), ``return_rate`` (per 1,000 orders), ``share``, ``cumulative``, ``vital`` (of the
        complaints, see `pareto`), ``note``.

    Raises
    ------
    DataError
        When neither orders nor tickets know the place, and as `resolution`.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-05")
    >>> orders = pd.DataFrame({"order_id": range(20), "customer_id": "C1", "order_date": day, "amount": 9.0})
    >>> orders["store"] = "S1"
    >>> tickets = pd.DataFrame({"opened_at": [day], "order_id": [3]})
    >>> by_place(tickets, orders, "2024-01-31", "store").loc["S1", "rate"].item()
    50.0
    """
    if place not in orders:
        raise DataError("complaints_no_place", column=place)
    end = end_of(as_of)
    opened = date_column(tickets, "opened_at")
    here = tickets[opened < end]
    placed = _placed(here, orders, place)
    complaints = placed.fillna("unknown").value_counts()
    lines = orders[["customer_id", "order_id", place]].drop_duplicates()
    lines[place] = lines[place].astype("object").where(lines[place].notna(), "unknown")
    touched = purchases(orders, as_of).merge(lines, on=["customer_id", "order_id"])
    bought = touched.loc[~touched["returned"], place].value_counts()
    returned = touched.loc[touched["returned"], place].value_counts()
    places = bought.index.union(complaints.index).union(returned.index)
    table = pd.DataFrame(
        {"complaints": complaints.reindex(places, fill_value=0), "orders": bought.reindex(places, fill_value=0)},
        index=places.rename(place),
    )
    table = _with_rates(table)
    table["returns"] = returned.reindex(places, fill_value=0)
    table["return_rate"] = 1000 * table["returns"] / table["orders"].where(table["orders"] > 0)
    few = table["orders"] < minimum
    table.loc[few, ["rate", "low", "high", "return_rate"]] = np.nan
    ranked = pareto(table["complaints"])
    table = table.loc[ranked.index].join(ranked[["share", "cumulative", "vital"]])
    return table.assign(note=np.where(few.loc[table.index], "too_few", ""))


def returns_link(places: pd.DataFrame) -> Estimate:
    """Return how far places with many returns are places with many complaints: Spearman's rank correlation.

    Parameters
    ----------
    places : DataFrame
        As from `by_place`; places that show no rate are left out.

    Returns
    -------
    Estimate
        −1 to 1; NaN with fewer than four places or rates that are all alike. Interval by Fisher's z with the standard
        error 1.03/√(n−3) (Fieller, E. C., Hartley, H. O. and Pearson, E. S. 1957, Biometrika 44, 470–481).

    Examples
    --------
    >>> rates = pd.DataFrame({"rate": [1.0, 2, 3, 4, 5], "return_rate": [10.0, 20, 30, 50, 40]})
    >>> round(returns_link(rates).value, 3)
    0.9
    """
    both = places[["rate", "return_rate"]].dropna()
    return spearman(both["rate"], both["return_rate"])


def u_chart(complaints: pd.Series, orders: pd.Series, per: int = 1000, baseline: int | None = None) -> pd.DataFrame:
    """Return a control chart of complaints per 1,000 orders, with limits that follow each period's orders.

    Parameters
    ----------
    complaints, orders : Series of int
        By period, same index, in order of time.
    per : int
        Orders that the rate is for.
    baseline : int, optional
        Take centre and limits from the first so many periods (a settled time before a change); not given: from all.

    Returns
    -------
    pandas.DataFrame
        Same index: ``complaints``, ``orders``, ``rate``, ``centre``, ``lower``, ``upper`` and ``signal``: ``above``
        or ``below`` the limits, ``run`` (the eighth or later period in a row on one side of the centre) or empty. A
        period without orders has no rate.

    Raises
    ------
    DataError
        When the periods differ, a count is negative, or no period of the baseline has orders.

    Notes
    -----
    u = c/n; limits ū ± 3·√(ū/n), not below 0 (Montgomery, D. C., Introduction to Statistical Quality Control, section
    7.3).

    Examples
    --------
    >>> chart = u_chart(pd.Series([5, 4, 6, 20]), pd.Series([1000] * 4))
    >>> chart["signal"].tolist()
    ['', '', '', 'above']
    """
    complaints, orders = aligned(complaints=complaints, orders=orders)
    if complaints.lt(0).any() or orders.lt(0).any():
        raise DataError("complaints_negative", complaints=int(complaints.min()), orders=int(orders.min()))
    if orders.iloc[:baseline].sum() == 0:
        raise DataError("complaints_no_orders")
    centre = complaints.iloc[:baseline].sum() / orders.iloc[:baseline].sum()
    n = orders.where(orders > 0).astype("float64")
    chart = pd.DataFrame({"complaints": complaints, "orders": orders, "rate": complaints / n})
    return _with_limits(chart, centre, (centre / n) ** 0.5, per)


def p_chart(count: pd.Series, n: pd.Series, baseline: int | None = None) -> pd.DataFrame:
    """Return a control chart of a share, such as the promises kept: each case counts once, or not at all.

    Parameters
    ----------
    count, n : Series of int
        By period, same index, in order of time, 0 ≤ count ≤ n.
    baseline : int, optional
        As in `u_chart`.

    Returns
    -------
    pandas.DataFrame
        As from `u_chart`, with ``count`` and ``n`` in place of complaints and orders, and shares of 1.

    Raises
    ------
    DataError
        When the periods differ, a count lies outside 0 to n, or no period of the baseline has a case.

    Notes
    -----
    p = c/n; limits p̄ ± 3·√(p̄(1−p̄)/n), within 0 and 1 (Montgomery, section 7.2). Complaints can be more than one for
    an order, so they belong into `u_chart`.

    Examples
    --------
    >>> p_chart(pd.Series([90, 88, 60]), pd.Series([100, 100, 100]))["signal"].tolist()
    ['', '', 'below']
    """
    count, n = aligned(count=count, n=n)
    if count.lt(0).any() or count.gt(n).any():
        raise DataError("complaints_part", count=int(count.max()), n=int(n.min()))
    if n.iloc[:baseline].sum() == 0:
        raise DataError("complaints_no_cases")
    centre = count.iloc[:baseline].sum() / n.iloc[:baseline].sum()
    cases = n.where(n > 0).astype("float64")
    chart = pd.DataFrame({"count": count, "n": n, "rate": count / cases})
    chart = _with_limits(chart, centre, (centre * (1 - centre) / cases) ** 0.5, 1)
    return chart.assign(upper=chart["upper"].clip(upper=1))


def _with_limits(chart: pd.DataFrame, centre: float, error: pd.Series, per: int) -> pd.DataFrame:
    """Add centre, three-sigma limits and signals to rates; all of them per so many."""
    chart = chart.assign(
        rate=per * chart["rate"],
        centre=per * centre,
        lower=per * (centre - 3 * error).clip(lower=0),
        upper=per * (centre + 3 * error),
    )
    side = (chart["rate"] > chart["centre"]).astype(int) - (chart["rate"] < chart["centre"]).astype(int)
    run = side.groupby((side != side.shift()).cumsum()).cumcount() + 1
    signals = [chart["rate"] > chart["upper"], chart["rate"] < chart["lower"], (run >= RUN) & (side != 0)]
    return chart.assign(signal=np.select(signals, ["above", "below", "run"], ""))


def _with_rates(table: pd.DataFrame) -> pd.DataFrame:
    counts = zip(table["complaints"].to_list(), table["orders"].to_list(), strict=True)
    rates = [complaint_rate(complaints, orders) for complaints, orders in counts]
    return table.assign(
        rate=[rate.value for rate in rates], low=[rate.low for rate in rates], high=[rate.high for rate in rates]
    )


def _placed(tickets: pd.DataFrame, orders: pd.DataFrame, place: str) -> pd.Series:
    """The place of each ticket: its own column, or that of its order when the order has just one."""
    has_own = place in tickets and place != "category"
    own = tickets[place].astype("object") if has_own else pd.Series(None, index=tickets.index, dtype="object")
    if "order_id" not in tickets or "order_id" not in orders:
        return own
    lines = orders[["order_id", place]].dropna().drop_duplicates()
    single = lines[~lines["order_id"].duplicated(keep=False)].set_index("order_id")[place].astype("object")
    return own.where(own.notna(), tickets["order_id"].map(single))
