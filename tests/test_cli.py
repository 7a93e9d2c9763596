"""The command line: each verb, its help, and one sentence where it refuses."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import typer
from shapely.geometry import box
from typer.testing import CliRunner

import cli
from data.sample.county import FEWEST, MOST

ROOT = Path(cli.__file__).parent
COMMANDS = typer.main.get_command(cli.app).commands


class Answer:
    """What a verb said, and how it ended."""

    def __init__(self, result):
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("MUTU_LANG", raising=False)
    monkeypatch.setattr(sys, "argv", ["cli.py"])
    monkeypatch.setattr("cli_frame.user_log_path", lambda _name: tmp_path / "log")
    return lambda *words: Answer(CliRunner().invoke(cli.app, [str(word) for word in words]))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three squares of parcels and two events, as files."""
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ["P1", "P2", "P3"],
            "town": ["塘下镇", "莘塍街道", "塘下镇"],
            "owner": ["=1+1", "<script>", "甲"],
            "low_class": ["用而未尽", "用而未尽", "批而未供"],
            "renewal_mode": ["政府收储改造", "企业自主改造", None],
            "far": [0.4, 1.2, None],
        },
        geometry=[box(120.6 + n / 100, 27.7, 120.601 + n / 100, 27.701) for n in range(3)],
        crs=4490,
    )
    folder = tmp_path_factory.mktemp("files")
    parcels.to_file(folder / "parcels.geojson")
    events = pd.DataFrame(
        {"parcel_id": ["P1", "P2"], "stage": ["拆除", "签约"], "occurred_on": ["2026-03-05"] * 2}
    )
    events.to_csv(folder / "events.csv", index=False, encoding="utf-8-sig")
    return folder


@pytest.fixture(scope="module")
def filled(files, tmp_path_factory):
    """A workspace into which both files were imported."""
    place = tmp_path_factory.mktemp("made") / "county"
    for name, layer in (("parcels.geojson", "parcels"), ("events.csv", "events")):
        words = ["import", str(files / name), "--as", layer, "--who", "李工"]
        done = CliRunner().invoke(cli.app, [*words, "--workspace", str(place)])
        assert done.exit_code == 0, done.stderr
    return place


@pytest.fixture
def workspace(filled, tmp_path):
    """A copy of the filled workspace of one's own."""
    return Path(shutil.copytree(filled, tmp_path / "county"))


def test_an_import_accounts_for_every_row(run, files, tmp_path):
    words = ["--as", "parcels", "--who", "李工", "--workspace", tmp_path / "w", "--json"]
    done = run("import", files / "parcels.geojson", *words)
    assert done.code == 0
    found = done.document
    assert found["rows_in"] == found["accepted"] + found["rejected"] == 3
    assert found["diff"]["new"] == 3
    assert found["change"] == 1
    again = run("import", files / "parcels.geojson", *words).document
    assert again["diff"]["unchanged"] == 3
    assert again["change"] is None


def test_a_dry_run_writes_nothing(run, files, tmp_path):
    place = tmp_path / "w"
    words = ["--as", "parcels", "--who", "李工", "--workspace", place, "--dry-run", "--json"]
    done = run("import", files / "parcels.geojson", *words)
    assert done.document["accepted"] == 3
    assert done.document["change"] is None
    assert not place.exists()


def test_a_refused_file_leaves_no_empty_register_behind(run, tmp_path):
    bad = tmp_path / "bad.geojson"
    bad.write_text("{")
    done = run("import", bad, "--as", "parcels", "--who", "李工", "--workspace", tmp_path / "w")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "bad.geojson" in done.err
    assert not (tmp_path / "w").exists()


def test_a_file_without_one_good_row_is_a_refusal(run, workspace, tmp_path):
    ghosts = tmp_path / "ghosts.csv"
    ghosts.write_text("parcel_id,stage,occurred_on\nGHOST,签约,2026-01-01\n", "utf-8")
    words = ["--as", "events", "--who", "李工", "--workspace", workspace, "--json"]
    done = run("import", ghosts, *words)
    assert done.code == 1
    assert done.document["rejected"] == 1
    assert done.document["issues"]


