"""One change of the past, read back whole: what it brought, what it ended, what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import schema
from data.register import models, reading
from data.register.change import EVENT_COLUMNS
from data.register.codec import bulk_select, decode, frame_of, raw_columns, readable
from data.register.geometry_type import to_geometry
from data.undone import PREFIX

_VERSION = models.parcel_version
_EVENT = models.stage_event
_EVENT_KINDS = {"event_id": "int", "change_no": "int", "occurred_on": "date"}


@dataclass(frozen=True)
class Past:
    """What one change did.

    Attributes
    ----------
    change : dict
        Its record.
    before, after, now : GeoDataFrame
        Versions of parcels that the change ended and brought, and what is current of the same
        parcels; all fields, by ``parcel_id``, EPSG:4490.
    events : DataFrame
        Events that it brought, those which these reverse, and all that reverse one of them:
        ``event_id``, ``change_no`` and ``EVENT_COLUMNS``.
    busy : frozenset of str
        Parcels with an event that stands and was recorded later.
    layers : DataFrame
        Layers that it brought, with ``newest`` (no other file came later) and ``earlier``, the
        file of the version before, None where there was none.
    lineage : DataFrame
        ``parent_id`` and ``child_id``.
    facts : dict
        Fact → what it told, what was told before (empty where nothing), what is told now.
    """

    change: dict[str, Any]
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    now: gpd.GeoDataFrame
    events: pd.DataFrame
    busy: frozenset[str]
    layers: pd.DataFrame
    lineage: pd.DataFrame
    facts: dict[str, tuple[str, str, str]]


def read_past(connection: sa.Connection, change: dict[str, Any]) -> Past:
    """Read back one change, given its record."""
    number = int(change["change_no"])
    c = _VERSION.c
    touched = sa.select(c.parcel_id).where(
        sa.or_(c.recorded_from == number, c.recorded_to == number)
    )
    lineage = reading.read_table(connection, models.lineage, change_no=number)
    return Past(
        change=change,
        before=_versions(connection, c.recorded_to == number),
        after=_versions(connection, c.recorded_from == number),
        now=_versions(connection, sa.and_(c.recorded_to.is_(None), c.parcel_id.in_(touched))),
        events=_events(connection, number),
        busy=_busy(connection, number),
        layers=_layers(connection, number),
        lineage=lineage[["parent_id", "child_id"]],
        facts=_facts(connection, number),
    )


def _versions(connection: sa.Connection, which: Any) -> gpd.GeoDataFrame:
    fields = [schema.field(key) for key in schema.PARCEL_COLUMNS]
    fields = [schema.field("parcel_id"), *(f for f in fields if f.key != "parcel_id")]
    statement: sa.Select[Any] = (
        sa.select(*raw_columns([*(f.key for f in fields), models.GEOMETRY]))
        .select_from(_VERSION)
        .where(which)
        .order_by(_VERSION.c.parcel_id)
    )
    chunks: list[dict[str, Any]] = []
    shapes: list[Any] = [np.array([], dtype=object)]
    for rows in bulk_select(connection, statement):
        cells = list(zip(*rows, strict=True))
        chunks.append({f.key: decode(c, f.type) for f, c in zip(fields, cells, strict=False)})
        with readable():
            shapes.append(to_geometry(cells[-1]))
    frame = frame_of(chunks, fields).set_index("parcel_id")
    return gpd.GeoDataFrame(frame, geometry=np.concatenate(shapes), crs="EPSG:4490")


def _events(connection: sa.Connection, number: int) -> pd.DataFrame:
    own = sa.select(_EVENT.c.event_id).where(_EVENT.c.change_no == number)
    meant = sa.select(_EVENT.c.reverses).where(
        _EVENT.c.change_no == number, _EVENT.c.reverses.is_not(None)
    )
    named = sa.or_(
        _EVENT.c.change_no == number,
        _EVENT.c.event_id.in_(meant),
        _EVENT.c.reverses.in_(own),
        _EVENT.c.reverses.in_(meant),
    )
    names = ("event_id", "change_no", *EVENT_COLUMNS)
    statement: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(_EVENT).where(named)
    kinds = {f.key: f.type for f in schema.fields("event")} | _EVENT_KINDS
    return _frame(connection, statement.order_by(_EVENT.c.event_id), names, kinds)


def _busy(connection: sa.Connection, number: int) -> frozenset[str]:
    undone = sa.select(_EVENT.c.reverses).where(_EVENT.c.reverses.is_not(None))
    later = sa.select(_EVENT.c.parcel_id).where(
        _EVENT.c.change_no > number,
        _EVENT.c.reverses.is_(None),
        _EVENT.c.event_id.not_in(undone),
    )
    return frozenset(connection.scalars(later.distinct()))


def _layers(connection: sa.Connection, number: int) -> pd.DataFrame:
    table = reading.read_table(connection, models.reference_layer)
    own = table[table["change_no"] == number].set_index("name")
    earlier = table[table["change_no"] < number].drop_duplicates("name", keep="last")
    file = earlier.set_index("name")["file"].reindex(own.index)
    newest = table.drop_duplicates("name", keep="last").set_index("name")["sha256"]
    return pd.DataFrame(
        {
            "file": own["file"],
            "note": own["note"],
            "newest": (newest.reindex(own.index) == own["sha256"]).to_numpy(dtype=bool),
            "earlier": file.where(file.notna() & (file != ""), None).astype(object),
        },
        index=own.index,
    )


def _facts(connection: sa.Connection, number: int) -> dict[str, tuple[str, str, str]]:
    table = reading.read_table(connection, models.meta).sort_values("change_no", kind="stable")
    own = table[table["change_no"] == number].set_index("key")["value"]
    before = _last(table[table["change_no"] < number])
    now = _last(table)
    return {
        str(key): (str(value), before.get(str(key), ""), now[str(key)])
        for key, value in own.items()
        if not str(key).startswith(PREFIX)
    }


def _last(facts: pd.DataFrame) -> dict[str, str]:
    return dict(zip(facts["key"].astype(str), facts["value"].astype(str), strict=True))


def _frame(
    connection: sa.Connection,
    statement: sa.Select[Any],
    names: Sequence[str],
    kinds: dict[str, str],
) -> pd.DataFrame:
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    pairs = zip(names, cells, strict=True)
    return pd.DataFrame({name: decode(column, kinds[name]) for name, column in pairs})


def layer_file(workspace: Path, file: str) -> Path | None:
    """Return the file of an earlier layer, None where it is gone."""
    path = workspace / file
    return path if path.is_file() else None
