"""The printed map of a county: where renewal stands, with all that a map must carry."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from PIL import Image, ImageDraw
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from gis.crs import METRIC_CRS
from layers.styles import NOT_IN_RENEWAL, STAGE_STYLES
from reports.packet.facts import PacketFacts
from reports.packet.fonts import font
from reports.packet.words import label, mu, text

SIZE = (2400, 1500)
_FINER = 2
"""Everything is drawn twice as large and brought down, which smooths its edges."""
_PANEL, _HEAD, _FOOT = 560, 110, 96
_INK, _QUIET, _RED = "#2b2622", "#6b6460", "#b3261e"
_WATER, _ROAD, _TOWN, _PAPER = "#cfe1ea", "#d8ccb6", "#a9a1b5", "#fbfaf7"
_ROUND_M = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
_LEAST_DOT, _MARGIN = 5.0, 0.04

Box = tuple[float, float, float, float]


@dataclass
class _Map:
    """The picture under way, and where metres fall on it (in drawn pixels)."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    left: float
    top: float
    per_px: float
    room: Box
    taken: list[Box] = field(default_factory=list)

    def px(self, xy: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
        x0, y0 = self.room[0], self.room[1]
        return [
            (x0 + (x - self.left) / self.per_px, y0 + (self.top - y) / self.per_px)
            for x, y, *_ in xy
        ]


def county_map(facts: PacketFacts, *, review_no: str = "") -> bytes:
    """Return the map of renewal stages as PNG, 2400 × 1500; the same facts give the same bytes.

    Parameters
    ----------
    facts : PacketFacts
        Parcels with their stage, and the layers to draw under them.
    review_no : str
        审图号; its slot says that it is to be filled in where it is empty.
    """
    parcels = facts.desk.to_crs(METRIC_CRS)
    drawn = _sheet(parcels)
    names = _ground(drawn, facts)
    _parcels(drawn, parcels)
    _names(drawn, names)
    _frame(drawn)
    _watermark(drawn, facts.say("internal"))
    _furniture(drawn, facts)
    _head_and_foot(drawn, facts)
    _panel(drawn, facts, review_no)
    told = io.BytesIO()
    drawn.image.reduce(_FINER).save(told, "PNG", dpi=(200, 200))
    return told.getvalue()


def _px(value: float) -> int:
    return round(value * _FINER)


def _sheet(parcels: gpd.GeoDataFrame) -> _Map:
    """Fit the parcels into the room of the map."""
    room = (40.0, float(_HEAD), SIZE[0] - _PANEL - 20.0, SIZE[1] - float(_FOOT))
    known = parcels.geometry[parcels.geometry.notna() & ~parcels.geometry.is_empty]
    staged = known[parcels.loc[known.index, "stage"].notna().to_numpy()]
    shown = staged if len(staged) else known
    west, south, east, north = shown.total_bounds if len(shown) else (0.0, 0.0, 1_000.0, 1_000.0)
    wide, high = room[2] - room[0], room[3] - room[1]
    span = max((east - west) / wide, (north - south) / high, 0.5)
    per_px = span * (1 + 2 * _MARGIN)
    image = Image.new("RGB", (SIZE[0] * _FINER, SIZE[1] * _FINER), _PAPER)
    return _Map(
        image=image,
        draw=ImageDraw.Draw(image),
        left=(west + east) / 2 - wide / 2 * per_px,
        top=(south + north) / 2 + high / 2 * per_px,
        per_px=per_px / _FINER,
        room=(room[0] * _FINER, room[1] * _FINER, room[2] * _FINER, room[3] * _FINER),
    )


def _view(drawn: _Map) -> Polygon:
    x0, y0, x1, y1 = drawn.room
    wide, high = (x1 - x0) * drawn.per_px, (y1 - y0) * drawn.per_px
    return box(drawn.left, drawn.top - high, drawn.left + wide, drawn.top)


def _cut(layer: gpd.GeoDataFrame | None, view: Polygon) -> gpd.GeoDataFrame | None:
    """Return what of a layer lies in view, cut at its edge, in metres."""
    if layer is None or layer.empty:
        return None
    here = layer.to_crs(METRIC_CRS)
    here = here[here.geometry.notna() & here.intersects(view)]
    return here.assign(**{here.geometry.name: shapely.make_valid(here.geometry).intersection(view)})


def _ground(drawn: _Map, facts: PacketFacts) -> list[tuple[str, BaseGeometry]]:
    """Draw water, roads and the limits of towns; return the towns' names and shapes."""
    view = _view(drawn)
    x0, y0, x1, y1 = drawn.room
    drawn.draw.rectangle((x0, y0, x1, y1), fill="#ffffff")
    for part in _parts(_cut(facts.layers.get("river"), view)):
        if isinstance(part, Polygon):
            drawn.draw.polygon(drawn.px(part.exterior.coords), fill=_WATER)
            for hole in part.interiors:
                drawn.draw.polygon(drawn.px(hole.coords), fill="#ffffff")
        elif isinstance(part, LineString):
            drawn.draw.line(drawn.px(part.coords), fill=_WATER, width=_px(4))
    for part in _parts(_cut(facts.layers.get("roads"), view)):
        if isinstance(part, LineString):
            drawn.draw.line(drawn.px(part.coords), fill=_ROAD, width=_px(3), joint="curve")
    towns = _cut(facts.layers.get("towns"), view)
    if towns is None:
        return []
    for part in _parts(towns.set_geometry(towns.boundary.intersection(view))):
        if isinstance(part, LineString):
            _dashes(drawn, part)
    column = "town" if "town" in towns else "name"
    if column not in towns:
        return []
    return list(zip(towns[column].astype(str), towns.geometry, strict=True))


def _parts(layer: gpd.GeoDataFrame | None) -> list[BaseGeometry]:
    if layer is None:
        return []
    return [part for part in shapely.get_parts(layer.geometry.to_numpy()) if not part.is_empty]


def _dashes(drawn: _Map, line: LineString) -> None:
    step = 9 * _FINER * drawn.per_px
    starts = np.arange(0, line.length, 2 * step)
    for start in starts:
        ends = [line.interpolate(at) for at in (start, min(start + step, line.length))]
        drawn.draw.line(drawn.px([(end.x, end.y) for end in ends]), fill=_TOWN, width=_px(1.5))


def _parcels(drawn: _Map, parcels: gpd.GeoDataFrame) -> None:
    """Draw parcels as outlines, and those in renewal as dots in the colour of their stage."""
    known = parcels[parcels.geometry.notna() & ~parcels.geometry.is_empty]
    idle = known[known["stage"].isna()]
    for part in shapely.get_parts(idle.geometry.to_numpy()):
        if isinstance(part, Polygon):
            drawn.draw.polygon(drawn.px(part.exterior.coords), fill=NOT_IN_RENEWAL.fill)
    staged = known[known["stage"].notna()]
    order = {style.key: at for at, style in enumerate(STAGE_STYLES)}
    fills = [style.fill for style in STAGE_STYLES]
    rank = staged["stage"].map(order).fillna(0).to_numpy(dtype=int)
    by_stage = np.argsort(rank, kind="stable")
    centres = staged.geometry.representative_point()
    spots = drawn.px(zip(centres.x, centres.y, strict=True))
    radius = np.sqrt(staged.geometry.area.to_numpy() / np.pi) / drawn.per_px
    radius = np.clip(radius, _LEAST_DOT * _FINER, 14 * _FINER)
    credited = staged["credited_m2"].to_numpy(dtype=float)
    late = staged["overdue"].to_numpy(dtype=bool)
    for at in by_stage:
        (x, y), r = spots[at], radius[at]
        edge, width = (_INK, _px(2)) if credited[at] != 0 else ("#8d857c", 1)
        drawn.draw.ellipse((x - r, y - r, x + r, y + r), fill=fills[rank[at]], outline=edge,
                           width=width)  # fmt: skip
    for at in by_stage[late[by_stage]]:
        (x, y), r = spots[at], radius[at]
        _flag(drawn, x + 0.7 * r, y - 0.7 * r)


def _flag(drawn: _Map, x: float, y: float) -> None:
    size = _px(5)
    drawn.draw.polygon([(x, y - 2 * size), (x + size, y), (x - size, y)], fill=_RED)


def _names(drawn: _Map, names: list[tuple[str, BaseGeometry]]) -> None:
    """Write the names of the towns where they cover no other."""
    told = font(_px(24))
    for said, shape in names:
        if shape.is_empty:
            continue
        spot = shape.representative_point()
        x, y = drawn.px([(spot.x, spot.y)])[0]
        said = text(said, 10)
        wide = drawn.draw.textlength(said, font=told)
        place = (x - wide / 2, y - _px(14), x + wide / 2, y + _px(14))
        inside = place[0] > drawn.room[0] and place[2] < drawn.room[2]
        inside &= place[1] > drawn.room[1] and place[3] < drawn.room[3]
        if not inside or any(_meet(place, other) for other in drawn.taken):
            continue
        drawn.taken.append(place)
        drawn.draw.text(
            (x, y), said, font=told, fill="#5a4f6b", anchor="mm",
            stroke_width=_px(3), stroke_fill="#ffffff",
        )  # fmt: skip


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _frame(drawn: _Map) -> None:
    """Clean what ran over the edge of the map, and draw its frame."""
    x0, y0, x1, y1 = drawn.room
    wide, high = drawn.image.size
    for edge in ((0, 0, wide, y0), (0, y1, wide, high), (0, 0, x0, high), (x1, 0, wide, high)):
        drawn.draw.rectangle(edge, fill=_PAPER)
    drawn.draw.rectangle((x0, y0, x1, y1), outline=_INK, width=_px(2))


def _watermark(drawn: _Map, said: str) -> None:
    """Write "for internal work only" across the map, faint and again and again."""
    x0, y0, x1, y1 = (round(value) for value in drawn.room)
    told = font(_px(54))
    wide = round(told.getlength(said))
    one = Image.new("L", (wide + _px(20), _px(80)), 0)
    ImageDraw.Draw(one).text((_px(10), _px(8)), said, font=told, fill=38)
    turned = one.rotate(28, expand=True, resample=Image.Resampling.BICUBIC)
    cover = Image.new("L", (x1 - x0, y1 - y0), 0)
    step_x, step_y = turned.width + _px(180), turned.height + _px(60)
    for row, top in enumerate(range(_px(30), cover.height, step_y)):
        for left in range(-(row % 2) * step_x // 2, cover.width, step_x):
            cover.paste(turned, (left, top))
    drawn.image.paste(_QUIET, (x0, y0), mask=cover)


def _furniture(drawn: _Map, facts: PacketFacts) -> None:
    """Draw scale bar and north arrow."""
    draw, (x0, _, x1, y1) = drawn.draw, drawn.room
    per = drawn.per_px
    length = max((m for m in _ROUND_M if m / per <= _px(420)), default=_ROUND_M[0])
    bar, left, low = length / per, x0 + _px(40), y1 - _px(40)
    draw.rectangle((left - _px(16), low - _px(56), left + bar + _px(60), low + _px(18)),
                   fill="#ffffff")  # fmt: skip
    half = left + bar / 2
    draw.rectangle((left, low - _px(10), half, low), fill=_INK)
    draw.rectangle((half, low - _px(10), left + bar, low), outline=_INK, width=_px(2))
    unit = f"{length / 1000:g} km" if length >= 1000 else f"{length} m"
    for at, said in ((left, "0"), (left + bar, unit)):
        draw.text((at, low - _px(18)), said, font=font(_px(22)), fill=_INK, anchor="ms")
    x, y = x1 - _px(64), drawn.room[1] + _px(40)
    draw.rectangle((x - _px(40), y - _px(20), x + _px(40), y + _px(110)), fill="#ffffff")
    arrow = [(x, y), (x - _px(20), y + _px(66)), (x, y + _px(52)), (x + _px(20), y + _px(66))]
    draw.polygon(arrow, fill=_INK)
    draw.text((x, y + _px(88)), facts.say("north"), font=font(_px(30)), fill=_INK, anchor="mm")


def _head_and_foot(drawn: _Map, facts: PacketFacts) -> None:
    title = facts.say("map_title", county=facts.context.county)
    if facts.context.is_sample:
        title += f"（{facts.say('sample')}）" if facts.lang == "zh" else f" ({facts.say('sample')})"
    drawn.draw.text(
        (_px(SIZE[0] / 2), _px(_HEAD / 2)), title, font=font(_px(44)), fill=_INK, anchor="mm"
    )
    first, rule = facts.provenance()
    top = SIZE[1] - _FOOT + 22
    drawn.draw.text((_px(40), _px(top)), first, font=font(_px(20)), fill=_QUIET)
    wide = _px(SIZE[0] - 80)
    drawn.draw.text((_px(40), _px(top + 36)), _fit(rule, _px(16), wide), font=font(_px(16)),
                    fill=_QUIET)  # fmt: skip


def _fit(said: str, size: int, wide: float) -> str:
    """Cut a line where it would leave the sheet."""
    told = font(size)
    if told.getlength(said) <= wide:
        return said
    while said and told.getlength(said + "…") > wide:
        said = said[:-1]
    return said + "…"


def _panel(drawn: _Map, facts: PacketFacts, review_no: str) -> None:
    """Draw the legend with counts and areas, and the slot of the review number."""
    draw, left, top = drawn.draw, SIZE[0] - _PANEL + 20, _HEAD + 10
    draw.text((_px(left), _px(top)), facts.say("legend"), font=font(_px(30)), fill=_INK)
    top += 72
    stages = facts.now.funnel.set_index("stage")
    right = SIZE[0] - 40
    for style in STAGE_STYLES:
        count, area = stages.loc[style.key, ["parcels", "area_m2"]]
        spot = (_px(left), _px(top - 11), _px(left + 22), _px(top + 11))
        draw.ellipse(spot, fill=style.fill, outline="#8d857c", width=_px(1))
        said = label("stage", style.key, facts.lang)
        _row(draw, left, right, top, said, f"{int(count):,} · {mu(area)} {facts.say('mu')}")
        top += 42
    idle = int(facts.desk["stage"].isna().sum())
    spot = (_px(left), _px(top - 11), _px(left + 22), _px(top + 11))
    draw.rectangle(spot, fill=NOT_IN_RENEWAL.fill, outline="#8d857c", width=_px(1))
    _row(draw, left, right, top, facts.say("not_in"), f"{idle:,}")
    top += 60
    credited = facts.credited.loc[facts.credited["credited_m2"] != 0, "parcel_id"].nunique()
    draw.ellipse((_px(left), _px(top - 11), _px(left + 22), _px(top + 11)), outline=_INK,
                 width=_px(3))  # fmt: skip
    done = f"{credited:,} · {mu(facts.now.credited_m2)} {facts.say('mu')}"
    _row(draw, left, right, top, facts.say("credited_mark"), done)
    top += 42
    _flag(drawn, _px(left + 11), _px(top + 6))
    _row(draw, left, right, top, facts.say("overdue_mark"), f"{len(facts.now.overdue):,}")
    top = SIZE[1] - _FOOT - 110
    draw.text((_px(left), _px(top)), facts.say("internal"), font=font(_px(28)), fill=_RED)
    slot = facts.say("review_no") + (
        text(review_no, 24) if review_no else facts.say("not_assigned")
    )
    draw.text((_px(left), _px(top + 52)), slot, font=font(_px(24)), fill=_INK)


def _row(
    draw: ImageDraw.ImageDraw, left: float, right: float, middle: float, said: str, value: str
) -> None:
    draw.text((_px(left + 40), _px(middle)), said, font=font(_px(23)), fill=_INK, anchor="lm")
    draw.text((_px(right), _px(middle)), value, font=font(_px(23)), fill=_INK, anchor="rm")
