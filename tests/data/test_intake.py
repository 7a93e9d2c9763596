"""Parcels and ledgers at the door."""

import json

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from intake_tools import MU, NOW, Recorded, kinds, rejected, square, take

from data.errors import DataError
from data.intake import LayerNameError, MomentNaiveError, prepare_import
from data.intake_columns import ColumnMappingError, KeyColumnMissingError
from data.intake_kinds import KINDS
from data.register.change import ISSUE_COLUMNS
from gis.errors import GisError
from gis.io import write


def test_a_clean_file_becomes_a_change(layer, tmp_path):
    report = take(write(layer, tmp_path / "p.gpkg"))
    assert (report.rows_in, report.accepted, report.rejected) == (2, 2, 0)
    assert report.diff == {"new": 2, "changed": 0, "unchanged": 0, "vanished": 0}
    parcels = report.change.parcels
    assert parcels.index.name == "parcel_id"
    assert parcels.crs.to_epsg() == 4490
    assert parcels.loc["P1", "registered_area_m2"] == pytest.approx(15 * MU)
    assert parcels["low_class"].tolist() == ["approved_unsupplied", "underused"]
    assert parcels["standard_land"].tolist() == [True, False]
    assert parcels["agreed_start_on"].tolist() == [
        pd.Timestamp("2023-06-01"),
        pd.Timestamp("2023-06-30"),
    ]
    assert parcels["geometry_area_m2"].tolist() == pytest.approx([10_000] * 2, rel=2e-4)
    assert kinds(report) == ["normalised"]
    assert tuple(report.issues.columns) == ISSUE_COLUMNS


def test_the_same_file_again_changes_nothing(layer, tmp_path, recorded):
    for suffix in (".gpkg", ".geojson", ".fgb", ".parquet"):
        report = take(write(layer, tmp_path / f"again{suffix}"), recorded)
        assert report.diff == {"new": 0, "changed": 0, "unchanged": 2, "vanished": 0}
        assert report.change is None


def test_new_changed_and_vanished_are_told_apart(layer, tmp_path, recorded):
    layer.loc[0, "权利人"] = "丙厂"
    layer.loc[1, "宗地编号"] = "P3"
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.diff == {"new": 1, "changed": 1, "unchanged": 0, "vanished": 1}
    assert report.ids["vanished"] == ("P2",)
    assert report.change.removed == ()
    assert report.change.parcels.index.tolist() == ["P1", "P3"]


def test_a_moved_boundary_is_a_change(layer, tmp_path, recorded):
    layer.loc[[0], "geometry"] = gpd.GeoSeries([square(0, side=99)], crs=4549).values
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.ids["changed"] == ("P1",)


def test_an_empty_cell_does_not_wipe_what_is_known(layer, tmp_path, recorded):
    layer["权利人"] = [None, "丁厂"]
    report = take(write(layer, tmp_path / "p.gpkg"), recorded)
    assert report.ids["changed"] == ("P2",)


def test_every_bad_row_is_listed_with_its_reason(tmp_path):
    bow = shapely.Polygon([(560_000, 3e6), (560_009, 3e6 + 9), (560_009, 3e6), (560_000, 3e6 + 9)])
    endless = shapely.Polygon([(560_000, np.inf), (560_100, 3e6), (560_100, 3e6 + 9)])
    frame = gpd.GeoDataFrame(
        {"宗地编号": ["P1", None, "P1", "P4", "P5", "P6", "P7", "3.30381E+18"]},
        geometry=[
            square(0),
            square(200),
            square(400),
            None,
            bow,
            shapely.LineString([(560_000, 3e6), (560_100, 3e6)]),
            endless,
            square(600),
        ],
        crs=4549,
    )
    report = take(write(frame, tmp_path / "p.gpkg"))
    assert rejected(report) == {
        2: "id_missing",
        3: "id_duplicate",
        4: "geometry_missing",
        5: "geometry_invalid",
        6: "geometry_wrong_type",
        7: "geometry_not_finite",
        8: "id_precision_lost",
    }
    assert (report.rows_in, report.accepted, report.quarantined, report.rejected) == (8, 1, 7, 0)
    assert "Self-intersection" in "".join(report.issues["message"])


def test_a_bad_cell_is_an_issue_and_leaves_the_value_unknown(layer, tmp_path):
    layer["登记面积(亩)"] = ["约15", "15亩"]
    layer["低效类别"] = ["很低效", "供而未用"]
    layer["约定开工时间"] = ["2023-02-30", "20230601"]
    report = take(write(layer, tmp_path / "p.gpkg"))
    assert report.rejected == 0
    assert sorted(kinds(report)) == ["not_date", "not_enum", "not_number"]
    assert set(report.issues["row"]) == {1}
    parcels = report.change.parcels
    assert parcels.loc["P1", ["registered_area_m2", "low_class"]].isna().all()
    assert pd.isna(parcels.loc["P1", "agreed_start_on"])
    assert parcels.loc["P2", "registered_area_m2"] == pytest.approx(15 * MU)


