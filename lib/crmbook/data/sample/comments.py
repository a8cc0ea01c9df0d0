"""Comments in Chinese and English, made from sentence patterns so that theme and sentiment are known."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

THEMES = ("quality", "service", "delivery", "after_sales", "price", "assortment")
"""The first five in the order of the survey's items; the sixth has no item."""

SENTIMENTS = ("negative", "neutral", "positive")


@cache
def _language(code: str) -> dict:
    content = (resources.files(__package__) / "comments.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)[code]


@cache
def patterns(language: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return by theme and sentiment the sentence patterns of a language, each with its code such as ``"zh001"``."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    number = 0
    for theme in THEMES:
        for sentiment in SENTIMENTS:
            for pattern in _language(language)[theme][sentiment]:
                number += 1
                found.setdefault((theme, sentiment), []).append((f"{language}{number:03d}", pattern))
    return found


def write(
    rng: np.random.Generator, language: np.ndarray, theme: np.ndarray, sentiment: np.ndarray
) -> tuple[list[str], list[str]]:
    """Word comments.

    Parameters
    ----------
    rng : numpy.random.Generator
    language, theme, sentiment : numpy.ndarray
        Of one length: ``"zh"`` or ``"en"``, one of ``THEMES``, one of ``SENTIMENTS``.

    Returns
    -------
    comments, templates : list of str
        What the customer wrote, and the code of the pattern behind it.
    """
    draws = rng.random((len(language), 5))
    comments, templates = [], []
    for code, about, tone, draw in zip(language, theme, sentiment, draws, strict=True):
        words = _language(code)
        template, pattern = _pick(patterns(code)[about, tone], draw[0])
        sentence = pattern.format(topic=_pick(words["topics"][about], draw[1]), very=_pick(words["degrees"], draw[2]))
        ending = _pick(words["endings"][tone], draw[3]) if draw[4] < 0.65 else ""
        comments.append(_chinese(sentence, ending) if code == "zh" else _english(sentence, ending))
        templates.append(template)
    return comments, templates


def _pick(choices: list, draw: float) -> Any:
    return choices[int(draw * len(choices))]


def _chinese(sentence: str, ending: str) -> str:
    return sentence + ending if ending else sentence.rstrip("，") + "。"


def _english(sentence: str, ending: str) -> str:
    return (sentence[0].upper() + sentence[1:] + " " + ending).rstrip()
