"""Did the programme work? Change with a comparison group: difference in differences, and what goes with it.

Customers in a programme change; so do customers outside it, with the season, the economy, and because a good half year
is seldom followed by one as good. Only the difference between the two changes is the programme's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.evaluation.observations import after_flags, both_groups, outcomes, together, treated_flags
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, mean, welch
from crmbook.shared.purchases import query

if TYPE_CHECKING:
    from crmbook.data.load import Book

# The data ---------------------------------------------------------------------------------------------------------


def programme_months(book: Book, months: int = 12, as_of: object = None) -> pd.DataFrame:
    """Return what each customer of the programme and of its comparison group bought, month by month.

    Parameters
    ----------
    book : Book
        Its programme (``customer_id``, ``group``, ``start_date``) and its orders.
    months : int
        How many whole months before the start and after it, at most.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.

    Returns
    -------
    DataFrame
        A row for each customer and month: ``customer_id``, ``group``, ``month`` (0 is the first after the customer's
        own start, −1 the last before), ``period`` (``before``, ``after``), ``net`` (returns taken off), ``orders``
        (purchases), ``margin`` where lines carry a cost. Months without an order are there, with zeros. Only months
        that the data hold in full for every customer.

    Raises
    ------
    DataError
        ``table_needed``; ``evaluation_no_control`` or ``evaluation_no_treated`` when a group is empty;
        ``evaluation_one_period`` when no whole month lies before or after the start, ``evaluation_no_month`` when that
        holds for some customers only; ``evaluation_two_groups`` when a
        customer is in both; ``evaluation_start`` for a blank start.
    """
    programme = needed(book.programme, "programme", ["customer_id", "group", "start_date"])
    if programme["start_date"].isna().any():
        raise DataError("evaluation_start", value="")
    members = programme.sort_values("start_date", kind="stable").drop_duplicates("customer_id")
    members = members.set_index("customer_id").sort_index()
    both_groups(treated_flags(members["group"]))
    torn = programme.groupby("customer_id")["group"].nunique()
    if (torn > 1).any():
        raise DataError("evaluation_two_groups", customer=torn.idxmax(), count=int((torn > 1).sum()))
    orders = needed(book.orders, "orders", ["customer_id", "order_date", "amount"])
    day = dates.day(book.as_of if as_of is None else as_of)
    begin = orders["order_date"].min().normalize()
    start = members["start_date"].dt.normalize()
    # a month runs from the start's day of the month to the day before it in the next month
    earlier = -_months_since(pd.Series(begin - pd.Timedelta(days=1), start.index), start) - 1
    later = _months_since(pd.Series(day + pd.Timedelta(days=1), start.index), start)
    before, after = min(months, int(earlier.min())), min(months, int(later.min()))
    unseen = (earlier < 1) | (later < 1)
    if months >= 1 and unseen.any() and not unseen.all():
        facts = {"count": int(unseen.sum()), "customers": len(members), "customer": unseen.idxmax()}
        raise DataError("evaluation_no_month", **facts)
    if before < 1 or after < 1:
        raise DataError("evaluation_one_period", before=max(before, 0), after=max(after, 0))
    own = orders[orders["customer_id"].isin(members.index)]
    if own.empty:
        raise DataError("evaluation_programme_strangers", customers=len(members))
    found = query(
        "brought_back",
        "SELECT customer_id, CAST(order_day AS TIMESTAMP) AS day, net, margin FROM customer_orders",
        own,
        day,
    )
    found["month"] = _months_since(found["day"], found["customer_id"].map(start))
    found = found[found["month"].between(-before, after - 1)]
    found["orders"] = (found["net"] >= 0).astype(int)
    cells = pd.MultiIndex.from_product([members.index, range(-before, after)], names=["customer_id", "month"])
    columns = ["net", "orders"] + (["margin"] if "cost" in orders and orders["cost"].notna().any() else [])
    table = found.groupby(["customer_id", "month"])[columns].sum().reindex(cells, fill_value=0.0).reset_index()
    table.insert(1, "group", table["customer_id"].map(members["group"].astype("object")).astype("str"))
    table.insert(3, "period", np.where(table["month"] < 0, "before", "after"))
    return table.astype({"orders": int})


def customer_gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each customer of a programme: how much more he bought after the start than before it.

    Returns
    -------
    DataFrame
        Index ``customer_id``: ``group``, ``spend_before`` and ``orders_before`` (means of a month), ``gain`` (mean
        ``net`` of a month after the start, less that before).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "a"], "group": "treated", "period": ["before", "after"]})
    >>> customer_gains(table.assign(net=[10.0, 25.0], orders=[1, 2]))["gain"].tolist()
    [15.0]
    """
    mean = table.groupby(["customer_id", "period"])[["net", "orders"]].mean().unstack()
    return pd.DataFrame(
        {
            "group": table.groupby("customer_id")["group"].first(),
            "spend_before": mean["net", "before"],
            "orders_before": mean["orders", "before"],
            "gain": mean["net", "after"] - mean["net", "before"],
        }
    )


