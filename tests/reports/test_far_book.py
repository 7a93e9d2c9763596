from datetime import date

import openpyxl
import pandas as pd
import pytest

from analysis.far_summary import below_lines
from analysis.uplift import uplift
from reports.context import ExportContext
from reports.far_book import write_far_book

CONTEXT = ExportContext(
    county="瑞安市",
    filter_text="全部",
    state_on=date(2026, 10, 31),
    known_on=None,
    register_version=7,
    rules_id="abc",
    credit_rule="规则",
    is_sample=True,
)
NAMES = {"national": "国家", "contract": "合同", "policy": "2.0", "pilot": "3.0"}


@pytest.fixture
def lines():
    return pd.DataFrame(
        {
            "far": [0.5, 1.5, None],
            "land_area_m2": [20_000.0, 10_000.0, 5_000.0],
            "parcel_name": ["=1+1", "二号", "三号"],
            "town": ["塘下镇", "塘下镇", None],
            "park": None,
            "owner": ["甲", None, "丙"],
            "exempt": [False, True, False],
            "exemption_reason": [None, "工艺", None],
            "national_min": [0.7, 0.7, 0.7],
            "contract_far": [1.0, 1.0, None],
            "policy_far": [2.0, None, None],
            "policy_pilot_far": [3.0, None, None],
        },
        index=pd.Index(["P1", "P2", "P3"], name="parcel_id"),
    )


@pytest.fixture
def book(lines, tmp_path):
    ratios = ("far_registered", "far_permitted", "far_surveyed", "far_computed")
    values = pd.DataFrame(dict.fromkeys(ratios, lines["far"])).assign(
        method=["buildings", "buildings", "no_building"],
        coverage_share=[1.0, 0.5, None],
        counted_floor_area_m2=[0.0, 5.0, 0.0],
        unlawful_counted_m2=[80.0, 0.0, 0.0],
    )
    gains = {"town": uplift(lines, by="town", far="far")}
    below = below_lines(lines, lines["land_area_m2"])
    out = write_far_book(
        lines, values, below, gains, tmp_path / "far.xlsx",
        context=CONTEXT, basis="口径", line_names=NAMES,
    )  # fmt: skip
    return openpyxl.load_workbook(out)


def column(sheet, heading):
    at = [cell.value for cell in sheet[1]].index(heading)
    return [row[at].value for row in sheet.iter_rows(min_row=2)]


def test_each_parcel_has_its_gain_and_an_exempt_one_has_none(book):
    sheet = book["各宗容积率"]
    gain = column(sheet, "提到 2.0 增建筑（㎡）")
    assert gain[:3] == [(2.0 - 0.5) * 20_000, 0, None]
    assert gain[3] == "=SUM(L2:L4)" or gain[3].startswith("=SUM(")


def test_what_is_unknown_stays_empty_and_a_formula_stays_text(book):
    sheet = book["各宗容积率"]
    assert column(sheet, "容积率（本表口径）")[2] is None
    names = column(sheet, "地块名称")
    assert names[0] == "=1+1"
    assert sheet.cell(2, 2).data_type == "s"


def test_the_sum_of_the_groups_is_a_live_formula(book):
    sheet = book["按镇街"]
    assert column(sheet, "提到 2.0 增建筑（㎡）")[-1] == "=SUM(E2:E3)"
    assert column(sheet, "分组") == ["塘下镇", "未知", "合计"]


def test_the_last_sheet_says_dates_rules_and_basis(book):
    told = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows()}
    assert told["数据状态日期"] == "2026-10-31"
    assert told["规则版本"] == "abc"
    assert told["容积率口径"] == "口径"
    assert "模拟数据" in told["地区"]


def test_the_lines_are_named_and_counted(book):
    sheet = book["低于各线"]
    assert column(sheet, "分组") == list(NAMES.values())
    assert column(sheet, "低于（宗）") == [1, 1, 1, 1]
    assert column(sheet, "豁免（宗）") == [0, 0, 0, 0]


def test_each_plot_ratio_says_how_it_came_about_and_what_is_unlawful(book):
    sheet = book["各宗容积率"]
    assert column(sheet, "测算方法")[:3] == ["建筑全部违法", "按建筑", "图层中无建筑"]
    assert column(sheet, "覆盖（层数已知的基底占比）")[:3] == [1.0, 0.5, None]
    assert column(sheet, "其中违法建筑面积（计容，㎡）")[:3] == [80, 0, 0]
