"""Offers: rules counted by hand, recommendations against a plain computation, hits in planted tastes."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import offers
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


def lines(*baskets: str, customers: str | None = None, start: str = "2024-01-01") -> pd.DataFrame:
    """Order lines, a basket a string of one-letter products, a customer each unless named."""
    rows = []
    for number, basket in enumerate(baskets):
        customer = customers[number] if customers else f"C{number}"
        day = pd.Timestamp(start) + pd.Timedelta(days=number)
        rows += [(f"O{number}", customer, day, product, 10.0) for product in basket]
    return pd.DataFrame(rows, columns=["order_id", "customer_id", "order_date", "product_id", "amount"])


# What goes into a basket


def test_returns_and_blank_products_put_nothing_into_a_basket():
    frame = lines("ab", "a", "c")
    frame.loc[len(frame)] = ["O3", "C1", pd.Timestamp("2024-01-09"), "b", -10.0]  # a return
    frame.loc[len(frame)] = ["O0", "C0", pd.Timestamp("2024-01-01"), "c", -1.0]  # a returned line in a kept order
    frame.loc[len(frame)] = ["O1", "C1", pd.Timestamp("2024-01-02"), None, 5.0]
    bought = offers.baskets(frame)
    assert bought.products.tolist() == ["a", "b", "c"] and bought.blank == 1
    assert bought.matrix.toarray().tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert bought.rows.tolist() == [("C0", "O0"), ("C1", "O1"), ("C2", "O2")]


def test_one_order_id_of_two_customers_is_two_baskets():
    frame = lines("a", "b")
    frame["order_id"] = "O"
    assert offers.baskets(frame).matrix.shape == (2, 2)


def test_a_missing_product_column_is_named():
    with refused("column_needed", "product_id"):
        offers.baskets(lines("ab").drop(columns="product_id"))
    with refused("column_needed", "product_id"):
        offers.owned(lines("ab").assign(product_id=None))


# Pairs and triples


def test_a_pair_by_hand():
    # ten baskets: a in 5, b in 4, both in 3. Support .3; a → b .6, b → a .75; lift .3/(.5·.4) = 1.5
    # Fisher, one-sided: [C(4,3)·C(6,2) + C(4,4)·C(6,1)] / C(10,5) = (60 + 6)/252
    table = offers.pairs(offers.baskets(lines("ab", "ab", "ab", "a", "a", "b", "c", "c", "c", "c")), least=3)
    assert table[["antecedent", "consequent"]].to_numpy().tolist() == [["a", "b"], ["b", "a"]]
    assert table["confidence"].tolist() == [0.6, 0.75]
    assert table["support"].tolist() == [0.3, 0.3] and table["lift"].tolist() == pytest.approx([1.5, 1.5])
    assert table["p"].tolist() == pytest.approx([66 / 252] * 2)
    # three pairs of three products: q = p · 3 / 1
    assert table["q"].tolist() == pytest.approx([3 * 66 / 252] * 2)


def test_a_pair_that_meets_less_than_chance_is_no_finding():
    table = offers.pairs(offers.baskets(lines("ab", "ab", "ac", "ac", "ac", "bc", "bc", "bc")), least=2)
    pair = table[(table["antecedent"] == "a") & (table["consequent"] == "b")].iloc[0]
    assert pair["lift"] < 1 and pair["p"] > 0.5 and pair["q"] == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=4, max_size=25))
def test_pairs_are_those_of_counting(baskets):
    from scipy.stats import fisher_exact

    table = offers.pairs(offers.baskets(lines(*("".join(sorted(basket)) for basket in baskets))), least=1)
    n = len(baskets)
    for row in table.itertuples():
        a = sum(row.antecedent in basket for basket in baskets)
        b = sum(row.consequent in basket for basket in baskets)
        both = sum({row.antecedent, row.consequent} <= basket for basket in baskets)
        assert row.baskets == both and row.confidence == pytest.approx(both / a)
        assert row.lift == pytest.approx(both * n / (a * b))
        exact = fisher_exact([[both, a - both], [b - both, n - a - b + both]], alternative="greater")
        assert row.p == pytest.approx(exact.pvalue, abs=1e-9)
    assert (table["q"] >= table["p"] - 1e-12).all() and table["lift"].is_monotonic_decreasing


def test_triples_by_hand():
    # 8 baskets; {a, b} in 3, c in 4, all three in 2: confidence 2/3, lift (2/3)/(4/8) = 4/3
    # a → c: 3 of 4, b → c: 2 of 3: the better is .75, so b adds nothing: gain (2/3)/.75
    table = offers.triples(offers.baskets(lines("abc", "abc", "ab", "ac", "c", "d", "d", "d")), least=2)
    row = table[(table["first"] == "a") & (table["second"] == "b") & (table["consequent"] == "c")].iloc[0]
    assert row["baskets"] == 2 and row["confidence"] == pytest.approx(2 / 3)
    assert row["lift"] == pytest.approx(4 / 3)
    assert row["gain"] == pytest.approx((2 / 3) / 0.75)
    # Fisher: of C(8,3) draws of three rows those with two or three of the four c: (C(4,2)·4 + C(4,3))/56
    assert row["p"] == pytest.approx((6 * 4 + 4) / 56)
    assert len(table) == 3, "each of the three products can be the one that follows"


def test_planted_pairs_are_found_and_chance_is_not():
    rng = np.random.default_rng(5)
    baskets = []
    for _ in range(1500):
        basket = {product for product in "abcdefghij" if rng.random() < 0.12}
        if "a" in basket and rng.random() < 0.5:
            basket.add("b")
        baskets.append("".join(sorted(basket | {"z"})))
    table = offers.pairs(offers.baskets(lines(*baskets)), least=5)
    found = table[table["q"] < 0.05]
    assert {frozenset(pair) for pair in found[["antecedent", "consequent"]].to_numpy()} == {frozenset("ab")}
    assert offers.triples(offers.baskets(lines("a", "b")), least=1).empty
    assert offers.pairs(offers.baskets(lines("a", "b")), least=1).empty


# Recommendations


def plain_scores(bought: np.ndarray, method: str) -> np.ndarray:
    """Similarities the slow way."""
    n = bought.shape[1]
    alike = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            both, one, two = (bought[:, i] * bought[:, j]).sum(), bought[:, i].sum(), bought[:, j].sum()
            if i != j:
                alike[i, j] = both / np.sqrt(one * two) if method == "cosine" else both / (one + two - both)
    return bought @ alike


@pytest.mark.parametrize("method", ["cosine", "jaccard"])
def test_scores_are_those_of_a_plain_computation(method):
    rng = np.random.default_rng(0)
    frame = lines(*("".join(p for p in "abcdef" if rng.random() < 0.4) or "a" for _ in range(40)))
    bought = offers.owned(frame)
    table = offers.recommend(offers.learn(bought, method), n=2)
    held = bought.matrix.toarray()
    scores = plain_scores(held, method)
    similar = table[table["reason"] == "similar"]
    assert len(similar) > 40
    for row in similar.itertuples():
        customer, product = bought.rows.get_loc(row.customer_id), bought.products.get_loc(row.product)
        assert row.score == pytest.approx(scores[customer, product])
        open_scores = np.where(held[customer] > 0, -1, scores[customer])
        assert row.score == pytest.approx(np.sort(open_scores)[::-1][row.rank - 1])
        assert held[customer, bought.products.get_loc(row.because)] == 1


def test_owned_products_are_never_offered_and_everybody_can_run_out():
    frame = lines("abc", "ab", "a", "c")
    table = offers.recommend(offers.learn(offers.owned(frame)), n=5)
    held = frame.groupby("customer_id")["product_id"].agg(set)
    assert not any(row.product in held[row.customer_id] for row in table.itertuples())
    assert "C0" not in set(table["customer_id"]), "who owns everything gets no offer"
    assert table.groupby("customer_id").size().to_dict() == {"C1": 1, "C2": 2, "C3": 2}


def test_a_stranger_gets_what_is_popular():
    recommender = offers.learn(offers.owned(lines("ab", "ab", "a", "c")))
    table = offers.recommend(recommender, ["nobody"], n=2)
    assert table["product"].tolist() == ["a", "b"] and set(table["reason"]) == {"popular"}
    assert table["score"].tolist() == [0.75, 0.5] and table["because"].isna().all()


def test_where_nothing_similar_is_left_the_popular_fills_up():
    table = offers.recommend(offers.learn(offers.owned(lines("ab", "ab", "c", "d", "d"))), ["C0"], n=2)
    assert table["product"].tolist() == ["d", "c"] and table["reason"].tolist() == ["popular", "popular"]


def test_popularity_offers_the_same_to_all_but_owners():
    table = offers.recommend(offers.learn(offers.owned(lines("ab", "ab", "a", "c")), "popularity"), n=1)
    assert table.set_index("customer_id")["product"].to_dict() == {"C0": "c", "C1": "c", "C2": "b", "C3": "a"}
    with refused("offers_method", "magic"):
        offers.learn(offers.owned(lines("ab")), "magic")


def test_order_of_lines_does_not_matter():
    rng = np.random.default_rng(3)
    frame = lines(*("".join(p for p in "abcdef" if rng.random() < 0.4) or "a" for _ in range(30)))
    one = offers.recommend(offers.learn(offers.owned(frame)))
    two = offers.recommend(offers.learn(offers.owned(frame.sample(frac=1, random_state=1))))
    pd.testing.assert_frame_equal(one, two)


# Hold-out


def tastes(seed: int = 0, customers: int = 400) -> pd.DataFrame:
    """Two tastes of ten products each; everybody buys four before and two after the first of July, of the own taste."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        own = rng.permutation([f"{'xy'[number % 2]}{product}" for product in range(10)])
        for place, product in enumerate(own[:6]):
            day = pd.Timestamp("2024-03-01") if place < 4 else pd.Timestamp("2024-08-01")
            rows.append((f"O{number}-{place}", f"C{number:03}", day, product, 10.0))
    return pd.DataFrame(rows, columns=["order_id", "customer_id", "order_date", "product_id", "amount"])


