"""A survey as its tool wrote it: extra header rows, question texts for items, scales told from the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from crmbook.data.findings import Finding
from crmbook.data.labels import SATISFACTION, answers
from crmbook.data.reading import as_text, cell_text
from crmbook.data.schema import SATISFACTION_ITEMS, TABLES, Column, Table
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import listed, normal

SCALES = ((1, 5), (1, 7), (1, 10), (0, 10))
"""Scales from the narrowest on: the first that holds nearly all answers, and of which the upper part is in use."""

MOST_LOST = 0.05  # a column of which more answers than this are unreadable or off its scale is refused
LEAST_READ = 0.5  # a column of which fewer answers than this are ratings is none
LEAST_HIGH = 0.02  # of a wider scale, at least this share lies above the narrower one
ASKED = re.compile(r"[?？：:—]|满意|同意|^\s*(q|item|题)?_?\d+\s*[、.．_-]|^\s*q\d|likely|satisf|agree", re.IGNORECASE)
SKIPPED = ("", "(跳过)", "（跳过）", "(空)", "（空）", "N/A")
RATED = (*SATISFACTION_ITEMS, "overall")


@dataclass(frozen=True)
class Survey:
    """A survey's sheet, ready to be matched.

    Parameters
    ----------
    sheet : Sheet
    table : Table
        The survey with a column for each further rating question.
    columns : dict of str to str
        Header to column, for what was recognised by its question.
    questions : dict of str to str
        Each item's question, by column.
    scales : dict of str to tuple of int
        The lowest and highest answer of each item, as the file has them.
    findings : list of Finding
    """

    sheet: Sheet
    table: Table
    columns: dict[str, str]
    questions: dict[str, str]
    scales: dict[str, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def prepared(sheet: Sheet, own: Mapping[str, str]) -> Survey:
    """Return a survey with its items found by their questions and its answers on the scales of the schema.

    Items that the schema has on five points but the file on seven, ten or eleven are kept on their own scale, as
    further questions; a column of which more than a twentieth is unreadable or off its scale is not read at all.

    Parameters
    ----------
    sheet : Sheet
    own : mapping of str to str
        The user's headers.
    """
    sheet, words = _without_extra_headers(sheet)
    sheet = replace(sheet, frame=sheet.frame.replace(list(SKIPPED[1:5]), ""))
    table, told = TABLES["survey"], {normal(header) for header in own}
    known = {normal(name) for name in table.names} | _meta()
    columns: dict[str, str] = {}
    there = set(map(normal, sheet.headers))
    read = {*own.values(), *(name for name in table.names if normal(name) in there)}
    rated = {place: _rated(sheet.frame[place]) for place in range(len(sheet.headers))}
    places: dict[str, int] = {}
    for place, header in enumerate(sheet.headers):
        name = normal(header)
        if name in told:
            item = next(column for own_header, column in own.items() if normal(own_header) == name)
            if item in table.names and table[item].unit == "point":
                places[item] = place
        item = next((column.name for column in table.columns if normal(column.name) == name), "")
        if item and name not in told and table[item].unit == "point":
            places[item] = place
    for item, phrases in listed()["questions"].items():
        if item in read:
            continue
        candidates = [
            (len(normal(words[place])), place)
            for place in range(len(sheet.headers))
            if normal(sheet.headers[place]) not in told | known
            and place not in places.values()
            and any(normal(phrase) in normal(words[place]) for phrase in phrases)
            and (item == "comment") != (rated[place] is not None)
        ]
        if candidates:
            places[item] = min(candidates)[1]
            columns[sheet.headers[places[item]]] = item
    extra = []
    for place, header in enumerate(sheet.headers):
        taken = place in places.values() or normal(header) in told | known
        if not taken and rated[place] is not None and _is_question(words[place], sheet.frame[place]):
            column = f"question_{place + 1}"
            extra.append(Column(column, "integer", unit="point", words="satisfaction"))
            places[column] = place
            columns[header] = column
    questions = {item: words[place].strip() for item, place in places.items() if rated[place] is not None}
    survey = Survey(sheet, replace(table, columns=(*table.columns, *extra)), columns, questions)
    return _on_scales(survey, places, rated)


def _without_extra_headers(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """Return a sheet without the second and third header row of Qualtrics and SurveyMonkey, and each column's words."""
    words = list(sheet.headers)
    first = [cell_text(cell).strip() for cell in sheet.frame.iloc[0]]
    second = [cell_text(cell).strip() for cell in sheet.frame.iloc[1]] if len(sheet.frame) > 1 else []
    if any("ImportId" in cell for cell in first):
        return _cut(sheet, 1), words
    if any("ImportId" in cell for cell in second):
        return _cut(sheet, 2), [text or header for text, header in zip(first, words, strict=True)]
    if any(re.fullmatch(r"(open-ended )?response", cell, re.IGNORECASE) for cell in first) and not first[0]:
        headers, question = [], ""
        for header, cell in zip(words, first, strict=True):
            question = header.strip() or question
            plain = not cell or re.fullmatch(r"(open-ended )?response", cell, re.IGNORECASE)
            headers.append(question if plain else f"{question} - {cell}")
        return replace(_cut(sheet, 1), headers=headers), headers
    return sheet, words


