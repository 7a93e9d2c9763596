"""Rows in bulk to and from PostgreSQL, as the same stored values that the embedded file holds.

Days come as ISO text, flags as 0 and 1, geometry as GeoPackage blobs: so both kinds of register
have the same hashes, and one can be moved into the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import sql
from psycopg.adapt import Loader
from psycopg.types import TypeInfo
from psycopg.types.string import TextLoader
from pyarrow import csv
from sqlalchemy.exc import DBAPIError

from data.register.geometry_type import GpkgGeometry, from_ewkb, to_ewkb

_cursors = count()
_ARROW = {"float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "date": pa.date32()}
LARGEST_ROW = 64 * 1024**2
"""Bytes that one row may take as text: two million corners."""
_GEOMETRY_OID = "geometry_oid"


class _FlagLoader(Loader):
    """Flags as 0 and 1."""

    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


class _ShapeLoader(Loader):
    """Geometry as the bytes of its extended WKB."""

    def load(self, data: Any) -> bytes:
        return bytes.fromhex(bytes(data).decode("ascii"))


def adapt(connection: psycopg.Connection[Any], info: dict[str, Any]) -> None:
    """Let a new connection give stored values; ``info`` keeps what geometry is called there."""
    adapters = connection.adapters
    adapters.register_loader("date", TextLoader)
    adapters.register_loader("bool", _FlagLoader)
    shape = TypeInfo.fetch(connection, "geometry")
    if shape is not None:
        adapters.register_loader(shape.oid, _ShapeLoader)
        info[_GEOMETRY_OID] = shape.oid


@contextmanager
def _as_sqlalchemy(statement: str) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy would."""
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error) from error


def select_rows(
    connection: sa.Connection, statement: sa.Select[Any], size: int
) -> Iterator[list[Any]]:
    """Yield the rows of a statement in chunks of plain tuples of stored values."""
    compiled = statement.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    if not connection.in_transaction():
        connection.begin()  # the reader's snapshot, closed with the connection
    raw: Any = connection.connection
    text = str(compiled)
    with _as_sqlalchemy(text), raw.cursor(name=f"rows_{next(_cursors)}") as cursor:
        cursor.execute(text, compiled.construct_params())
        kinds = [column.type_code for column in cursor.description]
        shapes = [at for at, kind in enumerate(kinds) if kind == connection.info.get(_GEOMETRY_OID)]
        while rows := cursor.fetchmany(size):
            yield _with_blobs(rows, shapes)


def read_table(
    connection: sa.Connection, statement: sa.Select[Any], kinds: Mapping[str, str]
) -> pa.Table:
    """Return the rows of a statement as one Arrow table; geometry as the hexadecimal of its WKB.

    ``kinds`` says what columns hold, in the words of the dictionary; the others are text.
    """
    if not connection.in_transaction():
        connection.begin()
    text = str(
        statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    )
    raw: Any = connection.connection
    sink = pa.BufferOutputStream()
    command = f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)"
    with _as_sqlalchemy(command), raw.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            sink.write(block)
    names = [column.name.strip('"') for column in statement.selected_columns]
    types = {name: _ARROW.get(kinds.get(name, "text"), pa.string()) for name in names}
    return csv.read_csv(
        sink.getvalue(),
        read_options=csv.ReadOptions(block_size=LARGEST_ROW),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
        ),
    )


def _with_blobs(rows: list[Any], places: Sequence[int]) -> list[Any]:
    if not places:
        return rows
    columns = list(zip(*rows, strict=True))
    for at in places:
        columns[at] = tuple(from_ewkb(columns[at]))
    return list(zip(*columns, strict=True))


def insert_rows(
    connection: sa.Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Any]
) -> None:
    """Insert rows of stored values, given as tuples in the order of ``keys``."""
    for at, key in enumerate(keys):
        if isinstance(table.c[key].type, GpkgGeometry):
            shapes = to_ewkb([row[at] for row in rows])
            pairs = zip(rows, shapes, strict=True)
            rows = [(*row[:at], shape, *row[at + 1 :]) for row, shape in pairs]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, keys))
    )
    raw: Any = connection.connection
    told = f"COPY {table.name}"
    with _as_sqlalchemy(told), raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
