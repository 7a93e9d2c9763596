"""The sample county goes out as files and comes in through the door of the register."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from intake_tools import take
from pandas.testing import assert_frame_equal

from data.intake import prepare_import
from data.register import Change, Register
from data.sample import County, fill, generate, write_files
from gis.io import inspect


@pytest.fixture(scope="module")
def county() -> County:
    return generate(200, seed=5)


@pytest.fixture(scope="module")
def filled(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sample")
    with Register.open(place / "workspace", create=True) as register:
        fill(register, county, directory=place / "files")
    return place


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def test_the_same_seed_writes_the_same_bytes(county, tmp_path):
    write_files(county, tmp_path / "one")
    write_files(generate(200, seed=5), tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_makes_another_county(county):
    assert generate(200, seed=6).parcels.index.tolist() != county.parcels.index.tolist()


def test_the_shapefile_is_gbk_without_saying_so(county, tmp_path):
    write_files(county, tmp_path)
    assert not (tmp_path / "宗地.cpg").exists()
    (layer,) = inspect(tmp_path / "宗地.shp").layers
    assert layer.rows == 200
    assert layer.crs_recognised == "EPSG:4549"


def test_the_boundary_points_name_northing_before_easting(county, tmp_path):
    write_files(county, tmp_path)
    lines = (tmp_path / "批而未供界址点.txt").read_bytes().decode("gbk").split("\r\n")
    head = lines.index("[地块坐标]")
    assert lines[head + 1].endswith(",@")
    north, east = (float(part) for part in lines[head + 2].split(",")[2:])
    assert 3_050_000 < north < 3_110_000
    assert 40_510_000 < east < 40_630_000


def test_the_boundary_points_are_taken_in_as_they_are_handed_over(county, tmp_path):
    write_files(county, tmp_path)
    report = take(tmp_path / "批而未供界址点.txt")
    assert report.accepted == report.rows_in > 0
    assert set(report.ids["new"]) <= set(county.parcels.index)


def test_the_filled_register_holds_every_parcel_and_event(county, filled):
    with Register.open(filled / "workspace") as register:
        parcels, events = register.read_parcels(), register.read_events()
        assert register.meta["sample"] == "1"
        assert register.verify().ok
    assert parcels.index.tolist() == county.parcels.index.tolist()
    assert events["event_id"].tolist() == county.events["event_no"].tolist()
    assert events["parcel_id"].tolist() == county.events["parcel_id"].tolist()
    assert_frame_equal(
        parcels[["low_class", "renewal_mode", "plan_start_on"]].astype(object),
        pd.DataFrame(county.parcels)[["low_class", "renewal_mode", "plan_start_on"]].astype(object),
        check_dtype=False,
    )


def test_events_are_recorded_on_the_fifth_of_the_next_month(filled):
    with Register.open(filled / "workspace") as register:
        changes = register.changes()
    monthly = changes[changes["source_name"].str.startswith("阶段事件")]
    moments = pd.to_datetime(monthly["recorded_at"], utc=True)
    assert (moments.dt.day == 5).all()
    assert (moments.dt.hour == 9).all()


def test_reference_layers_and_rasters_are_in_the_register(filled):
    with Register.open(filled / "workspace") as register:
        names = set(register.layers()["name"])
    assert {
        "outline",
        "towns",
        "parks",
        "buildings",
        "roads",
        "river",
        "farmland",
        "redline",
    } <= names
    assert {"firms", "firm_parcels", "dem", "dsm", "flood", "interchanges", "substations"} <= names


def test_the_whole_year_in_one_file_is_what_it_is_month_by_month(county, filled, tmp_path):
    write_files(county, tmp_path / "files")
    assert county.events["reverses"].notna().any()
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    with Register.open(filled / "workspace") as register:
        parcels, monthly = register.read_parcels(), register.read_events()
    with Register.open(tmp_path / "workspace", create=True) as register:
        first = Change("import", "甲", "宗地", moment, parcels=parcels)
        register.commit(first)
        take = {"as_layer": "events", "register": register, "who": "甲", "recorded_at": moment}
        report = prepare_import(tmp_path / "files" / "阶段事件.csv", **take)
        assert (report.accepted, report.quarantined, report.rejected) == (len(county.events), 0, 0)
        register.commit(report.change)
        at_once = register.read_events()
        assert register.verify().ok
        assert prepare_import(tmp_path / "files" / "阶段事件.csv", **take).change is None
    key = ["parcel_id", "stage", "occurred_on", "area_m2"]
    left = [standing(events)[key].sort_values(key).values.tolist() for events in (monthly, at_once)]
    assert left[0] == left[1]


def standing(events: pd.DataFrame) -> pd.DataFrame:
    undone = events["event_id"].isin(events["reverses"].dropna())
    return events[events["reverses"].isna() & ~undone]
