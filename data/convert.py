"""File to file, without a register: the same reading, the same checks, the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.convert_columns import one_kind, stacked, told_apart
from data.errors import DataError
from data.intake_columns import field_key, unit_factor, unit_in
from data.intake_files import Handed, Reading, hand_over
from data.intake_geometry import Repairs, log_shapes, measured, repaired, repairs_json
from data.intake_issues import IssueLog, issue_records
from data.intake_spatial import reject_geometry
from data.schema import field as term
from gis.crs import COUNTY_CRS, normalise
from gis.errors import GeometryMissingError, Words, spoken
from gis.formats import VECTOR_DRIVERS
from gis.io import inspect, write
from gis.io.boundary_txt import AREA_COLUMN, PLOT_COLUMNS
from gis.io.boundary_write import BoundaryForm, plots

SOURCE_FILE = "来源文件"
"""Heading of the file that a row comes from, where there are several."""

KEPT_AS_THEY_ARE = ("geometry_invalid", "geometry_hole_outside", "geometry_no_area")
"""Faults that a register would not take, and a conversion hands on."""

_ONLY_POLYGONS = (".txt", ".dxf")
_BYTES = 10
_CODES = {
    "图幅号": "TFH",
    "地类编码": "DLBM",
    AREA_COLUMN: "MJ_HA",
    "界址点数": "JZDS",
    SOURCE_FILE: "LYWJ",
}
"""Codes of columns that the field dictionary does not hold."""

_ROLES = {"parcel_id": "地块编号", "parcel_name": "地块名称", "approved_use": "地块用途"}


class ConvertOntoItselfError(DataError):
    """The target is one of the files read."""

    zh = "输出文件 {out} 就是要转换的文件本身，没有写入：请换一个文件名。"
    en = "The output {out} is the file to be converted; nothing was written. Choose another name."


class NothingAcceptedError(DataError):
    """No row can be written."""

    zh = "{file} 的 {rows} 行都没有可用的图形，没有写出文件（第 {row} 行：{reason}）。"
    en = (
        "None of the {rows} rows of {file} has a usable geometry; nothing was written "
        "(row {row}: {reason})."
    )


@dataclass(frozen=True)
class Conversion:
    """What a conversion did.

    Attributes
    ----------
    files : tuple of str
        Names of what was read.
    out : Path
        What was written.
    rows_in, accepted, rejected : int
        Rows read, written and left out; the first is the sum of the others.
    issues : DataFrame
        As in `data.intake.ImportReport`.
    columns : dict
        Heading → name in the new file, where they differ.
    crs_read, crs_written : str
        Coordinate systems.
    notes : tuple of str
        What was changed on the way.
    repairs : GeoDataFrame or None
        Proposed repairs by row, as of an import; those ``accepted`` were carried out.
    """

    files: tuple[str, ...]
    out: Path
    rows_in: int
    accepted: int
    rejected: int
    issues: pd.DataFrame
    columns: dict[str, str] = field(default_factory=dict)
    crs_read: str = ""
    crs_written: str = ""
    notes: tuple[str, ...] = ()
    repairs: gpd.GeoDataFrame | None = None

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {
            "files": list(self.files),
            "out": str(self.out),
            "rows_in": self.rows_in,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "crs_read": self.crs_read,
            "crs_written": self.crs_written,
            "columns": dict(self.columns),
            "notes": [spoken(note, lang) for note in self.notes],
            "repairs": [] if self.repairs is None else repairs_json(self.repairs, lang),
            "issues": issue_records(self.issues, lang),
        }


def convert(
    files: Sequence[Path],
    out: Path,
    *,
    reading: Reading | None = None,
    out_crs: Any = None,
    out_encoding: str = "UTF-8",
    form: BoundaryForm | None = None,
    repairs: Repairs = (),
) -> Conversion:
    """Write the rows of files in another format; the suffix of the target says which.

    Parameters
    ----------
    files : sequence of Path
        One or several of one kind of geometry; the rows of several stand one after another and
        name their file.
    out : Path
        A file of any format that `gis.io.write` knows; replaced in one step.
    reading : Reading, optional
        System, encoding and layer, as of an import.
    out_crs : Any, optional
        Coordinate system to write; EPSG:4490 by default, for 界址点 TXT and DXF the zone.
    out_encoding : str
        ``"UTF-8"`` or ``"GBK"``, for shapefiles.
    form : BoundaryForm, optional
        Zone and layout of 界址点 TXT.
    repairs : collection of int or "all"
        Rows whose broken shapes are to be repaired, as of an import.

    Returns
    -------
    Conversion
        Rows without a usable geometry are left out and listed; invalid polygons are written as
        they are and listed with what a repair would make of their area.

    Raises
    ------
    UserError
        If a file cannot be read as a whole, or the target not be written; nothing is written.
    """
    if out.resolve() in {file.resolve() for file in files}:
        raise ConvertOntoItselfError(out=out.name)
    log = IssueLog("、".join(file.name for file in files), "convert")
    frame = _joined(files, reading or Reading(), log)
    read_in, notes = frame.attrs["crs_used"], list(frame.attrs["notes"])
    handed, proposals = repaired(Handed(frame, True), repairs, log)
    frame = gpd.GeoDataFrame(handed.frame)
    kind = _kind(frame, out)
    rejected = reject_geometry(frame.geometry, shape=kind, log=log)
    rejected[log.let_in(KEPT_AS_THEY_ARE)] = False
    if kind == "polygon":
        _log_odd(frame.geometry[~rejected], log)
    issues = log.frame()
    if rejected.all():
        told = issues[issues["severity"] == "rejected"].iloc[0]
        raise NothingAcceptedError(
            file=log.file, rows=len(frame), row=int(told["row"]), reason=told["message"]
        )
    good = frame.loc[~rejected].reset_index(drop=True)
    used = COUNTY_CRS if out_crs is None else normalise(out_crs)
    good = good.to_crs(used)
    named, columns = _columns_for(good, out, out_encoding, notes)
    write(named, out, encoding=out_encoding, form=form, label=_label(named))
    return Conversion(
        files=tuple(file.name for file in files),
        out=out,
        rows_in=len(frame),
        accepted=len(good),
        rejected=int(rejected.sum()),
        issues=issues,
        columns=columns,
        crs_read=read_in,
        crs_written=_written_in(out, named),
        notes=tuple(notes),
        repairs=proposals,
    )


def _log_odd(shapes: gpd.GeoSeries, log: IssueLog) -> None:
    """Tell what is odd about valid polygons, as an import does; rows have numbers for names."""
    values = np.asarray(shapes.array)
    valid = shapes[shapely.is_valid(values) & (shapely.area(values) > 0)]
    names = pd.Index([f"#{row}" for row in valid.index], name="parcel_id", dtype=object)
    parcels, plane = measured(pd.DataFrame(index=names), np.asarray(valid.array))
    numbers = pd.Series(valid.index, index=names)
    log_shapes(parcels, plane, parcels.geometry.iloc[:0], numbers=numbers, log=log)


def _joined(files: Sequence[Path], reading: Reading, log: IssueLog) -> gpd.GeoDataFrame:
    """Read all files; rows are numbered through where there are several."""
    frames = []
    notes: list[str] = []
    systems: dict[str, None] = {}
    for file in files:
        handed = hand_over(file, entity=None, reading=reading, log=log, shapes="any")
        if not isinstance(handed.frame, gpd.GeoDataFrame):
            raise GeometryMissingError(file=file.name)
        frame = handed.frame
        systems[frame.attrs["crs_used"]] = None
        notes += frame.attrs["notes"]
        frames.append(frame.assign(**{SOURCE_FILE: file.name}) if len(files) > 1 else frame)
    if len(frames) == 1:
        return frames[0]
    joined = stacked(frames, notes)
    joined.index = pd.RangeIndex(1, len(joined) + 1, name="row")
    joined.attrs = {"crs_used": "、".join(systems), "notes": tuple(notes)}
    return joined


def _kind(frame: gpd.GeoDataFrame, out: Path) -> str:
    """Return the kind of geometry that the rows should have: that of the first polygon, line."""
    kinds = set(shapely.get_type_id(np.asarray(frame.geometry.array)).tolist())
    if kinds & {3, 6} or out.suffix.lower() in _ONLY_POLYGONS:
        return "polygon"
    return "line" if kinds & {1, 2, 5} else "point"


def _columns_for(
    frame: gpd.GeoDataFrame, out: Path, encoding: str, notes: list[str]
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Name columns as the format can hold them."""
    suffix = out.suffix.lower()
    if suffix == ".txt":
        roles = _plot_roles(frame)
        left = [str(name) for name in frame.columns if name not in (*roles.values(), "geometry")]
        left = [name for name in left if name not in _CODES and name != frame.geometry.name]
        if left:
            notes.append(
                Words(
                    f"界址点 TXT 放不下这些列，没有写出：{'、'.join(left)}",
                    f"a list of boundary points has no place for: {', '.join(left)}",
                )
            )
        return plots(frame, roles), {}
    frame = one_kind(frame, notes)
    if suffix != ".shp":
        changed = told_apart(frame, ("fid", "geom") if suffix == ".gpkg" else ())
        return frame.rename(columns=changed), changed
    frame = frame.copy(deep=False)
    taken: set[str] = set()
    names: dict[str, str] = {}
    for heading in (str(name) for name in frame.columns if name != frame.geometry.name):
        names[heading] = _code(frame, heading, taken, encoding)
        taken.add(names[heading].upper())
    changed = {old: new for old, new in names.items() if old != new}
    return frame.rename(columns=changed), changed


