"""Market research: coding answers, counting themes, agreement of two coders, and prices seen at competitors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.agreement import kappa
from crmbook.shared.checked import needed
from crmbook.shared.estimate import shares
from crmbook.shared.purchases import end_of, purchase_lines


def coding_table(codings: pd.DataFrame) -> pd.DataFrame:
    """Return which themes a coder gave to which answers.

    Parameters
    ----------
    codings : DataFrame
        A row for each theme given: ``answer_id``, ``theme``. An answer without any theme has one row with a blank
        theme.

    Returns
    -------
    DataFrame of bool
        Index answer_id, a column for each theme.

    Raises
    ------
    DataError
        When a column is missing or no theme was given.

    Examples
    --------
    >>> coding_table(pd.DataFrame({"answer_id": [1, 1, 2], "theme": ["price", "speed", None]})).to_numpy().tolist()
    [[True, True], [False, False]]
    """
    for column in ("answer_id", "theme"):
        if column not in codings:
            raise DataError("column_needed", table="codings", column=column)
    given = codings.dropna(subset=["theme"])
    if given.empty:
        raise DataError("interview_no_theme")
    table = pd.crosstab(given["answer_id"], given["theme"]) > 0
    return table.reindex(sorted(codings["answer_id"].unique()), fill_value=False).rename_axis(
        index="answer_id", columns=None
    )


def code_by_words(answers: pd.Series, code_book: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return a first coding of answers by the words of a code book: a theme is given where one of its words occurs.

    Parameters
    ----------
    answers : Series of str
        Index answer_id; blanks get no theme.
    code_book : mapping
        Theme to its words; upper and lower case are the same.

    Examples
    --------
    >>> book = {"price": ["dear", "贵"], "speed": ["slow", "慢"]}
    >>> code_by_words(pd.Series(["Too DEAR", "送货太慢"]), book).to_numpy().tolist()
    [[True, False], [False, True]]
    """
    lower = answers.fillna("").astype(str).str.lower()
    table = {
        theme: lower.map(lambda text, words=words: any(word.lower() in text for word in words))
        for theme, words in code_book.items()
    }
    return pd.DataFrame(table, index=answers.index).astype(bool).rename_axis("answer_id")


def themes(table: pd.DataFrame, respondents: pd.Series | None = None) -> pd.DataFrame:
    """Return how often each theme comes up.

    Parameters
    ----------
    table : DataFrame of bool
        As ``coding_table`` returns it.
    respondents : Series, optional
        The respondent of each answer. Given, a respondent counts once for a theme, however often it is repeated.

    Returns
    -------
    DataFrame
        Index theme: ``count`` of ``n`` (answers or respondents), ``share`` with ``low`` and ``high`` (95 %, Wilson),
        the most frequent first. Shares add to more than 1 where answers have several themes.

    Examples
    --------
    >>> themes(pd.DataFrame({"price": [True, True, False], "speed": [False, True, False]}))["count"].to_dict()
    {'price': 2, 'speed': 1}
    """
    units = table if respondents is None else table.groupby(respondents.reindex(table.index)).any()
    counts = units.sum().sort_values(ascending=False, kind="stable")
    frame = pd.DataFrame({"count": counts.astype(int), "n": len(units)}).rename_axis("theme")
    return frame.join(shares(frame["count"], frame["n"]))


