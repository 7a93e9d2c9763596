"""What every test shares: where Chromium is, and one line that says what was not run."""

import os

import pytest
from browser_tools import CHROMIUM
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the program is right.
settings.register_profile("mutu", deadline=None)
settings.load_profile("mutu")

# Tests make their own files; those of hostile files take this away again.
os.environ.setdefault("MUTU_TRUST_FILES", "1")

MISSING = "no Chromium: browser tests skipped (Debian: apt-get install chromium fonts-noto-cjk)"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.get_closest_marker("browser") and CHROMIUM is None:
        if os.environ.get("MUTU_REQUIRE_BROWSER"):
            pytest.fail("MUTU_REQUIRE_BROWSER is set, but there is no Chromium")
        pytest.skip(MISSING)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    browser = [report for report in skipped if MISSING in str(report.longrepr)]
    if browser:
        terminalreporter.write_line(f"{len(browser)} tests: {MISSING}", yellow=True)
