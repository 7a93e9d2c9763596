"""What parts land, as the register has it: rivers, railways, red lines, trunk roads."""

from __future__ import annotations

from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from data.asof import AsOf
from data.block_rules import BlockRules
from gis.crs import METRIC_CRS


class _Layers(Protocol):
    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame: ...
    def read_layer(self, name: str, as_of: AsOf | None = None) -> Any: ...


def recorded_barriers(
    register: _Layers, rules: BlockRules, as_of: AsOf | None = None
) -> gpd.GeoSeries | None:
    """Return the barriers of the register in EPSG:4549, None where it has none.

    Parameters
    ----------
    register : Register
        Where the layers are.
    rules : BlockRules
        Which layers, and which classes of roads, part land.
    as_of : AsOf, optional
        As known on that day.
    """
    present = set(register.layers(as_of)["name"])
    parts = [
        register.read_layer(name, as_of).geometry.to_crs(METRIC_CRS)
        for name in rules.barrier_layers
        if name in present
    ]
    if "roads" in present:
        roads = register.read_layer("roads", as_of)
        wide = roads["road_class"].isin(rules.barrier_roads)
        parts.append(roads.geometry[wide].to_crs(METRIC_CRS))
    if not parts:
        return None
    return gpd.GeoSeries(pd.concat(parts, ignore_index=True), crs=METRIC_CRS)
