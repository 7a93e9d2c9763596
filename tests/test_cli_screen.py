"""The verb ``screen``: from a file, from the register, against the last one, and its refusals."""

import json
import sys

import geopandas as gpd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

import cli
from data.screening_rules import SHIPPED

PARCELS = {
    "parcel_id": ["P1", "P2", "P3"],
    "是否供地": ["是", "是", "否"],
    "建设状况": ["已投产", "未动工", None],
    "标准地": ["否", "否", None],
    "far": [0.4, None, None],
    "planned_far": [1.2, None, None],
    "约定开工时间": [None, "2024-01-01", None],
    "批准日期": [None, None, "2023-05-01"],
}
ROW_KEYS = {"parcel_id", "class", "rule", "value", "threshold", "clause", "missing"}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    return lambda *words: CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path):
    shapes = [box(120.6 + n / 100, 27.7, 120.601 + n / 100, 27.701) for n in range(3)]
    path = tmp_path / "parcels.gpkg"
    gpd.GeoDataFrame(PARCELS, geometry=shapes, crs=4490).to_file(path)
    return path


def test_a_file_is_screened_without_a_register_and_nothing_is_written(run, file, tmp_path):
    before = set(tmp_path.iterdir())
    done = run("screen", "--parcels", file, "--on", "2026-06-30", "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    rows = {row["parcel_id"]: row for row in document["parcels"]}
    assert all(set(row) >= ROW_KEYS for row in rows.values())
    assert [rows[p]["class"] for p in ("P1", "P2", "P3")] == [
        "underused", "supplied_unused", "approved_unsupplied",
    ]  # fmt: skip
    assert (rows["P1"]["value"], rows["P1"]["threshold"]) == (0.4, 1.2)
    assert rows["P2"]["suspected_idle"] is True
    assert [row["rule"] for row in document["inactive_rules"]] == [
        "underused_area", "high_consumption_energy",
    ]  # fmt: skip
    assert set(tmp_path.iterdir()) == before


def test_a_ledger_without_geometry_is_screened_as_well(run, tmp_path):
    path = tmp_path / "台账.csv"
    path.write_text("宗地编号,建设状况,是否供地\nP1,已竣工未投产,是\n", "utf-8")
    done = run("screen", "--parcels", path, "--on", "2026-06-30", "--json")
    assert json.loads(done.stdout)["parcels"][0]["class"] == "built_idle"


def test_the_text_says_what_is_not_in_force_and_that_idle_is_only_suspected(run, file):
    zh = run("screen", "--parcels", file, "--on", "2026-06-30").stdout
    en = run("screen", "--parcels", file, "--on", "2026-06-30", "--lang", "en").stdout
    assert "疑似闲置：1 宗" in zh
    assert "未启用的规则：underused_area" in zh
    assert "administrative act" in en


def test_another_ruleset_is_used_and_a_wrong_one_is_refused_with_all_faults(run, file, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(SHIPPED.read_text("utf-8").replace('field = "far"', 'field = "fat"'), "utf-8")
    done = run("screen", "--parcels", file, "--rules", rules)
    assert done.exit_code == 1
    assert "unknown field fat" in done.stderr
    text = SHIPPED.read_text("utf-8").replace('other = "planned_far"', "value = 0.3")
    rules.write_text(text, "utf-8")
    done = run("screen", "--parcels", file, "--rules", rules, "--on", "2026-06-30", "--json")
    assert json.loads(done.stdout)["parcels"][0]["class"] == "not_low"


def test_a_date_in_the_future_is_listed_among_the_issues(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("宗地编号,实际开工时间\nP1,2031-01-01\n", "utf-8")
    done = run("screen", "--parcels", path, "--on", "2026-06-30", "--json")
    kinds = [issue["kind"] for issue in json.loads(done.stdout)["issues"]]
    assert "future_date" in kinds


def test_what_changed_since_the_last_screening_and_which_rule_did_it(run, file, tmp_path):
    place = ("--workspace", tmp_path / "w")
    assert run("import", file, "--as", "parcels", *place).exit_code == 0
    none_yet = run("screen", *place, "--changes")
    assert none_yet.exit_code == 1
    assert "--record" in none_yet.stderr
    kept = run("screen", *place, "--on", "2026-06-30", "--record", "--who", "李工", "--json")
    assert json.loads(kept.stdout)["change"] == 2
    rules = tmp_path / "rules.toml"
    rules.write_text(
        SHIPPED.read_text("utf-8").replace('other = "planned_far"', "value = 0.3"), "utf-8"
    )
    done = run("screen", *place, "--on", "2026-06-30", "--changes", "--rules", rules, "--json")
    changed = json.loads(done.stdout)["changed"]
    assert [row["parcel_id"] for row in changed] == ["P1"]
    assert changed[0]["causes"] == ["rules"]
    assert changed[0]["rules_changed"] == ["underused_far"]
    assert json.loads(run("verify", *place, "--json").stdout)["ok"]


def test_a_loose_file_cannot_be_put_on_record(run, file):
    done = run("screen", "--parcels", file, "--record")
    assert done.exit_code == 1
    assert "--parcels" in done.stderr


def test_an_unknown_flag_names_what_is_missing(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("宗地编号,是否供地\nP1,是\n", "utf-8")
    done = run("screen", "--parcels", path, "--on", "2026-06-30", "--json")
    (row,) = json.loads(done.stdout)["parcels"]
    assert row["suspected_idle"] is None
    assert row["idle_missing"]


def test_the_text_of_an_issue_says_where_and_the_encoding_can_be_given(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("宗地编号,实际开工时间\n甲一,2031-01-01\n".encode("gb18030"))
    words = ("screen", "--parcels", path, "--on", "2026-06-30", "--encoding", "GB18030")
    done = run(*words)
    assert done.exit_code == 0
    assert "甲一 · 实际开工" in done.stdout
