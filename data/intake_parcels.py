"""Parcels at the door: spatial files give geometry and attributes, ledgers attributes only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd

from data.difference import Difference, compare
from data.intake_columns import Column, KeyColumnMissingError, map_columns
from data.intake_decisions import (
    ABSENT,
    Decisions,
    MarkNeedsMapError,
    accepted_lineage,
    retired,
    vanished_here,
    with_marks,
)
from data.intake_files import Handed
from data.intake_geometry import log_shapes, measured
from data.intake_issues import IssueLog
from data.intake_notes import log_notes
from data.intake_place import SOURCE, with_sources
from data.intake_spatial import reject_geometry
from data.intake_units import without_unit_mistakes
from data.intake_values import coerce
from data.lineage_inherited import INHERITED, with_inherited
from data.schema import label
from gis.errors import Words
from gis.watch import step


@dataclass(frozen=True)
class Placed:
    """Rows that found their place.

    Attributes
    ----------
    rejected : Series of bool
        By row number.
    changed : DataFrame or None
        New and changed rows, ready for a change.
    ids : dict
        ``new``, ``changed``, ``unchanged``, ``vanished`` → identifiers, sorted.
    difference : Difference or None
        Of parcels: field by field, land gained and lost, suggested splits and mergers.
    lineage : DataFrame or None
        Accepted pairs of ``parent_id`` and ``child_id``.
    retired : tuple of str
        Parents among them that leave the register.
    """

    rejected: pd.Series
    changed: pd.DataFrame | None
    ids: dict[str, tuple[str, ...]]
    difference: Difference | None = None
    lineage: pd.DataFrame | None = None
    retired: tuple[str, ...] = ()


def typed_columns(
    cells: pd.DataFrame, columns: list[Column], log: IssueLog, *, skip: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Turn all mapped columns into values; log bad cells, but for ``skip`` only return them."""
    values: dict[str, pd.Series] = {}
    bad: dict[str, pd.Series] = {}
    for column in columns:
        found = coerce(cells[column.source], column)
        key = column.field.key
        values[key], bad[key] = found.values, found.bad
        _tell_conflicts(cells, column, found.values, log)
        log_notes(cells[column.source], column, found, log)
        if key in skip:
            continue
        for kind in found.bad.unique():
            rows = found.bad.index[found.bad == kind]
            shown = cells.loc[rows, column.source].tolist()
            log.add(str(kind), rows, values=shown, field_key=key)
    return pd.DataFrame(values, index=cells.index), bad


def _tell_conflicts(cells: pd.DataFrame, column: Column, values: pd.Series, log: IssueLog) -> None:
    """Tell the rows in which another column of the same field says something else."""
    for spare in column.spare:
        other = coerce(cells[spare.source], spare).values
        both = values.notna() & other.notna()
        if column.field.type == "float":
            same = np.isclose(values.astype("float64"), other.astype("float64"), rtol=1e-6)
        else:
            same = (values == other).fillna(False).to_numpy(dtype=bool)
        rows = values.index[both.to_numpy(dtype=bool) & ~same]
        pairs = zip(cells.loc[rows, column.source], cells.loc[rows, spare.source], strict=True)
        said = [f"{column.source} {one} / {spare.source} {two}" for one, two in pairs]
        log.add("column_conflict", rows, values=said, field_key=column.field.key)


