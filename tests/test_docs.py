"""Documents promise what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh.md")


@pytest.mark.parametrize(
    "name",
    [
        *READMES,
        "docs/architecture.md",
        "docs/deploy.md",
        "docs/deploy.zh.md",
        "docs/decisions/README.md",
    ],
)
def test_every_link_leads_somewhere(name):
    page = HOME / name
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [t for t in local if not (page.parent / t).exists()] == []


def test_both_readmes_show_the_same_commands_and_settings():
    english, chinese = ((HOME / name).read_text(encoding="utf-8") for name in READMES)
    for pattern in (r"cli\.py (\w+)", r"(MUTU_\w+)", r"make (\w+)", r"--(\w[\w-]+)"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, chinese)), pattern


def test_every_verb_of_the_readme_exists():
    verbs = set(re.findall(r"cli\.py (\w+)", (HOME / "README.md").read_text(encoding="utf-8")))
    helped = subprocess.run(
        [sys.executable, str(HOME / "cli.py"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert verbs
    assert [verb for verb in verbs if verb not in helped] == []


def test_every_setting_of_the_readme_is_read_somewhere():
    named = set(re.findall(r"MUTU_\w+", (HOME / "README.md").read_text(encoding="utf-8")))
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("gis", "ui", "cli.py", "cli_frame.py", "run.py", "data", "layers")
        for path in ([HOME / room] if room.endswith(".py") else (HOME / room).rglob("*.py"))
    )
    assert [name for name in named if name not in code] == []
