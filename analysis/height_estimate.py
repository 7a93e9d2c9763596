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
from analysis.findings import Findings, row_numbers
from analysis.floor_area import CountedBuildings, counted_buildings
from analysis.height_checks import KINDS, height_limits, without_doubtful
from analysis.plot_ratio import KINDS as LAND_KINDS
from analysis.plot_ratio import Land, measured_land
from data.rules import Rules
from gis.crs import require_metric
from gis.overlaps import overlaps_between
from gis.raster_height import HeightFiles, HeightsWritten, RoofRule, write_heights
from gis.zonal import zonal

_LOW, _MIDDLE, _HIGH = "quantile(q=0.25)", "quantile(q=0.5)", "quantile(q=0.75)"
_QUARTILES = (_LOW, _MIDDLE, _HIGH)
_EDGE_M = 1.0


@dataclass(frozen=True)
class HeightEstimate:
    """Estimates by parcel (see `estimate_from_heights`), findings, and notes on the rasters."""

    parcels: pd.DataFrame
    issues: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def estimate_from_heights(
    parcels: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame | CountedBuildings | None,
    *,
    surface: Path | str,
    terrain: Path | str,
    rules: Rules,
    land: str | None = None,
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
    footprints : GeoDataFrame or CountedBuildings, optional
        Buildings in EPSG:4549, as `analysis.floor_area.counted_buildings` takes them: repeated
        and underground ones stay out, those without a permit are kept apart. Their storeys are
        not looked at.
    surface, terrain : Path or str
        DSM and DTM, in metres.
    rules : Rules
        ``storey_heights``, ``floor_limits`` and the counting rule.
    land : str, optional
        Column (m²) that is the land area, as in `analysis.plot_ratio.plot_ratio`.

    Returns
    -------
    HeightEstimate
        ``parcels`` on the index of the parcels: ``far_estimated`` (lawful, as all that follows),
        ``far_estimated_low``, ``far_estimated_high``, ``counted_estimated_m2``;
        ``far_unlawful_estimated``, ``unlawful_counted_estimated_m2``; of all buildings
        ``footprint_estimated_m2``, ``height_median_m``; ``storey_height_assumed_m``,
        ``estimate_basis`` (``footprints`` or ``roofs``), ``height_share`` (share of the area with
        known height). NaN where less than ``height_share_least`` is known or the heights cannot
        be (see `analysis.height_checks`). The range comes from the quartiles of the heights,
        their error, and the error of the assumed storey height.

    Raises
    ------
    GisError
        If a raster cannot be used, does not reach the parcels at all, or is given twice.
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    # What is wrong with polygons and land area is for `plot_ratio` to say.
    ground = measured_land(parcels, land, Findings("parcels", LAND_KINDS, parcels.index))
    storey_m = storey_heights(parcels, rules)
    limits = rules.floor_limits
    rule = RoofRule(limits["height_least"].value, limits["roughness_most"].value)
    with tempfile.TemporaryDirectory(prefix="mutu-heights-") as folder:
        names = ("heights.tif", "roofs.tif", "faults.tif")
        files = HeightFiles(*(Path(folder) / name for name in names))
        written = write_heights(
            surface,
            terrain,
            bounds=_bounds_in(parcels, surface),
            files=files,
            rule=rule,
            limits=height_limits(rules),
        )
        if footprints is None or _none_in(footprints):
            parts = _from_roofs(parcels, ground.shapes, files.roofs, rule, written, rules)
            basis = "roofs"
        else:
            if not isinstance(footprints, CountedBuildings):
                footprints = counted_buildings(footprints, rules=rules)
            parts = _from_footprints(parcels, ground.shapes, footprints, files, written, rules)
            basis = "footprints"
        reason, values = _reasons(parcels, parts, written, files, rules)
    frame = _summed(parts, ground, storey_m, rules)
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    frame = without_doubtful(frame, reason, values, parts.known, rules=rules, findings=findings)
    frame["storey_height_assumed_m"], frame["estimate_basis"] = storey_m, basis
    frame.index = parcels.index
    return HeightEstimate(frame, findings.frame(), written.notes)


def _none_in(footprints: gpd.GeoDataFrame | CountedBuildings) -> bool:
    if isinstance(footprints, CountedBuildings):
        return len(footprints.shapes) == 0
    return bool(footprints.empty)


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
    """Pieces of buildings, and of each parcel how much is known.

    ``zone`` is the position of the parcel, ``area_m2`` of the piece, ``heights_m`` low, middle and
    high, ``unlawful`` whether it has no permit; ``known`` the share of known heights by parcel,
    ``coarse`` where that is for want of fine cells.
    """

    zone: np.ndarray
    area_m2: np.ndarray
    heights_m: np.ndarray
    unlawful: np.ndarray
    known: np.ndarray
    coarse: np.ndarray


def _bounds_in(parcels: gpd.GeoDataFrame, raster: Path | str) -> tuple[float, float, float, float]:
    """Return the bounds of the parcels in the coordinates of the raster."""
    from gis.raster import check_raster

    check_raster(raster)
    with rasterio.open(raster) as source:
        crs = source.crs.to_wkt()
    west, south, east, north = parcels.to_crs(crs).total_bounds
    return float(west), float(south), float(east), float(north)


def _from_footprints(
    parcels: gpd.GeoDataFrame,
    shapes: np.ndarray,
    footprints: CountedBuildings,
    files: HeightFiles,
    written: HeightsWritten,
    rules: Rules,
) -> _Parts:
    """Pieces from footprints; known is the share of their area with a known height."""
    stands = footprints.shapes
    inner = shapely.buffer(stands, -_EDGE_M)
    inner = np.where(shapely.area(inner) > 0, inner, stands)
    found = zonal(gpd.GeoSeries(inner, crs=parcels.crs), files.heights, stats=_QUARTILES).frame
    table = found[list(_QUARTILES)].to_numpy(copy=True)
    share = np.nan_to_num(found["coverage_share"].to_numpy())
    fewest = rules.floor_limits["footprint_cells_least"].value
    with np.errstate(invalid="ignore"):
        coarse = footprints.area_m2 < fewest * written.cell_m**2
    table[coarse], share[coarse] = np.nan, 0.0
    pairs = overlaps_between(shapes, stands, area_m2=footprints.area_m2)
    count = len(shapes)
    whole = np.bincount(pairs.zone, pairs.area_m2, minlength=count)
    seen = np.bincount(pairs.zone, pairs.area_m2 * share[pairs.shape], minlength=count)
    dim = np.bincount(pairs.zone, pairs.area_m2 * coarse[pairs.shape], minlength=count)
    known = np.where(whole > 0, seen / np.where(whole > 0, whole, 1), np.nan)
    ground = zonal(parcels.geometry, files.heights, stats=()).frame["coverage_share"].to_numpy()
    least = rules.floor_limits["height_share_least"].value
    return _Parts(
        zone=pairs.zone,
        area_m2=pairs.area_m2,
        heights_m=table[pairs.shape],
        unlawful=footprints.unlawful[pairs.shape],
        known=np.where(np.isnan(known), ground, known),
        coarse=dim > (1 - least) * whole,
    )


def _from_roofs(
    parcels: gpd.GeoDataFrame,
    shapes: np.ndarray,
    roofs: Path,
    rule: RoofRule,
    written: HeightsWritten,
    rules: Rules,
) -> _Parts:
    """Pieces from cells that look like roofs: one for each parcel."""
    only = roofs.with_name("only_roofs.tif")
    with rasterio.open(roofs) as source:
        profile = {**source.profile, "nodata": np.nan}
        with rasterio.open(only, "w", **profile) as target:
            for _, window in source.block_windows(1):
                z = source.read(1, window=window)
                kept = np.where(z >= rule.height_least_m, z, np.nan).astype("float32")
                target.write(kept, 1, window=window)
    found = zonal(parcels.geometry, only, stats=_QUARTILES).frame
    area = np.nan_to_num(found["coverage_share"].to_numpy()) * shapely.area(shapes)
    zone = np.flatnonzero(area > 0)
    known = zonal(parcels.geometry, roofs, stats=()).frame["coverage_share"].to_numpy()
    wide = written.cell_m > rules.floor_limits["roof_cell_most"].value
    return _Parts(
        zone=zone,
        area_m2=area[zone],
        heights_m=found[list(_QUARTILES)].to_numpy()[zone],
        unlawful=np.zeros(len(zone), dtype=bool),
        known=known,
        coarse=np.full(len(shapes), wide),
    )


def _reasons(
    parcels: gpd.GeoDataFrame,
    parts: _Parts,
    written: HeightsWritten,
    files: HeightFiles,
    rules: Rules,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the kind of finding that speaks against each parcel's estimate, and its value."""
    faulty = np.zeros(len(parcels))
    if written.faulty:
        found = zonal(parcels.geometry, files.faults, stats=()).frame["coverage_share"]
        faulty = np.nan_to_num(found.to_numpy())
    impossible = faulty > rules.floor_limits["height_faulty_most"].value
    reached = (np.nan_to_num(parts.known) > 0) | (faulty > 0) | parts.coarse
    doubtful = reached & (written.doubt is not None)
    kinds = [f"heights_{written.doubt}", "heights_impossible", "heights_coarse"]
    where = [doubtful, impossible, parts.coarse]
    reason = np.select(where, kinds, "").astype(object)
    values = np.full(len(parcels), None, dtype=object)
    values[parts.coarse] = f"{written.cell_m:g}"
    values[impossible] = np.round(faulty[impossible], 4)
    values[doubtful] = None
    return reason, values


def _summed(parts: _Parts, land: Land, storey_m: np.ndarray, rules: Rules) -> pd.DataFrame:
    """Add the pieces up by parcel: counted floor area low, middle and high."""
    count, zone = len(land.shapes), parts.zone
    built, counted = _counted(parts, storey_m, rules)

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(zone, weights, minlength=count).astype(float)

    lawful = np.where(parts.unlawful[:, None], 0.0, counted)
    low, middle, top = (total(lawful[:, at]) for at in range(3))
    unlawful = total(np.where(parts.unlawful, counted[:, 1], 0.0))
    footprint = total(parts.area_m2 * built)
    tall = total(parts.area_m2 * built * np.nan_to_num(parts.heights_m[:, 1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "far_estimated": middle / land.area_m2,
                "far_estimated_low": np.minimum.reduce([low, middle, top]) / land.area_m2,
                "far_estimated_high": np.maximum.reduce([low, middle, top]) / land.area_m2,
                "counted_estimated_m2": middle,
                "far_unlawful_estimated": unlawful / land.area_m2,
                "unlawful_counted_estimated_m2": unlawful,
                "footprint_estimated_m2": footprint,
                "height_median_m": tall / footprint,
            }
        )


def _counted(parts: _Parts, storey_m: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Return which pieces are buildings, and their counted floor area low, middle and high."""
    error = rules.floor_limits["height_error"].value
    least = rules.floor_limits["height_least"].value
    doubt = rules.floor_limits["storey_height_error"].value
    high = parts.heights_m + np.array([-error, 0.0, error])
    storey = storey_m[parts.zone][:, None] * np.array([1 + doubt, 1.0, 1 - doubt])
    with np.errstate(invalid="ignore"):
        built = np.nan_to_num(parts.heights_m[:, 1]) >= least
        storeys = np.maximum(np.round(high / storey), 1.0)
        counted = storeys * rules.floor_area.factor(high / storeys)
    counted = np.where(built[:, None], np.nan_to_num(counted), 0.0) * parts.area_m2[:, None]
    return built, counted
