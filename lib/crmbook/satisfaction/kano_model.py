"""Needs by Kano's paired questions: must-be, one-dimensional, attractive, indifferent."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.labels import KANO
from crmbook.satisfaction.answers import read_answers
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import shares

CLASSES = ("M", "O", "A", "I", "R", "Q")
"""Must-be, one-dimensional, attractive, indifferent, reverse, questionable: also the order that decides a tie."""

LABELS = KANO
"""What an answer in words stands for."""

_TABLE = np.array(
    [
        list("QAAAO"),  # rows: functional answer, columns: dysfunctional answer
        list("RIIIM"),
        list("RIIIM"),
        list("RIIIM"),
        list("RRRRQ"),
    ]
)


def evaluation_table(contradictions: bool = False) -> pd.DataFrame:
    """Return the 5 × 5 table: the class of each pair of answers.

    Parameters
    ----------
    contradictions : bool
        True: the equal answers 2-2 and 4-4 count as questionable too, as some authors have it.

    Returns
    -------
    pandas.DataFrame
        Index the functional answer 1–5, columns the dysfunctional one.

    Notes
    -----
    Berger, C. et al. (1993), Center for Quality of Management Journal 2(4), 3–35.

    Examples
    --------
    >>> evaluation_table().loc[1, 5], evaluation_table(contradictions=True).loc[2, 2]
    ('O', 'Q')
    """
    return pd.DataFrame(
        _table(contradictions),
        index=pd.RangeIndex(1, 6, name="functional"),
        columns=pd.RangeIndex(1, 6, name="dysfunctional"),
    )


def kano(
    functional: pd.DataFrame | pd.Series | Iterable,
    dysfunctional: pd.DataFrame | pd.Series | Iterable,
    contradictions: bool = False,
) -> pd.DataFrame:
    """Classify features by the answers to "if it were there" and "if it were not".

    Parameters
    ----------
    functional, dysfunctional : DataFrame, Series or iterable
        Answers 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike (or ``LABELS``). A frame has a column a feature
        and a row a respondent; a Series whose index has a level ``feature`` holds all features; any other Series or
        list is one feature. Both have the same rows.
    contradictions : bool
        True puts the equal answers 2-2 and 4-4 into Q as well.

    Returns
    -------
    pandas.DataFrame
        Index feature, in the order given: counts ``M O A I R Q``; ``n`` (whole pairs); ``half`` (pairs with one
        answer blank, which are left out); ``category`` (most frequent class, ties M > O > A > I; None without a
        pair); ``second`` (runner-up); ``mixed`` (Fong: the two are too close to call); ``better``, ``worse`` with
        ``_low`` and ``_high``; ``strength`` (first share − second share); ``total_strength`` (share of M, O and A).

    Raises
    ------
    DataError
        For an answer outside 1 to 5, an unknown label, and two sides that do not match.

    Notes
    -----
    Better = (A+O)/(A+O+M+I), worse = −(O+M)/(A+O+M+I) (Berger et al. 1993), with Wilson intervals; category and total
    strength after Lee, M. C. and Newcomb, J. F. (1997); Fong, D. (1996): mixed when |m₁−m₂| <
    1.65·√((m₁+m₂)(2n−m₁−m₂)/2n).

    Examples
    --------
    >>> kano([1, 1, 2, 1], [5, 5, 5, 3])[["M", "O", "A", "category"]].values.tolist()
    [[1, 2, 1, 'O']]
    """
    yes, no = _wide(functional, "functional"), _wide(dysfunctional, "dysfunctional")
    if list(yes.columns) != list(no.columns) or not yes.index.equals(no.index):
        yes, no = _matched(yes, no)
    table = _table(contradictions)
    rows = {}
    for feature in yes.columns:
        present, absent = (_answers(side[feature], feature) for side in (yes, no))
        whole = present.notna() & absent.notna()
        pairs = table[present[whole].astype(int) - 1, absent[whole].astype(int) - 1]
        counts = [int((pairs == code).sum()) for code in CLASSES]
        rows[feature] = [*counts, int(whole.sum()), int((present.notna() != absent.notna()).sum())]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[*CLASSES, "n", "half"]).rename_axis("feature")
    return _classified(frame)


def kano_answers(kano: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn the long Kano table into two wide ones.

    Parameters
    ----------
    kano : DataFrame
        ``response_id``, ``feature``, ``functional``, ``dysfunctional``; a row a respondent and feature.

    Returns
    -------
    functional, dysfunctional : DataFrame
        Index response_id, a column a feature (in the order met); not asked is blank.

    Raises
    ------
    DataError
        When a respondent answers a feature twice.

    Examples
    --------
    >>> long = pd.DataFrame({"response_id": ["1"], "feature": ["gift"], "functional": [1], "dysfunctional": [3]})
    >>> kano_answers(long)[0].loc["1", "gift"].item()
    1
    """
    key = ["response_id", "feature"]
    twice = kano[kano.duplicated(key)]
    if len(twice):
        raise DataError(
            "kano_twice", response=twice["response_id"].iloc[0], feature=twice["feature"].iloc[0], count=len(twice)
        )
    features = kano["feature"].unique()
    functional, dysfunctional = (
        kano.pivot(index="response_id", columns="feature", values=side)[features]
        for side in ("functional", "dysfunctional")
    )
    return functional, dysfunctional


