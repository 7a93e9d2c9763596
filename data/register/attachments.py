"""Photos and documents of stage events: kept once under their hash, listed in the chain."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.asof import AsOf
from data.register import models
from data.register.chain import sha256
from data.register.change import Attachment
from data.register.codec import bulk_insert, bulk_select, decode
from data.register.files import sync
from data.register.reading import known_change

FOLDER = "attachments"
KINDS = ("before", "after", "document")
PICTURES = frozenset({"before", "after"})
MOST_BYTES = 20 * 1024 * 1024
_TYPES = (
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"%PDF-", "application/pdf", ".pdf"),
)
_SUFFIX = {media: suffix for _, media, suffix in _TYPES}
_TABLE = models.attachment
_NAMES = ("attachment_id", "event_id", "kind", "name", "media_type", "bytes", "sha256")

Fault = tuple[str, str]


def media_type(content: bytes) -> str | None:
    """Return what a file is by its first bytes, None for what is not taken.

    Examples
    --------
    >>> media_type(b"%PDF-1.7"), media_type(b"MZ")
    ('application/pdf', None)
    """
    return next((media for head, media, _ in _TYPES if content.startswith(head)), None)


def faults_of(attachments: Sequence[Attachment], events: int) -> list[Fault]:
    """Return what is wrong with attachments before anything is written."""
    found: list[Fault] = []
    for item in attachments:
        media = media_type(item.content)
        zh = en = ""
        if item.kind not in KINDS:
            zh, en = f"附件种类 {item.kind} 未知", f"unknown kind of attachment {item.kind}"
        elif not 0 <= item.event < events:
            zh, en = "附件没有对应的阶段记录", "the attachment belongs to no event"
        elif len(item.content) > MOST_BYTES:
            most = MOST_BYTES // 1024**2
            zh, en = f"文件大于 {most} MB", f"the file is larger than {most} MB"
        elif media is None:
            zh = "不是 JPEG、PNG 照片或 PDF（或文件为空），请另存为其中一种"
            en = "no JPEG, PNG or PDF (or empty): save it as one of them"
        elif item.kind in PICTURES and not media.startswith("image/"):
            zh, en = "改造前后应为照片", "before and after want a photo"
        if zh:
            found.append((f"附件 {item.name}：{zh}", f"attachment {item.name}: {en}"))
    return found


def write(
    connection: sa.Connection,
    attachments: Sequence[Attachment],
    *,
    change_no: int,
    first_event: int,
    workspace: Path,
) -> int:
    """Keep the files and list them; returns how many.

    A file is written beside its place and moved there whole. One that is left over from a change
    that never was is the same file under the same name, and is found again by the next.
    """
    if not attachments:
        return 0
    last = connection.scalar(sa.select(sa.func.max(_TABLE.c.attachment_id))) or 0
    rows = []
    for number, item in enumerate(attachments, start=last + 1):
        digest, media = sha256(item.content), str(media_type(item.content))
        _keep(workspace / file_name(digest, media), item.content)
        event = first_event + item.event
        size = len(item.content)
        rows.append((number, change_no, event, item.kind, item.name, media, size, digest))
    names = ("attachment_id", "change_no", *_NAMES[1:])
    bulk_insert(connection, _TABLE, names, rows)
    return len(rows)


def file_name(digest: str, media: str) -> str:
    """Return the place of a file inside the workspace."""
    return f"{FOLDER}/{digest}{_SUFFIX.get(media, '')}"


def _keep(path: Path, content: bytes) -> None:
    if path.is_file() and sha256(path.read_bytes()) == sha256(content):
        return
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":
        sync(path.parent)


def read(connection: sa.Connection, as_of: AsOf | None) -> pd.DataFrame:
    """Return the attachments known, each with parcel, stage, day and file, by number."""
    event = models.stage_event.c
    statement: sa.Select[Any] = (
        sa.select(
            *(_TABLE.c[name] for name in _NAMES),
            event.parcel_id,
            event.stage,
            sa.type_coerce(event.occurred_on, sa.Text),
        )
        .join(models.stage_event, event.event_id == _TABLE.c.event_id)
        .order_by(_TABLE.c.attachment_id)
    )
    known = known_change(connection, as_of)
    if known is not None:
        statement = statement.where(_TABLE.c.change_no <= known)
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    names = (*_NAMES, "parcel_id", "stage", "occurred_on")
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    kinds = {"attachment_id": "int", "event_id": "int", "bytes": "int", "occurred_on": "date"}
    frame = pd.DataFrame(
        {
            name: decode(column, kinds.get(name, "text"))
            for name, column in zip(names, cells, strict=True)
        }
    )
    digests = zip(frame["sha256"], frame["media_type"], strict=True)
    return frame.assign(file=[file_name(digest, media) for digest, media in digests])
