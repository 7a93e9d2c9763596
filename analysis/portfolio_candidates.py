"""What a portfolio can choose from: blocks, parts of large ones, their figures and durations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.block_figures import group_figures
from analysis.blocks import Blocks
from analysis.credit import credit_stages, credited_events
from analysis.durations import durations
from analysis.forecast_scene import look
from analysis.portfolio_parts import block_parts
from analysis.portfolio_problem import Problem
from analysis.portfolio_unknown import gaps_of
from analysis.stages import standing_events
from data.asof import AsOf
from data.block_prices import BlockPrices
from data.portfolio_settings import PortfolioSettings
from data.rules import Rules
from gis.area import ellipsoidal_area_m2, to_mu
from gis.contiguity import contiguous_pairs

BEGINS = "listed"
"""The stage from which the usual durations are counted: land that is taken on is on the list."""
_DAYS_PER_MONTH = 365.25 / 12


def portfolio_problem(
    found: Blocks,
    parcels: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    *,
    prices: BlockPrices,
    settings: PortfolioSettings,
    months: Mapping[str, float] | None = None,
    within_m: float = 20.0,
    barriers: gpd.GeoSeries | None = None,
    borders: str | None = None,
) -> Problem:
    """Return the problem of choosing among blocks and parts of blocks.

    Parameters
    ----------
    found : Blocks
        Blocks of ``parcels``.
    parcels : GeoDataFrame
        EPSG:4549, by ``parcel_id``; ``town``, ``renewal_mode``, ``geometry_area_m2`` where known.
    figures : DataFrame
        As `analysis.block_figures.parcel_figures` gives them, of these parcels at least.
    prices : BlockPrices
        The prices of the figures.
    settings : PortfolioSettings
        What is asked; ``part_above_mu`` and ``part_least_mu`` say what is cut into parts.
    months : mapping, optional
        Usual months from the start to the credit by mode (`usual_months`). A block takes as long
        as the slowest of its parcels; one whose parcels have no mode as long as the settings say.
    within_m, barriers, borders
        As the blocks were made with.

    Returns
    -------
    Problem
        ``cost_wan`` and the other figures of a candidate are NaN where those of any of its parcels
        are unknown. ``*_known`` hold the sums of the known ones. The geometry of its parcels is
        the land that links them (`Blocks.links`), so that no dog-leg holds a part together.
    """
    land = _land(parcels, found.links)
    hard = None if borders is None else parcels[borders]
    pairs = contiguous_pairs(land.geometry, within_m=within_m, barriers=barriers, borders=hard)
    parts = block_parts(
        found.block_of,
        land["area_mu"],
        pairs,
        above_mu=settings.part_above_mu,
        least_mu=max(settings.part_least_mu, 1e-6),
    )
    groups = [found.block_of.dropna().rename("candidate_id")]
    for _, level in parts.groupby("depth"):
        groups.append(level.set_index("parcel_id")["part_id"].rename("candidate_id"))
    tables: list[pd.DataFrame] = []
    members: dict[str, tuple[str, ...]] = {}
    for group in groups:
        if len(group):
            tables.append(_figures(group, figures, land, prices, months))
            ids = group.index.to_series().groupby(group.to_numpy(dtype=object))
            members |= {str(name): tuple(sorted(part.tolist())) for name, part in ids}
    candidates = pd.concat(tables) if tables else pd.DataFrame(columns=["block_id", "area_mu"])
    block_of_part = parts.drop_duplicates("part_id").set_index("part_id")["block_id"]
    told = block_of_part.reindex(candidates.index).to_numpy(dtype=object)
    whole = candidates.index.to_numpy(dtype=object)
    candidates["block_id"] = np.where(pd.isna(told), whole, told)
    candidates = candidates.sort_index(kind="stable").rename_axis("candidate_id")
    gaps = gaps_of(figures.loc[found.block_of.dropna().index], prices)
    return Problem(
        candidates, land, members, settings, within_m=within_m, barriers=barriers, gaps=gaps
    )


def credit_area_mu(parcels: gpd.GeoDataFrame) -> pd.Series:
    """Return the area (亩) by which each parcel is credited."""
    area = pd.Series(np.nan, index=parcels.index)
    if "geometry_area_m2" in parcels:
        area = parcels["geometry_area_m2"].astype(float)
    if area.isna().any():
        area = area.fillna(ellipsoidal_area_m2(parcels.geometry))
    return to_mu(area)


def _land(parcels: gpd.GeoDataFrame, links: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return area (亩) by which land is credited, town and mode, with the land that links."""
    land = gpd.GeoDataFrame(geometry=links.reindex(parcels.index))
    land["area_mu"] = credit_area_mu(parcels)
    for name in ("town", "renewal_mode"):
        told = parcels[name] if name in parcels else pd.Series(None, index=parcels.index)
        land[name] = told.astype(object).where(told.notna(), None)
    land["town"] = land["town"].where(land["town"].notna(), "")
    return land


