"""What a manager is told first: the certain before the open, the larger first; key figures of whole months only."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from crmbook.shared.told import Action, Finding, key_figures, share_of, told, within

AS_OF = pd.Timestamp("2024-12-31")


def said(found) -> str:
    return "".join(finding.said for finding in found.findings)


def test_the_certain_go_first_and_the_larger_before_the_smaller():
    found = told([Finding("a", 1, 0.9, certain=False), Finding("b", 1, 0.1), None, Finding("c", 1, 0.3)])
    assert said(found) == "cba" and found.is_certain


def test_what_may_be_chance_is_told_only_while_there_is_little_else():
    certain = [Finding(letter, 1, 0.1) for letter in "abc"]
    assert said(told([*certain, Finding("x", 1, 0.9, certain=False)])) == "abc"
    unsure = [Finding(letter, 1, 0.5, certain=False) for letter in "wxyz"]
    assert said(told(unsure)) == "wxy" and not told(unsure).is_certain


def test_at_most_five_are_told():
    assert len(told([Finding(str(n), 1, n / 10) for n in range(9)]).findings) == 5


def test_an_action_about_nobody_is_no_action():
    actions = [Action("call", "sales", AS_OF, 0, "list"), Action("decide", "management", AS_OF), None]
    assert [action.said for action in told([], actions).actions] == ["decide"]


@pytest.mark.parametrize(
    ("days", "day"),
    [(0, "2024-12-31"), (4, "2025-01-03"), (5, "2025-01-03"), (6, "2025-01-06")],  # the 4th and 5th are a weekend
)
def test_what_falls_on_a_weekend_is_due_on_the_friday_before(days, day):
    assert within(AS_OF, days) == pd.Timestamp(day)


def lines(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    return frame.assign(order_id=[f"O{number}" for number in range(len(frame))])


YEAR = [("z", f"2023-12-{day:02}", 1.0) for day in range(1, 32)]  # December 2023: 31 orders of one customer


def test_key_figures_stand_beside_the_month_before_and_last_year():
    book = lines(
        *YEAR,
        ("a", "2024-11-05", 40.0), ("b", "2024-11-30", 60.0),
        ("a", "2024-12-01", 100.0), ("a", "2024-12-31", 30.0), ("b", "2024-12-15", -10.0),
    )  # fmt: skip
    found = key_figures(book, AS_OF)
    assert found.attrs["month"] == pd.Timestamp("2024-12-01")
    # a return takes money away and is neither an order nor a customer who bought
    assert found["value"].to_dict() == {"revenue": 120, "customers": 1, "orders": 2, "mean_order": 65}
    assert found["previous"].to_dict() == {"revenue": 100, "customers": 2, "orders": 2, "mean_order": 50}
    assert found["year_ago"].to_dict() == {"revenue": 31, "customers": 1, "orders": 31, "mean_order": 1}


def test_a_month_that_is_not_over_is_not_judged():
    book = lines(("a", "2024-10-01", 1.0), ("a", "2024-11-10", 7.0), ("a", "2024-12-20", 99.0))
    found = key_figures(book, pd.Timestamp("2024-12-20"))
    assert found.attrs["month"] == pd.Timestamp("2024-11-01") and found.loc["revenue", "value"] == 7
    assert found.loc["revenue", "previous"] == 1 and math.isnan(found.loc["revenue", "year_ago"])


def test_a_few_days_hold_no_key_figure():
    assert key_figures(lines(("a", "2024-12-10", 1.0), ("a", "2024-12-20", 2.0)), pd.Timestamp("2024-12-20")).empty


def test_a_share_of_nothing_is_none():
    assert (share_of(1, 0), share_of(5, 2), share_of(1, 4)) == (0, 1, 0.25)
