"""The next offer: whom it suits and why, and how often it hits. Baskets and rules come along from `baskets`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.offers.association import Bought, at, owned
from crmbook.shared.estimate import wilson
from crmbook.shared.purchases import end_of, goods_bought, purchase_lines

if TYPE_CHECKING:
    from scipy import sparse


METHODS = ("popularity", "cosine", "jaccard")
CELLS = 4_000_000
"""Customers times products that are looked at together."""


@dataclass(frozen=True)
class Recommender:
    """What a customer might take next, learnt from who bought what.

    Attributes
    ----------
    method : str
        ``"popularity"``, ``"cosine"`` or ``"jaccard"``.
    bought : Bought
        What it was learnt from; what a customer owns is never offered.
    similarity : scipy sparse array of shape (products, products), or None
        How alike the products' buyers are; None for popularity.
    """

    method: str
    bought: Bought
    similarity: sparse.csr_array | None


def learn(bought: Bought, method: str = "cosine") -> Recommender:
    """Return a recommender.

    Parameters
    ----------
    bought : Bought
        Customers by products (``owned``).
    method : str
        ``"popularity"`` (what most customers have), or item-item collaborative filtering: two products are alike when
        the same customers have both, ``"cosine"`` (both / √(a · b)) or ``"jaccard"`` (both / either).

    Raises
    ------
    DataError
        For another method.

    Notes
    -----
    Sarwar, B. et al. (2001), Item-based collaborative filtering recommendation algorithms, WWW10, 285–295.
    """
    if method not in METHODS:
        raise DataError("offers_method", method=method, methods=", ".join(METHODS))
    return Recommender(method, bought, None if method == "popularity" else _similarity(bought, method))


def _similarity(bought: Bought, method: str) -> sparse.csr_array:
    from scipy import sparse

    count = bought.matrix.sum(axis=0)
    both = (bought.matrix.T @ bought.matrix).tocoo()
    apart = both.row != both.col
    row, column, shared = both.row[apart], both.col[apart], both.data[apart]
    scale = np.sqrt(count[row] * count[column]) if method == "cosine" else count[row] + count[column] - shared
    return sparse.csr_array((shared / scale, (row, column)), shape=both.shape)


def recommend(recommender: Recommender, customers: Iterable | None = None, n: int = 3) -> pd.DataFrame:
    """Return the next offers for customers, each with its reason; products they own are left out.

    Parameters
    ----------
    recommender : Recommender
    customers : iterable, optional
        Customer ids; None: all it was learnt from. A customer it does not know gets what is popular.
    n : int
        Offers for each; fewer where a customer owns nearly everything.

    Returns
    -------
    DataFrame
        ``customer_id``, ``rank``, ``product``, ``score``, ``reason``: ``"similar"`` (score: the similarities to what
        the customer owns, added up) or ``"popular"`` (score: share of the customers who have it; also where nothing
        similar is left), and ``because``: the owned product that counts most, blank for popular ones.

    Examples
    --------
    >>> from scipy import sparse
    >>> held = sparse.csr_array([[1.0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])
    >>> known = Bought(held, pd.Index(list("abcd"), name="customer_id"), pd.Index(["tea", "cup", "ink"]), 0)
    >>> recommend(learn(known), ["c"], n=1)[["product", "score", "because"]].round(3).to_dict("list")
    {'product': ['cup'], 'score': [0.816], 'because': ['tea']}
    """
    ids = recommender.bought.rows if customers is None else pd.Index(list(customers), name="customer_id")
    step = max(1, min(2000, CELLS // max(len(recommender.bought.products), 1)))
    parts = [_offers_of(recommender, ids[first : first + step], n) for first in range(0, len(ids), step)]
    columns = ["customer_id", "rank", "product", "score", "reason", "because"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _offers_of(recommender: Recommender, ids: pd.Index, n: int) -> pd.DataFrame:
    from scipy import sparse

    bought = recommender.bought
    place = bought.rows.get_indexer(ids)
    held = sparse.csr_array(bought.matrix[np.maximum(place, 0)] * (place >= 0)[:, None])
    has = held.toarray() > 0
    popularity = bought.matrix.sum(axis=0) / bought.matrix.shape[0]
    alike = np.zeros(has.shape) if recommender.similarity is None else (held @ recommender.similarity).toarray()
    # similar products come first, then popular ones; the rounding keeps ties from hanging on the last digit
    order = np.lexsort((np.broadcast_to(-popularity, alike.shape), -alike.round(12), has), axis=1)[:, :n]
    rows = np.arange(len(ids))[:, None]
    score, similar = alike[rows, order], alike[rows, order] > 0
    because = np.full(order.shape, None, dtype=object)
    if recommender.similarity is not None:
        for rank in range(order.shape[1]):
            counts = held.multiply(recommender.similarity[order[:, rank]])
            because[:, rank] = bought.products.to_numpy()[np.asarray(counts.argmax(axis=1)).ravel()]
    flat = pd.DataFrame(
        {
            "customer_id": ids.repeat(order.shape[1]),
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(ids)),
            "product": bought.products.to_numpy()[order].ravel(),
            "score": np.where(similar, score, popularity[order]).ravel(),
            "reason": np.where(similar, "similar", "popular").ravel(),
            "because": pd.Series(because.ravel(), dtype=object).where(similar.ravel(), None),
        }
    )
    return flat[~has[rows, order].ravel()].reset_index(drop=True)


def hold_out(
    orders: pd.DataFrame, split: object, until: object = None, n: int = 3, product: str = "product_id"
) -> pd.DataFrame:
    """Return how often offers made on one day hit what customers bought afterwards, by method.

    Parameters
    ----------
    orders : DataFrame
        Order lines with the product column.
    split : date
        Offers are learnt from the purchases up to and including this day.
    until : date, optional
        Last day of the time looked at afterwards; None: to the end.
    n : int
        Offers for each customer.
    product : str
        The product column.

    Returns
    -------
    DataFrame
        Index method (``"chance"``, then ``METHODS``): ``customers`` who owned something on the day and then bought
        something new, ``hits`` (customers with a hit), ``hit_rate`` with ``low`` and ``high`` (95 %, Wilson),
        ``precision`` (share of the offers taken), ``coverage`` (share of the products that were offered to anybody).
        For chance these are expected values of offers drawn at random from what a customer does not own; its coverage
        is blank.

    Raises
    ------
    DataError
        When nobody has purchases before and something new afterwards.

    Notes
    -----
    Only products sold before the split can be offered; a customer who takes only products launched later counts as a
    miss.
    """
    before = owned(orders, product, split)
    later = orders[orders["order_date"] >= end_of(split)]
    lines = goods_bought(purchase_lines(later, until)).dropna(subset=[product])
    taken = lines[["customer_id", product]].astype({product: "str"}).drop_duplicates()
    taken = taken[taken["customer_id"].isin(before.rows)]
    place = before.products.get_indexer(pd.Index(taken[product]))
    known = place >= 0
    old = np.zeros(len(taken), dtype=bool)
    old[known] = at(before.matrix, before.rows.get_indexer(pd.Index(taken["customer_id"]))[known], place[known]) > 0
    new = taken[~old]
    if new.empty:
        raise DataError("offers_no_hold_out", split=f"{pd.Timestamp(split):%Y-%m-%d}")  # type: ignore[arg-type]
    customers = pd.Index(sorted(new["customer_id"].unique()), name="customer_id")
    table = {"chance": _chance(before, new, customers, n, product)}
    for method in METHODS:
        table[method] = _judged(
            recommend(learn(before, method), customers, n),
            new,
            len(customers),
            len(before.products) + before.left_out,
            product,
        )
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("method").astype({"customers": int})


def _judged(offers: pd.DataFrame, new: pd.DataFrame, customers: int, products: int, product: str) -> dict[str, float]:
    found = offers.merge(new.rename(columns={product: "product"}), on=["customer_id", "product"])
    rate = wilson(found["customer_id"].nunique(), customers)
    return {
        "customers": customers,
        "hits": found["customer_id"].nunique(),
        "hit_rate": rate.value,
        "low": rate.low,
        "high": rate.high,
        "precision": len(found) / max(len(offers), 1),
        "coverage": offers["product"].nunique() / products,
    }


def _chance(before: Bought, new: pd.DataFrame, customers: pd.Index, n: int, product: str) -> dict[str, float]:
    from scipy.stats import hypergeom

    have = before.matrix[before.rows.get_indexer(customers)].sum(axis=1)
    free = len(before.products) - have
    sold = new[new[product].isin(before.products)]
    takes = sold["customer_id"].value_counts().reindex(customers, fill_value=0).to_numpy()
    drawn = np.minimum(n, free)
    hit = 1 - hypergeom.pmf(0, np.maximum(free, 1), takes, np.minimum(drawn, np.maximum(free, 1)))
    share = (drawn * takes / np.maximum(free, 1)).sum() / max(drawn.sum(), 1)
    rate = float(hit.mean())
    blank = float("nan")
    return {
        "customers": len(customers),
        "hits": float(hit.sum()),
        "hit_rate": rate,
        "low": blank,
        "high": blank,
        "precision": float(share),
        "coverage": blank,
    }


def segment_offers(recommender: Recommender, groups: pd.Series, n: int = 3, each: int = 3) -> pd.DataFrame:
    """Return the next offers for each segment: what most of its members have among their own next offers.

    Parameters
    ----------
    recommender : Recommender
    groups : Series
        A group for each customer.
    n : int
        Offers for each group.
    each : int
        Offers of each member that are counted.

    Returns
    -------
    DataFrame
        Index (group, rank): ``product``, ``members`` (for whom it is among the next offers), ``share`` (of the group)
        with ``low`` and ``high`` (95 %, Wilson), ``open`` (members who do not own it), ``reach`` (share of the group
        that owns it), ``index`` (reach against all customers' reach, 100 is as the average), ``reason`` and ``because``
        (the most frequent of the members' reasons). A group whose members own every product has no row.

    Raises
    ------
    DataError
        When nobody has a group, or everybody owns every product.

    Examples
    --------
    >>> from scipy import sparse
    >>> held = sparse.csr_array([[1.0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])
    >>> known = Bought(held, pd.Index(list("abcd"), name="customer_id"), pd.Index(["tea", "cup", "ink"]), 0)
    >>> segment_offers(learn(known), pd.Series("x", index=list("bc")), n=1, each=1)["product"].tolist()
    ['cup']
    """
    from scipy import sparse

    bought = recommender.bought
    everyone = bought.matrix.sum(axis=0) / bought.matrix.shape[0]
    rows: list[dict[str, object]] = []
    for group, members in groups.dropna().groupby(groups.dropna(), observed=True):
        ids = members.index.sort_values()
        offers = recommend(recommender, ids, each)
        counts = offers["product"].value_counts()
        best = sorted(counts.index, key=lambda name: (-counts[name], bought.products.get_loc(name)))[:n]
        place = bought.rows.get_indexer(ids)
        have = sparse.csr_array(bought.matrix[place[place >= 0]]).sum(axis=0)
        for rank, product in enumerate(best, start=1):
            own = offers[offers["product"] == product]
            column = bought.products.get_loc(product)
            share = wilson(int(counts[product]), len(ids))
            reach = have[column] / len(ids)
            reason = own["reason"].mode()[0]
            because = own.loc[own["reason"] == reason, "because"].dropna().mode()
            rows.append(
                {
                    "group": group,
                    "rank": rank,
                    "product": product,
                    "members": int(counts[product]),
                    "share": share.value,
                    "low": share.low,
                    "high": share.high,
                    "open": int(len(ids) - have[column]),
                    "reach": reach,
                    "index": 100 * reach / everyone[column],
                    "reason": reason,
                    "because": because.iloc[0] if len(because) else None,
                }
            )
    if not rows:
        raise DataError("offers_nothing_left")
    return pd.DataFrame(rows).set_index(["group", "rank"])
