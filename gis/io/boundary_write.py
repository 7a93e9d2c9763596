"""Write 界址点 TXT: the standard's layout, with zone, decimals, fields and encoding by choice."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.crs import normalise, require_crs, to_county
from gis.errors import GisError
from gis.io.boundary_txt import AREA_COLUMN, PLOT_COLUMNS
from gis.zones import zone_at, zone_crs

_UNSAFE = str.maketrans({",": "，", "\r": " ", "\n": " ", "@": "＠"})
_FORMS = (9, 12)


class BoundaryShapeError(GisError):
    """Rows that have no polygon."""

    zh = "界址点 TXT 只能写面：有 {count} 行没有面图形（如第 {row} 行），没有写出任何内容。"
    en = (
        "A list of boundary points holds polygons only: {count} rows have none (such as row "
        "{row}); nothing was written."
    )


class BoundaryZoneError(GisError):
    """A zone that does not exist."""

    zh = "没有 {degrees} 度带第 {zone} 带：3 度带为 25–45 带，6 度带为 13–23 带（瑞安为 40、21）。"
    en = (
        "There is no zone {zone} of {degrees} degrees: 25 to 45 for 3°, 13 to 23 for 6° "
        "(Ruian lies in 40 and 21)."
    )


class BoundaryFormError(GisError):
    """A layout that is not known."""

    zh = "地块行没有 {found} 个字段的格式：可选 9（部颁）或 12（部分省份）。"
    en = "There is no layout of {found} fields: choose 9 (national) or 12 (some provinces)."


@dataclass(frozen=True)
class BoundaryForm:
    """How a list of boundary points is written.

    Attributes
    ----------
    zone : int or None
        Number of the zone; None takes the one that the land lies in.
    degrees : int
        Width of the zone, 3 or 6.
    prefix : bool
        Whether eastings begin with the number of the zone.
    decimals : int
        Of the coordinates; four keep a parcel the same through our own import.
    fields : int
        Fields of a plot line before its end: 9, or 12 as some provinces have it.
    encoding : str
        ``"GBK"`` or ``"UTF-8"``.
    """

    zone: int | None = None
    degrees: int = 3
    prefix: bool = True
    decimals: int = 4
    fields: int = 9
    encoding: str = "GBK"


def boundary_text(
    frame: gpd.GeoDataFrame, form: BoundaryForm | None = None, *, described: str | None = None
) -> bytes:
    """Write polygons as 界址点 TXT (CRLF); rings closed, the first point first again.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons in any known system; columns as in `gis.io.boundary_txt`, each may be missing.
        Commas and line breaks in texts become ，and blanks.
    form : BoundaryForm, optional
        The standard's by default.
    described : str, optional
        What the list is, for the line 数据产生单位.

    Raises
    ------
    BoundaryShapeError, BoundaryZoneError, BoundaryFormError
        If a row has no polygon, or zone or layout do not exist.

    Examples
    --------
    >>> land = gpd.GeoDataFrame(
    ...     {"地块编号": ["P1"]}, geometry=[shapely.box(560_000, 3_074_000, 560_100, 3_074_100)],
    ...     crs=4549)
    >>> boundary_text(land).decode("gbk").splitlines()[9:11]
    ['[地块坐标]', '5,1.0000,P1,,面,,,,@']
    """
    form = form or BoundaryForm()
    if form.fields not in _FORMS:
        raise BoundaryFormError(found=form.fields)
    _refuse_others(frame)
    plane, zone = _in_zone(frame, form)
    body = _body(plane, form)
    head = [
        "[属性描述]",
        "格式版本号=1.01",
        *([f"数据产生单位={' '.join(described.split())}"] if described else []),
        "坐标系=2000国家大地坐标系",
        f"几度分带={form.degrees}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={zone}",
        f"精度={10**-form.decimals:.{form.decimals}f}" if form.decimals else "精度=1",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    encoding = "gb18030" if form.encoding.upper().startswith("GB") else "utf-8"
    return ("\r\n".join([*head, *body]) + "\r\n").encode(encoding)


def _refuse_others(frame: gpd.GeoDataFrame) -> None:
    values = np.asarray(frame.geometry.array)
    fit = np.isin(shapely.get_type_id(values), (3, 6)) & ~shapely.is_empty(values)
    if not fit.all():
        row = int(np.argmin(fit)) + 1
        raise BoundaryShapeError(count=int((~fit).sum()), row=row)


def _in_zone(frame: gpd.GeoDataFrame, form: BoundaryForm) -> tuple[gpd.GeoDataFrame, int]:
    degrees = to_county(frame, normalise(require_crs(frame)))
    west, _, east, _ = degrees.total_bounds if len(degrees) else (120.0, 0, 120.0, 0)
    zone = form.zone or zone_at((west + east) / 2, degrees=form.degrees)
    target = zone_crs(zone, degrees=form.degrees, prefix=form.prefix)
    if target is None:
        raise BoundaryZoneError(zone=zone, degrees=form.degrees)
    return degrees.to_crs(target), zone


def _body(frame: gpd.GeoDataFrame, form: BoundaryForm) -> list[str]:
    """Lines of plots and points, in the order of the rows."""
    polygons = shapely.orient_polygons(np.asarray(frame.geometry.array), exterior_cw=True)
    parts, row_of = shapely.get_parts(polygons, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    pairs, ring = shapely.get_coordinates(rings, return_index=True)
    row = row_of[part_of][ring]
    first = np.concatenate([[True], ring[1:] != ring[:-1]]) if len(ring) else ring.astype(bool)
    closing = np.append(first[1:], True) if len(first) else first
    starts = np.flatnonzero(first)
    before = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else row.astype(bool)
    at = np.flatnonzero(before)
    number_in_row = _counted(~closing, before)
    point = np.where(closing, number_in_row[starts][ring] if len(ring) else 0, number_in_row)
    ring_number = ring - ring[at][row] + 1 if len(ring) else ring
    digits = form.decimals
    lines = [
        f"J{n},{r},{y:.{digits}f},{x:.{digits}f}"
        for n, r, (x, y) in zip(point.tolist(), ring_number.tolist(), pairs.tolist(), strict=True)
    ]
    heads = _plot_lines(frame, np.bincount(row, minlength=len(frame)), form)
    result = np.empty(len(lines) + len(heads), dtype=object)
    places = at + np.arange(len(heads))
    result[places] = heads
    result[np.setdiff1d(np.arange(len(result)), places)] = lines
    return result.tolist()


def _counted(counts: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Give the counted points their numbers from 1 within each row."""
    running = np.cumsum(counts)
    start = np.flatnonzero(begins)
    offset = np.where(start > 0, running[start - 1], 0)
    return np.asarray(running - offset[np.cumsum(begins) - 1]) if len(running) else running


