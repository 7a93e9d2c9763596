"""What would change a verdict: for one parcel, the nearest change of each input that flips it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analysis.screening import screen
from analysis.screening_inputs import Inputs
from analysis.screening_logic import add_time
from analysis.screening_words import number_text
from data import schema
from data.asof import AsOf
from data.screening_rules import Clock, Comparison, ScreeningRule, ScreeningRules, comparisons_in
from data.screening_units import kind_of, unit_of
from gis.area import M2_PER_MU

AS_OF = "as_of"
_HAIR = 1e-9
_FAR_AWAY = 1e15


@dataclass(frozen=True)
class Flip:
    """One change that gives another class.

    Attributes
    ----------
    field : str
        Key of the dictionary, or ``as_of`` where time alone does it.
    value_from, value_to : object
        Stored units; None is unknown. For numbers ``value_to`` is the limit: reaching it, or
        going past it as ``sentence`` says, is enough.
    class_after, rule_after : str or None
        What the screening then says; checked by running it.
    """

    field: str
    value_from: Any
    value_to: Any
    class_after: str
    rule_after: str | None
    sentence_zh: str
    sentence_en: str


def what_would_change(
    parcels: pd.DataFrame, parcel_id: str, *, ruleset: ScreeningRules, as_of: AsOf
) -> tuple[Flip, ...]:
    """Return for one parcel the nearest change of each single input that gives another class.

    Every candidate comes from a threshold, a code or a date of a rule in force, is put in place
    of the recorded value, and is kept only if the whole screening then gives another class. For
    each input and each class reached the smallest step is kept.

    Returns
    -------
    tuple of Flip
        Unknown inputs first, then in the order of the dictionary; time last.

    Raises
    ------
    KeyError
        If there is no such parcel.

    Examples
    --------
    >>> from data.screening_rules import load_screening_rules
    >>> parcels = pd.DataFrame(
    ...     {"build_status": ["producing"], "is_supplied": [True], "far": [0.8],
    ...      "planned_far": [1.2], "standard_land": [False]},
    ...     index=pd.Index(["P1"], name="parcel_id"),
    ... )
    >>> flips = what_would_change(
    ...     parcels, "P1", ruleset=load_screening_rules(), as_of=AsOf(date(2026, 6, 30))
    ... )
    >>> next(flip.sentence_zh for flip in flips if flip.field == "far")
    '实际容积率由 0.80 变为 1.20 及以上，则为不属低效。'
    """
    row = parcels.loc[[parcel_id], [c for c in parcels.columns if c in schema.PARCEL_COLUMNS]]
    now = screen(row, ruleset=ruleset, as_of=as_of)
    candidates = list(_candidates(row, ruleset, as_of.state_on))
    found = [*_by_inputs(row, now, candidates, ruleset, as_of), *_by_time(row, now, ruleset, as_of)]
    best: dict[tuple[str, str], tuple[float, Flip]] = {}
    for distance, flip in found:
        key = (flip.field, flip.class_after)
        if key not in best or distance < best[key][0]:
            best[key] = (distance, flip)
    order = {key: at for at, key in enumerate((*ruleset.inputs, AS_OF))}
    flips = [flip for _, flip in best.values()]
    return tuple(sorted(flips, key=lambda f: (f.value_from is not None, order[f.field])))


@dataclass(frozen=True)
class _Candidate:
    """A value to try; ``side`` tells which side of a limit it stands for (-1 below, 1 above)."""

    field: str
    value: Any
    limit: Any = None
    side: int = 0


def _candidates(row: pd.DataFrame, ruleset: ScreeningRules, day: date) -> Iterator[_Candidate]:
    inputs = Inputs(row, ruleset, day)
    for rule in ruleset.in_force(day):
        for test in (*comparisons_in(rule.when), *comparisons_in(rule.test)):
            yield from _of_test(inputs, test)
        if rule.clock is not None:
            yield from _of_clock(inputs, rule.clock)


def _of_test(inputs: Inputs, test: Comparison) -> Iterator[_Candidate]:
    kind = inputs.kind(test.field)
    if kind == "float":
        if test.other is not None:
            yield from _numbers(inputs, test.field, _number(inputs, test.other))
            yield from _numbers(inputs, test.other, _number(inputs, test.field))
        elif test.value is not None:
            yield from _numbers(inputs, test.field, float(test.value))  # type: ignore[arg-type]
    elif kind == "bool":
        yield from (_Candidate(test.field, flag) for flag in (True, False))
    elif kind == "enum" and test.field in schema.PARCEL_COLUMNS:
        codes = schema.enum_codes(str(schema.field(test.field).enum))
        yield from (_Candidate(test.field, code) for code in codes)
    elif kind == "date" and test.op in ("recorded", "unrecorded"):
        for name in _fields_of(inputs, test.field):
            yield _Candidate(name, inputs.day.astype("datetime64[ns]"))
            yield _Candidate(name, None)


def _of_clock(inputs: Inputs, clock: Clock) -> Iterator[_Candidate]:
    """Dates on which the time would end today (still running) or would have ended yesterday."""
    for name in _fields_of(inputs, clock.field):
        for back in range(3):
            day = inputs.day - np.timedelta64(back, "D")
            start = _start_for(day, clock)
            yield _Candidate(name, start.astype("datetime64[ns]"))


def _start_for(end: np.datetime64, clock: Clock) -> np.datetime64:
    if clock.unit == "day":
        return end - np.timedelta64(clock.value, "D")
    return add_time(np.array([end]), -clock.value, clock.unit)[0]


def _fields_of(inputs: Inputs, name: str) -> tuple[str, ...]:
    term = inputs.ruleset.terms.get(name)
    if term is None:
        return (name,)
    return tuple(part for field in term.fields for part in _fields_of(inputs, field))


def _number(inputs: Inputs, name: str) -> float:
    return float(inputs.values(name)[0].astype(float)[0])


def _numbers(inputs: Inputs, name: str, limit: float) -> Iterator[_Candidate]:
    """Values of a field (or of the fields of a term) that bring it to a limit and beyond."""
    if not np.isfinite(limit) or abs(limit) > _FAR_AWAY:
        return
    term = inputs.ruleset.terms.get(name)
    if term is None:
        step = max(abs(limit), 1.0) * _HAIR
        for side in (-1, 0, 1):
            yield _Candidate(name, limit + side * step, limit, side)
    elif term.kind == "elapsed":
        for days in (limit, limit + 1, limit - 1):
            start = inputs.day - np.timedelta64(int(days), "D")
            for part in _fields_of(inputs, term.fields[0]):
                yield _Candidate(part, start.astype("datetime64[ns]"))
    elif term.kind == "first":
        for part in term.fields:
            yield from _numbers(inputs, part, limit)
    else:
        yield from _ratio_numbers(inputs, term.fields, term.unit, limit)


def _ratio_numbers(
    inputs: Inputs, fields: tuple[str, ...], unit: str, limit: float
) -> Iterator[_Candidate]:
    scale = M2_PER_MU if unit.endswith("_per_mu") else 1.0
    above, below = (_number(inputs, name) for name in fields)
    if np.isfinite(below):
        yield from _numbers(inputs, fields[0], limit * below / scale)
    if np.isfinite(above) and limit:
        yield from _numbers(inputs, fields[1], above * scale / limit)


def _by_inputs(
    row: pd.DataFrame,
    now: pd.DataFrame,
    candidates: list[_Candidate],
    ruleset: ScreeningRules,
    as_of: AsOf,
) -> Iterator[tuple[float, Flip]]:
    if not candidates:
        return
    tried = pd.DataFrame(row.loc[row.index.repeat(len(candidates))])
    tried.index = pd.RangeIndex(len(candidates)).astype(str)
    tried = tried.reindex(columns=[*tried.columns, *(set(ruleset.inputs) - set(tried.columns))])
    for key in {candidate.field for candidate in candidates}:
        cells = tried[key].astype(object).to_numpy(copy=True)
        for at, candidate in enumerate(candidates):
            if candidate.field == key:
                cells[at] = candidate.value
        tried[key] = pd.Series(cells, index=tried.index, dtype=object)
    after = screen(tried, ruleset=ruleset, as_of=as_of)
    before = str(now["class"].iloc[0])
    for at, candidate in enumerate(candidates):
        to, rule = str(after["class"].iloc[at]), after["rule"].iloc[at]
        if to not in (before, "insufficient"):
            old = row[candidate.field].iloc[0] if candidate.field in row else None
            old = None if pd.isna(old) else old
            yield _distance(old, candidate), _flip(candidate, old, to, rule)


def _distance(old: Any, candidate: _Candidate) -> float:
    if old is None or candidate.value is None or isinstance(old, str | bool | np.bool_):
        return 0.0
    if isinstance(old, pd.Timestamp | np.datetime64):
        return abs(float((pd.Timestamp(old) - pd.Timestamp(candidate.value)).days))
    return abs(float(old) - float(candidate.value))


def _flip(candidate: _Candidate, old: Any, to: str, rule: str | None) -> Flip:
    key = candidate.field
    value = candidate.value if candidate.limit is None else candidate.limit
    said = {}
    for lang in ("zh", "en"):
        name = schema.label(key, lang, with_unit=False)
        new = _text(key, value, lang) + _beyond(candidate, old, lang)
        label = schema.enum_label("low_class", to, lang)
        if lang == "zh":
            start = f"{name}由 {_text(key, old, lang)} 变为"
            start = f"{name}现未登记，若为" if old is None else start
            said[lang] = f"{start} {new}，则为{label}。"
        else:
            start = f"{name} from {_text(key, old, lang)} to"
            start = f"{name} is not recorded; if it were" if old is None else start
            said[lang] = f"{start} {new}: {label}."
    return Flip(key, _bare(old), _bare(value), to, rule, said["zh"], said["en"])


def _beyond(candidate: _Candidate, old: Any, lang: str) -> str:
    """Say on which side of the limit: below it, above it, or from it on."""
    if candidate.limit is None:
        return ""
    english = lang == "en"
    if candidate.side < 0:
        return " (below)" if english else " 以下"
    if candidate.side > 0:
        return " (above)" if english else " 以上"
    if old is None or old == candidate.limit:
        return ""
    if float(old) < float(candidate.limit):
        return " or more" if english else " 及以上"
    return " or less" if english else " 及以下"


def _text(key: str, value: Any, lang: str) -> str:
    if value is None:
        return "空" if lang == "zh" else "empty"
    kind, enum = kind_of(key), schema.field(key).enum
    if kind == "float":
        return str(number_text(np.array([float(value)]), unit_of(key), lang)[0])
    if kind == "date":
        return str(pd.Timestamp(value).date())
    if kind == "bool":
        return (("否", "是"), ("no", "yes"))[lang == "en"][bool(value)]
    return schema.enum_label(enum, value, lang) if enum else str(value)


def _bare(value: Any) -> Any:
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return pd.Timestamp(value).date()
    return value.item() if isinstance(value, np.generic) else value


def _by_time(
    row: pd.DataFrame, now: pd.DataFrame, ruleset: ScreeningRules, as_of: AsOf
) -> Iterator[tuple[float, Flip]]:
    """Later days on which the class changes though no input does."""
    today = as_of.state_on
    before = str(now["class"].iloc[0])
    for day in sorted(_turning_days(row, ruleset, today)):
        after = screen(row, ruleset=ruleset, as_of=AsOf(day, as_of.known_on))
        to, rule = str(after["class"].iloc[0]), after["rule"].iloc[0]
        if to in (before, "insufficient"):
            continue
        days = (day - today).days
        zh = f"其他不变，自 {day} 起为{schema.enum_label('low_class', to, 'zh')}。"
        en = f"With all else unchanged, from {day} on: {schema.enum_label('low_class', to, 'en')}."
        yield float(days), Flip(AS_OF, today, day, to, rule, zh, en)


def _turning_days(row: pd.DataFrame, ruleset: ScreeningRules, today: date) -> set[date]:
    """Days after today on which a clock runs out, a number of days is passed, or rules change."""
    inputs = Inputs(row, ruleset, today)
    days: set[date] = set()
    for rule in ruleset.rules:
        days |= {d for d in (rule.valid_from, _after(rule)) if d is not None}
        if rule.clock is not None:
            start, unknown = inputs.values(rule.clock.field)
            if not unknown[0]:
                end = add_time(start, rule.clock.value, rule.clock.unit)[0]
                days.add(pd.Timestamp(end).date() + timedelta(days=1))
        for test in (*comparisons_in(rule.when), *comparisons_in(rule.test)):
            term = ruleset.terms.get(test.field)
            if term is not None and term.kind == "elapsed" and isinstance(test.value, float):
                start, unknown = inputs.values(term.fields[0])
                if not unknown[0]:
                    first = pd.Timestamp(start[0]).date() + timedelta(days=int(test.value))
                    days |= {first, first + timedelta(days=1)}
    return {day for day in days if day > today}


def _after(rule: ScreeningRule) -> date | None:
    return None if rule.valid_to is None else rule.valid_to + timedelta(days=1)
