"""Who has left, by three definitions, and who is about to: an early warning that only knows what could be known.

Each customer is described by what had happened up to a day; the outcome is whether he bought in the time after it.
Models learn on earlier days and are judged on a later one, beside two baselines that need no model of ours: silence
alone, and P(alive).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.lifecycle.stage import is_gone, rules_of
from crmbook.shared.agreement import kappa_of_counts
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, wilson
from crmbook.shared.features import single_thread
from crmbook.shared.purchases import DAY, last_day, need_history, purchase_days, purchases, some_days
from crmbook.shared.ranking import auc, auc_ahead, brier, calibration, calibration_error, lift
from crmbook.value.bgnbd import fit_bgnbd

if TYPE_CHECKING:
    from crmbook.data.load import Book

DEFINITIONS = ("silence", "gap_quantile", "p_alive")
WORSE: Mapping[str, int] = {
    "recency": 1,
    "tenure": -1,
    "purchases": -1,
    "usual_gap": 1,
    "gap_ratio": 1,
    "yearly_rate": -1,
    "purchases_180": -1,
    "purchases_trend": -1,
    "spend_365": -1,
    "spend_trend": -1,
    "returns_365": 1,
    "categories_365": -1,
    "discount_share": 1,
    "late_deliveries_365": 1,
    "late_payments": 1,
    "complaints_180": 1,
    "complaints_open": 1,
    "contacts_180": -1,
    "satisfaction": -1,
}
"""Each feature, and which way it is a reason to worry: more (1) or less (-1) of it."""
FEWEST = 30  # customers who stayed, and who left, that a model can be learnt from


def churn_definitions(
    orders: pd.DataFrame, as_of: object = None, silence: float = 180, quantile: float | None = None, alive: float = 0.5
) -> pd.DataFrame:
    """Say of each customer whether he has churned, by three definitions.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.
    silence : float
        *silence*: churned who has been silent for longer than this, in days; a round figure that somebody set.
    quantile : float, optional
        *gap_quantile*: the same with the churn window of `crmbook.lifecycle.derive_rules`, the data's own figure.
    alive : float
        *p_alive*: churned whose probability of being alive (BG/NBD) lies below this. It is 1 for one-time buyers, so
        they never churn by this definition.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``recency`` (days), ``probability`` (of being alive), and whether churned by
        ``silence``, ``gap_quantile``, ``p_alive``. ``attrs["window"]`` is the churn window, in days. Where
        the data do not hold P(alive) (``BgNbd.held``) its two columns are not there, and ``attrs["note"]`` says so.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data do not reach back over one of the windows;
        ``lifecycle_nobody_repeats``; ``lifecycle_days`` and ``lifecycle_quantile`` for windows that mean nothing; as
        ``fit_bgnbd``.
    """
    day = last_day(orders, as_of)
    bought = purchase_days(orders, day)
    window = rules_of(bought, quantile).churn_days
    some_days(silence)
    need_history(bought, day, max(silence, window))
    history = histories(bought, day)
    model = fit_bgnbd(history["x"], history["t_x"], history["T"])
    probability = model.p_alive(history["x"], history["t_x"], history["T"])
    recency = history["T"] - history["t_x"]
    found = pd.DataFrame(
        {
            "recency": recency,
            "probability": probability,
            "silence": is_gone(recency, silence),
            "gap_quantile": is_gone(recency, window),
            "p_alive": probability < alive,
        }
    )
    if not model.held:
        found = found.drop(columns=["probability", "p_alive"])
        found.attrs["note"] = model.doubt
    found.attrs["window"] = window
    return found


def agreement(definitions: pd.DataFrame) -> pd.DataFrame:
    """Return for each pair of churn definitions how often they agree, and Cohen's kappa (agreement beyond chance).

    Returns
    -------
    DataFrame
        Index (``one_definition``, ``other_definition``); ``both``, ``only_first``, ``only_second``, ``neither``
        (customers), ``agree`` (share), ``kappa``.
    """
    rows = []
    for first, second in combinations([each for each in DEFINITIONS if each in definitions], 2):
        a, b = definitions[first].to_numpy(), definitions[second].to_numpy()
        counts = [int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum())]
        kappa = kappa_of_counts(np.array(counts).reshape(2, 2)).value
        rows.append([first, second, *counts, (a == b).mean(), kappa])
    pair = ["one_definition", "other_definition"]
    columns = [*pair, "both", "only_first", "only_second", "neither", "agree", "kappa"]
    table = pd.DataFrame(rows, columns=columns).set_index(pair)
    table.attrs["note"] = definitions.attrs.get("note", ("", {}))
    return table


def against_truth(definitions: pd.DataFrame, lapsed: pd.Series) -> pd.DataFrame:
    """Return how often each churn definition is right, where the truth is known (as it is for the sample data).

    Parameters
    ----------
    definitions : DataFrame
        As ``churn_definitions`` gives.
    lapsed : Series of bool
        Whether each customer has really left, by ``customer_id``; customers without an answer are not judged.

    Returns
    -------
    DataFrame
        Index ``definition``; ``customers``, ``accuracy`` with ``low`` and ``high`` (Wilson), ``precision`` (of those
        called churned, how many were), ``recall`` (of those who were, how many were called so).
    """
    truth = lapsed.reindex(definitions.index).dropna().astype(bool)
    rows = []
    for definition in [each for each in DEFINITIONS if each in definitions]:
        called = definitions.loc[truth.index, definition]
        right = wilson(int((called == truth).sum()), len(truth))
        hits = int((called & truth).sum())
        rows.append(
            [
                definition,
                right.n,
                right.value,
                right.low,
                right.high,
                hits / called.sum() if called.any() else np.nan,
                hits / truth.sum() if truth.any() else np.nan,
            ]
        )
    columns = ["definition", "customers", "accuracy", "low", "high", "precision", "recall"]
    return pd.DataFrame(rows, columns=columns).set_index("definition")


def histories(bought: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return x, t_x and T (days) of each customer from purchase days."""
    own = bought.groupby("customer_id")["day"].agg(["min", "max", "size"])
    return pd.DataFrame({"x": own["size"] - 1, "t_x": (own["max"] - own["min"]) / DAY, "T": (day - own["min"]) / DAY})