def _months_since(day: pd.Series, start: pd.Series) -> pd.Series:
    whole = (day.dt.year - start.dt.year) * 12 + day.dt.month - start.dt.month
    return whole - (day.dt.day < start.dt.day)


# Difference in differences ----------------------------------------------------------------------------------------


def did(outcome: ArrayLike, group: ArrayLike, period: ArrayLike, unit: ArrayLike) -> Estimate:
    """Return the effect of a programme by difference in differences, with its 95 % interval.

    (after − before of the treated) − (after − before of the comparison group).

    Parameters
    ----------
    outcome : Series or array of float
        One value for each observation, for example revenue of a customer and month. Series go together by their
        labels, arrays by position.
    group : Series or array
        ``treated`` or ``control`` (also true and false, 1 and 0).
    period : Series or array
        ``before`` or ``after`` (also false and true; of two numbers or two dates the smaller is before). Of more than
        two, say of each whether it lies before or after the start.
    unit : Series or array
        The customer that was observed: observations of one customer are not independent.

    Returns
    -------
    Estimate
        In the outcome's unit per observation; ``n`` is the number of customers. Where each customer has equally many
        observations before and after: the t-test on the customers' gains (unequal variances). Otherwise least squares
        with an effect of each customer, so that who was observed when does not count as a change, and with standard
        errors clustered by customer (CR1), against Student's t with customers − 1 degrees.

    Raises
    ------
    DataError
        ``evaluation_no_control``, ``evaluation_no_treated``, ``evaluation_one_period``: without one of the four cells
        there is nothing to take the difference from. ``evaluation_labels`` for a group or period that is not known,
        ``evaluation_two_groups`` when a customer is in both, ``evaluation_outcome`` for a blank or infinite outcome,
        ``rows_…`` as `crmbook.shared.aligned.aligned`, ``evaluation_few_units`` with less than two customers in a
        group.

    Notes
    -----
    It takes it that without the programme both groups would have changed alike: look at `parallel_trends`. Clustered
    errors: Bertrand, M., Duflo, E. and Mullainathan, S. (2004), Quarterly Journal of Economics 119, 249–275.

    Examples
    --------
    >>> outcome = [10, 20, 12, 24, 10, 11, 12, 15]
    >>> group = ["treated"] * 4 + ["control"] * 4
    >>> did(outcome, group, ["before", "after"] * 4, list("aabbccdd")).value
    9.0
    """
    data = _observations(outcome, group, period, unit)
    gains = _gains(data)
    if gains is not None:
        return welch(gains.loc[gains["treated"], "gain"], gains.loc[~gains["treated"], "gain"])
    return _clustered(data)


def before_after(outcome: ArrayLike, period: ArrayLike, unit: ArrayLike) -> Estimate:
    """Return the mean change of customers from before to after, without any comparison: what happened, not why.

    Parameters
    ----------
    outcome, period, unit
        As in `did`. Customers observed on one side only are left out; ``n`` counts the others.

    Raises
    ------
    DataError
        As `did`; ``evaluation_few_units`` with less than two customers seen on both sides.

    Examples
    --------
    >>> before_after([10, 20, 12, 24], ["before", "after"] * 2, list("aabb")).value
    11.0
    """
    outcome, period, unit = together(outcome=outcome, period=period, unit=unit)
    value, after, who = outcomes(outcome), after_flags(period), np.asarray(unit)
    if after.all() or not after.any():
        raise DataError("evaluation_one_period", before=int((~after).sum()), after=int(after.sum()))
    means = pd.Series(value).groupby([who, after]).mean().unstack().dropna()
    if len(means) < 2:
        raise DataError("evaluation_few_units", treated=len(means), control=0)
    return mean(means[True] - means[False])


