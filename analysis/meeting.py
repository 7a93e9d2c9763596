"""What a meeting has before it: agenda, open points, what moved and what slipped since the last."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from analysis.desk import NEVER, month_end
from analysis.errors import require
from analysis.stages import standing_events
from data.asof import OFFICE_ZONE
from data.rules import Rules

FORTNIGHT = timedelta(days=14)
"""How far the last meeting lies back where none is on record."""

_MINUTE = ("minute_id", "kind", "meeting_on", "parcel_id", "text", "due_on", "answers")


def agenda(minutes: pd.DataFrame, *, meeting_on: date) -> pd.DataFrame:
    """Return the parcels on the agenda of a meeting in the order they were put on it.

    Parameters
    ----------
    minutes : DataFrame
        As the register reads them.
    meeting_on : date
        Day of the meeting.

    Returns
    -------
    DataFrame
        The rows of kind ``agenda`` that nobody took off; empty in, empty out.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "minute_id": [1, 2, 3], "kind": ["agenda", "agenda", "closed"],
    ...     "meeting_on": pd.to_datetime("2026-11-04"), "parcel_id": ["P1", "P2", None],
    ...     "text": None, "due_on": pd.NaT, "answers": [None, None, 1],
    ... })
    >>> agenda(rows, meeting_on=date(2026, 11, 4))["parcel_id"].tolist()
    ['P2']
    """
    require(minutes, *_MINUTE, what="会议记录")
    mine = (minutes["kind"] == "agenda") & (minutes["meeting_on"] == pd.Timestamp(meeting_on))
    return minutes[mine & ~_closed(minutes)].reset_index(drop=True)


def open_points(minutes: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Return the decisions and sticking points that nobody has closed, the most pressing first.

    Parameters
    ----------
    minutes : DataFrame
        As the register reads them.
    on : date
        The day of the look; what was said at later meetings is left out, and so is a closing then.

    Returns
    -------
    DataFrame
        Rows of kind ``decision`` and ``stuck`` with ``late`` (due before ``on``) and
        ``days_late`` (Int64; NA where nothing is due): late ones first, then by day due.
    """
    require(minutes, *_MINUTE, what="会议记录")
    day = pd.Timestamp(on)
    said = minutes[minutes["meeting_on"] <= day]
    points = said[said["kind"].isin(["decision", "stuck"]) & ~_closed(said)]
    left = (day - points["due_on"]).dt.days.astype("Int64")
    points = points.assign(late=(left > 0).fillna(False).astype(bool), days_late=left)
    return points.sort_values(
        ["late", "due_on", "minute_id"], ascending=[False, True, True], na_position="last"
    ).reset_index(drop=True)


def settled(minutes: pd.DataFrame, *, since: date, on: date) -> pd.DataFrame:
    """Return what was closed after ``since`` and by ``on``: the point and how it was settled.

    Returns
    -------
    DataFrame
        ``minute_id``, ``parcel_id``, ``text`` (the point), ``how`` (what was said of it),
        ``closed_on``; agenda items that were taken off are left out.
    """
    require(minutes, *_MINUTE, what="会议记录")
    days = minutes["meeting_on"]
    fresh = (days > pd.Timestamp(since)) & (days <= pd.Timestamp(on))
    closing = minutes[fresh & (minutes["kind"] == "closed")]
    points = minutes[minutes["kind"].isin(["decision", "stuck"])]
    joined = points.merge(
        closing[["answers", "text", "meeting_on"]].rename(
            columns={"answers": "minute_id", "text": "how", "meeting_on": "closed_on"}
        ),
        on="minute_id",
    )
    return joined[["minute_id", "parcel_id", "text", "how", "closed_on"]]


