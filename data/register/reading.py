"""Reading the register as of two dates; every reader takes an open connection."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import sqlalchemy as sa
from geopandas import GeoDataFrame

from data import schema
from data.asof import OFFICE_ZONE, AsOf, end_of_office_day
from data.errors import UnknownFieldError, UnknownParcelError
from data.register import models
from data.register.codec import (
    bulk_select,
    decode,
    decode_moments,
    frame_of,
    from_arrow,
    raw_columns,
    readable,
    stamp,
)
from data.register.geometry_type import to_geometry
from data.undone import PREFIX, undone_by
from gis.validity import single

EVENT_READ = (
    "event_id", "parcel_id", "stage", "occurred_on", "recorded_at", "area_m2", "doc_no", "who",
    "note", "reverses",
)  # fmt: skip

EVENTS_FOR_GDAL = 100_000
"""So many events are read the same way."""
ROWS_FOR_GDAL = 10_000
"""Fewer parcels are read by the cursor: it is done before another process would have started."""

_READER = Path(__file__).with_name("arrow_reader.py")
_VERSION = models.parcel_version
_EVENT = models.stage_event


def known_change(connection: sa.Connection, as_of: AsOf | None) -> int | None:
    """Return the last change known at ``as_of``: None for everything, 0 for nothing yet."""
    if as_of is None or as_of.known_on is None:
        return None
    end = stamp(end_of_office_day(as_of.known_on))
    columns = models.change.c
    last = sa.select(sa.func.max(columns.change_no)).where(columns.recorded_at < end)
    return int(connection.scalar(last) or 0)


def _versions(known: int | None) -> Any:
    to = _VERSION.c.recorded_to
    if known is None:
        return to.is_(None)
    return sa.and_(_VERSION.c.recorded_from <= known, sa.or_(to.is_(None), to > known))


def read_parcels(
    connection: sa.Connection,
    as_of: AsOf | None,
    columns: Sequence[str] | None,
    geometry: bool,
) -> pd.DataFrame:
    """Return parcels as they were known, in the order of ``parcel_id``."""
    wanted = [c for c in (columns or schema.PARCEL_COLUMNS) if c != "parcel_id"]
    for key in wanted:
        if key not in schema.PARCEL_COLUMNS:
            raise UnknownFieldError(key=key)
    fields = [schema.field(key) for key in ("parcel_id", *wanted)]
    names = [f.key for f in fields] + ([models.GEOMETRY] if geometry else [])
    statement: sa.Select[Any] = (
        sa.select(*raw_columns(names))
        .select_from(_VERSION)
        .where(_versions(known_change(connection, as_of)))
        .order_by(_VERSION.c.parcel_id)
    )
    read = _by_gdal(connection, statement, fields, geometry)
    frame, shapes = (
        read if read is not None else _by_cursor(connection, statement, fields, geometry)
    )
    frame = frame.set_index("parcel_id")
    return GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490") if geometry else frame


def _by_cursor(
    connection: sa.Connection,
    statement: sa.Select[Any],
    fields: Sequence[schema.Field],
    geometry: bool,
) -> tuple[pd.DataFrame, Any]:
    """Read by the database's own cursor: any database, any state."""
    chunks: list[dict[str, Any]] = []
    shapes: list[Any] = [np.array([], dtype=object)]
    for rows in bulk_select(connection, statement):
        cells = list(zip(*rows, strict=True))
        pairs = zip(cells, fields, strict=False)
        chunks.append({f.key: decode(column, f.type) for column, f in pairs})
        if geometry:
            with readable():
                shapes.append(to_geometry(cells[-1]))
    return frame_of(chunks, fields), np.concatenate(shapes)


