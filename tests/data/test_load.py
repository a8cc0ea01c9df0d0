"""`load`: what users' files really contain, read right or refused with what to do; totals in and out agree."""

from __future__ import annotations

import datetime
import os
import re
import stat
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crmbook import Book, load
from crmbook.data.faults import DataError
from crmbook.data.headers import accepted
from crmbook.data.schema import TABLES
from crmbook.locale import entries, name, text, use
from data_files import finding, reconciled, refused, rules, workbook, written

HEADER = "order_id,customer_id,order_date,amount"
HEADERS = HEADER.split(",")
ENDS = pd.Timestamp("2024-02-09")  # the day of the last of the 40 orders


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    use("en")


def lines(count: int = 40) -> list[list[str]]:
    """So many sound orders of 10.00 each, one a day from 2024-01-01, of ten customers."""
    days = pd.date_range("2024-01-01", periods=count)
    return [[f"O{i:03d}", f"C{i % 10:02d}", f"{day:%Y-%m-%d}", "10.00"] for i, day in enumerate(days)]


def csv(rows: list[list[str]], header: str = HEADER, separator: str = ",", end: str = "\n") -> str:
    return end.join([header.replace(",", separator), *(separator.join(row) for row in rows)]) + end


def changed(place: int, **cells: str) -> list[list[str]]:
    """The sound orders with some cells of one of them changed; place 0 is row 2 of the file."""
    rows = lines()
    for column, value in cells.items():
        rows[place][HEADERS.index(column)] = value
    return rows


def is_sound(book: Book) -> bool:
    """The forty orders came through: 400.00 by ten customers up to 9 February."""
    return (
        len(book.orders) == 40
        and book.orders["amount"].sum() == 400
        and book.orders["customer_id"].nunique() == 10
        and book.as_of == ENDS
        and reconciled(book)["kept"] == 40
    )


# Sources --------------------------------------------------------------------------------------------------------------


def test_sound_file_gives_typed_orders_and_no_findings(tmp_path):
    book = load(written(tmp_path, csv(lines())))
    assert is_sound(book)
    assert book.findings.empty and book.faults.empty
    assert book.orders.dtypes.astype(str).to_dict() == {
        "order_id": "str",
        "customer_id": "str",
        "order_date": "datetime64[us]",
        "amount": "float64",
    }
    assert list(book.tables) == ["orders"] and book.customers is None
    assert repr(book) == "Book(as of 2024-02-09; orders 40; 0 rows set aside, 0 findings)"


def test_frame_parquet_excel_and_csv_give_the_same_orders(tmp_path):
    frame = pd.DataFrame(lines(), columns=HEADERS).astype({"amount": float})
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    frame.to_parquet(tmp_path / "orders.parquet")
    cells = [HEADERS, *([*row[:3], float(row[3])] for row in lines())]
    sources = [
        frame,
        {"orders": frame},
        tmp_path / "orders.parquet",
        workbook(tmp_path, {"Sheet1": cells}),
        written(tmp_path, csv(lines())),
    ]
    expected = load(frame).orders
    for source in sources:
        book = load(source)
        assert is_sound(book)
        pd.testing.assert_frame_equal(book.orders, expected)


def test_folder_gives_each_table_by_its_name_in_either_language(tmp_path):
    written(tmp_path, csv(lines()))
    written(tmp_path, "客户编号,账户类型\nC00,员工\nC01,consumer\n", "客户.csv")
    written(tmp_path, "what,else\n1,2\n", "prices.csv")
    written(tmp_path, "entity,id\nx,1\n", "truth.csv")
    (tmp_path / "~$orders.xlsx").write_bytes(b"lock")
    book = load(tmp_path)
    assert list(book.tables) == ["customers", "orders"]
    assert book.customers["account_type"].tolist() == ["staff", "consumer"]
    assert finding(book, "file_ignored")["file"] == "prices.csv"


def test_folder_without_a_table_two_files_for_one_and_unknown_tables_are_refused(tmp_path):
    refused(lambda: load(tmp_path / "nowhere"), "nowhere", code="no_source")
    written(tmp_path, "a,b\n1,2\n", "prices.csv")
    refused(lambda: load(tmp_path), "prices.csv", "orders", code="load_no_table")
    written(tmp_path, csv(lines()))
    written(tmp_path, csv(lines()), "ORDERS.tsv")
    refused(lambda: load(tmp_path), "ORDERS.tsv", "orders.csv", code="load_two_files")
    refused(lambda: load({"order": pd.DataFrame()}), "order", "orders", code="load_table")
    refused(lambda: load(written(tmp_path, "x", "orders.docx")), "orders.docx", ".xlsx", code="load_file_type")


def test_name_that_others_use_counts_where_no_file_has_the_tables_own(tmp_path):
    written(tmp_path, csv(lines()), "订单.csv")
    assert is_sound(load(tmp_path))
    written(tmp_path, "order_id,order_date\n1,2024-01-01\n", "orders.csv")
    refused(lambda: load(tmp_path), "orders.csv", code="load_column_nowhere")
    written(tmp_path, csv(lines()))
    assert finding(load(tmp_path), "file_ignored")["file"] == "订单.csv"


@pytest.mark.parametrize("content", ["", "ticket_id,customer_id,opened_at\n"])
def test_table_without_rows_beside_the_orders_counts_as_not_there(tmp_path, content):
    written(tmp_path, csv(lines()))
    written(tmp_path, content, "tickets.csv")
    book = load(tmp_path)
    assert is_sound(book) and book.tickets is None
    assert finding(book, "table_empty")["file"] == "tickets.csv"


def test_orders_in_a_file_that_is_not_read_are_asked_for_and_other_tables_named(tmp_path):
    written(tmp_path, "customer_id,signup_date\nC1,2024-01-01\n", "customers.csv")
    written(tmp_path, "[]", "orders.json")
    refused(lambda: load(tmp_path), "orders.json", ".csv", code="load_file_type")
    written(tmp_path, csv(lines()))
    written(tmp_path, "Questions", "survey.docx")
    book = load(tmp_path)
    assert finding(book, "file_kind")["file"] == "survey.docx"


def test_findings_come_in_the_language_in_use(tmp_path):
    book = load(written(tmp_path, csv(changed(5, amount="abc"))))
    assert 'orders.csv, row 7, amount: "abc" is not a number.' in finding(book, "number_unreadable")["advice"]
    use("zh")
    assert "orders.csv 第 7 行 amount：“abc”不是数字" in finding(book, "number_unreadable")["advice"]


def test_every_rule_has_a_name_and_says_what_to_do_in_both_languages():
    record = {
        "file": "a.csv",
        "row": 7,
        "column": "amount",
        "value": "abc",
        "rows": 1234,
        "money": 1.5,
        "effect": "note",
    }
    codes = [key.removeprefix("load.rule_") for key, _ in entries() if key.startswith("load.rule_")]
    assert len(codes) > 30
    for language in ("en", "zh"):
        use(language)
        assert [code for code in codes if name(code) == code] == []
        assert [code for code in codes if "a.csv" not in text(f"load.rule_{code}", rule=code, **record)] == []


