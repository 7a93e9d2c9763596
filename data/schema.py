"""Terms of the register: fields, units and closed lists, read once from the dictionary.

Everything that names a column (tables, tooltips, command line, exports) takes its label here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data.errors import DictionaryFaultyError, UnknownEnumError, UnknownFieldError

FIELDS_FILE = Path(__file__).with_name("fields.toml")
ENUMS_FILE = Path(__file__).with_name("enums.toml")

TYPES = frozenset({"text", "float", "int", "date", "bool", "enum", "code"})
TAGS = frozenset({"S", "V", "C", "G", "U"})
ENTITIES = (
    "parcel", "event", "desk", "building", "firm", "firm_parcel", "town", "park", "issue", "change",
    "ledger", "project", "constraint", "site",
)  # fmt: skip

_UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "": ("", ""),
        "m": ("m", "m"), "m2": ("m²", "m²"),
        "wan": ("万元", "10k yuan"),
        "wan_per_mu": ("万元/亩", "10k yuan per mu"),
        "pct": ("%", "%"),
        "tce": ("吨标煤", "tce"),
        "t": ("吨", "t"),
        "person": ("人", "persons"),
        "wan_per_person": ("万元/人", "10k yuan per person"), "kva": ("千伏安", "kVA"),
        "t_per_day": ("吨/日", "t per day"), "kn_per_m2": ("kN/m²",) * 2, "db": ("dB",) * 2,
        "wan_kwh": ("万千瓦时", "10k kWh"),
        "day": ("天", "days"), "year": ("", ""), "mu": ("亩", "mu"),
    }
)  # fmt: skip
_REQUIRED = (
    "entity", "type", "unit", "label_zh", "label_en", "meaning_zh", "meaning_en", "source", "tag",
    "code10", "export_order",
)  # fmt: skip
_OPTIONAL = ("also", "aliases", "range", "enum")
_UNIT_IN_BRACKETS = re.compile(r"\(([^()]*(?:亩|M2|公顷|元|吨|%|人|年)[^()]*)\)$")


@dataclass(frozen=True, slots=True)
class Field:
    """One term: what it means, its unit and what the bureaus call it.

    Attributes
    ----------
    entity, also : str and tuple of str
        What it belongs to first, and what else uses the same term.
    type : str
        text, float, int, date, bool, enum or code (text that looks like a number).
    code10 : str
        Name in shapefiles, at most 10 ASCII bytes.
    minimum, maximum : float or None
        Physical range; None where there is none.
    """

    key: str
    entity: str
    type: str
    unit: str
    label_zh: str
    label_en: str
    meaning_zh: str
    meaning_en: str
    source: str
    tag: str
    code10: str
    export_order: int
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    enum: str | None = None


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One value of a closed list, with its labels and the spellings met in files."""

    code: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumList:
    """A closed list of values in the order they are shown."""

    key: str
    label_zh: str
    label_en: str
    source: str
    tag: str
    values: tuple[EnumValue, ...]


def parse_enums(raw: Mapping[str, Any]) -> tuple[dict[str, EnumList], list[str]]:
    """Return the closed lists of a parsed TOML document and every fault found in them."""
    lists: dict[str, EnumList] = {}
    faults: list[str] = []
    for key, body in raw.get("enum", {}).items():
        missing = [
            k for k in ("label_zh", "label_en", "source", "tag", "values") if not body.get(k)
        ]
        if missing:
            faults.append(f"{key}: {', '.join(missing)} ?")
            continue
        if body["tag"] not in TAGS:
            faults.append(f"{key}: tag {body['tag']} ?")
        values = []
        for code, value in body["values"].items():
            if not value.get("zh") or not value.get("en"):
                faults.append(f"{key}.{code}: zh/en ?")
                continue
            aliases = tuple(value.get("aliases", ()))
            values.append(EnumValue(code, value["zh"], value["en"], aliases))
        spellings = Counter(s for v in values for s in {v.code, v.zh, *v.aliases})
        faults += [f"{key}: {s} ×{n}" for s, n in spellings.items() if n > 1]
        lists[key] = EnumList(
            key, body["label_zh"], body["label_en"], body["source"], body["tag"], tuple(values)
        )
    return lists, faults


