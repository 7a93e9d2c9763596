"""What is round the rows: tables, views, triggers and the entries that make a GeoPackage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.register.cell_check import printable
from data.register.engine import migrate_here
from gis.errors import Words

_KINDS = {
    "table": Words("表", "table"),
    "view": Words("视图", "view"),
    "index": Words("索引", "index"),
    "trigger": Words("触发器", "trigger"),
}
_GUESTS = re.compile(r"(gpkg_|rtree_|sqlite_)|qgis_projects$")
"""Tables that GDAL, QGIS and SQLite may add for themselves; their triggers are not excused."""

_ENTRIES = {
    "gpkg_contents": ("table_name", "data_type", "identifier", "srs_id"),
    "gpkg_geometry_columns": (
        "table_name", "column_name", "geometry_type_name", "srs_id", "z", "m",
    ),
    "gpkg_spatial_ref_sys": ("srs_id", "organization", "organization_coordsys_id", "definition"),
}  # fmt: skip
_OPEN = frozenset({"gpkg_spatial_ref_sys"})
"""Lists to which other programs may add entries of their own."""

Made = dict[str, dict[Any, Any]]


def _plain(sql: str | None) -> str:
    """Return a definition without what its way of writing leaves open."""
    return re.sub(r'[\s"`]+', "", sql or "")


def _schema(connection: sa.Connection) -> dict[Any, Any]:
    rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return {(kind, name): (table, _plain(sql)) for kind, name, table, sql in rows}


def _entries(connection: sa.Connection, table: str) -> dict[Any, Any]:
    columns = ", ".join(_ENTRIES[table])
    rows = connection.exec_driver_sql(f"SELECT {columns} FROM {table}")
    return {row[0]: tuple(row[1:]) for row in rows}


def _header(connection: sa.Connection) -> tuple[Any, ...]:
    names = ("application_id", "user_version")
    return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)


def _looked_at(connection: sa.Connection) -> Made:
    schema = _schema(connection)
    present = [table for table in _ENTRIES if ("table", table) in schema]
    return {
        "schema": schema,
        "header": dict.fromkeys(["header"], _header(connection)),
        **{table: _entries(connection, table) for table in present},
    }


@cache
def _made() -> Made:
    """Return what the migrations of this program make, from an empty file in memory."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    try:
        with engine.connect() as connection:
            migrate_here(connection)
            return _looked_at(connection)
    finally:
        engine.dispose()


def _schema_faults(made: dict[Any, Any], found: dict[Any, Any]) -> Iterator[Words]:
    for kind, name in sorted(made.keys() - found.keys()):
        yield Words(f"缺少{_KINDS[kind]} {name}", f"the {_KINDS[kind].en} {name} is missing")
    for kind, name in sorted(found.keys() & made.keys()):
        if found[kind, name] != made[kind, name]:
            yield Words(
                f"{_KINDS[kind]} {name} 的定义被改动",
                f"the {_KINDS[kind].en} {name} is not as it was made",
            )
    for kind, name in sorted(found.keys() - made.keys()):
        table = found[kind, name][0]
        if kind != "trigger" and _GUESTS.match(table if kind == "index" else name):
            continue
        word, told = _KINDS[kind], printable(name)
        article = "an" if kind == "index" else "a"
        yield Words(
            f"多出{word} {told}：登记簿之外的内容请放到别的文件",
            f"{article} {word.en} {told} that is not its own: keep other data in another file",
        )


def _entry_faults(table: str, made: dict[Any, Any], found: dict[Any, Any]) -> Iterator[Words]:
    for key in sorted(made):
        if key not in found:
            yield Words(f"{table} 中缺少 {key} 的登记", f"{table}: the entry of {key} is missing")
        elif found[key] != made[key]:
            yield Words(
                f"{table} 中 {key} 的登记被改动", f"{table}: the entry of {key} was altered"
            )
    for key in sorted(found.keys() - made.keys(), key=str) if table not in _OPEN else ():
        told = printable(key)
        yield Words(
            f"{table} 中多出 {told} 的登记", f"{table}: an entry of {told} that is not its own"
        )


def schema_faults(connection: sa.Connection) -> Iterator[Words]:
    """Yield what differs from the tables, views and entries that the migrations make.

    Tables that GDAL and QGIS add for themselves are left alone; a trigger is not, whoever made it.
    """
    made, found = _made(), _looked_at(connection)
    if found["header"] != made["header"]:
        yield Words(
            "文件头（application_id、user_version）不是 GeoPackage 1.3",
            "the file's header (application_id, user_version) is not that of GeoPackage 1.3",
        )
    yield from _schema_faults(made["schema"], found["schema"])
    for table in _ENTRIES:
        if table in found:
            yield from _entry_faults(table, made[table], found[table])


def extent_faults(
    connection: sa.Connection, bounds: tuple[float, float, float, float] | None
) -> Iterator[Words]:
    """Yield a fault where the extent that the file promises leaves a parcel out."""
    row = connection.exec_driver_sql(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'parcels'"
    ).first()
    if bounds is None or row is None:
        return
    known = all(isinstance(value, (int, float)) for value in row)
    covered = known and (
        row[0] <= bounds[0] and row[1] <= bounds[1] and row[2] >= bounds[2] and row[3] >= bounds[3]
    )
    if not covered:
        yield Words(
            "gpkg_contents 中 parcels 的范围没有盖住全部宗地",
            "gpkg_contents: the extent of parcels does not cover every parcel",
        )
