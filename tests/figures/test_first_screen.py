"""A first screen in words: scope, findings, actions, key figures, in the language in use, made safe."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from crmbook import Book, summary
from crmbook.figures.first_screen import SUMMARY
from crmbook.figures.wording import amount
from crmbook.locale import use
from crmbook.shared.told import Action, Finding, told


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def book(**more) -> Book:
    days = pd.to_datetime(["2024-11-01", "2024-12-01", "2024-12-31"])
    orders = pd.DataFrame({"order_id": list("123"), "customer_id": list("aab"), "order_date": days, "amount": 50.0})
    parts = pd.DataFrame({"part": ["rows_read", "staff_account", "kept"], "rows": [4, 1, 3], "orders": [4, 1, 3]})
    parts["money"] = [170.0, 20.0, 150.0]
    return Book(as_of=days[-1], orders=orders, currency="CNY", reconciliation=parts, **more)


TOLD = told(
    [Finding("Tea & <cake>.", 2, 0.4, True, "10 to 20", 12_345.0)],
    [Action("Call.", "sales", pd.Timestamp("2025-01-07"), 1, "calls", 900.0)],
)


def test_it_says_what_was_used_and_what_was_set_aside():
    content = summary(book(), TOLD).content
    assert content["period"] == "2024-11-01 to 2024-12-31"
    assert content["used"] == "3 of 4 order lines used, 150 CNY."
    assert content["aside"] == ["Set aside: orders of staff accounts, 1 lines, 20 CNY."]


def test_findings_and_actions_are_in_words_and_can_travel_as_json():
    content = json.loads(json.dumps(summary(book(), TOLD).content))
    [finding], [action] = content["findings"], content["actions"]
    assert (finding["said"], finding["money"], finding["section"]) == ("Tea & <cake>.", "12,345 CNY", 2)
    assert (action["who"], action["customers"], action["by"], action["listed"]) == (
        "sales", "1 customer", "by 2025-01-07", "calls",
    )  # fmt: skip


def test_key_figures_show_their_change_or_a_dash():
    rows = {row[0]: row[1:] for row in summary(book(), TOLD).content["figures"]["rows"]}
    assert rows["Revenue"] == ["100 CNY", "+100%", "–"] and rows["Orders"] == ["2", "+100%", "–"]


def test_when_nothing_is_certain_it_says_so():
    unsure = told([Finding("Perhaps.", 1, 0.2, certain=False)])
    assert summary(book(), unsure).content["lead"] == "Nothing here is certain: all that follows may be chance."
    assert summary(book(), told([])).content["lead"].startswith("Nothing in these data is large or certain")
    assert summary(book(), TOLD).content["lead"] == ""


def test_a_notebook_shows_it_as_lists_made_safe():
    bundle = summary(book(), TOLD)._repr_mimebundle_()
    assert "<li>Tea &amp; &lt;cake&gt;." in bundle["text/html"] and bundle[SUMMARY]["findings"]


def test_it_speaks_chinese():
    use("zh")
    content = summary(book(), TOLD).content
    assert content["used"] == "使用 4 行订单中的 3 行，合计150 元。"
    assert content["findings"][0]["money"] == "1.23 万元" and content["actions"][0]["who"] == "销售"
    assert content["figures"]["heads"][2:] == ["环比", "同比"]


def test_a_book_of_contracts_only_has_no_key_figures():
    bare = Book(as_of=pd.Timestamp("2024-12-31"))
    assert summary(bare, told([])).content["figures"] == {}


@pytest.mark.parametrize(
    ("language", "value", "currency", "said"),
    [
        ("en", 999.4, "CNY", "999 CNY"), ("en", 1_500_000, "EUR", "1.50 million EUR"),
        ("en", -2.5e9, "", "-2.50 billion"),
        ("zh", 9_999, "CNY", "9,999 元"), ("zh", 120_000, "CNY", "12 万元"), ("zh", 3.456e8, "CNY", "3.46 亿元"),
        ("zh", -50_000, "", "-5 万"), ("zh", 120, "USD", "120 USD"),
    ],
)  # fmt: skip
def test_amounts_read_as_people_say_them(language, value, currency, said):
    use(language)
    assert amount(value, currency) == said
