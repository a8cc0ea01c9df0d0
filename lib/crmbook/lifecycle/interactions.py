"""Contacts and what they do: how often customers are contacted, how engaged they are, whether call-backs work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, Z, wilson
from crmbook.shared.purchases import DAY, last_day, purchase_days
from crmbook.shared.whole import covered

if TYPE_CHECKING:
    from crmbook.data.load import Book

MONTH = 365 / 12  # days
POINTS: Mapping[str, float] = {
    "purchase": 10,
    "visit": 5,
    "demo": 4,
    "trial": 4,
    "event": 4,
    "inquiry": 3,
    "call": 2,
    "survey": 2,
    "email": 1,
}
"""What each event is worth in the engagement score; what a customer does counts more than what is done to him."""
CALL_PLAN: Mapping[str, int] = {"A": 30, "B": 60, "C": 120}
"""Days within which a customer of each tier should be called."""


def contact_rate(
    interactions: pd.DataFrame, known_since: pd.Series, start: object, as_of: object, by: str = "channel"
) -> pd.DataFrame:
    """Return contacts per customer and month.

    Parameters
    ----------
    interactions : DataFrame
        As in a book.
    known_since : Series
        Since when each customer is known (first order, sign-up), by ``customer_id``: who came later was there for a
        shorter time.
    start, as_of : date-like
        First and last day that count.
    by : str
        Column to group by: ``"channel"``, ``"kind"``. Blanks are *none*.

    Returns
    -------
    DataFrame
        Index ``by``, then *all*; ``contacts``, ``customer_months``, ``rate`` with ``low`` and ``high`` (exact Poisson
        interval).

    Raises
    ------
    DataError
        ``engagement_nobody`` when no customer was there in that time, ``engagement_no_contacts`` when none of them was
        contacted.

    Notes
    -----
    Garwood, F. (1936), Biometrika 28, 437–442.
    """
    from scipy.stats import chi2

    begin, end = dates.day(start), dates.day(as_of) + DAY
    there = (end - known_since.where(known_since > begin, begin)) / DAY
    exposure = float(there.clip(lower=0).sum() / MONTH)
    if not exposure > 0:
        raise DataError("engagement_nobody", start=f"{begin:%Y-%m-%d}", as_of=f"{end - DAY:%Y-%m-%d}")
    own = needed(interactions, "interactions", ["customer_id", "date", by])
    own = own[(own["date"] >= begin) & (own["date"] < end) & own["customer_id"].isin(known_since.index)]
    if own.empty:
        raise DataError("engagement_no_contacts", start=f"{begin:%Y-%m-%d}", as_of=f"{end - DAY:%Y-%m-%d}")
    counts = own[by].astype("object").fillna("none").astype(str).value_counts().sort_index()
    counts = pd.concat([counts, pd.Series({"all": len(own)})])
    low = [chi2.ppf(0.025, 2 * n) / 2 if n else 0.0 for n in counts]
    high = [chi2.ppf(0.975, 2 * n + 2) / 2 for n in counts]
    return pd.DataFrame(
        {
            "contacts": counts,
            "customer_months": exposure,
            "rate": counts / exposure,
            "low": np.array(low) / exposure,
            "high": np.array(high) / exposure,
        }
    ).rename_axis(by)


def engagement(book: Book, as_of: object = None, points: Mapping[str, float] = POINTS, days: int = 90) -> pd.DataFrame:
    """Score how engaged each customer is, and in which direction that goes.

    Parameters
    ----------
    book : Book
        Its orders; also interactions and survey answers where it has them.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    points : mapping
        What each kind of event is worth; kinds without points count nothing.
    days : int
        Length of the time looked at, and of the time before that the trend compares it with.

    Returns
    -------
    DataFrame
        Index ``customer_id`` (everyone with an event so far); ``points`` and ``points_before``, ``score`` (0–100: the
        percentile among all, equal points equally; 0 without any) and ``trend``: *up*, *down* or *level* (changed by
        less than a fifth of the larger), *silent* with no points in either time, *new* for who had no event before
        this time.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data do not hold two such times.
    """
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    bought = purchase_days(book.orders, day)
    parts = [pd.DataFrame({"customer_id": bought["customer_id"], "date": bought["day"], "kind": "purchase"})]
    if book.interactions is not None and "kind" in book.interactions:
        parts.append(book.interactions[["customer_id", "date", "kind"]].dropna())
    if book.survey is not None and {"customer_id", "date"} <= set(book.survey):
        parts.append(book.survey[["customer_id", "date"]].dropna().assign(kind="survey"))
    events = pd.concat([part.assign(kind=part["kind"].astype(str)) for part in parts], ignore_index=True)
    events = events[events["date"] < day + DAY]
    if events["date"].min() > day - (2 * days - 1) * DAY:
        raise DataError(
            "lifecycle_short_history",
            days=int((day - events["date"].min()) / DAY),
            window=2 * days,
            as_of=f"{day:%Y-%m-%d}",
        )
    worth = events["kind"].map(points).fillna(0.0).astype(float)
    recent, before = events["date"] >= day - (days - 1) * DAY, events["date"] < day - (days - 1) * DAY
    before_window = before & (events["date"] >= day - (2 * days - 1) * DAY)
    everyone = pd.Index(np.sort(events["customer_id"].unique()), name="customer_id")
    now, then = (
        worth[part].groupby(events["customer_id"]).sum().reindex(everyone, fill_value=0.0)
        for part in (recent, before_window)
    )
    first = events.groupby("customer_id")["date"].min()
    level = (now - then).abs() < 0.2 * np.maximum(now, then)
    trend = np.select(
        [(first >= day - (days - 1) * DAY).reindex(everyone), (now == 0) & (then == 0), level, now > then],
        ["new", "silent", "level", "up"],
        "down",
    )
    score = ((now.rank(method="average") - 0.5) / len(now) * 100).where(now > 0, 0.0)
    return pd.DataFrame({"points": now, "points_before": then, "score": score, "trend": trend})


def call_coverage(
    interactions: pd.DataFrame, tier: pd.Series, as_of: object, plan: Mapping[str, int] = CALL_PLAN, kind: str = "call"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return which share of each tier was called as often as planned, and who is overdue.

    Parameters
    ----------
    interactions : DataFrame
        As in a book.
    tier : Series
        Each customer's tier, by ``customer_id``.
    as_of : date-like
        The last day that counts.
    plan : mapping
        Days within which a customer of a tier should be called; tiers without a plan are left out.
    kind : str
        Which contacts are call-backs.

    Returns
    -------
    coverage : DataFrame
        Index ``tier``; ``call_every`` (days), ``customers``, ``called`` (in time), ``coverage`` with ``low`` and
        ``high`` (Wilson).
    overdue : DataFrame
        Index ``customer_id``; ``tier``, ``last_call`` (blank: never), ``days_overdue`` (blank: never called),
        never-called first within a tier.

    Raises
    ------
    DataError
        ``engagement_no_plan`` when no customer is in a tier of the plan.
    """
    day = dates.day(as_of)
    own = tier.astype(str)
    own = own[own.isin(list(plan))]
    if own.empty:
        raise DataError("engagement_no_plan", tiers=", ".join(map(str, plan)))
    calls = needed(interactions, "interactions", ["customer_id", "date", "kind"])
    calls = calls[calls["kind"].eq(kind) & (calls["date"] < day + DAY)]
    last = calls.groupby("customer_id")["date"].max().reindex(own.index)
    allowed = own.map(plan)
    since = (day - last.dt.normalize()) / DAY
    in_time = since <= allowed
    rows = []
    for name, days in plan.items():
        members = own == name
        share = wilson(int((members & in_time).sum()), int(members.sum()))
        rows.append((name, days, share.n, int((members & in_time).sum()), share.value, share.low, share.high))
    columns = ["tier", "call_every", "customers", "called", "coverage", "low", "high"]
    coverage = pd.DataFrame(rows, columns=columns).set_index("tier")
    overdue = pd.DataFrame({"tier": own, "last_call": last, "days_overdue": since - allowed})[~in_time]
    overdue = overdue.assign(never=overdue["last_call"].isna(), place=overdue["tier"].map(list(plan).index))
    overdue = overdue.sort_values(["place", "never", "days_overdue"], ascending=[True, False, False], kind="stable")
    return coverage, overdue[["tier", "last_call", "days_overdue"]]