@pytest.mark.parametrize("source", [None, 5, [1, 2], pd.Series([1]), {"orders": [1, 2]}])
def test_what_is_no_source_is_refused(source):
    refused(lambda: load(source), code="load_source")
    refused(lambda: load(""), code="no_source")


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ({"columns": ["amount"]}, "load_columns_form"),
        ({"columns": {"amount": None}}, "load_columns_form"),
        ({"allowed_faults": "5 %"}, "load_allowed_faults"),
        ({"date_format": 5}, "load_date_format"),
        ({"encoding": 5}, "load_encoding_unknown"),
    ],
)
def test_arguments_of_another_type_are_refused(tmp_path, argument, code):
    path = written(tmp_path, csv(lines()))
    refused(lambda: load(path, **argument), code=code)


def test_frame_may_carry_its_columns_in_the_index_and_once_more_beside_it():
    frame = pd.DataFrame(lines(), columns=HEADERS)
    assert is_sound(load(frame.set_index(["customer_id", "order_id"])))
    assert is_sound(load(frame.set_index("order_id", drop=False)))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_frame_of_arrow_types_is_read_as_any_other(unit):
    days = pd.date_range("2024-01-01", periods=40)
    zoned = pd.ArrowDtype(pa.timestamp(unit, tz="Asia/Shanghai"))
    frame = pd.DataFrame(lines(), columns=HEADERS).assign(
        order_date=pd.array(days.tz_localize("Asia/Shanghai"), dtype=zoned),
        customer_id=lambda table: table["customer_id"].astype(pd.ArrowDtype(pa.large_string())),
        amount=pd.array([10] * 40, dtype=pd.ArrowDtype(pa.decimal128(12, 2))),
    )
    book = load(frame)
    assert is_sound(book)
    assert finding(book, "date_zone")["value"] == "Asia/Shanghai"
    assert is_sound(load(frame.assign(order_date=pd.array(days.date, dtype=pd.ArrowDtype(pa.date32())))))


# Headers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Order ID,CUSTOMER_ID, order date ,Amount",
        "ｏｒｄｅｒ＿ｉｄ,customer-id,Order　Date,ＡＭＯＵＮＴ",
        "订单编号,客户编号,下单日期,金额",
        "订单号,会员号,下单时间,实付金额",
        "Invoice No,Client ID,Invoice Date,Revenue",
    ],
)
def test_headers_are_recognised_in_other_spellings_and_both_languages(tmp_path, header):
    book = load(written(tmp_path, csv(lines(), header)))
    assert is_sound(book)
    assert book.matches["column"].tolist() == HEADERS


def test_headings_of_a_table_are_each_the_heading_of_one_column():
    for table in TABLES.values():
        names = [name for known in accepted(table).values() for name in known]
        assert sorted(names) == sorted(set(names)), table.name


@pytest.mark.parametrize("column", ["customer_id", "order_date", "amount"])
def test_missing_column_is_refused_with_the_nearest_names(tmp_path, column):
    near = {"customer_id": "custmer", "order_date": "ordr_dat", "amount": "amont"}[column]
    path = written(tmp_path, csv(lines(), HEADER.replace(column, near)))
    refused(
        lambda: load(path), "orders.csv", column, near, f'columns={{"{near}": "{column}"}}', code="load_column_missing"
    )
    assert is_sound(load(path, columns={near: column}))


def test_own_headers_go_before_what_is_recognised(tmp_path):
    rows = [[*row, "99"] for row in lines()]
    path = written(tmp_path, csv(rows, "order_id,customer_id,order_date,Betrag,amount"))
    assert is_sound(load(path, columns={"Betrag": "amount"}))
    assert is_sound(load(path, columns={"orders": {"betrag": "amount"}}))
    matches = load(path, columns={"Betrag": "amount"}).matches.set_index("header")
    assert matches.loc["Betrag", "how"] == "columns" and matches.loc["amount", "how"] == "ignored"


def test_mistakes_in_columns_are_refused(tmp_path):
    path = written(tmp_path, csv(lines(), HEADER.replace("amount", "Betrag")))
    refused(lambda: load(path, columns={"Betrug": "amount"}), "Betrug", "Betrag", code="load_columns_header")
    refused(lambda: load(path, columns={"Betrag": "amuont"}), "amuont", "amount", code="load_columns_target")
    refused(
        lambda: load(path, columns={"amount": "Betrag"}), 'columns={"Betrag": "amount"}', code="load_columns_turned"
    )
    refused(lambda: load(path, columns={"Betrag": "amount", "order_id": "amount"}), "amount", code="load_columns_twice")
    refused(lambda: load(path, columns={"customers": {"a": "name"}}), "customers", code="load_columns_table")
    written(tmp_path, "customer_id\nC00\n", "customers.csv")
    refused(lambda: load(tmp_path, columns={"Betrug": "amount"}), "Betrug", "Betrag", code="load_columns_header")
    assert len(load(tmp_path, columns={"Betrag": "amount"}).orders) == 40


def test_unknown_preset_is_refused(tmp_path):
    refused(lambda: load(written(tmp_path, csv(lines())), preset="sap"), "sap", "preset", code="load_preset")


def test_header_that_is_there_twice_must_say_the_same_twice(tmp_path):
    same = [[*row, row[3]] for row in lines()]
    assert is_sound(load(written(tmp_path, csv(same, HEADER + ",amount"))))
    other = [[*row, "1"] for row in lines()]
    path = written(tmp_path, csv(other, HEADER + ",amount"))
    refused(lambda: load(path), "orders.csv", "amount (4), amount (5)", code="load_header_twice")
    unneeded = [[*row, "x", "y"] for row in lines()]
    assert is_sound(load(written(tmp_path, csv(unneeded, HEADER + ",remark,remark"))))


def test_product_number_is_read_rather_than_its_name_and_said(tmp_path):
    both = [[*row, f"S{number % 3}", f"tea {number % 3}"] for number, row in enumerate(lines())]
    book = load(written(tmp_path, csv(both, HEADER + ",SKU,Product")))
    assert set(book.orders["product_id"]) == {"S0", "S1", "S2"}
    note = book.findings.set_index("rule").loc["column_taken"]
    assert (note["column"], note["value"], note["effect"]) == ("SKU", "Product", "note")
    named = [[*row, f"茶 {number % 3}"] for number, row in enumerate(lines())]
    book = load(written(tmp_path, csv(named, "订单号,客户,下单时间,实付金额,商品")))
    assert set(book.orders["product_id"]) == {"茶 0", "茶 1", "茶 2"} and not len(book.findings)


def test_of_two_different_amounts_none_is_taken(tmp_path):
    both = [[*row, "1"] for row in lines()]
    path = written(tmp_path, csv(both, "订单号,客户编号,下单时间,订单金额,实付金额"))
    refused(lambda: load(path), "订单金额 (4), 实付金额 (5)", code="load_header_twice")


# Encodings and shapes -------------------------------------------------------------------------------------------------

