"""What is in an order: lines, prices, discounts, returns and invoices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.data.sample import calendar, goods, purchases
from crmbook.data.sample.planted import PAIRS, Planted

_STAFF_DISCOUNT = 0.3
_UNPAID = calendar.DAYS + 1


def fill(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return the lines of orders: one row a product in an order, ``order`` the row in ``orders``."""
    lines = _products(rng, people, orders, planted)
    who, position = lines["person"].to_numpy(), lines["order"].to_numpy()
    mean = np.maximum(people["quantity"].to_numpy()[who] - 1, 0.03)
    lines["quantity"] = 1 + rng.poisson(mean)
    lines["discount"] = _discounts(rng, people, orders, lines, planted)
    year = (lines["day"].to_numpy() - calendar.day("2022-01-01")) // 365.25
    rise = (1 + planted.effects.price_rise) ** np.maximum(year, 0)
    product = goods.PRODUCTS.iloc[lines["product"].to_numpy()]
    wholesale = np.where(people["account_type"].to_numpy()[who] == "supplier", 6.0, 1.0)
    unit = np.round(product["price"].to_numpy() * rise * wholesale)
    lines["amount"] = np.round(unit * lines["quantity"] * (1 - lines["discount"]))
    lines["cost"] = np.round(product["cost"].to_numpy() * rise * lines["quantity"])
    for column in ("cause", "channel", "hour", "days_late", "faulty"):
        lines[column] = orders[column].to_numpy()[position]
    return _trade_ins(rng, lines)


