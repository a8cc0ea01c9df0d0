"""How often customers will buy again: the BG/NBD model of Fader, Hardie and Lee (2005).

While a customer is alive, purchases come at random at a rate of his own; after any purchase he may leave for good,
with a probability of his own. Rates follow a gamma distribution (r, alpha) over customers, probabilities a beta
distribution (a, b). All a customer's history says is in three figures: x repeat purchases, t_x his age at the last
one, T his age now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit, gammaln, hyp2f1, psi, xlogy

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned, side_by_side
from crmbook.shared.checked import floats
from crmbook.shared.estimate import Z

Array = NDArray[np.float64]
_SAMPLE = 20_000  # histories that the search for good starting values looks at
_EDGE = 12.0  # a parameter that has run away to exp(±12) is not held by the data


@dataclass(frozen=True, eq=False)
class BgNbd:
    """A fitted BG/NBD model. Times go in and come out in the unit of the histories it was fitted to.

    Attributes
    ----------
    params : dict
        ``r``, ``alpha``, ``a``, ``b``, in the paper's order.
    log_likelihood : float
    customers, repeaters : int
        Customers behind it, and those with a repeat purchase.
    covariance : ndarray, shape (4, 4)
        Of the parameters' logarithms, from the information matrix; NaN where the data do not hold a parameter.
    typical : float
        Repeat purchases of those who bought again, on average.
    """

    params: dict[str, float]
    log_likelihood: float
    customers: int
    repeaters: int
    covariance: Array
    typical: float = 2.0

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.3f}" for name, value in self.params.items())
        return f"BgNbd({shown}, log_likelihood={self.log_likelihood:.1f}, customers={self.customers})"

    @property
    def held(self) -> bool:
        """Whether the data say who is still there.

        They do where the odds that a usual repeat buyer has left are known within three times up and down. In a short
        history nobody has had the time to stay away: then ``a`` may be anything, and P(alive) with it. ``a`` and ``b``
        may both be open and P(alive) known, where all customers leave with one and the same chance.
        """
        weight = self.params["b"] / (self.params["b"] + max(self.typical, 1) - 1)
        slope = np.array([0, 0, 1, -weight])  # of the log odds (see p_alive), over the logarithms of a and b
        spread = np.sqrt(max(slope @ self.covariance @ slope, 0)) if np.isfinite(self.covariance).all() else np.inf
        return bool(Z * spread <= np.log(3))

    def need_held(self) -> None:
        """Refuse what rests on P(alive) where the data do not hold it.

        Raises
        ------
        DataError
            ``value_not_held``.
        """
        if not self.held:
            raise DataError("value_not_held", **self._ends())

    def _ends(self) -> dict[str, str]:
        return {
            f"{name}{end}": "–" if np.isnan(figure) else f"{figure:.2g}"
            for name in ("a", "b")
            for end, figure in zip(("", "_low", "_high"), self.intervals.loc[name], strict=True)
        }

    @property
    def doubt(self) -> tuple[str, dict[str, str]] | None:
        """The note for a table that does without P(alive) (``faults.value_not_held``); None where the data hold it."""
        return None if self.held else ("faults.value_not_held", self._ends())

    @property
    def intervals(self) -> pd.DataFrame:
        """The parameters with their 95 % intervals: a row each, columns value, low, high."""
        return parameter_intervals(self.params, self.covariance)

    def predict(self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Array:
        """Return the purchases expected in the next ``t`` from customers with these histories (paper, formula 10).

        Examples
        --------
        >>> model = BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)
        >>> round(float(model.predict(39, x=2, t_x=30.43, T=38.86)), 2)
        1.23
        """
        r, alpha, a, b = self._numbers()
        t, x, t_x, T = side_by_side(t=t, x=x, t_x=t_x, T=T)
        z = t / (alpha + T + t)
        return self.p_alive(x, t_x, T) * _bought(r, a, b, x, z)

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Array:
        """Return the probability that customers with these histories are still alive at ``T``.

        It is 1 for x = 0: the model lets a customer leave only at a *repeat* purchase, so someone who bought once is
        alive by assumption, however long ago that was. Say so where the figure shows.
        """
        r, alpha, a, b = self._numbers()
        x, t_x, T = side_by_side(x=x, t_x=t_x, T=T)
        log_odds_dead = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * np.log((alpha + T) / (alpha + t_x))
        return np.where(x > 0, expit(-log_odds_dead), 1.0)

    def p_purchase(self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Array:
        """Return the probability of at least one purchase in the next ``t``: alive, and buying in time."""
        r, alpha, _, _ = self._numbers()
        t, x, t_x, T = side_by_side(t=t, x=x, t_x=t_x, T=T)
        return self.p_alive(x, t_x, T) * -np.expm1((r + x) * np.log((alpha + T) / (alpha + T + t)))

    def expected_purchases(self, t: ArrayLike) -> Array:
        """Return E[X(t)], the repeat purchases of a new customer in his first ``t`` (paper, formula 9)."""
        r, alpha, a, b = self._numbers()
        t = np.asarray(t, dtype=float)
        return _bought(r, a, b, np.zeros_like(t), t / (alpha + t))

    def probability(self, n: int, t: ArrayLike) -> Array:
        """Return P(X(t) = n): exactly ``n`` repeat purchases of a new customer in his first ``t`` (formula 8)."""
        r, alpha, a, b = self._numbers()
        t = np.asarray(t, dtype=float)
        log_rest, z = -r * np.log1p(t / alpha), t / (alpha + t)

        def bought(count: int) -> Array:
            return np.exp(gammaln(r + count) - gammaln(r) - gammaln(count + 1) + log_rest + xlogy(count, z))

        alive = np.exp(betaln(a, b + n) - betaln(a, b)) * bought(n)
        if n == 0:
            return alive
        fewer = sum((bought(count) for count in range(n)), start=np.zeros_like(t))
        return alive + np.exp(betaln(a + 1, b + n - 1) - betaln(a, b)) * (1 - fewer)

    def _numbers(self) -> tuple[float, float, float, float]:
        return self.params["r"], self.params["alpha"], self.params["a"], self.params["b"]


def fit_bgnbd(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BgNbd:
    """Fit the BG/NBD model by maximum likelihood.

    Parameters
    ----------
    x : array_like, shape (customers,)
        Repeat purchases: purchase days after the first.
    t_x, T : array_like, shape (customers,)
        Age at the last purchase and age now, both from the first purchase, in one unit (weeks, say): 0 ≤ t_x ≤ T.

    Returns
    -------
    BgNbd

    Raises
    ------
    DataError
        ``value_histories``: a history that cannot be (with the first such customer). ``value_one_day``: no time has
        passed for anybody. ``value_nobody_repeats``: without a repeat purchase the model has nothing to learn from.
        ``value_no_fit``: the likelihood has no maximum that the search can find.

    Notes
    -----
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science
    24, 275–284. Equal histories are counted once; the gradient is analytic; the search runs over the parameters'
    logarithms.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.poisson(rng.gamma(0.8, 2.5, 500))
    >>> sorted(fit_bgnbd(x, np.where(x > 0, 30.0, 0.0), np.full(500, 40.0)).params)
    ['a', 'alpha', 'b', 'r']
    """
    count, last, age = check_histories(x, t_x, T)
    unit = float(age.mean())  # the search sees time in mean ages, so its bounds mean the same for days and for years
    likelihood = _Likelihood(*_grouped(count, last / unit, age / unit))
    start = np.log([1.0, 0.25, 1.0, 2.0])
    if len(likelihood.weight) > 2 * _SAMPLE:
        found = _from_a_sample(likelihood, start)
    else:
        found = climb(likelihood.value_and_slope, start)
    if not np.isfinite(found.fun):
        raise DataError("value_no_fit")
    r, alpha, a, b = np.exp(found.x).tolist()
    return BgNbd(
        params={"r": r, "alpha": alpha * unit, "a": a, "b": b},
        log_likelihood=-float(found.fun) * likelihood.customers - float(count.sum()) * np.log(unit),
        customers=len(count),
        repeaters=int((count > 0).sum()),
        covariance=information(likelihood.value_and_slope, found.x, likelihood.customers),
        typical=float(count.sum() / (count > 0).sum()),
    )


def check_histories(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the three figures as float arrays, refusing histories that cannot be (see ``fit_bgnbd``)."""
    count, last, age = (floats(values) for values in aligned(x=x, t_x=t_x, T=T))
    if not len(count):
        raise DataError("value_nobody")
    with np.errstate(invalid="ignore"):
        sound = (count >= 0) & (count == np.floor(count)) & (last >= 0) & (last <= age) & np.isfinite(count + age)
        sound &= (count > 0) == (last > 0)
    if not sound.all():
        first = int(np.argmin(sound))
        raise DataError(
            "value_histories",
            rows=int((~sound).sum()),
            row=first + 1,
            x=f"{count[first]:g}",
            t_x=f"{last[first]:g}",
            T=f"{age[first]:g}",
        )
    if age.max() == 0:
        raise DataError("value_one_day", customers=len(count))
    if count.max() == 0:
        raise DataError("value_nobody_repeats", customers=len(count))
    return count, last, age


