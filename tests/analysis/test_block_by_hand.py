"""Blocks put together by hand: the same figures as blocks that are found, and what is amiss."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from analysis.block_by_hand import NoParcelsLeftError, block_by_hand
from analysis.block_figures import block_figures, parcel_figures
from analysis.blocks import blocks
from data.block_prices import load_block_prices
from data.block_rules import load_block_rules

RULES = load_block_rules()
PRICES = load_block_prices()
PARCELS = gpd.GeoDataFrame(
    {"floor_area_m2": 1_000.0, "unlawful_floor_area_m2": 0.0, "employees": 5, "owner": "甲"},
    geometry=[box(110 * n, 0, 110 * n + 100, 100) for n in range(4)],
    index=pd.Index([f"P{n}" for n in range(1, 5)], name="parcel_id"),
    crs=4549,
)


def test_the_same_parcels_have_the_same_figures_as_a_block_that_was_found():
    found = blocks(PARCELS, rules=RULES)
    expected = block_figures(found, PARCELS, prices=PRICES).loc["B-P1"]
    figures = parcel_figures(PARCELS, prices=PRICES)
    mine = block_by_hand(
        "东片", PARCELS.index, PARCELS, rules=RULES, figures=figures, prices=PRICES
    )
    row = mine.table.loc["东片"]
    for name in ("cost_land_wan", "gain_floor_m2", "difficulty", "difficulty_reasons", "jobs"):
        assert row[name] == expected[name]
    assert row["area_m2"] == found.table.loc["B-P1", "area_m2"]
    assert mine.contiguous


def test_dropping_the_middle_parts_a_block_and_a_road_does_too():
    mine = block_by_hand("东片", ["P1", "P2", "P4", "P2"], PARCELS, rules=RULES)
    assert (mine.contiguous, mine.parts) == (False, (("P1", "P2"), ("P4",)))
    assert mine.parcel_ids == ("P1", "P2", "P4")
    road = gpd.GeoSeries([LineString([(105, -50), (105, 150)])], crs=4549)
    parted = block_by_hand("东片", ["P1", "P2"], PARCELS, rules=RULES, barriers=road)
    assert parted.parts == (("P1",), ("P2",))


def test_what_two_saved_blocks_hold_is_shown_but_not_against_its_own_name():
    saved = {"东片": ["P1"], "西片": ["P2", "P3"], "南片": ["P4"]}
    mine = block_by_hand("东片", ["P1", "P2"], PARCELS, rules=RULES, saved=saved)
    assert dict(mine.shared) == {"西片": ("P2",)}


def test_parcels_that_are_gone_are_named_and_nothing_left_is_refused():
    gone = PARCELS.copy()
    gone.loc["P2", "geometry"] = None
    mine = block_by_hand("东片", ["P1", "P2", "P9"], gone, rules=RULES)
    assert mine.absent == ("P2", "P9")
    with pytest.raises(NoParcelsLeftError, match="东片"):
        block_by_hand("东片", ["P2", "P9"], gone, rules=RULES)