def test_hold_out_tells_taste_from_popularity_and_chance():
    table = offers.hold_out(tastes(), "2024-06-30", n=3)
    assert table.index.tolist() == ["chance", "popularity", "cosine", "jaccard"]
    assert set(table["customers"]) == {400}
    # 16 products are open, of which 2 will be bought, 3 offered at random: 1 − C(14,3)/C(16,3) = .35;
    # with the taste known 6 are open: 1 − C(4,3)/C(6,3) = .8
    assert table.loc["chance", "hit_rate"] == pytest.approx(1 - 364 / 560)
    assert table.loc["chance", "precision"] == pytest.approx(2 / 16)
    for method in ("cosine", "jaccard"):
        assert table.loc[method, "hit_rate"] == pytest.approx(0.8, abs=0.06)
        assert table.loc[method, "coverage"] == 1
    assert table.loc["popularity", "hit_rate"] < 0.5
    assert table.loc["popularity", "low"] < table.loc["popularity", "hit_rate"] < table.loc["popularity", "high"]


def test_hold_out_counts_only_what_is_new_to_the_customer():
    before, after = lines("ab", "ab", "b"), lines("a", "b", "a", start="2024-06-01")
    after["order_id"] += "x"
    table = offers.hold_out(pd.concat([before, after]), "2024-01-31", n=1)
    # C0 buys a again and C1 b again: nothing new; C2 owns b and takes a, which is offered
    assert table.loc["cosine", ["customers", "hits"]].tolist() == [1, 1]
    with refused("offers_no_hold_out", "2024-01-31"):
        offers.hold_out(pd.concat([before, after.iloc[:2]]), "2024-01-31")


