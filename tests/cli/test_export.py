"""Lists written: what a filter means, and what is refused with a sentence."""

from __future__ import annotations

import errno

import openpyxl
import pytest


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "gpkg", "geojson"])
def test_a_list_is_written_in_the_format_of_its_name(run, workspace, tmp_path, suffix):
    out = tmp_path / f"list.{suffix}"
    words = ["--out", out, "--where", "town=塘下镇&class=underused", "--workspace", workspace]
    done = run("export", *words, "--state-on", "2026-06-30", "--json")
    assert done.code == 0, done.err
    assert done.document["parcels"] == 1
    assert done.document["filter"] == "乡镇街道：塘下镇；台账类别：用而未尽"
    before = out.read_bytes()
    run("export", *words, "--state-on", "2026-06-30")
    assert out.read_bytes() == before


def test_a_list_given_twice_means_either(run, workspace, tmp_path):
    words = ["--out", tmp_path / "list.csv", "--workspace", workspace, "--json"]
    for where, count in (("town=塘下镇&town=莘塍街道", 3), ("town=塘下镇", 2), ("town=高楼镇", 0)):
        done = run("export", *words, "--where", where)
        assert done.document["parcels"] == count, done.err


def test_a_name_like_a_formula_stays_a_name(run, workspace, tmp_path):
    out = tmp_path / "list.xlsx"
    run("export", "--out", out, "--workspace", workspace, "--state-on", "2026-06-30")
    sheet = openpyxl.load_workbook(out)["地块清单"]
    owner = [cell.value for cell in sheet[1]].index("权利人")
    assert [row[owner].value for row in sheet.iter_rows(min_row=2)] == ["=1+1", "<script>", "甲"]
    assert sheet.cell(2, owner + 1).data_type == "s"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "list.docx"], "docx"),
        (["--out", "list"], "xlsx"),
        (["--out", "none/list.csv"], "none"),
        (["--out", "."], "文件夹"),
        (["--out", "list.xls"], "不支持的格式“xls”"),
        (["--out", "list.csv", "--format", "xlsx"], "不一致"),
        (["--out", "list.csv", "--where", "class=nonsense"], "class=nonsense（可用：approved_"),
        (["--out", "list.csv", "--where", "class=用而未尽"], "是否指 underused 用而未尽"),
        (["--out", "list.csv", "--where", "town=塘下"], "是否指“塘下镇”"),
        (["--out", "list.csv", "--where", "park=zz"], "park=zz"),
        (["--out", "list.csv", "--where", "colour=red"], "colour=red"),
        (["--out", "list.csv", "--where", "shape=POINT (1 1)"], "shape=POINT"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_a_sentence(
    run, workspace, tmp_path, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = run("export", *words, "--workspace", workspace)
    assert done.code == 1
    assert told in done.err
    assert "Traceback" not in done.err + done.out
    assert sorted(tmp_path.iterdir()) == before


def test_a_full_disk_is_told_as_such(run, workspace, monkeypatch, tmp_path):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    done = run("export", "--out", tmp_path / "list.xlsx", "--workspace", workspace)
    assert done.code == 1
    assert "磁盘已满" in done.err
    assert not (tmp_path / "list.xlsx").exists()


def test_a_list_never_replaces_the_register_it_was_read_from(run, workspace):
    before = (workspace / "register.gpkg").read_bytes()
    done = run("export", "--out", workspace / "register.gpkg", "--workspace", workspace)
    assert done.code == 1
    assert "别的文件夹" in done.err
    assert (workspace / "register.gpkg").read_bytes() == before


def test_the_expression_is_explained_in_the_help(run):
    from analysis.query import LINK_KEYS

    text = run("export", "--help").out.replace("\n", "").replace(" ", "")
    assert all(key in text for key in LINK_KEYS)
