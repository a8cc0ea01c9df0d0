"""What a customer is worth: so far, by the simple formula, and by models of what he will still buy (CLV).

The models stand in files of their own and can be had from here: BG/NBD (how often), Gamma-Gamma (how much at a time),
sBG (contracts). ``fit`` puts the first two together for a customer table, ``lifetime_value`` makes money of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmbook.data import dates
from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.shared.estimate import Z
from crmbook.shared.purchases import DAY, last_day, need_history, purchase_days
from crmbook.value.bgnbd import Array, BgNbd, check_histories, fit_bgnbd
from crmbook.value.contracts import Sbg
from crmbook.value.gamma_gamma import GammaGamma, fit_gamma_gamma

UNITS = {"D": 1.0, "W": 7.0}  # days
MONTH = 365 / 12  # days: 4.345 weeks
Model = TypeVar("Model", BgNbd, GammaGamma, Sbg)


@dataclass(frozen=True)
class FormulaValue:
    """The simple formula's answer, both ways: the first payment comes after one period, or now."""

    first_later: float
    first_now: float


def formula(margin: float, retention: float, discount: float) -> FormulaValue:
    """Return the value of a customer who stays with one and the same probability each period, for ever.

    Parameters
    ----------
    margin : float
        Margin of a period.
    retention : float
        Probability of staying another period, 0 to 1.
    discount : float
        Discount rate of a period, above −1; retention must stay below 1 + discount.

    Raises
    ------
    DataError
        ``value_formula``.

    Notes
    -----
    m·r/(1+i−r) and m·(1+i)/(1+i−r), which is m more; Gupta & Lehmann (2003), Journal of Interactive Marketing 17, 9–24.

    Examples
    --------
    >>> found = formula(margin=100, retention=0.8, discount=0.1)
    >>> round(found.first_later, 2), round(found.first_now, 2)
    (266.67, 366.67)
    """
    if not (0 <= retention <= 1 and discount > -1 and retention < 1 + discount):
        raise DataError("value_formula", retention=retention, discount=discount)
    later = margin * retention / (1 + discount - retention)
    return FormulaValue(later, later + margin)


def earned(customers: pd.DataFrame, margin: float) -> pd.Series:
    """Return the margin that each customer has left so far.

    Parameters
    ----------
    customers : DataFrame
        As ``summarise`` gives.
    margin : float
        Share of revenue that is margin; used only where no order line has a cost.

    Raises
    ------
    DataError
        ``value_margin`` for a share that is used and does not lie between 0 and 1.

    Examples
    --------
    >>> earned(pd.DataFrame({"monetary": [200.0], "margin": [np.nan]}), margin=0.35).tolist()
    [70.0]
    """
    known = customers["margin"].notna().any()
    if not known and not 0 <= margin <= 1:
        raise DataError("value_margin", margin=margin)
    return (customers["margin"].fillna(0.0) if known else customers["monetary"] * margin).rename("margin")


def margin_share(customers: pd.DataFrame, margin: float) -> float:
    """Return which share of all revenue is margin: by the costs of the order lines, or as set by hand without them.

    Examples
    --------
    >>> margin_share(pd.DataFrame({"monetary": [200.0, 100.0], "margin": [90.0, 60.0]}), margin=0.35)
    0.5
    """
    revenue = float(customers["monetary"].sum())
    return float(earned(customers, margin).sum()) / revenue if revenue > 0 else margin


