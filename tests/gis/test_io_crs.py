"""Coordinate systems that are missing, old or contradict the file."""

import json

import geopandas as gpd
import pytest
import shapely

from gis.errors import (
    CoordinatesOutOfRangeError,
    CrsDiffersError,
    CrsMissingError,
    DatumRefusedError,
)
from gis.io import inspect, read, write


def test_no_coordinate_system_asks_for_it_and_takes_it(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsMissingError, match="--crs EPSG:4549"):
        read(path)
    assert read(path, crs="EPSG:4549").total_bounds[0] == pytest.approx(120.6, abs=0.02)


@pytest.mark.parametrize("code", [4610, 2385, 4214])
def test_old_datums_are_refused(tmp_path, code):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(120, 27, 121, 28)], crs=code)
    frame.to_file(tmp_path / "old.gpkg", driver="GPKG")
    with pytest.raises(DatumRefusedError, match="EPSG:4549"):
        read(tmp_path / "old.gpkg")


def test_projected_geojson_is_found_out(tmp_path):
    ring = [[560_000, 3_074_000], [560_100, 3_074_000], [560_100, 3_074_100], [560_000, 3_074_000]]
    feature = {
        "type": "Feature",
        "properties": {"a": 1},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(CoordinatesOutOfRangeError, match="--crs EPSG:4549"):
        read(path)
    assert read(path, crs=4549).total_bounds[0] == pytest.approx(120.6, abs=0.02)


def test_a_given_system_that_contradicts_the_file_is_refused(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    with pytest.raises(CrsDiffersError, match=r"EPSG:4549.*EPSG:4528.*\.prj"):
        read(path, crs="EPSG:4528")
    assert read(path, crs="EPSG:4549").crs.to_epsg() == 4490


def test_a_declaration_that_is_not_understood_gives_way_to_the_given_one(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    path.with_suffix(".prj").write_text('LOCAL_CS["Ruian works grid",UNIT["Meter",1.0]]')
    assert read(path, crs=4549).total_bounds[0] == pytest.approx(120.6, abs=0.02)


def test_a_given_system_does_not_whitewash_an_old_datum(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9)], crs=2385)
    path = tmp_path / "old.gpkg"
    frame.to_file(path)
    with pytest.raises(DatumRefusedError):
        read(path, crs=4549)


def test_geojson_in_degrees_is_not_taken_as_metres(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.geojson")
    assert read(path, crs=4490).total_bounds[0] == pytest.approx(120.6, abs=0.02)
    with pytest.raises(CrsDiffersError):
        read(path, crs=4549)


def test_the_listing_of_a_layer_without_system_is_plain_json(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    path.with_suffix(".prj").unlink()
    (layer,) = json.loads(json.dumps(inspect(path).to_json("en")))["layers"]
    assert layer["crs_declared"] is None
    assert "declares no coordinate system" in layer["problem"]
