"""Customers under contract: when they leave, how many will stay, what the rest of a contract is worth.

Here a customer says that he leaves: he does not renew. The shifted-beta-geometric model (sBG) of Fader and Hardie
(2007) explains why retention rises with age although nobody changes: those who are likely to leave leave first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import floats, needed
from crmbook.shared.commonest import named
from crmbook.shared.estimate import wilson
from crmbook.shared.survival import LEAST, LogRank, Survival, kaplan_meier, log_rank
from crmbook.value.bgnbd import Array, climb, information, parameter_intervals


@dataclass(frozen=True, eq=False)
class Sbg:
    """A fitted shifted-beta-geometric model. Time is counted in contract periods.

    Attributes
    ----------
    params : dict
        ``alpha``, ``beta``, in the paper's order.
    log_likelihood : float
        Of ``customers`` customers; per 1,000 where the survival curve came as shares.
    customers : float
    covariance : ndarray, shape (2, 2)
        Of the parameters' logarithms, for so many customers; NaN where the data do not hold a parameter.
    """

    params: dict[str, float]
    log_likelihood: float
    customers: float
    covariance: Array

    def __repr__(self) -> str:
        alpha, beta = self.params["alpha"], self.params["beta"]
        return f"Sbg(alpha={alpha:.3f}, beta={beta:.3f}, log_likelihood={self.log_likelihood:.2f})"

    @property
    def intervals(self) -> pd.DataFrame:
        """The parameters with their 95 % intervals: a row each, columns value, low, high."""
        return parameter_intervals(self.params, self.covariance)

    def predict(self, t: ArrayLike) -> Array:
        """Return S(t) = B(α, β+t) / B(α, β), the share of customers still there after ``t`` renewals.

        Examples
        --------
        >>> Sbg({"alpha": 0.668, "beta": 3.806}, -1611.16, 1000, np.eye(2)).predict([8, 12]).round(3).tolist()
        [0.46, 0.378]
        """
        alpha, beta = self.params["alpha"], self.params["beta"]
        return np.exp(betaln(alpha, beta + np.asarray(t, dtype=float)) - betaln(alpha, beta))

    def retention(self, t: ArrayLike) -> Array:
        """Return r_t = (β+t−1) / (α+β+t−1), the share of those up for their ``t``-th renewal who renew."""
        alpha, beta = self.params["alpha"], self.params["beta"]
        stayed = beta + np.asarray(t, dtype=float) - 1
        return stayed / (alpha + stayed)

    def residual_life(self, renewals: ArrayLike, rate: float) -> Array:
        """Return the discounted expected residual lifetime (DERL), in payments, seen just before the next renewal.

        Parameters
        ----------
        renewals : array_like
            Renewals a customer has made so far. Whether he makes the next is open; if he does, its payment is made at
            once and counts in full, the one after that is discounted once, and so on.
        rate : float
            Discount rate for one contract period, above zero.

        Raises
        ------
        DataError
            ``value_discount_rate``: without discounting, the sum has no end.

        Notes
        -----
        Σ S(n+1+k)/S(n) · (1+d)^−k over k = 0, 1, 2 …; Fader, P. S., & Hardie, B. G. S. (2010). Customer-base
        valuation in a contractual setting. Marketing Science 29, 85–93.

        Examples
        --------
        >>> float(Sbg({"alpha": 0.668, "beta": 3.806}, -1611.16, 1000, np.eye(2)).residual_life(7, 0.1).round(3))
        7.53
        """
        stayed = np.asarray(renewals, dtype=float) + 1
        return self.retention(stayed) * self._life_after(stayed, rate)

    def life(self, rate: float) -> float:
        """Return the discounted expected life of a new customer, in payments: Σ S(t)·(1+d)^−t, the first one now."""
        return float(self._life_after(np.zeros(()), rate))

    def _life_after(self, renewals: Array, rate: float) -> Array:
        if not rate > 0:
            raise DataError("value_discount_rate", rate=rate)
        alpha, beta = self.params["alpha"], self.params["beta"]
        return hyp2f1(1.0, beta + renewals, alpha + beta + renewals, 1 / (1 + rate))


@dataclass(frozen=True, eq=False)
class Bdw:
    """A fitted beta-discrete-Weibull model: the sBG with a leaning ``c`` of each customer's own retention over time.

    c = 1 is the sBG; above 1 a customer grows more likely to leave with time, below 1 less likely.
    """

    params: dict[str, float]
    log_likelihood: float
    customers: float

    def predict(self, t: ArrayLike) -> Array:
        """Return S(t) = B(α, β+t^c) / B(α, β)."""
        alpha, beta, c = self.params["alpha"], self.params["beta"], self.params["c"]
        return np.exp(betaln(alpha, beta + np.asarray(t, dtype=float) ** c) - betaln(alpha, beta))


def fit_sbg(survival: ArrayLike, customers: float | None = None) -> Sbg:
    """Fit the shifted-beta-geometric model to the survival curve of one cohort.

    Parameters
    ----------
    survival : array_like, shape (periods + 1,)
        Customers left after 0, 1, 2 … renewals: counts, shares that start at 1, or percentages that start at 100.
    customers : float, optional
        How many customers a curve of shares stands for; 1,000 unless given. It scales the log-likelihood and the width
        of intervals, not the parameters.

    Returns
    -------
    Sbg

    Raises
    ------
    DataError
        ``value_survival`` for a curve that rises, is blank or too short; ``value_survival_form`` for whole numbers from
        100 on, which may be customers or percentages; ``value_contracts_all_open`` when nobody
        left; ``value_no_fit`` when customers do not differ in the way that the model expresses (retention falls with
        age, say).

    Notes
    -----
    Fader, P. S., & Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive Marketing
    21, 76–90.

    Examples
    --------
    >>> fit_sbg([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1])
    Sbg(alpha=0.668, beta=3.806, log_likelihood=-1611.16)
    """
    at_risk, lost, total = _steps(survival, customers)
    return fit_sbg_renewals(pd.DataFrame({"at_risk": at_risk, "lost": lost}), total)


def fit_sbg_renewals(renewals: pd.DataFrame, customers: float | None = None) -> Sbg:
    """Fit the sBG to customers who joined at different times, so that many have not come to their later renewals yet.

    Parameters
    ----------
    renewals : DataFrame
        As ``renewal_table`` gives: rows for the 1st, 2nd … renewal, columns ``at_risk`` and ``lost``.
    customers : float, optional
        Customers behind it; those at the first renewal unless given.
    """
    at_risk, lost = renewals["at_risk"].to_numpy(float), renewals["lost"].to_numpy(float)
    if len(at_risk) < 2:
        raise DataError("value_survival", periods=len(at_risk))
    if lost.sum() == 0:
        raise DataError("value_contracts_all_open")
    total, kept, age = float(customers or at_risk[0]), at_risk - lost, np.arange(len(at_risk), dtype=float)

    def value_and_slope(logs: Array) -> tuple[float, Array]:
        alpha, beta = np.exp(logs)
        both, stay = alpha + beta + age, beta + age
        value = (lost * (logs[0] - np.log(both)) + kept * (np.log(stay) - np.log(both))).sum()
        slope_alpha = (lost / alpha - at_risk / both).sum()
        slope_beta = (kept / stay - at_risk / both).sum()
        return -value / total, -np.array([slope_alpha * alpha, slope_beta * beta]) / total

    found = climb(value_and_slope, np.log([1.0, 2.0]))
    covariance = information(value_and_slope, found.x, total)
    # a beta distribution as narrow as this says that all customers are alike: no model of differences, one rate
    if not np.isfinite(covariance).all() or np.exp(found.x).sum() > 1e4:
        raise DataError("value_no_fit")
    alpha, beta = np.exp(found.x).tolist()
    return Sbg({"alpha": alpha, "beta": beta}, -float(found.fun) * total, total, covariance)


def fit_bdw(survival: ArrayLike, customers: float | None = None) -> Bdw:
    """Fit the beta-discrete-Weibull model to the survival curve of one cohort; parameters as for ``fit_sbg``.

    Notes
    -----
    Fader, P. S., Hardie, B. G. S., Liu, Y., Davin, J., & Steenburgh, T. (2018). "How to project customer retention"
    revisited. Journal of Interactive Marketing 43, 1–16.
    """
    at_risk, lost, total = _steps(survival, customers)
    age, kept = np.arange(len(at_risk) + 1, dtype=float), at_risk - lost

    def value(logs: Array) -> float:
        alpha, beta, c = np.exp(logs)
        log_survival = betaln(alpha, beta + age**c) - betaln(alpha, beta)
        step = np.minimum(np.diff(log_survival), -1e-15)
        return -(kept @ step + lost @ np.log(-np.expm1(step))) / total

    start = np.log([*fit_sbg(survival, customers).params.values(), 1.0])
    found = minimize(value, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 5000})
    params = dict(zip(("alpha", "beta", "c"), np.exp(found.x).tolist(), strict=True))
    return Bdw(params, -float(found.fun) * total, total)


def forecast(survival: ArrayLike, fitted_on: int) -> pd.DataFrame:
    """Fit on the first renewals of a curve and set the forecast of the others beside what happened.

    Returns
    -------
    DataFrame
        Index ``period`` 0 … n; shares ``actual``, ``sbg``, ``bdw`` (blank when less than three renewals are fitted: it
        has three parameters) and ``naive`` (one retention rate for all ages, by maximum likelihood), and ``fitted``,
        whether the period was used.
    """
    curve = floats(survival)
    known = curve[: fitted_on + 1]
    at_risk, lost, _ = _steps(known, 1000)
    actual, period = curve / curve[0], np.arange(len(curve))
    constant = 1 - lost.sum() / at_risk.sum()
    table = {
        "actual": actual,
        "sbg": fit_sbg(known, customers=1000).predict(period),
        "bdw": fit_bdw(known, customers=1000).predict(period) if fitted_on >= 3 else np.nan,
        "naive": constant**period,
        "fitted": period <= fitted_on,
    }
    return pd.DataFrame(table, index=pd.Index(period, name="period"))


def lives(contracts: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return how long each contract has run at the end of ``as_of``, and whether it has ended.

    Parameters
    ----------
    contracts : DataFrame
        ``customer_id``, ``start_date``, ``end_date`` (blank, or after ``as_of``: it runs).
    as_of : date-like
        The last day that counts. Contracts that start later are left out: they are not there yet.

    Returns
    -------
    DataFrame
        The contracts with ``months`` (calendar months, and days as thirty-firsts) from the first day to the end of the
        last one, or to the as-of date, and ``ended``.

    Raises
    ------
    DataError
        ``table_needed`` or ``column_needed`` without contracts or their dates; ``lifecycle_as_of_early`` when none has
        started; ``value_contract_dates`` when one ends before it starts.
    """
    day = dates.day(as_of)
    contracts = needed(contracts, "contracts", ["start_date"])
    if "end_date" not in contracts:
        raise DataError("column_needed", table="contracts", column="end_date")
    running = contracts[contracts["start_date"] <= day]
    if running.empty:
        first = contracts["start_date"].min()
        raise DataError("lifecycle_as_of_early", as_of=f"{day:%Y-%m-%d}", first=f"{first:%Y-%m-%d}")
    faulty = running["end_date"] < running["start_date"]
    if faulty.any():
        raise DataError(
            "value_contract_dates", customer=running.loc[faulty, "customer_id"].iloc[0], contracts=int(faulty.sum())
        )
    ended = running["end_date"].notna() & (running["end_date"] <= day)
    until = running["end_date"].where(ended, day)
    # an end date is the last day of a contract; one that still runs renews on the day after, which is not known yet
    until = until.mask(ended, until + pd.Timedelta(days=1))
    return running.assign(months=_months(running["start_date"], until), ended=ended)


