"""Exercises: not tried, not yet with the property that fails, or correct; in both languages, never raising."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import crmbook
import numpy as np
import pandas as pd
import pytest
from crmbook import locale
from crmbook.course import cells, checks
from crmbook.course.answers import readings
from crmbook.course.checks import checker, names
from crmbook.shared.exercise import count, customers, exercise, in_hundreds, miss, number, series, share
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workbook"

REVENUE = pd.Series({"C1": 800.0, "C2": 500.0, "C3": 300.0, "C4": 250.0, "C5": 100.0, "C6": 50.0}, name="revenue")
ORDERS = pd.DataFrame({"customer_id": ["C1", "C2", "C1", "C3", "C4", "C5", "C3", "C6", "C2", "C4"]})


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(crmbook, "__path__", [*crmbook.__path__, str(FIXTURE / "lib")])
    locale.use("en")
    yield
    locale.use("en")


@pytest.fixture
def check():
    return checker(orders=ORDERS, revenue=REVENUE)


# --- the three answers ----------------------------------------------------------------------------------------------

ANSWERS = [
    ("example-1", ..., "not tried", "three dots", "三个点"),
    ("example-1", 0.4, "correct", "agrees with", "一致"),  # 800 / 2,000
    ("example-1", 40, "correct", "agrees with", "一致"),  # in per cent
    ("example-1", 0.6, "not yet", "share of all the others", "其余部分"),
    ("example-1", 0.1667, "not yet", "too low", "偏小"),  # one of six customers
    ("example-1", "40 %", "correct", "agrees with", "一致"),
    ("example-1", "most", "not yet", "single number; its type is str", "类型是 str"),
    ("example-2", ..., "not tried", "three dots", "三个点"),
    ("example-2", 4, "correct", "agrees with", "一致"),  # C1, C2, C3, C4 ordered twice
    ("example-2", 6, "not yet", "too high", "偏大"),
    ("example-2", 3, "not yet", "too low", "偏小"),
    ("example-3", ..., "not tried", "three dots", "三个点"),
    ("example-3", ["C2", "C1"], "correct", "agrees with", "一致"),  # mean 333.33
    ("example-3", ["C1", "C2", "C3"], "not yet", "do not belong there: 1, for example C3", "1 位客户不该在内，例如 C3"),
    ("example-3", ["C1"], "not yet", "missing from the answer: 1.", "漏掉了 1 位客户。"),
]


@pytest.mark.parametrize(("name", "answer", "status", "english", "chinese"), ANSWERS)
def test_answer_gets_its_verdict_in_the_language_in_use(check, name, answer, status, english, chinese):
    for language, words in (("en", english), ("zh", chinese)):
        locale.use(language)
        verdict = check(name, answer)
        assert verdict.status == status
        assert words in verdict.message
        assert name in repr(verdict) and verdict.word in repr(verdict) and verdict.message in repr(verdict)
        assert verdict.word in verdict._repr_html_() and verdict.message in verdict._repr_html_()


def test_status_is_said_by_a_word_and_a_sign_beside_the_colour(check):
    shown = {answer: check("example-2", answer) for answer in (..., 4, 5)}
    assert [verdict.word for verdict in shown.values()] == ["Not tried", "Correct", "Not yet"]
    assert [repr(verdict)[0] for verdict in shown.values()] == ["○", "✓", "✗"]
    assert len({verdict._repr_html_().partition(";")[0] for verdict in shown.values()}) == 3
    locale.use("zh")
    assert [check("example-2", answer).word for answer in (..., 4, 5)] == ["未作答", "正确", "还不对"]


def test_colours_stand_out_on_light_and_dark_pages():
    # WCAG 2.1, 1.4.11: a mark needs a contrast of 3 to 1, (lighter + 0.05) / (darker + 0.05) of relative luminance
    def luminance(colour):
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for colour in checks._COLOURS.values():
        assert (luminance("#ffffff") + 0.05) / (luminance(colour) + 0.05) >= 3
        assert (luminance(colour) + 0.05) / (luminance("#111111") + 0.05) >= 3  # JupyterLab's dark page


# --- whatever is asked or missing ------------------------------------------------------------------------------------


def test_unknown_exercise_is_answered_with_the_nearest(check):
    verdict = check("exampel-3", 1)
    assert (verdict.status, verdict.exercise) == ("not tried", "exampel-3")
    assert "no exercise named “exampel-3”; did you mean “example-3”?" in verdict.message


@pytest.mark.parametrize(
    "name", ["", "-", "example", "x" * 10_000, "../../etc-1", "os.path-1", None, 3, ["example-1"], ...]
)
def test_name_that_is_none_never_raises(check, name):
    verdict = check(name, 1)
    assert verdict.status == "not tried"
    assert len(repr(verdict)) < 500


@pytest.mark.parametrize("orders", [None, ORDERS.iloc[:0]])
def test_exercise_says_which_table_the_readers_data_lack(orders):
    check = checker(orders=orders, revenue=REVENUE)
    for answer in (..., 4):
        verdict = check("example-2", answer)
        assert verdict.status == "not tried"
        assert "data that yours do not have: orders." in verdict.message
    assert check("example-1", 0.4).status == "correct"
    assert checker()("example-1", 0.4).status == "not tried"


def test_fault_in_a_chapters_file_does_not_stop_the_notebook(check, monkeypatch, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").touch()
    (tmp_path / "broken" / "exercises.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.setattr(crmbook, "__path__", [*crmbook.__path__, str(tmp_path)])
    assert check("broken-1", 1).status == "not tried"
    assert check("example-1", 0.4).status == "correct"


class Hostile:
    """Whatever is asked of it raises."""

    def _refuse(self, *_):
        raise RuntimeError("no")

    __eq__ = __ne__ = __lt__ = __gt__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = __float__ = _refuse
    __hash__ = __array__ = __getattr__ = __sub__ = __rsub__ = __contains__ = __format__ = _refuse


class Leaving:
    def __eq__(self, other):
        raise SystemExit(3)

    __hash__ = None


def endless():
    while True:
        yield "C1"


ODD = [
    None,
    True,
    np.True_,
    "",
    "C1",
    b"C1",
    0,
    -1,
    10**400,
    float("nan"),
    float("inf"),
    np.float64("nan"),
    1j,
    Decimal("NaN"),
    Decimal("0.4"),
    Fraction(2, 5),
    np.int64(4),
    np.array(4),
    np.array([[1, 2]]),
    [],
    [[]],
    [...],
    {},
    {"C1": 1},
    {"C1": "x"},
    set(),
    {1, "C1"},
    range(3),
    endless(),
    object,
    object(),
    Hostile(),
    [Hostile()],
    Leaving(),
    lambda: 4,
    pd.NA,
    pd.NaT,
    pd.Timestamp("2024-01-01"),
    pd.Series(dtype=float),
    pd.Series([pd.NA] * 6, index=REVENUE.index),
    REVENUE.astype("category"),
    REVENUE.astype("Int64").where(REVENUE > 100),
    pd.Series(1, index=["C1", "C1"]),
    pd.concat([REVENUE, REVENUE]),
    pd.DataFrame(),
    ORDERS,
    REVENUE.to_frame(),
    REVENUE.astype(str),
    REVENUE.reset_index(),
    REVENUE.index,
    REVENUE > 300,
    pd.Series([Hostile()] * 6, index=REVENUE.index),
    pd.MultiIndex.from_product([[1], [2]]),
    np.arange(1_000_000),
    "x" * 10_000_000,
    pd.Series(1.0, index=pd.date_range("2024", periods=6)),
    REVENUE.set_axis(pd.MultiIndex.from_product([list("abcdef"), [1]])),
]


@exercise("odd-1")
def _number(answer, given):
    return number(answer, 100.0)


@exercise("odd-2")
def _series(answer, given):
    return series(answer, REVENUE)


@exercise("odd-3")
def _classes(answer, given):
    return series(answer, pd.Series({"C1": "A", "C2": "B"}))


@exercise("odd-4")
def _raising(answer, given):
    raise ValueError("the data do not suffice")


@exercise("odd-5")
def _no_such_text(answer, given):
    return miss("course.no_such_entry")


@exercise("odd-6")
def _plain_comparison(answer, given):
    return None if answer == [1, 2] else miss("course.too_low")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["example-1", "example-2", "example-3", *(f"odd-{n}" for n in range(1, 7))])
def test_no_answer_whatever_makes_a_check_raise(check, name):
    for answer in ODD:
        verdict = check(name, answer)
        assert verdict.status in ("not yet", "correct")
        assert len(repr(verdict)) < 500 and len(verdict._repr_html_()) < 1000


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=5,
    )
)
@pytest.mark.filterwarnings("default")
def test_no_plain_value_makes_a_check_raise(answer):
    check = checker(orders=ORDERS, revenue=REVENUE)
    for name in ("example-2", "odd-1", "odd-2", "odd-3"):
        assert check(name, answer).status in ("not yet", "correct")


def test_interrupting_a_check_stops_it(check):
    @exercise("odd-7")
    def interrupted(answer, given):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("odd-7", 1)


def test_answer_that_cannot_be_compared_is_told_its_kind(check):
    assert "The answer (a Hostile) cannot be compared" in check("odd-6", Hostile()).message


def test_text_of_a_customer_is_escaped_in_the_page(check):
    @exercise("odd-8")
    def names_a_row(answer, given):
        return miss("course.rows_repeat", example="<script>alert(1)</script>")

    shown = check("odd-8", 1)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_names_of_a_chapter_are_listed_without_a_check_before():
    assert names("example") == ["example-1", "example-2", "example-3"]
    assert names("no_such_chapter") == []
    assert {"example-1", "odd-1"} <= set(names())


def test_importing_checks_imports_nothing_beyond_pandas():
    heavy = ("sklearn", "scipy", "duckdb", "plotly", "IPython", "jupytext")
    code = f"import sys, crmbook.course.checks; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- what answers are compared with ----------------------------------------------------------------------------------


def key(found):
    return found and found.key.removeprefix("course.")


@pytest.mark.parametrize(
    ("answer", "right", "wanted"),
    [
        (100.4, 100, None),  # within half a percent
        (100.6, 100, "too_high"),
        (99.4, 100, "too_low"),
        (-100.6, -100, "too_low"),
        (np.float32(100), 100, None),
        (np.int64(100), 100, None),
        (Decimal("100"), 100, None),
        (0, 0, None),
        (0.001, 0, "too_high"),
        (True, 1, "not_a_number"),
        (np.True_, 1, "not_a_number"),
        ("100", 100, "not_a_number"),
        (pd.Series([100]), 100, "not_a_number"),
        (float("nan"), 100, "not_finite"),
        (float("-inf"), 100, "not_finite"),
        (5, float("nan"), "no_right_answer"),
    ],
)
def test_number_may_be_rounded(answer, right, wanted):
    assert key(number(answer, right)) == wanted


def test_number_follows_its_own_tolerance():
    assert number(109, 100, tolerance=0.1) is None
    assert key(number(111, 100, tolerance=0.1)) == "too_high"


@pytest.mark.parametrize(
    ("answer", "right", "wanted"),
    [(12, 12, None), (12.0, 12, None), (13, 12, "too_high"), (11.9, 12, "too_low"), (10**6 + 1, 10**6, "too_high")],
)
def test_count_must_be_met(answer, right, wanted):
    assert key(count(answer, right)) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (0.22, None),
        (0.2247, None),
        (0.226, "too_high"),
        (0.21, "too_low"),
        (22, None),
        (22.3, None),
        (23, "too_high"),
        (0.78, "of_the_others"),
        (78, "of_the_others"),
        (122, "not_a_share"),
        (-0.22, "not_a_share"),
        ("22 %", "not_a_number"),
    ],
)
def test_share_knows_percent_and_the_share_of_the_others(answer, wanted):
    assert key(share(answer, 0.22)) == wanted  # 0.22 ± 0.005


def test_share_near_nothing_or_all_is_not_taken_for_percent():
    assert key(share(0.3, 0.003)) == "too_high"
    assert share(1, 1) is None
    assert share(100, 1) is None
    assert key(share(0, 1)) == "of_the_others"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (REVENUE, None),
        (REVENUE[::-1], None),
        (REVENUE.to_dict(), None),
        (REVENUE * 1.004, None),
        (REVENUE.astype("Int64"), None),
        (REVENUE.rename("other"), None),
        (REVENUE.to_frame(), "frame_not_series"),
        (REVENUE.to_list(), "not_a_series"),
        (REVENUE.iloc[1:], "rows_missing"),
        (pd.concat([REVENUE, pd.Series({"C7": 1.0})]), "rows_extra"),
        (pd.concat([REVENUE, REVENUE]), "rows_repeat"),
        (REVENUE.reset_index(drop=True), "rows_of_others"),
        ({}, "rows_of_others"),
        (REVENUE.rank(), "values_differ"),
        (REVENUE.where(REVENUE > 60), "values_differ"),
        (REVENUE.astype(str), "values_not_numbers"),
    ],
)
def test_series_is_compared_row_by_row_in_any_order(answer, wanted):
    assert key(series(answer, REVENUE)) == wanted


def test_series_of_classes_may_be_text_or_category():
    right = pd.Series({"C1": "A", "C2": "B", "C3": None})
    assert series(right.astype("category")[::-1], right) is None
    assert series(right.astype(object), right.astype("category")) is None
    assert series(pd.Series({"C1": True}), pd.Series({"C1": True})) is None
    found = series(right.replace("B", "C"), right)
    assert (key(found), found.facts) == ("values_differ", {"rows": 1, "of": 3, "example": "C2"})


def test_blanks_are_equal_to_blanks():
    right = pd.Series({"C1": 1.0, "C2": float("nan")})
    assert series(right, right) is None
    assert key(series(right.fillna(0), right)) == "values_differ"


@settings(max_examples=50, deadline=None)
@given(st.permutations(list(REVENUE.index)))
def test_order_of_rows_never_matters(order):
    assert series(REVENUE.loc[order], REVENUE) is None
    assert customers(order[:3], set(order[:3])) is None


RIGHT = {"C1", "C2"}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({"C1", "C2"}, None),
        (["C2", "C1", "C1"], None),
        (("C1", "C2"), None),
        (REVENUE.index[:2], None),
        (REVENUE[:2], None),  # rows of a Series
        (REVENUE > 400, None),  # true for the customers meant
        (pd.Series(["C1", "C2"]), None),  # ids as values
        (REVENUE[:2].to_frame(), None),
        (REVENUE[:2].rename_axis("customer_id").reset_index(), None),
        (np.array(["C1", "C2"]), None),
        (["C1"], "customers_missing"),
        ([], "customers_missing"),
        (["C1", "C2", "C3"], "customers_extra"),
        ([1, 2], "customers_other"),
        ("C1", "not_customers"),
        (2, "not_customers"),
        ({"C1": 1, "C2": 2}, "not_customers"),
        (endless(), "not_customers"),
    ],
)
def test_customers_come_in_many_forms(answer, wanted):
    assert key(customers(answer, RIGHT)) == wanted


def test_nobody_can_be_the_right_answer():
    assert customers([], set()) is None
    assert key(customers(["C1"], set())) == "customers_extra"


# --- what the page shows, and what the cells did ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("服务态度", "service_attitude"),
        ("  Service  Attitude ", "service_attitude"),
        ("22 %", 0.22),
        ("22％", 0.22),
        ("1,234.5", 1234.5),
        ("¥1.2万", 12_000.0),
        ("31 分", 31.0),
        ("−3.5", -3.5),
    ],
)
def test_words_of_a_page_are_read_as_what_they_stand_for(answer, meant):
    assert any(reading == pytest.approx(meant) if isinstance(meant, float) else reading == meant
               for reading in readings(answer))  # fmt: skip


@pytest.mark.parametrize("answer", ["C1", "A1B2", "12 apples and pears", "2024-01-05", "", "%"])
def test_other_words_are_left_as_they_are(answer):
    assert list(readings(answer)) == [answer]


def test_labels_in_a_set_a_list_and_a_series_are_read_as_codes():
    for words in ({"免费退货", "recipes"}, ["免费退货", "recipes"], pd.Index(["免费退货", "recipes"])):
        if locale.coded("免费退货"):
            assert any(set(reading) == {"free_returns", "recipes"} for reading in readings(words))
    locale.use("zh")
    stages = pd.Series({"C1": locale.name("loyal"), "C2": locale.name("churned")})
    assert any(list(reading) == ["loyal", "churned"] for reading in readings(stages))


@pytest.mark.parametrize(
    ("answer", "right", "wanted"),
    [
        (0.12, 0.1234, None),  # a table shows two decimals here
        (0.123, 0.1234, None),
        (0.15, 0.1234, "too_high"),
        (0.012, 0.01234, None),
        (0.01, 0.01234, "too_low"),
        (0, 0.0004, "too_low"),  # nothing is no rounding
        (10.2, 10.249, None),
        (10.3, 10.249, None),  # within half a percent
        (10.4, 10.249, "too_high"),
    ],
)
def test_number_rounded_as_a_table_shows_it_is_right(answer, right, wanted):
    assert key(number(answer, right)) == wanted


@pytest.mark.parametrize(
    ("answer", "right", "wanted"),
    [
        (0.31, 0.312, None),
        (31.2, 0.312, None),
        (-12, -0.12, None),
        (-0.12, -0.12, None),
        (160, 1.6, None),
        (40, 0.312, "too_high"),
        (float("nan"), 0.3, "not_finite"),
        ("x", 0.3, "not_a_number"),
    ],
)
def test_points_or_a_share_are_the_same(answer, right, wanted):
    assert key(in_hundreds(answer, right)) == wanted


def test_every_exercise_has_three_hints_in_both_languages():
    known = dict(locale.entries())
    for name in names():
        chapter, _, number_ = name.rpartition("-")
        if (Path(crmbook.__path__[0]) / chapter).is_dir():
            found = [known.get(f"{chapter}.hint_{number_}{step}") for step in checks.HINTS]
            assert all(found), name
            assert len({each["en"] for each in found}) == 3, name


def test_a_hint_may_be_asked_for(check):
    own = checker(tickets=ORDERS, orders=ORDERS)
    asked = [own.hint("complaints-3").message for _ in range(4)]
    assert [locale.text(f"complaints.hint_3{step}") in said for step, said in zip("abcc", asked, strict=True)] == [
        True
    ] * 4
    assert check.hint("example-1").message == locale.text("course.check_not_tried")
    assert own.hint("no-such-1").status == "not tried"


@pytest.fixture
def notebook_cells():
    """A shell as a notebook has it: run(cell) gives what the cell shows."""
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.user_ns |= {"checker": checker, "given": {"orders": ORDERS, "revenue": REVENUE}}
    yield lambda cell: shell.run_cell(cell, store_history=True).result
    InteractiveShell.clear_instance()
    cells._watched.clear()
    cells._set.clear()


CHECK = 'check("example-2", times)'


def test_answer_whose_cell_failed_is_not_judged(notebook_cells, capsys):
    run = notebook_cells
    run("check = checker(**given)")
    run("times = ...")
    assert run(CHECK).status == "not tried"
    run("times = 4 / 0")
    verdict = run(CHECK)
    assert verdict.status == "not tried" and "ZeroDivisionError" in verdict.message and "times" in verdict.message
    run("times = 4")
    assert run(CHECK).status == "correct"
    run("times = undefined_name + 1")
    assert run(CHECK).status == "not yet"
    run("times = 4 +")
    assert "SyntaxError" in run(CHECK).message
    run("times = 4")
    assert run(CHECK).status == "correct"


def test_answer_from_before_the_data_were_loaded_anew_is_stale(notebook_cells):
    run = notebook_cells
    run("check = checker(**given)")
    run("times = 3")
    assert "too low" in run(CHECK).message
    run("given = dict(given, orders=given['orders'].iloc[:7])\ncheck = checker(**given)")
    assert "before the data were loaded anew" in run(CHECK).message
    run("times = 2")  # C1 and C3 ordered twice among the first seven
    assert run(CHECK).status == "correct"
    run("check = checker(**given)")
    assert run(CHECK).status == "correct"  # what is still right needs no second run
