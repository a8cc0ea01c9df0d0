"""What all figures and tables share."""

from __future__ import annotations

import re

import pandas as pd
import plotly.io
import pytest
from crmbook.figures import style
from crmbook.figures.table import show
from crmbook.locale import label, name, use


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


def test_long_titles_wrap_between_words_and_nothing_is_lost():
    title = "A few customers bring most of the revenue, and the service hours should follow them and not the alphabet"
    lines = style.wrap(title)
    assert len(lines) == 2
    assert " ".join(lines) == title
    assert max(map(len, lines)) <= style.TITLE_WIDTH


def test_chinese_titles_wrap_without_a_comma_at_the_start_of_a_line():
    title = "少数客户带来大部分收入，" * 6
    lines = style.wrap(title)
    assert "".join(lines) == title
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_wrapped_titles_get_the_room_they_need():
    one = style.figure("short")
    two = style.figure("long " * 30)
    assert two.layout.margin.t > one.layout.margin.t


def test_alt_text_is_the_plain_title_unless_given():
    assert style.figure("<b>22 %</b> of customers").layout.meta["alt"] == "22 % of customers"
    assert style.figure("title", alt="a curve that bends early").layout.meta["alt"] == "a curve that bends early"


def test_customers_text_cannot_become_markup():
    assert style.escape("<b>Li & Co</b>") == "&lt;b&gt;Li &amp; Co&lt;/b&gt;"
    html = show(pd.DataFrame({"owner": ["<script>alert(1)</script>"]})).to_html()
    assert "<script" not in html and "&lt;script" in html


def test_numbers_are_rounded_for_reading():
    frame = pd.DataFrame(
        {"share": [0.21987], "amount": [1234567.891], "ratio": [3.14159], "small": [0.01234], "count": [12345]}
    )
    html = show(frame).to_html()
    for shown in ("22%", "1,234,568", "3.14", "0.012", "12,345"):
        assert f">{shown}<" in html


def test_a_column_called_as_the_index_is_shown_beside_it():
    frame = pd.DataFrame({"share": [0.1, 0.2]}, index=pd.Index(["tea", "cup"], name="share"))
    page = show(frame).to_html()
    assert re.findall(r"<th[^>]*>(.*?)</th>", page) == ["Share", "Share (share)"]
    assert re.findall(r"<td[^>]*>(.*?)</td>", page) == ["tea", "10%", "cup", "20%"]


def test_a_probability_too_small_for_the_table_is_said_to_be_small():
    html = show(pd.DataFrame({"p": [1e-9, 0.0, 0.004], "z": [6.1, 9.0, 2.9]})).to_html()
    assert re.findall(r"<td[^>]*>(.*?)</td>", html) == ["&lt; 0.001", "6.10", "&lt; 0.001", "9", "0.004", "2.90"]


def test_values_in_an_index_are_in_their_own_words_not_in_those_of_a_column():
    html = show(pd.Series([1, 2], index=pd.Index(["price", "speed"], name="theme"), name="n")).to_html()
    assert re.findall(r"<td[^>]*>(.*?)</td>", html)[::2] == [name("price"), name("speed")]


def test_missing_values_are_a_dash_not_nan():
    html = show(pd.DataFrame({"a": [float("nan")], "b": [None], "c": [pd.NaT]})).to_html()
    assert html.count(">–<") == 3 and "nan" not in html.lower().replace("nano", "")


def test_rows_left_out_are_counted():
    frame = pd.DataFrame({"n": range(100)})
    assert "The first 5 of 100 rows." in show(frame, rows=5).to_html()
    use("zh")
    assert "共 100 行，显示前 5 行。" in show(frame, rows=5).to_html()


def test_a_table_without_rows_says_so():
    use("zh")
    assert "没有记录。" in show(pd.DataFrame({"share": []})).to_html()
    use("en")
    assert "No rows." in show(pd.DataFrame({"share": []})).to_html()


def test_a_heading_stands_above_its_figures_and_left_of_words():
    html = show(pd.DataFrame({"tier": ["A"], "share": [0.2]}), index=False).to_html()
    assert re.search(r"th\.col1 \{\s*text-align: right;", html)
    assert "th.col0" not in html


def test_columns_with_one_heading_are_both_shown():
    frame = pd.DataFrame([[1, 2]], columns=["twice", "twice"])
    html = show(frame).to_html()
    assert ">1<" in html and ">2<" in html


def test_same_table_gives_the_same_html():
    frame = pd.DataFrame({"n": [1, 2]})
    assert show(frame).to_html() == show(frame).to_html()


def test_no_figure_offers_to_upload_its_data():
    figure = style.figure("title")
    assert plotly.io.renderers["plotly_mimetype"].to_mimebundle(figure.to_dict())["application/vnd.plotly.v1+json"][
        "config"
    ] == {"showSendToCloud": False, "displaylogo": False}
    assert style.live(figure).get_state()["_config"]["showSendToCloud"] is False


def test_a_table_brings_the_heading_of_a_column_whose_name_says_too_little():
    table = pd.DataFrame({"before": [1.0]})
    table.attrs["headings"] = {"before": "mean_before"}
    assert label("mean_before") in show(table).to_html() and label("mean_before") != label("before")
