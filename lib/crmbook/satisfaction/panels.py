"""Controls over satisfaction: raise an item, compare groups, read the comments behind a theme.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import ipywidgets as widgets
import pandas as pd

from crmbook import satisfaction
from crmbook.figures import controls
from crmbook.figures.wording import number, percent
from crmbook.locale import label, name, text
from crmbook.satisfaction import charts as draw
from crmbook.shared.estimate import Estimate

ALL = "all_waves"


def what_if(
    model: satisfaction.Regression,
    behind: pd.DataFrame,
    highest: Mapping[str, float] | float = 5,
    step: float = 0.5,
) -> widgets.VBox:
    """Return a panel that raises an item's mean and says what overall satisfaction would do.

    Parameters
    ----------
    model : Regression
        As from `crmbook.satisfaction.regression`.
    behind : DataFrame
        As from `crmbook.satisfaction.behind`: customers and revenue of those not satisfied with each item.
    highest : mapping or float
        The scales' ends.
    step : float
        Where the slider stands at first, in points.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the item
        (``crmbook-whatif-item``), the points (``crmbook-whatif-points``), a line of words (``crmbook-words``), the
        figure (``crmbook-whatif-figure``): all items raised by as much, the chosen one dark.

    Examples
    --------
    >>> items = pd.DataFrame({"price": [1, 1, 2, 2, 3, 3], "effort": [1, 2, 1, 2, 1, 2]})
    >>> model = satisfaction.regression(items, pd.Series([1, 2, 4, 5, 7, 9]))
    >>> behind = satisfaction.behind(items, pd.Series(list("abcdef")), pd.Series(dtype=float))
    >>> what_if(model, behind).children[2].value
    0.5
    """
    items = [str(item) for item in model.table.index]
    first = items[int(model.table["coefficient"].to_numpy().argmax())]
    choice = controls.choice(
        "satisfaction.whatif_item", [(label(item), item) for item in items], first, "crmbook-whatif-item"
    )
    said = text("satisfaction.whatif_points")
    slider = controls.amount(said, step, 2.0, 0.1, "crmbook-whatif-points", readout=".1f")

    def look() -> controls.Seen:
        changes = {item: satisfaction.what_if(model, {item: slider.value}, highest) for item in items}
        return {
            "crmbook-words": _whatif_words(changes, choice.value, behind),
            "crmbook-whatif-figure": draw.raised(changes, choice.value),
        }

    return controls.answering("satisfaction.whatif_question", [choice, slider], look, kind="crmbook-whatif-panel")


def nps(recommend: pd.Series, groups: pd.DataFrame, waves: pd.Series, first: str | None = None) -> widgets.VBox:
    """Return a panel that shows the net promoter score by the group one chooses, with n and interval.

    Parameters
    ----------
    recommend : Series
        Answers 0 to 10, a row an answer.
    groups : DataFrame
        Same index; a column a way of grouping (``tier``, ``stage``, ``channel``).
    waves : Series
        Same index: the wave of each answer; blank where there is none.
    first : str, optional
        The column shown at first; the leftmost where not given.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the grouping
        (``crmbook-nps-group``), the wave (``crmbook-nps-wave``; the last one at first), a line of words
        (``crmbook-words``), the figure (``crmbook-nps-figure``).

    Raises
    ------
    DataError
        For answers that are no answers to this question, see `crmbook.satisfaction.nps`.

    Examples
    --------
    >>> groups = pd.DataFrame({"tier": ["A"] * 12})
    >>> nps(pd.Series([10] * 12), groups, pd.Series(["1"] * 12)).children[2].value
    '1'
    """
    known = sorted(waves[recommend.notna()].dropna().unique())
    kinds = [(label(str(column)), str(column)) for column in groups.columns]
    choice = controls.choice("satisfaction.nps_group", kinds, first or kinds[0][1], "crmbook-nps-group")
    options = [(text("satisfaction.all_waves"), ALL), *((name(wave), wave) for wave in known)]
    wave = controls.choice("satisfaction.nps_wave", options, known[-1] if known else ALL, "crmbook-nps-wave")
    promoters = satisfaction.Measure("nps", scale=satisfaction.recommend_scale(recommend))

    @cache  # whoever compares goes back and forth
    def asked(column: str, when: str) -> controls.Seen:
        here = recommend.notna() & (waves.eq(when) if when != ALL else True)
        table = satisfaction.by_group(recommend[here], groups.loc[here, column], promoters)
        words = _nps_words(satisfaction.nps(recommend[here], scale=promoters.scale), table)
        return {"crmbook-words": words, "crmbook-nps-figure": draw.group_scores(table, "nps", column)}

    def look() -> controls.Seen:
        return asked(str(choice.value), str(wave.value))

    return controls.answering("satisfaction.nps_question", [choice, wave], look, kind="crmbook-nps-panel")


def _whatif_words(changes: Mapping[str, Estimate], item: str, behind: pd.DataFrame) -> str:
    found, row = changes[item], {column: float(behind[column][item]) for column in behind.columns}
    return text(
        "satisfaction.whatif_words",
        item=label(item),
        value=found.value,
        low=found.low,
        high=found.high,
        customers=int(row["customers"]),
        share=percent(row["share"]),
        revenue=number(row["revenue"]),
        revenue_share=percent(row["revenue_share"]),
    )


def _nps_words(all_answers: Estimate, table: pd.DataFrame) -> str:
    return text(
        "satisfaction.nps_words",
        value=all_answers.value,
        low=all_answers.low,
        high=all_answers.high,
        n=all_answers.n,
        few=int(table["value"].isna().sum()),
    )
