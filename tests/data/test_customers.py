"""`summarise`: the customer table from order lines, checked by hand and against a plain loop."""

from __future__ import annotations

import datetime
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crmbook import DataError, load
from crmbook.data.customers import accounts, definition, summarise
from crmbook.locale import use
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyarrow import parquet

COLUMNS = ["first_order", "last_order", "recency", "tenure", "frequency", "monetary", "mean_order", "mean_repeat"]
COLUMNS += ["margin", "x", "t_x", "T"]


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    use("en")


def lines(*rows: tuple) -> pd.DataFrame:
    """Order lines: order, customer, day, amount."""
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "order_date", "amount"])
    frame["order_date"] = pd.to_datetime(frame["order_date"], format="ISO8601")
    return frame


def refused(call, *words: str) -> None:
    with pytest.raises(DataError) as caught:
        call()
    for language in ("en", "zh"):
        use(language)
        assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def looped(orders: pd.DataFrame, as_of: str) -> dict[str, dict]:
    """The same definition once more, as a reader of the design would write it with loops."""
    end = pd.Timestamp(as_of)
    totals: dict[tuple, float] = defaultdict(float)
    days: dict[tuple, pd.Timestamp] = {}
    for row in orders.itertuples():
        if row.order_date.normalize() > end:
            continue
        key = row.customer_id, row.order_id
        totals[key] += row.amount
        days[key] = min(days.get(key, row.order_date), row.order_date)
    table = {}
    for customer in {customer for customer, _ in totals}:
        own = {key: round(total, 6) for key, total in totals.items() if key[0] == customer}
        bought = {key: total for key, total in own.items() if total >= 0}
        by_day: dict[pd.Timestamp, float] = defaultdict(float)
        for key, total in bought.items():
            by_day[days[key].normalize()] += total
        first, last = min(by_day, default=pd.NaT), max(by_day, default=pd.NaT)
        # what was brought back whole, the latest first, for what the models learn from
        left = dict(bought)
        for money in {-total for total in own.values() if total < 0}:
            back = [days[key].normalize() for key, total in own.items() if total == -money]
            same = [key for key in sorted(bought) if bought[key] == money and days[key].normalize() <= max(back)]
            same.sort(key=lambda key: days[key].normalize(), reverse=True)
            for key in same[: len(back)]:
                del left[key]
        kept: dict[pd.Timestamp, float] = defaultdict(float)
        for key, total in left.items():
            kept[days[key].normalize()] += total
        start, end_kept = min(kept, default=pd.NaT), max(kept, default=pd.NaT)
        all_kept = sum(kept.values())
        share = sum(own.values()) / all_kept if all_kept else 1.0
        repeats = [total * share for day, total in kept.items() if day != start]
        table[customer] = {
            "first_order": first,
            "last_order": last,
            "recency": (end - last).days if by_day else np.nan,
            "tenure": (end - first).days if by_day else np.nan,
            "frequency": len(bought),
            "monetary": sum(own.values()),
            "mean_order": sum(bought.values()) / len(bought) if bought else np.nan,
            "mean_repeat": sum(repeats) / len(repeats) if repeats else np.nan,
            "x": len(repeats),
            "t_x": (end_kept - start).days if kept else np.nan,
            "T": (end - start).days if kept else np.nan,
        }
    return table


# The rule, by hand ----------------------------------------------------------------------------------------------------


def test_customer_worked_by_hand():
    # Orders: 1 on 1 Jan with 10 + 5 = 15, 2 on 1 Jan with 7, 3 on 11 Jan with 30 - 4 = 26, 4 a return of -6 on 20 Jan.
    orders = lines(
        ("1", "C1", "2024-01-01 09:00", 10),
        ("1", "C1", "2024-01-01 09:00", 5),
        ("2", "C1", "2024-01-01 18:00", 7),
        ("3", "C1", "2024-01-11", 30),
        ("3", "C1", "2024-01-11", -4),
        ("4", "C1", "2024-01-20", -6),
    )
    row = summarise(orders, "2024-01-31").loc["C1"]
    assert row["first_order"] == pd.Timestamp("2024-01-01") and row["last_order"] == pd.Timestamp("2024-01-11")
    assert row["recency"] == 20 and row["tenure"] == 30  # 31 - 11 and 31 - 1; the return moves neither
    assert row["frequency"] == 3  # orders 1, 2 and 3
    assert row["monetary"] == 42  # 15 + 7 + 26 - 6
    assert row["mean_order"] == 16  # (15 + 7 + 26) / 3
    # the purchase days are 1 Jan (22) and 11 Jan (26); of 48 bought 42 were kept
    assert row["mean_repeat"] == 26 * 42 / 48
    assert row[["x", "t_x", "T"]].tolist() == [1, 10, 30]


