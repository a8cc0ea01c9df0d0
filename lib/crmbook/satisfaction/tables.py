"""Tables of satisfaction, ready to be shown: items, scores, groups and needs in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas.io.formats.style import Styler

from crmbook import satisfaction
from crmbook.figures.sections import Sentence
from crmbook.figures.table import show
from crmbook.locale import label, name, text
from crmbook.satisfaction.charts import KANO_COLOURS, kano_name, worded
from crmbook.shared.estimate import Estimate

KANO_COUNTS = tuple(f"kano_count_{code.lower()}" for code in KANO_COLOURS)
"""What `kano_words` calls the counts: single letters stand for tiers elsewhere."""

_SHARES = ("csat", "unweighted", "weighted", "agree")


def set_aside(findings: pd.DataFrame, loaded: pd.DataFrame | None = None) -> Sentence | Styler:
    """Return the answers that were set aside as a table, or the sentence that there are none.

    Parameters
    ----------
    findings : DataFrame
        As from `crmbook.satisfaction.check_answers`.
    loaded : DataFrame, optional
        As from ``book.findings``: answers that were blanked, or read from words, when the files were loaded come first.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> set_aside(satisfaction.check_answers(pd.DataFrame({"price": [5, 4]}))).words
    'Every answer lies on its scale; nothing was set aside.'
    """
    if loaded is not None:
        read = loaded[loaded["column"].isin(satisfaction.SCALES)]
        findings = pd.concat([read[findings.columns], findings], ignore_index=True) if len(read) else findings
    if findings.empty:
        return Sentence(text("satisfaction.all_on_scale"))
    named = findings.assign(column=findings["column"].map(label)).rename(columns={"column": "item"})
    return show(named, index=False)


def item_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of items with their headings as its index, as a reader knows them.

    Parameters
    ----------
    table : DataFrame
        Index item.

    Examples
    --------
    >>> item_table(pd.DataFrame({"mean": [4.1]}, index=["after_sales"])).index.tolist()
    ['After-sales service']
    """
    words = [name(item) if (heading := label(str(item))) == str(item) else heading for item in table.index]
    return table.set_axis(pd.Index(words, name="item"), axis=0)


