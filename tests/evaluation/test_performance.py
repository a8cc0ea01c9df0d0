"""Owners and stores compared fairly: by hand, against an independent implementation, and against planted levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation, load
from crmbook.data import sample
from crmbook.data.faults import DataError
from crmbook.data.load import Book


def binary(**counts: tuple[int, int]) -> tuple[pd.Series, pd.Series]:
    """Customers by owner: how many did, of how many."""
    outcome = [float(number < hits) for hits, n in counts.values() for number in range(n)]
    owner = [name for name, (_, n) in counts.items() for _ in range(n)]
    return pd.Series(outcome), pd.Series(owner)


def test_case_mix_explains_what_the_owners_did_not():
    # in tier A 80 % come again, in C 20 %, whoever looks after them; E1 has mostly A, E2 mostly C
    tiers = pd.Series(((["A"] * 50 + ["C"] * 10) + (["A"] * 10 + ["C"] * 50)) * 2)
    again = pd.Series(([1.0] * 40 + [0] * 10 + [1] * 2 + [0] * 8 + [1] * 8 + [0] * 2 + [1] * 10 + [0] * 40) * 2)
    owner = pd.Series((["E1"] * 60 + ["E2"] * 60) * 2)
    plain = evaluation.compare_groups(again, owner)
    assert plain.table.loc["E1", "observed"] == pytest.approx(42 / 60)
    assert plain.table["position"].to_dict() == {"E1": "above", "E2": "below"}
    fair = evaluation.compare_groups(again, owner, pd.DataFrame({"tier": tiers}))
    assert fair.table["expected"].to_dict() == pytest.approx({"E1": 42 / 60, "E2": 18 / 60})
    assert fair.table["adjusted"].to_numpy() == pytest.approx([0.5, 0.5])
    assert set(fair.table["position"]) == {"within"} and fair.between == 0


def test_shrinkage_by_an_independent_implementation():
    again, owner = binary(E1=(45, 60), E2=(30, 60), E3=(20, 80), E4=(12, 20))
    found = evaluation.compare_groups(again, owner)
    rate = np.array([45 / 60, 30 / 60, 20 / 80, 12 / 20])
    n = np.array([60, 60, 80, 20])
    overall = again.mean()
    spread = np.sqrt(((again - overall) ** 2).sum() / (len(again) - 1))
    variance = spread**2 / n
    weight = 1 / variance
    centre = (weight * rate).sum() / weight.sum()
    excess = (weight * (rate - centre) ** 2).sum() - 3
    between = np.sqrt(excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    both = 1 / (variance + between**2)
    middle = (both * rate).sum() / both.sum()
    kept = between**2 / (between**2 + variance)
    table = found.table.loc[["E1", "E2", "E3", "E4"]]
    assert found.between == pytest.approx(between)
    assert table["shrunken"].to_numpy() == pytest.approx(middle + kept * (rate - middle))
    assert (table["high"] - table["shrunken"]).to_numpy() == pytest.approx(
        1.959964 * np.sqrt(kept * variance), rel=1e-5
    )
    assert table["rank"].tolist() == [1, 3, 4, 2]


def test_few_customers_are_pulled_further_to_the_mean():
    again, owner = binary(large=(160, 200), small=(12, 15), other=(80, 200), fourth=(90, 200))
    table = evaluation.compare_groups(again, owner).table
    assert table.loc["small", "observed"] == table.loc["large", "observed"] == 0.8
    assert table.loc["small", "shrunken"] < table.loc["large", "shrunken"]


def test_differences_that_chance_explains_are_pulled_together():
    rng = np.random.default_rng(1)
    owner = pd.Series(np.repeat([f"E{number}" for number in range(8)], 40))
    found = evaluation.compare_groups(pd.Series((rng.random(320) < 0.5).astype(float)), owner)
    assert found.table["shrunken"].std() < found.table["observed"].std() / 2
    assert set(found.table["position"]) == {"within"}


def test_planted_levels_are_nearer_after_shrinkage():
    rng = np.random.default_rng(3)
    level = rng.normal(0.5, 0.06, 60)
    sizes = rng.integers(15, 120, 60)
    owner = np.repeat([f"E{number:02d}" for number in range(60)], sizes)
    again = (rng.random(sizes.sum()) < np.repeat(level, sizes)).astype(float)
    found = evaluation.compare_groups(pd.Series(again), pd.Series(owner))
    table = found.table.sort_index()
    assert found.between == pytest.approx(0.06, abs=0.025)
    assert ((table["shrunken"] - level) ** 2).mean() < 0.8 * ((table["observed"] - level) ** 2).mean()
    assert (table["low"].le(level) & table["high"].ge(level)).mean() >= 0.85


def test_owner_with_few_customers_is_not_judged():
    again, owner = binary(E1=(20, 40), E2=(10, 40), E3=(3, 3))
    table = evaluation.compare_groups(again, owner).table
    assert table.loc["E3", "note"] == "too_few"
    assert table.loc["E3", ["adjusted", "shrunken", "rank"]].isna().all()
    assert table.index[-1] == "E3"


def test_funnel_by_hand():
    again, owner = binary(E1=(30, 60), E2=(50, 100))
    found = evaluation.compare_groups(again, owner)
    limits = evaluation.funnel(found)
    n = limits.index[5]
    spread = np.sqrt(160 * 0.25 / 159)
    assert limits.loc[n, "high_95"] == pytest.approx(0.5 + 1.959964 * spread / np.sqrt(n))
    assert limits.loc[n, "low_998"] == pytest.approx(0.5 - 3.090232 * spread / np.sqrt(n))


def test_equal_outcomes_give_no_infinities():
    found = evaluation.compare_groups(pd.Series([1.0] * 40), pd.Series(["E1", "E2"] * 20))
    assert found.table[["adjusted", "shrunken", "low", "high"]].to_numpy() == pytest.approx(1.0)


def test_one_owner_and_blank_outcomes_are_refused():
    again, owner = binary(E1=(5, 20))
    with pytest.raises(DataError) as error:
        evaluation.compare_groups(again, owner)
    assert error.value.code == "evaluation_one_group" and str(error.value)
    again, owner = binary(E1=(5, 20), E2=(5, 20))
    with pytest.raises(DataError, match="1 values"):
        evaluation.compare_groups(again.mask(again.index == 3), owner)


def test_customer_that_stands_there_twice_is_named():
    again = pd.Series(1.0, ["C1", "C2", "C2"])
    with pytest.raises(DataError, match="C2"):
        evaluation.compare_groups(again, pd.Series("E1", ["C1", "C2"]))


def test_customers_without_an_owner_are_left_out():
    again, owner = binary(E1=(5, 20), E2=(5, 20))
    found = evaluation.compare_groups(again, owner.mask(owner.index < 5))
    assert found.table["customers"].to_dict() == {"E2": 20, "E1": 15}
    assert found.left_out == 5


def test_outcome_by_hand():
    orders = pd.DataFrame(
        {
            "order_id": list("12345"),
            "customer_id": list("aabbc"),
            "order_date": pd.to_datetime(["2023-01-05", "2024-03-01", "2023-06-01", "2024-02-01", "2024-05-01"]),
            "amount": [100.0, 50, 20, -5, 70],
        }
    )
    people = pd.DataFrame({"customer_id": list("abcd"), "owner": ["E1", "E2", "E1", "E2"]})
    book = Book(as_of=pd.Timestamp("2024-12-30"), orders=orders, customers=people)
    table = evaluation.assignments(book)  # the last 365 days begin on 1 January 2024
    assert table.index.tolist() == ["a", "b"]  # c bought first in those days, d never
    assert table["group"].tolist() == ["E1", "E2"]
    assert table["bought_again"].tolist() == [1.0, 0.0]  # a return is no purchase
    assert table["net"].tolist() == [50.0, -5.0]
    assert table["tier"].tolist() == ["A", "B"]  # 100 of 120 crosses 80 %


def test_owners_and_stores_of_the_sample():
    book = load(sample.folder("retail"))
    for by in ("owner", "store"):
        table = evaluation.assignments(book, by)
        found = evaluation.compare_groups(table["bought_again"], table["group"], table[["tier", "silent"]])
        assert found.table["customers"].sum() == len(table)
        shown = found.table[found.table["note"] == ""]
        expected = (shown["expected"] * shown["customers"]).sum() / shown["customers"].sum()
        assert expected == pytest.approx(table["bought_again"].mean(), abs=0.02)


def test_too_short_a_history_is_refused():
    orders = pd.DataFrame({"customer_id": ["a"], "order_date": pd.to_datetime(["2024-06-01"]), "amount": [1.0]})
    people = pd.DataFrame({"customer_id": ["a"], "owner": ["E1"]})
    with pytest.raises(DataError) as error:
        evaluation.assignments(Book(as_of=pd.Timestamp("2024-06-30"), orders=orders, customers=people))
    assert error.value.code == "lifecycle_short_history"
    with pytest.raises(DataError, match="owner"):
        evaluation.assignments(Book(as_of=pd.Timestamp("2024-06-30"), orders=orders, customers=people[["customer_id"]]))
