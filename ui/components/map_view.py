"""The county map as a component: what it shows goes in, what was clicked or drawn comes out.

The folium base never changes; everything else is one small state that the browser applies
(``layers.map.update_group``). Clicks and drawings are taken up in a callback, before the page runs,
so that map, card and list of one run agree.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
import streamlit as st
from streamlit_folium import st_folium

from analysis.query import ParcelQuery
from data.layers import grouped
from data.towns import read_towns
from gis.area import to_mu
from layers.legend import legend
from layers.map import update_group
from layers.relief import KINDS, picture, slope_scale
from layers.styles import LEDGERS_DIFFER_OUTLINE, SUSPECTED_IDLE_OUTLINE, THEMES
from layers.tiles import MOST_DOTS, ensure_tiles
from ui import state
from ui.answers import address, drawn_ids
from ui.components.drawn_base import basemap, drawn_base
from ui.desk import Desk
from ui.overlays import Look, Overlay
from ui.shelf import Shelf
from ui.text import language, t
from ui.text.numbers import number
from ui.themes import themed, themes_word

KEY = "county_map"
IDS_SENT = 2000
"""More ticked parcels than this are not outlined one by one."""
FOCUS_ZOOM = 16
NEAREST_ZOOM = 18
ACCENT = "#0b6e8a"
_TAKEN = "county_map.taken"
_PICKED_HERE = "county_map.picked"
_ON_CLICK = "county_map.on_click"
_tiles = Shelf(4)
_legends = Shelf(16)
GROUPS: dict[str, tuple[str, ...]] = {
    "ground": ("hillshade", "slope", "water", "roads", "buildings", "labels"),
    "areas": grouped("areas"),
    "constraints": grouped("constraints"),
}
_SOURCE = {"water": "river", "hillshade": "dem", "slope": "dem"}


def show(
    desk: Desk,
    *,
    themes: tuple[str, ...] = THEMES,
    height: int = 640,
    arrows: bool = False,
    overlay: Overlay | None = None,
    look: Look | None = None,
    still: bool = False,
    on_click: Callable[[str], None] | None = None,
    aside: bool = False,
    folded: bool = False,
    muted: bool = False,
    key: str = KEY,
) -> None:
    """Draw the map for this reader's dates, filters, selection and open parcel.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    themes : tuple of str
        What the parcels may be coloured by on this page (``layers.styles.THEME_FIELD``).
    height : int
        Height of the frame in pixels before the page's style stretches it to the window.
    arrows : bool
        Hand the arrow keys to the page, which steps through parcels, instead of moving the map.
    overlay : Overlay, optional
        Shapes laid over the county; the map goes there unless ``look`` says otherwise.
    look : Look, optional
        Where the map looks.
    still : bool
        Leave the map where it is, whatever is laid over it.
    on_click : callable, optional
        What a click on a parcel does, given its id; by default it opens and picks the parcel.
    aside : bool
        The overlay is what the map is there for: it begins at its place wherever the reader
        looked before, and with the legend of the parcels folded.
    folded : bool
        The map begins with the legend of the parcels folded.
    muted : bool
        The parcels are faint, so that what lies over them stands out.
    key : str
        Of a map beside the main one, whose clicks are not taken up.
    """
    if key == KEY:
        st.session_state[_ON_CLICK] = on_click
    over: dict[str, Any] = {"aside": aside, "folded": folded, "muted": muted}
    if overlay is not None:
        over |= {"overlay": overlay.state(), "focus": overlay.focus()}
    if look is not None:
        over["focus"] = look.at
    if still:
        over.pop("focus", None)
    if arrows and (box := _close_up(desk)):
        over["focus"] = box
    st_folium(
        drawn_base(language()),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=["last_active_drawing", "all_drawings"],
        feature_group_to_add=update_group({**_state(desk, themes), "arrows": arrows, **over}),
        on_change=_take if key == KEY else None,
        render=False,  # st_folium renders the map in any case; this only spares the second time
    )


def _take() -> None:
    """Take up a click or a drawing from the browser; called before the page runs."""
    value = st.session_state.get(KEY) or {}
    seen = st.session_state.get(_TAKEN, {})
    st.session_state[_TAKEN] = value
    clicked = (value.get("last_active_drawing") or {}).get("properties") or {}
    before = (seen.get("last_active_drawing") or {}).get("properties") or {}
    if "n" in clicked and clicked != before:
        _open(clicked)
    drawings = value.get("all_drawings") or []
    if drawings != (seen.get("all_drawings") or []):
        state.select(shape=_shape(drawings))


def _open(clicked: dict[str, Any]) -> None:
    desk = state.desk()
    ids = drawn_ids(desk)
    n = clicked["n"]
    same = clicked.get("generation") == desk.register.geometry_version
    if same and isinstance(n, int) and 0 <= n < len(ids):
        st.session_state[_PICKED_HERE] = ids[n]
        on_click = st.session_state.get(_ON_CLICK)
        if on_click is not None:
            on_click(str(ids[n]))
        else:
            state.click(str(ids[n]), add=bool(clicked.get("add")))


def look_at(parcel_id: str) -> None:
    """Open a parcel and let the map go there, even where it was clicked on it before."""
    st.session_state.pop(_PICKED_HERE, None)
    state.open_parcel(parcel_id)


def _shape(drawings: list[dict[str, Any]]) -> str | None:
    """Return the last drawn polygon as WKT, None where there is none (or it is not a polygon)."""
    rings = [d["geometry"]["coordinates"] for d in drawings if _is_polygon(d)]
    if not rings:
        return None
    drawn = shapely.make_valid(shapely.set_precision(shapely.Polygon(rings[-1][0]), 1e-6))
    return (
        None if drawn.is_empty or drawn.area == 0 else shapely.to_wkt(drawn, rounding_precision=6)
    )


def _is_polygon(drawing: dict[str, Any]) -> bool:
    return (drawing.get("geometry") or {}).get("type") == "Polygon"


def _state(desk: Desk, themes: tuple[str, ...]) -> dict[str, Any]:
    query, selection = state.query(), state.selection()
    mask = address("/state/mask", desk, **query.to_params()) if query != ParcelQuery() else None
    drawn = address("/state/mask", desk, drawn=selection.shape) if selection.shape else None
    return {
        "lang": language(),
        "dark": st.context.theme.type == "dark",
        "accent": ACCENT,
        "idle_colour": SUSPECTED_IDLE_OUTLINE,
        "ledgers_colour": LEDGERS_DIFFER_OUTLINE,
        "generation": desk.register.geometry_version,
        "tiles": _tile_addresses(desk),
        "codes_url": address("/state/codes", desk, themes=themes_word(themes)),
        "mask_url": mask,
        "label_url": address("/label/{n}", desk, lang=language()),
        "selected": _ordinals(desk, selection.ids),
        "selected_url": drawn,
        "shape": _ring(selection.shape),
        "picked": next(iter(_ordinals(desk, (state.parcel(),))), None),
        "focus": _focus(desk),
        "home": _home(desk),
        "themes": _themes(desk, query, themes),
        "towns": _towns(desk, query),
        "layer_groups": _layer_groups(desk),
        "pictures": _pictures(desk),
        "basemap": basemap(),
        "footer": _footer(desk),
        "text": {name: t(f"map.{name}") for name in _WORDS},
    }


_WORDS = ("legend", "parcels", "mu", "total", "toggle", "marks", "no_parcels", "state_failed")


def _tile_addresses(desk: Desk) -> dict[str, dict[str, Any]]:
    def make() -> dict[str, dict[str, Any]]:
        return {
            name: {"url": f"/tiles/{archive.path.name}", "max_zoom": archive.max_zoom}
            for name, archive in ensure_tiles(desk.register).items()
        }

    return _tiles.get((str(desk.workspace), id(desk.register), desk.version), make)


def _ordinals(desk: Desk, ids: tuple[str | None, ...]) -> list[int]:
    wanted = [name for name in ids[:IDS_SENT] if name]
    if not wanted:
        return []
    found = drawn_ids(desk).get_indexer(wanted)
    return [int(n) for n in found if n >= 0]


def _ring(shape: str | None) -> list[list[float]] | None:
    if not shape:
        return None
    drawn = shapely.from_wkt(shape)
    if drawn.geom_type != "Polygon":
        drawn = drawn.convex_hull
    return [[round(x, 6), round(y, 6)] for x, y in np.asarray(drawn.exterior.coords)[:-1]]


def _focus(desk: Desk) -> dict[str, Any] | None:
    """Where to look: at the open parcel, unless it was opened by a click on this map."""
    parcel = state.parcel()
    if parcel is None or parcel not in desk.frame.index:
        return _place(desk)
    if st.session_state.get(_PICKED_HERE) == parcel:
        return _place(desk)
    point = desk.frame.geometry.loc[parcel].representative_point()
    return {"lat": round(point.y, 6), "lng": round(point.x, 6), "zoom": FOCUS_ZOOM, "of": parcel}


def _close_up(desk: Desk) -> dict[str, Any] | None:
    """Return the box of the open parcel and its surroundings, as near as a room wants it."""
    parcel = state.parcel()
    shape = desk.frame.geometry.get(parcel) if parcel else None
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    wide, high = 1.5 * (east - west), 1.5 * (north - south)
    box = [[south - high, west - wide], [north + high, east + wide]]
    return {"box": box, "zoom": NEAREST_ZOOM, "of": parcel}


def _place(desk: Desk) -> dict[str, Any] | None:
    """Return the box of what a filter by place or text keeps; None without such a filter."""
    query = state.query()
    if not (query.towns or query.parks or query.text):
        return None
    west, south, east, north = desk.filtered(query).total_bounds
    if not np.isfinite([west, south, east, north]).all():
        return None
    box = [[float(south), float(west)], [float(north), float(east)]]
    return {"box": box, "of": query.describe(language())}


def _home(desk: Desk) -> list[list[float]]:
    """Return the box of nearly all parcels: stragglers do not push the rest away."""

    def make() -> list[list[float]]:
        bounds = desk.parcels.geometry.bounds.to_numpy()
        bounds = bounds[~np.isnan(bounds).any(axis=1)]
        if not len(bounds):
            towns = read_towns()
            low, high = towns[["lat", "lon"]].min(), towns[["lat", "lon"]].max()
            return [
                [float(low["lat"]), float(low["lon"])],
                [float(high["lat"]), float(high["lon"])],
            ]
        west, south = np.quantile(bounds[:, :2], 0.02, axis=0)
        east, north = np.quantile(bounds[:, 2:], 0.98, axis=0)
        return [[float(south), float(west)], [float(north), float(east)]]

    return _tiles.get((id(desk.register), desk.version, "home"), make)


def _themes(desk: Desk, query: ParcelQuery, themes: tuple[str, ...]) -> list[dict[str, Any]]:
    def make() -> list[dict[str, Any]]:
        frame = themed(desk, themes, desk.filtered(query))
        return [
            {
                "id": theme,
                "label": t(f"map.theme_{theme}"),
                "entries": legend(frame, theme=theme, lang=language()),
            }
            for theme in themes
        ]

    return _legends.get((desk.key, query, language(), themes), make)


def _towns(desk: Desk, query: ParcelQuery) -> list[dict[str, Any]]:
    """Sum by town for the far view, placed in the middle of each town's parcels."""

    def make() -> list[dict[str, Any]]:
        frame = desk.filtered(query)
        bounds = frame.geometry.bounds
        facts = frame[["town"]].assign(
            lat=(bounds["miny"] + bounds["maxy"]) / 2,
            lng=(bounds["minx"] + bounds["maxx"]) / 2,
            area=to_mu(frame["geometry_area_m2"]),
        )
        sums = facts.groupby("town", sort=True).agg(
            lat=("lat", "median"),
            lng=("lng", "median"),
            area=("area", "sum"),
            count=("lat", "size"),
        )
        return [
            {
                "name": str(name),
                "lat": round(float(lat), 5),
                "lng": round(float(lng), 5),
                "area_mu": round(float(area), 1),
                "count": int(count),
            }
            for name, lat, lng, area, count in zip(
                sums.index, sums["lat"], sums["lng"], sums["area"], sums["count"], strict=True
            )
        ]

    return _legends.get((desk.key, query, "towns"), make)