def preflight(customers: pd.DataFrame, horizon: float = 365) -> pd.DataFrame:
    """Look at a customer table before the models are fitted to it.

    Parameters
    ----------
    customers : DataFrame
        As ``summarise`` gives; times in days.
    horizon : float
        How many days ahead the models are to look.

    Returns
    -------
    DataFrame
        Index ``check``; ``passed``, ``value`` and ``limit``. *repeaters*: customers who bought again, at least 50.
        *history*: days since the first purchase of all, at least half the horizon. *all_new*: half of the customers
        are at least as old as the usual gap between purchases (days). *spend*: repeaters whose mean spend is not above
        zero, none allowed. *correlation*: of x and mean spend among repeaters, at most 0.2 either way, for the models
        take it that they do not go together. *negative_net*: customers who brought back more than they bought; the
        models do not look at returns.

    Raises
    ------
    DataError
        ``value_nobody`` without a customer who bought; ``value_one_day``; ``value_nobody_repeats``.
    """
    bought = customers[customers["T"].notna()]
    x, t_x, T = check_histories(bought["x"], bought["t_x"], bought["T"])
    again = bought[x > 0]
    spend = again["mean_repeat"]
    usual_gap = float(np.median(t_x[x > 0] / x[x > 0]))
    varied = len(again) > 2 and spend.std() > 0 and again["x"].std() > 0
    correlation = float(np.corrcoef(again["x"], spend)[0, 1]) if varied else 0.0
    negative = int((customers["monetary"] < 0).sum())
    not_positive = int((spend <= 0).sum())
    rows = [
        ("repeaters", len(again) >= 50, len(again), 50),
        ("history", T.max() >= horizon / 2, T.max(), horizon / 2),
        ("all_new", np.median(T) >= usual_gap, np.median(T), usual_gap),
        ("spend", not_positive == 0, not_positive, 0),
        ("correlation", abs(correlation) <= 0.2, correlation, 0.2),
        ("negative_net", negative == 0, negative, 0),
    ]
    return _checks(rows)


def fit_checks(model: ValueModel) -> pd.DataFrame:
    """Look at fitted models: do the data hold the parameters, and is there a mean spend?

    Where they do not hold those of purchases, nothing can be said of who is still there (``BgNbd.held``).

    Returns
    -------
    DataFrame
        As ``preflight``: *held* and *spend_held* (`BgNbd.held`, and every parameter of the spend has a finite
        interval; value 1 or 0), *mean_exists* (q above 1).
    """
    held = model.purchases.held
    spend_held = bool(np.isfinite(model.spend.covariance).all())
    q = model.spend.params["q"]
    return _checks([("held", held, held, 1), ("spend_held", spend_held, spend_held, 1), ("mean_exists", q > 1, q, 1)])


def _checks(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["check", "passed", "value", "limit"]).set_index("check")
    return table.astype({"passed": bool, "value": float, "limit": float})


@dataclass(frozen=True, eq=False)
class ValueModel:
    """How often and how much, fitted to one customer table.

    Attributes
    ----------
    purchases : BgNbd
    spend : GammaGamma
    unit : str
        The unit of time the first was fitted in, ``"D"`` or ``"W"``.
    unpaid : int
        Repeaters whose repeat purchases came to nothing: the model of spend cannot look at them and was fitted without.
    """

    purchases: BgNbd
    spend: GammaGamma
    unit: str
    unpaid: int = 0


def fit(customers: pd.DataFrame, unit: str = "W") -> ValueModel:
    """Fit BG/NBD and Gamma-Gamma to a customer table.

    Parameters
    ----------
    customers : DataFrame
        As ``summarise`` gives. Customers who only returned goods are no buyers and are not looked at.
    unit : str
        ``"W"``: time in weeks, ``"D"``: in days. It changes α, not what is predicted.

    Raises
    ------
    DataError
        As ``fit_bgnbd`` and ``fit_gamma_gamma``; ``value_unit``.
    """
    if unit not in UNITS:
        raise DataError("value_unit", unit=unit, choices=", ".join(UNITS))
    bought = customers[customers["T"].notna()]
    purchases = fit_bgnbd(bought["x"], bought["t_x"] / UNITS[unit], bought["T"] / UNITS[unit])
    again = bought["x"] > 0
    unpaid = again & ~(bought["mean_repeat"] > 0)
    if unpaid.sum() == again.sum():
        raise DataError("value_spend_not_positive", customers=int(unpaid.sum()), value="0")
    spend = fit_gamma_gamma(bought["x"][~unpaid], bought["mean_repeat"][~unpaid])
    return ValueModel(purchases, spend, unit, int(unpaid.sum()))


