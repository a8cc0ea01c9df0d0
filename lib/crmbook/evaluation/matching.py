"""Customers who were alike before: how far groups differ, pairs of like customers, and falling back to the mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.evaluation.observations import both_groups, outcomes, treated_flags
from crmbook.evaluation.programme import customer_gains, did, parallel_trends
from crmbook.evaluation.sample_sizes import CHOSEN, simulate
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, mean
from crmbook.shared.purchases import DAY
from crmbook.shared.whole import covered


def balance(features: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Compare the groups before the start, feature by feature.

    Parameters
    ----------
    features : DataFrame
        Numbers known before the start, index customer.
    group : Series
        ``treated`` or ``control``, by customer.

    Returns
    -------
    DataFrame
        Index ``feature``: ``treated`` and ``control`` (means), ``difference`` in standard deviations, and ``apart``
        (more than a tenth of one, a convention): then the groups were not alike, and `did` has to carry it.

    Raises
    ------
    DataError
        ``evaluation_labels`` for a customer without a group, ``evaluation_no_control``, ``evaluation_no_treated``.

    Notes
    -----
    Austin, P. C. (2009), Statistics in Medicine 28, 3083–3107. Where neither group varies the difference is
    blank; they are apart if their means are.

    Examples
    --------
    >>> features = pd.DataFrame({"spend": [10.0, 20, 30, 20]}, index=list("abcd"))
    >>> bool(balance(features, pd.Series(["treated", "control"] * 2, list("abcd")))["apart"].item())
    False
    """
    treated = treated_flags(group.reindex(features.index))
    both_groups(treated)
    inside, outside = features[treated], features[~treated]
    spread = np.sqrt((inside.var(ddof=0) + outside.var(ddof=0)) / 2)
    apart = (inside.mean() - outside.mean()) / spread.where(spread > 0)
    never = (spread == 0) & (inside.mean() != outside.mean())
    return pd.DataFrame(
        {"treated": inside.mean(), "control": outside.mean(), "difference": apart, "apart": (apart.abs() > 0.1) | never}
    ).rename_axis("feature")


@dataclass(frozen=True, eq=False)
class Matched:
    """Treated customers beside others who were like them before.

    Attributes
    ----------
    effect : Estimate
        Mean difference of the outcome within the pairs (paired t); ``n`` is the number of pairs.
    pairs : DataFrame
        ``treated``, ``control`` (customers), ``distance`` (in standard deviations of the features).
    before, after : DataFrame
        `balance` of all customers, and of the pairs.
    left_out : int
        Treated customers without a partner.
    far : int
        Those of them near whom there is nobody at all; near the rest all were taken.
    """

    effect: Estimate
    pairs: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame
    left_out: int
    far: int


def matched_comparison(
    outcome: pd.Series, group: pd.Series, features: pd.DataFrame, caliper: float = 0.25, candidates: int = 20
) -> Matched:
    """Compare each treated customer with another who was like him before the start.

    Parameters
    ----------
    outcome : Series
        One number for each customer: a gain (after less before), or what came after.
    group : Series
        ``treated`` or ``control``, by customer.
    features : DataFrame
        Known before the start, by customer; scaled to standard deviations.
    caliper : float
        The largest distance of a pair, in standard deviations a feature (root mean square).
    candidates : int
        How many nearest places are looked at at a time; who finds all of them taken looks on.

    Raises
    ------
    DataError
        As `balance`; ``evaluation_outcome`` for a blank; ``evaluation_no_match`` with less than two pairs.

    Notes
    -----
    Each other customer serves once; the nearest pairs are taken first. Matching repairs differences in what is known,
    never in what is not.

    Examples
    --------
    >>> ids = list("abcdef")
    >>> group = pd.Series(["treated"] * 3 + ["control"] * 3, ids)
    >>> spend = pd.DataFrame({"spend": [10.0, 20, 30, 10, 20, 30]}, ids)
    >>> matched_comparison(pd.Series([5.0, 6, 7, 1, 1, 1], ids), group, spend).effect.value
    5.0
    """
    order = features.index.sort_values()
    own = features.loc[order].astype(float)
    treated = treated_flags(group.reindex(order))
    both_groups(treated)
    result = pd.Series(outcomes(outcome.reindex(order)), order)
    outcomes(own.to_numpy().ravel())
    if not own.shape[1] or candidates < 1:
        raise DataError("evaluation_no_match", treated=int(treated.sum()), pairs=0, caliper=caliper)
    scaled = (own - own.mean()) / own.std(ddof=0).replace(0, 1)
    inside, outside = np.flatnonzero(treated), np.flatnonzero(~treated)
    pairs, far = _pairs(scaled.to_numpy(), inside, outside, caliper * math.sqrt(own.shape[1]), candidates)
    if len(pairs) < 2:
        raise DataError("evaluation_no_match", treated=len(inside), pairs=len(pairs), caliper=caliper)
    table = pd.DataFrame(
        {
            "treated": order[pairs["treated"]],
            "control": order[pairs["control"]],
            "distance": pairs["distance"] / math.sqrt(own.shape[1]),
        }
    )
    gain = result[table["treated"]].to_numpy() - result[table["control"]].to_numpy()
    members = pd.Index(table["treated"]).append(pd.Index(table["control"]))
    return Matched(
        effect=mean(gain),
        pairs=table,
        before=balance(own, group),
        after=balance(own.loc[members], group),
        left_out=len(inside) - len(pairs),
        far=far,
    )