CHINESE = "订单编号,客户编号,下单日期,金额,备注"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_chinese_files_are_found(tmp_path, encoding):
    rows = [[*row, "按时送达，谢谢"] for row in lines()]
    path = written(tmp_path, csv(rows, CHINESE), encoding=encoding)
    assert is_sound(load(path))
    assert load(path).findings.empty


def test_encoding_that_is_told_is_taken_and_a_wrong_one_refused(tmp_path):
    rows = [[*row, "準時送達"] for row in lines()]
    path = written(tmp_path, csv(rows, "order_id,customer_id,order_date,amount,備註"), encoding="big5")
    assert is_sound(load(path, encoding="big5"))
    refused(lambda: load(path), "orders.csv", "encoding=", code="load_encoding")
    refused(lambda: load(path, encoding="utf-8"), "orders.csv", "utf-8", code="load_encoding_wrong")
    refused(lambda: load(path, encoding="utf-99"), "utf-99", code="load_encoding_unknown")


def test_western_text_is_read_and_the_assumption_said(tmp_path):
    rows = [[*row, "Café Müller"] for row in lines()]
    book = load(written(tmp_path, csv(rows, HEADER + ",category"), encoding="cp1252"))
    assert is_sound(book)
    assert book.orders["category"].eq("Café Müller").all()
    assert finding(book, "encoding_assumed")["value"] == "Windows-1252"


@pytest.mark.parametrize(("written_as", "read_as"), [("utf-8", "cp1252"), ("gb18030", "latin-1"), ("utf-8", "gb18030")])
def test_text_decoded_with_the_wrong_code_page_is_refused(tmp_path, written_as, read_as):
    garbled = "金额表".encode(written_as).decode(read_as, errors="ignore")
    path = written(tmp_path, csv(lines(), HEADER.replace("amount", f"amount,{garbled}")))
    refused(lambda: load(path), "orders.csv", garbled, code="load_garbled")


@pytest.mark.parametrize(
    ("written_as", "read_as"), [("utf-8", "latin-1"), ("utf-8", "gb18030"), ("gb18030", "latin-1")]
)
def test_names_decoded_with_the_wrong_code_page_are_said(tmp_path, written_as, read_as):
    garbled = "客户满意".encode(written_as).decode(read_as)
    rows = [[*row, garbled if number == 3 else "Größe"] for number, row in enumerate(lines())]
    book = load(written(tmp_path, csv(rows, HEADER + ",category")))
    assert is_sound(book)
    assert finding(book, "garbled")["row"] == 5


def test_letters_with_accents_are_no_garbled_header(tmp_path):
    assert is_sound(load(written(tmp_path, csv([[*row, "x"] for row in lines()], HEADER + ",Größe"))))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_and_line_ends_are_found(tmp_path, separator, end):
    assert is_sound(load(written(tmp_path, csv(lines(), separator=separator, end=end))))


@pytest.mark.parametrize(
    ("separator", "amount", "read", "rule"),
    [
        (";", "1.234", 1234, "number_grouped"),
        (";", "1,234", 1.234, "number_decimals"),
        (",", "1.234", 1.234, "number_decimals"),
        ("\t", "1,234", 1234, "number_grouped"),
    ],
)
def test_number_that_could_be_thousands_or_decimals_is_read_by_the_separator_and_said(
    tmp_path, separator, amount, read, rule
):
    book = load(written(tmp_path, csv([[*row[:3], amount] for row in lines()], separator=separator)))
    assert book.orders["amount"].unique().tolist() == [read]
    assert finding(book, rule)["rows"] == 40


def test_decimal_comma_is_understood_for_the_whole_file(tmp_path):
    rows = lines()
    for row, amount in zip(rows, ["1.234,50", "12,5", "1.000", "7"], strict=False):
        row[3] = amount
    book = load(written(tmp_path, csv(rows, separator=";").replace("10.00", "10,00")))
    assert book.orders["amount"].head(5).tolist() == [1234.5, 12.5, 1000, 7, 10]
    reconciled(book)


def test_quoted_cells_hold_newlines_and_separators(tmp_path):
    rows = [[*row, '"first line\nsecond, line"'] for row in lines()]
    rows[30][3] = "abc"
    book = load(written(tmp_path, csv(rows, HEADER + ",category")))
    assert book.orders["category"].iloc[0] == "first line\nsecond, line"
    assert finding(book, "number_unreadable")["row"] == 32  # a spreadsheet counts records, not lines


def test_rows_above_the_header_are_passed_over_and_row_numbers_stay(tmp_path):
    text = "订单导出\n导出时间,2024-02-10\n\n" + csv(changed(0, amount="abc"))
    book = load(written(tmp_path, text))
    assert len(book.orders) == 39
    assert finding(book, "number_unreadable")["row"] == 5  # three rows above, the header is row 4


@pytest.mark.parametrize("total", ["合计,,,400.00", "Total,,,400.00", ",,,400.00", "总计：,,,400.00"])
def test_total_row_at_the_bottom_is_set_aside_and_said(tmp_path, total):
    book = load(written(tmp_path, csv(lines()) + total + "\n"))
    assert is_sound(book)
    assert reconciled(book)["total_row"] == 1
    found = finding(book, "total_row")
    assert (found["row"], found["money"], found["effect"]) == (42, 400, "set_aside")


@pytest.mark.parametrize(
    "remark", ["制表人：张三,,,", "Report of 2024-05-01,,,", "Total: 40 orders,,,", "本页合计,,,400"]
)
def test_remark_at_the_bottom_is_no_faulty_order(tmp_path, remark):
    rows = lines(4)
    book = load(written(tmp_path, f"{csv(rows)}{remark}\n"))
    assert len(book.orders) == 4
    assert reconciled(book)["total_row"] == 1


def test_last_row_without_a_customer_is_an_anonymous_sale(tmp_path):
    book = load(written(tmp_path, csv(changed(39, customer_id=""))))
    assert reconciled(book)["anonymous"] == 1
    assert finding(book, "anonymous")["row"] == 41


def test_blank_rows_and_repeated_headers_are_counted(tmp_path):
    text = csv(lines()[:20]) + "\n,,,\n" + csv(lines()[20:]) + ",,,\n"
    book = load(written(tmp_path, text))
    assert is_sound(book)
    parts = reconciled(book)
    assert (parts["blank_row"], parts["header_repeated"], parts["rows_read"]) == (3, 1, 44)


def test_trailing_commas_do_no_harm(tmp_path):
    assert is_sound(load(written(tmp_path, csv([[*row, "", ""] for row in lines()]))))
    assert is_sound(load(written(tmp_path, csv([[*row, "", ""] for row in lines()], HEADER + ",,"))))


def test_row_with_cells_beyond_the_header_is_set_aside(tmp_path):
    rows = lines()
    rows[3] = ["O003", "C03", "2024-01-04", "1", "000.00"]  # a thousands comma without quotation marks
    book = load(written(tmp_path, csv(rows)))
    assert len(book.orders) == 39
    assert finding(book, "row_long")["row"] == 5
    assert reconciled(book)["faulty"] == 1