def lifetime_value(
    customers: pd.DataFrame, model: ValueModel, months: int = 12, yearly_rate: float = 0.10, margin: float = 1.0
) -> pd.DataFrame:
    """Return what each customer is expected to bring in the coming months, discounted to today.

    Parameters
    ----------
    customers : DataFrame
        As ``summarise`` gives; times in days, whatever the models' unit.
    model : ValueModel
    months : int
        Horizon, in months of 30.4 days (4.345 weeks).
    yearly_rate : float
        Discount rate for a year; what comes in month i is discounted over i/12 years.
    margin : float
        Share of revenue that is margin; 1 values revenue.

    Returns
    -------
    DataFrame
        The customers with ``p_alive`` (1 for one-time buyers: see ``BgNbd.p_alive``; blank where the data do not hold
        it), ``expected_purchases`` within the horizon, ``expected_spend`` at a purchase and ``clv``. Who only returned
        goods has blanks.

    Raises
    ------
    DataError
        ``value_horizon`` for a horizon below one month; ``value_discount_rate``; ``value_no_mean`` when q ≤ 1.
    """
    if months < 1:
        raise DataError("value_horizon", months=months)
    if not yearly_rate > -1:
        raise DataError("value_discount_rate", rate=yearly_rate)
    bought = customers[customers["T"].notna()]
    key = ["x", "t_x", "T"]
    histories = bought[key].drop_duplicates(ignore_index=True)
    x, t_x, T = histories["x"], histories["t_x"] / UNITS[model.unit], histories["T"] / UNITS[model.unit]
    month = MONTH / UNITS[model.unit]
    ahead = np.array([model.purchases.predict(month * number, x, t_x, T) for number in range(months + 1)])
    discount = (1 + yearly_rate) ** (-np.arange(1, months + 1) / 12)
    histories["p_alive"] = model.purchases.p_alive(x, t_x, T) if model.purchases.held else np.nan
    histories["expected_purchases"] = ahead[-1]
    histories["discounted"] = discount @ np.diff(ahead, axis=0)
    found = bought[key].merge(histories, on=key, how="left").set_index(bought.index)
    spend = model.spend.predict(bought["x"], bought["mean_repeat"].clip(lower=0))
    found = found.assign(expected_spend=spend, clv=found["discounted"] * spend * margin)
    return found[["p_alive", "expected_purchases", "expected_spend", "clv"]].reindex(customers.index)


def lifetime_value_by_group(
    customers: pd.DataFrame,
    model: ValueModel,
    group: pd.Series,
    months: int = 12,
    yearly_rate: float = 0.10,
    margin: float = 1.0,
) -> pd.DataFrame:
    """Return the lifetime value of each group (tier, stage, channel), with an interval from the models' uncertainty.

    Parameters
    ----------
    group : Series
        Each customer's group, by ``customer_id``; customers without one are counted as *none*.
    customers, model, months, yearly_rate, margin
        As for ``lifetime_value``.

    Returns
    -------
    DataFrame
        Index ``group``; ``customers``, ``clv`` (sum) with ``low`` and ``high``, ``share``, ``mean``. The interval is
        that of the parameters (information matrix, delta method on the logarithm); single customers scatter much more.

    Raises
    ------
    DataError
        ``value_no_interval`` when the data do not hold the parameters.
    """
    own = group.astype("object").reindex(customers.index).fillna("none").astype(str)

    def totals(purchases: BgNbd, spend: GammaGamma) -> pd.Series:
        each = lifetime_value(customers, ValueModel(purchases, spend, model.unit), months, yearly_rate, margin)
        return each["clv"].groupby(own).sum()

    by_purchases = interval(model.purchases, lambda fitted: totals(fitted, model.spend))
    by_spend = interval(model.spend, lambda fitted: totals(model.purchases, fitted))
    value = by_purchases["value"]
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.hypot(*(np.log(part["high"] / part["value"]) for part in (by_purchases, by_spend)))
    count = own.value_counts().reindex(value.index)
    return pd.DataFrame(
        {
            "customers": count,
            "clv": value,
            "low": value * np.exp(-width),
            "high": value * np.exp(width),
            "share": value / value.sum(),
            "mean": value / count,
        }
    ).rename_axis("group")