def call_effect(
    interactions: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: object = None,
    days: int = 56,
    kind: str = "call",
    outcome: str | None = None,
) -> pd.DataFrame:
    """Return whether customers buy more after a call-back than they would have: difference in differences.

    In each month, the customers called are set beside those who had bought in the year before and were not called in
    or around that month. For both, purchases in the ``days`` after are compared with those in the ``days`` before.

    Parameters
    ----------
    interactions, orders : DataFrame
        As in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.
    days : int
        Length of the time before and after.
    kind : str
        Which contacts are call-backs.
    outcome : str, optional
        Only calls with this outcome count as calls (``"reached"``); customers called in vain are in neither group.

    Returns
    -------
    DataFrame
        One row *effect*: ``called`` and ``compared`` (customer-months), ``before`` and ``after`` (purchases of a
        called customer), ``compared_before``, ``compared_after``, ``effect`` with ``low`` and ``high`` (95 %),
        ``lift`` (effect ÷ what the called would have bought).

    Raises
    ------
    DataError
        ``engagement_no_calls`` when there is no call, or no month has both groups with their time before and after in
        the data.

    Notes
    -----
    It takes it that both groups would have moved alike without the call. If staff call those who are about to
    buy, it does not.
    """
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    own = needed(interactions, "interactions", ["customer_id", "date", "kind", *(["outcome"] if outcome else [])])
    calls = own[own["kind"].eq(kind) & (own["date"] < day + DAY)]
    if calls.empty:
        raise DataError("engagement_no_calls", kind=kind, days=days)
    effective = calls if outcome is None else calls[calls["outcome"].eq(outcome)]
    start, parts = bought["day"].min(), []
    ids = pd.Index(bought["customer_id"].unique())
    table = _Counter(bought, ids)
    for month in pd.period_range(calls["date"].min(), calls["date"].max(), freq="M"):
        begin, end = month.start_time, month.end_time.normalize()
        if begin - days * DAY < start or end + days * DAY > day:
            continue
        treated = (
            effective[(effective["date"] >= begin) & (effective["date"] < end + DAY)]
            .groupby("customer_id")["date"]
            .min()
        )
        treated = treated[treated.index.isin(ids)].dt.normalize()
        around = calls[(calls["date"] >= begin - days * DAY) & (calls["date"] < end + (days + 1) * DAY)]
        earlier = calls[(calls["date"] >= begin - days * DAY) & (calls["date"] < begin)]["customer_id"]
        treated = treated[~treated.index.isin(earlier)]
        middle = begin + (end - begin) // 2
        since = table.between(begin - 365 * DAY, begin - DAY) > 0
        compared = ids[since & ~ids.isin(around["customer_id"])]
        treated = treated[treated.index.isin(ids[since])]
        if len(treated) < 2 or len(compared) < 2:
            continue
        parts.append(
            (
                table.around(ids.get_indexer(treated.index), treated, days),
                table.around(ids.get_indexer(compared), pd.Series(middle.floor("D"), compared), days),
            )
        )
    if not parts:
        raise DataError("engagement_no_calls", kind=kind, days=days)
    sizes = np.array([len(treated) for treated, _ in parts])
    weight = sizes / sizes.sum()
    changes = [(treated[:, 1] - treated[:, 0], other[:, 1] - other[:, 0]) for treated, other in parts]
    effect = float(weight @ [a.mean() - b.mean() for a, b in changes])
    variance = float(weight**2 @ [a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b) for a, b in changes])
    means = weight @ np.array([[*treated.mean(axis=0), *other.mean(axis=0)] for treated, other in parts])
    found = Estimate(effect, effect - Z * variance**0.5, effect + Z * variance**0.5, int(sizes.sum()))
    without = means[1] - effect
    return pd.DataFrame(
        [
            {
                "called": found.n,
                "compared": sum(len(other) for _, other in parts),
                "before": means[0],
                "after": means[1],
                "compared_before": means[2],
                "compared_after": means[3],
                "effect": effect,
                "low": found.low,
                "high": found.high,
                "lift": effect / without if without > 0 else np.nan,
            }
        ],
        index=["effect"],
    )


