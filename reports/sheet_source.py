"""What sheets are made of, read from a register: parcels, events, reviews, layers of the map."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.asof import AsOf
from data.register import Register
from data.rules import Rules
from data.screening_rules import ScreeningRules
from reports.context import ExportContext
from reports.location_map import Surroundings, metric
from reports.sheet_facts import SheetSource

MAP_LAYERS = ("roads", "river", "towns")
"""Reference layers that the location map draws where they are."""


def surroundings(register: Register, parcels: gpd.GeoDataFrame) -> Surroundings:
    """Return what location maps draw, brought to metres once for all sheets."""
    known = set(register.layers()["name"])
    layers = {name: metric(register.read_layer(name)) for name in MAP_LAYERS if name in known}
    return Surroundings(metric(parcels[[parcels.geometry.name]]), layers)


def sheet_source(
    register: Register,
    parcels: gpd.GeoDataFrame,
    events: pd.DataFrame,
    *,
    rules: Rules,
    ruleset: ScreeningRules,
    as_of: AsOf,
    context: ExportContext,
    around: Surroundings | None = None,
) -> SheetSource:
    """Gather what sheets are made of.

    Parameters
    ----------
    parcels : GeoDataFrame
        The county as known on the day, EPSG:4490.
    events : DataFrame
        Its stage events.
    around : Surroundings, optional
        As :func:`surroundings`, where it is kept already.
    """
    return SheetSource(
        parcels=parcels,
        events=events,
        reviews=register.read_reviews(as_of),
        around=surroundings(register, parcels) if around is None else around,
        rules=rules,
        ruleset=ruleset,
        as_of=as_of,
        context=context,
    )
