"""The review in a browser: arrow keys step through the agenda, what is decided comes back."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from browser_tools import in_map, map_frame, settled
from playwright.sync_api import expect

from data.register import Change, Register

pytestmark = pytest.mark.browser

ON = date(2026, 10, 31)


@pytest.fixture(scope="module")
def on_agenda(workspace):
    """Two parcels on the agenda of the day of the data."""
    with Register.open(workspace) as register:
        parcels = register.read_parcels(geometry=False)
        ids = [str(name) for name in parcels.index[10:12]]
        rows = [{"kind": "agenda", "meeting_on": ON, "parcel_id": name} for name in ids]
        change = Change(
            kind="minutes",
            who="李工",
            why="议程",
            recorded_at=datetime.now(UTC),
            minutes=pd.DataFrame(rows),
        )
        register.commit(change)
    return ids


def test_arrow_keys_step_through_the_agenda_and_a_decision_comes_back(open_page, on_agenda):
    page = open_page("/meeting?m.slide=agenda")
    map_frame(page)
    title = page.locator("h1")
    expect(title).to_contain_text("议程 1/2")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("议程 2/2")
    settled(page)
    in_map(page, "() => mutu.map.getContainer().focus()")
    page.frame_locator("iframe[title='streamlit_folium.st_folium']").locator("body").press(
        "ArrowLeft"
    )
    expect(title).to_contain_text("议程 1/2")
    settled(page)
    form = page.locator("[data-testid='stMain']")
    form.get_by_label("内容（必填）").fill("月底前 <b>签约</b>")
    form.get_by_label("内容（必填）").press("ArrowRight")
    form.get_by_label("责任人或单位").fill("塘下镇")
    form.get_by_label("经办人").first.fill("李工")
    form.get_by_label("经办人").first.press("Tab")
    settled(page)
    expect(title).to_contain_text("议程 1/2")
    form.get_by_role("button", name="记入").click()
    expect(form).to_contain_text("已记入（第")
    settled(page)
    page.goto(page.url.split("?")[0])
    settled(page)
    expect(title).to_contain_text("待办 1 件")
    expect(form).to_contain_text("月底前 <b>签约</b>")


def test_the_projector_shows_no_frame(open_page, on_agenda):
    page = open_page("/meeting?m.slide=line")
    expect(page.locator("[data-testid='stSidebar']")).to_be_visible()
    page.get_by_role("button", name="投影放映").click()
    settled(page)
    expect(page.locator("[data-testid='stSidebar']")).to_be_hidden()
    expect(page.get_by_role("button", name="退出放映")).to_be_visible()
    title = page.locator("h1")
    for _ in range(3):
        shown = title.inner_text()
        page.keyboard.press("ArrowRight")
        expect(title).not_to_have_text(shown, timeout=20_000)
        settled(page)
    expect(title).to_contain_text("已计入")
