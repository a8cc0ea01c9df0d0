"""Who and where the customers are: shares by attribute against the average, regions, distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.data.provinces import codes, grid
from crmbook.shared.estimate import holm, reach, shares
from crmbook.shared.features import once

UNKNOWN = "unknown"
"""The level that blank cells get: they are counted, not left out."""

MOST_LEVELS = 50
"""An attribute with more levels than this has a level for every few customers and profiles nobody."""

DEMOGRAPHIC = ("gender", "age_band", "education", "occupation", "income_band", "city_tier")
"""Attributes that say who a customer is."""

AGES = (25, 35, 45, 55)
"""Cuts between age bands, in years."""

EARTH_RADIUS = 6371.0088
"""Mean radius of the earth in kilometres (IUGG)."""


def ages(birth_date: pd.Series, as_of: str | pd.Timestamp) -> pd.Series:
    """Return the age in completed years on a day; blank where the birth date is blank or later.

    Examples
    --------
    >>> ages(pd.Series(pd.to_datetime(["1990-06-15", "1990-06-16"])), "2024-06-15").tolist()
    [34, 33]
    """
    day = dates.day(as_of)
    born = pd.to_datetime(birth_date)
    not_yet = (born.dt.month > day.month) | ((born.dt.month == day.month) & (born.dt.day > day.day))
    years = day.year - born.dt.year - not_yet
    return years.where(born <= day).astype("Int64").rename("age")


def bands(values: pd.Series, cuts: Sequence[float]) -> pd.Series:
    """Return the band of each number: a cut opens a band, ``"<18"``, ``"18-30"`` (18 up to, not including, 30),
    ``"30+"``.

    Parameters
    ----------
    values : Series of float
        Blanks stay blank.
    cuts : sequence of float
        Ascending.

    Returns
    -------
    Series
        Ordered categories.

    Examples
    --------
    >>> bands(pd.Series([17, 18, 30]), [18, 30]).tolist()
    ['<18', '18-30', '30+']
    """
    marks = [f"{cut:g}" for cut in cuts]
    names = [f"<{marks[0]}", *(f"{a}-{b}" for a, b in pairwise(marks)), f"{marks[-1]}+"]
    numbers = pd.to_numeric(values).astype(float)
    return pd.cut(numbers, [-math.inf, *cuts, math.inf], right=False, labels=names)


def demographics(customers: pd.DataFrame, as_of: str | pd.Timestamp, cuts: Sequence[float] = AGES) -> pd.DataFrame:
    """Return who the customers are: one column for each demographic attribute that the data hold.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id`` and what there is of ``birth_date``, ``gender``, ``education``, ``occupation``,
        ``income_band``, ``city_tier``.
    as_of : date
        The day on which ages are counted.
    cuts : sequence of float
        Cuts between age bands, in years.

    Returns
    -------
    DataFrame
        Index customer_id; ``DEMOGRAPHIC`` as far as they are there and not blank throughout, ``age_band`` made of the
        birth date.

    Raises
    ------
    DataError
        When none of them is there.

    Examples
    --------
    >>> born = pd.to_datetime(["1990-06-15", None])
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "birth_date": born, "gender": ["f", None]})
    >>> demographics(customers, "2024-06-15").loc["a"].tolist()
    ['f', '25-35']
    """
    people = customers.set_index("customer_id")
    if "birth_date" in people:
        people = people.assign(age_band=bands(ages(people["birth_date"], as_of), cuts))
    there = [column for column in DEMOGRAPHIC if column in people and people[column].notna().any()]
    if not there:
        columns = ("birth_date" if column == "age_band" else column for column in DEMOGRAPHIC)
        raise DataError("profile_no_attributes", columns=", ".join(columns))
    return people[there]


def known_demographics(customers: pd.DataFrame | None, as_of: str | pd.Timestamp) -> pd.DataFrame | None:
    """Return ``demographics``, None where the data do not say who the customers are.

    Parameters
    ----------
    customers : DataFrame or None
        As for ``demographics``; None where there is no such table.
    as_of : date
        The day on which ages are counted.

    Examples
    --------
    >>> known_demographics(pd.DataFrame({"customer_id": ["a"], "gender": ["f"]}), "2024-06-15").loc["a"].tolist()
    ['f']
    >>> known_demographics(pd.DataFrame({"customer_id": ["a"]}), "2024-06-15") is None
    True
    """
    if customers is None:
        return None
    try:
        return demographics(customers, as_of)
    except DataError:
        return None


def composition(attribute: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Return the make-up of each group by one attribute, with its index against the average of all.

    Parameters
    ----------
    attribute : Series
        A level for each customer (index); blanks become the level ``"unknown"``.
    groups : Series
        A group for each customer (index): a segment, a tier, a cluster. Customers without a group play no part, not in
        the average either.

    Returns
    -------
    DataFrame
        Index (group, level); ``customers``; ``share`` of the group, ``low`` and ``high`` (95 %, Wilson); ``average``
        share among all customers with a group; ``index`` (100 is as the average); ``differs`` (the average lies outside
        the interval).

    Raises
    ------
    DataError
        When the attribute has more than ``MOST_LEVELS`` levels, or no customer has both.

    Examples
    --------
    >>> table = composition(pd.Series(["f", "f", "m", "m"]), pd.Series(["A", "A", "A", "B"]))
    >>> table.loc[("A", "f"), ["share", "average", "index"]].round(2).tolist()
    [0.67, 0.5, 133.33]
    """
    levels = _levels(attribute, _named(attribute))
    grouped = levels.to_frame("level").join(groups.dropna().rename("group"), how="inner")
    if grouped.empty:
        raise DataError("profile_nobody", attribute=_named(attribute))
    counts = pd.crosstab(grouped["group"], grouped["level"]).reindex(columns=_ordered(attribute, levels), fill_value=0)
    totals = counts.sum(axis=1)
    average = grouped["level"].value_counts(normalize=True)
    table = pd.DataFrame({"customers": counts.stack()}).rename_axis(["group", "level"])
    sizes = totals.reindex(table.index.get_level_values("group")).set_axis(table.index)
    table = table.join(shares(table["customers"], sizes))
    table["average"] = average.reindex(table.index.get_level_values("level")).to_numpy()
    table["index"] = 100 * table["share"] / table["average"]
    table["differs"] = (table["average"] < table["low"]) | (table["average"] > table["high"])
    return table


