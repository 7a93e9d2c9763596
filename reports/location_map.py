"""Maps of one parcel or a few sites, drawn offline: neighbours, roads, water, town names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from shapely import GeometryCollection, LineString, MultiLineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from gis.crs import METRIC_CRS

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Point = tuple[float, float]

FONTS: tuple[tuple[str, int], ...] = (
    ("msyh.ttc", 0), ("simhei.ttf", 0), ("simsun.ttc", 0), ("Deng.ttf", 0), ("simfang.ttf", 0),
    ("NotoSansCJK-Regular.ttc", 2), ("NotoSansSC-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0), ("SourceHanSansCN-Regular.otf", 0),
    ("NotoSerifCJK-Regular.ttc", 2), ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0), ("DroidSansFallbackFull.ttf", 0), ("PingFang.ttc", 0),
    ("STHeiti Light.ttc", 0),
)  # fmt: skip
"""Fonts with Chinese characters, by file name, as Windows, Linux and macOS have them."""

_ROUND_LENGTHS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_ROADS = {"motorway": 7, "national": 5, "provincial": 5}
_LEAST_VIEW_M, _TIMES_PARCEL, _TIMES_SITES = 600.0, 4.0, 1.5
_MOST_NAME = 14
_INK, _RED, _LAND, _NEAR = "#2b2622", "#b3261e", "#f6dcd6", "#e9e2d6"
_WATER, _ROAD, _EDGE, _TOWN = "#bfd9e6", "#b9a98f", "#a59c8d", "#7a6f88"


@dataclass(frozen=True)
class Surroundings:
    """What is drawn around a parcel, EPSG:4549; what is absent is not drawn.

    Attributes
    ----------
    parcels : GeoDataFrame
        The parcels of the county, with ``geometry`` only or more.
    roads, river, towns : GeoDataFrame, optional
        With ``name`` (roads, river) or ``town``; ``road_class`` sets the width.
    """

    parcels: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)


@dataclass
class _Sheet:
    """The picture and where metres fall on it."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    left: float
    top: float
    per_px: float
    font: Font
    small: Font
    chinese: bool
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def px(self, xy: Iterable[Point]) -> list[Point]:
        return [((x - self.left) / self.per_px, (self.top - y) / self.per_px) for x, y in xy]


@cache
def chinese_font(size: int) -> Font | None:
    """Return the first font of `FONTS` that this computer has, None where it has none."""
    for name, index in FONTS:
        try:
            return ImageFont.truetype(name, size, index=index)
        except OSError:
            continue
    return None


def location_png(
    parcel: BaseGeometry | None,
    parcel_id: str,
    around: Surroundings,
    *,
    lang: str = "zh",
    size: tuple[int, int] = (1000, 720),
) -> bytes | None:
    """Return the location map of a parcel as PNG, None where its place is not known.

    Parameters
    ----------
    parcel : geometry
        Outline in EPSG:4549.
    parcel_id : str
        Left out of the neighbours.
    around : Surroundings
        What is drawn around it.
    size : tuple of int
        Width and height in pixels.
    """
    if parcel is None or parcel.is_empty:
        return None
    west, south, east, north = parcel.bounds
    seen = max(_LEAST_VIEW_M, _TIMES_PARCEL * (east - west), (north - south) * _TIMES_PARCEL)
    sheet = _sheet(parcel.bounds, size, seen / min(size))
    view = _view(sheet)
    names = _around(sheet, view, parcel_id, around)
    _fill(sheet, parcel, _LAND, _RED, 5)
    _furniture(sheet, size, lang)
    at = parcel.representative_point()
    x, y = sheet.px([(at.x, at.y)])[0]
    sheet.taken.append((x - 60, y - 40, x + 60, y + 40))
    for said, shape, colour in names:
        _label(sheet, said, shape.intersection(view), colour)
    return _png(sheet)


def sites_png(
    sites: Mapping[str, BaseGeometry],
    around: Surroundings,
    *,
    lang: str = "zh",
    size: tuple[int, int] = (1000, 640),
) -> bytes | None:
    """Return the map of a few sites with their marks as PNG, None where no place is known.

    Parameters
    ----------
    sites : mapping of str to geometry
        Mark (a number or a letter) → outline in EPSG:4549.
    around : Surroundings
        What is drawn around them; only towns are named.
    size : tuple of int
        Width and height in pixels.
    """
    known = {mark: one for mark, one in sites.items() if one is not None and not one.is_empty}
    if not known:
        return None
    west, south, east, north = bounds = GeometryCollection(list(known.values())).bounds
    span = max((east - west) / size[0], (north - south) / size[1]) * _TIMES_SITES
    sheet = _sheet(bounds, size, max(span, 2 * _LEAST_VIEW_M / min(size)))
    view = _view(sheet)
    towns = around.layers.get("towns")
    named = {name for _, name in _inside(towns, view, "town")}
    names = [one for one in _around(sheet, view, "", around) if one[0] in named]
    for shape in known.values():
        _fill(sheet, shape, _RED, _RED, 2)
    _furniture(sheet, size, lang)
    for mark, shape in reversed(known.items()):
        _mark(sheet, mark, shape)
    for said, shape, colour in names:
        _label(sheet, said, shape.intersection(view), colour)
    return _png(sheet)


