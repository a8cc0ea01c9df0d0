"""How many customers stay: cohorts, retention by age, churn rates, repurchase, and what "active" and "churned" mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, wilson
from crmbook.shared.purchases import DAY, last_day, need_history, purchase_days, query
from crmbook.shared.whole import covered

_PERIODS = {  # SQL that numbers the periods as pandas' ordinals do, so that a difference is "periods since"
    "M": "(YEAR(order_day) - 1970) * 12 + MONTH(order_day) - 1",
    "Q": "(YEAR(order_day) - 1970) * 4 + QUARTER(order_day) - 1",
    "Y": "YEAR(order_day) - 1970",
    "W": "CAST(FLOOR(DATE_DIFF('day', DATE '1969-12-29', CAST(order_day AS DATE)) / 7.0) AS BIGINT) + 1",
}
_BITS = 60


def cohorts(orders: pd.DataFrame, as_of: object = None, freq: str = "M") -> pd.DataFrame:
    """Return the cohort triangle: customers by first purchase month, and how many of them bought in the months since.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.
    freq : str
        ``"M"`` months, ``"Q"`` quarters, ``"W"`` weeks or ``"Y"`` years.

    Returns
    -------
    DataFrame
        Index ``cohort`` (periods), columns ``age`` 0, 1, 2 …; customers with a purchase in that period. A cell beyond
        the data is blank, not zero. ``attrs["partial"]`` is the period of the as-of date where that is not over, else
        None: the last cell of each row is then still growing (see ``partial_cells``). ``attrs["begun"]`` is the first
        period where the data begin within it, else None: its cohort are the customers of a few days, and most of them
        no new ones.

    Raises
    ------
    DataError
        ``retention_freq``; ``lifecycle_as_of_early``; ``lifecycle_no_purchases`` when there are returns only.

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01", "2024-02-11", "2024-02-29"])
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": list("aab"), "order_date": dates, "amount": 10})
    >>> cohorts(lines).fillna(-1).to_numpy().tolist()
    [[1.0, 1.0], [1.0, -1.0]]
    """
    if freq not in _PERIODS:
        raise DataError("retention_freq", freq=freq, choices=", ".join(_PERIODS))
    day = last_day(orders, as_of)
    base = orders["order_date"].min().to_period(freq).ordinal
    last = day.to_period(freq).ordinal - base
    # a customer's periods as bits of a few integers: one pass over the orders, no list of customer-months
    words = [
        f"BIT_OR(CASE period // {_BITS} WHEN {word} THEN 1::BIGINT << (period % {_BITS})::INT ELSE 0 END) AS w{word}"
        for word in range(last // _BITS + 1)
    ]
    found = query(
        "brought_back",
        f"""SELECT {", ".join(words)}
        FROM (SELECT customer_id, {_PERIODS[freq]} - ({base}) AS period FROM customer_orders WHERE net >= 0)
        GROUP BY customer_id""",
        orders,
        day,
    )
    if found.empty:
        raise DataError("lifecycle_no_purchases", as_of=f"{day:%Y-%m-%d}")
    bits = found.to_numpy(dtype=np.int64)
    first = np.full(len(bits), -1)
    counts = np.zeros((last + 1, last + 1), dtype=int)
    for period in range(last + 1):
        bought = (bits[:, period // _BITS] >> (period % _BITS)) & 1 > 0
        first[bought & (first < 0)] = period
        size = np.bincount(first[bought], minlength=last + 1)
        for cohort in np.flatnonzero(size):
            counts[cohort, period - cohort] = size[cohort]
    start = np.flatnonzero(counts[:, 0])
    ages = np.arange(last - start[0] + 1)
    beyond = start[:, None] + ages > last
    triangle = _framed(np.where(beyond, np.nan, counts[start][:, : len(ages)]), start + base, freq, day)
    opening = triangle.index[0]
    begun = not covered(orders, day).whole(opening.start_time, opening.start_time)[0]
    triangle.attrs["begun"] = opening if begun else None
    return triangle


def _framed(cells: np.ndarray, ordinals: np.ndarray, freq: str, day: pd.Timestamp) -> pd.DataFrame:
    period = day.to_period(freq)
    index = pd.PeriodIndex([period + int(number) - period.ordinal for number in ordinals], name="cohort")
    triangle = pd.DataFrame(cells, index, pd.RangeIndex(cells.shape[1], name="age"))
    triangle.attrs["partial"] = None if (day + DAY).to_period(freq) != period else period
    return triangle


def partial_cells(triangle: pd.DataFrame) -> pd.DataFrame:
    """Return which cells of a cohort triangle rest on a period that the data do not cover whole.

    The cells of the period that is not over yet, and all of the cohort within whose period the data begin.
    """
    partial, begun = (triangle.attrs.get(name) for name in ("partial", "begun"))
    cells = pd.DataFrame(False, triangle.index, triangle.columns)
    if partial is not None:
        left = np.array([partial.ordinal - cohort.ordinal for cohort in triangle.index])
        cells |= left[:, None] == triangle.columns.to_numpy()
    if begun in cells.index:
        cells.loc[begun] = True
    return cells


def cohort_retention(triangle: pd.DataFrame) -> pd.DataFrame:
    """Return the triangle as shares of each cohort's size; the blanks stay blank."""
    shares = triangle.div(triangle[0], axis=0)
    shares.attrs = dict(triangle.attrs)
    return shares


