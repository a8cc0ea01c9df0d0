"""Pictures of value: they say what the methods found; the planted truth bounds the forecasts."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from crmbook import load, tiering, value
from crmbook.data import sample
from crmbook.data.customers import summarise
from crmbook.figures.table import show
from crmbook.locale import use
from crmbook.shared.survival import kaplan_meier
from crmbook.value import charts as draw
from crmbook.value import contracts, economics, growth
from crmbook.value.bgnbd import BgNbd
from crmbook.value.gamma_gamma import GammaGamma
from small_books import refused, retail


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@cache
def customers() -> pd.DataFrame:
    book, _ = retail()
    return summarise(book.orders, book.as_of)


@cache
def model() -> value.ValueModel:
    return value.fit(customers())


@cache
def holdout() -> tuple[value.Holdout, pd.DataFrame]:
    """The half year kept back, and the customer table that the models saw."""
    book, _ = retail()
    split = book.as_of - pd.Timedelta(days=182)
    return value.holdout(book.orders, split, book.as_of), summarise(book.orders, split)


# --- what the sample's truth says of the forecasts --------------------------------------------------------------------


def test_expected_purchases_of_the_half_year_kept_back_beat_both_baselines():
    summary = holdout()[0].summary
    assert abs(summary.loc["bgnbd", "error"]) < 0.10
    baselines = summary.loc[["own_rate", "mean_rate"]]
    assert (baselines["error"].abs() > 1.5 * abs(summary.loc["bgnbd", "error"])).all()
    assert (baselines["mae"] > 1.2 * summary.loc["bgnbd", "mae"]).all()
    assert summary.loc["bgnbd", "correlation"] > 0.55


def test_value_by_decile_is_nearer_than_either_baseline():
    found, before = holdout()
    each = found.customers.join(before["mean_order"])
    rank = each["expected_value"].rank(ascending=False, method="first")
    tenth = np.ceil(rank * 10 / len(each))
    actual = each["actual_value"].groupby(tenth).mean()
    guesses = {
        "bgnbd": each["expected_value"],
        "own_rate": each["own_rate"] * each["mean_order"],
        "mean_rate": each["mean_rate"] * each["mean_order"].mean(),
    }
    off = {name: (guess.groupby(tenth).mean() - actual).abs().mean() for name, guess in guesses.items()}
    assert off["bgnbd"] < 0.5 * off["own_rate"] and off["bgnbd"] < 0.25 * off["mean_rate"]
    assert off["bgnbd"] < 0.15 * each["actual_value"].mean()
    shown = draw.decile_errors(found, before["mean_order"])["mean_error"]
    assert shown.to_dict() == pytest.approx(off)
    assert (found.deciles["error"].iloc[:5].abs() < 0.25).all()


def test_p_alive_of_repeat_buyers_is_near_the_planted_state_and_one_time_buyers_are_all_one():
    _, truth = retail()
    bought = customers()[customers()["T"].notna()]
    alive = truth.loc["customer", "state"].reindex(bought.index).eq("alive")
    worth = value.lifetime_value(bought, model())
    again = bought["x"] > 0
    assert (worth.loc[~again, "p_alive"] == 1).all()
    assert alive[~again].mean() < 0.7
    band = pd.cut(worth.loc[again, "p_alive"], [0, 0.2, 0.4, 0.6, 0.8, 1], include_lowest=True)
    stated = worth.loc[again, "p_alive"].groupby(band, observed=True).mean()
    true = alive[again].groupby(band, observed=True).mean()
    assert ((stated - true).abs() < 0.25).all()
    assert true.is_monotonic_increasing
    shown = draw.alive_bands(customers(), model(), alive)
    assert shown.loc["one_time", "p_alive"] == 1 and shown["customers"].sum() == len(bought)
    assert shown["truly_alive"].iloc[:-1].tolist() == pytest.approx(true.tolist())


def test_the_planted_renewal_curve_of_each_plan_lies_in_the_interval_found():
    book = load(sample.folder("saas"))
    alphas, betas = (sample.answer_key("saas", f"plan_{letter}")["value"] for letter in ("alpha", "beta"))
    for plan, own in book.contracts.groupby("plan"):
        fitted = contracts.fit_sbg_renewals(contracts.renewal_table(own, book.as_of))
        found = value.interval(fitted, lambda fit: fit.predict([1, 3, 6]))
        alpha, beta = alphas[plan], betas[plan]
        # S(t) is the product of (beta + j) / (alpha + beta + j) over j = 0 … t − 1
        planted = [np.prod([(beta + j) / (alpha + beta + j) for j in range(t)]) for t in (1, 3, 6)]
        assert (found["low"] <= planted).all() and (planted <= found["high"]).all()
        shown = draw.planted_renewals(own, book.as_of, alphas, betas).loc[str(plan)]
        assert shown.tolist() == pytest.approx([planted[1], *found.iloc[1]])


# --- methods added for the lesson -------------------------------------------------------------------------------------


def test_months_added_up_and_discounted_are_the_lifetime_value():
    tier = tiering.abc(customers()["monetary"])
    flow = value.monthly_value(customers(), model(), tier, months=24, margin=0.4)
    assert flow.shape == (24, 3)
    for months, rate in ((1, 0.0), (12, 0.1), (24, 0.35)):
        whole = value.lifetime_value(customers(), model(), months, rate, 0.4)["clv"].groupby(tier).sum()
        assert value.discounted(flow, rate, months).to_numpy() == pytest.approx(whole.to_numpy())


def test_discounting_by_hand():
    # 100 after 12 months at 10 % a year are 100 / 1.1; after 6 months 100 / 1.1 ** 0.5
    flow = pd.DataFrame({"A": [0.0] * 11 + [100.0], "B": [0.0] * 5 + [100.0] + [0.0] * 6}, index=range(1, 13))
    assert value.discounted(flow, 0.1).tolist() == pytest.approx([100 / 1.1, 100 / 1.1**0.5])
    assert value.discounted(flow, 0.1, months=6).tolist() == pytest.approx([0, 100 / 1.1**0.5])


def test_months_without_a_horizon_or_with_an_impossible_rate_are_refused():
    flow = pd.DataFrame({"A": [1.0]}, index=[1])
    with refused("value_horizon"):
        value.discounted(flow, 0.1, months=0)
    with refused("value_discount_rate"):
        value.discounted(flow, -1.0)
    with refused("value_horizon"):
        value.monthly_value(customers(), model(), pd.Series(dtype=str), months=0)


def test_channels_need_the_column():
    table = pd.DataFrame({"customer_id": ["a", "b"], "channel": ["web", None]})
    assert economics.channels(table)["a"] == "web"
    with refused("column_needed"):
        economics.channels(table.drop(columns="channel"))


def test_the_list_puts_the_valuable_who_are_leaving_first_and_says_why():
    table = pd.DataFrame({"x": [3, 3, 3, 3, 0]}, index=list("abcde"))
    worth = pd.DataFrame(
        {"clv": [50.0, 40, 30, 20, 10], "p_alive": [0.9, 0.3, 0.2, 0.8, 1.0], "expected_purchases": 1.0},
        index=list("abcde"),
    )
    tier = pd.Series(list("AACCC"), index=list("abcde"))
    made = value.action_list(table, worth, tier, owner=pd.Series({"b": "E1"}))
    assert made.index.tolist() == ["b", "a", "c", "d", "e"]
    assert made["reason"].tolist() == ["valuable_leaving", "valuable_there", "probably_gone", "there", "bought_once"]
    assert made.loc["b", "owner"] == "E1" and made["trend"].isna().all()


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_alive_map_shows_the_methods_figures_and_ones_for_one_time_buyers():
    buys = BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)
    pays = GammaGamma({"p": 6.25, "q": 3.74, "gamma": 15.45}, -4059.0, 946, np.eye(3))
    drawn = draw.alive_map(value.ValueModel(buys, pays, "W"), age=7 * 38.86).data[0]
    assert set(drawn.z[0]) == {1.0}
    # no silence at all: t_x = T, the odds are a / (b + x − 1), 0.793 / 3.426 for x = 2
    assert drawn.z[2][0] == pytest.approx(1 / (1 + 0.793 / 3.426))
    assert all(np.diff(row).max() <= 0 for row in drawn.z)


def test_groups_show_both_shares():
    table = value.by_group(pd.Series([80.0, 15, 5]), pd.Series(["A", "B", "B"]))
    people, brought = draw.groups(table).data
    assert list(people.x) == pytest.approx([1 / 3, 2 / 3]) and list(brought.x) == pytest.approx([0.8, 0.2])


def test_customers_who_bring_nothing_have_no_shares():
    with refused("value_no_shares"):
        value.by_group(pd.Series([5.0, -5.0]), pd.Series(["A", "B"]))


LINK = "<a href='https://example.com'>gold</a>\u202e"


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: draw.groups(value.by_group(pd.Series([80.0, 1]), pd.Series([LINK, "B"]))),
        lambda: draw.value_by_tier(pd.Series({LINK: 9.0, "B": 1}), 12, 0.1),
        lambda: draw.intervals(
            pd.DataFrame({"customers": [2], "clv": 50.0, "low": 40.0, "high": 60.0, "share": 1.0}, [LINK])
        ),
        lambda: draw.cac(pd.DataFrame({"cac": [9.0, 3], "spend": 5.0, "customers": 5}, index=[LINK, "web"]), 9.0),
        lambda: draw.upsell(
            pd.DataFrame({"rate": [0.5, 0.4], "low": 0.3, "high": 0.6, "repeats": 9}, index=[LINK, "all"])
        ),
        lambda: draw.plan_survival({LINK: kaplan_meier([3, 5], [True, False])}, SimpleNamespace(p_value=0.5)),
    ],
)
def test_a_name_that_is_a_link_is_shown_as_it_is_written(drawn):
    """Titles and legends render HTML: a plan called like a link was a live link."""
    made = drawn()
    texts = [made.layout.title.text, *(trace.name or "" for trace in made.data)]
    texts += [str(label) for trace in made.data for label in (*(trace.x or ()), *(trace.y or ()))]
    assert any("&lt;a" in text for text in texts) and any("⟨U+202E⟩" in text for text in texts)
    assert not any("<a" in text or "\u202e" in text for text in texts)


def test_group_without_a_known_value_is_shown_with_a_dash():
    table = value.by_group(pd.Series([80.0, np.nan]), pd.Series(["A", "B"]))
    assert draw.groups(table).data[0].y[1].endswith("– each")


def test_intervals_reach_from_low_to_high():
    table = pd.DataFrame({"customers": [2], "clv": [50.0], "low": [40.0], "high": [65.0], "share": [1.0]}, ["A"])
    bar = draw.intervals(table).data[0]
    assert (bar.error_y.array[0], bar.error_y.arrayminus[0]) == (15.0, 10.0)


def test_deciles_forecast_and_plans_draw_what_the_methods_found():
    found, _ = holdout()
    bars, line = draw.deciles(found).data
    assert list(bars.y) == found.deciles["actual"].tolist() and list(line.y) == found.deciles["expected"].tolist()
    table = contracts.forecast([100, 80, 68, 60, 54], fitted_on=2)
    actual, sbg, naive = draw.forecast(table).data
    assert list(actual.y) == pytest.approx([1, 0.8, 0.68, 0.6, 0.54])
    assert list(sbg.y) == table["sbg"].tolist() and list(naive.y) == table["naive"].tolist()
    book = load(sample.folder("saas"))
    curves, test = contracts.compare_plans(book.contracts, book.as_of)
    made = draw.plan_survival(curves, test)
    assert [trace.y[0] for trace in made.data] == [1.0] * 3
    assert "do not last equally long" in made.layout.title.text


def test_costs_and_bridge_and_tables_say_what_they_were_given():
    table = pd.DataFrame(
        {"spend": [100.0, 0, 300], "customers": [10, 4, 10], "cac": [10.0, 0, 30], "free": [0, 4, 0]},
        index=pd.Index(["search", "none", "event"], name="channel"),
    )
    made = draw.cac(table, 400 / 24)
    assert list(made.data[0].x) == [30.0, 10.0]
    book, _ = retail()
    steps = growth.revenue_bridge(book.orders, book.as_of)
    shown = draw.revenue_bridge(steps, "arpu").data[0]
    assert sum(shown.y[:-1]) == pytest.approx(steps.loc["closing", "arpu"])
    lift = growth.discount_effect(book.campaigns, book.orders, "autumn", as_of=book.as_of)
    assert draw.discount(lift).index.tolist()[-1] == "break_even_lift"
    told = growth.referrals(book.customers, book.orders, book.as_of)
    assert draw.referrals(told).loc["referred_of_new", "value"].endswith("%")


def test_checks_are_in_words_in_both_languages():
    for language, word in (("en", "customers who bought again"), ("zh", "重复购买的客户数")):
        use(language)
        assert any(word in check for check in draw.checks(customers(), model(), 365).index)


def test_parameters_of_the_purchase_model_are_not_taken_for_other_letters():
    for language in ("en", "zh"):
        use(language)
        table = draw.parameters(model())
        starts = [each[0] for each in table.index]
        assert starts == ["r", "α", "a", "b"] and all(len(each) > 6 for each in table.index)
        shown = show(table).to_html()
        assert "Cronbach" not in shown and "克朗巴哈" not in shown


def test_yes_or_no_checks_have_no_figures():
    use("en")
    table = draw.checks(customers(), model(), 365)
    yes_or_no = table[table["value"].isna()]
    assert len(yes_or_no) == 2 and yes_or_no["threshold"].isna().all() and yes_or_no["passed"].notna().all()


def test_groups_stand_by_value_and_those_without_one_are_unknown():
    use("en")
    worth = pd.Series([10.0, 60.0, 30.0], index=["a", "b", "c"])
    ticks = draw.groups(value.by_group(worth, pd.Series({"a": "store", "b": "referral"}))).data[0].y
    assert [tick.split("<br>")[0] for tick in ticks] == ["referral", "unknown", "store"]


def test_shrinkage_shows_seldom_and_often_apart():
    worth = value.lifetime_value(customers(), model())
    seldom, often, _ = draw.shrinkage(customers(), worth["expected_spend"]).data
    assert len(seldom.x) and len(often.x) and max(len(seldom.x), len(often.x)) <= 800


def test_repeat_purchases_are_drawn_with_the_dearer_ones_of_each_category():
    book, _ = retail()
    table = growth.upsell_rate(book.orders, book.as_of)
    points = draw.upsell(table).data[0]
    assert sorted(points.x) == sorted(table["rate"].drop("all")) and len(points.y) == len(table) - 1


def test_winning_and_keeping_stand_side_by_side():
    table = draw.costs(economics.KeepOrAcquire(acquire=50.0, keep_a_year=40.0, ratio=1.25))
    assert table["value"].to_dict() == {"one_new_customer": 50, "keep_a_year": 40, "ratio": 1.25}


def test_price_buyers_are_counted_beside_the_others():
    judged = pd.DataFrame(
        {"orders": [4, 6, 5], "spend": [10.0, 30, 80], "price_only": [True, True, False]}, index=list("abc")
    )
    table = draw.price_buyers(judged)
    assert table.loc["price_only"].tolist() == [2, pytest.approx(2 / 3), 5, 20]
    assert table.loc["others", ["customers", "mean_spend"]].tolist() == [1, 80]
    assert draw.price_buyers(judged.iloc[:2]).index.tolist() == ["price_only"]
