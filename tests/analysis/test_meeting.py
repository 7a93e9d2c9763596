from datetime import date

import pandas as pd

from analysis.meeting import (
    last_meeting,
    moved_between,
    newly_late,
    open_points,
    postponed,
    settled,
)
from data.rules import load_rules

RULES = load_rules()
DUE = [mark.due_field for mark in RULES.milestones]


def minutes(*rows):
    table = pd.DataFrame(
        rows, columns=["kind", "meeting_on", "parcel_id", "text", "due_on", "answers"]
    )
    return table.assign(
        minute_id=range(1, len(table) + 1),
        meeting_on=pd.to_datetime(table["meeting_on"]),
        due_on=pd.to_datetime(table["due_on"]),
        answers=table["answers"].astype("Int64"),
    )


BOOK = minutes(
    ("decision", "2026-10-08", "P1", "签约", "2026-10-20", None),
    ("decision", "2026-10-08", "P2", "腾空", "2026-11-30", None),
    ("stuck", "2026-10-08", "P3", "补偿", None, None),
    ("closed", "2026-10-22", None, "已腾空", None, 2),
    ("agenda", "2026-11-05", "P1", None, None, None),
)


def test_open_points_are_those_nobody_closed_the_late_ones_first():
    found = open_points(BOOK, on=date(2026, 10, 22))
    assert found["text"].tolist() == ["签约", "补偿"]
    assert found["late"].tolist() == [True, False]
    assert found["days_late"].tolist()[0] == 2


def test_at_an_earlier_day_a_later_closing_is_not_known():
    assert len(open_points(BOOK, on=date(2026, 10, 21))) == 3
    assert open_points(BOOK, on=date(2026, 10, 7)).empty


def test_what_was_settled_is_told_with_its_outcome():
    found = settled(BOOK, since=date(2026, 10, 8), on=date(2026, 10, 22))
    assert found[["text", "how"]].to_numpy().tolist() == [["腾空", "已腾空"]]
    assert settled(BOOK, since=date(2026, 10, 22), on=date(2026, 11, 5)).empty


def test_an_agenda_alone_is_no_meeting():
    assert last_meeting(BOOK, before=date(2026, 11, 10)) == date(2026, 10, 22)
    assert last_meeting(BOOK, before=date(2026, 10, 8)) == date(2026, 9, 24)


def events(*rows):
    table = pd.DataFrame(rows, columns=["parcel_id", "stage", "occurred_on", "recorded_at"])
    return table.assign(
        event_id=range(1, len(table) + 1),
        occurred_on=pd.to_datetime(table["occurred_on"]),
        recorded_at=pd.to_datetime(table["recorded_at"], utc=True),
        reverses=None,
    )


def test_what_moved_is_apart_from_what_was_learned_of_late():
    told = events(
        ("P1", "signed", "2026-10-20", "2026-10-21"),
        ("P2", "signed", "2026-09-20", "2026-10-21"),
        ("P3", "signed", "2026-09-20", "2026-10-05"),
        ("P4", "signed", "2026-11-20", "2026-11-21"),
    )
    found = moved_between(told, since=date(2026, 10, 8), on=date(2026, 10, 31))
    assert found.set_index("parcel_id")["late_news"].to_dict() == {"P1": False, "P2": True}
    assert moved_between(told.iloc[:0], since=date(2026, 10, 8), on=date(2026, 10, 31)).empty


def plans(**days):
    frame = pd.DataFrame(dict.fromkeys(DUE, pd.NaT), index=list(days))
    frame[DUE[0]] = pd.to_datetime(list(days.values()))
    return frame


def test_a_plan_is_put_off_only_by_a_later_month():
    then = plans(P1="2026-10-01", P2="2026-10-01", P3="2026-10-01", P4=None)
    now = plans(P1="2026-10-30", P2="2026-12-01", P3=None, P4="2026-12-01", P5="2026-12-01")
    found = postponed(then, now, rules=RULES).set_index("parcel_id")
    assert found.index.tolist() == ["P2", "P3"]
    assert found.loc["P2", "planned_now"] == pd.Timestamp(2026, 12, 31)
    assert pd.isna(found.loc["P3", "planned_now"])


def test_what_was_late_already_is_not_newly_late():
    desk = pd.DataFrame(
        {
            "overdue": [True, True, False],
            "due_on": pd.to_datetime(["2026-09-30", "2026-10-31", "2026-12-31"]),
            "geometry_area_m2": [1.0, 2.0, 3.0],
        },
        index=["P1", "P2", "P3"],
    )
    assert newly_late(desk, since=date(2026, 10, 22)).index.tolist() == ["P2"]
