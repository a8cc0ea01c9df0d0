"""What a markdown cell is made of: headings, links, inline code, formulas, numbers, and the words that are left."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Parts:
    """The parts of a markdown text that must be equal in both languages, and the prose between them.

    Attributes
    ----------
    headings : list of int
        The levels, in order.
    links, code, formulas : list of str
        Link targets; inline code and code blocks; formulas without spaces and without the words in ``\\text{…}``.
    prose : str
        The text without code, formulas and link targets.
    """

    headings: list[int]
    links: list[str]
    code: list[str]
    formulas: list[str]
    prose: str

    @property
    def has_percentage(self) -> bool:
        return re.search(r"%|％|per ?cent|百分", self.prose, re.I) is not None


def parts(source: str) -> Parts:
    """Take a markdown text apart.

    Examples
    --------
    >>> found = parts("## Share\\n\\nSee `tier` in [the map](02_lifecycle.ipynb): $s = a / b$")
    >>> found.headings, found.links, found.code, found.formulas
    ([2], ['02_lifecycle.ipynb'], ['`tier`'], ['$s=a/b$'])
    """
    rest, blocks = _taken(r"^(?:```|~~~).*?^(?:```|~~~)[ \t]*$", source)
    headings = [len(match[1]) for match in re.finditer(r"^(#{1,6}) ", rest, re.M)]
    rest, spans = _taken(r"`[^`\n]+`", rest)
    rest, formulas = _taken(r"\$\$.+?\$\$|(?<![\\\w])\$(?!\s)[^$\n]+?(?<!\s)\$(?!\d)", rest)
    links = re.findall(r"\]\(([^)\s]+)[^)]*\)", rest)
    prose = re.sub(r"\]\([^)]*\)", "]", rest)
    return Parts(headings, links, [*blocks, *spans], [_without_words(formula) for formula in formulas], prose)


def _taken(pattern: str, source: str) -> tuple[str, list[str]]:
    compiled = re.compile(pattern, re.S | re.M)
    return compiled.sub(" ", source), [match[0] for match in compiled.finditer(source)]


def _without_words(formula: str) -> str:
    return re.sub(r"(?<=\\text\{)[^}]*|\s+", "", formula)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９％．", "0123456789%.")
_SCALES = {
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
_NUMBER = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?\s*"
    rf"(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})?",
    re.I,
)
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
# "may" and "march" are also words: they are months only beside a figure
_MONTH = re.compile(
    rf"\b(?!March|May)(?:{'|'.join(_MONTHS)})\b|\b(?:March|May)\b(?=\s+\d)|(?<=\d )(?:March|May)\b",
)
_PERCENT_IN_WORDS = re.compile("百分之([零〇一二两三四五六七八九十百点]+)")
_SIGNS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def numbers(prose: str) -> Counter[Decimal]:
    """Return the numbers of a piece of prose, however either language writes them.

    Number words are left aside, save for 百分之八十 and the names of months. A percentage counts as its number.

    Examples
    --------
    >>> numbers("3万") == numbers("30,000"), numbers("百分之八十") == numbers("80 %")
    (True, True)
    """
    plain = prose.translate(_FULL_WIDTH)
    plain = _PERCENT_IN_WORDS.sub(lambda match: f" {_numeral(match[1])}%", plain)
    plain = _MONTH.sub(lambda match: f" {_MONTHS.index(match[0]) + 1} ", plain)
    return Counter(_value(match) for match in _NUMBER.finditer(plain))


def _value(match: re.Match[str]) -> Decimal:
    written = match["digits"].replace(",", "") + (match["decimals"] or "")
    return Decimal(written) * _SCALES.get((match["scale"] or "").lower(), 1)


def _numeral(signs: str) -> str:
    """八十五 -> 85, 零点五 -> 0.5, 百 -> 100: what stands after 百分之 is seldom more."""
    whole, _, decimals = signs.partition("点")
    if whole.endswith("百"):
        value = 100
    elif "十" in whole:
        tens, _, ones = whole.partition("十")
        value = 10 * _SIGNS.get(tens, 1) + _SIGNS.get(ones, 0)
    else:
        value = _SIGNS.get(whole, 0)
    return f"{value}." + "".join(str(_SIGNS.get(sign, 0)) for sign in decimals) if decimals else str(value)
