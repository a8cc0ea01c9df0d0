"""The customer lifecycle: in which of five stages each customer is, how stages move, and who came, left and returned.

Prospect (潜在) → contacted (初步接触) → active (活跃) → loyal (忠诚) → churned (流失), as a written state machine over
the book's customers, leads, interactions and orders. Retention is counted in ``retention``; ``cohorts`` can be had from
here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import shares, wilson
from crmbook.shared.purchases import DAY, gaps, last_day, need_history, purchase_days, some_days, window_of_gaps

if TYPE_CHECKING:
    from crmbook.data.load import Book


STAGES = ("prospect", "contacted", "active", "loyal", "churned")
ABSENT = "absent"
MONTH = 30  # days: how far back a churn window is judged, and how far ahead it warns
OUTSIDE = ("staff", "supplier")  # accounts whose orders are no purchases are no customers either

ACTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "prospect": ("nurture", ("content_mail", "personal_recommendation")),
    "contacted": ("convert", ("demo", "free_trial", "coupon")),
    "active": ("look_after", ("call_back", "satisfaction_survey", "dedicated_service")),
    "loyal": ("reward", ("member_plan", "points", "exclusive_offer")),
    "churned": ("win_back", ("exit_survey", "special_offer", "remarketing")),
}
"""For each stage what the course aims at, and the actions it names."""


@dataclass(frozen=True)
class Rules:
    """The thresholds of the state machine.

    Attributes
    ----------
    churn_days : float
        A customer silent for longer than this has churned.
    loyal_purchases : int
        Purchase days within ``loyal_days`` that make a customer loyal.
    loyal_days : int
        Days back from the as-of date, that day included.
    quantile : float
        The quantile of the gaps that ``churn_days`` was taken from; NaN when it was set by hand.
    gaps : int
        How many gaps were looked at.
    floor : float
        ``churn_days`` was not let below this.
    """

    churn_days: float
    loyal_purchases: int = 4
    loyal_days: int = 365
    quantile: float = float("nan")
    gaps: int = 0
    floor: float = 0.0

    @property
    def table(self) -> pd.Series:
        """The thresholds by name, to be shown."""
        return pd.Series(asdict(self), name="rules")


QUANTILE = 0.9
"""The churn window is longer than this share of the gaps between purchases; what counts as gone follows from it."""

FLOOR = 30.0
"""Days; no churn window is shorter."""


def derive_rules(
    orders: pd.DataFrame | None,
    as_of: object = None,
    quantile: float | None = None,
    floor: float | None = None,
    loyal_purchases: int = 4,
) -> Rules:
    """Take the churn window from the data: a quantile of all gaps between purchase days, at least ``floor`` days.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.
    quantile : float, optional
        How many of the gaps the window should be longer than; `QUANTILE` unless given.
    floor : float, optional
        The shortest window allowed, in days; `FLOOR` unless given.
    loyal_purchases : int
        Purchase days within a year that make a customer loyal; the data do not tell that.

    Raises
    ------
    DataError
        ``lifecycle_nobody_repeats`` when there is no gap; ``lifecycle_quantile``; ``lifecycle_as_of_early``;
        ``lifecycle_no_purchases``.

    Notes
    -----
    Gaps that are still open (since a customer's last purchase) are not in it, so long gaps are seen less often than
    they occur: the window errs on the short side in young data.

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-11", "2024-03-11"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2", "3"], "customer_id": "C1", "order_date": dates, "amount": 10.0})
    >>> derive_rules(lines).churn_days
    55.0
    """
    return replace(rules_of(purchase_days(orders, as_of), quantile, floor), loyal_purchases=loyal_purchases)


def rules_of(bought: pd.DataFrame, quantile: float | None = None, floor: float | None = None) -> Rules:
    """Return `derive_rules` of purchase days that are counted already, as `crmbook.shared.purchases.purchase_days`."""
    share = QUANTILE if quantile is None else quantile
    return rules_of_gap(window_of_gaps(bought, share), len(gaps(bought)), share, floor)


def rules_of_gap(gap: float, number: int, quantile: float | None = None, floor: float | None = None) -> Rules:
    """Return `derive_rules` where the quantile of the gaps is known, in days, and how many gaps there are."""
    shortest = FLOOR if floor is None else floor
    share = QUANTILE if quantile is None else quantile
    return Rules(float(np.maximum(gap, shortest)), quantile=share, gaps=number, floor=shortest)


def is_gone(silence: Any, window: float) -> Any:
    """Return who is gone: silent for more days than the churn window, the last of which still counts as there.

    Parameters
    ----------
    silence : float or array of float
        Days since the last purchase day; blank (never bought) is not gone.

    Examples
    --------
    >>> is_gone(np.array([78, 79, np.nan]), window=78).tolist()
    [False, True, False]
    """
    return silence > window


def stages(book: Book, as_of: object = None, rules: Rules | None = None) -> pd.Series:
    """Return the stage of each customer at the end of a day.

    Parameters
    ----------
    book : Book
        Its orders; also its customers, leads and interactions where it has them.
    as_of : date-like, optional
        The day; the book's as-of date unless given. Whatever is dated later is not known yet.
    rules : Rules, optional
        The thresholds; ``derive_rules(book.orders, as_of)`` unless given.

    Returns
    -------
    Series
        Index ``customer_id``, an ordered category. *churned*: bought, and silent for longer than the churn window.
        *loyal*: not churned, and enough purchase days in the last year. *active*: any other that bought. *contacted*:
        no purchase, but an interaction or a lead (or a return). *prospect*: none of these. Staff and supplier accounts
        are left out, and so are leads that are nobody's customer yet: they have no customer id.

    Raises
    ------
    DataError
        ``table_needed`` without orders; ``lifecycle_nobody_repeats`` when no rules are given and no gap tells the
        window; ``lifecycle_short_history`` when all data lie within one churn window: nobody could be seen to churn;
        ``lifecycle_as_of_early`` when the day lies before the data; ``lifecycle_days`` for a window of no days.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> dates = pd.to_datetime(["2024-01-01", "2024-05-20"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": ["C1", "C2"], "order_date": dates, "amount": 10.0})
    >>> book = SimpleNamespace(orders=lines, customers=None, leads=None, interactions=None, as_of="2024-06-01")
    >>> stages(book, rules=Rules(churn_days=90)).to_dict()
    {'C1': 'churned', 'C2': 'active'}
    """
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    found = _snapshots(book, purchase_days(book.orders, day), pd.DatetimeIndex([day]), rules)[day]
    return found[found != ABSENT].cat.remove_categories(ABSENT).rename("stage")


def stage_history(book: Book, as_of: object = None, rules: Rules | None = None) -> pd.DataFrame:
    """Return the stage of each customer at the end of each month, by one set of rules for all months.

    Parameters
    ----------
    book, as_of, rules
        As for ``stages``. Rules taken from all the data are applied to the early months too.

    Returns
    -------
    DataFrame
        Index ``customer_id``; a column for each month's last day, and for the as-of date, from the first purchase on;
        values as in ``stages``, and *absent* before a customer is known.
    """
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    bought = purchase_days(book.orders, day)
    ends = pd.date_range(bought["day"].min(), day, freq="ME").normalize()
    return _snapshots(book, bought, ends.union(pd.DatetimeIndex([day])), rules)


def settled(history: pd.DataFrame, churn_days: float) -> pd.DataFrame:
    """Return the months of a stage history in which a customer could be lost at all.

    Parameters
    ----------
    history : DataFrame
        As ``stage_history`` gives.
    churn_days : float
        The churn window: before it has passed, nobody can have been silent for longer.

    Raises
    ------
    DataError
        ``retention_no_opening`` when no month is left.

    Examples
    --------
    >>> ends = pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"])
    >>> settled(pd.DataFrame([["active", "active", "churned"]], columns=ends), 30).shape
    (1, 1)
    """
    later = history.columns > history.columns[0] + churn_days * DAY
    if not later.any():
        raise DataError("retention_no_opening")
    return history.loc[:, later]


@dataclass(frozen=True, eq=False)
class Transitions:
    """How customers moved between stages from one month's end to the next.

    Attributes
    ----------
    matrix : DataFrame
        Shares, from (rows) to (columns); rows add to 1, that of a stage nobody was in is blank.
    counts : DataFrame
        Customer-months behind it.
    low, high : DataFrame
        95 % intervals of the shares: Wilson's, with as many customer-months as the differences between customers leave
        (a customer's months are alike, and do not count in full).
    """

    matrix: pd.DataFrame
    counts: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame


def transitions(history: pd.DataFrame) -> Transitions:
    """Pool all whole months of a stage history into one transition matrix.

    Parameters
    ----------
    history : DataFrame
        As ``stage_history`` gives. A last month that is not over is left out. Newcomers come from *absent*.

    Raises
    ------
    DataError
        ``lifecycle_one_month`` with less than two month ends.

    Notes
    -----
    Variance of a ratio with customers as clusters; the effective number of observations is p(1 − p) divided by it, at
    most their number (Korn, E. L. & Graubard, B. I. 1998, Survey Methodology 24, 193–201). Where all or none moved so,
    each customer counts once.
    """
    whole = [day for day in pd.DatetimeIndex(history.columns) if (day + DAY).day == 1]
    if len(whole) < 2:
        raise DataError("lifecycle_one_month", months=len(whole))
    states = [ABSENT, *STAGES]
    size = len(states)
    codes = {day: history[day].cat.set_categories(states).cat.codes.to_numpy().astype(int) for day in whole}
    own = np.zeros((len(history), size * size), dtype=np.int32)  # each customer's moves
    for before, after in pairwise(whole):
        own[np.arange(len(history)), codes[before] * size + codes[after]] += 1
    own[:, 0] = 0
    moves, months = own.reshape(-1, size, size), own.reshape(-1, size, size).sum(axis=2)
    counts, total, people = moves.sum(axis=0), months.sum(axis=0), (months > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts / total[:, None]
        squares = np.einsum("cij,cij->ij", moves, moves, dtype=float)
        products = np.einsum("cij,ci->ij", moves, months, dtype=float)
        away = squares - 2 * share * products + share**2 * (months.astype(float) ** 2).sum(axis=0)[:, None]
        variance = away / total[:, None].astype(float) ** 2 * (people / (people - 1))[:, None]
        effective = np.fmin(share * (1 - share) / variance, total[:, None])
        settled_share = (share == 0) | (share == 1)
        effective = np.where(settled_share, people[:, None], effective)
    index, columns = pd.Index(states, name="before"), pd.Index(states, name="after")
    flat = pd.Series(effective.ravel())
    limits = shares(pd.Series(share.ravel()) * flat, flat)

    def framed(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values.reshape(size, size), index, columns)

    return Transitions(
        framed(share), framed(counts), framed(limits["low"].to_numpy()), framed(limits["high"].to_numpy())
    )


def movements(history: pd.DataFrame) -> pd.DataFrame:
    """List who became a customer, returned or was lost, and when: the customers behind the bridge.

    Customers here are the active and the loyal. *new*: one for the first time; *returned*: one again; *lost*: no
    longer one.

    Returns
    -------
    DataFrame
        ``customer_id``, ``date`` (the month's last day) and ``movement``.
    """
    there = _there(history)
    before = np.column_stack([np.zeros(len(there), dtype=bool), there[:, :-1]])
    ever = np.logical_or.accumulate(before, axis=1)
    kinds = {"new": there & ~ever, "returned": there & ~before & ever, "lost": before & ~there}
    parts = []
    for kind, happened in kinds.items():
        customer, month = np.nonzero(happened)
        parts.append(
            pd.DataFrame({"customer_id": history.index[customer], "date": history.columns[month], "movement": kind})
        )
    return pd.concat(parts).sort_values(["date", "movement", "customer_id"], ignore_index=True)


def bridge(history: pd.DataFrame) -> pd.DataFrame:
    """Return the roll-forward of the customer base: opening + new + returned − lost = closing, month by month.

    Parameters
    ----------
    history : DataFrame
        As ``stage_history`` gives. Each count is that of ``movements``, customer by customer.

    Returns
    -------
    DataFrame
        Index ``date`` (the month's last day; the last may be the as-of date); ``opening``, ``new``, ``returned``,
        ``lost``, ``closing`` (customers), ``growth`` (closing ÷ opening − 1), ``churn`` (lost ÷ opening) with ``low``
        and ``high`` (Wilson). Rates are blank where nobody was there at the opening.
    """
    there = _there(history)
    closing = there.sum(axis=0)
    counted = movements(history)
    moved = pd.crosstab(counted["date"], counted["movement"])
    table = moved.reindex(index=history.columns, columns=["new", "returned", "lost"], fill_value=0)
    table.insert(0, "opening", np.concatenate([[0], closing[:-1]]))
    table["closing"] = closing
    opening = table["opening"].where(table["opening"] > 0)
    shares = [wilson(int(lost), int(n)) for lost, n in zip(table["lost"], table["opening"], strict=True)]
    return table.assign(
        growth=table["closing"] / opening - 1,
        churn=[share.value for share in shares],
        low=[share.low for share in shares],
        high=[share.high for share in shares],
    ).rename_axis(index="date", columns=None)


def funnel(stage: pd.Series) -> pd.DataFrame:
    """Return how many customers got how far.

    Returns
    -------
    DataFrame
        Index ``step``: *known* (all), *contacted* (or further), *bought*, *current* (bought and not churned), *loyal*;
        columns ``customers``, ``share`` (of all) and ``from_before`` (of the step before) with ``low`` and ``high``
        (Wilson).
    """
    count = stage.value_counts().reindex(STAGES, fill_value=0)
    current = int(count["active"] + count["loyal"])
    bought = current + int(count["churned"])
    steps = {
        "known": len(stage),
        "contacted": bought + int(count["contacted"]),
        "bought": bought,
        "current": current,
        "loyal": int(count["loyal"]),
    }
    numbers = list(steps.values())
    passed = [wilson(n, before) for before, n in zip([len(stage), *numbers], numbers, strict=False)]
    return pd.DataFrame(
        {
            "customers": numbers,
            "share": np.array(numbers) / max(len(stage), 1),
            "from_before": [share.value for share in passed],
            "low": [share.low for share in passed],
            "high": [share.high for share in passed],
        },
        index=pd.Index(list(steps), name="step"),
    )


def by_stage(orders: pd.DataFrame, stage: pd.Series, as_of: object = None, days: int = 365) -> pd.DataFrame:
    """Return customers and net revenue of the last ``days`` by stage, returns taken off.

    Returns
    -------
    DataFrame
        Index ``stage``; ``customers``, ``customer_share``, ``revenue``, ``revenue_share``.
    """
    day = last_day(orders, as_of)
    revenue = _net(orders, day, days)
    table = pd.DataFrame({"customers": stage.value_counts()}).reindex(STAGES, fill_value=0)
    table["customer_share"] = table["customers"] / max(len(stage), 1)
    table["revenue"] = revenue.groupby(stage.astype(str).reindex(revenue.index)).sum().reindex(STAGES, fill_value=0.0)
    total = table["revenue"].sum()
    table["revenue_share"] = table["revenue"] / total if total > 0 else np.nan
    return table.rename_axis("stage")


def windows(book: Book, days: Sequence[int], as_of: object = None, rules: Rules | None = None) -> pd.DataFrame:
    """Return what each churn window would make of the same customers: stages, churn rate and revenue at risk.

    Parameters
    ----------
    book, as_of
        As for ``stages``.
    days : sequence of int
        Churn windows to try; those longer than the data reach back are left out.
    rules : Rules, optional
        What makes a customer loyal; its churn window is not looked at.

    Returns
    -------
    DataFrame
        Index ``churn_days``; customers in each of ``STAGES``; ``revenue`` (net of the last 365 days, all customers) and
        ``churned_revenue`` (of it, that of the churned); ``churn`` (of the customers 30 days ago, the share lost since)
        with ``low`` and ``high`` (Wilson); ``due`` and ``at_risk``: current customers who will count as churned within
        30 days unless they buy, and their revenue of the last 365 days.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data reach back over none of the windows; ``lifecycle_as_of_early``.
    """
    used = rules or Rules(churn_days=float("nan"))
    day = last_day(book.orders, book.as_of if as_of is None else as_of)
    bought = purchase_days(book.orders, day)
    need_history(bought, day, min(days))
    reach = (day - bought["day"].min()) / DAY
    known, contacted = _first_seen(book, bought, day)
    silence = (day - bought.groupby("customer_id")["day"].max()) / DAY
    earlier = bought[bought["day"] <= day - MONTH * DAY].groupby("customer_id")["day"].max()
    silent_then = (day - MONTH * DAY - earlier) / DAY
    lately = bought[bought["day"] > day - used.loyal_days * DAY].groupby("customer_id").size()
    often = lately.reindex(silence.index, fill_value=0) >= used.loyal_purchases
    spent = _net(book.orders, day, 365).reindex(silence.index, fill_value=0.0)
    waiting = {"prospect": int((~(contacted < day + DAY)).sum()), "contacted": len(known) - len(silence)}
    waiting["contacted"] -= waiting["prospect"]
    rows = []
    for window in (each for each in days if each <= reach):
        gone = is_gone(silence, window)
        due = ~gone & is_gone(silence + MONTH, window)
        there = silent_then.index[~is_gone(silent_then, window)]
        lost = wilson(int(gone[there].sum()), len(there))
        rows.append(
            {
                "churn_days": window,
                **waiting,
                "active": int((~gone & ~often).sum()),
                "loyal": int((~gone & often).sum()),
                "churned": int(gone.sum()),
                "revenue": spent.sum(),
                "churned_revenue": spent[gone].sum(),
                "churn": lost.value,
                "low": lost.low,
                "high": lost.high,
                "due": int(due.sum()),
                "at_risk": spent[due].sum(),
            }
        )
    return pd.DataFrame(rows).set_index("churn_days")


def actions(stage: pd.Series, plan: Mapping[str, tuple[str, tuple[str, ...]]] = ACTIONS) -> pd.DataFrame:
    """Join each customer's stage with what is to be done there.

    Parameters
    ----------
    stage : Series
        As ``stages`` gives.
    plan : mapping of stage to (goal, actions)
        The course's plan unless a company has its own. A stage without a plan is refused.

    Returns
    -------
    DataFrame
        The customers with ``stage``, ``goal`` and ``actions`` (codes).

    Raises
    ------
    DataError
        ``lifecycle_no_plan``.
    """
    missing = sorted(set(stage.astype(str)) - set(plan))
    if missing:
        raise DataError("lifecycle_no_plan", stages=", ".join(missing))
    coded = stage.astype(str)
    return pd.DataFrame(
        {"stage": stage, "goal": coded.map(lambda s: plan[s][0]), "actions": coded.map(lambda s: plan[s][1])}
    )


def owners(book: Book) -> pd.Series:
    """Return who looks after each customer, by ``customer_id``; empty where the book does not say.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> owners(SimpleNamespace(customers=pd.DataFrame({"customer_id": ["C1"], "owner": ["E02"]}))).to_dict()
    {'C1': 'E02'}
    """
    if book.customers is None or "owner" not in book.customers:
        return pd.Series(dtype="object", name="owner", index=pd.Index([], dtype="str", name="customer_id"))
    return book.customers.drop_duplicates("customer_id").set_index("customer_id")["owner"]


def _net(orders: pd.DataFrame | None, day: pd.Timestamp, days: int) -> pd.Series:
    lines = needed(orders, "orders")
    recent = lines[(lines["order_date"] < day + DAY) & (lines["order_date"] >= day - (days - 1) * DAY)]
    return recent.groupby("customer_id")["amount"].sum()


def _there(history: pd.DataFrame) -> np.ndarray:
    return history.isin(["active", "loyal"]).to_numpy()


def _snapshots(book: Book, bought: pd.DataFrame, moments: pd.DatetimeIndex, rules: Rules | None) -> pd.DataFrame:
    """The state machine: the stage of each customer at the end of each of these days."""
    day = moments[-1]
    used = rules or rules_of(bought)
    some_days(used.churn_days)
    need_history(bought, day, used.churn_days)
    known, contacted = _first_seen(book, bought, day)
    customer = known.index.get_indexer(pd.Index(bought["customer_id"]))
    number = (bought["day"] - pd.Timestamp(0)).dt.days.to_numpy()
    order = np.lexsort((number, customer))
    scale = 10**6  # day numbers are smaller, so customer × scale + day keeps customers apart
    key, number = (customer * scale + number)[order], number[order]
    own = np.arange(len(known)) * scale
    start = np.searchsorted(key, own)
    found = {}
    for moment in moments:
        now = (moment - pd.Timestamp(0)).days
        upto = np.searchsorted(key, own + now, side="right")
        recent = upto - np.searchsorted(key, own + now - used.loyal_days, side="right")
        ever = upto > start
        silence = now - number[np.maximum(upto - 1, 0)]
        code = np.select(
            [
                ever & is_gone(silence, used.churn_days),
                ever & (recent >= used.loyal_purchases),
                ever,
                (contacted < moment + DAY).to_numpy(),
                (known < moment + DAY).to_numpy(),
            ],
            [5, 4, 3, 2, 1],
            0,
        )
        found[moment] = pd.Categorical.from_codes(code.tolist(), pd.Index([ABSENT, *STAGES]), ordered=True)
    return pd.DataFrame(found, index=known.index).rename_axis(columns="date")


def _first_seen(book: Book, bought: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.Series, pd.Series]:
    """Since when each customer is known, and since when in contact (blank: never)."""
    seen = [needed(book.orders, "orders").groupby("customer_id")["order_date"].min()]
    if book.interactions is not None:
        seen.append(book.interactions.groupby("customer_id")["date"].min())
    if book.leads is not None and "customer_id" in book.leads:
        own = book.leads.dropna(subset=["customer_id"])
        seen.append(own.groupby("customer_id")["created_at"].min())
    contacted = pd.concat(seen).groupby(level=0).min()
    if book.customers is None:
        known = contacted
    else:
        listed = book.customers.drop_duplicates("customer_id").set_index("customer_id")
        blank = pd.Series(pd.NaT, listed.index, dtype="datetime64[us]")
        signup = listed.get("signup_date", blank)
        # somebody without a signup date and without any event was always there
        signup = signup.fillna(contacted.reindex(listed.index)).fillna(pd.Timestamp(1900, 1, 1))
        known = pd.concat([signup, contacted]).groupby(level=0).min()
        if "account_type" in listed:
            outside = listed.index[listed["account_type"].isin(OUTSIDE)]
            known = known.drop(known.index.intersection(outside).difference(bought["customer_id"]))
    known = known[known < day + DAY].sort_index().rename_axis("customer_id")
    return known, contacted.reindex(known.index)
