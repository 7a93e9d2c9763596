"""What a file would change: cells, land, splits and mergers."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from intake_tools import Recorded, take

from data.difference import land_moved
from data.lineage_candidates import candidates
from gis.area import ellipsoidal_area_m2
from gis.io import write

NONE = gpd.GeoSeries([], crs=4490)


def strip(west, east, height=10):
    """A strip of 10 m units, EPSG:4549."""
    return shapely.box(560_000 + 10 * west, 3_074_000, 560_000 + 10 * east, 3_074_000 + 10 * height)


def lots(**shapes):
    return gpd.GeoDataFrame({"宗地编号": list(shapes)}, geometry=list(shapes.values()), crs=4549)


def degrees(**shapes):
    return gpd.GeoSeries(list(shapes.values()), index=list(shapes), crs=4549).to_crs(4490)


def register_of(frame, folder):
    return Recorded(take(write(frame, folder / "first.gpkg")).change.parcels)


def test_changed_cells_are_told_old_and_new(layer, tmp_path, recorded):
    layer["权利人"] = ["甲厂", "丁厂"]
    layer["登记面积(亩)"] = [16.5, 15.0]
    found = take(write(layer, tmp_path / "p.gpkg"), recorded).difference
    assert found.cells[["parcel_id", "field"]].values.tolist() == [
        ["P1", "registered_area_m2"],
        ["P2", "owner"],
    ]
    assert found.cells.iloc[1][["old", "new"]].tolist() == ["乙厂", "丁厂"]
    assert found.cells.iloc[0]["new"] == pytest.approx(16.5 * 2000 / 3)
    assert found.counts == {"registered_area_m2": 1, "owner": 1}
    assert found.reshaped == ()
    document = found.to_json()
    assert document["cells"][1] == {
        "parcel_id": "P2", "field": "owner", "old": "乙厂", "new": "丁厂",
    }  # fmt: skip


def test_what_was_unknown_has_no_old_value(layer, tmp_path, recorded):
    recorded.parcels["owner"] = pd.Series([None, "乙厂"], index=["P1", "P2"], dtype=object)
    found = take(write(layer, tmp_path / "p.gpkg"), recorded).difference
    assert found.cells.values.tolist() == [["P1", "owner", None, "甲厂"]]


def test_land_gained_and_lost_is_drawn(tmp_path):
    register = register_of(lots(P1=strip(0, 10), P2=strip(20, 30)), tmp_path)
    moved = lots(P1=strip(2, 11), P2=strip(20, 30))
    found = take(write(moved, tmp_path / "p.gpkg"), register).difference
    assert found.reshaped == ("P1",)
    assert found.shapes[["parcel_id", "part"]].values.tolist() == [["P1", "gained"], ["P1", "lost"]]
    assert found.area_m2("gained") == pytest.approx(10 * 100, rel=2e-4)
    assert found.area_m2("lost") == pytest.approx(20 * 100, rel=2e-4)
    assert found.shapes.crs.to_epsg() == 4490
    assert found.to_json()["lost_mu"] == pytest.approx(3.0, rel=1e-3)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            {"P1": strip(0, 10)},
            {"P1a": strip(0, 4), "P1b": strip(4, 10)},
            [("split", "P1", "P1a"), ("split", "P1", "P1b")],
        ),
        (
            {"P1": strip(0, 4), "P2": strip(4, 10)},
            {"P3": strip(0, 10)},
            [("merge", "P1", "P3"), ("merge", "P2", "P3")],
        ),
        ({"P1": strip(0, 10)}, {"P9": strip(0, 10)}, [("renumbered", "P1", "P9")]),
        (
            {"P1": strip(0, 10)},
            {"P1": strip(0, 6), "P1b": strip(6, 10)},
            [("split", "P1", "P1b")],
        ),
        (
            {"P1": strip(0, 6), "P2": strip(6, 10)},
            {"P1": strip(0, 10)},
            [("merge", "P2", "P1")],
        ),
        (
            {"P1": strip(0, 5), "P2": strip(5, 10)},
            {"P3": strip(0, 3), "P4": strip(3, 7), "P5": strip(7, 10)},
            [("rearranged", *pair.split()) for pair in ("P1 P3", "P1 P4", "P2 P4", "P2 P5")],
        ),
        ({"P1": strip(0, 10)}, {"P1": strip(0, 10), "P2": strip(10, 20)}, []),
    ],
)  # fmt: skip
def test_overlaps_suggest_what_came_of_what(tmp_path, before, after, told):
    register = register_of(lots(**before), tmp_path)
    found = take(write(lots(**after), tmp_path / "p.gpkg"), register).difference.candidates
    assert list(zip(found["kind"], found["parent_id"], found["child_id"], strict=True)) == told
    if told:
        assert found["parent_stays"].tolist() == [pair[1] in after for pair in told]


def test_neighbours_that_only_touch_suggest_nothing():
    gone, new = degrees(P1=strip(0, 10)), degrees(P2=strip(10, 20))
    assert candidates(new=new, gone=gone, gained=NONE, lost=NONE).empty


@given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_gained_less_lost_is_the_change_of_area(west, width, west2, width2):
    before = degrees(P1=strip(west, west + width))
    after = degrees(P1=strip(west2, west2 + width2))
    land = land_moved(before, after)
    signed = land["area_m2"].where(land["part"] == "gained", -land["area_m2"]).sum()
    grown = ellipsoidal_area_m2(after).iloc[0] - ellipsoidal_area_m2(before).iloc[0]
    assert signed == pytest.approx(grown, abs=0.05)
