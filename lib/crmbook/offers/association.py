"""What is bought together: baskets, pairs and triples with a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.commonest import pairable
from crmbook.shared.estimate import shares
from crmbook.shared.purchases import goods_bought, purchase_lines

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True)
class Bought:
    """Who bought what.

    Attributes
    ----------
    matrix : scipy sparse array of shape (rows, products)
        1 where the row (a basket or a customer) holds the product.
    rows : Index
        Baskets as (customer_id, order_id), or customers.
    products : Index
        Products, the one that most rows hold first; equally common ones by name.
    blank : int
        Purchase lines left out because they name no product.
    left_out : int
        Rare products left out because there are too many to be paired.
    """

    matrix: sparse.csr_array
    rows: pd.Index
    products: pd.Index
    blank: int
    left_out: int = 0


def baskets(orders: pd.DataFrame, product: str = "product_id", as_of: object = None) -> Bought:
    """Return which products each purchase order holds.

    Parameters
    ----------
    orders : DataFrame
        Order lines: order_id, customer_id, order_date, amount and the product column. Returned lines (amount below
        zero) put nothing into a basket.
    product : str
        ``"product_id"``, or ``"category"`` for a coarser view.
    as_of : date, optional
        The last day that counts.

    Raises
    ------
    DataError
        When a column is missing, or no line names a product.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> lines = pd.DataFrame({"order_id": ["1", "1", "2"], "customer_id": "C1", "order_date": day, "amount": 1.0})
    >>> baskets(lines.assign(product_id=["tea", "cup", "tea"])).matrix.toarray().astype(int).tolist()
    [[1, 1], [1, 0]]
    """
    return _bought(orders, ["customer_id", "order_id"], product, as_of)


def owned(orders: pd.DataFrame, product: str = "product_id", as_of: object = None) -> Bought:
    """Return which products each customer has bought; arguments as in ``baskets``."""
    return _bought(orders, ["customer_id"], product, as_of)


def _bought(orders: pd.DataFrame, key: list[str], product: str, as_of: object) -> Bought:
    from scipy import sparse

    needed(orders, "orders", [product])
    lines = goods_bought(purchase_lines(orders, as_of))
    named = lines.dropna(subset=[product])
    if named.empty:
        raise DataError("column_needed", table="orders", column=product)
    cells = named[[*key, product]].astype({product: "str"}).drop_duplicates()
    counts = cells[product].value_counts()
    products = pd.Index(sorted(counts.index, key=lambda name: (-counts[name], name)), name=product)
    keys = pd.MultiIndex.from_frame(cells[key]) if len(key) > 1 else pd.Index(cells[key[0]])
    place, rows = pd.factorize(keys, sort=True)
    which = products.get_indexer(pd.Index(cells[product]))
    common = int(pairable(place, which).sum())
    kept = which < common  # products stand in the order of how common they are
    ones = np.ones(int(kept.sum()))
    matrix = sparse.csr_array((ones, (place[kept], which[kept])), shape=(len(rows), common))
    rows.names = key
    return Bought(matrix, rows, products[:common], len(lines) - len(named), len(products) - common)


def pairs(bought: Bought, least: int = 10) -> pd.DataFrame:
    """Return the products that go together more often than chance, as rules "who takes a also takes b".

    Parameters
    ----------
    bought : Bought
        Baskets (or customers).
    least : int
        Rows that must hold both.

    Returns
    -------
    DataFrame
        ``antecedent``, ``consequent``, ``baskets`` (with both), ``support`` (share of all rows with both),
        ``confidence`` (share of the antecedent's rows that hold the consequent too) with ``low`` and ``high`` (95 %,
        Wilson), ``lift`` (confidence over the consequent's own share), ``p`` (Fisher's exact test, one-sided: more
        often than independent), ``q`` (p corrected for all pairs of products, Benjamini-Hochberg); each pair in both
        directions, by lift. ``attrs["left_out"]`` as in ``Bought``.

    Notes
    -----
    Agrawal, R., Imieliński, T. & Swami, A. (1993), SIGMOD, 207–216; Benjamini, Y. & Hochberg, Y. (1995), Journal of the
    Royal Statistical Society B 57, 289–300.

    Examples
    --------
    >>> from scipy import sparse
    >>> held = sparse.csr_array([[1.0, 1], [1, 1], [1, 0], [0, 0]])
    >>> table = pairs(Bought(held, pd.RangeIndex(4), pd.Index(["tea", "cup"]), 0), least=1)
    >>> table.loc[table["antecedent"] == "cup", ["support", "confidence", "lift"]].round(3).iloc[0].tolist()
    [0.5, 1.0, 1.333]
    """
    from scipy import sparse

    count, n = bought.matrix.sum(axis=0), bought.matrix.shape[0]
    both = sparse.triu(bought.matrix.T @ bought.matrix, k=1).tocoo()
    often = both.data >= least
    first, second, together = both.row[often], both.col[often], both.data[often]
    p = _more_often(together, count[first], count[second], n)
    tested = len(bought.products) * (len(bought.products) - 1) // 2
    half = pd.DataFrame({"first": first, "second": second, "together": together, "p": p, "q": _hochberg(p, tested)})
    turned = half.rename(columns={"first": "second", "second": "first"})
    table = pd.concat([half, turned], ignore_index=True)
    names = bought.products
    rules = pd.DataFrame({"antecedent": names[table["first"]], "consequent": names[table["second"]]}, dtype="str")
    figures = _figures(table["together"], count[table["first"]], count[table["second"]], n)
    return _by_lift(rules.join(figures).join(table[["p", "q"]]), ["antecedent", "consequent"], bought)


def triples(bought: Bought, least: int = 10, most_pairs: int = 2000) -> pd.DataFrame:
    """Return rules of three: "who takes a and b also takes c", where pairs and triple are frequent enough.

    Parameters
    ----------
    bought : Bought
        Baskets (or customers).
    least : int
        Rows that must hold all three.
    most_pairs : int
        Pairs that are looked at, the most frequent first.

    Returns
    -------
    DataFrame
        ``first``, ``second`` (the antecedent), ``consequent``, the figures of ``pairs``, and ``gain``: confidence over
        the larger of the two confidences with one antecedent only; at 1 or below the second product adds nothing.

    Examples
    --------
    >>> from scipy import sparse
    >>> held = sparse.csr_array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0]])
    >>> triples(Bought(held, pd.RangeIndex(4), pd.Index(["tea", "cup", "pot"]), 0), least=1)["lift"].round(2).tolist()
    [2.0, 1.33, 1.33]
    """
    from scipy import sparse

    matrix, n = bought.matrix, bought.matrix.shape[0]
    count = matrix.sum(axis=0)
    together = (matrix.T @ matrix).tocsr()
    matrix = matrix[np.flatnonzero(matrix.sum(axis=1) >= 3)]  # no other row can hold three
    upper = sparse.triu(together, k=1).tocoo()
    often = np.flatnonzero(upper.data >= least)
    chosen = often[np.lexsort((upper.col[often], upper.row[often], -upper.data[often]))][:most_pairs]
    a, b, pair_count = upper.row[chosen], upper.col[chosen], upper.data[chosen]
    columns = matrix.tocsc()
    three = (columns[:, a].multiply(columns[:, b]).T @ matrix).tocoo() if len(chosen) else sparse.coo_array((0, 0))
    kept = three.data >= least
    pair, c, held = three.row[kept], three.col[kept], three.data[kept]
    other = (c != a[pair]) & (c != b[pair])
    pair, c, held = pair[other], c[other], held[other]
    p = _more_often(held, pair_count[pair], count[c], n)
    tested = len(chosen) * max(len(bought.products) - 2, 0)
    names = bought.products
    rules = pd.DataFrame({"first": names[a[pair]], "second": names[b[pair]], "consequent": names[c]}, dtype="str")
    table = rules.join(_figures(pd.Series(held), pair_count[pair], count[c], n))
    alone = np.maximum(at(together, a[pair], c) / count[a[pair]], at(together, b[pair], c) / count[b[pair]])
    table["gain"] = table["confidence"] / alone
    table["p"], table["q"] = p, _hochberg(p, tested)
    return _by_lift(table, ["first", "second", "consequent"], bought)


def at(matrix: sparse.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the cells of a sparse matrix at these rows and columns."""
    return np.asarray(matrix[rows, columns]).ravel() if len(rows) else np.empty(0)


