"""Every fault of a ruleset of screening, found before any of it is used."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from data import schema
from data.screening_shapes import list_faults, rule_shape_faults, term_shape_faults
from data.screening_units import kind_of, unit_of

OPS: Mapping[str, frozenset[str]] = {
    "float": frozenset({"lt", "le", "gt", "ge", "eq", "ne"}),
    "date": frozenset({"lt", "le", "gt", "ge"}),
    "bool": frozenset({"eq", "ne"}),
    "enum": frozenset({"eq", "ne", "in", "not_in"}),
    "text": frozenset({"eq", "ne", "in", "not_in"}),
}
SILENT = frozenset({"recorded", "unrecorded"})
FLAGS = ("suspected_idle", "high_consumption")
CLOCK_UNITS = ("year", "month", "day")
SPECIAL = frozenset({"value", "threshold", "as_of", "deadline"})
_NEEDED = (
    "priority", "clause", "source", "tag", "valid_from", "sentence_zh", "sentence_en",
)  # fmt: skip
_KNOWN = frozenset(
    {
        *_NEEDED,
        "class",
        "flag",
        "when",
        "test",
        "clock",
        "valid_to",
        "note_zh",
        "note_en",
        "example",
    }
)
_TEST_KEYS = frozenset({"field", "op", "value", "other", "unit"})
_TERM_KINDS = ("first", "ratio", "elapsed")


def faults_of(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every fault of a parsed ruleset: where it is, and what is found there.

    Examples
    --------
    >>> list(faults_of({"screening": {"rule": {}}}))
    ['screening.rule: no rule']
    """
    body = raw.get("screening")
    if not isinstance(body, dict):
        yield "[screening] ?"
        return
    yield from (f"{key}: unknown table" for key in raw if key != "screening")
    yield from (
        f"screening.{k}: unknown key" for k in body if k not in ("happened", "term", "rule")
    )
    rules, terms = body.get("rule"), body.get("term", {})
    if not isinstance(rules, dict) or not rules or not isinstance(terms, dict):
        yield "screening.rule: no rule"
        return
    flat = [f"{k} ?" for part in (rules, terms) for k, g in part.items() if not isinstance(g, dict)]
    if flat:
        yield from flat
        return
    yield from _happened_faults(body.get("happened", []))
    odd = {k: list(term_shape_faults(f"term.{k}", g)) for k, g in terms.items()}
    odd_rules = {k: list(rule_shape_faults(f"rule.{k}", g)) for k, g in rules.items()}
    yield from (fault for faults in (*odd.values(), *odd_rules.values()) for fault in faults)
    terms = {key: {} if odd[key] else given for key, given in terms.items()}
    rules = {key: {} if odd_rules[key] else given for key, given in rules.items()}
    rings = list(_cycles(_graph(rules, terms)))
    yield from rings
    bad = {k: odd[k] or list(_term_faults(k, g, terms, rings)) for k, g in terms.items()}
    yield from (fault for key, faults in bad.items() if not odd[key] for fault in faults)
    usable = {} if rings else {key: given for key, given in terms.items() if not bad[key]}
    for key, given in rules.items():
        if not odd_rules[key]:
            yield from _rule_faults(key, given, rules, usable, names=frozenset(terms))
    yield from _priority_faults(rules)


def _happened_faults(given: Any) -> Iterator[str]:
    odd = list(list_faults("happened", given))
    yield from odd
    keys = [] if odd else given
    yield from (f"happened: {key} is no date field" for key in keys if kind_of(key) != "date")


def _term_faults(
    key: str, given: Mapping[str, Any], terms: Mapping[str, Any], rings: list[str]
) -> Iterator[str]:
    where = f"term.{key}"
    if key in schema.PARCEL_COLUMNS or key in SPECIAL:
        yield f"{where}: the name is taken"
    yield from (f"{where}: {k} missing" for k in ("label_zh", "label_en") if not given.get(k))
    kinds = [kind for kind in _TERM_KINDS if kind in given]
    if len(kinds) != 1:
        yield f"{where}: exactly one of {', '.join(_TERM_KINDS)}"
        return
    names = _parts(given)
    unknown = [n for n in names if n not in terms and kind_of(n) is None]
    yield from (f"{where}: unknown field {name}" for name in unknown)
    if unknown or rings or not names:
        return
    found = [kind_of(name, terms) for name in names]
    if kinds[0] == "elapsed" and found != ["date"]:
        yield f"{where}: {names[0]} is no date"
    if kinds[0] == "first" and len(set(found)) > 1:
        yield f"{where}: fields of different kinds"
    if kinds[0] == "ratio" and (len(names) != 2 or found != ["float", "float"]):
        yield f"{where}: a ratio takes two numbers"
    elif kinds[0] != "elapsed":
        units = [unit_of(name, terms) for name in names]
        if kinds[0] == "first" and len(set(units)) > 1:
            yield f"{where}: fields of different units ({', '.join(units)})"
        if kinds[0] == "ratio" and unit_of(key, {**terms, key: given}) == "?":
            yield f"{where}: no unit for {units[0]} over {units[1]}"


