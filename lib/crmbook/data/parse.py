"""A column of text to typed values, as the schema says."""

from __future__ import annotations

import pandas as pd

from crmbook.data.choices import categories, flags, words
from crmbook.data.dates import dates
from crmbook.data.identifiers import ids
from crmbook.data.labels import WORDS, answers
from crmbook.data.numbers import numbers
from crmbook.data.reading import Reading
from crmbook.data.schema import Column


def parse(
    texts: pd.Series, column: Column, mark: str = ".", order: str | None = None, pattern: str | None = None
) -> Reading:
    """Return a column of text read as its kind in the schema.

    Parameters
    ----------
    texts : pandas.Series of str
    column : Column
        What the schema says about it.
    mark : str
        What separates decimals in this file, ``"."`` or ``","``.
    order, pattern : str, optional
        How this file writes dates, as ``dates`` takes it.

    Examples
    --------
    >>> from crmbook.data.schema import TABLES
    >>> parse(pd.Series(["12%"]), TABLES["orders"]["discount"]).values.tolist()
    [0.12]
    """
    if column.kind == "id":
        return ids(texts)
    if column.words:
        return answers(texts, WORDS[column.words], mark)
    if column.kind in ("number", "integer"):
        return numbers(texts, mark, share=column.unit == "share")
    if column.kind == "date":
        return dates(texts, order, pattern, month=column.unit == "month", loose=column.unit == "day")
    if column.kind == "flag":
        return flags(texts)
    return categories(texts, column.allowed) if column.kind == "category" else words(texts)
