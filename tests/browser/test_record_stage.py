"""Recording a stage in a browser: the form opens over the page, the card shows what was said."""

import pytest
from browser_tools import settled
from playwright.sync_api import expect

from data.register import Register

pytestmark = pytest.mark.browser

SLOW = 30_000
"""What a file needs to go up and a form to be drawn on a busy machine (ms)."""


def handed_over(page, form, name):
    """Wait until a file has gone up and the form knows of it."""
    expect(form).to_contain_text(name, timeout=SLOW)
    page.wait_for_timeout(3_000)
    settled(page)


@pytest.fixture(scope="module")
def parcel_id(workspace):
    """Id of a parcel that has no stage yet."""
    with Register.open(workspace) as register:
        staged = set(register.read_events()["parcel_id"])
        ids = register.read_parcels(geometry=False).index
        return next(str(name) for name in reversed(ids) if name not in staged)


def test_a_stage_is_recorded_with_a_photo_and_shown_on_the_card(open_page, parcel_id, tmp_path):
    from PIL import Image

    photo = tmp_path / "厂房.png"
    Image.new("RGB", (40, 30), "brown").save(photo)
    page = open_page(f"/parcels?parcel={parcel_id}")
    card = page.locator(".st-key-mutu_card")
    card.get_by_role("button", name="记录阶段").click()
    form = page.get_by_role("dialog")
    expect(form.locator("input[type=file]")).to_have_count(3, timeout=SLOW)
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form).to_contain_text("还没有记入", timeout=SLOW)
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="摸底调查").click()
    form.get_by_label("经办人").fill("李工")
    form.get_by_label("经办人").press("Tab")
    form.locator("input[type=file]").nth(1).set_input_files(photo)
    handed_over(page, form, "厂房.png")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form).to_contain_text("已登记 1 条", timeout=SLOW)
    page.keyboard.press("Escape")
    expect(card.locator("img")).to_be_visible(timeout=SLOW)
    expect(card).to_contain_text("改造前：摸底调查")


def test_a_table_with_a_wrong_row_is_refused_whole_and_a_right_one_is_recorded(
    open_page, parcel_id, workspace, tmp_path
):
    def table(name, parcel):
        path = tmp_path / name
        rows = [f"{parcel_id},认定入库,2026-10-31", f"{parcel},方案批复,2026-10-31"]
        path.write_text("\n".join(["宗地编号,阶段,发生日期", *rows]), "utf-8-sig")
        return path

    with Register.open(workspace) as register:
        before = len(register.read_events())
    page = open_page("/parcels")
    page.locator(".st-key-mutu_strip").get_by_role("button", name="记录阶段").click()
    form = page.get_by_role("dialog")
    form.get_by_label("经办人").fill("李工")
    form.get_by_label("经办人").press("Tab")
    upload = form.locator("input[type=file]")
    upload.set_input_files(table("错.csv", "P77"))
    handed_over(page, form, "错.csv")
    form.get_by_role("button", name="核对并登记整表").click()
    expect(form).to_contain_text("没有登记任何内容：1 行有问题", timeout=SLOW)
    upload.set_input_files(table("对.csv", parcel_id))
    handed_over(page, form, "对.csv")
    form.get_by_role("button", name="核对并登记整表").click()
    expect(form).to_contain_text("已登记 2 条", timeout=SLOW)
    with Register.open(workspace) as register:
        assert len(register.read_events()) == before + 2
