"""What customers do: one row of behaviour for each, the channels they use, how they use, answer and complain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.purchases import goods_bought, purchase_lines, purchases

if TYPE_CHECKING:
    from crmbook.data.load import Book

DAY_PARTS = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
"""Parts of the day: from the first hour up to, not including, the second."""

OUTSIDE = ("staff", "supplier")
"""Business attributes that are no customers: their orders are no demand."""

ONLINE = (
    "app", "web", "online", "website", "internet", "e-commerce", "mini_program", "mini program", "wechat",
    "线上", "网上", "网站", "官网", "网店", "电商", "小程序", "微信", "天猫", "淘宝", "京东", "拼多多", "抖音",
)  # fmt: skip
"""Names of channels that are online, in small letters."""

STYLE = ("share_online", "share_evening", "discount_share", "main_category_share", "pieces")
"""Features that say how customers buy, not how much: where, when, at what price, how broadly, in what quantities."""

PLAIN = ("recency", "frequency", "mean_order")
"""Features that any orders hold."""


@dataclass(frozen=True)
class Behaviour:
    """One row of behaviour for each customer.

    Attributes
    ----------
    features : DataFrame
        Index customer_id; see ``behaviour``.
    left_out : Series
        Customers without a row (index customer_id) and the reason's code: ``"no_purchase"``, ``"few_orders"``.
    missing : tuple of str
        Order columns that are not there, so that their features are not either.
    """

    features: pd.DataFrame
    left_out: pd.Series
    missing: tuple[str, ...]


def business_attributes(customers: pd.DataFrame, outside: tuple[str, ...] = OUTSIDE) -> pd.DataFrame:
    """Return which accounts count as customers, by their business attribute.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id`` and ``account_type``; a blank type counts as a consumer's and is shown as ``"unknown"``.
    outside : tuple of str
        Types that are no customers.

    Returns
    -------
    DataFrame
        Index account_type: ``customers``, ``share``, ``kept``.

    Examples
    --------
    >>> accounts = pd.DataFrame({"customer_id": ["a", "b"], "account_type": ["staff", None]})
    >>> business_attributes(accounts)["kept"].to_dict()
    {'staff': False, 'unknown': True}
    """
    types = _types(customers)
    table = types.value_counts(sort=False).sort_index().rename("customers").to_frame().rename_axis("account_type")
    table["share"] = table["customers"] / max(len(types), 1)
    table["kept"] = ~table.index.isin(outside)
    return table


def _types(customers: pd.DataFrame) -> pd.Series:
    if "account_type" not in customers:
        return pd.Series("unknown", index=customers.index)
    return customers["account_type"].astype("object").where(customers["account_type"].notna(), "unknown")


def behaviour(book: Book, as_of: object = None, online: Collection[str] = ONLINE) -> Behaviour:
    """Return what each customer's purchases say: how recent, frequent, large, broad, where, when and at what discount.

    Parameters
    ----------
    book : Book
        Its orders; ``product_id``, ``category``, ``quantity``, ``channel``, ``hour`` and ``discount`` are used where
        they are there.
    as_of : date, optional
        The last day that counts; None: the book's.
    online : collection of str
        Channels that are online, in small letters.

    Returns
    -------
    Behaviour
        ``features``, for each customer who purchased: ``recency``, ``tenure`` (days), ``frequency`` (orders),
        ``monetary`` (net sum), ``mean_order`` (currency), ``return_share`` (returns among orders and returns). Of the
        orders: ``share_<channel>``, ``share_online``, ``share_<part of the day>`` (shares of a family add to 1, so a
        regression wants one of them left out). Of the purchase lines: ``discount_share`` (bought at a discount),
        ``pieces`` (mean quantity), ``mean_price`` (currency a piece), ``categories`` and ``products`` (different ones),
        ``main_category_share`` (lines in the customer's most frequent category). A cell is blank where all of a
        customer's lines leave the column blank.

    Raises
    ------
    DataError
        When there are no orders, or nobody purchased.
    """
    orders = needed(book.orders, "orders", ["order_id", "customer_id", "order_date", "amount"])
    day = book.as_of if as_of is None else as_of
    customers = summarise(orders, day)
    bought = customers["frequency"] > 0
    if not bought.any():
        raise DataError("behaviour_no_purchase")
    lines = purchase_lines(orders, day)
    parts = [
        customers.loc[bought, ["recency", "tenure", "frequency", "monetary", "mean_order"]],
        _return_share(orders, day).rename("return_share"),
        *_order_shares(lines, online),
        *_line_features(goods_bought(lines)),
    ]
    index = parts[0].index
    used = ("product_id", "category", "quantity", "channel", "hour", "discount")
    return Behaviour(
        features=pd.concat([part.reindex(index) for part in parts], axis=1),
        left_out=pd.Series("no_purchase", index=customers.index[~bought], name="reason"),
        missing=tuple(column for column in used if not _there(lines, column)),
    )


def style(found: Behaviour, least_orders: int = 3) -> Behaviour:
    """Return only the features that say how customers buy (``STYLE``), for customers with enough orders to tell.

    Parameters
    ----------
    found : Behaviour
    least_orders : int
        A share of one or two orders says nearly nothing: customers with fewer orders are left out and named.

    Raises
    ------
    DataError
        When fewer than two of the features are there, or nobody has enough orders.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [5, 1], "share_online": [0.2, 1.0], "pieces": [2.0, 1.0]}, index=["a", "b"])
    >>> chosen = style(Behaviour(table, pd.Series(dtype=str), ()))
    >>> chosen.features.columns.tolist(), chosen.left_out.to_dict()
    (['share_online', 'pieces'], {'b': 'few_orders'})
    """
    there = [feature for feature in STYLE if feature in found.features]
    if len(there) < 2:
        raise DataError("clustering_columns", columns=", ".join(feature for feature in STYLE if feature not in there))
    enough = found.features["frequency"] >= least_orders
    if not enough.any():
        raise DataError("behaviour_few_orders", least=least_orders)
    few = pd.Series("few_orders", index=found.features.index[~enough], name="reason")
    return Behaviour(found.features.loc[enough, there], pd.concat([found.left_out, few]), found.missing)


def chosen(found: Behaviour, wanted: Sequence[str] = STYLE, least_orders: int = 3) -> Behaviour:
    """Return the features to make segments of, as far as the data hold them, for customers who can be judged by them.

    Parameters
    ----------
    found : Behaviour
    wanted : sequence of str
        Features; those that are not there or equal for all are left out. Where fewer than two remain, ``PLAIN`` (how
        recently, how often, how much an order) takes their place, which all orders hold.
    least_orders : int
        A share of one or two orders says nearly nothing: customers with fewer orders are left out and named.

    Returns
    -------
    Behaviour
        ``features`` without blanks; ``left_out`` with the reasons ``"few_orders"`` and ``"blank"`` added.

    Raises
    ------
    DataError
        When nobody has enough orders, or all of those have a blank.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [5, 7, 1], "share_online": [0.2, 1, 1], "pieces": [2.0, None, 1.0]})
    >>> picked = chosen(Behaviour(table.assign(recency=[1, 2, 3], mean_order=9.0), pd.Series(dtype=str), ()))
    >>> picked.features.columns.tolist(), picked.left_out.to_dict()
    (['recency', 'frequency'], {2: 'few_orders'})
    """
    enough = found.features["frequency"] >= least_orders
    if not enough.any():
        raise DataError("behaviour_few_orders", least=least_orders)
    table = found.features[enough]
    used = [feature for feature in wanted if feature in table and table[feature].nunique() > 1]
    if len(used) < 2:
        used = [feature for feature in PLAIN if table[feature].nunique() > 1] or list(PLAIN)
    blank = table[used].isna().any(axis=1)
    if blank.all():
        counts = table[used].isna().sum()
        raise DataError("clustering_missing", columns=", ".join(f"{c} ({n})" for c, n in counts[counts > 0].items()))
    reasons = pd.Series("few_orders", found.features.index[~enough], name="reason")
    unknown = pd.Series("blank", table.index[blank], name="reason")
    return Behaviour(table.loc[~blank, used], pd.concat([found.left_out, reasons, unknown]), found.missing)


def _there(lines: pd.DataFrame, column: str) -> bool:
    return column in lines and bool(lines[column].notna().any())


def _order_shares(lines: pd.DataFrame, online: Collection[str]) -> list[pd.DataFrame | pd.Series]:
    found: list[pd.DataFrame | pd.Series] = []
    if _there(lines, "channel"):
        channels = _shares(lines, lines["channel"])
        inside = [channel for channel in channels if str(channel).strip().lower() in online]
        found.append(channels.drop(columns="online", errors="ignore").add_prefix("share_"))
        if inside:
            found.append(channels[inside].sum(axis=1).rename("share_online"))
    if _there(lines, "hour"):
        found.append(_shares(lines, day_part(lines["hour"])).add_prefix("share_"))
    return found


def _shares(lines: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """Return the share of each value among a customer's orders; an order has the value of its first line."""
    orders = lines.assign(value=values).dropna(subset=["value"]).drop_duplicates(["customer_id", "order_id"])
    counts = pd.crosstab(orders["customer_id"], orders["value"].astype(str))
    return counts.div(counts.sum(axis=1), axis=0)


