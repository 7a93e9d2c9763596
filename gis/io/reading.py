"""Read a map layer: decode, state the coordinate system, bring to EPSG:4490."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from gis.archives import opened
from gis.crs import METRIC_CRS, to_plane
from gis.errors import (
    CrsDiffersError,
    CrsUnknownError,
    FileDamagedError,
    GeometryMissingError,
    Words,
)
from gis.fit import check_degrees, check_metres, check_place, possible
from gis.formats import TABLE_SUFFIXES, Source
from gis.io.boundary_txt import read_boundary_txt
from gis.io.drawing import read_drawing
from gis.io.encoding import Encoding, shapefile_encoding
from gis.io.kml import read_kml
from gis.io.layers import choose_layer, first_line, unreadable
from gis.io.located import location_of, with_geometry
from gis.io.stated import as_stated, plain_cells
from gis.io.tables import read_table
from gis.mojibake import sound_text
from gis.stated_crs import CrsStatementError, StatedCrs, read_statement

_INTEGERS: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}
_PASSED_OVER = Words(
    "坐标数值不可能属于文件声明的坐标系，按给出的坐标系读取",
    "the coordinates cannot be in the system that the file declares: read in the one given",
)
_EXACT = 2**53
_MANY = 20_000


def read(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    metric: bool = False,
) -> gpd.GeoDataFrame:
    """Read one layer of a map file into EPSG:4490, or EPSG:4549 where it is to be measured.

    Parameters
    ----------
    path : Path or str
        GeoPackage, GeoJSON, shapefile, FlatGeobuf, GeoParquet, KML, KMZ, DXF, file geodatabase,
        界址点 TXT, a zip of them, or a table whose cells hold coordinates.
    layer : str, optional
        Needed when there are several.
    crs : Any, optional
        States the coordinate system of a file that declares none, or none that is understood;
        one that contradicts the file is refused. Also a local grid, a shift (``gcj02``), an
        exchange (``swap``) or parameters: `gis.stated_crs.GRAMMAR`.
    encoding : str, optional
        States the text encoding of a shapefile.
    metric : bool
        Bring the layer to EPSG:4549; one that is there already keeps its coordinates.

    Returns
    -------
    GeoDataFrame
        Rows in file order, index 0, 1, …; coordinates x east, y north in two dimensions.
        Missing geometry stays None. ``attrs``: source_name, layer, crs_declared, crs_used,
        encoding, shifted (``gcj02``, ``bd09`` or None: fit for display only), notes (tuple of
        str: what was changed on the way).

    Raises
    ------
    GisError
        One sentence for each way a file can be unusable; nothing is changed.
    """
    path = Path(path)
    frame, details = read_as_is(path, layer, encoding)
    frame = sound_text(frame, file=path.name)
    return placed(frame, details, file=path.name, crs=crs, metric=metric)


def read_as_is(
    path: Path, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read a map file, or a table whose cells hold geometry, in its own coordinates."""
    if path.suffix.lower() in TABLE_SUFFIXES:
        return _read_located(path, layer, encoding)
    with opened(path, layer=layer) as (source, inner):
        return read_raw(source, inner, encoding)


def placed(
    frame: gpd.GeoDataFrame,
    details: dict[str, Any],
    *,
    file: str,
    crs: Any = None,
    metric: bool = False,
) -> gpd.GeoDataFrame:
    """Bring rows in the file's own coordinates to EPSG:4490, or EPSG:4549.

    Parameters
    ----------
    frame, details
        As `read_raw` returns them.
    file : str
        Name of the file, for refusals and ``attrs``.
    crs, metric
        As `read`.

    Returns
    -------
    GeoDataFrame
        As `read`.

    Raises
    ------
    GisError
        If the coordinates cannot be in the system that is declared or given.
    """
    declared = frame.crs
    if crs is None and details["crs_unknown"]:
        raise CrsUnknownError(crs=details["crs_unknown"][:80])
    notes = _flatten(frame)
    said = StatedCrs() if crs is None else read_statement(crs)
    frame = said.mended(frame)
    used = _system(frame, said, file, notes)
    check_degrees(frame, used, file=file)
    check_metres(frame, used, file=file)
    result = _brought(frame, used, said, metric=metric)
    check_place(frame, result, used, file=file)
    result.attrs = {
        "source_name": file,
        "crs_declared": None if declared is None else declared.to_string()[:200],
        "crs_used": used.to_string()[:200],
        "layer": details["layer"],
        "encoding": details["encoding"],
        "shifted": said.shift,
        "notes": (*details["notes"], *notes, *said.notes()),
    }
    return result