def retention_curve(triangle: pd.DataFrame) -> pd.DataFrame:
    """Return retention by age over all cohorts old enough, partial periods left out.

    Returns
    -------
    DataFrame
        Index ``age``; ``customers`` (in cohorts that have reached the age), ``kept``, ``retention`` with ``low`` and
        ``high`` (Wilson).

    Raises
    ------
    DataError
        ``retention_all_new`` when no cohort has a whole period behind it.
    """
    whole = triangle.mask(partial_cells(triangle))
    reached = whole.notna()
    customers = reached.mul(triangle[0], axis=0).sum()
    kept = whole.sum()
    there = customers.index[customers > 0]
    if len(there) < 2:
        raise DataError("retention_all_new", cohorts=len(triangle))
    shares = [wilson(int(kept[age]), int(customers[age])) for age in there]
    return _with_shares(
        pd.DataFrame({"customers": customers[there].astype(int), "kept": kept[there].astype(int)}), shares, "retention"
    )


def n_day_retention(orders: pd.DataFrame, as_of: object = None, days: Sequence[int] = (1, 7, 30, 90)) -> pd.DataFrame:
    """Return the share of customers who bought on exactly the N-th day after their first purchase.

    Parameters
    ----------
    orders, as_of
        As for ``cohorts``.
    days : sequence of int
        The N.

    Returns
    -------
    DataFrame
        Index ``day``; ``customers`` (those whose N-th day lies in the data), ``kept``, ``retention``, ``low``,
        ``high``.

    Raises
    ------
    DataError
        ``retention_all_new`` when no customer is as old as the smallest N.
    """
    return _retained(orders, as_of, [(day, day) for day in days], list(days))


def rolling_retention(orders: pd.DataFrame, as_of: object = None, days: Sequence[int] = (1, 7, 30, 90)) -> pd.DataFrame:
    """Return the share of customers who bought on the N-th day after their first purchase or on any day later.

    It is never below N-day retention, and grows as time passes: a customer who comes back late was "kept" all along.
    Parameters, result and refusals as for ``n_day_retention``.
    """
    return _retained(orders, as_of, [(day, 10**6) for day in days], list(days))


def bracket_retention(
    orders: pd.DataFrame, as_of: object = None, edges: Sequence[int] = (1, 8, 31, 91, 181)
) -> pd.DataFrame:
    """Return the share of customers who bought at least once in a bracket of days after their first purchase.

    Parameters
    ----------
    orders, as_of
        As for ``cohorts``.
    edges : sequence of int
        First days of the brackets, and the day after the last: (1, 8, 31) is days 1–7 and 8–30.

    Returns
    -------
    DataFrame
        Index ``first_day``; ``last_day``, ``customers`` (those who have the whole bracket behind them), ``kept``,
        ``retention``, ``low``, ``high``.
    """
    brackets = [(first, after - 1) for first, after in pairwise(edges)]
    table = _retained(orders, as_of, brackets, [last for _, last in brackets])
    table.index = pd.Index([first for first, _ in brackets], name="first_day")
    table.insert(0, "last_day", [last for _, last in brackets])
    return table


def _retained(orders: pd.DataFrame, as_of: object, spans: list[tuple[int, int]], complete: list[int]) -> pd.DataFrame:
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    first = bought.groupby("customer_id")["day"].min()
    age = ((day - first) / DAY).to_numpy()
    since = ((bought["day"] - bought["customer_id"].map(first)) / DAY).to_numpy()
    code = pd.factorize(bought["customer_id"])[0]
    if age.max() < min(complete):
        raise DataError("retention_all_new", cohorts=1)
    customers, kept = [], []
    for (low, high), needs in zip(spans, complete, strict=True):
        old_enough = age >= needs
        came = np.zeros(len(age), dtype=bool)
        came[code[(since >= low) & (since <= high)]] = True
        customers.append(int(old_enough.sum()))
        kept.append(int((came & old_enough).sum()))
    table = pd.DataFrame({"customers": customers, "kept": kept}, index=pd.Index([low for low, _ in spans], name="day"))
    return _with_shares(table, [wilson(k, n) for k, n in zip(kept, customers, strict=True)], "retention")


