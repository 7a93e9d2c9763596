import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_overview_says_where_the_year_will_end(open_page):
    page = open_page("/overview")
    said = page.get_by_role("heading", name=re.compile("预计 2026 年底完成"))
    expect(said).to_be_visible()
    expect(said).to_contain_text("完成任务的可能性")
    expect(page.get_by_text("决定全年的地块")).to_be_visible()
    page.get_by_text("各阶段一般要多久").click()
    expect(page.get_by_text(re.compile("仍在等待的也算在内"))).to_be_visible()
