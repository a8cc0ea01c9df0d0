"""What a row of an order list means: a sale, a return or neither, by the words of ``rows.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.reading import BLANK_WORDS, as_text
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import normal

States = Mapping[str, str]
MEANINGS = ("sale", "return", "neither", "refunded", "partly")
ANSWERS = ("sale", "return", "neither")
KNOWN_SHARE = 0.8  # of a column without a telling header, this share must be known words for it to be one of states
MOST_WORDS = 40  # a column of states has few different values
MOST_ASKED = 8


def plain(word: str) -> str:
    """Return a state without what people vary: case, width, spaces, punctuation.

    Examples
    --------
    >>> plain(" Closed-Won ") == plain("ｃｌｏｓｅｄ　ｗｏｎ"), plain("已取消。")
    (True, '已取消')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", word).casefold()) or word.strip()


@cache
def _listed() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((resources.files(__package__) / "rows.toml").read_text(encoding="utf-8"))


@cache
def _kinds() -> dict[str, str]:
    return {normal(header): kind for kind, headers in _listed()["headers"].items() for header in headers}


@cache
def _words(kind: str) -> dict[str, str]:
    """Return what each word means in a column of this kind; a kind's own list goes before the common one."""
    listed = _listed()
    return {
        plain(word): meaning
        for table in ("every", kind)
        for meaning, words in listed.get(table, {}).items()
        if meaning in MEANINGS
        for word in words
    }


@cache
def is_order_total(header: str) -> bool:
    """Return whether a header of the amount names an order's total rather than a line's amount.

    Examples
    --------
    >>> is_order_total("订单金额"), is_order_total("Line total")
    (True, False)
    """
    return normal(header) in {normal(name) for name in _listed()["order_total"]["names"]}


def columns(sheet: Sheet, taken: set[int], told: set[int]) -> dict[int, str]:
    """Return the positions of the columns that say what a row means, each with its kind.

    A column is one of them by its header, by its values (most of them known, one at least no sale), or because the user
    said so.
    """
    found = {}
    for position, header in enumerate(sheet.headers):
        if position in told:
            found[position] = _kinds().get(normal(header), "state")
        elif position not in taken:
            kind = _kinds().get(normal(header), "") or _by_values(sheet.frame[position])
            if kind and not _is_blank(sheet.frame[position]):
                found[position] = kind
    return found


def _is_blank(values: pd.Series) -> bool:
    return not as_text(values).str.strip().astype(bool).any()


def _by_values(values: pd.Series) -> str:
    if not isinstance(values.dtype, pd.StringDtype):
        return ""
    counts = values.value_counts()
    counts = counts[[not _blank(word) for word in map(str, counts.index)]]
    if counts.empty or len(counts) > MOST_WORDS:
        return ""
    meant = [_words("document").get(plain(str(word)), "") for word in counts.index]
    known = counts[[bool(meaning) for meaning in meant]].sum() / counts.sum()
    return "document" if known >= KNOWN_SHARE and set(meant) - {"", "sale"} else ""


def _blank(word: str) -> bool:
    return word.strip().casefold() in BLANK_WORDS


def checked(states: object) -> dict[str, str]:
    """Return what the user said about states, as ``plain`` writes them.

    Raises
    ------
    DataError
        When it is no mapping of values to ``sale``, ``return`` or ``neither``.
    """
    if not isinstance(states, Mapping):
        raise DataError("load_states_form", value=states)
    for value, meaning in states.items():
        if meaning not in ANSWERS:
            raise DataError("load_states_form", value=f"{value}: {meaning}")
    return {plain(str(value)): str(meaning) for value, meaning in states.items()}


def meanings(sheet: Sheet, at: Mapping[int, str], own: States, data: np.ndarray) -> dict[int, pd.Series]:
    """Return, for each column of states, what each row's value means; blank where nothing stands.

    Parameters
    ----------
    sheet : Sheet
    at : mapping of int to str
        As ``columns`` gives it.
    own : mapping of str to str
        As ``checked`` gives it: goes before the listed words.
    data : numpy.ndarray of bool
        Which rows are records.

    Raises
    ------
    DataError
        ``load_state_unknown`` where a value of one of them is not known: only the user can say what it means.
    """
    found: dict[int, pd.Series] = {}
    unknown: list[tuple[str, str, int]] = []
    for position, kind in at.items():
        texts = as_text(sheet.frame[position]).str.strip()
        known = _flags(sheet.headers[position]) or _words(kind)
        meant = {word: own.get(plain(word), known.get(plain(word), "")) for word in texts[data].unique()}
        counts = texts[data].value_counts()
        unknown += [
            (sheet.headers[position].strip(), word, int(counts[word]))
            for word, meaning in meant.items()
            if not meaning and not _blank(word)
        ]
        found[position] = texts.map(meant).fillna("").astype("str")
    if unknown:
        raise _asked(sheet.file, unknown)
    return found


def _flags(header: str) -> dict[str, str]:
    """Return what yes and no mean in a column whose header is the state itself (是否作废); empty for any other."""
    listed = _listed()["flags"]
    if normal(header) not in {normal(name) for name in listed["neither"]}:
        return {}
    return {plain(word): "neither" for word in listed["yes"]} | {plain(word): "sale" for word in listed["no"]}


def _asked(file: str, unknown: list[tuple[str, str, int]]) -> DataError:
    values = "; ".join(f'{header} "{word}" × {rows}' for header, word, rows in unknown[:MOST_ASKED])
    more = " …" if len(unknown) > MOST_ASKED else ""
    answer = ", ".join(f'"{word}": "sale"' for _, word, _ in unknown[:MOST_ASKED])
    return DataError(
        "load_state_unknown",
        file=file,
        values=values + more,
        answer="{" + answer + "}",
        header=unknown[0][0],
    )


def combined(found: Mapping[int, pd.Series], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what each row means by all its columns together, and the position of the column that decided (−1: none).

    ``neither`` goes before ``return``, which goes before ``refunded`` and ``partly``; what is left is a sale.
    """
    meaning, decided = np.full(rows, "sale", dtype=object), np.full(rows, -1)
    for stronger in ("partly", "refunded", "return", "neither"):
        for position, values in found.items():
            where = values.eq(stronger).to_numpy(dtype=bool)
            meaning[where], decided[where] = stronger, position
    return meaning, decided
