"""A sample county, a server and a browser for the tests that only a browser can do."""

import csv
import re

import pytest
from browser_tools import CHROMIUM, FLAGS, HOSTILE_NAMES, OUTPUT, Server, Watch, run_cli, settled
from made_once import made_once
from playwright.sync_api import sync_playwright

from data.register import Register

WINDOW = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return made_once(tmp_path_factory, "county-of-800", make_county)


def make_county(folder):
    """Fill a workspace with the sample county, one parcel's names trying to break out."""
    run_cli("sample", "--parcels", "800", "--workspace", str(folder))
    hostile = folder.with_name("hostile-ledger.csv")
    with Register.open(folder) as register:
        parcel_id = str(register.read_parcels(geometry=False).index[0])
    with hostile.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow(["parcel_id", "parcel_name", "owner", "land_user"])
        rows.writerow([parcel_id, *HOSTILE_NAMES])
    run_cli("import", str(hostile), "--as", "parcels", "--workspace", str(folder))


@pytest.fixture(scope="session")
def hostile_parcel(workspace):
    """The id of the parcel whose names try to break out: the first of all."""
    with Register.open(workspace) as register:
        return str(register.read_parcels(geometry=False).index[0])


@pytest.fixture(scope="session")
def server(workspace, tmp_path_factory):
    running = Server(workspace, tmp_path_factory.mktemp("log") / "server.log")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright, tmp_path_factory):
    """A browser that keeps the application's scripts, as a reader's does from page to page.

    In a fresh context for every test it would load and compile them again: half of a page's time.
    """
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path_factory.mktemp("profile")),
        executable_path=CHROMIUM,
        args=FLAGS,
        viewport=WINDOW,
        locale="zh-CN",
        accept_downloads=True,
    )
    yield context
    context.close()


@pytest.fixture
def page(chromium, server, request):
    """A tab with nothing remembered; at its end: no console error, no request to another host."""
    tab = chromium.new_page()
    forget(tab, server)
    tab.set_default_timeout(20_000)
    watch = Watch(tab)
    yield tab
    OUTPUT.mkdir(exist_ok=True)
    tab.screenshot(path=OUTPUT / (re.sub(r"[^\w-]+", "_", request.node.name)[:80] + ".png"))
    tab.close()
    assert watch.errors == []
    assert watch.hosts <= {"127.0.0.1"}


def forget(tab, server):
    """Clear what earlier tests left in the browser, but for the files in its cache."""
    kinds = "cookies,local_storage,indexeddb,service_workers"
    asked = {"origin": server.address, "storageTypes": kinds}
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("Storage.clearDataForOrigin", asked)
    devtools.detach()


@pytest.fixture
def open_page(page, server):
    """Open a page of the application and wait until it has run."""

    def go(path):
        page.goto(server.address + path)
        settled(page)
        return page

    return go
