"""Land on one ledger only keeps its place: on its parcel, by its own shape, at its town."""

import geopandas as gpd
import pandas as pd
from shapely import box

from analysis.ledgers_compare import compare_ledgers
from analysis.ledgers_placed import placed_alone
from data.ledger_rules import load_ledger_rules

MU = 2_000 / 3
TOWNS = pd.DataFrame({"name": ["塘下镇"], "lon": [120.7], "lat": [27.9]})


def ledger(*rows):
    names = ["parcel_id", "owner", "town", "registered_area_m2", "low_class"]
    return pd.DataFrame(rows, columns=names).assign(stage="listed")


def placed(jx, zg, parcels):
    found = compare_ledgers(jx, zg, parcels, rules=load_ledger_rules())
    return placed_alone(found, jx=jx, zg=zg, parcels=parcels, towns=TOWNS)


def test_each_row_is_placed_by_the_best_that_is_known_of_it():
    land = box(120.6, 27.8, 120.601, 27.801)
    parcels = gpd.GeoDataFrame({"parcel_name": ["甲"]}, geometry=[land], index=["P1"], crs=4490)
    jx = ledger(
        ("P1", "甲厂", "塘下镇", 3 * MU, "underused"),
        ("X2", "乙厂", "塘下镇", 4 * MU, "underused"),
        (None, "丙厂", None, None, "underused"),
    )
    drawn = box(120.65, 27.85, 120.651, 27.851)
    zg = gpd.GeoDataFrame(
        ledger(("Z9", "丁厂", "塘下镇", 5 * MU, "built_idle")), geometry=[drawn], crs=4490
    )
    rows = placed(jx, zg, parcels).set_index("owner")
    assert rows["placed_by"].where(rows["placed_by"].notna(), None).to_dict() == {
        "甲厂": "parcel", "乙厂": "town", "丙厂": None, "丁厂": "shape",
    }  # fmt: skip
    assert rows.geometry["甲厂"] == land
    assert rows.geometry["丁厂"] == drawn
    assert (rows.geometry["乙厂"].x, rows.geometry["乙厂"].y) == (120.7, 27.9)
    assert rows.geometry["丙厂"] is None
    assert rows["land_m2"].sum() == 3 * MU + 4 * MU + 5 * MU


def test_ledgers_that_agree_leave_nothing_alone():
    same = ledger(("P1", "甲厂", "塘下镇", 3 * MU, "underused"))
    nothing = gpd.GeoDataFrame({"parcel_name": []}, geometry=gpd.GeoSeries([], crs=4490))
    assert placed(same, same, nothing).empty
