"""Blocks and scenarios of a change that is undone: what was said before is said again."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from data.register.change import BLOCK_COLUMNS, SCENARIO_COLUMNS
from data.register.plans import in_force, newest, parcel_text


def plans_back(
    register: Any, number: int, *, current: pd.Index, why: str
) -> dict[str, pd.DataFrame]:
    """Return the rows that give blocks and scenarios back as they were before a change.

    What was saved or adopted again since stays. A plan that a later change put in force keeps its
    scenario.

    Parameters
    ----------
    register : PastReader
        Only read.
    number : int
        The change that is undone.
    current : Index
        Parcels on record after the undoing: a block gets back only those.
    why : str
        Recorded with every row.
    """
    return {
        "saved_blocks": _blocks_back(register.read_saved_blocks(), number, current, why),
        "scenarios": _scenarios_back(register.read_scenarios(), number, why),
    }


def _blocks_back(rows: pd.DataFrame, number: int, current: pd.Index, why: str) -> pd.DataFrame:
    last = newest(rows, "name")
    mine = last[last["change_no"] == number]
    before = newest(rows[rows["change_no"] < number], "name").set_index("name")
    before = before.reindex(mine["name"])
    texts = [_still(text, current) for text in before["parcel_ids"]]
    back = pd.DataFrame({"name": before.index, "parcel_ids": texts}, dtype=object)
    back["note"] = before["note"].to_numpy()
    back["note"] = back["note"].where(back["parcel_ids"].notna(), why)
    stood = mine["parcel_ids"].notna().to_numpy(dtype=bool)
    changed = stood | back["parcel_ids"].notna().to_numpy(dtype=bool)
    return back.loc[changed, list(BLOCK_COLUMNS)].astype(object)


def _still(text: Any, current: pd.Index) -> str | None:
    if pd.isna(text):
        return None
    kept = [name for name in json.loads(text) if name in current]
    return parcel_text(kept) if kept else None


def _scenarios_back(rows: pd.DataFrame, number: int, why: str) -> pd.DataFrame:
    parts = [_years_back(rows, number, why), _names_back(rows, number, why)]
    parts = [part.astype(object) for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(SCENARIO_COLUMNS))
    return pd.concat(parts, ignore_index=True).reindex(columns=list(SCENARIO_COLUMNS))


def _years_back(rows: pd.DataFrame, number: int, why: str) -> pd.DataFrame:
    """Put the plan before in force again, or none."""
    dated = rows[rows["kind"].isin(["adopted", "released"])]
    mine = newest(dated, "year").query("change_no == @number")
    before = in_force(dated[dated["change_no"] < number]).set_index("year")
    before = before.reindex(mine["year"])
    had = before["adopts"].notna().to_numpy(dtype=bool)
    holds = (mine["kind"] == "adopted").to_numpy(dtype=bool)
    back = pd.DataFrame({"year": mine["year"].to_numpy(), "adopts": before["adopts"].to_numpy()})
    back["kind"] = ["adopted" if old else "released" for old in had]
    return back.assign(note=why)[had | holds]


def _names_back(rows: pd.DataFrame, number: int, why: str) -> pd.DataFrame:
    """Save again what was saved before, or take away what this change saved."""
    named = rows[rows["kind"].isin(["saved", "withdrawn"])]
    mine = newest(named, "name").query("change_no == @number")
    later = in_force(rows)
    used = rows.loc[rows["scenario_id"].isin(later["adopts"]), ["scenario_id", "name"]]
    mine = mine[~mine["scenario_id"].isin(used["scenario_id"])]
    before = newest(named[named["change_no"] < number], "name").set_index("name")
    again = before[(before["kind"] == "saved") & before.index.isin(mine["name"])].reset_index()
    saved = mine.loc[mine["kind"] == "saved", "name"]
    gone = saved[~saved.isin(again["name"])]
    taken = pd.DataFrame({"kind": "withdrawn", "name": gone, "note": why}, dtype=object)
    return pd.concat([again.astype(object), taken], ignore_index=True)
