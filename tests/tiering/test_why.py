"""Why a tier, how near the next, how sure: worked by hand, by doing what the list says, and against planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import load, tiering
from crmbook.data import sample, schemes
from crmbook.data.faults import DataError
from crmbook.locale import use


@pytest.fixture(scope="module")
def book():
    return load(sample.folder("retail"))


def bought(customers: pd.DataFrame, customer: str, orders: int, money: float) -> pd.DataFrame:
    """The customer table after a customer's further orders today, worked out anew."""
    after = customers.copy()
    mean, n = np.nan_to_num(after.loc[customer, "mean_order"]), after.loc[customer, "frequency"]
    after.loc[customer, "mean_order"] = (mean * n + money) / (n + orders)
    after.loc[customer, "monetary"] += money
    after.loc[customer, "frequency"] += orders
    after.loc[customer, "recency"] = 0
    return after


def some(found: pd.DataFrame, column: str, many: int = 12) -> list[str]:
    known = found.index[found[column].notna()]
    return list(np.random.default_rng(7).choice(known, min(many, len(known)), replace=False))


@pytest.mark.parametrize("scheme", ["value", "abc", "shop", "members"])
def test_who_does_what_the_list_says_reaches_the_next_tier(book, scheme):
    plan = schemes.read(scheme)
    customers = tiering.seen_by(book.orders, book.as_of, plan)
    found = tiering.reasons(customers, plan)
    place = plan.codes.index
    for customer in some(found, "money_short"):
        after = tiering.assign(bought(customers, customer, 1, found.loc[customer, "money_short"]), plan)[customer]
        assert place(after) <= place(found.loc[customer, "next_tier"]), customer
    for customer in some(found, "orders_short"):
        orders = int(found.loc[customer, "orders_short"])
        money = orders * customers.loc[customer, "mean_order"]
        after = tiering.assign(bought(customers, customer, orders, money), plan)[customer]
        assert place(after) <= place(found.loc[customer, "next_tier"]), customer
        if plan.fixed and orders > 1:
            one_less = bought(customers, customer, orders - 1, money * (orders - 1) / orders)
            assert place(tiering.assign(one_less, plan)[customer]) == place(found.loc[customer, "tier"])


def test_a_cent_less_than_the_distance_is_not_enough_where_cuts_are_fixed(book):
    plan = schemes.read("members")
    customers = tiering.seen_by(book.orders, book.as_of, plan)
    found = tiering.reasons(customers, plan)
    for customer in some(found, "money_short"):
        short = found.loc[customer, "money_short"]
        limit = {tier.code: tier.start for tier in plan.tiers}[found.loc[customer, "next_tier"]]
        assert short == pytest.approx(limit - customers.loc[customer, "monetary"], abs=0.011)


def test_silence_costs_the_tier_on_the_day_that_is_said(book):
    plan = schemes.read("value")
    customers = tiering.seen_by(book.orders, book.as_of, plan)
    found = tiering.reasons(customers, plan)
    lost = kept = 0
    for customer in some(found[found["raised_by"].isna()], "days_left", 20):
        left, place = found.loc[customer, "days_left"], plan.codes.index(found.loc[customer, "tier"])
        after = customers.copy()
        after.loc[customer, "recency"] += left + 1  # whoever is passed gains a place, which may take a day
        lost += plan.codes.index(tiering.assign(after, plan)[customer]) > place
        after.loc[customer, "recency"] -= 2
        kept += tiering.assign(after, plan)[customer] == found.loc[customer, "tier"]
    assert lost >= 19 and kept >= 19


def test_big_and_silent_is_never_ordinary(book):
    plan = schemes.read("value")
    customers = tiering.seen_by(book.orders, book.as_of, plan)
    tiers = tiering.assign(customers, plan)
    largest = customers["monetary"].nlargest(int(np.ceil(0.02 * len(customers)))).index
    silent = customers.loc[largest].query("recency >= 90").index
    assert len(silent) >= 5
    assert set(tiers[silent]) == {"vip"}
    found = tiering.reasons(customers, plan)
    raised = found.index[found["raised_by"].notna()]
    assert len(raised) and set(raised) <= set(silent)
    assert set(found.loc[raised, "rule_tier"]) <= {"important", "ordinary"}


