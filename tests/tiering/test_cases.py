"""The course's cases: each scheme finds the tiers that were planted, and a customer's record is counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import load, tiering
from crmbook.data import sample, schemes
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.shared.agreement import kappa


def graded(name: str, seed: int) -> tuple[pd.Series, tiering.Case, pd.DataFrame]:
    case, plan = tiering.made_case(name, seed=seed), schemes.read(name)
    if case.orders is None:
        seen = case.customers
    else:
        seen = tiering.seen_by(case.orders, case.as_of, plan)
        seen = seen.reindex(case.truth.index).fillna({"frequency": 0, "monetary": 0.0})
        if case.tickets is not None:
            seen = seen.join(tiering.service_record(case.orders, case.tickets, case.as_of, months=12))
    return tiering.assign(seen, plan), case, seen


@pytest.mark.parametrize(("name", "least"), [("bank", 0.80), ("chain", 0.80), ("technology", 0.95), ("defects", 0.65)])
@pytest.mark.parametrize("seed", range(4))
def test_the_scheme_finds_what_was_planted(name, least, seed):
    found, case, _ = graded(name, seed)
    assert found.index.equals(case.truth.index)
    assert kappa(found, case.truth).value >= least


@pytest.mark.parametrize("seed", range(6))
def test_the_scorecard_finds_nine_of_ten_defective_customers(seed):
    found, case, _ = graded("defects", seed)
    said, planted = found == "defective", case.truth == "defective"
    assert (said & planted).sum() / planted.sum() >= 0.90
    assert (said & planted).sum() / said.sum() >= 0.80


def test_each_defective_customer_has_reasons_that_add_up_to_the_points(seed=1):
    _, _, seen = graded("defects", seed)
    plan = schemes.read("defects")
    reasons = tiering.reasons(seen, plan)
    bad = reasons[reasons["tier"] == "defective"]
    for language in ("en", "zh"):
        use(language)
        listed = tiering.tables.tier_list(seen, bad, plan)
        assert listed["why"].str.contains("-").all()
        assert listed["next_step"].str.startswith("settle" if language == "en" else "处理好").all()
    use("en")
    points = tiering.scorecard_points(seen, plan).loc[bad.index].sum(axis=1)
    assert (points < -10).all()


def test_settling_the_costliest_trouble_is_said_with_the_tier_that_follows():
    # 30 − 35 − 10 = −15 defective; without the complaints 20, which is ordinary
    table = pd.DataFrame({"frequency": [7], "complaints": [3], "late_share": [0.0], "return_share": [0.2]}, index=["u"])
    plan = schemes.read("defects")
    listed = tiering.tables.tier_list(table, tiering.reasons(table, plan), plan)
    assert listed.loc["u", "tier"] == "defective"
    assert listed.loc["u", "next_step"] == "settle complaints (+35 points): ordinary"


def test_the_bank_gate_holds_whoever_does_not_pay():
    found, _, seen = graded("bank", 2)
    late = seen["overdue_months"] >= 3
    assert late.sum() >= 5 and set(found[late]) == {"potential"}
    assert seen.loc[late, "assets"].max() > 300_000


def test_the_same_seed_makes_the_same_company_and_another_one_another():
    first, again, other = (tiering.made_case("chain", seed=seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first.orders, again.orders)
    assert not first.orders["amount"].equals(other.orders["amount"])
    for name, n in (("school", 400), ("bank", 5)):
        with pytest.raises(DataError) as refused:
            tiering.made_case(name, customers=n)
        assert refused.value.code == "tiering_case"


def test_a_service_record_by_hand():
    day = pd.Timestamp
    orders = pd.DataFrame(
        [
            ("1", "u", day("2024-02-01"), 100.0, day("2024-03-01"), day("2024-03-05")),  # 4 days late
            ("2", "u", day("2024-04-01"), 60.0, day("2024-05-01"), day("2024-05-01")),  # on the day
            ("3", "u", day("2024-05-01"), 40.0, day("2024-06-20"), pd.NaT),  # not paid: 10 days late on June 30
            ("4", "u", day("2024-05-10"), -50.0, pd.NaT, pd.NaT),  # returned 50 of 200
            ("5", "u", day("2024-06-25"), 0.0, pd.NaT, pd.NaT),
            ("6", "u", day("2024-06-28"), 10.0, day("2024-07-28"), pd.NaT),  # not due yet
            ("7", "v", day("2024-06-01"), -9.0, pd.NaT, pd.NaT),
            ("8", "w", day("2024-07-05"), 80.0, pd.NaT, pd.NaT),  # after the day
        ],
        columns=["order_id", "customer_id", "order_date", "amount", "due_date", "paid_date"],
    )
    tickets = pd.DataFrame(
        {
            "customer_id": ["u", "u", "u", "v"],
            "opened_at": pd.to_datetime(["2024-06-30", "2023-01-01", "2024-07-01", "2024-06-01"]),
            "kind": ["complaint", "complaint", "complaint", "request"],
        }
    )
    tickets["opened_at"] += pd.Timedelta(hours=22)
    found = tiering.service_record(orders, tickets, "2024-06-30", months=12)
    assert found.index.tolist() == ["u", "v"]
    assert found["complaints"].tolist() == [1, 0]
    assert found["lines_due"].tolist() == [3, 0]
    assert found.loc["u", "late_share"] == pytest.approx(2 / 3)
    assert found.loc["u", "days_late"] == pytest.approx(14 / 3)
    assert found.loc["u", "return_share"] == pytest.approx(50 / 210)
    assert np.isnan(found.loc["v", "late_share"]) and np.isnan(found.loc["v", "return_share"])
    assert tiering.service_record(orders, None, "2024-06-30")["complaints"].isna().all()


def test_credit_grades_of_the_sample_order_the_late_payments():
    book = load(sample.folder("retail"))
    record = tiering.service_record(book.orders, book.tickets, book.as_of)
    grade = book.customers.set_index("customer_id")["credit_grade"].reindex(record.index)
    late = record["late_share"] * record["lines_due"]
    by_grade = late.groupby(grade).sum() / record["lines_due"].groupby(grade).sum()
    assert by_grade.index.tolist() == ["A", "B", "C", "D"]
    assert by_grade.is_monotonic_increasing and by_grade["D"] > 3 * by_grade["A"]
