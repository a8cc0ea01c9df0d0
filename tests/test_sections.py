"""Sections of a lesson: closed by a sentence where the data do not hold them, and only then."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook.charts.sections import section
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.locale import use


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


@pytest.fixture
def book():
    channel = pd.Series(["web", None, "shop"])
    orders = pd.DataFrame({"customer_id": ["a", "b", "c"], "channel": channel, "region": [None] * 3})
    return Book(as_of=pd.Timestamp("2024-12-31"), orders=orders, leads=orders.head(0))


@pytest.fixture
def cell(book):
    """Run text as a cell of a notebook: its names are the notebook's."""
    names = {"section": section, "book": book}

    def run(text):
        exec(text, names)
        return names

    return run


def test_a_table_that_is_there_is_given(book, cell):
    names = cell("with section():\n    orders = book.need('orders', 'channel', least=2)")
    assert names["orders"] is book.orders


@pytest.mark.parametrize(
    ("need", "told"),
    [
        ("'tickets'", "This needs a table that is not there: tickets (Complaints and requests). The rest goes on.\n"),
        ("'leads'", "This needs a table that is not there: leads (Leads). The rest goes on.\n"),
        ("'orders', 'region'", "column region"),
        ("'orders', 'store_id'", "column store_id"),
        ("'orders', 'channel', least=3", "at least 3 rows"),
    ],
)
def test_a_section_without_its_data_says_so_and_the_rest_goes_on(cell, capsys, need, told):
    names = cell(f"with section():\n    table = book.need({need})\n    print('not reached')\nafter = True")
    said = capsys.readouterr().out
    assert told in said and said.endswith("The rest goes on.\n") and "not reached" not in said
    assert names["after"] and "table" not in names


def test_the_sentence_comes_in_the_language_in_use(cell, capsys):
    use("zh")
    cell("with section():\n    book.need('leads')")
    assert capsys.readouterr().out == "这里需要的表没有提供：线索（leads）。其余各节照常进行。\n"


def test_a_section_built_on_a_closed_one_closes_with_the_same_sentence(cell, capsys):
    cell("with section():\n    found_leads = len(book.need('leads'))")
    first = capsys.readouterr().out
    names = cell("with section():\n    rate_of_leads = 1 / found_leads\n    print(rate_of_leads)")
    assert capsys.readouterr().out == first
    cell("with section():\n    print(rate_of_leads)")
    assert capsys.readouterr().out == first
    assert "rate_of_leads" not in names


def test_figures_of_an_earlier_run_do_not_outlive_their_data(cell, book, capsys):
    text = "with section():\n    counted = len(book.need('orders'))"
    assert cell(text)["counted"] == 3
    object.__setattr__(book, "orders", None)
    assert "counted" not in cell(text)
    assert "not there: orders" in capsys.readouterr().out


def test_a_section_opens_again_with_its_data(cell, book, capsys):
    text = "with section():\n    leads_now = len(book.need('leads'))\nwith section():\n    print(leads_now)"
    cell(text)
    object.__setattr__(book, "leads", book.orders)
    capsys.readouterr()
    cell(text)
    assert capsys.readouterr().out == "3\n"


@pytest.mark.parametrize(
    ("mistake", "fault"), [("1 / 0", ZeroDivisionError), ("mistyped", NameError), ("book.ordrs", AttributeError)]
)
def test_a_mistake_in_the_code_is_not_hidden(cell, mistake, fault):
    with pytest.raises(fault):
        cell(f"with section():\n    {mistake}")


def test_outside_a_section_the_refusal_is_an_error(book):
    with pytest.raises(DataError, match="leads"):
        book.need("leads")
