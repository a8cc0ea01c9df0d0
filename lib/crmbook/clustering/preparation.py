"""What features need before distances mean anything: a look, logarithms where few large values rule, ends drawn in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.features import as_numbers, checked, same_columns

SKEWED = 1.0
"""From this skewness on a column that is never negative goes through log1p."""

WORTHWHILE = 0.9
"""log1p is taken only where it leaves less than this part of the skewness."""


def explore(features: pd.DataFrame) -> pd.DataFrame:
    """Return how each feature is distributed, before anything is done to it.

    Parameters
    ----------
    features : DataFrame
        Numeric columns; blanks are allowed and counted.

    Returns
    -------
    DataFrame
        Index trait (the feature): ``n``, ``missing``, ``distinct``, ``mean``, ``sd``, ``min``, ``p25``, ``median``,
        ``p75``, ``max``, ``skew``, ``zeros`` (share), ``outliers`` (cells more than three interquartile ranges outside
        the quartiles).

    Raises
    ------
    DataError
        For text or infinite cells in a column.

    Examples
    --------
    >>> explore(pd.DataFrame({"orders": [1, 1, 2, 2, 3, 99]})).loc["orders", ["median", "outliers"]].tolist()
    [2.0, 1.0]
    """
    numbers = as_numbers(features)
    checked(numbers.fillna(0), constant=True, least=0)
    quartiles = numbers.quantile([0.25, 0.5, 0.75])
    reach = 3 * (quartiles.loc[0.75] - quartiles.loc[0.25])
    outside = (numbers < quartiles.loc[0.25] - reach) | (numbers > quartiles.loc[0.75] + reach)
    table = pd.DataFrame(
        {
            "n": numbers.count(),
            "missing": numbers.isna().sum(),
            "distinct": numbers.nunique(),
            "mean": numbers.mean(),
            "sd": numbers.std(),
            "min": numbers.min(),
            "p25": quartiles.loc[0.25],
            "median": quartiles.loc[0.5],
            "p75": quartiles.loc[0.75],
            "max": numbers.max(),
            "skew": numbers.skew(),
            "zeros": (numbers == 0).sum() / numbers.count(),
            "outliers": outside.sum(),
        }
    )
    return table.rename_axis("trait")


@dataclass(frozen=True)
class Prepared:
    """Features made fit for distances, and what was done to them.

    Attributes
    ----------
    features : DataFrame
        In index order.
    report : DataFrame
        Index trait (the feature): ``transform`` (``"log1p"`` or ``"none"``), ``skew_before``, ``skew_after``,
        ``reason``: ``"skewed"``, ``"even"`` (not skewed), ``"negative"`` (skewed, but with values below zero) or
        ``"no_better"`` (log1p does not help).
    """

    features: pd.DataFrame
    report: pd.DataFrame

    def apply(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return other customers' features (the same columns) after the same treatment.

        Raises
        ------
        DataError
            When a column is missing, cannot be used, or goes below zero where the logarithm is taken.
        """
        numbers = checked(same_columns(features, self.report.index), constant=True, least=0)
        logged = self.report.index[self.report["transform"] == "log1p"]
        below = [column for column in logged if (numbers[column] < 0).any()]
        if below:
            raise DataError("clustering_negative", columns=", ".join(map(str, below)))
        return numbers.assign(**{column: np.log1p(numbers[column]) for column in logged})


def prepare(features: pd.DataFrame) -> Prepared:
    """Take the logarithm where a few large values would rule every distance, and say where.

    Parameters
    ----------
    features : DataFrame
        A row for each customer, numeric columns without blanks.

    Returns
    -------
    Prepared
        log1p is taken of a column that is never negative, has a skewness above ``SKEWED`` and is clearly less
        skewed afterwards. The columns are not scaled: ``cluster`` does that.

    Raises
    ------
    DataError
        For features that cannot be clustered; see ``cluster``.

    Examples
    --------
    >>> features = pd.DataFrame({"spend": [1, 1, 2, 2, 3, 5, 8, 900], "age": range(20, 28)})
    >>> prepare(features).report["transform"].to_dict()
    {'spend': 'log1p', 'age': 'none'}
    """
    numbers = checked(features)
    rows, columns = {}, {}
    for column, values in numbers.items():
        before = _skew(values)
        reason, after = _treatment(values, before)
        columns[column] = np.log1p(values) if reason == "skewed" else values
        transform = "log1p" if reason == "skewed" else "none"
        rows[column] = {"transform": transform, "skew_before": before, "skew_after": after, "reason": reason}
    report = pd.DataFrame.from_dict(rows, orient="index").rename_axis("trait")
    return Prepared(pd.DataFrame(columns, index=numbers.index), report)


def _treatment(values: pd.Series, skew: float) -> tuple[str, float]:
    if skew <= SKEWED:
        return "even", skew
    if values.min() < 0:
        return "negative", skew
    after = _skew(np.log1p(values))
    return ("skewed", after) if abs(after) < WORTHWHILE * skew else ("no_better", skew)


def _skew(values: pd.Series) -> float:
    deviations = values - values.mean()
    return float((deviations**3).mean() / (deviations**2).mean() ** 1.5)


def winsorise(features: pd.DataFrame, share: float = 0.01) -> pd.DataFrame:
    """Return features whose most extreme values are drawn in to the quantiles ``share`` and 1 − ``share`` of their
    column.

    Parameters
    ----------
    features : DataFrame
        Numeric columns without blanks.
    share : float
        Of the customers, at each end; ``(result != features).sum()`` counts the cells that moved.

    Raises
    ------
    DataError
        For features that cannot be clustered.

    Examples
    --------
    >>> winsorise(pd.DataFrame({"spend": [0, 1, 2, 3, 100]}), share=0.25)["spend"].tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """
    numbers = checked(features, constant=True)
    return numbers.clip(numbers.quantile(share), numbers.quantile(1 - share), axis=1)
