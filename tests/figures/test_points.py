"""Labels of points stay clear of each other; error bars reach from the value to its bounds."""

from __future__ import annotations

import math

import pytest
from crmbook.figures import points

RANGE = (0.0, 1.0)


def test_neighbours_get_labels_on_different_sides():
    assert points.places([0.5, 0.51], [0.5, 0.5], ["one", "two"], RANGE, RANGE) == ["top center", "bottom center"]


def test_three_in_one_spot_get_three_places():
    found = points.places([0.5] * 3, [0.5] * 3, ["快速送达", "价格公道", "免费退货"], RANGE, RANGE)
    assert len(set(found)) == 3


def test_label_at_the_edge_turns_inwards():
    # 12 letters of 7.5 pixels: half of them, 45 pixels, would stand outside
    assert points.places([1.0], [0.5], ["free returns"], RANGE, RANGE) == ["middle left"]


def test_label_above_another_point_goes_below_its_own():
    above = 0.5 + 18 / 340  # where the label would stand
    assert points.places([0.5, 0.5], [0.5, above], ["one", ""], RANGE, RANGE)[0] == "bottom center"


def test_error_bars_reach_from_value_to_bounds_and_have_no_length_without():
    bars = points.reach([0.5, math.nan], [0.2, math.nan], [0.7, math.nan], "#000000")
    assert bars["array"] == [pytest.approx(0.2), 0] and bars["arrayminus"] == [pytest.approx(0.3), 0]
