"""Rules of the per-mu evaluation as data: indicators, weights, bases, caps, cut-offs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import schema
from data.errors import RulesFaultyError
from data.screening_units import RATIOS

SHIPPED = Path(__file__).with_name("rulesets") / "evaluation.toml"
LAND = "land_m2"
MISSING = ("unknown", "mean", "zero")
_COMMON = ("label_zh", "label_en", "source", "tag", "valid_from")
_META = frozenset({*_COMMON, "valid_to", "example", "note_zh", "note_en"})
_INDICATOR = frozenset(
    {"ratio", "unit", "weight", "base", "cap", "floor", "missing", "label_zh", "label_en"}
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One item of the score: ``weight × value / base``.

    Attributes
    ----------
    above, below : str
        Fields of a firm (or ``land_m2``, its allocated land) whose quotient is the value.
    cap, floor : float or None
        Bounds of the item's score as multiples of its weight; None where there are none.
    missing : str
        What stands in for an unknown value: ``unknown`` (nothing: the score is unknown), ``mean``
        (mean score of the item over the firms where it is known) or ``zero``.
    """

    key: str
    above: str
    below: str
    unit: str
    weight: float
    base: float
    cap: float | None
    floor: float | None
    missing: str
    label_zh: str
    label_en: str


@dataclass(frozen=True)
class ScoreScheme:
    """Indicators by size class (``above``, ``below``); empty where nobody has set them."""

    id: str
    label_zh: str
    label_en: str
    example: bool
    source: str
    tag: str
    valid_from: date
    valid_to: date | None
    indicators: Mapping[str, tuple[Indicator, ...]]


@dataclass(frozen=True)
class GradeScheme:
    """Shares of the firms that get each grade, best first, by size class."""

    id: str
    label_zh: str
    label_en: str
    example: bool
    source: str
    tag: str
    valid_from: date
    valid_to: date | None
    shares: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class EvaluationRules:
    """Every scheme of the file by its id."""

    scores: Mapping[str, ScoreScheme]
    grades: Mapping[str, GradeScheme]


def _meta_faults(where: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{where}: {key} missing" for key in _COMMON if not body.get(key))
    if body.get("tag") and body["tag"] not in schema.TAGS:
        yield f"{where}: tag {body['tag']} ?"
    for key in ("valid_from", "valid_to"):
        if key in body and type(body[key]) is not date:
            yield f"{where}: {key} {body[key]} is no date"


def _unit(key: str) -> str:
    return "m2" if key == LAND else schema.field(key).unit


def _ratio_unit(above: str, below: str) -> str:
    units = _unit(above), _unit(below)
    if units == ("wan", "wan_kwh"):
        return "wan_per_wan_kwh"
    return "share" if units[0] == units[1] else RATIOS.get(units, "?")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _indicator_faults(where: str, body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{where}: a table is needed"
        return
    yield from (f"{where}: {key} unknown key" for key in body if key not in _INDICATOR)
    yield from (f"{where}: {key} missing" for key in ("label_zh", "label_en") if not body.get(key))
    ratio = body.get("ratio")
    known = {LAND, *(f.key for f in schema.fields("firm") if f.type in ("float", "int"))}
    if not isinstance(ratio, list) or len(ratio) != 2:
        yield f"{where}: ratio takes two fields"
    elif unknown := [name for name in ratio if name not in known]:
        yield f"{where}: unknown field {', '.join(map(str, unknown))}"
    elif body.get("unit") != _ratio_unit(*ratio):
        yield f"{where}: unit {body.get('unit')}, the quotient is in {_ratio_unit(*ratio)}"
    for key in ("weight", "base"):
        if not _number(body.get(key)) or not body[key] > 0:
            yield f"{where}: {key} {body.get(key)} is no number above 0"
    for key in ("cap", "floor"):
        if key in body and not _number(body[key]):
            yield f"{where}: {key} {body[key]} is no number"
    if body.get("missing", "unknown") not in MISSING:
        yield f"{where}: missing {body['missing']}, known are {', '.join(MISSING)}"


def _cut_faults(where: str, cuts: Any) -> Iterator[str]:
    if not isinstance(cuts, dict):
        yield f"{where}: a table is needed"
        return
    sizes, grades = schema.enum_codes("firm_size"), schema.enum_codes("evaluation_grade")
    for size, shares in cuts.items():
        if size not in sizes or not isinstance(shares, dict):
            yield f"{where}: {size} ?"
            continue
        yield from (f"{where}.{size}: grade {grade} ?" for grade in shares if grade not in grades)
        values = list(shares.values())
        if not all(_number(v) and 0 <= v <= 1 for v in values):
            yield f"{where}.{size}: shares lie between 0 and 1"
        elif abs(sum(values) - 1) > 1e-9:
            yield f"{where}.{size}: shares add to {sum(values):g}, not 1"


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    body = raw.get("evaluation")
    if not isinstance(body, dict):
        yield "[evaluation] ?"
        return
    yield from (f"evaluation.{key}: unknown key" for key in body if key not in ("score", "grade"))
    sizes = schema.enum_codes("firm_size")
    for key, given in body.get("score", {}).items():
        yield from _meta_faults(f"score.{key}", given)
        for name, items in given.items():
            if name in sizes:
                for item, one in items.items():
                    yield from _indicator_faults(f"score.{key}.{name}.{item}", one)
            elif name not in _META:
                yield f"score.{key}: {name} unknown key"
    for key, given in body.get("grade", {}).items():
        yield from _meta_faults(f"grade.{key}", given)
        yield from _cut_faults(f"grade.{key}.cuts", given.get("cuts"))


def _indicator(key: str, body: Mapping[str, Any]) -> Indicator:
    above, below = body["ratio"]
    return Indicator(
        key=key,
        above=above,
        below=below,
        unit=body["unit"],
        weight=float(body["weight"]),
        base=float(body["base"]),
        cap=float(body["cap"]) if "cap" in body else None,
        floor=float(body["floor"]) if "floor" in body else None,
        missing=body.get("missing", "unknown"),
        label_zh=body["label_zh"],
        label_en=body["label_en"],
    )


def _common(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": key,
        **{name: body[name] for name in _COMMON},
        "valid_to": body.get("valid_to"),
        "example": bool(body.get("example", False)),
    }


def load_evaluation_rules(path: Path | None = None) -> EvaluationRules:
    """Read the schemes of the per-mu evaluation; the shipped ones by default.

    Raises
    ------
    RulesFaultyError
        If anything in the file is wrong; lists all faults at once.

    Examples
    --------
    >>> rules = load_evaluation_rules()
    >>> [i.weight for i in rules.scores["huangyan_2022"].indicators["above"]]
    [30.0, 20.0, 20.0, 10.0, 10.0, 10.0]
    >>> rules.scores["ruian"].indicators["above"]
    ()
    """
    file = path or SHIPPED
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    faults = list(_faults(raw))
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    body, sizes = raw["evaluation"], schema.enum_codes("firm_size")
    scores = {
        key: ScoreScheme(
            **_common(key, given),
            indicators=MappingProxyType(
                {s: tuple(_indicator(k, i) for k, i in given.get(s, {}).items()) for s in sizes}
            ),
        )
        for key, given in body.get("score", {}).items()
    }
    grades = {
        key: GradeScheme(
            **_common(key, given),
            shares=MappingProxyType({s: MappingProxyType(c) for s, c in given["cuts"].items()}),
        )
        for key, given in body.get("grade", {}).items()
    }
    return EvaluationRules(MappingProxyType(scores), MappingProxyType(grades))
