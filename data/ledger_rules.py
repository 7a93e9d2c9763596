"""From when two bureaus' ledgers differ, which bureau resolves it, and what a resolution holds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from data.errors import DataError, RulesFaultyError
from gis.area import to_m2

SHIPPED = Path(__file__).with_name("rulesets") / "ledgers.toml"
SIDES = ("jx", "zg")
"""经信局 and 自然资源和规划局, in the order in which they are shown."""
LEDGER_LAYERS = ("ledger_jx", "ledger_zg")
FIELDS = ("code", "area", "owner", "class", "stage")
KINDS = (*FIELDS, "only_jx", "only_zg")
"""What two ledgers can disagree about; the last two: one of them does not list the land."""
_VALUES = ("area_share", "area_least", "unit_mistake", "unit_polygon", "overlap")
_COMMON = ("unit", "source", "tag", "valid_from")


class NoSuchDifferenceError(DataError):
    """Somebody resolves a difference that is not there."""

    zh: ClassVar[str] = (
        "宗地 {parcel} 没有待解决的“{field}”差异，没有写入。可先用 ledgers compare 查看。"
    )
    en: ClassVar[str] = (
        "Parcel {parcel} has no open difference of {field}; nothing was written. "
        "Look with: ledgers compare."
    )


@dataclass(frozen=True, slots=True)
class Bureau:
    """One of the two bureaus and the layer that holds its ledger."""

    code: str
    layer: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """From when a difference counts, and which bureau must resolve it.

    Attributes
    ----------
    bureaus : mapping of str to Bureau
        By code, ``jx`` and ``zg``.
    area_share, area_least_m2 : float
        Areas further apart than both count as different.
    unit_share : float
        How near to a ratio of units two areas must be apart for one of them to be in another unit.
    unit_polygon_share : float
        How near to the recorded polygon an area must come, brought to another unit, to be a
        mistake of units.
    overlap_share : float
        Part of the smaller shape that two rows must share to be the same land.
    resolve : mapping of str to str
        Kind of difference → code of the bureau.
    land_values : mapping of str to tuple of str
        Classes and stages that the land bureau establishes, whatever ``resolve`` says.
    source : str
        Who says so.
    """

    bureaus: Mapping[str, Bureau]
    area_share: float
    area_least_m2: float
    unit_share: float
    unit_polygon_share: float
    overlap_share: float
    resolve: Mapping[str, str]
    land_values: Mapping[str, tuple[str, ...]]
    source: str


def load_ledger_rules(path: Path | None = None) -> LedgerRules:
    """Read the rules of comparing ledgers.

    Raises
    ------
    RulesFaultyError
        If a bureau or a kind is missing, or a value has no unit, source or date.

    Examples
    --------
    >>> load_ledger_rules().resolve["area"], load_ledger_rules().bureaus["jx"].zh
    ('zg', '经信局')
    """
    file = path or SHIPPED
    try:
        body = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesFaultyError(count=1, faults=f"{file.name}: {error}") from error
    values = {key: body.get(key, {}) for key in _VALUES}
    resolve = body.get("resolve", {})
    faults = [f"{k}: {c} ?" for k, v in values.items() for c in _COMMON if not v.get(c)]
    faults += [f"{k}: value ?" for k, v in values.items() if not _positive(v.get("value"))]
    faults += [f"resolve: {common} ?" for common in _COMMON if not resolve.get(common)]
    faults += [f"resolve: {kind} ?" for kind in KINDS if resolve.get(kind) not in SIDES]
    faults += [f"bureau: {side} ?" for side in SIDES if side not in body.get("bureau", {})]
    if faults:
        raise RulesFaultyError(count=len(faults), faults="; ".join(faults))
    return LedgerRules(
        bureaus={side: Bureau(side, **body["bureau"][side]) for side in SIDES},
        area_share=values["area_share"]["value"],
        area_least_m2=float(to_m2(values["area_least"]["value"])),
        unit_share=values["unit_mistake"]["value"],
        unit_polygon_share=values["unit_polygon"]["value"],
        overlap_share=values["overlap"]["value"],
        resolve={kind: resolve[kind] for kind in KINDS},
        land_values={key: tuple(v) for key, v in resolve.get("land_values", {}).items()},
        source=resolve["source"],
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


@dataclass(frozen=True, slots=True)
class Resolution:
    """What two bureaus agreed on about one difference; it holds while both say what they said.

    Attributes
    ----------
    parcel_id, field : str
        What the difference is about; ``field`` is one of `KINDS`.
    jx, zg : str
        What either ledger said then, as text.
    decision, document : str
        What was agreed, and the number of the document.
    """

    parcel_id: str
    field: str
    jx: str
    zg: str
    decision: str
    document: str
