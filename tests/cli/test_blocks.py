"""Contiguous blocks on the command line: from files, and from the register."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from data.block_rules import load_block_rules
from data.errors import RulesFaultyError


@pytest.fixture
def land(tmp_path):
    """Return files of three parcels in a row, and of a road between the last two."""
    shapes = [box(560_000 + 110 * n, 3_070_000, 560_100 + 110 * n, 3_070_700) for n in range(3)]
    facts = {"parcel_id": ["P1", "P2", "P3"], "town": ["塘下镇", "塘下镇", "飞云街道"]}
    road = LineString([(560_215, 3_060_000), (560_215, 3_080_000)])
    gpd.GeoDataFrame(facts, geometry=shapes, crs=4549).to_file(tmp_path / "land.gpkg")
    gpd.GeoDataFrame(geometry=[road], crs=4549).to_file(tmp_path / "road.gpkg")
    return tmp_path


def test_blocks_come_from_files_alone(run, land):
    found = run("blocks", "--parcels", land / "land.gpkg", "--json").document
    assert [block["parcel_ids"] for block in found["blocks"]] == [["P1", "P2", "P3"]]
    assert found["blocks"][0]["area_mu"] == pytest.approx(3 * 70_000 * 3 / 2_000, rel=1e-3)
    parted = run(
        "blocks", "--parcels", land / "land.gpkg", "--barriers", land / "road.gpkg", "--json"
    ).document
    assert [block["block_id"] for block in parted["blocks"]] == ["B-P1", "B-P3"]


def test_a_narrower_gap_and_a_border_part_them(run, land):
    apart = run("blocks", "--parcels", land / "land.gpkg", "--within", 5, "--json").document
    assert len(apart["blocks"]) == 3
    towns = run("blocks", "--parcels", land / "land.gpkg", "--borders", "town", "--json").document
    assert [block["towns"] for block in towns["blocks"]] == [["塘下镇"], ["飞云街道"]]


def test_the_text_names_the_large_blocks_and_the_widths(run, land):
    said = run("blocks", "--parcels", land / "land.gpkg").out
    assert "1 个连片（间隔不超过 20 米、之间没有障碍）；其中 100 亩以上 1 个，共 315." in said


def test_rules_with_faults_are_refused_with_all_of_them(tmp_path):
    file = tmp_path / "blocks.toml"
    file.write_text("[blocks.within]\nvalue = -1\nunit = 'km'\n", "utf-8")
    with pytest.raises(RulesFaultyError) as refusal:
        load_block_rules(file)
    for place in (
        "within: value",
        "within: unit m",
        "within: source",
        "sliver ?",
        "barriers: layers",
    ):
        assert place in str(refusal.value)


def test_the_register_gives_its_low_parcels_and_its_barriers(run, tmp_path):
    from datetime import UTC, datetime

    from data.register import Change, LayerFile, Register

    index = pd.Index(["P1", "P2", "P3"], name="parcel_id")
    shapes = [box(120.60 + 0.0011 * n, 27.70, 120.601 + 0.0011 * n, 27.706) for n in range(3)]
    land = gpd.GeoDataFrame(
        {"low_class": ["underused", "underused", "not_low"]}, geometry=shapes, index=index, crs=4490
    )
    road = LineString([(120.60105, 27.6), (120.60105, 27.8)])
    roads = gpd.GeoDataFrame({"road_class": ["trunk"]}, geometry=[road], crs=4490)
    with Register.open(tmp_path / "county", create=True) as register:
        moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
        register.commit(Change("import", "甲", "初", moment, parcels=land))
        place = ("--workspace", tmp_path / "county", "--json")
        assert len(run("blocks", *place).document["blocks"]) == 1
        assert run("blocks", "--which", "all", *place).document["blocks"][0]["parcels"] == 3
        layer = LayerFile("roads", frame=roads)
        register.commit(Change("import", "甲", "路", moment, layers=[layer]))
    assert [b["parcels"] for b in run("blocks", *place).document["blocks"]] == [1, 1]
