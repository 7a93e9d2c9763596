"""Sites for projects: land that is or soon will be free: month, shape and slope of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.blocks import blocks
from analysis.errors import require, require_unique
from analysis.findings import Findings, Kind, frozen, joined, row_numbers
from analysis.free_from import free_from
from analysis.site_figures import (
    agreed,
    by_area,
    different_owners,
    largest,
    summed,
    weakest,
)
from analysis.site_said import differs
from data.block_rules import BlockRules
from data.rules import Rules
from data.site_rules import SiteRules
from gis.crs import METRIC_CRS, require_metric
from gis.rectangle import largest_rectangle
from gis.validity import measurable

SITE_COLUMNS = (
    "kind", "area_m2", "town", "park", "free_from", "free_basis", "parcel_ids", "rectangle_long_m",
    "rectangle_short_m", "inner_m", "slope_pct", "far", "planned_far", "approved_use",
    "planned_use", "owner", "owners", "low_class", "floor_area_m2", "cost_wan_per_mu",
    "power_free_kva", "water_free_t_day", "only_clusters",
)  # fmt: skip
"""Columns of every table of sites, in this order, before the geometry."""

COMMON = ("park", "approved_use", "planned_use", "owner", "low_class")
"""What a site has where all of its parcels that say agree."""

KINDS = frozen(
    geometry_unusable=Kind(
        "geometry", "error", "没有可用的图形，不能作为场地", "No usable geometry: no site"
    ),
    sites_overlap=Kind(
        "geometry", "warning",
        "与其他场地重叠，重叠处不能安排两个项目；请核对边界",
        "Overlaps another site: no two projects can stand there; check the border",
    ),
    free_unknown=Kind(
        "free_from", "info",
        "推算不出可用月份（没有阶段记录、先例和计划）",
        "No month can be told: no stage, no precedent, no plan",
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites, and what is to be said of them.

    Attributes
    ----------
    table : GeoDataFrame
        By ``site_id``, EPSG:4549, with `SITE_COLUMNS`: ``kind`` (a code of ``site_kind``),
        ``free_from`` (first day of a month, NaT unknown), ``free_basis``, ``parcel_ids`` (tuple),
        ``rectangle_long_m`` and ``rectangle_short_m`` (largest rectangle inside), ``inner_m``
        (diameter of the widest circle inside), ``slope_pct`` (NaN until it is measured, see
        `with_slopes`), ``far`` and ``planned_far`` (by area), ``owners`` (different known ones),
        ``floor_area_m2`` (standing); the last four are what it offers, see
        `analysis.site_offers.offered`. Unknown is NaN, NaT or None.
    issues : DataFrame
        As `analysis.findings`.
    """

    table: gpd.GeoDataFrame
    issues: pd.DataFrame