class _Likelihood:
    """The mean negative log-likelihood of grouped histories and its slope, over the parameters' logarithms.

    Logarithms and gamma functions are taken once for each distinct x, t_x and T; only the odds of being dead need a
    figure for each history, and only where x > 0.
    """

    def __init__(self, x: Array, t_x: Array, T: Array, weight: Array) -> None:
        self.weight, self.customers = weight, float(weight.sum())
        self._whole = (x, t_x, T)
        self.ages, age_code = _coded(T)
        self.age_weight = np.bincount(age_code, weight, len(self.ages))
        self.age_bought = np.bincount(age_code, weight * x, len(self.ages))
        self.counts, count_code = _coded(x)
        self.count_weight = np.bincount(count_code, weight, len(self.counts))
        again = x > 0
        self.lasts, self.last_code = _coded(t_x[again])
        self.age_code, self.count_code, self.again_weight = age_code[again], count_code[again], weight[again]

    def every(self, step: int) -> _Likelihood:
        """The likelihood of each ``step``-th group, to start the search near its end."""
        x, t_x, T = self._whole
        return _Likelihood(x[::step], t_x[::step], T[::step], self.weight[::step])

    def value_and_slope(self, logs: Array) -> tuple[float, Array]:
        r, alpha, a, b = np.exp(logs)
        counts, count_weight = self.counts, self.count_weight
        log_age, log_last = np.log(alpha + self.ages), np.log(alpha + self.lasts)
        over_age, over_last = 1 / (alpha + self.ages), 1 / (alpha + self.lasts)

        # what depends on x alone, and on T alone
        by_count = gammaln(r + counts) - gammaln(r) + betaln(a, b + counts) - betaln(a, b)
        total = _sum(count_weight, by_count) + self.customers * r * logs[1]
        total -= r * _sum(self.age_weight, log_age) + _sum(self.age_bought, log_age)
        slope_r = _sum(count_weight, psi(r + counts) - psi(r)) + self.customers * logs[1]
        slope_r -= _sum(self.age_weight, log_age)
        slope_alpha = self.customers * r / alpha - _sum(r * self.age_weight + self.age_bought, over_age)
        of_both = psi(a + b) - psi(a + b + counts)
        slope_a = _sum(count_weight, of_both)
        slope_b = _sum(count_weight, of_both + psi(b + counts) - psi(b))

        # the odds of having left at the last purchase, a figure for each history with a repeat purchase
        passed = log_age[self.age_code] - log_last[self.last_code]
        shape = (r + counts)[self.count_code]
        entry = logs[2] - np.log(b + np.maximum(counts, 1) - 1)
        odds = entry[self.count_code] + shape * passed
        small = np.exp(-np.abs(odds))
        total += _sum(self.again_weight, np.maximum(odds, 0) + np.log1p(small))
        dead = self.again_weight * np.where(odds > 0, 1.0, small) / (1 + small)
        by_count_dead = np.bincount(self.count_code, dead, len(counts))
        slope_r += _sum(dead, passed)
        slope_alpha += _sum(dead * shape, over_age[self.age_code] - over_last[self.last_code])
        slope_a += dead.sum() / a
        repeat = counts > 0
        slope_b -= _sum(by_count_dead[repeat], 1 / (b + counts[repeat] - 1))
        slope = np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])
        return -total / self.customers, -slope / self.customers


