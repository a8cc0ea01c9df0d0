"""When customers buy and when they are lost: a week-by-week process with its causes kept.

The heart is the process of the BG/NBD model (Fader, Hardie and Lee 2005): while alive a customer buys at random at a
rate of the customer's own, and is lost after a purchase with a chance of the customer's own. Season, loss in silence,
late deliveries, complaints, calls, campaigns and the tier programme come on top. Orders that only an effect brought
carry its name as their cause, so that the truth of an effect can be counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, goods
from crmbook.data.sample.planted import DEFECTS, Planted

CAUSES = ("base", "first", "programme", "discount", "callback", "winback")
CHANNELS = ("store", "app", "web", "phone")


@dataclass
class State:
    """Where every account stands at the beginning of a week; arrays by row of ``people``, dates as day numbers."""

    people: pd.DataFrame
    alive: np.ndarray
    lapse: np.ndarray
    last_order: np.ndarray
    orders: np.ndarray
    called_until: np.ndarray
    in_programme: np.ndarray
    discount_until: np.ndarray
    weeks: list[pd.DataFrame] = field(default_factory=list)
    calls: list[pd.DataFrame] = field(default_factory=list)


def begin(people: pd.DataFrame) -> State:
    """Return the state before the first week: nobody has bought."""
    count = len(people)
    return State(
        people=people,
        alive=np.zeros(count, dtype=bool),
        lapse=np.full(count, -1),
        last_order=np.full(count, -1),
        orders=np.zeros(count, dtype=int),
        called_until=np.full(count, -1),
        in_programme=np.zeros(count, dtype=bool),
        discount_until=np.full(count, -1),
    )


def run(state: State, rng: np.random.Generator, start: int, stop: int, planted: Planted) -> None:
    """Let the weeks from ``start`` up to, not including, ``stop`` pass."""
    season = np.concatenate([calendar.season(), np.zeros(7)])
    for week in range(start, stop):
        days = season[7 * week : 7 * week + 7]
        orders = _orders_of(state, rng, week, days, planted)
        _experience(state, rng, orders, planted)
        _lose(state, rng, week, orders, planted)
        _call(state, rng, week, planted)
        state.weeks.append(orders)


def _orders_of(state: State, rng: np.random.Generator, week: int, days: np.ndarray, planted: Planted) -> pd.DataFrame:
    people, effects = state.people, planted.effects
    expected = people["rate"].to_numpy() / 365 * days.sum() * state.alive
    lifts = {
        "base": np.ones(len(people)),
        "programme": effects.programme_lift * state.in_programme,
        "discount": effects.discount_lift * (state.discount_until > 7 * week),
        "callback": effects.callback_lift * (state.called_until > 7 * week),
    }
    persons, causes, when = [], [], []
    chance = days / days.sum()
    for cause, lift in lifts.items():
        who = np.repeat(np.arange(len(people)), rng.poisson(expected * lift))
        persons.append(who)
        causes.append(np.full(len(who), CAUSES.index(cause)))
        when.append(7 * week + rng.choice(7, size=len(who), p=chance))
    first = people["first"].to_numpy()
    newcomers = np.flatnonzero((first >= 7 * week) & (first < 7 * week + 7))
    persons.append(newcomers)
    causes.append(np.full(len(newcomers), CAUSES.index("first")))
    when.append(first[newcomers])
    orders = pd.DataFrame(
        {"person": np.concatenate(persons), "cause": np.concatenate(causes), "day": np.concatenate(when)}
    )
    orders["reduced"] = state.discount_until[orders["person"]] > 7 * week
    state.alive[newcomers] = True
    return orders


def _experience(state: State, rng: np.random.Generator, orders: pd.DataFrame, planted: Planted) -> None:
    """Draw each order's channel, hour, first product and delivery, and whether a complaint follows and is resolved."""
    people, effects, count = state.people, planted.effects, len(orders)
    who = orders["person"].to_numpy()
    online = rng.random(count) < people["online"].to_numpy()[who]
    app = rng.random(count) < people["app_share"].to_numpy()[who]
    phone = rng.random(count) < 0.03
    channel = np.select([phone, ~online, app], [3, 0, 1], 2)
    evening = rng.random(count) < people["evening"].to_numpy()[who]
    hour = np.where(evening, 19 + rng.integers(0, 5, count), np.clip(np.floor(rng.normal(13.5, 2.6, count)), 9, 18))
    crowded = calendar.promotion()[orders["day"]]
    late = (channel > 0) & (rng.random(count) < np.where(crowded, effects.late_peak, effects.late))
    orders["channel"] = channel
    orders["hour"] = hour.astype(int)
    orders["days_late"] = np.where(channel == 0, -1, np.where(late, 1 + rng.poisson(1.6, count), 0))
    orders["product"] = _first_products(state, rng, who, planted)
    defect = np.full(len(goods.PRODUCTS), effects.defect)
    for product, chance in DEFECTS.items():
        defect[goods.number(product)] = chance
    orders["faulty"] = rng.random(count) < defect[orders["product"]]
    angry = effects.plain_complaint + effects.late_complaint * late + effects.defect_complaint * orders["faulty"]
    consumer = people["account_type"].isin(["consumer", "partner"]).to_numpy()[who]
    orders["complaint"] = consumer & (rng.random(count) < angry.to_numpy())
    orders["resolved"] = orders["complaint"] & (rng.random(count) < effects.resolved_share)