def features(book: Book, at: object) -> pd.DataFrame:
    """Describe each customer who has bought, by what could be known at the end of a day.

    Parameters
    ----------
    book : Book
        Its orders; also tickets, interactions and survey where it has them. Rows dated after ``at`` are not looked at,
        and a ticket closed later counts as open.
    at : date-like
        The day.

    Returns
    -------
    DataFrame
        Index ``customer_id``. From orders: ``recency``, ``tenure`` (days), ``purchases`` (purchase days),
        ``usual_gap`` (median of his own gaps in days; that of all customers for one-time buyers), ``gap_ratio``
        (recency ÷ usual gap), ``purchases_180`` and ``purchases_trend`` (against the 180 days before), ``spend_365``,
        ``spend_trend`` (last 180 days less the 180 before), ``returns_365``, ``categories_365``, ``discount_share``,
        ``late_deliveries_365``, ``late_payments`` (share of invoices due). From tickets: ``complaints_180``,
        ``complaints_open``. From interactions: ``contacts_180``. From the survey: ``satisfaction`` (last overall
        score; blank without an answer). A column whose table or column is missing is left out.
    """
    day = dates.day(at)
    bought = purchase_days(book.orders, day)
    history = histories(bought, day)
    last = history["T"] - history["t_x"]
    general = float(bought["gap"].median()) if bought["gap"].notna().any() else float(history["T"].max() or 1)
    usual = bought.groupby("customer_id")["gap"].median().fillna(general).clip(lower=1)
    found = pd.DataFrame({"recency": last, "tenure": history["T"], "purchases": history["x"] + 1, "usual_gap": usual})
    found["gap_ratio"] = found["recency"] / found["usual_gap"]
    found["yearly_rate"] = found["purchases"] / (found["tenure"] + 90) * 365  # a newcomer's rate must not explode

    def within(frame: pd.DataFrame, column: str, newest: float, oldest: float) -> pd.DataFrame:
        return frame[(frame[column] < day + (1 - newest) * DAY) & (frame[column] >= day + (1 - oldest) * DAY)]

    def count(frame: pd.DataFrame) -> pd.Series:
        return frame.groupby("customer_id").size().reindex(found.index, fill_value=0)

    def total(frame: pd.DataFrame) -> pd.Series:
        return frame.groupby("customer_id")["amount"].sum().reindex(found.index, fill_value=0.0)

    found["purchases_180"] = count(within(bought, "day", 0, 180))
    found["purchases_trend"] = found["purchases_180"] - count(within(bought, "day", 180, 360))
    lines = needed(book.orders, "orders")
    lines = lines[lines["order_date"] < day + DAY]
    year = within(lines, "order_date", 0, 365)
    found["spend_365"] = total(year)
    found["spend_trend"] = total(within(lines, "order_date", 0, 180)) - total(within(lines, "order_date", 180, 360))
    returns = purchases(lines, day).query("returned")
    found["returns_365"] = count(within(returns, "date", 0, 365))
    if "category" in lines:
        found["categories_365"] = count(year[["customer_id", "category"]].dropna().drop_duplicates())
    if "discount" in lines:
        found["discount_share"] = (lines["discount"] > 0).groupby(lines["customer_id"]).mean().reindex(found.index)
    if "days_late" in lines:
        # an order that is still on its way on that day is not known to be late
        arrived = year["order_date"].dt.normalize() + pd.to_timedelta(year["days_late"], unit="D") <= day
        found["late_deliveries_365"] = count(year[(year["days_late"] > 0) & arrived])
    if "due_date" in lines and "paid_date" in lines and lines["due_date"].notna().any():
        due = lines[lines["due_date"] < day]
        late = ~(due["paid_date"] <= due["due_date"])  # unpaid on that day, whatever came after
        found["late_payments"] = late.groupby(due["customer_id"]).mean().reindex(found.index)
    if book.tickets is not None:
        tickets = book.tickets[book.tickets["opened_at"] < day + DAY]
        complaints = tickets[tickets["kind"].eq("complaint")] if "kind" in tickets else tickets
        found["complaints_180"] = count(within(complaints, "opened_at", 0, 180))
        if "closed_at" in complaints:
            found["complaints_open"] = count(complaints[~(complaints["closed_at"] < day + DAY)])
    if book.interactions is not None:
        found["contacts_180"] = count(within(book.interactions, "date", 0, 180))
    if book.survey is not None and {"customer_id", "date", "overall"} <= set(book.survey):
        said = book.survey[(book.survey["date"] < day + DAY) & book.survey["overall"].notna()]
        found["satisfaction"] = said.sort_values("date", kind="stable").groupby("customer_id")["overall"].last()
    return found.astype(float)


