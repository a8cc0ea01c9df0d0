"""What customers think and want: agreement items (Likert), their factors, and scores that can be grouped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import read_answers
from crmbook.satisfaction.psychometrics import Factors, reliability


def items_of(table: pd.DataFrame, low: int = 1, high: int = 5, prefix: str = "item_") -> pd.DataFrame:
    """Return the items of a lifestyle table as numbers.

    Parameters
    ----------
    table : DataFrame
        ``customer_id`` and the items; answers on the scale, as numbers or in words, blank where skipped.
    low, high : int
        The scale's ends.
    prefix : str
        What the items' names begin with.

    Returns
    -------
    DataFrame
        Index customer_id, in order; blanks stay blank.

    Raises
    ------
    DataError
        When there are fewer than two items, an answer is off the scale, or a respondent stands there twice.

    Examples
    --------
    >>> items_of(pd.DataFrame({"customer_id": ["C1"], "item_1": [5], "item_2": [1], "note": ["x"]})).columns.tolist()
    ['item_1', 'item_2']
    """
    columns = [column for column in table if str(column).startswith(prefix)]
    if len(columns) < 2:
        raise DataError("psychographic_few_items", items=len(columns), prefix=prefix)
    twice = table["customer_id"][table["customer_id"].duplicated()].unique()
    if len(twice):
        raise DataError("clustering_customer_twice", count=len(twice), customers=", ".join(map(str, twice[:5])))
    rows = table.set_index("customer_id")
    return pd.DataFrame({column: read_answers(rows[column], low, high) for column in columns}).sort_index()


def marker_items(factors: Factors, smallest: float = 0.4) -> pd.DataFrame:
    """Return the items that mark each factor, from which it gets its name.

    Parameters
    ----------
    factors : Factors
        As ``reliability.factors`` returns them.
    smallest : float
        Loadings nearer to 0 than this are left out.

    Returns
    -------
    DataFrame
        Rows by factor, the strongest item first: ``factor``, ``item``, ``loading``.

    Examples
    --------
    >>> from crmbook.satisfaction import factors
    >>> rng = np.random.default_rng(0)
    >>> mind = rng.normal(size=(300, 2)).repeat(3, axis=1)
    >>> found = factors(pd.DataFrame(mind + rng.normal(size=(300, 6)), columns=list("abcdef")))
    >>> sorted(marker_items(found).groupby("factor")["item"].agg(lambda items: "".join(sorted(items))))
    ['abc', 'def']
    """
    long = factors.loadings.rename_axis("item").melt(var_name="factor", value_name="loading", ignore_index=False)
    strong = long[long["loading"].abs() >= smallest].reset_index()
    order = strong.assign(size=strong["loading"].abs())
    order = order.sort_values(["factor", "size"], ascending=[True, False], kind="stable")
    return order[["factor", "item", "loading"]].reset_index(drop=True)


def scale_scores(items: pd.DataFrame, factors: Factors, smallest: float = 0.4) -> pd.DataFrame:
    """Return each respondent's mean answer to the items that mark a factor: simpler than factor scores, on the items'
    scale.

    Parameters
    ----------
    items : DataFrame
        As for ``factor_scores``. Respondents who skipped one of the marking items get no row.
    factors : Factors
        As ``reliability.factors`` returns them.
    smallest : float
        As for ``marker_items``. An item counts for the factor it loads most on; one that loads below zero is turned
        round (lowest + highest answer − answer).

    Returns
    -------
    DataFrame
        Index of the respondents, a column for each factor that an item marks.

    Raises
    ------
    DataError
        When an item is missing or nobody answered all of them.

    Examples
    --------
    >>> from crmbook.satisfaction import factors
    >>> items = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [1, 3, 4, 5, 2], "c": [5, 4, 1, 1, 3]})
    >>> scale_scores(items, factors(items, 1))["factor_1"].round(2).tolist()
    [1.0, 2.33, 4.33, 5.0, 2.67]
    """
    complete = _complete(items, factors)
    answers = complete.to_numpy(dtype=float)
    turn = answers.min() + answers.max()
    found = {}
    for factor, loading in _markers(factors, smallest).items():
        own = complete[list(loading.index)]
        found[factor] = own.where(loading > 0, turn - own, axis=1).mean(axis=1)
    return pd.DataFrame(found, index=complete.index)


def scales(items: pd.DataFrame, factors: Factors, smallest: float = 0.4) -> pd.DataFrame:
    """Return Cronbach's alpha of the items that mark each factor: do they measure one thing?

    Parameters
    ----------
    items : DataFrame
        As for ``factor_scores``.
    factors : Factors
        As ``reliability.factors`` returns them.
    smallest : float
        As for ``scale_scores``.

    Returns
    -------
    DataFrame
        Index factor: ``items`` (how many mark it), ``alpha`` with ``low`` and ``high`` (95 %, Feldt), ``n`` (complete
        answers). A factor with fewer than two items is left out.

    Examples
    --------
    >>> from crmbook.satisfaction import factors
    >>> rng = np.random.default_rng(0)
    >>> mind = rng.normal(size=(300, 2)).repeat(3, axis=1)
    >>> items = pd.DataFrame(mind + rng.normal(size=(300, 6)), columns=list("abcdef"))
    >>> scales(items, factors(items))["alpha"].round(1).to_dict()
    {'factor_1': 0.8, 'factor_2': 0.7}
    """
    marks = {factor: own for factor, own in _markers(factors, smallest).items() if len(own) >= 2}
    rows = {factor: _alpha(items, own) for factor, own in marks.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["items", "alpha", "low", "high", "n"])
    return table.rename_axis("factor").astype({"items": int, "n": int})


def _alpha(items: pd.DataFrame, loading: pd.Series) -> tuple[int, float, float, float, int]:
    raw = reliability(items[list(loading.index)] * np.sign(loading)).raw
    return len(loading), raw.value, raw.low, raw.high, raw.n


def _markers(factors: Factors, smallest: float) -> dict[str, pd.Series]:
    """Return by factor the loadings of the items that load most on it."""
    strongest = factors.loadings.abs().idxmax(axis=1)
    found = {}
    for factor in map(str, factors.loadings):
        loading = factors.loadings[factor][strongest == factor]
        if (loading.abs() >= smallest).any():
            found[factor] = loading[loading.abs() >= smallest]
    return found


def _complete(items: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    missing = [item for item in factors.loadings.index if item not in items]
    if missing:
        raise DataError("clustering_columns", columns=", ".join(map(str, missing)))
    complete = items[list(factors.loadings.index)].dropna()
    if len(complete) < 2:
        raise DataError("survey_few_rows", need=2, have=len(complete))
    return complete
