"""Map files that cannot be read or written: one sentence each, nothing half done."""

import copy
import errno
import os
import pickle

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from gis.errors import (
    ColumnNameTooLongError,
    CrsMissingError,
    DiskFullError,
    FileEmptyError,
    FileMissingError,
    FormatMismatchError,
    FormatUnknownError,
    GeometryMissingError,
    GisError,
    ParcelUnknownError,
    SidecarMissingError,
    WriteRefusedError,
)
from gis.formats import NotAFileError
from gis.io import read, write

SUFFIXES = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]


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
    for path, refusal in ((tmp_path / "a.docx", FormatUnknownError), (tmp_path, NotAFileError)):
        with pytest.raises(refusal):
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


def test_a_refusal_survives_copies_and_other_processes():
    for refusal in (CrsMissingError(file="a.shp"), ParcelUnknownError(parcel_id="P1")):
        for again in (copy.deepcopy(refusal), pickle.loads(pickle.dumps(refusal))):
            assert type(again) is type(refusal)
            assert again.params == refusal.params
            assert again.say("en") == refusal.say("en")
