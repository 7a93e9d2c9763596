"""What happens to the file: altered cells, killed writers, locks, full disks, foreign files."""

import errno
import os
import shutil
import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from killed_writer import killed_at_each
from postgis_tools import alter

from data.errors import (
    ChangeRefusedError,
    DataError,
    DiskFullError,
    NewerSchemaError,
    NotARegisterError,
    OlderSchemaError,
    WorkspaceIsFileError,
    WorkspaceLockedError,
    WorkspaceMissingError,
    WorkspaceReadOnlyError,
)
from data.register import Change, LayerFile, Register, engine, files, models
from data.register.chain_keys import ROW_KEYS
from data.schema import PARCEL_COLUMNS


@pytest.fixture
def storied(filled, change, event):
    """A register with some of everything."""
    filled.commit(change(1, events=pd.DataFrame([event(note="x"), event("P2")])))
    index = pd.Index(["P1"], name="parcel_id")
    filled.commit(
        change(
            2,
            parcels=pd.DataFrame({"far": [2.0]}, index=index),
            layers=[LayerFile("firms", pd.DataFrame({"a": [1]}))],
            issues=pd.DataFrame({"kind": ["a"], "row": [1]}),
            lineage=pd.DataFrame({"parent_id": ["P1"], "child_id": ["P2"]}),
        )
    )
    return filled


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE parcel_version SET far = 1.3 WHERE version_id = 1", "change 1, parcel P1"),
        ("UPDATE parcel_version SET remark = 'x' WHERE parcel_id = 'P2'", "change 1, parcel P2"),
        (
            "UPDATE parcel_version SET geom = (SELECT geom FROM parcel_version "
            "WHERE version_id = 2) WHERE parcel_id = 'P3'",
            "parcel P3",
        ),
        ("UPDATE parcel_version SET parcel_id = 'P8' WHERE parcel_id = 'P3'", "change 1"),
        (
            "UPDATE parcel_version SET recorded_to = NULL WHERE version_id = 1",
            "version 1: its time",
        ),
        ("UPDATE parcel_version SET recorded_to = 2 WHERE parcel_id = 'P3'", "change 2: rows"),
        ("UPDATE parcel_version SET recorded_from = 2 WHERE parcel_id = 'P3'", "change 2: rows"),
        ("UPDATE parcel_version SET version_id = 77 WHERE parcel_id = 'P3'", "change 1: rows"),
        ("UPDATE parcel_version SET digest = 'x' WHERE parcel_id = 'P3'", "parcel P3"),
        ("DELETE FROM parcel_version WHERE parcel_id = 'P3'", "change 1: rows"),
        ("UPDATE stage_event SET area_m2 = area_m2 + 1 WHERE event_id = 1", "change 2: rows"),
        ("UPDATE stage_event SET occurred_on = '2022-01-01'", "change 2: rows"),
        ("UPDATE stage_event SET recorded_at = '2022' WHERE event_id = 1", "event 1"),
        ("UPDATE stage_event SET change_no = 9 WHERE event_id = 1", "stage_event: 1 rows"),
        ("DELETE FROM stage_event WHERE event_id = 2", "change 2: rows"),
        ("INSERT INTO lineage VALUES ('P1', 'P3', 3)", "change 3: rows"),
        ("UPDATE reference_layer SET sha256 = 'x'", "layer firms"),
        ("UPDATE issue SET kind = 'b'", "change 3: rows"),
        ("UPDATE register_meta SET value = '0' WHERE key = 'sample'", "change 1: rows"),
        ("UPDATE change SET who = '王工' WHERE change_no = 2", "change 2: its own record"),
        ("UPDATE change SET recorded_at = '2023' WHERE change_no = 3", "change 3"),
        ("UPDATE change SET counts = '{}' WHERE change_no = 1", "change 1: its own record"),
        ("DELETE FROM change WHERE change_no = 2", "change 2 expected here"),
        ("DELETE FROM change WHERE change_no = 3", "a change that is not there"),
    ],
)
def test_one_altered_cell_is_found_and_named(storied, statement, told):
    assert storied.verify().ok
    assert alter(storied, statement) > 0
    found = storied.verify()
    assert not found.ok
    assert any(told in fault.say("en") for fault in found.faults), found.faults