def test_columns_and_types_are_those_promised():
    table = summarise(lines(("1", "C2", "2024-01-01", 10), ("2", "C1", "2024-01-02", 5)), "2024-01-31")
    assert table.columns.tolist() == COLUMNS
    assert table.index.name == "customer_id" and table.index.tolist() == ["C1", "C2"]
    assert table[["frequency", "x"]].dtypes.eq("int64").all()
    assert table[["first_order", "last_order"]].dtypes.eq("datetime64[us]").all()
    assert table.drop(columns=["frequency", "x", "first_order", "last_order"]).dtypes.eq("float64").all()


def test_order_of_zero_is_a_purchase_and_a_cent_below_is_a_return():
    orders = lines(("1", "C1", "2024-01-01", 5), ("2", "C1", "2024-01-05", 0), ("3", "C1", "2024-01-09", -0.01))
    row = summarise(orders, "2024-01-31").loc["C1"]
    assert row["frequency"] == 2 and row["last_order"] == pd.Timestamp("2024-01-05") and row["x"] == 1


def test_order_that_adds_up_to_zero_only_on_paper_is_no_return():
    # 0.3 - 0.1 - 0.2 is -2.8e-17 in binary fractions.
    orders = lines(("1", "C1", "2024-01-01", 0.3), ("1", "C1", "2024-01-01", -0.1), ("1", "C1", "2024-01-01", -0.2))
    assert summarise(orders, "2024-01-31").loc["C1", "frequency"] == 1


def test_customer_who_only_returned_stays_with_blank_dates():
    table = summarise(lines(("1", "C1", "2024-01-01", -5), ("2", "C2", "2024-01-01", 5)), "2024-01-31")
    row = table.loc["C1"]
    assert row["frequency"] == 0 and row["monetary"] == -5 and row["x"] == 0
    assert row[["first_order", "last_order", "recency", "tenure", "mean_order", "mean_repeat", "t_x", "T"]].isna().all()


def test_one_order_under_two_customers_is_an_order_of_each():
    table = summarise(lines(("1", "C1", "2024-01-01", 5), ("1", "C2", "2024-01-01", -2)), "2024-01-31")
    assert table["frequency"].tolist() == [1, 0] and table["monetary"].tolist() == [5, -2]


def test_an_order_brought_back_whole_leaves_no_trace_in_what_the_models_learn_from():
    # 168,469.60 ordered and cancelled twelve minutes later; and one brought back in part, which stays with what is left
    kept = [("1", "C1", "2024-01-01", 2.9), ("2", "C1", "2024-01-11", 100), ("3", "C2", "2024-01-05", 50)]
    pair = [("4", "C1", "2024-01-18 09:15", 168_469.6), ("C4", "C1", "2024-01-18 09:27", -168_469.6)]
    late = [("5", "C2", "2024-01-09", 80), ("6", "C2", "2024-01-10", 80), ("C5", "C2", "2024-01-30", -80)]
    only = [("7", "C3", "2024-01-02", 10), ("C7", "C3", "2024-01-03", -10)]
    models = ["x", "t_x", "T", "mean_repeat"]
    table = summarise(lines(*kept, *pair, *late, *only), "2024-01-31")
    without = summarise(lines(*kept, late[0]), "2024-01-31")  # of two equal orders the later was brought back
    pd.testing.assert_frame_equal(table.loc[["C1", "C2"], models], without[models])
    assert table.loc["C3", "x"] == 0 and table.loc["C3", ["t_x", "T", "mean_repeat"]].isna().all()
    assert table["frequency"].tolist() == [3, 3, 1]  # the orders themselves are counted as ever


