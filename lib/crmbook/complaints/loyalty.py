"""Loyalty said and shown: do satisfied customers come back, who of the unhappy is worth most, whom to call today."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.complaints.service_recovery import SIGNS
from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import SCALES
from crmbook.satisfaction.ratings import answered
from crmbook.shared.estimate import Estimate, mean, spearman, wilson
from crmbook.shared.purchases import BuyingDays, day_number, end_of

DUE_DAYS: Mapping[str, int] = {"A": 1, "B": 3, "C": 7}
"""Days until an unhappy customer of a tier is called; the longest for customers without one."""


@dataclass(frozen=True)
class LoyaltyCurve:
    """What people said, and whether they came back.

    Attributes
    ----------
    table : DataFrame
        Index the answer (or its class), ascending: ``n``, ``rate`` (bought again within the days), ``low``, ``high``
        (Wilson), ``purchases`` (buying days a head), ``note`` (``too_few``: no rate).
    rank_correlation : Estimate
        Spearman's, of answer and buying days.
    left_out : Series
        Answers not used: ``too_recent``, ``no_customer``, ``blank``.
    """

    table: pd.DataFrame
    rank_correlation: Estimate
    left_out: pd.Series


def promoter_class(recommend: pd.Series) -> pd.Series:
    """Return each answer's class: ``detractor`` (0–6), ``passive`` (7–8) or ``promoter`` (9–10), blank if not answered.

    Parameters
    ----------
    recommend : Series
        0 to 10.

    Returns
    -------
    pandas.Series
        Ordered categorical.

    Examples
    --------
    >>> promoter_class(pd.Series([10, 7, 0])).tolist()
    ['promoter', 'passive', 'detractor']
    """
    return pd.cut(recommend.astype("float64"), [-1, 6, 8, 10], labels=["detractor", "passive", "promoter"])


def loyalty_curve(
    survey: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: object,
    answer: str = "overall",
    classes: bool = False,
    days: int = 180,
    minimum: int = 10,
) -> LoyaltyCurve:
    """Return who bought again after answering, by what they said: the satisfaction-loyalty curve.

    Parameters
    ----------
    survey : DataFrame
        ``customer_id``, ``date`` and the answer; a customer who answered in several waves counts with each.
    orders : DataFrame
        Order lines.
    as_of : str, date or Timestamp
        The last day that counts; answers whose days are not over by then are left out and counted.
    answer : str
        ``"overall"``, ``"recommend"`` …
    classes : bool
        True puts ``recommend`` into detractors, passives and promoters.
    days : int
        Days watched after the day of the answer.
    minimum : int
        Answers below which no rate is shown.

    Returns
    -------
    LoyaltyCurve

    Raises
    ------
    DataError
        When a column is missing, no answer is old enough, or no answer was given by ``minimum`` of the customers.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> survey = pd.DataFrame({"customer_id": ["C1"] * 10, "date": day, "overall": 5})
    >>> later = day + pd.Timedelta(days=9)
    >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["C1"], "order_date": [later], "amount": [5.0]})
    >>> loyalty_curve(survey, orders, "2024-12-31").table.loc[5, "rate"].item()
    1.0
    """
    lacking = [column for column in ("customer_id", "date", answer) if column not in survey]
    if lacking:
        raise DataError("survey_no_column", column=lacking[0])
    blank = survey[answer].isna() | survey["date"].isna()
    stranger = ~blank & survey["customer_id"].isna()
    recent = ~blank & ~stranger & (survey["date"].dt.normalize() + pd.Timedelta(days=days) >= end_of(as_of))
    used = survey[~blank & ~stranger & ~recent]
    if used.empty:
        raise DataError("survey_too_recent", days=days)
    buying, day = BuyingDays(orders, as_of), day_number(used["date"])
    bought = buying.count(buying.number(used["customer_id"]), day, day + days)
    said = promoter_class(used[answer]) if classes else used[answer]
    rows = {}
    for value, group in pd.Series(bought, index=used.index).groupby(said, observed=True):
        share = wilson(int(group.gt(0).sum()), len(group))
        few = len(group) < minimum
        figures = (math.nan,) * 4 if few else (share.value, share.low, share.high, float(group.mean()))
        rows[value] = (len(group), *figures, "too_few" if few else "")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "rate", "low", "high", "purchases", "note"])
    if table["rate"].isna().all():
        raise DataError("survey_curve", days=days, minimum=minimum, have=len(used))
    left_out = {"too_recent": int(recent.sum()), "no_customer": int(stranger.sum()), "blank": int(blank.sum())}
    return LoyaltyCurve(
        table.rename_axis(answer), spearman(used[answer], pd.Series(bought)), pd.Series(left_out, name="answers")
    )


def loyalty_index(survey: pd.DataFrame, items: tuple[str, ...] = ("overall", "recommend", "effort")) -> pd.Series:
    """Return how attached each respondent says to be, 0 to 100: the mean of the answers, each as a share of its scale.

    Parameters
    ----------
    survey : DataFrame
    items : tuple of str
        Items of ``SCALES``; those that the survey lacks are passed over.

    Returns
    -------
    pandas.Series
        Same index; blank where fewer than half of the items are answered.

    Raises
    ------
    DataError
        When none of the items is there.

    Examples
    --------
    >>> loyalty_index(pd.DataFrame({"overall": [5, 3], "recommend": [10, 5]})).tolist()
    [100.0, 50.0]
    """
    there = [item for item in items if item in survey]
    if not there:
        raise DataError("survey_no_column", column=", ".join(items))
    shares = pd.DataFrame(
        {item: (survey[item] - SCALES[item][0]) / (SCALES[item][1] - SCALES[item][0]) for item in there}
    )
    enough = shares.notna().sum(axis=1) >= len(there) / 2
    return (100 * shares.mean(axis=1)).where(enough).rename("loyalty_index")


def stated_loyalty(survey: pd.DataFrame) -> Estimate:
    """Return the mean loyalty index of the respondents, 0 to 100, with its 95 % interval from Student's t.

    Parameters
    ----------
    survey : DataFrame
        As for `loyalty_index`, which also says what is refused.

    Raises
    ------
    DataError
        When nobody has an index.

    Examples
    --------
    >>> stated_loyalty(pd.DataFrame({"overall": [5, 3], "recommend": [10, 5]})).value
    75.0
    """
    return mean(answered(loyalty_index(survey)), 0, 100)


def unhappy_value(flags: pd.DataFrame, value: pd.Series, tier: pd.Series | None = None) -> pd.DataFrame:
    """Return what the unhappy customers are worth, by tier.

    Parameters
    ----------
    flags : DataFrame
        As from `dissatisfied`; customers without a value count with 0.
    value : Series
        Money by customer_id: spend so far or customer lifetime value.
    tier : Series, optional
        By customer_id; customers without one are ``unknown``. Not given: one row ``all``.

    Returns
    -------
    pandas.DataFrame
        Index tier, then ``all``: ``customers`` (of the base), ``unhappy``, ``share``, ``low``, ``high`` (Wilson),
        ``value`` (of the unhappy), ``value_share`` (of the tier's value that is not negative).

    Examples
    --------
    >>> flags = pd.DataFrame({"signs": [1]}, index=["C1"])
    >>> unhappy_value(flags, pd.Series({"C1": 30.0, "C2": 70.0})).loc["all", "value_share"].item()
    0.3
    """
    base = value.index.union(flags.index)
    frame = pd.DataFrame({"value": value.reindex(base).fillna(0.0), "unhappy": base.isin(flags.index)}, index=base)
    frame["tier"] = "all" if tier is None else tier.reindex(base).astype("object").fillna("unknown").to_numpy()
    rows = {}
    groups = [] if tier is None else list(frame.groupby("tier", sort=True))
    for name, group in [*groups, ("all", frame)]:
        unhappy = group["unhappy"]
        share = wilson(int(unhappy.sum()), len(group))
        total = float(group["value"].clip(lower=0).sum())
        worth = float(group.loc[unhappy, "value"].clip(lower=0).sum())
        rows[name] = (
            len(group),
            int(unhappy.sum()),
            share.value,
            share.low,
            share.high,
            worth,
            worth / total if total else math.nan,
        )
    columns = ["customers", "unhappy", "share", "low", "high", "value", "value_share"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("tier")


def owners(customers: pd.DataFrame | None) -> pd.Series | None:
    """Return who looks after each customer, None where nobody says.

    Parameters
    ----------
    customers : DataFrame or None
        ``customer_id`` and, where there, ``owner``.

    Examples
    --------
    >>> owners(pd.DataFrame({"customer_id": ["C1"], "owner": ["E01"]}))["C1"]
    'E01'
    """
    if customers is None or "owner" not in customers:
        return None
    return customers.drop_duplicates("customer_id").set_index("customer_id")["owner"]


def close_the_loop(
    flags: pd.DataFrame,
    as_of: object,
    value: pd.Series | None = None,
    tier: pd.Series | None = None,
    owner: pd.Series | None = None,
    due_days: Mapping[str, int] = DUE_DAYS,
) -> pd.DataFrame:
    """Return whom to call, why, who does it and until when.

    Parameters
    ----------
    flags : DataFrame
        As from `dissatisfied`.
    as_of : str, date or Timestamp
        Today, for the list.
    value, tier, owner : Series, optional
        By customer_id: money, tier code, who looks after the customer.
    due_days : mapping
        Tier → days from the last sign to the call; a customer of no such tier gets the longest.

    Returns
    -------
    pandas.DataFrame
        Index customer_id, the overdue first, then the most valuable: ``reason`` (codes), ``signs``, ``last_sign``,
        ``tier``, ``value``, ``owner`` (``unassigned`` where nobody is), ``due`` (a day), ``overdue``.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-30")
    >>> flags = pd.DataFrame({"signs": 1, "reason": "complaint", "last_sign": day}, index=["C1"])
    >>> close_the_loop(flags, "2024-01-31", tier=pd.Series({"C1": "A"}))[["due", "overdue"]].astype(str).values.tolist()
    [['2024-01-31', 'False']]
    """
    columns = [sign for sign in SIGNS if sign in flags]
    frame = flags[["reason", "signs", "last_sign", *columns]].copy()
    who = frame.index
    frame["tier"] = "" if tier is None else tier.reindex(who).astype("object").fillna("").to_numpy()
    frame["value"] = np.nan if value is None else value.reindex(who).to_numpy()
    frame["owner"] = (
        "unassigned"
        if owner is None
        else owner.reindex(who).astype("object").fillna("unassigned").replace("", "unassigned")
    )
    allowed = frame["tier"].map(due_days).fillna(max(due_days.values())).astype(float)
    frame["due"] = frame["last_sign"].dt.normalize() + pd.to_timedelta(allowed, unit="D")
    frame["overdue"] = frame["due"] < end_of(as_of) - pd.Timedelta(days=1)
    frame["_name"] = frame.index.astype(str)
    ordered = frame.sort_values(
        ["overdue", "value", "signs", "_name"], ascending=[False, False, False, True], kind="stable"
    )
    return ordered.drop(columns="_name").rename_axis("customer_id")
