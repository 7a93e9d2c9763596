"""Hashes: one per parcel version, one per change over all that it brought, chained.

Everything is hashed as canonical JSON without spaces. A parcel's row is the list of its cells in a
frozen order without the unknown ones at its end, so a column that a later schema appends does not
change the hash of an older row; other records are objects with sorted keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from data.register import models
from data.register.codec import bulk_select

GENESIS = "0" * 64
HEADER = (
    "change_no", "kind", "who", "why", "recorded_at", "source_name", "source_sha256", "counts",
    "geometry_version",
)  # fmt: skip

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def canonical(record: dict[str, Any]) -> str:
    """Return a record as canonical JSON.

    Examples
    --------
    >>> canonical({"b": 1.0, "a": "亩", "c": None})
    '{"a":"亩","b":1.0}'
    """
    return _encode({key: record[key] for key in sorted(record) if record[key] is not None})


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def row_digests(rows: Iterable[Sequence[Any]], geometry_digests: Iterable[str]) -> list[str]:
    """Return one digest per parcel row, given as stored values in the order of ``ROW_KEYS``."""
    return [
        sha256((_encode(_trimmed(row)) + shape).encode("utf-8"))
        for row, shape in zip(rows, geometry_digests, strict=True)
    ]


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row[:end]


def _lines(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[str]:
    names = [column.name for column in statement.selected_columns]
    for rows in bulk_select(connection, statement):
        yield from (canonical(dict(zip(names, row, strict=True))) for row in rows)


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8"))
        digest.update(b"\n")
    return digest.hexdigest()


def payload_parts(connection: sa.Connection, change_no: int) -> dict[str, str]:
    """Return one hash for each kind of rows that a change brought, read from the tables."""
    version = models.parcel_version.c
    parts = {
        "parcels": sa.select(version.version_id, version.parcel_id, version.digest)
        .where(version.recorded_from == change_no)
        .order_by(version.version_id),
        "closed": sa.select(version.version_id)
        .where(version.recorded_to == change_no)
        .order_by(version.version_id),
    }
    for name, table in (
        ("events", models.stage_event),
        ("lineage", models.lineage),
        ("layers", models.reference_layer),
        ("issues", models.issue),
        ("meta", models.meta),
    ):
        parts[name] = (
            sa.select(table)
            .where(table.c.change_no == change_no)
            .order_by(*table.primary_key.columns)
        )
    digests = {name: _digest(_lines(connection, part)) for name, part in parts.items()}
    # A kind that came later counts only where it is there, so that older changes keep their hash.
    for name, table in (
        ("reviews", models.review),
        ("actuals", models.target_actual),
        ("minutes", models.minute),
        ("attachments", models.attachment),
        ("quarantine", models.quarantine),
        ("quarantine_steps", models.quarantine_step),
        ("saved_blocks", models.saved_block),
        ("scenarios", models.scenario),
    ):
        said = sa.select(table).where(table.c.change_no == change_no)
        lines = list(_lines(connection, said.order_by(*table.primary_key.columns)))
        if lines:
            digests[name] = _digest(lines)
    return digests


def payload_hash(connection: sa.Connection, change_no: int) -> str:
    """Return the hash over all rows that a change brought."""
    return sha256(canonical(payload_parts(connection, change_no)).encode("utf-8"))


def link_hash(header: dict[str, Any], previous_hash: str, payload: str) -> str:
    """Return the hash that chains a change to the one before it."""
    told = {key: header[key] for key in HEADER}
    return sha256(
        canonical({**told, "previous": previous_hash, "payload": payload}).encode("utf-8")
    )
