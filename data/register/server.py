"""A register in PostgreSQL with PostGIS: one schema for each workspace, the same tables in it."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from data.database_errors import (
    DatabaseAddressError,
    DatabaseNotReadyError,
    OtherDatabaseError,
)
from data.errors import WorkspaceMissingError
from data.register import server_schema
from data.register.engine import check_schema, is_write
from data.register.failures import BUSY_SECONDS
from data.register.server_rows import adapt
from gis.errors import Words

DRIVER = "postgresql+psycopg"
FIRST_SCHEMA = "mutu"
ANSWER_SECONDS = 10
_CREATING = "creating"


@dataclass(frozen=True)
class Link:
    """What a workspace keeps of its register in a database: the schema, and how to know it."""

    schema: str
    key: str

    @classmethod
    def read(cls, file: Path) -> Link:
        """Read a link; one that is none names nothing that any database holds."""
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            return cls(str(told["schema"]), str(told["key"]))
        except (ValueError, KeyError, TypeError):
            return cls("?", "?")

    def write(self, file: Path) -> None:
        """Put the link in its place, whole or not at all.

        Raises
        ------
        FileExistsError
            If another process linked the workspace in the meantime.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new-{os.getpid()}")
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(self)) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.link(fresh, file)
        finally:
            fresh.unlink(missing_ok=True)

    @property
    def comment(self) -> str:
        """Comment of the schema by which it is known again."""
        return f"mutu register {self.key}"


def parse(address: str) -> sa.URL:
    """Read an address of PostgreSQL; ``postgres://`` and ``postgresql://`` mean the same driver.

    Raises
    ------
    DatabaseAddressError
        If it is none, or that of another kind of database.

    Examples
    --------
    >>> parse("postgresql://mutu:secret@db/county").drivername
    'postgresql+psycopg'
    """
    try:
        url = sa.make_url(address)
    except (ArgumentError, ValueError) as error:
        detail = Words("写法不对", "it cannot be read")
        raise DatabaseAddressError(detail=detail) from error
    if url.drivername not in (DRIVER, "postgresql", "postgres"):
        kind = url.drivername[:40]
        raise DatabaseAddressError(detail=Words(f"种类是 {kind}", f"its kind is {kind}"))
    if not url.database:
        raise DatabaseAddressError(detail=Words("没有写数据库名", "no database is named"))
    return url.set(drivername=DRIVER)


def make_engine(url: sa.URL, schema: str) -> sa.Engine:
    """Return an engine whose unqualified names mean those of ``schema``.

    Reads see one snapshot and cannot write; writes (see ``engine.writing``) wait for one another.
    """
    settings = {
        "search_path": f"{schema},public,postgis,extensions",
        "datestyle": "ISO",
        "client_min_messages": "warning",
        "extra_float_digits": "1",
    }
    given = str(url.query.get("options", ""))
    options = " ".join([given, *(f"-c{key}={value}" for key, value in settings.items())]).strip()
    engine = sa.create_engine(
        url.difference_update_query(["options"]),
        connect_args={
            "options": options,
            "connect_timeout": ANSWER_SECONDS,
            "client_encoding": "utf8",
            "application_name": "mutu",
        },
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_SECONDS * 6,
        pool_pre_ping=True,
    )

    @sa.event.listens_for(engine, "connect")
    def connected(connection: psycopg.Connection[Any], record: Any) -> None:
        adapt(connection, record.info)
        connection.commit()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if is_write(connection):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(BUSY_SECONDS * 1000)}ms'")
            take_turn(connection, schema)
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    return engine


def take_turn(connection: sa.Connection, name: str) -> None:
    """Wait until no other transaction writes to the register of this name."""
    key = sa.func.hashtextextended(f"mutu register {name}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def where(url: sa.URL, schema: str) -> str:
    """Return the place in words, without user or password.

    Examples
    --------
    >>> where(parse("postgresql://mutu:secret@db:5433/county"), "mutu")
    'postgresql://db:5433/county · mutu'
    """
    plain = sa.URL.create("postgresql", host=url.host, port=url.port, database=url.database)
    return f"{plain.render_as_string()} · {schema}"


def open_tables(address: str, link: Path, *, create: bool) -> tuple[sa.Engine, bool, Path, str]:
    """Open the register that a link names, or make an empty one where there is no link.

    Returns
    -------
    tuple
        Engine, whether it can only be read, the link, and the place in words.
    """
    url = parse(address)
    if not link.exists():
        if not create:
            raise WorkspaceMissingError(path=link.parent)
        create_tables(url, link)
    known = Link.read(link)
    engine = make_engine(url, known.schema)
    try:
        found = _look(engine, url, known, link)
        read_only = server_schema.is_read_only(engine)
        if check_schema(link, found, read_only=read_only):
            server_schema.build(engine, known.schema)
    except BaseException:
        engine.dispose()
        raise
    return engine, read_only, link, where(url, known.schema)


def _look(engine: sa.Engine, url: sa.URL, known: Link, link: Path) -> str | None:
    """Return the schema version of the register that a link names; refuse any other."""
    with engine.connect() as connection:
        if server_schema.comment_of(connection, known.schema) != known.comment:
            place = where(url, known.schema).partition(" ·")[0]
            raise OtherDatabaseError(database=place, path=link, schema=known.schema)
        return server_schema.version_of(connection, known.schema)


def create_tables(url: sa.URL, link: Path) -> None:
    """Make an empty register in a schema of its own, then link the workspace to it.

    A link that another process wrote in the meantime is left as it is.
    """
    schema, key = _claim(url), secrets.token_hex(16)
    engine = make_engine(url, schema)
    known = Link(schema, key)
    try:
        server_schema.build(engine, schema, comment=known.comment)
        known.write(link)
    except BaseException as error:
        drop(engine, schema)
        if not isinstance(error, FileExistsError):
            raise
    finally:
        engine.dispose()


def _claim(url: sa.URL) -> str:
    """Make sure of PostGIS and take the first free name for a schema."""
    engine = make_engine(url, "public")
    try:
        with engine.execution_options(register_write=True).begin() as connection:
            take_turn(connection, _CREATING)
            server_schema.need_postgis(connection)
            return server_schema.claim(connection, FIRST_SCHEMA)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "42501":
            detail = Words(
                "该用户无权新建模式或启用 PostGIS",
                "the user may not make a schema or enable PostGIS",
            )
            raise DatabaseNotReadyError(detail=detail) from error
        raise
    finally:
        engine.dispose()


def drop(engine: sa.Engine, schema: str) -> None:
    """Take a schema away with all that is in it: what was begun and is not to be."""
    with engine.execution_options(register_write=True).begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')


def discard(address: str, link: Path) -> None:
    """Take away the register that a link names, where the database holds it, and the link."""
    url, known = parse(address), Link.read(link)
    engine = make_engine(url, known.schema)
    try:
        with engine.connect() as connection:
            ours = server_schema.comment_of(connection, known.schema) == known.comment
        if ours:
            drop(engine, known.schema)
    finally:
        engine.dispose()
    link.unlink(missing_ok=True)
