"""Shelves: what was made once is kept for everybody, under a key of plain values.

Streamlit's own cache pickles every frame it returns (0.3 s at 200,000 parcels) and cannot take one
as an argument. These shelves keep the object itself; readers must not change what they get.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, ClassVar


class Shelf:
    """A small least-recently-used store in which each thing is made by one thread only.

    Examples
    --------
    >>> shelf = Shelf(size=1)
    >>> shelf.get("a", lambda: [1]) is shelf.get("a", lambda: [2])
    True
    """

    every: ClassVar[weakref.WeakSet[Shelf]] = weakref.WeakSet()

    def __init__(self, size: int) -> None:
        Shelf.every.add(self)
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept under ``key``, making it first where it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            made = make()
            with self._lock:
                self._kept[key] = made
                self._making.pop(key, None)
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            return made

    def peek(self, key: Hashable) -> Any:
        """Return what is kept under ``key``, None where it has not been made."""
        with self._lock:
            return self._kept.get(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
