"""The complaint process: how fast tickets are answered and closed, what stays open, what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import named_rows
from crmbook.shared.estimate import Estimate, shares, wilson
from crmbook.shared.purchases import end_of
from crmbook.shared.survival import kaplan_meier

STEPS = ("first_response", "resolution", "handling")


@dataclass(frozen=True)
class Promise:
    """A time within which customers are to be answered or helped.

    Attributes
    ----------
    hours : float or mapping
        Hours; a mapping gives them by the value of ``by``. A ticket without such a value gets the longest of them.
    step : str
        One of ``STEPS``: what is promised.
    by : str
        A column of the tickets to split by; a table without it is one group, ``all``.

    Raises
    ------
    DataError
        For an unknown step.

    Examples
    --------
    >>> Promise({1: 72, 3: 24}).limit("unknown")
    72.0
    """

    hours: float | Mapping[object, float]
    step: str = "resolution"
    by: str = "severity"

    def __post_init__(self) -> None:
        if self.step not in STEPS:
            raise DataError("survey_choice", setting="step", value=self.step, known=", ".join(STEPS))

    def limit(self, group: object) -> float:
        """Return the hours promised to a group; refuse one that nothing is promised to."""
        if not isinstance(self.hours, Mapping):
            return float(self.hours)
        if group in self.hours:
            return float(self.hours[group])
        if group in ("all", "unknown"):
            return float(max(self.hours.values()))
        raise DataError("complaints_no_promise", column=self.by, value=group)


def resolution(tickets: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return how long tickets stay open: the share still open after so many hours (Kaplan-Meier).

    Parameters
    ----------
    tickets : DataFrame
        ``opened_at``, ``closed_at`` (blank: open).
    as_of : str, date or Timestamp
        The last day that counts, with all its hours, or up to a moment with a time of day. A ticket closed after it is
        open; one opened after it is not there yet.

    Returns
    -------
    pandas.DataFrame
        A row for 0 hours and for each length after which one was closed: ``hours``, ``open_share`` (share still open
        after them), ``low``, ``high`` (95 %, log-log transformed Greenwood), ``at_risk`` (tickets open until then)
        and ``closed`` (closed at that length). Open tickets are censored: they count as open as long as they have
        been watched.

    Raises
    ------
    DataError
        Without a ticket, a needed column or an opening date, and when a ticket was closed before it was opened.

    Notes
    -----
    Kaplan, E. L. and Meier, P. (1958), Journal of the American Statistical Association 53, 457–481. Taking closed
    tickets only would make the service look faster than it is: the slow ones are still open.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 4)
    >>> closed = pd.to_datetime(["2024-01-01 02:00", "2024-01-01 05:00", "2024-01-02 00:00", None])
    >>> resolution(pd.DataFrame({"opened_at": opened, "closed_at": closed}), "2024-01-31")["open_share"].tolist()
    [1.0, 0.75, 0.5, 0.25]
    """
    hours, done = _watched(tickets, as_of, "resolution")
    return _open_shares(hours, done)


def quantile(curve: pd.DataFrame, share: float = 0.5) -> float:
    """Return after how many hours a share of the tickets was closed.

    Parameters
    ----------
    curve : DataFrame
        As from `resolution`.
    share : float
        .5 for the median, .9 for P90.

    Returns
    -------
    float
        Hours; NaN when less than that share was seen to close: then only "longer than the last length watched" can be
        said.

    Examples
    --------
    >>> quantile(pd.DataFrame({"hours": [0.0, 2, 5], "open_share": [1, .75, .5]}), .5)
    5.0
    """
    # 0.1 and 1 − 0.9 differ in the last digit
    reached = curve.loc[curve["open_share"] <= 1 - share + 1e-12, "hours"]
    return float(reached.iloc[0]) if len(reached) else math.nan


