"""Complaints: times with open tickets censored, rates per order, control limits, deadlines, repeats, places."""

from __future__ import annotations

import math
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import complaints
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

OPENED = pd.Timestamp("2024-01-01")
AS_OF = "2024-12-31"


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


def tickets(closed_after: list[float | None], opened: list[str] | None = None, **columns) -> pd.DataFrame:
    """Tickets closed so many hours after their opening; None is open."""
    start = pd.to_datetime(opened, format="ISO8601") if opened else pd.DatetimeIndex([OPENED] * len(closed_after))
    hours = pd.to_timedelta(pd.Series(closed_after, dtype=float), unit="h")
    frame = pd.DataFrame({"opened_at": start, "closed_at": start + hours})
    return frame.assign(customer_id=[f"C{number}" for number in range(len(frame))], **columns)


def orders(lines: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=["order_id", "customer_id", "order_date", "amount", "product_id"])
    return frame.assign(order_date=pd.to_datetime(frame["order_date"]))


def many_orders(month_counts: dict[str, int]) -> pd.DataFrame:
    days = [f"{month}-05" for month, count in month_counts.items() for _ in range(count)]
    return orders([(f"O{number}", "C1", day, 10.0, "P1") for number, day in enumerate(days)])


# Times


def test_open_tickets_are_censored():
    # Conover's fan belts (documentation of scipy.stats.ecdf, from Practical Nonparametric Statistics, p. 91), a day for
    # a thousand miles: broken 77, 47, 81, 56, 80; whole after 62, 60, 43, 71, 37. Survival .875, .75, .5, .25, 0
    broken, whole = [77, 47, 81, 56, 80], [62, 60, 43, 71, 37]
    end = pd.Timestamp("2024-12-31") + pd.Timedelta(days=1)
    opened = [end - pd.Timedelta(days=90)] * 5 + [end - pd.Timedelta(days=days) for days in whole]
    frame = tickets([24.0 * days for days in broken] + [None] * 5, [str(day) for day in opened])
    curve = complaints.resolution(frame, "2024-12-31")
    assert (curve["hours"] / 24).tolist() == pytest.approx([0, 47, 56, 77, 80, 81])
    assert curve["open_share"].tolist() == pytest.approx([1, 0.875, 0.75, 0.5, 0.25, 0])
    assert curve["at_risk"].tolist() == [10, 8, 7, 3, 2, 1]
    assert complaints.quantile(curve) / 24 == pytest.approx(77)


def test_interval_of_the_open_share_is_greenwoods_in_the_log_log_scale():
    # 8 of 20 closed after an hour, all watched on: S = .6, Greenwood se(log(−log S)) = √(8/(20·12))/|log .6|
    curve = complaints.resolution(tickets([1.0] * 8 + [None] * 12), AS_OF).iloc[-1]
    spread = 1.959964 * math.sqrt(8 / (20 * 12)) / abs(math.log(0.6))
    assert curve["low"] == pytest.approx(0.6 ** math.exp(spread))
    assert curve["high"] == pytest.approx(0.6 ** math.exp(-spread))