def test_file_cut_in_the_middle_loses_only_its_last_row_and_says_so(tmp_path):
    rows = [[*row, "网店"] for row in lines()]
    text = csv(rows, HEADER + ",channel").encode()
    book = load(written(tmp_path, text[: text.rindex(b"10.00") + 2]))
    assert len(book.orders) == 39
    found = finding(book, "row_cut")
    assert (found["row"], found["effect"]) == (41, "set_aside")
    assert reconciled(book)["faulty"] == 1
    inside_a_character = load(written(tmp_path, text[:-2]))
    assert finding(inside_a_character, "row_cut")["row"] == 41


def test_file_cut_inside_quotation_marks_loses_its_last_row_and_says_so(tmp_path):
    rows = [[*row, '"green, loose"'] for row in lines()]
    book = load(written(tmp_path, csv(rows, HEADER + ",category")[:-4]))
    assert len(book.orders) == 39
    assert finding(book, "row_cut")["row"] == 41


def test_texts_that_a_system_wraps_for_the_spreadsheet_are_unwrapped(tmp_path):
    wrapped = "\n".join(",".join(f'="{cell}"' for cell in row) for row in [HEADERS, *changed(0, customer_id="001")])
    assert load(written(tmp_path, wrapped)).orders["customer_id"].iloc[0] == "001"


def test_quotation_mark_that_never_closes_is_refused_with_its_row(tmp_path):
    path = written(tmp_path, csv(changed(9, order_id='"O009')))
    refused(lambda: load(path), "orders.csv", 11, code="load_open_quote")


def test_empty_files_and_headers_without_rows_are_refused(tmp_path):
    for content in ("", "\n \n", "\ufeff"):
        refused(lambda content=content: load(written(tmp_path, content)), "orders.csv", code="load_empty")
    refused(lambda: load(written(tmp_path, HEADER + "\n")), "orders.csv", code="load_no_rows")
    refused(lambda: load(written(tmp_path, HEADER)), "orders.csv", code="load_no_rows")
    refused(lambda: load(written(tmp_path, HEADER + "\n,,,\n")), "orders.csv", code="load_no_rows")
    refused(lambda: load(pd.DataFrame(columns=HEADERS)), "orders", code="load_no_rows")
    refused(lambda: load(workbook(tmp_path, {"Sheet1": []})), "orders.xlsx", code="load_empty")
    refused(lambda: load(workbook(tmp_path, {"Sheet1": [HEADERS]})), "orders.xlsx", code="load_no_rows")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("orders.xlsx", b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "load_web_page"),
        ("orders.xls", b"\xef\xbb\xbf\n<html><body>Please sign in</body></html>", "load_web_page"),
        ("orders.csv", b"<html>Not found</html>", "load_web_page"),
        ("orders.xlsx", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "load_pointer"),
        ("orders.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "load_pointer"),
        ("orders.xlsx", b"order_id,customer_id,order_date,amount\n1,2,2024-01-01,3\n", "load_not_excel"),
        ("orders.xlsx", b"PK\x03\x04 cut off", "load_not_excel"),
        ("orders.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off", "load_not_excel"),
        ("orders.csv", b"PK\x03\x04" + bytes(100), "load_disguise"),
        ("orders.csv", b"PAR1" + bytes(100), "load_disguise"),
        ("orders.csv", b"%PDF-1.7 ...", "load_disguise"),
        ("orders.csv", b"order_id\x00\x01\x02,customer_id\n" * 20, "load_not_text"),
        ("orders.parquet", b"order_id,customer_id\n", "load_not_parquet"),
        ("orders.parquet", b"PAR1" + bytes(100), "load_not_parquet"),
    ],
)
def test_file_that_is_not_what_its_name_says_is_refused(tmp_path, name, content, code):
    refused(lambda: load(written(tmp_path, content, name)), name, code=code)


# Numbers --------------------------------------------------------------------------------------------------------------


def test_amounts_in_every_way_people_write_them(tmp_path):
    told = {
        "¥1,234.50": 1234.5,
        "(40.00)": -40,
        "40.00-": -40,
        "１２３．５": 123.5,
        "1.2万": 12000,
        "￥ 7": 7,
        "-¥8": -8,
    }
    rows = lines()
    for row, amount in zip(rows, told, strict=False):
        row[3] = f'"{amount}"'
    book = load(written(tmp_path, csv(rows)))
    assert book.orders["amount"].head(len(told)).tolist() == list(told.values())
    assert book.currency == "CNY"
    reconciled(book)


@pytest.mark.parametrize("amount", ["#REF!", "abc", "12 34", "1,2,3", "inf", "12%"])
def test_amount_that_is_no_number_sets_its_row_aside(tmp_path, amount):
    book = load(written(tmp_path, csv(changed(4, amount=f'"{amount}"'))))
    found = book.findings.iloc[0]
    assert (found["file"], found["row"], found["column"], found["value"]) == ("orders.csv", 6, "amount", amount)
    assert (found["effect"], found["rows"]) == ("set_aside", 1) and np.isnan(found["money"])
    assert reconciled(book)["faulty"] == 1 and len(book.orders) == 39


def test_blank_amount_sets_its_row_aside(tmp_path):
    book = load(written(tmp_path, csv(changed(4, amount=""))))
    assert finding(book, "blank")["row"] == 6
    assert reconciled(book)["faulty"] == 1


@pytest.mark.parametrize(("one", "other"), [("¥10", "$10"), ("10元", "10 EUR"), ("HK$10", "US$10")])
def test_two_currencies_in_one_column_are_refused(tmp_path, one, other):
    rows = changed(4, amount=one)
    rows[7][3] = other
    refused(
        lambda: load(written(tmp_path, csv(rows))), "orders.csv", "amount", 6, one, 9, other, code="load_two_currencies"
    )


def test_currency_column_names_the_one_currency(tmp_path):
    rows = [[*row, word] for row, word in zip(lines(), ["CNY", "RMB", "人民币", ""] * 10, strict=True)]
    path = written(tmp_path, csv(rows, HEADER + ",currency"))
    assert load(path).currency == "CNY"
    rows[9][4] = "usd"
    refused(
        lambda: load(written(tmp_path, csv(rows, HEADER + ",currency"))), "currency", 11, "usd", "USD", "CNY",
        code="load_two_currencies",
    )  # fmt: skip


def test_currency_in_a_header_counts_and_its_unit_is_applied(tmp_path):
    header = HEADER.replace("amount", "金额（元）")
    book = load(written(tmp_path, csv(lines(), header)))
    assert is_sound(book) and book.currency == "CNY"
    dollars = csv(changed(3, amount="$10"), header)
    refused(lambda: load(written(tmp_path, dollars)), "金额（元）", "$10", "CNY", "USD", code="load_two_currencies")
    ten_thousands = csv(lines(), HEADER.replace("amount", "金额（万元）"))
    book = load(written(tmp_path, ten_thousands))
    assert book.orders["amount"].sum() == 4_000_000 and book.currency == "CNY"
    tons = csv(lines(), HEADER.replace("amount", "金额（吨）"))
    refused(lambda: load(written(tmp_path, tons)), "金额（吨）", "amount", code="load_column_missing")


