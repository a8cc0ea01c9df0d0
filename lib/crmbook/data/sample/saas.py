"""The saas case: software sold by yearly contract, three plans whose customers differ in how likely they are to leave.

Every customer has a chance of his own not to renew, drawn from his plan's beta distribution, which is what the
shifted-beta-geometric model takes customers to be. So the model can be asked to find the planted parameters again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample.tables import typed
from crmbook.data.schema import TABLES, TRUTH

FIRST, LAST = pd.Timestamp("2018-01-01"), pd.Timestamp("2024-12-31")

PLANS = pd.DataFrame(
    {
        "alpha": [0.8, 0.7, 0.5],
        "beta": [1.7, 3.3, 4.6],
        "monthly_fee": [90.0, 260.0, 700.0],
        "share": [0.44, 0.34, 0.22],
    },
    index=pd.Index(["basic", "plus", "pro"], name="plan"),
)
"""Each plan: the beta distribution of its customers' chance not to renew, its fee and its share of new customers."""

SOURCES = {"search": 0.18, "social": 0.10, "event": 0.26, "referral": 0.38}
"""Chance that a lead of each source becomes a customer."""

_SELF_SERVICE = 0.19  # of all accounts: they sign up on the web site and were never a lead
_SOURCE_SHARES = (0.40, 0.28, 0.18, 0.14)
_INDUSTRIES = ("catering", "hotel", "schools", "office", "clinic")
_OWNERS = ("E01", "E02", "E03", "E04")


def build(customers: int, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables of the saas case and ``"truth"``; see ``crmbook.data.sample.generate``.

    ``customers`` counts accounts: leads, and those who signed up by themselves.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(5)]
    accounts = _accounts(streams[0], customers)
    signed = _contracts(streams[1], accounts[accounts["won"]])
    tables = {
        "customers": signed.assign(account_type="consumer", channel=signed["source"], signup_date=signed["start_date"]),
        "leads": _leads(streams[2], accounts, signed),
        "orders": _invoices(signed),
        "contracts": signed,
        "spend": _spend(streams[3], signed),
    }
    shown = {
        name: typed(tables[name].reindex(columns=TABLES[name].names), TABLES[name]) for name in TABLES if name in tables
    }
    return shown | {"truth": _truth(signed)}


