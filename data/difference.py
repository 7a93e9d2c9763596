"""What a file would change in the register: new, changed field by field, reshaped, vanished."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.intake_spatial import same_geometry
from data.lineage_candidates import CANDIDATE_COLUMNS, candidates
from gis.area import ellipsoidal_area_m2, to_mu
from gis.crs import COUNTY_CRS
from gis.overlaps import in_threads
from gis.repairs import mended

CELL_COLUMNS = ("parcel_id", "field", "old", "new")
MOST_CELLS = 100_000
"""So many changed cells are listed; all are counted."""
MEASURED = "geometry_area_m2"

_CLOSE = 1e-9  # relative: an area that went through 亩 and back is the same area
_AT_ONCE = 5_000
_LEAST_M2 = 0.01  # less land gained or lost is rounding of coordinates


def _no_shapes() -> gpd.GeoDataFrame:
    frame = pd.DataFrame({"parcel_id": [], "part": [], "area_m2": np.array([], dtype=float)})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=COUNTY_CRS))


@dataclass(frozen=True)
class Difference:
    """The difference between a file of parcels and the register.

    Attributes
    ----------
    ids : dict
        ``new``, ``changed``, ``unchanged``, ``vanished`` → identifiers, sorted. Vanished parcels
        are on record but in no row of the file, not even one that waits; they stay.
    cells : DataFrame
        ``parcel_id``, ``field``, ``old``, ``new`` of changed cells, by parcel; the old value is
        None where nothing was known. At most `MOST_CELLS` rows.
    counts : dict
        Field → how many parcels change in it; complete.
    shapes : GeoDataFrame
        ``parcel_id``, ``part`` (``gained`` or ``lost``), ``area_m2`` and the geometry of land that
        a changed shape gains and loses, EPSG:4490, by parcel.
    reshaped : tuple of str
        Parcels of which the shape changes, also where only a corner moved by millimetres.
    vanished_here : tuple of str
        Vanished parcels of the towns that the file speaks of: those that can be marked.
    candidates : DataFrame
        Splits, mergers and renumberings that the overlaps suggest, one row for each pair of
        ``parent_id`` and ``child_id``; see `data.lineage_candidates.candidates`.
    """

    ids: dict[str, tuple[str, ...]]
    cells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CELL_COLUMNS)))
    counts: dict[str, int] = field(default_factory=dict)
    shapes: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    reshaped: tuple[str, ...] = ()
    vanished_here: tuple[str, ...] = ()
    candidates: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(CANDIDATE_COLUMNS))
    )

    def area_m2(self, part: str) -> float:
        """Return the land that all changed shapes together gain or lose (``gained``, ``lost``)."""
        found = self.shapes.loc[(self.shapes["part"] == part).to_numpy(dtype=bool), "area_m2"]
        return float(found.sum())

    def to_json(self, most: int = 500) -> dict[str, Any]:
        """Plain values for a JSON document; lists hold at most ``most`` entries, counts are whole.

        ``fields`` counts the changed cells of each field; ``cells`` lists them.
        """
        gained, lost = self.area_m2("gained"), self.area_m2("lost")
        shapes = pd.DataFrame(self.shapes.drop(columns="geometry")).head(most)
        return {
            **{kind: len(ids) for kind, ids in self.ids.items()},
            "vanished_here": len(self.vanished_here),
            "reshaped": len(self.reshaped),
            "gained_m2": round(gained, 2),
            "gained_mu": round(to_mu(gained), 4),
            "lost_m2": round(lost, 2),
            "lost_mu": round(to_mu(lost), 4),
            "fields": dict(self.counts),
            "cells": _records(self.cells.head(most)),
            "shapes": _records(shapes),
            "candidates": _records(self.candidates.head(most)),
            "ids": {
                kind: list(ids[:most]) for kind, ids in self.ids.items() if kind != "unchanged"
            },
        }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return [{str(key): plain(value) for key, value in row.items()} for row in rows]


def plain(value: Any) -> Any:
    """Return a cell as a value that JSON knows; days are ISO, unknown is None.

    Examples
    --------
    >>> plain(pd.Timestamp(2026, 1, 5)), plain(np.float64(1.5)), plain(pd.NA)
    ('2026-01-05', 1.5, None)
    """
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value.item() if isinstance(value, np.generic) else value


def compare(
    frame: pd.DataFrame, recorded: pd.DataFrame, *, waiting: Collection[str] = ()
) -> tuple[Difference, pd.DataFrame | None]:
    """Compare parcels with the recorded ones; an empty cell never wipes a recorded value.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Indexed by ``parcel_id``; columns are fields of the dictionary.
    recorded : DataFrame or GeoDataFrame
        The register's current parcels with the same columns and ``geometry_area_m2``.
    waiting : collection of str
        Parcels whose rows of the file stay out: they are in the file, so they have not vanished.

    Returns
    -------
    difference : Difference
    changed : DataFrame or None
        New and changed rows for a `Change`, sorted; None where there are none. A changed row
        holds the recorded value where the file has none.

    Examples
    --------
    >>> old = pd.DataFrame({"owner": ["甲", "乙"], "far": [1.0, None]}, index=["P1", "P2"])
    >>> new = pd.DataFrame({"owner": ["甲", "丙"], "far": [None, 0.5]}, index=["P1", "P2"])
    >>> found, changed = compare(new, old)
    >>> found.cells.values.tolist(), changed.index.tolist()
    ([['P2', 'owner', '乙', '丙'], ['P2', 'far', None, 0.5]], ['P2'])
    """
    known = frame.index.isin(recorded.index)
    mine, old = frame.loc[known], recorded.reindex(frame.index[known])
    marks: dict[str, np.ndarray] = {}
    reshaped = np.zeros(len(mine), dtype=bool)
    before, after = mine, mine
    if isinstance(mine, gpd.GeoDataFrame):
        shape = gpd.GeoSeries(old["geometry"], crs=COUNTY_CRS)
        same = same_geometry(mine.geometry, shape)
        reshaped, before, after = ~same, shape[~same], mine.geometry[~same]
        mine = _with_recorded_shapes(mine, old, same)
    mine = _filled(mine, old, marks)
    differs = reshaped | np.logical_or.reduce([np.zeros(len(mine), dtype=bool), *marks.values()])
    ids = {
        "new": tuple(frame.index[~known]),
        "changed": tuple(mine.index[differs]),
        "unchanged": tuple(mine.index[~differs]),
        "vanished": tuple(recorded.index.difference(frame.index).difference(list(waiting))),
    }
    parts = [part for part in (frame.loc[~known], mine.loc[differs]) if len(part)]
    changed = pd.concat(parts).sort_index() if parts else None
    found = Difference(
        ids=ids,
        cells=_cells(mine, old, marks),
        counts={key: int(mark.sum()) for key, mark in marks.items() if mark.any()},
        reshaped=tuple(mine.index[reshaped]),
        **_spatial(frame, recorded, ids, before, after),
    )
    return found, changed


def _with_recorded_shapes(
    mine: gpd.GeoDataFrame, old: pd.DataFrame, same: np.ndarray
) -> gpd.GeoDataFrame:
    """Keep the recorded shape and its area where the two are the same survey."""
    kept = np.where(same, np.asarray(old["geometry"].array), np.asarray(mine.geometry.array))
    result = mine.assign(**{MEASURED: mine[MEASURED].where(~same, old[MEASURED])})
    return result.set_geometry(gpd.GeoSeries(kept, index=mine.index, crs=COUNTY_CRS))


def _filled(mine: pd.DataFrame, old: pd.DataFrame, marks: dict[str, np.ndarray]) -> pd.DataFrame:
    """Fill empty cells from the register; ``marks`` gets the rows in which each field changes."""
    filled: dict[str, Any] = {}
    for name in mine.columns:
        key = str(name)
        if key in ("geometry", MEASURED):
            continue
        unknown = mine[key].isna().to_numpy()
        marks[key] = ~unknown & ~equal(mine[key], old[key])
        filled[key] = mine[key].where(~unknown, old[key].astype(mine[key].dtype))
    return mine.assign(**filled)


def equal(new: pd.Series, old: pd.Series) -> np.ndarray:
    """Say row by row whether two columns are equal; unknown equals nothing."""
    if pd.api.types.is_float_dtype(new.dtype):
        mine, theirs = new.to_numpy("float64"), old.to_numpy("float64", na_value=np.nan)
        return np.asarray(np.isclose(mine, theirs, rtol=_CLOSE, atol=1e-9))
    if new.dtype == object:
        return (new.astype("str") == old.astype("str")).to_numpy(dtype=bool)
    return (new == old.astype(new.dtype)).fillna(False).to_numpy(dtype=bool)


def _cells(mine: pd.DataFrame, old: pd.DataFrame, marks: dict[str, np.ndarray]) -> pd.DataFrame:
    """List the changed cells, parcel by parcel, in the order of the columns."""
    parts, left = [], MOST_CELLS
    for order, (key, mark) in enumerate(marks.items()):
        at = np.flatnonzero(mark)[:left]
        left -= len(at)
        if len(at):
            was = old[key].iloc[at].astype(object)
            part = {
                "parcel_id": mine.index[at],
                "field": key,
                "old": was.where(was.notna(), None).to_numpy(dtype=object),
                "new": mine[key].iloc[at].astype(object).to_numpy(dtype=object),
                "order": order,
            }
            parts.append(pd.DataFrame(part).astype({"old": object, "new": object}))
    if not parts:
        return pd.DataFrame(columns=list(CELL_COLUMNS), dtype=object)
    found = pd.concat(parts).sort_values(["parcel_id", "order"], kind="stable", ignore_index=True)
    return found[list(CELL_COLUMNS)]


def _spatial(
    frame: pd.DataFrame,
    recorded: pd.DataFrame,
    ids: dict[str, tuple[str, ...]],
    before: Any,
    after: Any,
) -> dict[str, Any]:
    """Land gained and lost, and the splits and mergers it suggests; nothing for a table."""
    if not isinstance(frame, gpd.GeoDataFrame) or not isinstance(recorded, gpd.GeoDataFrame):
        return {}
    shapes = land_moved(before, after)
    part = {kind: rows.set_index("parcel_id").geometry for kind, rows in shapes.groupby("part")}
    nothing = gpd.GeoSeries([], crs=COUNTY_CRS)
    return {
        "shapes": shapes,
        "candidates": candidates(
            new=frame.geometry.loc[list(ids["new"])],
            gone=recorded.geometry.loc[list(ids["vanished"])],
            gained=part.get("gained", nothing),
            lost=part.get("lost", nothing),
        ),
    }


def land_moved(before: gpd.GeoSeries, after: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return the land that changed shapes gain and lose.

    Parameters
    ----------
    before, after : GeoSeries
        Polygons in EPSG:4490 on the same index.

    Returns
    -------
    GeoDataFrame
        As ``Difference.shapes``; parts below a hundredth of a square metre are left out.

    Examples
    --------
    >>> old = gpd.GeoSeries([shapely.box(120, 27, 120.001, 27.001)], index=["P1"], crs=4490)
    >>> new = gpd.GeoSeries([shapely.box(120, 27, 120.0005, 27.001)], index=["P1"], crs=4490)
    >>> land_moved(old, new)[["parcel_id", "part"]].values.tolist()
    [['P1', 'lost']]
    """
    if not len(before):
        return _no_shapes()
    was, now = (mended(np.asarray(side.array)) for side in (before, after))
    parts = []
    for part, first, second in (("gained", now, was), ("lost", was, now)):
        land = gpd.GeoSeries(_without(first, second), crs=COUNTY_CRS)
        frame = pd.DataFrame({"parcel_id": np.asarray(before.index), "part": part})
        frame["area_m2"] = ellipsoidal_area_m2(land).to_numpy()
        parts.append(gpd.GeoDataFrame(frame, geometry=land, crs=COUNTY_CRS))
    found = pd.concat(parts, ignore_index=True)
    found = found[(found["area_m2"] >= _LEAST_M2).to_numpy()]
    return found.sort_values(["parcel_id", "part"], kind="stable", ignore_index=True)


def _without(shapes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return pair by pair what is left of shapes, in two threads: GEOS works without the lock."""
    parts = max(1, len(shapes) // _AT_ONCE)
    pairs = list(zip(np.array_split(shapes, parts), np.array_split(others, parts), strict=True))
    return np.concatenate(in_threads(lambda at: shapely.difference(*pairs[at]), parts, 2))
