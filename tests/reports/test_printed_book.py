"""Workbooks that are read on paper: A4, rows as tall as their texts, numbers as they are said."""

from __future__ import annotations

from datetime import date

import openpyxl
import pandas as pd

from reports.book import Sheet, write_book, write_sheets
from reports.context import ExportContext

WAY = "用 上望街道 010GB00007，用地比下限少 29.6 亩，先增加供电 1,200 千伏安；" * 2
TABLE = pd.DataFrame({"项目": ["X1", "X2"], "可行办法": ["无", WAY], "占比": [0.97, None]})


def written(tmp_path, *sheets, told=()):
    out = write_sheets(sheets, tmp_path / "book.xlsx", told=told)
    return openpyxl.load_workbook(out)


def test_a_printed_sheet_is_a4_and_shows_long_texts_whole(tmp_path):
    book = written(tmp_path, Sheet("未安排", TABLE, formats={"占比": "0%"}, printed=True))
    page = book["未安排"]
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    assert page.row_dimensions[3].height > 4 * 15
    assert page.row_dimensions[2].height is None
    assert page.cell(2, 3).number_format == "0%"


def test_other_sheets_stay_as_they_were(tmp_path):
    page = written(tmp_path, Sheet("表", TABLE))["表"]
    assert page.page_setup.paperSize == 8
    assert page.row_dimensions[3].height is None


def test_what_a_book_is_fits_one_page_in_width(tmp_path):
    page = written(tmp_path, told=[("所用图层", "永久基本农田 第7版 2023-01-04、" * 8)])["说明"]
    assert (page.page_setup.fitToHeight, page.page_setup.paperSize) == (0, 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.row_dimensions[1].height >= 3 * 15


def test_a_table_without_rows_or_columns_is_still_a_sheet(tmp_path):
    context = ExportContext("瑞安市", "", date(2026, 10, 31), None, 1, "", "", False)
    sheets = [Sheet("空", pd.DataFrame(), printed=True), Sheet("无行", TABLE.head(0), printed=True)]
    out = write_book(sheets, tmp_path / "book.xlsx", context=context)
    assert openpyxl.load_workbook(out).sheetnames == ["空", "无行", "说明"]
