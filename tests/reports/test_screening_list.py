"""The list of a screening as a file, read back."""

import csv
from datetime import date

import openpyxl
import pandas as pd
import pytest

from analysis.review import reviewed
from analysis.screening import screen
from data.asof import AsOf
from data.screening_rules import load_screening_rules
from reports.context import ExportContext
from reports.errors import UnknownFormatError
from reports.screening_list import screening_table, write_screening

MU = 2_000 / 3
RULES = load_screening_rules()
DAY = AsOf(date(2026, 10, 31))
PARCELS = pd.DataFrame(
    {
        "parcel_name": ["=1+1", "<script>", "长" * 500],
        "town": ["塘下镇", None, "-@SUM(A1)"],
        "low_class": ["underused", None, None],
        "is_supplied": [True, True, None],
        "build_status": ["producing", "not_started", None],
        "standard_land": [False, False, None],
        "far": [0.4, None, None],
        "planned_far": [2.0, 2.0, None],
        "agreed_start_on": pd.to_datetime([None, "2026-01-01", None]),
        "geometry_area_m2": [100 * MU, 200 * MU, None],
    },
    index=pd.Index(["330381001001000012", "P2", "P3"], name="parcel_id"),
)
REVIEWS = pd.DataFrame(
    [
        {
            "parcel_id": "P2",
            "verdict": "override",
            "reason": "=已动工",
            "doc_no": "1号",
            "low_class": "not_low",
            "screened_class": "supplied_unused",
            "rules_id": RULES.id,
            "inputs": None,
            "who": "李工",
            "recorded_at": pd.Timestamp("2026-02-01", tz="UTC"),
        }
    ]
)


@pytest.fixture
def table():
    found = screen(PARCELS, ruleset=RULES, as_of=DAY)
    found = reviewed(found, REVIEWS, PARCELS, ruleset=RULES)
    found = found.assign(recorded_class=PARCELS["low_class"].astype(object))
    return screening_table(found, PARCELS, ruleset=RULES)


def context(lang="zh"):
    return ExportContext("瑞安市", "全部", DAY.state_on, None, 7, "r", "规则", True, lang)


def test_the_table_says_class_reason_review_and_days(table):
    first, second, third = table.to_dict("records")
    assert (first["判定类别（含复核）"], first["台账类别"]) == ("用而未尽", "用而未尽")
    assert first["判定依据"] == "实际容积率 0.40，低于规划或合同约定的 2.00。"
    assert first["图形面积（亩）"] == pytest.approx(100)
    said = (second["判定类别（含复核）"], second["复核"], second["改定类别"])
    assert said == ("不属低效", "改定", "不属低效")
    assert (second["规则判定"], second["规则编号"]) == ("供而未用", "supplied_unused")
    assert second["距满一年（天）"] == (date(2027, 1, 1) - date(2026, 10, 31)).days
    assert third["判定类别（含复核）"] == "信息不足"
    assert "是否供地" in third["缺少的信息"]
    assert pd.isna(third["图形面积（亩）"])


def test_the_workbook_keeps_text_as_text_and_names_rules_and_filter(table, tmp_path):
    out = write_screening(table, "xlsx", tmp_path / "list.xlsx", context=context(), ruleset=RULES)
    book = openpyxl.load_workbook(out)
    rows = list(book["筛查清单"].iter_rows())
    assert [cell.value for cell in rows[0]] == list(table.columns)
    assert (rows[1][0].value, rows[1][0].data_type) == ("330381001001000012", "s")
    assert (rows[1][1].value, rows[1][1].data_type) == ("=1+1", "s")
    told = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert told["筛查规则版本"] == RULES.id
    assert told["筛选条件"] == "全部"
    assert "模拟数据" in told["地区"]


def test_the_csv_holds_the_same_rows_and_computes_nothing(table, tmp_path):
    out = write_screening(table, "csv", tmp_path / "list.csv", context=context(), ruleset=RULES)
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1 + len(PARCELS)
    assert rows[1][1] == "'=1+1"
    assert rows[3][2] == "'-@SUM(A1)"


def test_another_format_is_refused(table, tmp_path):
    with pytest.raises(UnknownFormatError):
        write_screening(table, "pdf", tmp_path / "x.pdf", context=context(), ruleset=RULES)


def test_an_empty_list_is_a_file_with_headings(table, tmp_path):
    for fmt in ("xlsx", "csv"):
        out = tmp_path / f"list.{fmt}"
        write_screening(table.iloc[:0], fmt, out, context=context("en"), ruleset=RULES)
        assert out.stat().st_size > 0
