"""Rows that wait for mending: looked at, edited, and let in by the same door as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.asof import office_day
from data.errors import DataError
from data.intake import ImportReport, area_gap_share
from data.intake_decisions import Decisions
from data.intake_events import place_events
from data.intake_files import Handed
from data.intake_issues import IssueLog
from data.intake_parcels import Placed, place_parcels
from data.intake_quarantine import ENTITY_OF, as_json
from data.intake_values import plain_text
from data.register.change import Change
from data.register.quarantine import ACCEPTED, DISCARDED, EDITED

Cells = Mapping[str, str | None]
_NOTHING: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("new", "changed", "unchanged", "vanished"), ()
)
NAME = "待更正行"
"""What the issues of rows let in from quarantine give as their file where it is not known."""


class NothingWaitsError(DataError):
    """Numbers of rows that do not wait."""

    zh = "没有待更正的行 {numbers}：请用 quarantine list 查看待更正的行。"
    en = "No row waits under {numbers}: see `quarantine list`."


class ReasonMissingError(DataError):
    """A row given up without a word."""

    zh = "放弃待更正的行须说明理由（--note）。"
    en = "Giving up rows that wait needs a reason (--note)."


class QuarantineRegister(Protocol):
    """What entering rows asks of a register."""

    def read_parcels(self, as_of: Any = None, *, columns: Any = None, geometry: bool = True) -> Any:
        """Return the current parcels by ``parcel_id``."""

    def read_events(self) -> pd.DataFrame:
        """Return the events on record."""

    def read_quarantine(self, *, waiting: bool = False) -> pd.DataFrame:
        """Return the rows that were put aside."""


def waiting_rows(
    register: QuarantineRegister, numbers: Sequence[int] | None = None, *, layer: str | None = None
) -> pd.DataFrame:
    """Return rows that wait, by number.

    Parameters
    ----------
    register : Register
        Only read.
    numbers : sequence of int, optional
        Only these.
    layer : str, optional
        Only rows of ``parcels`` or ``events``.

    Raises
    ------
    NothingWaitsError
        If a number is not of a row that waits.
    """
    found = register.read_quarantine(waiting=True).set_index("quarantine_id")
    if numbers is not None:
        strange = [str(number) for number in numbers if number not in found.index]
        if strange:
            raise NothingWaitsError(numbers="、".join(strange[:10]))
        found = found.loc[sorted(set(numbers))]
    return found if layer is None else found[found["layer"] == layer]


def cells_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Lay out what waiting rows hold: one column for each field key or heading, text or None."""
    told = [json.loads(text) for text in rows["cells"]]
    frame = pd.DataFrame(told, index=rows.index, dtype=object)
    return frame.where(frame.notna(), None)


def edit_rows(
    register: QuarantineRegister,
    corrections: Mapping[int, Cells],
    *,
    who: str,
    recorded_at: datetime,
    shapes: Mapping[int, shapely.Geometry] | None = None,
) -> Change:
    """Return the change that rewrites cells of rows that go on waiting.

    Parameters
    ----------
    corrections : mapping
        Number → field key or heading → new text, with its unit (``15亩``); None empties it.
    shapes : mapping, optional
        Number → new geometry, EPSG:4490.

    Raises
    ------
    NothingWaitsError
        If a number is not of a row that waits.
    """
    numbers = sorted({*corrections, *(shapes or {})})
    rows = _edited(waiting_rows(register, numbers), corrections, shapes or {})
    return Change(
        kind="quarantine",
        who=who,
        why=f"更正待更正行 {len(rows)} 行",
        recorded_at=recorded_at,
        quarantine_steps=_edits(rows, numbers),
    )


def discard_rows(
    register: QuarantineRegister,
    numbers: Sequence[int],
    *,
    who: str,
    recorded_at: datetime,
    note: str,
) -> Change:
    """Return the change that gives rows up; they stay on record with the reason.

    Raises
    ------
    NothingWaitsError, ReasonMissingError
        If a number is not of a row that waits, or no reason is given.
    """
    rows = waiting_rows(register, numbers)
    if not note.strip():
        raise ReasonMissingError
    steps = pd.DataFrame({"quarantine_id": rows.index, "action": DISCARDED, "note": note.strip()})
    return Change(
        kind="quarantine",
        who=who,
        why=f"放弃待更正行 {len(rows)} 行：{note.strip()}",
        recorded_at=recorded_at,
        quarantine_steps=steps,
    )


