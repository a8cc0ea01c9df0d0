"""A small model that learns labels of comments (sentiment, theme) from labelled ones, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import wilson

LANGUAGES = ("zh", "en")
LEAST = 20  # labelled comments of a language below which no model of it is made

# Chinese words have one to three characters and no spaces; English n-grams stay within words
_FEATURES: dict[str, tuple[str, tuple[int, int]]] = {"zh": ("char", (1, 3)), "en": ("char_wb", (2, 5))}

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class TextModel:
    """A trained classifier of comments, one part a language.

    Attributes
    ----------
    classes : tuple of str
        The labels it knows.
    languages : tuple of str
        The languages it was trained on.
    n : int
        Labelled comments it was trained on.
    parts : dict
        Language → scikit-learn pipeline.
    """

    classes: tuple[str, ...]
    languages: tuple[str, ...]
    n: int
    parts: dict[str, Any]

    def predict(self, comments: pd.Series) -> pd.DataFrame:
        """Label comments.

        Parameters
        ----------
        comments : Series of str

        Returns
        -------
        pandas.DataFrame
            Same index: ``language``, ``label``, ``certainty`` (probability of that label). A blank comment and one in
            a language the model was not trained on have an empty label and no certainty.
        """
        text = comments.astype("object").where(comments.notna(), "").astype(str)
        number, different = pd.factorize(text.to_numpy())
        language = language_of(pd.Series(different, dtype="object")).to_numpy()
        label = np.full(len(different), "", dtype=object)
        certainty = np.full(len(different), np.nan)
        for code, part in self.parts.items():
            here = np.flatnonzero(language == code)
            if len(here):
                chances = part.predict_proba(different[here])
                label[here] = np.asarray(part.classes_)[chances.argmax(axis=1)]
                certainty[here] = chances.max(axis=1)
        return pd.DataFrame(
            {"language": language[number], "label": label[number], "certainty": certainty[number]}, index=comments.index
        )


@dataclass(frozen=True)
class Evaluation:
    """How well such a model does on comments that it was not trained on.

    Attributes
    ----------
    scores : DataFrame
        Index language, then ``all``: ``n``, ``accuracy``, ``low``, ``high`` (Wilson), ``majority`` (accuracy of
        always saying the most frequent label of the training part), ``macro_f1`` (mean over the labels of F1).
    by_label : DataFrame
        Index label: ``n``, ``precision``, ``recall``, ``f1`` over all languages.
    confusion : DataFrame
        Label (rows) × predicted (columns), counts.
    errors : DataFrame
        The comments labelled wrongly, the most certain first: ``comment``, ``language``, ``label``, ``predicted``,
        ``certainty``.
    held_out : str
        ``templates``: comments of one pattern were never on both sides; ``comments``: only equal comments were kept
        together.
    folds : int
        Parts that were held out in turn.
    """

    scores: pd.DataFrame
    by_label: pd.DataFrame
    confusion: pd.DataFrame
    errors: pd.DataFrame
    held_out: str
    folds: int


def language_of(comments: pd.Series) -> pd.Series:
    """Return each comment's language: ``zh``, ``en`` or empty when it has no letters.

    Parameters
    ----------
    comments : Series of str

    Returns
    -------
    pandas.Series
        ``zh`` where Chinese characters are at least as many as words in Latin letters: "iPhone 很好用" is Chinese.

    Examples
    --------
    >>> language_of(pd.Series(["快递很快", "Fast parcel", "iPhone 很好用", "666!"])).tolist()
    ['zh', 'en', 'zh', '']
    """
    text = comments.astype("object").where(comments.notna(), "").astype(str)
    codes = [_language(comment) for comment in text]
    return pd.Series(codes, index=comments.index, dtype="object", name="language")


def train(comments: pd.Series, labels: pd.Series) -> TextModel:
    """Train a classifier on labelled comments.

    Parameters
    ----------
    comments : Series of str
    labels : Series of str
        Sentiment or theme, same index; comments without a label, without letters or in neither language are passed
        over.

    Returns
    -------
    TextModel
        A part for each language with at least 20 labelled comments of at least two labels.

    Raises
    ------
    DataError
        When no language has that many, or the rows do not match.

    Notes
    -----
    Multinomial logistic regression on TF-IDF of character n-grams: 1 to 3 for Chinese, 2 to 5 within words for
    English. It knows the words it was shown and nothing else.

    Examples
    --------
    >>> comments = pd.Series(["很好", "非常好", "很差", "非常差"] * 5)
    >>> model = train(comments, pd.Series(["positive", "positive", "negative", "negative"] * 5))
    >>> model.predict(pd.Series(["真好"]))["label"].item()
    'positive'
    """
    comments, labels = aligned(comments=comments, labels=labels)
    text, truth, language, _, _ = _labelled(comments, labels, comments)
    parts = {}
    for code in LANGUAGES:
        here = language == code
        if here.sum() >= LEAST and len(np.unique(truth[here])) > 1:
            parts[code] = _pipeline(code).fit(text[here], truth[here])
    if not parts:
        raise DataError("comments_few_labels", need=LEAST, have=len(text))
    used = np.isin(language, list(parts))
    return TextModel(tuple(sorted(set(truth[used]))), tuple(parts), int(used.sum()), parts)


def evaluate(
    comments: pd.Series, labels: pd.Series, templates: pd.Series | None = None, folds: int = 5, seed: int = 0
) -> Evaluation:
    """Measure a classifier on comments held out of its training.

    Parameters
    ----------
    comments, labels : Series of str
        As in `train`.
    templates : Series, optional
        The sentence pattern behind each comment, same index: all comments of a pattern are held out together,
        otherwise the model would be asked what it has read. Not given: equal comments are held out together.
    folds : int
        Parts held out in turn; fewer where a language has fewer patterns.
    seed : int
        Of the split. Rows are put in index order first.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        As `train`, and when a language has fewer than two patterns.

    Examples
    --------
    >>> comments = pd.Series(["很好", "真好", "很差", "真差"] * 10)
    >>> labels = pd.Series(["positive", "positive", "negative", "negative"] * 10)
    >>> evaluate(comments, labels, folds=2).scores.loc["zh", "n"].item()
    40
    """
    groups = comments if templates is None else templates
    comments, labels, groups = aligned(comments=comments, labels=labels, templates=groups)
    order = np.argsort(comments.index.to_numpy(), kind="stable")
    text, truth, language, group, index = _labelled(comments.iloc[order], labels.iloc[order], groups.iloc[order])
    predicted = np.full(len(text), "", dtype=object)
    majority = np.full(len(text), "", dtype=object)
    certainty = np.full(len(text), np.nan)
    used = 0
    for code in LANGUAGES:
        here = np.flatnonzero(language == code)
        if len(here) < LEAST or len(np.unique(truth[here])) < 2:
            continue
        for train_rows, test_rows in _splits(truth[here], group[here], folds, seed):
            learn, ask = here[train_rows], here[test_rows]
            if len(np.unique(truth[learn])) < 2:
                raise DataError("comments_few_templates", have=len(np.unique(group[here])))
            model = _pipeline(code).fit(text[learn], truth[learn])
            chances = model.predict_proba(text[ask])
            predicted[ask], certainty[ask] = model.classes_[chances.argmax(axis=1)], chances.max(axis=1)
            names, counts = np.unique(truth[learn], return_counts=True)
            majority[ask] = names[counts.argmax()]
        used = max(used, min(folds, len(np.unique(group[here]))))
    done = predicted != ""
    if not done.any():
        raise DataError("comments_few_labels", need=LEAST, have=len(text))
    text, truth, language, predicted, majority, certainty, index = (
        values[done] for values in (text, truth, language, predicted, majority, certainty, index)
    )
    wrong = predicted != truth
    errors = pd.DataFrame(
        {"comment": text, "language": language, "label": truth, "predicted": predicted, "certainty": certainty},
        index=index,
    )[wrong]
    return Evaluation(
        _scores(truth, predicted, majority, language),
        _by_label(truth, predicted),
        pd.crosstab(pd.Series(truth, name="label"), pd.Series(predicted, name="predicted")),
        errors.sort_values("certainty", ascending=False, kind="stable"),
        "comments" if templates is None else "templates",
        used,
    )


def _language(comment: str) -> str:
    chinese = len(_CHINESE.findall(comment))
    if not chinese:
        return "en" if _LATIN.search(comment) else ""
    return "zh" if chinese >= len(_LATIN.findall(comment)) else "en"


def _pipeline(language: str) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    analyzer, lengths = _FEATURES[language]
    return make_pipeline(
        TfidfVectorizer(analyzer=analyzer, ngram_range=lengths, sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=2000),
    )


def _labelled(comments: pd.Series, labels: pd.Series, groups: pd.Series) -> tuple[np.ndarray, ...]:
    """Text, label, language, group and index of comments with a label and letters; no group: the comment itself."""
    language = language_of(comments)
    there = labels.notna() & labels.astype("object").ne("") & language.ne("")
    group = groups.astype("object").where(groups.notna() & groups.astype("object").ne(""), comments)
    columns = (comments.astype(str), labels.astype(str), language, group.astype(str))
    return *(column[there].to_numpy(dtype=object) for column in columns), comments.index[there].to_numpy()


def _splits(truth: np.ndarray, group: np.ndarray, folds: int, seed: int) -> Sequence[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedGroupKFold

    different = len(np.unique(group))
    if different < 2:
        raise DataError("comments_few_templates", have=different)
    split = StratifiedGroupKFold(min(folds, different), shuffle=True, random_state=seed)
    return [(learn, ask) for learn, ask in split.split(truth, truth, group) if len(ask)]


def _scores(truth: np.ndarray, predicted: np.ndarray, majority: np.ndarray, language: np.ndarray) -> pd.DataFrame:
    rows = {}
    for code in [*(code for code in LANGUAGES if (language == code).any()), "all"]:
        here = slice(None) if code == "all" else language == code
        right = wilson(int((truth[here] == predicted[here]).sum()), len(truth[here]))
        rows[code] = (
            right.n,
            right.value,
            right.low,
            right.high,
            float((truth[here] == majority[here]).mean()),
            float(_by_label(truth[here], predicted[here])["f1"].mean()),
        )
    columns = ["n", "accuracy", "low", "high", "majority", "macro_f1"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("language")


def _by_label(truth: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    rows = {}
    for label in np.unique(truth):
        hit = int(((truth == label) & (predicted == label)).sum())
        named, there = int((predicted == label).sum()), int((truth == label).sum())
        rows[label] = (there, hit / named if named else 0.0, hit / there, 2 * hit / (named + there))
    columns = ["n", "precision", "recall", "f1"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("label")
