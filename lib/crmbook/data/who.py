"""Which column of a file says who the customer is: a number, else an account, else an address, else a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crmbook.data.identifiers import PLACEHOLDERS
from crmbook.data.reading import as_text
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import normal

KINDS = ("id", "either", "account", "contact", "name")
"""Kinds of column that tell customers apart, the surest first; ``either`` holds numbers or names."""

MASKED = r"[*＊]{2,}"
ENOUGH = 0.5  # a surer column is taken unless it is filled less than half as well as another one
COMPANY = re.compile(
    r"(股份)?(有限)?(责任)?公司$|集团$|\b(ltd|limited|inc|incorporated|llc|co|corp|corporation|company|gmbh|ag|plc|sa|bv|pty)\b\.?"
)


@dataclass(frozen=True)
class Candidate:
    """A column that may say who the customer is: its kind, its place, the share of rows in which it does."""

    kind: str
    position: int
    filled: float


def candidates(sheet: Sheet, names: Mapping[str, list[str]], taken: set[int]) -> list[Candidate]:
    """Return the columns of a sheet that may say who the customer is, the surest kind and the most telling name first.

    Parameters
    ----------
    sheet : Sheet
    names : mapping of str to list of str
        For each kind, the headers that mean it.
    taken : set of int
        Columns that are something else.
    """
    places: dict[str, list[int]] = {}
    for position, header in enumerate(sheet.headers):
        if position not in taken and header.strip():
            places.setdefault(normal(header), []).append(position)
    found = []
    for kind in KINDS:
        for name in dict.fromkeys(map(normal, names.get(kind, []))):
            found += [Candidate(kind, place, _filled(sheet.frame[place])) for place in places.get(name, [])]
    return found


def chosen(found: list[Candidate]) -> Candidate | None:
    """Return the surest of the columns that is filled well enough beside the others; None where none is filled.

    Examples
    --------
    >>> chosen([Candidate("id", 1, 0.75), Candidate("name", 2, 1.0)]).position
    1
    >>> chosen([Candidate("id", 1, 0.1), Candidate("name", 2, 1.0)]).position
    2
    """
    best = max((candidate.filled for candidate in found), default=0.0)
    if not best:
        return found[0] if found else None
    return next(candidate for candidate in found if candidate.filled >= ENOUGH * best)


def _filled(values: pd.Series) -> float:
    words = as_text(values).str.strip()
    named = ~words.str.casefold().isin(PLACEHOLDERS) & ~words.str.contains(MASKED, regex=True)
    return float(named.mean()) if len(words) else 0.0


def is_nobody(values: pd.Series) -> pd.Series:
    """Return where a customer's number is what systems write for nobody: 0, 000, -1.

    Examples
    --------
    >>> is_nobody(pd.Series(["0", "-1", "0.0", "C0", ""])).tolist()
    [True, True, True, False, False]
    """
    return as_text(values).str.strip().str.fullmatch(r"0+(\.0+)?|-\d+(\.0+)?")


def are_names(values: pd.Series) -> bool:
    """Return whether most of a column's values are names rather than numbers: they hold no digit.

    Examples
    --------
    >>> are_names(pd.Series(["Elm Hotels", "安和商贸"])), are_names(pd.Series(["C001", "17850"]))
    (True, False)
    """
    words = values.dropna().drop_duplicates()
    return bool(len(words)) and float(words.str.contains(r"\d", regex=True).mean()) < 0.5


def alike(names: pd.Series) -> list[tuple[str, str]]:
    """Return pairs of names that differ only in case, spaces, punctuation or the form of the company.

    Examples
    --------
    >>> alike(pd.Series(["Elm Hotels", "ELM HOTELS Ltd.", "Oak"]))
    [('Elm Hotels', 'ELM HOTELS Ltd.')]
    """
    different = names.dropna().drop_duplicates()
    keys = different.map(_key)
    pairs = []
    for key, members in different.groupby(keys, sort=False):
        if key and len(members) > 1:
            first, *others = members.tolist()
            pairs += [(first, other) for other in others]
    return pairs


def _key(name: str) -> str:
    plain = re.sub(r"[\s.,，。()（）·'\"-]+", " ", name.casefold()).strip()
    return re.sub(r"\s+", "", COMPANY.sub("", plain))
