"""DXF at the door: closed polylines become plots, and the text inside one its name or number.

Drawings carry no coordinate system; the one in which our own are written stands in a comment.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from gis.errors import FileDamagedError, GisError, LayerUnknownError, Words
from gis.formats import Source
from gis.io.boundary_rings import nested
from gis.io.encoding import text_encoding

MARK = "MUTU1"
"""Begins the extended data of a ring: its row and the row's attributes as JSON in base 64."""

CAD_LAYER = "图层"
"""Heading of the CAD layer that an outline lies on."""

_NUMBER = re.compile(r"^[0-9A-Za-z][0-9A-Za-z-]{7,}$")
_ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_STATED = re.compile(rb"MUTU-CRS\s+9\s+\$CUSTOMPROPERTY\s+1\s+(\d{4,6})")
_OPTIONS = {"DXF_ENCODING": "UTF-8", "DXF_INCLUDE_RAW_CODE_VALUES": "YES"}
_BINARY = b"AutoCAD Binary DXF"


class DrawingEmptyError(GisError):
    """A drawing without a closed outline."""

    zh = (
        "图纸 {file} 里没有闭合的多段线（有 {lines} 条未闭合的线）："
        "请在 CAD 中把界线闭合（多段线“闭合”选“是”），炸开的块先合并，再另存为 DXF。"
    )
    en = (
        "Drawing {file} has no closed polyline ({lines} lines do not close): close the outlines "
        "in your CAD (polyline, closed: yes), join what was exploded, and save as DXF again."
    )


class DrawingKindError(GisError):
    """A binary DXF."""

    zh = "图纸 {file} 是二进制 DXF：请在 CAD 中另存为文本格式的 DXF（ASCII）再试。"
    en = "Drawing {file} is a binary DXF: save it as a text (ASCII) DXF."


