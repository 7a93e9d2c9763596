"""The board of targets in a browser: one opened, all of it taken away."""

import pytest
from browser_tools import settled
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.browser


def test_a_target_opens_beside_the_board_and_the_board_can_be_taken_away(open_page, tmp_path):
    page = open_page("/targets?m.target=PLAT-01")
    card = page.locator(".st-key-mutu_card")
    expect(card).to_contain_text("完成工业产值240亿元")
    expect(card).to_contain_text("C12")
    card.get_by_role("button", name="记入").click()
    expect(card).to_contain_text("还缺：数值（或撤回的理由）、统计日期、出处、经办人")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出本清单").click()
    download.value.save_as(tmp_path / "targets.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "targets.xlsx").get_sheet_by_name("目标清单")
    assert len(rows.to_python()) == 1 + 107
    card.get_by_role("button", name="关闭").click()
    settled(page)
    expect(card).to_have_count(0)
