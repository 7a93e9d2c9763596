"""Two people at once: the second sees by field what the first changed, and overwrites nothing."""

import threading

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.errors import ChangeRefusedError, ConflictError
from data.register import LayerFile, Register


def rows(*ids, **columns):
    return pd.DataFrame(columns, index=pd.Index(ids, name="parcel_id"))


def refused(register, change):
    with pytest.raises(ConflictError) as caught:
        register.commit(change)
    return caught.value


def test_the_second_person_sees_field_theirs_and_mine(filled, change):
    filled.commit(change(1, parcels=rows("P1", far=[2.0], low_class=["built_idle"])))
    mine = rows("P1", far=[3.0], low_class=["underused"], town=["云周街道"])
    refusal = refused(filled, change(2, parcels=mine, based_on=1))
    found = {(c.subject, c.field): (c.theirs, c.mine) for c in refusal.params["conflicts"]}
    assert found == {("P1", "far"): ("2", "3"), ("P1", "low_class"): ("建而未投", "用而未尽")}
    assert "李工（第 2 次变更）" in str(refusal)
    assert "1.2" not in str(refusal)
    assert refusal.params["conflicts"][0].record("en") == {
        "subject": "P1", "field": "far", "theirs": "2", "mine": "3", "change": 2, "who": "李工",
    }  # fmt: skip
    assert "change 2" in refusal.say("en")
    now = filled.read_parcels().loc["P1"]
    assert (now["far"], now["low_class"], now["town"]) == (2.0, "built_idle", "塘下镇")
    assert filled.version == 2
    assert filled.commit(change(2, parcels=mine, based_on=2)) == 3


def test_different_fields_and_equal_values_do_not_collide(filled, change):
    filled.commit(change(1, parcels=rows("P1", "P2", far=[2.0, None], owner=["丙", "丁"])))
    same = rows("P1", "P2", far=[2.0, None], employees=[5, 6])
    assert filled.commit(change(1, parcels=same, based_on=1)) == 3
    back = filled.read_parcels()
    assert back.loc["P1", ["far", "owner", "employees"]].tolist() == [2.0, "丙", 5]


def test_a_whole_file_does_not_undo_what_others_did_unseen(filled, parcels, change):
    filled.commit(change(1, parcels=rows("P1", far=[2.0])))
    (only,) = refused(filled, change(2, parcels=parcels, based_on=1)).params["conflicts"]
    assert (only.subject, only.field, only.mine) == ("P1", "far", "1.2")


def test_shapes_removals_and_new_parcels_collide_too(filled, parcels, change):
    def moved(by):
        box = shapely.box(120.7 + by, 27.7, 120.8, 27.8)
        return gpd.GeoDataFrame(rows("P1"), geometry=[box], crs=4490)

    new = parcels.iloc[:1].set_axis(pd.Index(["N"], name="parcel_id"))
    filled.commit(change(1, parcels=moved(0)))
    filled.commit(change(1, removed=["P2"], parcels=new))
    for mine, expected in (
        ({"parcels": moved(0.01)}, [("P1", "geometry", "另一图形")]),
        ({"removed": ["P1"]}, [("P1", "geometry", "另一图形")]),
        ({"parcels": rows("P2", far=[9.0])}, [("P2", "parcel", "已移除")]),
        ({"parcels": new.assign(far=7.0)}, [("N", "far", "1.2")]),
    ):
        found = refused(filled, change(2, **mine, based_on=1)).params["conflicts"]
        assert [(c.subject, c.field, c.theirs) for c in found] == expected
    assert filled.version == 3


def test_events_verdicts_layers_and_facts_collide(filled, change, event):
    review = {"parcel_id": "P1", "verdict": "confirm", "reason": "x", "doc_no": "y"}
    table = pd.DataFrame({"a": [1]})
    first = {
        "events": pd.DataFrame([event()]),
        "reviews": pd.DataFrame([review]),
        "layers": [LayerFile("firms", table)],
        "meta": {"profile:月报": "{}"},
    }
    filled.commit(change(1, **first))
    mine = {
        "events": pd.DataFrame([event(occurred_on="2023-01-03")]),
        "reviews": pd.DataFrame([review | {"verdict": "withdraw"}]),
        "layers": [LayerFile("firms", table)],
        "meta": {"profile:月报": '{"a": 1}'},
    }
    fields = {"events": "stage", "reviews": "verdict", "layers": "layer", "meta": "meta"}
    for part, field in fields.items():
        (only,) = refused(filled, change(2, **{part: mine[part]}, based_on=1)).params["conflicts"]
        assert only.field == field
    assert filled.commit(change(2, events=pd.DataFrame([event("P2")]), based_on=1)) == 3


def test_what_came_in_between_is_recorded_before(filled, change):
    filled.commit(change(5, parcels=rows("P1", far=[2.0])))
    filled.commit(change(4, parcels=rows("P2", far=[2.0]), based_on=1))
    assert filled.changes()["recorded_at"].is_monotonic_increasing
    with pytest.raises(ChangeRefusedError, match="早于"):
        filled.commit(change(4, parcels=rows("P3", far=[2.0])))
    assert filled.verify().ok


def test_of_many_who_change_the_same_at_once_one_is_recorded(filled, change):
    outcomes = []

    def record(far):
        with Register.open(filled.workspace) as register:
            try:
                register.commit(change(1, parcels=rows("P1", far=[far]), based_on=1))
                outcomes.append(far)
            except ConflictError:
                outcomes.append(None)

    threads = [threading.Thread(target=record, args=(2.0 + n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (done,) = [far for far in outcomes if far is not None]
    assert len(outcomes) == 6
    assert filled.read_parcels().loc["P1", "far"] == done
    assert filled.version == 2
