"""What the meeting page looks at: minutes, the last meeting, and the county as it was then."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis import meeting
from analysis.restated import SAME_M2
from data.asof import AsOf
from ui import state
from ui.desk import Desk
from ui.shelf import Shelf

_minutes = Shelf(2)
_plans = Shelf(2)
_small = Shelf(32)


def minutes(desk: Desk) -> pd.DataFrame:
    """Return what was recorded at meetings, in the order it was (shared: do not change)."""
    return _minutes.get(desk.facts, lambda: desk.register.read_minutes(desk.as_of))


def meeting_on(desk: Desk) -> date:
    """Return the day of the meeting: as the reader set it, else that of the data."""
    return state.day_setting("meeting") or desk.state_on


def since(desk: Desk) -> date:
    """Return the day of the last meeting: as the reader set it, else as the minutes tell."""
    wanted = state.day_setting("last")
    return wanted or meeting.last_meeting(minutes(desk), before=meeting_on(desk))


def agenda(desk: Desk) -> pd.DataFrame:
    """Return the agenda of the meeting, without parcels that are no longer in the register."""
    found = meeting.agenda(minutes(desk), meeting_on=meeting_on(desk))
    return found[found["parcel_id"].isin(desk.parcels.index)].reset_index(drop=True)


def open_points(desk: Desk) -> pd.DataFrame:
    """Return what is still to be done, the most pressing first."""
    return meeting.open_points(minutes(desk), on=meeting_on(desk))


def settled(desk: Desk) -> pd.DataFrame:
    """Return what was settled since the last meeting."""
    return meeting.settled(minutes(desk), since=since(desk), on=meeting_on(desk))


def credited_since(desk: Desk) -> pd.DataFrame:
    """Return by how much the credit of each parcel differs from what the last meeting was told.

    Returns
    -------
    DataFrame
        By ``parcel_id``, the largest difference first: ``gained_m2`` and of it ``late_m2``, what
        had happened by then but was recorded or corrected since. Parcels without a difference are
        left out; the sum of ``gained_m2`` leads from that meeting's figure to today's.
    """

    def make() -> pd.DataFrame:
        day = min(since(desk), desk.state_on)
        known = day if desk.known_on is None else min(day, desk.known_on)
        told = replace(desk, state_on=day, known_on=known)
        seen = replace(desk, state_on=day)
        at = seen if told.parcels.empty else told
        ids = desk.frame.index.union(at.frame.index)
        now, before, then = (
            looked.frame["credited_total_m2"].reindex(ids).fillna(0.0)
            for looked in (desk, at, seen)
        )
        found = pd.DataFrame({"gained_m2": now - before, "late_m2": then - before})
        found = found[found["gained_m2"].abs() >= SAME_M2]
        order = np.lexsort((found.index.to_numpy(dtype=str), -found["gained_m2"].abs()))
        return found.iloc[order].rename_axis("parcel_id")

    return _kept(desk, "credited", make)


def moved(desk: Desk) -> pd.DataFrame:
    """Return the stages reached since the last meeting, and those learned of late."""
    day = since(desk)
    return _kept(
        desk,
        "moved",
        lambda: meeting.moved_between(desk.events, since=day, on=desk.state_on),
    )


def newly_late(desk: Desk) -> pd.DataFrame:
    """Return the parcels that fell behind their plan since the last meeting."""
    return _kept(desk, "late", lambda: meeting.newly_late(desk.frame, since=since(desk)))


def postponed(desk: Desk) -> pd.DataFrame:
    """Return the plans that were put off since the last meeting, by how far, the largest first."""

    def make() -> pd.DataFrame:
        day = since(desk)
        known = day if desk.known_on is None else min(day, desk.known_on)
        fields = [mark.due_field for mark in desk.rules.milestones]
        before = _plans.get(
            (desk.parcel_facts, known),
            lambda: desk.register.read_parcels(
                AsOf(day, known), columns=tuple(dict.fromkeys(fields)), geometry=False
            ),
        )
        found = meeting.postponed(before, desk.parcels, rules=desk.rules)
        area = desk.parcels["geometry_area_m2"].reindex(found["parcel_id"]).to_numpy(dtype=float)
        order = np.lexsort((found["parcel_id"], -np.nan_to_num(area)))
        return found.assign(area_m2=area).iloc[order].reset_index(drop=True)

    return _kept(desk, "postponed", make)


def _kept(desk: Desk, name: Hashable, make: Callable[[], Any]) -> Any:
    return _small.get((desk.key, desk.facts, since(desk), name), make)


def stuck(desk: Desk) -> pd.Series:
    """Return why parcels do not move, as last told and not closed, by ``parcel_id``."""
    points = meeting.open_points(minutes(desk), on=desk.state_on)
    told = points[points["kind"] == "stuck"].sort_values("minute_id")
    return told.drop_duplicates("parcel_id", keep="last").set_index("parcel_id")["reason"]
