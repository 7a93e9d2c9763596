"""Faults in the kinds of values of a ruleset: text where a list is needed, a number for a name.

They are looked for first, so that the checks of meaning need not fear them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_TEXTS = (
    "class", "flag", "tag", "clause", "source", "sentence_zh", "sentence_en", "note_zh", "note_en",
)  # fmt: skip
_NAMES = ("field", "op", "other", "unit")


def list_faults(where: str, given: Any) -> Iterator[str]:
    """Yield a fault unless this is a list of names.

    Examples
    --------
    >>> list(list_faults("happened", "delivered_on"))
    ['happened: a list of names is needed, found delivered_on']
    """
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        yield f"{where}: a list of names is needed, found {given}"


def term_shape_faults(where: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is of the wrong kind in a term."""
    for kind in ("first", "ratio"):
        if kind in given:
            yield from list_faults(f"{where}.{kind}", given[kind])
    if "elapsed" in given and not isinstance(given["elapsed"], str):
        yield f"{where}.elapsed: a name is needed, found {given['elapsed']}"
    yield from _text_faults(where, given, ("label_zh", "label_en"))


def rule_shape_faults(where: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is of the wrong kind in a rule, and days in the wrong order."""
    yield from _text_faults(where, given, _TEXTS)
    if not isinstance(given.get("example", False), bool):
        yield f"{where}: example {given['example']} is neither true nor false"
    first, last = given.get("valid_from"), given.get("valid_to")
    if type(first) is date and type(last) is date and last < first:
        yield f"{where}: valid_to {last} lies before valid_from {first}"
    for name in ("when", "test", "clock"):
        if name in given:
            yield from _condition_shape_faults(f"{where}.{name}", given[name])


def _condition_shape_faults(where: str, given: Any) -> Iterator[str]:
    if isinstance(given, list):
        for at, part in enumerate(given, start=1):
            yield from _condition_shape_faults(f"{where}[{at}]", part)
        return
    if not isinstance(given, dict):
        return  # the check of conditions says that a table is needed
    yield from _text_faults(where, given, (*_NAMES, "rule"))
    for joint in ("all", "any", "not"):
        if joint in given:
            yield from _condition_shape_faults(f"{where}.{joint}", given[joint])


def _text_faults(where: str, given: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in given and not isinstance(given[name], str):
            yield f"{where}: {name} {given[name]} is no text"
