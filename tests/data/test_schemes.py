"""Tier schemes: the files are read strictly, every customer gets exactly one tier, and gaps and overlaps are found."""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.faults import DataError
from crmbook.locale import use
from hypothesis import given, settings
from hypothesis import strategies as st

POLICY = {
    "service_level": {"en": "by phone", "zh": "电话服务"},
    "visit_days": 30,
    "offer": {"en": "none", "zh": "无"},
    "owner": {"en": "sales", "zh": "销售"},
    "hours": 1,
}
ANY = {"en": "any", "zh": "任意"}


def tier(code: str, **limits) -> dict:
    return {"code": code, "name": ANY, "policy": POLICY, **limits}


def content(rule: str, tiers: list, criteria: list | None = None, **more) -> dict:
    criteria = criteria or [{"column": "monetary"}]
    return {"name": ANY, "rule": rule, "criteria": criteria, "tiers": tiers, **more}


def interval(*limits: dict) -> dict:
    return content("interval", [tier(f"t{i}", **limit) for i, limit in enumerate(limits)])


@pytest.fixture
def write(tmp_path):
    def write(what: dict | str | bytes) -> Path:
        file = tmp_path / "own.yaml"
        text = json.dumps(what, ensure_ascii=False) if isinstance(what, dict) else what
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return write


@contextmanager
def refused(code: str, *parts: str):
    """Expect a DataError with this code whose text names the parts."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code, str(error.value)
    for part in parts:
        assert part in str(error.value)


# The built-in ones


def test_built_in_schemes_are_complete_and_in_both_languages():
    assert {"abc", "rfm", "value"} < set(schemes.built_in())
    for name in schemes.built_in():
        scheme = schemes.read(name)
        assert scheme.code == name
        assert tiering.coverage(scheme).complete
        english = schemes.policies(scheme)
        try:
            use("zh")
            chinese = schemes.policies(scheme)
        finally:
            use("en")
        assert english.index.tolist() == chinese.index.tolist() == scheme.codes
        assert (english.service_level != chinese.service_level).all()
        assert (english.hours_each >= 0).all() and english.tier_name.is_unique and chinese.tier_name.is_unique


def test_built_in_rfm_is_the_segment_map_of_the_library():
    scheme = schemes.read("rfm")
    assert {one.code: one.cells for one in scheme.tiers} == {
        name: ({"recency": recency, "frequency": frequency},) for name, (recency, frequency) in tiering.SEGMENTS.items()
    }


def test_built_in_rfm_assigns_what_rfm_finds():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "recency": rng.integers(0, 400, 300).astype(float),
            "frequency": rng.geometric(0.4, 300),
            "monetary": rng.lognormal(4, 1, 300),
        }
    )
    assert tiering.assign(table, schemes.read("rfm")).tolist() == tiering.rfm(table).segment.tolist()


def test_built_in_abc_assigns_what_abc_finds():
    value = pd.Series([50, 30, 10, 6, 4, 0, -3], index=list("abcdefg"))
    found = tiering.assign(value.to_frame("monetary"), schemes.read("abc"))
    pd.testing.assert_series_equal(found, tiering.abc(value))


def test_built_in_value_puts_at_most_the_top_five_percent_into_vip():
    rng = np.random.default_rng(6)
    table = pd.DataFrame(
        {
            "recency": rng.integers(0, 400, 200),
            "frequency": rng.geometric(0.3, 200),
            "monetary": rng.lognormal(4, 1, 200),
        }
    )
    found = tiering.assign(table, schemes.read("value"))
    score = tiering.weighted_score(
        table, {"monetary": 0.5, "frequency": 0.3, "recency": 0.2}, ["recency"], "percentile"
    )
    # the floor speaks for the four with most money, where they have been silent for 90 days
    raised = table.index[(table["monetary"].rank(ascending=False) <= 4) & (table["recency"] >= 90)]
    assert set(found[raised]) == {"vip"} and len(raised)
    by_score = found.drop(raised)
    first = score.rank(ascending=False) <= 10  # no two scores are equal here
    assert set(by_score.index[by_score == "vip"]) == set(score.index[first]) - set(raised)
    assert score[by_score.index[by_score == "important"]].min() > score[by_score.index[by_score == "ordinary"]].max()
    assert set(found.index[found != "ordinary"]) == set(score.index[score.rank(ascending=False) <= 50]) | set(raised)


def test_an_unknown_name_lists_the_built_in_ones():
    with refused("scheme_none", "abcd", "abc, ", "rfm, ", "value"):
        schemes.read("abcd")


def test_overview_says_in_words_who_belongs_to_a_tier(write):
    assert schemes.overview(schemes.read("value")).limit.tolist() == [
        "the top 5% of the customers",
        "from there to the top 25%",
        "all others",
    ]
    assert schemes.overview(schemes.read("rfm")).limit["loyal"] == (
        "Recency (days): score 3–4 · Frequency (orders): score 4–5"
    )
    limits = interval({"from": 500}, {"from": 100, "below": 500}, {"below": 100})
    assert schemes.overview(schemes.read(write(limits))).limit.tolist() == [
        "from 500",
        "from 100 to below 500",
        "below 100",
    ]
    assert schemes.overview(schemes.read(write(interval({})))).limit.tolist() == ["any value"]
    counts = schemes.read(write(content("top", [tier("a", top=1200), tier("b", top=3000), tier("c")])))
    assert schemes.overview(counts).limit.tolist()[:2] == ["the top 1,200 customers", "from there to number 3,000"]
    any_score = schemes.read(write(content("cells", [tier("a", cells=[{}, {"monetary": 5}])])))
    assert schemes.overview(any_score).limit["a"] == "any score / Monetary value: score 5"


# Reading


def test_a_scheme_of_ones_own_is_read(write):
    file = write(
        """
