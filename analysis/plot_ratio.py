"""Plot ratio (容积率) of parcels from the buildings that stand on them, by the counting rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import require_unique
from analysis.findings import Findings, Kind, frozen, joined, row_numbers
from analysis.floor_area import KINDS as BUILDING_KINDS
from analysis.floor_area import CountedBuildings, counted_buildings, numbers, reasons
from data.rules import Rules
from gis.crs import require_metric
from gis.overlaps import Overlaps, overlaps_between
from gis.validity import measurable

KINDS = frozen(
    geometry_unusable=Kind(
        "geometry", "error",
        "宗地没有可用的面图形，容积率未知；请修正图形后重算",
        "The parcel has no usable polygon: plot ratio unknown; mend it",
    ),
    land_area_unknown=Kind(
        "land_area_m2", "error",
        "用地面积未知，容积率未知；请补充用地面积",
        "Land area unknown, so is the plot ratio; add the land area",
    ),
    land_area_not_positive=Kind(
        "land_area_m2", "error",
        "用地面积为零或负数，按未知处理，容积率未知；请更正用地面积",
        "Land area zero or negative: left unknown, so is the plot ratio; correct it",
    ),
    far_absurd=Kind(
        "far_computed", "error",
        "推算容积率大得不合理，不予采用；请核对用地面积、层数和单位",
        "The computed plot ratio is absurd and is not used; check land area, storeys and units",
    ),
    footprint_over_land=Kind(
        "footprint_m2", "warning",
        "建筑基底面积大于用地面积；请核对重叠的建筑或用地面积",
        "Footprint above land area; check overlapping buildings or the land area",
    ),
)  # fmt: skip

METHODS = ("buildings", "buildings_partial", "no_building", "unknown")
"""How a plot ratio came about: from all buildings, from those with known storeys only (a lower
bound), from none (0), or not at all (NaN)."""


@dataclass(frozen=True)
class PlotRatios:
    """Plot ratios with everything that must be said beside them.

    Attributes
    ----------
    parcels : DataFrame
        By ``parcel_id``, see `plot_ratio`.
    issues : DataFrame
        As `analysis.findings`, of buildings and parcels.
    outside_footprint_m2 : float
        Footprint that lies in no parcel.
    rules_id : str
        The rules these figures were made by.
    """

    parcels: pd.DataFrame
    issues: pd.DataFrame
    outside_footprint_m2: float
    rules_id: str


@dataclass(frozen=True)
class Land:
    """The parcels that are measured: polygons, land area (m², NaN unknown) and where from."""

    shapes: np.ndarray
    area_m2: np.ndarray
    source: str


def plot_ratio(
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | CountedBuildings,
    *,
    rules: Rules,
    land: str | None = None,
    yards: gpd.GeoSeries | None = None,
    valid: bool = False,
    threads: int = 2,
) -> PlotRatios:
    """Compute the plot ratio of each parcel from its buildings.

    Footprints are cut at the border: each parcel gets its share by area. Counted floor area
    (计容建筑面积) is that share times storeys, times the factor of the counting rule.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, indexed by unique ``parcel_id``.
    buildings : GeoDataFrame or CountedBuildings
        As `counted_buildings`.
    rules : Rules
        Counting rule and limits of the plausible.
    land : str, optional
        Column (m²) that is the land area, such as ``registered_area_m2``. By default the area
        of the polygon in the plane of EPSG:4549, the same plane the footprints are cut in.
    yards : GeoSeries, optional
        Structures and open storage (构筑物、堆场) in EPSG:4549, apart from the buildings. Without
        them the building coefficient is unknown.
    valid : bool
        True where all geometry was checked before.
    threads : int
        As `gis.overlaps.overlaps`.

    Returns
    -------
    PlotRatios
        ``parcels`` on the index of the parcels, with

        - ``far_computed`` lawful counted floor area over land; ``far_with_unlawful``
        - ``counted_floor_area_m2`` (lawful), ``unlawful_counted_m2``; ``floor_area_computed_m2``:
          all floor area above ground, every storey once
        - ``land_area_m2``, ``land_source`` (``geometry`` or the column's name)
        - ``footprint_m2``; ``site_coverage`` (建筑密度) and ``building_coefficient`` (建筑系数),
          as shares of the land
        - ``method`` (one of `METHODS`), ``coverage_share``: share of the footprint whose storeys
          are known, NaN without buildings
        - ``buildings``, ``storeys_unknown``, ``storey_height_unknown``, ``permit_unknown``:
          numbers of buildings that reach into the parcel

        With no building at hand anywhere everything is unknown, not zero.

    Raises
    ------
    CrsMissingError, NotMetricError
        If coordinates are not metres in EPSG:4549.
    DuplicateParcelError
        If a parcel occurs twice.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> from data.rules import load_rules
    >>> index = pd.Index(["P1", "P2"], name="parcel_id")
    >>> parcels = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)],
    ...     index=index, crs=4549)
    >>> buildings = gpd.GeoDataFrame({"storeys": [3], "storey_height_m": [4.0]},
    ...     geometry=[box(80, 0, 130, 40)], crs=4549)
    >>> found = plot_ratio(parcels, buildings, rules=load_rules()).parcels
    >>> found["counted_floor_area_m2"].tolist()  # 20 × 40 × 3 and 30 × 40 × 3
    [2400.0, 3600.0]
    >>> found["far_computed"].tolist()
    [0.24, 0.36]
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    if not isinstance(buildings, CountedBuildings):
        buildings = counted_buildings(buildings, rules=rules, valid=valid)
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    ground = measured_land(parcels, land, findings, valid=valid)
    pairs = overlaps_between(
        ground.shapes, buildings.shapes, area_m2=buildings.area_m2, threads=threads
    )
    figures = parcel_figures(pairs, buildings, ground)
    figures.index = parcels.index
    figures["building_coefficient"] = _coefficient(figures, ground, yards, threads)
    figures = _without_absurd(figures, rules, findings)
    inside = np.bincount(pairs.shape, pairs.area_m2, minlength=len(buildings.shapes))
    outside, issues = _outside(buildings, inside)
    return PlotRatios(
        figures, joined([buildings.issues, issues, findings.frame()]), outside, rules.id
    )


