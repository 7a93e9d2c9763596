"""One file with the map of the meeting: opens in any browser, without a network."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.assets import FOLDERS, require_assets
from layers.styles import NOT_IN_RENEWAL, STAGE_STYLES
from reports.packet.facts import PacketFacts
from reports.packet.fonts import font_for
from reports.packet.words import day, label, mu, text

MOST_PARCELS = 20_000
"""Parcels in the file: those in renewal first; a browser draws no more at once."""

_TEMPLATE = Path(__file__).with_name("map_page.html")
_CELL_DEG, _TOLERANCE_DEG = 1e-6, 2e-4
_CREDITED, _OVERDUE = 1, 2


def map_page(facts: PacketFacts, *, review_no: str = "") -> bytes:
    """Return the map as one HTML file: Leaflet, data and the letters it needs are inside.

    Parameters
    ----------
    facts : PacketFacts
        Parcels with their stage.
    review_no : str
        审图号; its slot says that it is to be filled in where it is empty.

    Raises
    ------
    WebAssetsMissingError
        If Leaflet is not installed.
    """
    require_assets()
    data = _data(facts)
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":  # nothing in the data can end the script
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    leaflet = FOLDERS["leaflet"]
    slot = facts.say("review_no") + (
        text(review_no, 40) if review_no else facts.say("not_assigned")
    )
    first, rule = facts.provenance()
    words = {
        "TITLE": facts.say("map_title", county=facts.context.county),
        "HEADLINE": facts.headline,
        "SEARCH": facts.say("search"),
        "LEGEND": facts.say("legend"),
        "INTERNAL": facts.say("internal"),
        "REVIEW": slot,
        "FIRST": first,
        "RULE": rule,
        "LANG": "en" if facts.lang == "en" else "zh-CN",
    }
    parts = {name: html.escape(said) for name, said in words.items()}
    mark = html.escape(facts.say("sample"))
    parts["BADGE"] = f'<span class="badge">{mark}</span>' if facts.context.is_sample else ""
    parts["FONT"] = font_for("".join(words.values()) + mark + told)
    parts["LEAFLET_CSS"] = (leaflet / "leaflet.css").read_text("utf-8")
    parts["LEAFLET_JS"] = (leaflet / "leaflet.js").read_text("utf-8")
    parts["DATA"] = told
    return _filled(_TEMPLATE.read_text("utf-8"), parts).encode("utf-8")


def _filled(template: str, parts: dict[str, str]) -> str:
    """Fill each slot once; what was filled in is not searched for slots again."""
    pieces = template.split("%%")
    return "".join(piece if at % 2 == 0 else parts[piece] for at, piece in enumerate(pieces))


def _data(facts: PacketFacts) -> dict[str, Any]:
    desk = facts.desk[facts.desk.geometry.notna() & ~facts.desk.geometry.is_empty]
    first = desk["stage"].isna().to_numpy()
    shown = desk.iloc[np.sort(np.argsort(first, kind="stable")[:MOST_PARCELS])]
    order = {style.key: at for at, style in enumerate(STAGE_STYLES)}
    at = shown["stage"].map(order).fillna(len(order)).to_numpy(dtype=int)
    credited = shown["credited_m2"].to_numpy(dtype=float) != 0
    marks = np.where(credited, _CREDITED, 0) | np.where(shown["overdue"], _OVERDUE, 0)
    shapes = [json.loads(told) for told in _geojson(shown.geometry)]
    cards = _cards(facts, shown)
    staged = shown if (at == len(order)).all() else shown[at < len(order)]
    west, south, east, north = staged.total_bounds if len(staged) else (120.2, 27.5, 121.0, 28.0)
    return {
        "words": {
            "north": facts.say("north"),
            "internal": facts.say("internal"),
            "credited": facts.say("credited_mark"),
            "overdue": facts.say("overdue_mark"),
        },
        "bounds": [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]],
        "stages": _stages(facts, at, shown),
        "heads": _heads(facts),
        "parcels": [
            {"s": int(stage), "m": int(mark), "f": card, "g": shape}
            for stage, mark, card, shape in zip(at, marks, cards, shapes, strict=True)
        ],
        "layers": {name: _layer(layer) for name, layer in sorted(facts.layers.items())},
    }


def _stages(facts: PacketFacts, at: np.ndarray, shown: gpd.GeoDataFrame) -> list[dict[str, str]]:
    count = np.bincount(at, minlength=len(STAGE_STYLES) + 1)
    area = np.nan_to_num(shown["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan))
    land = np.bincount(at, area, minlength=len(STAGE_STYLES) + 1)
    names = [label("stage", style.key, facts.lang) for style in STAGE_STYLES]
    fills = [style.fill for style in STAGE_STYLES]
    told = zip(
        [*names, facts.say("not_in")], [*fills, NOT_IN_RENEWAL.fill], count, land, strict=True
    )
    unit = facts.say("mu")
    return [
        {"name": name, "fill": fill, "said": f"{n:,} · {mu(float(m2))} {unit}"}
        for name, fill, n, m2 in told
    ]


def _heads(facts: PacketFacts) -> list[str]:
    keys = ("parcel", "owner", "parcel_id", "town", "area_mu", "class", "mode", "stage",
            "credited_mu", "due_on")  # fmt: skip
    return [facts.say(key) for key in keys]


def _cards(facts: PacketFacts, shown: gpd.GeoDataFrame) -> list[list[str]]:
    """Return what the card of each parcel says, in the order of the heads."""
    lang = facts.lang

    def column(name: str) -> list[Any]:
        return list(shown[name]) if name in shown else [None] * len(shown)

    ids = [str(name) for name in shown.index]
    names = [
        text(name or parcel, 60) for name, parcel in zip(column("parcel_name"), ids, strict=True)
    ]
    return [
        list(row)
        for row in zip(
            names,
            [text(value, 60) for value in column("owner")],
            ids,
            [text(value, 20) for value in column("town")],
            [mu(_number(value), 2) for value in column("geometry_area_m2")],
            [label("low_class", value, lang) for value in column("low_class")],
            [label("renewal_mode", value, lang) for value in column("renewal_mode")],
            [label("stage", v, lang) if v else facts.say("not_in") for v in column("stage")],
            [mu(_number(value), 2) for value in column("credited_m2")],
            [day(value) for value in column("due_on")],
            strict=True,
        )
    ]


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _geojson(shapes: gpd.GeoSeries) -> list[str]:
    """Return shapes as GeoJSON, rounded to about a decimetre."""
    rounded = shapely.set_precision(
        shapely.force_2d(shapes.to_numpy()), _CELL_DEG, mode="pointwise"
    )
    return [str(told) for told in shapely.to_geojson(rounded)]


def _layer(layer: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return shape, name and middle of each row of a reference layer."""
    here = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(4490)
    thin = gpd.GeoSeries(here.geometry.simplify(_TOLERANCE_DEG), crs=4490)
    column = next((name for name in ("town", "name") if name in here), None)
    names = [""] * len(here) if column is None else [text(name, 20) for name in here[column]]
    spots = here.geometry.representative_point()
    return [
        [json.loads(shape), name, [round(y, 6), round(x, 6)]]
        for shape, name, x, y in zip(_geojson(thin), names, spots.x, spots.y, strict=True)
    ]
