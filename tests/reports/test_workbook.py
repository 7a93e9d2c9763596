"""The workbook: text stays text, formulas add up, the same list gives the same bytes."""

from __future__ import annotations

import re
import zipfile

import openpyxl
import pandas as pd
import pytest

from gis.area import to_mu
from reports.columns import columns_of
from reports.errors import TooManyRowsError
from reports.export import export

LIST, SUMMARY, ABOUT = "地块清单", "汇总", "说明"


@pytest.fixture
def book(desk, context_in, tmp_path):
    path = export(desk, "xlsx", tmp_path / "list.xlsx", context=context_in("zh"))
    return path


def headed(sheet):
    rows = list(sheet.iter_rows())
    return {cell.value: [row[at] for row in rows[1:]] for at, cell in enumerate(rows[0])}


def test_every_name_is_shown_as_text_whatever_it_says(book, names):
    owners = headed(openpyxl.load_workbook(book)[LIST])["权利人"]
    assert [cell.value for cell in owners] == names
    assert {cell.data_type for cell in owners} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in owners)


def test_only_the_summary_computes(book):
    with zipfile.ZipFile(book) as parts:
        first, _, third = (parts.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3))
    assert "<f>" not in first + third


def test_ids_keep_every_digit(book):
    ids = headed(openpyxl.load_workbook(book)[LIST])["宗地编号"]
    assert ids[0].value == "330381001001GB00000"
    assert ids[0].number_format == "@"


def test_an_unknown_town_is_an_empty_cell_and_a_group_of_its_own(book):
    live = openpyxl.load_workbook(book)
    assert headed(live[LIST])["乡镇街道"][3].value is None
    assert "（未知）" in [cell.value for cell in live[SUMMARY]["A"]]


def test_areas_are_shown_in_mu_and_the_unknown_is_empty(book, desk):
    columns = headed(openpyxl.load_workbook(book)[LIST])
    shown = [cell.value for cell in columns["图形面积（亩）"]]
    assert shown[0] == pytest.approx(to_mu(1_000.0))
    assert shown[-1] is None
    assert columns["图形面积（亩）"][0].number_format == "#,##0.00"
    assert columns["疑似闲置"][0].value == "是"
    assert columns["疑似闲置"][2].value is None


def test_days_are_days_and_those_before_1900_are_text(book):
    columns = headed(openpyxl.load_workbook(book)[LIST])
    assert columns["阶段日期"][0].value.date().isoformat() == "2026-03-05"
    assert columns["应完成日期"][0].value == "1899-01-31"


def test_the_header_is_frozen_filtered_and_repeated_in_print(book):
    sheet = openpyxl.load_workbook(book)[LIST]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth in (1, None)
    assert "2026-10-31" in sheet.oddFooter.center.text
    assert "模拟数据" in sheet.oddFooter.left.text


def test_the_last_sheet_says_what_the_list_is(book):
    sheet = openpyxl.load_workbook(book)[ABOUT]
    said = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=3)}
    assert said["筛选条件"] == "=全部宗地"
    assert said["数据状态日期"] == "2026-10-31"
    assert said["登记簿版本"] == "47"
    assert said["规则版本"] == "abc123"
    assert said["计入规则"].startswith("计入规则：拆除时计入。")
    assert "模拟数据" in said["数据性质"]
    assert said["宗地数"] == 11
    assert said["其中图形面积未知（宗）"] == 1


