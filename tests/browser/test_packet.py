"""The meeting packet in a browser: taken away from the page, its map opened without a network."""

import re

import pytest
from browser_tools import CHROMIUM, FLAGS, Watch, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_map_of_the_packet_opens_without_a_network(open_page, playwright, tmp_path):
    page = open_page("/overview")
    page.get_by_role("button", name="会议材料").click()
    settled(page)
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="离线地图 (.html)").click()
    download.value.save_as(tmp_path / "map.html")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    context = browser.new_context(offline=True)
    alone = context.new_page()
    watch = Watch(alone)
    alone.goto((tmp_path / "map.html").as_uri())
    expect(alone.locator("body[data-drawn]")).to_be_attached()
    expect(alone.locator("h1")).to_contain_text("模拟数据")
    alone.locator("#find").fill("地块")
    alone.locator("#found button").first.click()
    expect(alone.locator(".card")).to_contain_text("宗地编号")
    first = alone.locator("#legend .entry").first
    first.click()
    expect(first).to_have_class(re.compile("off"))
    assert watch.errors == []
    assert watch.hosts <= {None, ""}
    browser.close()
