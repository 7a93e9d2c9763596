"""Each kind of veto put to the sites: which are hit, which cannot be checked and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.veto_areas import Shapes, outside_area, shared_area
from data.siting_layer import SitingLayer
from data.siting_rules import Veto, Where

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]


def _none() -> Rows:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Checked:
    """What one veto says of the sites, whatever the project.

    Attributes
    ----------
    rows : ndarray of int
        Sites that are hit.
    overlap_m2, value : ndarray
        Of each of them: the area concerned, and the figure that was compared; NaN where there is
        none.
    note : tuple of str
        Of each of them: ``expired`` where the accreditation ended, else empty.
    unknown : mapping
        Reason → sites that cannot be checked.
    later : ndarray of int
        Sites that pass on the day, but no longer when they are free.
    """

    rows: Rows
    overlap_m2: Floats
    value: Floats
    note: tuple[str, ...] = ()
    unknown: dict[str, Rows] = field(default_factory=dict)
    later: Rows = field(default_factory=_none)


def put(
    veto: Veto,
    sites: pd.DataFrame,
    shapes: Shapes,
    usable: Bools,
    layer: SitingLayer | None,
    *,
    on: date,
) -> Checked:
    """Put a veto that asks nothing of the project to every site.

    Parameters
    ----------
    veto : Veto
        Of any kind but ``near``.
    sites : DataFrame
        By ``site_id``; ``slope_pct``, ``inner_m``, ``planned_use``, ``free_from`` where known.
    shapes, usable : ndarray
        Their geometry in metres, and which of it can be measured.
    layer : SitingLayer or None
        What it asks; None for a veto that asks the site itself.
    on : date
        The day.
    """
    if veto.kind == "limit":
        return _limit(veto, sites, layer)
    if veto.kind == "use":
        return _use(veto, sites)
    assert layer is not None
    assert layer.frame is not None
    if veto.kind == "overlap":
        found = _overlap(veto, shapes, layer, on)
    else:
        found = _outside(veto, sites, shapes, layer, on)
    bad = np.flatnonzero(~usable)
    kept = usable[found.rows]
    unknown = {why: rows[usable[rows]] for why, rows in found.unknown.items()}
    if len(bad):
        unknown["geometry_unusable"] = bad
    note = tuple(np.array(found.note, dtype=object)[kept].tolist()) if found.note else ()
    return Checked(
        found.rows[kept], found.overlap_m2[kept], found.value[kept], note, unknown, found.later
    )


def _limit(veto: Veto, sites: pd.DataFrame, layer: SitingLayer | None) -> Checked:
    if veto.field in sites:
        values = sites[veto.field].to_numpy(dtype=float, na_value=np.nan)
    else:
        values = np.full(len(sites), np.nan)
    with np.errstate(invalid="ignore"):
        hit = values >= veto.value if veto.op == "ge" else values < veto.value
    rows = np.flatnonzero(hit)
    lacking = "site_unknown" if layer is not None or veto.layer == "site" else "layer_missing"
    unknown = {lacking: np.flatnonzero(np.isnan(values))}
    return Checked(rows, np.full(len(rows), np.nan), values[rows], unknown=unknown)


def _use(veto: Veto, sites: pd.DataFrame) -> Checked:
    if veto.field in sites:
        texts = sites[veto.field]
    else:
        texts = pd.Series([None] * len(sites), index=sites.index)
    known = texts.notna().to_numpy()
    fits = np.zeros(len(sites), dtype=bool)
    for word in veto.words:
        named = texts.astype("str").str.contains(f"(?<![非不]){re.escape(word)}", regex=True)
        fits |= named.fillna(False).to_numpy(bool)
    rows = np.flatnonzero(known & ~fits)
    none = np.full(len(rows), np.nan)
    return Checked(rows, none, none, unknown={"site_unknown": np.flatnonzero(~known)})


def _overlap(veto: Veto, shapes: Shapes, layer: SitingLayer, on: date) -> Checked:
    assert layer.frame is not None
    features = np.asarray(layer.frame.geometry.array)
    counts, unsure = np.ones(len(features), dtype=bool), np.zeros(len(features), dtype=bool)
    if veto.where is not None:
        if veto.where.field not in layer.frame:
            near = np.flatnonzero(shared_area(shapes, features) > veto.value)
            return Checked(_none(), np.zeros(0), np.zeros(0), unknown={"attribute_missing": near})
        counts, unsure = _meant(layer.frame[veto.where.field], veto.where, on)
    area = shared_area(shapes, features[counts])
    rows = np.flatnonzero(area > veto.value)
    maybe = shared_area(shapes, features[unsure]) > veto.value
    maybe[rows] = False
    unknown = {"attribute_unknown": np.flatnonzero(maybe)}
    return Checked(rows, area[rows], area[rows], unknown=unknown)


def _meant(values: pd.Series, where: Where, on: date) -> tuple[Bools, Bools]:
    """Return which features count, and of which that cannot be told."""
    if where.op == "open":
        days = pd.to_datetime(values, errors="coerce")
        still = (days.isna() | (days > pd.Timestamp(on))).to_numpy()
        return still, np.zeros(len(still), dtype=bool)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        counts = numbers <= where.value if where.op == "le" else numbers > where.value
    return counts, np.isnan(numbers)


def _outside(
    veto: Veto, sites: pd.DataFrame, shapes: Shapes, layer: SitingLayer, on: date
) -> Checked:
    assert layer.frame is not None
    features = np.asarray(layer.frame.geometry.array)
    if not veto.valid:
        area = outside_area(shapes, features)
        rows = np.flatnonzero(area > veto.value)
        return Checked(rows, area[rows], area[rows])
    day = pd.Timestamp(on)
    starts, ends = (_days(layer.frame, name) for name in ("accredited_on", "accredited_until"))
    valid = ((ends >= day) & (starts <= day)).to_numpy()
    unsure = ~valid & ~((ends < day) | (starts > day)).to_numpy()
    area = outside_area(shapes, features[valid])
    fails = area > veto.value
    maybe = fails & (outside_area(shapes, features[valid | unsure]) <= veto.value)
    rows = np.flatnonzero(fails & ~maybe)
    was = outside_area(shapes[rows], features) <= veto.value
    note = tuple(np.where(was, "expired", "").tolist())
    unknown = {"validity_unknown": np.flatnonzero(maybe)}
    later = _no_longer(sites, shapes, features[valid], ends[valid], veto, ~fails)
    return Checked(rows, area[rows], area[rows], note, unknown, later)


def _days(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(np.full(len(frame), np.datetime64("NaT", "ns")), index=frame.index)
    return pd.to_datetime(frame[name], errors="coerce")


def _no_longer(
    sites: pd.DataFrame, shapes: Shapes, features: Shapes, ends: pd.Series, veto: Veto, ok: Bools
) -> Rows:
    """Return the sites that pass today, while what they lie in is over before they are free."""
    if "free_from" not in sites:
        return _none()
    free = pd.to_datetime(sites["free_from"]).to_numpy().astype("datetime64[D]")
    rows = np.flatnonzero(ok & ~np.isnat(free))
    over = np.zeros(len(rows), dtype=bool)
    last = ends.to_numpy().astype("datetime64[D]")
    for month in np.unique(free[rows]):
        mine = np.flatnonzero(free[rows] == month)
        left = outside_area(shapes[rows[mine]], features[last >= month])
        over[mine] = left > veto.value
    return rows[over]
