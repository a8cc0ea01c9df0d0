"""Is it worth it? Return on investment, what it hangs on, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.evaluation.programme import did, programme_months
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, Z

if TYPE_CHECKING:
    from crmbook.data.load import Book


# One investment ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Investment:
    """What an investment brings.

    Attributes
    ----------
    roi : float
        Return on investment: (all gains − all costs) ÷ all costs, not discounted.
    npv : float
        Net present value: gains less costs, each discounted to the start.
    payback : float
        Years until the gains so far cover the costs so far for good, within a year in proportion; NaN when they do not
        in the years looked at.
    gain, cost : float
        All years together, not discounted.
    table : DataFrame
        Index ``year`` (0 is the start): ``gain``, ``cost``, ``net``, ``discounted``, ``cumulative`` (not discounted).
    """

    roi: float
    npv: float
    payback: float
    gain: float
    cost: float
    table: pd.DataFrame


def roi(gain: float | Sequence[float], cost: float | Sequence[float], rate: float = 0, years: int = 1) -> Investment:
    """Return what an investment brings: return on investment, net present value, payback.

    Parameters
    ----------
    gain : float or sequence of float
        What it adds in a year (margin, not revenue), at the year's end; one figure for all years, or one for each.
    cost : float or sequence of float
        What it costs at the start; or a sequence: at the start, then at the end of each year.
    rate : float
        Discount rate of a year, above −1.
    years : int
        How long the gain goes on; sequences must not be longer.

    Raises
    ------
    DataError
        ``evaluation_money`` for a figure that is missing or infinite, ``evaluation_no_cost`` when the costs are not
        above zero (a return on nothing cannot be given), ``evaluation_years``, ``evaluation_rate``.

    Examples
    --------
    >>> found = roi(gain=60, cost=100, rate=0.10, years=2)
    >>> round(found.roi, 2), round(found.npv, 2), round(found.payback, 2)
    (0.2, 4.13, 1.67)
    """
    given = _number(years)
    if isinstance(years, bool) or not (given >= 1 and given == given // 1):
        raise DataError("evaluation_years", value=years)
    if not -1 < _number(rate) < math.inf:
        raise DataError("evaluation_rate", value=rate)
    gains = _by_year(gain, int(given), "gain", starts_at=1)
    costs = _by_year(cost, int(given), "cost", starts_at=0)
    if not costs.sum() > 0:
        raise DataError("evaluation_no_cost", value=float(costs.sum()))
    year = np.arange(int(given) + 1)
    table = pd.DataFrame({"gain": gains, "cost": costs}, index=pd.Index(year, name="year"))
    table["net"] = gains - costs
    table["discounted"] = table["net"] / (1 + rate) ** year
    table["cumulative"] = table["net"].cumsum()
    table.attrs["headings"] = {"gain": "year_gain", "cost": "year_cost", "net": "year_net", "cumulative": "running"}
    return Investment(
        roi=float((gains.sum() - costs.sum()) / costs.sum()),
        npv=float(table["discounted"].sum()),
        payback=_payback(table["cumulative"].to_numpy()),
        gain=float(gains.sum()),
        cost=float(costs.sum()),
        table=table,
    )


def _number(value: object) -> float:
    """A number, or NaN for a blank or a word."""
    return float(value) if isinstance(value, int | float | np.number) else math.nan


def _by_year(money: float | Sequence[float], years: int, name: str, starts_at: int) -> np.ndarray:
    found = np.zeros(years + 1)
    if isinstance(money, Sequence | np.ndarray | pd.Series) and not isinstance(money, str):
        given = [_number(each) for each in money]
        if len(given) > years + 1 - starts_at:
            raise DataError("evaluation_years", value=years)
        found[starts_at : starts_at + len(given)] = given
    elif starts_at:
        found[1:] = _number(money)
    else:
        found[0] = _number(money)
    if not np.isfinite(found).all():
        raise DataError("evaluation_money", name=name)
    return found


def _payback(so_far: np.ndarray) -> float:
    """From when on the running total, a straight line within each year, stays at zero or above."""
    short = np.flatnonzero(so_far < 0)
    if not len(short):
        return 0.0
    last = int(short[-1])
    if last == len(so_far) - 1:
        return math.nan
    return last - float(so_far[last] / (so_far[last + 1] - so_far[last]))


# A programme and its assumptions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assumptions:
    """What a programme's return is worked out from.

    Attributes
    ----------
    customers : float
        How many are in it.
    revenue : float
        What one of them spends in a year without it.
    uplift : float
        By what share the programme raises that.
    margin : float
        Share of revenue that is margin.
    cost_per_customer : float
        Of a customer and year, paid at the year's end.
    fixed_cost : float
        At the start: system, training, launch.
    rate : float
        Discount rate of a year.
    years : int
        How long it runs.
    """

    customers: float
    revenue: float
    uplift: float
    margin: float
    cost_per_customer: float
    fixed_cost: float
    rate: float = 0.10
    years: int = 3


NUMBERS = tuple(one.name for one in fields(Assumptions) if one.name != "years")


def programme_return(assumed: Assumptions) -> Investment:
    """Return what a programme brings under its assumptions.

    Parameters
    ----------
    assumed : Assumptions

    Raises
    ------
    DataError
        As `roi`; ``evaluation_no_customers`` for a programme of nobody.

    Examples
    --------
    >>> assumed = Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)
    >>> round(programme_return(assumed).npv, 2)
    9921.11
    """
    _finite(assumed)
    gain = assumed.customers * assumed.revenue * assumed.uplift * assumed.margin
    yearly = assumed.customers * assumed.cost_per_customer
    return roi(gain, [assumed.fixed_cost, *[yearly] * assumed.years], assumed.rate, assumed.years)


def _finite(assumed: Assumptions) -> None:
    for name, given in asdict(assumed).items():
        if not math.isfinite(_number(given)):
            raise DataError("evaluation_money", name=name)
    if not assumed.customers > 0:
        raise DataError("evaluation_no_customers")
    if not assumed.rate > -1:
        raise DataError("evaluation_rate", value=assumed.rate)
    if not assumed.years >= 1 or assumed.years != int(assumed.years):
        raise DataError("evaluation_years", value=assumed.years)


def _npv(values: Mapping[str, np.ndarray | float], years: int) -> np.ndarray:
    """Net present value of many sets of assumptions at once."""
    rate = np.asarray(values["rate"], dtype=float)
    annuity = sum((1 + rate) ** -year for year in range(1, years + 1))
    yearly = np.asarray(values["revenue"]) * values["uplift"] * values["margin"] - values["cost_per_customer"]
    return np.asarray(values["customers"]) * yearly * annuity - values["fixed_cost"]


def break_even(assumed: Assumptions, name: str) -> float:
    """Return the value of one assumption at which the net present value is zero, the others as they are.

    Parameters
    ----------
    assumed : Assumptions
    name : str
        ``customers``, ``revenue``, ``uplift``, ``margin``, ``cost_per_customer`` or ``fixed_cost``.

    Returns
    -------
    float
        NaN where no value does it (nobody can make up for a loss on each customer).

    Raises
    ------
    DataError
        ``evaluation_assumption`` for another name; as `programme_return`.

    Examples
    --------
    >>> assumed = Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)
    >>> round(break_even(assumed, "uplift"), 4)
    0.0601
    """
    straight = [known for known in NUMBERS if known != "rate"]
    if name not in straight:
        raise DataError("evaluation_assumption", value=name, choices=", ".join(straight))
    _finite(assumed)
    # the net present value is a straight line in each of these
    at_zero, at_one = (float(_npv({**asdict(assumed), name: value}, assumed.years)) for value in (0.0, 1.0))
    found = -at_zero / (at_one - at_zero) if at_one != at_zero else math.nan
    return found if math.isfinite(found) and found >= 0 else math.nan


def tornado(assumed: Assumptions, ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Return how far each assumption moves the net present value, the largest first.

    Parameters
    ----------
    assumed : Assumptions
    ranges : mapping
        For each assumption its low and its high value; one at a time is moved, the others stay.

    Returns
    -------
    DataFrame
        Index ``assumption``: ``low``, ``high`` (values), ``npv_low``, ``npv_high`` (net present value at each),
        ``swing`` (their distance), ``turns`` (the sign changes between them: the decision hangs on it).

    Raises
    ------
    DataError
        ``evaluation_assumption``, ``evaluation_range`` when low is above high.

    Examples
    --------
    >>> assumed = Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)
    >>> tornado(assumed, {"margin": (0.4, 0.6), "uplift": (0.02, 0.15)}).index.tolist()
    ['uplift', 'margin']
    """
    _finite(assumed)
    rows = []
    for name, (low, high) in ranges.items():
        _check_range(name, low, high)
        values = asdict(assumed)
        ends = [float(_npv({**values, name: end}, assumed.years)) for end in (low, high)]
        rows.append((name, low, high, *ends, abs(ends[1] - ends[0]), min(ends) < 0 < max(ends)))
    columns = ["assumption", "low", "high", "npv_low", "npv_high", "swing", "turns"]
    table = pd.DataFrame(rows, columns=columns).set_index("assumption")
    return table.sort_values("swing", ascending=False, kind="stable")


