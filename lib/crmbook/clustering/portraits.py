"""Names and portraits: what sets a segment apart, the map of all customers, one page for a segment or a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmbook.clustering.partition import spread
from crmbook.data.faults import DataError
from crmbook.shared.estimate import reach
from crmbook.shared.features import checked, once, single_thread

DISTINCT = 0.4
"""A segment mean at least this many standard deviations from the average of all sets the segment apart."""

RULES = (
    ("champions", {"recency": -1, "frequency": 1, "monetary": 1}),
    ("big_spenders", {"mean_order": 1, "monetary": 1}),
    ("regulars", {"frequency": 1, "recency": -1}),
    ("lapsed_good", {"recency": 1, "frequency": 1}),
    ("newcomers", {"tenure": -1, "frequency": -1}),
    ("lapsed", {"recency": 1, "frequency": -1}),
    ("dormant", {"recency": 1}),
    ("bargain_hunters", {"discount_share": 1}),
    ("bulk_buyers", {"pieces": 1}),
    ("specialists", {"main_category_share": 1}),
    ("evening_shoppers", {"share_evening": 1}),
    ("night_shoppers", {"share_night": 1}),
    ("returners", {"return_share": 1}),
    ("explorers", {"categories": 1}),
    ("store_shoppers", {"share_online": -1}),
    ("online_shoppers", {"share_online": 1}),
    ("large_orders", {"mean_order": 1}),
    ("frequent_buyers", {"frequency": 1}),
    ("occasional", {"frequency": -1}),
    ("recent_buyers", {"recency": -1}),
    ("small_orders", {"mean_order": -1}),
)
"""Names by what must set a segment apart: features with +1 (above average) or −1 (below); the first rule that fits."""

BUYING_RULES: tuple[tuple[str, dict[str, int]], ...] = (
    ("stockpilers", {"pieces": 1}),
    ("specialists", {"main_category_share": 1}),
    ("bargain_hunters", {"discount_share": 1}),
    ("evening_shoppers", {"share_evening": 1}),
    ("store_regulars", {"share_online": -1}),
    *RULES,
)
"""Rules that look first at how people buy: for segments made of `crmbook.clustering.behavioural.STYLE`."""


def profile(features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Return what sets each segment apart, feature by feature.

    Parameters
    ----------
    features : DataFrame
        A row for each customer, in units a reader knows (not scaled, not logged).
    labels : Series
        A segment for each customer; customers without one play no part, not in the average either.

    Returns
    -------
    DataFrame
        Index (segment, feature): ``customers``, ``mean`` with ``low`` and ``high`` (95 %), ``median``, ``average``
        (mean of all), ``index`` (100 · mean / average; blank where the average is not above 0), ``z`` (distance of the
        mean from the average in standard deviations of all customers).

    Raises
    ------
    DataError
        For features that cannot be used, a customer with two segments, or when no customer has a segment.

    Examples
    --------
    >>> table = profile(pd.DataFrame({"orders": [1, 1, 4]}), pd.Series(["a", "a", "b"]))
    >>> table.loc[("b", "orders"), ["mean", "average", "index", "z"]].round(2).tolist()
    [4.0, 2.0, 200.0, 1.41]
    """
    numbers = checked(features, constant=True, least=1)
    once(labels.index)
    own = labels.dropna()
    own = own[own.index.isin(numbers.index)]
    if own.empty:
        raise DataError("clustering_nothing_shared", n=0)
    numbers = numbers.loc[numbers.index.isin(own.index)]
    average, width = numbers.mean(), spread(numbers)
    grouped = numbers.groupby(own, observed=True)
    mean, median, error, n = (getattr(grouped, name)() for name in ("mean", "median", "sem", "count"))
    error = n.apply(reach) * error
    parts = {
        "mean": mean,
        "low": mean - error,
        "high": mean + error,
        "median": median,
        "average": mean * 0 + average,
        "index": (100 * mean / average.where(average > 0)),
        "z": (mean - average) / width.where(width > 0, 1),
    }
    table = pd.DataFrame({name: part.stack() for name, part in parts.items()}).rename_axis(["segment", "feature"])
    order = pd.MultiIndex.from_product([mean.index, numbers.columns], names=["segment", "feature"])
    table = table.reindex(order)
    table.insert(0, "customers", grouped.size().reindex(order.get_level_values(0)).to_numpy())
    return table