def call_lift(effect: pd.DataFrame) -> Estimate:
    """Return what a call brought as a share of what the called would have bought without it, with its interval.

    Parameters
    ----------
    effect : DataFrame
        As ``call_effect`` gives. Blank where they would have bought nothing.

    Examples
    --------
    >>> row = {"called": 9, "after": 1.5, "effect": 0.5, "low": 0.2, "high": 0.8}
    >>> print(call_lift(pd.DataFrame([row], index=["effect"])))
    0.5 (0.2 to 0.8, n = 9)
    """
    found = effect.loc[["effect"]].iloc[0]
    without = float(found["after"] - found["effect"])
    value, low, high = (float(found[part]) / without if without > 0 else np.nan for part in ("effect", "low", "high"))
    return Estimate(value, low, high, int(found["called"]))


class _Counter:
    """Counts purchase days of customers between days, by binary search."""

    def __init__(self, bought: pd.DataFrame, ids: pd.Index):
        code = ids.get_indexer(pd.Index(bought["customer_id"])).astype(np.int64)
        self.size = len(ids)
        self.key = np.sort(code * 10**6 + (bought["day"] - pd.Timestamp(0)).dt.days.to_numpy())

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray:
        own = np.arange(self.size)
        return self._count(
            own, np.full(self.size, (first - pd.Timestamp(0)).days), np.full(self.size, (last - pd.Timestamp(0)).days)
        )

    def around(self, customer: np.ndarray, when: pd.Series, days: int) -> np.ndarray:
        """Purchases in the days before and after a day of each customer's own; that day belongs to neither."""
        day = (when - pd.Timestamp(0)).dt.days.to_numpy()
        return np.column_stack(
            [self._count(customer, day - days, day - 1), self._count(customer, day + 1, day + days)]
        ).astype(float)

    def _count(self, customer: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        low = np.searchsorted(self.key, customer * 10**6 + first, side="left")
        return np.searchsorted(self.key, customer * 10**6 + last, side="right") - low


def sales_trend(orders: pd.DataFrame, as_of: object = None, quarters: int = 8) -> pd.DataFrame:
    """Return each customer's sales trend by quarter, with the caution that season calls for.

    Parameters
    ----------
    orders : DataFrame
        Order lines; returns take money back.
    as_of : date-like, optional
        The last day that counts. Quarters are counted back from it, in quarters of a year of 364 days (91 days each),
        so that the last one is whole and the one four before lies in the same season.
    quarters : int
        How many quarters to look at, at least five.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``last`` (net of the last quarter), ``before`` (the quarter before), ``year_ago`` (the
        same season last year), ``slope`` (ordinary least squares, money a quarter, from the customer's first quarter
        on), ``change`` (last ÷ year_ago − 1, blank where nothing was bought then) and ``trend``: *up* or *down* when
        last quarter and slope agree against the same season last year; *season* when last quarter moved one way
        against the quarter before and the other way against last year: that is season, not trend; *mixed* when slope
        and change disagree; *short* for a customer of less than five quarters; *level* otherwise.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data hold less than five quarters; ``engagement_quarters`` for less than
        five asked for.
    """
    if quarters < 5:
        raise DataError("engagement_quarters", quarters=quarters)
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    there = covered(orders, day)
    whole = ((day - there.first) / DAY + 1 + there.slack) // 91
    if whole < 5:
        raise DataError(
            "lifecycle_short_history",
            days=int((day - bought["day"].min()) / DAY),
            window=5 * 91,
            as_of=f"{day:%Y-%m-%d}",
        )
    lines = orders[orders["order_date"] < day + DAY]
    place = (((day - lines["order_date"].dt.normalize()) / DAY) // 91).astype(int)
    recent = place < quarters
    first = bought.groupby("customer_id")["day"].min()
    sums = (
        lines[recent].groupby([lines.loc[recent, "customer_id"], place[recent]])["amount"].sum().unstack(fill_value=0.0)
    )
    sums = sums.reindex(index=first.index, columns=range(quarters), fill_value=0.0).fillna(0.0)
    own = np.minimum(((day - first) / DAY) // 91 + 1, min(quarters, whole)).to_numpy()
    money = sums.to_numpy()[:, ::-1]
    time = np.arange(quarters, dtype=float)
    used = time[None, :] >= quarters - own[:, None]
    n = used.sum(axis=1)
    mean_time, mean_money = (used * time).sum(axis=1) / n, (used * money).sum(axis=1) / n
    spread = (used * (time - mean_time[:, None]) ** 2).sum(axis=1)
    slope = (used * (time - mean_time[:, None]) * (money - mean_money[:, None])).sum(axis=1) / np.where(
        spread > 0, spread, np.nan
    )
    last, before, year_ago = sums[0].to_numpy(), sums[1].to_numpy(), sums[4].to_numpy()
    by_year, by_quarter = np.sign(last - year_ago), np.sign(last - before)
    trend = np.select(
        [own < 5, (by_year == 0), by_year * by_quarter < 0, by_year * np.sign(slope) < 0, by_year > 0],
        ["short", "level", "season", "mixed", "up"],
        "down",
    )
    table = pd.DataFrame({"last": last, "before": before, "year_ago": year_ago, "slope": slope}, index=first.index)
    table["change"] = table["last"] / table["year_ago"].where(table["year_ago"] > 0) - 1
    table.loc[own < 5, ["year_ago", "change"]] = np.nan
    return table.assign(trend=trend)
