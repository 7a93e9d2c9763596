"""The sites of one project on the county map: by rank, and what is vetoed by its reason."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from ui import overlays, sited, state
from ui.components.block_map import COUNTY_CRS, overlay_map
from ui.components.block_words import keys
from ui.components.markup import words
from ui.components.siting_words import month_of, site_name, veto_label
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import mu, number

LOOK, LOOKED = "siting.look", "siting.looked"
FIRST = 3
"""So many of the ranking the map begins with, each with a spot that is seen from afar."""
ROOM_DEG = 0.004


def kind_of(veto: str) -> str:
    """Return the overlay that shows land barred by a veto."""
    return f"veto_{veto}" if f"veto_{veto}" in overlays.STYLES else "veto_other"


def siting_map(desk: Desk, project: str, *, height: int) -> None:
    """Draw the map; a click on a parcel opens its site."""
    shapes = outlines(desk, project)
    told = sited.record(desk, project)
    first = [row["site_id"] for row in told["ranking"][:FIRST] if row["site_id"] in shapes.index]
    _look_first(shapes, project, first)
    opened = sited.opened_site(desk, project)
    marks = [shapes, _spots(shapes, first)]
    if opened in shapes.index:
        marks.append(shapes.loc[[opened]].assign(kind="open"))
    overlay_map(
        desk, pd.concat(marks), height=height, on_click=_open_its_site, folded=True, muted=True,
        look=LOOK,
    )  # fmt: skip
    _key(desk, project, shapes, opened=opened in shapes.index)


def _spots(shapes: gpd.GeoDataFrame, first: list[str]) -> gpd.GeoDataFrame:
    """Return points in the first sites, the best on top."""
    best = shapes.loc[first[::-1]]
    return best.set_geometry(best.geometry.representative_point())


def _look_first(shapes: gpd.GeoDataFrame, project: str, first: list[str]) -> None:
    """Let the map begin at the site that the address opens, else at the first of the ranking."""
    if st.session_state.get(LOOKED) == project:
        return
    asked = state.setting("site")
    wanted = [asked] if asked in shapes.index else first
    if wanted:
        st.session_state[LOOKED] = project
        st.session_state[LOOK] = _surroundings(shapes.loc[wanted].total_bounds, project)


def _surroundings(bounds: Any, of: str) -> dict[str, Any]:
    west, south, east, north = (float(side) for side in bounds)
    box = [[south - ROOM_DEG, west - ROOM_DEG], [north + ROOM_DEG, east + ROOM_DEG]]
    return {"box": box, "of": of}


def outlines(desk: Desk, project: str) -> gpd.GeoDataFrame:
    """Return the sites as shapes over the map, what is best last (shared: do not change)."""
    told = sited.record(desk, project)
    given = tuple(sited.weights(desk, project).values())
    chosen = sited.decision(desk, project)
    of = ("site outlines", project, given, chosen.site_id if chosen else "", language())

    def make() -> gpd.GeoDataFrame:
        table = sited.sites(desk).table
        kinds = pd.Series("site_small", index=table.index, dtype=object)
        labels = pd.Series("", index=table.index, dtype=object)
        for row in reversed(told["vetoed"]):
            site = row["site_id"]
            kinds[site] = kind_of(row["veto"])
            said = t("siting.label_veto", veto=row["label"], area=_overlap(row))
            labels[site] = said + ("\n" + labels[site] if labels[site] else "")
        for row in told["ranking"]:
            site, rank = row["site_id"], row["rank"] or 0
            kinds[site] = "site_first" if rank == 1 else "site_next" if rank <= 3 else "site_more"
            labels[site] = t(
                "siting.label_rank", rank=number(row["rank"]), score=number(row["score"], 1),
                free=month_of(row["free_from"]),
            )  # fmt: skip
        labels[list(told["too_small"])] = t("siting.key_small")
        if chosen is not None and chosen.site_id in kinds.index:
            kinds[chosen.site_id] = "site_decided"
        said = [
            t("siting.label", name=site_name(desk, str(name)), area=mu(area), said=labels[name])
            for name, area in table["area_m2"].items()
        ]
        order = kinds.map({"site_small": 0, "site_more": 2, "site_next": 3, "site_first": 4,
                           "site_decided": 5}).fillna(1)  # fmt: skip
        frame = gpd.GeoDataFrame(
            {"kind": kinds.to_numpy(), "label": said},
            geometry=table.geometry.to_crs(COUNTY_CRS).to_numpy(),
            index=table.index,
            crs=COUNTY_CRS,
        )
        return frame.loc[order.sort_values(kind="stable").index]

    return desk.kept(of, make)


def _overlap(row: dict[str, Any]) -> str:
    return "" if row["overlap_m2"] is None else mu(row["overlap_m2"], 2)


def _key(desk: Desk, project: str, shapes: gpd.GeoDataFrame, *, opened: bool) -> None:
    counts = shapes["kind"].value_counts()
    parts = [("open", t("siting.key_open"))] if opened else []
    parts += [
        (kind, name)
        for kind, name in (
            ("site_decided", t("siting.key_decided")),
            ("site_first", t("siting.key_first")),
            ("site_next", t("siting.key_next")),
            ("site_more", t("siting.key_more")),
            ("site_small", t("siting.key_small")),
        )
        if counts.get(kind, 0)
    ]
    labels: dict[str, dict[str, str]] = {}
    barred: dict[str, set[str]] = {}
    for row in sited.record(desk, project)["vetoed"]:  # a site counts for each of its reasons
        kind = kind_of(row["veto"])
        labels.setdefault(kind, {})[row["veto"]] = veto_label(row["veto"])
        barred.setdefault(kind, set()).add(row["site_id"])
    comma = t("filter.comma")
    parts += [
        (kind, t("siting.key_veto", veto=comma.join(names.values()), n=number(len(barred[kind]))))
        for kind, names in labels.items()
        if counts.get(kind, 0)
    ]
    keys([(kind, words(name)) for kind, name in parts])


def open_site(site_id: str) -> None:
    """Open a site, and let the map go there."""
    state.set_setting("site", site_id)
    desk = state.desk()
    shape = sited.sites(desk).table.geometry.loc[[site_id]].to_crs(COUNTY_CRS)
    st.session_state[LOOK] = _surroundings(shape.total_bounds, site_id)


def _open_its_site(parcel_id: str) -> None:
    members = sited.sites(state.desk()).table["parcel_ids"]
    for site, ids in members.items():
        if parcel_id in ids:
            state.set_setting("site", str(site))
            return