def _check_range(name: str, low: float, high: float) -> None:
    if name not in NUMBERS:
        raise DataError("evaluation_assumption", value=name, choices=", ".join(NUMBERS))
    if not (math.isfinite(low) and math.isfinite(high) and low <= high) or (name == "rate" and low <= -1):
        raise DataError("evaluation_range", name=name, low=low, high=high)


@dataclass(frozen=True, eq=False)
class Spread:
    """How sure a programme's return is.

    Attributes
    ----------
    npv, roi : Estimate
        Mean of the draws, and the range that 95 % of them lie in; ``n`` is the number of draws.
    gains : float
        Share of the draws with a net present value above zero.
    draws : DataFrame
        Each draw: the assumptions drawn, ``npv``, ``roi``.
    """

    npv: Estimate
    roi: Estimate
    gains: float
    draws: pd.DataFrame


def monte_carlo(
    assumed: Assumptions,
    ranges: Mapping[str, tuple[float, float] | Estimate],
    draws: int = 10_000,
    seed: int = 0,
) -> Spread:
    """Draw all uncertain assumptions at once, again and again, and return the range of the return.

    Parameters
    ----------
    assumed : Assumptions
    ranges : mapping
        For each uncertain assumption its lowest and highest value (a triangle with its peak at the assumed one), or an
        `Estimate` that was measured, an effect for example (normal, with the spread of its 95 % interval; around the
        estimate, not the assumed value). A smallest share, cost or number of customers of zero is kept.
    draws : int
    seed : int

    Raises
    ------
    DataError
        ``evaluation_assumption``, ``evaluation_range`` (the assumed value must lie inside), as `programme_return`.

    Examples
    --------
    >>> assumed = Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)
    >>> found = monte_carlo(assumed, {"uplift": (0.02, 0.15)}, draws=1000)
    >>> found.npv.low < found.npv.value < found.npv.high, 0 < found.gains < 1
    (True, True)
    """
    _finite(assumed)
    if draws < 100:
        raise DataError("evaluation_draws", value=draws)
    rng = np.random.default_rng(seed)
    values: dict[str, np.ndarray | float] = dict(asdict(assumed))
    drawn = {}
    for name in sorted(ranges):
        drawn[name] = values[name] = _drawn(name, ranges[name], float(getattr(assumed, name, math.nan)), draws, rng)
    npv = np.broadcast_to(_npv(values, assumed.years), draws)
    customers = np.asarray(values["customers"])
    cost = customers * values["cost_per_customer"] * assumed.years + values["fixed_cost"]
    gain = customers * values["revenue"] * values["uplift"] * values["margin"] * assumed.years
    cost, gain = np.broadcast_to(cost, draws), np.broadcast_to(gain, draws)
    if not (cost > 0).all():
        raise DataError("evaluation_no_cost", value=float(cost.min()))
    rates = (gain - cost) / cost
    table = pd.DataFrame({**drawn, "npv": npv, "roi": rates})
    return Spread(_range(npv), _range(rates), float((npv > 0).mean()), table)


