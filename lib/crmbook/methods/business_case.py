"""Where a business case begins: how many customers, what they bring, and by how much a programme raises it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.methods.estimate import Estimate
from crmbook.methods.programme import did, programme_months
from crmbook.methods.purchase_days import needed

if TYPE_CHECKING:
    from crmbook.data.load import Book


@dataclass(frozen=True)
class StartingPoint:
    """What the data say before costs are assumed.

    Attributes
    ----------
    customers : int
        In the programme; where none was measured, all who bought in the last twelve months.
    revenue : float
        What one of them spends in a year without the programme.
    uplift : Estimate
        By what share the programme raises that.
    margin : float
        Share of revenue that is margin.
    effect : Estimate or None
        The programme's effect for a customer and month, as from `did`; None where none could be measured.
    """

    customers: int
    revenue: float
    uplift: Estimate
    margin: float
    effect: Estimate | None


def starting_point(book: Book, months: int = 12, uplift: float = 0.1, margin: float = 0.3) -> StartingPoint:
    """Return customers, revenue, uplift and margin from the data, and from assumptions where the data do not tell.

    Parameters
    ----------
    book : Book
        Its orders; its programme, where it has one.
    months : int
        Months before and after the programme's start, at most, as in `programme_months`.
    uplift : float
        The share by which revenue rises, where no programme was measured; its interval then reaches half of it to
        either side, which is a convention.
    margin : float
        Share of revenue that is margin, where order lines carry no cost.

    Raises
    ------
    DataError
        ``table_needed``, ``column_needed`` without orders.

    Examples
    --------
    >>> from crmbook import load
    >>> days = ["2024-01-05", "2024-02-05", "2024-02-29"]
    >>> orders = pd.DataFrame({"customer_id": list("aab"), "order_date": days, "amount": [50, 30, 40]})
    >>> start = starting_point(load(orders))
    >>> start.customers, start.revenue, start.effect
    (2, 60.0, None)
    """
    orders = needed(book.orders, "orders", ["customer_id", "order_date", "amount"])
    year = orders[orders["order_date"] > book.as_of - pd.DateOffset(years=1)]
    people = (year if len(year) else orders)["customer_id"].nunique()
    revenue = float(year["amount"].sum()) / people
    half = abs(uplift) / 2
    lift = Estimate(uplift, uplift - half, uplift + half, 0)
    effect = None
    try:
        sales = programme_months(book, months)
        effect = did(sales["net"], sales["group"], sales["period"], sales["customer_id"])
    except DataError:  # no programme, or one that cannot be measured: the assumption holds
        return StartingPoint(people, revenue, lift, _margin(orders, margin), None)
    inside = sales[sales["group"] == "treated"]
    without = float(inside.loc[inside["period"] == "after", "net"].mean()) - effect.value
    if without > 0:  # a share of nothing is none
        people, revenue = inside["customer_id"].nunique(), 12 * without
        lift = Estimate(effect.value / without, effect.low / without, effect.high / without, effect.n)
    return StartingPoint(people, revenue, lift, _margin(orders, margin), effect)


def _margin(orders: pd.DataFrame, otherwise: float) -> float:
    priced = orders.dropna(subset=["cost"]) if "cost" in orders else orders.head(0)
    money = float(priced["amount"].sum())
    return 1 - float(priced["cost"].sum()) / money if money > 0 else otherwise
