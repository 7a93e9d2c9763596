"""Where the data of a file would fall in each system it may be in: shown, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gis.crs import COUNTY_CRS, old_system
from gis.errors import CrsMissingError, GisError, UserError, Words
from gis.io.reading import read_as_is
from gis.stated_crs import StatedCrs, read_statement, spoken_name

_SAMPLE = 2_000
_MOST = 0.5
_KM_PER_DEG = 111.0
_ZONES_3, _ZONES_6 = range(25, 46), range(13, 24)
_UNPREFIXED = (4549, 4548, 4550, 3857, 32651, 32650)


@dataclass(frozen=True)
class Candidate:
    """One way to read the coordinates, and where the data then falls.

    Attributes
    ----------
    said : str
        What to give as ``crs``; empty for what the file declares.
    name : Words
        Name of the system.
    share : float
        Share (0–1) of the shapes whose middle lies in the county.
    lon, lat : float or None
        The middle of all, degrees in EPSG:4490.
    km : float or None
        Distance of that middle from the county.
    """

    said: str
    name: Words
    share: float
    lon: float | None
    lat: float | None
    km: float | None

    @property
    def sentence(self) -> Words:
        """Say in one sentence where the data falls."""
        label = f"{self.said}（{self.name}）" if self.said else str(self.name)
        label_en = f"{self.said} ({self.name.en})" if self.said else self.name.en
        if self.lon is None or self.lat is None or self.km is None:
            return Words(f"按 {label}：换算不出位置", f"as {label_en}: no place at all")
        zh = f"按 {label}：中心在东经 {self.lon:.4f}°、北纬 {self.lat:.4f}°，"
        en = f"as {label_en}: centred at {self.lon:.4f}°E, {self.lat:.4f}°N, "
        if self.share > 0 or self.km == 0:
            part = f"{100 * self.share:.0f} %"
            return Words(f"{zh}{part} 的图形在县界内", f"{en}{part} of the shapes in the county")
        away = f"{self.km:,.0f}"
        return Words(f"{zh}离县界约 {away} 公里", f"{en}about {away} km from the county")


@dataclass(frozen=True)
class PlaceReport:
    """Evidence of the coordinate system of one layer; nothing is decided by it.

    Attributes
    ----------
    source_name, layer : str
        What was looked at.
    rows : int
        Shapes that have coordinates.
    declared : Words or None
        Name of the system that the file declares.
    problem : UserError or None
        Why the layer cannot be read with what it declares alone (or with what was said).
    candidates : tuple of Candidate
        The way that was declared or said first, then the others, most inside first.
    verdict : str
        ``fits`` (as declared or said, most lies in the county), ``elsewhere`` (it does not, and
        nothing else does), ``other_fits`` (it does not, another way does), ``ask`` (nothing is
        declared: the user says which).
    """

    source_name: str
    layer: str
    rows: int
    declared: Words | None
    problem: UserError | None
    candidates: tuple[Candidate, ...]
    verdict: str

    @property
    def proposals(self) -> tuple[Candidate, ...]:
        """The ways in which most of the data lies in the county and that can be said."""
        return tuple(found for found in self.candidates if found.share >= _MOST and found.said)

    @property
    def sentence(self) -> Words:
        """Say what the evidence comes to."""
        if self.verdict == "fits":
            return Words(
                f"坐标系可用：{self.candidates[0].sentence}",
                f"The system fits: {self.candidates[0].sentence.en}",
            )
        if not self.proposals:
            known = self.candidates[:1] if self.problem is None else ()
            zh = "".join(f"{found.sentence}。" for found in known)
            en = "".join(f"{found.sentence.en}. " for found in known)
            return Words(
                f"{zh}没有一种常用坐标系能让多数图形落在县内：请向提供单位确认，或检查是否选错了文件",
                f"{en}No usual system puts most shapes in the county: ask whoever made the file",
            )
        zh = "；".join(str(found.sentence) for found in self.proposals[:3])
        en = "; ".join(found.sentence.en for found in self.proposals[:3])
        return Words(
            f"参考：{zh}。位置只能排除错带和颠倒，分辨不出西安 80、北京 54 与火星坐标，"
            "请核实后用 --crs 指明",
            f"For reference: {en}. The place tells wrong zones and exchanged axes, but not "
            "Xi'an 80, Beijing 54 or GCJ-02: make sure, then give --crs",
        )

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {
            "file": self.source_name,
            "layer": self.layer,
            "rows": self.rows,
            "declared": None if self.declared is None else self.declared.say(lang),
            "problem": None if self.problem is None else self.problem.say(lang),
            "verdict": self.verdict,
            "sentence": self.sentence.say(lang),
            "candidates": [
                {
                    "crs": found.said,
                    "name": found.name.say(lang),
                    "inside_share": found.share,
                    "lon": found.lon,
                    "lat": found.lat,
                    "distance_km": found.km,
                    "sentence": found.sentence.say(lang),
                }
                for found in self.candidates
            ],
        }


def place_evidence(
    path: Path | str,
    layer: str | None = None,
    *,
    county: shapely.Geometry,
    crs: Any = None,
    encoding: str | None = None,
) -> PlaceReport:
    """Say where a layer would fall in each system that its numbers allow; writes nothing.

    Parameters
    ----------
    path, layer, crs, encoding
        As `gis.io.read`.
    county : shapely.Geometry
        The area to hold it against, EPSG:4490.

    Raises
    ------
    GisError
        If the file cannot be read at all.
    """
    path = Path(path)
    frame, details = read_as_is(path, layer, encoding)
    return weigh(frame, county=county, crs=crs, source_name=path.name, layer=str(details["layer"]))


def weigh(
    frame: gpd.GeoDataFrame,
    *,
    county: shapely.Geometry,
    crs: Any = None,
    source_name: str,
    layer: str = "",
) -> PlaceReport:
    """Weigh a frame as the file has it; as `place_evidence`."""
    points, rows = _middles(frame)
    declared = frame.crs
    problem: UserError | None = None
    first: list[Candidate] = []
    try:
        said = StatedCrs() if crs is None else read_statement(crs)
        used = said.system(declared, file=source_name)
        first.append(_candidate(points, said, used, "" if crs is None else str(crs), county))
    except GisError as error:
        problem = error
    others = [
        _candidate(points, said, said.system(declared, file=source_name), word, county)
        for word, said in _ways(points, declared)
    ]
    others = [found for found in others if not any(_same(found, known) for known in first)]
    others.sort(key=lambda found: -found.share)  # stable: the usual ones stay before the others
    if first and first[0].share >= _MOST:
        verdict = "fits"
    elif isinstance(problem, CrsMissingError) or (problem is None and not first):
        verdict = "ask"
    else:
        verdict = "other_fits" if any(found.share >= _MOST for found in others) else "elsewhere"
    name = None if declared is None else spoken_name(declared)
    return PlaceReport(source_name, layer, rows, name, problem, (*first, *others), verdict)


def _same(one: Candidate, other: Candidate) -> bool:
    return one.name == other.name and ("swap" in one.said) == ("swap" in other.said)


def _middles(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Return the middles of at most `_SAMPLE` shapes, evenly taken, and how many there are."""
    bounds = shapely.bounds(np.asarray(frame.geometry.array))
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    rows = len(bounds)
    bounds = bounds[:: max(1, rows // _SAMPLE)]
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y)), rows