def test_the_future_does_not_teach_the_offers():
    before, after = lines("ab", "ab", "a"), lines("c", "c", "c", start="2024-06-01")
    after["order_id"] += "x"
    table = offers.hold_out(pd.concat([before, after]), "2024-01-31", n=3)
    assert table.loc["cosine", "hits"] == 0, "c was not for sale when the offers were made"


# Segments


def test_a_segment_is_offered_what_its_members_lack():
    frame = tastes()
    recommender = offers.learn(offers.owned(frame, as_of="2024-06-30"))
    groups = pd.Series({f"C{number:03}": "xy"[number % 2] for number in range(400)})
    table = offers.segment_offers(recommender, groups, n=2)
    assert table.loc["x", "product"].str.startswith("x").all() and table.loc["y", "product"].str.startswith("y").all()
    first = table.loc[("x", 1)]
    assert first["open"] <= 200 and first["members"] <= first["open"]
    assert first["reach"] == pytest.approx(1 - first["open"] / 200)
    assert first["index"] == pytest.approx(200), "the other half of the customers never has it"
    assert first["reason"] == "similar" and first["because"].startswith("x")


def test_nothing_left_to_offer_is_said():
    recommender = offers.learn(offers.owned(lines("ab", "ab")))
    for groups in (pd.Series("x", index=["C0", "C1"]), pd.Series([None, None], index=["C0", "C1"])):
        with refused("offers_nothing_left"):
            offers.segment_offers(recommender, groups)


