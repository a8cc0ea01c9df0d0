"""The scorecard: every indicator of the registry, period by period, by tier and in total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.evaluation import kpis as _entries  # noqa: F401  (fills the registry)
from crmbook.evaluation.periods import ALL, Activity, activity
from crmbook.evaluation.registry import NOTHING, RATES, REGISTRY, Indicator, lacking, refusal
from crmbook.shared.purchases import DAY
from crmbook.shared.whole import SLACK, covered_days

if TYPE_CHECKING:
    from crmbook.comments.textmodel import TextModel
    from crmbook.data.load import Book

VERDICTS = ("better", "worse", "unclear", "unknown")
LEAST = 10
"""Customers, answers or tickets behind a value (events, for a rate) below which no change is called better or worse."""
FLOWS = {"orders": "order_date", "interactions": "date", "tickets": "opened_at", "spend": "month"}
"""Tables of which a period needs all days, with their date; a survey is a sample of a period, not all of it."""


def scorecard(
    book: Book,
    as_of: object = None,
    periods: tuple[str, int] = ("M", 2),
    tiers: pd.Series | None = None,
    sentiment: pd.Series | None = None,
    only: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the indicators of the last periods, each with its interval and its change from the period before.

    Parameters
    ----------
    book : Book
        Indicators whose tables it lacks have blank values, and a note that names the table.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    periods : tuple of str and int
        ``"M"`` months, ``"Q"`` quarters, ``"H"`` half-years or ``"Y"`` years of the calendar, and how many of them, up
        to the as-of date.
    tiers : Series, optional
        Each customer's tier, by ``customer_id``. Not given: ABC classes of what each customer had bought before each
        period (whoever had bought nothing is ``new``). A tier of today would flatter: who bought much in the period is
        in A because of it.
    sentiment : Series, optional
        ``positive``, ``neutral`` or ``negative`` for the comments, by the survey's index, as a text model gives; a
        column ``sentiment`` of the survey serves too.
    only : iterable of str, optional
        Indicators to count; all of the registry unless given.

    Returns
    -------
    DataFrame
        A row for each ``indicator``, ``period`` (``2024-12``, ``2024Q4``, ``2024H2``, ``2024``) and ``tier`` (``all``,
        then the tiers): ``value``, ``previous`` (period before), ``change`` with ``change_low`` and ``change_high``,
        ``low``, ``high`` (95 %),
        ``unit``, ``n`` (customers, answers, tickets … behind the value), ``verdict`` (``better`` or ``worse`` where
        the change is more than chance, ``unclear``, ``unknown`` without two values, with fewer than 10 behind one of
        them, and where the data do not cover this period or the one before from first to last day), ``partial`` (the
        period is not over, or begins before the data) and ``note``: empty, ``table_needed:<table>``,
        ``column_needed:<table>.<column>``, ``no_data``, ``no_customers``, ``too_few``, ``few``, ``partial``,
        ``begun_before`` (the period, or the one before, begins before the data), ``sampled``,
        ``short_history``, ``scale_doubt``, ``half_open``, ``not_fitted``, ``no_interval``, ``part_cost`` (order lines
        without a cost are left out) or ``refused:<code of a DataError>``.

    Raises
    ------
    DataError
        ``load_as_of``; ``evaluation_periods``; ``evaluation_indicator`` for an unknown one; ``evaluation_tier_all``;
        ``lifecycle_as_of_early``.

    Notes
    -----
    Interval of a change: the method of variance estimates recovery from the intervals of both values (Zou, G. Y. and
    Donner, A. 2008, Statistics in Medicine 27, 1693–1702), taken as independent.

    Examples
    --------
    >>> from crmbook import load
    >>> days = ["2024-01-05", "2024-02-05", "2024-02-20", "2024-02-29"]
    >>> orders = pd.DataFrame({"customer_id": list("aaba"), "order_date": days, "amount": [50, 30, 20, 10]})
    >>> card = scorecard(load(orders), periods=("M", 1), only=["customer_value"])
    >>> card.loc[card["tier"] == "all", ["value", "previous"]].to_dict("records")
    [{'value': 30.0, 'previous': 50.0}]
    """
    chosen = _chosen(only)
    seen = activity(_with_sentiment(book, sentiment), as_of, periods, tiers)
    rows = [row for one in chosen for row in _counted(one, seen)]
    columns = ["indicator", "span", "tier", "value", "low", "high", "n", "note"]
    table = pd.DataFrame(rows, columns=columns).astype({"value": float, "low": float, "high": float, "n": int})
    return _shown(_compared(table, chosen), seen, chosen)


