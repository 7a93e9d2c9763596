"""Cells as nobody should send them: each is read rightly, or its row is listed with a reason."""

import datetime as dt
import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from intake_tools import MU, Recorded, kinds, rejected, square, squares, take

from data.intake_columns import KeyColumnMissingError
from data.register import Register
from gis.io import write

LEDGER = ["宗地编号", "职工人数", "约定开工时间"]


@pytest.fixture
def recorded(tmp_path):
    frame = squares(宗地编号=["P1", "P2"])
    return Recorded(take(write(frame, tmp_path / "first.gpkg")).change.parcels)


def events(path, rows):
    columns = ["事件号", "宗地编号", "阶段", "发生日期", "涉及面积(亩)", "冲销事件号"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def on_record(recorded, *rows):
    columns = ["event_id", "parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["occurred_on"] = pd.to_datetime(frame["occurred_on"])
    recorded.events = frame.astype({"reverses": "Int64"})
    return recorded


@pytest.mark.parametrize("number", ["1e30", "inf", "1.5", "-1e400", "9007199254740993", "三"])
def test_whole_numbers_that_are_none_are_issues(tmp_path, recorded, number):
    path = tmp_path / "t.csv"
    path.write_text(f"宗地编号,职工人数\nP1,{number}\nP2,7\n", "utf-8")
    report = take(path, recorded)
    assert report.rejected == 0
    assert report.issues[["row", "field"]].values.tolist() == [[2, "employees"]]
    assert report.change.parcels["employees"].dropna().to_dict() == {"P2": 7}


def test_whole_numbers_of_a_map_file_that_are_none_are_issues(tmp_path):
    frame = squares(宗地编号=["P1", "P2", "P3"], 职工人数=[1e30, float("inf"), 7.0])
    report = take(write(frame, tmp_path / "p.parquet"))
    assert kinds(report) == ["out_of_range"] * 2
    assert report.change.parcels["employees"].isna().tolist() == [True, True, False]


def test_a_reversal_of_no_readable_number_is_one_rejected_row(tmp_path, recorded):
    on_record(recorded, [1, "P1", "signed", "2026-01-02", 6_000.0, None])
    odd = ["1e30", "inf", "1.5", "-1", "某号", "9007199254740993"]
    rows = [[None, "P1", "拆除", "2026-01-05", 9, None]]
    rows += [[None, "P1", "签约", "2026-01-05", 9, number] for number in odd]
    report = take(events(tmp_path / "e.csv", rows), recorded, "events")
    reasons = set(rejected(report).values())
    assert rejected(report).keys() == set(range(3, 9))
    assert reasons <= {"event_number_unreadable", "event_unknown"}
    assert report.change.events["stage"].tolist() == ["demolished"]


def test_a_reversal_of_another_parcels_event_is_one_rejected_row(tmp_path, recorded):
    on_record(
        recorded,
        [1, "P1", "signed", "2026-01-02", 6_000.0, None],
        [2, "P2", "signed", "2026-01-02", 6_000.0, None],
        [3, "P2", "listed", "2026-01-01", 6_000.0, None],
    )
    rows = [
        [None, "P1", "拆除", "2026-01-05", 9, None],
        [None, "P1", "签约", "2026-01-02", 9, 2],
        [None, "P2", "签约", "2026-01-02", 9, 3],
        [None, None, None, None, None, 1],
    ]
    report = take(events(tmp_path / "e.csv", rows), recorded, "events")
    assert rejected(report) == {3: "event_of_another", 4: "event_of_another"}
    assert "另一宗地" in report.issues["message"].iloc[0]
    assert report.change.events["reverses"].tolist() == [pd.NA, 1]


def test_rows_are_numbered_as_the_table_shows_them(tmp_path):
    with Register.open(tmp_path / "w", create=True) as register:
        parcels = take(write(squares(宗地编号=["P1", "P2"]), tmp_path / "p.gpkg"), register)
        register.commit(parcels.change)
        first = [[None, "P2", "签约", "2026-01-02", 9, None]]
        register.commit(take(events(tmp_path / "a.csv", first), register, "events").change)
        rows = [
            ["台账（模拟）", None, None, None, None],
            ["宗地编号", "阶段", "发生日期", "涉及面积(亩)", "冲销事件号"],
            ["P1", "拆除", dt.date(2026, 1, 5), 9, None],
            [None, None, None, None, None],
            ["P1", "签约", dt.date(2026, 1, 2), 9, 1],
        ]
        report = take(workbook(tmp_path / "b.xlsx", rows), register, "events")
        assert rejected(report) == {5: "event_of_another"}
        assert register.commit(report.change) == 3


def test_areas_of_events_that_are_none_are_rejected(tmp_path, recorded):
    areas = ["nan", "-3", "inf", "1e999", "0", "-inf", "", "9"]
    days = [f"2026-01-{day:02}" for day in range(1, 9)]
    rows = [[None, "P1", "签约", day, area, None] for day, area in zip(days, areas, strict=True)]
    report = take(events(tmp_path / "e.csv", rows), recorded, "events")
    assert rejected(report) == {
        2: "area_unreadable",
        3: "area_not_positive",
        4: "area_unreadable",
        5: "area_over_parcel",
        6: "area_not_positive",
        7: "area_unreadable",
    }
    assert report.change.events["area_m2"].iloc[1] == pytest.approx(9 * MU)


FAR_DAYS = ["9999-12-31", "0001-01-01", "1677-09-20", "2534-03-01"]


@pytest.mark.parametrize("day", FAR_DAYS)
def test_days_beyond_the_calendar_are_told(tmp_path, recorded, day):
    rows = [[None, "P1", "签约", day, 9, None], [None, "P1", "拆除", "2026-01-05", 9, None]]
    report = take(events(tmp_path / "e.csv", rows), recorded, "events")
    assert rejected(report) == {2: "date_out_of_range"}
    (tmp_path / "t.csv").write_text(f"宗地编号,约定开工时间\nP1,{day}\n", "utf-8")
    report = take(tmp_path / "t.csv", recorded)
    assert (kinds(report), report.change) == (["out_of_range"], None)


def test_days_of_map_files_and_workbooks_beyond_the_calendar_are_told(tmp_path, recorded):
    days = [*map(dt.datetime.fromisoformat, FAR_DAYS), dt.datetime(2026, 1, 2)]  # noqa: DTZ001
    frame = squares(宗地编号=list("ABCDE"), 约定开工时间=pd.array(days, "datetime64[s]"))
    for suffix in (".gpkg", ".parquet", ".geojson"):
        report = take(write(frame, tmp_path / f"p{suffix}"))
        assert kinds(report) == ["out_of_range"] * 4
        assert report.change.parcels["agreed_start_on"].notna().tolist() == [False] * 4 + [True]
    book = workbook(tmp_path / "t.xlsx", [LEDGER, ["P1", 3, days[0]], ["P2", 3, days[-1]]])
    assert kinds(take(book, recorded)) == ["out_of_range"]


def test_odd_parcel_ids_are_made_plain_or_rejected(tmp_path):
    ids = [
        "  P1\u3000", "P\x002", "P\x1b3", "长" * 500, '{"a": 1}', "[1, 2]", "P\u200b7", "\ufeffP8 ",
        "P 9", "P\ufffd10", "P\n11", "\u200b",
    ]  # fmt: skip
    report = take(write(squares(宗地编号=ids), tmp_path / "p.parquet"))
    assert rejected(report) == dict.fromkeys([2, 3, 4, 5, 6, 10], "id_unusable") | {
        12: "id_missing"
    }
    assert sorted(report.change.parcels.index) == ["P 11", "P 9", "P1", "P7", "P8"]
    assert report.accepted + report.quarantined + report.rejected == len(ids)


def test_odd_ids_and_names_from_json_reach_the_register(tmp_path):
    ring = [[120.6, 27.8], [120.601, 27.8], [120.601, 27.801], [120.6, 27.8]]
    facts = [
        {"宗地编号": "P1", "权利人": "甲", "备注": ["甲", "乙"]},
        {"宗地编号": "P\ud800", "权利人": "甲\ud800"},
        {"宗地编号": {"a": 1}, "权利人": "乙\u0000丙"},
        {"宗地编号": "P4", "权利人": "丁\u0007"},
    ]
    features = [
        {
            "type": "Feature",
            "properties": fact,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for fact in facts
    ]
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with Register.open(tmp_path / "w", create=True) as register:
        report = take(path, register)
        assert rejected(report) == {2: "id_unusable", 3: "id_unusable"}
        register.commit(report.change)
        parcels = register.read_parcels()
        assert parcels["owner"].to_dict() == {"P1": "甲", "P4": "丁"}
        assert parcels.loc["P1", "remark"] == '["甲", "乙"]'


def test_a_missing_column_is_told_without_options_that_do_not_exist(tmp_path):
    frame = gpd.GeoDataFrame({"号": ["P1"]}, geometry=[square(0)], crs=4549)
    with pytest.raises(KeyColumnMissingError, match="列标题改为“宗地编号”") as refusal:
        take(write(frame, tmp_path / "p.gpkg"))
    for lang in ("zh", "en"):
        assert "--map" not in refusal.value.say(lang)
    assert "Parcel ID" in refusal.value.say("en")
