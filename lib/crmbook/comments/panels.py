"""A control over comments: choose a theme and a tone, and read what was said.

The panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from functools import cache

import ipywidgets as widgets
import pandas as pd
from markupsafe import Markup

from crmbook import comments
from crmbook.comments import charts as draw
from crmbook.figures import controls
from crmbook.locale import name, text


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
    choice = controls.choice("comments.theme_choice", themes, largest, "crmbook-theme-choice")
    kinds = [(text("comments.all_tones"), "all")]
    kinds += [(name(tone), tone) for tone in ("negative", "neutral", "positive")]
    tone = controls.choice("comments.theme_tone", kinds, "all", "crmbook-theme-tone")

    def heard(chosen: str) -> pd.Series:
        return tones.notna() if chosen == "all" else tones.eq(chosen)

    @cache
    def trend(chosen: str) -> pd.DataFrame:
        return comments.theme_trend(flags[heard(chosen)], periods[heard(chosen)])

    def look() -> controls.Seen:
        here = heard(tone.value)
        behind = said[here & flags[choice.value]].iloc[::-1]
        sentence = "comments.theme_words" if len(behind) else "comments.theme_words_none"
        return {
            "crmbook-words": text(sentence, count=len(behind), of=int(here.sum()), theme=name(choice.value)),
            "crmbook-theme-figure": draw.theme_line(trend(tone.value), str(choice.value)),
            "crmbook-theme-comments": Markup(draw.comment_list(behind, scores)),
        }

    return controls.answering("comments.theme_question", [choice, tone], look, kind="crmbook-theme-panel")