def _figures(
    group: pd.Series,
    figures: pd.DataFrame,
    land: pd.DataFrame,
    prices: BlockPrices,
    months: Mapping[str, float] | None,
) -> pd.DataFrame:
    told = group_figures(group, figures, prices=prices)
    table = pd.DataFrame(index=told.index)
    names = pd.Series(group.to_numpy(dtype=object), index=group.index)
    table["area_mu"] = land["area_mu"].reindex(group.index).groupby(names).sum(min_count=1)
    for name, source in (
        ("cost_wan", "cost_wan"),
        ("gain_m2", "gain_floor_m2"),
        ("firms", "firms"),
        ("jobs", "jobs"),
    ):
        sums = told[source].astype(float)
        table[f"{name}_known"] = sums
        table[name] = sums.where(told[f"{source}_unknown"] == 0)
        table[f"{name}_unknown"] = told[f"{source}_unknown"].astype(int)
    table["difficulty"] = told["difficulty"].astype(float)
    table["difficulty_lacks"] = told["difficulty_unknown"].map(len).astype(float)
    usual = land["renewal_mode"].reindex(group.index).map(dict(months or {})).astype(float)
    table["months"] = usual.groupby(names).max()
    return table


def usual_months(
    parcels: pd.DataFrame, events: pd.DataFrame, *, rules: Rules, on: date
) -> dict[str, float]:
    """Return the usual months from the listing of a parcel to its credit, by renewal mode.

    Parameters
    ----------
    parcels, events : DataFrame
        As the register reads them.
    rules : Rules
        Stages and credit rule.
    on : date
        The day of the look.

    Returns
    -------
    dict
        Mode → the sum of the medians of its steps (`analysis.durations.durations`). A mode with a
        step of which too many still wait is not in it.
    """
    scene = look(parcels, standing_events(events, state_on=on), rules=rules, day=on)
    table = durations(scene.waits, rules=rules)
    order = rules.stage_order
    first = order[BEGINS]
    steps = table[(table["stage"].map(order) >= first) & (table["stage"] != table["next_stage"])]
    found = {}
    for mode in credit_stages(rules):
        mine = steps.loc[steps["renewal_mode"] == mode, "median_days"]
        if len(mine) and mine.notna().all():
            found[mode] = float(mine.sum()) / _DAYS_PER_MONTH
    return found


def credited_before(
    parcels: pd.DataFrame, events: pd.DataFrame, *, rules: Rules, as_of: AsOf
) -> tuple[dict[int, float], pd.Index]:
    """Return the credited 亩 by year, and the parcels that have been credited, in part or whole.

    Those are no longer to be chosen: what a parcel still can earn is a matter of its own project.
    """
    standing = standing_events(events, state_on=as_of.state_on)
    earned = credited_events(standing, parcels, rules=rules)
    year = pd.to_datetime(earned["occurred_on"]).dt.year
    sums: Any = earned["credited_m2"].groupby(year).sum()
    done = earned.loc[earned["credited_m2"] > 0, "parcel_id"].unique()
    return {int(y): float(to_mu(m2)) for y, m2 in sums.items()}, pd.Index(done)
