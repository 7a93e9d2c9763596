"""What a GeoJSON file states of its coordinate system, and cells that are no plain values."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from pyproj.exceptions import CRSError

from gis.formats import Source

_END = 64 * 1024
_CRS = re.compile(r'"crs"\s*:\s*(?=\{)')


def as_stated(source: Source, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, str | None]:
    """Put the system that a GeoJSON states in place of GDAL's guess (WGS 84 if not understood).

    Returns
    -------
    GeoDataFrame
        Without a system where the one stated is not understood.
    str or None
        The one that is not understood.
    """
    name = _stated(source) if source.suffix in (".geojson", ".json") else None
    if name is None:
        return frame, None
    try:
        return frame.set_crs(pyproj.CRS.from_user_input(name), allow_override=True), None
    except (CRSError, ValueError, OverflowError):
        return frame.set_crs(None, allow_override=True), name


def _stated(source: Source) -> str | None:
    """Name the system of the member ``crs``, which newer GeoJSON has no more; None without it."""
    size = source.path.stat().st_size
    with source.path.open("rb") as file:
        head = file.read(_END).decode("utf-8-sig", "ignore").partition('"features"')[0]
        file.seek(max(0, size - _END))
        tail = file.read().decode("utf-8", "ignore").rpartition("]")[2]
    if found := (_CRS.search(head) or _CRS.search(tail)):
        with contextlib.suppress(ValueError):
            return _name(json.JSONDecoder().raw_decode(found.string[found.end() :])[0])
    if size > 1_000_000:
        return None
    return _name(json.loads(source.path.read_bytes().decode("utf-8-sig")).get("crs"))


def _name(member: Any) -> str | None:
    facts = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(facts, dict):
        return None if member is None else json.dumps(member, ensure_ascii=False)[:80]
    if facts.get("name") is not None:
        return str(facts["name"])
    if facts.get("code") is not None:
        return f"EPSG:{facts['code']}"
    return json.dumps(facts, ensure_ascii=False)[:80]


def plain_cells(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write lists and objects in cells as JSON text, and bytes in hexadecimal digits.

    Examples
    --------
    >>> points = gpd.points_from_xy([120.6], [27.8])
    >>> plain_cells(gpd.GeoDataFrame({"tags": [["a", 1]]}, geometry=points))["tags"].tolist()
    ['["a", 1]']
    """
    changed: dict[str, Any] = {}
    for name, dtype in frame.dtypes.items():
        if str(dtype) != "object":
            continue
        kinds = set(frame[name].map(type))
        if kinds & {list, dict, tuple, set, bytes, np.ndarray}:
            changed[str(name)] = frame[name].map(_plain).astype(object)
    return frame.assign(**changed) if changed else frame


def _plain(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return cell.hex()
    if isinstance(cell, list | dict | tuple | set | np.ndarray):
        return json.dumps(_listed(cell), ensure_ascii=False, default=_listed)
    return None if cell is pd.NA else cell


def _listed(value: Any) -> Any:
    if isinstance(value, set):
        return sorted(map(str, value))
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else _known(value)


def _known(value: Any) -> Any:
    return value if isinstance(value, list | dict | tuple) else str(value)
