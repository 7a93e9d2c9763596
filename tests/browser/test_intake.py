"""The whole path of two files in a browser: a GBK shapefile and a messy workbook, to the commit."""

import re

import geopandas as gpd
import pytest
import xlsxwriter
from browser_tools import in_map, map_frame, settled
from playwright.sync_api import expect
from shapely.affinity import translate

from data.register import Register
from gis.io import write

pytestmark = pytest.mark.browser

SLOW = 30_000
"""What a file needs to go up and to be checked on a busy machine (ms)."""


@pytest.fixture(scope="module")
def parcels(workspace):
    with Register.open(workspace) as register:
        return register.read_parcels(columns=["owner", "town"]).iloc[20:26]


@pytest.fixture
def shapefile(parcels, tmp_path):
    """Six parcels as the land bureau sends them: GBK, no .cpg, no .prj; one moved, one renamed."""
    shapes = parcels.geometry.copy()
    shapes.iloc[0] = translate(shapes.iloc[0], 0.0001, 0)
    frame = gpd.GeoDataFrame(
        {"宗地编号": parcels.index, "权利人": ["搬迁后公司", *parcels["owner"].iloc[1:]]},
        geometry=shapes.to_numpy(),
        crs=4490,
    ).to_crs(4549)
    path = write(frame, tmp_path / "宗地十月.shp", encoding="GBK", cpg=False)
    path.with_suffix(".prj").unlink()
    return sorted(tmp_path.glob("宗地十月.*"))


@pytest.fixture
def workbook(parcels, tmp_path):
    """A ledger with a title, a merged header of two rows, a subtotal and a row nobody knows."""
    path = tmp_path / "台账十月.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("十月")
        sheet.merge_range("A1:D1", "瑞安市工业用地台账")
        sheet.merge_range("A2:A3", "宗地编号")
        sheet.merge_range("B2:C2", "基本情况")
        sheet.write_row("B3", ["权利人", "登记面积（亩）"])
        sheet.merge_range("D2:D3", "今日天气")
        for row, name in enumerate([*parcels.index[:2], "查无此地"], start=3):
            sheet.write_row(row, 0, [name, "台账公司", 12.5, "晴"])
        sheet.write_row(6, 0, ["合计", None, 37.5])
    return path


def drop(page, files):
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_role("button", name=re.compile("全部文件"))).to_be_visible(timeout=SLOW)
    settled(page)


def step(page, name):
    page.get_by_role("radio", name=re.compile(name)).click()
    settled(page)
    expect(page.get_by_role("button", name="停止")).to_have_count(0, timeout=SLOW)
    settled(page)


def commit(page):
    step(page, "写入")
    page.get_by_label("经办人").fill("李工")
    page.get_by_label("经办人").press("Tab")
    settled(page)
    page.get_by_role("button", name=re.compile("写入第 .* 次变更")).click()
    expect(page.get_by_text(re.compile("已写入第 .* 次变更"))).to_be_visible(timeout=SLOW)


def test_a_gbk_shapefile_and_a_messy_workbook_go_all_the_way(
    open_page, shapefile, workbook, parcels, workspace
):
    page = open_page("/intake")
    drop(page, shapefile)
    expect(page.get_by_text("没有说明坐标系").first).to_be_visible(timeout=SLOW)
    page.get_by_role("combobox", name="坐标系").click()
    page.get_by_role("option", name=re.compile("EPSG:4549")).first.click()
    settled(page)
    map_frame(page).locator("body[data-overlaid]").wait_for(state="attached", timeout=SLOW)
    assert in_map(page, "() => document.body.dataset.overlaid").startswith("/state/overlay")
    step(page, "看变化")
    expect(page.get_by_text(re.compile("图形有变化：1 宗"))).to_be_visible(timeout=SLOW)
    commit(page)
    drop(page, [workbook])
    expect(page.get_by_text("其上 1 行是表题")).to_be_visible(timeout=SLOW)
    step(page, "对列")
    expect(page.get_by_text("今日天气").first).to_be_visible(timeout=SLOW)
    step(page, "看问题")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("3", timeout=SLOW)
    commit(page)
    with Register.open(workspace) as register:
        known = register.read_parcels(columns=["owner", "registered_area_m2"], geometry=False)
        log = register.changes().iloc[-2:]
    assert log["source_name"].tolist() == ["宗地十月.shp", "台账十月.xlsx"]
    assert known.loc[parcels.index[:2], "owner"].tolist() == ["台账公司"] * 2
    assert known.loc[parcels.index[0], "registered_area_m2"] == pytest.approx(12.5 * 2000 / 3)


def test_a_draft_is_there_after_leaving_the_page(open_page, workbook):
    page = open_page("/intake")
    drop(page, [workbook])
    step(page, "对列")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    expect(page.get_by_text("今日天气").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="全部文件").click()
    settled(page)
    expect(page.get_by_text("1 份文件待处理")).to_be_visible(timeout=SLOW)
