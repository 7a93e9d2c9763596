"""Put a finished file in its place: whole or not at all, with a sentence where that fails."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.errors import (
    PlaceFullError,
    PlaceIsFolderError,
    PlaceMissingError,
    PlaceRefusedError,
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def check_place(out: Path) -> None:
    """Refuse an output that names a folder, or lies in one that does not exist.

    Raises
    ------
    PlaceIsFolderError, PlaceMissingError
        With the way out.
    """
    if out.is_dir():
        raise PlaceIsFolderError(out=out, fmt=out.suffix.lstrip(".") or "xlsx")
    if not out.parent.is_dir():
        raise PlaceMissingError(folder=out.parent)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path to write to, and move it over ``out`` when the body went well.

    A file already at ``out`` is replaced in one step; after a failure it is still the old one
    and nothing is left beside it.

    Raises
    ------
    PlaceIsFolderError, PlaceMissingError, PlaceRefusedError, PlaceFullError
        Where the file cannot be written.
    """
    check_place(out)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".writing-") as folder:
            part = Path(folder) / out.name
            yield part
            os.replace(part, out)  # noqa: PTH105
    except OSError as error:
        if error.errno in _FULL:
            raise PlaceFullError(out=out) from error
        reason = error.strerror or str(error)
        raise PlaceRefusedError(out=out, reason=reason) from error
