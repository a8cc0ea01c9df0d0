"""What satisfaction tells the manager: how content customers are, since when, and what to put right first."""

from __future__ import annotations

import math

import pandas as pd

from crmbook.data.load import Book
from crmbook.figures.wording import percent
from crmbook.locale import label, name, text
from crmbook.satisfaction.ratings import Measure
from crmbook.satisfaction.waves import by_wave, trend
from crmbook.shared.told import Action, Finding, Told, share_of, told, within


def findings(
    book: Book,
    survey: pd.DataFrame | None = None,
    measures: dict[str, Measure] | None = None,
    apart: pd.DataFrame | None = None,
    priorities: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    behind: pd.DataFrame | None = None,
    to_call: pd.DataFrame | None = None,
    needs: pd.DataFrame | None = None,
    themes: pd.DataFrame | None = None,
    needed: int | None = None,
    rates: pd.DataFrame | None = None,
    **_: object,
) -> Told:
    """Choose what the satisfaction lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its survey is needed.
    survey, measures, apart, priorities, weights, behind, to_call, needs, themes, needed, rates
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there is no survey.
    """
    book.need("survey")
    if survey is None:
        return told([])
    asked = measures or {}
    return told(
        [
            *(_score(survey, question, measure) for question, measure in asked.items()),
            _group(apart),
            _first_to_fix(priorities, weights, behind),
            _must_be(needs),
            _theme(themes),
        ],
        [
            _call(to_call, priorities, book.as_of),
            _repair(priorities, book.as_of),
            _keep(needs, book.as_of),
            _ask_more(rates, needed, book.as_of),
        ],
    )


def _score(survey: pd.DataFrame, question: str, measure: Measure) -> Finding | None:
    """The last wave's score and, where one is beyond chance, its change from the wave before, else its trend."""
    waves = by_wave(survey[question], survey["wave"], measure)
    told_waves = waves.dropna(subset=["value"])
    if told_waves.empty:
        return None
    last = told_waves.iloc[-1]
    steady = trend(survey[question], survey["wave"], measure) if len(told_waves) > 2 else None
    moves = steady is not None and (steady.low > 0 or steady.high < 0)
    key = "" if steady is None or not moves else "_rises" if steady.slope > 0 else "_falls"
    if last["change_low"] > 0 or last["change_high"] < 0:  # what happened last is not hidden behind a trend
        key = "_rose" if last["change"] > 0 else "_fell"
    value, low, high = (_in_unit(float(last[part]), measure.kind) for part in ("value", "low", "high"))
    change = f"{abs(last['change']) * (100 if measure.kind == 'csat' else 1):.0f}"
    facts = {"value": value, "wave": told_waves.index[-1], "waves": len(told_waves), "change": change}
    said = text(f"satisfaction.finding_{measure.kind}{key}", **facts)
    beside = text(
        "satisfaction.finding_beside", interval=text("summary.interval", low=low, high=high), count=int(last["n"])
    )
    size = 1 - last["value"] if measure.kind == "csat" else (100 - last["value"]) / 200
    return Finding(said, 3, float(size), True, beside)


def _in_unit(value: float, kind: str) -> str:
    return percent(value) if kind == "csat" else f"{value:.0f}".replace("-", "−")


def _group(apart: pd.DataFrame | None) -> Finding | None:
    """The group that lies furthest below the others, if that is beyond chance."""
    if apart is None:
        return None
    below = apart[apart["beyond_chance"].fillna(False).astype(bool) & (apart["difference"] < 0)]
    if below.empty:
        return None
    row = below.sort_values("difference").iloc[0]
    said = text(
        "satisfaction.finding_group", group=name(row.name), value=percent(row["value"]), others=percent(row["others"])
    )
    bounds = {side: f"{100 * row[side]:.0f}".replace("-", "−") for side in ("low", "high")}
    return Finding(said, 3, share_of(row["n"], apart["n"].sum()), True, text("satisfaction.finding_points", **bounds))


def _first_to_fix(
    priorities: pd.DataFrame | None, weights: pd.DataFrame | None, behind: pd.DataFrame | None
) -> Finding | None:
    if priorities is None or weights is None or behind is None or priorities.empty:
        return None
    first = priorities.index[0]
    row, lever = behind.loc[first], weights.loc[first]
    said = text(
        "satisfaction.finding_fix", item=label(str(first)), customers=int(row["customers"]), share=percent(row["share"])
    )
    beside = text("satisfaction.finding_fix_beside", weight=percent(lever["share"]))
    money = float(row["revenue"]) if "revenue" in row else math.nan
    return Finding(said, 4, float(row["share"]), bool(lever["low"] > 0), beside, money)


def _must_be(needs: pd.DataFrame | None) -> Finding | None:
    """The must-be feature that customers would miss most, of those whose class is not too close to call."""
    if needs is None:
        return None
    clear = needs[(needs["category"] == "M") & ~needs["mixed"].fillna(True).astype(bool)]
    if clear.empty:
        return None
    features = text("reports.comma").join(name(feature) for feature in clear.sort_values("worse").index[:3])
    most = clear["worse"].min()
    beside = text("satisfaction.finding_must_beside", share=percent(abs(most)), count=int(clear["n"].max()))
    return Finding(text("satisfaction.finding_must", features=features), 5, float(abs(most)), True, beside)


def _theme(themes: pd.DataFrame | None) -> Finding | None:
    """What comments are about; the tone behind "unhappy" is a model's judgement, so it is told as open."""
    if themes is None or themes.empty:
        return None
    first = themes.iloc[0]
    said = text("satisfaction.finding_theme", theme=name(themes.index[0]), share=percent(first["share"]))
    beside = text("summary.interval", low=percent(first["low"]), high=percent(first["high"]))
    return Finding(said, 6, float(first["share"]), False, beside)


def _call(to_call: pd.DataFrame | None, priorities: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if to_call is None or priorities is None:
        return None
    said = text("satisfaction.do_call", item=label(str(priorities.index[0])))
    return Action(said, "service", within(as_of, 7), len(to_call), "not-satisfied", float(to_call["monetary"].sum()))


def _repair(priorities: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if priorities is None or priorities.empty:
        return None
    return Action(text("satisfaction.do_fix", item=label(str(priorities.index[0]))), "management", within(as_of, 30))


def _keep(needs: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if needs is None or not (needs["category"] == "M").any():
        return None
    return Action(text("satisfaction.do_must"), "management", within(as_of, 30), listed="kano")


def _ask_more(rates: pd.DataFrame | None, needed: int | None, as_of: pd.Timestamp) -> Action | None:
    """Say how many to invite where the last invitations were fewer than the margin asks for."""
    if rates is None or needed is None or "all" not in rates.index or int(rates["invited"].loc["all"]) >= needed:
        return None
    return Action(text("satisfaction.do_ask", count=needed), "marketing", within(as_of, 90))
