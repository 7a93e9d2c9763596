"""The buttons that take a list away, format by format, with the choices that some formats have."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import streamlit as st

from gis.io.boundary_write import BoundaryForm
from reports.context import ExportContext
from reports.export import export
from reports.options import FormatOptions
from ui.text import t

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "shp": "application/zip",
    "kml": "application/vnd.google-earth.kml+xml",
    "dxf": "image/vnd.dxf",
    "txt": "text/plain",
}
"""Format → type of the file."""

_ENCODINGS = ("UTF-8", "GBK")
_ZONES = ("3_prefix", "3_plain", "6_prefix", "6_plain")
_FIELDS = (9, 12)


def export_buttons(frame: gpd.GeoDataFrame, context: ExportContext, *, name: str) -> None:
    """Draw a button for each format; encoding, zone and layout are chosen above theirs.

    Parameters
    ----------
    frame : GeoDataFrame
        The list, as of the desk.
    context : ExportContext
        What each file says about itself.
    name : str
        Name of the files, without suffix.
    """
    labels = {
        "xlsx": t("export.xlsx"),
        "csv": t("export.csv"),
        "gpkg": t("export.gpkg"),
        "geojson": t("export.geojson"),
        "shp": t("export.shp"),
        "kml": t("export.kml"),
        "dxf": t("export.dxf"),
        "txt": t("export.txt"),
    }
    options = _options()
    for fmt, mime in FORMATS.items():
        st.download_button(
            labels[fmt],
            data=written(frame, fmt, context, options),
            file_name=f"{name}.{_suffix(fmt)}",
            mime=mime,
            key=f"export.{fmt}",
            on_click="ignore",
            width="stretch",
        )


def _options() -> FormatOptions:
    zones = {
        "3_prefix": t("export.zone_3_prefix"),
        "3_plain": t("export.zone_3_plain"),
        "6_prefix": t("export.zone_6_prefix"),
        "6_plain": t("export.zone_6_plain"),
    }
    fields = {9: t("export.fields_9"), 12: t("export.fields_12")}
    left, middle, right = st.columns(3)
    encoding = left.selectbox(t("export.encoding"), _ENCODINGS, key="export.encoding")
    zone = middle.selectbox(t("export.zone"), _ZONES, format_func=zones.get, key="export.zone")
    layout = right.selectbox(
        t("export.fields"), _FIELDS, format_func=fields.get, key="export.fields"
    )
    degrees, _, written_as = zone.partition("_")
    form = BoundaryForm(degrees=int(degrees), prefix=written_as == "prefix", fields=int(layout))
    return FormatOptions(encoding=encoding, boundary=form)


def written(
    frame: gpd.GeoDataFrame,
    fmt: str,
    context: ExportContext,
    options: FormatOptions | None = None,
) -> Callable[[], bytes]:
    """Return what writes the list when it is asked for, not before."""

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"list.{_suffix(fmt)}"
            export(frame, fmt, out, context=context, lang=context.lang, options=options)
            return out.read_bytes()

    return write


def _suffix(fmt: str) -> str:
    """Return the suffix of the file; a shapefile is several files and travels in a zip."""
    return "zip" if fmt == "shp" else fmt
