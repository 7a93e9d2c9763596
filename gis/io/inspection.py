"""Look at a file without changing anything: layers, coordinate system, encoding, health."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gis.archives import opened_all
from gis.crs import normalise
from gis.errors import CrsMissingError, CrsUnknownError, GisError, UserError, Words, spoken
from gis.fit import check_metres
from gis.formats import (
    RASTER_SUFFIXES,
    TABLE_SUFFIXES,
    VECTOR_DRIVERS,
    Source,
    check,
)
from gis.io.drawing import CAD_LAYER
from gis.io.layers import layer_names
from gis.io.located import location_of, undrawn_note, undrawn_rows
from gis.io.reading import read_raw
from gis.io.tables import read_table, sheet_names
from gis.raster import read_grid

_WHOLE = (".parquet", ".geoparquet", ".txt", ".dxf", ".kml")
"""Suffixes of files that are read as one layer, whatever is inside."""


@dataclass(frozen=True)
class LayerReport:
    """What one layer or sheet holds.

    Attributes
    ----------
    name, kind : str
        Kind is ``vector``, ``table`` or ``raster``.
    rows : int
        Features, table rows below the header, or raster cells.
    geometry_type : str or None
        As declared by the file.
    crs_declared : str or None
        As the file says it.
    crs_recognised : str or None
        EPSG form; None if missing or refused (then ``problem`` says why).
    encoding : str or None
        Text encoding and who said so.
    columns : tuple of str
        Headings.
    health : dict
        Counts: ok, missing, empty, invalid, not_finite, has_z, other (not polygon).
    notes : tuple of str
        What would be changed on reading.
    problem : UserError or None
        Why the layer cannot be read as it is.
    part_of : str or None
        The layer of this file that holds these rows too: a CAD layer is part of its drawing.
    """

    name: str
    kind: str
    rows: int
    geometry_type: str | None = None
    crs_declared: str | None = None
    crs_recognised: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] = ()
    health: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: UserError | None = None
    part_of: str | None = None

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values for a JSON document."""
        plain = asdict(replace(self, problem=None))
        plain["notes"] = tuple(spoken(note, lang) for note in self.notes)
        plain["problem"] = None if self.problem is None else self.problem.say(lang)
        return plain


@dataclass(frozen=True)
class FileReport:
    """What a file holds, layer by layer."""

    source_name: str
    format: str
    size_bytes: int
    layers: tuple[LayerReport, ...]

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {
            "file": self.source_name,
            "format": self.format,
            "size_bytes": self.size_bytes,
            "layers": [layer.to_json(lang) for layer in self.layers],
        }


