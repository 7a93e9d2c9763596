"""Every change can be undone by a reversing one; what was touched since stays and is told."""

from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from data.register import LayerFile
from data.undo import AlreadyUndoneError, ChangeUnknownError, NothingToUndoError, prepare_undo
from data.undone import undone_changes

FIRST = pd.Timestamp("2023-01-05T09:00Z").to_pydatetime()


def undo(register, number, days=100):
    found = prepare_undo(
        register, number, who="王工", recorded_at=FIRST + timedelta(days=days), why="传错文件"
    )
    register.commit(found.change)
    return found


def parcels_of(register):
    return register.read_parcels().drop(columns="geometry")


def kept(found):
    return found.kept[["what", "name", "field"]].astype(object).values.tolist()


def test_undoing_restores_every_field_and_shape_and_takes_new_parcels_out(filled, parcels, change):
    before = filled.read_parcels()
    other = parcels.assign(owner=["乙", None, "丙"], far=[9.0, 1.0, None]).rename(
        index={"P3": "P4"}
    )
    other = other.set_geometry(other.geometry.translate(0.0001))
    filled.commit(change(1, parcels=other, removed=["P3"], meta={"county": "别处"}))
    done = undo(filled, 2)
    assert done.kept.empty
    assert (done.counts["parcels_changed"], done.counts["parcels_removed"]) == (2, 1)
    assert done.counts["parcels_restored"] == 1
    assert_frame_equal(filled.read_parcels(), before)
    assert filled.meta["county"] == "瑞安市"
    assert filled.changes()["kind"].tolist()[-1] == "undo"
    assert "撤销第 2 次变更（测试）：传错文件" in filled.changes()["why"].tolist()
    assert filled.verify().ok


def test_what_was_changed_since_stays_and_is_told(filled, parcels, change):
    filled.commit(change(1, parcels=parcels.assign(owner="乙", far=2.0)))
    later = filled.read_parcels(columns=["owner"], geometry=False).loc[["P1"]].assign(owner="丁")
    filled.commit(change(2, parcels=later))
    done = undo(filled, 2)
    assert kept(done) == [["parcel", "P1", "owner"]]
    assert parcels_of(filled)["owner"].tolist() == ["丁", "<script>", "=1+1"]
    assert parcels_of(filled).loc["P1", "far"] == 1.2


@pytest.mark.parametrize("order", [(2, 3, 4), (3, 2, 4), (4, 3, 2), (2, 4, 3)])
def test_what_was_withdrawn_does_not_come_back_with_the_undoing_of_a_later_change(
    filled, parcels, change, order
):
    before = filled.read_parcels()
    own = ("village", "land_user", "actual_use")  # what only this change touches
    for number, (name, key) in enumerate(zip(("错一", "错二", "错三"), own, strict=True), start=1):
        moved = parcels.set_geometry(parcels.geometry.translate(0.0001 * number))
        filled.commit(change(number, parcels=moved.assign(owner=name, **{key: "错"})))
    for days, number in enumerate(order, start=100):
        undo(filled, number, days=days)
    assert_frame_equal(filled.read_parcels(), before)
    # The last undoing undone: what it took back holds again, and nothing withdrawn before.
    undo(filled, 7, days=103)
    last = ("错一", "错二", "错三")[order[-1] - 2]
    assert parcels_of(filled)["owner"].tolist() == [last] * 3


def test_a_change_written_over_whole_says_what_stands_in_the_way(filled, parcels, change):
    for number, name in enumerate(("一", "二"), start=1):
        filled.commit(change(number, parcels=parcels.assign(owner=name)))
    with pytest.raises(NothingToUndoError, match="P1权利人（之后又被改动）、P2权利人"):
        undo(filled, 2)


def test_a_new_parcel_with_later_events_stays(filled, parcels, change, event):
    more = parcels.loc[["P1", "P2"]].rename(index={"P1": "P8", "P2": "P9"})
    filled.commit(change(1, parcels=more))
    filled.commit(change(2, events=pd.DataFrame([event("P8", occurred_on="2023-01-03")])))
    done = undo(filled, 2)
    assert (kept(done), done.change.removed) == ([["parcel", "P8", None]], ("P9",))
    undo(filled, 3, days=101)
    with pytest.raises(AlreadyUndoneError, match="第 2 次"):
        undo(filled, 2, days=102)


def test_events_are_reversed_and_an_undone_reversal_is_said_again(filled, change, event):
    rows = [event(), event("P2", "signed", area_m2=None)]
    filled.commit(change(1, events=pd.DataFrame(rows)))
    filled.commit(change(2, events=pd.DataFrame([{"reverses": 1}])))
    undo(filled, 3)
    undo(filled, 2, days=101)
    table = filled.read_events()
    assert table["reverses"].astype("float").tolist()[2:4] == [
        1,
        pytest.approx(float("nan"), nan_ok=True),
    ]
    again = table.iloc[3]
    assert (again["parcel_id"], again["stage"], again["area_m2"]) == ("P1", "listed", 1_000.0)
    assert table["reverses"].dropna().tolist() == [1, 2]


def test_layers_go_back_to_the_version_before_or_are_withdrawn(filled, change, layer):
    frame = pd.DataFrame({"a": [1, 2]})
    filled.commit(
        change(1, layers=[LayerFile("firms", frame, note="旧"), LayerFile("towns", layer)])
    )
    filled.commit(change(2, layers=[LayerFile("firms", frame.iloc[:1])]))
    undo(filled, 3)
    assert filled.read_layer("firms")["a"].tolist() == [1, 2]
    assert filled.layers().set_index("name")["rows"].astype(int).to_dict() == {
        "firms": 2,
        "towns": 2,
    }
    done = undo(filled, 2, days=101)
    assert kept(done) == []
    assert filled.layers().empty
    undo(filled, 5, days=102)
    assert filled.layers()["name"].tolist() == ["firms", "towns"]
    assert len(filled.read_layer("towns")) == 2
    assert filled.verify().ok


