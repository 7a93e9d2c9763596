"""The page of siting on the county of six parcels: a project from entry to recorded decision."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.register import Register
from data.site_decisions import standing
from ui import desk


@pytest.fixture
def app(county, tmp_path, monkeypatch):
    workspace = tmp_path / "county"
    shutil.copytree(county, workspace)
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    yield AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    desk.open_register(workspace).close()


def opened(app, **settings):
    for name, value in settings.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/siting.py").run()
    return fine(app)


def fine(app):
    assert not app.exception
    assert not app.error
    return app


def said(app):
    parts = (app.markdown, app.caption, app.info, app.warning, app.success, app.title)
    return " ".join(str(part.value) for group in parts for part in group)


def html(app):
    return " ".join(str(part.proto.body) for part in app.get("html"))


def enter(page, project="X1", least=40.0, most=60.0):
    page.text_input(key="project.f.project_id").set_value(project)
    page.number_input(key="project.f.land_least_mu").set_value(least)
    page.number_input(key="project.f.land_most_mu").set_value(most)
    page.text_input(key="project.who").set_value("李工")
    page.button(key="project.save").click().run()
    return fine(page)


def test_without_projects_the_page_says_what_to_do(app):
    page = opened(app)
    assert "项目库还没有项目" in said(page)
    assert page.title[0].value == "还没有要落地的项目"


def test_a_project_is_entered_ranked_and_decided(app, tmp_path):
    """P1, P2 and P3 are in renewal; no layer of any veto was imported."""
    page = enter(opened(app))
    assert "已登记项目" in said(page)
    page.segmented_control(key="siting.view").set_value("rank").run()
    shown = said(fine(page))
    assert "不算通过" in shown
    assert "永久基本农田" in shown
    ranked = page.dataframe[0].value
    assert ranked["rank"].tolist() == list(range(1, len(ranked) + 1))
    assert (ranked["unchecked"] > 0).all()
    page.text_area(key="decide.reason").set_value("可按期供地")
    page.button(key="decide.record").click().run()
    assert "已决定用" in said(fine(page))
    with Register.open(tmp_path / "county") as register:
        held = standing(register.read_meta())["X1"]
        assert register.verify().ok
    assert (held.who, held.reason, held.seen_version) == ("李工", "可按期供地", 3)
    assert "redline" in held.facts["unchecked"]
    page.text_area(key="decide.reason").set_value("企业放弃")
    page.button(key="decide.back").click().run()
    assert "已撤回：企业放弃" in said(fine(page))


def test_a_decision_without_a_reason_is_refused(app, tmp_path):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("rank").run()
    page.button(key="decide.record").click().run()
    assert "请写明理由" in said(fine(page))
    with Register.open(tmp_path / "county") as register:
        assert standing(register.read_meta()) == {}


def test_a_weight_moved_ranks_anew_and_is_in_the_address(app):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("rank").run()
    before = page.dataframe[0].value["score"].tolist()
    page.slider(key="siting.w.free_months").set_value(30.0).run()
    assert fine(page).query_params["m.weigh"].split("-").count("30") == 1
    assert page.dataframe[0].value["score"].tolist() != before
    page.button(key="siting.reset").click().run()
    assert fine(page).dataframe[0].value["score"].tolist() == before


def test_a_project_larger_than_any_site_is_told_so(app):
    page = enter(opened(app), least=9_000.0, most=9_000.0)
    page.segmented_control(key="siting.view").set_value("rank").run()
    assert "没有一处场地满足项目要求" in said(fine(page))


def test_a_project_with_its_bounds_the_wrong_way_round_is_told(app):
    page = enter(opened(app), least=60.0, most=40.0)
    assert "60 \\> 40" in said(page)
    assert page.title[0].value == "还没有要落地的项目"
