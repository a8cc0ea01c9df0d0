"""Columns with very many values: bounded memory, the commonest named, the others counted."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from crmbook import offers, value
from crmbook.figures.table import show
from crmbook.locale import use
from crmbook.shared import commonest
from hypothesis import given
from hypothesis import strategies as st

HELD = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), min_size=1, max_size=40, unique=True)


@given(HELD, st.integers(1, 60))
def test_what_may_be_paired_is_as_many_of_the_commonest_as_the_limit_allows(held, most):
    rows, things = np.array(held).T
    things = np.unique(things, return_inverse=True)[1]
    kept = commonest.pairable(rows, things, most)
    count = np.bincount(things)
    assert not kept.all() or kept.sum() == len(count)
    assert kept.all() or count[kept].min() >= count[~kept].max()

    def pairs(number):
        order = np.argsort(-count, kind="stable")[:number]
        sizes = pd.Series(rows[np.isin(things, order)]).value_counts()
        return min((sizes**2).sum(), number**2)

    number = int(kept.sum())
    assert pairs(number) <= most or number <= 2
    assert number == len(count) or pairs(number + 1) > most


def test_values_beyond_the_commonest_are_counted_together_under_a_name_that_nobody_uses():
    values = pd.Series(["a"] * 3 + ["all_others"] * 2 + ["b", "c", None])
    named = commonest.named(values, 2)
    assert named[:-1].tolist() == ["a"] * 3 + ["all_others"] * 2 + ["all_others 2"] * 2 and pd.isna(named.iloc[-1])
    weights = pd.Series([0.1] * 3 + [0.1] * 2 + [9, 0.5, 1])
    heaviest = commonest.named(values, 2, weights)
    assert heaviest[:-1].tolist() == ["all_others 2"] * 5 + ["b", "c"]
    assert commonest.named(values, 4)[:-1].tolist() == values[:-1].tolist()


def lines(baskets: np.ndarray, products: np.ndarray) -> pd.DataFrame:
    """Order lines of these baskets; the channel and the category are free text."""
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(baskets % 700, "D")
    text = pd.Series(products).astype(str)
    frame = pd.DataFrame({"order_id": baskets.astype(str), "customer_id": (baskets % 900).astype(str)})
    return frame.assign(order_date=day, amount=1.0, product_id=text, category=text, channel="written " + text)


_MANY = """
import resource
import numpy as np
from test_commonest import lines
from crmbook import offers, value
resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2)
rng = np.random.default_rng(1)
products = np.concatenate([np.arange(50_000), rng.integers(0, 50_000, 250_000)])
orders = lines(rng.integers(0, 100_000, 300_000), products)
assert len(value.attach_rates(orders, "product_id")) > 100_000
assert value.next_purchase(orders).shape == (101, 101)
assert len(offers.channel_switching(orders)) == 13 * 13
bought = offers.baskets(orders)
offers.pairs(bought), offers.triples(bought)
offers.recommend(offers.learn(offers.owned(orders)), ["1", "2", "3"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set there")
def test_fifty_thousand_products_fit_into_little_memory():
    # as a table of products by products they ask for 18.5 GiB
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    done = subprocess.run([sys.executable, "-c", _MANY], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]


def test_one_order_of_everything_is_paired_among_the_commonest_and_says_so():
    products = np.concatenate([np.arange(2500), np.arange(1500)])
    baskets = np.concatenate([np.zeros(2500, dtype=int), np.arange(1, 1501)])
    orders = lines(baskets, products)
    table = value.attach_rates(orders, "product_id")
    assert table.attrs["left_out"] == 500 and len(table) == 2000 * 1999
    assert table.loc[("0", "1"), ["together", "anchors"]].tolist() == [1, 2]
    use("en")
    assert "500 rarer ones are left out" in show(table).to_html()
    bought = offers.baskets(orders)
    assert (len(bought.products), bought.left_out, bought.matrix.shape) == (2000, 500, (1501, 2000))
    assert offers.pairs(bought, least=2).attrs == {"left_out": 500}


def test_the_step_to_a_rare_channel_counts_as_one_to_the_others():
    products = np.arange(60) % 20
    orders = lines(np.zeros(60, dtype=int), products).assign(order_id=np.arange(60).astype(str), customer_id="C")
    orders["channel"] = [
        f"c{product:02}" if product < 2 else f"rare {number}" for number, product in enumerate(products)
    ]
    steps = offers.channel_switching(orders.assign(order_date=pd.date_range("2024-01-01", periods=60)), most=2)
    # thrice round: c00, c01, then eighteen rare ones
    counted = steps["orders"].unstack()
    assert counted.loc["c00"].to_dict() == {"all_others": 0, "c00": 0, "c01": 3}
    assert counted.loc["all_others"].to_dict() == {"all_others": 3 * 17, "c00": 2, "c01": 0}
