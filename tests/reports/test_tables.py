"""Result tables as CSV and Excel files: safe to open, the same in both, whole or absent."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.locale import label, name, use
from crmbook.reports import tables
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def sheet(folder: Path, place: int = 0) -> list[list]:
    return CalamineWorkbook.from_path(folder / "lists.xlsx").get_sheet_by_index(place).to_python()


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
    in_csv, in_excel = lines(tmp_path / "tier-list.csv"), sheet(tmp_path)
    assert [row[0] for row in in_csv[1:]] == ["C1", "C2", "C3"] == [row[0] for row in in_excel[1:]]
    assert in_csv[1][2:] == ["120.5", "2024-01-31", "True"]
    assert in_excel[1][2:] == [120.5, datetime(2024, 1, 31).date(), "yes"]
    assert in_csv[3][1:4] == ["", "", ""] == in_excel[3][1:4]


def test_a_formula_in_a_text_stays_text_in_both_files(tmp_path):
    tables.save("tier-list", tier_list(), tmp_path)
    assert lines(tmp_path / "tier-list.csv")[2][1] == '\'=HYPERLINK("http://example.com")'
    assert sheet(tmp_path)[2][1] == '=HYPERLINK("http://example.com")'
    import zipfile

    with zipfile.ZipFile(tmp_path / "lists.xlsx") as archive:
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


def test_the_csv_is_for_programs_and_the_workbook_for_people(tmp_path):
    use("zh")
    coded = pd.DataFrame({"customer_id": ["C1"], "segment": ["at_risk"], "reasons": [["recency", "frequency"]]})
    tables.save("分级", coded, tmp_path)
    assert (tmp_path / "分级.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert lines(tmp_path / "分级.csv") == [
        ["customer_id", "segment", "reasons"],
        ["C1", "at_risk", "recency;frequency"],
    ]
    headings, row = sheet(tmp_path)
    assert headings == [label("customer_id"), label("segment"), label("reasons")] and headings[0] != "customer_id"
    assert row == ["C1", name("at_risk"), f"{label('recency')}、{label('frequency')}"] and row[1] != "at_risk"


def test_the_workbook_may_say_it_in_other_words(tmp_path):
    coded = pd.DataFrame({"code": ["x1"]})
    tables.save("why", coded, tmp_path, words=pd.DataFrame({"reason": ["no order for 206 days"]}))
    assert lines(tmp_path / "why.csv")[1] == ["x1"] and sheet(tmp_path)[1] == ["no order for 206 days"]


def test_all_lists_of_a_folder_are_sheets_of_one_workbook_and_the_last_says_what_they_are(tmp_path):
    tables.save("tier-list", tier_list(), tmp_path)
    tables.save("another list with quite a long name", pd.DataFrame({"x": [1]}), tmp_path)
    tables.save("tier-list", tier_list().head(1), tmp_path)  # again: the later one counts
    book = CalamineWorkbook.from_path(tmp_path / "lists.xlsx")
    assert len(book.sheet_names) == 3 and all(len(name) <= 31 for name in book.sheet_names)
    assert [path.name for path in tmp_path.glob("*.xlsx")] == ["lists.xlsx"]
    about = sheet(tmp_path, 2)
    assert [row[2] for row in about if row[0] == name("tier-list")] == list(tier_list().reset_index())


def test_numbers_have_the_format_of_what_they_are(tmp_path):
    """Read from the file itself: which format stands behind each cell of the first row."""
    import re
    import zipfile

    row = {"monetary": [1234.5], "share": [0.24875525891015204], "recency": [206.0], "score": [3.25]}
    tables.save("formats", pd.DataFrame(row | {"last_order": pd.to_datetime(["2024-06-01"])}), tmp_path)
    with zipfile.ZipFile(tmp_path / "lists.xlsx") as archive:
        styles, first = (archive.read(f"xl/{part}.xml").decode() for part in ("styles", "worksheets/sheet1"))
    own = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]+)"', styles))
    built_in = {"3": "#,##0", "4": "#,##0.00"}
    of_style = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])
    cells = re.findall(r'<c r="[A-E]2" s="(\d+)"><v>([^<]+)', first)
    assert [(own | built_in)[of_style[int(style)]] for style, _ in cells] == [
        "#,##0.00", "0.0%", "#,##0", "#,##0.0##", "yyyy-mm-dd",
    ]  # fmt: skip
    assert cells[1][1] == "0.249" and '<autoFilter ref="A1:E2"/>' in first and 'state="frozen"' in first


def test_a_chart_draws_the_cells_themselves(tmp_path):
    import zipfile

    tables.save("tiers", pd.DataFrame({"tier": ["A", "B"], "revenue": [9.0, 1.0]}), tmp_path, chart="revenue")
    with zipfile.ZipFile(tmp_path / "lists.xlsx") as archive:
        drawn = archive.read("xl/charts/chart1.xml").decode()
    assert "tiers!$B$2:$B$3" in drawn and "tiers!$A$2:$A$3" in drawn


def test_two_columns_with_one_heading_keep_their_own_names_apart(tmp_path):
    frame = pd.DataFrame([[1, 2]], columns=["customer_id", label("customer_id")])
    tables.save("twice", frame, tmp_path)
    assert len(set(sheet(tmp_path)[0])) == 2


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
    names = CalamineWorkbook.from_path(tmp_path / "lists.xlsx").sheet_names
    assert "long" not in names and "fits" in names, "the earlier sheet would contradict the new CSV"
    assert "long.csv has 4 rows" in capsys.readouterr().out


def test_a_write_that_fails_leaves_the_earlier_file_and_no_half_one(tmp_path, monkeypatch):
    tables.save("tier-list", pd.DataFrame({"x": [1]}), tmp_path)

    def half(table, path):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(tables, "_write_csv", half)
    with pytest.raises(OSError, match="disk full"):
        tables.save("tier-list", pd.DataFrame({"x": [2]}), tmp_path)
    assert lines(tmp_path / "tier-list.csv")[1] == ["1"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lists.xlsx", "tier-list.csv"]


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
    row, second = sheet(tmp_path)[1:]
    assert row[0] == "1234567890123456789" and second[0] == 2
    assert len(row[1]) == 32_767 and row[1].endswith("(cut here; the CSV has the whole text)")
    assert len(lines(tmp_path / "odd.csv")[1][1]) == 40_000
    assert row[2] == "inf" and row[3] == 1.25 and second[3] == datetime(2024, 1, 1).date() and row[4] == "2024-01"


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        tables.save("tier-list", tier_list(), tmp_path / folder)
    for file in ("tier-list.csv", "lists.xlsx"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
