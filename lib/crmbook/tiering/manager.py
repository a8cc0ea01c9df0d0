"""What tiering tells the manager: how unequal customers are, who slips away, who fell, whom revenue flatters."""

from __future__ import annotations

import pandas as pd

from crmbook.data.load import Book
from crmbook.data.schemes import Scheme
from crmbook.figures.wording import amount, percent
from crmbook.locale import text
from crmbook.shared.told import Action, Finding, Told, apart, share_of, told, within
from crmbook.tiering.abc_analysis import Inequality, concentration
from crmbook.tiering.criteria import Agreement
from crmbook.tiering.movement import Migration

SLIPPING = ("cant_lose", "at_risk")
"""Segments of those who bought often, but not lately."""


def findings(
    book: Book,
    customers: pd.DataFrame | None = None,
    unequal: Inequality | None = None,
    scored: pd.DataFrame | None = None,
    plan: Scheme | None = None,
    tiers: pd.Series | None = None,
    before: pd.Series | None = None,
    moved: Migration | None = None,
    by_margin: Agreement | None = None,
    **_: object,
) -> Told:
    """Choose what the tiering lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its orders are needed.
    customers, unequal, scored, plan, tiers, before, moved, by_margin
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are no orders.
    """
    book.need("orders")
    if customers is None:
        return told([])
    revenue = customers["monetary"]
    gone_quiet = revenue[:0] if scored is None else slipping(customers, scored)["monetary"]
    fell = revenue.index[:0] if before is None or tiers is None or plan is None else _fell(before, tiers, plan)
    return told(
        [
            _half(revenue, unequal),
            _top_tier(revenue, tiers, plan, book.currency),
            _slipping(gone_quiet, revenue),
            _movement(moved, fell, revenue),
            _flattered(by_margin, revenue),
        ],
        [
            Action(
                text("tiering.do_slipping"),
                "sales",
                within(book.as_of, 14),
                len(gone_quiet),
                "slipping-away",
                _yearly(customers, gone_quiet.index),
            ),
            Action(
                text("tiering.do_fell"),
                "sales",
                within(book.as_of, 30),
                len(fell),
                "moved-down",
                _yearly(customers, fell),
            ),
            _look_after(tiers, plan, book.as_of),
        ],
    )


