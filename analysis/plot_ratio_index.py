"""Plot ratios that follow single buildings: one changes, only its parcels are computed again."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.errors import require_unique
from analysis.findings import Findings
from analysis.floor_area import CountedBuildings, counted_buildings
from analysis.plot_ratio import KINDS, Land, measured_land, parcel_figures
from data.rules import Rules
from gis.crs import require_metric
from gis.overlaps import Overlaps, ReadyZones, overlaps_between


class PlotRatioIndex:
    """Parcels and buildings held ready, so that one changed building costs its parcels only.

    Parameters
    ----------
    parcels : GeoDataFrame
        As `analysis.plot_ratio.plot_ratio`.
    buildings : GeoDataFrame
        As `counted_buildings`, with unique ``building_id``.
    rules : Rules
        Counting rule.
    land : str, optional
        As `analysis.plot_ratio.plot_ratio`.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> from data.rules import load_rules
    >>> parcels = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)],
    ...     index=pd.Index(["P1"], name="parcel_id"), crs=4549)
    >>> buildings = gpd.GeoDataFrame({"building_id": ["B1"], "storeys": [1]},
    ...     geometry=[box(0, 0, 50, 50)], crs=4549)
    >>> index = PlotRatioIndex(parcels, buildings, rules=load_rules())
    >>> index.put(buildings.assign(storeys=[4]))["far_computed"].to_dict()
    {'P1': 1.0}
    >>> index.drop("B1")["far_computed"].to_dict()
    {'P1': 0.0}
    """

    def __init__(
        self,
        parcels: gpd.GeoDataFrame,
        buildings: gpd.GeoDataFrame,
        *,
        rules: Rules,
        land: str | None = None,
    ) -> None:
        require_metric(parcels, what="宗地 parcels")
        require_unique(parcels)
        self._rules, self._parcels = rules, parcels.index
        self._land = measured_land(parcels, land, Findings("parcels", KINDS, parcels.index))
        self._ready = ReadyZones.of(self._land.shapes)
        found = counted_buildings(buildings, rules=rules)
        self._rows = {key: at for at, key in enumerate(found.ids)}
        self._facts = np.column_stack(_facts(found))
        pairs = overlaps_between(self._land.shapes, found.shapes)
        self._starts = np.searchsorted(pairs.zone, np.arange(len(parcels) + 1))
        self._pairs = pairs
        self._by_row = np.argsort(pairs.shape, kind="stable")
        self._row_starts = np.searchsorted(pairs.shape[self._by_row], np.arange(len(found.ids) + 1))
        self._changed: dict[int, dict[int, float]] = {}
        self._added: dict[int, set[int]] = {}

    def put(self, building: gpd.GeoDataFrame) -> pd.DataFrame:
        """Add or replace one building; return the figures of every parcel it leaves or enters.

        Parameters
        ----------
        building : GeoDataFrame
            One row in EPSG:4549 with ``building_id``.

        Returns
        -------
        DataFrame
            As `analysis.plot_ratio.plot_ratio`, without ``building_coefficient`` and without the
            check for absurd values; on the index of the parcels touched.
        """
        found = counted_buildings(building, rules=self._rules)
        key = found.ids[0]
        facts = np.column_stack(_facts(found))
        if key not in self._rows:
            self._rows[key] = len(self._facts)
            self._facts = np.vstack([self._facts, facts])
        row = self._rows[key]
        self._facts[row] = facts[0]
        shared = self._ready.shared(found.shapes, found.area_m2)
        pairs = zip(shared.zone.tolist(), shared.area_m2.tolist(), strict=True)
        return self._replace(row, dict(pairs))

    def drop(self, building_id: Any) -> pd.DataFrame:
        """Take a building away; return the figures of the parcels it stood on.

        Raises
        ------
        KeyError
            If the index does not hold it.
        """
        return self._replace(self._rows[building_id], {})

    def _replace(self, row: int, areas: dict[int, float]) -> pd.DataFrame:
        """Give the building of a row new shares, and compute all parcels concerned."""
        before = self._changed.get(row)
        left = set(self._original(row)) if before is None else set(before)
        self._changed[row] = areas
        for parcel in left:
            self._added.get(parcel, set()).discard(row)
        for parcel in areas:
            self._added.setdefault(parcel, set()).add(row)
        return self._figures(sorted(left | set(areas)))

    def _original(self, row: int) -> list[int]:
        if row + 1 >= len(self._row_starts):
            return []
        mine = self._by_row[self._row_starts[row] : self._row_starts[row + 1]]
        return [int(parcel) for parcel in self._pairs.zone[mine]]

    def _figures(self, parcels: list[int]) -> pd.DataFrame:
        """Compute the parcels at these positions anew from what now stands on them."""
        zone: list[int] = []
        row: list[int] = []
        area: list[float] = []
        for at, parcel in enumerate(parcels):
            for pair in range(self._starts[parcel], self._starts[parcel + 1]):
                if int(self._pairs.shape[pair]) not in self._changed:
                    row.append(int(self._pairs.shape[pair]))
                    area.append(float(self._pairs.area_m2[pair]))
            for extra in sorted(self._added.get(parcel, ())):
                row.append(extra)
                area.append(self._changed[extra][parcel])
            zone += [at] * (len(row) - len(zone))
        distinct, at_row = np.unique(np.array(row, dtype=int), return_inverse=True)
        picked = self._facts[distinct]
        stands = CountedBuildings(
            shapes=np.full(max(len(distinct), 1), None),
            ids=pd.RangeIndex(len(distinct)),
            area_m2=np.zeros(0),
            storeys=picked[:, 0],
            factor=picked[:, 1],
            height_known=picked[:, 2] > 0,
            unlawful=picked[:, 3] > 0,
            permit_known=picked[:, 4] > 0,
            issues=pd.DataFrame(),
        )
        land = Land(self._land.shapes[parcels], self._land.area_m2[parcels], self._land.source)
        pairs = Overlaps(np.array(zone, dtype=int), at_row, np.array(area, dtype=float))
        frame = parcel_figures(pairs, stands, land)
        frame.index = self._parcels[parcels]
        return frame


def _facts(found: CountedBuildings) -> tuple[np.ndarray, ...]:
    """Return what counts of each building, as floats."""
    known, unlawful = found.height_known.astype(float), found.unlawful.astype(float)
    return found.storeys, found.factor, known, unlawful, found.permit_known.astype(float)