# The sample


@pytest.fixture(scope="module")
def shop():
    from crmbook.data.home import home

    folder = home() / "data" / "sample" / "retail"
    orders = pd.read_csv(folder / "orders.csv", dtype={"order_id": str, "customer_id": str}, parse_dates=["order_date"])
    truth = pd.read_csv(folder / "truth.csv", dtype=str)
    return orders, {frozenset(pair.split("+")) for pair in truth.loc[truth["entity"] == "pair", "id"]}


def test_the_pairs_planted_in_the_sample_are_found_and_no_others(shop):
    table = offers.pairs(offers.baskets(shop[0]))
    found = table[(table["q"] < 0.01) & (table["lift"] > 2)]
    assert {frozenset(pair) for pair in found[["antecedent", "consequent"]].to_numpy()} == shop[1]


def test_offers_from_the_sample_hit_more_often_than_popularity_and_chance(shop):
    table = offers.hold_out(shop[0], "2024-06-30", "2024-12-31")
    rate = table["hit_rate"]
    assert rate["jaccard"] > rate["popularity"] > 1.5 * rate["chance"]
    assert table.loc["jaccard", "coverage"] > table.loc["popularity", "coverage"]


def test_the_chance_of_so_many_together_is_fishers_to_the_last_digits_in_both_tails():
    from fractions import Fraction
    from math import comb

    from crmbook.offers.association import _more_often

    cells = [
        (both, a, b, n)
        for n in (7, 30)
        for a in range(0, n + 1, 3)
        for b in range(0, n + 1, 2)
        for both in range(max(0, a + b - n), min(a, b) + 1)
    ]
    cells += [(2, 3, 4, 1_000_000), (900, 1000, 1000, 2000), (400, 1000, 1000, 2000)]
    for both, a, b, n in cells:
        ways = sum(comb(a, k) * comb(n - a, b - k) for k in range(both, min(a, b) + 1))
        found = _more_often(np.array([both]), np.array([a]), np.array([b]), n)
        assert found[0] == pytest.approx(float(Fraction(ways, comb(n, b))), rel=1e-9), (both, a, b, n)
