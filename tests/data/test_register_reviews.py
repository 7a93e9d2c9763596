import json
import sqlite3
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from postgis_tools import alter

from data.asof import AsOf
from data.errors import ChangeRefusedError
from data.register import Register

WAY = {"reason": "已复工", "doc_no": "瑞复〔2026〕1号", "rules_id": "abc"}


def review(parcel_id="P1", verdict="confirm", **more):
    return {"parcel_id": parcel_id, "verdict": verdict, **WAY, **more}


def test_reviews_come_back_in_order_with_who_and_when(filled, change):
    inputs = json.dumps({"far": 1.2})
    filled.commit(change(1, reviews=pd.DataFrame([review(inputs=inputs)])))
    later = review("P2", "override", low_class="not_low")
    filled.commit(change(9, reviews=pd.DataFrame([later])))
    found = filled.read_reviews()
    assert found["parcel_id"].tolist() == ["P1", "P2"]
    assert found["review_id"].tolist() == [1, 2]
    assert found["change_no"].tolist() == [2, 3]
    assert found["who"].tolist() == ["李工", "李工"]
    assert json.loads(found["inputs"].iloc[0]) == {"far": 1.2}
    assert found["low_class"].isna().tolist() == [True, False]
    assert found["recorded_at"].dt.date.tolist() == [date(2023, 1, 6), date(2023, 1, 14)]


def test_an_earlier_day_does_not_know_a_later_review(filled, change):
    filled.commit(change(9, reviews=pd.DataFrame([review()])))
    assert filled.read_reviews(AsOf(date(2030, 1, 1), date(2023, 1, 10))).empty
    assert len(filled.read_reviews(AsOf(date(2030, 1, 1), date(2023, 1, 14)))) == 1


def test_reviews_are_part_of_the_chain(filled, change):
    filled.commit(change(1, reviews=pd.DataFrame([review()])))
    assert filled.verify().ok
    filled.close()
    for statement, told in (
        ("UPDATE review SET reason = '别的'", "change 2: rows it brought"),
        ("UPDATE review SET who = '王工'", "review 1"),
        ("DELETE FROM review", "change 2: rows it brought"),
    ):
        alter(filled, statement)
        with Register.open(filled.workspace) as again:
            assert any(told in fault.en for fault in again.verify().faults), statement


def test_a_review_without_reason_document_or_class_is_refused_whole(filled, change):
    rows = [
        review(reason=" "),
        review(doc_no=None),
        review("P9"),
        review(verdict="perhaps"),
        review(verdict="override", low_class="bad"),
        review(inputs="[1]"),
        review(),
    ]
    with pytest.raises(ChangeRefusedError) as caught:
        filled.commit(change(1, reviews=pd.DataFrame(rows)))
    assert caught.value.params["count"] == 6
    for row in range(1, 7):
        assert f"row {row}:" in caught.value.say("en")
        assert f"第 {row} 行" in str(caught.value)
    assert filled.version == 1
    assert filled.read_reviews().empty


def test_unknown_columns_are_refused(filled, change):
    with pytest.raises(ChangeRefusedError, match="verdict"):
        filled.commit(change(1, reviews=pd.DataFrame([{"parcel_id": "P1", "x": 1}])))


def test_a_withdrawal_needs_a_reason_only(filled, change):
    rows = [{"parcel_id": "P1", "verdict": "withdraw", "reason": "误录"}]
    assert filled.commit(change(1, reviews=pd.DataFrame(rows))) == 2


@pytest.mark.embedded
def test_a_register_of_the_first_schema_is_brought_up_and_still_whole(tmp_path, filled, change):
    """The hash of an older change does not depend on what a later schema adds."""
    from data.register import engine

    before = filled.changes()["payload_hash"].tolist()
    filled.close()
    with closing(sqlite3.connect(filled.file)) as connection:
        names = (
            "approved_on", "is_supplied", "build_status", "extended_start_on", "stopped_on",
            "startable_area_m2", "started_area_m2", "invested_wan", "delay_cause",
            "far_exemption", "far_exemption_reason", "absent_since", "geometry_source",
            "changed_use_area_m2", "is_registered", "land_class_code", "map_sheet", "several_firms",
            "improvement_measure", "vacated_area_m2", "vacated_energy_tce",
        )  # fmt: skip
        (view,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'parcels'")
        connection.execute("DROP VIEW parcels")
        for table in (
            "review",
            "target_actual",
            "minute",
            "attachment",
            "quarantine",
            "quarantine_step",
            "saved_block",
            "scenario",
        ):
            connection.execute(f"DROP TABLE {table}")
        for name in ("sheet", "who_mends", "proposal", "parcel_id"):
            connection.execute(f"ALTER TABLE issue DROP COLUMN {name}")
        for name in names:
            connection.execute(f"ALTER TABLE parcel_version DROP COLUMN {name}")
        added = "".join(f', v."{name}"' for name in names)
        assert added in view[0]
        connection.execute(view[0].replace(added, ""))
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    with Register.open(filled.workspace) as again:
        assert again.verify().ok
        assert again.changes()["payload_hash"].tolist() == before
        assert again.read_parcels()["build_status"].isna().all()
        assert engine.HEAD >= "0002"
