"""What a packet tells of the last meeting: open points, settled ones, and restated figures."""

import io
from datetime import UTC, date, datetime

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from pptx import Presentation
from shapely import box

from data.register import Change, Register
from data.rules import load_rules
from reports.packet.document import document
from reports.packet.follow_up import points_finding, restated_finding
from reports.packet.numbers_book import numbers_book
from reports.packet.slides import slides
from reports.packet.source import read_packet

MU = 2_000 / 3
ON = date(2026, 10, 31)


def parcel_frame():
    facts = {
        "parcel_name": ["一号", "二号"],
        "town": "塘下镇",
        "low_class": "underused",
        "renewal_mode": "acquire",
        "geometry_area_m2": [100 * MU, 200 * MU],
    }
    shapes = [box(120.6 + n * 0.002, 27.7, 120.601 + n * 0.002, 27.701) for n in range(2)]
    index = pd.Index(["P1", "P2"], name="parcel_id")
    return gpd.GeoDataFrame(facts, index=index, geometry=shapes, crs=4490)


def commit(register, month, day, **more):
    moment = datetime(2026, month, day, 9, tzinfo=UTC)
    register.commit(Change("events", "王工", "测试", moment, **more))


def event(parcel_id, on):
    return pd.DataFrame(
        {"parcel_id": [parcel_id], "stage": "demolished", "occurred_on": pd.to_datetime([on]),
         "doc_no": "瑞字2号"}
    )  # fmt: skip


def minute(**facts):
    return pd.DataFrame([{"meeting_on": pd.Timestamp("2026-10-08"), **facts}])


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    with Register.open(folder, create=True) as register:
        commit(register, 1, 5, parcels=parcel_frame(), meta={"county": "瑞安市"})
        commit(register, 10, 5, events=event("P1", "2026-09-20"))
        decided = {
            "kind": "decision",
            "text": "月底前腾空",
            "responsible": "塘下镇",
            "parcel_id": "P2",
        }
        commit(register, 10, 8, minutes=minute(**decided, due_on=pd.Timestamp("2026-10-31")))
        stuck = {"kind": "stuck", "reason": "funds", "text": "=1+1", "parcel_id": "P1"}
        commit(register, 10, 9, minutes=minute(**stuck))
        commit(register, 11, 5, events=event("P2", "2026-09-28"))  # learned after the last packet
        yield register


def facts_of(register, lang="zh", known_on=None):
    return read_packet(
        register, kind="monthly", on=ON, known_on=known_on, rules=load_rules(), lang=lang
    )


def cells_of(made):
    return [
        cell.text
        for slide in Presentation(io.BytesIO(made)).slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]


def test_a_figure_learned_of_late_is_restated_with_its_reason(register):
    facts = facts_of(register)
    assert facts.restated.then_m2 == pytest.approx(100 * MU)
    assert facts.restated.now_m2 == pytest.approx((100 + 200) * MU)
    assert "当时公布 100.00 亩，现在掌握 300.00 亩，涉及 1 宗" in restated_finding(facts)
    cells = cells_of(slides(facts, county_map=_dot()))
    assert "补登阶段" in cells
    assert "200.00" in cells


def test_open_points_stand_with_their_day_and_the_late_ones_are_told(register):
    facts = facts_of(register)
    assert points_finding(facts) == "会议事项 2 件未办结，其中 1 件已过期限"
    cells = cells_of(slides(facts, county_map=_dot()))
    assert {"月底前腾空", "资金未到位", "2026-10-31", "5"} <= set(cells)  # 5 days to 5 November


def test_what_was_recorded_later_is_not_in_an_earlier_packet(register):
    facts = facts_of(register, known_on=date(2026, 10, 8))
    assert facts.points["text"].tolist() == ["月底前腾空"]
    assert facts.restated.rows.empty
    assert "没有更正" in restated_finding(facts)


def test_the_workbook_lists_points_and_restatements_as_text_and_formulas(register):
    book = openpyxl.load_workbook(io.BytesIO(numbers_book(facts_of(register))))
    assert [cell.data_type for cell in book["待办事项"]["C"][1:]] == ["s", "s"]
    assert book["待办事项"]["C3"].value == "=1+1"
    assert book["数据更正"]["F2"].value == "=E2-D2"


def test_the_document_of_either_language_tells_both(register):
    assert document(facts_of(register), county_map=_dot())
    assert document(facts_of(register, "en"), county_map=_dot())


def _dot():
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (16, 10), "white").save(made, "PNG")
    return made.getvalue()