def place_parcels(
    handed: Handed,
    read_recorded: Callable[..., pd.DataFrame],
    *,
    file: str,
    mapping: Mapping[str, str] | None,
    gap_share: float,
    decisions: Decisions,
    today: date,
    log: IssueLog,
) -> Placed:
    """Compare the rows of a file with the recorded parcels.

    Parameters
    ----------
    handed : Handed
        Rows as read.
    read_recorded : callable
        Gives the current parcels, indexed by ``parcel_id``, EPSG:4490; called once with the
        ``columns`` and the ``geometry`` that are compared.
    file : str
        Name of the file, for refusals.
    mapping : mapping, optional
        As in `map_columns`.
    gap_share : float
        Relative difference of recorded and measured area from which it is an issue.
    decisions : Decisions
        What to do about vanished parcels and suggested splits and mergers.
    today : date
        Office day of recording.
    log : IssueLog
        Takes every issue.

    Raises
    ------
    KeyColumnMissingError
        If no column holds identifiers.
    MarkNeedsMapError, LineageUnknownError
        If a decision does not fit the file.
    """
    if decisions.vanished == "mark" and not handed.spatial:
        raise MarkNeedsMapError(file=file)
    cells = handed.cells
    columns = map_columns([str(name) for name in cells.columns], "parcel", mapping=mapping, log=log)
    require_key(columns, "parcel_id", file, cells)
    beside: set[str] = {"geometry_area_m2", *(("town", ABSENT, SOURCE) if handed.spatial else ())}
    beside |= {*INHERITED} if handed.spatial and decisions.lineage else set()
    needed = sorted({column.field.key for column in columns} - {"parcel_id"} | beside)
    with ThreadPoolExecutor(1) as beside_us:  # the register is read while the file is looked at
        reading = beside_us.submit(read_recorded, columns=needed, geometry=handed.spatial)
        rows, rejected = _sound_rows(handed, cells, columns, reading.result, log)
        frame = rows.set_index(pd.Index(rows["parcel_id"].astype(object), name="parcel_id"))
        frame = frame.drop(columns="parcel_id")
        if handed.spatial:
            shapes = np.asarray(handed.frame.geometry.loc[~rejected].array)
            frame, plane = measured(frame, shapes)
        recorded = reading.result()
    step("compare", len(cells))
    numbers = pd.Series(rows.index, index=frame.index)
    drawn = _drawn_area(frame, recorded)
    frame = without_unit_mistakes(frame, drawn, numbers, gap_share, log)
    _log_gaps(frame, drawn, numbers, gap_share, log)
    odd = partial(log_shapes, plane=plane, numbers=numbers, log=log) if handed.spatial else None
    waits = tuple(log.ids[rejected].dropna()) if log.ids is not None else ()
    told = _compared(frame.sort_index(), recorded, rejected, waits, decisions, today, odd)
    if not handed.spatial or told.difference is None:
        return told
    ways = accepted_lineage(told.difference, decisions.lineage)
    sources = with_sources(
        with_inherited(told.changed, recorded, ways, numbers, log),
        frame,
        recorded,
        reshaped=told.difference.reshaped,
        shifted=handed.shifted,
    )
    return replace(told, changed=sources)


