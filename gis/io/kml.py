"""KML at the door: all folders of a file as one layer, its descriptions as columns.

Exports of 奥维 (Ovital) draw plots as closed tracks and keep their facts as text: both are taken.
"""

from __future__ import annotations

import html
import re
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gis.errors import FileDamagedError, FileEmptyError, Words
from gis.formats import Source
from gis.io.layers import choose_layer, first_line, layer_names

FOLDER = "文件夹"
"""Heading of the folder that a placemark lies in, where there are several."""

_OWN = {"Name": "名称", "description": "描述"}
_TECHNICAL = (
    "id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
    "drawOrder", "icon", "snippet", "Snippet",
)  # fmt: skip
_CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|[\r\n]+", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_LINE = re.compile(r"^\s*([^:：<>]{1,20}?)\s*[:：]\s*(.*?)\s*$")
_OVITAL = (b"ovital", b"Ovital", b"OVITAL", "奥维".encode())
_HEAD = 1 << 16


def read_kml(source: Source, layer: str | None) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the placemarks of a KML in longitude and latitude.

    Parameters
    ----------
    source : Source
        The file.
    layer : str, optional
        One folder only.

    Returns
    -------
    GeoDataFrame
        名称, 描述, the extended data and what descriptions hold as "name: value" or as tables;
        closed lines are polygons. WGS 84 by the format.
    dict
        layer, encoding, notes, crs_unknown.

    Raises
    ------
    FileDamagedError, FileEmptyError
        If it does not open, or has no placemark.
    """
    names = [name for name, _ in layer_names(source)]
    if layer is not None:
        names = [choose_layer(source, layer)]
    notes: list[Words] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = [pyogrio.read_dataframe(source.path, layer=name) for name in names]
    except Exception as error:
        raise FileDamagedError(file=source.name, reason=first_line(error)) from error
    parts = [
        part.assign(**{FOLDER: name}) if len(names) > 1 else part
        for name, part in zip(names, parts, strict=True)
        if isinstance(part, gpd.GeoDataFrame) and len(part)
    ]
    if not parts:
        raise FileEmptyError(file=source.name)
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    frame = _with_facts(_plain(frame))
    frame = _closed(frame, notes)
    with source.path.open("rb") as file:
        head = file.read(_HEAD)
    if any(mark in head for mark in _OVITAL):
        notes.append(
            Words(
                "奥维导出的坐标可能带火星坐标（GCJ-02）偏移，约 500 米：请在地图上核对",
                "coordinates exported by Ovital may be shifted (GCJ-02, some 500 m): "
                "check them on the map",
            )
        )
    inside = layer or source.path.stem
    told = {"layer": inside, "encoding": "UTF-8 (format)", "notes": tuple(notes)}
    return frame, {**told, "crs_unknown": None}


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out what only says how a placemark is drawn, and columns without a value."""
    unused = [
        name
        for name in frame.columns
        if name in _TECHNICAL or (name in _OWN and frame[name].isna().all())
    ]
    return frame.drop(columns=unused).rename(columns=_OWN)


def _with_facts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make columns of what descriptions say; a description that says no more is left out."""
    if "描述" not in frame:
        return frame
    texts = frame["描述"].astype(object).where(frame["描述"].notna(), "").map(str)
    facts = pd.DataFrame([facts_in(text) for text in texts], index=frame.index, dtype=object)
    facts = facts.drop(columns=[name for name in facts.columns if name in frame.columns])
    if facts.empty or not len(facts.columns):
        return frame
    facts = facts.where(facts.notna(), None)
    return gpd.GeoDataFrame(
        pd.concat([frame.drop(columns=["描述", frame.geometry.name]), facts], axis=1),
        geometry=frame.geometry,
    )


def facts_in(description: str) -> dict[str, str]:
    """Return name → value of a description: a table of two columns, or lines "name: value".

    Examples
    --------
    >>> facts_in("<table><tr><td>权利人</td><td>甲厂</td></tr></table>")
    {'权利人': '甲厂'}
    >>> facts_in("面积：15亩<br/>备注：无")
    {'面积': '15亩', '备注': '无'}
    """
    cells = [_text(cell) for cell in _CELL.findall(description)]
    if len(cells) >= 2:
        pairs = zip(cells[::2], cells[1::2], strict=False)
        return {name.rstrip(":："): value for name, value in pairs if name}
    lines = [_LINE.match(_text(line)) for line in _BREAK.split(description)]
    return {found.group(1): found.group(2) for found in lines if found}


def _text(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup)).strip()


def _closed(frame: gpd.GeoDataFrame, notes: list[Words]) -> gpd.GeoDataFrame:
    """Make polygons of lines that end where they begin."""
    values = np.asarray(frame.geometry.array)
    closed = closed_lines(values)
    if not closed.any():
        return frame
    shapes = values.copy()
    shapes[closed] = shapely.polygons(shapely.linearrings(
        shapely.get_coordinates(values[closed]),
        indices=np.repeat(np.arange(closed.sum()), shapely.get_num_coordinates(values[closed])),
    ))  # fmt: skip
    count = int(closed.sum())
    notes.append(Words(f"{count} 条闭合的线当作面", f"{count} closed lines are taken as polygons"))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def closed_lines(values: np.ndarray) -> np.ndarray:
    """Say which geometries are lines that close and hold an area (at least three corners)."""
    lines = shapely.get_type_id(values) == 1
    result = np.zeros(len(values), dtype=bool)
    result[lines] = shapely.is_closed(values[lines])
    return np.asarray(result & (shapely.get_num_coordinates(values) >= 4))
