"""The slider of the map goes through the month ends, and the whole application with it."""

from datetime import date

from ui.components.time_slider import month_ends
from ui.desk import open_desk


def test_months_begin_before_the_first_event_and_end_with_the_newest_day(county):
    desk = open_desk(county, today=date(2026, 10, 31))
    days = month_ends(desk)
    assert days[0] == date(2025, 10, 31)  # the first event is of November 2025
    assert days[-1] == date(2026, 10, 31)
    assert len(days) == 13
    assert days == sorted(set(days))


def test_the_day_looked_at_is_among_them(county):
    desk = open_desk(county, today=date(2026, 10, 31), state_on=date(2026, 5, 20))
    assert date(2026, 5, 20) in month_ends(desk)


def test_nothing_known_yet_still_gives_two_days(county):
    desk = open_desk(county, today=date(2026, 10, 31), known_on=date(2025, 1, 1))
    assert month_ends(desk) == [date(2026, 9, 30), date(2026, 10, 31)]
