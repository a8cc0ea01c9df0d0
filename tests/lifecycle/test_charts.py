"""The pictures of the lifecycle: what they say is what was computed, in both languages, for the odd cases too."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from crmbook import lifecycle
from crmbook.lifecycle import charts as draw
from crmbook.lifecycle import churn, health, leads, retention, winback
from crmbook.locale import use
from crmbook.shared.estimate import Estimate, two_proportions
from crmbook.shared.purchases import gaps, purchase_days
from crmbook.shared.survival import kaplan_meier
from small_books import book, orders

CONTACTS = pd.DataFrame(
    {"contacts": [9, 3, 12], "rate": [0.3, 0.1, 0.4], "low": [0.2, 0.0, 0.3], "high": [0.5, 0.3, 0.6]},
    index=pd.Index(["phone", "<i>fair</i>", "all"], name="channel"),
)
EFFECT = pd.DataFrame(
    {
        "before": 0.8, "after": 0.9, "compared_before": 0.7, "compared_after": 0.6,
        "effect": 0.2, "low": 0.1, "high": 0.3,
    },
    index=["effect"],
)  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    lines = []
    for who in range(900):
        day = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(rng.integers(0, 500)))
        while day <= pd.Timestamp("2024-12-31"):
            lines.append((f"C{who:03}", day, 20))
            if rng.random() < 0.12:
                break
            day += pd.Timedelta(days=int(rng.exponential(40)) + 1)
    asked = pd.DataFrame({"lead_id": [f"L{n}" for n in range(60)], "source": ["web", "<i>fair</i>"] * 30})
    asked["customer_id"] = None
    asked["created_at"] = pd.Timestamp("2024-01-01")
    asked["converted_at"] = [pd.Timestamp("2024-01-20") if n % 3 == 0 else pd.NaT for n in range(60)]
    left = pd.DataFrame({"customer_id": ["C001", "C002", "C003"], "exit_reason": ["price", "price", "<b>odd</b>"]})
    return book(orders(*lines), "2024-12-31", leads=asked, customers=left)


@pytest.fixture(scope="module")
def results(data) -> dict:
    rules = lifecycle.derive_rules(data.orders)
    history = lifecycle.stage_history(data, rules=rules)
    return {
        "rules": rules,
        "gaps": gaps(purchase_days(data.orders)),
        "stage": lifecycle.stages(data, rules=rules),
        "history": history,
        "bridge": lifecycle.bridge(history),
        "moved": lifecycle.transitions(history),
        "windows": lifecycle.windows(data, [30, 60, 90]),
        "active": retention.active_customers(data.orders),
        "followed": leads.follow(data.leads, data.as_of),
        "triangle": retention.cohort_retention(retention.cohorts(data.orders)),
        "curve": retention.retention_curve(retention.cohorts(data.orders)),
        "ladder": retention.repurchase_ladder(data.orders),
        "rates": retention.churn_rates(history, data.orders),
        "reasons": retention.churn_reasons(data.customers, data.as_of),
        "warning": churn.early_warning(data),
        "plan": winback.plan_calls(pd.Series({"a": 100.0, "b": 300.0}), 0.1, 5, 100),
    }


def every_figure(data, of: dict) -> dict:
    by_colour = pd.DataFrame(
        {"customers": [4, 0, 6], "rate": [0.5, np.nan, 0.1], "low": [0.2, np.nan, 0.0], "high": [0.8, np.nan, 0.3]},
        index=["red", "amber", "green"],
    )
    past = health.HealthTest(Estimate(0.7, 0.6, 0.8, 10), by_colour, data.as_of, 90)
    weights = pd.Series({"source=<i>fair</i>": -0.4, "contact=demo": 0.9})
    scored = leads.LeadScores(pd.DataFrame(), weights, Estimate(0.66, 0.61, 0.71, 467), 0.3)
    return {
        "gap_window": draw.gap_window(of["gaps"], of["rules"]),
        "stage_shares": draw.stage_shares(lifecycle.by_stage(data.orders, of["stage"])),
        "stage_counts": draw.stage_counts(of["windows"].loc[60]),
        "stage_history": draw.stage_history(of["history"]),
        "roll_forward": draw.roll_forward(of["bridge"]),
        "transition_map": draw.transition_map(of["moved"]),
        "active_lines": draw.active_lines(of["active"]),
        "conversion": draw.conversion(leads.conversion(of["followed"]), 90),
        "waiting": draw.waiting(leads.time_to_order(of["followed"])),
        "cohort_map": draw.cohort_map(of["triangle"]),
        "retention_curve": draw.retention_curve(of["curve"]),
        "contact_rates": draw.contact_rates(CONTACTS),
        "call_effect": draw.call_effect(EFFECT),
        "retention_lines": draw.retention_lines(
            retention.n_day_retention(data.orders),
            retention.rolling_retention(data.orders),
            retention.bracket_retention(data.orders),
        ),
        "ladder": draw.ladder(of["ladder"]),
        "churn_lines": draw.churn_lines(of["rates"]),
        "reasons": draw.reasons(of["reasons"]),
        "warning_lift": draw.warning_lift(of["warning"]),
        "warning_calibration": draw.warning_calibration(of["warning"]),
        "call_plan": draw.call_plan(of["plan"], 5),
        "health_test": draw.health_test(past),
        "lead_weights": draw.lead_weights(scored),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_has_title_axes_and_alt_text_in_the_language(data, results, language):
    use(language)
    for key, figure in every_figure(data, results).items():
        title = figure.layout.title.text
        assert title and "nan" not in title.lower(), key
        assert figure.layout.meta["alt"], key
        named = [figure.layout.xaxis.title.text, figure.layout.yaxis.title.text]
        assert any(named), key
        for words in [title, *filter(None, named)]:
            assert bool(CHINESE.search(words)) == (language == "zh"), (key, words)
        assert "<i>fair" not in figure.to_json() and "<b>odd" not in figure.to_json(), key


def test_stage_picture_counts_the_customers_of_each_stage(results):
    row = results["windows"].loc[60]
    assert list(draw.stage_counts(row).data[0].y) == [row[stage] for stage in lifecycle.STAGES]


def test_bridge_title_balances(results):
    title = draw.roll_forward(results["bridge"]).layout.title.text.replace("<br>", " ")
    opening, new, returned, lost, closing = (int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", title))
    assert opening + new + returned - lost == closing


def test_what_lies_beyond_the_data_is_blank(results):
    shown = draw.cohort_map(results["triangle"]).data[0]
    last = list(shown.y).index("2023-10")  # fourteen months before the last of the data
    assert shown.z[last][list(shown.x).index(14)] is not None
    assert all(cell is None for cell in shown.z[last][list(shown.x).index(14) + 1 :])


def test_budget_mark_stands_on_the_curve():
    plan = winback.plan_calls(pd.Series({"a": 100.0, "b": 300.0, "c": 10.0}), 0.1, 5, 100)
    # gains 25 for b and 5 for a, none for c: 30 come back for 5, 40 for 10
    mark = draw.call_plan(plan, 5).data[2]
    assert (mark.x, mark.y) == ((5.0,), (30.0,))
    mark = draw.call_plan(plan, 12).data[2]
    assert (mark.x, mark.y) == ((10.0,), (40.0,))
    assert draw.call_plan(plan, 0).data[2].y == (0.0,)


def test_codes_become_words():
    assert draw.worded([("demo", "recency"), ()]) == ["demonstration, Recency (days)", "–"]
    use("zh")
    assert draw.worded([("recency", "source=referral")]) == ["最近一次购买间隔（天）、来源：老客户推荐"]
    assert draw.worded([("purchases", "points")]) == ["购买次数、积分"]  # a feature and an action


def test_tiny_p_value_is_not_shown_as_zero():
    table = draw.effect_table(two_proportions(90, 100, 10, 100))
    assert table.loc["difference", "p_value"] == "< 0.0001"
    assert table["n"].tolist() == [100, 100, 200]
    # z of 56/70 against 48/80 by the pooled formula: 0.2 / sqrt(104/150 × 46/150 × (1/70 + 1/80)) = 2.651, p = 0.0080
    assert draw.effect_table(two_proportions(56, 70, 48, 80)).loc["difference", "p_value"] == "0.0080"


def test_lead_weights_draw_the_heaviest_facts_and_say_the_auc():
    weights = pd.Series({"contact=demo": 0.9, "contact=email": 0.1, "source=social": -0.6})
    scored = leads.LeadScores(pd.DataFrame(), weights, Estimate(0.66, 0.61, 0.71, 467), 0.3)
    figure = draw.lead_weights(scored, most=2)
    assert list(figure.data[0].x) == [-0.6, 0.9]  # the strongest for an order on top, the slightest left out
    title = figure.layout.title.text.replace("<br>", " ")
    assert all(part in title for part in ("0.66", "0.61", "0.71", "467"))


def test_measures_keep_interval_and_count_and_leave_the_unknown_blank():
    table = draw.measures({"lead_time": Estimate(21, 11, 41, 51), "gain": Estimate(np.nan, np.nan, np.nan, 0)})
    assert table.loc["lead_time"].tolist() == [21, 11, 41, 51]
    assert table.loc["gain", ["value", "low", "high"]].isna().all() and table.loc["gain", "n"] == 0


def test_health_title_says_the_auc():
    rates = {"customers": [4, 4, 6], "rate": [0.5, 0.3, 0.1], "low": [0.2, 0.1, 0.0], "high": [0.8, 0.6, 0.3]}
    by_colour = pd.DataFrame(rates, index=["red", "amber", "green"])
    past = health.HealthTest(Estimate(0.72, 0.64, 0.81, 14), by_colour, pd.Timestamp("2024-06-30"), 90)
    title = draw.health_test(past).layout.title.text.replace("<br>", " ")
    assert all(part in title for part in ("50%", "10%", "90", "0.72", "0.64", "0.81"))


def test_retention_curve_draws_the_months_after_the_first(results):
    low, high, line = draw.retention_curve(results["curve"], months=6).data
    assert list(line.x) == [1, 2, 3, 4, 5, 6]
    assert list(line.y) == results["curve"]["retention"].iloc[1:7].tolist()
    assert all(below < share < above for below, share, above in zip(low.y, line.y, high.y, strict=True))


def test_month_that_is_not_over_carries_a_star_and_is_left_out_of_the_title():
    lines = orders(
        ("a", "2024-01-01"), ("b", "2024-01-06"), ("a", "2024-02-03"), ("c", "2024-02-04"), ("d", "2024-02-05"),
        ("c", "2024-03-20"),
    )  # fmt: skip
    for as_of, texts, title in (
        ("2024-03-31", [["50%", "0%"], ["50%", ""]], "50% of each cohort buy again"),
        ("2024-03-15", [["50%", "0%*"], ["0%*", ""]], "50% of each cohort buy again"),
    ):
        drawn = draw.cohort_map(retention.cohort_retention(retention.cohorts(lines, as_of)))
        assert [list(row) for row in drawn.data[0].text] == texts
        assert drawn.layout.title.text.startswith(title)
        assert ("not over" in drawn.layout.xaxis.title.text) == (as_of == "2024-03-15")


def test_cohort_of_the_few_days_with_which_the_data_begin_is_no_cohort_of_new_customers():
    # a file that begins on 20 January: ten old customers, all of whom go on buying; then those who are new
    old = [(f"O{number}", day) for number in range(10) for day in ("2024-01-20", "2024-01-25", "2024-02-10")]
    new = [("a", "2024-02-01"), ("b", "2024-02-03"), ("b", "2024-03-01"), ("c", "2024-03-31")]
    triangle = retention.cohorts(orders(*old, *new), "2024-03-31")
    drawn = draw.cohort_map(retention.cohort_retention(triangle))
    assert drawn.layout.title.text.startswith("50%")  # not 100 %
    assert list(drawn.data[0].text[0]) == ["100%*", "0%*"]
    curve = retention.retention_curve(triangle)
    assert curve.loc[1, ["customers", "kept"]].tolist() == [2, 1]


def test_gap_at_the_end_of_the_call_picture_is_the_effect():
    called, as_others, others = draw.call_effect(EFFECT).data
    assert called.y[1] - as_others.y[1] == pytest.approx(0.2)
    assert as_others.y[1] - as_others.y[0] == pytest.approx(others.y[1] - others.y[0])


def test_contacts_by_channel_leave_out_the_sum():
    bars = draw.contact_rates(CONTACTS).data[0]
    assert list(bars.x) == [0.1, 0.3]


def test_churn_title_compounds_the_last_year_of_customers_and_of_revenue():
    months = pd.period_range("2023-01", periods=24, freq="M")
    rates = pd.DataFrame({"churn": [0.9] * 12 + [0.02] * 12, "revenue_churn": 0.01}, index=months)
    title = draw.churn_lines(rates).layout.title.text.replace("<br>", " ")
    # 1 - 0.98 ** 12 = 0.2153, 1 - 0.99 ** 12 = 0.1136
    assert all(part in title for part in ("12 months", "22%", "11%"))


def test_effects_stand_beside_what_was_planted():
    table = draw.beside_truth(
        {"coupon": Estimate(0.3, 0.1, 0.5, 9), "win_back": Estimate(0.2, 0.1, 0.3, 9)}, [0.2, 0.1]
    )
    assert table["planted"].tolist() == [0.2, 0.1] and table.loc["win_back", "found"] == 0.2


def test_campaign_money_is_what_the_campaign_found():
    parts = {
        part: Estimate(number, 1.0, 9.0, 5) for number, part in enumerate(("cost_per_extra_return", "gain", "margin"))
    }
    found = winback.CampaignEffect(
        None, None, parts["margin"], 1.0, 1.0, parts["cost_per_extra_return"], parts["gain"], 60
    )
    assert draw.campaign_money(found)["value"].tolist() == [0, 1, 2]


def test_titles_do_not_speak_of_what_nobody_did():
    whole = pd.DataFrame({0: [1.0, 1.0], 1: [0.0, 0.0]}, index=pd.period_range("2024-01", periods=2, freq="M"))
    assert draw.cohort_map(whole).layout.title.text.startswith("0% of each cohort")
    ends = pd.date_range("2024-01-31", periods=3, freq="ME")
    stage = pd.CategoricalDtype([lifecycle.ABSENT, *lifecycle.STAGES], ordered=True)
    history = pd.DataFrame({end: pd.Series(["active"], ["a"], dtype=stage) for end in ends})
    assert "–" not in draw.transition_map(lifecycle.transitions(history)).layout.title.text
    table = lifecycle.by_stage(orders(("a", "2024-01-05", -5)), pd.Series(["churned"], ["a"]), "2024-01-31")
    assert "–" not in draw.stage_shares(table).layout.title.text


def test_titles_of_a_young_book_compare_nothing_with_itself():
    lines = orders(("a", "2024-01-01"), ("b", "2024-01-03"), ("a", "2024-01-08"), ("b", "2024-02-05"))
    active = retention.active_customers(lines, "2024-02-06")
    assert draw.active_lines(active).layout.title.text == "2 active customers, by a purchase in the last 30 days"
    three = [ask(lines, "2024-02-06") for ask in (retention.n_day_retention, retention.rolling_retention)]
    title = draw.retention_lines(*three, retention.bracket_retention(lines, "2024-02-06")).layout.title.text
    assert title == "Retention of day 30: 0% on the day itself, 50% on that day or later"
    assert draw.waiting(kaplan_meier([5, 9], [False, False])).layout.title.text == "None of the leads has ordered yet"
