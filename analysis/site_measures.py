"""What each site offers (选址指标), in natural units: one column for each criterion of siting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.errors import require, require_unique
from analysis.site_figures import numbers
from data.siting_criteria import SitingCriteria
from gis.area import M2_PER_MU
from gis.crs import require_metric
from gis.network import Network, distances, nearest_straight, road_network
from gis.network_links import joined_up

Floats = NDArray[np.float64]
_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Around:
    """What lies around the sites, all in EPSG:4549; what is None is not known, never absent.

    Attributes
    ----------
    roads : GeoSeries, optional
        Lines; those that cross meet, so leave out motorways: one gets onto them at interchanges.
    goals : mapping
        Points by criterion: ``interchange_km``, ``port_km``, ``rail_km`` (along roads),
        ``substation_km`` (straight); ``homes_m`` may hold areas.
    firms : GeoDataFrame, optional
        Points with ``cluster``, and where known ``firm_name``, ``revenue_wan``, ``park``.
    parcels : GeoDataFrame, optional
        By ``parcel_id``, with ``tax_wan_per_mu``.
    """

    roads: gpd.GeoSeries | None = None
    goals: Mapping[str, gpd.GeoSeries] = field(default_factory=dict)
    firms: gpd.GeoDataFrame | None = None
    parcels: gpd.GeoDataFrame | None = None


BY_ROAD = ("interchange_km", "port_km", "rail_km")
STRAIGHT = {"substation_km": 1_000.0, "homes_m": 1.0}


def site_facts(
    sites: gpd.GeoDataFrame, around: Around, *, criteria: SitingCriteria
) -> pd.DataFrame:
    """Return what a site offers to any project.

    Parameters
    ----------
    sites : GeoDataFrame
        EPSG:4549, by unique ``site_id``; ``rectangle_short_m``, ``slope_pct``,
        ``cost_wan_per_mu`` and ``parcel_ids`` are used where present.
    around : Around
    criteria : SitingCriteria
        Its limits say how far is far.

    Returns
    -------
    DataFrame
        By ``site_id``: ``interchange_km``, ``port_km``, ``rail_km``, ``substation_km``,
        ``homes_m``, ``hall_short_m``, ``slope_pct``, ``cost_wan_per_mu``, ``neighbours_tax``.
        NaN where not known, or where no road leads.

    Raises
    ------
    CrsMissingError, NotMetricError, DuplicateParcelError

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> land = gpd.GeoDataFrame({"slope_pct": [2.0]}, geometry=[shapely.box(0, 0, 100, 100)],
    ...                         index=pd.Index(["S1"], name="site_id"), crs=4549)
    >>> plant = gpd.GeoSeries([shapely.Point(100, 1_100)], crs=4549)
    >>> found = site_facts(land, Around(goals={"substation_km": plant}),
    ...                    criteria=load_siting_criteria())
    >>> found.loc["S1", ["slope_pct", "substation_km"]].tolist(), found["port_km"].isna().all()
    ([2.0, 1.0], np.True_)
    """
    require_metric(sites, what="用地 sites")
    require_unique(sites)
    limits = criteria.limits
    facts = {}
    network = None
    if around.roads is not None and any(name in around.goals for name in BY_ROAD):
        snap_m = limits["road_snap"]
        roads = joined_up(around.roads, gap_m=limits["road_gap"], snap_m=snap_m)
        network = road_network(roads, snap_m=snap_m, crossings=True)
    for name in BY_ROAD:
        facts[name] = _by_road(network, sites, around.goals.get(name), limits["off_road_most"])
    for name, unit in STRAIGHT.items():
        goals = around.goals.get(name)
        facts[name] = _unknown(sites)
        if goals is not None:
            facts[name] = nearest_straight(sites.geometry, goals).to_numpy() / unit
    own = {"hall_short_m": "rectangle_short_m", "slope_pct": "slope_pct",
           "cost_wan_per_mu": "cost_wan_per_mu"}  # fmt: skip
    facts |= {name: numbers(sites, column) for name, column in own.items()}
    facts["neighbours_tax"] = _neighbours_tax(sites, around.parcels, limits["neighbours_within"])
    return pd.DataFrame(facts, index=sites.index)


def cluster_facts(
    sites: gpd.GeoDataFrame,
    firms: gpd.GeoDataFrame | None,
    *,
    cluster: str | None,
    criteria: SitingCriteria,
) -> pd.DataFrame:
    """Return how near a site is to the firms of a cluster.

    Parameters
    ----------
    sites : GeoDataFrame
        EPSG:4549, by ``site_id``; ``park`` is used where present.
    firms : GeoDataFrame or None
        As `Around.firms`; firms of no known cluster count for none.
    cluster : str or None
        Unknown: everything is unknown.

    Returns
    -------
    DataFrame
        By ``site_id``: ``cluster_firms`` (sum over the firms of exp(-distance / decay)),
        ``lead_firm_km`` (to the nearest that is named as a lead firm or has the revenue of one;
        NaN without any), ``park_lead_pct`` (firms of the cluster among those of the site's park
        whose cluster is known; NaN outside of parks).

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> land = gpd.GeoDataFrame({"park": ["东区"]}, geometry=[shapely.box(-5, -5, 5, 5)],
    ...                         index=pd.Index(["S1"], name="site_id"), crs=4549)
    >>> firms = gpd.GeoDataFrame(
    ...     {"cluster": ["auto", "light"], "park": ["东区", "东区"]},
    ...     geometry=[shapely.Point(0, 0), shapely.Point(9, 9)], crs=4549)
    >>> rules = load_siting_criteria()
    >>> cluster_facts(land, firms, cluster="auto", criteria=rules).loc["S1"].tolist()
    [1.0, nan, 50.0]
    """
    names = ("cluster_firms", "lead_firm_km", "park_lead_pct")
    if firms is None or cluster is None or pd.isna(cluster):
        return pd.DataFrame({name: _unknown(sites) for name in names}, index=sites.index)
    require_metric(firms, what="企业 firms")
    require(firms, "cluster", what="企业表")
    there = ~(firms.geometry.isna() | firms.geometry.is_empty).to_numpy()
    mine = ((firms["cluster"] == cluster).fillna(False).to_numpy(dtype=bool)) & there
    at = shapely.centroid(np.asarray(sites.geometry.array, dtype=object))
    own = shapely.centroid(np.asarray(firms.geometry.array, dtype=object)[mine])
    lead = _leads(firms, cluster, criteria)[mine]
    nearest = gpd.GeoSeries(own[lead], crs=firms.crs)
    return pd.DataFrame(
        {
            "cluster_firms": _decayed(at, own, criteria.limits["cluster_decay"]),
            "lead_firm_km": nearest_straight(sites.geometry, nearest).to_numpy() / 1_000.0,
            "park_lead_pct": _park_share(sites, firms, cluster),
        },
        index=sites.index,
    )


def project_measures(
    project: pd.Series, sites: gpd.GeoDataFrame, facts: pd.DataFrame, *, on: date
) -> pd.DataFrame:
    """Return every measure of every site for one project.

    Parameters
    ----------
    project : Series
        ``land_least_mu``, ``land_most_mu``, ``far_least``, ``wanted_on``; any may be unknown.
    sites : GeoDataFrame
        By ``site_id``: ``area_m2``, ``planned_far``, ``free_from``, where known.
    facts : DataFrame
        `site_facts` and `cluster_facts` side by side.
    on : date
        Stands in for an unknown wanted start.

    Returns
    -------
    DataFrame
        ``facts`` with ``area_fit`` (1 from the least to the most land, else area by the nearer of
        the two; a bound not told is as the other), ``far_headroom`` (planned plot ratio less the
        least of the project) and ``free_months`` (from the wanted start until the land is free,
        at least 0).

    Examples
    --------
    >>> sites = pd.DataFrame({"area_m2": [20_000.0], "planned_far": [2.5],
    ...                       "free_from": pd.to_datetime(["2027-03-01"])}, index=["S1"])
    >>> wish = pd.Series({"land_least_mu": 20, "land_most_mu": 40, "far_least": 2.0,
    ...                   "wanted_on": pd.Timestamp("2026-12-15")})
    >>> found = project_measures(wish, sites, pd.DataFrame(index=["S1"]), on=date(2026, 1, 1))
    >>> found.loc["S1"].round(3).tolist()  # 30 mu for 20 to 40; 2.5 - 2.0; January to March
    [1.0, 0.5, 3.0]
    """
    free = _dates(sites, "free_from")
    wanted = project.get("wanted_on")
    start = pd.Timestamp(on if wanted is None or pd.isna(wanted) else wanted)
    months = (free.dt.year - start.year) * 12 + free.dt.month - start.month
    far = project.get("far_least")
    return facts.assign(
        area_fit=_fit(numbers(sites, "area_m2"), _land(project)),
        far_headroom=numbers(sites, "planned_far") - (np.nan if pd.isna(far) else float(far)),
        free_months=months.clip(lower=0).to_numpy(dtype=float),
    )


def _fit(area: Floats, land: Floats) -> Floats:
    """Return areas by the range of land that a project asks for; NaN where it asks for none."""
    told = land[land > 0]
    if not len(told):
        return np.full(len(area), np.nan)
    least, most = told.min(), told.max()
    return np.where(np.isnan(area), np.nan, area / np.clip(area, least, most))


def _land(project: pd.Series) -> Floats:
    """Return the least and the most land of a project in m²; NaN where not told."""
    told = [project.get("land_least_mu"), project.get("land_most_mu")]
    return M2_PER_MU * np.array([np.nan if pd.isna(mu) else float(mu) for mu in told])


def _unknown(frame: pd.DataFrame) -> Floats:
    return np.full(len(frame), np.nan)


def _dates(frame: pd.DataFrame, name: str) -> pd.Series:
    told = frame[name] if name in frame else pd.Series(pd.NaT, index=frame.index)
    return pd.to_datetime(told)


def _by_road(
    network: Network | None, sites: gpd.GeoDataFrame, goals: gpd.GeoSeries | None, most_m: float
) -> Floats:
    if network is None or goals is None:
        return _unknown(sites)
    way = distances(network, sites.geometry, goals, off_road_most_m=most_m)
    return np.asarray(way["distance_m"].to_numpy(dtype=float) / 1_000.0)


def _decayed(at: NDArray[np.object_], firms: NDArray[np.object_], decay_m: float) -> Floats:
    found = np.where(shapely.is_missing(at) | shapely.is_empty(at), np.nan, 0.0)
    if not len(firms):
        return found
    here, there = shapely.get_coordinates(at[~np.isnan(found)]), shapely.get_coordinates(firms)
    sums = [
        np.exp(-np.hypot(*(part[:, None, :] - there[None, :, :]).transpose(2, 0, 1)) / decay_m)
        .sum(axis=1)
        for part in np.array_split(here, max(len(here) * len(there) // _CELLS, 1))
    ]  # fmt: skip
    found[~np.isnan(found)] = np.concatenate(sums)
    return found


def _leads(firms: gpd.GeoDataFrame, cluster: str, criteria: SitingCriteria) -> NDArray[np.bool_]:
    lead = np.zeros(len(firms), dtype=bool)
    if "revenue_wan" in firms:
        lead |= numbers(firms, "revenue_wan") >= criteria.limits["lead_revenue"]
    if "firm_name" in firms:
        told = firms["firm_name"].astype(str)
        for name in criteria.lead_firms.get(cluster, ()):
            lead |= told.str.contains(name, regex=False).to_numpy(dtype=bool)
    return lead


def _park_share(sites: gpd.GeoDataFrame, firms: gpd.GeoDataFrame, cluster: str) -> Floats:
    if "park" not in sites or "park" not in firms:
        return _unknown(sites)
    known = firms[firms["park"].notna() & firms["cluster"].notna()]
    own = (known["cluster"] == cluster).astype(float)
    share = 100.0 * own.groupby(known["park"].astype(str)).mean()
    return sites["park"].map(share).to_numpy(dtype=float, na_value=np.nan)


def _neighbours_tax(
    sites: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, within_m: float
) -> Floats:
    """Return the median tax per mu of the parcels around, the site's own left out."""
    if parcels is None or "tax_wan_per_mu" not in parcels:
        return _unknown(sites)
    require_metric(parcels, what="宗地 parcels")
    tax = numbers(parcels, "tax_wan_per_mu")
    shapes = np.asarray(sites.geometry.array, dtype=object)
    tree = shapely.STRtree(np.asarray(parcels.geometry.array, dtype=object))
    site, parcel = tree.query(shapes, predicate="dwithin", distance=within_m)
    if "parcel_ids" in sites and len(site):
        own = sites["parcel_ids"].reset_index(drop=True).explode().dropna()
        row = parcels.index.get_indexer(pd.Index(own))
        mine = own.index.to_numpy()[row >= 0] * len(parcels) + row[row >= 0]
        other = ~np.isin(site * len(parcels) + parcel, mine)
        site, parcel = site[other], parcel[other]
    median = pd.Series(tax[parcel]).groupby(site).median()
    return median.reindex(range(len(sites))).to_numpy(dtype=float)
