"""Screening: the one low-efficiency class of each parcel, by which rule and on which figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import require_unique
from analysis.screening_inputs import Array, Bits, Bools, Inputs, issues_of
from analysis.screening_logic import OPEN, YES, Evaluator, Truth
from analysis.screening_words import EXAMPLE, apart, listed, number_text, sentences, text_of
from data import schema
from data.asof import AsOf
from data.screening_rules import INSUFFICIENT, NOT_LOW, ScreeningRule, ScreeningRules

COLUMNS = (
    "class", "rule", "value", "threshold", "unit", "clause", "sentence_zh", "sentence_en",
    "missing", "suspected_idle", "idle_countdown_days", "idle_rule", "idle_clause",
    "idle_sentence_zh", "idle_sentence_en", "idle_missing", "high_consumption", "all_hits",
)  # fmt: skip
"""Columns of a screening."""

_IDLE = "suspected_idle"
Texts = dict[str, Array]


def screen(parcels: pd.DataFrame, *, ruleset: ScreeningRules, as_of: AsOf) -> pd.DataFrame:
    """Return the class of each parcel (低效类别) with the rule, the figures and the clause.

    Of the class rules in force on ``as_of.state_on`` the first that holds, by priority, gives the
    class. Where none holds and some cannot be told for want of inputs the class is
    ``insufficient`` (信息不足), else ``not_low``. Flags (疑似闲置,
    高耗低效) stand beside the class.

    Parameters
    ----------
    parcels : DataFrame
        Indexed by unique ``parcel_id``, with fields of the dictionary in their stored units. A
        field that is absent counts as unknown for every parcel.
    ruleset : ScreeningRules
        As from `data.screening_rules.load_screening_rules`.
    as_of : AsOf
        Only ``state_on``, the day of screening, is used: the frame is what was known.

    Returns
    -------
    DataFrame
        On the index of ``parcels``:

        - ``class``, ``rule``: code of ``low_class``; id of the deciding rule, None without one
        - ``value``, ``threshold``, ``unit``: of the deciding rule, a number in stored units or a
          code; ``clause``; ``sentence_zh``, ``sentence_en``
        - ``missing``: tuple of the unknown fields that kept class rules open. Where a class is
          given they are those of rules of higher priority
        - ``suspected_idle``: True, False, NA where it cannot be told; never a finding
        - ``idle_countdown_days`` (Int64): days left until the last day of the full year, below 0
          once it has passed; NA where no such time runs or its date is unknown
        - ``idle_rule``, ``idle_clause``, ``idle_sentence_zh``, ``idle_sentence_en``,
          ``idle_missing``: the same of the flag
        - ``high_consumption``: True, False, NA where unknown or no such rule is in force
        - ``all_hits``: tuple of every rule that holds, in the order of priority

    Raises
    ------
    DuplicateParcelError
        If a parcel occurs twice.

    Examples
    --------
    >>> from datetime import date
    >>> from data.screening_rules import load_screening_rules
    >>> parcels = pd.DataFrame(
    ...     {"build_status": ["producing", "producing"], "is_supplied": [True, True],
    ...      "far": [0.8, None], "planned_far": [1.2, 1.2],
    ...      "tax_wan_per_mu": [12.0, 12.0], "agreed_tax_wan_per_mu": [10.0, 10.0]},
    ...     index=pd.Index(["P1", "P2"], name="parcel_id"),
    ... )
    >>> found = screen(
    ...     parcels, ruleset=load_screening_rules(), as_of=AsOf(date(2026, 6, 30))
    ... )
    >>> found["class"].tolist(), found["sentence_zh"].iloc[0]
    (['underused', 'insufficient'], '实际容积率 0.80，低于规划或合同约定的 1.20。')
    >>> found["missing"].iloc[1]
    ('far',)
    """
    return screen_with_issues(parcels, ruleset=ruleset, as_of=as_of)[0]


def screen_with_issues(
    parcels: pd.DataFrame, *, ruleset: ScreeningRules, as_of: AsOf
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a screening as `screen` does, and the inputs that were not used, row by row.

    The second frame has ``parcel_id``, ``field``, ``kind`` (``future_date``, ``out_of_range``,
    ``unreadable``, ``zero_divisor``), ``severity``, ``value``, ``message``, ``message_en``.

    Raises
    ------
    DuplicateParcelError
        If a parcel occurs twice.
    """
    require_unique(parcels)
    inputs = Inputs(parcels, ruleset, as_of.state_on)
    job = _Screening(inputs, ruleset.in_force(as_of.state_on))
    columns = {
        name: pd.Series(cells, index=parcels.index, dtype=getattr(cells, "dtype", object))
        for name, cells in job.columns().items()
    }
    frame = pd.DataFrame(columns, columns=list(COLUMNS))
    return frame, issues_of(inputs, parcels)