def _layer_groups(desk: Desk) -> list[dict[str, Any]]:
    listed = set(desk.layers()["name"])
    groups = [
        {
            "id": group,
            "label": t(f"map.group_{group}"),
            "layers": [
                {"id": name, "label": t(f"map.layer_{name}")}
                for name in names
                if name == "labels" or _SOURCE.get(name, name) in listed
            ],
        }
        for group, names in GROUPS.items()
    ]
    if basemap():
        groups[0]["layers"].insert(0, {"id": "basemap", "label": t("map.layer_basemap")})
    return groups


def _pictures(desk: Desk) -> list[dict[str, Any]]:
    def make() -> list[dict[str, Any]]:
        found = []
        for kind in KINDS:
            drawn = picture(desk.register, kind)
            if drawn:
                west, south, east, north = drawn.bounds
                found.append(
                    {
                        "id": kind,
                        "url": f"/relief/{kind}?picture={drawn.path.stem}",
                        "bounds": [[south, west], [north, east]],
                        "opacity": 0.75 if kind == "hillshade" else 0.6,
                        "scale": slope_scale() if kind == "slope" else [],
                    }
                )
        return found

    return _tiles.get((id(desk.register), desk.version, "pictures"), make)


def _footer(desk: Desk) -> list[str]:
    lines = [t("map.internal")]
    if len(desk.parcels) > MOST_DOTS:
        lines.append(t("map.dots", n=number(MOST_DOTS)))
    approval = os.environ.get("MUTU_MAP_APPROVAL", "")
    if approval:
        lines.append(approval)
    if desk.is_sample:
        lines.append(t("header.sample"))
    return [*lines, *_outline_words(desk)]


def _outline_words(desk: Desk) -> list[str]:
    """Say where the county's outline comes from and that it is no legal boundary."""

    def make() -> list[str]:
        if "outline" not in set(desk.register.layers()["name"]):
            return []
        outline = desk.register.read_layer("outline")
        columns = [name for name in ("source", "note") if name in outline]
        return [str(word) for name in columns for word in outline[name].dropna().unique()[:1]]

    return _tiles.get((id(desk.register), desk.version, "outline"), make)