@pytest.mark.parametrize(("sign", "currency"), [("$", "HKD"), ("¥", "JPY"), ("￥", "CNY"), ("$", "USD")])
def test_sign_that_several_currencies_share_takes_the_one_that_is_named(tmp_path, sign, currency):
    rows = [[*row[:3], sign + row[3], currency] for row in lines()]
    book = load(written(tmp_path, csv(rows, HEADER + ",currency")))
    assert is_sound(book) and book.currency == currency
    assert load(written(tmp_path, csv([row[:4] for row in rows]))).currency == ("USD" if sign == "$" else "CNY")


def test_currency_is_one_per_book(tmp_path):
    written(tmp_path, csv(changed(0, amount="¥10")))
    written(tmp_path, "month,purpose,amount\n2024-01,acquisition,$50\n", "spend.csv")
    refused(lambda: load(tmp_path), "orders.csv", "¥10", "spend.csv", "$50", code="load_two_currencies")


def test_unreadable_cell_of_an_optional_column_is_blanked_and_its_row_stays(tmp_path):
    rows = [[*row, "4", "10%"] for row in lines()]
    rows[2][4] = rows[3][4] = "#N/A!"
    rows[5][5] = "2"
    book = load(written(tmp_path, csv(rows, HEADER + ",cost,discount")))
    assert is_sound(book)
    assert book.orders["cost"].isna().sum() == 2
    assert book.orders["discount"].iloc[0] == 0.1
    found = finding(book, "number_unreadable")
    assert (found["effect"], found["row"], found["rows"]) == ("blanked", 4, 2)
    high = finding(book, "value_high")  # a discount is a share, 2 is not one
    assert (high["row"], high["value"], high["effect"]) == (7, "2", "blanked")
    assert book.orders["discount"].isna().sum() == 1


# Dates ----------------------------------------------------------------------------------------------------------------


def test_dates_in_every_way_people_write_them(tmp_path):
    told = ["2024-01-05", "2024/1/5", "20240105", "2024年1月5日", "5 Jan 2024", '"Jan 5, 2024"', "45296", "2024.1.5"]
    rows = lines()
    for row, day in zip(rows, told, strict=False):
        row[2] = day
    book = load(written(tmp_path, csv(rows)))
    assert book.orders["order_date"].head(len(told)).eq(pd.Timestamp("2024-01-05")).all()
    assert {"date_formats", "date_serial"} == rules(book)
    assert finding(book, "date_serial")["value"] == "45296"
    reconciled(book)


@pytest.mark.parametrize("day", ["2024-02-30", "0000-00-00", "tomorrow", "13/13/2024", "2024-13-01", "9999-12-31"])
def test_impossible_date_sets_its_row_aside_with_its_money(tmp_path, day):
    book = load(written(tmp_path, csv(changed(4, order_date=day))))
    found = finding(book, "date_unreadable")
    assert (found["row"], found["column"], found["value"]) == (6, "order_date", day)
    assert (found["rows"], found["money"]) == (1, 10)
    assert reconciled(book)["faulty"] == 1


def test_order_of_day_and_month_is_taken_from_the_dates_that_tell(tmp_path):
    rows = lines()
    for row in rows:
        year, month, day = row[2].split("-")
        row[2] = f"{day}/{month}/{year}"
    assert is_sound(load(written(tmp_path, csv(rows))))
    for row in rows:
        day, month, year = row[2].split("/")
        row[2] = f"{month}/{day}/{year}"
    assert is_sound(load(written(tmp_path, csv(rows))))


def test_dates_that_fit_both_orders_are_asked_for(tmp_path):
    rows = lines(12)
    for number, row in enumerate(rows, start=1):
        row[2] = f"05/{number:02d}/2024"
    path = written(tmp_path, csv(rows))
    refused(
        lambda: load(path), "orders.csv", "05/01/2024", "order_date", 2, 'date_format="dmy"', code="load_date_ambiguous"
    )
    assert load(path, date_format="dmy").as_of == pd.Timestamp("2024-12-05")
    assert load(path, date_format="mdy").as_of == pd.Timestamp("2024-05-12")
    assert load(path, date_format="%d/%m/%Y").as_of == pd.Timestamp("2024-12-05")
    assert load(path, date_format="%m/%d/%Y").as_of == pd.Timestamp("2024-05-12")
    for wrong in ("european", "%d/%m", "%d/%m/%Y %!"):
        refused(lambda wrong=wrong: load(path, date_format=wrong), wrong, '"dmy"', code="load_date_format")


def test_order_that_other_dates_tell_is_said_and_one_that_the_user_says_is_not(tmp_path):
    path = written(tmp_path, csv([*changed(0, order_date="05/01/2024"), ["O9", "C1", "13/01/2024", "1"]]))
    found = finding(load(path), "date_dmy")
    assert (found["row"], found["value"], found["rows"]) == (2, "05/01/2024", 2)
    assert "date_dmy" not in rules(load(path, date_format="dmy"))


def test_two_digit_years_are_read_and_said(tmp_path):
    rows = lines()
    for row in rows:
        row[2] = f"{pd.Timestamp(row[2]):%d.%m.%y}"
    book = load(written(tmp_path, csv(rows)))
    assert is_sound(book)
    assert finding(book, "date_short_year")["rows"] == 40


def test_time_zone_is_kept_and_named(tmp_path):
    rows = lines()
    for row in rows:
        row[2] += "T23:30:00+08:00"
    rows[0][2] = "2024-01-01T16:00:00Z"  # midnight of 2 January at UTC+08:00
    book = load(written(tmp_path, csv(rows)))
    assert finding(book, "date_zone")["value"] == "UTC+08:00"
    assert finding(book, "date_zone_mixed")["row"] == 2
    assert book.orders["order_date"].iloc[0] == pd.Timestamp("2024-01-02 00:00")
    assert book.orders["order_date"].iloc[1] == pd.Timestamp("2024-01-02 23:30")
    frame = pd.DataFrame(lines(), columns=HEADERS)
    frame["order_date"] = pd.to_datetime(frame["order_date"]).dt.tz_localize("Asia/Shanghai")
    assert finding(load(frame), "date_zone")["value"] == "Asia/Shanghai"
    assert is_sound(load(frame))


def test_as_of_day_counts_with_all_its_hours_and_later_rows_are_set_aside(tmp_path):
    path = written(tmp_path, csv(changed(9, order_date="2024-01-10 23:59:59")))
    book = load(path, as_of="2024-01-10")
    assert book.as_of == pd.Timestamp("2024-01-10")
    assert len(book.orders) == 10
    parts = reconciled(book)
    assert (parts["after_as_of"], parts["kept"]) == (30, 10)
    assert finding(book, "after_as_of")["rows"] == 30
    refused(lambda: load(path, as_of="2023-12-31"), "2023-12-31", "2024-01-01", code="load_as_of_before")
    for named in ("2024-01-20", "2024年1月20日", "20/01/2024", datetime.date(2024, 1, 20), np.datetime64("2024-01-20")):
        assert load(path, as_of=named).as_of == pd.Timestamp("2024-01-20")
    for wrong in ("yesterday-ish", "today", "", "05/02/2024", "2024-01", "2024-02-30", 20240120, pd.NaT, True):
        refused(lambda wrong=wrong: load(path, as_of=wrong), str(wrong), code="load_as_of")