def _levels(attribute: pd.Series, name: str) -> pd.Series:
    levels = attribute.astype("object").where(attribute.notna(), UNKNOWN).map(str)
    count = levels.nunique()
    if count > MOST_LEVELS:
        raise DataError("profile_levels", attribute=name, levels=count, most=MOST_LEVELS)
    return levels


def _ordered(attribute: pd.Series, levels: pd.Series) -> list[str]:
    """Return the levels as the categories are ordered, else by name; blanks come last."""
    present = set(levels)
    if isinstance(attribute.dtype, pd.CategoricalDtype):
        order = [str(level) for level in attribute.cat.categories if str(level) in present]
    else:
        order = sorted(present - {UNKNOWN})
    return [*order, UNKNOWN] if UNKNOWN in present and UNKNOWN not in order else order


def _named(attribute: pd.Series) -> str:
    return str(attribute.name) if attribute.name is not None else "?"


@dataclass(frozen=True)
class Association:
    """Whether an attribute and the groups have to do with each other, and how much.

    Attributes
    ----------
    chi_square, freedom, p : float, int, float
        Pearson's test of independence. Where an expected count is below 5, p comes from 2,000 random permutations
        instead of the chi-square distribution.
    cramers_v : float
        Strength from 0 to 1, corrected for the bias of small samples.
    n, missing : int
        Customers in the test; customers left out because one of the two is blank.
    smallest_expected : float
        The smallest expected count.
    permuted : bool
        Whether p comes from permutations.
    """

    chi_square: float
    freedom: int
    p: float
    cramers_v: float
    n: int
    missing: int
    smallest_expected: float
    permuted: bool