def last_period(card: pd.DataFrame) -> str:
    """Return the last period of a scorecard that is over and has a value, or the last of all where there is none.

    Raises
    ------
    DataError
        ``evaluation_no_card`` for an empty scorecard.

    Examples
    --------
    >>> card = pd.DataFrame({"period": ["2024Q1", "2024Q2"], "value": [7.0, 5.0], "partial": [False, True]})
    >>> last_period(card)
    '2024Q1'
    """
    if card.empty:
        raise DataError("evaluation_no_card")
    over = card[~card["partial"] & card["value"].notna()] if "partial" in card else card
    return str((over if len(over) else card)["period"].max())


def add_tone(book: Book, model: TextModel) -> Book:
    """Return the book with the tone of each comment of its survey, as a text model judges it.

    Parameters
    ----------
    book : Book
        Without a survey, or without comments in it, it comes back as it is.
    model : TextModel
        As from ``comments.train``.

    Returns
    -------
    Book
        Its survey has a column ``sentiment``: ``positive``, ``neutral`` or ``negative``, blank without a comment.
    """
    if book.survey is None or "comment" not in book.survey or book.survey["comment"].isna().all():
        return book
    tone = model.predict(book.survey["comment"].dropna().astype(str))["label"]
    return _with_sentiment(book, tone)


def history(card: pd.DataFrame, tier: str = ALL) -> pd.DataFrame:
    """Return one row an indicator and one column a period, for sparklines.

    Parameters
    ----------
    card : DataFrame
        As from `scorecard`.
    tier : str
        ``"all"`` or one of the tiers.

    Examples
    --------
    >>> card = pd.DataFrame({"indicator": "nps", "period": ["2024Q1", "2024Q2"], "tier": "all", "value": [20.0, 25.0]})
    >>> history(card).loc["nps"].tolist()
    [20.0, 25.0]
    """
    own = card[card["tier"] == tier]
    return own.pivot(index="indicator", columns="period", values="value").reindex(own["indicator"].unique())


def _chosen(only: Iterable[str] | None) -> list[Indicator]:
    if only is None:
        return list(REGISTRY.values())
    wanted = [only] if isinstance(only, str) else list(only)
    for code in wanted or [""]:
        if code not in REGISTRY:
            raise DataError("evaluation_indicator", value=code, choices=", ".join(REGISTRY))
    return [one for code, one in REGISTRY.items() if code in wanted]


def _with_sentiment(book: Book, sentiment: pd.Series | None) -> Book:
    if sentiment is None or book.survey is None:
        return book
    return replace(book, survey=book.survey.assign(sentiment=sentiment.reindex(book.survey.index)))


def _counted(one: Indicator, seen: Activity) -> list[tuple]:
    names = seen.names if one.by_tier else (ALL,)
    note = lacking(one.needs, seen)
    if not note:
        try:
            found = {
                (number, tier): (one.code, number, tier, made.value, made.low, made.high, made.n, remark)
                for number, tier, made, remark in one.count(seen)
            }
            keys = [(number, tier) for number, _ in enumerate(seen.spans) for tier in names]
            blank = (NOTHING.value, NOTHING.low, NOTHING.high, 0, "no_data")
            return [found.get(key, (one.code, *key, *blank)) for key in keys]
        except DataError as error:
            note = refusal(error)
    return [
        (one.code, number, tier, NOTHING.value, NOTHING.low, NOTHING.high, 0, note)
        for number, _ in enumerate(seen.spans)
        for tier in names
    ]


