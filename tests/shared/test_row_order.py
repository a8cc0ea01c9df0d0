"""Rows go by their labels: no function of several columns answers otherwise when one of them is shuffled."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from crmbook import (
    DataError,
    clustering,
    comments,
    complaints,
    evaluation,
    lifecycle,
    offers,
    satisfaction,
    tiering,
    value,
)
from crmbook.offers import regression
from crmbook.shared import ranking, survival
from crmbook.shared.estimate import welch

CHAPTERS = (
    "tiering",
    "value",
    "lifecycle",
    "comments",
    "satisfaction",
    "clustering",
    "offers",
    "complaints",
    "evaluation",
)
N = 120


@cache
def made() -> SimpleNamespace:
    """Columns of 120 customers, made with a seed."""
    rng = np.random.default_rng(3)
    index = pd.Index([f"C{number:03}" for number in rng.permutation(N)], name="customer_id")

    def column(values) -> pd.Series:
        return pd.Series(values, index)

    likert = {name: column(rng.integers(1, 6, N)) for name in ("price", "speed", "advice", "overall")}
    frequency = rng.integers(0, 6, N)
    age = rng.uniform(30, 60, N)
    points = pd.DataFrame({"spend": rng.gamma(2, 50, N), "orders": rng.poisson(4, N) + 1.0}, index)
    return SimpleNamespace(
        items=pd.DataFrame({name: likert[name] for name in ("price", "speed", "advice")}),
        overall=likert["overall"],
        score=column(rng.normal(size=N)),
        money=column(rng.gamma(2, 50, N)),
        later=column(rng.gamma(2, 50, N)),
        happened=column(rng.random(N) < 0.4),
        flags=pd.DataFrame({"price": rng.random(N) < 0.3, "speed": rng.random(N) < 0.4}, index),
        counts=column(rng.poisson(2, N)),
        group=column(rng.choice(["treated", "control"], N)),
        tier=column(rng.choice(list("ABC"), N)),
        segment=column(rng.choice(list("xyz"), N)),
        wave=column(rng.choice(["2024H1", "2024H2"], N)),
        region=column(rng.choice(["North", "South"], N)),
        tone=column(rng.choice(["positive", "negative", "neutral"], N)),
        words=column([list(rng.choice(["slow", "nice", "late", "staff"], 3)) for _ in range(N)]),
        points=points,
        x=column(frequency),
        t_x=column(np.where(frequency > 0, age * rng.uniform(0.2, 0.9, N), 0.0)),
        T=column(age),
        spend=column(rng.gamma(6, 8, N)),
        customers=column([f"K{number}" for number in rng.integers(0, 60, N)]),
        period=column(np.tile(["before", "after"], N // 2)),
        unit=column(np.repeat(np.arange(N // 2), 2)),
        halves=column(np.repeat(["treated", "control"], N // 2)),
    )


def _model() -> value.BgNbd:
    return value.BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)


SHUFFLED = {
    "tiering.agreement": lambda m: (tiering.agreement, m.tier, m.segment.map(dict(zip("xyz", "ABC", strict=True)))),
    "tiering.migration": lambda m: (tiering.migration, m.tier, m.tier.where(m.score > 0, "B")),
    "tiering.rank_correlation": lambda m: (tiering.rank_correlation, m.money, m.later),
    "tiering.fairness": lambda m: (lambda tiers, groups: tiering.fairness(tiers, groups, ["A"], 5), m.tier, m.segment),
    "value.fit_bgnbd": lambda m: (value.fit_bgnbd, m.x, m.t_x, m.T),
    "value.fit_gamma_gamma": lambda m: (value.fit_gamma_gamma, m.x, m.spend),
    "value.BgNbd.predict": lambda m: (lambda *rows: sorted(_model().predict(12, *rows)), m.x, m.t_x, m.T),
    "value.BgNbd.p_alive": lambda m: (lambda *rows: sorted(_model().p_alive(*rows)), m.x, m.t_x, m.T),
    "value.BgNbd.p_purchase": lambda m: (lambda *rows: sorted(_model().p_purchase(12, *rows)), m.x, m.t_x, m.T),
    "value.GammaGamma.predict": lambda m: (
        lambda *rows: sorted(
            value.GammaGamma({"p": 6.25, "q": 3.74, "gamma": 15.44}, -1.0, 946, np.eye(3)).predict(*rows)
        ),
        m.x,
        m.spend,
    ),
    "value.by_group": lambda m: (value.by_group, m.money, m.tier),
    "lifecycle.plan_calls": lambda m: (
        lambda money, uplift: lifecycle.plan_calls(money, uplift, 0.4, 5.0),
        m.money,
        m.score.abs() / 10,
    ),
    "comments.dissatisfaction_words": lambda m: (comments.dissatisfaction_words, m.words, m.happened),
    "comments.keywords": lambda m: (comments.keywords, m.words, m.tier),
    "comments.theme_counts": lambda m: (comments.theme_counts, m.flags, m.happened),
    "comments.theme_trend": lambda m: (comments.theme_trend, m.flags, m.wave),
    "comments.agreement": lambda m: (comments.agreement, m.tone, m.overall),
    "comments.train": lambda m: (
        lambda *rows: comments.train(*rows).predict(pd.Series(["slow staff", "nice"]))["label"].tolist(),
        m.words.str.join(" "),
        m.tone,
    ),
    "comments.evaluate": lambda m: (comments.evaluate, m.words.str.join(" "), m.tone),
    "satisfaction.against_others": lambda m: (satisfaction.against_others, m.overall, m.segment),
    "satisfaction.by_group": lambda m: (satisfaction.by_group, m.overall, m.segment),
    "satisfaction.by_wave": lambda m: (satisfaction.by_wave, m.overall, m.wave),
    "satisfaction.trend": lambda m: (satisfaction.trend, m.overall, m.wave),
    "satisfaction.mode_effect": lambda m: (satisfaction.mode_effect, m.overall, m.region, m.segment),
    "satisfaction.correlation": lambda m: (satisfaction.correlation, m.items, m.overall),
    "satisfaction.drivers": lambda m: (satisfaction.drivers, m.items, m.overall),
    "satisfaction.regression": lambda m: (satisfaction.regression, m.items, m.overall),
    "satisfaction.behind": lambda m: (lambda *rows: satisfaction.behind(*rows, made_revenue()), m.items, m.customers),
    "satisfaction.unsatisfied": lambda m: (satisfaction.unsatisfied, m.items["price"], m.customers),
    "satisfaction.importance_performance": lambda m: (
        satisfaction.importance_performance,
        m.score.iloc[:6].abs(),
        m.later.iloc[:6] / 1000,
    ),
    "satisfaction.kano": lambda m: (satisfaction.kano, m.items["price"], m.items["speed"]),
    "satisfaction.kano_by_group": lambda m: (satisfaction.kano_by_group, m.items, 6 - m.items, m.segment),
    "satisfaction.post_stratify": lambda m: (
        satisfaction.post_stratify,
        m.segment,
        pd.Series({"x": 0.2, "y": 0.3, "z": 0.5}),
    ),
    "satisfaction.weighted_mean": lambda m: (satisfaction.weighted_mean, m.overall, m.score.abs()),
    "satisfaction.response_rate": lambda m: (satisfaction.response_rate, m.counts[:6], m.counts[:6] + 5),
    "clustering.areas": lambda m: (clustering.areas, m.region, m.money),
    "clustering.associations": lambda m: (clustering.associations, m.points.assign(region=m.region), m.segment),
    "clustering.composition": lambda m: (clustering.composition, m.region, m.segment),
    "clustering.compare": lambda m: (clustering.compare, m.segment, m.tier),
    "clustering.drift": lambda m: (clustering.drift, m.segment, m.segment.where(m.score > 0, "x")),
    "clustering.location_quotients": lambda m: (clustering.location_quotients, m.region, m.segment),
    "clustering.profile": lambda m: (clustering.profile, m.points, m.segment),
    "clustering.redraw": lambda m: (clustering.redraw, m.points, m.segment),
    "clustering.carried": lambda m: (clustering.carried, m.points, m.segment),
    "clustering.silhouettes": lambda m: (clustering.silhouettes, m.points, m.segment),
    "clustering.ceiling": lambda m: (clustering.ceiling, m.points, m.segment),
    "clustering.usefulness": lambda m: (clustering.usefulness, m.segment, m.money),
    "offers.auc": lambda m: (ranking.auc, m.happened, m.score),
    "offers.kappa": lambda m: (offers.kappa, m.tier, m.tier.where(m.score > 0, "B")),
    "complaints.u_chart": lambda m: (complaints.u_chart, m.counts[:20], m.counts[:20] + 50),
    "complaints.p_chart": lambda m: (complaints.p_chart, m.counts[:20], m.counts[:20] + 50),
    "complaints.unhappy_value": lambda m: (complaints.unhappy_value, unhappy(), m.money, m.tier),
    "evaluation.balance": lambda m: (evaluation.balance, m.points, m.group),
    "evaluation.before_after": lambda m: (evaluation.before_after, m.money, m.period, m.unit),
    "evaluation.did": lambda m: (evaluation.did, m.money, m.halves, m.period, m.unit),
    "evaluation.permutation_test": lambda m: (evaluation.permutation_test, m.money, m.halves, m.period, m.unit),
    "evaluation.compare_groups": lambda m: (evaluation.compare_groups, m.money, m.segment, m.points),
    "evaluation.matched_comparison": lambda m: (evaluation.matched_comparison, m.money, m.group, m.points),
    "evaluation.regression_to_mean": lambda m: (evaluation.regression_to_mean, m.money, m.later, m.tier),
    "brier": lambda m: (ranking.brier, m.happened, m.score.abs() / 5),
    "calibration": lambda m: (ranking.calibration, m.happened, m.score.abs() / 5),
    "lift": lambda m: (ranking.lift, m.happened, m.score),
    "kaplan_meier": lambda m: (survival.kaplan_meier, m.money, m.happened),
    "log_rank": lambda m: (
        lambda time, happened: survival.log_rank({"a": (time, happened), "b": (m.later, m.happened)}),
        m.money,
        m.happened,
    ),
    "logistic": lambda m: (lambda *rows: regression.logistic(*rows).coefficients, m.points, m.happened),
    "poisson": lambda m: (lambda *rows: regression.poisson(*rows).coefficients, m.points, m.counts),
    "linear": lambda m: (lambda *rows: regression.linear(*rows).coefficients, m.points, m.money),
}
"""Each function with what goes by rows; the property below shuffles one after the other."""

IN_TIME = {"satisfaction.behind", "satisfaction.unsatisfied", "complaints.u_chart", "complaints.p_chart"}
"""Whose first column is in order of time, which the others follow."""

INDEPENDENT = {
    # two samples that are not the same rows
    "satisfaction.difference",
    "clustering.feature_drift",
    # the second is looked up by a group, a place or a setting, not by row
    "tiering.cut_points",
    "tiering.stability_index",  # counts of the same tiers
    "tiering.rfm",
    "tiering.scaled",
    "tiering.score",
    "tiering.score_report",
    "tiering.value_grid",
    "tiering.weighted_score",
    "tiering.with_policy",
    "tiering.capacity",
    "value.retention_cost",
    "lifecycle.active_customers",
    "lifecycle.against_truth",
    "lifecycle.bracket_retention",
    "lifecycle.n_day_retention",
    "lifecycle.repurchase_ladder",
    "lifecycle.rolling_retention",
    "comments.code_themes",
    "satisfaction.asked",
    "satisfaction.check_answers",
    "satisfaction.clean_answers",
    "satisfaction.csat",
    "satisfaction.mean_score",
    "satisfaction.read_answers",
    "satisfaction.responded",
    "satisfaction.reverse",
    "clustering.bands",
    "clustering.customer_portrait",  # as clustering.profile
    "clustering.demographics",
    "clustering.names",
    "clustering.nearest_store",
    "offers.code_by_words",
    "offers.relationship_types",
    "complaints.ageing",
    "evaluation.decide",
    "evaluation.roi",
    "evaluation.supplier_score",
    "evaluation.next_actions",
    "evaluation.management_summary",
}


def made_revenue() -> pd.Series:
    return pd.Series({f"K{number}": 10.0 + number for number in range(60)})


def unhappy() -> pd.DataFrame:
    m = made()
    return pd.DataFrame({"signs": m.counts, "any": m.happened, "complaint": m.happened}, m.counts.index)


def several_columns() -> set[str]:
    """Functions of the chapters' doors with two parameters or more that hold a row for each customer."""
    found = set()
    for chapter in CHAPTERS:
        door = importlib.import_module(f"crmbook.{chapter}")
        for name in dir(door):
            thing = getattr(door, name)
            for title, function in [(name, thing)] if inspect.isfunction(thing) else _methods(name, thing):
                kinds = [str(each.annotation) for each in inspect.signature(function).parameters.values()]
                if sum(bool(re.search("Series|DataFrame|ArrayLike|Iterable|Sequence", kind)) for kind in kinds) > 1:
                    found.add(f"{chapter}.{title}")
    return found


