"""Siting in a browser: a project is entered, its sites are ranked, and a site is decided on."""

import re

import pytest
from browser_tools import map_frame, settled
from playwright.sync_api import expect

from data.register import Register
from data.site_decisions import standing

pytestmark = pytest.mark.browser
SLOW = 60_000
"""Milliseconds: a commit and the page after it, on a busy machine."""


def test_a_project_from_entry_to_recorded_decision(open_page, workspace):
    page = open_page("/siting?m.siting=projects")
    page.get_by_label("项目编号", exact=True).fill("LLQ-1")
    page.get_by_label("最少用地（亩）", exact=True).fill("2")
    page.get_by_label("最多用地（亩）", exact=True).fill("6")
    page.get_by_label("经办人").fill("李工")
    page.get_by_label("经办人").press("Tab")
    settled(page)
    page.get_by_role("button", name="保存项目").click()
    expect(page.get_by_text("已登记项目“LLQ", exact=False)).to_be_visible(timeout=SLOW)
    page.get_by_role("radio", name="单个项目").click()
    settled(page)
    map_frame(page)
    expect(page.get_by_text("未核，不算通过", exact=False).first).to_be_visible(timeout=SLOW)
    page.get_by_label(re.compile("的理由（必填）")).fill("可按期供地")
    page.get_by_label(re.compile("的理由（必填）")).press("Tab")
    settled(page)
    page.get_by_role("button", name=re.compile("^.*决定用")).click()
    expect(page.get_by_role("heading", name=re.compile("已决定用"))).to_be_visible(timeout=SLOW)
    with Register.open(workspace) as register:
        held = standing(register.read_meta())["LLQ-1"]
    assert (held.who, held.reason) == ("李工", "可按期供地")
    page.reload()
    settled(page)
    expect(page.get_by_text("依据数据第", exact=False).first).to_be_visible(timeout=SLOW)
