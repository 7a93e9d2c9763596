"""The ledgers of two bureaus kept side by side: as layers of the register, never merged unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol

import pandas as pd

from data.asof import AsOf
from data.errors import DataError
from data.ledger_rules import LEDGER_LAYERS, SIDES, LedgerRules, Resolution, load_ledger_rules
from data.register.change import Change

_KEY = "ledger_resolved:"


class LedgersMissingError(DataError):
    """One of the two ledgers has not been imported."""

    zh: ClassVar[str] = (
        "登记簿中还没有{missing}的台账，不能对照。请先导入："
        "cli.py import 经信局台账.xlsx --as ledger_jx，"
        "cli.py import 资规局台账.xlsx --as ledger_zg。"
    )
    en: ClassVar[str] = (
        "The register has no ledger of: {missing}, so nothing can be compared. Import them first: "
        "cli.py import FILE --as ledger_jx (经信局), cli.py import FILE --as ledger_zg (资规局)."
    )


class _Layers(Protocol):
    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame: ...
    def read_layer(self, name: str, as_of: AsOf | None = None) -> pd.DataFrame: ...


def has_ledgers(register: _Layers, as_of: AsOf | None = None) -> bool:
    """Tell whether both ledgers have been imported by then."""
    return set(LEDGER_LAYERS) <= set(register.layers(as_of)["name"])


def read_ledgers(
    register: _Layers, as_of: AsOf | None = None, *, rules: LedgerRules | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ledgers of both bureaus as known on a day, the economy bureau's first.

    Raises
    ------
    LedgersMissingError
        Naming the bureau whose ledger is not there.
    """
    rules = rules or load_ledger_rules()
    there = set(register.layers(as_of)["name"])
    missing = [bureau.zh for bureau in rules.bureaus.values() if bureau.layer not in there]
    if missing:
        raise LedgersMissingError(missing="、".join(missing))
    jx, zg = (register.read_layer(rules.bureaus[side].layer, as_of) for side in SIDES)
    return jx, zg


def resolutions(meta: Mapping[str, str]) -> tuple[Resolution, ...]:
    """Return the resolutions on record, in the order of parcel and field.

    Examples
    --------
    >>> one = Resolution("P1", "area", "10", "12", "以登记面积为准", "会议纪要〔2026〕3号")
    >>> resolutions(resolution_meta([one])) == (one,)
    True
    """
    found = [json.loads(value) for key, value in meta.items() if key.startswith(_KEY) and value]
    known = [Resolution(**body) for body in found]
    return tuple(sorted(known, key=lambda one: (one.parcel_id, one.field)))


def resolution_meta(told: Sequence[Resolution]) -> dict[str, str]:
    """Return resolutions as the notes that a change carries into the register's chain."""
    return {
        f"{_KEY}{one.parcel_id}:{one.field}": json.dumps(
            {name: getattr(one, name) for name in Resolution.__slots__}, ensure_ascii=False
        )
        for one in told
    }


def prepare_resolution(told: Sequence[Resolution], *, who: str, recorded_at: datetime) -> Change:
    """Return the change that puts resolutions on record."""
    why = "；".join(f"{one.parcel_id} {one.field}：{one.decision}" for one in told)
    return Change(
        kind="ledger_resolution",
        who=who,
        why=f"两局台账差异处理：{why}",
        recorded_at=recorded_at,
        meta=resolution_meta(told),
    )
