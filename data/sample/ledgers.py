"""Workbooks and tables of the sample county, with the headings the bureaus use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from data import schema
from gis.area import to_mu

STAMP = datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None)
NOTE = "模拟数据，仅供演示与测试"
Columns = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

RENEWAL: Columns = (
    ("基本情况", (("宗地编号", "parcel_id"), ("区块名称", "renewal_block"), ("企业", "owner"),
               ("信用代码", "owner_uscc"), ("所属街道", "town"))),
    ("改造计划", (("改造方式", "renewal_mode"), ("改造后主导产业", "renewal_industry"),
               ("责任单位", "responsible_unit"))),
    ("拆除", (("年计划拆除面积(亩)", "plan_demolition_area_m2"),
            ("计划拆除月份", "plan_demolition_on"))),
    ("供地", (("年计划拆后供地面积(亩)", "plan_supply_area_m2"),
            ("计划供地月份", "plan_supply_on"))),
    ("开工", (("年计划拆后新开工面积(万㎡)", "plan_start_floor_area_m2"),
            ("计划开工月份", "plan_start_on"))),
    ("备注", (("备注", "remark"), ("更新时间", "updated_on"))),
)  # fmt: skip
SURVEY: Columns = (
    ("权属", (("地块索引号", "parcel_id"), ("权利人", "owner"), ("信用代码", "owner_uscc"),
            ("是否1企1地", "single_owner"), ("乡镇", "town"), ("村", "village"),
            ("出让合同号", "contract_no"), ("不动产权证", "cert_no"), ("不动产单元代码", "unit_no"),
            ("电子监管号", "supervision_no"))),
    ("用途", (("批准用途", "approved_use"), ("实际用途", "actual_use"),
            ("规划符合情况", "plan_conformance"))),
    ("面积", (("供应面积(亩)", "supplied_area_m2"), ("登记面积(亩)", "registered_area_m2"),
            ("实际用地面积(亩)", "occupied_area_m2"),
            ("违法用地面积(亩)", "unlawful_area_m2"))),
    ("约定与实际", (("约定固投", "agreed_investment_wan"),
                ("约定投资强度", "agreed_intensity_wan_per_mu"),
                ("约定亩均税收", "agreed_tax_wan_per_mu"),
                ("约定开工时间", "agreed_start_on"), ("实际开工时间", "actual_start_on"),
                ("约定竣工时间", "agreed_completion_on"),
                ("实际竣工时间", "actual_completion_on"), ("使用权到期日", "tenure_end_on"))),
    ("供地", (("批准日期", "approved_on"), ("是否供地", "is_supplied"))),
    ("建设", (("建设状况", "build_status"), ("停工日期", "stopped_on"),
            ("规划容积率", "planned_far"), ("实际容积率", "far"),
            ("建筑密度", "site_coverage_pct"),
            ("建筑面积", "floor_area_m2"), ("基底面积", "footprint_area_m2"),
            ("违章建筑面积", "unlawful_floor_area_m2"))),
    ("效益", (("实际税收", "tax_wan"), ("亩均税收", "tax_wan_per_mu"),
            ("增加值", "value_added_wan"),
            ("职工", "employees"), ("排放", "emissions_t"), ("R&D", "rd_wan"),
            ("主营收入", "revenue_wan"), ("用地评价", "evaluation_grade"))),
    ("认定", (("低效类别", "low_class"), ("认定依据", "class_basis"))),
)  # fmt: skip


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with codes as their Chinese labels and truth values as 是 and 否."""
    done = {}
    for name in table.columns:
        term = schema.field(str(name)) if str(name) in _known() else None
        if term is not None and term.enum is not None:
            codes = table[name].dropna().unique()
            labels = {code: schema.enum_label(term.enum, code, "zh") for code in codes}
            done[name] = table[name].map(labels)
        elif str(table[name].dtype) in ("boolean", "bool"):
            done[name] = table[name].astype(object).map({True: "是", False: "否"})
    return table.assign(**done)


def _known() -> frozenset[str]:
    entities = ("parcel", "event", "firm", "project")
    return frozenset(term.key for name in entities for term in schema.fields(name))


def in_unit(values: pd.Series, heading: str) -> pd.Series:
    """Areas in the unit that the heading names, to the decimals the bureaus keep."""
    if heading.endswith("(亩)"):
        return pd.Series(to_mu(values), index=values.index).round(4)
    if heading.endswith("(万㎡)"):
        return (values / 10_000).round(6)
    return values


def write_workbook(table: pd.DataFrame, path: Path, *, title: str, columns: Columns) -> Path:
    """Write a ledger with a title row and a two-row header with merged groups.

    Missing columns are written as empty ones. The bytes depend on nothing but the table.
    """
    flat = [(heading, key) for _, group in columns for heading, key in group]
    labelled = shown(table)
    empty = pd.Series(None, index=table.index, dtype=object)
    cells = [in_unit(labelled.get(key, empty), heading) for heading, key in flat]
    with xlsxwriter.Workbook(
        path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        book.set_properties({"title": title, "comments": NOTE, "created": STAMP})
        sheet = book.add_worksheet("台账")
        bold = book.add_format({"bold": True, "align": "center", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(flat) - 1, f"{title}（{NOTE}）", bold)
        at = 0
        for name, group in columns:
            if len(group) > 1:
                sheet.merge_range(1, at, 1, at + len(group) - 1, name, bold)
            else:
                sheet.write_string(1, at, name, bold)
            at += len(group)
        sheet.write_row(2, 0, [heading for heading, _ in flat], bold)
        sheet.freeze_panes(3, 1)
        _write_cells(sheet, cells, day)
    return path


def _write_cells(sheet: Any, cells: list[pd.Series], day: Any) -> None:
    """Write the body row by row (the workbook streams rows), unknown cells left empty."""
    kinds = ["M" if series.dtype.kind == "M" else "" for series in cells]
    lists: list[list[Any]] = []
    for series, kind in zip(cells, kinds, strict=True):
        plain = series.dt.to_pydatetime() if kind == "M" else series
        lists.append(pd.Series(plain, dtype=object).where(series.notna().to_numpy(), None).tolist())
    for row, values in enumerate(zip(*lists, strict=True), start=3):
        for column, value in enumerate(values):
            if value is None:
                continue
            if kinds[column]:
                sheet.write_datetime(row, column, value, day)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_number(row, column, value)


def write_csv(table: pd.DataFrame, path: Path, headings: Mapping[str, str]) -> Path:
    """Write a table as UTF-8 with byte-order mark, headings in Chinese."""
    named = shown(table).rename(columns=dict(headings))
    named.to_csv(
        path, index=False, encoding="utf-8-sig", lineterminator="\r\n", date_format="%Y-%m-%d"
    )
    return path


def label_of(key: str) -> str:
    """Chinese heading of a field of the dictionary, with its unit."""
    return schema.label(key)


def month_text(day: date) -> str:
    """Month of a batch, as 2026-10."""
    return f"{day.year}-{day.month:02d}"
