"""The schema: the design's tables and columns, the rules a frame must pass, and the dictionary made from it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera
import pytest
from crmbook import locale
from crmbook.data import schema

ROOT = Path(__file__).parents[2]

# The design's table of tables, typed by hand; columns that were added since stand after them.
DESIGN = {
    "customers": "customer_id name gender birth_date province city city_tier income_band education occupation "
    "lifestyle account_type industry channel signup_date acquisition_cost credit_grade owner last_followed referrer_id "
    "exit_date exit_reason",
    "leads": "lead_id customer_id created_at source owner status converted_at",
    "orders": "order_id customer_id order_date product_id category quantity amount cost channel discount due_date "
    "paid_date currency",
    "interactions": "customer_id date kind channel outcome minutes cost",
    "tickets": "ticket_id customer_id opened_at first_response_at closed_at kind category severity product_id reopened "
    "resolution",
    "survey": "response_id customer_id date wave channel product_quality service_attitude delivery_speed after_sales "
    "price overall recommend effort comment",
    "kano": "response_id feature functional dysfunctional",
    "contracts": "customer_id start_date end_date renewals plan monthly_fee",
    "campaigns": "campaign customer_id date arm offer cost responded",
    "spend": "month purpose channel tier amount",
    "programme": "customer_id group start_date",
}


def orders(**columns: object) -> pd.DataFrame:
    """Two good order lines, with columns put in their place."""
    frame = pd.DataFrame(
        {
            "order_id": ["O1", "O2"],
            "customer_id": ["C1", "C2"],
            "order_date": pd.to_datetime(["2024-01-01", "2024-01-02"]),
            "amount": [10.0, -2.5],
        }
    )
    return frame.assign(**columns)


def failures(frame: pd.DataFrame, table: str = "orders") -> list[tuple[str, str]]:
    """The column and the check of every fault that the table's pandera schema reports."""
    try:
        schema.frame_schema(schema.TABLES[table]).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as found:
        cases = found.failure_cases
        return sorted(
            {(str(column), str(check)) for column, check in zip(cases["column"], cases["check"], strict=True)}
        )
    return []


@pytest.mark.parametrize("table", DESIGN)
def test_the_tables_of_the_design_are_there_with_their_columns_in_order(table):
    columns = DESIGN[table].split()
    assert schema.TABLES[table].names[: len(columns)] == columns


def test_the_design_tables_come_first_and_then_what_later_lessons_need():
    assert list(schema.TABLES) == [*DESIGN, "lifestyle", "usage", "stores"]


def test_orders_need_a_customer_a_date_and_an_amount_and_nothing_else():
    assert schema.TABLES["orders"].required == ["customer_id", "order_date", "amount"]


@pytest.mark.parametrize("table", schema.TABLES.values(), ids=schema.TABLES)
def test_the_columns_of_a_key_are_required(table):
    assert set(table.key) <= set(table.required)


def test_a_column_is_found_by_its_name_and_an_unknown_one_is_not():
    assert schema.TABLES["survey"]["recommend"].high == 10
    with pytest.raises(KeyError):
        schema.TABLES["survey"]["nps"]


@pytest.mark.parametrize("table", [*schema.TABLES.values(), schema.TRUTH], ids=[*schema.TABLES, "truth"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_column_has_a_heading_and_a_meaning_in_both_languages(table, language):
    before = locale.language()
    locale.use(language)
    try:
        for column in table.names:
            assert locale.label(column) != column
            assert locale.meaning(column).endswith("。" if language == "zh" else ".")
    finally:
        locale.use(before)


def test_good_lines_pass_and_so_do_lines_without_order_ids():
    assert failures(orders()) == []
    assert failures(orders().drop(columns="order_id")) == []


def test_columns_the_schema_does_not_name_are_left_alone():
    assert failures(orders(note=["a", None])) == []


def test_a_column_that_need_not_be_there_may_be_blank():
    assert failures(orders(discount=[None, 0.1], product_id=[None, "P1"], due_date=pd.NaT)) == []


def test_a_missing_column_and_a_blank_required_cell_are_reported():
    # pandera names the table here, and the missing column as the failure
    assert failures(orders().drop(columns="amount")) == [("orders", "column_in_dataframe")]
    assert failures(orders(customer_id=["C1", None])) == [("customer_id", "not_nullable")]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount", ["10", "20"]),
        ("order_date", ["2024-01-01", "2024-01-02"]),
        ("customer_id", [1, 2]),
        ("hour", [9.5, 10.0]),
        ("channel", [1.0, 2.0]),
    ],
)
def test_nothing_is_coerced_a_column_of_another_kind_is_reported(column, values):
    assert failures(orders(**{column: values})) == [(column, "kind")]


def test_flags_are_booleans_or_ones_and_zeros():
    ticket = pd.DataFrame(
        {"ticket_id": ["T1"], "customer_id": ["C1"], "opened_at": pd.to_datetime(["2024-01-01 10:00"])}
    )
    assert failures(ticket.assign(reopened=[True]), "tickets") == []
    assert failures(ticket.assign(reopened=[0]), "tickets") == []
    assert failures(ticket.assign(reopened=[2]), "tickets") == [("reopened", "kind")]


def test_numbers_outside_their_range_and_words_outside_the_list_are_reported():
    assert failures(orders(discount=[-0.1, 1.5])) == [("discount", "high"), ("discount", "low")]
    customers = pd.DataFrame({"customer_id": ["C1"], "account_type": ["robot"]})
    assert failures(customers, "customers") == [("account_type", "allowed")]


def test_a_key_that_stands_twice_is_reported_and_orders_have_none():
    twice = pd.DataFrame({"customer_id": ["C1", "C1"]})
    assert failures(twice, "customers") == [("customer_id", "multiple_fields_uniqueness")]
    assert failures(orders(order_id=["O1", "O1"], customer_id=["C1", "C1"])) == []


def test_all_faults_come_at_once():
    bad = orders(amount=[None, 1.0], discount=[2.0, 0.0], hour=[30, 1])
    assert failures(bad) == [("amount", "not_nullable"), ("discount", "high"), ("hour", "high")]


def test_the_dictionary_lists_every_table_and_column_once_in_each_language():
    text = schema.dictionary()
    english, chinese = text.split("## 中文")
    for table in [*schema.TABLES.values(), schema.TRUTH]:
        for part in (english, chinese):
            section = part.split(f"### {table.name} · ")[1].split("\n### ")[0]
            rows = [line for line in section.splitlines() if line.startswith("| `")]
            assert [row.split("`")[1] for row in rows] == table.names


def test_the_dictionary_marks_required_columns_and_words_the_allowed_values():
    english, chinese = schema.dictionary().split("## 中文")
    assert "| `customer_id` * |" in english
    assert "`holdout` hold-out" in english
    assert "`holdout` 留出对照" in chinese
    assert "| 0 – 10 |" in english


def test_the_dictionary_leaves_the_language_as_it_was():
    locale.use("zh")
    try:
        schema.dictionary()
        assert locale.language() == "zh"
    finally:
        locale.use("en")


def test_the_committed_dictionary_is_the_one_the_schema_makes():
    committed = (ROOT / "data" / "sample" / "dictionary.md").read_bytes()
    assert committed == schema.dictionary().encode("utf-8"), "write it anew with schema.dictionary()"
