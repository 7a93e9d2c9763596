"""The targets of the plan as a table: value, period, lead, quoted sentence, source, conflicts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from data.errors import DataError

FOLDER = Path(__file__).with_name("reference")
COLUMNS = (
    "id", "name_zh", "name_en", "value", "unit", "comparison", "period", "scope", "lead_bureau",
    "source", "quote",
)  # fmt: skip
COMPARISONS = (">=", ">", "=", "~", "fact")
GROUPS = ("LAND", "EFF", "CLU", "PLAT", "INV", "UPG", "ENT", "RND", "QUA", "MAC", "BASE")
"""Subjects, named by the letters before the number of a target, in the order of the board."""

_PERIOD = re.compile(
    r"(?P<every>annual |standing |to )?(?P<first>\d{4})(-(?P<last>\d{4}))?"
    r"(?P<sum> cumulative)?( \((?P<note>.+)\))?"
)


class TargetsFaultyError(DataError):
    """The table of targets or the list of their sources and conflicts contradicts itself."""

    zh = "目标清单 {file} 有 {count} 处错误：{faults}。请改正后重试。"
    en = "The list of targets {file} has {count} faults: {faults}. Mend them and retry."


@dataclass(frozen=True, slots=True)
class Period:
    """When a target is due.

    Attributes
    ----------
    kind : str
        ``annual`` (each of the years), ``year`` (in or by that year), ``cumulative`` (from the
        first to the last year), ``standing`` (at any time) or ``to`` (each year until the last).
    first, last : int
        Years, both counted.
    note : str
        What the source leaves open, empty where it is plain.
    """

    kind: str
    first: int
    last: int
    note: str = ""

    def window(self, year: int) -> tuple[date, date] | None:
        """Return the days whose actuals count, for the year looked at; None outside its years.

        Examples
        --------
        >>> read_period("annual 2023-2027").window(2026)
        (datetime.date(2026, 1, 1), datetime.date(2026, 12, 31))
        >>> read_period("2023-2027 cumulative").window(2026)
        (datetime.date(2023, 1, 1), datetime.date(2027, 12, 31))
        >>> read_period("annual 2023-2027").window(2028) is None
        True
        """
        if self.kind not in ("annual", "to"):
            return date(self.first, 1, 1), date(self.last, 12, 31)
        if self.kind == "annual" and year < self.first:
            return None
        return (date(year, 1, 1), date(year, 12, 31)) if year <= self.last else None


def read_period(text: str) -> Period:
    """Read the period of a target as the table writes it.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> read_period("2027 (原文未单列年份)")
    Period(kind='year', first=2027, last=2027, note='原文未单列年份')
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(text)
    kind = "cumulative" if found["sum"] else (found["every"] or "year").strip()
    return Period(
        kind, int(found["first"]), int(found["last"] or found["first"]), found["note"] or ""
    )


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the sources say against each other, and what to do until somebody settles it."""

    id: str
    targets: tuple[str, ...]
    zh: str
    en: str
    advice_zh: str
    advice_en: str

    def say(self, lang: str) -> str:
        """Return the conflict with its advice as one text."""
        return f"{self.zh}{self.advice_zh}" if lang == "zh" else f"{self.en} {self.advice_en}"


@dataclass(frozen=True, eq=False)
class Targets:
    """The whole list.

    Attributes
    ----------
    table : DataFrame
        By ``id``: the other ``COLUMNS`` (``value`` a number, NaN where its digits are lost),
        ``group`` and ``conflicts`` (tuple of their ids).
    periods : mapping of str to Period
        By id of the target.
    sources : mapping of str to mapping
        Title by key and language.
    conflicts : tuple of Conflict
    special : mapping of str to str
        Ids of targets by the part they play (``yearly_renewal``).
    """

    table: pd.DataFrame
    periods: Mapping[str, Period]
    sources: Mapping[str, Mapping[str, str]]
    conflicts: tuple[Conflict, ...]
    special: Mapping[str, str]

    def conflicts_of(self, target_id: str) -> tuple[Conflict, ...]:
        """Return the conflicts that touch a target."""
        return tuple(c for c in self.conflicts if target_id in c.targets)


@cache
def read_targets(folder: Path | None = None) -> Targets:
    """Read the list of targets with its sources and conflicts.

    Parameters
    ----------
    folder : Path, optional
        Of ``targets.csv`` and ``targets.toml``; the shipped ones by default.

    Raises
    ------
    TargetsFaultyError
        Lists every fault.

    Examples
    --------
    >>> found = read_targets()
    >>> len(found.table), float(found.table.loc["LAND-01", "value"])
    (107, 1800.0)
    >>> [c.id for c in found.conflicts_of("LAND-01")]
    ['C11', 'C14']
    """
    place = folder or FOLDER
    table = _read_table(place / "targets.csv")
    notes = _read_notes(place / "targets.toml", table)
    conflicts = tuple(
        Conflict(**{**body, "targets": tuple(body["targets"])}) for body in notes["conflict"]
    )
    touching = {name: tuple(c.id for c in conflicts if name in c.targets) for name in table.index}
    return Targets(
        table=table.assign(
            value=pd.to_numeric(table["value"]),
            group=table.index.str.split("-").str[0],
            conflicts=pd.Series(touching),
        ),
        periods=MappingProxyType(
            {str(name): read_period(text) for name, text in table["period"].items()}
        ),
        sources=MappingProxyType(notes["source"]),
        conflicts=conflicts,
        special=MappingProxyType(notes["special"]),
    )


def _read_table(file: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise TargetsFaultyError(file=file.name, count=1, faults=str(error)) from error
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise TargetsFaultyError(file=file.name, count=len(missing), faults="、".join(missing))
    checks: Mapping[str, Any] = {
        "id": table["id"].str.fullmatch(rf"({'|'.join(GROUPS)})-\d{{2}}")
        & ~table["id"].duplicated(),
        "value": pd.to_numeric(table["value"], errors="coerce").notna() | (table["value"] == ""),
        "comparison": table["comparison"].isin(COMPARISONS),
        "period": table["period"].str.fullmatch(_PERIOD.pattern),
        **{name: table[name] != "" for name in ("name_zh", "name_en", "unit", "quote", "source")},
    }
    faults = [
        f"{row + 2}: {name} {table[name][row]}"
        for name, sound in checks.items()
        for row in table.index[~sound]
    ]
    if faults:
        raise TargetsFaultyError(file=file.name, count=len(faults), faults="；".join(faults[:10]))
    return table[list(COLUMNS)].set_index("id")


def _read_notes(file: Path, table: pd.DataFrame) -> dict[str, Any]:
    try:
        notes = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetsFaultyError(file=file.name, count=1, faults=str(error)) from error
    told = ("id", "targets", "zh", "en", "advice_zh", "advice_en")
    faults = [f"source {name} ?" for name in set(table["source"]) - set(notes.get("source", {}))]
    faults += [
        f"special {name} ?" for name in notes.get("special", {}).values() if name not in table.index
    ]
    for body in notes.get("conflict", []):
        faults += [f"{body.get('id')}: {name} ×" for name in body if name not in told]
        faults += [f"{body.get('id')}: {name} ?" for name in told if not body.get(name)]
        faults += [
            f"{body.get('id')}: {t} ?" for t in body.get("targets", []) if t not in table.index
        ]
    if faults:
        raise TargetsFaultyError(
            file=file.name, count=len(faults), faults="；".join(sorted(faults))
        )
    return {"source": {}, "special": {}, "conflict": [], **notes}