def _by_gdal(
    connection: sa.Connection,
    statement: sa.Select[Any],
    fields: Sequence[schema.Field],
    geometry: bool,
) -> tuple[pd.DataFrame, Any] | None:
    """Read many parcels as one Arrow table; None where it cannot.

    The rows are the same: one statement on the last commit. GDAL must not open the file in this
    process (see ``arrow_reader``); starting another pays from some ten thousand rows on.
    """
    if not geometry:
        return None
    count = sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
    if connection.execute(count).scalar_one() < ROWS_FOR_GDAL:
        return None
    kinds = {f.key: f.type for f in fields}
    table = _as_arrow(connection, statement, kinds)
    if table is None:
        return None
    frame = pd.DataFrame({f.key: from_arrow(table.column(f.key), f.type) for f in fields})
    with readable():
        shapes = shapely.from_wkb(table.column(models.GEOMETRY).to_numpy())
        if shapely.get_srid(shapes).any():  # PostGIS tells it with every shape
            shapes = shapely.set_srid(shapes, 0)
        return frame, single(shapes)


def _as_arrow(
    connection: sa.Connection, statement: sa.Select[Any], kinds: Mapping[str, str]
) -> pa.Table | None:
    """Read many rows at once: by GDAL from a file, by COPY from PostgreSQL."""
    if connection.dialect.name == "sqlite":
        return _in_other_process(connection, statement)
    from data.register.server_rows import read_table

    return read_table(connection, statement, kinds)


