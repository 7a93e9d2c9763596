"""The largest rectangle that fits into a piece of land."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from gis.rectangle import largest_rectangle


def test_of_an_l_it_is_the_larger_arm():
    land = shapely.union(shapely.box(0, 0, 200, 50), shapely.box(0, 0, 50, 100))
    found = largest_rectangle(land)
    assert (found.long_m, found.short_m) == pytest.approx((200, 50))


def test_a_turned_parcel_is_measured_along_its_own_side():
    land = affinity.rotate(shapely.box(0, 0, 120, 60), 30)
    found = largest_rectangle(land)
    assert found.area_m2 == pytest.approx(120 * 60, rel=1e-6)


def test_a_hole_is_kept_clear():
    land = shapely.difference(shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60))
    found = largest_rectangle(land)
    assert found.area_m2 == pytest.approx(100 * 40)
    assert not found.shape.intersection(shapely.box(40, 40, 60, 60)).area


def test_nothing_fits_into_nothing():
    assert largest_rectangle(None) is None
    assert largest_rectangle(shapely.Polygon()) is None
    assert largest_rectangle(shapely.Polygon([(0, 0), (100, 1), (100, 1.001)])) is None


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=3, max_size=8))
@settings(max_examples=50)
def test_it_never_leaves_the_land(corners):
    land = shapely.convex_hull(shapely.MultiPoint(np.array(corners)))
    found = largest_rectangle(land)
    if found is not None:
        assert found.shape.difference(land.buffer(1e-3)).area < 1e-6
        assert found.area_m2 <= land.area * (1 + 1e-6)


def test_of_several_parts_the_best_is_taken_as_if_it_were_alone():
    parts = [
        shapely.box(0, 0, 100, 700),
        shapely.box(110, 0, 210, 700),
        shapely.box(220, 0, 300, 700),
    ]
    found = largest_rectangle(shapely.MultiPolygon(parts))
    assert (found.long_m, found.short_m) == pytest.approx((700, 100), rel=0.03)
