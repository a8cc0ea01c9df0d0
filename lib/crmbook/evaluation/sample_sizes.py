"""Before the next programme: how many customers it takes to find an effect, and programmes whose effect is known."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError


def power(effect: float, spread: float, treated: int, control: int, alpha: float = 0.05) -> float:
    """Return how likely a programme's effect is to be found, by a t-test on the gains of two groups.

    Parameters
    ----------
    effect : float
        The true effect, in the outcome's unit.
    spread : float
        Standard deviation of the customers' gains, above zero.
    treated, control : int
        Customers in each group, at least two.
    alpha : float
        Level of the two-sided test.

    Raises
    ------
    DataError
        ``evaluation_power``.

    Examples
    --------
    >>> round(power(effect=0.5, spread=1, treated=64, control=64), 3)
    0.801
    """
    from scipy.special import nctdtr, stdtrit

    if not (spread > 0 and treated >= 2 and control >= 2 and 0 < alpha < 1 and math.isfinite(effect)):
        raise DataError("evaluation_power", effect=effect, spread=spread, customers=min(treated, control), share=alpha)
    degrees = treated + control - 2
    shift = abs(effect) / (spread * math.sqrt(1 / treated + 1 / control))
    edge = float(stdtrit(degrees, 1 - alpha / 2))
    above = 1 - float(nctdtr(degrees, shift, edge))
    below = float(nctdtr(degrees, shift, -edge))
    return min(1.0, above + (below if math.isfinite(below) else 0.0))


def sample_size(effect: float, spread: float, chance: float = 0.8, alpha: float = 0.05) -> int:
    """Return how many customers each group needs for an effect to be found with a chance (80 %).

    Parameters
    ----------
    effect : float
        The smallest effect worth finding; not zero.
    spread : float
        Standard deviation of the customers' gains.
    chance : float
        The power wanted.
    alpha : float
        Level of the two-sided test.

    Raises
    ------
    DataError
        ``evaluation_power``.

    Examples
    --------
    >>> sample_size(effect=0.5, spread=1)
    64
    """
    if effect == 0 or not (0 < alpha < chance < 1 and 0 < spread < math.inf) or not math.isfinite(effect):
        raise DataError("evaluation_power", effect=effect, spread=spread, customers=0, share=chance)
    low, high = 1, 2
    while power(effect, spread, high, high, alpha) < chance:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(effect, spread, middle, middle, alpha) >= chance else (middle, high)
    return high


def power_table(effects: Iterable[float], spread: float, treated: int, control: int) -> pd.DataFrame:
    """Return for several effects how likely groups of these sizes find them, and how many customers it would take.

    Parameters
    ----------
    effects : iterable of float
        True effects to look for, in the outcome's unit; not zero.
    spread, treated, control
        As in `power`.

    Returns
    -------
    DataFrame
        Index ``effect_sought``: ``chance_found`` (at a level of 5 %) and ``needed_each`` (customers in each group for
        a chance of 80 %).

    Raises
    ------
    DataError
        ``evaluation_power``.

    Examples
    --------
    >>> power_table([0.5, 0.25], spread=1, treated=64, control=64)["needed_each"].tolist()
    [64, 253]
    """
    rows = [
        (effect, power(effect, spread, treated, control), sample_size(effect, spread)) for effect in map(abs, effects)
    ]
    return pd.DataFrame(rows, columns=["effect_sought", "chance_found", "needed_each"]).set_index("effect_sought")


def smallest_effect(spread: float, treated: int, control: int, chance: float = 0.8, alpha: float = 0.05) -> float:
    """Return the smallest effect that groups of these sizes find with a chance (80 %).

    Parameters
    ----------
    spread, treated, control, chance, alpha
        As in `power` and `sample_size`.

    Raises
    ------
    DataError
        ``evaluation_power``.

    Examples
    --------
    >>> round(smallest_effect(spread=1, treated=64, control=64), 2)
    0.5
    """
    from scipy.optimize import brentq

    if not 0 < alpha < chance < 1:
        raise DataError("evaluation_power", effect=0, spread=spread, customers=min(treated, control), share=chance)
    reach = spread * math.sqrt(1 / max(treated, 1) + 1 / max(control, 1)) if spread > 0 else 0.0
    power(reach, spread, treated, control, alpha)  # refuses what cannot be judged
    return float(brentq(lambda effect: power(effect, spread, treated, control, alpha) - chance, 0, 30 * reach))


CHOSEN = ("by_lot", "better_customers", "good_last_months")


def simulate(
    customers: int = 400, effect: float = 0.0, months: int = 6, seed: int = 0, chosen: str = "by_lot"
) -> pd.DataFrame:
    """Draw a programme whose effect is known, to see what the methods make of it.

    Parameters
    ----------
    customers : int
        Half of them treated, or about half.
    effect : float
        What the programme adds to a treated customer's monthly spend on average; its unit is that of the spend, of
        which customers have 50 a month on average (most months nothing, some much).
    months : int
        Before the start, and after it.
    chosen : str
        Who was put into the programme: ``by_lot``; ``better_customers``, who buy more at all times; or
        ``good_last_months``, whoever happened to buy much in the months before the start. For the last two there are
        twice as many months before, so that one sees what the choice followed.
    seed : int

    Returns
    -------
    DataFrame
        As from ``programme_months``, without margin.

    Raises
    ------
    DataError
        ``evaluation_power`` with less than four customers, no month, or an effect below zero.
    """
    if chosen not in CHOSEN:
        raise DataError("survey_choice", setting="chosen", value=chosen, known=", ".join(CHOSEN))
    if customers < 4 or months < 1 or effect < 0:
        raise DataError("evaluation_power", effect=effect, spread=1, customers=customers, share=0.8)
    rng = np.random.default_rng(seed)
    lively = rng.gamma(1.5, 1 / 1.5, customers)  # customers differ: some buy often
    treated = rng.permutation(customers) < customers // 2
    month = np.arange(-months if chosen == "by_lot" else -2 * months, months)
    season = 1 + 0.3 * np.sin(2 * np.pi * month / 12)
    if chosen == "by_lot":
        orders = rng.poisson(np.outer(lively, season))
    else:
        # customers have good and bad stretches too, and the season adds the same to everybody: better customers go on
        # being better by as much, and good stretches end
        stretch = rng.gamma(1.5, 1 / 1.5, (customers, 3))[:, (month + 2 * months) // months]
        orders = rng.poisson(lively[:, None] * stretch + season)
        last = orders[:, (month >= -months) & (month < 0)].mean(axis=1)
        told = lively if chosen == "better_customers" else last
        treated = rng.random(customers) < 1 / (1 + np.exp(-2 * (told - np.median(told))))
    extra = rng.poisson(np.outer(treated * effect / 50, month >= 0))
    net = np.where(orders + extra > 0, rng.gamma(2 * np.maximum(orders + extra, 1), 25.0), 0.0).round(2)
    ids = [f"C{number:05d}" for number in range(customers)]
    return pd.DataFrame(
        {
            "customer_id": np.repeat(ids, len(month)),
            "group": np.repeat(np.where(treated, "treated", "control"), len(month)),
            "month": np.tile(month, customers),
            "period": np.tile(np.where(month < 0, "before", "after"), customers),
            "net": net.ravel(),
            "orders": (orders + extra).ravel(),
        }
    )