def test_a_return_before_the_order_is_not_of_that_order():
    orders = lines(("1", "C1", "2024-01-01", 70), ("R", "C1", "2024-01-02", -50), ("2", "C1", "2024-01-11", 50))
    assert summarise(orders, "2024-01-31").loc["C1", ["x", "t_x", "T"]].tolist() == [1, 10, 30]


def test_as_of_day_counts_with_all_its_hours():
    orders = lines(("1", "C1", "2024-01-31 23:59:59", 5), ("2", "C1", "2024-02-01 00:00", 7))
    for as_of in ("2024-01-31", "2024-01-31 08:00", datetime.date(2024, 1, 31), pd.Timestamp("2024-01-31")):
        row = summarise(orders, as_of).loc["C1"]
        assert row["monetary"] == 5 and row["recency"] == 0
    assert summarise(orders, "2024-02-01").loc["C1", "monetary"] == 12


def test_margin_is_amount_less_cost_over_the_lines_that_carry_one():
    orders = lines(("1", "C1", "2024-01-01", 10), ("2", "C1", "2024-01-02", 20), ("3", "C2", "2024-01-02", 20))
    orders["cost"] = [6, None, None]
    table = summarise(orders, "2024-01-31")
    assert table.loc["C1", "margin"] == 4 and np.isnan(table.loc["C2", "margin"])
    assert summarise(orders.drop(columns="cost"), "2024-01-31")["margin"].isna().all()


def test_lines_without_customer_order_or_amount_are_in_no_figure_but_in_the_accounts():
    orders = lines(("1", "C1", "2024-01-01", 5), (None, "C1", "2024-01-01", 5), ("2", None, "2024-01-01", 5))
    orders = pd.concat([orders, lines(("3", "C1", None, 5), ("4", "C1", "2024-01-01", None))], ignore_index=True)
    assert summarise(orders, "2024-01-31")["monetary"].to_dict() == {"C1": 5}
    counted = accounts(orders, "2024-01-31")
    assert counted.loc["incomplete", ["rows", "money"]].tolist() == [4, 15]


# Against the loop -----------------------------------------------------------------------------------------------------

ROWS = st.tuples(
    st.sampled_from(["1", "2", "3", "4", "5"]),
    st.sampled_from(["C1", "C2", "C3"]),
    st.integers(0, 40).map(lambda day: f"{pd.Timestamp('2024-01-01') + pd.Timedelta(hours=12 * day)}"),
    st.integers(-3000, 3000).map(lambda cents: cents / 100),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=25))
def test_summarise_agrees_with_a_plain_loop(rows):
    orders = lines(("0", "C0", "2024-01-01", 1), *rows)
    table = summarise(orders, "2024-01-15")
    expected = looped(orders, "2024-01-15")
    assert set(table.index) == set(expected)
    for customer, values in expected.items():
        for column, value in values.items():
            found = table.loc[customer, column]
            if pd.isna(value) or isinstance(value, pd.Timestamp):
                assert found is value or found == value or (pd.isna(found) and pd.isna(value)), (customer, column)
            else:
                assert found == pytest.approx(value, abs=1e-6), (customer, column)
    counted = accounts(orders, "2024-01-15")
    assert counted.loc["lines_read", "rows"] == len(orders)
    for fact in ("rows", "orders", "money"):
        assert counted[fact].iloc[1:].sum() == pytest.approx(counted.loc["lines_read", fact], abs=1e-6)
    kept = counted.loc[["purchases", "zero_orders", "returns"]]
    assert kept["money"].sum() == pytest.approx(table["monetary"].sum(), abs=1e-6)
    assert kept["orders"].iloc[:2].sum() == table["frequency"].sum()