def _in_other_process(connection: sa.Connection, statement: sa.Select[Any]) -> pa.Table | None:
    """Read a statement by GDAL in a process of its own; None where it cannot."""
    file = connection.exec_driver_sql("PRAGMA database_list").first()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    done = subprocess.run(
        [sys.executable, str(_READER), str(file[2] if file else "")],
        input=str(compiled).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        return None
    return pa.ipc.open_stream(done.stdout).read_all()


def read_events(connection: sa.Connection, as_of: AsOf | None) -> pd.DataFrame:
    """Return stage events as they were known, in the order of ``event_id``.

    An event counts by the day it occurred; a reversing event goes with the event that it undoes.
    """
    statement = sa.select(*raw_columns(EVENT_READ)).select_from(_EVENT).order_by(_EVENT.c.event_id)
    known = known_change(connection, as_of)
    if known is not None:
        statement = statement.where(_EVENT.c.change_no <= known)
    columns = _events_by_gdal(connection, statement)
    if columns is None:
        columns = _events_by_cursor(connection, statement)
    events = pd.DataFrame(columns).astype({"event_id": "int64"})
    if as_of is None or events.empty:
        return events
    days = events.set_index("event_id")["occurred_on"]
    target = events["reverses"].map(days)
    effective = target.where(events["reverses"].notna(), events["occurred_on"])
    return events[effective <= pd.Timestamp(as_of.state_on)].reset_index(drop=True)


def _events_by_cursor(connection: sa.Connection, statement: sa.Select[Any]) -> dict[str, Any]:
    kinds = {f.key: f.type for f in schema.fields("event")}
    parts: dict[str, list[Any]] = {key: [] for key in EVENT_READ}
    for rows in bulk_select(connection, statement):
        for key, column in zip(EVENT_READ, zip(*rows, strict=True), strict=True):
            parts[key].extend(column)
    columns = {key: decode(parts[key], kinds[key]) for key in EVENT_READ if key != "recorded_at"}
    moments = decode_moments(parts["recorded_at"])
    return {key: columns.get(key, moments) for key in EVENT_READ}


def _events_by_gdal(connection: sa.Connection, statement: sa.Select[Any]) -> dict[str, Any] | None:
    """Read very many events as parcels are read: the same rows in a third of the time."""
    last = sa.select(sa.func.max(_EVENT.c.event_id))
    if int(connection.scalar(last) or 0) < EVENTS_FOR_GDAL:
        return None
    kinds = {f.key: f.type for f in schema.fields("event")} | {"recorded_at": "text"}
    table = _as_arrow(connection, statement, kinds)
    if table is None:
        return None
    names = [key for key in EVENT_READ if key != "recorded_at"]
    columns = {key: from_arrow(table.column(key), kinds[key]) for key in names}
    moments, place = np.unique(
        table.column("recorded_at").cast(pa.string()).to_numpy(), return_inverse=True
    )
    recorded = decode_moments(moments.tolist()).take(place).reset_index(drop=True)
    return {key: columns.get(key, recorded) for key in EVENT_READ}


def read_versions(
    connection: sa.Connection, as_of: AsOf | None, columns: Sequence[str]
) -> pd.DataFrame:
    """Return every version of every parcel that was known, without geometry."""
    for key in columns:
        if key not in schema.PARCEL_COLUMNS:
            raise UnknownFieldError(key=key)
    fields = [schema.field(key) for key in ("parcel_id", *columns)]
    names = [*(f.key for f in fields), "recorded_from", "recorded_to"]
    order = (_VERSION.c.parcel_id, _VERSION.c.recorded_from)
    statement = sa.select(*raw_columns(names)).select_from(_VERSION).order_by(*order)
    known = known_change(connection, as_of)
    if known is not None:
        statement = statement.where(_VERSION.c.recorded_from <= known)
    days = _days_of_changes(connection)
    chunks: list[dict[str, Any]] = []
    for rows in bulk_select(connection, statement):
        cells = list(zip(*rows, strict=True))
        chunk = {f.key: decode(c, f.type) for f, c in zip(fields, cells, strict=False)}
        for key, numbers in (("known_from", cells[-2]), ("known_to", cells[-1])):
            chunk[key] = days.reindex([n if n and n <= (known or n) else 0 for n in numbers])
            chunk[key] = chunk[key].to_numpy()
        chunks.append(chunk)
    if not chunks:
        none = pd.Series([], dtype="datetime64[ns]")
        return frame_of(chunks, fields).assign(known_from=none, known_to=none)
    return pd.concat([pd.DataFrame(chunk) for chunk in chunks], ignore_index=True)


def _days_of_changes(connection: sa.Connection) -> pd.Series:
    """Return the office day of every change by its number."""
    table = connection.execute(sa.select(models.change.c.change_no, models.change.c.recorded_at))
    rows = table.all()
    moments = decode_moments([row.recorded_at for row in rows])
    days = moments.dt.tz_convert(OFFICE_ZONE).dt.tz_localize(None).dt.normalize()
    return days.set_axis([int(row.change_no) for row in rows])


def read_history(connection: sa.Connection, parcel_id: str) -> GeoDataFrame:
    """Return every version of one parcel, oldest first, with the changes it lived through."""
    fields = [schema.field(key) for key in schema.PARCEL_COLUMNS]
    names = ["recorded_from", "recorded_to", *schema.PARCEL_COLUMNS, models.GEOMETRY]
    statement = (
        sa.select(*raw_columns(names))
        .select_from(_VERSION)
        .where(_VERSION.c.parcel_id == parcel_id)
        .order_by(_VERSION.c.recorded_from)
    )
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    if not rows:
        raise UnknownParcelError(parcel_id=parcel_id)
    cells = list(zip(*rows, strict=True))
    frame = pd.DataFrame(
        {
            "recorded_from": decode(cells[0], "int"),
            "recorded_to": decode(cells[1], "int"),
            **{f.key: decode(c, f.type) for f, c in zip(fields, cells[2:-1], strict=True)},
        }
    )
    with readable():
        return gpd.GeoDataFrame(frame, geometry=to_geometry(cells[-1]), crs="EPSG:4490")


def read_table(
    connection: sa.Connection, table: sa.Table, *, change_no: int | None = None
) -> pd.DataFrame:
    """Return a small table whole, in the order of its key."""
    statement = sa.select(table).order_by(*table.primary_key.columns)
    if change_no is not None:
        statement = statement.where(table.c.change_no == change_no)
    kinds = {c.name: "int" if isinstance(c.type, sa.Integer) else "text" for c in table.columns}
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    cells = list(zip(*rows, strict=True)) or [()] * len(kinds)
    pairs = zip(kinds.items(), cells, strict=True)
    return pd.DataFrame({name: decode(column, kind) for (name, kind), column in pairs})


def read_departed(connection: sa.Connection) -> pd.DataFrame:
    """Return ``parcel_id`` and the moment since when a parcel is no longer current."""
    c = _VERSION.c
    left = (
        sa.select(c.parcel_id, sa.func.max(c.recorded_to).label("change_no"))
        .group_by(c.parcel_id)
        .having(sa.func.count() == sa.func.count(c.recorded_to))
        .subquery()
    )
    return _with_moment(connection, left)


def read_born(connection: sa.Connection) -> pd.DataFrame:
    """Return ``parcel_id`` and the moment at which a split or merger made it."""
    c, line = _VERSION.c, models.lineage.c
    first = (
        sa.select(c.parcel_id, sa.func.min(c.recorded_from).label("change_no"))
        .where(
            c.parcel_id.in_(
                sa.select(line.child_id).where(line.change_no.not_in(ever_undone(connection, None)))
            )
        )
        .group_by(c.parcel_id)
        .subquery()
    )
    made = (
        sa.select(first.c.parcel_id, first.c.change_no)
        .join(
            models.lineage,
            sa.and_(line.child_id == first.c.parcel_id, line.change_no == first.c.change_no),
        )
        .distinct()
        .subquery()
    )
    return _with_moment(connection, made)


def read_lineage_parts(connection: sa.Connection, as_of: AsOf | None) -> GeoDataFrame:
    """Return every split and merger with the parent as it was before, oldest first."""
    line, c, event = models.lineage.c, _VERSION.c, _EVENT.c
    before = (
        sa.select(sa.func.max(c.recorded_from))
        .where(c.parcel_id == line.parent_id, c.recorded_from < line.change_no)
        .correlate(models.lineage)
        .scalar_subquery()
    )
    last = (
        sa.select(sa.func.coalesce(sa.func.max(event.event_id), 0))
        .where(event.change_no < line.change_no)
        .correlate(models.lineage)
        .scalar_subquery()
    )
    version = _VERSION.alias()
    statement = (
        sa.select(
            line.parent_id,
            line.child_id,
            line.change_no,
            last.label("last_event_id"),
            version.c.renewal_mode,
            sa.type_coerce(version.c[models.GEOMETRY], sa.LargeBinary),
        )
        .select_from(models.lineage)
        .join(
            version,
            sa.and_(version.c.parcel_id == line.parent_id, version.c.recorded_from == before),
        )
        .order_by(line.change_no, line.parent_id, line.child_id)
    )
    known = known_change(connection, as_of)
    statement = statement.where(line.change_no.not_in(ever_undone(connection, known)))
    if known is not None:
        statement = statement.where(line.change_no <= known)
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    names = ("parent_id", "child_id", "change_no", "last_event_id", "renewal_mode")
    kinds = ("text", "text", "int", "int", "text")
    cells = list(zip(*rows, strict=True)) or [()] * 6
    pairs = zip(names, kinds, cells[:-1], strict=True)
    frame = pd.DataFrame({name: decode(column, kind) for name, kind, column in pairs})
    with readable():
        return GeoDataFrame(frame, geometry=to_geometry(cells[-1]), crs="EPSG:4490")


def ever_undone(connection: sa.Connection, known: int | None) -> list[int]:
    """Return the changes that were undone as known after a change, also if that was undone."""
    meta = models.meta.c
    told = sa.select(meta.key, meta.value).where(meta.key.like(f"{PREFIX}%"))
    if known is not None:
        told = told.where(meta.change_no <= known)
    return sorted(undone_by({str(key): str(value) for key, value in connection.execute(told)}))


def _with_moment(connection: sa.Connection, found: sa.Subquery) -> pd.DataFrame:
    change = models.change.c
    statement = (
        sa.select(found.c.parcel_id, change.recorded_at)
        .join(models.change, change.change_no == found.c.change_no)
        .order_by(found.c.parcel_id)
    )
    rows = list(connection.execute(statement))
    moments = decode_moments([row[1] for row in rows])
    return pd.DataFrame({"parcel_id": [str(row[0]) for row in rows], "recorded_at": moments})
