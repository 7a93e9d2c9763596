"""Jobs run once for a key, can be stopped between two steps, and make way for newer ones."""

import threading

import pytest

from gis.errors import UserError
from gis.watch import step
from ui import jobs
from ui.components import intake_progress
from ui.text import set_language


@pytest.fixture(autouse=True)
def alone():
    yield
    jobs.forget_about("甲")
    jobs.finish()


def test_the_same_key_is_the_same_job():
    ran = []
    first = jobs.start(("once", 1), lambda: ran.append(1) or "done")
    assert first.wait(10)
    assert jobs.start(("once", 1), lambda: ran.append(2)) is first
    assert (ran, first.result, first.refusal) == ([1], "done", None)
    jobs.forget(("once", 1))


def test_a_job_tells_its_step_and_ends_at_the_next_one_when_stopped():
    go = threading.Event()

    def work():
        step("read", 5)
        go.wait(10)
        step("write", 5)
        pytest.fail("it was asked to stop")

    job = jobs.start(("stop",), work)
    while job.step != "read":
        job.wait(0.01)
    assert (job.rows, job.running) == (5, True)
    job.stop()
    assert job.stopping
    go.set()
    assert job.wait(10)
    assert job.stopped
    jobs.forget(("stop",))


def test_a_refusal_and_a_fault_are_kept_apart():
    class ShutError(UserError):
        zh, en = "门没开", "The door is shut"

    def refuse():
        raise ShutError

    refused = jobs.start(("refused",), refuse)
    failed = jobs.start(("failed",), lambda: 1 / 0)
    assert refused.wait(10)
    assert failed.wait(10)
    assert (str(refused.refusal), refused.fault) == ("门没开", None)
    assert isinstance(failed.fault, ZeroDivisionError)
    assert failed.refusal is None


def test_a_newer_job_about_the_same_thing_supersedes_the_older():
    go = threading.Event()
    first = jobs.start(("a", 1), lambda: go.wait(10) and step("next"), of=("甲", "check"))
    other = jobs.start(("b", 1), lambda: "other", of=("甲", "look"))
    jobs.start(("a", 2), lambda: "newer", of=("甲", "check"))
    go.set()
    assert first.wait(10)
    assert first.stopped
    assert jobs.peek(("a", 1)) is None
    assert jobs.peek(("b", 1)) is other
    jobs.forget_about("甲")
    assert jobs.peek(("a", 2)) is jobs.peek(("b", 1)) is None


def test_the_bar_speaks_the_language_of_its_page(monkeypatch):
    told = []
    monkeypatch.setattr(intake_progress.st, "progress", lambda _, text: told.append(text))
    go = threading.Event()
    job = jobs.start(("bar",), lambda: step("read", 5) or go.wait(10))
    while job.step != "read":
        job.wait(0.01)
    set_language("zh")
    intake_progress._running(job, "bar", "en")
    go.set()
    assert job.wait(10)
    jobs.forget(("bar",))
    assert told[0].startswith("Reading the file: 5 rows")
