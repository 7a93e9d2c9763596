"""Vetoes of siting as data: layer, clause, source, threshold and way out of each."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data import layers, schema
from data.errors import RulesFaultyError

SHIPPED = Path(__file__).with_name("rulesets") / "siting_vetoes.toml"
KINDS = ("overlap", "outside", "near", "limit", "use", "short", "reserved")
OUTCOMES = ("veto", "condition")
OWN = "site"
"""Stands for a layer where a veto asks the site itself."""

WHERE_OPS = ("le", "gt", "open")
_UNITS = {"overlap": "m2", "outside": "m2", "near": "m", "use": "word", "reserved": "word"}
_TEXTS = ("label_zh", "label_en", "clause_zh", "clause_en", "source", "tag")
_SITE_NUMBERS = {"slope_pct": "pct", "inner_m": "m", "area_m2": "m2", "rectangle_short_m": "m"}


@dataclass(frozen=True, slots=True)
class Where:
    """Which features of a layer count: by a date that has not come, or a number.

    ``op`` is ``le``, ``gt`` (against ``value``), or ``open``: the date is empty or to come.
    """

    field: str
    op: str
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Veto:
    """One veto.

    Attributes
    ----------
    key, kind, layer : str
        Name, how it is checked, what it asks.
    value : float
        Threshold in ``unit``; NaN where the project brings it.
    outcome : str
        ``veto`` or ``condition``.
    where : Where or None
        Which features count; None for all.
    valid : bool
        Whether only features in force on the day count.
    applies_to : str
        Yes-or-no field of the projects that it is about; empty for all.
    industries : tuple of str
        Beginnings of the industry codes that say yes where that field is empty.
    asked_of : tuple of str
        Hazard classes of which the project's own distance is asked.
    eased_by : str
        Yes-or-no field of the project that makes a condition of the veto; empty for none.
    unless : str
        Another veto that speaks for this one where it holds.
    stock : str
        What a site has of the project's ``field``, for the kind ``short``.
    """

    key: str
    kind: str
    layer: str
    value: float
    unit: str
    outcome: str
    label: tuple[str, str]
    clause: tuple[str, str]
    condition: tuple[str, str]
    source: str
    tag: str
    valid_from: date
    field: str = ""
    op: str = ""
    words: tuple[str, ...] = ()
    where: Where | None = None
    valid: bool = False
    applies_to: str = ""
    industries: tuple[str, ...] = ()
    asked_of: tuple[str, ...] = ()
    eased_by: str = ""
    unless: str = ""
    stock: str = ""


@dataclass(frozen=True, slots=True)
class SitingRules:
    """All vetoes in their order, with a short hash that names exactly this content.

    ``not_asked`` says in Chinese and English what no veto is about, and has to be asked elsewhere.
    """

    id: str
    vetoes: tuple[Veto, ...]
    not_asked: tuple[str, str] = ("", "")

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of the register that the vetoes ask, once each.

        Examples
        --------
        >>> load_siting_rules().layers[:3]
        ('farmland', 'redline', 'growth_boundary')
        """
        return tuple(dict.fromkeys(veto.layer for veto in self.vetoes if veto.layer != OWN))

    def veto(self, key: str) -> Veto:
        """Return a veto by its name."""
        return next(veto for veto in self.vetoes if veto.key == key)

    def on(self, day: date) -> tuple[Veto, ...]:
        """Return the vetoes that hold on a day."""
        return tuple(veto for veto in self.vetoes if veto.valid_from <= day)


def load_siting_rules(path: Path | None = None) -> SitingRules:
    """Read the vetoes.

    Raises
    ------
    RulesFaultyError
        With all faults at once: an unknown kind, layer, field or outcome, a threshold that is no
        number or has another unit than its kind, a veto without labels, clause, source, tag or
        date, a condition that does not say what is to be done.

    Examples
    --------
    >>> rules = load_siting_rules()
    >>> rules.veto("slope").value, rules.veto("slope").unit
    (15.0, 'pct')
    """
    file = path or SHIPPED
    try:
        text = file.read_text("utf-8-sig")
        whole = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    body = whole.get("veto", {})
    if not isinstance(body, dict) or not body:
        raise RulesFaultyError(count=1, faults=f"{file.name}: [veto] ?")
    faults = [
        fault
        for key, given in body.items()
        for fault in (_faults(key, given, body) if isinstance(given, dict) else [f"veto.{key} ?"])
    ]
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    beside = str(whole.get("not_asked_zh", "")), str(whole.get("not_asked_en", ""))
    return SitingRules(name, tuple(_veto(key, given) for key, given in body.items()), beside)


