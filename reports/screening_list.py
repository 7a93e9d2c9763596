"""The list of a screening as a file: workbook, CSV or map layer, with what it rests on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter

from data import schema
from data.screening_rules import ScreeningRules
from gis import io
from gis.area import to_mu
from reports.cells import clean_text, csv_text
from reports.context import ExportContext
from reports.errors import UnknownFormatError
from reports.place import check_place, replacing
from reports.tables import about_rows, description

_HEADS: Mapping[str, tuple[str, str, float]] = {
    "class": ("判定类别（含复核）", "Class, reviews applied", 11),
    "screened_class": ("规则判定", "Class by rule", 11),
    "sentence": ("判定依据", "Why", 48),
    "rule": ("规则编号", "Rule", 18),
    "clause": ("条款", "Clause", 28),
    "missing": ("缺少的信息", "Missing", 24),
    "recorded_class": ("台账类别", "Recorded class", 11),
    "review": ("复核", "Review", 9),
    "review_class": ("改定类别", "Class by review", 11),
    "review_reason": ("复核理由", "Reason of review", 30),
    "review_doc": ("复核文号", "Document of review", 20),
    "review_who": ("复核人", "Reviewer", 9),
    "review_stale": ("需再复核", "Review again", 9),
    "suspected_idle": ("疑似闲置", "Suspected idle", 9),
    "idle_countdown_days": ("距满一年（天）", "Days to a full year", 12),
}
_VERDICTS = {"confirm": ("确认", "Confirmed"), "override": ("改定", "Overridden")}
_DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON"}
_ON_MAP = (
    "class",
    "screened_class",
    "rule",
    "recorded_class",
    "review_verdict",
    "review_reason",
    "review_doc",
    "review_who",
    "review_stale",
    "suspected_idle",
    "idle_countdown_days",
)
_YES_NO = (("否", "是"), ("no", "yes"))
_SHEETS = (("筛查清单", "说明"), ("Screening", "About"))
_RULES = ("筛查规则版本", "Screening rules")


def screening_table(
    screened: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    ruleset: ScreeningRules,
    lang: str = "zh",
) -> pd.DataFrame:
    """Return a screening as a table in words, its headings those of the file.

    Parameters
    ----------
    screened : DataFrame
        As from `analysis.review.reviewed`, with ``recorded_class``; its order is kept.
    parcels : DataFrame
        Holding the same parcels: ``parcel_name``, ``town``, ``geometry_area_m2``.

    Returns
    -------
    DataFrame
        Texts (None where unknown), areas in 亩 and days as numbers (NaN where unknown).
    """
    at = 1 if lang == "en" else 0
    mine = parcels.reindex(screened.index)
    cells = _cells(screened, ruleset, at)
    table: dict[str, Any] = {
        schema.label("parcel_id", "en" if at else "zh"): screened.index.astype(str)
    }
    for key in ("parcel_name", "town"):
        table[schema.label(key, "en" if at else "zh")] = mine[key].to_numpy(dtype=object)
    for key, heading in _HEADS.items():
        told = cells.get(key, screened.get(key))
        if key == "idle_countdown_days":
            table[heading[at]] = told.to_numpy(dtype=float, na_value=np.nan)
        else:
            table[heading[at]] = pd.Series(told, index=screened.index).to_numpy(dtype=object)
    area = schema.label("geometry_area_m2", "en" if at else "zh", unit="mu")
    table[area] = to_mu(mine["geometry_area_m2"].to_numpy(dtype=float))
    return pd.DataFrame(table)


def _cells(screened: pd.DataFrame, ruleset: ScreeningRules, at: int) -> dict[str, Any]:
    """Return the columns that are put in words; the others are printed as they are."""
    labels = schema.enum_labels("low_class", "en" if at else "zh")
    comma = ", " if at else "、"
    flags = screened["suspected_idle"].astype(object)
    return {
        "class": screened["class"].map(labels),
        "screened_class": screened["screened_class"].map(labels),
        "sentence": screened[f"sentence_{'en' if at else 'zh'}"],
        "missing": [
            comma.join(ruleset.label(k, "en" if at else "zh") for k in m) or None
            for m in screened["missing"]
        ],
        "recorded_class": screened["recorded_class"].map(labels),
        "review": screened["review_verdict"].map({k: v[at] for k, v in _VERDICTS.items()}),
        "review_class": screened["review_class"].map(labels),
        "review_stale": [_YES_NO[at][1] if stale else None for stale in screened["review_stale"]],
        "suspected_idle": [None if pd.isna(f) else _YES_NO[at][int(bool(f))] for f in flags],
        "idle_countdown_days": screened["idle_countdown_days"].astype("Float64"),
    }


def write_screening(
    table: pd.DataFrame, fmt: str, out: Path, *, context: ExportContext, ruleset: ScreeningRules
) -> Path:
    """Write a table of :func:`screening_table`; an existing file is replaced in one step.

    Parameters
    ----------
    fmt : str
        ``xlsx`` or ``csv``.

    Raises
    ------
    UnknownFormatError
        If the format is none of the two.
    ReportError
        If the file cannot be written.
    """
    if fmt not in ("xlsx", "csv"):
        raise UnknownFormatError(found=fmt or "—", known="xlsx、csv")
    at = 1 if context.lang == "en" else 0
    told = [*about_rows(context, context.lang), (_RULES[at], ruleset.id)]
    with replacing(Path(out)) as part:
        if fmt == "csv":
            _csv(table, part)
        else:
            _workbook(table, part, told, at)
    return Path(out)


def write_screening_map(
    screened: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    fmt: str,
    out: Path,
    *,
    context: ExportContext,
) -> Path:
    """Write a screening as a map layer: codes and m², one row per parcel with its outline.

    Parameters
    ----------
    screened : DataFrame
        As for :func:`screening_table`; its order is kept.
    parcels : GeoDataFrame
        Holding the same parcels: ``parcel_name``, ``town``, ``geometry_area_m2``, geometry.
    fmt : str
        ``gpkg`` or ``geojson``.

    Raises
    ------
    UnknownFormatError
        If the format is none of the two.
    ReportError, GisError
        If the file cannot be written.
    """
    if fmt not in _DRIVERS:
        raise UnknownFormatError(found=fmt or "—", known="、".join(_DRIVERS))
    check_place(out)
    mine = parcels[["parcel_name", "town", "geometry_area_m2", parcels.geometry.name]]
    told = [name for name in _ON_MAP if name in screened]
    sentence = screened[f"sentence_{'en' if context.lang == 'en' else 'zh'}"]
    frame = mine.reindex(screened.index).assign(
        sentence=sentence, **{name: screened[name] for name in told}
    )
    frame = frame.rename_axis("parcel_id")
    said = description(context, context.lang)
    layer = "screening" if fmt == "gpkg" else None
    return io.write(frame, out, layer=layer, driver=_DRIVERS[fmt], description=said)


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind == "f"


def _csv(table: pd.DataFrame, part: Path) -> None:
    shown = [
        ["" if pd.isna(v) else f"{v:.4f}".rstrip("0").rstrip(".") for v in table[name]]
        if _is_number(table[name])
        else [csv_text(clean_text(v)) for v in table[name]]
        for name in table
    ]
    with part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*shown, strict=True))


def _workbook(table: pd.DataFrame, part: Path, told: list[tuple[str, str]], at: int) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(part), options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#EDE6DC"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        figure = book.add_format({"num_format": "#,##0.##", "valign": "top"})
        sheet = book.add_worksheet(_SHEETS[at][0])
        widths = {heading[at]: heading[2] for heading in _HEADS.values()}
        for place, name in enumerate(table.columns):
            look = figure if _is_number(table[name]) else text
            sheet.set_column(place, place, widths.get(name, 22))
            sheet.write_string(0, place, str(name), head)
            for row, value in enumerate(table[name], start=1):
                if _is_number(table[name]):
                    if np.isfinite(value):
                        sheet.write_number(row, place, value, look)
                elif (said := clean_text(value)) is not None:
                    sheet.write_string(row, place, said, look)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        about = book.add_worksheet(_SHEETS[at][1])
        about.set_column(0, 0, 22)
        about.set_column(1, 1, 90)
        for row, (name, said) in enumerate(told):
            about.write_string(row, 0, name, head)
            about.write_string(row, 1, clean_text(said) or "—", text)