def signature(profiled: pd.DataFrame, top: int = 3, least: float = DISTINCT) -> pd.DataFrame:
    """Return the features that set each segment apart most.

    Parameters
    ----------
    profiled : DataFrame
        As ``profile`` returns it.
    top : int
        Features for each segment.
    least : float
        Smallest distance from the average, in standard deviations, that counts.

    Returns
    -------
    DataFrame
        Index (segment, rank): ``feature``, ``direction`` (1 above the average, −1 below), ``z``. A segment near the
        average in everything has no row.

    Examples
    --------
    >>> table = profile(pd.DataFrame({"orders": [1, 1, 4]}), pd.Series(["a", "a", "b"]))
    >>> signature(table)["direction"].to_dict()
    {('a', 1): -1, ('b', 1): 1}
    """
    rows = profiled.reset_index()[["segment", "feature", "z"]]
    strong = rows[rows["z"].abs() >= least].assign(size=lambda part: part["z"].abs().round(12))
    strong = strong.sort_values(["segment", "size"], ascending=[True, False], kind="stable")
    strong["rank"] = strong.groupby("segment", observed=True).cumcount() + 1
    strong["direction"] = np.sign(strong["z"]).astype(int)
    kept = strong[strong["rank"] <= top]
    return kept.set_index(["segment", "rank"])[["feature", "direction", "z"]]


def names(
    profiled: pd.DataFrame,
    rules: Sequence[tuple[str, dict[str, int]]] = RULES,
    least: float = DISTINCT,
) -> pd.DataFrame:
    """Return a name for each segment, from what sets it apart.

    Parameters
    ----------
    profiled : DataFrame
        As ``profile`` returns it.
    rules : sequence of (code, {feature: direction})
        The first rule whose features all lie on the named side of the average, by at least ``least`` standard
        deviations, gives the name; edit it at will. The name of two segments goes to the one where the rule holds more
        clearly, the other takes the next rule that fits. A rule with the name or the features of an earlier one is
        passed over, so own rules may stand in front of others.
    least : float
        As for ``signature``.

    Returns
    -------
    DataFrame
        Index segment: ``name`` (a rule's code; ``"distinct"`` where no rule holds, ``"average"`` where nothing sets the
        segment apart), ``feature`` and ``direction`` of what sets it apart most (blank for average), ``shared`` (the
        rule's name is another segment's, no rule being left; feature and direction then tell it from that one),
        ``unique`` (no other segment has the same four).

    Examples
    --------
    >>> frame = pd.DataFrame({"recency": [9, 9, 300], "frequency": [9, 8, 1]})
    >>> names(profile(frame, pd.Series(["a", "a", "b"])))["name"].to_dict()
    {'a': 'regulars', 'b': 'lapsed'}
    """
    z = profiled["z"].unstack("feature")
    z = z.reindex(profiled.index.get_level_values("segment").unique())
    kept = _each_once(rules)
    fits = {segment: _fitting(line, kept, least) for segment, line in z.iterrows()}
    given: dict[object, str] = {}
    for code, _ in kept:
        rivals = [segment for segment in z.index if segment not in given and code in fits[segment]]
        firm = [segment for segment in rivals if next(iter(fits[segment])) == code]
        if rivals:
            firmness = {segment: fits[segment][code] for segment in firm or rivals}
            given[max(firmness, key=lambda segment: firmness[segment])] = code
    strongest = signature(profiled, top=1, least=least).droplevel("rank").reindex(z.index)
    holders = {code: z.index.get_loc(segment) for segment, code in given.items()}
    rows = []
    own = strongest["feature"], strongest["direction"]
    plain = own[0].isna().map({True: "average", False: "distinct"})
    for (segment, line), otherwise, *mark in zip(z.iterrows(), plain, *own, strict=True):
        told = (given.get(segment, otherwise), *mark, False)
        if segment not in given and fits[segment]:
            code = next(iter(fits[segment]))
            apart = (line - z.iloc[holders[code]]).to_numpy()
            place = int(np.abs(apart).round(12).argmax())
            told = (code, z.columns[place], np.sign(apart[place]), True)
        rows.append(told)
    table = pd.DataFrame(rows, z.index, ["name", "feature", "direction", "shared"]).astype({"direction": "Int64"})
    return table.assign(unique=~table.duplicated(keep=False))


