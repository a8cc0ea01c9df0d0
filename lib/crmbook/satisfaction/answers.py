"""Survey answers read as numbers: scales, answers in words, and what is wrong with a column of answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.labels import SATISFACTION, answer_of, clash, plain

SCALES: Mapping[str, tuple[int, int]] = {
    "product_quality": (1, 5),
    "service_attitude": (1, 5),
    "delivery_speed": (1, 5),
    "after_sales": (1, 5),
    "price": (1, 5),
    "overall": (1, 5),
    "recommend": (0, 10),
    "effort": (1, 7),
}
"""Lowest and highest answer of the items that the survey table knows."""

LABELS = SATISFACTION
"""What an answer in words stands for on a five-point scale, 1 the worst and 5 the best."""

SHOWN = 5  # rows that a message names before it only counts

_REFUSALS = {
    "not_whole": "survey_not_whole",
    "out_of_scale": "survey_out_of_scale",
    "typed_twice": "survey_typed_twice",
    "not_applicable": "survey_not_applicable",
}

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(?=分?$)")


class SurveyWarning(UserWarning):
    """Something in the answers that a figure survives but a reader must know.

    Parameters
    ----------
    code : str
        The entry of ``locale/catalogue/faults.toml`` that words it.
    **facts
        What the text names.

    Examples
    --------
    >>> SurveyWarning("survey_reversed", items="price").code
    'survey_reversed'
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return str(DataError(self.code, **self.facts))


def read_answers(
    values: Iterable,
    lowest: int = 1,
    highest: int = 5,
    labels: Mapping[str, int] | Sequence[str] | None = None,
    not_applicable: Sequence[int] = (),
) -> pd.Series:
    """Return the answers of one item as numbers, blanks as NaN.

    Parameters
    ----------
    values : iterable
        Answers as numbers, as text (``"4"``, ``"４分"``, ``"4 满意"``) or as labels (``"满意"``). A Series keeps its
        index and its name.
    lowest, highest : int
        The ends of the scale; answers are whole numbers.
    labels : mapping or sequence of str, optional
        What labels stand for, or the labels in their order from the lowest answer to the highest. Not given:
        ``LABELS``, the usual words of a five-point scale, which holds for a scale of 1 to 5 only.
    not_applicable : sequence of int
        Codes that stand for "not applicable" and are read as blank.

    Returns
    -------
    pandas.Series
        float64, in the order of ``values``.

    Raises
    ------
    DataError
        When an answer is off the scale, not whole, or a label unknown to the map; and when two different labels in
        the column stand for one answer (满意 beside 比较满意: then the scale has more than five points and its order
        must be stated).

    Examples
    --------
    >>> read_answers(["非常满意", "一般", None]).tolist()
    [5.0, 3.0, nan]
    """
    column = values if isinstance(values, pd.Series) else pd.Series(list(values))
    numbers = _numbers(column, labels, lowest, highest)
    _refuse_infinite(numbers)
    if not_applicable:
        numbers = numbers.mask(numbers.isin(not_applicable))
    _refuse_faults(numbers, lowest, highest)
    return numbers


def read_items(items: pd.DataFrame | np.ndarray | Sequence) -> pd.DataFrame:
    """Return several items as numbers, blanks as NaN: what reliability, factors and drivers read.

    Parameters
    ----------
    items : DataFrame (respondents × items) or two-dimensional array
        Any numeric scale, or labels of a five-point scale.

    Returns
    -------
    pandas.DataFrame
        float64, same shape.

    Raises
    ------
    DataError
        For an unknown label, for a 0 on an item of the survey table that is otherwise answered 1 to 5, and for single
        answers off a scale (55 typed for 5). A column mostly off the survey table's scale is taken to have another
        scale, and fractional answers to be means of several questions: both are read as they are.

    Examples
    --------
    >>> read_items(pd.DataFrame({"price": [4, 5], "effort": ["6", "7"]})).to_numpy().tolist()
    [[4.0, 6.0], [5.0, 7.0]]
    """
    frame = items if isinstance(items, pd.DataFrame) else pd.DataFrame(items)
    read = {}
    for code in frame.columns:
        column = _numbers(frame[code], None, 1, 5)
        _refuse_infinite(column)
        scale = _scale_of(code, column)
        if scale is not None:
            _refuse_faults(column, *scale)
        read[code] = column
    return pd.DataFrame(read, index=frame.index, columns=frame.columns)


