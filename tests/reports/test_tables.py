"""CSV, GeoPackage and GeoJSON, and the places where nothing can be written."""

from __future__ import annotations

import csv
import errno
import json

import geopandas as gpd
import pyogrio
import pytest

from gis.area import to_mu
from gis.errors import UserError
from reports.cells import csv_text
from reports.errors import PlaceFullError, PlaceIsFolderError, PlaceMissingError, UnknownFormatError
from reports.export import WRITERS, export
from reports.place import replacing


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_opens_in_excel_and_computes_nothing(desk, context_in, tmp_path):
    path = export(desk, "csv", tmp_path / "list.csv", context=context_in("zh"))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    owners = [row["权利人"] for row in read_csv(path)]
    assert owners[:4] == ["'=1+1", "'+86 577", "'-@SUM(A1)", "'@cmd"]
    assert owners[4] == "<script>alert(1)</script>"
    assert owners[7] == "a□b□"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1", "＠a"])
def test_whatever_a_program_could_take_for_a_formula_gets_an_apostrophe(text):
    assert csv_text(text).startswith("'")


def test_csv_numbers_are_plain_and_unknown_is_empty(desk, context_in, tmp_path):
    rows = read_csv(export(desk, "csv", tmp_path / "list.csv", context=context_in("zh")))
    assert float(rows[0]["图形面积（亩）"]) == pytest.approx(to_mu(1_000.0), abs=1e-4)
    assert rows[-1]["图形面积（亩）"] == ""
    assert rows[0]["逾期天数（天）"] == "12"
    assert rows[0]["台账类别"] == "用而未尽"


def test_maps_carry_every_field_by_its_key(desk, context_in, tmp_path):
    path = export(desk, "gpkg", tmp_path / "list.gpkg", context=context_in("zh"))
    back = gpd.read_file(path)
    assert back.crs.to_epsg() == 4490
    assert back["parcel_id"].tolist() == desk.index.tolist()
    assert back["low_class"].tolist()[0] == "underused"
    assert back["geometry_area_m2"].sum() == desk["geometry_area_m2"].sum()
    assert back["stage_on"].tolist()[0] == "2026-03-05"


def test_a_geojson_says_what_it_is(desk, context_in, tmp_path):
    path = export(desk, "geojson", tmp_path / "list.geojson", context=context_in("zh"))
    document = json.loads(path.read_text("utf-8"))
    assert "模拟数据" in document["description"]
    assert "2026-10-31" in document["description"]
    assert len(document["features"]) == len(desk)


@pytest.mark.parametrize("fmt", list(WRITERS))
def test_the_same_list_gives_the_same_bytes_under_any_name(fmt, desk, context_in, tmp_path):
    suffix = {"shp": "zip"}.get(fmt, fmt)
    one, two = (
        export(desk, fmt, tmp_path / f"{name}.{suffix}", context=context_in("zh")).read_bytes()
        for name in ("a", "b")
    )
    assert one == two


@pytest.mark.parametrize("fmt", list(WRITERS))
def test_an_empty_selection_can_be_written(fmt, desk, context_in, tmp_path):
    path = export(desk.iloc[:0], fmt, tmp_path / f"none.{fmt}", context=context_in("en"))
    assert path.stat().st_size > 0
    if fmt in ("gpkg", "geojson"):
        assert pyogrio.read_info(path)["features"] == 0


@pytest.mark.parametrize("fmt", list(WRITERS))
def test_a_place_that_cannot_hold_the_file_is_refused_before_anything_is_written(
    fmt, desk, context_in, tmp_path
):
    with pytest.raises(PlaceIsFolderError):
        export(desk, fmt, tmp_path, context=context_in("zh"))
    with pytest.raises(PlaceMissingError):
        export(desk, fmt, tmp_path / "none" / f"x.{fmt}", context=context_in("zh"))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_names_the_known_ones(desk, context_in, tmp_path):
    with pytest.raises(UnknownFormatError, match="xlsx、csv、gpkg、geojson"):
        export(desk, "docx", tmp_path / "x.docx", context=context_in("zh"))


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    out = tmp_path / "list.csv"
    out.write_text("old")

    def fill_up():
        with replacing(out) as part:
            part.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(PlaceFullError):
        fill_up()
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_disk_that_fills_while_a_workbook_is_closed_says_so(
    desk, context_in, tmp_path, monkeypatch
):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(UserError, match="磁盘已满"):
        export(desk, "xlsx", tmp_path / "list.xlsx", context=context_in("zh"))
    assert list(tmp_path.iterdir()) == []
