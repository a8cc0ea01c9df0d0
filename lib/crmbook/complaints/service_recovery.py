"""Unhappy customers, and what putting a complaint right is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.estimate import Estimate, Z, mean, wilson
from crmbook.shared.purchases import BuyingDays, day_number, end_of, purchases

SIGNS = ("complaint", "returned", "low_score")
COMPARISONS = ("recovered_none", "unrecovered_none", "recovered_unrecovered")

_ORDERS = (1, 2, 4, 8)  # lower ends of the bands of buying days so far
_SILENCE = (0, 8, 31, 91)  # lower ends of the bands of days since the last purchase
_MOST_CONTROLS = 5_000  # customers compared with each complaint; more would not change a share


@dataclass(frozen=True)
class Recovery:
    """Who bought again after a complaint.

    Attributes
    ----------
    rates : DataFrame
        Index ``recovered``, ``unrecovered``, ``none`` (the matched customers without a complaint): ``n``, ``rate``
        (bought again), ``low``, ``high`` (Wilson; blank for ``none``, whose customers stand for several complaints).
    effects : DataFrame
        Index ``recovered_none``, ``unrecovered_none``, ``recovered_unrecovered``: ``value`` (difference of the rates
        within matched groups), ``low``, ``high`` (95 %), ``n`` (complaints compared).
    left_out : Series
        Complaints not used: ``too_recent`` (the time to watch is not over), ``no_purchase`` (none before),
        ``later_complaint`` (only a customer's first counts), ``unmatched``.
    """

    rates: pd.DataFrame
    effects: pd.DataFrame
    left_out: pd.Series


def dissatisfied(
    tickets: pd.DataFrame | None,
    orders: pd.DataFrame | None,
    survey: pd.DataFrame | None,
    as_of: object,
    days: int = 180,
    low: int = 2,
) -> pd.DataFrame:
    """Return the customers who showed that they are unhappy: by a complaint, a return or a low score.

    Parameters
    ----------
    tickets : DataFrame or None
        ``customer_id``, ``opened_at`` and where there ``kind`` (only complaints count).
    orders : DataFrame or None
        Order lines; an order that adds up to less than zero is a return.
    survey : DataFrame or None
        ``customer_id``, ``date``, ``overall``; a customer's last answer in the span counts. A survey that lacks one
        of these columns knows nobody and is passed over.
    as_of : str, date or Timestamp
        The last day that counts.
    days : int
        How far back a sign counts.
    low : int
        Overall answers up to this one are low.

    Returns
    -------
    pandas.DataFrame
        Index customer_id: ``complaint``, ``returned``, ``low_score`` (those whose table is there), ``signs`` (how
        many), ``last_sign`` (day of the latest), ``reason`` (the codes joined by ``+``).

    Raises
    ------
    DataError
        When all three tables are missing, or nobody showed a sign.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-05")
    >>> survey = pd.DataFrame({"customer_id": ["C1", "C2"], "date": day, "overall": [1, 5]})
    >>> dissatisfied(None, None, survey, "2024-01-31").index.tolist()
    ['C1']
    """
    if survey is not None and not {"customer_id", "date", "overall"}.issubset(survey):
        survey = None
    if tickets is None and orders is None and survey is None:
        raise DataError("complaints_no_signs")
    end = end_of(as_of)
    start = end - pd.Timedelta(days=days)
    found: dict[str, pd.Series] = {}
    if tickets is not None:
        complaints = only_complaints(tickets)
        found["complaint"] = _last(complaints["customer_id"], complaints["opened_at"], start, end)
    if orders is not None:
        done = purchases(orders, as_of)
        done = done[done["returned"]]
        found["returned"] = _last(done["customer_id"], done["date"], start, end)
    if survey is not None:
        there = survey.dropna(subset=["customer_id", "date", "overall"])
        there = there[there["date"].ge(start) & there["date"].lt(end)]
        latest = there.sort_values("date", kind="stable").groupby("customer_id").tail(1)
        latest = latest[latest["overall"] <= low]
        found["low_score"] = _last(latest["customer_id"], latest["date"], start, end)
    dates = pd.concat(found, axis=1).sort_index().rename_axis("customer_id")
    if dates.empty:
        raise DataError("complaints_nobody_unhappy", days=days)
    flags = dates.notna()
    reason = ["+".join(flags.columns[row]) for row in flags.to_numpy()]
    return flags.assign(signs=flags.sum(axis=1), last_sign=dates.max(axis=1), reason=reason)


def overlap(flags: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers show each combination of signs.

    Returns
    -------
    pandas.DataFrame
        A row a combination met, the most frequent first: the signs as True or False, ``customers``, ``share``.

    Examples
    --------
    >>> flags = pd.DataFrame({"complaint": [True, True, False], "returned": [False, False, True]})
    >>> overlap(flags)["customers"].tolist()
    [2, 1]
    """
    signs = [sign for sign in SIGNS if sign in flags]
    counts = flags[signs].value_counts(sort=False).rename("customers").reset_index()
    counts = counts.sort_values(["customers", *signs], ascending=False, ignore_index=True, kind="stable")
    return counts.assign(share=counts["customers"] / max(int(counts["customers"].sum()), 1))


def only_complaints(tickets: pd.DataFrame) -> pd.DataFrame:
    """Return the tickets that are complaints; all of them where the table does not say.

    Parameters
    ----------
    tickets : DataFrame

    Examples
    --------
    >>> len(only_complaints(pd.DataFrame({"kind": ["complaint", "request"]})))
    1
    """
    return tickets[tickets["kind"].eq("complaint")] if "kind" in tickets else tickets


def recovery(
    tickets: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: object,
    recovered_as: Sequence[str] | None = None,
    window: int = 30,
    follow_up: int = 180,
    seed: int = 0,
) -> Recovery:
    """Compare who buys again after a complaint put right, one not put right, and none.

    Parameters
    ----------
    tickets : DataFrame
        ``customer_id``, ``opened_at``, ``closed_at`` and, where there, ``kind``, ``resolution`` and ``reopened``.
    orders : DataFrame
        Order lines.
    as_of : str, date or Timestamp
        The last day that counts.
    recovered_as : sequence of str, optional
        Values of ``resolution`` that mean put right. Not given, or without that column: any closing.
    window : int
        Days in which a complaint must be closed (and not opened again) to count as put right. Only what is bought
        after them counts, for everybody: otherwise those still waiting would be judged on a time in which they could
        not yet know.
    follow_up : int
        Days watched after the window.
    seed : int
        Of the draw of customers to compare with, where there are more than 5,000.

    Returns
    -------
    Recovery
        Matched groups: a complaint is compared with the customers who had none up to the end of its window, on the
        same day, with as many buying days so far (1, 2–3, 4–7, 8 or more) and as long a silence (up to 7, 30, 90
        days, more). Complaints put right and not put right are compared within the same bands.

    Raises
    ------
    DataError
        When no complaint is old enough to be watched.

    Notes
    -----
    Matching takes out what the bands hold, and no more: who complains and whose complaint is put right was not drawn
    by lot. Intervals: t-like normal interval of the mean difference complaint − its group; of recovered against
    unrecovered the stratified one, weighted by the unrecovered.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> lines = [("1", "C1", 0), ("2", "C2", 0), ("3", "C1", 60)]
    >>> orders = pd.DataFrame(
    ...     [(order, who, day + pd.Timedelta(days=later), 9.0) for order, who, later in lines],
    ...     columns=["order_id", "customer_id", "order_date", "amount"],
    ... )
    >>> tickets = pd.DataFrame({"customer_id": ["C1"], "opened_at": [day], "closed_at": [day + pd.Timedelta(days=2)]})
    >>> recovery(tickets, orders, "2024-12-31").effects.loc["recovered_none", "value"].item()
    1.0
    """
    days = BuyingDays(orders, as_of)
    cases, left_out = _cases(tickets, days, as_of, recovered_as, window, follow_up)
    if cases.empty:
        raise DataError("complaints_too_recent", days=window + follow_up)
    first = only_complaints(tickets).groupby("customer_id")["opened_at"].min()
    cases["control"] = _controls(cases, first, days, window, follow_up, seed)
    matched = cases[cases["control"].notna()]
    left_out["unmatched"] = len(cases) - len(matched)
    rates, effects = {}, {}
    for name, group in (("recovered", matched[matched["put_right"]]), ("unrecovered", matched[~matched["put_right"]])):
        share = wilson(int(group["again"].sum()), len(group))
        rates[name] = (len(group), share.value, share.low, share.high)
        effects[f"{name}_none"] = mean(group["again"] - group["control"], -1, 1)
    rates["none"] = (len(matched), matched["control"].mean(), math.nan, math.nan)
    effects["recovered_unrecovered"] = _stratified(cases)
    return Recovery(
        pd.DataFrame.from_dict(rates, orient="index", columns=["n", "rate", "low", "high"]).rename_axis("group"),
        pd.DataFrame(
            [(effect.value, effect.low, effect.high, effect.n) for effect in (effects[code] for code in COMPARISONS)],
            index=pd.Index(COMPARISONS, name="comparison"),
            columns=["value", "low", "high", "n"],
        ),
        pd.Series(left_out, name="complaints"),
    )


def _last(customers: pd.Series, dates: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    inside = dates.ge(start) & dates.lt(end)
    return dates[inside].groupby(customers[inside]).max()


def _cases(
    tickets: pd.DataFrame,
    days: BuyingDays,
    as_of: object,
    recovered_as: Sequence[str] | None,
    window: int,
    follow_up: int,
) -> tuple[pd.DataFrame, dict[str, int]]:
    end = end_of(as_of)
    complaints = only_complaints(tickets)
    complaints = complaints[complaints["opened_at"] < end].sort_values(["opened_at", "customer_id"], kind="stable")
    firsts = complaints.drop_duplicates("customer_id")
    left_out = {"later_complaint": len(complaints) - len(firsts)}
    watched_until = firsts["opened_at"].dt.normalize() + pd.Timedelta(days=window + follow_up)
    cases = firsts[watched_until < end]
    left_out["too_recent"] = len(firsts) - len(cases)
    opened = cases["opened_at"]
    put_right = (cases["closed_at"] - opened) <= pd.Timedelta(days=window)
    if recovered_as is not None and "resolution" in cases:
        put_right &= cases["resolution"].isin(recovered_as)
    if "reopened" in cases:
        put_right &= ~cases["reopened"].fillna(False).astype(bool)
    who, day = days.number(cases["customer_id"]), day_number(opened)
    frame = pd.DataFrame(
        {
            "customer": who,
            "day": day,
            "put_right": put_right.to_numpy(dtype=bool),
            "bought": days.upto(who, day),
            "silent": days.since(who, day),
            "again": _again(days, who, day, window, follow_up),
        }
    )
    before = frame["bought"] > 0
    left_out["no_purchase"] = int((~before).sum())
    return frame[before].reset_index(drop=True), left_out


def _again(days: BuyingDays, who: np.ndarray, day: np.ndarray | int, window: int, follow_up: int) -> np.ndarray:
    return (days.count(who, day + window, day + window + follow_up) > 0).astype(float)


def _band(bought: np.ndarray, silent: np.ndarray) -> np.ndarray:
    return 10 * np.searchsorted(_ORDERS, bought, side="right") + np.searchsorted(_SILENCE, silent, side="right")


def _controls(
    cases: pd.DataFrame, first: pd.Series, days: BuyingDays, window: int, follow_up: int, seed: int
) -> np.ndarray:
    """Share of each complaint's matched customers that bought again; NaN where nobody matches."""
    everybody = np.arange(len(days.customers))
    if len(everybody) > _MOST_CONTROLS:
        everybody = np.sort(np.random.default_rng(seed).choice(everybody, _MOST_CONTROLS, replace=False))
    complaint = first.reindex(days.customers[everybody])
    complained = np.where(complaint.isna(), np.inf, day_number(complaint.fillna(pd.Timestamp("1970-01-01"))))
    days_of, bands = cases["day"].to_numpy(), _band(cases["bought"].to_numpy(), cases["silent"].to_numpy())
    control = np.full(len(cases), np.nan)
    for day in np.unique(days_of).tolist():
        who = everybody[complained > day + window]
        bought = days.upto(who, day)
        band = np.where(bought > 0, _band(bought, days.since(who, day)), -1)
        shares = pd.Series(_again(days, who, day, window, follow_up)).groupby(band).mean()
        here = np.flatnonzero(days_of == day)
        control[here] = shares.reindex(bands[here]).to_numpy()
    return control


def _stratified(cases: pd.DataFrame) -> Estimate:
    """Rate of the recovered less that of the unrecovered, band by band, weighted by the unrecovered of each band."""
    band = _band(cases["bought"].to_numpy(), cases["silent"].to_numpy())
    cells = cases.groupby([band, "put_right"])["again"].agg(["mean", "size"]).unstack()
    if not {True, False}.issubset(cells["size"].columns):
        return Estimate(math.nan, math.nan, math.nan, 0)
    cells = cells.dropna()
    yes, no = cells["mean"][True], cells["mean"][False]
    many, few = cells["size"][True], cells["size"][False]
    if few.sum() == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    weight = few / few.sum()
    value = float((weight * (yes - no)).sum())
    # one added on each side: in a small band a share of 0 or 1 must not count as known for sure
    p, q = (yes * many + 1) / (many + 2), (no * few + 1) / (few + 2)
    error = math.sqrt(float((weight**2 * (p * (1 - p) / many + q * (1 - q) / few)).sum()))
    return Estimate(value, max(-1.0, value - Z * error), min(1.0, value + Z * error), int((many + few).sum()))
