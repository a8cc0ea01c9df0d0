"""Why this tier, how near the next one is, and how sure the tier is: what a list says beside each customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.data.schemes import Criterion, Scheme
from crmbook.shared import checked
from crmbook.shared.purchases import purchases
from crmbook.tiering.assignment import (
    all_hold,
    by_rule,
    limited,
    ranked_by,
    scorecard_points,
    seen_by,
    window_start,
)
from crmbook.tiering.criteria import weight_shares
from crmbook.tiering.scores import cut_points

MOST_ORDERS = 24
"""Orders that are tried, one after the other, to reach the next tier; who needs more is blank."""

MOST_DAYS = 730
"""Days of silence that are tried to see when a tier is lost; who keeps it longer is blank."""


def reasons(customers: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return for each customer why it has its tier and how far it is from the next.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds the scheme's columns; for the distances also ``frequency``, ``monetary``, ``mean_order``, ``recency`` and
        ``tenure``, as `crmbook.tiering.seen_by` makes them.
    scheme : Scheme

    Returns
    -------
    DataFrame
        Index customer. ``tier``; ``rule_tier``, what the rule alone would have given; ``raised_by`` (number of the
        floor, from 0, that raised it, or of the gate that held it back, as −1 − number; blank: none); ``because`` and
        ``against``, the criteria that did most for and most against it, beside the customer in the middle (blank: none
        did); ``next_tier`` (blank in the best; with ``cells``, which make no ladder, the one that buying leads to). The
        distances are those of a customer who buys while all others stay as they are: ``orders_short``, how many usual
        orders, placed today, reach the next tier; ``money_short``, how large a single order today is enough;
        ``days_short``, how long the orders take at the customer's own pace; ``days_left``, how many days of silence
        cost the present tier. Blank where no such number is found, or where a gate holds.

    Raises
    ------
    DataError
        As `crmbook.tiering.assign` does.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> days = pd.to_datetime(["2024-11-05", "2024-12-05"])
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": "u", "order_date": days, "amount": [400.0, 200.0]})
    >>> found = reasons(seen_by(lines, "2024-12-31", schemes.read("members")), schemes.read("members"))
    >>> found[["tier", "next_tier", "money_short"]].to_dict("records")
    [{'tier': 'bronze', 'next_tier': 'silver', 'money_short': 200.0}]
    """
    checked.one_row_each(customers.index)
    if len(customers) == 0:
        raise DataError("tiering_no_customers", column=", ".join(scheme.columns))
    rule_places = by_rule(customers, scheme)
    places = limited(customers, scheme, rule_places)
    lifts = contributions(customers, scheme)
    distances, target = _Ruler(customers, scheme).distances(places)
    table = pd.DataFrame(
        {
            "tier": checked.words(places, scheme.codes, customers.index, "tier"),
            "rule_tier": checked.words(rule_places, scheme.codes, customers.index, "rule_tier"),
            "raised_by": _limit_of(customers, scheme, rule_places),
            "because": _extreme(lifts, 1),
            "against": _extreme(lifts, -1),
            "next_tier": pd.Series(
                pd.array(["", *scheme.codes], dtype="str").take(target + 1), index=customers.index
            ).replace("", pd.NA),
        },
        index=customers.index,
    )
    return table.join(distances)


