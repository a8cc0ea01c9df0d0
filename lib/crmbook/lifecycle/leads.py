"""Leads: which sources convert, how long it takes, and which open leads to look after first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, wilson
from crmbook.shared.purchases import DAY, some_days
from crmbook.shared.ranking import auc
from crmbook.shared.survival import Survival, kaplan_meier

FEWEST = 20  # converted leads, and leads that did not convert, that a score can be learnt from


def follow(leads: pd.DataFrame, as_of: object, orders: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return for each lead how long it has been followed at the end of ``as_of``, and whether it has converted by then.

    Parameters
    ----------
    leads : DataFrame
        As in a book.
    as_of : date-like
        The last day that counts; leads created later are left out.
    orders : DataFrame, optional
        Order lines. Without ``converted_at``, a lead converts with its customer's first order on or after the lead's
        day.

    Returns
    -------
    DataFrame
        The leads with ``age`` (days to ``as_of``), ``days`` (to conversion where there was one, else the age) and
        ``converted``.

    Raises
    ------
    DataError
        ``table_needed``; ``column_needed`` when neither ``converted_at`` nor orders tell; ``lifecycle_as_of_early``.
    """
    day = dates.day(as_of)
    known = needed(leads, "leads", ["created_at"])
    known = known[known["created_at"] < day + DAY]
    if known.empty:
        first = leads["created_at"].min()
        raise DataError("lifecycle_as_of_early", as_of=f"{day:%Y-%m-%d}", first=f"{first:%Y-%m-%d}")
    if "converted_at" in known and known["converted_at"].notna().any():
        when = known["converted_at"]
    elif orders is not None and "customer_id" in known:
        when = _first_order_after(known, orders)
    else:
        raise DataError("column_needed", table="leads", column="converted_at")
    converted = when.notna() & (when < day + DAY)
    age = (day - known["created_at"].dt.normalize()) / DAY
    days = ((when.dt.normalize() - known["created_at"].dt.normalize()) / DAY).clip(lower=0)
    return known.assign(age=age, days=days.where(converted, age), converted=converted)


def _first_order_after(leads: pd.DataFrame, orders: pd.DataFrame) -> pd.Series:
    own = leads[["customer_id", "created_at"]].dropna().reset_index()
    both = own.merge(orders[["customer_id", "order_date"]], on="customer_id")
    later = both[both["order_date"] >= both["created_at"].dt.normalize()]
    return later.groupby("index")["order_date"].min().reindex(leads.index)


def conversion(followed: pd.DataFrame, by: str = "source", within: int = 90) -> pd.DataFrame:
    """Return the share of leads that converted within so many days, by source (or owner), with the mix of sources.

    Parameters
    ----------
    followed : DataFrame
        As ``follow`` gives.
    by : str
        Column to group by. Leads without a value are counted as *none*.
    within : int
        Days that a lead is given. Younger leads are not counted, whether they converted or not: they had less time.

    Returns
    -------
    DataFrame
        Index ``by``, best rate first, then *all*; ``leads``, ``mix`` (share of the leads), ``converted``, ``rate``
        with ``low`` and ``high`` (Wilson).

    Raises
    ------
    DataError
        ``leads_all_young`` when no lead is old enough; ``column_needed``; ``lifecycle_days``.
    """
    old = _old_enough(needed(followed, "leads", [by]), within)
    in_time = (old["converted"] & (old["days"] <= within)).groupby(old[by].astype("object").fillna("none").astype(str))
    counts = in_time.agg(["size", "sum"])
    counts.loc["all"] = counts.sum()
    shares = [wilson(int(row["sum"]), int(row["size"])) for _, row in counts.iterrows()]
    table = pd.DataFrame(
        {
            "leads": counts["size"].astype(int),
            "mix": counts["size"] / len(old),
            "converted": counts["sum"].astype(int),
            "rate": [share.value for share in shares],
            "low": [share.low for share in shares],
            "high": [share.high for share in shares],
        }
    ).rename_axis(by)
    parts = table.drop(index="all").sort_values("rate", ascending=False, kind="stable")
    return pd.concat([parts, table.loc[["all"]]])


def time_to_order(followed: pd.DataFrame) -> Survival:
    """Return the Kaplan-Meier curve of the days from a lead to its first order; leads still open are censored.

    Raises
    ------
    DataError
        ``survival_nobody``.
    """
    return kaplan_meier(followed["days"], followed["converted"])


