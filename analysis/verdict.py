"""A verdict laid open: the rule that decided, its inputs as printed, value against threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.screening import screen_with_issues
from analysis.screening_inputs import Inputs
from analysis.screening_words import EXAMPLE, YES_NO, field_text, number_text
from data import schema
from data.asof import AsOf
from data.screening_rules import Comparison, ScreeningRule, ScreeningRules, names_of

SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠", "in": "∈", "not_in": "∉"}


@dataclass(frozen=True)
class Input:
    """One field that a rule asks for.

    Attributes
    ----------
    key, label, text : str
        Field of the dictionary, its name and its value as printed, unit included.
    known : bool
        Whether the value could be used.
    """

    key: str
    label: str
    text: str
    known: bool


@dataclass(frozen=True)
class Reason:
    """Why a rule holds for a parcel; ``value`` and ``threshold`` are empty without a test.

    ``measured_keys`` are the fields that ``value`` comes from.
    """

    rule: ScreeningRule
    measured: str
    sign: str
    value: str
    threshold: str
    inputs: tuple[Input, ...]
    measured_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict of one parcel, laid open.

    Attributes
    ----------
    reason : Reason or None
        Of the class; None where no rule decided.
    idle : Reason or None
        Of the flag 疑似闲置; also while its time still runs.
    inputs : tuple of Input
        What the class rests on: the inputs of the deciding rule, else of all class rules.
    missing : tuple of str
        Names of the fields that are missing.
    issues : tuple of str
        Sentences on inputs that were not used.
    """

    reason: Reason | None
    idle: Reason | None
    inputs: tuple[Input, ...]
    missing: tuple[str, ...]
    issues: tuple[str, ...]


def lay_open(
    parcels: pd.DataFrame, parcel_id: str, *, ruleset: ScreeningRules, as_of: AsOf, lang: str = "zh"
) -> Verdict:
    """Return why one parcel has its class by rule.

    Parameters
    ----------
    parcels : DataFrame
        Holding the parcel, as `analysis.screening.screen` takes it.

    Raises
    ------
    KeyError
        If there is no such parcel.

    Examples
    --------
    >>> from datetime import date
    >>> from data.screening_rules import load_screening_rules
    >>> parcels = pd.DataFrame(
    ...     {"build_status": ["producing"], "is_supplied": [True], "far": [0.8],
    ...      "planned_far": [1.2]},
    ...     index=pd.Index(["P1"], name="parcel_id"),
    ... )
    >>> found = lay_open(
    ...     parcels, "P1", ruleset=load_screening_rules(), as_of=AsOf(date(2026, 6, 30))
    ... )
    >>> found.reason.value, found.reason.sign, found.reason.threshold
    ('0.80', '<', '1.20')
    >>> [(one.label, one.text) for one in found.inputs]
    [('实际容积率', '0.80'), ('规划容积率', '1.20'), ('建设状况', '已投产')]
    """
    row = parcels.loc[[parcel_id]]
    found, issues = screen_with_issues(row, ruleset=ruleset, as_of=as_of)
    verdict = found.iloc[0]
    inputs = Inputs(row, ruleset, as_of.state_on)
    reason = _reason(verdict, inputs, lang)
    asked = [rule for rule in ruleset.in_force(as_of.state_on) if rule.low_class is not None]
    told = issues["message_en" if lang == "en" else "message"] if len(issues) else ()
    return Verdict(
        reason=reason,
        idle=_idle(verdict["idle_rule"], inputs, lang),
        inputs=_inputs(asked, inputs, lang) if reason is None else reason.inputs,
        missing=tuple(ruleset.label(key, lang) for key in verdict["missing"]),
        issues=tuple(str(sentence) for sentence in told),
    )


def rule_name(rule: ScreeningRule, lang: str = "zh") -> str:
    """Return a rule by its clause, marked where its figures are an example.

    Examples
    --------
    >>> from data.screening_rules import load_screening_rules
    >>> rule_name(load_screening_rules().rule("idle_not_started"))
    '《闲置土地处置办法》第二条第一款'
    """
    return (EXAMPLE[lang] if rule.example else "") + rule.clause


def _reason(verdict: pd.Series, inputs: Inputs, lang: str) -> Reason | None:
    if verdict["rule"] is None:
        return None
    rule = inputs.ruleset.rule(verdict["rule"])
    mine = _inputs([rule], inputs, lang)
    if rule.test is None:
        return Reason(rule, "", "", "", "", mine)
    value, threshold = (
        _text(verdict[side], rule.test, str(verdict["unit"] or ""), lang)
        for side in ("value", "threshold")
    )
    measured = inputs.ruleset.label(rule.test.field, lang)
    keys = tuple(_fields(rule.test.field, inputs))
    return Reason(rule, measured, SIGNS.get(rule.test.op, ""), value, threshold, mine, keys)


def _idle(rule_id: str | None, inputs: Inputs, lang: str) -> Reason | None:
    if rule_id is None:
        return None
    rule = inputs.ruleset.rule(rule_id)
    return Reason(rule, "", "", "", "", _inputs([rule], inputs, lang))


def _text(value: object, test: Comparison, unit: str, lang: str) -> str:
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return YES_NO[lang][bool(value)]
    if isinstance(value, int | float | np.number):
        return str(number_text(np.array([float(value)]), unit, lang)[0])
    if isinstance(value, tuple):
        return "、".join(_text(part, test, unit, lang) for part in value)
    enum = schema.field(test.field).enum if test.field in schema.PARCEL_COLUMNS else None
    return schema.enum_label(enum, str(value), lang) if enum else str(value)


def _inputs(rules: list[ScreeningRule], inputs: Inputs, lang: str) -> tuple[Input, ...]:
    asked = {part for rule in rules for name in names_of(rule) for part in _fields(name, inputs)}
    row = np.array([0])
    return tuple(
        Input(
            key,
            schema.label(key, lang, with_unit=False),
            str(field_text(inputs, key, row, lang)[0]),
            known=not inputs.values(key)[1][0],
        )
        for key in inputs.ruleset.inputs
        if key in asked
    )


def _fields(name: str, inputs: Inputs) -> Iterator[str]:
    term = inputs.ruleset.terms.get(name)
    if term is None:
        yield name
        return
    for part in term.fields:
        yield from _fields(part, inputs)
