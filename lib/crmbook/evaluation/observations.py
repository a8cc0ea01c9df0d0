"""Observations of customers before and after a start: their values, groups and periods, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned

FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
TREATED = FLAGS | {"treated": True, "control": False, "treatment": True, "holdout": False, "comparison": False}
TREATED |= {"实验组": True, "处理组": True, "对照组": False, "控制组": False}
AFTER = FLAGS | {"before": False, "after": True, "pre": False, "post": True}
AFTER |= {"前": False, "后": True, "之前": False, "之后": True, "活动前": False, "活动后": True}
GROUPS = ("treated", "control")
DATE = re.compile(r"\d{4}(-?[QH]\d|(-\d\d){0,2})")  # a year, quarter, month or day as text: in order as it is


def outcomes(values: ArrayLike) -> np.ndarray:
    """Return outcomes as floats; refuse blanks, words and infinities (``evaluation_outcome``).

    Examples
    --------
    >>> outcomes([1, 2]).tolist()
    [1.0, 2.0]
    """
    found = pd.to_numeric(pd.Series(np.asarray(values)), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(found).all():
        raise DataError("evaluation_outcome", column="outcome", count=int((~np.isfinite(found)).sum()))
    return found


def together(**columns: ArrayLike) -> tuple[ArrayLike, ...]:
    """Return columns row by row, as `aligned` does; refuse empty ones (``evaluation_few_units``)."""
    found = aligned(**columns)
    if not len(found[0]):
        raise DataError("evaluation_few_units", treated=0, control=0)
    return found


def treated_flags(group: ArrayLike) -> pd.Series:
    """Return who was treated; refuse a label that is no group (``evaluation_labels``).

    Examples
    --------
    >>> treated_flags(["treated", "control"]).tolist()
    [True, False]
    """
    given = group if isinstance(group, pd.Series) else pd.Series(np.asarray(group))
    return pd.Series(_flags(given, TREATED, "group", ", ".join(GROUPS)), given.index)


def after_flags(period: ArrayLike) -> np.ndarray:
    """Return what came after the start; of two numbers or dates (also as text: 2023, 2024-05) that is the larger.

    Raises
    ------
    DataError
        ``evaluation_labels`` for another label or a third number, ``evaluation_one_period``.

    Examples
    --------
    >>> after_flags([2023, 2024, 2023]).tolist()
    [False, True, False]
    """
    given = period if isinstance(period, pd.Series) else pd.Series(np.asarray(period))
    if not _has_order(given):
        return _flags(given, AFTER, "period", "before, after")
    kinds = sorted(given.dropna().unique())
    if given.isna().any() or len(kinds) > 2:
        shown = "" if given.isna().any() else ", ".join(map(str, kinds[:3]))
        raise DataError("evaluation_labels", column="period", value=shown, known="before, after")
    if len(kinds) < 2:
        raise DataError("evaluation_one_period", before=len(given), after=0)
    return (given == kinds[1]).to_numpy(dtype=bool)


def _has_order(given: pd.Series) -> bool:
    """Numbers and dates, which tell by themselves what came first; true and false do not."""
    if pd.api.types.is_bool_dtype(given):
        return False
    if pd.api.types.is_numeric_dtype(given) or pd.api.types.is_datetime64_any_dtype(given):
        return True
    return isinstance(given.dtype, pd.PeriodDtype) or all(map(DATE.fullmatch, map(str, given.unique())))


def _flags(given: pd.Series, known: Mapping[str, bool], column: str, choices: str) -> np.ndarray:
    """Labels, or true and false, or 1 and 0, as flags."""
    words = given.astype("object").map({label: known.get(str(label).strip().lower()) for label in given.unique()})
    if words.isna().any():
        odd = "" if given.isna().any() else given[words.isna()].iloc[0]
        raise DataError("evaluation_labels", column=column, value=odd, known=choices)
    return words.to_numpy(dtype=bool)


def both_groups(treated: pd.Series, fewest: int = 1) -> None:
    """Refuse an empty group (``evaluation_no_control``, ``evaluation_no_treated``) and one of less than ``fewest``."""
    inside, outside = int(treated.sum()), int((~treated.astype(bool)).sum())
    if outside == 0:
        raise DataError("evaluation_no_control", treated=inside)
    if inside == 0:
        raise DataError("evaluation_no_treated", control=outside)
    if min(inside, outside) < fewest:
        raise DataError("evaluation_few_units", treated=inside, control=outside)
