"""Projects that look for land: typed, merged by number, refused with every fault."""

from __future__ import annotations

import pandas as pd
import pytest
from intake_tools import take

from analysis.entry_bars import entry_bars, priority
from data.errors import RulesFaultyError
from data.project_rules import load_project_rules
from data.projects import (
    ProjectRefusedError,
    ProjectsMissingError,
    ProjectUnknownError,
    entered,
    merged,
    project_table,
    projects_change,
    read_loose_projects,
    read_projects,
    replaced,
    without,
)

RULES = load_project_rules()


def written(folder, text):
    path = folder / "项目库.csv"
    path.write_text(text, "utf-8-sig")
    return path


def test_a_table_of_projects_is_read_with_its_headings_and_units(tmp_path):
    path = written(
        tmp_path,
        "项目编号,项目名称,产业集群,最少用地(公顷),用地上限(亩),总投资(亿元),火灾危险性,是否化工\n"
        "X1,甲,汽车,2,45,1.5,丁类,否\nX2,乙,新材料,,60,0.4,甲,是\n",
    )
    found, issues = read_loose_projects(path)
    assert issues.empty
    assert found.loc["X1", "land_least_mu"] == 2 * 15
    assert found["investment_wan"].tolist() == [1.5 * 10_000, 0.4 * 10_000]
    assert found["cluster"].tolist() == ["auto", "materials"]
    assert found["hazard_class"].tolist() == ["D", "A"]
    assert found["chemical"].tolist() == [False, True]
    assert pd.isna(found.loc["X2", "land_least_mu"])


def test_rows_without_a_number_or_with_one_twice_stay_out_and_are_told(tmp_path):
    path = written(tmp_path, "项目编号,项目名称,用地下限,用地上限\nX1,甲,9,5\n,乙,1,2\nX1,丙,1,2\n")
    found, issues = read_loose_projects(path)
    assert found.empty  # the first asks for 9 at least and 5 at most
    assert set(issues["kind"]) == {"number_missing", "id_duplicate", "land_bounds"}


def test_a_file_lays_itself_over_the_projects_on_record(register, tmp_path, change):
    old = project_table(pd.DataFrame({"project_id": ["X1", "X9"], "jobs": [80, 5]}))
    moment = change().recorded_at
    register.commit(projects_change(old, who="李工", why="初", recorded_at=moment))
    path = written(tmp_path, "项目编号,用工人数,最低容积率\nX1,,2\nX2,30,1.5\n")
    report = take(path, register, as_layer="projects")
    assert report.diff == {"new": 1, "changed": 1, "unchanged": 0, "vanished": 1}
    assert report.ids["vanished"] == ("X9",)
    register.commit(report.change)
    found = read_projects(register)
    assert found.index.tolist() == ["X1", "X9", "X2"]
    assert found["jobs"].tolist() == [80, 5, 30]
    assert found.loc["X1", "far_least"] == 2
    assert take(path, register, as_layer="projects").change is None


def test_a_file_is_held_to_what_the_form_is_held_to(register, tmp_path, change):
    old = project_table(pd.DataFrame({"project_id": ["X1", "X2"], "land_most_mu": [20, 20]}))
    moment = change().recorded_at
    register.commit(projects_change(old, who="李工", why="初", recorded_at=moment))
    path = written(
        tmp_path,
        "项目编号,最少用地,最多用地,行业代码\nX1,30,,3670\nX2,10,,99999\nX3,50,20,C36\nX4,,,汽车\n",
    )
    report = take(path, register, as_layer="projects")
    issues = report.issues[["row", "kind", "severity", "value"]].values.tolist()
    assert sorted(issues) == [
        [2, "land_bounds", "rejected", "30 > 20"],
        [3, "industry_strange", "warning", "99999"],
        [4, "land_bounds", "rejected", "50 > 20"],
        [5, "industry_strange", "warning", "汽车"],
    ]
    assert (report.accepted, report.rejected, report.diff["vanished"]) == (2, 2, 0)
    assert report.ids["new"] == ("X4",)


