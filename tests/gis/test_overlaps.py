"""Shared areas by arithmetic agree with GEOS, whatever the shapes look like."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from gis.clipping import windows_of
from gis.overlaps import overlaps_between
from gis.rings import boxes_inside, rings_of
from gis.validity import measurable

EAST, NORTH = 500_000.0, 3_070_000.0
LAND = box(0, 0, 100, 80)
HOLED = LAND.difference(box(40, 20, 60, 40))
TWO = MultiPolygon([box(0, 0, 30, 30), box(50, 0, 80, 30)])
NOTCHED = Polygon([(0, 0), (100, 0), (100, 80), (50, 30), (0, 80)])
ELL = Polygon([(0, 0), (20, 0), (20, 5), (5, 5), (5, 20), (0, 20)])


def placed(shape, x=0.0, y=0.0, turn=0.0):
    return affinity.translate(affinity.rotate(shape, turn, origin=(0, 0)), EAST + x, NORTH + y)


def shared(zone, shape) -> float:
    return float(overlaps_between(np.array([zone]), np.array([shape])).area_m2.sum())


@pytest.mark.parametrize("zone", [LAND, HOLED, TWO, NOTCHED])
@pytest.mark.parametrize(
    "shape", [box(0, 0, 20, 10), ELL, ELL.reverse(), LAND.buffer(1), HOLED, TWO]
)
@given(x=st.floats(-40, 120), y=st.floats(-40, 100), turn=st.floats(0, 360))
@settings(max_examples=25, deadline=None)
def test_areas_are_those_of_geos(zone, shape, x, y, turn):
    zone, shape = placed(zone, turn=17.0), placed(shape, x, y, turn)
    expected = shapely.intersection(zone, shape).area
    assert shared(zone, shape) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_box_in_the_hole_shares_nothing_and_one_over_it_shares_the_rest():
    assert shared(placed(HOLED), placed(box(45, 25, 50, 30))) == 0
    over = 30 * 30 - 20 * 20
    assert shared(placed(HOLED), placed(box(35, 15, 65, 45))) == pytest.approx(over)


def test_neighbours_that_share_a_side_share_no_area():
    for turn in (0.0, 31.7):
        one, other = placed(LAND, turn=turn), placed(box(100, 0, 130, 80), turn=turn)
        assert len(overlaps_between(np.array([one]), np.array([other])).area_m2) == 0


def test_a_bent_shape_is_a_fan_that_adds_up():
    at, windows, sign = windows_of(np.array([ELL, ELL.reverse()]))
    around = shapely.area(shapely.polygons(windows))
    assert np.bincount(at, around * sign).tolist() == [ELL.area, ELL.area]


def test_missing_and_empty_geometry_shares_nothing():
    zones = np.array([None, Polygon(), placed(LAND)], dtype=object)
    found = overlaps_between(zones, np.array([None, Polygon(), placed(box(1, 1, 2, 3))]))
    assert found.zone.tolist(), found.shape.tolist() == ([2], [2])
    assert found.area_m2.tolist() == pytest.approx([2.0])


def test_a_box_across_a_notch_is_not_taken_as_inside():
    boxes = np.array([[40.0, 20, 60, 40], [40, 5, 60, 25]])
    assert boxes_inside(rings_of(np.array([NOTCHED])), np.array([0, 0]), boxes).tolist() == [
        False,
        True,
    ]


@given(
    corners=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=7),
    east=st.sampled_from([0.0, EAST]),
)
@settings(max_examples=300, deadline=None)
def test_arithmetic_says_valid_only_where_geos_does(corners, east):
    ring = [(x + east, y) for x, y in corners]
    shapes = np.array([Polygon(ring)] * 100, dtype=object)
    assert measurable(shapes).tolist() == shapely.is_valid(shapes).tolist()
