"""The page of siting on the county of six parcels: a project from entry to recorded decision."""

import io
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.register import Register
from data.site_decisions import decision_change, standing
from layers.styles import CLASS_STYLES, OVERLAY_STYLES
from ui import desk, jobs, matched, overlays, sited
from ui.components import siting_match
from ui.components.siting_export import plan_written, sheet, written
from ui.state import PATTERNS
from ui.text import set_language


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
    go(app, "siting")
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


def decide(page, reason="可按期供地"):
    page.text_area(key="decide.reason").set_value(reason)
    page.button(key="decide.record").click().run()
    return fine(page)


def test_a_site_with_unchecked_vetoes_is_first_for_now_only(app):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("rank").run()
    assert "待核" in page.title[0].value
    assert "确定" not in page.title[0].value


def test_a_site_that_is_too_small_is_decided_on_as_an_exception_only(app, tmp_path):
    page = enter(opened(app), least=2.0, most=3.0)
    page.selectbox(key="project.edit").set_value("").run()
    page = enter(page, project="X2", least=9_000.0, most=9_000.0)
    look(page, tmp_path, "X2")
    assert "少于最少用地 9,000" in said(fine(page))
    decide(page)
    assert "作为例外" in said(page)
    with Register.open(tmp_path / "county") as register:
        assert standing(register.read_meta()) == {}
    page.checkbox(key="decide.exception").check()
    decide(page, "专题会议同意")
    assert "〔例外：" in said(page)
    with Register.open(tmp_path / "county") as register:
        assert "9,000" in standing(register.read_meta())["X2"].facts["against"][0]


def look(page, tmp_path, project):
    """Look at the only site for a project."""
    found = desk.open_desk(tmp_path / "county", today=date(2026, 10, 31))
    page.query_params["m.siting"], page.query_params["m.project"] = "rank", project
    page.query_params["m.site"] = sited.sites(found).table["area_m2"].idxmax()
    return fine(page.run())


def test_a_decided_site_is_told_to_the_next_project_and_left_out_of_the_matching(app, tmp_path):
    page = enter(opened(app), least=2.0, most=3.0)
    page.selectbox(key="project.edit").set_value("").run()
    page = enter(page, project="X2", least=2.0, most=3.0)
    decide(look(page, tmp_path, "X1"))
    page = look(page, tmp_path, "X2")
    assert "已决定给 X1 2.0，剩" in html(page)
    page.segmented_control(key="siting.view").set_value("match").run()
    page.button(key="match.start").click().run()
    jobs.finish()
    assert "已决定 1 个，不再安排：X1" in said(fine(page.run()))


def test_a_decision_on_what_has_changed_meanwhile_is_not_recorded(app, tmp_path):
    page = enter(opened(app), least=2.0, most=3.0)
    page.segmented_control(key="siting.view").set_value("rank").run()
    with Register.open(tmp_path / "county") as register:
        register.commit(decision_change("X9", "S-9", reason="会议", who="张工", seen_version=1,
                                        seen_on=date(2026, 10, 31),
                                        recorded_at=datetime.now(UTC)))  # fmt: skip
        before = register.version
    decide(page)
    assert f"登记簿已到第 {before} 版" in said(page)
    with Register.open(tmp_path / "county") as register:
        assert register.version == before


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


def test_a_number_below_its_range_is_refused_in_words(app):
    page = enter(opened(app), least=-3.0)
    assert "最少用地“-3”：应不小于 0" in said(page).replace("\\", "")


def test_a_code_of_no_industry_is_told_and_taken(app):
    page = opened(app)
    page.text_input(key="project.f.industry_code").set_value("99999").run()
    page = enter(page)
    assert any("99999：行业代码看不懂" in box.value for box in page.warning)
    assert "已登记项目" in said(page)


def test_another_language_keeps_what_the_form_holds_and_names_it_anew(app):
    page = opened(app)
    page.selectbox(key="project.f.cluster").set_value("equipment").run()
    page = enter(page)
    page.selectbox(key="project.f.chemical").set_value(False).run()
    page.query_params["lang"] = "en"
    page.run()
    assert page.selectbox(key="project.f.cluster.en").value == "equipment"
    assert "Smart equipment" in page.selectbox(key="project.f.cluster.en").options
    assert page.selectbox(key="project.f.chemical.en").value is False


