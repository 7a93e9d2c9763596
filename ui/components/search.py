"""Find a parcel by its number, name or owner, or a place by its name, and go there."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import streamlit as st

from gis.area import to_mu
from ui import state
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import t
from ui.text.numbers import known, number, plain, shorten

MOST = 8
"""Hits offered at once."""
SEARCHED = ("parcel_name", "owner", "land_user", "renewal_block")
_texts = Shelf(2)


def search(desk: Desk) -> None:
    """Draw the search box and, while something is searched, what was found."""
    with st.popover(t("search.open"), icon=":material/search:"):
        wanted = st.text_input(
            t("search.label"), key="search.text", placeholder=t("search.placeholder")
        ).strip()
        if not wanted:
            st.caption(t("search.help"))
            return
        places, parcels = find_places(desk, wanted), find_parcels(desk, wanted)
        if not places and parcels.empty:
            st.info(
                t("search.nothing", wanted=plain(shorten(wanted, 60))), icon=":material/search_off:"
            )
            return
        for kind, name in places:
            st.button(
                plain(name),
                key=f"search.{kind}.{name}",
                icon=":material/location_on:",
                width="stretch",
                on_click=_filter_place,
                args=(kind, name),
            )
        shown = parcels.head(MOST)
        for parcel_id, name, owner, area in zip(
            shown.index,
            shown["parcel_name"],
            shown["owner"],
            shown["geometry_area_m2"],
            strict=True,
        ):
            facts = [str(part) for part in (name, owner) if known(part)]
            size = t("unit.mu", n=number(to_mu(area), 1)) if known(area) else ""
            st.button(
                plain(shorten(" · ".join([*facts, size]) or parcel_id, 60)),
                key=f"search.parcel.{parcel_id}",
                help=plain(parcel_id),
                width="stretch",
                on_click=state.click,
                args=(parcel_id,),
            )
        if len(parcels) > MOST:
            st.caption(t("search.more", n=number(len(parcels)), shown=MOST))


def find_parcels(desk: Desk, wanted: str) -> gpd.GeoDataFrame:
    """Return the parcels whose number, name, owner, user or block contains ``wanted``.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    wanted : str
        Any part of the text; letter case does not matter, and nothing in it is a pattern.

    Returns
    -------
    GeoDataFrame
        Rows of ``desk.frame`` in the order of their ids.
    """

    def make() -> object:
        frame = desk.frame
        text = frame.index.to_series()
        for column in SEARCHED:
            text = text.str.cat(frame[column].astype("string").fillna(""), sep="\n")
        return text.str.casefold()

    texts = _texts.get((desk.key, "texts"), make)
    return desk.frame[texts.str.contains(wanted.casefold(), regex=False).to_numpy(dtype=bool)]


def find_places(desk: Desk, wanted: str) -> list[tuple[str, str]]:
    """Return the towns and parks whose name contains ``wanted``, as (kind, name)."""
    return [
        (kind, name)
        for kind, column in (("town", "town"), ("park", "park"))
        for name in desk.choices(column)
        if wanted.casefold() in name.casefold()
    ][:MOST]


def _filter_place(kind: str, name: str) -> None:
    """Look at one town or park: filter to it and let the map go there."""
    query = state.query()
    changed = replace(query, towns=(name,)) if kind == "town" else replace(query, parks=(name,))
    state.set_query(changed)
