"""What the prices and the difficulty of blocks are made of: keys, units, and checks of a file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from data import schema

PRICES: Mapping[str, str] = MappingProxyType(
    {
        "land": "wan_per_mu",
        "floor": "yuan_per_m2",
        "unlawful": "yuan_per_m2",
        "demolition": "yuan_per_m2",
        "firm": "wan_per_firm",
        "job": "wan_per_person",
        "new_floor": "yuan_per_m2",
    }
)
"""Prices that there are, and their units."""
ASSUMPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "floor_ratio": "ratio",
        "unlawful_share": "share",
        "jobs_per_mu": "person_per_mu",
        "far_most": "ratio",
    }
)
"""What may be taken where nothing is on record, and its unit."""
CODES: Mapping[str, str] = MappingProxyType(
    {"not_bought": "low_class", "bare": "build_status", "good_grade": "evaluation_grade"}
)
"""Lists of codes, and the field of the dictionary that they are codes of."""
FACTORS: Mapping[str, str] = MappingProxyType(
    {
        "owners": "owner",
        "firms": "firm",
        "jobs": "person",
        "unlawful": "share",
        "new_buildings": "year",
        "good_grade": "share",
        "tenure": "year",
        "not_low": "share",
    }
)
"""Factors of difficulty that are measured, and their units."""

_UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "wan_per_mu": ("万元/亩", "10k yuan per mu"),
        "yuan_per_m2": ("元/m²", "yuan per m²"),
        "wan_per_firm": ("万元/家", "10k yuan per firm"),
        "wan_per_person": ("万元/人", "10k yuan per person"),
        "person_per_mu": ("人/亩", "persons per mu"),
        "owner": ("个", "owners"),
        "firm": ("家", "firms"),
        "person": ("人", "persons"),
        "year": ("年", "years"),
        "ratio": ("", ""),
        "share": ("", ""),
    }
)
COMMON = ("unit", "label_zh", "label_en", "source", "tag")
"""What every price and factor must say beside its value."""


def unit_words(unit: str, lang: str = "zh") -> str:
    """Return a unit as it is printed behind a number.

    Examples
    --------
    >>> unit_words("wan_per_mu"), unit_words("yuan_per_m2", "en"), unit_words("share")
    ('万元/亩', 'yuan per m²', '')
    """
    return _UNITS[unit][lang == "en"]


def day_of(given: Any) -> date:
    """Return a day of a document, which may be ISO text."""
    return given if isinstance(given, date) else date.fromisoformat(given)


def _number(given: Any) -> bool:
    fits = isinstance(given, int | float) and not isinstance(given, bool)
    return fits and math.isfinite(given)


def is_price(given: Any) -> bool:
    """Say whether a value may be a price: a number of 0 or more."""
    return _number(given) and given >= 0


def price_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every fault of a document of prices."""
    known = {
        "block_price": PRICES,
        "block_assumption": ASSUMPTIONS,
        "block_codes": CODES,
        "block_difficulty": FACTORS,
    }
    for table, keys in known.items():
        bodies = raw.get(table, {})
        yield from (f"{table}.{key} ×" for key in bodies if key not in keys)
        for key, unit in keys.items():
            body = bodies.get(key)
            if not isinstance(body, dict):
                yield f"{table}.{key} ?"
                continue
            where = f"{table}.{key}"
            yield from _common_faults(where, body, needs_unit=table != "block_codes")
            if table == "block_codes":
                yield from _code_faults(where, body, unit)
                continue
            if body.get("unit") not in (None, unit):
                yield f"{where}: unit {unit} ?"
            if table == "block_difficulty":
                yield from _factor_faults(where, body)
            elif "value" in body and not is_price(body["value"]):
                yield f"{where}: value {body['value']} ?"


def _common_faults(where: str, body: Mapping[str, Any], *, needs_unit: bool) -> Iterator[str]:
    names = COMMON if needs_unit else COMMON[1:]
    for name in names:
        if not isinstance(body.get(name), str) or not body[name]:
            yield f"{where}: {name} ?"
    if body.get("tag") and body["tag"] not in schema.TAGS:
        yield f"{where}: tag {body['tag']} ?"
    try:
        day_of(body.get("valid_from"))
    except (TypeError, ValueError):
        yield f"{where}: valid_from ?"


def _code_faults(where: str, body: Mapping[str, Any], field: str) -> Iterator[str]:
    codes = body.get("codes")
    if body.get("field") != field or not isinstance(codes, list):
        yield f"{where}: field {field}, codes ?"
        return
    known = schema.enum_codes(field)
    yield from (f"{where}: {code} ?" for code in codes if code not in known)


def _factor_faults(where: str, body: Mapping[str, Any]) -> Iterator[str]:
    for name in ("from", "to", "points"):
        if not is_price(body.get(name)):
            yield f"{where}: {name} {body.get(name)} ?"
    if _number(body.get("from")) and body["from"] == body.get("to"):
        yield f"{where}: from = to ?"
