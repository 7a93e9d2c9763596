"""Choosing over the years on the county of six parcels: asked, solved, compared, adopted."""

import json
import shutil
from pathlib import Path

import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import cli
from data.register import Register
from data.scenarios import plan_of
from ui import desk, jobs, portfolio

ONE_YEAR = {
    "years": [2026],
    "task_mu": {"2026": 100.0},
    "credited_mu": {"2026": 0.0},
    "months": 6,
    "unknown": "known",
    "seconds": 20,
}
"""P1 and P3 are credited already: P2 with its 200 亩 is all that can be chosen."""


@pytest.fixture
def app(county, tmp_path, monkeypatch):
    workspace = tmp_path / "county"
    shutil.copytree(county, workspace)
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    yield AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    desk.open_register(workspace).close()


def asking(app, **more):
    app.query_params["m.plan"] = "choose"
    app.session_state[portfolio.ASKED] = ONE_YEAR | more
    go(app, "blocks")
    return fine(app)


def fine(app):
    assert not app.exception
    return app


def solved(app):
    app.button(key="choose.solve").click().run()
    jobs.finish()
    return fine(app.run())


def said(app):
    parts = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return " ".join(str(part.value) for group in parts for part in group)


def saved_as(app, name):
    app.text_input(key="scenario.name").set_value(name)
    app.text_input(key="scenario.who").set_value("李工")
    app.button(key="scenario.save").click().run()
    assert f"已保存方案“{name}”" in said(fine(app))
    return app


def test_a_choice_is_solved_saved_compared_adopted_and_measured(app, tmp_path):
    page = saved_as(solved(asking(app)), "成本优先")
    assert {metric.label: metric.value for metric in page.metric}["合计面积"] == "200.0 亩"
    page.slider(key="asked.task").set_value(150).run()
    assert "要求已改动" in said(page)
    page = saved_as(solved(page), "任务加码")
    page.segmented_control(key="blocks.view").set_value("compare").run()
    compared = page.dataframe[1].value
    assert compared.loc["合计面积"].tolist() == ["200.0 亩", "200.0 亩"]
    assert compared.loc["2026 年"].tolist() == ["200.0 亩（任务 150）", "200.0 亩（任务 100）"]
    page.selectbox(key="adopt.name").set_value("成本优先").run()
    page.button(key="adopt.now").click().run()
    assert "已采用为 2026 年计划" in said(fine(page))
    with Register.open(tmp_path / "county") as register:
        plan = plan_of(register.read_scenarios(), 2026)
    assert [block["parcel_ids"] for block in plan.scenario.answer["blocks"]] == [["P2"]]
    page.switch_page("pages/progress.py").run()
    shown = said(fine(page))
    assert "计划计入 200.0 亩，其中连片已计入 0.0 亩（0.0%）" in shown
    assert "不在计划中的宗地计入 100.0 亩" in shown  # P1, demolished in May
    page.switch_page("pages/overview.py").run()
    assert "2026 年计划：采用方案“成本优先”" in said(fine(page))


def test_page_and_command_line_choose_among_the_same_blocks(app, tmp_path, monkeypatch):
    """P1 and P3 are credited: of B-P1 on the list of blocks P2 is left, as block B-P2."""
    page = solved(asking(app))
    assert "已计入或部分计入的 2 宗不再选，先剔除再组成连片（P1、P3）" in said(page)
    shown = jobs.peek(page.session_state[portfolio.RUN].key).result.document
    file = tmp_path / "asked.toml"
    file.write_text(
        "years = [2026]\nmonths = 6\nunknown = 'known'\ntask_mu = 100\n"
        "credited_mu = { 2026 = 0 }\n",
        "utf-8",
    )
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    words = [
        "portfolio",
        "--workspace",
        str(tmp_path / "county"),
        "--settings",
        str(file),
        "--json",
    ]
    told = json.loads(CliRunner().invoke(cli.app, words).stdout)
    assert [row["block_id"] for row in told["blocks"]] == ["B-P2"]
    (chosen,) = told["blocks"]
    assert (chosen["area_mu"], chosen["whole_area_mu"]) == (200, 100 + 200 + 300)
    for name in ("blocks", "years", "credited_parcels", "candidates", "objective"):
        assert told[name] == shown[name], name
    assert told["credited_parcels"] == ["P1", "P3"]


def test_unknown_costs_are_asked_for_in_plain_words(app):
    shown = said(solved(asking(app, unknown="ask")))
    assert "缺少所需的数" in shown
    assert "其 1 宗地中，1 宗没有所在企业" in shown
    assert "“只计已知部分”" in shown
    assert "unknown" not in shown


def test_tasks_that_no_source_sets_are_told_as_assumed(app):
    tasks = {"2027": 1_800.0, "2028": 1_800.0}
    page = asking(app, years=[2027, 2028], task_mu=tasks, credited_mu={})
    assert "2028 年的任务没有文件依据，暂按每年 1,800 亩假定" in said(page)


def test_asks_that_contradict_each_other_are_told_with_numbers(app):
    shown = said(solved(asking(app, task_mu={"2026": 1_800.0})))
    assert "不能同时满足" in shown
    assert "任务 1,800" in shown


def test_what_is_asked_outlives_a_refresh(app):
    page = asking(app)
    page.slider(key="asked.task").set_value(150).run()
    address = fine(page).query_params["m.asked"]
    assert json.loads(address)["task_mu"] == {"2026": 150.0}
    again = AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    again.query_params["m.plan"], again.query_params["m.asked"] = "choose", address
    go(again, "blocks")
    assert fine(again).slider(key="asked.task").value == 150
    assert again.number_input(key="asked.count").value == 1
    assert again.session_state[portfolio.ASKED] == page.session_state[portfolio.ASKED]


def test_an_address_that_asks_for_nonsense_asks_for_the_usual(app):
    app.query_params["m.asked"] = '{"years":[1],"seconds":1e9,"what":[]}'
    app.query_params["m.plan"] = "choose"
    page = fine(go(app, "blocks"))
    assert page.number_input(key="asked.count").value == 5
