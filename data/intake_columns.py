"""Which column of a file is which field, and in what unit."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from data.errors import DataError
from data.intake_issues import IssueLog
from data.schema import Field, field, fields, headings, normal_heading
from gis.area import M2_PER_MU
from gis.errors import Words

COMPUTED = frozenset({"geometry_area_m2", "absent_since", "event_id", "recorded_at"})
"""Fields that are made here and never taken from a file."""

RULES_FILE = Path(__file__).with_name("intake.toml")
_UNIT = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]$")
_FACTORS: Mapping[str, Mapping[str, float]] = {
    "m2": {
        "m2": 1.0,
        "m²": 1.0,
        "平方米": 1.0,
        "平米": 1.0,
        "亩": M2_PER_MU,
        "mu": M2_PER_MU,
        "公顷": 10_000.0,
        "ha": 10_000.0,
        "hm2": 10_000.0,
        "万m2": 10_000.0,
        "万平方米": 10_000.0,
        "万方": 10_000.0,
        "万亩": 10_000.0 * M2_PER_MU,
        "km2": 1_000_000.0,
        "平方公里": 1_000_000.0,
        "平方千米": 1_000_000.0,
    },
    "wan": {
        "万元": 1.0,
        "万": 1.0,
        "元": 1e-4,
        "千元": 0.1,
        "百万元": 100.0,
        "亿元": 10_000.0,
        "亿": 10_000.0,
        "10kyuan": 1.0,
    },
    "wan_per_mu": {
        "万元/亩": 1.0,
        "元/亩": 1e-4,
        "10kyuan/mu": 1.0,
        "万元/公顷": 1 / 15,
        "元/m2": M2_PER_MU * 1e-4,
        "元/平方米": M2_PER_MU * 1e-4,
    },
    "mu": {
        "亩": 1.0,
        "mu": 1.0,
        "m2": 1 / M2_PER_MU,
        "平方米": 1 / M2_PER_MU,
        "公顷": 15.0,
        "ha": 15.0,
    },
    "pct": {"%": 1.0},
    "wan_per_person": {"万元/人": 1.0, "元/人": 1e-4, "10kyuanperperson": 1.0},
    "kva": {"kva": 1.0, "千伏安": 1.0, "mva": 1000.0, "兆伏安": 1000.0},
    "t_per_day": {"吨/日": 1.0, "吨/天": 1.0, "t/d": 1.0, "tperday": 1.0, "m3/d": 1.0},
    "db": {"db": 1.0, "db(a)": 1.0, "分贝": 1.0},
    "kn_per_m2": {"kn/m2": 1.0, "kn/m²": 1.0, "kpa": 1.0},
    "tce": {"吨标煤": 1.0, "吨标准煤": 1.0, "tce": 1.0, "万吨标煤": 10_000.0},
    "t": {"吨": 1.0, "t": 1.0},
    "wan_kwh": {"万千瓦时": 1.0, "万度": 1.0, "千瓦时": 1e-4, "kwh": 1e-4, "度": 1e-4},
    "person": {"人": 1.0, "persons": 1.0},
    "m": {"m": 1.0, "米": 1.0},
    "year": {"年": 1.0},
    "day": {"天": 1.0},
}


class ColumnMappingError(DataError):
    """A mapping that names fields which do not exist."""

    zh = "列对应表里的字段不存在：{fields}。请使用数据字典（data/fields.toml）中的字段名。"
    en = "The mapping names unknown fields: {fields}. Use the keys of data/fields.toml."


class KeyColumnMissingError(DataError):
    """The column without which no row can be placed."""

    zh = (
        "文件 {file} 里找不到“{label}”列（现有列：{columns}）："
        "请把相应的列标题改为“{label}”（或字段字典中的其他叫法）后再试。"
    )
    en = (
        "File {file} has no column “{label}” (it has: {columns}): "
        "give the right column that heading, or another of the data dictionary."
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that is a field, and what its numbers are multiplied by.

    ``spare`` are other columns of the same field: not read, only compared.
    """

    source: str
    field: Field
    factor: float = 1.0
    spare: tuple[Column, ...] = ()


def unit_in(heading: str) -> str | None:
    """Return the unit that a heading names in brackets at its end, None if there is none.

    Examples
    --------
    >>> unit_in("已完成拆后新开工面积（万㎡）"), unit_in("宗地编号")
    ('万m2', None)
    """
    plain = "".join(unicodedata.normalize("NFKC", heading).split()).lower()
    found = _UNIT.search(plain)
    return found.group(1) or None if found else None


