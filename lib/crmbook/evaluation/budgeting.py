"""Where the next money should go: keep customers or acquire new ones, and which tier gets how much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.lifecycle.stage import bridge, stage_history
from crmbook.shared.checked import needed
from crmbook.shared.estimate import mean
from crmbook.shared.purchases import DAY, of_purchases
from crmbook.value.economics import KeepOrAcquire, acquired, acquisition_cost, retention_cost
from crmbook.value.economics import keep_or_acquire as compare_costs

if TYPE_CHECKING:
    from crmbook.data.load import Book

# Keep or acquire --------------------------------------------------------------------------------------------------


def keep_or_acquire(book: Book, as_of: object = None) -> KeepOrAcquire:
    """Compare what a new customer costs with what keeping one for a year costs, by the company's own figures.

    Parameters
    ----------
    book : Book
        Its orders and spend; customers too, where it has them.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.

    Raises
    ------
    DataError
        ``table_needed``, ``column_needed``, ``economics_no_spend``; as ``lifecycle.stage_history``.

    Notes
    -----
    ``economics.acquisition_cost`` and ``economics.retention_cost``; "five times as dear" is folklore until measured.
    """
    spend = needed(book.spend, "spend", ["month", "purpose", "amount"])
    day = book.as_of if as_of is None else as_of
    new = acquired(needed(book.orders, "orders"), book.customers, day)
    cac = float(acquisition_cost(spend, new)["cac"].iloc[0])
    return compare_costs(cac, retention_cost(spend, bridge(stage_history(book, day))))


def first_and_later_year(orders: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return what a customer brings in the first year, and in a later year: the other side of keep or acquire.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    as_of : date-like
        The last day that counts.

    Returns
    -------
    DataFrame
        Index ``year_of_customer``: ``first_year`` (customers whose first 365 days are over) and ``later_year``
        (customers of more than a year, over the last 365 days; those who bought nothing count with zero);
        ``customers``, ``revenue`` of a customer, ``low``, ``high`` (95 %, Student's t).

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data do not hold a year.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-01-01", "2022-06-01", "2023-06-01", "2022-01-01", "2022-02-01"])
    >>> orders = pd.DataFrame({"customer_id": list("aaabb"), "order_date": days, "amount": [10.0, 20, 40, 5, 5]})
    >>> first_and_later_year(orders, "2023-12-31")["revenue"].tolist()
    [20.0, 20.0]
    """
    day = dates.day(as_of)
    lines = needed(orders, "orders", ["customer_id", "order_date", "amount"])
    lines = lines[lines["order_date"] < day + DAY]
    first = lines[of_purchases(lines)].groupby("customer_id")["order_date"].min().dt.normalize()
    old = first[first <= day - 365 * DAY]
    if old.empty:
        start = lines["order_date"].min().normalize()
        raise DataError("lifecycle_short_history", days=int((day - start) / DAY), window=365, as_of=f"{day:%Y-%m-%d}")
    own = lines[lines["customer_id"].isin(old.index)]
    age = own["order_date"].dt.normalize() - own["customer_id"].map(old)
    parts = {
        "first_year": own[age < 365 * DAY],
        "later_year": own[own["order_date"] > day - 365 * DAY + DAY - pd.Timedelta(1, unit="ns")],
    }
    rows = {}
    for name, part in parts.items():
        each = part.groupby("customer_id")["amount"].sum().reindex(old.index, fill_value=0.0).to_numpy()
        brought = mean(each)
        rows[name] = (brought.n, brought.value, brought.low, brought.high)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "revenue", "low", "high"])
    return table.rename_axis("year_of_customer")


# Budget by tier ---------------------------------------------------------------------------------------------------


def response(spend: float, gain: float, ceiling: float) -> float:
    """Return the scale of a response curve gain = ceiling × (1 − e^(−spend ÷ scale)) that runs through a known point.

    Parameters
    ----------
    spend, gain : float
        What was spent, and what it brought, both above zero.
    ceiling : float
        What the most money could bring; above ``gain``.

    Raises
    ------
    DataError
        ``evaluation_response``.

    Examples
    --------
    >>> round(response(spend=100, gain=300, ceiling=600), 1)
    144.3
    """
    if not (0 < gain < ceiling < math.inf and 0 < spend < math.inf):
        raise DataError("evaluation_response", spend=spend, gain=gain, ceiling=ceiling)
    return -spend / math.log1p(-gain / ceiling)


