"""The verb plot-ratio, from two files and from a register."""

import json
import sys

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box
from typer.testing import CliRunner

import cli

EAST, NORTH = 500_000, 3_070_000


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")

    def call(*words):
        found = CliRunner().invoke(cli.app, [str(word) for word in words])
        return found.exit_code, found.stdout, found.stderr

    return call


def at(x, y, width, height):
    return box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


@pytest.fixture
def files(tmp_path):
    parcels = gpd.GeoDataFrame(
        {"宗地编号": ["P1", "P2"], "登记面积（亩）": [15.0, 0.0]},
        geometry=[at(0, 0, 100, 100), at(100, 0, 100, 100)], crs=4549,
    )  # fmt: skip
    stands = gpd.GeoDataFrame(
        {
            "building_id": ["B1", "B2", "B3", "B4"],
            "层数": ["1", "2", "99", "多层"],
            "层高": [8.1, 8.0, 4.0, 4.0],
        },
        geometry=[at(0, 0, 50, 40), at(80, 50, 40, 10), at(120, 0, 10, 10), at(150, 0, 10, 10)],
        crs=4549,
    )
    parcels.to_file(tmp_path / "parcels.gpkg")
    stands.to_file(tmp_path / "buildings.gpkg")
    return tmp_path / "parcels.gpkg", tmp_path / "buildings.gpkg"


def test_two_files_give_plot_ratios_without_a_register(run, files, tmp_path):
    code, out, _ = run("plot-ratio", "--parcels", files[0], "--buildings", files[1], "--json")
    assert code == 0
    document = json.loads(out)
    keys = {"parcels", "issues", "rules_id", "rule", "outside_footprint_m2", "notes"}
    assert set(document) == keys
    one, two = document["parcels"]
    assert list(one)[:6] == [
        "parcel_id", "far", "counted_floor_area_m2", "land_area_m2", "method", "coverage_share",
    ]  # fmt: skip
    assert one["counted_floor_area_m2"] == pytest.approx(50 * 40 * 1 * 2 + 20 * 10 * 2)
    assert one["far"] == pytest.approx((4000 + 400) / 10_000)
    assert two["counted_floor_area_m2"] == pytest.approx(20 * 10 * 2)
    assert (one["method"], two["method"]) == ("buildings", "buildings_partial")
    assert two["coverage_share"] == pytest.approx(200 / 400)
    kinds = {(issue["row"], issue["field"], issue["kind"]) for issue in document["issues"]}
    assert (3, "storeys", "storeys_implausible") in kinds
    assert (4, "storeys", "not_number") in kinds
    assert (2, "registered_area_m2", "registered_area_not_positive") in kinds
    assert not (tmp_path / "workspace").exists()


def test_files_in_degrees_give_the_same_floor_area(run, files, tmp_path):
    for name in files:
        gpd.read_file(name).to_crs(4490).to_file(tmp_path / f"deg-{name.stem}.geojson")
    turned = [tmp_path / f"deg-{name.stem}.geojson" for name in files]
    for pair in (files, turned):
        words = ("--parcels", pair[0], "--buildings", pair[1], "--json", "--crs")
        crs = "EPSG:4549" if pair is files else "EPSG:4490"
        code, out, _ = run("plot-ratio", *words, crs)
        assert code == 0
        assert json.loads(out)["parcels"][0]["far"] == pytest.approx(0.44, rel=1e-6)


def test_the_land_area_may_be_the_registered_one(run, files):
    words = ("--parcels", files[0], "--buildings", files[1], "--land", "registered_area_m2")
    code, out, _ = run("plot-ratio", *words, "--json")
    assert code == 0
    one, two = json.loads(out)["parcels"]
    assert one["land_source"] == "registered_area_m2"
    assert one["far"] == pytest.approx(4400 / 10_000)
    assert (two["far"], two["land_area_m2"]) == (None, None)


def test_heights_fill_what_buildings_do_not_tell_and_are_marked(run, files, tmp_path):
    z = np.zeros((100, 200), dtype="float32")
    z[100 - 60 : 100 - 20, 20:60] = 9.0
    for name, values in (("dsm", z), ("dtm", np.zeros_like(z))):
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", driver="GTiff", dtype="float32", count=1, height=100,
            width=200, crs="EPSG:4549", transform=Affine(1, 0, EAST, 0, -1, NORTH + 100),
        ) as out:  # fmt: skip
            out.write(values, 1)
    heights = ("--height", tmp_path / "dsm.tif", "--ground", tmp_path / "dtm.tif")
    code, out, _ = run("plot-ratio", "--parcels", files[0], *heights, "--json")
    assert code == 0
    one, two = json.loads(out)["parcels"]
    assert one["method"] == two["method"] == "height_estimate"
    assert one["far"] == pytest.approx(1600 * 2 / 10_000)
    assert one["far_estimated_low"] <= one["far"] <= one["far_estimated_high"]
    assert two["far"] == 0
    code, out, _ = run(
        "plot-ratio", "--parcels", files[0], "--buildings", files[1], *heights, "--json"
    )
    one = json.loads(out)["parcels"][0]
    assert one["method"] == "buildings"
    assert one["far"] == pytest.approx(0.44)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--buildings"),
        (("--height", "x.tif"), "--ground"),
        (("--buildings", "nowhere.gpkg"), "nowhere.gpkg"),
        (("--height", "a.tif", "--ground", "b.tif"), "a.tif"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(run, files, words, said):
    code, out, err = run("plot-ratio", "--parcels", files[0], *words, "--lang", "en")
    assert code == 1
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_the_register_gives_the_same_as_its_files(run, files, tmp_path, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path / "workspace"))
    for path, layer in zip(files, ("parcels", "buildings"), strict=True):
        assert run("import", path, "--as", layer)[0] == 0
    code, out, _ = run("plot-ratio", "--json")
    assert code == 0
    recorded = json.loads(out)["parcels"]
    loose = json.loads(
        run("plot-ratio", "--parcels", files[0], "--buildings", files[1], "--json")[1]
    )
    for mine, theirs in zip(recorded, loose["parcels"], strict=True):
        assert mine["far"] == pytest.approx(theirs["far"], rel=1e-8)
    told = run("plot-ratio", "--lang", "en")[1]
    assert "2 parcels, plot ratio known of 2" in told
    assert "above 8 m counts 2 times" in told


