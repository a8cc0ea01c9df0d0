"""Tables of complaints, ready to be shown: rates, places, what putting right is worth, and whom to call, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmbook import complaints
from crmbook.complaints.charts import reasons
from crmbook.locale import name
from crmbook.shared.estimate import Estimate


def rate_table(rates: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return figures by name with their intervals, as one table.

    Parameters
    ----------
    rates : mapping of name to Estimate

    Examples
    --------
    >>> rate_table({"handling_rate": Estimate(0.5, 0.1, 0.9, 2)})["n"].tolist()
    [2]
    """
    rows = [(found.value, found.low, found.high, found.n) for found in rates.values()]
    return pd.DataFrame(rows, columns=["value", "low", "high", "n"], index=pd.Index(list(rates), name="measure"))


def overdue_table(late: pd.DataFrame) -> pd.DataFrame:
    """Return who waits beyond the promise, and for how many days already.

    Examples
    --------
    >>> late = pd.DataFrame({"ticket_id": ["T1"], "customer_id": "C1", "opened_at": pd.Timestamp("2024-01-01")})
    >>> overdue_table(late.assign(promised=24.0, hours_over=36.0))["days_over"].tolist()
    [1.5]
    """
    columns = ["ticket_id", "customer_id", "opened_at", "promised", "days_over"]
    return late.assign(days_over=late["hours_over"] / 24)[columns]


def place_table(places: pd.DataFrame) -> pd.DataFrame:
    """Return complaints and returns by place for a reader: the rates under names that say what they are for.

    Examples
    --------
    >>> rates = pd.DataFrame({"rate": [5.0], "return_rate": [50.0], "orders": 99, "complaints": 1, "returns": 5})
    >>> place_table(rates.assign(low=1.0, high=9.0)).columns.tolist()[2]
    'per_1000'
    """
    named = places.rename(columns={"rate": "per_1000", "return_rate": "returns_per_1000"})
    return named[["complaints", "orders", "per_1000", "low", "high", "returns", "returns_per_1000"]]


def effect_table(found: complaints.Recovery) -> pd.DataFrame:
    """Return by how many percentage points more of one kind of customers bought again than of another.

    Examples
    --------
    >>> effects = pd.DataFrame({"value": [0.25], "low": 0.125, "high": 0.375, "n": 9}, index=["recovered_none"])
    >>> effect_table(complaints.Recovery(pd.DataFrame(), effects, pd.Series(dtype=float)))["difference"].tolist()
    [25.0]
    """
    effects = found.effects.dropna(subset=["value"])
    points = effects.assign(**{column: 100 * effects[column] for column in ("value", "low", "high")})
    return points.rename(columns={"value": "difference"})


def worth_table(worth: pd.DataFrame, money: str) -> pd.DataFrame:
    """Return what the unhappy customers are worth, by tier, under the name of the money that was counted.

    Parameters
    ----------
    worth : DataFrame
        What `crmbook.complaints.unhappy_value` made.
    money : {"revenue", "clv"}

    Examples
    --------
    >>> flags = pd.DataFrame({"signs": [1]}, index=["C1"])
    >>> worth_table(complaints.unhappy_value(flags, pd.Series({"C1": 30.0, "C2": 70.0})), "clv").columns.tolist()[2]
    'share'
    """
    named = worth.rename(columns={"unhappy": "unhappy_customers", "value": money})
    return named[["customers", "unhappy_customers", "share", "low", "high", money, "value_share"]]


def call_list(calls: pd.DataFrame) -> pd.DataFrame:
    """Return whom to call, with reasons and owners in words.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-30")
    >>> flags = pd.DataFrame({"signs": 1, "reason": "complaint", "last_sign": day}, index=["C1"])
    >>> call_list(complaints.close_the_loop(flags, "2024-01-31"))[["reason", "owner"]].values.tolist()
    [['complaint', 'nobody yet']]
    """
    worded = calls.assign(reason=reasons(calls["reason"]), owner=calls["owner"].map(name))
    worded["last_sign"] = worded["last_sign"].dt.normalize()
    columns = {"value": "monetary"}
    return worded.rename(columns=columns)[["reason", "tier", "monetary", "last_sign", "owner", "due", "overdue"]]
