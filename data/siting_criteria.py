"""Criteria of siting as data: value functions in natural units, weights, limits of the draws."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import schema
from data.errors import RulesFaultyError
from gis.errors import Words

SHIPPED = Path(__file__).with_name("rulesets") / "siting_criteria.toml"
KINDS = ("linear", "step")
DIRECTIONS = ("more", "less", "between")
DEFAULT = "default"
LIMITS = MappingProxyType(
    {
        "draws": "draw", "seed": "number", "spread": "share", "sure_share": "share",
        "depends_least": "ratio", "cr_most": "ratio", "cluster_decay": "m", "lead_revenue": "wan",
        "neighbours_within": "m", "road_snap": "m", "road_gap": "m", "off_road_most": "m",
        "late_most": "month",
        "priority_factor": "ratio", "late_price": "point_per_month", "short_price": "point_per_pct",
    }
)  # fmt: skip
"""Every limit that siting needs, with its unit."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a site is judged by, and what each measured value is worth.

    Attributes
    ----------
    direction : str
        ``more`` or ``less`` is better, or the best lies ``between``.
    kind : str
        ``linear`` between the points, or ``step``: the worth of the last point reached.
    points : tuple of (float, float)
        ``(value in natural units, worth from 0 to 1)`` by rising value. Outside of them the worth
        of the nearest point holds.
    """

    key: str
    label_zh: str
    label_en: str
    unit: str
    direction: str
    kind: str
    points: tuple[tuple[float, float], ...]
    source: str
    tag: str
    valid_from: date
    note_zh: str = ""
    note_en: str = ""

    def label(self, lang: str = "zh") -> str:
        """Return the name of the criterion in a language."""
        return self.label_en if lang == "en" else self.label_zh


@dataclass(frozen=True)
class SitingCriteria:
    """Everything that scores and matches stand on.

    Attributes
    ----------
    id : str
        Short hash of the data.
    criteria : tuple of Criterion
    presets : mapping
        Weights by preset (``default`` and clusters) and criterion, as written.
    limits : mapping
        By the keys of `LIMITS`.
    random_index : tuple of float
        Saaty's random index for 1, 2, … compared things.
    lead_firms : mapping
        Names of lead firms by cluster.
    sources : mapping
        ``source [tag]`` of every preset, limit and list.
    """

    id: str
    criteria: tuple[Criterion, ...]
    presets: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, float]
    random_index: tuple[float, ...]
    lead_firms: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """The criteria in their order."""
        return tuple(one.key for one in self.criteria)

    @property
    def names(self) -> Mapping[str, Words]:
        """What the criteria are called in both languages."""
        return {one.key: Words(one.label_zh, one.label_en) for one in self.criteria}

    def preset(self, cluster: str | None) -> Mapping[str, float]:
        """Return the weights for a cluster, those of the default where it has none."""
        return self.presets.get(cluster or DEFAULT, self.presets[DEFAULT])


def load_siting_criteria(path: Path | None = None) -> SitingCriteria:
    """Read the criteria of siting.

    Parameters
    ----------
    path : Path, optional
        An edited file; the shipped one otherwise.

    Raises
    ------
    RulesFaultyError
        If anything is missing, of the wrong kind, or without unit, source, tag or date; every
        fault is listed.

    Examples
    --------
    >>> found = load_siting_criteria()
    >>> len(found.criteria) >= 10, found.preset("digital") == found.preset(None)
    (True, False)
    """
    file = path or SHIPPED
    try:
        text = file.read_text("utf-8-sig")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    faults = [*_criteria_faults(raw), *_preset_faults(raw), *_limit_faults(raw), *_ahp_faults(raw)]
    faults += _lead_faults(raw)
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return _criteria(raw, hashlib.sha256(text.encode()).hexdigest()[:10])


def _criteria(raw: Mapping[str, Any], number: str) -> SitingCriteria:
    told = {f"preset.{key}": body for key, body in raw["preset"].items()}
    told |= {f"limit.{key}": raw["limit"][key] for key in LIMITS}
    told |= {"random_index": raw["random_index"]}
    told |= {f"lead_firms.{key}": body for key, body in raw.get("lead_firms", {}).items()}
    return SitingCriteria(
        id=number,
        criteria=tuple(
            Criterion(key=key, **{**body, "points": tuple((float(x), float(y))
                                                          for x, y in body["points"])})
            for key, body in raw["criterion"].items()
        ),
        presets=MappingProxyType(
            {
                key: MappingProxyType({name: float(w) for name, w in body["weights"].items()})
                for key, body in raw["preset"].items()
            }
        ),
        limits=MappingProxyType({key: float(raw["limit"][key]["value"]) for key in LIMITS}),
        random_index=tuple(float(value) for value in raw["random_index"]["values"]),
        lead_firms=MappingProxyType(
            {key: tuple(body["names"]) for key, body in raw.get("lead_firms", {}).items()}
        ),
        sources=MappingProxyType(
            {key: f"{body['source']} [{body['tag']}]" for key, body in told.items()}
        ),
    )  # fmt: skip


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _meta(where: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{where}: {key} ?" for key in ("source", "tag") if not body.get(key))
    if body.get("tag") and body["tag"] not in schema.TAGS:
        yield f"{where}: tag {body['tag']} ?"
    if not isinstance(body.get("valid_from"), date):
        yield f"{where}: valid_from ?"


def _tables(raw: Mapping[str, Any], name: str) -> tuple[list[str], dict[str, Mapping[str, Any]]]:
    """Return faults of a group of tables, and those that are tables."""
    group = raw.get(name)
    if not isinstance(group, dict) or not group:
        return [f"{name} ?"], {}
    faults = [f"{name}.{key} ?" for key, body in group.items() if not isinstance(body, dict)]
    return faults, {key: body for key, body in group.items() if isinstance(body, dict)}


_KEYS = frozenset(Criterion.__dataclass_fields__) - {"key"}


def _criteria_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    faults, bodies = _tables(raw, "criterion")
    yield from faults
    for key, body in bodies.items():
        where = f"criterion.{key}"
        yield from _meta(where, body)
        yield from (f"{where}: {k} ?" for k in ("label_zh", "label_en", "unit") if not body.get(k))
        yield from (f"{where}: {k} ?" for k in body if k not in _KEYS)
        if body.get("kind") not in KINDS:
            yield f"{where}: kind {body.get('kind')} ?"
        if body.get("direction") not in DIRECTIONS:
            yield f"{where}: direction {body.get('direction')} ?"
        yield from _point_faults(where, body.get("points"), body.get("direction"))


def _point_faults(where: str, points: Any, direction: Any) -> Iterator[str]:
    fits = isinstance(points, list) and len(points) >= 2
    fits = fits and all(
        isinstance(p, list) and len(p) == 2 and all(map(_number, p)) for p in points
    )
    if not fits:
        yield f"{where}: points ?"
        return
    at, worth = [p[0] for p in points], [p[1] for p in points]
    if at != sorted(set(at)):
        yield f"{where}: points {at} ?"
    if min(worth) < 0 or max(worth) > 1 or min(worth) == max(worth):
        yield f"{where}: points {worth} (0–1) ?"
    straight = {"more": sorted(worth), "less": sorted(worth, reverse=True)}.get(direction, worth)
    if worth != straight:
        yield f"{where}: direction {direction}, points {worth} ?"


def _preset_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    faults, bodies = _tables(raw, "preset")
    yield from faults
    known = [*raw.get("criterion", {})]
    if bodies and DEFAULT not in bodies:
        yield f"preset.{DEFAULT} ?"
    for key, body in bodies.items():
        where, weights = f"preset.{key}", body.get("weights")
        yield from _meta(where, body)
        if key != DEFAULT and key not in schema.enum_codes("cluster"):
            yield f"{where} ?"
        if not isinstance(weights, dict):
            yield f"{where}: weights ?"
            continue
        yield from (f"{where}: {name} ?" for name in weights if name not in known)
        bad = [name for name, w in weights.items() if not _number(w) or w < 0]
        yield from (f"{where}: {name} {weights[name]} ?" for name in bad)
        if not bad and not sum(weights.values()) > 0:
            yield f"{where}: weights = 0 ?"


def _limit_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    faults, bodies = _tables(raw, "limit")
    yield from faults
    for key, unit in LIMITS.items():
        body = bodies.get(key)
        if body is None:
            yield f"limit.{key} ?"
            continue
        yield from _meta(f"limit.{key}", body)
        if not _number(body.get("value")) or body["value"] < 0:
            yield f"limit.{key}: value ?"
        if body.get("unit") != unit:
            yield f"limit.{key}: unit {unit} ?"
    yield from (f"limit.{key} ?" for key in bodies if key not in LIMITS)


def _ahp_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    body = raw.get("random_index")
    if not isinstance(body, dict):
        yield "random_index ?"
        return
    yield from _meta("random_index", body)
    values = body.get("values")
    if not isinstance(values, list) or len(values) < 3 or not all(map(_number, values)):
        yield "random_index: values ?"


def _lead_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    for key, body in raw.get("lead_firms", {}).items():
        where = f"lead_firms.{key}"
        if not isinstance(body, dict) or key not in schema.enum_codes("cluster"):
            yield f"{where} ?"
            continue
        yield from _meta(where, body)
        names = body.get("names")
        if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
            yield f"{where}: names ?"
