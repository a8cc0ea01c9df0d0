"""Many groups and long names: twelve are drawn, labels are short, and nothing is lost or confused."""

from __future__ import annotations

import html

import pandas as pd
import plotly.graph_objects as go
import pytest
from crmbook import lifecycle, offers, value
from crmbook.figures import controls, groups, style
from crmbook.figures.table import show
from crmbook.locale import use
from crmbook.shared.survival import LogRank

LONG = "stainless steel double wall vacuum insulated travel mug with a leak proof bamboo lid and a sleeve, "
MANY = [f"{LONG}no. {number:04}" for number in range(2000)]


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def width(label: str) -> int:
    return max(len(html.unescape(line)) for line in label.split("<br>"))


def test_labels_are_short_and_told_apart_and_the_data_keep_the_whole_names():
    whole = [f"{LONG}{end}" for end in ("<red> 1", "<red> 2", "blue")]
    alike = [*whole, f"{LONG[:60]}x{LONG[61:]}blue"]  # differs from the third where the label is cut
    made = style.figure("t")
    made.add_bar(x=[1, 2, 3, 4], y=[style.escape(name) for name in alike], orientation="h", name=LONG)
    drawn = made.to_dict()
    ticks = drawn["layout"]["yaxis"]["ticktext"]
    assert all(width(tick) <= groups.LEVEL + 4 for tick in ticks) and len(set(ticks)) == 4
    assert ticks[0].endswith("&lt;red&gt; 1") and ticks[3].endswith("(2)")
    assert list(drawn["layout"]["yaxis"]["tickvals"]) == drawn["data"][0]["y"] == [style.escape(name) for name in alike]
    assert width(drawn["data"][0]["name"]) <= groups.MARK
    assert drawn["data"][0]["meta"] == LONG and drawn["data"][0]["hovertemplate"].endswith("<extra>%{meta}</extra>")


def test_texts_in_bars_and_notes_are_short_with_the_whole_in_the_hover():
    made = style.figure("t")
    made.add_bar(x=[1], y=["a"], text=[LONG])
    made.add_scatter(x=[1], y=["a"], mode="markers", text=[LONG])  # a hover text, which is drawn nowhere
    made.add_annotation(text=LONG, x=1, y=1)
    drawn = made.to_dict()
    assert width(drawn["data"][0]["text"][0]) <= groups.MARK and drawn["data"][0]["hovertext"] == [LONG]
    assert drawn["data"][1]["text"] == [LONG]
    note = drawn["layout"]["annotations"][0]
    assert width(note["text"]) <= groups.ASIDE and note["hovertext"] == LONG


def test_short_labels_are_left_as_they_are():
    made = style.figure("t", x="x")
    made.add_bar(x=["2024-01", "tea"], y=[1, 2], text=["one", "two"], name="web")
    drawn = made.to_dict()
    assert "ticktext" not in drawn["layout"]["xaxis"] and drawn["data"][0]["text"] == ["one", "two"]
    assert "meta" not in drawn["data"][0] and "hovertemplate" not in drawn["data"][0]


def test_a_panel_shortens_at_first_and_when_it_is_redrawn():
    def bar(label):
        return style.figure("t").add_bar(x=[1], y=[label], orientation="h")

    drawn = controls.shown(bar(MANY[0]), "crmbook-x")
    assert width(drawn.layout.yaxis.ticktext[0]) <= groups.LEVEL
    controls.redraw(drawn, bar(MANY[1]))
    assert drawn.data[0].y == (MANY[1],) and drawn.layout.yaxis.ticktext[0].endswith("0001")
    controls.redraw(drawn, bar("tea"))
    assert drawn.layout.yaxis.ticktext is None


def rates(index, **columns) -> pd.DataFrame:
    return pd.DataFrame({"rate": 0.5, "low": 0.4, "high": 0.6, **columns}, index=index)


def drawn_groups(made: go.Figure) -> int:
    return max(len(trace[axis]) for trace in made.data for axis in ("x", "y"))