def churn_rates(history: pd.DataFrame, orders: pd.DataFrame, days: int = 365) -> pd.DataFrame:
    """Return the customers and the revenue lost in each month, of those there at its start.

    Parameters
    ----------
    history : DataFrame
        As ``lifecycle.stage_history`` gives.
    orders : DataFrame
        Order lines; a customer's revenue is his net of the ``days`` before the month, nothing where that is below zero:
        who brought back more than he bought cannot be lost as revenue.
    days : int
        How much of the past counts as the revenue at stake.

    Returns
    -------
    DataFrame
        Index ``date`` (the month's last day); ``opening``, ``lost`` (customers), ``churn`` with ``low`` and ``high``
        (Wilson), ``opening_revenue``, ``lost_revenue``, ``revenue_churn``. Months that nobody was there to leave are
        left out, and so is a last month that is not over.

    Raises
    ------
    DataError
        ``retention_no_opening`` when that leaves no month.
    """
    there = history.isin(["active", "loyal"])
    rows = []
    for before, after in pairwise(pd.DatetimeIndex(history.columns)):
        opening = there.index[there[before]]
        if len(opening) == 0 or (after + DAY).day != 1:
            continue
        lost = opening[~there.loc[opening, after].to_numpy()]
        recent = orders[(orders["order_date"] < before + DAY) & (orders["order_date"] >= before - (days - 1) * DAY)]
        money = recent.groupby("customer_id")["amount"].sum().reindex(opening, fill_value=0.0).clip(lower=0)
        share = wilson(len(lost), len(opening))
        rows.append(
            {
                "date": after,
                "opening": len(opening),
                "lost": len(lost),
                "churn": share.value,
                "low": share.low,
                "high": share.high,
                "opening_revenue": money.sum(),
                "lost_revenue": money[lost].sum(),
                "revenue_churn": money[lost].sum() / money.sum() if money.sum() > 0 else np.nan,
            }
        )
    if not rows:
        raise DataError("retention_no_opening")
    return pd.DataFrame(rows).set_index("date")


def annualise(monthly: pd.Series | Sequence[float]) -> float:
    """Return the yearly churn rate that monthly ones compound to: 1 − (kept, multiplied up) to the power 12 ÷ months.

    Examples
    --------
    >>> round(annualise([0.02] * 12), 4)
    0.2153
    """
    rates = np.asarray(monthly, dtype=float)
    rates = rates[np.isfinite(rates)]
    if not len(rates):
        raise DataError("retention_no_opening")
    if (rates >= 1).any():
        return 1.0
    return float(0 - np.expm1(np.log1p(-rates).mean() * 12))  # −0 would be shown as such


