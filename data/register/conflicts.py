"""Two people at once: what a change would overwrite that others changed since it was begun."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from geopandas import GeoDataFrame

from data import schema
from data.errors import ConflictError
from data.register import chain, models
from data.register.chain_keys import ROW_KEYS
from data.register.change import Change
from data.register.codec import CHUNK, bulk_select, encode, raw_columns
from data.register.geometry_type import to_blobs
from gis.errors import Words

SHOWN = 10
_VERSION = models.parcel_version
_SHAPE = "geometry_digest"
_WORDS = {
    "geometry": Words("图形", "the shape"),
    "parcel": Words("宗地", "the parcel"),
    "verdict": Words("复核结论", "the verdict"),
    "value": Words("目标实绩", "the actual of the target"),
    "row": Words("待更正行", "the waiting row"),
    "block": Words("连片", "the block"),
    "scenario": Words("方案", "the scenario"),
    "plan": Words("年度采用方案", "the plan of the year"),
    "layer": Words("图层", "the layer"),
    "meta": Words("登记簿说明", "a fact about the register"),
}
_NOTHING = Words("空", "unknown")
_REMOVED, _KEPT = Words("已移除", "removed"), Words("仍在册", "still current")
_OTHER_SHAPE = Words("另一图形", "another shape")


@dataclass(frozen=True)
class Conflict:
    """One thing that another person changed and this change would overwrite.

    Attributes
    ----------
    subject : str
        Parcel, target, layer or key that is meant.
    field : str
        Key of the dictionary; else ``geometry``, ``parcel``, ``verdict``, ``value``, ``row`` (in
        quarantine), ``block``, ``scenario``, ``plan`` (of a year), ``layer`` or ``meta``.
    theirs, mine : str
        The value on record now, and the one that was to be written: Chinese, English by ``say``.
    change_no, who
        The change that came in between and who made it.
    """

    subject: str
    field: str
    theirs: Words
    mine: Words
    change_no: int
    who: str

    def told(self) -> tuple[str, str]:
        """Return the conflict as a phrase in Chinese and in English."""
        name = _WORDS.get(self.field)
        zh = name or schema.label(self.field, with_unit=False)
        en = name.en if name else schema.label(self.field, "en", with_unit=False)
        return (
            f"{self.subject} 的{zh}，{self.who}（第 {self.change_no} 次变更）：“{self.theirs}”，"
            f"您：“{self.mine}”",
            f"{en} of {self.subject}: {self.who} (change {self.change_no}) “{self.theirs.en}”, "
            f"you “{self.mine.en}”",
        )

    def record(self, lang: str) -> dict[str, Any]:
        """Return the conflict as plain values, in one language."""
        values = {"theirs": self.theirs.say(lang), "mine": self.mine.say(lang)}
        head = {"subject": self.subject, "field": self.field}
        return head | values | {"change": self.change_no, "who": self.who}


def refuse(connection: sa.Connection, change: Change, based_on: int) -> None:
    """Refuse a change that would overwrite what others changed after ``based_on``.

    Raises
    ------
    ConflictError
        With every conflict; its sentence shows the first ten.
    """
    found = [*_parcel_conflicts(connection, change, based_on)]
    found += _event_conflicts(connection, change.events, based_on)
    found += _said_conflicts(connection, change, based_on)
    found += _plan_conflicts(connection, change, based_on)
    if found:
        told = tuple(conflict.told() for conflict in found[:SHOWN])
        raise ConflictError(count=len(found), faults=told, conflicts=tuple(found))


def _touched(connection: sa.Connection, based_on: int) -> set[str]:
    """Return the parcels of which any version began or ended after a change."""
    c = _VERSION.c
    since = sa.or_(c.recorded_from > based_on, c.recorded_to > based_on)
    return set(connection.scalars(sa.select(c.parcel_id).where(since).distinct()))


def _parcel_conflicts(
    connection: sa.Connection, change: Change, based_on: int
) -> Iterator[Conflict]:
    given = pd.Index([]) if change.parcels is None else change.parcels.index.astype("str")
    touched = _touched(connection, based_on) if len(given) or change.removed else set()
    removed = sorted(set(map(str, change.removed)) & touched)
    mine = sorted(set(given) & touched)
    if mine and change.parcels is not None:
        part = change.parcels.set_axis(given).loc[mine]
        brought = _brought(part)
        yield from _overwritten(connection, brought, based_on)
    if removed:
        yield from _removed(connection, removed, based_on)


def _brought(part: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that a change brings as stored values, the shape by its digest."""
    shape = part.geometry.name if isinstance(part, GeoDataFrame) else None
    kinds = {f.key: f.type for f in schema.fields("parcel")}
    names = [str(key) for key in part.columns if key != shape]
    cells: dict[str, Any] = {key: encode(part[key], kinds[key]) for key in names}
    if isinstance(part, GeoDataFrame):
        cells[_SHAPE] = [chain.sha256(blob) for blob in to_blobs(part.geometry.to_numpy())]
    return pd.DataFrame(cells, index=part.index, dtype=object)