def test_an_altered_or_missing_layer_file_is_found(storied):
    path = storied.layer_path("firms")
    path.write_bytes(path.read_bytes() + b"\0")
    assert any("altered" in fault.say("en") for fault in storied.verify().faults)
    path.unlink()
    assert any("missing" in fault.say("en") for fault in storied.verify().faults)


def test_a_refused_change_leaves_no_layer_in_the_list(filled, change, event):
    parts = {
        "layers": [LayerFile("a", pd.DataFrame({"a": [1]}))],
        "events": pd.DataFrame([event("P9")]),
    }
    with pytest.raises(ChangeRefusedError):
        filled.commit(change(1, **parts))
    assert filled.layers().empty
    assert not list(filled.workspace.glob("layers/*"))


@pytest.mark.embedded
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_writer_killed_at_any_moment_leaves_before_or_after(filled, tmp_path):
    filled.close()
    for number in range(13):
        shutil.copytree(filled.workspace, tmp_path / "killed" / str(number))
    killed_at_each("file", [tmp_path / "killed" / str(number) for number in range(13)], 3_000)
    states = []
    for number in range(13):
        with Register.open(tmp_path / "killed" / str(number)) as again:
            sizes = (len(again.read_parcels()), len(again.read_events()), len(again.layers()))
            states.append((again.version, *sizes))
            assert again.verify().ok
            if again.version == 1:
                assert again.commit(change_after(again)) == 2
    before, after = (1, 3, 0, 0), (2, 3 + 3_000, 3_000, 1)
    assert set(states) == {before, after}
    assert states[:7] == [before] * 7
    assert states[-1] == after


def change_after(register):
    moment = register.changes()["recorded_at"].iloc[-1].to_pydatetime()
    return Change("after", "李工", "重新提交", moment, removed=["P1"])