def sites(
    parcels: gpd.GeoDataFrame,
    standing: pd.DataFrame,
    *,
    rules: Rules,
    site_rules: SiteRules,
    block_rules: BlockRules,
    on: date,
    barriers: gpd.GeoSeries | None = None,
) -> Sites:
    """Find the land that projects could have: blocks, parcels in renewal, unsupplied, idle.

    Contiguous land that comes free within the same months makes one site, so each parcel is in one
    site only. Land
    without a known month stays parcel by parcel, as do idle land and idle workshops, whose owners
    have to be dealt with one by one.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, by unique ``parcel_id``, with ``renewal_mode`` and ``low_class``.
    standing : DataFrame
        Events that stand on ``on``.
    rules, site_rules, block_rules : Rules, SiteRules, BlockRules
        Stages, what makes a site, what makes a block.
    on : date
        The day of the look.
    barriers : GeoSeries, optional
        As in `analysis.blocks.blocks`.

    Raises
    ------
    CrsMissingError, NotMetricError, DuplicateParcelError, MissingFieldError
        If the parcels cannot be taken.
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    require(parcels, "renewal_mode", "low_class", what="宗地表")
    followed = _followed(parcels, site_rules)
    free = free_from(followed, standing, rules=rules, site_rules=site_rules, on=on)
    kind = _kinds(parcels, free, site_rules)
    free = _standing_empty(free, kind, on)
    late = free["free_from"] > pd.Timestamp(on) + pd.DateOffset(months=site_rules.months_ahead)
    chosen = (kind.notna() & ~late).to_numpy()
    land, free, kind = parcels[chosen], free[chosen], kind[chosen]
    findings = Findings("sites", KINDS, land.index, row_numbers(land))
    usable = measurable(np.asarray(land.geometry.array))
    findings.add("geometry_unusable", ~usable)
    land, free, kind = land[usable], free[usable], kind[usable]
    span = _span(free["free_from"], on, site_rules.months_together)
    site_of = _site_of(land, span, kind, block_rules, barriers)
    table = _table(land, free, kind, site_of)
    told = Findings("sites", KINDS, table.index)
    told.add("free_unknown", table["free_from"].isna().to_numpy())
    return Sites(table, joined([findings.frame(), told.frame(), overlap_issues(table)]))


def _followed(parcels: pd.DataFrame, site_rules: SiteRules) -> pd.DataFrame:
    """Return mode and plan of the parcels, with the mode that a kind follows where none is set."""
    mode = parcels["renewal_mode"].astype(object)
    for kind, assumed in site_rules.assumed_mode.items():
        own = parcels["low_class"].isin(list(site_rules.classes[kind]))
        mode = mode.mask(mode.isna() & own, assumed)
    kept = [name for name in ("plan_supply_on",) if name in parcels]
    return pd.DataFrame(parcels[kept]).assign(renewal_mode=mode)


def _kinds(parcels: pd.DataFrame, free: pd.DataFrame, site_rules: SiteRules) -> pd.Series:
    """Return what kind of site each parcel is, None for none."""
    low = parcels["low_class"]
    open_ = ~free["taken"]
    mine = {kind: low.isin(list(codes)) & open_ for kind, codes in site_rules.classes.items()}
    begun = free["released"] & open_ & (free["free_basis"] != "unknown")
    found = np.select(
        [mine["unsupplied"], begun, mine["idle"], mine["workshop"]],
        ["unsupplied", "parcel", "idle", "workshop"],
        "",
    ).astype(object)
    found[found == ""] = None
    return pd.Series(found, index=parcels.index, dtype=object)


def _standing_empty(free: pd.DataFrame, kind: pd.Series, on: date) -> pd.DataFrame:
    """Say of idle workshops that they stand empty on the day; of idle land nothing is known."""
    empty = (kind == "workshop").to_numpy()
    own = np.isin(kind.to_numpy(dtype=object), ["workshop", "idle"])
    month = np.datetime64(on, "M").astype("datetime64[ns]")
    first = free["free_from"].mask(own).mask(empty, pd.Timestamp(month))
    basis = free["free_basis"].mask(own, "unknown").mask(empty, "standing")
    return free.assign(free_from=first, free_basis=basis)


def _span(free: pd.Series, on: date, months: int) -> pd.Series:
    """Return which span of months each month falls into, from the day on; None where unknown."""
    ahead = free.to_numpy().astype("datetime64[M]") - np.datetime64(on, "M")
    number = np.maximum(ahead.astype(float), 0.0) // months
    told = pd.Series(number, index=free.index).map("{:.0f}".format).astype(object)
    return told.where(free.notna(), None)


def _site_of(
    land: gpd.GeoDataFrame,
    span: pd.Series,
    kind: pd.Series,
    block_rules: BlockRules,
    barriers: gpd.GeoSeries | None,
) -> NDArray[np.object_]:
    """Return the site each parcel belongs to: its block, where that has several parcels."""
    ids = ("S-" + land.index.astype(str)).to_numpy(dtype=object)
    together = (kind.isin(["parcel", "unsupplied"]) & span.notna()).to_numpy()
    if not together.any():
        return ids
    some = land[together]
    found = blocks(
        some.assign(free_span=span[together]),
        rules=block_rules,
        barriers=barriers,
        borders="free_span",
    )
    named = found.block_of.to_numpy(dtype=object)
    several = found.table["parcels"].reindex(named).to_numpy(dtype=float, na_value=0) > 1
    ids[together] = np.where(several, named, ids[together])
    return ids


def _table(
    land: gpd.GeoDataFrame, free: pd.DataFrame, kind: pd.Series, site_of: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    number, names = pd.factorize(site_of, sort=True)
    index = pd.Index(names, name="site_id", dtype=object)
    count = len(index)
    shapes = np.asarray(land.geometry.array)
    planar = shapely.area(shapes)
    area = planar
    if "geometry_area_m2" in land:
        measured = land["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
        area = np.where(np.isnan(measured), planar, measured)
    parcels = np.bincount(number, minlength=count)
    order = np.argsort(number, kind="stable")
    edges = np.cumsum(parcels)
    members = np.split(land.index.to_numpy(dtype=object)[order], edges)[:count]
    outline = np.empty(count, dtype=object)
    for at, part in enumerate(np.split(shapes[order], edges)[:count]):
        outline[at] = part[0] if len(part) == 1 else shapely.union_all(part)
    by_site = pd.Series(number, index=land.index)
    first = kind.groupby(by_site).first()
    last = free["free_from"].groupby(by_site).max()
    basis = pd.Series(weakest(free["free_basis"], by_site), index=index, dtype=object)
    figures: dict[str, object] = {
        "kind": np.where(parcels > 1, "block", first.to_numpy(dtype=object)),
        "area_m2": np.bincount(number, area, minlength=count),
        "town": largest(land, "town", number, area),
        "free_from": last.to_numpy(),
        "free_basis": basis,
        "parcel_ids": [tuple(part.tolist()) for part in members],
        "far": by_area(land, "far", number, area),
        "planned_far": by_area(land, "planned_far", number, area),
        "owners": different_owners(land, number, count),
        "floor_area_m2": summed(land, "floor_area_m2", number, count),
    }
    figures |= {name: agreed(land, name, number, count) for name in COMMON}
    table = gpd.GeoDataFrame(figures, geometry=outline, index=index, crs=METRIC_CRS)
    # The areas of the register were measured on the ellipsoid.
    return measured_sites(table).assign(area_m2=table["area_m2"])


def measured_sites(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return sites with every column of `SITE_COLUMNS`: what the shape tells is measured.

    Parameters
    ----------
    table : GeoDataFrame
        EPSG:4549, by ``site_id``. What it says of its shape stays where that is about what the
        shape measures, else the measured figure counts (see `analysis.site_said`); a site of a
        file is a ``parcel`` where it does not say, and its month, where it has one, was ``given``.

    Examples
    --------
    >>> land = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 200, 100)],
    ...                         index=pd.Index(["S1"], name="site_id"), crs=4549)
    >>> table = measured_sites(land)
    >>> table[["area_m2", "rectangle_long_m", "rectangle_short_m", "slope_pct"]].values.tolist()
    [[20000.0, 200.0, 100.0, nan]]
    """
    require_metric(table, what="场地 sites")
    shapes = np.array(table.geometry.array, dtype=object)
    shapes[~measurable(shapes)] = None
    done = table.copy()
    area = np.where(shapely.is_missing(shapes), np.nan, shapely.area(shapes))
    fits = [largest_rectangle(shape) for shape in shapes]
    radius = np.full(len(shapes), np.nan)
    there = ~np.isnan(area)
    circles = shapely.maximum_inscribed_circle(shapes[there], tolerance=0.05)
    radius[there] = shapely.length(circles)
    told: dict[str, np.ndarray] = {"area_m2": area, "inner_m": 2 * radius}
    for side in ("long_m", "short_m"):
        told[f"rectangle_{side}"] = np.array(
            [np.nan if fit is None else getattr(fit, side) for fit in fits]
        )
    for name, values in told.items():
        own = done[name].to_numpy(dtype=float, na_value=np.nan) if name in done else values
        done[name] = np.where(np.isnan(own) | differs(own, values), values, own)
    return _completed(done)[[*SITE_COLUMNS, done.geometry.name]]