def _parts(given: Mapping[str, Any]) -> list[str]:
    for kind in _TERM_KINDS:
        if kind in given:
            found = given[kind]
            return [found] if isinstance(found, str) else [str(name) for name in found]
    return []


def _rule_faults(
    key: str,
    given: Mapping[str, Any],
    rules: Mapping[str, Any],
    terms: Mapping[str, Any],
    *,
    names: frozenset[str],
) -> Iterator[str]:
    where = f"rule.{key}"
    yield from (f"{where}: {k} missing" for k in _NEEDED if given.get(k) in (None, ""))
    yield from (f"{where}: {k} unknown key" for k in given if k not in _KNOWN)
    if ("class" in given) == ("flag" in given):
        yield f"{where}: either class or flag"
    classes = set(schema.enum_codes("low_class")) - {"insufficient", "not_low"}
    if "class" in given and given["class"] not in classes:
        yield f"{where}: class {given['class']} ?"
    if "flag" in given and given["flag"] not in FLAGS:
        yield f"{where}: flag {given['flag']} ?"
    if given.get("tag") and given["tag"] not in schema.TAGS:
        yield f"{where}: tag {given['tag']} ?"
    for name in ("valid_from", "valid_to"):
        if name in given and type(given[name]) is not date:
            yield f"{where}: {name} {given[name]} is no date"
    if "priority" in given and type(given["priority"]) is not int:
        yield f"{where}: priority {given['priority']} is no whole number"
    if "test" not in given and "clock" not in given:
        yield f"{where}: neither test nor clock"
    if "when" in given:
        yield from _condition_faults(f"{where}.when", given["when"], rules, terms, names)
    if "test" in given:
        yield from _test_faults(f"{where}.test", given["test"], terms, names)
    if "clock" in given:
        yield from _clock_faults(f"{where}.clock", given["clock"], terms, names)
    for name in ("sentence_zh", "sentence_en"):
        yield from _sentence_faults(f"{where}.{name}", str(given.get(name, "")), given, names)


def _condition_faults(
    where: str,
    given: Any,
    rules: Mapping[str, Any],
    terms: Mapping[str, Any],
    names: frozenset[str],
) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{where}: a table is needed"
        return
    joints = [kind for kind in ("all", "any", "not", "rule") if kind in given]
    if not joints:
        yield from _test_faults(where, given, terms, names)
        return
    if len(given) > 1:
        yield f"{where}: {', '.join(given)} do not go together"
    if joints[0] == "rule":
        if given["rule"] not in rules:
            yield f"{where}: unknown rule {given['rule']}"
        return
    inner = [given["not"]] if joints[0] == "not" else given[joints[0]]
    if not isinstance(inner, list) or not inner:
        yield f"{where}.{joints[0]}: a list is needed"
        return
    for at, part in enumerate(inner, start=1):
        yield from _condition_faults(f"{where}.{joints[0]}[{at}]", part, rules, terms, names)


def _test_faults(
    where: str, given: Any, terms: Mapping[str, Any], names: frozenset[str]
) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{where}: a table is needed"
        return
    yield from (f"{where}: {k} unknown key" for k in given if k not in _TEST_KEYS)
    name, op = given.get("field"), given.get("op")
    if name in names and name not in terms:
        return  # the term itself is faulty and told
    kind = kind_of(str(name), terms)
    if kind is None:
        yield f"{where}: unknown field {name}"
        return
    if op in SILENT:
        if set(given) - {"field", "op"}:
            yield f"{where}: {op} takes no value"
        return
    if op not in OPS[kind]:
        yield f"{where}: operator {op} does not fit {name}"
    if "value" in given and "other" in given:
        yield f"{where}: either value or other"
    if "other" in given:
        yield from _other_faults(where, given, kind, terms, names)
    else:
        yield from _value_faults(where, given, kind)
    if kind == "float":
        yield from _unit_faults(where, given, unit_of(str(name), terms))


def _other_faults(
    where: str,
    given: Mapping[str, Any],
    kind: str,
    terms: Mapping[str, Any],
    names: frozenset[str],
) -> Iterator[str]:
    other = str(given["other"])
    if other in names and other not in terms:
        return
    found = kind_of(other, terms)
    if found is None:
        yield f"{where}: unknown field {other}"
    elif found != kind or unit_of(other, terms) != unit_of(str(given["field"]), terms):
        yield f"{where}: {other} is of another kind or unit than {given['field']}"


