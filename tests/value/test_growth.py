"""Leads, campaigns with a hold-out, cross-selling, revenue bridge, referrals, discounts: by hand and simulated."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from crmbook.lifecycle import interactions as engagement
from crmbook.lifecycle import leads, winback
from crmbook.shared.estimate import two_proportions, welch, wilson
from crmbook.value import growth
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ttest_ind
from small_books import orders, refused, retail, saas

END = pd.Timestamp("2024-12-31")
BASKETS = st.lists(st.sets(st.sampled_from(["tea", "mug", "pen", "cap"]), min_size=1), min_size=2, max_size=15)


# Two groups


def test_two_shares_by_newcombe_s_example():
    # Newcombe (1998), table II, case (a), method 10: 56/70 - 48/80 = 0.20, 95 % 0.0524 to 0.3339
    found = two_proportions(56, 70, 48, 80)
    assert found.difference.value == pytest.approx(0.2)
    assert (round(found.difference.low, 4), round(found.difference.high, 4)) == (0.0524, 0.3339)
    assert found.first == wilson(56, 70)


def test_two_proportion_test_is_the_chi_square_without_correction():
    expected = chi2_contingency([[30, 70], [18, 82]], correction=False)
    found = two_proportions(30, 100, 18, 100)
    assert found.z**2 == pytest.approx(expected.statistic) and found.p_value == pytest.approx(expected.pvalue)
    assert math.isnan(two_proportions(0, 5, 0, 7).z)


def test_welch_is_scipy_s():
    rng = np.random.default_rng(0)
    first, second = pd.Series(rng.normal(5, 1, 30)), pd.Series(rng.normal(4, 3, 12))
    interval = ttest_ind(first, second, equal_var=False).confidence_interval()
    found = welch(first, second)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert math.isnan(welch(first, second[:1]).low)


def test_empty_group_is_refused():
    with refused("comparison_empty"):
        two_proportions(1, 2, 0, 0)


# Leads


def lead_table(*rows: tuple) -> pd.DataFrame:
    """Leads from (created, source, converted or None)."""
    return pd.DataFrame(
        {
            "lead_id": [f"L{n}" for n in range(len(rows))],
            "customer_id": [f"C{n}" if row[2] else None for n, row in enumerate(rows)],
            "created_at": pd.to_datetime([row[0] for row in rows]),
            "source": [row[1] for row in rows],
            "converted_at": pd.to_datetime([row[2] for row in rows]),
        }
    )


def test_conversion_counts_leads_that_had_their_time():
    table = lead_table(
        ("2024-01-01", "search", "2024-01-31"),
        ("2024-01-01", "search", "2024-09-01"),
        ("2024-01-01", None, None),
        ("2024-01-01", "event", "2024-02-01"),
        ("2024-12-01", "event", "2024-12-05"),
        ("2025-01-05", "event", None),
    )
    followed = leads.follow(table, END)
    assert followed["days"].tolist() == [30, 244, 365, 31, 4] and followed["converted"].tolist() == [
        True,
        True,
        False,
        True,
        True,
    ]
    found = leads.conversion(followed, within=90)
    # December's lead has had 30 of 90 days; the second converted late
    assert found["leads"].to_dict() == {"event": 1, "search": 2, "none": 1, "all": 4}
    assert found["converted"].to_dict() == {"event": 1, "search": 1, "none": 0, "all": 2}
    assert found.loc["all", "rate"] == 0.5 and found.drop(index="all")["mix"].sum() == 1
    assert found.loc["search", "low"] == wilson(1, 2).low


def test_conversion_after_the_date_is_not_known_yet():
    followed = leads.follow(
        lead_table(("2024-01-01", "search", "2025-01-20"), ("2024-01-01", "search", "2024-01-20")), END
    )
    assert followed["converted"].tolist() == [False, True]


def test_first_order_stands_in_for_a_missing_conversion_date():
    table = lead_table(("2024-01-10", "search", None), ("2024-01-10", "search", None)).assign(customer_id=["a", None])
    lines = orders(("a", "2024-01-01"), ("a", "2024-01-30"))
    followed = leads.follow(table.drop(columns="converted_at"), END, lines)
    assert followed["days"].tolist() == [20, 356] and followed["converted"].tolist() == [True, False]
    with refused("column_needed"):
        leads.follow(table, END)


def test_time_to_order_knows_that_open_leads_may_still_convert():
    rows = (
        [("2024-12-21", "web", "2024-12-26")] * 2
        + [("2024-12-30", "web", None)] * 6
        + [("2024-12-01", "web", None)] * 2
    )
    curve = leads.time_to_order(leads.follow(lead_table(*rows), END))
    # four are followed for five days or more, two of them convert on the fifth: half, not two in ten
    assert curve.at(5).value == 0.5


def test_lead_score_learns_from_earlier_leads():
    rng = np.random.default_rng(5)
    created = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 729, 900), unit="D")
    source = rng.choice(["good", "poor"], 900)
    converts = (rng.random(900) < np.where(source == "good", 0.6, 0.1)) & (created < "2024-09-01")
    table = pd.DataFrame({"lead_id": [f"L{n}" for n in range(900)], "created_at": created, "source": source})
    table["converted_at"] = (created + pd.Timedelta(days=10)).where(converts)
    found = leads.score_leads(leads.follow(table, END))
    assert found.auc.low > 0.65 and found.weights["source=good"] > 0 > found.weights["source=poor"]
    open_ones = table.set_index("lead_id").loc[found.scores.index]
    assert open_ones["converted_at"].isna().all()
    assert (open_ones["source"].iloc[:20] == "good").all() and found.scores["score"].is_monotonic_decreasing
    assert found.scores["reasons"].iloc[0] == ("source=good",)


def test_contacts_known_of_converted_leads_alone_are_not_looked_at():
    rng = np.random.default_rng(6)
    converts = rng.random(300) < 0.4
    table = lead_table(*[("2024-01-01", "web", "2024-02-01" if yes else None) for yes in converts])
    contacts = pd.DataFrame(
        {"customer_id": table["customer_id"].dropna(), "date": pd.Timestamp("2024-01-02"), "kind": "call"}
    )
    found = leads.score_leads(leads.follow(table, END), contacts)
    assert not [name for name in found.weights.index if name.startswith("contact")]
    assert found.auc.value == 0.5  # nothing known of the leads tells them apart


def test_contacts_of_all_leads_are_looked_at():
    table = lead_table(*[("2024-01-01", "web", "2024-02-01" if n % 2 else None) for n in range(200)])
    table["customer_id"] = [f"C{n}" for n in range(200)]
    contacts = pd.DataFrame(
        {"customer_id": [f"C{n}" for n in range(1, 200, 2)], "date": pd.Timestamp("2024-01-02"), "kind": "demo"}
    )
    assert leads.score_leads(leads.follow(table, END), contacts).weights["contact=demo"] > 1
    unnamed = leads.score_leads(leads.follow(table, END), contacts.drop(columns="kind"))
    assert unnamed.weights.index.tolist() == ["source=web"]  # contacts of no kind tell nothing


def test_leads_that_cannot_be_judged_are_refused():
    with refused("lifecycle_as_of_early"):
        leads.follow(lead_table(("2024-01-01", "web", None)), "2023-12-31")
    with refused("table_needed"):
        leads.follow(None, END)
    young = leads.follow(lead_table(("2024-12-01", "web", None), ("2024-12-01", "web", "2024-12-02")), END)
    with refused("leads_all_young"):
        leads.conversion(young)
    old = leads.follow(lead_table(("2024-01-01", "web", None), ("2024-01-01", "web", "2024-01-02")), END)
    with refused("leads_few"):
        leads.score_leads(old)
    done = lead_table(*[("2024-01-01", "web", "2024-02-01" if n % 2 else "2024-08-01") for n in range(60)])
    with refused("leads_none_open"):
        leads.score_leads(leads.follow(done, END))


# Campaigns


def campaign(treated: int, held: int, cost: float = 4.0) -> pd.DataFrame:
    size = treated + held
    return pd.DataFrame(
        {
            "campaign": "back",
            "customer_id": [f"C{n}" for n in range(size)],
            "date": pd.Timestamp("2024-05-01"),
            "arm": ["treated"] * treated + ["holdout"] * held,
            "cost": [cost] * treated + [0.0] * held,
        }
    )


def test_effect_of_a_campaign_by_hand():
    # 3 of 10 treated and 1 of 10 held out come back within 30 days, with 50 each, of which 20 are margin
    came = [("C0", "2024-05-01", 50), ("C1", "2024-05-30", 50), ("C2", "2024-05-15", 50), ("C11", "2024-05-15", 50)]
    outside = [("C3", "2024-05-31", 50), ("C4", "2024-04-30", 50), ("C5", "2024-05-10", -5)]
    lines = orders(*came, *outside, cost=[30.0] * 6 + [-3.0])
    found = winback.campaign_effect(campaign(10, 10), lines, "back", days=30, as_of=END)
    assert found.returned == two_proportions(3, 10, 1, 10)
    assert found.cost == 40 and found.cost_per_return == pytest.approx(40 / 3)
    # two of the three would not have come: 40/2; that it could be zero leaves the upper bound open
    assert found.cost_per_extra_return.value == pytest.approx(20) and math.isnan(found.cost_per_extra_return.high)
    # margin: treated 3·20 - 2 (a return), held out 20: 58 - 20 over 10 each
    assert found.margin.value == pytest.approx(3.8) and found.revenue.value == pytest.approx(14.5 - 5)
    assert found.gain.value == pytest.approx(3.8 * 10 - 40)


def test_campaign_without_costs_of_goods_is_judged_by_revenue():
    found = winback.campaign_effect(campaign(2, 2), orders(("C0", "2024-05-02", 50)), "back", as_of=END)
    assert math.isnan(found.margin.value) and found.gain.value == pytest.approx(50 - 8)


def test_customers_whose_days_are_not_over_are_left_out():
    sent = pd.concat(
        [
            campaign(3, 3),
            campaign(3, 3).assign(customer_id=[f"D{n}" for n in range(6)], date=pd.Timestamp("2024-06-20")),
        ]
    )
    lines = orders(("C0", "2024-05-02"), ("D0", "2024-06-21"), ("z", "2024-06-29"))
    assert winback.campaign_effect(sent, lines, "back", days=30).returned.first.n == 3


def test_unknown_campaign_and_missing_arm_are_refused():
    lines = orders(("C0", "2024-05-02"))
    with refused("winback_campaign"):
        winback.campaign_effect(campaign(2, 2), lines, "spring", as_of=END)
    with refused("winback_arm"):
        winback.campaign_effect(campaign(2, 0), lines, "back", as_of=END)
    with refused("winback_arm"):
        winback.campaign_effect(campaign(2, 2), lines, "back", as_of="2024-05-10")
    with refused("table_needed"):
        winback.campaign_effect(None, lines, "back")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 500), min_size=1, max_size=30), st.floats(0.01, 0.9), st.floats(0.5, 20), st.floats(0, 200)
)
def test_plan_spends_within_the_budget_on_the_best(values, uplift, cost, budget):
    table = winback.plan_calls(pd.Series(values), uplift, cost, budget)
    called = table[table["call"]]
    assert len(called) * cost <= budget + 1e-9 and (called["gain"] > 0).all()
    worth = sum(value * uplift > cost for value in values)
    assert len(called) == min(worth, int(budget // cost)) or abs(len(called) * cost - budget) < 1e-6
    assert table["call"].is_monotonic_decreasing and table["gain"].is_monotonic_decreasing  # the called are the best


def test_plan_with_an_uplift_beyond_certainty_is_refused():
    with refused("winback_chance"):
        winback.plan_calls(pd.Series({"a": 100.0}), uplift=5, cost=1, budget=10)


def test_no_days_are_no_time_to_order_or_to_return():
    followed = leads.follow(lead_table(("2024-01-01", "web", "2024-02-01")), END)
    with refused("lifecycle_days"):
        leads.conversion(followed, within=0)
    sent = pd.DataFrame({"campaign": "x", "customer_id": ["a"], "date": pd.Timestamp("2024-01-01"), "arm": "treated"})
    with refused("lifecycle_days"):
        winback.responses(sent, orders(("a", "2024-01-05")), "x", days=0)


def test_plan_with_a_cost_of_nothing_is_refused():
    with refused("winback_cost"):
        winback.plan_calls(pd.Series([1.0]), 0.1, 0, 10)


def test_sample_size_gives_the_power_it_promises():
    # textbook figure: 5 % against 10 %, 435 in each group (two-sided 5 %, power 80 %)
    assert winback.required_customers(0.05, 0.05) == 435
    rng = np.random.default_rng(3)
    found = sum(
        two_proportions(int(a), 435, int(b), 435).p_value < 0.05
        for a, b in zip(rng.binomial(435, 0.10, 600), rng.binomial(435, 0.05, 600), strict=True)
    )
    assert found / 600 == pytest.approx(0.8, abs=0.05)
    with refused("winback_uplift"):
        winback.required_customers(0.5, 0.6)


# Cross-selling and up-selling


def baskets(*contents) -> pd.DataFrame:
    rows = [(f"O{n}", f"C{n % 3}", thing) for n, basket in enumerate(contents) for thing in sorted(basket)]
    frame = orders(*[(customer, "2024-01-01") for _, customer, _ in rows])
    return frame.assign(order_id=[row[0] for row in rows], category=[row[2] for row in rows])


@settings(max_examples=40, deadline=None)
@given(BASKETS)
def test_attach_rates_are_what_a_loop_counts(contents):
    if len(set.union(*contents)) < 2:
        with refused("growth_one_thing"):
            growth.attach_rates(baskets(*contents))
        return
    table = growth.attach_rates(baskets(*contents))
    for (anchor, attached), row in table.iterrows():
        both = sum({anchor, attached} <= basket for basket in contents)
        anchors, others = (sum(thing in basket for basket in contents) for thing in (anchor, attached))
        assert (row["together"], row["anchors"]) == (both, anchors)
        assert row["support"] == pytest.approx(both / len(contents))
        assert row["lift"] == pytest.approx(both / anchors / (others / len(contents)))
    assert table["together"].gt(0).all()


def test_attach_rate_by_customer_looks_over_all_orders():
    table = growth.attach_rates(baskets({"tea"}, {"tea"}, {"cap"}, {"mug"}), unit="customer")  # C0: tea and mug
    assert table.loc[("tea", "mug"), ["together", "anchors"]].tolist() == [1, 2]
    with refused("growth_unit"):
        growth.attach_rates(baskets({"tea"}), unit="week")


def test_returned_goods_are_not_bought_together():
    table = baskets({"tea", "mug"}, {"tea", "mug"}, {"pen"})
    table.loc[0, "amount"] = -5.0
    assert growth.attach_rates(table).loc[("tea", "mug"), "together"] == 1


def test_next_purchase_follows_the_customer():
    lines = orders(
        ("a", "2024-01-01"),
        ("a", "2024-01-05"),
        ("a", "2024-02-01"),
        ("b", "2024-01-01"),
        ("b", "2024-01-09"),
        ("c", "2024-01-01"),
        category=["tea", "mug", "tea", "tea", "tea", "tea"],
    )
    table = growth.next_purchase(lines)
    # after tea: a took a mug, b tea; c did not come again and is not counted
    assert table.loc["tea"].to_dict() == {"mug": 0.5, "tea": 0.5} and table.loc["mug", "tea"] == 1


def test_breadth_counts_categories_of_the_last_year():
    lines = orders(
        ("a", "2024-01-05", 10),
        ("a", "2024-02-05", 20),
        ("b", "2024-02-05", 5),
        ("b", "2022-02-05", 5),
        category=["tea", "mug", "tea", "mug"],
    )
    assert growth.breadth(lines, END)["customers"].to_dict() == {1: 1, 2: 1}
    assert growth.breadth(lines, END).loc[2, "mean_spend"] == 30


def test_up_selling_is_told_from_discount_and_price_rise():
    # usual prices: basic 10, fine 20. a: basic, fine (up), fine at half price (same), basic (down)
    lines = orders(
        ("a", "2024-01-01", 10),
        ("a", "2024-02-01", 20),
        ("a", "2024-03-01", 10),
        ("a", "2024-04-01", 10),
        ("x", "2024-01-01", 10),
        ("y", "2024-01-01", 20),
        ("z", "2024-01-01", 20),
        category="tea",
        quantity=1.0,
        product_id=["basic", "fine", "fine", "basic", "basic", "fine", "fine"],
    )
    table = growth.upsell_rate(lines)
    assert table.loc["tea", ["repeats", "up", "same", "down"]].tolist() == [3, 1, 1, 1]
    assert table.loc["all", "rate"] == pytest.approx(1 / 3)
    with refused("growth_no_repeats"):
        growth.upsell_rate(lines[lines["customer_id"] != "a"])
    with refused("growth_no_repeats"):
        growth.upsell_rate(lines.assign(amount=0.0))  # nothing but free samples


# Revenue per customer


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 199), st.integers(1, 50)), min_size=1, max_size=30))
def test_revenue_bridge_adds_up(rows):
    start = pd.Timestamp("2024-01-01")
    both = [("z", start, 10), ("z", start + pd.Timedelta(days=199), 15)]
    lines = orders(*[(c, start + pd.Timedelta(days=day), amount) for c, day, amount in rows], *both)
    table = growth.revenue_bridge(lines, start + pd.Timedelta(days=199), days=100)
    steps = table.loc["opening":"new"]
    assert steps["revenue"].sum() == pytest.approx(table.loc["closing", "revenue"])
    assert steps["arpu"].sum() == pytest.approx(table.loc["closing", "arpu"])
    first = lines[lines["order_date"] < start + pd.Timedelta(days=100)]
    assert table.loc["opening", "revenue"] == first["amount"].sum()
    assert table.loc["opening", "customers"] == first["customer_id"].nunique()


def test_revenue_bridge_by_hand():
    lines = orders(
        ("a", "2023-06-01", 100),
        ("b", "2023-06-01", 60),
        ("c", "2023-06-01", 80),
        ("a", "2024-06-01", 130),
        ("b", "2024-06-01", 40),
        ("d", "2024-06-01", 30),
        ("z", "2023-01-02", 0),
        ("z", "2024-01-02", 0),
    )
    table = growth.revenue_bridge(lines, END, 365)
    assert table["revenue"].tolist() == [240, -80, -20, 30, 30, 200]
    assert table["customers"].tolist() == [4, 1, 1, 1, 1, 4]


def test_revenue_bridge_needs_two_periods_and_customers_in_both():
    with refused("lifecycle_short_history"):
        growth.revenue_bridge(orders(("a", "2024-01-01"), ("a", "2024-12-01")), END)
    with refused("growth_no_customers"):
        growth.revenue_bridge(orders(("a", "2022-01-01"), ("a", "2023-02-01"), ("b", "2024-12-01")), END)


# Referrals and discounts


def test_referrals_by_hand():
    # the year 2024: c (referred) and d; the year before: a and b (referred)
    lines = orders(
        ("a", "2023-06-01", 50),
        ("b", "2023-07-01", 90),
        ("b", "2023-08-01", 10),
        ("c", "2024-06-01", 20),
        ("d", "2024-07-01", 30),
        ("b", "2024-12-01", 500),
    )
    customers = pd.DataFrame({"customer_id": list("abcd"), "referrer_id": [None, "a", "a", None]})
    found = growth.referrals(customers, lines, END)
    assert found.share == wilson(1, 2)
    assert found.per_customer == 0.5 and found.k_factor == 0.5
    assert found.value.value == 100 - 50  # first 365 days of b against a
    assert found.referrers.to_dict() == {"a": 2}


def test_referrals_without_newcomers_or_a_comparison_are_refused():
    customers = pd.DataFrame({"customer_id": list("ab"), "referrer_id": [None, "a"]})
    with refused("growth_no_new"):
        growth.referrals(customers, orders(("a", "2023-06-01"), ("b", "2023-07-01")), END)
    with refused("comparison_empty"):
        growth.referrals(customers, orders(("a", "2023-06-01"), ("b", "2024-07-01")), END)
    with refused("column_needed"):
        growth.referrals(customers.assign(referrer_id=None), orders(("a", "2023-06-01")), END)


def test_break_even_lift_gives_back_the_margin():
    lift = growth.break_even_lift(margin=0.4, discount=0.15)
    # 100 sold at 40 margin each is 4000; discounted, 25 each
    assert lift == pytest.approx(0.6) and 100 * (1 + lift) * 25 == pytest.approx(4000)
    with refused("growth_discount"):
        growth.break_even_lift(margin=0.15, discount=0.15)


def test_discount_may_bring_orders_and_cost_margin():
    # treated: 6 orders of 85 for 60; held out: 4 of 100 for 60; margin 25 and 40 an order
    treated = [(f"C{n}", "2024-05-03", 85) for n in range(6)]
    held = [(f"C{n}", "2024-05-03", 100) for n in range(10, 14)]
    lines = orders(*treated, *held, cost=60.0)
    found = growth.discount_effect(campaign(10, 10), lines, "back", as_of=END)
    assert found.lift == pytest.approx(0.5) and found.break_even == pytest.approx(40 / 25 - 1)
    assert found.margin.value == pytest.approx(6 * 2.5 - 4 * 4)  # a tenth of 150 and of 160
    with refused("column_needed"):
        growth.discount_effect(campaign(10, 10), lines.drop(columns="cost"), "back", as_of=END)
    with refused("comparison_empty"):
        growth.discount_effect(campaign(10, 0), lines, "back", as_of=END)


def test_measured_uplift_is_the_campaign_s_or_the_one_set_by_hand():
    lines = orders(("C0", "2024-05-02", 50))
    assert winback.measured_uplift(campaign(2, 2), lines, "back", otherwise=0.3, as_of=END) == 0.5  # 1 of 2, 0 of 2
    assert winback.measured_uplift(campaign(2, 2), lines, "spring", otherwise=0.3, as_of=END) == 0.3
    assert winback.measured_uplift(campaign(2, 0), lines, "back", otherwise=0.3, as_of=END) == 0.3


def test_price_only_buyers_have_enough_discounted_orders():
    lines = orders(
        *[("a", day) for day in ("2024-01-01", "2024-02-01", "2024-03-01")],
        ("b", "2024-01-01"),
        ("b", "2024-02-01"),
        ("b", "2024-03-01"),
        ("c", "2024-01-01"),
        discount=[0.1, 0.2, 0.1, 0.1, 0.0, 0.0, 0.3],
    )
    table = growth.price_only_buyers(lines)
    assert table["price_only"].to_dict() == {"a": True, "b": False} and table.loc["b", "share"] == pytest.approx(1 / 3)
    with refused("growth_no_repeats"):
        growth.price_only_buyers(lines, fewest=4)


# The sample: what was planted is found again


def planted(entity: str, name: str) -> float:
    return float(retail()[1].loc[(entity, name), "value"])


@pytest.mark.parametrize(
    ("name", "days", "effect"), [("win_back", 60, "winback_uplift"), ("coupon", 30, "coupon_uplift")]
)
def test_uplift_of_the_sample_s_campaigns(name, days, effect):
    data, _ = retail()
    uplift = winback.campaign_effect(data.campaigns, data.orders, name, days).returned.difference
    assert uplift.low <= planted("effect", effect) <= uplift.high and uplift.low > 0


def test_discount_of_the_sample_lifts_orders_as_planted():
    data, _ = retail()
    found = growth.discount_effect(data.campaigns, data.orders, "autumn")
    assert found.lift == pytest.approx(planted("effect", "discount_lift"), abs=0.25) and found.orders.low > 0
    assert found.margin.value < found.revenue.value / 2  # much of what the orders bring is given away


def test_call_backs_of_the_sample_have_their_effect():
    data, _ = retail()
    found = engagement.call_effect(data.interactions, data.orders, data.as_of, outcome="reached").loc["effect"]
    without = found["after"] - found["effect"]
    assert 0 < found["low"] / without <= planted("effect", "callback_lift") <= found["high"] / without
    lift = engagement.call_lift(found.to_frame().T)
    assert (lift.low, lift.high) == pytest.approx((found["low"] / without, found["high"] / without))
    assert lift.value == pytest.approx(found["lift"])


@pytest.mark.parametrize(("sample", "sources"), [(retail, 4), (saas, 4)])
def test_sources_of_the_sample_convert_as_planted(sample, sources):
    data, truth = sample()
    table = leads.conversion(leads.follow(data.leads, data.as_of))
    rates = truth.loc["source", "value"].astype(float)
    inside = [table.loc[source, "low"] <= rate <= table.loc[source, "high"] for source, rate in rates.items()]
    assert len(rates) == sources and sum(inside) >= sources - 1  # 95 % intervals: one in twenty may miss
    assert table.drop(index="all").index.tolist() == rates.sort_values(ascending=False).index.tolist()


def test_planted_pairs_of_products_have_the_highest_lift():
    data, truth = retail()
    pairs = {tuple(name.split("+")) for name in truth.loc["pair"].index}
    top = growth.attach_rates(data.orders, by="product_id").index[: 2 * len(pairs)]
    assert {tuple(sorted(pair)) for pair in top} == pairs