def _accounts(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw who comes when and from where, and who becomes a customer; more come each year."""
    day = np.sort((np.sqrt(rng.uniform(0.12, 1.0, count)) - np.sqrt(0.12)) / (1 - np.sqrt(0.12)))
    source = rng.choice(list(SOURCES), count, p=_SOURCE_SHARES)
    alone = rng.random(count) < _SELF_SERVICE
    chance = np.where(alone, 1.0, pd.Series(source).map(SOURCES))
    return pd.DataFrame(
        {
            "created_at": FIRST + pd.to_timedelta((day * (LAST - FIRST).days).astype(int), unit="D"),
            "source": np.where(alone, "web", source),
            "owner": rng.choice(_OWNERS, count),
            "industry": rng.choice(_INDUSTRIES, count),
            "takes": np.where(alone, 0, rng.integers(5, 70, count)),
            "won": rng.random(count) < chance,
        }
    )


def _contracts(rng: np.random.Generator, won: pd.DataFrame) -> pd.DataFrame:
    """Draw each customer's plan, his chance not to renew, and after how many years he leaves."""
    plan = rng.choice(PLANS.index.to_numpy(), len(won), p=PLANS["share"])
    leaves = rng.beta(PLANS["alpha"].loc[plan], PLANS["beta"].loc[plan])
    years = np.minimum(rng.geometric(np.maximum(leaves, 1e-4)), 50)
    start = won["created_at"] + pd.to_timedelta(won["takes"], unit="D")
    # a contract of 29 February would have no anniversary
    start = start.mask((start.dt.month == 2) & (start.dt.day == 29), start - pd.Timedelta(days=1))
    signed = won.assign(start_date=start, plan=plan, leaves=leaves, years=years)
    signed = signed[signed["start_date"] <= LAST].sort_values("start_date", kind="stable")
    end = _anniversary(signed["start_date"], signed["years"]) - pd.Timedelta(days=1)
    ended = end <= LAST
    return signed.assign(
        customer_id=[f"K{number:04d}" for number in range(1, len(signed) + 1)],
        end_date=end.where(ended),
        ended=ended,
        # the last day is 31 December, so each contract has had its anniversary of that year
        renewals=(signed["years"] - 1).where(ended, LAST.year - signed["start_date"].dt.year),
        monthly_fee=signed["plan"].map(PLANS["monthly_fee"]),
    )


def _leads(rng: np.random.Generator, accounts: pd.DataFrame, signed: pd.DataFrame) -> pd.DataFrame:
    """Return the leads in the order of their coming; who has not signed yet is new, contacted, qualified or lost."""
    leads = accounts[accounts["source"] != "web"].copy()
    leads["customer_id"] = signed["customer_id"].reindex(leads.index)
    leads["converted_at"] = signed["start_date"].reindex(leads.index)
    young = (LAST - leads["created_at"]).dt.days
    open_status = rng.choice(["contacted", "qualified"], len(leads))
    status = np.where(young < 7, "new", np.where(young < 90, open_status, "lost"))
    leads["status"] = np.where(leads["customer_id"].notna(), "converted", status)
    leads["lead_id"] = [f"L{number:04d}" for number in range(1, len(leads) + 1)]
    return leads


def _invoices(signed: pd.DataFrame) -> pd.DataFrame:
    """Return an invoice for each year of a contract, on its first day; hosting and support cost a quarter of it."""
    bills = signed.loc[signed.index.repeat(signed["renewals"] + 1)]
    year = bills.groupby("customer_id").cumcount()
    amount = bills["monthly_fee"] * 12
    bills = bills.assign(
        order_date=_anniversary(bills["start_date"], year),
        amount=amount,
        cost=amount * 0.25,
        product_id=bills["plan"],
        currency="CNY",
    ).sort_values(["order_date", "customer_id"], ignore_index=True)
    return bills.assign(order_id=[f"B{number:05d}" for number in range(1, len(bills) + 1)])


def _spend(rng: np.random.Generator, signed: pd.DataFrame) -> pd.DataFrame:
    """Return what was spent each month: acquisition by source, and retention on those under contract."""
    months = pd.date_range(FIRST, LAST, freq="MS")
    cost = {"search": 900.0, "social": 1300.0, "event": 1900.0, "referral": 350.0, "web": 160.0}
    number = (signed["start_date"].dt.year - FIRST.year) * 12 + signed["start_date"].dt.month - 1
    rows = []
    for source, each in cost.items():
        won = np.bincount(number[signed["source"] == source], minlength=len(months))
        amount = np.round(each * won * rng.uniform(0.8, 1.2, len(months)) + each)
        rows.append(pd.DataFrame({"month": months, "purpose": "acquisition", "channel": source, "amount": amount}))
    there = [((signed["start_date"] <= month) & ~(signed["end_date"] < month)).sum() for month in months]
    amount = np.round(22.0 * np.array(there) * rng.uniform(0.9, 1.1, len(months)) + 500)
    rows.append(pd.DataFrame({"month": months, "purpose": "retention", "amount": amount}))
    return pd.concat(rows, ignore_index=True).sort_values("month", kind="stable", ignore_index=True)


def _truth(signed: pd.DataFrame) -> pd.DataFrame:
    """Return the answer key: each customer's chance not to renew, each plan's beta distribution, each source's rate."""
    each = pd.DataFrame(
        {
            "entity": "customer",
            "id": signed["customer_id"],
            "state": np.where(signed["ended"], "lapsed", "alive"),
            "lapse_date": signed["end_date"],
            "value": signed["leaves"].map("{:.3f}".format),
        }
    )
    single = {(f"plan_{name}", plan): PLANS.loc[plan, name] for name in ("alpha", "beta") for plan in PLANS.index}
    single |= {("source", source): chance for source, chance in SOURCES.items()}
    rest = pd.DataFrame([(*key, f"{value:g}") for key, value in single.items()], columns=["entity", "id", "value"])
    key = pd.concat([each, rest], ignore_index=True).reindex(columns=TRUTH.names)
    return typed(key, TRUTH)


def _anniversary(start: pd.Series, years: pd.Series) -> pd.Series:
    days = [day + pd.DateOffset(years=int(count)) for day, count in zip(start, years, strict=True)]
    return pd.Series(pd.to_datetime(days), start.index)
