"""What is measured inside Python, each in a process of its own: reruns of a page, building tiles.

``python -m benchmarks.inside reruns SCRIPT PAGE WORKSPACE`` prints one JSON document.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import peak_mb

WARM_UP, RUNS = 3, 12


def tiles(workspace: Path) -> dict[str, Any]:
    """Build every archive of a workspace anew."""
    from data.register import Register
    from layers.tiles import ensure_tiles

    shutil.rmtree(workspace / "tiles", ignore_errors=True)
    with Register.open(workspace) as register:
        began = time.perf_counter()
        built = ensure_tiles(register)
        seconds = time.perf_counter() - began
    sizes = {name: archive.path.stat().st_size for name, archive in built.items()}
    return {"seconds": seconds, "bytes": sizes, "peak_mb": peak_mb(os.getpid())}


def reruns(script: Path, page: str, workspace: Path, runs: int = RUNS) -> dict[str, Any]:
    """Run a page again and again, each time with another parcel open.

    Returns
    -------
    dict
        ``script_ms``: the page's script alone, as Streamlit executes it (reading state and frames,
        building every element, handing the messages on), by the clock; ``cpu_ms``: the
        processor's time for it; ``whole_ms``: with starting the thread, the message queue and
        decoding the elements as the test harness does.
    """
    os.environ["MUTU_WORKSPACE"] = str(workspace)
    from streamlit.testing.v1 import AppTest

    _no_pages_folder()
    body = _timed_bodies()
    desk = AppTest.from_file(script.resolve(), default_timeout=600).run()
    began = time.perf_counter()
    if page:
        desk.switch_page(page).run()
    first = time.perf_counter() - began
    whole: list[float] = []
    for number, parcel in enumerate(_some_parcels(workspace, WARM_UP + runs)):
        desk.query_params["parcel"] = parcel
        before = len(body)
        began = time.perf_counter()
        desk.run()
        if desk.exception:
            raise RuntimeError(desk.exception[0].message)
        if number < WARM_UP:
            del body[before:]
        else:
            whole.append(1000 * (time.perf_counter() - began))
    return {
        "script_ms": [clock for clock, _ in body[-runs:]],
        "cpu_ms": [busy for _, busy in body[-runs:]],
        "whole_ms": whole,
        "first_ms": 1000 * first,
    }


def _no_pages_folder() -> None:
    """Let st.navigation alone say which pages there are, as app.py does."""
    from streamlit.runtime.pages_manager import PagesManager

    began: Callable[..., None] = PagesManager.__init__

    def begin(self: PagesManager, *args: object, **kwargs: object) -> None:
        began(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    PagesManager.__init__ = begin


def _timed_bodies() -> list[tuple[float, float]]:
    """Return a list that gets the milliseconds (by the clock, of the processor) of every script."""
    from streamlit.runtime.scriptrunner import script_runner

    execute = script_runner.exec_func_with_error_handling
    times: list[tuple[float, float]] = []

    def timed(*args: object) -> object:
        began, busy = time.perf_counter(), time.thread_time()
        try:
            return execute(*args)
        finally:
            spent = time.perf_counter() - began, time.thread_time() - busy
            times.append((1000 * spent[0], 1000 * spent[1]))

    script_runner.exec_func_with_error_handling = timed
    return times


def _some_parcels(workspace: Path, count: int) -> list[str]:
    from data.register import Register

    with Register.open(workspace) as register:
        ids = register.read_parcels(columns=["town"]).index
    step = max(1, len(ids) // (count + 1))
    return [str(name) for name in ids[step::step][:count]]


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "tiles":
        print(json.dumps(tiles(Path(words[0]))))
    else:
        print(json.dumps(reruns(Path(words[0]), words[1], Path(words[2]), *map(int, words[3:]))))
