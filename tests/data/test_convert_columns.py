"""Files of several formats become one: a column of the same field stands under one heading."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
from intake_tools import MU, square

from data.convert import convert
from gis.io import read, write

DAY = dt.date(2026, 5, 1)


def made(path, at, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=[square(200 * at)], crs=4549)
    return write(frame, path)


@pytest.fixture
def files(tmp_path):
    day = pd.to_datetime([DAY])
    facts = {"parcel_id": ["P1"], "agreed_start_on": day, "registered_area_m2": [9_000.0]}
    codes = {"PARCEL_ID": ["P2"], "YDKGSJ": day, "TDMJ": [8_000.0]}
    told = {"parcel_id": ["P3"], "agreed_start_on": ["2026-05-01"], "登记面积(亩)": [9.0]}
    return {
        "gpkg": made(tmp_path / "a.gpkg", 0, **facts),
        "shp": made(tmp_path / "b.shp", 1, **codes),
        "geojson": made(tmp_path / "c.geojson", 2, **told),
    }


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "parquet", "shp"])
@pytest.mark.parametrize("order", [("gpkg", "geojson", "shp"), ("geojson", "shp", "gpkg")])
def test_files_of_several_formats_become_one(files, tmp_path, order, suffix):
    done = convert([files[kind] for kind in order], tmp_path / f"out.{suffix}")
    assert (done.rows_in, done.accepted) == (3, 3)
    assert any("并入" in note for note in done.notes)
    found = read(done.out).rename(columns=str.lower)
    found = found.sort_values("parcel_id")
    assert found["parcel_id"].tolist() == ["P1", "P2", "P3"]
    days = next(name for name in found.columns if name.startswith(("agreed_st", "ydkgsj")))
    assert pd.to_datetime(found[days]).dt.date.tolist() == [DAY] * 3
    (area,) = [name for name in found.columns if name.startswith(("reg", "登记", "tdmj"))]
    unit = MU if area.startswith("登记") else 1.0
    assert (found[area] * unit).tolist() == pytest.approx([9_000, 8_000, 9 * MU])


def test_cells_of_several_kinds_are_written_as_text_and_told(tmp_path):
    one = made(tmp_path / "a.gpkg", 0, 备注=["甲"])
    two = made(tmp_path / "b.gpkg", 1, 备注=[3.0])
    done = convert([one, two], tmp_path / "out.gpkg")
    assert read(done.out)["备注"].tolist() == ["甲", "3"]
    assert any("按文字写出：备注" in note for note in done.notes)


def test_columns_that_differ_in_case_only_are_both_kept(tmp_path):
    path = made(tmp_path / "a.parquet", 0, note=["甲"], NOTE=["乙"], geom=["丙"])
    done = convert([path], tmp_path / "out.gpkg")
    assert done.columns == {"NOTE": "NOTE_2", "geom": "geom_2"}
    assert read(done.out).iloc[0][["note", "NOTE_2", "geom_2"]].tolist() == [*"甲乙丙"]
    assert read(convert([path], tmp_path / "out.geojson").out)["NOTE_2"].tolist() == ["乙"]
