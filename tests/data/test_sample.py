"""The retail sample: rebuilt to the byte, true to its schema, and its planted truth visible in the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import load, locale
from crmbook.data import sample, schema
from crmbook.data.faults import DataError

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "data" / "sample" / "retail"
ITEMS = ["product_quality", "service_attitude", "delivery_speed", "after_sales", "price"]


@pytest.fixture(scope="module")
def drawn() -> dict[str, pd.DataFrame]:
    return sample.generate("retail")


@pytest.fixture(scope="module")
def truth(drawn) -> pd.DataFrame:
    return drawn["truth"]


@pytest.fixture(scope="module")
def people(drawn) -> pd.DataFrame:
    return drawn["customers"].set_index("customer_id")


@pytest.fixture(scope="module")
def lines(drawn, people) -> pd.DataFrame:
    """Order lines of consumers, returns included."""
    return drawn["orders"][drawn["orders"]["customer_id"].map(people["account_type"]).eq("consumer")]


@pytest.fixture(scope="module")
def purchases(lines) -> pd.DataFrame:
    """Orders of consumers that are no returns."""
    whole = lines.groupby("order_id").agg(
        customer_id=("customer_id", "first"), date=("order_date", "first"), amount=("amount", "sum")
    )
    return whole[whole["amount"] >= 0].reset_index()


@pytest.fixture
def tiny(monkeypatch) -> None:
    """A case of one table, to see how cases are written without drawing a shop."""

    def build(customers: int, seed: int) -> dict[str, pd.DataFrame]:
        stores = [f"S{seed}-{number}" for number in range(customers)]
        return {
            "stores": pd.DataFrame({"store": stores, "city": "", "province": None, "latitude": 31.5, "longitude": 0.1})
        }

    monkeypatch.setitem(sample.CASES, "tiny", build)


def planted(truth: pd.DataFrame, entity: str) -> pd.Series:
    """The planted values of an entity, as numbers where they are numbers."""
    values = truth[truth["entity"].eq(entity)].set_index("id")["value"]
    return values if entity in ("feature", "factor") else values.astype(float)


def standard_error(a: pd.Series, b: pd.Series) -> float:
    """Standard error of the difference of two means."""
    return float(np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))


def gini(values: pd.Series) -> float:
    """Gini by its mean-difference definition: sum over i of (2i − n − 1)·x(i), over n·sum x."""
    ordered = np.sort(values.to_numpy())
    count = len(ordered)
    return float(((2 * np.arange(1, count + 1) - count - 1) * ordered).sum() / (count * ordered.sum()))


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_committed_files_are_what_the_generator_writes_now(tmp_path):
    made = sample.write("retail", tmp_path / "retail")
    names = sorted(file.name for file in COMMITTED.iterdir())
    assert sorted(file.name for file in made.iterdir()) == names
    assert names == sorted([sample.RECORD, *(f"{name}.csv" for name in [*schema.TABLES, "truth"])])
    for name in names:
        assert (made / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_a_seed_gives_the_same_bytes_each_time_and_another_seed_others(tmp_path):
    first = sample.write("retail", tmp_path / "a", customers=300, seed=5)
    again = sample.write("retail", tmp_path / "b", customers=300, seed=5)
    other = sample.write("retail", tmp_path / "c", customers=300, seed=6)
    for file in first.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()
    assert (first / "orders.csv").read_bytes() != (other / "orders.csv").read_bytes()


def test_the_files_are_utf8_with_line_feeds_and_small_enough_to_be_committed():
    sizes = 0
    for file in COMMITTED.iterdir():
        content = file.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content and content.endswith(b"\n") and not content.startswith(b"\xef\xbb\xbf")
        sizes += len(content)
    assert sizes <= 2_600_000


def test_a_failed_write_leaves_the_former_files_and_nothing_else(tmp_path, monkeypatch, tiny):
    sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    before = {file.name: file.read_bytes() for file in (tmp_path / "case").iterdir()}

    def fail(path, content):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        sample.write("tiny", tmp_path / "case", customers=200, seed=2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["case"]
    assert {file.name: file.read_bytes() for file in (tmp_path / "case").iterdir()} == before
    assert sorted(before) == [sample.RECORD, "stores.csv"]


def test_numbers_are_written_short_and_blanks_stay_blank(tmp_path, tiny):
    made = sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    written = (made / "stores.csv").read_text(encoding="utf-8").splitlines()
    assert written[:2] == ["store,city,province,latitude,longitude", "S1-0,,,31.5,0.1"]


def test_tables_that_were_changed_or_never_ours_are_replaced_only_when_asked(tmp_path, tiny):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "orders.csv").write_text("order_id,amount\nO1,5\n")
    with pytest.raises(DataError, match=r"orders\.csv in .*mine is not as crmbook wrote it"):
        sample.write("tiny", mine, customers=200, seed=1)
    assert [file.name for file in mine.iterdir()] == ["orders.csv"]
    sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    (tmp_path / "case" / "stores.csv").write_text("store\nmy own\n")
    with pytest.raises(DataError, match=r"stores\.csv"):
        sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    assert (tmp_path / "case" / "stores.csv").read_text() == "store\nmy own\n"
    sample.write("tiny", tmp_path / "case", customers=200, seed=1, force=True)
    assert "S1-0" in (tmp_path / "case" / "stores.csv").read_text()


def test_a_former_sample_is_replaced_but_a_folder_of_somebody_else_never(tmp_path, tiny):
    sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    sample.write("tiny", tmp_path / "case", customers=210, seed=1)
    assert len(pd.read_csv(tmp_path / "case" / "stores.csv")) == 210
    (tmp_path / "case" / "thesis.docx").write_text("mine")
    with pytest.raises(DataError, match=r"thesis\.docx"):
        sample.write("tiny", tmp_path / "case", customers=200, seed=1)
    assert len(pd.read_csv(tmp_path / "case" / "stores.csv")) == 210
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="file"):
        sample.write("tiny", tmp_path / "file", customers=200, seed=1)


def test_the_folder_of_a_case_is_found_and_a_missing_case_is_refused_in_both_languages():
    assert sample.folder("retail") == COMMITTED
    with pytest.raises(DataError) as refused:
        sample.folder("airline")
    assert "airline" in str(refused.value) and "retail" in str(refused.value)
    locale.use("zh")
    try:
        assert "没有案例“airline”" in str(refused.value)
    finally:
        locale.use("en")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"case": "airline"}, "airline"),
        ({"customers": 10}, "200"),
        ({"seed": -1}, "-1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_to_do(arguments, named):
    with pytest.raises(DataError, match=named):
        sample.generate(**arguments)


def test_the_committed_case_loads_without_a_finding():
    book = load(COMMITTED)
    assert len(book.findings) == 0
    assert list(book.tables) == list(schema.TABLES)
    assert book.as_of == pd.Timestamp("2024-12-31")


# --- schema and references --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", schema.TABLES)
def test_every_table_passes_its_schema_and_has_its_columns_in_order(drawn, table):
    schema.frame_schema(schema.TABLES[table]).validate(drawn[table], lazy=True)
    not_drawn = {"tickets": ["channel"]}.get(table, [])
    assert list(drawn[table].columns) == [name for name in schema.TABLES[table].names if name not in not_drawn]
    assert len(drawn[table]) > 0


def test_the_truth_has_its_columns_and_one_row_for_each_thing(truth):
    schema.frame_schema(schema.TRUTH).validate(truth, lazy=True)
    assert not truth.duplicated(["entity", "id"]).any()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_small_draw_is_complete_as_well(seed):
    tables = sample.generate("retail", customers=200, seed=seed)
    for name, table in schema.TABLES.items():
        schema.frame_schema(table).validate(tables[name], lazy=True)
        assert len(tables[name]) > 0
    assert len(tables["customers"]) == 200


@pytest.mark.parametrize(
    ("table", "column", "target", "key"),
    [
        *[
            (table, "customer_id", "customers", "customer_id")
            for table in schema.TABLES
            if "customer_id" in schema.TABLES[table].names and table != "customers"
        ],
        ("customers", "referrer_id", "customers", "customer_id"),
        ("customers", "store", "stores", "store"),
        ("orders", "store", "stores", "store"),
        ("tickets", "order_id", "orders", "order_id"),
        ("kano", "response_id", "survey", "response_id"),
    ],
)
def test_every_reference_leads_somewhere(drawn, table, column, target, key):
    assert drawn[table][column].dropna().isin(drawn[target][key]).all()


def test_every_product_has_one_category_and_every_case_of_account_is_there(drawn):
    assert drawn["orders"].groupby("product_id")["category"].nunique().eq(1).all()
    assert drawn["orders"]["product_id"].nunique() == 40
    assert drawn["orders"]["category"].nunique() == 8
    counts = drawn["customers"]["account_type"].value_counts()
    assert counts["consumer"] > 2500
    assert counts["partner"] == 60  # 2 % of 3,000
    assert counts["staff"] == 24
    assert counts["supplier"] == 12


def test_names_are_made_up_and_no_address_is_given(drawn):
    assert drawn["customers"]["name"].str.contains(r"^[甲乙丙丁戊己庚辛壬癸]某\d+$|^样例\D+\d+$").all()
    text = b"".join(file.read_bytes() for file in COMMITTED.iterdir())
    assert b"@" not in text.replace(b"@example.com", b"")


def test_nothing_happens_before_it_can(drawn, people):
    orders, tickets, leads = drawn["orders"], drawn["tickets"], drawn["leads"]
    assert orders["order_date"].between("2022-01-01", "2024-12-31").all()
    assert (orders["order_date"] >= orders["customer_id"].map(people["signup_date"])).all()
    assert (tickets["first_response_at"] >= tickets["opened_at"])[tickets["first_response_at"].notna()].all()
    assert (tickets["closed_at"] >= tickets["first_response_at"])[tickets["closed_at"].notna()].all()
    placed = tickets["order_id"].map(orders.drop_duplicates("order_id").set_index("order_id")["order_date"])
    assert (tickets["opened_at"] > placed).all()
    assert (leads["converted_at"] >= leads["created_at"])[leads["converted_at"].notna()].all()
    referrer = people["referrer_id"].dropna()
    assert (referrer.map(people["signup_date"]) <= people.loc[referrer.index, "signup_date"]).all()


# --- a believable shop ------------------------------------------------------------------------------------------------


def test_there_are_about_3000_customers_and_prospects_and_more_than_20000_order_lines(drawn):
    assert len(drawn["customers"]) == 3000
    assert 20_000 <= len(drawn["orders"]) <= 30_000
    assert 18_000 <= drawn["orders"]["order_id"].nunique() <= 28_000
    prospects = ~drawn["customers"]["customer_id"].isin(drawn["orders"]["customer_id"])
    assert 0.10 <= prospects.mean() <= 0.30


def test_spend_is_skewed_with_a_gini_near_two_thirds(drawn, people):
    kept = drawn["orders"]["customer_id"].map(people["account_type"]).isin(["consumer", "partner"])
    spend = drawn["orders"][kept].groupby("customer_id")["amount"].sum()
    assert 0.60 <= gini(spend[spend >= 0]) <= 0.70
    stated = dict(locale.entries())["data.dictionary_intro"]
    assert all(f" {gini(spend[spend >= 0]):.2f}" in stated[language] for language in ("en", "zh"))
    assert gini(pd.Series([1, 1, 2, 6])) == pytest.approx(0.4)  # the published example


def test_orders_follow_the_week_the_spring_festival_and_double_11(purchases):
    daily = purchases.groupby("date").size()
    weekend = daily.index.day_of_week >= 5
    assert daily[weekend].mean() > 1.15 * daily[~weekend].mean()
    for year, festival in ((2022, "02-01"), (2023, "01-22"), (2024, "02-10")):
        day = pd.Timestamp(f"{year}-{festival}")
        quiet = daily[day : day + pd.Timedelta(days=5)].mean()
        rush = daily[day - pd.Timedelta(days=14) : day - pd.Timedelta(days=3)].mean()
        assert rush > 1.6 * quiet  # planted: 1.5 before against 0.45 after, weekdays beside
        double = daily[f"{year}-11-05" : f"{year}-11-11"].mean()
        assert double > 1.5 * daily[f"{year}-10-08" : f"{year}-11-03"].mean()


def test_the_business_grows(lines):
    revenue = lines.groupby(lines["order_date"].dt.year)["amount"].sum()
    assert revenue[2022] < revenue[2023] < revenue[2024]


def test_returns_are_a_few_percent_of_orders_and_some_are_whole_orders(drawn):
    orders = drawn["orders"].groupby("order_id")["amount"].agg(["sum", "size"])
    back = orders[orders["sum"] < 0]
    assert 0.025 <= len(back) / len(orders) <= 0.05
    assert (back["size"] > 1).any()
    assert 10 <= orders["sum"].eq(0).sum() <= 100
    set_off = drawn["orders"]["amount"].lt(0) & drawn["orders"]["order_id"].map(orders["sum"]).gt(0)
    assert set_off.any()


def test_staff_and_suppliers_buy_too(drawn, people):
    kinds = drawn["orders"]["customer_id"].map(people["account_type"])
    assert (kinds == "staff").sum() > 100 and (kinds == "supplier").sum() > 50


def test_only_partners_get_invoices_and_worse_grades_pay_later(drawn, people):
    invoices = drawn["orders"].dropna(subset="due_date").drop_duplicates("order_id")
    assert invoices["customer_id"].map(people["account_type"]).eq("partner").all()
    grade = invoices["customer_id"].map(people["credit_grade"])
    late = (invoices["paid_date"] - invoices["due_date"]).dt.days.groupby(grade).median()
    assert late["A"] < 0 < late["B"] < late["C"] < late["D"]
    unpaid = invoices["paid_date"].isna().groupby(grade).mean()
    assert unpaid["D"] > 2 * unpaid["A"]


def test_contracts_belong_to_a_few_partners(drawn, people):
    assert drawn["contracts"]["customer_id"].map(people["account_type"]).eq("partner").all()
    assert 10 <= len(drawn["contracts"]) <= 40
    ended = drawn["contracts"].dropna(subset="end_date")
    days = (ended["end_date"] - ended["start_date"]).dt.days + 1
    assert (days == 365 * (ended["renewals"] + 1)).all()


def test_money_spent_covers_each_month_and_purpose(drawn):
    months = drawn["spend"].groupby("purpose")["month"].nunique()
    assert months.to_dict() == {"acquisition": 36, "retention": 36, "service": 36}
    assert (drawn["spend"]["amount"] > 0).all()


# --- the known truth --------------------------------------------------------------------------------------------------


def test_lapsed_customers_never_buy_after_they_lapsed(truth, purchases):
    state = truth[truth["entity"].eq("customer")].set_index("id")
    last = purchases.groupby("customer_id")["date"].max()
    lapsed = state[state["state"].eq("lapsed")].index.intersection(last.index)
    assert (last[lapsed] <= state.loc[lapsed, "lapse_date"]).all()
    assert state["state"].eq("alive").eq(state["lapse_date"].isna()).all()
    assert 0.4 <= state["state"].eq("alive").mean() <= 0.7


def test_some_customers_fall_silent_and_some_are_won_back(truth, drawn, purchases):
    state = truth[truth["entity"].eq("customer")].set_index("id")["state"]
    last = purchases.groupby("customer_id")["date"].max()
    silence = (pd.Timestamp("2024-12-31") - last).dt.days
    known = state.reindex(silence.index)
    assert silence[known.eq("lapsed")].median() > 4 * silence[known.eq("alive")].median()
    returned = drawn["campaigns"].query("campaign == 'win_back' and responded")["customer_id"]
    assert len(returned) > 50


def test_the_answer_key_covers_every_consumer_and_partner_who_bought(truth, drawn, people):
    kept = people.index[people["account_type"].isin(["consumer", "partner"])]
    bought = drawn["orders"].loc[drawn["orders"]["customer_id"].isin(kept), "customer_id"].unique()
    assert sorted(truth.loc[truth["entity"].eq("customer"), "id"]) == sorted(bought)


def test_the_segments_are_found_by_k_means_nearly_as_well_as_by_who_knows_them(truth, purchases, lines):
    from sklearn.cluster import KMeans
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.metrics import adjusted_rand_score
    from sklearn.model_selection import cross_val_predict
    from sklearn.preprocessing import StandardScaler

    first = lines[lines["amount"] > 0].drop_duplicates("order_id").set_index("order_id")
    orders = purchases.set_index("order_id").join(first[["channel", "hour", "discount", "category"]], how="inner")
    by = orders.groupby("customer_id")
    share = orders.groupby(["customer_id", "category"]).size() / by.size()
    features = pd.DataFrame(
        {
            "amount": np.log1p(by["amount"].mean()),
            "online": orders["channel"].isin(["app", "web"]).groupby(orders["customer_id"]).mean(),
            "evening": orders["hour"].ge(19).groupby(orders["customer_id"]).mean(),
            "discount": orders["discount"].gt(0).groupby(orders["customer_id"]).mean(),
            "one_category": share.groupby("customer_id").max(),
        }
    )[by.size() >= 5]
    segment = truth.set_index("id")["segment"].reindex(features.index)
    scaled = StandardScaler().fit_transform(features)
    found = KMeans(5, n_init=10, random_state=0).fit_predict(scaled)
    ceiling = adjusted_rand_score(segment, cross_val_predict(LinearDiscriminantAnalysis(), scaled, segment, cv=5))
    assert adjusted_rand_score(segment, found) >= 0.9 * ceiling
    assert 0.80 <= ceiling <= 0.98  # the segments overlap


def test_segments_are_five_of_unequal_size(truth):
    shares = truth["segment"].value_counts(normalize=True)
    assert len(shares) == 5
    assert shares.iloc[0] > 2 * shares.iloc[-1]


def test_the_lifestyle_items_hold_three_factors_and_four_groups(truth, drawn):
    items = drawn["lifestyle"].set_index("customer_id")
    roots = np.linalg.eigvalsh(np.corrcoef(items.to_numpy().T))[::-1]
    assert (roots > 1).sum() == 3  # Kaiser's rule
    factor = planted(truth, "factor")
    scores = items.T.groupby(factor).mean().T
    group = truth.set_index("id")["psychographic"].reindex(items.index)
    means = scores.groupby(group).mean()
    assert means["thrift"].idxmax() == "planner"
    assert means["trend"].idxmax() == "trendsetter"
    assert means["nature"].idxmax() == "naturalist"
    assert group.nunique() == 4


def test_late_orders_bring_complaints(drawn, truth):
    orders = drawn["orders"].drop_duplicates("order_id")
    delivered = orders[orders["days_late"].notna() & orders["amount"].gt(0)]
    complained = delivered["order_id"].isin(drawn["tickets"].query("kind == 'complaint'")["order_id"])
    rate = complained.groupby(delivered["days_late"] > 0).mean()
    extra = rate[True] - rate[False]
    assert extra == pytest.approx(planted(truth, "effect")["late_complaint"], abs=0.05)


def test_complaints_lower_satisfaction(drawn):
    answers = drawn["survey"].dropna(subset="overall")
    complaints = drawn["tickets"].query("kind == 'complaint'")[["customer_id", "opened_at"]]
    both = answers.merge(complaints, on="customer_id")
    recent = both[(both["opened_at"] < both["date"]) & (both["opened_at"] > both["date"] - pd.Timedelta(days=184))]
    had = answers["response_id"].isin(recent["response_id"])
    with_, without = answers.loc[had, "overall"], answers.loc[~had, "overall"]
    assert without.mean() - with_.mean() > 2 * standard_error(with_, without)


def test_customers_whose_complaint_was_resolved_come_back_more_often(drawn, purchases):
    tickets = drawn["tickets"].query("kind == 'complaint'")
    tickets = tickets[tickets["opened_at"] < pd.Timestamp("2024-07-01")]  # half a year is left to come back in
    both = tickets.merge(purchases[["customer_id", "date"]], on="customer_id")
    wait = (both["date"] - both["opened_at"]).dt.days
    again = tickets["ticket_id"].isin(both.loc[wait.between(1, 180), "ticket_id"])
    resolved = tickets["closed_at"].notna() & tickets["resolution"].ne("rejected")
    assert again[resolved].mean() > again[~resolved].mean() + 0.10


def test_the_drivers_rank_as_planted_by_johnsons_relative_weights(drawn, truth):
    from scipy.stats import spearmanr

    answers = drawn["survey"].dropna(subset=[*ITEMS, "overall"])
    together = np.corrcoef(answers[ITEMS].to_numpy().T)
    with_overall = np.array([np.corrcoef(answers[item], answers["overall"])[0, 1] for item in ITEMS])
    roots, vectors = np.linalg.eigh(together)
    bridge = vectors @ np.diag(np.sqrt(roots)) @ vectors.T  # Johnson (2000): the items' closest orthogonal variables
    weights = bridge**2 @ np.linalg.solve(bridge, with_overall) ** 2
    assert spearmanr(weights, planted(truth, "driver")[ITEMS]).statistic >= 0.9


def test_every_feature_falls_into_its_planted_kano_class(drawn, truth):
    table = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]  # Berger (1993): rows functional, columns dysfunctional
    pairs = drawn["kano"]
    cells = [
        table[row - 1][column - 1] for row, column in zip(pairs["functional"], pairs["dysfunctional"], strict=True)
    ]
    counts = pd.crosstab(pairs["feature"], pd.Series(cells, index=pairs.index))
    assert counts.idxmax(axis=1).to_dict() == planted(truth, "feature").to_dict()
    assert set(planted(truth, "feature")) == set("MOAIR")
    assert pairs["response_id"].nunique() == 300


def test_the_programme_gains_what_was_planted_and_both_groups_fall_back(drawn, truth, lines):
    group = drawn["programme"].set_index("customer_id")["group"]

    def monthly(start: str, end: str, months: int) -> pd.Series:
        window = lines[lines["order_date"].between(start, end)]
        return window.groupby("customer_id")["amount"].sum().reindex(group.index).fillna(0) / months

    before, after = monthly("2023-07-01", "2023-12-31", 6), monthly("2024-01-01", "2024-12-31", 12)
    gain = after - before
    treated, control = gain[group.eq("treated")], gain[group.eq("control")]
    effect = treated.mean() - control.mean()
    error = standard_error(treated, control)
    assert abs(effect - planted(truth, "effect")["programme_spend"]) <= 1.96 * error
    assert effect > 1.96 * error
    assert after[group.eq("control")].mean() < 0.8 * before[group.eq("control")].mean()


@pytest.mark.parametrize(("campaign", "uplift"), [("win_back", "winback_uplift"), ("coupon", "coupon_uplift")])
def test_a_campaign_lifts_the_response_as_planted(drawn, truth, campaign, uplift):
    answers = drawn["campaigns"][drawn["campaigns"]["campaign"].eq(campaign)]
    bought = answers["responded"].astype(float)
    treated, holdout = bought[answers["arm"].eq("treated")], bought[answers["arm"].eq("holdout")]
    difference = treated.mean() - holdout.mean()
    error = standard_error(treated, holdout)
    assert abs(difference - planted(truth, "effect")[uplift]) <= 1.96 * error
    assert difference > 1.96 * error


def test_the_discount_brings_the_planted_extra_orders(drawn, truth, purchases):
    invited = drawn["campaigns"].query("campaign == 'autumn'").set_index("customer_id")
    window = purchases[purchases["date"].between("2023-08-28", "2023-09-24")]
    orders = window.groupby("customer_id").size().reindex(invited.index).fillna(0)
    treated, holdout = orders[invited["arm"].eq("treated")], orders[invited["arm"].eq("holdout")]
    error = standard_error(treated, holdout) / holdout.mean()
    assert abs(treated.mean() / holdout.mean() - 1 - planted(truth, "effect")["discount_lift"]) <= 1.96 * error
    assert treated.mean() / holdout.mean() - 1 > 1.96 * error


def test_calls_that_reach_the_customer_bring_the_planted_extra_orders(drawn, truth, purchases):
    calls = drawn["interactions"].query("kind == 'call'")
    calls = calls[calls["date"] < pd.Timestamp("2024-11-01")].reset_index(drop=True)
    both = calls.reset_index().merge(purchases, on="customer_id", suffixes=("_call", ""))
    wait = (both["date"] - both["date_call"]).dt.days
    orders = both[wait.between(1, 56)].groupby("index").size().reindex(calls.index).fillna(0)
    reached, missed = orders[calls["outcome"].eq("reached")], orders[calls["outcome"].eq("missed")]
    error = standard_error(reached, missed) / missed.mean()
    lift = reached.mean() / missed.mean() - 1
    assert lift > 1.96 * error
    assert abs(lift - planted(truth, "effect")["callback_lift"]) <= 1.96 * error


def test_planted_pairs_are_bought_together_far_more_often_than_by_chance(drawn, truth):
    baskets = drawn["orders"][drawn["orders"]["amount"] > 0].groupby("order_id")["product_id"].agg(set)
    for pair, chance in planted(truth, "pair").items():
        first, second = pair.split("+")
        has_first = baskets.map(lambda products, code=first: code in products)
        has_second = baskets.map(lambda products, code=second: code in products)
        confidence = (has_first & has_second).sum() / has_first.sum()
        assert confidence == pytest.approx(chance, abs=0.09)
        assert confidence > 3 * has_second.mean()


def test_faulty_products_come_back_and_are_complained_about(drawn, truth):
    orders = drawn["orders"]
    sold = orders[orders["amount"] > 0].groupby("product_id").size()
    back = orders[orders["amount"] < 0].groupby("product_id").size().reindex(sold.index).fillna(0) / sold
    quality = drawn["tickets"].query("kind == 'complaint' and category == 'quality'")
    complaints = quality.groupby("product_id").size().reindex(sold.index).fillna(0) / sold
    worst = planted(truth, "product").nlargest(3).index
    assert set(complaints.nlargest(3).index) == set(worst)
    assert back[worst].min() > 1.5 * back.drop(worst).median()


def test_leads_convert_by_source_as_planted_before_the_coupons_came(drawn, truth):
    early = drawn["leads"][drawn["leads"]["created_at"] < "2023-11-01"]
    rate = early["status"].eq("converted").groupby(early["source"]).agg(["mean", "size"])
    for source, chance in planted(truth, "source").items():
        error = np.sqrt(chance * (1 - chance) / rate.loc[source, "size"])
        assert abs(rate.loc[source, "mean"] - chance) <= 2.6 * error


def test_owners_differ_as_planted_once_segments_are_held_equal(drawn, truth, people, purchases):
    from scipy.stats import spearmanr

    state = truth[truth["entity"].eq("customer")].set_index("id")
    by = purchases.groupby("customer_id")["date"]
    repeats, first = by.size() - 1, by.min()
    alive_days = (state["lapse_date"].fillna(pd.Timestamp("2024-12-31")).reindex(first.index) - first).dt.days
    segment = state["segment"].reindex(first.index)
    pace = repeats.groupby(segment).sum() / alive_days.groupby(segment).sum()
    owner = people["owner"].reindex(first.index)
    expected = segment.map(pace).astype(float) * alive_days
    quality = repeats.groupby(owner).sum() / expected.groupby(owner).sum()
    factors = planted(truth, "owner")
    assert spearmanr(quality[factors.index], factors).statistic >= 0.7


def test_valuable_segments_are_not_spread_evenly_over_owners(truth, people):
    segment = truth.set_index("id")["segment"].reindex(people.index)
    valuable = segment.isin(["stockpiler", "specialist"])[segment.notna()]
    share = valuable.groupby(people["owner"]).mean()
    assert share[["E01", "E02", "E03", "E04"]].min() > 1.5 * share[["E05", "E06", "E07", "E08"]].max()


def test_comments_have_themes_sentiments_and_patterns_in_both_languages(drawn, truth):
    comments = truth[truth["entity"].eq("comment")].set_index("id")
    words = drawn["survey"].set_index("response_id")["comment"].dropna()
    assert sorted(comments.index) == sorted(words.index)
    assert len(comments) >= 1_200
    language = comments["template"].str[:2]
    assert set(language) == {"zh", "en"}
    for _, part in comments.groupby(language):
        assert part["theme"].nunique() == 6
        assert part["sentiment"].nunique() == 3
        assert part.groupby(["theme", "sentiment"])["template"].nunique().min() >= 2
    assert words[language.eq("zh")].str.contains(r"[\u4e00-\u9fff]").all()
    assert not words[language.eq("en")].str.contains(r"[\u4e00-\u9fff]").any()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentiment_and_theme_are_learnt_from_other_patterns(drawn, truth, language):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    comments = truth[truth["template"].str.startswith(language).fillna(False).astype(bool)]
    words = drawn["survey"].set_index("response_id")["comment"].reindex(comments["id"])
    for target in ("sentiment", "theme"):
        model = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True),
            LogisticRegression(C=10, max_iter=500),
        )
        # whole sentence patterns are held out: none of those tested was seen in training
        told = cross_val_predict(model, words, comments[target], groups=comments["template"], cv=GroupKFold(5))
        assert (told == comments[target]).mean() >= 0.88
        assert f1_score(comments[target], told, average="macro") >= 0.85


def test_comments_sound_like_the_scores(drawn, truth):
    tone = truth[truth["entity"].eq("comment")].set_index("id")["sentiment"]
    overall = drawn["survey"].set_index("response_id")["overall"].reindex(tone.index).groupby(tone).mean()
    assert overall["negative"] < overall["neutral"] < overall["positive"]


def test_more_people_answer_by_phone_than_by_text_message(drawn):
    answered = drawn["survey"]["overall"].notna().groupby(drawn["survey"]["channel"]).mean()
    assert answered["phone"] > answered["app"] > answered["sms"]
    assert drawn["survey"]["wave"].nunique() == 6


def test_lost_customers_stop_using_the_app(drawn, truth):
    state = truth[truth["entity"].eq("customer")].set_index("id")
    gone = state["lapse_date"] < "2024-10-01"
    december = drawn["usage"][drawn["usage"]["month"].eq(pd.Timestamp("2024-12-01"))]["customer_id"]
    assert len(december) > 100
    assert gone[december].mean() < 0.3 * gone.mean()


def test_the_referred_are_lost_less_often(drawn, truth, people):
    state = truth[truth["entity"].eq("customer") & truth["segment"].notna()].set_index("id")
    channel = people["channel"].reindex(state.index)
    lapsed = state["state"].eq("lapsed")
    assert lapsed[channel.eq("referral")].mean() < lapsed[channel.ne("referral")].mean()
    assert people["referrer_id"].notna().sum() > 200
