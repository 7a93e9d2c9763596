"""Moving a register between the embedded file and a database: every row as it is stored.

Both hold the same stored values, so the chain of changes stays whole; it is walked before the old
place is given up.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.database_errors import MoveRefusedError
from data.errors import RegisterDamagedError, WorkspaceLockedError, WorkspaceMissingError
from data.register import models, verification
from data.register.codec import bulk_insert, bulk_select, raw_columns
from data.register.committing import widen_extent
from data.register.engine import writing
from data.register.failures import BUSY_SECONDS, told
from data.register.geometry_type import envelopes
from data.register.place import (
    FILE_NAME,
    LINK_NAME,
    Opened,
    database_of,
    discard,
    open_tables,
)
from gis.errors import Words

MOVED_NAME = "register-moved.gpkg"
"""What the embedded file is called after its tables went to a database."""


def move_register(workspace: Path, *, to: str, database: str | None = None) -> int:
    """Move the tables of a workspace's register and return how many changes went with them.

    Layers and attachments stay where they are. No other program may have the register open.

    Parameters
    ----------
    workspace : Path
        Folder of the register.
    to : str
        ``"database"`` or ``"file"``. The old file stays as ``register-moved.gpkg``; the old tables
        in the database are taken away.
    database : str, optional
        Address of the database; by default that of ``MUTU_DATABASE_URL``.

    Raises
    ------
    MoveRefusedError
        If no database is named, or the register lies there already.
    WorkspaceMissingError, WorkspaceLockedError, RegisterDamagedError, ...
        If there is nothing to move, it is in use, or does not verify; nothing is moved then.
    """
    address = database_of(database)
    if not address:
        raise MoveRefusedError(detail=Words("没有设置 MUTU_DATABASE_URL", "no database is named"))
    old, new = (FILE_NAME, LINK_NAME) if to == "database" else (LINK_NAME, FILE_NAME)
    if (workspace / new).exists():
        detail = Words(f"{new} 已经存在", f"{new} is there already")
        raise MoveRefusedError(detail=detail)
    if not (workspace / old).exists():
        raise WorkspaceMissingError(path=workspace)
    source, target = ("", address) if to == "database" else (address, "")
    with tempfile.TemporaryDirectory(prefix=".moving-", dir=workspace) as folder:
        making = Path(folder) / "workspace"
        try:
            changes = _copy(workspace, making, source, target)
            _refuse_in_use(workspace / old)
            (making / new).replace(workspace / new)
        finally:
            discard(making, database=target)
    if to == "file":
        discard(workspace, database=address)
    else:
        (workspace / old).replace(workspace / MOVED_NAME)
    return changes


def _refuse_in_use(old: Path) -> None:
    """Refuse a file whose log is still there: another program has it open."""
    if old.with_name(f"{old.name}-wal").exists():
        raise WorkspaceLockedError(path=old, seconds=BUSY_SECONDS)


def _copy(workspace: Path, making: Path, source: str, target: str) -> int:
    """Copy every row into a new register and walk its chain."""
    old = open_tables(workspace, create=False, database=source)
    try:
        new = open_tables(making, create=True, database=target)
        try:
            with told(new.file):
                _copy_rows(old, new)
                with new.engine.connect() as connection:
                    found = verification.verify(connection, workspace)
        finally:
            new.engine.dispose()
    finally:
        old.engine.dispose()
    if not found.ok:
        raise RegisterDamagedError(path=old.file, detail=found.faults[0])
    return found.changes


def _copy_rows(old: Opened, new: Opened) -> None:
    # The writer's turn on the old side: nobody commits there while its rows go over.
    with writing(old.engine).begin() as reading, writing(new.engine).begin() as connection:
        for table in models.metadata.sorted_tables:
            names = [column.name for column in table.columns]
            statement: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(table)
            for rows in bulk_select(reading, statement.order_by(*table.primary_key.columns)):
                bulk_insert(connection, table, names, rows)
                if table is models.parcel_version:
                    _widen(connection, [row[-1] for row in rows])


def _widen(connection: sa.Connection, blobs: list[bytes]) -> None:
    boxes = envelopes(blobs)
    if len(boxes):
        west, south = boxes[:, [0, 2]].min(axis=0).tolist()
        east, north = boxes[:, [1, 3]].max(axis=0).tolist()
        widen_extent(connection, (west, south, east, north), "1970-01-01T00:00:00.000Z")