def tier_curves(book: Book, brings: Mapping[str, float], most: float = 2.0, as_of: object = None) -> pd.DataFrame:
    """Return the response curve of each tier from what was spent on keeping and serving it in the last twelve months.

    Parameters
    ----------
    book : Book
        Its spend, with tiers.
    brings : mapping of tier to float
        What one unit of money brings there today, an assumption to be tested. Tiers not named are left out.
    most : float
        How many times today's gain the most money could bring, above 1; an assumption as well.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.

    Returns
    -------
    DataFrame
        Index ``tier``: ``spend``, ``ceiling`` and ``scale``, as `budget` takes.

    Raises
    ------
    DataError
        ``table_needed``, ``column_needed``; ``economics_no_spend`` when nothing was spent on the tiers named;
        ``evaluation_response`` for assumptions that make no curve.
    """
    spend = needed(book.spend, "spend", ["month", "purpose", "tier", "amount"])
    day = dates.day(book.as_of if as_of is None else as_of)
    own = spend[spend["purpose"].isin(["retention", "service"]) & spend["tier"].isin(list(brings))]
    own = own[(own["month"] > day - pd.DateOffset(years=1)) & (own["month"] <= day)]
    if not own["amount"].sum() > 0:
        raise DataError("economics_no_spend", purpose="retention, service")
    table = own.assign(tier=own["tier"].astype("str")).groupby("tier")["amount"].sum().rename("spend").to_frame()
    gain = table["spend"] * table.index.map(brings).astype(float)
    table["ceiling"] = most * gain
    table["scale"] = [
        response(float(spent), float(brought), float(top))
        for spent, brought, top in zip(table["spend"], gain, table["ceiling"], strict=True)
    ]
    return table


def budget(curves: pd.DataFrame, total: float) -> pd.DataFrame:
    """Divide a budget among tiers so that the last unit of money brings as much in each.

    Parameters
    ----------
    curves : DataFrame
        Index ``tier``: ``ceiling`` and ``scale`` of each response curve, as in `response`; ``spend``, where it is
        there, is what is spent today.
    total : float
        Money to divide; not negative.

    Returns
    -------
    DataFrame
        Index ``tier``, then ``all``: ``budget``, ``gain``, ``marginal`` (what one more unit of money would bring; the
        same in each tier that gets some) and, with a ``spend``, ``spend`` and ``gain_today``. Money that would bring
        less than itself is not spent: ``all`` may be below ``total``.

    Raises
    ------
    DataError
        ``evaluation_response`` for a curve that is none, ``evaluation_budget`` for a negative total, ``column_needed``.

    Notes
    -----
    The marginal return is ceiling ÷ scale × e^(−budget ÷ scale); the budgets follow from setting it equal in all tiers.

    Examples
    --------
    >>> curves = pd.DataFrame({"ceiling": [900.0, 300], "scale": [100.0, 100]}, index=["A", "C"])
    >>> budget(curves, 200)["budget"].round(0).tolist()
    [155.0, 45.0, 200.0]
    """
    for column in ("ceiling", "scale"):
        if column not in curves:
            raise DataError("column_needed", table="curves", column=column)
    ceiling, scale = (curves[column].to_numpy(dtype=float) for column in ("ceiling", "scale"))
    if not (len(curves) and np.isfinite([*ceiling, *scale]).all() and (ceiling > 0).all() and (scale > 0).all()):
        raise DataError("evaluation_response", spend=0, gain=0, ceiling=float(np.nan_to_num(ceiling).min(initial=0)))
    if not (math.isfinite(total) and total >= 0):
        raise DataError("evaluation_budget", value=total)
    steepest = ceiling / scale
    given = scale * np.maximum(np.log(steepest) - _log_price(steepest, scale, total), 0.0)
    table = pd.DataFrame(
        {
            "budget": given,
            "gain": ceiling * -np.expm1(-given / scale),
            "marginal": steepest * np.exp(-given / scale),
        },
        index=curves.index.rename("tier"),
    )
    if "spend" in curves:
        today = curves["spend"].to_numpy(dtype=float)
        table = table.assign(spend=today, gain_today=ceiling * -np.expm1(-today / scale))
    totals = table.drop(columns="marginal").sum()
    table.loc["all"] = totals.reindex(table.columns)
    return table


def _log_price(steepest: np.ndarray, scale: np.ndarray, total: float) -> float:
    """The logarithm of the marginal return that uses up the budget; 0 (money brings just itself) at the least."""
    order = np.argsort(-steepest, kind="stable")
    # with the first k tiers in: Σ scale × (log steepest − log price) = total
    price = (np.cumsum((scale * np.log(steepest))[order]) - total) / np.cumsum(scale[order])
    later = np.append(np.log(steepest[order])[1:], -math.inf)
    return max(0.0, float(price[np.argmax(price >= later)]))
