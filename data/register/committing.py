"""One change, one transaction: everything it brings and its link of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.asof import office_day
from data.errors import ChangeRefusedError
from data.register import (
    attachments,
    chain,
    conflicts,
    events,
    files,
    models,
    notes,
    parcels,
    plans,
    quarantine,
    reviews,
)
from data.register.change import EVENT_COLUMNS, ISSUE_COLUMNS, Change
from data.register.codec import CHUNK, bulk_insert, bulk_select, decode_moments, encode, stamp

_EVENT = models.stage_event
_VERSION = models.parcel_version
_ISSUE_KINDS = {"row": "int"}


def check_change(change: Change) -> None:
    """Refuse what can be seen without the register."""
    faults = []
    if change.recorded_at.tzinfo is None:
        faults.append(("登记时间须带时区", "recorded_at needs a time zone"))
    for name, zh in (("kind", "变更类别"), ("who", "经办人"), ("why", "原因")):
        if not str(getattr(change, name)).strip():
            faults.append((f"{zh}（{name}）为空", f"{name} is empty"))
    parcels_given = [] if change.parcels is None else change.parcels.index
    both = sorted(set(change.removed) & set(parcels_given))[:3]
    if both:
        faults.append((f"同时更新和移除 {both}", f"both updated and removed: {both}"))
    for frame, needed in ((change.issues, ()), (change.lineage, ("parent_id", "child_id"))):
        known = needed or ISSUE_COLUMNS
        names = [] if frame is None else list(frame.columns)
        faults += [(f"多出列 {c}", f"unknown column {c}") for c in names if c not in known]
        if frame is not None:
            faults += [(f"缺少列 {c}", f"column {c} is missing") for c in needed if c not in names]
    faults += [] if change.reviews is None else reviews.check_frame(change.reviews)
    given = 0 if change.events is None else len(change.events)
    faults += attachments.faults_of(change.attachments, given)
    for book, rows in (
        (notes.ACTUALS, change.actuals),
        (notes.MINUTES, change.minutes),
        (plans.BLOCKS, change.saved_blocks),
        (plans.SCENARIOS, change.scenarios),
    ):
        faults += [] if rows is None else notes.check_frame(book, rows)
    faults += quarantine.check_frames(change.quarantine, change.quarantine_steps)
    if faults:
        raise ChangeRefusedError(count=len(faults), faults=tuple(faults))
    files.check_layers(change.layers)
    if change.parcels is not None:
        parcels.check_frame(change.parcels)


def _last(connection: sa.Connection) -> Any:
    columns = models.change.c
    last = sa.select(columns.change_no, columns.recorded_at, columns.hash, columns.geometry_version)
    return connection.execute(last.order_by(columns.change_no.desc()).limit(1)).first()


def _areas(connection: sa.Connection, ids: Sequence[str]) -> pd.Series:
    found: list[Any] = []
    for start in range(0, len(ids), CHUNK):
        wanted = sa.select(_VERSION.c.parcel_id, _VERSION.c.geometry_area_m2).where(
            _VERSION.c.recorded_to.is_(None),
            _VERSION.c.parcel_id.in_(list(ids[start : start + CHUNK])),
        )
        found += [row for rows in bulk_select(connection, wanted) for row in rows]
    index = pd.Index([row[0] for row in found], dtype="object")
    return pd.Series([row[1] for row in found], index=index, dtype="float64")


def _events_of(connection: sa.Connection, column: sa.Column[Any], keys: Sequence[Any]) -> list[Any]:
    c = _EVENT.c
    names = (c.event_id, c.parcel_id, c.stage, c.occurred_on, c.area_m2, c.reverses)
    found: list[Any] = []
    for start in range(0, len(keys), CHUNK):
        wanted = sa.select(*names).where(column.in_(list(keys[start : start + CHUNK])))
        found += [row for rows in bulk_select(connection, wanted) for row in rows]
    return found


def _known_events(connection: sa.Connection, batch: pd.DataFrame) -> pd.DataFrame:
    """Return recorded events of the batch's parcels and those that the batch reverses."""
    ids = sorted({str(i) for i in batch.get("parcel_id", pd.Series(dtype=object)).dropna()})
    numbers = pd.to_numeric(batch.get("reverses", pd.Series(dtype=float)), errors="coerce").dropna()
    targets = sorted({int(n) for n in numbers})
    rows = _events_of(connection, _EVENT.c.parcel_id, ids)
    rows += _events_of(connection, _EVENT.c.event_id, targets)
    rows += _events_of(connection, _EVENT.c.reverses, targets)
    names = ["event_id", "parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
    known = pd.DataFrame(rows, columns=names, dtype=object).drop_duplicates("event_id")
    return known.astype({"event_id": "int64", "area_m2": "float64", "reverses": "float64"}).assign(
        occurred_on=lambda f: pd.to_datetime(f["occurred_on"]).astype("datetime64[ns]")
    )


def _write_events(connection: sa.Connection, change: Change, change_no: int) -> int:
    if change.events is None or change.events.empty:
        return 0
    known = _known_events(connection, change.events)
    named = {str(i) for i in change.events.get("parcel_id", pd.Series(dtype=object)).dropna()}
    today = office_day(change.recorded_at)
    first = (connection.scalar(sa.select(sa.func.max(_EVENT.c.event_id))) or 0) + 1
    areas = _areas(connection, sorted(named))
    done = events.admit(change.events, known=known, areas=areas, today=today, first=first)
    kinds = {f.key: f.type for f in schema.fields("event")}
    columns = [encode(done[key], kinds[key]).tolist() for key in EVENT_COLUMNS]
    moment = stamp(change.recorded_at)
    numbers = range(first, first + len(done))
    constant = ([change_no] * len(done), [moment] * len(done))
    rows = list(zip(numbers, *constant, *columns, strict=True))
    bulk_insert(connection, _EVENT, ("event_id", "change_no", "recorded_at", *EVENT_COLUMNS), rows)
    return len(rows)


def _write_issues(connection: sa.Connection, issues: pd.DataFrame | None, change_no: int) -> int:
    if issues is None or issues.empty:
        return 0
    plain = issues.reset_index(drop=True).reindex(columns=list(ISSUE_COLUMNS))
    plain["row"] = pd.to_numeric(plain["row"], errors="coerce")
    columns = [encode(plain[key], _ISSUE_KINDS.get(key, "text")).tolist() for key in ISSUE_COLUMNS]
    first = (connection.scalar(sa.select(sa.func.max(models.issue.c.issue_id))) or 0) + 1
    numbers = range(first, first + len(plain))
    rows = list(zip(numbers, [change_no] * len(plain), *columns, strict=True))
    bulk_insert(connection, models.issue, ("issue_id", "change_no", *ISSUE_COLUMNS), rows)
    return len(rows)


def _write_lineage(connection: sa.Connection, lineage: pd.DataFrame | None, change_no: int) -> int:
    if lineage is None or lineage.empty:
        return 0
    pairs = lineage[["parent_id", "child_id"]].astype("str").drop_duplicates()
    ids = sorted(set(pairs["parent_id"]) | set(pairs["child_id"]))
    known: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        wanted = sa.select(_VERSION.c.parcel_id).where(
            _VERSION.c.parcel_id.in_(ids[start : start + CHUNK])
        )
        known |= set(connection.scalars(wanted))
    strange = [i for i in ids if i not in known][:3]
    if strange:
        told = (f"沿革中的宗地不在册 {strange}", f"lineage names unknown parcels {strange}")
        raise ChangeRefusedError(count=1, faults=(told,))
    rows = [(*pair, change_no) for pair in pairs.sort_values(["parent_id", "child_id"]).to_numpy()]
    bulk_insert(connection, models.lineage, ("parent_id", "child_id", "change_no"), rows)
    return len(rows)


def widen_extent(
    connection: sa.Connection, bounds: tuple[float, float, float, float], moment: str
) -> None:
    """Keep the extent that a GeoPackage promises at least as large as the parcels."""
    if connection.dialect.name != "sqlite":
        return
    west, south, east, north = bounds
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET last_change = ?, min_x = min(coalesce(min_x, ?), ?), "
        "min_y = min(coalesce(min_y, ?), ?), max_x = max(coalesce(max_x, ?), ?), "
        "max_y = max(coalesce(max_y, ?), ?) WHERE table_name = 'parcels'",
        (moment, west, west, south, south, east, east, north, north),
    )