def association(attribute: pd.Series, groups: pd.Series, seed: int = 0) -> Association:
    """Test whether an attribute and the groups are independent, and measure their association.

    Parameters
    ----------
    attribute, groups : Series
        A level and a group for each customer (index). Customers with a blank in one of them are left out and counted.
    seed : int
        Of the permutations, which are made only where an expected count is below 5.

    Raises
    ------
    DataError
        More than ``MOST_LEVELS`` levels; fewer than two levels or two groups; a customer that stands there twice.

    Notes
    -----
    Cramér's V with the bias correction of Bergsma, W. (2013), Journal of the Korean Statistical Society 42, 323–328.

    Examples
    --------
    >>> result = association(pd.Series(["f"] * 50 + ["m"] * 50), pd.Series(["A"] * 40 + ["B"] * 20 + ["A"] * 40))
    >>> round(result.chi_square, 2), result.freedom
    (0.0, 1)
    """
    from scipy.stats import chi2
    from scipy.stats.contingency import expected_freq

    once(attribute.index)
    once(groups.index)
    both = pd.DataFrame({"level": attribute, "group": groups.reindex(attribute.index)})
    complete = both.dropna()
    if len(complete):
        _levels(complete["level"], _named(attribute))
    table = pd.crosstab(complete["level"].astype(str), complete["group"].astype(str)).to_numpy()
    if min(table.shape, default=0) < 2:
        raise DataError("profile_one_level", attribute=_named(attribute))
    expected = expected_freq(table)
    statistic = float(((table - expected) ** 2 / expected).sum())
    rows, columns = table.shape
    freedom, n = (rows - 1) * (columns - 1), int(table.sum())
    thin = bool(expected.min() < 5)
    p = _permuted_p(table, statistic, seed) if thin else float(chi2.sf(statistic, freedom))
    return Association(
        statistic, freedom, p, _cramers_v(statistic, n, rows, columns), n, len(both) - n, float(expected.min()), thin
    )


def _cramers_v(statistic: float, n: int, rows: int, columns: int) -> float:
    phi = max(0.0, statistic / n - (rows - 1) * (columns - 1) / (n - 1))
    room = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(phi / room) if room > 0 else 0.0


def _permuted_p(table: np.ndarray, statistic: float, seed: int, times: int = 2000) -> float:
    """Tables with the same margins, as permutations of the customers give them (scipy's own test makes each customer
    anew, which takes minutes for 30,000).
    """
    from scipy.stats import random_table
    from scipy.stats.contingency import expected_freq

    drawn = random_table(table.sum(axis=1), table.sum(axis=0)).rvs(times, random_state=np.random.default_rng(seed))
    expected = expected_freq(table)
    larger = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2)) >= statistic * (1 - 1e-12)
    return float((1 + larger.sum()) / (1 + times))


def associations(attributes: pd.DataFrame, groups: pd.Series, seed: int = 0) -> pd.DataFrame:
    """Return ``association`` of each column with the groups, the strongest first.

    Returns
    -------
    DataFrame
        Index attribute; the fields of ``Association`` and ``q``, the p-value corrected for testing several attributes
        (Holm). Columns that have one level only, or too many, stand at the end with blank figures and the reason's code
        in ``note``.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": list("fmfmfmfm"), "land": ["x"] * 8})
    >>> associations(frame, pd.Series(list("ABABABAB")))["note"].tolist()
    ['', 'profile_one_level']
    """
    rows = {}
    for column in attributes:
        try:
            rows[column] = {**vars(association(attributes[column], groups, seed)), "note": ""}
        except DataError as error:
            rows[column] = {"note": error.code}
    fields = [*Association.__dataclass_fields__, "note"]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=fields).rename_axis("attribute")
    table.insert(list(table.columns).index("p") + 1, "q", holm(table["p"]))
    return table.sort_values("cramers_v", ascending=False, na_position="last", kind="stable")