def _months(start: pd.Series, end: pd.Series) -> pd.Series:
    whole = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    return whole + (end.dt.day - start.dt.day) / 31


def compare_plans(
    contracts: pd.DataFrame, as_of: object, by: str = "plan", most: int = 12
) -> tuple[dict[str, Survival], LogRank]:
    """Return the survival curve of each plan and the log-rank test between them.

    Of more than ``most`` plans, the commonest are named and the rest is one group, ``all_others``; plans of fewer
    than five contracts are left out of the test.

    Raises
    ------
    DataError
        ``survival_one_group`` with a single plan, ``survival_nothing_happened`` when no contract has ended.
    """
    followed = needed(lives(contracts, as_of), "contracts", [by])
    samples = {
        str(plan): (rows["months"], rows["ended"])
        for plan, rows in followed.groupby(named(followed[by], most), sort=True)
    }
    test = log_rank({plan: sample for plan, sample in samples.items() if len(sample[0]) >= LEAST})
    return {plan: kaplan_meier(*sample) for plan, sample in samples.items()}, test


def renewal_table(contracts: pd.DataFrame, as_of: object, term: int = 12) -> pd.DataFrame:
    """Return, for each renewal, how many contracts came to it and how many were not renewed.

    Parameters
    ----------
    contracts : DataFrame
        As for ``lives``.
    as_of : date-like
        The last day that counts.
    term : int
        Months of one contract period.

    Returns
    -------
    DataFrame
        Index ``renewal`` 1, 2 …; ``at_risk``, ``lost``, and ``retention`` with ``low`` and ``high`` (Wilson). A
        renewal that no contract has come to yet has no row.
    """
    followed = lives(contracts, as_of)
    # an end a few days after the term is the end of that term, an end within the next one is a loss there
    ends_at = np.maximum(np.ceil((followed["months"] - 0.25) / term), 1)
    came = np.where(followed["ended"], ends_at, np.floor(followed["months"] / term + 1e-9)).astype(int)
    lost_at = came[followed["ended"].to_numpy()]
    if came.max() < 1:
        raise DataError("value_contracts_young", contracts=len(followed), term=term)
    renewal = np.arange(1, came.max() + 1)
    at_risk = np.array([(came >= number).sum() for number in renewal])
    lost = np.bincount(lost_at, minlength=came.max() + 1)[1:]
    kept = [wilson(int(n - gone), int(n)) for n, gone in zip(at_risk, lost, strict=True)]
    return pd.DataFrame(
        {
            "at_risk": at_risk,
            "lost": lost,
            "retention": [share.value for share in kept],
            "low": [share.low for share in kept],
            "high": [share.high for share in kept],
        },
        index=pd.Index(renewal, name="renewal"),
    )


