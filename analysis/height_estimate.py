"""Floor area estimated from height rasters, where nobody has counted storeys.

An estimate is never a survey: its columns end in ``_estimated`` and carry a range.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely

from analysis.errors import require_unique
from analysis.findings import Findings, Kind, frozen, row_numbers
from data.rules import Rules
from gis.crs import require_metric
from gis.overlaps import overlaps_between
from gis.raster_height import RoofRule, write_heights
from gis.validity import measurable
from gis.zonal import zonal

KINDS = frozen(
    heights_missing=Kind(
        "far_estimated", "info",
        "高程栅格没有覆盖或有效高程太少，未估算",
        "Rasters do not reach here or know too few heights: not estimated",
    ),
    heights_partial=Kind(
        "far_estimated", "info",
        "高程栅格只覆盖一部分，按已知部分估算",
        "Rasters know only part of the heights: estimated from that part",
    ),
)  # fmt: skip

_LOW, _MIDDLE, _HIGH = "quantile(q=0.25)", "quantile(q=0.5)", "quantile(q=0.75)"
_EDGE_M = 1.0


@dataclass(frozen=True)
class HeightEstimate:
    """Estimates by parcel (see `estimate_from_heights`), findings, and notes on the rasters."""

    parcels: pd.DataFrame
    issues: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def estimate_from_heights(
    parcels: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame | None,
    *,
    surface: Path | str,
    terrain: Path | str,
    rules: Rules,
) -> HeightEstimate:
    """Estimate counted floor area and plot ratio from the height above ground.

    With footprints, each has the median height inside it (1 m off its edge); without, the cells
    that look like roofs (`gis.raster_height`) stand for the buildings of a parcel. Storeys are the
    height over the storey height of the parcel's industry, rounded, at least one; a storey that
    is then above the steps of the counting rule counts as often as that rule says.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, indexed by unique ``parcel_id``; ``industry_code`` is used where present.
    footprints : GeoDataFrame, optional
        Buildings in EPSG:4549; their storeys are not looked at.
    surface, terrain : Path or str
        DSM and DTM, in metres.
    rules : Rules
        ``storey_heights``, ``floor_limits`` and the counting rule.

    Returns
    -------
    HeightEstimate
        ``parcels`` on the index of the parcels: ``far_estimated``, ``far_estimated_low``,
        ``far_estimated_high``, ``counted_estimated_m2``, ``footprint_estimated_m2``,
        ``height_median_m``, ``storey_height_assumed_m``, ``estimate_basis`` (``footprints`` or
        ``roofs``), ``height_share`` (share of the area with known height). NaN where less than
        ``height_share_least`` is known. The range comes from the quartiles of the heights, their
        error, and the error of the assumed storey height.

    Raises
    ------
    GisError
        If a raster cannot be used, or does not reach the parcels at all.
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    shapes = np.array(parcels.geometry.array, dtype=object)
    shapes[~measurable(shapes)] = None
    storey_m = storey_heights(parcels, rules)
    limits = rules.floor_limits
    rule = RoofRule(limits["height_least"].value, limits["roughness_most"].value)
    with tempfile.TemporaryDirectory(prefix="mutu-heights-") as folder:
        heights, roofs = Path(folder) / "heights.tif", Path(folder) / "roofs.tif"
        notes = write_heights(
            surface,
            terrain,
            bounds=_bounds_in(parcels, surface),
            heights=heights,
            roofs=roofs,
            rule=rule,
        )
        if footprints is None or footprints.empty:
            parts, known, more = _from_roofs(parcels, shapes, roofs, rule, Path(folder))
            basis = "roofs"
        else:
            parts, known, more = _from_footprints(parcels, shapes, footprints, heights)
            basis = "footprints"
    frame = _summed(parts, shapes, storey_m, rules)
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    frame = _with_share(frame, known, limits["height_share_least"].value, findings)
    frame["storey_height_assumed_m"], frame["estimate_basis"] = storey_m, basis
    frame.index = parcels.index
    return HeightEstimate(frame, findings.frame(), (*notes, *more))


def storey_heights(parcels: pd.DataFrame, rules: Rules) -> np.ndarray:
    """Return the storey height (m) assumed for each parcel, by division of its industry.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> frame = pd.DataFrame({"industry_code": ["C2614", "39", None]})
    >>> storey_heights(frame, load_rules()).tolist()
    [6.0, 4.2, 4.5]
    """
    default = rules.storey_heights["default"].value
    if "industry_code" not in parcels:
        return np.full(len(parcels), default)
    division = parcels["industry_code"].astype("str").str.extract(r"^[A-Za-z]?(\d{2})")[0]
    table = {key: term.value for key, term in rules.storey_heights.items()}
    return division.map(table).fillna(default).to_numpy(dtype=float)


@dataclass(frozen=True)
class _Parts:
    """Pieces of buildings: parcel's position, area (m²), heights (m) low, middle, high."""

    zone: np.ndarray
    area_m2: np.ndarray
    heights_m: np.ndarray


