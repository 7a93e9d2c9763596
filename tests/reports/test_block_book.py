"""Blocks as a list: every format, with figures, members, prices and formula."""

from __future__ import annotations

import csv
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import box

from analysis.block_figures import block_figures
from analysis.blocks import blocks
from data.block_prices import edited_prices, load_block_prices
from data.block_rules import load_block_rules
from reports.block_book import FIELDS, FORMATS, block_list, rule_rows, write_blocks
from reports.block_words import formula_words
from reports.errors import UnknownFormatError

RULES = load_block_rules()
PRICES = edited_prices(load_block_prices(), {"demolition": None})
LAND = gpd.GeoDataFrame(
    {"floor_area_m2": [1_000.0, 0.0, None], "town": "塘下镇", "low_class": "underused",
     "owner": ["=甲公司", "乙公司", None]},
    geometry=[box(560_000 + x, 3_070_000, 560_300 + x, 3_070_200) for x in (0, 310, 900)],
    index=pd.Index(["P1", "P2", "P3"], name="parcel_id"),
    crs=4549,
)  # fmt: skip
FOUND = blocks(LAND, rules=RULES)
TABLE = block_list(FOUND, block_figures(FOUND, LAND, prices=PRICES))
TOLD = [("来源文件", "land.gpkg"), *rule_rows(RULES, PRICES)]


def written(tmp_path, fmt, suffix=None):
    out = tmp_path / f"blocks.{suffix or fmt}"
    return write_blocks(TABLE, FOUND.block_of, fmt, out, told=TOLD, prices=PRICES)


def test_the_workbook_has_blocks_members_and_the_formula(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path, "xlsx"))
    assert book.sheetnames == ["连片清单", "连片地块", "公式与单价", "说明"]
    head, first, second, *_ = book["连片清单"].iter_rows(values_only=True)
    row = dict(zip(head, first, strict=True))
    assert row["连片编号"] == "B-P1"
    assert row["面积（亩）"] == pytest.approx(2 * 60_000 * 3 / 2_000)
    assert row["可新增建筑面积（m²）"] == pytest.approx(2 * 120_000 - 1_000)
    assert (row["估算成本（万元）"], row["未设定的单价"]) == (None, "拆除清运")
    assert dict(zip(head, second, strict=True))["新增面积未知（宗）"] == 1
    members = list(book["连片地块"].iter_rows(min_row=2, values_only=True))
    assert members == [("B-P1", "P1"), ("B-P1", "P2"), ("B-P3", "P3")]
    told = [row[0] for row in book["公式与单价"].iter_rows(min_row=2, values_only=True)]
    assert told == formula_words(PRICES)
    about = dict(book["说明"].iter_rows(max_col=2, values_only=True))
    assert (about["来源文件"], about["单价版本"]) == ("land.gpkg", PRICES.id)
    assert about["障碍"].startswith("河流、铁路")


def test_a_csv_has_the_same_columns_and_leaves_the_unknown_empty(tmp_path):
    with written(tmp_path, "csv").open(encoding="utf-8-sig", newline="") as stream:
        first, last = csv.DictReader(stream)
    assert first["乡镇街道"] == "塘下镇"
    assert (first["估算成本（万元）"], last["可新增建筑面积（m²）"]) == ("", "")


@pytest.mark.parametrize("fmt", ["gpkg", "geojson", "shp", "kml"])
def test_map_formats_come_back_with_figures_where_the_land_is(tmp_path, fmt):
    back = gpd.read_file(written(tmp_path, fmt))
    assert back.crs.to_epsg() in (4490, 4326)
    name = FIELDS["gain_floor_m2"][2] if fmt == "shp" else "gain_floor_m2"
    assert float(back[name].iloc[0]) == pytest.approx(239_000)
    area = back.to_crs(4549).area.iloc[0]
    assert area == pytest.approx(120_000, rel=1e-6)


def test_a_zip_explains_its_short_names_and_others_hold_every_block(tmp_path):
    with zipfile.ZipFile(written(tmp_path, "shp", "zip")) as archive:
        assert {"blocks.shp", "blocks.cpg", "fields.csv", "about.txt"} <= set(archive.namelist())
        assert "GAIN_M2,可新增建筑面积（m²）" in archive.read("fields.csv").decode("utf-8-sig")
    assert "B-P1" in written(tmp_path, "dxf").read_text("utf-8", errors="replace")
    assert "B-P3" in written(tmp_path, "txt").read_bytes().decode("gbk", errors="replace")
    assert all(len(code) <= 10 and code.isascii() for *_, code in FIELDS.values())
    assert len({code for *_, code in FIELDS.values()}) == len(FIELDS)


def test_the_same_table_gives_the_same_bytes_and_other_formats_are_refused(tmp_path):
    once = written(tmp_path, "gpkg").read_bytes()
    assert written(tmp_path, "gpkg").read_bytes() == once
    with pytest.raises(UnknownFormatError, match="pdf"):
        written(tmp_path, "pdf")
    assert FORMATS[0] == "xlsx"


def test_blocks_without_figures_are_a_list_too(tmp_path):
    out = write_blocks(
        block_list(FOUND), FOUND.block_of, "csv", tmp_path / "x.csv", told=TOLD, prices=PRICES,
        lang="en",
    )  # fmt: skip
    assert out.read_text("utf-8-sig").startswith("Block,Large enough,Area (mu)")