def _view(sheet: _Sheet) -> Polygon:
    wide, high = (side * sheet.per_px for side in sheet.image.size)
    return box(sheet.left, sheet.top - high, sheet.left + wide, sheet.top)


def _png(sheet: _Sheet) -> bytes:
    told = io.BytesIO()
    sheet.image.save(told, "PNG", optimize=True)
    return told.getvalue()


def _mark(sheet: _Sheet, mark: str, shape: BaseGeometry) -> None:
    """Put a mark beside a site, or where there is room near it, with a line to the site."""
    at = shape.representative_point()
    x, y = sheet.px([(at.x, at.y)])[0]
    spots = [(x + dx, y + dy) for reach in (46, 92) for dx, dy in
             ((reach, -reach), (-reach, -reach), (reach, reach), (-reach, reach))]  # fmt: skip
    boxes = [(u - 26, v - 26, u + 26, v + 26) for u, v in spots]
    free = [
        one for one in boxes
        if one[0] > 0 and one[1] > 0 and one[2] < sheet.image.width
        and one[3] < sheet.image.height and not any(_overlap(one, other) for other in sheet.taken)
    ]  # fmt: skip
    place = (free or boxes)[0]
    u, v = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    sheet.draw.line([(x, y), (u, v)], fill=_RED, width=4)
    sheet.draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=_RED)
    sheet.draw.ellipse(place, fill="#ffffff", outline=_RED, width=4)
    sheet.draw.text((u, v), mark, font=sheet.font, fill=_RED, anchor="mm")
    sheet.taken += [place, (x - 8, y - 8, x + 8, y + 8)]


def _around(
    sheet: _Sheet, view: Polygon, parcel_id: str, around: Surroundings
) -> list[tuple[str, BaseGeometry, str]]:
    """Draw water, neighbours, roads and towns; return their names, shapes and colours."""
    river, roads, towns = (around.layers.get(name) for name in ("river", "roads", "towns"))
    names: list[tuple[str, BaseGeometry, str]] = []
    for shape, name in _inside(river, view, "name"):
        _fill(sheet, shape, _WATER, None)
        names.append((name, shape, "#3d7f9c"))
    near = around.parcels.geometry
    for shape, other in _inside(near.rename("geometry").to_frame().assign(name=near.index), view):
        if other != parcel_id:
            _fill(sheet, shape, _NEAR, _EDGE)
    for shape, name in _inside(roads, view, "name", "road_class"):
        said, _, kind = name.partition("\n")
        _stroke(sheet, shape, _ROAD, _ROADS.get(kind, 3))
        names.append((said, shape, "#6d5c3d"))
    for shape, name in _inside(towns, view, "town"):
        _dashes(sheet, shape.boundary.intersection(view), _TOWN)
        names.append((name, shape, _TOWN))
    return names


