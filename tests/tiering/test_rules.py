"""What schemes can say beyond cuts: precedence, gates, floors, penalties, windows, scorecards. Worked by hand."""

from __future__ import annotations

import json
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import yaml
from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.faults import DataError
from crmbook.locale import use
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = {"en": "x", "zh": "甲"}


@contextmanager
def refused(code: str, *parts: str):
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code, str(error.value)
    assert all(part in str(error.value) for part in parts), str(error.value)


@pytest.fixture
def changed(tmp_path):
    """A built-in scheme with a few keys changed, as a user's file."""

    def write(name: str, **changes):
        from crmbook.data.home import home

        content = yaml.safe_load((home() / "data" / "schemes" / f"{name}.yaml").read_text(encoding="utf-8"))
        content.update(changes)
        file = tmp_path / "mine.yaml"
        file.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
        return file

    return write


def test_the_first_rule_that_fits_is_taken():
    # u has a contract and buys nothing; v buys much; w is young and buys much: high comes before new; x is young
    table = pd.DataFrame(
        {
            "contract": [1, 0, 0, 0, np.nan],
            "monetary": [0.0, 5000, 5000, 10, 10],
            "frequency": [0, 8, 8, 1, 1],
            "tenure": [900, 900, 20, 20, 900],
        },
        index=list("uvwxy"),
    )
    plan = schemes.read("partners")
    found = tiering.assign(table, plan).to_dict()
    assert found == {"u": "strategic", "v": "high", "w": "high", "x": "new", "y": "regular"}
    assert tiering.not_known(table, plan)["contract"] == 1


def test_the_order_of_precedence_decides(changed):
    table = pd.DataFrame({"contract": [0], "monetary": [5000.0], "frequency": [8], "tenure": [20]})
    plan = schemes.read(changed("partners", precedence=["strategic", "new", "high", "regular"]))
    assert tiering.assign(table, plan).tolist() == ["new"]


def test_points_of_the_first_band_that_holds_add_up():
    # 20 + 10 for buying; complaints −20; late −15; returned −10; blanks cost nothing
    table = pd.DataFrame(
        {
            "frequency": [3, 6, 2],
            "complaints": [2, 0, 4],
            "late_share": [0.30, np.nan, 0.59],
            "return_share": [0.1, 0.0999, 0.5],
        }
    )
    plan = schemes.read("defects")
    points = tiering.scorecard_points(table, plan)
    assert points.to_numpy().tolist() == [[20, -20, -15, -10], [30, 0, 0, 0], [10, -35, -15, -25]]
    assert tiering.assign(table, plan).tolist() == ["defective", "good", "defective"]
    with refused("tiering_no_scorecard", "members"):
        tiering.scorecard_points(table, schemes.read("members"))


def test_the_edge_of_a_scorecard_is_in_the_better_tier():
    # 10 − 20 = −10 is ordinary; 30 is good, and 30 − 8 = 22 is not
    table = pd.DataFrame({"frequency": [1, 6, 6], "complaints": [2, 0, 1], "late_share": 0.0, "return_share": 0.0})
    assert tiering.assign(table, schemes.read("defects")).tolist() == ["fair", "good", "fair"]


def test_complaints_are_taken_off_the_spend_up_to_a_limit():
    # 2,300 less 400 is 1,900: below 2,000. 9,000 less 1,600 at most stays high, but four complaints are a gate
    table = pd.DataFrame({"monetary": [2300.0, 2300, 9000, 9000], "complaints": [0, 1, 3, 4]})
    assert tiering.assign(table, schemes.read("chain")).tolist() == ["high", "potential", "high", "ordinary"]


def test_a_gate_beats_a_floor(changed):
    plan = schemes.read(
        changed(
            "members",
            floors=[{"when": {"staff_friend": {"is": ["yes"]}}, "tier": "vip", "reason": WORDS}],
            gates=[{"when": {"unpaid": {"from": 1}}, "tier": "silver", "reason": WORDS}],
        )
    )
    table = pd.DataFrame(
        {"monetary": [5.0, 5.0, 5000.0, 5.0], "staff_friend": ["yes", "yes", "no", None], "unpaid": [0, 1, 1, 0]}
    )
    assert tiering.assign(table, plan).tolist() == ["vip", "silver", "silver", "ordinary"]
    assert plan.fixed


def test_a_floor_for_the_largest_takes_all_who_are_equal(changed):
    floor = {"when": {"monetary": {"top": 2}}, "tier": "vip", "reason": WORDS}
    plan = schemes.read(changed("members", floors=[floor]))
    table = pd.DataFrame({"monetary": [9.0, 8, 8, 7]})
    assert tiering.assign(table, plan).tolist() == ["vip", "vip", "vip", "ordinary"]
    assert not plan.fixed


