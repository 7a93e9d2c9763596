"""Rules of contiguous blocks as data: width of a gap, of a sliver, and the size looked at."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.errors import RulesFaultyError
from gis.area import to_m2

SHIPPED = Path(__file__).with_name("rulesets") / "blocks.toml"
_UNITS = {"within": "m", "sliver": "m", "focus": "mu"}


@dataclass(frozen=True, slots=True)
class BlockRules:
    """What makes a block (连片).

    Attributes
    ----------
    within_m : float
        Widest gap between two parcels of one block.
    sliver_m : float
        Land narrower than this everywhere is no part of a block.
    focus_m2 : float
        Blocks of at least this area are marked.
    barrier_layers, barrier_roads : tuple of str
        Layers of the register, and classes of its roads, that part land.
    sources : tuple of str
        Where each rule comes from, with its tag.
    road_fields : tuple of str
        Columns of the roads that may tell their class.
    """

    within_m: float
    sliver_m: float
    focus_m2: float
    barrier_layers: tuple[str, ...]
    barrier_roads: tuple[str, ...]
    sources: tuple[str, ...]
    road_fields: tuple[str, ...] = ("road_class",)


def load_block_rules(path: Path | None = None) -> BlockRules:
    """Read the rules of blocks.

    Raises
    ------
    RulesFaultyError
        If a value is missing, no number above 0, or without unit, source, tag or date; lists all
        faults at once.

    Examples
    --------
    >>> load_block_rules().within_m
    20.0
    """
    file = path or SHIPPED
    try:
        body = tomllib.loads(file.read_text("utf-8-sig")).get("blocks", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    given: dict[str, Any] = {
        key: body.get(key) if isinstance(body, dict) else None for key in _UNITS
    }
    faults = [fault for key, rule in given.items() for fault in _faults(key, rule)]
    parted = body.get("barriers", {})
    lists = {key: parted.get(key) for key in ("layers", "road_classes", "road_fields")}
    faults += [f"blocks.barriers: {key} ?" for key, names in lists.items() if not _names(names)]
    faults += [f"blocks.barriers: {key} ?" for key in ("source", "tag") if not parted.get(key)]
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    value = {key: float(rule["value"]) for key, rule in given.items()}
    return BlockRules(
        within_m=value["within"],
        sliver_m=value["sliver"],
        focus_m2=to_m2(value["focus"]),
        barrier_layers=tuple(parted["layers"]),
        barrier_roads=tuple(parted["road_classes"]),
        road_fields=tuple(parted["road_fields"]),
        sources=tuple(f"{rule['source']} [{rule['tag']}]" for rule in (*given.values(), parted)),
    )


def _names(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(name, str) and name for name in given)


def _faults(key: str, rule: Any) -> list[str]:
    where = f"blocks.{key}"
    if not isinstance(rule, dict):
        return [f"{where} ?"]
    number = rule.get("value")
    fits = isinstance(number, int | float) and not isinstance(number, bool) and number > 0
    faults = [] if fits else [f"{where}: value ?"]
    if rule.get("unit") != _UNITS[key]:
        faults.append(f"{where}: unit {_UNITS[key]} ?")
    faults += [f"{where}: {name} ?" for name in ("source", "tag") if not rule.get(name)]
    if not isinstance(rule.get("valid_from"), date):
        faults.append(f"{where}: valid_from ?")
    return faults
