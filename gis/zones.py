"""Gauss-Kruger zones of China: which EPSG code a zone, a width and a way of writing mean."""

from __future__ import annotations

import numpy as np
import pyproj

MERIDIANS_APART = {3: 3.0, 6: 6.0}
"""Zone width in degrees → how far apart the central meridians are."""

_FIRST = {3: 25, 6: 13}
_LAST = {3: 45, 6: 23}
_CODES = {
    "2000": {3: (4513, 4534), 6: (4491, 4502)},
    "80": {3: (2349, 2370), 6: (2327, 2338)},
    "54": {3: (2401, 2422), 6: (21413, 21453)},
}
"""Datum → width → EPSG code of the first zone, with the zone number in the eastings and without."""

_A_ZONE = 1_000_000


def zone_crs(
    zone: int, *, degrees: int = 3, prefix: bool = True, datum: str = "2000"
) -> pyproj.CRS | None:
    """Return the coordinate system of a zone; None where EPSG has none.

    Parameters
    ----------
    zone : int
        Number of the zone: 25 to 45 (3°), 13 to 23 (6°).
    degrees : int
        Width of the zone, 3 or 6.
    prefix : bool
        Whether eastings begin with the number of the zone.
    datum : str
        ``"2000"``, ``"80"`` (Xi'an) or ``"54"`` (Beijing).

    Examples
    --------
    >>> zone_crs(40).to_epsg(), zone_crs(40, prefix=False).to_epsg(), zone_crs(21, degrees=6).name
    (4528, 4549, 'CGCS2000 / Gauss-Kruger zone 21')
    """
    if degrees not in _FIRST or not _FIRST[degrees] <= zone <= _LAST[degrees]:
        return None
    code = _CODES[datum][degrees][0 if prefix else 1] + zone - _FIRST[degrees]
    return pyproj.CRS.from_epsg(code)


def zone_at(longitude: float, *, degrees: int = 3) -> int:
    """Return the zone that a longitude lies in.

    Examples
    --------
    >>> zone_at(120.65), zone_at(120.65, degrees=6), zone_at(118.4)
    (40, 21, 39)
    """
    if degrees == 6:
        return int(longitude // 6) + 1
    return int(np.floor(longitude / 3 + 0.5))


def meridian_zone(meridian: float, *, degrees: int = 3) -> int | None:
    """Return the zone whose central meridian that is; None where it is no zone's.

    Examples
    --------
    >>> meridian_zone(120), meridian_zone(123, degrees=6), meridian_zone(120.5)
    (40, 21, None)
    """
    zone = meridian / 3 if degrees == 3 else (meridian + 3) / 6
    return int(zone) if zone == int(zone) else None


def zone_in(easting: float) -> int | None:
    """Return the number of the zone that an easting begins with; None where it has none.

    Examples
    --------
    >>> zone_in(40_564_065.4), zone_in(564_065.4), zone_in(3_074_231.2)
    (40, None, None)
    """
    zone, rest = divmod(easting, _A_ZONE)
    known = 13 <= zone <= 45 and 100_000 <= rest < 900_000
    return int(zone) if known else None


def is_northing(value: float) -> bool:
    """Say whether a number can only be a distance from the equator within China.

    Examples
    --------
    >>> is_northing(3_074_231.2), is_northing(564_065.4)
    (True, False)
    """
    return 1_800_000 < value < 6_000_000


def is_easting(value: float) -> bool:
    """Say whether a number can only be an easting, with the number of its zone or without.

    Examples
    --------
    >>> is_easting(564_065.4), is_easting(40_564_065.4), is_easting(3_074_231.2)
    (True, True, False)
    """
    return 100_000 <= value < 900_000 or zone_in(value) is not None


def swapped(first: float, second: float) -> bool | None:
    """Say of a typical pair (north, east) whether it is the other way round; None: cannot tell.

    Examples
    --------
    >>> swapped(3_074_231.2, 40_564_065.4), swapped(564_065.4, 3_074_231.2), swapped(50.0, 60.0)
    (False, True, None)
    >>> swapped(120.6, 27.8)
    True
    """
    if (is_northing(first) and is_easting(second)) or _latitude_first(first, second):
        return False
    if (is_easting(first) and is_northing(second)) or _latitude_first(second, first):
        return True
    return None


def _latitude_first(first: float, second: float) -> bool:
    return 3 <= first <= 54 and 73 <= second <= 136
