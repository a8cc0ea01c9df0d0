"""How near the lifecycle methods come to what was planted in the retail sample; the lesson states the same figures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import load
from crmbook.data import sample
from crmbook.data.sample.planted import RETAIL
from crmbook.lifecycle import churn, winback

LESSON = (Path(__file__).parents[2] / "lessons" / "02_lifecycle.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def retail():
    return load(sample.folder("retail"))


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    table = pd.read_csv(sample.folder("retail") / "truth.csv", dtype=str)
    return table[table["entity"] == "customer"].set_index("id")


@pytest.fixture(scope="module")
def warning(retail):
    return churn.early_warning(retail)


def test_each_churn_definition_is_right_more_often_than_guessing(retail, truth):
    found = churn.churn_definitions(retail.orders, retail.as_of)
    judged = churn.against_truth(found, truth["state"].eq("lapsed"))
    # counted once more without the method: the share of customers for whom call and planted state agree
    lapsed = truth["state"].reindex(found.index).eq("lapsed")
    for definition in churn.DEFINITIONS:
        assert judged.loc[definition, "accuracy"] == pytest.approx((found[definition] == lapsed).mean())
    always = max(lapsed.mean(), 1 - lapsed.mean())  # saying the commoner state of everybody
    assert (judged["accuracy"] > always + 0.15).all()
    assert judged["accuracy"].to_dict() == pytest.approx(
        {"silence": 0.84, "gap_quantile": 0.83, "p_alive": 0.79}, abs=0.02
    )
    assert judged.loc["p_alive", "precision"] == pytest.approx(0.93, abs=0.02)
    assert judged.loc["p_alive", "recall"] == pytest.approx(0.58, abs=0.03)


def test_warning_beats_both_baselines_and_is_calibrated(warning):
    performance = warning.performance
    assert performance.loc["logistic", "auc"] == pytest.approx(0.68, abs=0.02)
    auc = performance["auc"]
    assert auc["logistic"] > auc["silence_alone"] > auc["p_alive"]
    assert performance.loc["silence_alone", "auc"] == pytest.approx(0.65, abs=0.02)
    assert performance.loc["p_alive", "auc"] == pytest.approx(0.57, abs=0.02)
    first_tenth = performance["precision"]
    assert first_tenth["silence_alone"] > first_tenth["logistic"]
    error = performance["calibration_error"]
    assert error["logistic"] == pytest.approx(0.035, abs=0.01)
    assert error["silence_alone"] == pytest.approx(0.044, abs=0.01)
    assert error["p_alive"] == pytest.approx(0.168, abs=0.02)


def test_warning_ranks_those_who_really_lapsed_higher(warning, truth, retail):
    # the latent state, not the silence: of the customers ranked at the end of the data
    known = truth.loc[warning.ranked.index]
    lapsed = known["state"].eq("lapsed").to_numpy()
    score = warning.ranked["probability"].to_numpy()
    pairs = score[lapsed][:, None] - score[~lapsed][None, :]
    area = (pairs > 0).mean() + (pairs == 0).mean() / 2
    assert 0.6 < area < 0.95


def test_win_back_uplift_is_what_was_planted(retail):
    effect = winback.campaign_effect(retail.campaigns, retail.orders, "win_back", as_of=retail.as_of)
    uplift = effect.returned.difference
    assert uplift.low < RETAIL.effects.winback_return < uplift.high
    assert uplift.low > 0


def test_lesson_states_the_figures_that_are_measured_here():
    cells = [cell for cell in re.split(r"^# %% ", LESSON, flags=re.MULTILINE) if '"default-only"' in cell[:80]]
    said = " ".join(cells)
    for figure in ("84 %", "83 %", "79 %", "93 %", "58 %", "0.68", "0.035", "0.65", "0.044", "0.57", "0.168"):
        assert said.count(figure) == 2, figure  # once in English, once in Chinese
    assert np.isclose(RETAIL.effects.winback_return, 0.14)
