"""What the offers lesson tells the manager: who will buy, what goes together, whether offers hit, who is close."""

from __future__ import annotations

import pandas as pd

from crmbook.data.load import Book
from crmbook.figures.wording import percent
from crmbook.locale import text
from crmbook.shared.ranking import auc
from crmbook.shared.told import Action, Finding, Told, share_of, told, within

PROVEN = 0.05
PAIR = 30
"""Orders that a pair of products needs before anybody arranges a shelf by it."""


def findings(
    book: Book,
    ties: object = None,
    ahead: object = None,
    likely: pd.Series | None = None,
    together: pd.DataFrame | None = None,
    held: pd.DataFrame | None = None,
    offered: pd.DataFrame | None = None,
    days: int = 90,
    **_: object,
) -> Told:
    """Choose what the offers lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its orders are needed.
    ties, ahead, likely, together, held, offered, days
        The lesson's results and settings by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are no orders.
    """
    book.need("orders")
    hits = _hits(held)
    return told(
        [_close(ties, book.currency), _likely(ahead, likely, days), _pair(together), hits],
        [
            _call(ahead, likely, book.as_of),
            _offer(hits, offered, book.as_of),
            _plan(ties, book.as_of),
            _shelf(together, book.as_of),
        ],
    )


def _close(ties: object, currency: str) -> Finding | None:
    table = getattr(ties, "table", None)
    if table is None or not table["amount"].clip(lower=0).sum() > 0:
        return None
    strategic = table[table["type"] == "strategic"]
    share = share_of(strategic["amount"].sum(), table["amount"].clip(lower=0).sum())
    said = text(
        "offers.finding_close", count=len(strategic), heads=percent(len(strategic) / len(table)), share=percent(share)
    )
    return Finding(said, 2, share, True, text("offers.finding_close_beside"), float(strategic["amount"].sum()))


def _likely(ahead: object, likely: pd.Series | None, days: int) -> Finding | None:
    purchase = getattr(ahead, "purchase", None)
    if purchase is None or likely is None or likely.empty:
        return None
    ranked = auc(purchase.observed, purchase.predicted)
    count = int((likely >= 0.5).sum())
    said = text("offers.finding_likely", count=count, all=len(likely), days=days)
    interval = text("summary.interval", low=f"{ranked.low:.2f}", high=f"{ranked.high:.2f}")
    beside = text("offers.finding_likely_beside", auc=ranked.value, interval=interval)
    return Finding(said, 6, count / len(likely), bool(ranked.low > 0.5), beside)


def _strong(together: pd.DataFrame | None) -> pd.DataFrame:
    if together is None:
        return pd.DataFrame()
    return together[(together["q"] < PROVEN) & (together["lift"] > 1) & (together["baskets"] >= PAIR)]


def _pair(together: pd.DataFrame | None) -> Finding | None:
    strong = _strong(together)
    if strong.empty:
        return None
    first = strong.sort_values("baskets", ascending=False).iloc[0]
    names = {"first": str(first["antecedent"]), "second": str(first["consequent"])}
    said = text("offers.finding_pair", share=percent(first["confidence"]), **names)
    beside = text("offers.finding_pair_beside", lift=first["lift"], count=int(first["baskets"]))
    return Finding(said, 7, float(first["confidence"]), True, beside)


def _hits(held: pd.DataFrame | None) -> Finding | None:
    """The best recommender beside offering everybody what is popular."""
    if held is None or "popularity" not in held.index:
        return None
    rivals = held.drop(index=["popularity", "chance"], errors="ignore")
    if rivals.empty:
        return None
    best, popular = rivals.sort_values("hit_rate").iloc[-1], held.loc[["popularity"]].iloc[0]
    better = bool(best["low"] > popular["high"])
    key = "finding_hits" if better else "finding_hits_open"
    said = text(f"offers.{key}", rate=percent(best["hit_rate"]), popular=percent(popular["hit_rate"]))
    beside = text("summary.interval", low=percent(best["low"]), high=percent(best["high"]))
    return Finding(said, 8, float(best["hit_rate"]), better, beside)


def _call(ahead: object, likely: pd.Series | None, as_of: pd.Timestamp) -> Action | None:
    if likely is None or ahead is None:
        return None
    count = int((likely >= 0.5).sum())
    return Action(text("offers.do_likely"), "sales", within(as_of, 14), count, "chance-of-buying")


def _offer(hits: Finding | None, offered: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if hits is None or offered is None:
        return None
    key = "do_offer" if hits.certain else "do_offer_test"
    return Action(
        text(f"offers.{key}"), "marketing", within(as_of, 30), offered["customer_id"].nunique(), "next-offers"
    )


def _plan(ties: object, as_of: pd.Timestamp) -> Action | None:
    table = getattr(ties, "table", None)
    if table is None:
        return None
    close = table[table["type"] == "strategic"]
    return Action(
        text("offers.do_plan"),
        "sales",
        within(as_of, 60),
        len(close),
        "relationship-types",
        float(close["amount"].sum()),
    )


def _shelf(together: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    strong = _strong(together)
    return None if strong.empty else Action(text("offers.do_shelf", count=len(strong)), "marketing", within(as_of, 30))
