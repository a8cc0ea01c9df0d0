"""Who the customers and leads of the sample are, with the traits that nobody sees."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, goods, places
from crmbook.data.sample.planted import OWNERS, PSYCHOGRAPHIC_GROUPS, SOURCES, Planted

INCOME_BANDS = ("0-4k", "4-8k", "8-15k", "15-30k", "30k+")
EXIT_REASONS = ("price", "competitor", "moved", "no_need", "service")
INDUSTRIES = ("catering", "hotel", "schools", "office", "clinic")
COUPON_FROM, COUPON_TO = calendar.day("2024-01-01"), calendar.day("2024-11-15")

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_TRADES = {"catering": "餐饮", "hotel": "酒店", "schools": "学校", "office": "商务", "clinic": "诊所"}
_CHANNEL_COSTS = {"store": 14, "search": 46, "social": 34, "event": 52, "referral": 20}
NEVER = -100_000
"""The day number of what did not happen."""


def draw(rng: np.random.Generator, count: int, planted: Planted) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw accounts and leads.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int
        Number of accounts: customers, prospects, partners, suppliers and staff.
    planted : Planted

    Returns
    -------
    people : pandas.DataFrame
        One row an account in order of sign-up, index 0 … count−1: what the customers table shows, and the hidden traits
        (``segment``, ``rate`` in orders a year, ``leave`` the chance to be lost by a purchase, ``first`` the day number
        of the first order or ``NEVER`` …).
    leads : pandas.DataFrame
        One row a lead, ``person`` the row of its account or −1.
    """
    leads = _leads(rng, round(0.53 * count), planted)
    people = _accounts(rng, count, leads)
    people = pd.concat([people, places.live(rng, count)], axis=1)
    people = _traits(rng, people, planted)
    people = _demography(rng, people, planted)
    people = _ownership(rng, people, planted)
    position = np.full(len(leads) + 1, -1)
    from_lead = people["lead"].to_numpy() >= 0
    position[people["lead"].to_numpy()[from_lead]] = np.flatnonzero(from_lead)
    leads["person"] = position[:-1]
    leads["owner"] = np.where(
        leads["person"] >= 0,
        people["owner"].to_numpy(dtype=object)[leads["person"]],
        rng.choice(list(OWNERS), len(leads)),
    )
    return people, leads.sort_values("created", kind="stable", ignore_index=True)


