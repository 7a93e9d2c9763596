"""Undoing a change by a reversing one: what nobody touched since goes back to what it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import schema
from data.asof import office_day
from data.errors import DataError
from data.register.change import Change, LayerFile
from data.register.codec import encode
from data.register.past import Past, layer_file
from data.schema import label
from data.undo_said import kept_rows, said_back
from data.undone import undone_by, undone_changes, undone_key
from gis.errors import Words


class ChangeUnknownError(DataError):
    """A change that the register does not hold."""

    zh = "登记簿没有第 {number} 次变更：现有第 1 至 {last} 次。"
    en = "The register has no change {number}: it holds 1 to {last}."


class AlreadyUndoneError(DataError):
    """A change that was undone before."""

    zh = "第 {number} 次变更已经撤销过，没有再次撤销。"
    en = "Change {number} is undone already; nothing was done."


class NothingToUndoError(DataError):
    """A change of which nothing is left that could go back."""

    zh = "第 {number} 次变更没有可撤销的内容：{reason}。"
    en = "Nothing of change {number} can be undone: {reason}."


class PastReader(Protocol):
    """What undoing asks of a register."""

    workspace: Path

    @property
    def meta(self) -> dict[str, str]:
        """Facts as last told."""

    def changes(self) -> pd.DataFrame:
        """Return every change in order."""

    def read_parcels(self, as_of: Any = None, *, columns: Any = None, geometry: bool = True) -> Any:
        """Return the current parcels by ``parcel_id``."""

    def read_past(self, change_no: int) -> Past:
        """Return one change of the past, whole."""

    def read_reviews(self) -> pd.DataFrame:
        """Return what planners said of verdicts."""

    def read_actuals(self) -> pd.DataFrame:
        """Return what was reached of targets."""

    def read_minutes(self) -> pd.DataFrame:
        """Return minutes of meetings."""

    def read_saved_blocks(self) -> pd.DataFrame:
        """Return every version of the blocks put together by hand."""

    def read_scenarios(self) -> pd.DataFrame:
        """Return scenarios, and which was adopted for which year."""

    def read_quarantine(self) -> pd.DataFrame:
        """Return the rows that were set aside, and what became of them."""


@dataclass(frozen=True)
class Undoing:
    """A reversing change, and what of the first one stays.

    Attributes
    ----------
    change : Change
        Ready for `Register.commit`.
    kept : DataFrame
        ``what`` (parcel, event, layer, fact), ``name``, ``field`` and the ``reason`` (Chinese;
        English in ``reason_en``) why it stays: somebody changed it since.
    counts : dict
        How many parcels go back, are taken out and come back; events, layers, facts.
    """

    change: Change
    kept: pd.DataFrame
    counts: dict[str, int]


@dataclass(frozen=True)
class _Back:
    parcels: gpd.GeoDataFrame | None
    removed: tuple[str, ...]
    kept: pd.DataFrame
    counts: dict[str, int]


def prepare_undo(
    register: PastReader, change_no: int, *, who: str, recorded_at: datetime, why: str = ""
) -> Undoing:
    """Return the change that takes back another one.

    Nothing is deleted: the parcels get new versions, events are reversed by events, layers go
    back to the version before. What a later change touched stays, and is listed: parcels field by
    field.

    Parameters
    ----------
    register : PastReader
        Only read.
    change_no : int
        The change to be undone; it may itself be an undoing.
    who, why, recorded_at : str, str, datetime
        As in `Change`; without a reason its own number is told.

    Raises
    ------
    ChangeUnknownError, AlreadyUndoneError, NothingToUndoError
    """
    table = register.changes()
    row = table[table["change_no"] == change_no]
    if row.empty:
        raise ChangeUnknownError(number=change_no, last=len(table))
    if change_no in undone_changes(register.meta):
        raise AlreadyUndoneError(number=change_no)
    past = register.read_past(change_no)
    past = replace(past, before=_without_withdrawn(register, change_no, past.before))
    parcels = _parcels_back(past)
    layers, kept_layers = _layers_back(past, register.workspace)
    facts = {key: old for key, (mine, old, now) in past.facts.items() if mine == now}
    current = register.read_parcels(columns=[], geometry=False).index.difference(parcels.removed)
    restored = () if parcels.parcels is None else parcels.parcels.index
    said, kept_said = said_back(
        register,
        past,
        current=current.union(restored),
        today=office_day(recorded_at),
        why=_why(past, why),
    )
    counts = {**parcels.counts, "layers": len(layers), "facts": len(facts)}
    counts |= {name: len(frame) for name, frame in said.items()}
    kept = pd.concat([parcels.kept, kept_layers, kept_said], ignore_index=True)
    if not any(counts.values()) and past.lineage.empty:
        raise NothingToUndoError(number=change_no, reason=_all_kept(kept, bool(past.facts)))
    change = Change(
        kind="undo",
        who=who,
        why=_why(past, why),
        recorded_at=recorded_at,
        parcels=parcels.parcels,
        removed=parcels.removed,
        layers=layers,
        lineage=_lineage_again(register, change_no),
        meta={**facts, undone_key(change_no): str(len(table) + 1)},
        events=said.get("events"),
        reviews=said.get("reviews"),
        actuals=said.get("actuals"),
        minutes=said.get("minutes"),
        quarantine=said.get("quarantine"),
        saved_blocks=said.get("saved_blocks"),
        scenarios=said.get("scenarios"),
        quarantine_steps=said.get("quarantine_steps"),
    )
    return Undoing(change, kept, counts)


def _all_kept(kept: pd.DataFrame, facts: bool) -> Words:
    """Say what stands in the way where nothing goes back, the first few by name."""
    if kept.empty and facts:
        return Words("它记下的内容之后又被改动", "what it put down was changed since")
    if kept.empty:
        return Words("它没有改动任何内容", "it changed nothing")
    some = kept.head(5)
    fields = ["" if pd.isna(key) else str(key) for key in some["field"]]
    zh = [
        f"{name}{_named(key, 'zh')}（{reason}）"
        for name, key, reason in zip(some["name"], fields, some["reason"], strict=True)
    ]
    en = [
        f"{name} {_named(key, 'en')} ({reason})"
        for name, key, reason in zip(some["name"], fields, some["reason_en"], strict=True)
    ]
    more = len(kept) - len(some)
    return Words(
        "、".join(zh) + (f"等 {len(kept)} 处" if more else ""),
        ", ".join(en) + (f" and {more} more" if more else ""),
    )


def _named(key: str, lang: str) -> str:
    if key == "geometry":
        return "图形" if lang == "zh" else "shape"
    return label(key, lang, with_unit=False) if key else ""


def _why(past: Past, why: str) -> str:
    told = f"撤销第 {past.change['change_no']} 次变更（{past.change['why']}）"
    return f"{told}：{why}" if why else told


def _parcels_back(past: Past) -> _Back:
    before, after, now = past.before, past.after, past.now
    came = after.index.difference(before.index)
    left = before.index.difference(after.index)
    both = before.index.intersection(after.index)
    # Taken out where nobody touched them since; put back where nobody did either.
    here = came.intersection(now.index)
    moved = _changed_fields(after.loc[here], now.loc[here]).any(axis=1).to_numpy(dtype=bool)
    busy = here.isin(list(past.busy))
    removed = here[~moved & ~busy]
    again = left.difference(now.index)
    alive = both.intersection(now.index)
    rows, rest = _fields_back(before.loc[alive], after.loc[alive], now.loc[alive])
    parts = [part for part in (before.loc[again], rows) if len(part)]
    kept = [
        kept_rows("parcel", here[moved], ("之后又被改动", "changed since")),
        kept_rows("parcel", here[busy & ~moved], ("之后登记了阶段", "has later stage events")),
        kept_rows("parcel", left.intersection(now.index), ("已重新在册", "is back already")),
        kept_rows("parcel", both.difference(now.index), ("已不在册", "no longer on record")),
        rest,
    ]
    frame = pd.concat(parts).sort_index() if parts else None
    parcels = None if frame is None else gpd.GeoDataFrame(frame, geometry="geometry", crs=4490)
    counts = {"parcels_changed": len(rows), "parcels_removed": len(removed)}
    counts["parcels_restored"] = len(again)
    return _Back(parcels, tuple(removed), pd.concat(kept, ignore_index=True), counts)


def _without_withdrawn(
    register: PastReader, change_no: int, before: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return what parcels were before a change, without what came from changes undone since.

    Undoing an earlier change left alone what this one had written over: it is not to come back.
    """
    by = undone_by(register.meta)
    undone = [no for no in undone_changes(register.meta) if no < change_no and by[no] != change_no]
    found = before.copy()
    for number in sorted(undone, reverse=True):
        past = register.read_past(number)
        ids = found.index.intersection(past.before.index).intersection(past.after.index)
        old, given, here = past.before.loc[ids], past.after.loc[ids], found.loc[ids]
        withdrawn = _changed_fields(old, given) & ~_changed_fields(given, here)
        for key in withdrawn.columns[withdrawn.any()]:
            rows = ids[withdrawn[key].to_numpy(dtype=bool)]
            found.loc[rows, key] = old.loc[rows, key]
    return found