def check_answers(
    survey: pd.DataFrame,
    scales: Mapping[str, tuple[int, int]] = SCALES,
    labels: Mapping[str, int] | Sequence[str] | None = None,
) -> pd.DataFrame:
    """List what is wrong with the answers, without refusing anything.

    Parameters
    ----------
    survey : DataFrame
        One row a respondent; the columns named in ``scales`` are looked at.
    scales : mapping
        Item → (lowest, highest).
    labels : mapping or sequence of str, optional
        As in `read_answers`.

    Returns
    -------
    pandas.DataFrame
        A row a finding: ``column``, ``value`` (as it stands in the data), ``rule``, ``row`` (index of the first one)
        and ``rows`` (how many). Rules: ``not_applicable`` (a 0 below the scale), ``typed_twice`` (55 for 5),
        ``out_of_scale``, ``not_whole``, ``unknown_label`` (all these are cells), ``constant`` (every answer the same),
        ``no_answers`` (all blank), and what `doubt_of_scale` says of an item of 0 to 10.

    Examples
    --------
    >>> found = check_answers(pd.DataFrame({"price": [5, 4, 0, 55]}))
    >>> found[["column", "value", "rule", "row", "rows"]].values.tolist()
    [['price', '0', 'not_applicable', 2, 1], ['price', '55', 'typed_twice', 3, 1]]
    """
    found = []
    for code, (lowest, highest) in scales.items():
        if code not in survey:
            continue
        column = survey[code]
        faults = _faults(column, lowest, highest, labels)
        said = column[faults.index].astype("string")
        for rule, value in dict.fromkeys(zip(faults, said, strict=True)):
            rows = faults.index[faults.eq(rule) & said.eq(value)]
            found.append((code, value, rule, rows[0], len(rows)))
        good = column[~column.index.isin(faults.index)].dropna()
        if good.empty:
            found.append((code, "", "no_answers", None, len(column)))
        elif good.nunique() == 1 and len(good) > 1:
            found.append((code, str(good.iloc[0]), "constant", good.index[0], len(good)))
        if (lowest, highest) == (0, 10) and (doubt := doubt_of_scale(read_answers(good, 0, 10, labels))):
            found.append((code, "", doubt, None, len(good)))
    return pd.DataFrame(found, columns=["column", "value", "rule", "row", "rows"])


