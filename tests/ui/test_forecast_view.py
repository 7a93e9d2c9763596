"""Where the year will end, as the overview says it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from data.register import Change, Register
from gis.area import M2_PER_MU


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A county with three years of history and four parcels on the way."""
    rows = []
    for year in (2023, 2024, 2025):
        for n in range(12):
            begin = date(year, 2, 1) + timedelta(days=20 * n)
            done = begin + timedelta(days=60 + 5 * (n % 7))
            rows += [(f"A{year}{n:02d}", "signed", begin), (f"A{year}{n:02d}", "demolished", done)]
            rows.append((f"A{year}{n:02d}", "prepared", done + timedelta(days=9)))
    rows += [(f"W{n}", "signed", date(2026, 10, 1) + timedelta(days=7 * n)) for n in range(4)]
    names = sorted({name for name, _, _ in rows})
    parcels = gpd.GeoDataFrame(
        {
            "parcel_name": [f"{name}号" for name in names],
            "town": "塘下镇",
            "low_class": "underused",
            "renewal_mode": "acquire",
            "geometry_area_m2": 300 * M2_PER_MU,
            "responsible_unit": "市经信局",
        },
        index=pd.Index(names, name="parcel_id"),
        geometry=[
            box(120.6 + n * 0.002, 27.7, 120.601 + n * 0.002, 27.701) for n in range(len(names))
        ],
        crs=4490,
    )
    table = pd.DataFrame(rows, columns=["parcel_id", "stage", "occurred_on"])
    table["occurred_on"] = pd.to_datetime(table["occurred_on"])
    workspace = tmp_path_factory.mktemp("worked")
    meta = {"county": "瑞安市", "sample": "1", "data_until": "2026-10-31"}
    days = (datetime(2023, 1, 4, 9, tzinfo=UTC), datetime(2026, 11, 5, 9, tzinfo=UTC))
    with Register.open(workspace, create=True) as register:
        register.commit(Change("import", "王工", "宗地", days[0], parcels=parcels, meta=meta))
        register.commit(Change("events", "王工", "阶段", days[1], events=table))
    return workspace


def test_too_short_a_history_is_said_and_not_guessed(home):
    app = home.run()
    assert not app.exception
    assert "登记的阶段推进太少" in "".join(item.value for item in app.caption)


def test_the_year_s_end_is_a_range_with_its_chance(home, worked, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(worked))
    app = home.run()
    assert not app.exception
    told = next(item.value for item in app.subheader if "预计" in item.value)
    assert "八成可能在" in told
    assert "完成任务的可能性 < 1%" in told
    decide = next(table.value for table in app.dataframe if "weight" in table.value.columns)
    assert decide["link"].str.startswith("/map?parcel=W").all()
    assert decide["next"].eq("拆除").all()
    assert decide["by"].eq("2026-12-31").all()
    assert decide["responsible_unit"].eq("市经信局").all()


def test_a_year_that_is_over_is_not_forecast(home, worked, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(worked))
    home.query_params["year"] = "2025"
    app = home.run()
    assert not app.exception
    assert not [item for item in app.subheader if "预计" in item.value]


def test_the_english_reader_gets_the_same(home, worked, monkeypatch):
    monkeypatch.setenv("MUTU_WORKSPACE", str(worked))
    home.query_params["lang"] = "en"
    told = [item.value for item in home.run().subheader]
    assert any("four chances in five" in value for value in told)