def _drawn(
    name: str, given: tuple[float, float] | Estimate, middle: float, draws: int, rng: np.random.Generator
) -> np.ndarray:
    if isinstance(given, Estimate):
        _check_range(name, given.low, given.high)
        found = rng.normal(given.value, (given.high - given.low) / (2 * Z), draws)
    else:
        low, high = given
        _check_range(name, low, high)
        if not low <= middle <= high:
            raise DataError("evaluation_range", name=name, low=low, high=high)
        found = rng.triangular(low, middle, high, draws) if low < high else np.full(draws, float(low))
    return found if name in ("uplift", "rate") else np.maximum(found, 0.0)


def _range(values: np.ndarray) -> Estimate:
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def scenarios(assumed: Assumptions, changes: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return the return under several named sets of assumptions, side by side.

    Parameters
    ----------
    assumed : Assumptions
        The base, shown first as ``base``.
    changes : mapping
        For each scenario the assumptions that differ.

    Returns
    -------
    DataFrame
        Index ``scenario``: the assumptions, ``roi``, ``npv``, ``payback``.

    Raises
    ------
    DataError
        ``evaluation_assumption``, as `programme_return`.

    Examples
    --------
    >>> assumed = Assumptions(200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000)
    >>> scenarios(assumed, {"careful": {"uplift": 0.05}})["npv"].round(0).tolist()
    [9921.0, -2513.0]
    """
    known = [one.name for one in fields(Assumptions)]
    rows = {}
    for name, change in {"base": {}, **changes}.items():
        for assumption in change:
            if assumption not in known:
                raise DataError("evaluation_assumption", value=assumption, choices=", ".join(known))
        one = replace(assumed, **change)  # type: ignore[arg-type]
        found = programme_return(one)
        rows[name] = {**asdict(one), "roi": found.roi, "npv": found.npv, "payback": found.payback}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")


@dataclass(frozen=True)
class StartingPoint:
    """What the data say before costs are assumed.

    Attributes
    ----------
    customers : int
        In the programme; where none was measured, all who bought in the last twelve months.
    revenue : float
        What one of them spends in a year without the programme.
    uplift : Estimate
        By what share the programme raises that.
    margin : float
        Share of revenue that is margin.
    effect : Estimate or None
        The programme's effect for a customer and month, as from `did`; None where none could be measured.
    """

    customers: int
    revenue: float
    uplift: Estimate
    margin: float
    effect: Estimate | None


def starting_point(book: Book, months: int = 12, uplift: float = 0.1, margin: float = 0.3) -> StartingPoint:
    """Return customers, revenue, uplift and margin from the data, and from assumptions where the data do not tell.

    Parameters
    ----------
    book : Book
        Its orders; its programme, where it has one.
    months : int
        Months before and after the programme's start, at most, as in `programme_months`.
    uplift : float
        The share by which revenue rises, where no programme was measured; its interval then reaches half of it to
        either side, which is a convention.
    margin : float
        Share of revenue that is margin, where order lines carry no cost.

    Raises
    ------
    DataError
        ``table_needed``, ``column_needed`` without orders.

    Examples
    --------
    >>> from crmbook import load
    >>> days = ["2024-01-05", "2024-02-05", "2024-02-29"]
    >>> orders = pd.DataFrame({"customer_id": list("aab"), "order_date": days, "amount": [50, 30, 40]})
    >>> start = starting_point(load(orders))
    >>> start.customers, start.revenue, start.effect
    (2, 60.0, None)
    """
    orders = needed(book.orders, "orders", ["customer_id", "order_date", "amount"])
    year = orders[orders["order_date"] > book.as_of - pd.DateOffset(years=1)]
    people = (year if len(year) else orders)["customer_id"].nunique()
    revenue = float(year["amount"].sum()) / people
    half = abs(uplift) / 2
    lift = Estimate(uplift, uplift - half, uplift + half, 0)
    effect = None
    try:
        sales = programme_months(book, months)
        effect = did(sales["net"], sales["group"], sales["period"], sales["customer_id"])
    except DataError:  # no programme, or one that cannot be measured: the assumption holds
        return StartingPoint(people, revenue, lift, _margin(orders, margin), None)
    inside = sales[sales["group"] == "treated"]
    without = float(inside.loc[inside["period"] == "after", "net"].mean()) - effect.value
    if without > 0:  # a share of nothing is none
        people, revenue = inside["customer_id"].nunique(), 12 * without
        lift = Estimate(effect.value / without, effect.low / without, effect.high / without, effect.n)
    return StartingPoint(people, revenue, lift, _margin(orders, margin), effect)


def _margin(orders: pd.DataFrame, otherwise: float) -> float:
    priced = orders.dropna(subset=["cost"]) if "cost" in orders else orders.head(0)
    money = float(priced["amount"].sum())
    return 1 - float(priced["cost"].sum()) / money if money > 0 else otherwise
