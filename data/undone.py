"""Which changes were undone: told among the register's facts, so that the chain holds it."""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "undone:"


def undone_key(change_no: int) -> str:
    """Return the fact that tells by which change a change was undone.

    Examples
    --------
    >>> undone_key(12)
    'undone:12'
    """
    return f"{PREFIX}{change_no}"


def undone_by(meta: Mapping[str, str]) -> dict[int, int]:
    """Return for each change that was ever undone the change that undid it last.

    Examples
    --------
    >>> undone_by({"undone:12": "14", "county": "瑞安市"})
    {12: 14}
    """
    told = {key.removeprefix(PREFIX): by for key, by in meta.items() if key.startswith(PREFIX)}
    return {int(of): int(by) for of, by in told.items() if of.isdigit() and by.isdigit()}


def undone_changes(meta: Mapping[str, str]) -> frozenset[int]:
    """Return the changes that are undone now; whose undoing was undone stands again.

    Parameters
    ----------
    meta : mapping
        As ``Register.meta``.

    Examples
    --------
    >>> sorted(undone_changes({"undone:12": "14", "undone:14": "15", "undone:9": "10"}))
    [9, 14]
    """
    undone: set[int] = set()
    for change_no, by in sorted(undone_by(meta).items(), reverse=True):
        if by not in undone:
            undone.add(change_no)
    return frozenset(undone)
