"""Tiers kept up: graded anew month by month, how many only flip, what slowness saves, and whether rules are fair."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.schemes import Scheme, Tier
from crmbook.shared import checked
from crmbook.shared.estimate import Z, wilson
from crmbook.shared.purchases import query
from crmbook.tiering.assignment import by_rule, limited, seen_by, window_start

ABSENT = -1


@dataclass(frozen=True)
class History:
    """Customers' tiers at several dates.

    Attributes
    ----------
    scheme : Scheme
    dates : DatetimeIndex
    customers : Index
    graded : ndarray of int, shape (customers, dates)
        The tier that the scheme gives at each date anew, as a place in the scheme (0 the best); −1: not yet there.
    held : ndarray of int, same shape
        The tier that a customer has when the scheme's hysteresis is kept to; equal to ``graded`` where it has none.
    """

    scheme: Scheme
    dates: pd.DatetimeIndex
    customers: pd.Index
    graded: np.ndarray
    held: np.ndarray

    def tiers(self, anew: bool = False) -> pd.DataFrame:
        """Return the tiers' codes, a row for each customer and a column for each date; blank where not yet there."""
        names = pd.array(["", *self.scheme.codes], dtype="str")
        places = self.graded if anew else self.held
        columns = {day: names.take(places[:, i] + 1) for i, day in enumerate(self.dates)}
        return pd.DataFrame(columns, index=self.customers).replace("", pd.NA)


def history(
    orders: pd.DataFrame,
    as_of: Any,
    scheme: Scheme,
    months: int = 12,
    facts: Callable[[pd.Timestamp], pd.DataFrame] | None = None,
) -> History:
    """Return the tiers that a scheme gives month by month up to a day.

    Parameters
    ----------
    orders : DataFrame
        As `crmbook.data.customers.summarise` takes them.
    as_of : date
        The last of the dates; the others lie a month apart before it.
    scheme : Scheme
    months : int
        How many months to go back; dates before the first order are left out.
    facts : callable, optional
        Gives, for a date, a frame (index customer) with the scheme's columns that do not come from orders.

    Returns
    -------
    History

    Raises
    ------
    DataError
        When ``months`` is not a whole number above zero, and as `crmbook.tiering.assign` does.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> days = pd.to_datetime(["2024-01-05", "2024-03-05"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": "u", "order_date": days, "amount": [290.0, 40.0]})
    >>> history(lines, "2024-03-31", schemes.read("members"), months=2).tiers(anew=True).loc["u"].tolist()
    ['ordinary', 'ordinary', 'bronze']
    """
    if not isinstance(months, Integral) or isinstance(months, bool) or months < 1:
        raise DataError("tiering_months", months=months)
    last = pd.Timestamp(as_of).normalize()
    first = pd.to_datetime(orders["order_date"]).min().normalize()
    dates = [last - pd.DateOffset(months=back) for back in range(int(months), -1, -1)]
    dates = [day for day in dates if day >= first]
    margin = scheme.hysteresis.margin
    ways = [scheme, _stretched(scheme, 1 + margin), _stretched(scheme, 1 - margin)] if margin else [scheme]
    everyone = pd.Index([])
    seen: list[tuple[pd.Index, list[np.ndarray]]] = []
    for day, table in _snapshots(orders, dates, scheme):
        if facts is not None:
            table = table.join(facts(day))
        seen.append((table.index, [limited(table, way, by_rule(table, way)) for way in ways]))
        everyone = table.index if len(table) > len(everyone) else everyone
    spread = [np.full((len(everyone), len(seen)), ABSENT) for _ in ways]
    for i, (index, places) in enumerate(seen):
        rows = everyone.get_indexer(index)
        for side, found in zip(spread, places, strict=True):
            side[rows, i] = found
    graded, strict, loose = spread if margin else (spread[0],) * 3
    held = _held(graded, strict, loose, scheme.hysteresis.periods)
    return History(scheme, pd.DatetimeIndex(dates), everyone, graded, held)