def _write_all(
    connection: sa.Connection, change: Change, change_no: int, workspace: Path
) -> parcels.Tally:
    tally = parcels.Tally()
    counts: dict[str, int] = {}
    if change.parcels is not None and len(change.parcels):
        parcels.write(connection, change.parcels, change_no, tally)
    parcels.remove(connection, change.removed, change_no, tally)
    counts["events"] = _write_events(connection, change, change_no)
    counts["issues"] = _write_issues(connection, change.issues, change_no)
    counts["lineage"] = _write_lineage(connection, change.lineage, change_no)
    moment, head = change.recorded_at, (change_no, change.who)
    said = {
        "reviews": reviews.write(connection, change.reviews, moment, head),
        "actuals": notes.write_actuals(connection, change.actuals, moment, head),
        "minutes": notes.write_minutes(connection, change.minutes, moment, head),
        "quarantine_steps": quarantine.write_steps(connection, change.quarantine_steps, change_no),
        "quarantine": quarantine.write_rows(connection, change.quarantine, change_no),
        "saved_blocks": plans.write_blocks(connection, change.saved_blocks, moment, head),
        "scenarios": plans.write_scenarios(connection, change.scenarios, moment, head),
    }
    # Told only where there are any, so that older changes keep their hash.
    counts |= {name: count for name, count in said.items() if count}
    if change.meta:
        rows = [(key, change_no, str(value)) for key, value in sorted(change.meta.items())]
        bulk_insert(connection, models.meta, ("key", "change_no", "value"), rows)
    if tally.bounds is not None:
        widen_extent(connection, tally.bounds, stamp(change.recorded_at)[:23] + "Z")
    layers = [files.write_layer(workspace, layer, change_no) for layer in change.layers]
    if layers:
        connection.execute(models.reference_layer.insert(), layers)
    if change.attachments:
        last = connection.scalar(sa.select(sa.func.max(_EVENT.c.event_id))) or 0
        counts["attachments"] = attachments.write(
            connection,
            change.attachments,
            change_no=change_no,
            first_event=last - counts["events"] + 1,
            workspace=workspace,
        )
    counts["layers"] = len(layers)
    for name in ("new", "changed", "unchanged", "removed"):
        counts[f"parcels_{name}"] = getattr(tally, name)
    tally.counts = counts
    return tally


