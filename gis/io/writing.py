"""Write a map layer: whole or not at all, and the same bytes for the same rows."""

from __future__ import annotations

import errno
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from gis.crs import normalise, require_crs, to_county
from gis.errors import (
    ColumnNameTooLongError,
    DiskFullError,
    FormatUnknownError,
    TextTooLongError,
    Words,
    WriteRefusedError,
)
from gis.formats import VECTOR_DRIVERS, check_name
from gis.io.boundary_write import BoundaryForm, boundary_text

_STAMP = "2000-01-01T00:00:00.000Z"  # a fixed date: the clock must not show in the bytes
_WGS84 = 4326
_NOT_WRITTEN = (".kmz", ".gdb")
_DBF_TEXT = 254
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def write(
    frame: gpd.GeoDataFrame,
    path: Path | str,
    *,
    layer: str | None = None,
    driver: str | None = None,
    encoding: str = "UTF-8",
    cpg: bool = True,
    description: str | None = None,
    form: BoundaryForm | None = None,
    label: str | None = None,
) -> Path:
    """Write a layer; the suffix says the format.

    Formats are .gpkg .geojson .shp .fgb .parquet .kml .dxf and .txt (界址点).

    Parameters
    ----------
    frame : GeoDataFrame
        Any declared coordinate system; a named index becomes the first column. GeoJSON and KML
        are written in longitude and latitude, DXF and 界址点 TXT in a Gauss-Kruger zone where
        the frame is in degrees, the others as they are.
    path : Path or str
        Target; an existing file is replaced, in one step.
    layer : str, optional
        Layer name inside a GeoPackage; the file's stem otherwise.
    driver : str, optional
        Overrules the suffix.
    encoding : str
        Text encoding of a shapefile, as "UTF-8" or "GBK".
    cpg : bool
        Whether a shapefile tells its encoding in a .cpg file.
    description : str, optional
        What the layer is, kept inside a GeoPackage, GeoJSON, KML, DXF or 界址点 TXT; other
        formats have no place.
    form : BoundaryForm, optional
        Zone, decimals and layout of 界址点 TXT, which holds the columns of `gis.io.boundary_txt`.
    label : str, optional
        Column whose text stands inside each plot of a DXF and names each place of a KML.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    FileNameBrokenError, FormatUnknownError, ColumnNameTooLongError, TextTooLongError,
    CrsMissingError
        If it cannot be written that way.
    BoundaryShapeError, BoundaryZoneError, BoundaryFormError
        As `gis.io.boundary_write.boundary_text`.
    WriteRefusedError, DiskFullError
        If the place does not take it; nothing is left behind.
    """
    path = Path(path)
    check_name(path)
    driver = driver or VECTOR_DRIVERS.get(path.suffix.lower())
    if driver is None or path.suffix.lower() in _NOT_WRITTEN:
        known = "、".join(name for name in VECTOR_DRIVERS if name not in _NOT_WRITTEN)
        raise FormatUnknownError(file=path.name, suffix=path.suffix or "—", known=known)
    require_crs(frame)
    frame = _plain(frame)
    if driver == "ESRI Shapefile":
        _check_names(frame, encoding)
        _check_texts(frame, encoding)
    if not path.parent.is_dir():
        raise WriteRefusedError(file=str(path), reason=Words("目录不存在", "no such folder"))
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            part = Path(folder) / path.name
            if driver == "Parquet":
                frame.to_parquet(part, compression="zstd", index=False)
            elif driver == "BoundaryTXT":
                part.write_bytes(boundary_text(frame, form, described=description))
            elif driver == "DXF":
                from gis.io.drawing_write import drawing_text  # its library takes long to start

                part.write_bytes(drawing_text(frame, label=label, described=description))
            else:
                told = {"DESCRIPTION": description} if description else {}
                named = _placemarks(frame, label) if driver == "LIBKML" else frame
                _write_ogr(named, part, driver, layer or path.stem, encoding, told)
            _check_written(part, driver, len(frame))
            _put_in_place(part, path, cpg=cpg)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise _refusal(error, path) from error
    except (pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise _refusal(error, path) from error
    return path


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring the index in as columns and categories to text."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    texts = {
        name: frame[name].astype(object).where(frame[name].notna(), None)
        for name in frame.columns
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
    }
    return frame.assign(**texts) if texts else frame


