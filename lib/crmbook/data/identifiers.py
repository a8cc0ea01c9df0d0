"""Identifiers: text in which every character counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook.data.reading import Note, Reading, distinct, fits, keep, note, one_of, spread

PLACEHOLDERS = (
    *("", "nan", "nat", "none", "null", "nil", "n/a", "n.a.", "n.a", "na", "<na>", "\\n", "(null)", "[null]", "<null>"),
    *("#n/a", "#ref!", "#value!", "#name?", "#null!", "#div/0!", "#num!", "undefined", "empty", "missing"),
    *("-", "--", "---", "—", "/", "?", "??", "???", ".", "*", "(blank)", "(none)", "(empty)", "no name", "not set"),
    *("unknown", "unknown customer", "unknown user", "unspecified", "not available", "not applicable", "tbd"),
    *("anonymous", "anonymous customer", "anonymous user", "guest", "guest user", "guest customer", "guest checkout"),
    *("walk-in", "walk in", "walkin", "walk-in customer", "walk in customer", "cash customer", "cash sale"),
    *("散客", "普通散客", "门店散客", "零散客户", "零售散客", "临时客户", "现金客户", "匿名", "匿名客户", "匿名用户"),
    *("匿名会员", "无名氏", "游客", "访客", "非会员", "未知", "未知客户", "未知用户", "未登记", "未注册", "未填写"),
    *("未填", "不详", "暂无", "待定", "无", "空", "空白", "空值", "缺失"),
)
SCIENTIFIC = r"^\d([.,]\d+)?[eE]\+\d+$|^\d+[.,]\d+[eE]\+?\d+$"
INVISIBLE = "[\u200b-\u200d\u2060\ufeff]"


def ids(texts: pd.Series) -> Reading:
    """Return identifiers as text: leading zeros and case stay; stray spaces and a decimal ``.0`` go, and are noted.

    Faults: ``id_blank`` (nothing, or a placeholder such as N/A or 散客, which would make one giant customer) and
    ``id_scientific`` (1.23457E+15: the last digits are lost).

    Examples
    --------
    >>> ids(pd.Series(["001", " 17850.0", "散客"])).values.tolist()
    ['001', '17850', nan]
    """
    codes, written = distinct(texts)
    plain = pc.replace_substring_regex(pc.utf8_normalize(written, "NFKC"), INVISIBLE, "")
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(plain), "^'+", "")
    decimal = fits(plain, r"^\d+\.0+$")
    clean = pc.replace_substring_regex(plain, r"^(\d+)\.0+$", r"\1")
    empty, scientific = one_of(clean, PLACEHOLDERS), fits(clean, SCIENTIFIC)
    good = ~(empty | scientific)
    notes = (
        *note("id_decimal", decimal & good, codes, written),
        *note("id_spaces", np.asarray(pc.not_equal(plain, written)) & good, codes, written),
        *note("id_zero", fits(clean, r"^(0+|-\d+)$"), codes, written),
        *_alike("id_case", pc.utf8_lower(clean), clean, good, codes),
        *_alike("id_zeros", pc.replace_substring_regex(clean, r"^0+(\d)", r"\1"), clean, good, codes),
    )
    values = pd.Series(keep(clean, good).to_pandas(), dtype="str").take(codes).set_axis(texts.index)
    blank = spread(empty, codes)
    return Reading(values, blank, {"id_blank": blank, "id_scientific": spread(scientific, codes)}, notes)


def _alike(rule: str, key: pa.Array, clean: pa.Array, good: np.ndarray, codes: np.ndarray) -> tuple[Note, ...]:
    """Note identifiers that differ only in what a person would not notice."""
    pairs = pd.DataFrame({"key": key.to_pandas(), "id": clean.to_pandas()})[good].drop_duplicates("id")
    twins = pairs.loc[pairs["key"].duplicated(keep=False), "id"]
    if twins.empty:
        return ()
    return note(rule, clean.to_pandas().isin(twins).to_numpy(dtype=bool) & good, codes, clean)
