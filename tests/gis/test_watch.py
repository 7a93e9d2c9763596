"""Long work tells its steps to whoever watches, and ends where it is told to."""

import pytest

from gis.watch import StoppedError, step, watched


def test_a_step_that_nobody_watches_is_silent():
    step("read", 5)


def test_a_watcher_hears_the_steps_inside_and_can_end_the_work():
    heard = []

    def watcher(name, rows):
        heard.append((name, rows))
        if name == "write":
            raise StoppedError

    with watched(watcher):
        step("read")
        with pytest.raises(StoppedError, match="没有写入"):
            step("write", 3)
    step("after")
    assert heard == [("read", 0), ("write", 3)]
