"""The page of blocks on the county of six parcels: found, grown by hand, saved, priced."""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from page_tools import go
from streamlit.testing.v1 import AppTest

from analysis.query import ParcelQuery
from data.register import Register
from data.saved_blocks import standing_blocks
from ui import desk
from ui.components.block_export import written
from ui.text import set_language


@pytest.fixture
def app(county, tmp_path, monkeypatch):
    workspace = tmp_path / "county"
    shutil.copytree(county, workspace)
    monkeypatch.setenv("MUTU_WORKSPACE", str(workspace))
    yield AppTest.from_file(Path("ui/home.py").resolve(), default_timeout=60)
    desk.open_register(workspace).close()
    set_language("zh")


def opened(app, **settings):
    for name, value in settings.items():
        app.query_params[name] = value
    go(app, "blocks")
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


def saved(tmp_path):
    with Register.open(tmp_path / "county") as register:
        return standing_blocks(register.read_saved_blocks())


def test_three_neighbours_are_one_block_whose_cost_can_be_followed(app):
    """P1 to P3 are low and 10 m apart; P4 is not low, of the others nobody knows."""
    page = opened(app, **{"m.block": "B-P1"})
    assert "没有河流、铁路、红线、道路等级图层" in said(page)
    (table,) = [frame.value for frame in page.dataframe]
    assert table["parcels"].tolist() == [3]
    assert page.title[0].value.startswith("连片 1 个，其中 100 亩以上 0 个")
    shown = html(page)
    assert "土地收储补偿 60 万元/亩（示例值）" in shown
    assert "3 宗的成本有未知项" in shown
    page.selectbox(key="blocks.within").set_value(0).run()
    assert fine(page).dataframe[0].value["parcels"].tolist() == [1, 1, 1]


def test_a_block_is_grown_saved_twice_and_shared_parcels_are_told(app, tmp_path):
    page = opened(app, **{"m.block": "B-P1"})
    page.button(key="blocks.grow").click().run()
    assert fine(page).segmented_control(key="blocks.view").value == "hand"
    assert "连成一片" in said(page)
    page.button(key="hand.save").click().run()
    assert "请先写连片名称" in said(page)
    page.text_input(key="hand.name").set_value("江南一期")
    page.text_input(key="hand.who").set_value("李工")
    page.button(key="hand.save").click().run()
    assert "已保存连片“江南一期”" in said(fine(page))
    page.button(key="hand.empty").click().run()
    page.query_params["picked"] = "P1,P5"
    page.run()
    shown = said(fine(page))
    assert "不连片，分成 2 片" in shown
    assert "也在已保存的连片“江南一期”中" in shown
    page.text_input(key="hand.name").set_value("江南二期")
    page.button(key="hand.save").click().run()
    assert "1 宗 同在两个或更多已保存的连片中" in said(fine(page))
    assert saved(tmp_path)["parcel_ids"].to_dict() == {
        "江南一期": ("P1", "P2", "P3"),
        "江南二期": ("P1", "P5"),
    }


def test_a_price_left_blank_makes_the_cost_unknown_and_says_so(app):
    page = opened(app, **{"m.block": "B-P1"})
    page.session_state["blocks.prices.open"] = True
    page.run()
    page.number_input(key="prices.land").set_value(None)
    page.text_input(key="prices.who").set_value("李工")
    page.button(key="prices.save").click().run()
    assert "未设定单价：土地收储补偿" in html(fine(page))


def test_picked_parcels_join_a_saved_block_from_the_strip(app, tmp_path):
    page = opened(app, picked="P1,P2", **{"m.plan": "hand"})
    page.text_input(key="hand.name").set_value("江南一期")
    page.text_input(key="hand.who").set_value("李工")
    page.button(key="hand.save").click().run()
    page.query_params["picked"] = "P4"
    page.session_state["addblock.open"] = True
    page.switch_page("pages/parcels.py").run()
    page.selectbox(key="addblock.which").set_value("江南一期")
    page.button(key="addblock.save").click().run()
    assert not page.exception
    assert saved(tmp_path)["parcel_ids"].to_dict() == {"江南一期": ("P1", "P2", "P4")}


def test_the_listed_blocks_leave_in_eight_formats_with_their_parcels(app, tmp_path):
    page = opened(app)
    page.session_state["blocks.export.open"] = True
    page.run()
    labels = [button.proto.label for button in fine(page).get("download_button")]
    assert labels[:2] == ["Excel 表格（.xlsx，带地块和公式）", "文本表格（.csv）"]
    assert len(labels) == 8
    found = desk.open_desk(tmp_path / "county", today=date(2026, 10, 31))
    file = tmp_path / "blocks.xlsx"
    file.write_bytes(written(found, ParcelQuery(), pd.Index(["B-P1"]), "xlsx")())
    book = openpyxl.load_workbook(file)
    members = list(book["连片地块"].iter_rows(min_row=2, values_only=True))
    assert members == [("B-P1", name) for name in ("P1", "P2", "P3")]
    assert dict(book["说明"].iter_rows(max_col=2, values_only=True))["间隔不超过（米）"] == "20"


def test_a_change_of_language_leaves_codes_and_no_words_behind(app):
    """A browser sends the words of a choice as long as its widget is the same one."""
    page = opened(app)
    page.selectbox(key="blocks.within").set_value(50).run()
    words = {box.id: box.options for box in page.selectbox}
    page.query_params["lang"] = "en"
    fine(page.run())
    set_language("en")  # the test asks for words as well
    for box in page.selectbox:
        box.options = words.get(box.id, box.options)
    page.segmented_control(key="blocks.view.en").set_value("hand").run()
    assert fine(page).query_params["m.plan"] == "hand"
    assert page.query_params["m.within"] == "50"
    assert not {"m.borders", "m.land", "m.rise"} & set(page.query_params)


def test_words_in_the_address_are_left_alone(app):
    page = opened(app, **{"m.within": "20 米", "m.borders": "不限", "m.land": "x", "m.rise": "2.0"})
    assert page.selectbox(key="blocks.within").value == 20
    assert page.dataframe[0].value["parcels"].tolist() == [3]


def test_the_strip_speaks_of_the_land_of_the_listed_blocks_only(app):
    """Three of the six parcels are in the one block that there is."""
    assert "列表中 1 个连片的地块 3 宗" in said(opened(app))
    page = opened(app, **{"m.block": "B-P1"})
    assert "打开的连片的地块 3 宗" in said(page)
    page = opened(app, picked="P4")
    assert "已选 1 宗" in said(page)
