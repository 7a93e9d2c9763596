"""Geometry ↔ GeoPackage blob or PostGIS geometry, one by one for SQLAlchemy and in bulk for frames.

Parcels are stored as MultiPolygon in EPSG:4490, as the registered layer promises; a parcel of one
part comes back as Polygon.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, UserDefinedType

from gis.validity import single

SRS_ID = 4490
HEADER_BYTES = 40
_HEADER = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4)]
)
_LITTLE_ENDIAN_XY_ENVELOPE = 0x03
_WKB_KIND = b"\x06\0\0\0"
_EWKB_HEAD = b"\x01\x06\0\0\x20" + SRS_ID.to_bytes(4, "little")
"""A little-endian MultiPolygon that names its system: PostGIS' own form of WKB."""


def to_multi(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons and multipolygons as flat (2D) multipolygons."""
    flat = shapely.force_2d(geometry)
    single = shapely.get_type_id(flat) == shapely.GeometryType.POLYGON
    if single.any():
        flat = flat.copy()
        flat[single] = shapely.multipolygons(flat[single], indices=np.arange(int(single.sum())))
    return flat


def to_blobs(geometry: NDArray[np.object_]) -> list[bytes]:
    """Return one GeoPackage blob per polygon: header with envelope, then little-endian WKB.

    Examples
    --------
    >>> blob = to_blobs(np.array([shapely.box(0, 0, 1, 2)]))[0]
    >>> list(blob[:4]), to_geometry([blob])[0].wkt
    ([71, 80, 0, 3], 'POLYGON ((1 0, 1 2, 0 2, 0 0, 1 0))')
    """
    multi = to_multi(geometry)
    header = np.zeros(len(multi), dtype=_HEADER)
    header["magic"], header["flags"], header["srs"] = b"GP", _LITTLE_ENDIAN_XY_ENVELOPE, SRS_ID
    header["envelope"] = shapely.bounds(multi)[:, [0, 2, 1, 3]]
    heads, body = header.tobytes(), shapely.to_wkb(multi, byte_order=1)
    starts = range(0, len(heads), HEADER_BYTES)
    return [heads[at : at + HEADER_BYTES] + wkb for at, wkb in zip(starts, body, strict=True)]


def to_geometry(blobs: Sequence[bytes]) -> NDArray[np.object_]:
    """Return the polygons of blobs written by `to_blobs`."""
    bodies = np.array([memoryview(b)[HEADER_BYTES:].tobytes() for b in blobs], dtype=object)
    return single(shapely.from_wkb(bodies)) if len(bodies) else bodies


def envelopes(blobs: Sequence[Any]) -> NDArray[np.float64]:
    """Return west, east, south, north as the heads of blobs tell them, one row per whole head.

    Examples
    --------
    >>> envelopes([*to_blobs(np.array([shapely.box(0, 1, 2, 3)])), b"no blob"]).tolist()
    [[0.0, 2.0, 1.0, 3.0]]
    """
    whole = [b[:HEADER_BYTES] for b in blobs if isinstance(b, bytes) and len(b) >= HEADER_BYTES]
    found: NDArray[np.float64] = np.frombuffer(b"".join(whole), dtype=_HEADER)["envelope"]
    return found[np.isfinite(found).all(axis=1)]


def to_ewkb(blobs: Sequence[bytes]) -> list[str]:
    """Return what PostGIS reads for blobs written by `to_blobs`: extended WKB in hexadecimal.

    Examples
    --------
    >>> to_ewkb(to_blobs(np.array([shapely.box(0, 0, 1, 2)])))[0][:26]
    '01060000208a11000001000000'
    """
    return [_EWKB_HEAD.hex() + blob[HEADER_BYTES + 5 :].hex() for blob in blobs]


def from_ewkb(shapes: Sequence[bytes | None]) -> list[bytes | None]:
    """Return the blobs of what PostGIS tells: the other way round of `to_ewkb`.

    Examples
    --------
    >>> blobs = to_blobs(np.array([shapely.box(0, 0, 1, 2)]))
    >>> from_ewkb([bytes.fromhex(text) for text in to_ewkb(blobs)]) == blobs
    True
    """
    bodies = [None if s is None else s[:1] + _WKB_KIND + s[len(_EWKB_HEAD) :] for s in shapes]
    header = np.zeros(len(bodies), dtype=_HEADER)
    header["magic"], header["flags"], header["srs"] = b"GP", _LITTLE_ENDIAN_XY_ENVELOPE, SRS_ID
    shaped = shapely.from_wkb(np.array(bodies, dtype=object))
    header["envelope"] = shapely.bounds(shaped)[:, [0, 2, 1, 3]]
    return [
        None if body is None else head.tobytes() + body
        for head, body in zip(header, bodies, strict=True)
    ]


class PostgisPolygons(UserDefinedType[Any]):
    """Column of MultiPolygons in EPSG:4490, as PostGIS names it; others are only looked at."""

    cache_ok = True

    def __init__(self, kind: str = "MultiPolygon", srid: str = str(SRS_ID)) -> None:
        self.kind = kind
        self.srid = srid

    def get_col_spec(self, **_: Any) -> str:
        """Return the type in PostGIS' words."""
        return f"geometry({self.kind},{self.srid})"


class GpkgGeometry(TypeDecorator[Any]):
    """Column of polygons: shapely in Python, GeoPackage blob in the file, geometry in PostGIS."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return how a database stores the column."""
        here = PostgisPolygons() if dialect.name == "postgresql" else LargeBinary()
        return dialect.type_descriptor(here)

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | str | None:
        """Return the stored form of one geometry."""
        blobs = [] if value is None else to_blobs(np.array([value], dtype=object))
        stored = to_ewkb(blobs) if dialect.name == "postgresql" else blobs
        return stored[0] if stored else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the geometry of one stored value."""
        if value is None:
            return None
        blobs: list[Any] = from_ewkb([value]) if dialect.name == "postgresql" else [value]
        return to_geometry(blobs)[0]