def _veto(key: str, given: Mapping[str, Any]) -> Veto:
    where = given.get("where")
    return Veto(
        key=key,
        value=float(given.get("value", "nan")),
        label=(given["label_zh"], given["label_en"]),
        clause=(given["clause_zh"], given["clause_en"]),
        condition=(given.get("condition_zh", ""), given.get("condition_en", "")),
        where=where and Where(where["field"], where["op"], float(where.get("value", 0))),
        words=tuple(given.get("words", ())),
        industries=tuple(given.get("industries", ())),
        asked_of=tuple(given.get("asked_of", ())),
        valid=bool(given.get("valid", False)),
        **{name: given[name] for name in ("kind", "layer", "unit", "outcome", "source", "tag")},
        valid_from=given["valid_from"],
        **{
            name: given.get(name, "")
            for name in ("field", "op", "applies_to", "eased_by", "unless", "stock")
        },
    )


def _faults(key: str, given: Mapping[str, Any], every: Mapping[str, Any]) -> Iterator[str]:
    where, kind = f"veto.{key}", given.get("kind")
    yield from (f"{where}: {name} ?" for name in _TEXTS if not given.get(name))
    if type(given.get("valid_from")) is not date:
        yield f"{where}: valid_from ?"
    if kind not in KINDS:
        yield f"{where}: kind {kind} ?"
        return
    if given.get("layer") not in (*layers.NAMES, OWN):
        yield f"{where}: layer {given.get('layer')} ?"
    if given.get("outcome") not in OUTCOMES:
        yield f"{where}: outcome {given.get('outcome')} ?"
    unit = _UNITS.get(kind) or _unit_of(kind, str(given.get("field", "")))
    if given.get("unit") != unit:
        yield f"{where}: unit {unit} ?"
    number = given.get("value")
    fits = isinstance(number, int | float) and not isinstance(number, bool) and number >= 0
    if kind in ("overlap", "outside", "limit") and not fits:
        yield f"{where}: value ?"
    if given.get("outcome") == "condition" or given.get("eased_by"):
        lacking = [name for name in ("condition_zh", "condition_en") if not given.get(name)]
        yield from (f"{where}: {name} ?" for name in lacking)
    yield from _field_faults(where, given)
    if given.get("unless") and given["unless"] not in every:
        yield f"{where}: unless {given['unless']} ?"


def _unit_of(kind: str, name: str) -> str:
    """Return the unit of a figure of the site, or of a need of the project."""
    if kind == "limit":
        return _SITE_NUMBERS.get(name, "?")
    return next((term.unit for term in schema.fields("project") if term.key == name), "?")


def _field_faults(where: str, given: Mapping[str, Any]) -> Iterator[str]:
    asked = {term.key: term.type for term in schema.fields("project")}
    for name in ("applies_to", "eased_by"):
        if given.get(name) and asked.get(given[name]) != "bool":
            yield f"{where}: {name} {given[name]} ?"
    kind, field = given["kind"], given.get("field")
    if kind == "near" and asked.get(str(field)) != "float":
        yield f"{where}: field {field} ?"
    if kind == "limit" and (field not in _SITE_NUMBERS or given.get("op") not in ("ge", "lt")):
        yield f"{where}: field {field} {given.get('op')} ?"
    if kind == "short":
        stocked = {term.key: term.unit for term in schema.fields("site")}
        if asked.get(str(field)) != "float" or stocked.get(given.get("stock", "")) != given["unit"]:
            yield f"{where}: field {field}, stock {given.get('stock')} ?"
    if kind == "use" and (field != "planned_use" or not given.get("words")):
        yield f"{where}: field {field}, words ?"
    some = given.get("where")
    if some is not None:
        known = {term.key for term in schema.fields("constraint")}
        if some.get("field") not in known or some.get("op") not in WHERE_OPS:
            yield f"{where}: where {some} ?"
