"""Result tables as CSV and Excel files: safe to open, the same in both, whole or absent."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.locale import label, use
from crmbook.reports import tables
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def sheet(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def tier_list() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2", "C3"],
            "name": ["李明", '=HYPERLINK("http://example.com")', None],
            "monetary": [120.5, -3.0, float("nan")],
            "last_order": pd.to_datetime(["2024-01-31", "2024-02-29", None]),
            "repeat": [True, False, True],
        }
    ).set_index("customer_id")


def test_both_files_hold_the_rows_with_the_index_first(tmp_path):
    tables.save("tier-list", tier_list(), tmp_path)
    in_csv, in_excel = lines(tmp_path / "tier-list.csv"), sheet(tmp_path / "tier-list.xlsx")
    assert [row[0] for row in in_csv[1:]] == ["C1", "C2", "C3"] == [row[0] for row in in_excel[1:]]
    assert in_csv[1][2:] == ["120.5", "2024-01-31", "True"]
    assert in_excel[1][2:] == [120.5, datetime(2024, 1, 31).date(), True]
    assert in_csv[3][1:4] == ["", "", ""] == in_excel[3][1:4]


def test_a_formula_in_a_text_stays_text_in_both_files(tmp_path):
    tables.save("tier-list", tier_list(), tmp_path)
    assert lines(tmp_path / "tier-list.csv")[2][1] == '\'=HYPERLINK("http://example.com")'
    assert sheet(tmp_path / "tier-list.xlsx")[2][1] == '=HYPERLINK("http://example.com")'
    import zipfile

    with zipfile.ZipFile(tmp_path / "tier-list.xlsx") as archive:
        content = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in content and "<hyperlink" not in content


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_each_start_of_a_formula_is_guarded_in_values_headings_and_index(start, tmp_path):
    frame = pd.DataFrame({f"{start}x": pd.Categorical([f"{start}1"])}, index=pd.Index([f"{start}2"], name=f"{start}i"))
    tables.save("guard", frame, tmp_path)
    assert all(cell.startswith("'" + start) for row in lines(tmp_path / "guard.csv") for cell in row)


def test_a_negative_number_is_no_formula(tmp_path):
    tables.save("net", pd.DataFrame({"x": [-1.5]}), tmp_path)
    assert lines(tmp_path / "net.csv")[1] == ["-1.5"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_no_text_cell_of_a_csv_starts_like_a_formula_and_all_come_back(values):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tables.save("any", pd.DataFrame({"x": ["tea", *values]}), folder)
        cells = [row[0] if row else "" for row in lines(Path(folder) / "any.csv")[1:]]
    assert not any(cell.startswith(tables.FORMULA_STARTS) for cell in cells)
    assert [cell.removeprefix("'") if cell[1:2] in tables.FORMULA_STARTS else cell for cell in cells][1:] == values


def test_headings_are_in_the_language_in_use_and_excel_reads_the_chinese(tmp_path):
    use("zh")
    tables.save("客户分级", tier_list(), tmp_path)
    assert (tmp_path / "客户分级.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    headings = lines(tmp_path / "客户分级.csv")[0]
    assert headings == sheet(tmp_path / "客户分级.xlsx")[0]
    assert headings[0] == label("customer_id") != "customer_id"
    assert lines(tmp_path / "客户分级.csv")[1][1] == "李明"


def test_two_columns_with_one_heading_keep_their_own_names_apart(tmp_path):
    frame = pd.DataFrame([[1, 2]], columns=["customer_id", label("customer_id")])
    tables.save("twice", frame, tmp_path)
    headings = lines(tmp_path / "twice.csv")[0]
    assert len(set(headings)) == 2


@pytest.mark.parametrize(
    "name", ["../escape", "a/b", "a\\b", "", ".hidden", "nul", "CON.txt", "a..b", "x" * 120, "tab\tname", "end."]
)
@pytest.mark.parametrize("folder", ["", "here"])
def test_a_name_that_is_no_file_name_is_refused_even_when_nothing_is_written(name, folder, tmp_path):
    with pytest.raises(DataError) as refused:
        tables.save(name, tier_list(), tmp_path / folder if folder else "")
    assert refused.value.code == "report_table_name"
    assert not list(tmp_path.rglob("*.csv"))


def test_an_empty_folder_name_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables.save("tier-list", tier_list(), "")
    assert not list(tmp_path.iterdir())


def test_a_table_longer_than_a_worksheet_goes_into_the_csv_alone_and_says_so(tmp_path, monkeypatch, capsys):
    tables.save("long", pd.DataFrame({"x": range(3)}), tmp_path)
    monkeypatch.setattr(tables, "EXCEL_ROWS", 4)
    tables.save("fits", pd.DataFrame({"x": range(3)}), tmp_path)
    assert capsys.readouterr().out == ""
    tables.save("long", pd.DataFrame({"x": range(4)}), tmp_path)
    assert len(lines(tmp_path / "long.csv")) == 5
    assert not (tmp_path / "long.xlsx").exists(), "the earlier workbook would contradict the new CSV"
    assert "long.csv has 4 rows" in capsys.readouterr().out
    assert (tmp_path / "fits.xlsx").exists()


def test_a_write_that_fails_leaves_the_earlier_file_and_no_half_one(tmp_path, monkeypatch):
    tables.save("tier-list", pd.DataFrame({"x": [1]}), tmp_path)

    def half(table, path):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(tables, "_write_csv", half)
    with pytest.raises(OSError, match="disk full"):
        tables.save("tier-list", pd.DataFrame({"x": [2]}), tmp_path)
    assert lines(tmp_path / "tier-list.csv")[1] == ["1"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tier-list.csv", "tier-list.xlsx"]


def test_long_numbers_long_texts_and_odd_values_keep_what_excel_can_hold(tmp_path):
    from decimal import Decimal

    frame = pd.DataFrame(
        {
            "order": [1234567890123456789, 2],  # nineteen digits: as a number Excel would end it in zeros
            "comment": ["x" * 40_000, "tea"],
            "infinite": [float("inf"), 1.0],
            "mixed": [Decimal("1.25"), pd.Timestamp("2024-01-01", tz="Asia/Shanghai")],
            "month": pd.PeriodIndex(["2024-01", "2024-02"], freq="M"),
        }
    )
    tables.save("odd", frame, tmp_path)
    row, second = sheet(tmp_path / "odd.xlsx")[1:]
    assert row[0] == "1234567890123456789" and second[0] == 2
    assert len(row[1]) == 32_767 and row[1].endswith("(cut here; the CSV has the whole text)")
    assert len(lines(tmp_path / "odd.csv")[1][1]) == 40_000
    assert row[2] == "inf" and row[3] == 1.25 and second[3] == datetime(2024, 1, 1).date() and row[4] == "2024-01"


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        tables.save("tier-list", tier_list(), tmp_path / folder)
    for file in ("tier-list.csv", "tier-list.xlsx"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
