"""Rules of screening as data: what makes a parcel low-efficiency, by which clause.

A ruleset is one TOML file (``data/rulesets/screening.toml`` is the shipped one). It is checked
whole before any of it is used; `data.screening_faults` holds the checks.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import schema
from data.errors import RulesFaultyError
from data.screening_faults import faults_of
from data.screening_units import kind_of, unit_of
from gis.area import M2_PER_MU

SHIPPED = Path(__file__).with_name("rulesets") / "screening.toml"
INSUFFICIENT, NOT_LOW = "insufficient", "not_low"

Scalar = str | bool | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A quantity derived from fields: the first that is known, a ratio, or days since a date.

    Attributes
    ----------
    kind : str
        ``first``, ``ratio`` or ``elapsed``.
    fields : tuple of str
        Keys of the dictionary or of other terms.
    unit : str
        Unit of the result: that of the fields, ``share``, ``wan_per_mu``, ``day`` …
    """

    key: str
    kind: str
    fields: tuple[str, ...]
    unit: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. ``value`` is in the unit of ``field`` as it is stored; None is not set."""

    field: str
    op: str
    value: Scalar | None = None
    other: str | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined: ``all`` must hold, ``any`` one, ``not`` none (of one)."""

    kind: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class RuleHolds:
    """That another rule holds."""

    rule: str


Condition = Comparison | Group | RuleHolds


@dataclass(frozen=True, slots=True)
class Clock:
    """Time that must have passed since a date: ``value`` full years, months or days."""

    field: str
    value: int
    unit: str


@dataclass(frozen=True)
class ScreeningRule:
    """One rule: it gives a class (``low_class``) or a flag, never both.

    Attributes
    ----------
    when, test, clock : optional
        Guards; value against threshold; time passed. The rule holds when all of them hold.
    example : bool
        True for figures that are no more than an example (示例).
    unset : bool
        True where a threshold has no value: the rule is not in force.
    """

    id: str
    low_class: str | None
    flag: str | None
    priority: int
    when: Condition | None
    test: Comparison | None
    clock: Clock | None
    clause: str
    source: str
    tag: str
    valid_from: date
    valid_to: date | None
    sentence_zh: str
    sentence_en: str
    note_zh: str
    note_en: str
    example: bool
    unset: bool

    def in_force(self, day: date) -> bool:
        """Tell whether the rule applies on a day: thresholds set, and within its dates."""
        after = self.valid_to is not None and day > self.valid_to
        return not self.unset and self.valid_from <= day and not after


@dataclass(frozen=True)
class ScreeningRules:
    """A whole ruleset; ``id`` is a short hash of its content, ``text`` the file as read."""

    id: str
    rules: tuple[ScreeningRule, ...]
    terms: Mapping[str, Term]
    happened: tuple[str, ...]
    text: str

    def rule(self, key: str) -> ScreeningRule:
        """Return one rule by its id."""
        return next(rule for rule in self.rules if rule.id == key)

    def in_force(self, day: date) -> tuple[ScreeningRule, ...]:
        """Return the rules that apply on a day, in the order of their priority.

        Examples
        --------
        >>> load_screening_rules().in_force(date(2015, 1, 1))[0].clause
        '《闲置土地处置办法》第二条第一款'
        """
        return tuple(rule for rule in self.rules if rule.in_force(day))

    def inactive(self, day: date) -> tuple[ScreeningRule, ...]:
        """Return the rules that do not apply on a day: no threshold yet, or other dates.

        Examples
        --------
        >>> [rule.id for rule in load_screening_rules().inactive(date(2026, 1, 1))]
        ['underused_area', 'high_consumption_energy']
        """
        return tuple(rule for rule in self.rules if not rule.in_force(day))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Fields of the dictionary that any rule asks for, in the order of the dictionary."""
        asked = {name for rule in self.rules for name in names_of(rule)}
        found: set[str] = set()
        while asked:
            name = asked.pop()
            term = self.terms.get(name)
            if term is None:
                found.add(name)
            else:
                asked |= set(term.fields)
        return tuple(key for key in schema.PARCEL_COLUMNS if key in found)

    def label(self, key: str, lang: str = "zh") -> str:
        """Return the name of a field or term, without its unit."""
        term = self.terms.get(key)
        if term is None:
            return schema.label(key, lang, with_unit=False)
        return term.label_zh if lang == "zh" else term.label_en


def comparisons_in(condition: Condition | None) -> Iterator[Comparison]:
    """Yield every comparison of a condition, in the order of writing."""
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Group):
        for part in condition.parts:
            yield from comparisons_in(part)


def references_in(condition: Condition | None) -> Iterator[str]:
    """Yield the id of every rule that a condition refers to."""
    if isinstance(condition, RuleHolds):
        yield condition.rule
    elif isinstance(condition, Group):
        for part in condition.parts:
            yield from references_in(part)


def names_of(rule: ScreeningRule) -> Iterator[str]:
    """Yield the fields and terms that the verdict of a rule depends on."""
    for test in (*comparisons_in(rule.when), *comparisons_in(rule.test)):
        yield test.field
        if test.other is not None:
            yield test.other
    if rule.clock is not None:
        yield rule.clock.field


def load_screening_rules(path: Path | None = None) -> ScreeningRules:
    """Read a ruleset of screening; the shipped one by default.

    Raises
    ------
    RulesFaultyError
        If anything in it is wrong (unknown field, wrong unit, missing source, a cycle, …); lists
        all faults at once, each with its place.

    Examples
    --------
    >>> rules = load_screening_rules()
    >>> rules.rule("idle_not_started").clock
    Clock(field='due_start_on', value=1, unit='year')
    """
    file = path or SHIPPED
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    return parse_screening_rules(text, name=file.name)


def parse_screening_rules(text: str, *, name: str = "screening.toml") -> ScreeningRules:
    """Return the ruleset of a TOML text; ``name`` stands in the refusal.

    Raises
    ------
    RulesFaultyError
        As `load_screening_rules`.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesFaultyError(count=1, faults=f"{name}: {error}") from error
    faults = list(faults_of(raw))
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    body = raw["screening"]
    units = {key: unit_of(key, body.get("term", {})) for key in body.get("term", {})}
    terms = {key: _term(key, given, units[key]) for key, given in body.get("term", {}).items()}
    rules = [_rule(key, given) for key, given in body["rule"].items()]
    plain = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return ScreeningRules(
        id=hashlib.sha256(plain.encode()).hexdigest()[:10],
        rules=tuple(sorted(rules, key=lambda rule: (rule.priority, rule.id))),
        terms=MappingProxyType(terms),
        happened=tuple(body.get("happened", ())),
        text=text,
    )


