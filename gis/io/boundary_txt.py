"""界址点 TXT at the door: lists of boundary points as survey offices hand them over.

Plots become rows and their rings polygons. What deviates from the layout but is certain from the
numbers is taken and told in a note; what is not certain is refused or left without geometry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from gis.errors import GisError, Words
from gis.io.boundary_rings import Points, shapes_of
from gis.io.encoding import text_encoding
from gis.zones import meridian_zone, swapped, zone_crs, zone_in

PLOT_COLUMNS = ("地块编号", "地块名称", "图幅号", "地块用途", "地类编码")
"""Headings of the text facts of a plot, in the order of a frame that is read."""

AREA_COLUMN = "地块面积(公顷)"
"""Heading of the area as the file states it."""

_MANY = 12
_COLON = re.compile("[：:]")
_SYSTEM_KEYS = ("坐标系", "坐标系统", "坐标系名称")
_MARKS = str.maketrans({"【": "[", "】": "]", "［": "[", "］": "]", "＝": "=", "＠": "@"})
_SECTION = re.compile(r"^\s*\[(.*)\]\s*$")
_KIND = re.compile(r",\s*(面|线|点)\s*,")
_AREA = re.compile(r"^([0-9.]+)\s*(公顷|ha|hm2|亩|平方米|m2|㎡|m²)?$", re.IGNORECASE)
_TO_HA = {"亩": 1 / 15, "平方米": 1e-4, "m2": 1e-4, "㎡": 1e-4, "m²": 1e-4}
_UNIT_MISTAKES = ((1.0, "公顷", "ha"), (15.0, "亩", "mu"), (10_000.0, "平方米", "m²"))


class BoundaryTextError(GisError):
    """A text that is no list of boundary points."""

    zh = (
        "文本 {file} 不是界址点文件：里面没有“[地块坐标]”段，也没有以 @ 结尾的地块行。"
        "如果是表格，请另存为 .csv 再试。"
    )
    en = (
        "Text {file} is no list of boundary points: it has neither a section [地块坐标] nor plot "
        "lines that end in @. If it is a table, save it as .csv."
    )


class BoundaryZonesError(GisError):
    """Parts of one file that lie in different systems."""

    zh = "文件 {file} 里有几种坐标系或带号（{found}）：请按坐标系拆成几个文件再试。"
    en = "File {file} mixes coordinate systems or zones ({found}): split it by system."


@dataclass
class _Text:
    """Lines of a file, told apart."""

    facts: dict[str, str] = field(default_factory=dict)
    repeated: dict[str, set[str]] = field(default_factory=dict)
    lines: list[tuple[int, str]] = field(default_factory=list)
    section: bool = False


def read_boundary_txt(
    path: Path, *, encoding: str | None, name: str
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the plots of a 界址点 TXT in its own coordinates.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str, optional
        States the encoding; UTF-8 or GB 18030 is told from the bytes otherwise.
    name : str
        What the user calls the file.

    Returns
    -------
    GeoDataFrame
        A row for each plot: 地块编号, 地块名称, 图幅号, 地块用途, 地类编码 (text or None),
        地块面积(公顷) (as stated; a unit written behind it is honoured), 界址点数. Its system is
        the one that the head of the file and the eastings give; none where they do not say.
    dict
        encoding, notes, crs_unknown (a system that is named but not understood).

    Raises
    ------
    BoundaryTextError, BoundaryZonesError
        If it is no such file, or mixes systems.
    EncodingUnknownError, EncodingWrongError
        If the text cannot be decoded.
    """
    raw = path.read_bytes()
    used = text_encoding(raw, given=encoding, name=name)
    text = _taken_apart(raw.decode(used))
    if not text.lines or not (text.section or any(_is_plot(line) for _, line in text.lines)):
        raise BoundaryTextError(file=name)
    notes: list[Words] = []
    plots, points = _plots_and_points(text, notes)
    _refuse_mixture(text, points, name)
    _turn(points, notes)
    found, unknown = _system(text.facts, points, notes)
    shapes, number, rows = shapes_of(points, plots["kind"].tolist(), notes)
    frame = gpd.GeoDataFrame(plots.drop(columns="kind"), geometry=shapes, crs=found)
    frame.insert(len(frame.columns) - 1, "界址点数", number)
    degrees = found is not None and found.is_geographic
    _note_numbers(frame, rows, notes)
    frame = _with_areas(frame, metric=not degrees, notes=notes)
    told: dict[str, Any] = {"encoding": used, "notes": tuple(notes), "crs_unknown": unknown}
    return frame, told