def _check_names(frame: gpd.GeoDataFrame, encoding: str) -> None:
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    long = [name for name in names if len(name.encode(encoding, "replace")) > 10]
    if long:
        raise ColumnNameTooLongError(columns="、".join(long[:8]))


def _write_ogr(
    frame: gpd.GeoDataFrame,
    path: Path,
    driver: str,
    layer: str,
    encoding: str,
    told: dict[str, str],
) -> None:
    options: dict[str, Any] = {"layer": layer, "driver": driver, "use_arrow": True}
    if driver in ("GPKG", "GeoJSON", "LIBKML"):
        options |= told
    if driver == "GeoJSON":
        frame = frame.to_crs(_WGS84) if frame.crs.is_projected else frame
        frame = frame.set_crs(_WGS84, allow_override=True)
        options |= {"RFC7946": "YES", "COORDINATE_PRECISION": "9", "WRITE_NAME": "NO"}
        options.pop("layer")
    elif driver == "LIBKML":
        frame = to_county(frame, normalise(frame.crs)).set_crs(_WGS84, allow_override=True)
        frame = _dates_as_text(frame)
    elif driver == "ESRI Shapefile":
        options |= {"encoding": encoding, "DBF_DATE_LAST_UPDATE": _STAMP[:10]}
        frame = _dates_without_time(frame)
    elif driver == "FlatGeobuf" and frame.geometry.isna().any():
        options["SPATIAL_INDEX"] = "NO"
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            pyogrio.write_dataframe(frame, path, **options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _check_texts(frame: gpd.GeoDataFrame, encoding: str) -> None:
    """Refuse texts that a .dbf would cut off without a word."""
    long = []
    for name in frame.columns:
        if name == frame.geometry.name or pd.api.types.is_numeric_dtype(frame[name].dtype):
            continue
        texts = frame[name].dropna().astype("str")
        maybe = texts[texts.str.len() > _DBF_TEXT // 4]
        if (maybe.map(lambda text: len(text.encode(encoding, "replace"))) > _DBF_TEXT).any():
            long.append(str(name))
    if long:
        raise TextTooLongError(columns="、".join(long[:8]), most=_DBF_TEXT)


def _placemarks(frame: gpd.GeoDataFrame, label: str | None) -> gpd.GeoDataFrame:
    """Name places by the column asked for, where none is called Name."""
    if label is None or label not in frame or "Name" in frame:
        return frame
    names = frame[label].astype(object).where(frame[label].notna(), None)
    return frame.assign(Name=names)


def _dates_as_text(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    days = {
        name: frame[name].dt.strftime("%Y-%m-%d").astype(object).where(frame[name].notna(), None)
        for name in frame.columns
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
    }
    return frame.assign(**days) if days else frame


def _dates_without_time(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pass datetimes as dates: a shapefile knows no times and GDAL would make them text."""
    dates = {
        name: frame[name]
        .astype(object)
        .where(frame[name].notna(), None)
        .map(lambda moment: moment.date(), na_action="ignore")
        for name in frame.columns
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
    }
    return frame.assign(**dates) if dates else frame


def _check_written(part: Path, driver: str, rows: int) -> None:
    """GDAL may finish on a full disk without a word: count what arrived."""
    if driver in ("Parquet", "BoundaryTXT", "DXF"):
        return
    try:
        written = pyogrio.read_info(part, force_feature_count=True)["features"]
    except Exception as error:
        raise OSError(errno.ENOSPC, str(error)) from error
    if written != rows:
        raise OSError(errno.ENOSPC, f"{written} of {rows} rows arrived")


def _put_in_place(part: Path, path: Path, *, cpg: bool) -> None:
    """Move all parts over, the main file last."""
    parts = [file for file in sorted(part.parent.iterdir()) if file != part]
    for file in parts:
        if file.suffix == ".cpg" and not cpg:
            path.with_suffix(".cpg").unlink(missing_ok=True)
            continue
        file.replace(path.parent / file.name)
    part.replace(path)


def _refusal(error: Exception, path: Path) -> Exception:
    full = isinstance(error, OSError) and error.errno in _FULL
    folder = path.parent
    if full or (folder.is_dir() and shutil.disk_usage(folder).free < 1_000_000):
        return DiskFullError(file=str(path))
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0][:160]
    return WriteRefusedError(file=str(path), reason=reason)
