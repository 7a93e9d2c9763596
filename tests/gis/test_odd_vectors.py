"""Map files whose words and numbers disagree, and cells that are no plain values."""

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import (
    CoordinatesMisplacedError,
    CoordinatesNotMetresError,
    CoordinatesOutOfRangeError,
    CrsUnknownError,
    DatumRefusedError,
    FileEncryptedError,
)
from gis.io import inspect, read, write

RING = [[120.6, 27.8], [120.601, 27.8], [120.601, 27.801], [120.6, 27.8]]


def geojson(path, properties=({"id": "P1"},), *, crs=None, filler=""):
    features = [
        {
            "type": "Feature",
            "properties": {**facts, "filler": filler},
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        }
        for facts in properties
    ]
    document = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        document["crs"] = crs
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path


def without_system(tmp_path, shapes):
    path = write(gpd.GeoDataFrame({"id": ["P1"]}, geometry=shapes, crs=4549), tmp_path / "p.shp")
    path.with_suffix(".prj").unlink()
    return path


def test_degrees_are_not_taken_as_metres(tmp_path):
    path = without_system(tmp_path, [shapely.box(120.6, 27.8, 120.601, 27.801)])
    with pytest.raises(CoordinatesNotMetresError, match=r"120\.6.*--crs EPSG:4490"):
        read(path, crs="EPSG:4549")
    assert read(path, crs="EPSG:4490").total_bounds[0] == pytest.approx(120.6)


def test_metres_are_not_taken_as_degrees(tmp_path):
    path = without_system(tmp_path, [shapely.box(560_000, 3_074_000, 560_100, 3_074_100)])
    with pytest.raises(CoordinatesOutOfRangeError):
        read(path, crs="EPSG:4490")
    assert read(path, crs="EPSG:4549").total_bounds[0] == pytest.approx(120.6, abs=0.02)


def test_a_declaration_that_the_numbers_belie_is_refused_and_inspect_says_so(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(120.6, 27.8, 120.601, 27.801)], crs=4549)
    frame.to_file(tmp_path / "p.gpkg")
    with pytest.raises(CoordinatesNotMetresError):
        read(tmp_path / "p.gpkg")
    (layer,) = inspect(tmp_path / "p.gpkg").layers
    assert layer.crs_recognised == "EPSG:4549"
    assert isinstance(layer.problem, CoordinatesNotMetresError)


def test_a_zone_number_in_the_easting_is_found_out(tmp_path):
    path = without_system(tmp_path, [shapely.box(40_560_000, 3_074_000, 40_560_100, 3_074_100)])
    with pytest.raises(CoordinatesMisplacedError, match="EPSG:4528") as refusal:
        read(path, crs=4549)
    assert not re.search("[\u4e00-\u9fff]", refusal.value.say("en"))
    assert read(path, crs=4528).total_bounds[0] == pytest.approx(120.6, abs=0.02)


def test_a_place_far_from_the_system_is_named(tmp_path):
    path = without_system(tmp_path, [shapely.box(1_000, 2_000, 1_100, 2_100)])
    with pytest.raises(CoordinatesMisplacedError, match=r"纬度 0\.02"):
        read(path, crs=4549)


def test_a_neighbouring_zone_is_a_choice_of_the_bureau(tmp_path):
    shapes = gpd.GeoSeries([shapely.box(120.6, 27.8, 120.601, 27.801)], crs=4490)
    frame = gpd.GeoDataFrame({"id": ["P1"]}, geometry=shapes.to_crs(4550))
    back = read(write(frame, tmp_path / "p.shp"))
    assert back.total_bounds[0] == pytest.approx(120.6)


@pytest.mark.parametrize("filler", ["", "甲" * 400_000])
def test_a_system_that_nobody_knows_is_not_taken_as_degrees(tmp_path, filler):
    stated = {"type": "name", "properties": {"name": "EPSG:999999"}}
    path = geojson(tmp_path / "p.geojson", crs=stated, filler=filler)
    with pytest.raises(CrsUnknownError, match="999999"):
        read(path)
    (layer,) = inspect(path).layers
    assert isinstance(layer.problem, CrsUnknownError)
    assert read(path, crs=4490).crs.to_epsg() == 4490


@pytest.mark.parametrize("name", ["EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_a_system_that_is_known_is_taken_as_stated(tmp_path, name):
    stated = {"type": "name", "properties": {"name": name}}
    assert read(geojson(tmp_path / "p.geojson", crs=stated)).crs.to_epsg() == 4490


def test_an_old_datum_in_geojson_is_refused_without_a_word_of_chinese(tmp_path):
    stated = {"type": "name", "properties": {"name": "EPSG:4610"}}
    with pytest.raises(DatumRefusedError, match="1980 西安坐标系") as refusal:
        read(geojson(tmp_path / "p.geojson", crs=stated))
    assert not re.search("[\u4e00-\u9fff]", refusal.value.say("en"))


def test_lists_and_objects_in_cells_become_text(tmp_path):
    rows = [{"id": "P1", "tags": [1, "二"], "more": {"k": [1]}}, {"id": "P2", "tags": None}]
    back = read(geojson(tmp_path / "p.geojson", rows))
    assert json.loads(back["more"].iloc[0]) == {"k": [1]}
    assert [str(tag) for tag in json.loads(back["tags"].iloc[0])] == ["1", "二"]
    assert back[["tags", "more"]].iloc[1].isna().all()


def test_bytes_and_lists_in_geoparquet_become_text(tmp_path):
    frame = gpd.GeoDataFrame(
        {"raw": [b"\x01\xff", None], "list": [np.array([1, 2]), None]},
        geometry=[shapely.box(120, 27, 120.1, 27.1)] * 2,
        crs=4490,
    )
    frame.to_parquet(tmp_path / "p.parquet")
    back = read(tmp_path / "p.parquet")
    assert back["raw"].iloc[0] == "01ff"
    assert back["list"].iloc[0] == "[1, 2]"
    assert pd.isna(back["raw"].iloc[1])


def test_an_archive_with_a_password_is_told_as_such(tmp_path):
    raw = bytearray()
    name = b"p.geojson"
    local = b"PK\x03\x04" + bytes([20, 0, 1, 0]) + bytes(18)
    raw += local + bytes([len(name), 0, 0, 0]) + name
    start = len(raw)
    central = b"PK\x01\x02" + bytes([20, 0, 20, 0, 1, 0]) + bytes(18)
    raw += central + bytes([len(name), 0]) + bytes(16) + name
    size = len(raw) - start
    raw += b"PK\x05\x06" + bytes([0, 0, 0, 0, 1, 0, 1, 0])
    raw += size.to_bytes(4, "little") + start.to_bytes(4, "little") + bytes(2)
    (tmp_path / "p.zip").write_bytes(raw)
    with pytest.raises(FileEncryptedError):
        read(tmp_path / "p.zip")
