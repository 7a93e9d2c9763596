"""The four meetings: every two weeks, month, quarter, year; and since when each looks back."""

from __future__ import annotations

from datetime import date, timedelta

KINDS = ("biweekly", "monthly", "quarterly", "annual")
"""双周调度、月监测、季晾晒、年考评."""


def since(kind: str, on: date) -> date:
    """Return the last day of the period before: the state that the last meeting saw.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    on : date
        Day whose state the meeting looks at.

    Raises
    ------
    KeyError
        If there is no such meeting.

    Examples
    --------
    >>> since("biweekly", date(2026, 10, 31)), since("monthly", date(2026, 10, 31))
    (datetime.date(2026, 10, 17), datetime.date(2026, 9, 30))
    >>> since("quarterly", date(2026, 11, 5)), since("annual", date(2026, 12, 31))
    (datetime.date(2026, 9, 30), datetime.date(2025, 12, 31))
    """
    first_months = {
        "monthly": on.month,
        "quarterly": 3 * ((on.month - 1) // 3) + 1,
        "annual": 1,
    }
    if kind == "biweekly":
        return on - timedelta(days=14)
    return date(on.year, first_months[kind], 1) - timedelta(days=1)
