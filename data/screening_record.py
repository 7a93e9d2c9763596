"""What is kept of a screening: its day and its rules, from which its results can be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from data.asof import AsOf, office_day
from data.register.change import Change
from data.screening_rules import ScreeningRules, parse_screening_rules

KIND = "screening"


@dataclass(frozen=True)
class KeptScreening:
    """A screening on record.

    Attributes
    ----------
    change_no : int
        Change that recorded it.
    as_of : AsOf
        Its day, and the office day up to whose end the data were known. Data recorded later on
        that same day count as known too.
    """

    change_no: int
    as_of: AsOf
    ruleset: ScreeningRules


def screening_change(
    ruleset: ScreeningRules, *, on: date, who: str, why: str, recorded_at: datetime
) -> Change:
    """Return the change that puts a screening on record: its day and the text of its rules."""
    told = {"on": on.isoformat(), "rules_id": ruleset.id, "rules": ruleset.text}
    meta = {KIND: json.dumps(told, ensure_ascii=False, sort_keys=True)}
    return Change(kind=KIND, who=who, why=why, recorded_at=recorded_at, meta=meta)


def last_screening(meta: Mapping[str, str], changes: pd.DataFrame) -> KeptScreening | None:
    """Return the last screening on record, None where there is none.

    Parameters
    ----------
    meta : mapping
        Facts of the register.
    changes : DataFrame
        Its changes: ``change_no``, ``kind``, ``recorded_at``.
    """
    mine = changes[changes["kind"] == KIND]
    if KIND not in meta or mine.empty:
        return None
    told = json.loads(meta[KIND])
    row = mine.iloc[-1]
    known_on = office_day(row["recorded_at"].to_pydatetime())
    as_of = AsOf(date.fromisoformat(told["on"]), known_on)
    return KeptScreening(int(row["change_no"]), as_of, parse_screening_rules(told["rules"]))
