"""Exercises of lesson 01, customer tiering."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmbook import tiering
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("tiering-1", needs=("customers",))
def half_of_the_revenue(answer: Any, given: Any) -> Miss | None:
    """Share of customers that brings the first half of the revenue."""
    first_half = tiering.abc(given.customers["monetary"], (0.5, 0.95)) == "A"
    wrong = checks.share(answer, float(first_half.mean()))
    if wrong and checks.count(answer, int(first_half.sum())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, _revenue_share(given.customers["monetary"], first_half)) is None:
        return miss("exercises.revenue_not_customers")
    if wrong and checks.share(answer, float((tiering.abc(given.customers["monetary"]) == "A").mean())) is None:
        return miss("exercises.usual_cuts")
    return wrong


@exercise("tiering-2", needs=("customers",))
def recency_turned_the_right_way(answer: Any, given: Any) -> Miss | None:
    """Three recency scores by quantiles, the most recent highest."""
    recency = given.customers["recency"].dropna()
    wrong = checks.series(answer, tiering.score(recency, bins=3, higher_is_better=False))
    if wrong and checks.series(answer, tiering.score(recency, bins=3)) is None:
        return miss("exercises.direction_reversed")
    if wrong and checks.series(answer, tiering.score(recency, bins=5, higher_is_better=False)) is None:
        return miss("exercises.five_scores_not_three")
    return wrong


@exercise("tiering-3", needs=("customers",))
def valuable_and_slipping_away(answer: Any, given: Any) -> Miss | None:
    """Customers of class A whose recency score is 1 or 2."""
    index = given.customers.index
    valuable = tiering.abc(given.customers["monetary"]) == "A"
    silent = tiering.rfm(given.customers)["r"] <= 2
    wrong = checks.customers(answer, index[valuable & silent])
    if wrong and checks.customers(answer, index[valuable]) is None:
        return miss("exercises.only_valuable")
    if wrong and checks.customers(answer, index[silent]) is None:
        return miss("exercises.only_silent")
    return wrong


@exercise("tiering-4", needs=("before", "tiers", "plan"))
def upgrade_rate(answer: Any, given: Any) -> Miss | None:
    """Share of the customers with a tier at both dates who moved up."""
    moved = tiering.migration(given.before, given.tiers, order=given.plan.codes)
    wrong = checks.share(answer, moved.upgraded.value)
    if wrong and checks.share(answer, moved.downgraded.value) is None:
        return miss("exercises.downgrades_not_upgrades")
    if wrong and checks.share(answer, moved.upgraded.value * moved.upgraded.n / len(given.tiers)) is None:
        return miss("exercises.newcomers_counted")
    if wrong and checks.share(answer, moved.upgraded.value + moved.downgraded.value) is None:
        return miss("exercises.both_directions")
    if wrong and checks.share(answer, tiering.migration(given.before, given.tiers).upgraded.value) is None:
        return miss("exercises.alphabet_not_order")
    return wrong


@exercise("tiering_defects-1", needs=("tiers",))
def share_of_defective(answer: Any, given: Any) -> Miss | None:
    """Share of the customers who are defective."""
    return _share_of(answer, given.tiers == "defective")


@exercise("tiering_defects-2", needs=("seen", "tiers"))
def defective_and_worth_it(answer: Any, given: Any) -> Miss | None:
    """Defective customers with six orders or more in the year."""
    return _both(answer, given.tiers == "defective", given.seen["frequency"] >= 6)


@exercise("tiering_defects-3", needs=("seen", "tiers", "plan"))
def defective_no_more_once_heard(answer: Any, given: Any) -> Miss | None:
    """Number of defective customers who would not be so without their complaints."""
    settled = tiering.assign(given.seen.assign(complaints=0), given.plan)
    wrong = checks.count(answer, int(((given.tiers == "defective") & (settled != "defective")).sum()))
    if wrong and checks.count(answer, int((settled == "defective").sum())) is None:
        return miss("exercises.those_left")
    return wrong


@exercise("tiering_members-1", needs=("seen", "plan"))
def not_far_from_gold(answer: Any, given: Any) -> Miss | None:
    """Customers in silver whom an order of 200 or less lifts to the next level."""
    found = tiering.reasons(given.seen, given.plan)
    return _both(answer, found["tier"] == given.plan.codes[2], found["money_short"] <= 200)


@exercise("tiering_members-2", needs=("past",))
def moves_saved(answer: Any, given: Any) -> Miss | None:
    """How many moves the hysteresis saved."""
    made = tiering.slowness(given.past)["moves"]
    wrong = checks.count(answer, int(made["graded_anew"] - made["held"]))
    if wrong and checks.count(answer, int(made["held"])) is None:
        return miss("exercises.those_left")
    return wrong


@exercise("tiering_members-3", needs=("entries",))
def points_redeemed(answer: Any, given: Any) -> Miss | None:
    """Share of the points earned that were redeemed."""
    by_kind = given.entries.groupby("kind")["points"].sum()
    right = -by_kind.get("redeemed", 0) / by_kind["earned"]
    wrong = checks.share(answer, float(right))
    if wrong and checks.share(answer, float(-right)) is None:
        return miss("exercises.sign")
    return wrong


@exercise("tiering_upkeep-1", needs=("found", "past"))
def big_and_raised(answer: Any, given: Any) -> Miss | None:
    """Customers whom a floor raised."""
    found, best = given.found, given.past.scheme.codes[0]
    raised = (found["raised_by"] >= 0).fillna(False).astype(bool)
    wrong = checks.customers(answer, found.index[raised])
    if wrong and checks.customers(answer, found.index[found["tier"] == best]) is None:
        return miss("exercises.whole_tier")
    return wrong


@exercise("tiering_upkeep-2", needs=("sure",))
def share_of_unsure(answer: Any, given: Any) -> Miss | None:
    """Share of customers whose tier is less sure than two draws in three."""
    return _share_of(answer, given.sure["same_share"] < 2 / 3)


@exercise("tiering_upkeep-3", needs=("past",))
def months_worst(answer: Any, given: Any) -> Miss | None:
    """How many moves there were in all, tiers graded anew."""
    made = tiering.moves(given.past, anew=True)
    wrong = checks.count(answer, int((made["upgraded"] + made["downgraded"]).sum()))
    for part in ("upgraded", "downgraded"):
        if wrong and checks.count(answer, int(made[part].sum())) is None:
            return miss("exercises.one_direction")
    return wrong


@exercise("tiering_shop-1", needs=("tiers",))
def share_of_high(answer: Any, given: Any) -> Miss | None:
    """Share of the customers with high value."""
    return _share_of(answer, given.tiers == "high")


@exercise("tiering_shop-2", needs=("seen", "tiers"))
def big_but_rare(answer: Any, given: Any) -> Miss | None:
    """Customers of mid value with money above the upper cut."""
    return _both(answer, given.tiers == "mid", given.seen["monetary"] > 1500)


@exercise("tiering_shop-3", needs=("seen", "tiers", "plan"))
def one_more_order(answer: Any, given: Any) -> Miss | None:
    """How many customers of low value one more usual order lifts."""
    short = tiering.reasons(given.seen, given.plan)["orders_short"]
    wrong = checks.count(answer, int(((given.tiers == "low") & (short == 1)).sum()))
    if wrong and checks.count(answer, int((short == 1).sum())) is None:
        return miss("exercises.one_condition")
    return wrong


@exercise("tiering_bank-1", needs=("found",))
def held_back(answer: Any, given: Any) -> Miss | None:
    """How many customers the credit gate held back."""
    held = given.found["raised_by"].fillna(0) < 0
    wrong = checks.count(answer, int(held.sum()))
    if wrong and checks.share(answer, float(held.mean())) is None:
        return miss("exercises.share_not_count")
    return wrong


@exercise("tiering_bank-2", needs=("seen", "tiers"))
def rich_and_not_premier(answer: Any, given: Any) -> Miss | None:
    """Customers with a million or more who are not premier."""
    return _both(answer, given.seen["assets"] >= 1_000_000, given.tiers != "premier")


@exercise("tiering_bank-3", needs=("seen", "tiers", "plan"))
def one_product_more(answer: Any, given: Any) -> Miss | None:
    """How many customers a further product lifts to a better tier."""
    order = given.plan.codes.index
    more = tiering.assign(given.seen.assign(products_held=given.seen["products_held"] + 1), given.plan)
    wrong = checks.count(answer, int((more.map(order) < given.tiers.map(order)).sum()))
    if wrong and checks.count(answer, len(given.tiers)) is None:
        return miss("exercises.everybody")
    return wrong


@exercise("tiering_chain-1", needs=("before", "after"))
def moved_by_complaints(answer: Any, given: Any) -> Miss | None:
    """How many customers the complaint record moves."""
    moved = given.before != given.after
    wrong = checks.count(answer, int(moved.sum()))
    if wrong and checks.share(answer, float(moved.mean())) is None:
        return miss("exercises.share_not_count")
    return wrong


@exercise("tiering_chain-2", needs=("before", "after"))
def no_longer_high(answer: Any, given: Any) -> Miss | None:
    """Customers of high value by money alone who are not so with their complaints."""
    return _both(answer, given.before == "high", given.after != "high")


@exercise("tiering_chain-3", needs=("seen", "after"))
def high_and_complained(answer: Any, given: Any) -> Miss | None:
    """Share of the high-value customers, complaints counted, who have complained."""
    high = given.after == "high"
    wrong = checks.share(answer, float((given.seen["complaints"][high] > 0).mean()))
    if wrong and checks.share(answer, float(((given.seen["complaints"] > 0) & high).mean())) is None:
        return miss("exercises.of_all_customers")
    return wrong


@exercise("tiering_technology-1", needs=("moved",))
def converted(answer: Any, given: Any) -> Miss | None:
    """Share of the potential customers who bought between the dates."""
    return _conversion(answer, given.moved, ["vip", "ordinary"])


@exercise("tiering_technology-2", needs=("moved",))
def converted_to_vip(answer: Any, given: Any) -> Miss | None:
    """Share of the potential customers who became VIP."""
    return _conversion(answer, given.moved, ["vip"])


@exercise("tiering_technology-3", needs=("moved",))
def newcomers(answer: Any, given: Any) -> Miss | None:
    """How many customers are there at the later date only."""
    wrong = checks.count(answer, int(given.moved.newcomers.sum()))
    if wrong and checks.share(answer, given.moved.gained.value) is None:
        return miss("exercises.share_not_count")
    return wrong


def _conversion(answer: Any, moved: Any, tiers: list[str]) -> Miss | None:
    counts = moved.counts.loc["potential"].drop("absent", errors="ignore")
    wrong = checks.share(answer, float(counts[tiers].sum() / counts.sum()))
    if wrong and checks.count(answer, int(counts[tiers].sum())) is None:
        return miss("exercises.count_not_share")
    return wrong


@exercise("tiering_week-1", needs=("plan",))
def no_place_left(answer: Any, given: Any) -> Miss | None:
    """How many visits found no place."""
    wrong = checks.count(answer, int(given.plan["date"].isna().sum()))
    if wrong and checks.count(answer, int(given.plan["date"].notna().sum())) is None:
        return miss("exercises.those_left")
    return wrong


@exercise("tiering_week-2", needs=("pool",))
def share_unowned(answer: Any, given: Any) -> Miss | None:
    """Share of the pool that has no owner."""
    return _share_of(answer, given.pool["pool"] == "unowned")


@exercise("tiering_week-3", needs=("drawn",))
def left_alone(answer: Any, given: Any) -> Miss | None:
    """Who is left alone."""
    held = given.drawn["arm"] == "holdout"
    wrong = checks.customers(answer, given.drawn.loc[held, "customer_id"])
    if wrong and checks.customers(answer, given.drawn.loc[~held, "customer_id"]) is None:
        return miss("exercises.the_other_arm")
    return wrong


def _share_of(answer: Any, inside: pd.Series) -> Miss | None:
    wrong = checks.share(answer, float(inside.mean()))
    if wrong and checks.count(answer, int(inside.sum())) is None:
        return miss("exercises.count_not_share")
    return wrong


def _both(answer: Any, first: pd.Series, second: pd.Series) -> Miss | None:
    wrong = checks.customers(answer, first.index[first & second])
    for only in (first, second):
        if wrong and checks.customers(answer, only.index[only]) is None:
            return miss("exercises.one_condition")
    return wrong


def _revenue_share(money: pd.Series, chosen: pd.Series) -> float:
    return float(money[chosen].sum() / money[money > 0].sum())