def enter_rows(
    register: QuarantineRegister,
    numbers: Sequence[int] | None = None,
    *,
    layer: str,
    who: str,
    recorded_at: datetime,
    corrections: Mapping[int, Cells] | None = None,
    shapes: Mapping[int, shapely.Geometry] | None = None,
    more: pd.DataFrame | None = None,
) -> ImportReport:
    """Let rows that wait through the door again, with corrections.

    Parameters
    ----------
    numbers : sequence of int, optional
        Rows to try; all of the layer by default.
    layer : str
        ``parcels`` or ``events``.
    corrections, shapes : mapping, optional
        As in `edit_rows`.
    more : DataFrame, optional
        Rows that never waited, as `waiting_rows` returns them but with numbers below zero; what
        cannot enter of them is rejected.

    Returns
    -------
    ImportReport
        Rows that still cannot enter go on waiting, with their corrections. A ledger row takes the
        recorded shape of its parcel.

    Raises
    ------
    NothingWaitsError
        If a number is not of a row that waits.
    """
    corrections, shapes = corrections or {}, shapes or {}
    rows = _edited(waiting_rows(register, numbers, layer=layer), corrections, shapes)
    if more is not None:
        rows = pd.concat([rows, more])
    log = IssueLog(NAME, layer)
    placed = _placed(rows, register, layer, who, recorded_at, log)
    out = placed.rejected.index[placed.rejected]
    log.set_aside(out[out >= 0])
    issues = _of_files(log.frame(), rows)
    entered = rows.index.difference(out)
    parts = _steps(rows, entered, sorted(out.intersection(pd.Index([*corrections, *shapes]))))
    change = Change(
        kind="quarantine",
        who=who,
        why=f"待更正行入库 {len(entered)} 行",
        recorded_at=recorded_at,
        parcels=placed.changed if layer == "parcels" else None,
        events=placed.changed if layer == "events" else None,
        issues=None if issues.empty else issues,
        quarantine_steps=pd.concat(parts, ignore_index=True) if parts else None,
    )
    return ImportReport(
        file=NAME,
        layer=layer,
        rows_in=len(rows),
        accepted=len(entered),
        rejected=int((out < 0).sum()),
        issues=issues,
        diff={kind: len(ids) for kind, ids in placed.ids.items()},
        change=change if parts or placed.changed is not None else None,
        ids=placed.ids,
        quarantined=int((out >= 0).sum()),
    )


def _steps(rows: pd.DataFrame, entered: pd.Index, touched: Sequence[int]) -> list[pd.DataFrame]:
    """Return what becomes of rows: those that entered, those that wait with other cells."""
    mine = entered[entered >= 0]
    accepted = pd.DataFrame({"quarantine_id": mine, "action": ACCEPTED})
    return [part for part in (accepted, _edits(rows, touched)) if len(part)]


def _edited(
    rows: pd.DataFrame, corrections: Mapping[int, Cells], shapes: Mapping[int, shapely.Geometry]
) -> pd.DataFrame:
    rows = rows.copy()
    for number, new in corrections.items():
        if number in rows.index:
            cells = json.loads(str(rows.at[number, "cells"])) | dict(new)
            rows.at[number, "cells"] = as_json(cells)
    for number, shape in shapes.items():
        if number in rows.index:
            rows.at[number, "shape"] = shapely.to_wkb(shape, hex=True)
    return rows


def _edits(rows: pd.DataFrame, numbers: Sequence[int]) -> pd.DataFrame:
    part = rows.loc[list(numbers), ["cells", "shape"]]
    return part.assign(quarantine_id=part.index, action=EDITED).reset_index(drop=True)


def _placed(
    rows: pd.DataFrame,
    register: QuarantineRegister,
    layer: str,
    who: str,
    recorded_at: datetime,
    log: IssueLog,
) -> Placed:
    cells = cells_of(rows)
    for key in ("parcel_id", *(("stage", "occurred_on") if layer == "events" else ())):
        if key not in cells:
            cells[key] = None
    if rows.empty:
        return Placed(pd.Series(False, index=rows.index), None, dict(_NOTHING))
    if layer == "events":
        return place_events(
            Handed(cells, spatial=False),
            register.read_parcels(columns=["geometry_area_m2"], geometry=False),
            register.read_events(),
            file=NAME,
            mapping=None,
            today=office_day(recorded_at),
            who=who,
            log=log,
        )
    shapes = _with_recorded(rows["shape"], cells["parcel_id"], register)
    frame = gpd.GeoDataFrame(cells, geometry=shapes, crs=4490)
    placed = place_parcels(
        Handed(frame, spatial=True),
        register.read_parcels,
        file=NAME,
        mapping=None,
        gap_share=area_gap_share(),
        decisions=Decisions(),
        today=office_day(recorded_at),
        log=log,
    )
    return replace(placed, ids={**placed.ids, "vanished": ()}, difference=None)


def _with_recorded(
    shapes: pd.Series, ids: pd.Series, register: QuarantineRegister
) -> gpd.GeoSeries:
    """Return the shapes of rows; a row without one takes that of its parcel on record."""
    drawn = shapely.from_wkb(shapes.where(shapes.notna(), None).to_numpy(dtype=object))
    found = pd.Series(drawn, index=shapes.index, dtype=object)
    missing = shapely.is_missing(drawn)
    if missing.any():
        recorded = register.read_parcels(columns=[], geometry=True)
        known = pd.Series(np.asarray(recorded.geometry.array), recorded.index, dtype=object)
        named = plain_text(ids[missing])
        found[missing] = known.reindex(named.to_numpy()).to_numpy()
    values = found.to_numpy(dtype=object, copy=True)
    values[pd.isna(values)] = None
    return gpd.GeoSeries(values, index=shapes.index, crs=4490)


def _of_files(issues: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Name in each issue the file, sheet and row from which the row once came."""
    own = issues["row"].notna()
    source = rows.reindex(issues.loc[own, "row"].astype("int64"))
    for key in ("file", "sheet", "row"):
        issues[key] = issues[key].astype("Int64" if key == "row" else object)
        issues.loc[own, key] = source[key].to_numpy()
    return issues


LAYERS = tuple(ENTITY_OF)
"""Layers whose rows can wait."""