def _taken_apart(text: str) -> _Text:
    """Tell facts of the head from the lines of plots and points; brackets may be full width."""
    result = _Text()
    in_head = True
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.translate(_MARKS).strip().strip("\ufeff\x1a")
        if section := _SECTION.match(plain):
            in_head = "坐标" not in section.group(1)
            result.section |= not in_head
            continue
        key, sign, value = _COLON.sub("=", plain, count=1).partition("=")
        if in_head and sign and not _is_plot(plain):
            result.repeated.setdefault(key.strip(), set()).add(value.strip())
            result.facts.setdefault(key.strip(), value.strip())
        elif plain and (not in_head or _is_plot(plain) or not result.section):
            result.lines.append((number, plain))
    return result


def _is_plot(line: str) -> bool:
    return line.rstrip(", ，").endswith("@") or bool(_KIND.search(line.replace("，", ",")))


def _plots_and_points(text: _Text, notes: list[Words]) -> tuple[pd.DataFrame, Points]:
    """Take plot lines and point lines apart; points without a plot line make plots by ring."""
    numbers = np.array([number for number, _ in text.lines])
    lines = pd.Series([line for _, line in text.lines], dtype=object)
    heads = lines.map(_is_plot).to_numpy(dtype=bool)
    plain = lines[~heads].str.normalize("NFKC").str.replace(r"\s*,\s*", ",", regex=True)
    spaced = ~plain.str.contains(",", regex=False)
    plain = plain.where(~spaced, plain.str.replace(r"\s+", ",", regex=True)).str.strip(" ,;")
    plot = np.cumsum(heads)[~heads] - 1
    points = Points.from_lines(plain.tolist(), numbers[~heads], plot)
    if not heads.any():
        points = points.by_ring()
        notes.append(
            Words("没有地块行，按圈号分成各地块", "no plot lines: plots are told by their rings")
        )
    elif (plot < 0).any():
        points = points.kept(plot >= 0)
        notes.append(
            Words("首个地块行之前的坐标没有读入", "points before the first plot line were not read")
        )
    count = int(heads.sum()) or int(points.plot.max(initial=-1)) + 1
    return _plot_facts(lines[heads].tolist(), count), points


def _plot_facts(lines: list[str], count: int) -> pd.DataFrame:
    """Read the facts of plots: nine fields before @, more in some provinces, or none."""
    rows = [_plot_row(line) for line in lines] or [{} for _ in range(count)]
    frame = pd.DataFrame(rows, columns=[*PLOT_COLUMNS, "area", "stated", "kind"])
    texts = frame[[*PLOT_COLUMNS, "area", "stated"]].astype(object)
    frame[[*PLOT_COLUMNS, "area", "stated"]] = texts.where(texts.notna(), None)
    frame["kind"] = frame["kind"].astype(object).where(frame["kind"].notna(), "面")
    return frame


def _plot_row(line: str) -> dict[str, str | None]:
    if line.count(",") < 3:
        line = line.replace("，", ",")
    cells = [cell.strip() for cell in line.split(",")]
    cells = [cell for cell in cells if cell != "@"]
    cells = [cell.rstrip("@").strip() for cell in cells] + [""] * 9
    number, area, code, name, kind, sheet, use, land = cells[:8]
    found = {
        "stated": number,
        "area": area,
        "地块编号": code,
        "地块名称": name,
        "图幅号": sheet,
        "地块用途": use,
        "地类编码": land,
    }
    return {key: value or None for key, value in found.items()} | {"kind": kind[:1] or "面"}


