"""Unhappy customers, recovery within matched groups, loyalty said and shown, and whom to call."""

from __future__ import annotations

import math
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import complaints
from crmbook.data.faults import DataError
from crmbook.shared.purchases import BuyingDays, day_number, purchases
from scipy import stats

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01")
AS_OF = "2024-12-31"


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


def orders(bought: list[tuple[str, int, float]]) -> pd.DataFrame:
    """Orders as (customer, day of the year from 0, amount)."""
    return pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(len(bought))],
            "customer_id": [who for who, _, _ in bought],
            "order_date": [START + day * DAY for _, day, _ in bought],
            "amount": [amount for _, _, amount in bought],
        }
    )


def complaint(who: str, day: int, closed_after: int | None = 2, **columns) -> dict:
    opened = START + day * DAY
    return {
        "customer_id": who,
        "opened_at": opened,
        "closed_at": pd.NaT if closed_after is None else opened + closed_after * DAY,
        **columns,
    }


# Orders and buying days


def test_lines_of_one_order_are_one_purchase_and_negative_ones_a_return():
    lines = orders([("C1", 0, 0.10), ("C1", 0, 0.20), ("C1", 0, -0.30), ("C2", 5, -9.0)])
    lines["order_id"] = ["A", "A", "A", "B"]
    found = purchases(lines, AS_OF)
    assert found["returned"].tolist() == [False, True]  # 0.10 + 0.20 − 0.30 is a purchase of zero


def test_buying_days_answer_who_bought_when():
    bought = BuyingDays(
        orders([("C1", 0, 5.0), ("C1", 0, 5.0), ("C1", 40, 5.0), ("C2", 10, 5.0), ("C2", 11, -5.0)]), AS_OF
    )
    who = bought.number(["C1", "C2", "C9"])
    day = day_number([START + 40 * DAY])[0]
    assert bought.upto(who, day).tolist() == [2, 1, 0]
    assert bought.upto(who, day - 1).tolist() == [1, 1, 0]
    assert bought.since(who, day).tolist()[:2] == [0, 30] and math.isnan(bought.since(who, day)[2])
    assert bought.count(who, day - 40, day).tolist() == [1, 1, 0]  # the day itself does not count after it


# Unhappy customers


def test_signs_are_joined_with_their_reasons():
    tickets = pd.DataFrame([complaint("C1", 360, kind="complaint"), complaint("C2", 360, kind="request")])
    back = orders([("C1", 361, -5.0), ("C3", 350, -5.0), ("C4", 350, 5.0)])
    survey = pd.DataFrame(
        {"customer_id": ["C5", "C6", "C6"], "date": START + np.array([355, 340, 350]) * DAY, "overall": [2, 1, 5]}
    )
    found = complaints.dissatisfied(tickets, back, survey, AS_OF)
    assert found["reason"].to_dict() == {"C1": "complaint+returned", "C3": "returned", "C5": "low_score"}
    assert found["signs"].to_dict() == {"C1": 2, "C3": 1, "C5": 1}
    assert found.loc["C1", "last_sign"] == START + 361 * DAY  # C6 is happy again: the last answer counts


def test_old_and_later_signs_do_not_count():
    tickets = pd.DataFrame([complaint("C1", 100), complaint("C2", 250), complaint("C3", 366)])
    found = complaints.dissatisfied(tickets, None, None, AS_OF, days=180)
    assert found.index.tolist() == ["C2"]


def test_missing_tables_leave_their_sign_out():
    found = complaints.dissatisfied(pd.DataFrame([complaint("C1", 360)]), None, None, AS_OF)
    assert "returned" not in found and "low_score" not in found
    with refused("complaints_no_signs"):
        complaints.dissatisfied(None, None, None, AS_OF)


def test_survey_that_names_no_customer_is_passed_over_and_nobody_unhappy_is_said():
    found = complaints.dissatisfied(pd.DataFrame([complaint("C1", 360)]), None, pd.DataFrame({"overall": [1]}), AS_OF)
    assert found.index.tolist() == ["C1"] and "low_score" not in found
    with refused("complaints_nobody_unhappy"):
        complaints.dissatisfied(pd.DataFrame([complaint("C1", 10)]), None, None, AS_OF, days=90)