def process_times(tickets: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return how long each step of the complaint process takes.

    Parameters
    ----------
    tickets : DataFrame
        ``opened_at``, ``closed_at`` and, for the steps that need it, ``first_response_at``.
    as_of : str, date or Timestamp
        As in `resolution`, with what is refused there.

    Returns
    -------
    pandas.DataFrame
        Index step: ``first_response`` (opened → answered), ``resolution`` (opened → closed), ``handling`` (answered →
        closed). ``n``, ``done``, ``waiting``, ``median`` and ``p90`` in hours (Kaplan-Meier, waiting ones censored;
        blank when not reached), ``median_done`` (of the finished ones only, which flatters). A ticket closed without
        a recorded answer is censored at its closing in the first step and left out of the last.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 3)
    >>> closed = pd.to_datetime(["2024-01-01 02:00", "2024-01-01 06:00", None])
    >>> tickets = pd.DataFrame({"opened_at": opened, "closed_at": closed})
    >>> process_times(tickets, "2024-01-31").loc["resolution", "median"].item()
    6.0
    """
    steps = STEPS if "first_response_at" in tickets else ("resolution",)
    rows = {}
    for step in steps:
        hours, done = _watched(tickets, as_of, step)
        if len(hours) == 0:
            rows[step] = (0, 0, 0, math.nan, math.nan, math.nan)
            continue
        curve = _open_shares(hours, done)
        finished = float(np.median(hours[done])) if done.any() else math.nan
        rows[step] = (len(hours), int(done.sum()), int((~done).sum()), quantile(curve), quantile(curve, 0.9), finished)
    columns = ["n", "done", "waiting", "median", "p90", "median_done"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("step")


def handling_rate(tickets: pd.DataFrame, as_of: object) -> Estimate:
    """Return the share of the tickets received that are closed, with its Wilson interval at 95 %.

    Parameters
    ----------
    tickets, as_of
        As in `resolution`, with what is refused there.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01", "2024-01-02"])
    >>> handling_rate(pd.DataFrame({"opened_at": opened, "closed_at": [opened[1], pd.NaT]}), "2024-01-31").value
    0.5
    """
    _, done = _watched(tickets, as_of, "resolution")
    return wilson(int(done.sum()), len(done))


def backlog(tickets: pd.DataFrame, as_of: object, freq: str = "W") -> pd.DataFrame:
    """Return how many tickets came in, went out and stayed open, period by period.

    Parameters
    ----------
    tickets, as_of
        As in `resolution`, with what is refused there.
    freq : str
        ``"D"``, ``"W"`` or ``"M"``.

    Returns
    -------
    pandas.DataFrame
        Index period: ``opened``, ``closed``, ``open`` (at its end: all opened so far less all closed so far).

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-09"])
    >>> closed = pd.to_datetime(["2024-01-03", None, None])
    >>> backlog(pd.DataFrame({"opened_at": opened, "closed_at": closed}), "2024-01-14")["open"].tolist()
    [1, 2]
    """
    known, end = _known(tickets, as_of)
    last = (end - pd.Timedelta(1, unit="ns")).to_period(freq)
    span = pd.period_range(known["opened_at"].min().to_period(freq), last, freq=freq, name="period")
    came, went = (known[column].dropna().dt.to_period(freq).value_counts() for column in ("opened_at", "closed_at"))
    table = pd.DataFrame(
        {"opened": came.reindex(span, fill_value=0), "closed": went.reindex(span, fill_value=0)}, index=span
    )
    return table.assign(open=(table["opened"] - table["closed"]).cumsum())


def ageing(tickets: pd.DataFrame, as_of: object, edges: Sequence[int] = (1, 3, 7, 30)) -> pd.DataFrame:
    """Return the open tickets by age, and by severity where it is known.

    Parameters
    ----------
    tickets, as_of
        As in `resolution`, with what is refused there.
    edges : sequence of int
        Days at which the classes end; the last class has no end.

    Returns
    -------
    pandas.DataFrame
        A row a class: ``from_days``, ``to_days`` (blank for the last), ``open``, ``share`` and ``severity_1`` … where
        severities are there (``severity_unknown`` for open tickets without one).

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00", "2024-01-30 12:00"])
    >>> ageing(pd.DataFrame({"opened_at": opened, "closed_at": pd.NaT}), "2024-01-31")["open"].tolist()
    [0, 1, 0, 0, 1]
    """
    known, end = _known(tickets, as_of)
    still = known[known["closed_at"].isna()]
    days = (end - still["opened_at"]).dt.total_seconds() / 86_400
    place = np.searchsorted(list(edges), days, side="left")
    classes = range(len(edges) + 1)
    counts = pd.Series(np.bincount(place, minlength=len(classes)))
    table = pd.DataFrame(
        {
            "from_days": [0, *edges],
            "to_days": pd.array([*edges, None], dtype="Int64"),
            "open": counts,
            "share": counts / counts.sum() if counts.sum() else math.nan,
        }
    )
    if "severity" in still:
        grade = still["severity"].map(lambda value: "severity_unknown" if pd.isna(value) else f"severity_{value:g}")
        by_grade = pd.crosstab(pd.Series(place, index=still.index), grade).reindex(classes, fill_value=0)
        table = table.join(by_grade)
    return table


def sla(tickets: pd.DataFrame, as_of: object, promise: Promise) -> pd.DataFrame:
    """Return how often the promised time was kept.

    Parameters
    ----------
    tickets, as_of
        As in `resolution`, with the column that the promise differs by, where it does.
    promise : Promise

    Returns
    -------
    pandas.DataFrame
        Index group, then ``all``: ``n``, ``met``, ``missed`` (too late, or still waiting beyond the promise),
        ``pending`` (waiting, still in time: in no rate), ``rate``, ``low``, ``high`` (met of met and missed, Wilson).

    Raises
    ------
    DataError
        For a group without a promise, and as `resolution`.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 2)
    >>> closed = pd.to_datetime(["2024-01-01 10:00", "2024-01-03 00:00"])
    >>> frame = pd.DataFrame({"opened_at": opened, "closed_at": closed})
    >>> sla(frame, "2024-01-31", Promise(24)).loc["all", "rate"].item()
    0.5
    """
    _, judged = _judged(tickets, as_of, promise)
    frame = judged[["met", "missed", "pending"]].astype(int).assign(n=1)[["n", "met", "missed", "pending"]]
    table = frame.groupby(judged["group"]).sum()
    table = table.loc[sorted(table.index, key=str)]
    table.loc["all"] = frame.sum()
    return table.join(shares(table["met"], table["met"] + table["missed"], "rate")).rename_axis("group")


def sla_by_month(tickets: pd.DataFrame, as_of: object, promise: Promise) -> pd.DataFrame:
    """Return how often the promised time was kept, by the month in which the tickets came in.

    Returns
    -------
    pandas.DataFrame
        Index month (a Period), without gaps: ``met`` and ``n``, the tickets whose promised time has run out; the
        others would count as kept before they can be missed.

    Raises
    ------
    DataError
        As `sla`, and ``complaints_promise_runs`` when no promised time has run out.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00", "2024-01-31 12:00"])
    >>> frame = pd.DataFrame({"opened_at": opened, "closed_at": opened + pd.Timedelta(hours=1)})
    >>> sla_by_month(frame, "2024-01-31", Promise(24))[["met", "n"]].values.tolist()
    [[1, 1]]
    """
    known, judged = _judged(tickets, as_of, promise)
    begun = known["first_response_at"] if promise.step == "handling" else known["opened_at"]
    over = begun + pd.to_timedelta(judged["limit"], unit="h") <= end_of(as_of)
    if not over.any():
        raise DataError("complaints_promise_runs", hours=f"{judged['limit'].min():g}")
    month = begun[over].dt.to_period("M")
    table = judged.loc[over, ["met"]].astype(int).assign(n=1).groupby(month).sum()
    return table.reindex(pd.period_range(month.min(), month.max(), freq="M", name="month"), fill_value=0)


def overdue(tickets: pd.DataFrame, as_of: object, promise: Promise) -> pd.DataFrame:
    """Return the tickets that wait beyond the promised time, the longest over it first: what to work on today.

    Parameters
    ----------
    tickets, as_of, promise
        As in `sla`, which also says what is refused.

    Returns
    -------
    pandas.DataFrame
        Index and columns of the tickets, and ``hours`` (waited so far), ``promised`` and ``hours_over``. A ticket
        that was dealt with, if too late, is not among them.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-30 00:00", "2024-01-31 12:00"])
    >>> frame = pd.DataFrame({"opened_at": opened, "closed_at": pd.NaT})
    >>> overdue(frame, "2024-01-31", Promise(24))["hours_over"].tolist()
    [24.0]
    """
    known, judged = _judged(tickets, as_of, promise)
    # an answer that nobody recorded is not awaited any more once the ticket is closed
    waits = judged["missed"] & ~judged["done"] & known["closed_at"].isna()
    over = judged["hours"] - judged["limit"]
    late = known.assign(hours=judged["hours"], promised=judged["limit"], hours_over=over)[waits]
    return late.sort_values("hours_over", ascending=False, kind="stable")


def repeats(tickets: pd.DataFrame, as_of: object, within: int = 90) -> pd.DataFrame:
    """Return how often a complaint comes back.

    Parameters
    ----------
    tickets : DataFrame
        ``customer_id``, ``opened_at``, and where there ``category`` and ``reopened``.
    as_of : str, date or Timestamp
        As in `resolution`, with what is refused there.
    within : int
        Days after which a new complaint is a new story.

    Returns
    -------
    pandas.DataFrame
        Index: ``repeat`` (complaints that follow another of the same customer within these days), ``repeat_category``
        (of the same category), ``reopened`` (tickets opened again), ``customers_again`` (complaining customers who
        did so more than once). Columns ``n``, ``count``, ``share``, ``low``, ``high`` (Wilson).

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01", "2024-01-20", "2024-01-25"])
    >>> tickets = pd.DataFrame({"customer_id": ["C1", "C1", "C2"], "opened_at": opened})
    >>> repeats(tickets, "2024-01-31").loc["repeat", "count"].item()
    1
    """
    known, _ = _known(tickets.assign(closed_at=date_column(tickets, "opened_at")), as_of)
    known = known.sort_values(["customer_id", "opened_at"], kind="stable")
    counts = {"repeat": (len(known), _follow(known, ["customer_id"], within))}
    if "category" in known:
        counts["repeat_category"] = (len(known), _follow(known, ["customer_id", "category"], within))
    if "reopened" in known:
        said = known["reopened"].dropna()
        counts["reopened"] = (len(said), int(said.astype(bool).sum()))
    customers = known["customer_id"].value_counts()
    counts["customers_again"] = (len(customers), int(customers.gt(1).sum()))
    rows = {}
    for code, (n, count) in counts.items():
        share = wilson(count, n)
        rows[code] = (n, count, share.value, share.low, share.high)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "count", "share", "low", "high"]).rename_axis(
        "kind"
    )


def check_tickets(tickets: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """List what is wrong with the tickets, without refusing anything.

    Returns
    -------
    pandas.DataFrame
        A row a finding: ``column``, ``value``, ``rule``, ``row`` (index of the first one), ``rows`` (how many).
        Rules: ``no_opening`` and ``closed_before_opened`` (such a ticket has no times), ``answered_before_opened`` and
        ``answered_after_closed`` (its answer has no time), ``after_as_of`` (opened later: not there yet).

    Examples
    --------
    >>> opened, closed = pd.to_datetime(["2024-01-05"]), pd.to_datetime(["2024-01-01"])
    >>> check_tickets(pd.DataFrame({"opened_at": opened, "closed_at": closed}), "2024-01-31")["rule"].tolist()
    ['closed_before_opened']
    """
    found = []
    for rule, (column, bad) in _ticket_faults(tickets, as_of).items():
        if bad.any():
            first = tickets.index[bad][0]
            found.append((column, str(tickets.loc[bad, column].iloc[0]), rule, first, int(bad.sum())))
    return pd.DataFrame(found, columns=["column", "value", "rule", "row", "rows"])


def valid_tickets(tickets: pd.DataFrame, as_of: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set tickets aside that cannot be timed: return the others, and the findings.

    Parameters
    ----------
    tickets, as_of
        As for `check_tickets`, whose findings decide.

    Returns
    -------
    tickets : DataFrame
        Without those that `check_tickets` lists as ``no_opening``, ``closed_before_opened`` or ``after_as_of``; an
        answer before the opening or after the closing is blanked.
    findings : DataFrame
        As from `check_tickets`.

    Examples
    --------
    >>> opened, closed = pd.to_datetime(["2024-01-05", "2024-01-06"]), pd.to_datetime(["2024-01-01", None])
    >>> kept, findings = valid_tickets(pd.DataFrame({"opened_at": opened, "closed_at": closed}), "2024-01-31")
    >>> len(kept), int(findings["rows"].sum())
    (1, 1)
    """
    faults = _ticket_faults(tickets, as_of)
    kept = tickets.copy()
    for rule in ("answered_before_opened", "answered_after_closed"):
        if rule in faults:
            kept["first_response_at"] = kept["first_response_at"].mask(faults[rule][1])
    bad = faults["no_opening"][1] | faults["closed_before_opened"][1] | faults["after_as_of"][1]
    return kept[~bad], check_tickets(tickets, as_of)


