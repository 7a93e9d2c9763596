"""The rules of a screening: which set, what is in force, what is not and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from analysis.screening_words import number_text
from analysis.verdict import SIGNS, rule_name
from data import schema
from data.screening_rules import ScreeningRule
from ui import screened
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import day, number, plain


def rules_line(desk: Desk) -> None:
    """Draw one line: the ruleset, how sure its rules are, and what is not in force."""
    rules = screened.ruleset()
    on = desk.state_on
    force = rules.in_force(on)
    tags = pd.Series([rule.tag for rule in force]).value_counts(sort=False).sort_index()
    counted = t("strip.dot").join(
        f"{t(f'screening.tag_{tag}')} {number(count)}" for tag, count in tags.items()
    )
    said = t("screening.rules", id=rules.id, n=len(force), tags=counted)
    examples = [rule for rule in force if rule.example]
    if examples:
        said += t("screening.examples", n=len(examples))
    off = [
        t("screening.off_rule", rule=_short_name(rule), why=why_off(rule))
        for rule in rules.inactive(on)
    ]
    if off:
        said += t("screening.off", rules=t("filter.comma").join(off))
    st.caption(plain(said))


def why_off(rule: ScreeningRule) -> str:
    """Say why a rule is not in force."""
    return t("screening.off_unset") if rule.unset else t("screening.off_dates")


def show_rules(desk: Desk) -> None:
    """Draw every rule with class, limit, clause, source, tag and whether it is in force."""
    rules = screened.ruleset()
    force = {rule.id for rule in rules.in_force(desk.state_on)}
    table = pd.DataFrame(
        [
            {
                "rule": rule.id,
                "gives": _gives(rule),
                "clause": rule_name(rule, language()),
                "limit": _limit(rule),
                "state": t("screening.on") if rule.id in force else why_off(rule),
                "source": rule.source,
                "tag": t(f"screening.tag_{rule.tag}"),
                "valid": _valid(rule),
            }
            for rule in rules.rules
        ]
    )
    heads = {
        "rule": t("screening.rule_id"),
        "gives": t("screening.rule_gives"),
        "clause": t("screening.clause"),
        "limit": t("screening.limit"),
        "state": t("screening.rule_state"),
        "source": t("screening.source"),
        "tag": t("screening.tag"),
        "valid": t("settings.valid"),
    }
    shown = table.map(plain).rename(columns=heads)
    st.table(shown, border="horizontal", hide_index=True)
    st.caption(t("screening.rules_help"))


def _short_name(rule: ScreeningRule) -> str:
    """Name a rule by what it measures, as the reader's language has it."""
    if rule.test is None:
        return rule_name(rule, language())
    return screened.ruleset().label(rule.test.field, language())


def _valid(rule: ScreeningRule) -> str:
    since = day(rule.valid_from)
    if rule.valid_to is None:
        return t("screening.since", on=since)
    return f"{since} – {day(rule.valid_to)}"


def _gives(rule: ScreeningRule) -> str:
    if rule.low_class is not None:
        return schema.enum_label("low_class", rule.low_class, language())
    return schema.label(str(rule.flag), language(), with_unit=False)


def _limit(rule: ScreeningRule) -> str | None:
    """Write the limit of a rule: what is measured, against what, since when."""
    label = screened.ruleset().label
    lang, parts = language(), []
    test = rule.test
    if test is not None:
        against: str | None = None
        if test.other is not None:
            against = label(test.other, lang)
        elif isinstance(test.value, float) and not isinstance(test.value, bool):
            against = str(number_text(np.array([test.value]), test.unit, lang)[0])
        elif isinstance(test.value, bool):
            against = t("screening.yes") if test.value else t("screening.no")
        elif isinstance(test.value, str):
            against = schema.enum_label(str(schema.field(test.field).enum), test.value, lang)
        parts.append(f"{label(test.field, lang)} {SIGNS.get(test.op, '')} {against or '?'}")
    if rule.clock is not None:
        unit = t(f"screening.unit_{rule.clock.unit}", n=rule.clock.value)
        parts.append(t("screening.clock", since=label(rule.clock.field, lang), time=unit))
    return t("filter.comma").join(parts) or None
