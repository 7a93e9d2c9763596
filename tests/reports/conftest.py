"""A small desk frame with everything that has ever broken a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from reports.context import ExportContext

NASTY = {
    "=1+1": "=1+1",
    "+86 577": "+86 577",
    "-@SUM(A1)": "-@SUM(A1)",
    "@cmd": "@cmd",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "https://example.org": "https://example.org",
    "'quoted' \"twice\"": "'quoted' \"twice\"",
    "a\x00b\x07": "a□b□",
    "_x0041_": "_x0041_",
    "瑞" * 500: "瑞" * 500,
    "330381001001000012": "330381001001000012",
}
"""Names as they come, and as a sheet should show them."""


@pytest.fixture
def desk() -> gpd.GeoDataFrame:
    """Eleven parcels with a nasty owner each; areas 1,000 … 11,000 m², the last one unknown."""
    count = len(NASTY)
    frame = pd.DataFrame(
        {
            "parcel_name": [f"地块{n}" for n in range(count)],
            "town": ["塘下镇", "塘下镇", "莘塍街道", None, "=*镇", "3号?"]
            + ["马屿镇"] * (count - 6),
            "owner": list(NASTY),
            "low_class": ["underused", "built_idle", None, "underused"] + ["not_low"] * (count - 4),
            "geometry_area_m2": [1_000.0 * (n + 1) for n in range(count - 1)] + [None],
            "registered_area_m2": [900.0 * (n + 1) for n in range(count)],
            "class_basis": "容积率低于 1.0",
            "class_clause": "瑞政办〔2023〕49号 二（一）",
            "floor_area_m2": 1_234.0,
            "far": [0.5] * (count - 1) + [None],
            "suspected_idle": pd.array([True, False, None] + [None] * (count - 3), "boolean"),
            "renewal_mode": "acquire",
            "stage": ["demolished"] + [None] * (count - 1),
            "stage_on": pd.to_datetime(["2026-03-05"] + [None] * (count - 1)),
            "due_on": pd.to_datetime(["1899-01-31"] + [None] * (count - 1)),
            "overdue": [True] + [False] * (count - 1),
            "overdue_days": pd.array([12] + [None] * (count - 1), "Int64"),
            "credited_m2": [1_000.0] + [0.0] * (count - 1),
            "tax_wan": 1_234.56,
        },
        index=pd.Index([f"330381001001GB{n:05d}" for n in range(count)], name="parcel_id"),
    )
    squares = [box(120 + n / 100, 27, 120.005 + n / 100, 27.005) for n in range(count)]
    return gpd.GeoDataFrame(frame, geometry=squares, crs=4490)


@pytest.fixture
def context_in() -> Callable[[str], ExportContext]:
    return lambda lang: ExportContext(
        county="瑞安市",
        filter_text="=全部宗地",
        state_on=date(2026, 10, 31),
        known_on=None,
        register_version=47,
        rules_id="abc123",
        credit_rule="计入规则：拆除时计入。" * 30,
        is_sample=True,
        lang=lang,
    )


@pytest.fixture
def names() -> list[str]:
    """The owners of the desk frame as a sheet should show them."""
    return list(NASTY.values())
