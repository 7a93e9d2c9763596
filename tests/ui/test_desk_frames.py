import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from data.register import Change
from ui import desk
from ui.desk import open_desk

RECORDED = datetime(2026, 11, 20, 9, tzinfo=UTC)
EVENT = pd.DataFrame(
    {"parcel_id": ["P2"], "stage": ["demolished"], "occurred_on": [pd.Timestamp("2026-10-20")]}
)


@pytest.fixture
def workspace(county, tmp_path):
    """Copy the county: what is recorded here stays here."""
    shutil.copytree(county, tmp_path / "county")
    desk.forget()
    yield tmp_path / "county"
    desk.open_register(tmp_path / "county").close()
    desk.forget()


def laid(workspace):
    return open_desk(workspace, today=date(2026, 11, 20))


def test_an_event_changes_the_stage_and_leaves_the_parcels_read(workspace):
    before = laid(workspace)
    parcels, stage = before.parcels, before.frame.loc["P2", "stage"]
    change = Change("events", "测试", "验收", RECORDED, events=EVENT)
    before.register.commit(change)
    after = laid(workspace)
    assert after.parcels is parcels
    assert (stage, after.frame.loc["P2", "stage"]) == ("signed", "demolished")


def test_a_changed_fact_of_a_parcel_is_read_anew(workspace):
    before = laid(workspace)
    assert before.parcels.loc["P1", "far"] == 0.4
    update = pd.DataFrame({"far": [2.5]}, index=pd.Index(["P1"], name="parcel_id"))
    before.register.commit(Change("parcels", "测试", "更正", RECORDED, parcels=update))
    assert laid(workspace).parcels.loc["P1", "far"] == 2.5


def test_a_removed_parcel_is_gone_for_the_next_reader(workspace):
    before = laid(workspace)
    assert "P6" in before.parcels.index
    before.register.commit(Change("parcels", "测试", "注销", RECORDED, removed=["P6"]))
    after = laid(workspace)
    assert "P6" not in after.parcels.index
    assert "P6" in replace(after, known_on=date(2026, 11, 1)).parcels.index