def repurchase_ladder(
    orders: pd.DataFrame, as_of: object = None, windows: Sequence[int] = (30, 90, 365), steps: int = 5
) -> pd.DataFrame:
    """Return how many customers go from their k-th purchase day to the next within a number of days.

    Parameters
    ----------
    orders, as_of
        As for ``cohorts``.
    windows : sequence of int
        Days to the next purchase.
    steps : int
        How many rungs: 1→2, 2→3 … Rungs that no customer stands on are left out.

    Returns
    -------
    DataFrame
        Index ``step`` (k) and ``days``; ``customers`` (k-th purchase at least that many days before the as-of date),
        ``came_back``, ``rate`` with ``low`` and ``high`` (Wilson). Customers who had less time are not counted,
        whether they came back or not.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data are shorter than the longest window; ``lifecycle_nobody_repeats``.
    """
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    need_history(bought, day, max(windows))
    if bought["gap"].isna().all():
        raise DataError("lifecycle_nobody_repeats", customers=bought["customer_id"].nunique())
    time_left = ((day - bought["day"]) / DAY).to_numpy()
    to_next = bought["gap"].shift(-1).where(bought["number"].shift(-1) > bought["number"]).to_numpy()
    number = bought["number"].to_numpy()
    rows = []
    for step in range(1, steps + 1):
        for window in windows:
            base = (number == step) & (time_left >= window)
            if base.any():
                share = wilson(int((to_next[base] <= window).sum()), int(base.sum()))
                rows.append((step, window, share.n, round(share.value * share.n), share.value, share.low, share.high))
    columns = ["step", "days", "customers", "came_back", "rate", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index(["step", "days"])


def repurchase_rate(orders: pd.DataFrame, as_of: object = None) -> Estimate:
    """Return the share of customers with at least two purchase days, whenever that was.

    Newcomers have had little time to come back, so it falls when many join; the ladder does not.
    """
    count = purchase_days(orders, as_of).groupby("customer_id")["number"].max()
    return wilson(int((count > 1).sum()), len(count))


def active_customers(
    orders: pd.DataFrame, as_of: object = None, windows: Sequence[int] = (30, 60, 90, 180)
) -> pd.DataFrame:
    """Return the customers active at each month's end, by each definition of active: a purchase in the last N days.

    Parameters
    ----------
    orders, as_of
        As for ``cohorts``.
    windows : sequence of int
        The N.

    Returns
    -------
    DataFrame
        Index ``date`` (the month's last day; the last is the as-of date), a column for each N. Blank where the data
        reach less than N days back.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data are shorter than the smallest N.
    """
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    need_history(bought, day, min(windows) - 1)
    start = bought["day"].min()
    ends = pd.date_range(start, day, freq="ME").normalize().union(pd.DatetimeIndex([day]))
    table = {}
    for window in windows:
        table[window] = [
            bought.loc[(bought["day"] <= end) & (bought["day"] > end - window * DAY), "customer_id"].nunique()
            if (end - start) / DAY + 1 >= window
            else np.nan
            for end in ends
        ]
    return pd.DataFrame(table, index=pd.Index(ends, name="date")).rename_axis(columns="days")


def churn_reasons(customers: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return why customers said they left, the commonest reason first, with the running share.

    Parameters
    ----------
    customers : DataFrame
        With ``exit_reason``, and ``exit_date`` where it is known; exits after ``as_of`` do not count.
    as_of : date-like
        The last day that counts.

    Returns
    -------
    DataFrame
        Index ``exit_reason``; ``customers``, ``share`` with ``low`` and ``high`` (Wilson), ``cumulative``. Who left
        without a reason is not in it; ``attrs["silent"]`` counts those with an exit date alone.

    Raises
    ------
    DataError
        ``column_needed`` when nobody gave a reason.
    """
    left = _left(customers, as_of)
    said = left["exit_reason"].dropna()
    counts = said.value_counts()
    counts = counts.sort_index(key=lambda reasons: reasons.astype(str)).sort_values(ascending=False, kind="stable")
    shares = [wilson(int(count), len(said)) for count in counts]
    table = pd.DataFrame(
        {
            "customers": counts,
            "share": counts / len(said),
            "low": [s.low for s in shares],
            "high": [s.high for s in shares],
        }
    )
    table["cumulative"] = table["share"].cumsum()
    table.attrs["silent"] = int(left["exit_reason"].isna().sum())
    return table.rename_axis("exit_reason")


def reasons_by_group(customers: pd.DataFrame, group: pd.Series, as_of: object) -> tuple[pd.DataFrame, pd.Series]:
    """Cross reasons for leaving with a grouping (tier, channel), and test whether they differ.

    Parameters
    ----------
    customers, as_of
        As for ``churn_reasons``.
    group : Series
        Each customer's group, by ``customer_id``.

    Returns
    -------
    table : DataFrame
        Counts: reasons down, groups across.
    test : Series
        Index ``measure``: ``chi_square``, ``degrees``, ``p_value``, ``cramers_v``, and ``smallest_expected`` count
        (below 5 the test is rough).

    Raises
    ------
    DataError
        ``retention_reasons_few`` with less than two reasons or groups.
    """
    from scipy.stats import chi2_contingency

    left = _left(customers, as_of).dropna(subset=["exit_reason"])
    own = left["customer_id"].map(group.astype(str))
    table = pd.crosstab(left["exit_reason"].astype(str), own).rename_axis(index="exit_reason", columns="group")
    if min(table.shape) < 2:
        raise DataError("retention_reasons_few", reasons=table.shape[0], groups=table.shape[1])
    chi_square, p_value, degrees, expected = chi2_contingency(table, correction=False)
    v = np.sqrt(chi_square / (table.to_numpy().sum() * (min(table.shape) - 1)))
    test = {"chi_square": chi_square, "degrees": degrees, "p_value": p_value, "cramers_v": v}
    test["smallest_expected"] = expected.min()
    return table, pd.Series(test, dtype=float, name="value").rename_axis("measure")


def _left(customers: pd.DataFrame, as_of: object) -> pd.DataFrame:
    needed(customers, "customers", ["exit_reason"])
    reason, day = customers["exit_reason"].notna(), dates.day(as_of)
    if "exit_date" not in customers:
        return customers[reason]
    left = customers[(reason | customers["exit_date"].notna()) & ~(customers["exit_date"] >= day + DAY)]
    return needed(left, "customers", ["exit_reason"])


def _with_shares(table: pd.DataFrame, shares: list[Estimate], column: str) -> pd.DataFrame:
    return table.assign(
        **{column: [s.value for s in shares], "low": [s.low for s in shares], "high": [s.high for s in shares]}
    )