def _field_faults(
    key: str, body: Mapping[str, Any], enums: Mapping[str, EnumList]
) -> Iterator[str]:
    yield from (f"{key}: {k} ?" for k in _REQUIRED if k not in body)
    yield from (f"{key}: {k} ×" for k in body if k not in _REQUIRED + _OPTIONAL)
    yield from (
        f"{key}: {k} ?"
        for k in ("label_zh", "label_en", "meaning_zh", "meaning_en", "source")
        if k in body and not str(body[k]).strip()
    )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        yield f"{key}: key ?"
    for entity in (body.get("entity"), *body.get("also", ())):
        if entity not in ENTITIES:
            yield f"{key}: entity {entity} ?"
    for name, known in (("type", TYPES), ("tag", TAGS), ("unit", _UNITS)):
        if name in body and body[name] not in known:
            yield f"{key}: {name} {body[name]} ?"
    code10 = str(body.get("code10", "X"))
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,9}", code10):
        yield f"{key}: code10 {code10} ?"
    if (body.get("type") == "enum") != ("enum" in body):
        yield f"{key}: type/enum ?"
    if "enum" in body and body["enum"] not in enums:
        yield f"{key}: enum {body['enum']} ?"
    bounds = body.get("range", {})
    if set(bounds) - {"min", "max"} or bounds.get("min", 0) > bounds.get("max", float("inf")):
        yield f"{key}: range {bounds} ?"


def _shared_faults(fields: list[Field]) -> Iterator[str]:
    codes = Counter(f.code10.upper() for f in fields)
    yield from (f"code10 {c} ×{n}" for c, n in codes.items() if n > 1)
    for entity in ENTITIES:
        mine = [f for f in fields if entity == f.entity or entity in f.also]
        for what in ("label_zh", "label_en"):
            labels = Counter(getattr(f, what) for f in mine)
            yield from (f"{entity}: {what} {s} ×{n}" for s, n in labels.items() if n > 1)
        headings = Counter(
            h for f in mine for h in {normal_heading(a) for a in (*f.aliases, f.label_zh)}
        )
        yield from (f"{entity}: alias {h} ×{n}" for h, n in headings.items() if n > 1)


def parse_fields(
    raw: Mapping[str, Any], enums: Mapping[str, EnumList]
) -> tuple[dict[str, Field], list[str]]:
    """Return the fields of a parsed TOML document and every fault found in them."""
    faults: list[str] = []
    fields: list[Field] = []
    for key, body in raw.get("field", {}).items():
        own = list(_field_faults(key, body, enums))
        faults += own
        if own:
            continue
        bounds = body.get("range", {})
        fields.append(
            Field(
                key=key,
                **{k: body[k] for k in _REQUIRED},
                also=tuple(body.get("also", ())),
                aliases=tuple(body.get("aliases", ())),
                minimum=bounds.get("min"),
                maximum=bounds.get("max"),
                enum=body.get("enum"),
            )
        )
    faults += _shared_faults(fields)
    return {f.key: f for f in fields}, faults


def _complain(file: str, faults: list[str]) -> None:
    if faults:
        raise DictionaryFaultyError(file=file, count=len(faults), faults="; ".join(faults))


@cache
def _enums() -> Mapping[str, EnumList]:
    lists, faults = parse_enums(tomllib.loads(ENUMS_FILE.read_text("utf-8")))
    _complain(ENUMS_FILE.name, faults)
    return MappingProxyType(lists)


@cache
def _fields() -> Mapping[str, Field]:
    found, faults = parse_fields(tomllib.loads(FIELDS_FILE.read_text("utf-8")), _enums())
    _complain(FIELDS_FILE.name, faults)
    return MappingProxyType(found)


@cache
def fields(entity: str = "parcel") -> tuple[Field, ...]:
    """Return the fields of one entity in export order.

    Examples
    --------
    >>> [f.key for f in fields("parcel")][:2]
    ['parcel_id', 'parcel_name']
    >>> "stage" in {f.key for f in fields("desk")}
    True
    """
    own = [f for f in _fields().values() if f.entity == entity or entity in f.also]
    return tuple(sorted(own, key=lambda f: (f.entity != entity, f.export_order, f.key)))


def field(key: str) -> Field:
    """Return one field.

    Raises
    ------
    UnknownFieldError
        If the dictionary does not hold ``key``.
    """
    try:
        return _fields()[key]
    except KeyError:
        raise UnknownFieldError(key=key) from None


