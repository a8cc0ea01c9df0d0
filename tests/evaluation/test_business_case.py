"""Where a business case begins: measured where there is a programme, assumed where there is none."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import evaluation
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.shared.estimate import Estimate

START = pd.Timestamp("2024-02-01")


def book(
    spent: dict[str, tuple[float, float]], programme: pd.DataFrame | None = None, cost: float | None = None
) -> Book:
    days = [START - pd.Timedelta(days=15), START + pd.Timedelta(days=15)]
    rows = [(who, day, float(money)) for who, each in spent.items() for day, money in zip(days, each, strict=True)]
    rows.append(("first", START - pd.Timedelta(days=31), 1.0))  # so that a whole month lies before the start
    orders = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    orders.insert(0, "order_id", [f"O{number}" for number in range(len(orders))])
    if cost is not None:
        orders["cost"] = orders["amount"] * cost
    return Book(as_of=pd.Timestamp("2024-02-29"), orders=orders, programme=programme)


SPENT = {"t1": (10, 20), "t2": (12, 24), "c1": (9, 11), "c2": (11, 15)}
PROGRAMME = pd.DataFrame({"customer_id": list(SPENT), "group": ["treated"] * 2 + ["control"] * 2, "start_date": START})


def test_measured_programme_gives_customers_revenue_and_uplift():
    found = evaluation.starting_point(book(SPENT, PROGRAMME, cost=0.6))
    # treated 11 -> 22, comparison group 10 -> 13: effect 8 a month; without it the treated would spend 22 - 8 = 14
    assert found.customers == 2
    assert found.revenue == pytest.approx(12 * 14)
    assert found.uplift.value == pytest.approx(8 / 14)
    assert (found.uplift.low, found.uplift.high) == pytest.approx((found.effect.low / 14, found.effect.high / 14))
    assert found.margin == pytest.approx(0.4)


def test_without_a_programme_the_assumption_holds():
    found = evaluation.starting_point(book(SPENT), uplift=0.2)
    # five customers bought in the year, 113 in all
    assert (found.customers, found.revenue) == (5, pytest.approx(113 / 5))
    assert found.uplift == Estimate(0.2, 0.1, pytest.approx(0.3), 0)
    assert found.effect is None and found.margin == 0.3


def test_programme_that_cannot_be_measured_leaves_the_assumption():
    late = PROGRAMME.assign(start_date=pd.Timestamp("2024-03-15"))
    assert evaluation.starting_point(book(SPENT, late)).effect is None


def test_uplift_of_nothing_is_no_share():
    spent = {"t1": (10, 5), "t2": (12, 6), "c1": (30, 1), "c2": (40, 2)}  # without it the treated would be below zero
    found = evaluation.starting_point(book(spent, PROGRAMME), uplift=0.1)
    assert found.effect is not None and found.uplift.value == 0.1 and found.customers == 5


def test_nobody_bought_for_a_year():
    old = Book(as_of=pd.Timestamp("2026-01-31"), orders=book(SPENT).orders)
    found = evaluation.starting_point(old)
    assert (found.customers, found.revenue) == (5, 0.0)


def test_without_orders_there_is_no_case():
    with pytest.raises(DataError):
        evaluation.starting_point(Book(as_of=START))


def test_two_years_hold_the_customers_of_the_first():
    days = pd.to_datetime(["2022-12-31", "2023-01-01", "2023-12-31", "2024-01-01", "2024-12-31"])
    days += pd.Timedelta(hours=20)
    orders = pd.DataFrame({"customer_id": list("abcbd"), "order_date": days, "amount": [1.0, 2, 4, 8, 16]})
    found = evaluation.two_years(orders, "2024-12-31")
    assert found.to_dict("index") == {"b": {"first": 2.0, "second": 8.0}, "c": {"first": 4.0, "second": 0.0}}
    with pytest.raises(DataError) as error:
        evaluation.two_years(orders, "2022-12-31")
    assert error.value.code == "window_not_covered"


def test_gains_are_means_of_a_month():
    table = evaluation.simulate(customers=20, effect=30.0, months=3, seed=4)
    found = evaluation.customer_gains(table)
    one = table[table["customer_id"] == "C00007"]
    before, after = (one.loc[one["period"] == part, "net"].sum() / 3 for part in ("before", "after"))
    assert found.loc["C00007", "gain"] == pytest.approx(after - before)
    assert found.loc["C00007", "spend_before"] == pytest.approx(before)
    by_group = found.groupby("group")["gain"].mean()
    effect = evaluation.did(table["net"], table["group"], table["period"], table["customer_id"])
    assert by_group["treated"] - by_group["control"] == pytest.approx(effect.value)


def test_power_table_asks_for_four_times_the_customers_for_half_the_effect():
    table = evaluation.power_table([1.0, -0.5], spread=2.0, treated=100, control=100)
    assert table.index.tolist() == [1.0, 0.5]
    # normal approximation: 2 x ((1.96 + .8416) x spread / effect)^2 = 62.8 and 251.2; Student's t needs some more
    assert table["needed_each"].tolist() == [64, 253]
    assert table["chance_found"].is_monotonic_decreasing
