"""The verb ``evaluate``: from files to scores, and its refusals."""

import json
import sys

import geopandas as gpd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

import cli

KEYS = {"firms", "parcels", "issues", "scheme", "grades", "totals"}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    return lambda *words: CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def place(run, tmp_path):
    """A register with two parcels, and nothing said of firms."""
    path = tmp_path / "parcels.gpkg"
    shapes = [box(120.6 + n / 100, 27.7, 120.601 + n / 100, 27.701) for n in range(2)]
    gpd.GeoDataFrame({"parcel_id": ["P1", "P2"]}, geometry=shapes, crs=4490).to_file(path)
    where = ("--workspace", tmp_path / "w")
    assert run("import", path, "--as", "parcels", *where).exit_code == 0
    return where


@pytest.fixture
def filled(run, place, tmp_path):
    """The same with three firms: C holds nothing, D is held to be on a parcel but unknown."""
    firms = tmp_path / "企业.csv"
    firms.write_text(
        "统一社会信用代码,企业名称,企业规模,税收（万元）,用电量（万千瓦时）\n"
        "A,甲,规下,100,400\nB,乙,规下,50,\nC,丙,规下,7,10\n",
        "utf-8",
    )
    holdings = tmp_path / "企业用地.csv"
    holdings.write_text("统一社会信用代码,宗地编号,分摊比例\nA,P1,1\nB,P2,0.5\nD,P2,0.5\n", "utf-8")
    for file, layer in ((firms, "firms"), (holdings, "firm_parcels")):
        done = run("import", file, "--as", layer, *place)
        assert done.exit_code == 0, done.stderr
    return place


def test_each_firm_has_its_score_items_and_what_is_missing(run, filled):
    done = run("evaluate", *filled, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) >= KEYS
    firms = {row["owner_uscc"]: row for row in document["firms"]}
    assert [row["owner_uscc"] for row in document["firms"]] == ["A", "B", "C"]
    a = firms["A"]
    tax_item = 50 * (100 / a["land_mu"]) / 11.5932
    power_item = 50 * (100 / 400) / 0.2352
    assert a["items"] == pytest.approx({"tax_per_mu": tax_item, "tax_per_electricity": power_item})
    assert a["score"] == pytest.approx(tax_item + power_item)
    assert a["grade"] == "B"
    assert firms["B"]["missing"] == ["tax_per_electricity"]
    assert (firms["B"]["score"], firms["B"]["grade"], firms["B"]["stood_in"]) == (None, None, [])
    assert firms["C"]["missing"] == ["tax_per_mu"]
    assert document["grades"]["counts"]["below"] == {"A": 0, "B": 1, "C": 0, "D": 0, "-": 2}


def test_totals_are_kept_and_issues_are_told(run, filled):
    document = json.loads(run("evaluate", *filled, "--json").stdout)
    tax = document["totals"]["tax_wan"]
    assert tax["firms"] == 100 + 50 + 7
    assert tax["parcels"] + tax["unallocated"] == pytest.approx(tax["firms"])
    assert tax["unallocated"] == 7
    assert sum(row["tax_wan"] for row in document["parcels"]) == pytest.approx(tax["parcels"])
    assert "D" in next(i for i in document["issues"] if i["kind"] == "firm_unknown")["message"]


def test_the_text_marks_the_example_with_its_source(run, filled):
    zh = run("evaluate", *filled).stdout
    assert "【示例】黄岩 2022 年度" in zh
    assert "来源：黄岩区 2022 年度亩均效益综合评价结果；V 已核实" in zh
    assert "按企业 157.00 = 按宗地 150.00 + 未分摊 7.00" in zh
    en = run("evaluate", *filled, "--lang", "en").stdout
    assert "[Example] Huangyan, results of 2022" in en


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scheme", "ruian"), "还没有填写权重"),
        (("--grades", "ruian"), "还没有填写分档比例"),
        (("--scheme", "nonsense"), "可用的方案：ruian、huangyan_2022"),
    ],
)
def test_an_empty_or_unknown_scheme_is_refused(run, filled, words, said):
    done = run("evaluate", *filled, *words)
    assert done.exit_code == 1
    assert said in done.stderr


def test_missing_tables_are_asked_for(run, place):
    done = run("evaluate", *place)
    assert done.exit_code == 1
    assert "企业表 firms、企业用地表 firm_parcels" in done.stderr
    assert "--as firm_parcels" in done.stderr


def test_what_was_imported_later_is_not_known(run, filled):
    done = run("evaluate", *filled, "--known-on", "2020-01-01")
    assert done.exit_code == 1


def test_the_help_names_the_keys(run):
    told = run("evaluate", "--help").stdout
    assert [key for key in KEYS if key not in told] == []