def last_meeting(minutes: pd.DataFrame, *, before: date) -> date:
    """Return the day of the last meeting on record before a day, a fortnight back where none is.

    Examples
    --------
    >>> none = pd.DataFrame({"kind": [], "meeting_on": pd.to_datetime([])})
    >>> last_meeting(none, before=date(2026, 11, 4))
    datetime.date(2026, 10, 21)
    """
    days = minutes.loc[minutes["kind"] != "agenda", "meeting_on"]
    earlier = days[days < pd.Timestamp(before)]
    return before - FORTNIGHT if earlier.empty else earlier.max().date()


def moved_between(events: pd.DataFrame, *, since: date, on: date) -> pd.DataFrame:
    """Return the stages reached after ``since`` and by ``on``, and those learned of late.

    Parameters
    ----------
    events : DataFrame
        Stage events with ``recorded_at`` (aware moments).
    since, on : date
        The last meeting and the day looked at.

    Returns
    -------
    DataFrame
        Standing events with ``late_news``: True where it happened by ``since`` but was recorded
        after that day, so the last meeting did not know it.
    """
    require(events, "recorded_at", what="阶段记录")
    standing = standing_events(events, state_on=on)
    after = pd.to_datetime(standing["occurred_on"]) > pd.Timestamp(since)
    recorded = pd.to_datetime(standing["recorded_at"], utc=True).dt.tz_convert(OFFICE_ZONE)
    learned = recorded.dt.tz_localize(None).dt.normalize() > pd.Timestamp(since)
    return standing[after | learned].assign(late_news=lambda rows: ~after.reindex(rows.index))


def postponed(then: pd.DataFrame, now: pd.DataFrame, *, rules: Rules) -> pd.DataFrame:
    """Return the plans that were put off: a planned month that is later than it was.

    Parameters
    ----------
    then, now : DataFrame
        Parcels by ``parcel_id`` with the due fields of ``rules.milestones``, as known at the last
        meeting and now.

    Returns
    -------
    DataFrame
        ``parcel_id``, ``stage``, ``planned_then``, ``planned_now`` (last days of the months), by
        parcel and stage; a plan that was dropped has no ``planned_now``.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> fields = [mark.due_field for mark in load_rules().milestones]
    >>> def plan(day):
    ...     return pd.DataFrame({f: pd.to_datetime([day]) for f in fields}, index=["P1"])
    >>> postponed(plan("2026-03-05"), plan("2026-05-01"), rules=load_rules())["stage"].tolist()
    ['demolished', 'supplied', 'started']
    """
    both = now.index.intersection(then.index)
    parts = []
    for mark in rules.milestones:
        before = month_end(then[mark.due_field].reindex(both))
        after = month_end(now[mark.due_field].reindex(both))
        later = (before != NEVER) & (after > before)
        planned = np.where(after == NEVER, np.datetime64("NaT"), after)[later]
        parts.append(
            pd.DataFrame(
                {
                    "parcel_id": both[later].to_numpy(),
                    "stage": mark.stage,
                    "planned_then": before[later].astype("datetime64[ns]"),
                    "planned_now": planned.astype("datetime64[ns]"),
                }
            )
        )
    return pd.concat(parts).sort_values("parcel_id", kind="stable").reset_index(drop=True)


def newly_late(desk: pd.DataFrame, *, since: date) -> pd.DataFrame:
    """Return the parcels that are overdue now and were not at ``since``, the largest first.

    Parameters
    ----------
    desk : DataFrame
        `analysis.desk.desk_frame` of the day looked at.
    since : date
        Day of the last meeting.
    """
    due = pd.to_datetime(desk["due_on"])
    fresh = desk["overdue"].to_numpy(dtype=bool) & (due >= pd.Timestamp(since)).to_numpy()
    return desk[fresh].sort_values("geometry_area_m2", ascending=False, kind="stable")


def _closed(minutes: pd.DataFrame) -> pd.Series:
    answers = minutes.loc[minutes["kind"] == "closed", "answers"].dropna()
    return minutes["minute_id"].isin([int(n) for n in answers])