def monthly_value(
    customers: pd.DataFrame, model: ValueModel, group: pd.Series, months: int = 36, margin: float = 1.0
) -> pd.DataFrame:
    """Return what each group is expected to bring in each coming month, not discounted: with it, any rate is a sum.

    Parameters
    ----------
    customers, model, margin
        As for ``lifetime_value``.
    group : Series
        Each customer's group, by ``customer_id``; customers without one are counted as *none*.
    months : int
        How many months ahead, of 30.4 days (4.345 weeks).

    Returns
    -------
    DataFrame
        Index ``month`` 1 … months; a column for each group, in alphabetical order.

    Raises
    ------
    DataError
        ``value_horizon`` for less than one month; ``value_no_mean`` when q ≤ 1.
    """
    if months < 1:
        raise DataError("value_horizon", months=months)
    bought = customers[customers["T"].notna()]
    own = group.astype("object").reindex(bought.index).fillna("none").astype(str)
    spend = model.spend.predict(bought["x"], bought["mean_repeat"].clip(lower=0))
    parts = bought[["x", "t_x", "T"]].assign(group=own, spend=spend)
    parts = parts.groupby(["group", "x", "t_x", "T"])["spend"].sum().reset_index()
    x, t_x, T = parts["x"], parts["t_x"] / UNITS[model.unit], parts["T"] / UNITS[model.unit]
    month = MONTH / UNITS[model.unit]
    ahead = np.array([model.purchases.predict(month * number, x, t_x, T) for number in range(months + 1)])
    money = pd.DataFrame(np.diff(ahead, axis=0) * parts["spend"].to_numpy() * margin)
    flow = money.T.groupby(parts["group"]).sum().T
    return flow.set_axis(pd.RangeIndex(1, months + 1, name="month"), axis=0).rename_axis(columns="group")


def discounted(flow: pd.DataFrame, yearly_rate: float, months: int | None = None) -> pd.Series:
    """Return the value today of the first months of a flow of money, for each group.

    Parameters
    ----------
    flow : DataFrame
        As ``monthly_value`` gives.
    yearly_rate : float
        Discount rate for a year, above −1; month i is discounted over i/12 years.
    months : int, optional
        How many months count; all unless given.

    Raises
    ------
    DataError
        ``value_discount_rate``; ``value_horizon`` when no month counts.

    Examples
    --------
    >>> flow = pd.DataFrame({"A": [110.0] * 12}, index=range(1, 13))
    >>> float(discounted(flow, yearly_rate=0.0, months=2)["A"])
    220.0
    """
    if not yearly_rate > -1:
        raise DataError("value_discount_rate", rate=yearly_rate)
    if months is not None and months < 1:
        raise DataError("value_horizon", months=months)
    counted = flow.iloc[:months]
    factor = (1 + yearly_rate) ** (-counted.index.to_numpy(float) / 12)
    return counted.mul(factor, axis=0).sum()


def interval(model: Model, quantity: Callable[[Model], ArrayLike]) -> pd.DataFrame:
    """Return a model's predictions with their 95 % intervals, from the uncertainty of its parameters.

    Parameters
    ----------
    model : BgNbd, GammaGamma or Sbg
    quantity : callable
        What is predicted, above zero: takes a model, returns numbers (a Series keeps its index).

    Returns
    -------
    DataFrame
        ``value``, ``low``, ``high``.

    Raises
    ------
    DataError
        ``value_no_interval`` when the data do not hold the parameters.

    Notes
    -----
    Delta method on the quantity's logarithm, with the covariance from the information matrix.

    Examples
    --------
    >>> from crmbook.value import fit_sbg
    >>> model = fit_sbg([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1], customers=1000)
    >>> interval(model, lambda fitted: fitted.predict([12])).round(2).to_numpy().tolist()
    [[0.38, 0.34, 0.42]]
    """
    if not np.isfinite(model.covariance).all():
        raise DataError("value_no_interval", parameters=", ".join(model.params))
    value = quantity(model)
    step = 1e-4
    slopes = []
    for name, number in model.params.items():
        moved = [replace(model, params={**model.params, name: number * np.exp(way * step)}) for way in (1, -1)]
        with np.errstate(divide="ignore", invalid="ignore"):
            up, down = (np.log(np.asarray(quantity(other), dtype=float)) for other in moved)
        slopes.append((up - down) / (2 * step))
    slope = np.atleast_2d(np.array(slopes).T)
    spread = np.exp(Z * np.sqrt(np.einsum("ni,ij,nj->n", slope, model.covariance, slope)))
    index = value.index if isinstance(value, pd.Series) else None
    centre = np.atleast_1d(np.asarray(value, dtype=float))
    return pd.DataFrame({"value": centre, "low": centre / spread, "high": centre * spread}, index=index)


