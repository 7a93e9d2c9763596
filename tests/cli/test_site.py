"""The verbs of siting on files alone: vetoes, ranking, plan, and what they refuse."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box
from typer.testing import CliRunner

from cli import app
from gis.crs import COUNTY_CRS

WEST, SOUTH = 560_000, 3_070_000
MU = 2_000 / 3


def square(x, size=200):
    return box(WEST + x, SOUTH, WEST + x + size, SOUTH + size)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three sites of 60 亩 (the second in the red line), a road to an interchange, two projects."""
    folder = tmp_path_factory.mktemp("siting")
    facts = {
        "场地编号": ["A", "B", "C"], "可用月份": ["2027-03", "2027-03", "2027-09"],
        "规划容积率": [2.5, 2.5, 3.0],
    }  # fmt: skip
    shapes = [square(0), square(500), square(2_000)]
    gpd.GeoDataFrame(facts, geometry=shapes, crs=4549).to_file(folder / "sites.gpkg")
    (folder / "projects.csv").write_text(
        "项目编号,最少用地(亩),最多用地(亩),最低容积率,期望开工,产业集群\n"
        "X1,30,40,2.0,2027-01-01,auto\nX2,40,50,2.0,2027-01-01,\nX3,500,500,,,\n",
        "utf-8-sig",
    )
    red = gpd.GeoDataFrame(geometry=[square(650)], crs=4549)
    red.to_crs(COUNTY_CRS).to_file(folder / "red.gpkg")
    line = LineString([(WEST, SOUTH - 50), (WEST + 5_000, SOUTH - 50)])
    gpd.GeoDataFrame(geometry=[line], crs=4549).to_file(folder / "roads.gpkg")
    at = Point(WEST + 5_000, SOUTH - 50)
    gpd.GeoDataFrame(geometry=[at], crs=4549).to_file(folder / "exits.gpkg")
    return folder


def run(files, verb, *more, good=True):
    words = [verb, "--sites", str(files / "sites.gpkg"), "--projects", str(files / "projects.csv"),
             "--state-on", "2026-10-31"]  # fmt: skip
    words += [word for name, file in (("redline", "red"), ("roads", "roads"),
                                      ("interchanges", "exits"), ("ports", "exits"))
              for word in ("--layer", f"{name}={files / file}.gpkg")]  # fmt: skip
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == (0 if good else 1), done.output
    return json.loads(done.stdout) if "--json" in more and good else done.output


def test_a_project_gets_its_sites_with_vetoes_reasons_and_stability(files):
    document = run(files, "site", "--project", "X1", "--draws", "500", "--json")
    assert document["project_id"] == "X1"
    (barred,) = document["vetoed"]
    assert (barred["site_id"], barred["layer"]) == ("B", "redline")
    assert barred["overlap_m2"] == pytest.approx(50 * 200, rel=1e-3)
    assert {"farmland", "flood"} <= {gap["layer"] for gap in document["unchecked"]}
    assert "饮用水源" in document["not_asked"]
    assert document["not_asked"] in run(files, "site", "--project", "X1")
    rows = {row["site_id"]: row for row in document["ranking"]}
    assert set(rows) == {"A", "C"}
    assert rows["A"]["measures"]["interchange_km"] == pytest.approx((4_900 + 150) / 1e3, rel=1e-3)
    assert rows["A"]["measures"]["port_km"] == rows["A"]["measures"]["interchange_km"]
    assert rows["A"]["measures"]["free_months"] == 2
    assert rows["A"]["measures"]["area_fit"] == pytest.approx(60 / 40, rel=1e-2)
    for row in rows.values():
        told = [points for points in row["contributions"].values() if points is not None]
        assert sum(told) == pytest.approx(row["score"], abs=0.01)
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
        assert "cluster_firms" in row["missing"]
    assert sum(row["first_share"] for row in rows.values()) == pytest.approx(1)
    assert rows["A"]["free_from"] == "2027-03-01"


def test_a_page_is_read_out_and_a_project_too_large_is_told_so(files):
    page = run(files, "site", "--draws", "100")
    assert "X1　新能源智能网联汽车　30–40 亩" in page
    assert "得分主要来自" in page
    assert "否决：生态保护红线 1" in page
    assert "2 处小于项目所需用地；未被否决的最大一处 60.0 亩" in page
    assert "Smart" in run(files, "site", "--draws", "100", "--lang", "en")


def test_a_plan_places_what_fits_and_says_why_the_rest_does_not(files):
    document = run(files, "match", "--json")
    assert (document["status"], document["gap"]) == ("optimal", 0)
    placed = {row["project_id"]: row["site_id"] for row in document["assignments"]}
    assert set(placed) == {"X1", "X2"}
    assert set(placed.values()) == {"A", "C"}
    (left,) = document["unplaced"]
    assert (left["project_id"], left["reason"]) == ("X3", "too_small")
    starts = {row["site_id"]: row["start"] for row in document["assignments"]}
    assert starts == {"A": "2027-03-01", "C": "2027-09-01"}
    gaps = {one["layer"] for one in document["assignments"][0]["unchecked"]}
    assert {"farmland", "flood"} <= gaps
    assert "redline" not in gaps
    pinned = run(files, "match", "--pin", "X1=C", "--ban", "X2=A", "--json")
    assert [row["site_id"] for row in pinned["assignments"]] == ["C"]
    text = run(files, "match")
    assert "先到先得" in text
    assert "未核（不等于通过）" in text


