"""Open what was handed over, and number its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.intake_columns import field_key, knows
from data.intake_issues import IssueLog
from data.intake_tables import tidy
from data.schema import headings, normal_heading
from data.undone import undone_changes
from gis.errors import (
    FileEmptyError,
    FileMissingError,
    FileUnreadableError,
    LayerChoiceError,
    TableTooLongError,
    Words,
)
from gis.formats import TABLE_SUFFIXES
from gis.io import MOST_ROWS, location_of, placed, read, read_table, with_geometry
from gis.io.tables import sheet_names
from gis.mojibake import garbled

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")

LIST_SHEETS = (("地块清单", "Parcels"), ("汇总", "Summary"), ("说明", "About"))
"""Sheets of a list of parcels as it leaves the program, in Chinese and English."""


@dataclass(frozen=True)
class Reading:
    """How the caller wants a file to be read."""

    crs: Any = None
    encoding: str | None = None
    layer: str | None = None
    mapping: Mapping[str, str] | None = None
    header_rows: tuple[int, int] | None = None


@dataclass(frozen=True)
class Handed:
    """Rows as handed over.

    Attributes
    ----------
    frame : DataFrame or GeoDataFrame
        Indexed by row number: of the feature from 1, or of the line in the table.
    spatial : bool
        Whether there is a geometry column.
    shifted : str or None
        The web map's system that coordinates were taken back from, a key of `gis.datum.SHIFTS`.
    """

    frame: pd.DataFrame
    spatial: bool
    shifted: str | None = None

    @property
    def cells(self) -> pd.DataFrame:
        """The columns without the geometry."""
        if isinstance(self.frame, gpd.GeoDataFrame):
            return pd.DataFrame(self.frame.drop(columns=self.frame.geometry.name))
        return self.frame


def hand_over(
    path: Path,
    *,
    entity: str | None,
    reading: Reading,
    log: IssueLog,
    shapes: str = "none",
) -> Handed:
    """Read a map file or a table.

    Parameters
    ----------
    path : Path
        The file.
    entity : str, optional
        Whose headings the table has.
    reading : Reading
        How to read it.
    log : IssueLog
        Takes subtotals left out, and notes on reading.
    shapes : str
        Whether coordinates in the cells of a table become geometry: ``"none"``, ``"areas"``
        (where polygons come of them) or ``"any"``.

    Raises
    ------
    GisError
        If it cannot be read, or holds no rows.
    """
    if path.suffix.lower() in TABLE_SUFFIXES:
        frame = _table(path, entity, reading, log)
        location = None if shapes == "none" else location_of(frame)
        if location is not None and (location.areal or shapes == "any"):
            plot = _plot_heading(frame, entity or "parcel", reading.mapping, location.columns)
            drawn = with_geometry(frame, location, plot=plot)
            told = {**drawn.attrs, "crs_unknown": None}
            frame = placed(drawn, told, file=path.name, crs=reading.crs)
    else:
        log.sheet = reading.layer
        frame = read(path, layer=reading.layer, crs=reading.crs, encoding=reading.encoding)
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if spatial:
        notes = list(frame.attrs.get("notes", ()))
        log.add("note", [pd.NA] * len(notes), detail=notes)
    if frame.empty:
        raise FileEmptyError(file=path.name)
    sound = _without_garbled(frame, _id_headings(entity, reading), log)
    return Handed(sound, spatial, frame.attrs.get("shifted"))


def _id_headings(entity: str | None, reading: Reading) -> set[str]:
    """Headings, normalised, of the parcel's identifier."""
    known = {} if entity is None else headings(entity)
    given = {name for name, key in (reading.mapping or {}).items() if key == "parcel_id"}
    found = {name for name, key in known.items() if key == "parcel_id"}
    return found | {normal_heading(name) for name in given}


