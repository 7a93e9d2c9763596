"""A list of issues that comes back with corrections: read, matched and let in by the one door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from data.errors import DataError
from data.intake import ImportReport
from data.intake_columns import field_key
from data.intake_files import file_sha256
from data.intake_kinds import QUARANTINED
from data.intake_quarantine import ENTITY_OF, as_json
from data.intake_values import plain_text
from data.quarantine import Cells, QuarantineRegister, enter_rows, waiting_rows
from gis.errors import Words
from gis.io import read_table
from gis.io.tables import sheet_names

HEADS: Mapping[str, tuple[str, str]] = {
    "number": ("待更正号", "Waiting no."),
    "parcel_id": ("宗地编号", "Parcel ID"),
    "file": ("文件", "File"),
    "sheet": ("工作表", "Sheet"),
    "layer": ("图层", "Layer"),
    "row": ("行号", "Row"),
    "field": ("字段", "Field"),
    "severity": ("严重程度", "Severity"),
    "who_mends": ("由谁更正", "To be mended by"),
    "value": ("原值", "Value"),
    "message": ("说明", "Message"),
    "proposal": ("建议值", "Proposal"),
    "unit": ("更正值的单位", "Unit of the correction"),
    "corrected": ("更正值", "Corrected value"),
}
"""Headings of the list of issues, in Chinese and English; both are read back."""

ROW_SHEETS: Mapping[str, tuple[str, str]] = {
    "parcels": ("待更正宗地", "Waiting parcels"),
    "events": ("待更正阶段", "Waiting events"),
}
"""Sheets that hold rows that wait, whole."""

ISSUE_SHEET = ("问题清单", "Issues")
SHAPE = ("图形", "geometry")
_FULL_CELL = 32_767  # what a cell of a workbook holds: a text of that length was cut
_STRANGE = ("的待更正号不在登记簿中，请不要改动这一列", "has a number the register does not know")
_GONE = ("的待更正号已不在等待之列（可能已入库）", "has a number that waits no more")
_NUMBER = r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)"


class NoCorrectionsError(DataError):
    """A workbook in which nothing was corrected."""

    zh = (
        "{file} 中没有更正：请在“问题清单”的“更正值”一列填写，或直接改“待更正宗地”“待更正阶段”"
        "中的单元格，保存后再送回。"
    )
    en = (
        "There is no correction in {file}: fill in the column “Corrected value” of the list of "
        "issues, or change cells of the rows that wait, save, and send it back."
    )


class CorrectionShapeError(DataError):
    """A corrected geometry that cannot be read."""

    zh = "第 {row} 行更正的图形读不出：请写 WKT，坐标为 CGCS2000 经纬度（EPSG:4490）。"
    en = "The geometry corrected in row {row} cannot be read: write WKT in CGCS2000 degrees."


class CorrectionsUnplacedError(DataError):
    """Corrections that cannot be told to a row and a field: none of the workbook is taken."""

    zh = "{file} 的更正未采用，请改正以下各处后再送回（其余更正届时一并采用）：{faults}。"
    en = "The corrections of {file} were not taken; mend these and send it back: {faults}."


@dataclass
class Corrections:
    """What a workbook corrects.

    Attributes
    ----------
    rows : dict
        Number of a row that waits → field key or heading → text.
    shapes : dict
        Number → geometry, EPSG:4490.
    parcels : dict
        Parcel on record → field key → text.
    faults : list of Words
        What cannot be told to a row and a field.
    """

    rows: dict[int, dict[str, str | None]] = field(default_factory=dict)
    shapes: dict[int, shapely.Geometry] = field(default_factory=dict)
    parcels: dict[str, dict[str, str | None]] = field(default_factory=dict)
    faults: list[Words] = field(default_factory=list)

    def unplaced(self, sheet: str, row: Any, zh: str, en: str) -> None:
        """Note a correction that cannot be told to a row and a field."""
        self.faults.append(Words(f"“{sheet}”第 {row} 行{zh}", f"row {row} of “{sheet}” {en}"))

    def __bool__(self) -> bool:
        return bool(self.rows or self.shapes or self.parcels)


def read_corrections(path: Path, aside: pd.DataFrame) -> Corrections:
    """Read a list of issues that was corrected.

    Parameters
    ----------
    path : Path
        Workbook as `reports.issues_book.write_issues` makes it.
    aside : DataFrame
        Rows set aside, by number, those among them that entered since with their ``resolution``;
        cells that say the same as they do are no corrections.

    Raises
    ------
    NoCorrectionsError, CorrectionShapeError
        If there is nothing to take.
    CorrectionsUnplacedError
        If a row's number is none, stands twice or waits no more, or a correction names no field.
    GisError
        If the workbook cannot be read.
    """
    found = Corrections()
    sheets = sheet_names(path)
    for layer, names in ROW_SHEETS.items():
        for name in names:
            if name in sheets:
                table = read_table(path, sheet=name, header_rows=(1, 1))
                _from_rows(_texts(table), layer, aside, found, name)
    for name in ISSUE_SHEET:
        if name in sheets:
            table = read_table(path, sheet=name, header_rows=(1, 1))
            _from_issues(_texts(table), aside, found, name)
    if found.faults:
        told = found.faults[:10]
        faults = Words("；".join(told), "; ".join(fault.en for fault in told))
        raise CorrectionsUnplacedError(file=path.name, faults=faults)
    if not found:
        raise NoCorrectionsError(file=path.name)
    return found


def apply_corrections(
    path: Path, *, register: QuarantineRegister, who: str, recorded_at: datetime
) -> list[ImportReport]:
    """Let the corrections of a workbook in: one report for parcels, one for events.

    Raises
    ------
    NoCorrectionsError, CorrectionShapeError, CorrectionsUnplacedError, GisError
        As `read_corrections`.
    """
    found = read_corrections(path, register.read_quarantine().set_index("quarantine_id"))
    waiting = waiting_rows(register)
    touched = waiting.loc[waiting.index.isin([*found.rows, *found.shapes])]
    reports = []
    for layer in ENTITY_OF:
        numbers = touched.index[touched["layer"] == layer]
        more = _on_record(found.parcels, path.name) if layer == "parcels" else None
        if not len(numbers) and (more is None or more.empty):
            continue
        rows: dict[int, Cells] = {n: found.rows[n] for n in numbers if n in found.rows}
        report = enter_rows(
            register, numbers.tolist(), layer=layer, who=who, recorded_at=recorded_at,
            corrections=rows, shapes={n: found.shapes[n] for n in numbers if n in found.shapes},
            more=more,
        )  # fmt: skip
        change = report.change
        if change is not None:
            why, digest = f"更正送回 {path.name}", file_sha256(path)
            change = replace(change, why=why, source_name=path.name, source_sha256=digest)
        reports.append(replace(report, file=path.name, change=change))
    return reports


def open_issues(issues: pd.DataFrame, waiting: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return recorded issues that are still to be mended.

    Parameters
    ----------
    issues : DataFrame
        As `Register.issues` returns them.
    waiting : DataFrame
        Rows that wait; their issues are open.
    parcels : DataFrame
        Current parcels: a bad cell is open while its field is unknown.

    Returns
    -------
    DataFrame
        The last record of each issue, in the order they were recorded.
    """
    place = ["file", "sheet", "layer", "row"]
    spots = pd.MultiIndex.from_frame(_plain(waiting[place]))
    waits = pd.MultiIndex.from_frame(_plain(issues[place])).isin(spots)
    waits &= issues["severity"].eq(QUARANTINED).to_numpy()
    bad = issues["severity"].eq("error") & issues["parcel_id"].isin(parcels.index)
    bad &= issues["field"].isin(parcels.columns) & issues["layer"].eq("parcels")
    cells = issues[bad]
    unknown = pd.Series(False, index=issues.index)
    for key, part in cells.groupby("field", sort=False):
        unknown[part.index] = parcels[key].reindex(part["parcel_id"]).isna().to_numpy()
    found = issues[waits | unknown]
    return found.drop_duplicates(["layer", "parcel_id", "row", "field", "kind"], keep="last")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), "").astype("str")


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({str(name): plain_text(table[name]) for name in table.columns})


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    for heading in HEADS[name]:
        if heading in table:
            return table[heading]
    return pd.Series(None, index=table.index, dtype=object)