def survival_of(renewals: pd.DataFrame) -> NDArray[np.float64]:
    """Return the survival curve S(0), S(1) … of a renewal table: retention rates multiplied up."""
    return np.concatenate([[1.0], np.cumprod(renewals["retention"].to_numpy(float))])


def outlook(model: Sbg, rate: float, most: int = 6) -> pd.DataFrame:
    """Return what is to be expected of contracts by how often they have been renewed.

    Parameters
    ----------
    model : Sbg
    rate : float
        Discount rate for one contract period, above zero.
    most : int
        How many lengths of cooperation to show: no renewal yet, one, … most − 1.

    Returns
    -------
    DataFrame
        Index ``renewals``; ``history`` (*newcomer* without a renewal, *stable* up to two, *loyal* from three on),
        ``renewal_rate`` (chance of the next renewal) and ``payments_left`` (``Sbg.residual_life``).

    Raises
    ------
    DataError
        ``value_discount_rate``.

    Examples
    --------
    >>> outlook(Sbg({"alpha": 0.668, "beta": 3.806}, -1611.16, 1000, np.eye(2)), 0.1).loc[0, "renewal_rate"].round(3)
    np.float64(0.851)
    """
    made = np.arange(most)
    table = {
        "history": np.select([made == 0, made < 3], ["newcomer", "stable"], "loyal"),
        "renewal_rate": model.retention(made + 1),
        "payments_left": model.residual_life(made, rate),
    }
    return pd.DataFrame(table, index=pd.Index(made, name="renewals"))


