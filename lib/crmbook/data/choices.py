"""Flags, categories and free text."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pyarrow.compute as pc

from crmbook import locale
from crmbook.data.reading import BLANK_WORDS, Reading, distinct, one_of, spread

YES = ("1", "1.0", "true", "t", "yes", "y", "是", "有", "已", "对", "√", "✓")
NO = ("0", "0.0", "false", "f", "no", "n", "否", "无", "未", "没有", "错", "×")
NO_CATEGORY = ("", "nan", "null", "n/a", "#n/a", "<na>", "\\n", "(null)", "[null]")


def flags(texts: pd.Series) -> Reading:
    """Return yes and no (1/0, true/false, Y/N, 是/否 …) as pandas' ``boolean``. Fault: ``flag_unreadable``.

    Examples
    --------
    >>> flags(pd.Series(["是", "N", ""])).values.tolist()
    [True, False, <NA>]
    """
    codes, written = distinct(texts)
    plain = pc.utf8_normalize(written, "NFKC")
    yes, no, blank = one_of(plain, YES), one_of(plain, NO), one_of(plain, BLANK_WORDS)
    values = pd.Series(spread(yes, codes), index=texts.index, dtype="boolean").mask(spread(~(yes | no), codes))
    return Reading(values, spread(blank, codes), {"flag_unreadable": spread(~(yes | no | blank), codes)})


def categories(texts: pd.Series, allowed: tuple[str, ...] = ()) -> Reading:
    """Return a category's values as text; where only some are allowed, their names in either language are understood.

    What is not allowed stays as it is: the schema finds it.

    Examples
    --------
    >>> categories(pd.Series(["Staff", "员工", "vip"]), ("consumer", "staff")).values.tolist()
    ['staff', 'staff', 'vip']
    """
    codes, written = distinct(texts)
    words = pd.Series(pc.utf8_trim_whitespace(written).to_pandas(), dtype="str")
    blank = one_of(written, NO_CATEGORY)
    folded, known = words.str.lower(), _names(allowed)
    values = words.mask(folded.isin(known), folded.map(known)).mask(blank).astype("str")
    return Reading(values.take(codes).set_axis(texts.index), spread(blank, codes))


@cache
def _names(allowed: tuple[str, ...]) -> dict[str, str]:
    names = {value: value for value in allowed}
    for key, entry in locale.entries():
        kind, _, value = key.partition(".")
        if kind == "value" and value in allowed:
            names |= {entry[language].lower(): value for language in locale.LANGUAGES}
    return names


def words(texts: pd.Series) -> Reading:
    """Return free text as it stands; an empty cell is blank.

    Examples
    --------
    >>> words(pd.Series(["slow, but kind", " "])).values.tolist()
    ['slow, but kind', nan]
    """
    blank = texts.str.strip().eq("").to_numpy(dtype=bool)
    return Reading(texts.mask(blank), blank)
