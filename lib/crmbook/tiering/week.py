"""The owner's week: whom to see on which working day, whose birthday it is, and which customers nobody looks after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY


def working_days(start: Any, days: int, off: Collection[Any] = (), also: Collection[Any] = ()) -> pd.DatetimeIndex:
    """Return the working days among so many days from a day on: Monday to Friday, less days off, plus days made up.

    Parameters
    ----------
    start : date
        The first day that may be one.
    days : int
        How many calendar days to look at.
    off : collection of dates
        Public holidays. None is known of itself: every country and year has its own.
    also : collection of dates
        Weekend days that are worked, as in China before and after a holiday (调休).

    Examples
    --------
    >>> found = working_days("2024-10-04", 6, off=["2024-10-04", "2024-10-07"], also=["2024-10-05"])
    >>> [f"{day:%m-%d}" for day in found]
    ['10-05', '10-08', '10-09']
    """
    every = pd.date_range(pd.Timestamp(start).normalize(), periods=days)
    closed, made_up = (pd.DatetimeIndex([pd.Timestamp(day).normalize() for day in some]) for some in (off, also))
    return every[((every.day_of_week < 5) & ~every.isin(closed)) | every.isin(made_up)]


def visit_plan(
    listed: pd.DataFrame,
    as_of: Any,
    days: int = 30,
    capacity: int = 5,
    off: Collection[Any] = (),
    also: Collection[Any] = (),
) -> pd.DataFrame:
    """Return a dated list of visits and calls for each owner, by the cadence of the customers' tiers.

    Parameters
    ----------
    listed : DataFrame, index customer
        ``visit_days`` (blank: no visits), ``owner``, ``last_contact`` (blank: never); in the order of importance: of
        two who are due on one day the first is seen first.
    as_of : date
        The plan begins on the next day.
    days : int
        How many calendar days it covers.
    capacity : int
        Visits of an owner on a day.
    off, also
        As in `working_days`.

    Returns
    -------
    DataFrame
        ``customer_id``, ``owner``, ``due`` (last contact plus cadence, at the earliest the first day), ``date`` (a
        working day, at or after ``due``; blank where the owner has no place left) and ``days_late`` (of the plan
        behind the cadence), by owner and date. Customers who are not due within the days are left out.

    Raises
    ------
    DataError
        When the capacity or the number of days is below 1.
    """
    if days < 1 or capacity < 1:
        raise DataError("tiering_capacity", days=days, capacity=capacity)
    first = pd.Timestamp(as_of).normalize() + DAY
    open_days = list(working_days(first, days, off, also))
    table = needed(listed.rename_axis("customer_id").reset_index(), "list", ["owner", "visit_days"])
    table = table[table["visit_days"].notna() & table["owner"].notna()]
    cadence = pd.to_timedelta(table["visit_days"].astype(float), unit="D")
    ideal = (pd.to_datetime(table["last_contact"]).dt.normalize() + cadence).fillna(first)
    table = table.assign(due=ideal.where(ideal > first, first), ideal=ideal)
    table = table[table["due"] < first + days * DAY].sort_values("due", kind="stable")
    taken: Counter[tuple[Any, Any]] = Counter()
    booked: list[Any] = []
    for owner, due in zip(table["owner"], table["due"], strict=True):
        free = next((day for day in open_days if day >= due and taken[owner, day] < capacity), pd.NaT)
        taken[owner, free] += free is not pd.NaT
        booked.append(free)
    table["date"] = pd.DatetimeIndex(booked)
    late = (table["date"] - table["ideal"]).dt.days
    table["days_late"] = late.clip(lower=0).astype("Int64")
    columns = ["customer_id", "owner", "due", "date", "days_late"]
    return table.sort_values(["owner", "date"], kind="stable")[columns].reset_index(drop=True)


def birthdays(customers: pd.DataFrame, as_of: Any, days: int = 30) -> pd.DataFrame:
    """Return whose birthday comes in the next days; one on February 29 is kept on March 1 in other years.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``, ``birth_date``.
    as_of : date
        The first day that counts is the next one.
    days : int

    Returns
    -------
    DataFrame
        Index customer_id; ``birthday`` (the day to come), by day.

    Examples
    --------
    >>> born = pd.to_datetime(["1990-01-03", "1984-02-29", "1990-06-01"])
    >>> birthdays(pd.DataFrame({"customer_id": list("uvw"), "birth_date": born}), "2022-12-31", 60).index.tolist()
    ['u', 'v']
    """
    known = needed(customers, "customers", ["customer_id", "birth_date"]).dropna(subset=["birth_date"])
    first = pd.Timestamp(as_of).normalize() + DAY
    born = pd.to_datetime(known["birth_date"])
    found = pd.Series(pd.NaT, index=known.index, dtype="datetime64[ns]")
    for year in (first.year + 1, first.year):
        moved = pd.to_datetime({"year": year, "month": born.dt.month, "day": 1}) + (born.dt.day - 1) * DAY
        found = moved.where(moved >= first, found)
    near = found < first + days * DAY
    table = pd.DataFrame({"birthday": found[near].to_numpy()}, index=pd.Index(known.loc[near, "customer_id"]))
    return table.sort_values("birthday", kind="stable")


def customer_pool(customers: pd.DataFrame, as_of: Any, idle_days: int = 90) -> pd.DataFrame:
    """Return the customers whom nobody looks after: without an owner, or not followed for so long.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``, ``owner``, ``last_followed``.
    as_of : date
    idle_days : int
        Days without a follow-up after which a customer goes back to the pool (公海).

    Returns
    -------
    DataFrame
        Index customer_id; ``owner``, ``idle`` (days since the last follow-up; blank: never) and ``pool``:
        ``unowned``, ``idle``, or ``never_followed`` of an owner who never did.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-05-30", None])
    >>> table = pd.DataFrame({"customer_id": list("uvw"), "owner": ["E1", "E1", None], "last_followed": days})
    >>> customer_pool(table, "2024-05-31")["pool"].to_dict()
    {'u': 'idle', 'w': 'unowned'}
    """
    table = needed(customers, "customers", ["customer_id", "owner", "last_followed"]).set_index("customer_id")
    idle = (pd.Timestamp(as_of).normalize() - pd.to_datetime(table["last_followed"]).dt.normalize()).dt.days
    found = pd.DataFrame({"owner": table["owner"].astype(object), "idle": idle.astype("Int64")})
    state = pd.Series(pd.NA, index=table.index, dtype=object)
    state[(idle > idle_days).to_numpy()] = "idle"
    state[idle.isna().to_numpy()] = "never_followed"
    state[table["owner"].isna().to_numpy()] = "unowned"
    return found.assign(pool=state)[state.notna().to_numpy()]


def owner_load(customers: pd.DataFrame, hours: pd.Series) -> pd.DataFrame:
    """Return how many customers each owner has and how many hours a month they ask for.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``, ``owner``; without one a customer counts as ``unowned``.
    hours : Series, index customer
        Working hours a month that each customer's tier asks for.

    Returns
    -------
    DataFrame
        Index owner; ``customers``, ``hours_needed``, ``hours_share``, the heaviest load first.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("uvw"), "owner": ["E1", "E1", None]})
    >>> owner_load(table, pd.Series({"u": 3.0, "v": 1.0, "w": 4.0}))["hours_needed"].to_dict()
    {'E1': 4.0, 'unowned': 4.0}
    """
    table = needed(customers, "customers", ["customer_id", "owner"]).set_index("customer_id")
    owner = table["owner"].astype(object).fillna("unowned").reindex(hours.index, fill_value="unowned")
    grouped = hours.groupby(owner.to_numpy())
    found = pd.DataFrame({"customers": grouped.size(), "hours_needed": grouped.sum()}).rename_axis("owner")
    found["hours_share"] = found["hours_needed"] / max(found["hours_needed"].sum(), 1e-12)
    return found.sort_values("hours_needed", ascending=False, kind="stable")