class _Screening:
    """One run over a frame: the verdict of every rule, then the columns made of them."""

    def __init__(self, inputs: Inputs, rules: tuple[ScreeningRule, ...]) -> None:
        self.inputs = inputs
        self.rules = rules
        self.evaluator = Evaluator(inputs)
        self.truth = {rule.id: self.evaluator.rule(rule).truth for rule in rules}

    def columns(self) -> dict[str, object]:
        classes = [rule for rule in self.rules if rule.low_class is not None]
        deciding, texts = self._decided(classes)
        missing = self._missing(classes, deciding)
        self._say_rest(texts, deciding, missing, len(classes))
        return {
            **texts,
            "missing": self._names(missing),
            **self._idle(),
            "high_consumption": self._flag("high_consumption"),
            "all_hits": self._hits(),
        }

    def _decided(self, classes: list[ScreeningRule]) -> tuple[Array, Texts]:
        """Place of the deciding rule of each parcel (-1 without), and what it says."""
        count = self.inputs.count
        deciding = np.full(count, -1)
        for at in reversed(range(len(classes))):
            deciding[self.truth[classes[at].id] == YES] = at
        texts = _empty(count, ("class", "rule", "value", "threshold", "unit", "clause")) | _empty(
            count, ("sentence_zh", "sentence_en")
        )
        for at, rule in enumerate(classes):
            self._say(rule, np.flatnonzero(deciding == at), texts, "")
        return deciding, texts

    def _say(self, rule: ScreeningRule, rows: Array, texts: Texts, prefix: str) -> None:
        if not len(rows):
            return
        value, threshold, unit, special = self._measured(rule, rows)
        told = {"rule": rule.id, "clause": rule.clause}
        if not prefix:
            told |= {"class": str(rule.low_class), "unit": unit}
            texts["value"][rows], texts["threshold"][rows] = value, threshold
        for name, text in told.items():
            texts[prefix + name][rows] = text
        for lang, template in (("zh", rule.sentence_zh), ("en", rule.sentence_en)):
            mark = EXAMPLE[lang] if rule.example else ""
            said = sentences(mark + template, self.inputs, rows, special[lang], lang)
            texts[f"{prefix}sentence_{lang}"][rows] = said

    def _measured(
        self, rule: ScreeningRule, rows: Array
    ) -> tuple[Array, Array, str, dict[str, Texts]]:
        """Value and threshold of a rule on some rows, their unit, and both as texts."""
        day = str(self.inputs.day)
        special: dict[str, Texts] = {
            lang: {"as_of": np.full(len(rows), day, dtype=object)} for lang in ("zh", "en")
        }
        if rule.clock is not None:
            end, unknown = (part[rows] for part in self.evaluator.deadline(rule.clock))
            for lang, texts in special.items():
                texts["deadline"] = text_of(end, unknown, "date", "", lang)
        if rule.test is None:
            return self._clocked(rule, rows, special)
        name, kind = rule.test.field, self.inputs.kind(rule.test.field)
        left, unknown = (part[rows] for part in self.inputs.values(name))
        right = self._right(rule, rows)
        unit, enum = rule.test.unit, _enum_of(name, kind)
        absent = np.zeros(len(rows), dtype=bool)
        for lang, texts in special.items():
            pair = tuple(text_of(v, absent, kind, unit, lang, enum) for v in (left, right))
            if kind == "float":
                numbers = left.astype(float), right.astype(float)
                pair = apart(*numbers, unit, lang, (pair[0], pair[1]))
            texts["value"], texts["threshold"] = pair
        return _plain(left, kind), _plain(right, kind), unit, special

    def _clocked(
        self, rule: ScreeningRule, rows: Array, special: dict[str, Texts]
    ) -> tuple[Array, Array, str, dict[str, Texts]]:
        assert rule.clock is not None
        since = self.inputs.values(rule.clock.field)[0][rows]
        end = self.evaluator.deadline(rule.clock)[0][rows]
        passed = (self.inputs.day - since).astype("timedelta64[D]").astype(float)
        needed = (end - since).astype("timedelta64[D]").astype(float)
        for lang, texts in special.items():
            texts["value"] = number_text(passed, "day", lang)
            texts["threshold"] = number_text(needed, "day", lang)
        return passed.astype(object), needed.astype(object), "day", special

    def _right(self, rule: ScreeningRule, rows: Array) -> Array:
        assert rule.test is not None
        if rule.test.other is not None:
            return np.asarray(self.inputs.values(rule.test.other)[0][rows])
        value = rule.test.value
        plain = "/".join(value) if isinstance(value, tuple) else value
        return np.full(len(rows), plain, dtype=object if isinstance(plain, str) else None)

    def _missing(self, classes: list[ScreeningRule], deciding: Array) -> Bits:
        bits = self.inputs.no_bits()
        for at, rule in enumerate(classes):
            verdict = self.evaluator.rule(rule)
            counts = (verdict.truth == OPEN) & ((deciding == -1) | (at < deciding))
            bits |= np.where(counts[:, None], verdict.missing, 0).astype(np.uint8)
        return bits

    def _say_rest(self, texts: Texts, deciding: Array, missing: Bits, rules: int) -> None:
        """Say of parcels without a deciding rule why: inputs are missing, or no rule holds."""
        rest = deciding == -1
        lacking = rest & missing.any(axis=1)
        day = self.inputs.day
        texts["class"][rest] = np.where(lacking[rest] | (rules == 0), INSUFFICIENT, NOT_LOW)
        if not rules:  # no rule is no reason to call a parcel good
            texts["sentence_zh"][rest] = f"{day} 没有在用的分类规则，无法判断。"
            texts["sentence_en"][rest] = f"No class rule is in force on {day}."
            return
        texts["sentence_zh"][rest] = f"{day} 在用的 {rules} 条分类规则均不成立。"
        texts["sentence_en"][rest] = f"None of the {rules} class rules in force on {day} holds."
        for combination, rows in _combinations(missing, lacking):
            keys = self._keys(combination)
            for lang, template in (
                ("zh", "信息不足：缺少{}，无法判断。"),
                ("en", "Too little known: {} missing, so the class cannot be told."),
            ):
                texts[f"sentence_{lang}"][rows] = template.format(listed(keys, self.inputs, lang))

    def _keys(self, bits: Bits) -> tuple[str, ...]:
        flags = np.unpackbits(bits, bitorder="little")
        return tuple(key for key, on in zip(self.inputs.ruleset.inputs, flags, strict=False) if on)

    def _names(self, missing: Bits) -> Array:
        names = np.empty(self.inputs.count, dtype=object)
        names.fill(())
        for combination, rows in _combinations(missing, np.asarray(missing.any(axis=1))):
            names[rows] = _repeated(self._keys(combination), len(rows))
        return names

    def _flag(self, flag: str) -> pd.arrays.BooleanArray:
        """Tell where any rule of the flag holds; NA where none does but one cannot be told."""
        truth = self._any([self.truth[rule.id] for rule in self.rules if rule.flag == flag])
        return pd.arrays.BooleanArray(truth == YES, truth == OPEN)

    def _any(self, truths: list[Truth]) -> Truth:
        if not truths:
            return np.full(self.inputs.count, OPEN)
        yes = np.logical_or.reduce([truth == YES for truth in truths])
        opens = np.logical_or.reduce([truth == OPEN for truth in truths])
        return np.where(yes, YES, np.where(opens, OPEN, 0)).astype(np.int8)

    def _idle(self) -> dict[str, object]:
        """Suspicion of idleness: by which rule, and how many days are left."""
        rules = [rule for rule in self.rules if rule.flag == _IDLE]
        texts = _empty(self.inputs.count, ("rule", "clause", "sentence_zh", "sentence_en"))
        texts = {f"idle_{name}": cells for name, cells in texts.items()}
        free = np.ones(self.inputs.count, dtype=bool)
        days = np.full(self.inputs.count, np.inf)
        bits = self.inputs.no_bits()
        for rule in rules:
            holds = self.truth[rule.id] == YES
            self._say(rule, np.flatnonzero(holds & free), texts, "idle_")
            free &= ~holds
            days = np.minimum(days, self._countdown(rule))
            bits |= self.evaluator.rule(rule).missing
        running = np.isfinite(days)
        left = pd.arrays.IntegerArray(np.where(running, days, 0).astype(np.int64), ~running)
        return {
            _IDLE: self._flag(_IDLE),
            "idle_countdown_days": left,
            **texts,
            "idle_missing": self._names(np.where(free[:, None], bits, 0).astype(np.uint8)),
        }

    def _countdown(self, rule: ScreeningRule) -> Array:
        """Days until the last day of the rule's time where all else holds, else infinite."""
        if rule.clock is None:
            return np.full(self.inputs.count, np.inf)
        end, unknown = self.evaluator.deadline(rule.clock)
        runs = (self.evaluator.before_clock(rule).truth == YES) & ~unknown
        days = (end - self.inputs.day).astype("timedelta64[D]").astype(float)
        return np.where(runs, days, np.inf)

    def _hits(self) -> Array:
        names = np.empty(self.inputs.count, dtype=object)
        names.fill(())
        if self.rules:
            flags = np.column_stack([self.truth[rule.id] == YES for rule in self.rules])
            bits = np.packbits(flags, axis=1, bitorder="little")
            bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
            for combination, rows in _combinations(bits, np.asarray(flags.any(axis=1))):
                on = np.unpackbits(combination, bitorder="little")
                held = tuple(r.id for r, yes in zip(self.rules, on, strict=False) if yes)
                names[rows] = _repeated(held, len(rows))
        return names