def read_drawing(
    source: Source, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the closed outlines of a DXF in its own coordinates.

    Parameters
    ----------
    source : Source
        The file.
    layer : str, optional
        One CAD layer only; the name of the file stands for all.
    encoding : str, optional
        States the encoding of its texts.

    Returns
    -------
    GeoDataFrame
        A row for each plot: 编号 (a text inside that reads as a number), 名称 (the other texts
        inside), 图层; or the attributes that our own drawings carry.
    dict
        layer, encoding, notes, crs_unknown.

    Raises
    ------
    DrawingEmptyError, DrawingKindError, LayerUnknownError, FileDamagedError
        If no plot can be read.
    """
    raw = source.path.read_bytes()
    if raw.startswith(_BINARY):
        raise DrawingKindError(file=source.name)
    used = text_encoding(raw, given=encoding, name=source.name)
    entities = _entities(raw.decode(used), source.name)
    stated = _STATED.search(raw[: 1 << 16])
    crs = pyproj.CRS.from_epsg(int(stated.group(1))) if stated else None
    notes: list[Words] = []
    layers = sorted(entities["Layer"].dropna().unique())
    if layer in layers:
        texts = entities["Text"].notna()
        entities = entities[(entities["Layer"] == layer) | texts]
    elif layer not in (None, source.path.stem):  # the drawing as a whole goes by its own name
        raise LayerUnknownError(file=source.name, layer=layer, layers="、".join(layers))
    outlines, open_lines = _outlines(entities)
    if outlines.empty:
        raise DrawingEmptyError(file=source.name, lines=open_lines)
    if open_lines:
        notes.append(
            Words(f"{open_lines} 条未闭合的线没有读入", f"{open_lines} open lines were not read")
        )
    own = outlines["data"].notna()
    frame = _restored(outlines) if own.all() else _named(outlines, entities, notes)
    frame = gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)
    told = {"layer": layer or source.path.stem, "encoding": used, "notes": tuple(notes)}
    return frame, {**told, "crs_unknown": None}


def _entities(text: str, name: str) -> pd.DataFrame:
    """Let GDAL read the drawing, its texts in UTF-8: blocks and curves are resolved by it."""
    text = re.sub(r"(\$DWGCODEPAGE\s+3\s+)\S+", r"\1ANSI_1252", text, count=1)
    with tempfile.TemporaryDirectory(prefix="mutu-") as folder:
        copy = Path(folder) / "drawing.dxf"
        copy.write_text(text, "utf-8", newline="")
        before = {key: pyogrio.get_gdal_config_option(key) for key in _OPTIONS}
        pyogrio.set_gdal_config_options(_OPTIONS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                frame = pyogrio.read_dataframe(copy, layer="entities")
        except Exception as error:
            reason = str(error).strip().splitlines()[0].replace(str(copy), name)[:160]
            raise FileDamagedError(file=name, reason=reason) from error
        finally:
            pyogrio.set_gdal_config_options(before)
    for column in ("Layer", "Text", "SubClasses", "RawCodeValues"):
        if column not in frame:
            frame[column] = None
    return frame


def _outlines(entities: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return closed lines as polygons (hatches where there are none), and how many do not close."""
    values = shapely.force_2d(np.asarray(entities["geometry"].array))
    kinds = shapely.get_type_id(values)
    lines = kinds == 1
    closed = np.zeros(len(values), dtype=bool)
    closed[lines] = shapely.is_closed(values[lines])
    closed &= shapely.get_num_coordinates(values) >= 4
    shapes = values.copy()
    corners = shapely.get_num_coordinates(values[closed])
    rings = shapely.linearrings(
        shapely.get_coordinates(values[closed]), indices=np.repeat(np.arange(len(corners)), corners)
    )
    shapes[closed] = shapely.polygons(rings)
    taken = closed if closed.any() else np.isin(kinds, (3, 6))
    frame = pd.DataFrame(
        {
            "geometry": shapes[taken],
            "layer": entities["Layer"].to_numpy(dtype=object)[taken],
            "data": [_data(codes) for codes in entities["RawCodeValues"].to_numpy()[taken]],
        }
    )
    return frame, int((lines & ~closed).sum())


def _data(codes: Any) -> str | None:
    """Return the JSON of our own extended data, from "1000 text" of an entity."""
    if not isinstance(codes, list | tuple | np.ndarray):
        return None
    texts = [text[5:] for text in codes if str(text).startswith("1000 ")]
    if not texts or texts[0] != MARK:
        return None
    try:
        return base64.b64decode("".join(texts[1:]), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def extended(data: dict[str, Any]) -> str:
    """Return the text of extended data, to be cut into pieces of at most 250 bytes.

    Examples
    --------
    >>> _data([f"1000 {MARK}", "1000 " + extended({"row": 0, "名称": "甲厂"})])
    '{"row":0,"名称":"甲厂"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode("ascii")


def _restored(outlines: pd.DataFrame) -> pd.DataFrame:
    """Put the rings of each row of our own drawing together again, with its attributes."""
    rows = [json.loads(text) for text in outlines["data"]]
    number = np.array([row.pop("row", 0) for row in rows])
    order, first = np.unique(number, return_index=True)
    shapes = np.full(len(order), None, dtype=object)
    for at, row in enumerate(order):
        shapes[at] = nested(np.asarray(outlines["geometry"])[number == row])
    frame = pd.DataFrame([rows[at] for at in first], dtype=object)
    return frame.where(frame.notna(), None).assign(geometry=shapes)


def _named(outlines: pd.DataFrame, entities: pd.DataFrame, notes: list[Words]) -> pd.DataFrame:
    """Give outlines the texts inside them; one without text inside another is its hole."""
    shapes = np.asarray(outlines["geometry"], dtype=object)
    texts = entities[entities["Text"].notna()]
    spots = shapely.point_on_surface(np.asarray(texts["geometry"].array))
    owner = _smallest(shapes, spots)
    inside = pd.DataFrame(
        {"plot": owner, "text": [_clean(text) for text in texts["Text"]]}, dtype=object
    )
    inside = inside[(inside["plot"] >= 0) & (inside["text"] != "")]
    numbered = inside["text"].map(lambda text: bool(_NUMBER.match(text))).astype(bool)
    frame = pd.DataFrame({"geometry": shapes, CAD_LAYER: outlines["layer"].to_numpy(dtype=object)})
    frame.insert(0, "编号", inside[numbered].groupby("plot")["text"].first().reindex(frame.index))
    names = inside[~numbered].groupby("plot")["text"].agg(" ".join)
    frame.insert(1, "名称", names.reindex(frame.index))
    frame[["编号", "名称"]] = frame[["编号", "名称"]].astype(object)
    frame = frame.where(frame.notna(), None)
    return _holes(frame, notes)


def _clean(text: str) -> str:
    r"""Return a text of the drawing as it is read: escapes resolved, on one line.

    Examples
    --------
    >>> _clean(r"\U+7532 厂")
    '甲 厂'
    """
    plain = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), str(text))
    return " ".join(plain.split())


def _smallest(shapes: np.ndarray, spots: np.ndarray) -> np.ndarray:
    """Return for each spot the smallest shape around it, -1 where there is none."""
    found = np.full(len(spots), -1)
    spot, shape = shapely.STRtree(shapes).query(spots, predicate="intersects")
    order = np.argsort(-shapely.area(shapes[shape]), kind="stable")
    found[spot[order]] = shape[order]
    return found


def _holes(frame: pd.DataFrame, notes: list[Words]) -> pd.DataFrame:
    """Cut outlines without a text out of the one with a text that they lie in."""
    if not (frame["编号"].notna() | frame["名称"].notna()).any():
        return frame
    shapes = np.array(frame["geometry"], dtype=object)
    bare = (frame["编号"].isna() & frame["名称"].isna()).to_numpy()
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="within")
    inside = (
        bare[inner] & ~bare[outer] & (shapely.area(shapes[inner]) < shapely.area(shapes[outer]))
    )
    if not inside.any():
        return frame
    inner, outer = inner[inside], outer[inside]
    order = np.argsort(-shapely.area(shapes[outer]), kind="stable")
    home = np.full(len(shapes), -1)
    home[inner[order]] = outer[order]
    for plot in np.unique(home[home >= 0]):
        shapes[plot] = shapely.difference(shapes[plot], shapely.union_all(shapes[home == plot]))
    count = int((home >= 0).sum())
    notes.append(
        Words(
            f"{count} 个没有文字的内圈当作孔洞",
            f"{count} outlines without text inside others are taken as holes",
        )
    )
    return frame.assign(geometry=shapes)[home < 0].reset_index(drop=True)
