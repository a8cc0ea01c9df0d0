"""Predicting the next period by regression: who buys, how often, for how much; judged on a later period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, Z, mean, reach
from crmbook.shared.features import checked
from crmbook.shared.purchases import end_of, of_purchases
from crmbook.shared.ranking import auc, brier, calibration


@dataclass(frozen=True)
class Model:
    """A regression and its coefficients in the features' own units.

    Attributes
    ----------
    kind : str
        ``"logistic"``, ``"poisson"`` or ``"linear"``.
    coefficients : DataFrame
        Index feature, ``"intercept"`` first: ``coefficient`` (for one unit more, on the model's own scale), ``error``
        (robust standard error), ``low``, ``high`` (95 %), ``p``; ``step`` (a round number near the feature's standard
        deviation), ``effect`` of one step more, with ``effect_low`` and ``effect_high``: the factor on the odds
        (logistic) or on the expected count (poisson), the amount added (linear).
    n : int
        Customers it was fitted to.
    """

    kind: str
    coefficients: pd.DataFrame
    n: int

    def predict(self, features: pd.DataFrame) -> pd.Series:
        """Return the prediction for each customer: a probability, an expected count, an expected amount.

        Raises
        ------
        DataError
            When a feature is missing, blank or no number.
        """
        used = self.coefficients.index[1:]
        missing = [column for column in used if column not in features]
        if missing:
            raise DataError("clustering_columns", columns=", ".join(map(str, missing)))
        numbers = checked(features[list(used)], constant=True, least=1)
        linear = numbers @ self.coefficients["coefficient"].iloc[1:] + self.coefficients["coefficient"].iloc[0]
        return pd.Series(_MEANS[self.kind](linear.to_numpy()), index=numbers.index, name="predicted")


def _logistic_mean(linear: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(linear, -500, 500)))


def _poisson_mean(linear: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(linear, -500, 500))


_MEANS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "logistic": _logistic_mean,
    "poisson": _poisson_mean,
    "linear": lambda linear: linear,
}


def logistic(features: pd.DataFrame, happened: pd.Series) -> Model:
    """Fit how the odds of something happening go with the features (maximum likelihood, no penalty).

    Parameters
    ----------
    features : DataFrame
        A row for each customer (index), numeric columns without blanks.
    happened : Series of bool
        For the same customers.

    Raises
    ------
    DataError
        For features that cannot be used; features that say the same as others; too few customers; an outcome that is
        the same for all, or that the features separate perfectly (then no odds can be given).

    Notes
    -----
    Standard errors are robust (Huber-White sandwich, HC1), here and in the other two.

    Examples
    --------
    >>> fitted = logistic(pd.DataFrame({"visits": [0, 0, 0, 0, 1, 1, 1, 1]}), pd.Series([0, 0, 0, 1, 0, 1, 1, 1]))
    >>> round(float(np.exp(fitted.coefficients.loc["visits", "coefficient"])), 3)  # (3/1) / (1/3)
    9.0
    """
    points, outcome, numbers = _matrix(features, happened)
    if not set(np.unique(outcome)) <= {0.0, 1.0}:
        raise DataError("regression_not_binary", value=float(outcome[(outcome != 0) & (outcome != 1)][0]))
    if outcome.min() == outcome.max():
        raise DataError("regression_one_outcome", n=len(outcome))
    return _fitted("logistic", points, outcome, numbers)


def poisson(features: pd.DataFrame, counts: pd.Series) -> Model:
    """Fit how an expected count goes with the features (log link, maximum likelihood); arguments as in ``logistic``.

    Raises
    ------
    DataError
        As ``logistic`` does; for counts below zero, or all zero.

    Examples
    --------
    >>> fitted = poisson(pd.DataFrame({"member": [0, 0, 0, 1, 1, 1]}), pd.Series([1, 2, 3, 3, 4, 5]))
    >>> round(float(np.exp(fitted.coefficients.loc["member", "coefficient"])), 3)  # 4 / 2
    2.0
    """
    points, outcome, numbers = _matrix(features, counts)
    if outcome.min() < 0:
        raise DataError("regression_negative", value=float(outcome.min()))
    if outcome.max() == 0:
        raise DataError("regression_one_outcome", n=len(outcome))
    return _fitted("poisson", points, outcome, numbers)


def linear(features: pd.DataFrame, amount: pd.Series) -> Model:
    """Fit how an expected amount goes with the features (least squares); arguments as in ``logistic``.

    Examples
    --------
    >>> fitted = linear(pd.DataFrame({"orders": [1, 2, 3, 4]}), pd.Series([12.0, 19.0, 32.0, 37.0]))
    >>> fitted.coefficients["coefficient"].round(3).to_dict()
    {'intercept': 3.0, 'orders': 8.8}
    """
    points, outcome, numbers = _matrix(features, amount)
    if outcome.min() == outcome.max():
        raise DataError("regression_one_outcome", n=len(outcome))
    return _fitted("linear", points, outcome, numbers)


def _matrix(features: pd.DataFrame, outcome: pd.Series) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return the standardised features with a column of ones, the outcome, and the features as they are."""
    numbers = checked(features)
    if len(numbers) < numbers.shape[1] + 3:
        raise DataError("regression_too_few", n=len(numbers), features=numbers.shape[1])
    own = outcome.reindex(numbers.index)
    if own.isna().any():
        raise DataError("regression_no_outcome", count=int(own.isna().sum()))
    scaled = ((numbers - numbers.mean()) / numbers.std(ddof=0)).to_numpy()
    doubled = _repeating(scaled, list(map(str, numbers.columns)))
    if doubled:
        raise DataError("regression_repeating", columns=", ".join(doubled))
    known = checked(own.rename("outcome"), constant=True)["outcome"].to_numpy()
    return np.column_stack([np.ones(len(scaled)), scaled]), known, numbers


def _repeating(scaled: np.ndarray, columns: list[str]) -> list[str]:
    """Return the columns that the columns before them already say."""
    kept: list[int] = []
    found = []
    for place, column in enumerate(columns):
        if kept:
            weights, *_ = np.linalg.lstsq(scaled[:, kept], scaled[:, place], rcond=None)
            if np.std(scaled[:, place] - scaled[:, kept] @ weights) < 1e-6:
                found.append(column)
                continue
        kept.append(place)
    return found


def _fitted(kind: str, points: np.ndarray, outcome: np.ndarray, numbers: pd.DataFrame) -> Model:
    weights = _least_squares(points, outcome) if kind == "linear" else _newton(kind, points, outcome)
    covariance = _sandwich(kind, points, outcome, weights)
    # back from standard deviations to the features' own units: b = β / s, intercept = β0 − Σ β m / s
    mean, width = numbers.mean().to_numpy(), numbers.std(ddof=0).to_numpy()
    back = np.diag(np.concatenate([[1.0], 1 / width]))
    back[0, 1:] = -mean / width
    index = pd.Index(["intercept", *numbers.columns], name="feature")
    error = np.sqrt(np.diag(back @ covariance @ back.T))
    table = pd.DataFrame({"coefficient": back @ weights, "error": error}, index=index)
    return Model(kind, _told(kind, table, numbers), len(outcome))


def _least_squares(points: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(points, outcome, rcond=None)[0]


def _newton(kind: str, points: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Newton's iteration with halved steps; it runs away where the features separate the outcome."""
    mean = float(outcome.mean())
    weights = np.zeros(points.shape[1])
    weights[0] = np.log(mean / (1 - mean)) if kind == "logistic" else np.log(mean)
    likelihood = _likelihood(kind, points @ weights, outcome)
    for _ in range(100):
        expected = _MEANS[kind](points @ weights)
        variance = expected * (1 - expected) if kind == "logistic" else expected
        information = (points * variance[:, None]).T @ points
        try:
            step = np.linalg.solve(information, points.T @ (outcome - expected))
        except np.linalg.LinAlgError:
            break
        for halving in range(30):
            trial = weights + step / 2**halving
            reached = _likelihood(kind, points @ trial, outcome)
            if reached >= likelihood - 1e-12 * abs(likelihood):
                break
        weights, gain, likelihood = trial, reached - likelihood, reached
        if np.abs(weights[1:]).max(initial=0) > 30:
            break
        if gain <= 1e-12 * (abs(likelihood) + 1) and np.abs(step).max() < 1e-8:
            # rounding makes a search stand still that runs away: then some customers' variance, and with it the
            # information in one direction, has all but vanished
            if np.linalg.eigvalsh(information)[0] < 1e-8 * np.trace(information):
                break
            return weights
    raise DataError("regression_separated")


def _likelihood(kind: str, linear: np.ndarray, outcome: np.ndarray) -> float:
    if kind == "logistic":
        return float((outcome * linear - np.logaddexp(0, linear)).sum())
    return float((outcome * linear - np.exp(np.clip(linear, -500, 500))).sum())


def _sandwich(kind: str, points: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray:
    expected = _MEANS[kind](points @ weights)
    variance = {"logistic": expected * (1 - expected), "poisson": expected, "linear": np.ones(len(outcome))}[kind]
    bread = np.linalg.inv((points * variance[:, None]).T @ points)
    scored = points * (outcome - expected)[:, None]
    n, width = points.shape
    return bread @ (scored.T @ scored) @ bread * n / (n - width)


def _told(kind: str, table: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    from scipy.stats import norm

    table["low"] = table["coefficient"] - Z * table["error"]
    table["high"] = table["coefficient"] + Z * table["error"]
    with np.errstate(divide="ignore", invalid="ignore"):
        table["p"] = 2 * norm.sf(np.abs(table["coefficient"] / table["error"].where(table["error"] > 0)))
    steps = {column: _round_step(numbers[column]) for column in numbers}
    table["step"] = pd.Series(steps).reindex(table.index)
    for name, column in (("effect", "coefficient"), ("effect_low", "low"), ("effect_high", "high")):
        moved = table[column] * table["step"]
        table[name] = moved if kind == "linear" else np.exp(moved)
    return table


def _round_step(values: pd.Series) -> float:
    """Return 1, 2 or 5 times a power of ten, the one nearest to the standard deviation; 1 for a yes/no column."""
    if set(values.unique()) <= {0.0, 1.0}:
        return 1.0
    width = float(values.std(ddof=0))
    power = 10.0 ** np.floor(np.log10(width))
    return float(min((1 * power, 2 * power, 5 * power, 10 * power), key=lambda step: abs(np.log(step / width))))


@dataclass(frozen=True)
class Period:
    """What was known of the customers on a day, and what they did in the days after.

    Attributes
    ----------
    features : DataFrame
        Index customer_id: ``recency``, ``tenure`` (days), ``frequency`` (orders), ``mean_order`` (currency),
        ``recent_orders`` (purchase orders in as many days before the cut as the period is long).
    purchased : Series of bool
    orders : Series of int
        Purchase orders.
    amount : Series of float
        Net amount, returns taken off, currency.
    cut, end : Timestamp
        The day of the features, and the last day of the outcomes.
    """

    features: pd.DataFrame
    purchased: pd.Series
    orders: pd.Series
    amount: pd.Series
    cut: pd.Timestamp
    end: pd.Timestamp


def period(orders: pd.DataFrame, cut: object, days: int) -> Period:
    """Return features as of a day and outcomes of the days after it, for customers with a purchase by that day.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    cut : date
        The last day the features may see.
    days : int
        Length of the outcome.

    Raises
    ------
    DataError
        When nobody purchased by the cut, or ``days`` is not a whole number from 1 on.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [10.0, 30.0]})
    >>> period(lines, "2024-01-31", 30).amount.to_dict()
    {'C1': 30.0}
    """
    if days < 1 or days != int(days):
        raise DataError("regression_days", days=days)
    lines = needed(orders, "orders", ["order_id", "customer_id", "order_date", "amount"])
    day = dates.day(cut)
    end = day + pd.Timedelta(days=days)
    known = summarise(lines, day)
    known = known[known["frequency"] > 0]
    if known.empty:
        raise DataError("behaviour_no_purchase")
    after = _between(lines, day, end).reindex(known.index, fill_value=0)
    before = _between(lines, day - pd.Timedelta(days=days), day)["orders"].reindex(known.index, fill_value=0)
    features = known[["recency", "tenure", "frequency", "mean_order"]].astype(float)
    features["recent_orders"] = before.astype(float)
    bought = after["orders"].astype(int)
    return Period(features, (bought > 0).rename("purchased"), bought, after["amount"].astype(float), day, end)


def _between(orders: pd.DataFrame, after: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return purchase orders and net amount of each customer after one day up to another."""
    lines = orders[(orders["order_date"] >= end_of(after)) & (orders["order_date"] < end_of(until))]
    bought = lines[of_purchases(lines)].groupby("customer_id", observed=True)["order_id"].nunique()
    amount = lines.groupby("customer_id", observed=True)["amount"].sum().round(6)
    return pd.DataFrame({"orders": bought.reindex(amount.index, fill_value=0), "amount": amount})


@dataclass(frozen=True)
class Judged:
    """A model and how it did on a period it had not seen.

    Attributes
    ----------
    model : Model
    predicted, observed : Series
        On the later period, by customer.
    measures : dict of str to float or Estimate
        ``mae`` (mean absolute error) beside ``mae_mean`` (that of predicting the earlier period's mean for everybody)
        and ``mae_zero`` (that of predicting nothing); ``explained`` (1 − squared error / squared error of the earlier
        mean). For the logistic model ``auc`` instead, and ``brier`` beside ``brier_mean`` and ``brier_zero``.
    calibration : DataFrame
        By bins of the prediction: ``cases``, ``predicted``, ``observed`` with ``low`` and ``high`` (95 %).
    """

    model: Model
    predicted: pd.Series
    observed: pd.Series
    measures: dict[str, float | Estimate]
    calibration: pd.DataFrame


@dataclass(frozen=True)
class Forecast:
    """Next-period purchase, orders and amount, each learnt on one period and judged on the next.

    Attributes
    ----------
    purchase, orders, amount : Judged
        Logistic, Poisson and linear regression.
    learnt, judged : Period
        The period the models saw, and the later one they were judged on.
    """

    purchase: Judged
    orders: Judged
    amount: Judged
    learnt: Period
    judged: Period


def forecast(orders: pd.DataFrame, as_of: object, days: int = 90) -> Forecast:
    """Learn from one period who buys in the days after, and judge it on the last period before ``as_of``.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    as_of : date
        The last day that counts: the end of the period the models are judged on.
    days : int
        Length of a period.

    Raises
    ------
    DataError
        When the orders do not reach back two periods, nobody or everybody bought, or a feature is constant.

    Notes
    -----
    Time runs one way: features as of ``as_of`` − 2·days and outcomes up to ``as_of`` − days fit the models; features as
    of ``as_of`` − days and outcomes up to ``as_of`` judge them. A random split would let the model learn from the
    future. The features describe; they do not cause. A coefficient is no promise of what happens when somebody is made
    to buy.
    """
    day = dates.day(as_of)
    first = needed(orders, "orders", ["order_date"])["order_date"].min().normalize()
    start = day - pd.Timedelta(days=2 * days)
    if first > start:
        raise DataError("regression_too_short", first=f"{first:%Y-%m-%d}", needed=f"{start:%Y-%m-%d}", days=days)
    learnt, judged = period(orders, start, days), period(orders, day - pd.Timedelta(days=days), days)
    return Forecast(
        purchase=_judge_purchase(learnt, judged),
        orders=_judge_number(poisson(learnt.features, learnt.orders), judged.features, learnt.orders, judged.orders),
        amount=_judge_number(linear(learnt.features, learnt.amount), judged.features, learnt.amount, judged.amount),
        learnt=learnt,
        judged=judged,
    )


def _judge_purchase(learnt: Period, judged: Period) -> Judged:
    model = logistic(learnt.features, learnt.purchased)
    predicted = model.predict(judged.features)
    always = pd.Series(float(learnt.purchased.mean()), predicted.index)
    measures: dict[str, float | Estimate] = {
        "auc": auc(judged.purchased, predicted),
        "brier": brier(judged.purchased, predicted),
        "brier_mean": brier(judged.purchased, always),
        "brier_zero": brier(judged.purchased, always * 0),
    }
    return Judged(model, predicted, judged.purchased, measures, calibration(judged.purchased, predicted))


def _judge_number(model: Model, features: pd.DataFrame, learnt: pd.Series, observed: pd.Series) -> Judged:
    predicted = model.predict(features)
    seen = observed.reindex(predicted.index).astype(float)
    squares = float(((seen - learnt.mean()) ** 2).sum())
    measures: dict[str, float | Estimate] = {
        "mae": mean_absolute_error(seen, predicted),
        "mae_mean": mean_absolute_error(seen, pd.Series(float(learnt.mean()), seen.index)),
        "mae_zero": mean_absolute_error(seen, pd.Series(0.0, seen.index)),
        "explained": 1 - float(((seen - predicted) ** 2).sum()) / squares if squares else float("nan"),
    }
    return Judged(model, predicted, observed, measures, calibrated(seen, predicted))


def split(forecast: Forecast) -> pd.DataFrame:
    """Return the two periods: index period (``learnt_period``, ``judged_period``), what is known and what came.

    Returns
    -------
    DataFrame
        ``first_day``, ``last_day`` of the outcome, ``customers``, ``bought_share``, ``orders_each`` (orders a
        customer), ``amount_each`` (net amount a customer, currency).
    """
    rows = {"learnt_period": forecast.learnt, "judged_period": forecast.judged}
    return pd.DataFrame.from_dict({name: _told_period(own) for name, own in rows.items()}, orient="index").rename_axis(
        "period"
    )


def _told_period(own: Period) -> dict[str, object]:
    return {
        "first_day": own.cut + pd.Timedelta(days=1),
        "last_day": own.end,
        "customers": len(own.purchased),
        "bought_share": float(own.purchased.mean()),
        "orders_each": float(own.orders.mean()),
        "amount_each": float(own.amount.mean()),
    }


def compared(forecast: Forecast) -> pd.DataFrame:
    """Return the error of each model beside that of the two lazy guesses, on the later period.

    Parameters
    ----------
    forecast : Forecast

    Returns
    -------
    DataFrame
        Index target: ``next_purchase``, ``next_orders``, ``next_amount``; ``measure`` (``"brier"``, or ``"mae"``: mean
        absolute error, in orders and currency), ``error_model``, ``error_mean`` (everybody as the earlier mean),
        ``error_zero`` (nobody buys), ``beats`` (the model's error is the smallest), ``explained`` (1 − squared error /
        that of the mean).
    """
    rows = {
        "next_purchase": _beside(forecast.purchase.measures, "brier"),
        "next_orders": _beside(forecast.orders.measures, "mae"),
        "next_amount": _beside(forecast.amount.measures, "mae"),
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("target")


def _beside(measures: dict[str, float | Estimate], kind: str) -> dict[str, object]:
    model, mean, zero = (_value(measures[key]) for key in (kind, f"{kind}_mean", f"{kind}_zero"))
    explained = _value(measures["explained"]) if "explained" in measures else 1 - model / mean
    errors = {"measure": kind, "error_model": model, "error_mean": mean, "error_zero": zero}
    return {**errors, "beats": model < min(mean, zero), "explained": explained}


def _value(measure: float | Estimate) -> float:
    return measure.value if isinstance(measure, Estimate) else measure


def mean_absolute_error(observed: pd.Series, predicted: pd.Series) -> Estimate:
    """Return the mean absolute error with its 95 % interval (Student's t, between customers).

    Examples
    --------
    >>> mean_absolute_error(pd.Series([1.0, 2.0, 3.0]), pd.Series([1.0, 3.0, 1.0])).value
    1.0
    """
    return mean((observed - predicted).abs(), low=0.0)


def calibrated(observed: pd.Series, predicted: pd.Series, bins: int = 10) -> pd.DataFrame:
    """Return predicted beside observed means, in bins of about equally many customers by prediction.

    Returns
    -------
    DataFrame
        Index bin (1: the lowest predictions): ``cases``, ``predicted``, ``observed`` with ``low`` and ``high`` (95 %).
        Equal predictions stay together, so there may be fewer bins.

    Examples
    --------
    >>> calibrated(pd.Series([0.0, 2.0, 4.0, 6.0]), pd.Series([1.0, 1.0, 5.0, 5.0]), bins=2)["observed"].tolist()
    [1.0, 5.0]
    """
    cuts = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    place = np.unique(np.searchsorted(cuts, predicted, side="right"), return_inverse=True)[1] + 1
    frame = pd.DataFrame({"predicted": predicted.to_numpy(), "observed": observed.to_numpy()})
    grouped = frame.groupby(pd.Index(place, name="bin"))
    table = pd.DataFrame(
        {"cases": grouped.size(), "predicted": grouped["predicted"].mean(), "observed": grouped["observed"].mean()}
    )
    half = reach(table["cases"]) * grouped["observed"].sem()
    return table.assign(low=table["observed"] - half, high=table["observed"] + half)