def random_orders(count: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    order = rng.integers(0, count // 2, count)
    return pd.DataFrame(
        {
            "order_id": pd.Series(order).map("O{:04d}".format).astype("str"),
            "customer_id": pd.Series(order % 211).map("{:03d}".format).astype("str"),
            "order_date": pd.Timestamp("2023-01-01") + pd.to_timedelta(order % 500, unit="D"),
            "amount": np.round(rng.normal(40, 60, count), 2),
            "cost": np.round(rng.gamma(2, 10, count), 2),
        }
    )


def test_order_of_the_lines_does_not_matter():
    orders = random_orders()
    shuffled = orders.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(summarise(orders, "2024-03-01"), summarise(shuffled, "2024-03-01"), check_exact=True)


def test_frame_csv_and_parquet_give_the_same_table(tmp_path):
    orders = random_orders()
    orders.to_parquet(tmp_path / "orders.parquet")
    orders.to_csv(tmp_path / "or'ders.csv", index=False)  # a name that must not end the SQL text
    orders.head(1000).to_parquet(tmp_path / "part-1.parquet")
    orders.tail(2000).to_parquet(tmp_path / "part-2.parquet")
    expected = summarise(orders, "2024-03-01")
    assert expected.index[0] == "000"  # leading zeros survive the CSV
    sources = ["orders.parquet", "or'ders.csv", "part-*.parquet"]
    for source in [*(tmp_path / name for name in sources), str(tmp_path / "orders.parquet")]:
        pd.testing.assert_frame_equal(summarise(source, "2024-03-01"), expected, check_exact=True)
        pd.testing.assert_frame_equal(accounts(source, "2024-03-01"), accounts(orders, "2024-03-01"))


def test_identifiers_may_be_numbers_categories_or_text():
    orders = random_orders(300)
    expected = summarise(orders, "2024-03-01")
    numbered = summarise(orders.assign(customer_id=orders["customer_id"].astype(int)), "2024-03-01")
    assert numbered.index.tolist() == [int(customer) for customer in expected.index]
    for kind in ("category", object):
        table = summarise(orders.assign(customer_id=orders["customer_id"].astype(kind)), "2024-03-01")
        assert table.index.tolist() == expected.index.tolist()


def test_the_frame_given_is_left_as_it_was():
    orders = random_orders(300)
    before = orders.copy()
    summarise(orders, "2024-03-01")
    pd.testing.assert_frame_equal(orders, before)


# Refusals -------------------------------------------------------------------------------------------------------------


def test_missing_and_mistyped_columns_are_refused(tmp_path):
    orders = random_orders(50)
    refused(lambda: summarise(orders.drop(columns="amount"), "2024-03-01"), "amount", "order_date")
    refused(lambda: summarise(orders.assign(order_date=5), "2024-03-01"), "order_date", "to_datetime")
    refused(lambda: summarise(orders.assign(order_date="5 Jan"), "2024-03-01"), "order_date", "5 Jan", "50")
    refused(lambda: summarise(orders.assign(order_date="05/01/2024"), "2024-03-01"), "05/01/2024", "date_format")
    refused(lambda: summarise(orders.assign(amount="¥5"), "2024-03-01"), "amount", "to_numeric")
    refused(lambda: summarise(orders.assign(cost="¥5"), "2024-03-01"), "cost")
    refused(lambda: summarise(orders.assign(amount=np.inf), "2024-03-01"), "amount")
    mixed = orders.assign(customer_id=[1, "C2"] * 25)
    refused(lambda: summarise(mixed, "2024-03-01"), "customer_id")
    twice = pd.concat([orders, orders[["amount"]]], axis=1)
    refused(lambda: summarise(twice, "2024-03-01"), "amount")
    orders.assign(order_date="5 Jan").to_csv(tmp_path / "orders.csv", index=False)
    refused(lambda: summarise(tmp_path / "orders.csv", "2024-03-01"), "orders.csv", "order_date")
    orders.drop(columns="customer_id").to_csv(tmp_path / "short.csv", index=False)
    refused(lambda: summarise(tmp_path / "short.csv", "2024-03-01"), "short.csv", "customer_id")


def test_as_of_before_everything_and_what_is_no_date_are_refused():
    orders = random_orders(50)
    refused(lambda: summarise(orders, "2001-01-01"), "2001-01-01")
    refused(lambda: summarise(orders, "soon"), "soon")
    refused(lambda: summarise(orders, None), "None")
    refused(lambda: summarise(orders, 20240301), "20240301")
    refused(lambda: summarise(orders, "05/02/2024"), "05/02/2024")
    for nothing in (None, ["orders.csv"], orders["amount"]):
        refused(lambda nothing=nothing: summarise(nothing, "2024-03-01"), type(nothing).__name__)
    refused(lambda: summarise(pd.DataFrame(), "2024-03-01"), "customer_id")
    refused(lambda: summarise(pd.DataFrame(columns=list(orders)), "2024-03-01"), "2024-03-01")


DAYS = pd.date_range("2024-01-01", periods=12)
ONE_A_DAY = pd.DataFrame(
    {
        "order_id": [f"O{i}" for i in range(12)],
        "customer_id": ["C1", "C2", "C3"] * 4,
        "order_date": DAYS,
        "amount": 10.0,
    }
)


@pytest.mark.parametrize(
    "days",
    [
        DAYS.strftime("%Y-%m-%d"),
        DAYS.strftime("%Y年%m月%d日"),
        [day.date() for day in DAYS],
        (DAYS + pd.Timedelta(hours=2)).tz_localize("Asia/Shanghai"),  # still the day before in UTC
        DAYS.strftime("%Y-%m-%dT02:00:00+08:00"),
        pd.array(DAYS.date, dtype=pd.ArrowDtype(pa.date32())),
        pd.array(DAYS.tz_localize("Asia/Shanghai"), dtype=pd.ArrowDtype(pa.timestamp("us", tz="Asia/Shanghai"))),
    ],
    ids=["text", "chinese", "dates", "zone", "zone-text", "arrow", "arrow-zone"],
)
def test_days_of_any_type_count_as_the_day_they_show(days):
    assert_frame_equal(summarise(ONE_A_DAY.assign(order_date=days), "2024-01-31"), summarise(ONE_A_DAY, "2024-01-31"))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "+08:00", "-05:30", "UTC"])
