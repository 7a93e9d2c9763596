"""The import page: a file goes from the drop to the register, and nothing on its way is lost."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from page_tools import go
from streamlit.testing.v1 import AppTest

from data.drafts import begin, drafts
from data.intake_guess import profiles_in
from data.projects import project_table, projects_change
from data.register import Change, Register
from gis.io import write
from ui import jobs
from ui.text import set_language

MU = 2_000 / 3
NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path, parcel_rows, monkeypatch) -> Path:
    """A county of its own for each test: these tests write."""
    with Register.open(tmp_path, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="宗地图层",
                recorded_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
                parcels=parcel_rows,
                meta={"county": "瑞安市", "data_until": "2026-10-31"},
            )
        )
    monkeypatch.setenv("MUTU_WORKSPACE", str(tmp_path))
    yield tmp_path
    jobs.finish()


@pytest.fixture
def home(workspace: Path) -> AppTest:
    return AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=120)


def dropped(workspace: Path, name: str, text: str) -> str:
    (draft,) = begin(workspace, [(name, text.encode("utf-8-sig"))], now=NOW)
    return draft.draft_id


def said(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "info")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def visit(home: AppTest) -> AppTest:
    go(home, "intake")
    assert not home.error
    return settle(home)


def table_with(app: AppTest, column: str) -> pd.DataFrame:
    return next(t.value for t in reversed(app.dataframe) if column in t.value)


def settle(app: AppTest) -> AppTest:
    """Run on until no job is running any more."""
    jobs.finish()
    app.run()
    assert not app.exception
    return app


def at(home: AppTest, draft_id: str, step: str) -> AppTest:
    home.query_params.update({"m.draft": draft_id, "m.step": step})
    visit(home)
    return settle(home)


LEDGER = "宗地编号,权利人,登记面积（亩）,天气\nP1,甲公司,99,晴\nP2,新公司,210,雨\nP9,无,1,雪\n"


def test_without_files_the_page_says_what_to_do(home):
    app = visit(home)
    assert app.title[0].value == "数据导入"
    assert "拖到上面的框里" in said(app)


def test_a_file_that_waits_is_listed_opened_and_thrown_away(home, workspace):
    draft_id = dropped(workspace, "台账.csv", LEDGER)
    app = visit(home)
    assert app.title[0].value == "数据导入：1 份文件待处理"
    app.button(key=f"intake.open.{draft_id}").click().run()
    assert app.query_params["m.draft"] == draft_id
    settle(app)
    assert app.title[0].value == "台账\\.csv"
    app.button(key="intake.to_files").click().run()
    app.session_state[f"intake.delete.{draft_id}.open"] = True
    app.run()
    app.button(key=f"intake.delete.{draft_id}.do").click().run()
    assert drafts(workspace) == ()


def step(app: AppTest, name: str) -> AppTest:
    app.query_params["m.step"] = name
    return settle(app.run())


def test_a_ledger_is_led_through_every_step_and_committed_by_name(home, workspace):
    app = at(home, dropped(workspace, "台账.csv", LEDGER), "look")
    head = table_with(app, "权利人")
    assert (head["权利人"].tolist(), head.index.tolist()) == (["甲公司", "新公司", "无"], [2, 3, 4])
    step(app, "columns")
    assert "认出 **3** 列，**1** 列不认识" in said(app)
    next(box for box in app.selectbox if box.key.endswith(".天气")).set_value("remark").run()
    settle(app)
    assert "认出 **4** 列，**0** 列不认识" in said(app)
    assert list(drafts(workspace)[0].choices["mapping"].values()) == [{"天气": "remark"}]
    next(box for box in app.text_input if box.key.endswith(".save")).set_value("月报").run()
    step(app, "issues")
    rows, taken, waiting, out = (int(metric.value) for metric in app.metric)
    assert (rows, taken, waiting, out) == (3, 2, 1, 0)
    assert "登记簿中没有这个编号" in table_with(app, "message")["message"].str.cat()
    step(app, "difference")
    assert [metric.value for metric in app.metric] == ["0", "2", "0", "4"]
    cells = table_with(app, "old").set_index("field")
    assert cells.loc["权利人", ["parcel_id", "old", "new"]].tolist() == ["P2", "乙公司", "新公司"]
    area = cells.loc["登记面积", ["old", "new"]].tolist()
    assert area == [f"{133_000 / MU:,.2f} 亩", "210.00 亩"]
    step(app, "commit")
    app.button(key="intake.write").click().run()
    assert any("经办人" in warning.value for warning in app.warning)
    app.text_input(key="intake.who").set_value("李工").run()
    app.button(key="intake.write").click().run()
    settle(app)
    assert "已写入第 2 次变更" in "".join(box.value for box in app.success)
    assert drafts(workspace) == ()
    with Register.open(workspace) as register:
        last = register.changes().iloc[-1]
        assert (last["who"], last["source_name"]) == ("李工", "台账.csv")
        assert register.read_parcels(geometry=False).loc["P2", "owner"] == "新公司"
        assert list(profiles_in(register.meta)) == ["月报"]
    app.segmented_control(key="intake.view").set_value("waiting").run()
    assert table_with(app, "row_id")["row_id"].tolist() == ["P9"]
    app.selectbox(key="intake.waiting.open").set_value(1).run()
    app.text_input(key="intake.waiting.1.cell.parcel_id").set_value("P4")
    next(button for button in app.button if button.label == "改好，入库").click().run()
    assert "已入库 1 行" in "".join(box.value for box in app.success)
    with Register.open(workspace) as register:
        assert register.read_quarantine(waiting=True).empty
        assert register.read_parcels(geometry=False).loc["P4", "owner"] == "无"
    app = at(app, dropped(workspace, "下月.csv", LEDGER.replace("新公司", "又新")), "columns")
    assert any("月报" in box.value for box in app.success)


def test_columns_that_nobody_answered_for_are_not_asked_about_next_month(home, workspace):
    app = at(home, dropped(workspace, "台账.csv", LEDGER), "columns")
    next(box for box in app.text_input if box.key.endswith(".save")).set_value("月报").run()
    step(app, "commit")
    app.text_input(key="intake.who").set_value("李工").run()
    app.button(key="intake.write").click().run()
    settle(app)
    app = at(app, dropped(workspace, "下月.csv", LEDGER.replace("新公司", "又新")), "columns")
    assert "**0** 列不认识" in said(app)
    with Register.open(workspace) as register:
        assert profiles_in(register.meta)["月报"].mapping == {"天气": ""}


def test_the_log_names_what_a_file_was_taken_for(home, workspace):
    with Register.open(workspace) as register:
        owner = pd.DataFrame({"owner": ["丁"]}, index=pd.Index(["P1"], name="parcel_id"))
        why = "导入 台账.csv → parcels"
        register.commit(Change(kind="import", who="李工", why=why, recorded_at=NOW, parcels=owner))
    home.query_params["m.intake"] = "log"
    assert table_with(visit(home), "why")["why"].tolist()[0] == "导入 台账.csv → 宗地"


def test_the_same_file_again_is_recognised(home, workspace):
    text = "宗地编号,权利人\nP1,甲公司改\n"
    app = at(home, dropped(workspace, "台账.csv", text), "commit")
    app.text_input(key="intake.who").set_value("李工").run()
    app.button(key="intake.write").click().run()
    settle(app)
    app = at(app, dropped(workspace, "换名.csv", text), "look")
    assert any("第 2 次变更" in warning.value for warning in app.warning)
    app.query_params["m.step"] = "difference"
    settle(settle(app))
    assert "完全一致" in "".join(box.value for box in app.success)


def test_a_ledger_of_a_bureau_is_asked_about_before_it_overwrites_parcels(home, workspace):
    text = (
        "宗地编号,权利人,项目类型,当前阶段,改造方式,责任单位,计划拆除月份\n"
        "P1,甲公司,用而未尽,签约,政府收储改造,经信局,2026.12\n"
    )
    app = at(home, dropped(workspace, "改造提升计划台账.csv", text), "look")
    assert any("像是经信局台账" in warning.value for warning in app.warning)
    assert app.button(key="intake.next").disabled
    step(app, "commit")
    assert "先在上面选择" in said(app)
    app.button(key="intake.ask.ledger_jx").click().run()
    settle(app)
    assert drafts(workspace)[0].choices["as_layer"] == "ledger_jx"
    assert not app.warning
    assert "替换整个图层" in said(app)


def test_projects_are_laid_over_by_their_number(home, workspace):
    old = project_table(pd.DataFrame({"project_id": ["X1", "X2", "X3"], "jobs": [1, 2, 3]}))
    with Register.open(workspace) as register:
        register.commit(projects_change(old, who="李工", why="初", recorded_at=NOW))
    draft_id = dropped(workspace, "项目库.csv", "项目编号,用工人数\nX1,9\nX2,2\nX4,5\n")
    app = at(home, draft_id, "look")
    for name in ("look", "difference", "commit"):
        step(app, name)
        assert "保留" in said(app), name
        assert "替换" not in said(app), name
    assert "新增 1 个，变更 1 个，不变 1 个；文件里没有的 1 个照旧保留" in said(app)


def test_where_no_header_is_found_the_rows_are_shown_and_the_user_says_it(home, workspace):
    text = "瑞安市排查情况,,\n代号,单位,亩数\nP1,丙公司,99\nP2,丁公司,98\n"
    (draft_id,) = [dropped(workspace, "排查.csv", text)]
    app = at(home, draft_id, "look")
    assert any("找不到表头" in warning.value for warning in app.warning)
    assert table_with(app, "A")["A"].tolist() == ["瑞安市排查情况", "代号", "P1", "P2"]
    key = f"intake.header.{draft_id}.排查"
    for name in ("first", "last"):
        app.number_input(key=f"{key}.{name}").set_value(2)
    next(button for button in app.button if button.label == "按这几行读").click().run()
    settle(app)
    assert not app.warning
    assert table_with(app, "代号")["单位"].tolist() == ["丙公司", "丁公司"]
    step(app, "columns")
    for heading, field in (("代号", "parcel_id"), ("单位", "owner")):
        next(box for box in app.selectbox if box.key.endswith(f".{heading}")).set_value(field).run()
        settle(app)
    step(app, "difference")
    assert [metric.value for metric in app.metric] == ["0", "2", "0", "4"]


def test_a_workbook_opens_on_its_first_list_and_not_on_the_note_before_it(home, workspace):
    book = workspace / "排查.xlsx"
    with pd.ExcelWriter(book) as sheets:
        note = pd.DataFrame([["请各镇街于每月5日前报送"]])
        note.to_excel(sheets, sheet_name="填表说明", index=False, header=False)
        rows = pd.DataFrame({"宗地号": ["P1"], "企业全称": ["丙"], "占地": [12]})
        rows.to_excel(sheets, sheet_name="塘下镇", index=False)
    (draft,) = begin(workspace, [("排查.xlsx", book.read_bytes())], now=NOW)
    app = at(home, draft.draft_id, "look")
    assert app.selectbox(key=f"intake.part.{draft.draft_id}").value == "塘下镇"
    assert not app.warning


def test_a_choice_in_another_language_is_another_widget(home, workspace):
    draft_id = dropped(workspace, "台账.csv", "宗地编号,权利人\nP1,丙\n")
    home.query_params["lang"] = "en"
    set_language("en")  # the test's own thread names choices too
    app = at(home, draft_id, "look")
    assert app.selectbox(key=f"intake.as_layer.{draft_id}.en").options[0] == "Parcels"


def test_another_sheet_of_the_same_workbook_is_not_called_the_same_file(home, workspace):
    book = workspace / "两表.xlsx"
    with pd.ExcelWriter(book) as sheets:
        for name, owner in (("甲表", "丙"), ("乙表", "丁")):
            rows = pd.DataFrame({"宗地编号": ["P1"], "权利人": [owner]})
            rows.to_excel(sheets, sheet_name=name, index=False)
    (draft,) = begin(workspace, [("两表.xlsx", book.read_bytes())], now=NOW)
    app = at(home, draft.draft_id, "commit")
    app.text_input(key="intake.who").set_value("李工").run()
    app.button(key="intake.write").click().run()
    settle(app)
    assert "还有 1 个图层或工作表待处理" in "".join(box.value for box in app.success)
    app = at(app, draft.draft_id, "look")
    assert not app.warning
    app.selectbox(key=f"intake.part.{draft.draft_id}").set_value("甲表").run()
    settle(app)
    assert any("已写入第 2 次变更" in warning.value for warning in app.warning)


def test_shapes_without_coordinate_system_are_asked_for_before_anything_else(home, workspace):
    frame = gpd.GeoDataFrame(
        {"DKBH": ["N1"]},
        geometry=[shapely.box(560_000, 3_074_000, 560_100, 3_074_100)],
        crs=4549,
    )
    folder = workspace / "out"
    folder.mkdir()
    write(frame, folder / "宗地.shp")
    (folder / "宗地.prj").unlink()
    files = [(path.name, path.read_bytes()) for path in folder.iterdir()]
    (draft,) = begin(workspace, files, now=NOW)
    app = at(home, draft.draft_id, "look")
    assert any("坐标系" in warning.value for warning in app.warning)
    assert app.button(key="intake.next").disabled
    assert table_with(app, "DKBH")["DKBH"].tolist() == ["N1"]
    app.selectbox(key=f"intake.crs.{draft.draft_id}").set_value("EPSG:4549").run()
    settle(app)
    assert not app.button(key="intake.next").disabled
    app.button(key="intake.next").click().run()
    assert drafts(workspace)[0].choices["crs"] == "EPSG:4549"


def test_a_file_that_cannot_be_read_says_why_and_waits_for_what_it_lacks(home, workspace):
    (draft,) = begin(workspace, [("宗地.shp", b"\x00\x00\x27\x0a" + bytes(200))], now=NOW)
    app = at(home, draft.draft_id, "look")
    assert any(".shx" in warning.value for warning in app.warning)
    assert "自动并到一起" in said(app)


def test_somebody_elses_change_in_between_is_seen_and_checked_again(home, workspace):
    app = at(home, dropped(workspace, "台账.csv", "宗地编号,权利人\nP1,丙\n"), "commit")
    app.text_input(key="intake.who").set_value("李工").run()
    with Register.open(workspace) as register:
        register.commit(
            Change(
                kind="ledger",
                who="赵工",
                why="抢先",
                recorded_at=NOW,
                parcels=pd.DataFrame({"owner": ["丁"]}, index=pd.Index(["P1"], name="parcel_id")),
            )
        )
    app.button(key="intake.write").click().run()
    settle(app)
    with Register.open(workspace) as register:
        assert register.version == 2
        assert register.read_parcels(geometry=False).loc["P1", "owner"] == "丁"


def test_a_draft_that_is_gone_leads_back_to_the_list(home):
    app = at(home, "0123456789ab", "look")
    assert any("已不在" in warning.value for warning in app.warning)
    app.button(key="intake.to_files").click().run()
    assert "m.draft" not in app.query_params


def test_a_change_can_be_taken_back_from_the_log(home, workspace):
    with Register.open(workspace) as register:
        owner = pd.DataFrame({"owner": ["误"]}, index=pd.Index(["P1"], name="parcel_id"))
        register.commit(
            Change(kind="import", who="李工", why="误导入", recorded_at=NOW, parcels=owner)
        )
    home.query_params["m.intake"] = "log"
    app = visit(home)
    app.selectbox(key="intake.log.change").set_value(2).run()
    assert "恢复原内容的宗地 1" in said(app)
    app.button(key="intake.undo.2.do").click().run()
    assert any("经办人" in warning.value for warning in app.warning)
    app.text_input(key="intake.undo.2.who").set_value("赵工").run()
    app.button(key="intake.undo.2.do").click().run()
    assert "已撤销第 2 次变更（记为第 3 次变更）" in "".join(box.value for box in app.success)
    with Register.open(workspace) as register:
        assert register.read_parcels(geometry=False).loc["P1", "owner"] == "甲公司"


def test_a_county_can_begin_with_a_file_in_an_empty_folder(tmp_path, monkeypatch):
    place = tmp_path / "新县"
    monkeypatch.setenv("MUTU_WORKSPACE", str(place))
    app = AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=120).run()
    app.button(key="welcome.begin").click().run()
    assert (place / "register.gpkg").exists()
    square = shapely.box(560_000, 3_074_000, 560_100, 3_074_100)
    frame = gpd.GeoDataFrame({"宗地编号": ["N1"]}, geometry=[square], crs=4549)
    content = write(frame, tmp_path / "宗地.gpkg").read_bytes()
    (draft,) = begin(place, [("宗地.gpkg", content)], now=NOW)
    app = at(app, draft.draft_id, "look")
    assert not app.warning
    step(app, "commit")
    app.text_input(key="intake.who").set_value("李工").run()
    app.button(key="intake.write").click().run()
    settle(app)
    with Register.open(place) as register:
        assert register.read_parcels(geometry=False).index.tolist() == ["N1"]