def moves(past: History, anew: bool = False) -> pd.DataFrame:
    """Return month by month how many customers moved, among those who were there at both dates.

    Parameters
    ----------
    past : History
    anew : bool
        Whether tiers graded anew are counted, and not those that customers hold.

    Returns
    -------
    DataFrame
        Index ``date`` (the later one); ``both_dates`` (customers there at both dates), ``upgraded``, ``downgraded``,
        ``stayed``, ``moved_share``, ``flipped_back`` (of those who moved, how many are back in their old tier at the
        next date; blank at the last), ``newcomers``, and ``drift``, the population stability index of all tiers'
        shares.

    Notes
    -----
    Population stability: Σ (p − q) ln(p / q) over tiers; below 0.10 it is usually read as stable, above 0.25 as
    another population (Siddiqi, N., 2006, Credit Risk Scorecards).
    """
    places = past.graded if anew else past.held
    rows = []
    for i in range(1, len(past.dates)):
        before, after = places[:, i - 1], places[:, i]
        both = (before >= 0) & (after >= 0)
        moved = both & (before != after)
        back = math.nan
        if i + 1 < len(past.dates):
            back = int((moved & (places[:, i + 1] == before)).sum())
        up, down = int((moved & (after < before)).sum()), int((moved & (after > before)).sum())
        n = int(both.sum())
        rows.append(
            {
                "date": past.dates[i],
                "both_dates": n,
                "upgraded": up,
                "downgraded": down,
                "stayed": n - up - down,
                "moved_share": (up + down) / n if n else math.nan,
                "flipped_back": back,
                "newcomers": int(((before < 0) & (after >= 0)).sum()),
                "drift": stability_index(_counts(before, past.scheme), _counts(after, past.scheme)),
            }
        )
    return pd.DataFrame(rows).set_index("date").astype({"flipped_back": "Int64"})


