"""Which changes were undone: told among the register's facts, so that the chain holds it."""

from __future__ import annotations

from collections.abc import Mapping

_PREFIX = "undone:"


def undone_key(change_no: int) -> str:
    """Return the fact that tells whether a change is undone.

    Examples
    --------
    >>> undone_key(12)
    'undone:12'
    """
    return f"{_PREFIX}{change_no}"


def undone_changes(meta: Mapping[str, str]) -> frozenset[int]:
    """Return the changes that are undone; the undoing of an undoing takes them out again.

    Parameters
    ----------
    meta : mapping
        As ``Register.meta``: each fact as last told.

    Examples
    --------
    >>> sorted(undone_changes({"undone:12": "14", "undone:9": "", "county": "瑞安市"}))
    [12]
    """
    told = {key.removeprefix(_PREFIX): by for key, by in meta.items() if key.startswith(_PREFIX)}
    return frozenset(int(number) for number, by in told.items() if by and number.isdigit())