def _ticket_faults(tickets: pd.DataFrame, as_of: object) -> dict[str, tuple[str, pd.Series]]:
    opened, closed = date_column(tickets, "opened_at"), date_column(tickets, "closed_at")
    faults = {
        "no_opening": ("opened_at", opened.isna()),
        "closed_before_opened": ("closed_at", closed < opened),
        "after_as_of": ("opened_at", opened >= end_of(as_of)),
    }
    if "first_response_at" in tickets:
        answered = date_column(tickets, "first_response_at")
        faults["answered_before_opened"] = ("first_response_at", answered < opened)
        faults["answered_after_closed"] = ("first_response_at", answered > closed)
    return faults


def date_column(tickets: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of moments (as text: ISO only); refuse one that is missing or holds something else."""
    if column not in tickets:
        raise DataError("tickets_no_column", column=column)
    values = tickets[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None)  # the clock as it was shown, as `load` keeps it
    if pd.api.types.is_numeric_dtype(values) and values.notna().any():  # a serial number could mean any calendar
        raise DataError("tickets_no_dates", column=column)
    try:
        return pd.to_datetime(values, format="ISO8601").dt.tz_localize(None)
    except (ValueError, TypeError):
        raise DataError("tickets_no_dates", column=column) from None


def _known(tickets: pd.DataFrame, as_of: object) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Tickets as they stood at the end of the as-of day; faulty ones are refused."""
    end = end_of(as_of)
    opened, closed = date_column(tickets, "opened_at"), date_column(tickets, "closed_at")
    known = tickets.assign(opened_at=opened, closed_at=closed.where(closed < end))[~(opened >= end)]
    if known["opened_at"].isna().any():
        raise DataError("tickets_no_opening", rows=named_rows(known.index[known["opened_at"].isna()]))
    early = known["closed_at"] < known["opened_at"]
    if early.any():
        raise DataError("tickets_closed_early", rows=named_rows(known.index[early]), count=int(early.sum()))
    if known.empty:
        raise DataError("tickets_none", as_of=str(as_of)[:10])
    if "first_response_at" in known:
        answered = date_column(known, "first_response_at")
        known = known.assign(first_response_at=answered.where(answered < end))
    return known, end


def _judged(tickets: pd.DataFrame, as_of: object, promise: Promise) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tickets of the promised step, and for each its group, hours, limit, and whether done, met, missed or pending."""
    known, _ = _known(tickets, as_of)
    known = _of_step(known, promise.step)
    hours, done = _watched(known, as_of, promise.step)
    group = (
        known[promise.by].to_numpy(dtype=object) if promise.by in known else np.full(len(known), "all", dtype=object)
    )
    group = np.where(pd.isna(group), "unknown", group)
    limits = {each: promise.limit(each) for each in pd.unique(group)}
    judged = pd.DataFrame({"group": group, "hours": hours, "done": done}, index=known.index)
    judged["limit"] = judged["group"].map(limits).astype(float)
    judged["met"] = judged["done"] & (judged["hours"] <= judged["limit"])
    judged["missed"] = judged["hours"] > judged["limit"]
    return known, judged.assign(pending=~judged["met"] & ~judged["missed"])


def _of_step(known: pd.DataFrame, step: str) -> pd.DataFrame:
    return known[known["first_response_at"].notna()] if step == "handling" else known


def _watched(tickets: pd.DataFrame, as_of: object, step: str) -> tuple[np.ndarray, np.ndarray]:
    """Hours that each ticket was watched in a step, and whether it was done in them."""
    known, end = _known(tickets, as_of)
    if step == "resolution":
        begun, done = known["opened_at"], known["closed_at"]
        until = done.fillna(end)
    else:
        date_column(tickets, "first_response_at")
        known = _of_step(known, step)
        answered, closed = known["first_response_at"], known["closed_at"]
        begun, done = (known["opened_at"], answered) if step == "first_response" else (answered, closed)
        until = done.fillna(closed).fillna(end)
    early = until < begun
    if early.any():
        raise DataError("tickets_answered_early", rows=named_rows(known.index[early]), count=int(early.sum()))
    return (until - begun).dt.total_seconds().to_numpy(dtype=float) / 3600, done.notna().to_numpy()


def _open_shares(hours: np.ndarray, done: np.ndarray) -> pd.DataFrame:
    curve = kaplan_meier(hours, done).curve.rename_axis("hours").reset_index()
    curve = curve.rename(columns={"survival": "open_share", "events": "closed"})
    # with none left open the formula has no bounds: 0 below, above the last one before
    gone = curve["open_share"] <= 0
    curve["low"] = curve["low"].mask(gone, 0.0)
    curve["high"] = curve["high"].mask(gone).ffill().fillna(1.0)
    return curve[["hours", "open_share", "low", "high", "at_risk", "closed"]]


def _follow(known: pd.DataFrame, key: list[str], within: int) -> int:
    gap = known.sort_values([*key, "opened_at"], kind="stable").groupby(key, dropna=True)["opened_at"].diff()
    return int((gap <= pd.Timedelta(days=within)).sum())