def _methods(name: str, thing: object) -> list[tuple[str, object]]:
    if not inspect.isclass(thing):
        return []
    return [(f"{name}.{own}", each) for own, each in vars(thing).items() if inspect.isfunction(each) and own[0] != "_"]


def by_key(title: str) -> bool:
    """Tables that are joined by customer_id: tables of lines, and Series that are mapped onto them."""
    chapter, name = title.split(".", 1)
    function = getattr(importlib.import_module(f"crmbook.{chapter}"), name.split(".")[0])
    if inspect.isclass(function):
        return False
    tables = {
        "orders",
        "customers",
        "interactions",
        "campaigns",
        "tickets",
        "leads",
        "survey",
        "spend",
        "usage",
        "table",
    }
    tables |= {"history", "followed", "new", "first", "observed", "measures", "card", "book", "flags", "provinces"}
    return bool(tables & set(inspect.signature(function).parameters)) or title == "evaluation.scorecard"


def test_no_function_with_several_columns_is_forgotten():
    forgotten = several_columns() - set(SHUFFLED) - INDEPENDENT
    assert sorted(title for title in forgotten if not by_key(title)) == []


@pytest.mark.parametrize("title", SHUFFLED)
def test_the_order_of_rows_does_not_matter(title):
    function, *columns = SHUFFLED[title](made())
    expected = plain(function(*columns))
    for place in range(title in IN_TIME, len(columns)):
        shuffled = [*columns]
        shuffled[place] = columns[place].sample(frac=1, random_state=7)
        assert plain(function(*shuffled)) == expected, f"argument {place + 1} shuffled"


