"""Whatever SQLite and the file system say becomes a sentence with the way out."""

import errno
import sqlite3
from types import SimpleNamespace

import pytest

from data.errors import (
    DataError,
    DiskFaultError,
    DiskFullError,
    NotARegisterError,
    RegisterUnopenableError,
    WorkspaceLockedError,
    WorkspaceReadOnlyError,
)
from data.register import failures


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite3.OperationalError("database is locked"), WorkspaceLockedError),
        (sqlite3.OperationalError("database or disk is full"), DiskFullError),
        (sqlite3.OperationalError("attempt to write a readonly database"), WorkspaceReadOnlyError),
        (sqlite3.DatabaseError("file is not a database"), NotARegisterError),
        (sqlite3.DatabaseError("database disk image is malformed"), NotARegisterError),
        (OSError(errno.ENOSPC, "full"), DiskFullError),
        (OSError(errno.EROFS, "read-only"), WorkspaceReadOnlyError),
        (OSError(errno.EIO, "broken"), DataError),
    ],
)
def test_every_low_level_failure_becomes_a_sentence(tmp_path, error, kind):
    with pytest.raises(kind) as caught, failures.told(tmp_path):
        raise error
    assert caught.value.say("zh") != caught.value.say("en")


def coded(code, text="something"):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, DiskFullError),
        (sqlite3.SQLITE_IOERR_WRITE, DiskFaultError),
        (sqlite3.SQLITE_CORRUPT, NotARegisterError),
        (sqlite3.SQLITE_CORRUPT_INDEX, NotARegisterError),
        (sqlite3.SQLITE_NOTADB, NotARegisterError),
        (sqlite3.SQLITE_READONLY_DBMOVED, WorkspaceReadOnlyError),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, RegisterUnopenableError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, WorkspaceLockedError),
        (sqlite3.SQLITE_LOCKED, WorkspaceLockedError),
    ],
)
def test_what_sqlite_says_by_number_becomes_a_sentence(tmp_path, code, kind):
    told = failures.translate(coded(code), tmp_path / "register.gpkg")
    assert type(told) is kind
    assert "something" not in str(told) + told.say("en")


def test_a_failing_disk_without_room_is_a_full_one(tmp_path, monkeypatch):
    monkeypatch.setattr(failures.shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    for code in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN):
        told = failures.translate(coded(code), tmp_path / "register.gpkg")
        assert isinstance(told, DiskFullError)