def _overwritten(
    connection: sa.Connection, mine: pd.DataFrame, based_on: int
) -> Iterator[Conflict]:
    ids, keys = mine.index.tolist(), list(mine.columns)
    now = _at(connection, ids, keys, None).reindex(ids)
    then = _at(connection, ids, keys, based_on).reindex(ids)
    who = _authors(connection, based_on)
    gone = now["change_no"].isna() & then["change_no"].notna()
    for parcel in gone.index[gone]:
        number = _ended(connection, parcel)
        yield Conflict(parcel, "parcel", _REMOVED, _KEPT, number, who.get(number, "?"))
    left = ~gone.to_numpy(dtype=bool)
    for key in keys:
        theirs = now[key].to_numpy(dtype=object)
        hit = left & _differ(theirs, then[key]) & _differ(theirs, mine[key])
        for at in np.flatnonzero(hit):
            number = int(now["change_no"].iloc[at])
            name = "geometry" if key == _SHAPE else key
            said = (_shown(name, theirs[at]), _shown(name, mine[key].iloc[at]))
            yield Conflict(ids[at], name, *said, number, who.get(number, "?"))


def _removed(connection: sa.Connection, ids: list[str], based_on: int) -> Iterator[Conflict]:
    """Yield every field that others changed of parcels that are to be removed."""
    keys = [key for key in ROW_KEYS if key != "parcel_id"]
    now = _at(connection, ids, [*keys, _SHAPE], None)
    then = _at(connection, ids, [*keys, _SHAPE], based_on).reindex(now.index)
    who = _authors(connection, based_on)
    for key in [*keys, _SHAPE]:
        for at in np.flatnonzero(_differ(now[key], then[key])):
            number = int(now["change_no"].iloc[at])
            name = "geometry" if key == _SHAPE else key
            said = (_shown(name, now[key].iloc[at]), _REMOVED)
            yield Conflict(str(now.index[int(at)]), name, *said, number, who.get(number, "?"))


def _differ(one: Any, other: Any) -> Any:
    """Tell where two columns of stored values differ; unknown is the same as unknown."""
    a, b = (np.asarray(values, dtype=object) for values in (one, other))
    blank = (pd.isna(a), pd.isna(b))
    return (blank[0] != blank[1]) | (~blank[0] & ~blank[1] & (a != b))


def _at(
    connection: sa.Connection, ids: Sequence[str], keys: Sequence[str], change_no: int | None
) -> pd.DataFrame:
    """Return the cells of parcels now, or after a change, with the change they came by."""
    to = _VERSION.c.recorded_to
    held: Any = to.is_(None)
    if change_no is not None:
        held = sa.and_(_VERSION.c.recorded_from <= change_no, sa.or_(held, to > change_no))
    names = ["parcel_id", "recorded_from", *(key for key in keys if key != "parcel_id")]
    rows: list[Any] = []
    for start in range(0, len(ids), CHUNK):
        chosen = _VERSION.c.parcel_id.in_(list(ids[start : start + CHUNK]))
        wanted: sa.Select[Any] = sa.select(*raw_columns(names)).select_from(_VERSION)
        for chunk in bulk_select(connection, wanted.where(held, chosen)):
            rows += chunk
    frame = pd.DataFrame(rows, columns=["parcel_id", "change_no", *names[2:]], dtype=object)
    return frame.set_index("parcel_id")


def _ended(connection: sa.Connection, parcel: str) -> int:
    last = sa.select(sa.func.max(_VERSION.c.recorded_to)).where(_VERSION.c.parcel_id == parcel)
    return int(connection.scalar(last) or 0)


def _authors(connection: sa.Connection, based_on: int) -> dict[int, str]:
    c = models.change.c
    rows = connection.execute(sa.select(c.change_no, c.who).where(c.change_no > based_on))
    return {int(number): str(who) for number, who in rows}


def _shown(key: str, value: Any) -> Words:
    if key == "geometry":
        return _OTHER_SHAPE
    if value is None or pd.isna(value):
        return _NOTHING
    kind = schema.field(key)
    if kind.type == "bool":
        return Words("是", "yes") if value else Words("否", "no")
    if kind.enum and value in schema.enum_codes(kind.enum):
        return Words(*(schema.enum_label(kind.enum, value, lang) for lang in ("zh", "en")))
    return _plain(value)