def unit_label(unit: str, lang: str = "zh") -> str:
    """Return a unit as it is printed, for instance ``亩`` for ``mu``."""
    return _UNITS[unit][0 if lang == "zh" else 1]


def label(key: str, lang: str = "zh", *, unit: str | None = None, with_unit: bool = True) -> str:
    """Return the heading of a field, with its unit in brackets.

    Parameters
    ----------
    key : str
        A key of the dictionary.
    lang : str
        ``"zh"`` or ``"en"``.
    unit : str, optional
        Unit in which the values are shown, where it differs from the stored one (``"mu"``).
    with_unit : bool
        Without it the bare name.

    Raises
    ------
    UnknownFieldError
        If the dictionary does not hold ``key``.

    Examples
    --------
    >>> label("registered_area_m2"), label("registered_area_m2", unit="mu")
    ('登记面积（m²）', '登记面积（亩）')
    >>> label("far", "en")
    'Plot ratio'
    """
    term = field(key)
    name = term.label_zh if lang == "zh" else term.label_en
    shown = unit_label(term.unit if unit is None else unit, lang) if with_unit else ""
    if not shown:
        return name
    return f"{name}（{shown}）" if lang == "zh" else f"{name} ({shown})"


def normal_heading(heading: str) -> str:
    """Return a heading without spaces, width variants, letter case and a unit in brackets.

    Examples
    --------
    >>> normal_heading(" 年计划拆除面积（亩） ")
    '年计划拆除面积'
    >>> normal_heading("szxz")
    'SZXZ'
    """
    plain = "".join(unicodedata.normalize("NFKC", str(heading)).split()).upper()
    return _UNIT_IN_BRACKETS.sub("", plain)


@cache
def headings(entity: str = "parcel") -> Mapping[str, str]:
    """Return normalised heading → key for one entity: keys, labels, aliases and codes.

    Examples
    --------
    >>> headings()[normal_heading("登记面积(亩)")], headings()[normal_heading("rjl")]
    ('registered_area_m2', 'far')
    """
    known: dict[str, str] = {}
    for spelling in ("aliases", "label_zh", "label_en", "code10", "key"):
        for term in fields(entity):
            found = getattr(term, spelling)
            for heading in found if isinstance(found, tuple) else (found,):
                known.setdefault(normal_heading(heading), term.key)
    return MappingProxyType(known)


def enum_list(enum: str) -> EnumList:
    """Return a closed list.

    Raises
    ------
    UnknownEnumError
        If there is no list of that name.
    """
    try:
        return _enums()[enum]
    except KeyError:
        raise UnknownEnumError(enum="enums.toml", code=enum, known="、".join(_enums())) from None


def enum_codes(enum: str) -> tuple[str, ...]:
    """Return the codes of a closed list in the order they are shown.

    Examples
    --------
    >>> enum_codes("evaluation_grade")
    ('A', 'B', 'C', 'D')
    """
    return tuple(v.code for v in enum_list(enum).values)


@cache
def enum_labels(enum: str, lang: str = "zh") -> Mapping[str, str]:
    """Return code → label of a closed list, in the order it is shown."""
    pairs = {v.code: v.zh if lang == "zh" else v.en for v in enum_list(enum).values}
    return MappingProxyType(pairs)


def enum_label(enum: str, code: str, lang: str = "zh") -> str:
    """Return the label of one code.

    Raises
    ------
    UnknownEnumError
        If the list or the code is unknown.

    Examples
    --------
    >>> enum_label("low_class", "approved_unsupplied")
    '批而未供'
    """
    try:
        return enum_labels(enum, lang)[code]
    except KeyError:
        known = enum_codes(enum)
        raise UnknownEnumError(enum=enum, code=code, known="、".join(known)) from None


@cache
def enum_spellings(enum: str) -> Mapping[str, str]:
    """Return every spelling (code, labels, aliases; normalised) → code of a closed list.

    Examples
    --------
    >>> enum_spellings("low_class")[normal_heading("批而未供")]
    'approved_unsupplied'
    """
    known: dict[str, str] = {}
    for value in enum_list(enum).values:
        for spelling in (value.code, value.zh, value.en, *value.aliases):
            known.setdefault(normal_heading(spelling), value.code)
    return MappingProxyType(known)


PARCEL_COLUMNS: tuple[str, ...] = tuple(f.key for f in fields("parcel"))
"""Columns of the parcel table in export order, ``parcel_id`` first, without the geometry."""