SIZES = list(range(2000, 0, -1))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: lifecycle.charts.conversion(
            pd.concat([rates(MANY, leads=SIZES), rates(["all"], leads=sum(SIZES))]), within=90
        ),
        lambda: lifecycle.charts.contact_rates(
            pd.concat([rates(MANY, contacts=SIZES), rates(["all"], contacts=sum(SIZES))])
        ),
        lambda: value.charts.cac(pd.DataFrame({"cac": 9.0, "spend": SIZES, "customers": 5}, index=MANY), 9.0),
        lambda: value.charts.upsell(pd.concat([rates(MANY, repeats=SIZES), rates(["all"], repeats=sum(SIZES))])),
    ],
)
@pytest.mark.parametrize("code", ["en", "zh"])
def test_charts_of_rates_draw_the_twelve_largest_of_two_thousand_and_say_so(draw, code):
    use(code)
    made = draw()
    assert drawn_groups(made) in (12, 13)  # with the row of all
    assert {"en": "the 12 largest of 2,000", "zh": "共 2,000 组"}[code] in made.layout.xaxis.title.text
    assert len(made.to_json()) < 20_000
    assert any(width(tick) <= groups.LEVEL + 4 for tick in made.layout.yaxis.ticktext)


def test_charts_of_shares_draw_the_others_as_one_so_that_all_adds_up():
    shares = pd.Series(SIZES, index=MANY) / sum(SIZES)
    mix = pd.DataFrame({"share": shares.to_numpy(), "orders": SIZES})
    mix.index = pd.MultiIndex.from_product([["all"], MANY], names=["group", "channel"])
    made = offers.charts.channel_mix(mix)
    assert len(made.data) == 13 and made.data[-1].name == "all others"
    assert sum(trace.x[0] for trace in made.data) == pytest.approx(1)
    assert made.data[-1].x[0] == pytest.approx(sum(SIZES[12:]) / sum(SIZES))

    made = lifecycle.charts.reasons(pd.DataFrame({"customers": SIZES, "share": shares, "low": 0.0, "high": 1.0}))
    assert drawn_groups(made) == 13 and made.data[1].y[-1] == pytest.approx(1)

    table = value.by_group(pd.Series(SIZES, dtype=float), pd.Series(MANY))
    made = value.charts.groups(table)
    assert drawn_groups(made) == 13 and sum(made.data[0].x) == pytest.approx(sum(made.data[1].x)) == pytest.approx(1)
    mean = sum(SIZES[12:]) / len(SIZES[12:])
    assert any(tick.startswith("all others") and f"{mean:,.0f}" in tick for tick in map(str.lower, made.data[0].y))


def test_plans_beyond_the_twelve_commonest_are_compared_as_one():
    start = pd.date_range("2020-01-01", periods=400, freq="D")
    contracts = pd.DataFrame({"customer_id": [f"C{n}" for n in range(400)], "start_date": start})
    contracts["end_date"] = (start + pd.Timedelta(days=400)).where(contracts.index % 2 == 0)
    contracts["plan"] = [MANY[n % 100 if n % 3 else n % 12] for n in range(400)]
    curves, test = value.compare_plans(contracts, "2024-12-31")
    assert len(curves) == 13 and sum(curve.n for curve in curves.values()) == 400
    assert isinstance(test, LogRank) and len(value.charts.plan_survival(curves, test).data) == 13


def test_a_legend_of_long_names_pushes_the_plot_down_instead_of_covering_the_title():
    def many(names):
        made = style.figure("t", height=400)
        for name in names:
            made.add_scatter(x=[1], y=[1], name=name)
        return made.to_dict()["layout"]

    short, long = many(["web", "shop", "fair"]), many(MANY[:12])
    assert (short["margin"]["t"], short["height"]) == (80, 400)
    assert long["margin"]["t"] - 80 == long["height"] - 400 >= 11 * 19  # one name a line


def test_a_table_of_very_many_columns_shows_the_first_and_says_so():
    wide = pd.DataFrame([range(2000)], columns=MANY)
    shown = show(wide).to_html()
    assert shown.count("<td") == 30 and "The first 30 of 2,000 columns." in shown