def renewals_due(contracts: pd.DataFrame, as_of: object, days: int = 90, term: int = 12) -> pd.DataFrame:
    """Return the contracts that come up for renewal within the next days, those with the most money at risk first.

    Parameters
    ----------
    contracts : DataFrame
        As for ``lives``. Where a running contract has an end date, it is due on the day after; otherwise at the end of
        the period it is in.
    as_of : date-like
        The last day that is known.
    days : int
        How far to look ahead.
    term : int
        Months of one contract period.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``renewal_date``, ``renewals`` (made so far), ``plan`` and ``monthly_fee`` where they
        are known, ``renewal_rate`` (chance of this renewal, by the sBG of the plan; of all contracts where a plan has
        too few for one; blank where they have too) and ``at_risk`` (fee of a period × chance of losing it).

    Raises
    ------
    DataError
        As ``lives``; ``value_nothing_due`` when no contract is due so soon.
    """
    day = dates.day(as_of)
    followed = lives(contracts, day)
    running = followed[~followed["ended"]]
    made = np.floor(running["months"] / term + 1e-9).astype(int)
    due = _next_renewal(running, made, term)
    table = running.assign(renewal_date=due, renewals=made)
    table = table[(due >= day) & (due <= day + pd.Timedelta(days=days))]
    if table.empty:
        raise DataError("value_nothing_due", contracts=len(running), days=days)
    table = table.assign(renewal_rate=_chances(table, contracts, day, term), at_risk=np.nan)
    if "monthly_fee" in table:
        table["at_risk"] = table["monthly_fee"] * term * (1 - table["renewal_rate"])
    shown = ["renewal_date", "renewals", "plan", "monthly_fee", "renewal_rate", "at_risk"]
    table = table.sort_values(["at_risk", "renewal_date"], ascending=[False, True], kind="stable")
    return table.set_index("customer_id")[[column for column in shown if column in table]]


