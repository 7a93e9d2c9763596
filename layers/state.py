"""What colours the drawn parcels: one byte per parcel and theme, apart from their geometry.

Tiles hold geometry and the parcel's *ordinal* (its place among all parcel ids in sorted order).
Class, stage, plot ratio, grade, filter and selection change often and travel as byte arrays in
ordinal order, so that recording an event never rebuilds a tile.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.styles import THEME_FIELD, THEMES, styles

OVERDUE, SUSPECTED_IDLE, HIGH_CONSUMPTION, LEDGERS_DIFFER = 1, 2, 4, 8


def codes(values: pd.Series, theme: str) -> npt.NDArray[np.uint8]:
    """Return the paint code of every parcel under a theme.

    Parameters
    ----------
    values : Series
        The theme's field, any index. Unknown or unlisted values get code 0.
    theme : str
        A key of :data:`layers.styles.THEME_FIELD`.

    Returns
    -------
    ndarray of uint8, shape (n,)

    Examples
    --------
    >>> codes(pd.Series(["A", None, "D", "X"]), "grade").tolist()
    [1, 0, 4, 0]
    """
    keys = [style.key for style in styles(theme)[1:]]
    return (pd.Index(keys).get_indexer(values.astype(object)) + 1).astype(np.uint8)


def flags(frame: pd.DataFrame) -> npt.NDArray[np.uint8]:
    """Return a bit set per parcel: 1 overdue, 2 idle (suspected), 4 high consumption, 8 ledgers.

    Parameters
    ----------
    frame : DataFrame
        May lack any of ``overdue``, ``suspected_idle``, ``high_consumption``,
        ``ledgers_differ``; unknown counts as "not marked".

    Returns
    -------
    ndarray of uint8, shape (n,)

    Examples
    --------
    >>> flags(pd.DataFrame({"overdue": [True, False], "suspected_idle": [True, None]})).tolist()
    [3, 0]
    """
    bits = np.zeros(len(frame), np.uint8)
    for bit, name in (
        (OVERDUE, "overdue"),
        (SUSPECTED_IDLE, "suspected_idle"),
        (HIGH_CONSUMPTION, "high_consumption"),
        (LEDGERS_DIFFER, "ledgers_differ"),
    ):
        if name in frame:
            marked = frame[name].astype("boolean").fillna(False).to_numpy(bool)
            bits |= np.where(marked, bit, 0).astype(np.uint8)
    return bits


def state_table(frame: pd.DataFrame, themes: Sequence[str] = THEMES) -> bytes:
    """Pack every theme's codes and the flags, one block of ``len(frame)`` bytes after the other.

    Parameters
    ----------
    frame : DataFrame
        The desk frame in ordinal order (sorted by ``parcel_id``), with the field of each theme.
    themes : sequence of str
        Keys of :data:`layers.styles.THEME_FIELD`.

    Returns
    -------
    bytes
        ``len(themes) + 1`` blocks: the themes in their order, then the flags.

    Examples
    --------
    >>> frame = pd.DataFrame({"low_class": ["underused"], "stage": [None], "far_class": ["ge30"],
    ...                       "evaluation_grade": ["B"], "overdue": [True]})
    >>> list(state_table(frame))
    [3, 0, 6, 2, 1]
    """
    blocks = [codes(frame[THEME_FIELD[theme]], theme) for theme in themes]
    return b"".join(block.tobytes() for block in [*blocks, flags(frame)])


def mask_bytes(mask: npt.NDArray[np.bool_]) -> bytes:
    """Pack a filter or selection into bits, least significant first.

    Examples
    --------
    >>> list(mask_bytes(np.array([True, False, True])))
    [5]
    """
    return np.packbits(mask, bitorder="little").tobytes()