def test_overlap_counts_every_customer_once():
    flags = pd.DataFrame(
        {"complaint": [True, True, False, True], "returned": [False, True, True, False], "signs": [1, 2, 1, 1]}
    )
    found = complaints.overlap(flags)
    assert found["customers"].tolist() == [2, 1, 1] and found["share"].sum() == 1
    assert found.iloc[0][["complaint", "returned"]].tolist() == [True, False]


# Recovery


def test_complaints_are_compared_with_customers_alike():
    # A and B complained on day 100, 5 days after their second purchase; A was put right and came back, B was not.
    # Alike on that day: D and E (two buying days, silent for 5 days), of whom D came back. F had bought far more often.
    bought = [(who, day, 5.0) for who in "ABDE" for day in (50, 95)]
    bought += [("F", day, 5.0) for day in range(10, 96, 5)]
    bought += [("A", 150, 5.0), ("D", 160, 5.0)]
    tickets = pd.DataFrame(
        [complaint("A", 100, 10, resolution="refund"), complaint("B", 100, 10, resolution="rejected")]
    )
    found = complaints.recovery(tickets, orders(bought), AS_OF, ["refund"])
    assert found.rates["rate"].to_dict() == {"recovered": 1, "unrecovered": 0, "none": 0.5}
    assert found.effects["value"].to_dict() == {
        "recovered_none": 0.5,
        "unrecovered_none": -0.5,
        "recovered_unrecovered": 1,
    }
    assert found.left_out.to_dict() == {"later_complaint": 0, "too_recent": 0, "no_purchase": 0, "unmatched": 0}


def test_closed_late_or_opened_again_is_not_put_right():
    bought = [(who, day, 5.0) for who in "ABCD" for day in (50, 95)]
    tickets = pd.DataFrame(
        [
            complaint("A", 100, 31, reopened=False),
            complaint("B", 100, 2, reopened=True),
            complaint("C", 100, 30, reopened=False),
        ]
    )
    found = complaints.recovery(tickets, orders(bought), AS_OF)
    assert found.rates["n"].to_dict() == {"recovered": 1, "unrecovered": 2, "none": 3}


def test_without_a_resolution_any_closing_puts_right():
    bought = [(who, day, 5.0) for who in "AB" for day in (50, 95)]
    found = complaints.recovery(pd.DataFrame([complaint("A", 100)]), orders(bought), AS_OF, ["refund"])
    assert found.rates["n"].to_dict() == {"recovered": 1, "unrecovered": 0, "none": 1}


def test_purchases_before_the_window_is_over_count_for_nobody():
    bought = [("A", 95, 5.0), ("A", 120, 5.0), ("D", 95, 5.0), ("D", 129, 5.0), ("E", 95, 5.0), ("E", 131, 5.0)]
    found = complaints.recovery(pd.DataFrame([complaint("A", 100)]), orders(bought), AS_OF)
    assert found.rates.loc["recovered", "rate"] == 0
    assert found.rates.loc["none", "rate"] == 0.5  # E on the 31st day after; D on the 29th does not count


def test_complaints_left_out_are_counted():
    bought = [(who, 50, 5.0) for who in "ACD"] + [("E", 300, 5.0)]
    tickets = pd.DataFrame(
        [complaint("A", 60), complaint("A", 90), complaint("B", 60), complaint("C", 330), complaint("E", 90)]
    )
    found = complaints.recovery(tickets, orders(bought), AS_OF)
    # A's second complaint; C too recent to be watched for 210 days; B and E had not bought before
    assert found.left_out.to_dict() == {"later_complaint": 1, "too_recent": 1, "no_purchase": 2, "unmatched": 0}
    assert found.rates.loc["recovered", "n"] == 1


def test_nobody_to_compare_with_is_counted_not_guessed():
    found = complaints.recovery(pd.DataFrame([complaint("A", 100)]), orders([("A", 95, 5.0)]), AS_OF)
    assert found.left_out["unmatched"] == 1 and math.isnan(found.rates.loc["none", "rate"])
    assert math.isnan(found.effects.loc["recovered_none", "value"])


