"""The page of a project: names before numbers, its facts, vetoes with clause and layer."""

from __future__ import annotations

import io
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from docx import Document
from docx.shared import Cm
from PIL import Image
from shapely.geometry import box

from data.project_rules import load_project_rules
from data.projects import project_table
from data.siting_criteria import load_siting_criteria
from reports.context import ExportContext
from reports.location_map import Surroundings, sites_png
from reports.siting_said import (
    Place,
    layer_words,
    project_facts,
    unchecked_of,
    veto_groups,
)
from reports.siting_sheet import SheetWords, siting_sheet

ONE, TWO = "S-330381013002GB00004", "S-330381013002GB00005"
FARMLAND = {
    "label": "永久基本农田", "clause": "不得占用", "layer": "farmland", "layer_version": "7",
    "layer_date": "2023-01-04",
}  # fmt: skip


def row(site, rank, **said):
    return {
        "site_id": site, "rank": rank, "score": 80.0 - rank, "score_low": 60.0,
        "score_high": 90.0, "known_share": 0.75, "first_share": 0.97, "top3_share": 1.0,
        "rank_low": 1, "rank_high": 2, "free_from": None, "missing": ["port_km"], "lost_on": [],
        "contributions": {"area_fit": 13.0, "port_km": None},
    } | said  # fmt: skip


def unchecked(site, label, reason, **said):
    return {"site_id": site, "label": label, "reason_text": reason} | said


def record(**said):
    return {
        "ranking": [row(ONE, 1), row(TWO, 2, free_from="2027-12-01")],
        "vetoed": [{**FARMLAND, "site_id": "S-9"}, {**FARMLAND, "site_id": "S-8"}],
        "conditional": [],
        "unchecked": [
            unchecked(TWO, "化工园区外", "认定不明", layer="x", bars=True),
            unchecked(None, "控规用途", "缺少", layer="site", bars=False),
        ],
        "too_small": ["S-7"], "largest_mu": 50.0, "need_mu": 40.0,
    } | said  # fmt: skip


def made(told, lang="zh", picture=None, **words):
    context = ExportContext(
        county="瑞安市", filter_text="", state_on=date(2026, 10, 31), known_on=None,
        register_version=3, rules_id="", credit_rule="", is_sample=True, lang=lang,
    )  # fmt: skip
    words = SheetWords(
        head="X1", verdict="确定：莘塍街道 002GB00004 在 97% 的抽样中居首",
        facts=[("总投资（万元）", "82,500"), ("准入条件", "无准入条件")],
        layers={"farmland": "永久基本农田"}, **words,
    )  # fmt: skip
    return siting_sheet(
        told, words=words, criteria=load_siting_criteria(), context=context, picture=picture,
        sites={ONE: Place("莘塍街道 · 高新区", 57.9), TWO: Place("塘下镇", 41.0)},
        told=[("地区", "瑞安市")],
    )  # fmt: skip


def texts(table):
    return [[cell.text for cell in line.cells] for line in table.rows]


def test_a_site_is_its_place_with_the_number_small_behind_it():
    paper = Document(io.BytesIO(made(record())))
    _, ranked, *_ = paper.tables
    place, number = ranked.cell(1, 1).paragraphs
    assert (place.text, number.text) == ("莘塍街道 · 高新区", ONE)
    assert number.runs[0].font.size < place.runs[0].font.size
    headline = next(line for line in paper.paragraphs if line.text.startswith("确定"))
    assert [run.text for run in headline.runs if not run.bold] == ["002GB00004"]


