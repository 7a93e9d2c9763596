"""What SQLite and the file system say, turned into sentences with the way out."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import (
    DiskFullError,
    NotARegisterError,
    RegisterError,
    RegisterFaultError,
    WorkspaceLockedError,
    WorkspaceReadOnlyError,
)

BUSY_SECONDS = 5
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def translate(error: BaseException, path: Path) -> RegisterError:
    """Return the register's own error for one of SQLite or the file system."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = str(cause).lower()
    if isinstance(cause, OSError):
        if cause.errno in _FULL:
            return DiskFullError(path=path)
        if cause.errno in _READ_ONLY:
            return WorkspaceReadOnlyError(path=path)
    elif "locked" in text or isinstance(error, PoolTimeoutError):
        return WorkspaceLockedError(path=path, seconds=BUSY_SECONDS)
    elif "disk is full" in text:
        return DiskFullError(path=path)
    elif "readonly" in text:
        return WorkspaceReadOnlyError(path=path)
    elif any(s in text for s in ("not a database", "malformed", "no such table", "no such column")):
        return NotARegisterError(path=path, detail=cause)
    return RegisterFaultError(path=path, detail=cause)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn low-level failures inside the block into the register's errors."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as error:
        raise translate(error, path) from error
