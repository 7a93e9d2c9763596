"""The progress page in a browser: from the line to the movement of a town, and away as a file."""

import openpyxl
import pytest
from browser_tools import settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_movement_is_opened_kept_in_the_address_and_taken_away(open_page, tmp_path):
    page = open_page("/progress")
    expect(page.get_by_text("按往年", exact=False).first).to_be_visible()
    page.get_by_role("radio", name="存量变动").click()
    settled(page)
    expect(page.get_by_text("各行均已核平", exact=False)).to_be_visible()
    assert "m.progress=movement" in page.url
    page.reload()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出工作簿").click()
    download.value.save_as(tmp_path / "movement.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "movement.xlsx")["全县逐月"]
    assert sheet["H2"].value.startswith("=SUMIFS(")
