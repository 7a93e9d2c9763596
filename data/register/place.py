"""Where the tables of a register lie: in a file of the workspace, or in a database it is linked to.

Layers, attachments and tiles lie in the workspace either way.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from data.database_errors import DatabaseNotNamedError, EmbeddedRegisterError
from data.errors import NotARegisterError, WorkspaceIsFileError, WorkspaceMissingError
from data.register.engine import create_file, open_engine
from data.register.failures import told
from gis.errors import Words

FILE_NAME = "register.gpkg"
LINK_NAME = "register.postgis"
URL_VARIABLE = "MUTU_DATABASE_URL"


@dataclass(frozen=True)
class Opened:
    """Tables that were opened.

    Attributes
    ----------
    engine : Engine
        Way to the tables.
    read_only : bool
        Whether they can only be read.
    file : Path
        The register's file, or the link that names its place in the database.
    where : str
        The place in words that a person can look up; without a password.
    """

    engine: sa.Engine
    read_only: bool
    file: Path
    where: str


def register_file(workspace: Path) -> Path | None:
    """Return the file or link that makes a folder the workspace of a register, None without one.

    Examples
    --------
    >>> register_file(Path("no such folder")) is None
    True
    """
    places = (workspace / FILE_NAME, workspace / LINK_NAME)
    return next((place for place in places if place.exists()), None)


def refuse_file(workspace: Path) -> None:
    """Refuse a workspace that is a file, or would lie in one.

    Raises
    ------
    WorkspaceIsFileError
        Naming the file.
    """
    there = next((place for place in (workspace, *workspace.parents) if place.exists()), None)
    if there is not None and not there.is_dir():
        raise WorkspaceIsFileError(path=there)


def database_of(database: str | None) -> str:
    """Return the address that was given, that of the environment for None, empty without one."""
    return os.environ.get(URL_VARIABLE, "").strip() if database is None else database


def open_tables(workspace: Path, *, create: bool, database: str | None) -> Opened:
    """Open the tables of a workspace's register; see ``Register.open``."""
    address = database_of(database)
    if address:
        from data.register import server  # the driver is loaded only where it is needed

        if (workspace / FILE_NAME).exists():
            raise EmbeddedRegisterError(path=workspace / FILE_NAME)
        link = workspace / LINK_NAME
        with told(link):
            refuse_file(workspace)
            return Opened(*server.open_tables(address, link, create=create))
    if (workspace / LINK_NAME).exists():
        raise DatabaseNotNamedError(path=workspace / LINK_NAME)
    return _open_file(workspace, create=create)


def _open_file(workspace: Path, *, create: bool) -> Opened:
    file = workspace / FILE_NAME
    with told(file):
        refuse_file(workspace)
        if not file.exists():
            if not create:
                raise WorkspaceMissingError(path=workspace)
            create_file(file)
        if not file.is_file() or file.stat().st_size == 0:
            raise NotARegisterError(path=file, detail=Words("0 字节", "0 bytes"))
        engine, read_only = open_engine(file)
    return Opened(engine, read_only, file, str(file.resolve()))


def discard(workspace: Path, *, database: str | None = None) -> None:
    """Take away from the database what a workspace that is not to be was linked to, if anything."""
    link = workspace / LINK_NAME
    if link.exists():
        from data.register import server

        with told(link):
            server.discard(database_of(database), link)
