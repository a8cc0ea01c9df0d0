"""Numbers, dates, identifiers and choices, the way people and programs write them."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from crmbook.data.choices import categories, flags
from crmbook.data.dates import dates, day_order
from crmbook.data.encoding import as_utf8
from crmbook.data.headers import near, normal
from crmbook.data.identifiers import PLACEHOLDERS, ids
from crmbook.data.numbers import CURRENCIES, decimal_mark, numbers
from crmbook.data.reading import as_text
from hypothesis import given, settings
from hypothesis import strategies as st

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))


def column(*values: str) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def number(value: str, mark: str = ".", share: bool = False) -> float:
    return numbers(column(value), mark, share).values.iloc[0]


def moment(value: str, **said: str) -> pd.Timestamp:
    return dates(column(value), **said).values.iloc[0]


def faults(reading) -> dict[str, list[int]]:
    return {rule: np.flatnonzero(where).tolist() for rule, where in reading.faults.items() if where.any()}


# Numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234.5", 1234.5),
        (" 1,234.50 ", 1234.5),
        ("1,234,567", 1234567),
        ("¥1,234.50", 1234.5),
        ("￥1,234.50元", 1234.5),
        ("$1,200", 1200),
        ("US$ 1,200", 1200),
        ("1200 EUR", 1200),
        ("(40.00)", -40),
        ("(¥40.00)", -40),
        ("¥(40.00)", -40),
        ("（40.00）", -40),
        ("40.00-", -40),
        ("- 40", -40),
        ("−40", -40),
        ("+40", 40),
        ("１，２３４．５０", 1234.5),
        ("1.2万", 12000),
        ("3.5亿元", 350000000),
        ("2千", 2000),
        ("1 234.50", 1234.5),
        ("1\u00a0234\u00a0567", 1234567),
        ("1'234.50", 1234.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("0", 0),
    ],
)
def test_number_is_read(value, expected):
    assert number(value) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "value",
    [
        "#REF!",
        "#DIV/0!",
        "abc",
        "1,23",
        "12,34.5",
        "1.2.3",
        "--5",
        "-5-",
        "(-5)",
        "12 34",
        "inf",
        "1e400",
        "¥5$",
        "¥",
        "5x",
    ],
)
def test_what_is_no_number_is_not_guessed(value):
    assert faults(numbers(column(value))) == {"number_unreadable": [0]}


@pytest.mark.parametrize("value", ["", " ", "-", "N/A", "null", "nan", "#N/A", "—"])
def test_blank_number_is_blank_and_no_fault(value):
    reading = numbers(column(value))
    assert reading.blank.tolist() == [True] and faults(reading) == {} and math.isnan(reading.values.iloc[0])


def test_percentage_is_a_share_and_never_an_amount():
    assert number("12.5%", share=True) == 0.125
    assert faults(numbers(column("12.5%"))) == {"number_percent": [0]}


@settings(max_examples=30, deadline=None)
@given(AMOUNTS)
def test_every_style_gives_the_number_back(amount):
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    comma = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    bracketed = f"({abs(amount):,.2f})" if amount < 0 else grouped
    for value in (plain, grouped, f"¥{grouped}", bracketed, f"{grouped} CNY"):
        assert number(value) == pytest.approx(float(amount), abs=1e-6), value
    assert number(comma, ",") == pytest.approx(float(amount), abs=1e-6)


def test_currencies_are_named_with_their_first_place():
    assert numbers(column("5", "¥5", "$7", "¥8")).currencies == {"¥": 1, "$": 2}
    for word, code in CURRENCIES.items():
        assert numbers(column(f"{word}5")).currencies == {code: 0}, word


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1,234.50", "7"], "."),
        (["1.234,50", "7"], ","),
        (["12,5", "1,234"], ","),
        (["12.5", "1,234"], "."),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1,234", "5"], ""),
        (["12,5", "12.5", "13.5"], "."),
        ([], ""),
    ],
)
def test_decimal_mark_comes_from_the_values_that_tell(values, mark):
    assert decimal_mark([column(*values)]) == mark


def test_value_against_the_files_decimal_mark_is_a_fault():
    assert faults(numbers(column("12,5", "12.5", "1.234,5", "1,234.5"), ",")) == {"number_unreadable": [1, 3]}


# Dates ----------------------------------------------------------------------------------------------------------------

STYLES = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%d %b %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y-%m-%d 00:00:00",
    "%Y-%m-%dT00:00:00.000",
]


@settings(max_examples=25, deadline=None)
@given(DAYS)
def test_every_style_gives_the_day_back(day):
    values = [day.strftime(style) for style in STYLES]
    values += [f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日"]
    reading = dates(column(*values))
    assert reading.values.eq(pd.Timestamp(day)).all(), list(zip(values, reading.values, strict=True))
    assert faults(reading) == {}


@settings(max_examples=20, deadline=None)
@given(DAYS)
def test_day_and_month_follow_the_order_that_is_told(day):
    for style, order in (("%d/%m/%Y", "dmy"), ("%m/%d/%Y", "mdy"), ("%d.%m.%Y", "dmy")):
        assert moment(day.strftime(style), order=order) == pd.Timestamp(day)
        assert moment(day.strftime(style), pattern=style) == pd.Timestamp(day)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024/1/5 8:03", "2024-01-05 08:03"),
        ("2024-01-05 8:03:09 PM", "2024-01-05 20:03:09"),
        ("2024-01-05 12:30 am", "2024-01-05 00:30"),
        ("2024/01/05 下午 3:04", "2024-01-05 15:04"),
        ("2024年1月5日 15:04", "2024-01-05 15:04"),
        ("2024年1月5日 15时04分", "2024-01-05 15:04"),
        ("2024年1月5日 星期五 8点04分09秒", "2024-01-05 08:04:09"),
        ("Friday, January 5, 2024", "2024-01-05"),
        ("Fri 5 Jan 2024", "2024-01-05"),
        ("20240105150409", "2024-01-05 15:04:09"),
        ("45296", "2024-01-05"),  # 45,296 days after 1899-12-30
        ("45296.5", "2024-01-05 12:00"),
        ("1704412800000", "2024-01-05"),  # 19,727 days of 86,400 seconds after 1970-01-01
        ("1704412800", "2024-01-05"),
        ("2024-01-05T08:00:00Z", "2024-01-05 08:00"),
        ("2024-01-05T08:00:00.123+0800", "2024-01-05 08:00"),
        ("５ Jan ２０２４", "2024-01-05"),
        ("Sept 5, 2024", "2024-09-05"),
        ("29 February 2024", "2024-02-29"),
        ("31/12/2024", "2024-12-31"),
        ("12/31/2024", "2024-12-31"),
        ("05/05/2024", "2024-05-05"),
    ],
)
def test_moment_is_read(value, expected):
    assert moment(value) == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-30",
        "2023-02-29",
        "0000-00-00",
        "2024-13-01",
        "32/01/2024",
        "2024-01-05 25:00",
        "1899-12-31",
        "9999-12-31",
        "tomorrow",
        "5 Mai 2024",
        "2024",
        "2024-01",
        "12345",
        "Q1 2024",
        "2024-01-05 extra",
    ],
)
def test_what_is_no_day_is_not_guessed(value):
    assert faults(dates(column(value))) == {"date_unreadable": [0]}


def test_month_alone_will_do_where_months_are_asked_for():
    reading = dates(column("2024-01", "2024年2月", "202403", "2024-04-01"), month=True)
    assert reading.values.dt.month.tolist() == [1, 2, 3, 4] and reading.values.dt.day.eq(1).all()


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["05/01/2024", "13/01/2024"], "dmy"),
        (["05/01/2024", "01/13/2024"], "mdy"),
        (["05/01/2024", "06/02/2024"], None),
        (["13/01/2024", "01/13/2024"], None),
        (["2024-01-05"], None),
        (["05.01.24", "13.02.24", "30.12.23"], "dmy"),
        (["01/05/24", "02/13/24", "12/30/23"], "mdy"),
        (["24/01/05", "24/03/17", "23/12/30"], "ymd"),
        (["05/01/97", "13/02/97"], "dmy"),
        (["97/01/05", "97/02/13"], "ymd"),
        ([], None),
    ],
)
def test_order_of_day_and_month_comes_from_the_values_that_tell(values, order):
    assert day_order([column(*values)]) == order


def test_dates_that_fit_several_orders_are_a_fault_of_their_own():
    assert faults(dates(column("05/01/2024", "13/01/2024", "05/01/24"))) == {"date_ambiguous": [0, 2]}


def test_two_digit_years_turn_at_1969():
    assert moment("05/01/68", order="dmy").year == 2068
    assert moment("05/01/69", order="dmy").year == 1969


def test_zones_are_brought_to_the_commonest_and_named():
    values = column(
        "2024-01-05T10:00:00+08:00", "2024-01-05T12:00:00+08:00", "2024-01-05T10:00:00Z", "2024-01-05 09:00:00"
    )
    reading = dates(values)
    assert reading.values.dt.hour.tolist() == [10, 12, 18, 9]
    assert {note.rule: (note.value, note.rows) for note in reading.notes} == {
        "date_zone": ("UTC+08:00", 3),
        "date_zone_mixed": ("2024-01-05T10:00:00Z", 1),
    }


# Identifiers and choices ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_every_placeholder_is_blank_in_any_case(value):
    assert faults(ids(column(f" {value.upper()} "))) == {"id_blank": [0]}


@pytest.mark.parametrize("value", ["1.23457E+15", "1.2e+10", "1E+15", "4.5E12"])
def test_scientific_notation_is_no_identifier(value):
    assert faults(ids(column(value))) == {"id_scientific": [0]}


@pytest.mark.parametrize("value", ["12E5", "E100", "1E5", "0012", "A.0", "1.5", "17850.01", "客户7", "a b"])
def test_identifier_stays_as_it_is(value):
    reading = ids(column(value))
    assert reading.values.tolist() == [value] and faults(reading) == {} and reading.notes == ()


def test_identifiers_are_cleaned_and_each_cleaning_is_noted():
    reading = ids(column("17850.0", " 17850", "\ufeff17850\u3000", "ＡＢ１", "17850"))
    assert reading.values.tolist() == ["17850", "17850", "17850", "AB1", "17850"]
    assert {note.rule: note.rows for note in reading.notes} == {"id_decimal": 1, "id_spaces": 3}


def test_identifiers_that_only_look_alike_are_noted_and_kept_apart():
    reading = ids(column("abc", "ABC", "007", "7", "x"))
    assert reading.values.nunique() == 5
    assert {note.rule: note.rows for note in reading.notes} == {"id_case": 2, "id_zeros": 2}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.from_regex(r"[A-Za-z][0-9]{1,6}", fullmatch=True), min_size=1))
def test_reading_identifiers_again_changes_nothing(values):
    once = ids(column(*values)).values
    assert ids(once).values.tolist() == once.tolist() == values


def test_flags_are_read_in_both_languages():
    reading = flags(column("1", "yes", "TRUE", "是", "0", "N", "否", "", "maybe"))
    assert reading.values.tolist() == [True] * 4 + [False] * 3 + [pd.NA, pd.NA]
    assert faults(reading) == {"flag_unreadable": [8]}


def test_categories_are_understood_by_their_names_in_both_languages():
    values = categories(column("Treated", "对照组", "control", " x ", ""), ("treated", "control")).values
    assert values.iloc[[0, 2, 3]].tolist() == ["treated", "control", "x"]
    assert pd.isna(values.iloc[4])


def test_values_of_any_type_become_text_that_reads_back():
    assert as_text(pd.Series([1.0, 2.5, None])).tolist() == ["1", "2.5", ""]
    assert as_text(pd.Series([1, 2])).tolist() == ["1", "2"]
    assert as_text(pd.Series([True, False])).tolist() == ["1", "0"]
    assert as_text(pd.Series(["001", 1, 1e16, b"x", None], dtype=object)).tolist() == [
        "001",
        "1",
        "1.00000E+16",
        "x",
        "",
    ]
    assert as_text(pd.Series(pd.to_datetime(["2024-01-05", None]))).tolist() == ["2024-01-05", ""]
    assert as_text(pd.Series([datetime.date(2024, 1, 5)])).tolist() == ["2024-01-05"]
    assert as_text(pd.Series(["a", None], dtype="category")).tolist() == ["a", ""]
    assert as_text(pd.Series([7, None], dtype="Int64").astype("category")).tolist() == ["7", ""]


# Words ----------------------------------------------------------------------------------------------------------------


def test_headers_are_compared_without_what_people_vary():
    assert normal("Customer_ID") == normal("ｃｕｓｔｏｍｅｒ id") == normal(" customer-Id ")
    assert near("amont", ["date", "amount", "id"]) == ["amount"]
    assert near("amount", []) == []


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("客户编号金额下单日期,abc123\n"), min_size=1))
def test_encodings_give_the_text_back(text):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert as_utf8("x.csv", text.encode(encoding))[0].decode() == text