def location_quotient(regions: pd.Series, members: pd.Series) -> pd.DataFrame:
    """Return where a group of customers is concentrated, compared with all customers.

    Parameters
    ----------
    regions : Series
        Region (province, city tier, store area) of each customer; blanks become ``"unknown"``.
    members : Series of bool
        Whether the customer belongs to the group; same index.

    Returns
    -------
    DataFrame
        Index region; ``members``, ``customers``, ``share`` (of the members who are here), ``average`` (of all
        customers), ``quotient`` = share / average, ``low`` and ``high`` (95 %), by quotient. Above 1 the group is
        over-represented.

    Raises
    ------
    DataError
        When nobody is a member.

    Notes
    -----
    The interval is Wilson's of the share, divided by the average, which is taken as known.

    Examples
    --------
    >>> table = location_quotient(pd.Series(["N", "N", "S", "S"]), pd.Series([True, True, True, False]))
    >>> table["quotient"].round(3).to_dict()
    {'N': 1.333, 'S': 0.667}
    """
    here = regions.astype("object").where(regions.notna(), UNKNOWN).map(str)
    inside = members.reindex(here.index).fillna(False).astype(bool)
    if not inside.any():
        raise DataError("profile_nobody", attribute=_named(regions))
    customers = here.value_counts()
    counts = here[inside].value_counts().reindex(customers.index, fill_value=0)
    table = pd.DataFrame({"members": counts, "customers": customers}).rename_axis("region")
    table = table.join(shares(table["members"], pd.Series(int(inside.sum()), table.index)))
    table.insert(3, "average", table["customers"] / table["customers"].sum())
    table.insert(4, "quotient", table["share"] / table["average"])
    table["low"], table["high"] = table["low"] / table["average"], table["high"] / table["average"]
    return table.sort_values(["quotient", "customers"], ascending=False, kind="stable")