def metric(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer in EPSG:4549, as the map is drawn."""
    return frame.to_crs(METRIC_CRS)


def _sheet(
    bounds: tuple[float, float, float, float], size: tuple[int, int], per_px: float
) -> _Sheet:
    west, south, east, north = bounds
    image = Image.new("RGB", size, "#fbfaf7")
    font, small = chinese_font(26), chinese_font(22)
    return _Sheet(
        image=image,
        draw=ImageDraw.Draw(image),
        left=(west + east) / 2 - size[0] / 2 * per_px,
        top=(south + north) / 2 + size[1] / 2 * per_px,
        per_px=per_px,
        font=font or ImageFont.load_default(26),
        small=small or ImageFont.load_default(22),
        chinese=font is not None,
    )


def _inside(
    layer: gpd.GeoDataFrame | None, view: Polygon, *columns: str
) -> list[tuple[BaseGeometry, str]]:
    """Return the shapes of a layer in view, cut at its edge, with their names."""
    if layer is None or layer.empty:
        return []
    names = columns or ("name",)
    mine = layer.iloc[np.sort(layer.sindex.query(view, predicate="intersects"))]
    texts = [
        mine[name].astype(object).where(mine[name].notna(), "").astype(str)
        if name in mine
        else [""] * len(mine)
        for name in names
    ]
    cut = mine.geometry.intersection(view.buffer(view.length / 50))
    found = zip(cut, *texts, strict=True)
    return [(shape, "\n".join(said)) for shape, *said in found if not shape.is_empty]


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return list(getattr(shape, "geoms", [shape]))


def _fill(sheet: _Sheet, shape: BaseGeometry, fill: str, edge: str | None, width: int = 1) -> None:
    for part in _parts(shape):
        if not isinstance(part, Polygon) or part.is_empty:
            continue
        if not part.interiors:
            sheet.draw.polygon(sheet.px(part.exterior.coords), fill=fill)
            _ring(sheet, part.exterior, edge, width)
            continue
        layer = Image.new("L", sheet.image.size, 0)
        pen = ImageDraw.Draw(layer)
        pen.polygon(sheet.px(part.exterior.coords), fill=255)
        for hole in part.interiors:
            pen.polygon(sheet.px(hole.coords), fill=0)
        sheet.image.paste(fill, mask=layer)
        for ring in (part.exterior, *part.interiors):
            _ring(sheet, ring, edge, width)


def _ring(sheet: _Sheet, ring: BaseGeometry, edge: str | None, width: int) -> None:
    if edge is not None:
        sheet.draw.line(sheet.px(ring.coords), fill=edge, width=width, joint="curve")


def _stroke(sheet: _Sheet, shape: BaseGeometry, colour: str, width: int) -> None:
    for part in _parts(shape):
        if isinstance(part, LineString) and not part.is_empty:
            sheet.draw.line(sheet.px(part.coords), fill=colour, width=width, joint="curve")


def _dashes(sheet: _Sheet, shape: BaseGeometry, colour: str) -> None:
    step = 14 * sheet.per_px
    for part in _parts(shape):
        if not isinstance(part, LineString) or part.is_empty:
            continue
        for start in np.arange(0, part.length, 2 * step):
            ends = [part.interpolate(d) for d in (start, min(start + step, part.length))]
            sheet.draw.line(sheet.px([(p.x, p.y) for p in ends]), fill=colour, width=2)


def _label(sheet: _Sheet, said: str, shape: BaseGeometry, colour: str) -> None:
    """Write a name in the middle of what is seen of its shape, unless it would cover another."""
    said = " ".join(said.split())
    if not said or shape.is_empty or not (sheet.chinese or said.isascii()):
        return
    if len(said) > _MOST_NAME:
        said = said[: _MOST_NAME - 1] + "…"
    if isinstance(shape, LineString | MultiLineString):
        longest = max(_parts(shape), key=lambda part: part.length)
        at = longest.interpolate(0.5, normalized=True)
    elif isinstance(shape, Polygon | MultiPolygon):
        at = shape.representative_point()
    else:
        return
    x, y = sheet.px([(at.x, at.y)])[0]
    wide = sheet.draw.textlength(said, font=sheet.small)
    x = min(max(x, wide / 2 + 8), sheet.image.width - wide / 2 - 8)
    y = min(max(y, 20), sheet.image.height - 20)
    place = (x - wide / 2 - 4, y - 16, x + wide / 2 + 4, y + 16)
    if any(_overlap(place, other) for other in sheet.taken):
        return
    sheet.taken.append(place)
    sheet.draw.text(
        (x, y), said, font=sheet.small, fill=colour, anchor="mm" if sheet.chinese else None,
        stroke_width=3, stroke_fill="#ffffff",
    )  # fmt: skip


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _furniture(sheet: _Sheet, size: tuple[int, int], lang: str) -> None:
    """Draw frame, scale bar and north arrow."""
    draw, (wide, high) = sheet.draw, size
    length = max(
        (m for m in _ROUND_LENGTHS if m / sheet.per_px <= wide / 4), default=_ROUND_LENGTHS[0]
    )
    bar = length / sheet.per_px
    left, low = 24, high - 24
    draw.rectangle((left - 10, low - 46, left + bar + 14, low + 10), fill="#ffffff")
    draw.line([(left, low - 10), (left, low), (left + bar, low), (left + bar, low - 10)],
              fill=_INK, width=3)  # fmt: skip
    unit = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    draw.text((left, low - 42), unit, font=sheet.small, fill=_INK)
    x, y = wide - 44, 20
    draw.rectangle((x - 24, y - 10, x + 24, y + 86), fill="#ffffff")
    draw.polygon([(x, y), (x - 13, y + 46), (x, y + 36), (x + 13, y + 46)], fill=_INK)
    north = "北" if sheet.chinese and lang == "zh" else "N"
    draw.text((x - 13 if north == "北" else x - 8, y + 48), north, font=sheet.font, fill=_INK)
    draw.rectangle((0, 0, wide - 1, high - 1), outline=_INK, width=2)
    sheet.taken += [
        (left - 10, low - 46, left + bar + 14, low + 10),
        (x - 24, y - 10, x + 24, y + 86),
    ]