def _ways(points: gpd.GeoDataFrame, declared: Any) -> Iterator[tuple[str, StatedCrs]]:
    """Give the ways that the numbers allow, the usual ones first."""
    if points.empty:
        return
    x, y = np.median(points.geometry.x), np.median(points.geometry.y)
    if declared is not None and _old(declared):
        yield "converted", read_statement("converted")
        return
    over = "" if declared is None else "+converted"
    degrees = max(abs(x), abs(y)) <= 180
    for east, north, end in ((x, y, ""), (y, x, "+swap")):
        for code in _codes(float(east), float(north), degrees=degrees):
            word = f"EPSG:{code}{end}{over}"
            yield word, read_statement(word)


def _old(declared: Any) -> bool:
    try:
        return old_system(declared) is not None
    except GisError:
        return False


def _codes(east: float, north: float, *, degrees: bool) -> Iterator[int]:
    """Give EPSG codes that an easting and a northing can be in."""
    if degrees:
        if abs(north) <= 90:
            yield COUNTY_CRS
        return
    zone = int(east // 1_000_000)
    if zone in _ZONES_3:
        yield 4513 + zone - _ZONES_3.start
    elif zone in _ZONES_6:
        yield 4491 + zone - _ZONES_6.start
    else:
        yield from _UNPREFIXED


def _candidate(
    points: gpd.GeoDataFrame,
    said: StatedCrs,
    used: pyproj.CRS,
    word: str,
    county: shapely.Geometry,
) -> Candidate:
    with np.errstate(invalid="ignore"):
        placed = said.placed(said.mended(points), used).geometry
    values = np.asarray(placed.array)
    known = values[np.isfinite(shapely.bounds(values)).all(axis=1)]
    name = spoken_name(used)
    if not len(known):
        return Candidate(word, name, 0.0, None, None, None)
    shapely.prepare(county)
    share = float(shapely.intersects(county, known).sum()) / len(values)
    lon, lat = (float(np.median(axis)) for axis in (shapely.get_x(known), shapely.get_y(known)))
    away = float(shapely.distance(county, shapely.Point(lon, lat))) * _KM_PER_DEG
    return Candidate(word, name, share, lon, lat, away)