@pytest.mark.parametrize("title", SHUFFLED)
def test_rows_of_other_customers_are_refused_or_left_out_but_never_taken_by_position(title):
    function, *columns = SHUFFLED[title](made())
    expected = plain(function(*columns))
    stranger = columns[-1].set_axis([f"other {label}" for label in columns[-1].index])
    try:
        found = plain(function(*columns[:-1], stranger))
    except DataError:
        return
    assert found != expected


def test_two_samples_need_not_be_the_same_rows():
    assert np.isfinite(welch(pd.Series([1.0, 2, 4]), pd.Series([5.0, 9])).low)


def plain(thing: object) -> object:
    """A result as text that can be compared: the rows of a table by their labels, whatever their order."""
    if dataclasses.is_dataclass(thing):
        return [plain(getattr(thing, field.name)) for field in dataclasses.fields(thing)]
    if isinstance(thing, pd.Series):
        thing = thing.to_frame("value")
    if isinstance(thing, pd.DataFrame):
        labels = [] if isinstance(thing.index, pd.RangeIndex) else thing.index.tolist()
        rows = [[cell(each) for each in row] for row in thing.itertuples(index=False)]
        return sorted([str(label), *row] for label, row in zip(labels, rows, strict=True)) if labels else sorted(rows)
    if isinstance(thing, dict):
        return {str(key): plain(each) for key, each in thing.items()}
    if isinstance(thing, list | tuple | np.ndarray):
        return [plain(each) for each in thing]
    return cell(thing)


def cell(value: object) -> str:
    return f"{float(value):.6g}" if isinstance(value, float | np.floating) else str(value)