def _bounds_in(parcels: gpd.GeoDataFrame, raster: Path | str) -> tuple[float, float, float, float]:
    """Return the bounds of the parcels in the coordinates of the raster."""
    from gis.raster import check_raster

    check_raster(raster)
    with rasterio.open(raster) as source:
        crs = source.crs.to_wkt()
    west, south, east, north = parcels.to_crs(crs).total_bounds
    return float(west), float(south), float(east), float(north)


def _from_footprints(
    parcels: gpd.GeoDataFrame, shapes: np.ndarray, footprints: gpd.GeoDataFrame, heights: Path
) -> tuple[_Parts, np.ndarray, tuple[tuple[str, str], ...]]:
    """Pieces from footprints, and the share of their area in each parcel with a known height."""
    require_metric(footprints, what="建筑 buildings")
    stands = np.array(footprints.geometry.array, dtype=object)
    stands[~measurable(stands)] = None
    inner = shapely.buffer(stands, -_EDGE_M)
    inner = np.where(shapely.area(inner) > 0, inner, stands)
    found = zonal(gpd.GeoSeries(inner, crs=parcels.crs), heights, stats=(_LOW, _MIDDLE, _HIGH))
    pairs = overlaps_between(shapes, stands)
    table = found.frame[[_LOW, _MIDDLE, _HIGH]].to_numpy()
    share = np.nan_to_num(found.frame["coverage_share"].to_numpy())
    count = len(shapes)
    whole = np.bincount(pairs.zone, pairs.area_m2, minlength=count)
    seen = np.bincount(pairs.zone, pairs.area_m2 * share[pairs.shape], minlength=count)
    known = np.where(whole > 0, seen / np.where(whole > 0, whole, 1), np.nan)
    ground = zonal(parcels.geometry, heights, stats=()).frame["coverage_share"].to_numpy()
    known = np.where(np.isnan(known), ground, known)
    return _Parts(pairs.zone, pairs.area_m2, table[pairs.shape]), known, found.notes


def _from_roofs(
    parcels: gpd.GeoDataFrame, shapes: np.ndarray, roofs: Path, rule: RoofRule, folder: Path
) -> tuple[_Parts, np.ndarray, tuple[tuple[str, str], ...]]:
    """Pieces from cells that look like roofs: one for each parcel."""
    whole = zonal(parcels.geometry, roofs, stats=())
    only = folder / "only_roofs.tif"
    with rasterio.open(roofs) as source:
        profile = {**source.profile, "nodata": np.nan}
        with rasterio.open(only, "w", **profile) as target:
            for _, window in source.block_windows(1):
                z = source.read(1, window=window)
                kept = np.where(z >= rule.height_least_m, z, np.nan).astype("float32")
                target.write(kept, 1, window=window)
    found = zonal(parcels.geometry, only, stats=(_LOW, _MIDDLE, _HIGH)).frame
    area = np.nan_to_num(found["coverage_share"].to_numpy()) * shapely.area(shapes)
    zone = np.flatnonzero(area > 0)
    table = found[[_LOW, _MIDDLE, _HIGH]].to_numpy()[zone]
    known = whole.frame["coverage_share"].to_numpy()
    return _Parts(zone, area[zone], table), known, whole.notes


def _summed(parts: _Parts, shapes: np.ndarray, storey_m: np.ndarray, rules: Rules) -> pd.DataFrame:
    """Add the pieces up by parcel: counted floor area low, middle and high."""
    count, zone = len(shapes), parts.zone
    error = rules.floor_limits["height_error"].value
    least = rules.floor_limits["height_least"].value
    doubt = rules.floor_limits["storey_height_error"].value
    high = parts.heights_m + np.array([-error, 0.0, error])
    storey = storey_m[zone][:, None] * np.array([1 + doubt, 1.0, 1 - doubt])
    with np.errstate(invalid="ignore"):
        built = np.nan_to_num(parts.heights_m[:, 1]) >= least
        storeys = np.maximum(np.round(high / storey), 1.0)
        counted = storeys * rules.floor_area.factor(high / storeys)
    counted = np.where(built[:, None], np.nan_to_num(counted), 0.0) * parts.area_m2[:, None]
    low, middle, top = (np.bincount(zone, counted[:, at], minlength=count) for at in range(3))
    land = shapely.area(shapes)
    footprint = np.bincount(zone, parts.area_m2 * built, minlength=count)
    tall = np.bincount(zone, parts.area_m2 * built * np.nan_to_num(parts.heights_m[:, 1]), count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "far_estimated": middle / land,
                "far_estimated_low": np.minimum.reduce([low, middle, top]) / land,
                "far_estimated_high": np.maximum.reduce([low, middle, top]) / land,
                "counted_estimated_m2": middle,
                "footprint_estimated_m2": footprint,
                "height_median_m": tall / footprint,
            }
        )


def _with_share(
    frame: pd.DataFrame, known: np.ndarray, least: float, findings: Findings
) -> pd.DataFrame:
    """Take back estimates where too few heights are known, and say so."""
    enough = np.nan_to_num(known) >= least
    findings.add("heights_missing", ~enough, np.round(known, 4))
    findings.add("heights_partial", enough & (known < 1 - 1e-6), np.round(known, 4))
    frame = frame.where(pd.Series(enough, index=frame.index))
    frame["height_share"] = known
    return frame
