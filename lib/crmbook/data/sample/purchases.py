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
from crmbook.data.sample.planted import DEFECTS, Effects, Planted

CAUSES = ("base", "first", "programme", "discount", "callback", "winback")
CHANNELS = ("store", "app", "web", "phone")

_TRAITS = (
    "rate",
    "first",
    "leave",
    "segment",
    "online",
    "app_share",
    "evening",
    "main_category",
    "loyal_to_category",
)


Orders = dict[str, np.ndarray]
"""Orders of a week by column: plain arrays, because a frame for each of 158 weeks costs more than the draws."""


@dataclass
class State:
    """Where every account stands at the beginning of a week; arrays by row of ``people``, dates as day numbers."""

    traits: dict[str, np.ndarray]
    alive: np.ndarray
    lapse: np.ndarray
    last_order: np.ndarray
    orders: np.ndarray
    called_until: np.ndarray
    in_programme: np.ndarray
    discount_until: np.ndarray
    weeks: list[Orders] = field(default_factory=list)
    calls: list[Orders] = field(default_factory=list)


def begin(people: pd.DataFrame) -> State:
    """Return the state before the first week: nobody has bought."""
    count, kind = len(people), people["account_type"]
    traits = {name: people[name].to_numpy() for name in _TRAITS}
    traits["consumer"] = kind.eq("consumer").to_numpy()
    traits["partner"] = kind.eq("partner").to_numpy()
    traits["customer"] = traits["consumer"] | traits["partner"]
    traits["owned"] = people["owner"].ne("").to_numpy()
    return State(
        traits=traits,
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
        orders = _orders_of(state, rng, week, season[7 * week : 7 * week + 7], planted.effects)
        _experience(state, rng, orders, planted)
        _lose(state, rng, week, orders, planted.effects)
        _call(state, rng, week, planted.effects)
        state.weeks.append(orders)


def _orders_of(state: State, rng: np.random.Generator, week: int, days: np.ndarray, effects: Effects) -> Orders:
    """Draw the week's orders: those that come anyhow, those that only an effect brings, and first ones."""
    expected = state.traits["rate"] / 365 * days.sum() * state.alive
    lifts = {
        "base": 1.0,
        "programme": effects.programme_lift * state.in_programme,
        "discount": effects.discount_lift * (state.discount_until > 7 * week),
        "callback": effects.callback_lift * (state.called_until > 7 * week),
    }
    persons, causes, when = [], [], []
    for cause, lift in lifts.items():
        who = np.repeat(np.arange(len(expected)), rng.poisson(expected * lift))
        persons.append(who)
        causes.append(np.full(len(who), CAUSES.index(cause)))
        when.append(7 * week + rng.choice(7, size=len(who), p=days / days.sum()))
    first = state.traits["first"]
    newcomers = np.flatnonzero((first >= 7 * week) & (first < 7 * week + 7))
    state.alive[newcomers] = True
    person = np.concatenate([*persons, newcomers])
    return {
        "person": person,
        "cause": np.concatenate([*causes, np.full(len(newcomers), CAUSES.index("first"))]),
        "day": np.concatenate([*when, first[newcomers]]),
        "reduced": state.discount_until[person] > 7 * week,
    }


def _experience(state: State, rng: np.random.Generator, orders: Orders, planted: Planted) -> None:
    """Draw where and when each order is placed, what it begins with, and how it goes."""
    who = orders["person"]
    orders["channel"], orders["hour"] = _place(state.traits, rng, who)
    orders["days_late"] = _deliver(rng, orders, planted.effects)
    orders["product"] = _first_products(state.traits, rng, who, planted)
    orders["faulty"] = rng.random(len(who)) < _defects(planted.effects)[orders["product"]]
    effects = planted.effects
    angry = effects.plain_complaint + effects.late_complaint * (orders["days_late"] > 0)
    angry += effects.defect_complaint * orders["faulty"]
    orders["complaint"] = state.traits["customer"][who] & (rng.random(len(who)) < angry)
    orders["resolved"] = orders["complaint"] & (rng.random(len(who)) < effects.resolved_share)


def _place(traits: dict[str, np.ndarray], rng: np.random.Generator, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw each order's channel (a number in ``CHANNELS``) and hour."""
    count = len(who)
    online = rng.random(count) < traits["online"][who]
    app = rng.random(count) < traits["app_share"][who]
    phone = rng.random(count) < 0.03
    evening = rng.random(count) < traits["evening"][who]
    late_hour = 19 + rng.integers(0, 5, count)
    office_hour = np.clip(np.floor(rng.normal(13.5, 2.6, count)), 9, 18).astype(int)
    return np.select([phone, ~online, app], [3, 0, 1], 2), np.where(evening, late_hour, office_hour)


def _deliver(rng: np.random.Generator, orders: Orders, effects: Effects) -> np.ndarray:
    """Draw the days each order comes late, −1 where nothing is delivered; the crowded weeks are the worst."""
    count, delivered = len(orders["day"]), orders["channel"] > 0
    crowded = calendar.promotion()[orders["day"]]
    late = delivered & (rng.random(count) < np.where(crowded, effects.late_peak, effects.late))
    return np.where(delivered, np.where(late, 1 + rng.poisson(1.6, count), 0), -1)


def _defects(effects: Effects) -> np.ndarray:
    products = goods.PRODUCTS["product_id"]
    return np.array([DEFECTS.get(product, effects.defect) for product in products])


def _first_products(
    traits: dict[str, np.ndarray], rng: np.random.Generator, who: np.ndarray, planted: Planted
) -> np.ndarray:
    category = rng.choice(len(goods.CATEGORIES), size=len(who), p=goods.POPULARITY)
    faithful = rng.random(len(who)) < traits["loyal_to_category"][who]
    category = np.where(faithful, traits["main_category"][who], category)
    return 5 * category + place_in_category(rng, traits["segment"][who], category, planted)


def place_in_category(
    rng: np.random.Generator, segment: np.ndarray, category: np.ndarray, planted: Planted
) -> np.ndarray:
    """Draw which of a category's five products is taken: dearer ones by segments with a taste for them."""
    prices = goods.PRODUCTS["price"].to_numpy().reshape(len(goods.CATEGORIES), 5)
    taste = np.array([segment.price_taste for segment in planted.segments] + [0.0])
    weight = np.array([1.0, 1.1, 1.0, 0.7, 0.5]) * (prices / prices[:, [0]])[None, :, :] ** taste[:, None, None]
    cumulative = (weight / weight.sum(axis=2, keepdims=True)).cumsum(axis=2)
    return (rng.random(len(segment))[:, None] > cumulative[segment, category, :4]).sum(axis=1)


def _lose(state: State, rng: np.random.Generator, week: int, orders: Orders, effects: Effects) -> None:
    """Decide who is lost in this week: after a purchase, after what was wrong with it, or in silence."""
    who, traits, count = orders["person"], state.traits, len(state.alive)
    np.add.at(state.orders, who, 1)
    np.maximum.at(state.last_order, who, orders["day"])
    own = np.isin(orders["cause"], [CAUSES.index("base"), CAUSES.index("first")])
    stay = 1 - traits["leave"][who] * own
    stay *= 1 - effects.late_leave * (orders["days_late"] > 0)
    stay *= 1 - effects.resolved_leave * orders["resolved"]
    stay *= 1 - effects.unresolved_leave * (orders["complaint"] & ~orders["resolved"])
    by_order = np.zeros(count, dtype=bool)
    by_order[who[rng.random(len(who)) > stay]] = True
    in_silence = rng.random(count) < np.where(traits["partner"], 0.25, 1.0) * effects.leave_in_silence
    gone = state.alive & traits["customer"] & (by_order | in_silence)
    some_day = np.minimum(7 * week + rng.integers(0, 7, count), calendar.DAYS - 1)
    state.lapse[gone] = np.where(by_order, state.last_order, np.maximum(some_day, state.last_order))[gone]
    state.alive[gone] = False
    back = ~state.alive & (state.lapse >= 0) & (state.lapse < 7 * week - 90)
    revive(state, back & (rng.random(count) < effects.spontaneous_return))


def revive(state: State, who: np.ndarray) -> None:
    """Bring lost customers (a mask or rows) back to life."""
    state.alive[who] = True
    state.lapse[who] = -1


def add_orders(
    state: State, rng: np.random.Generator, person: np.ndarray, day: np.ndarray, cause: str, planted: Planted
) -> None:
    """Add orders that a campaign brought, with channel, delivery and all that an order has; nobody is lost by them."""
    orders = {
        "person": person,
        "cause": np.full(len(person), CAUSES.index(cause)),
        "day": day,
        "reduced": np.ones(len(person), dtype=bool),
    }
    _experience(state, rng, orders, planted)
    np.add.at(state.orders, person, 1)
    np.maximum.at(state.last_order, person, day)
    state.weeks.append(orders)


def _call(state: State, rng: np.random.Generator, week: int, effects: Effects) -> None:
    """Call back customers at random among those who bought in the past year; a call has its effect if it reaches."""
    recent = (state.last_order >= 0) & (state.last_order >= 7 * week - 365)
    known = recent & state.traits["owned"] & state.traits["consumer"]
    called = np.flatnonzero(known & (rng.random(len(known)) < 0.009))
    reached = rng.random(len(called)) < 0.62
    day = np.minimum(7 * week + rng.integers(0, 5, len(called)), calendar.DAYS - 1)
    state.called_until[called[reached]] = 7 * (week + 1 + effects.callback_weeks)
    state.calls.append({"person": called, "day": day, "reached": reached})


def take_orders(state: State) -> pd.DataFrame:
    """Take the orders drawn since the last call out of the state, one row an order, by day."""
    orders = together(state.weeks).sort_values("day", kind="stable", ignore_index=True)
    state.weeks.clear()
    return orders


def together(parts: list[Orders]) -> pd.DataFrame:
    """Return parts with the same columns as one frame."""
    return pd.DataFrame({column: np.concatenate([part[column] for part in parts]) for column in parts[0]})
