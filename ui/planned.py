"""Contiguous blocks as every page sees them, with their figures, and those put together by hand."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.block_by_hand import HandBlock, block_by_hand
from analysis.block_figures import group_figures, parcel_figures
from analysis.block_floor import filled_floor
from analysis.blocks import Blocks
from analysis.blocks import blocks as find_blocks
from analysis.portfolio_county import is_low
from analysis.query import ParcelQuery
from data.barriers import Barriers, barriers_among
from data.block_prices import BlockPrices
from data.block_prices_record import kept_prices
from data.block_rules import BlockRules, load_block_rules
from data.firm_tables import firm_tables_there
from gis.crs import METRIC_CRS
from gis.errors import UserError
from ui import state
from ui.desk import Desk
from ui.measured import measured
from ui.saved import saved
from ui.shelf import Shelf

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
    width = state.setting("within")  # digits, or nothing: others are not kept
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
        rows = rows[is_low(rows).to_numpy(dtype=bool)]
    rules = block_rules()
    return find_blocks(
        rows,
        rules=replace(rules, within_m=chosen.within_m),
        barriers=barriers(desk),
        borders=chosen.borders,
        far_line=chosen.far_line,
    )


def prices(desk: Desk) -> BlockPrices:
    """Return the unit prices on record; those shipped where there are none."""
    return _small.get((*desk.facts, "prices"), lambda: kept_prices(desk.meta))


def firm_tables(desk: Desk) -> dict[Literal["firms", "holdings"], pd.DataFrame]:
    """Return firms and their holdings, those of the two that were imported."""
    return _figures.get(
        (*_facts(desk), "firms"), lambda: firm_tables_there(desk.register, desk.as_of)
    )


def figures_of_parcels(desk: Desk, chosen: Options | None = None) -> pd.DataFrame:
    """Return cost, gain and difficulty of every parcel (shared: do not change)."""
    chosen = chosen or options()
    money = prices(desk)

    def make() -> pd.DataFrame:
        return parcel_figures(
            land(desk),
            prices=money,
            far_line=chosen.far_line,
            on=desk.state_on,
            **firm_tables(desk),
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


def parcels_of(desk: Desk, ids: pd.Index) -> tuple[str, ...]:
    """Return the parcels of some blocks, block by block."""
    told = members(desk)
    return tuple(parcel for name in ids for parcel in told.get(str(name), ()))


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


def by_hand(desk: Desk, ids: tuple[str, ...], *, name: str = "") -> HandBlock:
    """Return the figures of a set of parcels; ``name`` is the saved block that it is, if any.

    Raises
    ------
    NoParcelsLeftError
        If none of them is on record with a usable geometry.
    """
    chosen = options()

    def make() -> HandBlock:
        return block_by_hand(
            name,
            ids,
            land(desk),
            rules=replace(block_rules(), within_m=chosen.within_m),
            barriers=barriers(desk),
            figures=figures_of_parcels(desk, chosen),
            prices=prices(desk),
            saved=saved(desk)["parcel_ids"].to_dict(),
            far_line=chosen.far_line,
        )

    return _small.get((*desk.facts, prices(desk).id, chosen, "hand", name, ids), make)


def figures_of_saved(desk: Desk) -> pd.DataFrame:
    """Return the figures of the blocks saved by hand, in their order, with ``parts``.

    A block of which no parcel is left has none.
    """
    rows = []
    for name, ids in saved(desk)["parcel_ids"].items():
        try:
            hand = by_hand(desk, ids, name=str(name))
        except UserError:
            continue
        rows.append(pd.DataFrame(hand.table.drop(columns="geometry")).assign(parts=len(hand.parts)))
    found = pd.concat(rows) if rows else pd.DataFrame(columns=[*_OF_SAVED])
    return found.reindex(index=saved(desk).index)


_OF_SAVED = (
    "area_m2", "parcels", "cost_wan", "cost_wan_unknown", "gain_floor_m2", "firms", "jobs",
    "difficulty", "parts",
)  # fmt: skip


def barriers(desk: Desk) -> gpd.GeoSeries | None:
    """Return what parts land, None where the register holds nothing of it (shared)."""
    return _walls(desk).geometry


def missing_barriers(desk: Desk) -> tuple[str, ...]:
    """Return the layers of barriers that the register does not hold."""
    return _walls(desk).missing


def _walls(desk: Desk) -> Barriers:
    def make() -> Barriers:
        present = set(desk.layers()["name"])
        return barriers_among(
            present, lambda name: desk.register.read_layer(name, desk.as_of), rules=block_rules()
        )

    return _small.get((*_facts(desk), "barriers"), make)