@dataclass(frozen=True, eq=False)
class LeadScores:
    """Scores of the leads that are still open.

    Attributes
    ----------
    scores : DataFrame
        Index ``lead_id``, best first; ``score`` (0–100: the probability to convert in time, as a percentage) and
        ``reasons`` (codes of what speaks for the lead, strongest first).
    weights : Series
        What each trait adds to the log-odds, against the average lead.
    auc : Estimate
        On the latest third of the leads, by a model that saw the earlier ones only.
    rate : float
        Share of all leads that converted in time: what a score has to be compared with.
    """

    scores: pd.DataFrame
    weights: pd.Series
    auc: Estimate
    rate: float


def score_leads(
    followed: pd.DataFrame, interactions: pd.DataFrame | None = None, within: int = 90, first_days: int = 7
) -> LeadScores:
    """Score open leads by what became of earlier ones: logistic regression on source, owner and first contacts.

    Parameters
    ----------
    followed : DataFrame
        As ``follow`` gives.
    interactions : DataFrame, optional
        Contacts. Those within ``first_days`` of the lead, and before it converted, count. They are looked at only
        where leads carry a customer id whether they convert or not; else contacts would be known of converted leads
        alone.
    within : int
        Days that a lead is given to convert.
    first_days : int
        How early a contact must come to count.

    Raises
    ------
    DataError
        ``leads_all_young``; ``leads_few`` with less than 20 leads that converted, or that did not; ``leads_none_open``.
    """
    from sklearn.linear_model import LogisticRegression

    old = _old_enough(followed, within)
    outcome = (old["converted"] & (old["days"] <= within)).to_numpy()
    if min(outcome.sum(), (~outcome).sum()) < FEWEST:
        raise DataError("leads_few", converted=int(outcome.sum()), others=int((~outcome).sum()), fewest=FEWEST)
    lost = followed["status"].eq("lost") if "status" in followed else pd.Series(False, followed.index)
    open_leads = followed[~followed["converted"] & ~lost.fillna(False)]
    if open_leads.empty:
        raise DataError("leads_none_open")
    traits = _traits(followed, interactions, first_days)
    known = traits.loc[old.index]
    centre = known.mean()
    order = np.argsort(old["created_at"].to_numpy(), kind="stable")
    early, late = np.split(order, [len(order) * 2 // 3])
    first = LogisticRegression(max_iter=1000).fit(known.iloc[early] - centre, outcome[early])
    tested = auc(outcome[late], first.decision_function(known.iloc[late] - centre))
    model = LogisticRegression(max_iter=1000).fit(known - centre, outcome)
    weights = pd.Series(model.coef_[0], known.columns, name="weight")
    today = traits.loc[open_leads.index] - centre
    speaks = (today * weights).where(traits.loc[open_leads.index] > 0, 0.0)  # what a lead lacks is no reason
    chance = model.predict_proba(today)[:, 1]
    reasons = [tuple(row[row > 0.05].sort_values(ascending=False).index[:3]) for _, row in speaks.iterrows()]
    scores = pd.DataFrame(
        {"score": np.round(chance * 100, 1), "reasons": reasons}, index=pd.Index(open_leads["lead_id"], name="lead_id")
    )
    return LeadScores(
        scores.sort_values("score", ascending=False, kind="stable"), weights, tested, float(outcome.mean())
    )


def _traits(followed: pd.DataFrame, interactions: pd.DataFrame | None, first_days: int) -> pd.DataFrame:
    parts = [
        pd.get_dummies(
            followed[column].astype("object").fillna("none").astype(str), prefix=column, prefix_sep="=", dtype=float
        )
        for column in ("source", "owner")
        if column in followed
    ]
    linked = "customer_id" in followed and _linked_anyway(followed)
    if interactions is not None and "kind" in interactions and linked:
        own = followed[["customer_id", "created_at", "days", "converted"]].reset_index(names="lead")
        both = own.merge(interactions[["customer_id", "date", "kind"]], on="customer_id")
        after = (both["date"].dt.normalize() - both["created_at"].dt.normalize()) / DAY
        before = ~both["converted"] | (after < both["days"])
        early = both[(after >= 0) & (after <= first_days) & before]
        contacts = pd.crosstab(early["lead"], early["kind"].astype(str)).clip(upper=3)
        parts.append(contacts.add_prefix("contact=").reindex(followed.index, fill_value=0).astype(float))
    if not parts:
        raise DataError("column_needed", table="leads", column="source")
    return pd.concat(parts, axis=1)


def _linked_anyway(followed: pd.DataFrame) -> bool:
    """Whether leads carry a customer id also when they do not convert."""
    not_converted = followed[~followed["converted"]]
    return bool(not_converted["customer_id"].notna().mean() > 0.2)


def _old_enough(followed: pd.DataFrame, within: int) -> pd.DataFrame:
    some_days(within)
    old = followed[followed["age"] >= within]
    if old.empty:
        raise DataError("leads_all_young", within=within, leads=len(followed))
    return old
