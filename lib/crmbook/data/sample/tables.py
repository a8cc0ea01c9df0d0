"""Shows what was drawn as the tables of the schema: identifiers, dates, words, and nothing of what is hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, goods, marketing, people, places, purchases, service
from crmbook.data.sample.drawing import Drawn
from crmbook.data.schema import TABLES, Table


def show(drawn: Drawn) -> dict[str, pd.DataFrame]:
    """Return every table of the schema, columns in its order and of its kinds."""
    tables = {
        "customers": _customers(drawn),
        "leads": _leads(drawn),
        "orders": _orders(drawn),
        "interactions": _dated_rows(drawn, drawn.contacts, "date", "day"),
        "tickets": _tickets(drawn),
        "survey": _survey(drawn),
        "kano": drawn.kano.assign(response_id=response_ids(drawn)[drawn.kano["response"]]),
        "contracts": _contracts(drawn),
        "campaigns": _campaigns(drawn),
        "spend": drawn.spend,
        "programme": _programme(drawn),
        "lifestyle": drawn.lifestyle.assign(customer_id=customer_ids(drawn)[drawn.lifestyle["person"]]),
        "usage": _dated_rows(drawn, drawn.usage, "month", "month"),
        "stores": places.STORES,
    }
    return {name: typed(tables[name], TABLES[name]) for name in TABLES}


NOT_DRAWN = {"tickets": ("channel",)}
"""Columns that the sample's tables do not have."""


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a table's columns in their order and kind: blank text missing, dates to the second, flags as booleans."""
    drawn = [column for column in table.columns if column.name not in NOT_DRAWN.get(table.name, ())]
    return pd.DataFrame({column.name: _kind(frame[column.name], column.kind) for column in drawn})


def _kind(values: pd.Series, kind: str) -> pd.Series:
    values = values.reset_index(drop=True)
    if kind in ("id", "text", "category"):
        return values.astype("str").where(values.notna() & values.ne(""))
    if kind == "date":
        return pd.to_datetime(values).astype("datetime64[s]")
    if kind == "flag":
        return values.astype(bool)
    if kind == "integer":
        return values.astype("float64" if values.isna().any() else "int64")
    return values


def customer_ids(drawn: Drawn) -> np.ndarray:
    """Return the identifier of each row of people."""
    return _numbered("C", len(drawn.people), 4)


def response_ids(drawn: Drawn) -> np.ndarray:
    """Return the identifier of each answer sheet."""
    return _numbered("R", len(drawn.answers), 4)


def dated(days: np.ndarray | pd.Series, shown: np.ndarray | pd.Series) -> np.ndarray:
    """Return day numbers as dates, blank where not shown."""
    return np.where(np.asarray(shown), calendar.dates(np.where(shown, days, 0)), np.datetime64("NaT", "D"))