def test_progress_counts_what_the_rule_counts(run, workspace):
    words = ["--year", 2026, "--state-on", "2026-06-30", "--workspace", workspace]
    found = run("progress", *words, "--json").document
    area = gpd.GeoSeries([box(120.6, 27.7, 120.601, 27.701)], crs=4490).to_crs(4549).area[0]
    assert found["credited_m2"] == pytest.approx(area, rel=1e-3)
    assert found["target_mu"] == 1800
    assert found["by_town"][0]["town"] == "塘下镇"
    assert len(found["by_town"]) == 23
    assert found["register_version"] == 2
    assert found["state_on"] == "2026-06-30"
    told = run("progress", *words)
    assert "落后序时" in told.out
    assert "计入规则" in told.out
    assert "behind pace" in run("progress", *words, "--lang", "en").out


def test_what_was_not_known_yet_is_not_in_the_figures(run, workspace):
    words = ["--year", 2026, "--state-on", "2026-06-30", "--known-on", "2020-01-01"]
    done = run("progress", *words, "--workspace", workspace)
    assert done.code == 1
    assert "还没有宗地" in done.err


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "gpkg", "geojson"])
def test_a_list_is_written_in_the_format_of_its_name(run, workspace, tmp_path, suffix):
    out = tmp_path / f"list.{suffix}"
    words = ["--out", out, "--where", "town=塘下镇&class=underused", "--workspace", workspace]
    done = run("export", *words, "--state-on", "2026-06-30", "--json")
    assert done.code == 0, done.err
    assert done.document["parcels"] == 1
    assert done.document["filter"] == "乡镇街道：塘下镇；低效类别：用而未尽"
    before = out.read_bytes()
    run("export", *words, "--state-on", "2026-06-30")
    assert out.read_bytes() == before


def test_a_list_given_twice_means_either(run, workspace, tmp_path):
    words = ["--out", tmp_path / "list.csv", "--workspace", workspace, "--json"]
    for where, count in (("town=塘下镇&town=莘塍街道", 3), ("town=塘下镇", 2), ("town=高楼镇", 0)):
        done = run("export", *words, "--where", where)
        assert done.document["parcels"] == count, done.err


def test_the_sample_takes_as_many_parcels_as_its_help_says(run):
    assert f"{FEWEST}<=x<={MOST}" in run("sample", "--help").out


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_workspace_that_is_a_file_is_told_as_such(run, files, tmp_path, inside):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    place = file / inside if inside else file
    for words in (
        ["verify"],
        ["sample", "--parcels", 50],
        ["import", files / "parcels.geojson", "--as", "parcels", "--who", "李工"],
    ):
        done = run(*words, "--workspace", place)
        assert done.code == 1
        assert "notes.txt 却是文件" in done.err
    assert file.read_text() == "mine"


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


def test_verify_says_whole_or_names_the_fault(run, workspace):
    assert run("verify", "--workspace", workspace).code == 0
    with sqlite3.connect(workspace / "register.gpkg") as database:
        database.execute("UPDATE change SET why = 'other' WHERE change_no = 1")
    database.close()
    done = run("verify", "--workspace", workspace, "--json")
    assert done.code == 1
    assert done.document["ok"] is False
    assert done.document["faults"] == ["第 1 次变更：变更记录本身被改动"]
    assert "change 1: its own record" in run("verify", "--workspace", workspace, "--lang", "en").out


def test_inspect_names_what_is_recognised_and_writes_nothing(run, files, tmp_path):
    before = sorted(files.iterdir())
    found = run("inspect", files / "parcels.geojson", "--json").document
    assert found["layers"][0]["rows"] == 3
    assert found["layers"][0]["fields"]["owner"] == "owner"
    assert "宗地编号" in run("inspect", files / "parcels.geojson").out
    assert run("inspect", tmp_path / "none.shp").code == 1
    assert sorted(files.iterdir()) == before


