"""The questionnaire as a form on paper and as a table that survey tools read."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmbook.locale import text

_STYLE = (
    "font-family: Noto Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif; max-width: 760px; "
    "color: #222; background: white; padding: 1em; border: 1px solid #999"
)
_TABLE = "border-collapse: collapse; width: 100%; margin: 0.4em 0 1em"
_CELL = "border: 1px solid #999; padding: 4px 6px; text-align: center"
_QUESTION = "border: 1px solid #999; padding: 4px 6px; text-align: left; width: 46%"


@dataclass(frozen=True, repr=False)
class Form:
    """A printable form: Jupyter shows it, ``page`` is a whole HTML page to print."""

    title: str
    body: str

    @property
    def page(self) -> str:
        """The form as a page of its own."""
        return (
            f'<!DOCTYPE html><html lang="{text("satisfaction.form_language")}"><head><meta charset="utf-8">'
            f"<title>{html.escape(self.title)}</title></head><body>{self.body}</body></html>"
        )

    def write(self, folder: str) -> None:
        """Write the page into a folder, as ``questionnaire.html``; nowhere where no folder is named."""
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder, "questionnaire.html").write_text(self.page, encoding="utf-8")

    def __repr__(self) -> str:
        return self.title

    def _repr_html_(self) -> str:
        return self.body


def export(bank: pd.DataFrame) -> pd.DataFrame:
    """Return the questions in words, a row each, as survey tools take them in.

    Returns
    -------
    pandas.DataFrame
        Index ``item``; ``question``, ``question_type`` (``single choice`` or ``text``) and ``choices`` (number and
        words, parted by ``|``, the lowest first), in the language in use.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.satisfaction import item_bank
    >>> use("en")
    >>> export(item_bank(["price"])).loc["price", "choices"].split("|")[0]
    '1 very dissatisfied'
    """
    return pd.DataFrame(
        {
            "question": [text(f"satisfaction.question_{item}") for item in bank.index],
            "question_type": [
                text("satisfaction.type_text" if scale == "text" else "satisfaction.type_choice")
                for scale in bank["scale"]
            ],
            "choices": [
                "|".join(_choices(scale, lowest, highest))
                for scale, lowest, highest in zip(bank["scale"], bank["lowest"], bank["highest"], strict=True)
            ],
        },
        index=bank.index,
    )


def form(bank: pd.DataFrame) -> Form:
    """Return the questions as a form to print, in the language in use.

    Examples
    --------
    >>> from crmbook.satisfaction import item_bank
    >>> form(item_bank(["price"])).page.startswith("<!DOCTYPE html>")
    True
    """
    title = text("satisfaction.form_title")
    parts = [f"<h3>{html.escape(title)}</h3><p>{html.escape(text('satisfaction.form_greeting'))}</p>"]
    scaled = bank[bank["scale"] != "text"]
    for scale, rows in scaled.groupby("scale", sort=False):
        parts.append(_grid(str(scale), rows))
    for item in bank.index[bank["scale"] == "text"]:
        question = html.escape(text(f"satisfaction.question_{item}"))
        parts.append(f'<p>{question}</p><div style="border: 1px solid #999; height: 5em"></div>')
    parts.append(f"<p>{html.escape(text('satisfaction.form_thanks'))}</p>")
    return Form(title, f'<div style="{_STYLE}">{"".join(parts)}</div>')


def _grid(scale: str, rows: pd.DataFrame) -> str:
    lowest, highest = int(rows["lowest"].iloc[0]), int(rows["highest"].iloc[0])
    heads = "".join(f'<th style="{_CELL}">{html.escape(choice)}</th>' for choice in _choices(scale, lowest, highest))
    boxes = f'<td style="{_CELL}">☐</td>' * (highest - lowest + 1)
    lines = "".join(
        f'<tr><td style="{_QUESTION}">{html.escape(text(f"satisfaction.question_{item}"))}</td>{boxes}</tr>'
        for item in rows.index
    )
    return f'<table style="{_TABLE}"><thead><tr><th style="{_QUESTION}"></th>{heads}</tr></thead>{lines}</table>'


def _choices(scale: str, lowest: object, highest: object) -> list[str]:
    if scale == "text":
        return []
    first, last = int(lowest), int(highest)  # type: ignore[call-overload]
    if scale == "satisfaction":
        return [f"{answer} {text(f'satisfaction.answer_{answer}')}" for answer in range(first, last + 1)]
    ends = {
        first: " " + text(f"satisfaction.end_{scale}_lowest"),
        last: " " + text(f"satisfaction.end_{scale}_highest"),
    }
    return [f"{answer}{ends.get(answer, '')}" for answer in range(first, last + 1)]