def test_last_order_far_after_the_others_is_said(tmp_path):
    book = load(written(tmp_path, csv(changed(39, order_date="2042-02-09"))))
    assert book.as_of == pd.Timestamp("2042-02-09")
    assert finding(book, "as_of_far")["row"] == 41


@pytest.mark.parametrize("filled_in", ["1900-01-01", "1970-01-01"])
def test_first_order_far_before_the_others_is_said(tmp_path, filled_in):
    found = finding(load(written(tmp_path, csv(changed(3, order_date=filled_in)))), "first_far")
    assert (found["row"], found["value"], found["money"]) == (5, filled_in, 10)


def test_ticket_closed_after_the_as_of_date_is_open(tmp_path):
    written(tmp_path, csv(lines()))
    tickets = "ticket_id,customer_id,opened_at,closed_at,resolution\n"
    tickets += "T1,C01,2024-01-03 09:00,2024-01-04 10:00,refund\nT2,C01,2024-01-03 09:00,2024-03-04 10:00,refund\n"
    tickets += "T3,C02,2024-03-01 09:00,,\n"
    written(tmp_path, tickets, "tickets.csv")
    book = load(tmp_path)
    assert book.tickets["ticket_id"].tolist() == ["T1", "T2"]
    assert book.tickets["closed_at"].isna().tolist() == [False, True]
    assert book.tickets["resolution"].isna().tolist() == [False, True]
    assert finding(book, "later_than_as_of")["rows"] == 1
    assert finding(book, "after_as_of")["file"] == "tickets.csv"


# Identifiers ----------------------------------------------------------------------------------------------------------


def test_leading_zeros_are_kept(tmp_path):
    rows = changed(0, customer_id="001")
    rows[1][1] = "1"
    book = load(written(tmp_path, csv(rows)))
    assert book.orders["customer_id"].head(2).tolist() == ["001", "1"]
    assert finding(book, "id_zeros")["rows"] == 2


def test_decimal_point_of_a_spreadsheet_and_stray_spaces_are_unified_and_said(tmp_path):
    rows = changed(0, customer_id="17850.0")
    rows[1][1], rows[2][1], rows[3][1] = "17850", " 17850 ", "１７８５０"
    book = load(written(tmp_path, csv(rows)))
    assert book.orders["customer_id"].head(4).tolist() == ["17850"] * 4
    assert finding(book, "id_decimal")["value"] == "17850.0"
    assert finding(book, "id_spaces")["rows"] == 2


def test_case_differences_are_reported_only(tmp_path):
    book = load(written(tmp_path, csv(changed(0, customer_id="c01"))))
    assert book.orders["customer_id"].iloc[0] == "c01"
    assert "id_case" in rules(book)


@pytest.mark.parametrize("column", ["customer_id", "order_id"])
def test_scientific_notation_is_refused_as_a_key(tmp_path, column):
    path = written(tmp_path, csv(changed(7, **{column: "1.23457E+15"})))
    refused(lambda: load(path), "orders.csv", 9, column, "1.23457E+15", code="load_id_scientific")
    cells = [HEADERS, *lines()]
    cells[8][HEADERS.index(column)] = 1234567890123456
    refused(lambda: load(workbook(tmp_path, {"Sheet1": cells})), "orders.xlsx", 9, column, code="load_id_scientific")


@pytest.mark.parametrize("value", ["", "N/A", "散客", "unknown", "NULL", " - ", "未知", "#N/A", "Guest"])
def test_placeholder_is_never_one_giant_customer(tmp_path, value):
    book = load(written(tmp_path, csv(changed(7, customer_id=value))))
    found = finding(book, "anonymous")
    assert (found["row"], found["column"], found["rows"], found["money"]) == (9, "customer_id", 1, 10)
    assert reconciled(book)["anonymous"] == 1 and book.faults.empty


def test_order_under_two_customers_is_reported_and_kept_with_each(tmp_path):
    book = load(written(tmp_path, csv(changed(1, order_id="O000"))))
    assert len(book.orders) == 40 and reconciled(book)["kept"] == 40
    assert finding(book, "order_shared")["rows"] == 2


def test_whole_row_that_is_there_twice_is_set_aside_where_order_and_product_are_named(tmp_path):
    rows = [[*row, "P1"] for row in lines()]
    book = load(written(tmp_path, csv([*rows, rows[3]], HEADER + ",product_id")))
    assert is_sound(book)
    found = finding(book, "duplicate")
    assert (found["row"], found["rows"], found["money"], found["effect"]) == (42, 1, 10, "set_aside")
    assert reconciled(book)["duplicate"] == 1


def test_whole_row_that_is_there_twice_is_kept_and_reported_without_a_product(tmp_path):
    book = load(written(tmp_path, csv([*lines(), lines()[3]])))
    assert len(book.orders) == 41 and reconciled(book)["kept"] == 41
    assert finding(book, "duplicate_kept")["rows"] == 1


def test_file_without_order_numbers_counts_each_row_as_an_order(tmp_path):
    book = load(written(tmp_path, csv([row[1:] for row in lines()], "customer_id,order_date,amount")))
    assert is_sound(book)
    assert book.orders["order_id"].nunique() == 40
    assert "order_id_made" in rules(book)


def test_apostrophe_that_marks_text_is_left_out_of_identifiers(tmp_path):
    book = load(written(tmp_path, csv(changed(3, customer_id="'C03"))))
    assert is_sound(book) and "id_spaces" in rules(book)


def test_customer_0_is_nobody_and_order_0_an_order(tmp_path):
    book = load(written(tmp_path, csv(changed(3, customer_id="0", order_id="0"))))
    assert reconciled(book)["anonymous"] == 1
    assert reconciled(load(written(tmp_path, csv(changed(3, order_id="0")))))["kept"] == 40


# Shares of faults -----------------------------------------------------------------------------------------------------


def test_more_than_five_in_a_hundred_faulty_rows_are_refused(tmp_path):
    rows = lines()
    for row in rows[:2]:
        row[3] = "abc"
    assert len(load(written(tmp_path, csv(rows))).orders) == 38  # 2 of 40 are 5 %
    rows[2][2] = "2024-02-30"
    path = written(tmp_path, csv(rows))
    refused(lambda: load(path), "orders.csv", "3", "40", "7.5%", 'amount "abc"', "0.08", code="load_too_many_faults")
    book = load(path, allowed_faults=0.08)
    assert reconciled(book)["faulty"] == 3
    assert book.faults["rows"].sum() == 3
    refused(lambda: load(path, allowed_faults=8), "8", code="load_allowed_faults")


