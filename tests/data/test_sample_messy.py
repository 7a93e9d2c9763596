"""The ledgers of the sample county hold the dirt of real ones, and come in through the door."""

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from data.intake import prepare_import
from data.register import Change, Register
from data.sample import County, generate
from data.sample.messy import write_economy_ledger, write_land_survey
from data.sample.two_ledgers import economy_version, land_version, spelled_days
from gis.io import read_table

KEYS = ("owner", "registered_area_m2", "low_class", "stage")


@pytest.fixture(scope="module")
def county() -> County:
    return generate(200, seed=5)


@pytest.fixture(scope="module")
def economy(county, tmp_path_factory) -> Path:
    return write_economy_ledger(county, tmp_path_factory.mktemp("e") / "经信局.xlsx")


@pytest.fixture(scope="module")
def land(county, tmp_path_factory) -> Path:
    return write_land_survey(county, tmp_path_factory.mktemp("l") / "资规局.xlsx")


def test_the_headings_are_found_below_titles_and_groups(economy, land):
    assert {"宗地编号", "面积(亩)", "当前阶段"} <= set(read_table(economy).columns)
    assert {"地块索引号", "登记面积(亩)", "当前阶段"} <= set(read_table(land).columns)


def test_every_kind_of_dirt_is_there(economy):
    rows = read_table(economy)
    areas = rows["面积(亩)"].map(str)
    for unit in ("亩", "㎡", "平方米", "公顷", "万㎡"):
        assert areas.str.contains(unit).any(), unit
    assert rows["企业"].map(str).str.contains("、").any()
    assert rows["信用代码"].map(str).str.len().eq(17).any()
    assert rows["宗地编号"].map(lambda cell: isinstance(cell, float)).any()
    assert rows.iloc[:, 0].map(str).str.contains("小计").sum() == rows["所属街道"].nunique()


def test_days_are_spelled_in_many_ways():
    spelled = spelled_days(pd.Series(pd.to_datetime([*["2026-06-01"] * 6, None, None])))
    assert spelled[0] == "26年6月"
    assert spelled[4:6] == ["2026年6月1日", datetime(2026, 6, 1)]  # noqa: DTZ001
    assert spelled[6:] == [None, "."]


def test_the_two_bureaus_disagree_in_places_and_agree_elsewhere(county):
    mine = economy_version(county).set_index("parcel_id")
    theirs = land_version(county).set_index("parcel_id").loc[mine.index]
    for key in KEYS:
        differs = (mine[key] != theirs[key]) & ~(mine[key].isna() & theirs[key].isna())
        assert 0 < differs.sum() < len(mine) / 4, key
    assert len(mine) < county.parcels["renewal_mode"].notna().sum()


def test_both_ledgers_come_in_as_layers_and_again_without_a_change(county, economy, land, tmp_path):
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    with Register.open(tmp_path / "w", create=True) as register:
        parcels = county.parcels[["town", "geometry"]]
        register.commit(Change("import", "甲", "宗地", moment, parcels=parcels))
        for path, layer in ((economy, "ledger_jx"), (land, "ledger_zg")):
            take = {"as_layer": layer, "register": register, "who": "甲", "recorded_at": moment}
            report = prepare_import(path, **take)
            assert report.rejected == 0
            register.commit(report.change)
            assert prepare_import(path, **take).change is None
        kept = register.read_layer("ledger_jx")
    assert len(kept) == len(economy_version(county))
    assert kept["parcel_id"].isna().any()  # codes that a spreadsheet made numbers are unknown
    assert kept["source_row"].min() == 5


def test_a_small_county_is_messy_too(tmp_path):
    small = generate(50, seed=1, until=date(2024, 12, 31))
    assert len(read_table(write_economy_ledger(small, tmp_path / "a.xlsx"))) > 1