def _first_products(state: State, rng: np.random.Generator, who: np.ndarray, planted: Planted) -> np.ndarray:
    people, count = state.people, len(who)
    category = rng.choice(len(goods.CATEGORIES), size=count, p=goods.POPULARITY)
    faithful = rng.random(count) < people["loyal_to_category"].to_numpy()[who]
    category = np.where(faithful, people["main_category"].to_numpy()[who], category)
    return 5 * category + place_in_category(rng, people["segment"].to_numpy()[who], category, planted)


def place_in_category(
    rng: np.random.Generator, segment: np.ndarray, category: np.ndarray, planted: Planted
) -> np.ndarray:
    """Draw which of a category's five products is taken: dearer ones by segments with a taste for them."""
    prices = goods.PRODUCTS["price"].to_numpy().reshape(len(goods.CATEGORIES), 5)
    taste = np.array([segment.price_taste for segment in planted.segments] + [0.0])
    weight = np.array([1.0, 1.1, 1.0, 0.7, 0.5]) * (prices / prices[:, [0]])[None, :, :] ** taste[:, None, None]
    cumulative = (weight / weight.sum(axis=2, keepdims=True)).cumsum(axis=2)
    return (rng.random(len(segment))[:, None] > cumulative[segment, category, :4]).sum(axis=1)


def _lose(state: State, rng: np.random.Generator, week: int, orders: pd.DataFrame, planted: Planted) -> None:
    """Decide who is lost in this week: after a purchase, after what was wrong with it, or in silence."""
    people, effects, count = state.people, planted.effects, len(state.people)
    who, cause = orders["person"].to_numpy(), orders["cause"].to_numpy()
    np.add.at(state.orders, who, 1)
    np.maximum.at(state.last_order, who, orders["day"].to_numpy())
    own = np.isin(cause, [CAUSES.index("base"), CAUSES.index("first")])
    stay = 1 - people["leave"].to_numpy()[who] * own
    stay *= 1 - effects.late_leave * (orders["days_late"] > 0)
    stay *= 1 - effects.resolved_leave * orders["resolved"]
    stay *= 1 - effects.unresolved_leave * (orders["complaint"] & ~orders["resolved"])
    lost_by_order = np.zeros(count, dtype=bool)
    lost_by_order[who[rng.random(len(who)) > stay]] = True
    consumer = people["account_type"].isin(["consumer", "partner"]).to_numpy()
    silent = rng.random(count) < np.where(people["account_type"].eq("partner"), 0.25, 1.0) * effects.leave_in_silence
    gone = state.alive & consumer & (lost_by_order | silent)
    some_day = np.minimum(7 * week + rng.integers(0, 7, count), calendar.DAYS - 1)
    state.lapse[gone] = np.where(lost_by_order, state.last_order, np.maximum(some_day, state.last_order))[gone]
    state.alive[gone] = False
    back = ~state.alive & (state.lapse >= 0) & (state.lapse < 7 * week - 90)
    back &= rng.random(count) < effects.spontaneous_return
    revive(state, back)


def revive(state: State, who: np.ndarray) -> None:
    """Bring lost customers (a mask or rows) back to life."""
    state.alive[who] = True
    state.lapse[who] = -1


def add_orders(
    state: State, rng: np.random.Generator, person: np.ndarray, day: np.ndarray, cause: str, planted: Planted
) -> None:
    """Add orders that a campaign brought, with channel, delivery and all that an order has; nobody is lost by them."""
    orders = pd.DataFrame({"person": person, "cause": CAUSES.index(cause), "day": day, "reduced": True})
    _experience(state, rng, orders, planted)
    np.add.at(state.orders, person, 1)
    np.maximum.at(state.last_order, person, day)
    state.weeks.append(orders)


def _call(state: State, rng: np.random.Generator, week: int, planted: Planted) -> None:
    """Call back customers at random among those who bought in the past year; a call has its effect if it reaches."""
    people = state.people
    known = (state.last_order >= 7 * week - 365) & people["owner"].ne("").to_numpy()
    known &= people["account_type"].eq("consumer").to_numpy() & (state.last_order >= 0)
    called = np.flatnonzero(known & (rng.random(len(people)) < 0.009))
    reached = rng.random(len(called)) < 0.62
    day = np.minimum(7 * week + rng.integers(0, 5, len(called)), calendar.DAYS - 1)
    state.called_until[called[reached]] = 7 * (week + 1 + planted.effects.callback_weeks)
    state.calls.append(pd.DataFrame({"person": called, "day": day, "reached": reached}))


def take_orders(state: State) -> pd.DataFrame:
    """Take the orders drawn since the last call out of the state, one row an order, by day."""
    orders = pd.concat(state.weeks, ignore_index=True).sort_values("day", kind="stable", ignore_index=True)
    state.weeks.clear()
    return orders