def test_for_and_against_has_the_room_and_an_unknown_month_is_said():
    paper = Document(io.BytesIO(made(record())))
    ranked = paper.tables[1]
    widths = dict(zip(texts(ranked)[0], (column.width for column in ranked.columns), strict=True))
    assert widths["长处与短处"] > 3 * widths["亩"]
    assert widths["名次"] < Cm(1.2)
    assert [line[5] for line in texts(ranked)[1:]] == ["时间未知", "2027-12"]
    assert texts(ranked)[1][6].endswith("按已知 75% 的权重折算")
    assert "以上场地都缺数据：距港口" in [line.text for line in paper.paragraphs]
    small = [{"criterion": "slope_pct", "points": 0.04}, {"criterion": "area_fit", "points": 2.0}]
    ranked = Document(io.BytesIO(made(record(ranking=[row(ONE, 1, lost_on=small)])))).tables[1]
    assert "短处：面积匹配 −2.0\n" in texts(ranked)[1][6]
    alone = record(ranking=[row(ONE, 1, missing=["rail_km"]), row(TWO, 2)])
    ranked = Document(io.BytesIO(made(alone))).tables[1]
    assert "缺数据：距港口；按已知 75% 的权重折算" in texts(ranked)[2][6]


def test_each_site_says_which_vetoes_nobody_checked():
    told = texts(Document(io.BytesIO(made(record()))).tables[2])
    assert told[1:] == [
        ["化工园区外", "认定不明", "已核", "未核"],
        ["控规用途（附条件项）", "缺少", "未核", "未核"],
    ]
    assert [one["sites"] for one in unchecked_of(record(), [ONE])] == [[ONE]]


def test_vetoes_come_with_clause_and_layer_in_words():
    told = texts(Document(io.BytesIO(made(record()))).tables[3])
    assert told[1] == ["永久基本农田", "2", "不得占用", "永久基本农田 第7版 2023-01-04"]
    assert [one["sites"] for one in veto_groups(record())] == [2]
    gone = {"layer": "farmland", "layer_version": None, "layer_date": None}
    assert layer_words(gone, {"farmland": "永久基本农田"}) == "永久基本农田 未导入"
    english = layer_words({**gone, "layer_version": "7"}, {"farmland": "Farmland"}, lang="en")
    assert english == "Farmland version 7 undated"


def test_without_a_site_the_page_says_how_large_the_largest_is():
    paper = Document(io.BytesIO(made(record(ranking=[], largest_mu=30.0))))
    said = " ".join(line.text for line in paper.paragraphs)
    assert "项目至少要 40 亩，未被否决的最大一处 30.0 亩" in said
    assert "化工园区外 1 处（认定不明）、控规用途，所有场地（缺少）" in said


def test_the_page_is_the_same_bytes_and_speaks_english():
    assert made(record()) == made(record())
    paper = Document(io.BytesIO(made(record(), lang="en")))
    assert texts(paper.tables[1])[1][5] == "month not known"
    assert texts(paper.tables[2])[2][2:] == ["open", "open"]


def test_the_facts_of_a_project_tell_the_unknown_and_check_the_bar():
    table = project_table(pd.DataFrame({
        "project_id": ["X1"], "investment_wan": [82_500.0], "land_least_mu": [40.0],
        "project_kind": ["emerging"], "productivity_wan": [44.0], "productivity_mean_wan": [40.0],
    }))  # fmt: skip
    told = dict(project_facts("X1", table, rules=load_project_rules()))
    assert told["总投资（万元）"] == "82,500"
    assert told["用工人数（人）"] == told["期望开工日期"] == told["优先保障"] == "未知"
    assert told["用地（亩）"] == "不少于 40"
    assert told["准入条件"] == "达到准入条件：44 ≥ 44 万元/人（EFF-05）"


@pytest.mark.parametrize("apart", [500.0, 20_000.0])
def test_a_map_shows_every_site_with_its_mark(apart):
    shapes = {str(n): box(apart * n, 0, apart * n + 100, 80) for n in (1, 2, 3)}
    around = Surroundings(gpd.GeoDataFrame(geometry=[box(0, 0, 50, 50)], crs=4549))
    drawn = Image.open(io.BytesIO(sites_png(shapes, around)))
    red = drawn.convert("RGB").point(lambda value: value)
    columns = [x for x in range(drawn.width) if red.getpixel((x, drawn.height // 2))[1] < 90]
    assert drawn.size == (1000, 640)
    assert max(columns) - min(columns) > drawn.width / 4
    assert sites_png({}, around) is None