def test_withdrawing_a_project_asks_first(app):
    page = enter(opened(app))
    assert not [box for box in page.button if box.key == "project.withdraw.do"]
    page.session_state["project.withdraw.X1.open"] = True
    page.run()
    assert "从项目库中撤下？" in said(page)
    page.button(key="project.withdraw.do").click().run()
    assert "已撤下项目" in said(fine(page))


def test_projects_are_matched_and_what_stays_unplaced_is_told(app):
    """P1 to P3 make one site of 600 亩: X1 fits, X2 is larger than any site."""
    page = enter(opened(app))
    page.selectbox(key="project.edit").set_value("").run()
    enter(page, "X2", 9_000.0, 9_000.0)
    page.segmented_control(key="siting.view").set_value("match").run()
    page.button(key="match.start").click().run()
    jobs.finish()
    page.run()
    placed, left = (frame.value for frame in fine(page).dataframe)
    assert placed["project"].tolist() == ["X1"]
    assert left["project"].tolist() == ["X2"]
    assert left["reason"].tolist() == ["用地小于项目所需用地"]
    assert page.metric[0].value == "1/2 个项目"
    page.button(key="match.ban").click().run()
    assert "改过" in said(fine(page)) or "变" in said(page)


def test_lists_and_the_page_of_a_project_leave_with_what_was_not_checked(app, tmp_path):
    enter(opened(app))
    found = desk.open_desk(tmp_path / "county", today=date(2026, 10, 31))
    book = openpyxl.load_workbook(io.BytesIO(written(found, "X1", "xlsx")()))
    assert book.sheetnames[:4] == ["场地排序", "得分构成", "否决汇总", "否决"]
    assert book.sheetnames[4:] == ["未核", "附条件", "权重", "说明"]
    ranked = {cell.value: book["场地排序"].cell(2, cell.column) for cell in book["场地排序"][1]}
    assert (ranked["首位占比"].value, ranked["首位占比"].number_format) == (1, "0%")
    assert ranked["场地"].value == "塘下镇 · 经济开发区"
    assert "计入规则" not in [row[0].value for row in book["说明"].iter_rows()]
    assert "永久基本农田 未导入" in str([row[1].value for row in book["说明"].iter_rows()])
    assert sum(row[1] for row in book["权重"].iter_rows(min_row=2, values_only=True)) == (
        pytest.approx(1, abs=1e-3)
    )
    made = sheet(found, "X1")
    assert made() == made()
    paper = Document(io.BytesIO(made()))
    text = " ".join(line.text for line in paper.paragraphs)
    assert "未核的否决项，不算通过" in text
    assert "永久基本农田 未导入" in text
    facts, ranked, unchecked = paper.tables
    assert "准入条件未核" in facts.rows[-1].cells[1].text
    assert len(ranked.rows) == 2
    assert "永久基本农田" in [row.cells[0].text for row in unchecked.rows]
    assert "计入规则" not in text


def test_the_plan_leaves_as_a_paper_with_a_summary_and_totals(app, tmp_path):
    enter(opened(app))
    found = desk.open_desk(tmp_path / "county", today=date(2026, 10, 31))
    matched.start(found)
    key = matched.key_of(found)
    jobs.finish()
    told = matched.job_of(key).result
    tables = siting_match.placed(found, told), siting_match.left(found, told)
    asked = told | {"asked": told["asked"] | {"pins": (("X1", "B-P1"),)}}
    book = openpyxl.load_workbook(io.BytesIO(plan_written(found, asked, *tables)()))
    assert book.sheetnames == ["摘要", "已安排", "未安排", "说明"]
    said = dict(book["摘要"].iter_rows(min_row=2, values_only=True))
    assert said["已安排"] == "1/1 个项目"
    assert said["求解结果"] == "已证明最优"
    assert (said["最多等待（月）"], said["人工禁止"]) == ("12", "无")
    assert said["人工指定"] == "X1 → 塘下镇 B-P1"
    assert "永久基本农田未核：1 个项目" in said["未核"]
    heads, row, total = book["已安排"].iter_rows(values_only=True)
    told = dict(zip(heads, row, strict=True))
    assert told["指定"] is None
    assert total[0] == "合计"
    assert total[heads.index("用地（亩）")].startswith("=SUM(")


