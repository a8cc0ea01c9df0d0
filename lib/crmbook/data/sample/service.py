"""Tickets and contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, purchases
from crmbook.data.sample.planted import OWNERS

_EVENTS = ("05-20", "09-16", "12-05")
_HOUR = 1 / 24


def tickets(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Draw the tickets of complaints and a few requests, with times in days since the first Monday.

    A complaint that the process drew as unresolved was rejected, or is never closed; the others end in a remedy. What
    would happen after the last day has not happened: such a ticket is open.
    """
    complaint = orders["complaint"].to_numpy()
    customer = people["account_type"].isin(["consumer", "partner"]).to_numpy()[orders["person"]]
    request = ~complaint & customer & (rng.random(len(orders)) < 0.012)
    chosen = orders[complaint | request].copy()
    chosen["order"] = chosen.index
    count = len(chosen)
    unhappy = chosen["complaint"].to_numpy()
    late = chosen["days_late"].to_numpy()
    noticed = chosen["day"].to_numpy() + np.maximum(late, 0) + rng.integers(1, 5, count)
    opened = noticed + rng.uniform(8, 21, count) * _HOUR
    about_delivery = unhappy & (late > 0) & ~chosen["faulty"].to_numpy()
    about_quality = unhappy & chosen["faulty"].to_numpy()
    other = rng.choice(["service", "billing"], size=count)
    asked = rng.choice(["information", "invoice", "how_to"], size=count)
    chosen["kind"] = np.where(unhappy, "complaint", "request")
    chosen["about"] = np.select([about_delivery, about_quality, unhappy], ["delivery", "quality", other], asked)
    severity = np.clip(1 + rng.poisson(0.5, count) + (late > 3), 1, 3)
    chosen["severity"] = np.where(unhappy, severity, 1)
    resolved = chosen["resolved"].to_numpy() | ~unhappy
    respond = rng.lognormal(1.5, 0.9, count) / chosen["severity"].to_numpy() ** 0.4
    solve = respond + rng.lognormal(3.5, 0.9, count) * np.where(resolved, 1.0, 1.8)
    never = ~resolved & (rng.random(count) < 0.12)
    chosen["opened"] = opened
    chosen["responded"] = opened + respond * _HOUR
    chosen["closed"] = np.where(never, np.inf, opened + solve * _HOUR)
    remedy = rng.choice(["refund", "exchange", "voucher", "apology"], size=count, p=[0.35, 0.25, 0.25, 0.15])
    chosen["resolution"] = np.select([~unhappy, resolved], ["answered", remedy], "rejected")
    chosen["reopened"] = rng.random(count) < np.where(unhappy, 0.09, 0.02)
    chosen = chosen[chosen["opened"] < calendar.DAYS]
    chosen = chosen.sort_values("opened", kind="stable", ignore_index=True)
    open_still = chosen["closed"] >= calendar.DAYS
    chosen.loc[open_still, "resolution"] = ""
    chosen.loc[open_still, "reopened"] = False
    return chosen


def moments(days: np.ndarray) -> np.ndarray:
    """Return times as dates to the minute; those beyond the last day are not a time."""
    shown = np.isfinite(days) & (days < calendar.DAYS)
    minutes = np.round(np.where(shown, days, 0) * 1440).astype("int64")
    made = np.datetime64(calendar.MONDAY.date(), "m") + minutes
    return np.where(shown, made, np.datetime64("NaT", "m"))


def interactions(
    rng: np.random.Generator, people: pd.DataFrame, leads: pd.DataFrame, state: purchases.State
) -> pd.DataFrame:
    """Draw contacts: call-backs, visits to partners, first contacts with leads, and events."""
    calls = purchases.together(state.calls)
    calls = calls.assign(
        kind="call",
        channel="phone",
        outcome=np.where(calls["reached"], "reached", "missed"),
        minutes=np.where(calls["reached"], 2 + rng.poisson(5, len(calls)), 1),
        cost=np.where(calls["reached"], 6, 2),
    )
    frame = pd.concat(
        [calls, _visits(rng, people), _first_contacts(rng, leads), _events(rng, people)], ignore_index=True
    )
    frame = frame[(frame["day"] >= calendar.day("2022-01-01")) & (frame["day"] < calendar.DAYS)]
    frame = frame.sort_values(["day", "person"], kind="stable", ignore_index=True)
    return frame[["person", "day", "kind", "channel", "outcome", "minutes", "cost"]]


def _visits(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    owned = people["account_type"].eq("partner") & people["owner"].isin(list(OWNERS)) & people["first"].ge(0)
    partners = np.flatnonzero(owned)
    often = rng.poisson(3.5, len(partners))
    person = np.repeat(partners, often)
    day = np.floor(rng.uniform(people["first"].to_numpy()[person], calendar.DAYS)).astype(int)
    return pd.DataFrame(
        {
            "person": person,
            "day": day,
            "kind": "visit",
            "channel": "onsite",
            "outcome": rng.choice(["ordered", "positive", "neutral"], size=len(person), p=[0.3, 0.4, 0.3]),
            "minutes": 20 + 5 * rng.integers(0, 9, len(person)),
            "cost": 120,
        }
    )


def _first_contacts(rng: np.random.Generator, leads: pd.DataFrame) -> pd.DataFrame:
    known = leads[leads["person"] >= 0]
    kinds = np.array(["inquiry", "demo", "trial", "email"])
    kind = kinds[rng.choice(4, size=len(known), p=[0.4, 0.15, 0.15, 0.3])]
    frame = pd.DataFrame(
        {
            "person": known["person"].to_numpy(),
            "day": known["created"].to_numpy() + rng.integers(0, 3, len(known)),
            "kind": kind,
            "channel": pd.Series(kind).map({"inquiry": "chat", "demo": "store", "trial": "app", "email": "email"}),
            "outcome": np.where(rng.random(len(known)) < 0.55, "positive", "neutral"),
            "minutes": np.where(kind == "email", 0, 3 + rng.poisson(8, len(known))),
            "cost": np.select([kind == "demo", kind == "trial"], [25, 15], 3),
        }
    )
    return frame[rng.random(len(frame)) < 0.5]


def _events(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    dates = np.array([calendar.day(f"{year}-{day}") for year in (2022, 2023, 2024) for day in _EVENTS])
    customers = people["account_type"].eq("consumer") & people["first"].between(0, dates[-1] - 1)
    guests = np.flatnonzero(customers & (rng.random(len(people)) < 0.10))
    missed = np.searchsorted(dates, people["first"].to_numpy()[guests], side="right")
    number = missed + np.floor(rng.random(len(guests)) * (len(dates) - missed)).astype(int)
    return pd.DataFrame(
        {
            "person": guests,
            "day": dates[number],
            "kind": "event",
            "channel": "store",
            "outcome": rng.choice(["positive", "neutral"], size=len(guests), p=[0.7, 0.3]),
            "minutes": 60,
            "cost": 40,
        }
    )
