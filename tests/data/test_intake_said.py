"""What is said of a file's coordinates and text at the intake, and what stays said for ever."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from intake_tools import Recorded, kinds, square, squares, take

from data.intake_county import FarFromCountyError
from data.intake_issues import said
from data.register import Register
from gis.datum import displaced
from gis.errors import CrsMissingError, DatumRefusedError
from gis.io import write
from gis.mojibake import TextGarbledError
from gis.outline import read_outline


def undeclared(path, *shapes):
    frame = gpd.GeoDataFrame(
        {"parcel_id": [f"P{n}" for n in range(len(shapes))]}, geometry=list(shapes), crs=4549
    )
    write(frame, path).with_suffix(".prj").unlink()
    return path


def test_a_refusal_says_which_system_would_put_the_file_into_the_county(tmp_path):
    turned = shapely.transform(square(0), lambda points: points[:, ::-1])
    for shape, text in ((square(0), "EPSG:4549"), (turned, "EPSG:4549+swap")):
        path = undeclared(tmp_path / "p.shp", shape)
        with pytest.raises(CrsMissingError) as found:
            take(path)
        assert f"按 {text}（" in str(found.value)
        assert f"as {text} (" in found.value.say("en")
        assert "100 %" in str(found.value)
        assert take(path, crs=text).accepted == 1


def test_a_file_far_away_is_refused_with_the_zone_that_would_do(tmp_path):
    register = Recorded(layers={"outline": read_outline().frame})
    frame = gpd.GeoDataFrame({"parcel_id": ["P1"]}, geometry=[square(0)], crs=4548)
    path = write(frame, tmp_path / "p.gpkg")
    with pytest.raises(FarFromCountyError, match=r"EPSG:4549\+converted") as found:
        take(path, register)
    assert "EPSG:4549+converted" in found.value.say("en")
    assert take(path, register, crs="EPSG:4549+converted").accepted == 1


def test_an_old_datum_is_never_talked_round_by_the_place(tmp_path):
    frame = gpd.GeoDataFrame({"parcel_id": ["P1"]}, geometry=[square(0)], crs=2385)
    frame.to_file(tmp_path / "old.gpkg")
    with pytest.raises(DatumRefusedError) as found:
        take(tmp_path / "old.gpkg")
    assert found.value.hint is None
    report = take(tmp_path / "old.gpkg", crs="converted")
    assert report.accepted == 1
    assert "经办人确认" in report.issues["message"].iloc[0]


def test_shifted_coordinates_are_flagged_for_ever(tmp_path):
    def shift(points):
        return np.column_stack(displaced(points[:, 0], points[:, 1], "gcj02"))

    true = gpd.GeoSeries([square(0), square(200)], crs=4549).to_crs(4490)
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["P1", "P2"]}, geometry=shapely.transform(true.to_numpy(), shift), crs=4326
    )
    path = write(frame, tmp_path / "amap.geojson")
    with Register.open(tmp_path / "w", create=True) as register:
        report = take(path, register, crs="gcj02")
        assert kinds(report).count("display_only") == 2
        register.commit(report.change)
        kept = register.issues(1)
        assert (kept["kind"] == "display_only").sum() == 2
        assert "GCJ-02" in register.changes()["why"].iloc[0]
        stored = register.read_parcels()
        assert shapely.hausdorff_distance(stored.geometry.iloc[0], true.iloc[0]) < 1e-7
        assert stored["geometry_source"].tolist() == ["gcj02", "gcj02"]
        layer = take(path, register, "residential", crs="gcj02").change.layers[0]
        assert "仅供显示" in layer.note
        survey = gpd.GeoDataFrame(
            {"parcel_id": ["P1", "P2"], "权利人": ["甲", "乙"]},
            geometry=[square(1), stored.to_crs(4549).geometry.iloc[1]],
            crs=4549,
        )
        report = take(write(survey, tmp_path / "survey.gpkg"), register)
        register.commit(report.change)
        # The surveyed shape is no more for display only; the one that stayed is.
        assert register.read_parcels()["geometry_source"].fillna("").tolist() == ["", "gcj02"]


def test_garbled_cells_are_listed_and_left_unknown(tmp_path):
    names = ["塘下汽配厂", "莘塍机械厂", "瑞安阀门厂".encode().decode("latin-1"), "锟斤拷"]
    sound = [f"第{n}车间" for n in range(4)]
    frame = squares(parcel_id=["P1", "P2", "P3", "P4"], 权利人=names, 地块名称=sound)
    report = take(write(frame, tmp_path / "p.gpkg"))
    found = report.issues[report.issues["kind"] == "text_garbled"]
    assert found["row"].tolist() == [3, 4]
    assert "瑞安阀门厂" in found["message"].iloc[0]
    assert report.change.parcels["owner"].isna().tolist() == [False, False, True, True]
    assert report.accepted == 4
    worse = squares(parcel_id=["P1", "P2"], 权利人=[names[2], names[3]])
    with pytest.raises(TextGarbledError):
        take(write(worse, tmp_path / "q.gpkg"))


def test_a_corner_without_a_number_keeps_its_row_out(tmp_path):
    corner = "POLYGON ((560000 3074000, NaN 3074000, 560000 3074100, 560000 3074000))"
    with np.errstate(invalid="ignore"):
        odd = shapely.from_wkt(corner)
        frame = gpd.GeoDataFrame({"parcel_id": ["P1", "P2"]}, geometry=[odd, square(0)], crs=4549)
        report = take(write(frame, tmp_path / "p.parquet"))
    assert (report.rows_in, report.accepted) == (2, 1)
    assert "geometry_not_finite" in kinds(report)


def test_every_issue_is_said_in_english_too(tmp_path):
    south, north = 3_074_000, 3_074_400
    bow = shapely.Polygon([(560_000, south), (560_100, north), (560_100, south), (560_000, north)])
    thin = shapely.box(560_900, south, 560_901, north)
    shapes = [bow, square(200), square(250), thin, shapely.Point(560_000, 3_074_000)]
    frame = gpd.GeoDataFrame(
        {
            "宗地编号": ["P0", "P1", "P2", "P3", "P4"],
            "登记面积（亩）": ["9", "1.50 公顷", "12,000.5", "1", "1"],
            "开工日期": ["2026.3.5", "45000", "2026年3月", "", ""],
            "无名列": ["a", "b", "c", "d", "e"],
        },
        geometry=shapes,
        crs=4549,
    )
    report = take(write(frame, tmp_path / "p.gpkg"))
    chinese, english = report.to_json()["issues"], report.to_json("en")["issues"]
    assert {"geometry_invalid", "geometry_overlap", "geometry_sliver"} <= set(kinds(report))
    assert [issue["message"] for issue in chinese] != [issue["message"] for issue in english]
    for issue in english:
        told = re.sub("“[^”]*”", "", issue["message"])  # what the cells themselves hold
        assert not re.search("[\u4e00-\u9fff]", told), told
    assert all(re.search("[\u4e00-\u9fff]", issue["message"]) for issue in chinese)


def test_issues_read_from_the_register_are_said_in_english_as_far_as_they_were_kept():
    kept = pd.DataFrame({"kind": ["in_sea", "gone"], "message": ["落在海上：东海", "旧话"]})
    assert said(kept, "en") == ["Lies at sea or abroad; taken in, please check: 东海", "旧话"]