def _from_issues(table: pd.DataFrame, aside: pd.DataFrame, found: Corrections, sheet: str) -> None:
    """Take the filled cells of the column for corrections."""
    columns = {name: _column(table, name) for name in HEADS}
    filled = table.index[columns["corrected"].notna()]
    for row in filled:
        cell = {name: column[row] for name, column in columns.items()}
        entity = ENTITY_OF.get(str(cell["layer"]), "parcel")
        text = _with_unit(str(cell["corrected"]), cell["unit"])
        parcel = cell["parcel_id"]
        number = None if cell["number"] is None else _number(cell["number"])
        if cell["field"] is None:
            found.unplaced(
                sheet, row,
                "填了更正值却没有字段，请改“待更正宗地”中的单元格",
                "has a correction but no field: change the cell of the waiting row instead",
            )  # fmt: skip
            continue
        key = field_key(str(cell["field"]), entity) or str(cell["field"])
        if cell["number"] is not None:
            if number is None or not _waits(number, aside):
                found.unplaced(sheet, row, *_GONE)
            elif cell["field"] in SHAPE:
                found.shapes[number] = _shape(text, row)
            else:
                found.rows.setdefault(number, {})[key] = text
        elif parcel is not None and entity == "parcel" and cell["field"] not in SHAPE:
            found.parcels.setdefault(str(parcel), {})[key] = text
        else:
            found.unplaced(
                sheet, row, "既没有待更正号，也没有宗地编号可以更正",
                "has neither a number that waits nor a parcel to correct",
            )  # fmt: skip


