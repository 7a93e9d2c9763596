import os
import re
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from browser_tools import HOME, HOSTILE_NAMES, OUTPUT, click_a_parcel, in_map, map_frame, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NEAR_A_PARK = "view=27.7803,120.7287,15,class,,,"


def parameters(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def draw_rectangle(page, frame, start=(0.3, 0.25), end=(0.62, 0.75)):
    frame.locator(".leaflet-draw-draw-rectangle").click()
    box = page.wait_for_selector("iframe[title='streamlit_folium.st_folium']").bounding_box()
    page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=8)
    page.mouse.up()


def strip_figures(page):
    """Return what the strip says: number of parcels and 亩."""
    text = page.locator(".st-key-mutu_strip").inner_text()
    found = re.search(r"([\d,]+) 宗 · ([\d,.]+) 亩", text)
    assert found, text
    return int(found[1].replace(",", "")), float(found[2].replace(",", ""))


def test_a_click_on_a_parcel_opens_its_card(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    map_frame(page)
    click_a_parcel(page)
    expect(page.locator(".st-key-mutu_card")).to_contain_text("权利人")
    assert parameters(page)["parcel"] in page.locator(".st-key-mutu_card").inner_text()


def test_an_address_that_names_a_parcel_shows_it(open_page, hostile_parcel):
    page = open_page(f"/map?parcel={hostile_parcel}")
    map_frame(page)
    assert in_map(page, "() => map_div.getZoom()") == 16
    lat, lng = (float(part) for part in parameters(page)["view"].split(",")[:2])
    focus = in_map(page, "() => mutu.state.focus")
    assert (lat, lng) == pytest.approx((focus["lat"], focus["lng"]), abs=0.001)


def test_a_clicked_parcel_stays_in_sight_when_the_card_makes_the_map_narrower(page, open_page):
    page.set_viewport_size({"width": 1366, "height": 768})
    open_page(f"/map?{NEAR_A_PARK}")
    map_frame(page)
    in_map(page, "() => { map_div.on('click', (e) => { window.clicked = e.latlng; }); }")
    click_a_parcel(page, from_share=0.58)
    expect(page.locator(".st-key-mutu_card")).to_contain_text("权利人")
    page.wait_for_timeout(1_500)
    free = in_map(
        page,
        """() => {
            const panel = document.querySelector('#mutu-panel').getBoundingClientRect();
            const at = map_div.latLngToContainerPoint(window.clicked);
            return panel.left - at.x;
        }""",
    )
    assert free > 0


def test_a_rectangle_gives_a_list_whose_workbook_adds_up_to_the_screen(open_page, tmp_path):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    draw_rectangle(page, frame)
    strip = page.locator(".st-key-mutu_strip")
    expect(strip).to_contain_text("已选")
    count, area = strip_figures(page)
    assert count > 3
    strip.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Excel|xlsx")).click()
    download.value.save_as(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if "图形面积（亩）" in [str(c) for c in row])
    column = [str(c) for c in rows[head]].index("图形面积（亩）")
    listed = [row[column] for row in rows[head + 1 :] if isinstance(row[column], int | float)]
    assert len(listed) == count
    assert round(sum(listed), 1) == pytest.approx(area, abs=0.1)


def test_the_map_outlines_what_the_table_ticks_and_the_table_ticks_what_was_drawn(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    draw_rectangle(page, frame)
    expect(page.locator(".st-key-mutu_strip")).to_contain_text("已选")
    count, _ = strip_figures(page)
    settled(page)
    page.wait_for_function(
        "() => { const f = document.querySelector(\"iframe[title='streamlit_folium.st_folium']\");"
        " return f.contentWindow.mutu.selectedBits !== null; }"
    )
    outlined = in_map(
        page,
        "() => Array.from(mutu.selectedBits)"
        ".reduce((sum, b) => sum + b.toString(2).replaceAll('0', '').length, 0)",
    )
    assert outlined == count
    page.locator("[data-testid='stSidebarNav']").get_by_text("地块台账").click()
    settled(page)
    expect(page.locator(".st-key-mutu_strip")).to_contain_text("已选")
    assert strip_figures(page)[0] == count


def test_a_refresh_keeps_place_theme_filter_drawing_and_card(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    draw_rectangle(page, frame)
    expect(page.locator(".st-key-mutu_strip")).to_contain_text("已选")
    settled(page)
    click_a_parcel(page)
    expect(page.locator(".st-key-mutu_card")).to_contain_text("权利人")
    frame.locator("[data-theme=far]").click()
    settled(page)
    figures, kept = strip_figures(page), parameters(page)
    assert {"parcel", "drawn", "view"} <= kept.keys()
    page.reload()
    settled(page)
    frame = map_frame(page)
    expect(page.locator(".st-key-mutu_card")).to_contain_text(kept["parcel"])
    assert strip_figures(page) == figures
    assert in_map(page, "() => mutu.view.theme") == "far"
    before, after = kept["view"].split(",")[:3], parameters(page)["view"].split(",")[:3]
    assert [round(float(x), 3) for x in after] == [round(float(x), 3) for x in before]


def test_the_view_survives_a_visit_to_another_page(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    frame.locator("[data-theme=stage]").click()
    page.locator("[data-testid='stSidebarNav']").get_by_text("总览").click()
    settled(page)
    page.locator("[data-testid='stSidebarNav']").get_by_text("一张图").click()
    settled(page)
    map_frame(page)
    assert in_map(page, "() => [mutu.view.theme, map_div.getZoom()]") == ["stage", 15]


def test_the_legend_and_the_strip_count_the_same_parcels(open_page):
    page = open_page("/map?class=underused")
    frame = map_frame(page)
    total = frame.locator("#mutu-panel .total .count").inner_text()
    assert int(total.replace(",", "")) == strip_figures(page)[0]


def test_another_theme_recolours_without_asking_the_server(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    frame.locator("[data-theme=grade]").click()
    expect(frame.locator("[data-theme=grade]")).to_have_class("on")
    page.wait_for_timeout(500)
    assert [url for url in asked if "/state/" in url or "/tiles/" in url] == []


def test_every_layer_of_the_panel_can_be_drawn(open_page):
    page = open_page(f"/map?{NEAR_A_PARK}")
    frame = map_frame(page)
    for group in frame.locator("#mutu-panel .group summary").all():
        group.click()
    names = [box.get_attribute("data-layer") for box in frame.locator("[data-layer]").all()]
    assert {"hillshade", "slope", "buildings", "parks", "redline", "substations"} <= set(names)
    for name in names:
        box = frame.locator(f"[data-layer={name}]")
        if not box.is_checked():
            box.check()
    expect(frame.locator("img.leaflet-image-layer")).to_have_count(2)
    page.wait_for_timeout(800)


def test_names_from_files_are_text_on_card_map_list_and_in_the_workbook(
    open_page, hostile_parcel, tmp_path
):
    parcel_id = hostile_parcel
    page = open_page(f"/map?parcel={parcel_id}&picked={parcel_id}&m.list=1")
    map_frame(page)
    card = page.locator(".st-key-mutu_card")
    for name in HOSTILE_NAMES:
        expect(card).to_contain_text(name)
    box = page.wait_for_selector("iframe[title='streamlit_folium.st_folium']").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_timeout(600)
    label = in_map(page, "() => fetch('/label/0?lang=zh').then((r) => r.json())")
    assert label["name"] == HOSTILE_NAMES[0][:120]
    assert "broken" not in page.title()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".st-key-mutu_strip").get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Excel|xlsx")).click()
    download.value.save_as(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value in HOSTILE_NAMES]
    assert len(cells) == 2, "name and owner are in the list"
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_picture_in_the_readme(open_page):
    """Takes the README's screenshot; `make docs` puts it in its place."""
    page = open_page(f"/map?{NEAR_A_PARK}")
    map_frame(page)
    click_a_parcel(page)
    expect(page.locator(".st-key-mutu_card")).to_contain_text("权利人")
    settled(page)
    page.wait_for_timeout(1500)
    place = HOME / "docs" / "images" if os.environ.get("MUTU_WRITE_DOCS") else OUTPUT
    place.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=place / "map.png")
    assert (place / "map.png").stat().st_size > 50_000


def test_the_slider_takes_the_map_through_the_months(open_page):
    page = open_page("/map")
    map_frame(page)
    page.locator(".st-key-time-switch button").first.click()
    settled(page)
    thumb = page.get_by_role("slider").first
    thumb.focus()
    thumb.press("ArrowLeft")
    settled(page)
    expect(page.locator(".st-key-mutu_header_past")).to_contain_text("正在看过去：截至 2026-09-30")
    page.wait_for_function("() => location.search.includes('on=2026-09-30')")
    url = in_map(page, "() => mutu.state.codes_url")
    assert "on=2026-09-30" in url
    page.locator(".st-key-time-switch button").first.click()
    settled(page)
    expect(page.locator(".st-key-mutu_header_past")).to_have_count(0)