def _pairs(
    points: np.ndarray, inside: np.ndarray, outside: np.ndarray, reach: float, candidates: int
) -> tuple[pd.DataFrame, int]:
    """Pair rows of two sides, the nearest first; also how many of the first side have nobody within reach.

    Customers with the same figures stand at one place that holds several: otherwise the nearest of many would be the
    same few for everybody. Whoever is left when his nearest are taken looks again among those who are free.
    """
    from scipy.spatial import cKDTree

    places, at = np.unique(points.round(9), axis=0, return_inverse=True)
    at = at.ravel()
    seeking: dict[int, list[int]] = {}
    free: dict[int, list[int]] = {}
    for side, rows in ((seeking, inside), (free, outside)):
        for row in rows[::-1]:  # taken from the end: the first stand there
            side.setdefault(int(at[row]), []).append(int(row))
    nobody, _ = cKDTree(places[list(free)]).query(places[list(seeking)], distance_upper_bound=reach)
    far = sum(len(rows) for rows, apart in zip(seeking.values(), nobody, strict=True) if not apart <= reach)
    found: list[tuple[int, int, float]] = []
    while seeking and free:
        ones, others = np.array(list(seeking)), np.array(list(free))
        nearest = min(candidates, len(others))
        apart, place = cKDTree(places[others]).query(places[ones], k=[*range(1, nearest + 1)])
        before = len(found)
        for entry in np.argsort(apart, axis=None, kind="stable"):
            row, column = divmod(int(entry), nearest)
            if apart[row, column] > reach:
                break
            one, other = int(ones[row]), int(others[place[row, column]])
            while seeking.get(one) and free.get(other):
                found.append((seeking[one].pop(), free[other].pop(), float(apart[row, column])))
        if len(found) == before:
            break
        seeking = {place: rows for place, rows in seeking.items() if rows}
        free = {place: rows for place, rows in free.items() if rows}
    return pd.DataFrame(found, columns=["treated", "control", "distance"]), far


def designs(customers: int = 2000, effect: float = 20.0, seed: int = 0) -> pd.DataFrame:
    """Return what two comparisons make of made programmes of one and the same effect that differ in who was chosen.

    Parameters
    ----------
    customers, effect, seed
        As for ``simulate``.

    Returns
    -------
    DataFrame
        Index ``chosen`` (``by_lot``, ``better_customers``, ``good_last_months``): ``course_before``, the verdict of
        ``parallel_trends`` on all months before the start; and by difference in differences and by pairs of equal
        spend in the last six months before it, ``by_did`` and ``by_pairs`` with ``_low`` and ``_high``.

    Notes
    -----
    Where the distance between the groups is of long standing, a pair of equal spend sets one customer's bad months
    beside another's usual ones, and both come back to what they were. Where it is of the last months only, whoever was
    chosen falls back, and difference in differences takes that for an effect of the programme: Ashenfelter, O. (1978),
    Review of Economics and Statistics 60, 47–57, who saw it from the other side, in people chosen after bad months.
    """
    rows: dict[str, dict[str, object]] = {}
    for chosen in CHOSEN:
        made = simulate(customers, effect, seed=seed, chosen=chosen)
        last = made[made["month"] >= -6]
        each = customer_gains(last)
        by_did = did(last["net"], last["group"], last["period"], last["customer_id"])
        by_pairs = matched_comparison(each["gain"], each["group"], each[["spend_before"]]).effect
        rows[chosen] = {"course_before": parallel_trends(made).verdict}
        for name, found in (("by_did", by_did), ("by_pairs", by_pairs)):
            rows[chosen] |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("chosen")


