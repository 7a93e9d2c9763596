"""Blocks on the county map: their outlines, the large ones and the open one by colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from ui import overlays, planned, state
from ui.components import map_view
from ui.components.block_words import block_name, keys
from ui.desk import Desk
from ui.overlays import Look, Overlay
from ui.text import language, t
from ui.text.numbers import mu, number, parcels

COUNTY_CRS = 4490
LOOK = "blocks.look"


def outlines(desk: Desk, ids: pd.Index) -> gpd.GeoDataFrame:
    """Return the blocks as shapes over the map, the largest first (shared: do not change)."""

    def make() -> gpd.GeoDataFrame:
        table = planned.blocks(desk).table.loc[ids[: overlays.MOST_SHAPES]]
        labels = [
            t(
                "blocks.label",
                name=block_name(str(name), towns),
                area=mu(area),
                parcels=parcels(int(count)),
            )
            for name, towns, area, count in zip(
                table.index, table["towns"], table["area_m2"], table["parcels"], strict=True
            )
        ]
        kind = table["focus"].map({True: "focus", False: "block"}).to_numpy()
        shapes = table.geometry.to_crs(COUNTY_CRS).to_numpy()
        return gpd.GeoDataFrame(
            {"kind": kind, "label": labels}, geometry=shapes, index=table.index, crs=COUNTY_CRS
        )

    return desk.kept(("block outlines", planned.options(), tuple(ids), language()), make)


def block_map(desk: Desk, ids: pd.Index, *, height: int) -> None:
    """Draw the blocks; a click on a parcel opens its block."""
    shapes = outlines(desk, ids)
    opened = planned.opened(desk)
    if opened in shapes.index:
        look_first(desk, planned.members(desk)[str(opened)], opened)
        own = shapes.loc[[opened]].assign(kind="open")
        shapes = pd.concat([shapes.drop(index=opened), own])
    overlay_map(desk, shapes, height=height, on_click=_open_its_block)
    focus = number(planned.block_rules().focus_m2 * 3 / 2000)
    keys(
        (
            ("focus", t("blocks.key_focus", mu=focus)),
            ("block", t("blocks.key_block")),
            ("open", t("blocks.key_open")),
        )
    )
    if len(ids) > overlays.MOST_SHAPES:
        st.caption(t("blocks.more_shapes", n=number(len(ids) - overlays.MOST_SHAPES)))


def overlay_map(
    desk: Desk,
    shapes: gpd.GeoDataFrame,
    *,
    height: int,
    on_click: Callable[[str], None] | None = None,
    folded: bool = False,
    muted: bool = False,
    look: str = LOOK,
) -> None:
    """Draw the county with shapes over it; the map stays where the reader has put it.

    Where it looks is kept under ``look``; ``muted`` parcels leave the stage to the shapes.
    """
    laid: Overlay | None = overlays.lay(shapes) if len(shapes) else None
    map_view.show(
        desk,
        height=height,
        overlay=laid,
        look=Look(st.session_state.get(look)),
        on_click=on_click,
        folded=folded,
        muted=muted,
    )


def look_at(place: dict[str, Any] | None) -> None:
    """Let the map go to a place with the next drawing."""
    if place is not None:
        st.session_state[LOOK] = place


def look_first(desk: Desk, ids: tuple[str, ...], of: object) -> None:
    """Let the map begin where some parcels are, unless it was sent elsewhere before."""
    if LOOK not in st.session_state:
        look_at(planned.box_of(desk, ids, of))


def open_block(block_id: str) -> None:
    """Open a block, and let the map go there."""
    state.set_setting("block", block_id)
    desk = state.desk()
    look_at(planned.box_of(desk, planned.members(desk).get(block_id, ()), block_id))


def _open_its_block(parcel_id: str) -> None:
    block = planned.blocks(state.desk()).block_of.get(parcel_id)
    if block is not None:
        state.set_setting("block", block)