def test_recorded_and_measured_area_are_both_kept(layer, tmp_path):
    layer["登记面积(亩)"] = [15.0 * 1.04, 15.0 * 1.06]
    report = take(write(layer, tmp_path / "p.gpkg"))
    told = report.issues[report.issues["severity"] != "info"]
    assert told[["row", "kind", "severity"]].values.tolist() == [[2, "area_gap", "warning"]]
    assert report.change.parcels.loc["P2", "registered_area_m2"] == pytest.approx(15.9 * MU)


@pytest.mark.parametrize(
    ("heading", "value", "m2"),
    [
        ("登记面积（亩）", 3, 3 * 2000 / 3),
        ("登记面积(公顷)", 0.5, 0.5 * 10_000),
        ("登记面积(㎡)", 700, 700),
        ("登记面积（平方米）", 700, 700),
        ("登记面积(万㎡)", 0.07, 0.07 * 10_000),
        ("登记面积", 700, 700),
    ],
)
def test_the_unit_stands_in_the_heading(tmp_path, heading, value, m2):
    frame = gpd.GeoDataFrame({"宗地编号": ["P1"], heading: [value]}, geometry=[square(0)], crs=4549)
    parcels = take(write(frame, tmp_path / "p.gpkg")).change.parcels
    assert parcels.loc["P1", "registered_area_m2"] == pytest.approx(m2)


def test_an_unknown_unit_is_not_guessed(tmp_path):
    frame = gpd.GeoDataFrame(
        {"宗地编号": ["P1"], "登记面积(坪)": [3.0]}, geometry=[square(0)], crs=4549
    )
    report = take(write(frame, tmp_path / "p.gpkg"))
    assert "registered_area_m2" not in report.change.parcels
    assert kinds(report) in (["unit_unknown"], ["column_unknown"])


def test_a_mapping_comes_before_all_else(tmp_path):
    frame = gpd.GeoDataFrame(
        {"号": ["P1"], "权利人": ["甲"], "谁": ["乙"]}, geometry=[square(0)], crs=4549
    )
    path = write(frame, tmp_path / "p.gpkg")
    report = take(path, mapping={"号": "parcel_id", "谁": "owner"})
    assert report.change.parcels["owner"].tolist() == ["乙"]
    assert kinds(report) == ["column_repeated"]
    with pytest.raises(ColumnMappingError, match="no_such"):
        take(path, mapping={"号": "no_such"})
    with pytest.raises(KeyColumnMissingError, match="宗地编号"):
        take(path)


def ledger(path, rows):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    book.save(path)
    return path


def test_a_ledger_updates_the_attributes_of_known_parcels(tmp_path, recorded):
    rows = [
        ["工业用地台账（模拟数据）"],
        ["宗地编号", "权利人", "登记面积（亩）", "备注"],
        ["P1", "新厂", 15, "=cmd"],
        ["塘下镇 小计", None, 15, None],
        ["P9", "生厂", 3, None],
        ["合计", None, 18, None],
    ]
    report = take(ledger(tmp_path / "t.xlsx", rows), recorded)
    assert (report.rows_in, report.accepted, report.quarantined) == (2, 1, 1)
    assert rejected(report) == {5: "id_unknown"}
    skipped = report.issues[report.issues["kind"] == "subtotal_skipped"]
    assert skipped["row"].tolist() == [4, 6]
    assert not isinstance(report.change.parcels, gpd.GeoDataFrame)
    assert report.change.parcels.loc["P1", "owner"] == "新厂"
    assert report.diff["vanished"] == 1


def test_wrong_use_is_one_sentence(layer, tmp_path):
    path = write(layer, tmp_path / "p.gpkg")
    with pytest.raises(LayerNameError, match="parcels"):
        take(path, as_layer="castles")
    with pytest.raises(MomentNaiveError):
        prepare_import(
            path,
            as_layer="parcels",
            register=Recorded(),
            who="甲",
            recorded_at=NOW.replace(tzinfo=None),
        )
    with pytest.raises(GisError):
        take(tmp_path / "none.gpkg")
    assert issubclass(LayerNameError, DataError)


def test_the_report_is_plain_json(layer, tmp_path):
    layer["低效类别"] = ["<script>" * 80, None]
    report = take(write(layer, tmp_path / "p.gpkg"))
    document = json.loads(json.dumps(report.to_json(), ensure_ascii=False))
    assert document["accepted"] + document["rejected"] == document["rows_in"]
    assert [len(told["value"]) for told in document["issues"] if told["row"]] == [200]


def test_every_kind_of_issue_speaks_both_languages():
    for kind in KINDS.values():
        assert kind.zh
        assert kind.en
        assert kind.severity in ("rejected", "error", "warning", "info")
