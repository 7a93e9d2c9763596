"""Sentences of screening: what a rule says of a parcel, value against threshold."""

from __future__ import annotations

import operator
import string
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce

import numpy as np
import pandas as pd

from analysis.screening_inputs import Array, Bools, Inputs
from data import schema
from data.screening_units import unit_label, unit_of
from gis.area import M2_PER_MU

UNKNOWN = {"zh": "未登记", "en": "not recorded"}
YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}
EXAMPLE = {"zh": "【示例】", "en": "[example] "}
_DECIMALS = {"share": 1, "pct": 1, "day": 0, "person": 0}


def sentences(
    template: str, inputs: Inputs, rows: Array, special: dict[str, Array], lang: str
) -> Array:
    """Return a template filled for some rows.

    Parameters
    ----------
    template : str
        With placeholders: fields, terms, and the keys of ``special``.
    rows : ndarray of int
        Positions of the parcels.
    special : dict
        Texts by placeholder, one for each of ``rows``.
    """
    pieces: list[Array] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        if literal:
            pieces.append(np.full(len(rows), literal, dtype=object))
        if name is not None:
            known = special.get(name)
            pieces.append(field_text(inputs, name, rows, lang) if known is None else known)
    empty = np.full(len(rows), "", dtype=object)
    return np.asarray(reduce(operator.add, pieces, empty))


def field_text(inputs: Inputs, name: str, rows: Array, lang: str) -> Array:
    """Return the values of a field or term as they are printed, unit included."""
    values, unknown = inputs.values(name)
    return text_of(
        values[rows], unknown[rows], inputs.kind(name), _unit(inputs, name), lang, _enum(name)
    )


def _unit(inputs: Inputs, name: str) -> str:
    term = inputs.ruleset.terms.get(name)
    return unit_of(name) if term is None else term.unit


def _enum(name: str) -> str | None:
    return schema.field(name).enum if name in schema.PARCEL_COLUMNS else None


def text_of(
    values: Array, unknown: Bools, kind: str, unit: str, lang: str, enum: str | None = None
) -> Array:
    """Return values as text; unknown ones as such."""
    if kind == "float":
        found = number_text(values.astype(float), unit, lang)
    elif kind == "date":
        found = np.datetime_as_string(values.astype("datetime64[D]")).astype(object)
    elif kind == "bool":
        found = np.array(YES_NO[lang], dtype=object)[values.astype(bool).astype(int)]
    elif enum is not None:
        labels = schema.enum_labels(enum, lang)
        found = values.astype(object)
        for code, label in labels.items():
            found = np.where(values == code, label, found)
    else:
        found = values.astype(object)
    return np.where(unknown, UNKNOWN[lang], found).astype(object)


def number_text(values: Array, unit: str, lang: str, *, decimals: int | None = None) -> Array:
    """Return numbers with their unit: areas in 亩, shares in per cent, thirds as fractions.

    Examples
    --------
    >>> number_text(np.array([20_000 / 3]), "m2", "zh").tolist()
    ['10.00 亩']
    >>> number_text(np.array([1 / 3, 0.25]), "share", "zh").tolist()
    ['1/3', '25.0%']
    """
    factor = {"m2": 1 / M2_PER_MU, "share": 100.0}.get(unit, 1.0)
    places = _DECIMALS.get(unit, 2) if decimals is None else decimals
    place, distinct = pd.factorize(values.astype(float) * factor)
    name = "%" if unit in ("share", "pct") else unit_label("mu" if unit == "m2" else unit, lang)
    behind = name if name == "%" else f" {name}" if name else ""
    texts = [f"{value:,.{places}f}{behind}" for value in distinct]
    if unit == "share":
        for at in _exact_parts(distinct / 100):
            texts[at] = str(Fraction(distinct[at] / 100).limit_denominator(9))
    return np.array([*texts, ""], dtype=object)[place]


def _exact_parts(shares: Array) -> list[int]:
    """Places of shares that are thirds, sixths, sevenths or ninths, which no decimals show."""
    with np.errstate(invalid="ignore"):
        near = [np.abs(shares * n - np.round(shares * n)) < 1e-11 for n in (6, 7, 9)]
        plain = np.abs(shares * 200 - np.round(shares * 200)) < 1e-9
    return [int(at) for at in np.flatnonzero(np.logical_or.reduce(near) & ~plain)]


def apart(
    left: Array, right: Array, unit: str, lang: str, texts: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Print more decimals where two different numbers would look alike.

    Examples
    --------
    >>> a, b = np.array([1.999]), np.array([2.0])
    >>> same = np.array(["2.00"], dtype=object)
    >>> [t.tolist() for t in apart(a, b, "ratio", "zh", (same, same))]
    [['1.999000'], ['2.000000']]
    """
    alike = (texts[0] == texts[1]) & (left != right)
    if not alike.any():
        return texts
    finer = tuple(number_text(part, unit, lang, decimals=6) for part in (left, right))
    return np.where(alike, finer[0], texts[0]), np.where(alike, finer[1], texts[1])


def listed(keys: Sequence[str], inputs: Inputs, lang: str) -> str:
    """Return the names of fields as a list in words."""
    return ("、" if lang == "zh" else ", ").join(inputs.ruleset.label(key, lang) for key in keys)
