"""Profiles: shares against the average, tests of association, regions and distances."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.clustering import profiles
from crmbook.data.faults import DataError
from crmbook.data.provinces import PROVINCES, codes, grid
from crmbook.shared import estimate as comparison
from hypothesis import given, settings
from hypothesis import strategies as st


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


# Ages and bands


def test_a_birthday_counts_from_its_own_day_on():
    born = pd.Series(pd.to_datetime(["2000-02-29", "2000-03-01", None, "2030-01-01"]))
    assert profiles.ages(born, "2023-02-28").tolist()[:2] == [22, 22]
    assert profiles.ages(born, "2023-03-01").tolist()[:2] == [23, 23]
    assert profiles.ages(born, "2023-03-01").isna().tolist() == [False, False, True, True]


def test_a_cut_opens_its_band():
    ages = pd.Series([17, 18, 29.9, 30, 65, None], name="age")
    assert profiles.bands(ages, [18, 30, 65]).astype(object).fillna("").tolist() == [
        "<18",
        "18-30",
        "18-30",
        "30-65",
        "65+",
        "",
    ]
    assert profiles.bands(ages, [18, 30, 65]).cat.ordered


# Shares against the average


def test_profile_gives_shares_index_and_wilson_interval():
    # group A: 6 of 8 women; all: 8 of 16. Wilson for 6/8 by hand: centre (.75 + 1.9208/8)/(1 + 3.8416/8) = .6688,
    # half width 1.96/(1.4802)·√(.75·.25/8 + 3.8416/256) = .2597
    sex = pd.Series(["f"] * 6 + ["m"] * 2 + ["f"] * 2 + ["m"] * 6)
    groups = pd.Series(["A"] * 8 + ["B"] * 8)
    table = profiles.composition(sex, groups)
    row = table.loc[("A", "f")]
    assert (row["customers"], row["share"], row["average"], row["index"]) == (6, 0.75, 0.5, 150)
    assert (row["low"], row["high"]) == (pytest.approx(0.4093, abs=1e-3), pytest.approx(0.9285, abs=1e-3))
    assert not row["differs"], "eight customers are too few to tell"
    assert table.groupby("group")["share"].sum().tolist() == [1, 1]


def test_blanks_are_a_level_of_their_own_and_bands_keep_their_order():
    ages = profiles.bands(pd.Series([20, 70, None, 40]), [30, 60])
    table = profiles.composition(ages, pd.Series(["A"] * 4))
    assert table.loc["A"].index.tolist() == ["<30", "30-60", "60+", "unknown"]
    assert table["customers"].tolist() == [1, 1, 1, 1]


def test_customers_without_a_group_play_no_part():
    sex = pd.Series(["f", "m", "m", "m"])
    table = profiles.composition(sex, pd.Series([1, 2, None, None]).astype("Int64"))
    assert table["average"].tolist() == [0.5] * 4
    assert table.index.get_level_values("group").unique().tolist() == [1, 2]


def test_an_attribute_with_thousands_of_levels_is_refused():
    city = pd.Series([f"city {number}" for number in range(5000)], name="city")
    with refused("profile_levels", "city", "5,000", "50"):
        profiles.composition(city, pd.Series("A", index=city.index))
    with refused("profile_nobody", "city"):
        profiles.composition(city.iloc[:5], pd.Series("A", index=["x"]))


# Association


def frame_of(counts: list[list[int]]) -> tuple[pd.Series, pd.Series]:
    rows = [(row, column) for row, line in enumerate(counts) for column, n in enumerate(line) for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["level", "group"]).astype(str)
    return frame["level"], frame["group"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(12, 60), min_size=3, max_size=3), min_size=2, max_size=4))
def test_chi_square_is_that_of_scipy(counts):
    from scipy.stats import chi2_contingency

    mine = profiles.association(*frame_of(counts))
    peer = chi2_contingency(np.array(counts), correction=False)
    assert mine.chi_square == pytest.approx(peer.statistic, abs=1e-9)
    assert mine.freedom == peer.dof and mine.n == np.sum(counts)
    if not mine.permuted:
        assert mine.p == pytest.approx(peer.pvalue, abs=1e-9)
    assert 0 <= mine.cramers_v <= 1


def test_cramers_v_by_hand():
    # 2×2 with 30, 10, 10, 30: chi² = 80·(900 − 100)²/40⁴ = 20; φ² = .25 − 1/79 = .23734;
    # corrected width 2 − 1/79 = 1.98734, V = √(.23734/.98734) = .4903
    result = profiles.association(*frame_of([[30, 10], [10, 30]]))
    assert result.chi_square == pytest.approx(20)
    assert result.cramers_v == pytest.approx(0.4903, abs=1e-4)


def test_identical_columns_are_perfectly_associated_and_unrelated_ones_are_not():
    level, _ = frame_of([[40, 0], [40, 0], [20, 0]])
    assert profiles.association(level, level).cramers_v == pytest.approx(1)
    rng = np.random.default_rng(0)
    loose = profiles.association(level, pd.Series(rng.choice(["A", "B"], 100)))
    assert loose.cramers_v < 0.2 and loose.p > 0.01


def test_thin_tables_are_tested_by_permutation():
    from scipy.stats import fisher_exact

    level, group = frame_of([[7, 1], [2, 8]])
    result = profiles.association(level, group)
    assert result.permuted and result.smallest_expected == pytest.approx(4)
    assert result.p == pytest.approx(fisher_exact([[7, 1], [2, 8]]).pvalue, abs=0.012)
    assert result == profiles.association(level[::-1], group[::-1])


def test_blanks_are_left_out_of_the_test_and_counted():
    level, group = frame_of([[10, 10], [10, 10]])
    level.iloc[:3] = None
    result = profiles.association(level, group)
    assert (result.n, result.missing) == (37, 3)
    with refused("profile_one_level"):
        profiles.association(pd.Series(["f"] * 9), pd.Series(["A", "B", "C"] * 3))


def test_a_customer_who_stands_there_twice_is_refused():
    level, group = frame_of([[10, 10], [10, 10]])
    for pair in ((pd.concat([level, level]), group), (level, pd.concat([group, group]))):
        with refused("clustering_customer_twice", "40"):
            profiles.association(*pair)


def test_several_attributes_are_corrected_for_their_number():
    rng = np.random.default_rng(1)
    groups = pd.Series(rng.choice(["A", "B"], 400))
    frame = pd.DataFrame({f"noise_{n}": rng.choice(["x", "y"], 400) for n in range(9)})
    frame["told"] = np.where(rng.random(400) < 0.8, groups, "C")
    frame["land"] = "CN"
    frame["id"] = [f"C{n}" for n in range(400)]
    table = profiles.associations(frame, groups)
    assert table.index[0] == "told" and table.loc["told", "q"] < 1e-6
    assert table["q"].drop("told").dropna().min() > 0.05
    assert table.loc[["land", "id"], "note"].tolist() == ["profile_one_level", "profile_levels"]


def test_holm_is_that_of_the_paper():
    # .01·4, .02·3 (raised to the first), .03·2, .4·1
    assert comparison.holm(pd.Series([0.03, 0.01, np.nan, 0.02, 0.4])).tolist() == pytest.approx(
        [0.06, 0.04, np.nan, 0.06, 0.4], nan_ok=True
    )


# Where


def test_location_quotient_by_hand():
    regions = pd.Series(["N"] * 10 + ["S"] * 30)
    members = pd.Series([True] * 6 + [False] * 4 + [True] * 6 + [False] * 24)
    table = profiles.location_quotient(regions, members)
    # N: 6 of 12 members, 10 of 40 customers: .5/.25 = 2; S: .5/.75
    assert table["quotient"].to_dict() == {"N": 2, "S": pytest.approx(2 / 3)}
    assert (table["low"] < table["quotient"]).all() and (table["quotient"] < table["high"]).all()
    with refused("profile_nobody"):
        profiles.location_quotient(regions, members & False)


def test_areas_add_up_to_all_customers_and_all_money():
    rng = np.random.default_rng(2)
    regions = pd.Series(rng.choice(["N", "S", None], 90))
    amount = pd.Series(rng.normal(100, 30, 80), index=range(80))  # ten customers without money
    table = profiles.areas(regions, amount)
    assert table["customers"].sum() == 90 and table["amount"].sum() == pytest.approx(amount.sum())
    assert table["share"].sum() == pytest.approx(1) and table["amount_share"].sum() == pytest.approx(1)
    assert "unknown" in table.index


def test_every_province_has_its_own_tile_and_names():
    table = grid()
    assert len(table) == 34
    assert not table.duplicated(["row", "column"]).any()
    assert table["en"].is_unique and table["zh"].is_unique
    assert not table.isna().any().any()


@pytest.mark.parametrize("province", PROVINCES, ids=lambda province: province.code)
def test_a_province_is_found_by_its_code_and_its_names(province):
    ways = [province.code, province.code.lower(), province.en, province.zh, f" {province.zh}省 ", province.en.upper()]
    assert codes(pd.Series(ways)).tolist() == [province.code] * len(ways)


def test_official_names_and_neighbours_on_the_map():
    official = ["新疆维吾尔自治区", "广西壮族自治区", "北京市", "香港特别行政区", "Tibet Autonomous Region", "Xizang"]
    assert codes(pd.Series(official)).tolist() == ["XJ", "GX", "BJ", "HK", "XZ", "XZ"]
    # west of the other on the ground, west on the grid; north, north
    place = grid()
    for west, east in (("XJ", "GS"), ("GS", "SN"), ("SC", "CQ"), ("HA", "AH"), ("SD", "LN"), ("GX", "GD")):
        assert place.loc[west, "column"] < place.loc[east, "column"]
    for north, south in (("HL", "JL"), ("JL", "LN"), ("HE", "HA"), ("HB", "HN"), ("ZJ", "FJ"), ("GD", "HI")):
        assert place.loc[north, "row"] < place.loc[south, "row"]


def test_tiles_count_everybody_once():
    provinces = pd.Series(["广东省", "Guangdong", "GD", "北京", None, "Atlantis"])
    table = profiles.tiles(provinces, pd.Series([1.0, 2, 3, 4, 5, 6]))
    assert table.loc["GD", ["customers", "value", "mean"]].tolist() == [3, 6, 2]
    assert table.index[-1] == "unknown" and table.loc["unknown", "customers"] == 2
    assert table["customers"].sum() == 6 and table["value"].sum() == 21 and len(table) == 35
    assert len(profiles.tiles(pd.Series(["北京"]))) == 34


def test_distances_on_the_globe():
    # a degree of the meridian: π·6371.0088/180 = 111.195 km; Beijing to Shanghai is published as about 1,068 km
    assert profiles.haversine(30.0, 120.0, 31.0, 120.0) == pytest.approx(111.195, abs=1e-3)
    assert profiles.haversine(39.9042, 116.4074, 31.2304, 121.4737) == pytest.approx(1068, abs=3)
    assert profiles.haversine(10.0, 20.0, 10.0, 20.0) == 0
    assert profiles.haversine(0.0, 0.0, 0.0, 180.0) == pytest.approx(np.pi * 6371.0088)


def test_the_nearest_store_and_blank_places():
    customers = pd.DataFrame({"latitude": [31.2, None, 39.8], "longitude": [121.4, 116.0, 116.4]}, index=list("abc"))
    stores = pd.DataFrame(
        {"store": ["SH", "BJ", "?"], "latitude": [31.23, 39.9, None], "longitude": [121.47, 116.4, 116.4]}
    )
    table = profiles.nearest_store(customers, stores)
    assert table["store"].fillna("").tolist() == ["SH", "", "BJ"]
    assert table["km"].round(0).tolist() == pytest.approx([7, np.nan, 11], nan_ok=True)
    with refused("profile_no_coordinates", "stores", "latitude"):
        profiles.nearest_store(customers, stores.drop(columns="latitude"))
    with refused("profile_no_coordinates", "stores"):
        profiles.nearest_store(customers, stores.iloc[2:])


def test_demographics_are_those_that_the_data_hold():
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "birth_date": pd.to_datetime(["1960-01-02", "1999-12-31", None]),
            "gender": ["f", "m", None],
            "education": [None, None, None],
            "note": ["x", "y", "z"],
        }
    )
    found = profiles.demographics(customers, "2024-12-30")
    assert found.columns.tolist() == ["gender", "age_band"]  # education is blank throughout, a note is no attribute
    # 64 on the day, and 24: the 25th birthday is a day later
    assert found["age_band"].astype("object").where(found["age_band"].notna(), None).tolist() == ["55+", "<25", None]
    with refused("profile_no_attributes", "gender, birth_date", "city_tier"):
        profiles.demographics(customers[["customer_id", "note"]], "2024-12-30")


def test_known_demographics_are_none_where_the_data_hold_none():
    customers = pd.DataFrame({"customer_id": ["a", "b"], "gender": ["f", None], "note": ["x", "y"]})
    found = profiles.known_demographics(customers, "2024-12-30")
    pd.testing.assert_frame_equal(found, profiles.demographics(customers, "2024-12-30"))
    assert profiles.known_demographics(customers[["customer_id", "note"]], "2024-12-30") is None
    assert profiles.known_demographics(None, "2024-12-30") is None


def test_location_quotients_of_all_groups_are_those_of_each():
    rng = np.random.default_rng(4)
    regions = pd.Series(rng.choice(["north", "south", "west"], 400))
    groups = pd.Series(np.where(regions == "north", "a", rng.choice(["a", "b"], 400)))
    blank, outside = regions.where(regions.index >= 20), groups.where(groups.index < 380)
    table = profiles.location_quotients(blank, outside)
    own = pd.DataFrame({"region": blank, "group": outside}).dropna()
    one = profiles.location_quotient(own["region"], own["group"] == "a")
    assert table.loc["a"]["quotient"].to_dict() == pytest.approx(one["quotient"].to_dict())
    # b is never in the north: 0 times the average share, and surely so
    assert table.loc[("b", "north"), "quotient"] == 0 and table.loc[("b", "north"), "differs"]
    with refused("profile_nobody"):
        profiles.location_quotients(regions, groups.set_axis(range(900, 1300)))


def test_distance_bands_keep_their_order_and_the_unknown_come_last():
    far = profiles.bands(pd.Series([60.0, 2.0, 3.0, None, 12.0]), [5, 10, 50])
    table = profiles.areas(far, pd.Series([900.0, 1.0, 1.0, 5.0, 10.0]))
    assert table.index.tolist() == ["<5", "10-50", "50+", "unknown"]
    assert table["customers"].tolist() == [2, 1, 1, 1]


def test_a_map_without_any_province_is_refused():
    with refused("profile_no_province", "Texas"):
        profiles.tiles(pd.Series(["Texas", None]))
