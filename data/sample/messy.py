"""Workbooks with the dirt that real ledgers have: every kind of it, on few rows, always the same.

Title rows, merged headers of two rows, subtotals, units inside cells, numbers kept as text, several
owners in a cell, credit codes with a wrong character, codes that a spreadsheet made a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from data.sample.county import County
from data.sample.ledgers import NOTE, RENEWAL, STAMP, SURVEY, Columns, in_unit, shown
from data.sample.two_ledgers import economy_version, land_version, some, spelled_days
from gis.area import to_mu

TITLE = "老旧工业区改造提升计划台账"
SURVEY_TITLE = "瑞安市工业用地调查表"
ECONOMY: Columns = (
    ("序号", (("序号", "number"),)),
    ("基本情况", (("宗地编号", "parcel_id"), ("项目类型", "low_class"),
               ("区块名称", "renewal_block"), ("企业", "owner"), ("信用代码", "owner_uscc"),
               ("所属街道", "town"), ("面积(亩)", "registered_area_m2"),
               ("当前阶段", "stage"))),
    *RENEWAL[1:],
)  # fmt: skip
LAND: Columns = (*SURVEY, ("进展", (("当前阶段", "stage"),)))
_DRAW = 4
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_DAMAGED = 3.30381001001e18
Cells = dict[str, list[Any]]


def write_economy_ledger(county: County, path: Path) -> Path:
    """Write the renewal ledger as the economy bureau (经信局) keeps it; its own version of things.

    Rows by town with a subtotal under each and a total at the end.
    """
    table = economy_version(county)
    rng = np.random.default_rng([county.seed, _DRAW])
    cells = _cells(table, ECONOMY)
    cells["number"] = list(range(1, len(table) + 1))
    for key in ("updated_on", "plan_demolition_on", "plan_supply_on", "plan_start_on"):
        cells[key] = spelled_days(table[key])
    area = _mixed_areas(table["registered_area_m2"], rng)
    cells["registered_area_m2"] = area
    _soil_owners(cells["owner"], rng)
    _soil_credit_codes(cells["owner_uscc"], rng)
    for at in some(rng, len(table), 0.03):
        cells["parcel_id"][at] = _DAMAGED
    head = [f"{TITLE}（{NOTE}）", f"填报单位：市经信局　　单位：亩　　{_day(county.until)}"]
    return _write(path, head, ECONOMY, cells, _subtotals(table))


def write_land_survey(county: County, path: Path) -> Path:
    """Write the survey of industrial land as the land bureau (自然资源和规划局) keeps it."""
    table = land_version(county)
    rng = np.random.default_rng([county.seed, _DRAW + 1])
    cells = _cells(table, LAND)
    for at in some(rng, len(table), 0.04):
        cells["registered_area_m2"][at] = _text(cells["registered_area_m2"][at], _FULL_WIDTH)
    for at in some(rng, len(table), 0.04):
        cells["supplied_area_m2"][at] = _in_m2(table["supplied_area_m2"].iloc[at])
    for key in ("agreed_start_on", "actual_start_on"):
        spelled = spelled_days(table[key])
        for at in some(rng, len(table), 0.10):
            cells[key][at] = spelled[at]
    for at in some(rng, len(table), 0.05):
        cells["owner"][at] = _text(cells["owner"][at], str.maketrans("()", "（）")) + " "
    head = [f"{SURVEY_TITLE}（{NOTE}）"]
    total = [(len(table), "合计", to_mu(table["registered_area_m2"].sum()))]
    return _write(path, head, LAND, cells, total)


def _cells(table: pd.DataFrame, columns: Columns) -> Cells:
    """Cells by key, in the unit of their heading; None where unknown."""
    labelled = shown(table)
    nothing = pd.Series(None, index=table.index, dtype=object)
    cells: Cells = {}
    for _, group in columns:
        for heading, key in group:
            values = in_unit(labelled.get(key, nothing), heading)
            if values.dtype.kind == "M":
                values = pd.Series(values.dt.to_pydatetime(), index=values.index, dtype=object)
            cells[key] = values.astype(object).where(values.notna(), None).tolist()
    return cells


def _mixed_areas(areas_m2: pd.Series, rng: np.random.Generator) -> list[Any]:
    """Areas under a heading in 亩, a few of them in another unit, and one kind by mistake."""
    cells: list[Any] = [None if pd.isna(area) else round(area, 4) for area in to_mu(areas_m2)]
    known = areas_m2.to_numpy(float)
    ways = (
        lambda m2: f"{m2 * 3 / 2000:.4f}亩",
        lambda m2: f"{m2:.2f}㎡",
        lambda m2: f"{m2:,.2f}平方米",
        lambda m2: f"{m2 / 10_000:.6f}公顷",
        lambda m2: f"{m2 / 10_000:.6f}万㎡",
        lambda m2: f"{m2 * 3 / 2000:.4f}".translate(_FULL_WIDTH),
        lambda m2: round(m2, 2),  # square metres under a heading in 亩: 666.67 times too much
    )
    picked = some(rng, len(cells), 0.20)
    for turn, at in enumerate(picked):
        if not np.isnan(known[at]):
            cells[at] = ways[turn % len(ways)](known[at])
    return cells


def _soil_owners(owners: list[Any], rng: np.random.Generator) -> None:
    """Several names in a cell, a count of households, masked names, blanks and line breaks."""
    picked = [at for at in some(rng, len(owners), 0.15) if owners[at]]
    for turn, at in enumerate(picked):
        name = owners[at]
        other = owners[(at + 1) % len(owners)] or name
        owners[at] = (
            f"{name}、{other}", f"{name}等3户", f"{name} \n", f"{name}/{other}", "王*", f" {name}",
        )[turn % 6]  # fmt: skip


def _soil_credit_codes(codes: list[Any], rng: np.random.Generator) -> None:
    """Credit codes one character short, with O for 0 and I for 1, in full width."""
    picked = [at for at in some(rng, len(codes), 0.10) if codes[at]]
    for turn, at in enumerate(picked):
        code = codes[at]
        codes[at] = (
            code[:-1],
            code.replace("0", "O", 1),
            code.replace("1", "I", 1),
            _text(code, _FULL_WIDTH),
        )[turn % 4]


def _subtotals(table: pd.DataFrame) -> list[tuple[int, str, float]]:
    """Where a row of sums stands (before which row), what it is called, and its 亩."""
    sums = table.groupby("town", sort=True)["registered_area_m2"].sum()
    ends = table.groupby("town", sort=True).size().cumsum()
    rows = [(int(ends[town]), f"{town} 小计", float(to_mu(sums[town]))) for town in sums.index]
    return [*rows, (len(table), "合计", float(to_mu(table["registered_area_m2"].sum())))]


def _text(value: Any, table: dict[int, Any]) -> str:
    return "" if value is None else str(value).translate(table)


def _in_m2(area: float) -> str | None:
    return None if pd.isna(area) else f"{area:.2f}平方米"


def _day(until: date) -> str:
    return f"{until.year}年{until.month}月{until.day}日"


def _write(
    path: Path,
    head: Sequence[str],
    columns: Columns,
    cells: Cells,
    sums: Sequence[tuple[int, str, float]],
) -> Path:
    """Write titles, the merged header of two rows, the rows and the sums between them."""
    keys = [key for _, group in columns for _, key in group]
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": head[0], "comments": NOTE, "created": STAMP})
        bold = book.add_format({"bold": True, "align": "center", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("台账")
        for row, line in enumerate(head):
            sheet.merge_range(row, 0, row, len(keys) - 1, line, bold)
        _write_header(sheet, len(head), columns, bold)
        row = len(head) + 2
        done = 0
        for end, name, mu in [*sums, (len(cells[keys[0]]), "", 0.0)]:
            for at in range(done, end):
                _write_row(sheet, row, [cells[key][at] for key in keys], day)
                row += 1
            done = end
            if name:
                sums_row: list[Any] = [name if at == 0 else None for at in range(len(keys))]
                sums_row[keys.index("registered_area_m2")] = round(mu, 4)
                _write_row(sheet, row, sums_row, day)
                row += 1
    return path


def _write_header(sheet: Any, top: int, columns: Columns, bold: Any) -> None:
    """Write groups above headings; a group of its own name is one cell over both rows."""
    alone = []
    at = 0
    for name, group in columns:
        if len(group) > 1:
            sheet.merge_range(top, at, top, at + len(group) - 1, name, bold)
        else:
            sheet.write_string(top, at, name, bold)
            alone += [at] if name == group[0][0] else []
        at += len(group)
    headings = [heading for _, group in columns for heading, _ in group]
    for column, heading in enumerate(headings):
        if column not in alone:  # rows are streamed: the upper one is written by now
            sheet.write_string(top + 1, column, heading, bold)
    for column in alone:
        sheet.merge_range(top, column, top + 1, column, headings[column], bold)


def _write_row(sheet: Any, row: int, values: Sequence[Any], day: Any) -> None:
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, datetime):
            sheet.write_datetime(row, column, value, day)
        elif isinstance(value, str):
            sheet.write_string(row, column, value)
        else:
            sheet.write_number(row, column, value)