def by_group(values: pd.Series, group: pd.Series) -> pd.DataFrame:
    """Return customers, total, share and mean of a value (historic or expected) by tier, stage or channel.

    Customers without a group are counted as *none*; the groups add up to the whole.

    Raises
    ------
    DataError
        ``value_no_shares`` when all together bring nothing, or less than nothing.
    """
    if not values.sum() > 0:
        raise DataError("value_no_shares", total=f"{values.sum():,.0f}")
    own = group.astype("object").reindex(values.index).fillna("none").astype(str)
    grouped = values.groupby(own)
    table = pd.DataFrame(
        {"customers": grouped.size(), "total": grouped.sum(), "mean": grouped.mean(), "median": grouped.median()}
    )
    table.insert(2, "share", table["total"] / table["total"].sum())
    return table.rename_axis("group")


def action_list(
    customers: pd.DataFrame,
    worth: pd.DataFrame,
    tier: pd.Series,
    trend: pd.Series | None = None,
    owner: pd.Series | None = None,
    silent: pd.Series | None = None,
) -> pd.DataFrame:
    """Return whom to look after first and why, the most valuable tier and the highest expected value first.

    Parameters
    ----------
    customers : DataFrame
        As ``summarise`` gives; ``x`` tells the one-time buyers, of whom P(alive) says nothing.
    worth : DataFrame
        As ``lifetime_value`` gives. Customers without a value are left out.
    tier, trend, owner : Series
        By ``customer_id``; the last two are blank where not given.
    silent : Series of bool, optional
        Whether each customer counts as gone by his silence (``lifecycle.is_gone``): that is gone by where the data do
        not hold P(alive), and ``attrs["note"]`` then says so.

    Raises
    ------
    DataError
        ``value_no_silence`` where neither of the two is known.

    Returns
    -------
    DataFrame
        ``tier``, ``clv``, ``p_alive``, ``expected_purchases``, ``trend``, ``reason`` (*valuable_leaving*: best tier,
        P(alive) below one half; *probably_gone*: another one like that; *bought_once*; *valuable_there*; *there*),
        ``action``, ``owner``.
    """
    known = worth[worth["clv"].notna()]
    own = tier.reindex(known.index).astype(str)
    once = customers["x"].reindex(known.index) == 0
    held = known["p_alive"].notna().all()
    if not held and silent is None:
        raise DataError("value_no_silence")
    gone = known["p_alive"] < 0.5 if held or silent is None else silent.reindex(known.index).eq(True)
    best = own == own.min()
    rules = [once, gone & best, gone, best]
    reason = np.select(rules, ["bought_once", "valuable_leaving", "probably_gone", "valuable_there"], "there")
    action = np.select(
        rules, ["special_offer", "call_back", "no_effort", "dedicated_service"], "personal_recommendation"
    )
    table = known[["clv", "p_alive", "expected_purchases"]].assign(
        trend=None if trend is None else trend.reindex(known.index),
        reason=reason,
        action=action,
        owner=None if owner is None else owner.reindex(known.index),
    )
    table.insert(0, "tier", own)
    first = table["reason"].eq("valuable_leaving")
    ordered = table.assign(first=first).sort_values(["first", "tier", "clv"], ascending=[False, True, False])
    listed = ordered.drop(columns="first")
    if not held:
        listed.attrs["note"] = ("value.note_by_silence", {})
    return listed