def _system(frame: gpd.GeoDataFrame, said: StatedCrs, file: str, notes: list[str]) -> pyproj.CRS:
    """Return the system of the coordinates: what is said counts where the file's cannot be."""
    try:
        return said.system(frame.crs, file=file)
    except (CrsDiffersError, CrsStatementError):
        if possible(frame, frame.crs, file=file):
            raise
    notes.append(_PASSED_OVER)
    return said.system(None, file=file)


def _brought(
    frame: gpd.GeoDataFrame, crs: pyproj.CRS, said: StatedCrs, *, metric: bool
) -> gpd.GeoDataFrame:
    if not metric:
        return said.placed(frame, crs)
    if said.seven is None and said.shift is None:
        return to_plane(frame, crs)
    with np.errstate(invalid="ignore"):
        return said.placed(frame, crs).to_crs(METRIC_CRS)


def _read_located(
    path: Path, sheet: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read a table whose cells hold geometry; the first column names the plot of a point."""
    sheet = None if path.suffix.lower() == ".csv" else sheet
    table = read_table(path, sheet=sheet, encoding=encoding)
    location = location_of(table)
    if location is None:
        raise GeometryMissingError(file=path.name)
    plot = next((str(name) for name in table.columns if name not in location.columns), None)
    frame = with_geometry(table, location, plot=plot).reset_index(drop=True)
    told = {"layer": table.attrs["layer"], "encoding": table.attrs["encoding"]}
    return frame, {**told, "notes": frame.attrs["notes"], "crs_unknown": None}


def read_raw(
    source: Source, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read a layer as the file has it: own coordinates; details say the rest."""
    if source.suffix in (".parquet", ".geoparquet"):
        details = {"layer": source.path.stem, "encoding": "UTF-8 (format)", "notes": ()}
        return plain_cells(_read_parquet(source)), {**details, "crs_unknown": None}
    if source.suffix == ".txt":
        frame, told = read_boundary_txt(source.path, encoding=encoding, name=source.name)
        return frame, {"layer": source.path.stem, **told}
    if source.suffix == ".dxf":
        return read_drawing(source, layer, encoding)
    if source.suffix == ".kml":
        return read_kml(source, layer)
    frame, details = _read_ogr(source, layer, encoding)
    frame, unknown = as_stated(source, plain_cells(frame))
    return frame, {**details, "crs_unknown": unknown}


def text_encoding_of(source: Source, given: str | None) -> Encoding:
    """Return the encoding of a source; everything but shapefiles is UTF-8 by standard."""
    if source.suffix == ".shp":
        return shapefile_encoding(source.path, given=given, name=source.name)
    return Encoding("UTF-8", "format")


def _read_ogr(
    source: Source, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    name = choose_layer(source, layer)
    found = text_encoding_of(source, encoding)
    options: dict[str, Any] = {"layer": name, "use_arrow": True, "on_invalid": "warn"}
    if source.suffix == ".shp":
        # Text cut inside a character breaks GDAL's decoder, and so do encodings that only Python
        # knows: take the bytes and decode here.
        by_hand = found.cut or found.name not in ("UTF-8", "GB18030")
        options["encoding"] = "ISO-8859-1" if by_hand else found.name
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            info = pyogrio.read_info(source.path, layer=name, encoding=options.get("encoding"))
            frame = _read_frame(source, options, info)
        except Exception as error:
            raise unreadable(source, error) from error
    if 0 <= info["features"] != len(frame):
        reason = f"{len(frame)} / {info['features']}"
        raise FileDamagedError(file=source.name, reason=reason)
    if options.get("encoding") == "ISO-8859-1":
        frame = _decode_cut(frame, found.name)
    if found.cut:
        notes.append(Words("部分文字在字节中间被截断", "some text was cut inside a character"))
    notes.extend(sorted({str(item.message)[:160] for item in caught}))
    frame = _plain_integers(frame)
    details = {"layer": name, "encoding": f"{found.name} ({found.origin})", "notes": tuple(notes)}
    return frame, details


def _read_frame(source: Source, options: dict[str, Any], info: dict[str, Any]) -> gpd.GeoDataFrame:
    """Read through Arrow, keeping integers whole; curves go the way that straightens them."""
    curved = "Curve" in str(info["geometry_type"]) or "Surface" in str(info["geometry_type"])
    if curved:
        return pyogrio.read_dataframe(source.path, **{**options, "use_arrow": False})
    kwargs = {"types_mapper": _INTEGERS.get}
    # A missing geometry in a FlatGeobuf ends the whole process inside GDAL's Arrow reader.
    fragile = source.suffix == ".fgb"
    large = source.suffix == ".gpkg" and info["features"] >= _MANY
    if not (fragile or large) or not len(info["fields"]):
        options = {**options, "use_arrow": not fragile}
        return pyogrio.read_dataframe(
            source.path, arrow_to_pandas_kwargs=None if fragile else kwargs, **options
        )
    facts = partial(
        pyogrio.read_dataframe,
        source.path,
        arrow_to_pandas_kwargs=kwargs,
        read_geometry=False,
        **options,
    )
    options = {key: value for key, value in options.items() if key != "use_arrow"}
    if fragile:
        frame = facts()
        drawn = pyogrio.read_dataframe(source.path, columns=[], use_arrow=False, **options)
        return gpd.GeoDataFrame(frame, geometry=drawn.geometry)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(facts)
        told, table = pyogrio.read_arrow(source.path, layer=options["layer"], columns=[])
        wkb = table.column(told["geometry_name"] or "wkb_geometry").to_numpy(zero_copy_only=False)
        shapes = _shapes(wkb, options["on_invalid"])
        return gpd.GeoDataFrame(waiting.result(), geometry=gpd.GeoSeries(shapes, crs=told["crs"]))


def _shapes(wkb: np.ndarray, on_invalid: str) -> np.ndarray:
    """Build geometries in two threads: GEOS works without Python's lock."""
    parts = np.array_split(wkb, max(1, min(8, len(wkb) // 5_000)))
    with _no_collecting(), ThreadPoolExecutor(2) as pool:
        built = pool.map(lambda part: shapely.from_wkb(part, on_invalid=on_invalid), parts)
        return np.concatenate(list(built))


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep Python from searching for cycles: geometries hold none, and each new one is searched."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read_parquet(source: Source) -> gpd.GeoDataFrame:
    try:
        metadata = pq.read_schema(source.path).metadata or {}
    except Exception as error:
        raise FileDamagedError(file=source.name, reason=first_line(error)) from error
    if b"geo" not in metadata:
        raise GeometryMissingError(file=source.name)
    try:
        frame = gpd.read_parquet(source.path)
    except Exception as error:
        raise FileDamagedError(file=source.name, reason=first_line(error)) from error
    named = [name for name in frame.index.names if name is not None]
    return _plain_integers(frame.reset_index(drop=not named))


def _plain_integers(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn nullable integers into int64 or float64 where no digit is lost."""
    changed: dict[str, Any] = {}
    for name, dtype in frame.dtypes.items():
        if not isinstance(dtype, tuple(type(kind) for kind in _INTEGERS.values())):
            continue
        column = frame[name]
        if not column.isna().any():
            changed[str(name)] = column.astype("int64")
        elif column.isna().all() or int(column.abs().max()) < _EXACT:
            changed[str(name)] = column.astype("float64")
    return frame.assign(**changed) if changed else frame


def _decode_cut(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    """Decode text that was read byte by byte, dropping half characters at the end."""

    def decode(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        return text.encode("latin-1", "ignore").decode(encoding, "ignore")

    texts = [
        name
        for name in frame.columns
        if name != frame.geometry.name
        and not pd.api.types.is_numeric_dtype(frame[name].dtype)
        and not pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
    ]
    decoded = frame.assign(**{name: frame[name].map(decode) for name in texts})
    return decoded.rename(columns={name: decode(name) for name in texts})


def _flatten(frame: gpd.GeoDataFrame) -> list[str]:
    """Drop heights and measures in place; say so."""
    values = np.asarray(frame.geometry.array)
    notes: list[str] = []
    lifted = shapely.has_z(values) | shapely.has_m(values)
    if lifted.any():
        count = int(lifted.sum())
        frame[frame.geometry.name] = gpd.GeoSeries(
            shapely.force_2d(values), index=frame.index, crs=frame.crs
        )
        notes.append(
            Words(f"{count} 个图形的 Z/M 值已去掉", f"Z/M dropped from {count} geometries")
        )
    return notes