def test_complaints_too_young_to_judge_are_refused():
    with refused("complaints_too_recent"):
        complaints.recovery(pd.DataFrame([complaint("A", 350)]), orders([("A", 95, 5.0)]), AS_OF)


def test_recovered_and_unrecovered_are_compared_within_bands():
    # Frequent buyers come back anyway, and complaints of frequent buyers are put right more often: crude rates differ
    # though within a band recovery changes nothing.
    bought, tickets = [], []
    for number in range(40):
        who, frequent = f"C{number:02d}", number < 20
        bought += [(who, day, 5.0) for day in (range(60, 96, 5) if frequent else [95])]
        if frequent or number % 2:
            bought.append((who, 150, 5.0))  # every frequent buyer and every second other one
        right = (number // 2 % 5 < 4) if frequent else (number // 2 % 5 < 1)
        tickets.append(complaint(who, 100, 2 if right else None))
    found = complaints.recovery(pd.DataFrame(tickets), orders(bought), AS_OF)
    # crude, counted here: recovered against unrecovered
    again = pd.Series([number < 20 or number % 2 == 1 for number in range(40)], dtype=float)
    right = pd.Series([ticket["closed_at"] is not pd.NaT for ticket in tickets])
    assert again[right].mean() - again[~right].mean() > 0.3
    assert found.effects.loc["recovered_unrecovered", "value"] == pytest.approx(0)
    assert found.effects.loc["recovered_unrecovered", "low"] < 0 < found.effects.loc["recovered_unrecovered", "high"]


# Loyalty


def test_promoters_are_classed_as_in_the_net_promoter_score():
    found = complaints.promoter_class(pd.Series([0, 6, 7, 8, 9, 10, None]))
    assert found.tolist()[:6] == ["detractor", "detractor", "passive", "passive", "promoter", "promoter"]
    assert found.isna().tolist()[6]


def test_loyalty_curve_shows_who_came_back():
    who = [f"C{number:02d}" for number in range(30)]
    survey = pd.DataFrame({"customer_id": who, "date": START + 10 * DAY, "overall": [5] * 15 + [2] * 12 + [1] * 3})
    came_back = [("C00", 10, 5.0)] + [(f"C{number:02d}", 60, 5.0) for number in (*range(1, 13), 15, 16, 17)]
    found = complaints.loyalty_curve(survey, orders(came_back), AS_OF)
    # 12 of 15 fives, 3 of 12 twos; a purchase on the day of the answer is not a return; three ones are too few
    assert found.table["rate"].tolist()[1:] == [0.25, 0.8]
    assert math.isnan(found.table.loc[1, "rate"]) and found.table["note"].tolist() == ["too_few", "", ""]
    again = [1 if 1 <= number <= 12 or 15 <= number <= 17 else 0 for number in range(30)]
    assert found.rank_correlation.value == pytest.approx(stats.spearmanr(survey["overall"], again).statistic)


def test_stated_and_actual_repeat_by_promoter_class():
    who = [f"C{number:02d}" for number in range(20)]
    survey = pd.DataFrame({"customer_id": who, "date": START, "recommend": [10] * 10 + [0] * 10})
    found = complaints.loyalty_curve(
        survey, orders([(name, 30, 5.0) for name in who[:6]]), AS_OF, "recommend", classes=True
    )
    assert found.table["rate"].to_dict() == {"detractor": 0, "promoter": 0.6}


def test_answers_that_cannot_be_watched_are_counted():
    survey = pd.DataFrame(
        {
            "customer_id": ["C1", None, "C1", "C1"],
            "date": [START, START, START + 250 * DAY, START],
            "overall": [5, 5, 5, None],
        }
    )
    found = complaints.loyalty_curve(survey, orders([("C1", 30, 5.0)]), AS_OF, minimum=1)
    assert found.left_out.to_dict() == {"too_recent": 1, "no_customer": 1, "blank": 1}
    assert found.table["n"].tolist() == [1]
    with refused("survey_too_recent"):
        complaints.loyalty_curve(survey.tail(2), orders([("C1", 30, 5.0)]), AS_OF)
    with refused("survey_no_column"):
        complaints.loyalty_curve(survey, orders([("C1", 30, 5.0)]), AS_OF, "loyalty")


def test_curve_without_any_rate_is_refused():
    survey = pd.DataFrame({"customer_id": ["C1", "C2"], "date": START, "overall": [5, 4]})
    with refused("survey_curve"):
        complaints.loyalty_curve(survey, orders([("C1", 30, 5.0)]), AS_OF)


def test_stated_loyalty_has_students_interval():
    # indices 100 and 50: mean 75, standard error 25, t(1) = 12.7: cut at 0 and 100
    found = complaints.stated_loyalty(pd.DataFrame({"overall": [5, 3], "recommend": [10, 5]}))
    assert (found.value, found.low, found.high, found.n) == (75, 0, 100, 2)


def test_loyalty_index_is_the_mean_share_of_the_scales():
    survey = pd.DataFrame({"overall": [5, 3, None, 1], "recommend": [10, 5, 0, None], "effort": [7, 4, None, None]})
    found = complaints.loyalty_index(survey)
    assert found.tolist()[:2] == [100, 50] and found.isna().tolist() == [False, False, True, True]
    with refused("survey_no_column"):
        complaints.loyalty_index(pd.DataFrame({"price": [1]}))


# Who is worth most, and whom to call


def test_unhappy_customers_are_weighed_by_tier():
    flags = pd.DataFrame({"signs": [1, 2, 1]}, index=["C1", "C2", "C9"])
    value = pd.Series({"C1": 60.0, "C2": -10.0, "C3": 40.0})
    found = complaints.unhappy_value(flags, value, pd.Series({"C1": "A", "C3": "A", "C2": "B"}))
    assert found[["customers", "unhappy"]].to_numpy().tolist() == [[2, 1], [1, 1], [1, 1], [4, 3]]
    assert found.loc["A", "value_share"] == 0.6 and found.loc["all", "value_share"] == 0.6
    assert math.isnan(found.loc["B", "value_share"])  # nothing above zero to be a share of
    assert found.index.tolist() == ["A", "B", "unknown", "all"]


def test_list_puts_the_overdue_and_the_valuable_first():
    flags = pd.DataFrame(
        {
            "complaint": [True, True, False, True],
            "signs": [1, 1, 1, 1],
            "last_sign": [START + day * DAY for day in (360, 364, 350, 364)],
            "reason": ["complaint", "complaint", "low_score", "complaint"],
        },
        index=["C1", "C2", "C3", "C4"],
    )
    found = complaints.close_the_loop(
        flags,
        AS_OF,
        value=pd.Series({"C1": 10.0, "C2": 900.0, "C3": 50.0}),
        tier=pd.Series({"C1": "A", "C2": "A", "C3": "C"}),
        owner=pd.Series({"C1": "E01", "C2": "", "C3": "E02"}),
    )
    # day 365 is 31 December. C3 (C: 7 days) was due on day 357, C1 (A: 1 day) on 361, C2 on 365: today, not late
    assert found.index.tolist() == ["C3", "C1", "C2", "C4"]
    assert found["overdue"].tolist() == [True, True, False, False]
    assert found.loc["C2", "due"] == pd.Timestamp(AS_OF)
    assert found["owner"].tolist() == ["E02", "E01", "unassigned", "unassigned"]
    assert found.loc["C4", "due"] == pd.Timestamp(AS_OF) + 6 * DAY  # no tier: the longest


def test_owners_are_known_where_the_table_says_so():
    people = pd.DataFrame({"customer_id": ["C1", "C2", "C2"], "owner": ["E01", "E02", "E09"]})
    assert complaints.owners(people).to_dict() == {"C1": "E01", "C2": "E02"}
    assert complaints.owners(None) is None and complaints.owners(people[["customer_id"]]) is None


def test_list_can_do_without_tiers_values_and_owners():
    flags = complaints.dissatisfied(pd.DataFrame([complaint("C1", 360)]), None, None, AS_OF)
    found = complaints.close_the_loop(flags, AS_OF)
    assert found.loc["C1", "owner"] == "unassigned" and found.loc["C1", "tier"] == ""