def own_sum(formula, book, row):
    """Work a formula of the summary out from the cells of the list, independently."""
    sheet, table = book[SUMMARY], book[LIST]

    def column(text):
        name = re.fullmatch(r"'地块清单'!\$([A-Z]+)\$2:\$\1\$(\d+)", text)
        return [cell.value for cell in table[name[1]][1 : int(name[2])]]

    def work(part):
        return own_sum("=" + part, book, row)

    inner = formula[1:]
    if inner.startswith("IF("):
        test, total = inner[3:-1].split(',"—",')
        both = re.fullmatch(r"AND\((.+)>0,(.+)=0\)", test)
        if both:
            return "—" if work(both[1]) > 0 and work(both[2]) == 0 else work(total)
        return "—" if work(test.removesuffix("=0")) == 0 else work(total)
    if inner.startswith(("SUM(", "COUNT(")):
        name, where = inner[:-1].split("(")
        cells = [cell for line in sheet[where] for cell in line]
        values = [own_sum(cell.value, book, cell.row) for cell in cells]
        known = [value for value in values if value != "—"]
        return sum(known) if name == "SUM" else len(known)
    if inner.startswith("SUMIFS("):
        values, *pairs = inner[7:-1].split(",")
        keep = [True] * len(column(values))
        for where, cell in zip(pairs[::2], pairs[1::2], strict=True):
            name = sheet[cell.replace("$", "")].value
            keep = [k and v == name for k, v in zip(keep, column(where), strict=True)]
        return sum(v for v, k in zip(column(values), keep, strict=True) if k and v is not None)
    if inner.startswith("SUMPRODUCT("):
        hits, rest = [True] * (table.max_row - 1), inner[11:-1]
        for test in re.findall(r"--(?:EXACT\([^)]*\)|\([^)]*\))", rest):
            where = re.search(r"'地块清单'!\$[A-Z]+\$2:\$[A-Z]+\$\d+", test)[0]
            name = None
            if "EXACT" in test:
                name = sheet[test.rstrip(")").rsplit(",", 1)[1].replace("$", "")].value
            hits = [k and v == name for k, v in zip(hits, column(where), strict=True)]
            rest = rest.replace(test, "", 1)
        rest = rest.lstrip(",")
        if not rest:
            return sum(hits)
        if rest.startswith(("--ISBLANK(", "--ISNUMBER(")):
            name, where = rest[:-1].split("(")
            return sum(
                k and (v is None) == (name == "--ISBLANK")
                for v, k in zip(column(where), hits, strict=True)
            )
        return sum(v for v, k in zip(column(rest), hits, strict=True) if k and v is not None)
    if inner.startswith("COUNTIFS("):
        if "-COUNTIFS(" in inner:
            every, known = inner.split("-")
            return work(every) - work(known)
        pairs = inner[9:-1].split(",")
        hit = [True] * (table.max_row - 1)
        for where, cell in zip(pairs[::2], pairs[1::2], strict=True):
            name = None if cell == '">=0"' else sheet[cell.replace("$", "")].value
            fits = (v == name if name else v is not None for v in column(where))
            hit = [h and f for h, f in zip(hit, fits, strict=True)]
        return sum(hit)
    if inner.startswith("SUBTOTAL(102,"):
        return sum(value is not None for value in column(inner[13:-1]))
    if inner.startswith("SUBTOTAL(103,"):
        return sum(value is not None for value in column(inner[13:-1]))
    if inner.startswith("SUBTOTAL(109,"):
        return sum(value for value in column(inner[13:-1]) if value is not None)
    raise AssertionError(formula)


def test_every_formula_gives_the_value_written_beside_it(book):
    live, still = openpyxl.load_workbook(book), openpyxl.load_workbook(book, data_only=True)
    checked = 0
    for line in live[SUMMARY].iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and cell.data_type == "f":
                value = still[SUMMARY][cell.coordinate].value
                found = own_sum(cell.value, live, cell.row)
                wanted = value if value == "—" else pytest.approx(value)
                assert found == wanted, cell.coordinate
                checked += 1
    assert checked > 50


def test_names_that_a_criterion_would_misread_are_compared_exactly(book):
    sheet = openpyxl.load_workbook(book)[SUMMARY]
    formulas = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=9, max_row=16)}
    assert formulas["=*镇"].startswith("=IF(SUMPRODUCT(--EXACT(")
    assert formulas["塘下镇"].startswith("=IF(COUNTIFS(")


def test_a_sum_of_which_nothing_is_known_is_a_dash_and_its_parcels_are_counted(
    desk, context_in, tmp_path
):
    desk.loc[desk["town"] == "塘下镇", "registered_area_m2"] = None
    path = export(desk, "xlsx", tmp_path / "unknown.xlsx", context=context_in("zh"))
    rows = list(openpyxl.load_workbook(path, data_only=True)[SUMMARY].iter_rows(values_only=True))
    heads = next(row for row in rows if row[0] == "按乡镇街道小计")
    towns = dict(zip(heads, next(row for row in rows if row[0] == "塘下镇"), strict=True))
    assert towns["登记面积（亩）"] == "—"
    assert towns["登记面积未知（宗）"] == 2
    assert towns["图形面积未知（宗）"] == 0
    test_every_formula_gives_the_value_written_beside_it(path)