def kano_by_group(
    functional: pd.DataFrame,
    dysfunctional: pd.DataFrame,
    groups: pd.Series,
    contradictions: bool = False,
    minimum: int = 10,
) -> pd.DataFrame:
    """Classify features group by group: what one segment expects may delight another.

    Parameters
    ----------
    functional, dysfunctional : DataFrame (respondents × features)
    groups : Series
        Each respondent's segment, same index; respondents without one are group ``unknown``.
    contradictions : bool
        As in `kano`.
    minimum : int
        Whole pairs below which a group shows counts but no class, strength or coefficient (``note`` is ``too_few``).

    Returns
    -------
    pandas.DataFrame
        Index group and feature; the columns of `kano` and ``note``.

    Raises
    ------
    DataError
        As `kano`, and when the groups have another index.

    Examples
    --------
    >>> yes, no = pd.DataFrame({"gift": [1] * 12}), pd.DataFrame({"gift": [3] * 12})
    >>> kano_by_group(yes, no, pd.Series(["A"] * 10 + ["B"] * 2))["category"].tolist()
    ['A', None]
    """
    functional, dysfunctional, groups = aligned(functional=functional, dysfunctional=dysfunctional, groups=groups)
    groups = groups.astype("object").where(groups.notna(), "unknown")
    parts = {}
    for group in sorted(groups.unique(), key=str):
        here = groups.eq(group)
        parts[group] = kano(functional[here], dysfunctional[here], contradictions)
    table = pd.concat(parts, names=["group", "feature"])
    few = table["n"] < minimum
    figures = [
        column for column in table.columns if column not in (*CLASSES, "n", "half", "category", "second", "mixed")
    ]
    table.loc[few, figures] = np.nan
    for column in ("category", "second", "mixed"):
        table[column] = table[column].astype("object").where(~few, None)
    return table.assign(note=np.where(few, "too_few", ""))


def _table(contradictions: bool) -> np.ndarray:
    table = _TABLE.copy()
    if contradictions:
        table[1, 1] = table[3, 3] = "Q"
    return table


def _wide(side: pd.DataFrame | pd.Series | Iterable, name: str) -> pd.DataFrame:
    if isinstance(side, pd.DataFrame):
        return side
    if not isinstance(side, pd.Series):
        table = pd.DataFrame(list(side))
        return table if table.shape[1] > 1 else table.reindex(columns=[0]).set_axis(["feature"], axis=1)
    if "feature" in side.index.names:
        if not side.index.is_unique:  # only the feature is known: number the respondents of each
            number = side.groupby(level="feature").cumcount()
            side = pd.Series(side.to_numpy(), index=[side.index.get_level_values("feature"), number])
        features = side.index.get_level_values("feature").unique()
        if side.index.nlevels == 1:
            return pd.DataFrame([side.to_numpy()], columns=features)
        return side.unstack("feature").reindex(columns=features)
    feature = side.name if side.name not in (None, name) else "feature"
    return side.to_frame(feature)


def _matched(yes: pd.DataFrame, no: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if yes.shape[1] == no.shape[1] == 1:
        no = no.set_axis(yes.columns, axis=1)
    alone = yes.columns.symmetric_difference(no.columns)
    if len(alone):
        raise DataError("kano_feature_alone", feature=alone[0])
    return aligned(functional=yes, dysfunctional=no[yes.columns])


def _answers(side: pd.Series, feature: object) -> pd.Series:
    return read_answers(side.rename(str(feature)), 1, 5, LABELS)


def _where(there: np.ndarray, codes: np.ndarray) -> list:
    return [code if known else None for known, code in zip(there, codes, strict=True)]


def _classified(frame: pd.DataFrame) -> pd.DataFrame:
    counts = frame[list(CLASSES)].to_numpy()
    order = np.argsort(-counts, axis=1, kind="stable")  # stable: a tie keeps the order M O A I
    first = np.take_along_axis(counts, order[:, :1], axis=1)[:, 0]
    second = np.take_along_axis(counts, order[:, 1:2], axis=1)[:, 0]
    n = frame["n"].to_numpy()
    asked = n > 0
    codes = np.array(CLASSES, dtype=object)
    with np.errstate(invalid="ignore", divide="ignore"):
        close = first - second < 1.65 * np.sqrt((first + second) * (2 * n - first - second) / (2 * n))
        strength = (first - second) / n
        total = frame[["M", "O", "A"]].sum(axis=1).to_numpy() / n
    frame = frame.assign(
        category=_where(asked, codes[order[:, 0]]),
        second=_where(asked & (second > 0), codes[order[:, 1]]),
        mixed=asked & close,
    )
    base = frame[["A", "O", "M", "I"]].sum(axis=1)
    better = shares(frame["A"] + frame["O"], base, "better")
    worse = shares(frame["O"] + frame["M"], base, "worse")
    return frame.assign(
        better=better["better"],
        better_low=better["low"],
        better_high=better["high"],
        worse=0.0 - worse["worse"],  # not −worse: no −0.0
        worse_low=0.0 - worse["high"],
        worse_high=0.0 - worse["low"],
        strength=np.where(asked, strength, np.nan),
        total_strength=np.where(asked, total, np.nan),
    )
