"""Cells of a lesson: closed by a sentence where the data do not hold them, and only then."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.figures import sections
from crmbook.locale import use
from IPython.core.interactiveshell import InteractiveShell


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
def shell(book, monkeypatch, tmp_path):
    """A notebook's shell in which a lesson has begun."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell(user_ns={"book": book})
    shell.history_manager.enabled = False
    monkeypatch.setattr(sections, "get_ipython", lambda: shell)
    sections.begin("tiering")
    return shell


@pytest.fixture
def cell(shell):
    """Run text as a cell of a notebook; give the notebook's names."""

    def run(text):
        assert shell.run_cell(text).success
        return shell.user_ns

    return run


def test_a_table_that_is_there_is_given(book, cell):
    assert cell("orders = book.need('orders', 'channel', least=2)")["orders"] is book.orders


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
def test_a_cell_without_its_data_says_so_and_the_rest_goes_on(cell, capsys, need, told):
    names = cell(f"before = True\ntable = book.need({need})\nprint('not reached')")
    said = capsys.readouterr().out
    assert told in said and said.endswith("The rest goes on.\n") and "not reached" not in said
    assert names["before"] and "table" not in names


def test_the_sentence_comes_in_the_language_in_use(cell, capsys):
    use("zh")
    cell("book.need('leads')")
    assert capsys.readouterr().out == "这里需要的表没有提供：线索（leads）。其余各节照常进行。\n"


def test_a_cell_built_on_a_closed_one_closes_with_the_same_sentence(cell, capsys):
    cell("found_leads = len(book.need('leads'))")
    first = capsys.readouterr().out
    names = cell("rate_of_leads = 1 / found_leads\nprint(rate_of_leads)")
    assert capsys.readouterr().out == first
    cell("print(rate_of_leads)")
    assert capsys.readouterr().out == first
    assert "rate_of_leads" not in names


def test_a_name_set_before_the_refusal_stays(cell, capsys):
    cell("whole = 3\ntable = book.need('leads')")
    capsys.readouterr()
    cell("print(whole)")
    assert capsys.readouterr().out == "3\n"


def test_a_name_only_used_in_passing_is_not_closed(cell, capsys):
    cell("each = 7\nsquares = [each * len(book.need('leads')) for each in range(3)]")
    capsys.readouterr()
    cell("print(each)")
    assert capsys.readouterr().out == "7\n"


def test_figures_of_an_earlier_run_do_not_outlive_their_data(cell, book, capsys):
    text = "counted = len(book.need('orders'))"
    assert cell(text)["counted"] == 3
    object.__setattr__(book, "orders", None)
    assert "counted" not in cell(text)
    assert "not there: orders" in capsys.readouterr().out


def test_a_cell_opens_again_with_its_data(cell, book, capsys):
    cell("leads_now = len(book.need('leads'))")
    object.__setattr__(book, "leads", book.orders)
    cell("leads_now = len(book.need('leads'))")
    capsys.readouterr()
    cell("print(leads_now)")
    assert capsys.readouterr().out == "3\n"


@pytest.mark.parametrize(
    ("mistake", "fault"), [("1 / 0", ZeroDivisionError), ("mistyped", NameError), ("book.ordrs", AttributeError)]
)
def test_a_mistake_in_the_code_is_not_hidden(shell, mistake, fault, capsys):
    assert isinstance(shell.run_cell(mistake).error_in_exec, fault)
    assert fault.__name__ in capsys.readouterr().out


def test_a_lesson_begun_again_forgets_what_was_closed(shell, cell, capsys):
    cell("found_leads = len(book.need('leads'))")
    sections.begin("tiering")
    assert isinstance(shell.run_cell("found_leads").error_in_exec, NameError)


def test_before_the_lesson_begins_the_refusal_is_an_error(book):
    with pytest.raises(DataError, match="leads"):
        book.need("leads")


def test_a_cell_for_which_memory_does_not_suffice_closes_and_the_rest_goes_on(cell, capsys):
    names = cell("import numpy\nhuge = numpy.empty(2**50)\nsum_of_it = huge.sum()")
    assert "memory of this computer does not suffice" in capsys.readouterr().out
    assert "sum_of_it" not in names and "after" in cell("after = 1")
    cell("print(huge)")
    assert "memory of this computer does not suffice" in capsys.readouterr().out