def test_row_with_two_faults_counts_once(tmp_path):
    book = load(written(tmp_path, csv(changed(4, order_date="never", amount="?"))))
    assert len(book.findings) == 2
    assert book.findings["rows"].sum() == 1
    assert reconciled(book)["faulty"] == 1


def test_file_without_a_valid_row_is_refused(tmp_path):
    rows = [[*row[:3], "abc"] for row in lines()]
    refused(lambda: load(written(tmp_path, csv(rows)), allowed_faults=1), "orders.csv", "40", code="load_no_valid_row")


# The business ---------------------------------------------------------------------------------------------------------


def test_orders_of_staff_and_suppliers_and_tests_are_set_aside_and_partners_stay(tmp_path):
    written(tmp_path, csv(lines()))
    kinds = ["staff", "supplier", "partner", *["consumer"] * 7]
    rows = [[f"C{number:02d}", kind] for number, kind in enumerate(kinds)]
    written(tmp_path, csv(rows, "customer_id,account_type"), "customers.csv")
    book = load(tmp_path, test_orders=["O002", "O012", "T999"])
    parts = reconciled(book)
    assert parts[["staff_account", "supplier_account", "test_order", "kept"]].tolist() == [4, 4, 2, 30]
    assert finding(book, "test_order_unknown")["value"] == "T999"
    assert book.as_of == ENDS
    refused(lambda: load(tmp_path, test_orders="O002"), "O002", code="load_test_orders")


def test_orders_of_customers_that_no_table_knows_are_kept_and_reported(tmp_path):
    written(tmp_path, csv(lines()))
    written(tmp_path, csv([[f"C{number:02d}"] for number in range(9)], "customer_id"), "customers.csv")
    book = load(tmp_path)
    assert finding(book, "customer_unknown")["rows"] == 4 and reconciled(book)["kept"] == 40


def test_only_staff_orders_leave_nothing_to_work_with(tmp_path):
    written(tmp_path, csv(lines()))
    written(
        tmp_path,
        csv([[f"C{number:02d}", "staff"] for number in range(10)], "customer_id,account_type"),
        "customers.csv",
    )
    refused(lambda: load(tmp_path), "orders.csv", "account_type", code="load_nothing_kept")


def test_customer_that_is_there_twice_is_kept_once(tmp_path):
    written(tmp_path, csv(lines()))
    rows = [[f"C{number:02d}", "consumer"] for number in range(20)]
    rows[5][0], rows[6][1] = "C04", "colleague"
    written(tmp_path, csv(rows, "customer_id,account_type"), "customers.csv")
    book = load(tmp_path)
    assert len(book.customers) == 19
    twice = finding(book, "key_twice")
    assert (twice["file"], twice["row"], twice["value"]) == ("customers.csv", 7, "C04")
    assert finding(book, "value_allowed")["value"] == "colleague"
    assert book.customers.set_index("customer_id").loc["C06", "account_type"] is not None


def test_tables_without_orders_take_their_own_last_day(tmp_path):
    written(tmp_path, "customer_id,date,kind\nC01,2024-03-01,visit\nC02,2024-05-06,call\n", "interactions.csv")
    book = load(tmp_path)
    assert book.as_of == pd.Timestamp("2024-05-06") and book.orders is None
    assert book.reconciliation.empty
    written(tmp_path, "customer_id\nC01\n", "customers.csv")
    (tmp_path / "interactions.csv").unlink()
    refused(lambda: load(tmp_path), "as_of=", code="load_as_of_needed")
    assert load(tmp_path, as_of="2024-01-01").customers is not None


def test_single_customer_and_returns_are_ordinary_data(tmp_path):
    book = load(pd.DataFrame({"customer_id": ["C1"], "order_date": ["2024-01-05"], "amount": [-5]}))
    assert book.orders["amount"].tolist() == [-5]
    assert reconciled(book)["kept"] == 1


# Hostile --------------------------------------------------------------------------------------------------------------


def test_million_columns_are_refused(tmp_path):
    path = written(tmp_path, ",".join(["x"] * 1_000_000) + "\n1\n")
    refused(lambda: load(path), "orders.csv", code="load_too_wide")


def test_cell_of_ten_megabytes_is_refused_with_its_row(tmp_path):
    long = "x" * 10_000_000
    path = written(tmp_path, csv([[*row, "a"] for row in changed(7, order_id=long)], HEADER + ",category"))
    refused(lambda: load(path), "orders.csv", 9, code="load_long_cell")
    uneven = written(tmp_path, csv([*changed(7, order_id=long), ["O999"]]))
    refused(lambda: load(uneven), "orders.csv", 9, code="load_long_cell")


unix = pytest.mark.skipif(os.name == "nt", reason="there are no such files there")


@unix
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_devices_and_pipes_are_refused_unread(kind, single, linked, tmp_path):
    place = tmp_path / "orders.csv"
    if kind == "pipe":
        os.mkfifo(tmp_path / "p" if linked else place)
        if linked:
            place.symlink_to("p")
    elif linked or os.geteuid():
        place.symlink_to("/dev/zero")
        if not single:  # a link out of the folder is not followed at all
            refused(lambda: load(tmp_path), "orders.csv", code="load_link")
            return
    else:
        os.mknod(place, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero under another name
    refused(lambda: load(place if single else tmp_path), "orders.csv", code="load_not_a_file")


@unix
def test_a_link_out_of_the_folder_prints_nothing_of_its_target(tmp_path):
    (tmp_path / "secret-place").mkdir()
    secret = tmp_path / "secret-place" / "passwords.csv"
    secret.write_text(csv(changed(3, order_date="hunter2")), encoding="utf-8")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "orders.csv").symlink_to(secret)
    with pytest.raises(DataError) as caught:
        load(folder)
    for language in ("en", "zh"):
        use(language)
        assert "orders.csv" in str(caught.value) and "data" in str(caught.value)
        assert not re.search("hunter2|secret|passwords", str(caught.value))
    # named by the user, or inside the folder, a link is a file like any other
    (tmp_path / "chosen.csv").symlink_to(secret)
    assert len(load(tmp_path / "chosen.csv").orders) == 39
    (folder / "orders.csv").unlink()
    (folder / "of-march").mkdir()
    (folder / "of-march" / "x.csv").write_text(csv(lines()), encoding="utf-8")
    (folder / "orders.csv").symlink_to(Path("of-march") / "x.csv")
    assert len(load(folder).orders) == 40


@unix
def test_a_link_to_nothing_is_said(tmp_path):
    (tmp_path / "orders.csv").symlink_to("gone.csv")
    refused(lambda: load(tmp_path), "orders.csv", code="load_no_access")


