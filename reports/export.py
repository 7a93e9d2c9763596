"""A list of parcels as a file, in the format asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from reports.context import ExportContext
from reports.errors import FormatContradictedError, UnknownFormatError
from reports.options import FormatOptions
from reports.place import check_place
from reports.shapes import write_dxf, write_kml, write_shp, write_txt
from reports.tables import write_csv, write_geojson, write_gpkg
from reports.workbook import write_workbook

WRITERS: dict[str, Callable[..., Path]] = {
    "xlsx": write_workbook,
    "csv": write_csv,
    "gpkg": write_gpkg,
    "geojson": write_geojson,
    "shp": write_shp,
    "kml": write_kml,
    "dxf": write_dxf,
    "txt": write_txt,
}
"""Formats of a list and what writes them."""

_ALSO = {"geojson": (".json",), "shp": (".zip",)}
_WITH_OPTIONS = frozenset({"shp", "kml", "dxf", "txt"})


def export(
    frame: gpd.GeoDataFrame,
    fmt: str,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,
    options: FormatOptions | None = None,
) -> Path:
    """Write a list of parcels; the same frame and context give the same bytes.

    Parameters
    ----------
    frame : GeoDataFrame
        A selection of the desk frame, indexed by ``parcel_id``; its order is kept.
    fmt : str
        ``xlsx``, ``csv``, ``gpkg``, ``geojson``, ``shp``, ``kml``, ``dxf`` or ``txt`` (界址点).
    out : Path
        The file; an existing one is replaced in one step.
    context : ExportContext
        What the file says about itself.
    lang : str, optional
        Language of headings and labels; that of the context by default.
    options : FormatOptions, optional
        Encoding of a shapefile, zone and layout of 界址点 TXT.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    UnknownFormatError
        If the format is none of those.
    FormatContradictedError
        If the file's name says another format.
    ReportError, GisError
        If the file cannot be written there; nothing is left behind.
    """
    out = Path(out)
    check_target(fmt, out)
    more = {"options": options} if fmt in _WITH_OPTIONS else {}
    return WRITERS[fmt](frame, out, context=context, lang=lang or context.lang, **more)


def check_target(fmt: str, out: Path) -> None:
    """Refuse a format that cannot be written so, and a place that cannot hold a file.

    Raises
    ------
    UnknownFormatError, FormatContradictedError, PlaceIsFolderError, PlaceMissingError
        With the way out.
    """
    check_place(out)
    if fmt not in WRITERS:
        raise UnknownFormatError(found=fmt or "—", known="、".join(WRITERS))
    suffix = out.suffix.lower()
    if suffix not in ("", f".{fmt}", *_ALSO.get(fmt, ())):
        raise FormatContradictedError(out=out.name, suffix=suffix, fmt=fmt)