def _sum(weight: NDArray[Any], values: NDArray[Any]) -> float:
    """Weighted sum without the linear algebra library, whose threads cost more than they save on a few vectors."""
    return float(np.einsum("i,i->", weight, values))


def climb(value_and_slope: Callable[[Array], tuple[float, Array]], start: Array) -> Any:
    """Search for the logarithms of the parameters where the mean negative log-likelihood is least, within bounds."""
    options = {"gtol": 1e-9, "ftol": 1e-15, "maxiter": 500, "maxls": 40}
    bounds = [(-_EDGE, _EDGE)] * len(start)
    return minimize(value_and_slope, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)


def _from_a_sample(likelihood: _Likelihood, start: Array) -> Any:
    """Search a sample first: it tells where the end is and how the likelihood bends there, so few steps are left."""
    sample = likelihood.every(len(likelihood.weight) // _SAMPLE)
    near = climb(sample.value_and_slope, start).x
    bend = information(sample.value_and_slope, near, 1.0)
    if not np.isfinite(bend).all():
        return climb(likelihood.value_and_slope, near)
    options = {"gtol": 1e-7, "hess_inv0": bend, "maxiter": 500}
    return minimize(likelihood.value_and_slope, near, jac=True, method="BFGS", options=options)


def _grouped(x: Array, t_x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
    """Equal histories once, with how many customers share each."""
    values, codes = zip(*(_coded(column) for column in (x, t_x, T)), strict=True)
    key = (codes[0].astype(np.int64) * len(values[1]) + codes[1]) * len(values[2]) + codes[2]
    group, distinct = pd.factorize(key)
    weight = np.bincount(group, minlength=len(distinct)).astype(float)
    rest, age = np.divmod(distinct, len(values[2]))
    count, last = np.divmod(rest, len(values[1]))
    order = np.argsort(distinct)
    return values[0][count[order]], values[1][last[order]], values[2][age[order]], weight[order]


def _coded(values: Array) -> tuple[Array, NDArray[np.int32]]:
    code, distinct = pd.factorize(values)
    order = np.argsort(distinct)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return distinct[order], rank[code]


def _bought(r: float, a: float, b: float, x: Array, z: Array) -> Array:
    """Purchases of those alive: (a+b+x−1)/(a−1) · (1 − (1−z)^(r+x) · 2F1(r+x, b+x; a+b+x−1; z)), z = t/(α+T+t).

    The series overflows for large x, so it is taken after Euler's transformation, as it stands where a or b is large.
    """
    a = a if abs(a - 1) > 1e-7 else 1 + 1e-7  # there is a removable hole at a = 1
    with np.errstate(all="ignore"):
        log_rest = (a - 1) * np.log1p(-z) + np.log(hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z))
        plain = (r + x) * np.log1p(-z) + np.log(hyp2f1(r + x, b + x, a + b + x - 1, z))
        found = np.array((a + b + x - 1) / (a - 1) * -np.expm1(np.where(np.isfinite(log_rest), log_rest, plain)))
    lost = ~np.isfinite(found)
    if lost.any():
        found[lost] = _bought_by_quantiles(r, a, b, x[lost], z[lost])
    return found


def _bought_by_quantiles(r: float, a: float, b: float, x: Array, z: Array) -> Array:
    """The same as a mean over the beta distribution of leaving, p: (1 − (1 + p·t/(α+T))^−(r+x)) / p."""
    nodes = (np.arange(400) + 0.5) / 400
    counts, code = np.unique(x, return_inverse=True)
    p = np.maximum(betaincinv(a, b + counts[:, None], nodes), 1e-12)[code]
    ahead, shape = (z / (1 - z))[:, None], (r + x)[:, None]
    return (-np.expm1(-shape * np.log1p(p * ahead)) / p).mean(axis=1)


def _symmetric(matrix: Array) -> Array:
    return (matrix + matrix.T) / 2


def information(value_and_slope: Callable[[Array], tuple[float, Array]], logs: Array, customers: float) -> Array:
    """Return the covariance of the parameters' logarithms: the inverse information matrix, by differences of the slope.

    Where a parameter has run away, or the likelihood does not bend down in each direction, the data do not hold the
    parameters: all NaN then.
    """
    step = 1e-4
    size = len(logs)
    if np.abs(logs).max() > _EDGE - 0.01:
        return np.full((size, size), np.nan)
    rows = []
    for i in range(size):
        move = np.zeros(size)
        move[i] = step
        rows.append((value_and_slope(logs + move)[1] - value_and_slope(logs - move)[1]) / (2 * step))
    matrix = _symmetric(np.array(rows)) * customers
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix).min() <= 1e-9 * np.abs(matrix).max():
        return np.full((size, size), np.nan)
    return _symmetric(np.asarray(np.linalg.inv(matrix), dtype=float))


def parameter_intervals(params: dict[str, float], covariance: Array) -> pd.DataFrame:
    """Return parameters with 95 % intervals (symmetric in the logarithm): a row each, columns value, low, high."""
    value = pd.Series(params)
    spread = np.exp(Z * np.sqrt(np.diag(covariance)))
    return pd.DataFrame({"value": value, "low": value / spread, "high": value * spread})
