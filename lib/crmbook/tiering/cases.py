"""The course's cases as made tables with a planted truth: a company whose customers' tiers are known beforehand.

Every name and number is invented. Another seed gives another company of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.schemes import Scheme
from crmbook.shared.purchases import end_of
from crmbook.tiering.assignment import seen_by

AS_OF = pd.Timestamp("2024-12-31")


@dataclass(frozen=True)
class Case:
    """A made company.

    Attributes
    ----------
    as_of : Timestamp
    truth : Series, index customer
        The tier that was planted, in the codes of the case's scheme.
    customers, orders, tickets, leads : DataFrame or None
        The tables that the case has.
    """

    as_of: pd.Timestamp
    truth: pd.Series
    customers: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None
    tickets: pd.DataFrame | None = None
    leads: pd.DataFrame | None = None


def made_case(name: str, customers: int = 400, seed: int = 0) -> Case:
    """Return a case of the course, made anew.

    Parameters
    ----------
    name : {"defects", "bank", "chain", "technology"}
    customers : int
        20 or more.
    seed : int
        The same seed gives the same company.

    Raises
    ------
    DataError
        When there is no such case, or there are fewer than 20 customers.

    Examples
    --------
    >>> made_case("bank").truth.value_counts().index.tolist()
    ['general', 'potential', 'important', 'premier']
    """
    if name not in _CASES or customers < 20:
        raise DataError("tiering_case", case=name, cases=", ".join(_CASES), customers=customers)
    return _CASES[name](np.random.default_rng([seed, *name.encode()]), customers)


def known_by(orders: pd.DataFrame, leads: pd.DataFrame | None, as_of: Any, scheme: Scheme) -> pd.DataFrame:
    """Return everybody who was known on a day, by an order or by a lead, as a scheme sees them.

    Parameters
    ----------
    orders : DataFrame
    leads : DataFrame or None
        ``customer_id`` and ``created_at``; leads without a customer are nobody yet.
    as_of : date
    scheme : Scheme

    Returns
    -------
    DataFrame
        As `crmbook.tiering.seen_by` gives it; who has a lead only has 0 orders and no money.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> day = pd.to_datetime(["2024-01-05"])
    >>> lines = pd.DataFrame({"order_id": [1], "customer_id": "u", "order_date": day, "amount": [9.0]})
    >>> leads = pd.DataFrame({"customer_id": ["u", "v"], "created_at": day.repeat(2)})
    >>> known_by(lines, leads, "2024-01-31", schemes.read("technology"))["frequency"].to_dict()
    {'u': 1, 'v': 0}
    """
    seen = seen_by(orders, as_of, scheme)
    if leads is None or leads.empty:
        return seen
    named = leads.loc[leads["created_at"] < end_of(as_of), "customer_id"].dropna().unique()
    everyone = seen.index.union(pd.Index(named, name="customer_id"))
    table = seen.reindex(everyone)
    return table.assign(frequency=table["frequency"].fillna(0).astype("int64"), monetary=table["monetary"].fillna(0.0))


def _ids(n: int) -> pd.Index:
    return pd.Index([f"K{i:04}" for i in range(1, n + 1)], name="customer_id")


def _drawn(random: np.random.Generator, shares: dict[str, float], n: int) -> pd.Series:
    return pd.Series(random.choice(list(shares), n, p=list(shares.values())), index=_ids(n), name="truth")


def _orders(
    random: np.random.Generator, truth: pd.Series, each: dict[str, float], mean: dict[str, float], days: int = 365
) -> pd.DataFrame:
    """Return orders: each customer's number is Poisson with its kind's rate, at least one; amounts are lognormal."""
    counts = np.maximum(random.poisson(truth.map(each)), 1)
    who = truth.index.repeat(counts)
    kind = truth.loc[who]
    day = AS_OF - pd.to_timedelta(random.integers(0, days, len(who)), unit="D")
    amount = random.lognormal(np.log(kind.map(mean).to_numpy(dtype=float)), 0.45).round(2)
    return pd.DataFrame(
        {"order_id": [f"B{i:05}" for i in range(len(who))], "customer_id": who, "order_date": day, "amount": amount}
    )


def _tickets(random: np.random.Generator, truth: pd.Series, each: dict[str, float]) -> pd.DataFrame:
    who = truth.index.repeat(random.poisson(truth.map(each)))
    opened = AS_OF - pd.to_timedelta(random.integers(0, 364, len(who)), unit="D")
    numbered = [f"H{i:04}" for i in range(len(who))]
    return pd.DataFrame({"ticket_id": numbered, "customer_id": who, "opened_at": opened, "kind": "complaint"})


def _defects(random: np.random.Generator, n: int) -> Case:
    truth = _drawn(random, {"good": 0.35, "fair": 0.45, "defective": 0.20}, n)
    rate = {"good": 11.0, "fair": 4.0, "defective": 6.0}
    orders = _orders(random, truth, rate, {"good": 300, "fair": 260, "defective": 280})
    kind = truth.loc[orders["customer_id"]]
    terms = pd.to_timedelta(30, unit="D")
    orders["due_date"] = orders["order_date"] + terms
    late = random.random(len(orders)) < kind.map({"good": 0.03, "fair": 0.10, "defective": 0.80}).to_numpy()
    waited = np.where(late, random.integers(5, 60, len(orders)), -random.integers(0, 20, len(orders)))
    orders["paid_date"] = orders["due_date"] + pd.to_timedelta(waited, unit="D")
    back = random.random(len(orders)) < kind.map({"good": 0.02, "fair": 0.04, "defective": 0.40}).to_numpy()
    given = orders[back].drop(columns=["due_date", "paid_date"])  # nobody has to pay for what was given back
    given["amount"] = -given["amount"]
    given["order_id"] = "R" + given["order_id"]
    returned = given["order_date"] + pd.to_timedelta(7, unit="D")
    given["order_date"] = returned.where(returned <= AS_OF, AS_OF)
    tickets = _tickets(random, truth, {"good": 0.10, "fair": 0.30, "defective": 3.5})
    return Case(AS_OF, truth, orders=pd.concat([orders, given], ignore_index=True), tickets=tickets)


def _bank(random: np.random.Generator, n: int) -> Case:
    truth = _drawn(random, {"premier": 0.06, "important": 0.18, "general": 0.46, "potential": 0.30}, n)
    middle = {"premier": 2_200_000, "important": 560_000, "general": 140_000, "potential": 14_000}
    assets = random.lognormal(np.log(truth.map(middle).to_numpy(dtype=float)), 0.35).round(-2)
    products = 1 + random.binomial(4, truth.map({"premier": 0.8, "important": 0.5, "general": 0.3, "potential": 0.08}))
    years = random.poisson(truth.map({"premier": 9, "important": 6, "general": 4, "potential": 1}))
    overdue = np.zeros(n, dtype=int)
    # some of those with money do not pay: the gate puts them where their record belongs
    rich = (truth != "potential").to_numpy() & (random.random(n) < 0.08)
    overdue[rich] = random.integers(3, 7, rich.sum())
    truth = truth.mask(rich, "potential")
    table = {"assets": assets, "products_held": products, "years": years, "overdue_months": overdue}
    return Case(AS_OF, truth, customers=pd.DataFrame(table, index=truth.index))


def _chain(random: np.random.Generator, n: int) -> Case:
    truth = _drawn(random, {"high": 0.20, "potential": 0.40, "ordinary": 0.40}, n)
    orders = _orders(
        random, truth, {"high": 16, "potential": 8, "ordinary": 3}, {"high": 230, "potential": 140, "ordinary": 70}
    )
    # a few of the best complain without end: planted as ordinary whatever they spend
    angry = (truth == "high").to_numpy() & (random.random(n) < 0.12)
    tickets = _tickets(random, truth, {"high": 0.15, "potential": 0.2, "ordinary": 0.3})
    many = pd.DataFrame({"customer_id": truth.index[angry].repeat(5), "kind": "complaint"})
    many["opened_at"] = AS_OF - pd.to_timedelta(random.integers(0, 300, len(many)), unit="D")
    many["ticket_id"] = [f"G{i:04}" for i in range(len(many))]
    truth = truth.mask(angry, "ordinary")
    return Case(AS_OF, truth, orders=orders, tickets=pd.concat([tickets, many], ignore_index=True))


def _technology(random: np.random.Generator, n: int) -> Case:
    truth = _drawn(random, {"vip": 0.12, "ordinary": 0.48, "potential": 0.40}, n)
    buyers = truth[truth != "potential"]
    orders = _orders(random, buyers, {"vip": 9, "ordinary": 3}, {"vip": 6500, "ordinary": 900}, days=700)
    first = orders.groupby("customer_id")["order_date"].min().reindex(truth.index)
    created = first.fillna(AS_OF) - pd.to_timedelta(random.integers(20, 300, n), unit="D")
    leads = pd.DataFrame({"lead_id": [f"L{i:04}" for i in range(n)], "customer_id": truth.index, "created_at": created})
    leads["converted_at"] = first.to_numpy()
    return Case(AS_OF, truth, orders=orders, leads=leads)


_CASES: dict[str, Callable[[np.random.Generator, int], Case]] = {
    "defects": _defects,
    "bank": _bank,
    "chain": _chain,
    "technology": _technology,
}