def test_the_list_says_it_in_both_languages(book):
    plan = schemes.read("value")
    customers = tiering.seen_by(book.orders, book.as_of, plan)
    found = tiering.reasons(customers, plan)
    raised = found[found["raised_by"].notna()].head(3)
    for language, word in (("en", "big and silent (by the rule alone: "), ("zh", "大客户沉默（只按规则：")):
        use(language)
        listed = tiering.tables.tier_list(customers, raised, plan, currency="CNY")
        assert listed["why"].str.startswith(word).all()
        assert listed["next_step"].str.len().gt(3).all()
    use("en")


def test_contributions_name_what_lifts_and_what_pulls():
    # three customers; the second has most money and is the most silent: money for it, recency against it
    table = pd.DataFrame(
        {"monetary": [10.0, 900, 20], "frequency": [3, 3, 3], "recency": [5.0, 400, 9]}, index=["u", "v", "w"]
    )
    plan = schemes.read("value")
    found = tiering.contributions(table, plan)
    # v passes 2 of 3 by money, itself half: (2 + 2.5 − 2.5)… = 5/6 − 1/2 = 1/3, weighing one half
    assert found.loc["v"].tolist() == pytest.approx([0.5 / 3, 0, -0.2 / 3])
    said = tiering.reasons(table.assign(mean_order=3.0), plan)
    assert said.loc["v", ["because", "against"]].tolist() == ["monetary", "recency"]


def test_a_gate_holds_back_and_no_order_helps():
    table = pd.DataFrame(
        {"assets": [2e6, 2e6], "products_held": [5, 5], "years": [9, 9], "overdue_months": [0, 4]}, index=["u", "v"]
    )
    plan = schemes.read("bank")
    assert tiering.assign(table, plan).to_dict() == {"u": "premier", "v": "potential"}
    found = tiering.reasons(table, plan)
    assert found.loc["v", ["rule_tier", "raised_by"]].tolist() == ["premier", -1]
    assert (
        "three months overdue or more (by the rule alone: premier)"
        in tiering.tables.tier_list(table, found, plan).loc["v", "why"]
    )


def test_sureness_is_high_far_from_a_cut_and_a_coin_toss_on_it():
    # u spends 100 orders of 100, five times the cut of 4,000 /2; v sits on the cut of 800 with eight orders of 100
    days = pd.date_range("2024-03-01", periods=108).repeat(1)
    lines = pd.DataFrame(
        {"order_id": range(108), "customer_id": ["u"] * 100 + ["v"] * 8, "order_date": days, "amount": 100.0}
    )
    found = tiering.sureness(lines, "2024-12-31", schemes.read("members"), draws=400, seed=3)
    assert found.loc["u", "same_share"] == 1.0 and pd.isna(found.loc["u", "next_likely"])
    # silver is 8 to 17 orders: P(8 ≤ Poisson(8) ≤ 17) = 0.5441 by scipy.stats.poisson
    from scipy.stats import poisson

    right = poisson.cdf(17, 8) - poisson.cdf(7, 8)
    assert found.loc["v", "same_share"] == pytest.approx(right, abs=0.08)
    assert found.loc["v", "next_likely"] == "bronze"
    with pytest.raises(DataError) as refused:
        tiering.sureness(lines, "2024-12-31", schemes.read("members"), draws=0)
    assert refused.value.code == "tiering_draws"


def test_sureness_deals_the_same_cards_for_the_same_seed(book):
    plan = schemes.read("value")
    first, again = (tiering.sureness(book.orders, book.as_of, plan, draws=5, seed=2) for _ in range(2))
    assert first.equals(again)
    assert first["same_share"].between(0, 1).all()
    assert first["tier"].tolist() == tiering.tiers_at(book.orders, book.as_of, plan).tolist()
