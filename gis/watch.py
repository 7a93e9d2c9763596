"""Long work that can be watched and stopped: what it is doing now, and whether it may go on.

A watcher belongs to the thread that works (a context variable); where nobody watches, telling a
step costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gis.errors import UserError

Watcher = Callable[[str, int], None]

_watcher: ContextVar[Watcher | None] = ContextVar("mutu_watcher", default=None)


class StoppedError(UserError):
    """Work that its user stopped."""

    zh = "已停止，没有写入任何内容。"
    en = "Stopped; nothing was written."


@contextmanager
def watched(by: Watcher) -> Iterator[None]:
    """Let ``by`` hear every step of the work inside; it may raise `StoppedError` to end it.

    Examples
    --------
    >>> heard = []
    >>> with watched(lambda name, rows: heard.append((name, rows))):
    ...     step("read", 3)
    >>> heard
    [('read', 3)]
    """
    token = _watcher.set(by)
    try:
        yield
    finally:
        _watcher.reset(token)


def step(name: str, rows: int = 0) -> None:
    """Tell that a step of the work begins, and how many rows it is about (0: not known).

    Raises
    ------
    StoppedError
        If the watcher wants the work to end.
    """
    watcher = _watcher.get()
    if watcher is not None:
        watcher(name, rows)
