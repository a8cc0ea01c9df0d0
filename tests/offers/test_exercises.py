"""Exercises of lesson 03b: the untouched stub, right answers, and the wrong ones that people give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from crmbook import offers
from crmbook.course.checks import checker
from crmbook.locale import use
from crmbook.offers import regression
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

AS_OF, DAYS = "2024-12-30", 90


def shop() -> pd.DataFrame:
    """Two years of 200 customers who buy at their own pace; tea and cup often go together."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(200):
        gap, day = rng.uniform(20, 900), rng.uniform(0, 60)
        while day < 729:
            basket = (
                ["tea", "cup"]
                if rng.random() < 0.3
                else [str(rng.choice(["tea", "cup", "ink", "pen"], p=[0.4, 0.1, 0.3, 0.2]))]
            )
            rows += [(f"C{number}", day, product, float(rng.uniform(5, 50))) for product in basket]
            day += rng.exponential(gap) + 1
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "product_id", "amount"])
    frame["order_id"] = frame["customer_id"] + "-" + frame["day"].round(6).astype(str)
    return frame.assign(order_date=pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], unit="D").dt.floor("D"))


ORDERS = shop()
AHEAD = regression.forecast(ORDERS, AS_OF, DAYS)
PREDICTED, BOUGHT = AHEAD.purchase.predicted, AHEAD.purchase.observed
# by hand: the outcome's own days are 2 October to 30 December 2024, and who bought once before counts
OUTCOME = ORDERS[(ORDERS["order_date"] > "2024-10-01") & (ORDERS["order_date"] <= "2024-12-30")]
KNOWN = ORDERS.loc[ORDERS["order_date"] <= "2024-10-01", "customer_id"].unique()
SHARE = np.isin(KNOWN, OUTCOME["customer_id"]).mean()
BASKETS = ORDERS.groupby("order_id")["product_id"].agg(set)
RULE = offers.pairs(offers.baskets(ORDERS)).iloc[0]


def held(product: str) -> float:
    return BASKETS.map(lambda basket: product in basket).mean()


GIVEN = dict(orders=ORDERS, products=ORDERS["product_id"], as_of=AS_OF, days=DAYS)


RIGHT = {
    "offers-1": SHARE,
    "offers-2": {customer for customer in BOUGHT.index if BOUGHT[customer] and PREDICTED[customer] < 0.2},
    "offers-3": held(RULE["consequent"]),
}


def test_the_data_can_tell_right_from_wrong():
    assert len(RIGHT["offers-2"]) > 3
    assert {RULE["antecedent"], RULE["consequent"]} == {"tea", "cup"}
    assert len({round(value, 2) for value in (SHARE, AHEAD.learnt.purchased.mean(), PREDICTED.mean())}) == 3


WRONG = [
    ("offers-1", int(BOUGHT.sum()), "exercises.count_not_share"),
    ("offers-1", AHEAD.learnt.purchased.mean(), "offers.hint_earlier_period"),
    ("offers-1", PREDICTED.mean(), "offers.hint_predicted_not_seen"),
    ("offers-2", set(BOUGHT.index[BOUGHT]), "offers.hint_all_buyers"),
    ("offers-2", set(PREDICTED.index[PREDICTED < 0.2]), "offers.hint_all_doubtful"),
    ("offers-2", set(sorted(RIGHT["offers-2"])[:2]), None),
    ("offers-3", RULE["lift"] / RULE["confidence"], "offers.hint_turned_round"),
    ("offers-3", RULE["support"], "offers.hint_support"),
    ("offers-3", held(RULE["antecedent"]), "offers.hint_antecedent"),
]


def test_exercise_on_products_says_that_they_are_missing():
    use("en")
    bare = checker(orders=ORDERS.drop(columns="product_id"), products=None, as_of=AS_OF, days=DAYS)
    assert bare("offers-1", SHARE).status == "correct"
    verdict = bare("offers-3", 0.2)
    assert verdict.status == "not tried" and "products" in verdict.message
