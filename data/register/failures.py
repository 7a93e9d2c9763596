"""What SQLite, PostgreSQL and the file system say, turned into sentences with the way out."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.database_errors import (
    DatabaseReadOnlyError,
    DatabaseUnreachableError,
    RowsRefusedError,
)
from data.errors import (
    DiskFaultError,
    DiskFullError,
    NotARegisterError,
    RegisterDamagedError,
    RegisterError,
    RegisterFaultError,
    RegisterUnopenableError,
    WorkspaceLockedError,
    WorkspaceReadOnlyError,
)
from data.register.codec import UnreadableCellsError
from gis.errors import Words

BUSY_SECONDS = 5
NEXT_TO_NOTHING = 256 * 1024
"""Bytes of free space below which a failing disk is a full one; the log's index takes 32 K."""

_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_DATABASE = Words("不是数据库文件", "not a database file")
_CORRUPT = Words("数据库内容残缺或错乱", "the database is cut off or garbled")
_NOT_UTF8 = Words("文字不是有效的 UTF-8", "text that is no UTF-8")
_WRONG_CELL = Words("数值、日期或图形不合格式", "a number, day or shape that is none")
_WRONG_TABLES = Words("缺少应有的表或列", "a table or a column is missing")

Refusal = Callable[[Path], RegisterError]


def _locked(path: Path) -> RegisterError:
    return WorkspaceLockedError(path=path, seconds=BUSY_SECONDS)


def _full(path: Path) -> RegisterError:
    return DiskFullError(path=path)


def _read_only(path: Path) -> RegisterError:
    return WorkspaceReadOnlyError(path=path)


def _unopenable(path: Path) -> RegisterError:
    return _full(path) if _has_no_room(path) else RegisterUnopenableError(path=path)


def _disk(path: Path) -> RegisterError:
    return _full(path) if _has_no_room(path) else DiskFaultError(path=path)


def _corrupt(path: Path) -> RegisterError:
    return NotARegisterError(path=path, detail=_CORRUPT)


def _no_database(path: Path) -> RegisterError:
    return NotARegisterError(path=path, detail=_NO_DATABASE)


def _misshapen(path: Path) -> RegisterError:
    return NotARegisterError(path=path, detail=_WRONG_TABLES)


def _undecodable(path: Path) -> RegisterError:
    return RegisterDamagedError(path=path, detail=_NOT_UTF8)


_BY_CODE: dict[int, Refusal] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _read_only,
    sqlite3.SQLITE_PERM: _read_only,
    sqlite3.SQLITE_IOERR: _disk,
    sqlite3.SQLITE_CANTOPEN: _unopenable,
    sqlite3.SQLITE_CORRUPT: _corrupt,
    sqlite3.SQLITE_NOTADB: _no_database,
}
_BY_TEXT: tuple[tuple[str, Refusal], ...] = (
    ("could not decode to utf-8", _undecodable),
    ("no such table", _misshapen),
    ("no such column", _misshapen),
    ("locked", _locked),
    ("disk is full", _full),
    ("disk i/o error", _disk),
    ("readonly", _read_only),
    ("not a database", _no_database),
    ("malformed", _corrupt),
    ("unable to open", _unopenable),
)
_BUSY = frozenset({"55P03", "40P01", "40001"})
_FORBIDDEN = frozenset({"42501", "25006"})
_ABSENT = frozenset({"42P01", "42703", "3F000"})
_UNREACHED = frozenset({"08", "28", "3D", "53", "57"})
"""Classes of states: connection, login, no such database, too many of them, shut down."""
_UNHOLDABLE = frozenset({"22", "23"})


def _has_no_room(path: Path) -> bool:
    """Tell whether the disk of ``path`` is full: SQLite often calls that an input error."""
    there = next((place for place in (path, *path.parents) if place.exists()), path)
    try:
        return shutil.disk_usage(there).free < NEXT_TO_NOTHING
    except OSError:
        return False


def _cause(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def is_undecodable(error: BaseException) -> bool:
    """Tell whether SQLite met text that is no UTF-8."""
    return "could not decode to utf-8" in str(_cause(error)).lower()


def is_misshapen(error: BaseException) -> bool:
    """Tell whether a statement named a table or a column that is not there."""
    cause = _cause(error)
    if getattr(cause, "sqlstate", None) in _ABSENT:
        return True
    said = str(cause).lower()
    return "no such table" in said or "no such column" in said


def translate(error: BaseException, path: Path) -> RegisterError:
    """Return the register's own error for one of SQLite or the file system."""
    cause = _cause(error)
    if isinstance(error, UnreadableCellsError):
        return RegisterDamagedError(path=path, detail=_WRONG_CELL)
    if isinstance(error, PoolTimeoutError):
        return _locked(path)
    if isinstance(cause, OSError):
        if cause.errno in _FULL:
            return _full(path)
        if cause.errno in _READ_ONLY:
            return _read_only(path)
        return _disk(path) if cause.errno == errno.EIO else _faulty(cause, path)
    if hasattr(cause, "sqlstate"):
        return _from_server(cause, path)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _BY_CODE:
        return _BY_CODE[code & 0xFF](path)
    said = str(cause).lower()
    refusal = next((refuse for text, refuse in _BY_TEXT if text in said), None)
    return refusal(path) if refusal else _faulty(cause, path)


def _from_server(cause: BaseException, path: Path) -> RegisterError:
    """Return the error for one of PostgreSQL, by its five-character state."""
    state = str(getattr(cause, "sqlstate", None) or "")
    said = (str(cause).strip().splitlines() or ["?"])[0][:200]
    if state in _BUSY:
        return _locked(path)
    if state == "53100":
        return _full(path)
    if state in _FORBIDDEN:
        return DatabaseReadOnlyError(path=path)
    if state in _ABSENT:
        return _misshapen(path)
    if state[:2] in _UNHOLDABLE or (not state and type(cause).__name__ == "DataError"):
        return RowsRefusedError(count=1, faults=((said, said),))
    if not state or state[:2] in _UNREACHED:
        return DatabaseUnreachableError(path=path, detail=said)
    return _faulty(said, path)


def _faulty(cause: object, path: Path) -> RegisterError:
    return RegisterFaultError(path=path, detail=cause)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn low-level failures inside the block into the register's errors."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, UnreadableCellsError, sqlite3.Error, OSError) as error:
        raise translate(error, path) from error