def location_quotients(regions: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Return the location quotients of several groups, each beside all customers that have a group.

    Parameters
    ----------
    regions : Series
        Region of each customer; a customer whose region is blank plays no part.
    groups : Series
        A group for each customer (index); customers without one play no part, not in the average either.

    Returns
    -------
    DataFrame
        Index (group, region), regions by name: the columns of ``location_quotient`` and ``differs`` (1 lies outside the
        interval).

    Raises
    ------
    DataError
        When no customer has both; more than ``MOST_LEVELS`` regions.

    Examples
    --------
    >>> table = location_quotients(pd.Series(list("NNSS")), pd.Series(list("aabb")))
    >>> table["quotient"].to_dict()
    {('a', 'N'): 2.0, ('a', 'S'): 0.0, ('b', 'N'): 0.0, ('b', 'S'): 2.0}
    """
    both = pd.DataFrame({"region": regions, "group": groups.reindex(regions.index)}).dropna()
    if both.empty:
        raise DataError("profile_nobody", attribute=_named(regions))
    _levels(both["region"], _named(regions))
    parts = {
        group: location_quotient(both["region"], both["group"] == group).sort_index()
        for group in sorted(both["group"].unique())
    }
    table = pd.concat(parts, names=["group", "region"])
    return table.assign(differs=(table["low"] > 1) | (table["high"] < 1))


def areas(regions: pd.Series, amount: pd.Series) -> pd.DataFrame:
    """Return customers and money by region: index region; customers, share, amount, amount_share, mean with low and
    high. Ordered categories (distance bands) keep their order, other regions stand by their money.

    Parameters
    ----------
    regions : Series
        Region of each customer; blanks become ``"unknown"``.
    amount : Series
        Money of each customer in currency; a customer without any counts with 0.

    Examples
    --------
    >>> table = areas(pd.Series(["N", "N", "S"]), pd.Series([10.0, 30.0, 60.0]))
    >>> table.loc["N", ["share", "amount_share"]].round(2).tolist()
    [0.67, 0.4]
    """
    here = regions.astype("object").where(regions.notna(), UNKNOWN).map(str)
    money = amount.reindex(here.index).fillna(0.0)
    grouped = money.groupby(here)
    table = pd.DataFrame({"customers": grouped.size(), "amount": grouped.sum(), "mean": grouped.mean()})
    table = table.rename_axis("region")
    table.insert(1, "share", table["customers"] / table["customers"].sum())
    total = table["amount"].sum()
    table.insert(3, "amount_share", table["amount"] / total if total else np.nan)
    half = reach(grouped.count()) * grouped.sem()
    table["low"], table["high"] = table["mean"] - half, table["mean"] + half
    if isinstance(regions.dtype, pd.CategoricalDtype) and regions.dtype.ordered:
        return table.reindex(_ordered(regions, here))
    return table.sort_values("amount", ascending=False, kind="stable")


def tiles(provinces: pd.Series, values: pd.Series | None = None) -> pd.DataFrame:
    """Return the tile map of the provinces with the customers (and the sum of a value) on each.

    Parameters
    ----------
    provinces : Series
        Province of each customer: code or name in English or Chinese.
    values : Series, optional
        A number for each customer, added up by province.

    Returns
    -------
    DataFrame
        Index code, all 34 in the map's order and ``"unknown"`` last where a name is blank or not a province; ``row``,
        ``column``, ``region``, ``en``, ``zh`` (blank for unknown), ``customers``, ``share`` and, where values were
        given, ``value`` and ``mean``.

    Raises
    ------
    DataError
        When not one name is a province.

    Examples
    --------
    >>> tiles(pd.Series(["广东", "Beijing", "?"]))["customers"].loc[["GD", "BJ", "unknown"]].tolist()
    [1, 1, 1]
    """
    places = codes(provinces).astype("object").fillna(UNKNOWN)
    if (places == UNKNOWN).all():
        raise DataError("profile_no_province", examples=", ".join(map(str, provinces.dropna().unique()[:3])) or "–")
    counts = places.value_counts()
    table = grid().reindex([*grid().index, *([UNKNOWN] if UNKNOWN in counts.index else [])]).rename_axis("province")
    table["customers"] = counts.reindex(table.index, fill_value=0)
    table["share"] = table["customers"] / max(len(places), 1)
    if values is not None:
        table["value"] = values.reindex(places.index).groupby(places).sum().reindex(table.index, fill_value=0.0)
        table["mean"] = table["value"] / table["customers"].where(table["customers"] > 0)
    return table


def haversine(
    latitude: np.ndarray, longitude: np.ndarray, to_latitude: np.ndarray, to_longitude: np.ndarray
) -> np.ndarray:
    """Return great-circle distances in kilometres; arguments in degrees, broadcast against each other.

    Notes
    -----
    hav(d/R) = hav(Δφ) + cos φ₁ cos φ₂ hav(Δλ), on a sphere of radius ``EARTH_RADIUS``: within 0.6 % of the ellipsoid.

    Examples
    --------
    >>> round(float(haversine(0.0, 0.0, 0.0, 90.0)))  # a quarter of the equator
    10008
    """
    first, second = np.radians(latitude), np.radians(to_latitude)
    across = np.radians(np.asarray(to_longitude) - np.asarray(longitude))
    square = np.sin((second - first) / 2) ** 2 + np.cos(first) * np.cos(second) * np.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(square, 0, 1)))


def nearest_store(customers: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's nearest store and the distance to it.

    Parameters
    ----------
    customers : DataFrame
        Index customer_id; ``latitude`` and ``longitude`` in degrees, blank where unknown.
    stores : DataFrame
        ``store``, ``latitude``, ``longitude``; stores without coordinates are left aside.

    Returns
    -------
    DataFrame
        Index of customers; ``store`` and ``km`` (kilometres as the crow flies), blank where the customer's place is
        unknown.

    Raises
    ------
    DataError
        When a coordinates column is missing or no store has coordinates.

    Examples
    --------
    >>> places = pd.DataFrame({"latitude": [31.2], "longitude": [121.5]}, index=["C1"])
    >>> shops = pd.DataFrame({"store": ["S1", "S2"], "latitude": [31.3, 39.9], "longitude": [121.5, 116.4]})
    >>> nearest_store(places, shops).round(1).to_dict("list")
    {'store': ['S1'], 'km': [11.1]}
    """
    for table, frame in (("customers", customers), ("stores", stores)):
        missing = [column for column in ("latitude", "longitude") if column not in frame]
        if missing:
            raise DataError("profile_no_coordinates", table=table, columns=", ".join(missing))
    shops = stores.dropna(subset=["latitude", "longitude"])
    if shops.empty:
        raise DataError("profile_no_coordinates", table="stores", columns="latitude, longitude")
    known = customers.dropna(subset=["latitude", "longitude"])
    place, km = np.empty(len(known), dtype=int), np.empty(len(known))
    for first in range(0, len(known), 10_000):
        rows = slice(first, first + 10_000)
        part = known.iloc[rows][["latitude", "longitude"]].to_numpy(float)
        apart = haversine(
            part[:, :1], part[:, 1:], shops["latitude"].to_numpy(float), shops["longitude"].to_numpy(float)
        )
        place[rows], km[rows] = apart.argmin(axis=1), apart.min(axis=1)
    found = pd.DataFrame({"store": shops["store"].to_numpy()[place], "km": km}, index=known.index)
    return found.reindex(customers.index)