def test_parquet_is_judged_by_all_its_values_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pq.ParquetFile, "read", lambda *_: pytest.fail("it was read"))
    zeros = pa.ListArray.from_arrays(pa.array([0] * 40 + [3_000_000], pa.int32()), pa.array([0] * 3_000_000))
    parquet(tmp_path, category=zeros)  # forty rows: the last holds three million numbers
    monkeypatch.setattr("crmbook.data.read.MOST_CELLS", 1_000_000)
    assert (tmp_path / "orders.parquet").stat().st_size < 100_000
    refused(lambda: load(tmp_path), "orders.parquet", 40, "1,000,000", code="load_too_many_rows")
    monkeypatch.setattr("crmbook.data.read._memory", lambda: 64 * 500)
    refused(lambda: load(tmp_path), "500", code="load_too_many_rows")


def parquet(path: Path, **columns: pa.Array) -> Path:
    texts = {header: pa.array(values) for header, values in zip(HEADERS, zip(*lines(), strict=True), strict=True)}
    pq.write_table(pa.table({**texts, **columns}), path / "orders.parquet")
    return path


def test_bytes_in_parquet_are_read_as_utf8(tmp_path):
    names = [f"茶{place}" for place in range(40)]
    kinds = {"category": pa.binary(), "channel": pa.large_binary()}
    columns = {name: pa.array([text.encode() for text in names], kind) for name, kind in kinds.items()}
    store = pa.array([text.encode() for text in names]).dictionary_encode()
    orders = load(parquet(tmp_path, **columns, store=store)).orders
    assert all(orders[column].tolist() == names for column in ("category", "channel", "store"))


@pytest.mark.parametrize("as_text", [False, True])
def test_parquet_bytes_that_are_not_utf8_are_refused_with_column_and_row(as_text, tmp_path):
    column = pa.array([b"tea"] * 30 + [b"caf\xe9"] + [None] * 9)
    if as_text:  # as a careless program writes it: declared as text, never checked
        column = pa.StringArray.from_buffers(40, column.buffers()[1], column.buffers()[2], column.buffers()[0])
    refused(lambda: load(parquet(tmp_path, category=column)), "orders.parquet", "category", 32, code="load_not_utf8")


@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx"])
def test_a_file_that_memory_cannot_hold_is_said_to_be_too_large_not_broken(ending, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise pa.ArrowMemoryError("malloc of size 64 failed") if ending == "parquet" else MemoryError

    parquet(tmp_path)
    (tmp_path / "orders.parquet").rename(tmp_path / f"orders.{ending}")
    monkeypatch.setattr(pq.ParquetFile, "read", refuse)
    for reader in ("read_delimited", "read_workbook", "_refuse_disguise"):
        if not (ending == "parquet" and reader == "_refuse_disguise"):
            monkeypatch.setattr(f"crmbook.data.read.{reader}", refuse)
    refused(lambda: load(tmp_path), f"orders.{ending}", code="load_no_memory")


def test_parquet_of_more_cells_than_memory_holds_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr("crmbook.data.read.MOST_CELLS", 159)
    pd.DataFrame(lines(), columns=HEADERS).to_parquet(tmp_path / "orders.parquet", index=False)
    refused(lambda: load(tmp_path), "orders.parquet", 40, 159, "summarise", code="load_too_many_rows")


def test_workbook_that_unpacks_to_gigabytes_is_refused_unread(tmp_path):
    path = tmp_path / "orders.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(110):
            sheet.write(bytes(1_000_000))
    assert path.stat().st_size < 500_000
    refused(lambda: load(path), "orders.xlsx", "110 MB", code="load_unpacks")


@pytest.mark.parametrize(
    ("places", "cells"), [(["XFD1048576"], "17,179,869,184"), (["A999999", "ZZ50"], "701,999,298")]
)
def test_workbook_with_a_cell_far_away_is_refused_before_it_takes_the_memory(tmp_path, places, cells):
    path = with_cells_at(workbook(tmp_path, {"orders": [HEADERS, *lines()]}), places)
    refused(lambda: load(path), "orders.xlsx", cells, code="load_too_many_cells")


def test_workbook_whose_stated_size_is_wrong_is_read_by_what_it_holds(tmp_path):
    path = with_cells_at(workbook(tmp_path, {"orders": [HEADERS, *lines()]}), [], size="A1:XFD1048576")
    assert is_sound(load(path))


def with_cells_at(path: Path, places: list[str], size: str = "A1:D41") -> Path:
    """The workbook with a 1 at each of the places, and any size stated at its head."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    far = "".join(f'<row r="{re.sub("[A-Z]", "", place)}"><c r="{place}"><v>1</v></c></row>' for place in places)
    sheet = parts["xl/worksheets/sheet1.xml"].replace("</sheetData>", f"{far}</sheetData>")
    parts["xl/worksheets/sheet1.xml"] = re.sub('<dimension ref="[^"]*"', f'<dimension ref="{size}"', sheet)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_markup_and_formulas_in_cells_stay_text(tmp_path):
    rows = [[*row, "<script>alert(1)</script>"] for row in lines()]
    rows[1][4] = '"=HYPERLINK(""http://example.com"")"'
    book = load(written(tmp_path, csv(rows, HEADER + ",category")))
    assert is_sound(book)
    assert book.orders["category"].iloc[1] == '=HYPERLINK("http://example.com")'


# Workbooks ------------------------------------------------------------------------------------------------------------


def test_workbook_with_titles_other_sheets_and_error_cells(tmp_path):
    cells = [["销售订单"], [], ["订单编号", "客户编号", "下单日期", "金额"]]
    cells += [[int(row[0][1:]) + 1000, row[1], pd.Timestamp(row[2]).to_pydatetime(), float(row[3])] for row in lines()]
    cells += [["合计", None, None, 400.0]]
    path = workbook(tmp_path, {"说明": [["read me"]], "订单": cells})
    book = load(path)
    assert is_sound(book)
    assert book.orders["order_id"].iloc[0] == "1000"
    assert finding(book, "sheets_ignored")["value"] == "说明"
    assert finding(book, "total_row")["row"] == 44
    cells[5][3] = float("nan")  # written as the error #NUM!
    book = load(workbook(tmp_path, {"订单": cells}))
    found = finding(book, "number_unreadable")
    assert (found["row"], found["value"]) == (6, "#NUM!")
    assert reconciled(book)["faulty"] == 1


def test_workbook_with_the_table_on_two_sheets_is_read_whole(tmp_path):
    halves = {"2023": [HEADERS, *lines()[:20]], "2024": [HEADERS, *lines()[20:]]}
    book = load(workbook(tmp_path, halves))
    assert is_sound(book)
    assert finding(book, "stacked")["value"] == "orders.xlsx [2023] (20), orders.xlsx [2024] (20)"
    template = {"template": [HEADERS], "orders": [HEADERS, *lines()]}
    assert is_sound(load(workbook(tmp_path, template)))


def test_workbook_behind_a_password_is_refused(tmp_path, monkeypatch):
    import python_calamine

    def locked(*_: object) -> None:
        raise python_calamine.PasswordError("Workbook is password protected")

    monkeypatch.setattr(python_calamine, "load_workbook", locked)
    refused(lambda: load(workbook(tmp_path, {"Sheet1": [HEADERS, *lines()]})), "orders.xlsx", code="load_password")
