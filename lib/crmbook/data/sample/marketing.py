"""What the company does to its customers: campaigns, the tier programme, contracts, and the money it costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, purchases
from crmbook.data.sample.planted import Planted

DISCOUNT_DAY = calendar.day("2023-08-28")
PROGRAMME_DAY = calendar.day("2024-01-01")
WINBACK_DAY = calendar.day("2024-05-06")

DISCOUNT_DAYS = 28
WINBACK_DAYS = 60
COUPON_DAYS = 30


def start_discount(state: purchases.State, rng: np.random.Generator) -> pd.DataFrame:
    """Offer a discount for four weeks to half of the consumers who bought in the last half year, drawn at random."""
    recent = (state.last_order >= DISCOUNT_DAY - 180) & state.traits["consumer"]
    invited = np.flatnonzero(recent & (rng.random(len(recent)) < 0.9))
    treated = rng.random(len(invited)) < 0.5
    state.discount_until[invited[treated]] = DISCOUNT_DAY + DISCOUNT_DAYS
    return pd.DataFrame({"person": invited, "treated": treated})


def start_programme(state: purchases.State, rng: np.random.Generator, lines: pd.DataFrame) -> pd.DataFrame:
    """Put half of the best customers of the last six months into the tier programme, the other half in comparison.

    Best is the upper half by spend among those who bought: chosen for a good half year, they fall back afterwards
    with or without a programme (regression to the mean).
    """
    recent = lines[lines["day"].between(PROGRAMME_DAY - 184, PROGRAMME_DAY - 1)]
    spent = np.zeros(len(state.alive))
    np.add.at(spent, recent["person"].to_numpy(), np.rint(recent["amount"].to_numpy() * 10))
    spent[~state.traits["consumer"]] = 0
    buyers = np.flatnonzero(spent > 0)
    best = np.sort(buyers[np.argsort(-spent[buyers], kind="stable")][: round(0.5 * len(buyers))])
    treated = rng.permutation(len(best)) % 2 == 0
    state.in_programme[best[treated]] = True
    return pd.DataFrame({"person": best, "treated": treated})


def start_winback(state: purchases.State, rng: np.random.Generator, planted: Planted) -> pd.DataFrame:
    """Write to consumers with two orders or more who have been silent for 150 days; 40 % are held out."""
    silent = (state.last_order >= 0) & (state.last_order < WINBACK_DAY - 150) & (state.orders >= 2)
    silent &= state.traits["consumer"]
    invited = np.flatnonzero(silent)
    treated = rng.random(len(invited)) < 0.6
    returned = treated & (rng.random(len(invited)) < planted.effects.winback_return)
    before = state.alive[invited]
    purchases.revive(state, invited[returned])
    day = WINBACK_DAY + 3 + rng.integers(0, 45, int(returned.sum()))
    purchases.add_orders(state, rng, invited[returned], day, "winback", planted)
    return pd.DataFrame({"person": invited, "treated": treated, "returned": returned, "alive_before": before})


def bought_within(orders: pd.DataFrame, person: np.ndarray, start: np.ndarray | int, days: int) -> np.ndarray:
    """Return for each person whether an order falls within so many days from the start."""
    begin = np.broadcast_to(np.asarray(start), person.shape)
    campaign = pd.DataFrame({"row": np.arange(len(person)), "person": person, "begin": begin})
    both = campaign.merge(orders[["person", "day"]], on="person")
    inside = both[(both["day"] >= both["begin"]) & (both["day"] < both["begin"] + days)]
    bought = np.zeros(len(person), dtype=bool)
    bought[inside["row"].unique()] = True
    return bought


def contracts(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Draw service contracts of about a third of the partners who have bought: yearly, renewed or ended."""
    first = people["first"].to_numpy()
    candidates = np.flatnonzero(people["account_type"].eq("partner").to_numpy() & (first >= 0))
    chosen = candidates[rng.random(len(candidates)) < 0.38]
    start = first[chosen] + rng.integers(0, 60, len(chosen))
    plus = rng.random(len(chosen)) < 0.4
    years = rng.geometric(np.where(plus, 0.15, 0.30), len(chosen))
    running = start + 365 * years >= calendar.DAYS
    frame = pd.DataFrame(
        {
            "person": chosen,
            "start": start,
            "end": np.where(running, -1, start + 365 * years - 1),
            "renewals": np.where(running, (calendar.DAYS - 1 - start) // 365, years - 1),
            "plan": np.where(plus, "plus", "basic"),
            "monthly_fee": np.where(plus, 680, 280),
        }
    )
    return frame[frame["start"] < calendar.DAYS].reset_index(drop=True)


def spend(rng: np.random.Generator, people: pd.DataFrame, lines: pd.DataFrame, tickets: pd.DataFrame) -> pd.DataFrame:
    """Return what was spent by month: acquisition by channel (fully loaded), retention and service by tier.

    Acquisition follows the customers won, retention the customers who bought, service the tickets opened.
    """
    bought = lines.assign(month=_month(lines["day"].to_numpy())).drop_duplicates(["person", "month"])
    buyers = np.bincount(bought["month"], minlength=36)
    opened = np.bincount(_month(tickets["opened"].to_numpy().astype(int)), minlength=36)
    months = pd.date_range(calendar.FIRST, calendar.LAST, freq="MS")
    rows = []
    first = people["first"].to_numpy()
    month_of = _month(first)
    for channel in ("store", "search", "social", "event", "referral"):
        won = people["channel"].eq(channel).to_numpy() & (first >= 0)
        direct = np.bincount(month_of[won], weights=people["acquisition_cost"].to_numpy()[won], minlength=len(months))
        amount = np.round(direct * rng.uniform(1.15, 1.40, len(months)) + 60)
        rows.append(pd.DataFrame({"month": months, "purpose": "acquisition", "channel": channel, "amount": amount}))
    for purpose, base, each in (("retention", buyers, 5.0), ("service", opened, 55.0)):
        for tier, part in (("A", 0.5), ("B", 0.3), ("C", 0.2)):
            amount = np.round(part * each * base * rng.uniform(0.85, 1.15, len(months)) + 90 * part)
            rows.append(pd.DataFrame({"month": months, "purpose": purpose, "tier": tier, "amount": amount}))
    return pd.concat(rows, ignore_index=True).sort_values("month", kind="stable", ignore_index=True)


def _month(days: np.ndarray) -> np.ndarray:
    """Return the number of each day's month, January 2022 being 0."""
    number = calendar.dates(np.maximum(days, calendar.day("2022-01-01"))).astype("datetime64[M]").astype(int)
    return number - np.datetime64(calendar.FIRST.date(), "M").astype(int)
