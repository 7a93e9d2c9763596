"""Hand-made parcels and events whose figures can be worked out on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from data.asof import AsOf
from data.rules import Rules, load_rules

COLUMNS: dict[str, object] = {
    "parcel_name": None,
    "town": "塘下镇",
    "park": None,
    "owner": None,
    "low_class": "underused",
    "renewal_mode": "acquire",
    "evaluation_grade": None,
    "geometry_area_m2": 10_000.0,
    "registered_area_m2": 10_000.0,
    "far": 1.0,
    "plan_demolition_on": pd.NaT,
    "plan_demolition_area_m2": None,
    "plan_supply_on": pd.NaT,
    "plan_supply_area_m2": None,
    "plan_start_on": pd.NaT,
    "responsible_unit": None,
}


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture
def on() -> Callable[[str], AsOf]:
    return lambda day: AsOf(date.fromisoformat(day))


@pytest.fixture
def parcels_of() -> Callable[..., gpd.GeoDataFrame]:
    """Parcels by id: one degree square each, side by side from (120, 27)."""

    def make(**rows: dict[str, object]) -> gpd.GeoDataFrame:
        frame = pd.DataFrame([COLUMNS | row for row in rows.values()], columns=list(COLUMNS))
        frame.index = pd.Index(list(rows), name="parcel_id")
        for column in frame.columns:
            if column.endswith("_on"):
                frame[column] = pd.to_datetime(frame[column])
            elif column.endswith("_m2") or column == "far":
                frame[column] = frame[column].astype(float)
        squares = [box(120 + at, 27, 121 + at, 28) for at in range(len(rows))]
        return gpd.GeoDataFrame(frame, geometry=squares, crs=4490)

    return make


@pytest.fixture
def events_of() -> Callable[..., pd.DataFrame]:
    """Events as (parcel, stage, day, area, reverses), numbered from 1."""

    def make(*rows: tuple[object, ...]) -> pd.DataFrame:
        full = [(*row, None, None)[:5] for row in rows]
        names = ["parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
        frame = pd.DataFrame(full, columns=names)
        frame.insert(0, "event_id", range(1, len(rows) + 1))
        frame["occurred_on"] = pd.to_datetime(frame["occurred_on"])
        frame["area_m2"] = frame["area_m2"].astype(float)
        frame["reverses"] = frame["reverses"].astype("Int64")
        return frame

    return make
