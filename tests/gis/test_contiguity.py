"""Stretches of land on hand-made maps: roads, bridges, points, chains, borders."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from gis.contiguity import contiguous_groups, contiguous_pairs
from gis.errors import NotMetricError


def series(*shapes, crs=4549):
    return gpd.GeoSeries(list(shapes), index=[f"P{n}" for n in range(len(shapes))], crs=crs)


def groups(*shapes, **more):
    return contiguous_groups(series(*shapes), **more).tolist()


def test_a_gap_of_the_width_joins_and_a_wider_one_parts():
    assert groups(box(0, 0, 10, 10), box(30, 0, 40, 10)) == [0, 0]
    assert groups(box(0, 0, 10, 10), box(30.01, 0, 40, 10)) == [0, 1]
    assert groups(box(0, 0, 10, 10), box(15, 0, 20, 10), within_m=4) == [0, 1]


def test_a_chain_of_gaps_is_one_group():
    chain = [box(30 * n, 0, 30 * n + 10, 10) for n in range(6)]
    assert groups(*chain) == [0] * 6


def test_a_touch_at_a_point_is_a_gap_of_nothing():
    assert groups(box(0, 0, 10, 10), box(10, 10, 20, 20)) == [0, 0]


def test_a_road_between_parts_even_where_it_is_narrower_than_the_gap():
    road = series(LineString([(20, -100), (20, 100)]))
    assert groups(box(0, 0, 12, 10), box(28, 0, 40, 10), barriers=road) == [0, 1]


def test_a_bridge_over_the_river_joins():
    river = series(LineString([(20, -100), (20, 0)]), LineString([(20, 10), (20, 100)]))
    south = box(0, -60, 12, -40), box(28, -60, 40, -40)
    bridge = box(0, 2, 12, 8), box(28, 2, 40, 8)
    assert groups(*south, barriers=river) == [0, 1]
    assert groups(*bridge, barriers=river) == [0, 0]


def test_a_barrier_may_be_an_area():
    water = series(box(12, -100, 28, 100))
    assert groups(box(0, 0, 10, 10), box(30, 0, 40, 10), barriers=water) == [0, 1]


def test_a_barrier_through_a_parcel_leaves_it_with_its_larger_part():
    motorway = series(LineString([(10, -100), (10, 100)]))
    west, astride, east = box(-20, 0, 0, 10), box(2, 0, 40, 10), box(45, 0, 60, 10)
    assert groups(west, astride, east, barriers=motorway) == [0, 1, 1]


def test_a_barrier_along_a_common_boundary_parts_and_one_that_ends_before_does_not():
    left, right = box(0, 0, 10, 10), box(10, 0, 20, 10)
    assert groups(left, right, barriers=series(LineString([(10, -5), (10, 15)]))) == [0, 1]
    assert groups(left, right, barriers=series(LineString([(50, -5), (50, 15)]))) == [0, 0]


def test_land_in_a_hole_reaches_the_land_around_it():
    ring = Polygon(box(0, 0, 100, 100).exterior, [box(20, 20, 80, 80).exterior])
    assert groups(ring, box(45, 45, 55, 55)) == [0, 1]
    assert groups(ring, box(35, 35, 65, 65)) == [0, 0]


def test_towns_may_be_hard_borders_and_an_unknown_town_joins_nobody():
    shapes = [box(10 * n, 0, 10 * n + 10, 10) for n in range(4)]
    towns = pd.Series(["甲", "甲", "乙", None], index=[f"P{n}" for n in range(4)])
    assert groups(*shapes, borders=towns) == [0, 0, 1, 2]


def test_missing_and_empty_land_has_no_group_and_overlapping_land_one():
    assert groups(None, Polygon(), box(0, 0, 10, 10), box(5, 5, 15, 15)) == [-1, -1, 0, 0]
    assert contiguous_groups(series()).tolist() == []


def test_islands_of_one_parcel_are_one_group():
    islands = MultiPolygon([box(0, 0, 10, 10), box(500, 0, 510, 10)])
    assert groups(islands, box(515, 0, 525, 10)) == [0, 0]


def test_degrees_are_refused():
    with pytest.raises(NotMetricError):
        contiguous_groups(series(box(120, 27, 121, 28), crs=4490))


SQUARES = st.tuples(st.integers(0, 12), st.integers(0, 12))


@given(
    st.lists(SQUARES, min_size=1, max_size=25, unique=True),
    st.lists(st.integers(0, 12), max_size=3),
)
@settings(max_examples=40)
def test_groups_are_what_a_walk_from_neighbour_to_neighbour_reaches(cells, roads):
    shapes = series(*(box(40 * x, 40 * y, 40 * x + 22, 40 * y + 22) for x, y in cells))
    barriers = series(*(LineString([(40 * x - 9, -99), (40 * x - 9, 999)]) for x in roads))
    walls = shapely.union_all(np.asarray(barriers.array)) if roads else shapely.Point()
    beside = {n: set() for n in range(len(shapes))}
    for i, one in enumerate(shapes):
        for j, other in enumerate(shapes):
            way = shapely.shortest_line(one, other)
            if i != j and one.distance(other) <= 20 and not way.intersects(walls):
                beside[i].add(j)
    reached = {n: walked(beside, n) for n in beside}
    found = contiguous_groups(shapes, barriers=barriers)
    assert all(set(np.flatnonzero(found == found.iloc[n])) == reached[n] for n in beside)
    pairs = contiguous_pairs(shapes, barriers=barriers)
    expected = sorted((i, j) for i, near in beside.items() for j in near if i < j)
    assert sorted(zip(*(part.tolist() for part in pairs), strict=True)) == expected


def walked(beside, start):
    seen, ahead = {start}, [start]
    while ahead:
        fresh = beside[ahead.pop()] - seen
        seen |= fresh
        ahead += fresh
    return seen


def test_a_river_through_a_parcel_leaves_its_larger_bank_and_one_over_it_leaves_it_alone():
    river = series(box(10, -100, 20, 100))
    west, astride, east = box(-20, 0, 0, 10), box(5, 0, 60, 10), box(70, 0, 80, 10)
    assert groups(west, astride, east, barriers=river) == [0, 1, 1]
    drowned = box(11, 0, 19, 10)
    assert groups(drowned, east, barriers=river) == [0, 1]