def regression_to_mean(before: pd.Series, after: pd.Series, group: pd.Series) -> pd.DataFrame:
    """Show that the best fall back and the worst catch up, though nothing was done: regression to the mean.

    Parameters
    ----------
    before, after : Series
        A number of each customer in two periods, by customer (who is missing in one had 0 in it).
    group : Series
        The tier that each was put into by ``before``.

    Returns
    -------
    DataFrame
        Index ``group``: ``customers``, ``before`` and ``after`` (means), ``change``, ``expected`` (mean + correlation ×
        (before − mean), rescaled to the second period: what chance alone foretells) and ``beyond`` (after − expected).

    Raises
    ------
    DataError
        ``evaluation_few_units`` with less than three customers, or where one of the periods does not vary;
        ``evaluation_outcome`` for a blank.

    Notes
    -----
    Galton, F. (1886), Journal of the Anthropological Institute 15, 246–263. Do not take it for an effect of a
    programme: whoever is chosen for a good period falls back.

    Examples
    --------
    >>> before, after = pd.Series([10.0, 8, 2, 0]), pd.Series([5.0, 7, 3, 5])
    >>> regression_to_mean(before, after, pd.Series(list("AABB")))["change"].tolist()
    [-3.0, 3.0]
    """
    everyone = before.index.union(after.index)
    first, second = (pd.Series(outcomes(one.reindex(everyone, fill_value=0.0)), everyone) for one in (before, after))
    if len(everyone) < 3 or first.std() == 0 or second.std() == 0:
        raise DataError("evaluation_few_units", treated=len(everyone), control=0)
    slope = float(np.cov(first, second)[0, 1] / first.var())
    tier = group.reindex(everyone).astype("object").fillna("none")
    table = pd.DataFrame({"before": first, "after": second}).groupby(tier.rename("group"))
    shown = table.mean()
    shown.insert(0, "customers", table.size())
    shown["change"] = shown["after"] - shown["before"]
    shown["expected"] = second.mean() + slope * (shown["before"] - first.mean())
    shown["beyond"] = shown["after"] - shown["expected"]
    shown.attrs["headings"] = {"before": "mean_before", "after": "mean_after", "expected": "expected_after"}
    return shown.rename_axis("tier")


def two_years(orders: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return what the customers of one year spent in it, and in the year after: nobody was chosen, nothing was done.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    as_of : date-like
        The last day of the second year.

    Returns
    -------
    DataFrame
        Index ``customer_id``: ``first`` and ``second`` (net of each year); whoever bought nothing in the second year
        has 0 in it.

    Raises
    ------
    DataError
        ``window_not_covered`` when the data do not go back two years; ``lifecycle_short_history`` when nobody has an
        order line in the first of them; ``column_needed``.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-01-01", "2024-05-01", "2023-06-01", "2024-06-01"])
    >>> orders = pd.DataFrame({"customer_id": list("aabc"), "order_date": days, "amount": [9.0, 5, 4, 7]})
    >>> two_years(orders, "2024-12-31").loc["b"].tolist()
    [4.0, 0.0]
    """
    lines = needed(orders, "orders", ["customer_id", "order_date", "amount"])
    day = dates.day(as_of)
    start, middle = day - pd.DateOffset(years=2), day - pd.DateOffset(years=1)
    covered(lines, day).need(start + DAY)
    date = lines["order_date"].dt.normalize()
    parts = (lines[(date > start) & (date <= middle)], lines[(date > middle) & (date <= day)])
    first, second = (part.groupby("customer_id")["amount"].sum() for part in parts)
    if first.empty:
        days = int((day - date.min()) / DAY)
        raise DataError("lifecycle_short_history", days=days, window=730, as_of=f"{day:%Y-%m-%d}")
    return pd.DataFrame({"first": first, "second": second.reindex(first.index, fill_value=0.0)})
