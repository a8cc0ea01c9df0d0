"""A book of one group of customers: a province, a store, a kind of account."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.schema import TABLES

if TYPE_CHECKING:
    from crmbook.data.load import Book

OF_NO_CUSTOMER = ("stores",)
"""Tables that hold for every group; of others without a customer nobody knows which group's they are."""


def column_of(book: Book, name: str) -> pd.Series:
    """Return the column that groups are made by, as text, blank where there is none.

    Parameters
    ----------
    book : Book
    name : str
        Table and column: ``"customers.province"``, ``"orders.store"``.

    Raises
    ------
    DataError
        When the name has another form, the table or column is not there, or the table has no customers.
    """
    table, _, column = name.partition(".")
    if table not in TABLES or not column:
        close = get_close_matches(table, list(TABLES), n=1)
        raise DataError(
            "group_form", value=name, nearest=f"{close[0] if close else 'customers'}.{column or 'province'}"
        )
    frame = getattr(book, table)
    if frame is not None and "customer_id" not in frame:
        raise DataError("group_no_customer", value=name, table=table)
    if frame is not None and column not in frame:
        raise DataError("group_no_column", value=name, table=table, columns=", ".join(map(str, frame.columns)))
    found = book.need(table, column)[column]
    return found.astype("str").where(found.notna()) if not isinstance(found.dtype, pd.StringDtype) else found


def sizes(book: Book, name: str) -> pd.Series:
    """Return how many customers each group has, the groups in order of their names."""
    values = column_of(book, name)
    frame = getattr(book, name.partition(".")[0])
    return frame["customer_id"].groupby(values.to_numpy()).nunique().sort_index()


def only(book: Book, name: str, value: str) -> Book:
    """Return the book of one group.

    The table that has the column keeps its rows of the value; every other table those of the customers there. What was
    noticed while the whole was read stays; the reconciliation has the rows of other groups as a part of its own.

    Examples
    --------
    >>> from crmbook import load
    >>> days = ["2024-01-05", "2024-02-01"]
    >>> orders = pd.DataFrame({"customer_id": ["1", "2"], "order_date": days, "amount": [10, 20], "store": ["N", "S"]})
    >>> book = only(load(orders), "orders.store", "S")
    >>> book.orders["amount"].tolist(), f"{book.as_of:%Y-%m-%d}"
    ([20.0], '2024-02-01')
    """
    table = name.partition(".")[0]
    chosen = column_of(book, name).eq(value).fillna(False).to_numpy(dtype=bool)
    customers = getattr(book, table).loc[chosen, "customer_id"].unique()
    tables: dict[str, Any] = {}
    for other, frame in book.tables.items():
        if other == table:
            tables[other] = frame[chosen].reset_index(drop=True)
        elif "customer_id" in frame:
            tables[other] = frame[frame["customer_id"].isin(customers)].reset_index(drop=True)
        else:
            tables[other] = frame if other in OF_NO_CUSTOMER else None
    return replace(book, **tables, reconciliation=_reconciled(book, tables.get("orders")))


def _reconciled(book: Book, kept: pd.DataFrame | None) -> pd.DataFrame:
    before = book.reconciliation
    if kept is None or before.empty:
        return before
    whole = before[before["part"] == "kept"].iloc[0]
    orders = len(kept[["order_id", "customer_id"]].drop_duplicates())
    own = {"rows": len(kept), "orders": orders, "money": round(float(kept["amount"].sum()), 6)}
    rest = {"part": "other_group", **{name: whole[name] - count for name, count in own.items()}}
    others = before[before["part"] != "kept"]
    made = pd.concat([others, pd.DataFrame([rest, {"part": "kept", **own}])], ignore_index=True)
    return made.astype(before.dtypes.to_dict()).assign(money=made["money"].astype("float64").round(6))