def _chances(due: pd.DataFrame, contracts: pd.DataFrame, day: pd.Timestamp, term: int) -> pd.Series:
    """The chance of the next renewal of each contract due."""
    general = _renewal_model(contracts, day, term)
    chance = pd.Series(np.nan, due.index)
    plan = contracts["plan"] if "plan" in contracts else pd.Series(np.nan, contracts.index)
    for _, rows in due.groupby(plan.reindex(due.index), dropna=False, observed=True):
        model = _renewal_model(contracts[plan.isin(plan[rows.index])], day, term) or general
        if model is not None:
            chance[rows.index] = model.retention(rows["renewals"] + 1)
    return chance


def _renewal_model(contracts: pd.DataFrame, day: pd.Timestamp, term: int) -> Sbg | None:
    try:
        return fit_sbg_renewals(renewal_table(contracts, day, term))
    except DataError:
        return None


def _next_renewal(running: pd.DataFrame, made: pd.Series, term: int) -> pd.Series:
    ahead = zip(running["start_date"], made, strict=True)
    anniversary = [start + pd.DateOffset(months=term * (renewals + 1)) for start, renewals in ahead]
    after_the_last = running["end_date"] + pd.Timedelta(days=1)
    return after_the_last.fillna(pd.Series(anniversary, running.index, dtype="datetime64[us]"))


def contract_churn(contracts: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return the customers and the monthly revenue lost in each month, of those there at its start.

    Parameters
    ----------
    contracts : DataFrame
        As for ``lives``, with ``monthly_fee``. A customer with several contracts at a time is lost with the last of
        them.
    as_of : date-like
        The last day that counts; the month it lies in is left out unless it is over.

    Returns
    -------
    DataFrame
        Index ``month``; ``opening``, ``new``, ``lost``, ``closing`` (customers), ``opening_revenue``, ``lost_revenue``,
        ``churn`` with ``low`` and ``high`` (Wilson), ``revenue_churn``; NaN in a month that nobody was there to leave.
    """
    day = dates.day(as_of)
    needed(lives(contracts, day), "contracts", ["monthly_fee"])
    last = (day + pd.Timedelta(days=1)).to_period("M") - 1
    months = pd.period_range(contracts["start_date"].min().to_period("M"), last, freq="M")
    rows = []
    for month in months:
        start, end = month.start_time, (month + 1).start_time
        before, after = (_running(contracts, moment) for moment in (start, end))
        opening, closing = set(before["customer_id"]), set(after["customer_id"])
        lost = opening - closing
        fee = before.groupby("customer_id")["monthly_fee"].sum()
        share = wilson(len(lost), len(opening))
        lost_fee = float(fee.reindex(sorted(lost)).sum())
        rows.append(
            {
                "month": month,
                "opening": len(opening),
                "new": len(closing - opening),
                "lost": len(lost),
                "closing": len(closing),
                "opening_revenue": float(fee.sum()),
                "lost_revenue": lost_fee,
                "churn": share.value,
                "low": share.low,
                "high": share.high,
                "revenue_churn": lost_fee / fee.sum() if fee.sum() else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index("month")


def _running(contracts: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    begun = contracts["start_date"] < moment
    return contracts[begun & ~(contracts["end_date"] < moment)]


def _steps(survival: ArrayLike, customers: float | None) -> tuple[Array, Array, float]:
    """Customers at risk and lost at each renewal, and how many there were, from a survival curve."""
    curve = floats(survival)
    if len(curve) < 3 or not np.isfinite(curve).all() or curve[0] <= 0 or (np.diff(curve) > 0).any() or curve[-1] < 0:
        raise DataError("value_survival", periods=max(len(curve) - 1, 0))
    if customers is None and curve[0] == 100 and curve[-1] < 100 and (curve == np.floor(curve)).all():
        raise DataError("value_survival_form", last=f"{curve[-1]:g}")
    total = customers or (1000.0 if curve[0] in (1.0, 100.0) else float(curve[0]))
    left = curve / curve[0] * total
    return left[:-1], -np.diff(left), total
