"""Plot ratios from height rasters: what counts, whose land it is, and what cannot be heights."""

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

EAST, NORTH = 559_000, 3_076_000


@pytest.fixture
def ask(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")

    def call(*words):
        words = ["plot-ratio", *map(str, words), "--parcels", str(tmp_path / "p.gpkg")]
        return CliRunner().invoke(cli.app, words)

    return call


def at(x, y, side):
    return box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


def written(path, z, cell=1.0, west=0.0, crs="EPSG:4549"):
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=z.shape[0], width=z.shape[1],
        crs=crs, transform=Affine(cell, 0, EAST + west, 0, -cell, NORTH + 100),
    ) as out:  # fmt: skip
        out.write(z.astype("float32"), 1)
    return path


@pytest.fixture
def place(tmp_path):
    """Two parcels of 1 ha on ground at 5 m: a hall 9 m high and one 4.5 m high, 40 × 40 m each."""
    ground = np.full((100, 200), 5.0)
    surface = ground.copy()
    surface[50:90, 10:50] += 9.0
    surface[50:90, 110:150] += 4.5
    gpd.GeoDataFrame(
        {"parcel_id": ["P1", "P2"], "registered_area_m2": [20_000.0, 10_000.0]},
        geometry=[at(0, 0, 100), at(100, 0, 100)], crs=4549,
    ).to_file(tmp_path / "p.gpkg")  # fmt: skip
    halls = gpd.GeoDataFrame(
        {"building_id": ["h1", "h1d", "base", "un"], "basement": [False, False, True, False],
         "permitted": [True, True, True, False]},
        geometry=[at(10, 10, 40), at(10, 10, 40), at(12, 12, 36), at(110, 10, 40)], crs=4549,
    )  # fmt: skip
    halls.to_file(tmp_path / "b.gpkg")
    return tmp_path, surface, ground


def rasters(folder, surface, ground):
    one, two = written(folder / "dsm.tif", surface), written(folder / "dtm.tif", ground)
    return "--height", one, "--ground", two


def found(result):
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    kinds = {i["id"]: i["kind"] for i in document["issues"] if i["field"] == "far_estimated"}
    return document["parcels"], kinds, document["notes"]


def test_a_copy_and_a_basement_count_nothing_and_unlawful_halls_stay_apart(ask, place):
    folder, surface, ground = place
    words = ("--buildings", folder / "b.gpkg", *rasters(folder, surface, ground), "--json")
    (one, two), kinds, notes = found(ask(*words))
    assert one["far"] == pytest.approx(40 * 40 * 2 / 10_000)  # above 8 m: counts double
    assert one["counted_floor_area_m2"] == pytest.approx(40 * 40 * 2)
    assert (two["far"], two["counted_floor_area_m2"]) == (0, 0)
    assert two["unlawful_counted_m2"] == pytest.approx(40 * 40)
    assert two["far_with_unlawful"] == pytest.approx(40 * 40 / 10_000)
    assert (kinds, notes) == ({}, [])


def test_the_estimate_stands_on_the_land_area_that_was_chosen(ask, place):
    folder, surface, ground = place
    words = ("--land", "registered_area_m2", *rasters(folder, surface, ground), "--json")
    one = found(ask(*words))[0][0]
    assert (one["land_area_m2"], one["far"]) == (20_000, pytest.approx(3200 / 20_000))


def test_an_estimate_never_fills_a_refused_plot_ratio(ask, place):
    folder, surface, ground = place
    stands = gpd.GeoDataFrame({"storeys": [60]}, geometry=[at(10, 10, 40)], crs=4549)
    stands.to_file(folder / "b.gpkg")
    frame = gpd.read_file(folder / "p.gpkg")
    frame.assign(registered_area_m2=[200.0, 100.0]).to_file(folder / "p.gpkg")
    words = ("--buildings", folder / "b.gpkg", "--land", "registered_area_m2")
    one = found(ask(*words, *rasters(folder, surface, ground), "--json"))[0][0]
    assert (one["far"], one["method"]) == (None, "unknown")  # 1,600 × 60 / 200 = 480
    (one, two), kinds, _ = found(ask(*words[2:], *rasters(folder, surface, ground), "--json"))
    assert one["far"] == pytest.approx(3200 / 200)
    assert two["far"] == pytest.approx(1600 / 100)
    frame.assign(registered_area_m2=[100.0, 100.0]).to_file(folder / "p.gpkg")
    (one, _), kinds, _ = found(ask(*words[2:], *rasters(folder, surface, ground), "--json"))
    assert one["far"] is None  # 32 is above the limit of 20
    assert kinds == {"P1": "far_estimated_absurd"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda s, g: (s * 100, g * 100), "heights_unit"),
        (lambda s, g: (s * 100, g), "heights_unit"),
        (lambda s, g: (g, s), "heights_swapped"),
        (lambda _, g: (g, g), "heights_same"),
        (lambda s, g: (np.where(s > 5, -9999, s), g), "heights_impossible"),
        (lambda s, g: (s, np.where(s > 5, -9999, g)), "heights_impossible"),
    ],
)
def test_what_cannot_be_heights_is_unknown_and_told(ask, place, change, kind):
    folder, surface, ground = place
    heights = rasters(folder, *change(surface, ground))
    for buildings in ((), ("--buildings", folder / "b.gpkg")):
        table, kinds, _ = found(ask(*buildings, *heights, "--json"))
        assert [parcel["far"] for parcel in table] == [None, None]
        assert kinds == {"P1": kind, "P2": kind}


def test_one_file_twice_is_refused(ask, place):
    folder, surface, ground = place
    words = rasters(folder, surface, ground)
    result = ask("--height", words[1], "--ground", words[1], "--lang", "en")
    assert result.exit_code == 1
    assert "one file" in result.stderr


def test_cells_too_coarse_for_halls_give_no_certain_figure(ask, place):
    folder, _, ground = place
    dsm = written(folder / "wide.tif", np.array([[9.0, 7.0], [6.0, 5.0]]), cell=250.0)
    dtm = written(folder / "dtm.tif", ground)
    for buildings in ((), ("--buildings", folder / "b.gpkg")):
        words = (*buildings, "--height", dsm, "--ground", dtm)
        table, kinds, notes = found(ask(*words, "--json"))
        assert [parcel["far"] for parcel in table] == [None, None]
        assert kinds == {"P1": "heights_coarse", "P2": "heights_coarse"}
        assert "分辨率不同" in notes[0]
        assert notes[0] in ask(*words).stdout


def test_systems_and_extents_that_differ_are_told(ask, place):
    folder, surface, ground = place
    dsm = written(folder / "dsm.tif", surface)
    dtm = written(folder / "part.tif", ground[:, 100:], west=100.0)
    table, kinds, notes = found(ask("--height", dsm, "--ground", dtm, "--json"))
    assert [parcel["far"] for parcel in table] == [None, pytest.approx(0.16)]
    assert kinds == {"P1": "heights_missing"}
    assert notes == ["地面栅格没有覆盖全部宗地，未覆盖的部分高程未知"]
