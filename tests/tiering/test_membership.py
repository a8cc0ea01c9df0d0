"""Points: a ledger worked by hand, and balances that always are what was earned less what left."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import load, tiering
from crmbook.data import sample
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st


def lines(rows) -> pd.DataFrame:
    return pd.DataFrame(
        [(i, who, pd.Timestamp(day), money) for i, (who, day, money) in enumerate(rows)],
        columns=["order_id", "customer_id", "order_date", "amount"],
    )


def test_a_ledger_by_hand_the_oldest_points_go_first():
    # 100 in January 2023, 50 in June; 120 redeemed in August (all of January, 20 of June); 30 of June expire
    orders = lines([("u", "2023-01-10", 100.9), ("u", "2023-06-10", 50.0), ("u", "2024-02-01", 10.0)])
    spent = pd.DataFrame({"customer_id": ["u"], "date": pd.to_datetime(["2023-08-01"]), "points": [120]})
    entries = tiering.ledger(orders, "2024-06-30", redemptions=spent)
    assert entries[["kind", "points", "balance"]].to_numpy().tolist() == [
        ["earned", 100, 100],
        ["earned", 50, 150],
        ["redeemed", -120, 30],
        ["earned", 10, 40],
        ["expired", -30, 10],
    ]
    assert entries["date"].iloc[-1] == pd.Timestamp("2024-06-10")
    account = tiering.point_account(entries, "2024-06-30", tiering.PointRules(worth=0.02))
    assert account["points"].dropna().to_dict() == {
        "earned": 160,
        "taken_back": 0,
        "expired": -30,
        "redeemed": -120,
        "balance": 10,
    }
    # life is over for 150 of the points, 30 of them expired; 10 points at 0.02 are owed, less a fifth
    assert account.loc["breakage", "share"] == pytest.approx(0.2)
    assert account.loc["redemption_rate", "share"] == pytest.approx(0.75)
    assert account.loc["liability", "money"] == pytest.approx(10 * 0.02 * 0.8)


def test_a_return_takes_back_what_is_there_and_no_more():
    orders = lines([("u", "2024-01-01", 100.0), ("u", "2024-01-05", -60.0), ("u", "2024-01-09", -90.0)])
    entries = tiering.ledger(orders, "2024-01-31")
    assert entries["points"].tolist() == [100, -60, -40]
    assert tiering.point_balances(entries, "2024-01-07").to_dict() == {"u": 40}


def test_vouchers_come_of_themselves_at_a_purchase():
    orders = lines([("u", "2024-01-01", 450.0), ("u", "2024-01-05", 700.0)])
    entries = tiering.ledger(orders, "2024-01-31", tiering.PointRules(voucher=500))
    assert entries["points"].tolist() == [450, 700, -1000]


def test_nobody_redeems_more_than_there_is_and_rules_that_make_no_points_are_refused():
    spent = pd.DataFrame({"customer_id": ["u"], "date": pd.to_datetime(["2024-01-02"]), "points": [101]})
    with pytest.raises(DataError, match=r"u, 2024-01-02: 101 points redeemed, but the account holds 100"):
        tiering.ledger(lines([("u", "2024-01-01", 100.0)]), "2024-01-31", redemptions=spent)
    for wrong in ({"money": 0}, {"months": 0}, {"worth": -1}, {"voucher": 0}):
        with pytest.raises(DataError) as refused:
            tiering.PointRules(**wrong)
        assert refused.value.code == "tiering_points"


DAYS = st.dates(pd.Timestamp("2022-01-01").date(), pd.Timestamp("2024-06-30").date())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("uvw"), DAYS, st.integers(-300, 600)), min_size=1, max_size=25),
    st.integers(1, 18),
    st.sampled_from([None, 200, 500]),
    DAYS,
)
def test_the_balance_is_what_was_earned_less_what_left_on_every_date(rows, months, voucher, day):
    rules = tiering.PointRules(months=months, voucher=voucher)
    entries = tiering.ledger(lines(rows), "2024-12-31", rules)
    if entries.empty:
        return
    assert (entries["balance"] >= 0).all()
    until = entries[entries["date"] < pd.Timestamp(day) + pd.Timedelta(days=1)]
    if len(until):
        last = until.groupby("customer_id")["balance"].last()
        assert tiering.point_balances(entries, day).to_dict() == last.to_dict()
    # nothing older than its life is in an account: all that is left was earned within the months
    recent = entries[
        (entries["kind"] == "earned") & (entries["date"] > pd.Timestamp("2024-12-31") - pd.DateOffset(months=months))
    ]
    most = recent.groupby("customer_id")["points"].sum()
    left = tiering.point_balances(entries, "2024-12-31")
    assert (left <= most.reindex(left.index, fill_value=0)).all()


def test_the_sample_keeps_its_books():
    book = load(sample.folder("retail"))
    rules = tiering.PointRules(voucher=500)
    entries = tiering.ledger(book.orders, book.as_of, rules)
    account = tiering.point_account(entries, book.as_of, rules)
    parts = account.loc[["earned", "taken_back", "expired", "redeemed"], "points"].sum()
    assert parts == account.loc["balance", "points"] == tiering.point_balances(entries, book.as_of).sum()
    assert (entries.loc[entries["kind"] == "redeemed", "points"] % 500 == 0).all()
