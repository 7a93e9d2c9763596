"""Barriers among layers: classes of roads under other headings, railways, what is missing."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from data.barriers import barriers_among
from data.block_rules import load_block_rules

LINES = [LineString([(560_000, 3_070_000 + n), (561_000, 3_070_000 + n)]) for n in range(3)]


@pytest.mark.parametrize("heading", ["road_class", "fclass", "道路等级"])
def test_wide_roads_are_found_under_the_headings_that_bureaus_use(heading):
    classes = ["trunk", " 高速公路", "residential"]
    roads = gpd.GeoDataFrame({heading: classes}, geometry=LINES, crs=4549).to_crs(4490)
    rail = gpd.GeoDataFrame(geometry=[box(560_000, 3_071_000, 560_010, 3_072_000)], crs=4549)
    layers = {"roads": roads, "railway": rail}
    found = barriers_among(layers, layers.__getitem__, rules=load_block_rules())
    assert len(found.geometry) == 2 + 1
    assert found.geometry.crs.to_epsg() == 4549
    assert found.missing == ("river", "redline")


def test_without_layers_there_is_no_barrier_and_all_are_missing():
    found = barriers_among([], {}.__getitem__, rules=load_block_rules())
    assert (found.geometry, found.missing) == (None, ("river", "railway", "redline", "roads"))