def _empty(count: int, names: tuple[str, ...]) -> Texts:
    return {name: np.full(count, None, dtype=object) for name in names}


def _repeated(value: tuple[str, ...], count: int) -> Array:
    cells = np.empty(count, dtype=object)
    cells.fill(value)
    return cells


def _combinations(bits: Bits, rows: Bools) -> list[tuple[Bits, Array]]:
    """Group the rows by their bits: each combination with the positions that have it."""
    places = np.flatnonzero(rows)
    if not len(places):
        return []
    group = np.zeros(len(places), dtype=np.int64)
    for word in np.ascontiguousarray(bits[places]).view(np.uint64).T:
        codes, distinct = pd.factorize(word)
        group = pd.factorize(group * len(distinct) + codes)[0]
    order = np.argsort(group, kind="stable")
    parts = np.split(places[order], np.cumsum(np.bincount(group))[:-1])
    return [(bits[part[0]], part) for part in parts]


def _enum_of(name: str, kind: str) -> str | None:
    return schema.field(name).enum if kind == "enum" and name in schema.PARCEL_COLUMNS else None


def _plain(values: Array, kind: str) -> Array:
    """Values as they stand in a document: numbers, codes, flags, ISO days."""
    if kind == "date":
        return np.datetime_as_string(values.astype("datetime64[D]")).astype(object)
    if kind == "float":
        return values.astype(float).astype(object)
    return values.astype(object)
