"""The purchase rule: which order lines count, and the account of every line that does not.

``load`` applies the part that needs the whole book: orders of staff and supplier accounts, orders the user names as
tests, rows after the as-of date. ``customers.sql`` applies the rest: what is one order, and what is a return.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.tables import NOT_DATA, Typed

PARTS = (*NOT_DATA, "faulty", "duplicate", "test_order", "staff_account", "supplier_account", "after_as_of")
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

LATER = {
    "tickets": ("first_response_at", "closed_at"),
    "leads": ("converted_at",),
    "orders": ("paid_date",),
    "customers": ("exit_date",),
}
"""What is not known yet when it lies after the as-of date: it is blanked, so a ticket closed later is open."""


def mark_duplicates(orders: Typed, raw: pd.DataFrame) -> None:
    """Set whole rows that are there twice aside where order and product are named; else report and keep them.

    Without a product, two equal lines of one order can well be two purchases.
    """
    repeated = raw.duplicated().to_numpy() & (orders.part == "")
    named = {"order_id", "product_id"} <= set(orders.frame)
    orders.note("duplicate" if named else "duplicate_kept", repeated, "", effect="set_aside" if named else "note")
    if named:
        orders.part[repeated] = "duplicate"


def mark_tests(orders: Typed, test_orders: Collection[str]) -> None:
    """Set the orders aside that the user names as tests."""
    named = {str(order) for order in test_orders}
    if not named:
        return
    ids = orders.frame["order_id"]
    unknown = sorted(named - set(ids.dropna()))
    if unknown:
        raise DataError("load_test_orders", file=orders.file, value=", ".join(unknown[:5]))
    orders.part[ids.isin(named).to_numpy() & (orders.part == "")] = "test_order"


def mark_accounts(orders: Typed, customers: Typed | None) -> None:
    """Set the orders of staff and supplier accounts aside; consumers and partners stay."""
    if customers is None or "account_type" not in customers.frame:
        return
    known = customers.kept
    for kind in ("staff", "supplier"):
        accounts = known.loc[known["account_type"].eq(kind).fillna(False), "customer_id"]
        theirs = orders.frame["customer_id"].isin(accounts).to_numpy()
        orders.part[theirs & (orders.part == "")] = f"{kind}_account"


def last_day(tables: dict[str, Typed]) -> pd.Timestamp:
    """Return the day of the last valid order; without orders, of the last row of any table that happens on a day."""
    sources = {"orders": tables["orders"]} if "orders" in tables else tables
    days = []
    for name, table in sources.items():
        if EVENTS.get(name) in table.frame:
            valid = np.isin(table.part, ["", "staff_account", "supplier_account", "duplicate"])
            days.append(table.frame.loc[valid, EVENTS[name]].max())
    days = [day for day in days if not pd.isna(day)]
    if not days:
        raise DataError("load_as_of_needed")
    return max(days).normalize()


def apply_as_of(tables: dict[str, Typed], as_of: pd.Timestamp) -> None:
    """Set rows after the as-of date aside, and blank what was not known on it; the day itself counts with all its hours."""
    end = as_of + pd.Timedelta(days=1)
    for name, table in tables.items():
        if EVENTS.get(name) in table.frame:
            after = (table.frame[EVENTS[name]] >= end).to_numpy() & (table.part == "")
            table.note("after_as_of", after, EVENTS[name], effect="note")
            table.part[after] = "after_as_of"
        for column in LATER.get(name, ()):
            if column in table.frame:
                later = (table.frame[column] >= end).to_numpy() & (table.part == "")
                table.note("later_than_as_of", later, column)
                table.frame.loc[later, column] = pd.NaT


def reconciliation(orders: Typed) -> pd.DataFrame:
    """Return what became of every order line: columns part, rows, orders and money; rows read = kept + set aside.

    An order is counted once: as kept if any of its lines is, else where its first line went. Rows whose amount cannot be
    read add no money.
    """
    parts = np.where(orders.part == "", "kept", orders.part)
    numbered = {part: number for number, part in enumerate(("kept", *PARTS))}
    rank = pd.Series(parts).map(numbered).to_numpy()
    customer, _ = pd.factorize(orders.frame["customer_id"])
    order, known = pd.factorize(orders.frame["order_id"])
    key = (customer.astype("int64") + 1) * (len(known) + 1) + order + 1
    is_order = np.isin(parts, NOT_DATA, invert=True)
    of_order = pd.Series(rank[is_order]).groupby(key[is_order]).min()
    frame = pd.DataFrame({"part": ["kept", *PARTS]})
    frame["rows"] = np.bincount(rank, minlength=len(frame))
    frame["orders"] = np.bincount(of_order.to_numpy(dtype=int), minlength=len(frame))
    frame["money"] = np.round(np.bincount(rank, weights=orders.frame["amount"].fillna(0), minlength=len(frame)), 6)
    read = pd.DataFrame(
        {
            "part": ["rows_read"],
            "rows": [len(orders.part)],
            "orders": [of_order.size],
            "money": [round(float(orders.frame["amount"].sum()), 6)],
        }
    )
    return pd.concat([read, frame.iloc[1:], frame.iloc[:1]], ignore_index=True)
