"""Files that are none, names that are no text, and coordinates that cannot be what is declared."""

import os
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.errors import CoordinatesMisplacedError, CoordinatesNotMetresError, CrsDiffersError
from gis.formats import FileNameBrokenError, NotAFileError
from gis.io import inspect, read, write
from gis.io.vetting import vet

SQUARE = shapely.box(560_000, 3_074_000, 560_100, 3_074_100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_pipes_devices_and_folders_are_told_as_what_they_are(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "dir.shp").mkdir()
    for name, what in (
        ("pipe.csv", "管道或设备"),
        ("zero.csv", "管道或设备"),
        ("dir.shp", "文件夹"),
    ):
        with pytest.raises(NotAFileError, match=f"{name} 不是普通文件（是{what}）"):
            inspect(tmp_path / name)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always text there")
def test_a_name_in_gbk_is_refused_with_what_it_probably_is(tmp_path):
    path = tmp_path / os.fsdecode("地块.csv".encode("gbk"))
    path.write_text("a,b\n1,2\n")
    for look in (inspect, vet):
        with pytest.raises(FileNameBrokenError, match=r"可能是 GBK 的“地块\.csv”.*请改名"):
            look(path)
    with pytest.raises(FileNameBrokenError):
        zoned(path.with_suffix(".gpkg"), 4549)


def zoned(path, crs, east=0.0):
    shape = shapely.transform(SQUARE, lambda points: points + np.array([east, 0.0]))
    return write(gpd.GeoDataFrame({"a": [1]}, geometry=[shape], crs=crs), path)


def test_the_advice_for_a_zone_number_does_when_it_is_followed(tmp_path):
    path = zoned(tmp_path / "p.gpkg", 4549, east=40_000_000)
    with pytest.raises(CoordinatesMisplacedError, match="--crs EPSG:4528"):
        read(path)
    found = read(path, crs="EPSG:4528")
    assert found.total_bounds[0] == pytest.approx(120.6, abs=0.02)
    assert any("不可能属于文件声明的坐标系" in note for note in found.attrs["notes"])
    with pytest.raises(CrsDiffersError):  # possible as declared: nothing is passed over
        read(zoned(tmp_path / "q.gpkg", 4549), crs="EPSG:4528")


def test_degrees_that_are_declared_as_metres_are_read_as_what_is_given(tmp_path):
    path = tmp_path / "p.gpkg"
    degrees = gpd.GeoSeries([SQUARE], crs=4549).to_crs(4490).set_crs(4549, allow_override=True)
    write(gpd.GeoDataFrame({"a": [1]}, geometry=degrees), path)
    with pytest.raises(CoordinatesNotMetresError, match="--crs EPSG:4490"):
        read(path)
    assert read(path, crs="EPSG:4490").total_bounds[0] == pytest.approx(120.6, abs=0.02)


@pytest.mark.parametrize("metric", [False, True])
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_one_absurd_corner_does_not_refuse_the_whole_layer(tmp_path, suffix, metric):
    good = gpd.GeoSeries([SQUARE] * 3, crs=4549).to_crs(4490)
    odd = [
        shapely.Polygon([*shape.exterior.coords[:2], (far, 27.8)])
        for shape, far in zip(good[:2], (1e6, 1e308), strict=True)
    ]
    frame = gpd.GeoDataFrame({"a": range(5)}, geometry=[*good, *odd], crs=4490)
    found = read(write(frame, tmp_path / f"p{suffix}"), metric=metric)
    assert len(found) == 3 + 2
    inside = found.to_crs(4490).geometry[:3].bounds
    assert inside["minx"].between(120.5, 120.7).all()
