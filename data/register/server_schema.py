"""Tables, views and settings of a register in PostgreSQL: made and found again."""

from __future__ import annotations

import sqlalchemy as sa

from data import schema as terms
from data.database_errors import DatabaseNotReadyError
from data.register import models
from data.register.chain_keys import ROW_KEYS
from data.register.engine import migrate_here, writing
from gis.errors import Words

SPATIAL_INDEX = "ix_parcel_version_geom"
EVENT_COLUMNS = (
    "event_id", "parcel_id", "stage", "occurred_on", "recorded_at", "area_m2", "doc_no", "who",
    "note", "reverses",
)  # fmt: skip


def is_read_only(engine: sa.Engine) -> bool:
    """Tell whether the user, or the server itself, does not let the register be written."""
    with engine.connect() as connection:
        may = sa.text(
            "SELECT has_table_privilege('change', 'INSERT') AND NOT pg_is_in_recovery() "
            "AND NOT current_setting('default_transaction_read_only')::boolean"
        )
        return not connection.scalar(may)


def comment_of(connection: sa.Connection, schema: str) -> str | None:
    """Return the comment of a schema, None where there is no such schema."""
    asked = sa.text(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name"
    )
    found = connection.scalar(asked, {"name": schema})
    return None if found is None else str(found)


def tables_of(connection: sa.Connection, schema: str) -> set[str]:
    """Return the names of tables and views of a schema."""
    asked = sa.text("SELECT table_name FROM information_schema.tables WHERE table_schema = :name")
    return set(connection.scalars(asked, {"name": schema}))


def version_of(connection: sa.Connection, schema: str) -> str | None:
    """Return the version of the tables in a schema, None where they are no register."""
    if not {"alembic_version", "change", "parcel_version"} <= tables_of(connection, schema):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def need_postgis(connection: sa.Connection) -> None:
    """Refuse a database that does not write UTF-8; enable PostGIS where it is not.

    Raises
    ------
    DatabaseNotReadyError
        Saying what is lacking.
    """
    encoding = connection.scalar(sa.text("SELECT current_setting('server_encoding')"))
    if encoding != "UTF8":
        detail = Words(f"编码是 {encoding}，应为 UTF8", f"its encoding is {encoding}, not UTF8")
        raise DatabaseNotReadyError(detail=detail)
    names = sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")
    if not connection.scalar(names):
        detail = Words("服务器没有安装 PostGIS", "PostGIS is not installed on the server")
        raise DatabaseNotReadyError(detail=detail)
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")


def claim(connection: sa.Connection, first: str) -> str:
    """Return the first name of a schema that is free, and make it.

    A schema of that name that the administrator made and left empty is taken as it is.
    """
    number = 1
    while True:
        name = first if number == 1 else f"{first}_{number}"
        asked = sa.text("SELECT count(*) FROM pg_namespace WHERE nspname = :name")
        if not connection.scalar(asked, {"name": name}):
            connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
            return name
        if comment_of(connection, name) is None and not tables_of(connection, name):
            return name
        number += 1


def build(engine: sa.Engine, schema: str, *, comment: str | None = None) -> None:
    """Bring a schema to the newest tables, and its views with them, in one transaction."""
    with writing(engine).begin() as connection:
        for view in ("parcels", "events"):
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view}")
        migrate_here(connection, schema)
        _sort_by_bytes(connection)
        connection.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {SPATIAL_INDEX} ON parcel_version USING gist (geom)"
        )
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS layer_styles (id serial PRIMARY KEY, f_table_catalog text, "
            "f_table_schema text, f_table_name text, f_geometry_column text, stylename text, "
            "styleqml text, stylesld text, useasdefault boolean, description text, owner text, "
            "ui text, update_time timestamp DEFAULT now(), type text)"
        )
        for statement in views():
            connection.exec_driver_sql(statement)
        if comment is not None:
            connection.exec_driver_sql(f"COMMENT ON SCHEMA \"{schema}\" IS '{comment}'")


def _sort_by_bytes(connection: sa.Connection) -> None:
    """Sort every text as the embedded file does: the order of rows is part of their hash."""
    asked = sa.text(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type = 'text' "
        "AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, ordinal_position"
    )
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(asked):
        columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        if table in models.metadata.tables:
            parts = ", ".join(f'ALTER "{name}" TYPE text COLLATE "C"' for name in names)
            connection.exec_driver_sql(f'ALTER TABLE "{table}" {parts}')


def views() -> tuple[str, str]:
    """Return the views that GIS programs open: current parcels with their stage, and events."""
    columns = ", ".join(f'v."{key}"' for key in ROW_KEYS)
    stages = terms.enum_codes("stage")
    rank = " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(stages))
    parcels = (
        f"CREATE VIEW parcels AS SELECT v.version_id AS ogc_fid, {columns}, "
        "e.stage, e.occurred_on AS stage_on, v.geom FROM parcel_version v "
        "LEFT JOIN LATERAL (SELECT e.stage, e.occurred_on FROM stage_event e "
        "WHERE e.parcel_id = v.parcel_id AND e.reverses IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM stage_event r WHERE r.reverses = e.event_id) "
        f"ORDER BY e.occurred_on DESC, CASE e.stage {rank} END DESC, e.event_id DESC LIMIT 1) e "
        "ON true WHERE v.recorded_to IS NULL"
    )
    names = ", ".join(EVENT_COLUMNS)
    return parcels, f"CREATE VIEW events AS SELECT event_id AS ogc_fid, {names} FROM stage_event"
