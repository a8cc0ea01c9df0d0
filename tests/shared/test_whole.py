"""A period counts as whole when the data cover it from its first to its last day."""

from __future__ import annotations

import pandas as pd
from crmbook.shared.whole import Covered, covered
from small_books import refused


def orders(days) -> pd.DataFrame:
    return pd.DataFrame({"order_date": pd.DatetimeIndex(days)})


def test_half_a_year_of_which_one_month_is_there_is_not_whole():
    file = covered(orders(pd.date_range("2010-12-01", "2011-12-09")))
    halves = file.whole(["2010-07-01", "2011-01-01", "2011-07-01"], ["2010-12-31", "2011-06-30", "2011-12-31"])
    assert halves.tolist() == [False, True, False]


def test_a_day_of_rest_at_the_start_does_not_spoil_a_month():
    file = covered(orders(pd.bdate_range("2023-01-02", "2023-03-31")))
    assert file.whole(["2023-01-01"], ["2023-01-31"]).tolist() == [True]


def test_a_first_week_that_is_missing_spoils_it_where_orders_come_daily():
    file = covered(orders(pd.date_range("2023-01-05", "2023-03-31")))
    assert file.whole(["2023-01-01"], ["2023-01-31"]).tolist() == [False]


def test_a_shop_with_an_order_a_month_is_given_a_week_and_no_more():
    days = pd.date_range("2022-01-20", periods=12, freq="30D")
    assert covered(orders(days)).slack == 7


def test_the_as_of_day_ends_what_is_covered():
    file = covered(orders(pd.date_range("2023-01-01", "2023-03-31")), "2023-02-28")
    assert file.whole(["2023-02-01", "2023-03-01"], ["2023-02-28", "2023-03-31"]).tolist() == [True, False]


def test_a_window_that_begins_before_the_data_is_refused():
    file = Covered(pd.Timestamp("2023-01-05"), pd.Timestamp("2023-12-31"), slack=3)
    file.need("2023-01-02")
    with refused("window_not_covered"):
        file.need("2023-01-01")
