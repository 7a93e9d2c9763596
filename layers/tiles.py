"""Vector tiles of the county: geometry only, one archive per version, never rebuilt for an event.

Archives lie in ``<workspace>/tiles``. A parcel archive is named after the register change that last
touched a parcel's geometry; the county's own vectors and the buildings after the version of their
newest layer. An archive that exists is right, because its name says what is in it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import freestiler
import geopandas as gpd
import numpy as np
import shapely

from data.layers import drawn_as
from data.register import Register
from gis.area import to_mu
from gis.crs import METRIC_CRS

DOTS_ZOOM = (7, 10)
MOST_DOTS = 30_000
"""Far away only the largest parcels are dots: more would be noise, and slow."""
PARCEL_ZOOM = (11, 15)
BASE_ZOOM = (6, 14)
BUILDING_ZOOM = (14, 15)
AREA_LAYERS = drawn_as("area")
DRAWN_LAYERS = (*AREA_LAYERS, *drawn_as("line"), *drawn_as("point"))
LABEL_LAYERS = {"towns": "town_labels", "parks": "park_labels"}
_building = threading.Lock()


@dataclass(frozen=True)
class TileArchive:
    """One PMTiles file and the deepest zoom it holds."""

    path: Path
    max_zoom: int


def ensure_tiles(register: Register) -> dict[str, TileArchive]:
    """Return the archives for the register's present geometry, building those that are missing.

    Parameters
    ----------
    register : Register
        Open register; its ``workspace`` receives the ``tiles`` folder.

    Returns
    -------
    dict of str to TileArchive
        ``parcels``, ``base`` and, where there is a building layer, ``buildings``. A register
        without parcels has no ``parcels`` entry.
    """
    folder = register.workspace / "tiles"
    folder.mkdir(exist_ok=True)
    versions = _layer_versions(register)
    found: dict[str, TileArchive] = {}
    with _building:
        if register.geometry_version:
            path = folder / f"parcels-g{register.geometry_version}.pmtiles"
            if not path.exists():
                _write(parcel_layers(register.read_parcels(columns=["geometry_area_m2"])), path)
            found["parcels"] = TileArchive(path, PARCEL_ZOOM[1])
        drawn = {name: v for name, v in versions.items() if name in DRAWN_LAYERS}
        if drawn:
            path = folder / f"base-v{max(drawn.values())}.pmtiles"
            if not path.exists():
                _write(
                    base_layers({name: register.read_layer(name) for name in sorted(drawn)}), path
                )
            found["base"] = TileArchive(path, BASE_ZOOM[1])
        if "buildings" in versions:
            path = folder / f"buildings-v{versions['buildings']}.pmtiles"
            if not path.exists():
                _write(building_layers(register.read_layer("buildings")), path)
            found["buildings"] = TileArchive(path, BUILDING_ZOOM[1])
    return found


def parcel_layers(parcels: gpd.GeoDataFrame) -> dict[str, freestiler.FreestileLayer]:
    """Return the tile layers of the parcels: polygons near, dots far.

    Parameters
    ----------
    parcels : GeoDataFrame
        All current parcels sorted by ``parcel_id`` (EPSG:4490) with ``geometry_area_m2``.

    Returns
    -------
    dict
        ``parcels`` and ``dots``; each feature has ``n`` (ordinal) and ``a`` (area in 亩). Dots are
        the :data:`MOST_DOTS` largest parcels.
    """
    area = np.nan_to_num(to_mu(parcels["geometry_area_m2"].to_numpy(float, na_value=np.nan)))
    facts = {"n": np.arange(len(parcels)), "a": np.round(area, 2)}
    polygons = _drawable(gpd.GeoDataFrame(facts, geometry=parcels.geometry.values))
    largest = polygons.sort_values(["a", "n"], ascending=[False, True]).head(MOST_DOTS).sort_index()
    points = largest.set_geometry(shapely.point_on_surface(largest.geometry.values))
    return {
        "parcels": _layer(polygons, PARCEL_ZOOM),
        "dots": _layer(_drawable(points), DOTS_ZOOM),
    }


def building_layers(buildings: gpd.GeoDataFrame) -> dict[str, freestiler.FreestileLayer]:
    """Return the tile layer of the buildings, drawn from zoom 15 on."""
    kept = [name for name in ("storeys",) if name in buildings]
    return {"buildings": _layer(_drawable(buildings[[*kept, "geometry"]]), BUILDING_ZOOM)}


def base_layers(frames: dict[str, gpd.GeoDataFrame]) -> dict[str, freestiler.FreestileLayer]:
    """Return the tile layers of the county's own vectors, with label points for towns and parks."""
    layers: dict[str, freestiler.FreestileLayer] = {}
    for name, frame in frames.items():
        plain = _drawable(_drawn_facts(frame, name))
        if name in AREA_LAYERS:
            edges = plain.set_geometry(plain.geometry.boundary)
            layers[f"{name}_edge"] = _layer(_drawable(edges), BASE_ZOOM)
        layers[name] = _layer(plain, BASE_ZOOM)
        if name in LABEL_LAYERS and "name" in plain:
            layers[LABEL_LAYERS[name]] = _layer(_label_points(plain), BASE_ZOOM)
    return {name: layer for name, layer in layers.items() if len(layer.input)}


def _drawn_facts(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Keep what the map writes or tells apart: the name of a place and the class of a road."""
    names = {"towns": "town", "parks": "park"}
    renamed = frame.rename(columns={names.get(layer, "name"): "name", "road_class": "class"})
    return renamed[[c for c in ("name", "class") if c in renamed] + ["geometry"]]


def _label_points(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One point a name, inside the largest part of what bears the name."""
    parts = areas.explode(ignore_index=True)
    parts["_size"] = parts.geometry.to_crs(METRIC_CRS).area
    largest = parts.sort_values("_size", kind="stable").drop_duplicates("name", keep="last")
    points = largest[["name"]].set_index(largest.index)
    return gpd.GeoDataFrame(
        points, geometry=shapely.point_on_surface(largest.geometry.values), crs=areas.crs
    ).sort_values("name")


def _drawable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop what cannot be drawn and name the system the tiler knows: CGCS2000 is WGS 84 here."""
    kept = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    return gpd.GeoDataFrame(kept.drop(columns="geometry"), geometry=kept.geometry.values).set_crs(
        4326, allow_override=True
    )


def _layer(frame: gpd.GeoDataFrame, zoom: tuple[int, int]) -> freestiler.FreestileLayer:
    return freestiler.freestile_layer(frame, min_zoom=zoom[0], max_zoom=zoom[1])


def _write(layers: dict[str, freestiler.FreestileLayer], path: Path) -> None:
    filled = {name: layer for name, layer in layers.items() if len(layer.input)}
    if not filled:
        return
    lowest = min(layer.min_zoom for layer in filled.values())
    highest = max(layer.max_zoom for layer in filled.values())
    part = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        freestiler.freestile(filled, part, min_zoom=lowest, max_zoom=highest, quiet=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sweep(path)


def _sweep(newest: Path) -> None:
    """Keep the newest two archives of a kind: an open browser may still read the last one."""
    kind = newest.name.rsplit("-", 1)[0]
    same: Iterable[Path] = newest.parent.glob(f"{kind}-*.pmtiles")
    for old in sorted(same, key=lambda p: p.stat().st_mtime, reverse=True)[2:]:
        old.unlink(missing_ok=True)


def _layer_versions(register: Register) -> dict[str, int]:
    listed = register.layers()
    return {str(n): int(v) for n, v in zip(listed["name"], listed["change_no"], strict=True)}
