"""Contiguous blocks as every page sees them, with their figures, and those put together by hand."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.block_figures import group_figures, parcel_figures
from analysis.block_floor import filled_floor
from analysis.blocks import Blocks
from analysis.blocks import blocks as find_blocks
from analysis.query import ParcelQuery
from data.barriers import barriers_among
from data.block_prices import BlockPrices
from data.block_prices_record import kept_prices
from data.block_rules import BlockRules, load_block_rules
from data.firm_tables import read_firm_tables
from gis.crs import METRIC_CRS
from gis.errors import UserError
from ui import state
from ui.desk import Desk
from ui.measured import measured
from ui.saved import saved
from ui.shelf import Shelf

NOT_LOW = ("not_low", "insufficient")
WIDEST_M = 200
_found = Shelf(3)
_figures = Shelf(4)
_small = Shelf(32)
_rules = Shelf(1)


@dataclass(frozen=True)
class Options:
    """What makes blocks here: the gap, hard borders, which land, the plot ratio to rise to."""

    within_m: float
    borders: str | None = None
    every: bool = False
    far_line: float = 2.0


def block_rules() -> BlockRules:
    """Return the rules of blocks, read once."""
    return _rules.get("blocks", load_block_rules)


def options() -> Options:
    """Return what the reader chose; the rules where nothing was."""
    width = state.setting("within")
    borders = state.setting("borders")
    return Options(
        within_m=float(width) if width else block_rules().within_m,
        borders=borders if borders in ("town", "park") else None,
        every=state.setting("land") == "all",
        far_line=3.0 if state.setting("rise") == "3" else 2.0,
    )


def land(desk: Desk) -> gpd.GeoDataFrame:
    """Return every parcel in EPSG:4549 (shared: do not change).

    Floor area that is not on record comes from the buildings.
    """

    def make() -> gpd.GeoDataFrame:
        computed = measured(desk)
        metric = desk.parcels.to_crs(METRIC_CRS)
        return filled_floor(metric, computed.parcels) if computed.has_buildings else metric

    return _figures.get((*_facts(desk), "land"), make)


def blocks(desk: Desk, chosen: Options | None = None) -> Blocks:
    """Return the blocks of the county (shared: do not change)."""
    chosen = chosen or options()
    return _found.get((*_facts(desk), chosen), lambda: _find(desk, chosen))


def _facts(desk: Desk) -> tuple[Hashable, ...]:
    """Return what blocks and their figures depend on: parcels, layers and the day."""
    layers = desk.layers()
    newest = tuple(zip(layers["name"], layers["change_no"], strict=True))
    return (desk.parcel_facts, newest, desk.state_on)


def _find(desk: Desk, chosen: Options) -> Blocks:
    rows = land(desk)
    if not chosen.every:
        told = rows["low_class"]
        rows = rows[(told.notna() & ~told.isin(NOT_LOW)).to_numpy(dtype=bool)]
    rules = block_rules()
    return find_blocks(
        rows,
        rules=replace(rules, within_m=chosen.within_m),
        barriers=_kept_barriers(desk),
        borders=chosen.borders,
        far_line=chosen.far_line,
    )


def _barriers(desk: Desk, rules: BlockRules) -> gpd.GeoSeries | None:
    """Return the barriers that the register holds, None where it holds none."""
    present = set(desk.layers()["name"])
    return barriers_among(
        present, lambda name: desk.register.read_layer(name, desk.as_of), rules=rules
    ).geometry


def prices(desk: Desk) -> BlockPrices:
    """Return the unit prices on record; those shipped where there are none."""
    return _small.get((*desk.facts, "prices"), lambda: kept_prices(desk.meta))


def firm_tables(desk: Desk) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return firms and their holdings, None where they were not imported."""

    def make() -> tuple[Any, Any]:
        try:
            return read_firm_tables(desk.register, desk.as_of)
        except UserError:
            return None, None

    return _figures.get((*_facts(desk), "firms"), make)


def figures_of_parcels(desk: Desk, chosen: Options | None = None) -> pd.DataFrame:
    """Return cost, gain and difficulty of every parcel (shared: do not change)."""
    chosen = chosen or options()
    money = prices(desk)

    def make() -> pd.DataFrame:
        firms, holdings = firm_tables(desk)
        return parcel_figures(
            land(desk),
            prices=money,
            holdings=holdings,
            firms=firms,
            far_line=chosen.far_line,
            on=desk.state_on,
        )

    return _figures.get((*_facts(desk), "parcels", money.id, chosen.far_line), make)


def figures(desk: Desk, chosen: Options | None = None) -> pd.DataFrame:
    """Return the figures of every block, in the order of their table (shared)."""
    chosen = chosen or options()

    def make() -> pd.DataFrame:
        found = blocks(desk, chosen)
        told = group_figures(
            found.block_of,
            figures_of_parcels(desk, chosen),
            prices=prices(desk),
            order=found.table.index,
        )
        own = told.columns.difference(found.table.columns)
        return pd.DataFrame(found.table.drop(columns="geometry")).join(told[own])

    return _figures.get((*_facts(desk), "blocks", prices(desk).id, chosen), make)