def test_a_window_counts_its_months_only_and_forgets_nobody():
    days = pd.to_datetime(["2023-06-30", "2023-07-01", "2024-06-30", "2022-01-01"])
    lines = pd.DataFrame(
        {
            "order_id": range(4),
            "customer_id": ["u", "u", "u", "v"],
            "order_date": days,
            "amount": [900.0, 300, 40, 7000],
        }
    )
    seen = tiering.seen_by(lines, "2024-06-30", schemes.read("members"))
    assert seen["monetary"].to_dict() == {"u": 340.0, "v": 0.0}
    assert seen["frequency"].to_dict() == {"u": 2, "v": 0}
    assert seen["recency"].tolist() == [0, 911]
    assert tiering.tiers_at(lines, "2024-06-30", schemes.read("members")).to_dict() == {"u": "bronze", "v": "ordinary"}
    # a day on which nobody had bought for a year
    assert tiering.tiers_at(lines, "2026-01-01", schemes.read("members")).tolist() == ["ordinary", "ordinary"]


def test_words_of_a_scheme_are_in_both_languages():
    use("zh")
    assert schemes.limits(schemes.read("bank")).loc["gates", "effect"].tolist() == ["不高于潜力客户", "不高于一般客户"]
    assert schemes.overview(schemes.read("technology")).limit.tolist() == [
        "购买金额：20000 及以上",
        "购买频次（单）：1 及以上",
        "其余客户",
    ]
    use("en")
    assert schemes.limits(schemes.read("chain")).loc["penalties", "effect"] == "400 off for each, 1600 at most"
    assert schemes.limits(schemes.read("members")).limit.tolist() == [
        "orders of the last 12 months",
        "moves only when 10% beyond the limit",
    ]


@pytest.mark.parametrize(
    ("name", "changes", "code", "part"),
    [
        ("partners", {"precedence": ["strategic", "high", "regular"]}, "scheme_precedence", "new"),
        ("partners", {"precedence": ["regular", "strategic", "high", "new"]}, "scheme_first_match", "regular"),
        ("partners", {"precedence": ["strategic", "high", "new", "regulr"]}, "scheme_choice", "regular"),
        ("members", {"precedence": ["vip"]}, "scheme_not_with_rule", "first_match"),
        ("abc", {"penalties": [{"column": "complaints", "each": 1}]}, "scheme_not_with_rule", "penalties"),
        ("members", {"window": 0}, "scheme_whole", "window"),
        ("members", {"hysteresis": {"margin": 2}}, "scheme_number", "hysteresis.margin"),
        ("shop", {"hysteresis": {"margin": 0.1}}, "scheme_not_with_rule", "margin"),
        (
            "members",
            {"gates": [{"when": {}, "tier": "vip", "reason": WORDS}]},
            "scheme_mapping",
            "when",
        ),
        (
            "members",
            {"gates": [{"when": {"x": {"top": 3, "from": 1}}, "tier": "vip", "reason": WORDS}]},
            "scheme_condition",
            "gates[1].when.x",
        ),
        ("members", {"gate": []}, "scheme_unknown_key", "gates"),
        ("members", {"criteria": [{"column": "monetary", "bands": []}]}, "scheme_unknown_key", "bands"),
    ],
)
def test_a_wrong_scheme_says_which_key_and_what_to_write(changed, name, changes, code, part):
    with refused(code, "mine.yaml", part):
        schemes.read(changed(name, **changes))


def test_a_scheme_names_the_column_that_the_table_lacks():
    with refused("tiering_column", "complaints"):
        tiering.assign(pd.DataFrame({"monetary": [5.0]}), schemes.read("chain"))
    with refused("tiering_not_numbers", "much"):
        table = pd.DataFrame({"monetary": [5.0], "complaints": ["much"]})
        tiering.assign(table, schemes.read("chain"))


FACTS = {
    "monetary": st.floats(-100, 1e5),
    "frequency": st.integers(0, 30),
    "recency": st.integers(0, 900),
    "tenure": st.integers(0, 900),
    "complaints": st.integers(0, 6),
    "late_share": st.floats(0, 1),
    "return_share": st.floats(0, 1),
    "contract": st.integers(0, 1),
    "assets": st.floats(0, 2e6),
    "products_held": st.integers(0, 6),
    "years": st.integers(0, 9),
    "overdue_months": st.integers(0, 6),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries(FACTS), min_size=1, max_size=12), st.randoms())
def test_every_customer_gets_one_tier_that_does_not_depend_on_the_order_of_rows(rows, random):
    table = pd.DataFrame(rows, index=[f"C{i}" for i in range(len(rows))])
    for name in schemes.built_in():
        plan = schemes.read(name)
        found = tiering.assign(table, plan)
        assert found.isin(plan.codes).all() and found.index.equals(table.index)
        mixed = list(table.index)
        random.shuffle(mixed)
        assert tiering.assign(table.loc[mixed], plan).to_dict() == found.to_dict()
        if plan.fixed:  # alone in the world, the same tier
            assert tiering.assign(table.iloc[[0]], plan).iloc[0] == found.iloc[0]