def _refuse_mixture(text: _Text, points: Points, name: str) -> None:
    for key in ("坐标系", "带号", "几度分带"):
        if len(found := text.repeated.get(key, set())) > 1:
            raise BoundaryZonesError(file=name, found="、".join(sorted(found)))
    zones = {zone_in(value) for value in np.unique(points.east // 1_000_000) * 1e6 + 500_000}
    known = sorted(zone for zone in zones if zone is not None)
    if len(known) > 1:
        raise BoundaryZonesError(file=name, found="、".join(map(str, known)))


def _turn(points: Points, notes: list[Words]) -> None:
    """Turn points whose first number can only be the easting; say so."""
    north, east = points.typical()
    if not swapped(north, east):
        return
    points.north, points.east = points.east, points.north
    notes.append(
        Words(
            "X、Y 两列写反了（第一列是横坐标），已对调",
            "X and Y stand the other way round (eastings first) and were exchanged",
        )
    )


def _system(
    facts: dict[str, str], points: Points, notes: list[Words]
) -> tuple[pyproj.CRS | None, str | None]:
    """Return the system of the file, or the name of one that is not understood."""
    north, east = points.typical()
    stated = next(
        (facts[key] for key in ("坐标系", "坐标系统", "坐标系名称") if facts.get(key)), None
    )
    datum = _datum(stated)
    if facts.get("转换参数", "").strip(" ,，0."):
        notes.append(Words("文件带有转换参数，未使用", "transformation parameters were not used"))
    if stated is not None and datum is None:
        return None, stated
    if datum is None:
        return None, None
    if 3 <= north <= 54 and 73 <= east <= 136:
        codes = {"2000": 4490, "80": 4610, "54": 4214}
        return pyproj.CRS.from_epsg(codes[datum]), None
    return _zone(facts, east, datum, notes), None


def _datum(stated: str | None) -> str | None:
    plain = (stated or "").upper()
    for mark, datum in (("2000", "2000"), ("80", "80"), ("西安", "80"), ("54", "54")):
        if mark in plain:
            return datum
    return "54" if "北京" in plain else None


def _zone(facts: dict[str, str], east: float, datum: str, notes: list[Words]) -> pyproj.CRS | None:
    """Find the zone: the number in the eastings weighs more than the one in the head."""
    degrees = _whole(facts.get("几度分带"))
    stated = _whole(facts.get("带号"))
    meridian = _number(facts.get("中央子午线") or facts.get("中央经线"))
    written = zone_in(east)
    if degrees not in (3, 6):
        degrees = 6 if (written or stated or 40) < 25 else 3
    if stated is None and meridian is not None:
        stated = meridian_zone(meridian, degrees=degrees)
        if stated is None and written is None and datum == "2000":
            return pyproj.CRS.from_user_input(
                f"+proj=tmerc +lon_0={meridian} +x_0=500000 +ellps=GRS80 +units=m"
            )
    if written is not None and stated not in (None, written):
        notes.append(
            Words(
                f"文件头写带号 {stated}，横坐标却以 {written} 开头：以坐标为准",
                f"the head says zone {stated}, the eastings begin with {written}: these count",
            )
        )
    zone = stated if written is None else written
    if zone is None:
        return None
    if (zone < 25) != (degrees == 6):
        degrees = 9 - degrees
        notes.append(
            Words(
                f"带号 {zone} 是 {degrees} 度带的带号，以带号为准",
                f"zone {zone} is one of {degrees} degrees: the zone counts",
            )
        )
    return zone_crs(zone, degrees=degrees, prefix=written is not None, datum=datum)


def _whole(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None else int(number)


def _number(text: str | None) -> float | None:
    found = re.search(r"\d+(?:\.\d+)?", text or "")
    return float(found.group()) if found else None


def _note_numbers(frame: gpd.GeoDataFrame, rows: np.ndarray, notes: list[Words]) -> None:
    """Compare the stated number of points with those there are, closing ones counted or not."""
    stated = pd.to_numeric(frame.pop("stated"), errors="coerce").to_numpy(dtype="float64")
    wrong = (stated < frame["界址点数"].to_numpy()) | (stated > rows)
    _note_rows(
        notes, frame, wrong, "界址点数与声明不符", "the number of points is not the stated one"
    )


def _with_areas(frame: gpd.GeoDataFrame, *, metric: bool, notes: list[Words]) -> gpd.GeoDataFrame:
    """Bring stated areas to hectares and compare them with the plane area of the coordinates."""
    parts = frame.pop("area").astype("str").str.extract(_AREA)
    unit = parts[1].str.lower().map(_TO_HA).fillna(1.0)
    stated = pd.to_numeric(parts[0], errors="coerce") * unit
    frame.insert(2, AREA_COLUMN, stated.to_numpy(dtype="float64"))
    measured = shapely.area(np.asarray(frame.geometry.array)) / 10_000
    known = np.isfinite(stated.to_numpy()) & (measured > 0) & metric
    with np.errstate(divide="ignore", invalid="ignore"):
        share = stated.to_numpy() / measured
    close = {factor: np.abs(share / factor - 1) <= 0.01 for factor, _, _ in _UNIT_MISTAKES}
    for factor, zh, en in _UNIT_MISTAKES[1:]:
        _note_rows(
            notes,
            frame,
            known & close[factor],
            f"声明面积像是以{zh}为单位（应为公顷）",
            f"the stated area looks like {en}, not hectares",
        )
    _note_rows(
        notes,
        frame,
        known & ~np.logical_or.reduce(list(close.values())),
        "声明面积与坐标算出的面积相差超过 1 %",
        "stated area and that of the coordinates differ by over 1 %",
    )
    fits = known & close[1.0]
    if fits.any():
        plots, said, found = int(fits.sum()), stated[fits].sum(), measured[fits].sum()
        notes.append(
            Words(
                f"{plots} 个地块声明共 {said:.4f} 公顷，按坐标（平面）算为 {found:.4f} 公顷",
                f"{plots} plots state {said:.4f} ha; their coordinates make {found:.4f} ha",
            )
        )
    return frame


def _note_rows(
    notes: list[Words], frame: gpd.GeoDataFrame, mask: np.ndarray, zh: str, en: str
) -> None:
    """Add one note for all rows that a fault touches, with the first of their names."""
    at = np.flatnonzero(mask)
    if not len(at):
        return
    names = [str(frame["地块编号"].iloc[row] or f"#{row + 1}") for row in at[:_MANY]]
    more = "…" if len(at) > _MANY else ""
    notes.append(Words(f"{zh}（{'、'.join(names)}{more}）", f"{en} ({', '.join(names)}{more})"))
