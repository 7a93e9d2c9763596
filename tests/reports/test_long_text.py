"""Text longer than a cell of a worksheet holds: never cut without saying so."""

import csv

import openpyxl
import pytest

from reports.cells import CELL_LIMIT
from reports.export import export


@pytest.mark.parametrize(("lang", "told"), [("zh", "2 个单元格"), ("en", "2 cells")])
def test_a_workbook_says_how_many_cells_it_cut(desk, context_in, tmp_path, lang, told):
    desk.loc[desk.index[0], "owner"] = "瑞" * (CELL_LIMIT + 1)
    desk.loc[desk.index[1], "parcel_name"] = "安" * (2 * CELL_LIMIT)
    desk.loc[desk.index[2], "parcel_name"] = "安" * CELL_LIMIT
    path = tmp_path / "list.xlsx"
    export(desk, "xlsx", path, context=context_in(lang))
    book = openpyxl.load_workbook(path)
    about = "".join(str(cell.value) for row in book.worksheets[2] for cell in row)
    assert told in about
    assert f"{CELL_LIMIT:,}" in about
    shown = [cell.value for row in book.worksheets[0] for cell in row if cell.value]
    assert sorted(len(str(value)) for value in shown)[-3:] == [CELL_LIMIT] * 3


def test_a_workbook_that_cut_nothing_says_nothing(desk, context_in, tmp_path):
    path = tmp_path / "list.xlsx"
    export(desk, "xlsx", path, context=context_in("zh"))
    about = [cell.value for row in openpyxl.load_workbook(path).worksheets[2] for cell in row]
    assert not any("截短" in str(value) for value in about)


def test_a_csv_keeps_long_text_whole(desk, context_in, tmp_path):
    desk.loc[desk.index[0], "owner"] = "瑞" * (CELL_LIMIT + 1)
    path = tmp_path / "list.csv"
    export(desk, "csv", path, context=context_in("zh"))
    csv.field_size_limit(10 * CELL_LIMIT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert any("瑞" * (CELL_LIMIT + 1) in row for row in csv.reader(file))
