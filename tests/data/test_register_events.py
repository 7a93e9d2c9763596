from datetime import date

import pandas as pd
import pytest

from data.asof import AsOf
from data.errors import EventsRefusedError

TODAY = date(2030, 1, 1)


def test_events_come_back_in_order_with_their_day_and_moment(filled, change, event):
    filled.commit(change(1, events=pd.DataFrame([event(doc_no="瑞资规〔2023〕1号"), event("P2")])))
    events = filled.read_events()
    assert events["event_id"].tolist() == [1, 2]
    assert events["occurred_on"].dt.date.tolist() == [date(2023, 1, 2)] * 2
    assert events["recorded_at"].dt.date.tolist() == [date(2023, 1, 6)] * 2
    assert events["doc_no"].tolist()[0] == "瑞资规〔2023〕1号"
    assert events["reverses"].isna().all()
    assert (filled.geometry_version, filled.parcels_version) == (1, 1)


def test_state_on_and_known_on_are_two_dates(filled, change, event):
    filled.commit(change(1, events=pd.DataFrame([event()])))
    filled.commit(
        change(40, events=pd.DataFrame([event(stage="signed", occurred_on="2023-01-20")]))
    )

    def stages(*days):
        return filled.read_events(AsOf(*days))["stage"].tolist()

    assert stages(date(2023, 1, 1)) == []
    assert stages(date(2023, 1, 19)) == ["listed"]
    assert stages(date(2023, 1, 31)) == ["listed", "signed"]
    assert stages(date(2023, 1, 31), date(2023, 1, 31)) == ["listed"]
    assert stages(TODAY, date(2023, 1, 5)) == []


def test_the_office_day_ends_at_midnight_in_the_office(filled, event):
    from datetime import UTC, datetime

    from data.register import Change

    late = Change(
        "e", "a", "b", datetime(2023, 1, 6, 16, 0, tzinfo=UTC), events=pd.DataFrame([event()])
    )
    filled.commit(late)
    assert filled.read_events(AsOf(TODAY, date(2023, 1, 6))).empty
    assert len(filled.read_events(AsOf(TODAY, date(2023, 1, 7)))) == 1


def test_a_reversal_goes_with_the_event_it_undoes(filled, change, event):
    filled.commit(change(1, events=pd.DataFrame([event()])))
    filled.commit(change(9, events=pd.DataFrame([{"reverses": 1, "occurred_on": "2023-01-13"}])))
    events = filled.read_events(AsOf(date(2023, 1, 3)))
    assert events["reverses"].tolist() == [pd.NA, 1]
    assert events["parcel_id"].tolist() == ["P1", "P1"]
    assert events["area_m2"].tolist() == [1_000, 1_000]
    assert len(filled.read_events(AsOf(date(2023, 1, 3), date(2023, 1, 8)))) == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"stage": "flying"}, ("阶段未知", "unknown stage")),
        ({"parcel_id": "P9"}, ("宗地不在册", "no such current parcel")),
        ({"parcel_id": None}, ("宗地编号为空", "Parcel ID is empty")),
        ({"area_m2": 0}, ("面积须大于 0", "must exceed 0")),
        ({"area_m2": -1}, ("面积须大于 0", "must exceed 0")),
        ({"area_m2": 10_000 * 1.05 + 1}, ("超过宗地图形面积", "exceeds that of the parcel")),
        ({"area_m2": float("inf")}, ("有限数", "finite")),
        ({"area_m2": "much"}, ("不是数字", "no number")),
        ({"occurred_on": "2023-01-07"}, ("晚于登记日", "after the day of recording")),
        ({"occurred_on": "someday"}, ("日期无法识别", "not a date")),
        ({"occurred_on": None}, ("发生日期为空", "is empty")),
    ],
)
@pytest.mark.filterwarnings("ignore:Could not infer format")
def test_an_impossible_event_is_refused_in_both_languages(filled, change, event, row, told):
    with pytest.raises(EventsRefusedError) as caught:
        filled.commit(
            change(
                1,
                events=pd.DataFrame(
                    [
                        event(),
                        event("P2", **row)
                        if "parcel_id" not in row and "area_m2" not in row
                        else {**event(), **row},
                    ]
                ),
            )
        )
    assert told[0] in caught.value.say("zh")
    assert told[1] in caught.value.say("en")
    assert filled.version == 1
    assert filled.read_events().empty


