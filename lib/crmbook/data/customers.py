"""The customer table: a row for each customer, made from order lines by ``customers.sql``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.data.dates import dates, day
from crmbook.data.faults import DataError
from crmbook.data.home import expanded
from crmbook.data.reading import with_index, without_categories

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

REQUIRED = ("order_id", "customer_id", "order_date", "amount")
DAYS = ("recency", "tenure", "t_x", "T")
FILES = {".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet"}
ENGINE_TABLE = "crmbook_orders"
THREADS = 1  # each more wants hash tables of its own and a fifth more work; one needs 3 s for 10 million lines


def summarise(orders: pd.DataFrame | str | Path, as_of: object, engine: Any = None) -> pd.DataFrame:
    """Return the customer table: what each customer bought up to a day, and when.

    Parameters
    ----------
    orders : pandas.DataFrame, str or pathlib.Path
        Order lines with at least ``order_id``, ``customer_id``, ``order_date`` and ``amount`` (line totals in one
        currency, returns negative), with ``cost`` where it is known; a frame, or a CSV or Parquet file (a pattern such
        as ``"orders/*.parquet"`` too), which is read in place. With an ``engine``, a string without such an ending
        names a table there. Moments with a time zone count on the day that their own clock shows.
    as_of : str, datetime.date or pandas.Timestamp
        The last day that counts, with all its hours. Lines after it are left out.
    engine : str or Ibis connection, optional
        Where ``customers.sql`` runs: nothing for DuckDB in this process, else what ``ibis.connect`` takes.

    Returns
    -------
    pandas.DataFrame
        Index ``customer_id``, in its order. ``first_order`` and ``last_order`` (days), ``recency`` (days from the last
        purchase to ``as_of``), ``tenure`` (days since the first), ``frequency`` (purchase orders), ``monetary`` (net
        sum of all lines), ``mean_order`` (mean of the purchase orders), ``margin`` (amount less cost, over the lines
        that carry a cost; blank without), and for the models of customer lifetime value ``x`` (purchase days after the
        first), ``t_x`` and ``T`` (days from the first purchase to the last one and to ``as_of``) and ``mean_repeat``
        (what a purchase day after the first brought): in these four, orders that were brought back whole are left out,
        and other returns are taken off. A customer who only returned has frequency 0 and blank dates.

    Raises
    ------
    DataError
        When a column is missing or of the wrong type, a file cannot be read, no line counts, or Ibis is not installed.

    Notes
    -----
    The purchase rule: lines of a customer under one ``order_id`` are one order; an order that adds up to less than zero
    is a return, which reduces money but is no purchase; an order of zero is a purchase. ``accounts`` counts each part.
    ``x``, ``t_x`` and ``T`` follow Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing
    Science 24(2).

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-11"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [10.0, 30.0]})
    >>> summarise(lines, "2024-01-31")[["recency", "frequency", "monetary", "x", "t_x", "T"]].loc["C1"].tolist()
    [20.0, 2.0, 40.0, 1.0, 10.0, 30.0]
    """
    last = day(as_of)
    table = _run(orders, last, engine, definition())
    if engine is None and (table["monetary"].isna().any() or table["customer_id"].isin([""]).any()):
        table = _run(orders, last, engine, definition(), tidy=True)
    if table.empty:
        raise DataError("customers_none", as_of=f"{last:%Y-%m-%d}")
    _refuse_infinite(table)
    table = table.astype(dict.fromkeys(DAYS, "float64"))
    table[["frequency", "x"]] = table[["frequency", "x"]].astype("int64")
    table[["first_order", "last_order"]] = table[["first_order", "last_order"]].astype("datetime64[us]")
    table[["mean_order", "mean_repeat", "margin"]] = table[["mean_order", "mean_repeat", "margin"]].astype("float64")
    return table.set_index("customer_id")


def accounts(orders: pd.DataFrame | str | Path, as_of: object, engine: Any = None) -> pd.DataFrame:
    """Return what the purchase rule did with the order lines, so that in = kept + set aside.

    Returns
    -------
    pandas.DataFrame
        Index ``part``: ``lines_read``, then the parts it falls into: ``purchases`` (above zero), ``zero_orders``
        (purchases too), ``returns``, and what no customer's figures hold: ``after_as_of`` and ``incomplete`` (no
        customer, order, date or amount). Columns ``rows`` (lines), ``orders`` (a customer's lines under one order id)
        and ``money``.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-11"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [10.0, -4.0]})
    >>> accounts(lines, "2024-01-31")["money"].to_dict()
    {'lines_read': 6.0, 'purchases': 10.0, 'zero_orders': 0.0, 'returns': -4.0, 'after_as_of': 0.0, 'incomplete': 0.0}
    """
    parts = ["purchases", "zero_orders", "returns", "after_as_of", "incomplete"]
    counted = _run(orders, day(as_of), engine, _orders_only() + COUNTED, tidy=True).set_index("part")
    counted = counted.reindex(["lines_read", *parts]).fillna(0)
    counted.loc["lines_read", "orders"] = counted.loc[parts, "orders"].sum()
    return counted.astype({"rows": "int64", "orders": "int64", "money": "float64"})


@cache
def definition() -> str:
    """Return the text of ``customers.sql``, the one definition of the customer table."""
    return (resources.files(__package__) / "customers.sql").read_text(encoding="utf-8")


def _orders_only() -> str:
    return definition().split(",\n\nbrought_back AS", 1)[0]


COUNTED = """
SELECT
    CASE WHEN net > 0 THEN 'purchases' WHEN net = 0 THEN 'zero_orders' ELSE 'returns' END AS part,
    SUM(order_lines) AS "rows", COUNT(*) AS orders, ROUND(SUM(net), 6) AS money
FROM customer_orders
GROUP BY 1
UNION ALL
SELECT 'lines_read', COUNT(*), NULL, ROUND(SUM(amount), 6)
FROM orders
UNION ALL
SELECT part, COUNT(*), COUNT(DISTINCT order_key), ROUND(SUM(amount), 6)
FROM (
    SELECT
        CASE WHEN complete THEN 'after_as_of' ELSE 'incomplete' END AS part,
        amount,
        CONCAT(CAST(customer_id AS VARCHAR), ' / ', CAST(order_id AS VARCHAR)) AS order_key
    FROM (
        SELECT
            *, customer_id IS NOT NULL AND order_id IS NOT NULL AND amount IS NOT NULL AND order_date IS NOT NULL AS
            complete
        FROM orders
    ) AS judged
    WHERE NOT complete OR order_date >= CAST($as_of AS DATE) + INTERVAL '1' DAY
) AS left_out
GROUP BY part
"""


def _refuse_infinite(table: pd.DataFrame) -> None:
    """Refuse an infinite amount or cost, which made a sum infinite (or none, where two of them cancel)."""
    for column, sums in (
        ("amount", ~np.isfinite(table["monetary"])),
        ("cost", table["margin"].isin([np.inf, -np.inf])),
    ):
        if sums.any():
            raise DataError("customers_infinite", column=column, customer=table.loc[sums, "customer_id"].iloc[0])


def _run(
    orders: pd.DataFrame | str | Path, as_of: pd.Timestamp, engine: Any, query: str, tidy: bool = False
) -> pd.DataFrame:
    if engine is None:
        return _in_process(orders, as_of, query, tidy)
    return _through_ibis(orders, as_of, engine, query)


def _statement(query: str, relation: str, columns: list[str], as_of: pd.Timestamp) -> str:
    cost = "cost" if "cost" in columns else "CAST(NULL AS DOUBLE) AS cost"
    lines = f"SELECT order_id, customer_id, order_date, amount, {cost} FROM {relation}"
    query = query.replace("WITH lines AS (", f"WITH orders AS (\n    {lines}\n),\n\nlines AS (", 1)
    return query.replace("$as_of", f"DATE '{as_of:%Y-%m-%d}'")


def _in_process(orders: pd.DataFrame | str | Path, as_of: pd.Timestamp, query: str, tidy: bool) -> pd.DataFrame:
    import duckdb

    if not isinstance(orders, pd.DataFrame | str | os.PathLike):
        raise DataError("load_source", value=type(orders).__name__)
    source = "orders" if isinstance(orders, pd.DataFrame) else Path(orders).name
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = {_quoted(Path(tempfile.gettempdir()) / f'crmbook-{os.getpid()}')}")
        try:
            if isinstance(orders, pd.DataFrame):
                connection.register("order_lines", _arrow(orders))
                relation = "order_lines"
            else:
                relation = _scan(expanded(orders), connection)
            types = _types(relation, connection)
            _check(types, source)
            if not isinstance(orders, pd.DataFrame):
                _settle_days(expanded(orders), types["order_date"], connection)
            relation = _tidied(relation, types) if tidy else relation
            return connection.sql(_statement(query, relation, list(types), as_of)).to_arrow_table().to_pandas()
        except duckdb.Error as problem:
            raise DataError("customers_unreadable", file=source, reason=str(problem).splitlines()[0]) from problem


def _tidied(relation: str, types: dict[str, str]) -> str:
    """Return the relation with a blank where a file has an empty identifier or what is not a number (NaN)."""
    changed = [f"NULLIF({name}, '') AS {name}" for name in ("order_id", "customer_id") if types[name] == "VARCHAR"]
    changed += [
        f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}"
        for name in ("amount", "cost")
        if types.get(name) in ("DOUBLE", "FLOAT")
    ]
    return f"(SELECT * REPLACE ({', '.join(changed)}) FROM {relation})" if changed else relation


def _settle_days(path: Path, kind: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Take the clock that a Parquet file names; refuse days of a CSV file that could be read in two ways."""
    first = path if path.exists() else min(path.parent.glob(path.name))
    if path.suffix.lower() == ".parquet":
        if kind == "TIMESTAMP WITH TIME ZONE":
            import pyarrow.parquet as parquet

            zone = parquet.read_schema(first).field("order_date").type.tz
            connection.execute(f"SET TimeZone = '{'GMT' if zone[0] in '+-' else ''}{zone}'")
        return
    if kind == "TIMESTAMP WITH TIME ZONE":
        raise DataError("customers_zone", file=path.name)
    formats = connection.sql(f"SELECT DateFormat, TimestampFormat FROM sniff_csv({_quoted(first)})").fetchall()
    for written in filter(None, formats[0]):
        if not written.startswith("%Y"):
            raise DataError("customers_day_order", file=path.name, format=written)


def _scan(path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    """Return what reads a file in place; identifiers in a CSV file are text, or 001 would become 1."""
    reader = FILES.get(path.suffix.lower())
    if reader is None:
        raise DataError("customers_file_type", file=path.name, endings=", ".join(FILES))
    if not path.exists() and not list(path.parent.glob(path.name)):
        raise DataError("no_source", source=path)
    if path.exists() and not path.is_file():
        raise DataError("load_not_a_file", file=path.name)
    plain = f"{reader}({_quoted(path)})"
    if reader == "read_parquet":
        return plain
    ids = [f"'{column}': 'VARCHAR'" for column in _types(plain, connection) if column in ("order_id", "customer_id")]
    return f"{reader}({_quoted(path)}, types = {{{', '.join(ids)}}})" if ids else plain


def _types(relation: str, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {column: kind for column, kind, *_ in connection.sql(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _arrow(orders: pd.DataFrame) -> pa.Table:
    """Hand the columns over as Arrow, which pandas holds text in: no value becomes a Python object on the way."""
    import pyarrow as pa

    orders = with_index(orders)
    missing = [column for column in REQUIRED if column not in orders]
    if missing:
        raise _missing(missing, orders.columns, "orders")
    columns = {}
    for column in [name for name in (*REQUIRED, "cost") if name in orders]:
        if isinstance(orders[column], pd.DataFrame):
            raise DataError("customers_column_twice", column=column)
        values = without_categories(orders[column])
        if getattr(getattr(values.dtype, "pyarrow_dtype", values.dtype), "tz", None) is not None:
            values = values.dt.tz_localize(None)
        try:
            columns[column] = _blanked(pa.Array.from_pandas(values))
        except (pa.ArrowException, TypeError, ValueError) as problem:
            raise DataError("customers_mixed", column=column) from problem
    if pa.types.is_string(columns["order_date"].type) or pa.types.is_large_string(columns["order_date"].type):
        columns["order_date"] = pa.Array.from_pandas(_days(columns["order_date"].to_pandas()))
    return pa.table(columns)


def _blanked(values: pa.Array) -> pa.Array:
    """Return texts with a null where nothing stands; anything else as it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return values
    empty = pc.equal(values, "")
    return pc.if_else(empty, None, values) if pc.any(empty).as_py() else values


def _days(texts: pd.Series) -> pd.Series:
    """Read dates that are text, if each can be read in one way only."""
    read = dates(texts.fillna("").astype("str"))
    for where in read.faults.values():
        if where.any():
            raise DataError("customers_date_text", value=texts[where].iloc[0], rows=int(where.sum()))
    return read.values


def _check(types: dict[str, str], source: str) -> None:
    missing = [column for column in REQUIRED if column not in types]
    if missing:
        raise _missing(missing, types, source)
    if not types["order_date"].startswith(("DATE", "TIMESTAMP", NO_TYPE)):
        raise DataError("customers_date", file=source, column="order_date", type=types["order_date"].lower())
    for column in ("amount", "cost"):
        kind = types.get(column, "DOUBLE")
        if kind.split("(")[0] not in NUMBERS:
            raise DataError("customers_number", file=source, column=column, type=kind.lower())


def _missing(missing: list[str], columns: Iterable, source: str) -> DataError:
    there = ", ".join(map(str, columns)) or "–"
    return DataError("customers_column", file=source, column=", ".join(missing), columns=there)


NO_TYPE = '"NULL"'  # a column of a frame in which every value is blank
NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"} | {
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    NO_TYPE,
}


def _through_ibis(orders: pd.DataFrame | str | Path, as_of: pd.Timestamp, engine: Any, query: str) -> pd.DataFrame:
    try:
        import ibis
    except ImportError as problem:
        raise DataError("customers_no_ibis", engine=engine) from problem

    connection = ibis.connect(engine) if isinstance(engine, str) else engine
    with tempfile.TemporaryDirectory() as folder:  # every engine reads Parquet; few take temporary tables
        table = _for_engine(orders, Path(folder) / "orders.parquet", connection)
        columns = list(connection.table(table).columns)
        missing = [column for column in REQUIRED if column not in columns]
        if missing:
            raise _missing(missing, columns, table)
        relation = ".".join(f'"{part}"' for part in table.split("."))
        return connection.sql(_statement(query, relation, columns, as_of), dialect="duckdb").to_pandas()


def _for_engine(orders: pd.DataFrame | str | Path, spare: Path, connection: Any) -> str:
    """Return the name the engine knows the order lines by: a table there, or a file or frame that is handed over."""
    if isinstance(orders, pd.DataFrame):
        import pyarrow.parquet as parquet

        parquet.write_table(_arrow(orders), spare)
        orders = spare
    reader = FILES.get(Path(orders).suffix.lower())
    if reader is None:
        return str(orders)
    getattr(connection, reader)(str(orders), table_name=ENGINE_TABLE)
    return ENGINE_TABLE
