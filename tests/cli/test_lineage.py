"""``event lineage``: a parcel is split, its credit goes with the land."""

import geopandas as gpd
import pytest
from shapely.geometry import box


@pytest.fixture
def split(run, workspace, tmp_path):
    """The workspace with the two halves of P1 imported beside it."""
    halves = gpd.GeoDataFrame(
        {"parcel_id": ["P1a", "P1b"], "town": "塘下镇", "low_class": "用而未尽"},
        geometry=[box(120.6, 27.7, 120.6004, 27.701), box(120.6004, 27.7, 120.601, 27.701)],
        crs=4490,
    )
    halves.to_file(tmp_path / "halves.geojson")
    words = ["--as", "parcels", "--who", "李工", "--workspace", workspace]
    assert run("import", tmp_path / "halves.geojson", *words).code == 0
    return workspace


def table(folder, *pairs):
    path = folder / "分割.csv"
    rows = [",".join(pair) for pair in pairs]
    path.write_text("\n".join(["母宗编号,子宗编号", *rows]), "utf-8-sig")
    return path


def credited(run, workspace):
    words = ["progress", "--year", "2026", "--state-on", "2026-10-31", "--workspace", workspace]
    return run(*words, "--json").document["credited_m2"]


def test_a_split_keeps_the_years_credit(run, split, tmp_path):
    before = credited(run, split)
    assert before > 0
    file = table(tmp_path, ("P1", "P1a"), ("P1", "P1b"))
    done = run("event", "lineage", file, "--who", "李工", "--workspace", split, "--json")
    assert done.code == 0, done.err
    assert done.document["retired"] == ["P1"]
    assert credited(run, split) == pytest.approx(before, rel=1e-6)
    again = ["event", "add", "--parcel", "P1a", "--stage", "拆除", "--on", "2026-04-01"]
    refused = run(*again, "--workspace", split, "--json")
    assert [fault["kind"] for fault in refused.document["faults"]] == ["area_over_rest"]
    gone = run("event", "add", "--parcel", "P1", "--stage", "供地", "--on", "2026-04-01",
               "--workspace", split, "--json")  # fmt: skip
    assert [fault["kind"] for fault in gone.document["faults"]] == ["parcel_vanished"]
    assert run("verify", "--workspace", split).code == 0


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (("P7", "P1a"), "no such current parent"),
        (("P1", "P7"), "no such current child"),
        (("P1", "P1"), "parent and child are the same"),
        (("P1", "P2"), "the child does not lie on"),
    ],
)
def test_an_impossible_pair_is_refused_and_nothing_changes(run, split, tmp_path, pair, told):
    before = credited(run, split)
    file = table(tmp_path, ("P1", "P1a"), pair)
    refused = run("event", "lineage", file, "--workspace", split, "--lang", "en")
    assert refused.code == 1
    assert f"row 3: {told}" in refused.err
    assert credited(run, split) == before