def _line_features(lines: pd.DataFrame) -> list[pd.Series]:
    found: list[pd.Series] = []
    of_customer = lines["customer_id"]
    if _there(lines, "discount"):
        reduced = (lines["discount"] > 0).astype(float).where(lines["discount"].notna())
        found.append(reduced.groupby(of_customer, observed=True).mean().rename("discount_share"))
    if _there(lines, "quantity"):
        counted = lines[lines["quantity"] > 0].groupby("customer_id", observed=True)
        found.append(counted["quantity"].mean().rename("pieces"))
        found.append((counted["amount"].sum() / counted["quantity"].sum()).rename("mean_price"))
    for column, feature in (("category", "categories"), ("product_id", "products")):
        if _there(lines, column):
            found.append(lines.groupby("customer_id", observed=True)[column].nunique().rename(feature))
    if _there(lines, "category"):
        most = lines.groupby(["customer_id", "category"], observed=True).size().groupby("customer_id").max()
        found.append(
            (most / lines.dropna(subset=["category"]).groupby("customer_id").size()).rename("main_category_share")
        )
    return found


def _return_share(orders: pd.DataFrame, as_of: object) -> pd.Series:
    return purchases(orders, as_of).groupby("customer_id")["returned"].mean()


def day_part(hours: pd.Series) -> pd.Series:
    """Return the part of the day (``DAY_PARTS``) of each hour, 0 … 23; blanks stay blank.

    Examples
    --------
    >>> day_part(pd.Series([5, 6, 23])).tolist()
    ['night', 'morning', 'evening']
    """
    edges = [first for first, _ in DAY_PARTS.values()] + [24]
    return pd.cut(hours.astype(float), edges, right=False, labels=list(DAY_PARTS)).astype("object")
