"""Tables of evaluation: what a reader reads, worked out by hand, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import evaluation
from crmbook.evaluation import tables
from crmbook.figures.table import show
from crmbook.locale import use
from crmbook.value.economics import KeepOrAcquire

NAN = float("nan")


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


def card() -> pd.DataFrame:
    """Churn of 10 % after 5 % in total, of 20 % in tier A; spend is missing; tier B has nothing."""
    rows = [
        ("churn_rate", "all", 0.10, 0.05, 0.05, 0.08, 0.12, "share", 900, "", "worse"),
        ("churn_rate", "A", 0.20, 0.21, -0.01, 0.18, 0.22, "share", 400, "", "unclear"),
        ("churn_rate", "B", NAN, NAN, NAN, NAN, NAN, "share", 0, "no_data", "unknown"),
        ("resolution_time", "all", 42.4, 40.0, 2.4, 38.0, 47.0, "hours", 90, "partial", "unknown"),
        ("acquisition_cost", "all", NAN, NAN, NAN, NAN, NAN, "currency", 0, "table_needed:spend", "unknown"),
    ]
    columns = ["indicator", "tier", "value", "previous", "change", "low", "high", "unit", "n", "note", "verdict"]
    return pd.DataFrame(rows, columns=columns).assign(period="2024H2")


def test_card_shows_change_and_interval_in_the_unit_of_each_figure():
    table = tables.card_in_words(card(), "2024H2", currency="CNY")
    churn, time, cost = (
        table.loc[name] for name in ("Churn rate", "Resolution time, median", "Acquisition cost (CAC)")
    )
    assert (churn["value"], churn["interval"], churn["change"]) == ("10%", "8.0% – 12%", "+5.0 points")
    assert (time["value"], time["interval"], time["change"]) == ("42.4 hours", "38 – 47", "+2.4")
    assert (cost["value"], cost["interval"], cost["change"]) == ("–", "–", "–")
    assert churn["verdict"] == "worse"
    assert cost["verdict"] == "cannot be said: needs spend (Money spent on customers)"


def test_first_period_says_that_there_is_nothing_to_compare_with():
    first = card().assign(verdict="unknown", note="")
    assert set(tables.card_in_words(first, "2024H2")["verdict"]) == {"nothing before to compare with"}


def test_card_by_tier_marks_what_is_more_than_chance():
    table = tables.card_by_tier(card(), "2024H2", "CNY")
    assert table.columns.tolist() == ["all customers", "tier A", "tier B"]
    assert table.loc["Churn rate"].tolist() == ["10% ▼", "20%", "–"]
    html = show(table).to_html()
    assert "Indicator" in html and "tier A" in html


def test_data_of_an_indicator_are_listed_by_table():
    needs = tables.definitions().set_index("indicator")["data_needed"]
    assert needs["Up-sell"] == "orders (Order lines): Category, Product, Quantity"
    assert needs["Retention cost of the period"] == "orders (Order lines); spend (Money spent on customers)"


def test_balance_stands_side_by_side_for_all_and_for_the_pairs():
    ids = list("abcdefgh")
    group = pd.Series(["treated"] * 3 + ["control"] * 5, ids)
    spend = pd.DataFrame({"spend_before": [10.0, 20, 30, 10, 20, 30, 90, 90]}, ids)
    found = evaluation.matched_comparison(pd.Series([5.0, 6, 7, 1, 1, 1, 1, 1], ids), group, spend)
    table = tables.match_balance(found)
    assert table["compared_set"].tolist() == ["all_before", "pairs_after"]
    assert table["treated"].tolist() == [20.0, 20.0] and table["control"].tolist() == [48.0, 20.0]
    assert table["apart"].tolist() == [True, False]


ASSUMED = evaluation.Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)


def test_assumptions_stand_beside_their_break_even():
    table = tables.assumptions(ASSUMED, "CNY")
    # break-even of the uplift: the doctest of break_even has 0.0601
    assert table.loc["Uplift"].tolist() == ["10%", "6.0%"]
    assert table.loc["Discount rate"].tolist() == ["10%", "–"]
    assert table.loc["Fixed cost", "in_use"] == "5,000 CNY"
    # no margin above 1 is there, even if it would take more
    assert tables.assumptions(evaluation.Assumptions(10, 1000, 0.01, 0.5, 1, 5000)).loc["Margin", "break_even"] == "–"
    # a loss on each customer: no number of them makes up for it
    lossy = tables.assumptions(evaluation.Assumptions(200, 1000, 0.01, 0.5, 20, 5000))
    assert lossy.loc["Customers", "break_even"] == "–"


def test_scenarios_show_what_differs_and_what_comes_of_it():
    found = evaluation.scenarios(ASSUMED, {"careful": {"uplift": 0.05}})
    table = tables.scenarios(found, "CNY")
    assert table.columns.tolist() == ["as assumed", "careful"]
    assert table.index.tolist() == ["Uplift", "Return on investment", "Net present value", "Payback (years)"]
    assert table.loc["Uplift"].tolist() == ["10%", "5.0%"]
    # gain 200 x 1000 x .05 x .5 x 3 = 15,000; cost 200 x 20 x 3 + 5,000 = 17,000
    assert table.loc["Return on investment", "careful"] == "-12%"


def test_owners_without_enough_customers_get_no_estimate():
    outcome = pd.Series([1.0] * 12 + [0.0] * 8 + [1.0] * 10 + [0.0] * 10 + [1.0] * 3)
    owner = pd.Series(["E1"] * 20 + ["E2"] * 20 + ["E3"] * 3)
    table = tables.groups(evaluation.compare_groups(outcome, owner), "owner")
    assert table.loc["E1", "observed"] == "60.0%"
    assert table.loc["E3", ["shrunken", "interval", "position"]].tolist() == ["–", "–", "too few customers"]


def test_firmness_names_who_wins_outside():
    options = pd.DataFrame({"quality": [1.0, 0.0], "cost": [0.0, 1.0]}, index=["one", "other"])
    table = tables.firmness(evaluation.decide(options, {"quality": 0.7, "cost": 0.3}, scale=(0, 1)))
    assert table.loc["Quality"].tolist() == ["70%", "50%", "100%", "other", "–"]


def test_budget_and_keeping_have_their_words_in_both_languages():
    curves = pd.DataFrame({"ceiling": [900.0, 300], "scale": [100.0, 100], "spend": [100.0, 100]}, index=["A", "C"])
    for language, everybody, ratio in (
        ("en", "all customers", "winning is so many times as dear"),
        ("zh", "全部客户", "获客是留客的几倍"),
    ):
        use(language)
        table = tables.budget(evaluation.budget(curves, 200))
        assert table.index.tolist() == ["A", "C", everybody]
        assert tables.keep_or_acquire(KeepOrAcquire(60, 40, 1.5)).index[-1] == ratio


def test_suppliers_have_class_and_weakest_point_in_words():
    metrics = pd.DataFrame({"quality": [0.99, 0.95], "price": [10.0, 12]}, index=["F1", "F2"])
    table = tables.suppliers(evaluation.supplier_score(metrics, {"quality": 1, "price": 1}, ["price"]))
    assert table.loc["F2", ["class", "weakest"]].tolist() == ["to improve", "quality"]
