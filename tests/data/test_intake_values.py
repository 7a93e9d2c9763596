"""Values brought to one spelling, each with a record of it."""

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_tools import MU, Recorded, kinds, square, squares, take
from stdnum.cn import uscc

from data.intake_codes import is_credit_code, proposed_code
from data.intake_columns import unit_factor
from data.intake_dates import read_day
from gis.errors import LayerChoiceError
from gis.io import write


@pytest.fixture
def recorded(tmp_path):
    frame = squares(宗地编号=["P1", "P2", "P3", "P4"])
    return Recorded(take(write(frame, tmp_path / "first.gpkg")).change.parcels)


def book(path, *rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


def one(recorded, tmp_path, heading, *values):
    """The report of a ledger with one column beside the parcels."""
    rows = [[f"P{at}", value] for at, value in enumerate(values, start=1)]
    return take(book(tmp_path / "t.xlsx", ["宗地编号", heading], *rows), recorded)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-6-1", "2023-06-01"),
        ("2023.06.01", "2023-06-01"),
        ("20230601", "2023-06-01"),
        ("2023年6月1日", "2023-06-01"),
        ("2023年12月1日", "2023-12-01"),
        ("二〇二三年十二月二十一日", "2023-12-21"),
        ("23年6月1日", "2023-06-01"),
        ("98年6月1日", "1998-06-01"),
        ("23年6月", "2023-06-01"),
        ("2023.6", "2023-06-01"),
        ("202312", "2023-12-01"),
        ("2023年6月份", "2023-06-01"),
        ("45078", "2023-06-01"),
        ("2023-06-01 08:30:00", "2023-06-01"),
        ("2023", None),
        ("202361", None),
        ("2023-13-01", None),
        ("6月", None),
    ],
)
def test_every_spelling_of_a_day_is_read_or_refused(text, day):
    found = read_day(text).day
    assert (None if found is None else str(found)) == day


def test_a_month_is_no_day_where_the_day_counts_and_a_number_may_hide_october():
    assert read_day("2023.6", whole=True).day is None
    assert read_day("2023.1", number=True).day is None
    assert str(read_day("2023.1").day) == "2023-01-01"


@given(st.dates(min_value=pd.Timestamp("1950-01-01").date()))
def test_days_survive_the_spellings(day):
    year, month, number = day.year, day.month, day.day
    for text in (f"{year}年{month}月{number}日", f"{year}/{month}/{number}", f"{day:%Y%m%d}"):
        assert str(read_day(text).day) == day.isoformat()


def test_dates_are_stored_and_what_was_done_is_told(tmp_path, recorded):
    report = one(recorded, tmp_path, "约定开工时间", "23年6月", 45078, "2023.6.1", "某日")
    found = report.change.parcels["agreed_start_on"]
    assert found.tolist() == [pd.Timestamp("2023-06-01")] * 3
    told = report.issues.set_index(report.issues["row"].astype(object))
    assert (
        told.loc[2, "message"] == "写法已统一：只写到月份，按当月 1 日登记：“23年6月” → 2023-06-01"
    )
    assert "日期序号" in told.loc[3, "message"]
    assert told.loc[5, "kind"] == "not_date"
    whole = report.issues[report.issues["row"].isna()]
    assert whole["message"].tolist() == [
        "写法已统一：日期写法统一：1 处，如第 4 行 “2023.6.1” → 2023-06-01"
    ]


def test_units_in_cells_win_over_the_heading_and_are_told(tmp_path, recorded):
    report = one(recorded, tmp_path, "登记面积（亩）", 15, "１５", "1公顷", "10,000㎡")
    areas = report.change.parcels["registered_area_m2"]
    assert areas.tolist() == pytest.approx([15 * MU, 15 * MU, 10_000, 10_000])
    rows = report.issues[report.issues["kind"].eq("normalised") & report.issues["row"].notna()]
    assert rows["row"].tolist() == [4, 5]
    assert rows["value"].tolist() == ["1公顷", "10,000㎡"]
    assert "“1公顷” → 10,000 m²" in rows["message"].iloc[0]
    (whole,) = report.issues[report.issues["row"].isna()]["message"]
    assert whole.startswith("写法已统一：全角字符改为半角：1 处")


