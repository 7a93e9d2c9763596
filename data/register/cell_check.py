"""Cells that cannot be what their column holds: another storage class, infinite, no UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from data.register import models
from data.register.codec import bulk_select, raw_columns
from data.register.geometry_type import GpkgGeometry
from gis.errors import Words

_LARGEST = "1.7976931348623157e308"
_TEXT, _WHOLE = Words("文字", "text"), Words("整数", "a whole number")
_NUMBER, _BINARY = Words("数值", "a number"), Words("二进制", "binary")
_FOUND = {str: _TEXT, int: _WHOLE, float: _NUMBER, bytes: _BINARY}


def _due(column: sa.Column[Any]) -> Words:
    if isinstance(column.type, GpkgGeometry):
        return _BINARY
    if isinstance(column.type, sa.Double):
        return _NUMBER
    return _WHOLE if isinstance(column.type, (sa.Integer, sa.Boolean)) else _TEXT


_CLASSES = {_TEXT: "'text'", _WHOLE: "'integer'", _NUMBER: "'real', 'integer'", _BINARY: "'blob'"}


def _unsound(column: sa.Column[Any]) -> str:
    due = _due(column)
    wrong = f"typeof(\"{column.name}\") NOT IN ({_CLASSES[due]}, 'null')"
    return f'{wrong} OR abs("{column.name}") > {_LARGEST}' if due is _NUMBER else wrong


def _fault(column: sa.Column[Any], value: Any) -> Words | None:
    """Return what is wrong with one cell, None where nothing is."""
    due = _due(column)
    if value is None:
        return None
    if isinstance(value, str) and not _is_text(value):
        return Words("文字不是有效的 UTF-8", "text that is no UTF-8")
    found = _FOUND[type(value)]
    if found is not due and not (due is _NUMBER and found is _WHOLE):
        return Words(f"应为{due}，却是{found}", f"{found.en} where {due.en} is due")
    if isinstance(value, float) and abs(value) == float("inf"):
        return Words("数值为无穷大", "an infinite number")
    return None


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(value: Any) -> str:
    r"""Return a cell as text that can be printed, whatever it holds.

    Examples
    --------
    >>> printable("P\udcff"), printable(b"a")
    ('P\\udcff', "b'a'")
    """
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def cell_faults(connection: sa.Connection, *, every_row: bool) -> Iterator[Words]:
    """Yield every cell that cannot be what its column holds, named by table, row and column.

    Parameters
    ----------
    connection : Connection
        SQLite only: other databases keep to the types of their columns.
    every_row : bool
        Look into every row instead of those alone that SQLite itself can tell: needed where text
        is no UTF-8, and then the connection must decode text without failing.
    """
    for table in models.metadata.sorted_tables:
        columns = list(table.columns)
        statement: Any = sa.select(*raw_columns([c.name for c in columns])).select_from(table)
        if not every_row:
            statement = statement.where(sa.text(" OR ".join(_unsound(c) for c in columns)))
        keys = [at for at, column in enumerate(columns) if column.primary_key]
        for rows in bulk_select(connection, statement):
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    if fault := _fault(column, value):
                        key = ", ".join(f"{columns[at].name} {printable(row[at])}" for at in keys)
                        yield Words(
                            f"表 {table.name}，{key}，列 {column.name}：{fault}",
                            f"table {table.name}, {key}, column {column.name}: {fault.en}",
                        )