def test_a_shapefile_that_declares_no_system_is_listed_as_such(run, files, tmp_path):
    path = tmp_path / "p.shp"
    gpd.read_file(files / "parcels.geojson")[["town", "geometry"]].to_file(path, encoding="utf-8")
    path.with_suffix(".prj").unlink()
    done = run("inspect", path)
    assert done.code == 0, done.err
    assert "未声明坐标系" in done.out
    assert run("inspect", path, "--json").document["layers"][0]["crs_recognised"] is None


@pytest.mark.parametrize("verb", ["verify", "progress", "export"])
def test_a_place_without_a_register_is_refused_in_the_language_asked(run, tmp_path, verb):
    more = {"progress": ["--year", "2026"], "export": ["--out", tmp_path / "x.csv"]}.get(verb, [])
    done = run(verb, *more, "--workspace", tmp_path / "none", "--json", "--lang", "en")
    assert done.code == 1
    assert done.err.startswith("There is no register in workspace")
    assert done.document["error"]["kind"] == "WorkspaceMissingError"


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\0" * 50]
)
def test_a_file_that_is_no_register_is_refused(run, tmp_path, content):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "register.gpkg").write_bytes(content)
    done = run("verify", "--workspace", tmp_path / "w")
    assert done.code == 1
    assert "register.gpkg" in done.err
    assert "Traceback" not in done.err


def test_the_sample_county_refuses_a_place_that_is_not_empty(run, tmp_path):
    (tmp_path / "keep.txt").write_text("mine")
    for words in (["--workspace", tmp_path], ["--as-files", tmp_path]):
        done = run("sample", "--parcels", 50, *words)
        assert done.code == 1
        assert "keep.txt" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_the_sample_county_is_whole_and_marked_as_such(run, tmp_path):
    place = tmp_path / "county"
    done = run("sample", "--parcels", 60, "--until", "2023-06-30", "--workspace", place, "--json")
    assert done.code == 0, done.err
    assert done.document["parcels"] == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["county"]
    pictures = {path.name.partition("-")[0] for path in (place / "tiles").glob("*.png")}
    assert pictures >= {"hillshade", "slope"}
    found = run("progress", "--year", 2023, "--workspace", place, "--json").document
    assert found["sample"] is True
    assert found["state_on"] == "2023-06-30"


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["progress"],
        ["progress", "--year", "x"],
        ["progress", "--year", "2026", "--state-on", "2026-13-01"],
        ["export", "--out", "x.csv", "--format", "docx"],
        ["sample", "--parcels", "0"],
        ["import", "x.shp"],
    ],
)
def test_wrong_usage_ends_with_two(run, words):
    assert run(*words).code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nonsense"], "没有命令 nonsense"),
        (["progress"], "缺少 '--year'"),
        (["progress", "--year", "x"], "'--year' 的值不可用：应为整数"),
        (["progress", "--year", "3000"], "不能大于 2100"),
        (["progress", "--year", "2026", "--state-on", "2026-13-01"], "不是日期"),
        (["progress", "--nope"], "没有选项 --nope"),
        (["progress", "--year"], "--year 用法不对"),
        (["progress", "--year", "2026", "more"], "多出的内容：more"),
        (["export", "--out", "x.csv", "--format", "docx"], "'docx' 不在可选值 'xlsx'、'csv'"),
        (["sample", "--parcels", "49"], "不能小于 50"),
        (["sample", "--parcels", "200001"], "不能大于 200000"),
        (["import"], "缺少 'FILE'"),
    ],
)
def test_wrong_usage_is_told_in_the_language_of_the_run(run, monkeypatch, words, told):
    done = run(*words)
    assert done.code == 2
    assert told in done.err
    assert "Invalid" not in done.err + done.out
    monkeypatch.setenv("MUTU_LANG", "en")
    done = run(*words)
    assert done.code == 2
    assert "Error: " in done.err
    assert told not in done.err