def _without_garbled(frame: pd.DataFrame, ids: set[str], log: IssueLog) -> pd.DataFrame:
    """Leave garbled text unknown and list it, with what it was probably meant to be.

    A garbled identifier is no identifier: it is made one that cannot be used.
    """
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    cleared: dict[str, pd.Series] = {}
    for name in frame.columns:
        found = garbled(frame[name]) if name != shape else None
        if found is None or found.empty:
            continue
        if normal_heading(str(name)) in ids:
            cleared[str(name)] = frame[name].mask(frame.index.isin(found.index), "\ufffd")
            continue
        likely = [Words(f"可能是“{text}”", f"probably “{text}”") if text else "" for text in found]
        values = frame.loc[found.index, name]
        log.add("text_garbled", found.index, values=values, field_key=str(name), detail=likely)
        cleared[str(name)] = frame[name].mask(frame.index.isin(found.index), None)
    return frame.assign(**cleared) if cleared else frame


def _plot_heading(
    frame: pd.DataFrame,
    entity: str,
    mapping: Mapping[str, str] | None,
    coordinates: tuple[str, ...],
) -> str | None:
    """Return the heading that names the plot of a boundary point: its code, name, or the first."""
    given = {normal_heading(name): key for name, key in (mapping or {}).items()}
    names = [str(name) for name in frame.columns if name not in coordinates]
    keys = {given.get(normal_heading(n)) or field_key(n, entity): n for n in reversed(names)}
    return keys.get("parcel_id") or keys.get("parcel_name") or next(iter(names), None)


def _table(path: Path, entity: str | None, reading: Reading, log: IssueLog) -> pd.DataFrame:
    known = None if entity is None else knows(entity, reading.mapping)
    sheet = None if path.suffix.lower() == ".csv" else reading.layer
    told: dict[str, Any] = {
        "header_rows": reading.header_rows,
        "encoding": reading.encoding,
        "known": known,
    }
    try:
        frame = read_table(path, sheet=sheet, **told)
    except LayerChoiceError:
        own = _own_list(path)
        if own is None:
            raise
        frame = read_table(path, sheet=own, **told)
    place = location_of(frame) if len(frame) > MOST_ROWS else None
    if len(frame) > MOST_ROWS and (place is None or place.kind != "points"):
        raise TableTooLongError(file=path.name, rows=len(frame), limit=MOST_ROWS)
    log.sheet = None if path.suffix.lower() == ".csv" else frame.attrs.get("layer")
    return tidy(frame, entity, reading.mapping, log)


def _own_list(path: Path) -> str | None:
    """Return the sheet with the parcels, where a workbook is a list that this program wrote."""
    there = sheet_names(path)
    for at, name in enumerate(LIST_SHEETS[0]):
        if there == [sheet[at] for sheet in LIST_SHEETS]:
            return name
    return None


def file_sha256(path: Path) -> str:
    """Fingerprint of a file; of a shapefile or geodatabase, of its parts in a fixed order.

    Raises
    ------
    FileMissingError, FileUnreadableError
        If it cannot be read.
    """
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [path.with_suffix(suffix) for suffix in _SHAPEFILE_PARTS]
        parts = [part for part in parts if part.is_file()] or [path]
    elif path.is_dir():
        parts = sorted(part for part in path.glob("*.gdb*") if part.is_file()) or [path]
    digest = hashlib.sha256()
    try:
        for part in parts:
            with part.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    except FileNotFoundError as error:
        raise FileMissingError(file=path.name) from error
    except IsADirectoryError as error:
        raise FileUnreadableError(
            file=path.name, reason=Words("是目录", "it is a folder")
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadableError(file=path.name, reason=reason) from error
    return digest.hexdigest()


def seen_before(register: Any, digest: str) -> tuple[int, ...]:
    """Return the changes that brought a file with this fingerprint and were not undone.

    A register that tells no changes has seen nothing.
    """
    if not hasattr(register, "changes"):
        return ()
    table = register.changes()
    found = table.loc[table["source_sha256"] == digest, "change_no"]
    undone = undone_changes(register.meta)
    return tuple(int(number) for number in found if int(number) not in undone)