def _numbered(letter: str, count: int, width: int) -> np.ndarray:
    width = max(width, len(str(count)))
    return np.array([f"{letter}{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def _dated_rows(drawn: Drawn, frame: pd.DataFrame, column: str, day: str) -> pd.DataFrame:
    return frame.assign(customer_id=customer_ids(drawn)[frame["person"]], **{column: calendar.dates(frame[day])})


def _customers(drawn: Drawn) -> pd.DataFrame:
    persons, state, ids = drawn.people, drawn.state, customer_ids(drawn)
    followed = np.full(len(persons), -1)
    np.maximum.at(followed, drawn.contacts["person"].to_numpy(), drawn.contacts["day"].to_numpy())
    leaves = state.lapse + persons["words_after"].to_numpy()
    tells = persons["says_why"].to_numpy() & (state.lapse >= 0) & (leaves < calendar.DAYS)
    referrer = persons["referrer"].to_numpy()
    return persons.assign(
        customer_id=ids,
        name=people.names(persons, ids),
        birth_date=dated(persons["birth"], persons["birth"] > people.NEVER),
        signup_date=calendar.dates(persons["signup"]),
        acquisition_cost=persons["acquisition_cost"].where(persons["acquisition_cost"].gt(0)),
        last_followed=dated(followed, (followed >= 0) & persons["owner"].ne("").to_numpy()),
        referrer_id=np.where(referrer >= 0, ids[referrer], ""),
        exit_date=dated(leaves, tells),
        exit_reason=np.where(tells, persons["why"], ""),
    )


def _leads(drawn: Drawn) -> pd.DataFrame:
    leads, ids = drawn.leads, customer_ids(drawn)
    person, converted = leads["person"].to_numpy(), leads["first"].to_numpy() >= 0
    return leads.assign(
        lead_id=_numbered("L", len(leads), 4),
        customer_id=np.where(person >= 0, ids[person], ""),
        created_at=calendar.dates(leads["created"]),
        status=np.where(converted, "converted", leads["status"]),
        converted_at=dated(leads["first"], converted),
    )


def _order_ids(drawn: Drawn) -> np.ndarray:
    return _numbered("O", int(drawn.lines["number"].max()), 5)


def _orders(drawn: Drawn) -> pd.DataFrame:
    lines = drawn.lines
    product = goods.PRODUCTS.iloc[lines["product"]].reset_index(drop=True)
    in_store = lines["channel"].eq(purchases.CHANNELS.index("store")).to_numpy()
    return lines.assign(
        order_id=_order_ids(drawn)[lines["number"] - 1],
        customer_id=customer_ids(drawn)[lines["person"]],
        order_date=calendar.dates(lines["day"]),
        product_id=product["product_id"],
        category=product["category"],
        channel=np.array(purchases.CHANNELS)[lines["channel"]],
        due_date=dated(lines["due"], lines["due"] >= 0),
        paid_date=dated(lines["paid"], lines["paid"] >= 0),
        currency="CNY",
        store=np.where(in_store, drawn.people["store"].to_numpy()[lines["person"]], ""),
        days_late=lines["days_late"].where(lines["days_late"] >= 0),
    )


def _tickets(drawn: Drawn) -> pd.DataFrame:
    tickets = drawn.tickets
    sales = drawn.lines[~drawn.lines["is_return"]]
    number = np.zeros(len(drawn.orders), dtype=int)
    number[sales["order"]] = sales["number"]
    return tickets.assign(
        ticket_id=_numbered("T", len(tickets), 4),
        customer_id=customer_ids(drawn)[tickets["person"]],
        opened_at=service.moments(tickets["opened"].to_numpy()),
        first_response_at=service.moments(tickets["responded"].to_numpy()),
        closed_at=service.moments(tickets["closed"].to_numpy()),
        category=tickets["about"],
        product_id=goods.PRODUCTS["product_id"].to_numpy()[tickets["product"]],
        order_id=_order_ids(drawn)[number[tickets["order"]] - 1],
    )


def _survey(drawn: Drawn) -> pd.DataFrame:
    return _dated_rows(drawn, drawn.answers, "date", "day").assign(response_id=response_ids(drawn))


def _contracts(drawn: Drawn) -> pd.DataFrame:
    contracts = drawn.contracts
    return contracts.assign(
        customer_id=customer_ids(drawn)[contracts["person"]],
        start_date=calendar.dates(contracts["start"]),
        end_date=dated(contracts["end"], contracts["end"] >= 0),
    )


def _programme(drawn: Drawn) -> pd.DataFrame:
    chosen = drawn.programme
    return pd.DataFrame(
        {
            "customer_id": customer_ids(drawn)[chosen["person"]],
            "group": np.where(chosen["treated"], "treated", "control"),
            "start_date": calendar.dates(np.full(len(chosen), marketing.PROGRAMME_DAY)),
        }
    )


def _campaigns(drawn: Drawn) -> pd.DataFrame:
    invited = drawn.leads[drawn.leads["invited"]]
    coupon = invited.assign(day=invited["created"] + 2)
    discount = drawn.discount.assign(day=marketing.DISCOUNT_DAY)
    winback = drawn.winback.assign(day=marketing.WINBACK_DAY)
    parts = [
        _campaign(drawn, discount, "autumn", "15_off", 1.0, marketing.DISCOUNT_DAYS),
        _campaign(drawn, coupon, "coupon", "coupon_20", 3.0, marketing.COUPON_DAYS),
        _campaign(drawn, winback, "win_back", "coupon_50", 4.0, marketing.WINBACK_DAYS),
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["date", "customer_id"], kind="stable")


def _campaign(drawn: Drawn, chosen: pd.DataFrame, name: str, offer: str, cost: float, days: int) -> pd.DataFrame:
    person, day = chosen["person"].to_numpy(), chosen["day"].to_numpy()
    treated = chosen["treated"].to_numpy()
    return pd.DataFrame(
        {
            "campaign": name,
            "customer_id": customer_ids(drawn)[person],
            "date": calendar.dates(day),
            "arm": np.where(treated, "treated", "holdout"),
            "offer": np.where(treated, offer, ""),
            "cost": np.where(treated, cost, 0.0),
            "responded": marketing.bought_within(drawn.orders, person, day, days),
        }
    )
