"""A filter as the command line takes it: stricter than a link, and with a hint where it errs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from urllib.parse import parse_qsl

import pandas as pd

from analysis.errors import UnknownPlaceError
from analysis.query_words import LISTS, UNKNOWN
from data import schema
from gis.errors import Words

_LIST_KEYS = {key: enum for key, _, enum in LISTS.values()}


def split_where(where: str) -> tuple[dict[str, str], list[str]]:
    """Return the conditions of an expression by key, and what is no condition.

    A list that comes twice is one list: either value will do, as in ``town=A,B``. Words that come
    twice must all occur. Anything else that comes twice with another value is a fault.

    Examples
    --------
    >>> split_where("town=A&town=B&q=x&far_min=1&far_min=2&loose")
    ({'town': 'A,B', 'q': 'x', 'far_min': '1'}, ['far_min=2', 'loose'])
    """
    parts = [part for part in where.strip().lstrip("?").split("&") if part]
    faults = []
    found: dict[str, str] = {}
    pairs = "&".join(part for part in parts if "=" in part)
    for key, value in parse_qsl(pairs, keep_blank_values=True):
        if key not in found:
            found[key] = value
        elif key in _LIST_KEYS or key == "q":
            found[key] = f"{found[key]}{',' if key in _LIST_KEYS else ' '}{value}"
        elif value != found[key]:
            faults.append(f"{key}={value}")
    faults += [part for part in parts if "=" not in part]
    return found, faults


def with_hint(fault: str) -> Words:
    """Return a condition that was not understood together with what may have been meant.

    Examples
    --------
    >>> with_hint("class=underuse"), with_hint("far_min=two")
    ('class=underuse（是否指 underused 用而未尽）', 'far_min=two')
    """
    key, _, value = fault.partition("=")
    enum = _LIST_KEYS.get(key)
    if enum is None:
        return Words(fault)
    codes = schema.enum_codes(enum)
    labels = {schema.enum_label(enum, code, lang): code for code in codes for lang in ("zh", "en")}
    near = nearest(value, [*codes, *labels])
    if near is None:
        known = ", ".join(codes)
        return Words(f"{fault}（可用：{known}）", f"{fault} (known: {known})")
    code = labels.get(near, near)
    zh, en = (schema.enum_label(enum, code, lang) for lang in ("zh", "en"))
    return Words(f"{fault}（是否指 {code} {zh}）", f"{fault} (perhaps {code}: {en})")


def nearest(value: str, known: Sequence[str]) -> str | None:
    """Return the known name most like ``value``, None where none is like it.

    Examples
    --------
    >>> nearest("塘下", ["莘塍街道", "塘下镇"]), nearest("x", ["塘下镇"])
    ('塘下镇', None)
    """
    return next(iter(get_close_matches(value, known, n=1, cutoff=0.5)), None)


def refuse_unknown_places(
    asked: Mapping[str, Sequence[str]], frame: pd.DataFrame, *, towns: Iterable[str]
) -> None:
    """Refuse towns and parks that neither the county nor any parcel has.

    Parameters
    ----------
    asked : mapping
        ``town`` and ``park``: the names asked for; ``"-"`` is always known.
    frame : DataFrame
        The parcels, with ``town`` and ``park``.
    towns : iterable of str
        Towns of the county, known even where they have no parcel.

    Raises
    ------
    UnknownPlaceError
        Naming every strange one and the known name most like it.
    """
    known = {
        "town": sorted({*towns, *frame["town"].dropna().astype(str)}),
        "park": sorted(set(frame["park"].dropna().astype(str))),
    }
    strange = [
        _strange(key, name, known[key])
        for key, names in asked.items()
        for name in names
        if name != UNKNOWN and name not in known[key]
    ]
    if strange:
        zh, en = "、".join(strange), ", ".join(word.en for word in strange)
        raise UnknownPlaceError(faults=Words(zh, en))


def _strange(key: str, name: str, known: list[str]) -> Words:
    fault, near = f"{key}={name}", nearest(name, known)
    if near:
        return Words(f"{fault}（是否指“{near}”）", f"{fault} (perhaps “{near}”)")
    some = known[:8]
    more = len(known) - len(some)
    zh = "、".join(some) + (f" 等 {len(known)} 个" if more else "") or "无"
    en = ", ".join(some) + (f" and {more} more" if more else "") or "none"
    return Words(f"{fault}（现有：{zh}）", f"{fault} (there are: {en})")
