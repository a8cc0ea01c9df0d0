"""What each chapter tells the manager: from results made by hand, and nothing from what is not there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pandas as pd
import pytest
from crmbook import Book, DataError, tiering
from crmbook.data import schemes
from crmbook.locale import entries, use
from crmbook.shared.estimate import Estimate, two_proportions

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(file.parent.name for file in (ROOT / "lib" / "crmbook").glob("*/manager.py"))
AS_OF = pd.Timestamp("2024-12-31")


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def manager(chapter: str):
    return importlib.import_module(f"crmbook.{chapter}.manager")


def orders(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    return frame.assign(order_id=[f"O{number}" for number in range(len(frame))])


BOOK = Book(
    as_of=AS_OF, orders=orders(("a", "2024-12-01", 10.0)), survey=pd.DataFrame({"overall": [5]}), currency="CNY"
)


def told(chapter: str, **results):
    found = manager(chapter).findings(BOOK, **results)
    return {finding.said: finding for finding in found.findings}, {action.listed: action for action in found.actions}


def test_every_lesson_has_what_its_manager_is_told():
    lessons = {re.sub(r"^\d+[a-z]?_", "", file.stem) for file in (ROOT / "lessons").glob("[0-9]*.py")}
    lessons = {lesson for lesson in lessons if "_" not in lesson} - {"start"}  # cases, and the opening lesson
    assert lessons == set(CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_where_every_cell_is_closed_nothing_is_told(chapter):
    found = manager(chapter).findings(BOOK)
    assert found.findings == () and found.actions == ()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_without_its_data_a_chapter_refuses(chapter):
    with pytest.raises(DataError):
        manager(chapter).findings(Book(as_of=AS_OF))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_finding_points_to_a_section_of_the_lesson(chapter):
    [lesson] = (ROOT / "lessons").glob(f"*_{chapter}.py")
    there = set(re.findall(r"^# ## (\d+) · ", lesson.read_text(encoding="utf-8"), re.M))
    source = (ROOT / "lib" / "crmbook" / chapter / "manager.py").read_text(encoding="utf-8")
    used = {number for number in re.findall(r"Finding\((?:.|\n)*?, (\d+),", source)}
    assert used and used <= there


def test_tiering_says_on_how_few_customers_revenue_rests_and_who_slips_away():
    revenue = pd.Series({"a": 60.0, "b": 20.0, "c": 15.0, "d": 5.0})
    customers = pd.DataFrame({"monetary": revenue, "tenure": [730, 365, 100, 365]})
    scored = pd.DataFrame({"segment": ["loyal", "cant_lose", "at_risk", "new"]}, index=revenue.index)
    said, todo = told("tiering", customers=customers, scored=scored, unequal=tiering.inequality(revenue))
    half = said["Half of the revenue comes from 1 of 4 customers (25%)."]
    assert half.money == 60 and half.size == 0.6
    slipping = said["2 customers who used to buy often have stopped coming; 35% of all revenue was theirs."]
    assert slipping.money == 35 and slipping.section == 4
    assert todo["slipping-away"].customers == 2
    assert todo["slipping-away"].money == 35  # both are known for a year or less
    assert todo["slipping-away"].by == pd.Timestamp("2025-01-14")


def test_tiering_lists_those_whose_tier_fell_with_the_tier_of_then():
    plan = schemes.read("abc")
    before = pd.Series({"a": "A", "b": "A", "c": "C", "d": "B"})
    listed = pd.DataFrame({"tier": ["A", "C", "B", "C"], "monetary": [4, 3, 2, 1]}, index=list("abcd"))
    fell = tiering.manager.fallen(listed, before, plan)
    assert fell["tier_before"].to_dict() == {"b": "A", "d": "B"}


def bridge() -> pd.DataFrame:
    months = pd.date_range("2023-12-31", periods=13, freq="ME")
    rows = pd.DataFrame({"opening": 100, "new": 3, "returned": 1, "lost": 2, "closing": 100}, index=months)
    rows.loc[months[0], "opening"] = 0
    rows.loc[months[-1], "closing"] = 124
    return rows


def test_the_lifecycle_says_who_came_and_went_in_twelve_months():
    said, _ = told("lifecycle", bridge=bridge())
    finding = said["124 customers are active or loyal, +24% in twelve months."]
    assert finding.beside == "36 came, 12 returned, 24 were lost" and finding.size == pytest.approx(0.24)


def test_a_month_in_which_everybody_is_new_is_no_year():
    assert told("lifecycle", bridge=bridge().iloc[:12])[0] == {}


def test_churn_is_told_as_open_where_its_change_may_be_chance():
    months = pd.date_range("2023-01-31", periods=24, freq="ME")
    same = pd.DataFrame({"opening": 100, "lost": 5}, index=months)
    [open_finding] = told("lifecycle", rates=same)[0].values()
    assert not open_finding.certain and "not moved beyond chance" in open_finding.said
    worse = same.assign(lost=[5] * 12 + [15] * 12)
    [finding] = told("lifecycle", rates=worse)[0].values()
    assert finding.certain
    assert finding.said == "More customers leave: 15% in an average month of the last year, 5.0% in the year before."


class Campaign:
    def __init__(self, *counts: int) -> None:
        self.returned = two_proportions(*counts)


def test_a_campaign_works_only_against_those_left_alone():
    said, _ = told("lifecycle", tried=Campaign(60, 200, 20, 200))
    assert "The win-back works: 30% came back, 10% of those left alone; 20 points more." in said
    [finding] = told("lifecycle", tried=Campaign(22, 200, 20, 200))[0].values()
    assert not finding.certain and finding.said.startswith("Whether the win-back works is open")


def test_lost_customers_are_called_only_where_a_campaign_has_shown_that_it_pays():
    plan = pd.DataFrame({"call": [True, True, False], "expected_return": [50.0, 80.0, 80.0]})
    assert told("lifecycle", plan=plan)[1] == {}
    action = told("lifecycle", plan=plan, tried=Campaign(60, 200, 20, 200))[1]["win-back-calls"]
    assert (action.customers, action.money) == (2, 80)


def test_satisfaction_says_what_to_fix_first_and_how_sure_it_is():
    priorities = pd.DataFrame({"gap": [0.1]}, index=pd.Index(["price"], name="item"))
    behind = pd.DataFrame({"customers": [40], "share": [0.4], "revenue": [900.0]}, index=priorities.index)
    weights = pd.DataFrame({"share": [0.5], "low": [0.02]}, index=priorities.index)
    said, todo = told("satisfaction", survey=BOOK.survey, priorities=priorities, behind=behind, weights=weights)
    finding = said['Most is to be gained from "Price": 40 customers (40%) are not satisfied with it.']
    assert finding.certain and finding.money == 900 and todo[""].who == "management"
    shaky = weights.assign(low=-0.01)
    said, _ = told("satisfaction", survey=BOOK.survey, priorities=priorities, behind=behind, weights=shaky)
    assert not next(iter(said.values())).certain


def test_only_clear_needs_are_told_as_must_be():
    needs = pd.DataFrame(
        {"category": ["M", "M", "A"], "mixed": [False, True, False], "worse": [-0.7, -0.9, -0.1], "n": 100},
        index=["free_returns", "safe_payment", "gift_wrap"],
    )
    [finding] = told("satisfaction", survey=BOOK.survey, needs=needs)[0].values()
    assert finding.said == "Must be there, or customers leave: free returns."
    assert finding.beside == "70% of 100 would miss it"


def test_value_says_what_moved_revenue_and_who_goes_down():
    steps = pd.DataFrame({"revenue": [1000.0, -100.0, 350.0, 1250.0]}, index=["opening", "lost", "new", "closing"])
    falling = pd.DataFrame({"last": [10.0, 20.0], "year_ago": [100.0, 130.0]}, index=["a", "b"])
    trend = pd.DataFrame({"year_ago": [100.0, 130.0, 570.0]})
    said, todo = told("value", steps=steps, falling=falling, trend=trend)
    assert "Revenue of the last year was 1,250 CNY, +25% on the year before." in said
    down = said["2 customers are going down: 30 CNY last quarter, 230 CNY in the same one a year before."]
    assert down.money == 200 and down.size == 0.25 and todo["sales-falling"].customers == 2


def test_the_samples_contracts_are_no_finding_about_a_shop():
    due = pd.DataFrame({"at_risk": [70.0], "monthly_fee": [100.0]}, index=["K1"])
    assert told("value", due=due)[0] == {}
    said, todo = told("value", due=due, data="mine")
    assert "Contracts of 1,200 CNY a year come up for renewal within 90 days: 1 of them." in said
    assert todo["renewals-due"].money == 70


def test_a_pair_counts_only_beyond_chance_and_often_enough():
    rows = [("tea", "cup", 40, 0.5, 3.0, 0.001), ("ink", "pen", 90, 0.9, 2.0, 0.3), ("jam", "bun", 12, 0.8, 9.0, 0.001)]
    together = pd.DataFrame(rows, columns=["antecedent", "consequent", "baskets", "confidence", "lift", "q"])
    said, _ = told("offers", together=together)
    assert list(said) == ["Who takes tea also takes cup in 50% of the orders."]


def test_offers_are_tried_first_where_popular_products_do_as_well():
    columns = ["hit_rate", "low", "high"]
    held = pd.DataFrame([[0.30, 0.25, 0.35], [0.33, 0.28, 0.38]], index=["popularity", "cosine"], columns=columns)
    offered = pd.DataFrame({"customer_id": ["a", "a", "b"]})
    said, todo = told("offers", held=held, offered=offered)
    assert not next(iter(said.values())).certain
    assert todo["next-offers"].customers == 2 and todo["next-offers"].said.startswith("Try the next offers")


def test_a_place_is_named_only_where_its_complaints_are_more_than_chance():
    columns = ["complaints", "rate", "low", "high", "share"]
    rows = [[42, 47.0, 34.0, 64.0, 0.4], [50, 31.0, 24.0, 40.0, 0.5], [9, 90.0, 60.0, 120.0, 0.1]]
    places = pd.DataFrame(rows, index=["P08", "P01", "unknown"], columns=columns)
    rates = {"complaint_rate": Estimate(30.0, 27.0, 32.0, 9000)}
    said, todo = told("complaints", places=places, rates=rates)
    assert list(said) == ["P08 brings 47 complaints in 1,000 orders, more than chance (42 so far)."]
    assert "complaints-by-place" in todo


def test_evaluation_tells_only_changes_beyond_chance():
    row = {"period": "2024H2", "tier": "all", "unit": "share", "low": 0.1, "high": 0.3, "note": "", "n": 500}
    row |= {"change_low": 0.0, "change_high": 0.1, "partial": False}
    card = pd.DataFrame(
        [
            row | {"indicator": "churn_rate", "value": 0.2, "previous": 0.1, "change": 0.1, "verdict": "worse"},
            row | {"indicator": "repurchase_rate", "value": 0.8, "previous": 0.7, "change": 0.1, "verdict": "unclear"},
        ]
    )
    [finding] = told("evaluation", card=card)[0].values()
    assert finding.said == "Churn rate got worse: 20%, 10% in the period before." and finding.size == 1


def test_what_managers_are_told_has_no_loose_ends():
    """Every sentence of findings and actions ends as a sentence does, in both languages."""
    for key, texts in entries():
        if key.partition(".")[0] in CHAPTERS and re.search(
            r"\.(finding|do)_(?!.*beside|points|stability|by_chance|channel_loses|channel_pays|npv)", key
        ):
            assert texts["en"].endswith(".") and texts["zh"].endswith("。"), key
