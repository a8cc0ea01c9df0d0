"""The chapter's methods against what the sample's generator planted."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import Book, comments, complaints, load, satisfaction
from crmbook.data.sample import folder
from crmbook.data.schema import SATISFACTION_ITEMS
from scipy.stats import spearmanr
from sklearn.metrics import f1_score


@pytest.fixture(scope="module")
def book() -> Book:
    return load(folder("retail"))


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(folder("retail") / "truth.csv", dtype="str")


@pytest.fixture(scope="module")
def labelled(book, truth) -> pd.DataFrame:
    planted = truth[truth["entity"] == "comment"].set_index("id")[["theme", "sentiment", "template"]]
    return planted.join(book.survey.set_index("response_id")[["comment", "overall", "wave"]], validate="1:1")


@pytest.mark.parametrize("method", ["johnson", "lmg"])
def test_drivers_stand_in_the_planted_order(book, truth, method):
    planted = truth[truth["entity"] == "driver"].set_index("id")["value"].astype(float)
    found = satisfaction.drivers(book.survey[list(SATISFACTION_ITEMS)], book.survey["overall"], method, draws=200)
    assert spearmanr(found["weight"], planted[found.index]).statistic >= 0.9
    assert (found["low"] > 0).all()


def test_every_feature_is_in_its_planted_kano_class(book, truth):
    planted = truth[truth["entity"] == "feature"].set_index("id")["value"]
    found = satisfaction.kano(*satisfaction.kano_answers(book.kano))
    assert found["category"].to_dict() == planted.to_dict()
    assert not found["mixed"].any()


def test_sentiment_holds_on_patterns_held_out(labelled):
    found = comments.evaluate(labelled["comment"], labelled["sentiment"], labelled["template"])
    assert (found.scores.loc[["zh", "en"], "accuracy"] >= 0.85).all()
    assert (found.scores["accuracy"] >= found.scores["majority"] + 0.2).all()


def test_themes_hold_on_patterns_held_out(labelled):
    found = comments.evaluate(labelled["comment"], labelled["theme"], labelled["template"], folds=3)
    assert found.scores.loc["all", "macro_f1"] >= 0.85
    assert set(found.by_label.index) == set(comments.THEME_WORDS)


def test_coding_rules_find_the_planted_themes(labelled):
    found = comments.code_themes(labelled["comment"])
    scores = [f1_score(labelled["theme"] == theme, found[theme]) for theme in found]
    assert sum(scores) / len(scores) >= 0.85


def test_those_not_put_right_come_back_less_by_what_was_planted(book, truth):
    # A complaint not put right loses .38 of the customers, one put right .06 (truth): .32 fewer, of whom not all would
    # have bought within half a year anyway; the interval holds it.
    effects = truth[truth["entity"] == "effect"].set_index("id")["value"].astype(float)
    planted = effects["unresolved_leave"] - effects["resolved_leave"]
    remedies = ["refund", "exchange", "voucher", "apology"]
    tickets = book.tickets.drop(
        columns="reopened"
    )  # drawn whatever the remedy, so it says nothing of the planted effect
    found = complaints.recovery(tickets, book.orders, book.as_of, remedies)
    usual = found.rates.loc["none", "rate"]
    row = found.effects.loc["recovered_unrecovered"]
    assert 0 < row["low"] <= planted * usual <= row["high"]
    assert found.effects.loc["unrecovered_none", "high"] < 0
    used = int(found.rates.loc["none", "n"])
    received = len(complaints.only_complaints(book.tickets))
    assert used + found.left_out.sum() == received


def test_invited_who_did_not_answer_are_told_from_those_who_did(book):
    answered = satisfaction.responded(book.survey)
    by_channel = book.survey.groupby("channel")["response_id"].size()
    rates = satisfaction.response_rate(book.survey[answered].groupby("channel")["response_id"].size(), by_channel)
    assert rates["rate"].idxmax() == "phone" and rates["rate"].idxmin() == "sms"


def test_sample_answers_and_tickets_are_clean(book):
    assert satisfaction.check_answers(book.survey).empty
    assert complaints.check_tickets(book.tickets, book.as_of).empty


def test_faulty_products_have_more_complaints_and_returns(book, truth):
    products = truth[truth["entity"] == "product"].set_index("id")["value"].astype(float)
    table = complaints.by_place(complaints.only_complaints(book.tickets), book.orders, book.as_of)
    faulty = products.index[products > products.median()]
    assert table.loc[faulty, "return_rate"].mean() > table["return_rate"].mean()
    assert complaints.returns_link(table).value > 0


def test_unhappy_customers_reconcile_with_their_list(book):
    flags = complaints.dissatisfied(book.tickets, book.orders, book.survey, book.as_of)
    assert complaints.overlap(flags)["customers"].sum() == len(flags)
    called = complaints.close_the_loop(flags, book.as_of)
    assert set(called.index) == set(flags.index) and called.index.is_unique
