"""The verb ``sheet``: one page for a parcel, a bundle for several, and its refusals."""

import json
import sys
import zipfile
from datetime import UTC, datetime

import geopandas as gpd
import pytest
from docx import Document
from shapely.geometry import box
from typer.testing import CliRunner

import cli
from data.register import Change, Register


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    return lambda *words: CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def workspace(tmp_path):
    shapes = [box(120.6 + n / 100, 27.7, 120.601 + n / 100, 27.701) for n in range(2)]
    rows = gpd.GeoDataFrame({"parcel_id": ["P1", "P2"]}, geometry=shapes, crs=4490)
    folder = tmp_path / "county"
    folder.mkdir()
    with Register.open(folder, create=True) as register:
        register.commit(
            Change(
                kind="import",
                who="王工",
                why="测试",
                recorded_at=datetime(2026, 1, 5, tzinfo=UTC),
                parcels=rows.set_index("parcel_id"),
                meta={"county": "瑞安市"},
            )
        )
    return folder


def test_one_parcel_makes_one_document(run, workspace, tmp_path):
    out = tmp_path / "sheet.docx"
    done = run("sheet", "--parcel", "P1", "--out", out, "--workspace", workspace, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["parcels"] == ["P1"]
    assert Document(out).paragraphs[0].text == "瑞安市 一地一档"


def test_several_parcels_make_a_bundle(run, workspace, tmp_path):
    out = tmp_path / "sheets.zip"
    words = ("--parcel", "P1", "--parcel", "P2", "--out", out, "--workspace", workspace)
    assert run("sheet", *words).exit_code == 0
    with zipfile.ZipFile(out) as bundle:
        assert bundle.namelist() == ["0001_P1.docx", "0002_P2.docx"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--parcel", "无", "--out", "a.docx"), "没有宗地 无"),
        (("--parcel", "P1", "--parcel", "P2", "--out", "a.docx"), "多宗写成 .zip"),
        (("--parcel", "P1", "--out", "a.pdf"), "多宗写成 .zip"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_way_out(
    run, workspace, tmp_path, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    done = run("sheet", *words, "--workspace", workspace)
    assert done.exit_code == 1
    assert told in done.stderr
    assert not (tmp_path / "a.docx").exists()
