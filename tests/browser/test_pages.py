import pytest
from browser_tools import map_frame, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = (
    "overview", "map", "plot-ratio", "parcels", "screening", "targets", "blocks", "siting",
    "meeting", "intake", "settings",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_in_both_languages_and_fits_the_window(open_page, path, lang):
    page = open_page(f"/{path}?lang={lang}")
    if path == "map":
        map_frame(page)
    expect(page.locator("[data-testid='stException']")).to_have_count(0)
    expect(page.get_by_text("模拟数据" if lang == "zh" else "Synthetic").first).to_be_visible()
    for width in (1440, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        settled(page)
        page.wait_for_timeout(400)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_english_is_one_click_away_and_stays(open_page):
    page = open_page("/overview")
    page.get_by_role("button", name="English").click()
    settled(page)
    expect(page.get_by_role("button", name="中文")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_role("button", name="中文")).to_be_visible()