def test_requirements_stand_beside_each_plot_ratio(run, files, tmp_path):
    parcels = gpd.read_file(files[0]).assign(行业代码=["C3660", None], 规划容积率=[1.5, 1.0])
    parcels.to_file(tmp_path / "asked.gpkg")
    words = ("--parcels", tmp_path / "asked.gpkg", "--buildings", files[1], "--json")
    code, out, _ = run("plot-ratio", "--requirements", *words)
    assert code == 0
    first = json.loads(out)["parcels"][0]
    far = (50 * 40 * 1 * 2 + 20 * 10 * 2) / 10_000
    assert first["far"] == pytest.approx(far)
    assert first["national_min"] == 0.7
    assert first["national_verified"] is False
    assert first["below_national"] == pytest.approx(0.7 - far)
    assert first["contract_far"] == 1.5
    assert first["policy_far"] is None  # not an approved renewal project


def test_uplift_is_summed_by_town_and_lists_the_easy_parcels(run, files, tmp_path):
    parcels = gpd.read_file(files[0]).assign(乡镇街道=["塘下镇", "塘下镇"])
    parcels.to_file(tmp_path / "towns.gpkg")
    words = ("--parcels", tmp_path / "towns.gpkg", "--buildings", files[1], "--json")
    code, out, _ = run("uplift", "--by", "town", "--line", "2", "--cheap", "5", *words)
    assert code == 0
    document = json.loads(out)
    (group,) = document["groups"]
    first = 50 * 40 * 1 * 2 + 20 * 10 * 2
    second = 20 * 10 * 2
    assert group["town"] == "塘下镇"
    assert group["parcels"] == 2
    assert group["gain_2.0_m2"] == pytest.approx(2 * 10_000 - first + 2 * 10_000 - second)
    assert group["saved_2.0_mu"] == pytest.approx(group["gain_2.0_m2"] / 2 / (2000 / 3))
    assert {parcel["parcel_id"] for parcel in document["cheap"]} == {"P1", "P2"}
    assert "提到 2.0" in run("uplift", "--by", "town", *words[:-1])[1]


def test_lines_of_uplift_keep_every_digit(run, files):
    words = ("--parcels", files[0], "--buildings", files[1], "--line", "2.04", "--line", "2.01")
    (group,) = json.loads(run("uplift", *words, "--json")[1])["groups"]
    assert group["gain_2.04_m2"] - group["gain_2.01_m2"] == pytest.approx(0.03 * 20_000)
    told = run("uplift", *words)[1]
    assert "提到 2.04" in told
    assert "提到 2.01" in told


def test_uplift_says_what_is_known_in_part_and_every_issue(run, files):
    words = ("uplift", "--parcels", files[0], "--buildings", files[1])
    document = json.loads(run(*words, "--json")[1])
    (group,) = document["groups"]
    assert group["far_partial"] == 1  # the second parcel has a building of 99 storeys
    assert "storeys_implausible" in {issue["kind"] for issue in document["issues"]}
    told = run(*words)[1]
    assert "1 宗建筑不全" in told
    assert "问题" in told


def test_uplift_without_buildings_says_how_to_get_them(run, files, tmp_path, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path / "workspace"))
    assert run("import", files[0], "--as", "parcels")[0] == 0
    assert "--as buildings" in run("uplift")[1]


@pytest.mark.parametrize("named", ["nonsense", "owner", "far", "approved_area_m2"])
def test_only_a_land_area_can_be_the_land(run, files, named):
    code, out, err = run("plot-ratio", "--parcels", files[0], "--buildings", files[1],
                         "--land", named)  # fmt: skip
    assert (code, out) == (1, "")
    assert named in err
    assert "registered_area_m2" in err


def test_parcels_that_overlap_are_told_on_both_sides(run, tmp_path):
    names = ("parcels.gpkg", "buildings.gpkg")
    gpd.GeoDataFrame(
        {"宗地编号": ["A", "B"]}, geometry=[at(0, 0, 100, 100), at(50, 0, 100, 100)], crs=4549
    ).to_file(tmp_path / names[0])
    gpd.GeoDataFrame({"层数": [2]}, geometry=[at(60, 0, 30, 100)], crs=4549).to_file(
        tmp_path / names[1]
    )
    words = ("--parcels", tmp_path / names[0], "--buildings", tmp_path / names[1])
    for verb in ("plot-ratio", "uplift"):
        issues = json.loads(run(verb, *words, "--json")[1])["issues"]
        told = {i["id"]: i["message"] for i in issues if i["kind"] == "parcels_overlap"}
        assert set(told) == {"A", "B"}
        assert f"B，{50 * 100 * 3 / 2000:,.2f} 亩" in told["A"]


def test_measures_of_the_sample_county_are_marked_as_synthetic(run, small_sample, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(small_sample / "county"))
    for verb in ("plot-ratio", "uplift", "evaluate"):
        assert "模拟数据" in run(verb)[1]
        document = json.loads(run(verb, "--json")[1])
        assert document["sample"] is True
        assert document["register_version"] > 0
        assert document["state_on"] == "2023-06-30"