def _changed_fields(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say field by field, the shape included, where two sets of the same parcels differ."""
    columns = {}
    for key in one.columns:
        if key == "geometry":
            mine, theirs = np.asarray(one.geometry.array), np.asarray(other.geometry.array)
            columns[key] = ~shapely.equals_identical(mine, theirs)
        elif one[key].equals(other[key]):  # most fields of most changes: no need to encode them
            columns[key] = np.zeros(len(one), dtype=bool)
        else:
            kind = schema.field(str(key)).type
            columns[key] = encode(one[key], kind) != encode(other[key], kind)
    return pd.DataFrame(columns, index=one.index, dtype=bool)


def _fields_back(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, now: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give back every field that the change changed and nobody changed since."""
    changed, later = _changed_fields(before, after), _changed_fields(after, now)
    rows, kept = now.copy(), []
    for key in before.columns:
        mine, since = changed[key].to_numpy(), later[key].to_numpy()
        back = mine & ~since
        if key == "geometry":
            shapes = np.where(
                back, np.asarray(before.geometry.array), np.asarray(now.geometry.array)
            )
            rows = rows.set_geometry(gpd.GeoSeries(shapes, index=rows.index, crs=4490))
        elif back.any():
            rows[key] = now[key].where(~back, before[key])
        if (mine & since).any():
            reason = ("之后又被改动", "changed since")
            still = mine & since & _differs(before[key], now[key])
            kept.append(kept_rows("parcel", now.index[still], reason, field=key))
    touched = (changed & ~later).any(axis=1).to_numpy(dtype=bool)
    none = kept_rows("parcel", (), ("", ""))
    return rows[touched], pd.concat(kept or [none], ignore_index=True)


def _differs(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Say where a field is not what it was before, so that something stays."""
    if one.name == "geometry":
        mine, theirs = np.asarray(one.array), np.asarray(other.array)
        return np.asarray(~shapely.equals_identical(mine, theirs))
    kind = schema.field(str(one.name)).type
    return np.asarray(encode(one, kind) != encode(other, kind), dtype=bool)


def _layers_back(past: Past, workspace: Path) -> tuple[tuple[LayerFile, ...], pd.DataFrame]:
    newest = past.layers["newest"].to_numpy(dtype=bool)
    layers, lost = [], []
    for name, row in past.layers[newest].iterrows():  # a handful of layers
        if pd.isna(row["earlier"]):
            layers.append(LayerFile(name=str(name), withdrawn=True))
        elif (file := layer_file(workspace, str(row["earlier"]))) is not None:
            layers.append(LayerFile(name=str(name), path=file, note=str(row["note"] or "")))
        else:
            lost.append(name)
    kept = [
        kept_rows("layer", past.layers.index[~newest], ("之后有新版本", "has a later version")),
        kept_rows("layer", lost, ("旧文件不见了", "the earlier file is gone")),
    ]
    return tuple(layers), pd.concat(kept, ignore_index=True)


def _lineage_again(register: PastReader, change_no: int) -> pd.DataFrame | None:
    """Return the splits and mergers that hold again when an undoing is undone."""
    of = [number for number, by in undone_by(register.meta).items() if by == change_no]
    found = [pairs for number in of if len(pairs := register.read_past(number).lineage)]
    return pd.concat(found, ignore_index=True) if found else None