def with_ground(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the sites that have ground, and a finding for each that has none (a line, no shape).

    Examples
    --------
    >>> land = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9), None], crs=4549,
    ...                         index=pd.Index(["S1", "S2"], name="site_id"))
    >>> table, told = with_ground(measured_sites(land))
    >>> table.index.tolist(), told["id"].tolist()
    (['S1'], ['S2'])
    """
    there = (table["area_m2"] > 0).to_numpy(dtype=bool)
    found = Findings("sites", KINDS, table.index)
    found.add("geometry_unusable", ~there)
    return table[there], found.frame()


_FIGURES = (
    "slope_pct", "far", "planned_far", "floor_area_m2", "owners", "cost_wan_per_mu",
    "power_free_kva", "water_free_t_day",
)  # fmt: skip
"""Figures of a site that its shape does not tell."""


def _completed(done: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    count = len(done)
    for name in _FIGURES:
        if name not in done:
            done[name] = np.full(count, np.nan)
    if "free_from" not in done:
        done["free_from"] = np.full(count, np.datetime64("NaT", "ns"))
    days = pd.to_datetime(done["free_from"]).to_numpy().astype("datetime64[M]")
    done["free_from"] = days.astype("datetime64[ns]")
    if "parcel_ids" not in done:
        done["parcel_ids"] = [(str(name),) for name in done.index]
    defaults = {"kind": "parcel", **dict.fromkeys(("town", *COMMON, "only_clusters"))}
    for name, value in defaults.items():
        own = done[name] if name in done else pd.Series([None] * count, index=done.index)
        own = own.astype(object)
        done[name] = own.where(own.notna(), value)
    if "free_basis" not in done:
        done["free_basis"] = np.where(np.isnat(days), "unknown", "given")
    return done


def with_slopes(table: gpd.GeoDataFrame, slope_pct: pd.Series) -> gpd.GeoDataFrame:
    """Return the sites with their measured slope; what a file says stays where none is measured.

    Parameters
    ----------
    table : GeoDataFrame
        As of `Sites`.
    slope_pct : Series
        As `gis.slope.slopes` gives it, on the index of the sites; NaN is unknown.
    """
    measured = slope_pct.reindex(table.index)
    return table.assign(slope_pct=measured.where(measured.notna(), table["slope_pct"]))


def site_overlaps(table: gpd.GeoDataFrame, *, least_m2: float = 1.0) -> pd.DataFrame:
    """Return the pairs of sites that share land: ``first``, ``second``, ``area_m2``.

    Examples
    --------
    >>> land = gpd.GeoDataFrame(
    ...     geometry=[shapely.box(0, 0, 100, 100), shapely.box(90, 0, 190, 100)],
    ...     index=pd.Index(["S1", "S2"], name="site_id"), crs=4549)
    >>> site_overlaps(land).values.tolist()
    [['S1', 'S2', 1000.0]]
    """
    from analysis.parcel_overlaps import parcel_overlaps

    return parcel_overlaps(table.geometry, least_m2=least_m2)


def overlap_issues(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a finding for each site that shares land with another, naming the pair's area."""
    pairs = site_overlaps(table)
    found = Findings("sites", KINDS, table.index)
    both = pd.concat(
        [pairs, pairs.rename(columns={"first": "second", "second": "first"})], ignore_index=True
    ).sort_values(["area_m2", "second"], ascending=[False, True])
    largest = both.drop_duplicates("first").set_index("first").reindex(table.index)
    told = largest[largest["area_m2"].notna()]
    more = [f"{row[0]}，{row[1]:,.0f} m²" for row in told[["second", "area_m2"]].to_numpy()]
    found.add("sites_overlap", largest["area_m2"].notna().to_numpy(), more=more)
    return found.frame()
