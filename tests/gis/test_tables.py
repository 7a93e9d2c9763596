import datetime as dt

import openpyxl
import pytest

from gis.errors import (
    EncodingUnknownError,
    FileDamagedError,
    FileEmptyError,
    FormatMismatchError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
    TableHeaderError,
)
from gis.io import inspect, read_table

KNOWN = {"宗地编号", "权利人", "登记面积(亩)", "供应面积(亩)", "开工"}


def known(text):
    return text in KNOWN


def workbook(path, rows, *, merges=(), sheets=None):
    book = openpyxl.Workbook()
    for name, content in (sheets or {"台账": rows}).items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
        for area in merges:
            sheet.merge_cells(area)
    del book["Sheet"]
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_decoded_and_codes_stay_text(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_text("宗地编号,权利人\n3303810010010000001,甲厂\n007,乙\n", encoding=encoding)
    frame = read_table(path)
    assert frame["宗地编号"].tolist() == ["3303810010010000001", "007"]
    assert frame.index.tolist() == [2, 3]


def test_a_title_row_is_no_header(tmp_path):
    rows = [["瑞安市工业用地台账（模拟）"], [None], ["宗地编号", "权利人"], ["P1", "甲"]]
    path = workbook(tmp_path / "t.xlsx", rows, merges=["A1:B1"])
    frame = read_table(path, known=known)
    assert frame.columns.tolist() == ["宗地编号", "权利人"]
    assert frame.index.tolist() == [4]
    assert frame.attrs["header_rows"] == (3, 3)


def test_merged_headers_of_two_rows_are_joined(tmp_path):
    rows = [
        ["工业用地台账"],
        ["宗地编号", "权利人", "面积（亩）", None, "进度"],
        [None, None, "登记面积（亩）", "供应面积（亩）", "开工"],
        ["P1", "甲", 15, 14.5, "是"],
    ]
    merges = ["A1:E1", "A2:A3", "B2:B3", "C2:D2"]
    frame = read_table(workbook(tmp_path / "t.xlsx", rows, merges=merges), known=known)
    expected = ["宗地编号", "权利人", "登记面积(亩)", "供应面积(亩)", "开工"]
    assert frame.columns.tolist() == expected
    assert frame.iloc[0].tolist() == ["P1", "甲", 15, 14.5, "是"]
    assert frame.index.tolist() == [4]


def test_two_row_headers_in_a_csv_are_joined(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("宗地编号,权利人,面积,\n,,登记面积(亩),供应面积(亩)\nP1,甲,15,14\n", "utf-8")
    frame = read_table(path, known=known)
    assert frame.columns.tolist() == ["宗地编号", "权利人", "登记面积(亩)", "供应面积(亩)"]
    assert len(frame) == 1


def test_header_rows_can_be_given(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\nc,d\n1,2\n", "utf-8")
    assert read_table(path, header_rows=(2, 2)).columns.tolist() == ["c", "d"]


def test_numbers_and_dates_of_a_workbook_keep_their_kind(tmp_path):
    rows = [["宗地编号", "权利人", "日"], ["P1", 12.5, dt.date(2024, 2, 29)], ["P2", 3, None]]
    frame = read_table(workbook(tmp_path / "t.xlsx", rows))
    assert frame["权利人"].tolist() == [12.5, 3]
    assert frame["日"].iloc[0] == dt.date(2024, 2, 29)
    assert frame["日"].iloc[1] is None


def test_repeated_headings_are_told_apart_and_empty_rows_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,a,\n1,2,\n,,\n3,4,\n", "utf-8")
    frame = read_table(path)
    assert frame.columns.tolist() == ["a", "a_2"]
    assert frame.index.tolist() == [2, 4]


def test_several_sheets_want_a_name(tmp_path):
    sheets = {"塘下": [["宗地编号", "权利人"], ["P1", "甲"]], "飞云": [["宗地编号"], ["P2"]]}
    path = workbook(tmp_path / "t.xlsx", [], sheets=sheets)
    with pytest.raises(LayerChoiceError, match="塘下、飞云"):
        read_table(path)
    assert read_table(path, sheet="飞云")["宗地编号"].tolist() == ["P2"]
    with pytest.raises(LayerUnknownError):
        read_table(path, sheet="莘塍")
    assert [layer.name for layer in inspect(path).layers] == ["塘下", "飞云"]


def test_no_known_heading_no_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(TableHeaderError):
        read_table(path, known=known)


def test_unusable_tables_get_one_sentence(tmp_path):
    cases = {
        "empty.csv": (b"", FileEmptyError),
        "blank.csv": (b"\n\n,,\n", FileEmptyError),
        "bytes.csv": (b"a,b\n\xff\xff\xfe\n", EncodingUnknownError),
        "garbage.xlsx": (b"\x00\x01garbage", FileDamagedError),
        "cut.xlsx": (b"PK\x03\x04cut", FileDamagedError),
        "really.csv": (b"PK\x03\x04", FormatMismatchError),
        "renamed.xlsx": ("宗地编号,权利人\nP1,甲\n".encode(), FormatMismatchError),
    }
    for name, (content, error) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(error) as refusal:
            read_table(tmp_path / name)
        assert name in str(refusal.value)
        assert isinstance(refusal.value, GisError)


def test_a_title_over_several_columns_is_the_heading_of_none(tmp_path):
    rows = [
        ["宗地编号", "面积", None, None],
        [None, "供应面积(亩)", "登记面积(亩)", "违法面积(亩)"],
        ["P1", 12, None, 0],
    ]
    path = workbook(tmp_path / "t.xlsx", rows, merges=["A1:A2", "B1:D1"])
    frame = read_table(path, known={"宗地编号", "面积", "登记面积(亩)"}.__contains__)
    assert list(frame.columns) == [
        "宗地编号", "面积·供应面积(亩)", "登记面积(亩)", "面积·违法面积(亩)"
    ]  # fmt: skip
    assert frame["登记面积(亩)"].isna().all()
