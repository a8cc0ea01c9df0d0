"""The pictures of complaints: what they say is what was computed, in both languages, for the odd cases too."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from crmbook import complaints
from crmbook.complaints import charts as draw
from crmbook.complaints import tables
from crmbook.locale import use

CHINESE = re.compile(r"[\u4e00-\u9fff]")
AS_OF = "2024-06-30"


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def tickets() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 180 * 24, 120), unit="h")
    took = pd.to_timedelta(pd.Series(rng.lognormal(3.5, 1, 120)).where(rng.random(120) < 0.9), unit="h")
    closed = (opened + took).where(opened + took < pd.Timestamp("2024-07-01"))
    return pd.DataFrame(
        {
            "customer_id": [f"C{number % 80}" for number in range(120)],
            "opened_at": opened,
            "closed_at": closed,
            "severity": rng.integers(1, 4, 120),
            "product_id": rng.choice([f"P{number}" for number in range(20)], 120),
        }
    )


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    count = 3000
    return pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(count)],
            "customer_id": [f"C{number}" for number in rng.integers(0, 200, count)],
            "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 182, count), unit="D"),
            "amount": np.where(rng.random(count) < 0.05, -10.0, 20.0),
            "product_id": rng.choice([f"P{number}" for number in range(20)], count),
        }
    )


def every_figure(tickets: pd.DataFrame, orders: pd.DataFrame) -> dict:
    promise = complaints.Promise({1: 72, 2: 48, 3: 24})
    months = complaints.monthly(tickets, orders, AS_OF)
    places = complaints.by_place(tickets, orders, AS_OF)
    answers = tickets[["customer_id"]].assign(date=pd.Timestamp("2024-02-01"), overall=np.resize([1, 3, 5], 120))
    said = complaints.loyalty_curve(answers, orders, AS_OF, days=90)
    flags = complaints.dissatisfied(tickets, orders, answers, AS_OF)
    return {
        "still_open": draw.still_open(complaints.resolution(tickets, AS_OF)),
        "backlog": draw.backlog(complaints.backlog(tickets, AS_OF)),
        "promises": draw.promises(complaints.sla(tickets, AS_OF, promise), promise),
        "months": draw.control_chart(complaints.u_chart(months["complaints"], months["orders"])),
        "returns": draw.control_chart(complaints.u_chart(months["complaints"], months["orders"]), what="returns"),
        "causes": draw.causes(places["complaints"], "product_id"),
        "against": draw.against_returns(places),
        "signs": draw.signs(complaints.overlap(flags)),
        "recovery": draw.recovery(complaints.recovery(tickets, orders, AS_OF, window=14, follow_up=60)),
        "loyalty": draw.loyalty(said.table, 90),
    }


def read(figure) -> list[str]:
    axes = [figure.layout.xaxis.title.text, figure.layout.yaxis.title.text]
    legend = [trace.name for trace in figure.data if trace.showlegend is not False]
    return [words for words in (figure.layout.title.text, *axes, *legend) if words]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_speaks_one_language_and_has_a_line_for_those_who_cannot_see_it(tickets, orders, language):
    use(language)
    for which, figure in every_figure(tickets, orders).items():
        assert figure.layout.meta["alt"], which
        assert {bool(CHINESE.search(words)) for words in read(figure)} == {language == "zh"}, which


def test_curve_says_so_when_nine_in_ten_are_not_reached():
    curve = pd.DataFrame({"hours": [0.0, 4.0], "open_share": [1.0, 0.4], "low": 0.1, "high": 0.9, "at_risk": [5, 5]})
    title = draw.still_open(curve).layout.title.text.replace("<br>", " ")
    assert title == "Half are closed after 4 hours; 40% are open for longer than anyone has watched"
    title = draw.still_open(curve.assign(open_share=[1.0, 0.8])).layout.title.text.replace("<br>", " ")
    assert title == "Fewer than half are seen to close; 80% stay open as long as anyone has watched"


def test_bar_of_a_promise_carries_its_interval_and_its_counts():
    opened = pd.to_datetime(["2024-01-01"] * 4)
    frame = pd.DataFrame({"opened_at": opened, "closed_at": opened + pd.to_timedelta([1, 2, 3, 90], unit="h")})
    promise = complaints.Promise({2: 48})
    figure = draw.promises(complaints.sla(frame.assign(severity=2), AS_OF, promise), promise)
    assert list(figure.data[0].x) == [0.75, 0.75]
    assert list(figure.data[0].y) == ["2 medium (48 h)", "all"]
    assert figure.data[0].text[0] == "75% (3 of 4)"
    # Wilson at 95 % for 3 of 4: .301 to .954
    assert figure.data[0].error_x.array[0] == pytest.approx(0.954 - 0.75, abs=0.001)
    assert figure.data[0].error_x.arrayminus[0] == pytest.approx(0.75 - 0.301, abs=0.001)


def test_nothing_to_judge_yet_is_said():
    frame = pd.DataFrame({"opened_at": [pd.Timestamp("2024-06-30 20:00")], "closed_at": [pd.NaT], "severity": [1]})
    promise = complaints.Promise({1: 48})
    figure = draw.promises(complaints.sla(frame, AS_OF, promise), promise)
    assert figure.layout.title.text == "No case can be judged yet"


def test_month_beyond_the_limit_is_marked():
    months = pd.period_range("2024-01", periods=4, freq="M")
    chart = complaints.u_chart(pd.Series([5, 4, 6, 20], index=months), pd.Series([1000] * 4, index=months))
    figure = draw.control_chart(chart)
    # mean 8.75 for 1,000, limit 8.75 + 3 √8.75 = 17.62
    assert list(figure.data[4].x) == ["2024-04"]
    assert figure.data[0].y[0] == pytest.approx(17.62, abs=0.01)
    calm = complaints.u_chart(pd.Series([5] * 4, index=months), pd.Series([1000] * 4, index=months))
    assert draw.control_chart(calm).layout.title.text == "None of 4 months stands out from chance"


def test_month_without_orders_has_no_rate():
    months = pd.period_range("2024-01", periods=3, freq="M")
    chart = complaints.u_chart(pd.Series([5, 0, 6], index=months), pd.Series([1000, 0, 1000], index=months))
    assert list(draw.control_chart(chart).data[3].y) == [5, None, 6]


def test_a_single_cause_is_no_pareto():
    assert draw.causes(pd.Series({"late": 30}), "category").layout.title.text == (
        "Category: all complaints come from one, late"
    )


def test_causes_beyond_the_twelfth_share_a_bar():
    counts = pd.Series({f"P{number:02}": 20 - number for number in range(15)})
    bars = draw.causes(counts, "product_id").data[0]
    assert len(bars.x) == 13
    assert bars.y[12] == "3 others"
    assert bars.x[12] == (20 - 12) + (20 - 13) + (20 - 14)


def test_words_of_the_data_are_escaped():
    figure = draw.causes(pd.Series({"<img src=x>": 3}), "category")
    assert figure.data[0].y == ("&lt;img src=x&gt;",)
    places = pd.DataFrame({"rate": [1.0], "return_rate": [2.0], "orders": [9]}, index=["<b>x"])
    assert draw.against_returns(places).data[0].text == ("&lt;b&gt;x",)


def test_group_with_too_few_answers_has_no_point():
    table = pd.DataFrame(
        {"n": [3, 20, 30], "rate": [np.nan, 0.5, 0.6], "low": [np.nan, 0.3, 0.4], "high": [np.nan, 0.7, 0.8]},
        index=pd.Index([1, 2, 3], name="overall"),
    )
    figure = draw.loyalty(table, 180)
    assert figure.data[0].y == (None, 0.5, 0.6)
    assert "50% of those who said 2" in figure.layout.title.text
    few = draw.loyalty(table.head(2), 180)
    assert few.layout.title.text == "Too few answers to say who bought again within 180 days"


def test_reasons_are_worded_in_the_language_in_use():
    codes = pd.Series(["complaint+low_score", "returned"])
    assert draw.reasons(codes).tolist() == ["complaint + low score", "goods returned"]
    use("zh")
    assert draw.reasons(codes).tolist() == ["投诉 + 打低分", "退货"]
    assert draw.reasons(pd.Series([], dtype=float)).empty


def test_share_chart_is_written_in_per_cent_and_counts_what_was_kept():
    months = pd.period_range("2024-01", periods=3, freq="M")
    chart = complaints.p_chart(pd.Series([90, 88, 60], index=months), pd.Series([100] * 3, index=months))
    figure = draw.control_chart(chart, "promises")
    assert list(figure.data[4].x) == ["2024-03"]
    assert [list(row) for row in figure.data[3].customdata] == [[90, 100], [88, 100], [60, 100]]
    assert figure.layout.yaxis.tickformat == ".0%"


def test_loyalty_by_class_names_the_classes():
    rates = {"n": [20, 30], "rate": [0.5, 0.75], "low": [0.3, 0.6], "high": [0.7, 0.9]}
    curve = pd.DataFrame(rates, index=pd.Index(["detractor", "promoter"], name="recommend"))
    title = draw.loyalty(curve, 180).layout.title.text.replace("<br>", " ")
    assert title == "Bought again within 180 days: detractor (0 to 6) 50%, promoter (9 or 10) 75%"


def test_effects_are_in_points_and_those_without_a_figure_stay_out():
    effects = pd.DataFrame(
        {"value": [0.25, np.nan], "low": [0.1, np.nan], "high": [0.4, np.nan], "n": [9, 0]},
        index=["recovered_none", "unrecovered_none"],
    )
    shown = tables.effect_table(complaints.Recovery(pd.DataFrame(), effects, pd.Series(dtype=float)))
    assert shown[["difference", "low", "high"]].values.tolist() == [[25.0, 10.0, 40.0]]


def test_list_of_calls_shows_days_and_words():
    flags = pd.DataFrame(
        {"signs": 2, "reason": "complaint+low_score", "last_sign": pd.Timestamp("2024-06-30 19:34")}, index=["C1"]
    )
    (row,) = tables.call_list(complaints.close_the_loop(flags, AS_OF)).to_dict("records")
    assert row["reason"] == "complaint + low score" and row["owner"] == "nobody yet"
    assert row["last_sign"] == pd.Timestamp("2024-06-30")
