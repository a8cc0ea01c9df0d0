"""Exports as they come: read right, or asked about, or refused; a small file of each kind, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from crmbook import Book, DataError, load
from crmbook.locale import use
from data_files import finding, reconciled, refused, rules, workbook, written


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


# Who the customer is, and what headers mean ---------------------------------------------------------------------------


def test_deals_go_by_the_account_and_never_by_their_owner(tmp_path):
    rows = "Li,500,2024-01-05,Elm", "Li,80,2024-01-06,Oak"
    book = load(listed(tmp_path, "Deal Owner,Amount,Closing Date,Account Name", *rows))
    assert money(book) == {"Elm": 500, "Oak": 80}
    assert finding(book, "customer_by_name")["column"] == "Account Name"
    path = listed(tmp_path, "Deal Owner,Amount,Closing Date", *(row.rpartition(",")[0] for row in rows))
    with pytest.raises(DataError, match="customer_id") as caught:
        load(path)
    assert caught.value.code == "load_column_nowhere" and '"Deal Owner"' not in str(caught.value)


@pytest.mark.parametrize(
    ("surest", "rule"),
    [
        ("客户编码", ""),
        ("客户名称_唯一性ID", "customer_by_account"),
        ("邮箱", "customer_by_contact"),
        ("客户名称", "customer_by_name"),
    ],
)
def test_surest_column_says_who_the_customer_is(tmp_path, surest, rule):
    order = ["客户编码", "客户名称_唯一性ID", "邮箱", "客户名称"]
    there = order[order.index(surest) :]
    cells = {"客户编码": "C1", "客户名称_唯一性ID": "64b0", "邮箱": "Ann@Example.com", "客户名称": "安和商贸"}
    # the surest stands last, so it is not the first that is met
    header = ",".join(["单号,日期,金额", *reversed(there)])
    row = ",".join(["1,2024-01-05,10", *(cells[name] for name in reversed(there))])
    book = load(listed(tmp_path, header, row))
    assert money(book) == {cells[surest].lower() if surest == "邮箱" else cells[surest]: 10}
    assert {one for one in rules(book) if one.startswith("customer_by")} == ({rule} if rule else set())


def test_column_that_is_hardly_filled_does_not_say_who_the_customer_is(tmp_path):
    rows = [f"{number},2024-01-{number:02d},10,{'M1' if number == 1 else ''},P{number % 3}" for number in range(1, 10)]
    book = load(listed(tmp_path, "单号,日期,金额,会员号,客户名称", *rows))
    assert money(book) == {"P0": 30, "P1": 30, "P2": 30}
    three_quarters = [f"{number},2024-01-{number:02d},10,{'M1' if number < 8 else ''},P1" for number in range(1, 10)]
    assert money(load(listed(tmp_path, "单号,日期,金额,会员号,客户名称", *three_quarters))) == {"M1": 70}


def test_names_that_differ_little_stay_apart_and_are_listed(tmp_path):
    rows = "1,2024-01-05,10,安和商贸有限公司", "2,2024-01-06,20,安和商贸", "3,2024-01-07,40,百味食品"
    book = load(listed(tmp_path, "单号,日期,金额,客户名称", *rows))
    assert len(money(book)) == 3
    assert finding(book, "names_alike")["value"] == "安和商贸有限公司 / 安和商贸"


def test_masked_customers_are_said(tmp_path):
    rows = "1,2024-01-05,10,138****0005", "2,2024-01-06,20,139****0006"
    book = load(listed(tmp_path, "单号,日期,金额,手机号", *rows))
    assert finding(book, "customer_masked")["rows"] == 2


@pytest.mark.parametrize("nobody", ["0", "Guest", "散客", ""])
def test_sales_to_nobody_known_are_set_aside_and_counted(tmp_path, nobody):
    book = load(listed(tmp_path, HEADER, "1,A,2024-01-05,10", f"2,{nobody},2024-01-06,20"))
    assert money(book) == {"A": 10}
    assert reconciled(book)["anonymous"] == 1


@pytest.mark.parametrize(
    "header",
    [
        "订单编号,客户名称（必填）,下单日期（必填）,销售订单金额(元)",
        "*订单号,下单帐号,订单创建时间,总金额",
        "訂單編號,客戶名稱,下單日期,金額",
        "发票号,购货单位,开票日期,价税合计",
        "Invoice Number,Client,Invoice Date (UTC),Net Sales",
        "SO Number,Account Name,Sales Date,Grand Total (USD)",
        "单据编号,往来单位,单据日期,含税金额",
        "order no.,买家会员名,Purchase Date,Total",
    ],
)
def test_headers_as_vendors_write_them(tmp_path, header):
    book = load(listed(tmp_path, header, "1,甲,2024-01-05,10", "2,乙,2024-01-06,20"))
    assert money(book) == {"甲": 10, "乙": 20}
    assert book.orders["order_id"].tolist() == ["1", "2"]


def test_amount_with_tax_is_read_rather_than_the_one_without_and_said(tmp_path):
    book = load(
        listed(tmp_path, "发票号,客户编码,开票日期,无税金额,金额,价税合计", "1,C1,2024-01-05,106.19,106.19,120")
    )
    assert money(book) == {"C1": 120}


def test_order_number_under_name_and_customer_under_name(tmp_path):
    shopify = listed(tmp_path, "Name,Email,Created at,Total", "#1001,a@example.com,2024-01-05,10")
    book = load(shopify)
    assert (book.orders["order_id"].tolist(), money(book)) == (["#1001"], {"a@example.com": 10})
    assert money(load(listed(tmp_path, "Name,Date,Total", "Ann Lee,2024-01-05,10"))) == {"Ann Lee": 10}


# Quantity × unit price, units -----------------------------------------------------------------------------------------


def test_amount_is_worked_out_where_there_is_none_and_said(tmp_path):
    rows = "1,A,2024-01-05,4,2.5", "2,B,2024-01-06,-2,3"
    book = load(listed(tmp_path, "InvoiceNo,CustomerID,InvoiceDate,Quantity,UnitPrice", *rows))
    assert money(book) == {"A": 10, "B": -6}
    assert finding(book, "amount_made")["value"] == "Quantity × UnitPrice"
    with_amount = load(
        listed(tmp_path, "order_id,customer_id,date,quantity,unit price,amount", "1,A,2024-01-05,4,2.5,9")
    )
    assert money(with_amount) == {"A": 9} and "amount_made" not in rules(with_amount)
    alone = listed(tmp_path, "order_id,customer_id,date,unit price", "1,A,2024-01-05,2.5")
    refused(lambda: load(alone), "amount", code="load_column_nowhere")


@pytest.mark.parametrize(
    ("header", "above", "total"),
    [
        ("金额（万元）", "", 300_000),
        ("金额(千元)", "", 30_000),
        ("金额（单位：万元）", "", 300_000),
        ("金额（元）", "", 30),
        ("Amount (cents)", "", 0.3),
        ("Amount ($k)", "", 30_000),
        ("金额", "单位：万元", 300_000),
        ("Amount", "Sales report (in thousands)", 30_000),
        ("金额（元）", "单位：万元", 30),
    ],
)
def test_unit_in_the_header_or_above_it_is_applied_and_said(tmp_path, header, above, total):
    lines = [above] if above else []
    rows = "1,A,2024-01-05,10", "2,B,2024-01-06,20"
    book = load(listed(tmp_path, *lines, f"order_id,customer_id,date,{header}", *rows))
    assert sum(money(book).values()) == pytest.approx(total)
    assert ("unit_applied" in rules(book)) == (total != 30)


# Sales without a customer ---------------------------------------------------------------------------------------------


def test_share_of_anonymous_sales_is_said_in_rows_and_in_money(tmp_path):
    rows = "1,A,2024-01-05,10", "2,,2024-01-06,20", "3,B,2024-01-07,30", "4,A,2024-01-08,40"
    book = load(listed(tmp_path, HEADER, *rows))
    assert money(book) == {"A": 50, "B": 30}
    found = finding(book, "anonymous")
    assert (found["rows"], found["money"], found["value"]) == (1, 20, "25.0% / 20.0%")
    assert book.faults.empty


def test_file_in_which_hardly_anybody_is_named_is_refused(tmp_path):
    rows = [f"{number},,2024-01-05,10" for number in range(19)]
    assert money(load(listed(tmp_path, HEADER, *rows, "19,A,2024-01-06,10"))) == {"A": 10}  # 1 in 20
    one_more = listed(tmp_path, HEADER, *rows, "19,A,2024-01-06,10", "20,,2024-01-06,10")
    refused(lambda: load(one_more), "customer_id", 21, code="load_nobody")


# Rows that are no records, and later lines of an order ----------------------------------------------------------------


def test_sub_totals_anywhere_are_no_customers(tmp_path):
    rows = "甲,2024-01-05,120", "1月小计,2024-01-31,120", "乙,2024-02-03,80", "2月小计,2024-02-28,80", "总计,,200"
    book = load(listed(tmp_path, "客户,日期,金额", *rows))
    assert money(book) == {"甲": 120, "乙": 80}
    assert reconciled(book)["total_row"] == 3


@pytest.mark.parametrize(
    "word", ["小计", "C001 汇总", "合计：", "本页合计", "Subtotal", "Grand total", "Total", "总计"]
)
@pytest.mark.parametrize("place", ["order_id", "customer_id", "name"])
def test_word_for_a_total_counts_where_the_row_names_no_order(tmp_path, word, place):
    total = {"order_id": f"{word},,,30,", "customer_id": f",{word},,30,", "name": f",,,30,{word}"}[place]
    rows = "1,A,2024-01-05,10,Ann", "2,A,2024-01-06,20,Ann", total, "3,B,2024-01-07,5,Bo", "4,B,2024-01-08,5,Bo"
    book = load(listed(tmp_path, HEADER + ",who", *rows, "5,C,2024-01-09,5,Cy", "6,C,2024-01-09,5,Cy"))
    assert money(book) == {"A": 30, "B": 10, "C": 10}
    assert finding(book, "total_row")["row"] == 4


def test_customer_or_product_called_total_stays(tmp_path):
    rows = "1,Total Energies,2024-01-05,10,Total 5W-30", "2,Hotel Total,2024-01-06,20,Subtotal", "3,C,2024-01-07,30,x"
    book = load(listed(tmp_path, HEADER + ",product", *rows))
    assert money(book) == {"Total Energies": 10, "Hotel Total": 20, "C": 30}
    no_numbers = listed(tmp_path, "customer,date,amount", "A,2024-01-05,10", "Hotel Total,2024-01-06,20")
    assert money(load(no_numbers)) == {"A": 10, "Hotel Total": 20}


def test_row_that_is_the_sum_of_those_above_it_needs_no_word(tmp_path):
    rows = "1,A,2024-01-05,10", "2,A,2024-01-06,20", ",,,30", "3,B,2024-01-07,5", "4,B,2024-01-08,6", ",,,11", ",,,41"
    book = load(listed(tmp_path, HEADER, *rows))
    assert money(book) == {"A": 30, "B": 11}
    assert reconciled(book)["total_row"] == 3


@pytest.mark.parametrize("count", [1, 3])
def test_explanations_and_units_under_the_header_are_no_orders(tmp_path, count):
    words = ["订单的编号,客户的编号,下单当天,单位：万元", "必填,必填,yyyy-mm-dd,数字", "文本,文本,日期,数值"][:count]
    book = load(listed(tmp_path, HEADER, *words, "1,A,2024-01-05,10", "2,B,2024-01-06,20"))
    assert money(book) == {"A": 100_000, "B": 200_000}
    assert reconciled(book)["total_row"] == count


def test_footers_however_many_are_no_orders(tmp_path):
    foot = (
        "总单数,总金额,,",
        "2,30.00,,",
        ",,,",
        "制表人：张三,,审核人：李四,",
        "打印时间：2024-02-01,,,",
        "单位：千元,,,",
    )
    book = load(listed(tmp_path, HEADER, "1,A,2024-01-05,10", "2,B,2024-01-06,20", *foot))
    assert money(book) == {"A": 10_000, "B": 20_000}
    assert reconciled(book)["total_row"] == 5 and reconciled(book)["faulty"] == 0


def test_faulty_row_in_the_middle_is_no_remark(tmp_path):
    rows = [f"{number},A,2024-01-{number:02d},10" for number in range(1, 29)]
    rows[14] = "15,A,never,much"
    book = load(listed(tmp_path, HEADER, *rows), allowed_faults=0.1)
    assert reconciled(book)["faulty"] == 1 and reconciled(book)["total_row"] == 0


def test_later_lines_of_an_order_take_over_its_head(tmp_path):
    rows = (
        "1,A,2024-01-05,10,壶,已发货",
        ",,,5,杯,",
        "2,B,2024-01-06,20,壶,已取消",
        ",,,7,杯,",
        "3,B,2024-01-07,9,壶,已发货",
    )
    book = load(listed(tmp_path, HEADER + ",商品,订单状态", *rows))
    assert money(book) == {"A": 15, "B": 9}
    assert book.orders["order_id"].tolist() == ["1", "1", "3"]
    assert reconciled(book)["not_sale"] == 2


def test_order_whose_total_stands_on_its_first_line(tmp_path):
    header = "Name,Email,Financial Status,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id"
    rows = (
        "#1001,a@x.com,paid,120,2024-01-05,1,Pot,72,55",
        "#1001,a@x.com,,,,2,Cup,24,",
        "#1002,b@x.com,voided,9,2024-01-06,1,Cup,9,56",
    )
    book = load(listed(tmp_path, header, *rows))
    assert money(book) == {"a@x.com": 120}
    assert len(book.orders) == 2 and finding(book, "amount_on_first_line")["rows"] == 1


def test_blank_customer_beside_a_date_is_nobody_and_no_later_line(tmp_path):
    rows = "1,A,2024-01-05,10,壶", "2,,2024-01-05,5,杯", "3,B,2024-01-06,20,壶"
    book = load(listed(tmp_path, HEADER + ",商品", *rows))
    assert money(book) == {"A": 10, "B": 20} and reconciled(book)["anonymous"] == 1


def test_merged_cells_are_filled_and_a_merged_total_counts_once(tmp_path):
    path = tmp_path / "orders.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 4, "销售出库")
    sheet.write_row(1, 0, ["单据编号", "客户", "日期", "商品", "金额"])
    for column, value in enumerate(["X1", "安和商贸", "2024-01-05"]):
        sheet.merge_range(2, column, 3, column, value)
    sheet.merge_range(2, 4, 3, 4, 30)
    sheet.write(2, 3, "壶")
    sheet.write(3, 3, "杯")
    sheet.write_row(4, 0, ["X2", "百味食品", "2024-01-06", "壶", 20])
    book.close()
    read = load(path)
    assert money(read) == {"安和商贸": 30, "百味食品": 20}
    assert read.orders["order_id"].tolist() == ["X1", "X1", "X2"]


def test_back_ticks_and_tabs_before_cells_are_no_part_of_them(tmp_path):
    rows = "`1,`A,`2024-01-05,`10", "\t2,\tB\t,2024-01-06\t,\t20"
    book = load(listed(tmp_path, HEADER, *rows))
    assert money(book) == {"A": 10, "B": 20} and book.orders["order_id"].tolist() == ["1", "2"]


# The total of an order on each of its lines ---------------------------------------------------------------------------


def test_total_of_an_order_on_each_line_counts_once(tmp_path):
    rows = "1,壶,A,2024-01-05,300", "1,杯,A,2024-01-05,300", "2,壶,B,2024-01-06,80", "3,壶,A,2024-01-07,20"
    book = load(listed(tmp_path, "订单号,商品名称,客户编号,下单时间,订单金额", *rows))
    assert money(book) == {"A": 320, "B": 80}
    found = finding(book, "total_once")
    assert (found["rows"], found["money"], found["value"]) == (1, 300, "1")


def test_same_amount_on_all_lines_under_another_header_is_asked_about(tmp_path):
    rows = "1,壶,A,2024-01-05,300", "1,杯,A,2024-01-05,300", "2,壶,B,2024-01-06,80", "2,杯,B,2024-01-06,80"
    path = listed(tmp_path, "订单号,商品名称,客户编号,下单时间,金额", *rows)
    refused(
        lambda: load(path), 'columns={"金额": "order_total"}', 'columns={"金额": "amount"}', code="load_total_or_line"
    )
    assert money(load(path, columns={"金额": "order_total"})) == {"A": 300, "B": 80}
    assert money(load(path, columns={"金额": "amount"})) == {"A": 600, "B": 160}


@pytest.mark.parametrize(
    ("prices", "total"),
    [(("1,100", "2,100"), {"A": 300, "B": 5}), (("1,300", "1,300"), {"A": 600, "B": 5})],
    ids=["prices of the lines add up to it", "prices of the lines are it"],
)
def test_price_of_a_line_tells_what_the_amount_is(tmp_path, prices, total):
    rows = f"1,A,2024-01-05,300,壶,{prices[0]}", f"1,A,2024-01-05,300,杯,{prices[1]}", "2,B,2024-01-06,5,壶,1,5"
    assert money(load(listed(tmp_path, HEADER + ",product,qty,unit price", *rows))) == total


def test_amounts_that_differ_within_an_order_are_those_of_its_lines(tmp_path):
    rows = "1,壶,A,2024-01-05,200", "1,杯,A,2024-01-05,100", "2,壶,B,2024-01-06,80", "2,杯,B,2024-01-06,80"
    assert money(load(listed(tmp_path, "订单号,商品名称,客户编号,下单时间,订单金额", *rows))) == {"A": 300, "B": 160}


# Dates ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day",
    [
        "Jan 5, 2024, 3:12:33 PM",
        "1/5/2024, 3:12 PM",
        "2024-01-05 15:12:33 GMT+8",
        "2024/1/5 15:12 (UTC+08:00)",
        "2024年1月5日 9时5分",
        "2024年1月5日9时",
        "Fri Jan 05 15:12:33 CST 2024",
        "5-Jan-2024",
        "`2024-01-05 15:12:33",
        "\t2024-01-05",
        "2024-01-05T15:12:33.000+0800",
    ],
)
def test_dates_as_vendors_write_them(tmp_path, day):
    book = load(listed(tmp_path, HEADER, f'1,A,"{day}",10'), date_format="mdy")
    assert book.as_of == pd.Timestamp("2024-01-05")


@pytest.mark.parametrize("month", ["2024-02", "2024/2", "2024年2月", "2024年02月"])
def test_month_alone_is_its_first_day_and_said(tmp_path, month):
    book = load(listed(tmp_path, HEADER, f"1,A,{month},10", f"2,B,{month},20"))
    assert book.as_of == pd.Timestamp("2024-02-01")
    assert finding(book, "date_month")["rows"] == 2


@pytest.mark.parametrize("wrong", ["2024年13月", "2024-13", "Jan 35, 2024, 3:12 PM", "2024年1月5日 25时5分"])
def test_dates_that_do_not_exist_are_faults(tmp_path, wrong):
    rows = f'1,A,"{wrong}",10', "2,B,2024-01-06,20"
    assert reconciled(load(listed(tmp_path, HEADER, *rows), allowed_faults=0.5))["faulty"] == 1


# Sheets and files of one table ----------------------------------------------------------------------------------------


def test_sheets_of_one_table_are_put_together_and_rows_in_two_of_them_count_once(tmp_path):
    first = [
        HEADER.split(","),
        ["1", "A", "2024-01-05", 10],
        ["2", "B", "2024-01-31", 20],
        ["2", "B", "2024-01-31", 20],
    ]
    second = [[*HEADER.split(","), "备注"], first[2], ["3", "A", "2024-02-05", "much"]]
    second[1:] = [[*row, ""] for row in second[1:]]
    path = workbook(tmp_path, {"1月": first, "2月": second, "说明": [["read me"]]})
    book = load(path, allowed_faults=0.5)
    assert money(book) == {"A": 10, "B": 40}
    assert reconciled(book)["overlap"] == 1
    assert finding(book, "overlap")["file"] == "orders.xlsx [2月]"
    fault = finding(book, "number_unreadable")
    assert (fault["file"], fault["row"]) == ("orders.xlsx [2月]", 3)


def test_files_of_one_table_are_put_together(tmp_path):
    listed(tmp_path, HEADER, "1,A,2023-12-30,10", "2,B,2023-12-31,20", name="orders_2023.csv")
    listed(tmp_path, HEADER + ",remark", "2,B,2023-12-31,20,", "3,A,2024-01-05,40,gift", name="orders_2024.csv")
    book = load(tmp_path)
    assert money(book) == {"A": 50, "B": 20}
    assert finding(book, "stacked")["value"] == "orders_2023.csv (2), orders_2024.csv (2)"
    assert finding(book, "overlap")["rows"] == 1


def test_files_with_other_headers_or_the_same_name_are_not_put_together(tmp_path):
    listed(tmp_path, HEADER, "1,A,2023-12-30,10", name="orders_2023.csv")
    listed(tmp_path, "order_id,customer_id,amount", "3,A,40", name="orders_2024.csv")
    refused(lambda: load(tmp_path), "orders_2023.csv", "orders_2024.csv", code="load_two_files")


def test_order_number_in_two_files_is_said(tmp_path):
    listed(tmp_path, HEADER, "1,A,2023-01-05,10", name="orders_2023.csv")
    listed(tmp_path, HEADER, "1,A,2024-01-05,40", name="orders_2024.csv")
    found = finding(load(tmp_path), "order_in_two")
    assert (found["value"], found["rows"]) == ("1", 2)


def test_lines_without_order_numbers_stay_apart_in_two_files(tmp_path):
    listed(tmp_path, "customer_id,date,amount", "A,2023-01-05,10", name="orders_2023.csv")
    listed(tmp_path, "customer_id,date,amount", "A,2024-01-05,40", name="orders_2024.csv")
    assert load(tmp_path).orders["order_id"].nunique() == 2


@pytest.mark.parametrize(
    "name",
    [
        "Sales_Orders_2024_07_01.csv",
        "销售订单对象导出结果_20240701.csv",
        "ExportOrderList202407.csv",
        "orders_export_1.csv",
        "订单明细2024年7月.csv",
    ],
)
def test_names_of_files_as_vendors_write_them(tmp_path, name):
    listed(tmp_path, HEADER, "1,A,2023-12-30,10", name=name)
    listed(tmp_path, "customer_id,account_type", "A,consumer", name="客户对象导出结果_20240701.csv")
    book = load(tmp_path)
    assert money(book) == {"A": 10} and len(book.customers) == 1


# Layouts that are no list of orders, and side tables that cannot be read ----------------------------------------------


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("客户,1月,2月,3月", "load_layout_months"),
        ("customer,2024-01,2024-02,2024-03", "load_layout_months"),
        ("Customer,Jan 2024,Feb 2024,Mar 2024", "load_layout_months"),
        ("customer_id,Recency,Frequency,Monetary", "load_layout_rfm"),
        ("客户编号,R值,F值,M值", "load_layout_rfm"),
        ("行标签,求和项:金额,计数项:订单,x", "load_layout_pivot"),
        ("foo,bar,baz,qux", "load_column_nowhere"),
    ],
)
def test_layout_that_is_no_list_of_orders_is_named(tmp_path, header, code):
    path = listed(tmp_path, header, "A,1,2,3", "B,4,5,6")
    refused(lambda: load(path), "orders.csv", code=code)


def test_header_in_two_rows_is_named(tmp_path):
    path = listed(tmp_path, "客户,2024年,,2025年,", ",金额,数量,金额,数量", "甲,10,1,20,2")
    refused(lambda: load(path), "金额", code="load_layout_two_headers")


def test_file_without_a_header_is_asked_about_and_read_by_the_places_of_its_columns(tmp_path):
    path = written(tmp_path, " 00001 19970101  1   11.77\n 00002 19970112  5   77.00\n", "sample.txt")
    refused(lambda: load(path), '"2": "order_date"', '"4": "amount"', code="load_no_header")
    places = {"1": "customer_id", "2": "order_date", "3": "quantity", "4": "amount"}
    book = load(path, columns=places)
    assert money(book) == {"00001": 11.77, "00002": 77}
    assert book.as_of == pd.Timestamp("1997-01-12")


@pytest.mark.parametrize(
    "header", ["user_id order_dt order_products order_amount", '"customer_id date quantity amount"']
)
def test_cells_that_blanks_separate(tmp_path, header):
    path = written(tmp_path, f"{header}\n1 19970101  1   11.77\n2 19970112  5   77.00\n2 19970112 1 12.00\n", "a.txt")
    assert money(load(path)) == {"1": 11.77, "2": 89}


def test_side_table_that_cannot_be_read_stops_nothing(tmp_path):
    listed(tmp_path, HEADER, "1,A,2024-01-05,10")
    listed(tmp_path, "Account Owner,Account Name", "Li,Elm", name="accounts.csv")
    book = load(tmp_path)
    assert money(book) == {"A": 10} and book.customers is None
    assert "customer_id" in finding(book, "table_unread")["advice"]
    (tmp_path / "orders.csv").unlink()
    refused(lambda: load(tmp_path), "accounts.csv", "customer_id")


# Tickets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tickets.csv", "export.csv"])
def test_tickets_of_a_help_desk_are_known_whatever_the_file_is_called(tmp_path, name):
    header = "Summation column,Id,Requester,Requester external id,Status,Priority,Via,Created at,Solved at"
    rows = (
        "1,40,Ann,C001,Closed,Low,Mail,2024-01-03 09:00:00,2024-01-04 10:00:00",
        "1,41,Bo,C002,Open,Urgent,Chat,2024-01-05 09:00:00,",
    )
    book = load(listed(tmp_path, header, *rows, name=name))
    tickets = book.tickets.set_index("ticket_id")
    assert tickets["customer_id"].to_dict() == {"40": "C001", "41": "C002"}
    assert tickets["channel"].tolist() == ["Mail", "Chat"] and tickets["severity"].tolist() == [1, 3]
    assert tickets["closed_at"].notna().tolist() == [True, False]


@pytest.mark.parametrize(
    "header",
    [
        "Id,Status,Created at,Requester",
        "Issue key,Status,Created,Reporter",
        "Case Number,Status,Created Time,Account Name",
        "工单编号,状态,创建时间,客户名称",
    ],
)
def test_value_of_a_ticket_is_no_header(tmp_path, header):
    book = load(listed(tmp_path, header, "1,Closed,2024-01-05 10:00,Ann", name="tickets.csv"))
    assert book.tickets[["ticket_id", "customer_id"]].values.tolist() == [["1", "Ann"]]


# Surveys --------------------------------------------------------------------------------------------------------------


def survey(folder: Path, header: str, *rows: str, name: str = "survey.csv") -> Book:
    return load(listed(folder, header, *rows, name=name))


def test_items_are_found_by_their_questions_and_further_ratings_kept_with_theirs(tmp_path):
    header = "序号,提交答卷时间,所用时间,来源,1、请评价—产品质量,1、请评价—售后服务,2、您的总体满意度是？"
    header += ",3、您会把我们推荐给朋友吗？,4、您对门店环境满意吗？,5、您的建议,总分"
    rows = (
        "1,2024/01/05 15:12:33,61秒,微信,满意,非常满意,一般,7,不满意,(跳过),12",
        "2,2024/01/06 15:12:33,62秒,微信,一般,满意,满意,10,满意,快一点,15",
    )
    book = survey(tmp_path, header, *rows, name="12345_按文本.csv")
    read = book.survey
    assert read["product_quality"].tolist() == [4, 3] and read["after_sales"].tolist() == [5, 4]
    assert read["overall"].tolist() == [3, 4] and read["recommend"].tolist() == [7, 10]
    assert read["question_9"].tolist() == [2, 4] and book.questions["question_9"] == "4、您对门店环境满意吗？"
    assert read["comment"].isna().tolist() == [True, False] and book.as_of == pd.Timestamp("2024-01-06")
    assert "总分" in book.matches.query("how == 'ignored'")["header"].tolist()


def test_file_with_a_number_in_each_row_is_no_survey(tmp_path):
    path = listed(tmp_path, "编号,谁,何时,多少", "1,A,2024-01-05,10", "2,B,2024-01-06,20", name="export.csv")
    refused(lambda: load(path), "customer_id", "amount")


def test_scale_of_seven_points_is_told_and_kept_apart_from_those_of_five(tmp_path):
    rows = [f"{n},2024-01-05,{answer}" for n, answer in enumerate([7, 6, 4, 1])]
    book = survey(tmp_path, "response_id,date,overall", *rows)
    assert "overall" not in book.survey and book.survey["question_3"].tolist() == [7, 6, 4, 1]
    assert finding(book, "scale_told")["value"] == "1–7"
    assert book.scales == {"question_3": (1, 7)} and book.questions == {"question_3": "overall"}


@pytest.mark.parametrize("stray", ["0", "55", "maybe"])
def test_column_with_too_many_answers_off_its_scale_is_not_averaged_over_the_rest(tmp_path, stray):
    rows = [f"{n},2024-01-05,{1 + n % 5},4" for n in range(40)]
    rows[:2] = [f"{n},2024-01-05,{stray},4" for n in range(2)]  # 2 in 40 are 5 %
    read = survey(tmp_path, "response_id,date,overall,price", *rows).survey
    assert read["overall"].notna().sum() == 38
    rows[2] = f"2,2024-01-05,{stray},4"
    book = survey(tmp_path, "response_id,date,overall,price", *rows)
    assert "overall" not in book.survey and book.survey["price"].eq(4).all()
    assert finding(book, "rating_refused")["rows"] == 3


def test_options_whose_numbers_run_against_their_words_go_by_their_words(tmp_path):
    rows = "1,2024-01-05,1.非常满意", "2,2024-01-05,2.满意", "3,2024-01-05,3.一般"
    book = survey(tmp_path, "response_id,date,overall", *rows)
    assert book.survey["overall"].tolist() == [5, 4, 3]
    assert finding(book, "options_by_words")["value"] == "1.非常满意 = 5, 2.满意 = 4, 3.一般 = 3"
    other_way = "1,2024-01-05,5.非常满意", "2,2024-01-05,4.满意", "3,2024-01-05,3.一般"
    assert survey(tmp_path, "response_id,date,overall", *other_way).survey["overall"].tolist() == [5, 4, 3]


def test_further_header_rows_of_qualtrics_and_surveymonkey_are_no_answers(tmp_path):
    header = "StartDate,EndDate,RecordedDate,ResponseId,ExternalReference,Q1_1,Q2,Q3"
    texts = "Start,End,Recorded,Response ID,Ref,How satisfied? - Product quality,Overall?,How likely to recommend us?"
    ids = ",".join(f'"{{""ImportId"":""x{n}""}}"' for n in range(8))
    rows = [f"2024-01-0{n},2024-01-0{n},2024-01-0{n},R{n},C{n},Very satisfied,Somewhat satisfied,9" for n in (1, 2)]
    book = survey(tmp_path, header, texts, ids, *rows)
    read = book.survey
    assert read[["product_quality", "overall", "recommend"]].values.tolist() == [[5, 4, 9]] * 2
    assert read["customer_id"].tolist() == ["C1", "C2"] and book.questions["overall"] == "Overall?"
    monkey = "Respondent ID,End Date,How satisfied are you with:,,Any comment?"
    second = ",,Product quality,Price,Open-Ended Response"
    book = survey(tmp_path, monkey, second, "1,2024-01-05,Satisfied,Very satisfied,fine")
    assert book.survey[["product_quality", "price"]].values.tolist() == [[4, 5]]
    assert book.survey["comment"].tolist() == ["fine"]


# Settings beside the data ---------------------------------------------------------------------------------------------


def test_settings_beside_the_data_hold_for_a_file_and_for_its_folder(tmp_path):
    rows = "1,A,05/01/2024,10,三号仓", "2,B,06/01/2024,20,五号仓", "3,B,x,20,三号仓"
    path = listed(tmp_path, "编号,谁,何时,多少,情况", *rows)
    refused(lambda: load(path), "customer_id")
    settings = """
        date_format = "dmy"
        allowed_faults = 0.5
        unit = "千元"
        currency = "RMB"
        company = "安和商贸"
        [columns]
        "编号" = "order_id"
        "谁" = "customer_id"
        "何时" = "order_date"
        "多少" = "amount"
        "情况" = "state"
        [states]
        "三号仓" = "sale"
        "五号仓" = "neither"
    """
    written(tmp_path, settings, "crmbook.toml")
    for source in (path, tmp_path):
        book = load(source)
        assert money(book) == {"A": 10_000}
        assert (book.as_of, book.currency, book.company) == (pd.Timestamp("2024-01-05"), "CNY", "安和商贸")
        assert "date_format" in finding(book, "settings_used")["value"]
    assert money(load(path, states={"五号仓": "sale"}, unit="元")) == {"A": 10, "B": 20}


def test_settings_of_another_file_and_those_of_other_tables(tmp_path):
    path = listed(tmp_path, "order_id,who,date,amount", "1,A,2024-01-05,10")
    (tmp_path / "kept").mkdir()
    text = '[columns.orders]\nwho = "customer_id"\n[columns.customers]\nname = "customer_id"\n'
    other = written(tmp_path / "kept", text, "mine.toml")
    assert money(load(path, settings=other)) == {"A": 10}
    refused(lambda: load(path, settings=tmp_path / "none.toml"), "none.toml", code="no_source")


@pytest.mark.parametrize(
    ("text", "word", "code"),
    [
        ("date_format = dmy", "crmbook.toml", "load_settings_toml"),
        ('date_fromat = "dmy"', "date_format", "load_settings_name"),
        ('allowed_faults = "5 %"', "allowed_faults", "load_settings_value"),
        ("columns = {a = 5}", "columns", "load_settings_value"),
        ('unit = "stone"', "stone", "load_unit"),
        ('states = {x = "maybe"}', "maybe", "load_states_form"),
        ("__class__ = 1", "__class__", "load_settings_name"),
    ],
)
def test_mistakes_in_settings_are_refused(tmp_path, text, word, code):
    path = listed(tmp_path, HEADER, "1,A,2024-01-05,10")
    written(tmp_path, text, "crmbook.toml")
    refused(lambda: load(path), word, code=code)


def test_currency_of_the_settings_must_fit_the_data(tmp_path):
    path = listed(tmp_path, HEADER, "1,A,2024-01-05,$10")
    written(tmp_path, 'currency = "HKD"', "crmbook.toml")
    assert load(path).currency == "HKD"
    written(tmp_path, 'currency = "EUR"', "crmbook.toml")
    refused(lambda: load(path), "EUR", "USD", code="load_two_currencies")
