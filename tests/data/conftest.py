"""A handful of parcels that can be checked by head, and changes that bring them."""

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from intake_tools import Recorded, square, take

from data.register import Change, Register
from gis.io import write

FIRST = datetime(2023, 1, 5, 9, tzinfo=UTC)


def three_parcels():
    index = pd.Index(["P1", "P2", "P3"], name="parcel_id")
    shapes = [shapely.box(120.6 + i / 100, 27.7, 120.601 + i / 100, 27.701) for i in range(3)]
    return gpd.GeoDataFrame(
        {
            "town": ["塘下镇", "云周街道", None],
            "owner": ["甲公司", "<script>", "=1+1"],
            "geometry_area_m2": [10_000.0, 20_000.0, None],
            "far": [1.2, None, 0.0],
            "single_owner": pd.array([True, None, False], dtype="boolean"),
            "employees": pd.array([12, None, 0], dtype="Int64"),
            "agreed_start_on": pd.to_datetime(["2022-01-01", None, "2023-02-03"]),
            "low_class": ["underused", "approved_unsupplied", None],
        },
        index=index,
        geometry=shapes,
        crs="EPSG:4490",
    )


def change(days=0, **parts):
    moment = FIRST + timedelta(days=days)
    return Change(kind="test", who="李工", why="测试", recorded_at=moment, **parts)


def event(parcel_id="P1", stage="listed", occurred_on="2023-01-02", area_m2=1_000.0, **more):
    row = {"parcel_id": parcel_id, "stage": stage, "occurred_on": occurred_on, "area_m2": area_m2}
    return {**row, **more}


@pytest.fixture
def parcels():
    return three_parcels()


@pytest.fixture
def register(tmp_path, tables):
    workspace = tmp_path / "workspace"
    if tables is not None:
        tables.link(workspace)
    with Register.open(workspace, create=tables is None) as opened:
        yield opened


@pytest.fixture
def filled(register, parcels):
    register.commit(change(parcels=parcels, meta={"county": "瑞安市", "sample": "1"}))
    return register


@pytest.fixture(name="change")
def change_fixture():
    return change


@pytest.fixture(name="event")
def event_fixture():
    return event


@pytest.fixture
def layer():
    return gpd.GeoDataFrame(
        {
            "宗地编号": ["P1", "P2"],
            "权利人": ["甲厂", "乙厂"],
            "登记面积(亩)": [15.0, 15.0],
            "低效类别": ["批而未供", "underused"],
            "是否标准地": ["是", "否"],
            "约定开工时间": ["2023.6.1", "2023年6月30日"],
        },
        geometry=[square(0), square(200)],
        crs=4549,
    )


@pytest.fixture
def recorded(layer, tmp_path):
    change = take(write(layer, tmp_path / "first.gpkg")).change
    return Recorded(change.parcels)
