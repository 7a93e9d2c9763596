"""Rules of land clearing as data: its stages, and how early a plan wants a look."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from data import schema
from data.errors import RulesFaultyError

SHIPPED = Path(__file__).with_name("rulesets") / "clearing.toml"
_COMMON = ("unit", "source", "tag", "valid_from")


@dataclass(frozen=True, slots=True)
class ClearingRules:
    """The stages of clearing in order, the last of them net land, and days of warning."""

    stages: tuple[str, ...]
    soon_days: int
    source: str
    tag: str


def load_clearing_rules(path: Path | None = None) -> ClearingRules:
    """Read the rules of land clearing.

    Raises
    ------
    RulesFaultyError
        If a stage is unknown, or a value has no unit, source or date.

    Examples
    --------
    >>> load_clearing_rules().stages[-1], load_clearing_rules().soon_days
    ('prepared', 30)
    """
    file = path or SHIPPED
    try:
        body = tomllib.loads(file.read_text("utf-8")).get("clearing", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    soon, stages = body.get("soon", {}), body.get("stages", [])
    known = schema.enum_codes("stage")
    faults = [f"clearing: {key} ?" for key in _COMMON if not body.get(key)]
    faults += [f"clearing.soon: {key} ?" for key in _COMMON if not soon.get(key)]
    faults += [f"clearing: {stage} ?" for stage in stages if stage not in known]
    places = [known.index(stage) for stage in stages if stage in known]
    if not places or places != sorted(set(places)):
        faults.append("clearing: stages ?")
    if type(soon.get("value")) is not int or soon["value"] < 0 or soon.get("unit") != "day":
        faults.append("clearing.soon: value ?")
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return ClearingRules(tuple(stages), soon["value"], soon["source"], soon["tag"])