def _each_once(rules: Sequence[tuple[str, dict[str, int]]]) -> list[tuple[str, dict[str, int]]]:
    """Return the rules without those that have the name or the features of an earlier one."""
    kept: list[tuple[str, dict[str, int]]] = []
    for code, sides in rules:
        if all(code != other and sides != known for other, known in kept):
            kept.append((code, sides))
    return kept


def _fitting(line: pd.Series, rules: Sequence[tuple[str, dict[str, int]]], least: float) -> dict[str, float]:
    """Return the rules a segment fulfils, in their order, with the distance of the weakest of their features."""
    found = {}
    for code, sides in rules:
        if all(feature in line.index for feature in sides):
            weakest = min(line[feature] * side for feature, side in sides.items())
            if weakest >= least:
                found[code] = float(weakest)
    return found


@dataclass(frozen=True)
class Portrait:
    """One segment on a page.

    Attributes
    ----------
    segment : object
    customers, share : int, float
        Size, and share of all customers that have a segment.
    features : DataFrame
        Index feature: the columns of ``profile`` for this segment.
    signature : DataFrame
        Index rank: what sets it apart.
    attributes : DataFrame
        Index (attribute, level): ``share``, ``low``, ``high``, ``average``, ``index``, ``differs``
        (``profiles.composition``); the levels that differ from the average, the largest index first, those unknown at
        the end. Empty without attributes.
    typical : object
        The customer nearest to the segment's mean.
    """

    segment: object
    customers: int
    share: float
    features: pd.DataFrame
    signature: pd.DataFrame
    attributes: pd.DataFrame
    typical: object


def portrait(
    features: pd.DataFrame, labels: pd.Series, segment: Any, attributes: pd.DataFrame | None = None
) -> Portrait:
    """Return the portrait of a segment.

    Parameters
    ----------
    features, labels
        As for ``profile``.
    segment : object
        One of the labels.
    attributes : DataFrame, optional
        Categories by customer (age band, city tier …), a column for each; a customer without a row counts as unknown.
        Columns with one level only, or too many, are left out.

    Raises
    ------
    DataError
        When there is no such segment, or none of its customers has features.

    Examples
    --------
    >>> portrait(pd.DataFrame({"orders": [1, 2, 9]}), pd.Series(["a", "a", "b"]), "a").share.__round__(2)
    0.67
    """
    from crmbook.clustering.profiles import MOST_LEVELS, UNKNOWN, composition

    profiled = profile(features, labels)
    divided = labels[labels.notna() & labels.index.isin(features.index)]
    if segment not in set(divided):
        raise DataError(
            "portrait_segment", segment=segment, segments=", ".join(map(str, sorted(set(divided), key=str)))
        )
    parts = {}
    for column, values in attributes.items() if attributes is not None else []:
        known = values.reindex(divided.index)  # whoever has no row is unknown, and counted
        if known.nunique() >= 2 and known.nunique(dropna=False) <= MOST_LEVELS:
            parts[column] = composition(known, divided).loc[segment]
    if parts:
        table = pd.concat(parts, names=["attribute", "level"])
        table = table[table["differs"]].sort_values("index", ascending=False, kind="stable")
        unknown = table.index.get_level_values("level") == UNKNOWN
        table = pd.concat([table[~unknown], table[unknown]])
    else:
        table = pd.DataFrame(columns=["customers", "share", "low", "high", "average", "index", "differs"])
    sizes = labels.reindex(features.index).dropna().value_counts()
    marks = signature(profiled, top=5)
    own = (
        marks.loc[segment]
        if segment in marks.index.get_level_values("segment")
        else marks.iloc[:0].droplevel("segment")
    )
    return Portrait(
        segment,
        int(sizes[segment]),
        float(sizes[segment] / sizes.sum()),
        profiled.loc[segment],
        own,
        table,
        _typical(features, labels, segment),
    )


def _typical(features: pd.DataFrame, labels: pd.Series, segment: Any) -> Any:
    numbers = checked(features, constant=True, least=1)
    width = spread(numbers)
    inside = numbers[(labels.reindex(numbers.index) == segment).fillna(False).astype(bool)]
    away = (((inside - inside.mean()) / width.where(width > 0, 1)) ** 2).sum(axis=1)
    return away.round(12).idxmin()


