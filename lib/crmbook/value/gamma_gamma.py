"""How much customers will spend at a purchase: the Gamma-Gamma model of Fader and Hardie (2013).

A customer's purchases scatter around a mean of his own, and the means differ between customers. What a customer spent
so far is weighed with what customers spend in general, the more so the fewer purchases he made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaln, psi

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned, side_by_side
from crmbook.shared.checked import floats
from crmbook.value.bgnbd import Array, climb, information, parameter_intervals


@dataclass(frozen=True, eq=False)
class GammaGamma:
    """A fitted Gamma-Gamma model.

    Attributes
    ----------
    params : dict
        ``p``, ``q``, ``gamma``, in the paper's order.
    log_likelihood : float
    customers : int
        Customers with a repeat purchase, whom it was fitted to.
    covariance : ndarray, shape (3, 3)
        Of the parameters' logarithms; NaN where the data do not hold a parameter.
    """

    params: dict[str, float]
    log_likelihood: float
    customers: int
    covariance: Array

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.3f}" for name, value in self.params.items())
        return f"GammaGamma({shown}, log_likelihood={self.log_likelihood:.2f}, customers={self.customers})"

    @property
    def intervals(self) -> pd.DataFrame:
        """The parameters with their 95 % intervals: a row each, columns value, low, high."""
        return parameter_intervals(self.params, self.covariance)

    @property
    def mean(self) -> float:
        """What customers spend at a purchase in general: p·γ/(q−1). It exists for q > 1 only."""
        p, q, gamma = self._numbers()
        if q <= 1:
            raise DataError("value_no_mean", q=q)
        return p * gamma / (q - 1)

    def predict(self, x: ArrayLike, mean_spend: ArrayLike) -> Array:
        """Return the spend expected at a future purchase, for customers with ``x`` repeat purchases of ``mean_spend``.

        A customer without a repeat purchase (x = 0) gets the general mean; his ``mean_spend`` is not looked at.

        Raises
        ------
        DataError
            ``value_no_mean`` when q ≤ 1: spends scatter so widely that no mean exists.

        Examples
        --------
        >>> model = GammaGamma({"p": 6.25, "q": 3.74, "gamma": 15.44}, -4055.92, 946, np.eye(3))
        >>> model.predict([0, 2], [np.nan, 22.35]).round(1).tolist()
        [35.2, 24.7]
        """
        p, q, gamma = self._numbers()
        general = self.mean
        count, spend = side_by_side(x=x, mean_spend=mean_spend)
        own = p * (gamma + count * np.where(count > 0, spend, 0.0)) / (p * count + q - 1)
        return np.where(count > 0, own, general)

    def _numbers(self) -> tuple[float, float, float]:
        return self.params["p"], self.params["q"], self.params["gamma"]


def fit_gamma_gamma(x: ArrayLike, mean_spend: ArrayLike) -> GammaGamma:
    """Fit the Gamma-Gamma model by maximum likelihood.

    Parameters
    ----------
    x : array_like, shape (customers,)
        Repeat purchases. Customers with x = 0 tell nothing about repeat purchases and are not used.
    mean_spend : array_like, shape (customers,)
        Mean net of the *repeat* purchase days, in the book's currency; above zero wherever x > 0.

    Returns
    -------
    GammaGamma

    Raises
    ------
    DataError
        ``value_repeats`` for an x that is no count; ``value_nobody_repeats``; ``value_spend_not_positive`` (how many,
        and the first): leave such customers out, and say so, before the fit. ``value_few_spenders``: fewer than ten
        repeaters, or all with one and the same mean.

    Notes
    -----
    Fader, P. S., & Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value, note 025, formula 1a. The
    model takes it that spend and frequency do not go together; ``value.preflight`` looks at that.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sorted(fit_gamma_gamma(rng.integers(1, 6, 300), rng.gamma(4, 10, 300)).params)
    ['gamma', 'p', 'q']
    """
    count, spend = (floats(values) for values in aligned(x=x, mean_spend=mean_spend))
    faulty = ~((count >= 0) & np.isfinite(count) & (count == np.floor(count)))
    if faulty.any():
        first = int(np.argmax(faulty))
        raise DataError("value_repeats", rows=int(faulty.sum()), row=first + 1, x=f"{count[first]:g}")
    again = count > 0
    if not again.any():
        raise DataError("value_nobody_repeats", customers=len(count))
    count, spend = count[again], spend[again]
    faulty = ~((spend > 0) & np.isfinite(spend))
    if faulty.any():
        first = int(np.argmax(faulty))
        raise DataError("value_spend_not_positive", customers=int(faulty.sum()), value=f"{spend[first]:g}")
    if len(count) < 10 or np.ptp(spend) == 0:
        raise DataError("value_few_spenders", customers=len(count))

    customers, unit = len(count), float(spend.mean())
    spend = spend / unit  # the search sees money in means, so its bounds mean the same in any currency
    log_count, log_spend = np.log(count), np.log(spend)
    counts, code = np.unique(count, return_inverse=True)
    weight = np.bincount(code).astype(float)

    def value_and_slope(logs: Array) -> tuple[float, Array]:
        p, q, gamma = np.exp(logs)
        pooled = gamma + count * spend
        log_pooled = np.log(pooled)
        bought = p * counts
        total = weight @ (gammaln(bought + q) - gammaln(bought)) + customers * (q * logs[2] - gammaln(q))
        total += (p * count * (log_count + log_spend)).sum() - log_spend.sum() - ((p * count + q) * log_pooled).sum()
        slope_p = weight @ (counts * (psi(bought + q) - psi(bought)))
        slope_p += (count * (log_count + log_spend - log_pooled)).sum()
        slope_q = weight @ psi(bought + q) + customers * (logs[2] - psi(q)) - log_pooled.sum()
        slope_gamma = customers * q / gamma - ((p * count + q) / pooled).sum()
        return -total / customers, -np.array([slope_p * p, slope_q * q, slope_gamma * gamma]) / customers

    found = climb(value_and_slope, np.log([2.0, 3.0, 1.0]))
    if not np.isfinite(found.fun):
        raise DataError("value_no_fit")
    p, q, gamma = np.exp(found.x).tolist()
    return GammaGamma(
        params={"p": p, "q": q, "gamma": gamma * unit},
        log_likelihood=-float(found.fun) * customers - customers * np.log(unit),
        customers=customers,
        covariance=information(value_and_slope, found.x, customers),
    )