def test_what_is_printed_in_chinese_has_no_keys_in_it(run, files, workspace, tmp_path):
    ledger = tmp_path / "areas.csv"
    ledger.write_text("宗地编号,登记面积(亩)\nP1,约15\nP2,900\n", "gbk")
    told = run("import", ledger, "--as", "parcels", "--who", "李工", "--workspace", workspace).out
    assert "第 2 行 · 登记面积 · " in told
    assert "registered_area_m2" not in told
    told = run("inspect", ledger).out
    assert "表格" in told
    assert "table" not in told
    told = run("inspect", files / "parcels.geojson").out
    assert "面 · EPSG:4490 · UTF-8（格式规定）" in told
    assert "正常 3" in told
    assert "Polygon" in run("inspect", files / "parcels.geojson", "--lang", "en").out
    assert "task_mu" not in run("progress", "--year", 2026, "--workspace", workspace).out
    cut = tmp_path / "cut.geojson"
    cut.write_bytes((files / "parcels.geojson").read_bytes()[:-9])
    told = run("inspect", cut).err
    assert "（JSON 语法有误（第 " in told
    assert "delimiter" not in told
    cut.write_text('{"type": ')
    assert "（JSON 不完整）" in run("inspect", cut).err
    assert "(JSON cut off)" in run("inspect", cut, "--lang", "en").err


def test_the_sample_county_warns_against_real_data(run, files, workspace):
    words = ["import", files / "parcels.geojson", "--as", "parcels", "--who", "李工"]
    words += ["--workspace", workspace]
    assert "warning" not in run(*words, "--json").document
    with sqlite3.connect(workspace / "register.gpkg") as database:
        database.execute("INSERT INTO register_meta VALUES ('sample', 1, '1')")
    database.close()
    assert "此工作区是示例县" in run(*words).out
    done = run(*words, "--json")
    assert done.code == 0
    assert "--workspace" in done.document["warning"]


def test_an_unforeseen_error_is_one_sentence_and_a_log(run, workspace, monkeypatch, tmp_path):
    def fail(*_args, **_kwargs):
        raise RuntimeError("wires crossed")

    monkeypatch.setattr("analysis.progress.progress", fail)
    done = run("progress", "--year", 2026, "--workspace", workspace)
    assert done.code == 1
    assert "RuntimeError" in done.err
    assert "Traceback" not in done.err
    assert "wires crossed" in (tmp_path / "log" / "cli.log").read_text("utf-8")


def test_a_full_disk_is_told_as_such(run, workspace, monkeypatch, tmp_path):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    done = run("export", "--out", tmp_path / "list.xlsx", "--workspace", workspace)
    assert done.code == 1
    assert "磁盘已满" in done.err
    assert not (tmp_path / "list.xlsx").exists()


def test_every_verb_and_every_option_has_help():
    assert set(COMMANDS) >= {
        "sample",
        "inspect",
        "import",
        "progress",
        "export",
        "verify",
        "assets",
    }
    for name, command in COMMANDS.items():
        assert command.help, name
        for option in command.params:
            assert getattr(option, "help", None), f"{name} {option.name}"


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_help_can_be_read(run, verb):
    done = run(verb, "--help")
    assert done.code == 0
    assert "--lang" in done.out


def test_the_expression_is_explained_in_the_help(run):
    from analysis.query import LINK_KEYS

    text = run("export", "--help").out.replace("\n", "").replace(" ", "")
    assert all(key in text for key in LINK_KEYS)


def test_english_help_and_utf8_whatever_the_console():
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "progress", "--help"],
        capture_output=True,
        check=True,
        env={"MUTU_LANG": "en", "PYTHONIOENCODING": "gbk", "PATH": ""},
    )
    assert "The year's progress" in done.stdout.decode("utf-8")


def test_a_list_never_replaces_the_register_it_was_read_from(run, workspace):
    before = (workspace / "register.gpkg").read_bytes()
    done = run("export", "--out", workspace / "register.gpkg", "--workspace", workspace)
    assert done.code == 1
    assert "别的文件夹" in done.err
    assert (workspace / "register.gpkg").read_bytes() == before


def test_the_last_day_there_is_can_be_asked_for(run, workspace):
    words = ["--year", 2026, "--known-on", "9999-12-31", "--workspace", workspace, "--json"]
    assert run("progress", *words).code == 0
