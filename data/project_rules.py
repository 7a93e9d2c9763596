"""Rules of projects as data: who comes first, and the bars of the plan at the entry."""

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
from data.targets import read_targets

SHIPPED = Path(__file__).with_name("rulesets") / "projects.toml"


@dataclass(frozen=True, slots=True)
class EntryBar:
    """A bar at the entry: labour productivity so much above the mean of the industry.

    Attributes
    ----------
    target : str
        Target of the plan that sets it (``EFF-05``, ``EFF-06``).
    premium_pct : float
        How far above the mean.
    mean : tuple of str
        Which mean, in Chinese and English.
    clause : str
        The sentence of the plan, with the source's tag.
    """

    target: str
    premium_pct: float
    mean: tuple[str, str]
    clause: str


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """What the office asks of projects.

    Attributes
    ----------
    priority_wan : float
        Least investment of a project that comes first.
    priority_without_own_land : bool
        Whether only firms without land of their own come first.
    priority_source : str
        Where that comes from, with its tag.
    bars : mapping
        Kind of project → its bar; kinds that are not there have none.
    """

    priority_wan: float
    priority_without_own_land: bool
    priority_source: str
    bars: Mapping[str, EntryBar]


def load_project_rules(path: Path | None = None) -> ProjectRules:
    """Read the rules of projects.

    Raises
    ------
    RulesFaultyError
        With all faults at once: a value that is no number above 0, a bar of no kind of project or
        of no target of the plan, a rule without unit, source, tag or date.

    Examples
    --------
    >>> rules = load_project_rules()
    >>> rules.priority_wan, rules.bars["expansion"].premium_pct
    (10000.0, 15.0)
    """
    file = path or SHIPPED
    try:
        body: Any = tomllib.loads(file.read_text("utf-8-sig")).get("projects", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    first = body.get("priority", {})
    bars = body.get("bar", {})
    table = read_targets().table["value"]
    faults = _faults("priority", first, "wan")
    number = first.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
        faults.append("projects.priority: value ?")
    if not isinstance(first.get("without_own_land"), bool):
        faults.append("projects.priority: without_own_land ?")
    for kind, bar in bars.items():
        faults += _faults(f"bar.{kind}", bar, "pct")
        faults += [f"projects.bar.{kind}: {k} ?" for k in ("mean_zh", "mean_en") if not bar.get(k)]
        if kind not in schema.enum_codes("project_kind"):
            faults.append(f"projects.bar.{kind} ?")
        if bar.get("target") not in table.index:
            faults.append(f"projects.bar.{kind}: target ?")
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    found = {
        kind: EntryBar(
            bar["target"],
            float(table[bar["target"]]),
            (bar["mean_zh"], bar["mean_en"]),
            f"{bar['source']} [{bar['tag']}]",
        )
        for kind, bar in bars.items()
    }
    return ProjectRules(
        float(number),
        first["without_own_land"],
        f"{first['source']} [{first['tag']}]",
        MappingProxyType(found),
    )


def _faults(key: str, rule: Mapping[str, Any], unit: str) -> list[str]:
    where = f"projects.{key}"
    faults = [f"{where}: {name} ?" for name in ("source", "tag") if not rule.get(name)]
    if rule.get("unit") != unit:
        faults.append(f"{where}: unit {unit} ?")
    if not isinstance(rule.get("valid_from"), date):
        faults.append(f"{where}: valid_from ?")
    return faults
