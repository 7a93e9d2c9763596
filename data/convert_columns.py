"""Columns of several files under one another: one heading, one kind of value for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.intake_columns import field_key, unit_factor, unit_in
from data.schema import field as term
from gis.errors import Words

_ONE_KIND = frozenset({"string", "integer", "floating", "mixed-integer-float", "boolean", "empty"})
_NAMED = 10


def stacked(frames: Sequence[gpd.GeoDataFrame], notes: list[str]) -> gpd.GeoDataFrame:
    """Put the rows of several files under one another.

    A column stands under that of an earlier file with the same heading, whatever its case, or of
    the same field of the dictionary; numbers are brought to the unit of the earlier heading.

    Parameters
    ----------
    frames : sequence of GeoDataFrame
        One for each file, in one coordinate system.
    notes : list of str
        Takes which columns were put together under which heading.

    Returns
    -------
    GeoDataFrame
        Indexed 0, 1, …

    Examples
    --------
    >>> one = gpd.GeoDataFrame({"parcel_id": ["P1"]}, geometry=[None], crs=4490)
    >>> two = gpd.GeoDataFrame({"PARCEL_ID": ["P2"]}, geometry=[None], crs=4490)
    >>> stacked([one, two], [])["parcel_id"].tolist()
    ['P1', 'P2']
    """
    headings: list[str] = []
    alike: list[gpd.GeoDataFrame] = []
    for frame in frames:
        if frame.geometry.name != "geometry":
            frame = frame.rename_geometry("geometry")
        renamed = _renamed(frame, headings)
        shown = {old: new for old, new in renamed.items() if old != new}
        for old, new in shown.items():
            frame = frame.assign(**{old: _in_unit_of(frame[old], old, new)})
        if shown:
            notes.append(_told(shown))
        alike.append(frame.rename(columns=shown))
        headings += [name for name in renamed.values() if name not in headings]
    return gpd.GeoDataFrame(pd.concat(alike, ignore_index=True))


def _told(shown: dict[str, str]) -> Words:
    """Say which columns stand under which headings."""
    pairs = "、".join(f"{old} → {new}" for old, new in list(shown.items())[:_NAMED])
    more = " …" if len(shown) > _NAMED else ""
    return Words(
        f"{len(shown)} 列并入前面文件中同一字段的列：{pairs}{more}",
        f"{len(shown)} columns go under those of the same field before: {pairs}{more}",
    )


def _renamed(frame: gpd.GeoDataFrame, headings: list[str]) -> dict[str, str]:
    """Return the heading that each column of a file stands under."""
    own = [str(name) for name in frame.columns if name != frame.geometry.name]
    result = {name: name for name in own if name in headings}
    for same in (_folded, _field):
        open_ones: dict[Any, str] = {}
        for heading in reversed(headings):
            if heading not in result.values() and (key := same(heading)) is not None:
                open_ones[key] = heading
        for name in own:
            found = open_ones.get(same(name)) if name not in result else None
            if found is not None and _factor(frame[name], name, found) is not None:
                result[name] = found
                del open_ones[same(name)]
    return {name: result.get(name, name) for name in own}


def _folded(heading: str) -> str:
    return heading.casefold()


def _field(heading: str) -> str | None:
    return field_key(heading, "parcel")


def _factor(column: pd.Series, name: str, heading: str) -> float | None:
    """Return what brings a column to the unit of another heading; None if it cannot be brought."""
    key = field_key(name, "parcel")
    if key is None or key != field_key(heading, "parcel"):
        return 1.0
    mine, theirs = (
        1.0 if (unit := unit_in(text)) is None else unit_factor(unit, term(key).unit)
        for text in (name, heading)
    )
    if mine is None or theirs is None:
        return 1.0 if unit_in(name) == unit_in(heading) else None
    if mine != theirs and not pd.api.types.is_numeric_dtype(column.dtype):
        return None
    return mine / theirs


def _in_unit_of(column: pd.Series, name: str, heading: str) -> pd.Series:
    factor = _factor(column, name, heading)
    return column if factor in (None, 1.0) else column.astype("float64") * factor


def one_kind(frame: gpd.GeoDataFrame, notes: list[str]) -> gpd.GeoDataFrame:
    """Make each column of one kind, as map files want it: dates where all are, else text.

    Parameters
    ----------
    frame : GeoDataFrame
        Cells as files have them.
    notes : list of str
        Takes which columns became text.

    Examples
    --------
    >>> cells = pd.Series([dt.date(2026, 5, 1), "2026-06-01", None], dtype=object)
    >>> frame = gpd.GeoDataFrame({"开工": cells}, geometry=[None] * 3, crs=4490)
    >>> one_kind(frame, [])["开工"].dt.month.tolist()
    [5.0, 6.0, nan]
    """
    changed: dict[str, pd.Series] = {}
    turned: list[str] = []
    for name in frame.columns:
        column = frame[name]
        if name == frame.geometry.name or column.dtype != object:
            continue
        kind = pd.api.types.infer_dtype(column, skipna=True)
        if kind in _ONE_KIND:
            continue
        days = _as_days(column)
        changed[str(name)] = _as_text(column) if days is None else days
        if days is None:
            turned.append(str(name))
    if turned:
        zh, en = "、".join(turned), ", ".join(turned)
        notes.append(
            Words(f"这些列的值种类不一，按文字写出：{zh}", f"mixed, written as text: {en}")
        )
    return gpd.GeoDataFrame(frame.assign(**changed)) if changed else frame


def _as_days(column: pd.Series) -> pd.Series | None:
    """Return dates and texts of dates as dates; None where something else is among them."""
    known = column.dropna()
    if not known.map(lambda cell: isinstance(cell, dt.date | str | np.datetime64)).all():
        return None
    try:
        found = pd.to_datetime(known.map(str), format="ISO8601")
    except ValueError:
        return None
    if found.dt.tz is not None:
        return None
    return found.reindex(column.index)


def _as_text(column: pd.Series) -> pd.Series:
    return column.map(_text, na_action="ignore").astype(object).where(column.notna(), None)


def _text(cell: Any) -> str:
    """Write a cell as text: whole numbers without a point, days without a time.

    Examples
    --------
    >>> _text(3.0), _text(dt.datetime(2026, 5, 1)), _text("甲")
    ('3', '2026-05-01', '甲')
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def told_apart(frame: gpd.GeoDataFrame, reserved: Sequence[str] = ()) -> dict[str, str]:
    """Return new names for columns whose names differ in case only: many formats hold one of them.

    Parameters
    ----------
    frame : GeoDataFrame
        What is to be written.
    reserved : sequence of str
        Names that the format keeps for itself.

    Examples
    --------
    >>> told_apart(gpd.GeoDataFrame({"a": [1], "A": [2]}, geometry=[None], crs=4490))
    {'A': 'A_2'}
    """
    taken = {str(frame.geometry.name).casefold(), *reserved}
    changed: dict[str, str] = {}
    for heading in (str(name) for name in frame.columns if name != frame.geometry.name):
        name, number = heading, 2
        while name.casefold() in taken:
            name, number = f"{heading}_{number}", number + 1
        taken.add(name.casefold())
        if name != heading:
            changed[heading] = name
    return changed