def test_parquet_with_a_time_zone_counts_on_its_own_clock_as_load_does(tmp_path, zone):
    moments = (DAYS + pd.Timedelta(hours=2)).tz_localize(zone if "/" in zone else f"UTC{zone.removeprefix('UTC')}")
    table = pa.Table.from_pandas(ONE_A_DAY.assign(order_date=moments), preserve_index=False)
    table = table.set_column(2, "order_date", table["order_date"].cast(pa.timestamp("us", tz=zone)))
    parquet.write_table(table, tmp_path / "orders.parquet")
    expected = summarise(ONE_A_DAY, "2024-01-31")
    assert_frame_equal(summarise(tmp_path / "orders.parquet", "2024-01-31"), expected)
    assert_frame_equal(summarise(load(tmp_path).orders, "2024-01-31"), expected)


def test_csv_whose_days_depend_on_a_zone_or_an_order_is_refused(tmp_path):
    for form, said in (("%Y-%m-%dT02:00:00+08:00", "crmbook.load"), ("%d/%m/%Y", "%d/%m/%Y"), ("%m/%d/%Y", "%d/%m/%Y")):
        ONE_A_DAY.assign(order_date=DAYS.strftime(form)).to_csv(tmp_path / "orders.csv", index=False)
        refused(lambda said=said: summarise(tmp_path / "orders.csv", "2024-01-31"), "orders.csv", said)


def test_empty_identifiers_and_nan_are_blank_in_frames_and_files_alike(tmp_path):
    orders = ONE_A_DAY.assign(amount=[np.nan, *[10.0] * 11], customer_id=["C1", "", *["C3"] * 10])
    table = pa.Table.from_pandas(orders, preserve_index=False)
    kept = table.set_column(3, "amount", pa.array(orders["amount"].to_numpy(), from_pandas=False))
    parquet.write_table(kept, tmp_path / "orders.parquet")
    orders.to_csv(tmp_path / "orders.csv", index=False, na_rep="nan")
    for source in (orders, tmp_path / "orders.parquet", tmp_path / "orders.csv"):
        assert summarise(source, "2024-01-31")["monetary"].to_dict() == {"C3": 100}
        assert accounts(source, "2024-01-31")["rows"].to_dict()["incomplete"] == 2


def test_infinite_amount_in_a_file_is_refused_with_its_customer(tmp_path):
    for amounts in ([np.inf, *[10.0] * 11], [np.inf, 1, 1, -np.inf, *[10.0] * 8]):
        parquet.write_table(
            pa.Table.from_pandas(ONE_A_DAY.assign(amount=amounts), preserve_index=False), tmp_path / "orders.parquet"
        )
        refused(lambda: summarise(tmp_path / "orders.parquet", "2024-01-31"), "amount", "C1")


