"""``undo``, ``changes`` and the decisions of an import on the command line."""

import geopandas as gpd
from shapely.geometry import Polygon, box


def test_an_import_is_undone_by_its_number(run, workspace, tmp_path):
    other = gpd.GeoDataFrame(
        {"parcel_id": ["P1", "P9"], "owner": ["新厂", "乙"]},
        geometry=[box(120.6, 27.7, 120.6008, 27.701), box(120.7, 27.7, 120.701, 27.701)],
        crs=4490,
    )
    other.to_file(tmp_path / "new.geojson")
    words = ["--as", "parcels", "--who", "李工", "--workspace", workspace, "--json"]
    done = run("import", tmp_path / "new.geojson", *words).document
    assert (done["change"], done["diff"]["new"], done["diff"]["changed"]) == (3, 1, 1)
    assert done["diff"]["fields"] == {"owner": 1}
    assert done["diff"]["lost_m2"] > 1_000
    again = run("import", tmp_path / "new.geojson", *words).document
    assert (again["seen"], again["change"]) == ([3], None)
    text = run("import", tmp_path / "new.geojson", *words[:-1], "--dry-run").out
    assert "以前导入过" in text
    back = run("undo", 3, "--why", "传错", "--workspace", workspace, "--json").document
    assert (back["change"], back["kept"]) == (4, [])
    assert (back["counts"]["parcels_changed"], back["counts"]["parcels_removed"]) == (1, 1)
    listed = run("changes", "--workspace", workspace, "--json").document["changes"]
    assert [row["undone"] for row in listed] == [False, False, True, False]
    assert "[已撤销]" in run("changes", "--workspace", workspace).out
    refused = run("undo", 3, "--workspace", workspace, "--lang", "en")
    assert (refused.code, "undone already" in refused.err) == (1, True)
    assert run("verify", "--workspace", workspace).code == 0


def test_a_repair_is_offered_and_accepted(run, workspace, tmp_path):
    bow = Polygon([(120.8, 27.7), (120.801, 27.701), (120.801, 27.7), (120.8, 27.701)])
    gpd.GeoDataFrame({"parcel_id": ["P7"]}, geometry=[bow], crs=4490).to_file(
        tmp_path / "bow.geojson"
    )
    words = ["import", tmp_path / "bow.geojson", "--as", "parcels", "--workspace", workspace]
    assert "--repair" in run(*words).out
    assert run(*words, "--repair", "x").code == 2
    assert run(*words, "--repair", "5", "--lang", "en").code == 1
    done = run(*words, "--repair", "all", "--json").document
    assert (done["accepted"], done["repairs"][0]["accepted"]) == (1, True)


def test_a_suggested_split_is_accepted(run, workspace, tmp_path):
    halves = gpd.GeoDataFrame(
        {"parcel_id": ["P1a", "P1b"]},
        geometry=[box(120.6, 27.7, 120.6005, 27.701), box(120.6005, 27.7, 120.601, 27.701)],
        crs=4490,
    )
    halves.to_file(tmp_path / "halves.geojson")
    words = ["import", tmp_path / "halves.geojson", "--as", "parcels", "--workspace", workspace]
    assert "可能分割：P1 → P1a" in run(*words, "--dry-run").out
    assert run(*words, "--lineage", "P1").code == 2
    assert run(*words, "--lineage", "P1>P1a,P1>P1b").code == 0
    assert run("undo", 3, "--workspace", workspace).code == 0
