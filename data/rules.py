"""Rules as data: stages, the counting rule, the yearly task and policy lines.

No threshold lives in code. A value without unit, source and valid-from date does not load.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import schema
from data.errors import RulesFaultyError
from data.floor_area_rules import LIMITS, FloorAreaRule, floor_area_faults, floor_area_rule
from data.workflow import Workflow, workflow, workflow_faults

RULESETS = Path(__file__).with_name("rulesets")
_UNITS = frozenset({"mu", "ratio", "stage", "storey", "m", "cell"})
_COMMON = ("unit", "source", "tag", "valid_from")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the workflow; ``order`` counts from 0."""

    code: str
    order: int
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A planned day of the ledger and the stage that should be reached by it."""

    stage: str
    due_field: str
    area_field: str | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number with its unit, source and the years it holds for."""

    key: str
    value: float
    unit: str
    comparison: str
    source: str
    quote: str
    tag: str
    valid_from: date
    valid_to: date | None
    note_zh: str
    note_en: str


@dataclass(frozen=True)
class CreditRule:
    """Which stage earns credit under which renewal mode."""

    stage_by_mode: Mapping[str, str]
    source: str
    tag: str
    valid_from: date
    note_zh: str
    note_en: str

    def stage_for(self, mode: str | None) -> str | None:
        """Return the stage that earns credit, None where the mode is unknown."""
        return None if mode is None else self.stage_by_mode.get(mode)

    def sentence(self, lang: str = "zh") -> str:
        """Return the rule as one sentence, to be printed under every figure.

        Examples
        --------
        >>> load_rules().credit.sentence()[:24]
        '计入规则：政府收储改造、第三方参与改造、村级集体'
        """
        grouped: dict[str, list[str]] = {}
        for mode, stage in self.stage_by_mode.items():
            grouped.setdefault(stage, []).append(schema.enum_label("renewal_mode", mode, lang))
        parts = [(modes, schema.enum_label("stage", s, lang)) for s, modes in grouped.items()]
        if lang == "zh":
            body = "；".join(f"{'、'.join(modes)}在“{stage}”时计入" for modes, stage in parts)
            return f"计入规则：{body}（{self.note_zh}）。"
        body = "; ".join(f"{', '.join(modes)} at “{stage}”" for modes, stage in parts)
        return f"Counting rule: {body} ({self.note_en})."


@dataclass(frozen=True)
class Rules:
    """All rules in force, with a short hash that names exactly this content."""

    id: str
    stages: tuple[Stage, ...]
    milestones: tuple[Milestone, ...]
    credit: CreditRule
    annual_target: Threshold
    far_lines: Mapping[str, Threshold]
    floor_area: FloorAreaRule
    floor_limits: Mapping[str, Threshold]
    storey_heights: Mapping[str, Threshold]
    workflow: Workflow

    @property
    def annual_target_mu(self) -> float:
        """The yearly task in 亩, for the years that ``annual_target`` names."""
        return self.annual_target.value

    def target_mu(self, year: int) -> float | None:
        """Return the task of a year in 亩, None where no source sets one.

        Examples
        --------
        >>> load_rules().target_mu(2026), load_rules().target_mu(2028)
        (1800.0, None)
        """
        last = self.annual_target.valid_to
        within = self.annual_target.valid_from.year <= year and (last is None or year <= last.year)
        return self.annual_target.value if within else None

    @property
    def stage_order(self) -> Mapping[str, int]:
        """Stage code → place in the workflow, from 0."""
        return MappingProxyType({s.code: s.order for s in self.stages})


def _common_faults(name: str, body: Mapping[str, Any]) -> Iterator[str]:
    for key in _COMMON:
        if not body.get(key):
            yield f"{name}: {key} ?"
    if body.get("unit") and body["unit"] not in _UNITS:
        yield f"{name}: unit {body['unit']} ?"
    if body.get("tag") and body["tag"] not in schema.TAGS:
        yield f"{name}: tag {body['tag']} ?"
    for key in ("valid_from", "valid_to"):
        if body.get(key) and type(body[key]) is not date:
            yield f"{name}: {key} {body[key]} ?"


def _threshold_faults(group: str, raw: Mapping[str, Any], needed: tuple[str, ...]) -> Iterator[str]:
    bodies = raw.get(group, {})
    yield from (f"{group}.{key} ?" for key in needed if key not in bodies)
    for key, body in bodies.items():
        name = f"{group}.{key}"
        yield from _common_faults(name, body)
        value = body.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            yield f"{name}: value {value} ?"


