"""Taking files in: every row accounted for, nothing written where refused."""

from __future__ import annotations

import sqlite3

import geopandas as gpd
import pandas as pd


def test_inspect_names_what_is_recognised_and_writes_nothing(run, files, tmp_path):
    before = sorted(files.iterdir())
    found = run("inspect", files / "parcels.geojson", "--json").document
    assert found["layers"][0]["rows"] == 3
    assert found["layers"][0]["fields"]["owner"] == "owner"
    assert "宗地编号" in run("inspect", files / "parcels.geojson").out
    assert run("inspect", tmp_path / "none.shp").code == 1
    assert sorted(files.iterdir()) == before


def test_a_sheet_without_a_header_does_not_refuse_the_others(run, tmp_path):
    with pd.ExcelWriter(tmp_path / "表.xlsx") as book:
        note = pd.DataFrame([["请各镇街于每月5日前报送"]])
        note.to_excel(book, sheet_name="填表说明", index=False, header=False)
        rows = pd.DataFrame({"宗地号": ["P1"], "权利人": ["丙"]})
        rows.to_excel(book, sheet_name="塘下镇", index=False)
    done = run("inspect", tmp_path / "表.xlsx", "--json")
    first, second = done.document["layers"]
    assert (done.code, second["problem"], second["fields"]["宗地号"]) == (0, None, "parcel_id")
    assert "表.xlsx:填表说明" in first["problem"]


def test_a_shapefile_that_declares_no_system_is_listed_as_such(run, files, tmp_path):
    path = tmp_path / "p.shp"
    gpd.read_file(files / "parcels.geojson")[["town", "geometry"]].to_file(path, encoding="utf-8")
    path.with_suffix(".prj").unlink()
    done = run("inspect", path)
    assert done.code == 0, done.err
    assert "未声明坐标系" in done.out
    assert run("inspect", path, "--json").document["layers"][0]["crs_recognised"] is None
    assert "参考：按 EPSG:4490（" in done.out
    told = run("inspect", path, "--crs", "EPSG:4490", "--json").document["layers"][0]["place"]
    assert told["verdict"] == "fits"
    assert told["candidates"][0]["inside_share"] > 0.5


def test_an_import_accounts_for_every_row(run, files, tmp_path):
    words = ["--as", "parcels", "--who", "李工", "--workspace", tmp_path / "w", "--json"]
    done = run("import", files / "parcels.geojson", *words)
    assert done.code == 0
    found = done.document
    assert found["rows_in"] == found["accepted"] + found["rejected"] == 3
    assert found["diff"]["new"] == 3
    assert found["change"] == 1
    again = run("import", files / "parcels.geojson", *words).document
    assert again["diff"]["unchanged"] == 3
    assert again["change"] is None


def test_a_dry_run_writes_nothing(run, files, tmp_path):
    place = tmp_path / "w"
    words = ["--as", "parcels", "--who", "李工", "--workspace", place, "--dry-run", "--json"]
    done = run("import", files / "parcels.geojson", *words)
    assert done.document["accepted"] == 3
    assert done.document["change"] is None
    assert not place.exists()


def test_a_refused_file_leaves_no_empty_register_behind(run, tmp_path):
    bad = tmp_path / "bad.geojson"
    bad.write_text("{")
    done = run("import", bad, "--as", "parcels", "--who", "李工", "--workspace", tmp_path / "w")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "bad.geojson" in done.err
    assert not (tmp_path / "w").exists()


def test_a_file_without_one_good_row_is_a_refusal(run, workspace, tmp_path):
    ghosts = tmp_path / "ghosts.csv"
    ghosts.write_text("parcel_id,stage,occurred_on\nGHOST,签约,2026-01-01\n", "utf-8")
    words = ["--as", "events", "--who", "李工", "--workspace", workspace, "--json"]
    done = run("import", ghosts, *words)
    assert done.code == 1
    assert (done.document["quarantined"], done.document["rejected"]) == (1, 0)
    assert done.document["issues"]


def test_the_sample_county_warns_against_real_data(run, files, workspace):
    words = ["import", files / "parcels.geojson", "--as", "parcels", "--who", "李工"]
    words += ["--workspace", workspace]
    assert "warning" not in run(*words, "--json").document
    with sqlite3.connect(workspace / "register.gpkg") as database:
        database.execute("INSERT INTO register_meta VALUES ('sample', 1, '1')")
    database.close()
    assert "此工作区是示例县" in run(*words).out
    done = run(*words, "--json")
    assert done.code == 0
    assert "--workspace" in done.document["warning"]