def test_curve_ends_with_bounds_when_all_are_closed():
    curve = complaints.resolution(tickets([1.0, 2.0, 4.0]), AS_OF)
    assert curve["open_share"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert curve.notna().all(axis=None)
    assert curve.iloc[-1]["low"] == 0 and curve.iloc[-1]["high"] == curve.iloc[-2]["high"]


def test_ticket_closed_after_the_as_of_day_is_open_and_that_day_counts_with_all_its_hours():
    frame = tickets([60.0], ["2024-01-01"])  # closed on 3 January at noon
    assert complaints.handling_rate(frame, "2024-01-03").value == 1
    assert complaints.handling_rate(frame, "2024-01-02").value == 0
    curve = complaints.resolution(frame, "2024-01-02")
    assert curve["open_share"].tolist() == [1.0]


def test_ticket_opened_after_the_as_of_day_is_not_there_yet():
    frame = tickets([1.0, 1.0], ["2024-01-01", "2024-02-01"])
    assert complaints.handling_rate(frame, "2024-01-31").n == 1


def test_dates_as_iso_text_are_read():
    frame = pd.DataFrame({"opened_at": ["2024-01-01", "2024-01-01 10:00"], "closed_at": ["2024-01-01T05:00", None]})
    assert complaints.resolution(frame, AS_OF)["open_share"].tolist() == [1, 0.5]


def test_quantile_that_was_never_reached_is_blank():
    curve = complaints.resolution(tickets([1.0, None, None, None]), AS_OF)
    assert math.isnan(complaints.quantile(curve, 0.5))
    assert complaints.quantile(curve, 0.25) == 1


def test_times_with_a_zone_count_as_the_clock_shows_them():
    plain = tickets([2, 5, None])
    zoned = plain.assign(**{end: plain[end].dt.tz_localize("Asia/Shanghai") for end in ("opened_at", "closed_at")})
    as_text = zoned.astype({"opened_at": str, "closed_at": str}).replace("NaT", None)
    for frame in (zoned, as_text):
        pd.testing.assert_frame_equal(
            complaints.resolution(frame, "2024-12-31"), complaints.resolution(plain, "2024-12-31")
        )


@pytest.mark.parametrize("as_of", [None, "", "soon", "2024-02-30", 45296])
def test_a_day_that_is_none_is_refused_in_words(as_of):
    with refused("load_as_of"):
        complaints.resolution(tickets([2]), as_of)


def test_a_day_counts_whole_and_a_moment_to_its_minute():
    frame = tickets([2, 20])
    day = frame["opened_at"].iloc[0].normalize()
    for whole in (day, str(day.date()), day.date(), day + pd.Timedelta(hours=24, minutes=-1)):
        assert complaints.handling_rate(tickets([2, 4]), whole).value == 1
    moment = frame["closed_at"].iloc[0] + pd.Timedelta(minutes=1)
    assert complaints.handling_rate(frame, moment).value == 0.5


def test_closed_tickets_alone_flatter():
    frame = tickets([2.0, 4.0, 6.0, None, None], first_response_at=OPENED + pd.Timedelta(hours=1))
    table = complaints.process_times(frame, AS_OF)
    # Kaplan-Meier: open share .8, .6, .4 after 2, 4, 6 hours: the median is 6; of the closed ones alone it is 4
    assert table.loc["resolution", ["median", "median_done"]].tolist() == [6, 4]
    assert table.loc["resolution", ["n", "done", "waiting"]].tolist() == [5, 3, 2]
    assert table.loc["first_response", "median"] == 1
    assert table.loc["handling", "median"] == 5


def test_unanswered_tickets_wait_for_their_answer():
    answered = pd.Series([OPENED + pd.Timedelta(hours=3), pd.NaT, pd.NaT])
    frame = tickets([5.0, 2.0, None]).assign(first_response_at=answered)
    table = complaints.process_times(frame, AS_OF)
    # answered after 3 h; closed without a recorded answer after 2 h: censored there; the third still waits
    assert table.loc["first_response", ["n", "done", "waiting"]].tolist() == [3, 1, 2]
    assert table.loc["first_response", "median"] == 3  # two were left at 3 h: 1 − ½
    assert table.loc["handling", "n"] == 1


def test_times_without_answers_recorded_leave_their_steps_out():
    assert complaints.process_times(tickets([1.0]), AS_OF).index.tolist() == ["resolution"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 2000)), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_open_share_falls_within_its_bounds(hours):
    curve = complaints.resolution(tickets(hours), "2024-01-31")
    assert curve["open_share"].is_monotonic_decreasing and curve["open_share"].between(0, 1).all()
    assert (curve["low"] <= curve["open_share"] + 1e-12).all() and (curve["open_share"] <= curve["high"] + 1e-12).all()
    assert curve["closed"].sum() == sum(hour is not None and hour < 31 * 24 for hour in hours)


