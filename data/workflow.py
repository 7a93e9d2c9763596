"""The workflow of renewal as data: branches by mode, counters of the report, usual durations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from data import schema

_LABELS = ("label_zh", "label_en")
_COMMON = ("unit", "source", "tag", "valid_from")


@dataclass(frozen=True)
class Branch:
    """The stages of one renewal mode in order, and which of them need no record of their own."""

    stages: tuple[str, ...]
    skippable: frozenset[str]

    @property
    def needed(self) -> tuple[str, ...]:
        """The stages that may not be skipped, in order."""
        return tuple(stage for stage in self.stages if stage not in self.skippable)


@dataclass(frozen=True, slots=True)
class Counter:
    """A figure of the monthly report: land, or floor area, that reached a stage.

    ``after`` is the stage that must have come before on the parcel, None where none must.
    """

    code: str
    stage: str
    after: str | None
    due_field: str
    plan_field: str
    floor: bool
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class UsualDays:
    """Days from the stage before, where the county has no history of its own."""

    shortest: int
    usual: int
    longest: int


@dataclass(frozen=True)
class Workflow:
    """What the rules say of the way through the stages."""

    everything: Branch
    branches: Mapping[str, Branch]
    counters: tuple[Counter, ...]
    usual_days: Mapping[str, UsualDays]
    earliest_on: date

    def branch(self, mode: str | None) -> Branch:
        """Return the branch of a mode; where no mode is decided every stage, all skippable."""
        return self.everything if mode is None else self.branches.get(mode, self.everything)


def workflow_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with branches, counters, durations and the earliest day."""
    body = raw.get("stages", {})
    order = list(body.get("order", []))
    yield from _branch_faults(body.get("branch", {}), order)
    earning = raw.get("credit", {}).get("stage_by_mode", {})
    for mode, branch in body.get("branch", {}).items():
        earns = earning.get(mode)
        if earns in order and earns not in branch.get("stages", []):
            yield f"stages.branch.{mode}: credit.{mode} {earns} ?"
    counters = body.get("counter", {})
    columns = set(schema.PARCEL_COLUMNS)
    for code, counter in counters.items():
        for key in ("stage", "after"):
            if counter.get(key) not in order and (key == "stage" or key in counter):
                yield f"stages.counter.{code}: {key} {counter.get(key)} ?"
        for key in ("due_field", "plan_field"):
            if counter.get(key) not in columns:
                yield f"stages.counter.{code}: {key} {counter.get(key)} ?"
        yield from (f"stages.counter.{code}: {k} ?" for k in _LABELS if not counter.get(k))
    yield from _usual_faults(body.get("usual_days", {}), order)
    if type(body.get("earliest", {}).get("on")) is not date:
        yield "stages.earliest: on ?"


def _branch_faults(branches: Mapping[str, Any], order: list[str]) -> Iterator[str]:
    modes = schema.enum_codes("renewal_mode")
    yield from (f"stages.branch: {mode} ?" for mode in modes if mode not in branches)
    for mode, branch in branches.items():
        name = f"stages.branch.{mode}"
        stages = branch.get("stages", [])
        if mode not in modes:
            yield f"{name}: renewal_mode {mode} ?"
        yield from (f"{name}: stage {stage} ?" for stage in stages if stage not in order)
        places = [order.index(stage) for stage in stages if stage in order]
        if not places or places != sorted(set(places)):
            yield f"{name}: stages ?"
        skipped = branch.get("skippable", [])
        yield from (f"{name}: skippable {stage} ?" for stage in skipped if stage not in stages)


def _usual_faults(days: Mapping[str, Any], order: list[str]) -> Iterator[str]:
    yield from (f"stages.usual_days: {key} ?" for key in _COMMON if not days.get(key))
    for stage, body in days.items():
        if stage in _COMMON:
            continue
        found = [body.get(key) for key in ("shortest", "usual", "longest")]
        whole = all(type(value) is int and value >= 0 for value in found)
        if stage not in order or not whole or found != sorted(found):
            yield f"stages.usual_days.{stage} ?"


def workflow(raw: Mapping[str, Any]) -> Workflow:
    """Return the workflow of faultless rules."""
    body = raw["stages"]
    order = tuple(body["order"])
    return Workflow(
        everything=Branch(order, frozenset(order)),
        branches=MappingProxyType(
            {
                mode: Branch(tuple(branch["stages"]), frozenset(branch.get("skippable", ())))
                for mode, branch in body["branch"].items()
            }
        ),
        counters=tuple(
            Counter(
                code=code,
                stage=counter["stage"],
                after=counter.get("after"),
                due_field=counter["due_field"],
                plan_field=counter["plan_field"],
                floor=bool(counter.get("floor", False)),
                label_zh=counter["label_zh"],
                label_en=counter["label_en"],
            )
            for code, counter in body.get("counter", {}).items()
        ),
        usual_days=MappingProxyType(
            {
                stage: UsualDays(days["shortest"], days["usual"], days["longest"])
                for stage, days in body["usual_days"].items()
                if stage not in _COMMON
            }
        ),
        earliest_on=body["earliest"]["on"],
    )