def test_an_area_no_parcel_has_is_a_dash_in_the_total_too(desk, context_in, tmp_path):
    desk["registered_area_m2"] = float("nan")
    desk["geometry_area_m2"] = float("nan")
    path = export(desk, "xlsx", tmp_path / "unknown.xlsx", context=context_in("zh"))
    book = openpyxl.load_workbook(path, data_only=True)
    totals = [row for row in book[SUMMARY].iter_rows(values_only=True) if row[0] == "合计"]
    assert [total[2:4] for total in totals[:3]] == [("—", "—")] * 3
    assert totals[1][5:7] == (len(desk), len(desk))
    said = {row[0].value: row[1].value for row in book[ABOUT].iter_rows(min_row=3)}
    assert said["图形面积合计（亩）"] == "—"
    test_every_formula_gives_the_value_written_beside_it(path)


def test_the_clause_stands_beside_the_basis(book):
    heads = [cell.value for cell in openpyxl.load_workbook(book)[LIST][1]]
    assert heads[heads.index("认定依据") + 1] == "依据条款"


def test_the_unit_of_an_area_is_not_torn_from_its_heading(desk):
    columns = columns_of(desk)
    areas = [column for column in columns if column.heading.endswith("（亩）")]
    assert "本年计入面积（亩）" in [column.heading for column in areas]
    assert [c.heading for c in areas if c.width < 2 * len(c.heading)] == []


def test_totals_are_those_of_the_frame(book, desk):
    sheet = openpyxl.load_workbook(book, data_only=True)[SUMMARY]
    totals = [row for row in sheet.iter_rows(values_only=True) if row[0] == "合计"]
    for total in totals[:3]:
        assert total[1] == len(desk)
        assert total[2] == pytest.approx(to_mu(desk["registered_area_m2"].sum()))
        assert total[3] == pytest.approx(to_mu(desk["geometry_area_m2"].sum()))
    assert totals[1][5:7] == (0, 1)  # one measured area unknown, no registered one
    assert totals[3][-1] is None or totals[3][-1] == pytest.approx(to_mu(55_000.0))


def test_the_same_list_gives_the_same_bytes(desk, context_in, tmp_path):
    for name in ("a", "b"):
        export(desk, "xlsx", tmp_path / f"{name}.xlsx", context=context_in("zh"))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_long_list_is_built_on_disk_with_the_same_cells(
    desk, context_in, tmp_path, monkeypatch, book
):
    monkeypatch.setattr("reports.workbook._ON_DISK_FROM", 3)
    path = export(desk, "xlsx", tmp_path / "disk.xlsx", context=context_in("zh"))
    for sheet in (LIST, SUMMARY, ABOUT):
        short = openpyxl.load_workbook(book)[sheet].iter_rows(values_only=True)
        long = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
        # openpyxl leaves the escape of an underscore standing in strings kept beside the cells
        told = [
            tuple(v.replace("_x005F_", "_") if isinstance(v, str) else v for v in r) for r in long
        ]
        assert list(short) == told


def test_english_is_english(desk, context_in, tmp_path):
    path = export(desk, "xlsx", tmp_path / "list.xlsx", context=context_in("en"))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Parcels", "Summary", "About"]
    assert book["Parcels"]["A1"].value == "Parcel ID"
    assert "(unknown)" in [cell.value for cell in book["Summary"]["A"]]


def test_an_empty_list_is_still_a_workbook(desk, context_in, tmp_path):
    path = export(desk.iloc[:0], "xlsx", tmp_path / "none.xlsx", context=context_in("zh"))
    assert openpyxl.load_workbook(path)[LIST].max_row == 1


def test_a_list_longer_than_a_sheet_is_refused(desk, context_in, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.workbook.ROW_LIMIT", 10)
    with pytest.raises(TooManyRowsError, match="11"):
        export(desk, "xlsx", tmp_path / "long.xlsx", context=context_in("zh"))
    assert list(tmp_path.iterdir()) == []


def test_pandas_reads_the_list_back(book, desk):
    back = pd.read_excel(book, sheet_name=LIST, dtype={"宗地编号": str}, engine="calamine")
    assert back["宗地编号"].tolist() == desk.index.tolist()
    assert back["图形面积（亩）"].sum() == pytest.approx(to_mu(desk["geometry_area_m2"].sum()))
