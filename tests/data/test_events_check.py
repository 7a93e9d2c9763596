"""What the door of stage events refuses, row by row, and what it lets in."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from data.event_entry import (
    AreaUnitMissingError,
    EntryRefusedError,
    Recording,
    event_rows,
    fault_words,
    prepare_events,
    read_event_rows,
)
from data.events_check import Ground, check_events
from data.rules import load_rules

TODAY = date(2026, 10, 31)
RULES = load_rules()
NOON = datetime(2026, 10, 31, 4, tzinfo=UTC)


def ground(*events, **more):
    parcels = pd.DataFrame(
        {
            "geometry_area_m2": [10_000.0, 20_000.0, float("nan")],
            "renewal_mode": ["acquire", "urge", None],
            "approved_on": pd.to_datetime([None, "2024-05-01", None]),
        },
        index=pd.Index(["P1", "P2", "P3"], name="parcel_id"),
    )
    names = ["parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
    known = pd.DataFrame([(*row, None, None)[:5] for row in events], columns=names)
    known.insert(0, "event_id", range(1, len(known) + 1))
    known["occurred_on"] = pd.to_datetime(known["occurred_on"])
    known = known.astype({"area_m2": "float64", "reverses": "Int64"})
    return Ground(parcels, known, **more)


def kinds(known, *rows):
    names = ("parcel_id", "stage", "occurred_on", "area_m2", "reverses")
    entries = [dict(zip(names, row, strict=False)) for row in rows]
    found = check_events(event_rows(entries), ground=known, rules=RULES, today=TODAY)
    return list(zip(found["row"], found["kind"], strict=True))


def test_a_good_event_has_no_fault():
    known = ground(("P1", "signed", "2026-01-05"))
    assert kinds(known, ("P1", "demolished", "2026-03-05", 4_000)) == []
    assert kinds(known, ("P1", "拆除", "2026-03-05")) == []
    assert kinds(ground(), ("P3", "producing", "2026-03-05", 7)) == []


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (("P9", "signed", "2026-03-05"), "parcel_unknown"),
        ((None, "signed", "2026-03-05"), "id_missing"),
        (("P1", "起飞", "2026-03-05"), "stage_unknown"),
        (("P1", None, "2026-03-05"), "stage_missing"),
        (("P1", "signed", None), "date_missing"),
        (("P1", "signed", "2026-11-01"), "date_future"),
        (("P1", "signed", "1926-11-01"), "date_too_early"),
        (("P1", "signed", "2026-03-05", 0), "area_not_positive"),
        (("P1", "signed", "2026-03-05", -1), "area_not_positive"),
        (("P1", "signed", "2026-03-05", float("inf")), "area_unreadable"),
        (("P1", "signed", "2026-03-05", 10_000 * 1.05 + 1), "area_over_rest"),
        (("P2", "demolished", "2026-03-05"), "stage_not_in_mode"),
        (("P2", "started", "2024-04-30"), "before_parcel"),
        ((None, None, None, None, 9), "event_unknown"),
    ],
)
def test_an_impossible_event_is_named(row, kind):
    assert kinds(ground(), row) == [(1, kind)]


def test_an_event_must_fit_between_the_stages_before_and_after():
    known = ground(("P1", "vacated", "2026-02-01"), ("P1", "supplied", "2026-06-01"))
    assert kinds(known, ("P1", "demolished", "2026-01-31")) == [(1, "order_before")]
    assert kinds(known, ("P1", "demolished", "2026-06-02")) == [(1, "order_after")]
    assert kinds(known, ("P1", "demolished", "2026-04-01")) == []


def test_a_needed_stage_is_not_skipped_but_a_record_may_begin_half_way():
    known = ground(("P1", "vacated", "2026-02-01"))
    assert kinds(known, ("P1", "supplied", "2026-03-01")) == [(1, "order_missing")]
    assert kinds(ground(), ("P1", "supplied", "2026-03-01")) == []
    both = [("P1", "supplied", "2026-03-01"), ("P1", "demolished", "2026-02-20")]
    assert kinds(known, *both) == []


def test_parts_of_a_parcel_add_up_to_no_more_than_the_parcel():
    known = ground(("P1", "demolished", "2026-02-01", 6_000))
    assert kinds(known, ("P1", "demolished", "2026-03-01", 4_000)) == []
    assert kinds(known, ("P1", "demolished", "2026-03-01", 4_100)) == [(1, "area_over_rest")]
    parts = [("P1", "demolished", f"2026-0{n}-01", 2_500) for n in (3, 4)]
    assert kinds(known, *parts) == [(2, "area_over_rest")]
    whole = ground(("P1", "demolished", "2026-02-01"))
    assert kinds(whole, ("P1", "demolished", "2026-03-01", 500)) == [(1, "area_over_rest")]
    assert kinds(whole, ("P1", "demolished", "2026-03-01")) == [(1, "area_over_rest")]


def test_duplicates_are_refused_unless_the_first_was_reversed():
    row = ("P1", "demolished", "2026-02-01", 6_000)
    assert kinds(ground(row), row) == [(1, "event_duplicate")]
    assert kinds(ground(), row, row) == [(2, "event_duplicate")]
    undone = ground(row, (None, None, None, None, 1))
    assert kinds(undone, row) == []
    assert kinds(ground(row), (None, None, None, None, 1), row) == []


def test_a_reversal_is_made_once_and_not_of_a_reversal():
    row = ("P1", "demolished", "2026-02-01", 6_000)
    back = (None, None, None, None, 1)
    assert kinds(ground(row), back) == []
    assert kinds(ground(row), back, back) == [(2, "reversed_already")]
    assert kinds(ground(row, back), back) == [(1, "reversed_already")]
    assert kinds(ground(row, back), (None, None, None, None, 2)) == [(1, "reverses_reversal")]


def test_a_stage_that_a_later_one_rests_on_is_not_taken_back_alone():
    known = ground(
        ("P1", "signed", "2026-01-05"),
        ("P1", "demolished", "2026-03-05", 6_000),
        ("P1", "demolished", "2026-03-06", 4_000),
        ("P1", "supplied", "2026-05-05"),
    )
    back = [(None, None, None, None, event) for event in (1, 2, 3, 4)]
    assert kinds(known, back[1]) == []  # another part still stands
    assert kinds(known, back[1], back[2]) == [(1, "rested_upon"), (2, "rested_upon")]
    assert kinds(known, back[1], back[2], back[3]) == []


def test_a_reversal_names_the_parcel_of_its_event_or_none():
    known = ground(("P1", "signed", "2026-01-05"))
    assert kinds(known, ("P2", None, None, None, 1)) == [(1, "reverses_another")]
    assert kinds(known, ("P1", None, None, None, 1)) == []


def test_words_for_nothing_and_areas_without_a_unit_are_no_way_to_say_the_whole_parcel(tmp_path):
    table = tmp_path / "批量.csv"
    head = "宗地编号,阶段,发生日期,涉及面积{}\nP1,签约,2026-01-05,{}\n"
    table.write_text(head.format("（亩）", "NaN"), "utf-8")
    assert read_event_rows(table)[1]["kind"].tolist() == ["area_unreadable"]
    table.write_text(head.format("（亩）", ""), "utf-8")
    assert read_event_rows(table)[1].empty
    table.write_text(head.format("", "3"), "utf-8")
    with pytest.raises(AreaUnitMissingError, match="涉及面积（亩）"):
        read_event_rows(table)


def test_a_vanished_parcel_and_one_not_yet_born_are_told_with_the_day():
    day = pd.Series(pd.to_datetime(["2026-05-01"]), index=["P0"])
    gone = ground(vanished=day)
    assert kinds(gone, ("P0", "signed", "2026-03-05")) == [(1, "parcel_vanished")]
    born = ground(born=day.set_axis(["P1"]))
    assert kinds(born, ("P1", "signed", "2026-04-30")) == [(1, "before_parcel")]
    assert kinds(born, ("P1", "signed", "2026-05-01")) == []


def test_every_fault_of_every_row_is_told_in_both_languages(tmp_path, filled):
    table = tmp_path / "批量.csv"
    table.write_text(
        "宗地编号,阶段,发生日期,涉及面积(亩)\nP1,签约,2023-01-02,3\nP1,签约,昨天,x\nP9,飞,2023-01-02,\n",
        "utf-8",
    )
    rows, unread = read_event_rows(table)
    recording = Recording("李工", "批量", NOON)
    with pytest.raises(EntryRefusedError) as caught:
        prepare_events(filled, rows, rules=RULES, recording=recording, unread=unread)
    faults = caught.value.faults
    assert sorted(set(faults["row"])) == [3, 4]
    told = [fault_words(fault, "en") for fault in faults.to_dict("records")]
    assert any("row 3" in line and "昨天" in line for line in told)
    assert "第 4 行" in caught.value.say("zh")
    assert "row 4" in caught.value.say("en")
    assert filled.read_events().empty


def test_what_is_prepared_is_recorded_and_read_back(filled):
    rows = event_rows(
        [{"parcel_id": "P1", "stage": "签约", "occurred_on": "2026-02-01", "doc_no": "1号"}]
    )
    change = prepare_events(filled, rows, rules=RULES, recording=Recording("李工", "测试", NOON))
    filled.commit(change)
    event = filled.read_events().iloc[0]
    assert (event["stage"], event["who"], event["doc_no"]) == ("signed", "李工", "1号")
    assert filled.verify().ok
