"""Rules of sites as data: which land can take a project, and from which stage on it is free."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import schema
from data.errors import RulesFaultyError

SHIPPED = Path(__file__).with_name("rulesets") / "siting_sites.toml"
_UNITS = {
    "free_stage": "stage",
    "classes": "class",
    "assumed_mode": "mode",
    "together": "month",
    "ahead": "month",
    "steepest": "pct",
    "covered": "pct",
}
OWN_KINDS = ("unsupplied", "idle", "workshop")
"""Kinds of sites that a class of the ledger makes."""


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What makes a site.

    Attributes
    ----------
    free_stage : mapping
        Renewal mode → stage from which its land is free; other modes free none.
    taken_stage : str
        The stage from which the land is somebody's.
    classes : mapping
        Kind of site → classes of the ledger that make it.
    assumed_mode : mapping
        Kind of site → mode its land is taken to follow where none is decided.
    months_together : int
        Contiguous land that comes free within one span of so many months is one site.
    months_ahead : int
        Land that is free later is not looked at.
    steepest_pct : float
        Where half of all sites are steeper, the heights are in a wrong unit.
    covered_pct : float
        Heights of less of a site than this do not tell its slope.
    sources : tuple of str
        Where each rule comes from, with its tag.
    """

    free_stage: Mapping[str, str]
    taken_stage: str
    classes: Mapping[str, tuple[str, ...]]
    assumed_mode: Mapping[str, str]
    months_together: int
    months_ahead: int
    steepest_pct: float
    covered_pct: float
    sources: tuple[str, ...]


def load_site_rules(path: Path | None = None) -> SiteRules:
    """Read the rules of sites.

    Raises
    ------
    RulesFaultyError
        With all faults at once: a mode, stage or class that there is not, a number not above 0, a
        rule without unit, source, tag or date.

    Examples
    --------
    >>> rules = load_site_rules()
    >>> rules.free_stage["acquire"], rules.taken_stage, rules.months_ahead
    ('prepared', 'supplied', 60)
    """
    file = path or SHIPPED
    try:
        body: Any = tomllib.loads(file.read_text("utf-8-sig")).get("sites", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    given = {key: dict(body.get(key, {})) for key in _UNITS}
    faults = [fault for key, unit in _UNITS.items() for fault in _faults(key, given[key], unit)]
    free = _without_common(given["free_stage"])
    taken = free.pop("taken", None)
    classes = _without_common(given["classes"])
    assumed = _without_common(given["assumed_mode"])
    faults += _stage_faults(free, taken) + _class_faults(classes)
    faults += [
        f"sites.assumed_mode: {kind} {mode} ?"
        for kind, mode in assumed.items()
        if kind not in OWN_KINDS or mode not in free
    ]
    for key in ("together", "ahead", "steepest", "covered"):
        number = given[key].get("value")
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            faults.append(f"sites.{key}: value ?")
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return SiteRules(
        MappingProxyType(free),
        str(taken),
        MappingProxyType({kind: tuple(classes[kind]) for kind in OWN_KINDS}),
        MappingProxyType(assumed),
        int(given["together"]["value"]),
        int(given["ahead"]["value"]),
        float(given["steepest"]["value"]),
        float(given["covered"]["value"]),
        tuple(f"{rule['source']} [{rule['tag']}]" for rule in given.values()),
    )


_COMMON = ("unit", "source", "tag", "valid_from")


def _without_common(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key not in _COMMON}


def _stage_faults(free: Mapping[str, Any], taken: Any) -> list[str]:
    modes, stages = schema.enum_codes("renewal_mode"), schema.enum_codes("stage")
    faults = [f"sites.free_stage: {mode} ?" for mode in free if mode not in modes]
    return faults + [
        f"sites.free_stage: {mode} {stage} ?"
        for mode, stage in {**free, "taken": taken}.items()
        if stage not in stages
    ]


def _class_faults(classes: Mapping[str, Any]) -> list[str]:
    known = schema.enum_codes("low_class")
    faults = [f"sites.classes: {kind} ?" for kind in {*classes, *OWN_KINDS} - set(OWN_KINDS)]
    for kind in OWN_KINDS:
        names = classes.get(kind)
        if not isinstance(names, list) or not names or set(map(str, names)) - set(known):
            faults.append(f"sites.classes: {kind} {names} ?")
    return faults


def _faults(key: str, rule: Mapping[str, Any], unit: str) -> list[str]:
    where = f"sites.{key}"
    faults = [f"{where}: {name} ?" for name in ("source", "tag") if not rule.get(name)]
    if rule.get("unit") != unit:
        faults.append(f"{where}: unit {unit} ?")
    if not isinstance(rule.get("valid_from"), date):
        faults.append(f"{where}: valid_from ?")
    return faults