def test_an_area_is_unlimited_where_that_of_the_parcel_is_unknown(filled, change, event):
    rows = [event("P3", area_m2=1e6), event("P1", area_m2=10_000 * 1.05), event("P2", area_m2=None)]
    filled.commit(change(1, events=pd.DataFrame(rows)))
    assert filled.read_events()["area_m2"].isna().tolist() == [False, False, True]


def test_every_fault_is_counted_and_the_first_ten_are_shown(filled, change, event):
    rows = pd.DataFrame([event(f"X{i}") for i in range(37)])
    with pytest.raises(EventsRefusedError) as caught:
        filled.commit(change(1, events=rows))
    assert "共 37 处" in str(caught.value)
    assert str(caught.value).count("宗地不在册") == 10


def test_the_same_fact_twice_is_refused_until_it_is_undone(filled, change, event):
    filled.commit(change(1, events=pd.DataFrame([event(), event(stage="signed")])))
    for rows in ([event()], [event("P2"), event("P2")]):
        with pytest.raises(EventsRefusedError, match="重复"):
            filled.commit(change(2, events=pd.DataFrame(rows)))
    filled.commit(change(2, events=pd.DataFrame([{"reverses": 1}, event()])))
    assert filled.read_events()["event_id"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"reverses": 99}], "不存在"),
        ([{"reverses": 1}], "已被冲销"),
        ([{"reverses": 3}], "不能冲销一条冲销"),
        ([{"reverses": 2}, {"reverses": 2}], "已被冲销"),
        ([{"reverses": 2, "parcel_id": "P2"}], "不符"),
    ],
)
def test_impossible_reversals_are_refused(filled, change, event, rows, told):
    filled.commit(
        change(1, events=pd.DataFrame([event(), event(stage="signed"), {"reverses": 1}][:2]))
    )
    filled.commit(change(2, events=pd.DataFrame([{"reverses": 1}])))
    with pytest.raises(EventsRefusedError, match=told):
        filled.commit(change(3, events=pd.DataFrame(rows)))


def test_an_event_may_come_with_its_parcel_and_not_for_a_removed_one(
    filled, parcels, change, event
):
    fresh = parcels.iloc[:1].rename(index={"P1": "P4"})
    filled.commit(change(1, parcels=fresh, events=pd.DataFrame([event("P4")])))
    filled.commit(change(2, removed=["P4"]))
    with pytest.raises(EventsRefusedError, match="不在册"):
        filled.commit(change(3, events=pd.DataFrame([event("P4", stage="signed")])))
    filled.commit(change(3, events=pd.DataFrame([{"reverses": 1}])))


def test_columns_that_events_do_not_have_are_refused(filled, change, event):
    with pytest.raises(EventsRefusedError, match="colour"):
        filled.commit(change(1, events=pd.DataFrame([event(colour="red")])))
    with pytest.raises(EventsRefusedError, match="stage"):
        filled.commit(change(1, events=pd.DataFrame([event()]).drop(columns="stage")))


def test_a_batch_may_undo_one_of_its_own_rows(filled, change, event):
    filled.commit(change(1, events=pd.DataFrame([event("P2")])))
    rows = [event(), {"reverses": -1}, event()]
    filled.commit(change(2, events=pd.DataFrame(rows)))
    events = filled.read_events()
    assert events["event_id"].tolist() == [1, 2, 3, 4]
    assert events["reverses"].tolist() == [pd.NA, pd.NA, 2, pd.NA]
    assert events["parcel_id"].tolist() == ["P2", "P1", "P1", "P1"]
    for wrong in ([{"reverses": -5}], [event(stage="signed"), {"reverses": -2}]):
        with pytest.raises(EventsRefusedError):
            filled.commit(change(3, events=pd.DataFrame(wrong)))
