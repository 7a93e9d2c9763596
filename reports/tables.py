"""Lists as plain files: CSV for any program, GeoPackage and GeoJSON for maps."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data import schema
from gis import io
from reports.cells import csv_text
from reports.columns import cells, columns_of
from reports.context import ExportContext
from reports.place import check_place, replacing
from reports.words import word

_DECIMALS = {"mu": 4, "m2": 2, "far": 4}


def write_csv(
    frame: pd.DataFrame, out: Path, *, context: ExportContext, lang: str | None = None
) -> Path:
    """Write the list as CSV (UTF-8 with BOM, CRLF), the columns and headings of the workbook.

    Text that a program could take for a formula gets an apostrophe in front (see
    :func:`reports.cells.csv_text`); areas are in 亩, those on record with as
    many digits as bring the same m² back. Excel shows digits-only
    ids of more than 15 characters rounded when it opens a CSV: for those the workbook is the
    right file.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    lang = lang or context.lang
    columns = columns_of(frame, lang=lang)
    shown = []
    for column in columns:
        values = cells(frame, column, lang=lang, limit=None)
        if column.kind in ("text", "date", "bool"):
            shown.append([csv_text(value) for value in values])
        else:
            places = _DECIMALS.get(column.kind, 4) if _only_shown(column.key) else None
            shown.append(["" if v is None else _number(v, places) for v in values])
    with replacing(out) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([column.heading for column in columns])
        writer.writerows(zip(*shown, strict=True))
    return out


def _only_shown(key: str) -> bool:
    """Say whether a figure is computed here, so that no import reads it back."""
    return key == "geometry_area_m2" or schema.field(key).entity == "desk"


def _number(value: float, places: int | None) -> str:
    """Write a number plainly: so many decimals, or the twelve digits that bring it back."""
    if isinstance(value, int):
        return str(value)
    if places is None:
        return np.format_float_positional(value, precision=12, fractional=False, trim="-")
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def write_gpkg(
    frame: gpd.GeoDataFrame, out: Path, *, context: ExportContext, lang: str | None = None
) -> Path:
    """Write the parcels as a GeoPackage (layer ``parcels``, EPSG:4490) with every field.

    Columns are keys of the field dictionary and hold codes and m², so that scripts and the
    intake read them back; filter, dates, version and rules stand in the layer's description.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written.
    """
    check_place(out)
    said = description(context, lang or context.lang)
    return io.write(every_field(frame), out, layer="parcels", driver="GPKG", description=said)


def write_geojson(
    frame: gpd.GeoDataFrame, out: Path, *, context: ExportContext, lang: str | None = None
) -> Path:
    """Write the parcels as GeoJSON (RFC 7946, longitude and latitude) with every field.

    Columns and description as in :func:`write_gpkg`.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written.
    """
    check_place(out)
    said = description(context, lang or context.lang)
    return io.write(every_field(frame), out, driver="GeoJSON", description=said)


def description(context: ExportContext, lang: str) -> str:
    """Return what a list is, in one line, for formats that have no sheet for it."""
    told = about_rows(context, lang)
    parts = [told[0][1], *(f"{name}: {said}" for name, said in told[1:-1]), told[-1][1]]
    return " | ".join(" ".join(part.split()) for part in parts)


def about_rows(context: ExportContext, lang: str) -> list[tuple[str, str]]:
    """Return what a list is, as names and values: county, filter, dates, version, rules."""
    known = context.known_on.isoformat() if context.known_on else word("known_all", lang)
    sample = f" · {word('sample', lang)}" if context.is_sample else ""
    return [
        (word("county", lang), context.county + sample),
        (word("filter", lang), context.filter_text),
        (word("state_on", lang), context.state_on.isoformat()),
        (word("known_on", lang), known),
        (word("version", lang), str(context.register_version)),
        (word("rules", lang), context.rules_id),
        (word("credit_rule", lang), context.credit_rule),
    ]


def every_field(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the fields of the dictionary that the frame has, in order, days as ISO text."""
    keys = [term.key for term in (*schema.fields("parcel"), *schema.fields("desk"))]
    present = [key for key in dict.fromkeys(keys) if key in frame.columns]
    slim = frame[[*present, frame.geometry.name]]
    days = {key: _iso(slim[key]) for key in present if schema.field(key).type == "date"}
    return slim.assign(**days).rename_axis("parcel_id")


def _iso(days: pd.Series) -> pd.Series:
    moments = pd.to_datetime(days, errors="coerce")
    return moments.dt.strftime("%Y-%m-%d").astype(object).where(moments.notna(), None)
