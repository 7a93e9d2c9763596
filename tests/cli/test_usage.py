"""Help, languages, wrong usage and what nobody foresaw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

import cli

ROOT = Path(cli.__file__).parent
COMMANDS = typer.main.get_command(cli.app).commands


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
        (["import"], "缺少 'FILE...'"),
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


def test_an_unforeseen_error_is_one_sentence_and_a_log(run, workspace, monkeypatch, tmp_path):
    def fail(*_args, **_kwargs):
        raise RuntimeError("wires crossed")

    monkeypatch.setattr("analysis.progress.progress", fail)
    done = run("progress", "--year", 2026, "--workspace", workspace)
    assert done.code == 1
    assert "RuntimeError" in done.err
    assert "Traceback" not in done.err
    assert "wires crossed" in (tmp_path / "log" / "cli.log").read_text("utf-8")


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


def test_english_help_and_utf8_whatever_the_console():
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "progress", "--help"],
        capture_output=True,
        check=True,
        env={"MUTU_LANG": "en", "PYTHONIOENCODING": "gbk", "PATH": ""},
    )
    assert "The year's progress" in done.stdout.decode("utf-8")