def score_table(scores: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return scores of different units as one table, each written as readers write it.

    Parameters
    ----------
    scores : mapping of name to Estimate
        ``nps`` is written in points, the shares (``csat``, ``unweighted``, ``weighted``, ``agree``) in per cent, all
        others as means.

    Examples
    --------
    >>> score_table({"nps": Estimate(24.6, 17, 32, 400)}).loc["nps", "value"]
    '+25'
    """
    rows = []
    for score, found in scores.items():
        kind = "csat" if score in _SHARES else "nps" if score == "nps" else "mean"
        rows.append([*(worded(part, kind) for part in (found.value, found.low, found.high)), found.n])
    return pd.DataFrame(rows, columns=["value", "low", "high", "n"], index=pd.Index(list(scores), name="score"))


def trend_table(trends: Mapping[str, satisfaction.Trend]) -> pd.DataFrame:
    """Return steady changes as one table, in points a wave.

    Parameters
    ----------
    trends : mapping of measure to Trend
        ``csat`` or ``nps``; a share's points are percentage points.

    Examples
    --------
    >>> trend_table({"csat": satisfaction.Trend(0.017, 0.003, 0.032, 0.0189, 1500, 6)})["slope"].tolist()
    ['+1.7']
    """
    rows = []
    for measure, found in trends.items():
        points = [100 * part if measure == "csat" else part for part in (found.slope, found.low, found.high)]
        rows.append([*(f"{part:+.1f}" for part in points), f"{found.p:.3f}", found.n, found.waves])
    columns = ["slope", "low", "high", "p", "n", "waves"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(list(trends), name="score"))


def channel_table(effect: satisfaction.ModeEffect, measure: str) -> pd.DataFrame:
    """Return the scores by channel as readers write them.

    Parameters
    ----------
    effect : ModeEffect
        As from `crmbook.satisfaction.mode_effect`.
    measure : {"nps", "csat", "mean"}

    Examples
    --------
    >>> found = satisfaction.mode_effect(pd.Series([5, 1] * 20), pd.Series(["app"] * 20 + ["sms"] * 20))
    >>> channel_table(found, "csat")["value"].tolist()
    ['50%', '50%']
    """
    shown = effect.channels[["n", "value", "low", "high", "adjusted"]].rename_axis("channel").astype({"n": int})
    return _as_scores(shown, ["value", "low", "high", "adjusted"], measure)


def mode_table(effects: Mapping[str, satisfaction.ModeEffect]) -> pd.DataFrame:
    """Return how strongly the way of asking goes with the answers, a row a measure.

    Parameters
    ----------
    effects : mapping of measure to ModeEffect

    Examples
    --------
    >>> found = satisfaction.mode_effect(pd.Series([5, 1] * 20), pd.Series(["app"] * 20 + ["sms"] * 20))
    >>> mode_table({"csat": found})["p"].tolist()
    [1.0]
    """
    rows = [(found.chi2, found.p, found.cramers_v) for found in effects.values()]
    return pd.DataFrame(rows, columns=["chi2", "p", "cramers_v"], index=pd.Index(list(effects), name="score"))


def others_table(compared: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return groups beside all others as readers write scores, the differences in points.

    Parameters
    ----------
    compared : DataFrame
        As from `crmbook.satisfaction.against_others`.
    measure : {"nps", "csat"}

    Examples
    --------
    >>> scores, tiers = pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), pd.Series(["A"] * 50 + ["B"] * 50)
    >>> others_table(satisfaction.against_others(scores, tiers), "csat")["difference"].tolist()
    ['-20.0', '+20.0']
    """
    shown = _as_scores(compared.drop(columns="p"), ["value", "others"], measure)
    for column in ("difference", "low", "high"):
        points = 100 * compared[column] if measure == "csat" else compared[column]
        shown[column] = [f"{part:+.1f}" for part in points]
    return shown


def kano_grid(rule: pd.DataFrame) -> pd.DataFrame:
    """Return Kano's 5 × 5 table with its classes in words.

    Examples
    --------
    >>> kano_grid(satisfaction.evaluation_table()).loc[1, "5"]
    'one-dimensional'
    """
    return rule.map(lambda code: name(kano_name(code))).rename(columns=str)


def kano_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a Kano table with its classes in words, for a reader.

    Examples
    --------
    >>> found = satisfaction.kano([3] * 5 + [1] * 20, [5] * 25)
    >>> kano_words(found)["category"].tolist()
    ['one-dimensional']
    """
    shown = table.rename(columns=dict(zip(KANO_COLOURS, KANO_COUNTS, strict=True)))
    for column in ("category", "second"):
        shown[column] = [name(kano_name(code)) if isinstance(code, str) else None for code in table[column]]
    return shown.rename(columns={"second": "runner_up"})


def kano_counts(needs: pd.DataFrame) -> pd.DataFrame:
    """Return how often each feature fell into each class, its class in words, and how clear it is.

    Parameters
    ----------
    needs : DataFrame
        Features classified by `crmbook.satisfaction.kano`.

    Examples
    --------
    >>> answers = satisfaction.kano([1, 1, 2, 1], [5, 5, 5, 3])
    >>> kano_counts(answers)["category"].tolist()
    ['O · one-dimensional']
    """
    columns = [*KANO_COLOURS, "n", "half", "category", "mixed", "strength"]
    named = dict(zip(KANO_COLOURS, KANO_COUNTS, strict=True))
    words = needs["category"].map(lambda code: label(named[code]), na_action="ignore")
    return needs[columns].assign(category=words)


def kano_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Return the class of each feature (row) for each group (column), in words.

    Examples
    --------
    >>> yes, no = pd.DataFrame({"gift_wrap": [1] * 10}), pd.DataFrame({"gift_wrap": [3] * 10})
    >>> kano_groups(satisfaction.kano_by_group(yes, no, pd.Series(["A"] * 10))).loc["gift_wrap", "A"]
    'attractive'
    """
    features = table.index.get_level_values("feature").unique()
    return kano_words(table)["category"].unstack("group").reindex(features)


def _as_scores(table: pd.DataFrame, columns: list[str], measure: str) -> pd.DataFrame:
    """Write scores as readers write them; an empty column stays out."""
    there = table.dropna(axis=1, how="all")
    written = [column for column in columns if column in there]
    return there.assign(**{column: [worded(part, measure) for part in there[column]] for column in written})