def _since(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], based_on: int
) -> list[Any]:
    """Return rows of a table that came after a change, oldest first, with who brought them."""
    who = _authors(connection, based_on)
    wanted: sa.Select[Any] = sa.select(*raw_columns(["change_no", *names])).select_from(table)
    later = wanted.where(table.c.change_no > based_on).order_by(*table.primary_key.columns)
    found = bulk_select(connection, later)
    return [(row, who.get(row[0], "?")) for rows in found for row in rows]


def _event_conflicts(
    connection: sa.Connection, events: pd.DataFrame | None, based_on: int
) -> Iterator[Conflict]:
    """Yield stages that somebody else recorded of the same parcel in the meantime."""
    if events is None or events.empty or "stage" not in events:
        return
    names = ("parcel_id", "stage", "occurred_on")
    theirs = {
        (row[1], row[2]): (row, who)
        for row, who in _since(connection, models.stage_event, names, based_on)
    }
    brought = events.reindex(columns=list(names)).astype(object)
    for parcel, stage, on in zip(*(brought[name] for name in names), strict=True):
        if (str(parcel), str(stage)) in theirs:
            row, who = theirs[str(parcel), str(stage)]
            said = (_stage(stage, row[3]), _stage(stage, on))
            yield Conflict(str(parcel), "stage", *said, int(row[0]), who)


def _stage(stage: Any, on: Any) -> Words:
    known = stage in schema.enum_codes("stage")
    zh, en = (schema.enum_label("stage", stage, lang) if known else stage for lang in ("zh", "en"))
    return Words(f"{zh} {str(on)[:10]}", f"{en} {str(on)[:10]}")


def _said_conflicts(connection: sa.Connection, change: Change, based_on: int) -> Iterator[Conflict]:
    """Yield verdicts, actuals, layers and facts that others told otherwise in the meantime."""
    said: tuple[tuple[str, sa.Table, Sequence[str], Any], ...] = (
        ("verdict", models.review, ("parcel_id", "verdict"), change.reviews),
        ("value", models.target_actual, ("target_id", "measured_on", "value"), change.actuals),
        ("row", models.quarantine_step, ("quarantine_id", "cells"), change.quarantine_steps),
        ("layer", models.reference_layer, ("name", "file"), _layers(change)),
        ("meta", models.meta, ("key", "value"), _facts(change)),
    )
    for field, table, names, rows in said:
        if rows is None or rows.empty:
            continue
        brought = rows.reindex(columns=list(names)).astype(object)
        mine = {_subject(row[:-1]): _plain(row[-1]) for row in brought.to_numpy()}
        later = _since(connection, table, names, based_on)
        theirs = {_subject(row[1:-1]): (_plain(row[-1]), int(row[0]), who) for row, who in later}
        for key, (value, number, who) in theirs.items():
            if key in mine and value != mine[key]:
                yield Conflict(key, field, value, mine[key], number, who)


def _plan_conflicts(connection: sa.Connection, change: Change, based_on: int) -> Iterator[Conflict]:
    """Yield blocks and scenarios that others saved under the same name, plans of the same year."""
    said: tuple[tuple[str, sa.Table, str, str, Any], ...] = (
        ("block", models.saved_block, "name", "parcel_ids", change.saved_blocks),
        ("scenario", models.scenario, "name", "answer", change.scenarios),
        ("plan", models.scenario, "year", "adopts", change.scenarios),
    )
    for field, table, key, value, rows in said:
        if rows is None or rows.empty:
            continue
        brought = rows.reindex(columns=[key, value]).astype(object).dropna(subset=[key])
        mine = {str(name): _whole(told) for name, told in brought.to_numpy()}
        for row, who in _since(connection, table, (key, value), based_on):
            name, told = str(row[1]), _whole(row[2])
            if row[1] is not None and name in mine and told != mine[name]:
                yield Conflict(name, field, _brief(told), _brief(mine[name]), int(row[0]), who)


def _whole(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _brief(text: str) -> Words:
    """Show a list of parcels by their number, a document by its kind."""
    if text.startswith("["):
        count = len(json.loads(text))
        return Words(f"{count} 宗", f"{count} parcels")
    if text.startswith("{"):
        return Words("另一结果", "another answer")
    return Words(text, text) if text else _NOTHING


def _layers(change: Change) -> pd.DataFrame:
    names = [layer.name for layer in change.layers]
    return pd.DataFrame({"name": names, "file": [Words("新文件", "a new file")] * len(names)})


def _facts(change: Change) -> pd.DataFrame:
    pairs = [] if change.meta is None else list(change.meta.items())
    return pd.DataFrame(pairs, columns=["key", "value"])


def _subject(parts: Iterable[Any]) -> str:
    return " ".join(str(part)[:10] if isinstance(part, date) else str(part) for part in parts)


def _plain(value: Any) -> Words:
    if isinstance(value, Words):
        return value
    if pd.isna(value):
        return _NOTHING
    return Words(f"{value:.12g}" if isinstance(value, (int, float)) else str(value)[:60])