def _after(change: Change, recorded_at: str) -> Change:
    """Return a change recorded no earlier than what came in between: clocks differ a little."""
    if stamp(change.recorded_at) >= recorded_at:
        return change
    return replace(change, recorded_at=decode_moments([recorded_at]).iloc[0].to_pydatetime())


def commit(connection: sa.Connection, change: Change, workspace: Path) -> int:
    """Write a checked change inside the caller's transaction and return its number.

    Raises
    ------
    ChangeRefusedError, EventsRefusedError, ConflictError
        If the register contradicts the change; the caller's transaction is to be rolled back.
    """
    last = _last(connection)
    if last is not None and change.based_on is not None and change.based_on < last.change_no:
        conflicts.refuse(connection, change, change.based_on)
        change = _after(change, last.recorded_at)
    moment = stamp(change.recorded_at)
    if last is not None and moment < last.recorded_at:
        told = (
            f"登记时间 {moment} 早于上一变更 {last.recorded_at}",
            f"recorded_at {moment} is before that of the last change, {last.recorded_at}",
        )
        raise ChangeRefusedError(count=1, faults=(told,))
    change_no = 1 if last is None else last.change_no + 1
    tally = _write_all(connection, change, change_no, workspace)
    before = 0 if last is None else last.geometry_version
    header = {
        "change_no": change_no,
        "kind": change.kind,
        "who": change.who,
        "why": change.why,
        "recorded_at": moment,
        "source_name": change.source_name,
        "source_sha256": change.source_sha256,
        "counts": chain.canonical(dict(tally.counts)),
        "geometry_version": change_no if tally.geometry else before,
    }
    previous = chain.GENESIS if last is None else last.hash
    payload = chain.payload_hash(connection, change_no)
    link = chain.link_hash(header, previous, payload)
    row = {**header, "previous_hash": previous, "payload_hash": payload, "hash": link}
    connection.execute(models.change.insert(), row)
    return change_no