def _plot_lines(frame: gpd.GeoDataFrame, number: np.ndarray, form: BoundaryForm) -> list[str]:
    area = shapely.area(np.asarray(frame.geometry.array)) / 10_000
    code, name, sheet, use, land = (_texts(frame, heading) for heading in PLOT_COLUMNS)
    more = "," * (form.fields - 9)
    return [
        f"{points},{ha:.4f},{a},{b},面,{c},{d},{e},{more}@"
        for points, ha, a, b, c, d, e in zip(
            number.tolist(), area.tolist(), code, name, sheet, use, land, strict=True
        )
    ]


def _texts(frame: gpd.GeoDataFrame, heading: str) -> list[str]:
    if heading not in frame.columns:
        return [""] * len(frame)
    cells = frame[heading].astype(object)
    texts = cells.where(cells.notna(), "").map(str).map(lambda text: text.translate(_UNSAFE))
    return texts.str.strip().tolist()


def plots(frame: gpd.GeoDataFrame, roles: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the columns that a list of boundary points can hold, by heading → column."""
    geometry = gpd.GeoDataFrame(geometry=frame.geometry.to_numpy(), crs=frame.crs)
    held = {
        heading: pd.Series(frame[column].to_numpy(), dtype=object)
        for heading, column in roles.items()
        if column in frame.columns and heading in (*PLOT_COLUMNS, AREA_COLUMN)
    }
    return geometry.assign(**held)