def test_a_number_beyond_its_range_is_refused_with_the_range():
    with pytest.raises(ProjectRefusedError) as refusal:
        entered({"project_id": "X1", "land_least_mu": -3, "far_least": 30})
    assert "最少用地“-3”：应不小于 0" in str(refusal.value)
    assert "应在 0 至 20 之间" in str(refusal.value)
    assert "between 0 and 20" in refusal.value.say("en")


def test_a_register_without_projects_says_how_to_bring_them(register):
    with pytest.raises(ProjectsMissingError, match="--as projects"):
        read_projects(register)


def test_a_form_is_refused_with_every_fault():
    with pytest.raises(ProjectRefusedError) as refusal:
        entered({"项目编号": "X1", "最少用地": "许多", "产业集群": "航天", "天气": "晴"})
    told = str(refusal.value)
    for part in ("共 3 处", "最少用地“许多”：不是数字", "产业集群“航天”", "天气"):
        assert part in told
    with pytest.raises(ProjectRefusedError, match="缺少编号"):
        entered({"最少用地": "3"})


def test_bounds_are_checked_with_what_is_known_already():
    old = project_table(pd.DataFrame({"project_id": ["X1"], "land_most_mu": [20]}))
    with pytest.raises(ProjectRefusedError, match="30 > 20"):
        entered({"project_id": "X1", "land_least_mu": "30"}, old)
    row = entered({"project_id": "X1", "land_least_mu": "15"}, old)
    assert merged(row, old).loc["X1", ["land_least_mu", "land_most_mu"]].tolist() == [15, 20]


def test_only_projects_that_are_there_can_be_withdrawn():
    table = project_table(pd.DataFrame({"project_id": ["X1", "X2"]}))
    assert without(table, ["X1"]).index.tolist() == ["X2"]
    with pytest.raises(ProjectUnknownError, match="X7"):
        without(table, ["X7"])


def test_the_bars_of_the_plan_are_checked_where_figures_exist():
    table = project_table(
        pd.DataFrame(
            {
                "project_id": ["A", "B", "C", "D", "E"],
                "project_kind": ["emerging", "expansion", "emerging", "other", None],
                "value_added_wan": [4_400, 4_599, None, 1, 1],
                "jobs": [100] * 5,
                "productivity_mean_wan": [40.0] * 5,
            }
        )
    )
    found = entry_bars(table, rules=RULES)
    assert found["verdict"].tolist() == ["met", "missed", "not_checked", "none", "not_checked"]
    assert found["least_wan"].tolist()[:2] == pytest.approx([40 * 1.10, 40 * 1.15])
    assert found.loc["B", "premium_pct"] == pytest.approx((45.99 / 40 - 1) * 100)
    assert found.loc["C", "missing"] == ("productivity_wan",)
    assert found.loc["E", "missing"] == ("project_kind",)


def test_unknown_land_of_its_own_leaves_the_priority_open():
    table = project_table(
        pd.DataFrame(
            {
                "project_id": ["A", "B", "C", "D"],
                "investment_wan": [10_000, 9_999, 20_000, None],
                "own_land": [False, False, True, False],
            }
        )
    )
    assert priority(table, rules=RULES).fillna(False).tolist() == [True, False, False, False]
    assert priority(table, rules=RULES).isna().tolist() == [False, False, False, True]


def test_faulty_rules_are_refused_with_every_fault(tmp_path):
    file = tmp_path / "projects.toml"
    file.write_text("[projects.priority]\nvalue = -1\n[projects.bar.giant]\ntarget='X'\n", "utf-8")
    with pytest.raises(RulesFaultyError) as refusal:
        load_project_rules(file)
    for part in ("priority: value", "priority: unit wan", "bar.giant ?", "bar.giant: target"):
        assert part in str(refusal.value)


def test_projects_stay_in_the_order_in_which_they_came():
    old = project_table(pd.DataFrame({"project_id": ["X9", "X5"], "jobs": [1, 2]}))
    new = project_table(pd.DataFrame({"project_id": ["X1", "X5"], "jobs": [3, 4]}))
    assert merged(new, old)["jobs"].to_dict() == {"X9": 1, "X5": 4, "X1": 3}
    assert merged(new, old).index.tolist() == ["X9", "X5", "X1"]
    assert replaced(new.loc[["X5"]], old).index.tolist() == ["X9", "X5"]