def _with_unit(text: str, unit: Any) -> str:
    bare = pd.Series([text]).str.fullmatch(_NUMBER).iloc[0]
    return f"{text}{unit}" if bare and isinstance(unit, str) else text


def _shape(text: str, row: Any) -> shapely.Geometry:
    try:
        return shapely.from_wkt(text)
    except shapely.errors.GEOSException as error:
        raise CorrectionShapeError(row=row) from error


def _from_rows(
    table: pd.DataFrame, layer: str, aside: pd.DataFrame, found: Corrections, sheet: str
) -> None:
    """Take the cells of whole rows that say something else than the register does."""
    told = {heading for name in ("number", "file", "sheet", "row") for heading in HEADS[name]}
    keys = {
        name: field_key(name, ENTITY_OF[layer]) or name
        for name in table.columns
        if name not in told and name not in HEADS["message"]
    }
    seen: dict[int, Cells] = {}
    for row, text in _column(table, "number").items():
        now: dict[str, Any] = {
            key: table.at[row, name] or None for name, key in keys.items() if name not in SHAPE
        }
        number = _number(text)
        if number is None or number not in aside.index:
            if text is not None or any(now.values()):
                found.unplaced(sheet, row, *_STRANGE)
            continue
        if seen.setdefault(number, now) != now:
            found.unplaced(
                sheet, row, f"与前面的行同是待更正号 {number}，内容却不同",
                f"has the number {number} of an earlier row and says something else",
            )  # fmt: skip
            continue
        cells = json.loads(str(aside.at[number, "cells"]))
        differs = {
            key: new
            for key, new in now.items()
            if new != cells.get(key) and len(str(new)) < _FULL_CELL
        }
        if differs and _waits(number, aside):
            found.rows.setdefault(number, {}).update(differs)


def _number(text: Any) -> int | None:
    """Return a number that waits as the cell says it, or None."""
    number = pd.to_numeric(pd.Series([text], dtype=object), errors="coerce").iloc[0]
    return int(number) if pd.notna(number) and float(number).is_integer() else None


def _waits(number: int, aside: pd.DataFrame) -> bool:
    return number in aside.index and aside.at[number, "resolution"] is None


def _on_record(parcels: Mapping[str, Cells], file: str) -> pd.DataFrame:
    """Lay out corrections of parcels on record as rows that never waited."""
    told = [as_json({**dict(cells), "parcel_id": parcel}) for parcel, cells in parcels.items()]
    rows = {
        "file": file,
        "sheet": None,
        "layer": "parcels",
        "row": pd.array([pd.NA] * len(told), dtype="Int64"),
        "cells": told,
        "shape": None,
    }
    numbers = pd.Index(range(-len(told), 0), name="quarantine_id")
    return pd.DataFrame(rows, index=numbers)