def unit_factor(unit: str, stored: str) -> float | None:
    """Return what a value in ``unit`` is multiplied by to be in the stored unit; None: unknown.

    Examples
    --------
    >>> round(unit_factor("亩", "m2"), 4), unit_factor("斤", "m2")
    (666.6667, None)
    """
    return _FACTORS.get(stored, {}).get(unit)


def field_key(heading: str, entity: str) -> str | None:
    """Return the field that a heading means: by key, code, label or alias; None if unknown.

    Examples
    --------
    >>> field_key("登记面积（亩）", "parcel"), field_key("天气", "parcel")
    ('registered_area_m2', None)
    """
    known = headings(entity)
    plain = normal_heading(heading)
    if plain in known:
        return known[plain]
    return known.get(_UNIT.sub("", plain))


@cache
def not_kept() -> Mapping[str, tuple[str, str]]:
    """Return headings that are understood but not taken in: why, in Chinese and English."""
    told = tomllib.loads(RULES_FILE.read_text("utf-8"))["not_kept"]
    return {normal_heading(heading): (why[0], why[1]) for heading, why in told.items()}


def knows(entity: str, mapping: Mapping[str, str] | None) -> Callable[[str], bool]:
    """Return the test for known headings that finds the header row of a table."""
    given = {normal_heading(name) for name in mapping or {}}
    return lambda text: normal_heading(text) in given or field_key(text, entity) is not None


def map_columns(
    names: Sequence[str], entity: str, *, mapping: Mapping[str, str] | None, log: IssueLog
) -> list[Column]:
    """Tell which columns are which fields; what is left out becomes an issue.

    Parameters
    ----------
    names : sequence of str
        Headings of the file.
    entity : str
        As in the field dictionary.
    mapping : mapping, optional
        Heading → field key, before all else; an empty key leaves the column out.
    log : IssueLog
        Takes unknown and repeated headings and unknown units.

    Raises
    ------
    ColumnMappingError
        If ``mapping`` names a field that the entity does not have.
    """
    given = {normal_heading(name): key for name, key in (mapping or {}).items()}
    check_mapping(given, entity)
    found: list[Column] = []
    taken: set[str] = set()
    for name in sorted(names, key=lambda name: _rank(name, entity, given)):
        plain = normal_heading(name)
        key = given[plain] if plain in given else field_key(_unnumbered(name, names), entity)
        if plain in given and not key:
            continue
        if key is None and plain in not_kept():
            log.add("column_not_kept", [pd.NA], values=[name], detail=[Words(*not_kept()[plain])])
        elif key is None:
            log.add("column_unknown", [pd.NA], values=[name])
        elif key in COMPUTED:
            continue
        elif key in taken:
            log.add("column_repeated", [pd.NA], values=[name], field_key=key)
            at = next(i for i, column in enumerate(found) if column.field.key == key)
            chosen = normal_heading(found[at].source) in given
            if not chosen and (spare := _with_unit(name, field(key), log)) is not None:
                found[at] = replace(found[at], spare=(*found[at].spare, spare))
        elif (column := _with_unit(name, field(key), log)) is not None:
            found.append(column)
            taken.add(key)
    order = {key: at for at, key in enumerate(term.key for term in fields(entity))}
    return sorted(found, key=lambda column: order[column.field.key])


def _unnumbered(name: str, names: Sequence[str]) -> str:
    """Return the heading itself of one that the reader numbered because it stands twice."""
    plain, mark, number = name.rpartition("_")
    return plain if mark and number.isdigit() and plain in names else name


def check_mapping(given: Mapping[str, str], entity: str) -> None:
    """Refuse fields that an entity does not have.

    Raises
    ------
    ColumnMappingError
        Naming them.
    """
    known = {term.key for term in fields(entity)}
    unknown = sorted({key for key in given.values() if key and key not in known})
    if unknown:
        raise ColumnMappingError(fields="、".join(unknown))


def _rank(name: str, entity: str, given: Mapping[str, str]) -> int:
    """Order headings: mapped ones first, then keys and labels, then aliases."""
    if normal_heading(name) in given:
        return 0
    key = field_key(name, entity)
    if key is None:
        return 3
    return 1 if name.strip() in (key, field(key).label_zh) else 2


def _with_unit(name: str, term: Field, log: IssueLog) -> Column | None:
    unit = unit_in(name)
    if unit is None or term.type not in ("float", "int"):
        return Column(name, term)
    factor = unit_factor(unit, term.unit)
    if factor is None and term.unit:
        log.add("unit_unknown", [pd.NA], values=[name], field_key=term.key)
        return None
    return Column(name, term, 1.0 if factor is None else factor)
