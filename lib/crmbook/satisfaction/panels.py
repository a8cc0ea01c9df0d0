"""Controls over satisfaction: raise an item, compare groups, read the comments behind a theme.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from crmbook import comments, satisfaction
from crmbook.comments import charts as pictures
from crmbook.figures import controls
from crmbook.figures.parts import Parts, fill
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
    slider = widgets.FloatSlider(
        value=step,
        min=0.0,
        max=2.0,
        step=0.1,
        readout_format=".1f",
        description=text("satisfaction.whatif_points"),
        style=controls.WORDED,
        layout=controls.WIDE,
    ).add_class("crmbook-whatif-points")

    def changes() -> dict[str, Estimate]:
        return {item: satisfaction.what_if(model, {item: slider.value}, highest) for item in items}

    words = controls.words(_whatif_words(changes(), choice.value, behind))
    figure = controls.shown(draw.raised(changes(), choice.value), "crmbook-whatif-figure")

    def move(_: dict) -> None:
        found = changes()
        words.value = controls.spoken(_whatif_words(found, choice.value, behind))
        fill(figure, draw.raised_parts(found, choice.value))

    for control in (choice, slider):
        control.observe(move, "value")
    return controls.panel("satisfaction.whatif_question", choice, slider, words, figure, kind="crmbook-whatif-panel")


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
    known_tables: dict[tuple[str, str], tuple[str, pd.DataFrame]] = {}
    promoters = satisfaction.Measure("nps", scale=satisfaction.recommend_scale(recommend))

    def asked() -> tuple[str, pd.DataFrame]:
        key = (str(choice.value), str(wave.value))
        if key not in known_tables:  # whoever compares goes back and forth
            here = recommend.notna() & (waves.eq(wave.value) if wave.value != ALL else True)
            scores = recommend[here]
            table = satisfaction.by_group(scores, groups.loc[here, choice.value], promoters)
            known_tables[key] = _nps_words(satisfaction.nps(scores, scale=promoters.scale), table), table
        return known_tables[key]

    said, table = asked()
    words = controls.words(said)
    figure = controls.shown(draw.group_scores(table, "nps", str(choice.value)), "crmbook-nps-figure")

    def move(_: dict) -> None:
        said, table = asked()
        words.value = controls.spoken(said)
        fill(figure, draw.group_scores_parts(table, "nps", str(choice.value)))

    for control in (choice, wave):
        control.observe(move, "value")
    return controls.panel("satisfaction.nps_question", choice, wave, words, figure, kind="crmbook-nps-panel")


def themes(
    said: pd.Series, flags: pd.DataFrame, periods: pd.Series, tones: pd.Series, scores: pd.Series | None = None
) -> widgets.VBox:
    """Return a panel that shows a theme over time and the comments behind it.

    Parameters
    ----------
    said : Series of str
        The comments, the newest last.
    flags : DataFrame of bool
        As from `crmbook.comments.code_themes`, same index.
    periods, tones : Series
        Same index: the wave of each comment, and ``negative``, ``neutral`` or ``positive``.
    scores : Series, optional
        Same index: the overall answer, written before each comment.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the theme
        (``crmbook-theme-choice``), the tone (``crmbook-theme-tone``), a line of words (``crmbook-words``), the figure
        (``crmbook-theme-figure``: the theme's share of all comments of that tone), the newest comments
        (``crmbook-theme-comments``), their text escaped.

    Examples
    --------
    >>> flags = pd.DataFrame({"price": [True] * 12})
    >>> panel = themes(pd.Series(["dear"] * 12), flags, pd.Series(["1"] * 12), pd.Series(["negative"] * 12))
    >>> panel.children[1].value
    'price'
    """
    themes = [(name(str(theme)), str(theme)) for theme in flags.columns]
    largest = str(flags.sum().idxmax())
    choice = controls.choice("satisfaction.theme_choice", themes, largest, "crmbook-theme-choice")
    kinds = [(text("satisfaction.all_tones"), "all")]
    kinds += [(name(tone), tone) for tone in ("negative", "neutral", "positive")]
    tone = controls.choice("satisfaction.theme_tone", kinds, "all", "crmbook-theme-tone")
    trends: dict[str, pd.DataFrame] = {}

    def asked() -> tuple[str, pd.DataFrame, str]:
        here = tones.notna() if tone.value == "all" else tones.eq(tone.value)
        if tone.value not in trends:
            trends[tone.value] = comments.theme_trend(flags[here], periods[here])
        behind = said[here & flags[choice.value]].iloc[::-1]
        sentence = "satisfaction.theme_words" if len(behind) else "satisfaction.theme_words_none"
        words = text(sentence, count=len(behind), of=int(here.sum()), theme=name(choice.value))
        return words, trends[tone.value], pictures.comment_list(behind, scores)

    spoken, trend, listed = asked()
    words = controls.words(spoken)
    figure = controls.shown(pictures.theme_line(trend, str(choice.value)), "crmbook-theme-figure")
    below = widgets.HTML(listed).add_class("crmbook-theme-comments")

    def move(_: dict) -> None:
        spoken, trend, below.value = asked()
        words.value = controls.spoken(spoken)
        parts: Parts = pictures.theme_line_parts(trend, str(choice.value))
        fill(figure, parts)

    for control in (choice, tone):
        control.observe(move, "value")
    return controls.panel("satisfaction.theme_question", choice, tone, words, figure, below, kind="crmbook-theme-panel")


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