def test_faulty_tickets_are_refused_with_their_rows():
    with refused("tickets_closed_early") as error:
        complaints.resolution(tickets([1.0, -5.0]), AS_OF)
    assert "index 1" in str(error.value)
    with refused("tickets_no_opening"):
        complaints.resolution(tickets([1.0, None]).assign(opened_at=[OPENED, pd.NaT]), AS_OF)
    with refused("tickets_no_column"):
        complaints.resolution(pd.DataFrame({"opened_at": [OPENED]}), AS_OF)
    with refused("tickets_no_dates"):
        complaints.resolution(pd.DataFrame({"opened_at": [45000], "closed_at": [45001]}), AS_OF)
    with refused("tickets_no_dates"):
        complaints.resolution(pd.DataFrame({"opened_at": ["soon"], "closed_at": ["later"]}), AS_OF)
    with refused("tickets_none"):
        complaints.resolution(tickets([1.0]), "2023-01-01")
    with refused("tickets_answered_early"):
        complaints.process_times(tickets([3.0]).assign(first_response_at=OPENED - pd.Timedelta(hours=1)), AS_OF)


def test_faulty_tickets_can_be_set_aside_and_counted():
    frame = tickets([1.0, -5.0, 4.0, 2.0, 1.0], ["2024-01-01", "2024-01-02", "2024-01-03", "2025-02-01", "2024-01-05"])
    frame["first_response_at"] = frame["opened_at"] + pd.to_timedelta([0.5, 0.5, -1, 0.5, 9], unit="h")
    kept, findings = complaints.valid_tickets(frame, AS_OF)
    assert kept.index.tolist() == [0, 2, 4]
    assert findings.set_index("rule")["rows"].to_dict() == {
        "closed_before_opened": 1,
        "after_as_of": 1,
        "answered_before_opened": 1,
        "answered_after_closed": 2,  # the one closed before it was opened, and the last
    }
    assert kept["first_response_at"].isna().tolist() == [False, True, True]
    assert len(complaints.process_times(kept, AS_OF)) == 3


# Backlog, age, deadlines, repeats


def test_backlog_reconciles():
    frame = tickets([24.0, None, 24.0 * 10], ["2024-01-01", "2024-01-02", "2024-01-03"])
    table = complaints.backlog(frame, "2024-01-21")
    assert table["opened"].tolist() == [3, 0, 0] and table["closed"].tolist() == [1, 1, 0]
    assert table["open"].tolist() == [2, 1, 1]
    assert table["open"].iloc[-1] == table["opened"].sum() - table["closed"].sum()


def test_open_tickets_are_aged_by_their_days():
    # the as-of day ends at 24:00: opened then at noon is half a day, 1 January is 31 days before 1 February
    frame = tickets([None] * 4 + [1.0], ["2024-01-31 12:00", "2024-01-29", "2024-01-25", "2024-01-01", "2024-01-01"])
    table = complaints.ageing(frame.assign(severity=[1, 2, 2, np.nan, 3]), "2024-01-31")
    assert table["open"].tolist() == [1, 1, 1, 0, 1]
    assert table["severity_2"].tolist() == [0, 1, 1, 0, 0] and table["severity_unknown"].sum() == 1
    assert table["share"].sum() == pytest.approx(1)
    assert complaints.ageing(tickets([1.0]), AS_OF)["share"].isna().all()


def test_promise_is_missed_by_waiting_too_long_and_pending_while_there_is_time():
    frame = tickets([10.0, 30.0, None, None], ["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-30 20:00"])
    row = complaints.sla(frame, "2024-01-30", complaints.Promise(24)).loc["all"]
    assert row[["n", "met", "missed", "pending"]].tolist() == [4, 1, 2, 1]
    assert row["rate"] == pytest.approx(1 / 3)


