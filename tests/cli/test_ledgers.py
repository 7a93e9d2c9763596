"""The verbs ``ledgers`` and ``mend``: from files to differences, a workbook and a resolution."""

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

JX = "宗地编号,企业,面积(亩),低效类别,当前阶段\nP1,=1+1,30,用而未尽,拆除\nP2,乙厂,12,用而未尽,\n"
ZG = JX.replace("拆除", "签约").replace("=1+1,30", "=1+1,27").replace("企业", "权利人")


@pytest.fixture
def both(run, workspace, tmp_path):
    for layer, text in (("ledger_jx", JX), ("ledger_zg", ZG)):
        path = tmp_path / f"{layer}.csv"
        path.write_text(text, "utf-8")
        done = run("import", path, "--as", layer, "--workspace", workspace)
        assert done.code == 0, done.err
    return workspace


def test_comparing_needs_both_ledgers(run, workspace):
    refused = run("ledgers", "compare", "--workspace", workspace)
    assert refused.code == 1
    assert "经信局、自然资源和规划局" in refused.err


def test_differences_are_told_in_mu_with_who_resolves_them(run, both):
    found = run("ledgers", "compare", "--workspace", both, "--json").document
    rows = {row["field"]: row for row in found["differences"]}
    assert set(rows) == {"area", "stage"}
    assert rows["area"]["size_mu"] == pytest.approx(30 - 27)
    assert rows["area"]["bureau_name"] == "自然资源和规划局"
    assert rows["stage"]["bureau"] == "jx"
    assert (found["open_parcels"], found["open_land_mu"]) == (1, pytest.approx(27))
    assert found["matched"]["code"] == 2


def test_the_workbook_holds_every_difference_as_text(run, both, tmp_path):
    book = tmp_path / "对照.xlsx"
    assert run("ledgers", "compare", "--workspace", both, "--out", book).code == 0
    rows = CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[1:]] == ["面积", "阶段"]
    assert rows[1][4:6] == ["30.00 亩", "27.00 亩"]
    wrong = run("ledgers", "compare", "--workspace", both, "--out", tmp_path / "a.csv")
    assert wrong.code == 1


def test_a_resolution_is_on_record_and_no_longer_open(run, both):
    words = ("--decision", "以登记为准", "--document", "纪要〔2026〕3号", "--who", "李工")
    where = ("--workspace", both)
    assert run("ledgers", "resolve", "P1", "area", *words, *where).code == 0
    found = run("ledgers", "compare", *where, "--json").document
    assert [row["field"] for row in found["differences"] if not row["resolved"]] == ["stage"]
    assert run("ledgers", "resolve", "P1", "area", *words, *where).code == 1
    assert run("verify", *where).code == 0


def test_a_broken_table_is_mended_by_a_recipe(run, tmp_path):
    table, recipe, target = (tmp_path / name for name in ("a.csv", "r.toml", "b.csv"))
    table.write_text("no,note\n,甲\nA,乙\nA,\n", "utf-8")
    recipe.write_text('key = "no"\n[[column]]\nname = "no"\n[[column]]\nname = "note"\n', "utf-8")
    found = run("mend", table, "--recipe", recipe, "--out", target, "--json").document
    assert (found["rows_in"], found["records"], found["mended"]) == (3, 2, {"joined": 1})
    assert found["faults"][0]["message"] == "编号重复"
    assert pd.read_csv(target)["note"].tolist()[0] == "甲 乙"
    assert run("mend", table, "--recipe", recipe, "--out", tmp_path / "b.xlsx").code == 1
