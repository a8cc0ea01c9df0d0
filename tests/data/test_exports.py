"""Exports as they come: read right, or asked about, or refused; a small file of each kind, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from crmbook import Book, load
from crmbook.locale import use
from data_files import finding, reconciled, refused, rules, written


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    use("en")


def listed(folder: Path, *lines: str, name: str = "orders.csv") -> Path:
    """A file of these lines."""
    return written(folder, "\n".join(lines) + "\n", name)


def money(book: Book) -> dict[str, float]:
    """What each customer brought, after the accounts agree."""
    reconciled(book)
    return book.orders.groupby("customer_id")["amount"].sum().round(2).to_dict()


# What a row means -----------------------------------------------------------------------------------------------------

HEADER = "order_id,customer_id,date,amount"
SHOP = "订单号,客户编号,日期,金额"


def shop(folder: Path, lost: str, sold: str, header: str = "订单状态") -> Path:
    """Three orders, the first of which has another state than the others."""
    rows = f"1,K1,2024-01-05,500,{lost}", f"2,K2,2024-01-06,80,{sold}", f"3,K1,2024-01-07,20,{sold}"
    return listed(folder, f"{SHOP},{header}", *rows)


@pytest.mark.parametrize(
    ("lost", "sold"),
    [("交易关闭", "交易成功"), ("已取消", "已发货"), ("作废", "已审核"), ("Cancelled", "Shipped"), ("VOIDED", "paid")],
)
def test_order_that_was_no_sale_is_set_aside_with_its_money(tmp_path, lost, sold):
    book = load(shop(tmp_path, lost, sold))
    assert money(book) == {"K1": 20, "K2": 80}
    found = finding(book, "state_aside")
    assert (found["value"], found["rows"], found["money"], found["effect"]) == (lost, 1, 500, "set_aside")
    assert reconciled(book)["not_sale"] == 1


def test_state_that_nobody_knows_is_asked_about_with_the_line_to_type(tmp_path):
    path = shop(tmp_path, "三号仓", "交易成功")
    refused(lambda: load(path), "订单状态", "三号仓", 'states={"三号仓": "sale"}', code="load_state_unknown")
    assert money(load(path, states={"三号仓": "neither"})) == {"K1": 20, "K2": 80}
    assert money(load(path, states={"三号仓": "sale"})) == {"K1": 520, "K2": 80}
    assert money(load(path, states={"三号仓": "return"})) == {"K1": -480, "K2": 80}
    assert money(load(path, columns={"订单状态": "ignore"})) == {"K1": 520, "K2": 80}
    for wrong in ({"三号仓": "lost"}, ["sale"]):
        refused(lambda wrong=wrong: load(path, states=wrong), "sale", code="load_states_form")


@pytest.mark.parametrize(
    ("won", "other"),
    [("Closed Won", "Negotiation/Review"), ("Closed Won", "Closed Lost"), ("赢单", "输单"), ("赢单", "方案报价")],
)
def test_open_and_lost_deals_are_no_sales(tmp_path, won, other):
    path = listed(tmp_path, HEADER + ",Stage", f"1,A,2024-01-05,10,{won}", f"2,B,2024-01-06,90,{other}")
    assert money(load(path)) == {"A": 10}


@pytest.mark.parametrize(
    ("header", "bad", "good"),
    [
        ("生命状态", "作废", "正常"),
        ("审核状态", "未审核", "已审核"),
        ("支付状态", "支付失败", "支付成功"),
        ("作废", "是", "否"),
    ],
)
def test_life_status_approval_and_payment_count_too(tmp_path, header, bad, good):
    assert money(load(shop(tmp_path, bad, good, header))) == {"K1": 20, "K2": 80}


def test_column_of_states_is_known_by_its_words_whatever_its_header(tmp_path):
    assert money(load(shop(tmp_path, "已取消", "已完成", "流转"))) == {"K1": 20, "K2": 80}
    path = shop(tmp_path, "李四", "张三", "流转")
    assert money(load(path)) == {"K1": 520, "K2": 80}
    told = {"李四": "neither", "张三": "sale"}
    assert money(load(path, columns={"流转": "state"}, states=told)) == {"K1": 20, "K2": 80}


def test_row_is_no_sale_when_one_of_two_columns_says_so(tmp_path):
    rows = "1,A,2024-01-05,10,已发货,已审核", "2,B,2024-01-06,90,已发货,未审核"
    assert money(load(listed(tmp_path, SHOP + ",订单状态,审核状态", *rows))) == {"A": 10}


def test_row_without_a_state_counts_and_is_said(tmp_path):
    book = load(shop(tmp_path, "", "已发货"))
    assert money(book) == {"K1": 520, "K2": 80}
    assert finding(book, "state_blank")["money"] == 500


def test_cancelled_order_need_not_have_an_amount(tmp_path):
    rows = "1,A,2024-01-05,,已取消", "2,B,2024-01-06,90,已发货"
    book = load(listed(tmp_path, SHOP + ",订单状态", *rows))
    assert money(book) == {"B": 90} and reconciled(book)["faulty"] == 0


# Refunds and returns --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["退款金额", "Refunded Amount", "Amount Refunded"])
def test_what_was_paid_back_is_taken_off(tmp_path, header):
    book = load(listed(tmp_path, f"{HEADER},{header}", "1,A,2024-01-05,100,30", "2,B,2024-01-06,90,"))
    assert money(book) == {"A": 70, "B": 90}
    assert finding(book, "refund_off")["money"] == 30
    parts = book.reconciliation.set_index("part")["money"]
    assert (parts["rows_read"], parts["refunded"], parts["kept"]) == (190, 30, 160)


def test_refund_of_an_order_that_is_set_aside_is_not_taken_off_twice(tmp_path):
    rows = "1,A,2024-01-05,100,voided,100", "2,B,2024-01-06,90,paid,0"
    book = load(listed(tmp_path, HEADER + ",status,refunded amount", *rows))
    assert money(book) == {"B": 90}
    assert book.reconciliation.set_index("part")["money"][["not_sale", "refunded"]].tolist() == [100, 0]


def test_order_paid_back_in_full_or_in_part(tmp_path):
    header = HEADER + ",Financial Status"
    rows = "1,A,2024-01-05,100,partially_refunded,40", "2,B,2024-01-06,90,paid,0"
    assert money(load(listed(tmp_path, header + ",Refunded Amount", *rows))) == {"A": 60, "B": 90}
    in_full = listed(tmp_path, header, "1,A,2024-01-05,100,refunded", "2,B,2024-01-06,90,paid")
    assert money(load(in_full)) == {"B": 90}
    in_part = listed(tmp_path, header, *(row.rpartition(",")[0] for row in rows))
    refused(lambda: load(in_part), "partially_refunded", "refund", code="load_refund_unknown")
    assert money(load(in_part, states={"partially_refunded": "sale"})) == {"A": 100, "B": 90}


@pytest.mark.parametrize("kind", ["销售退货单", "退货", "Refund", "REFUND", "红字", "Credit Note"])
@pytest.mark.parametrize("amount", ["30", "-30"])
def test_return_is_a_return_whatever_the_sign_of_its_amount(tmp_path, kind, amount):
    rows = "1,A,2024-01-05,100,销售", f"2,A,2024-01-06,{amount},{kind}"
    book = load(listed(tmp_path, SHOP + ",单据类型", *rows))
    assert money(book) == {"A": 70}
    assert ("return_turned" in rules(book)) == (amount == "30")


def test_row_of_a_refund_that_holds_it_in_the_column_of_refunds(tmp_path):
    rows = "1,A,2024-01-05,100,SUCCESS,0", "1,A,2024-01-08,0,REFUND,30"
    assert money(load(listed(tmp_path, SHOP + ",交易状态,退款金额", *rows))) == {"A": 70}


def test_negative_quantity_beside_a_positive_amount_is_a_return_and_said(tmp_path):
    rows = "1,A,2024-01-05,100,2", "2,B,2024-01-06,50,1", "3,A,2024-01-07,50,-1"
    book = load(listed(tmp_path, HEADER + ",quantity", *rows))
    assert money(book) == {"A": 50, "B": 50}
    assert finding(book, "quantity_turned")["money"] == -50


def test_where_most_quantities_are_negative_their_sign_is_asked_about(tmp_path):
    rows = "1,A,2024-01-05,100,-2", "2,B,2024-01-06,50,-1", "3,A,2024-01-07,50,-1"
    path = listed(tmp_path, HEADER + ",数量", *rows)
    refused(lambda: load(path), 3, 'columns={"数量": "ignore"}', code="load_quantity_sign")
    assert money(load(path, columns={"数量": "ignore"})) == {"A": 150, "B": 50}
