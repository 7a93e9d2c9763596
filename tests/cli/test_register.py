"""Verbs on a workspace: sample, progress, verify, and places that are none."""

from __future__ import annotations

import json
import sqlite3

import geopandas as gpd
import pytest
from shapely.geometry import box

from data.sample.county import FEWEST, MOST


def test_progress_counts_what_the_rule_counts(run, workspace):
    words = ["--year", 2026, "--state-on", "2026-06-30", "--workspace", workspace]
    found = run("progress", *words, "--json").document
    area = gpd.GeoSeries([box(120.6, 27.7, 120.601, 27.701)], crs=4490).to_crs(4549).area[0]
    assert found["credited_m2"] == pytest.approx(area, rel=1e-3)
    assert found["target_mu"] == 1800
    assert found["by_town"][0]["town"] == "塘下镇"
    assert len(found["by_town"]) == 23
    assert found["register_version"] == 2
    assert found["state_on"] == "2026-06-30"
    assert {"demolished_mu", "supplied_mu", "started_m2", "movement", "forecast"} <= set(found)
    renewed = sum(row["renewed_m2"] for row in found["movement"])
    assert renewed == pytest.approx(found["credited_m2"], abs=0.01)
    told = run("progress", *words)
    assert "落后序时" in told.out
    assert "计入规则" in told.out
    assert "behind pace" in run("progress", *words, "--lang", "en").out


def test_a_report_published_before_the_record_is_restated(run, workspace, tmp_path):
    out = tmp_path / "变动.xlsx"
    words = ["--year", 2026, "--state-on", "2026-06-30", "--workspace", workspace, "--json"]
    found = run("progress", *words, "--out", out).document
    assert out.stat().st_size > 0
    told = run("progress", *words, "--published-on", "9999-12-30").document["restated"]
    assert told["rows"] == []
    assert told["now_m2"] == found["credited_m2"]


def test_what_was_not_known_yet_is_not_in_the_figures(run, workspace):
    words = ["--year", 2026, "--state-on", "2026-06-30", "--known-on", "2020-01-01"]
    done = run("progress", *words, "--workspace", workspace)
    assert done.code == 1
    assert "还没有宗地" in done.err


def test_a_look_at_a_year_to_come_gives_zeros_and_no_movement(run, workspace):
    place = ("--workspace", workspace, "--json")
    ahead = run("progress", "--year", 2027, "--state-on", "2026-06-30", *place)
    assert ahead.code == 0, ahead.err
    assert ahead.document["movement"] == []
    assert ahead.document["credited_m2"] == 0


def test_the_last_day_there_is_can_be_asked_for(run, workspace):
    words = ["--year", 2026, "--known-on", "9999-12-31", "--workspace", workspace, "--json"]
    assert run("progress", *words).code == 0


def test_verify_says_whole_or_names_the_fault(run, workspace):
    assert run("verify", "--workspace", workspace).code == 0
    with sqlite3.connect(workspace / "register.gpkg") as database:
        database.execute("UPDATE change SET why = 'other' WHERE change_no = 1")
    database.close()
    done = run("verify", "--workspace", workspace, "--json")
    assert done.code == 1
    assert done.document["ok"] is False
    assert done.document["faults"] == ["第 1 次变更：变更记录本身被改动"]
    assert "change 1: its own record" in run("verify", "--workspace", workspace, "--lang", "en").out


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_workspace_that_is_a_file_is_told_as_such(run, files, tmp_path, inside):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    place = file / inside if inside else file
    for words in (
        ["verify"],
        ["sample", "--parcels", 50],
        ["import", files / "parcels.geojson", "--as", "parcels", "--who", "李工"],
    ):
        done = run(*words, "--workspace", place)
        assert done.code == 1
        assert "notes.txt 却是文件" in done.err
    assert file.read_text() == "mine"


@pytest.mark.parametrize("verb", ["verify", "progress", "export"])
def test_a_place_without_a_register_is_refused_in_the_language_asked(run, tmp_path, verb):
    more = {"progress": ["--year", "2026"], "export": ["--out", tmp_path / "x.csv"]}.get(verb, [])
    done = run(verb, *more, "--workspace", tmp_path / "none", "--json", "--lang", "en")
    assert done.code == 1
    assert done.err.startswith("There is no register in workspace")
    assert done.document["error"]["kind"] == "WorkspaceMissingError"


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\0" * 50]
)
def test_a_file_that_is_no_register_is_refused(run, tmp_path, content):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "register.gpkg").write_bytes(content)
    done = run("verify", "--workspace", tmp_path / "w")
    assert done.code == 1
    assert "register.gpkg" in done.err
    assert "Traceback" not in done.err


def test_the_sample_takes_as_many_parcels_as_its_help_says(run):
    assert f"{FEWEST}<=x<={MOST}" in run("sample", "--help").out


def test_the_sample_county_refuses_a_place_that_is_not_empty(run, tmp_path):
    (tmp_path / "keep.txt").write_text("mine")
    for words in (["--workspace", tmp_path], ["--as-files", tmp_path]):
        done = run("sample", "--parcels", 50, *words)
        assert done.code == 1
        assert "keep.txt" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_the_sample_county_is_whole_and_marked_as_such(run, small_sample):
    place = small_sample / "county"
    assert json.loads((small_sample / "said.json").read_text("utf-8"))["parcels"] == 50
    assert sorted(path.name for path in small_sample.iterdir()) == ["county", "said.json"]
    pictures = {path.name.partition("-")[0] for path in (place / "tiles").glob("*.png")}
    assert pictures >= {"hillshade", "slope"}
    found = run("progress", "--year", 2023, "--workspace", place, "--json").document
    assert found["sample"] is True
    assert found["state_on"] == "2023-06-30"
