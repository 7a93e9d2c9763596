"""Walking the chain: every hash is computed again from the stored rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.register import chain, models
from data.register.attachments import file_name
from data.register.cell_check import cell_faults, printable
from data.register.chain_keys import ROW_KEYS
from data.register.change import Verification
from data.register.codec import bulk_select, raw_columns
from data.register.failures import is_misshapen, is_undecodable
from data.register.files import sha256_of
from data.register.geometry_type import envelopes
from data.register.schema_check import extent_faults, schema_faults
from gis.errors import Words

_VERSION = models.parcel_version
_CHANGE = models.change
SHOWN_ROWS = 100

Bounds = tuple[float, float, float, float]


class _Extent:
    """The extent of every geometry walked past; None before the first."""

    bounds: Bounds | None = None

    def grow(self, blobs: list[Any]) -> None:
        """Take in more geometries."""
        boxes = envelopes(blobs)
        if len(boxes):
            low, high = boxes[:, [0, 2]].min(axis=0), boxes[:, [1, 3]].max(axis=0)
            if self.bounds is not None:
                low = np.minimum(low, self.bounds[:2])
                high = np.maximum(high, self.bounds[2:])
            self.bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _shape_digest(blob: Any) -> str:
    return chain.sha256(blob) if isinstance(blob, bytes) else ""


def _row_digests(rows: list[Any]) -> list[str]:
    """Return the digest of every row, empty where a cell cannot be hashed."""
    try:
        return chain.row_digests((row[4:-1] for row in rows), (row[3] for row in rows))
    except (TypeError, ValueError):
        return [_row_digest(row) for row in rows]


def _row_digest(row: Any) -> str:
    try:
        return chain.row_digests([row[4:-1]], [row[3]])[0]
    except (TypeError, ValueError):
        return ""


def _parcel_faults(connection: sa.Connection, extent: _Extent) -> Iterator[Words]:
    names = ("version_id", "recorded_from", "digest", "geometry_digest", *ROW_KEYS, "geom")
    statement: sa.Select[Any] = (
        sa.select(*raw_columns(names)).select_from(_VERSION).order_by(_VERSION.c.version_id)
    )
    id_at = names.index("parcel_id")
    for rows in bulk_select(connection, statement):
        extent.grow([row[-1] for row in rows])
        for row, digest in zip(rows, _row_digests(rows), strict=True):
            altered = None
            if _shape_digest(row[-1]) != row[3]:
                altered = Words("图形被改动", "geometry")
            elif digest != row[2]:
                altered = Words("属性被改动", "attributes")
            if altered:
                number, name, version = (printable(v) for v in (row[1], row[id_at], row[0]))
                yield Words(
                    f"第 {number} 次变更，宗地 {name}（版本 {version}）：{altered}",
                    f"change {number}, parcel {name} (version {version}): {altered.en}",
                )


def _interval_faults(connection: sa.Connection) -> Iterator[Words]:
    c = _VERSION.c
    following = sa.func.lead(c.recorded_from).over(
        partition_by=c.parcel_id, order_by=c.recorded_from
    )
    inner = sa.select(
        c.version_id, c.recorded_from, c.recorded_to, following.label("next")
    ).subquery()
    overlapping = sa.or_(
        inner.c.recorded_to <= inner.c.recorded_from,
        sa.and_(
            inner.c.next.is_not(None),
            sa.or_(inner.c.recorded_to.is_(None), inner.c.recorded_to > inner.c.next),
        ),
    )
    for (version,) in connection.execute(sa.select(inner.c.version_id).where(overlapping)):
        yield Words(
            f"版本 {version}：与同一宗地另一版本的时段重叠",
            f"version {version}: its time overlaps another version of the parcel",
        )


def _stray_faults(connection: sa.Connection, last: int) -> Iterator[Words]:
    others = (
        models.stage_event, models.lineage, models.reference_layer, models.issue, models.meta,
        models.attachment, models.quarantine, models.quarantine_step,
        *(table for table, _ in _SAID),
    )  # fmt: skip
    columns = [_VERSION.c.recorded_from, _VERSION.c.recorded_to]
    columns += [table.c.change_no for table in others]
    for column in columns:
        stray = sa.select(sa.func.count()).where(sa.or_(column > last, column < 1))
        count = connection.scalar(stray)
        if count:
            yield Words(
                f"{column.table.name}：有 {count} 行属于不存在的变更",
                f"{column.table.name}: {count} rows of a change that is not there",
            )


def _payload(connection: sa.Connection, number: Any) -> str | None:
    """Return the hash over what a change brought, None where a cell cannot be hashed."""
    try:
        return chain.payload_hash(connection, number)
    except (TypeError, ValueError):
        return None


def _link(header: dict[str, Any]) -> str | None:
    try:
        return chain.link_hash(header, header["previous_hash"], header["payload_hash"])
    except (TypeError, ValueError):
        return None


def _link_faults(connection: sa.Connection, changes: list[dict[str, Any]]) -> Iterator[Words]:
    previous, moment = chain.GENESIS, ""
    for place, header in enumerate(changes, start=1):
        number = header["change_no"]
        faults = []
        if number != place:
            faults.append(Words(f"此处应为第 {place} 次变更", f"change {place} expected here"))
        if header["previous_hash"] != previous:
            faults.append(Words("没有接在前一次变更之后", "does not follow the change before it"))
        if str(header["recorded_at"]) < moment:
            faults.append(Words("登记时间早于前一次变更", "recorded before the change before it"))
        if _payload(connection, number) != header["payload_hash"]:
            faults.append(
                Words(
                    "它写入的行（宗地、事件、图层、问题）被改动",
                    "rows it brought (parcels, events, layers, issues) were altered",
                )
            )
        if _link(header) != header["hash"]:
            faults.append(Words("变更记录本身被改动", "its own record was altered"))
        for fault in faults:
            yield Words(f"第 {number} 次变更：{fault}", f"change {number}: {fault.en}")
        previous, moment = header["hash"], str(header["recorded_at"])


def _event_faults(connection: sa.Connection) -> Iterator[Words]:
    event, change = models.stage_event.c, _CHANGE.c
    wrong = (
        sa.select(event.event_id, event.change_no)
        .join(_CHANGE, change.change_no == event.change_no)
        .where(event.recorded_at != change.recorded_at)
    )
    for number, change_no in connection.execute(wrong):
        yield Words(
            f"第 {change_no} 次变更，事件 {number}：登记时间与变更不同",
            f"change {change_no}, event {number}: another moment than that of its change",
        )


_SAID: tuple[tuple[sa.Table, Words], ...] = (
    (models.review, Words("复核", "review")),
    (models.target_actual, Words("目标实绩", "actual")),
    (models.minute, Words("会议记录", "minute")),
    (models.saved_block, Words("自定连片", "saved block")),
    (models.scenario, Words("方案", "scenario")),
)


def _said_faults(connection: sa.Connection) -> Iterator[Words]:
    """Yield what people said at another moment, or by another person, than its change tells."""
    change = _CHANGE.c
    for table, name in _SAID:
        (key,) = table.primary_key.columns
        wrong = (
            sa.select(key, table.c.change_no)
            .join(_CHANGE, change.change_no == table.c.change_no)
            .where(sa.or_(table.c.recorded_at != change.recorded_at, table.c.who != change.who))
        )
        for number, change_no in connection.execute(wrong):
            yield Words(
                f"第 {change_no} 次变更，{name} {number}：登记时间或经办人与变更不同",
                f"change {change_no}, {name.en} {number}: another moment or person than its change",
            )


def _layer_faults(connection: sa.Connection, workspace: Path) -> Iterator[Words]:
    names = ("change_no", "name", "file", "sha256")
    statement: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(models.reference_layer)
    for rows in bulk_select(connection, statement):
        for number, name, file, digest in rows:
            if file == digest == "":  # withdrawn: there is no file
                continue
            state = _file_fault(workspace, file, digest)
            if state:
                told = [printable(value) for value in (number, name, file)]
                yield Words(
                    f"第 {told[0]} 次变更，图层 {told[1]}：{told[2]} {state}",
                    f"change {told[0]}, layer {told[1]}: {told[2]} {state.en}",
                )


def _attachment_faults(connection: sa.Connection, workspace: Path) -> Iterator[Words]:
    names = ("change_no", "name", "media_type", "sha256")
    statement: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(models.attachment)
    for rows in bulk_select(connection, statement):
        for number, name, media, digest in rows:
            state = _file_fault(workspace, file_name(str(digest), str(media)), digest)
            if state:
                told = [printable(value) for value in (number, name)]
                yield Words(
                    f"第 {told[0]} 次变更，附件 {told[1]} {state}",
                    f"change {told[0]}, attachment {told[1]} {state.en}",
                )


def _file_fault(workspace: Path, file: Any, digest: Any) -> Words | None:
    place = workspace / file if isinstance(file, str) and "\0" not in file else None
    if place is None or not place.is_file():
        return Words("不见了", "is missing")
    return None if sha256_of(place) == digest else Words("被改动", "was altered")


def _structure_faults(connection: sa.Connection) -> Iterator[Words]:
    """Let SQLite look at its own pages and indexes."""
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(10)"):
        if said != "ok":
            told = printable(said)
            yield Words(f"数据库文件结构有误：{told}", f"the database's structure: {told}")


@contextmanager
def _any_text(connection: sa.Connection) -> Iterator[None]:
    """Read text that is no UTF-8 with its strange bytes marked instead of failing on it."""
    raw: Any = connection.connection.dbapi_connection
    raw.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = str


def _changes(connection: sa.Connection) -> list[dict[str, Any]]:
    names = [column.name for column in _CHANGE.columns]
    ordered: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(_CHANGE)
    found = bulk_select(connection, ordered.order_by(_CHANGE.c.change_no))
    return [dict(zip(names, row, strict=True)) for rows in found for row in rows]


def _walk(connection: sa.Connection, workspace: Path, *, every_row: bool) -> Verification:
    changes, extent = _changes(connection), _Extent()
    faults = [*_link_faults(connection, changes)]
    rows = [*_parcel_faults(connection, extent)]
    rows += [*_event_faults(connection), *_interval_faults(connection)]
    rows += _said_faults(connection)
    faults += rows[:SHOWN_ROWS]
    if len(rows) > SHOWN_ROWS:
        more = len(rows) - SHOWN_ROWS
        faults.append(Words(f"……另有 {more} 行", f"… and {more} more rows"))
    faults += [*_stray_faults(connection, len(changes)), *_layer_faults(connection, workspace)]
    faults += _attachment_faults(connection, workspace)
    if connection.dialect.name == "postgresql":
        from data.register.server_check import endless_faults, structure_faults

        faults += islice(endless_faults(connection), SHOWN_ROWS)
        faults += structure_faults(connection)
    else:
        faults += islice(cell_faults(connection, every_row=every_row), SHOWN_ROWS)
        faults += [*schema_faults(connection), *extent_faults(connection, extent.bounds)]
        faults += _structure_faults(connection)
    return Verification(ok=not faults, changes=len(changes), faults=tuple(faults))


def _missing(connection: sa.Connection) -> Iterator[Words]:
    """Yield which table or column is gone, after a statement failed for that."""
    if connection.dialect.name == "postgresql":
        from data.register.server_check import structure_faults

        connection.rollback()
        return structure_faults(connection)
    return schema_faults(connection)


def verify(connection: sa.Connection, workspace: Path) -> Verification:
    """Compute every hash again from the stored rows and files, and look at what is round them.

    A chain shows that nothing in it was altered; it cannot show that its newest changes were cut
    off together with all their rows. Compare the last hash with one kept elsewhere for that.

    Returns
    -------
    Verification
        ``faults`` names at most a hundred altered rows and as many cells that cannot be read, the
        changes they belong to, and what differs in the tables, views and GeoPackage entries.
    """
    try:
        return _walk(connection, workspace, every_row=False)
    except (DBAPIError, sqlite3.Error) as error:
        if is_undecodable(error):
            with _any_text(connection):
                return _walk(connection, workspace, every_row=True)
        if not is_misshapen(error):
            raise
        faults = tuple(_missing(connection))
        if not faults:
            raise
        return Verification(ok=False, changes=0, faults=faults)
