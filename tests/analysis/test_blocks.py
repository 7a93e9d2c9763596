"""Blocks of contiguous land on hand-made maps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from analysis.blocks import blocks
from analysis.errors import DuplicateParcelError, MissingFieldError
from analysis.portfolio_check import disconnected
from data.block_rules import load_block_rules

MU = 2_000 / 3


def land(*shapes, **facts):
    index = pd.Index([f"P{n}" for n in range(1, len(shapes) + 1)], name="parcel_id")
    return gpd.GeoDataFrame(facts, geometry=list(shapes), index=index, crs=4549)


@pytest.fixture(scope="module")
def rules():
    return load_block_rules()


def test_a_block_adds_up_its_parcels_and_counts_what_is_unknown(rules):
    found = blocks(
        land(
            box(0, 0, 200, 200),
            box(210, 0, 410, 200),
            owner=["甲公司", None],
            low_class=["underused", "not_low"],
            town=["塘下镇", "塘下镇"],
            floor_area_m2=[30_000.0, None],
        ),
        rules=rules,
    )
    block = found.table.loc["B-P1"]
    assert block["area_m2"] == 2 * 200 * 200
    assert (block["parcels"], block["owners"], block["owner_unknown"]) == (2, 1, 1)
    assert block["classes"] == ("not_low", "underused")
    assert block["low_share"] == 0.5
    assert (block["floor_area_m2"], block["floor_unknown"]) == (30_000, 1)
    assert block["possible_m2"] == 2.0 * 80_000


def test_the_share_of_low_land_is_of_the_land_whose_class_is_known(rules):
    shapes = [box(210 * at, 0, 210 * at + 200, 100 * (1 + at)) for at in range(4)]
    found = blocks(
        land(*shapes, low_class=["underused", "not_low", None, "insufficient"]), rules=rules
    )
    block = found.table.loc["B-P1"]
    assert block["low_share"] == pytest.approx(100 / (100 + 200))
    assert block["class_unknown"] == 2


def test_blocks_of_a_hundred_mu_are_marked_and_say_what_fits_into_them(rules):
    side = np.sqrt(100 * MU)
    found = blocks(land(box(0, 0, side, side), box(1000, 0, 1000 + side - 1, side)), rules=rules)
    assert found.table["focus"].tolist() == [True, False]
    assert found.table.loc["B-P1", "rectangle_short_m"] == pytest.approx(side)
    assert np.isnan(found.table.loc["B-P2", "rectangle_short_m"])
    assert found.table.loc["B-P1", "compactness"] == pytest.approx(np.pi / 4)


def test_a_sliver_joins_nothing_and_is_told(rules):
    path = box(100, 0, 400, 5)  # 5 m wide: land for no workshop
    found = blocks(land(box(0, 0, 90, 90), path, box(410, 0, 500, 90)), rules=rules)
    assert found.block_of.tolist() == ["B-P1", None, "B-P3"]
    assert found.issues["kind"].tolist() == ["sliver"]


def test_a_parcel_that_a_road_cuts_is_told_and_joins_one_side_only(rules):
    road = gpd.GeoSeries([LineString([(110, -50), (110, 150)])], crs=4549)
    parcels = land(box(0, 0, 90, 90), box(100, 0, 190, 90), box(200, 0, 290, 90))
    found = blocks(parcels, rules=rules, barriers=road)
    assert found.block_of.tolist() == ["B-P1", "B-P2", "B-P2"]
    assert found.issues["kind"].tolist() == ["cut_by_barrier"]
    beside = gpd.GeoSeries([LineString([(95, -50), (95, 150)])], crs=4549)
    assert blocks(parcels, rules=rules, barriers=beside).issues.empty


def test_towns_as_hard_borders(rules):
    parcels = land(box(0, 0, 90, 90), box(95, 0, 190, 90), town=["塘下镇", "飞云街道"])
    assert blocks(parcels, rules=rules).table["towns"].tolist() == [("塘下镇", "飞云街道")]
    assert len(blocks(parcels, rules=rules, borders="town").table) == 2
    with pytest.raises(MissingFieldError):
        blocks(parcels, rules=rules, borders="park")


def test_unusable_land_is_in_no_block_and_nothing_is_a_table_without_rows(rules):
    bowtie = shapely.Polygon([(0, 0), (90, 90), (90, 0), (0, 90)])
    found = blocks(land(None, bowtie), rules=rules)
    assert found.block_of.tolist() == [None, None]
    assert found.table.empty
    assert found.issues["kind"].tolist() == ["geometry_unusable"] * 2
    twice = land(box(0, 0, 9, 9), box(0, 0, 9, 9)).set_axis(["P1", "P1"])
    with pytest.raises(DuplicateParcelError):
        blocks(twice, rules=rules)


def test_the_order_of_the_rows_changes_nothing(rules):
    squares = [box(60 * (n % 7), 60 * (n // 7), 60 * (n % 7) + 45, 60 * (n // 7) + 45)
               for n in range(0, 40, 3)]  # fmt: skip
    parcels = land(*squares)
    mixed = parcels.sample(frac=1, random_state=1)
    one, other = blocks(parcels, rules=rules), blocks(mixed, rules=rules)
    assert other.block_of.loc[parcels.index].tolist() == one.block_of.tolist()
    assert other.table["area_m2"].tolist() == pytest.approx(one.table["area_m2"].tolist())


def test_a_dog_leg_makes_no_block(rules):
    yard, lane = box(0, 0, 100, 100), box(100, 40, 390, 45)  # a lane of 5 m leads to the next land
    parcels = land(yard.union(lane), box(400, 0, 500, 100))
    found = blocks(parcels, rules=rules)
    assert found.block_of.tolist() == ["B-P1", "B-P2"]
    assert found.issues["kind"].tolist() == ["narrow_part"]
    assert found.table.loc["B-P1", "area_m2"] == 100 * 100 + 290 * 5  # it counts, it joins nothing
    wide = land(yard.union(box(100, 40, 390, 50)), box(400, 0, 500, 100))
    assert blocks(wide, rules=rules).block_of.tolist() == ["B-P1", "B-P1"]


def test_overlapping_parcels_are_one_block_and_both_are_told(rules):
    found = blocks(land(box(0, 0, 100, 100), box(90, 0, 190, 100)), rules=rules)
    assert found.table.loc["B-P1", ["area_m2", "overlap_m2"]].tolist() == [20_000, 10 * 100]
    assert set(found.issues["kind"]) == {"parcels_overlap"}


CELLS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([3, 12, 30, 36])),
    min_size=1,
    max_size=20,
    unique_by=lambda cell: cell[:2],
)


@given(CELLS, st.lists(st.integers(1, 7), max_size=2))
@settings(max_examples=40, deadline=None)
def test_no_block_is_ever_disconnected_and_every_parcel_is_in_one_or_told(rules, cells, roads):
    parcels = land(*(box(40 * x, 40 * y, 40 * x + size, 40 * y + 32) for x, y, size in cells))
    walls = gpd.GeoSeries([LineString([(40 * x - 2, -9), (40 * x - 2, 400)]) for x in roads],
                          crs=4549)  # fmt: skip
    found = blocks(parcels, rules=rules, barriers=walls)
    for _, ids in found.block_of.dropna().groupby(found.block_of.dropna()):
        shapes = np.asarray(parcels.geometry.loc[ids.index].array)
        assert not disconnected(shapes, within_m=rules.within_m, barriers=np.asarray(walls.array))
    apart = found.block_of.isna()
    assert set(found.issues.loc[found.issues["kind"] == "sliver", "id"]) == set(apart.index[apart])
    assert found.table["parcels"].sum() == (~apart).sum()