def _stage_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    body = raw.get("stages", {})
    yield from _common_faults("stages", body)
    order = body.get("order", [])
    known = schema.enum_codes("stage")
    yield from (f"stages: {code} ?" for code in order if code not in known)
    yield from (f"stages: {code} ×" for code in known if order.count(code) != 1)
    columns = set(schema.PARCEL_COLUMNS)
    for mark in body.get("milestones", []):
        if mark.get("stage") not in order:
            yield f"stages.milestones: stage {mark.get('stage')} ?"
        for key in ("due_field", "area_field"):
            if mark.get(key, "parcel_id") not in columns:
                yield f"stages.milestones: {key} {mark[key]} ?"
        if "due_field" not in mark:
            yield "stages.milestones: due_field ?"


def _credit_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    body = raw.get("credit", {})
    yield from _common_faults("credit", body)
    by_mode = body.get("stage_by_mode", {})
    modes, stages = schema.enum_codes("renewal_mode"), raw.get("stages", {}).get("order", [])
    yield from (f"credit: {mode} ?" for mode in modes if mode not in by_mode)
    for mode, stage in by_mode.items():
        if mode not in modes:
            yield f"credit: renewal_mode {mode} ?"
        if stage not in stages:
            yield f"credit.{mode}: stage {stage} ?"


def _threshold(key: str, body: Mapping[str, Any]) -> Threshold:
    return Threshold(
        key=key,
        value=float(body["value"]),
        unit=body["unit"],
        comparison=body.get("comparison", ">="),
        source=body["source"],
        quote=body.get("quote", ""),
        tag=body["tag"],
        valid_from=body["valid_from"],
        valid_to=body.get("valid_to"),
        note_zh=body.get("note_zh", ""),
        note_en=body.get("note_en", ""),
    )


def _thresholds(group: str, raw: Mapping[str, Any]) -> Mapping[str, Threshold]:
    return MappingProxyType(
        {key: _threshold(key, body) for key, body in raw.get(group, {}).items()}
    )


def _read(folder: Path) -> tuple[dict[str, Any], list[str]]:
    merged: dict[str, Any] = {}
    faults: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{file.name}: {error}")
            continue
        for table, body in content.items():
            if table in merged:
                faults.append(f"{file.name}: {table} ×2")
            merged[table] = body
    return merged, faults


def load_rules(path: Path | None = None) -> Rules:
    """Read every rule file of a folder; the shipped ones by default.

    Parameters
    ----------
    path : Path, optional
        Folder of ``*.toml`` files that together hold stages, credit, target and far_line.

    Raises
    ------
    RulesFaultyError
        If anything lacks unit, source or date or names an unknown code; lists all faults at once.

    Examples
    --------
    >>> rules = load_rules()
    >>> rules.annual_target_mu, rules.credit.stage_for("supply")
    (1800.0, 'supplied')
    """
    raw, faults = _read(path or RULESETS)
    faults += _stage_faults(raw)
    faults += workflow_faults(raw)
    faults += _credit_faults(raw)
    faults += _threshold_faults("target", raw, ("annual_renewal",))
    faults += _threshold_faults("far_line", raw, ())
    faults += _common_faults("floor_area", raw.get("floor_area", {}))
    faults += floor_area_faults(raw)
    faults += _threshold_faults("floor_limit", raw, LIMITS)
    faults += _threshold_faults("storey_height", raw, ("default",))
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    text = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    labels = {lang: schema.enum_labels("stage", lang) for lang in ("zh", "en")}
    credit = raw["credit"]
    return Rules(
        id=hashlib.sha256(text.encode()).hexdigest()[:10],
        stages=tuple(
            Stage(code, i, labels["zh"][code], labels["en"][code])
            for i, code in enumerate(raw["stages"]["order"])
        ),
        milestones=tuple(
            Milestone(m["stage"], m["due_field"], m.get("area_field"))
            for m in raw["stages"].get("milestones", [])
        ),
        credit=CreditRule(
            MappingProxyType(dict(credit["stage_by_mode"])),
            credit["source"],
            credit["tag"],
            credit["valid_from"],
            credit.get("note_zh", ""),
            credit.get("note_en", ""),
        ),
        annual_target=_threshold("annual_renewal", raw["target"]["annual_renewal"]),
        far_lines=_thresholds("far_line", raw),
        floor_area=floor_area_rule(raw),
        floor_limits=_thresholds("floor_limit", raw),
        storey_heights=_thresholds("storey_height", raw),
        workflow=workflow(raw),
    )
