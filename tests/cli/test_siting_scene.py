"""What siting starts from: files alone, and a register with its layers, versions and dates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from shapely.geometry import LineString, Point, box

from cli_siting import LayerOptionError, LayerTwiceError, county_scene, loose_scene
from data.projects import ProjectsMissingError, project_table, projects_change
from data.register import Change, LayerFile, Register
from data.siting_layers import LayerFarError, LayerRowsUnusableError, LayerWordUnknownError
from gis.crs import COUNTY_CRS
from gis.raster import write_cog
from reports.veto_list import layer_records, veto_records, veto_text

ON = date(2026, 10, 31)
WEST, SOUTH = 560_000, 3_070_000


def square(x, y=0, size=100):
    return box(WEST + x, SOUTH + y, WEST + x + size, SOUTH + y + size)


@pytest.fixture
def files(tmp_path):
    """Two sites, two projects (one of chemistry), a red line through the second site, heights."""
    facts = {"场地编号": ["A", "B"], "可用月份": ["2027-03", None], "规划用途": ["工业用地"] * 2}
    gpd.GeoDataFrame(facts, geometry=[square(0), square(500)], crs=4549).to_file(
        tmp_path / "sites.gpkg"
    )
    (tmp_path / "projects.csv").write_text(
        "项目编号,火灾危险性,是否化工,防护距离\nX1,丁,否,\nX2,甲,是,0\n", "utf-8-sig"
    )
    red = gpd.GeoDataFrame(geometry=[square(550)], crs=4549).to_crs(COUNTY_CRS)
    red.to_file(tmp_path / "red.gpkg")
    heights = np.tile(np.arange(80) * 10 * 0.16, (40, 1)).astype("float32")
    write_cog(
        heights, tmp_path / "dem.tif",
        transform=Affine(10, 0, WEST - 50, 0, -10, SOUTH + 300), crs=4549,
    )  # fmt: skip
    return tmp_path


def scene(files, *layers):
    found = [f"{name}={files / file}" for name, file in layers]
    return loose_scene(files / "sites.gpkg", files / "projects.csv", found, crs=None, on=ON)


def test_files_alone_are_enough_and_what_is_not_given_is_not_checked(files):
    from_files = scene(files, ("redline", "red.gpkg"))
    assert from_files.sites.table.index.tolist() == ["A", "B"]
    assert from_files.sites.table["free_from"].iloc[0] == pd.Timestamp("2027-03-01")
    found = from_files.vetoes()
    told = veto_records(found, rules=from_files.rules)
    (row,) = told["X1"]["vetoed"]
    assert (row["site_id"], row["layer"], row["layer_version"]) == ("B", "redline", "red.gpkg")
    assert row["overlap_m2"] == pytest.approx(50 * 100, rel=1e-3)
    gaps = {(gap["veto"], gap["reason"]) for gap in told["X1"]["unchecked"]}
    assert ("farmland", "layer_missing") in gaps
    assert ("chemical_park", "layer_missing") not in gaps
    chemical = {gap["veto"] for gap in told["X2"]["unchecked"]}
    assert "chemical_park" in chemical
    assert "否决：生态保护红线 1" in veto_text(told, "X1")
    there = {row["layer"]: row["there"] for row in layer_records(from_files.layers, found_rules())}
    assert there["redline"]
    assert not there["farmland"]


def found_rules():
    from data.siting_rules import load_siting_rules

    return load_siting_rules()


def test_heights_give_the_slope_and_its_veto(files):
    found = scene(files, ("dem", "dem.tif")).vetoes().vetoed
    assert found["value"].tolist() == pytest.approx([16.0] * 4, rel=1e-3)
    assert set(found["veto"]) == {"slope"}


@pytest.mark.parametrize("fill", [-32768, -32767, 3.4e38])
def test_fill_values_are_no_flat_land_and_half_a_site_is_no_whole_one(files, fill):
    heights = np.full((40, 80), 12.0, dtype="float32")
    heights[:, 10:40] = fill  # 50–350 m east of WEST: the second half of A
    write_cog(
        heights, files / "fill.tif", nodata=None,
        transform=Affine(10, 0, WEST - 50, 0, -10, SOUTH + 300), crs=4549,
    )  # fmt: skip
    found = scene(files, ("dem", "fill.tif"))
    slope = found.sites.table["slope_pct"]
    assert np.isnan(slope["A"])
    assert slope["B"] == 0
    gaps = found.vetoes().unchecked
    assert set(gaps.loc[gaps["veto"] == "slope", "site_id"]) == {"A"}
    told = found.sites.issues.set_index("kind").loc["slope_uncovered"]
    assert told["id"] == "A"
    assert "40%" in told["message_zh"]
    assert "填充值" in found.notes[0][0]


def test_a_shape_counts_for_more_than_what_its_file_says_of_it(files):
    facts = {"场地编号": ["A", "B"], "inner_m": [500.0, 100.0], "area_m2": [500_000.0, 10_000.0]}
    shapes = [box(WEST, SOUTH, WEST + 1_000, SOUTH + 5), square(500, 500)]
    gpd.GeoDataFrame(facts, geometry=shapes, crs=4549).to_file(files / "sites.gpkg")
    found = scene(files)
    assert found.sites.table["area_m2"].tolist() == pytest.approx([5_000, 10_000])
    assert set(found.vetoes().vetoed["veto"]) == {"strip"}
    told = found.sites.issues
    assert sorted(told["kind"]) == ["area_m2", "inner_m"]
    assert set(told["id"]) == {"A"}


def test_a_layer_that_is_not_understood_is_refused(files):
    with pytest.raises(LayerWordUnknownError, match="moon"):
        scene(files, ("moon", "red.gpkg"))
    with pytest.raises(LayerOptionError):
        loose_scene(files / "sites.gpkg", files / "projects.csv", ["redline"], crs=None, on=ON)


@pytest.mark.parametrize(
    "shapes",
    [
        [LineString(square(0).exterior.coords)],
        [Point(WEST, SOUTH)],
        [square(550), LineString([(WEST, SOUTH), (WEST + 90, SOUTH)])],
        [square(550), None],
    ],
)
def test_a_red_line_that_is_no_area_checks_nothing_and_is_refused(files, shapes):
    gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=4549).to_file(
        files / "odd.gpkg"
    )
    with pytest.raises(LayerRowsUnusableError, match=r"odd\.gpkg.*1 条"):
        scene(files, ("redline", "odd.gpkg"))


def test_a_layer_of_another_place_and_a_layer_given_twice_are_refused(files):
    gpd.GeoDataFrame(geometry=[square(-60_000)], crs=4549).to_file(files / "far.gpkg")
    with pytest.raises(LayerFarError, match="60 公里"):
        scene(files, ("redline", "far.gpkg"))
    with pytest.raises(LayerTwiceError, match="redline"):
        scene(files, ("redline", "red.gpkg"), ("redline", "far.gpkg"))


def test_a_date_of_a_layer_that_cannot_be_read_is_told_and_not_taken_to_be_in_force(files):
    facts = {"认定日期": ["2027年下半年"], "认定有效期至": ["2031-01-01"]}
    gpd.GeoDataFrame(facts, geometry=[square(-100, -100, 2_000)], crs=4549).to_file(
        files / "parks.gpkg"
    )
    found = scene(files, ("chemical_parks", "parks.gpkg"))
    gaps = found.vetoes().unchecked
    gaps = gaps[gaps["veto"] == "chemical_park"]
    assert set(gaps["reason"]) == {"validity_unknown"}
    assert "2027年下半年" in pd.concat(found.noted)["value"].tolist()


def test_a_register_gives_projects_sites_and_layers_with_version_and_day(tmp_path):
    land = gpd.GeoDataFrame(
        {"low_class": ["approved_unsupplied"], "renewal_mode": [None]},
        geometry=[square(0)], index=pd.Index(["P1"], name="parcel_id"), crs=4549,
    ).to_crs(COUNTY_CRS)  # fmt: skip
    red = gpd.GeoDataFrame(geometry=[square(90)], crs=4549).to_crs(COUNTY_CRS)
    moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
    projects = project_table(pd.DataFrame({"project_id": ["X1"], "hazard_class": ["D"]}))
    with Register.open(tmp_path / "county", create=True) as register:
        layers = [LayerFile("redline", frame=red)]
        register.commit(Change("import", "甲", "初", moment, parcels=land, layers=layers))
        with pytest.raises(ProjectsMissingError):
            county_scene(tmp_path / "county", ON, None)
        change = projects_change(projects, who="甲", why="初", recorded_at=moment)
        register.commit(change)
    found = county_scene(tmp_path / "county", ON, None)
    assert found.sites.table["kind"].tolist() == ["unsupplied"]
    row = found.vetoes().vetoed.iloc[0]
    assert (row["veto"], row["layer_version"], row["layer_date"]) == (
        "redline", "1", date(2026, 1, 5),
    )  # fmt: skip
    assert row["overlap_m2"] == pytest.approx(10 * 100, rel=1e-2)


@pytest.mark.parametrize("form", ["xlsx", "csv", "geojson", "zip", "kml"])
def test_sites_are_exported_as_lists_and_maps_and_come_in_again(run, tmp_path, form):
    land = gpd.GeoDataFrame(
        {"low_class": ["approved_unsupplied", "built_idle"], "town": ["塘下镇", "莘塍街道"]},
        geometry=[square(0), square(500)], index=pd.Index(["P1", "P2"], name="parcel_id"),
        crs=4549,
    ).assign(renewal_mode=None).to_crs(COUNTY_CRS)  # fmt: skip
    with Register.open(tmp_path / "county", create=True) as register:
        register.commit(
            Change("import", "甲", "初", datetime(2026, 1, 5, 9, tzinfo=UTC), parcels=land)
        )
    file = tmp_path / f"sites.{form}"
    words = ("--what", "sites", "--workspace", tmp_path / "county", "--state-on", "2026-10-31")
    done = run("export", "--out", file, *words, "--json")
    assert done.document["sites"] == 2, done.err
    assert done.document["area_mu"] == pytest.approx(2 * 10_000 * 3 / 2_000, rel=1e-2)
    if form == "csv":
        table = pd.read_csv(file, dtype=str)
        assert table["场地类型"].tolist() == ["批而未供", "闲置厂房"]
        assert table["可用月份"].fillna("").tolist() == ["", "2026-10"]
    if form == "geojson":
        from data.loose_files import read_loose

        back, issues = read_loose(file, as_layer="sites")
        assert back.index.tolist() == ["S-P1", "S-P2"]
        assert back["site_kind"].tolist() == ["unsupplied", "workshop"]
        assert set(issues["severity"]) <= {"info"}
    few = run("export", "--out", file, *words, "--where", "town=塘下镇", "--json")
    assert few.document["sites"] == 1
