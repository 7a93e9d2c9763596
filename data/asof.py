"""The two dates of every figure: the state on a day, as known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

OFFICE_ZONE = timezone(timedelta(hours=8), "UTC+08:00")
"""The office's clock (China Standard Time has no summer time)."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """State on a day, as it was known on a day.

    Attributes
    ----------
    state_on : date
        Events that occurred after this day do not count.
    known_on : date or None
        What was recorded after the end of this day, by the office's clock (UTC+8), is not known
        yet. ``None`` means everything recorded so far.

    Examples
    --------
    >>> AsOf(date(2026, 6, 30)).known_on is None
    True
    """

    state_on: date
    known_on: date | None = None


def office_day(moment: datetime) -> date:
    """Return the day in the office on which an aware ``moment`` falls.

    Examples
    --------
    >>> office_day(datetime(2026, 6, 30, 16, 0, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    """
    return moment.astimezone(OFFICE_ZONE).date()


def end_of_office_day(day: date) -> datetime:
    """Return the first UTC moment after ``day`` in the office.

    Examples
    --------
    >>> end_of_office_day(date(2026, 6, 30)).isoformat()
    '2026-06-30T16:00:00+00:00'
    """
    following = min(day, date.max - timedelta(days=2)) + timedelta(days=1)
    midnight = datetime.combine(following, time(), tzinfo=OFFICE_ZONE)
    return midnight.astimezone(UTC)
