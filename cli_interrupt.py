"""Ctrl+C ends a long search with the best that it has, instead of with nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether Ctrl+C was pressed; pressed again, it ends the program.

    Examples
    --------
    >>> import os, signal
    >>> with until_interrupted() as pressed:
    ...     before = pressed()
    ...     os.kill(os.getpid(), signal.SIGINT)
    ...     before, pressed()
    (False, True)
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed = threading.Event()

    def note(_number: int, _frame: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