def _figures(together: pd.Series, antecedent: np.ndarray, consequent: np.ndarray, n: int) -> pd.DataFrame:
    table = pd.DataFrame({"baskets": together.astype(int), "support": together / n})
    table = table.join(shares(table["baskets"], pd.Series(antecedent, table.index), "confidence"))
    table["lift"] = together * n / (antecedent * consequent)
    return table


def _by_lift(table: pd.DataFrame, names: list[str], bought: Bought) -> pd.DataFrame:
    order = table.sort_values(
        ["lift", "baskets", *names], ascending=[False, False, *[True] * len(names)], kind="stable"
    )
    found = order.reset_index(drop=True)
    if bought.left_out:
        found.attrs["left_out"] = bought.left_out
    return found


def _more_often(together: np.ndarray, first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """Return Fisher's exact one-sided p: so many rows with both, or more, if the two were independent.

    For all pairs at once, each by the shorter tail: the chance of the first count, then of each further one from the
    one before it, as long as they add anything.
    """
    from scipy.stats import hypergeom

    if not len(together):
        return np.empty(0)
    both, a, b = (np.asarray(part, dtype="float64") for part in (together, first, second))
    above = both * n > a * b  # more often than expected: add up from here on; else what is below, and the rest to 1
    at = np.where(above, both, both - 1)
    tail = np.zeros(len(at))
    left = np.flatnonzero((at <= np.minimum(a, b)) & (at >= np.maximum(0, a + b - n)))
    k, a, b, up = at[left], a[left], b[left], above[left]
    term = np.exp(hypergeom.logpmf(k, n, a, b))
    while len(left):
        tail[left] += term
        rises = (a - k) * (b - k) / ((k + 1) * (n - a - b + k + 1))
        with np.errstate(divide="ignore"):
            falls = k * (n - a - b + k) / ((a - k + 1) * (b - k + 1))
        term = term * np.where(up, rises, falls)
        k = k + np.where(up, 1, -1)
        goes_on = term > tail[left] * 1e-17
        left, k, a, b, up, term = (part[goes_on] for part in (left, k, a, b, up, term))
    return np.clip(np.where(above, tail, 1 - tail), 0, 1)


def _hochberg(p: np.ndarray, tested: int) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    raised = p[order] * max(tested, len(p)) / np.arange(1, len(p) + 1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    return corrected
