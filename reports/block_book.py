"""Blocks as a list: workbook, CSV and map layers, with the formula and prices they rest on."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.blocks import Blocks
from data import schema
from data.block_prices import BlockPrices
from data.block_rules import BlockRules
from gis import io
from gis.area import to_mu
from gis.crs import COUNTY_CRS
from gis.io.boundary_write import plots
from reports.block_words import formula_words, reason_lines
from reports.book import Sheet, write_sheets
from reports.cells import clean_text, csv_text
from reports.errors import UnknownFormatError
from reports.options import FormatOptions
from reports.place import check_place, replacing
from reports.shapes import zipped_shp

FORMATS = ("xlsx", "csv", "gpkg", "geojson", "shp", "kml", "dxf", "txt")
"""What a list of blocks can be written as."""

FIELDS: Mapping[str, tuple[str, str, str]] = {
    "block_id": ("连片编号", "Block", "BLOCK_ID"),
    "focus": ("达到重点规模", "Large enough", "FOCUS"),
    "area_mu": ("面积（亩）", "Area (mu)", "AREA_MU"),
    "area_m2": ("面积（m²）", "Area (m²)", "AREA_M2"),
    "parcels": ("宗数", "Parcels", "PARCELS"),
    "towns": ("乡镇街道", "Towns", "TOWNS"),
    "classes": ("台账类别", "Classes", "CLASSES"),
    "owners": ("权利人（个）", "Owners", "OWNERS"),
    "owner_unknown": ("权利人未知（宗）", "Owner unknown", "OWNER_NA"),
    "low_pct": ("低效用地占比（%）", "Share of low land (%)", "LOW_PCT"),
    "class_unknown": ("类别未知（宗）", "Class unknown", "CLASS_NA"),
    "compactness": ("紧凑度", "Compactness", "COMPACT"),
    "rectangle_long_m": ("最大矩形长边（m）", "Rectangle, long side (m)", "RECT_LONG"),
    "rectangle_short_m": ("最大矩形短边（m）", "Rectangle, short side (m)", "RECT_SHORT"),
    "overlap_m2": ("重叠面积（m²）", "Overlap (m²)", "OVERLAP_M2"),
    "floor_area_m2": ("现有建筑面积（m²）", "Present floor area (m²)", "FLOOR_M2"),
    "floor_unknown": ("建筑面积未知（宗）", "Floor area unknown", "FLOOR_NA"),
    "possible_m2": ("可建建筑面积（m²）", "Possible floor area (m²)", "POSSIBLE"),
    "gain_floor_m2": ("可新增建筑面积（m²）", "Floor area gained (m²)", "GAIN_M2"),
    "gain_floor_m2_unknown": ("新增面积未知（宗）", "Gain unknown", "GAIN_NA"),
    "gain_wan": ("估算收益（万元）", "Gain (10k yuan)", "GAIN_WAN"),
    "firms": ("需搬迁企业（家）", "Firms to relocate", "FIRMS"),
    "firms_unknown": ("企业未知（宗）", "Firms unknown", "FIRMS_NA"),
    "jobs": ("涉及职工（人）", "Jobs", "JOBS"),
    "jobs_unknown": ("职工未知（宗）", "Jobs unknown", "JOBS_NA"),
    "cost_wan": ("估算成本（万元）", "Cost (10k yuan)", "COST_WAN"),
    "cost_wan_unknown": ("成本数据不全（宗）", "Cost incomplete", "COST_NA"),
    "cost_land_wan": ("其中土地补偿（万元）", "of which land (10k yuan)", "C_LAND"),
    "cost_floor_wan": ("其中合法建筑补偿（万元）", "of which buildings (10k yuan)", "C_FLOOR"),
    "cost_unlawful_wan": ("其中违章建筑补偿（万元）", "of which unlawful (10k yuan)", "C_UNLAW"),
    "cost_demolition_wan": ("其中拆除清运（万元）", "of which demolition (10k yuan)", "C_DEMOL"),
    "cost_firms_wan": ("其中企业搬迁（万元）", "of which firms (10k yuan)", "C_FIRMS"),
    "cost_jobs_wan": ("其中职工安置（万元）", "of which employees (10k yuan)", "C_JOBS"),
    "missing_prices": ("未设定的单价", "Prices not set", "NO_PRICE"),
    "difficulty": ("难度（0—100）", "Difficulty (0–100)", "DIFFICULTY"),
    "reasons": ("难度原因", "Reasons of difficulty", "REASONS"),
}
"""Columns of the list: Chinese, English, code of a shapefile."""

_SHEETS = (("连片清单", "连片地块", "公式与单价"), ("Blocks", "Parcels", "Formula"))
_DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "kml": "LIBKML", "dxf": "DXF"}
_TEXTS = frozenset({"towns", "classes", "missing_prices", "reasons"})
_RULES = (
    ("间隔不超过（米）", "窄于此宽度不成片（米）", "重点规模（亩）", "障碍"),
    ("Gap up to (m)", "Sliver below (m)", "Large from (mu)", "Barriers"),
)

_BARRIERS = {
    "river": "河流", "railway": "铁路", "redline": "红线", "motorway": "高速公路", "trunk": "干道",
    "motorway_link": "高速公路", "trunk_link": "干道", "高速": "高速公路",
}  # fmt: skip


def block_list(found: Blocks, figures: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """Return blocks with their figures as one table, as it is written: the largest first.

    Parameters
    ----------
    figures : DataFrame, optional
        As `analysis.block_figures.block_figures`; without them only what the blocks say.
    """
    table = found.table
    if figures is not None:
        table = table.join(figures.drop(columns=figures.columns.intersection(table.columns)))
    return table.assign(
        area_mu=to_mu(table["area_m2"].to_numpy(dtype=float)), low_pct=100 * table["low_share"]
    )


def write_blocks(
    table: gpd.GeoDataFrame,
    members: pd.Series,
    fmt: str,
    out: Path,
    *,
    told: Sequence[tuple[str, str]],
    prices: BlockPrices,
    lang: str = "zh",
    options: FormatOptions | None = None,
) -> Path:
    """Write blocks; the same table gives the same bytes.

    Parameters
    ----------
    table : GeoDataFrame
        As `block_list`, or rows of it, with a geometry; its order is kept.
    members : Series
        Name of the block of each parcel.
    fmt : str
        One of ``FORMATS``. A shapefile may be asked for as .zip.
    told : sequence of (str, str)
        What the list is: names and values, as `reports.tables.about_rows` and `rule_rows` give.
    options : FormatOptions, optional
        Encoding of a shapefile, zone and layout of 界址点 TXT.

    Raises
    ------
    UnknownFormatError
        If the format is none of those.
    ReportError, GisError
        If the file cannot be written.
    """
    out, options = Path(out), options or FormatOptions()
    if fmt not in FORMATS:
        raise UnknownFormatError(found=fmt or "—", known="、".join(FORMATS))
    check_place(out)
    if fmt in ("xlsx", "csv"):
        shown = _shown(table, prices, lang)
        if fmt == "csv":
            return write_csv_list(shown, out)
        return write_sheets(_sheets(shown, members, table.index, prices, lang), out,
                            told=told, lang=lang)  # fmt: skip
    said = " | ".join(f"{name}: {' '.join(value.split())}" for name, value in told)
    drawn = _drawn(table)
    if fmt == "shp":
        codes = {key: FIELDS[key][2] for key in drawn.columns if key in FIELDS}
        named = drawn.rename(columns=codes)
        if out.suffix.lower() != ".zip":
            return io.write(named, out, driver="ESRI Shapefile", encoding=options.encoding)
        meanings = [(code, FIELDS[key][lang == "en"], key) for key, code in codes.items()]
        return zipped_shp(
            named, out, stem="blocks", meanings=meanings, said=said, encoding=options.encoding
        )
    if fmt == "txt":
        held = plots(drawn, {"地块编号": "block_id", "地块名称": "block_id"})
        return io.write(held, out, driver="BoundaryTXT", form=options.boundary, description=said)
    label = "block_id" if fmt in ("kml", "dxf") else None
    return io.write(drawn, out, layer="blocks", driver=_DRIVERS[fmt], description=said, label=label)


def rule_rows(rules: BlockRules, prices: BlockPrices, lang: str = "zh") -> list[tuple[str, str]]:
    """Return what makes a block, and which prices were used, as names and values."""
    en = lang == "en"
    asked = (*rules.barrier_layers, *rules.barrier_roads)
    words = asked if en else dict.fromkeys(_BARRIERS.get(name, name) for name in asked)
    barriers = (", " if en else "、").join(words)
    values = (
        f"{rules.within_m:g}", f"{rules.sliver_m:g}", f"{to_mu(rules.focus_m2):g}", barriers,
    )  # fmt: skip
    name = "Prices" if en else "单价版本"
    return [*zip(_RULES[en], values, strict=True), (name, prices.id)]


def _shown(table: gpd.GeoDataFrame, prices: BlockPrices, lang: str) -> pd.DataFrame:
    """Return the list as it is read: headings, words, figures; unknown stays empty."""
    en, comma = lang == "en", ", " if lang == "en" else "、"
    classes = schema.enum_labels("low_class", "en" if en else "zh")
    words: dict[str, Any] = {
        "block_id": table.index.astype(str),
        "focus": [("No", "Yes")[bool(f)] if en else "否是"[bool(f)] for f in table["focus"]],
        "towns": [comma.join(names) for names in table["towns"]],
        "classes": [comma.join(classes.get(c, c) for c in codes) for codes in table["classes"]],
    }
    if "difficulty_reasons" in table:
        words["missing_prices"] = [
            comma.join(prices.prices[key].label(lang) for key in keys)
            for keys in table["missing_prices"]
        ]
        words["reasons"] = [
            ("; " if en else "；").join(reason_lines(reasons, prices, lang))
            for reasons in table["difficulty_reasons"]
        ]
    columns = {}
    for key, heading in FIELDS.items():
        if key in words:
            columns[heading[en]] = words[key]
        elif key in table:
            columns[heading[en]] = table[key].to_numpy(dtype=float)
    return pd.DataFrame(columns).reset_index(drop=True)


def _drawn(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the list for maps: keys, codes and plain numbers in longitude and latitude."""
    columns: dict[str, Any] = {"block_id": table.index.astype(str)}
    for key in FIELDS:
        if key in ("towns", "classes", "missing_prices") and key in table:
            columns[key] = [",".join(values) for values in table[key]]
        elif key == "reasons" and "difficulty_reasons" in table:
            columns[key] = [
                "; ".join(f"{code} {points:.1f}" for code, _, points in reasons)
                for reasons in table["difficulty_reasons"]
            ]
        elif key == "focus":
            columns[key] = table[key].astype(int).to_numpy()
        elif key in table and key not in _TEXTS:
            columns[key] = table[key].to_numpy()
    frame = gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs)
    return frame.to_crs(COUNTY_CRS)