def clean_answers(
    survey: pd.DataFrame,
    scales: Mapping[str, tuple[int, int]] = SCALES,
    labels: Mapping[str, int] | Sequence[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set faulty answers aside: return the survey with those cells blank, and the list of them.

    Parameters
    ----------
    survey, scales, labels
        As in `check_answers`; the index must be unique.

    Returns
    -------
    survey : DataFrame
        The items as numbers; cells that `check_answers` lists under a cell rule are blank, every other column is
        untouched.
    findings : DataFrame
        As from `check_answers`: what was set aside, how often, and what else to know.

    Examples
    --------
    >>> clean, findings = clean_answers(pd.DataFrame({"price": [5, 4, 0, 55]}))
    >>> clean["price"].tolist(), int(findings["rows"].sum())
    ([5.0, 4.0, nan, nan], 2)
    """
    clean = survey.copy()
    for code, (lowest, highest) in scales.items():
        if code in survey:
            bad = _faults(survey[code], lowest, highest, labels).index
            good = survey[code].mask(survey.index.isin(bad))
            clean[code] = read_answers(good, lowest, highest, labels)
    return clean, check_answers(survey, scales, labels)


def doubt_of_scale(answers: pd.Series) -> str:
    """Return why a question of 0 to 10 may have offered another scale; empty when nothing speaks for it.

    Parameters
    ----------
    answers : Series of number
        As from `read_answers`; fewer than three say nothing.

    Returns
    -------
    str
        ``nps_five_points`` (all lie between 1 and 5), ``nps_seven_points`` (between 1 and 7), ``nps_from_one`` (no 0,
        but a 1 in 200 answers or oftener; where a 1 is rarer, a missing 0 says nothing) or ``nps_zero_to_five`` (30 or
        more, all between 0 and 5: five points, with 0 for "not applicable").

    Examples
    --------
    >>> doubt_of_scale(pd.Series([1, 9, 10])), doubt_of_scale(pd.Series([0, 1, 10]))
    ('nps_from_one', '')
    """
    there = answers.dropna()
    if len(there) < 3:
        return ""
    if there.min() < 1:
        return "nps_zero_to_five" if there.max() == 5 and len(there) >= 30 else ""
    if there.max() <= 5:
        return "nps_five_points"
    if there.max() <= 7:
        return "nps_seven_points"
    return "nps_from_one" if there.eq(1).mean() >= 0.005 else ""


def reverse(items: pd.DataFrame, columns: Sequence[str], lowest: int = 1, highest: int = 5) -> pd.DataFrame:
    """Turn negatively worded items round: an answer x becomes lowest + highest − x.

    Parameters
    ----------
    items : DataFrame (respondents × items)
    columns : sequence of str
        The items to turn.
    lowest, highest : int
        The ends of their scale.

    Examples
    --------
    >>> reverse(pd.DataFrame({"slow": [1, 5], "price": [4, 4]}), ["slow"])["slow"].tolist()
    [5, 1]
    """
    turned = items.copy()
    for column in columns:
        turned[column] = lowest + highest - turned[column]
    return turned


def named_rows(index: Iterable) -> str:
    """Return the first few row labels of a message, with an ellipsis when there are more.

    Examples
    --------
    >>> named_rows([1, 2, 3, 4, 5, 6])
    '1, 2, 3, 4, 5 …'
    """
    rows = list(index)
    return ", ".join(str(row) for row in rows[:SHOWN]) + (" …" if len(rows) > SHOWN else "")


def _numbers(
    column: pd.Series, labels: Mapping[str, int] | Sequence[str] | None, lowest: int, highest: int
) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.astype("float64")
    known = _label_map(labels, lowest, highest)
    meaning: dict[str, float] = {}
    for value in column.dropna().unique():
        meaning[str(value)] = _answer(value, known)
    unknown = [value for value, number in meaning.items() if np.isnan(number) and value.strip()]
    text = column.astype("string")
    if unknown:
        rows = column.index[text.eq(unknown[0]).fillna(False)]
        raise DataError(
            "survey_unknown_label",
            column=_name(column),
            value=unknown[0],
            rows=named_rows(rows),
            count=len(rows),
            known=_shown(known),
        )
    _refuse_clash(column, meaning, known)
    return text.map(meaning).astype("float64")


def _label_map(labels: Mapping[str, int] | Sequence[str] | None, lowest: int, highest: int) -> dict[str, int]:
    if labels is None:
        return dict(LABELS) if (lowest, highest) == (1, 5) else {}
    if not isinstance(labels, Mapping):
        if len(labels) != highest - lowest + 1:
            raise DataError(
                "survey_label_count", count=len(labels), points=highest - lowest + 1, lowest=lowest, highest=highest
            )
        labels = {label: lowest + place for place, label in enumerate(labels)}
    return {plain(label): answer for label, answer in labels.items()}


def _shown(known: Mapping[str, int]) -> str:
    """The first two labels of each answer, best first: enough to see the order."""
    by_answer: dict[int, list[str]] = {}
    for label, answer in known.items():
        by_answer.setdefault(answer, []).append(label)
    return (
        ", ".join(f"{answer} {' / '.join(by_answer[answer][:2])}" for answer in sorted(by_answer, reverse=True)) or "–"
    )


def _answer(value: object, known: Mapping[str, int]) -> float:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_):
        return float(value)
    answer = answer_of(str(value), known)
    if answer is not None:
        return float(answer)
    number = _NUMBER.match(plain(str(value)))
    return float(number.group()) if number else np.nan


def _refuse_clash(column: pd.Series, labels: Iterable[str], known: Mapping[str, int]) -> None:
    if two := clash(labels, known):
        raise DataError(
            "survey_label_clash", column=_name(column), first=two[0], second=two[1], answer=known[plain(two[1])]
        )


def _scale_of(code: object, column: pd.Series) -> tuple[int, int] | None:
    """The scale that single answers can be off: none when the column plainly has a scale of its own."""
    answers = column.dropna()
    if answers.empty or not answers.mod(1).eq(0).all():
        return None
    if code in SCALES:
        lowest, highest = SCALES[str(code)]
        return None if answers.gt(highest).mean() >= 0.2 or answers.lt(0).any() else (lowest, highest)
    twice = answers[answers.gt(10)]
    # 55 among answers of 1 to 5: a whole column of such numbers, or any other number above 10, is another scale
    if len(twice) and twice.mod(11).eq(0).all() and len(twice) < 0.05 * len(answers) and answers.min() >= 1:
        highest = int(answers[answers.le(10)].max())
        return (1, highest) if twice.floordiv(11).le(highest).all() else None
    return None


def _refuse_infinite(numbers: pd.Series) -> None:
    endless = numbers.index[np.isinf(numbers)]
    if len(endless):
        raise DataError("survey_infinite", column=_name(numbers), rows=named_rows(endless), count=len(endless))


def _rules(numbers: pd.Series, lowest: int, highest: int) -> pd.Series:
    rule = pd.Series(pd.NA, index=numbers.index, dtype="object")
    off = numbers.lt(lowest) | numbers.gt(highest)
    twice = numbers.mod(11).eq(0) & numbers.floordiv(11).between(max(lowest, 1), min(highest, 9))
    rule[numbers.notna() & numbers.mod(1).ne(0)] = "not_whole"
    rule[off] = "out_of_scale"
    rule[off & twice] = "typed_twice"
    rule[off & numbers.eq(0)] = "not_applicable"
    return rule.dropna()


def _faults(
    column: pd.Series, lowest: int, highest: int, labels: Mapping[str, int] | Sequence[str] | None
) -> pd.Series:
    """Rule by row, for the rows at fault only."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _rules(column.astype("float64"), lowest, highest)
    known = _label_map(labels, lowest, highest)
    given = column.dropna()
    given = given[given.astype("string").str.strip().ne("")]
    numbers = given.map(lambda value: _answer(value, known)).astype("float64")
    unknown = pd.Series("unknown_label", index=numbers.index[numbers.isna()], dtype="object")
    return pd.concat([_rules(numbers, lowest, highest), unknown])


def _refuse_faults(numbers: pd.Series, lowest: int, highest: int) -> None:
    faults = _rules(numbers, lowest, highest)
    if faults.empty:
        return
    rule = faults.iloc[0]
    rows = faults.index[faults.eq(rule)]
    value = numbers[faults.index[0]]
    value = value.iloc[0] if isinstance(value, pd.Series) else value
    raise DataError(
        _REFUSALS[rule],
        column=_name(numbers),
        value=f"{value:g}",
        meant=f"{value // 11:g}",
        rows=named_rows(rows),
        count=len(rows),
        lowest=lowest,
        highest=highest,
    )


def _name(column: pd.Series) -> str:
    return "scores" if column.name is None else str(column.name)