def contributions(customers: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return what each criterion adds to a customer's standing, beside the customer in the middle.

    Returns
    -------
    DataFrame
        A column for each criterion, index as given: weighted share of customers passed less one half, or points less
        the median's on a scorecard. Above zero it speaks for the customer. Words (``first_match``) have none: 0.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> table = pd.DataFrame({"monetary": [1.0, 2, 3], "frequency": [1, 2, 3], "recency": [9.0, 5, 1]})
    >>> contributions(table, schemes.read("value")).round(2).iloc[2].to_dict()
    {'monetary': 0.17, 'frequency': 0.1, 'recency': 0.07}
    """
    if scheme.rule == "scorecard":
        points = scorecard_points(customers, scheme)
        return points - points.median()
    weights = weight_shares({criterion.column: criterion.weight for criterion in scheme.criteria})
    made = {}
    for criterion in scheme.criteria:
        found = checked.floats(checked.measure(customers, criterion.column))
        if not np.isfinite(found).all():
            made[criterion.column] = np.zeros(len(found))
            continue
        better = found if criterion.higher_is_better else -found
        made[criterion.column] = (_passed(better, np.sort(better)) - 0.5) * weights[criterion.column]
    return pd.DataFrame(made, index=customers.index)


def sureness(
    orders: pd.DataFrame, as_of: Any, scheme: Scheme, draws: int = 50, seed: int = 0, **more: pd.Series
) -> pd.DataFrame:
    """Return how sure each customer's tier is: how often it stays the same when chance deals the orders anew.

    Parameters
    ----------
    orders, as_of, scheme
        As in `crmbook.tiering.seen_by`.
    draws : int
        How often the orders are dealt; each comes 0, 1, 2 … times (Poisson, mean 1), independently.
    seed : int
    **more : Series, index customer
        Columns of the scheme that do not come from the orders; they stay as they are.

    Returns
    -------
    DataFrame
        Index customer; ``tier``, ``same_share`` (of the draws that give the same tier) and ``next_likely``, the tier
        that comes most often besides (blank: none does).

    Raises
    ------
    DataError
        When ``draws`` is below 1, or as `crmbook.tiering.assign` does.

    Notes
    -----
    The Poisson bootstrap: Hanley, J. A. and MacGibbon, B. (2006), Computer Methods and Programs in Biomedicine 83,
    57–62. It answers "would this customer be here if the same habits had led to other orders?", not whether habits
    change.

    Examples
    --------
    >>> from crmbook.data import schemes
    >>> days = pd.to_datetime(["2024-11-05"] * 40)
    >>> lines = pd.DataFrame({"order_id": range(40), "customer_id": "u", "order_date": days, "amount": 400.0})
    >>> sureness(lines, "2024-12-31", schemes.read("members"))["same_share"].tolist()
    [1.0]
    """
    if draws < 1:
        raise DataError("tiering_draws", draws=draws)
    customers = seen_by(orders, as_of, scheme).assign(**more)
    places = limited(customers, scheme, by_rule(customers, scheme))
    dealt = _Deck(orders, as_of, scheme, customers)
    random = np.random.default_rng(seed)
    seen = np.zeros((len(customers), len(scheme.tiers)), dtype=np.int64)
    for _ in range(draws):
        other = dealt.deal(random)
        seen[np.arange(len(customers)), limited(other, scheme, by_rule(other, scheme))] += 1
    same = seen[np.arange(len(customers)), places]
    seen[np.arange(len(customers)), places] = -1
    likely = np.where(seen.max(axis=1) > 0, seen.argmax(axis=1) + 1, 0)
    return pd.DataFrame(
        {
            "tier": checked.words(places, scheme.codes, customers.index, "tier"),
            "same_share": same / draws,
            "next_likely": pd.Series(
                pd.array(["", *scheme.codes], dtype="str").take(likely), index=customers.index
            ).replace("", pd.NA),
        },
        index=customers.index,
    )


@dataclass(frozen=True)
class _Deck:
    """All orders of the customers, ready to be dealt anew."""

    orders: pd.DataFrame
    as_of: Any
    scheme: Scheme
    customers: pd.DataFrame

    @cached_property
    def _cards(self) -> pd.DataFrame:
        cards = purchases(self.orders, self.as_of)
        place = self.customers.index.get_indexer(pd.Index(cards["customer_id"]))
        day = cards["date"].to_numpy().astype("datetime64[D]")
        start = np.datetime64("1800-01-01")
        if self.scheme.window is not None:
            start = window_start(self.as_of, self.scheme.window).to_datetime64().astype("datetime64[D]")
        silent = (pd.Timestamp(self.as_of).to_datetime64().astype("datetime64[D]") - day).astype(float)
        made = {"place": place, "silent": silent, "net": cards["net"].to_numpy(dtype=float), "inside": day >= start}
        return pd.DataFrame({**made, "bought": ~cards["returned"].to_numpy(dtype=bool)})

    def deal(self, random: np.random.Generator) -> pd.DataFrame:
        cards, n = self._cards, len(self.customers)
        place, net = cards["place"].to_numpy(), cards["net"].to_numpy()
        inside, bought = cards["inside"].to_numpy(), cards["bought"].to_numpy()
        times = random.poisson(1.0, len(cards)).astype(float)
        counted = times * inside
        frequency = np.bincount(place, counted * bought, n)
        monetary = np.bincount(place, counted * net, n)
        spent = np.bincount(place, counted * bought * net, n)
        recency = np.full(n, np.inf)
        here = (times > 0) & bought
        np.minimum.at(recency, place[here], cards["silent"].to_numpy()[here])
        recency[np.isinf(recency)] = self.customers["tenure"].to_numpy(dtype=float)[np.isinf(recency)]
        made = {
            "frequency": frequency.astype(np.int64),
            "monetary": monetary.round(6),
            "mean_order": np.divide(spent, frequency, out=np.full(n, np.nan), where=frequency > 0),
            "recency": recency,
        }
        return self.customers.assign(**made)


@dataclass(frozen=True)
class _Ruler:
    """The scheme's limits as they stand for these customers, held fast while one of them does something else."""

    customers: pd.DataFrame
    scheme: Scheme

    def distances(self, places: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the four distances, blank where the table does not hold what they need, and the place aimed at."""
        index = self.customers.index
        blank = pd.DataFrame(np.nan, index=index, columns=["orders_short", "money_short", "days_short", "days_left"])
        if not {"frequency", "monetary", "mean_order", "recency"} <= set(self.customers.columns):
            return blank, places - 1
        usual = checked.floats(self.customers["mean_order"])
        n = checked.floats(self.customers["frequency"])
        orders, reached = self._orders_short(places, usual)
        # scores in cells make no ladder, so there the next tier is the one that the orders lead to
        target = np.where(np.isfinite(orders), reached, places - 1) if self.scheme.rule == "cells" else places - 1
        blank["orders_short"] = orders
        blank["money_short"] = self._money_short(target)
        if {"tenure", "t_x", "x"} <= set(self.customers.columns):
            repeats = checked.floats(self.customers["x"])
            span = checked.floats(self.customers["t_x"])
            pace = np.divide(span, repeats, out=np.full(len(n), np.nan), where=repeats > 0)
            blank["days_short"] = np.ceil(np.where(np.isfinite(pace) & (pace > 0), orders * pace, np.nan))
        blank["days_left"] = self._days_left(places)
        return blank, target

    def _orders_short(self, places: np.ndarray, usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, reached = np.full(len(places), np.nan), places.copy()
        open_ = np.flatnonzero((places > 0) & np.isfinite(usual) & (usual > 0))
        for orders in range(1, MOST_ORDERS + 1):
            if not len(open_):
                break
            now = self._places(open_, self._bought(open_, orders, orders * usual[open_]))
            better = now < places[open_]
            found[open_[better]], reached[open_[better]] = orders, now[better]
            open_ = open_[~better]
        return found, reached

    def _money_short(self, target: np.ndarray) -> np.ndarray:
        # A step function of one amount: take one that is large enough, and halve the step to the cent.
        found = np.full(len(target), np.nan)
        open_ = np.flatnonzero(target >= 0)
        most = float(np.nanmax(np.abs(checked.floats(self.customers["monetary"])), initial=1.0)) * 2 + 1

        def enough(money: np.ndarray) -> np.ndarray:
            return np.asarray(self._places(open_, self._bought(open_, 1, money)) <= target[open_])

        open_ = open_[enough(np.full(len(open_), most))]
        low, high = np.zeros(len(open_)), np.full(len(open_), most)
        at_once = enough(low)
        high = np.where(at_once, 0.0, high)
        for _ in range(int(np.ceil(np.log2(most * 100))) + 1):
            middle = np.where(at_once, 0.0, np.round((low + high) / 2, 2))
            reached = enough(middle)
            high, low = np.where(reached, middle, high), np.where(reached, low, middle)
        found[open_] = np.round(high, 2)
        return found

    def _days_left(self, places: np.ndarray) -> np.ndarray:
        found = np.full(len(places), np.nan)
        if "recency" not in {criterion.column for criterion in self.scheme.criteria}:
            return found
        recency = checked.floats(self.customers["recency"])
        open_ = np.flatnonzero((places < len(self.scheme.tiers) - 1) & np.isfinite(recency))

        def lost(rows: np.ndarray, days: np.ndarray) -> np.ndarray:
            silent = {"recency": recency[rows] + days}
            return np.asarray(self._places(rows, silent, self._keeps) > places[rows])

        open_ = open_[lost(open_, np.full(len(open_), MOST_DAYS))]
        low, high = np.zeros(len(open_)), np.full(len(open_), float(MOST_DAYS))
        while len(open_) and (high - low).max() > 1:
            middle = np.floor((low + high) / 2)
            gone = lost(open_, middle)
            high, low = np.where(gone, middle, high), np.where(gone, low, middle)
        found[open_] = high
        return found

    def _bought(self, rows: np.ndarray, orders: int, money: np.ndarray) -> dict[str, np.ndarray]:
        n = checked.floats(self.customers["frequency"])[rows]
        mean = np.nan_to_num(checked.floats(self.customers["mean_order"])[rows])
        return {
            "frequency": n + orders,
            "monetary": checked.floats(self.customers["monetary"])[rows] + money,
            "mean_order": (mean * n + money) / (n + orders),
            "recency": np.zeros(len(rows)),
        }

    def _places(
        self, rows: np.ndarray, changed: Mapping[str, np.ndarray], starts: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the tiers of some customers after a change, all others as they are."""
        scheme = self.scheme
        if scheme.fixed:
            other = self._other(rows, changed)
            return limited(other, scheme, by_rule(other, scheme))
        if scheme.rule == "cells":
            found = self._cells(rows, changed)
        else:
            starts = self._starts if starts is None else starts
            found = np.searchsorted(-starts, -self._score(rows, changed), side="left")
        return limited(self._other(rows, changed), self._frozen, found)

    def _other(self, rows: np.ndarray, changed: Mapping[str, np.ndarray]) -> pd.DataFrame:
        return self.customers[self._columns].iloc[rows].assign(**changed)

    @cached_property
    def _columns(self) -> list[str]:
        needed = {*self.scheme.columns, "frequency", "monetary", "mean_order", "recency"}
        return [column for column in self.customers.columns if column in needed]

    @cached_property
    def _frozen(self) -> Scheme:
        """The scheme with ``top`` in its floors and gates replaced by the value that it stands for today."""

        def frozen(limits: tuple) -> tuple:
            return tuple(
                replace(limit, when=tuple(self._value_of(one) if one.top is not None else one for one in limit.when))
                for limit in limits
            )

        return replace(self.scheme, floors=frozen(self.scheme.floors), gates=frozen(self.scheme.gates))

    def _value_of(self, condition: Any) -> Any:
        inside = all_hold(self.customers, (condition,))
        least = checked.floats(self.customers[condition.column])[inside].min() if inside.any() else np.inf
        return replace(condition, top=None, start=float(least))

    @cached_property
    def _starts(self) -> np.ndarray:
        """The least score that gets into each tier but the last, best tier first."""
        return self._edges(rising=True)

    @cached_property
    def _keeps(self) -> np.ndarray:
        """The least score that stays there: a place is lost to the best of those below, not to the last inside."""
        return self._edges(rising=False)

    def _edges(self, rising: bool) -> np.ndarray:
        scheme = self.scheme
        if scheme.rule == "interval":
            return np.array(sorted((tier.start for tier in scheme.tiers), reverse=True)[:-1])
        score = checked.numbers(ranked_by(self.customers, scheme))
        places = by_rule(self.customers, scheme)
        starts = []
        for place in range(len(scheme.tiers) - 1):
            inside = places <= place
            if scheme.rule == "revenue_share":
                starts.append(score[inside].min() if inside.any() else np.inf)
                continue
            top = scheme.tiers[place].top
            room = top if isinstance(top, int) else int(np.floor((top or 1.0) * len(score) + 1e-9))
            full = rising and inside.sum() >= min(room, len(score))
            edge = score[inside].min(initial=np.inf) if full else score[~inside].max(initial=-np.inf)
            starts.append(np.nextafter(edge + 1e-9, np.inf))
        return np.maximum.accumulate(np.array(starts)[::-1])[::-1]

    def _score(self, rows: np.ndarray, changed: Mapping[str, np.ndarray]) -> np.ndarray:
        scheme = self.scheme
        if len(scheme.criteria) == 1:
            criterion = scheme.criteria[0]
            found = self._of(criterion, rows, changed)
            total = found if criterion.higher_is_better or scheme.rule == "interval" else -found
        else:
            weights = weight_shares({criterion.column: criterion.weight for criterion in scheme.criteria})
            total = np.zeros(len(rows))
            for criterion in scheme.criteria:
                found = self._of(criterion, rows, changed)
                better = found if criterion.higher_is_better else -found
                total += weights[criterion.column] * self._scaled(criterion, better, rows)
        for penalty in scheme.penalties:
            counted = np.nan_to_num(checked.floats(self.customers[penalty.column])[rows])
            total = total - np.minimum(counted * penalty.each, penalty.most)
        return np.round(total, 12)

    def _of(self, criterion: Criterion, rows: np.ndarray, changed: Mapping[str, np.ndarray]) -> np.ndarray:
        if criterion.column in changed:
            return changed[criterion.column]
        return self._measured[criterion.column][rows]

    @cached_property
    def _measured(self) -> dict[str, np.ndarray]:
        return {
            criterion.column: checked.numbers(checked.measure(self.customers, criterion.column))
            for criterion in self.scheme.criteria
        }

    @cached_property
    def _ordered(self) -> dict[str, np.ndarray]:
        made = {}
        for criterion in self.scheme.criteria:
            found = self._measured[criterion.column]
            made[criterion.column] = np.sort(found if criterion.higher_is_better else -found)
        return made

    def _scaled(self, criterion: Criterion, better: np.ndarray, rows: np.ndarray) -> np.ndarray:
        known = self._ordered[criterion.column]
        if known[0] == known[-1] and self.scheme.scaling != "percentile":
            return np.full(len(better), 0.5 if self.scheme.scaling == "minmax" else 0.0)
        if self.scheme.scaling == "minmax":
            return (better - known[0]) / (known[-1] - known[0])
        if self.scheme.scaling == "z":
            return (better - known.mean()) / known.std()
        own = self._measured[criterion.column][rows]
        own = own if criterion.higher_is_better else -own
        # the customer's own old place is free: the others are one fewer
        n = len(known)
        below = np.searchsorted(known, better, side="left") - (own < better)
        upto = np.searchsorted(known, better, side="right") - (own <= better)
        return ((below + upto) / 2 + 0.5) / n

    def _cells(self, rows: np.ndarray, changed: Mapping[str, np.ndarray]) -> np.ndarray:
        cell = np.zeros(len(rows), dtype=np.int64)
        for criterion in self.scheme.criteria:
            step = np.searchsorted(self._ends[criterion.column], self._of(criterion, rows, changed), side="left")
            cell = cell * criterion.bins + (step if criterion.higher_is_better else criterion.bins - 1 - step)
        return self._holder[cell]

    @cached_property
    def _ends(self) -> dict[str, np.ndarray]:
        return {
            criterion.column: cut_points(
                pd.Series(self._measured[criterion.column]), criterion.bins, criterion.method, criterion.cuts
            )
            for criterion in self.scheme.criteria
        }

    @cached_property
    def _holder(self) -> np.ndarray:
        sizes = [criterion.bins for criterion in self.scheme.criteria]
        cells = np.indices(sizes).reshape(len(sizes), -1) + 1
        holder = np.zeros(cells.shape[1], dtype=np.int64)
        for place, tier in enumerate(self.scheme.tiers):
            for rectangle in tier.cells:
                inside = np.ones(cells.shape[1], dtype=bool)
                for criterion, steps in zip(self.scheme.criteria, cells, strict=True):
                    low, high = rectangle[criterion.column]
                    inside &= (steps >= low) & (steps <= high)
                holder[inside] = place
        return holder


def _passed(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the share of customers that each value passes, equals counted half."""
    return np.asarray(
        (np.searchsorted(known, found, side="left") + np.searchsorted(known, found, side="right")) / (2 * len(known))
    )


def _limit_of(customers: pd.DataFrame, scheme: Scheme, rule_places: np.ndarray) -> pd.Series:
    found = np.full(len(customers), np.nan)
    places = rule_places
    for number, floor in enumerate(scheme.floors):
        raised = all_hold(customers, floor.when) & (places > scheme.codes.index(floor.tier))
        found[raised] = number
        places = np.where(raised, scheme.codes.index(floor.tier), places)
    for number, gate in enumerate(scheme.gates):
        held = all_hold(customers, gate.when) & (places < scheme.codes.index(gate.tier))
        found[held] = -1 - number
        places = np.where(held, scheme.codes.index(gate.tier), places)
    return pd.Series(found, index=customers.index).astype("Int64")


def _extreme(lifts: pd.DataFrame, sign: int) -> pd.Series:
    found = lifts.to_numpy() * sign
    best = found.argmax(axis=1)
    there = found[np.arange(len(found)), best] > 0
    names = pd.array([*map(str, lifts.columns), ""], dtype="str").take(np.where(there, best, lifts.shape[1]))
    return pd.Series(names, index=lifts.index).replace("", pd.NA)