@dataclass(frozen=True, eq=False)
class Holdout:
    """How well the models foresaw the time that was kept from them.

    Attributes
    ----------
    summary : DataFrame
        Rows ``bgnbd`` and two baselines: ``own_rate`` (each customer goes on at his rate of repeat purchases so far)
        and ``mean_rate`` (everybody at that of all together). Columns: ``expected`` and ``actual`` (totals), ``error``
        (of the total), ``mae``, ``rmse``, ``correlation`` (with what each customer did).
    by_x : DataFrame
        Index x, 7 standing for 7 and more: ``customers``, ``expected`` and ``actual`` purchases each.
    deciles : DataFrame
        Customers from the highest expected value (1) to the lowest (10): ``customers``, ``expected`` and ``actual``
        value each, and ``error`` (expected ÷ actual − 1; blank where nothing was bought).
    customers : DataFrame
        The figures of each customer.
    model : ValueModel
        Fitted to the time before the split.
    """

    summary: pd.DataFrame
    by_x: pd.DataFrame
    deciles: pd.DataFrame
    customers: pd.DataFrame
    model: ValueModel


def holdout(orders: pd.DataFrame, split: object, as_of: object = None, unit: str = "W") -> Holdout:
    """Fit the models to the orders up to a day and compare what they expect after it with what came.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    split : date-like
        The last day that the models see.
    as_of : date-like, optional
        The last day of the comparison; that of the last order line unless given.
    unit : str
        As for ``fit``.

    Raises
    ------
    DataError
        ``value_split`` when the split does not lie before the as-of date; ``lifecycle_short_history`` when the time
        before it is not even half as long as the time after; otherwise as ``fit``. Repeaters who spent nothing are set
        aside for the model of spend and counted in ``customers["unpaid"]``.
    """
    end, cut = last_day(orders, as_of), dates.day(split)
    if not cut < end:
        raise DataError("value_split", split=f"{cut:%Y-%m-%d}", as_of=f"{end:%Y-%m-%d}")
    days = (end - cut) / DAY
    seen = purchase_days(orders, cut)
    need_history(seen, cut, days / 2)
    table = summarise(orders, cut)
    table = table[table["T"].notna()]
    model = fit(table, unit)
    later = purchase_days(orders, end, kept=True)
    later = later[(later["day"] > cut) & later["customer_id"].isin(table.index)]
    scale = UNITS[unit]
    spend = model.spend.predict(table["x"], table["mean_repeat"].clip(lower=0))
    each = table[["x", "t_x", "T"]].assign(
        expected=model.purchases.predict(days / scale, table["x"], table["t_x"] / scale, table["T"] / scale),
        actual=later.groupby("customer_id").size().reindex(table.index, fill_value=0),
        own_rate=table["x"] / table["T"].where(table["T"] > 0, 1) * days,
        mean_rate=table["x"].sum() / table["T"].sum() * days,
        actual_value=later.groupby("customer_id")["net"].sum().reindex(table.index, fill_value=0.0),
    )
    each = each.assign(expected_value=each["expected"] * spend)
    methods = {"bgnbd": "expected", "own_rate": "own_rate", "mean_rate": "mean_rate"}
    summary = pd.DataFrame({name: _accuracy(each[column], each["actual"]) for name, column in methods.items()}).T
    rank = each["expected_value"].rank(ascending=False, method="first")
    decile = pd.Series(np.ceil(rank * 10 / len(each)).astype(int), each.index, name="decile")
    tens = each.groupby(decile).agg(
        customers=("x", "size"), expected=("expected_value", "mean"), actual=("actual_value", "mean")
    )
    tens["error"] = tens["expected"] / tens["actual"].where(tens["actual"] > 0) - 1
    by_x = each.groupby(each["x"].clip(upper=7)).agg(
        customers=("T", "size"), expected=("expected", "mean"), actual=("actual", "mean")
    )
    return Holdout(summary.rename_axis("method"), by_x, tens, each, model)


def _accuracy(expected: pd.Series, actual: pd.Series) -> dict[str, float]:
    off: Array = (expected - actual).to_numpy(float)
    # one and the same expectation for everybody correlates with nothing, whatever rounding says
    varied = expected.std() > 1e-9 * abs(expected.mean()) and actual.std() > 0
    return {
        "expected": float(expected.sum()),
        "actual": float(actual.sum()),
        "error": float(expected.sum() / actual.sum() - 1) if actual.sum() else float("nan"),
        "mae": float(np.abs(off).mean()),
        "rmse": float(np.sqrt((off**2).mean())),
        "correlation": float(np.corrcoef(expected, actual)[0, 1]) if varied else float("nan"),
    }
