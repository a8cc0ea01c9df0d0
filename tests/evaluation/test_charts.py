"""The evaluation figures and words: they show what the methods say, in both languages, and never an empty title."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation
from crmbook.data.faults import DataError
from crmbook.evaluation import charts as draw
from crmbook.evaluation import tables as evaluation_tables
from crmbook.evaluation import tables as loop
from crmbook.locale import use
from crmbook.shared.estimate import Estimate
from small_books import card


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


def test_every_indicator_has_its_words_in_both_languages():
    for language in ("en", "zh"):
        use(language)
        table = evaluation_tables.definitions()
        assert len(table) == len(evaluation.REGISTRY)
        assert not table.isin(["", None]).any(axis=None)
        chinese = table[["indicator", "formula", "trap"]].map(lambda words: any("一" <= sign <= "鿿" for sign in words))
        assert chinese.all(axis=None) == (language == "zh")


def test_every_task_action_and_role_has_its_words():
    for language in ("en", "zh"):
        use(language)
        plan = loop.plan_in_words(evaluation.implementation_plan("2025-01-06"))
        assert len(plan) == len(evaluation.PLAN) and not plan["task"].eq("").any()
        rules = pd.DataFrame([vars(rule) for rule in evaluation.RULES])
        evidence = {"tier": "A", "value": 0.5, "previous": 0.6, "unit": "share", "note": "table_needed:spend"}
        rows = rules.assign(**evidence, due=pd.Timestamp("2025-01-31"), limit=0.4)
        assert len(loop.actions_in_words(rows)) == len(evaluation.RULES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_indicator_action_and_role_of_a_companys_own_keep_their_names(language):
    use(language)

    @evaluation.indicator("returns <b>", 13, "parcels", "lower", ["orders"])
    def returns(activity):
        """Customers who sent something back ÷ customers."""

    try:
        own = evaluation_tables.definitions().iloc[-1]
    finally:
        del evaluation.REGISTRY["returns <b>"]
    assert own["indicator"] == "returns &lt;b&gt;" and own["trap"] == "–"
    assert own["formula"] == "Customers who sent something back ÷ customers."
    assert draw.measured(3.0, "parcels") == "3 parcels"
    asked = card().assign(indicator="returns")
    assert draw.changes(asked, "2024H2").data[0].y[0] == "returns"
    rule = evaluation.ActionRule("returns", "worse", "call the carrier", "E07", 3)
    todo = evaluation.next_actions(asked, "2024-12-31", [rule])
    assert loop.actions_in_words(todo)[["action", "role"]].iloc[0].tolist() == ["call the carrier", "E07"]
    assert "call the carrier" in repr(loop.summary(evaluation.management_summary(asked, actions=todo)))
    task = evaluation.Task(7, "celebrate", 1, "everybody")
    plan = loop.plan_in_words(evaluation.implementation_plan("2025-01-06", [task]))
    assert plan[["step", "task", "role"]].iloc[0].tolist() == ["7", "celebrate", "everybody"]
    log = {"action": ["call the carrier"], "owner": ["E07"], "opened": ["2025-01-01"], "due": ["2025-01-09"]}
    shown = loop.log_in_words(evaluation.action_log(pd.DataFrame(log), "2025-01-05"))
    assert shown[["action", "role"]].iloc[0].tolist() == ["call the carrier", "E07"]


def test_every_note_of_the_scorecard_is_worded():
    notes = ["table_needed:spend", "column_needed:survey.sentiment", "no_data", "no_customers", "too_few", "partial"]
    notes += ["sampled", "short_history", "scale_doubt", "half_open", "not_fitted", "refused:lifecycle_nobody_repeats"]
    notes += ["no_interval", "part_cost"]
    for language in ("en", "zh"):
        use(language)
        assert all(evaluation_tables.note_in_words(note) for note in notes)
    assert evaluation_tables.note_in_words("") == ""


def test_a_change_is_drawn_in_halves_of_its_interval():
    bars = draw.changes(card(), "2024H2")
    # .05 within .025 to .075: half of it is .025, so 2; 4 within -16 to 24: half is 20, so .2
    assert list(bars.data[0].x) == pytest.approx([2.0, 0.2])
    assert "0 better, 1 worse, of 2" in bars.layout.title.text
    assert list(bars.data[0].text) == ["10%", "104"]


def test_a_first_period_says_that_nothing_can_be_compared():
    assert "nothing can be compared" in draw.changes(card(), "2024H1").layout.title.text


def test_sparklines_leave_out_what_has_no_value():
    both = card()
    both.loc[both["indicator"] == "customer_value", "value"] = np.nan
    lines = draw.sparklines(both)
    assert len(lines.data) == 1 and list(lines.data[0].y) == [0.05, 0.10]
    assert lines.layout.title.text.startswith("1 figures over 2 periods")


def test_a_period_that_is_not_over_is_neither_judged_nor_drawn_as_the_last():
    both = card().assign(partial=lambda rows: rows["period"] == "2024H2")
    both.loc[both["partial"], "verdict"] = "unknown"
    assert "the period is not over" in draw.changes(both, "2024H2").layout.title.text
    assert list(draw.sparklines(both).data[0].y) == [0.05]


def test_groups_have_their_names_in_both_languages():
    for language, names in (
        ("en", ["all", "new", "without a tier", "tier B"]),
        ("zh", ["全部", "新", "未分级", "B 级"]),
    ):
        use(language)
        for tier, words in zip(("all", "new", "none", "B"), names, strict=True):
            assert words in draw.group_name(tier)


@pytest.mark.parametrize(
    ("period", "english", "chinese"),
    [
        ("2024H1", "the first half of 2024", "2024 年上半年"),
        ("2024H2", "the second half of 2024", "2024 年下半年"),
        ("2024Q3", "quarter 3 of 2024", "2024 年第 3 季度"),
        ("2024-05", "2024-05", "2024 年 5 月"),
        ("2024", "2024", "2024 年"),
    ],
)
def test_periods_are_named_as_a_manager_says_them(period, english, chinese):
    assert loop.period_name(period) == english
    use("zh")
    assert loop.period_name(period) == chinese


def test_effects_name_the_interval_and_the_truth():
    made = draw.effects({"before_after": Estimate(9, 5, 13, 40), "did": Estimate(6, 2, 10, 80)}, truth=7.0)
    assert "effect is 6, between 2 and 10" in made.layout.title.text
    assert list(made.data[0].x) == [9, 6] and list(made.data[0].error_x.array) == [4, 4]


def test_trends_and_chance_draw_a_simulated_programme():
    table = evaluation.simulate(60, effect=30, seed=2)
    found = evaluation.parallel_trends(table)
    lines = draw.trends(found, "CNY")
    inside = table[(table["group"] == "treated") & (table["month"] == 3)]["net"].mean()
    assert lines.data[0].y[list(lines.data[0].x).index(3)] == pytest.approx(inside)
    columns = [table[name] for name in ("net", "group", "period", "customer_id")]
    assert sum(draw.chance(evaluation.permutation_test(*columns, draws=200)).data[0].y) == 200


def test_trends_say_that_groups_stood_on_different_levels():
    months = evaluation.simulate(300, effect=0.0, months=6, seed=2)
    apart = months.assign(net=months["net"] + 80 * (months["group"] == "treated"))
    assert "ran in parallel, though" in draw.trends(evaluation.parallel_trends(apart), "CNY").layout.title.text
    assert "though" not in draw.trends(evaluation.parallel_trends(months), "CNY").layout.title.text


def test_tornado_starts_at_the_base_and_ends_at_both_values():
    assumed = evaluation.Assumptions(200, 1000, 0.1, 0.5, 20, 5000)
    base = evaluation.programme_return(assumed).npv
    table = evaluation.tornado(assumed, {"uplift": (0.02, 0.15), "margin": (0.4, 0.6)})
    made = draw.tornado(table, base)
    ends = np.array(made.data[0].x) + base
    assert ends == pytest.approx(table["npv_low"].to_numpy())
    assert list(made.data[0].y) == ["uplift", "margin"]


def test_tier_curves_take_last_years_money_of_keeping_and_serving():
    spend = pd.DataFrame(
        {
            "month": pd.to_datetime(["2024-12-01", "2024-11-01", "2023-12-01", "2024-12-01", "2024-12-01"]),
            "purpose": ["retention", "service", "retention", "acquisition", "service"],
            "tier": ["A", "A", "A", "A", "B"],
            "amount": [60.0, 40.0, 999.0, 999.0, 50.0],
        }
    )
    book = SimpleNamespace(spend=spend, as_of=pd.Timestamp("2024-12-31"))
    curves = evaluation.tier_curves(book, {"A": 3.0, "B": 2.0})
    assert curves["spend"].to_dict() == {"A": 100.0, "B": 50.0}
    assert curves["ceiling"].to_dict() == {"A": 600.0, "B": 200.0}
    # half of the ceiling is brought by today's money: scale = spend / ln 2
    assert curves["scale"].tolist() == pytest.approx([100 / np.log(2), 50 / np.log(2)])
    made = draw.budgets(evaluation.budget(curves, 150.0))
    assert list(made.data[0].y) == [100.0, 50.0] and sum(made.data[1].y) == pytest.approx(150)


def test_tier_curves_refuse_spend_without_the_tiers():
    spend = pd.DataFrame(
        {"month": [pd.Timestamp("2024-12-01")], "purpose": ["service"], "tier": ["Z"], "amount": [5.0]}
    )
    book = SimpleNamespace(spend=spend, as_of=pd.Timestamp("2024-12-31"))
    with pytest.raises(DataError):
        evaluation.tier_curves(book, {"A": 3.0})


def test_funnel_shows_each_owner_with_enough_customers():
    again = pd.Series([1.0] * 15 + [0] * 5 + [1] * 10 + [0] * 10 + [1] * 3)
    owner = pd.Series(["E1"] * 20 + ["E2"] * 20 + ["E3"] * 3)
    made = draw.funnel_plot(evaluation.compare_groups(again, owner))
    assert sorted(made.data[-1].text) == ["E1", "E2"]


def test_the_choice_names_winner_and_distance():
    options = pd.DataFrame({"quality": [5, 3], "cost": [5, 1]}, index=["S1", "S2"])
    made = draw.choice(evaluation.decide(options, {"quality": 3, "cost": 1}, ["cost"], scale=(1, 5)))
    # S1: .75 x 1 + .25 x 0 = .75; S2: .75 x .5 + .25 x 1 = .625
    assert made.layout.title.text.startswith("S1 wins with 75%; S2 is 12.5 points behind")


def test_two_systems_with_the_same_score_are_level():
    options = pd.DataFrame({"quality": [5, 1], "cost": [5, 1]}, index=["S1", "S2"])
    found = evaluation.decide(options, {"quality": 1, "cost": 1}, ["cost"], scale=(1, 5))
    assert draw.choice(found).layout.title.text.startswith("S1 and S2 are level with 50%")


def test_the_summary_says_in_both_languages_what_the_figures_say():
    said = evaluation.management_summary(
        card(),
        Estimate(34.3, 18.3, 50.4, 480),
        evaluation.roi(60, 100, 0.1, 2),
        evaluation.next_actions(card(), "2024-12-31"),
    )
    english = repr(loop.summary(said, "CNY"))
    assert "Churn rate from 5.0% to 10%" in english
    assert (
        "34.3 CNY a customer and month more than without it (between 18.3 CNY and 50.4 CNY; 480 customers)" in english
    )
    assert "return 20%, net present value 4.13 CNY on costs of 100 CNY; paid back after 1.67 years" in english
    assert "Next: Call customers who have gone silent (sales, by 2025-01-14). Reason: Churn rate" in english
    use("zh")
    chinese = repr(loop.summary(said, "CNY"))
    assert "流失率：5.0% → 10%" in chinese and "4.13 CNY" in chinese and "2025-01-14" in chinese
    assert len(chinese.split("\n")) == len(english.split("\n"))


@pytest.mark.parametrize(("low", "high", "words"), [(-1, 5, "not proven"), (-9, -1, "does harm")])
def test_the_summary_does_not_praise_a_programme_that_did_nothing(low, high, words):
    said = evaluation.management_summary(card(), Estimate((low + high) / 2, low, high, 100))
    assert words in repr(loop.summary(said))


def test_the_log_words_state_and_effect():
    day = pd.Timestamp("2025-01-10")
    log = pd.DataFrame({"action": ["call_detractors"], "owner": ["service"], "opened": [day], "due": [day]})
    worded = loop.log_in_words(evaluation.action_log(log, "2025-01-20"))
    assert worded.loc[0, "status"] == "overdue" and worded.loc[0, "worked"] == "–"
