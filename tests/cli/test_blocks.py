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
    found = run("blocks", *place).document
    assert [b["parcels"] for b in found["blocks"]] == [1, 1]
    assert found["barriers_missing"] == ["river", "railway", "redline"]
    with Register.open(tmp_path / "county") as register:
        unclear = LayerFile("roads", frame=roads.rename(columns={"road_class": "宽度"}))
        register.commit(Change("import", "甲", "路", moment, layers=[unclear]))
    found = run("blocks", *place).document
    assert found["barriers_missing"][-1] == "roads"
    said = run("blocks", "--workspace", tmp_path / "county").out
    assert "没有河流、铁路、红线、道路等级图层：连片可能跨过这些障碍" in said


def test_blocks_say_what_they_cost_and_how_hard_they_are(run, land):
    known = gpd.read_file(land / "land.gpkg")
    known["floor_area_m2"] = [10_000.0, 0.0, 5_000.0]
    known["unlawful_floor_area_m2"] = 0.0
    known["employees"] = [10, 0, 20]
    known.to_file(land / "known.gpkg")
    prices = land / "prices.toml"
    body = 'label_zh="搬"\nlabel_en="M"\nsource="会议纪要"\ntag="S"\nvalid_from=2026-01-01\n'
    prices.write_text(f'[block_price.land]\nvalue=80\nunit="wan_per_mu"\n{body}', "utf-8")
    found = run("blocks", "--parcels", land / "known.gpkg", "--prices", prices, "--json").document
    (block,) = found["blocks"]
    assert block["cost_land_wan"] == pytest.approx(80 * block["area_mu"], rel=1e-6)
    assert block["gain_floor_m2"] == pytest.approx(2 * block["area_m2"] - 15_000, rel=1e-6)
    assert (block["jobs"], block["firms"], block["firms_unknown"]) == (30, None, 3)
    assert block["cost_wan_unknown"] == 3  # nobody has said which firms are there
    assert sum(reason["points"] for reason in block["reasons"]) == pytest.approx(
        block["difficulty"], abs=1e-3
    )
    assert {price["key"]: price["value"] for price in found["prices"]}["land"] == 80
    said = run("blocks", "--parcels", land / "known.gpkg").out
    assert "成本至少" in said
    assert "示例单价" in said


def test_blocks_are_written_as_a_list(run, land):
    told = run("blocks", "--parcels", land / "land.gpkg", "--out", land / "b.csv", "--json")
    assert told.document["format"] == "csv"
    assert (land / "b.csv").read_text("utf-8-sig").splitlines()[1].startswith("B-P1,是,315,")
    assert run("blocks", "--parcels", land / "land.gpkg", "--out", land / "b.pdf").code == 1
    assert not (land / "b.pdf").exists()


def test_other_rules_make_other_blocks(run, land):
    from data.block_rules import SHIPPED

    file = land / "rules.toml"
    text = SHIPPED.read_text("utf-8").replace("value = 20\n", "value = 5\n", 1)
    file.write_text(text.replace("value = 100\n", "value = 400\n", 1), "utf-8")
    found = run("blocks", "--parcels", land / "land.gpkg", "--rules", file, "--json").document
    assert (found["within_m"], found["focus_mu"]) == (5, 400)
    assert [block["focus"] for block in found["blocks"]] == [False] * 3