def test_promises_differ_by_severity():
    frame = tickets([10.0, 10.0, 10.0], severity=[1, 3, 3])
    table = complaints.sla(frame, AS_OF, complaints.Promise({1: 24, 3: 8}))
    assert table["met"].to_dict() == {1: 1, 3: 0, "all": 1}
    with refused("complaints_no_promise"):
        complaints.sla(frame, AS_OF, complaints.Promise({1: 24}))
    with refused("survey_choice"):
        complaints.Promise(24, step="closing")


def test_promise_of_a_first_answer():
    frame = tickets([10.0, 10.0]).assign(first_response_at=OPENED + pd.to_timedelta([1, 6], unit="h"))
    assert complaints.sla(frame, AS_OF, complaints.Promise(2, "first_response")).loc["all", "rate"] == 0.5


def test_overdue_are_those_still_waiting_beyond_the_promise():
    # at the end of 30 January the three open ones have waited 720, 28 and 4 hours; the first was closed, if too late
    opened = ["2024-01-01", "2024-01-01", "2024-01-29 20:00", "2024-01-30 20:00"]
    frame = tickets([100.0, None, None, None], opened, severity=[1, 1, 3, 3])
    late = complaints.overdue(frame, "2024-01-30", complaints.Promise({1: 72, 3: 24}))
    assert late["customer_id"].tolist() == ["C1", "C2"]
    assert late["hours_over"].tolist() == [720 - 72, 28 - 24]
    with refused("complaints_no_promise"):
        complaints.overdue(frame, AS_OF, complaints.Promise({1: 24}))


def test_answer_to_a_closed_ticket_is_not_overdue():
    frame = tickets([100.0, None]).assign(first_response_at=pd.NaT)
    late = complaints.overdue(frame, AS_OF, complaints.Promise(24, "first_response"))
    assert late["customer_id"].tolist() == ["C1"]


def test_ticket_without_severity_gets_the_longest_promise():
    frame = tickets([50.0, 50.0], severity=[3, np.nan])
    table = complaints.sla(frame, AS_OF, complaints.Promise({1: 72, 3: 24}))
    assert table["met"].to_dict() == {3: 0, "unknown": 1, "all": 1}
    assert complaints.sla(frame.drop(columns="severity"), AS_OF, complaints.Promise({1: 72})).loc["all", "met"] == 2


def test_promises_by_month_count_only_those_whose_time_has_run_out():
    # the last one was answered within the promise, but could not have missed it yet
    opened = ["2024-01-01", "2024-01-02", "2024-03-01", "2024-03-31 12:00"]
    table = complaints.sla_by_month(tickets([10.0, 30.0, None, 1.0], opened), "2024-03-31", complaints.Promise(24))
    assert table.index.astype(str).tolist() == ["2024-01", "2024-02", "2024-03"]
    assert table.values.tolist() == [[1, 2], [0, 0], [0, 1]]
    with refused("complaints_promise_runs"):
        complaints.sla_by_month(tickets([1.0], ["2024-03-31 12:00"]), "2024-03-31", complaints.Promise(24))


def test_complaint_within_ninety_days_of_another_is_a_repeat():
    frame = tickets([1.0] * 5, ["2024-01-01", "2024-03-31", "2024-07-30", "2024-01-05", "2024-01-06"])
    frame["customer_id"] = ["C1", "C1", "C1", "C2", "C3"]
    frame["category"] = ["delivery", "quality", "quality", "delivery", "delivery"]
    frame["reopened"] = [True, False, False, False, False]
    table = complaints.repeats(frame, AS_OF)
    # C1: 90 days after the first counts, 121 after the second does not, and the categories differ
    assert table["count"].to_dict() == {"repeat": 1, "repeat_category": 0, "reopened": 1, "customers_again": 1}
    assert table["n"].to_dict() == {"repeat": 5, "repeat_category": 5, "reopened": 5, "customers_again": 3}


# Rates