def outcome(orders: pd.DataFrame | None, at: object, horizon: int, as_of: object = None) -> pd.Series:
    """Return which of the customers known at ``at`` bought nothing in the ``horizon`` days after it.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    at : date-like
        The day up to which customers are known. Only purchases after it decide.
    horizon : int
        Days.
    as_of : date-like, optional
        The last day that is known; that of the last order line unless given.

    Raises
    ------
    DataError
        ``churn_future`` when it does not lie so far ahead.
    """
    day = dates.day(at)
    end = last_day(orders, as_of)
    if day + horizon * DAY > end:
        raise DataError("churn_future", at=f"{day:%Y-%m-%d}", horizon=horizon, last=f"{end:%Y-%m-%d}")
    bought = purchase_days(orders, day + horizon * DAY)
    known = pd.Index(bought.loc[bought["day"] <= day, "customer_id"].unique(), name="customer_id")
    came = bought.loc[bought["day"] > day, "customer_id"].unique()
    return pd.Series(~known.isin(came), known, name="churned")


@dataclass(frozen=True, eq=False)
class EarlyWarning:
    """An early warning and the proof of what it is good for.

    Attributes
    ----------
    performance : DataFrame
        Rows ``logistic``, ``boosting`` and the baselines ``silence_alone``, ``p_alive`` (1 − P(alive)) and ``p_silent``
        (no purchase within the horizon, by BG/NBD: alive is not the same as buying; both left out where the data do
        not hold P(alive), and ``attrs["note"]`` says so), on the test day: ``auc`` with
        ``low`` and ``high``, ``brier``, ``calibration_error``, ``precision`` and ``lift`` among the top tenth.
    ahead : Estimate
        By how much the better of the two models is ahead of the best baseline in AUC, from the same customers.
    pair : tuple of str
        The two that ``ahead`` compares.
    calibration, lift : DataFrame
        As in ``ranking``, stacked by ``method``.
    ranked : DataFrame
        The customers current at the as-of date, most endangered first: ``probability`` of buying nothing within the
        horizon, ``spend_365``, ``at_risk`` (one times the other), ``reasons`` (features that speak for it, strongest
        first).
    weights : Series
        The logistic model's weight of each feature, a standard deviation each.
    test_day : Timestamp
    train_days : tuple of Timestamp
    as_of : Timestamp
    horizon : int
        Days looked ahead.
    customers, churn : int, float
        Customers current on the test day, and the share of them who bought nothing within the horizon.
    lead_time : Estimate
        Median days between the test day and the day on which silence alone would have told, over those warned of
        rightly (the top tenth); with the quartiles.
    """

    performance: pd.DataFrame
    ahead: Estimate
    pair: tuple[str, str]
    calibration: pd.DataFrame
    lift: pd.DataFrame
    ranked: pd.DataFrame
    weights: pd.Series
    test_day: pd.Timestamp
    train_days: tuple[pd.Timestamp, ...]
    as_of: pd.Timestamp
    horizon: int
    customers: int
    churn: float
    lead_time: Estimate


