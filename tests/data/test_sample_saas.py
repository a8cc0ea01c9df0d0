"""The saas sample: rebuilt to the byte, true to its schema, and the planted renewal rates found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import load
from crmbook.data import sample, schema
from scipy.special import betaln

COMMITTED = Path(__file__).parents[2] / "data" / "sample" / "saas"
TABLES = ["customers", "leads", "orders", "contracts", "spend"]
LAST = pd.Timestamp("2024-12-31")


@pytest.fixture(scope="module")
def drawn() -> dict[str, pd.DataFrame]:
    return sample.generate("saas")


@pytest.fixture(scope="module")
def truth(drawn) -> pd.DataFrame:
    return drawn["truth"].set_index(["entity", "id"])


def test_the_committed_files_are_what_the_generator_writes_now(tmp_path):
    made = sample.write("saas", tmp_path / "saas")
    names = sorted(file.name for file in COMMITTED.glob("[!.]*"))
    assert names == sorted(f"{name}.csv" for name in [*TABLES, "truth"])
    for name in names:
        assert (made / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_the_files_are_small_enough_to_be_committed():
    assert sum(file.stat().st_size for file in COMMITTED.iterdir()) <= 400_000


def test_the_committed_case_loads_without_a_finding():
    book = load(sample.folder("saas"))
    assert len(book.findings) == 0
    assert book.as_of == LAST
    assert [name for name, table in book.tables.items() if table is not None] == TABLES


@pytest.mark.parametrize("customers", [200, 3000])
def test_every_table_passes_its_schema_at_any_size(customers):
    tables = sample.generate("saas", customers=customers, seed=3)
    for name in TABLES:
        schema.frame_schema(schema.TABLES[name]).validate(tables[name], lazy=True)
        assert list(tables[name].columns) == schema.TABLES[name].names
    schema.frame_schema(schema.TRUTH).validate(tables["truth"], lazy=True)


def test_every_reference_leads_somewhere(drawn):
    known = drawn["customers"]["customer_id"]
    for table in ("leads", "orders", "contracts"):
        assert drawn[table]["customer_id"].dropna().isin(known).all()
    assert known.is_unique and drawn["contracts"]["customer_id"].is_unique


def test_contracts_run_for_whole_years_and_each_year_is_billed(drawn):
    contracts = drawn["contracts"].set_index("customer_id")
    ended = contracts[contracts["end_date"].notna()]
    following = ended["end_date"] + pd.Timedelta(days=1)
    assert (following.dt.strftime("%m-%d") == ended["start_date"].dt.strftime("%m-%d")).all()
    assert ((following.dt.year - ended["start_date"].dt.year) == ended["renewals"] + 1).all()
    running = contracts[contracts["end_date"].isna()]
    assert (running["renewals"] == 2024 - running["start_date"].dt.year).all()
    bills = drawn["orders"].groupby("customer_id")["amount"].agg(["size", "sum"])
    years = contracts["renewals"] + 1
    assert (bills["size"] == years).all()
    assert bills["sum"].to_numpy() == pytest.approx((12 * contracts["monthly_fee"] * years).to_numpy())
    assert contracts["start_date"].max() <= LAST and contracts["end_date"].max() <= LAST
    assert drawn["orders"]["order_date"].max() <= LAST


def test_the_state_in_the_truth_is_that_of_the_contract(drawn, truth):
    end = drawn["contracts"].set_index("customer_id")["end_date"]
    state = truth.loc["customer"].reindex(end.index)
    assert (state["state"].eq("lapsed") == end.notna()).all()
    assert state["lapse_date"].dropna().eq(end.dropna()).all()


def test_each_plans_chance_not_to_renew_has_the_planted_mean(drawn, truth):
    # the mean of a beta distribution is alpha / (alpha + beta); its standard error falls with the customers drawn
    own = pd.to_numeric(truth.loc["customer", "value"])
    plan = drawn["contracts"].set_index("customer_id")["plan"]
    for name, chance in own.groupby(plan.reindex(own.index)):
        alpha, beta = float(truth.loc[("plan_alpha", name), "value"]), float(truth.loc[("plan_beta", name), "value"])
        assert abs(chance.mean() - alpha / (alpha + beta)) < 3 * chance.std() / np.sqrt(len(chance))


def test_plans_renew_differently_and_as_the_planted_curve_says(drawn, truth):
    # the share that makes the first renewal is beta / (alpha + beta), the share that makes two B(a, b+2) / B(a, b)
    contracts = drawn["contracts"]
    first: dict[str, float] = {}
    for plan, rows in contracts.groupby("plan"):
        alpha, beta = float(truth.loc[("plan_alpha", plan), "value"]), float(truth.loc[("plan_beta", plan), "value"])
        for years in (1, 2):
            old = rows[rows["start_date"] + pd.DateOffset(years=years) <= LAST + pd.Timedelta(days=1)]
            stayed = (old["renewals"] >= years).mean()
            planted = np.exp(betaln(alpha, beta + years) - betaln(alpha, beta))
            assert abs(stayed - planted) < 3 * np.sqrt(planted * (1 - planted) / len(old))
            first.setdefault(str(plan), stayed)
    assert first["basic"] < first["plus"] < first["pro"]


def test_leads_convert_at_the_planted_rate_of_their_source(drawn, truth):
    # young leads may still sign up, so those of the last quarter are left out
    leads = drawn["leads"]
    old = leads[leads["created_at"] < LAST - pd.Timedelta(days=90)]
    for source, rows in old.groupby("source"):
        planted = float(truth.loc[("source", source), "value"])
        share = rows["customer_id"].notna().mean()
        assert abs(share - planted) < 3 * np.sqrt(planted * (1 - planted) / len(rows)), source
    converted = leads[leads["converted_at"].notna()]
    assert (converted["converted_at"] > converted["created_at"]).all()
    assert converted["status"].eq("converted").all()
