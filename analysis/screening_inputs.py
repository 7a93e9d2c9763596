"""What the rules of screening ask of parcels: values, where they are unknown, and what is wrong.

A value that cannot be right (outside its range, a fact dated after the day of screening) is not
used: it counts as unknown and is told as an issue.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from data.screening_rules import ScreeningRules, Term
from data.screening_units import kind_of
from gis.area import M2_PER_MU

Bools = NDArray[np.bool_]
Array = NDArray[Any]
Bits = NDArray[np.uint8]

ISSUES: dict[str, tuple[str, str]] = {
    "future_date": (
        "{label} {value} 晚于筛查日 {day}，未采用。请核对日期，或换一个筛查日。",
        "{label} {value} is after the day of screening {day} and was not used. Check the date.",
    ),
    "out_of_range": (
        "{label} {value} 超出可能的范围，未采用。请核对数值和单位。",
        "{label} {value} is outside what is possible and was not used. Check value and unit.",
    ),
    "unreadable": (
        "{label} “{value}” 无法识别，未采用。请更正。",
        "{label} “{value}” cannot be read and was not used. Correct it.",
    ),
    "zero_divisor": (
        "{label} 为 {value}，不能作除数，有关比值按未知处理。请核对。",
        "{label} is {value} and cannot divide; the ratio counts as unknown. Check it.",
    ),
}
"""Kinds of issue with their Chinese and English sentence."""


class Inputs:
    """Values of one frame on one day, each read and checked once.

    Attributes
    ----------
    index : Index
        Of the parcels.
    bad : dict
        Field → kind of issue → mask of the rows.
    """

    def __init__(self, parcels: pd.DataFrame, ruleset: ScreeningRules, day: date) -> None:
        self.index = parcels.index
        self.day = np.datetime64(day, "D")
        self.ruleset = ruleset
        self.bad: dict[str, dict[str, Bools]] = {}
        self._parcels = parcels
        self._place = {key: at for at, key in enumerate(ruleset.inputs)}
        self._width = 8 * ((len(self._place) + 63) // 64 or 1)  # whole words, to be grouped by
        self._terms = {k: _as_given(t) for k, t in ruleset.terms.items()}
        self._values: dict[str, tuple[Array, Bools]] = {}
        self._recorded: dict[str, Bools] = {}
        self._missing: dict[str, Bits] = {}

    @property
    def count(self) -> int:
        """Number of parcels."""
        return len(self.index)

    def kind(self, name: str) -> str:
        """Return what a field or term holds: float, date, bool, enum or text."""
        return str(kind_of(name, self._terms))

    def values(self, name: str) -> tuple[Array, Bools]:
        """Return the values of a field or term and where they are unknown.

        Numbers are float64, dates datetime64[D], flags bool, codes and text object.
        """
        if name not in self._values:
            term = self.ruleset.terms.get(name)
            self._values[name] = self._read(name) if term is None else self._derive(term)
        return self._values[name]

    def recorded(self, name: str) -> Bools:
        """Return where anything is recorded, usable or not; for a term, where it is known."""
        self.values(name)
        if name in self.ruleset.terms:
            return ~self.values(name)[1]
        return self._recorded[name]

    def missing(self, name: str) -> Bits:
        """Return a bit per field of ``ruleset.inputs``: needed for ``name`` and unknown."""
        if name not in self._missing:
            term = self.ruleset.terms.get(name)
            unknown = self.values(name)[1]
            if term is None:
                bits = self.no_bits()
                place = self._place[name]
                bits[:, place // 8] |= np.where(unknown, 1 << place % 8, 0).astype(np.uint8)
            elif term.kind == "first":
                bits = np.where(unknown[:, None], self.missing(term.fields[-1]), 0)
            else:
                bits = self.no_bits()
                for part in term.fields:
                    bits |= self.missing(part)
                divides = self._zero(term)
                if divides is not None:
                    place = self._place[self._base(term.fields[1])]
                    bits[:, place // 8] |= np.where(divides, 1 << place % 8, 0).astype("u1")
            self._missing[name] = bits.astype(np.uint8)
        return self._missing[name]

    def no_bits(self) -> Bits:
        """Return a fresh table without any missing field."""
        return np.zeros((self.count, self._width), dtype=np.uint8)

    def _base(self, name: str) -> str:
        """Return the field of the dictionary that a term falls back on."""
        while name in self.ruleset.terms:
            name = self.ruleset.terms[name].fields[-1]
        return name

    def _zero(self, term: Term) -> Bools | None:
        if term.kind != "ratio":
            return None
        below, unknown = self.values(term.fields[1])
        return np.asarray(~unknown & ~(below.astype(float) > 0))

    def _read(self, name: str) -> tuple[Array, Bools]:
        cells = (
            self._parcels[name]
            if name in self._parcels
            else pd.Series(None, index=self.index, dtype=object)
        )
        blank = cells.isna().to_numpy(dtype=bool)
        if cells.dtype == object:
            blank = blank | (cells == "").to_numpy(dtype=bool)
        self._recorded[name] = ~blank
        kind = self.kind(name)
        if kind == "float":
            return self._numbers(name, cells, blank)
        if kind == "date":
            return self._days(name, cells, blank)
        if kind == "bool":
            flags = cells.astype("boolean")
            return flags.fillna(False).to_numpy(dtype=bool), blank
        values = cells.astype(object).to_numpy()
        enum = schema.field(name).enum
        if enum is not None:
            strange = ~blank & ~cells.isin(schema.enum_codes(enum)).to_numpy(dtype=bool)
            self._tell(name, "unreadable", strange)
            blank = blank | strange
        return values, blank

    def _numbers(self, name: str, cells: pd.Series, blank: Bools) -> tuple[Array, Bools]:
        numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        term = schema.field(name)
        with np.errstate(invalid="ignore"):
            beyond = np.isinf(numbers)
            if term.minimum is not None:
                beyond |= numbers < term.minimum
            if term.maximum is not None:
                beyond |= numbers > term.maximum
        self._tell(name, "unreadable", np.isnan(numbers) & ~blank)
        self._tell(name, "out_of_range", beyond)
        used = np.where(beyond, np.nan, numbers)
        return used, np.isnan(used)

    def _days(self, name: str, cells: pd.Series, blank: Bools) -> tuple[Array, Bools]:
        days = pd.to_datetime(cells, errors="coerce").to_numpy().astype("datetime64[D]")
        self._tell(name, "unreadable", np.isnat(days) & ~blank)
        if name in self.ruleset.happened:
            late = days > self.day
            self._tell(name, "future_date", late)
            days = np.where(late, np.datetime64("NaT", "D"), days)
        return days, np.isnat(days)

    def _tell(self, name: str, kind: str, rows: Bools) -> None:
        if rows.any():
            known = self.bad.setdefault(name, {})
            known[kind] = known.get(kind, np.zeros(self.count, bool)) | rows

    def _derive(self, term: Term) -> tuple[Array, Bools]:
        if term.kind == "elapsed":
            days, unknown = self.values(term.fields[0])
            passed = (self.day - days).astype("timedelta64[D]").astype(float)
            return np.where(unknown, np.nan, passed), unknown
        if term.kind == "ratio":
            return self._ratio(term)
        values, unknown = self.values(term.fields[0])
        for name in term.fields[1:]:
            other, absent = self.values(name)
            values = np.where(unknown, other, values)
            unknown = unknown & absent
        return values, unknown

    def _ratio(self, term: Term) -> tuple[Array, Bools]:
        above, below = (self.values(name)[0].astype(float) for name in term.fields)
        zero = self._zero(term)
        if zero is not None and term.fields[1] not in self.ruleset.terms:
            self._tell(term.fields[1], "zero_divisor", zero)
        land = term.unit.endswith("_per_mu")
        divisor = np.where(below > 0, below / (M2_PER_MU if land else 1.0), np.nan)
        found = above / divisor
        return found, np.isnan(found)


def _as_given(term: Term) -> dict[str, object]:
    """Return a term as the file writes it, for `kind_of`."""
    return {term.kind: term.fields[0] if term.kind == "elapsed" else list(term.fields)}


def issues_of(inputs: Inputs, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return what was found wrong with the inputs while they were read.

    Returns
    -------
    DataFrame
        ``parcel_id``, ``field``, ``kind``, ``severity`` (``warning``), ``value``, ``message``
        and ``message_en``, by field and parcel; empty where nothing is wrong.
    """
    parts = []
    day = str(inputs.day)
    for name in sorted(inputs.bad):
        for kind, rows in sorted(inputs.bad[name].items()):
            values = [_plain(value) for value in parcels[name].to_numpy()[rows]]
            zh, en = ISSUES[kind]
            labels = [schema.label(name, lang, with_unit=False) for lang in ("zh", "en")]
            parts.append(
                pd.DataFrame(
                    {
                        "parcel_id": parcels.index[rows].astype(str),
                        "field": name,
                        "kind": kind,
                        "severity": "warning",
                        "value": values,
                        "message": [zh.format(label=labels[0], value=v, day=day) for v in values],
                        "message_en": [
                            en.format(label=labels[1], value=v, day=day) for v in values
                        ],
                    }
                )
            )
    names = ["parcel_id", "field", "kind", "severity", "value", "message", "message_en"]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    return pd.concat(parts, ignore_index=True)


def _plain(value: Any) -> str:
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return str(pd.Timestamp(value).date())
    return str(value)
