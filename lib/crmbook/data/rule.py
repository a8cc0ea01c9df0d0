"""The purchase rule: which order lines count, and the account of every line that does not.

``load`` applies the part that needs the whole book: orders of staff and supplier accounts, orders the user names as
tests, rows after the as-of date. ``customers.sql`` applies the rest: what is one order, and what is a return.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.typed import NOT_DATA, Typed

PARTS = (
    *NOT_DATA,
    "not_sale",
    "faulty",
    "anonymous",
    "overlap",
    "duplicate",
    "test_order",
    "staff_account",
    "supplier_account",
    "after_as_of",
)
"""Why an order line is set aside; a line that fits two has the first."""

EVENTS = {
    "orders": "order_date",
    "leads": "created_at",
    "interactions": "date",
    "tickets": "opened_at",
    "survey": "date",
    "campaigns": "date",
    "contracts": "start_date",
    "spend": "month",
    "usage": "month",
}
"""The day a row of a table happened on: rows after the as-of date are set aside."""

LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "tickets": {"first_response_at": (), "closed_at": ("resolution",)},
    "leads": {"converted_at": ()},
    "orders": {"paid_date": ()},
    "customers": {"exit_date": ("exit_reason",)},
}
"""What is not known yet when it lies after the as-of date, with what came with it: both are blanked."""

FAR = pd.Timedelta(days=366)
"""A last order so long after the one before it, or a first so long before the next, is more likely a mistake."""


def mark_duplicates(orders: Typed, raw: pd.DataFrame) -> None:
    """Set whole rows that are there twice aside where order and product are named; else report and keep them.

    Without a product, two equal lines of one order can well be two purchases.
    """
    plain = raw.astype({column: "str" for column in raw if raw[column].dtype == object})
    repeated = plain.duplicated().to_numpy() & (orders.part == "")
    if {"order_id", "product_id"} <= set(orders.frame):
        orders.note("duplicate", repeated, effect="set_aside")
        orders.part[repeated] = "duplicate"
    else:
        orders.note("duplicate_kept", repeated)


def mark_tests(orders: Typed, test_orders: Collection[str]) -> None:
    """Set the orders aside that the user names as tests; say which of them are not there."""
    if isinstance(test_orders, str):
        raise DataError("load_test_orders", value=test_orders)
    named = {str(order) for order in test_orders}
    there = orders.frame["order_id"].isin(named).to_numpy(dtype=bool)
    for order in sorted(named - set(orders.frame.loc[there, "order_id"])):
        orders.remark("test_order_unknown", "order_id", order)
    orders.part[there & (orders.part == "")] = "test_order"


def mark_accounts(orders: Typed, customers: Typed | None) -> None:
    """Set the orders of staff and supplier accounts aside; consumers and partners stay."""
    if customers is None or "account_type" not in customers.frame:
        return
    known = customers.kept
    for kind in ("staff", "supplier"):
        accounts = known.loc[known["account_type"] == kind, "customer_id"]
        theirs = orders.frame["customer_id"].isin(accounts).to_numpy(dtype=bool)
        orders.part[theirs & (orders.part == "")] = f"{kind}_account"


def last_day(tables: dict[str, Typed]) -> pd.Timestamp:
    """Return the day of the last valid order; without orders, of the last row of any table that happens on a day.

    Orders of staff and repeated lines are no purchases, but they show how far the data reach.
    """
    sources = {"orders": tables["orders"]} if "orders" in tables else tables
    lasts = [_last(table, EVENTS[name]) for name, table in sources.items() if EVENTS.get(name) in table.frame]
    days = [day for day in lasts if day is not None]
    if not days:
        raise DataError("load_as_of_needed")
    return max(days)


def _last(table: Typed, column: str) -> pd.Timestamp | None:
    valid = np.isin(table.part, ["", "anonymous", "duplicate", "staff_account", "supplier_account"])
    days = table.frame.loc[valid, column].dropna().dt.normalize()
    if days.empty:
        return None
    last, earlier = days.max(), days[days < days.max()]
    if len(earlier) and last - earlier.max() > FAR:
        table.note("as_of_far", valid & (table.frame[column] >= last).to_numpy(), column)
    first, later = days.min(), days[days > days.min()]
    if len(later) > 1 and later.min() - first > FAR:
        table.note("first_far", valid & (table.frame[column] < later.min()).to_numpy(), column)
    return last


def apply_as_of(tables: dict[str, Typed], as_of: pd.Timestamp) -> None:
    """Set rows after the as-of date aside and blank what was not known on it; the day counts with all its hours."""
    end = as_of + pd.Timedelta(days=1)
    for name, table in tables.items():
        if EVENTS.get(name) in table.frame:
            after = (table.frame[EVENTS[name]] >= end).to_numpy() & (table.part == "")
            table.note("after_as_of", after, EVENTS[name])
            table.part[after] = "after_as_of"
        for column, companions in LATER.get(name, {}).items():
            if column in table.frame:
                later = (table.frame[column] >= end).to_numpy() & (table.part == "")
                table.note("later_than_as_of", later, column)
                for blanked in {column, *companions} & set(table.frame):
                    table.frame[blanked] = table.frame[blanked].mask(later)


def reconciliation(orders: Typed) -> pd.DataFrame:
    """Return what became of every order line: columns part, rows, orders and money; rows read = kept + set aside.

    A customer's lines under one order id are one order, as in ``customers.sql``; it is counted once, as kept if any of
    its lines is, else where the first of ``PARTS`` put it. Rows whose amount cannot be read add no money. What was paid
    back of kept rows is a part of its own, ``refunded``, of money without rows.
    """
    names = ("kept", *PARTS)
    rank = pd.Series(np.where(orders.part == "", "kept", orders.part)).map({name: i for i, name in enumerate(names)})
    amounts = orders.frame["amount"].fillna(0).to_numpy() + orders.refunds
    records = np.isin(orders.part, NOT_DATA, invert=True)
    of_order = rank[records].groupby(_order_keys(orders.frame)[records]).min()
    counted = pd.DataFrame({"part": names})
    counted["rows"] = np.bincount(rank, minlength=len(names))
    counted["orders"] = np.bincount(of_order, minlength=len(names))
    paid_back = round(float(orders.refunds[orders.part == ""].sum()), 6)
    money = np.bincount(rank, weights=amounts, minlength=len(names))
    money[0] -= paid_back
    counted["money"] = money.round(6)
    refunded = pd.DataFrame([{"part": "refunded", "rows": 0, "orders": 0, "money": paid_back}])
    total = {"part": "rows_read", "rows": len(rank), "orders": len(of_order), "money": round(float(amounts.sum()), 6)}
    parts = [pd.DataFrame([total]), counted.iloc[1:], refunded, counted.iloc[:1]]
    return pd.concat(parts, ignore_index=True)


def _order_keys(frame: pd.DataFrame) -> np.ndarray:
    customer, _ = pd.factorize(frame["customer_id"])
    order, known = pd.factorize(frame["order_id"])
    return (customer.astype("int64") + 1) * (len(known) + 1) + order + 1
