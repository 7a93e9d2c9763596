"""What people said in a change that is undone: events, reviews, minutes, rows that wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from data.register.change import (
    ACTUAL_COLUMNS,
    EVENT_COLUMNS,
    MINUTE_COLUMNS,
    QUARANTINE_COLUMNS,
    REVIEW_COLUMNS,
)
from data.register.past import Past
from data.register.quarantine import DISCARDED
from data.undo_plans import plans_back

KEPT_COLUMNS = ("what", "name", "field", "reason", "reason_en")

_EVENT_KEY = ["parcel_id", "stage", "occurred_on", "area_m2"]


def kept_rows(
    what: str, names: Iterable[Any], reason: tuple[str, str], *, field: Any = None
) -> pd.DataFrame:
    """Return rows of ``Undoing.kept`` with one reason."""
    plain = [str(name) for name in names]
    rows = {"what": what, "name": plain, "field": field, "reason": reason[0]}
    return pd.DataFrame({**rows, "reason_en": reason[1]}, columns=list(KEPT_COLUMNS), dtype=object)


def said_back(
    register: Any, past: Past, *, current: pd.Index, today: date, why: str
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return what a reversing change must say, by the names of `Change`, and what stays.

    Parameters
    ----------
    register : PastReader
        Only read.
    past : Past
        The change that is undone.
    current : Index
        Parcels on record after the undoing.
    today : date
        Office day of the undoing.
    why : str
        Reason that is recorded with every withdrawal.
    """
    number = int(past.change["change_no"])
    events, kept_events = _events_back(past, number, current, why)
    reviews, kept_reviews = _reviews_back(register.read_reviews(), number, current, why)
    said = {
        "events": events,
        "reviews": reviews,
        "actuals": _actuals_back(register.read_actuals(), number, why),
        "minutes": _minutes_back(register.read_minutes(), number, today, why),
        **plans_back(register, number, current=current, why=why),
        **_quarantine_back(register.read_quarantine(), number, why),
    }
    said = {name: rows for name, rows in said.items() if len(rows)}
    return said, pd.concat([kept_events, kept_reviews], ignore_index=True)


def _quarantine_back(rows: pd.DataFrame, number: int, why: str) -> dict[str, pd.DataFrame]:
    """Give up rows that the change put aside; let those wait again that it took in."""
    mine = rows[rows["change_no"].eq(number) & rows["resolution"].isna()]
    steps = {"quarantine_id": mine["quarantine_id"], "action": DISCARDED, "note": why}
    again = rows.loc[rows["resolved_by"].eq(number).fillna(False), list(QUARANTINE_COLUMNS)]
    return {"quarantine": again, "quarantine_steps": pd.DataFrame(steps)}


def _events_back(
    past: Past, number: int, current: pd.Index, why: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reverse events that stand; say again what reversals took back."""
    table = past.events
    undone = table["reverses"].dropna()
    own = table[table["change_no"] == number]
    facts = own[own["reverses"].isna() & ~own["event_id"].isin(undone)]
    meant = own["reverses"].dropna()
    lost = table[table["event_id"].isin(meant) & (table["change_no"] != number)]
    gone = ~lost["parcel_id"].isin(current)
    again = lost[~gone]
    back = pd.DataFrame(
        {"reverses": facts["event_id"].astype("Int64"), "note": why}, index=facts.index
    ).reindex(columns=list(EVENT_COLUMNS))
    said = again[list(EVENT_COLUMNS)].assign(reverses=None)
    parts = [part.astype(object) for part in (back, said) if len(part)]
    kept = kept_rows(
        "event", lost.loc[gone, "event_id"], ("宗地已不在册", "its parcel is no longer on record")
    )
    if not parts:
        return pd.DataFrame(columns=list(EVENT_COLUMNS)), kept
    found = pd.concat(parts, ignore_index=True)
    days = pd.to_datetime(found["occurred_on"])
    return found.assign(occurred_on=days, reverses=found["reverses"].astype("Int64")), kept


def _reviews_back(
    table: pd.DataFrame, number: int, current: pd.Index, why: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put back the review before, or withdraw; a parcel that was reviewed again stays."""
    newest = table.drop_duplicates("parcel_id", keep="last")
    mine = table[table["change_no"] == number].drop_duplicates("parcel_id", keep="last")
    last = mine["review_id"].isin(newest["review_id"])
    here = mine["parcel_id"].isin(current)
    going = mine[last & here].set_index("parcel_id")
    before = table[table["change_no"] < number].drop_duplicates("parcel_id", keep="last")
    before = before.set_index("parcel_id").reindex(going.index)
    stood = before["verdict"].notna() & (before["verdict"] != "withdraw")
    again = before[stood.to_numpy(dtype=bool)].reset_index()
    gone = going.index[~stood.to_numpy(dtype=bool)]
    withdrawn = pd.DataFrame({"parcel_id": gone, "verdict": "withdraw", "reason": why})
    parts = [part for part in (again, withdrawn) if len(part)]
    kept = kept_rows(
        "review", mine.loc[~last, "parcel_id"], ("之后又有复核", "reviewed again since")
    )
    if not parts:
        return pd.DataFrame(columns=list(REVIEW_COLUMNS)), kept
    found = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return found.reindex(columns=list(REVIEW_COLUMNS)), kept


def _actuals_back(table: pd.DataFrame, number: int, why: str) -> pd.DataFrame:
    """Tell again what was told before of a target and a day, or withdraw."""
    key = ["target_id", "measured_on"]
    newest = table.drop_duplicates(key, keep="last")
    mine = newest[newest["change_no"] == number]
    before = table[table["change_no"] < number].drop_duplicates(key, keep="last")
    joined = mine[[*key, "source"]].merge(
        before[[*key, "value", "source", "note"]], on=key, how="left", suffixes=("_now", "")
    )
    joined["source"] = joined["source"].where(joined["source"].notna(), joined["source_now"])
    joined["note"] = joined["note"].where(joined["value"].notna(), why)
    return joined.reindex(columns=list(ACTUAL_COLUMNS))


def _minutes_back(table: pd.DataFrame, number: int, today: date, why: str) -> pd.DataFrame:
    """Close what is open, and say again what was closed."""
    mine = table[table["change_no"] == number]
    answered = table["answers"].dropna()
    closing = mine["kind"] == "closed"
    still = mine[~closing & ~mine["minute_id"].isin(answered)]
    late = still["meeting_on"] > pd.Timestamp(today)
    closed = pd.DataFrame(
        {
            "kind": "closed",
            "meeting_on": still["meeting_on"].where(~late, pd.Timestamp(today)),
            "text": why,
            "answers": still["minute_id"].astype("Int64"),
        }
    )
    meant = mine.loc[closing, "answers"].dropna()
    again = table[table["minute_id"].isin(meant) & (table["change_no"] != number)]
    parts = [part for part in (closed, again) if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(MINUTE_COLUMNS))
    found = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return found.reindex(columns=list(MINUTE_COLUMNS))
