"""What is round the rows of a register in PostgreSQL: tables, indexes, views, triggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects.postgresql import base

from data.register import models
from data.register.geometry_type import PostgisPolygons
from data.register.server_schema import SPATIAL_INDEX, tables_of
from gis.errors import Words

base.ischema_names["geometry"] = PostgisPolygons

_OWN = frozenset({"alembic_version", "layer_styles"})
_TRIGGERS = sa.text(
    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace "
    "UNION SELECT c.relname, r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
    "WHERE r.rulename <> '_RETURN' AND c.relnamespace = current_schema()::regnamespace "
    "ORDER BY 1, 2"
)


def endless_faults(connection: sa.Connection) -> Iterator[Words]:
    """Yield every number that is endless or none: all else the types of PostgreSQL keep out."""
    strange = ("Infinity", "-Infinity", "NaN")
    for table in models.metadata.sorted_tables:
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if isinstance(column.type, sa.Double):
                wrong = column.in_([float(text) for text in strange])
                for row in connection.execute(sa.select(*keys).where(wrong).order_by(*keys)):
                    pairs = zip(keys, row, strict=True)
                    key = ", ".join(f"{name.name} {value}" for name, value in pairs)
                    yield Words(
                        f"表 {table.name}，{key}，列 {column.name}：数值为无穷大",
                        f"table {table.name}, {key}, column {column.name}: an infinite number",
                    )


def structure_faults(connection: sa.Connection) -> Iterator[Words]:
    """Yield what differs from the tables, indexes and views that the program makes."""
    ours = set(models.metadata.tables)
    schema = str(connection.scalar(sa.text("SELECT current_schema()")))
    there = tables_of(connection, schema)

    def looked_at(name: str | None, kind: str, _: Any) -> bool:
        if kind == "table":
            return name in (there | ours) - _OWN  # not what lies in other schemas
        return name != SPATIAL_INDEX

    context = MigrationContext.configure(connection, opts={"include_name": looked_at})
    for found in compare_metadata(context, models.metadata):
        yield _difference(found[0] if isinstance(found, list) else found)
    for view in sorted({"parcels", "events"} - there):
        yield Words(f"缺少视图 {view}", f"the view {view} is missing")
    for table, trigger in connection.execute(_TRIGGERS):
        if table in ours:
            yield Words(
                f"表 {table} 上多出触发器或规则 {trigger}",
                f"a trigger or rule {trigger} that is not its own on {table}",
            )


def _difference(found: Any) -> Words:
    verb, names = found[0], [part for part in found[1:] if isinstance(part, str)]
    named = found[-1]
    name = getattr(named, "name", None) or ".".join(names)
    table = getattr(getattr(named, "table", None), "name", None)
    told = f"{table}.{name}" if table else f"{name}"
    if verb.startswith("add_"):
        return Words(f"缺少 {told}", f"{told} is missing")
    if verb.startswith("remove_"):
        return Words(
            f"多出 {told}：登记簿之外的内容请放到别的模式",
            f"{told} is not its own: keep other data in another schema",
        )
    return Words(f"{'.'.join(names)} 的定义被改动", f"{'.'.join(names)} is not as it was made")