def agreement(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return how far two coders agree on each theme.

    Parameters
    ----------
    first, second : DataFrame of bool
        Coding tables of the same answers by two coders; a theme that one of them never gave is all False there.

    Returns
    -------
    DataFrame
        Index theme: ``first`` and ``second`` (answers with the theme), ``both``, ``agreement`` (share of the answers on
        which they agree), ``kappa`` with ``low`` and ``high`` (95 %), ``n``.

    Raises
    ------
    DataError
        When no answer was coded by both.

    Examples
    --------
    >>> a = pd.DataFrame({"price": [True, True, False, False]})
    >>> agreement(a, pd.DataFrame({"price": [True, False, False, False]}))["kappa"].tolist()
    [0.5]
    """
    shared = first.index.intersection(second.index)
    if shared.empty:
        raise DataError("interview_nothing_shared")
    names = [*first.columns, *(theme for theme in second.columns if theme not in first.columns)]
    one, two = (table.loc[shared].reindex(columns=names, fill_value=False).astype(bool) for table in (first, second))
    rows = {}
    for theme in names:
        figure = kappa(one[theme], two[theme])
        rows[theme] = {
            "first": int(one[theme].sum()),
            "second": int(two[theme].sum()),
            "both": int((one[theme] & two[theme]).sum()),
            "agreement": float((one[theme] == two[theme]).mean()),
            "kappa": figure.value,
            "low": figure.low,
            "high": figure.high,
            "n": figure.n,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("theme")


def disagreements(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the answers to talk over: ``answer_id``, ``theme`` and which coder gave it (``given_by``: first, second).

    Examples
    --------
    >>> a = pd.DataFrame({"price": [True, False]})
    >>> disagreements(a, pd.DataFrame({"price": [True, True]})).to_numpy().tolist()
    [[1, 'price', 'second']]
    """
    shared = first.index.intersection(second.index)
    rows = []
    for theme in [*first.columns, *(theme for theme in second.columns if theme not in first.columns)]:
        one = first.loc[shared, theme] if theme in first else pd.Series(False, index=shared)
        two = second.loc[shared, theme] if theme in second else pd.Series(False, index=shared)
        rows += [(answer, theme, "first" if one[answer] else "second") for answer in shared[(one != two).to_numpy()]]
    return pd.DataFrame(rows, columns=["answer_id", "theme", "given_by"])


OBSERVED = ("date", "competitor", "product_id", "price", "offer", "source")
"""What is noted of a price seen at a competitor."""


def observations(rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return what was seen at competitors as a table, checked row by row.

    Parameters
    ----------
    rows : sequence of (date, competitor, product_id, price, offer, source)
        ``date`` as YYYY-MM-DD; ``product_id`` of the own product that it is compared with; ``price`` of one piece;
        ``offer`` in words, empty where there was none; ``source``: where it was seen.

    Returns
    -------
    DataFrame
        Columns ``OBSERVED``, a row for each observation.

    Raises
    ------
    DataError
        When there is no row, or a row is incomplete, has no readable date or no price above zero.

    Examples
    --------
    >>> observations([["2024-12-02", "Shop North", "P01", 26.5, "", "website"]])["price"].tolist()
    [26.5]
    """
    if not rows:
        raise DataError("watch_empty")
    checked = [_observation(place, row) for place, row in enumerate(rows, start=1)]
    return pd.DataFrame(checked, columns=list(OBSERVED))


def _observation(place: int, row: Sequence[object]) -> tuple[object, ...]:
    if isinstance(row, str) or len(row) != len(OBSERVED):
        raise DataError("watch_row", row=place, columns=", ".join(OBSERVED))
    date, competitor, product, price, offer, source = row
    day = pd.to_datetime(str(date)[:10], format="%Y-%m-%d", errors="coerce")
    if pd.isna(day):
        raise DataError("watch_date", row=place, value=date)
    if isinstance(price, bool) or not isinstance(price, Real) or not 0 < float(price) < math.inf:
        raise DataError("watch_price", row=place, value=price)
    return day, str(competitor), str(product), float(price), str(offer or ""), str(source)


def competitor_prices(
    observed: pd.DataFrame, orders: pd.DataFrame, as_of: object, days: int = 90, fresh: int = 60
) -> pd.DataFrame:
    """Return the latest price seen of each product at each competitor beside what the own customers paid.

    Parameters
    ----------
    observed : DataFrame
        As ``observations`` returns it; what was seen after ``as_of`` is left out.
    orders : DataFrame
        Order lines with ``product_id`` and ``quantity``.
    as_of : date
        The last day that counts.
    days : int
        Own prices are those paid on so many days up to ``as_of``.
    fresh : int
        An observation older than so many days is called old.

    Returns
    -------
    DataFrame
        Index (competitor, product_id): ``date``, ``age_days``, ``fresh``, ``price`` (theirs), ``own_price`` (median
        paid for a piece), ``own_lines`` (order lines behind it), ``difference`` ((theirs − own) / own), ``offer``,
        ``source``. Observations of products that nobody bought in that time are left out.

    Raises
    ------
    DataError
        When a column is missing, nothing was seen by that day, or none of the products was bought.

    Examples
    --------
    >>> day = pd.Timestamp("2024-12-01")
    >>> line = {"order_id": "1", "customer_id": "C1", "order_date": day, "amount": 60.0, "quantity": 2}
    >>> seen = observations([["2024-12-02", "Shop North", "P01", 27.0, "", "website"]])
    >>> competitor_prices(seen, pd.DataFrame([line]).assign(product_id="P01"), "2024-12-31")["difference"].tolist()
    [-0.1]
    """
    day = dates.day(as_of)
    before = observed[observed["date"] < end_of(day)]
    if before.empty:
        raise DataError("watch_too_late", as_of=f"{day:%Y-%m-%d}")
    paid = _paid(orders, day, days)
    latest = before.sort_values("date", kind="stable").groupby(["competitor", "product_id"]).tail(1)
    table = latest.set_index(["competitor", "product_id"]).sort_index()
    own = paid.reindex(table.index.get_level_values("product_id"))
    table["own_price"], table["own_lines"] = own["median"].to_numpy(), own["size"].to_numpy()
    table = table.dropna(subset=["own_price"]).astype({"own_lines": int})
    if table.empty:
        raise DataError("watch_no_product", products=", ".join(sorted(set(before["product_id"]))), days=days)
    table["age_days"] = (day - table["date"]).dt.days
    table["fresh"] = table["age_days"] <= fresh
    table["difference"] = (table["price"] / table["own_price"] - 1).round(12)
    order = ["date", "age_days", "fresh", "price", "own_price", "own_lines", "difference", "offer", "source"]
    return table[order]


def _paid(orders: pd.DataFrame, day: pd.Timestamp, days: int) -> pd.DataFrame:
    needed(orders, "orders", ["product_id", "quantity"])
    lines = purchase_lines(orders, day)
    lines = lines[(lines["order_date"] >= end_of(day - pd.Timedelta(days=days))) & (lines["amount"] > 0)]
    lines = lines[lines["quantity"] > 0].dropna(subset=["product_id"])
    each = lines["amount"] / lines["quantity"]
    return each.groupby(lines["product_id"].astype(str)).agg(["median", "size"])


def competitor_summary(prices: pd.DataFrame) -> pd.DataFrame:
    """Return how each competitor's prices compare, over the products that were compared.

    Returns
    -------
    DataFrame
        Index competitor: ``products_compared``, ``cheaper`` (products that are cheaper there), ``price_ratio``
        (geometric mean of theirs ÷ own, 1: alike), ``newest`` and ``oldest`` observation.

    Examples
    --------
    >>> pairs = pd.MultiIndex.from_tuples([("North", "P1"), ("North", "P2")], names=["competitor", "product_id"])
    >>> seen = pd.DataFrame({"difference": [1.0, -0.5], "date": pd.Timestamp("2024-12-02")}, index=pairs)
    >>> competitor_summary(seen)[["cheaper", "price_ratio"]].to_dict("list")
    {'cheaper': [1], 'price_ratio': [1.0]}
    """
    ratio = np.log1p(prices["difference"]).groupby(level="competitor")
    noted = prices["date"].groupby(level="competitor")
    return pd.DataFrame(
        {
            "products_compared": ratio.size(),
            "cheaper": (prices["difference"] < 0).groupby(level="competitor").sum().astype(int),
            "price_ratio": np.exp(ratio.mean()).round(12),
            "newest": noted.max(),
            "oldest": noted.min(),
        }
    )
