"""Opening the register's file: engine, pragmas, migrations, read-only places."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from data.errors import NewerSchemaError, NotARegisterError, OlderSchemaError
from data.register.failures import BUSY_SECONDS
from gis.errors import Words

HEAD = "0011"
"""Newest schema this program knows; a test compares it with the migrations."""

_MIGRATIONS = Path(__file__).with_name("migrations")
_WRITE = "register_write"


def writing(engine: sa.Engine) -> sa.Engine:
    """Return a view of ``engine`` whose transactions take the write lock at once."""
    return engine.execution_options(**{_WRITE: True})


def is_write(connection: sa.Connection) -> bool:
    """Tell whether a transaction came by `writing`."""
    return bool(connection.get_execution_options().get(_WRITE, False))


def is_writable(file: Path) -> bool:
    """Tell whether the file and its folder (where the log lies) can be written."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def make_engine(file: Path, mode: str) -> sa.Engine:
    """Return an engine on a file; ``mode`` is ``rw``, ``ro`` or ``immutable``."""
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    uri = f"{file.resolve().as_uri()}?{query}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        if mode == "rw":
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    engine = sa.create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=56,
        pool_timeout=BUSY_SECONDS * 6,
    )

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write(connection) else "BEGIN")

    return engine


def _config(connection: sa.Connection | None = None, schema: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    return config


def known_schemas() -> tuple[str, ...]:
    """Return every schema the migrations know, newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to the newest schema in one transaction."""
    with writing(engine).begin() as connection:
        migrate_here(connection)


def migrate_here(connection: sa.Connection, schema: str | None = None) -> None:
    """Bring the tables behind an open connection to the newest schema.

    ``schema`` names the place of the tables in a database that has several.
    """
    command.upgrade(_config(connection, schema), "head")


def schema_of(engine: sa.Engine) -> str | None:
    """Return the schema a file carries, None where it is no register."""
    with engine.connect() as connection:
        tables = sa.select(sa.text("name")).select_from(sa.text("sqlite_master"))
        names = set(connection.scalars(tables.where(sa.text("type = 'table'"))))
        if not {"alembic_version", "change", "parcel_version"} <= names:
            return None
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
        return None if row is None else str(row[0])


def create_file(file: Path) -> None:
    """Make an empty register beside its place and move it there whole.

    A file that another process put there in the meantime is left as it is.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new-{os.getpid()}")
    try:
        with closing(sqlite3.connect(fresh)) as connection:
            connection.execute("PRAGMA page_size = 4096")
            connection.execute("PRAGMA application_id = 1196444487")
            connection.execute("PRAGMA journal_mode = WAL")
        engine = make_engine(fresh, "rw")
        try:
            migrate(engine)
        finally:
            engine.dispose()
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        for leftover in file.parent.glob(f"{fresh.name}*"):
            leftover.unlink(missing_ok=True)


def open_engine(file: Path) -> tuple[sa.Engine, bool]:
    """Open an existing register and bring it to the newest schema.

    Returns
    -------
    tuple of Engine and bool
        The engine and whether it can only be read.

    Raises
    ------
    NewerSchemaError, OlderSchemaError, NotARegisterError
        If the file cannot serve as this program's register.
    """
    read_only = not is_writable(file)
    engine = make_engine(file, "ro" if read_only else "rw")
    try:
        try:
            found = schema_of(engine)
        except sa.exc.OperationalError:
            if not read_only:
                raise
            # Without a writable folder SQLite cannot make the index of the log: read it as it lies.
            engine.dispose()
            engine = make_engine(file, "immutable")
            found = schema_of(engine)
        if check_schema(file, found, read_only=read_only):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine, read_only


def check_schema(file: Path, found: str | None, *, read_only: bool) -> bool:
    """Refuse a schema that cannot serve; tell whether it is to be brought to the newest."""
    params: dict[str, Any] = {"path": file, "found": found, "known": HEAD}
    if found is None:
        raise NotARegisterError(path=file, detail=Words("没有变更表", "no table of changes"))
    if found != HEAD and found not in known_schemas():
        raise NewerSchemaError(**params)
    if found != HEAD and read_only:
        raise OlderSchemaError(**params)
    return found != HEAD
