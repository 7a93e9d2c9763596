"""The rooms stand in order, and the order is really watched."""

import importlib
import pkgutil
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from gis.errors import UserError

HOME = Path(__file__).resolve().parents[1]
ROOMS = ("gis", "data", "analysis", "layers", "reports", "ui")
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder):
    return subprocess.run(
        [str(LINT), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("room", "wrong"),
    [
        ("gis", "import data.schema"),
        ("analysis", "from data.register import Register"),
        ("layers", "import streamlit"),
        ("data", "import folium"),
    ],
)
def test_a_planted_import_against_the_order_is_found(tmp_path, room, wrong):
    for name in ROOMS:
        shutil.copytree(HOME / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOME / "pyproject.toml", tmp_path)
    (tmp_path / room / "planted.py").write_text(f'"""Planted."""\n\n{wrong}\n', encoding="utf-8")
    found = lint(tmp_path)
    assert found.returncode != 0
    assert f"{room}.planted" in found.stdout


def every_refusal():
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            script = ".pages" in module.name or module.name == "ui.home"
            if not script and "migrations" not in module.name:
                importlib.import_module(module.name)
    waiting, found = [UserError], []
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


def placeholders(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_refusal_says_the_same_in_both_languages():
    kinds = every_refusal()
    assert len(kinds) > 30
    assert [k.__name__ for k in kinds if placeholders(k.zh) != placeholders(k.en)] == []
    own = [k for k in kinds if "zh" in vars(k) or "en" in vars(k)]
    assert [k.__name__ for k in own if not ("zh" in vars(k) and "en" in vars(k))] == []
    assert [k.__name__ for k in own if k is not UserError and k.zh == k.en] == []