def test_frame_may_carry_the_customer_in_its_index():
    assert_frame_equal(summarise(ONE_A_DAY.set_index("customer_id"), "2024-01-31"), summarise(ONE_A_DAY, "2024-01-31"))


def test_files_that_are_not_there_or_not_readable_are_refused(tmp_path):
    refused(lambda: summarise(tmp_path / "none.parquet", "2024-03-01"), "none.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 broken")
    refused(lambda: summarise(tmp_path / "broken.parquet", "2024-03-01"), "broken.parquet")
    refused(lambda: summarise(tmp_path / "orders.xlsx", "2024-03-01"), "orders.xlsx", ".parquet")


# Elsewhere ------------------------------------------------------------------------------------------------------------


class _Warehouse:
    """A connection as Ibis gives it, over a DuckDB of its own."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.statements: list[tuple[str, str]] = []

    def read_parquet(self, path: str, table_name: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {table_name} AS SELECT * FROM read_parquet('{path}')")

    def table(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(columns=tuple(self.connection.sql(f"SELECT * FROM {name} LIMIT 0").columns))

    def sql(self, statement: str, dialect: str) -> SimpleNamespace:
        self.statements.append((statement, dialect))
        return SimpleNamespace(to_pandas=self.connection.sql(statement).df)


def test_same_sql_runs_on_another_engine_over_frames_files_and_tables(tmp_path, monkeypatch):
    opened: list[str] = []
    warehouse = _Warehouse()
    monkeypatch.setitem(sys.modules, "ibis", SimpleNamespace(connect=lambda url: opened.append(url) or warehouse))
    orders = random_orders(500)
    orders.to_parquet(tmp_path / "orders.parquet")
    expected = summarise(orders, "2024-03-01")
    pd.testing.assert_frame_equal(summarise(orders, "2024-03-01", engine=warehouse), expected)
    pd.testing.assert_frame_equal(summarise(tmp_path / "orders.parquet", "2024-03-01", engine=_Warehouse()), expected)
    warehouse.connection.sql("CREATE SCHEMA sales")
    warehouse.connection.sql(f"CREATE TABLE sales.lines AS SELECT * FROM '{tmp_path / 'orders.parquet'}'")
    pd.testing.assert_frame_equal(summarise("sales.lines", "2024-03-01", engine="spark://here"), expected)
    assert opened == ["spark://here"]
    shared = definition()[definition().index("customer_orders AS") : definition().index("DATE_DIFF")]
    assert all(dialect == "duckdb" and shared in statement for statement, dialect in warehouse.statements)
    refused(lambda: summarise(orders.drop(columns="amount"), "2024-03-01", engine=_Warehouse()), "amount")


def test_engine_without_ibis_is_refused_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ibis", None)
    refused(lambda: summarise(random_orders(50), "2024-03-01", engine="duckdb://x"), "duckdb://x", "ibis-framework")


def test_definition_is_plain_sql_that_runs_as_it_stands():
    connection = duckdb.connect()
    connection.register("orders", random_orders(300))
    statement = definition().replace("$as_of", "DATE '2024-03-01'")
    found = connection.sql(statement).df().set_index("customer_id")["monetary"]
    expected = summarise(random_orders(300), "2024-03-01")["monetary"]
    pd.testing.assert_series_equal(found, expected, check_index_type=False)


# A published data set -------------------------------------------------------------------------------------------------


def test_accounts_reconcile_where_orders_straddle_the_as_of_date():
    orders = lines(("1", "C1", "2024-01-31", 5), ("1", "C1", "2024-02-01", 7), ("2", "C1", "2024-02-02", 1))
    counted = accounts(orders, "2024-01-31")
    assert counted["rows"].tolist() == [3, 1, 0, 0, 2, 0]
    assert counted["money"].tolist() == [13, 5, 0, 0, 8, 0]


def test_nothing_is_left_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    summarise(random_orders(300), "2024-03-01")
    assert list(Path(tmp_path).iterdir()) == []