@dataclass(frozen=True, eq=False)
class Permutation:
    """How large an effect chance alone makes.

    Attributes
    ----------
    effect : float
        As observed.
    p_value : float
        Share of the draws (the observed one counted in) with an effect as far from zero or farther.
    effects : ndarray
        The effects when the customers are dealt out to the groups at random.
    left_out : int
        Customers not seen both before and after.
    """

    effect: float
    p_value: float
    effects: np.ndarray
    left_out: int


def permutation_test(
    outcome: ArrayLike, group: ArrayLike, period: ArrayLike, unit: ArrayLike, draws: int = 2000, seed: int = 0
) -> Permutation:
    """Deal the customers out to the groups again and again, and see how often chance makes so large an effect.

    Parameters
    ----------
    outcome, group, period, unit
        As in `did`.
    draws : int
        How often.
    seed : int
        Of the draws.

    Notes
    -----
    p = (1 + draws as extreme) ÷ (1 + draws): Phipson, B. and Smyth, G. K. (2010), Statistical Applications in Genetics
    and Molecular Biology 9, article 39.

    Examples
    --------
    >>> outcome = [0, 9, 0, 8, 0, 9, 0, 1, 0, 0, 0, 1]
    >>> group = ["treated"] * 6 + ["control"] * 6
    >>> found = permutation_test(outcome, group, ["before", "after"] * 6, list("aabbccddeeff"), draws=500)
    >>> round(found.effect, 6), found.p_value < 0.2
    (8.0, True)
    """
    data = _observations(outcome, group, period, unit)
    means = data.groupby(["unit", "after"])["outcome"].mean().unstack()
    both = means.dropna()
    treated = data.drop_duplicates("unit").set_index("unit")["treated"].reindex(both.index)
    both_groups(treated)
    # in an order of their own, so that the draws do not depend on the order of the rows
    dealt = pd.DataFrame({"treated": treated, "gain": both[True] - both[False]}).sort_values(["treated", "gain"])
    treated, gain = dealt["treated"], dealt["gain"].to_numpy()
    size, n = int(treated.sum()), len(gain)
    rng = np.random.default_rng(seed)
    # the sum over the treated tells the sum over the others
    sums = np.array([gain[rng.permutation(n)[:size]].sum() for _ in range(draws)])
    effects = sums / size - (gain.sum() - sums) / (n - size)
    own = gain[treated.to_numpy()].sum()
    effect = float(own / size - (gain.sum() - own) / (n - size))
    extreme = int((np.abs(effects) >= abs(effect) - 1e-12 * max(1.0, abs(effect))).sum())
    return Permutation(effect, (1 + extreme) / (1 + draws), effects, len(means) - len(both))


# Were the groups alike? -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Trends:
    """Both groups month by month, and whether they ran in parallel before the start.

    Attributes
    ----------
    table : DataFrame
        Index ``month`` (0 is the first after the start): ``treated`` and ``control`` (means), ``difference`` with
        ``low`` and ``high`` (95 %, Welch).
    slope : Estimate
        By how much the difference grew a month before the start; NaN with less than three months.
    gap : Estimate
        The difference before the start, all months together.
    verdict : str
        ``parallel`` (the slope may be zero), ``apart`` (it is not: the effect found may be an old trend) or
        ``unknown``.
    """

    table: pd.DataFrame
    slope: Estimate
    gap: Estimate
    verdict: str


