"""Scores from 1 to 5 (or up to 20), honest about ties, and the recency, frequency, monetary (RFM) segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared import checked

Within = Callable[[np.ndarray, np.ndarray], np.ndarray]

METHODS = ("quantile", "fixed", "range", "natural")
MOST_BINS = 20
RESOLUTION = 10_000  # steps into which natural breaks put values, where more of them are distinct

# Segment: (lowest R, highest R), (lowest F, highest F). Each of the 25 cells of R × F belongs to exactly one.
SEGMENTS: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "champions": ((5, 5), (4, 5)),
    "loyal": ((3, 4), (4, 5)),
    "cant_lose": ((1, 2), (5, 5)),
    "at_risk": ((1, 2), (3, 4)),
    "potential_loyalist": ((4, 5), (2, 3)),
    "new": ((5, 5), (1, 1)),
    "promising": ((4, 4), (1, 1)),
    "need_attention": ((3, 3), (3, 3)),
    "about_to_sleep": ((3, 3), (1, 2)),
    "hibernating": ((1, 2), (1, 2)),
}


def cut_points(
    value: pd.Series, bins: int = 5, method: str = "quantile", cuts: Sequence[float] | None = None
) -> np.ndarray:
    """Return the values at which one score ends and the next begins.

    Parameters
    ----------
    value : Series, shape (customers,)
        A number for each customer.
    bins : int
        How many scores, 2 to 20. With ``"fixed"`` the cuts say it.
    method : {"quantile", "fixed", "range", "natural"}
        ``"quantile"``: equal numbers of customers, as far as ties allow (Hyndman and Fan's type 7). ``"fixed"``:
        ``cuts`` as given. ``"range"``: steps of equal width from the smallest to the largest value. ``"natural"``:
        Jenks' natural breaks, the grouping with the smallest sum of squares within groups; exact up to 10,000
        distinct values, above that the values are first put into 10,000 equal steps of their range.
    cuts : sequence of float, optional
        For ``"fixed"`` only: growing values, one fewer than scores.

    Returns
    -------
    ndarray, shape (bins − 1,)
        A value equal to a cut belongs to the lower bin. Equal neighbours mean that the bin between them is empty.

    Raises
    ------
    DataError
        When there is no customer, a value is missing, or bins, method or cuts do not make sense.

    Notes
    -----
    Hyndman, R. J. and Fan, Y. (1996), The American Statistician 50, 361–365. Fisher, W. D. (1958), Journal of the
    American Statistical Association 53, 789–798 (the exact optimum behind natural breaks).

    Examples
    --------
    >>> cut_points(pd.Series([1, 1, 1, 2, 9]), bins=5)
    array([1. , 1. , 1.4, 3.4])
    """
    _check_method(bins, method, cuts)
    return _cut_points(checked.numbers(checked.series(value)), bins, method, cuts)


def score(
    value: pd.Series,
    bins: int = 5,
    method: str = "quantile",
    higher_is_better: bool = True,
    cuts: Sequence[float] | None = None,
) -> pd.Series:
    """Return a score for each customer, 1 the worst.

    Parameters
    ----------
    value, bins, method, cuts
        As in `cut_points`.
    higher_is_better : bool
        False where a small value is good, as with days since the last purchase: the smallest values then score highest.

    Returns
    -------
    Series of int
        1 to bins, index as given. Equal values get equal scores, so a score may stay empty: `score_report` shows it.

    Examples
    --------
    >>> score(pd.Series([1, 1, 1, 2, 9])).tolist()
    [1, 1, 1, 4, 5]
    """
    _check_method(bins, method, cuts)
    value = checked.series(value)
    found = checked.numbers(value)
    ends = _cut_points(found, bins, method, cuts)
    return pd.Series(_scores(found, ends, higher_is_better).astype(np.int64), index=value.index, name="score")


def score_report(
    value: pd.Series,
    bins: int = 5,
    method: str = "quantile",
    higher_is_better: bool = True,
    cuts: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return where each score begins and ends and how many customers have it, empty scores included.

    Returns
    -------
    DataFrame
        Index ``score`` (1 the worst); ``above`` and ``up_to`` (the bin holds values above the one, up to and
        including the other; the outermost bins have no end, shown as blank), ``customers``, ``customer_share``.

    Examples
    --------
    >>> score_report(pd.Series([1, 1, 1, 2, 9])).customers.to_dict()
    {1: 3, 2: 0, 3: 0, 4: 1, 5: 1}
    """
    ends = cut_points(value, bins, method, cuts)
    scores = score(value, bins, method, higher_is_better, cuts)
    size = len(ends) + 1
    report = pd.DataFrame(
        {
            "above": np.append(np.nan, ends),
            "up_to": np.append(ends, np.nan),
        },
        index=pd.RangeIndex(1, size + 1, name="score"),
    )
    if not higher_is_better:
        report = report[::-1].set_axis(report.index)
    report["customers"] = np.bincount(scores, minlength=size + 1)[1:]
    report["customer_share"] = report["customers"] / len(scores)
    return report


def rfm(
    customers: pd.DataFrame,
    bins: int = 5,
    method: str = "quantile",
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    """Return recency, frequency and monetary scores and the segment of each customer.

    Parameters
    ----------
    customers : DataFrame, index customer
        ``recency`` in days, ``frequency`` in orders, ``monetary`` in money, as `crmbook.data.customers.summarise` makes
        them. Who has never bought (``frequency`` 0) counts as silent as long as the longest silent customer.
    bins, method
        As in `cut_points`.
    cuts : mapping of column to cuts, optional
        For ``method="fixed"``: the cuts of ``recency``, ``frequency`` and ``monetary``.

    Returns
    -------
    DataFrame
        ``r``, ``f``, ``m`` (1 to bins, the best the highest) and ``segment``: with five bins the segment of `SEGMENTS`,
        otherwise the cell, such as ``"3-2"`` for r 3 and f 2.

    Raises
    ------
    DataError
        When a column or a value is missing, or bins, method or cuts do not make sense.

    Examples
    --------
    >>> orders = {"recency": [5, 40, 300], "frequency": [9, 2, 1], "monetary": [900, 80, 20]}
    >>> rfm(pd.DataFrame(orders, index=["u", "v", "w"])).segment.to_dict()
    {'u': 'champions', 'v': 'need_attention', 'w': 'hibernating'}
    """
    scores = {}
    for short, column in (("r", "recency"), ("f", "frequency"), ("m", "monetary")):
        own_cuts = (cuts or {}).get(column)
        _check_method(bins, method, own_cuts)
        found = checked.numbers(checked.measure(customers, column))
        scores[short] = _scores(found, _cut_points(found, bins, method, own_cuts), column != "recency")
        bins_used = bins if own_cuts is None else len(own_cuts) + 1
        if bins_used != bins:
            raise DataError("tiering_cuts_count", column=column, cuts=len(own_cuts or ()), bins=bins, wanted=bins - 1)
    names = [_segment(r, f, bins) for r in range(1, bins + 1) for f in range(1, bins + 1)]
    cell = (scores["r"].astype(np.int64) - 1) * bins + scores["f"] - 1
    return pd.DataFrame(
        {short: found.astype(np.int64) for short, found in scores.items()}
        | {"segment": checked.words(cell, names, customers.index, "segment")},
        index=customers.index,
    )


def score_cells(scored: pd.DataFrame, bins: int = 5) -> pd.DataFrame:
    """Return how many customers lie in each cell of R × F.

    Parameters
    ----------
    scored : DataFrame
        What `rfm` made.
    bins : int
        The number of scores it was made with.

    Returns
    -------
    DataFrame, shape (bins, bins)
        Index ``r``, columns ``f``, both from 1; empty cells are 0.

    Examples
    --------
    >>> int(score_cells(pd.DataFrame({"r": [5, 5], "f": [4, 4]})).loc[5, 4])
    2
    """
    cell = (scored["r"].to_numpy() - 1) * bins + scored["f"].to_numpy() - 1
    counts = np.bincount(cell, minlength=bins * bins).reshape(bins, bins)
    steps = range(1, bins + 1)
    return pd.DataFrame(counts, index=pd.Index(steps, name="r"), columns=pd.Index(steps, name="f"))


def segment_report(customers: pd.DataFrame, segment: pd.Series) -> pd.DataFrame:
    """Return what each segment weighs.

    Parameters
    ----------
    customers : DataFrame, index customer
        At least ``monetary``.
    segment : Series
        The segment (or tier) of each customer, index customer, in any order of rows.

    Returns
    -------
    DataFrame
        Index segment, the one with most money first; ``customers``, ``customer_share``, ``revenue`` (net),
        ``revenue_share`` (of the net total; blank when that is zero or less), ``mean_revenue`` per customer.

    Raises
    ------
    DataError
        When a customer's money or segment is missing, or a customer stands twice in another order of rows.

    Examples
    --------
    >>> segment_report(pd.DataFrame({"monetary": [30, 10]}), pd.Series(["new", "loyal"])).revenue_share.to_dict()
    {'new': 0.75, 'loyal': 0.25}
    """
    money = checked.numbers(checked.measure(customers, "monetary"))
    if not segment.index.equals(customers.index):
        checked.one_row_each(segment.index)
        segment = segment.reindex(customers.index)
    codes, segments = pd.factorize(segment, sort=True)
    if (codes < 0).any():
        raise DataError("tiering_no_tier", customer=segment.index[int((codes < 0).argmax())])
    counts = np.bincount(codes, minlength=len(segments))
    revenue = np.bincount(codes, weights=money, minlength=len(segments))
    total = float(revenue.sum())
    report = pd.DataFrame(
        {
            "customers": counts,
            "customer_share": counts / len(money),
            "revenue": revenue,
            "revenue_share": revenue / total if total > 0 else np.nan,
            "mean_revenue": revenue / counts,
        },
        index=pd.Index(segments, name=segment.name or "segment"),
    )
    return report.sort_values("revenue", ascending=False, kind="stable")


def _segment(r: int, f: int, bins: int) -> str:
    if bins != 5:
        return f"{r}-{f}"
    return next(s for s, ((r0, r1), (f0, f1)) in SEGMENTS.items() if r0 <= r <= r1 and f0 <= f <= f1)


def _check_method(bins: int, method: str, cuts: Sequence[float] | None) -> None:
    if method not in METHODS:
        nearest = get_close_matches(str(method), METHODS, n=1, cutoff=0.0)[0]
        raise DataError("tiering_method", method=method, nearest=nearest, methods=", ".join(METHODS))
    if not isinstance(bins, Integral) or isinstance(bins, bool) or not 2 <= bins <= MOST_BINS:
        raise DataError("tiering_bins", bins=bins, most=MOST_BINS)
    if method != "fixed" and cuts is not None:
        raise DataError("tiering_cuts_unused", method=method)
    if method == "fixed" and cuts is None:
        raise DataError("tiering_cuts_needed")
    if cuts is not None:
        given = list(cuts) if isinstance(cuts, Iterable) else []
        ends = pd.to_numeric(pd.Series(given, dtype=object), errors="coerce").to_numpy(dtype=float)
        if not 1 <= len(ends) < MOST_BINS or not np.isfinite(ends).all() or (np.diff(ends) <= 0).any():
            raise DataError("tiering_cuts", cuts=", ".join(map(str, given)) or cuts, most=MOST_BINS - 1)


def _cut_points(found: np.ndarray, bins: int, method: str, cuts: Sequence[float] | None) -> np.ndarray:
    if cuts is not None:
        return np.asarray(list(cuts), dtype=float)
    if method == "range":
        return _equal_steps(found, bins)
    if method == "natural":
        return _natural_breaks(found, bins)
    return _quantiles(found, bins)


def _equal_steps(found: np.ndarray, bins: int) -> np.ndarray:
    # Two thirds of 3.3 are 2.1999… in binary: a customer whose 2.2 stands on that cut must not end up above it.
    ends = np.linspace(found.min(), found.max(), bins + 1)[1:-1]
    nearest = np.array([found[np.abs(found - end).argmin()] for end in ends])
    return np.where(np.abs(nearest - ends) <= 1e-12 * np.abs(found).max(), nearest, ends)


def _quantiles(found: np.ndarray, bins: int) -> np.ndarray:
    # In whole numbers: position k(n − 1)/bins in floats can miss a customer that stands exactly on it.
    ordered = np.sort(found)
    place, part = np.divmod(np.arange(1, bins) * (len(ordered) - 1), bins)
    low = ordered[place]
    high = ordered[np.minimum(place + 1, len(ordered) - 1)]
    return np.where(part == 0, low, low + (high - low) * (part / bins))


def _scores(found: np.ndarray, ends: np.ndarray, higher_is_better: bool) -> np.ndarray:
    above = np.zeros(len(found), dtype=np.int8)
    for end in ends:  # a comparison for each cut is far quicker than a binary search for each customer
        above += found > end
    return above + np.int8(1) if higher_is_better else np.int8(len(ends) + 1) - above


def _natural_breaks(found: np.ndarray, bins: int) -> np.ndarray:
    value, weight = np.unique(found, return_counts=True)
    mean = value
    if len(value) > RESOLUTION:
        step = np.minimum((value - value[0]) / (value[-1] - value[0]) * RESOLUTION, RESOLUTION - 1).astype(int)
        first = np.flatnonzero(np.diff(step, prepend=-1))
        total = np.add.reduceat(value * weight, first)
        weight = np.add.reduceat(weight, first)
        value, mean = value[np.append(first[1:], len(value)) - 1], total / weight
    groups = min(bins, len(value))
    last = _least_squares_groups(mean, weight, groups)
    # Fewer distinct values than scores: the top scores stay empty.
    return np.concatenate([value[last], np.full(bins - groups, value[-1])])


def _least_squares_groups(value: np.ndarray, weight: np.ndarray, groups: int) -> np.ndarray:
    # Fisher's dynamic programme. best[j]: least sum of squares of values 0…j in so many groups; the last group of the
    # optimum begins later as j grows, which divide-and-conquer uses: n log n instead of n² for each group.
    # Sums run from the middle outwards: one value far out would else take the last digits from all beyond it.
    pivot = len(value) // 2
    centred = value - value[pivot]

    def sums(power: int) -> np.ndarray:
        parts = weight * centred**power
        return np.concatenate([-np.cumsum(parts[:pivot][::-1])[::-1], [0.0], np.cumsum(parts[pivot:])])

    w, wx, wxx = (sums(power) for power in (0, 1, 2))

    def within(first: np.ndarray, last: np.ndarray) -> np.ndarray:
        return wxx[last + 1] - wxx[first] - (wx[last + 1] - wx[first]) ** 2 / (w[last + 1] - w[first])

    everything = np.arange(len(value))
    best = within(np.zeros_like(everything), everything)
    begins = []
    for group in range(1, groups):
        begin, best = _next_group(best, within, group)
        begins.append(begin)
    last = len(value) - 1
    ends = []
    for begin in reversed(begins):
        last = int(begin[last]) - 1
        ends.append(last)
    return np.array(ends[::-1], dtype=int)


def _next_group(best: np.ndarray, within: Within, group: int) -> tuple[np.ndarray, np.ndarray]:
    n = len(best)
    begin = np.full(n, group)
    improved = np.full(n, np.inf)
    step = 1 << max(0, (n - group - 1).bit_length())
    while step >= 1:
        todo = np.arange(group + step - 1, n, 2 * step)
        low = np.where(todo - step >= group, begin[np.maximum(todo - step, 0)], group)
        high = np.where(todo + step < n, begin[np.minimum(todo + step, n - 1)], todo)
        high = np.minimum(np.maximum(high, low), todo)
        length = high - low + 1
        start = np.cumsum(length) - length
        first = np.arange(length.sum()) - np.repeat(start - low, length)
        cost = best[first - 1] + within(first, np.repeat(todo, length))
        if len(todo):
            improved[todo] = np.minimum.reduceat(cost, start)
            chosen = np.flatnonzero(cost == np.repeat(improved[todo], length))
            begin[todo] = first[chosen[np.searchsorted(chosen, start)]]
        step //= 2
    return begin, improved
