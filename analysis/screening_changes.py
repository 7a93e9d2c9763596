"""What changed between two screenings, and whether data, time or which rule changed it.

Results of a screening are not kept: they follow from the parcels as known on a day, the ruleset
and the day, and all three are kept. Both screenings are run again and told apart step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.screening import screen
from analysis.screening_inputs import Array, Bools
from data.asof import AsOf
from data.screening_rules import ScreeningRule, ScreeningRules

COLUMNS = (
    "class_before", "class_after", "rule_before", "rule_after", "idle_before", "idle_after",
    "causes", "fields_changed", "rules_changed",
)  # fmt: skip
_VERDICT = ("class", "rule", "suspected_idle", "high_consumption")


@dataclass(frozen=True)
class Screened:
    """What a screening rests on: the parcels as known, the rules, the day."""

    parcels: pd.DataFrame
    ruleset: ScreeningRules
    as_of: AsOf

    def run(self) -> pd.DataFrame:
        """Return the screening."""
        return screen(self.parcels, ruleset=self.ruleset, as_of=self.as_of)


def screening_changes(before: Screened, after: Screened) -> pd.DataFrame:
    """Return the parcels whose class, rule or flag differs between two screenings, and why.

    The way from ``before`` to ``after`` is gone in three steps: first the parcels' data change,
    then time passes, then the rules change. A step that moves the verdict is a cause. For the
    third step each rule that was added, dropped or rewritten is put into the old ruleset alone;
    those that move the verdict on their own are named.

    Returns
    -------
    DataFrame
        Indexed by ``parcel_id``, in order; only parcels that changed:

        - ``class_before``, ``class_after``, ``rule_before``, ``rule_after`` (None where there was
          no parcel or no rule), ``idle_before``, ``idle_after`` (nullable boolean)
        - ``causes``: tuple of ``new``, ``gone``, ``data``, ``time``, ``rules``
        - ``fields_changed``: tuple of inputs of the rules whose values differ
        - ``rules_changed``: tuple of the rule ids that move the verdict; all that were changed
          where only together they do
    """
    first, last = before.run(), after.run()
    both = first.index.intersection(last.index)
    old, new = before.parcels.loc[both], after.parcels.loc[both]
    steps = [
        first.loc[both],
        screen(new, ruleset=before.ruleset, as_of=before.as_of),
        screen(new, ruleset=before.ruleset, as_of=after.as_of),
        last.loc[both],
    ]
    moved = {
        cause: _differ(steps[at], steps[at + 1])
        for at, cause in enumerate(("data", "time", "rules"))
    }
    fields = _fields_changed(old, new, after.ruleset)
    rules = _rules_changed(new, before.ruleset, after, steps[2], moved["rules"])
    table = pd.DataFrame(
        {
            "causes": _names(moved, len(both)),
            "fields_changed": _where(fields, moved["data"]),
            "rules_changed": rules,
        },
        index=both,
    )
    some = moved["data"] | moved["time"] | moved["rules"]
    net = _differ(steps[0], steps[3])
    parts = [table[some & net]]
    for cause, ids in (
        ("gone", first.index.difference(last.index)),
        ("new", last.index.difference(first.index)),
    ):
        blank = pd.DataFrame({name: _tuples(len(ids), ()) for name in table}, index=ids)
        parts.append(blank.assign(causes=_tuples(len(ids), (cause,))))
    changed = pd.concat(parts).sort_index().rename_axis("parcel_id")
    return _sides(changed, first, last)[list(COLUMNS)]


def _sides(changed: pd.DataFrame, first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    sides = {}
    for when, found in (("before", first), ("after", last)):
        mine = found.reindex(changed.index)
        for name in ("class", "rule"):
            plain = mine[name].astype(object)
            sides[f"{name}_{when}"] = plain.where(plain.notna(), None)
        sides[f"idle_{when}"] = mine["suspected_idle"].astype("boolean")
    return changed.assign(**sides)


def _differ(one: pd.DataFrame, other: pd.DataFrame) -> Bools:
    """Tell where two screenings of the same parcels differ in class, rule or flag."""
    differs = np.zeros(len(one), dtype=bool)
    for name in _VERDICT:
        differs |= _cells(one[name]) != _cells(other[name])
    return differs


def _cells(column: pd.Series) -> Array:
    """Return the cells as objects, None where unknown, so that unknown equals unknown."""
    plain = column.astype(object)
    return plain.where(plain.notna(), None).to_numpy()


def _fields_changed(
    old: pd.DataFrame, new: pd.DataFrame, ruleset: ScreeningRules
) -> dict[str, Bools]:
    blank = pd.Series(None, index=old.index, dtype=object)
    return {
        key: np.asarray(_cells(old.get(key, blank)) != _cells(new.get(key, blank)), dtype=bool)
        for key in ruleset.inputs
    }


def _where(fields: dict[str, Bools], rows: Bools) -> Array:
    return _names({key: mask & rows for key, mask in fields.items()}, len(rows))


def _names(masks: dict[str, Bools], count: int) -> Array:
    """Return for each row the tuple of the names whose mask is true."""
    cells = _tuples(count, ())
    some = np.logical_or.reduce(list(masks.values())) if masks else np.zeros(count, dtype=bool)
    for row in np.flatnonzero(some):
        cells[row] = tuple(name for name, mask in masks.items() if mask[row])
    return cells


def _tuples(count: int, value: tuple[str, ...]) -> Array:
    cells = np.empty(count, dtype=object)
    cells.fill(value)
    return cells


def rules_that_differ(old: ScreeningRules, new: ScreeningRules) -> tuple[str, ...]:
    """Return the ids of rules that were added, dropped or rewritten; a changed term counts too.

    Examples
    --------
    >>> from data.screening_rules import load_screening_rules
    >>> rules = load_screening_rules()
    >>> rules_that_differ(rules, replace(rules, rules=rules.rules[1:]))
    ('approved_unsupplied',)
    """
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    found = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if dict(old.terms) != dict(new.terms) or old.happened != new.happened:
        found.append("terms")
    return tuple(found)


def _swapped(old: ScreeningRules, new: ScreeningRules, key: str) -> ScreeningRules:
    """Return the old ruleset with one rule (or the terms) as the new one has it.

    The new terms come along where a rule needs them that the old set does not have.
    """
    if key == "terms":
        return replace(old, terms=new.terms, happened=new.happened)
    kept: list[ScreeningRule] = [rule for rule in old.rules if rule.id != key]
    kept += [rule for rule in new.rules if rule.id == key]
    terms = {**new.terms, **old.terms}
    ordered = sorted(kept, key=lambda rule: (rule.priority, rule.id))
    return replace(old, rules=tuple(ordered), terms=terms)


def _rules_changed(
    parcels: pd.DataFrame,
    old: ScreeningRules,
    after: Screened,
    step: pd.DataFrame,
    moved: Bools,
) -> Array:
    cells = _tuples(len(parcels), ())
    keys: Sequence[str] = rules_that_differ(old, after.ruleset) if moved.any() else ()
    rows = np.flatnonzero(moved)
    part, base = parcels.iloc[rows], step.iloc[rows]
    masks = {}
    for key in keys:
        alone = screen(part, ruleset=_swapped(old, after.ruleset, key), as_of=after.as_of)
        masks[key] = _differ(base, alone)
    named = _names(masks, len(rows))
    for place, row in enumerate(rows):
        cells[row] = named[place] or tuple(keys)
    return cells