def _sheets(
    shown: pd.DataFrame, members: pd.Series, blocks: pd.Index, prices: BlockPrices, lang: str
) -> list[Sheet]:
    en = lang == "en"
    names = _SHEETS[en]
    mine = members[members.isin(blocks)]
    place = pd.Index(blocks).get_indexer(pd.Index(mine))
    order = np.lexsort((mine.index.astype(str).to_numpy(), place))
    parcels = pd.DataFrame(
        {
            FIELDS["block_id"][en]: mine.to_numpy(dtype=object)[order],
            schema.label("parcel_id", "en" if en else "zh"): mine.index.astype(str)[order],
        }
    )
    formula = pd.DataFrame({names[2]: formula_words(prices, lang)}, dtype=object)
    summed = [FIELDS[key][en] for key in ("area_mu", "parcels", "gain_floor_m2", "gain_wan",
              "jobs", "cost_wan") if FIELDS[key][en] in shown]  # fmt: skip
    widths = {FIELDS["reasons"][en]: 60, FIELDS["block_id"][en]: 26}
    return [
        Sheet(names[0], shown, widths=widths, sums=summed),
        Sheet(names[1], parcels, widths={FIELDS["block_id"][en]: 26}),
        Sheet(names[2], formula, widths={names[2]: 110}),
    ]


def write_csv_list(table: pd.DataFrame, out: Path) -> Path:
    """Write a table as it is read: four decimals at most, unknown empty, no cell a formula."""
    shown = [
        ["" if np.isnan(v) else f"{v:.4f}".rstrip("0").rstrip(".") for v in table[name]]
        if table[name].dtype.kind == "f"
        else [csv_text(clean_text(v)) for v in table[name]]
        for name in table
    ]
    with replacing(out) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*shown, strict=True))
    return out
