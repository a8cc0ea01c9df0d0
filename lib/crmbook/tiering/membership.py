"""Points of members: a ledger of what is earned, redeemed, taken back and expired, and what the shop owes for it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY, end_of, purchases

KINDS = ("earned", "taken_back", "expired", "redeemed")


@dataclass(frozen=True)
class PointRules:
    """How points are earned and spent.

    Attributes
    ----------
    money : float
        Spent for one point; only whole points are given.
    months : int
        How long a point lives; the oldest are spent first.
    worth : float
        Money that one point is worth when redeemed.
    voucher : int or None
        With so many points in hand at a purchase, a member gets a voucher for them of itself; None: only what the
        table of redemptions says.
    """

    money: float = 1.0
    months: int = 12
    worth: float = 0.01
    voucher: int | None = None

    def __post_init__(self) -> None:
        if not (self.money > 0 and self.months >= 1 and self.worth >= 0 and (self.voucher is None or self.voucher > 0)):
            raise DataError(
                "tiering_points", money=self.money, months=self.months, worth=self.worth, voucher=self.voucher or "–"
            )


def ledger(
    orders: pd.DataFrame, as_of: Any, rules: PointRules = PointRules(), redemptions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return every entry of the members' points accounts up to a day.

    Parameters
    ----------
    orders : DataFrame
        Order lines; a purchase earns points, a return takes back as many as its money had earned, as far as the
        account holds them.
    as_of : date
        The last day that counts.
    rules : PointRules
    redemptions : DataFrame, optional
        ``customer_id``, ``date``, ``points`` (above zero).

    Returns
    -------
    DataFrame
        ``customer_id``, ``date``, ``kind`` (earned, taken_back, expired, redeemed), ``points`` (what leaves is below
        zero), ``balance`` (of the member after the entry), in the order of customers and days. On one day points expire
        first, then purchases count, then redemptions.

    Raises
    ------
    DataError
        When somebody redeems more than the account holds: customer and day are named.

    Examples
    --------
    >>> day = pd.to_datetime(["2023-01-10", "2023-06-10"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": "u", "order_date": day, "amount": [100.0, 40.0]})
    >>> ledger(lines, "2024-03-31")[["kind", "points", "balance"]].to_numpy().tolist()
    [['earned', 100, 100], ['earned', 40, 140], ['expired', -100, 40]]
    """
    last = end_of(as_of) - DAY
    bought = purchases(orders, as_of)
    events = [
        (who, pd.Timestamp(day), 1, math.floor(abs(net) / rules.money + 1e-9) * (1 if net >= 0 else -1))
        for who, day, net in zip(bought["customer_id"], bought["date"], bought["net"], strict=True)
    ]
    if redemptions is not None:
        spent = needed(redemptions, "redemptions", ["customer_id", "date", "points"])
        spent = spent[spent["date"] < end_of(as_of)]
        days = spent["date"].dt.normalize()
        events += [
            (who, day, 2, -int(points))
            for who, day, points in zip(spent["customer_id"], days, spent["points"], strict=True)
        ]
    events.sort(key=lambda event: (str(event[0]), event[1], event[2], -event[3]))
    rows: list[tuple] = []
    start = 0
    for end in range(1, len(events) + 1):
        if end == len(events) or events[end][0] != events[start][0]:
            rows += _Account(events[start][0], rules, last).run(events[start:end])
            start = end
    table = pd.DataFrame(rows, columns=["customer_id", "date", "kind", "points", "balance"])
    return table.astype({"points": "int64", "balance": "int64"}) if len(table) else table


