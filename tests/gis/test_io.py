"""Map files: what is written is read again."""

import json
import time
import warnings
import zipfile
from datetime import date

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import box

from gis.errors import (
    LayerChoiceError,
    LayerUnknownError,
)
from gis.io import inspect, read, write

SUFFIXES = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]
CODE = "3303810010010000001"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again_in_4490(parcels, tmp_path, suffix):
    path = write(parcels, tmp_path / f"parcels{suffix}")
    back = read(path).sort_values("DKBH", ignore_index=True)
    assert back.crs.to_epsg() == 4490
    assert back["DKBH"].tolist() == [CODE, "330381001001GB00002"]
    assert back["名称"].tolist() == ["甲厂", "乙厂"]
    assert back["人数"].iloc[0] == 3
    assert pd.isna(back["面积"].iloc[1])
    assert pd.Timestamp(back["日期"].iloc[0]).date() == date(2024, 2, 29)
    metric = back.to_crs(4549).geometry
    assert metric.geom_equals_exact(parcels.geometry, tolerance=0.001, align=False).all() or (
        metric.hausdorff_distance(parcels.geometry, align=False).max() < 0.001
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_writes_have_the_same_bytes(parcels, tmp_path, suffix):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(parcels, tmp_path / "a" / f"parcels{suffix}")
    time.sleep(1.1)
    write(parcels, tmp_path / "b" / f"parcels{suffix}")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_geojson_is_longitude_and_latitude(parcels, tmp_path):
    document = json.loads(write(parcels, tmp_path / "p.geojson").read_text("utf-8"))
    assert "crs" not in document
    x, y = document["features"][0]["geometry"]["coordinates"][0][0]
    assert (round(x, 1), round(y, 1)) == (120.6, 27.8)


def test_a_named_index_becomes_a_column(parcels, tmp_path):
    path = write(parcels.set_index("DKBH"), tmp_path / "p.gpkg")
    assert read(path)["DKBH"].tolist()[0] == CODE


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet"])
def test_nineteen_digits_with_gaps_keep_every_digit(tmp_path, suffix):
    codes = pd.array([int(CODE), None], dtype="Int64")
    points = gpd.points_from_xy([120.5, 120.6], [27.8, 27.8])
    write(gpd.GeoDataFrame({"code": codes}, geometry=points, crs=4490), tmp_path / f"p{suffix}")
    assert int(CODE) in read(tmp_path / f"p{suffix}")["code"].dropna().astype(object).tolist()


def test_heights_are_dropped_with_a_note_and_missing_geometry_stays(tmp_path):
    lifted = shapely.force_3d(shapely.box(120, 27, 121, 28), 5.0)
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[lifted, None], crs=4490)
    back = read(write(frame, tmp_path / "p.gpkg"))
    assert not back.geometry.has_z.any()
    assert back.geometry.isna().tolist() == [False, True]
    assert any("Z/M" in note for note in back.attrs["notes"])


def test_several_layers_want_a_name(parcels, tmp_path):
    path = tmp_path / "two.gpkg"
    pyogrio.write_dataframe(parcels, path, layer="地块")
    pyogrio.write_dataframe(parcels, path, layer="道路", append=False)
    with pytest.raises(LayerChoiceError, match="地块、道路"):
        read(path)
    assert len(read(path, layer="地块")) == 2
    with pytest.raises(LayerUnknownError, match="现有 地块、道路"):
        read(path, layer="河流")


def test_zipped_shapefile_with_gbk_names(parcels, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write(parcels, folder / "p.shp", encoding="GBK", cpg=False)
    archive = tmp_path / "p.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in folder.iterdir():
            file.write(part, f"成果/地块{part.suffix.upper()}")
    back = read(archive)
    assert back["名称"].tolist() == ["甲厂", "乙厂"]
    assert back.attrs["layer"] == "地块"


def test_two_data_sets_in_a_zip_want_a_name(parcels, tmp_path):
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("a", "b"):
            file.write(write(parcels, tmp_path / f"{name}.geojson"), f"{name}.geojson")
    with pytest.raises(LayerChoiceError, match="a、b"):
        read(archive)
    assert len(read(archive, layer="b")) == 2


def test_inspect_tells_health_and_writes_nothing(parcels, tmp_path):
    bow = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    frame = pd.concat([parcels, gpd.GeoDataFrame(geometry=[bow, None], crs=4549)])
    path = write(gpd.GeoDataFrame(frame, crs=4549), tmp_path / "p.gpkg")
    before = path.read_bytes()
    layer = inspect(path).layers[0]
    assert (layer.rows, layer.crs_recognised) == (4, "EPSG:4549")
    assert layer.health["ok"] == 2
    assert (layer.health["invalid"], layer.health["missing"]) == (1, 1)
    assert "名称" in layer.columns
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["p.gpkg"]
    json.dumps(inspect(path).to_json("en"))


def test_inspect_tells_what_is_missing(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    path.with_suffix(".prj").unlink()
    layer = inspect(path).layers[0]
    assert layer.crs_recognised is None
    assert "--crs" in str(layer.problem)


def test_no_warning_escapes(parcels, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(write(parcels, tmp_path / "p.shp"))


def test_a_large_geopackage_read_in_threads_is_what_it_was(tmp_path):
    south = 3_070_000
    shapes = [
        None if row == 3 else box(5e5 + row, south, 5e5 + row + 1, south + 1)
        for row in range(20_001)
    ]
    frame = gpd.GeoDataFrame({"n": range(20_001), "名": "甲"}, geometry=shapes, crs=4549)
    frame.to_file(tmp_path / "large.gpkg")
    found = read(tmp_path / "large.gpkg", metric=True)
    assert found.crs.to_epsg() == 4549
    assert_geodataframe_equal(found, frame, check_dtype=False)


def test_missing_geometry_in_a_flatgeobuf_is_missing_and_nothing_breaks(tmp_path):
    shapes = [None if row == 3 else shapely.box(120, 27, 120.1, 27.1) for row in range(30_000)]
    frame = gpd.GeoDataFrame({"n": range(30_000), "name": "甲"}, geometry=shapes, crs=4490)
    frame.to_file(tmp_path / "gap.fgb", SPATIAL_INDEX="NO")
    found = read(tmp_path / "gap.fgb")
    assert found.geometry.isna().sum() == 1
    assert found["n"].tolist() == list(range(30_000))
