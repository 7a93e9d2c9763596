"""The door of stage events entered by hand or from a table: all or nothing, every fault told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pandas as pd

from data.asof import OFFICE_ZONE, office_day
from data.errors import DataError
from data.events_check import Ground, check_events
from data.intake_columns import Column, map_columns, unit_in
from data.intake_files import Reading, file_sha256, hand_over
from data.intake_issues import IssueLog, explain
from data.intake_parcels import require_key, typed_columns
from data.intake_values import plain_text
from data.lineage import carried_events
from data.register.change import EVENT_COLUMNS, Change
from data.rules import Rules
from data.schema import enum_spellings, label, normal_heading
from gis.errors import Words

TEXTS = ("doc_no", "who", "note")
SHOWN_FAULTS = 10
_DAYS = (pd.Timestamp("1700-01-01"), pd.Timestamp("2199-12-31"))


class EntryRefusedError(DataError):
    """Events that cannot be recorded: all faults are counted, the first ten are said.

    Attributes
    ----------
    faults : DataFrame
        As :func:`data.events_check.check_events` returns them.
    """

    zh: ClassVar[str] = (
        "阶段记录未登记：{rows} 行有问题，共 {count} 处。{faults}。改正后请整批重报。"
    )
    en: ClassVar[str] = (
        "No event was recorded: {rows} rows have {count} faults. {faults}. "
        "Mend them and send the whole batch again."
    )

    @property
    def faults(self) -> pd.DataFrame:
        """Every fault of every row."""
        found: pd.DataFrame = self.params["frame"]
        return found

    @classmethod
    def of(cls, faults: pd.DataFrame) -> EntryRefusedError:
        """Return the refusal that tells the faults of a batch."""
        shown = faults.head(SHOWN_FAULTS)
        more = len(faults) - len(shown)
        zh, en = ([fault_words(fault, lang) for fault in _records(shown)] for lang in ("zh", "en"))
        zh += [f"……另有 {more} 处"] if more else []
        en += [f"… and {more} more"] if more else []
        return cls(
            rows=faults["row"].nunique(),
            count=len(faults),
            faults=Words("；".join(zh), "; ".join(en)),
            frame=faults,
        )


def _records(faults: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in faults.to_dict("records")]


def fault_words(fault: dict[str, Any], lang: str) -> str:
    """Return one fault as a phrase: row, parcel, what is wrong, what was found.

    Examples
    --------
    >>> fault = {"row": 37, "parcel_id": "P1", "value": "-3", "zh": "为负", "en": "below 0"}
    >>> fault_words(fault, "en")
    'row 37, P1: below 0 (-3)'
    """
    said = fault["en" if lang == "en" else "zh"]
    parcel = fault["parcel_id"] if isinstance(fault["parcel_id"], str) else ""
    if lang == "en":
        found = f" ({fault['value']})" if fault["value"] else ""
        return f"row {fault['row']}{', ' + parcel if parcel else ''}: {said}{found}"
    found = f"（{fault['value']}）" if fault["value"] else ""
    return f"第 {fault['row']} 行{'，' + parcel if parcel else ''}：{said}{found}"


class AreaUnitMissingError(DataError):
    """Areas without a unit: in a county that reckons in 亩 nobody knows what they are."""

    zh = "文件 {file} 的“{column}”列没有写单位：请在标题中注明，如“涉及面积（亩）”。"
    en = "File {file}: the heading “{column}” names no unit; write it there, as “涉及面积（亩）”."


class EventRegister(Protocol):
    """What the door asks of a register."""

    def read_parcels(self, as_of: Any = None, *, columns: Any = None, geometry: bool = True) -> Any:
        """Return the current parcels by ``parcel_id``."""

    def read_events(self) -> pd.DataFrame:
        """Return the events on record."""

    def lineage_parts(self) -> Any:
        """Return the splits and mergers with the parent's shape before each."""

    def departed(self) -> pd.DataFrame:
        """Return the parcels that are no longer current."""

    def born(self) -> pd.DataFrame:
        """Return the parcels that a split or merger made."""


@dataclass(frozen=True)
class Recording:
    """Who records, why, when, and from which file."""

    who: str
    why: str
    recorded_at: datetime
    kind: str = "events"
    source: Path | None = None