def test_complaint_rate_is_per_thousand_orders_with_the_exact_interval():
    found = complaints.complaint_rate(10, 2000)
    # Garwood: half the chi-square quantiles with 20 and 22 degrees of freedom
    expected = (stats.chi2.ppf(0.025, 20) / 4, stats.chi2.ppf(0.975, 22) / 4)
    assert found.value == 5 and (found.low, found.high) == pytest.approx(expected)
    none = complaints.complaint_rate(0, 1000)
    assert (none.value, none.low) == (0, 0) and none.high == pytest.approx(3.689, abs=1e-3)  # −log(.025)
    assert math.isnan(complaints.complaint_rate(0, 0).value)
    with refused("complaints_negative"):
        complaints.complaint_rate(-1, 5)


def test_handling_rate_and_complaint_rate_are_different_figures():
    frame = tickets([1.0, None])
    assert complaints.handling_rate(frame, AS_OF).value == 0.5
    table = complaints.monthly(frame, many_orders({"2024-01": 40}), AS_OF)
    assert table.loc["2024-01", "rate"] == 50


def test_months_follow_each_other_and_returns_are_no_orders():
    lines = orders(
        [
            ("O1", "C1", "2024-01-01", 10.0, "P1"),
            ("O2", "C1", "2024-03-05", 10.0, "P1"),
            ("O3", "C1", "2024-03-06", -10.0, "P1"),
        ]
    )
    begun = complaints.monthly(tickets([1.0], ["2024-03-06"]), lines.iloc[1:], "2024-03-31")
    assert begun["partial"].tolist() == [True]  # orders from 5 March on are not March's
    table = complaints.monthly(tickets([1.0], ["2024-03-01"]), lines, "2024-03-15")
    assert [str(month) for month in table.index] == ["2024-01", "2024-02", "2024-03"]
    assert table["orders"].tolist() == [1, 0, 1] and table["complaints"].tolist() == [0, 0, 1]
    assert table["partial"].tolist() == [False, False, True]
    assert math.isnan(table["rate"].iloc[1])


def test_u_chart_limits_follow_the_orders():
    # ū = 40/4000 = .01; n 1000: 10 ± 3·√(.01/1000)·1000 = 10 ± 9.49; n 500: 10 ± 13.42, not below 0
    chart = complaints.u_chart(pd.Series([8, 12, 5, 15]), pd.Series([1000, 1000, 500, 1500]))
    assert chart["centre"].tolist() == [10] * 4
    assert chart["upper"].iloc[0] == pytest.approx(19.487, abs=1e-3)
    assert chart["lower"].iloc[0] == pytest.approx(0.513, abs=1e-3)
    assert chart["lower"].iloc[2] == 0 and chart["upper"].iloc[2] == pytest.approx(23.416, abs=1e-3)
    assert chart["signal"].eq("").all()


def test_u_chart_signals_points_beyond_the_limits_and_runs():
    orders_ = pd.Series([1000] * 12)
    chart = complaints.u_chart(pd.Series([10, 10, 40, 9] + [11] * 8), orders_, baseline=2)
    assert chart["signal"].tolist() == ["", "", "above", ""] + [""] * 7 + ["run"]
    settled = complaints.u_chart(pd.Series([50, 50, 20]), pd.Series([1000] * 3), baseline=2)
    assert settled["signal"].tolist() == ["", "", "below"]


def test_u_chart_refuses_periods_without_orders_only_where_it_must():
    chart = complaints.u_chart(pd.Series([1, 0]), pd.Series([100, 0]))
    assert math.isnan(chart["rate"].iloc[1]) and chart["signal"].tolist() == ["", ""]
    with refused("complaints_no_orders"):
        complaints.u_chart(pd.Series([1, 0]), pd.Series([0, 100]), baseline=1)
    with refused("rows_labels"):
        complaints.u_chart(pd.Series([1]), pd.Series([1, 2]))


