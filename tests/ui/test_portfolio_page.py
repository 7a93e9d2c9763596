"""Choosing over the years on the county of six parcels: asked, solved, compared, adopted."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
    app.run()
    app.switch_page("pages/blocks.py").run()
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


def test_unknown_costs_are_asked_for_in_plain_words(app):
    shown = said(solved(asking(app, unknown="ask")))
    assert "缺少所需的数" in shown
    assert "leave_out" not in shown


def test_asks_that_contradict_each_other_are_told_with_numbers(app):
    shown = said(solved(asking(app, task_mu={"2026": 1_800.0})))
    assert "不能同时满足" in shown
    assert "任务 1,800" in shown