def event_rows(entries: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return hand-made entries as rows, numbered from 1.

    Parameters
    ----------
    entries : sequence of dict
        Keys of ``EVENT_COLUMNS``; what is left out is unknown. A stage may be its code or any of
        its names.

    Examples
    --------
    >>> rows = event_rows([{"parcel_id": "P1", "stage": "拆除", "occurred_on": "2026-03-05"}])
    >>> rows.loc[1, "stage"], rows.loc[1, "occurred_on"].date().isoformat()
    ('demolished', '2026-03-05')
    """
    rows = pd.DataFrame(list(entries), index=pd.RangeIndex(1, len(entries) + 1))
    rows = rows.reindex(columns=list(EVENT_COLUMNS))
    known = enum_spellings("stage")
    given = rows["stage"].astype(object)
    rows["stage"] = [
        known.get(normal_heading(str(name)), name) if pd.notna(name) else None for name in given
    ]
    return _typed(rows)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    # Far-off days do not fit into nanoseconds; they are refused as too early or in the future.
    days = pd.to_datetime(rows["occurred_on"]).astype("datetime64[s]")
    days = days.mask(days < _DAYS[0], _DAYS[0]).mask(days > _DAYS[1], _DAYS[1])
    days = days.astype("datetime64[ns]")
    rows = rows.assign(
        occurred_on=days.dt.normalize(),
        area_m2=pd.to_numeric(rows["area_m2"]).astype("float64"),
        reverses=pd.to_numeric(rows["reverses"]).astype("Int64"),
    )
    for key in ("parcel_id", "stage", *TEXTS):
        text = rows[key].astype(object)
        rows[key] = text.where(text.notna(), None)
    return rows


def read_event_rows(path: Path | str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a table of events: the rows, numbered as in the file, and what cannot be read in them.

    Parameters
    ----------
    path : Path or str
        ``.xlsx`` or ``.csv`` with columns for parcel, stage and date; area (its unit in the
        heading), document, note, who and the number of an event taken back may follow.

    Returns
    -------
    rows, faults : DataFrame

    Raises
    ------
    UserError
        If it is no table, is empty, or lacks one of the three columns.
    """
    path = Path(path)
    log = IssueLog(path.name, "events")
    cells = hand_over(path, entity="event", reading=Reading(), log=log).cells
    columns = map_columns([str(name) for name in cells.columns], "event", mapping=None, log=log)
    for key in EVENT_COLUMNS[:3]:
        require_key(columns, key, path.name, cells)
    values, bad = typed_columns(cells, columns, log)
    rows = _typed(values.reindex(columns=list(EVENT_COLUMNS)))
    for column in columns:
        if column.field.key == "area_m2":
            bad["area_m2"] = _no_area(cells[column.source], column, bad["area_m2"], rows, path.name)
    parts = [
        _unread(rows, column.field.key, cells[column.source], found)
        for column in columns
        if len(found := bad[column.field.key])
    ]
    return rows, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _no_area(
    cells: pd.Series, column: Column, bad: pd.Series, rows: pd.DataFrame, file: str
) -> pd.Series:
    """Add the cells that hold a word for nothing: only an empty one means the whole parcel.

    Raises
    ------
    AreaUnitMissingError
        If plain numbers stand under a heading that names no unit.
    """
    told = plain_text(cells)
    words = told.notna() & rows["area_m2"].isna() & ~told.index.isin(bad.index)
    plain = pd.to_numeric(told, errors="coerce").notna().any()
    unit = unit_in(column.source) or column.factor != 1.0
    if plain and not unit and normal_heading(column.source) != "area_m2":
        raise AreaUnitMissingError(file=file, column=column.source[:40])
    return pd.concat([bad, pd.Series("area_unreadable", index=told.index[words], dtype=object)])


def _unread(rows: pd.DataFrame, key: str, cells: pd.Series, kinds: pd.Series) -> pd.DataFrame:
    zh, en = label(key), label(key, "en")
    return pd.DataFrame(
        {
            "row": kinds.index,
            "parcel_id": rows.loc[kinds.index, "parcel_id"].to_numpy(dtype=object),
            "field": key,
            "kind": kinds.to_numpy(dtype=object),
            "value": cells[kinds.index].astype(str).to_numpy(dtype=object),
            "zh": [f"{zh}：{explain(kind)}" for kind in kinds],
            "en": [f"{en}: {explain(kind, 'en')}" for kind in kinds],
        }
    )


def prepare_events(
    register: EventRegister,
    rows: pd.DataFrame,
    *,
    rules: Rules,
    recording: Recording,
    unread: pd.DataFrame | None = None,
) -> Change:
    """Return the change that records the rows, once every one of them is found possible.

    Parameters
    ----------
    register : EventRegister
        Only read.
    rows : DataFrame
        As :func:`event_rows` or :func:`read_event_rows` gives them.
    rules : Rules
        The workflow.
    recording : Recording
        Who, why, when; stands for ``who`` where a row does not say.
    unread : DataFrame, optional
        Faults found on reading; told together with the others.

    Raises
    ------
    EntryRefusedError
        With every fault of every row; nothing is to be written.
    """
    ground = ground_of(register)
    today = office_day(recording.recorded_at)
    faults = check_events(rows, ground=ground, rules=rules, today=today)
    if unread is not None and len(unread):
        cells = set(zip(unread["row"], unread["field"], strict=True))
        told = [pair in cells for pair in zip(faults["row"], faults["field"], strict=True)]
        faults = pd.concat([unread, faults[[not t for t in told]]], ignore_index=True)
        faults = faults.sort_values("row", kind="stable", ignore_index=True)
    if len(faults):
        raise EntryRefusedError.of(faults)
    events = rows.reset_index(drop=True)
    events["who"] = events["who"].where(events["who"].notna(), recording.who)
    source = recording.source
    return Change(
        kind=recording.kind,
        who=recording.who,
        why=recording.why,
        recorded_at=recording.recorded_at,
        source_name=None if source is None else source.name,
        source_sha256=None if source is None else file_sha256(source),
        events=events,
    )


def ground_of(register: EventRegister) -> Ground:
    """Read what the checks must know of the parcels."""
    columns = ["geometry_area_m2", "renewal_mode", "approved_on"]
    parts = register.lineage_parts()
    parcels = register.read_parcels(columns=columns, geometry=not parts.empty)
    return Ground(
        parcels=parcels,
        events=carried_events(register.read_events(), parcels, parts),
        vanished=_days(register.departed()),
        born=_days(register.born()),
    )


def _days(found: pd.DataFrame) -> pd.Series:
    moments = pd.to_datetime(found["recorded_at"], utc=True).dt.tz_convert(OFFICE_ZONE)
    days = moments.dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")
    return pd.Series(days.to_numpy(), index=pd.Index(found["parcel_id"], dtype=object))