def members(desk: Desk) -> dict[str, tuple[str, ...]]:
    """Return the parcels of every block, sorted."""

    def make() -> dict[str, tuple[str, ...]]:
        told = blocks(desk).block_of.dropna()
        ids = pd.Series(told.index.to_numpy(dtype=object))
        grouped = ids.groupby(told.to_numpy()).agg(lambda part: tuple(sorted(part)))
        return {str(name): part for name, part in grouped.items()}

    return _small.get((*_facts(desk), "members", options()), make)


def listed(desk: Desk, query: ParcelQuery) -> pd.Index:
    """Return the blocks that hold any parcel that the filters keep, the largest first."""

    def make() -> pd.Index:
        found = blocks(desk)
        if query == ParcelQuery():
            return found.table.index
        kept = found.block_of.reindex(desk.filtered(query).index).dropna().unique()
        return found.table.index[found.table.index.isin(kept)]

    return _small.get((desk.key, "listed", options(), query), make)


def opened(desk: Desk) -> str | None:
    """Return the block that is open, None where none is, or where it is no block any more."""
    wanted = state.setting("block")
    return wanted if wanted in blocks(desk).table.index else None


def shape_of(desk: Desk, ids: tuple[str, ...] | pd.Index) -> Any:
    """Return the land of some parcels as one shape in EPSG:4490, None where none has any."""
    shapes = desk.frame.geometry.reindex(pd.Index(ids)).dropna()
    return None if shapes.empty else shapes.union_all()


def box_of(desk: Desk, ids: tuple[str, ...], of: object) -> dict[str, Any] | None:
    """Return where the map should look to see some parcels."""
    bounds = desk.frame.geometry.reindex(pd.Index(ids)).total_bounds
    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = (float(side) for side in bounds)
    return {"box": [[south, west], [north, east]], "of": str(of)}


@dataclass(frozen=True, eq=False)
class Hand:
    """A set of parcels put together by hand.

    Attributes
    ----------
    row : Series
        Figures as those of a block that was found.
    part_areas_m2 : tuple of float
        Areas of the pieces it falls into, the largest first.
    overlaps : dict
        Saved block → parcels that it holds too.
    """

    row: pd.Series
    part_areas_m2: tuple[float, ...]
    overlaps: dict[str, tuple[str, ...]]

    @property
    def contiguous(self) -> bool:
        """Whether it is one piece of land."""
        return len(self.part_areas_m2) == 1


def by_hand(desk: Desk, ids: tuple[str, ...], *, name: str | None = None) -> Hand:
    """Return the figures of a set of parcels; ``name`` is the saved block that it is, if any."""
    kept = saved(desk)["parcel_ids"]
    mine = set(ids)
    shared = {
        str(other): tuple(sorted(mine.intersection(held)))
        for other, held in kept.items()
        if other != name
    }
    chosen = options()
    key = (*_facts(desk), prices(desk).id, chosen, "hand", ids)
    row, areas = _small.get(key, lambda: _measured(desk, ids, chosen))
    return Hand(row, areas, {other: held for other, held in shared.items() if held})


def figures_of_saved(desk: Desk) -> pd.DataFrame:
    """Return the figures of the blocks saved by hand, in their order, with ``parts``."""
    rows, parts = [], []
    for ids in saved(desk)["parcel_ids"]:
        hand = by_hand(desk, ids)
        rows.append(hand.row)
        parts.append(len(hand.part_areas_m2))
    return pd.DataFrame(rows, index=saved(desk).index).assign(parts=parts)


def _measured(
    desk: Desk, ids: tuple[str, ...], chosen: Options
) -> tuple[pd.Series, tuple[float, ...]]:
    rows = land(desk).reindex([name for name in ids if name in land(desk).index])
    group = pd.Series("hand", index=rows.index)
    table = group_figures(group, figures_of_parcels(desk, chosen), prices=prices(desk))
    rules = replace(block_rules(), within_m=chosen.within_m, sliver_m=1e-6)
    found = find_blocks(rows, rules=rules, barriers=_kept_barriers(desk), far_line=chosen.far_line)
    low = rows["low_class"]
    told = low.notna()
    area = rows.geometry.area
    row = table.iloc[0].copy()
    row["owners"] = rows["owner"].nunique()
    row["owner_unknown"] = int(rows["owner"].isna().sum())
    row["classes"] = tuple(sorted(low[told].unique()))
    row["towns"] = tuple(sorted(rows["town"].dropna().unique()))
    bad = told & ~low.isin(NOT_LOW)
    row["low_share"] = float(area[bad].sum() / area.sum()) if told.any() else np.nan
    row["focus"] = bool(area.sum() >= block_rules().focus_m2 * (1 - 1e-9))
    return row, tuple(found.table["area_m2"].astype(float))


def _kept_barriers(desk: Desk) -> gpd.GeoSeries | None:
    return _small.get((*_facts(desk), "barriers"), lambda: _barriers(desk, block_rules()))
