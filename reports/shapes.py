"""Lists for surveyors and map programs: shapefile, KML, DXF, 界址点 TXT."""

from __future__ import annotations

import csv
import io as text_io
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data import schema
from gis import io
from gis.io.boundary_write import plots
from reports.cells import csv_text
from reports.context import ExportContext
from reports.options import FormatOptions
from reports.place import check_place, replacing
from reports.tables import description, every_field
from reports.words import word

_STAMP = (2000, 1, 1, 0, 0, 0)  # a fixed date: the clock must not show in the bytes
_LABEL = "注记"
_MOST = 254
_ROLES = {"地块编号": "parcel_id", "地块名称": "parcel_name", "地块用途": "approved_use"}


def write_shp(
    frame: gpd.GeoDataFrame,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,
    options: FormatOptions | None = None,
) -> Path:
    """Write the parcels as a shapefile (EPSG:4490), its fields named by the dictionary's codes.

    A target that ends in .zip takes all parts together with ``fields.csv``, which says what each
    code means, ``about.txt``, which says what the list is, and ``long_texts.csv``, where texts over
    the 254 bytes of a .dbf stand whole.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written, or a text is longer than a shapefile holds.
    """
    check_place(out)
    options = options or FormatOptions()
    slim = _dated(every_field(frame).reset_index())
    codes = {str(n): schema.field(str(n)).code10 for n in slim.columns if n != slim.geometry.name}
    named = slim.rename(columns=codes)
    if out.suffix.lower() != ".zip":
        return io.write(named, out, driver="ESRI Shapefile", encoding=options.encoding)
    lang = lang or context.lang
    return zipped_shp(
        named,
        out,
        stem="parcels",
        meanings=_meanings(codes, lang),
        said=description(context, lang),
        encoding=options.encoding,
    )


def zipped_shp(
    frame: gpd.GeoDataFrame,
    out: Path,
    *,
    stem: str,
    meanings: list[tuple[str, str, str]],
    said: str,
    encoding: str = "UTF-8",
) -> Path:
    """Write a shapefile with all its parts, ``fields.csv``, ``about.txt``, long texts as a .zip.

    Parameters
    ----------
    frame : GeoDataFrame
        Its first column names the row, its columns are codes of at most ten ASCII characters.
    stem : str
        Name of the parts inside.
    meanings : list of tuple
        Code, what it means, key.
    said : str
        What the list is.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written.
    """
    with replacing(out) as part, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.shp"
        short, long = _shortened(frame, encoding)
        io.write(short, path, encoding=encoding)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).iterdir()):
                _add(archive, file.name, file.read_bytes())
            _add(archive, "fields.csv", _table(meanings))
            if long:
                _add(archive, "long_texts.csv", _table(long))
            _add(archive, "about.txt", said.encode("utf-8-sig"))
    return out


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)


def _meanings(codes: dict[str, str], lang: str) -> list[tuple[str, str, str]]:
    return [(code, schema.label(key, lang), key) for key, code in codes.items()]


def _table(rows: list[tuple[str, str, str]]) -> bytes:
    stream = text_io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def _shortened(
    frame: gpd.GeoDataFrame, encoding: str
) -> tuple[gpd.GeoDataFrame, list[tuple[str, str, str]]]:
    """Cut texts that a .dbf cannot hold, and list them whole: parcel, field, text."""
    cut: dict[str, pd.Series] = {}
    long: list[tuple[str, str, str]] = []
    ids = frame.iloc[:, 0].astype(object)
    for name in frame.columns:
        texts = frame[name]
        if name == frame.geometry.name or not _is_text(texts):
            continue
        over = texts.map(lambda text: _over(text, encoding)).to_numpy(dtype=bool)
        if over.any():
            rows = zip(ids[over], texts[over], strict=True)
            long += [(str(row), str(name), csv_text(text)) for row, text in rows]
            cut[str(name)] = texts.mask(over, texts[over].map(lambda t: _fitting(t, encoding)))
    return (frame.assign(**cut) if cut else frame), long


def _is_text(cells: pd.Series) -> bool:
    """Say whether a column may hold text."""
    return cells.dtype == object or isinstance(cells.dtype, pd.StringDtype)


def _over(text: object, encoding: str) -> bool:
    return isinstance(text, str) and len(text.encode(encoding, "replace")) > _MOST


def _fitting(text: str, encoding: str) -> str:
    return text.encode(encoding, "replace")[:_MOST].decode(encoding, "ignore")


def _dated(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make dates of ISO texts, so that map programs sort them."""
    days = {
        name: pd.to_datetime(frame[name], errors="coerce")
        for name in frame.columns
        if name != frame.geometry.name and schema.field(str(name)).type == "date"
    }
    return frame.assign(**days) if days else frame


def write_kml(
    frame: gpd.GeoDataFrame,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,
    options: FormatOptions | None = None,  # noqa: ARG001
) -> Path:
    """Write the parcels as KML (longitude and latitude), every field as extended data.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written.
    """
    check_place(out)
    slim = every_field(frame).reset_index()
    named = slim.assign(Name=_names(slim))
    said = description(context, lang or context.lang)
    return io.write(named, out, layer="parcels", driver="LIBKML", description=said)


def _names(frame: gpd.GeoDataFrame) -> pd.Series:
    ids = frame["parcel_id"].astype(object)
    if "parcel_name" not in frame:
        return ids
    names = frame["parcel_name"].astype(object)
    return names.where(names.notna().to_numpy() & (names != "").to_numpy(dtype=bool), ids)


def write_dxf(
    frame: gpd.GeoDataFrame,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,
    options: FormatOptions | None = None,  # noqa: ARG001
) -> Path:
    """Write the parcels as DXF in the 3-degree zone, the parcel's name or number inside each.

    Every field travels as extended data of the outlines.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written, or a parcel has no polygon.
    """
    check_place(out)
    slim = every_field(frame).reset_index()
    said = description(context, lang or context.lang)
    return io.write(
        slim.assign(**{"": _names(slim)}), out, driver="DXF", label="", description=said
    )


def write_txt(
    frame: gpd.GeoDataFrame,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,  # noqa: ARG001
    options: FormatOptions | None = None,
) -> Path:
    """Write the parcels as 界址点 TXT; number, name and use are all that it holds.

    Raises
    ------
    ReportError, GisError
        If the file cannot be written, or a parcel has no polygon.
    """
    check_place(out)
    options = options or FormatOptions()
    held = plots(every_field(frame).reset_index(), _ROLES)
    sample = f"（{word('sample', 'zh')}）" if context.is_sample else ""
    return io.write(
        held,
        out,
        driver="BoundaryTXT",
        form=options.boundary,
        description=f"{context.county}{sample}",
    )
