"""The portfolio of a county as the register has it: one way for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from analysis.block_facts import COST_PARTS
from analysis.blocks import Blocks, blocks
from analysis.portfolio_candidates import (
    credit_area_mu,
    credited_before,
    portfolio_problem,
    usual_months,
)
from analysis.portfolio_problem import Problem
from data.asof import AsOf
from data.block_prices import BlockPrices
from data.block_rules import BlockRules
from data.portfolio_settings import PortfolioSettings
from data.rules import Rules
from gis.contiguity import contiguous_pairs
from gis.crs import METRIC_CRS


@dataclass(frozen=True, eq=False)
class CountyProblem:
    """A problem with what it was made from.

    Attributes
    ----------
    problem : Problem
    found : Blocks
        The blocks of the land that can be chosen.
    months : dict
        Usual months from listing to credit by mode; see `analysis.portfolio_candidates`.
    credited_mu : dict
        What the ledger has credited, by year.
    credited : tuple of str
        Low parcels that are credited already, in part or whole: none of them is to be chosen, and
        blocks are formed without them, each named after the first of its parcels that is left.
    """

    problem: Problem
    found: Blocks
    months: dict[str, float]
    credited_mu: dict[int, float]
    credited: tuple[str, ...]


def is_low(parcels: pd.DataFrame) -> pd.Series:
    """Return which parcels the ledger calls low-efficiency land (低效用地).

    Examples
    --------
    >>> is_low(pd.DataFrame({"low_class": ["underused", "not_low", None]})).tolist()
    [True, False, False]
    """
    told = parcels["low_class"]
    return told.notna() & ~told.isin(["not_low", "insufficient"])


def county_problem(
    parcels: gpd.GeoDataFrame,
    events: pd.DataFrame,
    figures: pd.DataFrame,
    *,
    rules: Rules,
    as_of: AsOf,
    block_rules: BlockRules,
    prices: BlockPrices,
    settings: PortfolioSettings,
    barriers: gpd.GeoSeries | None = None,
    borders: str | None = None,
) -> CountyProblem:
    """Return the problem of choosing among the blocks of a county's low-efficiency land.

    Parameters
    ----------
    parcels, events
        As the register reads them: all parcels, in EPSG:4490 or 4549; stage events.
    figures : DataFrame
        As `analysis.block_figures.parcel_figures` gives them, of all parcels.
    rules, as_of
        Credit rule and the two dates.
    block_rules, barriers, borders
        What makes a block.
    prices : BlockPrices
        The prices of the figures.
    settings : PortfolioSettings
        What is asked. Years of which ``credited_mu`` says nothing take the ledger's.
    """
    metric = parcels.to_crs(METRIC_CRS)
    credited, done = credited_before(parcels, events, rules=rules, as_of=as_of)
    low = is_low(metric)
    open_land = low & ~metric.index.isin(done)
    land = metric[open_land]
    found = blocks(land, rules=block_rules, barriers=barriers, borders=borders)
    months = usual_months(parcels, events, rules=rules, on=as_of.state_on)
    told = {year: credited[year] for year in settings.years if year in credited}
    settings = replace(settings, credited_mu=told | dict(settings.credited_mu))
    problem = portfolio_problem(
        found,
        land,
        figures.loc[land.index],
        prices=prices,
        settings=settings,
        months=months,
        within_m=block_rules.within_m,
        barriers=barriers,
        borders=borders,
    )
    every = found
    if not low.equals(open_land):
        every = blocks(metric[low], rules=block_rules, barriers=barriers, borders=borders)
    problem = replace(problem, whole_mu=_whole_mu(found, every, credit_area_mu(metric[low])))
    if "town" in metric:
        problem = replace(problem, towns=frozenset(metric["town"].dropna().astype(str)))
    out = tuple(sorted(metric.index[low & ~open_land].astype(str)))
    return CountyProblem(problem, found, months, credited, out)


def _whole_mu(found: Blocks, every: Blocks, area_mu: pd.Series) -> dict[str, float]:
    """Return of each block the area (亩) of the one on the list that it is left of."""
    told = found.block_of.dropna()
    of = every.block_of.reindex(told.index).to_numpy(dtype=object)
    area = area_mu.groupby(every.block_of.reindex(area_mu.index)).sum().reindex(of)
    first = pd.Series(area.to_numpy(dtype=float), index=told.to_numpy(dtype=object))
    return {str(name): float(mu) for name, mu in first.groupby(level=0).max().items()}


def assumed_tasks(settings: PortfolioSettings, rules: Rules) -> dict[int, float]:
    """Return the tasks (亩) that no source sets: the rule's carried on into later years.

    Examples
    --------
    >>> from data.portfolio_settings import settings_from
    >>> from data.rules import load_rules
    >>> asked = settings_from({"years": [2027, 2028, 2029], "task_mu": {"2027": 1800, "2028": 1800,
    ...     "2029": 900}})
    >>> assumed_tasks(asked, load_rules())
    {2028: 1800.0}
    """
    return {
        year: mu
        for year, mu in settings.task_mu.items()
        if mu == rules.annual_target_mu and rules.target_mu(year) is None
    }


def by_parcel(
    county: CountyProblem, figures: pd.DataFrame
) -> tuple[Problem, tuple[pd.Index, pd.Index]]:
    """Return the problem of choosing any parts of the same blocks, and the pairs of neighbours.

    Parameters
    ----------
    county : CountyProblem
        The problem of blocks.
    figures : DataFrame
        As it was made with. A firm on several parcels counts by the part of it that is on each.

    Returns
    -------
    Problem, tuple of Index
        As `analysis.portfolio_parcels.solve_parcels` takes them.
    """
    whole, block = county.problem, county.found.block_of.dropna()
    told, land = figures.loc[block.index], whole.parcels
    mode = land["renewal_mode"].reindex(block.index)
    table = pd.DataFrame(
        {
            "block_id": block,
            "area_mu": land["area_mu"].reindex(block.index),
            "cost_wan": told["cost_wan"].astype(float),
            "cost_wan_known": told[list(COST_PARTS)].sum(axis=1, min_count=1),
            "gain_m2": told["gain_floor_m2"].astype(float),
            "firms": told["firm_parts"].astype(float),
            "jobs": told["jobs"].astype(float),
            "difficulty": told["difficulty"].astype(float),
            "difficulty_lacks": told["difficulty_unknown"].map(len).astype(float),
            "months": mode.map(county.months).astype(float),
        }
    ).rename_axis("candidate_id")
    left, right = contiguous_pairs(land.geometry, within_m=whole.within_m, barriers=whole.barriers)
    members = {str(name): (str(name),) for name in table.index}
    pairs = (land.index[left], land.index[right])
    return replace(whole, candidates=table.sort_index(), members=members), pairs