def _products(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Put together first products, planted pairs and further products; a product stands once in an order."""
    count = len(orders)
    segment = people["segment"].to_numpy()[orders["person"]]
    main = orders["product"].to_numpy()
    parts = [pd.DataFrame({"order": np.arange(count), "product": main, "place": 0})]
    for (first, second), chance in PAIRS.items():
        joined = np.flatnonzero((main == goods.number(first)) & (rng.random(count) < chance))
        parts.append(pd.DataFrame({"order": joined, "product": goods.number(second), "place": 1}))
    more = np.array([0.03, 0.02, 0.18, 0.03, 0.03, 0.30])[segment]
    for place in (2, 3):
        joined = np.flatnonzero(rng.random(count) < more * 0.9 ** (place - 2))
        category = rng.choice(len(goods.CATEGORIES), size=len(joined), p=goods.POPULARITY)
        person = orders["person"].to_numpy()[joined]
        faithful = rng.random(len(joined)) < people["loyal_to_category"].to_numpy()[person]
        category = np.where(faithful, people["main_category"].to_numpy()[person], category)
        product = 5 * category + purchases.place_in_category(rng, segment[joined], category, planted)
        parts.append(pd.DataFrame({"order": joined, "product": product, "place": place}))
    lines = pd.concat(parts, ignore_index=True).sort_values(["order", "place"], kind="stable", ignore_index=True)
    lines = lines.drop_duplicates(["order", "product"], ignore_index=True)
    lines["person"] = orders["person"].to_numpy()[lines["order"]]
    lines["day"] = orders["day"].to_numpy()[lines["order"]]
    return lines


def _discounts(
    rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame, planted: Planted
) -> np.ndarray:
    """Draw each line's discount: sought out, shop-wide in promotion weeks, by campaign, for staff; samples are free."""
    count, position = len(lines), lines["order"].to_numpy()
    who = lines["person"].to_numpy()
    seeks = rng.random(len(orders)) < people["seeks_discount"].to_numpy()[orders["person"]]
    discount = np.where(seeks[position], rng.choice([0.1, 0.15, 0.2], size=count), 0.0)
    promoted = calendar.promotion()[lines["day"]] & (rng.random(count) < 0.6)
    discount = np.where(promoted, np.maximum(discount, 0.2), discount)
    reduced = orders["reduced"].to_numpy()[position]
    discount = np.where(reduced, np.maximum(discount, planted.effects.discount_share), discount)
    discount = np.where(people["account_type"].to_numpy()[who] == "staff", _STAFF_DISCOUNT, discount)
    free = (rng.random(len(orders)) < 0.0022) & (orders["cause"].to_numpy() == purchases.CAUSES.index("base"))
    return np.where(free[position], 1.0, discount)


def _trade_ins(rng: np.random.Generator, lines: pd.DataFrame) -> pd.DataFrame:
    """Add to a few orders a line for a product brought back and set off against the purchase."""
    cheapest = 5 * (lines["product"].to_numpy() // 5)
    price = goods.PRODUCTS["price"].to_numpy()[cheapest].astype(float)
    fits = (lines["place"].eq(0) & lines["amount"].gt(2 * price)).to_numpy() & (rng.random(len(lines)) < 0.006)
    back = lines[fits].assign(
        product=cheapest[fits],
        place=9,
        quantity=-1,
        discount=0.0,
        amount=-price[fits],
        cost=-np.round(goods.PRODUCTS["cost"].to_numpy()[cheapest[fits]]),
    )
    both = pd.concat([lines, back], ignore_index=True)
    return both.sort_values(["order", "place"], kind="stable", ignore_index=True)


def returns(rng: np.random.Generator, lines: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return the lines of return orders: negative, some days later, one line of the order or all of them."""
    count = int(lines["order"].max()) + 1
    first = lines.drop_duplicates("order")
    back = np.zeros(count, dtype=bool)
    chance = planted.effects.return_share + 0.55 * first["faulty"].to_numpy()
    back[first["order"]] = (rng.random(len(first)) < chance) & first["amount"].gt(0).to_numpy()
    whole, wait = rng.random(count) < 0.25, 2 + np.floor(rng.exponential(6.0, count)).astype(int)
    position = lines["order"].to_numpy()
    sold = lines["amount"].gt(0).to_numpy()
    chosen = back[position] & sold & (whole[position] | lines["place"].eq(0).to_numpy())
    returned = lines[chosen].copy()
    returned["day"] += wait[returned["order"]]
    for column in ("quantity", "amount", "cost"):
        returned[column] = -returned[column]
    returned["days_late"] = -1
    returned["hour"] = 9 + rng.integers(0, 10, count)[returned["order"]]
    return returned[returned["day"] < calendar.DAYS]


def number(lines: pd.DataFrame, returned: pd.DataFrame) -> pd.DataFrame:
    """Put orders and returns in the order of days and number them; ``number`` starts at 1, ``order`` keeps the sale."""
    both = pd.concat([lines.assign(is_return=False), returned.assign(is_return=True)], ignore_index=True)
    both = both.sort_values(["day", "hour", "is_return", "order", "place"], kind="stable", ignore_index=True)
    fresh = both["order"].ne(both["order"].shift()) | both["is_return"].ne(both["is_return"].shift())
    both["number"] = fresh.cumsum()
    return both


def invoices(rng: np.random.Generator, people: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return day numbers ``due`` and ``paid`` of each line, −1 where there is none: only partners buy on account."""
    grade = people["credit_grade"].map({"A": -6.0, "B": 1.0, "C": 12.0, "D": 30.0}).fillna(0.0).to_numpy()
    default = people["credit_grade"].map({"A": 0.0, "B": 0.004, "C": 0.03, "D": 0.10}).fillna(0.0).to_numpy()
    first = lines.drop_duplicates("number")
    who = first["person"].to_numpy()
    on_account = first["amount"].gt(0).to_numpy() & (people["account_type"].to_numpy()[who] == "partner")
    due = first["day"].to_numpy() + 30
    late = np.round(grade[who] + rng.normal(0, 5.0, len(first)) + rng.exponential(3.0, len(first))).astype(int)
    paid = np.maximum(due + late, first["day"].to_numpy())
    paid = np.where(rng.random(len(first)) < default[who], _UNPAID, paid)
    made = pd.DataFrame(
        {
            "due": np.where(on_account, due, -1),
            "paid": np.where(on_account & (paid < calendar.DAYS), paid, -1),
        },
        index=first["number"],
    )
    return made.loc[lines["number"]].reset_index(drop=True)