def _plot_roles(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """Return which column is which fact of a plot line."""
    codes = {code: heading for heading, code in _CODES.items()}
    roles: dict[str, str] = {}
    for name in (str(name) for name in frame.columns if name != frame.geometry.name):
        heading = name if name in PLOT_COLUMNS else codes.get(name.upper())
        heading = heading or _ROLES.get(field_key(name, "parcel") or "")
        if heading is not None:
            roles.setdefault(heading, name)
    return roles


def _code(frame: gpd.GeoDataFrame, heading: str, taken: set[str], encoding: str) -> str:
    """Return a name of at most ten bytes: the dictionary's, the heading itself, or it cut short.

    Numbers in another unit than the dictionary's are brought to it, for a code names no unit.
    """
    wanted = _CODES.get(heading)
    key = field_key(heading, "parcel")
    if wanted is None and key is not None:
        unit = unit_in(heading)
        factor = 1.0 if unit is None else unit_factor(unit, term(key).unit)
        numeric = pd.api.types.is_numeric_dtype(frame[heading].dtype)
        if factor == 1.0 or (factor is not None and numeric):
            wanted = term(key).code10
            if factor != 1.0:
                frame[heading] = frame[heading].astype("float64") * factor
    wanted = wanted or heading
    if wanted.upper() in taken and wanted != heading:
        wanted = heading
    name = _cut(wanted, _BYTES, encoding)
    number = 2
    while name.upper() in taken:
        name = f"{_cut(wanted, _BYTES - len(str(number)) - 1, encoding)}_{number}"
        number += 1
    return name


def _cut(name: str, most: int, encoding: str) -> str:
    """Cut a name between characters.

    Examples
    --------
    >>> _cut("登记面积备注", 10, "GBK"), _cut("登记面积备注", 10, "UTF-8")
    ('登记面积备', '登记面')
    """
    while len(name.encode(encoding, "replace")) > most:
        name = name[:-1]
    return name


def _label(frame: gpd.GeoDataFrame) -> str | None:
    """Return the column that names a place in a drawing: its name, else its number."""
    keys = {field_key(str(name), "parcel"): str(name) for name in reversed(frame.columns)}
    return keys.get("parcel_name") or keys.get("parcel_id")


def _written_in(out: Path, frame: gpd.GeoDataFrame) -> str:
    """Say what system the new file is in; 界址点 TXT and DXF say so themselves."""
    driver = VECTOR_DRIVERS.get(out.suffix.lower())
    if driver in ("BoundaryTXT", "DXF"):
        return inspect(out).layers[0].crs_recognised or ""
    return "EPSG:4326" if driver in ("LIBKML", "GeoJSON") else frame.crs.to_string()
