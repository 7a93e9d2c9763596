"""Tables that carry geometry in cells: WKT, pairs of coordinates, lists of boundary points."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gis.errors import Words
from gis.io.boundary_rings import Points, shapes_of
from gis.zones import swapped

_WKT_NAMES = frozenset({"WKT", "EWKT", "GEOMETRY", "GEOM", "THE_GEOM", "SHAPE", "图形", "几何"})
_LIST_NAMES = ("界址点", "拐点", "坐标串", "边界坐标", "四至坐标", "坐标")
_POINT_NAMES = frozenset({"点号", "界址点号", "拐点号", "点序", "点序号", "界址点序号", "POINT_NO"})
_RING_NAMES = frozenset({"圈号", "地块圈号", "环号", "RING"})
_EAST = re.compile(r"^(经度|LON|LNG|LONG|LONGITUDE|东坐标|横坐标|EASTING|POINT_X|E|东经)$")
_NORTH = re.compile(r"^(纬度|LAT|LATITUDE|北坐标|纵坐标|NORTHING|POINT_Y|N|北纬)$")
_X_OR_Y = re.compile(r"^([XY]坐标|[XY]|坐标[XY])$")
_BRACKET = re.compile(r"[(\[].*[)\]]$")
_PAIR = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[,\s]\s*([+-]?\d+(?:\.\d+)?)")
_GEOMETRY = re.compile(
    r"^\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*(?:(?:MULTI)?(?:POLYGON|POINT|LINESTRING|CURVE|SURFACE)"
    r"|CURVEPOLYGON|COMPOUNDCURVE|CIRCULARSTRING|TIN|TRIANGLE|POLYHEDRALSURFACE"
    r"|GEOMETRYCOLLECTION)\b",
    re.I,
)
_UNDRAWN = re.compile(r"CURVE|CIRCULARSTRING|SURFACE|\bTIN\b|\bTRIANGLE\b", re.I)
_NAMED = 10
_LOOK_AT = 50


@dataclass(frozen=True)
class Location:
    """Where a table keeps its geometry.

    Attributes
    ----------
    kind : str
        ``wkt``, ``list`` (all points of a plot in one cell), ``points`` (a row for each point of
        a plot) or ``xy`` (a row for each place).
    columns : tuple of str
        The heading with the geometry, or those of northings and eastings.
    ring : str or None
        Heading of ring numbers, for ``points``.
    """

    kind: str
    columns: tuple[str, ...]
    ring: str | None = None

    @property
    def areal(self) -> bool:
        """Whether polygons may come of it."""
        return self.kind != "xy"


def location_of(table: pd.DataFrame) -> Location | None:
    """Find the geometry of a table by its headings, checked against the cells; None without.

    Examples
    --------
    >>> location_of(pd.DataFrame({"编号": ["P1"], "WKT": ["POINT (120.6 27.8)"]})).kind
    'wkt'
    >>> location_of(pd.DataFrame({"编号": ["P1"], "纬度": [27.8], "经度": [120.6]})).columns
    ('纬度', '经度')
    """
    names = {str(name): _plain(name) for name in table.columns}
    for name, plain in names.items():
        if plain in _WKT_NAMES and _mostly(table[name], lambda text: bool(_GEOMETRY.match(text))):
            return Location("wkt", (name,))
        if plain.startswith(_LIST_NAMES) and _mostly(table[name], _is_list):
            return Location("list", (name,))
    pair = _pair(names)
    if pair is None or not all(_numeric(table[name]) for name in pair):
        return None
    numbered = any(plain in _POINT_NAMES for plain in names.values())
    ring = next((name for name, plain in names.items() if plain in _RING_NAMES), None)
    return Location("points" if numbered else "xy", pair, ring)


def _plain(name: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(name)).split()).upper()


def _pair(names: dict[str, str]) -> tuple[str, str] | None:
    """Return the headings of northings and eastings; a Chinese X is the northing."""
    sides = {_side(plain): name for name, plain in reversed(names.items())}
    north, east = sides.get("north"), sides.get("east")
    return None if north is None or east is None else (north, east)


def _side(plain: str) -> str | None:
    base = _BRACKET.sub("", plain)
    if _NORTH.match(base) or _EAST.match(base):
        return "north" if _NORTH.match(base) else "east"
    if not _X_OR_Y.match(base):
        return None
    if re.search("东|横|经", plain) or re.search("北|纵|纬", plain):
        return "east" if re.search("东|横|经", plain) else "north"
    return "north" if "X" in base else "east"


def _mostly(cells: pd.Series, fits: Callable[[str], bool]) -> bool:
    texts = [str(cell) for cell in cells.dropna().head(_LOOK_AT)]
    return bool(texts) and sum(map(fits, texts)) * 2 > len(texts)


def _is_list(text: str) -> bool:
    return len(_PAIR.findall(_half(text))) >= 3


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("、", ";")


def _numeric(cells: pd.Series) -> bool:
    known = cells.dropna()
    numbers = pd.to_numeric(known, errors="coerce")
    return bool(len(known)) and float(numbers.notna().mean()) > 0.5


def with_geometry(
    table: pd.DataFrame, location: Location, *, plot: str | None = None
) -> gpd.GeoDataFrame:
    """Give a table the geometry that its cells hold.

    Parameters
    ----------
    table : DataFrame
        As `gis.io.read_table` returns it, indexed by row.
    location : Location
        As `location_of` finds it.
    plot : str, optional
        Heading that names the plot, needed for ``points``: rows of one plot become one row.

    Returns
    -------
    GeoDataFrame
        Without the columns that held the geometry; None where a cell holds none. Its system is
        that of EWKT; none otherwise. ``attrs["notes"]``: what was turned or left out.
    """
    notes: list[Words] = []
    crs: pyproj.CRS | None = None
    rest = table.drop(columns=list(location.columns))
    if location.kind == "wkt":
        shapes, crs = _from_wkt(table[location.columns[0]], notes)
    elif location.kind == "list":
        shapes = _from_lists(table[location.columns[0]], notes)
    elif location.kind == "points":
        rest, shapes = _from_points(table, location, plot, notes)
    else:
        north, east = (_numbers(table[name]) for name in location.columns)
        if _turned(north, east, notes):
            north, east = east, north
        known = np.isfinite(north) & np.isfinite(east)
        shapes = np.full(len(known), None, dtype=object)
        shapes[known] = shapely.points(east[known], north[known])
    result = gpd.GeoDataFrame(rest, geometry=shapes, crs=crs)
    result.attrs = {**table.attrs, "notes": tuple(notes)}
    return result


def _numbers(cells: pd.Series) -> np.ndarray:
    return np.asarray(pd.to_numeric(cells, errors="coerce").to_numpy(dtype="float64"))


def _turned(north: np.ndarray, east: np.ndarray, notes: list[Words]) -> bool:
    """Say whether the numbers stand the other way round than the headings say; note it."""
    known = np.isfinite(north) & np.isfinite(east)
    if not known.any() or not swapped(
        float(np.median(north[known])), float(np.median(east[known]))
    ):
        return False
    notes.append(
        Words(
            "按数值判断，X、Y（经、纬）两列与标题相反，已对调",
            "by their size the two columns of coordinates are the other way round: exchanged",
        )
    )
    return True


def _from_wkt(cells: pd.Series, notes: list[Words]) -> tuple[np.ndarray, pyproj.CRS | None]:
    texts = cells.astype(object).where(cells.notna(), "").map(str)
    parts = texts.str.extract(r"^\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*(.*)$", flags=re.IGNORECASE | re.S)
    stated = parts[0].dropna().unique()
    crs = None
    if len(stated) == 1:
        try:
            crs = pyproj.CRS.from_epsg(int(stated[0]))
        except CRSError:
            notes.append(Words(f"不认识 SRID={stated[0]}", f"SRID={stated[0]} is not known"))
    undrawn = undrawn_rows(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = parts[1].mask(texts.index.isin(undrawn), "").to_numpy(dtype=object)
        shapes = shapely.from_wkt(plain, on_invalid="ignore")
    if len(undrawn):
        notes.append(undrawn_note(undrawn))
    missing = shapely.is_missing(shapes) & (texts != "").to_numpy()
    unread = int(missing.sum()) - len(undrawn)
    if unread:
        notes.append(Words(f"{unread} 行的 WKT 读不出", f"the WKT of {unread} rows cannot be read"))
    return shapes, crs


def undrawn_rows(cells: pd.Series) -> pd.Index:
    """Return the rows whose WKT holds curves or triangles, which are not taken as they are.

    Examples
    --------
    >>> undrawn_rows(pd.Series(["POINT (1 2)", None, "CIRCULARSTRING (0 0, 1 1, 2 0)"])).tolist()
    [2]
    """
    texts = cells.astype(object).where(cells.notna(), "").map(str)
    return texts.index[texts.str.contains(_UNDRAWN).to_numpy(dtype=bool)]


def undrawn_note(rows: pd.Index) -> Words:
    """Say that these rows have curves or triangles, and what to do."""
    listed = "、".join(str(row) for row in rows[:_NAMED])
    listed += " …" if len(rows) > _NAMED else ""
    return Words(
        f"{len(rows)} 行的 WKT 是曲线或三角网（第 {listed} 行），不能直接读取："
        "请在 GIS 软件中转为普通面（折线化）",
        f"the WKT of {len(rows)} rows holds curves or triangulated surfaces (rows {listed}): "
        "turn them into plain polygons first",
    )


def _from_lists(cells: pd.Series, notes: list[Words]) -> np.ndarray:
    """Read "x1,y1;x2,y2;…" in each cell; rings closed or not."""
    pairs = [_PAIR.findall(_half(str(cell))) if pd.notna(cell) else [] for cell in cells]
    plot = np.repeat(np.arange(len(pairs)), [len(found) for found in pairs])
    flat = np.array([pair for found in pairs for pair in found], dtype="float64").reshape(-1, 2)
    return _polygons(flat[:, 0], flat[:, 1], plot, np.ones(len(plot), int), len(pairs), notes)


def _polygons(
    north: np.ndarray,
    east: np.ndarray,
    plot: np.ndarray,
    ring: np.ndarray,
    count: int,
    notes: list[Words],
) -> np.ndarray:
    if _turned(north, east, []):  # pairs have no headings, so there is nothing to contradict
        north, east = east, north
    points = Points(np.arange(len(plot)) + 1, plot, ring, north.copy(), east.copy())
    return shapes_of(points, ["面"] * count, notes)[0]


def _from_points(
    table: pd.DataFrame, location: Location, plot: str | None, notes: list[Words]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Make one row of the points of a plot; a plot's name may stand in its first row only."""
    if plot is None:
        key = np.zeros(len(table), dtype=int)
    else:
        filled = table[plot].ffill()
        key = pd.factorize(filled, use_na_sentinel=False)[0]
    order = np.argsort(key, kind="stable")
    north, east = (_numbers(table[name])[order] for name in location.columns)
    ring = np.ones(len(order), dtype=int)
    if location.ring is not None:
        ring = np.nan_to_num(_numbers(table[location.ring])[order], nan=1.0).astype(int)
    count = int(key.max(initial=-1)) + 1
    shapes = _polygons(north, east, key[order], ring, count, notes)
    _, first = np.unique(key, return_index=True)
    drop = [*location.columns, *_point_headings(table.columns)]
    rest = table.iloc[first].drop(columns=[name for name in drop if name in table.columns])
    notes.append(
        Words(
            f"{len(table)} 行界址点合成 {count} 个地块", f"{len(table)} points make {count} plots"
        )
    )
    return rest, shapes


def _point_headings(names: Iterable[object]) -> list[str]:
    return [str(name) for name in names if _plain(name) in (_POINT_NAMES | _RING_NAMES)]