@pytest.mark.parametrize(
    ("unit", "stored", "factor"),
    [
        ("万m2", "m2", 10_000),
        ("平方公里", "m2", 1_000_000),
        ("亿元", "wan", 10_000),
        ("元", "wan", 1e-4),
        ("元/m2", "wan_per_mu", 2000 / 3 / 10_000),
        ("万元/公顷", "wan_per_mu", 1 / 15),
    ],
)
def test_units_of_money_and_land(unit, stored, factor):
    assert unit_factor(unit, stored) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([15, 15, 10_000, 15], {4: "666.67 倍"}),
        ([225, 15, 15, 15], {2: "15 倍"}),
        ([15, 150_000, 15, 15], {3: "10,000 倍"}),
    ],
)
def test_unit_mistakes_are_seen_against_the_polygon_and_left_unknown(
    tmp_path, recorded, values, told
):
    report = one(recorded, tmp_path, "登记面积（亩）", *values)
    found = report.issues[report.issues["kind"] == "unit_mistake"]
    assert found["row"].tolist() == list(told)
    ((row, times),) = told.items()
    assert times in found["message"].iloc[0]
    assert "图形 9,999.1 m²" in found["message"].iloc[0]
    proposal = float(found["proposal"].iloc[0].removesuffix(" m²"))
    assert proposal == pytest.approx(10_000, rel=0.01)
    areas = report.change.parcels["registered_area_m2"]
    assert f"P{row - 1}" not in areas.dropna()


def test_a_whole_column_in_the_wrong_unit_is_told_once(tmp_path, recorded):
    report = one(recorded, tmp_path, "登记面积", 15, 15, 15.1, 14.9)
    assert kinds(report) == ["unit_mistake"]
    assert report.issues["row"].isna().all()
    assert "m² 与亩之比" in report.issues["message"].iloc[0]


GOOD = "91330381MA2ABCDE1" + uscc.calc_check_digit("91330381MA2ABCDE1")


def test_credit_codes_are_checked_and_corrections_only_proposed(tmp_path, recorded):
    dashed = f"{GOOD[:8]}-{GOOD[8:17].lower()} {GOOD[17]}"
    wrong = GOOD.replace("0", "O")
    report = one(recorded, tmp_path, "信用代码", dashed, wrong, GOOD[:17], GOOD[:10])
    assert report.change.parcels["owner_uscc"].tolist() == [GOOD, wrong, GOOD[:17], GOOD[:10]]
    odd = report.issues[report.issues["kind"] == "uscc_check"]
    assert odd["row"].tolist() == [3, 4, 5]
    assert odd["proposal"].tolist() == [GOOD, GOOD, None]
    assert odd["who_mends"].tolist() == ["zg"] * 3


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_a_proposed_code_is_always_a_good_one(body):
    code = "91330381" + body + uscc.calc_check_digit("91330381" + body)
    assert is_credit_code(code)
    for spoilt in (code.replace("0", "O"), code.replace("1", "I"), code[:17]):
        found = proposed_code(spoilt)
        assert found is None or is_credit_code(found)
        assert spoilt == code or found == code


def test_owners_are_kept_as_they_are_and_told(tmp_path, recorded):
    names = ["甲(集团)公司", " 乙厂\n", "丙厂、丁厂", "王*"]
    report = one(recorded, tmp_path, "权利人", *names)
    kept = report.change.parcels["owner"].tolist()
    assert kept == ["甲（集团）公司", "乙厂", "丙厂、丁厂", "王*"]
    told = dict(zip(report.issues["kind"], report.issues["message"], strict=True))
    assert "2 个：丙厂；丁厂" in told["owners_several"]
    assert "owner_masked" in told
    assert kinds(report).count("normalised") == 1


def test_a_ledger_as_a_bureau_keeps_it_is_read_and_its_frame_shown(tmp_path, recorded):
    path = book(
        tmp_path / "t.xlsx",
        ["某某街道工业用地台账（模拟）"],
        ["单位：亩、万元"],
        ["序号", "宗地编号", "登记面积", "实际税收"],
        [1, "P1", 15, 100],
        ["序号", "宗地编号", "登记面积", "实际税收"],
        [2, "P2", 15, 200],
        ["小计", None, 30, 300],
        ["填表人：某某", None, None, None],
    )
    report = take(path, recorded)
    assert (report.rows_in, report.accepted) == (2, 2)
    parcels = report.change.parcels
    assert parcels["registered_area_m2"].tolist() == pytest.approx([15 * MU] * 2)
    assert parcels["tax_wan"].tolist() == [100, 200]
    found = report.issues.set_index("kind")
    assert found.loc["title_skipped", "row"].tolist() == [1, 2]
    assert found.loc["header_repeated", "row"] == 5
    assert found.loc["subtotal_skipped", "row"] == 7
    assert found.loc["footer_skipped", "row"] == 8
    assert "unit_from_title" in found.index
    assert "column_not_kept" in found.index


def test_a_group_title_gives_its_unit_to_the_columns_below(tmp_path, recorded):
    made = openpyxl.Workbook()
    page = made.active
    page.append(["宗地编号", "土地面积（亩）", None])
    page.append([None, "批准面积", "登记面积"])
    page.append(["P1", 15, 15])
    page.merge_cells("A1:A2")
    page.merge_cells("B1:C1")
    made.save(tmp_path / "t.xlsx")
    report = take(tmp_path / "t.xlsx", recorded)
    parcels = report.change.parcels
    assert parcels[["approved_area_m2", "registered_area_m2"]].values.tolist() == [
        pytest.approx([15 * MU, 15 * MU])
    ]
    assert report.issues.set_index("kind").loc["header_rows", "value"] == "1–2"


