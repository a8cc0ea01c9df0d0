"""Costs, payback and phases; contacts, engagement, call-backs and trends: worked by hand, simulated, and awkward."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import lifecycle
from crmbook.lifecycle import interactions as engagement
from crmbook.value import economics
from scipy.stats import linregress, poisson
from small_books import book, orders, refused

END = pd.Timestamp("2024-12-31")


def spent(*rows: tuple) -> pd.DataFrame:
    """Spend rows from (month, purpose, amount) or (month, purpose, amount, channel)."""
    return pd.DataFrame(
        {
            "month": pd.to_datetime([row[0] for row in rows]),
            "purpose": [row[1] for row in rows],
            "amount": [float(row[2]) for row in rows],
            "channel": [row[3] if len(row) > 3 else None for row in rows],
        }
    )


# Acquisition cost


def test_new_customers_by_month_and_channel():
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b", "old"],
            "channel": ["search", None, "store"],
            "signup_date": pd.to_datetime(["2024-01-02", None, "2019-05-01"]),
        }
    )
    lines = orders(("a", "2024-01-05"), ("a", "2024-02-05"), ("b", "2024-02-07"), ("old", "2024-01-03"))
    new = economics.acquired(lines, customers)
    assert new["channel"].to_dict() == {"a": "search", "b": "none"}
    assert new["month"].astype(str).to_dict() == {"a": "2024-01", "b": "2024-02"}
    assert new.attrs["known_before"] == 1  # signed up years before the data begin: no new customer


def test_acquisition_cost_blended_by_channel_and_by_month():
    customers = pd.DataFrame({"customer_id": list("abcd"), "channel": ["search", "search", "event", "friend"]})
    lines = orders(("a", "2024-01-05"), ("b", "2024-02-05"), ("c", "2024-02-07"), ("d", "2024-02-08"))
    new = economics.acquired(lines, customers)
    money = spent(
        ("2024-01-01", "acquisition", 30, "search"),
        ("2024-02-01", "acquisition", 20, "search"),
        ("2024-02-01", "acquisition", 60, "event"),
        ("2024-02-01", "retention", 999, None),
        ("2024-05-01", "acquisition", 500, "event"),
    )  # May has no orders yet
    blended = economics.acquisition_cost(money, new)
    assert blended.loc["all"].to_dict() == {"spend": 110, "customers": 4, "cac": 27.5, "free": 1}
    by_channel = economics.acquisition_cost(money, new, by="channel")
    assert by_channel["cac"].to_dict() == pytest.approx({"event": 60, "friend": 0, "search": 25})
    by_month = economics.acquisition_cost(money, new, by="month")
    assert by_month["cac"].round(2).tolist() == [30, 26.67]


def test_acquisition_cost_without_spend_or_by_something_else_is_refused():
    new = economics.acquired(orders(("a", "2024-01-05")))
    with refused("economics_no_spend"):
        economics.acquisition_cost(spent(("2024-01-01", "retention", 5)), new)
    with refused("economics_by"):
        economics.acquisition_cost(spent(("2024-01-01", "acquisition", 5)), new, by="tier")
    with refused("table_needed"):
        economics.acquisition_cost(None, new)


def test_payback_of_nobody_is_refused():
    lines = orders(("a", "2024-03-05"), ("a", "2024-06-05"))
    known_before = pd.DataFrame({"customer_id": ["a"], "signup_date": pd.to_datetime(["2023-01-01"])})
    with refused("economics_nobody_new"):
        economics.payback(lines, economics.acquired(lines, known_before), cost=5.0, margin=1.0)


# Keeping


def test_cost_of_one_is_the_blended_figure_or_the_one_set_by_hand():
    new = economics.acquired(orders(("a", "2024-01-05"), ("b", "2024-01-20")))
    money = spent(("2024-01-01", "acquisition", 30))
    assert economics.cost_of_one(money, new, otherwise=7.0) == 15
    assert economics.cost_of_one(spent(("2024-01-01", "retention", 30)), new, otherwise=7.0) == 7
    assert economics.cost_of_one(money.drop(columns="amount"), new, otherwise=7.0) == 7


def test_channels_that_never_meet_are_refused():
    new = economics.acquired(orders(("a", "2024-01-05")))  # nobody knows through which channel a came
    money = spent(("2024-01-01", "acquisition", 30)).assign(channel="search")
    with refused("economics_no_channel"):
        economics.acquisition_cost(money, new, by="channel")
    assert economics.acquisition_cost(money, new)["cac"].tolist() == [30]


def test_retention_cost_and_the_folklore_of_five_times():
    lines = orders(*[(c, day) for c in "abcd" for day in ("2024-01-10", "2024-02-10")], ("a", "2024-03-20"))
    table = lifecycle.bridge(lifecycle.stage_history(book(lines, "2024-03-31"), rules=lifecycle.Rules(churn_days=40)))
    money = spent(
        ("2024-02-01", "retention", 20),
        ("2024-02-01", "service", 20),
        ("2024-03-01", "retention", 5),
        ("2024-03-01", "acquisition", 99),
    )
    costs = economics.retention_cost(money, table)
    # February: four opened and stayed, 40 of money. March: b, c and d lost (49 days silent), a kept for 5
    assert costs["retained"].tolist() == [4, 1] and costs["cost"].tolist() == [10, 5]
    found = economics.keep_or_acquire(30, costs)
    # 45 of money over 5 customer-months is 9 a month, 108 a year
    assert found.keep_a_year == pytest.approx(108) and found.ratio == pytest.approx(30 / 108)
    with refused("economics_no_spend"):
        economics.keep_or_acquire(30, costs.iloc[:0])


def test_value_against_cost_has_a_verdict():
    table = economics.value_to_cost(
        pd.Series({"a": 90, "b": 50, "c": 20, "d": 10, "e": np.nan}),
        pd.Series({"a": 30, "b": 30, "c": 30, "d": 0, "e": 5}),
    )
    assert table["verdict"].tolist() == ["sound", "thin", "loss", "free", "unknown"]
    assert table["ratio"].round(2).tolist()[:3] == [3, 1.67, 0.67] and np.isnan(table.loc["d", "ratio"])


def test_payback_by_hand():
    # months of 30.4 days: a's orders fall into months 1, 2 and 4, b's into 1; costs are half
    lines = orders(
        ("a", "2024-01-01", 40),
        ("a", "2024-02-05", 20),
        ("a", "2024-04-10", 30),
        ("b", "2024-03-01", 60),
        ("a", "2024-02-06", -4),
        cost=[20.0, 10.0, 15.0, 30.0, -2.0],
    )
    new = economics.acquired(lines)
    curve, months = economics.payback(lines, new, cost=33.0, as_of="2024-05-05")
    # a is four months old on 5 May (126 days), b two (66 days)
    # month 1: (20 + 30)/2; month 2: (8 + 0)/2; months 3 and 4: a alone, 0 and 15
    assert curve.loc["all", "customers"].tolist() == [2, 2, 1, 1]
    assert curve.loc["all", "cumulative"].tolist() == pytest.approx([25, 29, 29, 44])
    assert months["all"] == 4
    assert np.isnan(economics.payback(lines, new, cost=99.0, as_of="2024-05-05")[1]["all"])


def test_payback_by_channel_and_with_a_margin_of_one_s_own():
    lines = orders(("a", "2024-01-01", 40), ("b", "2024-01-01", 100))
    new = economics.acquired(lines, pd.DataFrame({"customer_id": ["a", "b"], "channel": ["search", "event"]}))
    curve, months = economics.payback(lines, new, pd.Series({"search": 30.0, "event": 30.0}), "2024-03-15", margin=0.5)
    assert curve.loc[("event", 1), "cumulative"] == 50
    assert months["event"] == 1 and np.isnan(months["search"])
    with refused("column_needed"):
        economics.payback(lines, new, 30.0, "2024-03-15")
    with refused("retention_all_new"):
        economics.payback(lines, new, 30.0, "2024-01-10", margin=0.5)


def test_channels_are_compared_as_far_as_all_of_them_can_be_followed():
    lines = orders(("a", "2024-01-01", 40), ("a", "2024-04-20", 99), ("b", "2024-03-01", 100))
    new = economics.acquired(lines, pd.DataFrame({"customer_id": ["a", "b"], "channel": ["search", "event"]}))
    cost = pd.Series({"search": 10.0, "event": 60.0})
    table = economics.channel_returns(lines, new, cost, "2024-05-05", margin=0.5)
    # b is two months old: in two months a left 20 for 10, b 50 for 60
    assert table["months"].tolist() == [2, 2] and table["brought"].to_dict() == {"search": 20, "event": 50}
    assert table["verdict"].to_dict() == {"search": "thin", "event": "loss"}
    assert table.loc["search", "payback"] == 1 and np.isnan(table.loc["event", "payback"])


def test_phases_share_out_every_line_of_the_time():
    lines = orders(
        ("a", "2024-01-05", 100),
        ("a", "2024-03-05", 50),
        ("a", "2024-04-05", 30),
        ("a", "2024-05-05", -20),
        ("old", "2022-01-05", 70),
        ("old", "2024-02-05", 40),
        category=["tea", "tea", "mug", "tea", "tea", "tea"],
        cost=[60.0, 30.0, 10.0, -12.0, 40.0, 20.0],
    )
    money = spent(
        ("2024-01-01", "acquisition", 30),
        ("2024-02-01", "retention", 10),
        ("2024-02-01", "service", 5),
        ("2022-02-01", "retention", 999),
    )
    campaigns = pd.DataFrame({"date": pd.to_datetime(["2024-04-01", "2021-01-01"]), "cost": [4.0, 99.0]})
    table = economics.phases(lines, money, campaigns, as_of=END)
    assert table["budget"].to_dict() == {"acquire": 30, "keep": 15, "develop": 4}
    # first day of a: 100; repeat tea 50, return -20 and old's repeat 40: keep 70; the first mug: develop 30
    assert table["revenue"].to_dict() == {"acquire": 100, "keep": 70, "develop": 30}
    assert table["margin"].to_dict() == {"acquire": 40, "keep": 32, "develop": 20}
    assert table["roi"].round(3).to_dict() == {"acquire": 0.333, "keep": 1.133, "develop": 4.0}
    undated = economics.phases(lines, money, campaigns.drop(columns="date"), as_of=END)
    assert undated["budget"].to_dict() == {"acquire": 30, "keep": 15, "develop": 0}  # not known to lie in that time


# Contacts


def test_contacts_per_customer_and_month():
    known = pd.Series(pd.to_datetime(["2023-01-01", "2024-01-31"]), ["a", "b"])
    contacts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "b"],
            "date": pd.to_datetime(["2024-01-05", "2024-02-05", "2024-02-20", "2023-02-20"]),
            "channel": ["phone", "mail", "phone", "phone"],
        }
    )
    table = engagement.contact_rate(contacts, known, "2024-01-01", "2024-02-29")
    # 60 days of a and 30 of b are 90 / (365/12) customer-months
    assert table.loc["all", "customer_months"] == pytest.approx(90 * 12 / 365)
    assert table["contacts"].to_dict() == {"mail": 1, "phone": 2, "all": 3}
    # the exact interval: at its ends, two or more (or fewer) contacts have a chance of 2.5 %
    low, high = (table.loc["phone", bound] * 90 * 12 / 365 for bound in ("low", "high"))
    assert poisson.sf(1, low) == pytest.approx(0.025) and poisson.cdf(2, high) == pytest.approx(0.025)


def test_contacts_with_nobody_are_refused():
    contacts = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-05"]), "channel": ["phone"]})
    with refused("engagement_nobody"):
        engagement.contact_rate(contacts, pd.Series([pd.Timestamp("2025-01-01")], ["a"]), "2024-01-01", "2024-06-30")
    with refused("engagement_no_contacts"):
        engagement.contact_rate(contacts, pd.Series([pd.Timestamp("2023-01-01")], ["b"]), "2024-01-01", "2024-06-30")


def test_engagement_scores_and_trends_by_hand():
    lines = orders(
        ("up", "2024-08-01"),
        ("up", "2024-11-01"),
        ("up", "2024-12-01"),
        ("down", "2024-08-01"),
        ("down", "2024-08-11"),
        ("down", "2024-12-01"),
        ("level", "2024-08-01"),
        ("level", "2024-12-01"),
        ("silent", "2024-01-01"),
        ("new", "2024-12-01"),
    )
    visits = pd.DataFrame(
        {"customer_id": ["new", "level"], "date": pd.to_datetime(["2024-12-05", "2025-01-05"]), "kind": "visit"}
    )
    table = engagement.engagement(book(lines, END, interactions=visits))
    assert table["trend"].to_dict() == {"down": "down", "level": "level", "new": "new", "silent": "silent", "up": "up"}
    assert table["points"].to_dict() == {"down": 10, "level": 10, "new": 15, "silent": 0, "up": 20}
    assert table["points_before"].to_dict() == {"down": 20, "level": 10, "new": 0, "silent": 0, "up": 10}
    assert table["score"].idxmax() == "up" and table.loc["silent", "score"] == 0
    assert table.loc["down", "score"] == table.loc["level", "score"]
    unnamed = engagement.engagement(book(lines, END, interactions=visits.drop(columns="kind")))
    assert unnamed["points"].to_dict() == {"down": 10, "level": 10, "new": 10, "silent": 0, "up": 20}


def test_engagement_needs_two_times_to_compare():
    with refused("lifecycle_short_history"):
        engagement.engagement(book(orders(("a", "2024-11-01"), ("b", "2024-12-01")), END))


# Call-backs


def test_coverage_and_overdue_list():
    tier = pd.Series({"a": "A", "b": "A", "c": "B", "d": "B", "e": "Z"})
    calls = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d", "d"],
            "date": pd.to_datetime(["2024-12-10", "2024-11-01", "2024-12-01", "2024-01-01", "2025-01-05"]),
            "kind": ["call", "call", "call", "call", "call"],
        }
    )
    coverage, overdue = engagement.call_coverage(calls, tier, END, plan={"A": 30, "B": 60})
    assert coverage["coverage"].to_dict() == {"A": 0.5, "B": 0.5}
    assert overdue.index.tolist() == ["b", "d"] and overdue.loc["b", "days_overdue"] == 60 - 30
    with refused("engagement_no_plan"):
        engagement.call_coverage(calls, tier, END, plan={"gold": 30})


def called_and_not(effect: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """1,500 customers over two years, a third of them called once, which raises their rate for 56 days."""
    rng = np.random.default_rng(seed)
    start, days = pd.Timestamp("2023-01-01"), 730
    lines, calls = [], []
    for number in range(1500):
        rate = rng.gamma(2, 0.006)
        called = rng.integers(120, 600) if number % 3 == 0 else None
        when = list(np.flatnonzero(rng.random(days) < rate))
        if called is not None:
            calls.append((f"C{number}", start + pd.Timedelta(days=int(called))))
            when += [called + 1 + day for day in np.flatnonzero(rng.random(56) < rate * effect)]
        lines += [(f"C{number}", start + pd.Timedelta(days=int(day))) for day in when]
    made = pd.DataFrame(
        {"customer_id": [call[0] for call in calls], "date": [call[1] for call in calls], "kind": "call"}
    )
    return made, orders(*lines)


def test_call_effect_finds_what_was_planted_and_nothing_where_nothing_is():
    found = engagement.call_effect(*called_and_not(0.5, seed=1)).loc["effect"]
    truth = 0.5 * 56 * 2 * 0.006  # half more than 0.012 purchases a day over 56 days: 0.336
    assert found["low"] < truth < found["high"] and found["low"] > 0
    assert found["lift"] == pytest.approx(0.5, abs=0.25)
    placebo = engagement.call_effect(*called_and_not(0.0, seed=2)).loc["effect"]
    assert placebo["low"] < 0 < placebo["high"]


def test_call_effect_without_time_before_and_after_is_refused():
    calls = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-20"]), "kind": "call"})
    with refused("engagement_no_calls"):
        engagement.call_effect(calls, orders(("a", "2024-01-01"), ("a", "2024-02-01")))
    with refused("engagement_no_calls"):
        engagement.call_effect(calls.assign(kind="email"), orders(("a", "2024-01-01"), ("a", "2024-02-01")))
    with refused("column_needed"):
        engagement.call_effect(calls, orders(("a", "2024-01-01")), outcome="reached")


# Trends


def quarterly(*amounts: float, customer: str = "a") -> list[tuple]:
    """One order in the middle of each quarter of 91 days, the last one ending on END."""
    first = END - pd.Timedelta(days=91 * len(amounts) - 45)
    return [(customer, first + pd.Timedelta(days=91 * n), amount) for n, amount in enumerate(amounts) if amount]


def trend(*amounts: float) -> pd.Series:
    early = quarterly(1, 1, 1, 1, 1, 1, 1, 1, 1, customer="z")
    return engagement.sales_trend(orders(*quarterly(*amounts), *early), END).loc["a"]


def test_slope_is_least_squares_over_the_quarters():
    amounts = [10, 40, 20, 60, 30, 80, 50, 90]
    found = trend(*amounts)
    assert found["slope"] == pytest.approx(linregress(range(8), amounts).slope)
    assert (found["last"], found["before"], found["year_ago"]) == (90, 50, 60)
    assert found["change"] == pytest.approx(0.5) and found["trend"] == "up"


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        ((10, 20, 30, 40, 50, 60, 70, 80), "up"),
        ((80, 70, 60, 50, 40, 30, 20, 10), "down"),
        ((10, 10, 10, 90, 20, 20, 20, 60), "season"),  # more than the quarter before, less than the season a year ago
        ((10, 20, 30, 40, 90, 80, 70, 35), "mixed"),  # below last year although the line rises
        ((10, 20, 30), "short"),
        ((10, 20, 30, 40, 50, 40, 30, 40), "level"),
    ],
)
def test_trend_is_told_from_season(amounts, kind):
    assert trend(*amounts)["trend"] == kind


def test_newcomers_have_a_slope_of_their_own_time_only():
    found = trend(30, 60)
    assert found["slope"] == pytest.approx(30) and found["trend"] == "short" and np.isnan(found["year_ago"])


def test_trend_needs_five_quarters():
    with refused("lifecycle_short_history"):
        engagement.sales_trend(orders(*quarterly(1, 2, 3)), END)
    with refused("engagement_quarters"):
        engagement.sales_trend(orders(*quarterly(1, 2, 3)), END, quarters=4)
