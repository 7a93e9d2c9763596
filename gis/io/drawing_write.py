"""Write DXF: a closed polyline for each ring, its text inside, its attributes as extended data."""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ezdxf._options import options
from ezdxf.document import Drawing
from ezdxf.enums import MTextEntityAlignment
from ezdxf.layouts.layout import Modelspace

from gis.crs import normalise, require_crs, to_county
from gis.io.boundary_write import BoundaryShapeError
from gis.io.drawing import MARK, extended
from gis.zones import zone_at, zone_crs

_APP = "MUTU"
_PLOTS, _TEXTS = "PARCELS", "LABELS"
_SIGNS = str.maketrans({"\\": "＼", "{": "｛", "}": "｝", "^": "＾"})
_PIECE = 250
_STRING = 1000


def drawing_text(
    frame: gpd.GeoDataFrame, *, label: str | None = None, described: str | None = None
) -> bytes:
    """Write polygons as a DXF of AutoCAD 2010, the same bytes for the same rows.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons; degrees are brought to the 3-degree zone that they lie in, without its number
        in the eastings. Columns travel as extended data of the polylines, which our own reader
        restores and other programs pass over.
    label : str, optional
        Column whose text stands inside each plot; the first column by default.
    described : str, optional
        What the drawing is, kept as a property of the file.

    Raises
    ------
    BoundaryShapeError
        If a row has no polygon.
    """
    plane = _metres(frame)
    polygons = np.asarray(plane.geometry.array)
    fit = np.isin(shapely.get_type_id(polygons), (3, 6)) & ~shapely.is_empty(polygons)
    if not fit.all():
        raise BoundaryShapeError(count=int((~fit).sum()), row=int(np.argmin(fit)) + 1)
    before = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True  # the clock must not show in the bytes
    try:
        document = Drawing.new("R2010")
        document.appids.add(_APP)
        document.layers.add(_PLOTS, color=3)
        document.layers.add(_TEXTS, color=7)
        document.styles.add(_TEXTS, font="simsun.ttf")
        document.header.custom_vars.append("MUTU-CRS", str(plane.crs.to_epsg()))
        if described:
            document.header.custom_vars.append("MUTU", " ".join(described.split())[:_PIECE])
        _draw(document.modelspace(), plane, polygons, label)
        stream = io.StringIO()
        document.write(stream)
    finally:
        options.write_fixed_meta_data_for_testing = before
    # CAD programs differ on the encoding of a drawing; all of them know these escapes.
    return stream.getvalue().encode("ascii", "dxfreplace")


def _metres(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    crs = normalise(require_crs(frame))
    if crs.is_projected and crs.to_epsg() is not None:
        return frame
    degrees = to_county(frame, crs)
    west, _, east, _ = degrees.total_bounds if len(degrees) else (120.0, 0, 120.0, 0)
    return degrees.to_crs(zone_crs(zone_at((west + east) / 2), prefix=False))


def _draw(
    space: Modelspace, frame: gpd.GeoDataFrame, polygons: np.ndarray, label: str | None
) -> None:
    """Draw rings and texts, row by row: each is an object of the drawing."""
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    cells = cells.astype(object).where(cells.notna(), None)
    named = label if label in cells else next(iter(cells.columns), None)
    texts = [None] * len(cells) if named is None else cells[named].tolist()
    rows = cells.to_dict(orient="records")
    parts, row_of = shapely.get_parts(polygons, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    owner = row_of[part_of]
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    points = np.split(corners, np.flatnonzero(np.diff(ring_of)) + 1) if len(rings) else []
    for row, ring in zip(owner.tolist(), points, strict=True):
        line = space.add_lwpolyline(ring[:-1].tolist(), close=True, dxfattribs={"layer": _PLOTS})
        line.set_xdata(_APP, _pieces(row, rows[row]))
    spots = shapely.get_coordinates(shapely.point_on_surface(polygons))
    height = np.clip(np.sqrt(shapely.area(polygons)) / 20, 1.0, 10.0)
    for text, spot, size in zip(texts, spots.tolist(), height.tolist(), strict=True):
        if text is not None:
            said = " ".join(str(text).split()).translate(_SIGNS)
            told = space.add_mtext(said, dxfattribs={"layer": _TEXTS, "style": _TEXTS})
            told.dxf.char_height = size
            told.set_location(spot, attachment_point=MTextEntityAlignment.MIDDLE_CENTER)


def _pieces(row: int, facts: dict[str, Any]) -> list[tuple[int, str]]:
    known = {str(name): _value(value) for name, value in facts.items() if value is not None}
    text = extended({"row": row, **known})
    return [
        (_STRING, piece)
        for piece in (MARK, *(text[at : at + _PIECE] for at in range(0, len(text), _PIECE)))
    ]


def _value(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)