@pytest.mark.parametrize(
    ("verb", "more", "told"),
    [
        ("site", ["--weight", "area_fit=-1"], "不小于 0"),
        ("site", ["--weight", "slope_pct=0"], "合计为 0"),
        ("site", ["--weight", "area_fit"], "写法不对"),
        ("site", ["--project", "X9"], "没有项目 X9"),
        ("match", ["--pin", "X1=B"], "触及否决项（"),
        ("match", ["--ban", "X9=A"], "禁止 X9 → A：没有这个编号"),
        ("site", ["--preset", "foo"], "没有 foo 的权重"),
    ],
)
def test_bad_words_are_refused_in_one_sentence(files, verb, more, told):
    assert told in run(files, verb, *more, good=False)


def test_weights_come_from_a_table_or_from_comparisons_that_agree(files, tmp_path):
    (listed := tmp_path / "weights.csv").write_text("指标,权重\n面积匹配,3\n坡度,1\n", "utf-8-sig")
    document = run(files, "site", "--project", "X1", "--weights", str(listed), "--json")
    assert document["weights"]["area_fit"] == 0.75
    keys = ["area_fit", "slope_pct", "port_km"]
    good = pd.DataFrame([["1", "2", "4"], ["1/2", "1", "2"], ["1/4", "1/2", "1"]], columns=keys)
    good.insert(0, "指标", keys)
    good.to_csv(pairs := tmp_path / "pairs.csv", index=False)
    document = run(files, "site", "--project", "X1", "--weights", str(pairs), "--json")
    assert document["weights"]["area_fit"] == pytest.approx(4 / 7, abs=1e-4)
    good.loc[0, "port_km"], good.loc[2, "area_fit"] = "1/9", "9"
    good.to_csv(pairs, index=False)
    told = run(files, "site", "--weights", str(pairs), good=False)
    assert "一致性比率" in told
    assert "距港口" in told
    assert not any(key in told for key in keys)


def test_a_criterion_may_be_named_by_its_label(files):
    document = run(files, "site", "--project", "X1", "--weight", "坡度=2", "--json")
    assert document["weights"]["slope_pct"] == 1
    told = run(files, "site", "--weight", "坡度=-2", good=False)
    assert "“坡度”为 -2" in told
    assert "slope_pct" not in told


def test_a_negative_seed_is_refused_and_no_fault_of_the_program(files):
    words = ["site", "--sites", str(files / "sites.gpkg"), "--seed", "-1"]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (2, True)


def test_who_stands_first_in_the_file_is_served_first(files, tmp_path):
    (listed := tmp_path / "order.csv").write_text(
        "项目编号,最少用地(亩),最多用地(亩)\nX2,50,60\nX1,50,60\n", "utf-8-sig"
    )
    told = run(
        files, "match", "--projects", str(listed), "--ban", "X1=C", "--ban", "X2=C", "--json"
    )
    first = told["first_come"]["assignments"]
    assert [(row["project_id"], row["site_id"]) for row in first] == [("X2", "A")]


def test_the_power_of_a_park_is_shared_and_a_park_kept_for_others_is_left_alone(files, tmp_path):
    (listed := tmp_path / "projects.csv").write_text(
        "项目编号,最少用地(亩),最多用地(亩),产业集群,用电容量(千伏安)\n"
        "X1,50,60,汽摩配,600\nX2,50,60,汽摩配,500\nX3,50,60,时尚轻工,100\n", "utf-8-sig",
    )  # fmt: skip
    whole = gpd.read_file(files / "sites.gpkg").assign(所属园区=["东区", "东区", "西区"])
    whole.to_file(tmp_path / "sites.gpkg")
    parks = gpd.GeoDataFrame(
        {"所属园区": ["东区", "西区"], "剩余用电容量(千伏安)": [1000.0, None],
         "限入集群": ["新能源智能网联汽车", "生命健康"]},
        geometry=[square(0, 900), square(1_900)], crs=4549,
    )  # fmt: skip
    parks.to_file(tmp_path / "parks.gpkg")
    words = ["match", "--sites", str(tmp_path / "sites.gpkg"), "--projects", str(listed),
             "--state-on", "2026-10-31", "--layer", f"parks={tmp_path / 'parks.gpkg'}"]  # fmt: skip
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    placed = {row["project_id"]: row["site_id"] for row in told["assignments"]}
    assert len(placed) == 1  # 600 + 500 > 1000, and the other park is for another cluster
    assert set(placed) < {"X1", "X2"}
    reasons = {row["project_id"]: row["reason"] for row in told["unplaced"]}
    assert reasons["X3"] == "reserved"
    words[0] = "site"
    record = json.loads(CliRunner().invoke(app, [*words, "--project", "X3", "--json"]).stdout)
    assert {row["veto"] for row in record["conditional"]} == {"cluster_policy"}


def test_a_project_without_land_is_ranked_and_told_to_be_unmatchable(files, tmp_path):
    (listed := tmp_path / "p.csv").write_text("项目编号,产业集群\nX1,汽摩配\n", "utf-8-sig")
    told = run(files, "site", "--projects", str(listed))
    assert "没有按面积筛选，也不能参加匹配" in told


def test_lines_among_the_sites_are_told_and_not_ranked(files, tmp_path):
    whole = gpd.read_file(files / "sites.gpkg")
    whole.loc[0, "geometry"] = LineString([(WEST, SOUTH), (WEST + 300, SOUTH)])
    whole.to_file(tmp_path / "sites.gpkg")
    told = run(files, "site", "--sites", str(tmp_path / "sites.gpkg"), "--project", "X1", "--json")
    assert "A" not in [row["site_id"] for row in told["ranking"]]
    assert [row["id"] for row in told["issues"] if row["kind"] == "geometry_unusable"] == ["A"]
