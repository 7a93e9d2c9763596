"""Texts printed over one another, as when a document's cells run into their neighbours.

Read back from left to right such a cell is a *shuffle*: the signs of every text stand in their
order, with signs of the others between them. It can be taken apart where it is known what the
texts may be; where several ways remain, all of them are told and none is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

MOST_WAYS = 64
"""Ways looked for; a text with more is not taken apart."""

_NUMERIC = re.compile(r"[0-9.,+\-]")


def is_shuffle(text: str, parts: Sequence[str]) -> bool:
    """Tell whether a text is its parts printed over one another, each beginning in its turn.

    Examples
    --------
    >>> is_shuffle("HectarOeswnership", ["Hectares", "Ownership"])
    True
    >>> is_shuffle("OwnershipHectares", ["Hectares", "Ownership"])
    False
    """
    return bool(_strands(text, tuple(parts))) if sum(map(len, parts)) == len(text) else False


def take_apart(
    text: str, choices: Sequence[Sequence[str]], numbers: Sequence[str]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    r"""Return every way to read a text as one of each choice and the numbers after one another.

    Blanks count for nothing: what reads a document puts them wherever signs stand apart.

    Parameters
    ----------
    text : str
        What stands in the cell.
    choices : sequence of sequences of str
        What each overprinted text may be, in the order in which they begin.
    numbers : sequence of str
        Patterns of numbers that follow one another, never over one another.

    Returns
    -------
    list of (texts, numbers)
        Sorted; empty where there is no way, or more than `MOST_WAYS`.

    Examples
    --------
    >>> take_apart("y2e8s6", [["yes", "no"]], [r"\d{3}"])
    [(('yes',), ('286',))]
    >>> take_apart("12", [], [r"\d+", r"\d*"])
    [((), ('1', '2')), ((), ('12', ''))]
    """
    ways = set()
    text = _close(text)
    for texts in product(*choices):
        close = tuple(map(_close, texts))
        if not _has_signs(text, close):
            continue
        for strand in _strands(text, close):
            ways |= {(texts, found) for found in _cut(strand, tuple(numbers))}
        if len(ways) > MOST_WAYS:
            return []
    return sorted(ways)


def without(text: str, part: str) -> list[str]:
    """Return what may be left of a text when another that was printed over it is taken out.

    Examples
    --------
    >>> without("a1b2c", "12"), without("aab", "ab"), without("abc", "d")
    (['abc'], ['a'], [])
    """
    left: set[tuple[int, str]] = {(0, "")}
    for sign in text:
        step = {(at, rest + sign) for at, rest in left}
        step |= {(at + 1, rest) for at, rest in left if at < len(part) and part[at] == sign}
        left = step if len(step) <= len(text) * MOST_WAYS else set()
    return sorted(rest for at, rest in left if at == len(part))


def _close(text: str) -> str:
    return "".join(text.split())


def _has_signs(text: str, parts: Sequence[str]) -> bool:
    whole = "".join(parts)
    return all(text.count(sign) >= whole.count(sign) for sign in set(whole))


def _strands(text: str, parts: tuple[str, ...]) -> frozenset[str]:
    """Return the digits and points left when the parts are taken out, in every way there is."""

    @lru_cache(maxsize=200_000)
    def rest(at: int, places: tuple[int, ...]) -> frozenset[str]:
        if at == len(text):
            done = all(place == len(part) for place, part in zip(places, parts, strict=True))
            return frozenset({""}) if done else frozenset()
        sign, found = text[at], set[str]()
        for n, (place, part) in enumerate(zip(places, parts, strict=True)):
            begins_early = place == 0 and n > 0 and places[n - 1] == 0
            if place < len(part) and part[place] == sign and not begins_early:
                found |= rest(at + 1, (*places[:n], place + 1, *places[n + 1 :]))
        if _NUMERIC.match(sign):
            found |= {sign + tail for tail in rest(at + 1, places)}
        return frozenset(sorted(found)[: MOST_WAYS + 1])

    return rest(0, (0,) * len(parts))


def _cut(strand: str, patterns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every way to cut a strand into texts that match the patterns in their order."""
    if not patterns:
        return [()] if not strand else []
    ways = []
    for end in range(len(strand) + 1):
        if re.fullmatch(patterns[0], strand[:end]):
            ways += [(strand[:end], *more) for more in _cut(strand[end:], patterns[1:])]
    return ways