def customer_portrait(features: pd.DataFrame, labels: pd.Series, customer: Any) -> pd.DataFrame:
    """Return the portrait of a customer: own figures beside those of the segment and of all.

    Parameters
    ----------
    features, labels
        As for ``profile``.
    customer : object
        Of the index.

    Returns
    -------
    DataFrame
        Index trait (the feature): ``value``, ``segment_mean`` (blank for a customer without a segment), ``average``,
        ``percentile`` (share of all customers with at most this value, ties counted half, 0 to 100), ``z`` (from the
        average of all).

    Raises
    ------
    DataError
        When there is no such customer.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 2, 9]}, index=["C1", "C2", "C3"])
    >>> table = customer_portrait(frame, pd.Series("a", index=frame.index), "C2")
    >>> table.loc["orders", ["value", "percentile"]].tolist()
    [2.0, 50.0]
    """
    if customer not in features.index:
        raise DataError("portrait_customer", customer=customer)
    numbers = checked(features, constant=True, least=1)
    own, width = numbers.loc[customer], spread(numbers)
    segment = labels.get(customer)
    peers = numbers[(labels.reindex(numbers.index) == segment).fillna(False).astype(bool)]
    below, equal = (numbers < own).sum(), (numbers == own).sum()
    return pd.DataFrame(
        {
            "value": own,
            "segment_mean": peers.mean() if len(peers) else np.nan,
            "average": numbers.mean(),
            "percentile": 100 * (below + equal / 2) / len(numbers),
            "z": (own - numbers.mean()) / width.where(width > 0, 1),
        }
    ).rename_axis("trait")


@dataclass(frozen=True)
class CustomerMap:
    """Customers on a plane: principal components.

    Attributes
    ----------
    points : DataFrame
        Index of customers: ``component_1``, ``component_2`` ….
    loadings : DataFrame
        Index trait (the feature), a column for each component: correlation of feature and component. The largest of a
        component is positive.
    explained : Series
        By component: share of the variance of all features. What the plane does not show is 1 − the sum.
    mean, spread, axes
        With which ``place`` puts other customers on the same plane.
    """

    points: pd.DataFrame
    loadings: pd.DataFrame
    explained: pd.Series
    mean: pd.Series
    spread: pd.Series
    axes: pd.DataFrame

    def place(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return where other customers (or cluster centres) lie on this plane."""
        scaled = (features[list(self.mean.index)].astype(float) - self.mean) / self.spread
        return scaled @ self.axes


def customer_map(features: pd.DataFrame, n: int = 2) -> CustomerMap:
    """Return the customers on the plane that keeps most of their differences (PCA of the standardised features).

    Parameters
    ----------
    features : DataFrame
        As for ``clustering.cluster``, after the same treatment (``prepare``).
    n : int
        Components.

    Raises
    ------
    DataError
        For features that cannot be used; fewer features than components.

    Examples
    --------
    >>> plane = customer_map(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 5], "c": [2, 1, 2, 1]}))
    >>> bool(plane.explained["component_1"] > 0.6)
    True
    """
    numbers = checked(features, least=3)
    if numbers.shape[1] < n:
        raise DataError("portrait_few_features", features=numbers.shape[1], components=n)
    mean, width = numbers.mean(), spread(numbers)
    scaled = ((numbers - mean) / width).to_numpy()
    with single_thread():
        values, vectors = np.linalg.eigh(scaled.T @ scaled / len(scaled))
        order = np.argsort(-values, kind="stable")[:n]
        axes = vectors[:, order]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n)])
        points = scaled @ axes
    components = [f"component_{number}" for number in range(1, n + 1)]
    kept = np.maximum(values[order], 0)
    return CustomerMap(
        points=pd.DataFrame(points, index=numbers.index, columns=components),
        loadings=pd.DataFrame(axes * np.sqrt(kept), index=numbers.columns, columns=components).rename_axis("trait"),
        explained=pd.Series(kept / numbers.shape[1], index=components, name="explained"),
        mean=mean,
        spread=width,
        axes=pd.DataFrame(axes, index=numbers.columns, columns=components),
    )
