"""Who moved: tiers at two dates as a transition matrix with intervals, and where such moves would lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.schemes import Scheme
from crmbook.shared import checked
from crmbook.shared.estimate import Estimate, wilson

ABSENT = "absent"


@dataclass(frozen=True)
class Migration:
    """Customers' moves between tiers from one date to another.

    Attributes
    ----------
    counts : DataFrame, shape (tiers, tiers)
        Customers by tier before (rows) and after (columns), best tier first, ``absent`` last where somebody is.
    matrix, low, high : DataFrame, shape (tiers, tiers)
        Of the customers who are there at both dates: shares of the row, which add up to 1, and their 95 % Wilson
        intervals; the row of an empty tier is blank (NaN).
    newcomers, leavers : Series
        Who was there at one date only: newcomers by their tier after, leavers by their tier before.
    upgraded, downgraded, stayed : Estimate
        Shares of the customers who are there at both dates.
    lost, gained : Estimate
        Share of the customers before who are absent after, and of the customers after who were absent before.
    """

    counts: pd.DataFrame
    matrix: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    newcomers: pd.Series
    leavers: pd.Series
    upgraded: Estimate
    downgraded: Estimate
    stayed: Estimate
    lost: Estimate
    gained: Estimate


def migration(before: pd.Series, after: pd.Series, order: Sequence[str] | None = None) -> Migration:
    """Return how customers moved between tiers.

    Parameters
    ----------
    before, after : Series of str
        The tier of each customer, index customer. A customer on one side only is in the state ``absent`` on the other.
    order : sequence of str, optional
        Tiers, the best first. Without it: the order of a categorical, else the alphabet, which is right for A, B, C.

    Returns
    -------
    Migration

    Raises
    ------
    DataError
        When a customer stands twice on one side, has no tier, both sides are empty, or ``order`` lacks a tier.

    Examples
    --------
    >>> moved = migration(pd.Series({"u": "A", "v": "A", "w": "B"}), pd.Series({"u": "A", "v": "B", "x": "B"}))
    >>> moved.matrix.loc["A"].to_dict()
    {'A': 0.5, 'B': 0.5}
    """
    before, after = checked.series(before), checked.series(after)
    tiers = _order(before, after, order)
    everyone = before.index.union(after.index)
    states = [*tiers, ABSENT]
    rows = _state_codes(before, everyone, tiers)
    columns = _state_codes(after, everyone, tiers)
    size = len(states)
    table = np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)
    if not table[-1].any() and not table[:, -1].any():
        table, states = table[:-1, :-1], states[:-1]
    present = table[: len(tiers), : len(tiers)]
    both, first, second = int(present.sum()), int(table[: len(tiers)].sum()), int(table[:, : len(tiers)].sum())
    shares = [[wilson(int(count), int(row.sum())) for count in row] for row in present]
    newcomers = table[-1, : len(tiers)] if second > both else 0
    leavers = table[: len(tiers), -1] if first > both else 0
    return Migration(
        counts=_frame(table, states),
        matrix=_frame([[share.value for share in row] for row in shares], tiers),
        low=_frame([[share.low for share in row] for row in shares], tiers),
        high=_frame([[share.high for share in row] for row in shares], tiers),
        newcomers=pd.Series(newcomers, index=pd.Index(tiers, name="tier"), name="newcomers", dtype=int),
        leavers=pd.Series(leavers, index=pd.Index(tiers, name="tier"), name="leavers", dtype=int),
        upgraded=wilson(int(np.tril(present, -1).sum()), both),
        downgraded=wilson(int(np.triu(present, 1).sum()), both),
        stayed=wilson(int(np.trace(present)), both),
        lost=wilson(first - both, first),
        gained=wilson(second - both, second),
    )


def movement_rates(moved: Migration) -> pd.DataFrame:
    """Return the shares that moved up, moved down and stayed, with their intervals, as a table.

    Parameters
    ----------
    moved : Migration

    Returns
    -------
    DataFrame
        Index ``movement``: ``upgraded``, ``downgraded``, ``stayed``; ``value``, ``low``, ``high`` (95 %), ``n``.

    Examples
    --------
    >>> moved = migration(pd.Series(list("AAB")), pd.Series(list("ABB")))
    >>> movement_rates(moved)["value"].round(2).to_dict()
    {'upgraded': 0.0, 'downgraded': 0.33, 'stayed': 0.67}
    """
    rates = {"upgraded": moved.upgraded, "downgraded": moved.downgraded, "stayed": moved.stayed}
    table = pd.DataFrame.from_dict({code: vars(rate) for code, rate in rates.items()}, orient="index")
    return table.astype({"n": int}).rename_axis("movement")


def steady_state(moved: Migration, scheme: Scheme) -> pd.Series:
    """Return the shares that tiers would settle at if every period moved customers like this one.

    Parameters
    ----------
    moved : Migration
        Only customers there at both dates count: newcomers and lost customers are left out.
    scheme : Scheme
        What gave the tiers. Its cuts have to be fixed values: under a cap by rank one customer's rise is another's
        fall, and the tiers have the sizes of the caps whatever the moves.

    Returns
    -------
    Series
        Share by tier, adding up to 1: the vector that the transition matrix leaves as it is. A thought experiment, no
        forecast.

    Raises
    ------
    DataError
        When the scheme cuts by rank, nobody is left in a tier to say where its customers go, or the tiers fall into
        groups without a way between them, so that the end depends on the beginning.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> u, v = pd.Series(["gold", "gold", "silver"]), pd.Series(["gold", "silver", "silver"])
    >>> steady_state(migration(u, v), schemes.read("members")).to_dict()
    {'gold': 0.0, 'silver': 1.0}
    """
    if not scheme.fixed:
        raise DataError("tiering_steady_cap", scheme=scheme.code)
    counts = moved.counts.drop(index=ABSENT, columns=ABSENT, errors="ignore")
    counts = counts.loc[(counts.sum() + counts.sum(axis=1)) > 0, (counts.sum() + counts.sum(axis=1)) > 0]
    leavers = counts.sum(axis=1)
    if (leavers == 0).any() or counts.empty:
        raise DataError(
            "tiering_steady_unknown",
            tier=leavers.index[int((leavers == 0).to_numpy().argmax())] if len(counts) else "–",
        )
    chances = counts.to_numpy() / leavers.to_numpy()[:, None]
    reach = np.eye(len(chances)) + (chances > 0) > 0
    for _ in range(len(chances).bit_length()):
        reach = reach @ reach
    if not reach.all(axis=0).any():
        raise DataError("tiering_steady_parts")
    equations = np.vstack([chances.T - np.eye(len(chances)), np.ones(len(chances))])
    share, *_ = np.linalg.lstsq(equations, np.append(np.zeros(len(chances)), 1.0), rcond=None)
    share = np.clip(share, 0, None).round(15) + 0.0
    settled = pd.Series(share / share.sum(), index=counts.index, name="share")
    return settled.reindex(moved.counts.index.drop(ABSENT, errors="ignore"), fill_value=0.0)


def _order(before: pd.Series, after: pd.Series, order: Sequence[str] | None) -> list[str]:
    found: list[str] = []
    for side in (before, after):
        checked.one_row_each(side.index)
        if side.isna().any():
            raise DataError("tiering_no_tier", customer=side.index[side.isna().to_numpy()][0])
        ordered = side.cat.categories if isinstance(side.dtype, pd.CategoricalDtype) else side.unique()
        found += [tier for tier in ordered if tier not in found and tier != ABSENT]
    if order is None:
        categorical = any(isinstance(side.dtype, pd.CategoricalDtype) for side in (before, after))
        order = found if categorical else sorted(found, key=str)
    lacking = [tier for tier in found if tier not in order]
    if lacking:
        raise DataError("tiering_order", tier=lacking[0], order=", ".join(map(str, order)))
    if len(before) + len(after) == 0:
        raise DataError("tiering_no_customers", column="tier")
    return [tier for tier in dict.fromkeys(order) if tier != ABSENT]


def _state_codes(side: pd.Series, everyone: pd.Index, tiers: Sequence[str]) -> np.ndarray:
    codes = pd.Index(tiers).get_indexer(pd.Index(side.astype(object)))
    found = np.full(len(everyone), len(tiers))
    found[everyone.get_indexer(side.index)] = np.where(codes < 0, len(tiers), codes)
    return found


def _frame(values: np.ndarray | list[list[float]], states: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(values, index=pd.Index(states, name="before"), columns=pd.Index(states, name="after"))