def test_products_stand_by_complaints_with_their_rates():
    lines = orders([(f"O{number}", "C1", "2024-01-05", 10.0, "P1" if number < 20 else "P2") for number in range(60)])
    back = orders([("R1", "C1", "2024-01-09", -10.0, "P1"), ("R2", "C1", "2024-01-09", -10.0, "P1")])
    frame = tickets([1.0] * 4, product_id=["P1", "P1", None, "P2"], order_id=["O1", "O2", "O3", None])
    table = complaints.by_place(frame, pd.concat([lines, back]), AS_OF)
    assert table["complaints"].to_dict() == {"P1": 3, "P2": 1}  # the third is placed by its order
    assert table["rate"].to_dict() == {"P1": 150, "P2": 25}
    assert table.loc["P1", ["orders", "returns", "return_rate"]].tolist() == [20, 2, 100]
    assert table["vital"].tolist() == [True, True] and table["cumulative"].tolist() == [0.75, 1]


def test_complaints_that_cannot_be_placed_are_shown():
    lines = orders([("O1", "C1", "2024-01-05", 10.0, "P1"), ("O1", "C1", "2024-01-05", 10.0, "P2")])
    frame = tickets([1.0, 1.0], order_id=["O1", "O9"])  # an order of two products, and an unknown order
    table = complaints.by_place(frame, lines, AS_OF)
    assert table["complaints"].to_dict() == {"unknown": 2, "P1": 0, "P2": 0}
    assert table["note"].eq("too_few").all() and table["rate"].isna().all()


def test_stores_are_looked_up_in_the_orders():
    lines = many_orders({"2024-01": 20}).assign(store=["S1"] * 10 + [None] * 10)
    table = complaints.by_place(tickets([1.0, 1.0], order_id=["O1", "O15"]), lines, AS_OF, "store")
    assert table["complaints"].to_dict() == {"S1": 1, "unknown": 1}
    assert table["orders"].to_dict() == {"S1": 10, "unknown": 10}
    with refused("complaints_no_place"):
        complaints.by_place(tickets([1.0]), lines, AS_OF, "region")


def test_complaints_own_category_is_not_the_products():
    lines = many_orders({"2024-01": 10}).assign(category="tea")
    frame = tickets([1.0], category="delivery", order_id=["O1"])
    assert complaints.by_place(frame, lines, AS_OF, "category")["complaints"].to_dict() == {"tea": 1}


def test_link_of_complaints_and_returns_is_spearmans():
    places = pd.DataFrame({"rate": [1.0, 2, 3, 4, 5, np.nan], "return_rate": [10.0, 20, 30, 50, 40, 7]})
    found = complaints.returns_link(places)
    assert found.value == pytest.approx(stats.spearmanr(places["rate"][:5], places["return_rate"][:5]).statistic)
    assert found.low < found.value < found.high <= 1 and found.n == 5
    assert math.isnan(complaints.returns_link(places.head(3)).value)
    assert math.isnan(complaints.returns_link(places.assign(rate=1.0)).value)


def test_p_chart_draws_the_limits_of_a_share():
    # p = 238/300 = .7933; 3·√(.7933·.2067/100) = .1215: .6719 to .9148; with 25 cases 3·√(…/25) = .2429
    count, n = pd.Series([90, 88, 60]), pd.Series([100, 100, 100])
    chart = complaints.p_chart(count, n)
    assert chart.loc[0, ["lower", "centre", "upper"]].tolist() == pytest.approx([0.6719, 0.7933, 0.9148], abs=1e-4)
    assert chart["signal"].tolist() == ["", "", "below"]
    assert complaints.p_chart(pd.Series([25, 0, 95]), pd.Series([25, 0, 100]))["upper"].max() <= 1
    assert math.isnan(complaints.p_chart(pd.Series([5, 0]), pd.Series([9, 0])).loc[1, "rate"])


def test_p_chart_refuses_what_is_no_part():
    with refused("complaints_part"):
        complaints.p_chart(pd.Series([5]), pd.Series([4]))
    with refused("complaints_no_cases"):
        complaints.p_chart(pd.Series([0]), pd.Series([0]))
    with refused("rows_labels"):
        complaints.p_chart(pd.Series([1]), pd.Series([1, 2]))