def _value_faults(where: str, given: Mapping[str, Any], kind: str) -> Iterator[str]:
    value, op = given.get("value"), given.get("op")
    if kind == "float":
        if value is not None and not _is_number(value):
            yield f"{where}: value {value} is no number"
        most = {"pct": 100, "share": 1}.get(str(given.get("unit")))
        if most and _is_number(value) and not 0 <= Fraction(str(value)) <= most:
            yield f"{where}: value {value} lies outside 0–{most} {given['unit']}"
        return
    if kind == "date":
        yield f"{where}: dates are compared with other, or by a term of elapsed days"
        return
    if kind == "bool":
        if not isinstance(value, bool):
            yield f"{where}: value {value} is neither true nor false"
        return
    many = op in ("in", "not_in")
    if isinstance(value, list) != many or value in (None, []):
        yield f"{where}: value {value} does not fit {op}"
        return
    if kind == "enum":
        codes = schema.enum_codes(str(schema.field(str(given["field"])).enum))
        wrong = [v for v in (value if many else [value]) if v not in codes]
        yield from (f"{where}: code {code} ?" for code in wrong)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            Fraction(value)
        except (ValueError, ZeroDivisionError):
            return False
        return "/" in value
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _unit_faults(where: str, given: Mapping[str, Any], unit: str) -> Iterator[str]:
    allowed = {"m2": {"m2", "mu"}, "share": {"share", "pct"}}.get(unit, {unit})
    found = given.get("unit")
    if not found:
        yield f"{where}: unit missing ({' / '.join(sorted(allowed))})"
    elif found not in allowed:
        yield f"{where}: unit {found}, {given['field']} is in {' / '.join(sorted(allowed))}"


def _clock_faults(
    where: str, given: Any, terms: Mapping[str, Any], names: frozenset[str]
) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{where}: a table is needed"
        return
    yield from (f"{where}: {k} unknown key" for k in given if k not in ("field", "value", "unit"))
    name = str(given.get("field"))
    if not (name in names and name not in terms):
        kind = kind_of(name, terms)
        if kind is None:
            yield f"{where}: unknown field {name}"
        elif kind != "date":
            yield f"{where}: {name} is no date"
    if given.get("unit") not in CLOCK_UNITS:
        yield f"{where}: unit {given.get('unit')}, a clock counts {' / '.join(CLOCK_UNITS)}"
    value = given.get("value", 1)
    if type(value) is not int or not 0 <= value <= 36_500:
        yield f"{where}: value {value} is no whole number of {given.get('unit')}"


def _sentence_faults(
    where: str, text: str, given: Mapping[str, Any], names: frozenset[str]
) -> Iterator[str]:
    known = {*schema.PARCEL_COLUMNS, *names, *SPECIAL}
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        yield f"{where}: {error}"
        return
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in known or form or conversion:
            yield f"{where}: placeholder {name} {form or ''}{conversion or ''} ?"
        elif name == "deadline" and "clock" not in given:
            yield f"{where}: {{deadline}} without a clock"


def _priority_faults(rules: Mapping[str, Any]) -> Iterator[str]:
    taken: dict[Any, str] = {}
    for key, given in rules.items():
        place = given.get("priority")
        if place is not None and place in taken:
            yield f"rule.{key}: priority {place} is that of {taken[place]}"
        taken.setdefault(place, key)


def _graph(rules: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, list[str]]:
    graph = {f"term.{k}": [f"term.{p}" for p in _parts(g) if p in terms] for k, g in terms.items()}
    for key, given in rules.items():
        graph[f"rule.{key}"] = [f"rule.{name}" for name in _references(given.get("when"))]
    return graph


def _references(given: Any) -> Iterator[str]:
    if isinstance(given, dict):
        if "rule" in given:
            yield str(given["rule"])
        for part in given.values():
            yield from _references(part)
    elif isinstance(given, list):
        for part in given:
            yield from _references(part)


def _cycles(graph: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield each node from which a way leads back to itself, with that way, once per ring."""
    told: set[str] = set()
    for start in graph:
        way = _way_back(graph, start)
        if way and not told & set(way):
            told |= set(way)
            yield f"cycle: {' → '.join([*way, way[0]])}"


def _way_back(graph: Mapping[str, list[str]], start: str) -> list[str]:
    stack, seen = [[start]], set[str]()
    while stack:
        way = stack.pop()
        for following in graph.get(way[-1], ()):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                stack.append([*way, following])
    return []