name: {en: Card, zh: 会员卡}
rule: interval
criteria: [{column: monetary}]
tiers:
  - code: gold
    name: {en: gold, zh: 金卡}
    from: 10000
    policy: {service_level: {en: own desk, zh: 专席}, visit_days: 30, offer: {en: gifts, zh: 礼品}, owner: {en: Li, zh:
    李}, hours: 1.5}
  - code: basic
    name: {en: basic, zh: 普卡}
    below: 10000
    policy: {service_level: {en: hotline, zh: 热线}, visit_days: null, offer: {en: none, zh: 无}, owner: {en: team, zh:
    团队}, hours: 0}
"""
    )
    scheme = schemes.read(file)
    assert scheme.codes == ["gold", "basic"]
    assert scheme.names == {"gold": "gold", "basic": "basic"}
    assert scheme.tiers[0].start == 10000 and scheme.tiers[0].below == math.inf
    assert scheme.tiers[1].policy.visit_days is None
    assert schemes.policies(scheme).visit_days.isna().tolist() == [False, True]
    table = pd.DataFrame({"monetary": [9999.99, 10000, -5]}, index=["u", "v", "w"])
    assert tiering.assign(table, scheme).to_dict() == {"u": "basic", "v": "gold", "w": "basic"}


def test_a_byte_order_mark_is_read_over(write):
    text = json.dumps(interval({}))
    assert schemes.read(write("\ufeff" + text)).codes == ["t0"]


def test_an_unknown_key_is_answered_with_the_nearest(write):
    with refused("scheme_unknown_key", "own.yaml", "'criterias'", "Did you mean criteria?"):
        schemes.read(write(content("top", [tier("a")]) | {"criterias": []}))
    with refused("scheme_unknown_key", "tiers[1].policy", "Did you mean hours?"):
        schemes.read(write(content("top", [tier("a", policy={**POLICY, "hour": 1})])))


def test_a_key_that_belongs_to_another_rule_is_refused(write):
    with refused("scheme_unknown_key", "tiers[1]", "until"):
        schemes.read(write(content("top", [tier("a", until=0.5)])))


@pytest.mark.parametrize("key", ["name", "rule", "criteria", "tiers"])
def test_a_missing_key_is_named(write, key):
    whole = content("top", [tier("a")])
    del whole[key]
    with refused("scheme_missing_key", key):
        schemes.read(write(whole))


def test_a_name_needs_both_languages(write):
    with refused("scheme_missing_key", "tiers[1].name", "zh"):
        schemes.read(write(content("top", [tier("a", name={"en": "gold"})])))


def test_a_key_that_stands_twice_is_refused(write):
    with refused("scheme_twice", "row 3", "rule"):
        schemes.read(write("name: {en: a, zh: b}\nrule: top\nrule: cells\n"))


def test_a_scheme_builds_no_objects(write):
    with refused("scheme_object", "own.yaml", "row 1"):
        schemes.read(write("!!python/object/apply:os.system ['echo']"))


def test_references_that_multiply_are_refused(write):
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with refused("scheme_shape"):
        schemes.read(write(bomb))


def test_endless_nesting_and_endless_files_are_refused(write):
    with refused("scheme_shape"):
        schemes.read(write("[" * 20_000))
    with refused("scheme_size"):
        schemes.read(write("# " + "x" * 100_000))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: [", "scheme_yaml"),
        ("a: b: c", "scheme_yaml"),
        ("\tname: x", "scheme_yaml"),
        ("a: \x07", "scheme_yaml"),
        ("a: 2024-02-30", "scheme_yaml"),
        ("", "scheme_mapping"),
        ("just words", "scheme_mapping"),
        ("---\na: 1\n---\nb: 2", "scheme_yaml"),
        ("? [a, b]\n: c", "scheme_yaml"),
        ("<html></html>", "scheme_mapping"),
    ],
)
def test_what_is_no_scheme_is_refused_with_words(write, text, code):
    with refused(code, "own.yaml"):
        schemes.read(write(text))


def test_a_file_in_another_encoding_is_refused(write):
    with refused("scheme_encoding"):
        schemes.read(write("name: 会员".encode("gb18030")))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rule": "share"}, "scheme_choice"),
        ({"scaling": "min"}, "scheme_choice"),
        ({"criteria": []}, "scheme_list"),
        ({"criteria": "monetary"}, "scheme_list"),
        ({"criteria": ["monetary"]}, "scheme_mapping"),
        ({"criteria": [{"column": "monetary"}, {"column": "monetary"}]}, "scheme_repeated"),
        ({"criteria": [{"column": "monetary", "weight": -1}]}, "scheme_number"),
        ({"criteria": [{"column": "monetary", "weight": float("nan")}]}, "scheme_number"),
        ({"criteria": [{"column": "monetary", "weight": 0}]}, "scheme_no_weight"),
        ({"criteria": [{"column": "monetary", "direction": "up"}]}, "scheme_choice"),
        ({"criteria": [{"column": 5}]}, "scheme_text"),
        ({"tiers": [tier("a", top=5), tier("a")]}, "scheme_repeated"),
        ({"tiers": [tier("a"), tier("b")]}, "scheme_rest"),
        ({"tiers": [tier("a", top=0.5), tier("b", top=9), tier("c")]}, "scheme_top_mixed"),
        ({"tiers": [tier("a", top=0.5), tier("b", top=0.2), tier("c")]}, "scheme_growing"),
        ({"tiers": [tier("a", top=True)]}, "scheme_whole"),
        ({"tiers": [tier("a", top="half")]}, "scheme_number"),
        ({"tiers": [tier("absent")]}, "scheme_code"),
        ({"tiers": [tier("金卡")]}, "scheme_code"),
        ({"tiers": [tier("a", policy={**POLICY, "hours": -1})]}, "scheme_number"),
        ({"tiers": [tier("a", policy={**POLICY, "visit_days": 0})]}, "scheme_whole"),
        ({"tiers": [tier("a", policy={**POLICY, "visit_days": 7.5})]}, "scheme_whole"),
        ({"tiers": [tier("a", policy={**POLICY, "offer": "gift"})]}, "scheme_mapping"),
        ({"tiers": [tier("a", name={"en": "", "zh": "金"})]}, "scheme_text"),
        ({"tiers": [tier("a", name={"en": "x" * 400, "zh": "金"})]}, "scheme_text"),
        ({"tiers": [tier(f"t{i}") for i in range(60)]}, "scheme_list"),
    ],
)
def test_a_value_that_is_not_what_its_key_asks_for_is_refused(write, change, code):
    with refused(code, "own.yaml"):
        schemes.read(write(content("top", [tier("a", top=5), tier("b")]) | change))


@pytest.mark.parametrize(
    ("criterion", "cells", "code"),
    [
        ({"bins": 1}, [{}], "scheme_whole"),
        ({"cuts": [5, 5]}, [{}], "scheme_growing"),
        ({"method": "fixed"}, [{}], "scheme_fixed_cuts"),
        ({"method": "range", "cuts": [5]}, [{}], "scheme_fixed_cuts"),
        ({"cuts": [5, 9], "bins": 5}, [{}], "scheme_number"),
        ({}, [{"monetary": [0, 2]}], "scheme_whole"),
        ({}, [{"monetary": [3, 2]}], "scheme_span"),
        ({}, [{"monetary": [1, 2, 3]}], "scheme_span"),
        ({}, [{"monetary": 6}], "scheme_whole"),
        ({}, [{"recency": 1}], "scheme_unknown_key"),
    ],
)
def test_cells_outside_the_scores_are_refused(write, criterion, cells, code):
    with refused(code):
        schemes.read(write(content("cells", [tier("a", cells=cells)], [{"column": "monetary", **criterion}])))


def test_revenue_shares_have_one_criterion_and_grow(write):
    two = [{"column": "monetary"}, {"column": "margin"}]
    with refused("scheme_one_criterion"):
        schemes.read(write(content("revenue_share", [tier("a", until=1)], two)))
    with refused("scheme_growing"):
        schemes.read(write(content("revenue_share", [tier("a", until=0.9), tier("b", until=0.5)])))
    with refused("scheme_number"):
        schemes.read(write(content("revenue_share", [tier("a", until=80)])))
    with refused("scheme_choice"):
        schemes.read(
            write(content("revenue_share", [tier("a", until=1)], [{"column": "monetary", "direction": "lower"}]))
        )


# Coverage

# Eleven segments, R and F from lowest to highest, with faults as maps in circulation have them: (5, 4) and (1, 2)
# have no name; "at risk" and "can't lose" both claim R1 F4–5, "hibernating" and "lost" both claim (2, 1).
ELEVEN = {
    "champions": (5, 5, 5, 5),
    "loyal": (3, 4, 4, 5),
    "potential_loyalist": (4, 5, 2, 3),
    "recent": (5, 5, 1, 1),
    "promising": (4, 4, 1, 1),
    "need_attention": (3, 3, 3, 3),
    "about_to_sleep": (3, 3, 1, 2),
    "at_risk": (1, 2, 3, 5),
    "cant_lose": (1, 1, 4, 5),
    "hibernating": (2, 2, 1, 2),
    "lost": (1, 2, 1, 1),
}


def eleven(**changes: tuple[int, int, int, int]) -> dict:
    tiers = [
        tier(name, cells=[{"recency": [r0, r1], "frequency": [f0, f1]}])
        for name, (r0, r1, f0, f1) in (ELEVEN | changes).items()
    ]
    return content("cells", tiers, [{"column": "recency", "direction": "lower"}, {"column": "frequency"}])


def test_gaps_and_overlaps_of_an_eleven_segment_map_are_found(write):
    without, twice = tiering.coverage(schemes.read(write(eleven())))
    assert without == ((1, 2), (5, 4))
    assert twice == {
        (1, 4): ("at_risk", "cant_lose"),
        (1, 5): ("at_risk", "cant_lose"),
        (2, 1): ("hibernating", "lost"),
    }


def test_the_map_once_mended_is_complete(write):
    mended = eleven(champions=(5, 5, 4, 5), at_risk=(2, 2, 3, 5), cant_lose=(1, 1, 3, 5), lost=(1, 1, 1, 2))
    assert tiering.coverage(schemes.read(write(mended))).complete


def test_assign_refuses_a_map_with_holes_and_names_the_cells(write):
    with refused("tiering_coverage", "recency=5 frequency=4", "recency=2 frequency=1: hibernating + lost"):
        tiering.assign(pd.DataFrame({"recency": [1], "frequency": [1]}), schemes.read(write(eleven())))


def test_gaps_and_overlaps_of_intervals(write):
    scheme = schemes.read(write(interval({"from": 500}, {"from": 100, "below": 300}, {"below": 150})))
    found = tiering.coverage(scheme)
    assert found.without == ((300, 500),)
    assert found.twice == {(100, 150): ("t1", "t2")}
    with refused("tiering_coverage", "300 … 500", "100 … 150: t1 + t2"):
        tiering.assign(pd.DataFrame({"monetary": [1.0]}), scheme)


def test_intervals_in_any_order(write):
    scheme = schemes.read(write(interval({"from": 10, "below": 20}, {"from": 20}, {"below": 10})))
    assert tiering.coverage(scheme).complete
    table = pd.DataFrame({"monetary": [9.99, 10, 19.99, 20, -1]})
    assert tiering.assign(table, scheme).tolist() == ["t2", "t0", "t0", "t1", "t2"]


def test_shares_that_end_before_all_leave_a_gap(write):
    share = schemes.read(write(content("revenue_share", [tier("a", until=0.8), tier("b", until=0.9)])))
    assert tiering.coverage(share).without == ((0.9, 1.0),)
    top = schemes.read(write(content("top", [tier("a", top=10), tier("b", top=20)])))
    assert tiering.coverage(top).without == ((20, math.inf),)
    whole = schemes.read(write(content("top", [tier("a", top=0.5), tier("b", top=1.0)])))
    assert tiering.coverage(whole).complete
    assert tiering.assign(pd.DataFrame({"monetary": [1, 2]}), whole).tolist() == ["b", "a"]


# Assigning


def test_lower_is_better_ranks_the_smallest_first(write):
    scheme = schemes.read(
        write(content("top", [tier("fresh", top=1), tier("rest")], [{"column": "recency", "direction": "lower"}]))
    )
    assert tiering.assign(pd.DataFrame({"recency": [30, 2, 90]}), scheme).tolist() == ["rest", "fresh", "rest"]


def test_one_score_alone_can_make_cells(write):
    scheme = schemes.read(
        write(
            content(
                "cells",
                [tier("high", cells=[{"monetary": 2}]), tier("low", cells=[{"monetary": 1}])],
                [{"column": "monetary", "cuts": [100]}],
            )
        )
    )
    assert tiering.assign(pd.DataFrame({"monetary": [100, 101]}), scheme).tolist() == ["low", "high"]


def test_assign_refuses_a_column_that_is_not_there_and_a_customer_twice():
    abc = schemes.read("abc")
    with refused("tiering_column", "monetary"):
        tiering.assign(pd.DataFrame({"amount": [1]}), abc)
    with refused("tiering_customer_twice", "u"):
        tiering.assign(pd.DataFrame({"monetary": [1, 2]}, index=["u", "u"]), abc)
    with refused("tiering_no_customers"):
        tiering.assign(pd.DataFrame({"monetary": []}), abc)
    with refused("tiering_missing", "v"):
        tiering.assign(pd.DataFrame({"monetary": [1, np.nan]}, index=["u", "v"]), abc)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 9), st.integers(-50, 500)), min_size=1, max_size=30),
    st.sampled_from(["abc", "rfm", "value"]),
    st.randoms(),
)
def test_each_customer_gets_exactly_one_tier_whatever_the_order_of_rows(rows, name, random):
    scheme = schemes.read(name)
    table = pd.DataFrame(rows, columns=["recency", "frequency", "monetary"])
    found = tiering.assign(table, scheme)
    assert found.index.equals(table.index) and set(found) <= set(scheme.codes)
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_series_equal(tiering.assign(table.iloc[order], scheme).sort_index(), found)
    assert found.groupby([table.recency, table.frequency, table.monetary]).nunique().max() == 1


def test_tiers_at_an_earlier_date_know_nothing_of_later_orders():
    lines = pd.DataFrame(
        {
            "order_id": ["1", "2", "3"],
            "customer_id": ["u", "v", "v"],
            "order_date": pd.to_datetime(["2024-01-05 00:00", "2024-01-31 18:30", "2024-03-05 00:00"]),
            "amount": [80.0, 20.0, 800.0],
        }
    )
    abc = schemes.read("abc")
    # By the end of January u has 80 of 100 and v, whose order of that evening counts, 20.
    assert tiering.tiers_at(lines, "2024-01-31", abc).to_dict() == {"u": "A", "v": "B"}
    assert tiering.tiers_at(lines, "2024-03-31", abc).to_dict() == {"u": "B", "v": "A"}


@pytest.mark.parametrize(
    ("months", "day"),
    [(1, "2024-02-29"), (12, "2023-03-31"), (15, "2022-12-31"), (16, "2022-12-30"), (10**9, "2022-12-30")],
)
def test_so_many_months_before_is_never_earlier_than_the_first_order(months, day):
    lines = pd.DataFrame({"order_date": pd.to_datetime(["2024-03-31 18:00", "2022-12-30 09:30"])})
    assert tiering.months_before(lines, "2024-03-31", months) == pd.Timestamp(day)


@pytest.mark.parametrize("months", [0, -3, 1.5, True])
def test_an_earlier_day_must_be_earlier(months):
    with refused("tiering_months"):
        tiering.months_before(pd.DataFrame({"order_date": pd.to_datetime(["2024-03-31"])}), "2024-03-31", months)


def test_criteria_stand_in_a_table_with_direction_and_weight():
    table = schemes.criteria(schemes.read("value"))
    assert table.loc["recency"].tolist() == [False, 0.2]
    assert table["weight"].sum() == pytest.approx(1)
