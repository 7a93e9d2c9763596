"""Walking the chain: every hash is computed again from the stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.register import chain, models
from data.register.chain_keys import ROW_KEYS
from data.register.change import Verification
from data.register.codec import bulk_select, raw_columns
from data.register.files import sha256_of

_VERSION = models.parcel_version
SHOWN_ROWS = 100


def _parcel_faults(connection: sa.Connection) -> Iterator[str]:
    names = ("version_id", "recorded_from", "digest", "geometry_digest", *ROW_KEYS, "geom")
    statement: sa.Select[Any] = (
        sa.select(*raw_columns(names)).select_from(_VERSION).order_by(_VERSION.c.version_id)
    )
    id_at = names.index("parcel_id")
    for rows in bulk_select(connection, statement):
        shapes = [chain.sha256(bytes(row[-1])) for row in rows]
        try:
            digests = chain.row_digests((row[4:-1] for row in rows), (row[3] for row in rows))
        except (TypeError, ValueError):
            yield f"parcel_version: unreadable cell in versions {rows[0][0]}–{rows[-1][0]}"
            continue
        for row, shape, digest in zip(rows, shapes, digests, strict=True):
            where = f"change {row[1]}, parcel {row[id_at]} (version {row[0]})"
            if shape != row[3]:
                yield f"{where}: geometry"
            elif digest != row[2]:
                yield f"{where}: attributes"


def _interval_faults(connection: sa.Connection) -> Iterator[str]:
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
        yield f"version {version}: its time overlaps another version of the parcel"


def _stray_faults(connection: sa.Connection, last: int) -> Iterator[str]:
    others = (
        models.stage_event, models.lineage, models.reference_layer, models.issue, models.meta,
        models.review,
    )  # fmt: skip
    columns = [_VERSION.c.recorded_from, _VERSION.c.recorded_to]
    columns += [table.c.change_no for table in others]
    for column in columns:
        stray = sa.select(sa.func.count()).where(sa.or_(column > last, column < 1))
        count = connection.scalar(stray)
        if count:
            yield f"{column.table.name}: {count} rows of a change that is not there"


def _link_faults(connection: sa.Connection, changes: list[Any]) -> Iterator[str]:
    previous, moment = chain.GENESIS, ""
    for place, row in enumerate(changes, start=1):
        header = dict(row._mapping)
        where = f"change {header['change_no']}"
        if header["change_no"] != place:
            yield f"{where}: change {place} expected here"
        if header["previous_hash"] != previous:
            yield f"{where}: does not follow the change before it"
        if header["recorded_at"] < moment:
            yield f"{where}: recorded before the change before it"
        if chain.payload_hash(connection, header["change_no"]) != header["payload_hash"]:
            yield f"{where}: rows it brought (parcels, events, layers, issues) were altered"
        link = chain.link_hash(header, header["previous_hash"], header["payload_hash"])
        if link != header["hash"]:
            yield f"{where}: its own record was altered"
        previous, moment = header["hash"], header["recorded_at"]


def _event_faults(connection: sa.Connection) -> Iterator[str]:
    event, change = models.stage_event.c, models.change.c
    wrong = (
        sa.select(event.event_id, event.change_no)
        .join(models.change, change.change_no == event.change_no)
        .where(event.recorded_at != change.recorded_at)
    )
    for number, change_no in connection.execute(wrong):
        yield f"change {change_no}, event {number}: another moment than that of its change"


def _review_faults(connection: sa.Connection) -> Iterator[str]:
    review, change = models.review.c, models.change.c
    wrong = (
        sa.select(review.review_id, review.change_no)
        .join(models.change, change.change_no == review.change_no)
        .where(sa.or_(review.recorded_at != change.recorded_at, review.who != change.who))
    )
    for number, change_no in connection.execute(wrong):
        yield f"change {change_no}, review {number}: another moment or person than its change"


def _layer_faults(connection: sa.Connection, workspace: Path) -> Iterator[str]:
    for row in connection.execute(sa.select(models.reference_layer)):
        file = workspace / row.file
        where = f"change {row.change_no}, layer {row.name}: {row.file}"
        if not file.is_file():
            yield f"{where} is missing"
        elif sha256_of(file) != row.sha256:
            yield f"{where} was altered"


def verify(connection: sa.Connection, workspace: Path) -> Verification:
    """Compute every hash again from the stored rows and files.

    A chain shows that nothing in it was altered; it cannot show that its newest changes were cut
    off together with all their rows. Compare the last hash with one kept elsewhere for that.

    Returns
    -------
    Verification
        ``faults`` names at most a hundred altered rows, and the changes they belong to.
    """
    ordered = sa.select(models.change).order_by(models.change.c.change_no)
    changes = list(connection.execute(ordered))
    faults = list(_link_faults(connection, changes))
    rows = [*_parcel_faults(connection), *_event_faults(connection), *_interval_faults(connection)]
    rows += _review_faults(connection)
    faults += rows[:SHOWN_ROWS]
    if len(rows) > SHOWN_ROWS:
        faults.append(f"… and {len(rows) - SHOWN_ROWS} more rows")
    faults += _stray_faults(connection, len(changes))
    faults += _layer_faults(connection, workspace)
    return Verification(ok=not faults, changes=len(changes), faults=tuple(faults))