@pytest.mark.embedded
def test_a_second_writer_waits_and_is_then_told(filled, change, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with (
        Register.open(filled.workspace) as second,
        closing(sqlite3.connect(filled.file, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert len(second.read_parcels()) == 3
        with pytest.raises(WorkspaceLockedError, match="占用") as caught:
            second.commit(change(1, removed=["P1"]))
        assert "locked" in caught.value.say("en")
        other.execute("ROLLBACK")
        assert second.commit(change(1, removed=["P1"])) == 2
    assert filled.version == 2


@pytest.mark.embedded
def test_a_read_only_place_can_be_read_and_says_so_on_writing(filled, parcels, change, monkeypatch):
    filled.close()
    monkeypatch.setattr(engine, "is_writable", lambda _: False)
    with Register.open(filled.workspace) as register:
        assert register.read_only
        assert len(register.read_parcels()) == 3
        assert register.verify().ok
        for write in (
            lambda: register.commit(change(1, removed=["P1"])),
            lambda: register.set_layer_style(""),
        ):
            with pytest.raises(WorkspaceReadOnlyError, match="只读"):
                write()


@pytest.mark.embedded
def test_a_folder_where_no_log_can_be_made_is_read_as_it_lies(filled, monkeypatch):
    filled.close()
    make = engine.make_engine

    def refuse(file, mode):
        if mode == "ro":
            return make(file.with_name("nowhere.gpkg"), mode)
        return make(file, mode)

    monkeypatch.setattr(engine, "is_writable", lambda _: False)
    monkeypatch.setattr(engine, "make_engine", refuse)
    with Register.open(filled.workspace) as register:
        assert len(register.read_parcels()) == 3


@pytest.mark.embedded
def test_a_file_that_turns_read_only_is_told(filled, change, monkeypatch):
    make = engine.make_engine
    monkeypatch.setattr(engine, "make_engine", lambda file, _: make(file, "ro"))
    with Register.open(filled.workspace) as register, pytest.raises(WorkspaceReadOnlyError):
        register.commit(change(1, removed=["P1"]))


@pytest.mark.embedded
def test_a_full_disk_writes_nothing(filled, parcels, change, monkeypatch):
    with filled._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    filled.close()
    make = engine.make_engine

    def small(file, mode):
        made = make(file, mode)
        engine.sa.event.listen(
            made, "connect", lambda c, _: c.execute(f"PRAGMA max_page_count = {pages}")
        )
        return made

    monkeypatch.setattr(engine, "make_engine", small)
    many = pd.concat([parcels.rename(index=lambda i, n=n: f"{i}-{n}") for n in range(200)])
    many.index.name = "parcel_id"
    with Register.open(filled.workspace) as register:
        with pytest.raises(DiskFullError, match="磁盘已满"):
            register.commit(change(1, parcels=many))
        assert (register.version, len(register.read_parcels())) == (1, 3)
        assert register.verify().ok


def test_a_full_disk_under_a_layer_writes_nothing(filled, change, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_write", full)
    with pytest.raises(DiskFullError):
        filled.commit(change(1, layers=[LayerFile("a", pd.DataFrame({"a": [1]}))]))
    assert filled.version == 1
    assert not list(filled.workspace.glob("layers/*"))


def use(place):
    with Register.open(place) as register:
        register.read_parcels()
        register.verify()


@pytest.mark.embedded
def test_what_is_no_register_is_told_apart(tmp_path, filled):
    with pytest.raises(WorkspaceMissingError, match="没有登记簿"):
        Register.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    filled.close()
    whole = filled.file.read_bytes()
    for name, content in (
        ("empty", b""),
        ("text", b"hello, this is no database at all" * 100),
        ("cut", whole[: len(whole) // 3]),
        ("head", whole[:4096]),
    ):
        place = tmp_path / name
        place.mkdir()
        (place / "register.gpkg").write_bytes(content)
        with pytest.raises(NotARegisterError) as caught:
            use(place)
        assert str(place) in str(caught.value)
        assert (place / "register.gpkg").read_bytes() == content
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / "register.gpkg")) as connection:
        connection.execute("CREATE TABLE somebody (a)")
    with pytest.raises(NotARegisterError):
        Register.open(other)
    folder = tmp_path / "folder"
    (folder / "register.gpkg").mkdir(parents=True)
    with pytest.raises(DataError):
        Register.open(folder)


def test_a_workspace_that_is_a_file_is_refused(tmp_path):
    place = tmp_path / "file"
    place.write_text("x")
    for create in (True, False):
        with pytest.raises(WorkspaceIsFileError, match="却是文件") as caught:
            Register.open(place, create=create)
        assert "is a file" in caught.value.say("en")


@pytest.mark.embedded
def test_a_newer_register_is_refused_and_an_older_read_only_one_too(filled, monkeypatch):
    alter(filled, "UPDATE alembic_version SET version_num = '9999'")
    filled.close()
    with pytest.raises(NewerSchemaError, match="9999"):
        Register.open(filled.workspace)
    alter(filled, "UPDATE alembic_version SET version_num = '0000'")
    monkeypatch.setattr(engine, "known_schemas", lambda: (engine.HEAD, "0000"))
    monkeypatch.setattr(engine, "is_writable", lambda _: False)
    with pytest.raises(OlderSchemaError, match="0000"):
        Register.open(filled.workspace)


@pytest.mark.embedded
def test_creating_twice_opens_the_first_and_leaves_no_leftovers(filled):
    with Register.open(filled.workspace, create=True) as again:
        assert again.version == 1
    engine.create_file(filled.file)
    assert filled.version == 1
    assert not list(filled.workspace.glob("*.new-*"))


def test_the_migrations_build_exactly_the_tables_of_the_models(register):
    assert engine.known_schemas()[0] == engine.HEAD
    with register._engine.connect() as connection:
        ours = set(models.metadata.tables)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: (
                    name in ours if kind == "table" else name != "ix_parcel_version_geom"
                )
            },
        )
        assert compare_metadata(context, models.metadata) == []


def test_every_parcel_field_of_the_dictionary_has_its_column():
    assert set(ROW_KEYS) == set(PARCEL_COLUMNS)
    assert len(ROW_KEYS) == len(set(ROW_KEYS))


@pytest.mark.embedded
def test_a_copy_of_the_folder_is_a_register(storied, tmp_path):
    storied.close()
    copy = shutil.copytree(storied.workspace, tmp_path / "copy")
    with Register.open(copy) as register:
        assert register.verify().ok
        assert register.read_layer("firms")["a"].tolist() == [1]
