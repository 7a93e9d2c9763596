"""The difference on the county map: what is new, gained and lost; a row of a list leads there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from data.difference import Difference
from data.intake import ImportReport
from ui import overlays
from ui.components import map_view
from ui.components.column_width import fitting
from ui.components.markup import element, words
from ui.desk import Desk
from ui.overlays import Look
from ui.text import t
from ui.text.numbers import UNKNOWN, mu, number, parcels

MAP_HEIGHT = 420
NEAREST_ZOOM = 18


def shown_at(draft_id: str) -> str:
    """Return the session key of the parcel of a draft that the map was sent to."""
    return f"intake.difference.look.{draft_id}"


def difference_map(desk: Desk, report: ImportReport, found: Difference, look: str) -> None:
    """Draw new parcels, changed ones, land gained and lost, and on demand what is not in the file.

    The map begins where something changes; a parcel chosen in a list (session key ``look``) is
    gone to.
    """
    changed = None if report.change is None else report.change.parcels
    if not isinstance(changed, gpd.GeoDataFrame):
        return
    parts = _changes(changed, found)
    gone = list(found.vanished_here)
    asked = bool(gone) and bool(st.session_state.get(f"{look}.gone"))
    if asked:
        parts.append(_layer(desk.parcels.geometry.reindex(gone), "vanished"))
    if parts and not desk.parcels.empty:
        drawn = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4490)
        laid = overlays.lay(drawn.head(overlays.MOST_SHAPES))
        if laid is not None:
            st.html(legend(laid.kinds))
            place = _place(desk, changed, st.session_state.get(look))
            map_view.show(desk, height=MAP_HEIGHT, overlay=laid, look=place, aside=True)
            st.caption(t("intake.map_rows"))
        if len(drawn) > overlays.MOST_SHAPES:
            some, every = number(overlays.MOST_SHAPES), number(len(drawn))
            st.caption(t("intake.map_most", n=some, all=every))
    if gone and not desk.parcels.empty:
        st.checkbox(t("intake.map_gone", parcels=parcels(len(gone))), key=f"{look}.gone")


def _changes(changed: gpd.GeoDataFrame, found: Difference) -> list[gpd.GeoDataFrame]:
    """Return what changes on the ground: outlines first, what is gained and lost above them."""
    parts = []
    if found.ids["new"]:
        parts.append(_layer(changed.geometry.loc[list(found.ids["new"])], "new"))
    if found.reshaped:
        parts.append(_layer(changed.geometry.reindex(list(found.reshaped)), "open"))
    moved = found.shapes.set_index("parcel_id")
    for part in ("gained", "lost") if len(moved) else ():
        mine = moved[(moved["part"] == part).to_numpy(dtype=bool)]
        parts.append(_layer(mine.geometry, part, mine["area_m2"]))
    return parts


def _layer(shapes: gpd.GeoSeries, kind: str, areas: pd.Series | None = None) -> gpd.GeoDataFrame:
    names = [str(name) for name in shapes.index]
    word = t(f"intake.drawn_{kind}")
    labels = [t("intake.drawn", id=name, kind=word) for name in names]
    if areas is not None:
        labels = [f"{label} {mu(a, 2)}" for label, a in zip(labels, areas, strict=True)]
    return gpd.GeoDataFrame({"kind": kind, "label": labels}, geometry=shapes.to_numpy(), crs=4490)


def _place(desk: Desk, changed: gpd.GeoDataFrame, name: str | None) -> Look | None:
    """Return the box of a parcel and its surroundings: as the file has it, else as on record."""
    if name is None:
        return None
    sources = (frame for frame in (changed, desk.parcels) if name in frame.index)
    bounds = next((frame.geometry.loc[[name]].total_bounds for frame in sources), None)
    if bounds is None or not np.isfinite(bounds).all():
        return None
    west, south, east, north = (float(side) for side in bounds)
    wide, high = east - west, north - south
    box = [[south - high, west - wide], [north + high, east + wide]]
    return Look({"box": box, "zoom": NEAREST_ZOOM, "of": name})


def legend(kinds: tuple[str, ...]) -> str:
    """Return what the colours over the map mean, as HTML."""
    marks = [
        f'<span class="m-swatch" style="border-color:{overlays.STYLES[kind].fill}'
        f'{";border-style:dashed" if overlays.STYLES[kind].hatch == "dashed" else ""}"></span>'
        + words(t(f"intake.drawn_{kind}"))
        for kind in kinds
    ]
    return element("div", *(element("span", mark, css="m-key") for mark in marks), css="m-keys")


def placed_grid(
    table: pd.DataFrame, heads: dict[str, str], key: str, look: str, *, named: str = "parcel_id"
) -> None:
    """Draw a list of parcels; the one that is chosen is where the map goes."""
    ids = [str(name) for name in table[named]]
    st.dataframe(
        table,
        hide_index=True,
        key=f"{key}.table",
        placeholder=UNKNOWN,
        height=min(35 * len(table) + 38, 360),
        column_config={
            name: st.column_config.Column(head, width=fitting(head, table[name]))
            for name, head in heads.items()
        },
        on_select=lambda: _go(f"{key}.table", ids, look),
        selection_mode="single-row",
    )


def _go(key: str, ids: list[str], look: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[look] = ids[rows[0]] if rows and rows[0] < len(ids) else None
