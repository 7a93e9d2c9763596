import copy
import errno
import json
import os
import pickle
import struct
import time
import warnings
import zipfile
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import box

from gis.errors import (
    ColumnNameTooLongError,
    CoordinatesOutOfRangeError,
    CrsDiffersError,
    CrsMissingError,
    DatumRefusedError,
    DiskFullError,
    EncodingUnknownError,
    EncodingWrongError,
    FileEmptyError,
    FileMissingError,
    FormatMismatchError,
    FormatUnknownError,
    GeometryMissingError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
    ParcelUnknownError,
    SidecarMissingError,
    WriteRefusedError,
)
from gis.io import inspect, read, write

SUFFIXES = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]
CODE = "3303810010010000001"


@pytest.fixture
def parcels():
    return gpd.GeoDataFrame(
        {
            "DKBH": [CODE, "330381001001GB00002"],
            "名称": ["甲厂", "乙厂"],
            "面积": [10_000.5, np.nan],
            "人数": pd.array([3, None], dtype="Int64"),
            "日期": pd.to_datetime(["2024-02-29", None]),
        },
        geometry=[
            shapely.box(560_000, 3_074_000, 560_100, 3_074_100),
            shapely.box(560_200, 3_074_000, 560_300, 3_074_100),
        ],
        crs=4549,
    )


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


def test_gbk_shapefile_without_cpg_is_read_as_chinese(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    assert not path.with_suffix(".cpg").exists()
    back = read(path)
    assert back["名称"].tolist() == ["甲厂", "乙厂"]
    assert back.attrs["encoding"] == "GB18030 (detected)"


@pytest.mark.parametrize("stated", ["ANSI 936", "UTF-8", "GBK", "936", "nonsense", ""])
def test_a_wrong_or_odd_cpg_does_not_mislead(parcels, tmp_path, stated):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    path.with_suffix(".cpg").write_text(stated)
    assert read(path)["名称"].tolist() == ["甲厂", "乙厂"]


def test_latin1_in_the_language_byte_does_not_mislead(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    for ldid in (0, 0x57, 0x4D):
        dbf[29] = ldid
        path.with_suffix(".dbf").write_bytes(dbf)
        assert list(read(path).columns[:2]) == ["DKBH", "名称"]


def test_text_cut_inside_a_character_still_reads(tmp_path):
    frame = gpd.GeoDataFrame({"名": ["瑞安市"]}, geometry=[shapely.box(120, 27, 121, 28)], crs=4490)
    path = write(frame, tmp_path / "p.shp")
    dbf = path.with_suffix(".dbf")
    raw = dbf.read_bytes().replace("瑞安市".encode(), "瑞安".encode() + "市".encode()[:2] + b" ")
    raw = raw.replace(b" \x1a", b"\x1a") if raw.endswith(b" \x1a\x1a") else raw
    width = raw[32 + 16]
    assert width >= 8
    start = struct.unpack_from("<H", raw, 8)[0]
    cell = ("瑞安市" * 40).encode()[: width - 1 - (width - 1) % 3 + 2][:width].ljust(width)
    dbf.write_bytes(raw[: start + 1] + cell + raw[start + 1 + width :])
    back = read(path)
    assert back["名"].iloc[0].startswith("瑞安市")
    assert "\ufffd" not in back["名"].iloc[0]


def test_bytes_of_no_encoding_ask_for_one(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp", encoding="GBK", cpg=False)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("甲厂".encode("gbk"), b"\xff\xfe\xff\x80"))
    with pytest.raises(EncodingUnknownError, match="--encoding GB18030"):
        read(path)
    with pytest.raises(EncodingWrongError):
        read(path, encoding="UTF-8")


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


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".zip"])
def test_missing_and_empty_files_get_their_sentence(tmp_path, suffix):
    path = tmp_path / f"none{suffix}"
    with pytest.raises(FileMissingError, match="none"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(FileEmptyError, match="none"):
        read(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_truncated_files_are_never_read_in_part(parcels, tmp_path, suffix, share):
    many = pd.concat([parcels] * 400, ignore_index=True)
    path = write(gpd.GeoDataFrame(many, crs=4549), tmp_path / f"p{suffix}")
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(GisError) as refusal:
        read(path)
    assert "p" + suffix in str(refusal.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_renamed_files_are_found_out(parcels, tmp_path, suffix):
    for other in SUFFIXES:
        if other == suffix:
            continue
        source = write(parcels, tmp_path / f"source{other}")
        path = tmp_path / f"renamed{suffix}"
        path.write_bytes(source.read_bytes())
        with pytest.raises(FormatMismatchError, match=other):
            read(path)
        path.unlink()


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 100, b"hello, world\n", b"<html></html>"])
@pytest.mark.parametrize("suffix", [*SUFFIXES, ".zip"])
def test_garbage_is_one_sentence(tmp_path, suffix, content):
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(content)
    with pytest.raises(GisError) as refusal:
        read(path)
    assert "\n" not in str(refusal.value)
    assert "garbage" in refusal.value.say("en")


def test_unknown_suffixes_and_folders_are_refused(tmp_path):
    (tmp_path / "a.docx").write_bytes(b"x")
    for path in (tmp_path / "a.docx", tmp_path):
        with pytest.raises(FormatUnknownError):
            read(path)


def test_shapefile_without_companions(parcels, tmp_path):
    path = write(parcels, tmp_path / "p.shp")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(SidecarMissingError, match=r"\.dbf"):
        read(path)


def test_parquet_without_geometry(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(GeometryMissingError):
        read(tmp_path / "t.parquet")


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


def test_long_shapefile_names_are_refused_rather_than_cut(parcels, tmp_path):
    with pytest.raises(ColumnNameTooLongError, match="统一信用代码"):
        write(parcels.rename(columns={"DKBH": "统一信用代码"}), tmp_path / "p.shp")
    assert list(tmp_path.iterdir()) == []


def test_nowhere_to_write(parcels, tmp_path):
    with pytest.raises(WriteRefusedError, match="没有写出"):
        write(parcels, tmp_path / "no" / "p.gpkg")
    with pytest.raises(FormatUnknownError):
        write(parcels, tmp_path / "p.docx")
    with pytest.raises(CrsMissingError):
        write(parcels.set_crs(None, allow_override=True), tmp_path / "p.gpkg")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_the_old_file(parcels, tmp_path, suffix, monkeypatch):
    path = write(parcels, tmp_path / f"p{suffix}")
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pyogrio, "write_dataframe", full)
    monkeypatch.setattr(gpd.GeoDataFrame, "to_parquet", full)
    with pytest.raises(DiskFullError):
        write(parcels, path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".writing-*"))


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


def test_a_refusal_survives_copies_and_other_processes():
    for refusal in (CrsMissingError(file="a.shp"), ParcelUnknownError(parcel_id="P1")):
        for again in (copy.deepcopy(refusal), pickle.loads(pickle.dumps(refusal))):
            assert type(again) is type(refusal)
            assert again.params == refusal.params
            assert again.say("en") == refusal.say("en")


def test_missing_geometry_in_a_flatgeobuf_is_missing_and_nothing_breaks(tmp_path):
    shapes = [None if row == 3 else shapely.box(120, 27, 120.1, 27.1) for row in range(30_000)]
    frame = gpd.GeoDataFrame({"n": range(30_000), "name": "甲"}, geometry=shapes, crs=4490)
    frame.to_file(tmp_path / "gap.fgb", SPATIAL_INDEX="NO")
    found = read(tmp_path / "gap.fgb")
    assert found.geometry.isna().sum() == 1
    assert found["n"].tolist() == list(range(30_000))
