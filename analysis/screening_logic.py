"""Rules of screening over whole columns, in three values: holds, does not hold, unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.screening_inputs import Array, Bits, Bools, Inputs
from data.screening_rules import (
    Clock,
    Comparison,
    Condition,
    RuleHolds,
    ScreeningRule,
)

Truth = NDArray[np.int8]
YES, NO, OPEN = np.int8(1), np.int8(0), np.int8(-1)


@dataclass(frozen=True)
class Verdict:
    """Of one rule or condition, for every parcel.

    Attributes
    ----------
    truth : ndarray of int8
        1 holds, 0 does not, -1 cannot be told.
    missing : ndarray of uint8, (parcels, words)
        One bit per unknown field on which an untold truth depends.
    """

    truth: Truth
    missing: Bits


class Evaluator:
    """Evaluates the rules of a set on one frame; every rule once."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._rules: dict[str, Verdict] = {}

    def rule(self, rule: ScreeningRule) -> Verdict:
        """Return where a rule holds: all of its parts must."""
        if rule.id not in self._rules:
            parts = [self.condition(c) for c in (rule.when, rule.test) if c is not None]
            if rule.clock is not None:
                parts.append(self.clock(rule.clock))
            self._rules[rule.id] = self._all(parts)
        return self._rules[rule.id]

    def before_clock(self, rule: ScreeningRule) -> Verdict:
        """Return where a rule holds but for the time that must pass."""
        return self._all([self.condition(c) for c in (rule.when, rule.test) if c is not None])

    def condition(self, condition: Condition) -> Verdict:
        """Return where a condition holds."""
        if isinstance(condition, Comparison):
            return self._compared(condition)
        if isinstance(condition, RuleHolds):
            named = self.inputs.ruleset.rule(condition.rule)
            return self.rule(named)
        parts = [self.condition(part) for part in condition.parts]
        if condition.kind == "all":
            return self._all(parts)
        if condition.kind == "any":
            return _negated(self._all([_negated(part) for part in parts]))
        return _negated(parts[0])

    def clock(self, clock: Clock) -> Verdict:
        """Return where the time has passed: the day after its last day, or later."""
        end, unknown = self.deadline(clock)
        truth = (self.inputs.day > end).astype(np.int8)
        return self._verdict(truth, unknown, (clock.field,))

    def deadline(self, clock: Clock) -> tuple[Array, Bools]:
        """Return the last day of the time that must pass, and where it is unknown."""
        days, unknown = self.inputs.values(clock.field)
        return add_time(days, clock.value, clock.unit), unknown

    def _verdict(self, truth: Truth, unknown: Bools, names: tuple[str, ...]) -> Verdict:
        bits = self.inputs.no_bits()
        for name in names:
            bits |= self.inputs.missing(name)
        return Verdict(
            np.where(unknown, OPEN, truth).astype(np.int8),
            np.where(unknown[:, None], bits, 0).astype(np.uint8),
        )

    def _compared(self, test: Comparison) -> Verdict:
        left, unknown = self.inputs.values(test.field)
        if test.op in ("recorded", "unrecorded"):
            there = self.inputs.recorded(test.field)
            truth = (there == (test.op == "recorded")).astype(np.int8)
            # Recorded but not usable: neither can be told.
            return self._verdict(truth, there & unknown, (test.field,))
        names: tuple[str, ...] = (test.field,)
        right: Any = test.value
        if test.other is not None:
            right, absent = self.inputs.values(test.other)
            unknown, names = unknown | absent, (test.field, test.other)
        with np.errstate(invalid="ignore"):
            truth = _compare(left, test.op, right).astype(np.int8)
        return self._verdict(truth, unknown, names)

    def _all(self, parts: list[Verdict]) -> Verdict:
        if not parts:
            return Verdict(np.ones(self.inputs.count, dtype=np.int8), self.inputs.no_bits())
        truth, bits = parts[0].truth, parts[0].missing
        for part in parts[1:]:
            fails = (truth == NO) | (part.truth == NO)
            opens = (truth == OPEN) | (part.truth == OPEN)
            truth = np.where(fails, NO, np.where(opens, OPEN, YES)).astype(np.int8)
            bits = bits | part.missing
        return Verdict(truth, np.where((truth == OPEN)[:, None], bits, 0).astype(np.uint8))


def _negated(verdict: Verdict) -> Verdict:
    flipped = np.where(verdict.truth == OPEN, OPEN, 1 - verdict.truth).astype(np.int8)
    return Verdict(flipped, verdict.missing)


def _compare(left: Array, op: str, right: Any) -> Bools:
    if op in ("in", "not_in"):
        found = np.logical_or.reduce([left == code for code in right])
        return np.asarray(found if op == "in" else ~found, dtype=bool)
    compared = {
        "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
        "eq": np.equal, "ne": np.not_equal,
    }[op](left, right)  # fmt: skip
    return np.asarray(compared, dtype=bool)


def add_time(days: Array, value: int, unit: str) -> Array:
    """Return the last day of a time that begins after a date.

    Years and months end on the day of the same number, or on the last day of a shorter month.

    Examples
    --------
    >>> add_time(np.array(["2023-02-28", "2024-02-29"], "M8[D]"), 1, "year").astype(str).tolist()
    ['2024-02-28', '2025-02-28']
    >>> add_time(np.array(["2024-01-31"], "M8[D]"), 1, "month").astype(str).tolist()
    ['2024-02-29']
    """
    if unit == "day":
        return days + np.timedelta64(value, "D")
    months = days.astype("datetime64[M]")
    later = months + (value * 12 if unit == "year" else value)
    last = (later + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.minimum(later.astype("datetime64[D]") + (days - months.astype("datetime64[D]")), last)