def early_warning(
    book: Book, as_of: object = None, horizon: int | None = None, rounds: int = 3, seed: int = 0
) -> EarlyWarning:
    """Learn who is about to leave, and check it on a later time than was learnt from.

    Parameters
    ----------
    book : Book
        See ``features``.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    horizon : int, optional
        Days to look ahead. Unless given, the 90th percentile of the gaps seen up to the first day learnt from, at
        least 30.
    rounds : int
        How many days to learn from, a horizon apart, as far as the data reach back; the last lies a horizon before the
        test day, the test day a horizon before the as-of date.
    seed : int
        Of the boosting model.

    Returns
    -------
    EarlyWarning

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data do not hold a day to learn from, a test day and their futures;
        ``churn_few`` with less than 30 customers who left, or who stayed, on either day; ``lifecycle_nobody_repeats``.

    Notes
    -----
    Customers who have been silent for longer than the horizon are called churned already and are not warned of.
    Features that fewer than 30 customers have a value of are left out.
    """
    from sklearn.linear_model import LogisticRegression

    day = last_day(needed(book.orders, "orders"), book.as_of if as_of is None else as_of)
    bought = purchase_days(book.orders, day)
    start = bought["day"].min()
    if horizon is None:
        half = start + ((day - start) // 2).floor("D")
        horizon = math.ceil(rules_of(bought[bought["day"] <= half]).churn_days)
    ahead = horizon * DAY
    need_history(bought, day, 3 * horizon)
    test_day = day - ahead
    days = [test_day - number * ahead for number in range(rounds, 0, -1)]
    days = [each for each in days if each - start >= ahead] or days[-1:]

    known = {each: _current(book, each, horizon) for each in [*days, test_day, day]}
    left = {each: outcome(book.orders, each, horizon, day).reindex(known[each].index) for each in [*days, test_day]}
    learn, result = pd.concat([known[each] for each in days]), pd.concat([left[each] for each in days])
    # what hardly anybody has a value for teaches nothing, and trees cannot bin a column that is blank throughout
    told = learn.columns[learn.notna().sum() >= FEWEST]
    learn, known = learn[told], {each: frame[told] for each, frame in known.items()}
    test, truth = known[test_day], left[test_day].to_numpy()
    for values in (result.to_numpy(), truth):
        if min(values.sum(), (~values).sum()) < FEWEST:
            raise DataError("churn_few", left=int(values.sum()), stayed=int((~values).sum()), fewest=FEWEST)

    logistic = _logistic().fit(learn, result)
    boosting = _fit_boosting(learn, result, seed)
    silence = LogisticRegression().fit(learn[["recency"]], result)
    history = histories(bought[bought["day"] <= test_day], test_day)
    model = fit_bgnbd(history["x"], history["t_x"], history["T"])
    own = history.loc[test.index]
    scores = {
        "logistic": logistic.predict_proba(test)[:, 1],
        "boosting": boosting.predict_proba(test)[:, 1],
        "silence_alone": silence.predict_proba(test[["recency"]])[:, 1],
    }
    if model.held:
        scores["p_alive"] = 1 - model.p_alive(own["x"], own["t_x"], own["T"])
        scores["p_silent"] = 1 - model.p_purchase(horizon, own["x"], own["t_x"], own["T"])
    calibrated = {method: calibration(truth, score) for method, score in scores.items()}
    lifted = {method: lift(truth, score) for method, score in scores.items()}
    performance = _performance(truth, scores, calibrated, lifted)
    if model.doubt:
        performance.attrs["note"] = model.doubt
    models, baselines = performance.loc[["logistic", "boosting"], "auc"], performance["auc"].iloc[2:]
    pair = (str(models.idxmax()), str(baselines.idxmax()))
    final = _logistic().fit(pd.concat([learn, test]), pd.concat([result, left[test_day]]))
    return EarlyWarning(
        performance=performance,
        ahead=auc_ahead(truth, scores[pair[0]], scores[pair[1]]),
        pair=pair,
        calibration=pd.concat(calibrated, names=["method"]),
        lift=pd.concat(lifted, names=["method"]),
        ranked=_ranked(final, known[day]),
        weights=pd.Series(final[-1].coef_[0], final[:-1].get_feature_names_out(), name="weight"),
        test_day=test_day,
        train_days=tuple(days),
        as_of=day,
        horizon=horizon,
        customers=len(test),
        churn=float(truth.mean()),
        lead_time=_lead_time(test["recency"], truth, scores["logistic"], horizon),
    )


def _current(book: Book, day: pd.Timestamp, horizon: int) -> pd.DataFrame:
    found = features(book, day)
    return found[found["recency"] <= horizon].sort_index()


def _logistic() -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    # money and counts have long tails; a blank (no survey answer) is the median, and a mark that it was blank
    tame = FunctionTransformer(_tamed, feature_names_out="one-to-one")
    blanks = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(tame, blanks, StandardScaler(), LogisticRegression(C=0.3, max_iter=2000))


def _tamed(values: Any) -> Any:
    return np.sign(values) * np.log1p(np.abs(values))


def _fit_boosting(learn: pd.DataFrame, result: pd.Series, seed: int) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = HistGradientBoostingClassifier(
        max_iter=80, max_depth=3, learning_rate=0.06, min_samples_leaf=30, random_state=seed
    )
    with single_thread() if len(learn) < 50_000 else nullcontext():  # few rows: threads wait for each other
        return CalibratedClassifierCV(trees, method="sigmoid", cv=3).fit(learn, result)


def _performance(truth: np.ndarray, scores: dict, calibrated: dict, lifted: dict) -> pd.DataFrame:
    rows = {}
    for method, score in scores.items():
        area, top = auc(truth, score), lifted[method].loc[0.1]
        rows[method] = {
            "auc": area.value,
            "low": area.low,
            "high": area.high,
            "brier": brier(truth, score),
            "calibration_error": calibration_error(calibrated[method]),
            "precision": top["precision"],
            "lift": top["lift"],
        }
    return pd.DataFrame(rows).T.rename_axis("method")


def _ranked(model: Any, customers: pd.DataFrame) -> pd.DataFrame:
    probability = model.predict_proba(customers)[:, 1]
    prepared = model[:-1].transform(customers)
    names = model[:-1].get_feature_names_out()
    # a reason is a feature on its worrying side; what another feature's weight makes of it is arithmetic, no reason
    worrying = prepared * np.array([WORSE.get(str(name), 0) for name in names]) > 0
    speaks = np.where(worrying, prepared * model[-1].coef_[0], 0.0)
    strongest = np.argsort(-speaks, axis=1, kind="stable")[:, :3]
    reasons = [
        tuple(str(names[column]) for column in row if speaks[number, column] > 0.1)
        for number, row in enumerate(strongest)
    ]
    table = pd.DataFrame(
        {"probability": probability, "spend_365": customers["spend_365"], "reasons": reasons}, index=customers.index
    )
    table.insert(2, "at_risk", table["probability"] * table["spend_365"].clip(lower=0))
    return table.sort_values("probability", ascending=False, kind="stable")


def _lead_time(recency: pd.Series, truth: np.ndarray, score: np.ndarray, horizon: int) -> Estimate:
    top = np.argsort(-score, kind="stable")[: max(1, round(len(score) / 10))]
    right = top[truth[top]]
    if not len(right):
        return Estimate(np.nan, np.nan, np.nan, 0)
    early = horizon - recency.to_numpy()[right]
    return Estimate(
        float(np.median(early)), float(np.quantile(early, 0.25)), float(np.quantile(early, 0.75)), len(right)
    )
