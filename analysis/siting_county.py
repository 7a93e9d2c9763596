"""Siting put together from its parts: the same for the command line and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.entry_bars import priority
from analysis.findings import joined
from analysis.firm_points import firm_points
from analysis.matching_problem import MatchProblem, overlapping_sites
from analysis.site_held import left_for
from analysis.site_measures import Around
from analysis.site_offers import STOCKS
from analysis.site_said import slope_issues
from analysis.sites import Sites, with_slopes
from analysis.siting import site_scores
from data.project_rules import ProjectRules
from data.site_rules import SiteRules
from data.siting_criteria import SitingCriteria
from gis.slope import slopes

GOALS = {
    "interchange_km": "interchanges",
    "port_km": "ports",
    "rail_km": "rail_stations",
    "substation_km": "substations",
    "homes_m": "residential",
}
"""Criterion → the layer to which the way is measured."""

LAYERS = ("roads", *GOALS.values())
"""Layers that what lies around the sites is measured on."""


def around(
    layers: Mapping[str, gpd.GeoDataFrame],
    parcels: gpd.GeoDataFrame | None = None,
    *,
    firms: pd.DataFrame | None = None,
    holdings: pd.DataFrame | None = None,
) -> Around:
    """Return what lies around the sites; what is not given stays unknown.

    Parameters
    ----------
    layers : mapping
        Those of `LAYERS` that there are, EPSG:4549.
    parcels : GeoDataFrame, optional
        Of the register, EPSG:4549; without them firms and neighbours are not known.
    firms, holdings : DataFrame, optional
        As `analysis.firm_points.firm_points`.

    Examples
    --------
    >>> around({}).goals, around({}).roads is None
    ({}, True)
    """
    goals = {key: layers[name].geometry for key, name in GOALS.items() if name in layers}
    roads = _streets(layers["roads"]) if "roads" in layers else None
    known = None if parcels is None else firm_points(parcels, firms=firms, holdings=holdings)
    return Around(roads=roads, goals=goals, firms=known, parcels=parcels)


def _streets(roads: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the roads without motorways, onto which one gets at interchanges only."""
    if "road_class" not in roads:
        return roads.geometry
    return roads.geometry[(roads["road_class"] != "motorway").fillna(True)]


def sloped(
    found: Sites, dem: Path | None, *, rules: SiteRules
) -> tuple[Sites, tuple[tuple[str, str], ...]]:
    """Return the sites with their slopes where there is a terrain model, and its notes.

    Where its heights cover too little of a site the slope stays unknown, and that is told.
    """
    if dem is None or found.table.empty:
        return found, ()
    told = slopes(found.table.geometry, dem, steepest_pct=rules.steepest_pct)
    share = told.frame["slope_coverage"]
    slope = told.frame["slope_pct"].where(share * 100 >= rules.covered_pct)
    issues = joined([found.issues, slope_issues(found.table, slope, share)])
    return Sites(with_slopes(found.table, slope), issues), tuple(told.notes)


def county_match(
    projects: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    facts: Mapping[str | None, pd.DataFrame],
    vetoed: pd.DataFrame,
    *,
    criteria: SitingCriteria,
    project_rules: ProjectRules,
    weights: Mapping[str | None, pd.Series],
    on: date,
    pins: Sequence[tuple[str, str]] = (),
    bans: Sequence[tuple[str, str]] = (),
    late_most: float | None = None,
    decided: Mapping[str, str] = MappingProxyType({}),
) -> MatchProblem:
    """Return what is to be matched, projects that come first weighted so.

    Decided projects are settled: they are not matched, and their sites offer what they leave. One
    that is pinned elsewhere is matched anew.

    Parameters
    ----------
    projects, sites, facts, criteria, weights, on
        As `analysis.siting.site_scores`; sites with what they offer (`analysis.site_offers`).
    vetoed : DataFrame
        As `analysis.vetoes.Vetoes.pairs`.
    pins, bans, late_most
        As `MatchProblem`; ``late_most`` of the rules by default.
    decided : mapping
        Project → site, as decided.
    """
    anew = {project for project, _ in pins}
    settled = {
        name: site for name, site in decided.items() if name not in anew and site in sites.index
    }
    sites = left_for(projects, sites, settled)
    projects = projects[~projects.index.isin(list(settled))]
    first = priority(projects, rules=project_rules).fillna(False).to_numpy(bool)
    factor = np.where(first, criteria.limits["priority_factor"], 1.0)
    return MatchProblem(
        projects=projects.assign(factor=factor),
        sites=sites,
        scores=site_scores(projects, sites, facts, criteria=criteria, weights=weights, on=on),
        vetoed=vetoed,
        pins=pins,
        bans=bans,
        overlaps=overlapping_sites(sites),
        capacities={need: stock for need, stock in STOCKS.items() if stock in sites},
        late_most=criteria.limits["late_most"] if late_most is None else late_most,
    )