def parallel_trends(table: pd.DataFrame, outcome: str = "net") -> Trends:
    """Compare the groups month by month: before the start they should run in parallel.

    Parameters
    ----------
    table : DataFrame
        As from `programme_months`: every customer has every month.
    outcome : str
        The column to compare.

    Raises
    ------
    DataError
        ``column_needed``; ``evaluation_no_control`` and ``evaluation_no_treated``; ``evaluation_few_units``.
    """
    if outcome not in table:
        raise DataError("column_needed", table="programme", column=outcome)
    wide = table.pivot(index="customer_id", columns="month", values=outcome).sort_index(axis=1)
    group = table.drop_duplicates("customer_id").set_index("customer_id")["group"].reindex(wide.index)
    treated = treated_flags(group)
    both_groups(treated, fewest=2)
    inside, outside = wide[treated], wide[~treated]
    differences = [welch(inside[month], outside[month]) for month in wide.columns]
    shown = pd.DataFrame(
        {
            "treated": inside.mean(),
            "control": outside.mean(),
            "difference": [one.value for one in differences],
            "low": [one.low for one in differences],
            "high": [one.high for one in differences],
        }
    )
    before = [int(month) for month in wide.columns if int(month) < 0]
    gap, slope = Estimate(math.nan, math.nan, math.nan, 0), Estimate(math.nan, math.nan, math.nan, 0)
    if before:
        gap = welch(inside[before].mean(axis=1), outside[before].mean(axis=1))
    if len(before) > 2:
        steps = np.array(before, dtype=float)
        steps -= steps.mean()
        own = pd.Series(wide[before].to_numpy() @ steps / (steps @ steps), wide.index)
        slope = welch(own[treated], own[~treated])
    verdict = "unknown" if math.isnan(slope.low) else "parallel" if slope.low <= 0 <= slope.high else "apart"
    return Trends(shown, slope, gap, verdict)


# Pieces -----------------------------------------------------------------------------------------------------------


def _observations(outcome: ArrayLike, group: ArrayLike, period: ArrayLike, unit: ArrayLike) -> pd.DataFrame:
    """The four columns, checked; customers as numbers."""
    outcome, group, period, unit = together(outcome=outcome, group=group, period=period, unit=unit)
    value, treated, after, who = outcomes(outcome), treated_flags(group), after_flags(period), np.asarray(unit)
    code, units = pd.factorize(who)
    if (code < 0).any():
        raise DataError("evaluation_outcome", column="unit", count=int((code < 0).sum()))
    data = pd.DataFrame({"outcome": value, "treated": np.asarray(treated), "after": after, "unit": code})
    share = np.bincount(code, data["treated"]) / np.bincount(code)
    torn = np.flatnonzero((share > 0) & (share < 1))
    if len(torn):
        raise DataError("evaluation_two_groups", customer=units[torn[0]], count=len(torn))
    both_groups(data["treated"])
    for side in (True, False):
        there = data.loc[data["treated"] == side, "after"]
        if there.all() or not there.any():
            raise DataError("evaluation_one_period", before=int((~there).sum()), after=int(there.sum()))
    both_groups(data.drop_duplicates("unit")["treated"], fewest=2)
    return data


def _gains(data: pd.DataFrame) -> pd.DataFrame | None:
    """Each customer's gain; None unless everybody has as many observations before, and as many after, as all others."""
    cells = data.groupby(["unit", "after"])["outcome"].agg(["mean", "size"]).unstack()
    counts = cells["size"].to_numpy()
    if np.isnan(counts).any() or (counts != counts[0]).any():
        return None
    treated = data.drop_duplicates("unit").set_index("unit")["treated"].reindex(cells.index)
    return pd.DataFrame({"gain": cells["mean"][True] - cells["mean"][False], "treated": treated})


def _clustered(data: pd.DataFrame) -> Estimate:
    from scipy.stats import t

    treated, after = data["treated"].to_numpy(dtype=float), data["after"].to_numpy(dtype=float)
    code, units = pd.factorize(data["unit"])

    def within(column: np.ndarray) -> np.ndarray:
        return column - (np.bincount(code, column) / np.bincount(code))[code]

    design = np.column_stack([within(after), within(treated * after)])
    inverse = np.linalg.pinv(design.T @ design)
    result = within(data["outcome"].to_numpy())
    slopes = inverse @ design.T @ result
    residual = result - design @ slopes
    scores = np.zeros((len(units), design.shape[1]))
    np.add.at(scores, code, design * residual[:, None])
    few = len(units) / (len(units) - 1) * (len(data) - 1) / max(len(data) - design.shape[1], 1)
    variance = (few * inverse @ (scores.T @ scores) @ inverse)[1, 1]
    half = float(t.ppf(0.975, len(units) - 1)) * math.sqrt(max(variance, 0.0))
    return Estimate(float(slopes[1]), float(slopes[1]) - half, float(slopes[1]) + half, len(units))
