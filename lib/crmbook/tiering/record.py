"""What customers cost in trouble: complaints, late payments and returns, each beside what they bought."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY, end_of, purchases
from crmbook.tiering.assignment import window_start


def service_record(
    orders: pd.DataFrame, tickets: pd.DataFrame | None, as_of: Any, months: int | None = None
) -> pd.DataFrame:
    """Return each customer's complaints, late payments and returns.

    Parameters
    ----------
    orders : DataFrame
        Order lines; payment is judged where they have ``due_date`` and ``paid_date``.
    tickets : DataFrame or None
        ``customer_id``, ``opened_at`` and, where requests are told from complaints, ``kind``.
    as_of : date
        The last day that counts.
    months : int, optional
        How many months count; all where it is not given.

    Returns
    -------
    DataFrame
        Index customer, everybody with an order line; ``complaints`` (blank where there are no tickets at all),
        ``lines_due`` (lines whose day of payment has passed), ``late_share`` (of them, those paid after that day or
        not at all; blank where none was due), ``days_late`` (mean over the lines due, those not paid counted up to the
        as-of day), ``return_share`` (money given back ÷ money of the purchases; blank without a purchase).

    Raises
    ------
    DataError
        When there are no orders.

    Examples
    --------
    >>> day = pd.to_datetime(["2024-05-01", "2024-06-01"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": "u", "order_date": day, "amount": [90.0, -30.0]})
    >>> service_record(lines, None, "2024-06-30")["return_share"].round(2).tolist()
    [0.33]
    """
    lines = needed(orders, "orders", ["customer_id", "order_date", "amount"])
    end = end_of(as_of)
    start = pd.Timestamp.min if months is None else window_start(as_of, months)
    everyone = pd.Index(lines.loc[lines["order_date"] < end, "customer_id"].dropna().unique(), name="customer_id")
    table = pd.DataFrame(index=everyone.sort_values())
    table["complaints"] = _complaints(tickets, start, end, table.index)
    table = table.join(_payment(lines, start, end))
    table["lines_due"] = table["lines_due"].fillna(0).astype("int64")
    bought = purchases(lines, as_of)
    bought = bought[bought["date"] >= start]
    money = bought["net"].groupby([bought["customer_id"], bought["returned"]]).sum().unstack(fill_value=0)
    money = money.reindex(index=table.index, columns=[False, True], fill_value=0.0)
    table["return_share"] = (money[True].abs() / money[False].where(money[False] > 0)).clip(upper=1.0)
    return table


def _complaints(
    tickets: pd.DataFrame | None, start: pd.Timestamp, end: pd.Timestamp, everyone: pd.Index
) -> pd.Series | float:
    if tickets is None or tickets.empty:
        return np.nan
    counted = tickets[(tickets["opened_at"] >= start) & (tickets["opened_at"] < end)]
    if "kind" in counted:
        counted = counted[counted["kind"] == "complaint"]
    return counted["customer_id"].value_counts().reindex(everyone, fill_value=0)


def _payment(lines: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    columns = ["lines_due", "late_share", "days_late"]
    if "due_date" not in lines or "paid_date" not in lines:
        return pd.DataFrame(columns=columns, dtype=float)
    due = lines[(lines["due_date"] >= start) & (lines["due_date"] < end) & (lines["amount"] > 0)]
    paid = due["paid_date"].where(due["paid_date"] < end)  # what was paid later was not known then
    waited = (paid.fillna(end - DAY).dt.normalize() - due["due_date"].dt.normalize()) / DAY
    days = np.maximum(waited.astype(float), 0)
    late = days > 0
    grouped = pd.DataFrame({"days": days, "late": late}).groupby(due["customer_id"])
    found = pd.concat([grouped.size(), grouped["late"].mean(), grouped["days"].mean()], axis=1)
    return found.set_axis(columns, axis=1)
