"""A check of the register names every fault in both languages, whatever somebody put into it."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from data.errors import RegisterDamagedError
from data.register import LayerFile

pytestmark = pytest.mark.embedded


@pytest.fixture
def storied(filled, change, event):
    """A register with an event, an issue and a layer."""
    filled.commit(
        change(
            1,
            events=pd.DataFrame([event(note="x")]),
            issues=pd.DataFrame({"kind": ["a"], "row": [1]}),
            layers=[LayerFile("firms", pd.DataFrame({"a": [1]}))],
        )
    )
    return filled


def alter(register, script):
    with closing(sqlite3.connect(register.file)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("script", "zh", "en"),
    [
        (
            "UPDATE parcel_version SET owner = x'00ff' WHERE parcel_id = 'P2'",
            "表 parcel_version，version_id 2，列 owner：应为文字，却是二进制",
            "table parcel_version, version_id 2, column owner: binary where text is due",
        ),
        (
            "UPDATE parcel_version SET far = 9e999 WHERE parcel_id = 'P2'",
            "列 far：数值为无穷大",
            "column far: an infinite number",
        ),
        (
            "UPDATE parcel_version SET owner = CAST(x'c3ff' AS TEXT) WHERE parcel_id = 'P2'",
            "列 owner：文字不是有效的 UTF-8",
            "column owner: text that is no UTF-8",
        ),
        (
            "UPDATE parcel_version SET geom = 'POLYGON' WHERE parcel_id = 'P2'",
            "列 geom：应为二进制，却是文字",
            "column geom: text where binary is due",
        ),
        (
            "UPDATE parcel_version SET geom = 99999999999999 WHERE parcel_id = 'P2'",
            "列 geom：应为二进制，却是整数",
            "column geom: a whole number where binary is due",
        ),
        ("UPDATE parcel_version SET digest = x'00'", "列 digest", "column digest"),
        ("UPDATE parcel_version SET recorded_to = x'00'", "列 recorded_to", "column recorded_to"),
        ("UPDATE change SET who = x'00ff'", "表 change，change_no 1，列 who", "column who"),
        ("UPDATE change SET why = CAST(x'ff' AS TEXT)", "表 change", "column why"),
        ("UPDATE change SET recorded_at = x'00'", "列 recorded_at", "column recorded_at"),
        ("UPDATE change SET hash = x'00'", "列 hash", "column hash"),
        ("UPDATE stage_event SET area_m2 = -9e999", "表 stage_event，event_id 1", "infinite"),
        ("UPDATE stage_event SET note = CAST(x'ff' AS TEXT)", "列 note", "column note"),
        ("UPDATE stage_event SET occurred_on = 5", "列 occurred_on", "column occurred_on"),
        ("UPDATE issue SET message = x'ff'", "表 issue，issue_id 1", "column message"),
        ("UPDATE reference_layer SET file = x'ff'", "表 reference_layer", "column file"),
        ("UPDATE reference_layer SET file = CAST(x'ff' AS TEXT)", "列 file", "column file"),
        ("UPDATE register_meta SET value = x'ff'", "表 register_meta", "column value"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_table_row_and_column(storied, script, zh, en):
    alter(storied, script)
    found = storied.verify()
    assert not found.ok
    assert any(zh in fault for fault in found.faults), found.faults
    told = [fault.say("en") for fault in found.faults]
    assert any(en in fault for fault in told), told
    assert "".join(told).isascii() or "…" in "".join(told)
    for fault in found.faults:
        fault.encode("utf-8")


@pytest.mark.parametrize(
    ("script", "zh", "en"),
    [
        (
            "CREATE TRIGGER hush AFTER INSERT ON change BEGIN DELETE FROM issue; END",
            "多出触发器 hush",
            "a trigger hush that is not its own",
        ),
        ("CREATE TABLE mine (a)", "多出表 mine", "a table mine"),
        ("CREATE VIEW mine AS SELECT 1", "多出视图 mine", "a view mine"),
        ("CREATE UNIQUE INDEX mine ON stage_event (parcel_id)", "多出索引 mine", "an index mine"),
        ("DROP VIEW parcels", "缺少视图 parcels", "the view parcels is missing"),
        ("DROP INDEX ix_stage_event_change", "缺少索引 ix_stage_event_change", "is missing"),
        (
            "DROP VIEW events; CREATE VIEW events AS SELECT event_id AS OGC_FID FROM stage_event",
            "视图 events 的定义被改动",
            "the view events is not as it was made",
        ),
        ("ALTER TABLE issue ADD COLUMN more TEXT", "表 issue 的定义", "the table issue is not"),
        (
            "UPDATE gpkg_geometry_columns SET srs_id = 4326",
            "gpkg_geometry_columns 中 parcels 的登记被改动",
            "gpkg_geometry_columns: the entry of parcels was altered",
        ),
        ("DELETE FROM gpkg_geometry_columns", "缺少 parcels", "the entry of parcels is missing"),
        (
            "UPDATE gpkg_contents SET srs_id = 0 WHERE table_name = 'parcels'",
            "gpkg_contents 中 parcels",
            "gpkg_contents: the entry of parcels",
        ),
        (
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('parcel_version', 'features', 'x')",
            "gpkg_contents 中多出 parcel_version",
            "gpkg_contents: an entry of parcel_version that is not its own",
        ),
        (
            "UPDATE gpkg_spatial_ref_sys SET definition = 'x' WHERE srs_id = 4490",
            "gpkg_spatial_ref_sys 中 4490",
            "gpkg_spatial_ref_sys: the entry of 4490",
        ),
        (
            "UPDATE gpkg_contents SET max_x = 120 WHERE table_name = 'parcels'",
            "范围没有盖住全部宗地",
            "does not cover every parcel",
        ),
        ("UPDATE gpkg_contents SET max_x = x'00'", "范围没有盖住全部宗地", "does not cover"),
        ("PRAGMA application_id = 7", "文件头", "the file's header"),
    ],
)
def test_the_file_round_the_rows_is_checked_too(storied, script, zh, en):
    assert storied.verify().ok
    alter(storied, script)
    found = storied.verify()
    assert not found.ok
    assert any(zh in fault for fault in found.faults), found.faults
    assert any(en in fault.say("en") for fault in found.faults), found.faults


def test_the_marks_that_gdal_and_qgis_leave_are_no_faults(storied):
    alter(
        storied,
        "CREATE TABLE gpkg_ogr_contents (table_name TEXT PRIMARY KEY, feature_count INTEGER);"
        "CREATE TABLE gpkg_extensions (table_name TEXT); ANALYZE;"
        "INSERT INTO gpkg_spatial_ref_sys VALUES ('x', 4549, 'EPSG', 4549, 'x', NULL);"
        "UPDATE gpkg_contents SET last_change = '2030-01-01', max_x = 180",
    )
    assert storied.verify().ok, storied.verify().faults


def test_after_a_check_text_is_read_as_before(storied):
    alter(storied, "UPDATE parcel_version SET owner = CAST(x'ff' AS TEXT)")
    assert not storied.verify().ok
    with pytest.raises(RegisterDamagedError, match="verify"):
        storied.read_parcels()


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE parcel_version SET far = x'00ff'",
        "UPDATE parcel_version SET updated_on = 'yesterday'",
        "UPDATE parcel_version SET geom = zeroblob(60)",
        "UPDATE stage_event SET occurred_on = 'yesterday'",
        "UPDATE stage_event SET recorded_at = 'yesterday'",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_way_to_find_it(storied, script):
    alter(storied, script)
    with pytest.raises(RegisterDamagedError, match="verify") as caught:
        (storied.read_parcels(), storied.read_events())
    assert "backup" in caught.value.say("en")