def _growing_days(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw days between the first and the last of the three years, more and more of them as the business grows."""
    weight = (calendar.season() > 0) * (1 + 0.4 * np.arange(calendar.DAYS) / 365) * (0.4 + 0.6 * calendar.season())
    return rng.choice(calendar.DAYS, size=count, p=weight / weight.sum())


def _leads(rng: np.random.Generator, count: int, planted: Planted) -> pd.DataFrame:
    source = rng.choice(len(SOURCES), size=count, p=[0.34, 0.30, 0.16, 0.20])
    chance = np.array(list(SOURCES.values()))[source]
    created = _growing_days(rng, count)
    registered = rng.random(count) < 0.75
    converts = registered & (rng.random(count) < chance / 0.75)
    delay = np.floor(rng.exponential(22.0, count)).astype(int)
    invited = registered & (created >= COUPON_FROM) & (created <= COUPON_TO) & (delay >= 2)
    treated = invited & (rng.random(count) < 0.5)
    by_coupon = treated & ~converts & (rng.random(count) < planted.effects.coupon_conversion)
    delay = np.where(by_coupon, 3 + rng.integers(0, 20, count), delay)
    first = np.where(converts | by_coupon, created + delay, NEVER)
    reached = rng.random(count)
    open_status = np.select([reached < 0.35, reached < 0.7, reached < 0.85], ["contacted", "lost", "qualified"], "new")
    return pd.DataFrame(
        {
            "source": np.array(list(SOURCES))[source],
            "created": created,
            "registered": registered,
            "invited": invited,
            "treated": treated,
            "by_coupon": by_coupon,
            "first": np.where(first < calendar.DAYS, first, NEVER),
            "status": open_status,
        }
    )


def _accounts(rng: np.random.Generator, count: int, leads: pd.DataFrame) -> pd.DataFrame:
    staff, suppliers, partners = max(2, round(0.008 * count)), max(1, round(0.004 * count)), max(2, round(0.02 * count))
    registered = np.flatnonzero(leads["registered"])
    direct = count - staff - suppliers - partners - len(registered)
    kinds = np.repeat(
        ["consumer", "consumer", "partner", "supplier", "staff"], [len(registered), direct, partners, suppliers, staff]
    )
    lead = np.concatenate([registered, np.full(count - len(registered), -1)])
    channel = rng.choice(["store", "search", "social", "referral"], size=count, p=[0.52, 0.20, 0.16, 0.12])
    channel = np.where(lead >= 0, leads["source"].to_numpy()[lead], channel)
    channel = np.where(np.isin(kinds, ["staff", "supplier", "partner"]), "", channel)
    signup = _growing_days(rng, count)
    veteran = (lead < 0) & (rng.random(count) < 0.33)
    signup = np.where(veteran, -rng.integers(1, 1000, count), signup)
    first = signup + np.where(rng.random(count) < 0.7, 0, np.floor(rng.exponential(10.0, count))).astype(int)
    first = np.where(veteran, calendar.day("2022-01-01") + np.floor(rng.exponential(28.0, count)).astype(int), first)
    never = (lead < 0) & (kinds == "consumer") & ~veteran & (rng.random(count) < 0.03)
    first = np.where(never | (first >= calendar.DAYS), NEVER, first)
    signup = np.where(lead >= 0, leads["created"].to_numpy()[lead], signup)
    first = np.where(lead >= 0, leads["first"].to_numpy()[lead], first)
    accounts = pd.DataFrame(
        {"account_type": kinds, "lead": lead, "channel": channel, "signup": signup, "first": first, "veteran": veteran}
    )
    return accounts.sort_values("signup", kind="stable", ignore_index=True)


def _around(rng: np.random.Generator, mean: np.ndarray, strength: float) -> np.ndarray:
    """Draw shares that scatter around a mean like a beta distribution worth ``strength`` observations."""
    return rng.beta(mean * strength, (1 - mean) * strength)


def _traits(rng: np.random.Generator, people: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    count, effects, segments = len(people), planted.effects, planted.segments
    consumer = people["account_type"].eq("consumer").to_numpy()
    partner = people["account_type"].eq("partner").to_numpy()
    segment = rng.choice(len(segments), size=count, p=[segment.share for segment in segments])

    def of(trait: str) -> np.ndarray:
        return np.array([getattr(segment, trait) for segment in segments])[segment]

    people["segment"] = np.where(consumer, segment, -1)
    people["satisfaction"] = rng.normal(size=count)
    rate = of("orders_a_year") * rng.gamma(4.0, 1 / 4.0, count)
    rate = np.where(partner, 9.0 * rng.gamma(2.0, 1 / 2.0, count), rate)
    near = 1 / (1 + effects.distance_decay * np.minimum(people["distance"].to_numpy(), 40.0))
    people["rate"] = rate * near * places.STORES["rate_factor"].to_numpy()[people["store_number"]]
    people["quantity"] = np.where(partner, 10.0, of("quantity")) * rng.lognormal(0.0, 0.30, count)
    people["main_category"] = rng.choice(len(goods.CATEGORIES), size=count, p=goods.POPULARITY)
    people["loyal_to_category"] = _around(rng, of("main_category"), 14.0)
    people["online"] = np.where(partner, 0.5, _around(rng, of("online"), 14.0))
    people["app_share"] = _around(rng, np.where(of("evening") > 0.4, 0.85, 0.35), 8.0)
    people["evening"] = np.where(partner, 0.02, _around(rng, of("evening"), 14.0))
    people["seeks_discount"] = np.where(partner, 0.1, _around(rng, of("discount"), 14.0))
    leave = _around(rng, np.full(count, effects.leave_after_purchase), effects.leave_after_purchase_weight)
    leave *= np.exp(effects.satisfaction_leave * people["satisfaction"])
    leave *= np.where(people["channel"].eq("referral"), effects.referral_leave, 1.0)
    people["leave"] = np.minimum(np.where(consumer, leave, leave * 0.25), 0.6)
    return people


def _demography(rng: np.random.Generator, people: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    count, segment = len(people), people["segment"].to_numpy()
    person = people["account_type"].isin(["consumer", "staff"]).to_numpy()

    def of(trait: str) -> np.ndarray:
        return np.array([getattr(segment, trait) for segment in planted.segments])[segment]

    age = np.clip(rng.normal(of("age"), 8.5), 18, 84)
    born = np.array(calendar.day("2024-12-31") - np.floor(age * 365.25), dtype=int)
    female = rng.random(count) < of("female")
    rank = of("income") + rng.normal(0, 0.9, count) + np.where(people["city_tier"].eq("1"), 0.4, 0.0)
    income = np.clip(np.floor(rank), 0, 4).astype(int)
    schooling = np.clip(np.floor(0.5 * rank + rng.normal(0.3, 0.7, count)), 0, 3).astype(int)
    job = rng.choice(
        ["employee", "teacher", "engineer", "manager", "shopkeeper", "nurse"],
        size=count,
        p=[0.36, 0.12, 0.16, 0.12, 0.14, 0.10],
    )
    job = np.select([age < 23, age > 60], ["student", "retired"], job)
    group = rng.choice(len(PSYCHOGRAPHIC_GROUPS), size=count, p=list(PSYCHOGRAPHIC_GROUPS.values()))
    says = np.where(rng.random(count) < 0.7, group, rng.integers(0, len(PSYCHOGRAPHIC_GROUPS), count))
    groups = np.array(list(PSYCHOGRAPHIC_GROUPS))
    filled = person & (people["first"].to_numpy() >= 0) & (rng.random(count) < 0.92)
    people["gender"] = np.where(person, np.where(female, "f", "m"), "")
    people["birth"] = np.where(filled, born, NEVER)
    people["income_band"] = np.where(filled, np.array(INCOME_BANDS)[income], "")
    people["education"] = np.where(filled, np.array(["secondary", "college", "bachelor", "master"])[schooling], "")
    people["occupation"] = np.where(filled, job, "")
    people["psychographic"] = np.where(people["account_type"].eq("consumer"), groups[group], "")
    people["lifestyle"] = np.where(filled & people["account_type"].eq("consumer"), groups[says], "")
    people["industry"] = np.where(people["account_type"].eq("partner"), rng.choice(INDUSTRIES, count), "")
    grade = rng.choice(["A", "B", "C", "D"], size=count, p=[0.42, 0.30, 0.18, 0.10])
    people["credit_grade"] = np.where(people["account_type"].eq("partner"), grade, "")
    cost = people["channel"].map(_CHANNEL_COSTS).fillna(0).to_numpy() * rng.lognormal(0.0, 0.3, count)
    people["says_why"] = people["account_type"].eq("consumer").to_numpy() & (rng.random(count) < 0.12)
    people["words_after"] = rng.integers(1, 15, count)
    people["why"] = rng.choice(EXIT_REASONS, size=count, p=[0.26, 0.24, 0.15, 0.20, 0.15])
    people["acquisition_cost"] = np.where(people["first"] >= 0, np.round(cost), 0)
    return people


def _ownership(rng: np.random.Generator, people: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Give out owners, the first four getting more of the valuable segments, and let them matter as planted."""
    count = len(people)
    valuable = people["segment"].isin([2, 3]).to_numpy()
    easy = np.array([0.19, 0.18, 0.17, 0.16, 0.08, 0.08, 0.07, 0.07])
    hard = np.array([0.08, 0.08, 0.09, 0.09, 0.17, 0.17, 0.16, 0.16])
    draw = rng.random(count)[:, None]
    number = np.where(valuable, (draw > easy.cumsum()).sum(axis=1), (draw > hard.cumsum()).sum(axis=1)).clip(
        0, len(OWNERS) - 1
    )
    served = people["account_type"].isin(["consumer", "partner"]).to_numpy() & (rng.random(count) < 0.92)
    people["owner"] = np.where(served, np.array(list(OWNERS))[number], "")
    people["rate"] *= np.where(served, np.array(list(OWNERS.values()))[number], 1.0)
    people["referrer"] = _referrers(rng, people)
    return people


def _referrers(rng: np.random.Generator, people: pd.DataFrame) -> np.ndarray:
    """For each referred person draw a consumer who bought before the referred one signed up; −1 for nobody."""
    first, consumer = people["first"].to_numpy(), people["account_type"].eq("consumer").to_numpy()
    buyers = np.flatnonzero(consumer & (first >= 0))
    buyers = buyers[np.argsort(first[buyers], kind="stable")]
    earlier = np.searchsorted(first[buyers], people["signup"].to_numpy(), side="left")
    chosen = np.floor(rng.random(len(people)) ** 1.6 * earlier).astype(int)
    referred = people["channel"].eq("referral").to_numpy() & (earlier > 0)
    return np.where(referred, buyers[np.minimum(chosen, len(buyers) - 1)], -1)


def names(people: pd.DataFrame, ids: np.ndarray) -> list[str]:
    """Return names that nobody bears: a heavenly stem with 某 (so-and-so) and the number of the account."""
    made = []
    for kind, trade, number in zip(people["account_type"], people["industry"], ids, strict=True):
        digits = number[1:]
        if kind == "partner":
            made.append(f"样例{_TRADES[trade]}{digits}")
        elif kind == "supplier":
            made.append(f"样例供应商{digits}")
        else:
            made.append(f"{_STEMS[int(digits) % 10]}某{digits}")
    return made