def slipping(listed: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of those who bought often, but not lately.

    Parameters
    ----------
    listed : DataFrame, index customer
    scored : DataFrame, index customer
        From `rfm`.

    Examples
    --------
    >>> scored = pd.DataFrame({"segment": ["loyal", "at_risk"]}, index=["a", "b"])
    >>> slipping(pd.DataFrame({"monetary": [5, 7]}, index=["a", "b"]), scored).index.tolist()
    ['b']
    """
    return listed[scored["segment"].isin(SLIPPING).reindex(listed.index, fill_value=False)]


def fallen(listed: pd.DataFrame, before: pd.Series, plan: Scheme) -> pd.DataFrame:
    """Return the rows of those whose tier is lower than it was, with the tier of then.

    Parameters
    ----------
    listed : DataFrame, index customer
        With its column ``tier``.
    before : Series, index customer
        The tiers of the earlier day.
    plan : Scheme
    """
    rows = listed.loc[listed.index.isin(_fell(before, listed["tier"], plan))]
    return rows.assign(tier_before=before.reindex(rows.index))


def with_reason(listed: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return a list with a sentence for each row: how long the customer has been silent, beside the usual gap.

    Parameters
    ----------
    listed : DataFrame, index customer
    customers : DataFrame, index customer
        From `summarise`.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> who = pd.DataFrame({"recency": [206.0], "t_x": [400.0], "x": [10]}, index=["C1"])
    >>> with_reason(pd.DataFrame({"tier": ["A"]}, index=["C1"]), who)["reason"].tolist()
    ['no order for 206 days, usually every 40']
    """
    known = customers.reindex(listed.index)
    usual = known["t_x"] / known["x"].where(known["x"] > 0)
    said = [
        text("tiering.reason_first", days=days) if gap != gap else text("tiering.reason_silent", days=days, gap=gap)
        for days, gap in zip(known["recency"], usual, strict=True)
    ]
    worded = listed.copy()
    worded.insert(0, "reason", said)
    return worded


def _half(revenue: pd.Series, unequal: Inequality | None) -> Finding | None:
    ranked = concentration(revenue)
    if not ranked.total > 0:
        return None
    largest = revenue.sort_values(ascending=False)
    count = int((largest.cumsum() < ranked.total / 2).sum()) + 1
    money = float(largest.iloc[:count].sum())
    facts = {"count": count, "all": len(revenue), "share": percent(count / len(revenue))}
    beside = text("tiering.finding_half_beside", gini=unequal.gini) if unequal is not None else ""
    return Finding(text("tiering.finding_half", **facts), 2, share_of(money, ranked.total), True, beside, money)


def _top_tier(revenue: pd.Series, tiers: pd.Series | None, plan: Scheme | None, currency: str) -> Finding | None:
    if tiers is None or plan is None:
        return None
    top = revenue[tiers.reindex(revenue.index) == plan.codes[0]]
    share = share_of(top.sum(), revenue[revenue > 0].sum())
    if top.empty or not share:
        return None
    facts = {"tier": plan.names[plan.codes[0]], "count": len(top), "customers": percent(len(top) / len(revenue))}
    said = text("tiering.finding_top", share=percent(share), **facts)
    return Finding(
        said, 6, share, True, text("tiering.finding_top_beside", each=amount(top.mean(), currency)), float(top.sum())
    )


def _slipping(quiet: pd.Series, revenue: pd.Series) -> Finding | None:
    if quiet.empty:
        return None
    size = share_of(quiet.sum(), revenue[revenue > 0].sum())
    said = text("tiering.finding_slipping", count=len(quiet), share=percent(size))
    return Finding(said, 4, size, True, text("tiering.finding_slipping_beside"), float(quiet.sum()))


def _movement(moved: Migration | None, fell: pd.Index, revenue: pd.Series) -> Finding | None:
    if moved is None or not moved.downgraded.n:
        return None
    down, up = moved.downgraded, moved.upgraded
    key = "finding_moved" if not apart(up, down) else "finding_fell" if down.value > up.value else "finding_rose"
    said = text(f"tiering.{key}", down=percent(down.value), up=percent(up.value), count=down.n)
    beside = text("summary.interval", low=percent(down.low), high=percent(down.high))
    money = float(revenue.reindex(fell).sum())
    size = share_of(money, revenue[revenue > 0].sum())
    return Finding(said, 7, size, apart(up, down), text("tiering.finding_moved_beside", interval=beside), money)


def _flattered(by_margin: Agreement | None, revenue: pd.Series) -> Finding | None:
    if by_margin is None or by_margin.moved.empty:
        return None
    flattered = by_margin.moved.query("first == 'A'").index
    if flattered.empty:
        return None
    money = float(revenue.reindex(flattered).sum())
    return Finding(
        text("tiering.finding_flattered", count=len(flattered)),
        5,
        share_of(money, revenue[revenue > 0].sum()),
        True,
        "",
        money,
    )


def _look_after(tiers: pd.Series | None, plan: Scheme | None, as_of: pd.Timestamp) -> Action | None:
    if tiers is None or plan is None:
        return None
    top = tiers.index[tiers == plan.codes[0]]
    said = text("tiering.do_top", tier=plan.names[plan.codes[0]])
    return Action(said, "management", within(as_of, 30), len(top), "tier-list")


def _fell(before: pd.Series, tiers: pd.Series, plan: Scheme) -> pd.Index:
    """Return the customers whose tier is lower than it was."""
    place = {code: number for number, code in enumerate(plan.codes)}
    both = before.index.intersection(tiers.index)
    then, now = before.reindex(both).astype(str).map(place), tiers.reindex(both).astype(str).map(place)
    return both[now > then]


def _yearly(customers: pd.DataFrame, who: pd.Index) -> float:
    """Return what customers brought in a year while they were there; one known for less than a year counts whole."""
    rows = customers.reindex(who)
    return float((rows["monetary"] / (rows["tenure"].clip(lower=365) / 365)).sum())
