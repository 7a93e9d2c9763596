"""Actuals of targets and minutes of meetings: appended, chained, refused whole."""

from datetime import date

import pandas as pd
import pytest
from postgis_tools import alter

from data.asof import AsOf
from data.errors import ChangeRefusedError
from data.register import Register


def actual(**more):
    row = {"target_id": "LAND-05", "measured_on": "2022-12-31", "value": 900.0, "source": "月报"}
    return row | more


def minute(**more):
    row = {"kind": "decision", "meeting_on": "2023-01-05", "parcel_id": "P1", "text": "月底前签约"}
    return row | {"responsible": "塘下镇"} | more


def frame(*rows):
    return pd.DataFrame(list(rows))


def refusals(register, change, **given):
    with pytest.raises(ChangeRefusedError) as caught:
        register.commit(change(1, **given))
    assert register.version == 1
    return caught.value


def test_actuals_come_back_with_who_and_when(filled, change):
    filled.commit(change(1, actuals=frame(actual(), actual(value=None, note="误报"))))
    found = filled.read_actuals()
    assert found["value"].tolist()[:1] == [900.0]
    assert found["value"].isna().tolist() == [False, True]
    assert found["measured_on"].dt.date.tolist() == [date(2022, 12, 31)] * 2
    assert found["who"].tolist() == ["李工", "李工"]
    assert found["change_no"].tolist() == [2, 2]


def test_an_earlier_day_does_not_know_later_notes(filled, change):
    filled.commit(change(9, actuals=frame(actual()), minutes=frame(minute())))
    before, after = (AsOf(date(2030, 1, 1), date(2023, 1, day)) for day in (13, 14))
    assert filled.read_actuals(before).empty
    assert filled.read_minutes(before).empty
    assert (len(filled.read_actuals(after)), len(filled.read_minutes(after))) == (1, 1)


def test_a_faulty_actual_is_refused_with_all_the_others(filled, change):
    rows = [
        actual(target_id="LAND-99"),
        actual(measured_on="soon"),
        actual(measured_on="2023-06-01"),
        actual(value="much"),
        actual(value=None),
        actual(source=" "),
        actual(value=float("inf")),
        actual(note="长" * 3_000),
        actual(),
    ]
    refused = refusals(filled, change, actuals=frame(*rows))
    assert refused.params["count"] == 8
    for row in range(1, 9):
        assert f"row {row}:" in refused.say("en")
        assert f"第 {row} 行" in str(refused)
    assert filled.read_actuals().empty


def test_minutes_are_answered_once(filled, change):
    filled.commit(change(1, minutes=frame(minute(due_on="2023-01-31"))))
    done = {"kind": "closed", "meeting_on": "2023-01-06", "text": "已签约", "answers": 1}
    filled.commit(change(2, minutes=frame(done)))
    found = filled.read_minutes()
    assert found["kind"].tolist() == ["decision", "closed"]
    assert found["answers"].tolist()[1] == 1
    assert found["due_on"].dt.date.tolist()[0] == date(2023, 1, 31)
    for wrong in (1, 2, 7):
        with pytest.raises(ChangeRefusedError, match="办结"):
            filled.commit(change(3, minutes=frame({**done, "answers": wrong})))


def test_a_faulty_minute_is_refused_with_all_the_others(filled, change):
    rows = [
        minute(kind="chat"),
        minute(meeting_on=None),
        minute(parcel_id="P9"),
        minute(text=None),
        minute(responsible=""),
        minute(due_on="2023-01-01"),
        minute(due_on="soon"),
        minute(kind="stuck", reason="bad luck"),
        minute(kind="agenda", parcel_id=None),
        minute(answers=1),
    ]
    refused = refusals(filled, change, minutes=frame(*rows))
    assert refused.params["count"] == 10
    assert [f"row {n}:" in refused.say("en") for n in range(1, 11)] == [True] * 10


def test_a_parcel_stands_once_on_an_agenda(filled, change):
    row = {"kind": "agenda", "meeting_on": "2023-02-01", "parcel_id": "P1"}
    refusals(filled, change, minutes=frame(row, row))
    filled.commit(change(1, minutes=frame(row, row | {"parcel_id": "P2"})))
    with pytest.raises(ChangeRefusedError, match="议程"):
        filled.commit(change(2, minutes=frame(row)))
    off = {"kind": "closed", "meeting_on": "2023-01-07", "text": "移出", "answers": 1}
    filled.commit(change(2, minutes=frame(off)))
    assert filled.commit(change(3, minutes=frame(row))) == 4


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE target_actual SET value = 9000", "change 2: rows it brought"),
        ("DELETE FROM target_actual", "change 2: rows it brought"),
        ("UPDATE minute SET text = '别的'", "change 2: rows it brought"),
        ("UPDATE minute SET who = '王工'", "minute 1"),
    ],
)
def test_notes_are_part_of_the_chain(filled, change, statement, told):
    filled.commit(change(1, actuals=frame(actual()), minutes=frame(minute())))
    assert filled.verify().ok
    filled.close()
    alter(filled, statement)
    with Register.open(filled.workspace) as again:
        assert any(told in fault.en for fault in again.verify().faults)


def test_unknown_columns_are_refused(filled, change):
    refusals(filled, change, minutes=frame(minute(colour="red")))
    refusals(filled, change, actuals=frame({"target_id": "LAND-05"}))
