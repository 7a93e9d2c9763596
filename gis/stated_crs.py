"""What the user says of a file's coordinates: a system, a grid, a shift, a swap, parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pyproj
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from gis.crs import COUNTY_CRS, normalise, old_system, reconcile, to_county
from gis.datum import SHIFTS, four_parameters, from_web_map, seven_parameters, swapped
from gis.errors import CrsMissingError, GisError, Words

GRAMMAR = (
    "EPSG:4549 · gcj02 · bd09 · local:cm=120.5,x0=50000,y0=0 · swap · converted · "
    "EPSG:2385+seven=dX,dY,dZ,rX,rY,rZ,ppm · EPSG:4549+four=dN,dE,rot,ppm"
)
"""What may be said, joined by ``+``; numbers are metres, arc seconds and parts per million."""

_PART = re.compile(r"\+(?=[a-z])", re.IGNORECASE)
_SHIFT_WORDS = {"gcj02": "gcj02", "gcj-02": "gcj02", "bd09": "bd09", "bd-09": "bd09"}
_LOCAL = {"cm": None, "x0": 500_000.0, "y0": 0.0, "k": 1.0}
_FALSE_EAST = 500_000.0


class CrsStatementError(GisError):
    """What was said of the coordinates is not understood."""

    zh = "看不懂对坐标的说明“{said}”：可用的写法有 {grammar}，各项之间用加号连接。"
    en = "What is said of the coordinates, “{said}”, is not understood: write {grammar}."


@dataclass(frozen=True)
class StatedCrs:
    """What the user says of the coordinates of one file.

    Attributes
    ----------
    crs : pyproj.CRS or None
        The system named, after what else is said was applied; None: the one that is declared.
    swap : bool
        X and Y are exchanged in the file.
    shift : str or None
        A key of `gis.datum.SHIFTS`.
    converted : bool
        The coordinates are on CGCS2000, whatever the file declares.
    seven, four : tuple of float or None
        Parameters, as `gis.datum.seven_parameters` and `gis.datum.four_parameters`.
    """

    crs: pyproj.CRS | None = None
    swap: bool = False
    shift: str | None = None
    converted: bool = False
    seven: tuple[float, ...] | None = None
    four: tuple[float, ...] | None = None

    @property
    def overrules(self) -> bool:
        """Whether what the file declares does not count any more."""
        return self.converted or self.four is not None

    def system(self, declared: Any, *, file: str) -> pyproj.CRS:
        """Return the system of the coordinates, after `mended`.

        Raises
        ------
        CrsMissingError, CrsDiffersError, CrsUnknownError, DatumRefusedError
            As `gis.crs.reconcile`.
        """
        if self.converted and self.crs is None:
            if declared is None:
                raise CrsMissingError(file=file)
            return on_cgcs2000(pyproj.CRS.from_user_input(declared))
        if self.overrules and self.crs is not None:
            return self.crs
        if self.seven is not None:
            return self._old(declared, file)
        if self.shift is not None and self.crs is None and declared is None:
            return pyproj.CRS.from_epsg(COUNTY_CRS)
        return reconcile(declared, self.crs, file=file)

    def _old(self, declared: Any, file: str) -> pyproj.CRS:
        """Return the old system that the seven parameters lead away from."""
        if self.crs is None and declared is None:
            raise CrsMissingError(file=file)
        stated = self.crs if declared is None else old_system(declared)
        if stated is None or (
            self.crs is not None and not stated.equals(self.crs, ignore_axis_order=True)
        ):
            raise CrsStatementError(said=Words("七参数", "seven parameters"), grammar=GRAMMAR)
        return stated

    def mended(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the frame with its own coordinates put right: X and Y, four parameters."""
        if self.swap:
            frame = swapped(frame)
        return frame if self.four is None else four_parameters(frame, self.four)

    def placed(self, frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
        """Return a mended frame in EPSG:4490."""
        if self.seven is not None:
            return seven_parameters(frame, crs, self.seven)
        found = to_county(frame, crs)
        return found if self.shift is None else from_web_map(found, self.shift)

    def notes(self) -> Iterator[Words]:
        """Say what was done to the coordinates."""
        if self.swap:
            yield Words("按说明对调了 X 与 Y 坐标", "X and Y were exchanged, as stated")
        if self.shift is not None:
            name = SHIFTS[self.shift]
            yield Words(
                f"坐标由 {name} 反算而来（非官方算法），仅供显示，不得作为测绘成果",
                f"coordinates were taken back from {name} by an unofficial formula: "
                "for display only, no survey",
            )
        if self.converted:
            named = spoken_name(self.crs or pyproj.CRS.from_epsg(COUNTY_CRS))
            if self.crs is None:
                named = Words("2000 国家大地坐标系", "CGCS2000")
            yield Words(
                f"经办人确认坐标已是{named}，未采用文件的声明",
                f"the coordinates are stated to be in {named.en} already; "
                "what the file declares was passed over",
            )
        if self.seven is not None or self.four is not None:
            which = ("七", "seven") if self.seven is not None else ("四", "four")
            values = ", ".join(f"{value:g}" for value in self.seven or self.four or ())
            yield Words(
                f"已按经办人提供的{which[0]}参数转换（{values}）",
                f"converted with the {which[1]} parameters given ({values})",
            )


def read_statement(said: Any) -> StatedCrs:
    """Understand what is said of the coordinates.

    Parameters
    ----------
    said : Any
        As `gis.crs.normalise` takes it, or words as in `GRAMMAR`; a `StatedCrs` is passed.

    Raises
    ------
    CrsStatementError
        If a word or number is not understood.
    CrsUnknownError, DatumRefusedError
        As `gis.crs.normalise`; an old datum is taken with ``seven`` or ``converted`` only.

    Examples
    --------
    >>> read_statement("EPSG:4549+swap").swap, read_statement("bd09").shift
    (True, 'bd09')
    >>> read_statement("local:cm=120.5,x0=50000").crs.name
    'local grid CM 120.5°'
    """
    if isinstance(said, StatedCrs):
        return said
    if not isinstance(said, str) or "[" in said or "proj=" in said.lower() or "{" in said:
        return StatedCrs(crs=normalise(said))
    facts: dict[str, Any] = {}
    named: str | None = None
    for part in _PART.split(said.strip()):
        word, _, rest = part.strip().partition("=")
        key = word.strip().lower()
        if key in _SHIFT_WORDS and not rest:
            fact: tuple[str, Any] = ("shift", _SHIFT_WORDS[key])
        elif key in ("swap", "converted") and not rest:
            fact = (key, True)
        elif key in ("seven", "four"):
            fact = (key, _numbers(rest, 7 if key == "seven" else 4, said))
        elif named is None:
            named = part.strip()
            continue
        else:
            raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
        if fact[0] in facts:
            raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
        facts[fact[0]] = fact[1]
    return _checked(facts, named, said)


def _checked(facts: dict[str, Any], named: str | None, said: str) -> StatedCrs:
    ways = [key for key in ("shift", "converted", "seven", "four") if key in facts]
    if len(ways) > 1 or ("four" in facts and named is None):
        raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
    if named is None:
        return StatedCrs(**facts)
    if named.lower().startswith("local:"):
        return StatedCrs(crs=_local(named, said), **facts)
    if "seven" in facts:
        if (found := old_system(named)) is None:
            raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
        return StatedCrs(crs=found, **facts)
    if "converted" in facts and (found := old_system(named)) is not None:
        return StatedCrs(crs=on_cgcs2000(found), **facts)
    return StatedCrs(crs=normalise(named), **facts)


def _numbers(text: str, count: int, said: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != count or not all(map(math.isfinite, values)):
        raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
    return values


def _local(named: str, said: str) -> pyproj.CRS:
    """Build a grid from ``local:cm=…,x0=…,y0=…,k=…``; only the central meridian is needed."""
    facts: dict[str, Any] = dict(_LOCAL)
    for part in named.partition(":")[2].split(","):
        key, _, value = part.partition("=")
        if key.strip().lower() not in _LOCAL:
            raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
        facts[key.strip().lower()] = _numbers(value, 1, said)[0]
    sane = facts["cm"] is not None and 70 <= facts["cm"] <= 140 and 0.9 < facts["k"] < 1.1
    if not sane:
        raise CrsStatementError(said=said[:80], grammar=GRAMMAR)
    return gauss_grid(facts["cm"], facts["x0"], facts["y0"], facts["k"])


def gauss_grid(
    central: float, east: float = _FALSE_EAST, north: float = 0.0, scale: float = 1.0
) -> pyproj.CRS:
    """Return the Gauss-Kruger grid of a central meridian and offsets on CGCS2000.

    Parameters
    ----------
    central : float
        Central meridian in degrees; one of 3° or 6° with the usual offset gets its EPSG form.
    east, north : float
        False easting and northing in metres.
    scale : float
        Scale on the central meridian.

    Examples
    --------
    >>> [gauss_grid(120).to_epsg(), gauss_grid(120, 40_500_000).to_epsg()]
    [4549, 4528]
    >>> [gauss_grid(123, 21_500_000).to_epsg(), gauss_grid(120.5, 50_000).to_epsg()]
    [4499, None]
    """
    code = _code(central, east) if north == 0 and scale == 1 else None
    if code is not None:
        return pyproj.CRS.from_epsg(code)
    conversion = TransverseMercatorConversion(
        latitude_natural_origin=0.0,
        longitude_natural_origin=central,
        false_easting=east,
        false_northing=north,
        scale_factor_natural_origin=scale,
    )
    return ProjectedCRS(
        conversion,
        name=f"local grid CM {central:g}°",
        geodetic_crs=pyproj.CRS.from_epsg(COUNTY_CRS),
    )


def _code(central: float, east: float) -> int | None:
    """EPSG codes: 3° zones 25-45 (75°-135°E), 6° zones 13-23, with and without zone number."""
    three, six = central / 3, (central + 3) / 6
    if three.is_integer() and 25 <= three <= 45:
        zone = int(three)
        if east == _FALSE_EAST:
            return 4534 + zone - 25
        if east == zone * 1e6 + _FALSE_EAST:
            return 4513 + zone - 25
    if six.is_integer() and 13 <= six <= 23 and east == int(six) * 1e6 + _FALSE_EAST:
        return 4491 + int(six) - 13
    return None


def on_cgcs2000(crs: pyproj.CRS) -> pyproj.CRS:
    """Return the same grid on CGCS2000: for coordinates that are there already.

    Raises
    ------
    CrsUnknownError, DatumRefusedError
        As `gis.crs.normalise`, if it is neither Xi'an 80 nor Beijing 54.

    Examples
    --------
    >>> [on_cgcs2000(pyproj.CRS.from_epsg(code)).to_epsg() for code in (2385, 2416, 2335, 4610)]
    [4549, 4528, 4499, 4490]
    """
    found = old_system(crs)
    if found is None:
        return normalise(crs)
    if found.is_geographic or found.coordinate_operation is None:
        return pyproj.CRS.from_epsg(COUNTY_CRS)
    facts = {item.name.lower(): float(item.value) for item in found.coordinate_operation.params}
    return gauss_grid(
        facts.get("longitude of natural origin", 0.0),
        facts.get("false easting", 0.0),
        facts.get("false northing", 0.0),
        facts.get("scale factor at natural origin", 1.0),
    )


def spoken_name(crs: pyproj.CRS) -> Words:
    """Name a system in both languages.

    Examples
    --------
    >>> str(spoken_name(pyproj.CRS.from_epsg(4549)))
    '2000 国家大地坐标系，中央经线 120°'
    >>> spoken_name(pyproj.CRS.from_epsg(4528)).en
    'CGCS2000, central meridian 120°, eastings with zone 40'
    """
    if crs.is_geographic and "2000" in crs.name:
        return Words("2000 国家大地坐标系经纬度", "CGCS2000 longitude and latitude")
    if crs.is_geographic and "84" in crs.name:
        return Words("WGS 84 经纬度", "WGS 84 longitude and latitude")
    operation, base = crs.coordinate_operation, crs.geodetic_crs
    if operation is None or base is None or "2000" not in base.name:
        return Words(crs.name)
    facts = {item.name.lower(): float(item.value) for item in operation.params}
    central, east = facts.get("longitude of natural origin"), facts.get("false easting", 0.0)
    if central is None:
        return Words(crs.name)
    zh, en = (
        f"2000 国家大地坐标系，中央经线 {central:g}°",
        f"CGCS2000, central meridian {central:g}°",
    )
    if east == _FALSE_EAST:
        return Words(zh, en)
    if east > 1e6:
        zone = int(east // 1e6)
        return Words(f"{zh}，横坐标带带号 {zone}", f"{en}, eastings with zone {zone}")
    return Words(f"{zh}，横坐标加 {east:g} 米", f"{en}, false easting {east:g} m")
