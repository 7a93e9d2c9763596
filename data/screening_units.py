"""Kinds and units of what a screening rule may compare: fields of the dictionary and terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data import schema

RATIOS: Mapping[tuple[str, str], str] = {
    ("wan", "m2"): "wan_per_mu",
    ("tce", "wan"): "tce_per_wan",
    ("t", "wan"): "t_per_wan",
    ("wan", "tce"): "wan_per_tce",
    ("wan", "t"): "wan_per_t",
    ("wan", "person"): "wan_per_person",
}
"""Units of a quotient of unlike units; land is counted in 亩. Like units give ``share``."""

UNIT_LABELS: Mapping[str, tuple[str, str]] = {
    "ratio": ("", ""),
    "share": ("", ""),
    "tce_per_wan": ("吨标煤/万元", "tce per 10k yuan"),
    "t_per_wan": ("吨/万元", "t per 10k yuan"),
    "wan_per_tce": ("万元/吨标煤", "10k yuan per tce"),
    "wan_per_t": ("万元/吨", "10k yuan per t"),
    "wan_per_person": ("万元/人", "10k yuan per person"),
    "month": ("个月", "months"),
    "year": ("年", "years"),
}

Terms = Mapping[str, Mapping[str, Any]]


def unit_label(unit: str, lang: str = "zh") -> str:
    """Return a unit as it is printed behind a number.

    Examples
    --------
    >>> unit_label("wan_per_mu"), unit_label("ratio"), unit_label("tce_per_wan", "en")
    ('万元/亩', '', 'tce per 10k yuan')
    """
    if unit in UNIT_LABELS:
        return UNIT_LABELS[unit][0 if lang == "zh" else 1]
    return schema.unit_label(unit, lang)


def kind_of(name: str, terms: Terms | None = None) -> str | None:
    """Return what a field or term holds: float, date, bool, enum or text; None if unknown.

    Examples
    --------
    >>> kind_of("far"), kind_of("actual_start_on"), kind_of("nonsense")
    ('float', 'date', None)
    """
    given = (terms or {}).get(name)
    if given is not None:
        first = given.get("first")
        if isinstance(first, Sequence) and first:
            return kind_of(first[0], terms)
        return "float"
    if name not in schema.PARCEL_COLUMNS:
        return None
    kind = schema.field(name).type
    return {"int": "float", "code": "text"}.get(kind, kind)


def unit_of(name: str, terms: Terms | None = None) -> str:
    """Return the unit of a field or term; ``ratio`` for numbers without one, else empty.

    Examples
    --------
    >>> unit_of("far"), unit_of("s", {"s": {"ratio": ["invested_wan", "agreed_investment_wan"]}})
    ('ratio', 'share')
    """
    given = (terms or {}).get(name)
    if given is None:
        unit = schema.field(name).unit
        return unit or ("ratio" if kind_of(name) == "float" else "")
    if "elapsed" in given:
        return "day"
    if "ratio" in given:
        above, below = (unit_of(part, terms) for part in given["ratio"])
        return "share" if above == below else RATIOS.get((above, below), "?")
    return unit_of(given["first"][0], terms)
