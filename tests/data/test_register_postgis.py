"""A register in PostGIS: the same rows, and what only a server can do to them."""

import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa
from killed_writer import killed_at_each
from postgis_tools import alter

from data.database_errors import (
    DatabaseAddressError,
    DatabaseNotNamedError,
    DatabaseReadOnlyError,
    DatabaseUnreachableError,
    EmbeddedRegisterError,
    MoveRefusedError,
    OtherDatabaseError,
    RowsRefusedError,
)
from data.errors import NewerSchemaError, WorkspaceLockedError, WorkspaceMissingError
from data.register import LayerFile, Register, engine, server
from data.register.moving import MOVED_NAME, move_register
from data.register.place import discard

HOME = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.parametrize(
    "tables", [pytest.param("postgis", marks=pytest.mark.postgis)], indirect=True
)


def ask(tables, statement):
    with psycopg.connect(tables.address.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def test_a_new_register_gets_a_schema_of_its_own(tables, tmp_path, parcels, change):
    for number in (2, 3):
        with Register.open(tmp_path / str(number), create=True) as register:
            assert register.commit(change(parcels=parcels)) == 1
            assert register.where.endswith(f" · mutu_{number}")
            assert "mutu@" not in register.where
            assert not (tmp_path / str(number) / "register.gpkg").exists()
    with Register.open(tmp_path / "2", create=True) as again:
        assert again.version == 1
    with pytest.raises(WorkspaceMissingError):
        Register.open(tmp_path / "nothing")
    discard(tmp_path / "2")
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mutu%' ORDER BY 1"
    assert ask(tables, schemas) == [("mutu",), ("mutu_3",)]


def test_gis_programs_find_parcels_with_geometry_stage_and_style(tables, filled, change, event):
    filled.commit(
        change(1, events=pd.DataFrame([event(), event(stage="signed", occurred_on="2023-01-04")]))
    )
    filled.commit(change(2, events=pd.DataFrame([{"reverses": 2}])))
    for _ in range(2):
        filled.set_layer_style("<qgis/>")
    made = sa.create_engine(tables.address)
    with made.connect() as connection:
        view = gpd.read_postgis("SELECT * FROM mutu.parcels ORDER BY parcel_id", connection)
    made.dispose()
    assert view.crs.to_epsg() == 4490
    assert view.loc[0, ["stage", "stage_on"]].astype(str).tolist() == ["listed", "2023-01-02"]
    assert view["stage"].isna().tolist() == [False, True, True]
    assert view.geometry.geom_equals(filled.read_parcels().geometry.reset_index(drop=True)).all()
    styles = (
        "SELECT f_table_catalog, f_table_schema, f_table_name, useasdefault FROM mutu.layer_styles"
    )
    assert ask(tables, styles) == [(tables.name, "mutu", "parcels", True)]


def test_moving_there_and_back_keeps_every_row_and_hash(tables, tmp_path, parcels, change, event):
    place = tmp_path / "county"
    with Register.open(place, create=True, database="") as register:
        register.commit(change(parcels=parcels, meta={"county": "瑞安市"}))
        layers = [LayerFile("firms", pd.DataFrame({"a": [1]}))]
        register.commit(change(1, events=pd.DataFrame([event()]), layers=layers))
        before = register.changes()["hash"].tolist()
        was = register.read_parcels()
    with pytest.raises(EmbeddedRegisterError, match="move --to database"):
        Register.open(place)
    assert move_register(place, to="database") == 2
    assert {file.name for file in place.iterdir()} == {MOVED_NAME, "register.postgis", "layers"}
    with Register.open(place) as register:
        assert register.changes()["hash"].tolist() == before
        pd.testing.assert_frame_equal(register.read_parcels(), was)
        assert register.verify().ok
        register.commit(change(2, removed=["P3"]))
    with pytest.raises(DatabaseNotNamedError, match="MUTU_DATABASE_URL"):
        Register.open(place, database="")
    for there, database in (("database", None), ("file", "")):
        with pytest.raises(MoveRefusedError):
            move_register(place, to=there, database=database)
    assert move_register(place, to="file") == 3
    with Register.open(place, database="") as register:
        assert register.changes()["hash"].tolist()[:2] == before
        assert list(register.read_parcels().index) == ["P1", "P2"]
        assert register.verify().ok
    assert not (place / "register.postgis").exists()
    with pytest.raises(WorkspaceMissingError):
        move_register(tmp_path / "nothing", to="database")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_writer_killed_at_any_moment_leaves_before_or_after(filled, change):
    killed_at_each("database", [filled.workspace] * 6, 800)
    state = (filled.version, len(filled.read_parcels()), len(filled.read_events()))
    assert state in {(1, 3, 0), (2, 803, 800)}
    assert filled.verify().ok
    assert filled.commit(change(1, removed=["P1"])) == state[0] + 1


def test_a_second_writer_waits_and_is_then_told(filled, change, monkeypatch):
    monkeypatch.setattr(server, "BUSY_SECONDS", 0.2)
    with Register.open(filled.workspace) as second:
        with engine.writing(filled._engine).begin():
            assert len(second.read_parcels()) == 3
            with pytest.raises(WorkspaceLockedError, match="占用"):
                second.commit(change(1, removed=["P1"]))
        assert second.commit(change(1, removed=["P1"])) == 2


def test_a_reader_sees_one_state_from_first_to_last(filled, change):
    with filled._reading() as connection:
        count = sa.text("SELECT count(*) FROM change")
        assert connection.scalar(count) == 1
        filled.commit(change(1, removed=["P1"]))
        assert connection.scalar(count) == 1
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            connection.execute(sa.text("DELETE FROM change"))
    assert filled.version == 2


def test_a_user_who_may_only_read_reads_all_and_is_told_on_writing(tables, filled, change):
    role = f"reader_{tables.name}"
    alter(filled, f"CREATE ROLE {role} LOGIN")
    alter(filled, f"GRANT USAGE ON SCHEMA mutu TO {role}")
    alter(filled, f"GRANT SELECT ON ALL TABLES IN SCHEMA mutu TO {role}")
    address = tables.address.replace("mutu@", f"{role}@")
    with Register.open(filled.workspace, database=address) as register:
        assert register.read_only
        assert len(register.read_parcels()) == 3
        assert register.verify().ok
        register.read_only = False
        with pytest.raises(DatabaseReadOnlyError, match="只读"):
            register.commit(change(1, removed=["P1"]))


def test_a_database_that_cannot_serve_is_told_without_its_password(tables, filled, monkeypatch):
    place, secret = filled.workspace, "geheim"
    host = tables.address.partition("@")[2]
    wrong = {
        f"postgresql://mutu:{secret}@127.0.0.1:1/x": DatabaseUnreachableError,
        f"postgresql://mutu:{secret}@{host}_gone": DatabaseUnreachableError,
        f"postgresql://mutu:{secret}@{host.partition('/')[0]}/postgres": OtherDatabaseError,
        f"mysql://mutu:{secret}@{host}": DatabaseAddressError,
        f"postgresql://mutu:{secret}@host": DatabaseAddressError,
        secret: DatabaseAddressError,
    }
    for address, kind in wrong.items():
        with pytest.raises(kind) as caught:
            Register.open(place, database=address)
        assert secret not in str(caught.value) + caught.value.say("en")
    filled.file.write_text("{")
    with pytest.raises(OtherDatabaseError):
        Register.open(place)


def test_a_newer_register_is_refused(filled):
    alter(filled, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerSchemaError, match="9999"):
        Register.open(filled.workspace)


def test_a_connection_that_breaks_is_mended_by_the_next_reading(tables, filled, change):
    filled.read_parcels()
    ask(tables, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'mutu' AND datname = current_database()")  # fmt: skip
    assert len(filled.read_parcels()) == 3
    assert filled.commit(change(1, removed=["P1"])) == 2


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TABLE mine (a int)", "mine is not its own"),
        ("ALTER TABLE issue ADD COLUMN more text", "issue.more is not its own"),
        ("ALTER TABLE issue DROP COLUMN kind", "issue.kind is missing"),
        ("DROP TABLE lineage", "lineage is missing"),
        ("DROP INDEX ix_stage_event_change", "ix_stage_event_change is missing"),
        ("DROP VIEW events", "the view events is missing"),
        ("CREATE RULE hush AS ON INSERT TO change DO ALSO DELETE FROM issue", "rule hush"),
        ("UPDATE parcel_version SET far = 'Infinity' WHERE parcel_id = 'P2'", "an infinite number"),
        ("UPDATE parcel_version SET geom = ST_Translate(geom, 0.1, 0)", "parcel P1"),
    ],
)
def test_what_was_done_behind_the_program_is_named(filled, statement, told):
    assert filled.verify().ok
    alter(filled, statement)
    faults = [fault.say("en") for fault in filled.verify().faults]
    assert any(told in fault for fault in faults), faults


def test_what_the_database_cannot_hold_is_refused_in_a_sentence(filled, change):
    rows = pd.DataFrame({"owner": ["a\0b"]}, index=pd.Index(["P1"], name="parcel_id"))
    with pytest.raises(RowsRefusedError, match="NUL"):
        filled.commit(change(1, parcels=rows))
    assert filled.version == 1