def _sound_rows(
    handed: Handed,
    cells: pd.DataFrame,
    columns: list[Column],
    recorded: Callable[[], pd.DataFrame],
    log: IssueLog,
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the values of the rows that can be taken, and which rows cannot."""
    values, bad = typed_columns(cells, columns, log, skip=("parcel_id",))
    log.ids = values["parcel_id"]
    rejected = _reject_ids(values["parcel_id"], bad["parcel_id"], cells, columns, log)
    rejected |= _reject_places(handed, values["parcel_id"], rejected, recorded, log)
    twice = pd.Series(False, index=values.index)
    twice.loc[~rejected] = values.loc[~rejected, "parcel_id"].duplicated()
    log.add(
        "id_duplicate",
        values.index[twice],
        values=values.loc[twice, "parcel_id"],
        field_key="parcel_id",
    )
    rejected |= twice
    return values.loc[~rejected], rejected


def _reject_places(
    handed: Handed,
    ids: pd.Series,
    rejected: pd.Series,
    recorded: Callable[[], pd.DataFrame],
    log: IssueLog,
) -> pd.Series:
    """Reject rows whose shape cannot be taken, or that have none and are not on record."""
    if handed.spatial:
        alive = handed.frame.loc[~rejected]
        found = reject_geometry(alive.geometry, shape="polygon", log=log)
        return found.reindex(ids.index, fill_value=False)
    unknown = ~rejected & ~ids.isin(recorded().index)
    log.add("id_unknown", ids.index[unknown], values=ids[unknown], field_key="parcel_id")
    return unknown


def _compared(
    frame: pd.DataFrame,
    recorded: pd.DataFrame,
    rejected: pd.Series,
    waits: tuple[str, ...],
    decisions: Decisions,
    today: date,
    tell_odd: Callable[..., None] | None,
) -> Placed:
    """Compare, carry out what was decided, and tell what is odd about the shapes."""
    found, changed = compare(frame, recorded, waiting=waits)
    lineage = accepted_lineage(found, decisions.lineage)
    leaving = retired(lineage)
    if tell_odd and isinstance(frame, gpd.GeoDataFrame) and isinstance(recorded, gpd.GeoDataFrame):
        gone = sorted(set(found.ids["vanished"]) - set(leaving))
        step("check", len(frame))
        beside = recorded.index.difference(frame.index).difference(leaving)
        tell_odd(frame, others=recorded.geometry.loc[beside])
        here = vanished_here(frame, recorded, gone)
        found = replace(found, vanished_here=here)
        absent = here if decisions.vanished == "mark" else ()
        changed = with_marks(changed, frame, recorded, absent=absent, today=today)
    pairs = lineage[["parent_id", "child_id"]].reset_index(drop=True)
    return Placed(rejected, changed, found.ids, found, pairs, leaving)


def require_key(columns: list[Column], key: str, file: str, cells: pd.DataFrame) -> None:
    """Raise unless a column holds the key.

    Raises
    ------
    KeyColumnMissingError
        Lists the first columns there are.
    """
    if not any(column.field.key == key for column in columns):
        names = "、".join(str(name)[:20] for name in cells.columns[:12])
        raise KeyColumnMissingError(file=file, label=_both(key), columns=names)


def _both(key: str) -> Words:
    return Words(label(key, with_unit=False), label(key, "en", with_unit=False))


def _reject_ids(
    ids: pd.Series,
    bad: pd.Series,
    cells: pd.DataFrame,
    columns: list[Column],
    log: IssueLog,
) -> pd.Series:
    """Reject rows without identifier, or with one that lost digits or cannot be one."""
    source = next(column.source for column in columns if column.field.key == "parcel_id")
    for kind, name in (
        ("precision_lost", "id_precision_lost"),
        ("unusable", "id_unusable"),
        ("error_cell", "id_error_cell"),
    ):
        rows = bad.index[bad == kind]
        log.add(name, rows, values=cells.loc[rows, source], field_key="parcel_id")
    missing = ids.isna() & ~ids.index.isin(bad.index)
    log.add("id_missing", ids.index[missing], field_key="parcel_id")
    return ids.isna()


def _drawn_area(frame: pd.DataFrame, recorded: pd.DataFrame) -> pd.Series:
    """Return the area of each row's polygon: its own, else the one on record."""
    if "geometry_area_m2" in frame:
        return frame["geometry_area_m2"]
    return recorded["geometry_area_m2"].reindex(frame.index)


def _log_gaps(
    frame: pd.DataFrame,
    measured: pd.Series,
    numbers: pd.Series,
    gap_share: float,
    log: IssueLog,
) -> None:
    """Log rows whose recorded area is far from the measured one; both stay."""
    key = next((k for k in ("registered_area_m2", "supplied_area_m2") if k in frame), None)
    if key is None:
        return
    stated = frame[key].astype("float64")
    share = stated / measured.where(measured > 0) - 1
    wide = share[share.abs() > gap_share]
    details = [
        Words(
            f"{label(key, with_unit=False)} {a:.1f} m²，图形 {b:.1f} m²，相差 {100 * c:+.1f} %",
            f"{label(key, 'en', with_unit=False)} {a:.1f} m², shape {b:.1f} m², "
            f"{100 * c:+.1f} % apart",
        )
        for a, b, c in zip(stated[wide.index], measured[wide.index], wide, strict=True)
    ]
    log.add(
        "area_gap", numbers[wide.index], values=stated[wide.index], field_key=key, detail=details
    )