def test_a_split_is_undone_and_its_undoing_too(filled, parcels, change):
    halves = gpd.GeoDataFrame(
        {"town": "塘下镇"},
        index=pd.Index(["P1a", "P1b"], name="parcel_id"),
        geometry=[shapely.box(120.6 + n, 27.7, 120.6005 + n, 27.701) for n in (0, 0.0005)],
        crs=4490,
    )  # fmt: skip
    pairs = pd.DataFrame({"parent_id": ["P1", "P1"], "child_id": ["P1a", "P1b"]})
    filled.commit(change(1, parcels=halves, removed=["P1"], lineage=pairs))
    undo(filled, 2)
    assert filled.lineage().empty
    assert filled.lineage_parts().empty
    assert filled.born().empty
    assert parcels_of(filled).index.tolist() == ["P1", "P2", "P3"]
    undo(filled, 3, days=101)
    assert filled.lineage()["child_id"].tolist() == ["P1a", "P1b"]
    assert parcels_of(filled).index.tolist() == ["P1a", "P1b", "P2", "P3"]
    assert undone_changes(filled.meta) == {3}
    assert filled.verify().ok


def test_what_was_said_is_withdrawn(filled, change):
    actual = {"target_id": "LAND-01", "measured_on": date(2023, 1, 1), "value": 5, "source": "表"}
    agenda = {"kind": "agenda", "meeting_on": date(2024, 1, 1), "parcel_id": "P1"}
    review = {"parcel_id": "P1", "verdict": "confirm", "reason": "属实", "doc_no": "1"}
    filled.commit(change(1, reviews=pd.DataFrame([review])))
    filled.commit(
        change(
            2,
            reviews=pd.DataFrame([{**review, "reason": "误"}, {**review, "parcel_id": "P2"}]),
            actuals=pd.DataFrame([actual]),
            minutes=pd.DataFrame([agenda]),
        )
    )
    undo(filled, 3)
    last = filled.read_reviews().drop_duplicates("parcel_id", keep="last").set_index("parcel_id")
    assert last["verdict"].to_dict() == {"P1": "confirm", "P2": "withdraw"}
    assert last.loc["P1", "reason"] == "属实"
    assert filled.read_actuals()["value"].isna().tolist() == [False, True]
    assert filled.read_minutes()["kind"].tolist() == ["agenda", "closed"]


def test_rows_set_aside_are_given_up_and_those_it_settled_wait_anew(filled, change):
    row = {"file": "a.xlsx", "layer": "parcels", "row": 3, "kinds": "id_missing", "cells": "{}"}
    filled.commit(change(1, quarantine=pd.DataFrame([row])))
    step = {"quarantine_id": 1, "action": "discarded"}
    two = pd.DataFrame([{**row, "row": 7}])
    filled.commit(change(2, quarantine=two, quarantine_steps=pd.DataFrame([step])))
    assert filled.read_quarantine(waiting=True)["row"].tolist() == [7]
    undo(filled, 3)
    assert filled.read_quarantine(waiting=True)["row"].tolist() == [3]
    assert filled.verify().ok


def test_nothing_and_nobody_cannot_be_undone(filled, change):
    with pytest.raises(ChangeUnknownError, match="第 7 次"):
        undo(filled, 7)
    issues = pd.DataFrame({"kind": ["note"], "message": ["x"]})
    filled.commit(change(1, issues=issues))
    with pytest.raises(NothingToUndoError):
        undo(filled, 2)


CELL = st.one_of(st.none(), st.sampled_from(["甲", "乙"]))


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["P1", "P2", "P5"]), CELL, st.booleans()), min_size=1, max_size=3
    ),
    st.booleans(),
)
def test_a_change_and_its_undoing_leave_the_parcels_as_they_were(
    tmp_path_factory, parcels, change, rows, leave
):
    from data.register import Register

    with Register.open(tmp_path_factory.mktemp("w"), create=True) as register:
        register.commit(change(parcels=parcels))
        before = register.read_parcels()
        named = {name: (owner, move) for name, owner, move in rows}
        frame = gpd.GeoDataFrame(
            {"owner": [owner for owner, _ in named.values()]},
            index=pd.Index(list(named), name="parcel_id"),
            geometry=[
                shapely.box(120.6 + move, 27.7, 120.61 + move, 27.71) for _, move in named.values()
            ],
            crs=4490,
        )
        register.commit(change(1, parcels=frame, removed=["P3"] if leave else []))
        undo(register, 2)
        assert_frame_equal(register.read_parcels(), before)
        undo(register, 3, days=101)
        after = register.read_parcels()
        assert sorted(after.index) == sorted(
            ({*before.index} | {*named}) - ({"P3"} if leave else set())
        )
        assert after.loc[list(named), "owner"].isna().tolist() == [
            o is None for o, _ in named.values()
        ]


def test_a_fact_that_was_put_down_anew_since_is_the_reason_told(filled, change):
    filled.commit(change(1, meta={"county": "别处"}))
    filled.commit(change(2, meta={"county": "又一处"}))
    with pytest.raises(NothingToUndoError, match="之后又被改动"):
        undo(filled, 2)
