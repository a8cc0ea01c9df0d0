"""The sample's three years: days, weeks and the season."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2022-01-01")
LAST = pd.Timestamp("2024-12-31")
MONDAY = pd.Timestamp("2021-12-27")
"""Day 0: the Monday on or before the first day, so that weeks are calendar weeks."""

DAYS = (LAST - MONDAY).days + 1
WEEKS = -(-DAYS // 7)

_SPRING_FESTIVALS = ("2022-02-01", "2023-01-22", "2024-02-10")
_WEEKDAYS = (0.88, 0.86, 0.90, 0.95, 1.08, 1.25, 1.20)
_MONTHS = (1.02, 0.92, 0.95, 0.97, 1.02, 1.00, 0.90, 0.90, 1.02, 1.06, 1.08, 1.10)


def day(date: str) -> int:
    """Return the number of a date, Monday 27 December 2021 being day 0."""
    return (pd.Timestamp(date) - MONDAY).days


def dates(days: np.ndarray | pd.Series) -> np.ndarray:
    """Return day numbers as dates, to the day; a negative number stays a date before the first Monday."""
    return np.datetime64(MONDAY.date(), "D") + np.asarray(days, dtype="int64")


@cache
def season() -> np.ndarray:
    """Return the demand of each day relative to an average day (mean 1 in the three years, 0 before them).

    Weekends, months, the rush before the spring festival and the quiet after it, 18 June and Double 11 make it.
    """
    calendar = pd.date_range(MONDAY, LAST)
    demand = np.array(_WEEKDAYS)[calendar.day_of_week] * np.array(_MONTHS)[calendar.month - 1]
    number = np.arange(DAYS)
    for festival in map(day, _SPRING_FESTIVALS):
        demand[(number >= festival - 16) & (number < festival - 1)] *= 1.5
        demand[(number >= festival - 1) & (number < festival + 6)] *= 0.45
    for year in (2022, 2023, 2024):
        demand[(number >= day(f"{year}-06-12")) & (number <= day(f"{year}-06-18"))] *= 1.5
        demand[(number >= day(f"{year}-11-05")) & (number <= day(f"{year}-11-11"))] *= 2.0
        demand[day(f"{year}-11-11")] *= 1.8
    demand[calendar < FIRST] = 0
    demand /= demand[calendar >= FIRST].mean()
    demand.flags.writeable = False
    return demand


@cache
def promotion() -> np.ndarray:
    """Return for each day whether the shop-wide promotion runs: the weeks of 18 June and of Double 11."""
    number = np.arange(DAYS)
    runs = np.zeros(DAYS, dtype=bool)
    for year in (2022, 2023, 2024):
        runs |= (number >= day(f"{year}-06-12")) & (number <= day(f"{year}-06-18"))
        runs |= (number >= day(f"{year}-11-05")) & (number <= day(f"{year}-11-11"))
    runs.flags.writeable = False
    return runs
