"""Projects on the command line: entered, changed, listed, withdrawn."""

from __future__ import annotations

import pytest

from data.register import Register


@pytest.fixture
def place(tmp_path):
    with Register.open(tmp_path / "county", create=True):
        pass
    return ("--workspace", tmp_path / "county")


def test_a_project_is_entered_changed_listed_and_withdrawn(run, place):
    words = ("--set", "最少用地(亩)=30", "--set", "cluster=汽车", "--set", "总投资(亿元)=1.2")
    done = run("project", "add", "X1", *words, "--set", "自有用地=否", *place, "--json")
    row = done.document["projects"][0]
    assert (row["land_least_mu"], row["cluster"]) == (30.0, "auto")
    assert (row["investment_wan"], row["priority"], row["jobs"]) == (12_000.0, True, None)
    run("project", "add", "X1", "--set", "jobs=90", "--why", "来函", *place)
    listed = run("project", "list", *place, "--json").document
    assert [(p["land_least_mu"], p["jobs"]) for p in listed["projects"]] == [(30.0, 90.0)]
    assert "优先保障 1 个" in run("project", "list", *place).out
    assert run("project", "remove", "X1", *place, "--json").document["removed"] == ["X1"]
    assert "还没有项目" in run("project", "list", *place).err


def test_what_cannot_be_read_is_refused_and_nothing_is_written(run, place):
    refused = run("project", "add", "X1", "--set", "最少用地=许多", *place)
    assert refused.code == 1
    assert "最少用地“许多”：不是数字" in refused.err
    assert run("project", "add", "X1", "--set", "jobs", *place).code == 1
    assert run("project", "list", *place).code == 1


def test_a_file_of_projects_is_listed_without_a_register(run, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("项目编号,项目类别,劳动生产率,行业平均劳动生产率\nX1,新招引,43,40\n", "utf-8")
    found = run("project", "list", "--projects", file, "--json").document
    assert found["projects"][0]["entry"]["verdict"] == "missed"
    assert (
        "未达到准入条件：43 < 44 万元/人（EFF-05）"
        in run("project", "list", "--projects", file).out
    )