def slowness(past: History) -> pd.DataFrame:
    """Return what a scheme's hysteresis saves: moves and flips with it and without.

    Returns
    -------
    DataFrame
        Index ``way``: ``graded_anew``, ``held``; ``moves``, ``flipped_back``, ``customers_moved`` (at least once), and
        ``same_share`` (of the customers whose tier at the last date is the one that they would be given anew).
    """
    rows = {}
    for way, anew in (("graded_anew", True), ("held", False)):
        places = past.graded if anew else past.held
        counted = moves(past, anew)
        there = (places[:, :-1] >= 0) & (places[:, 1:] >= 0)
        changed = there & (places[:, :-1] != places[:, 1:])
        last = past.graded[:, -1] >= 0
        rows[way] = {
            "moves": int(changed.sum()),
            "flipped_back": int(counted["flipped_back"].sum()),
            "customers_moved": int(changed.any(axis=1).sum()),
            "same_share": float((places[last, -1] == past.graded[last, -1]).mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("way")


def since(past: History) -> pd.DataFrame:
    """Return how long each customer has held its tier, and what it was before.

    Returns
    -------
    DataFrame
        Index customer, those there at the last date; ``tier``, ``since`` (the first of the dates in a row that show
        it; the true day lies in the month before it, or further back where it is the first date of all) and
        ``tier_before`` (blank: none in these months).
    """
    there = past.held[:, -1] >= 0
    places = past.held[there]
    differs = places != places[:, [-1]]
    last_other = np.where(differs.any(axis=1), places.shape[1] - 1 - differs[:, ::-1].argmax(axis=1), -1)
    before = np.where(last_other >= 0, places[np.arange(len(places)), last_other], ABSENT)
    names = pd.array(["", *past.scheme.codes], dtype="str")
    return pd.DataFrame(
        {
            "tier": names.take(places[:, -1] + 1),
            "since": past.dates[last_other + 1],
            "tier_before": pd.Series(names.take(before + 1)).replace("", pd.NA).to_numpy(),
        },
        index=past.customers[there],
    )


def stability_index(before: Iterable[float], after: Iterable[float]) -> float:
    """Return the population stability index of two counts over the same tiers.

    Parameters
    ----------
    before, after : counts, shape (tiers,)
        A tier without customers counts as half a customer, so that the index stays finite.

    Examples
    --------
    >>> round(stability_index([50, 50], [60, 40]), 4)
    0.0405
    """
    first, second = (np.maximum(np.array(list(side), dtype=float), 0.5) for side in (before, after))
    first, second = first / first.sum(), second / second.sum()
    return float(((first - second) * np.log(first / second)).sum())


def unequal(customers: pd.DataFrame, tiers: pd.Series, scheme: Scheme) -> pd.DataFrame:
    """Return customers who are the same in everything that the scheme looks at, and yet have other tiers.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds the scheme's columns.
    tiers : Series, index customer
        The tiers that customers have, by whatever way: a list of the company's own, say.
    scheme : Scheme

    Returns
    -------
    DataFrame
        Index customer; ``tier``, ``twin`` (number of the group) and the scheme's columns. Empty: same inputs, same
        tier.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> table = pd.DataFrame({"monetary": [5.0, 5.0, 9.0]}, index=["u", "v", "w"])
    >>> unequal(table, pd.Series({"u": "A", "v": "B", "w": "A"}), schemes.read("abc")).index.tolist()
    ['u', 'v']
    """
    columns = scheme.columns
    for column in columns:
        checked.measure(customers, column)
    twin = customers.groupby(columns, sort=False, dropna=False).ngroup()
    given = tiers.reindex(customers.index)
    mixed = given.groupby(twin).transform("nunique") > 1
    found = customers.loc[mixed, columns]
    found.insert(0, "twin", twin[mixed])
    found.insert(0, "tier", given[mixed])
    return found.sort_values("twin", kind="stable")


def fairness(tiers: pd.Series, groups: pd.Series, best: Sequence[str], least: int = 30) -> pd.DataFrame:
    """Return how often each group of customers is in the best tiers, beside the group that is there most often.

    Parameters
    ----------
    tiers : Series, index customer
    groups : Series, index customer
        Region, sex or age band; customers without one are the group ``unknown``.
    best : sequence of str
        The tiers that count.
    least : int
        Groups of fewer customers say nothing about anybody: they are counted together as ``small_groups``, without
        shares.

    Returns
    -------
    DataFrame
        Index ``group``; ``n``, ``best_share`` with ``low`` and ``high`` (95 % Wilson), ``disparity`` (share ÷ the
        share of the reference group, the one with the highest among the groups large enough) with ``disparity_low``
        and ``disparity_high`` (95 %, Katz). The reference has 1 and no interval.

    Raises
    ------
    DataError
        When no customer has a group.

    Notes
    -----
    A tier that looks at money only still differs between groups whose money differs: a ratio below 0.8 is a question,
    not a verdict. Katz, D., Baptista, J., Azen, S. P. and Pike, M. C. (1978), Biometrics 34, 469–474.

    Examples
    --------
    >>> tiers = pd.Series(["vip"] * 30 + ["ordinary"] * 170)
    >>> groups = pd.Series((["north"] * 20 + ["south"] * 10) + ["north"] * 80 + ["south"] * 90)
    >>> fairness(tiers, groups, ["vip"])["disparity"].to_dict()
    {'north': 1.0, 'south': 0.5}
    """
    known = groups.reindex(tiers.index)
    if known.notna().sum() == 0:
        raise DataError("tiering_no_groups", groups=str(groups.name or "groups"))
    known = known.astype(object).where(known.notna(), "unknown")
    inside = tiers.isin(list(best))
    counted = pd.DataFrame({"n": known.groupby(known).size(), "inside": inside.groupby(known).sum()})
    large = {group: (int(k), int(n)) for group, n, k in counted.itertuples() if n >= least}
    top = max(large, key=lambda group: large[group][0] / large[group][1], default=None)
    rows = {}
    for group, (k, n) in large.items():
        share = wilson(k, n)
        ratio = (1.0, math.nan, math.nan) if group == top else _katz(k, n, *large[top])
        rows[group] = (n, share.value, share.low, share.high, *ratio)
    small = counted[counted["n"] < least]
    if len(small):
        rows["small_groups"] = (int(small["n"].sum()), *(math.nan,) * 6)
    columns = ["n", "best_share", "low", "high", "disparity", "disparity_low", "disparity_high"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("group")
    return table.sort_values("disparity", ascending=False, kind="stable")


def _katz(k: int, n: int, k0: int, n0: int) -> tuple[float, float, float]:
    if k0 == 0:
        return (math.nan,) * 3
    ratio = (k / n) / (k0 / n0)
    if k == 0:
        return (0.0, 0.0, math.nan)
    error = math.sqrt(1 / k - 1 / n + 1 / k0 - 1 / n0)
    return ratio, ratio * math.exp(-Z * error), ratio * math.exp(Z * error)


def _counts(places: np.ndarray, scheme: Scheme) -> np.ndarray:
    return np.bincount(places[places >= 0], minlength=len(scheme.tiers))


def _held(graded: np.ndarray, strict: np.ndarray, loose: np.ndarray, periods: int) -> np.ndarray:
    """Return the tiers that customers hold: at each date the one held before, or the one graded anew."""
    held = graded.copy()
    rising = np.zeros(len(graded), dtype=int)
    falling = np.zeros(len(graded), dtype=int)
    for i in range(1, graded.shape[1]):
        before, now = held[:, i - 1], graded[:, i]
        there = (before >= 0) & (now >= 0)
        rising = np.where(there & (now < before) & (strict[:, i] < before), rising + 1, 0)
        falling = np.where(there & (now > before) & (loose[:, i] > before), falling + 1, 0)
        goes = (rising >= periods) | (falling >= periods) | ~there
        held[:, i] = np.where(goes, now, before)
        rising, falling = np.where(goes, 0, rising), np.where(goes, 0, falling)
    return held


def _stretched(scheme: Scheme, factor: float) -> Scheme:
    """Return the scheme with all limits harder to reach (factor above 1) or easier (below 1)."""

    def moved(tier: Tier) -> Tier:
        changed: dict[str, Any] = {}
        for end in ("start", "below"):
            value = getattr(tier, end)
            changed[end] = value + abs(value) * (factor - 1) if math.isfinite(value) else value
        if tier.until is not None and tier.until < 1:
            changed["until"] = min(tier.until / factor, 1 - 1e-9)
        if isinstance(tier.top, int):
            changed["top"] = max(1, math.floor(tier.top / factor))
        elif tier.top is not None and tier.top < 1:
            changed["top"] = min(tier.top / factor, 1 - 1e-9)
        return replace(tier, **changed)

    return replace(scheme, tiers=tuple(moved(tier) for tier in scheme.tiers))


def _snapshots(
    orders: pd.DataFrame, dates: Sequence[pd.Timestamp], scheme: Scheme
) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """Yield the customer table at each date, as `seen_by` gives it, from one pass over the orders."""
    last = dates[-1]
    found = query(
        "customer_days",
        "SELECT customer_id, order_day, net, margin FROM customer_orders ORDER BY order_day, customer_id",
        orders,
        last,
    )
    if _several_days(orders, len(found)):
        # an order whose lines have several days is worth something else on each of them
        yield from ((day, seen_by(orders, day, scheme)) for day in dates)
    else:
        yield from _running(found, dates, scheme)


def _several_days(orders: pd.DataFrame, count: int) -> bool:
    """Return whether an order has lines on several days; with as many lines as orders none can."""
    if "order_id" not in orders or len(orders) == count:
        return False
    keys = ["customer_id", "order_id"]
    days = orders[keys].assign(day=orders["order_date"].dt.normalize()).drop_duplicates()
    return bool(days.duplicated(keys).any())


@dataclass
class _Sums:
    """Running sums of orders for each customer."""

    frequency: np.ndarray
    monetary: np.ndarray
    bought: np.ndarray
    margin: np.ndarray
    margins: np.ndarray
    upto: int = 0

    def add(self, until: int, who: np.ndarray, net: np.ndarray, margin: np.ndarray) -> None:
        rows = slice(self.upto, until)
        n, sale = len(self.frequency), net[rows] >= 0
        self.frequency += np.bincount(who[rows], sale, n).astype(np.int64)
        self.monetary += np.bincount(who[rows], net[rows], n)
        self.bought += np.bincount(who[rows], net[rows] * sale, n)
        known = ~np.isnan(margin[rows])
        self.margin += np.bincount(who[rows], np.where(known, margin[rows], 0), n)
        self.margins += np.bincount(who[rows], known, n).astype(np.int64)
        self.upto = until


def _running(
    found: pd.DataFrame, dates: Sequence[pd.Timestamp], scheme: Scheme
) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    who, everyone = pd.factorize(found["customer_id"], sort=True)
    day = found["order_day"].to_numpy().astype("datetime64[D]")
    net, margin = (checked.floats(found[column]) for column in ("net", "margin"))
    n = len(everyone)
    all_time, before = (
        _Sums(np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64)) for _ in range(2)
    )
    first, latest = (np.full(n, np.datetime64("NaT"), "datetime64[D]") for _ in range(2))
    there = np.zeros(n, dtype=bool)
    for date in dates:
        until = int(np.searchsorted(day, date.to_datetime64().astype("datetime64[D]"), side="right"))
        rows = np.arange(all_time.upto, until)
        there[who[rows]] = True
        sales = rows[net[rows] >= 0]
        latest[who[sales]] = day[sales]  # in the order of days, so the last one stays
        new = sales[::-1][np.isnat(first[who[sales[::-1]]])]
        first[who[new]] = day[new]  # backwards, so the first one stays
        all_time.add(until, who, net, margin)
        if scheme.window is not None:
            start = window_start(date, scheme.window).to_datetime64().astype("datetime64[D]")
            before.add(int(np.searchsorted(day, start, side="left")), who, net, margin)
        yield date, _customer_table(all_time, before, first, latest, date, everyone)[there]


def _customer_table(
    all_time: _Sums, before: _Sums, first: np.ndarray, latest: np.ndarray, date: pd.Timestamp, everyone: pd.Index
) -> pd.DataFrame:
    today = date.to_datetime64().astype("datetime64[D]")
    frequency = all_time.frequency - before.frequency
    bought = all_time.bought - before.bought
    known = all_time.margins > 0

    def silent(days: np.ndarray) -> np.ndarray:
        return np.where(np.isnat(days), np.nan, (today - days).astype(float))

    return pd.DataFrame(
        {
            "recency": silent(latest),
            "tenure": silent(first),
            "frequency": frequency,
            "monetary": np.round(all_time.monetary - before.monetary, 6),
            "mean_order": np.divide(bought, frequency, out=np.full(len(everyone), np.nan), where=frequency > 0).round(
                6
            ),
            "margin": np.where(known, np.round(all_time.margin - before.margin, 6), np.nan),
        },
        index=pd.Index(everyone, name="customer_id"),
    )