def test_a_row_of_units_belongs_to_the_headings(tmp_path, recorded):
    path = book(tmp_path / "t.xlsx", ["宗地编号", "登记面积"], [None, "亩"], ["P1", 15], ["P2", 15])
    report = take(path, recorded)
    assert report.rows_in == 2
    areas = report.change.parcels["registered_area_m2"]
    assert areas.tolist() == pytest.approx([15 * MU] * 2)
    assert square(0).area == 10_000


def test_a_firm_called_like_a_subtotal_is_a_firm(tmp_path, recorded):
    names = ["小计量仪器厂", "合计（浙江）科技有限公司", "合计", "累计"]
    rows = [[at, f"P{at}", name] for at, name in enumerate(names, start=1)]
    totals = [[None, None, "合计（亩）"], ["塘下镇小计", None, None], [None, None, "总计：12宗"]]
    nameless = [[5, None, "合计数据公司"]]
    heads = ["序号", "宗地编号", "权利人"]
    report = take(book(tmp_path / "t.xlsx", heads, *rows, *totals, *nameless), recorded)
    assert report.change.parcels["owner"].tolist() == names
    assert (report.rows_in, report.accepted) == (4 + 1, 4)
    assert kinds(report).count("subtotal_skipped") == len(totals)


@pytest.mark.parametrize(
    ("text", "mu"),
    [
        ("1,234.5", 1234.5), ("１，２３４", 1234), ("1,234,567亩", 1_234_567),
        ("27,85", None), ("1,2,3", None), ("１，５", None), ("1,2345", None), ("1234,567", None),
    ],
)  # fmt: skip
def test_a_comma_stands_between_thousands_or_the_number_is_not_read(tmp_path, recorded, text, mu):
    report = one(recorded, tmp_path, "供地面积(亩)", text)
    if mu is None:
        assert "not_number" in kinds(report)
        assert report.change is None or report.change.parcels["supplied_area_m2"].isna().all()
    else:
        assert report.change.parcels["supplied_area_m2"].tolist() == pytest.approx([mu * MU])


def test_error_cells_and_formulas_never_computed_are_told_and_left_unknown(tmp_path, recorded):
    path = book(
        tmp_path / "t.xlsx",
        ["宗地编号", "权利人", "登记面积(亩)", "约定开工时间"],
        ["P1", "#REF!", "#DIV/0!", "2023-06-01"],
        ["P2", "#1号厂", "=3*5", "#VALUE!"],
        ["#N/A", "乙厂", 15, None],
    )
    report = take(path, recorded)
    assert (report.rows_in, report.accepted, report.rejected + report.quarantined) == (3, 2, 1)
    told = report.issues[report.issues["kind"].isin(["error_cell", "id_error_cell"])]
    assert told[["row", "field", "value"]].values.tolist() == [
        [2, "owner", "#REF!"],
        [2, "registered_area_m2", "#DIV/0!"],
        [3, "agreed_start_on", "#VALUE!"],
        [3, "registered_area_m2", "#UNCOMPUTED!"],
        [4, "parcel_id", "#N/A"],
    ]
    parcels = report.change.parcels
    assert parcels.loc["P2", "owner"] == "#1号厂"
    assert parcels.loc["P1", "agreed_start_on"] == pd.Timestamp("2023-06-01")


def test_two_columns_of_one_field_that_differ_are_told_row_by_row(tmp_path, recorded):
    path = book(
        tmp_path / "t.xlsx",
        ["宗地编号", "权利人", "权利人", "登记面积(亩)", "登记面积(㎡)"],
        ["P1", "甲公司", "乙公司", 15, 10_000],
        ["P2", "丙公司", "丙公司", 15, 99_999],
    )
    report = take(path, recorded)
    told = report.issues[report.issues["kind"] == "column_conflict"]
    assert told[["row", "field", "value"]].values.tolist() == [
        [2, "owner", "权利人 甲公司 / 权利人_2 乙公司"],
        [3, "registered_area_m2", "登记面积(亩) 15 / 登记面积(m2) 99999"],
    ]
    assert report.change.parcels["owner"].tolist() == ["甲公司", "丙公司"]


def test_a_list_that_left_the_program_comes_back_without_naming_its_sheet(tmp_path, recorded):
    path = book(tmp_path / "list.xlsx", ["宗地编号", "权利人"], ["P1", "甲厂"])
    made = openpyxl.load_workbook(path)
    made.active.title = "地块清单"
    for name in ("汇总", "说明"):
        made.create_sheet(name).append([name, 1])
    made.save(path)
    assert take(path, recorded).change.parcels["owner"].tolist() == ["甲厂"]
    made.create_sheet("别的").append(["宗地编号", "权利人"])
    made["汇总"].sheet_state = "hidden"
    made.save(path)
    with pytest.raises(LayerChoiceError, match="汇总（隐藏）"):
        take(path, recorded)