class _Account:
    """One member's points, lot by lot."""

    def __init__(self, customer: Any, rules: PointRules, last: pd.Timestamp) -> None:
        self.customer, self.rules, self.last = customer, rules, last
        self.lots: deque[list] = deque()  # [day of expiry, points left]
        self.balance = 0
        self.rows: list[tuple] = []

    def run(self, events: list[tuple]) -> list[tuple]:
        for _, day, order, points in events:
            self._expire(day)
            if points >= 0 and order == 1:
                self._earn(day, points)
            elif order == 1:
                self._leave(day, "taken_back", min(-points, self.balance))
            else:
                if -points > self.balance:
                    raise DataError(
                        "tiering_points_short",
                        customer=self.customer,
                        day=f"{day:%Y-%m-%d}",
                        points=-points,
                        balance=self.balance,
                    )
                self._leave(day, "redeemed", -points)
        self._expire(self.last)
        return self.rows

    def _earn(self, day: pd.Timestamp, points: int) -> None:
        if points:
            self.lots.append([day + pd.DateOffset(months=self.rules.months), points])
            self._write(day, "earned", points)
        voucher = self.rules.voucher
        if voucher is not None and self.balance >= voucher:
            self._leave(day, "redeemed", voucher * (self.balance // voucher))

    def _leave(self, day: pd.Timestamp, kind: str, points: int) -> None:
        left = points
        while left:
            taken = min(left, self.lots[0][1])
            self.lots[0][1] -= taken
            left -= taken
            if not self.lots[0][1]:
                self.lots.popleft()
        if points:
            self._write(day, kind, -points)

    def _expire(self, day: pd.Timestamp) -> None:
        while self.lots and self.lots[0][0] <= day:
            gone, points = self.lots.popleft()
            self._write(gone, "expired", -points)

    def _write(self, day: pd.Timestamp, kind: str, points: int) -> None:
        self.balance += points
        self.rows.append((self.customer, day, kind, points, self.balance))


def point_balances(entries: pd.DataFrame, day: Any) -> pd.Series:
    """Return each member's points at the end of a day: earned less taken back, expired and redeemed until then.

    Examples
    --------
    >>> day = pd.to_datetime(["2023-01-10"])
    >>> lines = pd.DataFrame({"order_id": [1], "customer_id": "u", "order_date": day, "amount": [100.0]})
    >>> entries = ledger(lines, "2024-03-31")
    >>> point_balances(entries, "2023-12-31").to_dict(), point_balances(entries, "2024-01-10").to_dict()
    ({'u': 100}, {'u': 0})
    """
    until = entries[entries["date"] < end_of(day)]
    return until.groupby("customer_id")["points"].sum().rename("balance")


def point_account(entries: pd.DataFrame, as_of: Any, rules: PointRules) -> pd.DataFrame:
    """Return the whole account: what was earned and where it went, what is owed, and how much of it will lapse.

    Parameters
    ----------
    entries : DataFrame
        What `ledger` made.
    as_of : date
    rules : PointRules

    Returns
    -------
    DataFrame
        Index ``entry``: the four kinds and ``balance`` in ``points`` and ``money``; ``redemption_rate`` and
        ``breakage`` (of the points whose life is over, taken back left out, the share that expired) as ``share``; and
        ``liability``, the money of the balance less the breakage expected. Breakage is blank while no point is old
        enough.
    """
    end = end_of(as_of)
    known = entries[entries["date"] < end]
    kinds = known.groupby("kind")["points"].sum().reindex(KINDS, fill_value=0)
    balance = int(kinds.sum())
    over = known[(known["kind"] == "earned") & (known["date"] + pd.DateOffset(months=rules.months) < end)]
    lived = int(over["points"].sum())
    breakage = float(-kinds["expired"] / lived) if lived else math.nan
    earned = int(kinds["earned"])
    rows: dict[str, dict[str, float]] = {
        str(kind): {"points": float(points), "money": float(points) * rules.worth} for kind, points in kinds.items()
    }
    rows["balance"] = {"points": balance, "money": balance * rules.worth}
    rows["redemption_rate"] = {"share": -kinds["redeemed"] / earned if earned else math.nan}
    rows["breakage"] = {"share": breakage}
    owed = balance * rules.worth * (1 - (0.0 if math.isnan(breakage) else min(breakage, 1.0)))
    rows["liability"] = {"money": owed}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["points", "money", "share"]).rename_axis("entry")
    table.attrs["headings"] = {"points": "member_points"}
    return table
