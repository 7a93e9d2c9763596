"""What tests of the intake share: squares in metres, a register that remembers, short calls."""

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import UnknownLayerError
from data.intake import prepare_import

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MU = 2000 / 3


def square(at, side=100):
    return shapely.box(560_000 + at, 3_074_000, 560_000 + at + side, 3_074_000 + side)


def squares(**columns):
    """One square for each row of the columns, EPSG:4549."""
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[square(200 * n) for n in range(count)], crs=4549)


class Recorded:
    """A register that only remembers."""

    def __init__(self, parcels=None, events=None, layers=None):
        empty = gpd.GeoDataFrame(
            {"geometry_area_m2": np.array([], dtype=float)},
            geometry=gpd.GeoSeries([], crs=4490),
            index=pd.Index([], name="parcel_id", dtype=object),
        )
        self.parcels = empty if parcels is None else parcels
        columns = ["event_id", "parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
        self.events = pd.DataFrame(columns=columns) if events is None else events
        self.layers = layers or {}
        columns = ["quarantine_id", "layer", "row_id", "kinds", "cells", "shape"]
        self.waiting = pd.DataFrame(columns=columns, dtype=object)

    def read_parcels(self, *, columns=None, geometry=True):
        wanted = list(columns or []) + (["geometry"] if geometry else [])
        return self.parcels.reindex(columns=wanted)

    def read_events(self):
        return self.events

    def read_quarantine(self, *, waiting=False):
        return self.waiting if waiting else None

    def read_layer(self, name):
        if name not in self.layers:
            raise UnknownLayerError(name=name, file="")
        return self.layers[name]


def take(path, register=None, as_layer="parcels", **options):
    return prepare_import(
        path,
        as_layer=as_layer,
        register=register or Recorded(),
        who="甲",
        recorded_at=NOW,
        **options,
    )


def kinds(report):
    return report.issues["kind"].tolist()


def rejected(report):
    """Kind of issue for each row that stays out, whether it waits in quarantine or not."""
    found = report.issues[report.issues["severity"].isin(["rejected", "quarantined"])]
    return dict(zip(found["row"].tolist(), found["kind"].tolist(), strict=True))
