"""Answers in words: what a label stands for on a scale of five points, and columns in which people answered so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from crmbook.data.numbers import numbers
from crmbook.data.reading import Note, Reading, distinct, spread

SATISFACTION: Mapping[str, int] = {
    **dict.fromkeys(("非常不满意", "very dissatisfied", "很不满意", "非常不同意", "很不同意", "很差", "非常差"), 1),
    **dict.fromkeys(("strongly disagree", "very poor"), 1),
    **dict.fromkeys(("不满意", "dissatisfied", "不太满意", "比较不满意", "较不满意", "不同意", "不太同意", "较差"), 2),
    **dict.fromkeys(("somewhat dissatisfied", "disagree", "poor"), 2),
    **dict.fromkeys(("一般", "neutral", "中立", "一般满意", "说不清", "不确定"), 3),
    **dict.fromkeys(("neither satisfied nor dissatisfied", "neither agree nor disagree", "average", "fair"), 3),
    **dict.fromkeys(("满意", "satisfied", "比较满意", "较满意", "同意", "比较同意", "较好"), 4),
    **dict.fromkeys(("somewhat satisfied", "agree", "good"), 4),
    **dict.fromkeys(("非常满意", "very satisfied", "很满意", "十分满意", "非常同意", "很同意", "很好", "非常好"), 5),
    **dict.fromkeys(("strongly agree", "excellent", "very good"), 5),
}
"""What an answer in words stands for on a five-point scale, 1 the worst and 5 the best."""

KANO: Mapping[str, int] = {
    **dict.fromkeys(("like", "我很喜欢", "很喜欢", "非常喜欢", "喜欢", "i like it", "i like it that way"), 1),
    **dict.fromkeys(("must-be", "must be", "expect", "it must be that way", "i expect it"), 2),
    **dict.fromkeys(("理应如此", "它理应如此", "理所当然", "理所应当", "应该如此"), 2),
    **dict.fromkeys(("neutral", "无所谓", "i am neutral"), 3),
    **dict.fromkeys(("live with", "live-with", "tolerate", "i can live with it", "i can live with it that way"), 4),
    **dict.fromkeys(("勉强接受", "可以忍受", "能忍受"), 4),
    **dict.fromkeys(("dislike", "我很不喜欢", "很不喜欢", "非常不喜欢", "不喜欢"), 5),
    **dict.fromkeys(("i dislike it", "i dislike it that way"), 5),
}
"""What an answer in words to a Kano question stands for, 1 like to 5 dislike."""

ENDS: Mapping[str, int] = {
    **dict.fromkeys(("not at all likely", "完全不可能"), 0),
    **dict.fromkeys(("extremely likely", "非常可能"), 10),
    **dict.fromkeys(("very hard", "非常费力"), 1),
    **dict.fromkeys(("very easy", "非常省力"), 7),
}
"""The ends of scales on which the other points have no words; they count behind their number only."""

SEVERITY: Mapping[str, int] = {
    **dict.fromkeys(("low", "lowest", "minor", "trivial", "低", "较低", "一般", "普通"), 1),
    **dict.fromkeys(("normal", "medium", "major", "中", "较高", "重要"), 2),
    **dict.fromkeys(("high", "highest", "urgent", "critical", "blocker", "高", "紧急", "非常紧急", "特急", "严重"), 3),
}
"""How pressing a ticket is, 1 to 3."""

WORDS: Mapping[str, Mapping[str, int]] = {
    "satisfaction": SATISFACTION,
    "kano": KANO,
    "severity": SEVERITY,
    "numbers": {},
}
"""By scale, the words that are answers by themselves."""

NOT_APPLICABLE = ("不适用", "未使用", "不清楚", "不知道", "not applicable", "don't know")

_OPTION = re.compile(r"(\d+)分?[\s.:、-]*(.+)")
_OPTION_BEHIND = re.compile(r"(.+?) ?[(\[](\d+) ?分?[)\]]")
_OPTIONS = {(answer, label) for scale in (SATISFACTION, KANO, ENDS) for label, answer in scale.items()}


def plain(label: str) -> str:
    """Return a label without what two spellings of it may differ in: width, case, spaces.

    Examples
    --------
    >>> plain(" Very  Satisfied")
    'very satisfied'
    """
    return " ".join(unicodedata.normalize("NFKC", label).split()).casefold()


def answer_of(label: str, known: Mapping[str, int]) -> int | None:
    """Return what a label stands for, None when it stands for nothing known.

    Known are the words of the scale, and options as forms print them: a number and its words, or a number of points.

    Examples
    --------
    >>> answer_of("满意", SATISFACTION), answer_of("5 very satisfied", SATISFACTION), answer_of("3分", {})
    (4, 5, 3)
    >>> [answer_of(label, SATISFACTION) for label in ("5分-非常满意", "不满意（2分）", "5 不满意")]
    [5, 2, None]
    """
    word = plain(label)
    if word in known:
        return known[word]
    option = _OPTION.fullmatch(word)
    if option and (option[2] == "分" or (int(option[1]), option[2]) in _OPTIONS):
        return int(option[1])
    behind = _OPTION_BEHIND.fullmatch(word)
    return int(behind[2]) if behind and (int(behind[2]), behind[1]) in _OPTIONS else None


def clash(labels: Iterable[str], known: Mapping[str, int]) -> tuple[str, str] | None:
    """Return the first two labels of a column that stand for one answer: its scale has more points than we know.

    A form in two languages has two labels for each answer, so labels of one language only can clash.

    Examples
    --------
    >>> clash(["满意", "satisfied", "比较满意"], SATISFACTION)
    ('满意', '比较满意')
    """
    first: dict[tuple[int, bool], str] = {}
    for label in labels:
        if plain(label) in known:
            other = first.setdefault((known[plain(label)], label.isascii()), label)
            if plain(other) != plain(label):
                return other, label
    return None


def _turned(labels: list[str], known: Mapping[str, int]) -> dict[str, int]:
    """Return what options mean whose numbers run against their words, as in ``1.非常满意``: they go by their words.

    All of them must run so; one that does among others that do not is a mistake.
    """
    options = {label: option for label in labels if (option := _OPTION.fullmatch(plain(label))) and option[2] in known}
    turned = {label: known[option[2]] for label, option in options.items()}
    against = [int(option[1]) + turned[label] == 6 for label, option in options.items()]
    same = [int(option[1]) == turned[label] for label, option in options.items()]
    return turned if against and all(against) and not all(same) else {}


def answers(texts: pd.Series, known: Mapping[str, int], mark: str = ".") -> Reading:
    """Return answers as numbers, those in words by what the words stand for; a note says which.

    Faults: ``answer_unreadable``; ``answer_clash`` for all the words of a column in which two stand for one answer;
    ``number_percent``.

    Examples
    --------
    >>> answers(pd.Series(["非常满意", "4", "3分", "不适用", ""]), SATISFACTION).values.tolist()
    [5.0, 4.0, 3.0, nan, nan]
    """
    codes, written = distinct(texts)
    labels = written.to_pylist()
    turned = _turned(labels, known)
    meant = [turned[label] if label in turned else answer_of(label, known) for label in labels]
    digits = [label if answer is None else str(answer) for label, answer in zip(labels, meant, strict=True)]
    digits = ["" if plain(label) in NOT_APPLICABLE else number for label, number in zip(labels, digits, strict=True)]
    read = numbers(pd.Series(digits, dtype="str").take(codes).set_axis(texts.index), mark)
    words = [label for label in labels if plain(label) in known]
    worded = spread(np.isin(labels, words), codes)
    faults = {"answer_unreadable": read.faults["number_unreadable"], "number_percent": read.faults["number_percent"]}
    if clash(words, known):
        return Reading(read.values.mask(worded), read.blank, {**faults, "answer_clash": worded})
    where = np.flatnonzero(worded)
    best_first = sorted(words, key=lambda label: (-known[plain(label)], label))
    order = ", ".join(f"{label.strip()} {known[plain(label)]}" for label in best_first)
    notes: tuple[Note, ...] = (Note("answers_in_words", int(where[0]), order, len(where)),) if len(where) else ()
    against = np.flatnonzero(spread(np.isin(labels, list(turned)), codes))
    if len(against):
        shown = ", ".join(f"{label.strip()} = {answer}" for label, answer in turned.items())
        notes += (Note("options_by_words", int(against[0]), shown, len(against)),)
    return Reading(read.values, read.blank, faults, notes)