def _cut(sheet: Sheet, rows: int) -> Sheet:
    return replace(sheet, frame=sheet.frame.iloc[rows:].reset_index(drop=True), rows=sheet.rows[rows:])


def _meta() -> set[str]:
    return set(map(normal, listed()["survey_meta"]["headers"]))


def _rated(values: pd.Series) -> pd.Series | None:
    """Return a column's answers as numbers, NaN where one is none; None where most are no ratings."""
    texts = as_text(values).str.strip()
    reading = answers(texts, SATISFACTION)
    skipped = texts.isin(SKIPPED).to_numpy() | reading.blank
    given = int((~skipped).sum())
    numbers = reading.values.astype("float64")
    whole = numbers.notna() & (numbers % 1 == 0) & numbers.between(0, 99)
    if not given or int(whole.sum()) < LEAST_READ * given:
        return None
    return numbers.mask(pd.Series(skipped, index=numbers.index))


def _is_question(words: str, values: pd.Series) -> bool:
    """Whether a column of numbers is a question rather than a count: it is asked, numbered, or answered in words."""
    asked = re.search(
        r"[?？：:—]|满意|同意|^\s*(q|item|题)?_?\d+\s*[、.．_-]|^\s*q\d|likely|satisf|agree", words.casefold()
    )
    return bool(asked) or bool(as_text(values).str.contains("[A-Za-z\u4e00-\u9fff]").mean() > LEAST_READ)


# Scales ---------------------------------------------------------------------------------------------------------------


def _on_scales(survey: Survey, places: Mapping[str, int], rated: Mapping[int, pd.Series | None]) -> Survey:
    told = {item: _scale(rated[place]) for item, place in places.items() if rated[place] is not None}
    core = [scale for item, scale in told.items() if item in RATED and scale]
    common = max(core, key=SCALES.index) if core else (1, 5)
    sheet, columns, findings = survey.sheet, dict(survey.columns), []
    scales: dict[str, tuple[int, int]] = {}
    table, questions = survey.table, dict(survey.questions)
    for item, place in places.items():
        given = rated[place]
        if given is None:
            continue
        fixed = {"recommend": (0, 10), "effort": (1, 7)}.get(item)
        scale = fixed or (common if item in RATED else told[item])
        texts = as_text(sheet.frame[place]).str.strip()
        answered = ~texts.isin(SKIPPED)
        off = answered & ~(given.between(*scale) if scale else pd.Series(False, index=given.index))
        row, header = int(sheet.rows[int(np.argmax(off.to_numpy()))]), sheet.headers[place].strip()
        if off.sum() > MOST_LOST * max(int(answered.sum()), 1):
            value = texts[off].iloc[0]
            findings.append(Finding(sheet.file, "rating_refused", "blanked", row, header, value, int(off.sum())))
            columns[sheet.headers[place]] = "ignore"
            continue
        if scale is None:
            continue
        scales[item] = scale
        if item in RATED and scale != (1, 5):
            kept = f"question_{place + 1}"
            shown = f"{scale[0]}–{scale[1]}"
            findings.append(Finding(sheet.file, "scale_told", "note", None, header, shown, int(answered.sum())))
            columns[sheet.headers[place]] = kept
            scales[kept], questions[kept] = scales.pop(item), questions.pop(item)
            column = Column(kept, "integer", unit="point", words="satisfaction")
            table = replace(table, columns=(*table.columns, column))
    limited = tuple(
        replace(column, low=scales[column.name][0], high=scales[column.name][1]) if column.name in scales else column
        for column in table.columns[len(TABLES["survey"].columns) :]
    )
    table = replace(table, columns=(*TABLES["survey"].columns, *limited))
    questions = {item: question for item, question in questions.items() if item in scales}
    return Survey(sheet, table, columns, questions, scales, findings)


def _scale(given: pd.Series | None) -> tuple[int, int] | None:
    """Return the narrowest scale that holds nearly all answers; a wider one only if answers lie in its upper part."""
    there = given.dropna() if given is not None else pd.Series(dtype=float)
    below = 0
    for low, high in SCALES:
        inside = there.between(low, high).mean() if len(there) else 0.0
        above = float((there > below).mean()) if len(there) else 0.0
        if inside >= 1 - MOST_LOST and (below == 0 or above >= LEAST_HIGH):
            return low, high
        below = high if high < 10 else below
    return None
