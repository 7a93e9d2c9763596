"""The screening page in a browser: a verdict is opened, reviewed, and the sheet taken away."""

import re

import pytest
from browser_tools import settled
from docx import Document
from playwright.sync_api import expect

from data.register import Register

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def parcel_id(workspace):
    """Id of a parcel that no other test looks at: the last of all."""
    with Register.open(workspace) as register:
        return str(register.read_parcels(geometry=False).index[-1])


def test_a_review_is_recorded_and_shown(open_page, parcel_id):
    page = open_page(f"/screening?parcel={parcel_id}")
    card = page.locator(".st-key-mutu_card")
    expect(card).to_contain_text("什么会改变这一判定")
    card.get_by_label("理由（必填）").fill("现场核实 <b>属实</b>")
    card.get_by_label("文号（必填）").fill("瑞核〔2026〕1号")
    card.get_by_label("经办人").fill("李工")
    card.get_by_label("经办人").press("Tab")
    settled(page)
    card.get_by_role("button", name="记入").click()
    expect(card).to_contain_text("已记入宗地")
    settled(page)
    expect(card).to_contain_text("现场核实 <b>属实</b>（瑞核〔2026〕1号）")
    expect(card).to_contain_text("已确认")
    page.reload()
    settled(page)
    expect(card).to_contain_text("李工 · 已确认")


def test_the_sheet_of_the_open_parcel_can_be_taken_away(open_page, parcel_id, tmp_path):
    page = open_page(f"/screening?parcel={parcel_id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="一地一档").click()
    download.value.save_as(tmp_path / "sheet.docx")
    cells = [c.text for t in Document(tmp_path / "sheet.docx").tables for c in t._cells]
    assert parcel_id in cells


def test_the_list_of_the_screen_is_the_list_of_the_file(open_page, tmp_path):
    page = open_page("/screening?m.which=insufficient")
    said = page.get_by_role("radio", name=re.compile("信息不足")).inner_text()
    count = int(re.search(r"[\d,]+", said)[0].replace(",", ""))
    page.get_by_role("button", name="导出认定清单").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(r"\.csv")).click()
    download.value.save_as(tmp_path / "list.csv")
    rows = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + count


@pytest.mark.parametrize("view", ["list", "classes", "changes", "evaluation", "rules"])
def test_every_view_opens_and_fits_the_window(open_page, view):
    page = open_page(f"/screening?m.view={view}")
    page.set_viewport_size({"width": 1280, "height": 800})
    settled(page)
    page.wait_for_timeout(300)
    expect(page.locator("[data-testid='stException']")).to_have_count(0)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