def _term(key: str, given: Mapping[str, Any], unit: str) -> Term:
    kind = next(name for name in ("first", "ratio", "elapsed") if name in given)
    fields = given[kind]
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    return Term(key, kind, names, unit, given["label_zh"], given["label_en"])


def _stored(value: Any, unit: str) -> Scalar | None:
    """Bring a threshold to the unit in which the field is stored."""
    if isinstance(value, list):
        return tuple(value)
    if value is None or isinstance(value, bool):
        return value
    if unit == "" or (isinstance(value, str) and "/" not in value):
        return value if isinstance(value, str) else float(value)
    number = Fraction(value) if isinstance(value, str) else value
    if unit == "mu":
        return float(number) * M2_PER_MU
    return float(number / 100) if unit == "pct_of" else float(number)


def _condition(given: Mapping[str, Any]) -> Condition:
    for kind in ("all", "any"):
        if kind in given:
            return Group(kind, tuple(_condition(part) for part in given[kind]))
    if "not" in given:
        return Group("not", (_condition(given["not"]),))
    if "rule" in given:
        return RuleHolds(given["rule"])
    return _comparison(given)


def _comparison(given: Mapping[str, Any]) -> Comparison:
    unit = given.get("unit", "")
    of_share = unit == "pct" and kind_of(given["field"]) != "float"
    value = _stored(given.get("value"), "pct_of" if of_share else unit)
    shown = {"mu": "m2", "pct": "share" if of_share else "pct"}.get(unit, unit)
    return Comparison(given["field"], given["op"], value, given.get("other"), shown)


def _rule(key: str, given: Mapping[str, Any]) -> ScreeningRule:
    clock = given.get("clock")
    when = _condition(given["when"]) if "when" in given else None
    test = _comparison(given["test"]) if "test" in given else None
    silent = ("recorded", "unrecorded")
    unset = any(
        t.op not in silent and t.value is None and t.other is None
        for t in (*comparisons_in(when), *comparisons_in(test))
    )
    return ScreeningRule(
        id=key,
        low_class=given.get("class"),
        flag=given.get("flag"),
        priority=given["priority"],
        when=when,
        test=test,
        clock=Clock(clock["field"], clock.get("value", 0), clock["unit"]) if clock else None,
        **{name: given[name] for name in ("clause", "source", "tag", "valid_from")},
        valid_to=given.get("valid_to"),
        sentence_zh=given["sentence_zh"],
        sentence_en=given["sentence_en"],
        note_zh=given.get("note_zh", ""),
        note_en=given.get("note_en", ""),
        example=given.get("example", False),
        unset=unset or (clock is not None and "value" not in clock),
    )
