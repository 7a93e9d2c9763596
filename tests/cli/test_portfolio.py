"""The portfolio on the command line, from a register of three blocks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from data.register import Change, Register


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Return a workspace of three parcels far from each other, of about 100 亩 each."""
    place = tmp_path_factory.mktemp("county")
    index = pd.Index(["P1", "P2", "P3"], name="parcel_id")
    facts = {
        "town": ["塘下镇", "塘下镇", "飞云街道"],
        "low_class": "underused",
        "renewal_mode": "acquire",
        "floor_area_m2": [10_000.0, 20_000.0, None],
        "unlawful_floor_area_m2": 0.0,
        "employees": [10, 20, 5],
    }
    shapes = [box(120.6 + 0.01 * n, 27.7, 120.6027 + 0.01 * n, 27.7023) for n in range(3)]
    land = gpd.GeoDataFrame(facts, geometry=shapes, index=index, crs=4490)
    with Register.open(place, create=True) as register:
        moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
        register.commit(Change("import", "甲", "初", moment, parcels=land))
    return place


@pytest.fixture
def asked(tmp_path):
    """Write settings and return their file."""

    def write(text):
        file = tmp_path / "asked.toml"
        file.write_text("years = [2027, 2028]\nmonths = 6\n" + text, "utf-8")
        return file

    return write


def choose(run, county, file, *more):
    words = ("--workspace", county, "--settings", file, "--unknown", "known", *more)
    return run("portfolio", *words)


def test_the_document_has_years_blocks_and_the_gap(run, county, asked):
    file = asked("task_mu = 90\n[credited_mu]\n2027 = 50\n")
    found = choose(run, county, file, "--json").document
    assert (found["status"], found["gap"], found["faults"]) == ("optimal", 0, [])
    for year in found["years"]:
        mine = [row for row in found["blocks"] if row["block_id"] in year["blocks"]]
        assert year["area_mu"] == pytest.approx(
            sum(row["area_mu"] for row in mine) + year["credited_mu"]
        )
        assert year["area_mu"] >= 90
    assert [row["parcel_ids"] for row in found["blocks"]] == [
        [row["block_id"][2:]] for row in found["blocks"]
    ]
    assert choose(run, county, file, "--json").document["blocks"] == found["blocks"]


def test_costs_known_in_part_are_least_ones_in_every_row(run, county, asked):
    """Nobody has said which firms are on the three parcels: all costs are least ones."""
    file = asked("task_mu = 90\n")
    found = choose(run, county, file, "--objective", "difficulty", "--json").document
    assert [row["cost_wan_unknown"] for row in found["blocks"]] == [1, 1]
    assert [row["cost_wan_unknown"] for row in found["years"]] == [1, 1]
    assert found["incomplete"] == [row["block_id"] for row in found["blocks"]]
    assert choose(run, county, file).out.count("启动 1 片、不少于 ") == 2


def test_parcels_can_be_chosen_one_by_one(run, county, asked):
    file = asked("task_mu = 90\n")
    found = choose(run, county, file, "--by-parcel", "--json").document
    assert (found["by_parcel"], found["candidates"], found["faults"]) == (True, 3, [])
    whole = choose(run, county, file, "--json").document
    assert found["objective"] == pytest.approx(whole["objective"])
    assert "可选 3 宗地" in choose(run, county, file, "--by-parcel").out


def test_what_contradicts_itself_is_told_with_its_numbers(run, county, asked):
    file = asked('task_mu = 90\n[towns."飞云街道"]\nleast_mu = 300\n')
    found = choose(run, county, file, "--json").document
    assert (found["status"], found["blocks"], found["years"][0]["blocks"]) == ("infeasible", [], [])
    (only,) = found["conflict"]
    assert (only["kind"], only["asked"]) == ("town_least", 300)
    said = choose(run, county, file).out
    assert f"飞云街道只有 {only['left_mu']:,.1f} 亩可选，要求至少 300.0 亩" in said
    english = choose(run, county, file, "--lang", "en").out
    assert "mu left, at least 300.0 is asked" in english


def test_unknown_costs_are_asked_for(run, county, asked):
    refused = run("portfolio", "--workspace", county, "--settings", asked("task_mu = 90\n"))
    assert refused.code == 1
    assert "费用（B-P1、B-P2、B-P3 3 个）" in refused.err
    assert "其 3 宗地中，3 宗没有所在企业、1 宗没有建筑面积。" in refused.err
    for way in ("--prices", "--unknown leave_out", "--unknown known"):
        assert way in refused.err


def test_prices_that_are_not_set_are_named(run, county, asked, tmp_path):
    file, shipped = tmp_path / "prices.toml", Path("data/rulesets/block_prices.toml")
    blank = shipped.read_text("utf-8").replace("value = 60\n", "", 1)
    assert blank != shipped.read_text("utf-8")
    file.write_text(blank, "utf-8")
    refused = run(
        "portfolio", "--workspace", county, "--settings", asked("task_mu = 90\n"), "--prices", file
    )
    assert "未设定的单价：土地收储补偿。" in refused.err


def test_tasks_that_no_source_sets_are_told_as_assumed(run, county, asked):
    """The rule sets 1,800 亩 for the years up to 2027."""
    found = choose(run, county, asked("task_mu = 1800\n"), "--json").document
    assert found["tasks_assumed"] == {"2028": 1800.0}
    said = choose(run, county, asked("task_mu = 1800\n")).out
    assert "2028 年的任务没有文件依据，暂按每年 1,800 亩假定" in said
    other = choose(run, county, asked("task_mu = { 2027 = 90, 2028 = 50 }\n"), "--json").document
    assert other["tasks_assumed"] == {}
    assert "没有河流、铁路、红线、道路等级图层" in said


def test_the_gap_between_neighbours_can_be_set(run, county, asked):
    """The three parcels are about 720 m apart."""
    file = asked("task_mu = 90\npart_above_mu = 1000\n")
    assert choose(run, county, file, "--json").document["candidates"] == 3
    assert choose(run, county, file, "--within", 800, "--json").document["candidates"] == 1


def test_budget_zero_buys_nothing(run, county, asked):
    file = asked("task_mu = 90\nbudgets_wan = 0\n")
    found = choose(run, county, file, "--json").document
    assert {each["kind"] for each in found["conflict"]} == {"task", "budget"}


def test_settings_that_cannot_be_read_are_refused(run, county, asked):
    refused = choose(run, county, asked("task = 90\nbudgets_wan = -1\n"))
    assert refused.code == 1
    assert "task ?" in refused.err
    assert "budgets_wan" in refused.err


def test_an_answer_that_fails_its_check_is_no_success(run, county, asked, monkeypatch):
    import analysis.portfolio as chooser
    from analysis.portfolio_check import Fault

    monkeypatch.setattr(chooser, "check", lambda *_: (Fault("locked_out", "B-P1", 0, 1),))
    told = choose(run, county, asked("task_mu = 90\n"))
    assert told.code == 1
    assert "不选而选了（宗）：B-P1（要求 0，实际 1）" in told.out


def test_a_first_year_that_the_settings_contradict_is_refused(run, county, asked):
    refused = choose(run, county, asked("task_mu = 90\n"), "--year", 2030)
    assert (refused.code, "--year 2030 ≠ years 2027–2028" in refused.err) == (1, True)
    assert choose(run, county, asked("task_mu = 90\n"), "--year", 2027).code == 0