def _compared(table: pd.DataFrame, chosen: list[Indicator]) -> pd.DataFrame:
    before = table.assign(span=table["span"] + 1)[["indicator", "span", "tier", "value", "low", "high", "n"]]
    both = table.merge(before, on=["indicator", "span", "tier"], how="left", suffixes=("", "_before"))
    change = both["value"] - both["value_before"]
    below = np.hypot(both["value"] - both["low"], both["high_before"] - both["value_before"])
    above = np.hypot(both["high"] - both["value"], both["value_before"] - both["low_before"])
    made = both.assign(
        previous=both["value_before"], change=change, change_low=change - below, change_high=change + above
    )
    made["few"] = _few(made)
    lower_is_better = made["indicator"].map({one.code: one.better == "lower" for one in chosen}).astype(bool)
    rose, fell = made["change_low"] > 0, made["change_high"] < 0
    made["verdict"] = np.select(
        [
            made["change_low"].isna() | made["change_high"].isna() | made["few"],
            rose & ~lower_is_better | fell & lower_is_better,
            rose | fell,
        ],
        ["unknown", "better", "worse"],
        "unclear",
    )
    return made.assign(unit=made["indicator"].map({one.code: one.unit for one in chosen}))


def _few(made: pd.DataFrame) -> pd.Series:
    """Of a rate, n counts events: none where there were many is a change that can be told."""
    both = made[["n", "n_before"]].fillna(0)
    counted = made["indicator"].map({code: one.unit in RATES for code, one in REGISTRY.items()}).astype(bool)
    return both.max(axis=1).where(counted, both.min(axis=1)) < LEAST


def _begun_before(chosen: list[Indicator], seen: Activity) -> set[tuple[str, int]]:
    """Which indicators in which periods rest on a table that begins only within the period."""
    first = seen.spans[0].start
    late: dict[str, set[int]] = {}
    for name, date in FLOWS.items():
        table = getattr(seen.book, name)
        if table is None or date not in table or not (table[date] < seen.as_of + DAY).any():
            continue
        there = covered_days(table[date], seen.as_of)
        if name != "orders":  # tickets and contacts are rarer than orders: days without one are no sign of anything
            there = replace(there, slack=SLACK)
        late[name] = {
            number
            for number, span in enumerate(seen.spans)
            if there.first > first and not there.whole(span.start, span.start)[0] and there.first <= span.end
        }
    return {
        (one.code, number) for one in chosen for need in one.needs for number in late.get(need.partition(".")[0], ())
    }


def _shown(made: pd.DataFrame, seen: Activity, chosen: list[Indicator]) -> pd.DataFrame:
    late = _begun_before(chosen, seen)
    begun = pd.Series([key in late for key in zip(made["indicator"], made["span"], strict=True)], made.index)
    before = pd.Series([key in late for key in zip(made["indicator"], made["span"] - 1, strict=True)], made.index)
    made = made.assign(begun=begun, before=before & made["value_before"].notna())
    shown = made[made["span"] > 0]
    labels = pd.array([span.label for span in seen.spans], dtype="str")
    running = shown["span"].map({number: span.partial for number, span in enumerate(seen.spans)}).astype(bool)
    uncompared = shown["begun"] | shown["before"]
    note = shown["note"].mask((shown["note"] == "") & shown["value"].notna() & shown["low"].isna(), "no_interval")
    note = note.mask(running & (note == ""), "partial")
    note = note.mask(uncompared & (note == "") & shown["value"].notna(), "begun_before")
    few = shown["few"] & (note == "") & shown["change"].notna()
    shown = shown.assign(
        partial=running | shown["begun"],
        period=labels.take(shown["span"].to_numpy()),
        note=note.mask(few, "few"),
        verdict=shown["verdict"].mask(running | uncompared, "unknown"),
        tier=pd.Categorical(shown["tier"], [ALL, *seen.tiers], ordered=True),
        place=shown["indicator"].map({code: number for number, code in enumerate(REGISTRY)}),
    )
    shown = shown.sort_values(["place", "span", "tier"], ignore_index=True).astype({"tier": "str"})
    columns = ["indicator", "period", "tier", "value", "previous", "change", "low", "high", "unit", "n", "note"]
    return shown[[*columns, "change_low", "change_high", "verdict", "partial"]]