def test_the_list_begins_with_what_decides(app):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("rank").run()
    ranked = fine(page).dataframe[0].value
    decides = ["rank", "name", "area", "score", "first", "free", "pending", "lost"]
    assert list(ranked)[:8] == decides
    first = ranked.iloc[0]
    assert first["pending"].split() == [
        f"{mark}{count}"
        for mark, count in (("未", first["unchecked"]), ("附", first["conditions"]))
        if count
    ]


def test_the_map_begins_at_the_first_sites_and_then_stays_until_the_project_changes(app):
    page = enter(opened(app))
    page.selectbox(key="project.edit").set_value("").run()
    enter(page, "X2", 10.0, 20.0)
    page.segmented_control(key="siting.view").set_value("rank").run()
    look = fine(page).session_state["siting.look"]
    assert look["of"] == "X2"
    page.slider(key="siting.w.free_months").set_value(30.0).run()
    assert fine(page).session_state["siting.look"] == look
    page.selectbox(key="siting.project").set_value("X1").run()
    assert fine(page).session_state["siting.look"]["of"] == "X1"


def test_sites_wear_no_colour_of_a_parcel_and_are_filled():
    sites = [one for one in OVERLAY_STYLES if one.key.startswith(("site_", "veto_"))]
    assert not {one.fill for one in sites} & {one.fill for one in CLASS_STYLES}
    assert len({one.fill for one in sites}) == len(sites)
    filled = {one.key: overlays.TINTS.get(one.hatch) for one in sites}
    assert [key for key, tint in filled.items() if tint is None] == ["site_small"]


def test_what_is_asked_of_the_matching_and_its_plan_outlive_a_refresh(app, monkeypatch):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("match").run()
    page.button(key="match.ban").click().run()
    page.number_input(key="match.late").set_value(7.5).run()
    page.button(key="match.start").click().run()
    jobs.finish()
    page.run()
    asked = fine(page).query_params
    assert (asked["m.wait"], asked["m.solved"]) == ("7.5", "1")
    left = page.dataframe[0].value
    monkeypatch.setattr("ui.matched.match", lambda *_, **__: pytest.fail("solved twice"))
    other = opened(AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60), **asked)
    assert other.number_input(key="match.late").value == 7.5
    assert "X1" in other.button(key="match.bans.0").label
    assert other.dataframe[0].value.equals(left)


def test_a_damaged_address_of_the_matching_is_told_and_breaks_nothing(app):
    page = enter(opened(app))
    page.segmented_control(key="siting.view").set_value("match").run()
    asked = {"m.pins": "X1", "m.bans": "X1:S:1,", "m.wait": "1e9", "m.mine": "2", "m.solved": "x"}
    other = AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    told = opened(other, **(page.query_params | asked))
    assert "m\\.pins\\=X1" in said(told)
    assert not [one for one in told.button if one.key and one.key.startswith("match.pins")]
    assert "按“开始匹配”" in said(told)


def test_names_with_any_sign_come_back_from_the_address(monkeypatch):
    kept = {}
    monkeypatch.setattr(matched.state, "setting", lambda name: kept.get(name, ""))
    monkeypatch.setattr(matched.state, "set_setting", kept.__setitem__)
    pairs = (("甲:1,2%41", "S-/1"), ("X 1", "S：2"))
    matched.set_pairs(matched.PINS, pairs)
    assert matched.pairs(matched.PINS) == pairs
    assert re.fullmatch(PATTERNS["pins"], kept["pins"])


def test_a_plan_made_in_english_names_vetoes_in_english(app, tmp_path):
    enter(opened(app))
    found = desk.open_desk(tmp_path / "county", today=date(2026, 10, 31))
    set_language("en")
    try:
        matched.start(found)
        key = matched.key_of(found)
        jobs.finish()
        (row,) = matched.job_of(key).result["assignments"]
        assert "Permanent basic farmland" in [one["label"] for one in row["unchecked"]]
    finally:
        set_language("zh")
