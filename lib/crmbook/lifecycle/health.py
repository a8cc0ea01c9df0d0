"""The health of a relationship as a number from 0 to 100, in red, amber and green, and whether it foretells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.lifecycle.churn import features, outcome
from crmbook.lifecycle.stage import derive_rules, is_gone
from crmbook.shared.estimate import Estimate, wilson
from crmbook.shared.purchases import DAY, last_day
from crmbook.shared.ranking import auc

if TYPE_CHECKING:
    from crmbook.data.load import Book

FACTORS: Mapping[str, tuple[str, bool]] = {
    "rhythm": ("gap_ratio", False),
    "frequency": ("purchases_180", True),
    "trend": ("purchases_trend", True),
    "spend": ("spend_365", True),
    "breadth": ("categories_365", True),
    "contact": ("contacts_180", True),
    "service": ("complaints_180", False),
    "delivery": ("late_deliveries_365", False),
    "satisfaction": ("satisfaction", True),
    "payment": ("late_payments", False),
}
"""Each factor, the feature it is read from, and whether more of it is better."""

WEIGHTS: Mapping[str, float] = {
    "rhythm": 30,
    "frequency": 15,
    "trend": 10,
    "spend": 10,
    "breadth": 5,
    "contact": 5,
    "service": 10,
    "delivery": 5,
    "satisfaction": 5,
    "payment": 5,
}
COLOURS = ("red", "amber", "green")


def health_score(
    book: Book,
    as_of: object = None,
    window: float | None = None,
    weights: Mapping[str, float] = WEIGHTS,
    cuts: tuple[float, float] = (40, 60),
) -> pd.DataFrame:
    """Score each current customer's relationship from 0 (worst) to 100 (best).

    Parameters
    ----------
    book : Book
        See ``churn.features``.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    window : float, optional
        Customers silent for longer than these days have left and get no score; ``lifecycle.derive_rules`` unless given.
    weights : mapping
        Weight of each factor, 0 or more. A factor that is missing (for all, because the book has no such table, or for
        one customer, who never answered a survey, say) is left out and the weights of the others are scaled up.
    cuts : (float, float)
        Below the first: red; from the second on: green.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``score``, ``colour``, ``known`` (share of the weights that could be used), and each
        factor from 0 to 100: where the customer stands among all, by percentile, equal values equally. A factor is
        blank where it is missing.

    Raises
    ------
    DataError
        ``health_weights`` for a factor nobody knows, a negative weight, or no weight at all; ``health_cuts``; as
        ``features`` and ``derive_rules``.
    """
    unknown = sorted(set(weights) - set(FACTORS))
    if unknown or not sum(weights.values()) > 0 or min(weights.values()) < 0:
        raise DataError("health_weights", factors=", ".join(unknown) or "–", choices=", ".join(FACTORS))
    if not 0 < cuts[0] < cuts[1] < 100:
        raise DataError("health_cuts", cuts=f"{cuts[0]:g}, {cuts[1]:g}")
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    longest = derive_rules(book.orders, day).churn_days if window is None else window
    found = features(book, day)
    found = found[~is_gone(found["recency"], longest)]
    factors = pd.DataFrame(
        {
            factor: _percentile(found[column] if better else -found[column])
            for factor, (column, better) in FACTORS.items()
            if factor in weights and column in found
        }
    )
    weight = pd.Series(weights, dtype=float).reindex(factors.columns)
    known = factors.notna().mul(weight).sum(axis=1)
    score = factors.mul(weight).sum(axis=1) / known.where(known > 0)
    colour = pd.Categorical.from_codes(
        np.searchsorted(cuts, score, side="right").tolist(), pd.Index(COLOURS), ordered=True
    )
    table = pd.DataFrame({"score": score, "colour": colour, "known": known / sum(weights.values())}, index=found.index)
    return table.join(factors)


def _percentile(values: pd.Series) -> pd.Series:
    rank = values.rank(method="average")
    return (rank - 0.5) / values.notna().sum() * 100


@dataclass(frozen=True, eq=False)
class HealthTest:
    """Whether the score of a past day foretold who would buy nothing afterwards.

    Attributes
    ----------
    auc : Estimate
        How often one who left had a lower score than one who stayed.
    by_colour : DataFrame
        Index ``colour``; ``customers``, ``left``, ``rate`` with ``low`` and ``high`` (Wilson).
    day : Timestamp
    horizon : int
    """

    auc: Estimate
    by_colour: pd.DataFrame
    day: pd.Timestamp
    horizon: int


def backtest(
    book: Book,
    horizon: int,
    as_of: object = None,
    weights: Mapping[str, float] = WEIGHTS,
    cuts: tuple[float, float] = (40, 60),
) -> HealthTest:
    """Score the customers as of ``horizon`` days ago and look at who has bought nothing since.

    Customers silent for longer than the horizon on that day are left out: they had left already.

    Raises
    ------
    DataError
        ``lifecycle_as_of_early`` when the data do not reach back so far; ``ranking_one_outcome`` when all left or none
        did.
    """
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    past = day - horizon * DAY
    table = health_score(book, past, horizon, weights, cuts).join(outcome(book.orders, past, horizon, day))
    groups = table.groupby("colour", observed=False)["churned"].agg(["size", "sum"])
    shares = [wilson(int(row["sum"]), int(row["size"])) for _, row in groups.iterrows()]
    by_colour = pd.DataFrame(
        {
            "customers": groups["size"],
            "left": groups["sum"].astype(int),
            "rate": [share.value for share in shares],
            "low": [share.low for share in shares],
            "high": [share.high for share in shares],
        }
    )
    return HealthTest(auc(table["churned"], -table["score"]), by_colour, past, horizon)
