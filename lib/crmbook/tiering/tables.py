"""Tables of tiering, ready to be shown: why each customer has its tier, how near the next one is, in words."""

from __future__ import annotations

import pandas as pd

from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.schemes import Scheme
from crmbook.figures.wording import inline, is_share, money, number, percent
from crmbook.locale import text


def tier_list(
    customers: pd.DataFrame,
    found: pd.DataFrame,
    scheme: Scheme,
    sure: pd.DataFrame | None = None,
    currency: str = "",
) -> pd.DataFrame:
    """Return the list that people work from: each customer's tier, why, how near the next one is, how sure.

    Parameters
    ----------
    customers : DataFrame, index customer
        All of them, as `crmbook.tiering.reasons` was given them.
    found : DataFrame, index customer
        What it gave, or the rows of it that are to be listed.
    scheme : Scheme
    sure : DataFrame, optional
        What `crmbook.tiering.sureness` gave.
    currency : str

    Returns
    -------
    DataFrame
        Index customer, in the order of ``found``; ``tier`` (its name), ``why``, ``next_step`` and, where it is known,
        ``same_share``.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> plan = schemes.read("members")
    >>> day = pd.to_datetime(["2024-11-05", "2024-12-05"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": ["u", "v"], "order_date": day, "amount": [400.0, 200]})
    >>> seen = tiering.seen_by(lines, "2024-12-31", plan)
    >>> tier_list(seen, tiering.reasons(seen, plan), plan).loc["u"].tolist()[:2]
    ['bronze', 'monetary value 400, ahead of 75% of the customers']
    """
    rows = customers.loc[found.index]
    listed = pd.DataFrame(
        {
            "tier": found["tier"].map(scheme.names),
            "why": _why(customers, rows, found, scheme),
            "next_step": [_next(one, scheme, currency) for one in found.to_dict("records")],
        },
        index=found.index,
    )
    if scheme.rule == "scorecard":
        listed["next_step"] = _settled(rows, scheme).fillna(listed["next_step"])
    return listed if sure is None else listed.join(sure["same_share"])


def _why(customers: pd.DataFrame, rows: pd.DataFrame, found: pd.DataFrame, scheme: Scheme) -> list[str]:
    if scheme.rule == "scorecard":
        given = tiering.scorecard_points(rows, scheme)
        spoken = [_points(one, points) for one, points in zip(_records(rows), _records(given), strict=True)]
    elif scheme.rule == "first_match":
        rule = {tier.code: " · ".join(schemes.in_words(each) for each in tier.when) for tier in scheme.tiers}
        spoken = [rule[tier] or text("tiering.why_others") for tier in found["rule_tier"]]
    else:
        ahead = _ahead(customers, scheme).loc[rows.index]
        spoken = [
            _for_and_against(one, passed, judged)
            for one, passed, judged in zip(_records(rows), _records(ahead), _records(found), strict=True)
        ]
    return [_limited(said, judged, scheme) for said, judged in zip(spoken, _records(found), strict=True)]


def _records(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")


def _ahead(customers: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return the share of customers that each one passes on each criterion, equals counted half."""
    n = len(customers)
    return pd.DataFrame(
        {
            each.column: (customers[each.column].rank(ascending=each.higher_is_better) - 0.5) / n
            for each in scheme.criteria
        }
    )


def _for_and_against(row: dict, passed: dict, judged: dict) -> str:
    said = []
    for side in ("because", "against"):
        column = judged[side]
        if pd.notna(column):
            key = "tiering.why_for" if side == "because" else "tiering.why_against"
            value = _value(column, row[column])
            share = min(passed[column], 0.99)  # nobody is ahead of all, although it rounds to that
            said.append(text(key, column=inline(column), value=value, share=percent(share)))
    return text("tiering.why_joined").join(said) or text("tiering.why_middle")


def _points(row: dict, points: dict) -> str:
    said = [
        text("tiering.why_points", column=inline(column), value=_value(column, row[column]), points=given)
        for column, given in points.items()
        if given
    ]
    return text("tiering.why_joined").join(said) or text("tiering.why_no_points")


def _settled(rows: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return what settling the costliest trouble would give: better advice than to buy more; blank without trouble."""
    given = tiering.scorecard_points(rows, scheme)
    worst, lost = given.idxmin(axis=1), given.min(axis=1)
    total = given.sum(axis=1) - lost
    said = [
        text(
            "tiering.next_settle",
            column=inline(str(column)),
            points=-points,
            tier=next(scheme.names[tier.code] for tier in scheme.tiers if tier.start <= after < tier.below),
        )
        if points < 0
        else None
        for column, points, after in zip(worst, lost, total, strict=True)
    ]
    return pd.Series(said, index=rows.index, dtype=object)


def _limited(said: str, judged: dict, scheme: Scheme) -> str:
    limit = judged["raised_by"]
    if pd.isna(limit):
        return said
    reason = scheme.floors[int(limit)].reason if limit >= 0 else scheme.gates[-1 - int(limit)].reason
    return text("tiering.why_limited", reason=str(reason), tier=scheme.names[judged["rule_tier"]], why=said)


def _value(column: str, value: float) -> str:
    if pd.isna(value):
        return "–"
    return percent(float(value)) if is_share(column) else number(float(value))


def _next(judged: dict, scheme: Scheme, currency: str) -> str:
    said = []
    if pd.isna(judged["next_tier"]):
        said.append(text("tiering.next_best"))
    else:
        said.append(_way_up(judged, scheme.names[judged["next_tier"]], currency))
    if pd.notna(judged["days_left"]):
        said.append(text("tiering.next_left", days=judged["days_left"]))
    return text("tiering.why_joined").join(said)


def _way_up(judged: dict, tier: str, currency: str) -> str:
    orders, amount, days = (judged[part] for part in ("orders_short", "money_short", "days_short"))
    if pd.isna(orders) and pd.isna(amount):
        return text("tiering.next_far", tier=tier)
    ways = []
    if pd.notna(orders):
        pace = text("tiering.next_pace", days=days) if pd.notna(days) else ""
        ways.append(text("tiering.next_orders", orders=orders) + pace)
    if pd.notna(amount):
        large = text("tiering.next_money", money=money(float(amount), currency))
        ways.append(large if amount else text("tiering.next_any"))
    return text("tiering.next_way", tier=tier, ways=text("tiering.next_or").join(ways))
