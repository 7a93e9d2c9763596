"""Rows that wait, and lists of issues sent back, from the command line."""

import openpyxl
import pytest


@pytest.fixture
def ledger(tmp_path):
    book = openpyxl.Workbook()
    for row in (["号", "权利人", "登记面积（亩）"], ["P1", "甲", "约15"], ["P9", "乙", 3]):
        book.active.append(row)
    book.save(tmp_path / "ledger.xlsx")
    return tmp_path / "ledger.xlsx"


def test_a_ledger_is_mapped_by_hand_and_its_issues_come_back_mended(
    run, workspace, ledger, tmp_path
):
    place = ["--workspace", workspace, "--json"]
    out = tmp_path / "issues.xlsx"
    taking = ["import", ledger, "--as", "parcels", *place]
    first = run(*taking, "--map", "号=parcel_id", "--keep-as", "月报", "--issues", out).document
    counts = [first[key] for key in ("rows_in", "accepted", "quarantined", "rejected")]
    assert counts == [2, 1, 1, 0]
    assert {issue["who_mends"] for issue in first["issues"]} == {"zg", "sender"}
    assert run(*taking, "--profile", "月报", "--dry-run").document["quarantined"] == 1
    assert "年报" in run(*taking, "--profile", "年报").err
    assert run(*taking, "--map", "号").code == 1
    waiting = run("quarantine", "list", *place).document["waiting"]
    assert [(row["row_id"], row["kinds"]) for row in waiting] == [("P9", ["id_unknown"])]
    book = openpyxl.load_workbook(out)
    page = book["问题清单"]
    heads = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        if page.cell(row, heads["字段"]).value == "登记面积":
            page.cell(row, heads["更正值"]).value = "15"
    book.save(out)
    back = run("import", out, "--corrections", *place).document
    assert [back[key] for key in ("rows_in", "accepted", "quarantined")] == [1, 1, 0]
    assert run("verify", "--workspace", workspace).code == 0


def test_a_waiting_row_is_edited_entered_or_given_up(run, workspace, ledger):
    place = ["--workspace", workspace, "--json"]
    run("import", ledger, "--as", "parcels", "--map", "号=parcel_id", *place)
    assert run("quarantine", "edit", "1", "--set", "权利人=丙", *place).document["rows"] == 1
    tried = run("quarantine", "enter", *place).document
    assert (tried["accepted"], tried["quarantined"]) == (0, 1)
    entered = run("quarantine", "enter", "1", "--set", "宗地编号=P2", *place).document
    assert entered["accepted"] == 1
    assert run("quarantine", "list", "--workspace", workspace).out.strip() == "没有待更正的行。"
    gone = run("quarantine", "discard", "1", "--note", "误报", *place)
    assert gone.code == 1
    assert "没有待更正的行 1" in gone.err
    assert run("quarantine", "edit", "1", "--set", "权利人", *place).code == 1
    assert run("import", ledger).code == 2