def measured_land(
    parcels: gpd.GeoDataFrame, column: str | None, findings: Findings, *, valid: bool = False
) -> Land:
    """Return polygons and land area; what cannot be used is unknown and listed."""
    shapes = np.array(parcels.geometry.array, dtype=object)
    bad = ~measurable(shapes, valid=valid)
    findings.add("geometry_unusable", bad, more=reasons(shapes[bad]))
    shapes[bad] = None
    if column is None:
        return Land(shapes, shapely.area(shapes), "geometry")
    raw, area, _ = numbers(parcels, column)
    with np.errstate(invalid="ignore"):
        wrong = area <= 0
    findings.add("land_area_not_positive", wrong, raw)
    findings.add("land_area_unknown", np.isnan(area), raw)
    return Land(shapes, np.where(wrong, np.nan, area), column)


def parcel_figures(pairs: Overlaps, buildings: CountedBuildings, land: Land) -> pd.DataFrame:
    """Sum the pairs by parcel; rows in the order of the parcels, without the coefficient."""
    count = len(land.shapes)
    zone, shape, area = pairs.zone, pairs.shape, pairs.area_m2

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(zone, weights, minlength=count).astype(float)

    storeys = buildings.storeys[shape]
    known = ~np.isnan(storeys)
    floor = np.where(known, area * np.nan_to_num(storeys), 0.0)
    counted = floor * buildings.factor[shape]
    unlawful = buildings.unlawful[shape]
    number = np.bincount(zone, minlength=count)
    footprint, covered = total(area), total(np.where(known, area, 0.0))
    no_survey = shapely.is_missing(land.shapes) | (len(buildings.shapes) == 0)
    partial = covered < footprint
    method = np.select(
        [no_survey | (partial & (covered == 0)), number == 0, partial],
        ["unknown", "no_building", "buildings_partial"],
        "buildings",
    )
    told = method != "unknown"
    lawful = np.where(told, total(np.where(unlawful, 0.0, counted)), np.nan)
    other = np.where(told, total(np.where(unlawful, counted, 0.0)), np.nan)
    footprint = np.where(no_survey, np.nan, footprint)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {
            "far_computed": lawful / land.area_m2,
            "far_with_unlawful": (lawful + other) / land.area_m2,
            "counted_floor_area_m2": lawful,
            "unlawful_counted_m2": other,
            "floor_area_computed_m2": np.where(told, total(floor), np.nan),
            "land_area_m2": land.area_m2,
            "land_source": np.full(count, land.source, dtype=object),
            "footprint_m2": footprint,
            "site_coverage": footprint / land.area_m2,
            "coverage_share": np.where(number > 0, covered / footprint, np.nan),
            "method": method.astype(object),
        }
    columns["buildings"] = number
    columns["storeys_unknown"] = total(~known).astype(int)
    columns["storey_height_unknown"] = total(~buildings.height_known[shape]).astype(int)
    columns["permit_unknown"] = total(~buildings.permit_known[shape]).astype(int)
    return pd.DataFrame(columns, copy=False)


def _coefficient(
    figures: pd.DataFrame, land: Land, yards: gpd.GeoSeries | None, threads: int
) -> Any:
    """Return footprint, structures and yards over land; NaN where no yards are known."""
    if yards is None:
        return np.nan
    require_metric(yards, what="堆场与构筑物 yards")
    shapes = np.array(yards.array, dtype=object)
    shapes[~measurable(shapes)] = None
    pairs = overlaps_between(land.shapes, shapes, threads=threads)
    open_m2 = np.bincount(pairs.zone, pairs.area_m2, minlength=len(land.shapes))
    return (figures["footprint_m2"].to_numpy() + open_m2) / land.area_m2


def _without_absurd(figures: pd.DataFrame, rules: Rules, findings: Findings) -> pd.DataFrame:
    """Take back plot ratios beyond the limit, and list them."""
    most = rules.floor_limits["far_most"].value
    far = figures["far_with_unlawful"].to_numpy()
    with np.errstate(invalid="ignore"):
        absurd = far > most
        over = figures["footprint_m2"].to_numpy() > figures["land_area_m2"].to_numpy() * (1 + 1e-9)
    findings.add("far_absurd", absurd, np.round(far, 3))
    findings.add("footprint_over_land", over, np.round(figures["footprint_m2"], 2))
    if not absurd.any():
        return figures
    gone = {name: figures[name].where(~absurd) for name in ("far_computed", "far_with_unlawful")}
    method = figures["method"].where(~absurd, "unknown")
    return figures.assign(**gone, method=method)


def _outside(buildings: CountedBuildings, inside_m2: np.ndarray) -> tuple[float, pd.DataFrame]:
    """Return the footprint in no parcel, and the buildings that lie wholly outside."""
    whole = buildings.area_m2
    findings = Findings("buildings", BUILDING_KINDS, buildings.ids, buildings.rows)
    findings.add("building_outside", ~np.isnan(whole) & (inside_m2 == 0))
    # Parcels that overlap each other may hold more of a building than there is.
    return float(np.nansum(np.maximum(whole - inside_m2, 0.0))), findings.frame()