def inspect(path: Path | str, *, encoding: str | None = None) -> FileReport:
    """Report on every layer of a map file, table or raster; writes nothing.

    Raises
    ------
    GisError
        If the file cannot be opened at all. What is wrong with one layer (no coordinate
        system, say) is told in its report.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    check(path, allowed=(*VECTOR_DRIVERS, ".zip", *TABLE_SUFFIXES, *RASTER_SUFFIXES))
    size = path.stat().st_size
    if suffix in TABLE_SUFFIXES:
        layers = [_table_layer(path, name, encoding) for name in sheet_names(path, encoding)]
        return FileReport(path.name, suffix[1:], size, tuple(layers))
    if suffix in RASTER_SUFFIXES:
        return FileReport(path.name, "GeoTIFF", size, (_raster_layer(path),))
    with opened_all(path) as sources:
        reports = [report for source in sources for report in _vector_layers(source, encoding)]
    return FileReport(path.name, VECTOR_DRIVERS.get(suffix, "ZIP"), size, tuple(reports))


def geometry_health(geometry: gpd.GeoSeries) -> dict[str, int]:
    """Count missing, empty, invalid, not finite, three-dimensional and other geometries.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> geometry_health(gpd.GeoSeries([bow, None, shapely.box(0, 0, 1, 1)]))["invalid"]
    1
    """
    values = np.asarray(geometry.array)
    missing = shapely.is_missing(values)
    empty = shapely.is_empty(values)
    bounds = shapely.bounds(values)
    endless = ~missing & ~empty & ~np.isfinite(bounds).all(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid = shapely.is_valid(values)
    invalid = ~valid & ~missing & ~endless
    polygons = np.isin(shapely.get_type_id(values), (3, 6))
    return {
        "ok": int((valid & polygons & ~missing & ~empty & ~endless).sum()),
        "missing": int(missing.sum()),
        "empty": int(empty.sum()),
        "invalid": int(invalid.sum()),
        "not_finite": int(endless.sum()),
        "has_z": int(shapely.has_z(values).sum()),
        "other": int((~polygons & ~missing).sum()),
    }


def _vector_layers(source: Source, encoding: str | None) -> list[LayerReport]:
    if source.suffix in _WHOLE:
        report = _vector_layer(source, None, "?", encoding)
        whole = replace(report, name=source.inside or source.path.stem)
        return [whole, *_cad_layers(source, whole, encoding)]
    reports = [
        _vector_layer(source, name, kind, encoding)
        for name, kind in layer_names(source)
        if name != "layer_styles"
    ]
    if not source.inside:
        return reports
    if len(reports) == 1:
        return [replace(reports[0], name=source.inside)]
    return [replace(report, name=f"{source.inside}/{report.name}") for report in reports]


def _cad_layers(source: Source, whole: LayerReport, encoding: str | None) -> list[LayerReport]:
    """Report on each layer of a drawing that has outlines on several; texts belong to all."""
    if source.suffix != ".dxf" or source.inside or CAD_LAYER not in whole.columns:
        return []
    raw, _ = read_raw(source, None, encoding)
    names = sorted({str(name) for name in raw[CAD_LAYER].dropna()} - {whole.name})
    reports = (_vector_layer(source, name, "?", encoding) for name in names)
    return [replace(found, part_of=whole.name) for found in reports] if len(names) > 1 else []


def _vector_layer(
    source: Source, name: str | None, kind: str | None, encoding: str | None
) -> LayerReport:
    if kind is None:
        info = pyogrio.read_info(source.path, layer=name, force_feature_count=True)
        return LayerReport(str(name), "table", info["features"], columns=tuple(info["fields"]))
    try:
        raw, details = read_raw(source, name, encoding)
        found = details["encoding"]
    except UserError as error:
        return LayerReport(str(name), "vector", 0, kind, problem=error)
    recognised, problem = _recognise(raw, details["crs_unknown"], source.name)
    if kind == "?":
        kind = "/".join(sorted(raw.geom_type.dropna().unique())) or None
    return LayerReport(
        name=str(name),
        kind="vector",
        rows=len(raw),
        geometry_type=kind,
        crs_declared=None if raw.crs is None else raw.crs.name,
        crs_recognised=recognised,
        encoding=found,
        columns=tuple(str(column) for column in raw.columns if column != raw.geometry.name),
        health=geometry_health(raw.geometry),
        notes=details["notes"],
        problem=problem,
    )


def _recognise(
    raw: gpd.GeoDataFrame, unknown: str | None, name: str
) -> tuple[str | None, GisError | None]:
    found = None
    try:
        if unknown:
            raise CrsUnknownError(crs=unknown[:80])
        if raw.crs is None:
            raise CrsMissingError(file=name)
        used = normalise(raw.crs)
        found = used.to_string()[:200]
        check_metres(raw, used, file=name)
        return found, None
    except GisError as error:
        return found, error


def _table_layer(path: Path, name: str, encoding: str | None) -> LayerReport:
    sheet = None if path.suffix.lower() == ".csv" else name
    try:
        frame: pd.DataFrame = read_table(path, sheet=sheet, encoding=encoding)
    except UserError as error:
        return LayerReport(name, "table", 0, problem=error)
    columns = tuple(str(column) for column in frame.columns)
    used = frame.attrs["encoding"]
    location = location_of(frame)
    notes: tuple[str, ...] = ()
    if location is not None:
        named = "、".join(location.columns)
        notes = (Words(f"“{named}”列带有坐标", f"there are coordinates in {named}"),)
        curved = undrawn_rows(frame[location.columns[0]])
        notes += (undrawn_note(curved),) if location.kind == "wkt" and len(curved) else ()
    return LayerReport(name, "table", len(frame), encoding=used, columns=columns, notes=notes)


def _raster_layer(path: Path) -> LayerReport:
    grid = read_grid(path)
    known = int(np.isfinite(grid.values).sum())
    size = int(grid.values.size)
    name = grid.crs.to_string()[:200]
    return LayerReport(
        name=path.stem,
        kind="raster",
        rows=size,
        crs_declared=grid.crs.name,
        crs_recognised=name,
        health={"ok": known, "missing": size - known},
    )
