"""Plan, log, next actions and summary: dates by the calendar, evidence from the scorecard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation
from crmbook.data.faults import DataError
from crmbook.evaluation import tables as loop
from crmbook.locale import use
from crmbook.shared.estimate import Estimate

DAY = pd.Timestamp("2024-12-31")


def line(indicator: str, **changes) -> dict:
    row = {"indicator": indicator, "period": "2024-12", "tier": "all", "value": 0.5, "previous": 0.5, "change": 0.0}
    row |= {"low": 0.4, "high": 0.6, "change_low": -0.1, "change_high": 0.1, "unit": "share", "n": 100, "note": ""}
    return row | {"verdict": "unclear"} | changes


def card(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows)


def refusal(work) -> str:
    with pytest.raises(DataError) as error:
        work()
    assert str(error.value)
    return error.value.code


# Plan -------------------------------------------------------------------------------------------------------------


def test_plan_has_the_courses_six_steps_one_after_the_other():
    plan = evaluation.implementation_plan("2025-01-06")
    assert plan["step"].unique().tolist() == [1, 2, 3, 4, 5, 6]
    steps = plan.groupby("step").agg(start=("start", "min"), due=("due", "max"))
    assert (steps["start"].iloc[1:].to_numpy() > steps["due"].iloc[:-1].to_numpy()).all()
    assert (plan["start"].dt.day_of_week < 5).all() and (plan["due"].dt.day_of_week < 5).all()


def test_plan_dates_by_hand():
    plan = evaluation.implementation_plan("2025-01-04")  # a Saturday
    assert plan.loc[0, "start"] == pd.Timestamp("2025-01-06")
    assert plan.loc[0, "due"] == pd.Timestamp("2025-01-10")  # five working days
    assert plan.loc[1, "due"] == pd.Timestamp("2025-01-17")  # ten
    assert plan.loc[plan["step"] == 2, "start"].unique() == pd.Timestamp("2025-01-20")
    paused = evaluation.implementation_plan("2025-01-06", pause=5)
    assert paused.loc[paused["step"] == 2, "start"].iloc[0] == pd.Timestamp("2025-01-27")


def test_plan_of_ones_own():
    plan = evaluation.implementation_plan("2025-01-06", [evaluation.Task(1, "talk", 1, "sales")])
    assert plan[["task", "start", "due"]].to_numpy().tolist() == [["talk", *[pd.Timestamp("2025-01-06")] * 2]]


def test_plans_that_cannot_be_dated_are_refused():
    task = evaluation.Task
    assert refusal(lambda: evaluation.implementation_plan("soon")) == "evaluation_start"
    assert refusal(lambda: evaluation.implementation_plan(None)) == "evaluation_start"
    assert refusal(lambda: evaluation.implementation_plan("2025-01-06", [])) == "evaluation_plan"
    assert refusal(lambda: evaluation.implementation_plan("2025-01-06", [task(1, "x", 0, "y")])) == "evaluation_plan"
    backwards = [task(2, "x", 1, "y"), task(1, "x", 1, "y")]
    assert refusal(lambda: evaluation.implementation_plan("2025-01-06", backwards)) == "evaluation_plan"


# Log --------------------------------------------------------------------------------------------------------------


def log() -> pd.DataFrame:
    dates = pd.to_datetime
    return pd.DataFrame(
        {
            "action": ["a", "b", "c", "d", "e"],
            "owner": "E01",
            "opened": dates(["2024-11-01"] * 5),
            "due": dates(["2024-12-10", "2025-01-10", "2024-12-01", "2024-12-01", "2024-12-01"]),
            "done": dates([None, None, "2024-11-20", "2024-12-05", "2025-01-02"]),
            "before": [np.nan, np.nan, 0.10, np.nan, 0.2],
            "after": [np.nan, np.nan, 0.07, np.nan, 0.1],
            "better": "lower",
        }
    )


def test_state_of_each_action():
    table = evaluation.action_log(log(), DAY).set_index("action")
    assert table["status"].to_dict() == {
        "a": "overdue", "b": "open", "c": "checked", "d": "done_late", "e": "overdue"
    }  # fmt: skip  # e was done after the day: it is open still
    assert table.index[:3].tolist() == ["e", "a", "b"]  # the longest overdue first
    assert table.loc["a", "days_left"] == -21 and table.loc["b", "days_left"] == 10
    assert table.loc["c", "effect"] == pytest.approx(-0.03) and bool(table.loc["c", "worked"])
    assert pd.isna(table.loc["e", "effect"]) and pd.isna(table.loc["d", "worked"])


def test_log_needs_no_more_than_what_who_and_when():
    table = evaluation.action_log(log()[["action", "owner", "opened", "due"]], DAY)
    assert set(table["status"]) == {"overdue", "open"}
    assert table["worked"].isna().all()


def test_dates_of_the_log_may_be_text_as_in_a_file():
    log = {"action": ["a", "b"], "owner": "x", "opened": "2025-01-01", "due": "2025-01-15", "done": ["2025-01-20", ""]}
    found = evaluation.action_log(pd.DataFrame(log), "2025-01-31").set_index("action")
    assert found["status"].to_dict() == {"a": "done_late", "b": "overdue"}
    assert found.loc["b", "days_left"] == -16
    assert evaluation.action_log(pd.DataFrame(log).iloc[:0], "2025-01-31").empty
    assert refusal(lambda: evaluation.action_log(pd.DataFrame(log | {"done": "soon"}), DAY)) == "evaluation_action"
    assert refusal(lambda: evaluation.action_log(pd.DataFrame(log | {"due": "soon"}), DAY)) == "evaluation_action"
    assert refusal(lambda: evaluation.action_log(pd.DataFrame(log), "soon")) == "load_as_of"


def test_unfinished_rows_of_the_log_are_refused():
    assert refusal(lambda: evaluation.action_log(log().assign(owner=None), DAY)) == "evaluation_action"
    early = log().assign(due=pd.Timestamp("2024-01-01"))
    assert refusal(lambda: evaluation.action_log(early, DAY)) == "evaluation_action"
    assert refusal(lambda: evaluation.action_log(log().drop(columns="due"), DAY)) == "column_needed"


# Next actions -----------------------------------------------------------------------------------------------------


def test_rules_name_indicators_that_there_are():
    assert {rule.indicator for rule in evaluation.RULES} <= set(evaluation.REGISTRY)


def test_change_for_the_worse_asks_for_an_action_with_its_evidence():
    found = evaluation.next_actions(
        card(line("churn_rate", verdict="worse", value=0.09, previous=0.05, low=0.08, high=0.10)), DAY
    )
    assert found["action"].tolist() == ["call_silent_customers"]
    evidence = found.iloc[0]
    assert (evidence["value"], evidence["previous"], evidence["n"]) == (0.09, 0.05, 100)
    assert evidence["due"] == pd.Timestamp("2025-01-14")


def test_limit_must_lie_outside_the_whole_interval():
    sure = line("handling_rate", value=0.6, low=0.5, high=0.7)
    unsure = line("handling_rate", value=0.7, low=0.6, high=0.85)
    assert evaluation.next_actions(card(sure), DAY)["action"].tolist() == ["clear_backlog"]
    assert evaluation.next_actions(card(unsure), DAY).empty


def test_missing_table_asks_for_it_to_be_kept():
    blank = {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0, "verdict": "unknown"}
    found = evaluation.next_actions(card(line("satisfaction", note="table_needed:survey", **blank)), DAY)
    assert found[["action", "note"]].to_numpy().tolist() == [["start_survey", "table_needed:survey"]]


def test_action_for_one_tier_names_the_tier():
    found = evaluation.next_actions(
        card(
            line("engagement"),
            line("engagement", tier="A", verdict="worse", n=20),
            line("engagement", tier="B", verdict="worse", n=50),
        ),
        DAY,
    )
    assert found[["action", "tier"]].to_numpy().tolist() == [["reactivate_customers", "B"]]


def test_an_action_stands_there_once_and_only_the_last_period_asks():
    worse = line("satisfaction", verdict="worse", value=0.4, low=0.3, high=0.5)
    found = evaluation.next_actions(card(worse, line("churn_rate", period="2024-11", verdict="worse")), DAY)
    assert found["action"].tolist() == ["fix_first_driver"]


def test_a_period_that_is_not_over_asks_for_nothing_while_the_one_before_does():
    over = line("satisfaction", period="2024-11", verdict="worse", partial=False)
    running = line("satisfaction", verdict="unknown", value=0.1, low=0.0, high=0.2, partial=True)
    found = evaluation.next_actions(card(over, running), DAY)
    assert found[["action", "period", "when"]].to_numpy().tolist() == [["fix_first_driver", "2024-11", "worse"]]


def test_rules_that_are_none_are_refused():
    rule = evaluation.ActionRule
    for wrong in (rule("churn_rate", "rises", "call", "sales", 3), rule("churn_rate", "above", "call", "sales", 3)):
        assert refusal(lambda wrong=wrong: evaluation.next_actions(card(line("churn_rate")), DAY, [wrong])) == (
            "evaluation_rule"
        )
    assert (
        refusal(lambda: evaluation.next_actions(card(line("churn_rate")).drop(columns="low"), DAY)) == "column_needed"
    )


# Summary ----------------------------------------------------------------------------------------------------------


def codes(statements) -> list[str]:
    return [one.code for one in statements]


def test_summary_says_what_changed_clearest_first():
    rows = [
        line("churn_rate", verdict="worse", change=0.02, change_low=0.01, change_high=0.03),  # 2 halves of its interval
        line("complaint_rate", verdict="worse", change=9.0, change_low=6.0, change_high=12.0),  # 3
        line("cross_sell", verdict="better", change=0.1, change_low=0.05, change_high=0.15),
        line("retention_cost", note="table_needed:spend", value=np.nan, previous=np.nan, verdict="unknown"),
    ]
    found = evaluation.management_summary(card(*rows))
    assert codes(found) == ["summary_period", "summary_better", "summary_worse", "summary_missing"]
    assert found[0].facts == {"period": "2024-12", "measured": 3, "indicators": 4}
    assert [change["indicator"] for change in found[2].facts["changes"]] == ["complaint_rate", "churn_rate"]
    assert found[3].facts == {"needs": ["spend"], "indicators": 1}


def test_summary_counts_a_missing_column_as_missing_data():
    unknown = {"value": np.nan, "previous": np.nan, "verdict": "unknown"}
    rows = [line("customer_margin", note="column_needed:orders.cost", **unknown)]
    rows += [line("retention_cost", note="table_needed:spend", **unknown), line("churn_rate")]
    said = evaluation.management_summary(card(*rows))
    facts = {one.code: one.facts for one in said}
    assert facts["summary_missing"] == {"needs": ["orders.cost", "spend"], "indicators": 2}
    assert facts["summary_period"]["measured"] + 2 == facts["summary_period"]["indicators"]
    use("en")
    assert any("missing (order" in sentence.lower() for sentence in loop.summary(said).sentences)


def test_summary_of_a_quiet_period_says_so():
    assert codes(evaluation.management_summary(card(line("churn_rate")))) == ["summary_period", "summary_steady"]
    alone = line("churn_rate", previous=np.nan, change=np.nan, verdict="unknown")
    assert codes(evaluation.management_summary(card(alone))) == ["summary_period"]


def test_summary_judges_the_last_period_that_is_over_and_says_so():
    rows = [line("churn_rate", period="2024-11", partial=False), line("churn_rate", verdict="unknown", partial=True)]
    found = evaluation.management_summary(card(*rows))
    assert codes(found) == ["summary_period", "summary_partial", "summary_steady"]
    assert [one.facts["period"] for one in found] == ["2024-11", "2024-12", "2024-11"]
    assert codes(evaluation.management_summary(card(rows[1]))) == ["summary_period", "summary_partial"]


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (Estimate(5, 1, 9, 100), "summary_effect"),
        (Estimate(5, -1, 11, 100), "summary_no_effect"),
        (Estimate(-5, -9, -1, 100), "summary_harm"),
    ],
)
def test_summary_claims_an_effect_only_beyond_chance(effect, code):
    assert codes(evaluation.management_summary(card(line("churn_rate")), effect))[-1] == code


def test_summary_ends_with_money_and_what_to_do():
    worse = card(line("churn_rate", verdict="worse", value=0.09, low=0.08, high=0.10))
    found = evaluation.management_summary(worse, None, evaluation.roi(150, 100), evaluation.next_actions(worse, DAY))
    assert codes(found)[-2:] == ["summary_pays", "summary_action"]
    assert found[-2].facts["npv"] == 50.0
    assert found[-1].facts["action"] == "call_silent_customers"
    assert codes(evaluation.management_summary(worse, None, evaluation.roi(50, 100)))[-1] == "summary_does_not_pay"


def test_summary_of_nothing_is_refused():
    assert refusal(lambda: evaluation.management_summary(card(line("churn_rate")).iloc[:0])) == "evaluation_no_card"
