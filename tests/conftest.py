"""What every test shares: where Chromium is, and one line that says what was not run."""

import os
import shutil
from contextlib import suppress

import postgis_tools
import pytest
from browser_tools import CHROMIUM, run_cli
from hypothesis import settings
from made_once import made_once

from data.register import place

# How long an example takes says how busy the machine is, not whether the program is right.
settings.register_profile("mutu", deadline=None)
settings.load_profile("mutu")

# Tests make their own files; those of hostile files take this away again.
os.environ.setdefault("MUTU_TRUST_FILES", "1")

MISSING = "no Chromium: browser tests skipped (Debian: apt-get install chromium fonts-noto-cjk)"


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        postgis_tools.announce()


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        postgis_tools.put_away()


def pytest_collection_modifyitems(config, items):
    """Leave out on PostGIS what only an embedded file can do."""
    unfit = [item for item in items if is_embedded_only(item)]
    if unfit:
        config.hook.pytest_deselected(items=unfit)
        items[:] = [item for item in items if item not in unfit]


def is_embedded_only(item):
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("tables") == "postgis" and bool(item.get_closest_marker("embedded"))


@pytest.fixture(scope="session", autouse=True)
def empty_registers_are_copies(tmp_path_factory):
    """Run the migrations once a process: every other new file is a copy of the first.

    What calls ``engine.create_file`` itself, or runs in a process of its own, runs them.
    """
    make, first = place.create_file, tmp_path_factory.mktemp("empty") / place.FILE_NAME

    def copy(file):
        if not first.exists():
            make(first)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new-{os.getpid()}")
        shutil.copyfile(first, fresh)
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "create_file", copy)
        yield


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory):
    """A workspace with the smallest sample county, and beside it what the verb said of it."""

    def make(folder):
        words = ["--parcels", "50", "--until", "2023-06-30", "--workspace", folder / "county"]
        done = run_cli("sample", *map(str, words), "--json")
        (folder / "said.json").write_text(done, encoding="utf-8")

    return made_once(tmp_path_factory, "small-sample", make)


@pytest.fixture(params=["file", pytest.param("postgis", marks=pytest.mark.postgis)])
def tables(request, monkeypatch):
    """Where the tables of new registers lie: in the workspace, or in a database of the test."""
    if request.param == "file":
        monkeypatch.delenv("MUTU_DATABASE_URL", raising=False)
        yield None
        return
    database = postgis_tools.Database()
    monkeypatch.setenv("MUTU_DATABASE_URL", database.address)
    yield database
    database.drop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.get_closest_marker("browser") and CHROMIUM is None:
        if os.environ.get("MUTU_REQUIRE_BROWSER"):
            pytest.fail("MUTU_REQUIRE_BROWSER is set, but there is no Chromium")
        pytest.skip(MISSING)
    if item.get_closest_marker("postgis") and postgis_tools.programs() is None:
        if os.environ.get("MUTU_REQUIRE_POSTGIS"):
            pytest.fail("MUTU_REQUIRE_POSTGIS is set, but there is no PostGIS")
        pytest.skip(postgis_tools.MISSING)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    for missing in (MISSING, postgis_tools.MISSING):
        left_out = [report for report in skipped if missing in str(report.longrepr)]
        if left_out:
            terminalreporter.write_line(f"{len(left_out)} tests: {missing}", yellow=True)
