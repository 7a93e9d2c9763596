"""Stage events at the door."""

import numpy as np
import pandas as pd
import pytest
from intake_tools import MU, rejected, take


def events_file(path, rows):
    columns = ["宗地编号", "阶段", "发生日期", "涉及面积(亩)", "文号"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False, encoding="gbk")
    return path


def test_events_that_contradict_are_rejected_one_by_one(tmp_path, recorded):
    rows = [
        ["P1", "拆除", "2026-01-05", "9", "瑞政 1"],
        ["P9", "拆除", "2026-01-05", "9", None],
        ["P1", "飞走", "2026-01-05", "9", None],
        ["P1", "签约", "2026-06-02", "9", None],
        ["P1", "签约", "2026-02-30", "9", None],
        ["P1", "签约", "2026-01-05", "0", None],
        ["P1", "签约", "2026-01-05", "-3", None],
        ["P1", "签约", "2026-01-05", "很多", None],
        ["P1", "签约", "2026-01-05", "90", None],
        ["P1", "拆除", "2026-01-05", "9", None],
        ["P1", "签约", "2026-06-01", None, None],
    ]
    report = take(events_file(tmp_path / "e.csv", rows), recorded, "events")
    assert rejected(report) == {
        3: "parcel_unknown",
        4: "stage_unknown",
        5: "date_future",
        6: "date_missing",
        7: "area_not_positive",
        8: "area_not_positive",
        9: "area_unreadable",
        10: "area_over_parcel",
        11: "event_duplicate",
    }
    assert (report.rows_in, report.accepted) == (11, 2)
    events = report.change.events
    assert events["stage"].tolist() == ["demolished", "signed"]
    assert events["area_m2"].iloc[0] == pytest.approx(9 * MU)
    assert np.isnan(events["area_m2"].iloc[1])
    assert events["who"].tolist() == ["甲", "甲"]


def test_events_on_record_are_not_counted_twice(tmp_path, recorded):
    path = events_file(tmp_path / "e.csv", [["P1", "拆除", "2026-01-05", "9", None]])
    first = take(path, recorded, "events").change.events
    recorded.events = first.assign(event_id=[1])
    again = take(path, recorded, "events")
    assert (again.accepted, again.diff["unchanged"], again.change) == (1, 1, None)
    undo = first.assign(event_id=[2], reverses=pd.array([1], dtype="Int64"))
    recorded.events = pd.concat([recorded.events, undo])
    assert take(path, recorded, "events").diff["new"] == 1


def numbered(path, rows):
    columns = ["事件号", "宗地编号", "阶段", "发生日期", "涉及面积(亩)", "冲销事件号"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def test_a_reversal_may_mean_an_event_of_its_own_file(tmp_path, recorded):
    rows = [
        [71, "P1", "拆除", "2026-01-05", 9, None],
        [72, "P1", "拆除", "2026-01-05", 9, 71],
        [73, "P1", "拆除", "2026-01-05", 8, None],
        [74, "P2", "飞走", "2026-01-05", 9, None],
        [75, "P2", None, None, None, 74],
        [76, "P2", None, None, None, 72],
        [77, "P2", None, None, None, 73],
        [78, None, None, None, None, 99],
    ]
    path = numbered(tmp_path / "e.csv", rows)
    report = take(path, recorded, "events")
    assert rejected(report) == {5: "stage_unknown"} | dict.fromkeys([6, 7, 8, 9], "event_unknown")
    events = report.change.events
    assert events["area_m2"].tolist() == pytest.approx([9 * MU, 8 * MU, 9 * MU])
    assert events["reverses"].tolist() == [pd.NA, pd.NA, -1]
    recorded.events = events.assign(
        event_id=[31, 32, 33], reverses=pd.array([None, None, 31], dtype="Int64")
    )
    again = take(path, recorded, "events")
    assert (again.diff["unchanged"], again.change.events) == (3, None)
    recorded.events = recorded.events.iloc[:1]
    later = take(path, recorded, "events").change.events
    assert later["reverses"].tolist() == [31, pd.NA]
