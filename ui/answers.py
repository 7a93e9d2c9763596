"""What the browser fetches beside the pages: tiles, colours, filters, pictures, labels.

Addresses carry the register version, so that an answer may be kept for ever and a new version is a
new address. Every answer is computed from the same cached frames that the pages read.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from analysis.query import ParcelQuery
from data.schema import enum_label
from gis.area import to_mu
from gis.errors import UserError
from layers.assets import together
from layers.map import base_map
from layers.map import scripts as scripts_of
from layers.relief import picture
from layers.state import mask_bytes, state_table
from ui import overlays
from ui.desk import Desk, open_desk
from ui.ledgers import marked
from ui.place import workspace
from ui.shelf import Shelf
from ui.text import LANGUAGES
from ui.themes import themed, themes_of

FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
NOT_KEPT = {"Cache-Control": "no-store"}
_TILE = re.compile(r"^(parcels-g|base-v|buildings-v)\d+\.pmtiles$")
_tables = Shelf(6)
LONGEST_SHAPE = 8_000
"""Characters of a drawn polygon; a hundred corners need a third of it."""


def state_params(desk: Desk) -> dict[str, str]:
    """Return the parameters that name one state of the county, for the addresses below."""
    return {
        "v": str(desk.version),
        "on": desk.state_on.isoformat(),
        "known": desk.known_on.isoformat() if desk.known_on else "",
        "year": str(desk.year),
    }


def address(path: str, desk: Desk, **more: str) -> str:
    """Return the address of ``path`` for this desk.

    Parameters
    ----------
    path : str
        For instance ``"/state/codes"``.
    desk : Desk
        The county as the reader looks at it.
    **more : str
        Further parameters; empty ones are left out.
    """
    params = state_params(desk) | more
    return f"{path}?{urlencode({name: value for name, value in params.items() if value})}"


def drawn_ids(desk: Desk) -> pd.Index:
    """Return the parcel ids in the order of the tiles: all current parcels, sorted."""
    newest = desk if desk.known_on is None else open_desk(desk.workspace, today=desk.latest)
    return newest.parcels.index


def drawn_mask(desk: Desk, kept: pd.Index) -> npt.NDArray[np.bool_]:
    """Return which of the drawn parcels are among ``kept``."""
    return np.asarray(drawn_ids(desk).isin(kept), dtype=bool)


def _desk(request: Request) -> Desk:
    given = request.query_params
    try:
        return open_desk(
            workspace(),
            today=date.today(),  # noqa: DTZ011 - the reader's own calendar
            state_on=date.fromisoformat(given["on"]) if given.get("on") else None,
            known_on=date.fromisoformat(given["known"]) if given.get("known") else None,
            year=int(given["year"]) if given.get("year") else None,
        )
    except UserError as refusal:
        raise HTTPException(503, str(refusal)) from refusal
    except ValueError as fault:
        raise HTTPException(400, "on, known: ISO dates; year: a number") from fault


def _answer(request: Request, desk: Desk, body: bytes, media: str) -> Response:
    fresh = request.query_params.get("v") == str(desk.version)
    return Response(body, media_type=media, headers=FOR_EVER if fresh else NOT_KEPT)


async def codes(request: Request) -> Response:
    """Answer one byte per parcel and theme, in tile order."""

    def make() -> tuple[Desk, bytes]:
        desk = _desk(request)
        themes = themes_of(request.query_params.get("themes"))
        return desk, _tables.get(
            (desk.key, "codes", themes),
            lambda: state_table(
                marked(desk, themed(desk, themes)).reindex(drawn_ids(desk)), themes
            ),
        )

    desk, body = await run_in_threadpool(make)
    return _answer(request, desk, body, "application/octet-stream")


def _drawn_shape(wkt: str) -> str:
    """Return a drawn polygon as it may be used, or refuse it: nobody draws thousands of corners."""
    shape = ParcelQuery.from_params({"shape": wkt}).shape if len(wkt) <= LONGEST_SHAPE else None
    if shape is None:
        raise HTTPException(400, f"drawn: a polygon as WKT, at most {LONGEST_SHAPE} characters")
    return shape


async def mask(request: Request) -> Response:
    """Answer one bit per parcel: whether the filter (or, with ``drawn``, the shape) keeps it."""

    def make() -> tuple[Desk, bytes]:
        desk = _desk(request)
        drawn = request.query_params.get("drawn")
        if drawn is not None:
            kept = desk.picked((), _drawn_shape(drawn)).index
        else:
            kept = desk.filtered(ParcelQuery.from_params(dict(request.query_params))).index
        return desk, mask_bytes(drawn_mask(desk, kept))

    desk, body = await run_in_threadpool(make)
    return _answer(request, desk, body, "application/octet-stream")


async def overlay(request: Request) -> Response:
    """Answer the shapes that a page lays over the map (`ui.overlays`)."""
    body = overlays.kept_body(request.query_params.get("of", ""))
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type="application/geo+json", headers=FOR_EVER)


async def label(request: Request) -> Response:
    """Answer the hover label of one parcel: its name and one line of facts."""
    desk = await run_in_threadpool(_desk, request)
    ids = drawn_ids(desk)
    n = int(request.path_params["n"])
    if n >= len(ids) or ids[n] not in desk.frame.index:
        raise HTTPException(404)
    lang = request.query_params.get("lang", LANGUAGES[0])
    return JSONResponse(_label(desk.frame.loc[ids[n]], lang), headers=FOR_EVER)


def _label(parcel: pd.Series, lang: str) -> dict[str, str]:
    area = parcel["geometry_area_m2"]
    unit = "亩" if lang == "zh" else "mu"
    facts = [f"{to_mu(area):,.1f} {unit}" if pd.notna(area) else "—"]
    for enum, column in (("low_class", "low_class"), ("stage", "stage")):
        if pd.notna(parcel[column]):
            facts.append(enum_label(enum, parcel[column], lang))
    name = next((str(parcel[c]) for c in ("parcel_name", "owner") if pd.notna(parcel[c])), "")
    return {"name": (name or str(parcel.name))[:120], "line": " · ".join(facts)}


async def tile(request: Request) -> Response:
    """Answer (parts of) one tile archive; Starlette honours byte ranges."""
    name = request.path_params["name"]
    path = workspace() / "tiles" / name
    if not _TILE.match(name) or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="application/octet-stream", headers=FOR_EVER)


async def scripts(request: Request) -> Response:
    """Answer everything that the map runs in the browser as one script."""
    lang = request.path_params["lang"]
    if lang not in LANGUAGES:
        raise HTTPException(404)
    whole = await run_in_threadpool(lambda: together(scripts_of(base_map(lang))))
    return Response(whole, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def relief(request: Request) -> Response:
    """Answer the hillshade or slope picture of the terrain model."""
    kind = request.path_params["kind"]
    found = await run_in_threadpool(lambda: picture(_desk(request).register, kind))
    if found is None:
        raise HTTPException(404)
    return FileResponse(found.path, media_type="image/png", headers=FOR_EVER)
