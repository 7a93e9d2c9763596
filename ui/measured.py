"""The county's plot ratios as the pages read them: measured once per register version, kept.

Cutting a county's buildings at its parcels takes seconds; the pages only group and sort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.far_summary import standing
from analysis.far_values import far_values
from analysis.findings import joined
from analysis.height_estimate import estimate_from_heights
from analysis.parcel_overlaps import parcel_overlaps
from analysis.plot_ratio import plot_ratio
from analysis.requirements import recorded_exemptions, requirements
from data.far_minimum import read_far_minimum
from gis.crs import METRIC_CRS
from ui.desk import Desk
from ui.shelf import Shelf

Basis = Literal["computed", "registered", "surveyed", "estimated"]
BASES: tuple[Basis, ...] = ("computed", "registered", "surveyed", "estimated")
_LAND: dict[Basis, str] = {
    "computed": "land_area_m2",
    "registered": "registered_area_m2",
    "surveyed": "registered_area_m2",
    "estimated": "land_area_m2",
}
_measured = Shelf(3)
_estimated = Shelf(2)
_overlapping = Shelf(3)


@dataclass(frozen=True)
class Measured:
    """Plot ratios of all parcels with what must be said beside them.

    Attributes
    ----------
    parcels : DataFrame
        By ``parcel_id``: what `analysis.plot_ratio` computes and the four values of
        `analysis.far_values` (shared: do not change).
    issues : DataFrame
        As `analysis.findings`.
    has_buildings : bool
        Whether a layer of buildings was there; without it nothing is computed.
    """

    parcels: pd.DataFrame
    issues: pd.DataFrame
    has_buildings: bool


def measured(desk: Desk) -> Measured:
    """Return the plot ratios as known on the reader's day."""
    newest = _layers(desk)["change_no"].get("buildings")
    key = (desk.parcel_facts, desk.rules.id, newest)
    return _measured.get(key, lambda: _measure(desk, has_buildings=newest is not None))


def _measure(desk: Desk, *, has_buildings: bool) -> Measured:
    parcels = desk.parcels
    if has_buildings:
        buildings = desk.register.read_layer("buildings", desk.as_of).to_crs(METRIC_CRS)
    else:
        buildings = parcels.iloc[:0][[parcels.geometry.name]].to_crs(METRIC_CRS)
        buildings = buildings.assign(storeys=pd.Series(dtype=float))
    found = plot_ratio(
        parcels.to_crs(METRIC_CRS), buildings, rules=desk.rules, land="geometry_area_m2"
    )
    values, gaps = far_values(parcels, found.parcels, rules=desk.rules)
    table = found.parcels.join(values.drop(columns="far_computed"))
    return Measured(
        table, joined([found.issues, gaps, recorded_exemptions(parcels)[1]]), has_buildings
    )


def bases(desk: Desk) -> tuple[Basis, ...]:
    """Return what a plot ratio may rest on here: an estimate needs rasters of both heights."""
    listed = set(_layers(desk).index)
    return BASES if {"dsm", "dem"} <= listed else BASES[:-1]


def overlapping(desk: Desk) -> pd.DataFrame:
    """Return the pairs of parcels that overlap (``analysis.parcel_overlaps``), found once."""
    return _overlapping.get(
        desk.parcel_facts, lambda: parcel_overlaps(desk.parcels.geometry.to_crs(METRIC_CRS))
    )


def same_buildings(before: Desk, after: Desk) -> bool:
    """Whether two days know the same layer of buildings, so that nothing built can differ."""
    newest = [_layers(desk)["change_no"].get("buildings") for desk in (before, after)]
    return newest[0] is not None and newest[0] == newest[1]


def _layers(desk: Desk) -> pd.DataFrame:
    layers = desk.register.layers(desk.as_of) if desk.known_on else desk.layers()
    return layers.set_index("name")


def estimated(desk: Desk) -> pd.DataFrame:
    """Return the estimate from heights (``analysis.height_estimate``), by ``parcel_id``.

    Only where the surface raster reaches; never mixed with the other values.
    """
    layers = _layers(desk)["change_no"]
    newest = tuple(layers.get(name) for name in ("dsm", "dem", "buildings"))

    def make() -> pd.DataFrame:
        buildings = None
        if newest[2] is not None:
            buildings = desk.register.read_layer("buildings", desk.as_of).to_crs(METRIC_CRS)
        surface, terrain = (desk.register.layer_path(name, desk.as_of) for name in ("dsm", "dem"))
        found = estimate_from_heights(
            desk.parcels.to_crs(METRIC_CRS),
            buildings,
            surface=surface,
            terrain=terrain,
            rules=desk.rules,
        )
        return found.parcels

    return _estimated.get((desk.parcel_facts, desk.rules.id, newest), make)


def ratio_on(desk: Desk, basis: Basis) -> pd.Series:
    """Return each parcel's plot ratio on one basis, NaN where unknown."""
    table = estimated(desk) if basis == "estimated" else measured(desk).parcels
    return table[f"far_{basis}"]


def lines_on(desk: Desk, basis: Basis) -> pd.DataFrame:
    """Put each parcel's plot ratio on one basis beside its lines and what describes it.

    Returns
    -------
    DataFrame
        By ``parcel_id``: `analysis.requirements.requirements`, with ``land_area_m2`` (the
        polygon's where computed, else the registered area), the columns by which the page
        groups, lists and shows, how the computed plot ratio came about (``standing``,
        ``coverage_share``, ``unlawful_counted_m2``) and ``no_building``: a plot ratio of 0
        because nothing stands there (shared: do not change).
    """

    def make() -> pd.DataFrame:
        figures = measured(desk).parcels
        facts = desk.frame.assign(land_area_m2=figures["land_area_m2"])
        lines = requirements(
            facts,
            ratio_on(desk, basis),
            rules=desk.rules,
            minimum=read_far_minimum(),
        )
        shown = facts[[*_FACTS]].assign(land_area_m2=facts[_LAND[basis]].astype(float))
        stands = figures[["coverage_share", "unlawful_counted_m2"]].join(standing(figures))
        empty = (stands["standing"] == "no_building") & (lines["far"] == 0)
        return lines.join(pd.DataFrame(shown)).join(stands).assign(no_building=empty)

    return desk.kept(("lines", basis), make)


_FACTS = (
    "parcel_name",
    "town",
    "park",
    "owner",
    "industry_code",
    "single_owner",
    "low_class",
    "stage",
)
