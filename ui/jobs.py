"""Long work beside the pages: it goes on when its page is left, is counted, and can be stopped.

A job belongs to the server and not to a session: whoever asks for the same work under the same key
gets the same job, running or finished.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from gis.errors import UserError
from gis.watch import StoppedError, watched

MOST_KEPT = 24
"""Finished jobs whose results are kept: the newest."""

_log = logging.getLogger("mutu.jobs")
_jobs: OrderedDict[Hashable, Job] = OrderedDict()
_guard = threading.Lock()


@dataclass
class Job:
    """Work that runs in a thread of its own.

    Attributes
    ----------
    step, rows : str, int
        What is being done now, and to how many rows (0: not known).
    of : tuple of str
        What it is about, as told to `start`.
    began : float
        ``time.monotonic`` at the beginning.
    result : object
        What the work returned.
    refusal : UserError or None
        Why it was refused, or that it was stopped.
    fault : Exception or None
        What went wrong inside the program.
    told : object
        How far the work is, where it says so itself.
    """

    step: str = ""
    rows: int = 0
    of: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)
    result: Any = None
    refusal: UserError | None = None
    fault: Exception | None = None
    told: Any = None
    _done: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether the work still goes on."""
        return not self._done.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self._stop.is_set() and self.running

    @property
    def asked_to_stop(self) -> bool:
        """Whether somebody stopped it; for work that looks itself and keeps what it has."""
        return self._stop.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it ended because somebody stopped it."""
        return isinstance(self.refusal, StoppedError)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.began

    def stop(self) -> None:
        """Ask the work to end at its next step."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is done, for some seconds at most, and say whether it is."""
        return self._done.wait(seconds)

    def hear(self, name: str, rows: int) -> None:
        """Take note of a step of the work (`gis.watch.step`), or end it.

        Raises
        ------
        StoppedError
            If it was asked to stop.
        """
        if self._stop.is_set():
            raise StoppedError
        self.step, self.rows = name, rows

    def run(self, work: Callable[[], Any]) -> None:
        """Do the work and keep what comes of it."""
        try:
            with watched(self.hear):
                self.result = work()
        except UserError as refusal:
            self.refusal = refusal
        except Exception as fault:
            _log.exception("A job failed")
            self.fault = fault
        finally:
            self._done.set()


def start(key: Hashable, work: Callable[[], Any], *, of: tuple[str, ...] = ()) -> Job:
    """Return the job under ``key``, starting ``work`` where there is none.

    Parameters
    ----------
    key : hashable
        Everything that the outcome depends on.
    work : callable
        What is done, in a thread of its own.
    of : tuple of str
        What the work is about: another job about the very same thing is superseded, its result
        forgotten and, where it still runs, it is asked to stop.
    """
    with _guard:
        if key in _jobs:
            _jobs.move_to_end(key)
            return _jobs[key]
        for name in [name for name, kept in _jobs.items() if of and kept.of == of]:
            _jobs.pop(name).stop()
        job = _jobs[key] = Job(of=of)
        finished = [name for name, kept in _jobs.items() if not kept.running]
        for name in finished[: max(0, len(_jobs) - MOST_KEPT)]:
            del _jobs[name]
    threading.Thread(target=job.run, args=(work,), daemon=True, name="mutu-job").start()
    return job


def forget_about(first: str) -> None:
    """Forget every job whose ``of`` begins so; those that run are asked to stop."""
    with _guard:
        for name in [name for name, kept in _jobs.items() if kept.of[:1] == (first,)]:
            _jobs.pop(name).stop()


def peek(key: Hashable) -> Job | None:
    """Return the job under ``key``, None where there is none."""
    with _guard:
        return _jobs.get(key)


def forget(key: Hashable) -> None:
    """Forget a job; one that runs is asked to stop."""
    with _guard:
        job = _jobs.pop(key, None)
    if job is not None:
        job.stop()


def finish(seconds: float = 60) -> None:
    """Wait until every job is done (tests)."""
    with _guard:
        waiting = list(_jobs.values())
    for job in waiting:
        job.wait(seconds)
